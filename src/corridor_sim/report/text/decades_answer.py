"""Who is still there at the end: the answer in words, claiming no more than the numbers show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.compared import ComparedDecades, Row
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import judged
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.species.traits import Species
from corridor_sim.statistics.zones import LESS, MORE, OPEN, SAME, verdicts

if TYPE_CHECKING:
    import pandas as pd

# what a scenario may change, in the order in which a minister would ask
ASKED = (
    "animals_end",
    "joining_per_year",
    "border_joining_per_year",
    "thermal_mismatch_end_c",
    "gene_diversity_kept",
)
_ALL = {
    3: mark("all three species are still there"),
    4: mark("all four species are still there"),
    5: mark("all five species are still there"),
    6: mark("all six species are still there"),
}
_SHORT = {
    "animals_end": mark("animals at the end"),
    "joining_per_year": mark("animals joining another block"),
    "border_joining_per_year": mark("joining across the border"),
    "thermal_mismatch_end_c": mark("thermal mismatch"),
    "gene_diversity_kept": mark("gene diversity kept"),
}


def answer(compared: ComparedDecades) -> dict[str, Any]:
    """Return the report's first words.

    Returns
    -------
    dict with ``lead`` (a paragraph), ``species`` (a sentence or two on each), ``points`` (a
    sentence on each scenario), ``restless`` (a paragraph, empty where all populations had come to
    rest before the start), ``caution`` (list of paragraphs).
    """
    rested, restless = burn_in_sentences(compared)
    return {
        "lead": lead(compared),
        "species": [species_sentence(compared, one) for one in compared.species],
        "points": [scenario_sentence(compared, name) for name in compared.names[1:]],
        "restless": restless,
        "caution": [text for text in (rested, _caution(compared)) if text],
    }


def change_row(compared: ComparedDecades, scenario: str, key: str) -> Row:
    """Return the change of numbers of a species with its interval and what that says."""
    row = compared.summary[scenario, key, "animals_change"]
    usual = DECADES_OUTCOMES["animals_change"].matters
    zone = np.array([compared.rule.outcomes.get("animals_change", usual)])
    low, high = (np.array([row[k]]) for k in ("low", "high"))
    return {**row, "verdict": verdicts(low, high, zone)[0]}


def lead(compared: ComparedDecades) -> str:
    """Say in one paragraph who is still there, and who grows or declines by more than matters."""
    first = compared.first
    left = [(s.common_name, compared.gone(first, s.key)) for s in compared.species]
    there = [name for name, gone in left if gone == 0]
    lost = [name for name, gone in left if gone == compared.n]
    some = [name for name, gone in left if 0 < gone < compared.n]
    scope = {1: tr("the only run"), 2: tr("both runs")}.get(
        compared.n, tr("all {n} runs", n=compared.n)
    )
    parts = []
    still = ""
    if len(there) == len(compared.species) and len(there) in _ALL:
        still = tr(_ALL[len(there)])
    elif there:
        still = _one_or_more(
            there, mark("the {species} is still there"), mark("{species} are still there")
        )
    if still:
        parts.append(tr("{who} in {year} in {runs}", who=still, year=compared.end_year, runs=scope))
    if some:
        parts.append(
            _one_or_more(
                some,
                mark("the {species} is gone in some runs"),
                mark("{species} are gone in some runs"),
            )
        )
    if lost:
        parts.append(
            _one_or_more(
                lost,
                mark("the {species} is gone in {runs}"),
                mark("{species} are gone in {runs}"),
                runs=scope,
            )
        )
    text = tr("Under {scenario} {what}.", scenario=say.quoted(first), what="; ".join(parts))
    changes = {s.common_name: change_row(compared, first, s.key) for s in compared.species}
    if compared.n < 2:
        once = tr("One run tells nothing about chance: of no change below one can tell.")
        return f"{text} {once}"
    said = [text]
    down = [k for k, r in changes.items() if r["verdict"] == LESS]
    up = [k for k, r in changes.items() if r["verdict"] == MORE]
    same = [k for k, r in changes.items() if r["verdict"] == SAME]
    unsure = [k for k, r in changes.items() if r["verdict"] == OPEN and math.isfinite(r["mean"])]
    if down:
        said.append(tr("Numbers fall for {species}.", species=_inside(down)))
    if up:
        said.append(tr("Numbers rise for {species}.", species=_inside(up)))
    if same:
        said.append(
            tr("Numbers do not change by what matters for {species}.", species=_inside(same))
        )
    before = [k for k in (*down, *up) if k in compared.restless]
    if before:
        who = _upper(_inside(before))
        said.append(tr("{species} had not come to rest before the start (below).", species=who))
    if unsure:
        said.append(
            tr(
                "For {species} one cannot tell yet from {n} runs.",
                species=_inside(unsure),
                n=compared.n,
            )
        )
    return " ".join(said) + " " + _most(compared)


def _most(compared: ComparedDecades) -> str:
    """Say which scenario changes the numbers of whom most, or that none is known to."""
    found = [
        r
        for (_, _, o), r in compared.effects.items()
        if o == "animals_end" and say.matters(r) and math.isfinite(r["relative"])
    ]
    if not compared.several:
        return ""
    if not found:
        return tr(
            "No other scenario is known to change the number at the end by more than matters."
        )
    top = max(found, key=lambda r: abs(r["relative"]))
    return tr(
        "The largest difference between scenarios is {scenario} against {other} for the {species}: "
        "{change}.",
        scenario=say.quoted(top["scenario"]),
        other=say.quoted(top["against"]),
        species=say.inside(compared.name_of(top["species"])),
        change=_words(top),
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _inside(names: list[str]) -> str:
    return say.joined([tr("the {species}", species=say.inside(n)) for n in names])


def _one_or_more(names: list[str], one: str, more: str, **values: str) -> str:
    """Fill species into a message of one species or into that of several."""
    if len(names) == 1:
        return tr(one, species=say.inside(names[0]), **values)
    return tr(more, species=_inside(names), **values)


def _span(low: float, high: float, *, sign: bool = False, unit: str = "") -> str:
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return ""
    ends = [say.number(v, sign=sign) for v in (low, high)]
    return f" ({say.span_words(ends[0], ends[1] + unit)})"


def species_sentence(compared: ComparedDecades, one: Species) -> dict[str, str]:
    """Return a species' name and what becomes of it in the first scenario."""

    def row(outcome: str) -> Row:
        return compared.summary[compared.first, one.key, outcome]

    start, end = row("animals_start"), row("animals_end")
    change = change_row(compared, compared.first, one.key)
    said = _numbers(compared, start, end)
    if math.isfinite(change["mean"]):
        span = _span(100 * change["low"], 100 * change["high"], sign=True, unit=" %")
        moved = change["verdict"] in (MORE, LESS)
        said += f": {say.percent(change['mean'], sign=True)}{span}"
        if compared.n > 1:
            word = tr("a change that matters") if moved else tr(change["verdict"])
            said += f", {word}"
    sentences = [f"{said}.", risk_sentence(compared, compared.first, one.key)]
    fewer = compared.gone(compared.first, one.key)
    if fewer == compared.n:
        sentences.append(tr("Nobody is left in {year}.", year=compared.end_year))
        return {"name": one.common_name, "text": " ".join(sentences)}
    sentences.append(
        tr(
            "{n} females of breeding age hold a home at the end.",
            n=say.number(row("breeding_females_end")["mean"]),
        )
    )
    rise = row("elevation_shift_m")
    if math.isfinite(rise["mean"]):
        height = say.number(abs(rise["mean"]))
        sentences.append(
            tr("Homes lie {height} m higher on average.", height=height)
            if rise["mean"] >= 0
            else tr("Homes lie {height} m lower on average.", height=height)
        )
    sentences.append(joining_sentence(row("joining_per_year"), row("border_joining_per_year")))
    kept = row("gene_diversity_kept")
    if math.isfinite(kept["mean"]):
        share = say.number(100 * kept["mean"], 1)
        sentences.append(tr("Of the gene diversity {share} % is kept.", share=share))
    return {"name": one.common_name, "text": " ".join(filter(None, sentences))}


