"""What a projection needs of one landscape: capacities, dangers of residents, and walks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from corridor_sim.kernels.searching import load_tables
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.generations.tiles import Tiles
from corridor_sim.simulation.settlement import PLACES

F64 = NDArray[np.float64]
# steps of the tables of room by numbers
STEPS = 60


@dataclass(frozen=True, slots=True)
class TileHabitat:
    """One species' landscape by tiles.

    Attributes
    ----------
    cell_capacity : float64 ``[height, width]``
        Animals that each cell feeds.
    capacity : float64 ``[tile]``
    room : float64 ``[square]``
        Animals that the disc around each square feeds.
    load_of, room_of : float64 ``[square, steps + 1]``
        See :func:`corridor_sim.kernels.searching.load_tables`.
    hazard_per_year : float64 ``[sex, tile]``
        Of residents, from what people bring.
    keep_off : float64 ``[sex, square]``
        Animals that would live within the exclusion distance at capacity.
    looks : float64 ``[sex]``
        Places apart by that distance at which a searching animal looks.
    """

    cell_capacity: F64
    capacity: F64
    room: F64
    load_of: F64
    room_of: F64
    hazard_per_year: F64
    keep_off: F64
    looks: F64


def cell_capacity(habitat: PopulationHabitat) -> F64:
    """Return the animals that each cell feeds, ``[height, width]``."""
    found = np.zeros(habitat.shape[0] * habitat.shape[1])
    found[habitat.cells] = np.diff(habitat.cumulative, prepend=0.0) * habitat.capacity
    return found.reshape(habitat.shape)


def tile_habitat(tiles: Tiles, habitat: PopulationHabitat) -> TileHabitat:
    """Return a species' landscape by tiles."""
    per_cell = cell_capacity(habitat)
    capacity = tiles.sums(per_cell)
    of_square = tiles.of_squares(capacity)
    near = tiles.crowd
    room = np.add.reduceat(of_square[near.near], near.first[:-1]) if tiles.n_squares else of_square
    room = np.where(room < 1e-9, 0.0, room)
    load_of, room_of = (np.zeros((tiles.n_squares, STEPS + 1)) for _ in range(2))
    load_tables(room, load_of, room_of)
    cells = tiles.of_squares(tiles.sums((per_cell > 0).astype(np.float64)))
    density = np.divide(of_square, cells, out=np.zeros_like(of_square), where=cells > 0)
    life = habitat.life
    off = np.array([life.exclusion_female_m.value, life.exclusion_male_m.value]) / habitat.cell_m
    reach = life.perception_m.value / habitat.cell_m
    apart = np.divide(reach, off, out=np.ones(2), where=off > 0)
    return TileHabitat(
        cell_capacity=per_cell,
        capacity=capacity,
        room=room,
        load_of=load_of,
        room_of=room_of,
        hazard_per_year=resident_hazard(tiles, habitat, per_cell),
        keep_off=np.pi * off[:, None] ** 2 * density[None, :],
        looks=np.clip(apart**2, 1.0, PLACES + 1.0),
    )


def resident_hazard(tiles: Tiles, habitat: PopulationHabitat, per_cell: F64) -> F64:
    """Return the yearly hazard of residents whose homes lie in each tile, ``[sex, tile]``.

    A resident of home ``c`` is on ground ``x`` in proportion to ``exp(-|x - c|^2 / 2 sigma^2)
    w(x)^2``, the stationary law of step selection with weights ``w`` where these change little
    within a step (Barnett & Moorcroft 2008, doi:10.1007/s00285-007-0138-6); its hazard is the mean
    of the ground's under that law, over the year's seasons. Homes follow the capacity.
    """
    here = habitat.here
    hazard = here.fields.hazard_per_day.sum(axis=0, dtype=np.float64)
    total = tiles.sums(per_cell)
    found = np.zeros((2, tiles.n))
    for sex, who in enumerate((here.species.movement.female, here.species.movement.male)):
        sigma = who.resident.sigma_m / habitat.cell_m
        met = np.zeros(habitat.shape)
        for weight in here.fields.weight:
            use = weight.astype(np.float64) ** 2
            spread, risk = (
                gaussian_filter(one, sigma, mode="constant", truncate=3.0)
                for one in (use, use * hazard)
            )
            met += np.divide(risk, spread, out=np.zeros_like(risk), where=spread > 1e-300)
        met *= 365.0 / here.fields.weight.shape[0]
        mean = np.divide(tiles.sums(per_cell * met), total, out=np.zeros(tiles.n), where=total > 0)
        found[sex] = mean
    return found
