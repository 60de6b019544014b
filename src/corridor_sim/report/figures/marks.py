"""What lies where on a map: said when the map is drawn, kept until it is a picture.

A map's picture is seen by the eye alone. Whoever draws says by :func:`tell` what a place is; a page
lays it over the picture, where a pointer, a finger or a key finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# half the width of a finger's aim at a point, in pixels of a figure
POINT_PX = 9
# outlines are told as finely as this, in pixels
FINE_PX = 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One place on a picture.

    Attributes
    ----------
    text : str
        What lies there.
    target : str
        Where on the page more is told, as ``link-3``; empty where nothing is.
    rings : tuple of tuple of (x, y)
        Outlines in pixels from the upper left corner.
    """

    text: str
    target: str
    rings: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def path(self) -> str:
        """The outlines as SVG writes them."""
        written = []
        for ring in self.rings:
            steps = np.diff(np.array(ring), axis=0).tolist()
            written.append(f"M{ring[0][0]} {ring[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps))
        return "z".join([*written, ""]).replace(" -", "-")


_Told = tuple[str, str, tuple[Any, ...]]
_told: WeakKeyDictionary[Axes, list[_Told]] = WeakKeyDictionary()


def tell(ax: Axes, text: str, rings: Sequence[Any], *, target: str = "") -> None:
    """Say what lies on axes.

    Parameters
    ----------
    ax : Axes
    text : str
    rings : sequence of float64 ``[n, 2]``
        Outlines in the axes' own units; one of a single point ``[1, 2]`` is a spot.
    target : str
        Where on the page more is told.
    """
    _told.setdefault(ax, []).append((text, target, tuple(np.asarray(r, float) for r in rings)))


def marks_of(figure: Figure) -> tuple[Mark, ...]:
    """Return what was told of a figure that is finished, in the order of drawing."""
    high = figure.get_figheight() * figure.dpi
    found = []
    for ax in figure.axes:
        box = ax.get_window_extent()
        for text, target, rings in _told.get(ax, ()):
            shown = [_shown(ax, ring, box) for ring in rings]
            whole = tuple(
                tuple((round(x), round(high - y)) for x, y in ring)
                for ring in shown
                if len(ring) > 2
            )
            if whole:
                found.append(Mark(text, target, whole))
    return tuple(found)


def _shown(ax: Axes, ring: Any, box: Any) -> Any:
    """Return the part of an outline that axes show, in pixels from the lower left corner."""
    from shapely import Polygon

    at = ax.transData.transform(ring)
    if len(at) == 1:
        if not box.contains(*at[0]):
            return ()
        return at[0] + POINT_PX * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    if len(at) < 4:
        return ()
    left, low, right, top = box.extents
    if at[:, 0].max() < left or at[:, 0].min() > right:
        return ()
    if at[:, 1].max() < low or at[:, 1].min() > top:
        return ()
    from shapely import box as rectangle

    inside = Polygon(at).buffer(0).intersection(rectangle(left, low, right, top))
    parts = [p for p in getattr(inside, "geoms", [inside]) if p.geom_type == "Polygon"]
    largest = max(parts, key=lambda p: p.area, default=None)
    if largest is None or largest.is_empty:
        return ()
    return np.asarray(largest.simplify(FINE_PX).exterior.coords)[:-1]
