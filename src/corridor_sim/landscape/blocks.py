"""Blocks: core areas that touch, or lie within a stated distance, and so are one for an animal.

A boundary between two reserves that lie side by side is a line on a map. Animals cross it on their
daily rounds, so that moves over it say nothing of corridors: exchange is counted between blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from scipy.spatial import KDTree

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.strips import by_strips

# what rounding may add to a distance that is a whole number of cells
SLACK = 1e-9
SETTING = "landscape.join_within_m"


@dataclass(frozen=True, slots=True)
class Blocks:
    """Which core areas form one block.

    Attributes
    ----------
    of_zone : int16 ``[zone + 1]``
        Block of every core area, 0 for 0; blocks are numbered from 1 by their area, the largest
        first, equal ones by their first core area. 0 also for a core area that holds no cell.
    names : tuple of str ``[block + 1]``
        Name of the largest core area of each block, with "and 2 more" where it holds several; ""
        at 0.
    zones : tuple of tuple of int ``[block + 1]``
        Core areas of each block, in order.
    area_km2 : float64 ``[block + 1]``
        Area of their cells; 0 at 0.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> blocks_of(cs.load_landscape(cell_m=10_000)).n < 20
    True
    """

    of_zone: NDArray[np.int16]
    names: tuple[str, ...]
    zones: tuple[tuple[int, ...], ...]
    area_km2: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of blocks."""
        return len(self.names) - 1

    def raster(self, land: Landscape) -> NDArray[np.int16]:
        """Return the block of each cell, ``[height, width]``; 0 outside core areas."""
        return np.asarray(self.of_zone[land["protected"]])


def blocks_of(land: Landscape, join_within_m: float | None = None) -> Blocks:
    """Return the blocks of a landscape's core areas.

    Parameters
    ----------
    land : Landscape
    join_within_m : float, optional
        Core areas this near to each other, in metres, are one block; that of the landscape's
        settings where not given, 0 by default. The distance is the straight line between the
        nearest edges of two cells: cells side by side, or corner to corner, are 0 apart.
    """
    within = land.join_within_m if join_within_m is None else join_within_m
    zone = land["protected"]
    cells = np.bincount(zone.reshape(-1), minlength=land.n_zones + 1)
    there = np.flatnonzero(cells)
    there = there[there > 0]
    parent = np.arange(land.n_zones + 1)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for a, b in _touching(zone):
        parent[root(b)] = root(a)
    reach = within / land.grid.cell_m + SLACK
    # nearest edges of cells that do not touch lie at least one cell apart
    if reach >= 1 and there.size > 1:
        corners = _Corners(zone)
        for a, b in corners.within(reach):
            if root(a) != root(b) and corners.are_within(a, b, reach):
                parent[root(b)] = root(a)
    groups: dict[int, list[int]] = {}
    for i in there.tolist():
        groups.setdefault(root(i), []).append(i)
    ordered = sorted(groups.values(), key=lambda group: (-int(cells[group].sum()), group[0]))
    of_zone = np.zeros(land.n_zones + 1, np.int16)
    names, area = [""], [0.0]
    for number, group in enumerate(ordered, 1):
        of_zone[group] = number
        largest = max(group, key=lambda i: (int(cells[i]), -i))
        more = f" and {len(group) - 1} more" if len(group) > 1 else ""
        names.append(land.zone_names[largest] + more)
        area.append(float(cells[group].sum()) * land.grid.cell_km2)
    return Blocks(of_zone, tuple(names), ((), *map(tuple, ordered)), np.array(area))


def check_blocks(land: Landscape, blocks: Blocks, where: str = "") -> None:
    """Refuse a landscape that has nothing to go between.

    Raises
    ------
    LandscapeError
        Fewer than two blocks, in one line that says what joined the core areas.
    """
    if blocks.n >= 2:
        return
    place = where or land.name
    cells = land["protected"]
    n = int(np.unique(cells[cells > 0]).size)
    if n < 2:
        raise LandscapeError(
            f"{'one core area' if n else 'no core area'}: exchange goes between two blocks of them",
            where=place,
            remedy="give protected_areas with at least two areas that do not touch",
        )
    if land.join_within_m > 0 and blocks_of(land, 0.0).n >= 2:
        raise LandscapeError(
            f"{SETTING} = {land.join_within_m:g} joins all {n} core areas into one block",
            where=place,
            remedy="lower it; 0 joins only areas that touch",
        )
    raise LandscapeError(
        f"all {n} core areas touch at cells of {land.grid.cell_m:g} m and are one block",
        where=place,
        remedy="use smaller cells, or areas that lie apart",
    )


