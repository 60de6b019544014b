"""Measure a whole run of a user's own files at 90 m, stage by stage, and print it as Markdown.

Usage: ``python tools/size_90m.py [--cells 90 1000] [--folder DIR] [--quick] [--write]``. With
``--write`` the text between the two markers of ``docs/benchmarks.md`` is replaced. The files stand
in for a user's: an elevation raster of 3 seconds of arc like SRTM's, land cover, core areas, roads
and rivers, all made from the built-in landscape. In full it takes six minutes and 6 GB.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import common
import numpy as np
from common import table
from machine import OtherPrograms, describe

# 3 seconds of arc over 5.5 x 4.5 degrees
WEST, NORTH, ROWS, COLS, STEP = -80.5, -1.5, 6600, 5400, 1.0 / 1200.0
BUILT_M = 500.0
SCENARIO = """
name = "Corridor at {cell_m:g} m"
days = {days}
replicates = 2
seed = 20240901
[landscape]
elevation = "dem.tif"
land_cover = "land_cover.tif"
land_cover_codes = "land_cover_codes.csv"
protected_areas = "areas.geojson"
protected_name_field = "name"
roads = "roads.geojson"
road_class_field = "class"
rivers = "rivers.geojson"
river_width_field_m = "width_m"
crs = "EPSG:32717"
cell_m = {cell_m:g}
extent = "{extent}"
[species.jaguar]
[species.andean_bear]
[species.andean_condor]
[species.mountain_tapir]
"""
# the extent that holds 6601 x 5405 cells of 90 m
EXTENT = "559000 9228000 1045450 9822090"
# what is said as a stage begins, and its name
STAGES = (
    ("forecast", "start, until the forecast"),
    ("reading", "reading the files"),
    ("placing", "placing species, animals"),
    ("summing up", "tables"),
    ("writing maps", "maps"),
    ("writing the report", "report"),
)
# of the version before fields were made strip by strip: wall and processor seconds, peak GB; as
# the same machine measured it with few other programs at work; its forecast came after 153 s
BEFORE = {
    "start, until the forecast": (4.5, 2.5, 0.4),
    "reading the files": (30.6, 20.0, 2.5),
    "placing species, animals": (257.2, 203.6, 12.9),
    "tables": (0.1, 0.1, 1.8),
    "maps": (85.8, 62.7, 9.1),
    "report": (51.8, 40.1, 7.6),
    "whole": (430.0, 328.9, 12.9),
}
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Stage:
    """A stage of the command: seconds by the clock and of the processor, peak GB."""

    name: str
    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0


@dataclass
class Whole:
    """A run of the command."""

    cell_m: float
    shape: str = ""
    stages: list[Stage] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    forecast_after: float = 0.0
    forecast_s: float = 0.0
    forecast_gb: float = 0.0


def make_files(folder: Path) -> None:
    """Write the user's files, once."""
    import rasterio
    from rasterio.transform import from_origin
    from rasterio.warp import Resampling, reproject
    from scipy.ndimage import gaussian_filter

    from corridor_sim import load_landscape

    if (folder / "rivers.geojson").is_file():
        return
    land = load_landscape(cell_m=BUILT_M)
    grid = land.grid
    theirs = rasterio.Affine(*grid.transform)
    ours = from_origin(WEST, NORTH, STEP, STEP)
    heights = np.zeros((ROWS, COLS), np.float32)
    places: dict[str, Any] = {
        "src_transform": theirs,
        "src_crs": grid.crs,
        "dst_transform": ours,
        "dst_crs": "EPSG:4326",
        "dst_nodata": np.nan,
    }
    reproject(land["elevation_m"], heights, resampling=Resampling.bilinear, **places)
    heights[np.isnan(heights)] = 0.0
    # slopes below the cells that the relief was made on
    rough = np.random.default_rng(1).standard_normal((ROWS, COLS), np.float32)
    heights += np.clip(heights / 1000.0, 0.05, 2.0) * 60.0 * gaussian_filter(rough, 2.0)
    save = {"driver": "GTiff", "compress": "deflate", "tiled": True}
    with rasterio.open(
        folder / "dem.tif", "w", height=ROWS, width=COLS, count=1, dtype="int16", crs="EPSG:4326",
        transform=ours, **save,
    ) as file:  # fmt: skip
        file.write(np.round(heights).astype(np.int16), 1)
    with rasterio.open(
        folder / "land_cover.tif", "w", height=grid.height, width=grid.width, count=1,
        dtype="uint8", crs=grid.crs, transform=theirs, **save,
    ) as file:  # fmt: skip
        file.write(land["land_cover"], 1)
    rows = "".join(f"{c.code},{c.key}\n" for c in land.covers.rows)
    (folder / "land_cover_codes.csv").write_text(f"code,cover\n{rows}")
    land.core_areas.to_file(folder / "areas.geojson", driver="GeoJSON")
    widths = {1: 20, 2: 150, 3: 500}
    for name, layer, key, value in (
        ("roads", "road", "class", {1: 1, 2: 2}),
        ("rivers", "river", "width_m", widths),
    ):
        write_lines(folder / f"{name}.geojson", land[layer], grid, key, value)


def write_lines(path: Path, classes: Any, grid: Any, key: str, values: dict[int, int]) -> None:
    """Write the cells of each class as lines between neighbours."""
    features = []
    for code, value in values.items():
        there = classes == code
        lines = []
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            row, col = np.nonzero(there)
            inside = (row + down < grid.height) & (col + right >= 0) & (col + right < grid.width)
            row, col = row[inside], col[inside]
            both = there[row + down, col + right]
            row, col = row[both] + 0.5, col[both] + 0.5
            x, y = grid.to_metres(col, row)
            x2, y2 = grid.to_metres(col + right, row + down)
            lines += np.stack([np.stack([x, y], 1), np.stack([x2, y2], 1)], 1).tolist()
        shape = {"type": "MultiLineString", "coordinates": lines}
        features.append({"type": "Feature", "properties": {key: value}, "geometry": shape})
    crs = {"type": "name", "properties": {"name": grid.crs}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))


