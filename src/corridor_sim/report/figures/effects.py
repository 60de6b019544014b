"""Figures of effects: points with intervals, the factors' interaction, causes of death, heights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    MARKERS,
    RULE,
    Drawn,
    drawn,
    new_figure,
    styled,
    wrapped,
)
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import Row, records
from corridor_sim.simulation.days.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.comparison.days import Comparison
    from corridor_sim.experiment.study import Study
    from corridor_sim.species.traits import Species

ROWS_PER_PAGE = 14
COLUMNS = 3


def table_of(frame: pd.DataFrame) -> dict[tuple[str, str, str], Row]:
    """Return the rows of effects or summary by (scenario, species, outcome)."""
    return {(r["scenario"], r["species"], r["outcome"]): r for r in records(frame)}


def on_scale(name: str, row: Row) -> tuple[float, float, float]:
    """Return difference, low and high as plotted: per cent of the reference, points or units."""
    if name in say.RELATIVE:
        return say.relative(row)
    factor = say.scale_of(name).factor
    return row["difference"] * factor, row["low"] * factor, row["high"] * factor


def axis_label(name: str) -> str:
    """Return what the axis of differences counts."""
    if name in say.RELATIVE:
        return "% of reference"
    unit = say.scale_of(name).difference_unit
    return unit or "difference on a scale from 0 to 1"


def pages(names: list[str], size: int = ROWS_PER_PAGE) -> list[list[str]]:
    """Split scenarios into pages of about equal length."""
    n = max(1, -(-len(names) // size))
    each = max(1, -(-len(names) // n))
    return [names[i : i + each] for i in range(0, len(names), each)] or [[]]


def effects_figures(comparison: Comparison, study: Study) -> list[Drawn]:
    """Return the pages of the headline effects: panels by outcome, scenarios down."""

    names = list(dict.fromkeys(comparison.effects["scenario"]))
    rows = table_of(comparison.effects)
    limits = {name: _limits(name, rows) for name in say.HEADLINES}
    with styled():
        return [_effects_page(page, rows, limits, study) for page in pages(names)]


def _limits(name: str, rows: dict[tuple[str, str, str], Row]) -> tuple[float, float]:
    """Ends of a panel: wide enough for every point and most intervals, zero always inside."""
    found = np.array([on_scale(name, r) for (_, _, outcome), r in rows.items() if outcome == name])
    found = found[np.isfinite(found).all(axis=1)] if len(found) else found
    if not len(found) or not np.abs(found).max():
        shown = np.array([on_scale(name, r)[0] for (*_, o), r in rows.items() if o == name])
        shown = np.abs(shown[np.isfinite(shown)])
        most = float(shown.max()) if shown.size and shown.max() > 0 else 1.0
        return -1.1 * most, 1.1 * most
    low = min(1.4 * found[:, 0].min(), float(np.quantile(found[:, 1], 0.08)), 0.0)
    high = max(1.4 * found[:, 0].max(), float(np.quantile(found[:, 2], 0.92)), 0.0)
    room = 0.06 * (high - low)
    return low - room, high + room


def _effects_page(
    names: list[str],
    rows: dict[tuple[str, str, str], Row],
    limits: dict[str, tuple[float, float]],
    study: Study,
) -> Drawn:
    species = study.species
    against = {r["scenario"]: r["against"] for r in rows.values()}
    first = study.scenarios[0].name
    labels = [
        wrapped(n, 30)
        + (f"\nagainst {wrapped(a, 22)}" if (a := against.get(n, first)) != first else "")
        for n in names
    ]
    bands = -(-len(say.HEADLINES) // COLUMNS)
    per_row = 0.16 + 0.1 * len(species)
    panel = max(1.3, per_row * len(names))
    figure = new_figure(11.0, bands * (panel + 0.85) + 0.35)
    height = figure.get_figheight()
    left, gap = 2.15, 0.22
    width = (11.0 - left - 0.1 - gap * (COLUMNS - 1)) / COLUMNS
    for i, name in enumerate(say.HEADLINES):
        band, column = divmod(i, COLUMNS)
        bottom = height - 0.62 - panel - band * (panel + 0.85)
        ax = figure.add_axes(
            ((left + column * (width + gap)) / 11.0, bottom / height, width / 11.0, panel / height)
        )
        _effects_panel(ax, name, names, rows, species, limits[name])
        ax.set_yticks(range(len(names)))
        ax.set_yticklabels(labels if column == 0 else [])
    _species_legend(figure, species, any(np.isfinite(r["low"]) for r in rows.values()))
    return drawn(figure)


def _species_legend(figure: Figure, species: list[Species], intervals: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], marker=MARKERS[i % len(MARKERS)], color=s.colour, lw=1.4, ms=5.5, label=s.name
        )
        for i, s in enumerate(species)
    ]
    if intervals and len(species) <= 5:
        handles += [
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
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=min(len(handles), 7),
        bbox_to_anchor=(0.0, 1.0),
        columnspacing=1.4,
        handletextpad=0.5,
    )


def _effects_panel(
    ax: Axes,
    name: str,
    names: list[str],
    rows: dict[tuple[str, str, str], Row],
    species: list[Species],
    limits: tuple[float, float],
) -> None:
    from matplotlib.collections import LineCollection

    ax.axvline(0, color=INK, lw=0.9, zorder=1)
    for y in range(len(names)):
        if y % 2 == 0:
            ax.axhspan(y - 0.5, y + 0.5, color="#f4f6f7", zorder=0, lw=0)
    left, right = limits
    for j, one in enumerate(species):
        offset = (j - (len(species) - 1) / 2) * 0.8 / max(len(species), 1)
        lines, points, filled = [], [], []
        for y, scenario in enumerate(names):
            row = rows.get((scenario, one.key, name))
            if row is None:
                continue
            d, low, high = on_scale(name, row)
            if not np.isfinite(d):
                continue
            points.append((d, y + offset))
            filled.append(one.colour if row["clear"] else "white")
            if not (np.isfinite(low) and np.isfinite(high)):
                continue
            lines.append([(max(low, left), y + offset), (min(high, right), y + offset)])
            if low < left:
                ax.plot(left, y + offset, "<", color=one.colour, ms=3.4, clip_on=False)
            if high > right:
                ax.plot(right, y + offset, ">", color=one.colour, ms=3.4, clip_on=False)
        if not points:
            continue
        ax.add_collection(LineCollection(lines, colors=one.colour, linewidths=1.4, zorder=2))
        xy = np.array(points)
        ax.scatter(
            xy[:, 0],
            xy[:, 1],
            s=22,
            marker=MARKERS[j % len(MARKERS)],
            c=filled,
            edgecolors=one.colour,
            linewidths=1.1,
            zorder=4,
        )
    ax.set_xlim(left, right)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_title(wrapped(OUTCOMES[name].label, 36), fontsize=9)
    ax.set_xlabel(axis_label(name), fontsize=8, labelpad=1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)


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


INTERACTION = ("eca_km2", "dispersal_flux", "home_range_quality", "mortality_per_year")


def interaction_figures(comparison: Comparison, study: Study) -> list[Drawn]:
    """Return heat tables, outcome by species, as many species a figure as fit its width.

    Colour is the change in per cent of the baseline, pale where it is not clear. Without two
    crossed factors there is no figure.
    """
    found = two_factors(study)
    if found is None:
        return []
    each = max(1, int(10.0 / max(0.62 * len(found[3]), 1.95)))
    groups = [study.species[i : i + each] for i in range(0, len(study.species), each)]
    return [_interaction_page(comparison, study, g, found[1], found[3]) for g in groups]


def _interaction_page(
    comparison: Comparison,
    study: Study,
    species: list[Species],
    rows_a: list[str],
    rows_b: list[str],
) -> Drawn:
    cells = crossed(study)
    rows = table_of(comparison.effects)
    side_w, side_h = max(0.62 * len(rows_b), 1.95), 0.34 * len(rows_a)
    left, top, gap_w, gap_h = 1.35, 0.62, 0.16, 0.5
    fig_w = left + len(species) * (side_w + gap_w)
    fig_h = top + len(INTERACTION) * (side_h + gap_h)
    with styled():
        figure = new_figure(fig_w, fig_h)
        for i, name in enumerate(INTERACTION):
            changes = {
                (one.key, at): (100 * row["relative"], bool(row["clear"]))
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
                base = cells.get((rows_a[0], rows_b[0])) == study.scenarios[0].name
                _heat(ax, grid, most, OUTCOMES[name].better == "less", base)
                if j == 0:
                    ax.set_yticks(np.arange(len(rows_a)), [wrapped(a, 18) for a in rows_a])
                    ax.set_title(f"{OUTCOMES[name].label} (% of baseline)", fontsize=8.5, pad=4)
                if i == len(INTERACTION) - 1:
                    ax.set_xticks(np.arange(len(rows_b)), [wrapped(b, 11) for b in rows_b])
                if i == 0:
                    figure.text(
                        box[0] / fig_w,
                        1 - 0.12 / fig_h,
                        wrapped(one.name, 26),
                        va="top",
                        fontweight="bold",
                        fontsize=9.5,
                    )
        return drawn(figure)


def _heat(
    ax: Axes,
    grid: list[list[tuple[float, bool] | None]],
    most: float,
    less_is_better: bool,
    base_first: bool,
) -> None:
    """Draw one heat table: purple is better for the species, orange worse; unclear cells pale."""
    from matplotlib import colormaps

    palette = colormaps["PuOr"]
    good = -1.0 if less_is_better else 1.0
    colours = np.full((len(grid), len(grid[0]), 3), 0.94)
    for r, line in enumerate(grid):
        for c, entry in enumerate(line):
            change, clear = entry if entry is not None else (float("nan"), False)
            text = "baseline" if base_first and (r, c) == (0, 0) else say.number(change, sign=True)
            level = 0.0
            if np.isfinite(change):
                level = good * change / most * (1.0 if clear else 0.3)
                colours[r, c] = palette(0.5 + 0.42 * level)[:3]
            ax.text(
                c,
                r,
                text,
                ha="center",
                va="center",
                fontweight="bold" if clear else "normal",
                color="white" if abs(level) > 0.72 else INK,
                fontsize=6.8 if text == "baseline" else 8,
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
