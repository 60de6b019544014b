"""Everything from Python: the same bits as the command, and one result to hold it all."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.experiment.execution.runner import Runner
from corridor_sim.simulation.days.run_file import load_flux
from oracles.small_study import DECADES, design_of

ROOT = Path(__file__).parents[2]
HEARD: dict[str, Any] = {"capture_output": True, "text": True, "check": True}
TABLES = ("runs", "summary", "effects", "flux", "scenarios")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("api")
    design_of(made, replicates=2)
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> cs.Results:
    return cs.compare(folder / "small.toml", out=folder / "python", workers=1)


@pytest.fixture(scope="module")
def decades(tmp_path_factory: pytest.TempPathFactory) -> cs.Results:
    made = tmp_path_factory.mktemp("decades")
    design = design_of(made, text=DECADES, replicates=1)
    return cs.compare(design, out=made / "python", workers=1)


def test_python_gives_what_the_command_gives(folder: Path, found: cs.Results) -> None:
    words = ["compare", str(folder / "small.toml"), "--out", str(folder / "command"), "--quiet"]
    assert main([*words, "--workers", "1"]) == 0
    for name in TABLES:
        path = Path("tables") / f"{name}.parquet"
        mine, its = ((folder / who / path).read_bytes() for who in ("python", "command"))
        assert mine == its, name
    runs = sorted(path.name for path in (folder / "python" / "runs").glob("*.npz"))
    assert len(runs) == 8
    for name in runs:
        mine, its = ((folder / who / "runs" / name).read_bytes() for who in ("python", "command"))
        assert mine == its, name
    assert found.manifest.command.endswith(f"--out {folder / 'python'}")
    page = (folder / "python" / "report.html").read_text("utf-8")
    for key in found.species:
        assert (folder / "python" / "figures" / f"ways_{key}.png").is_file()
    assert page.count("the dashed circle holds 95 % of an animal") == len(found.species)


def test_tables_are_read_where_they_were_written(folder: Path, found: cs.Results) -> None:
    again = cs.open_results(folder / "python")
    assert isinstance(again, cs.Results)
    pd.testing.assert_frame_equal(again.contrasts, found.contrasts)
    pd.testing.assert_frame_equal(again.outcomes, found.outcomes)
    assert "study" not in vars(again)
    assert list(found.runs.columns) == [
        "scenario",
        "replicate",
        "run_id",
        "species",
        "outcome",
        "value",
    ]
    assert found.runs["value"].dtype == np.float64


def test_a_table_older_than_a_run_is_made_again(folder: Path, found: cs.Results) -> None:
    path = folder / "python" / "tables" / "summary.parquet"
    good = path.read_bytes()
    path.write_bytes(found.outcomes.head(1).to_parquet(index=False))
    assert len(cs.open_results(folder / "python").outcomes) == 1
    run = next((folder / "python" / "runs").glob("*.npz"))
    run.touch()
    again = cs.open_results(folder / "python")
    pd.testing.assert_frame_equal(again.outcomes, found.outcomes)
    path.write_bytes(good)
    assert again.report(again=True) == folder / "python" / "report.html"


def test_an_interrupted_experiment_goes_on(
    folder: Path, found: cs.Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "interrupted"
    first = cs.compare(folder / "small.toml", out=out, workers=1, share=(0, 2))
    assert first.note.startswith("share 0 of 2: 4 of 8 runs are done")
    assert not (out / "report.html").exists()
    asked: list[int] = []
    run = Runner.run

    def counting(self: Runner, runs: Any = None) -> int:
        asked.append(run(self, runs))
        return asked[-1]

    monkeypatch.setattr(Runner, "run", counting)
    second = cs.compare(folder / "small.toml", out=out, workers=1)
    assert asked == [4]
    pd.testing.assert_frame_equal(second.runs, found.runs)


@pytest.mark.slow
def test_settings_are_those_of_the_command(folder: Path) -> None:
    how: dict[str, Any] = {"out": folder / "set", "workers": 1}
    changed = {"base.days": 2, "base.species.jaguar.count": 30, "name": "Other = name"}
    one = cs.compare(folder / "small.toml", replicates=1, seed=3, set=changed, **how)
    base = one.manifest.settings["base"]
    assert (base["days"], base["replicates"], base["seed"]) == (2, 1, 3)
    assert (base["species"]["jaguar"]["count"], one.manifest.name) == (30, "Other = name")
    again = cs.compare(
        cs.load_experiment(folder / "small.toml"), replicates=1, seed=3, set=changed, **how
    )
    assert again.manifest.digests == one.manifest.digests
    # the command that is kept makes the same
    import shlex

    words = shlex.split(one.manifest.command)[1:]
    assert main([*words, "--quiet", "--workers", "1"]) == 0


def test_scenarios_made_in_python_are_those_of_a_file(folder: Path) -> None:
    (folder / "one.toml").write_text(
        'name = "One"\ndays = 3\nreplicates = 1\nedits = [{kind = "warm", degrees_c = 1.0}]\n'
        f'[landscape]\nelevation = "{folder / "dem.tif"}"\n[species.jaguar]\ncount = 20\n',
        "utf-8",
    )
    made = cs.Scenario(
        name="One",
        days=3,
        replicates=1,
        edits=[{"kind": "warm", "degrees_c": 1.0}],
        landscape={"elevation": str(folder / "dem.tif")},
        species={"jaguar": {"count": 20}},
    )
    mine, its = cs.run(made, workers=1), cs.run(folder / "one.toml", out=folder / "one", workers=1)
    pd.testing.assert_frame_equal(mine.runs, its.runs)
    assert mine.folder != its.folder
    assert mine.contrasts.empty


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: cs.Scenario(days="80"), "Scenario(...): days: '80' is not allowed; input should"),
        (lambda: cs.Scenario(dayz=80), "Scenario(...): dayz: unknown key; did you mean 'days'?"),
        (lambda: cs.run(3), "3 is no scenario; give a path"),
        (lambda: cs.run("no.toml"), "no.toml: file not found"),
        (lambda: cs.compare(cs.Scenario()), "is no experiment"),
        (lambda: cs.compare("x", workers=1, slurm=1), "x: file not found"),
        (lambda: cs.sweep("x", workers=1, slurm=1), "--workers and --slurm: cannot go together"),
        (lambda: cs.sweep("x", workers=0), "--workers: 0 is below 1"),
        (lambda: cs.sweep("x", share=(3, 3)), "--index: index 3 of 3 jobs; use 0 to 2"),
        (lambda: cs.sensitivity("x.toml"), "x.toml: file not found"),
        (lambda: cs.rank_links("x.toml"), "x.toml: file not found"),
        (lambda: cs.propose_links(width_m=0), "--width: 0 m; allowed: 1 to 200000"),
        (lambda: cs.propose_links(species=["yeti"]), "--species: unknown species 'yeti'"),
        (lambda: cs.validate("J99"), "J99"),
        (lambda: cs.open_results("nowhere"), "nowhere: holds no experiment"),
        (lambda: cs.status("nowhere"), "nowhere: holds no experiment"),
        (lambda: cs.export("nowhere", ["cvs"]), "--format: unknown format 'cvs'; did you mean"),
        (lambda: cs.schema("scenari"), "unknown kind of file 'scenari'; did you mean 'scenario'?"),
        (lambda: cs.scenario_landscape(set={"landscape.cell_n": 3}), "--set landscape.cell_n=3"),
    ],
)
def test_mistakes_are_one_line(
    call: Any, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(cs.CorridorSimError) as bad:
        call()
    assert line in str(bad.value)
    assert "\n" not in str(bad.value)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("run", "dayz = 3"),
        ("run", "[base]\ndays = 3"),
        ("compare", "[base]\ndays = 3\n[factors.x]\ny = [{kind = 'warn'}]"),
        ("compare", ""),
    ],
)
def test_the_line_is_that_of_the_command(
    command: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(cs.CorridorSimError) as bad:
        getattr(cs, command)(path)
    assert main([command, str(path)]) == 2
    assert capsys.readouterr().err == f"corridor-sim: {bad.value}\n"


def test_maps_are_read_piece_by_piece(found: cs.Results) -> None:
    maps = found.maps
    assert maps["use"].dims == ("scenario", "species", "stage", "y", "x")
    # nothing is in memory yet
    assert not maps["use"].variable._in_memory
    one = maps["use"].sel(scenario="none + now", species="jaguar").sum("stage")
    assert float(one.sum()) > 0
    assert "PROJCRS" in maps["spatial_ref"].attrs["crs_wkt"]
    assert maps["use"].encoding["grid_mapping"] == "spatial_ref"
    maps.close()


def test_tracks_of_the_first_replicate_are_those_that_were_kept(found: cs.Results) -> None:
    tracks = found.tracks("some + hot")
    study = found.study
    run = next(r for r in study.runs if r.scenario == found.position("some + hot"))
    kept = load_flux(study.path(run), found.species, tracks=True)
    for key in found.species:
        mine = tracks[tracks["species"] == key]
        there = kept[key].tracks
        col, row = there[np.isfinite(there[..., 0])].astype(np.float64).T
        x_m, y_m = study.land.grid.to_metres(col, row)
        assert len(mine) > 0
        np.testing.assert_array_equal(mine.geometry.x, x_m)
        np.testing.assert_array_equal(mine.geometry.y, y_m)
    assert tracks.index.name == "time"
    assert tracks.crs.to_epsg() == 32717
    assert (tracks.groupby("track_id").size() <= study.scenarios[0].scenario.n_days).all()


def test_tracks_of_any_replicate_and_number(found: cs.Results) -> None:
    few, many = found.tracks(0, 1), found.tracks(0, 1, animals=30)
    assert many["track_id"].nunique() > few["track_id"].nunique()
    same = many[many["track_id"].isin(few["track_id"])]
    np.testing.assert_array_equal(same.geometry.x, few.geometry.x)
    assert not np.array_equal(found.tracks(0, 0).geometry.x, few.geometry.x)
    for call in (lambda: found.tracks("nobody"), lambda: found.tracks(0, -1)):
        with pytest.raises(cs.CorridorSimError):
            call()


def test_figures_go_into_axes_of_ones_own(found: cs.Results) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    assert found.plot.effects("suitable_km2", ax=left) is left
    assert [t.get_text() for t in left.get_yticklabels()] == found.scenario_names[1:]
    assert found.plot.use("jaguar", "some + hot", ax=right, cmap="viridis") is right
    assert right.get_title() == "jaguar: some + hot"
    for call in (lambda: found.plot.effects("nothing"), lambda: found.plot.use("yeti")):
        with pytest.raises(cs.CorridorSimError):
            call()


def test_a_result_says_what_it_is(folder: Path, found: cs.Results) -> None:
    assert repr(found) == (
        f"<corridor_sim results 'Small': 4 scenarios, 8 runs, {folder / 'python'}>"
    )
    assert "<b>Small</b>" in found._repr_html_()
    assert cs.status(found.folder).total("done") == 8
    written = cs.export(found.folder, ["csv"], out=folder / "export")
    assert pd.read_csv(written[0]).shape == found.runs.shape


def test_decades(decades: cs.Results) -> None:
    assert set(decades.yearly["year"]) == {0, 1, 2, 3, 4}
    assert {"independent_end", "deaths"} <= set(decades.maps.data_vars)
    end = decades.maps["independent_end"].isel(scenario=0).sel(species="jaguar")
    assert float(end.sum()) > 0
    kin = decades.pedigree("jaguar")
    trees = decades.trees("jaguar", 1)
    assert kin.n > 10
    assert trees.num_samples > 0
    with pytest.raises(cs.CorridorSimError, match="no daily ways are kept"):
        decades.tracks()


def test_links_are_proposed_as_a_table(folder: Path) -> None:
    found = cs.propose_links(
        species=["jaguar"], most=2, out=folder / "links.toml", set={"landscape.cell_m": 5000}
    )
    table = found.table
    assert len(found) == len(table) == 2
    # outlines are smooth, areas those of whole cells
    np.testing.assert_allclose(table.area / 1e6, table["area_km2"], rtol=0.1)
    assert found.path is not None
    assert found.path.is_file()


@pytest.mark.parametrize("path", sorted((ROOT / "src/corridor_sim/cli").glob("*.py")), ids=str)
def test_functions_of_the_command_line_are_thin(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            first, last = node.body[0].lineno, node.body[-1].end_lineno
            assert last is not None
            assert last - first + 1 <= 22, f"{path.name}: {node.name}"


def test_public_names_load_and_nothing_else_is_there() -> None:
    for name in cs.__all__:
        assert getattr(cs, name) is not None
        assert getattr(cs, name).__doc__, name
    assert dir(cs) == sorted(cs.__all__)
    with pytest.raises(AttributeError):
        cs.Simulation  # type: ignore[attr-defined]  # it is internal


@pytest.mark.parametrize(
    "work",
    [
        "import corridor_sim",
        "from corridor_sim.cli.main import build_parser; build_parser().format_help()",
    ],
)
def test_starting_is_quick(work: str) -> None:
    """Processor seconds of a start, the best of three, and none of the heavy libraries in it."""
    code = (
        f"import sys, time; began = time.process_time(); {work}; "
        "print(time.process_time() - began); "
        "sys.exit(bool({'numpy', 'pandas', 'numba', 'pydantic'} & set(sys.modules)))"
    )
    times = [float(subprocess.run([sys.executable, "-c", code], **HEARD).stdout) for _ in range(3)]
    assert min(times) < 0.1
