"""Small real studies for the tests of running many: days and decades, quick to simulate."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from corridor_sim import load_experiment
from corridor_sim.config.load import Design, as_data
from corridor_sim.experiment.execution.runner import run_jobs
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.progress import Listener

DAYS = """
name = "Small"
[base]
days = <days>
replicates = <replicates>
seed = 11
tracks = 3
[base.landscape]
elevation = "dem.tif"
[base.species.jaguar]
count = <count>
disperser_sampling = 4
[base.species.andean_condor]
count = 20
[factors.fragmentation]
none = []
some = [{ kind = "clear", fraction = 0.3 }]
[factors.climate]
now = []
hot = [{ kind = "warm", degrees_c = 3.0 }]
"""
DECADES = """
name = "Small decades"
[base]
years = 4
replicates = <replicates>
seed = 5
[base.landscape]
elevation = "dem.tif"
[base.life_cycle]
days_per_season = 3
[base.life_cycle.burn_in]
at_most_y = 4
[base.life_cycle.genes]
loci = 20
chromosome_bp = 2000
[base.species.jaguar]
[factors.plan]
none = []
some = [{ kind = "clear", fraction = 0.3 }]
"""


def write_heights(path: Path, side: int = 48, cell_m: float = 4000.0) -> None:
    """Write a raster of heights: a plain in the east that climbs to a ridge in the west."""
    import rasterio
    from rasterio.transform import from_origin

    col, row = np.meshgrid(np.arange(side), np.arange(side))
    heights = 300.0 + 3200.0 * np.exp(-((col - 6) ** 2) / 90.0) + 40.0 * np.sin(row / 3.0)
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
            transform=from_origin(600_000, 9_600_000, cell_m, cell_m),
        ) as file:
            file.write(heights.astype(np.float32), 1)


def design_of(folder: Path, text: str = DAYS, **values: int) -> Design:
    """Return a small experiment, its file written into ``folder``."""
    given = {"days": 6, "replicates": 2, "count": 300} | values
    path = folder / "small.toml"
    for name, value in given.items():
        text = text.replace(f"<{name}>", str(value))
    path.write_text(text, encoding="utf-8")
    if not (folder / "dem.tif").is_file():
        write_heights(folder / "dem.tif")
    return load_experiment(path)


def opened(design: Design, out: Path, threads: int | None = 1) -> Study:
    one = design.experiment
    return open_study(
        one.name, one.description, design.scenarios, as_data(one), out, threads=threads
    )


def files_of(out: Path) -> dict[str, bytes]:
    """Return every file whose bytes a study decides, half-written ones included."""
    found = {}
    for folder in ("runs", "scenarios", "pedigrees"):
        for path in sorted((out / folder).glob("*")):
            found[f"{folder}/{path.name}"] = path.read_bytes() if path.is_file() else b"folder"
    return found


def n_done(out: Path) -> int:
    """Return how many runs have a file."""
    return len(list((out / "runs").glob("*.npz")))


def run_missing(study: Study, listener: Listener | None = None) -> int:
    """Simulate every run that has no file yet in this process and return how many that were."""
    return run_jobs(study, workers=1, threads=study.threads, listener=listener)
