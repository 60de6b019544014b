"""The ground under every map: shaded relief, water, roads, core areas with names, towns, scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.gis.ramps import rgba
from corridor_sim.gis.rasters import steepened
from corridor_sim.gis.styles import COLOURS
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.io.classes import classes_of
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.project import PALE
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.report.figures.drawing import key_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

F32 = NDArray[np.float32]
RGB = NDArray[np.float32]

MAX_SIDE = 1300
WATER = tuple(part / 255 for part in rgba(COLOURS["water"])[:3])
RIVER, ROAD, BORDER = (COLOURS[name] for name in ("river", "road", "border"))
CORE = COLOURS["core_area"]
NO_GROUND = "#e6eef2"
DASHES = (0, (6, 2, 1.5, 2))


def hillshade(elevation_m: F32, cell_m: float) -> F32:
    """Return the light on the relief, 0 to 1, from the north-west at 45 degrees.

    Heights are exaggerated with the cell, so that coarse grids keep visible relief.
    """
    steep = steepened(cell_m)
    rows, cols = (
        np.gradient(elevation_m.astype(np.float32))
        if min(elevation_m.shape) > 1
        else (np.zeros_like(elevation_m), np.zeros_like(elevation_m))
    )
    west_east, north_south = cols * (steep / cell_m), rows * (steep / cell_m)
    sun = math.radians(315.0)
    # light from above and from the sun's side; rows grow southwards
    light = 1.0 - west_east * math.sin(sun) + north_south * math.cos(sun)
    light /= np.sqrt(2.0 * (1.0 + west_east**2 + north_south**2))
    result: F32 = np.clip(light, 0.0, 1.0).astype(np.float32)
    return result


def _blocks(values: NDArray[Any], k: int) -> NDArray[Any]:
    """Cut off the rest and view ``[h, k, w, k]`` blocks."""
    h, w = values.shape[0] // k, values.shape[1] // k
    return values[: h * k, : w * k].reshape(h, k, w, k)


def coarser(values: NDArray[Any], k: int) -> NDArray[Any]:
    """Return block means (floats) or block maxima (classes) of ``k x k`` cells."""
    if k == 1:
        return values
    blocks = _blocks(values, k)
    if values.dtype.kind == "f":
        return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))
    return np.asarray(blocks.max(axis=(1, 3)))


@dataclass(frozen=True, slots=True)
class BaseMap:
    """What all maps of one landscape share, made once.

    Attributes
    ----------
    land : Landscape
    step : int
        Cells per picture element, 1 up to about a million cells.
    ground : float32 ``[h, w, 3]``
        Shaded relief with water.
    light : float32 ``[h, w]``
        Shade for what is laid over it, about 1.
    rings : tuple of float64 ``[n, 2]``
        Outlines of the core areas in map metres.
    rings_of : tuple of int
        The core area that each of them bounds, by its number.
    extent_m : (west, east, south, north)
    areas : tuple of (name, x, y, km²)
        Core areas, the largest first.
    ways : mapping of str to uint8 ``[h, w]``
        Rivers and roads in the picture's elements.
    """

    land: Landscape
    step: int
    ground: RGB
    light: F32
    rings: tuple[NDArray[np.float64], ...]
    rings_of: tuple[int, ...]
    extent_m: tuple[float, float, float, float]
    areas: tuple[tuple[str, float, float, float], ...]
    ways: Mapping[str, NDArray[Any]]

    @property
    def aspect(self) -> float:
        """Height over width."""
        west, east, south, north = self.extent_m
        return (north - south) / (east - west)

    @property
    def bare(self) -> NDArray[np.bool_] | None:
        """Elements that are mostly without ground, ``[h, w]``; None where all have some."""
        off = self.land.outside
        return None if off is None else coarser(off.astype(np.float32), self.step) > 0.5

    def shown(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring a layer to the picture's elements."""
        return coarser(values, self.step)


