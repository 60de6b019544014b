"""Mates: for each female a male within reach, drawn evenly, at a cost that density leaves alone."""

from __future__ import annotations

import numpy as np

from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import philox4x32
from corridor_sim.kernels.places import block_of

# draws among the males of the bins around before all of them are looked through
TRIES = 32
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


@kernel()
def gather(at_x, at_y, side, rows, cols, start, member):
    """Sort animals by bin: those of bin ``b`` become ``member[start[b] : start[b + 1]]``.

    ``start`` (int32 ``[rows * cols + 1]``) must come as zeros. Within a bin the order stays.
    """
    for i in range(at_x.size):
        start[block_of(at_y[i], side, rows) * cols + block_of(at_x[i], side, cols) + 1] += 1
    for b in range(rows * cols):
        start[b + 1] += start[b]
    for i in range(at_x.size - 1, -1, -1):
        # from behind: the end of a bin moves down to its start
        b = block_of(at_y[i], side, rows) * cols + block_of(at_x[i], side, cols)
        start[b + 1] -= 1
        member[start[b + 1]] = i
    for b in range(rows * cols):
        start[b] = start[b + 1]
    start[rows * cols] = at_x.size


@kernel(inline=True)
def nth_of_window(n, row0, row1, col0, col1, cols, start, member):
    """Return the ``n``-th animal of a window of bins; the bins of a row lie side by side."""
    for row in range(row0, row1 + 1):
        first, end = start[row * cols + col0], start[row * cols + col1 + 1]
        if n < end - first:
            return member[first + n]
        n -= end - first
    return -1


@kernel()
def choose_mates(x, y, uniforms, mx, my, reach, side, rows, cols, start, member, chosen):
    """Give each female a mate, drawn evenly among the males within reach.

    Parameters
    ----------
    x, y : float64 ``[n]``
        Home-range centres of the females, in cells.
    uniforms : float64 ``[n]``
        Uniform draws in [0, 1) with 53 bits.
    mx, my : float64 ``[m]``
        Home-range centres of the males.
    reach, side : float
        Cells.
    start, member : int32 ``[rows * cols + 1]``, ``[m]``
        The males by bin, see :func:`gather`.
    chosen : int32 ``[n]``
        Written: position among the males, -1 = none within reach.

    Notes
    -----
    Where many live, males of the bins around are drawn until one lies within reach, which is as
    even as a draw among those within reach (rejection sampling); the further draws are Philox
    blocks of the female's own. Where few live, and after :data:`TRIES` draws in vain, all are
    looked through, first to count them. Twin: ``tests/oracles/places.py``.
    """
    for i in range(x.size):
        row0, row1 = block_of(y[i] - reach, side, rows), block_of(y[i] + reach, side, rows)
        col0, col1 = block_of(x[i] - reach, side, cols), block_of(x[i] + reach, side, cols)
        around = 0
        for row in range(row0, row1 + 1):
            around += start[row * cols + col1 + 1] - start[row * cols + col0]
        chosen[i] = -1
        if around > TRIES:
            bits = np.uint64(uniforms[i] * 2.0**53)
            for t in range(TRIES):
                word, _, _, _ = philox4x32(
                    np.uint64(t), bits & _LOW, bits >> _32, np.uint64(0), np.uint64(0), np.uint64(0)
                )
                nth = np.int64((word * np.uint64(around)) >> _32)
                j = nth_of_window(nth, row0, row1, col0, col1, cols, start, member)
                dx, dy = mx[j] - x[i], my[j] - y[i]
                if dx * dx + dy * dy <= reach * reach:
                    chosen[i] = j
                    break
            if chosen[i] >= 0:
                continue
        pick = -1
        for again in range(2):
            n = 0
            for k in range(around):
                j = nth_of_window(k, row0, row1, col0, col1, cols, start, member)
                dx, dy = mx[j] - x[i], my[j] - y[i]
                if dx * dx + dy * dy <= reach * reach:
                    if again == 1 and n == pick:
                        chosen[i] = j
                        break
                    n += 1
            if n == 0:
                break
            pick = min(int(uniforms[i] * n), n - 1)
