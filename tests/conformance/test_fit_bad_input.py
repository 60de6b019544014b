"""Tracks with one thing wrong, through the command line: one line and exit code 2, or a note."""

from __future__ import annotations

from functools import partial
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.clogit import conditional_logit
from corridor_sim.telemetry.fit import _steps
from corridor_sim.telemetry.reading import read_tracks
from oracles.made_tracks import rows
from oracles.user_files import raster

CRS, ZONE = "EPSG:32717", "UTC-05:00"
N, EVERY_H = 70, 3.0
HOURS = EVERY_H * np.arange(N)
# ground of 12 x 12 km about the places that `rows` writes
CELLS, CELL = 120, 100.0
WEST, NORTH = 5e5 - CELLS * CELL / 2, 7.84e6 + CELLS * CELL / 2
SCENARIO = """name = "Made up"
days = 2
replicates = 1
[landscape]
grid = "green.tif"
[landscape.covariates]
green = "green.tif"
{more}
"""
HEAD = "id,t,x,y"


def walk(seed: int, n: int = N, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Places of an Ornstein-Uhlenbeck animal, sigma 600 m, tau of ten fixes."""
    rng = np.random.default_rng(seed)
    out, keeps = np.zeros((n, 2)), np.exp(-0.1)
    for i in range(1, n):
        out[i] = keeps * out[i - 1] + 600.0 * np.sqrt(1 - keeps**2) * rng.normal(size=2)
    return out + np.array(at)


def write(folder: Path, *animals: list[str], name: str = "tracks.csv", head: str = HEAD) -> str:
    path = folder / name
    path.write_text("\n".join([head, *(line for one in animals for line in one)]) + "\n", "utf-8")
    return str(path)


def fit(*words: str) -> int:
    common = ["--species", "Vole", "--states", "1", "--random", "10", "--quiet"]
    return main(["fit", *common, *words])


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that a command says before it ends with exit code 2."""
    capsys.readouterr()
    assert fit(*words) == 2
    out, err = capsys.readouterr()
    said = [line for line in err.splitlines() if line.startswith("corridor-sim: ")]
    assert len(said) == 1, err
    assert "Traceback" not in out + err
    return said[0]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Maps: green, its twin, two that are the same where animals go, one that tells all choices."""
    folder = tmp_path_factory.mktemp("ground")
    rng = np.random.default_rng(3)
    green = rng.random((CELLS, CELLS)).astype(np.float32)
    away = np.ones((CELLS, CELLS), np.float32)
    for seed in (1, 2, 3):
        xy = walk(seed)
        col = ((xy[:, 0] + CELLS * CELL / 2) // CELL).astype(int)
        row = ((CELLS * CELL / 2 - xy[:, 1]) // CELL).astype(int)
        away[row, col] = 0.0
    flat = np.full_like(green, 4)
    calm = flat.copy()
    calm[0, 0] = 5.0
    maps = {"green": green, "twin": 2 * green + 1, "flat": flat, "away": away, "calm": calm}
    for name, values in maps.items():
        raster(folder / f"{name}.tif", values, crs=CRS, west=WEST, north=NORTH, cell=CELL)
    for name, more in (("green", ()), ("flat", ("flat",)), ("many", ("twin", "away", "calm"))):
        lines = "\n".join(f'{one} = "{one}.tif"' for one in more)
        (folder / f"{name}.toml").write_text(SCENARIO.format(more=lines), "utf-8")
    return folder


ALL = ("--crs", CRS, "--time-zone", ZONE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--time-zone", ZONE), r"tracks\.csv: .*crs"),
        (("--crs", CRS), r"tracks\.csv: .*zone"),
        ((*ALL, "--interval", "soon"), r"--interval: 'soon' is no interval; write it as 3h"),
        ((*ALL, "--interval", "17min"), r"tracks\.csv: not one step of 17 min|17"),
        ((*ALL, "--tolerance", "2h", "--interval", "3h"), "--tolerance: 120 min is half"),
        ((*ALL, "--states", "7"), "--states: '7'; give auto, 1, 2 or 3"),
        ((*ALL, "--hold-out", "some"), "--hold-out: 'some'; give animals, months, none"),
        ((*ALL, "--covariates", "green"), "--covariates: 'green' needs a landscape"),
        ((*ALL, "--covariates", "green, cover[3,5"), "--covariates: 'cover"),
        ((*ALL, "--covariates", "green=gone.tif"), r"gone.tif \(covariate green\): no such file"),
        ((*ALL, "--covariates", "a=x.tif, a^2=y.tif"), "a has two rasters, x.tif and y.tif"),
        ((*ALL, "--sex-from", "sax"), r"tracks\.csv: has no column 'sax'"),
        ((*ALL, "--columns", "x"), "--columns: 'x' names no column"),
        ((*ALL, "--animals", "nobody"), "nobody"),
        ((*ALL, "--one-animal", "nobody"), "nobody"),
        ((*ALL, "--still-m", "9000"), "a: it never moves: .* within 9000 m"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    import re

    file = write(tmp_path, rows("a", walk(1), HOURS))
    line = refused(capsys, file, "--out", str(tmp_path / "out"), *words)
    assert re.search(said, line), line
    assert not (tmp_path / "out").exists()


def test_steps_that_no_species_has_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, rows("a", walk(1), HOURS * 16))
    line = refused(capsys, file, *ALL)
    assert "fixes 2 days apart make no steps: a step lasts a day at most" in line


def test_one_fix_alone_and_tracks_elsewhere_are_refused(
    tmp_path: Path, ground: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write(tmp_path, rows("a", walk(1, 1), [0.0]), name="one.csv")
    line = refused(capsys, one, *ALL)
    assert "one.csv" in line or "tracks" in line or "fix" in line, line
    far = write(tmp_path, rows("a", walk(1, at=(90_000.0, 0.0)), HOURS), name="far.csv")
    line = refused(capsys, far, *ALL, "--scenario", str(ground / "green.toml"))
    assert "none of 70 positions lies on the landscape" in line


def test_steps_of_days_and_of_one_length(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weekly = write(tmp_path, rows("a", walk(1), 168 * np.arange(N)), name="weekly.csv")
    line = refused(capsys, weekly, *ALL)
    assert "weekly.csv: fixes 7 days apart make no steps: a step lasts a day at most" in line
    even = np.column_stack([100.0 * np.arange(N), np.zeros(N)])
    line = refused(capsys, write(tmp_path, rows("b", even, HOURS)), *ALL)
    assert "steps of b: all 69 steps are 100 m long" in line
    bursts = to_bursts(
        read_tracks(
            write(tmp_path, rows("a", walk(1), HOURS), rows("b", even, HOURS)),
            crs=CRS,
            time_zone=ZONE,
        )
    )
    found, told = _steps(bursts)
    assert list(found) == ["a"]
    assert [one.words for one in told if one.animal == "b"] == [
        "b: all 69 steps are 100 m long: no distribution of lengths can be fitted: they count for "
        "nothing of its own"
    ]


def test_what_is_wrong_with_animals_and_covariates_is_a_note(
    tmp_path: Path, ground: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = [*rows("two", walk(4), HOURS), *rows("two", walk(5, at=(9e4, 9e4)), HOURS + 1.0)]
    first = rows("a", walk(1), HOURS)
    animals = (
        [*first, first[7]],
        rows("b", walk(2), HOURS),
        # half of it lies off the map
        rows("edge", walk(3, at=(5900.0, 0.0)), HOURS),
        rows("single", walk(6, 1), [0.0]),
        rows("still", np.full((N, 2), 100.0), HOURS),
        two,
    )
    out = tmp_path / "out"
    words = ("--scenario", str(ground / "many.toml"), "--out", str(out))
    assert fit(write(tmp_path, *animals), *ALL, *words) == 0
    assert capsys.readouterr().out == ""
    found = pd.read_parquet(out / "tables" / "notes.parquet")
    page = unescape((out / "report.html").read_text("utf-8"))
    for kind, named in (
        ("duplicates", "a"),
        ("outside", "edge"),
        ("one_fix", "single"),
        ("never_moves", "still"),
        ("two_collars", "two"),
        ("collinear", "twin"),
        ("separated", "away"),
        ("constant", "calm"),
    ):
        own = found[(found["kind"] == kind) & found["words"].str.contains(named)]
        assert len(own), (kind, sorted(found["kind"].unique()))
        # the animal stands beside it
        assert own["words"].iloc[0].removeprefix(f"{own['animal'].iloc[0]}: ") in page, kind
    pooled = pd.read_parquet(out / "tables" / "pooled.parquet")
    assert set(pooled.loc[pooled["parameter"] == "step_shape", "n_animals"]) == {3}
    # what has no estimate is no number anywhere
    selection = pd.read_parquet(out / "tables" / "selection.parquet").set_index("term")
    assert np.isfinite(selection.loc["green", "estimate"])
    assert selection.loc[["twin", "away", "calm"], ["estimate", "se"]].isna().all(axis=None)
    made = cs.load_species(out / "vole.toml").selection
    assert made is not None
    assert list(made.coefficients) == ["green"]


def test_a_constant_covariate_is_named(
    tmp_path: Path, ground: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, rows("v1", walk(1), HOURS))
    line = refused(capsys, file, *ALL, "--scenario", str(ground / "flat.toml"))
    assert "flat" in line
    assert "leave the covariate out" in line


def test_a_likelihood_that_does_not_converge_gives_no_number(
    tmp_path: Path, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = partial(conditional_logit, max_rounds=1)
    monkeypatch.setattr("corridor_sim.telemetry.selection.conditional_logit", once)
    file = write(tmp_path, *(rows(f"v{seed}", walk(seed), HOURS) for seed in (1, 2)))
    found = cs.fit(
        file, ground / "green.toml", species="Vole", crs=CRS, time_zone=ZONE, states=1, random=10
    )
    assert (found.notes["kind"] == "not_converged").any()
    assert found.selection["estimate"].isna().all()
    assert found.species.selection is None


def test_a_folder_that_is_none_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, rows("a", walk(1), HOURS))
    line = refused(capsys, file, *ALL, "--out", f"{file}/fitted")
    assert line.endswith("tracks.csv: is no folder; choose another folder with --out")


def test_a_crossing_time_of_the_blank_file_is_not_held_against_fixes(tmp_path: Path) -> None:
    wander = np.cumsum(np.random.default_rng(4).gamma(0.8, 200.0, (51, 2)), axis=0)
    file = write(tmp_path, rows("a", wander, HOURS[:51]))
    found = cs.fit(file, species="Vole", crs=CRS, time_zone=ZONE, states=1, progress=False)
    assert not found.ranges["resident"].any()
    assert "crossing_time_differs" not in {one.kind for one in found.told}


def test_an_interruption_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corridor_sim.api.fit", interrupted)
    assert fit(write(tmp_path, rows("a", walk(1), HOURS)), *ALL) == 130
    assert capsys.readouterr().err == "corridor-sim: interrupted; what was written stays\n"
