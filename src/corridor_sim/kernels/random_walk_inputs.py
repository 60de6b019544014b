"""Checked inputs of the random walk: a raster of conductances becomes the table of a walk."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.atomic import fetch_add
from corridor_sim.kernels.cellwalk import COL_STEP, ROW_STEP, barrier_fields, check_size
from corridor_sim.kernels.jit import kernel, on_threads

FULL = 2**31
_ROOT2 = math.sqrt(2.0)


class WalkFields(NamedTuple):
    """The raster that a random walk sees.

    Attributes
    ----------
    table : uint32 ``[height * width, 4 or 8]``
        Running sums of the probabilities of the directions (of 4: every second one) in parts of
        ``2**31``, all but the last; in its place the probability of death, or ``2**31`` where a
        cell is absorbing or isolated or a barrier may be met.
    mortality : uint32 ``[height * width or 1]``
        Probability of death in one step in parts of ``2**31``; one number holds everywhere.
    ends_as : int8 ``[height, width]``
        State of walkers that stop in this cell, 2 to 127; 0 = not absorbing. ``[1, 1]`` if none is.
    zone : int16 ``[height, width]``
        Core area, 0 outside; ``[1, 1]`` if there are none.
    permeability : float32 ``[height * width or 1]``
        Of :func:`corridor_sim.kernels.cellwalk.gets_across`; size 1 where there are no barriers.
    meets : bool ``[height, width]``
        A move out of this cell may meet a barrier; ``[1, 1]`` if there are none.
    """

    table: NDArray[np.uint32]
    mortality: NDArray[np.uint32]
    ends_as: NDArray[np.int8]
    zone: NDArray[np.int16]
    permeability: NDArray[np.float32]
    meets: NDArray[np.bool_]


@kernel(inline=True)
def edge_conductance(here, there, by_resistance):
    """Return the conductance between two cells that share an edge; 0 if either conducts nothing."""
    if not (here > 0.0 and there > 0.0):
        return 0.0
    if by_resistance:
        return 2.0 / (1.0 / here + 1.0 / there)
    return 0.5 * (here + there)


@kernel(allocates=False)
def _fill_table(taken, table, conductance, mortality, ends_as, meets, by_resistance):
    """Fill one row of cells after the other until none is left to take."""
    height, width = conductance.shape
    n = table.shape[1]
    stride = 8 // n
    row = fetch_add(taken, 0, 1)
    while row < height:
        for col in range(width):
            cell = row * width + col
            here = float(conductance[row, col])
            total = 0.0
            for again in range(2):
                running = 0.0
                for k in range(n):
                    r = row + ROW_STEP[k * stride]
                    c = col + COL_STEP[k * stride]
                    if 0 <= r < height and 0 <= c < width:
                        edge = edge_conductance(here, float(conductance[r, c]), by_resistance)
                        running += edge / _ROOT2 if (k * stride) % 2 == 1 else edge
                    if again == 1 and k < n - 1:
                        share = running / total if total > 0.0 else 0.0
                        table[cell, k] = np.uint32(np.int64(share * 2147483648.0 + 0.5))
                total = running
            ends = ends_as.size > 1 and ends_as[row, col] != 0
            if meets.size > 1:
                # nobody leaves an isolated cell, whatever lies around it
                meets[row, col] = meets[row, col] and total > 0.0
                ends = ends or meets[row, col]
            if ends or not total > 0.0:
                table[cell, n - 1] = np.uint32(2147483648)
            else:
                table[cell, n - 1] = mortality[cell if mortality.size > 1 else 0]
        row = fetch_add(taken, 0, 1)


def walk_fields(
    conductance: NDArray[Any],
    *,
    neighbours: int = 8,
    average: str = "conductance",
    mortality: Any = 0.0,
    ends_as: NDArray[Any] | None = None,
    zone: NDArray[Any] | None = None,
    permeability: NDArray[Any] | None = None,
) -> WalkFields:
    """Return what the random walk sees of a raster of conductances.

    Parameters
    ----------
    conductance : float ``[height, width]``
        Not negative; 0 or NaN = nodata, where nobody can be.
    neighbours : 4 or 8
    average : {"conductance", "resistance"}
        What is averaged over the two cells of an edge.
    mortality : float or float ``[height, width]``
        Probability of death per step, 0 to 1.
    ends_as : int ``[height, width]``, optional
        Absorbing cells: the state, 2 to 127, in which a walker stops there; 0 elsewhere.
    zone : int ``[height, width]``, optional
        Core areas.
    permeability : float ``[height, width]``, optional
        Probability that an encounter with the barrier in this cell ends in it; 1 = open.

    Raises
    ------
    ValueError
        If a number is out of its range; says which cell.
    """
    check_size(conductance, "conductance")
    g = np.array(conductance, np.float64, order="C")
    refuse(g, (g < 0) | np.isinf(g), "conductance", "0 or more, NaN for nodata")
    if neighbours not in (4, 8):
        raise ValueError(f"neighbours must be 4 or 8, not {neighbours}")
    if average not in ("conductance", "resistance"):
        raise ValueError(f"average must be 'conductance' or 'resistance', not {average!r}")
    ends = np.zeros((1, 1), np.int8)
    if ends_as is not None and np.any(ends_as):
        wide = np.asarray(ends_as)
        same_shape(wide, g, "ends_as")
        refuse(wide, (wide != 0) & ((wide < 2) | (wide > 127)), "ends_as", "0 or 2 to 127")
        ends = np.array(wide, np.int8, order="C")
    dies = thresholds(mortality, g)
    passes, meets = barrier_fields(permeability, g)
    meets = np.atleast_2d(meets)
    table = np.empty((g.size, neighbours), np.uint32)
    taken = np.zeros(1, np.int64)
    mean = average == "resistance"
    on_threads(lambda: _fill_table(taken, table, g, dies, ends, meets, mean), g.shape[0])
    zones = np.zeros((1, 1), np.int16) if zone is None else np.array(zone, np.int16, order="C")
    if zone is not None:
        same_shape(zones, g, "zone")
    return WalkFields(table, dies, ends, zones, passes, meets)


def refuse(raster: NDArray[Any], bad: NDArray[np.bool_], name: str, wanted: str) -> None:
    """Raise ValueError for the first bad cell, if there is one."""
    if bad.any():
        row, col = np.argwhere(bad)[0]
        value = raster[row, col]
        raise ValueError(f"{name} is {value} in row {row}, column {col}; it must be {wanted}")


def same_shape(one: NDArray[Any], other: NDArray[Any], name: str) -> None:
    """Raise ValueError if two rasters differ in shape."""
    if one.shape != other.shape:
        raise ValueError(f"{name} has shape {one.shape}, the raster {other.shape}")


def thresholds(mortality: Any, raster: NDArray[Any]) -> NDArray[np.uint32]:
    """Return probabilities per cell, or one for all, in parts of ``2**31``."""
    p = np.asarray(mortality, np.float64)
    if p.ndim:
        same_shape(p, raster, "mortality")
    p2 = np.atleast_2d(p)
    refuse(p2, ~((p2 >= 0) & (p2 <= 1)), "mortality", "a probability, 0 to 1")
    return np.floor(p2.reshape(-1) * FULL + 0.5).astype(np.uint32)
