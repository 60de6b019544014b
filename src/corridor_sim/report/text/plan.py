"""A plan's answer: what would be lost without it, what it keeps, for whom, at what cost."""

from __future__ import annotations

import math
from typing import Any

from corridor_sim.comparison.plan import ELSEWHERE, IN_ALL, ON_PLAN, plan_of, plan_outcomes
from corridor_sim.config.plan import PlanSettings
from corridor_sim.landscape.edits.protection import ProtectPlan
from corridor_sim.report.compared import ComparedDecades, Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import change_cell, plain_cell
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.outcomes import Scale
from corridor_sim.statistics.enough import MOST
from corridor_sim.statistics.zones import OPEN

KM2 = Scale(1.0, 0, "km²", "km²")
# a gain of one thing, as a price names it
EACH = {
    ON_PLAN.name: "km² of forest kept on the plan's ground",
    IN_ALL.name: "km² of forest kept in all",
    "animals_end": "animal more at the end",
    "joining_per_year": "animal more a year that joins another block",
    "suitable_km2_end": "km² of habitat kept",
}


class PlanAnswer:
    """What the page and the terminal tell of a plan; made from the table of the plan alone.

    Parameters
    ----------
    compared : ComparedDecades
        Of a study whose file has a plan.
    """

    def __init__(self, compared: ComparedDecades) -> None:
        plan = plan_of(compared.study)
        assert plan is not None
        self.plan: PlanSettings = plan
        self.compared = compared
        told = records(compared.comparison.plan)
        self.rows = {(r["scenario"], r["species"], r["outcome"]): r for r in told}
        mine = compared.comparison.plan_ground.query("scenario == @plan.scenario")
        self.plan_km2, self.forest_km2 = (
            float(mine[name].mean()) for name in ("plan_km2", "forest_km2")
        )
        self.outcomes = [DECADES_OUTCOMES[name] for name in plan_outcomes(compared.years)]

    def ground(self, outcome: str, case: str = "") -> Row:
        """Return a row of the table on the ground, of the plan itself or of another case."""
        return self.rows[case or self.plan.scenario, "", outcome]

    def contents(self) -> dict[str, Any]:
        """Return what the page's section on the plan shows."""
        return {
            "name": self.plan.scenario,
            "against": self.ground(ON_PLAN.name)["against"],
            "lead": self.lead(),
            "lost": [self.lost_sentence(key) for key in self._keys],
            "ground": self.ground_table(),
            "species": [{"name": s.name, "key": s.key} for s in self.compared.species],
            "saved": self.species_table(),
            "cost": self.cost_sentences(),
            "prices": self.price_table(),
            "cases": self.case_table(),
            "unknown": self.unknown(),
        }

    @property
    def _keys(self) -> list[str]:
        return [one.key for one in self.compared.species]

    def lead(self) -> str:
        """Say what the plan keeps of the forest on its ground, and what becomes of that."""
        name, end = say.quoted(self.plan.scenario), self.compared.end_year
        there = self.ground(ON_PLAN.name)
        if not self.plan_km2 > 0:
            return (
                f"By {end} {name} has added no protected ground to that of "
                f"{say.quoted(there['against'])}: from clearing it keeps nothing."
            )
        text = f"{name} protects {area(self.plan_km2)} more than is protected without it. "
        if not there["without_plan"] > 0:
            return text + (
                f"On this ground no forest would be lost by {end} without the plan, at the pace of "
                "clearing that is assumed, so that nothing of it can be kept. Zero here means that "
                "nobody clears there, not that the plan fails."
            )
        text += (
            f"Without the plan {area(there['without_plan'])} of the forest on it would be "
            f"cleared by {end}; with it {area(there['with_plan'])}. "
        )
        return text + self._kept_in_all()

    def _kept_in_all(self) -> str:
        """Say what is kept in all, over the cases in which clearing moves elsewhere and not."""
        stays, moves = (self._kept(elsewhere) for elsewhere in (False, True))
        parts = []
        if stays is not None:
            parts.append(
                f"if none of the clearing moves elsewhere, the plan keeps {area(stays)} of "
                "forest in all"
            )
        if moves is not None:
            parts.append(f"if all of it moves elsewhere, {area(max(moves, 0.0))}")
        return f"What that is worth hangs on the clearing: {'; '.join(parts)}." if parts else ""

    def _kept(self, moves: bool) -> float | None:
        """Return the forest kept in all by the case that differs from the plan in nothing else."""
        own = self.ground(IN_ALL.name)
        for case in self.plan.cases:
            row = self.ground(IN_ALL.name, case)
            same = all(row[k] == own[k] for k in ("rate_in_reserves", "climate"))
            if same and bool(row["moves_elsewhere"]) == moves:
                return -float(row["difference"])
        return None

    def lost_sentence(self, key: str) -> dict[str, str]:
        """Say what becomes of a species without the plan."""
        compared, without = self.compared, self.ground(ON_PLAN.name)["against"]
        start, end, change = (
            compared.summary[without, key, name]
            for name in ("animals_start", "animals_end", "animals_change")
        )
        text = (
            f"{say.number(start['mean'])} animals in {compared.start_year}, "
            f"{say.number(end['mean'])} in {compared.end_year} without the plan"
        )
        if math.isfinite(change["mean"]):
            text += f" ({say.percent(change['mean'], sign=True)})"
        return {"name": compared.name_of(key), "text": text + "."}

    def ground_table(self) -> list[Row]:
        """Return what falls on the plan's ground, elsewhere, and in all."""
        return [
            {
                "label": row["label"],
                "without": area(row["without_plan"]),
                "with": area(row["with_plan"]),
                "difference": difference_cell(row),
            }
            for row in (self.ground(one.name) for one in (ON_PLAN, ELSEWHERE, IN_ALL))
        ]

    def species_table(self) -> list[Row]:
        """Return what the plan keeps of every species, side by side: a row per outcome."""
        found = []
        for outcome in self.outcomes:
            cells = []
            for key in self._keys:
                row = self.rows[self.plan.scenario, key, outcome.name]
                pair = [say.value(outcome, row[k]) for k in ("without_plan", "with_plan")]
                known = math.isfinite(row["difference"])
                cells.append(
                    {
                        **(difference_cell(row) if known else plain_cell(say.NOTHING)),
                        "ends": f"{pair[0]} without, {pair[1]} with" if known else "not counted",
                    }
                )
            found.append({"label": say.heading(outcome), "cells": cells})
        return found

    def cost_sentences(self) -> list[str]:
        """Say what the plan costs, what that covers, where the figure is from."""
        plan = self.plan
        if plan.cost is None:
            return [
                "The file gives no cost, so that nothing can be said of what a km² or an animal "
                "costs: add cost and cost_unit under [plan]."
            ]
        text = f"The plan costs {money(plan, plan.cost)}"
        text += (
            f": {flat(plan.cost_covers)}."
            if plan.cost_covers
            else "; what that covers, the file does not say."
        )
        each = ""
        if self.plan_km2 > 0:
            each = f"That is {money(plan, plan.cost / self.plan_km2)} for a km² protected."
        source = (
            f"Where the figure is from: {flat(plan.cost_source)}."
            if plan.cost_source
            else "Where the figure is from, the file does not say: treat it as a guess."
        )
        return [one for one in (text, each, source) if one]

    def price_table(self) -> list[Row]:
        """Return what one unit of each gain costs, the ground first, then species by species."""
        if self.plan.cost is None:
            return []
        found = []
        for row in self.rows.values():
            if row["scenario"] != self.plan.scenario or math.isnan(row["cost_each_low"]):
                continue
            whose = self.compared.name_of(row["species"]) if row["species"] else "The ground"
            found.append({"whose": whose, "of": EACH[row["outcome"]], **self._price(row)})
        return found

    def _price(self, row: Row) -> dict[str, str]:
        low, high, each = (float(row[k]) for k in ("cost_each_low", "cost_each_high", "cost_each"))
        if math.isinf(low):
            return {"price": say.NOTHING, "span": "nothing is gained, as far as one can tell"}
        if math.isinf(high):
            return {
                "price": f"more than {money(self.plan, low)}",
                "span": "one cannot tell yet whether any is gained",
            }
        return {
            "price": money(self.plan, each),
            "span": f"[{money(self.plan, low, bare=True)}, {money(self.plan, high, bare=True)}]",
        }

    def case_table(self) -> list[Row]:
        """Return what the plan keeps under each case: reserves, clearing that moves, climate."""
        found = []
        for case in self.plan.cases:
            there, away, total = (self.ground(o.name, case) for o in (ON_PLAN, ELSEWHERE, IN_ALL))
            found.append(
                {
                    "scenario": case,
                    "reserves": reserves(float(there["rate_in_reserves"])),
                    "moves": "all of it" if there["moves_elsewhere"] else "nothing",
                    "climate": there["climate"],
                    "lost": area(there["without_plan"]),
                    "kept": gain_cell(there),
                    "away": difference_cell(away),
                    "total": gain_cell(total),
                    "animals": [
                        difference_cell(self.rows[case, key, "animals_end"]) for key in self._keys
                    ],
                }
            )
        return found

    def lines(self) -> list[list[str]]:
        """Return the table for the terminal, the head first: a row per case."""
        names = [one.name for one in self.compared.species]
        forest = ("Lost there without", "Kept there", "More elsewhere", "Kept in all")
        table = [["Plan", *forest, *names]]
        for case in self.case_table():
            cells = [case[k]["text"] for k in ("kept", "away", "total")]
            animals = [cell["text"] for cell in case["animals"]]
            table.append([case["scenario"], case["lost"], *cells, *animals])
        return table

    def unknown(self) -> list[str]:
        """Say what remains unknown: open effects, assumptions, approximations."""
        return [
            text for text in (self._open(), self._range(), self._outline(), self._layers()) if text
        ]

    def _open(self) -> str:
        mine = [r for r in self.rows.values() if r["scenario"] == self.plan.scenario]
        mine = [r for r in mine if r["species"] and math.isfinite(r["difference"])]
        still = [r for r in mine if r["verdict"] == OPEN]
        n = self.compared.n
        if n < 2:
            return "Each scenario ran once: of no effect one can tell. Ask for more replicates."
        if not still:
            return (
                f"Of the {len(mine)} effects on species in the table none is left open: more runs "
                "would narrow intervals and change no verdict."
            )
        parts = []
        for row in still:
            what = say.inside(DECADES_OUTCOMES[row["outcome"]].label)
            runs = float(row["runs_to_tell"])
            many = f"about {runs:,.0f}" if math.isfinite(runs) else f"more than {MOST:,}"
            whose = say.inside(self.compared.name_of(row["species"]))
            parts.append(f"{what} of the {whose} ({many})")
        return (
            f"Of {len(still)} of the {len(mine)} effects on species one cannot tell yet from {n} "
            "runs of each scenario. In brackets the runs that would tell, were the effect found "
            f"the true one: {'; '.join(parts)}."
        )

    def _range(self) -> str:
        kept = [-float(self.ground(IN_ALL.name, case)["difference"]) for case in self.plan.cases]
        if len(kept) < 2:
            return (
                "How well reserves hold, whether clearing moves elsewhere and how it warms are "
                "assumed, one way only: name scenarios with other assumptions under plan.under."
            )
        low, high = (say.number(max(v, 0.0)) for v in (min(kept), max(kept)))
        return (
            "How well reserves hold, how much clearing moves elsewhere and how far it warms are "
            f"assumed, not known: by the cases below the plan keeps between {low} and {high} km² "
            "of forest in all."
        )

    def _outline(self) -> str:
        scenario = next(
            s.scenario for s in self.compared.study.scenarios if s.name == self.plan.scenario
        )
        dated = () if scenario.change is None else tuple(e.edit for e in scenario.change.events)
        n = len(set(self.compared.comparison.plan_ground["map"]))
        text = (
            f"Which forest falls is drawn by a rule, on {say.counted(n, 'map')}; intervals of the "
            "ground are over these."
        )
        if any(isinstance(edit, ProtectPlan) for edit in (*scenario.edits, *dated)):
            text += (
                " The plan's outline is drawn by a rule as well, where protected areas come "
                "closest to joining: it is not the official boundary."
            )
        return text

    def _layers(self) -> str:
        origins = self.compared.study.land.origins
        rough = sorted(n for n, one in origins.items() if one.status == "approximated")
        if not rough:
            return ""
        names = say.joined([name.replace("_", " ") for name in rough])
        return f"Approximated, not surveyed, are these layers of the map: {names}."


