"""A landscape or one of its layers on matplotlib's Axes: what ``Landscape.plot`` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.gis.ramps import RAMPS
from corridor_sim.gis.rasters import limits
from corridor_sim.gis.styles import SCALES
from corridor_sim.landscape.io.classes import classes_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.languages import tr
from corridor_sim.report.figures.basemap import (
    class_handles,
    draw,
    land_cover,
    make_basemap,
    painted,
)
from corridor_sim.report.figures.drawing import styled
from corridor_sim.report.figures.map_labels import furnish

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# names of core areas and towns that a map of usual size has room for
AREAS, TOWNS = 12, 8


def layer_axes(land: Landscape, layer: str | None, ax: Axes | None) -> Axes:
    """Draw land cover over relief, or one layer with core areas over it, and return the Axes.

    ``ax`` None makes a figure by pyplot, so that notebooks show it.
    """
    with styled():
        own = ax is None
        if ax is None:
            from matplotlib import pyplot

            tall = 8 * min(2.0, land.grid.height / land.grid.width)
            ax = pyplot.subplots(figsize=(9.5, tall), layout="constrained")[1]
        base = make_basemap(land)
        draw(ax, base, land_cover(base) if layer is None else None, ways=layer is None)
        if layer is not None:
            _lay(ax, land, layer)
        name = layer or "land_cover"
        if classes_of(name, land.covers):
            key: dict[str, Any] = {"handles": class_handles(land[name], land.covers, name)}
            if own:
                ax.figure.legend(**key, loc="outside right upper")
            else:
                ax.legend(**key, loc="upper left", bbox_to_anchor=(1.01, 1.0))
        furnish(ax, base, areas=AREAS, towns=TOWNS)
        title = tr(land.name)
        ax.set_title(title if layer is None else f"{title}: {tr(LAYERS[name].meaning)}")
    return ax


def _lay(ax: Axes, land: Landscape, name: str) -> None:
    """Lay one layer over the ground, with a scale where it is no class."""
    from matplotlib.colors import LinearSegmentedColormap

    west, south, east, north = land.grid.bounds_m
    place: dict[str, Any] = {"extent": (west, east, south, north), "zorder": 1}
    if classes_of(name, land.covers):
        ax.imshow(painted(land[name], name, land.covers), **place)
        return
    spec = LAYERS[name]
    values = land[name] if land.outside is None else np.ma.MaskedArray(land[name], land.outside)
    if spec.kind == "zone":
        image = ax.imshow(values, cmap="tab20", **place)
    else:
        # the colours and the ends that the layer has in QGIS
        scale = SCALES[name]
        low, high = limits(np.ma.filled(values, np.nan), scale)
        ramp = LinearSegmentedColormap.from_list(name, RAMPS[scale.ramp].colours)
        image = ax.imshow(values, cmap=ramp, vmin=low, vmax=high, **place)
    unit = "" if spec.unit == "1" else f" ({spec.unit})"
    ax.figure.colorbar(image, ax=ax, shrink=0.6, label=f"{name}{unit}")
