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

from numpy.typing import NDArray

from corridor_sim.kernels.jit import on_threads
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape

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
    """

    grid: Grid
    layers: Mapping[str, NDArray[Any]]

    def __getitem__(self, layer: str) -> NDArray[Any]:
        """Return the rows of the layer of that name."""
        return self.layers[layer]


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
    return Strip(part, {name: values[rows] for name, values in land.layers.items()})


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