def money(plan: PlanSettings, amount: float, *, bare: bool = False) -> str:
    """Write an amount in the unit of the cost; millions of less than a tenth in thousands.

    >>> plan = PlanSettings(scenario="a", cost=3.0, cost_unit="million USD")
    >>> money(plan, 3.0), money(plan, 0.0123), money(plan, 0.0123, bare=True)
    ('3 million USD', '12,300 USD', '12,300')
    """
    unit = plan.cost_unit or ""
    if unit.startswith("million ") and abs(amount) < 0.1:
        amount, unit = amount * 1e6, unit.removeprefix("million ")
    digits = max(0, 2 - math.floor(math.log10(amount))) if amount > 0 else 0
    rounded = round(amount, digits if amount < 100 else 2 - math.floor(math.log10(amount)))
    text = say.number(rounded, min(digits, 2))
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if bare else f"{text} {unit}"


def area(km2: float) -> str:
    """Write an area; none is written as 0, not as a tenth of nothing.

    >>> area(0.0), area(3.21), area(123.4)
    ('0 km²', '3.2 km²', '123 km²')
    """
    return say.area(km2) if km2 else "0 km²"


def flat(text: str) -> str:
    """Return a text of a file as it stands inside a sentence."""
    return " ".join(text.split()).rstrip(".")


