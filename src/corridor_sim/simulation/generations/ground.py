"""What a projection needs of one landscape: capacities, dangers of residents, and walks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from corridor_sim.kernels.searching import load_tables
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.year_of_moves import YEAR_D
from corridor_sim.simulation.generations.tiles import Tiles
from corridor_sim.simulation.settlement import PLACES
from corridor_sim.species.fields import SEXES

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
# of the tables of room: steps of numbers, and most places, beyond which numbers are all but certain
STEPS, MOST_PLACES = 60, 120
# standard deviations of a home range after which its window ends
TRUNCATE = 3.0


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
    hazard_map : float64 ``[sex, height, width]``
        Of a resident by the place of its home, a year, from what people bring.
    hazard_per_year : float64 ``[sex, tile]``
        Its mean over the homes of a tile, which follow the capacity.
    keep_off : float64 ``[sex, square]``
        Animals that would live within the exclusion distance at capacity.
    looks : float64 ``[sex]``
        Places apart by that distance at which a searching animal looks.
    """

    cell_capacity: F64
    capacity: F64
    room: F64
    hazard_map: F64
    hazard_per_year: F64
    keep_off: F64
    looks: F64


@cache
def room_tables() -> tuple[F64, F64]:
    """Return loads and chances of room by places and numbers, ``[c + 1, steps + 1]``."""
    load_of, room_of = (np.zeros((MOST_PLACES + 1, STEPS + 1)) for _ in range(2))
    load_tables(load_of, room_of)
    return load_of, room_of


def cell_capacity(habitat: PopulationHabitat) -> F64:
    """Return the animals that each cell feeds, ``[height, width]``."""
    found = np.zeros(habitat.shape[0] * habitat.shape[1])
    found[habitat.cells] = np.diff(habitat.cumulative, prepend=0.0) * habitat.capacity
    return found.reshape(habitat.shape)


def tile_habitat(
    tiles: Tiles, habitat: PopulationHabitat, hazard_map: F64 | None = None
) -> TileHabitat:
    """Return a species' landscape by tiles.

    Parameters
    ----------
    hazard_map : float64 ``[sex, height, width]``, optional
        Its :func:`resident_hazard_map`, where it is there already.
    """
    per_cell = cell_capacity(habitat)
    if hazard_map is None:
        hazard_map = resident_hazard_map(habitat)
    capacity = tiles.sums(per_cell)
    there = np.where(capacity > 0, capacity, 1.0)
    hazard = np.stack([tiles.sums(per_cell * one) for one in hazard_map]) / there
    of_square = tiles.of_squares(capacity)
    near = tiles.crowd
    room = np.add.reduceat(of_square[near.near], near.first[:-1]) if tiles.n_squares else of_square
    room = np.where(room < 1e-9, 0.0, room)
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
        hazard_map=hazard_map,
        hazard_per_year=hazard,
        keep_off=np.pi * off[:, None] ** 2 * density[None, :],
        looks=np.clip(apart**2, 1.0, PLACES + 1.0),
    )


def resident_hazard_map(habitat: PopulationHabitat) -> F64:
    """Return the yearly hazard of a resident by the place of its home, ``[sex, height, width]``.

    A resident of home ``c`` is on ground ``x`` in proportion to ``exp(-|x - c|^2 / 2 sigma^2)
    w(x)^2``, the stationary law of step selection with weights ``w`` where these change little
    within a step (Barnett & Moorcroft 2008, doi:10.1007/s00285-007-0138-6); its hazard is the mean
    of the ground's under that law, over the year's seasons.
    """
    fields = habitat.here.fields
    return _hazard_map(fields.weight, fields.hazard_per_day, _sigmas(habitat))


def _hazard_map(weights: F32, hazards: F32, sigmas: tuple[float, float]) -> F64:
    """Return the hazard map of weights ``[season, ...]`` and hazards a day ``[cause, ...]``."""
    hazard = hazards.sum(axis=0, dtype=np.float64)
    found = np.zeros((len(SEXES), *hazard.shape))
    for sex, sigma in enumerate(sigmas):
        for weight in weights:
            # nobody is where there is no ground
            use = np.maximum(weight, 0).astype(np.float64) ** 2
            spread, risk = (
                gaussian_filter(one, sigma, mode="constant", truncate=TRUNCATE)
                for one in (use, use * hazard)
            )
            found[sex] += np.divide(risk, spread, out=np.zeros_like(risk), where=spread > 1e-300)
    return np.asarray(found * (YEAR_D / len(weights)))


def changed_hazard_map(before: F64, habitat: PopulationHabitat, middle: tuple[slice, slice]) -> F64:
    """Return :func:`resident_hazard_map`, made anew around a change.

    Parameters
    ----------
    before : float64 ``[sex, height, width]``
        On the landscape before.
    middle : (rows, columns)
        Beyond it no field of the species has changed.
    """
    margin = int(np.ceil(TRUNCATE * max(_sigmas(habitat)))) + 1
    inner, outer = (
        tuple(
            slice(max(0, one.start - k * margin), min(n, one.stop + k * margin))
            for one, n in zip(middle, habitat.shape, strict=True)
        )
        for k in (1, 2)
    )
    fields = habitat.here.fields
    found = before.copy()
    found[(slice(None), *inner)] = _hazard_map(
        fields.weight[(slice(None), *outer)],
        fields.hazard_per_day[(slice(None), *outer)],
        _sigmas(habitat),
    )[
        (
            slice(None),
            *(
                slice(i.start - o.start, i.stop - o.start)
                for i, o in zip(inner, outer, strict=True)
            ),
        )
    ]
    return found


def _sigmas(habitat: PopulationHabitat) -> tuple[float, float]:
    move = habitat.here.species.movement
    female, male = (one.resident.sigma_m / habitat.cell_m for one in (move.female, move.male))
    return female, male
