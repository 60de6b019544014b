"""The ground under every map: shaded relief, water, roads, core areas with names, towns, scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.views.drawing import INK, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

F32 = NDArray[np.float32]
RGB = NDArray[np.float32]

MAX_SIDE = 1300
WATER = (0.66, 0.79, 0.88)
RIVER = "#5b93bd"
ROAD = "#6b4a3a"
CORE = "#20574a"
ADDED = "#7a3b8f"


def hillshade(elevation_m: F32, cell_m: float, *, azimuth_deg: float = 315.0) -> F32:
    """Return the light on the relief, 0 to 1, from the north-west at 45 degrees.

    Heights are exaggerated with the cell, so that coarse grids keep visible relief.
    """
    steep = 1.5 * max(1.0, math.sqrt(cell_m / 250.0))
    rows, cols = np.gradient(elevation_m.astype(np.float32)) if min(elevation_m.shape) > 1 else (
        np.zeros_like(elevation_m), np.zeros_like(elevation_m))  # fmt: skip
    west_east, north_south = cols * (steep / cell_m), rows * (steep / cell_m)
    sun = math.radians(azimuth_deg)
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
    edges : float64 ``[n, 2, 2]``
        Outlines of the core areas as line pieces in map metres.
    extent_m : (west, east, south, north)
    """

    land: Landscape
    step: int
    ground: RGB
    light: F32
    edges: NDArray[np.float64]
    extent_m: tuple[float, float, float, float]
    areas: tuple[tuple[str, float, float, float], ...]

    @property
    def aspect(self) -> float:
        """Height over width."""
        west, east, south, north = self.extent_m
        return (north - south) / (east - west)

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
    water = coarser((land["land_cover"] == COVERS["water"].code).astype(np.float32), k)[..., None]
    ground = ground * (1 - water) + np.array(WATER, np.float32) * water
    h, w = light.shape
    extent = (grid.west_m, grid.west_m + w * k * grid.cell_m,
              grid.north_m - h * k * grid.cell_m, grid.north_m)  # fmt: skip
    return BaseMap(
        land, k, np.clip(ground, 0, 1).astype(np.float32), shade,
        outlines(land["protected"], land), extent, _area_labels(land),
    )  # fmt: skip


def outlines(zones: NDArray[Any], land: Landscape) -> NDArray[np.float64]:
    """Return the borders between different zones as pieces ``[n, 2, 2]`` in map metres.

    Pieces along one line that follow each other are joined.
    """
    grid = land.grid
    padded = np.pad(zones, 1)
    pieces: list[NDArray[np.float64]] = []
    for axis in (0, 1):
        inner = padded[1:-1] if axis == 1 else padded[:, 1:-1]
        changed = np.diff(inner, axis=axis) != 0
        changed = changed.T if axis == 0 else changed
        # changed[i, j]: along line j of cells' edges, at cell i; find runs along i
        flags = np.pad(changed, ((1, 1), (0, 0))).astype(np.int8)
        turns = np.diff(flags, axis=0)
        at, start = np.nonzero(turns.T == 1)
        _, stop = np.nonzero(turns.T == -1)
        line = np.stack([np.stack([at, start], 1), np.stack([at, stop], 1)], 1).astype(float)
        pieces.append(line if axis == 1 else line[..., ::-1])
    cells = np.concatenate(pieces)
    x, y = grid.to_metres(cells[..., 0], cells[..., 1])
    return np.stack([x, y], axis=-1)


def _area_labels(land: Landscape) -> tuple[tuple[str, float, float, float], ...]:
    """Name, map x, y and km² of every core area, the largest first."""
    zones = land["protected"].reshape(-1)
    n = len(land.zone_names)
    count = np.bincount(zones, minlength=n)
    rows, cols = np.divmod(np.arange(zones.size), land.grid.width)
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
    ax: Axes,
    base: BaseMap,
    picture: RGB | None = None,
    *,
    ways: bool = True,
    outline: bool = True,
) -> None:
    """Draw relief (or a picture over it), rivers, roads and core areas; no names yet."""
    from matplotlib.collections import LineCollection

    image = (base.ground if picture is None else picture).copy()
    if ways:
        _lay(image, base, "river", {2: 0.45, 3: 0.8}, RIVER)
        _lay(image, base, "road", {1: 0.3, 2: 0.6}, ROAD)
    west, east, south, north = base.extent_m
    ax.imshow(np.clip(image, 0, 1), extent=base.extent_m, interpolation="antialiased", zorder=0)
    if outline and len(base.edges):
        ax.add_collection(
            LineCollection(list(base.edges), colors=CORE, linewidths=0.8, zorder=3), autolim=False
        )
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_aspect("equal")
    for side in ax.spines.values():
        side.set_visible(True)
        side.set_color("#b5bec3")
        side.set_linewidth(0.8)


def _lay(image: RGB, base: BaseMap, layer: str, alphas: dict[int, float], colour: str) -> None:
    from matplotlib.colors import to_rgb

    shown = base.shown(base.land[layer])
    for code, alpha in alphas.items():
        where = shown == code
        image[where] = image[where] * (1 - alpha) + np.array(to_rgb(colour), np.float32) * alpha


