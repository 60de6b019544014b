"""Land cover of later years from a user's rasters, each read onto the grid as that of today."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import placing
from corridor_sim.landscape.io.code_table import CodeTable, read_code_table
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_source import inspect
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
    table = _codes(spec, base_dir, land)
    found = {}
    for year, name in files.items():
        with quiet():
            source = inspect(base_dir / name, KEY, name)
            with placing(source.where):
                found[year], _ = read_classes(source, land.grid, table, land["elevation_m"])
        found[year].setflags(write=False)
    return found


def _codes(spec: LandscapeSettings, base_dir: Path, land: Landscape) -> CodeTable:
    if spec.land_cover_codes is None:
        own = {row.code: row.code for row in land.covers.rows}
        return CodeTable(Path(f"the land covers of {land.name}"), own)
    table = read_code_table(base_dir / spec.land_cover_codes)
    return table.with_zones(land.region.zones, land.covers)
