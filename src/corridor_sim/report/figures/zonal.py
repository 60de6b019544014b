"""Maps of results by place: animals of each species, or what a scenario changes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.polygons import polygons_of
from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.figures.basemap import BaseMap, colour_scale, draw, paler
from corridor_sim.report.figures.drawing import INK, in_style, new_figure, shortened
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.zonal import LIVING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]
PANEL_IN, COLUMNS, FOOT_IN = 5.1, 2, 0.55
MOST_NAMES = 30
CHANGE, DENSITY = "PuOr", "viridis_r"
# a place of which chance may be all that there is
FADED = 0.35


@in_style
def places_figure(base: BaseMap, study: Study, table: pd.DataFrame) -> Figure:
    """Return one map a species: the change of the scenario that moves it most, else density."""
    species = study.species
    across = min(COLUMNS, len(species))
    down = -(-len(species) // across)
    deep = PANEL_IN * base.aspect + 0.32 + FOOT_IN
    figure = new_figure(across * PANEL_IN + 0.1, down * deep)
    for i, one in enumerate(species):
        row, col = divmod(i, across)
        bottom = (down - 1 - row) * deep + FOOT_IN
        wide = 1 / across
        ax = figure.add_axes(
            (
                col * wide + 0.005,
                bottom / (down * deep),
                wide - 0.01,
                PANEL_IN * base.aspect / (down * deep),
            )
        )
        at = (col * wide + 0.62 * wide, 0.34 * wide, bottom - 0.3)
        _panel(figure, ax, base, table[table["species"] == one.key], one.common_name, at)
    return figure


def _panel(
    figure: Figure,
    ax: Axes,
    base: BaseMap,
    own: pd.DataFrame,
    name: str,
    at: tuple[float, float, float],
) -> None:
    from matplotlib import colormaps

    living = next(one for one in LIVING if (own["outcome"] == one).any())
    rows = own[own["outcome"] == living]
    moved = rows.assign(size=rows["change"].abs()).groupby("scenario", sort=False)["size"].sum()
    scenario = str(moved.idxmax()) if moved.max() > 0 else str(rows["scenario"].iloc[0])
    changes = bool(moved.max() > 0)
    here = rows[rows["scenario"] == scenario]
    km2 = np.array([shape.area for shape in here.geometry]) / 1e6 * here["inside"].to_numpy()
    column = "change" if changes else "value"
    values = here[column].to_numpy(np.float64) / np.maximum(km2, 1e-9) * 1000.0
    top = float(np.nanmax(np.abs(values))) or 1.0
    level = 0.5 + 0.5 * values / top if changes else values / top
    sure = (here["change_low"] > 0) | (here["change_high"] < 0)
    draw(ax, base, paler(base, 0.5), ways=False)
    ramp = colormaps[CHANGE if changes else DENSITY]
    alpha = np.where(sure | (not changes), 0.85, FADED)
    for shape, colour, strength in zip(here.geometry, ramp(level), alpha, strict=True):
        _paint(ax, shape, colour, float(strength))
    _names(ax, base, here)
    thousand = say.number(1000.0)
    if changes:
        ax.set_title(f"{name}: {shortened(say.named(scenario), 40)}", fontsize=9, loc="left")
        title = tr("Change, animals per {n} km²", n=thousand)
        colour_scale(figure, CHANGE, -top, top, title, at)
    else:
        ax.set_title(f"{name}", fontsize=9, loc="left")
        colour_scale(figure, DENSITY, 0.0, top, tr("Animals per {n} km²", n=thousand), at)


def _paint(ax: Axes, shape: Any, colour: Any, alpha: float) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    for part in polygons_of(shape):
        rings = [Path(np.asarray(ring.coords), closed=True) for ring in _rings(part)]
        path = Path.make_compound_path(*rings)
        look: Any = {"alpha": alpha, "lw": 0, "zorder": 2}
        ax.add_patch(PathPatch(path, fc=colour, **look))
        ax.add_patch(PathPatch(path, fc="none", ec=INK, lw=0.7, zorder=3))


def _rings(polygon: Any) -> list[Any]:
    return [polygon.exterior, *polygon.interiors]


def _names(ax: Axes, base: BaseMap, here: pd.DataFrame) -> None:
    """Write the names of the largest places into them."""
    from shapely import box

    west, east, south, north = base.extent_m
    window = box(west, south, east, north)
    order = sorted(range(len(here)), key=lambda i: -here.geometry.iloc[i].area)[:MOST_NAMES]
    for i in order:
        seen = here.geometry.iloc[i].intersection(window)
        if seen.is_empty:
            continue
        at = seen.representative_point()
        text = shortened(str(here["place"].iloc[i]), 22)
        ax.text(
            at.x,
            at.y,
            text,
            fontsize=6.3,
            ha="center",
            va="center",
            color=INK,
            zorder=5,
            bbox={"fc": "white", "ec": "none", "alpha": 0.6, "pad": 0.8},
        )


def caption(study: Study) -> str:
    """Say what the maps show."""
    if len(study.scenarios) == 1:
        return tr("Animals that live in each place, for its ground within the landscape.")
    return tr(
        "Change of the animals that live in each place, under the scenario that moves the species "
        "most, against the one that it is compared with; purple more, orange less. Faded where "
        "the 95 % interval does not leave out zero: chance may be all of it."
    )


def sizes(table: pd.DataFrame) -> str:
    """Say how many places a table has."""
    return tr_plural("{n} place", "{n} places", table["place"].nunique())
