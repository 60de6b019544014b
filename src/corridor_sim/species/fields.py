"""Traits x landscape: what one species sees, ready for the kernel. Here metres become cells."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.crossing import Memory, remembers
from corridor_sim.kernels.nearest import cells_to, nearest_cell
from corridor_sim.kernels.records import Fields, Params
from corridor_sim.kernels.states import DISPERSER, DISPLACED, RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.strips import by_strips, strip_of
from corridor_sim.species.gaits import gaits_of, with_drawn_estimates
from corridor_sim.species.habitat import at_home, cover_m, habitat_of, mismatch_c
from corridor_sim.species.hazards import DAYS_PER_YEAR, hazards_of, permeability_of
from corridor_sim.species.meeting import refuse_misfit
from corridor_sim.species.own_habitat import habitat_in, needs_traits, season_shifts
from corridor_sim.species.requirements import check_needs
from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]

SEXES = ("female", "male")
# class index of the kernel = 2 * stage + sex
CLASSES = tuple((stage, sex) for stage in (RESIDENT, DISPERSER, DISPLACED) for sex in SEXES)


@dataclass(frozen=True, slots=True)
class SpeciesOnLandscape:
    """One species on one landscape: kernel fields and parameters, and maps for people.

    Attributes
    ----------
    species : Species
    suitability : float32 ``[height, width]``
        Habitat suitability 0..1, mean of the seasons.
    mismatch_c : float32 ``[height, width]``
        Degrees by which the temperature exceeds the warm edge of the thermal optimum.
    fields : Fields
    params : Params
    stream : int
        16-bit number of the species' stream of random draws.
    season_start_day : int
        Day of the year, from 0, on which the first of two seasons begins.
    """

    species: Species
    suitability: F32
    mismatch_c: F32
    fields: Fields
    params: Params
    stream: int
    season_start_day: int = 0


def stream_number(key: str) -> int:
    """Return the species' 16-bit random stream: a hash of its key, not of its place in a list."""
    return zlib.crc32(key.encode()) & 0xFFFF


def _roosts(species: Species, land: Landscape) -> NDArray[np.int32]:
    if species.soaring is None:
        return np.full((1, 1), -1, np.int32)
    roost = land["roost"] > 0
    if not roost.any():
        return np.full(land.grid.shape, -1, np.int32)
    return nearest_cell(roost, species.soaring.roost_reach_m.value / land.grid.cell_m)


def memory_for(species: Species, steps_per_day: int, cell_m: float) -> Memory:
    """Return how an animal that takes so many steps a day remembers barriers."""
    b = species.barriers
    return remembers(b.memory_d.value * steps_per_day, b.memory_m.value / cell_m)


def params_for(species: Species, cell_m: float) -> Params:
    """Return the kernel's numbers of one species on cells of ``cell_m`` metres."""
    m = species.movement
    gaits = gaits_of(species, CLASSES)
    hazard_per_day = []
    natural = species.mortality.natural_per_year.value
    for stage, sex in CLASSES:
        disperser = getattr(m, sex).disperser
        own = natural if stage == RESIDENT else disperser.hazard_per_year.value
        hazard_per_day.append(own / DAYS_PER_YEAR)
    hazard = np.array(hazard_per_day)
    days_per_step = 1.0 / m.steps_per_day
    middle_min = (np.arange(m.steps_per_day) + 0.5) * m.step_minutes
    hours = (m.day_start_h + middle_min / 60).astype(int) % 24
    soar = species.soaring
    thermal = np.asarray(soar.thermal_by_hour)[hours] if soar else np.zeros(m.steps_per_day)
    return Params(
        n_candidates=m.candidates,
        steps_per_day=m.steps_per_day,
        length=gaits.length,
        turn_cos=gaits.turn_cos,
        turn_sin=gaits.turn_sin,
        pull=gaits.pull,
        tether=gaits.tether,
        scale=gaits.scale_m / cell_m,
        switch=gaits.switch,
        rest=gaits.rest,
        hazard_class=hazard,
        hazard_class_step=-np.expm1(-hazard * days_per_step),
        stage=np.array([stage for stage, _ in CLASSES], np.int8),
        lift_samples=soar.lift_samples if soar else 0,
        thermal_of_step=thermal,
        sink_ms=soar.sink_ms.value if soar else 1.0,
        soar_floor=soar.floor.value if soar else 1.0,
        climb_ceiling_m=soar.climb_ceiling_m.value if soar else 0.0,
        glide_ratio=soar.glide_ratio.value if soar else 1.0,
        cell_m=cell_m,
        roost_return=np.full(len(CLASSES), soar.roost_return.value if soar else -1.0),
        memory=memory_for(species, m.steps_per_day, cell_m),
    )


