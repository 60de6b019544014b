"""Effective costs of the stochastic movement simulator, for the whole raster at once.

The effective cost of a step towards one of the eight neighbours is a mean of the costs of the cells
that lie within the perceptual range in that direction (Palmer, Coulon & Travis 2011, Methods Ecol.
Evol. 2:258, and the manual of RangeShifter 2.0): of a block whose near side touches the own cell,
``n`` cells deep and, to the four sides, ``n`` wide and centred (one wider where ``n`` is even); to
the four corners it is the square of ``n x n`` cells. Three means are offered:

- arithmetic, ``sum(c) / count``;
- harmonic, ``count / sum(1 / c)``, which weighs cheap cells;
- weighted arithmetic, ``sum(c / d) / sum(1 / d)`` with ``d`` the distance to the own cell.

What a step needs is kept per cell as eight integers of 16 bits: the weights ``1 / (effective cost *
distance)`` in parts of the cell's largest. Only ratios within a cell matter to a choice, so the
rounding changes a probability by less than 4 / 65535; 16 bytes a cell are read in one go.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.atomic import fetch_add
from corridor_sim.kernels.cellwalk import COL_STEP, ROW_STEP, check_size
from corridor_sim.kernels.jit import kernel, on_threads

ARITHMETIC, HARMONIC, WEIGHTED = 0, 1, 2
METHODS = {"arithmetic": ARITHMETIC, "harmonic": HARMONIC, "weighted": WEIGHTED}
LARGEST = 65535
_ROOT2 = math.sqrt(2.0)


@kernel(inline=True)
def window(k, n):
    """Return (first row, last row, first column, last column) seen towards ``k``, relative."""
    dr = ROW_STEP[k]
    dc = COL_STEP[k]
    half = n // 2
    top = half
    left = half
    if dr != 0:
        top = -dr if dr > 0 else n
    if dc != 0:
        left = -dc if dc > 0 else n
    bottom = half
    right = half
    if dr != 0:
        bottom = n if dr > 0 else -1
    if dc != 0:
        right = n if dc > 0 else -1
    return -top, bottom, -left, right


@kernel(inline=True)
def _row_costs(out, over, value, there, row, width, k, n, method):
    """Fill ``out[:width]`` with the effective costs of one row towards ``k``.

    ``value`` and ``there`` are the rasters of costs (of their inverses for the harmonic mean) and
    of ones, with a margin of ``n``; ``over`` is working space.
    """
    for col in range(width):
        out[col] = 0.0
        over[col] = 0.0
    first_row, last_row, first_col, last_col = window(k, n)
    for dr in range(first_row, last_row + 1):
        values = value[row + n + dr]
        ones = there[row + n + dr]
        for dc in range(first_col, last_col + 1):
            weight = 1.0
            if method == WEIGHTED:
                weight = 1.0 / math.sqrt(float(dr * dr + dc * dc))
            shift = np.uint64(n + dc)
            for col in range(width):
                out[col] += weight * values[np.uint64(col) + shift]
                over[col] += weight * ones[np.uint64(col) + shift]
    for col in range(width):
        if method == HARMONIC:
            out[col] = over[col] / out[col]
        else:
            out[col] = out[col] / over[col]


@kernel(allocates=False)
def _costs(taken, over, costs, value, there, n, method):
    """Fill one row of the raster after the other until none is left to take."""
    _, height, width = costs.shape
    row = fetch_add(taken, 0, 1)
    while row < height:
        for k in range(8):
            _row_costs(costs[k, row], over, value, there, row, width, k, n, method)
        row = fetch_add(taken, 0, 1)


@kernel(allocates=False)
def _weights(taken, over, weight, most, table, cost, value, there, n, method):
    """Fill the table's cells of one row after the other until none is left to take."""
    height, width = cost.shape
    row = fetch_add(taken, 0, 1)
    while row < height:
        for col in range(width):
            most[col] = 0.0
        for k in range(8):
            _row_costs(weight[k], over, value, there, row, width, k, n, method)
            r = row + ROW_STEP[k]
            longer = _ROOT2 if k % 2 == 1 else 1.0
            for col in range(width):
                c = col + COL_STEP[k]
                inside = 0 <= r < height and 0 <= c < width
                # NaN is not above 0: neither from nodata nor into it
                open_way = inside and cost[row, col] > 0.0 and cost[r, c] > 0.0
                weight[k, col] = 1.0 / (weight[k, col] * longer) if open_way else 0.0
                most[col] = max(most[col], weight[k, col])
        for col in range(width):
            scale = 65535.0 / most[col] if most[col] > 0.0 else 0.0
            for k in range(8):
                # a way that is open stays open, however dear
                least = 1 if weight[k, col] > 0.0 else 0
                part = max(int(weight[k, col] * scale + 0.5), least)
                table[row * width + col, k] = np.uint16(part)
        row = fetch_add(taken, 0, 1)


