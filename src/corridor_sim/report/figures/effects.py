"""Figures of what scenarios change: points with intervals, and how two factors act together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.languages import tr
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    draw_points,
    dress_rows,
    in_style,
    key_of,
    new_figure,
    panels,
    shortened,
    space,
    species_legend,
    text_in,
    wrapped,
)
from corridor_sim.report.text import numbers as say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.experiment.study import Study
    from corridor_sim.report.compared import Compared
    from corridor_sim.species.traits import Species

ROWS_PER_PAGE = 14
COLUMNS = 3


def pages(names: list[str], size: int = ROWS_PER_PAGE) -> list[list[str]]:
    """Split scenarios into pages of about equal length."""
    n = max(1, -(-len(names) // size))
    each = max(1, -(-len(names) // n))
    return [names[i : i + each] for i in range(0, len(names), each)] or [[]]


@in_style
def effects_figures(found: Compared) -> list[Figure]:
    """Return the pages of the headline effects: panels by outcome, scenarios down."""
    return [_page(found, names) for names in pages(found.names[1:])]


def _page(found: Compared, names: list[str]) -> Figure:
    bands = -(-len(found.headlines) // COLUMNS)
    panel = max(1.3, (0.16 + 0.1 * len(found.species)) * len(names))
    figure = new_figure(11.0, bands * (panel + 0.85) + 0.35)
    axes = panels(figure, len(found.headlines), COLUMNS, sharey=True)
    for ax, outcome in zip(axes, found.headlines, strict=True):
        effects_axes(ax, found, outcome, names)
    extra = []
    if found.n > 1 and len(found.species) <= 5:
        dot = {"marker": "o", "color": FAINT, "ls": "", "ms": 5.5}
        extra = [
            key_of(tr("a change that matters"), **dot),
            key_of(tr("none, or cannot tell yet"), **dot, mfc="white"),
        ]
    species_legend(figure, found.species, extra)
    space(figure, 0.62, 0.45, left=0.195, right=0.985, wspace=0.09, hspace=0.85 / panel)
    return figure


@in_style
def single_axes(found: Compared) -> Axes:
    """Return the axes of a new figure with room for every scenario's name."""
    figure = new_figure(6.4, 1.2 + (0.16 + 0.1 * len(found.species)) * len(found.names))
    return figure.add_axes((0.36, 0.2, 0.6, 0.68))


@in_style
def effects_axes(ax: Axes, found: Compared, outcome: str, names: list[str] | None = None) -> Axes:
    """Draw the differences of one outcome by scenario and species, with intervals, into axes.

    Parameters
    ----------
    ax : Axes
    found : Compared
    outcome : str
        One of ``found.outcomes``.
    names : list of str, optional
        Scenarios, from above; by default all but the first.
    """
    names = found.names[1:] if names is None else names
    table = found.outcomes[outcome]
    rows = {at[:2]: r for at, r in found.effects.items() if at[2] == outcome}
    at = {k: (*say.on_scale(table, r), say.matters(r) or found.n < 2) for k, r in rows.items()}
    left, right = _ends(np.array([one[:3] for one in at.values()]), found.far_ends)
    ax.axvline(0, color=INK, lw=0.9, zorder=1)
    for y in range(0, len(names), 2):
        ax.axhspan(y - 0.5, y + 0.5, color="#f4f6f7", zorder=0, lw=0)
    draw_points(
        ax,
        found.species,
        names,
        lambda name, key: at.get((name, key)),
        apart=0.8,
        ends=(left, right),
    )
    if not any(np.isfinite(one[0]) for one in at.values()):
        text_in(ax, tr("not known"), color=FAINT)
    scale = table.scale
    unit = tr(scale.difference_unit) or tr("difference on a scale from 0 to 1")
    if table.relative:
        unit = tr("% of reference")
    dress_rows(ax, names, say.label(table), unit)
    ax.set_yticks(range(len(names)), [_label(found, name) for name in names])
    ax.xaxis.labelpad = 1
    ax.set_xlim(left, right)
    ax.spines["left"].set_visible(False)
    return ax


def _label(found: Compared, name: str) -> str:
    against = found.against(name)
    more = ""
    if against != found.first:
        other = wrapped(shortened(say.named(against), 40), 22)
        more = "\n" + tr("against {scenario}", scenario=other)
    return wrapped(shortened(say.named(name), 60), 28) + more


def _ends(
    table: np.ndarray[tuple[int, ...], np.dtype[np.float64]], far: float
) -> tuple[float, float]:
    """Ends of a panel: wide enough for every point and most intervals, zero always inside."""
    known = table[np.isfinite(table[:, 0])] if table.size else table
    if not known.size:
        return -1.0, 1.0
    most = float(np.abs(known[:, 0]).max())
    low, high = 1.4 * min(known[:, 0].min(), 0.0), 1.4 * max(known[:, 0].max(), 0.0)
    known = known[np.isfinite(known).all(axis=1)]
    if len(known):
        low = min(low, float(np.quantile(known[:, 1], far)))
        high = max(high, float(np.quantile(known[:, 2], 1 - far)))
    if low == high:
        low, high = -1.0, 1.0
    room = 0.06 * (high - low)
    # never so wide that points fall into one
    wide = 60 * most if most else high - low
    return max(low - room, -wide - room), min(high + room, wide + room)


