"""The answer in words, made from the numbers and claiming no more than they show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.metrics.outcomes import OUTCOMES
from corridor_sim.views import numbers as say

if TYPE_CHECKING:
    from corridor_sim.study.compare import Comparison
    from corridor_sim.study.execute import Study

Row = dict[str, Any]
CONNECTIVITY = ("dispersal_flux", "eca_km2")
_VERBS = {True: "rises", False: "falls"}


def headline_rows(comparison: Comparison) -> list[Row]:
    """Return the effects on the headline outcomes that have a number."""
    return [
        r
        for r in comparison.effects.to_dict("records")
        if r["outcome"] in say.HEADLINES and math.isfinite(r["difference"])
    ]  # type: ignore[misc]


def effect_words(row: Row) -> str:
    """Write an effect with its interval: ``−38 % (95 % interval −45 to −31)``."""
    name = row["outcome"]
    if name in say.RELATIVE and row["baseline"]:
        factor, decimals, unit = 100 / row["baseline"], 0, " %"
    else:
        scale = say.scale_of(name)
        factor, decimals = scale.factor, scale.decimals
        unit = " points" if scale.unit == "%" else f" {scale.unit}" if scale.unit else ""
    text = say.number(row["difference"] * factor, decimals, sign=True) + unit
    if math.isfinite(row["low"]):
        low, high = (say.number(row[k] * factor, decimals, sign=True) for k in ("low", "high"))
        text += f" (95 % interval {low} to {high})"
    return text


def strength(row: Row) -> float:
    """Return how many half-widths of its interval an effect lies from zero; 0 if unknown."""
    half = (row["high"] - row["low"]) / 2
    if not math.isfinite(half):
        return 0.0
    if half == 0:
        return math.inf if row["difference"] else 0.0
    return abs(row["difference"]) / float(half)


def alone(study: Study) -> list[tuple[str, str]]:
    """Return (label, scenario) of the last level of every factor alone, and all that stand beside.

    The last level of a factor is its strongest by the convention of the files; the report says so.
    """
    first = dict(study.scenarios[0].levels)
    last: dict[str, str] = {}
    for resolved in study.scenarios:
        for factor, level in resolved.levels:
            last[factor] = level
    found = []
    for resolved in study.scenarios[1:]:
        at = dict(resolved.levels)
        if "beside" in at:
            found.append((resolved.name, resolved.name))
            continue
        changed = [f for f in at if at[f] != first.get(f)]
        if len(changed) == 1 and at[changed[0]] == last[changed[0]]:
            found.append((f"{changed[0]} alone ({at[changed[0]]})", resolved.name))
    return found


def _species_names(study: Study) -> dict[str, str]:
    return {s.key: s.name for s in study.species}


def _inside(name: str) -> str:
    """Return a label as it stands inside a sentence: first letter small, but not in acronyms."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def largest(rows: list[Row], first: str) -> Row | None:
    """Return the clear connectivity effect against the baseline that is relatively largest."""
    found = [
        r
        for r in rows
        if r["clear"] and r["against"] == first and r["outcome"] in CONNECTIVITY
        and math.isfinite(r["relative"])
    ]  # fmt: skip
    return max(found, key=lambda r: abs(r["relative"]), default=None)


def connectivity_sentence(label: str, scenario: str, rows: list[Row], study: Study) -> str:
    """Say in a sentence what one scenario does to the connected area and the flux."""
    names = _species_names(study)
    clear, none = [], []
    against = ""
    for key, name in names.items():
        mine = [r for r in rows if r["scenario"] == scenario and r["species"] == key
                and r["outcome"] in CONNECTIVITY and r["clear"]]  # fmt: skip
        for r in rows:
            if r["scenario"] == scenario and r["against"] != study.scenarios[0].name:
                against = f", compared with {r['against']!r}"
        if not mine:
            none.append(name)
            continue
        parts = [
            f"{_inside(OUTCOMES[r['outcome']].label).replace(' between core areas', '')} "
            f"{effect_words(r)}"
            for r in mine
        ]
        clear.append(f"{name}: {say.joined(parts)}")
    lead = label[:1].upper() + label[1:] + against
    if not clear:
        return f"{lead}: no clear change of connectivity for any species."
    text = f"{lead}: " + "; ".join(clear) + "."
    if none:
        text += f" No clear change for {say.joined([n.lower() for n in none], 'or')}."
    return text


