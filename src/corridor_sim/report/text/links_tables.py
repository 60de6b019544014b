"""Tables on links: for the page, for the terminal, and as files beside the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.contrasts import zones
from corridor_sim.languages import mark, tr, tr_context, tr_plural
from corridor_sim.links.by_outcome import ByOutcome
from corridor_sim.links.effects import ROUNDING, finite, still
from corridor_sim.links.evaluator import NO_LINK
from corridor_sim.links.reference import agreement, ranks_of
from corridor_sim.report.compared import Row
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import SAME, Found, bare, clear
from corridor_sim.report.text.links_use import LinkUse
from corridor_sim.report.text.tables import change_cell
from corridor_sim.simulation.outcomes import Scale, headlines
from corridor_sim.spreadsheets.folder import keep_exact
from corridor_sim.statistics.intervals import Contrast, paired_contrast
from corridor_sim.statistics.moments import moments
from corridor_sim.statistics.supports import support_of
from corridor_sim.statistics.zones import LESS, MORE, verdicts

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
SENSE = {
    "more": mark("more is better"),
    "less": mark("less is better"),
    "neither": mark("neither way is better"),
}


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
            "each": _each(found.factor * float(ranking.mean[i]) / found.result.links[i].cost),
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
    """Return a cell of a benefit with its interval and what both say, marked where it matters."""
    zone = found.result.ranking.effort.indifference
    (word,) = verdicts(*(np.array([float(v)]) for v in (low, high, zone)))
    sure = word in (MORE, LESS)
    return {
        "text": found.points(float(mean)),
        "span": found.span(float(low), float(high)),
        "sure": sure,
        "good": ("better" if mean > 0 else "worse") if sure else "",
        "word": tr(word) if np.isfinite(low) and np.isfinite(high) else "",
    }


def contrast_row(name: str, one: Contrast, decimals: int = 1, *, better: str, zone: float) -> Row:
    """Return a row of a paired contrast: without the link, with it, the difference.

    ``zone`` is the smallest change that matters, in the unit of the row.
    """
    d = one.difference
    (word,) = verdicts(*(np.array([v]) for v in (d.low, d.high, zone)))
    ends, off = (d.mean, d.low, d.high), clear(d.low, d.high)
    sure = word in (MORE, LESS)
    cell = change_cell(Scale(1.0, decimals, "", ""), ends, better, sure, off)
    cell["word"] = tr(word) if d.n > 1 else ""
    return {
        "name": name,
        "without": say.number(one.baseline.mean, decimals),
        "with": say.number(one.scenario.mean, decimals),
        "cell": {**cell, "span": tr(SAME)} if still(d.low, d.high) else cell,
    }


def use_rows(found: Found, use: LinkUse) -> dict[str, list[Row]]:
    """Return the rows of what passes through a link, of deaths beside it, and of their causes."""
    decimals = 2 if all(p.scenario.mean < 10 for p in use.passing if p.scenario.n) else 1
    names = [one.common_name for one in found.species]
    share = found.rule.share
    return {
        "passing": [
            contrast_row(name, one, decimals, better="more", zone=share * one.baseline.mean)
            for name, one in zip(names, use.passing, strict=True)
        ],
        "died": [
            contrast_row(name, one, 1, better="less", zone=share * one.baseline.mean)
            for name, one in zip(names, use.died, strict=True)
        ],
        "causes": [
            {
                "name": tr(name),
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
            "species": found.species[s].common_name,
            "kind": tr("adds up")
            if abs(seen.kept[s, p]) < ROUNDING
            else tr("synergy")
            if seen.kept[s, p] > 0
            else tr("redundancy"),
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
            "links": found.listed(p.links) or tr_context("links", "none"),
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
    if found.effort == "run" and any(
        len(found.runs(c, fresh)) < len(fresh) for c in (NO_LINK, found.chosen)
    ):
        return []
    table = found.evaluator.table
    asked = [*found.counted, *headlines(table)]
    before = found.evaluator.mean_outcomes(NO_LINK, fresh)
    after = found.evaluator.mean_outcomes(found.chosen, fresh)
    level, names = found.result.settings.procedure.confidence, list(table)
    worths = found.evaluator.worths()
    groups: list[Row] = []
    for name in dict.fromkeys(asked):
        at, one = names.index(name), table[name].scale
        here: list[Row] = []
        pairs = {
            s.key: (before[s.key][:, at] * one.factor, after[s.key][:, at] * one.factor)
            for s in found.species
        }
        # what a species never showed may be as large as what another did
        jump = moments(np.stack([b - a for a, b in pairs.values()])).largest or np.nan
        for species in found.species:
            of, worth = table[name], worths[species.key]
            support = support_of(of, worth, factor=one.factor)
            a, b = pairs[species.key]
            seen = paired_contrast(a, b, level, replace(support, jump=jump))
            if not seen.difference.n:
                continue
            base = np.array([seen.baseline.mean / one.factor])
            zone = one.factor * float(zones(found.rule, [species.key], {name: of}, base)[0][0])
            here.append(
                contrast_row(species.common_name, seen, one.decimals, better=of.better, zone=zone)
            )
        if here:
            unit = f" ({tr(one.unit)})" if one.unit else ""
            groups.append({"label": tr(table[name].label) + unit, "rows": here})
    return groups


def species_rows(found: Found, i: int) -> list[Row]:
    """Return the benefit of a link by species."""
    result = found.result
    benefits = (result.by_species, result.by_species_low, result.by_species_high)
    return [
        {
            "name": one.common_name,
            "colour": one.colour,
            "cell": benefit_cell(found, *(float(v[s, i]) for v in benefits)),
        }
        for s, one in enumerate(found.species)
    ]


def write_tables(found: Found, uses: Sequence[LinkUse]) -> list[Path]:
    """Write benefits by species, and what passes and dies, in full under ``tables/``."""
    result, out = found.result, found.evaluator.study.out
    benefits = (result.by_species, result.by_species_low, result.by_species_high)
    unit = result.settings.benefit.shown_unit if found.factor == 1 else "share"
    gains = [
        [found.names[i], key, *(finite(v[s, i]) for v in benefits), unit]
        for i in found.order
        for s, key in enumerate(result.species)
    ]
    passing = "living_inside" if found.years is not None else "disperser_days_inside"
    seen = []
    for i in found.order:
        for s, key in enumerate(result.species):
            row: list[Any] = [found.names[i], key]
            for one in (uses[i].passing[s], uses[i].died[s]):
                d = one.difference
                row += [one.baseline.mean, one.scenario.mean, *map(finite, (d.mean, d.low, d.high))]
            seen.append([*row, uses[i].n])
    five = ("without", "with", "difference", "low", "high")
    parts = [f"{name}_{x}" for name in (passing, "deaths_within_5_km") for x in five]
    head = ["link", "species", *parts, "replicates"]
    by_species = ["link", "species", "benefit", "low", "high", "unit"]
    return [
        keep_exact(out, "links_species", _frame(by_species, gains)),
        keep_exact(out, "links_passage", _frame(head, seen)),
    ]


def _frame(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(head))


def outcome_tables(found: Found) -> list[Row]:
    """Return one table per outcome: a row per link in the order of the ranking, cells by species.

    At its foot stand the value without links, how many pairs of links are told apart, and the
    rank correlation with the benefit that the links are ranked by.
    """
    groups: dict[str, list[ByOutcome]] = {}
    for one in found.result.by_outcome:
        groups.setdefault(one.outcome.name, []).append(one)
    return [_table(found, columns) for columns in groups.values()]


def _table(found: Found, columns: Sequence[ByOutcome]) -> Row:
    outcome = columns[0].outcome
    scale = outcome.scale
    decimals = _decimals(columns, scale)
    names = {one.key: one.common_name for one in found.species}
    notes = (outcome.meaning, scale.difference_unit, SENSE[outcome.better])
    return {
        "label": tr(outcome.label),
        "note": "; ".join(tr(note) for note in notes if note),
        "found": _moves(found, columns, names),
        "heads": [names[one.species] for one in columns],
        "without": [say.number(scale.factor * one.without, decimals) for one in columns],
        "rows": [
            {
                "rank": found.rank_text(i),
                "name": found.names[i],
                "cells": [_cell(one, i, scale.factor, decimals) for one in columns],
            }
            for i in found.order
        ],
        "told": [
            tr("{n} of {all}", n=int(one.ranking.better.sum()), all=_pairs(one)) for one in columns
        ],
        "agrees": [
            say.number(agreement(one.ranking.mean, found.result.ranking.mean), 2) for one in columns
        ],
    }


def _decimals(columns: Sequence[ByOutcome], scale: Scale) -> int:
    """Return decimals with which the largest change of the table has two digits."""
    largest = scale.factor * max(float(np.nanmax(np.abs(one.change))) for one in columns)
    if largest <= 0:
        return scale.decimals
    return int(np.clip(1 - np.floor(np.log10(largest)), scale.decimals, scale.decimals + 3))


def _pairs(one: ByOutcome) -> int:
    k = one.change.size
    return k * (k - 1) // 2


def _moved(one: ByOutcome, i: int) -> bool:
    """Return whether a link changes it by more than matters, by intervals that hold together."""
    low, high = float(one.ranking.low_all[i]), float(one.ranking.high_all[i])
    return clear(low, high) and (low > one.zone or high < -one.zone)


def _cell(one: ByOutcome, i: int, factor: float, decimals: int) -> Row:
    """Return the change that a link brings, with the ranks that are left open to it."""
    low, high = float(one.low[i]), float(one.high[i])
    cell = change_cell(
        Scale(factor, decimals, "", ""),
        (float(one.change[i]), low, high),
        one.outcome.better,
        _moved(one, i),
        clear(low, high),
    )
    if still(low, high):
        cell["span"] = "" if one.still else tr(SAME)
    cell["word"] = tr(one.verdict[i])
    return {**cell, "ranks": f"{one.ranking.rank_low[i]}–{one.ranking.rank_high[i]}"}


def _moves(found: Found, columns: Sequence[ByOutcome], names: dict[str, str]) -> str:
    """Say of each species which links change the outcome, as far as they are few."""
    parts = []
    for one in columns:
        moved = [i for i in range(one.change.size) if _moved(one, i)]
        text = tr("no link changed it") if one.still else tr("no link by more than matters")
        if moved:
            # of those that change it alike, none is foremost alone
            top = one.ranking.rank[moved].min()
            first = [i for i in moved if one.ranking.rank[i] == top]
            text = found.listed(first)
            if len(moved) > len(first):
                text = tr_plural(
                    "{n} link, foremost {links}",
                    "{n} links, foremost {links}",
                    len(moved),
                    links=text,
                )
        parts.append(f"{say.inside(names[one.species])}: {text}")
    return "; ".join(parts)


def write_outcomes(found: Found, out: Path) -> Path:
    """Write every change by link, outcome and species in full as ``tables/links_outcomes``."""
    head = (
        "outcome unit better species link without change low high relative relative_low "
        "relative_high relative_note zone verdict effect_size_dz rank rank_low rank_high "
        "equal_rank rank_right replicates"
    )
    rows: list[list[Any]] = []
    for one in found.result.by_outcome:
        of, r = one.outcome, one.ranking
        for i in r.order:
            ranks = [int(v[i]) for v in (r.rank, r.rank_low, r.rank_high)]
            change = [finite(v[i]) for v in (one.change, one.low, one.high)]
            rows.append([of.name, of.unit, of.better, one.species, found.names[i], one.without])
            ratio = (one.relative.mean[i], one.relative.low[i], one.relative.high[i])
            rows[-1] += [*change, *map(finite, ratio), one.relative.why_not[i], one.zone]
            rows[-1] += [one.verdict[i], finite(one.effect_size[i])]
            rows[-1] += [*ranks, r.letters[i], float(r.right[i]), int(r.valid[i])]
    return keep_exact(out, "links_outcomes", _frame(head.split(), rows))


def theory(found: Found) -> dict[str, Any] | None:
    """Return the table of theory beside the ranking, or None where there is no reference.

    A measure disagrees with the simulation on a link if the rank it gives lies outside the ranks
    that the simulation's verdicts leave open.
    """
    reference, ranking = found.result.reference, found.result.ranking
    if reference is None:
        return None
    columns: list[dict[str, Any]] = []
    for name, values in ((tr("Current flow"), reference.current_flow), ("dPC", reference.dpc)):
        rank = ranks_of(values)
        off = {i for i in found.order if not ranking.rank_low[i] <= rank[i] <= ranking.rank_high[i]}
        agree = agreement(values, ranking.mean)
        columns.append({"name": name, "values": values, "rank": rank, "off": off, "agree": agree})
    rows = [
        {
            "rank": found.rank_text(i),
            "name": found.names[i],
            "ranks": f"{ranking.rank_low[i]}–{ranking.rank_high[i]}",
            "benefit": found.points(float(ranking.mean[i])),
            "cells": [
                {"value": _of_most(c["values"], i), "rank": int(c["rank"][i]), "off": i in c["off"]}
                for c in columns
            ],
        }
        for i in found.order
    ]
    return {
        "heads": [c["name"] for c in columns],
        "rows": rows,
        "words": [_theory_words(found, c) for c in columns],
    }


def _of_most(values: F64, i: int) -> str:
    """Write a value of theory in per cent of the largest: its own unit says nothing to planners."""
    most = float(np.nanmax(values, initial=0.0))
    return say.share_of_all(float(values[i]) / most) if most > 0 else say.NOTHING


def _theory_words(found: Found, column: dict[str, Any]) -> str:
    rho, ranking = column["agree"], found.result.ranking
    text = f"{column['name']}: "
    if np.isfinite(rho):
        text += tr("rank correlation with the simulated means {rho}.", rho=say.number(rho, 2))
        text += " "
    off = [i for i in found.order if i in column["off"]]
    if not off:
        return text + tr("It contradicts no verdict of the simulation.")
    each = [
        tr(
            "{link} (theory {theory}, simulation {low} to {high})",
            link=found.names[i],
            theory=column["rank"][i],
            low=ranking.rank_low[i],
            high=ranking.rank_high[i],
        )
        for i in off
    ]
    return text + tr(
        "It ranks outside what the simulation leaves open: {links}.", links="; ".join(each)
    )
