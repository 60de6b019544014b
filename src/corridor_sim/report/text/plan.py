"""A plan's answer: what would be lost without it, what it keeps, for whom, at what cost."""

from __future__ import annotations

import math
from typing import Any

from corridor_sim.comparison.plan import ELSEWHERE, IN_ALL, ON_PLAN, plan_of, plan_outcomes
from corridor_sim.config.plan import PlanSettings
from corridor_sim.landscape.edits.protection import ProtectPlan
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.report.compared import ComparedDecades, Row, records
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.plan_cost import cost_sentences, price_table
from corridor_sim.report.text.tables import change_cell, plain_cell
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.outcomes import Outcome, Scale
from corridor_sim.statistics.enough import MOST
from corridor_sim.statistics.zones import OPEN

RISK = "quasi_extinct"
# layers by their names in files, beyond those that other pages name
LAYERS = (mark("river"), mark("protected"))
KM2 = Scale(1.0, 0, "km²", "km²")


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
        own = {k[1:]: row for k, row in self.rows.items() if k[0] == self.plan.scenario}
        return {
            "name": say.named(self.plan.scenario),
            "against": say.named(self.ground(ON_PLAN.name)["against"]),
            "lead": self.lead(),
            "lost": [self.lost_sentence(key) for key in self._keys],
            "ground": self.ground_table(),
            "species": [{"name": s.common_name, "key": s.key} for s in self.compared.species],
            "whom": self.whom(),
            "saved": self.species_table(),
            "cost": cost_sentences(self.plan, self.plan_km2, list(own.values())),
            "prices": price_table(self.plan, own, self._keys),
            "cases": self.case_table(),
            "unknown": self.unknown(),
        }

    @property
    def _keys(self) -> list[str]:
        return [one.key for one in self.compared.species]

    def lead(self) -> str:
        """Say what the plan keeps of the forest on its ground, and what becomes of that."""
        end = self.compared.end_year
        there = self.ground(ON_PLAN.name)
        if not self.plan_km2 > 0:
            return tr(
                "By {year} the plan has added no protected ground to that of {scenario}: from "
                "clearing it keeps nothing.",
                year=end,
                scenario=say.quoted(there["against"]),
            )
        text = tr(
            "The plan protects {area} more than is protected without it.", area=area(self.plan_km2)
        )
        if not there["without_plan"] > 0:
            more = tr(
                "On this ground no forest would be lost by {year} without the plan, at the pace of "
                "clearing that is assumed, so that nothing of it can be kept. Zero here means that "
                "nobody clears there, not that the plan fails.",
                year=end,
            )
            return f"{text} {more}"
        more = tr(
            "Without the plan {lost} of the forest on it would be cleared by {year}; with it "
            "{still}, so that it keeps {share} of that.",
            lost=area(there["without_plan"]),
            year=end,
            still=area(there["with_plan"]),
            share=say.percent(-there["difference"] / there["without_plan"]),
        )
        return f"{text} {more} {self._kept_in_all()}"

    def _kept_in_all(self) -> str:
        """Say what is kept in all, over the cases in which clearing moves elsewhere and not."""
        stays, moves = (self._kept(elsewhere) for elsewhere in (False, True))
        parts = []
        if stays is not None:
            parts.append(
                tr(
                    "if none of the clearing moves elsewhere, the plan keeps {area} of forest in "
                    "all",
                    area=area(stays),
                )
            )
        if moves is not None:
            kept = area(max(moves, 0.0))
            parts.append(tr("if all of it moves elsewhere, {area}", area=kept))
        if not parts:
            return ""
        return tr("What that is worth hangs on the clearing: {cases}.", cases="; ".join(parts))

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
        text = tr(
            "{before} animals in {first}, {after} in {last} without the plan",
            before=say.number(start["mean"]),
            first=compared.start_year,
            after=say.number(end["mean"]),
            last=compared.end_year,
        )
        if math.isfinite(change["mean"]):
            text += f" ({say.percent(change['mean'], sign=True)})"
        return {"name": compared.name_of(key), "text": text + "."}

    def ground_table(self) -> list[Row]:
        """Return what falls on the plan's ground, elsewhere, and in all."""
        return [
            {
                "label": tr(row["label"]),
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
            cell = self._risk_cell if outcome.name.startswith(RISK) else self._cell
            cells = [cell(outcome, key) for key in self._keys]
            label = say.heading(outcome)
            if cell == self._risk_cell:
                label = tr(
                    "Runs in which fewer than {n} were left", n=self.compared.rules.quasi_extinction
                )
            found.append({"label": label, "cells": cells})
        return found

    def whom(self) -> str:
        """Say which species gain or lose by more than matters, and that the others do not."""
        moved: dict[str, list[str]] = {"better": [], "worse": []}
        for outcome in self.outcomes:
            for one in self.compared.species:
                row = self.rows[self.plan.scenario, one.key, outcome.name]
                if say.matters(row):
                    good = difference_cell(row)["good"] or "better"
                    moved[good].append(
                        tr(
                            "{outcome} of the {species}",
                            outcome=say.inside(say.label(outcome)),
                            species=say.inside(one.common_name),
                        )
                    )
        size = tr(
            "The plan's ground is {share} of the map, the table is of all of it.",
            share=say.percent(self.plan_km2 / self.compared.study.land.ground_km2, 1),
        )
        if not any(moved.values()):
            none = tr("For no species is any of these known to change by more than matters.")
            return f"{none} {size}"
        parts = []
        if moved["better"]:
            parts.append(
                tr("More by what matters: {outcomes}.", outcomes=", ".join(moved["better"]))
            )
        if moved["worse"]:
            parts.append(
                tr("Less by what matters: {outcomes}.", outcomes=", ".join(moved["worse"]))
            )
        return " ".join([*parts, tr("Of all else no change that matters is known."), size])

    def _cell(self, outcome: Outcome, key: str) -> Row:
        row = self.rows[self.plan.scenario, key, outcome.name]
        if not math.isfinite(row["difference"]):
            return {**plain_cell(say.NOTHING), "ends": tr("not counted")}
        pair = [say.value(outcome, row[k]) for k in ("without_plan", "with_plan")]
        ends = tr("{before} without, {after} with", before=pair[0], after=pair[1])
        return {**difference_cell(row), "ends": ends}

    def _risk_cell(self, outcome: Outcome, key: str) -> Row:
        """Return in how many runs a species was lost: a difference of so few says little."""
        without, with_plan = self._lost(key)
        n = self.compared.n
        ends = tr("{n} of {all} without", n=without, all=n)
        return {**plain_cell(tr("{n} of {all}", n=with_plan, all=n)), "ends": ends}

    def _lost(self, key: str) -> tuple[int, int]:
        """Return in how many runs a species was lost by the end, without the plan and with it."""
        names = self.ground(ON_PLAN.name)["against"], self.plan.scenario
        without, with_plan = (self.compared.quasi_extinct(name, key)[0] for name in names)
        return without, with_plan

    def case_table(self) -> list[Row]:
        """Return what the plan keeps under each case: reserves, clearing that moves, climate."""
        found = []
        for case in self.plan.cases:
            there, away, total = (self.ground(o.name, case) for o in (ON_PLAN, ELSEWHERE, IN_ALL))
            found.append(
                {
                    "scenario": say.named(case),
                    "reserves": reserves(float(there["rate_in_reserves"])),
                    "moves": tr("all of it") if there["moves_elsewhere"] else tr("nothing"),
                    "climate": tr(there["climate"]),
                    "lost": area(there["without_plan"]),
                    "kept": gain_cell(there),
                    "away": difference_cell(away),
                    "total": gain_cell(total),
                    # the word of each would fill the page; bold says what matters
                    "animals": [
                        {**difference_cell(self.rows[case, key, "animals_end"]), "word": ""}
                        for key in self._keys
                    ],
                }
            )
        return found

    def lines(self) -> list[list[str]]:
        """Return the table for the terminal, the head first: a row per case."""
        names = [one.common_name for one in self.compared.species]
        forest = (
            tr("Lost there without"),
            tr("Kept there"),
            tr("More elsewhere"),
            tr("Kept in all"),
        )
        table = [[tr("Plan"), *forest, *names]]
        for case in self.case_table():
            cells = [case[k]["text"] for k in ("kept", "away", "total")]
            animals = [cell["text"] for cell in case["animals"]]
            table.append([case["scenario"], case["lost"], *cells, *animals])
        return table

    def unknown(self) -> list[str]:
        """Say what remains unknown: open effects, assumptions, approximations."""
        told = self._open(), self._risk(), self._range(), self._outline(), self._layers()
        return [text for text in told if text]

    def _open(self) -> str:
        mine = [r for r in self.rows.values() if r["scenario"] == self.plan.scenario]
        mine = [r for r in mine if r["species"] and math.isfinite(r["difference"])]
        mine = [r for r in mine if not r["outcome"].startswith(RISK)]
        still = [r for r in mine if r["verdict"] == OPEN]
        n = self.compared.n
        if n < 2:
            return tr("Each scenario ran once: of no effect one can tell. Ask for more replicates.")
        if not still:
            return tr(
                "Of the {n} effects on species in the table none is left open: more runs would "
                "narrow intervals and change no verdict.",
                n=len(mine),
            )
        parts = []
        for row in still:
            what = say.inside(say.label(DECADES_OUTCOMES[row["outcome"]]))
            runs = float(row["runs_to_tell"])
            if math.isfinite(runs):
                many = tr("about {n}", n=say.plain(runs, ",.0f"))
            else:
                many = tr("more than {n}", n=say.plain(MOST, ","))
            whose = say.inside(self.compared.name_of(row["species"]))
            parts.append(f"{what}, {whose} ({many})")
        return tr(
            "Of {open} of the {all} effects on species one cannot tell yet from {runs} runs of "
            "each scenario. In brackets the runs that would tell, were the effect found the true "
            "one: {effects}.",
            open=len(still),
            all=len(mine),
            runs=n,
            effects="; ".join(parts),
        )

    def _risk(self) -> str:
        """Say what is left open where no species was lost."""
        if any(sum(self._lost(key)) for key in self._keys):
            return ""
        n, compared = self.compared.n, self.compared
        most = say.number(100 * say.risk_interval(0, n)[1])
        return tr(
            "No species fell below {limit} animals in any of {runs} runs, with or without the "
            "plan: that leaves a risk of up to {most} % open, and says nothing of the years beyond "
            "{year}.",
            limit=compared.rules.quasi_extinction,
            runs=n,
            most=most,
            year=compared.end_year,
        )

    def _range(self) -> str:
        kept = [-float(self.ground(IN_ALL.name, case)["difference"]) for case in self.plan.cases]
        if len(kept) < 2:
            return tr(
                "How well reserves hold, whether clearing moves elsewhere and how it warms are "
                "assumed, one way only: name scenarios with other assumptions under plan.under."
            )
        low, high = (say.number(max(v, 0.0)) for v in (min(kept), max(kept)))
        return tr(
            "How well reserves hold, how much clearing moves elsewhere and how far it warms are "
            "assumed, not known: by the cases below the plan keeps between {low} and {high} km² "
            "of forest in all.",
            low=low,
            high=high,
        )

    def _outline(self) -> str:
        scenario = next(
            s.scenario for s in self.compared.study.scenarios if s.name == self.plan.scenario
        )
        dated = () if scenario.change is None else tuple(e.edit for e in scenario.change.events)
        n = len(set(self.compared.comparison.plan_ground["map"]))
        text = tr_plural(
            "Which forest falls is drawn by a rule, on {n} map; intervals of the ground are over "
            "these.",
            "Which forest falls is drawn by a rule, on {n} maps; intervals of the ground are over "
            "these.",
            n,
        )
        if any(isinstance(edit, ProtectPlan) for edit in (*scenario.edits, *dated)):
            text += " " + tr(
                "The plan's outline is drawn by a rule as well, where protected areas come "
                "closest to joining: it is not the official boundary."
            )
        return text

    def _layers(self) -> str:
        origins = self.compared.study.land.origins
        rough = sorted(n for n, one in origins.items() if one.status == "approximated")
        rough = [name.removesuffix("_m").removesuffix("_c").replace("_", " ") for name in rough]
        if not rough:
            return ""
        return tr(
            "Approximated, not surveyed, are these layers of the map: {layers}.",
            layers=say.joined([tr(name) for name in rough]),
        )


def area(km2: float) -> str:
    """Write an area; none is written as 0, not as a tenth of nothing.

    >>> area(0.0), area(3.21), area(123.4)
    ('0 km²', '3.2 km²', '123 km²')
    """
    return say.area(km2) if km2 else "0 km²"


def reserves(rate: float) -> str:
    """Say how well reserves hold.

    >>> reserves(0.0), reserves(0.66)
    ('hold: nothing falls inside', 'leak: 66 % of the pace outside')
    """
    if rate == 0:
        return tr("hold: nothing falls inside")
    return tr("leak: {share} of the pace outside", share=say.percent(rate))


def difference_cell(row: Row) -> Row:
    """Return a cell of what the plan changes, with its interval and what that says."""
    scale = KM2 if not row["species"] else DECADES_OUTCOMES[row["outcome"]].scale
    ends = [float(row[k]) for k in ("difference", "low", "high")]
    if not math.isfinite(ends[0]):
        return plain_cell(say.NOTHING)
    clear = say.off_zero(ends[1], ends[2])
    cell = change_cell(scale, ends, row["better"], say.matters(row), clear)
    return {**cell, "word": tr(row["verdict"]) if row["species"] else ""}


def gain_cell(row: Row) -> Row:
    """Return a cell of what less falls, as forest kept."""
    turned = {"difference": -row["difference"], "low": -row["high"], "high": -row["low"]}
    return difference_cell({**row, **turned, "better": "more"})


PLAN_NOTE = mark(
    "km² of forest by the end, on the ground that the plan protects and elsewhere; species: "
    "animals at the end with the plan less without. Intervals and costs are on the page."
)
