"""Tables on links: for the page, for the terminal, and as files beside the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.bounds import bounded
from corridor_sim.experiment.values import outcome_table
from corridor_sim.files import write_csv
from corridor_sim.links.effects import ROUNDING, known, still
from corridor_sim.links.evaluator import NO_LINK
from corridor_sim.report.text import decades_numbers as life_numbers
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text import terminal
from corridor_sim.report.text.links_choice import equally_good
from corridor_sim.report.text.links_found import SAME, Found, bare, clear
from corridor_sim.report.text.links_use import LinkUse
from corridor_sim.statistics.intervals import Contrast, paired_contrast
from corridor_sim.statistics.supports import support_of

F64 = NDArray[np.float64]
Row = dict[str, Any]
# what counts of animals can be
COUNTS = (0.0, np.inf)


def ranking_rows(found: Found) -> list[Row]:
    """Return one row per link, best first."""
    ranking = found.result.ranking
    return [
        {
            "i": i,
            "rank": found.rank_text(i),
            "place": int(ranking.place[i]),
            "name": found.names[i],
            "ranks": f"{ranking.rank_low[i]}–{ranking.rank_high[i]}",
            "letters": ranking.letters[i],
            "benefit": benefit_cell(found, ranking.mean[i], ranking.low[i], ranking.high[i]),
            "right": say.probability(float(ranking.right[i])),
            "within": say.probability(float(ranking.right_within[i])),
            "cost": bare(found.result.links[i].cost),
            "each": _each(100 * float(ranking.mean[i]) / found.result.links[i].cost),
            "km2": say.area(found.result.links[i].area_km2),
            "n": int(ranking.replicates[i]),
            "chosen": i in found.chosen,
        }
        for i in found.order
    ]


def _each(points: float) -> str:
    """Write the benefit of one unit of money with two digits, however small.

    >>> _each(0.78), _each(0.0041), _each(-12.3), _each(float("nan"))
    ('+0.78', '+0.0041', '−12', '–')
    """
    if not np.isfinite(points):
        return say.NOTHING
    decimals = 0 if points == 0 else int(max(0, 1 - np.floor(np.log10(abs(points)))))
    return say.number(points, min(decimals, 4), sign=True)


def benefit_cell(found: Found, mean: Any, low: Any, high: Any) -> Row:
    """Return a cell of a benefit with its interval; clear where the interval leaves out zero."""
    sure = clear(low, high)
    return {
        "text": found.points(float(mean)),
        "span": found.span(float(low), float(high)),
        "sure": sure,
        "good": ("better" if mean > 0 else "worse") if sure else "",
    }


def possible(one: Contrast, ends: tuple[float, float] = COUNTS) -> Contrast:
    """Return a paired contrast whose difference is not beyond what can be.

    ``ends`` are the least and the most that its two sides can be.
    """
    d, base = one.difference, one.baseline.mean
    low, high = bounded(
        np.array([d.mean]), np.array([d.low]), np.array([d.high]), ends[0] - base, ends[1] - base
    )
    inside = replace(d, mean=d.mean + 0.0, low=float(low[0]), high=float(high[0]))
    return replace(one, difference=inside)


def contrast_row(
    name: str,
    one: Contrast,
    decimals: int = 1,
    *,
    more_is_good: bool | None,
    ends: tuple[float, float] = COUNTS,
) -> Row:
    """Return a row of a paired contrast: without the link, with it, the difference."""
    d = possible(one, ends).difference
    sure = clear(d.low, d.high)
    good = (
        ""
        if more_is_good is None or not sure
        else ("better" if (d.mean > 0) == more_is_good else "worse")
    )
    text, span = say.told(
        say.Scale(1.0, decimals, "", ""), d.mean, d.low, d.high, sign=True, clear=sure
    )
    return {
        "name": name,
        "without": say.number(one.baseline.mean, decimals),
        "with": say.number(one.scenario.mean, decimals),
        "cell": {
            "text": text,
            "span": SAME if still(d.low, d.high) else span,
            "sure": sure,
            "good": good,
        },
    }


def use_rows(found: Found, use: LinkUse) -> dict[str, list[Row]]:
    """Return the rows of what passes through a link, of deaths beside it, and of their causes."""
    decimals = 2 if all(p.scenario.mean < 10 for p in use.passing if p.scenario.n) else 1
    names = [one.name for one in found.species]
    return {
        "passing": [
            contrast_row(name, one, decimals, more_is_good=True)
            for name, one in zip(names, use.passing, strict=True)
        ],
        "died": [
            contrast_row(name, one, 1, more_is_good=False)
            for name, one in zip(names, use.died, strict=True)
        ],
        "causes": [
            {
                "name": name,
                "without": say.number(a, 1),
                "with": say.number(b, 1),
                "change": say.number(b - a, 1, sign=True),
            }
            for name, a, b in use.causes
            if a or b
        ],
    }


def pair_rows(found: Found) -> list[Row]:
    """Return one row per pair and species, kept interactions first, then the largest."""
    seen = found.result.interactions
    if seen is None:
        return []
    keys = [(s, p) for s in range(len(seen.estimate)) for p in range(len(seen.pairs))]
    keys.sort(key=lambda k: (-abs(seen.kept[k]), -abs(seen.estimate[k]), k[1], k[0]))
    return [
        {
            "first": found.names[int(seen.pairs[p, 0])],
            "second": found.names[int(seen.pairs[p, 1])],
            "species": found.species[s].name,
            "kind": "adds up"
            if abs(seen.kept[s, p]) < ROUNDING
            else "synergy"
            if seen.kept[s, p] > 0
            else "redundancy",
            "cell": benefit_cell(found, seen.estimate[s, p], seen.low[s, p], seen.high[s, p]),
        }
        for s, p in keys
    ]


def frontier_rows(found: Found) -> list[Row]:
    """Return the efficient sets, the cheapest first."""
    chosen = found.result.chosen
    return [
        {
            "cost": bare(p.cost),
            "benefit": found.points(p.benefit),
            "worst": found.points(p.worst),
            "n": len(p.links),
            "links": found.listed(p.links) or "none",
            "equal": [found.listed(one) for one in p.ties],
            "chosen": chosen is not None and set(p.links) == set(chosen.links),
        }
        for p in found.result.frontier
    ]


def chosen_rows(found: Found) -> list[Row]:
    """Return what the chosen set changes in the outcomes that planners look at, by species.

    Fresh replicates, paired with the base without links; empty without a confirmed set.
    """
    if found.result.confirmation is None:
        return []
    first = int(found.result.ranking.replicates.max())
    fresh = range(first, first + found.result.settings.procedure.confirm_replicates)
    if any(len(found.runs(c, fresh)) < len(fresh) for c in (NO_LINK, found.chosen)):
        return []
    table = outcome_table(found.workshop.study.scenarios[0])
    life = found.years is not None
    scale = life_numbers.scale_of if life else say.scale_of
    asked = [*found.counted, *(life_numbers.HEADLINES if life else say.HEADLINES)]
    before = found.workshop.mean_outcomes(NO_LINK, fresh)
    after = found.workshop.mean_outcomes(found.chosen, fresh)
    level, names = found.result.settings.procedure.confidence, list(table)
    groups: list[Row] = []
    for name in dict.fromkeys(asked):
        at, one = names.index(name), scale(name)
        here: list[Row] = []
        for species in found.species:
            a, b = (x[species.key][:, at] * one.factor for x in (before, after))
            own = support_of(table[name], factor=one.factor)
            found_here = paired_contrast(a, b, level, own)
            if not found_here.difference.n:
                continue
            better = table[name].better
            good = None if better == "neither" else better == "more"
            least, most = (one.factor * end for end in (table[name].least, table[name].most))
            row = contrast_row(
                species.name, found_here, one.decimals, more_is_good=good, ends=(least, most)
            )
            here.append(row)
        if here:
            unit = f" ({one.unit})" if one.unit else ""
            groups.append({"label": table[name].label + unit, "rows": here})
    return groups


def species_rows(found: Found, i: int) -> list[Row]:
    """Return the benefit of a link by species."""
    result = found.result
    return [
        {
            "name": one.name,
            "colour": one.colour,
            "cell": benefit_cell(
                found,
                result.by_species[s, i],
                result.by_species_low[s, i],
                result.by_species_high[s, i],
            ),
        }
        for s, one in enumerate(found.species)
    ]


def write_tables(found: Found, uses: Sequence[LinkUse]) -> list[Path]:
    """Write benefits by species, and what passes and dies, as CSV under ``tables/``."""
    result, out = found.result, found.workshop.study.out / "tables"
    gains = [
        [
            found.names[i],
            key,
            *known(
                *(
                    float(v[s, i])
                    for v in (result.by_species, result.by_species_low, result.by_species_high)
                )
            ),
        ]
        for i in found.order
        for s, key in enumerate(result.species)
    ]
    passing = "living_inside" if found.years is not None else "disperser_days_inside"
    seen = []
    for i in found.order:
        for s, key in enumerate(result.species):
            row: list[Any] = [found.names[i], key]
            for one in (possible(uses[i].passing[s]), possible(uses[i].died[s])):
                row += [
                    one.baseline.mean,
                    one.scenario.mean,
                    *known(one.difference.mean, one.difference.low, one.difference.high),
                ]
            seen.append([*row, uses[i].n])
    five = ("without", "with", "difference", "low", "high")
    head = [
        "link",
        "species",
        *(f"{passing}_{x}" for x in five),
        *(f"deaths_within_5_km_{x}" for x in five),
        "replicates",
    ]
    return [
        write_csv(out / "links_species.csv", ["link", "species", "benefit", "low", "high"], gains),
        write_csv(out / "links_passage.csv", head, seen),
    ]


def _stopped(found: Found) -> str:
    """Say why the ranking stopped, in the unit of the table."""
    ranking = found.result.ranking
    k = len(found.order)
    told, same = int(ranking.better.sum()), int(np.triu(ranking.equal, 1).sum())
    if found.still:
        return (
            f"Stopped after {say.counted(ranking.runs, 'run')}: no link changed anything in any "
            "replicate, which does not show how far one could, nor that they are equal."
        )
    within = found.amount(ranking.effort.indifference, sign=False)
    shared = ", which share a rank" if ranking.undecided else ""
    return (
        f"Stopped after {say.counted(ranking.runs, 'run')}, {ranking.stopped}: of "
        f"{say.counted(k * (k - 1) // 2, 'pair')} {told} told apart, {same} equal within {within}, "
        f"{ranking.undecided} undecided{shared}."
    )


def print_table(found: Found, console: Any = None) -> None:
    """Print the ranking on the terminal, with what was chosen and how it was confirmed."""
    heads = (
        "",
        "Rank",
        "Ranks",
        "Equal",
        "Link",
        f"Benefit {found.benefit_unit}",
        found.level,
        "Right",
        "Cost",
        "Runs",
    )
    lines, strong = [], []
    for r in ranking_rows(found):
        cell = r["benefit"]
        lines.append(
            (
                "*" if r["chosen"] else "",
                r["rank"],
                r["ranks"],
                r["letters"],
                r["name"],
                cell["text"],
                "all the same"
                if cell["span"] == SAME
                else cell["span"][1:-1].replace(", ", " to "),
                r["right"],
                r["cost"],
                str(r["n"]),
            )
        )
        strong.append(cell["sure"])
    why = _stopped(found)
    text = (
        f"{found.meaning()} Equal letters: not told apart. =: the same mean, hence the same rank. "
        "Right: probability of the rank. "
        f"Bold: the {found.level} interval leaves out zero. {why}"
    )
    chosen = found.result.chosen
    if chosen is not None and found.result.settings.budget is not None:
        names = found.listed(chosen.links) or "nothing"
        text += (
            f"\n* For {found.price(found.result.settings.budget)}: {names} "
            f"({found.price(chosen.cost)}), predicted {found.amount(chosen.benefit)}."
        )
        good = equally_good(found)
        text += f" {good[0]}: {good[1]}" if good is not None else ""
    if found.result.confirmation is not None:
        seen = found.result.confirmation
        text += (
            f" Simulated: {found.amount(seen.simulated)} {found.span(seen.low, seen.high)}; "
            f"{seen.finding}."
        )
    terminal.print_table(
        heads,
        lines,
        text,
        console,
        names=(heads.index("Link"),),
        left=(0, heads.index("Equal")),
        strong=lambda row, _: strong[row],
    )
