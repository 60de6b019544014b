"""Figures of births and deaths, of searches for a home, of risk and of genes, by scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.report.figures.drawing import (
    CAUSE_COLOURS,
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
from corridor_sim.report.text import decades_numbers as lsay
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_tables_read import Lives
from corridor_sim.simulation.decades.census import DEATHS
from corridor_sim.simulation.decades.outcomes import LIFE_OUTCOMES, RISK_YEARS
from corridor_sim.statistics.intervals import Support, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 14
FATES = (
    ("settled", "Found a first home", "#0072b2"),
    ("settled_again", "Found another home", "#56b4e9"),
    ("died", "Died searching", "#d55e00"),
    ("searching", "Still searching at the end", "#cfd6da"),
)
GENES = ("gene_diversity_kept", "effective_size", "fst", "inbreeding")


def _bars(
    lives: Lives,
    title: Callable[[int], str],
    unit: str,
    draw: Callable[[Axes, str, int, str], None],
) -> Figure:
    """Make a panel a species with a bar a scenario; ``draw`` gets axes, species, row, scenario."""
    names = lives.names[:MOST_BARS]
    columns = min(2, len(lives.species))
    bands = -(-len(lives.species) // columns)
    panel = 0.35 + 0.3 * len(names)
    figure = new_figure(11.0, bands * (panel + 0.75) + 0.35)
    axes = figure.subplots(bands, columns, squeeze=False, sharey=True)
    for ax in axes.flat[len(lives.species) :]:
        ax.set_visible(False)
    for j, (ax, one) in enumerate(zip(axes.flat, lives.species, strict=False)):
        for y, name in enumerate(names):
            draw(ax, one.key, y, name)
        ax.set_title(title(j), fontsize=9)
        ax.set_xlabel(unit, fontsize=8)
        ax.set_yticks(range(len(names)), [wrapped(shortened(n, 48), 26) for n in names])
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color=RULE, lw=0.6)
        ax.set_axisbelow(True)
    axes.flat[0].set_ylim(len(names) - 0.4, -0.6)
    height = figure.get_figheight()
    figure.subplots_adjust(
        left=0.185,
        right=0.975,
        top=1 - 0.6 / height,
        bottom=0.45 / height,
        wspace=0.08,
        hspace=0.75 / panel,
    )
    return figure


def animal_years(lives: Lives, scenario: str, key: str) -> float:
    """Return the mean number of animals over the run times its years."""
    found = lives.series(scenario, key, "animals").mean
    return float((found[:-1] + found[1:]).sum() / 2)


def deaths_figure(lives: Lives) -> Drawn:
    """Return the figure of births and of deaths by cause, per 100 animal-years."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def bar(ax: Axes, key: str, y: int, scenario: str) -> None:
        left = 0.0
        totals = np.zeros(lives.n)
        for i, cause in enumerate(DEATHS):
            name = f"mortality_{cause}_per_year"
            rate = 100 * lives.summary[scenario, key, name]["mean"]
            rate = rate if np.isfinite(rate) else 0.0
            ax.barh(y - 0.14, rate, left=left, height=0.42, color=CAUSE_COLOURS[i])
            left += rate
            totals = totals + lives.values(scenario, key, name)
        deaths = interval(100 * totals, support=Support(0.0))
        if np.isfinite(deaths.low):
            ax.plot([max(0.0, deaths.low), deaths.high], [y - 0.14] * 2, color=INK, lw=1.1)
        total = animal_years(lives, scenario, key)
        births = lives.summary[scenario, key, "births_per_year"]
        if total > 0:
            per = 100 * lives.years / total
            if np.isfinite(births["low"]):
                ax.plot(
                    [per * max(0.0, births["low"]), per * births["high"]],
                    [y + 0.24] * 2,
                    color=INK,
                    lw=1.1,
                )
            ax.plot(
                per * births["mean"], y + 0.24, "D", color="white", mec=INK, ms=5, mew=1.2, zorder=5
            )
        ax.set_xlim(left=0)

    with styled():
        figure = _bars(
            lives, lambda j: lives.species[j].name, "births and deaths per 100 animal-years", bar
        )
        handles: list[object] = [
            Patch(fc=CAUSE_COLOURS[i], label=c.capitalize()) for i, c in enumerate(DEATHS)
        ]
        handles.append(
            Line2D([], [], marker="D", color=INK, mfc="white", ls="", ms=6, label="Births")
        )
        figure.legend(handles=handles, loc="upper left", ncols=len(handles))
        return drawn(figure)


