"""Figures of links over the points of a sensitivity analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import tr
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    in_style,
    key_of,
    new_figure,
    rule_rows,
    shortened,
)
from corridor_sim.report.figures.links import row_axes
from corridor_sim.sweeps.link_measures import splits
from corridor_sim.sweeps.link_tables import nominal_benefits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridor_sim.sweeps.link_sensitivity import LinkRobustness

WIDE_IN, ROW_IN = 9.6, 0.36
LONGEST, MOST_ROWS = 54, 60
DOT, NOISE = "#0072b2", "#cfd6da"
BAND = (0.05, 0.95)


@in_style
def benefit_figure(found: LinkRobustness, unit: str) -> Figure:
    """Return one row per link in the nominal order: every point, the nominal benefit, the noise."""
    order = np.argsort(found.rank, kind="stable")[:MOST_ROWS]
    task = found.task
    names = [shortened(task.links[i].name, LONGEST) for i in order]
    size = task.replicates
    nominal = nominal_benefits(found)
    parts = splits(len(found.nominal), size, 2000, 0)
    noise = 100 * np.quantile(parts @ found.nominal / size, BAND, axis=0)
    high = 0.72 + ROW_IN * len(order)
    left = (0.5 + 0.068 * max(len(name) for name in names)) / WIDE_IN
    diamond: Any = {"ms": 5.5, "mfc": "white", "mec": INK, "mew": 1.3}
    figure = new_figure(WIDE_IN, high)
    ax = figure.add_axes((left, 0.5 / high, 0.985 - left, 1 - 0.6 / high))
    for y, i in enumerate(order):
        ax.plot(noise[:, i], [y, y], color=NOISE, lw=11, solid_capstyle="butt", zorder=1)
        at = 100 * found.mean[:, i]
        # spread by place in the design, not at random: the same picture always
        off = 0.26 * (((np.arange(at.size) * 0.618) % 1) - 0.5)
        ax.plot(at, y + off, "o", ms=4, color=DOT, alpha=0.55, mec="none", zorder=2)
        own, low, high = (100 * float(v[i]) for v in nominal)
        ax.plot([low, high], [y, y], color=INK, lw=1.6, zorder=3)
        ax.plot(own, y, "D", **diamond, zorder=4)
    labels = [f"{found.rank[i]}  {name}" for i, name in zip(order, names, strict=True)]
    row_axes(ax, labels, [i in found.choice for i in order])
    ax.set_xlabel(tr("Benefit of the link alone, {unit}", unit=unit), fontsize=8.5)
    figure.legend(
        handles=[
            key_of(tr("Noise alone, 90 %"), color=NOISE, lw=11, solid_capstyle="butt"),
            key_of(tr("A point of the design"), marker="o", ms=4, color=DOT, alpha=0.55, ls=""),
            key_of(tr("At the nominal traits"), marker="D", ls="", **diamond),
        ],
        loc="lower left",
        ncols=1,
        fontsize=7.4,
        bbox_to_anchor=(0.0, 0.0),
        borderaxespad=0.3,
    )
    return figure


@in_style
def agreement_figure(found: LinkRobustness) -> Figure:
    """Return the agreement at every point above that which noise alone leaves."""
    low, middle, top = np.quantile(found.noise, (BAND[0], 0.5, BAND[1]))
    figure = new_figure(7.6, 2.0)
    ax = figure.add_axes((0.19, 0.26, 0.79, 0.7))
    off = 0.4 * (((np.arange(found.agreement.size) * 0.618) % 1) - 0.5)
    ax.plot(found.agreement, off, "o", ms=5, color=DOT, alpha=0.6, mec="none", zorder=3)
    ax.plot([found.agreement.mean()] * 2, [-0.36, 0.36], color=DOT, lw=2, zorder=4)
    ax.plot([low, top], [1, 1], color=NOISE, lw=13, solid_capstyle="butt", zorder=2)
    ax.plot([middle] * 2, [0.7, 1.3], color=FAINT, lw=2, zorder=3)
    ax.set_yticks([0, 1], [tr("Points (line: mean)"), tr("Noise alone, 90 %")])
    ax.set_ylim(1.5, -0.6)
    ax.set_xlim(min(-0.05, float(found.agreement.min()) - 0.05, low - 0.05), 1.04)
    rule_rows(ax)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=INK, lw=0.8, zorder=0)
    ax.set_xlabel(tr("Agreement with the nominal order, Kendall's tau-b"), fontsize=8.5)
    return figure
