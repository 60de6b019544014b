"""Simulated animals with the fixes of observed ones, by the program's own movement kernel.

Each observed animal gets copies that move from before its first fix to its last and are looked at
when it was, so that gaps, hours of the day and length of record are the same, and the same
estimators can be run on both. Copies do not die and, on flat ground, select nothing: what they do
is the movement alone. On a landscape each lives about the range centre of the animal it copies.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ive

from corridor_sim.kernels.philox import SEEDING, keyed_uniforms, split_seed
from corridor_sim.kernels.records import Animals, Clock, Fields, Tallies, begin, make_log
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.simulation import seasons_of_year, side_by_side
from corridor_sim.species.fields import (
    CLASSES,
    SpeciesOnLandscape,
    on_landscape,
    params_for,
    stream_number,
)
from corridor_sim.species.gaits import profiles_of
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.samples import Sample, samples_of, slots_of, tracks_of
from corridor_sim.telemetry.tracks import Told, Tracks

F64 = NDArray[np.float64]

COPIES = 20
# crossing times that a copy moves before its first fix: of where it started, exp(-2 * 5) is left
BURN_IN_TAU = 5.0
# standard deviations of a range from its centre to the edge of flat ground
ROOM_SIGMA = 40.0
FLAT_CELLS = 64
# bytes of positions that are kept at a time
MOST_BYTES = 64 << 20

Animal = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class Simulated:
    """Copies of observed animals.

    Attributes
    ----------
    samples : tuple of Sample
        In the order of the observed ones; those that could not be simulated are left out.
    told : tuple of Told
        Who was left out, and why.
    """

    samples: tuple[Sample, ...]
    told: tuple[Told, ...] = ()


def simulate_like(
    species: Species | Mapping[str, Species],
    land: Landscape | None,
    fixes: Tracks,
    *,
    interval_min: float | None = None,
    n_per_animal: int = COPIES,
    seed: int = 1,
    centres: Mapping[str, tuple[float, float]] | None = None,
    sexes: Mapping[str, str] | None = None,
    stage: int | Mapping[str, int] = RESIDENT,
) -> Tracks:
    """Return the tracks of simulated animals that are looked at when the observed ones were.

    Parameters
    ----------
    species : Species or mapping of animal to Species
        How they move; one for all, or each animal's own.
    land : Landscape or None
        Whose habitat they select; None = flat ground on which all is the same.
    fixes : Tracks
        The observed, in the landscape's coordinate system.
    interval_min : float, optional
        Between fixes; by default the species' step.
    n_per_animal : int
        Copies of each animal, called ``ANIMAL #1`` and so on.
    seed : int
    centres : mapping of animal to (x, y), optional
        Range centres in metres; by default the mean of the animal's fixes.
    sexes : mapping of animal to "female" or "male", optional
        Copies of an animal that has none here take both by turns.
    stage : int or mapping of animal to int
        :data:`~corridor_sim.kernels.states.RESIDENT`, or ``DISPERSER`` for animals that wander.

    Returns
    -------
    Tracks
        With a column ``burst``; ``told`` says who was left out.
    """
    one = species if isinstance(species, Species) else next(iter(species.values()))
    observed = samples_of(fixes, interval_min or step_minutes(one))
    found = simulate(
        species,
        land,
        observed,
        copies=n_per_animal,
        seed=seed,
        centres=centres,
        sexes=sexes,
        stage=stage,
    )
    return replace(tracks_of(found.samples, fixes), told=found.told)


def simulate(
    species: Species | Mapping[str, Species],
    land: Landscape | None,
    observed: Sequence[Sample],
    *,
    copies: int = COPIES,
    seed: int = 1,
    centres: Mapping[str, tuple[float, float]] | None = None,
    sexes: Mapping[str, str] | None = None,
    stage: int | Mapping[str, int] = RESIDENT,
) -> Simulated:
    """Return copies of observed animals; see :func:`simulate_like`.

    The same bits for an animal whoever else is there.
    """
    made, told = [], []
    placed: dict[int, SpeciesOnLandscape] = {}
    for one in observed:
        own = species if isinstance(species, Species) else species[one.animal]
        centre = (centres or {}).get(one.animal) or mean_place(one)
        as_what = stage if isinstance(stage, int) else stage[one.animal]
        who = _Who(seed, as_what, (sexes or {}).get(one.animal, ""), copies, land is None)
        if land is not None and not _on_ground(land, centre):
            told.append(
                Told(
                    "centre_off_landscape",
                    f"{one.animal} is not simulated on the landscape: its range centre lies off "
                    "the map or off its ground",
                    one.animal,
                    one.n,
                )
            )
            continue
        if land is None:
            here = _flat(own, one, as_what)
            half = FLAT_CELLS / 2 * here.params.cell_m
            frame = _Frame(centre[0] - half, centre[1] + half, here.params.cell_m)
            made.append(_copies(here, frame, one, centre, who))
            continue
        if id(own) not in placed:
            placed[id(own)] = _undying(on_landscape(own, land))
        frame = _Frame(land.grid.west_m, land.grid.north_m, land.grid.cell_m)
        made.append(_copies(placed[id(own)], frame, one, centre, who))
    return Simulated(tuple(made), tuple(told))


def mean_place(sample: Sample) -> tuple[float, float]:
    """Return the mean of an animal's fixes, in metres."""
    x, y = sample.xy_m[0].mean(axis=0)
    return float(x), float(y)