def cpu_of(pid: int) -> float:
    """Return the processor seconds of a process so far."""
    found = (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(found[11]) + int(found[12])) / TICKS


def held_gb(pid: int) -> float:
    """Return the memory that a process holds now; 0 once it has ended."""
    try:
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024 / 1e9
    except OSError:
        pass
    return 0.0


def measured(folder: Path, cell_m: float, days: int) -> Whole:
    """Run the command and return what each of its stages took."""
    text = SCENARIO.format(cell_m=cell_m, days=days, extent=EXTENT)
    (folder / "scenario.toml").write_text(text)
    out = folder / f"out_{cell_m:g}"
    words = [sys.executable, "-m", "corridor_sim", "run", "scenario.toml", "--out", str(out)]
    subprocess.run(["rm", "-rf", str(out)], check=True)
    begin = time.perf_counter()
    child = subprocess.Popen(words, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], held_gb(child.pid))

    threading.Thread(target=watch, daemon=True).start()
    found = Whole(cell_m)
    now, last_wall, last_cpu = Stage(STAGES[0][1]), 0.0, 0.0

    def end_stage(wall: float, cpu: float) -> None:
        nonlocal now, last_wall, last_cpu
        now.wall += wall - last_wall
        now.cpu += cpu - last_cpu
        now.peak, peak[0] = max(now.peak, peak[0]), 0.0
        found.stages.append(now)
        last_wall, last_cpu = wall, cpu

    assert child.stderr is not None
    for raw in child.stderr:
        line, wall = raw.decode(), time.perf_counter() - begin
        said = re.sub(r"^\[ *[\d.]+ s\] +(\d+% )?", "", line).strip()
        print(f"{wall:7.1f} s  {said}", file=sys.stderr, flush=True)
        if told := re.search(r"about ([\d,.]+) (s|h) and ([\d,.]+) GB", said):
            amount, unit, gigabytes = told.groups()
            found.forecast_after = found.forecast_after or wall
            found.forecast_s = float(amount.replace(",", "")) * (3600 if unit == "h" else 1)
            found.forecast_gb = float(gigabytes.replace(",", ""))
        if shape := re.search(r"on (\d+ x \d+) cells", said):
            found.shape = shape[1]
        for word, name in STAGES[1:]:
            if said.startswith(word) and name != now.name:
                end_stage(wall, cpu_of(child.pid))
                now = Stage(name)
    _, status, usage = os.wait4(child.pid, 0)
    over.set()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {child.returncode}")
    found.wall, found.cpu = time.perf_counter() - begin, usage.ru_utime + usage.ru_stime
    end_stage(found.wall, found.cpu)
    found.peak = usage.ru_maxrss * 1024 / 1e9
    return found


def ratio(told: float, taken: float) -> str:
    """Return how far a forecast was off."""
    return f"{told / taken:.2f}" if taken else ""


def page(found: list[Whole], others: float) -> str:
    """Return the tables."""
    out = [f"Machine: {describe()} Other programs took {others:.0%} of its processor time.", ""]
    fine = found[0]
    head = ["stage", "wall, s", "processor, s", "peak, GB"]
    if fine.cell_m == 90:
        head += ["before: wall, s", "processor, s", "peak, GB"]
    lines = []
    for one in [*fine.stages, Stage("whole", fine.wall, fine.cpu, fine.peak)]:
        was = BEFORE.get(one.name) if fine.cell_m == 90 else None
        lines.append(
            [one.name, f"{one.wall:.0f}", f"{one.cpu:.0f}", f"{one.peak:.1f}"]
            + ([f"{was[0]:.0f}", f"{was[1]:.0f}", f"{was[2]:.1f}"] if was else [])
        )
    out += [f"{fine.shape} cells of {fine.cell_m:g} m:", "", *table(head, lines)]
    head = ["cells of", "forecast told after, s", "time told, s", "taken, s", "processor, s"]
    head += ["told over taken", "memory told, GB", "taken, GB", "told over taken"]
    lines = [
        [
            f"{one.cell_m:g} m",
            f"{one.forecast_after:.1f}",
            f"{one.forecast_s:.0f}",
            f"{one.wall:.0f}",
            f"{one.cpu:.0f}",
            ratio(one.forecast_s, one.wall),
            f"{one.forecast_gb:.1f}",
            f"{one.peak:.1f}",
            ratio(one.forecast_gb, one.peak),
        ]
        for one in found
    ]
    return "\n".join([*out, *table(head, lines)]).rstrip()


def main() -> None:
    cells = {"type": float, "nargs": "+", "default": [90.0, 1000.0], "help": "edges, m [90 1000]"}
    where = {"type": Path, "help": "folder of the files, made where they are not there"}
    args = common.options(__doc__, "benchmarks.md", cells=cells, folder=where)
    if args.quick:
        args.cells = [1000.0]
    others = OtherPrograms()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (args.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        make_files(folder)
        found = [measured(folder, cell, 5 if args.quick else 90) for cell in args.cells]
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    print(f"largest process: {children:.1f} GB", file=sys.stderr)
    common.show(page(found, others.share()), "benchmarks.md", "size", write=args.write)


if __name__ == "__main__":
    main()
