"""Figures of a ranking: intervals and equal ranks, species, cost against benefit, pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import tr, tr_context
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    RULE,
    draw_points,
    in_style,
    new_figure,
    rule_rows,
    shortened,
    species_legend,
)
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import Found, clear

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE_IN = 11.0
ROW_IN = 0.27
LONGEST = 54
MOST_ROWS = 60
MOST_GROUPS = 20
MOST_PAIRS = 24
BRIGHT, DIM = "#542788", "#8a979f"
COSTS = "#b35806"


def _names_in(found: Found) -> float:
    """Return the inches that the links' names need."""
    longest = max(len(name) for name in found.names)
    return 0.55 + 0.064 * min(longest, LONGEST)


def _label(found: Found, i: int) -> str:
    return f"{found.rank_text(i)}  {shortened(found.names[i], LONGEST)}"


def _rows_figure(rows: int) -> tuple[Figure, float, float]:
    """Return a figure for so many rows, and the bottom and height of its axes as shares."""
    high = rows * ROW_IN + 0.94
    return new_figure(WIDE_IN, high), 0.62 / high, rows * ROW_IN / high


def row_axes(ax: Axes, labels: list[str], bold: list[bool]) -> None:
    """Give axes with a row for each link their names, some of them bold, and a line at zero."""
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_yticks(range(len(labels)), labels)
    for tick, strong in zip(ax.get_yticklabels(), bold, strict=True):
        tick.set_fontweight("bold" if strong else "normal")
    rule_rows(ax)
    ax.tick_params(axis="y", labelsize=7.8)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=INK, lw=0.8, zorder=1)


@in_style
def ranking_figure(found: Found) -> Figure:
    """Return the links from best to worst with intervals, and lines that join equal ranks."""
    ranking, shown = found.result.ranking, found.order[:MOST_ROWS]
    figure, bottom, high = _rows_figure(len(shown))
    left = _names_in(found) / WIDE_IN
    ax = figure.add_axes((left, bottom, 0.736 - left, high))
    side = figure.add_axes((0.742, bottom, 0.11, high))
    row_axes(ax, [_label(found, i) for i in shown], [i in found.chosen for i in shown])
    for y, i in enumerate(shown):
        mean, low, high_ = (
            found.factor * float(v[i]) for v in (ranking.mean, ranking.low, ranking.high)
        )
        if not np.isfinite(mean):
            ax.text(0, y, " " + tr("no value"), va="center", fontsize=7.5, color=FAINT)
            continue
        sure = clear(low, high_)
        colour = (BRIGHT if mean > 0 else COSTS) if sure else DIM
        far = (found.factor * float(ranking.low_all[i]), found.factor * float(ranking.high_all[i]))
        if np.isfinite(far).all():
            ax.plot(far, [y, y], color=colour, lw=0.8, alpha=0.55, zorder=2)
        if np.isfinite((low, high_)).all():
            ax.plot([low, high_], [y, y], color=colour, lw=2.6, solid_capstyle="butt", zorder=3)
        ax.plot(mean, y, "o", ms=5, mfc=colour if sure else "white", mec=colour, mew=1.3, zorder=4)
    _clip(
        ax,
        [found.factor * float(v) for i in shown for v in (ranking.low[i], ranking.high[i])],
        [found.factor * float(v) for i in shown for v in (ranking.low_all[i], ranking.high_all[i])],
    )
    ax.set_xlabel(tr("Benefit of the link alone, {unit}", unit=found.benefit_unit), fontsize=8.5)
    _groups(side, found, shown)
    _columns(figure, found, shown, bottom, high)
    return figure


def _clip(ax: Axes, near: list[float], far: list[float]) -> None:
    """Let the thick intervals set the axis; the thin ones may run out of it."""
    kept = [v for v in near if np.isfinite(v)] + [0.0]
    reach = max(kept) - min(kept) or 1.0
    wide = [v for v in far if np.isfinite(v)] + kept
    low = max(min(wide), min(kept) - 0.45 * reach)
    high = min(max(wide), max(kept) + 0.45 * reach)
    ax.set_xlim(low - 0.03 * reach, high + 0.03 * reach)


