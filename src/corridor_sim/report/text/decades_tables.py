"""Tables of runs through decades: on the terminal at the end, and in the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.landscape.covers import COVERS
from corridor_sim.report.text import decades_numbers as lsay
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_answer import restless_names
from corridor_sim.report.text.decades_tables_read import Lives
from corridor_sim.report.text.tables import Row, records
from corridor_sim.report.text.terminal import print_table
from corridor_sim.simulation.decades.census import COLUMNS
from corridor_sim.simulation.decades.outcomes import LIFE_OUTCOMES
from corridor_sim.simulation.facts import DecadesFacts

if TYPE_CHECKING:
    from corridor_sim.comparison.decades import LifeComparison
    from corridor_sim.experiment.study import Study

MOST_ROWS = 40
MOST_YEARS = 11
YEARLY = (
    "independent",
    "juveniles",
    "dispersers",
    "breeding_females",
    "births",
    "settled",
    "flux",
    "border_flux",
    "capacity",
    "occupied_share",
    "mean_elevation_m",
    "thermal_mismatch_c",
)


def end_table(lives: Lives) -> list[list[str]]:
    """Return the table for the terminal, the head first: a row per species and scenario.

    Numbers, elevation, flux and genes are those of the scenario itself; what differs clearly from
    the scenario it is compared with carries a star.
    """
    risk = f"Risk {lives.years} y"
    head = [
        "Species",
        "Scenario",
        f"{lives.start_year}",
        f"{lives.end_year}",
        "Change",
        risk,
        "Homes up",
        "Flux",
        "Border",
        "Genes",
    ]
    table = [head]
    room = max(1, MOST_ROWS // max(1, len(lives.species)))
    for one in lives.species:
        for i, name in enumerate(lives.names[:room]):

            def cell(outcome: str, name: str = name, key: str = one.key) -> str:
                row = lives.summary[name, key, outcome]
                if not math.isfinite(row["mean"]):
                    return say.NOTHING
                scale = lsay.scale_of(outcome)
                signed = outcome in ("animals_change", "elevation_shift_m")
                decimals = min(scale.decimals, 0 if outcome == "animals_change" else 1)
                text = say.number(row["mean"] * scale.factor, decimals, sign=signed)
                if scale.unit in ("%", "m"):
                    text += f" {scale.unit}"
                effect = lives.effects.get((name, key, outcome))
                return text + ("*" if effect is not None and effect["clear"] else "")

            hits, n = lives.quasi_extinct(name, one.key)
            table.append(
                [
                    one.name if i == 0 else "",
                    name,
                    *(cell(o) for o in ("animals_start", "animals_end", "animals_change")),
                    f"{hits}/{n}",
                    *(
                        cell(o)
                        for o in (
                            "elevation_shift_m",
                            "flux_per_decade",
                            "border_flux_per_decade",
                            "gene_diversity_kept",
                        )
                    ),
                ]
            )
    return table


def print_effects(comparison: LifeComparison, study: Study, console: Any = None) -> None:
    """Print what becomes of every species under every scenario on the terminal."""
    lives = Lives(comparison, study)
    head, *body = end_table(lives)
    print_table(head, body, _legend(lives), console)


def _legend(lives: Lives) -> str:
    text = (
        f"Means over {say.counted(lives.n, 'run')}. Risk: runs with fewer than "
        f"{lives.life.quasi_extinction} independent animals at some census. Flux, border: settled "
        "in another core area, or across the border, per decade. Genes: diversity kept."
    )
    if lives.several and lives.n > 1:
        text += " * differs clearly from the scenario it is compared with."
    elif lives.n < 2:
        text += " One run has no intervals; ask for more with --replicates."
    restless = restless_names(lives)
    if restless:
        text += f" Had not settled before the start: {say.joined(restless)}."
    left_out = len(lives.names) - max(1, MOST_ROWS // max(1, len(lives.species)))
    if left_out > 0:
        text += f" {left_out} more in the report."
    return text


def cell(name: str, row: Row, *, change: bool) -> Row:
    """Return a cell of a value, or of a difference marked where clear, with its interval."""
    if not change:
        ends = (row[k] for k in ("mean", "low", "high"))
        text, span = say.told(lsay.scale_of(name), *ends)
        return {"text": text, "span": span, "sure": False, "good": ""}
    better = LIFE_OUTCOMES[name].better
    good = ""
    if row["clear"] and better != "neither":
        good = "better" if (row["difference"] > 0) == (better == "more") else "worse"
    text, span = lsay.difference(name, row)
    return {"text": text, "span": span, "sure": bool(row["clear"]), "good": good}


SPECIES_COLUMNS = (
    "animals_end",
    "breeding_females_end",
    "capacity_end",
    "occupied_share_end",
    "elevation_shift_m",
    "thermal_mismatch_end_c",
    "flux_per_decade",
    "gene_diversity_kept",
)


def species_table(lives: Lives, key: str) -> dict[str, Any]:
    """Return head, baseline row and one row per scenario of a species' main outcomes."""
    return {
        "head": [lsay.heading(n) for n in SPECIES_COLUMNS],
        "baseline": [
            cell(n, lives.summary[lives.first, key, n], change=False) for n in SPECIES_COLUMNS
        ],
        "rows": [
            {
                "name": s,
                "against": a if (a := lives.against(s)) != lives.first else "",
                "cells": [cell(n, lives.effects[s, key, n], change=True) for n in SPECIES_COLUMNS],
            }
            for s in lives.names[1:]
        ],
    }


