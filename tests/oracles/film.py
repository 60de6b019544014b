"""Read back the places that an animation packs, as its script does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def unpacked(data: bytes, at: int = 0) -> tuple[NDArray[np.int64], int]:
    """Return the sorted cells that ``packed`` wrote at a position, and where the next begin."""

    def read(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value, at

    n, at = read(at)
    cells = np.zeros(n, np.int64)
    for i in range(n):
        cells[i], at = read(at)
    return np.cumsum(cells), at
