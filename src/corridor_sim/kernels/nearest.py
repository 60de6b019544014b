"""The nearest marked cell of every cell of a raster, exactly, and how far away it is.

First the nearest marked cell within each column is found by going down and up; then, along each
row, the columns' parabolas ``(x - column)^2 + (row - nearest)^2`` are laid over each other, and the
lowest is read off (Meijster, Roerdink & Hesselink 2000, A general algorithm for computing distance
transforms in linear time, sec. 2). All sums are of whole numbers, so that distances are exact
whatever the number of threads. Of cells equally near the one in the lower column is taken, of those
in one column the one in the lower row.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.atomic import fetch_add
from corridor_sim.kernels.jit import kernel, on_threads

# columns that are gone down side by side
COLUMNS = 256
# rows that a thread takes at a time
ROWS = 16


@kernel(allocates=False)
def _down_and_up(taken, source, near):
    """Set ``near`` to the row of the nearest marked cell of the column, -1 where there is none."""
    height, width = source.shape
    block = fetch_add(taken, 0, 1)
    while block * COLUMNS < width:
        first = block * COLUMNS
        last = min(first + COLUMNS, width)
        for row in range(height):
            for col in range(first, last):
                above = np.int32(-1)
                if row > 0:
                    above = near[row - 1, col]
                near[row, col] = np.int32(row) if source[row, col] else above
        for row in range(height - 2, -1, -1):
            for col in range(first, last):
                below = near[row + 1, col]
                above = near[row, col]
                # what is near below is never above this row, or it is the same
                if below > row and (above < 0 or below - row < row - above):
                    near[row, col] = below
        block = fetch_add(taken, 0, 1)


@kernel(inline=True)
def _lowest(near, row, site, begin):
    """Put the columns that are nearest somewhere in a row, and from where, into working space.

    Returns how many there are: ``site[i]`` is the nearest from column ``begin[i]`` on.
    """
    n = 0
    width = near.size
    for col in range(width):
        if near[col] < 0:
            continue
        own = np.int64(near[col]) - row
        own *= own
        start = 0
        while n > 0:
            # where the last one gives way to this one
            other = site[n - 1]
            theirs = np.int64(near[other]) - row
            theirs *= theirs
            a = begin[n - 1]
            if (a - other) * (a - other) + theirs > (a - col) * (a - col) + own:
                n -= 1
                continue
            start = 1 + (col * col - other * other + own - theirs) // (2 * (col - other))
            break
        if start < width:
            site[n] = col
            begin[n] = start
            n += 1
    return n


@kernel(allocates=False)
def _distances(taken, site, begin, near, out, cell_m):
    """Set ``out`` to the distance of every cell to its nearest marked one; may be ``near``'s."""
    height, width = near.shape
    block = fetch_add(taken, 0, 1)
    while block * ROWS < height:
        for row in range(block * ROWS, min(block * ROWS + ROWS, height)):
            n = _lowest(near[row], row, site, begin)
            # their rows, for ``out`` may lie where ``near`` did
            for i in range(n):
                down = np.int64(near[row, site[i]]) - row
                begin[width + i] = down * down
            end = width
            for i in range(n - 1, -1, -1):
                at = site[i]
                for col in range(begin[i], end):
                    squared = (col - at) * (col - at) + begin[width + i]
                    out[row, col] = np.float32(math.sqrt(float(squared)) * cell_m)
                end = begin[i]
        block = fetch_add(taken, 0, 1)