def fates(lives: Lives, scenario: str, key: str) -> dict[str, float]:
    """Return what became of animals that searched for a home, per run: counts by fate."""

    def total(column: str) -> float:
        return float(lives.series(scenario, key, column).mean[1:].sum())

    def last(column: str) -> float:
        return float(lives.series(scenario, key, column).mean[-1])

    return {
        "settled": total("settled"),
        "settled_again": total("settled_again"),
        "died": total("searchers_died"),
        "searching": last("dispersers") + last("displaced"),
    }


def fates_figure(lives: Lives) -> Drawn:
    """Return the figure of the ends of searches, in per cent of those that searched."""
    from matplotlib.patches import Patch

    def bar(ax: Axes, key: str, y: int, scenario: str) -> None:
        found = fates(lives, scenario, key)
        all_of_them = sum(found.values())
        left = 0.0
        for fate, _, colour in FATES:
            share = 100 * found[fate] / all_of_them if all_of_them else 0.0
            ax.barh(y, share, left=left, height=0.62, color=colour)
            if share >= 9:
                ax.text(
                    left + share / 2,
                    y,
                    f"{share:.0f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color=INK if colour in ("#cfd6da", "#56b4e9") else "white",
                )
            left += share
        ax.text(101, y, f"{say.number(all_of_them)}", va="center", fontsize=8, color=INK)
        ax.set_xlim(0, 113)
        ax.set_xticks([0, 25, 50, 75, 100])

    with styled():
        figure = _bars(
            lives,
            lambda j: lives.species[j].name,
            "% of the searches of a run; right: their number",
            bar,
        )
        handles = [Patch(fc=c, label=label) for _, label, c in FATES]
        figure.legend(handles=handles, loc="upper left", ncols=len(handles))
        return drawn(figure)