def make_basemap(land: Landscape) -> BaseMap:
    """Return the ground map of a landscape."""
    grid = land.grid
    k = max(1, math.ceil(max(grid.shape) / MAX_SIDE))
    if min(grid.shape) < k:
        k = 1
    light = hillshade(coarser(land["elevation_m"], k), grid.cell_m * k)
    flat = float(1 / math.sqrt(2))
    shade = np.clip(1.0 + 0.55 * (light - flat), 0.6, 1.12).astype(np.float32)
    ground = np.repeat((0.93 * shade)[..., None], 3, axis=2)
    wet = land.covers.has(land["land_cover"], "water")
    water = coarser(wet.astype(np.float32), k)[..., None]
    ground = ground * (1 - water) + np.array(WATER, np.float32) * water
    h, w = light.shape
    extent = (
        grid.west_m,
        grid.west_m + w * k * grid.cell_m,
        grid.north_m - h * k * grid.cell_m,
        grid.north_m,
    )
    return BaseMap(
        land,
        k,
        np.clip(ground, 0, 1).astype(np.float32),
        shade,
        *outlines(land),
        extent,
        _area_labels(land),
        {layer: coarser(land[layer], k) for layer in ("river", "road")},
    )


def outlines(land: Landscape) -> tuple[tuple[NDArray[np.float64], ...], tuple[int, ...]]:
    """Return the rings ``[n, 2]`` around the core areas in map metres, and whose each is.

    The steps of the cells are smoothed within one cell, as a map this small would.
    """
    from affine import Affine
    from rasterio.features import shapes
    from shapely.geometry import shape

    zones = land["protected"].astype(np.int32)
    rings: list[NDArray[np.float64]] = []
    whose: list[int] = []
    with quiet():
        found = list(shapes(zones, mask=zones > 0, transform=Affine(*land.grid.transform)))
    for geometry, zone in found:
        polygon = shape(geometry).simplify(0.75 * land.grid.cell_m)
        around = [np.asarray(r.coords) for r in (polygon.exterior, *polygon.interiors)]
        rings += around
        whose += [int(zone)] * len(around)
    return tuple(rings), tuple(whose)