def furnish(
    ax: Axes,
    base: BaseMap,
    *,
    areas: int = 14,
    towns: int = 9,
    only: set[str] | None = None,
) -> None:
    """Add names that do not overlap, a scale bar and a north arrow.

    Parameters
    ----------
    areas, towns : int
        How many core areas (the largest) and towns (the most populous) to name at most.
    only : set of str, optional
        Name these core areas before all others.
    """
    taken: list[tuple[float, float, float, float]] = []
    west, east, south, north = base.extent_m
    _scale_bar(ax, base, taken)
    first = [a for a in base.areas if only and a[0] in only]
    chosen = first + ([a for a in base.areas if a not in first] if not only else [])
    for name, x, y, _ in chosen[:areas]:
        _label(ax, base, taken, name, x, y, colour=CORE, weight="bold")
    ranked = sorted(base.land.towns, key=lambda t: (-t.population, t.name))
    placed = 0
    for town in ranked:
        if placed == towns:
            break
        if not (west < town.x_m < east and south < town.y_m < north):
            continue
        if _label(ax, base, taken, town.name, town.x_m, town.y_m, colour="#333333", dot=True):
            placed += 1


def _label(
    ax: Axes,
    base: BaseMap,
    taken: list[tuple[float, float, float, float]],
    name: str,
    x: float,
    y: float,
    *,
    colour: str,
    weight: str = "normal",
    dot: bool = False,
    size: float = 6.3,
) -> bool:
    """Write a name where it covers no other, or not at all; tell whether it was written."""
    from matplotlib.patheffects import withStroke

    text = shortened(name, 30)
    west, east, south, north = base.extent_m
    per_point = (east - west) / (ax.get_position().width * ax.figure.get_figwidth() * 72.0)
    wide, high = 0.62 * size * len(text) * per_point, 1.35 * size * per_point
    gap = 3.0 * per_point
    tries = (
        [("left", x + gap, y), ("right", x - gap, y)]
        if dot
        else [("center", x, y), ("center", x, y + high), ("center", x, y - high)]
    )
    for align, tx, ty in tries:
        left = tx - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * wide
        box = (left, ty - high / 2, left + wide, ty + high / 2)
        if box[0] < west or box[2] > east or box[1] < south or box[3] > north:
            continue
        if any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
            continue
        taken.append(box)
        halo = [withStroke(linewidth=1.8, foreground="white", alpha=0.85)]
        ax.text(tx, ty, text, ha=align, va="center", fontsize=size, color=colour, zorder=6,
                fontweight=weight, path_effects=halo, clip_on=True)  # fmt: skip
        if dot:
            ax.plot(x, y, "s", ms=2.6, mfc="#333333", mec="white", mew=0.4, zorder=5)
        return True
    return False


def nice_length_m(width_m: float) -> float:
    """Return a round length of about a fifth of the map's width: 1, 2 or 5 times a power of ten.

    >>> nice_length_m(502_000.0)
    100000.0
    """
    target = width_m / 5
    power = 10.0 ** math.floor(math.log10(target))
    return max(m * power for m in (1.0, 2.0, 5.0) if m * power <= target)


def _scale_bar(ax: Axes, base: BaseMap, taken: list[tuple[float, float, float, float]]) -> None:
    from matplotlib.patches import Rectangle

    west, east, south, north = base.extent_m
    width, height = east - west, north - south
    length = nice_length_m(width)
    x, y = west + 0.04 * width, south + 0.035 * height
    thick = 0.008 * height
    box = (west, south, x + length + 0.09 * width, y + 0.085 * height)
    ax.add_patch(
        Rectangle((box[0], box[1]), box[2] - box[0], box[3] - box[1], fc="white", ec="none",
                  alpha=0.78, zorder=7)
    )  # fmt: skip
    for i, fill in enumerate((INK, "white")):
        ax.add_patch(
            Rectangle((x + i * length / 2, y), length / 2, thick, fc=fill, ec=INK, lw=0.6, zorder=8)
        )
    unit = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    for at, text in ((x, "0"), (x + length, unit)):
        ax.text(at, y + 1.6 * thick, text, ha="center", va="bottom", fontsize=6.5, zorder=8)
    ax.annotate("N", xy=(x, y + 0.075 * height), xytext=(x, y + 0.034 * height), ha="center",
                va="center", fontsize=6.5, fontweight="bold", zorder=8,
                arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.9, "shrinkB": 0})  # fmt: skip
    taken.append(box)


def legend_handles(base: BaseMap, *, towns: bool = True) -> list[Any]:
    """Return legend entries of what :func:`draw` and :func:`furnish` put on a map."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    land = base.land
    found: list[Any] = []
    if len(base.edges):
        found.append(Patch(fc="none", ec=CORE, lw=1.2, label="Core area"))
    if (land["river"] >= 2).any():
        found.append(Line2D([], [], color=RIVER, lw=1.6, label="River over 50 m wide"))
    if (land["road"] > 0).any():
        found.append(Line2D([], [], color=ROAD, lw=1.6, alpha=0.7, label="Road"))
    if towns and land.towns:
        found.append(Line2D([], [], color="#333333", marker="s", ms=3, ls="", label="Town"))
    return found
