"""Figures of effects: points with intervals, the factors' interaction, causes of death, heights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import CAUSES
from corridor_sim.metrics.outcomes import OUTCOMES
from corridor_sim.views import numbers as say
from corridor_sim.views.drawing import (
    CAUSE_COLOURS,
    FAINT,
    INK,
    MARKERS,
    RULE,
    new_figure,
    png,
    style,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.species.traits import Species
    from corridor_sim.study.compare import Comparison
    from corridor_sim.study.execute import Study

ROWS_PER_PAGE = 14
COLUMNS = 3


def table_of(frame: pd.DataFrame) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the rows of effects or summary by (scenario, species, outcome)."""
    records = frame.to_dict("records")
    return {(r["scenario"], r["species"], r["outcome"]): r for r in records}  # type: ignore[misc]


def on_scale(name: str, row: dict[str, Any]) -> tuple[float, float, float]:
    """Return difference, low and high as plotted: per cent of the reference, points or units."""
    if name in say.RELATIVE:
        base = row["baseline"]
        factor = 100.0 / base if base else float("nan")
    else:
        factor = say.scale_of(name).factor
    return row["difference"] * factor, row["low"] * factor, row["high"] * factor


def axis_label(name: str) -> str:
    """Return what the axis of differences counts."""
    if name in say.RELATIVE:
        return "% of reference"
    unit = say.scale_of(name).difference_unit
    return unit or "difference"