@kernel(allocates=False)
def _cells(taken, site, begin, near, out, reach, cell_m):
    """Set ``out`` to the flat index of the nearest marked cell, -1 where it is beyond reach."""
    height, width = near.shape
    block = fetch_add(taken, 0, 1)
    while block * ROWS < height:
        for row in range(block * ROWS, min(block * ROWS + ROWS, height)):
            n = _lowest(near[row], row, site, begin)
            for i in range(n):
                begin[width + i] = near[row, site[i]]
            end = width
            for i in range(n - 1, -1, -1):
                at = site[i]
                there = begin[width + i]
                for col in range(begin[i], end):
                    squared = (col - at) * (col - at) + (there - row) * (there - row)
                    within = math.sqrt(float(squared)) * cell_m <= reach
                    out[row, col] = np.int32(there * width + at) if within else np.int32(-1)
                end = begin[i]
        block = fetch_add(taken, 0, 1)


@kernel(allocates=False)
def _chessboard(marked, out):
    """Set ``out`` to the steps to the nearest marked cell, also cornerwise; 255 is 255 or more."""
    height, width = marked.shape
    most = np.uint8(255)
    one = np.uint8(1)
    for row in range(height):
        for col in range(width):
            least = most
            if marked[row, col]:
                least = np.uint8(0)
            else:
                if col > 0:
                    least = min(least, out[row, col - 1])
                if row > 0:
                    least = min(least, out[row - 1, col])
                    if col > 0:
                        least = min(least, out[row - 1, col - 1])
                    if col + 1 < width:
                        least = min(least, out[row - 1, col + 1])
                if least < most:
                    least = np.uint8(least + one)
            out[row, col] = least
    for row in range(height - 1, -1, -1):
        for col in range(width - 1, -1, -1):
            least = most
            if col + 1 < width:
                least = min(least, out[row, col + 1])
            if row + 1 < height:
                least = min(least, out[row + 1, col])
                if col > 0:
                    least = min(least, out[row + 1, col - 1])
                if col + 1 < width:
                    least = min(least, out[row + 1, col + 1])
            if least < most:
                least = np.uint8(least + one)
            out[row, col] = min(out[row, col], least)


def _columns_nearest(source: NDArray[np.bool_]) -> NDArray[np.int32]:
    source = np.ascontiguousarray(source)
    near = np.empty(source.shape, np.int32)
    taken = np.zeros(1, np.int64)
    on_threads(lambda: _down_and_up(taken, source, near), -(-source.shape[1] // COLUMNS))
    return near


def _along_rows(take: Any, near: NDArray[np.int32], out: NDArray[Any], *numbers: float) -> None:
    height, width = near.shape
    taken = np.zeros(1, np.int64)

    def work() -> None:
        take(taken, np.empty(width, np.int64), np.empty(2 * width, np.int64), near, out, *numbers)

    on_threads(work, -(-height // ROWS))


def nearest_m(source: NDArray[np.bool_], cell_m: float) -> NDArray[np.float32]:
    """Return the distance in metres between centres from each cell to the nearest ``True`` one.

    Parameters
    ----------
    source : bool ``[height, width]``
        True at least once.
    cell_m : float

    Returns
    -------
    float32 ``[height, width]``
        The exact distance, rounded once.
    """
    near = _columns_nearest(source)
    out = near.view(np.float32)
    _along_rows(_distances, near, out, float(cell_m))
    return out


def nearest_cell(source: NDArray[np.bool_], reach: float, cell_m: float = 1.0) -> NDArray[np.int32]:
    """Return the flat index of the nearest ``True`` cell, int32 ``[height, width]``.

    Parameters
    ----------
    source : bool ``[height, width]``
        True at least once.
    reach : float
        -1 where the nearest lies farther away; in cells, or in metres where ``cell_m`` is given.
    cell_m : float
    """
    near = _columns_nearest(source)
    _along_rows(_cells, near, near, float(reach), float(cell_m))
    return near


def cells_to(marked: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the steps from each cell to the nearest ``True`` one, to all eight neighbours.

    Returns
    -------
    uint8 ``[height, width]``
        255 where it is as far or farther, or where no cell is ``True``.
    """
    out = np.empty(marked.shape, np.uint8)
    _chessboard(np.ascontiguousarray(marked), out)
    return out
