"""Walks and landscapes of a projection on a changed map, made anew only where they can differ.

As for dispersers of one generation (:mod:`corridor_sim.simulation.dispersal.cohort`): a walk that
touched no changed cell is the same walk, to the bit; it may see other homes where it looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.dispersal.cohort import Parts, rows_of
from corridor_sim.simulation.generations.ground import TileHabitat, changed_hazard_map, tile_habitat
from corridor_sim.simulation.generations.tiles import Tiles
from corridor_sim.simulation.generations.walks import Walks, homes_at, positions, squares_of

BOOL = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Change:
    """Where two landscapes of one species differ.

    Attributes
    ----------
    walk : bool ``[height, width]``
        Cells that a walk can tell apart.
    near_homes : bool ``[height, width]``
        Cells from which a home is seen that is another one, better or worse.
    """

    walk: BOOL
    near_homes: BOOL


def changes(before: PopulationHabitat, after: PopulationHabitat) -> Change:
    """Return where two landscapes of one species differ, by their numbers."""
    walk = np.asarray(before.search.differs(after.search))
    # of what is not good enough nobody asks how bad it is
    one, other = (
        np.where(h.quality >= h.enough, h.quality, np.float32(-1)) for h in (before, after)
    )
    homes = one != other
    near = homes
    if homes.any():
        reach = after.life.perception_m.value / after.cell_m
        near = np.asarray(distance_transform_edt(~homes) <= reach + 2.0)
    return Change(walk, near)


def changed_tile_habitat(
    tiles: Tiles,
    before: TileHabitat,
    habitat: PopulationHabitat,
    middle: tuple[slice, slice] | None,
) -> TileHabitat:
    """Return the landscape by tiles, with the dangers of residents made anew around a change."""
    hazard_map = None
    if middle is not None:
        hazard_map = changed_hazard_map(before.hazard_map, habitat, middle)
    return tile_habitat(tiles, habitat, hazard_map)


def walks_on_changed(
    walks: Walks,
    before: PopulationHabitat,
    tiles: Tiles,
    habitat: PopulationHabitat,
    parts: Parts,
    seed: int,
    settle_every_d: int,
) -> Walks:
    """Return the walks of the same animals on a changed landscape.

    Parameters
    ----------
    walks : Walks
        With what they touched.
    before : PopulationHabitat
        On which they are.
    habitat : PopulationHabitat
        After the change.
    parts : Parts
        In which walks are recorded.
    """
    if habitat is before:
        return walks
    change = changes(before, habitat)
    rows = _concerned(walks, change, parts)
    # a core area made anew is where those were born who start in it
    zone = habitat.here.fields.zone.reshape(-1)[walks.cell]
    animals = walks.animals._replace(natal_zone=zone, last_zone=zone.copy())
    reached, touched = walks.reached.copy(), walks.touched.copy()
    at = walks.at
    if rows.size:
        at = at.copy()
        touched[rows] = 0
        some = touched[rows]
        again = rows_of(animals, rows)
        at[rows], reached[rows] = positions(habitat, again, seed, settle_every_d, parts, some)
        touched[rows] = some
    looks = _looks_again(at, change, rows)
    if not looks.any():
        return walks
    home, count, level = walks.home.copy(), walks.count.copy(), walks.level.copy()
    for one, nothing in ((home, -1), (count, 0), (level, 0)):
        one[:, rows] = nothing
    homes_at(tiles, habitat, animals.ident, at, looks, seed, home, count, level)
    square = walks.square.copy()
    square[rows] = squares_of(tiles, at[rows], settle_every_d)
    return replace(
        walks,
        animals=animals,
        at=at,
        home=home,
        count=count,
        level=level,
        reached=reached,
        square=square,
        touched=touched,
    )


def _concerned(walks: Walks, change: Change, parts: Parts) -> NDArray[np.int64]:
    """Return the walks that can have touched a changed cell."""
    return np.flatnonzero(parts.touching(walks.touched, change.walk))


def _looks_again(at: NDArray[np.float32], change: Change, rows: NDArray[np.int64]) -> BOOL:
    """Return at which occasions which walks must look again, ``[walk, occasion + 1]``."""
    there = ~np.isnan(at[:, :, 0])
    looks = np.zeros(there.shape, np.bool_)
    looks[rows] = there[rows]
    if change.near_homes.any():
        height, width = change.near_homes.shape
        col, row = (
            np.clip(np.where(there, at[:, :, k], 0).astype(np.int64), 0, n - 1)
            for k, n in ((0, width), (1, height))
        )
        looks |= there & change.near_homes[row, col]
    return looks