def pages(names: list[str], size: int = ROWS_PER_PAGE) -> list[list[str]]:
    """Split scenarios into pages of about equal length."""
    n = max(1, -(-len(names) // size))
    each = -(-len(names) // n)
    return [names[i : i + each] for i in range(0, len(names), each)] or [[]]


def effects_figures(comparison: Comparison, study: Study) -> list[bytes]:
    """Return the PNG pages of the headline effects: outcome panels, scenarios down, species apart."""
    from matplotlib import rc_context

    names = list(dict.fromkeys(comparison.effects["scenario"]))
    rows = table_of(comparison.effects)
    limits = {name: _limit(name, rows) for name in say.HEADLINES}
    with rc_context(style()):
        return [_effects_page(page, rows, limits, study) for page in pages(names)]


def _limit(name: str, rows: dict[tuple[str, str, str], dict[str, Any]]) -> float:
    """Half width of a panel: wide enough for every point, not for every interval."""
    points, ends = [], []
    for (_, _, outcome), row in rows.items():
        if outcome == name:
            d, low, high = on_scale(name, row)
            points.append(abs(d))
            ends.append(max(abs(low), abs(high)))
    found = np.array(points)[np.isfinite(points)]
    wide = np.array(ends)[np.isfinite(ends)]
    if found.size == 0 or found.max() == 0:
        return 1.0
    most = float(wide.max()) if wide.size else float(found.max())
    return 1.08 * min(most, max(1.35 * float(found.max()), float(np.quantile(wide, 0.9))
                                if wide.size else 0.0))  # fmt: skip


def _effects_page(
    names: list[str],
    rows: dict[tuple[str, str, str], dict[str, Any]],
    limits: dict[str, float],
    study: Study,
) -> bytes:
    species = study.species
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
        ax = figure.add_axes(((left + column * (width + gap)) / 11.0, bottom / height,
                              width / 11.0, panel / height))  # fmt: skip
        _effects_panel(ax, name, names, rows, species, limits[name])
        ax.set_yticks(range(len(names)))
        ax.set_yticklabels([wrapped(n, 30) for n in names] if column == 0 else [])
    _species_legend(figure, species)
    return png(figure)


def _species_legend(figure: Figure, species: list[Species]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=MARKERS[i % len(MARKERS)], color=s.colour, lw=1.4, ms=5.5,
               label=s.name)
        for i, s in enumerate(species)
    ]  # fmt: skip
    if len(species) <= 5:
        handles += [
            Line2D([], [], marker="o", color=FAINT, ls="", ms=5.5, label="clear"),
            Line2D([], [], marker="o", color=FAINT, mfc="white", ls="", ms=5.5,
                   label="interval holds zero"),
        ]  # fmt: skip
    figure.legend(handles=handles, loc="upper left", ncols=min(len(handles), 7),
                  bbox_to_anchor=(0.0, 1.0), columnspacing=1.4, handletextpad=0.5)  # fmt: skip


def _effects_panel(
    ax: Axes,
    name: str,
    names: list[str],
    rows: dict[tuple[str, str, str], dict[str, Any]],
    species: list[Species],
    limit: float,
) -> None:
    ax.axvline(0, color=INK, lw=0.9, zorder=1)
    for y in range(len(names)):
        if y % 2 == 0:
            ax.axhspan(y - 0.5, y + 0.5, color="#f4f6f7", zorder=0, lw=0)
    for j, one in enumerate(species):
        offset = (j - (len(species) - 1) / 2) * 0.8 / max(len(species), 1)
        for y, scenario in enumerate(names):
            row = rows.get((scenario, one.key, name))
            if row is None:
                continue
            d, low, high = on_scale(name, row)
            if not np.isfinite(d):
                continue
            at = y + offset
            if np.isfinite(low) and np.isfinite(high):
                ax.plot([max(low, -limit), min(high, limit)], [at, at], color=one.colour, lw=1.4,
                        zorder=2, solid_capstyle="butt")  # fmt: skip
                for end, mark in ((low, "<"), (high, ">")):
                    if abs(end) > limit:
                        ax.plot(np.sign(end) * limit * 0.985, at, mark, color=one.colour, ms=3.2,
                                zorder=3)  # fmt: skip
            ax.plot(d, at, MARKERS[j % len(MARKERS)], ms=4.6, mec=one.colour, mew=1.1, zorder=4,
                    mfc=one.colour if row["clear"] else "white")  # fmt: skip
    ax.set_xlim(-limit, limit)
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


def interaction_figure(comparison: Comparison, study: Study) -> bytes | None:
    """Return the PNG of heat tables, outcome by species, or None without two crossed factors.

    Colour is the change in per cent of the baseline; a bold number is clear.
    """
    from matplotlib import colormaps, rc_context

    found = two_factors(study)
    if found is None:
        return None
    _, rows_a, _, rows_b = found
    cells = crossed(study)
    rows = table_of(comparison.effects)
    species = study.species
    n, m = len(INTERACTION), len(species)
    side_w, side_h = max(0.62, 1.95 / len(rows_b)) * len(rows_b), 0.34 * len(rows_a)
    left, top = 1.35, 0.62
    fig_w, fig_h = left + m * (side_w + 0.16), top + n * (side_h + 0.5) + 0.42
    base_name = study.scenarios[0].name
    with rc_context(style()):
        figure = new_figure(fig_w, fig_h)
        for i, name in enumerate(INTERACTION):
            changes = {}
            for one in species:
                for at, scenario in cells.items():
                    row = rows.get((scenario, one.key, name))
                    if row is not None:
                        changes[one.key, at] = (100 * row["relative"], bool(row["clear"]))
            sizes = [abs(c) for c, _ in changes.values() if np.isfinite(c)]
            most = max(sizes, default=0.0) or 1.0
            good = 1.0 if OUTCOMES[name].better != "less" else -1.0
            for j, one in enumerate(species):
                ax = figure.add_axes((
                    (left + j * (side_w + 0.16)) / fig_w,
                    1 - (top + i * (side_h + 0.5) + side_h) / fig_h,
                    side_w / fig_w, side_h / fig_h,
                ))  # fmt: skip
                for r, level_a in enumerate(rows_a):
                    for c, level_b in enumerate(rows_b):
                        at = (level_a, level_b)
                        change, clear = changes.get((one.key, at), (float("nan"), False))
                        is_base = cells.get(at) == base_name
                        shade: Any = "#eef1f2"
                        if np.isfinite(change):
                            # purple is better, orange worse, whichever way the number goes
                            shade = colormaps["PuOr"](0.5 + 0.36 * good * change / most)
                        ax.axvspan(0, 0, color="none")
                        _cell(ax, r, c, shade, "baseline" if is_base else
                              say.number(change, 0, sign=True), clear)  # fmt: skip
                ax.set_xlim(0, len(rows_b))
                ax.set_ylim(len(rows_a), 0)
                ax.set_xticks([])
                ax.set_yticks(np.arange(len(rows_a)) + 0.5)
                ax.set_yticklabels([wrapped(a, 18) for a in rows_a] if j == 0 else [], fontsize=7.5)
                ax.tick_params(length=0)
                for spine in ax.spines.values():
                    spine.set_visible(False)
                if j == 0:
                    ax.set_title(f"{OUTCOMES[name].label} (% of baseline)", fontsize=8.5, pad=4)
                if i == n - 1:
                    ax.set_xticks(np.arange(len(rows_b)) + 0.5)
                    ax.set_xticklabels([wrapped(b, 11) for b in rows_b], fontsize=7.2)
                if i == 0:
                    figure.text((left + j * (side_w + 0.16)) / fig_w, 1 - 0.12 / fig_h, one.name,
                                fontweight="bold", color=INK, fontsize=9.5, va="top")  # fmt: skip
        return png(figure)


def _cell(ax: Axes, r: int, c: int, shade: Any, text: str, clear: bool) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((c, r), 1, 1, fc=shade, ec="white", lw=1.5))
    ax.text(c + 0.5, r + 0.5, text, ha="center", va="center", color=INK,
            fontsize=6.8 if text == "baseline" else 8, fontweight="bold" if clear else "normal")  # fmt: skip


def mortality_figure(comparison: Comparison, study: Study) -> bytes:
    """Return the PNG of residents' deaths per animal-year by cause: stacked bars, a panel a species."""
    from matplotlib import rc_context
    from matplotlib.patches import Patch

    rows = table_of(comparison.summary)
    names = [s.name for s in study.scenarios]
    species = study.species
    with rc_context(style()):
        columns = min(len(species), 4)
        bands = -(-len(species) // columns)
        panel = 0.5 + 0.22 * len(names)
        figure = new_figure(11.0, bands * (panel + 0.75) + 0.3)
        axes = figure.subplots(bands, columns, squeeze=False, sharey=True)
        for ax in axes.flat[len(species) :]:
            ax.set_visible(False)
        for ax, one in zip(axes.flat, species, strict=False):
            left = np.zeros(len(names))
            for i, cause in enumerate(CAUSES):
                rate = np.array(
                    [rows[n, one.key, f"mortality_{cause}_per_year"]["mean"] for n in names]
                )
                rate = np.nan_to_num(rate)
                ax.barh(range(len(names)), rate, left=left, height=0.72, color=CAUSE_COLOURS[i])
                left += rate
            for y, n in enumerate(names):
                total = rows[n, one.key, "mortality_per_year"]
                if np.isfinite(total["low"]) and np.isfinite(total["high"]):
                    ax.plot([total["low"], total["high"]], [y, y], color=INK, lw=1.1)
            ax.set_title(one.name, fontsize=9)
            ax.set_xlabel("deaths per animal-year", fontsize=8)
            ax.set_xlim(left=0)
            ax.set_yticks(range(len(names)), [wrapped(n, 30) for n in names])
            ax.tick_params(axis="y", length=0)
            ax.grid(axis="x", color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        axes.flat[0].invert_yaxis()
        handles = [Patch(fc=CAUSE_COLOURS[i], label=c.capitalize()) for i, c in enumerate(CAUSES)]
        figure.legend(handles=handles, loc="upper left", ncols=len(CAUSES))
        height = figure.get_figheight()
        figure.subplots_adjust(left=0.2, right=0.99, top=1 - 0.55 / height, bottom=0.45 / height,
                               wspace=0.12, hspace=0.5)  # fmt: skip
        return png(figure)


def heights_figure(
    use: dict[tuple[str, str], NDArray[np.float32]],
    chosen: list[tuple[str, str]],
    study: Study,
) -> bytes:
    """Return the PNG of use by elevation, a panel a species.

    Parameters
    ----------
    use : mapping of (scenario, species) to float32 ``[height, width]``
        Animals per 100 km².
    chosen : list of (scenario, colour)
        The reference first, drawn filled.
    """
    from matplotlib import rc_context

    z = study.land["elevation_m"].reshape(-1).astype(np.float64)
    low, high = float(z.min()), float(z.max())
    width = 100.0 if high - low > 500 else max((high - low) / 20, 1.0)
    edges = np.arange(np.floor(low / width), np.floor(high / width) + 2) * width
    centres = (edges[1:] + edges[:-1]) / 2
    with rc_context(style()):
        columns = min(len(study.species), 4)
        bands = -(-len(study.species) // columns)
        figure = new_figure(11.0, bands * 2.9 + 0.4)
        axes = figure.subplots(bands, columns, squeeze=False)
        for ax in axes.flat[len(study.species) :]:
            ax.set_visible(False)
        handles: list[Any] = []
        for ax, one in zip(axes.flat, study.species, strict=False):
            handles = []
            base_total = float(use[chosen[0][0], one.key].sum(dtype=np.float64)) or 1.0
            for i, (scenario, colour) in enumerate(chosen):
                weight = use[scenario, one.key].reshape(-1).astype(np.float64)
                share = 100 * np.histogram(z, edges, weights=weight)[0] / base_total
                if i == 0:
                    handles.append(ax.fill_betweenx(centres, share, color=colour, lw=0,
                                                    label=scenario))  # fmt: skip
                else:
                    handles += ax.plot(share, centres, color=colour, lw=1.6, label=scenario,
                                       ls=("-", "--", ":")[(i - 1) % 3])  # fmt: skip
            ax.set_title(one.name, fontsize=9)
            ax.set_xlim(left=0)
            ax.set_xlabel(f"% of animals per {width:g} m", fontsize=8)
            ax.grid(color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        for band in axes:
            band[0].set_ylabel("Elevation (m)", fontsize=8)
        figure.legend(handles=handles, labels=[wrapped(s, 40) for s, _ in chosen],
                      loc="upper left", ncols=len(chosen))  # fmt: skip
        height = figure.get_figheight()
        figure.subplots_adjust(left=0.065, right=0.99, top=1 - 0.6 / height, bottom=0.5 / height,
                               wspace=0.25, hspace=0.45)  # fmt: skip
        return png(figure)
