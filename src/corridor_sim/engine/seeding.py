"""Placing today's animals: who they are and where they live, each by its own keyed luck.

Animals are placed on the *reference* landscape, the one before a scenario's edits, so the same
animal has the same home in every scenario and contrasts are paired. What the edits do to its home
decides what becomes of it: an animal whose surroundings have lost suitability keeps its range with
the probability ``S_scenario / S_reference`` and is displaced otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from corridor_sim.errors import SpeciesError
from corridor_sim.kernels.philox import SEEDING, keyed_uniforms
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, DISPERSER, RESIDENT
from corridor_sim.species.fields import SEXES, SpeciesOnLandscape

F32 = NDArray[np.float32]


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


def find_habitat(seen: SpeciesOnLandscape, cell_m: float) -> Habitat:
    """Return where the species can live.

    Raises
    ------
    SpeciesError
        If not a single cell is suitable.
    """
    suitable_from = seen.species.habitat.suitable_from.value
    values = np.where(seen.suitability >= suitable_from, seen.suitability, np.float32(0))
    cells = np.flatnonzero(values > 0)
    if cells.size == 0:
        raise SpeciesError(
            f"no cell is suitable (threshold {suitable_from:g}, best {seen.suitability.max():.3g})",
            where=f"species.{seen.species.key}",
            remedy="check elevation and land cover, lower habitat.suitable_from, or leave it out",
        )
    weight = values.reshape(-1)[cells].astype(np.float64)
    total = weight.cumsum()
    sexed = (seen.species.movement.female, seen.species.movement.male)
    sigma = float(np.mean([s.resident.sigma_m for s in sexed])) / cell_m
    return Habitat(
        suitable_km2=float(total[-1]) * cell_m**2 / 1e6,
        cells=cells,
        cumulative=total / total[-1],
        window=gaussian_filter(seen.suitability, min(sigma, 64.0), mode="nearest", truncate=3.0),
    )


def expected_count(
    seen: SpeciesOnLandscape, habitat: Habitat, count: int | None, sampling: float
) -> int:
    """Return how many animals to simulate: ``count``, or density x suitable area, x sampling."""
    density = seen.species.population.density_per_100km2.value
    full = count if count is not None else density * habitat.suitable_km2 / 100.0
    return max(1, round(full * sampling))


@dataclass(frozen=True, slots=True)
class Seeded:
    """Animals at their start, with what became of their homes."""

    animals: Animals
    displaced: NDArray[np.bool_]


def seed_animals(
    reference: SpeciesOnLandscape,
    home: Habitat,
    here: SpeciesOnLandscape,
    surroundings: Habitat,
    n: int,
    seed: int,
    replicate: int,
) -> Seeded:
    """Return ``n`` animals placed on the reference landscape and met by the scenario's.

    Parameters
    ----------
    reference, home
        The species on the reference landscape, and its habitat there.
    here, surroundings
        The same on the scenario's landscape.
    n, seed, replicate : int
    """
    width = here.fields.zone.shape[1]
    ids = np.arange(n, dtype=np.int64)
    u = keyed_uniforms(seed, replicate, reference.stream, ids, SEEDING, 8)
    rank = np.searchsorted(home.cumulative, u[:, 0], side="right")
    cell = home.cells[np.minimum(rank, home.cells.size - 1)]
    x = cell % width + u[:, 1]
    y = cell // width + u[:, 2]
    pop = reference.species.population
    male = (u[:, 3] >= pop.female_share.value).astype(np.int16)
    disperses = u[:, 4] < _disperser_chance(reference)[male]
    before = home.window.reshape(-1)[cell]
    after = surroundings.window.reshape(-1)[cell]
    displaced = ~disperses & (u[:, 5] * before >= after)
    stage = np.where(disperses | displaced, DISPERSER, RESIDENT).astype(np.int16)
    angle = 2 * np.pi * u[:, 6]
    zone = here.fields.zone.reshape(-1)[cell]
    animals = Animals(
        ident=ids,
        klass=(stage * len(SEXES) + male).astype(np.int16),
        x=x,
        y=y,
        heading_x=np.cos(angle),
        heading_y=np.sin(angle),
        centre_x=x.copy(),
        centre_y=y.copy(),
        roost_x=x.copy(),
        roost_y=y.copy(),
        state=np.full(n, ALIVE, np.int8),
        end_step=np.full(n, -1, np.int64),
        natal_zone=zone.copy(),
        last_zone=zone.copy(),
        first_zone=np.zeros(n, np.int16),
        first_step=np.full(n, -1, np.int64),
        path_m=np.zeros(n),
        flapped_m=np.zeros(n),
        takeoffs=np.zeros(n, np.int64),
        reserve_m=np.zeros(n),
        aloft=np.zeros(n, np.int8),
    )
    return Seeded(animals, displaced)


def _disperser_chance(seen: SpeciesOnLandscape) -> NDArray[np.float64]:
    """Return by sex the chance that an animal disperses; over both sexes it is the stated share."""
    pop, move = seen.species.population, seen.species.movement
    shares = np.array([move.female.disperser.share_of_sex.value,
                       move.male.disperser.share_of_sex.value])  # fmt: skip
    female = pop.female_share.value
    mean = female * shares[0] + (1 - female) * shares[1]
    if mean == 0:
        return np.zeros(len(SEXES))
    chance: NDArray[np.float64] = np.minimum(pop.disperser_share.value * shares / mean, 1.0)
    return chance
