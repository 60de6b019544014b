"""Smooth noise that depends on nothing but the place and a key.

Gradient noise (Perlin 1985, SIGGRAPH '85, 287-296) with the quintic fade of 2002; the gradient at
a lattice node is a hash of the node's integer map coordinates, so a window or a finer grid shows
the same field.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel
from corridor_sim.landscape.grid import Grid

# Standard deviation of one octave over its lattice, from 300 x 300 waves of the hash.
OCTAVE_SD = 0.1765


@kernel()
def _hash(ix: int, iy: int, key: int) -> Any:
    """Mix three integers to 64 bits: multiply by odd constants, then the splitmix64 finaliser."""
    q = np.uint64(ix & 0xFFFFFFFF) * np.uint64(0x9E3779B97F4A7C15)
    q ^= np.uint64(iy & 0xFFFFFFFF) * np.uint64(0xC2B2AE3D27D4EB4F)
    q ^= np.uint64(key) * np.uint64(0x165667B19E3779F9)
    q ^= q >> np.uint64(30)
    q *= np.uint64(0xBF58476D1CE4E5B9)
    q ^= q >> np.uint64(27)
    q *= np.uint64(0x94D049BB133111EB)
    return q ^ (q >> np.uint64(31))


@kernel()
def _add_octave(
    out: NDArray[Any],
    west_m: float,
    north_m: float,
    cell_m: float,
    wave_m: float,
    amplitude: float,
    key: int,
    shift_m: NDArray[Any],
    stretch: float,
) -> None:
    h, w = out.shape
    scale = 2.0 / 65535.0
    for row in range(h):
        y = (north_m - (row + 0.5) * cell_m) / (wave_m * stretch)
        iy = int(np.floor(y))
        fy = y - iy
        sy = fy * fy * fy * (fy * (fy * 6.0 - 15.0) + 10.0)
        last = -(2**31)
        ax = bx = cx = dx = ay = by = cy = dy = 0.0
        for col in range(w):
            x = (west_m + (col + 0.5) * cell_m - shift_m[row]) / wave_m
            ix = int(np.floor(x))
            if ix != last:
                last = ix
                low = np.uint64(0xFFFF)
                up = np.uint64(16)
                q = _hash(ix, iy, key)
                ax, ay = float(q & low) * scale - 1.0, float((q >> up) & low) * scale - 1.0
                q = _hash(ix + 1, iy, key)
                bx, by = float(q & low) * scale - 1.0, float((q >> up) & low) * scale - 1.0
                q = _hash(ix, iy + 1, key)
                cx, cy = float(q & low) * scale - 1.0, float((q >> up) & low) * scale - 1.0
                q = _hash(ix + 1, iy + 1, key)
                dx, dy = float(q & low) * scale - 1.0, float((q >> up) & low) * scale - 1.0
            fx = x - ix
            sx = fx * fx * fx * (fx * (fx * 6.0 - 15.0) + 10.0)
            south = (ax * fx + ay * fy) * (1.0 - sx) + (bx * (fx - 1.0) + by * fy) * sx
            north = (cx * fx + cy * (fy - 1.0)) * (1.0 - sx) + (
                dx * (fx - 1.0) + dy * (fy - 1.0)
            ) * sx
            out[row, col] += amplitude * (south * (1.0 - sy) + north * sy)


def fractal_noise(
    grid: Grid,
    wave_m: float,
    octaves: int,
    gain: float,
    key: int,
    stretch: float = 1.0,
    shift_m: NDArray[np.float64] | None = None,
) -> NDArray[np.float32]:
    """Sum of ``octaves`` noises, each of half the wavelength and ``gain`` times the amplitude.

    ``stretch`` above 1 draws the noise out from south to north, along a line that lies ``shift_m``
    farther east in each row.

    Returns ``[height, width]`` float32 with mean near 0 and standard deviation near 1.
    Octaves shorter than two cells are left out: the grid could not show them.
    """
    out = np.zeros(grid.shape, np.float32)
    power = sum(gain ** (2 * i) for i in range(octaves)) ** 0.5 * OCTAVE_SD
    shift = np.zeros(grid.height) if shift_m is None else shift_m
    for i in range(octaves):
        wave = wave_m / 2**i
        if wave < 2 * grid.cell_m:
            break
        _add_octave(
            out,
            grid.west_m,
            grid.north_m,
            grid.cell_m,
            wave,
            gain**i / power,
            16 * key + i,
            shift,
            stretch,
        )
    return out