def _groups(ax: Axes, found: Found, shown: list[int]) -> None:
    """Draw one upright line for each group of equal rank, as in a letter display."""
    groups = [g for g in found.result.ranking.groups if len(g) > 1][:MOST_GROUPS]
    ax.set_axis_off()
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(-1, max(6, len(groups)))
    for x, group in enumerate(groups):
        rows = [shown.index(i) for i in group if i in shown]
        if not rows:
            continue
        ax.plot([x, x], [min(rows) - 0.28, max(rows) + 0.28], color=INK, lw=1.2, zorder=2)
        ax.plot([x] * len(rows), rows, "s", ms=3.4, color=INK, zorder=3)
    head = tr("Equal rank") if groups else tr("No equal ranks")
    ax.text(-1, -0.75, head, fontsize=8, va="bottom", fontweight="bold")


def _columns(figure: Figure, found: Found, shown: list[int], bottom: float, high: float) -> None:
    """Write the ranks left open, the probability of the rank, and the replicates."""
    ranking = found.result.ranking
    ax = figure.add_axes((0.855, bottom, 0.14, high))
    ax.set_axis_off()
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    spent = tr("Runs") if found.effort == "run" else tr("Replicates")
    right = tr_context("rank", "Right")
    columns = (
        (0.2, tr("Ranks"), [f"{ranking.rank_low[i]}–{ranking.rank_high[i]}" for i in shown]),
        (0.53, right, [say.probability(float(ranking.right[i])) for i in shown]),
        (0.99, spent, [str(ranking.replicates[i]) for i in shown]),
    )
    for at, head, texts in columns:
        ax.text(at, -0.75, head, fontsize=8, ha="right", va="bottom", fontweight="bold")
        for y, text in enumerate(texts):
            ax.text(at, y, text, fontsize=7.6, ha="right", va="center")


@in_style
def species_figure(found: Found) -> Figure:
    """Return the tornado: benefit of each link for each species, a panel a species."""
    result, shown = found.result, found.order[:MOST_ROWS]
    n = len(result.species)
    left = _names_in(found) / WIDE_IN
    width = (1 - left - 0.014) / n
    figure, bottom, high = _rows_figure(len(shown))
    ends = found.factor * np.stack([result.by_species_low, result.by_species_high])
    ends = ends[np.isfinite(ends)]
    low, top = min(0.0, ends.min(initial=0.0)), max(0.0, ends.max(initial=0.0))
    room = 0.04 * (top - low) or 1.0
    for s, one in enumerate(found.species):
        ax = figure.add_axes((left + s * width + 0.004, bottom, width - 0.012, high))
        labels = [_label(found, i) for i in shown]
        row_axes(ax, labels if s == 0 else [""] * len(shown), [i in found.chosen for i in shown])
        for y, i in enumerate(shown):
            _bar(
                ax,
                y,
                one.colour,
                *(
                    found.factor * float(v[s, i])
                    for v in (result.by_species, result.by_species_low, result.by_species_high)
                ),
            )
        ax.set_xlim(low - room, top + room)
        ax.locator_params(axis="x", nbins=6)
        ax.set_title(one.common_name, fontsize=9)
        ax.set_xlabel(found.benefit_unit, fontsize=8)
    return figure


def _bar(ax: Axes, y: int, colour: str, mean: float, low: float, high: float) -> None:
    if not np.isfinite(mean):
        ax.text(0, y, " –", va="center", fontsize=8, color=FAINT)
        return
    ax.barh(y, mean, height=0.62, color=colour, alpha=1.0 if clear(low, high) else 0.4, zorder=2)
    if abs(mean) < ROUNDING and not high - low > ROUNDING:
        # no replicate saw any change
        ax.plot(0, y, "o", ms=3, color=FAINT, zorder=3)
        return
    if np.isfinite(low) and np.isfinite(high) and high > low:
        ax.plot([low, high], [y, y], color=INK, lw=1.0, zorder=3)
        ax.plot([low, high], [y, y], "|", color=INK, ms=4, zorder=3)


