"""Protected areas on the same ground: which they are, by how much, and who has the cells.

Registers such as the WDPA hold a reserve once for each designation: a national park, and the same
ground as a world heritage site. A cell belongs to one core area only, so one rule decides: features
of one name are one core area, and of two that overlap the smaller has the ground, of two equal ones
that which comes first in the file. Who is right only the user knows, so every overlap is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from corridor_sim.errors import counted

# of both areas, from which on the two are likely one reserve
SAME = 0.5
# how many pairs an origin names, and a line on the terminal
NAMED, NAMED_ON_THE_TERMINAL = 8, 3


@dataclass(frozen=True, slots=True)
class Shared:
    """Two areas on the same ground.

    ``share`` is the part of ``small`` that lies in ``large``, ``km2`` its area; ``same`` says that
    the two are likely one reserve.
    """

    small: str
    large: str
    km2: float
    share: float
    same: bool

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.small} in {self.large} {_km2(self.km2)} ({self.share * 100:.0f} %)"


@dataclass(frozen=True, slots=True)
class Twice:
    """An area of which features under its one name overlap, by ``km2``."""

    name: str
    km2: float

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.name} {_km2(self.km2)}"


def _km2(value: float) -> str:
    return f"{value:,.0f} km²" if value >= 10 else f"{value:.2g} km²"


def order_of_burning(names: Sequence[str], shapes: Sequence[Any]) -> list[int]:
    """Return the positions of areas, those that have the ground last: by size, then by the file."""
    area = shapely.area(np.array(shapes, object))
    return sorted(range(len(names)), key=lambda i: (-area[i], -i))


def shared_ground(
    names: Sequence[str], shapes: Sequence[Any], least_m2: float = 0.0
) -> tuple[Shared, ...]:
    """Return the pairs of areas that overlap by more than ``least_m2``.

    Those that are likely one reserve come first, then the largest overlap, then by name.

    Parameters
    ----------
    names : sequence of str
        One name for each area.
    shapes : sequence of polygons
        Valid outlines in map metres; empty ones share nothing.
    least_m2 : float
        Overlap that is an error of drawing between neighbours, m².
    """
    areas = np.array(shapes, object)
    m2 = shapely.area(areas)
    a, b = shapely.STRtree(areas).query(areas)
    first = a < b
    a, b = a[first], b[first]
    # of two equal ones the first in the file has the ground
    small, large = np.where(m2[a] <= m2[b], a, b), np.where(m2[a] <= m2[b], b, a)
    # neighbours share bounds but little ground: their outlines need not be cut
    may = _common_bounds(shapely.bounds(areas), small, large) > least_m2
    small, large = small[may], large[may]
    both = shapely.area(shapely.intersection(areas[small], areas[large]))
    found = [
        Shared(
            names[i], names[j], shared / 1e6, shared / float(m2[i]), shared >= SAME * float(m2[j])
        )
        for i, j, shared in zip(small.tolist(), large.tolist(), both.tolist(), strict=True)
        if shared > least_m2
    ]
    return tuple(sorted(found, key=lambda s: (not s.same, -s.km2, s.small, s.large)))


def given_twice(
    names: Sequence[str], groups: Sequence[NDArray[Any]], shapes: Sequence[Any], least_m2: float
) -> tuple[Twice, ...]:
    """Return the areas whose own features, a group of shapes each, overlap by over ``least_m2``."""
    found = []
    for name, group, whole in zip(names, groups, shapes, strict=True):
        over = float(shapely.area(group).sum() - whole.area) if len(group) > 1 else 0.0
        if over > least_m2:
            found.append(Twice(name, over / 1e6))
    return tuple(sorted(found, key=lambda t: (-t.km2, t.name)))


def _common_bounds(
    bounds: NDArray[np.float64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the area that the bounds ``[n, 4]`` of pairs of shapes have in common."""
    low = np.maximum(bounds[a, :2], bounds[b, :2])
    high = np.minimum(bounds[a, 2:], bounds[b, 2:])
    return np.asarray(np.prod(np.maximum(high - low, 0.0), axis=1))


def shared_note(shared: Sequence[Shared], twice: Sequence[Twice], most: int = NAMED) -> str:
    """Return what to say of areas on the same ground beside their layer, ``""`` of none."""
    same, others = [s for s in shared if s.same], [s for s in shared if not s.same]
    said = ""
    if same:
        said += (
            f"; likely one reserve under two names ({len(same)}: {_some(same, most)}): the smaller "
            "has the ground; give both one name or leave one out"
        )
    if others:
        overlap = "overlaps" if len(others) == 1 else "overlap"
        said += (
            f"; {counted(len(others), 'pair')} of areas {overlap}, of which the smaller has the "
            f"ground ({_some(others, most)})"
        )
    if twice:
        said += f"; given twice under one name and counted once ({_some(twice, most)})"
    return said


def _some(shared: Sequence[Shared | Twice], most: int) -> str:
    more = f" and {len(shared) - most} more" if len(shared) > most else ""
    return ", ".join(str(one) for one in shared[:most]) + more