def _area_labels(land: Landscape) -> tuple[tuple[str, float, float, float], ...]:
    """Name, map x, y and km² of every core area, the largest first."""
    n = len(land.zone_names)
    rows, cols = np.nonzero(land["protected"])
    zones = land["protected"][rows, cols]
    count = np.bincount(zones, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        row = np.bincount(zones, weights=rows + 0.5, minlength=n) / count
        col = np.bincount(zones, weights=cols + 0.5, minlength=n) / count
    x, y = land.grid.to_metres(col, row)
    found = [
        (land.zone_names[i], float(x[i]), float(y[i]), float(count[i]) * land.grid.cell_km2)
        for i in range(1, n)
        if count[i]
    ]
    return tuple(sorted(found, key=lambda a: (-a[3], a[0])))


def draw(
    ax: Axes, base: BaseMap, picture: RGB | None = None, *, ways: bool = True, outline: bool = True
) -> None:
    """Draw relief (or a picture over it), rivers, roads and core areas; no names yet.

    Where there is no ground the paper is pale, whatever the picture holds.
    """
    from matplotlib.colors import to_rgb

    image = (base.ground if picture is None else picture).copy()
    if ways:
        for layer, colour in (("river", RIVER), ("road", ROAD)):
            alphas = {code: int(shade, 16) / 255 for code, shade in PALE[layer].items()}
            _lay(image, base, layer, alphas, colour)
    if base.bare is not None:
        image[base.bare] = to_rgb(NO_GROUND)
    west, east, south, north = base.extent_m
    ax.imshow(np.clip(image, 0, 1), extent=base.extent_m, interpolation="antialiased", zorder=0)
    if outline and base.rings:
        _outline(ax, base)
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_aspect("equal")
    for side in ax.spines.values():
        side.set_visible(True)
        side.set_color("#b5bec3")
        side.set_linewidth(0.8)


def _outline(ax: Axes, base: BaseMap) -> None:
    """Draw the core areas' borders as one path, rimmed so that they show on any ground."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    path = Path.make_compound_path(*(Path(ring, closed=True) for ring in base.rings))
    for colour, wide, alpha, order in (("white", 2.0, 0.7, 2.9), (CORE, 1.0, 1.0, 3.0)):
        ax.add_artist(PathPatch(path, fc="none", ec=colour, lw=wide, alpha=alpha, zorder=order))


def _lay(image: RGB, base: BaseMap, layer: str, alphas: dict[int, float], colour: str) -> None:
    from matplotlib.colors import to_rgb

    shown = base.ways[layer]
    for code, alpha in alphas.items():
        where = shown == code
        image[where] = image[where] * (1 - alpha) + np.array(to_rgb(colour), np.float32) * alpha


def ramped(
    base: BaseMap, ramp: str, level: NDArray[Any], alpha: NDArray[Any], ground: RGB | None = None
) -> RGB:
    """Lay levels ``[h, w]``, 0 to 1, over the ground in the colours of a ramp, with its shade."""
    from matplotlib import colormaps

    colour = colormaps[ramp](level)[..., :3].astype(np.float32) * base.light[..., None]
    a = alpha.astype(np.float32)[..., None]
    picture: RGB = (base.ground if ground is None else ground) * (1 - a) + colour * a
    return picture


def paler(base: BaseMap, share: float) -> RGB:
    """Return the ground with so much of its colour left."""
    pale: RGB = share * base.ground + (1 - share)
    return pale


def colour_scale(
    figure: Figure, ramp: Any, low: float, high: float, label: str, at: tuple[float, float, float]
) -> None:
    """Draw a slim colour scale with its label before it.

    Parameters
    ----------
    at : left and width as shares of the figure, height of its lower edge in inches
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    high_in = figure.get_figheight()
    cax = figure.add_axes((at[0], at[2] / high_in, at[1], 0.09 / high_in))
    scale = figure.colorbar(
        ScalarMappable(Normalize(low, high), ramp), cax=cax, orientation="horizontal"
    )
    scale.outline.set_visible(False)
    cax.tick_params(labelsize=7, length=2, pad=1.5)
    cax.locator_params(axis="x", nbins=5)
    y = (at[2] + 0.04) / high_in
    figure.text(at[0] - 0.005, y, label, ha="right", va="center", fontsize=7.2)


def painted(values: NDArray[Any], layer: str, covers: CoverTable) -> RGB:
    """Return the colours of the classes of a layer, ``[y, x, 4]``."""
    from matplotlib.colors import to_rgba

    table = np.zeros((256, 4), np.float32)
    for code, _, colour in classes_of(layer, covers):
        table[code] = to_rgba(colour)
    picture: RGB = table[values]
    return picture


def land_cover(base: BaseMap) -> RGB:
    """Return the picture of land covers in their own colours over the relief."""
    k = base.step
    h, w = base.light.shape
    codes = base.land["land_cover"][k // 2 :: k, k // 2 :: k][:h, :w]
    colours = painted(codes, "land_cover", base.land.covers)[..., :3]
    picture: RGB = (colours * 0.82 + 0.18) * base.light[..., None]
    return picture


def class_handles(codes: NDArray[Any], covers: CoverTable, layer: str = "land_cover") -> list[Any]:
    """Return legend entries of the classes of a layer that are among the codes."""
    from matplotlib.patches import Patch

    present = np.unique(codes)
    return [
        Patch(fc=colour, ec="#9aa5ab", lw=0.4, label=tr(label))
        for code, label, colour in classes_of(layer, covers)
        if code in present
    ]


def legend_handles(base: BaseMap, *, towns: bool = True) -> list[Any]:
    """Return legend entries of what :func:`draw` and :func:`furnish` put on a map."""
    from matplotlib.patches import Patch

    land = base.land
    found: list[Any] = []
    if base.rings:
        found.append(Patch(fc="none", ec=CORE, lw=1.2, label=tr("Core area")))
    if base.bare is not None:
        found.append(Patch(fc=NO_GROUND, ec="#9aa5ab", lw=0.4, label=tr("No ground")))
    if (land["river"] >= 2).any():
        found.append(key_of(tr("River over 50 m wide"), color=RIVER, lw=1.6))
    if (land["road"] > 0).any():
        found.append(key_of(tr("Road"), color=ROAD, lw=1.6, alpha=0.7))
    if land.borders:
        found.append(
            key_of(tr("Border between countries"), color=BORDER, lw=1.2, ls=(0, (6, 2, 1.5, 2)))
        )
    if towns and land.town_list:
        found.append(key_of(tr("Town"), color="#333333", marker="s", ms=3, ls=""))
    return found
