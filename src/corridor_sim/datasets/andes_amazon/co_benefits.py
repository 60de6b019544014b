"""What the ground gives beside animals on the built-in landscape: tables by land cover.

Nothing is added to landscapes: a map is made of the cover when somebody asks, so that it follows
clearing, regrowth and links.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, placing
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import edge_points, mover
from corridor_sim.landscape.region import shipped_region

F64 = NDArray[np.float64]
# between the places at which runoff is known, degrees: west, south, east, north
RUNOFF_BOUNDS = (-80.8, -7.3, -75.7, -1.2)


@dataclass(frozen=True, slots=True)
class CoverTable:
    """One co-benefit of the built-in landscape.

    Attributes
    ----------
    label, unit : str
        What it is called, and the unit of its values.
    by_cover : mapping of str to float
        Value by key of land cover; of ``times`` a share of that.
    times : str
        What the values multiply at each place, ``""`` for nothing.
    confidence, sources, left_out : str
        How well it is known, from what, and what it leaves out.
    """

    label: str
    unit: str
    by_cover: Mapping[str, float]
    times: str
    confidence: str
    sources: str
    left_out: str


def _read() -> dict[str, CoverTable]:
    text = (resources.files(__package__ or "") / "co_benefits.toml").read_text("utf-8")
    found = {}
    for name, table in tomllib.loads(text).items():
        found[name] = CoverTable(
            table["label"],
            table["unit"],
            table["by_cover"],
            table.get("times", ""),
            table["confidence"],
            " ".join(table["sources"].split()),
            table["left_out"],
        )
    return found


TABLES: dict[str, CoverTable] = _read()


def runoff_mm(grid: Grid) -> F64:
    """Return the mean runoff of a year in mm at every cell, ``[height, width]``.

    Raises
    ------
    ScenarioError
        The map reaches beyond southern Ecuador and northern Peru, where it is known.
    """
    from corridor_sim.datasets.andes_amazon.drainage import smooth_runoff_mm
    from corridor_sim.landscape.whereabouts import place_of

    x, y = mover(grid.crs, "EPSG:4326").transform(*edge_points(*grid.bounds_m, 9))
    west, south, east, north = RUNOFF_BOUNDS
    if not (x.min() >= west and x.max() <= east and y.min() >= south and y.max() <= north):
        raise ScenarioError(
            "runoff is known in southern Ecuador and northern Peru, and this map, around "
            f"{place_of(grid)}, reaches beyond",
            remedy="give a raster of your own with file",
        )
    return smooth_runoff_mm(grid, mover("EPSG:4326", grid.crs).transform)


_TIMES: dict[str, Callable[[Grid], F64]] = {"runoff_mm": runoff_mm}


def at_place(table: CoverTable, grid: Grid, where: str) -> F64 | float:
    """Return what the values of a table multiply at every cell, or 1.

    Raises
    ------
    ScenarioError
        The map lies where the table does not hold.
    """
    from corridor_sim.landscape.whereabouts import lies_within, place_of

    here = shipped_region("andes-amazon")
    if here.bounds_deg is None or not lies_within(grid, here.bounds_deg):
        raise ScenarioError(
            f"{table.label.lower()} by land cover is of {here.place}, and this map lies at "
            f"{place_of(grid)}",
            where=where,
            remedy="give a raster of your own with file",
        )
    with placing(where, ScenarioError):
        return _TIMES[table.times](grid) if table.times else 1.0