def _prepare(
    cost: NDArray[Any], n: int, method: str, nodata_cost: float | None, wrap: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], int]:
    """Return the cost raster, both rasters of :func:`_row_costs` and the number of the method."""
    check_size(cost, "cost")
    c = np.array(cost, np.float64, order="C")
    bad = (c <= 0) | np.isinf(c)
    if bad.any():
        row, col = np.argwhere(bad)[0]
        raise ValueError(
            f"cost is {c[row, col]} in row {row}, column {col}; it must be above 0, NaN for nodata"
        )
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if n < 1 or n > max(c.shape):
        raise ValueError(
            f"perceptual range is {n} cells; it must be 1 to {max(c.shape)}, the longer side of "
            "the raster"
        )
    if nodata_cost is not None and not 0 < nodata_cost < math.inf:
        raise ValueError(f"nodata_cost must be above 0, not {nodata_cost}")
    number = METHODS[method]
    seen = np.isfinite(c)
    value = np.where(seen, c, 1.0 if nodata_cost is None else nodata_cost)
    if number == HARMONIC:
        value = 1.0 / value
    there = np.ones_like(c) if nodata_cost is not None else seen.astype(np.float64)
    value = value * there
    if wrap:
        return c, np.pad(value, n, mode="wrap"), np.pad(there, n, mode="wrap"), number
    outside = 0.0
    if nodata_cost is not None:
        outside = 1.0 / nodata_cost if number == HARMONIC else nodata_cost
    beyond = 0.0 if nodata_cost is None else 1.0
    value = np.pad(value, n, constant_values=outside)
    return c, value, np.pad(there, n, constant_values=beyond), number


def effective_cost(
    cost: NDArray[Any],
    perceptual_range: int,
    *,
    method: str = "arithmetic",
    nodata_cost: float | None = None,
    wrap: bool = False,
) -> NDArray[np.float64]:
    """Return the effective costs ``[direction, height, width]``, directions clockwise from north.

    Parameters
    ----------
    cost : float ``[height, width]``
        Above 0; NaN = nodata.
    perceptual_range : int
        Cells that an animal sees, at least 1.
    method : {"arithmetic", "harmonic", "weighted"}
    nodata_cost : float, optional
        Cost that nodata cells and cells beyond the raster have within the perceptual range. By
        default they are left out of the mean, NaN where nothing is left. RangeShifter takes
        100,000 for nodata.
    wrap : bool
        Look beyond an edge at the opposite one, as RangeShifter does, instead.

    Raises
    ------
    ValueError
        If a cost is not above 0 or the range does not fit the raster.
    """
    c, value, there, number = _prepare(cost, perceptual_range, method, nodata_cost, wrap)
    costs = np.empty((8, *c.shape))
    taken = np.zeros(1, np.int64)

    def work() -> None:
        over = np.empty(c.shape[1])
        _costs(taken, over, costs, value, there, perceptual_range, number)

    on_threads(work, c.shape[0])
    return costs


def step_weights(
    cost: NDArray[Any],
    perceptual_range: int,
    *,
    method: str = "arithmetic",
    nodata_cost: float | None = None,
    wrap: bool = False,
) -> NDArray[np.uint16]:
    """Return the weights of the steps, uint16 ``[height * width, 8]``; see the module.

    Parameters and errors as in :func:`effective_cost`. A step into nodata or over the edge weighs
    nothing; a nodata cell and an isolated one have no weights at all.
    """
    c, value, there, number = _prepare(cost, perceptual_range, method, nodata_cost, wrap)
    table = np.empty((c.size, 8), np.uint16)
    taken = np.zeros(1, np.int64)

    def work() -> None:
        over, weight, most = (np.empty((n, c.shape[1])) for n in (1, 8, 1))
        _weights(taken, over[0], weight, most[0], table, c, value, there, perceptual_range, number)

    on_threads(work, c.shape[0])
    return table
