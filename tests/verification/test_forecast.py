"""What is forecast against what is taken: peaks of whole commands, and work that is refused."""

from __future__ import annotations

import re
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest

from corridor_sim import CorridorModel, load_landscape, memory
from corridor_sim.cli.main import main
from corridor_sim.errors import ResourceError
from corridor_sim.landscape.size import size_of
from corridor_sim.progress import Count, listening

WITHIN = 1.5


def write_dem(path: Path, side: int, cell_m: float) -> None:
    import rasterio
    from rasterio.transform import from_origin

    y, x = np.mgrid[0:side, 0:side]
    heights = (1500 + 800 * np.sin(x / 37) * np.cos(y / 51)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=side,
            width=side,
            count=1,
            dtype="float32",
            crs="EPSG:32717",
            transform=from_origin(500_000, 9_800_000, cell_m, cell_m),
        ) as file:
            file.write(heights, 1)


def write_areas(path: Path, n: int, every_m: float) -> None:
    """Write ``n`` x ``n`` squares, each with a name of its own."""
    import json

    def square(i: int, j: int) -> dict[str, object]:
        x, y, w = 500_010 + every_m * i, 9_799_990 - every_m * (j + 1), 0.6 * every_m
        ring = [[x, y], [x + w, y], [x + w, y + w], [x, y + w], [x, y]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"NAME": f"P{i}_{j}"}, "geometry": shape}

    crs = {"type": "name", "properties": {"name": "EPSG:32717"}}
    features = [square(i, j) for i in range(n) for j in range(n)]
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))


# the process's own account of its peak: what the system adds up for a child counts the memory of
# the parent that it was forked from
MEASURED = """
import sys
from corridor_sim.cli.main import main
code = main(sys.argv[1:])
rows = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(rows["VmHWM"].split()[0])
sys.exit(code)
"""
SIZES = {
    "small": (100, 1000.0, 0, "", ""),
    "areas": (400, 250.0, 60, "", ""),
    "cells": (1500, 500.0, 0, "", "count = 100"),
    "animals": (100, 1000.0, 0, "", "count = 2000000"),
    "tracks": (100, 1000.0, 0, "tracks = 10000", "count = 10000"),
    "replicates": (100, 1000.0, 0, "", "count = 5"),
}
SLOW = [pytest.param(k, marks=pytest.mark.slow) for k in SIZES if k not in ("small", "areas")]


@pytest.mark.parametrize("size", ["small", "areas", *SLOW])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_the_peak_of_a_run_is_what_was_told(size: str, tmp_path: Path) -> None:
    side, cell_m, areas, settings, species = SIZES[size]
    write_dem(tmp_path / "dem.tif", side, cell_m)
    where = ""
    if areas:
        write_areas(tmp_path / "areas.geojson", areas, side * cell_m / areas)
        where = 'protected_areas = "areas.geojson"\nprotected_name_field = "NAME"\n'
    days, replicates = (180, 1) if size == "tracks" else (2, 600 if size == "replicates" else 1)
    (tmp_path / "s.toml").write_text(
        f'name = "t"\ndays = {days}\nreplicates = {replicates}\n{settings}\n'
        f'[landscape]\nelevation = "dem.tif"\n{where}[species.andean_bear]\n{species}\n'
    )
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            MEASURED,
            "run",
            "s.toml",
            "--out",
            "out",
            "--workers",
            "1",
            "--threads",
            "1",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    said = process.stderr
    assert process.returncode == 0, said
    peak_kb = int(process.stdout.splitlines()[-1])
    told = float(re.search(r"and ([\d.]+) GB of memory", said)[1])
    # the line rounds to a tenth
    assert (told - 0.05) / WITHIN < peak_kb / 1e6 < (told + 0.05) * WITHIN, said


