"""Running many from the command line: shares, status, report, export, and one line for mistakes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from corridor_sim.cli.main import main
from corridor_sim.experiment.status import describe, status_of
from oracles.small_study import DECADES, design_of, files_of, opened, run_missing


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an experiment and its results ``out``, tables and report not made."""
    folder = tmp_path_factory.mktemp("finished")
    run_missing(opened(design_of(folder, replicates=2), folder / "out"))
    return folder


def called(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    try:
        code = main([str(word) for word in words])
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_array_jobs_do_every_run_once_and_report_makes_the_rest(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = finished / "small.toml", tmp_path / "out"
    for index in (2, 0):
        code, said, _ = called(
            capsys,
            "compare",
            file,
            "--out",
            out,
            "--index",
            str(index),
            "--of",
            "3",
            "--threads",
            "1",
        )
        assert code == 0
        assert f"share {index} of 3: " in said
        assert f"corridor-sim report {out}" in said
    assert not (out / "report.html").exists()
    code, said, err = called(capsys, "report", out)
    assert (code, said) == (2, "")
    assert err.splitlines()[-1].startswith(f"corridor-sim: {out}: 3 of 8 runs are missing; go on")
    assert called(capsys, "compare", file, "--out", out, "--index", "1", "--of", "3", "--quiet")[
        :2
    ] == (0, "")
    assert files_of(out) == files_of(finished / "out")
    code, said, _ = called(capsys, "report", out, "--quiet")
    assert (code, said) == (0, "")
    page = (out / "report.html").read_text("utf-8")
    assert "Small" in page
    assert pd.read_parquet(out / "tables" / "effects.parquet")["n"].max() == 2


def test_report_makes_the_same_tables_as_the_study_itself(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished / "out", out)
    assert called(capsys, "compare", finished / "small.toml", "--out", out, "--quiet")[0] == 0
    tables = {p.name: p.read_bytes() for p in (out / "tables").iterdir()}
    maps = {p.name: p.read_bytes() for p in (out / "maps").iterdir()}
    for folder in ("tables", "maps", "figures"):
        shutil.rmtree(out / folder)
    code, said, _ = called(capsys, "report", out)
    assert code == 0
    assert said.strip() == str((out / "report.html").resolve())
    assert {p.name: p.read_bytes() for p in (out / "tables").iterdir()} == tables
    again = {p.name: p.read_bytes() for p in (out / "maps").iterdir()}
    # a GeoPackage says when it was written
    assert {k: v for k, v in again.items() if not k.endswith(".gpkg")} == {
        k: v for k, v in maps.items() if not k.endswith(".gpkg")
    }


def test_status_counts_what_is_there(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished / "out", out)
    code, said, _ = called(capsys, "status", out)
    assert code == 0
    assert "8 runs of 4 scenarios: 8 done, 0 damaged, 0 missing" in said
    assert "s a run (median of 8)" in said
    assert "corridor_sim 0." in said.splitlines()[0]
    files = sorted((out / "runs").iterdir())
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:500])
    data = files[2].read_bytes()
    files[2].write_bytes(data[: len(data) // 2] + bytes(50) + data[len(data) // 2 + 50 :])
    with (out / "timings.tsv").open("a") as stream:
        stream.write("half a line\nffffffffffffffff\t1\t1\tx\n")
    code, said, _ = called(capsys, "status", out, "--json")
    found = json.loads(said)
    assert [found[k] for k in ("planned", "done", "damaged", "missing")] == [8, 6, 1, 1]
    assert sum(one["done"] for one in found["scenarios"]) == 6
    assert found["seconds_per_run"] > 0
    assert json.loads(called(capsys, "status", out, "--check", "--json")[1])["damaged"] == 2
    checked = status_of(out, thorough=True)
    assert [checked.total(k) for k in ("done", "damaged", "missing")] == [5, 2, 1]
    # a folder of another version is told of, not refused
    manifest = out / "experiment.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"corridor_sim": "', '"corridor_sim": "9'), "utf-8")
    assert "corridor_sim 90." in called(capsys, "status", out)[1]


def test_status_is_short_for_many_scenarios(finished: Path) -> None:
    found = status_of(finished / "out")
    found.scenarios.extend(found.scenarios * 30)
    found.scenarios[5].done = found.scenarios[5].planned - 1
    lines = describe(found, longest=40)
    assert len(lines) < 60


@pytest.mark.parametrize("kind", ["days", "decades"])
def test_exports_hold_the_same_numbers(
    kind: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("zarr", reason="needs the extra corridor_sim[zarr]")
    import xarray as xr

    out, at = finished / "out", tmp_path / "export"
    if kind == "decades":
        study = opened(design_of(tmp_path, DECADES, replicates=2), tmp_path / "out")
        run_missing(study)
        out = study.out
    words = ["export", out, "--format", "csv, parquet,netcdf,zarr", "--out", at]
    code, said, _ = called(capsys, *words)
    assert code == 0
    written = [Path(line) for line in said.split()]
    assert all(path.exists() for path in written)
    assert {path.suffix for path in written} == {".csv", ".parquet", ".nc", ".zarr"}
    runs = pd.read_csv(at / "runs.csv")
    pd.testing.assert_frame_equal(runs, pd.read_parquet(at / "runs.parquet"), check_dtype=False)
    with xr.open_dataset(at / "results.nc", decode_coords="all") as one:
        first = one.load()
    with xr.open_zarr(at / "results.zarr", consolidated=False, decode_coords="all") as other:
        second = other.load()
    assert set(first.variables) == set(second.variables)
    for name in first.variables:
        a, b = first[name], second[name]
        assert a.dims == b.dims
        if a.dtype.kind in "fi":
            assert np.array_equal(a.values, b.values, equal_nan=True), name
        else:
            assert list(a.values) == list(b.values)
    for row in runs.sample(20, random_state=1).itertuples():
        cell = first["value"].sel(
            scenario=row.scenario, replicate=row.replicate, species=row.species, outcome=row.outcome
        )
        assert float(cell) == row.value or (np.isnan(cell) and np.isnan(row.value))
    maps = [name for name in first.data_vars if first[name].dims[-2:] == ("y", "x")]
    assert len(maps) >= 3
    for name in maps:
        assert first[name].encoding["grid_mapping"] == "spatial_ref"
        assert first[name].attrs["units"]
        assert float(first[name].sum()) > 0 or name in ("blocked", "crossings", "deaths")
    assert "EPSG" in str(first["spatial_ref"].attrs["crs_wkt"])
    # written again it replaces what was there
    assert called(capsys, *words)[0] == 0
    if kind == "decades":
        yearly = pd.read_parquet(at / "yearly.parquet").iloc[-1]
        cell = first["yearly_mean"].sel(
            scenario=yearly["scenario"],
            species=yearly["species"],
            year=yearly["year"],
            column=yearly["column"],
        )
        assert float(cell) == yearly["mean"]
        frame = pd.read_parquet(at / "yearly.parquet").set_index(["scenario", "species", "year"])
        start = frame[frame["column"] == "independent"]["mean"]
        density = first["independent_start"].sel(scenario="none", species="jaguar")
        km2 = abs(float(first["x"][1] - first["x"][0]) / 1000) ** 2
        # the map is of the first replicate, the table of their mean
        assert float(density.sum() * km2) == pytest.approx(start.loc["none", "jaguar", 0], rel=0.3)


def test_adaptive_from_the_command_line_and_the_file(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished / "out", out)
    code, said, _ = called(
        capsys,
        "compare",
        finished / "small.toml",
        "--out",
        out,
        "--until",
        "mean_elevation_m:jaguar=0.001",
        "--at-most",
        "6",
    )
    assert code == 0
    assert "stopped at the cap of 6 replicates: mean_elevation_m of jaguar, " in said
    assert "24 runs of 4 scenarios: 24 done" in called(capsys, "status", out)[1]
    assert "stopped at the cap of 6" in called(capsys, "status", out)[1]
    # the report knows of all of them
    assert pd.read_parquet(out / "tables" / "summary.parquet")["n"].max() == 6
    adaptive = '[base.adaptive]\nuntil = ["suitable_km2 = 1e6"]\nmost = 9\n'
    (finished / "adaptive.toml").write_text(
        (finished / "small.toml").read_text("utf-8") + adaptive, "utf-8"
    )
    code, said, _ = called(capsys, "compare", finished / "adaptive.toml", "--out", out)
    assert (code, said.count("narrow enough after 5 replicates: suitable_km2 of ")) == (0, 1)


MISTAKES: list[tuple[list[str], str]] = [
    (["compare", "FILE", "--index", "3"], "--index: needs --of; as in --index 3 --of 10"),
    (["compare", "FILE", "--of", "3"], "--of: needs --index; as in --index 3 --of 10"),
    (["compare", "FILE", "--index", "3", "--of", "3"], "--index: index 3 of 3 jobs; use 0 to 2"),
    (
        ["compare", "FILE", "--index", "0", "--of", "3", "--until", "eca_km2=3"],
        "--index: array jobs know nothing of each other; use them without",
    ),
    (
        ["compare", "FILE", "--workers", "2", "--scheduler", "tcp://127.0.0.1:9"],
        "--workers and --scheduler: cannot go together; give one of them",
    ),
    (["compare", "FILE", "--at-most", "9"], "--at-most: needs --until"),
    (["compare", "FILE", "--until", "eca_km2"], "--until: 'eca_km2' is not OUTCOME"),
    (
        ["compare", "FILE", "--until", "eca_km=3"],
        "--until: unknown outcome 'eca_km'; did you mean 'eca_km2'?",
    ),
    (["compare", "FILE", "--workers", "0"], "argument --workers: 0 is below 1"),
    (["status", "NOWHERE"], "nowhere: holds no experiment (no experiment.json); give a results"),
    (["report", "NOWHERE"], "nowhere: holds no experiment (no experiment.json); give a results"),
    (["export", "NOWHERE", "--format", "csv"], "nowhere: holds no experiment"),
    (["export", "OUT", "--format", "cvs"], "--format: unknown format 'cvs'; did you mean 'csv'?"),
    (["export", "OUT"], "the following arguments are required: --format"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda v: " ".join(v)[:60])
def test_a_mistake_is_one_line(
    words: list[str], said: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {
        "FILE": finished / "small.toml",
        "OUT": finished / "out",
        "NOWHERE": tmp_path / "nowhere",
    }
    given = [str(names.get(word, word)) for word in words]
    if words[0] == "compare":
        given += ["--out", str(tmp_path / "out"), "--quiet"]
    code, out, err = called(capsys, *given)
    assert code == 2
    assert out == ""
    lines = err.strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    assert not list((tmp_path / "out").glob("runs/*"))


def test_a_damaged_plan_is_named_and_made_again(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished / "out", out)
    text = (out / "plan.json").read_text("utf-8")
    for bad in (
        "{",
        "[]",
        text.replace('"', "", 1),
        text.replace("[0, 0,", "[9, 0,"),
        text.replace("[0, 0,", "[0, 1,"),
        text.replace("[0, 0,", "[-1, 0,"),
    ):
        (out / "plan.json").write_text(bad, "utf-8")
        code, _, err = called(capsys, "status", out)
        assert code == 2
        assert f"{out / 'plan.json'}: is damaged (" in err
        assert err.endswith("; call the command of the study again\n")
    assert called(capsys, "compare", finished / "small.toml", "--out", out, "--quiet")[0] == 0
    assert (out / "plan.json").read_text("utf-8").count("[") == text.count("[")


def test_days_are_exported_by_stage(finished: Path, tmp_path: Path) -> None:
    """The map of use adds up to the animals simulated, sampling undone."""
    pytest.importorskip("zarr", reason="needs the extra corridor_sim[zarr]")
    import xarray as xr

    from corridor_sim.comparison.export import export
    from corridor_sim.experiment.study import reopen_study

    study = reopen_study(finished / "out")
    path = export(study, tmp_path, ["netcdf"])[0]
    with xr.open_dataset(path) as found:
        use = found["use"].sel(scenario="none + now", species="jaguar", stage="resident")
        km2 = abs(float(found["x"][1] - found["x"][0]) / 1000) ** 2
        facts = json.loads((study.out / "scenarios" / "000.json").read_text("utf-8"))
        residents = facts["residents"]["jaguar"]
        # nearly all residents live through the six days: 6 / 365 of a few per cent a year die
        assert float(use.sum() * km2) == pytest.approx(residents, rel=0.02)
