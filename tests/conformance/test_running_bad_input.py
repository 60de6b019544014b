"""What goes wrong around a study, for every command that simulates: one line, nothing lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from corridor_sim.cli.main import main
from corridor_sim.experiment.execution import local as pool
from corridor_sim.experiment.execution import runner as running
from corridor_sim.simulation.days import forecast
from oracles.folders import contents
from oracles.link_country import write_links
from oracles.small_study import design_of, files_of, write_heights

SWEEP = """
name = "Small sweep"
[base]
days = 2
replicates = 2
[base.landscape]
elevation = "dem.tif"
[base.species.jaguar]
count = 30
"""
POINTS = """
[sweep]
outcomes = ["suitable_km2"]
[sweep.parameters."species.jaguar.sampling"]
values = [0.5, 1.0]
"""
TRAITS = """
[sensitivity]
n = 2
outcomes = ["suitable_km2"]
traits = ["jaguar.habitat.gap_half_m"]
"""
PROCEDURE = "indifference = 0.2\nfirst_replicates = 5\nbudget_runs = 15"
COMMANDS = {
    "compare": ["compare", "small.toml"],
    "sweep": ["sweep", "sweep.toml"],
    "sensitivity": ["sensitivity", "sensitivity.toml"],
    "links rank": ["links", "rank", "links/links.toml"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    design_of(tmp_path, days=2, count=30, replicates=2)
    (tmp_path / "sweep.toml").write_text(SWEEP + POINTS, "utf-8")
    (tmp_path / "sensitivity.toml").write_text(SWEEP + TRAITS, "utf-8")
    (tmp_path / "links").mkdir()
    write_links(tmp_path / "links", ("pass", "away"), days=2, count=50, procedure=PROCEDURE)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Call a command that is refused and return its one line."""
    capsys.readouterr()
    assert main([*words, "--quiet"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.strip().splitlines()
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_the_folder_of_another_study_is_left_alone(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = COMMANDS[command]
    other = COMMANDS["sweep" if command == "compare" else "compare"]
    assert main([*other, "--out", "out", "--quiet", "--workers", "1"]) == 0
    before = contents(folder / "out")
    line = refused(capsys, *words, "--out", "out")
    assert "out: holds another experiment (" in line
    assert line.endswith("choose another --out or delete the folder")
    assert contents(folder / "out") == before
    # the same study with another setting is another one
    assert main([*words, "--out", "mine", "--quiet", "--workers", "1"]) == 0
    before = contents(folder / "mine")
    line = refused(capsys, *words, "--out", "mine", "--set", "base.seed=99")
    assert "mine: holds another experiment (" in line
    assert contents(folder / "mine") == before
    (folder / "files").mkdir()
    (folder / "files/thesis.txt").write_text("mine")
    line = refused(capsys, *words, "--out", "files")
    assert "files: is not empty and holds no experiment; choose another --out" in line
    assert contents(folder / "files") == {"thesis.txt": b"mine"}


@pytest.mark.parametrize("command", ["compare", "sweep", "sensitivity"])
def test_an_input_file_that_has_changed_is_named(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*COMMANDS[command], "--out", "out"]
    assert main([*words, "--quiet", "--workers", "1"]) == 0
    before = contents(folder / "out")
    write_heights(folder / "dem.tif", side=40)
    line = refused(capsys, *words)
    assert "out: was made from another dem.tif: its content has changed since (" in line
    assert "input files or the program's species files have changed" in refused(
        capsys, "report", "out"
    )
    assert contents(folder / "out") == before


@pytest.mark.parametrize("command", COMMANDS)
def test_the_folder_of_another_version_is_left_alone(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*COMMANDS[command], "--out", "out"]
    assert main([*words, "--quiet", "--workers", "1"]) == 0
    manifest = folder / "out/experiment.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"corridor_sim": "', '"corridor_sim": "7.', 1), "utf-8")
    before = contents(folder / "out")
    for again in (words, ["report", "out"], ["export", "out", "--format", "csv"]):
        line = refused(capsys, *again)
        assert "out: was made by corridor_sim 7." in line
        assert "use that version or choose another --out" in line
    assert main(["status", "out"]) == 0
    assert "corridor_sim 7." in capsys.readouterr().out
    assert contents(folder / "out") == before


@pytest.mark.parametrize("command", COMMANDS)
def test_want_of_memory_is_told_before_a_folder_is_made(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(forecast, "available_bytes", lambda: 1e8)
    line = refused(capsys, *COMMANDS[command], "--out", "out")
    # the more species and scenarios, the more
    assert re.search(r"needs about 0\.[45] GB of memory, 0\.1 GB are free; use a larger ", line)
    assert "landscape.cell_m" in line
    assert not (folder / "out").exists()
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(running, "available_bytes", lambda: 1e9)
    line = refused(capsys, *COMMANDS[command], "--out", "out", "--workers", "9")
    assert "--workers: 9 processes need about " in line
    assert line.endswith("use --workers 2")
    assert not list((folder / "out").glob("runs/*"))


LOST = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
from corridor_sim.experiment.execution import worker
plain = worker.work
def work(out, run, threads=1):
    if run.scenario == 1 and run.replicate == 1:
        raise MemoryError
    return plain(out, run, threads=threads)
worker.work = work
worker.serve(sys.argv[2], int(sys.argv[3]))
"""


@pytest.mark.parametrize(
    "command", [pytest.param(n, marks=pytest.mark.slow) if n != "compare" else n for n in COMMANDS]
)
def test_a_worker_out_of_memory_is_one_line_and_the_same_command_goes_on(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*COMMANDS[command], "--out", "out", "--workers", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "START", LOST)
        line = refused(capsys, *words)
    assert "run 2 of '" in line
    assert ": out of memory; the other runs are done; free memory, use a larger" in line
    kept = files_of(folder / "out")
    assert sum(name.startswith("runs/") for name in kept) >= 3
    assert main([*words[:-1], "1", "--quiet"]) == 0
    assert kept.items() <= files_of(folder / "out").items()
    assert main(["report", "out", "--quiet"]) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_landscape_that_cannot_be_read_leaves_no_folder(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (folder / "dem.tif", folder / "links/dem.tif"):
        path.write_bytes(path.read_bytes()[:200])
    assert "dem.tif" in refused(capsys, *COMMANDS[command], "--out", "out")
    assert not (folder / "out").exists()


def test_more_runs_than_anybody_waits_for_are_refused_with_a_forecast(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    levels = "\n".join(f'l{j} = [{{ kind = "warm", degrees_c = {j}.0 }}]' for j in range(10))
    text = (folder / "small.toml").read_text("utf-8").partition("[factors.frag")[0]
    many = "".join(f"[factors.f{i}]\n{levels}\n" for i in range(9))
    (folder / "many.toml").write_text(text + many, "utf-8")
    line = refused(capsys, "compare", "many.toml", "--out", "out")
    assert "1000000000 scenarios exceed 10000; use fewer levels" in line
    some = "".join(f"[factors.f{i}]\n{levels}\n" for i in range(2))
    (folder / "some.toml").write_text(text + some, "utf-8")
    line = refused(capsys, "compare", "some.toml", "--out", "out", "--replicates", "20000")
    assert "100 scenarios with their replicates are 2,000,000 runs, 0.1 years at one second" in line
    assert line.endswith("use fewer levels or replicates")
    wide = (SWEEP + POINTS).replace("values = [0.5, 1.0]", "low = 0.1\nhigh = 1.0\nn = 500000000")
    (folder / "wide.toml").write_text(wide, "utf-8")
    for more in ([], ["--yes"]):
        line = refused(capsys, "sweep", "wide.toml", "--out", "out", *more)
        assert "500,000,000 points x 2 replicates = 1,000,000,000 runs, 31.7 years at one" in line
    long = wide.replace("500000000", "50000")
    (folder / "long.toml").write_text(long, "utf-8")
    line = refused(capsys, "sweep", "long.toml", "--out", "out")
    assert "50,000 points x 2 replicates = 100,000 runs, 28 hours at one second a run" in line
    assert line.endswith("or give --yes")
    assert not (folder / "out").exists()


def test_status_tells_any_kind_of_study(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command, words in COMMANDS.items():
        assert main([*words, "--out", command, "--quiet", "--workers", "1"]) == 0
        capsys.readouterr()
        assert main(["status", command, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["done"] == found["planned"] == len(list((folder / command).glob("runs/*")))
        assert found["missing"] == found["damaged"] == 0
        assert (found["note"] or "").endswith("is finished") == (command == "links rank")
