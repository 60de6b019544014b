"""What edits put on the ground, drawn over a map: roads, areas and works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from corridor_sim.landscape.edits.base import Edit, Ring
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.edits.places import to_grid_metres
from corridor_sim.landscape.edits.roads import AddRoad
from corridor_sim.landscape.edits.works import Work
from corridor_sim.landscape.grid import Grid
from corridor_sim.languages import tr
from corridor_sim.report.figures.drawing import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEW_ROAD, AREA, WORK = "#c1121f", "#111111", "#c1121f"


def draw_edits(ax: Axes, edits: Sequence[Edit], grid: Grid) -> list[Any]:
    """Draw the edits that have a place of their own; return their entries of the legend.

    Roads as lines, areas (links, protection, restoring, crossings) as outlines, mines and dams as
    diamonds. What has no outline, such as clearing by a share or warming, is not drawn.
    """
    kinds: dict[str, Any] = {}
    for one in (each for edit in edits for each in edit.plain()):
        if isinstance(one, AddRoad):
            _line(ax, to_grid_metres(one.points, one.crs, grid, one.kind), NEW_ROAD, 1.6)
            kinds["road"] = key_of(tr("Road of the scenario"), color=NEW_ROAD, lw=1.6)
        elif isinstance(one, AreaEdit):
            for ring in one.areas:
                _line(ax, to_grid_metres((*ring, ring[0]), one.crs, grid, one.kind), AREA, 1.2)
            kinds["area"] = key_of(tr("Link or area of the scenario"), color=AREA, lw=1.2)
        elif isinstance(one, Work):
            at = to_grid_metres(cast(Ring, (one.at,)), one.crs, grid, one.kind)
            ax.plot(*at.T, "D", color=WORK, ms=6, mec="white", mew=0.8, zorder=5.5)
            kinds["work"] = key_of(tr("Mine or dam of the scenario"), color=WORK, marker="D", ls="")
    return list(kinds.values())


def _line(ax: Axes, xy: Any, colour: str, wide: float) -> None:
    for ink, more in (("white", 1.8), (colour, 0.0)):
        ax.plot(*np.asarray(xy).T, color=ink, lw=wide + more, alpha=0.95, zorder=5.2)
