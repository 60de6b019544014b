"""Maps of decades: homes at the start and at the end, deaths on the way, where the young settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import RESIDENT
from corridor_sim.report.figures.basemap import BaseMap, draw, legend_handles
from corridor_sim.report.figures.drawing import (
    CAUSE_COLOURS,
    INK,
    MARKERS,
    Drawn,
    drawn,
    new_figure,
    shortened,
    styled,
)
from corridor_sim.report.figures.flux_map import flux_figure
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.text.decades_tables_read import Lives
from corridor_sim.simulation.decades.census import DEATHS
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

F32 = NDArray[np.float32]
COLUMNS = 3
MOST_ENDS = 4
SMOOTH_M = 8000.0
BORDER = "#7a1fa2"
MOST_DOTS = 4000


def homes(lives: Lives, scenario: str, key: str, year: int) -> F32:
    """Return column and row of the residents of the first run in a year, float32 ``[n, 2]``."""
    years, places = lives.comparison.places[scenario, key]
    here = (years == year) & (places[:, 2] == RESIDENT)
    return places[here, :2]


def density(lives: Lives, found: F32) -> F32:
    """Return homes per 100 km², smoothed by a Gaussian of 8 km, ``[height, width]``."""
    from scipy.ndimage import gaussian_filter

    grid = lives.study.land.grid
    count = np.zeros(grid.shape, np.float32)
    if len(found):
        row = np.clip(found[:, 1].astype(np.int64), 0, grid.height - 1)
        col = np.clip(found[:, 0].astype(np.int64), 0, grid.width - 1)
        np.add.at(count, (row, col), np.float32(100 / grid.cell_km2))
    smooth: F32 = gaussian_filter(
        count, max(SMOOTH_M / grid.cell_m, 0.8), mode="constant", truncate=3.0
    )
    return smooth


def homes_figure(base: BaseMap, lives: Lives, one: Species) -> Drawn:
    """Return the maps of homes at the start and at the end of scenarios, and of deaths."""
    first = lives.first
    panels = [(f"{lives.start_year}", density(lives, homes(lives, first, one.key, 0)))]
    for name in lives.names[:MOST_ENDS]:
        end = density(lives, homes(lives, name, one.key, lives.years))
        panels.append((f"{lives.end_year}: {name}", end))
    dead = deaths_on_the_way(lives, first, one.key)
    n = len(panels) + (1 if len(dead) else 0)
    columns = min(COLUMNS, n)
    bands = -(-n // columns)
    wide = 11.0 / columns
    deep = (wide - 0.12) * base.aspect + 0.34
    high = _top([values for _, values in panels])
    with styled():
        figure = new_figure(11.0, bands * deep + 0.62)
        height = figure.get_figheight()
        for i in range(n):
            band, column = divmod(i, columns)
            ax = figure.add_axes(
                (
                    (column * wide + 0.06) / 11.0,
                    1 - (band * deep + deep) / height + 0.02 / height,
                    (wide - 0.12) / 11.0,
                    (deep - 0.34) / height,
                )
            )
            if i < len(panels):
                title, values = panels[i]
                draw(ax, base, _over(base, values, high))
                if not values.any():
                    _none(ax, "No homes")
            else:
                title = f"Deaths on the way, all runs: {shortened(first, 30)}"
                draw(ax, base, 0.35 * base.ground + 0.65)
                _dots(ax, lives, dead)
            furnish(ax, base, areas=5 if i == 0 else 0, towns=5 if i == 0 else 0)
            ax.set_title(shortened(title, 52), fontsize=8.5)
        _scale(figure, high)
        handles = legend_handles(base) + (_cause_handles(dead) if len(dead) else [])
        figure.legend(
            handles=handles,
            loc="lower right",
            ncols=len(handles),
            fontsize=7.5,
            handlelength=1.4,
            columnspacing=1.1,
            bbox_to_anchor=(1.0, 0.0),
        )
        return drawn(figure, shaded=True)


def _top(layers: list[F32]) -> float:
    """Return the upper end of the common scale: nearly the densest place of all maps."""
    found = np.concatenate([v[v > 0.01 * v.max()] if v.max() > 0 else v[:0, 0] for v in layers])
    return float(np.quantile(found, 0.995)) if found.size else 1.0


def _over(base: BaseMap, values: F32, high: float) -> F32:
    from matplotlib import colormaps

    level = np.clip(base.shown(values) / high, 0, 1)
    colour = colormaps["YlOrRd"](0.15 + 0.85 * level)[..., :3].astype(np.float32)
    alpha = np.clip((level - 0.02) / 0.12, 0, 0.88).astype(np.float32)[..., None]
    picture: F32 = base.ground * (1 - alpha) + colour * base.light[..., None] * alpha
    return picture


def _none(ax: Axes, text: str) -> None:
    ax.text(
        0.5,
        0.5,
        text,
        ha="center",
        transform=ax.transAxes,
        fontsize=10,
        zorder=9,
        bbox={"fc": "white", "ec": "none", "alpha": 0.85},
    )


def _scale(figure: Figure, high: float) -> None:
    """Draw the colour scale below the maps."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    height = figure.get_figheight()
    ramp = ListedColormap(colormaps["YlOrRd"](np.linspace(0.15, 1.0, 128)))
    cax = figure.add_axes((0.13, 0.36 / height, 0.2, 0.1 / height))
    scale = figure.colorbar(
        ScalarMappable(Normalize(0, high), ramp), cax=cax, orientation="horizontal"
    )
    scale.outline.set_visible(False)
    cax.tick_params(labelsize=7, length=2, pad=1.5)
    cax.locator_params(axis="x", nbins=5)
    figure.text(0.125, 0.41 / height, "Homes per 100 km²", ha="right", va="center", fontsize=7.5)


