"""Tables of runs through days: of effects on the terminal, of outcomes and flux in the report."""

from __future__ import annotations

import math

from corridor_sim.comparison.contrasts import NO_CHANCE
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.compared import ComparedDays, Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.edits import edit_words
from corridor_sim.report.text.tables import (
    effect_cell,
    head_of,
    percent_cell,
    room_for,
    value_cell,
    word_legend,
    word_of,
)
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import Outcome, headlines
from corridor_sim.statistics.ratios import TOO_FEW

COLUMNS = (
    "joining_per_year",
    "migrants_per_generation",
    "dispersal_success",
    "eca_km2",
    "home_range_quality",
    "displaced_share",
    "mean_elevation_m",
    "thermal_mismatch_c",
    "mortality_per_year",
)
# of animals that soar, which are no dispersers between reserves
COLUMNS_SOARING = (
    "foraging_km2",
    "poison_exposure",
    "poison_deaths_per_year",
    "flapping_share",
    "roost_exchange_share",
    "home_range_quality",
    "displaced_share",
    "mean_elevation_m",
    "mortality_per_year",
)
NO_EDIT = mark("no edit: the landscape as loaded")


def _short_unit(outcome: Outcome) -> str:
    """Return the unit of :func:`short_effect` in a head."""
    if outcome.relative or outcome.name == "home_range_quality":
        return "%"
    return tr("pp") if outcome.scale.unit == "%" else tr(outcome.scale.unit)


# columns of the small table on the terminal
SHORT = tuple(name for name in headlines(OUTCOMES) if OUTCOMES[name].short)


def _short_head(name: str) -> str:
    """Return the head of a column of the small table."""
    return f"{tr(OUTCOMES[name].short)} {_short_unit(OUTCOMES[name])}"


def short_effect(outcome: Outcome, row: Row) -> str:
    """Write an effect in few letters: its interval, and in a word what it says.

    ``±`` where the interval reaches as far to both sides, otherwise its ends.

    >>> row = {"relative": -0.25, "relative_low": -0.37, "relative_high": -0.13, "verdict": "less"}
    >>> short_effect(OUTCOMES["joining_per_year"], row)
    '−25 ±12 less'
    >>> row |= {"relative_low": -0.61, "relative_high": 0.4, "verdict": "cannot tell yet"}
    >>> short_effect(OUTCOMES["joining_per_year"], row)
    '−25 [−61, +40] ?'
    >>> row |= {"relative": math.nan, "relative_note": TOO_FEW}
    >>> short_effect(OUTCOMES["joining_per_year"], row)
    'too few'
    """
    quality = outcome.name == "home_range_quality"
    found, low, high = say.relative(row) if quality else say.on_scale(outcome, row)
    decimals = 0 if quality or outcome.relative else 2
    decimals = 0 if outcome.scale.unit == "%" else decimals
    if not math.isfinite(found):
        return tr("too few") if row.get("relative_note") == TOO_FEW else say.NOTHING
    decimals = say.decimals_of((low, high), decimals, clear=say.off_zero(low, high))
    # nor may half a width be written as none
    while low < high and decimals < 3 and not round((high - low) / 2, decimals):
        decimals += 1
    text = say.number(found, decimals, sign=True)
    if not math.isfinite(low) or not low < high:
        # without chance the value alone says it, and one run says nothing
        return f"{text} {word_of(row)}" if row["interval_note"] == NO_CHANCE else text
    below, above = (say.number(v, decimals) for v in (found - low, high - found))
    if below == above:
        if not below.strip("0.,"):
            below = f"<{say.plain(10.0**-decimals)}"
        return f"{text} ±{below} {word_of(row)}"
    ends = [say.number(v, decimals, sign=True) for v in (low, high)]
    return f"{text} {say.bracketed(ends)} {word_of(row)}"


def end_table(found: ComparedDays) -> list[list[str]]:
    """Return the small table of effects, the head first: species, scenario, the main outcomes.

    Joining, ECA, habitat, quality and mortality are in per cent of the reference, displaced in
    percentage points. A study of one scenario gets absolute values. With many scenarios only those
    that stand alone (one factor changed, or beside) and the last are kept.
    """
    head = [tr("Species"), tr("Scenario")]
    if not found.several:
        table = [[*head, *(say.heading(OUTCOMES[n]) for n in SHORT)]]
        for one in found.species:
            cells = [value_cell(OUTCOMES[n], found.summary[found.first, one.key, n]) for n in SHORT]
            told = [f"{c['text']} {c['span']}".strip() for c in cells]
            table.append([one.common_name, say.named(found.first), *told])
        return table
    table = [[*head, *map(_short_head, SHORT)]]
    for one in found.species:
        for i, name in enumerate(_shown(found)):
            texts = [short_effect(OUTCOMES[n], found.effects[name, one.key, n]) for n in SHORT]
            table.append([one.common_name if i == 0 else "", say.named(name), *texts])
    return table


