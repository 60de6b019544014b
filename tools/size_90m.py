"""Measure a whole run of a user's own files at 90 m, by stages, and print it as Markdown.

Usage: ``python tools/size_90m.py [--cells 90 1000] [--folder DIR] [--quick] [--write]``. With
``--write`` the text between the two markers of ``docs/benchmarks.md`` is replaced. The files stand
in for a user's: an elevation raster of 3 seconds of arc as SRTM's, land cover, core areas, roads and
rivers, all made from the built-in landscape. In full it needs 6 GB of memory and ten minutes.
"""

from __future__ import annotations

import json
import os
import re
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
[species.jaguar]
[species.andean_bear]
[species.andean_condor]
[species.mountain_tapir]
"""
# the first word that tells of a stage, and its name
STAGES = (
    ("reading", "start, forecast"),
    ("placing", "reading the user's files"),
    ("preparing", "preparing"),
    ("replicate", "preparing"),
    ("comparing", "animals"),
    ("maps", "comparing"),
    ("report", "maps"),
)


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
    from corridor_sim.landscape.covers import COVERS

    rows = "".join(f"{c.code},{c.key}\n" for c in COVERS.values())
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
