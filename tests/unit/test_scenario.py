"""Scenario and experiment files: defaults, overrides, crossing, dumping back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from corridor_sim import Scenario, load_experiment, load_scenario
from corridor_sim.config.load import dump, kind_of, set_key
from corridor_sim.config.schemas import schema
from corridor_sim.errors import ScenarioError

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.toml"))
# files of links, sweeps and sensitivity have readers of their own
EXPERIMENTS = [
    path
    for path in sorted((ROOT / "experiments").glob("*.toml"))
    if not {"links", "sweep", "sensitivity"} & set(tomllib.loads(path.read_text("utf-8")))
]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_shipped_scenarios_load_and_dump_back(path: Path, tmp_path: Path) -> None:
    assert kind_of(path) == "scenario"
    first = load_scenario(path).scenario
    again = tmp_path / "again.toml"
    again.write_text(dump(first), encoding="utf-8")
    assert load_scenario(again).scenario == first


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda p: p.name)
def test_shipped_experiments_load_and_dump_back(path: Path, tmp_path: Path) -> None:
    assert kind_of(path) == "experiment"
    first = load_experiment(path)
    again = tmp_path / "again.toml"
    again.write_text(dump(first.experiment), encoding="utf-8")
    second = load_experiment(again)
    assert second.experiment == first.experiment
    assert [s.name for s in second.scenarios] == [s.name for s in first.scenarios]


def test_a_file_with_a_name_alone_is_the_baseline_for_a_year(tmp_path: Path) -> None:
    path = tmp_path / "today.toml"
    path.write_text('name = "Scenario"', encoding="utf-8")
    scenario = load_scenario(path).scenario
    assert scenario.n_days == 365
    assert len(scenario.species) == 4
    assert scenario.landscape.elevation is None


def test_years_are_days() -> None:
    assert Scenario(years=2).n_days == 730
    assert Scenario(days=3).n_days == 3


def test_set_reaches_tables_lists_and_quoted_names() -> None:
    data = {"factors": {"climate": {"SSP2-4.5 2050": [{"kind": "warm", "year": 2050}]}}}
    set_key(data, 'factors.climate."SSP2-4.5 2050".0.year=2060')
    set_key(data, "species.jaguar.traits.movement.candidates=20")
    set_key(data, "name=Plain text")
    assert data["factors"]["climate"]["SSP2-4.5 2050"][0]["year"] == 2060
    assert data["species"]["jaguar"]["traits"]["movement"]["candidates"] == 20
    assert data["name"] == "Plain text"


def _leaves(table: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(table, dict):
        return [leaf for k, v in table.items() for leaf in _leaves(v, (*path, str(k)))]
    if isinstance(table, list) and table and isinstance(table[0], dict):
        return [leaf for i, v in enumerate(table) for leaf in _leaves(v, (*path, str(i)))]
    return [path]


@pytest.mark.parametrize("path", [*SHIPPED, *EXPERIMENTS], ids=lambda p: p.name)
def test_set_reaches_every_key_of_a_file(path: Path) -> None:
    resolved = load_experiment(path).experiment if kind_of(path) == "experiment" else None
    text = dump(resolved if resolved is not None else load_scenario(path).scenario)
    data = tomllib.loads(text)
    for leaf in _leaves(data):
        name = ".".join(f'"{key}"' for key in leaf)
        changed = tomllib.loads(text)
        set_key(changed, f"{name}='reached'")
        here: object = changed
        for key in leaf:
            here = here[int(key)] if isinstance(here, list) else here[key]
        assert here == "reached", name


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("days", ["--set days", "dotted.name=value"]),
        ("=3", ["dotted.name=value"]),
        ("edits.0.kind=3", ["edits", "array"]),
        ("days.x=3", ["--set days.x=3", "days"]),
        ("dayz=3", ["--set dayz=3", "unknown key", "did you mean 'days'?"]),
        ("days='3'", ["--set days='3'", "days"]),
        ("replicates=0", ["replicates", "0"]),
        ("landscape.cell_m=-5", ["landscape.cell_m", "-5"]),
    ],
)
def test_a_wrong_override_is_named(assignment: str, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("days = 10\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, [assignment])
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_factors_are_crossed_and_scenarios_beside_added(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text(
        """
        [base]
        edits = [{ kind = "warm", degrees_c = 0.5 }]
        [factors.clearing]
        none = []
        some = [{ kind = "clear", fraction = 0.1 }]
        [factors.climate]
        now = []
        hot = [{ kind = "warm", degrees_c = 2.0 }]
        [beside.plan]
        against = "some + now"
        edits = [{ kind = "protect_plan" }]
        """,
        encoding="utf-8",
    )
    design = load_experiment(path)
    names = [s.name for s in design.scenarios]
    assert names == ["none + now", "none + hot", "some + now", "some + hot", "plan"]
    kinds = [[e.kind for e in s.edits] for s in design.scenarios]
    assert kinds[0] == ["warm"]
    assert kinds[3] == ["warm", "clear", "warm"]
    assert kinds[4] == ["warm", "protect_plan"]
    assert design.baseline.name == "none + now"
    assert design.scenarios[4].against == "some + now"


def test_json_schema_knows_the_edits_and_their_ranges() -> None:
    found = schema("scenario")
    clear = found["$defs"]["Clear"]
    assert clear["properties"]["fraction"]["maximum"] == 1.0
    assert "fraction" in clear["required"]
    assert "days" in found["properties"]
