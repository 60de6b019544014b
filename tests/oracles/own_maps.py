"""A user's ground with maps of her own, tiny and on disk, and a species that sees nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from corridor_sim import Landscape, Species, load_species
from corridor_sim.config.own_maps import lay_own_maps
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import SpeciesError
from corridor_sim.landscape.covariates import Covariate, moments
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.toml.strict import validate
from oracles.user_files import NORTH, WEST, raster, vector

ROWS, COLS, CELL = 12, 16, 2000.0
PLAIN = {
    "habitat.resistance_exponent": 1.3,
    "habitat.climate_exponent": 0.0,
    "habitat.slope_effect_per_deg": 0.0,
    "habitat.settlement_half_m": 0.0,
    "habitat.road_half_m": 0.0,
    "habitat.gap_half_m": 0.0,
    "habitat.seasonal_shift_m": 0.0,
}


def files(folder: Path) -> Path:
    """Write maps of every kind into a folder, good ones and bad ones."""
    rng = np.random.default_rng(5)
    row, col = np.mgrid[:ROWS, :COLS]

    def tif(name: str, values: Any, **more: Any) -> None:
        raster(folder / name, values, cell=CELL, **more)

    tif("dem.tif", np.float32(500) + 10 * col.astype(np.float32))
    tif("ndvi.tif", rng.uniform(0.1, 0.9, (ROWS, COLS)).astype(np.float32))
    tif("wet.tif", rng.uniform(0.1, 0.9, (ROWS, COLS)).astype(np.float32))
    tif("sdm.tif", np.linspace(0.2, 0.95, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS))
    tif("percent.tif", (20 + 4 * col).astype(np.uint8))
    tif("r.tif", (1 + 3 * col).astype(np.float32))
    tif("landuse.tif", (col // 6 + 7 * (row > 6)).astype(np.uint8))
    tif("flat.tif", np.full((ROWS, COLS), 0.5, np.float32))
    tif("feet.tif", (100 + col).astype(np.float32), unit="ft")
    tif("half.tif", rng.random((ROWS, COLS // 2)).astype(np.float32))
    holes = rng.random((ROWS, COLS)).astype(np.float32)
    holes[2, 3:5] = -9999
    tif("holes.tif", holes, nodata=-9999)
    tif("marks.tif", holes)
    tif("many.tif", np.arange(ROWS * COLS, dtype=np.uint16).reshape(ROWS, COLS) * 300)
    for year in (2020, 2030):
        tif(f"ndvi{year}.tif", rng.uniform(0.1, 0.9, (ROWS, COLS)).astype(np.float32))
    palette(folder / "colours.tif", (col // 6 + 1).astype(np.uint8))
    east, south = WEST + COLS * CELL, NORTH - ROWS * CELL
    vector(folder / "roads.gpkg", [shapely.LineString([(WEST, south), (east, NORTH)])])
    vector(folder / "far.gpkg", [shapely.LineString([(0, 0), (5, 5)])])
    ends = (
        shapely.box(WEST, south, WEST + 9000, NORTH),
        shapely.box(east - 9000, south, east, NORTH),
    )
    vector(folder / "parks.gpkg", list(ends), NAME=["West", "East"])
    return folder


def palette(path: Path, values: Any) -> None:
    """Write a raster of classes with a table of colours."""
    import rasterio

    raster(path, values, cell=CELL)
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {i: (10 * i, 0, 0, 255) for i in range(1, 5)})


def plain(key: str = "jaguar", **own: Any) -> Species:
    """Return a species that sees nothing of its habitat but its covers, and what is given."""
    one = load_species(key, PLAIN)
    data = one.model_dump(mode="json", exclude_none=True)
    for curve in ("temperature_c", "elevation_m", "residence"):
        data["habitat"].pop(curve, None)
    return validate(Species, {**data, **own}, where=key, error=SpeciesError)


def covariate(name: str, *values: Any, **more: Any) -> Covariate:
    """Return a covariate of arrays, with its moments."""
    stack = np.stack([np.asarray(v) for v in values])
    if more.get("kind") != "class":
        stack = stack.astype(np.float32)
        more["mean"], more["sd"] = moments(stack[:1] if more.get("times") == "year" else stack)
    return Covariate(name, values=stack, **more)


def ground(*covariates: Covariate, **layers: Any) -> Landscape:
    """Return flat ground with covariates."""
    held = covariates[0].values if covariates else None
    shape = (ROWS, COLS) if held is None else held.shape[1:]
    land = uniform(*shape, **layers)
    return replace(land, covariates={one.name: one for one in covariates})


def seen(land: Landscape, species: Species) -> Landscape:
    """Return the landscape with the layers that a species names laid ready, checked."""
    return lay_own_maps(land, Scenario(species={species.key: {}}), [species], Path())
