"""Small landscapes with known answers, for tests, teaching and theory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.covers import CoverTable, cover_table
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import BUILTIN, Landscape
from corridor_sim.landscape.parts import Origin
from corridor_sim.landscape.region import Region, shipped_region

USUAL_M = 500.0


def uniform(
    height: int = 100,
    width: int = 100,
    cell_m: float = 1000.0,
    *,
    elevation_m: float = USUAL_M,
    temperature_c: float = 23.8,
    cover: str | None = None,
    name: str = "uniform",
    covers: CoverTable | None = None,
    region: Region | None = None,
    **layers: NDArray[Any],
) -> Landscape:
    """Return flat ground of one land cover; keyword ``layers`` replace whole input layers.

    A ``protected`` layer names its core areas ``Core 1``, ``Core 2``, ... by their number.
    ``covers`` and ``region`` are those of the built-in landscape where they are not given. Without
    ``cover`` it is what grows at 500 m in the region, or where that is not known the first natural
    class of the table.
    """
    covers = cover_table(BUILTIN) if covers is None else covers
    region = shipped_region(BUILTIN) if region is None else region
    # in the eastern lowland, where every species may live
    grid = Grid(height, width, cell_m, 900_000.0, 9_700_000.0, "EPSG:32717")
    shape = grid.shape
    base: dict[str, NDArray[Any]] = {
        "elevation_m": np.full(shape, elevation_m, np.float32),
        "temperature_c": np.full(shape, temperature_c, np.float32),
        "land_cover": np.full(shape, _cover(cover, covers, region), np.uint8),
        "road": np.zeros(shape, np.uint8),
        "river": np.zeros(shape, np.uint8),
        "protected": np.zeros(shape, np.int16),
    }
    base.update(layers)
    n = int(base["protected"].max())
    return Landscape(
        name=name,
        grid=grid,
        layers=derive(grid, base, covers, region),
        zone_names=("", *(f"Core {i + 1}" for i in range(n))),
        zone_countries=("",) * (n + 1),
        origins={k: Origin("approximated", "synthetic landscape") for k in base},
        covers=covers,
        region=region,
    )


def _cover(key: str | None, covers: CoverTable, region: Region) -> int:
    """Return the code of a key, or of what grows at :data:`USUAL_M`."""
    if key is None and not region.zones:
        return covers.first("natural", "uniform ground without cover").code
    return covers[key or [one.cover for one in region.zones if one.from_m <= USUAL_M][-1]].code
