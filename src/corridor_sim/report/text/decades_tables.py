"""Tables of runs through decades: on the terminal at the end, and in the report."""

from __future__ import annotations

import math
from typing import Any

from corridor_sim.comparison.contrasts import NEVER_VARIED, NO_VALUE, ONE_RUN
from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.landscape.covers import Cover
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.compared import ComparedDecades, Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.edits import edit_words
from corridor_sim.report.text.tables import (
    effect_cell,
    head_of,
    percent_cell,
    plain_cell,
    room_for,
    value_cell,
    word_legend,
    word_of,
)
from corridor_sim.simulation.decades.census import COLUMNS as CENSUS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.facts import DecadesFacts
from corridor_sim.simulation.outcomes import Scale

COLUMNS = (
    "animals_end",
    "breeding_females_end",
    "capacity_end",
    "occupied_share_end",
    "elevation_shift_m",
    "thermal_mismatch_end_c",
    "joining_per_year",
    "gene_diversity_kept",
)
SHORT = {
    "elevation_shift_m": mark("Homes up"),
    "joining_per_year": mark("Joining"),
    "border_joining_per_year": mark("Border"),
    "gene_diversity_kept": mark("Genes"),
}
MOST_YEARS = 11
# columns of the census, with their heads
YEARLY = {
    "independent": mark("Independent"),
    "juveniles": mark("Juveniles"),
    "dispersers": mark("Dispersers"),
    "breeding_females": mark("Breeding females"),
    "births": mark("Births"),
    "settled": mark("Settled"),
    "joining": mark("Joining"),
    "border_joining": mark("Border joining"),
    "capacity": mark("Capacity"),
    "occupied_share": mark("Occupied share"),
    "mean_elevation_m": mark("Mean elevation"),
    "thermal_mismatch_c": mark("Thermal mismatch"),
}


def end_table(compared: ComparedDecades) -> list[list[str]]:
    """Return the table for the terminal, the head first: a row per species and scenario.

    Numbers, elevation, animals joining and genes are those of the scenario itself; a word says how
    each differs from that of the scenario it is compared with.
    """
    years = [f"{compared.start_year}", f"{compared.end_year}"]
    risk = tr("Risk {years} y", years=compared.years)
    head = [tr("Species"), tr("Scenario"), *years, tr("Change"), risk, *map(tr, SHORT.values())]
    table = [head]
    numbers = ("animals_start", "animals_end", "animals_change")
    for one in compared.species:
        for i, name in enumerate(compared.names[: room_for(compared)]):
            hits, n = compared.quasi_extinct(name, one.key)
            cells = [_end_cell(compared, name, one.key, o) for o in (*numbers, *SHORT)]
            row = [one.common_name if i == 0 else "", say.named(name)]
            table.append([*row, *cells[:3], f"{hits}/{n}", *cells[3:]])
    return table


def _end_cell(compared: ComparedDecades, name: str, key: str, outcome: str) -> str:
    row = compared.summary[name, key, outcome]
    if not math.isfinite(row["mean"]):
        return say.NOTHING
    scale = DECADES_OUTCOMES[outcome].scale
    signed = outcome in ("animals_change", "elevation_shift_m")
    decimals = min(scale.decimals, 0 if outcome == "animals_change" else 1)
    text = say.number(row["mean"] * scale.factor, decimals, sign=signed)
    if scale.unit in ("%", "m"):
        text += f" {scale.unit}"
    effect = compared.effects.get((name, key, outcome))
    if effect is None or effect["interval_note"] in (NEVER_VARIED, ONE_RUN, NO_VALUE):
        return text
    return f"{text} {word_of(effect)}"


def legend(compared: ComparedDecades) -> str:
    """Return what the table on the terminal says below itself."""
    said = [
        tr(
            "{means}. Risk: runs with fewer than {limit} independent animals at some census. "
            "Joining, border: animals a year that settle in another block of core areas, or in one "
            "across the border. Genes: diversity kept.",
            means=tr_plural("Means over {n} run", "Means over {n} runs", compared.n),
            limit=compared.rules.quasi_extinction,
        )
    ]
    if compared.several and compared.n > 1:
        words = word_legend(compared)
        said.append(tr("Against the scenario it is compared with: {words}", words=words))
    elif compared.n < 2:
        said.append(tr("One run has no intervals; ask for more with --replicates."))
    if compared.restless:
        species = say.joined(compared.restless)
        said.append(tr("Had not settled before the start: {species}.", species=species))
    left_out = len(compared.names) - room_for(compared)
    if left_out > 0:
        said.append(tr("{n} more in the report.", n=left_out))
    return " ".join(said)