def reserves(rate: float) -> str:
    """Say how well reserves hold.

    >>> reserves(0.0), reserves(0.66)
    ('hold: nothing falls inside', 'leak: 66 % of the pace outside')
    """
    if rate == 0:
        return "hold: nothing falls inside"
    return f"leak: {say.percent(rate)} of the pace outside"


def difference_cell(row: Row) -> Row:
    """Return a cell of what the plan changes, with its interval and what that says."""
    scale = KM2 if not row["species"] else DECADES_OUTCOMES[row["outcome"]].scale
    ends = [float(row[k]) for k in ("difference", "low", "high")]
    if not math.isfinite(ends[0]):
        return plain_cell(say.NOTHING)
    clear = say.off_zero(ends[1], ends[2])
    cell = change_cell(scale, ends, row["better"], say.matters(row), clear)
    return {**cell, "word": row["verdict"] if row["species"] else ""}


def gain_cell(row: Row) -> Row:
    """Return a cell of what less falls, as forest kept."""
    turned = {"difference": -row["difference"], "low": -row["high"], "high": -row["low"]}
    return difference_cell({**row, **turned, "better": "more"})


PLAN_NOTE = (
    "km² of forest by the end, on the ground that the plan protects and elsewhere; species: "
    "animals at the end with the plan less without. Intervals and costs are on the page."
)
