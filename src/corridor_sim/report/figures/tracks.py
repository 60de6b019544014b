"""Maps of single animals' ways: dispersers from start to end, residents within their ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.languages import mark, tr
from corridor_sim.report.figures.basemap import BaseMap, draw, legend_handles, paler
from corridor_sim.report.figures.drawing import in_style, key_of
from corridor_sim.report.figures.map_labels import Box as Label
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.figures.maps import columns_of, map_panels
from corridor_sim.report.ways import Way, Ways

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

F64 = NDArray[np.float64]
Box = tuple[float, float, float, float]
# Okabe and Ito's dark ones, and two more that stay apart on a pale map
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#8f2d91", "#7a4a00", "#c2185b")
ENDS = {
    "settled": ("s", mark("Settled")),
    "died": ("X", mark("Died")),
    "alive": (">", mark("Still alive")),
}
PANEL_IN, MARGIN = 4.3, 0.12
LEAST_CELLS = 12.0


@in_style
def tracks_figure(base: BaseMap, ways: Ways) -> Figure:
    """Return the figure of a species' ways: dispersers left, residents right."""
    parts = [
        (ways.dispersers, tr("Dispersers")),
        (ways.residents, tr("Residents and their ranges")),
    ]
    shown = [(found, title) for found, title in parts if found]
    figure, axes, _ = map_panels(max(1, len(shown)), base.aspect, 0.6)
    for ax, (found, title) in zip(axes, shown, strict=False):
        window = window_of(base, found)
        part = replace(base, extent_m=window)
        draw(ax, base, paler(base, 0.45))
        ax.set_xlim(window[:2])
        ax.set_ylim(window[2:])
        for way, colour in zip(found, COLOURS, strict=False):
            _draw_way(ax, way, colour)
        furnish(ax, part, areas=8, towns=5, taken=_locator(ax, base, window, found))
        ax.set_title(title, fontsize=9)
    handles = [*_handles(ways), *legend_handles(base, towns=False)]
    figure.legend(
        handles=handles, loc="lower center", ncols=columns_of(5), bbox_to_anchor=(0.5, 0.0)
    )
    return figure


def window_of(base: BaseMap, found: Sequence[Way]) -> Box:
    """Return the ground that ways and circles take, in the shape of the map and within it."""
    ends = [np.concatenate([way.at_m, _around(way)]) for way in found]
    at = np.concatenate(ends)
    west, east, south, north = base.extent_m
    low = np.maximum(np.nanmin(at, axis=0), (west, south))
    high = np.minimum(np.nanmax(at, axis=0), (east, north))
    long = max(high[0] - low[0], (high[1] - low[1]) / base.aspect)
    wide = max((1 + 2 * MARGIN) * long, LEAST_CELLS * base.land.grid.cell_m)
    wide = min(wide, east - west)
    high_m = wide * base.aspect
    x = float(np.clip((low[0] + high[0]) / 2, west + wide / 2, east - wide / 2))
    y = float(np.clip((low[1] + high[1]) / 2, south + high_m / 2, north - high_m / 2))
    return (x - wide / 2, x + wide / 2, y - high_m / 2, y + high_m / 2)


def _around(way: Way) -> F64:
    """Return the corners of the square around a way's circle; none without one."""
    if way.radius_m <= 0:
        return np.zeros((0, 2))
    corners = np.array([(-1.0, -1.0), (1.0, 1.0)]) * way.radius_m
    return np.asarray(np.array(way.centre_m) + corners)


def _draw_way(ax: Axes, way: Way, colour: str) -> None:
    from matplotlib.patches import Circle
    from matplotlib.patheffects import withStroke

    stays = way.radius_m > 0
    x, y = way.at_m.T
    thin, halo = (0.55, 0.0) if stays else (1.2, 2.2)
    effects = [withStroke(linewidth=halo, foreground="white", alpha=0.8)] if halo else []
    look: Any = {"alpha": 0.75 if stays else 0.95, "solid_joinstyle": "round"}
    ax.plot(x, y, color=colour, lw=thin, zorder=4, path_effects=effects, **look)
    if stays:
        for wide, edge in ((2.4, "white"), (1.3, colour)):
            ring: Any = {"fc": "none", "ec": edge, "lw": wide, "ls": (0, (4, 2)), "zorder": 5}
            ax.add_patch(Circle(way.centre_m, way.radius_m, **ring))
    else:
        ax.plot(x[0], y[0], "o", ms=6, mfc="white", mec=colour, mew=1.5, zorder=6)
    if not stays or way.end == "died":
        marker, _ = ENDS[way.end]
        ax.plot(x[-1], y[-1], marker, ms=8, mfc=colour, mec="white", mew=0.7, zorder=6.5)


def _locator(ax: Axes, base: BaseMap, window: Box, found: Sequence[Way]) -> list[Label]:
    """Show in a corner which part of the map is drawn, unless it is most of it.

    Returns the ground that it takes.
    """
    from matplotlib.patches import Rectangle

    west, east, _, _ = base.extent_m
    wide, high = window[1] - window[0], window[3] - window[2]
    if wide > 0.6 * (east - west):
        return []
    low = np.array([window[0], window[2]])
    at = (np.concatenate([way.at_m for way in found]) - low) / (wide, high)
    size, gap = 0.2, 0.012
    far = 1 - size - gap
    corners = ((far, far), (gap, far), (far, gap))
    hidden = [(np.abs(at - np.add(one, size / 2)) < size / 2).all(axis=1).sum() for one in corners]
    left, bottom = corners[int(np.argmin(hidden))]
    inset = ax.inset_axes((left, bottom, size, size), zorder=9)
    thin = max(1, max(base.light.shape) // 300)
    inset.imshow(base.ground[::thin, ::thin], extent=base.extent_m)
    inset.set_xticks([])
    inset.set_yticks([])
    for side in inset.spines.values():
        side.set_visible(True)
    look: Any = {"fc": "none", "ec": "#c00000", "lw": 1.4}
    inset.add_patch(Rectangle((window[0], window[2]), wide, high, **look))
    x, y = low + np.array([left, bottom]) * (wide, high)
    return [(x, y, x + size * wide, y + size * high)]


def _handles(ways: Ways) -> list[Any]:
    """Return legend entries of what is drawn; grey stands for every animal's own colour."""
    grey = "#555f66"
    found: list[Any] = []
    everyone = (*ways.residents, *ways.dispersers)
    if ways.dispersers:
        found.append(
            key_of(tr("Disperser sets out"), color=grey, marker="o", mfc="white", ms=6, lw=1.2)
        )
    for end, (marker, word) in ENDS.items():
        ended = [way for way in everyone if way.end == end and not (way.radius_m and end != "died")]
        if ended:
            look: Any = {"marker": marker, "ls": "", "ms": 8, "mec": "white"}
            found.append(key_of(tr(word), color=grey, **look))
    if ways.residents:
        found.append(key_of(tr("Home range, 95 %"), color=grey, lw=1.3, ls=(0, (4, 2))))
    return found
