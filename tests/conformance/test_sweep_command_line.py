"""Sweeps and sensitivity as a user runs them: files, resuming, the same bytes, refusals."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from corridor_sim.cli.main import main
from oracles.folders import TIMES, contents, exact_rows, rows_of

HEAD = """
days = 4
replicates = 2
seed = 5
tracks = 0
[{at}landscape]
cell_m = 10000
[[{at}edits]]
kind = "clear"
fraction = {fraction}
aggregation = 0.5
[{at}species.jaguar]
sampling = 0.05
"""
BASE = "[base]" + HEAD.format(at="base.", fraction=0.1)
SWEEP = """
[sweep]
outcomes = ["home_range_quality", "suitable_km2"]
"""
GRID = """
[sweep.parameters."edits.0.fraction"]
values = [0.1, 0.5]
[sweep.parameters."species.jaguar.traits.habitat.gap_half_m"]
low = 500.0
high = 6000.0
n = 3
log = true
"""
MORRIS = """
[sensitivity]
n = 3
outcomes = ["home_range_quality"]
traits = ["jaguar.habitat.gap_half_m", "jaguar.habitat.suitable_from"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sweep_runs_reports_and_resumes_with_the_same_bytes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "s.toml").write_text(BASE + SWEEP + GRID, encoding="utf-8")
    assert main(["sweep", "s.toml", "--out", "out", "--workers", "1"]) == 0
    assert "12 runs of 6 points in out" in capsys.readouterr().out
    rows = exact_rows(folder / "out", "sweep")
    assert len({row["point"] for row in rows}) == 6
    assert {row["n"] for row in rows if row["outcome"] == "suitable_km2"} == {"2"}
    page = (folder / "out/report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert "corridor-sim sweep s.toml --out out" in page
    before = contents(folder / "out", TIMES)
    for path in sorted((folder / "out/runs").glob("*.npz"))[::3]:
        path.unlink()
    for name in ("report.html", "sweep.csv"):
        (folder / "out" / name).unlink()
    shutil.rmtree(folder / "out/tables")
    assert main(["sweep", "s.toml", "--out", "out", "--quiet", "--workers", "1"]) == 0
    assert contents(folder / "out", TIMES) == before


def test_a_point_of_a_sweep_is_the_same_scenario_run_alone(folder: Path) -> None:
    (folder / "s.toml").write_text(
        BASE + SWEEP + '[sweep.parameters."edits.0.fraction"]\nvalues = [0.1, 0.5]\n', "utf-8"
    )
    head, _, rest = HEAD.format(at="", fraction=0.5).partition("[landscape]")
    (folder / "one.toml").write_text(f"{head}[landscape]{rest}", encoding="utf-8")
    assert main(["sweep", "s.toml", "--out", "many", "--quiet"]) == 0
    assert main(["run", "one.toml", "--out", "one", "--quiet"]) == 0
    alone = {path.name: path.read_bytes() for path in (folder / "one/runs").glob("*.npz")}
    many = {path.name: path.read_bytes() for path in (folder / "many/runs").glob("*.npz")}
    assert len(alone) == 2
    assert len(many) == 4
    for name, content in alone.items():
        assert many[name] == content
    import pandas as pd

    summary = pd.read_parquet(folder / "one/tables/summary.parquet").set_index("outcome")
    points = pd.read_parquet(folder / "many/tables/sweep.parquet")
    own = points[points["edits.0.fraction"] == 0.5].set_index("outcome")
    other = points[points["edits.0.fraction"] == 0.1].set_index("outcome")
    columns = ["mean", "low", "high"]
    np.testing.assert_allclose(own[columns], summary.loc[own.index, columns], rtol=1e-12)
    assert (own["mean"] != other["mean"]).any()


def test_land_covers_are_those_of_the_landscape_of_each_point(folder: Path) -> None:
    from corridor_sim import load_landscape
    from corridor_sim.config.build import apply_edits
    from corridor_sim.sweeps.points import read_sweep
    from oracles.andes_covers import COVERS

    text = BASE + SWEEP + 'covers = ["pasture"]\n'
    text += '[sweep.parameters."edits.0.fraction"]\nvalues = [0.1, 0.5]\n'
    (folder / "s.toml").write_text(text, encoding="utf-8")
    assert main(["sweep", "s.toml", "--out", "out", "--quiet"]) == 0
    rows = [r for r in exact_rows(folder / "out", "sweep") if r["outcome"] == "pasture_km2"]
    _, scenarios, _ = read_sweep(folder / "s.toml")
    for row, one in zip(rows, scenarios, strict=True):
        land = apply_edits(load_landscape(one.scenario.landscape), one.edits, one.scenario.seed)
        cells = int((land["land_cover"] == COVERS["pasture"].code).sum())
        assert float(row["mean"]) == pytest.approx(cells * land.grid.cell_km2, rel=1e-9)
        assert (row["species"], row["n"], row["low"]) == ("landscape", "1", "")
    assert float(rows[1]["mean"]) > float(rows[0]["mean"])
    assert (folder / "out/figures/pasture_km2.png").is_file()


def test_samples_and_heat_maps_are_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges = "".join(
        f'[sweep.parameters."{name}"]\nlow = {low}\nhigh = {high}\n'
        for name, low, high in (
            ("edits.0.fraction", 0.0, 0.9),
            ("edits.0.aggregation", 0.0, 0.9),
            ("species.jaguar.traits.habitat.suitable_from", 0.1, 0.4),
        )
    )
    once = BASE.replace("replicates = 2", "replicates = 1")
    for design, n in (("lhs", 5), ("sobol", 4)):
        text = once + SWEEP + f'design = "{design}"\nn = {n}\n' + ranges
        (folder / f"{design}.toml").write_text(text, encoding="utf-8")
        assert main(["sweep", f"{design}.toml", "--quiet"]) == 0
        out = folder / "results" / design
        assert len({row["point"] for row in exact_rows(out, "sweep")}) == n
        assert (out / "figures/suitable_km2-jaguar.png").stat().st_size > 10_000
    monkeypatch.setattr("corridor_sim.report.figures.sweep.MOST_LINES", 1)
    (folder / "heat.toml").write_text(once + SWEEP + GRID, encoding="utf-8")
    assert main(["sweep", "heat.toml", "--quiet"]) == 0
    assert (folder / "results/heat/figures/suitable_km2-jaguar.png").stat().st_size > 10_000


def test_sensitivity_ranks_traits_and_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "m.toml").write_text(BASE + MORRIS, encoding="utf-8")
    assert main(["sensitivity", "m.toml", "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "jaguar.habitat.gap_half_m" in said
    assert " ± " in said
    rows = exact_rows(folder / "out", "sensitivity")
    effects = [float(row["effect"]) for row in rows]
    assert len(rows) == 2
    assert effects == sorted(effects, reverse=True)
    assert effects[0] > 0
    assert all(float(row["half_width"]) >= 0 for row in rows)
    assert (folder / "out/figures/home_range_quality-jaguar.png").is_file()


# files that name the command, and so the folder, that they were made by
TELL_OF_COMMAND = ("report.html", "summary.html", "experiment.json", "tables.xlsx", "answer.json")


def without_command(out: Path) -> dict[str, bytes]:
    """Return the contents of a folder but what says which command made it."""
    return {
        name: content
        for name, content in contents(out, TIMES).items()
        if Path(name).name not in TELL_OF_COMMAND
    }


@pytest.mark.parametrize(
    ("command", "text"),
    [("sweep", BASE + SWEEP + 'covers = ["pasture"]\n' + GRID), ("sensitivity", BASE + MORRIS)],
)
def test_shares_leave_what_one_call_leaves_once_it_is_told(
    command: str, text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "s.toml").write_text(text, encoding="utf-8")
    assert main([command, "s.toml", "--out", "whole", "--quiet", "--workers", "1"]) == 0
    capsys.readouterr()
    share = [command, "s.toml", "--out", "parts", "--of", "2", "--index"]
    assert main([*share, "1"]) == 0
    said = capsys.readouterr().out
    assert "share 1 of 2: " in said
    assert said.strip().endswith("when all are: corridor-sim report parts")
    assert not (folder / "parts/report.html").exists()
    for words in (["report", "parts"], ["export", "parts", "--format", "csv"]):
        assert main([*words, "--quiet"]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert " runs are missing; go on with: corridor-sim " in line
    assert main([*share, "0", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["report", "parts"]) == 0
    assert capsys.readouterr().out.strip() == str((folder / "parts/report.html").resolve())
    assert without_command(folder / "parts") == without_command(folder / "whole")
    # and where it is called from makes no difference
    for name in (f"{command}.csv", "report.html"):
        (folder / "parts" / name).unlink()
    (folder / "s.toml").unlink()
    assert main(["report", str(folder / "parts"), "--quiet"]) == 0
    assert without_command(folder / "parts") == without_command(folder / "whole")
    assert main(["export", "parts", "--format", "csv", "--quiet"]) == 0
    runs = rows_of(folder / "parts/export/runs.csv")
    assert {row["run_id"] for row in runs} == {p.stem for p in folder.glob("parts/runs/*.npz")}


def test_the_settings_of_another_sweep_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, text, old, new in (
        ("sweep", BASE + SWEEP + GRID, "0.5", "0.4"),
        ("sensitivity", BASE + MORRIS, '"n": 3', '"n": 4'),
    ):
        (folder / "s.toml").write_text(text, encoding="utf-8")
        assert main([command, "s.toml", "--out", command, "--quiet", "--workers", "1"]) == 0
        manifest = folder / command / "experiment.json"
        head, mark, rest = manifest.read_text("utf-8").partition(f'"{command}": {{')
        assert old in rest
        manifest.write_text(head + mark + rest.replace(old, new, 1), "utf-8")
        capsys.readouterr()
        assert main(["report", command, "--quiet"]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "holds other " in line
        assert f"call again: corridor-sim {command} s.toml --out {command}" in line


HUGE = "".join(
    f'[sweep.parameters."{name}"]\nlow = 0.0\nhigh = 1.0\nn = 1000\n'
    for name in ("edits.0.fraction", "edits.0.aggregation", "species.jaguar.sampling")
)
SAID = [
    (BASE, "sweep", ["has no section [sweep]"]),
    (BASE + SWEEP, "sweep", ["sweep.parameters: missing"]),
    (BASE + SWEEP + HUGE, "sweep", ["2,000,000,000 runs", "fewer"]),
    (BASE + SWEEP + GRID.replace("edits.0.fraction", "edits.0.fracton"), "sweep", ["'fraction'"]),
    (BASE + SWEEP + GRID.replace("0.5]", "1.5]"), "sweep", ["fraction", "1.5"]),
    (BASE + SWEEP + GRID.replace("gap_half_m", "gap_half"), "sweep", ["'habitat.gap_half_m'"]),
    (BASE + SWEEP.replace("suitable_km2", "suitable") + GRID, "sweep", ["'suitable_km2'"]),
    (BASE + SWEEP + 'species = ["jagaur"]\n' + GRID, "sweep", ["'jagaur'", "'jaguar'"]),
    (BASE + SWEEP + 'covers = ["parano"]\n' + GRID, "sweep", ["'parano'", "'paramo'"]),
    (BASE + SWEEP + 'design = "lsh"\n' + GRID, "sweep", ["sweep.design", "'lhs'"]),
    (BASE + SWEEP + GRID.replace("low = 500.0", "low = 0.0"), "sweep", ["log needs low above 0"]),
    (BASE, "sensitivity", ["has no section [sensitivity]"]),
    (BASE + MORRIS.replace("gap_half_m", "gap_hlf_m"), "sensitivity", ["gap_half_m"]),
    (BASE + MORRIS.replace("n = 3", "n = 1000000"), "sensitivity", ["6,000,000 runs"]),
    (BASE + MORRIS.replace("n = 3", 'method = "sobol"\nn = 3'), "sensitivity", ["use 2 or 4"]),
]


@pytest.mark.parametrize(("text", "command", "words"), SAID)
def test_a_mistake_is_one_line_before_any_run(
    text: str, command: str, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.toml").write_text(text, encoding="utf-8")
    code = main([command, "bad.toml", "--out", "out", "--quiet"])
    said = capsys.readouterr()
    (line,) = said.err.strip().splitlines()
    assert code == 2
    assert said.out == ""
    assert "bad.toml" in line
    for word in words:
        assert word in line
    assert not (folder / "out").exists()
