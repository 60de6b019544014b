"""Figures through the years: numbers against capacity, stages and sexes, ranges and warming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import mark, tr
from corridor_sim.report.compared import ComparedDecades, Series
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    MARKERS,
    RULE,
    in_style,
    key_of,
    new_figure,
    panels,
    space,
    wrapped,
)
from corridor_sim.report.text import numbers as say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours; with line style and marker, scenarios differ without colour too
SCENARIO_COLOURS = ("#333333", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9")
SCENARIO_LINES: tuple[str | tuple[float, tuple[float, ...]], ...] = (
    "-",
    "--",
    "-.",
    (0, (1, 1.2)),
    "-",
    "--",
)
MOST_LINES = len(SCENARIO_COLOURS)
_SIDES = {"left": 0.065, "right": 0.985, "wspace": 0.2, "hspace": 0.42}
STAGES = (
    ("resident_females", mark("Females with a home"), "#d55e00"),
    ("resident_males", mark("Males with a home"), "#0072b2"),
    ("juveniles", mark("Young with their mothers"), "#009e73"),
    ("dispersers", mark("Searching for a first home"), "#cc79a7"),
    ("displaced", mark("Searching after losing one"), "#333333"),
)


def lapse_per_m(compared: ComparedDecades) -> float:
    """Return by how many degrees the air cools per metre upwards on the reference landscape.

    Least squares over all cells; NaN on ground without relief.
    """
    z = compared.study.land["elevation_m"].astype(np.float64).ravel()
    t = compared.study.land["temperature_c"].astype(np.float64).ravel()
    known = np.isfinite(z) & np.isfinite(t)
    if compared.study.land.outside is not None:
        known &= ~compared.study.land.outside.ravel()
    z, t = z[known], t[known]
    spread = float(((z - z.mean()) ** 2).sum()) if z.size else 0.0
    if spread < 1.0:
        return float("nan")
    return -float(((z - z.mean()) * (t - t.mean())).sum()) / spread


def isotherm_m(compared: ComparedDecades, scenario: str, key: str) -> Series:
    """Return the elevation that has the temperature the homes had at the start, by year.

    ``z(y) + (T(y) - T(0)) / lapse``: homes below it have become warmer, homes above it cooler.
    """
    z = compared.series(scenario, key, "mean_elevation_m")
    t = compared.series(scenario, key, "mean_temperature_c")
    lapse = lapse_per_m(compared)
    level = z.mean + (t.mean - t.mean[0]) / lapse if lapse > 0 else np.full(z.mean.size, np.nan)
    none = np.full(z.mean.size, np.nan)
    return Series(z.year, level, none, none)


def _band(ax: Axes, found: Series, colour: str, alpha: float, factor: float, least: float) -> None:
    """Draw an interval through the years; bands of counts end at zero."""
    if np.isfinite(found.low).any():
        low = np.maximum(found.low * factor, least)
        ax.fill_between(found.year, low, found.high * factor, color=colour, alpha=alpha, lw=0)


def _line(ax: Axes, found: Series, i: int, *, least: float = 0.0, factor: float = 1.0) -> None:
    """Draw the mean of a scenario with its band."""
    colour, style = SCENARIO_COLOURS[i % MOST_LINES], SCENARIO_LINES[i % MOST_LINES]
    _band(ax, found, colour, 0.1, factor, least)
    ax.plot(found.year, found.mean * factor, color=colour, ls=style, lw=1.8)


def _dress(ax: Axes, compared: ComparedDecades, title: str, unit: str) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_title(wrapped(title, 46), fontsize=9)
    ax.set_ylabel(wrapped(unit, 30), fontsize=8)
    ax.set_xlim(compared.start_year, max(compared.end_year, compared.start_year + 1))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.grid(color=RULE, lw=0.6)
    ax.set_axisbelow(True)


def _limits(ax: Axes, values: Sequence[float]) -> None:
    """From zero to a little above everything that matters, whatever the widest band does."""
    found = [v for v in values if np.isfinite(v)]
    top = max(found, default=1.0)
    ax.set_ylim(0, 1.12 * top if top > 0 else 1.0)


def scenario_legend(figure: Figure, names: Sequence[str], extra: Sequence[object] = ()) -> float:
    """Write the scenarios above the figure and return the inches this takes."""
    names = [say.named(name) for name in names]
    looks = zip(names, SCENARIO_COLOURS, SCENARIO_LINES, strict=False)
    handles = [key_of(wrapped(name, 30), color=c, lw=1.8, ls=ls) for name, c, ls in looks]
    handles += list(extra)
    columns = min(4, len(handles))
    figure.legend(
        handles=handles, loc="upper left", ncols=columns, handlelength=2.6, columnspacing=1.6
    )
    deep = max(wrapped(n, 30).count("\n") + 1 for n in names)
    return 0.12 + 0.17 * deep * -(-len(handles) // columns)


@in_style
def numbers_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of independent animals through the years, a panel a species."""
    names = compared.names[:MOST_LINES]
    columns = min(2, len(compared.species))
    rows = -(-len(compared.species) // columns)
    figure = new_figure(11.0, 2.75 * rows + 0.7)
    capacity = key_of(
        tr("Capacity of the landscape (in the scenario's colour)"),
        color=FAINT,
        lw=1.0,
        ls=(0, (4, 2)),
    )
    limit = key_of(tr("Quasi-extinction"), color="#b03a2e", lw=1.0, ls=":")
    top = scenario_legend(figure, names, (capacity, limit))
    for ax, one in zip(
        panels(figure, len(compared.species), columns), compared.species, strict=True
    ):
        tops = []
        for i, name in enumerate(names):
            found = compared.series(name, one.key, "independent")
            room = compared.series(name, one.key, "capacity")
            _line(ax, found, i)
            ax.plot(
                room.year, room.mean, color=SCENARIO_COLOURS[i], lw=0.9, alpha=0.8, ls=(0, (4, 2))
            )
            tops += [float(np.nanmax(room.mean)), 1.15 * float(np.nanmax(found.mean))]
        ax.axhline(compared.rules.quasi_extinction, color="#b03a2e", lw=1.0, ls=":")
        _dress(ax, compared, one.common_name, tr("animals living on their own"))
        _limits(ax, tops)
    space(figure, top + 0.28, 0.32, **_SIDES)
    return figure


@in_style
def stages_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of numbers by stage and sex under the first scenario, by species."""
    columns = min(2, len(compared.species))
    rows = -(-len(compared.species) // columns)
    figure = new_figure(11.0, 2.5 * rows + 0.7)
    for ax, one in zip(
        panels(figure, len(compared.species), columns), compared.species, strict=True
    ):
        tops = []
        for i, (column, _, colour) in enumerate(STAGES):
            found = compared.series(compared.first, one.key, column)
            _band(ax, found, colour, 0.13, 1.0, 0.0)
            look: Any = {"marker": MARKERS[i], "ms": 3.5, "markevery": max(1, compared.years // 10)}
            ax.plot(found.year, found.mean, color=colour, lw=1.6, **look)
            tops.append(1.1 * float(np.nanmax(found.mean)))
        breeding = compared.series(compared.first, one.key, "breeding_females")
        ax.plot(breeding.year, breeding.mean, color="#d55e00", lw=1.0, ls=":")
        _dress(ax, compared, one.common_name, tr("animals"))
        _limits(ax, tops)
    handles: list[object] = [
        key_of(tr(label), color=c, lw=1.6, marker=MARKERS[i], ms=4)
        for i, (_, label, c) in enumerate(STAGES)
    ]
    handles.append(key_of(tr("Of the females, of breeding age"), color="#d55e00", lw=1.0, ls=":"))
    figure.legend(handles=handles, loc="upper left", ncols=3)
    space(figure, 0.78, 0.32, **_SIDES)
    return figure


RANGE_PANELS = (
    ("mean_elevation_m", mark("elevation of homes"), mark("m above sea level"), 1.0),
    ("thermal_mismatch_c", mark("thermal mismatch"), mark("°C above the optimum"), 1.0),
    ("occupied_share", mark("occupancy"), mark("% of places with capacity"), 100.0),
)


@in_style
def range_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of where homes lie and how warm they are: a row a species."""
    names = compared.names[:MOST_LINES]
    figure = new_figure(11.0, 2.15 * len(compared.species) + 0.7)
    dashes = key_of(
        tr("Where the first homes' temperature has moved to"), color=INK, lw=0.9, ls=":"
    )
    top = scenario_legend(figure, names, (dashes,))
    axes = panels(figure, 3 * len(compared.species), 3)
    for j, one in enumerate(compared.species):
        for k, (column, what, unit, factor) in enumerate(RANGE_PANELS):
            ax = axes[3 * j + k]
            for i, name in enumerate(names):
                found = compared.series(name, one.key, column)
                _line(ax, found, i, least=-np.inf if k == 0 else 0.0, factor=factor)
                if k == 0:
                    level = isotherm_m(compared, name, one.key)
                    ax.plot(level.year, level.mean, color=SCENARIO_COLOURS[i], lw=1.1, ls=":")
            _dress(ax, compared, f"{one.common_name}: {tr(what)}", tr(unit))
            means = [factor * compared.series(n, one.key, column).mean for n in names]
            known = np.concatenate(means)
            known = known[np.isfinite(known)]
            if k == 0:
                _around(ax, compared, names, one.key)
            else:
                _limits(ax, [1.25 * float(known.max()) if known.size else 1.0])
    space(figure, top + 0.28, 0.32, **{**_SIDES, "hspace": 0.5, "wspace": 0.24})
    return figure


def _around(ax: Axes, compared: ComparedDecades, names: Sequence[str], key: str) -> None:
    """Limits of elevations: all means and isotherms, and at least 200 m."""
    values = np.concatenate(
        [compared.series(n, key, "mean_elevation_m").mean for n in names]
        + [isotherm_m(compared, n, key).mean for n in names]
    )
    values = values[np.isfinite(values)]
    if not values.size:
        return
    low, high = float(values.min()), float(values.max())
    room = max(0.35 * (high - low), (200 - (high - low)) / 2, 0.0)
    ax.set_ylim(low - room, high + room)
