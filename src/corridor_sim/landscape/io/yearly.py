"""Land cover of later years from a user's rasters, each read onto the grid as that of today."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import placing
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.code_table import CodeTable, read_code_table
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_misfits import refuse_gaps
from corridor_sim.landscape.io.raster_source import Source, inspect
from corridor_sim.landscape.io.rasters import read_classes
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.landscape import Landscape

KEY = "change.maps"


def read_yearly_cover(
    files: Mapping[int, str], spec: LandscapeSettings, base_dir: Path, land: Landscape
) -> dict[int, NDArray[np.uint8]]:
    """Return the land cover of each year that has a file, ``[height, width]`` uint8, by year.

    Parameters
    ----------
    files : mapping of year to file name
    spec : LandscapeSettings
        Its ``land_cover_codes`` say what the codes mean, as for today's map; without such a table
        they are those of the landscape's own classes.
    base_dir : Path
        Folder to which relative paths refer.
    land : Landscape
        Of which the grid is.

    Raises
    ------
    LandscapeError
        In one line: a file that cannot be read, an unknown code, gaps, another place.
    """
    table, off = _codes(spec, base_dir, land), land.outside

    def gaps(source: Source, grid: Grid, gaps: NDArray[np.bool_], layer: str) -> None:
        refuse_gaps(source, grid, gaps if off is None else gaps & ~off, layer)

    found = {}
    for year, name in files.items():
        with quiet():
            source = inspect(base_dir / name, KEY, name)
            with placing(source.where):
                cover, _ = read_classes(source, land.grid, table, land["elevation_m"], gaps)
            # where there is no ground today there is none later
            found[year] = cover if off is None else np.where(off, np.uint8(0), cover)
        found[year].setflags(write=False)
    return found


def _codes(spec: LandscapeSettings, base_dir: Path, land: Landscape) -> CodeTable:
    if spec.land_cover_codes is None:
        return CodeTable.of_classes(land.covers, Path(f"the land covers of {land.name}"))
    table = read_code_table(base_dir / spec.land_cover_codes, land.covers)
    return table.with_zones(land.region.zones, land.covers)
