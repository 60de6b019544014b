"""Maps of species: use and its change, homes and deaths over decades, ways between core areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.gis.rasters import limits
from corridor_sim.gis.styles import SCALES
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.languages import tr
from corridor_sim.report.compared import ComparedDecades, records
from corridor_sim.report.figures.basemap import (
    BaseMap,
    class_handles,
    colour_scale,
    draw,
    land_cover,
    legend_handles,
    paler,
    ramped,
)
from corridor_sim.report.figures.drawing import (
    CAUSE_COLOURS,
    INK,
    MARKERS,
    NARROW_IN,
    in_style,
    is_narrow,
    key_of,
    new_figure,
    shortened,
    text_in,
    wrapped,
)
from corridor_sim.report.figures.edit_marks import draw_edits
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.figures.marks import tell
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.decades.census import DEATHS
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.landscape.edits.base import Edit

F32 = NDArray[np.float32]
PANEL_IN = 5.1
COLUMNS = 3
MOST_ENDS = 4
SMOOTH_M = 8000.0
BORDER = "#7a1fa2"
MOST_DOTS = 4000
MAX_ARROWS = 60
WIDEST_PT = 4.5
# how far the middle of an arrow lies off the straight way, in its lengths, times two
BEND = 0.28
_BOX = {"fc": "white", "ec": "none", "alpha": 0.85}


@in_style
def use_figure(
    base: BaseMap,
    before: F32,
    after: F32 | None,
    scenario: str,
    reference: str,
    told: NDArray[np.bool_] | None = None,
    edits: Sequence[Edit] = (),
) -> Figure:
    """Return the figure of use under the reference and, beside it, its change under a scenario.

    Parameters
    ----------
    before, after : float32 ``[h, w]``
        Smoothed animals per 100 km² in the picture's elements; ``after`` None draws use alone.
    told : bool ``[h, w]``, optional
        Where the change is told from chance; elsewhere the map of change stays blank.
    edits : sequence of Edit
        Of the scenario: roads, areas and works among them are drawn over its change.
    """
    n = 1 if after is None else 2
    figure, axes, places = map_panels(n, base.aspect, 0.52, strip_in=0.35)
    marks: list[Any] = []
    high = limits(before, SCALES["use_100"])[1]
    level = np.clip(before / high, 0, 1)
    draw(axes[0], base, ramped(base, "YlOrRd", level, np.clip(level / 0.12, 0, 0.88)))
    _finish(axes[0], base, tr("Use: {scenario}", scenario=say.named(reference)))
    colour_scale(figure, "YlOrRd", 0, high, tr("Animals per 100 km²"), places[0])
    if after is not None:
        shown = change_shown(before, after, told)
        high = limits(shown, SCALES["change_100"])[1]
        level = np.clip(shown / high, -1, 1)
        alpha = np.clip(np.abs(level) / 0.3, 0, 0.9)
        draw(axes[1], base, ramped(base, "PuOr", (level + 1) / 2, alpha))
        marks = draw_edits(axes[1], edits, base.land.grid)
        _finish(axes[1], base, tr("Change: {scenario}", scenario=say.named(scenario)))
        label = tr("Less … more per 100 km²")
        if told is not None:
            label = tr("Less … more per 100 km²; blank: within chance")
        colour_scale(figure, "PuOr", -high, high, label, places[1])
    handles = [*legend_handles(base), *marks]
    look: Any = {"loc": "lower center", "ncols": columns_of(4), "bbox_to_anchor": (0.5, 0.0)}
    figure.legend(handles=handles, **look)
    return figure


def change_shown(before: F32, after: F32, told: NDArray[np.bool_] | None) -> F32:
    """Return a change as it is shown: what is within chance is nothing.

    Noise far from a change is no finding.
    """
    change: F32 = (after - before) * (1 if told is None else told)
    return change


def map_panels(
    n: int, aspect: float, foot_in: float, *, strip_in: float = 0.0, above_in: float = 0.33
) -> tuple[Figure, list[Axes], list[tuple[float, float, float]]]:
    """Return a figure with ``n`` maps beside each other, on a narrow screen below each other.

    Parameters
    ----------
    n : int
    aspect : float
        Height over width of a map.
    foot_in, strip_in, above_in : float
        Inches for the legend at the foot, for a colour scale below a map, for its title.

    Returns
    -------
    Figure, axes, and for each map the place of its colour scale: see :func:`.basemap.colour_scale`
    """
    if is_narrow():
        # legends have half the columns there
        foot_in *= 1.9
        band = above_in + NARROW_IN * aspect + strip_in
        figure = new_figure(NARROW_IN + 0.08, n * band + foot_in)
        high, wide = figure.get_figheight(), figure.get_figwidth()
        below = [foot_in + (n - 1 - i) * band for i in range(n)]
        size = (NARROW_IN / wide, NARROW_IN * aspect / high)
        boxes = [(0.04 / wide, (at + strip_in) / high, *size) for at in below]
        places = [(0.72, 0.25, at + strip_in - 0.16) for at in below]
        return figure, [figure.add_axes(box) for box in boxes], places
    figure = new_figure(PANEL_IN * n + 0.15, PANEL_IN * aspect + foot_in + strip_in + above_in)
    high, each = figure.get_figheight(), 1 / n
    size = (each - 0.016, 1 - (foot_in + strip_in + above_in) / high)
    boxes = [(i * each + 0.008, (foot_in + strip_in) / high, *size) for i in range(n)]
    left, wide = 0.008 + 0.25 * size[0], 0.5 * size[0]
    places = [(i * each + left, wide, foot_in + strip_in - 0.16) for i in range(n)]
    return figure, [figure.add_axes(box) for box in boxes], places


def columns_of(wide: int) -> int:
    """Return how many columns a legend has that has so many on a wide screen."""
    return max(1, wide // 2) if is_narrow() else wide


def _finish(ax: Axes, base: BaseMap, title: str) -> None:
    furnish(ax, base)
    ax.set_title(wrapped(title, 60), fontsize=9)


@in_style
def land_figure(base: BaseMap) -> Figure:
    """Return the figure of land cover over relief with every class named."""
    covers = class_handles(base.land["land_cover"], base.land.covers)
    handles = [*covers, *legend_handles(base)]
    look: Any = {"handles": handles, "loc": "upper left", "fontsize": 8}
    if is_narrow():
        deep = NARROW_IN * base.aspect
        figure = new_figure(NARROW_IN + 0.08, deep + 0.25 + 0.175 * len(handles))
        high = figure.get_figheight()
        ax = figure.add_axes((0.01, 1 - (deep + 0.03) / high, 0.98, deep / high))
        look["bbox_to_anchor"] = (0.0, 1 - (deep + 0.05) / high)
    else:
        figure = new_figure(9.4, 6.6 * base.aspect + 0.1)
        ax = figure.add_axes((0.005, 0.005, 6.6 / 9.4, 0.99))
        look["bbox_to_anchor"] = (6.6 / 9.4 + 0.01, 0.99)
    draw(ax, base, land_cover(base))
    furnish(ax, base, areas=24, towns=16)
    figure.legend(**look)
    return figure


def homes(compared: ComparedDecades, scenario: str, key: str, year: int) -> F32:
    """Return column and row of the residents of the first run in a year, float32 ``[n, 2]``."""
    years, places = compared.comparison.places[scenario, key]
    here = (years == year) & (places[:, 2] == RESIDENT)
    return places[here, :2]


def density(compared: ComparedDecades, found: F32) -> F32:
    """Return homes per 100 km², smoothed by a Gaussian of 8 km, ``[height, width]``."""
    from scipy.ndimage import gaussian_filter

    grid = compared.study.land.grid
    count = np.zeros(grid.shape, np.float32)
    if len(found):
        row = np.clip(found[:, 1].astype(np.int64), 0, grid.height - 1)
        col = np.clip(found[:, 0].astype(np.int64), 0, grid.width - 1)
        np.add.at(count, (row, col), np.float32(100 / grid.cell_km2))
    smooth: F32 = gaussian_filter(
        count, max(SMOOTH_M / grid.cell_m, 0.8), mode="constant", truncate=3.0
    )
    return smooth


def homes_shown(compared: ComparedDecades, one: Species) -> tuple[list[tuple[str, F32]], float]:
    """Return the maps of homes at the start and the ends with their titles, and the scale's end."""
    start = density(compared, homes(compared, compared.first, one.key, 0))
    shown = [(f"{compared.start_year}", start)]
    for name in compared.names[:MOST_ENDS]:
        end = density(compared, homes(compared, name, one.key, compared.years))
        shown.append((f"{compared.end_year}: {say.named(name)}", end))
    # one scale for all: nearly the densest place of all maps
    dense = np.concatenate([v[v > 0.01 * v.max()] if v.max() > 0 else v[:0, 0] for _, v in shown])
    return shown, float(np.quantile(dense, 0.995)) if dense.size else 1.0


