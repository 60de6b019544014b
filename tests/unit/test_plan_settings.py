"""``[plan]`` and ``like``: what an experiment says of a plan, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from corridor_sim import load_experiment
from corridor_sim.config.load import against_of
from corridor_sim.config.plan import PlanSettings
from corridor_sim.config.plan_checks import clears, note_on_plans
from corridor_sim.errors import ScenarioError
from oracles.plan_study import plan_toml

ROOT = Path(__file__).parents[2]
SHORT = """
name = "x"
[base]
days = 10
[beside."more reserves"]
edits = [{ kind = "protect_plan" }]
[beside."cleared"]
edits = [{ kind = "clear", fraction = 0.2 }]
[beside."reserves, then cleared"]
like = "more reserves"
against = "cleared"
edits = [{ kind = "clear", fraction = 0.2 }]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scenario_like_another_begins_with_all_that_is_said_there(tmp_path: Path) -> None:
    made = load_experiment(written(tmp_path, plan_toml()))
    none, plan, fixed = (one.scenario.change for one in made.scenarios)
    assert none is not None
    assert plan is not None
    assert fixed is not None
    assert (len(none.events), len(plan.events)) == (0, 1)
    assert fixed.events == plan.events
    assert plan.clearing is not None
    assert fixed.clearing is not None
    assert (plan.clearing.demand, fixed.clearing.demand) == ("responsive", "fixed")
    edits = load_experiment(written(tmp_path, SHORT)).scenarios[-1].edits
    assert [one.kind for one in edits] == ["protect_plan", "clear"]


def test_what_a_scenario_says_itself_comes_on_top(tmp_path: Path) -> None:
    text = plan_toml() + (
        '[beside."again"]\nlike = "plan, fixed"\nset = { "change.clearing.demand" = "responsive" }'
    )
    again = load_experiment(written(tmp_path, text)).scenarios[-1].scenario.change
    assert again is not None
    assert again.clearing is not None
    assert again.clearing.demand == "responsive"
    assert len(again.events) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('scenario = "plan"', 'scenario = "plam"', "plan.scenario: no scenario is named 'plam'"),
        ('under = ["plan, fixed"]', 'under = ["x"]', "plan.under[0]: no scenario is named 'x'"),
        ('scenario = "plan"', 'scenario = "no plan"', "'no plan' is compared with nothing"),
        (
            'scenario = "plan"',
            'scenario = "plan"\ncounterfactual = "plan, fixed"',
            "plan.counterfactual: 'plan' is compared with 'no plan', not with 'plan, fixed'",
        ),
        ("cost = 10.0", "cost = 0", "plan.cost"),
        ("cost = 10.0", "cost = -3", "plan.cost"),
        ("cost = 10.0", "cost = nan", "plan.cost"),
        ('cost_unit = "million USD"\n', "", "cost needs a unit"),
        ("cost = 10.0\n", "", "cost is missing"),
        ("rate = 0.02", "rate = 0.0", "no forest is cleared in 'no plan'"),
        ("[base.change.clearing]", "[base.change.regrowth]", "base.change.regrowth"),
        ('like = "plan"', 'like = "plann"', "beside.plan, fixed.like: no scenario beside is named"),
        ('like = "plan"', 'like = "plan, fixed"', "'plan, fixed' is like itself"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = plan_toml()
    assert old in text
    with pytest.raises(ScenarioError) as caught:
        load_experiment(written(tmp_path, text.replace(old, new, 1)))
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    assert "plan.toml" in message


def test_a_plan_of_days_is_refused(tmp_path: Path) -> None:
    text = SHORT + '[plan]\nscenario = "reserves, then cleared"\n'
    with pytest.raises(ScenarioError, match="this run has days alone"):
        load_experiment(written(tmp_path, text))


def test_protecting_where_nobody_clears_is_said(tmp_path: Path) -> None:
    found = load_experiment(written(tmp_path, SHORT)).scenarios
    said = note_on_plans([one.scenario for one in found], against_of(found))
    assert said.startswith("'more reserves': ground is protected, but no forest is cleared")
    assert "reserves, then cleared" not in said
    made = load_experiment(written(tmp_path, plan_toml())).scenarios
    assert clears(made[0].scenario)
    assert note_on_plans([one.scenario for one in made], against_of(made)) == ""


def test_the_shipped_plan_has_all_its_cases() -> None:
    design = load_experiment(ROOT / "experiments/protection_plan.toml")
    plan = design.experiment.plan
    assert plan is not None
    against = against_of(design.scenarios)
    by_name = {one.name: one.scenario for one in design.scenarios}
    seen = set()
    for name in plan.cases:
        with_plan, without = by_name[name].change, by_name[against[name]].change
        assert with_plan is not None
        assert without is not None
        assert with_plan.clearing is not None
        assert without.clearing is not None
        assert with_plan.climate == without.climate
        assert with_plan.clearing.protected_factor == without.clearing.protected_factor
        assert with_plan.clearing.rate == without.clearing.rate > 0
        assert (len(without.events), len(with_plan.events)) == (0, 1)
        climate = None if with_plan.climate is None else with_plan.climate.ssp
        seen.add((with_plan.clearing.protected_factor, with_plan.clearing.demand, climate))
    assert len(seen) == len(plan.cases) == 8
    assert len({rate for rate, _, _ in seen}) == 2
    assert {demand for _, demand, _ in seen} == {"fixed", "responsive"}
    assert {climate for _, _, climate in seen} == {None, "SSP2-4.5"}


def test_costs_that_cannot_be_read_by_python_are_refused_too() -> None:
    with pytest.raises(ValueError, match="cost"):
        PlanSettings(scenario="a", cost=0.0, cost_unit="USD")
