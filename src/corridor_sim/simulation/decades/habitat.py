"""What one population needs to know of the landscape of one year; replicates share it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options, StepSelection
from corridor_sim.kernels.places import Crowd, disc_of_blocks
from corridor_sim.kernels.records import Fields, Params
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.movement.model import MovementModel, movement_model
from corridor_sim.simulation.settlement import SettlementGround, changed_ground, home_quality
from corridor_sim.species.fields import SpeciesOnLandscape, on_changed_landscape, on_landscape
from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]
# blocks across the radius within which numbers and capacity are compared
BLOCKS_PER_RADIUS = 4


@dataclass(frozen=True, slots=True)
class PopulationHabitat:
    """One species on the landscape of one year.

    Attributes
    ----------
    here : SpeciesOnLandscape
        Without natural hazards.
    quality : float32 ``[height, width]``
        Mean suitability of a home-range-sized window; -1 where the species does not live.
    enough : float
        Quality from which an animal settles.
    capacity : float
        Animals that the whole landscape feeds.
    suitable_km2 : float
        Area of suitable cells, each weighted by its suitability.
    cells, cumulative : int64, float64 ``[m]``
        Suitable cells and their cumulative share of the capacity.
    crowd : Crowd
        Capacity on blocks; its count is a template of zeros.
    elevation_m, temperature_c : float32 ``[height, width]``
    resident_fields : Fields
        As residents meet them: each day has the hazards of the days that it stands for.
    search : MovementModel
        How animals without a home move.
    """

    here: SpeciesOnLandscape
    life: LifeCycle
    quality: F32
    enough: float
    capacity: float
    suitable_km2: float
    cells: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    crowd: Crowd
    elevation_m: F32
    temperature_c: F32
    resident_fields: Fields
    search: MovementModel

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in cells."""
        height, width = self.quality.shape
        return height, width

    @property
    def cell_m(self) -> float:
        """Edge of a cell in metres."""
        return float(self.here.params.cell_m)


def make_habitat(
    species: Species,
    land: Landscape,
    *,
    exposure: float,
    capacity_scale: float = 1.0,
    dispersal: Options | None = None,
) -> PopulationHabitat:
    """Return what a species meets on a landscape.

    Parameters
    ----------
    species : Species
        With a life cycle.
    exposure : float
        Days that a day of residents' movement stands for, at least 1: hazards are met that often.
    capacity_scale : float
        Factor on the capacity, to simulate a smaller or larger population.
    dispersal : Options, optional
        Movement model of the animals without a home; step selection where not given.
    """
    here = on_landscape(species, land)
    quality = home_quality(here, land.grid.cell_m)
    return habitat_on(here, land, quality, exposure, capacity_scale, dispersal)


def changed_habitat(
    before: PopulationHabitat,
    old: Landscape,
    new: Landscape,
    *,
    exposure: float,
    capacity_scale: float = 1.0,
    dispersal: Options | None = None,
) -> tuple[PopulationHabitat, tuple[slice, slice] | None]:
    """Return :func:`make_habitat` of a changed landscape, made anew only where it can differ.

    Parameters
    ----------
    before : PopulationHabitat
        On ``old``.
    exposure, capacity_scale, dispersal
        As ``before`` was made with.

    Returns
    -------
    PopulationHabitat
        ``before`` itself where the species cannot tell the two apart.
    (rows, columns) of the part that was made anew, or None where all was, as of
    :func:`corridor_sim.species.fields.on_changed_landscape`.
    """
    here, middle = on_changed_landscape(before.here, old, new)
    if here is before.here:
        return before, middle
    known = SettlementGround(before.quality, before.enough, 0.0)
    quality = changed_ground(known, here, middle).quality
    return habitat_on(here, new, quality, exposure, capacity_scale, dispersal), middle


def habitat_on(
    here: SpeciesOnLandscape,
    land: Landscape,
    quality: F32,
    exposure: float,
    capacity_scale: float,
    dispersal: Options | None,
) -> PopulationHabitat:
    """Return what a species meets, from its fields; see :func:`make_habitat`.

    Parameters
    ----------
    quality : float32 ``[height, width]``
        Of :func:`corridor_sim.simulation.settlement.home_quality`.
    """
    species = here.species
    life = species.life_cycle
    assert life is not None
    here = replace(here, params=_without_natural_deaths(here.params))
    cell_m = land.grid.cell_m
    suitable_from = species.habitat.suitable_from.value
    s = np.where(here.suitability >= suitable_from, here.suitability, np.float32(0))
    per_cell = life.capacity_per_100km2.value * capacity_scale * land.grid.cell_km2 / 100.0
    capacity = s.astype(np.float64) * per_cell
    cells = np.flatnonzero(capacity)
    share = np.cumsum(capacity.reshape(-1)[cells])
    total = float(share[-1]) if cells.size else 0.0
    return PopulationHabitat(
        here=here,
        life=life,
        quality=quality,
        enough=suitable_from,
        capacity=total,
        suitable_km2=float(s.sum(dtype=np.float64)) * land.grid.cell_km2,
        cells=cells,
        cumulative=share / total if total else share,
        crowd=_crowd(capacity, life.capacity_radius_m.value / cell_m),
        elevation_m=land["elevation_m"],
        temperature_c=land["temperature_c"],
        resident_fields=_met_more_often(here, exposure),
        search=movement_model(here, dispersal or StepSelection(model="step_selection")),
    )


def _crowd(capacity: NDArray[np.float64], radius: float) -> Crowd:
    """Return the capacity within ``radius`` cells of every block."""
    side = max(radius / BLOCKS_PER_RADIUS, 1.0)
    height, width = capacity.shape
    rows, cols = int(np.ceil(height / side)), int(np.ceil(width / side))
    row = np.minimum(((np.arange(height) + 0.5) / side).astype(int), rows - 1)
    col = np.minimum(((np.arange(width) + 0.5) / side).astype(int), cols - 1)
    block = np.zeros((rows, cols))
    np.add.at(block, (row[:, None], col[None, :]), capacity)
    d_row, d_col = disc_of_blocks(radius / side)
    reach = int(max(d_row.max(), 0))
    padded = np.pad(block, reach)
    room = np.zeros_like(block)
    for r, c in zip(d_row, d_col, strict=True):
        room += padded[reach + r : reach + r + rows, reach + c : reach + c + cols]
    # blocks hold few cells with capacity at the edge of the range: a sum that is all rounding is 0
    room[room < 1e-9] = 0.0
    return Crowd(side, np.zeros((rows, cols), np.int32), room, d_row, d_col)


def _met_more_often(here: SpeciesOnLandscape, exposure: float) -> Fields:
    """Return the fields with the hazards of ``exposure`` days in each day."""
    hazards = here.fields.hazard_per_day
    if exposure == 1:
        return here.fields
    per_step = exposure / here.params.steps_per_day
    step = (-np.expm1(-hazards.sum(axis=0) * np.float32(per_step))).astype(np.float32)
    step.setflags(write=False)
    return here.fields._replace(hazard_step=step)


def _without_natural_deaths(params: Params) -> Params:
    """Return the parameters without natural hazards: natural survival follows age, once a year."""
    none = np.zeros_like(params.hazard_class)
    return params._replace(hazard_class=none, hazard_class_step=none)