@in_style
def frontier_figure(found: Found) -> Figure:
    """Return cost against benefit of the best sets, with the chosen one and its simulation."""
    result, fair, chosen = found.result, found.result.fair, found.result.chosen
    cost = np.array([p.cost for p in result.frontier])
    benefit = found.factor * np.array([p.worst if fair else p.benefit for p in result.frontier])
    figure = new_figure(8.4, 4.8)
    ax = figure.add_axes((0.085, 0.2, 0.9, 0.76))
    if cost.size:
        ax.step(cost, benefit, where="post", color=DIM, lw=1.4, zorder=2)
        look: Any = {"ms": 5, "mfc": "white", "mec": INK, "mew": 1.2, "zorder": 3}
        ax.plot(cost, benefit, "o", **look, label=tr("Best set for its cost, number of links"))
        _sizes(ax, result, cost, benefit)
    budget = result.settings.budget
    if budget is not None:
        label = tr("Budget, {cost}", cost=found.price(budget))
        ax.axvline(budget, color=COSTS, lw=1.2, ls="--", zorder=1, label=label)
    if chosen is not None:
        y = found.factor * (chosen.worst if fair else chosen.benefit)
        look = {"ms": 15, "color": BRIGHT, "mec": "white", "zorder": 5}
        ax.plot(chosen.cost, y, "*", **look, label=tr("Chosen set, as predicted"))
        seen = result.confirmation
        if seen is not None:
            off = [
                [found.factor * (seen.simulated - seen.low)],
                [found.factor * (seen.high - seen.simulated)],
            ]
            x = chosen.cost + 0.012 * float(max(cost.max(initial=0.0), chosen.cost))
            label = (
                tr("Chosen set, simulated (all species)") if fair else tr("Chosen set, simulated")
            )
            look = {"fmt": "D", "ms": 6, "color": "#d55e00", "capsize": 4, "lw": 1.5, "zorder": 4}
            ax.errorbar([x], [found.factor * seen.simulated], yerr=off, label=label, **look)
    ax.axhline(0, color=INK, lw=0.8, zorder=1)
    ax.grid(color=RULE, lw=0.7)
    ax.set_axisbelow(True)
    ax.set_xlim(left=0)
    ax.set_xlabel(tr("Cost, {unit}", unit=found.unit))
    ax.set_ylabel(
        tr("Predicted benefit of the species that gains least, {unit}", unit=found.benefit_unit)
        if fair
        else tr("Predicted benefit of the set, {unit}", unit=found.benefit_unit)
    )
    handles, texts = ax.get_legend_handles_labels()
    figure.legend(handles, texts, loc="lower center", ncols=2)
    return figure


def _sizes(ax: Axes, result: Any, cost: Any, benefit: Any) -> None:
    """Write how many links each set holds where there is room for it."""
    reach = (float(np.ptp(cost)) or 1.0, float(np.ptp(benefit)) or 1.0)
    last = None
    for point, x, y in zip(result.frontier, cost, benefit, strict=True):
        here = (x / reach[0], y / reach[1])
        if last is None or np.hypot(here[0] - last[0], here[1] - last[1]) > 0.05:
            place: Any = {"textcoords": "offset points", "ha": "center", "fontsize": 7.5}
            ax.annotate(str(len(point.links)), (x, y), xytext=(0, 7), color=INK, **place)
            last = here


@in_style
def pairs_figure(found: Found) -> Figure:
    """Return the interactions of pairs of links with intervals, a marker a species."""
    seen = found.result.interactions
    assert seen is not None
    strength = np.abs(seen.kept).max(axis=0) * 1e6 + np.abs(seen.estimate).max(axis=0)
    shown = [int(p) for p in np.argsort(-strength, kind="stable")[:MOST_PAIRS]]
    n = len(found.species)
    rank = found.result.ranking.place
    high = len(shown) * max(ROW_IN * 1.25, 0.14 * n + 0.1) + 1.0
    figure = new_figure(WIDE_IN, high)
    wide = _names_in(found) + 0.15
    ax = figure.add_axes((wide / WIDE_IN, 0.62 / high, 1 - (wide + 0.15) / WIDE_IN, 1 - 1.0 / high))
    names = found.names
    labels = []
    for p in shown:
        i, j = sorted((int(v) for v in seen.pairs[p]), key=lambda k: rank[k])
        labels.append(f"{shortened(names[i], LONGEST)}\n+ {shortened(names[j], LONGEST)}")
    row_axes(ax, labels, [bool((np.abs(seen.kept[:, p]) > ROUNDING).any()) for p in shown])
    ax.tick_params(axis="y", labelsize=7.4)
    at = {
        (str(y), key): (s, p)
        for y, p in enumerate(shown)
        for s, key in enumerate(found.result.species)
    }

    def point(row: str, key: str) -> Any:
        i = at[row, key]
        kept = abs(float(seen.kept[i])) > ROUNDING
        return *(found.factor * float(v[i]) for v in (seen.estimate, seen.low, seen.high)), kept

    draw_points(ax, found.species, [str(y) for y in range(len(shown))], point)
    ax.set_xlabel(
        tr(
            "Both together less the sum of each alone, {unit}: left redundancy, right synergy",
            unit=found.benefit_unit,
        ),
        fontsize=8.2,
    )
    species_legend(figure, found.species)
    return figure
