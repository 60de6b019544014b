"""Figures of what scenarios change: outcomes with paired intervals, and the ground's covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.landscape.covers import COVERS
from corridor_sim.report.figures.decades_states import MOST_BARS, species_legend
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    MARKERS,
    RULE,
    Drawn,
    drawn,
    new_figure,
    shortened,
    styled,
    wrapped,
)
from corridor_sim.report.figures.effects import pages
from corridor_sim.report.text import decades_numbers as lsay
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_tables_read import Lives
from corridor_sim.report.text.tables import Row, records
from corridor_sim.simulation.decades.outcomes import LIFE_OUTCOMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3


def on_scale(name: str, row: Row) -> tuple[float, float, float]:
    """Return difference, low and high as plotted: per cent of the reference, points or units."""
    if name in lsay.RELATIVE:
        return say.relative(row)
    factor = lsay.scale_of(name).factor
    return row["difference"] * factor, row["low"] * factor, row["high"] * factor


def axis_label(name: str) -> str:
    """Return what the axis of differences counts."""
    return "% of reference" if name in lsay.RELATIVE else lsay.scale_of(name).difference_unit


def effects_figures(lives: Lives) -> list[Drawn]:
    """Return the pages of effects on the headline outcomes: panels by outcome, scenarios down."""
    with styled():
        return [_page(lives, names) for names in pages(lives.names[1:])]


def _page(lives: Lives, names: list[str]) -> Drawn:
    from matplotlib.lines import Line2D

    labels = [
        wrapped(shortened(n, 60), 28)
        + (
            f"\nagainst {wrapped(shortened(a, 40), 20)}"
            if (a := lives.against(n)) != lives.first
            else ""
        )
        for n in names
    ]
    bands = -(-len(lsay.HEADLINES) // COLUMNS)
    panel = max(1.25, (0.16 + 0.11 * len(lives.species)) * len(names))
    figure = new_figure(11.0, bands * (panel + 0.8) + 0.4)
    axes = figure.subplots(bands, COLUMNS, squeeze=False, sharey=True)
    for ax, outcome in zip(axes.flat, lsay.HEADLINES, strict=False):
        _panel(ax, lives, outcome, names)
        ax.set_yticks(range(len(names)), labels)
    axes.flat[0].set_ylim(len(names) - 0.5, -0.5)
    extra: list[object] = []
    if lives.n > 1:
        extra = [
            Line2D([], [], marker="o", color=FAINT, ls="", ms=5.5, label="clear"),
            Line2D(
                [],
                [],
                marker="o",
                color=FAINT,
                mfc="white",
                ls="",
                ms=5.5,
                label="interval holds zero",
            ),
        ]
    species_legend(figure, lives, extra)
    height = figure.get_figheight()
    figure.subplots_adjust(
        left=0.19,
        right=0.985,
        top=1 - 0.62 / height,
        bottom=0.45 / height,
        wspace=0.09,
        hspace=0.8 / panel,
    )
    return drawn(figure)


def _panel(ax: Axes, lives: Lives, outcome: str, names: list[str]) -> None:
    ax.axvline(0, color=INK, lw=0.9, zorder=1)
    for y in range(0, len(names), 2):
        ax.axhspan(y - 0.5, y + 0.5, color="#f4f6f7", zorder=0, lw=0)
    found = []
    for j, one in enumerate(lives.species):
        offset = (j - (len(lives.species) - 1) / 2) * 0.78 / max(len(lives.species), 1)
        for y, name in enumerate(names):
            row = lives.effects[name, one.key, outcome]
            at = on_scale(outcome, row)
            if np.isfinite(at[0]):
                found.append((at, y + offset, j, bool(row["clear"])))
    left, right = _ends([at for at, *_ in found])
    for (d, low, high), at_y, j, clear in found:
        colour = lives.species[j].colour
        if np.isfinite(low) and np.isfinite(high):
            ax.plot([max(low, left), min(high, right)], [at_y] * 2, color=colour, lw=1.4, zorder=2)
            for end, past, marker in ((left, low < left, "<"), (right, high > right, ">")):
                if past:
                    ax.plot(end, at_y, marker, color=colour, ms=3.6, clip_on=False)
        ax.plot(
            d,
            at_y,
            MARKERS[j % len(MARKERS)],
            ms=5.3,
            mec=colour,
            mew=1.1,
            zorder=4,
            mfc=colour if clear or lives.n < 2 else "white",
        )
    if not found:
        ax.text(0.5, 0.5, "not known", transform=ax.transAxes, ha="center", color=FAINT)
    ax.set_xlim(left, right)
    ax.set_title(wrapped(LIFE_OUTCOMES[outcome].label, 36), fontsize=9)
    ax.set_xlabel(axis_label(outcome), fontsize=8, labelpad=1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)


def _ends(found: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Ends of a panel: wide enough for every point and most intervals, zero always inside."""
    if not found:
        return -1.0, 1.0
    table = np.array(found)
    most = float(np.abs(table[:, 0]).max())
    low, high = 1.4 * min(table[:, 0].min(), 0.0), 1.4 * max(table[:, 0].max(), 0.0)
    known = table[np.isfinite(table).all(axis=1)]
    if len(known):
        low = min(low, float(np.quantile(known[:, 1], 0.2)))
        high = max(high, float(np.quantile(known[:, 2], 0.8)))
    if low == high:
        low, high = -1.0, 1.0
    room = 0.06 * (high - low)
    # never so wide that points fall into one
    wide = 60 * most if most else high - low
    return max(low - room, -wide - room), min(high + room, wide + room)


GROUPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Páramo", ("paramo",), "#b5651d"),
    (
        "Montane and cloud forest",
        ("lower_montane_forest", "cloud_forest", "upper_montane_forest"),
        "#3f8f8a",
    ),
    ("Lowland and premontane forest", ("lowland_forest", "premontane_forest"), "#1a5c2e"),
    ("Secondary forest", ("secondary_forest",), "#7da93f"),
    (
        "Pasture, crops, settlements, mines",
        ("pasture", "crop_mosaic", "settlement", "mine"),
        "#b8860b",
    ),
)


def cover_km2(lives: Lives) -> list[tuple[str, list[tuple[float, float]]]]:
    """Return, by group of land covers, the km² at start and end of every scenario."""
    known = set(COVERS)
    rows = records(lives.comparison.scenarios)
    found = []
    for label, keys, _ in GROUPS:
        assert set(keys) <= known
        pairs = []
        for row in rows:
            ends = [
                sum(v for k in keys if np.isfinite(v := float(row.get(f"{when}_{k}_km2", 0.0))))
                for when in ("start", "end")
            ]
            pairs.append((ends[0], ends[1]))
        found.append((label, pairs))
    return found


def covers_figure(lives: Lives) -> Drawn:
    """Return the figure of land covers at start (ring) and end (disc), a panel a group."""
    from matplotlib.lines import Line2D

    names = lives.names[:MOST_BARS]
    groups = [(g, p) for g, p in cover_km2(lives) if any(max(pair) > 0 for pair in p)]
    with styled():
        columns = max(1, min(3, len(groups)))
        bands = max(1, -(-len(groups) // columns))
        panel = 0.35 + 0.28 * len(names)
        figure = new_figure(11.0, bands * (panel + 0.8) + 0.35)
        axes = figure.subplots(bands, columns, squeeze=False, sharey=True)
        for ax in axes.flat[len(groups) :]:
            ax.set_visible(False)
        colours = {label: colour for label, _, colour in GROUPS}
        for ax, (label, pairs) in zip(axes.flat, groups, strict=False):
            values = np.array(pairs[: len(names)])
            for y, (start, end) in enumerate(values):
                ax.plot([start, end], [y, y], color=colours[label], lw=2.0, alpha=0.55)
                ax.plot(start, y, "o", ms=7, mfc="white", mec=colours[label], mew=1.4)
                ax.plot(end, y, "o", ms=7, color=colours[label])
                change = f"{100 * (end / start - 1):+.1f} %".replace("-", "−") if start else ""
                ax.annotate(
                    change, (end, y), (0, 7), textcoords="offset points", ha="center", fontsize=7.5
                )
            wide = max(float(np.ptp(values)), 0.02 * float(values.max()))
            ax.set_xlim(max(0.0, values.min() - 0.35 * wide), values.max() + 0.35 * wide)
            ax.xaxis.set_major_formatter(lambda v, _: f"{v:,.0f}")
            ax.locator_params(axis="x", nbins=4)
            ax.set_title(wrapped(label, 40), fontsize=9)
            ax.set_xlabel("km²", fontsize=8)
            ax.set_yticks(range(len(names)), [wrapped(shortened(n, 48), 26) for n in names])
            ax.tick_params(axis="y", length=0)
            ax.grid(axis="x", color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        axes.flat[0].set_ylim(len(names) - 0.5, -0.7)
        handles = [
            Line2D(
                [],
                [],
                marker="o",
                ls="",
                ms=7,
                mfc="white",
                mec=INK,
                mew=1.4,
                label=f"{lives.start_year}",
            ),
            Line2D(
                [],
                [],
                marker="o",
                ls="",
                ms=7,
                color=INK,
                label=f"{lives.end_year} (change in per cent)",
            ),
        ]
        figure.legend(handles=handles, loc="upper left", ncols=2)
        height = figure.get_figheight()
        figure.subplots_adjust(
            left=0.185,
            right=0.975,
            top=1 - 0.6 / height,
            bottom=0.45 / height,
            wspace=0.1,
            hspace=0.8 / panel,
        )
        return drawn(figure)