def refuse_swallowed(land: Landscape) -> None:
    """Refuse a ``join_within_m`` that leaves one block of a landscape that has several.

    Raises
    ------
    LandscapeError
    """
    if land.join_within_m > 0 and land.n_zones > 1:
        blocks = blocks_of(land)
        if blocks.n == 1 and blocks_of(land, 0.0).n > 1:
            check_blocks(land, blocks, "[landscape]")


def _touching(zone: NDArray[np.int16]) -> list[tuple[int, int]]:
    """Return the pairs of core areas of which two cells meet at an edge or a corner."""
    found: list[tuple[int, int]] = []

    def some(rows: slice) -> None:
        # with the row above, so that nothing is lost between strips
        part = zone[max(0, rows.start - 1) : rows.stop]
        if not part.any():
            return
        for a, b in (
            (part[:, 1:], part[:, :-1]),
            (part[1:], part[:-1]),
            (part[1:, 1:], part[:-1, :-1]),
            (part[1:, :-1], part[:-1, 1:]),
        ):
            meet = (a != b) & (a > 0) & (b > 0)
            found.extend(zip(a[meet].tolist(), b[meet].tolist(), strict=True))

    by_strips(zone.shape, some)
    return sorted({(min(pair), max(pair)) for pair in found})


class _Corners:
    """The corners of the cells of every core area, of which some two are nearest to each other.

    Cells of a grid are squares side by side with the axes, so that the distance between two of them
    is that between their nearest corners.
    """

    def __init__(self, zone: NDArray[np.int16]) -> None:
        self.zone = zone
        self.windows = find_objects(zone.astype(np.int32))
        self.number = np.array([i for i, w in enumerate(self.windows, 1) if w is not None])
        kept = [self.windows[i - 1] for i in self.number]
        # corners of the box around each area: first row, last row, first column, last column
        self.box = np.array([[w[0].start, w[0].stop, w[1].start, w[1].stop] for w in kept])
        self.trees: dict[int, KDTree] = {}

    def within(self, reach: float) -> Iterator[tuple[int, int]]:
        """Yield the pairs of areas whose boxes lie within ``reach`` cells of each other."""
        top, bottom, left, right = self.box.T
        for k, a in enumerate(self.number):
            down = np.maximum(top - bottom[k], top[k] - bottom).clip(0)
            across = np.maximum(left - right[k], left[k] - right).clip(0)
            near = np.flatnonzero(np.hypot(down, across) <= reach)
            for other in near[near > k]:
                yield int(a), int(self.number[other])

    def are_within(self, a: int, b: int, reach: float) -> bool:
        """Return whether two areas lie within ``reach`` cells of each other."""
        one, other = self._tree(a), self._tree(b)
        if one.n < other.n:
            one, other = other, one
        nearest, _ = one.query(other.data, distance_upper_bound=reach + 1.0)
        return bool((nearest <= reach).any())

    def _tree(self, i: int) -> KDTree:
        if i not in self.trees:
            rows, columns = self.windows[i - 1]
            inside = np.pad(self.zone[rows, columns] == i, 1)
            whole = inside[1:-1, 1:-1].copy()
            for down in (0, 1, 2):
                for across in (0, 1, 2):
                    height, width = whole.shape
                    whole &= inside[down : down + height, across : across + width]
            row, col = np.nonzero(inside[1:-1, 1:-1] & ~whole)
            row, col = row + rows.start, col + columns.start
            at = [np.stack([row + r, col + c], axis=1) for r in (0, 1) for c in (0, 1)]
            self.trees[i] = KDTree(np.unique(np.concatenate(at), axis=0))
        return self.trees[i]