def _shown(found: ComparedDays) -> list[str]:
    """Return the scenarios that fit on a screen."""
    names, room = found.names[1:], room_for(found)
    if len(names) <= room:
        return names
    first = dict(found.study.scenarios[0].levels)
    alone = [
        s.name
        for s in found.study.scenarios[1:]
        if "beside" in dict(s.levels)
        or sum(level != first.get(factor) for factor, level in s.levels) == 1
    ]
    rest = [n for n in reversed(names) if n not in alone]
    keep = set([*alone[:room], *rest][:room])
    return [n for n in names if n in keep]


def legend(found: ComparedDays) -> str:
    """Return what the table on the terminal says below itself."""
    if not found.several:
        return tr_plural(
            "Means with 95 % intervals over {n} replicate.",
            "Means with 95 % intervals over {n} replicates.",
            found.n,
        )
    if found.n < 2:
        text = tr("One replicate: differences without intervals; ask for more with --replicates.")
    else:
        text = tr(
            "Difference to {scenario}, 95 % interval (± or its ends), {n} paired replicates. "
            "{words} too few: under 10 events to compare with.",
            scenario=_name(found.first),
            n=found.n,
            words=word_legend(found),
        )
    others = [n for n in found.names if found.against(n) != found.first]
    said = [
        tr("{scenario} is compared with {other}.", scenario=_name(n), other=_name(found.against(n)))
        for n in others[:3]
    ]
    left_out = len(found.names) - 1 - len(_shown(found))
    if left_out:
        said.append(tr("{n} more in the report.", n=left_out))
    return " ".join([text, *said])


def _name(scenario: str) -> str:
    return tr("'{name}'", name=say.named(scenario))


def full_table(found: ComparedDays, key: str) -> list[Row]:
    """Return every outcome of a species: a group per outcome, a row per scenario."""
    groups = []
    for name, outcome in found.outcomes.items():
        rows = [
            {
                "scenario": say.named(r["scenario"]),
                "against": say.named(r["against"]),
                **effect_cell(outcome, r),
                "base": say.value(outcome, r["baseline"]),
                "percent": percent_cell(r),
                "size": say.number(r["effect_size_dz"], 1, sign=True),
                "n": r["n"],
                "ratio": say.number(r["variance_ratio"], 1 if r["variance_ratio"] < 100 else 0),
            }
            for (_, species, of), r in found.effects.items()
            if (species, of) == (key, name) and math.isfinite(r["difference"])
        ]
        if rows:
            groups.append({**head_of(outcome), "rows": rows})
    return groups


def absolute_table(found: ComparedDays, key: str) -> list[Row]:
    """Return every outcome of a species in the only scenario, with its interval."""
    return [
        {**head_of(found.outcomes[name]), "n": r["n"], **value_cell(found.outcomes[name], r)}
        for (_, species, name), r in found.summary.items()
        if species == key and math.isfinite(r["mean"])
    ]


def scenario_table(found: ComparedDays) -> list[Row]:
    """Return what each scenario is: edits in words, forest, protected area, temperature."""
    study, frame = found.study, found.comparison.scenarios
    forest = [f"{c.key}_km2" for c in study.land.covers.rows if c.forest]
    present = [c for c in forest if c in frame]
    rows = []
    first_forest = first_protected = first_warm = 0.0
    for i, r in enumerate(records(frame)):
        km2 = sum(float(r[c]) for c in present if math.isfinite(r[c]))
        if i == 0:
            first_forest, first_protected, first_warm = (
                km2,
                r["protected_km2"],
                r["mean_temperature_c"],
            )
        lost = km2 - first_forest
        warmer = r["mean_temperature_c"] - first_warm
        added = r["protected_km2"] - first_protected
        rows.append(
            {
                "name": say.named(r["name"]),
                "edits": [edit_words(e.describe_on(study.land)) for e in study.scenarios[i].edits]
                or [tr(NO_EDIT)],
                "forest": say.area(km2),
                "forest_change": say.percent(lost / first_forest, 1, sign=True)
                if i and first_forest
                else "",
                "protected": say.area(r["protected_km2"]),
                "protected_change": f"{say.number(added, 0, sign=True)} km²" if i else "",
                "temperature": f"{say.number(r['mean_temperature_c'], 1)} °C",
                "temperature_change": f"{say.number(warmer, 1, sign=True)} °C" if i else "",
                "against": say.named(study.scenarios[i].against or ""),
            }
        )
    return rows