def step_minutes(species: Species) -> float:
    """Return the minutes that a decision step of the species stands for."""
    return float(species.movement.step_minutes)


@dataclass(frozen=True, slots=True)
class _Who:
    """Which copies: of what stage and sex (empty = both by turns), how many, on what ground."""

    seed: int
    stage: int
    sex: str
    copies: int
    flat: bool

    def classes(self, ids: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the class of each copy."""
        kinds = [
            i
            for i, (stage, sex) in enumerate(CLASSES)
            if stage == self.stage and self.sex in ("", sex)
        ]
        return np.array(kinds, np.int16)[ids % len(kinds)]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where cells lie: metres of the north-western corner, and of a cell's edge."""

    west_m: float
    north_m: float
    cell_m: float


def _on_ground(land: Landscape, centre: tuple[float, float]) -> bool:
    col, row = land.grid.to_cells(np.array([centre[0]]), np.array([centre[1]]))
    height, width = land.grid.shape
    if not (0 <= col[0] < width and 0 <= row[0] < height):
        return False
    off = land.outside
    return off is None or not bool(off[int(row[0]), int(col[0])])


def _undying(here: SpeciesOnLandscape) -> SpeciesOnLandscape:
    """Return a species that nothing kills: a collar that stops is no part of what is compared."""
    fields = here.fields
    safe = np.zeros_like(fields.hazard_step), np.zeros_like(fields.hazard_per_day)
    for values in safe:
        values.setflags(write=False)
    fields = fields._replace(hazard_step=safe[0], hazard_per_day=safe[1])
    none = np.zeros_like(here.params.hazard_class)
    params = here.params._replace(hazard_class=none, hazard_class_step=none.copy())
    return replace(here, fields=fields, params=params)


def _flat(species: Species, sample: Sample, stage: int) -> SpeciesOnLandscape:
    """Return a species on ground that is the same everywhere, so wide that no animal leaves it."""
    return _flat_of(_Same(species), 2 * _room_m(species, sample, stage) / FLAT_CELLS)


def _room_m(species: Species, sample: Sample, stage: int) -> float:
    """Return how far flat ground reaches from its middle, in steps of a factor of two."""
    sexes = (species.movement.female, species.movement.male)
    room = ROOM_SIGMA * max(one.resident.sigma_m for one in sexes)
    if stage != RESIDENT:
        steps = sample.elapsed_min[-1] / step_minutes(species) + 1
        for one in sexes:
            who = one.disperser
            shape, kappa = who.step_shape.value, who.turning_kappa.value
            rms = who.step_scale_m.value * np.sqrt(shape * (shape + 1))
            # each turn keeps so much of the heading, and diffusion grows by the sum of the powers
            rho = max(float(ive(1, kappa) / ive(0, abs(kappa))), 0.0)
            room = max(room, 10 * rms * np.sqrt(steps * (1 + rho) / (1 - rho)))
    return float(2.0 ** np.ceil(np.log2(room)))


class _Same:
    """A species as a key: itself, and no other that reads the same."""

    def __init__(self, species: Species) -> None:
        self.species = species

    def __hash__(self) -> int:
        return id(self.species)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.species is self.species


@lru_cache(maxsize=64)
def _flat_of(same: _Same, cell_m: float) -> SpeciesOnLandscape:
    shape = (FLAT_CELLS, FLAT_CELLS)
    ones, none = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    dummy = np.zeros((1, 1), np.float32)
    fields = Fields(
        weight=ones[None].copy(),
        hazard_per_day=np.zeros((3, *shape), np.float32),
        hazard_step=none.copy(),
        permeability=ones.copy(),
        barrier_near=np.full(shape, 255, np.uint8),
        zone=np.zeros(shape, np.int16),
        lift_orographic_ms=dummy,
        lift_thermal_ms=dummy.copy(),
        nearest_roost=np.full((1, 1), -1, np.int32),
    )
    for values in fields:
        values.setflags(write=False)
    params = params_for(same.species, cell_m)
    # neither lift nor roosts: there is nothing but ground
    params = params._replace(lift_samples=0, roost_return=np.full(len(CLASSES), -1.0))
    here = SpeciesOnLandscape(same.species, ones, none, fields, params, stream_number("flat"))
    return _undying(here)


def _copies(
    here: SpeciesOnLandscape, frame: _Frame, sample: Sample, centre: tuple[float, float], who: _Who
) -> Sample:
    """Return the copies of one animal."""
    at = _steps_of_fixes(here.species, sample)
    n_steps = int(at[-1]) + 1
    found = np.empty((who.copies, sample.n, 2))
    group = max(1, MOST_BYTES // (8 * n_steps))
    start = _start_place(sample, centre, who.stage)
    for first in range(0, who.copies, group):
        ids = np.arange(first, min(first + group, who.copies), dtype=np.int64)
        animals = _begin(here, frame, sample.animal, ids, centre, start, who)
        track = _walk(here, animals, sample, at, who)
        found[ids, :, 0] = frame.west_m + track[..., 0] * frame.cell_m
        found[ids, :, 1] = frame.north_m - track[..., 1] * frame.cell_m
    return replace(sample, xy_m=found)


def _start_place(sample: Sample, centre: tuple[float, float], stage: int) -> tuple[float, float]:
    """Return where a copy starts: residents at the fix nearest to the centre, others at the first.

    The animal was there, so there is ground.
    """
    if stage != RESIDENT:
        return float(sample.xy_m[0, 0, 0]), float(sample.xy_m[0, 0, 1])
    away = ((sample.xy_m[0] - np.asarray(centre)) ** 2).sum(axis=1)
    x, y = sample.xy_m[0, int(away.argmin())]
    return float(x), float(y)


def _steps_of_fixes(species: Species, sample: Sample) -> NDArray[np.int64]:
    """Return after how many steps each fix is taken, counted from the start of the first day.

    A day's first step starts at its ``day_start_h``; what is left of a day after its last step is
    slept through.
    """
    move, step_min = species.movement, step_minutes(species)
    since = (sample.hour[0] - move.day_start_h) % 24 * 60.0
    if move.steps_per_day * step_min >= 1440.0:
        # from the first fix on, so that its minutes early or late are not everybody's
        first = round(since / step_min)
        elapsed = sample.elapsed_min - sample.elapsed_min[0]
        slots = slots_of(elapsed, sample.burst, step_min, sample.interval_min)
        return np.asarray(first + slots, np.int64)
    minutes = since + sample.elapsed_min - sample.elapsed_min[0]
    day = np.floor(minutes / 1440.0)
    within = np.minimum(np.rint((minutes - 1440.0 * day) / step_min), move.steps_per_day)
    return np.asarray(day * move.steps_per_day + within, np.int64)


def _begin(
    here: SpeciesOnLandscape,
    frame: _Frame,
    animal: str,
    ids: NDArray[np.int64],
    centre: tuple[float, float],
    start: tuple[float, float],
    who: _Who,
) -> Animals:
    u = keyed_uniforms(who.seed, _number(animal), here.stream, ids, SEEDING, 3)
    heading = 2 * np.pi * u[:, 0]
    x, y, centre_x, centre_y = (
        np.full(ids.size, value)
        for value in (
            (start[0] - frame.west_m) / frame.cell_m,
            (frame.north_m - start[1]) / frame.cell_m,
            (centre[0] - frame.west_m) / frame.cell_m,
            (frame.north_m - centre[1]) / frame.cell_m,
        )
    )
    if who.flat and who.stage == RESIDENT:
        # where the range is normal, animals may begin anywhere in it
        sexes = (here.species.movement.female, here.species.movement.male)
        sigma = min(one.resident.sigma_m for one in sexes) / frame.cell_m
        away, angle = sigma * np.sqrt(-2 * np.log1p(-u[:, 1])), 2 * np.pi * u[:, 2]
        x, y = centre_x + away * np.cos(angle), centre_y + away * np.sin(angle)
    return begin(
        ident=ids,
        klass=who.classes(ids),
        profile=(ids % profiles_of(here.species)).astype(np.int16),
        x=x,
        y=y,
        heading_x=np.cos(heading),
        heading_y=np.sin(heading),
        centre_x=centre_x,
        centre_y=centre_y,
        roost_x=x.copy(),
        roost_y=y.copy(),
        natal_zone=np.zeros(ids.size, np.int16),
        last_zone=np.zeros(ids.size, np.int16),
    )


def _number(animal: str) -> int:
    return zlib.crc32(animal.encode())


def _walk(
    here: SpeciesOnLandscape, animals: Animals, sample: Sample, at: NDArray[np.int64], who: _Who
) -> F64:
    """Move animals and return where they are at the fixes, in cells, ``[copy, n, 2]``."""
    per_day = here.params.steps_per_day
    seasons = seasons_of_year(here)
    mover, n = SelectSteps(here), animals.x.size
    k0, k1 = split_seed(who.seed)
    chunk, replicate = side_by_side(n), _number(sample.animal)
    if who.stage == RESIDENT:
        days = _burn_in_days(here.species)
        # draws of its own: the steps of the fixes are numbered from their own beginning
        stream = (here.stream + 1) & 0xFFFF
        today = np.roll(seasons, -(sample.day_of_year - 1 - days))
        clock = Clock(0, days * per_day + int(at[0]), today, replicate, stream, k0, k1, 1)
        mover.advance(animals, clock, _tallies(n, 0), chunk)
    n_steps = int(at[-1] - at[0])
    first = int(at[0] % per_day)
    today = np.roll(seasons, -(sample.day_of_year - 1))
    clock = Clock(first, n_steps, today, replicate, here.stream, k0, k1, 1)
    start = np.stack([animals.x, animals.y], axis=1)
    tallies = _tallies(n, first + n_steps)
    mover.advance(animals, clock, tallies, chunk)
    track = np.concatenate([start[:, None], tallies.tracks[:, first:].astype(float)], axis=1)
    return np.asarray(track[:, at - at[0]], float)


def _burn_in_days(species: Species) -> int:
    sexes = (species.movement.female, species.movement.male)
    return int(np.ceil(BURN_IN_TAU * max(one.resident.tau_d.value for one in sexes)))


def _tallies(n: int, records: int) -> Tallies:
    none = np.zeros((0, 0), np.int32)
    return Tallies(
        visits=np.zeros((0, 0, 0), np.int32),
        passed=none,
        blocked=none.copy(),
        transits=make_log(0),
        tracks=np.zeros((n if records else 0, records, 2), np.float32),
    )
