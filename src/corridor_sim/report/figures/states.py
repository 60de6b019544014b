"""Figures of how animals fare: births, deaths, elevations, searches, risk, genes, land covers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import CAUSES
from corridor_sim.landscape.covers import Cover, CoverTable
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.compared import Compared, ComparedDays, ComparedDecades, records
from corridor_sim.report.figures.drawing import (
    CAUSE_COLOURS,
    FAINT,
    INK,
    RULE,
    draw_points,
    dress_rows,
    in_style,
    key_of,
    new_figure,
    panels,
    space,
    species_legend,
    text_in,
    wrapped,
)
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.decades.census import DEATHS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES, RISK_YEARS
from corridor_sim.statistics.intervals import Support, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.experiment.study import Study

MOST_BARS = 14
FATES = (
    ("settled", mark("Found a first home"), "#0072b2"),
    ("settled_again", mark("Found another home"), "#56b4e9"),
    ("died", mark("Died searching"), "#d55e00"),
    ("searching", mark("Still searching at the end"), "#cfd6da"),
)
GENES = {
    "gene_diversity_kept": mark("% of the expected heterozygosity at the start"),
    "effective_size": mark("Ne, animals (logarithmic)"),
    "fst": mark("F_ST at the end, 0 = one population"),
    "inbreeding": mark("probability that both copies of a locus descend from one"),
}


def _bars(
    found: Compared,
    names: Sequence[str],
    columns: int,
    unit: str,
    labels: Sequence[tuple[str, str]],
    draw: Callable[[Axes, str, int, str], None],
    more: Sequence[Any] = (),
) -> Figure:
    """Make a panel a species with a bar a scenario, and a legend of the bars' parts.

    ``draw`` gets axes, key of the species, row and scenario; ``labels`` are words and colours.
    """
    from matplotlib.patches import Patch

    columns = min(columns, len(found.species))
    bands = -(-len(found.species) // columns)
    panel = 0.35 + 0.3 * len(names)
    figure = new_figure(11.0, bands * (panel + 0.75) + 0.35)
    axes = panels(figure, len(found.species), columns, sharey=True)
    for ax, one in zip(axes, found.species, strict=True):
        for y, name in enumerate(names):
            draw(ax, one.key, y, name)
        # only now: a limit that is set holds for bars that are drawn later
        ax.set_xlim(left=0)
        dress_rows(ax, names, one.common_name, unit, 0.6)
    handles = [*(Patch(fc=colour, label=label) for label, colour in labels), *more]
    figure.legend(handles=handles, loc="upper left", ncols=len(handles))
    space(figure, 0.6, left=0.185, right=0.975, wspace=0.08, hspace=0.75 / panel)
    return figure


def _causes(causes: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for cause, colour in zip(causes, CAUSE_COLOURS, strict=False):
        word = tr(cause)
        found.append((word[:1].upper() + word[1:], colour))
    return found


def _stack(ax: Axes, y: float, parts: Sequence[float], high: float) -> None:
    """Draw parts end to end, in the colours of the causes of death."""
    left = 0.0
    for part, colour in zip(np.nan_to_num(parts), CAUSE_COLOURS, strict=False):
        ax.barh(y, part, left=left, height=high, color=colour)
        left += part


@in_style
def mortality_figure(found: ComparedDays) -> Figure:
    """Return the figure of residents' deaths per animal-year by cause, a panel a species."""

    def bar(ax: Axes, key: str, y: int, name: str) -> None:
        rates = [found.summary[name, key, f"mortality_{c}_per_year"]["mean"] for c in CAUSES]
        _stack(ax, y, rates, 0.72)
        total = found.summary[name, key, "mortality_per_year"]
        if np.isfinite(total["low"]) and np.isfinite(total["high"]):
            ax.plot([total["low"], total["high"]], [y, y], color=INK, lw=1.1)

    return _bars(found, found.names, 4, tr("deaths per animal-year"), _causes(CAUSES), bar)


