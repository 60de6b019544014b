"""What reading a landscape will take, told from headers before a pixel is read."""

from __future__ import annotations

import logging
import math

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid

# Measured at 37 million cells, all layers and what derives them held at once.
GRID_BYTES_A_CELL = 75.0
# Averaging one source cell, measured on one core of a shared server (22 ns there).
SECONDS_A_CELL = 30e-9
# What takes longer, or more of the memory, is said before it is done.
SLOW_S = 10.0
MUCH_BYTES = 2e9

_log = logging.getLogger("corridor_sim")


def round_up(value: float) -> float:
    """To two digits, upwards: a size of cell that is offered must be large enough."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / step) * step


def free_bytes() -> float | None:
    """Memory that is free now; None where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def refuse_grid_beyond_memory(grid: Grid, where: str) -> None:
    """Refuse a grid whose layers do not fit into the memory that is free; tell of a large one.

    Raises
    ------
    LandscapeError
        Naming the memory needed and free, and the cell that fits.
    """
    cells = grid.height * grid.width
    need, free = cells * GRID_BYTES_A_CELL, free_bytes()
    if free is not None and need > free:
        fits = grid.cell_m * (need / (0.7 * free)) ** 0.5
        raise LandscapeError(
            f"{grid.height} x {grid.width} cells of {grid.cell_m:g} m need {need / 1e9:.1f} GB, "
            f"{free / 1e9:.1f} GB are free",
            where=where,
            remedy=f"set cell_m to {round_up(fits):g} or more, or a smaller extent",
        )
    if need > MUCH_BYTES:
        _log.warning(
            "the landscape of %.3g million cells takes about %.1f GB", cells / 1e6, need / 1e9
        )


def tell_of_slow_reading(where: str, cells_beneath: float) -> None:
    """Say so where a fine raster takes its time."""
    seconds = cells_beneath * SECONDS_A_CELL
    if seconds > SLOW_S:
        _log.warning(
            "%s: reading %.2g billion cells takes about %.0f s", where, cells_beneath / 1e9, seconds
        )