def risk_figure(lives: Lives) -> Drawn:
    """Return the figure of quasi-extinction risk by horizon, with exact intervals."""
    names = lives.names[:MOST_BARS]
    panels: list[tuple[str, int | None, bool]] = []
    if lives.years not in RISK_YEARS:
        panels.append((f"within the run's {say.counted(lives.years, 'year')}", None, True))
    panels += [(f"within {y} years", y, y in lives.horizons) for y in RISK_YEARS]
    panels.sort(key=lambda p: lives.years if p[1] is None else p[1])
    with styled():
        panel = 0.4 + len(names) * (0.16 + 0.11 * len(lives.species))
        figure = new_figure(11.0, panel + 1.0)
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for ax, (title, within, reached) in zip(axes, panels, strict=True):
            ax.set_title(wrapped(title[0].upper() + title[1:], 30), fontsize=9)
            ax.set_yticks(range(len(names)), [wrapped(shortened(n, 48), 26) for n in names])
            ax.set_ylim(len(names) - 0.5, -0.5)
            ax.tick_params(axis="y", length=0)
            if not reached:
                ax.set_xticks([])
                ax.set_facecolor("#f4f6f7")
                ax.text(
                    0.5,
                    0.5,
                    f"The runs end after\n{say.counted(lives.years, 'year')}:\nnot known",
                    ha="center",
                    va="center",
                    transform=ax.transAxes,
                    fontsize=9,
                    color=FAINT,
                )
                continue
            for j, one in enumerate(lives.species):
                offset = (j - (len(lives.species) - 1) / 2) * 0.7 / max(len(lives.species), 1)
                for y, name in enumerate(names):
                    hits, n = lives.quasi_extinct(name, one.key, within)
                    low, high = lsay.risk_interval(hits, n)
                    ax.plot([100 * low, 100 * high], [y + offset] * 2, color=one.colour, lw=1.3)
                    ax.plot(
                        100 * hits / n,
                        y + offset,
                        MARKERS[j % len(MARKERS)],
                        ms=6,
                        color=one.colour,
                        clip_on=False,
                        zorder=4,
                    )
            ax.set_xlim(-5, 105)
            ax.set_xlabel("% of runs", fontsize=8)
            ax.grid(axis="x", color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        species_legend(figure, lives)
        height = figure.get_figheight()
        figure.subplots_adjust(
            left=0.17, right=0.975, top=1 - 0.6 / height, bottom=0.42 / height, wspace=0.12
        )
        return drawn(figure)


def species_legend(figure: Figure, lives: Lives, extra: Sequence[object] = ()) -> None:
    """Write the species with their colours and markers above the figure."""
    from matplotlib.lines import Line2D

    handles: list[object] = [
        Line2D(
            [], [], marker=MARKERS[i % len(MARKERS)], color=s.colour, lw=1.4, ms=5.5, label=s.name
        )
        for i, s in enumerate(lives.species)
    ]
    figure.legend(handles=[*handles, *extra], loc="upper left", ncols=min(7, len(handles) + 2))


def has_genes(lives: Lives) -> bool:
    """Whether anything is known of genes."""
    return any(
        np.isfinite(lives.summary[n, s.key, g]["mean"])
        for n in lives.names
        for s in lives.species
        for g in GENES
    )


def genes_figure(lives: Lives) -> Drawn:
    """Return the figure of genes at the end: a panel a measure, scenarios down."""
    names = lives.names[:MOST_BARS]
    with styled():
        panel = 0.4 + len(names) * (0.16 + 0.11 * len(lives.species))
        figure = new_figure(11.0, 2 * (panel + 0.85) + 0.3)
        axes = figure.subplots(2, 2, sharey=True)
        for ax, outcome in zip(axes.flat, GENES, strict=True):
            factor = lsay.scale_of(outcome).factor
            found = False
            for j, one in enumerate(lives.species):
                offset = (j - (len(lives.species) - 1) / 2) * 0.7 / max(len(lives.species), 1)
                for y, name in enumerate(names):
                    row = lives.summary[name, one.key, outcome]
                    if not np.isfinite(row["mean"]):
                        continue
                    found = True
                    if np.isfinite(row["low"]):
                        # F_ST of a sample may be negative, the others not
                        floor = {"effective_size": 0.001, "fst": -np.inf}.get(outcome, 0.0)
                        ends = [max(factor * row["low"], floor), factor * row["high"]]
                        ax.plot(ends, [y + offset] * 2, color=one.colour, lw=1.3)
                    ax.plot(
                        factor * row["mean"],
                        y + offset,
                        MARKERS[j % len(MARKERS)],
                        ms=6,
                        color=one.colour,
                    )
            if outcome == "effective_size" and found:
                ax.set_xscale("log")
                ax.set_xlim(left=_least(lives, names, outcome))
                ax.xaxis.set_major_formatter(lambda v, _: say.number(v))
                ax.xaxis.set_minor_formatter(lambda v, _: "")
            if not found:
                ax.text(0.5, 0.5, "not known", transform=ax.transAxes, ha="center", color=FAINT)
            ax.set_title(LIFE_OUTCOMES[outcome].label, fontsize=9)
            ax.set_xlabel(_gene_unit(outcome), fontsize=8)
            ax.set_yticks(range(len(names)), [wrapped(shortened(n, 48), 26) for n in names])
            ax.tick_params(axis="y", length=0)
            ax.grid(axis="x", color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        axes.flat[0].set_ylim(len(names) - 0.5, -0.5)
        species_legend(figure, lives)
        height = figure.get_figheight()
        figure.subplots_adjust(
            left=0.185,
            right=0.975,
            top=1 - 0.6 / height,
            bottom=0.45 / height,
            wspace=0.08,
            hspace=0.8 / panel,
        )
        return drawn(figure)


def _least(lives: Lives, names: Sequence[str], outcome: str) -> float:
    """Left end of a logarithmic axis: below every mean, whatever the intervals do."""
    means = [lives.summary[n, s.key, outcome]["mean"] for n in names for s in lives.species]
    return 0.4 * float(min(m for m in means if np.isfinite(m) and m > 0))


def _gene_unit(outcome: str) -> str:
    return {
        "gene_diversity_kept": "% of the expected heterozygosity at the start",
        "effective_size": "Ne, animals (logarithmic)",
        "fst": "F_ST at the end, 0 = one population",
        "inbreeding": "probability that both copies of a locus descend from one",
    }[outcome]
