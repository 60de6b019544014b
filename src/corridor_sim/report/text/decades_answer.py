"""Who is still there at the end: the answer in words, claiming no more than the numbers show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corridor_sim.report.compared import ComparedDecades, Row
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import judged
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.species.traits import Species
from corridor_sim.statistics.zones import LESS, MORE, OPEN, SAME, verdicts

# what a scenario may change, in the order in which a minister would ask
ASKED = (
    "animals_end",
    "joining_per_year",
    "border_joining_per_year",
    "thermal_mismatch_end_c",
    "gene_diversity_kept",
)
_COUNTS = ("no", "one", "two", "three", "four", "five", "six")
_SHORT = {
    "animals_end": "animals at the end",
    "joining_per_year": "animals joining another block",
    "border_joining_per_year": "joining across the border",
    "thermal_mismatch_end_c": "thermal mismatch",
    "gene_diversity_kept": "gene diversity kept",
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
    there = [s.name for s in compared.species if compared.gone(first, s.key) == 0]
    lost = [s.name for s in compared.species if compared.gone(first, s.key) == compared.n]
    some = [s.name for s in compared.species if 0 < compared.gone(first, s.key) < compared.n]
    scope = {1: "the only run", 2: "both runs"}.get(compared.n, f"all {compared.n} runs")
    parts = []
    if len(there) == len(compared.species) and 2 < len(there) < len(_COUNTS):
        parts.append(f"all {_COUNTS[len(there)]} species are still there")
    elif there:
        parts.append(f"{_inside(there)} {_are(there)} still there")
    if parts:
        parts[0] += f" in {compared.end_year} in {scope}"
    if some:
        parts.append(f"{_inside(some)} {_are(some)} gone in some runs")
    if lost:
        parts.append(f"{_inside(lost)} {_are(lost)} gone in {scope}")
    text = f"Under {say.quoted(first)} {'; '.join(parts)}."
    changes = {s.name: change_row(compared, first, s.key) for s in compared.species}
    down = [k for k, r in changes.items() if r["verdict"] == LESS]
    up = [k for k, r in changes.items() if r["verdict"] == MORE]
    same = [k for k, r in changes.items() if r["verdict"] == SAME]
    unsure = [k for k, r in changes.items() if r["verdict"] == OPEN and math.isfinite(r["mean"])]
    if compared.n < 2:
        return text + " One run tells nothing about chance: of no change below one can tell."
    if down:
        text += f" Numbers fall for {_inside(down)}."
    if up:
        text += f" Numbers rise for {_inside(up)}."
    if same:
        text += f" Numbers do not change by what matters for {_inside(same)}."
    before = [k for k in (*down, *up) if k in compared.restless]
    if before:
        text += f" {_upper(_inside(before))} had not come to rest before the start (below)."
    if unsure:
        text += f" For {_inside(unsure)} one cannot tell yet from {compared.n} runs."
    return text + " " + _most(compared)


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
        return "No other scenario is known to change the number at the end by more than matters."
    top = max(found, key=lambda r: abs(r["relative"]))
    name = compared.name_of(top["species"])
    return (
        f"The largest difference between scenarios is {say.quoted(top['scenario'])} against "
        f"{say.quoted(top['against'])} for the {say.inside(name)}: {_words(top)}."
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _inside(names: list[str]) -> str:
    return say.joined([f"the {say.inside(n)}" for n in names])


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _span(low: float, high: float, *, sign: bool = False, unit: str = "") -> str:
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return ""
    ends = " to ".join(say.number(v, sign=sign) for v in (low, high))
    return f" (95 % interval {ends}{unit})"


def species_sentence(compared: ComparedDecades, one: Species) -> dict[str, str]:
    """Return a species' name and what becomes of it in the first scenario."""

    def row(outcome: str) -> Row:
        return compared.summary[compared.first, one.key, outcome]

    start, end = row("animals_start"), row("animals_end")
    change = change_row(compared, compared.first, one.key)
    text = (
        f"{say.number(start['mean'])} animals in {compared.start_year}, "
        f"{say.number(end['mean'])} in {compared.end_year}" + _span(end["low"], end["high"])
    )
    if math.isfinite(change["mean"]):
        span = _span(100 * change["low"], 100 * change["high"], sign=True, unit=" %")
        moved = change["verdict"] in (MORE, LESS)
        word = "a change that matters" if moved else change["verdict"]
        said = "" if compared.n < 2 else f", {word}"
        text += f": {say.percent(change['mean'], sign=True)}{span}{said}. "
    else:
        text += ". "
    text += risk_sentence(compared, compared.first, one.key)
    fewer = compared.gone(compared.first, one.key)
    if fewer == compared.n:
        return {"name": one.name, "text": text + f" Nobody is left in {compared.end_year}."}
    breeding = row("breeding_females_end")
    text += f" {say.number(breeding['mean'])} females of breeding age hold a home at the end."
    rise = row("elevation_shift_m")
    if math.isfinite(rise["mean"]):
        word = "higher" if rise["mean"] >= 0 else "lower"
        text += f" Homes lie {say.number(abs(rise['mean']))} m {word} on average."
    text += joining_sentence(row("joining_per_year"), row("border_joining_per_year"))
    kept = row("gene_diversity_kept")
    if math.isfinite(kept["mean"]):
        text += f" Of the gene diversity {say.number(100 * kept['mean'], 1)} % is kept."
    return {"name": one.name, "text": text}


