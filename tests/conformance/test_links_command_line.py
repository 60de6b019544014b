"""Ranking links from the command line: interrupted, called again, and read by other programs."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from corridor_sim import progress
from corridor_sim.cli.main import INTERRUPTED, main
from corridor_sim.experiment.execution import runner as running
from corridor_sim.experiment.execution import slurm as slurm_jobs
from corridor_sim.experiment.execution.local import Processes
from oracles.folders import exact_rows
from oracles.link_country import write_links

# as a whole it takes long; each part has quicker tests beside it
pytestmark = pytest.mark.slow

NAMES = ("pass", "away", "outer", "inner")
PROCEDURE = """
indifference = 0.2
first_replicates = 5
batch = 2
budget_runs = 33
pairs_runs = 15
confirm_replicates = 3
"""
TEXTS = ("links.json", "ranking.csv", "frontier.csv", "pairs.csv", "reference.csv", "links.qml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    # a short stay and few animals: here only the bookkeeping is asked about
    write_links(
        tmp_path, NAMES, days=30, count=3000, scale=10.0, links="budget = 8", procedure=PROCEDURE
    )
    return tmp_path


def rank(out: str) -> int:
    words = ["links", "rank", "links.toml", "--out", out, "--workers", "1", "--threads", "1"]
    return main([*words, "--quiet"])


def stop_after(monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
    """Press Ctrl-C when so many runs are done."""
    done = running.WorkerCache.do
    left = [runs]

    def do(self: Any, *given: Any, **named: Any) -> Any:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return done(self, *given, **named)

    monkeypatch.setattr(running.WorkerCache, "do", do)


def texts(out: str) -> dict[str, bytes]:
    return {name: Path(out, name).read_bytes() for name in TEXTS}


def test_an_interrupted_ranking_goes_on_and_ends_with_the_same_bytes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank("whole") == 0
    total = int(json.loads(texts("whole")["links.json"])["runs"])
    # in the first look, half way, and while the chosen set is confirmed
    for runs in (7, total // 2 - 7, total - total // 2 - 2):
        with pytest.MonkeyPatch.context() as patch:
            stop_after(patch, runs)
            assert rank("broken") == INTERRUPTED
        assert not Path("broken/links.json").exists()
    capsys.readouterr()
    assert rank("broken") == 0
    assert texts("broken") == texts("whole")
    runs = {path.name for path in Path("whole/runs").iterdir()}
    assert {path.name for path in Path("broken/runs").iterdir()} == runs
    # once more: nothing is simulated again, nothing changes
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, 0)
        assert rank("broken") == 0
    assert texts("broken") == texts("whole")


def test_the_share_told_is_that_of_the_whole_ranking(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    words = ["links", "rank", "links.toml", "--out", "out", "--workers", "1", "--threads", "1"]
    assert main([*words, "--set", 'links.procedure.target="order"']) == 0
    lines = capsys.readouterr().err.splitlines()
    told = [re.match(r"\[ *[\d.]+ s\] +(?:(\d+)% \((.*?) left\) )?(.*)", line) for line in lines]
    assert all(told)
    shares = [int(one[1]) for one in told if one is not None and one[1]]
    # looks at all links, pairs, the chosen set, theory, money, the report: one work
    assert len(shares) > 40
    assert shares == sorted(shares)
    assert shares[0] < 20
    assert max(shares) <= 99
    (forecast,) = (k for k, line in enumerate(lines) if "forecast: 54 runs at most, one " in line)
    assert "at most in all" in lines[forecast]
    assert not any("replicate" in line and "% " in line for line in lines[:forecast])


@pytest.mark.slow
def test_a_finished_ranking_is_told_again_from_its_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank("out") == 0
    kept = {path: path.read_bytes() for path in sorted(Path("out").rglob("*")) if path.is_file()}
    for name in (*TEXTS, "report.html"):
        Path("out", name).unlink()
    shutil.rmtree("out/figures")
    Path("links.toml").rename("elsewhere.toml")
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, 0)
        assert main(["report", "out"]) == 0
    assert capsys.readouterr().out.strip() == str(Path("out/report.html").resolve())
    for path, content in kept.items():
        # a GeoPackage says when it was written
        assert path.suffix == ".gpkg" or path.read_bytes() == content, path
    assert main(["export", "out", "--format", "csv", "--quiet"]) == 0
    with Path("out/export/runs.csv").open(encoding="utf-8", newline="") as file:
        runs = {row["run_id"] for row in csv.DictReader(file)}
    assert runs == {path.stem for path in Path("out/runs").iterdir()}


@pytest.mark.parametrize(
    ("runs", "said"),
    [(7, "18 of 25 runs are missing"), (25, "more runs are asked for than were planned")],
)
def test_a_ranking_that_is_not_finished_is_one_line(
    runs: int, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, runs)
        assert rank("out") == INTERRUPTED
    if runs == 25:
        # the first look is done, and the next one was not planned yet
        _cut_plan(Path("out/plan.json"), 25)
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main(["report", "out", "--quiet"]) == 2
    told = capsys.readouterr()
    (line,) = told.err.strip().splitlines()
    assert said in line
    assert line.endswith("go on with: corridor-sim links rank links.toml --out out")
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before
    assert main(["status", "out"]) == 0
    said = capsys.readouterr().out
    assert "plans its runs as it goes, and is not finished" in said


def _cut_plan(path: Path, n: int) -> None:
    plan = json.loads(path.read_text("utf-8"))
    plan["runs"] = plan["runs"][:n]
    path.write_text(json.dumps(plan), "utf-8")


def test_links_that_have_changed_since_are_not_told_as_those_that_were_simulated(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank("out") == 0
    manifest = Path("out/experiment.json")
    text = manifest.read_text("utf-8")
    head, mark, rest = text.partition('"candidates": [')
    assert '"crossings"' in rest
    manifest.write_text(head + mark + rest.replace('"crossings"', '"protect"', 1), "utf-8")
    capsys.readouterr()
    assert main(["report", "out", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "'pass' was not simulated yet; go on with: corridor-sim links rank links.toml" in line


class OnSlurm:
    """Stands in for SLURM: other processes, and a note of what was asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, out: Path, **asked: Any) -> Processes:
        self.asked.append(asked)
        return Processes(out, 2)