def two_factors(study: Study) -> tuple[str, list[str], str, list[str]] | None:
    """Return the first two factors with several levels, with their levels in order, or None."""
    levels: dict[str, list[str]] = {}
    for resolved in study.scenarios:
        for factor, level in resolved.levels:
            if factor != "beside" and level not in levels.setdefault(factor, []):
                levels[factor].append(level)
    several = [f for f, ls in levels.items() if len(ls) > 1]
    if len(several) < 2:
        return None
    a, b = several[:2]
    return a, levels[a], b, levels[b]


def crossed(study: Study) -> dict[tuple[str, str], str]:
    """Return scenario names by the levels of the two factors, all others at their first level."""
    found = two_factors(study)
    if found is None:
        return {}
    a, _, b, _ = found
    first = dict(study.scenarios[0].levels)
    cells: dict[tuple[str, str], str] = {}
    for resolved in study.scenarios:
        at = dict(resolved.levels)
        if "beside" in at or any(at[f] != first[f] for f in at if f not in (a, b)):
            continue
        cells[at[a], at[b]] = resolved.name
    return cells


# inches that the longest title of an outcome takes
TITLE_W = 3.6
INTERACTION = ("joining_per_year", "eca_km2", "home_range_quality", "mortality_per_year")


@in_style
def interaction_figures(compared: Compared) -> list[Figure]:
    """Return heat tables, outcome by species, as many species a figure as fit its width.

    Colour is the change in per cent of the baseline, pale where it may not matter. Without two
    crossed factors there is no figure.
    """
    factors = two_factors(compared.study)
    if factors is None:
        return []
    each = max(1, int(10.0 / max(0.62 * len(factors[3]), 1.95)))
    groups = [compared.species[i : i + each] for i in range(0, len(compared.species), each)]
    return [_interaction_page(compared, g, factors[1], factors[3]) for g in groups]


def _interaction_page(
    compared: Compared, species: list[Species], rows_a: list[str], rows_b: list[str]
) -> Figure:
    cells = crossed(compared.study)
    rows = compared.effects
    side_w, side_h = max(0.62 * len(rows_b), 1.95), 0.34 * len(rows_a)
    left, top, gap_w, gap_h = 1.35, 0.62, 0.16, 0.5
    # one narrow table leaves room for its title all the same
    fig_w = left + max(len(species) * (side_w + gap_w), TITLE_W)
    fig_h = top + len(INTERACTION) * (side_h + gap_h)
    figure = new_figure(fig_w, fig_h)
    for i, name in enumerate(INTERACTION):
        changes = {
            (one.key, at): (100 * row["relative"], say.matters(row))
            for one in species
            for at, scenario in cells.items()
            if (row := rows.get((scenario, one.key, name))) is not None
        }
        most = max((abs(c) for c, _ in changes.values() if np.isfinite(c)), default=0.0) or 1.0
        for j, one in enumerate(species):
            box = (left + j * (side_w + gap_w), top + i * (side_h + gap_h) + side_h)
            ax = figure.add_axes(
                (box[0] / fig_w, 1 - box[1] / fig_h, side_w / fig_w, side_h / fig_h)
            )
            grid = [[changes.get((one.key, (a, b))) for b in rows_b] for a in rows_a]
            base = cells.get((rows_a[0], rows_b[0])) == compared.first
            _heat(ax, grid, most, compared.outcomes[name].better == "less", base)
            if j == 0:
                ax.set_yticks(np.arange(len(rows_a)), [wrapped(say.named(a), 18) for a in rows_a])
                ax.set_title(
                    tr("{outcome} (% of baseline)", outcome=say.label(compared.outcomes[name])),
                    fontsize=8.5,
                    pad=4,
                    loc="left",
                )
            if i == len(INTERACTION) - 1:
                ax.set_xticks(np.arange(len(rows_b)), [wrapped(say.named(b), 11) for b in rows_b])
            if i == 0:
                place = (box[0] / fig_w, 1 - 0.12 / fig_h)
                figure.text(
                    *place, wrapped(one.common_name, 26), va="top", fontweight="bold", fontsize=9.5
                )
    return figure


def _heat(
    ax: Axes,
    grid: list[list[tuple[float, bool] | None]],
    most: float,
    less_is_better: bool,
    base_first: bool,
) -> None:
    """Draw one heat table: purple is better for the species, orange worse; pale may not matter."""
    from matplotlib import colormaps

    palette = colormaps["PuOr"]
    good = -1.0 if less_is_better else 1.0
    colours = np.full((len(grid), len(grid[0]), 3), 0.94)
    for r, line in enumerate(grid):
        for c, entry in enumerate(line):
            change, sure = entry if entry is not None else (float("nan"), False)
            is_base = base_first and (r, c) == (0, 0)
            text = tr("baseline") if is_base else say.number(change, sign=True)
            level = 0.0
            if np.isfinite(change):
                level = good * change / most * (1.0 if sure else 0.3)
                colours[r, c] = palette(0.5 + 0.42 * level)[:3]
            ax.text(
                c,
                r,
                text,
                ha="center",
                va="center",
                fontweight="bold" if sure else "normal",
                color="white" if abs(level) > 0.72 else INK,
                fontsize=6.8 if is_base else 8,
            )
    ax.imshow(colours, aspect="auto", interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.tick_params(length=0, labelsize=7.3)
    for side in ax.spines.values():
        side.set_visible(False)
    for edge in range(1, len(grid[0])):
        ax.axvline(edge - 0.5, color="white", lw=1.6)
    for edge in range(1, len(grid)):
        ax.axhline(edge - 0.5, color="white", lw=1.6)
