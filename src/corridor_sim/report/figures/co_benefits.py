"""Figures of co-benefits: animals against what else a budget buys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import tr
from corridor_sim.report.figures.drawing import INK, RULE, in_style, new_figure, wrapped
from corridor_sim.report.figures.links import BRIGHT, DIM
from corridor_sim.report.text.co_benefits import MANY, Axis, unit_words
from corridor_sim.report.text.links_found import Found

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE_IN, HIGH_IN, A_ROW = 8.4, 3.6, 2
# letters of a title before it is broken
TITLE = 44


@in_style
def trade_off_figure(found: Found, axes: Sequence[Axis]) -> Figure:
    """Return, for each co-benefit, the sets of which none brings more animals and more of it."""
    across = min(len(axes), A_ROW)
    down = -(-len(axes) // A_ROW)
    high = down * HIGH_IN + 0.45
    figure = new_figure(WIDE_IN, high)
    for k, axis in enumerate(axes):
        row, col = divmod(k, A_ROW)
        wide = 1 / across
        bottom = (0.45 + 0.62 + (down - 1 - row) * HIGH_IN) / high
        ax = figure.add_axes((col * wide + 0.085, bottom, wide - 0.105, (HIGH_IN - 1.0) / high))
        _draw(ax, found, axis)
    handles, texts = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="lower center", ncols=2)
    return figure


def _draw(ax: Axes, found: Found, axis: Axis) -> None:
    chosen = found.result.chosen
    assert chosen is not None
    x = np.array([one.amount for one in axis.sets])
    y = found.factor * np.array([one.set.benefit for one in axis.sets])
    most = float(max(np.abs(x).max(initial=0.0), abs(axis.chosen)))
    unit = unit_words(axis.given.unit)
    size, words = next(((s, w) for s, w in MANY if most >= s), (1.0, ""))
    title = tr(words, n="", unit=unit).strip() if words else unit
    look: Any = {"ms": 5, "mfc": "white", "mec": INK, "mew": 1.2, "zorder": 3}
    ax.plot(x / size, y, color=DIM, lw=1.2, zorder=2)
    ax.plot(x / size, y, "o", **look, label=tr("No set brings more of both"))
    star: Any = {"ms": 14, "color": BRIGHT, "mec": "white", "zorder": 5}
    ax.plot(axis.chosen / size, found.factor * chosen.benefit, "*", **star, label=tr("Chosen set"))
    ax.grid(color=RULE, lw=0.7)
    ax.set_axisbelow(True)
    ax.margins(0.08)
    ax.set_title(wrapped(axis.label, TITLE), fontsize=8.5, loc="left")
    ax.set_xlabel(title)
    ax.set_ylabel(tr("Predicted benefit, {unit}", unit=found.benefit_unit))
