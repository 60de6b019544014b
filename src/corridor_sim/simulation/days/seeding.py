"""Placing today's animals: who they are and where they live, each by its own keyed draws.

Animals are placed on the *reference* landscape, the one before a scenario's edits, so the same
animal has the same home in every scenario and contrasts are paired. What the edits do to its home
decides what becomes of it: an animal whose surroundings have lost suitability keeps its range with
the probability ``S_scenario / S_reference`` and is displaced otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import SpeciesError
from corridor_sim.kernels.philox import SEEDING, STANDING, keyed_uniforms
from corridor_sim.kernels.records import Animals, begin
from corridor_sim.kernels.smooth import smoothed
from corridor_sim.kernels.standing import stand
from corridor_sim.kernels.states import DISPERSER, DISPLACED, RESIDENT
from corridor_sim.simulation.days.observed import Observed
from corridor_sim.species.fields import SEXES, SpeciesOnLandscape
from corridor_sim.species.gaits import differing, drawn_profiles, profiles_of, who_moves
from corridor_sim.species.traits import Ranging, Species

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Habitat:
    """Where one species can live: everything that seeding needs, found once per landscape.

    Attributes
    ----------
    suitable_km2 : float
        Area of suitable cells, each weighted by its suitability.
    cells : int64 ``[m]``
        Flat indices of the suitable cells.
    cumulative : float64 ``[m]``
        Cumulative suitability of these cells, ending at 1.
    window : float32 ``[height, width]``
        Mean suitability in a home-range-sized Gaussian window.
    """

    suitable_km2: float
    cells: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    window: F32

    def worth(self, cell: NDArray[np.int64]) -> F64:
        """Return the share of flat cells in all suitability; 0 where nobody lives."""
        if self.cells.size == 0:
            return np.zeros(cell.shape)
        rank = np.minimum(np.searchsorted(self.cells, cell), self.cells.size - 1)
        share = np.diff(self.cumulative, prepend=0.0)[rank]
        return np.asarray(np.where(self.cells[rank] == cell, share, 0.0))


NOWHERE = Habitat(0.0, np.empty(0, np.int64), np.empty(0), np.empty((0, 0), np.float32))


def find_habitat(here: SpeciesOnLandscape, cell_m: float) -> Habitat:
    """Return where the species can live.

    Raises
    ------
    SpeciesError
        If not a single cell is suitable.
    """
    suitable_from = here.species.habitat.suitable_from.value
    cells = np.flatnonzero((here.suitability >= suitable_from) & (here.suitability > 0))
    if cells.size == 0:
        raise SpeciesError(
            f"no cell is suitable (threshold {suitable_from:g}, best {here.suitability.max():.3g})",
            where=f"species.{here.species.key}",
            remedy="check elevation and land cover, lower habitat.suitable_from, or leave it out",
        )
    cumulative = here.suitability.reshape(-1)[cells].astype(np.float64)
    np.cumsum(cumulative, out=cumulative)
    total = float(cumulative[-1])
    cumulative /= total
    return Habitat(
        suitable_km2=total * cell_m**2 / 1e6,
        cells=cells,
        cumulative=cumulative,
        window=home_window(here, cell_m),
    )


def home_window(here: SpeciesOnLandscape, cell_m: float) -> F32:
    """Return the mean suitability in a home-range-sized Gaussian window, ``[height, width]``.

    Where there is no ground the window has nothing to average.
    """
    sexes = (here.species.movement.female, here.species.movement.male)
    sigma = min(float(np.mean([one.resident.sigma_m for one in sexes])) / cell_m, 64.0)
    window: F32 = smoothed(here.suitability, sigma, 3.0, nearest=True)
    ground = here.fields.permeability >= 0
    if ground.all():
        return window
    share = smoothed(ground.astype(np.float32), sigma, 3.0, nearest=True)
    return np.asarray(np.divide(window, share, out=np.zeros_like(window), where=ground), np.float32)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many animals to simulate.

    Attributes
    ----------
    count : int or None
        Size of the whole population; None means density x suitable area.
    observed : Observed or None
        Where animals were seen, which then says how many there are.
    sampling : float
        Simulated residents per resident. Above 1 each stands for less than one animal, which
        sharpens rare outcomes of a small population (animals of this model do not meet).
    disperser_sampling : float
        The same for dispersers.
    """

    count: int | None = None
    sampling: float = 1.0
    disperser_sampling: float = 1.0
    observed: Observed | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Animals simulated, and how many simulated ones stand for one animal."""

    residents: int
    dispersers: int
    dispersers_per_animal: float
    residents_per_animal: float = 1.0

    @property
    def total(self) -> int:
        """All animals simulated."""
        return self.residents + self.dispersers


def expected_numbers(species: Species, home: Habitat, quota: Quota) -> Numbers:
    """Return how many residents and dispersers to simulate, at least one of each."""
    if quota.observed is not None:
        return _observed_numbers(species, quota.observed, quota)
    density = species.population.density_per_100km2.value
    full = quota.count if quota.count is not None else density * home.suitable_km2 / 100.0
    share = species.population.disperser_share.value
    return Numbers(
        residents=max(1, round(full * (1 - share) * quota.sampling)),
        dispersers=max(1, round(full * share * quota.disperser_sampling)) if share > 0 else 0,
        dispersers_per_animal=quota.disperser_sampling,
        residents_per_animal=quota.sampling,
    )


def _observed_numbers(species: Species, observed: Observed, quota: Quota) -> Numbers:
    """Return as many as were seen; where nobody was seen dispersing, those that belong to them."""
    residents, dispersers = observed.residents.size, float(observed.dispersers.size)
    if not observed.tells_stage:
        share = species.population.disperser_share.value
        dispersers *= share / (1 - share) if share < 1 else 1.0

    def sampled(n: float, sampling: float) -> int:
        return max(1, round(n * sampling)) if n > 0 else 0

    return Numbers(
        residents=sampled(residents, quota.sampling),
        dispersers=sampled(dispersers, quota.disperser_sampling),
        dispersers_per_animal=quota.disperser_sampling,
        residents_per_animal=quota.sampling,
    )


# Residents and dispersers are numbered apart, so that sampling more of one leaves the others' draws
# alone.
FIRST_DISPERSER = 2**30


def seed_animals(
    home: Habitat,
    here: SpeciesOnLandscape,
    surroundings: Habitat,
    numbers: Numbers,
    seed: int,
    replicate: int,
    observed: Observed | None = None,
) -> Animals:
    """Return animals placed on the reference landscape and met by the scenario's.

    Parameters
    ----------
    home : Habitat
        Where the species lives on the reference landscape.
    here, surroundings
        The species on the scenario's landscape, and its habitat there.
    observed : Observed, optional
        Where animals were seen: they start there, and of a sex that is known they are.
    """
    width = here.fields.zone.shape[1]
    ids = np.concatenate(
        [np.arange(numbers.residents), FIRST_DISPERSER + np.arange(numbers.dispersers)]
    ).astype(np.int64)
    disperses = ids >= FIRST_DISPERSER
    u = keyed_uniforms(seed, replicate, here.stream, ids, SEEDING, 8)
    if observed is None:
        rank = np.searchsorted(home.cumulative, u[:, 0], side="right")
        cell = home.cells[np.minimum(rank, home.cells.size - 1)]
        x = cell % width + u[:, 1]
        y = cell // width + u[:, 2]
    else:
        row = observed.rows(numbers.residents, numbers.dispersers)
        x, y = observed.positions.x[row], observed.positions.y[row]
        cell = y.astype(np.int64) * width + x.astype(np.int64)
    female = np.where(
        disperses, female_share_of_dispersers(here.species), _female_residents(here.species)
    )
    male = (u[:, 3] >= female).astype(np.int16)
    if observed is not None:
        male = observed.known_sex(row, disperses, male)
    before = home.window.reshape(-1)[cell]
    after = surroundings.window.reshape(-1)[cell]
    # an animal that was seen where no home is has none to lose
    lost = (u[:, 4] * before >= after) & (before > 0)
    stage = np.where(disperses, DISPERSER, np.where(lost, DISPLACED, RESIDENT)).astype(np.int16)
    angle = 2 * np.pi * u[:, 5]
    profile = drawn_profiles(here.species, seed, replicate, here.stream, ids)
    centre_x, centre_y = x, y
    stands = _standing(x, y, male, profile, home, here, (seed, replicate, ids))
    # who was seen stands where it was seen, and has its range about there
    if observed is None:
        x, y = (np.where(disperses, old, new) for old, new in zip((x, y), stands, strict=True))
    else:
        centre_x, centre_y = (
            np.where(disperses, old, new) for old, new in zip((x, y), stands, strict=True)
        )
    zone = here.fields.zone.reshape(-1)[cell]
    return begin(
        ident=ids,
        klass=(stage * len(SEXES) + male).astype(np.int16),
        x=x,
        y=y,
        heading_x=np.cos(angle),
        heading_y=np.sin(angle),
        centre_x=centre_x,
        centre_y=centre_y,
        roost_x=x.copy(),
        roost_y=y.copy(),
        natal_zone=zone.copy(),
        last_zone=here.fields.zone[y.astype(np.int64), x.astype(np.int64)],
        profile=profile,
    )


# places of its range, of which a resident stands at one when the run begins
PLACES = 16


def _standing(
    x: F64,
    y: F64,
    male: NDArray[np.int16],
    profile: NDArray[np.int16],
    home: Habitat,
    here: SpeciesOnLandscape,
    who: tuple[int, int, NDArray[np.int64]],
) -> tuple[F64, F64]:
    """Return where residents stand in their ranges, as after any time.

    On even ground that is the range's own law, normal about the centre; of several such places one
    is chosen in proportion to its suitability, as homes are, on the reference landscape. Begun at
    the centre, animals would take a crossing time to spread, and all that is counted before would
    be too near to it. As normal law is even about its middle, it serves the other way round as
    well: for the centre of a range of which one place is known.
    """
    seed, replicate, ids = who
    height, width = here.fields.zone.shape
    u = keyed_uniforms(seed, replicate, here.stream, ids, STANDING, 2 * PLACES + 1)
    # Box & Muller (1958)
    away = np.sqrt(-2.0 * np.log1p(-u[:, :PLACES]))
    angle = 2.0 * np.pi * u[:, PLACES : 2 * PLACES]
    sigma = _sigma_m(here.species)[male, profile][:, None] / here.params.cell_m
    out_x, out_y = sigma * away * np.cos(angle), sigma * away * np.sin(angle)
    to_x, to_y = x[:, None] + out_x, y[:, None] + out_y
    inside = (to_x >= 0) & (to_y >= 0) & (to_x < width) & (to_y < height)
    cell = np.where(inside, to_y, 0).astype(np.int64) * width
    cell += np.where(inside, to_x, 0).astype(np.int64)
    worth = np.where(inside, home.worth(cell), 0.0)
    x, y = x.copy(), y.copy()
    draw = np.ascontiguousarray(u[:, 2 * PLACES])
    stand(x, y, out_x, out_y, draw, worth, here.fields.permeability)
    return x, y


def _sigma_m(species: Species) -> F64:
    """Return the standard deviation of the range of each sex and profile, ``[2, profile]``."""
    n = profiles_of(species)
    found = []
    for sex in SEXES:
        resident = who_moves(species, RESIDENT, sex)
        assert isinstance(resident, Ranging)
        found.append([one.sigma_m for one in differing(resident, n) if isinstance(one, Ranging)])
    return np.array(found)


def _female_residents(species: Species) -> float:
    return species.population.female_share.value


def female_share_of_dispersers(species: Species) -> float:
    """Share of females among dispersers: the sexes' own shares of dispersal, sex ratio given."""
    move = species.movement
    females = species.population.female_share.value * move.female.disperser.share_of_sex.value
    males = (1 - species.population.female_share.value) * move.male.disperser.share_of_sex.value
    return females / (females + males) if females + males > 0 else 0.5