@in_style
def heights_figure(
    use: Callable[[str, str], NDArray[np.float32]], chosen: list[tuple[str, str]], study: Study
) -> Figure:
    """Return the figure of use by elevation, a panel a species.

    Parameters
    ----------
    use : callable
        Returns animals per 100 km² by scenario and species, float32 ``[height, width]``.
    chosen : list of (scenario, colour)
        The reference first, drawn filled.
    """

    z = study.land["elevation_m"].reshape(-1)
    low, high = float(z.min()), float(z.max())
    width = 100.0 if high - low > 500 else max((high - low) / 20, 1.0)
    edges = np.arange(np.floor(low / width), np.floor(high / width) + 2) * width
    centres = (edges[1:] + edges[:-1]) / 2
    columns = min(len(study.species), 4)
    bands = -(-len(study.species) // columns)
    figure = new_figure(11.0, bands * 2.9 + 0.4)
    axes = panels(figure, len(study.species), columns)
    handles: list[Any] = []
    for ax, one in zip(axes, study.species, strict=True):
        handles = []
        base_total = 1.0
        for i, (scenario, colour) in enumerate(chosen):
            found = use(scenario, one.key).reshape(-1)
            used = np.flatnonzero(found)
            weight = found[used].astype(np.float64)
            at = z[used].astype(np.float64)
            if i == 0:
                base_total = float(weight.sum()) or 1.0
            share = 100 * np.histogram(at, edges, weights=weight)[0] / base_total
            if i == 0:
                handles.append(
                    ax.fill_betweenx(centres, share, color=colour, lw=0, label=say.named(scenario))
                )
            else:
                handles += ax.plot(
                    share,
                    centres,
                    color=colour,
                    lw=1.6,
                    label=say.named(scenario),
                    ls=("-", "--", ":")[(i - 1) % 3],
                )
        ax.set_title(one.common_name, fontsize=9)
        ax.set_xlim(left=0)
        ax.set_xlabel(tr("% of animals per {m} m", m=say.plain(width)), fontsize=8)
        ax.grid(color=RULE, lw=0.6)
        ax.set_axisbelow(True)
    for ax in axes[::columns]:
        ax.set_ylabel(tr("Elevation (m)"), fontsize=8)
    figure.legend(
        handles=handles,
        labels=[wrapped(say.named(s), 40) for s, _ in chosen],
        loc="upper left",
        ncols=len(chosen),
    )
    space(figure, 0.6, 0.5, left=0.065, right=0.99, wspace=0.25, hspace=0.45)
    return figure


def animal_years(compared: ComparedDecades, scenario: str, key: str) -> float:
    """Return the mean number of animals over the run times its years."""
    found = compared.series(scenario, key, "animals").mean
    return float((found[:-1] + found[1:]).sum() / 2)


@in_style
def deaths_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of births and of deaths by cause, per 100 animal-years."""

    def bar(ax: Axes, key: str, y: int, scenario: str) -> None:
        names = [f"mortality_{cause}_per_year" for cause in DEATHS]
        rates = [100 * compared.summary[scenario, key, name]["mean"] for name in names]
        _stack(ax, y - 0.14, rates, 0.42)
        totals = sum((compared.values(scenario, key, name) for name in names), np.zeros(compared.n))
        deaths = interval(100 * totals, support=Support(0.0), maps=compared.maps(scenario))
        if np.isfinite(deaths.low):
            ax.plot([max(0.0, deaths.low), deaths.high], [y - 0.14] * 2, color=INK, lw=1.1)
        total = animal_years(compared, scenario, key)
        if total > 0:
            births = compared.summary[scenario, key, "births_per_year"]
            per, at = 100 * compared.years / total, y + 0.24
            if np.isfinite(births["low"]):
                ends = [per * max(0.0, births["low"]), per * births["high"]]
                ax.plot(ends, [at, at], color=INK, lw=1.1)
            ax.plot(per * births["mean"], at, "D", color="white", mec=INK, ms=5, mew=1.2, zorder=5)

    unit = tr("births and deaths per 100 animal-years")
    diamond = key_of(tr("Births"), marker="D", color=INK, mfc="white", ls="", ms=6)
    return _bars(compared, compared.names[:MOST_BARS], 2, unit, _causes(DEATHS), bar, [diamond])


def fates(compared: ComparedDecades, scenario: str, key: str) -> dict[str, float]:
    """Return what became of animals that searched for a home, per run: counts by fate."""

    def total(column: str) -> float:
        return float(compared.series(scenario, key, column).mean[1:].sum())

    def last(column: str) -> float:
        return float(compared.series(scenario, key, column).mean[-1])

    return {
        "settled": total("settled"),
        "settled_again": total("settled_again"),
        "died": total("searchers_died"),
        "searching": last("dispersers") + last("displaced"),
    }


@in_style
def fates_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of the ends of searches, in per cent of those that searched."""

    def bar(ax: Axes, key: str, y: int, scenario: str) -> None:
        found = fates(compared, scenario, key)
        all_of_them = sum(found.values())
        left = 0.0
        for fate, _, colour in FATES:
            share = 100 * found[fate] / all_of_them if all_of_them else 0.0
            ax.barh(y, share, left=left, height=0.62, color=colour)
            if share >= 9:
                ink = INK if colour in ("#cfd6da", "#56b4e9") else "white"
                look: Any = {"ha": "center", "va": "center", "fontsize": 8, "color": ink}
                ax.text(left + share / 2, y, f"{share:.0f}", **look)
            left += share
        ax.text(101, y, f"{say.number(all_of_them)}", va="center", fontsize=8, color=INK)
        ax.set_xlim(0, 113)
        ax.set_xticks([0, 25, 50, 75, 100])

    unit = tr("% of the searches of a run; right: their number")
    labels = [(tr(label), colour) for _, label, colour in FATES]
    return _bars(compared, compared.names[:MOST_BARS], 2, unit, labels, bar)


@in_style
def risk_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of quasi-extinction risk by horizon, with exact intervals."""
    names = compared.names[:MOST_BARS]
    spans: list[tuple[str, int | None]] = [(tr("Within {n} years", n=y), y) for y in RISK_YEARS]
    if compared.years not in RISK_YEARS:
        whole = tr_plural("Within the run's {n} year", "Within the run's {n} years", compared.years)
        spans.append((whole, None))
    spans.sort(key=lambda p: p[1] or compared.years)
    panel = 0.4 + len(names) * (0.16 + 0.11 * len(compared.species))
    figure = new_figure(11.0, panel + 1.0)
    for ax, span in zip(panels(figure, len(spans), len(spans), sharey=True), spans, strict=True):
        title, within = span
        dress_rows(ax, names, wrapped(title, 30), tr("% of runs"))
        if within is not None and within > compared.years:
            ax.set_xticks([])
            ax.set_xlabel("")
            ax.set_facecolor("#f4f6f7")
            ended = tr_plural(
                "The runs end after\n{n} year:\nnot known",
                "The runs end after\n{n} years:\nnot known",
                compared.years,
            )
            text_in(ax, ended, fontsize=9, color=FAINT)
            continue

        def point(name: str, key: str, within: int | None = within) -> Any:
            hits, n = compared.quasi_extinct(name, key, within)
            low, high = say.risk_interval(hits, n)
            return 100 * hits / n, 100 * low, 100 * high, True

        draw_points(ax, compared.species, names, point, ms=6, clip_on=False)
        ax.set_xlim(-5, 105)
    species_legend(figure, compared.species)
    space(figure, 0.6, 0.42, left=0.17, right=0.975, wspace=0.12)
    return figure


def has_genes(compared: ComparedDecades) -> bool:
    """Whether anything is known of genes."""
    return any(o in GENES and np.isfinite(r["mean"]) for (_, _, o), r in compared.summary.items())


@in_style
def genes_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of genes at the end: a panel a measure, scenarios down."""
    names = compared.names[:MOST_BARS]
    panel = 0.4 + len(names) * (0.16 + 0.11 * len(compared.species))
    figure = new_figure(11.0, 2 * (panel + 0.85) + 0.3)
    for ax, outcome in zip(panels(figure, len(GENES), 2, sharey=True), GENES, strict=True):
        factor = DECADES_OUTCOMES[outcome].scale.factor
        # F_ST of a sample may be negative, the others not
        floor = {"effective_size": 0.001, "fst": -np.inf}.get(outcome, 0.0)

        def point(
            name: str,
            key: str,
            outcome: str = outcome,
            factor: float = factor,
            floor: float = floor,
        ) -> Any:
            mean, low, high = (
                factor * compared.summary[name, key, outcome][k] for k in ("mean", "low", "high")
            )
            return mean, max(low, floor) if np.isfinite(low) else low, high, True

        draw_points(ax, compared.species, names, point, ms=6)
        means = np.array([point(name, s.key)[0] for name in names for s in compared.species])
        dress_rows(ax, names, say.label(DECADES_OUTCOMES[outcome]), tr(GENES[outcome]))
        if not np.isfinite(means).any():
            text_in(ax, tr("not known"), color=FAINT)
        elif outcome == "effective_size":
            ax.set_xscale("log")
            # below every mean, whatever the intervals do
            ax.set_xlim(left=0.4 * float(means[means > 0].min()))
            ax.xaxis.set_major_formatter(lambda v, _: say.number(v))
            ax.xaxis.set_minor_formatter(lambda v, _: "")
    species_legend(figure, compared.species)
    space(figure, 0.6, left=0.185, right=0.975, wspace=0.08, hspace=0.8 / panel)
    return figure


# what lines need to be seen on white: relative luminance, 0 black to 1 white
MOST_LUMINANCE = 0.35


def cover_groups(covers: CoverTable) -> dict[str, list[Cover]]:
    """Return the land covers that figures of change pool, by the group's name."""
    groups: dict[str, list[Cover]] = {}
    for row in covers.rows:
        if row.pooled:
            groups.setdefault(row.pooled, []).append(row)
    return groups


def _seen_on_white(colour: str) -> tuple[float, ...]:
    """Return a colour, darker where a line of it would hardly be seen on white."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(colour))
    luminance = float(rgb**2.2 @ (0.2126, 0.7152, 0.0722))
    return tuple(rgb * min(1.0, (MOST_LUMINANCE / max(luminance, 1e-9)) ** (1 / 2.2)))


def cover_km2(compared: ComparedDecades) -> list[tuple[str, list[tuple[float, float]]]]:
    """Return, by group of land covers, the km² at start and end of every scenario."""
    rows = records(compared.comparison.scenarios)
    found = []
    for label, covers in cover_groups(compared.study.land.covers).items():
        pairs = []
        for row in rows:
            ends = [
                sum(
                    v
                    for one in covers
                    if np.isfinite(v := float(row.get(f"{when}_{one.key}_km2", 0.0)))
                )
                for when in ("start", "end")
            ]
            pairs.append((ends[0], ends[1]))
        found.append((label, pairs))
    return found


@in_style
def covers_figure(compared: ComparedDecades) -> Figure:
    """Return the figure of land covers at start (ring) and end (disc), a panel a group."""
    names = compared.names[:MOST_BARS]
    groups = [(g, p) for g, p in cover_km2(compared) if any(max(pair) > 0 for pair in p)]
    columns = max(1, min(3, len(groups)))
    panel = 0.35 + 0.28 * len(names)
    figure = new_figure(11.0, max(1, -(-len(groups) // columns)) * (panel + 0.8) + 0.35)
    members = cover_groups(compared.study.land.covers)
    colours = {label: _seen_on_white(own[0].colour) for label, own in members.items()}
    axes = panels(figure, len(groups), columns, sharey=True) if groups else []
    for ax, (label, pairs) in zip(axes, groups, strict=True):
        values, colour = np.array(pairs[: len(names)]), colours[label]
        dress_rows(ax, names, tr(label), "km²", 0.6)
        for y, (start, end) in enumerate(values):
            ax.plot([start, end], [y, y], color=colour, lw=2.0, alpha=0.55)
            ax.plot(start, y, "o", ms=7, mfc="white", mec=colour, mew=1.4)
            ax.plot(end, y, "o", ms=7, color=colour)
            change = say.percent(end / start - 1, 1, sign=True) if start else ""
            place: Any = {"textcoords": "offset points", "ha": "center", "fontsize": 7.5}
            ax.annotate(change, (end, y), (0, 7), **place)
        wide = max(float(np.ptp(values)), 0.02 * float(values.max()))
        ax.set_xlim(max(0.0, values.min() - 0.35 * wide), values.max() + 0.35 * wide)
        ax.xaxis.set_major_formatter(lambda v, _: say.plain(v, ",.0f"))
        ax.locator_params(axis="x", nbins=4)
        ax.set_ylim(len(names) - 0.5, -0.7)
    disc = {"marker": "o", "ls": "", "ms": 7}
    handles = [
        key_of(f"{compared.start_year}", **disc, mfc="white", mec=INK, mew=1.4),
        key_of(tr("{year} (change in per cent)", year=compared.end_year), **disc, color=INK),
    ]
    figure.legend(handles=handles, loc="upper left", ncols=2)
    space(figure, 0.6, left=0.185, right=0.975, wspace=0.1, hspace=0.8 / panel)
    return figure