def of_replicate(here: SpeciesOnLandscape, seed: int, replicate: int) -> SpeciesOnLandscape:
    """Return the species as one replicate has it: with estimates of its own, where they are drawn.

    Its fields stay, since selection is not drawn.
    """
    species = with_drawn_estimates(here.species, seed, replicate, here.stream)
    if species is here.species:
        return here
    return replace(here, species=species, params=params_for(species, here.params.cell_m))


def on_landscape(species: Species, land: Landscape) -> SpeciesOnLandscape:
    """Return everything the engine needs to move ``species`` on ``land``.

    Two seasons are built when the species shifts with the season (higher in the first) or selects
    by a covariate that does, otherwise one.

    Raises
    ------
    SpeciesError
        A trait needs what the landscape does not give.
    """
    check_needs(species, land)
    refuse_misfit(species, land)
    shifts, shape = season_shifts(species, land), land.grid.shape
    sheltered_m = cover_m(species, land) if needs_traits(species) else None
    lives = at_home(species, land)
    days_per_step = 1.0 / species.movement.steps_per_day
    weight = np.empty((len(shifts), *shape), np.float32)
    hazards = np.empty((3, *shape), np.float32)
    hazard_step, permeability, suitability, mismatch = (np.empty(shape, np.float32) for _ in "1234")

    def fill(rows: slice) -> None:
        strip = strip_of(land, rows)
        far_m = None if sheltered_m is None else sheltered_m[rows]
        by_traits = partial(habitat_of, species, strip, cover_m=far_m)
        fits = []
        for season, shift_m in enumerate(shifts):
            fit, weight[season, rows] = habitat_in(species, strip, season, shift_m, by_traits)
            fits.append(fit)
        fit = np.mean(fits, axis=0, dtype=np.float32)
        suitability[rows] = np.where(lives[rows], fit, np.float32(0))
        mismatch[rows] = mismatch_c(species, strip)
        permeability[rows] = permeability_of(species, strip)
        daily = hazards_of(species, strip)
        hazards[:, rows] = daily
        hazard_step[rows] = -np.expm1(-daily.sum(axis=0) * days_per_step)

    by_strips(shape, fill)
    dummy = np.zeros((1, 1), np.float32)
    soars = species.soaring is not None
    fields = Fields(
        weight=weight,
        hazard_per_day=hazards,
        hazard_step=hazard_step,
        permeability=permeability,
        barrier_near=cells_to(permeability < 1),
        zone=np.ascontiguousarray(land["protected"]),
        lift_orographic_ms=np.ascontiguousarray(land["lift_orographic_ms"]) if soars else dummy,
        lift_thermal_ms=np.ascontiguousarray(land["lift_thermal_ms"]) if soars else dummy,
        nearest_roost=_roosts(species, land),
    )
    for values in fields:
        # numba compiles by memory layout and read-only flag: one kind here, one compilation
        values.setflags(write=False)
    return SpeciesOnLandscape(
        species=species,
        suitability=suitability,
        mismatch_c=mismatch,
        fields=fields,
        params=params_for(species, land.grid.cell_m),
        stream=stream_number(species.key),
        season_start_day=land.region.season_start_day or 0,
    )


# a cell so many times gap_half_m from cover has a gap factor of 0 in single precision: 2^-(x^2)
# rounds to nothing below 2^-150
GAP_REACH = 12.3
# above this share of the map the part around a change is not worth cutting out
MOST_OF_MAP = 0.5