def test_moves_between_areas_take_no_square_of_memory() -> None:
    """Three thousand areas: a table of pairs would take 72 MB a copy."""
    from corridor_sim import load_species
    from corridor_sim.landscape.synthetic import uniform
    from corridor_sim.simulation.days.run_file import record
    from corridor_sim.simulation.days.seeding import Quota
    from corridor_sim.simulation.days.simulation import Simulation, prepare_days

    zones = np.arange(1, 3601, dtype=np.int16).reshape(60, 60)
    land = uniform(60, 60, 1000.0, protected=zones)
    quota = {"jaguar": Quota(count=200)}
    stage = prepare_days([load_species("jaguar")], land, None, quota)
    tracemalloc.start()
    try:
        sim = Simulation(stage, seed=4)
        sim.advance(5)
        kept = record(sim.result("jaguar"), stage.species["jaguar"], stage, keep_tracks=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept.transits.total() > 100
    assert peak < 30e6


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which 8 GB are free, whose landscapes cost the test too long to build."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 8e9)
    monkeypatch.setattr("corridor_sim.simulation.days.forecast.available_bytes", lambda: 8e9)

    def never(*_: object) -> None:
        raise AssertionError("it is being built")

    monkeypatch.setattr("corridor_sim.datasets.andes_amazon.landscape.build_elevation", never)


FINE = "landscape.cell_m=60"


@pytest.mark.parametrize(
    "words",
    [
        ["run", "s.toml", "--set", FINE, "--out", "out"],
        ["compare", "e.toml", "--set", f"base.{FINE}", "--out", "out"],
        ["landscape", "show", "--set", FINE],
        ["landscape", "export", "--set", FINE, "--out", "out"],
        ["links", "propose", "--set", FINE],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_landscape_beyond_the_memory_is_refused_before_it_is_built(
    words: list[str],
    poor: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text('name = "t"\ndays = 2\n[species.jaguar]\n')
    Path("e.toml").write_text(
        'name = "e"\n[base]\nname = "t"\ndays = 2\n[base.species.jaguar]\n'
        '[factors.f]\nnone = []\nsome = [{ kind = "warm", degrees_c = 1.0 }]\n'
    )
    assert main(words) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert re.search(r"needs about [\d.]+ GB of memory, 8\.0 GB are free; ", line)
    assert "landscape.cell_m" in line
    assert not Path("out").exists()


def test_the_python_interface_refuses_it_as_well(poor: None, tmp_path: Path) -> None:
    text = 'name = "t"\ndays = 2\n[landscape]\ncell_m = 60\n[species.jaguar]\n'
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(ResourceError, match=r"10,183 x 8,362 cells of 60 m needs about"):
        load_landscape(cell_m=60.0)
    with pytest.raises(ResourceError, match=r"8\.0 GB are free"):
        CorridorModel(tmp_path / "s.toml")


@pytest.mark.parametrize(
    ("founders", "bp", "words"),
    [(1e9, 1_000_000, "founder_size = 1e+09"), (5e6, 100_000_000, "chromosome_bp = 100,000,000")],
)
def test_genomes_beyond_the_memory_are_refused_before_a_landscape_is_built(
    founders: float,
    bp: int,
    words: str,
    poor: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "s.toml").write_text(
        'name = "t"\nyears = 2\n[life_cycle]\n[life_cycle.genes]\n'
        f"founder_size = {founders}\nchromosome_bp = {bp}\n[species.jaguar]\n"
    )
    code = main(["run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out"), "--quiet"])
    assert code == 2
    line = capsys.readouterr().err
    assert words in line
    assert "life_cycle.genes" in line
    assert "use a smaller founder_size or chromosome_bp" in line


def test_long_work_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("corridor_sim.progress.monotonic", lambda: now[0])
    heard: list[str] = []
    with listening(heard.append):
        count = Count("making the points", 100_000)
        for _ in range(5):
            count.one()
            now[0] += 1.1
    count.one()
    assert heard == ["making the points: 3 of 100,000", "making the points: 5 of 100,000"]


def test_a_finer_landscape_is_told_to_take_longer() -> None:
    small, large = size_of(10_000, builtin=True), size_of(40_000_000, builtin=True)
    assert small.seconds < 5 < 60 < large.seconds
    assert small.peak_bytes < 0.5e9 < 5e9 < large.peak_bytes
