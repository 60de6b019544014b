"""Runs through decades as a user meets them: mistakes are one line, hard cases end with a word."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from corridor_sim.cli.main import main
from corridor_sim.errors import ScenarioError
from corridor_sim.simulation.days import forecast as forecasting

SMALL = """
name = "Small decades"
years = 3
start_year = 2025
replicates = 1
[landscape]
cell_m = 10000
[life_cycle]
days_per_season = 3
settle_every_d = 30
capacity_scale = 0.2
burn_in = { window_y = 2, at_most_y = 4 }
genes = { loci = 20, chromosome_bp = 1000 }
[species.jaguar]
[species.mountain_tapir]
"""
EXPERIMENT = (
    SMALL.replace("years", "[base]\nyears", 1)
    .replace("\n[l", "\n[base.l")
    .replace("[species.", "[base.species.")
)
LIFE = "species.jaguar.traits.life_cycle"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    jaguar = (files("corridor_sim.species") / "catalog" / "jaguar.toml").read_text("utf-8")
    head, _ = jaguar.split("[life_cycle]")
    (tmp_path / "lifeless.toml").write_text(head, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that must fail before any work; return its only line."""
    code = main([*words, "--out", "out", "--quiet"])
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    (line,) = said.err.strip().splitlines()
    assert "Traceback" not in line
    assert not list(Path().glob("out/runs/*"))
    assert not list(Path().glob("out/scenarios/*"))
    return line


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([f"{LIFE}.survival_by_age.values=[0.5, 1.2]"], ["survival_by_age.values[1]", "1.2"]),
        ([f"{LIFE}.litter_mean=-1"], ["jaguar", "litter_mean", "-1"]),
        ([f"{LIFE}.first_birth_y=30"], ["first_birth_y 30 lies after last_birth_y 12"]),
        (
            [f"{LIFE}.capacity_per_100km2=1e-7"],
            ["species.jaguar", "feeds", "animals", "leave it out"],
        ),
        (
            ["species.jaguar.file='lifeless.toml'"],
            ["species.jaguar", "has no life cycle", "add [life_cycle]"],
        ),
        (["species.lynx.tracks=1"], ["species.lynx.tracks"]),
        (["species.jaguar.count=30"], ["species.jaguar", "capacity_scale instead of count"]),
        (["species.jaguar.sampling=0.5"], ["species.jaguar", "capacity_scale instead of"]),
        (
            ["species.jaguar.dispersal={ model = 'sms', moves_per_day = 4, settles = 0.1 }"],
            ["species.jaguar.dispersal.settles = 0.1", "life_cycle", "drop this key"],
        ),
        (["years=2.5"], ["life_cycle needs years, a whole number"]),
        (["years=0"], ["years", "0"]),
        (["start_day=5"], ["start_day must be 0"]),
        (["life_cycle.movment=true"], ["life_cycle.movment", "did you mean 'movement'"]),
        (["life_cycle.days_per_season=184"], ["life_cycle.days_per_season", "184", "183"]),
        (["life_cycle.capacity_scale=0"], ["life_cycle.capacity_scale", "0"]),
        (["life_cycle.capacity_scale=nan"], ["life_cycle.capacity_scale"]),
        (["change.climate.ssp=SSP9-9"], ["change.climate.ssp", "SSP9-9", "SSP2-4.5"]),
        (["change.climate.ssp=SSP2-4.5", "years=90"], ["2115", "2090", "shorten the run"]),
        (["change.climate.ssp=SSP2-4.5", "start_year=1950"], ["start_year", "1950", "2005"]),
        (["change.clearing.rate=1.4"], ["change.clearing.rate", "1.4"]),
        (
            [
                "change.clearing.rate=0.9",
                "change.clearing.protected_factor=0",
                "edits=[{ kind = 'clear', fraction = 0.7 }]",
            ],
            ["change.clearing.rate", "exceeds", "lower the rate"],
        ),
        (
            ["change.events=[{ opens = 2030, kind = 'protect_plan' }]"],
            ["change.events[0].opens", "2030", "2025 to 2027"],
        ),
        (
            ["change.events=[{ opens = 2026, kind = 'protect_plan', among = ['Atlantis'] }]"],
            ["change.events[0]", "Atlantis"],
        ),
    ],
    ids=lambda v: " ".join(v)[:60] if isinstance(v, list) and "=" in v[0] else "",
)
def test_a_mistake_is_one_line_before_any_work(
    changes: list[str], words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(capsys, "run", "small.toml", *(w for c in changes for w in ("--set", c)))
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("drop", "words"),
    [
        (r"(?m)^years.*$", ["life_cycle needs years"]),
        (r"(?ms)^\[life_cycle\].*?(?=^\[species)", ["change needs life_cycle"]),
    ],
    ids=["years", "life_cycle"],
)
def test_a_section_alone_is_refused(
    drop: str, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "half.toml").write_text(re.sub(drop, "", SMALL), encoding="utf-8")
    line = refused(capsys, "run", "half.toml", "--set", "change.clearing.rate=0.01")
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('"life_cycle.movment" = true', ["life_cycle.movment", "did you mean 'movement'"]),
        ('"chang.climate.ssp" = "x"', ["chang", "did you mean 'change'"]),
        ('"life_cycle.quasi_extinction.x" = 3', ["quasi_extinction holds no further keys"]),
        ('"seed" = 3', ["seed is the same for all scenarios", "set it in base"]),
        ('"years" = 2', ["years is the same for all scenarios", "set it in base"]),
        ('"edits" = []', ["edits is the same", "use edits beside set"]),
        (
            '"species.andean_bear.dispersal" = { model = "step_selection" }',
            ["species.andean_bear is not in base"],
        ),
        ('"two words" = 2', ["'two words' is not of the form dotted.name"]),
        (
            '"change.events" = [{ opens = 2026, kind = "protect_plan", among = ["Atlantis"] }]',
            ["other", "change.events[0]", "Atlantis"],
        ),
        (f'"{LIFE}.capacity_per_100km2" = 1e-7', ["species.jaguar", "feeds"]),
    ],
    ids=lambda v: v[:40] if isinstance(v, str) else "",
)
def test_what_a_scenario_beside_cannot_set(
    settings: str, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{EXPERIMENT}\n[beside.other]\nset = {{ {settings} }}\n"
    (folder / "experiment.toml").write_text(text, encoding="utf-8")
    line = refused(capsys, "compare", "experiment.toml")
    for word in words:
        assert word in line


def test_a_million_animals_are_forecast_first(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forecast is said before anything runs; here the machine is too small for it."""
    monkeypatch.setattr(forecasting, "available_bytes", lambda: 1.5e9)
    changes = ["--set", "life_cycle.capacity_scale=200", "--set", "years=50"]
    line = refused(capsys, "run", "small.toml", *changes)
    assert re.search(r"needs about [\d.]+ GB of memory, 1\.5 GB are free", line)
    assert "capacity_scale" in line
    monkeypatch.undo()
    monkeypatch.chdir(folder)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    # whoever sees the forecast can stop: nothing has been simulated
    monkeypatch.setattr("corridor_sim.simulation.decades.simulator.DecadesScenario.simulate", stop)
    monkeypatch.setattr("corridor_sim.experiment.execution.runner.most_workers", lambda *_: 1)
    assert main(["run", "small.toml", *changes, "--out", "out"]) == 130
    said = capsys.readouterr().err
    found = re.search(r"forecast: 1 run of ([\d,]+) animals, .* about ([\d,.]+) (s|h) and", said)
    assert found
    assert int(found[1].replace(",", "")) > 1_000_000
    assert float(found[2].replace(",", "")) > 0


def test_a_mesa_model_of_days_has_no_decades(folder: Path) -> None:
    from corridor_sim import CorridorModel

    with pytest.raises(ScenarioError, match=r"knows no births.*use DecadesModel") as caught:
        CorridorModel(folder / "small.toml")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_hard_cases_run_to_the_end(folder: Path) -> None:
    """A species that dies out and a forest that is used up: no warning, no traceback, a word."""
    words = [
        "run",
        "small.toml",
        "--out",
        "out",
        "--set",
        f"{LIFE}.survival_by_age.values=[0.02]",
        "--set",
        f"{LIFE}.birth_probability=0",
        "--set",
        "life_cycle.burn_in.at_most_y=0",
        "--set",
        "change.clearing.rate=0.85",
        "--set",
        "change.clearing.protected_factor=0",
        "--set",
        "change.update_every_y=1",
        "--set",
        "years=4",
    ]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "corridor_sim", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    import pandas as pd

    yearly = pd.read_parquet(folder / "out" / "tables" / "yearly.parquet")
    numbers = yearly.query("column == 'independent'").set_index(["species", "year"])["mean"]
    assert numbers["jaguar", 0] > 50
    assert numbers["jaguar", 3] == numbers["jaguar", 4] == 0
    assert numbers["mountain_tapir", 4] > 0
    runs = pd.read_parquet(folder / "out" / "tables" / "runs.parquet")
    value = runs.query("species == 'jaguar'").set_index("outcome")["value"]
    assert value["animals_end"] == value["growth_per_year"] == value["lowest"] == 0
    assert value["animals_change"] == -1
    for name in (
        "quasi_extinct_20y",
        "elevation_shift_m",
        "thermal_mismatch_end_c",
        "fst",
        "gene_diversity_kept",
    ):
        assert pd.isna(value[name]), name
    facts = json.loads((folder / "out" / "scenarios" / "000.json").read_text(encoding="utf-8"))
    assert any("clearing fell short" in note for note in facts["end"]["edits"])


PLANNED = (
    EXPERIMENT.replace("replicates = 1", "replicates = 2")
    + """
[base.change]
update_every_y = 1
[base.change.clearing]
rate = 0.05
protected_factor = 0.0
[beside."plan"]
set = { "change.events" = [{ opens = 2025, kind = "protect_plan" }] }
[plan]
scenario = "plan"
cost = 2
cost_unit = "million USD"
"""
)


def test_a_plan_is_told_at_the_end_and_refused_at_the_beginning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import corridor_sim as cs

    path = folder / "plan.toml"
    path.write_text(PLANNED, encoding="utf-8")
    assert main(["compare", "plan.toml", "--out", "told"]) == 0
    assert "Kept in all" in capsys.readouterr().out
    found = cs.open_results("told")
    ground = found.plan_table[found.plan_table["species"] == ""].set_index("outcome")
    # where all of it moves elsewhere the plan keeps what falls on its ground, and nothing in all
    there, total = (ground.loc[name] for name in ("forest_lost_on_plan_km2", "forest_lost_km2"))
    assert there["with_plan"] == 0.0
    assert total["difference"] == 0.0
    assert found.plan_table["cost_each_low"].notna().any()
    page = (folder / "told" / "report.html").read_text("utf-8")
    assert "What would be lost without it" in page
    line = refused(capsys, "compare", "plan.toml", "--set", "base.change.clearing.rate=0.0")
    assert "plan.scenario: no forest is cleared in " in line
    assert "would show zero" in line