def deaths_on_the_way(lives: Lives, scenario: str, key: str) -> NDArray[np.int32]:
    """Return the deaths of the years of the run that lie on the map: year, cell, cause."""
    found = lives.comparison.death_places[scenario, key]
    grid = lives.study.land.grid
    inside = (found[:, 1] >= 0) & (found[:, 1] < grid.height * grid.width)
    return found[(found[:, 0] >= 0) & inside]


def _dots(ax: Axes, lives: Lives, dead: NDArray[np.int32]) -> None:
    grid = lives.study.land.grid
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
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            marker=MARKERS[i % len(MARKERS)],
            ls="",
            ms=4,
            mec=INK,
            mew=0.3,
            color=CAUSE_COLOURS[i],
            label=f"Died: {cause}",
        )
        for i, cause in enumerate(DEATHS)
        if (dead[:, 2] == i).any()
    ]


def settled_rows(lives: Lives, scenario: str, one: Species) -> pd.DataFrame:
    """Return the pairs of different core areas with ``reached``, settled per decade, and colour."""
    land = lives.study.land
    country = dict(zip(land.zone_names, land.zone_countries, strict=True))
    flux = lives.comparison.flux
    mine = (flux["scenario"] == scenario) & (flux["species"] == one.key)
    rows = flux[mine & (flux["from_area"] != flux["to_area"])].copy()
    rows["reached"] = rows["settled"].astype(float) * 10.0 / lives.years
    rows["colour"] = [
        BORDER if country.get(a, "") != country.get(b, "") else one.colour
        for a, b in zip(rows["from_area"], rows["to_area"], strict=True)
    ]
    return rows


def settled_figure(base: BaseMap, lives: Lives, one: Species, scenarios: list[str]) -> Drawn:
    """Return the arrow maps of young that settled in another core area than that of birth."""
    fluxes = [(f"Settled: {name}", settled_rows(lives, name, one)) for name in scenarios]
    return flux_figure(
        base,
        one,
        fluxes,
        1.0,
        legend="Animals per decade that settle in another core area (purple: in another country)",
        none="Nobody settled in\nanother core area",
    )