def joining_sentence(joining: Row, border: Row) -> str:
    """Say how many animals a year settle in another block, and across the border."""
    if not math.isfinite(joining["mean"]):
        return ""
    if joining["mean"] == 0:
        return " None of its young settled in another block of core areas."
    outcome = DECADES_OUTCOMES["joining_per_year"]
    text = f" {say.with_unit(outcome, joining['mean'])} settle in another block of core areas"
    if border["mean"] > 0:
        return f"{text}, {say.value(outcome, border['mean'])} of them across the border."
    return f"{text}, none of them across the border."


def risk_sentence(compared: ComparedDecades, scenario: str, key: str) -> str:
    """Say how often a species became quasi-extinct, and what so few runs leave open."""
    hits, n = compared.quasi_extinct(scenario, key)
    limit = compared.rules.quasi_extinction
    what = f"below {limit} within {say.counted(compared.years, 'year')}"
    if n == 1:
        return f"In the only run numbers {'fell' if hits else 'never fell'} {what}."
    low, high = say.risk_interval(hits, n)
    if hits == 0:
        return (
            f"In none of {n} runs did numbers fall {what}, which leaves a risk of up to "
            f"{say.number(100 * high)} % open."
        )
    return (
        f"Quasi-extinct (numbers {what}) in {hits} of {n} runs: a risk between "
        f"{say.number(100 * low)} and {say.number(100 * high)} %."
    )


def _words(row: Row) -> str:
    return say.effect_words(DECADES_OUTCOMES[row["outcome"]], row)


def scenario_sentence(compared: ComparedDecades, scenario: str) -> dict[str, str]:
    """Return a scenario's name, what it changes by more than matters, and what is open."""
    against = compared.against(scenario)
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
            parts.append(f"{say.inside(one.name)} {_words(row)}")
        text = f"animals at the end, {'; '.join(parts)} (one run: chance is not told apart)."
        return {"name": scenario, "against": against, "text": text}
    said, same, silent = [], [], []
    for outcome in asked:
        rows = [(s, compared.effects[scenario, s.key, outcome]) for s in compared.species]
        moved = [f"{say.inside(s.name)} {_words(r)}" for s, r in rows if say.matters(r)]
        if moved:
            said.append(f"{_SHORT[outcome]}: {', '.join(moved)}")
        elif all(say.same(r) for _, r in rows):
            same.append(_SHORT[outcome])
        else:
            silent.append(_SHORT[outcome])
    text = "; ".join(said) + "." if said else ""
    if same:
        text += f" No change that matters for any species in {say.joined(same, 'or')}."
    if silent:
        text += f" Cannot tell yet for every species of {say.joined(silent, 'or')}."
    return {"name": scenario, "against": against, "text": text.strip()}


def burn_in_sentences(compared: ComparedDecades) -> tuple[str, str]:
    """Say that all populations had settled before the start, or else for whom not, and how."""
    frame = compared.comparison.burn_in
    frame = frame[frame["scenario"] == compared.first]
    settled, unsettled = [], []
    for one in compared.species:
        rows = frame[frame["species"] == one.key]
        if bool(rows["settled"].all()):
            settled.append(one.name)
            continue
        first, last = float(rows["first"].mean()), float(rows["last"].mean())
        n_not = int((~rows["settled"].astype(bool)).sum())
        if not (math.isfinite(first) and math.isfinite(last)):
            way = "no years were given to it"
        else:
            verb = "declining" if last < first else "growing" if last > first else "changing"
            spent = say.number(float(rows["years"].mean()))
            way = (
                f"its numbers were still {verb} before the start, from {say.number(first)} to "
                f"{say.number(last)} in {spent} years"
            )
        part = "" if n_not == len(rows) else f" in {n_not} of {len(rows)} runs"
        unsettled.append(f"the {say.inside(one.name)}{part}: {way}")
    if not unsettled:
        text = (
            "Before the start every population was left to itself until its numbers had come to "
            "rest; those years are kept out of all results."
        )
        return text, ""
    text = (
        "Not every population had come to rest before the start, so that part of its change is the "
        f"past going on and not the scenario: {'; '.join(unsettled)}. Differences between "
        "scenarios share that past and are not touched by it."
    )
    if settled:
        text += f" Come to rest had {_inside(settled)}."
    return "", text


def _caution(compared: ComparedDecades) -> str:
    rows = [
        r
        for (_, _, o), r in compared.effects.items()
        if o in ASKED and math.isfinite(r["difference"])
    ]
    text = (
        f"These numbers come from {say.counted(compared.n, 'run')} of each scenario in a model of "
        f"{say.counted(compared.years, 'year')}. They compare scenarios; they do not forecast "
        f"counts: intervals hold chance among runs, not what is unknown of the species, the maps "
        f"or the climate. Young that are still with their mothers are not counted."
    )
    if rows and compared.n > 1:
        text += f" {judged(rows, compared.rule.share, say.joined([_SHORT[o] for o in ASKED]))}"
    return text
