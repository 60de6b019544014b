"""``corridor-sim sensitivity`` with links, as a planner runs it, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.cli.main import main
from corridor_sim.experiment.execution.runner import run_jobs
from corridor_sim.experiment.study import open_study
from corridor_sim.links.evaluator import RunEvaluator
from corridor_sim.links.files import read_links_file
from corridor_sim.sweeps.link_sensitivity import read_benefits
from corridor_sim.sweeps.sensitivity import plan_sensitivity
from oracles.folders import TIMES, contents, exact_rows
from oracles.link_country import write_links

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

FILE = """
name = "Survive?"
[base]
replicates = 2
days = 30
[base.species.jaguar]
count = 900
[sensitivity]
n = 2
traits = ["jaguar.movement.male.disperser.step_scale_m", "jaguar.habitat.resistance_exponent"]
[sensitivity.links]
file = "links.toml"
"""
TABLES = ("link_robustness", "link_points", "link_ranks", "link_traits")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_links(
        tmp_path,
        ("pass", "left", "dead end"),
        scale=10.0,
        links="budget = 4",
        procedure="indifference = 0.05",
    )
    (tmp_path / "s.toml").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_links_are_ranked_at_every_point_and_resume_with_the_same_bytes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sensitivity", "s.toml", "--out", "out", "--workers", "1"]) == 0
    said = capsys.readouterr().out
    verdict = json.loads((folder / "out/link_verdict.json").read_text(encoding="utf-8"))
    # the wall opened by the pass is the only one that nothing else leads through
    assert exact_rows(folder / "out", "link_robustness")[-1]["link"] == "dead end"
    assert verdict["replicates"] == 2
    assert verdict["nominal_replicates"] == 16
    assert verdict["points"] == len(exact_rows(folder / "out", "link_points")) == 6
    assert len(exact_rows(folder / "out", "link_ranks")) == 18
    assert {row["of"] for row in exact_rows(folder / "out", "link_traits")} == {
        "benefit",
        "agreement",
        "loss",
    }
    assert "choice" in said
    assert "dead end" in said
    assert f"{(6 * 2 + 16) * 4} runs" in said
    page = (folder / "out/report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert "Which trait moves the order" in page
    assert "The numbers" not in page
    before = contents(folder / "out", TIMES)
    for path in sorted((folder / "out/runs").glob("*.npz"))[::7]:
        path.unlink()
    for name in ("report.html", "link_verdict.json", *(f"{name}.csv" for name in TABLES)):
        (folder / "out" / name).unlink()
    assert main(["sensitivity", "s.toml", "--out", "out", "--quiet", "--workers", "1"]) == 0
    assert contents(folder / "out", TIMES) == before


def test_benefits_are_those_that_the_ranking_of_links_measures(folder: Path) -> None:
    plan = plan_sensitivity(folder / "s.toml")
    task = plan.links
    assert task is not None
    study = open_study("x", "", plan.scenarios, {}, folder / "out", threads=1)
    run_jobs(study, workers=1, threads=1)
    nominal, points = read_benefits(task, study)
    assert nominal.shape == (16, 3)
    assert points.shape == (6, 2, 3)
    assert nominal[:, 0].mean() > 0

    file, _ = read_links_file(folder / "links.toml")
    alone = [frozenset([i]) for i in range(3)]
    for scenario, own, replicates in ((0, nominal, 16), (int(plan.at[4]), points[4], 2)):
        base = plan.scenarios[scenario]
        # the same runs by their names, so that nothing is simulated again
        other = open_study("y", "", [base], {}, folder / f"other{scenario}", threads=1)
        (folder / f"other{scenario}/runs").rmdir()
        (folder / f"other{scenario}/runs").symlink_to(folder / "out/runs")
        done: list[int] = []
        evaluator = RunEvaluator(
            other,
            task.links,
            file.links.benefit,
            do_runs=lambda s, runs, done=done: done.append(run_jobs(s, runs, workers=1, threads=1)),
        )
        np.testing.assert_allclose(
            evaluator.total(alone, range(replicates)).T, own, rtol=1e-12, atol=1e-15
        )
        assert sum(done) == 0


def test_a_base_beside_a_links_file_replaces_only_what_it_names(folder: Path) -> None:
    plan = plan_sensitivity(folder / "s.toml")
    scenario = plan.scenarios[0].scenario
    jaguar = scenario.species["jaguar"]
    assert (scenario.n_days, jaguar.count, jaguar.sampling) == (30, 900, 0.001)
    assert scenario.landscape.elevation == "dem.tif"
    assert scenario.replicates == 16
    assert plan.scenarios[4].scenario.replicates == 2
    more = plan_sensitivity(folder / "s.toml", ["base.days=7", "sensitivity.links.names=['*e*']"])
    assert more.scenarios[0].scenario.n_days == 7
    assert more.links is not None
    assert [link.name for link in more.links.links] == ["left", "dead end"]
    assert plan.file.as_settings()["links"]["candidates"][0]["name"] == "pass"
    own = plan_sensitivity(
        folder / "s.toml", ["sensitivity.links.budget=3", "sensitivity.links.indifference=0.2"]
    )
    for one, budget, indifference in ((plan, 4, 0.05), (own, 3, 0.2)):
        assert one.links is not None
        assert one.links.settings.budget == budget
        assert one.links.settings.procedure.indifference == indifference


def test_a_hypercube_has_no_effects(folder: Path) -> None:
    text = FILE.replace("n = 2", 'n = 3\nmethod = "lhs"').replace("days = 30", "days = 5")
    (folder / "s.toml").write_text(text, encoding="utf-8")
    assert main(["sensitivity", "s.toml", "--quiet"]) == 0
    out = folder / "results/s"
    assert len(exact_rows(out, "link_points")) == 3
    assert not (out / "link_traits.csv").exists()
    assert "Which trait moves" not in (out / "report.html").read_text(encoding="utf-8")


SAID = [
    ('"links.toml"', '"linsk.toml"', ["linsk.toml", "file not found", "'links.toml'"]),
    ('file = "links.toml"', 'fiel = "links.toml"', ["fiel", "'file'"]),
    ('file = "links.toml"', 'file = "links.toml"\nnames = ["pas"]', ["'pas'", "'pass'", "names"]),
    ('file = "links.toml"', 'file = "links.toml"\nnames = ["pass"]', ["one link"]),
    ('file = "links.toml"', 'file = "links.toml"\nbudget = 0.5', ["budget of 0.5", "raise"]),
    (
        'file = "links.toml"',
        'file = "links.toml"\nnominal_replicates = 8',
        ["nominal_replicates = 8", "15 or more"],
    ),
    ("replicates = 2", "replicates = 1", ["one replicate", "base.replicates"]),
    ("step_scale_m", "step_scale", ["no trait", "step_scale_m"]),
    ("n = 2", 'n = 2\nmethod = "lhs"\noutcomes = ["joining_per_year"]', ["lhs", "morris or sobol"]),
    ("n = 2", "n = 1000", ["24,064 runs", "3 links", "--yes"]),
    ("[sensitivity.links]\nfile", "[sensitivity]\n#", ["sensitivity"]),
    ("days = 30", "dyas = 30", ["s.toml", "dyas", "'days'"]),
]


@pytest.mark.parametrize(("old", "new", "words"), SAID)
def test_a_mistake_is_one_line_before_any_run(
    old: str, new: str, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in FILE
    (folder / "s.toml").write_text(FILE.replace(old, new), encoding="utf-8")
    code = main(["sensitivity", "s.toml", "--out", "out", "--quiet"])
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert code == 2
    for word in words:
        assert word in line
    assert not (folder / "out").exists()


def test_what_is_wrong_with_the_links_file_is_told_with_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "links.toml"
    good = path.read_text(encoding="utf-8")
    for old, new, words in (
        ("cost = 4.0", "cost = -4.0", ["links.toml", "cost", "-4.0"]),
        ("weights = { joining_per_year", "weights = { joining_per_yearx", ["'joining_per_year'"]),
        ("budget = 4", "budget = 4\nfair = true", ["fair"]),
        ('name = "dead end"', 'name = "pass"', ["'pass'"]),
    ):
        assert old in good
        path.write_text(good.replace(old, new), encoding="utf-8")
        assert main(["sensitivity", "s.toml", "--out", "out", "--quiet"]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "links.toml" in line
        for word in words:
            assert word in line
        assert not (folder / "out").exists()


@pytest.mark.parametrize("name", ["sensitivity_jaguar", "sensitivity_links"])
def test_what_ships_is_ready_to_run(name: str) -> None:
    plan = plan_sensitivity(Path(__file__).parents[2] / f"experiments/{name}.toml")
    own = plan.file.sensitivity
    assert len(plan.rows) == own.n * (len(plan.ranges) + 1)
    assert plan.at[plan.which].size == len(plan.rows)
    if plan.links is not None:
        runs = sum(one.scenario.replicates for one in plan.scenarios)
        assert runs == (20 * 4 + 16) * 6
        assert plan.links.settings.budget == 12