def reach_m(species: Species) -> float:
    """Return how far, in metres, a changed cell can have a say in fields of other cells.

    Distances to roads and towns are layers of the landscape and change with it; what is made here
    from more than the own cell is the gap to cover. Homes look around by the window of a home
    range (:func:`corridor_sim.simulation.days.seeding.home_window`).
    """
    sexes = (species.movement.female, species.movement.male)
    window = 3.0 * float(np.mean([one.resident.sigma_m for one in sexes]))
    return max(GAP_REACH * species.habitat.gap_half_m.value, window)


def on_changed_landscape(
    before: SpeciesOnLandscape, old: Landscape, new: Landscape
) -> tuple[SpeciesOnLandscape, tuple[slice, slice] | None]:
    """Return what :func:`on_landscape` gives of a changed landscape, made anew where it can differ.

    The part around the changed layers is cut out, so wide that nothing beyond it has a say within,
    and its middle replaces that of ``before``. All fields are the same to the bit but
    ``barrier_near``, which may be less than the distance to the nearest barrier: a shortcut past
    cells that are open, it then saves less.

    Parameters
    ----------
    before : SpeciesOnLandscape
        The species on ``old``.
    old, new : Landscape
        On one grid.

    Returns
    -------
    SpeciesOnLandscape
    (rows, columns) of the middle, or None where everything was made anew: for animals that soar,
    and where the change reaches over most of the map.
    """
    species, grid = before.species, new.grid
    changed = old.differs(new)
    if not changed.any():
        return before, (slice(0, 0), slice(0, 0))
    margin = int(np.ceil(reach_m(species) / grid.cell_m)) + 2
    inner = _around(changed, margin)
    rows, cols = _wider(inner, margin, grid.shape)
    size = (rows.stop - rows.start) * (cols.stop - cols.start)
    if species.soaring is not None or size > MOST_OF_MAP * grid.height * grid.width:
        return on_landscape(species, new), None
    part = on_landscape(species, new.window(rows, cols))
    # the middle, in the whole map and in the part
    at = inner
    cut = tuple(
        slice(i.start - w.start, i.stop - w.start) for i, w in zip(inner, (rows, cols), strict=True)
    )

    def merged(whole: NDArray[Any], piece: NDArray[Any]) -> NDArray[Any]:
        if whole.shape[-2:] != grid.shape:
            return whole
        found = whole.copy()
        found[..., at[0], at[1]] = piece[..., cut[0], cut[1]]
        found.setflags(write=False)
        return found

    fields = Fields(
        *(merged(a, b) for a, b in zip(_columns(before.fields), _columns(part.fields), strict=True))
    )
    near = np.minimum(before.fields.barrier_near, _cells_to(inner, grid.shape))
    near[at] = np.minimum(near[at], part.fields.barrier_near[cut])
    near.setflags(write=False)
    fields = fields._replace(barrier_near=near)
    made = SpeciesOnLandscape(
        species=species,
        suitability=merged(before.suitability, part.suitability),
        mismatch_c=merged(before.mismatch_c, part.mismatch_c),
        fields=fields,
        params=before.params,
        stream=before.stream,
        season_start_day=before.season_start_day,
    )
    return made, inner


def _columns(fields: Fields) -> tuple[NDArray[Any], ...]:
    found: Any = tuple(fields)
    return tuple(found)


def _around(cells: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of some cells, so many more on each side, within the map."""
    rows, cols = (np.flatnonzero(cells.any(axis=axis)) for axis in (1, 0))
    box = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1))
    return _wider(box, margin, (cells.shape[0], cells.shape[1]))


def _wider(box: tuple[slice, slice], margin: int, shape: tuple[int, int]) -> tuple[slice, slice]:
    first, second = (
        slice(max(0, one.start - margin), min(n, one.stop + margin))
        for one, n in zip(box, shape, strict=True)
    )
    return first, second


def _cells_to(box: tuple[slice, slice], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the Chebyshev distance in cells from each cell to a box, capped at 255."""
    away = [
        np.maximum(np.maximum(one.start - np.arange(n), np.arange(n) - (one.stop - 1)), 0)
        for one, n in zip(box, shape, strict=True)
    ]
    far = np.maximum(away[0][:, None], away[1][None, :])
    return np.asarray(np.minimum(far, 255), np.uint8)
