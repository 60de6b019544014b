"""Who lives near whom: crowding, and free ground for those who search.

Animals are kept in square bins as linked lists (``first`` animal of a bin, ``following`` animal of
an animal), so that a neighbourhood is looked through without looking at everybody, and a newcomer
is entered in one step. Numbers and capacity are compared over one disc of bins, the same for both.

Everything here runs in the order of the arrays given: who comes first finds the better place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel


class Bins(NamedTuple):
    """Square bins over the map and the animals in them.

    Attributes
    ----------
    side : float
        Edge of a bin in cells.
    first : int32 ``[rows, cols]``
        Animal that entered the bin last, -1 = empty.
    following : int32 ``[most]``
        Next animal of the same bin, -1 = none.
    """

    side: float
    first: NDArray[np.int32]
    following: NDArray[np.int32]


class Crowd(NamedTuple):
    """Numbers against capacity on coarse blocks.

    Attributes
    ----------
    side : float
        Edge of a block in cells.
    number : int32 ``[rows, cols]``
        Independent animals per block.
    room : float64 ``[rows, cols]``
        Capacity within the disc around each block, in animals.
    d_row, d_col : int32 ``[m]``
        The disc: blocks that lie within the radius.
    """

    side: float
    number: NDArray[np.int32]
    room: NDArray[np.float64]
    d_row: NDArray[np.int32]
    d_col: NDArray[np.int32]


@kernel(inline=True)
def block_of(value, side, n):
    """Return the bin of a coordinate, kept inside the map."""
    i = int(value / side)
    return min(max(i, 0), n - 1)


@kernel(inline=True)
def crowding_at(x, y, crowd):
    """Return numbers over capacity around a point; infinity where there is no capacity."""
    rows, cols = crowd.number.shape
    row, col = block_of(y, crowd.side, rows), block_of(x, crowd.side, cols)
    room = crowd.room[row, col]
    n = 0
    for k in range(crowd.d_row.size):
        r, c = row + crowd.d_row[k], col + crowd.d_col[k]
        if 0 <= r < rows and 0 <= c < cols:
            n += crowd.number[r, c]
    return n / room if room > 0.0 else np.inf


@kernel(inline=True)
def anyone_within(x, y, reach, at_x, at_y, bins):
    """Return whether an animal of the bins lives within ``reach`` cells of a point."""
    rows, cols = bins.first.shape
    row0, row1 = block_of(y - reach, bins.side, rows), block_of(y + reach, bins.side, rows)
    col0, col1 = block_of(x - reach, bins.side, cols), block_of(x + reach, bins.side, cols)
    for row in range(row0, row1 + 1):
        for col in range(col0, col1 + 1):
            i = bins.first[row, col]
            while i >= 0:
                dx, dy = at_x[i] - x, at_y[i] - y
                if dx * dx + dy * dy <= reach * reach:
                    return True
                i = bins.following[i]
    return False


@kernel(inline=True)
def enter(i, x, y, bins):
    """Enter animal ``i`` into its bin."""
    rows, cols = bins.first.shape
    row, col = block_of(y, bins.side, rows), block_of(x, bins.side, cols)
    bins.following[i] = bins.first[row, col]
    bins.first[row, col] = i


@kernel()
def fill(at_x, at_y, n, bins):
    """Enter the first ``n`` animals into their bins, which must be empty."""
    for i in range(n):
        enter(i, at_x[i], at_y[i], bins)


@kernel()
def crowding(x, y, crowd, out):
    """Write numbers over capacity around each point into ``out``."""
    for i in range(x.size):
        out[i] = crowding_at(x[i], y[i], crowd)


@kernel()
def settle(
    x,
    y,
    male,
    try_x,
    try_y,
    quality,
    enough,
    crowd,
    females,
    males,
    fx,
    fy,
    mx,
    my,
    n_settled,
    keep_off,
    reach,
    with_mate,
    chosen,
):
    """Let searching animals settle, one after the other.

    An animal looks at its own place and at ``try_x, try_y``. Those qualify whose home-range-sized
    window is at least ``enough`` good, where numbers are below capacity, no resident of its sex
    lives within ``keep_off`` and, for males that need it, a female lives within ``reach``. It
    takes the one with the largest product of quality and free share of the capacity. Whoever
    settles counts at once for those who follow.

    Parameters
    ----------
    x, y : float64 ``[n]``
        Places of the searching animals, in cells.
    male : bool ``[n]``
    try_x, try_y : float64 ``[n, m]``
        Further places within perception.
    quality : float32 ``[height, width]``
        Mean suitability of the home-range-sized window around each cell; below 0 = closed.
    females, males : Bins
        Residents by sex, over ``fx, fy`` and ``mx, my``.
    fx, fy, mx, my : float64 ``[n_f + n]``, ``[n_m + n]``
        Home-range centres of the residents, with room for the newcomers behind them.
    n_settled : int64 ``[2]``
        Residents by sex (female, male); counted on.
    keep_off : float64 ``[2]``
        Exclusion by sex, in cells; 0 = none.
    reach : float
        Mating reach in cells.
    chosen : float64 ``[n, 2]``
        Written: column and row of the new centre, NaN = still searching.

    Notes
    -----
    Twin: ``tests/oracles/places.py``.
    """
    height, width = quality.shape
    for i in range(x.size):
        best = 0.0
        best_x = best_y = np.nan
        for k in range(-1, try_x.shape[1]):
            px, py = (x[i], y[i]) if k < 0 else (try_x[i, k], try_y[i, k])
            if not (0.0 <= px < width and 0.0 <= py < height):
                continue
            window = np.float64(quality[int(py), int(px)])
            if window < enough:
                continue
            good = window * (1.0 - crowding_at(px, py, crowd))
            if not good > best:
                continue
            off = keep_off[1] if male[i] else keep_off[0]
            if off > 0.0:
                if male[i]:
                    taken = anyone_within(px, py, off, mx, my, males)
                else:
                    taken = anyone_within(px, py, off, fx, fy, females)
                if taken:
                    continue
            if with_mate and male[i] and not anyone_within(px, py, reach, fx, fy, females):
                continue
            best, best_x, best_y = good, px, py
        chosen[i, 0], chosen[i, 1] = best_x, best_y
        if best > 0.0:
            rows, cols = crowd.number.shape
            crowd.number[
                block_of(best_y, crowd.side, rows), block_of(best_x, crowd.side, cols)
            ] += 1
            j = n_settled[1] if male[i] else n_settled[0]
            if male[i]:
                mx[j], my[j] = best_x, best_y
                enter(j, best_x, best_y, males)
                n_settled[1] += 1
            else:
                fx[j], fy[j] = best_x, best_y
                enter(j, best_x, best_y, females)
                n_settled[0] += 1


def make_bins(shape: tuple[int, int], side: float, most: int) -> Bins:
    """Return empty bins over ``shape`` cells with room for ``most`` animals."""
    rows, cols = (max(1, int(np.ceil(n / side))) for n in shape)
    return Bins(float(side), np.full((rows, cols), -1, np.int32), np.full(most, -1, np.int32))


def disc_of_blocks(radius: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the row and column offsets of all blocks whose centre lies within ``radius``."""
    n = int(radius)
    row, col = np.mgrid[-n : n + 1, -n : n + 1]
    inside = row**2 + col**2 <= radius**2
    return row[inside].astype(np.int32), col[inside].astype(np.int32)
