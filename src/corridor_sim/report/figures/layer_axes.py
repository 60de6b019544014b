"""A landscape or one of its layers on matplotlib's Axes: what ``Landscape.plot`` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.landscape.io.export import CLASSES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.report.figures.basemap import BaseMap, draw, make_basemap
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
        draw(ax, base, _cover(base) if layer is None else None, ways=layer is None)
        if layer is not None:
            _lay(ax, land, layer)
        name = layer or "land_cover"
        if name in CLASSES:
            key: dict[str, Any] = {"handles": _handles(land, name)}
            if own:
                ax.figure.legend(**key, loc="outside right upper")
            else:
                ax.legend(**key, loc="upper left", bbox_to_anchor=(1.01, 1.0))
        furnish(ax, base, areas=AREAS, towns=TOWNS)
        ax.set_title(land.name if layer is None else f"{land.name}: {LAYERS[name].meaning}")
    return ax


def _lay(ax: Axes, land: Landscape, name: str) -> None:
    """Lay one layer over the ground, with a scale where it is no class."""
    west, south, east, north = land.grid.bounds_m
    place: dict[str, Any] = {"extent": (west, east, south, north), "zorder": 1}
    if name in CLASSES:
        ax.imshow(_painted(land[name], name), **place)
        return
    spec = LAYERS[name]
    image = ax.imshow(land[name], cmap="tab20" if spec.kind == "zone" else "viridis", **place)
    unit = "" if spec.unit == "1" else f" ({spec.unit})"
    ax.figure.colorbar(image, ax=ax, shrink=0.6, label=f"{name}{unit}")


def _painted(values: Any, name: str) -> Any:
    """Return the colours of classes ``[y, x, 4]``."""
    from matplotlib.colors import to_rgba

    table = np.zeros((256, 4), np.float32)
    for code, _, colour in CLASSES[name]:
        table[code] = to_rgba(colour)
    return table[values]


def _cover(base: BaseMap) -> Any:
    """Return land cover in the light of the relief, ``[h, w, 3]``."""
    k = base.step
    h, w = base.light.shape
    codes = base.land["land_cover"][k // 2 :: k, k // 2 :: k][:h, :w]
    return (_painted(codes, "land_cover")[..., :3] * 0.82 + 0.18) * base.light[..., None]


def _handles(land: Landscape, name: str) -> list[Any]:
    from matplotlib.patches import Patch

    present = np.unique(land[name])
    return [
        Patch(fc=colour, ec="#9aa5ab", lw=0.4, label=label)
        for code, label, colour in CLASSES[name]
        if code in present
    ]
