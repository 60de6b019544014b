"""What building a landscape takes, told from the number of its cells before any is built.

Layers are made one after the other, so that memory and time grow with the cells. Measured on
two-core machines, built-in at 2000 to 150 m, user's files to 4 million cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corridor_sim import memory
from corridor_sim.landscape.grid import Grid
from corridor_sim.memory import lasting, refuse_beyond
from corridor_sim.progress import tell

# of the program while it builds; of each cell; of processor time
BYTES_BUILDING = 230e6
BYTES_PER_CELL_BUILT = 210.0
BYTES_PER_CELL_READ = 75.0
SECONDS_BUILDING = 3.0
SECONDS_PER_CELL_BUILT = 3.5e-6
SECONDS_PER_CELL_READ = 0.4e-6
# averaging one cell of a finer raster
SECONDS_PER_SOURCE_CELL = 30e-9
# shorter work needs no announcement
LONG_S = 5.0


@dataclass(frozen=True, slots=True)
class Size:
    """What building a landscape takes: bytes at the peak, seconds."""

    peak_bytes: float
    seconds: float


def size_of(n_cells: int, *, builtin: bool) -> Size:
    """Return what building a landscape of so many cells takes."""
    if builtin:
        return Size(
            BYTES_BUILDING + n_cells * BYTES_PER_CELL_BUILT,
            SECONDS_BUILDING + n_cells * SECONDS_PER_CELL_BUILT,
        )
    return Size(BYTES_BUILDING + n_cells * BYTES_PER_CELL_READ, n_cells * SECONDS_PER_CELL_READ)


def round_up(value: float) -> float:
    """To two digits, upwards: a size of cell that is offered must be large enough."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / step) * step


def announce_reading(where: str, cells_beneath: float) -> None:
    """Tell whoever listens where a fine raster takes its time."""
    seconds = cells_beneath * SECONDS_PER_SOURCE_CELL
    if seconds > LONG_S:
        tell(f"{where}: reading {cells_beneath / 1e9:.2g} billion cells: about {lasting(seconds)}")


def announce(grid: Grid, *, builtin: bool, where: str | Path) -> Callable[[str], None]:
    """Refuse a landscape that does not fit the memory, and tell whoever listens of a long wait.

    Returns what to call with the name of every step: it tells them on where the wait is long.

    Raises
    ------
    ResourceError
        With the number of cells and what memory they need.
    """
    n = grid.height * grid.width
    size = size_of(n, builtin=builtin)
    cells = f"{grid.height:,} x {grid.width:,} cells of {grid.cell_m:g} m"
    free = memory.available_bytes()
    # what is offered leaves room for what follows
    fits = grid.cell_m * math.sqrt(max(size.peak_bytes / (0.7 * max(free, 1.0)), 1.0))
    refuse_beyond(
        size.peak_bytes,
        f"a landscape of {cells}",
        f"set landscape.cell_m to {round_up(fits):g} or more, or give a smaller extent",
        where=where,
        free=free,
    )
    if size.seconds <= LONG_S:
        return lambda step: None
    tell(f"{cells}: about {lasting(size.seconds)}")
    return tell
