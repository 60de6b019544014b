"""Whether a plan has anything to protect against: asked of an experiment before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from corridor_sim.config.plan import PlanSettings
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.edits.protection import Protect, ProtectPlan


def check_plan(
    plan: PlanSettings, scenarios: Sequence[Scenario], against: Mapping[str, str], where: str | Path
) -> None:
    """Refuse a plan whose answer could not be given, before any work.

    Parameters
    ----------
    plan : PlanSettings
    scenarios : sequence of Scenario
        The baseline first.
    against : mapping of str to str
        What each is compared with, by name; the baseline with itself.
    where : str or Path
        The file, for messages.

    Raises
    ------
    ScenarioError
        A scenario that is not there or is compared with nothing; one without years, or without
        clearing in what it is compared with: nothing would be lost without the plan.
    """
    by_name = {one.name: one for one in scenarios}
    keys = [f"plan.under[{i}]" for i in range(len(plan.under))]
    places = dict(zip(plan.under, keys, strict=True)) | {plan.scenario: "plan.scenario"}
    for name in plan.cases:
        place = f"{where}: {places[name]}"
        if name not in by_name:
            raise ScenarioError(
                f"no scenario is named {name!r}", where=place, remedy=nearest(name, list(by_name))
            )
        without = against[name]
        if without == name:
            raise ScenarioError(
                f"{name!r} is compared with nothing: it is the baseline",
                where=place,
                remedy="name a scenario that has the plan; the baseline is the one without it",
            )
        _refuse_idle(by_name[without], place)
    without = against[plan.scenario]
    if plan.counterfactual not in (None, without):
        raise ScenarioError(
            f"{plan.scenario!r} is compared with {without!r}, not with {plan.counterfactual!r}",
            where=f"{where}: plan.counterfactual",
            remedy=f"write counterfactual = {without!r}, or set against of that scenario",
        )


def _refuse_idle(without: Scenario, place: str) -> None:
    if without.life_cycle is None:
        raise ScenarioError(
            "a plan keeps what would be lost in years to come, and this run has days alone",
            where=place,
            remedy="give base years, life_cycle and change.clearing",
        )
    if not clears(without):
        raise ScenarioError(
            f"no forest is cleared in {without.name!r}, so that the plan has nothing to keep and "
            "would show zero",
            where=place,
            remedy="give change.clearing a rate above 0 in both scenarios",
        )


def clears(scenario: Scenario) -> bool:
    """Whether forest is cleared in a scenario, at once or through the years."""
    change = scenario.change
    dated = () if change is None else tuple(event.edit for event in change.events)
    clearing = None if change is None else change.clearing
    if clearing is not None and clearing.highest_rate > 0:
        return True
    return any(edit.kind == "clear" for edit in (*scenario.edits, *dated))


def protections(scenario: Scenario) -> int:
    """Return how many edits of a scenario protect ground."""
    change = scenario.change
    dated = () if change is None else tuple(event.edit for event in change.events)
    parts = (part for edit in (*scenario.edits, *dated) for part in edit.parts())
    return sum(isinstance(part, Protect | ProtectPlan) for part in parts)


def note_on_plans(scenarios: Sequence[Scenario], against: Mapping[str, str]) -> str:
    """Return a line on scenarios that protect ground where nothing is cleared; mostly nothing."""
    by_name = {one.name: one for one in scenarios}
    idle = [
        repr(one.name)
        for one in scenarios[1:]
        if protections(one) > protections(by_name[against[one.name]])
        and not clears(one)
        and not clears(by_name[against[one.name]])
    ]
    if not idle:
        return ""
    return (
        f"{', '.join(idle)}: ground is protected, but no forest is cleared with or without it, so "
        "that what it keeps from clearing cannot show (see experiments/protection_plan.toml)"
    )