def outcomes_table(lives: Lives, key: str) -> list[Row]:
    """Return every outcome of a species: a group per outcome, a row per scenario."""
    beyond = {f"quasi_extinct_{y}y" for y in lives.horizons_beyond}
    groups = []
    for name, outcome in LIFE_OUTCOMES.items():
        rows = []
        for s in lives.names:
            mine = lives.summary[s, key, name]
            if name in beyond or not math.isfinite(mine["mean"]):
                continue
            effect = lives.effects.get((s, key, name))
            shown = cell(name, mine, change=False)
            if name.startswith("quasi_extinct"):
                hits, n = lives.quasi_extinct(s, key, int(name.split("_")[-1][:-1]))
                low, high = lsay.risk_interval(hits, n)
                shown["span"] = lsay.interval(name, low, high)
            versus = cell(name, effect, change=True) if effect else None
            rows.append({"scenario": s, "value": shown, "effect": versus})
        if rows:
            groups.append({"label": lsay.heading(name), "meaning": outcome.meaning, "rows": rows})
    return groups


def yearly_table(lives: Lives, key: str, scenario: str) -> dict[str, Any]:
    """Return the census of about ten years between start and end, with intervals."""
    each = max(1, -(-lives.years // (MOST_YEARS - 1)))
    wanted = sorted({*range(0, lives.years + 1, each), lives.years})
    units = {c.name: (c.unit, c.meaning) for c in COLUMNS}
    rows = []
    for year in wanted:
        cells = []
        for column in YEARLY:
            found = lives.series(scenario, key, column)
            unit = units[column][0]
            factor = 100.0 if unit == "1" else 1.0
            decimals = {"°C": 2, "1": 1}.get(unit, 0)
            ends = (float(v[year]) for v in (found.mean, found.low, found.high))
            text, span = say.told(say.Scale(factor, decimals, unit, unit), *ends)
            blank = year == 0 and column in ("births", "settled", "flux", "border_flux")
            text = say.NOTHING if blank else text
            cells.append({"text": text, "span": "" if blank else span, "sure": False, "good": ""})
        rows.append({"year": str(lives.start_year + year), "cells": cells})
    heads = []
    for column in YEARLY:
        unit = {"animals": "", "1": " (%)"}.get(units[column][0], f" ({units[column][0]})")
        label = column.removesuffix("_m").removesuffix("_c").replace("_", " ").capitalize()
        heads.append({"label": label + unit, "meaning": units[column][1]})
    return {"head": heads, "rows": rows}


def ground_table(lives: Lives) -> list[Row]:
    """Return what each scenario does to the ground: events, forest, páramo, protection, warmth."""
    forest = [c.key for c in COVERS.values() if c.forest]
    rows = []
    for i, row in enumerate(records(lives.comparison.scenarios)):

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
        edits = _edits(lives, i)
        rows.append(
            {
                "name": row["name"],
                "edits": edits or ["the landscape stays as it is"],
                "against": lives.study.scenarios[i].against or "",
                "forest": change(forest),
                "paramo": change(["paramo"]),
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


def _edits(lives: Lives, position: int) -> list[str]:
    """Return what was done to the ground by the end; names may hold the table's separator."""
    return read_facts(facts_path(lives.study.out, position), DecadesFacts).end.edits


def burn_in_table(lives: Lives) -> list[Row]:
    """Return how long every population was left to itself, and whether it came to rest."""
    names = {s.key: s.name for s in lives.species}
    frame = lives.comparison.burn_in
    return [
        {
            "species": names[str(r["species"])],
            "run": int(r["replicate"]) + 1,
            "years": say.number(r["years"]),
            "first": say.number(r["first"]),
            "last": say.number(r["last"]),
            "settled": "yes" if r["settled"] else "no",
        }
        for r in records(frame[frame["scenario"] == lives.first])
    ]


def flux_table(lives: Lives, key: str, scenario: str, top: int = 10) -> dict[str, Any]:
    """Return the pairs of core areas between which most young settled, per decade."""
    land = lives.study.land
    country = dict(zip(land.zone_names, land.zone_countries, strict=True))
    rows = [
        r
        for r in records(lives.comparison.flux)
        if r["scenario"] == scenario and r["species"] == key and r["from_area"] != r["to_area"]
    ]
    rows.sort(key=lambda r: (-r["settled"], r["from_area"], r["to_area"]))
    per = 10.0 / lives.years
    shown = []
    for r in rows[:top]:
        low, high = r["settled_low"] * per, r["settled_high"] * per
        span = ""
        if math.isfinite(r["settled_low"]):
            span = f"[{say.number(low, 2)}, {say.number(high, 2)}]"
        a, b = country.get(r["from_area"], ""), country.get(r["to_area"], "")
        shown.append(
            {
                "from": r["from_area"],
                "to": r["to_area"],
                "span": span,
                "settled": say.number(r["settled"] * per, 2),
                "border": f"{a} → {b}" if a != b else "",
            }
        )
    rest = sum(r["settled"] for r in rows[top:]) * per
    return {"rows": shown, "others": max(0, len(rows) - top), "others_settled": say.number(rest, 2)}