@in_style
def homes_figure(base: BaseMap, compared: ComparedDecades, one: Species) -> Figure:
    """Return the maps of homes at the start and at the end of scenarios, and of deaths."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    first = compared.first
    shown, high = homes_shown(compared, one)
    dead = deaths_on_the_way(compared, first, one.key)
    n = len(shown) + (1 if len(dead) else 0)
    columns = 1 if is_narrow() else min(COLUMNS, n)
    whole = NARROW_IN + 0.1 if is_narrow() else 11.0
    wide = whole / columns
    deep = (wide - 0.12) * base.aspect + 0.34
    foot = 1.25 if is_narrow() else 0.62
    figure = new_figure(whole, -(-n // columns) * deep + foot)
    height = figure.get_figheight()
    for i in range(n):
        band, column = divmod(i, columns)
        left, bottom = column * wide + 0.06, height - (band + 1) * deep + 0.02
        box = (left / whole, bottom / height, (wide - 0.12) / whole, (deep - 0.34) / height)
        ax = figure.add_axes(box)
        if i < len(shown):
            title, values = shown[i]
            level = np.clip(base.shown(values) / high, 0, 1)
            alpha = np.clip((level - 0.02) / 0.12, 0, 0.88)
            draw(ax, base, ramped(base, "YlOrRd", 0.15 + 0.85 * level, alpha))
            if not values.any():
                text_in(ax, tr("No homes"), fontsize=10, zorder=9, bbox=_BOX)
        else:
            name = shortened(say.named(first), 30)
            title = tr("Deaths on the way, all runs: {scenario}", scenario=name)
            draw(ax, base, paler(base, 0.35))
            _dots(ax, compared, dead)
        furnish(ax, base, areas=5 if i == 0 else 0, towns=5 if i == 0 else 0)
        ax.set_title(shortened(title, 52), fontsize=8.5)
    ramp = ListedColormap(colormaps["YlOrRd"](np.linspace(0.15, 1.0, 128)))
    place = (0.42, 0.5, foot - 0.26) if is_narrow() else (0.13, 0.2, 0.36)
    colour_scale(figure, ramp, 0, high, tr("Homes per 100 km²"), place)
    handles = legend_handles(base) + (_cause_handles(dead) if len(dead) else [])
    look: Any = {"fontsize": 7.5, "handlelength": 1.4, "columnspacing": 1.1}
    ncols = 2 if is_narrow() else len(handles)
    figure.legend(handles=handles, loc="lower right", ncols=ncols, **look)
    return figure


def deaths_on_the_way(compared: ComparedDecades, scenario: str, key: str) -> NDArray[np.int32]:
    """Return the deaths of the years of the run that lie on the map: year, cell, cause."""
    found = compared.comparison.death_places[scenario, key]
    grid = compared.study.land.grid
    inside = (found[:, 1] >= 0) & (found[:, 1] < grid.height * grid.width)
    return found[(found[:, 0] >= 0) & inside]


def _dots(ax: Axes, compared: ComparedDecades, dead: NDArray[np.int32]) -> None:
    grid = compared.study.land.grid
    for i in range(len(DEATHS)):
        cells = dead[dead[:, 2] == i, 1]
        cells = cells[:: max(1, -(-cells.size // MOST_DOTS))]
        row, col = np.divmod(cells, grid.width)
        x, y = grid.to_metres(col + 0.5, row + 0.5)
        ax.plot(
            x,
            y,
            MARKERS[i % len(MARKERS)],
            ls="",
            color=CAUSE_COLOURS[i],
            zorder=4 + i,
            ms=1.3 if i == 0 else 3.0,
            mec=CAUSE_COLOURS[i] if i == 0 else INK,
            mew=0 if i == 0 else 0.25,
        )


def _cause_handles(dead: NDArray[np.int32]) -> list[object]:
    look = {"ls": "", "ms": 4, "mec": INK, "mew": 0.3}
    return [
        key_of(
            tr("Died: {cause}", cause=tr(cause)),
            marker=MARKERS[i % len(MARKERS)],
            color=CAUSE_COLOURS[i],
            **look,
        )
        for i, cause in enumerate(DEATHS)
        if (dead[:, 2] == i).any()
    ]


def settled_rows(compared: ComparedDecades, scenario: str, one: Species) -> pd.DataFrame:
    """Return the pairs of core areas of different blocks between which animals settled."""
    land = compared.study.land
    country = dict(zip(land.zone_names, land.zone_countries, strict=True))
    flux = compared.comparison.flux
    mine = (flux["scenario"] == scenario) & (flux["species"] == one.key)
    rows = flux[mine & (flux["from_block"] != flux["to_block"])].copy()
    rows["colour"] = [
        BORDER if country.get(a, "") != country.get(b, "") else one.colour
        for a, b in zip(rows["from_area"], rows["to_area"], strict=True)
    ]
    return rows


def settled_figure(
    base: BaseMap, compared: ComparedDecades, one: Species, scenarios: list[str]
) -> Figure:
    """Return the arrow maps of young that settled in another block than that of birth."""
    fluxes = [
        (
            tr("Joining another block: {scenario}", scenario=say.named(name)),
            settled_rows(compared, name, one),
        )
        for name in scenarios
    ]
    return flux_figure(
        base,
        one,
        fluxes,
        legend=tr("Animals a year that settle in the other area (purple: in another country)"),
        none=tr("Nobody settled in\nanother block of core areas"),
    )


@in_style
def flux_figure(
    base: BaseMap,
    species: Species,
    fluxes: list[tuple[str, pd.DataFrame]],
    *,
    legend: str = "",
    none: str = "",
) -> Figure:
    """Return the figure of one or two arrow maps on one scale.

    Parameters
    ----------
    fluxes : list of (title, rows)
        Rows of one scenario and species from :attr:`Comparison.flux`; a column ``colour`` gives
        arrows colours of their own.
    legend, none : str
        What the arrows count, and what is written where there are none, if not of dispersers.
    """
    legend = legend or tr("Animals a year that settle in the other area")
    none = none or tr("No disperser settled in\nanother block of core areas")
    most = max((float(f["per_year"].max()) for _, f in fluxes if len(f)), default=0.0)
    # both panels name the same areas, so that an arrow that is gone can be seen to be gone
    named = {str(a) for _, f in fluxes for c in ("from_area", "to_area") for a in f[c]}
    figure, axes, _ = map_panels(len(fluxes), base.aspect, 0.52)
    for ax, (title, rows) in zip(axes, fluxes, strict=True):
        draw(ax, base, paler(base, 0.35))
        _arrows(ax, base, species.colour, rows.rename(columns={"per_year": "animals"}), most)
        furnish(ax, base, areas=18, towns=4, only=named or None)
        ax.set_title(wrapped(title, 60), fontsize=9)
        if not len(rows):
            text_in(ax, none, fontsize=10, zorder=9, bbox=_BOX)
    if most > 0:
        figure.legend(
            handles=[
                key_of(say.plain(v, ".2g"), color=species.colour, lw=_width(v, most))
                for v in (most, most / 3, most / 10)
            ],
            loc="lower center",
            ncols=3,
            handlelength=3,
            title=wrapped(legend, 52) if is_narrow() else legend,
            title_fontsize=8,
            alignment="center",
        )
    return figure


def _width(value: float, most: float) -> float:
    return max(0.6, WIDEST_PT * float(np.sqrt(value / most)))


def _arc(start: Any, end: Any) -> Any:
    """Return points along an arrow, which bends to the right of its way, ``[n, 2]``."""
    t = np.linspace(0, 1, 13)[:, None]
    (dx, dy), middle = end - start, (start + end) / 2
    over = middle + BEND * np.array([dy, -dx])
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * over + t**2 * end


def _strip(way: Any, half: float) -> Any:
    """Return the outline of a strip along a way."""
    from shapely import LineString

    return np.asarray(LineString(way).buffer(half, quad_segs=2).exterior.coords)


def _arrows(ax: Axes, base: BaseMap, colour: str, rows: pd.DataFrame, most: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.patheffects import withStroke

    at = {name: (x, y) for name, x, y, _ in base.areas}
    west, east, _, _ = base.extent_m
    point = (east - west) / (PANEL_IN * 72.0)
    top = rows.sort_values("animals", ascending=False, kind="stable").head(MAX_ARROWS)
    # the widest last: it must not vanish below the small ones' heads
    for row in records(top)[::-1]:
        start, end = at.get(row["from_area"]), at.get(row["to_area"])
        if start is None or end is None:
            continue
        long = float(np.hypot(end[0] - start[0], end[1] - start[1])) / point
        width = _width(row["animals"], most)
        way = _arc(np.array(start), np.array(end))
        ends = {"a": row["from_area"], "b": row["to_area"]}
        number = say.number(row["animals"], 2 if row["animals"] < 1 else 1)
        text = tr("From {a} to {b}: {n} animals a year", n=number, **ends)
        tell(ax, text, [_strip(way, max(3.0, width) * point)])
        head = min(3.0 + 1.0 * width, 0.45 * long + 1.0)
        ax.add_patch(
            FancyArrowPatch(
                start,
                end,
                connectionstyle=f"arc3,rad={BEND}",
                lw=width,
                alpha=0.95,
                color=row.get("colour", colour),
                arrowstyle=f"-|>,head_length={head:.2f},head_width={0.5 * head:.2f}",
                mutation_scale=1.0,
                shrinkA=1,
                shrinkB=1,
                zorder=5,
                capstyle="butt",
                joinstyle="miter",
                path_effects=[withStroke(linewidth=width + 0.7, foreground="white", alpha=0.8)],
            )
        )
    x, y = zip(*at.values(), strict=True) if at else ((), ())
    ax.plot(x, y, "o", ms=2.0, color=INK, zorder=4, ls="")