def _numbers(compared: ComparedDecades, start: Row, end: Row) -> str:
    """Say how many animals there are at the start and at the end."""
    numbers = tr(
        "{before} animals in {first}, {after} in {last}",
        before=say.number(start["mean"]),
        first=compared.start_year,
        after=say.number(end["mean"]),
        last=compared.end_year,
    )
    return numbers + _span(end["low"], end["high"])


def joining_sentence(joining: Row, border: Row) -> str:
    """Say how many animals a year settle in another block, and across the border."""
    if not math.isfinite(joining["mean"]):
        return ""
    if joining["mean"] == 0:
        return tr("None of its young settled in another block of core areas.")
    outcome = DECADES_OUTCOMES["joining_per_year"]
    animals = say.with_unit(outcome, joining["mean"])
    if border["mean"] > 0:
        return tr(
            "{animals} settle in another block of core areas, {n} of them across the border.",
            animals=animals,
            n=say.value(outcome, border["mean"]),
        )
    return tr(
        "{animals} settle in another block of core areas, none of them across the border.",
        animals=animals,
    )


def risk_sentence(compared: ComparedDecades, scenario: str, key: str) -> str:
    """Say how often a species became quasi-extinct, and what so few runs leave open."""
    hits, n = compared.quasi_extinct(scenario, key)
    parts: dict[str, object] = {
        "limit": compared.rules.quasi_extinction,
        "years": tr_plural("{n} year", "{n} years", compared.years),
        "runs": n,
    }
    if n == 1 and hits:
        return tr("In the only run numbers fell below {limit} within {years}.", **parts)
    if n == 1:
        return tr("In the only run numbers never fell below {limit} within {years}.", **parts)
    low, high = (say.number(100 * share) for share in say.risk_interval(hits, n))
    if hits == 0:
        return tr(
            "In none of {runs} runs did numbers fall below {limit} within {years}, which leaves a "
            "risk of up to {high} % open.",
            **parts,
            high=high,
        )
    return tr(
        "Quasi-extinct (numbers below {limit} within {years}) in {hits} of {runs} runs: a risk "
        "between {low} and {high} %.",
        **parts,
        hits=hits,
        low=low,
        high=high,
    )


