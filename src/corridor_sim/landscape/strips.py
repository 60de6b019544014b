"""A landscape strip by strip: what is made cell by cell needs no second map of working space.

A strip is a few whole rows, small enough for the processor's cache, and the threads share the
strips among them. Strips are the same for any number of threads, and what is made of a cell does
not depend on the strip that it lies in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import on_threads
from corridor_sim.landscape.covariates import Covariate
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.region import Region

# a map of so many numbers in single precision is half a megabyte
CELLS = 1 << 17


@dataclass(frozen=True, slots=True)
class Strip:
    """Some rows of a landscape: views of its layers, which were checked with it.

    Attributes
    ----------
    grid : Grid
    layers : Mapping[str, ndarray]
        ``[rows, width]``.
    covers : CoverTable
    region : Region
    covariates : Mapping[str, Covariate]
        Of these rows.
    """

    grid: Grid
    layers: Mapping[str, NDArray[Any]]
    covers: CoverTable
    region: Region
    covariates: Mapping[str, Covariate]

    def __getitem__(self, layer: str) -> NDArray[Any]:
        """Return the rows of the layer of that name."""
        return self.layers[layer]

    @property
    def outside(self) -> NDArray[np.bool_] | None:
        """Cells without ground, ``[rows, width]``; None where all of the landscape is ground."""
        return self.layers["outside"] > 0 if "outside" in self.layers else None


def strip_of(land: Landscape, rows: slice) -> Strip:
    """Return some rows of a landscape, without a copy."""
    whole = land.grid
    part = Grid(
        rows.stop - rows.start,
        whole.width,
        whole.cell_m,
        whole.west_m,
        whole.north_m - rows.start * whole.cell_m,
        whole.crs,
    )
    layers = {name: values[rows] for name, values in land.layers.items()}
    all_columns = slice(0, whole.width)
    maps = {name: one.window(rows, all_columns) for name, one in land.covariates.items()}
    return Strip(part, layers, land.covers, land.region, maps)


def strips_of(shape: tuple[int, int]) -> list[slice]:
    """Return the rows of every strip of a raster, in order."""
    height, width = shape
    each = max(1, CELLS // width)
    return [slice(first, min(first + each, height)) for first in range(0, height, each)]


def by_strips(shape: tuple[int, int], work: Callable[[slice], None]) -> None:
    """Call ``work`` with the rows of every strip of a raster, on all threads.

    ``work`` writes what it makes into rows of its own; it is called from several threads at once.
    """
    strips, taken = strips_of(shape), count()

    def some() -> None:
        while (i := next(taken)) < len(strips):
            work(strips[i])

    on_threads(some, len(strips))
