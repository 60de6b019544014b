"""Places by which results are told: polygons of a file, with names and exact shares of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.co_benefits import PlaceLayer
from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape.coverage import Coverage, coverage_of
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io import vectors
from corridor_sim.landscape.io.features import POLYGONS, Features
from corridor_sim.landscape.io.field_values import texts
from corridor_sim.landscape.landscape import Landscape

F64 = NDArray[np.float64]
# nobody reads a table of more
MOST_PLACES = 2000


@dataclass(frozen=True)
class Places:
    """Polygons with names on a grid.

    Attributes
    ----------
    title : str
        What they are called together.
    names : tuple of str
    shapes : tuple of shapely polygons
        Whole, in the CRS of the grid.
    covered : tuple of Coverage
        Exact shares of cells.
    grid : Grid
    note : str
        File, and what was mended or left out, for people.
    """

    title: str
    names: tuple[str, ...]
    shapes: tuple[Any, ...]
    covered: tuple[Coverage, ...]
    grid: Grid
    note: str

    @property
    def area_km2(self) -> F64:
        """Ground of each within the landscape, ``[place]``."""
        return np.array([one.area_km2 for one in self.covered])

    @property
    def inside(self) -> F64:
        """Share of each that lies within the landscape, ``[place]``."""
        whole = np.array([shape.area for shape in self.shapes]) / 1e6
        return np.minimum(self.area_km2 / whole, 1.0)

    @cached_property
    def shares(self) -> Any:
        """Share of every cell, a sparse matrix ``[place, cell]``."""
        from scipy.sparse import csr_matrix

        ends = np.cumsum([0, *(one.cells.size for one in self.covered)])
        cells = np.concatenate([one.cells for one in self.covered])
        values = np.concatenate([one.share for one in self.covered])
        shape = len(self.names), self.grid.height * self.grid.width
        return csr_matrix((values, cells, ends), shape=shape)

    def sums(self, per_cell: NDArray[Any]) -> F64:
        """Return the sums over each place of a map of amounts a cell, ``[place]``."""
        return np.asarray(self.shares @ per_cell.reshape(-1).astype(np.float64), np.float64)


def read_places(
    layers: Sequence[PlaceLayer], land: Landscape, base_dir: Path
) -> tuple[Places, ...]:
    """Read layers of polygons, checked, with the share of each cell of ground that they cover.

    Parameters
    ----------
    layers : sequence of PlaceLayer
    land : Landscape
    base_dir : Path
        Folder to which relative paths refer.

    Raises
    ------
    LandscapeError
        In one line: a file that cannot be read or lies outside the landscape, other shapes than
        polygons, a field that is not there, a place without a name, or two of one name.
    """
    return tuple(_layer(one, land, base_dir) for one in layers)


def _layer(one: PlaceLayer, land: Landscape, base_dir: Path) -> Places:
    grid = land.grid
    features = vectors.read_vector(base_dir / one.file, "places", grid, POLYGONS, one.file)
    names = texts(features, one.name_field, "name_field")
    _refuse_names(features, names, one.name_field)
    covered = [coverage_of(shape, grid).on(land.outside) for shape in features.geometry]
    kept = [i for i, found in enumerate(covered) if found.cells.size]
    if not kept:
        raise LandscapeError(
            f"{counted(len(names), 'place')} touch the landscape and none has ground in it",
            where=features.where,
            remedy="check its CRS, or leave the key out",
        )
    if len(kept) > MOST_PLACES:
        raise LandscapeError(
            f"holds {len(kept):,} places, above the limit of {MOST_PLACES:,}",
            where=features.where,
            remedy="join them into larger ones: in QGIS, Vector, Geoprocessing, Dissolve",
        )
    return Places(
        one.title,
        tuple(names[i] for i in kept),
        tuple(features.geometry[i] for i in kept),
        tuple(covered[i] for i in kept),
        grid,
        f"{Path(one.file).name} ({features.crs}){features.note()}",
    )


def _refuse_names(features: Features, names: Sequence[str], field: str) -> None:
    seen: dict[str, Any] = {}
    for fid, name in zip(features.fid, names, strict=True):
        if not name:
            n = sum(not other for other in names)
            raise LandscapeError(
                f"field {field!r} of feature {fid} is empty ({counted(n, 'place')} without a name)",
                where=features.where,
                remedy="give each a name, or name another field with name_field",
            )
        if name in seen:
            raise LandscapeError(
                f"features {seen[name]} and {fid} are both named {name!r}",
                where=features.where,
                remedy="join them (in QGIS: Vector, Geoprocessing, Dissolve by that field), or "
                "name another field with name_field",
            )
        seen[name] = fid