def outcomes_table(compared: ComparedDecades, key: str) -> list[Row]:
    """Return every outcome of a species: a group per outcome, a row per scenario."""
    beyond = {f"quasi_extinct_{y}y" for y in compared.horizons_beyond}
    groups = []
    for name, outcome in DECADES_OUTCOMES.items():
        rows = []
        for s in compared.names:
            mine = compared.summary[s, key, name]
            if name in beyond or not math.isfinite(mine["mean"]):
                continue
            effect = compared.effects.get((s, key, name))
            shown = value_cell(outcome, mine)
            versus = effect_cell(outcome, effect) if effect else None
            more = percent_cell(effect) if effect else None
            size = say.number(effect["effect_size_dz"], 1, sign=True) if effect else ""
            rows.append(
                {
                    "scenario": say.named(s),
                    "value": shown,
                    "effect": versus,
                    "percent": more,
                    "size": size,
                }
            )
        if rows:
            groups.append({**head_of(outcome), "rows": rows})
    return groups


def yearly_table(compared: ComparedDecades, key: str, scenario: str) -> dict[str, Any]:
    """Return the census of about ten years between start and end, with intervals."""
    each = max(1, -(-compared.years // (MOST_YEARS - 1)))
    wanted = sorted({*range(0, compared.years + 1, each), compared.years})
    units = {c.name: (c.unit, c.meaning) for c in CENSUS}
    rows = []
    for year in wanted:
        cells = []
        for column in YEARLY:
            found = compared.series(scenario, key, column)
            unit = units[column][0]
            factor = 100.0 if unit == "1" else 1.0
            decimals = {"°C": 2, "1": 1}.get(unit, 0)
            ends = (float(v[year]) for v in (found.mean, found.low, found.high))
            text, span = say.told(Scale(factor, decimals, unit, unit), *ends)
            blank = year == 0 and column in ("births", "settled", "joining", "border_joining")
            cells.append(plain_cell(say.NOTHING) if blank else plain_cell(text, span))
        rows.append({"year": str(compared.start_year + year), "cells": cells})
    heads = []
    for column, label in YEARLY.items():
        unit = {"animals": "", "1": " (%)"}.get(units[column][0], f" ({units[column][0]})")
        heads.append({"label": tr(label) + unit, "meaning": tr(units[column][1])})
    return {"head": heads, "rows": rows}


def squeezed_zone(land: Landscape) -> Cover | None:
    """Return the highest natural zone that climbs as the air warms, which mountains run out of."""
    climbing = [zone.cover for zone in land.region.zones if zone.climbs]
    return land.covers.by_key.get(climbing[-1]) if climbing else None


def ground_table(compared: ComparedDecades) -> list[Row]:
    """Return what each scenario does to the ground: events, forest, protection, warmth.

    And the highest natural zone, where the region has zones (:func:`squeezed_zone`).
    """
    land = compared.study.land
    forest = [c.key for c in land.covers.rows if c.forest]
    zone = squeezed_zone(land)
    rows = []
    for i, row in enumerate(records(compared.comparison.scenarios)):

        def ends(keys: list[str], row: Row = row) -> tuple[float, float]:
            found = [
                sum(v for k in keys if math.isfinite(v := float(row.get(f"{when}_{k}_km2", 0.0))))
                for when in ("start", "end")
            ]
            return found[0], found[1]

        def change(keys: list[str]) -> Row:
            start, end = ends(keys)
            share = say.percent(end / start - 1, 1, sign=True) if start else ""
            return {"start": say.area(start), "end": say.area(end), "change": share}

        warm = [float(row[f"{when}_mean_temperature_c"]) for when in ("start", "end")]
        protected = [float(row[f"{when}_protected_km2"]) for when in ("start", "end")]
        edits = _edits(compared, i)
        rows.append(
            {
                "name": say.named(row["name"]),
                "edits": [edit_words(one) for one in edits] or [tr("the landscape stays as it is")],
                "against": say.named(compared.study.scenarios[i].against or ""),
                "forest": change(forest),
                "zone": None if zone is None else change([zone.key]),
                "protected": {
                    "start": say.area(protected[0]),
                    "end": say.area(protected[1]),
                    "change": f"{say.number(protected[1] - protected[0], sign=True)} km²",
                },
                "temperature": {
                    "start": f"{say.number(warm[0], 1)} °C",
                    "end": f"{say.number(warm[1], 1)} °C",
                    "change": f"{say.number(warm[1] - warm[0], 2, sign=True)} °C",
                },
            }
        )
    return rows


def _edits(compared: ComparedDecades, position: int) -> list[str]:
    """Return what was done to the ground by the end; names may hold the table's separator."""
    return read_facts(facts_path(compared.study.out, position), DecadesFacts).end.edits


def burn_in_table(compared: ComparedDecades) -> list[Row]:
    """Return how long every population was left to itself, and whether it came to rest."""
    names = {s.key: s.common_name for s in compared.species}
    frame = compared.comparison.burn_in
    return [
        {
            "species": names[str(r["species"])],
            "run": int(r["replicate"]) + 1,
            "years": say.number(r["years"]),
            "first": say.number(r["first"]),
            "last": say.number(r["last"]),
            "settled": bool(r["settled"]),
        }
        for r in records(frame[frame["scenario"] == compared.first])
    ]
