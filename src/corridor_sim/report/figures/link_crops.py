"""The maps on a link's page: what lies there, what changes in who passes, and where animals die."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.report.figures.basemap import (
    BaseMap,
    colour_scale,
    cover_handles,
    draw,
    land_cover,
    legend_handles,
    paler,
    ramped,
)
from corridor_sim.report.figures.drawing import in_style, new_figure
from corridor_sim.report.figures.links_map import CHOSEN, RAMP, path_of
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.text.links_found import Found
from corridor_sim.report.text.links_use import LinkUse, Window, around, cells_of, window_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

F32 = NDArray[np.float32]
CROP_IN = 4.6


@in_style
def link_figure(base: BaseMap, found: Found, i: int, use: LinkUse) -> Figure:
    """Return the page's maps of one link: what lies there, and what changes in who passes."""
    window = window_of(found, i)
    panels = 2
    near = around(base, window)
    figure = new_figure(CROP_IN * panels + 0.2, CROP_IN + 1.17)
    height = figure.get_figheight()
    axes = [
        figure.add_axes((k / panels + 0.008, 0.84 / height, 1 / panels - 0.016, 1 - 1.15 / height))
        for k in range(panels)
    ]
    draw(axes[0], base, land_cover(base))
    axes[0].set_title("Without the link: land cover", fontsize=9)
    _changed(figure, axes[1], base, use)
    _died(axes[1], found, use)
    for ax in axes:
        _mark(ax, found, i)
        ax.set_xlim(window[0], window[1])
        ax.set_ylim(window[2], window[3])
        furnish(ax, near, areas=6, towns=6)
    _cover_legend(figure, base, found, window)
    return figure


def _mark(ax: Axes, found: Found, i: int) -> None:
    from matplotlib.patches import PathPatch

    for k, link in enumerate(found.result.links):
        if k != i:
            ax.add_artist(
                PathPatch(path_of(link.rings), fc="none", ec="#444444", lw=0.5, ls=":", zorder=3.4)
            )
    path = path_of(found.result.links[i].rings)
    ax.add_artist(PathPatch(path, fc="none", ec="white", lw=3.6, alpha=0.85, zorder=3.5))
    ax.add_artist(PathPatch(path, fc="none", ec=CHOSEN, lw=1.6, zorder=3.6))


def _changed(figure: Figure, ax: Axes, base: BaseMap, use: LinkUse) -> None:
    if use.change is None:
        draw(ax, base, paler(base, 0.4))
        ax.set_title("Deaths on the way", fontsize=9)
        return
    size = np.abs(use.change)
    high = float(np.quantile(size, 0.99)) or float(size.max()) or 1.0
    change = np.zeros(base.land.grid.shape, np.float32)
    change[use.window] = use.change
    level = np.clip(base.shown(change) / high, -1, 1)
    alpha = np.clip(np.abs(level) / 0.25, 0, 0.9)
    draw(ax, base, ramped(base, RAMP, (level + 1) / 2, alpha, paler(base, 0.5)))
    ax.set_title("Change in who passes: with the link less without", fontsize=9)
    colour_scale(figure, RAMP, -high, high, "Dispersers' days per 100 km²", (0.74, 0.22, 0.62))


def _died(ax: Axes, found: Found, use: LinkUse) -> None:
    grid = found.land.grid
    for cells, marker, colour, label in (
        (use.dead[0], "x", "#444444", "Died without the link"),
        (use.dead[1], "+", "#d55e00", "Died with it"),
    ):
        row, col = np.divmod(cells, grid.width)
        x, y = grid.to_metres(col + 0.5, row + 0.5)
        ax.plot(x, y, marker, ms=4.5, mew=0.9, color=colour, ls="", label=label, zorder=5)
    ax.legend(loc="upper right", fontsize=6.5, frameon=True, framealpha=0.85, borderpad=0.4)


def _cover_legend(figure: Figure, base: BaseMap, found: Found, window: Window) -> None:
    from matplotlib.patches import Patch

    handles = cover_handles(found.land["land_cover"][cells_of(found.land.grid, window)])
    handles.append(Patch(fc="none", ec=CHOSEN, lw=1.4, label="This link"))
    figure.legend(
        handles=[*handles, *legend_handles(base, towns=False)],
        loc="lower left",
        ncols=3,
        fontsize=6.6,
        bbox_to_anchor=(0.0, 0.0),
        columnspacing=1.0,
        handlelength=1.4,
        labelspacing=0.25,
    )