def answer(comparison: Comparison, study: Study) -> dict[str, Any]:
    """Return the report's first words: a lead, points, and what they do not mean.

    Returns
    -------
    dict with ``lead`` (one paragraph), ``points`` (list of sentences), ``caution`` (one paragraph).
    """
    days = study.scenarios[0].scenario.n_days
    n = int(comparison.summary["n"].max()) if len(comparison.summary) else 0
    caution = (
        f"These are animals of today that meet each edited landscape for {say.counted(days, 'day')}"
        f" in a model: a response to the change itself, not a projection of populations over "
        f"decades."
    )
    if comparison.effects.empty:
        return {"lead": _single(comparison, study, n), "points": [], "caution": caution}
    rows = headline_rows(comparison)
    if n < 2:
        lead = (
            "Each scenario ran once, so nothing can be said of chance: the differences below have "
            "no intervals and none is called clear. Run again with more replicates."
        )
        return {"lead": lead, "points": [], "caution": caution}
    first = study.scenarios[0].name
    judged = [r for r in rows if r["high"] > r["low"]]
    clear = [r for r in judged if r["clear"]]
    top = largest(rows, first)
    names = _species_names(study)
    if top is None:
        lead = (
            f"No scenario changes connectivity clearly: with {say.counted(n, 'replicate')} every "
            f"interval of dispersal flux and connected area against {first!r} includes zero."
        )
    else:
        label = _inside(OUTCOMES[top["outcome"]].label)
        lead = (
            f"The largest clear change of connectivity is that of the "
            f"{names[top['species']].lower()} under {top['scenario']!r}: its {label} "
            f"{_VERBS[top['difference'] > 0]} by {_plain(top)}."
        )
    chance = 0.05 * len(judged)
    lead += (
        f" Of {len(judged)} comparisons on the headline outcomes {len(clear)} are clear, that is, "
        f"their 95 % interval leaves zero out; about {chance:.0f} would look clear by chance if "
        f"nothing changed, so trust patterns over single entries."
    )
    points = [connectivity_sentence(*pair, rows, study) for pair in alone(study)]
    other = _other_outcomes(rows, study, first)
    return {"lead": lead, "points": points + other, "caution": caution}


def _plain(row: Row) -> str:
    """Write an effect that a verb already gives its direction."""
    flip = -1.0 if row["difference"] < 0 else 1.0
    factor = flip * 100 / row["baseline"]
    ends = sorted((row["low"] * factor, row["high"] * factor))
    low, high = (say.number(v) for v in ends)
    return f"{say.number(row['difference'] * factor)} % (95 % interval {low} to {high} %)"


def _other_outcomes(rows: list[Row], study: Study, first: str) -> list[str]:
    """Say the strongest clear effect on every headline outcome beyond connectivity."""
    names = _species_names(study)
    found = []
    for outcome in say.HEADLINES:
        if outcome in CONNECTIVITY:
            continue
        clear = [r for r in rows if r["outcome"] == outcome and r["clear"]
                 and r["against"] == first]  # fmt: skip
        label = OUTCOMES[outcome].label
        if not clear:
            found.append(f"{label}: no clear change in any scenario.")
            continue
        top = max(clear, key=lambda r: abs(r["difference"]))
        touched = [n for k, n in names.items() if any(r["species"] == k for r in clear)]
        found.append(
            f"{label}: clear changes for {say.joined([t.lower() for t in touched])}; the largest is "
            f"{effect_words(top)}, {names[top['species']].lower()} under {top['scenario']!r}."
        )
    return found


