"""A made country for link ranking whose answers are known by its walls.

60 x 60 cells of 1 km, one forest everywhere. Walls are roads that nobody passes; a link is a set of
structures that opens part of a wall. Three bands, sealed from each other:

- north: core areas 1 and 2 behind a wall of three cells; ``pass`` leads through all of it,
  ``half-way`` through one of the three (nobody gets through);
- middle: core areas 3 and 4, two small rooms behind one wall, opened by ``left`` or ``right``,
  either of which is enough for most who could cross; ``away`` joins two of the empty rooms east;
- south: core areas 5 and 6 behind two walls with a gap of one cell: ``outer`` opens the one,
  ``inner`` the other, and only both together let anybody through; ``dead end`` leads from area 6
  into an empty room.

Without a link nobody reaches another core area at all, whatever the luck.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.experiment.execution.runner import run_jobs
from corridor_sim.experiment.study import open_study
from corridor_sim.links.candidates import make_links
from corridor_sim.links.evaluator import RunEvaluator
from corridor_sim.links.files import read_links_file
from corridor_sim.links.rank import LinkResult, check_budget, rank_links

WEST_M, NORTH_M, CELL_M, SIDE = 900_000.0, 9_700_000.0, 1000.0, 60
CRS = "EPSG:32717"
# (first row, last row, first column, last column), all inclusive
WALLS = (
    (20, 20, 0, 59),
    (40, 40, 0, 59),
    (0, 19, 28, 28),
    (0, 19, 29, 29),
    (0, 19, 30, 30),
    (21, 39, 7, 7),
    (21, 39, 18, 18),
    (21, 39, 29, 29),
    (21, 39, 48, 48),
    (41, 59, 18, 18),
    (41, 59, 20, 20),
    (41, 59, 39, 39),
)
CORES = (
    (0, 19, 0, 27),
    (0, 19, 31, 59),
    (21, 39, 8, 17),
    (21, 39, 19, 28),
    (41, 59, 0, 17),
    (41, 59, 21, 38),
)
# name: cost and the block of wall that it opens
LINKS: dict[str, tuple[float, tuple[int, int, int, int]]] = {
    "half-way": (1.0, (15, 18, 28, 28)),
    "left": (2.0, (22, 29, 18, 18)),
    "inner": (1.5, (45, 55, 20, 20)),
    "pass": (4.0, (1, 13, 28, 30)),
    "away": (1.0, (28, 32, 48, 48)),
    "right": (2.0, (31, 38, 18, 18)),
    "dead end": (1.0, (46, 52, 39, 39)),
    "outer": (1.5, (45, 55, 18, 18)),
}
NOTHING = ("half-way", "inner", "away", "dead end", "outer")
# a base through decades on this country, after its name, years and seed
DECADES_BASE = """
[base.landscape]
elevation = "dem.tif"
protected_areas = "cores.gpkg"
roads = "walls.gpkg"
road_class_field = "class"
[base.life_cycle]
days_per_season = 3
genes = false
[base.life_cycle.burn_in]
at_most_y = 4
[base.species.jaguar]
"""
HEAD = """
name = "Known answers"
[base]
days = {days}
seed = {seed}
tracks = 0
[base.landscape]
elevation = "dem.tif"
protected_areas = "cores.gpkg"
roads = "walls.gpkg"
road_class_field = "class"
[base.species.jaguar]
count = {count}
sampling = 0.001
[base.species.jaguar.traits.barriers]
road_primary = 0.0
[base.species.jaguar.traits.habitat]
road_half_m = 0
# whoever settles beyond a wall within its sight has joined without passing it
[base.species.jaguar.traits.life_cycle]
perception_m = 0
[links]
{links}
[links.benefit]
weights = {{ joining_per_year = 1.0 }}
scales = {{ joining_per_year = {scale} }}
[links.procedure]
by = "runs"
{procedure}
"""


def corners(block: tuple[int, int, int, int], inset_m: float = 0.0) -> list[list[float]]:
    """Return the outline of a block of cells in map metres."""
    top, bottom, left, right = block
    west, east = WEST_M + left * CELL_M + inset_m, WEST_M + (right + 1) * CELL_M - inset_m
    north, south = NORTH_M - top * CELL_M - inset_m, NORTH_M - (bottom + 1) * CELL_M + inset_m
    return [[west, south], [east, south], [east, north], [west, north]]


def write_country(folder: Path) -> None:
    """Write heights, core areas and walls as a user would give them."""
    import pyogrio
    import rasterio
    from rasterio.transform import from_origin
    from shapely import LineString, Polygon, to_wkb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        with rasterio.open(
            folder / "dem.tif",
            "w",
            driver="GTiff",
            height=SIDE,
            width=SIDE,
            count=1,
            dtype="float32",
            crs=CRS,
            transform=from_origin(WEST_M, NORTH_M, CELL_M, CELL_M),
        ) as file:
            file.write(np.full((SIDE, SIDE), 500.0, np.float32), 1)
    ways = []
    for top, bottom, left, right in WALLS:
        x = WEST_M + (np.array([left, right]) + 0.5) * CELL_M
        y = NORTH_M - (np.array([top, bottom]) + 0.5) * CELL_M
        ways.append(LineString(np.column_stack([x, y])))
    pyogrio.raw.write(
        folder / "walls.gpkg",
        to_wkb(np.array(ways, object)),
        [np.full(len(ways), 2)],
        ["class"],
        geometry_type="LineString",
        crs=CRS,
        layer="walls",
    )
    areas = [Polygon(corners(core, 10.0)) for core in CORES]
    pyogrio.raw.write(
        folder / "cores.gpkg",
        to_wkb(np.array(areas, object)),
        [np.array([f"Core {i + 1}" for i in range(len(areas))], object)],
        ["name"],
        geometry_type="Polygon",
        crs=CRS,
        layer="cores",
    )


def candidate(name: str, /, **other: Any) -> str:
    """Return a link of the country as TOML; further keys replace or add."""
    cost, block = LINKS[name]
    data = {
        "name": name,
        "cost": cost,
        "area": [corners(block, 10.0)],
        "crs": CRS,
        "actions": ["crossings"],
    } | other
    lines = [f"{key} = {json.dumps(value)}" for key, value in data.items() if value is not None]
    return "\n".join(["[[links.candidates]]", *lines])


def write_links(
    folder: Path,
    names: tuple[str, ...] = tuple(LINKS),
    *,
    name: str = "links.toml",
    days: int = 90,
    seed: int = 1,
    count: int = 11_000,
    scale: float = 86.7,
    links: str = "",
    procedure: str = "",
    candidates: str | None = None,
) -> Path:
    """Write a links file of the country, and the country where it is missing."""
    if not (folder / "dem.tif").is_file():
        write_country(folder)
    text = HEAD.format(
        days=days, seed=seed, count=count, scale=scale, links=links, procedure=procedure
    )
    given = "\n".join(candidate(one) for one in names) if candidates is None else candidates
    path = folder / name
    path.write_text(text + given + "\n", encoding="utf-8")
    return path


def ranked(path: Path, out: Path) -> tuple[LinkResult, RunEvaluator]:
    """Rank the links of a file as the command line does, in this process, without a report."""
    file, base = read_links_file(path)
    study = open_study(file.name, "", [base], file.as_settings(), out, threads=1)
    land = study.landscape_of(base)
    links = make_links(file.links, land, base.base_dir, str(path))
    check_budget(file.links, links, path)
    evaluator = RunEvaluator(
        study,
        links,
        file.links.benefit,
        do_runs=lambda s, runs: run_jobs(s, runs, workers=1, threads=1),
        opens=file.links.opens,
    )
    return rank_links(evaluator, file.links, land), evaluator
