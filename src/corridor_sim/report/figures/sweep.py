"""Figures of a sweep: a curve, lines, a heat map, or one panel for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.experiment.values import outcome_table
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.languages import tr, written
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    MARKERS,
    RULE,
    in_style,
    new_figure,
    panels,
    wrapped,
)
from corridor_sim.report.text import numbers as say
from corridor_sim.sweeps.points import short_names, text_of
from corridor_sim.sweeps.table import LANDSCAPE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.config.sweep import SweepSettings
    from corridor_sim.experiment.study import Study

MOST_LINES = 6
PANELS_ACROSS = 3
# Okabe and Ito's, dark enough for lines
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#22303a", "#e69f00")


def labels_of(settings: SweepSettings) -> list[str]:
    """Return what axes say of the parameters."""
    shorts = short_names(settings.parameters)
    own = list(settings.parameters.values())
    return [p.label or s.replace("_", " ") for p, s in zip(own, shorts, strict=True)]


@in_style
def sweep_figure(
    frame: pd.DataFrame, settings: SweepSettings, study: Study, outcome: str, species: str
) -> Figure:
    """Return the figure of one outcome of one species.

    One parameter gives a curve, two of a grid lines (few values of one) or a heat map, and any
    other design one panel for each parameter, in which the other parameters scatter the points.
    """
    rows = frame[(frame["outcome"] == outcome) & (frame["species"] == species)]
    names = list(settings.parameters)
    if len(names) == 1:
        return _lines(rows, settings, study, outcome, names[0], None)
    if settings.design == "grid" and len(names) == 2:
        a, b = (settings.parameters[name] for name in names)
        many, few = (names[0], names[1]) if a.size >= b.size else (names[1], names[0])
        if min(a.size, b.size) <= MOST_LINES:
            return _lines(rows, settings, study, outcome, many, few)
        return _heat(rows, settings, study, outcome)
    return _panels(rows, settings, study, outcome)


def cover_label(outcome: str, covers: CoverTable) -> str:
    """Return what figures call the area of a land cover."""
    return tr(covers[outcome.removesuffix("_km2")].label)


def _colour(rows: pd.DataFrame, study: Study) -> str:
    key = rows["species"].iloc[0]
    return INK if key == LANDSCAPE else next(s.colour for s in study.species if s.key == key)


def _axis(study: Study, outcome: str, rows: pd.DataFrame) -> tuple[str, float]:
    if rows["species"].iloc[0] == LANDSCAPE:
        return f"{cover_label(outcome, study.land.covers)} (km²)", 1.0
    row = outcome_table(study.scenarios[0])[outcome]
    species = next(s.common_name for s in study.species if s.key == rows["species"].iloc[0])
    scale = row.scale
    return f"{say.heading(row)}: {species}", scale.factor


def _positions(rows: pd.DataFrame, name: str, settings: SweepSettings) -> tuple[Any, list[str]]:
    """Return where the values of a parameter lie, and their words where they are no numbers."""
    values = rows[name]
    if values.dtype == object or not np.issubdtype(values.to_numpy().dtype, np.number):
        words = list(dict.fromkeys(values))
        return np.array([words.index(v) for v in values], float), words
    return values.to_numpy(float) * settings.parameters[name].scale, []


def _lines(
    rows: pd.DataFrame,
    settings: SweepSettings,
    study: Study,
    outcome: str,
    along: str,
    apart: str | None,
) -> Figure:
    labels = dict(zip(settings.parameters, labels_of(settings), strict=True))
    heading, factor = _axis(study, outcome, rows)
    figure = new_figure(7.2, 4.3)
    ax = figure.add_axes((0.12, 0.14, 0.85, 0.69 if apart else 0.79))
    parts: list[tuple[str, Any]] = [("", rows)]
    if apart is not None:
        parts = [
            (text_of(part[apart].iloc[0]), part) for _, part in rows.groupby(apart, sort=False)
        ]
    colour = _colour(rows, study)
    for i, (text, part) in enumerate(parts):
        x, words = _positions(part, along, settings)
        order = np.argsort(x, kind="stable")
        mean, low, high = (part[c].to_numpy(float)[order] * factor for c in ("mean", "low", "high"))
        own = colour if apart is None else LINES[i % len(LINES)]
        ax.fill_between(x[order], low, high, color=own, alpha=0.16, lw=0)
        ax.plot(
            x[order], mean, color=own, lw=1.6, marker=MARKERS[i % len(MARKERS)], ms=4.5, label=text
        )
        _along(ax, settings, along, labels[along], words)
    _whole_range(ax, rows, factor)
    _head(figure, heading)
    if apart is not None:
        figure.legend(
            title=labels[apart],
            loc="upper left",
            bbox_to_anchor=(0.0, 0.955),
            ncols=len(parts),
            title_fontsize=8.5,
            columnspacing=1.2,
            alignment="left",
        )
    return figure


def _head(figure: Figure, text: str) -> None:
    y = 1 - 0.1 / figure.get_figheight()
    figure.text(0.012, y, text, va="top", fontweight="bold", fontsize=10, color=INK)


def _along(ax: Axes, settings: SweepSettings, name: str, label: str, words: list[str]) -> None:
    ax.set_xlabel(label)
    if words:
        ax.set_xticks(range(len(words)), [wrapped(w, 14) for w in words])
    elif settings.parameters[name].log:
        from matplotlib.ticker import LogLocator, NullFormatter

        ax.set_xscale("log")
        # powers of ten are written as mathematics otherwise, which figures here do not read
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(lambda x, _: written(f"{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="y", color=RULE, lw=0.6)
    ax.set_axisbelow(True)


def _whole_range(ax: Axes, rows: pd.DataFrame, factor: float) -> None:
    """Start at zero where nothing is below, as a curve that ends there should be seen to."""
    mean = rows["mean"].to_numpy(float) * factor
    mean = mean[np.isfinite(mean)]
    if mean.size and mean.min() >= 0 and mean.min() < 0.6 * mean.max():
        low, high = ax.get_ylim()
        ax.set_ylim(min(0.0, max(low, -0.06 * high)), high)


def _heat(rows: pd.DataFrame, settings: SweepSettings, study: Study, outcome: str) -> Figure:
    from matplotlib import colormaps

    first, second = settings.parameters
    labels = labels_of(settings)
    heading, factor = _axis(study, outcome, rows)
    words = [
        [text_of(_scaled(v, settings.parameters[name].scale)) for v in rows[name].unique()]
        for name in (first, second)
    ]
    grid = rows["mean"].to_numpy(float).reshape(len(words[0]), len(words[1])) * factor
    figure = new_figure(7.2, 4.8)
    ax = figure.add_axes((0.14, 0.17, 0.7, 0.72))
    palette = colormaps["viridis"].with_extremes(bad="#e6e9eb")
    grid = np.ma.masked_invalid(grid.T)
    shown = ax.imshow(grid, palette, aspect="auto", interpolation="nearest", origin="lower")
    for axis, own, label in ((ax.xaxis, words[0], labels[0]), (ax.yaxis, words[1], labels[1])):
        step = max(1, -(-len(own) // 10))
        axis.set_ticks(range(0, len(own), step), own[::step])
        axis.set_label_text(label)
    figure.colorbar(shown, cax=figure.add_axes((0.87, 0.17, 0.025, 0.72)))
    _head(figure, heading)
    return figure


def _scaled(value: Any, scale: float) -> Any:
    return value * scale if isinstance(value, float) else value


def _panels(rows: pd.DataFrame, settings: SweepSettings, study: Study, outcome: str) -> Figure:
    labels = labels_of(settings)
    heading, factor = _axis(study, outcome, rows)
    colour = _colour(rows, study)
    names = list(settings.parameters)
    across = min(len(names), PANELS_ACROSS)
    down = -(-len(names) // across)
    figure = new_figure(3.1 * across + 0.6, 2.6 * down + 0.4)
    mean, low, high = (rows[c].to_numpy(float) * factor for c in ("mean", "low", "high"))
    for i, ax in enumerate(panels(figure, len(names), across, sharey=True)):
        x, words = _positions(rows, names[i], settings)
        ax.vlines(x, low, high, color=FAINT, lw=0.6, alpha=0.6)
        ax.plot(x, mean, ls="", marker="o", ms=3.2, color=colour)
        _along(ax, settings, names[i], wrapped(labels[i], 40), words)
    _head(figure, heading)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.3 / figure.get_figheight()))
    return figure