def _words(row: Row) -> str:
    return say.effect_words(DECADES_OUTCOMES[row["outcome"]], row)


def scenario_sentence(compared: ComparedDecades, scenario: str) -> dict[str, str]:
    """Return a scenario's name, what it changes by more than matters, and what is open."""
    names = {"name": say.named(scenario), "against": say.named(compared.against(scenario))}
    asked = [
        o
        for o in ASKED
        if any(
            math.isfinite(compared.effects[scenario, s.key, o]["difference"])
            for s in compared.species
        )
    ]
    if compared.n < 2:
        parts = []
        for one in compared.species:
            row = compared.effects[scenario, one.key, "animals_end"]
            parts.append(
                tr("{species} {change}", species=say.inside(one.common_name), change=_words(row))
            )
        text = tr(
            "animals at the end, {changes} (one run: chance is not told apart).",
            changes="; ".join(parts),
        )
        return {**names, "text": text}
    said, same, silent = [], [], []
    for outcome in asked:
        rows = [(s, compared.effects[scenario, s.key, outcome]) for s in compared.species]
        moved = [
            tr("{species} {change}", species=say.inside(s.common_name), change=_words(r))
            for s, r in rows
            if say.matters(r)
        ]
        what = tr(_SHORT[outcome])
        if moved:
            said.append(f"{what}: {', '.join(moved)}")
        elif all(say.same(r) for _, r in rows):
            same.append(what)
        else:
            silent.append(what)
    sentences = ["; ".join(said) + "."] if said else []
    if same:
        sentences.append(
            tr(
                "No change that matters for any species in {outcomes}.",
                outcomes=say.joined(same, "or"),
            )
        )
    if silent:
        sentences.append(
            tr(
                "Cannot tell yet for every species of {outcomes}.",
                outcomes=say.joined(silent, "or"),
            )
        )
    return {**names, "text": " ".join(sentences)}


def burn_in_sentences(compared: ComparedDecades) -> tuple[str, str]:
    """Say that all populations had settled before the start, or else for whom not, and how."""
    frame = compared.comparison.burn_in
    frame = frame[frame["scenario"] == compared.first]
    settled, unsettled = [], []
    for one in compared.species:
        rows = frame[frame["species"] == one.key]
        if bool(rows["settled"].all()):
            settled.append(one.common_name)
            continue
        text = _restless(rows)
        n_not = int((~rows["settled"].astype(bool)).sum())
        name = say.inside(one.common_name)
        if n_not == len(rows):
            unsettled.append(tr("the {species}: {what}", species=name, what=text))
        else:
            unsettled.append(
                tr(
                    "the {species} in {n} of {runs} runs: {what}",
                    species=name,
                    n=n_not,
                    runs=len(rows),
                    what=text,
                )
            )
    if not unsettled:
        text = tr(
            "Before the start every population was left to itself until its numbers had come to "
            "rest; those years are kept out of all results."
        )
        return text, ""
    text = tr(
        "Not every population had come to rest before the start, so that part of its change is the "
        "past going on and not the scenario: {populations}. Differences between scenarios share "
        "that past and are not touched by it.",
        populations="; ".join(unsettled),
    )
    if settled:
        text += " " + tr("Come to rest had {species}.", species=_inside(settled))
    return "", text


def _restless(rows: pd.DataFrame) -> str:
    """Say how the numbers of a population were moving before the start."""
    first, last = float(rows["first"].mean()), float(rows["last"].mean())
    if not (math.isfinite(first) and math.isfinite(last)):
        return tr("no years were given to it")
    parts = {
        "first": say.number(first),
        "last": say.number(last),
        "years": say.number(float(rows["years"].mean())),
    }
    if last < first:
        return tr(
            "its numbers were still declining before the start, from {first} to {last} in {years} "
            "years",
            **parts,
        )
    if last > first:
        return tr(
            "its numbers were still growing before the start, from {first} to {last} in {years} "
            "years",
            **parts,
        )
    return tr(
        "its numbers were still changing before the start, from {first} to {last} in {years} years",
        **parts,
    )


def _caution(compared: ComparedDecades) -> str:
    rows = [
        r
        for (_, _, o), r in compared.effects.items()
        if o in ASKED and math.isfinite(r["difference"])
    ]
    text = tr(
        "These numbers come from {runs} of each scenario in a model of {years}. They compare "
        "scenarios; they do not forecast counts: intervals hold chance among runs, not what is "
        "unknown of the species, the maps or the climate. Young that are still with their mothers "
        "are not counted.",
        runs=tr_plural("{n} run", "{n} runs", compared.n),
        years=tr_plural("{n} year", "{n} years", compared.years),
    )
    if rows and compared.n > 1:
        asked = say.joined([tr(_SHORT[o]) for o in ASKED])
        text += f" {judged(rows, compared.rule.share, asked)}"
    return text