def _single(comparison: Comparison, study: Study, n: int) -> str:
    summary = {(r["species"], r["outcome"]): r for r in comparison.summary.to_dict("records")}
    parts = []
    for one in study.species:
        row = summary[one.key, "dispersal_flux"]
        if math.isfinite(row["mean"]):
            span = say.interval("dispersal_flux", row["low"], row["high"])
            parts.append(
                f"{one.name.lower()} {say.value('dispersal_flux', row['mean'])} {span}".strip()
            )
    with_intervals = "with 95 % intervals" if n > 1 else "from a single run, without intervals"
    if not parts:
        return "This study has one scenario; no disperser was born in a core area."
    return (
        f"This study has one scenario, so it compares nothing. Dispersers reaching another core "
        f"area per cohort, {with_intervals}: {'; '.join(parts)}."
    )


def crn(comparison: Comparison) -> dict[str, Any]:
    """Return what common random numbers saved: the median variance ratio and one per outcome."""
    effects = comparison.effects
    if effects.empty:
        return {"median": float("nan"), "rows": [], "words": ""}
    finite = effects[np.isfinite(effects["variance_ratio"].to_numpy(np.float64))]
    if finite.empty:
        return {"median": float("nan"), "rows": [], "words":
                "With this few replicates the saving cannot be estimated."}  # fmt: skip
    median = float(finite["variance_ratio"].median())
    rows = [
        {"label": OUTCOMES[name].label, "ratio": float(group["variance_ratio"].median()),
         "text": ratio_text(float(group["variance_ratio"].median())), "n": len(group)}
        for name in OUTCOMES
        if len(group := finite[finite["outcome"] == name])
    ]  # fmt: skip
    if median > 1.05:
        words = (
            f"Pairing made a difference as precise as {ratio_text(median)} times the replicates "
            f"would have made it without pairing (median over {len(finite)} comparisons)."
        )
    else:
        words = (
            f"Pairing saved little here: the median variance ratio over {len(finite)} comparisons "
            f"is {ratio_text(median)}."
        )
    return {"median": median, "rows": sorted(rows, key=lambda r: -r["ratio"]), "words": words}


def ratio_text(ratio: float) -> str:
    """Write a variance ratio with digits that suit it."""
    return say.number(ratio, 2 if ratio < 2 else 1 if ratio < 20 else 0)


def interaction_rows(
    comparison: Comparison,
    cells: dict[tuple[str, str], str],
    species: dict[str, str],
    outcomes: tuple[str, ...],
    corner: tuple[str, str],
    origin: tuple[str, str],
) -> list[Row]:
    """Return, by species and outcome, both factors together less the sum of each alone.

    Paired by replicate: ``v_ab - v_a0 - v_0b + v_00``, with Student's t interval.
    """
    from corridor_sim.metrics.statistics import interval

    names = [cells.get(at) for at in (corner, (corner[0], origin[1]), (origin[0], corner[1]),
                                      origin)]  # fmt: skip
    if None in names:
        return []
    runs = comparison.runs
    pivot = runs[runs["scenario"].isin(names)].pivot_table(
        index=["species", "outcome", "replicate"], columns="scenario", values="value"
    )
    found = []
    for key, name in species.items():
        for outcome in outcomes:
            try:
                part = pivot.loc[key, outcome]
            except KeyError:
                continue
            if not set(names) <= set(part.columns):
                continue
            both, a, b, base = (part[n].to_numpy(np.float64) for n in names)
            seen = interval(both - a - b + base)
            if not math.isfinite(seen.mean):
                continue
            alone_sum = float(np.nanmean(a - base) + np.nanmean(b - base))
            clear = seen.low > 0 or seen.high < 0
            found.append(
                {"species": name, "label": say.heading(OUTCOMES[outcome]),
                 "sum": say.difference(outcome, alone_sum),
                 "together": say.difference(outcome, alone_sum + seen.mean),
                 "text": say.difference(outcome, seen.mean),
                 "span": say.interval(outcome, seen.low, seen.high), "clear": clear}
            )  # fmt: skip
    return found
