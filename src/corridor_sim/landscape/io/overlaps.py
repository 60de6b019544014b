"""Core areas on the same ground: one reserve that stands in a register twice, under two names.

Registers such as the WDPA hold a reserve once for each designation: a national park, and the same
ground as a world heritage site. As two core areas it would exchange animals with itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# of the smaller of two areas, from which on it lies inside the larger rather than beside it
LIES_IN = 0.5
# of the larger one as well, from which on the two are likely one reserve
SAME = 0.5


@dataclass(frozen=True, slots=True)
class Shared:
    """Two areas on the same ground, ``small`` by so much of its area inside ``large``."""

    small: str
    large: str
    share: float
    same: bool

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.share:.0%} of {self.small} lies in {self.large}".replace("%", " %")


def shared_ground(names: Sequence[str], shapes: Sequence[Any]) -> tuple[Shared, ...]:
    """Return the pairs of areas of which the smaller lies at least by half in the larger.

    Those that are likely one reserve come first, then the largest share, then by name.

    Parameters
    ----------
    names : sequence of str
        One name for each area.
    shapes : sequence of polygons
        Valid outlines in map metres; empty ones share nothing.
    """
    import shapely

    areas = np.array(shapes, object)
    km2 = shapely.area(areas)
    a, b = shapely.STRtree(areas).query(areas)
    first = a < b
    a, b = a[first], b[first]
    small, large = np.where(km2[a] <= km2[b], a, b), np.where(km2[a] <= km2[b], b, a)
    # neighbours share bounds but little ground: their outlines need not be cut
    may = _common_bounds(shapely.bounds(areas), small, large) >= LIES_IN * km2[small]
    small, large = small[may], large[may]
    both = shapely.area(shapely.intersection(areas[small], areas[large]))
    found = [
        Shared(names[i], names[j], float(m2 / km2[i]), bool(m2 >= SAME * km2[j]))
        for i, j, m2 in zip(small.tolist(), large.tolist(), both.tolist(), strict=True)
        if m2 >= LIES_IN * km2[i] > 0
    ]
    return tuple(sorted(found, key=lambda s: (not s.same, -s.share, s.small, s.large)))


def _common_bounds(
    bounds: NDArray[np.float64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the area that the bounds ``[n, 4]`` of pairs of shapes have in common."""
    low = np.maximum(bounds[a, :2], bounds[b, :2])
    high = np.minimum(bounds[a, 2:], bounds[b, 2:])
    return np.asarray(np.prod(np.maximum(high - low, 0.0), axis=1))


def note(shared: Sequence[Shared]) -> str:
    """Return what to say of areas on the same ground beside their layer, ``""`` of none."""
    same = [one for one in shared if one.same]
    others = [one for one in shared if not one.same]
    said = ""
    if same:
        said += (
            f"; likely one reserve under two names, whose exchange would count as flux "
            f"({len(same)}: {_some(same)}): give both one name or leave one out"
        )
    if others:
        said += f"; areas inside larger ones ({len(others)}: {_some(others)})"
    return said


def _some(shared: Sequence[Shared]) -> str:
    return ", ".join(str(one) for one in shared[:8]) + (", …" if len(shared) > 8 else "")