@pytest.mark.slow
def test_links_are_ranked_by_whoever_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rank("here") == 0
    executor = OnSlurm()
    monkeypatch.setattr(slurm_jobs, "slurm", executor)
    monkeypatch.setattr(slurm_jobs, "refuse_without_slurm", lambda: None)
    words = ["links", "rank", "links.toml", "--out", "there", "--slurm", "3", "--quiet"]
    assert main(words) == 0
    assert texts("there") == texts("here")
    (asked,) = executor.asked
    assert (asked["jobs"], asked["threads"]) == (3, 1)
    assert asked["peak_bytes"] > 1e8


def test_a_refused_links_file_leaves_no_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for bad, said in (
        ("links.budget=0.5", "buys nothing"),
        ("links.procedure.budget_runs=9", "below a first look"),
        ("links.benefit.weights={joining_per_yer=1.0}", "did you mean 'joining_per_year'?"),
        ("links.candidates=[]", "give either file"),
    ):
        assert main(["links", "rank", "links.toml", "--out", "new", "--quiet", "--set", bad]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert said in line
        assert not Path("new").exists()
    with pytest.raises(SystemExit) as end:
        main(["links", "rank", "links.toml", "--index", "0", "--of", "2"])
    assert end.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_files_hold_the_same_numbers(folder: Path) -> None:
    import pyogrio

    assert rank("out") == 0
    data = json.loads(Path("out/links.json").read_text("utf-8"))
    found = data["links"]
    # three links that never did anything share the second rank
    assert [one["rank"] for one in found] == [1, 2, 2, 2]
    assert found[0]["name"] == "pass"
    assert set(data["chosen"]["links"]) == {"pass", "outer", "inner"}
    assert data["chosen"]["cost"] == 7.0
    assert data["runs"] == len(list(Path("out/runs").glob("*.npz")))
    rows = exact_rows(Path("out"), "ranking")
    assert [row["name"] for row in rows] == [one["name"] for one in found]
    assert [float(row["benefit"]) for row in rows] == [one["benefit"] for one in found]
    meta, _, shapes, columns = pyogrio.raw.read("out/links.gpkg", layer="links")
    table = dict(zip(meta["fields"], columns, strict=True))
    assert list(table["name"]) == list(NAMES)
    by_name = {one["name"]: one for one in found}
    for i, name in enumerate(NAMES):
        one = by_name[name]
        assert (table["rank"][i], table["cost"][i]) == (one["rank"], one["cost"])
        assert table["benefit"][i] == one["benefit"]
        assert bool(table["chosen"][i]) == (name in data["chosen"]["links"])
    assert len(shapes) == len(NAMES)
    assert '"RuleRenderer"' in Path("out/links.qml").read_text("utf-8")
    _valid_xml(Path("out/links.qml").read_text("utf-8"))


def _valid_xml(text: str) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(text.partition("\n")[2])
    classes: Sequence[Any] = root.findall(".//range")
    edges = [(float(one.get("lower", "nan")), float(one.get("upper", "nan"))) for one in classes]
    assert all(low < high for low, high in edges)
    assert all(a[1] == b[0] for a, b in pairwise(edges))
