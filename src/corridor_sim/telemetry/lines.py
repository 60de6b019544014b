"""Straight lines over a raster, many at once: the cells they cross, and how long they are in each.

The walk is that of the simulator (:func:`corridor_sim.kernels.crossing.path_permeability`;
Amanatides & Woo 1987): from cell to cell across shared edges, so that a barrier drawn as an
8-connected line cannot be slipped through. Here all lines take their next cell at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


def walk(x0: F8, y0: F8, x1: F8, y1: F8) -> Iterator[tuple[I8, I8, I8, F8]]:
    """Yield the cells that lines cross, one of each line at a time.

    Parameters
    ----------
    x0, y0, x1, y1 : float64 ``[n]``
        Ends in cells (column, row), none below 0.

    Yields
    ------
    line, row, col : int64 ``[m]``
        Lines that are still under way, and the cell in which each is now.
    share : float64 ``[m]``
        Share of the line that lies in that cell; the shares of a line add up to 1.
    """
    line = np.arange(x0.size)
    col, row = x0.astype(np.int64), y0.astype(np.int64)
    end_col, end_row = x1.astype(np.int64), y1.astype(np.int64)
    dx, dy = x1 - x0, y1 - y0
    step_col, step_row = np.where(dx > 0, 1, -1), np.where(dy > 0, 1, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap_col, gap_row = np.abs(1.0 / dx), np.abs(1.0 / dy)
        t_col = np.where(dx != 0, (np.where(dx > 0, col + 1, col) - x0) / dx, np.inf)
        t_row = np.where(dy != 0, (np.where(dy > 0, row + 1, row) - y0) / dy, np.inf)
    since = np.zeros(x0.size)
    while line.size:
        there = (col == end_col) & (row == end_row)
        # rounding at a corner must not carry the walk past the end cell
        across = (row == end_row) | ((col != end_col) & (t_col < t_row))
        until = np.where(there, 1.0, np.clip(np.where(across, t_col, t_row), since, 1.0))
        yield line, row, col, until - since
        on = ~there
        state = (line, col, row, end_col, end_row, step_col, step_row, across)
        if not on.all():
            state = tuple(one[on] for one in state)
            gap_col, gap_row, t_col, t_row = (a[on] for a in (gap_col, gap_row, t_col, t_row))
            until = until[on]
        line, col, row, end_col, end_row, step_col, step_row, across = state
        since = until
        col = col + np.where(across, step_col, 0)
        row = row + np.where(across, 0, step_row)
        t_col = t_col + np.where(across, gap_col, 0.0)
        t_row = t_row + np.where(across, 0.0, gap_row)


def means_along(x0: F8, y0: F8, x1: F8, y1: F8, values: F8 | NDArray[np.float32], season: I8) -> F8:
    """Return the mean of a raster along lines, each cell by the length of the line in it.

    Parameters
    ----------
    x0, y0, x1, y1 : float64 ``[n]``
        Ends in cells, on the raster.
    values : float ``[n_seasons, height, width]``
        NaN where nothing is known; that part of a line does not count.
    season : int64 ``[n]``
        Which of the seasons each line takes.

    Returns
    -------
    float64 ``[n]``
        NaN of a line along which nothing is known.
    """
    total, known = np.zeros(x0.size), np.zeros(x0.size)
    for line, row, col, share in walk(x0, y0, x1, y1):
        found = values[season[line], row, col].astype(np.float64)
        there = ~np.isnan(found)
        total[line] += np.where(there, found, 0.0) * share
        known[line] += np.where(there, share, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: F8 = total / known
    ends = known == 0  # a line of no length, or of which only the ends are known
    if ends.any():
        mean[ends] = values[season[ends], y1[ends].astype(np.int64), x1[ends].astype(np.int64)]
    return mean


def crossings(x0: F8, y0: F8, x1: F8, y1: F8, barrier: NDArray[np.bool_]) -> F8:
    """Return how often lines enter a barrier from ground that is none, float64 ``[n]``.

    A line that begins within a barrier leaves it freely, as animals do in the simulator.
    """
    count = np.zeros(x0.size)
    within = np.ones(x0.size, np.bool_)  # the cell where it begins is not entered
    for line, row, col, _ in walk(x0, y0, x1, y1):
        now = barrier[row, col]
        count[line] += now & ~within[line]
        within[line] = now
    return count
