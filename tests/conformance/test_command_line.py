"""The command line as a user meets it: real processes, exit codes, one line for every mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oracles.gate import Gate

ROOT = Path(__file__).parents[2]
# only a hang takes longer, however busy the machine
PATIENCE_S = 600.0
SMALL = """
name = "Small"
days = 5
replicates = 2
tracks = 2
[landscape]
cell_m = 5000
[species.jaguar]
count = 120
[species.andean_condor]
count = 10
"""
EXPERIMENT = f"""
name = "Small experiment"
[base]
{SMALL.replace("[landscape]", "[base.landscape]").replace("[species.", "[base.species.")}
[factors.fragmentation]
none = []
some = [{{ kind = "clear", fraction = 0.3 }}]
"""


def corridor_sim(
    *words: str, cwd: Path, timeout_s: float = PATIENCE_S
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corridor_sim", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "experiment.toml").write_text(EXPERIMENT, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("run",),
        ("compare",),
        ("landscape",),
        ("landscape", "show"),
        ("landscape", "export"),
        ("covers",),
        ("covers", "list"),
        ("covers", "show"),
        ("species",),
        ("species", "list"),
        ("species", "show"),
        ("species", "new"),
        ("species", "check"),
        ("schema",),
    ],
    ids=" ".join,
)
def test_help_everywhere(words: tuple[str, ...], tmp_path: Path) -> None:
    done = corridor_sim(*words, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "usage: corridor-sim" in done.stdout.replace("__main__.py", "corridor-sim")


def test_compare_ends_with_a_table_and_the_report(folder: Path) -> None:
    done = corridor_sim("compare", "experiment.toml", "--out", "out", "--threads", "1", cwd=folder)
    assert done.returncode == 0, done.stderr
    report = Path(done.stdout.strip().splitlines()[-1])
    assert report == (folder / "out" / "report.html").resolve()
    page = report.read_text(encoding="utf-8")
    assert "Small experiment" in page
    assert "https://" not in page.split("<body")[0]
    assert "forecast:" in done.stderr
    for name in ("runs", "summary", "effects", "flux", "scenarios"):
        assert (folder / "out" / "tables" / f"{name}.parquet").is_file()
    assert list((folder / "out" / "maps").glob("*.tif"))
    manifest = json.loads((folder / "out" / "experiment.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["base"]["days"] == 5
    before = {p.name: p.read_bytes() for p in (folder / "out" / "runs").iterdir()}
    again = corridor_sim("compare", "experiment.toml", "--out", "out", "--quiet", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert (again.stdout, again.stderr) == ("", "")
    assert before == {p.name: p.read_bytes() for p in (folder / "out" / "runs").iterdir()}


@pytest.mark.slow
def test_run_takes_its_options(folder: Path) -> None:
    done = corridor_sim(
        "run",
        "small.toml",
        "--replicates",
        "3",
        "--seed",
        "5",
        "--set",
        "days=3",
        "--set",
        "species.jaguar.count=60",
        "--out",
        "out",
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((folder / "out" / "experiment.json").read_text(encoding="utf-8"))
    settings = manifest["settings"]
    assert (settings["replicates"], settings["seed"], settings["days"]) == (3, 5, 3)
    assert settings["species"]["jaguar"]["count"] == 60
    assert len(list((folder / "out" / "runs").glob("*.npz"))) == 3


def test_landscape_species_and_schema_answer(folder: Path) -> None:
    shown = corridor_sim("landscape", "show", "--set", "landscape.cell_m=5000", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    for word in ("real", "approximated", "Podocarpus", "land_cover"):
        assert word in shown.stdout
    exported = corridor_sim(
        "landscape", "export", "small.toml", "--out", "maps", "--format", "tif,gpkg", cwd=folder
    )
    assert exported.returncode == 0, exported.stderr
    import rasterio

    with rasterio.open(folder / "maps" / "elevation_m.tif") as raster:
        assert raster.crs.to_epsg() == 32717
        assert raster.shape == (123, 101)
    listed = corridor_sim("species", "list", cwd=folder).stdout
    assert len(listed.splitlines()) == 4
    jaguar = corridor_sim("species", "show", "jaguar", cwd=folder).stdout
    assert "home_range_km2" in jaguar
    assert "km2" in jaguar
    schema = json.loads(corridor_sim("schema", cwd=folder).stdout)
    assert set(schema) >= {"scenario", "experiment", "edits"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "nowhere.toml"], ["nowhere.toml", "not found"]),
        (["run", "smal.toml"], ["smal.toml", "did you mean 'small.toml'"]),
        (["run", "experiment.toml"], ["is an experiment", "corridor-sim compare experiment.toml"]),
        (["compare", "small.toml"], ["is a scenario", "corridor-sim run small.toml"]),
        (["run", "small.toml", "--set", "dayz=3"], ["--set dayz=3", "did you mean 'days'"]),
        (["run", "small.toml", "--threads", "999"], ["--threads", "999"]),
        (["run", "small.toml", "--replicates", "0"], ["--replicates", "0"]),
        (["run", "small.toml", "--set", "species.jagwar.count=2"], ["jagwar", "jaguar"]),
        (
            ["run", "small.toml", "--set", "species.jaguar.traits.movement.candidate=2"],
            ["movement.candidate", "candidates"],
        ),
        (
            [
                "run",
                "small.toml",
                "--set",
                "species.jaguar.traits.habitat.suitable_from=0.99999",
                "--set",
                "species.jaguar.traits.habitat.resistance_exponent=-1",
            ],
            ["resistance_exponent", "-1"],
        ),
        (["run", "small.toml", "--set", "landscape.source='x'"], ["landscape.source", "andes"]),
        (["run", "small.toml", "--out", "small.toml"], ["small.toml"]),
        (["species", "show", "jagwar"], ["jagwar", "jaguar"]),
        (["landscape", "export", "--out", "m", "--format", "tiff"], ["tiff", "tif"]),
        (["simulate"], ["simulate"]),
    ],
    ids=lambda v: " ".join(v)[:50] if isinstance(v, list) else None,
)
def test_a_mistake_is_one_line_and_exit_code_2(
    words: list[str], expected: list[str], folder: Path
) -> None:
    done = (
        corridor_sim(*words, "--quiet", cwd=folder)
        if words[0] in ("run", "compare")
        else (corridor_sim(*words, cwd=folder))
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in expected:
        assert word in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupting_stops_cleanly_and_goes_on(folder: Path) -> None:
    words = [
        "compare",
        "experiment.toml",
        "--out",
        "out",
        "--set",
        "base.replicates=40",
        "--set",
        "base.days=30",
    ]
    # a job in the background may have been started deaf to the signal
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program = listen + "from corridor_sim.cli.main import main; raise SystemExit(main())"
    gate = Gate(folder / "gate", 3)
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=gate.environment({**os.environ, "PYTHONUNBUFFERED": "1"}),
    )
    runs = folder / "out" / "runs"
    while len(list(runs.glob("*.npz"))) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "call again to go on" in errors
    kept = {p.name: p.read_bytes() for p in runs.glob("*.npz")}
    assert 3 <= len(kept) < 80
    again = corridor_sim(*words, cwd=folder)
    assert again.returncode == 0, again.stderr
    after = {p.name: p.read_bytes() for p in runs.glob("*.npz")}
    assert len(after) == 80
    assert kept.items() <= after.items()
