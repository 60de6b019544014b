"""The page on decades names what there is: settings, columns, outcomes; and its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corridor_sim import load_experiment, load_scenario
from corridor_sim.config.life_cycle import BurnIn, Genes, LifeCycleSettings
from corridor_sim.config.load import SHARED
from corridor_sim.simulation.decades.census import COLUMNS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES

PAGE = (Path(__file__).parents[2] / "docs" / "decades.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: c.name)
def test_every_column_is_told_with_its_unit_and_meaning(column) -> None:
    assert f"| `{column.name}` | {column.unit} | {column.meaning} |" in PAGE


@pytest.mark.parametrize("name", DECADES_OUTCOMES)
def test_every_outcome_is_told_with_its_unit_and_meaning(name: str) -> None:
    one = DECADES_OUTCOMES[name]
    assert f"| `{name}` | {one.unit} | {one.meaning} |" in PAGE


def test_the_example_loads_and_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(EXAMPLES[0], encoding="utf-8")
    found = load_scenario(path).scenario.life_cycle
    assert found is not None
    shown = found.model_fields_set
    assert shown == set(LifeCycleSettings.model_fields)
    assert found.burn_in.model_fields_set == set(BurnIn.model_fields)
    assert found.burn_in == BurnIn()
    assert found.genes is not None
    assert found.genes.model_fields_set == set(Genes.model_fields)
    assert found.genes == Genes()
    assert found.model_copy(update={"environmental_sd": 0.0}) == LifeCycleSettings()


def test_the_example_of_scenarios_beside_loads(tmp_path: Path) -> None:
    base, beside = EXAMPLES[1].split("# ... as above")
    # sections of a scenario file stand under base in an experiment
    rest = re.sub(r"(?m)^\[(\[?)", r"[\1base.", EXAMPLES[0])
    path = tmp_path / "experiment.toml"
    path.write_text(base + rest.split("\n", 1)[1] + beside, encoding="utf-8")
    names = [s.name for s in load_experiment(path).scenarios]
    assert names == ["business as usual", "strong climate", "a road in 2035"]


def test_what_cannot_be_set_is_listed() -> None:
    (said,) = re.findall(r"What makes runs\ncomparable cannot be set: (.*?);", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", said)) == set(SHARED) - {"name", "edits"}
