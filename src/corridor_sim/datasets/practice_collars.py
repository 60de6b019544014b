"""Collars on the made-up island: tracks of animals whose numbers are known, to be found again.

Seven animals carry a collar that tells a place every three hours. Six live in ranges of their own,
in which they step as residents of the program do (attraction by which a step of length L keeps the
mean square displacement L² within a range of variance v) and choose among ten places by how green
they are; the seventh has no range, walks, and loses its collar after twenty days. All chance is
drawn by inverting distributions, so that the same bytes are written on every call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid

F64 = NDArray[np.float64]
# what comes out of a fit, but for chance
HOME_RANGE_KM2, STEP_SHAPE, STEP_SCALE_M, TURNING_KAPPA = 60.0, 0.8, 700.0, 0.3
GREENNESS = 0.4
"""Log odds of a step by one standard deviation of NDVI, ``SPREAD``."""
SPREAD = 0.2
STEP_H, DAYS, CANDIDATES = 3, 45, 10
# standard deviation of the logarithm between animals, of ranges and of step scales
RANGES_DIFFER, STEPS_DIFFER = 0.25, 0.1
# the place of each animal among the six, by its range and by its steps
BY_RANGE, BY_STEPS = (3, 1, 5, 0, 2, 4), (1, 4, 3, 0, 5, 2)
NAMES = ("Ash", "Birch", "Clover", "Dock", "Elder", "Fern")
WANDERER = "Gorse"
START = datetime(2024, 5, 1, tzinfo=UTC)
SEED = 20240509
# share of fixes that the collars missed, and days of the collar of the one without a range
MISSED, LOST_AFTER_D = 0.04, 20


@dataclass(frozen=True, slots=True)
class Ground:
    """What collared animals see: ``[height, width]`` of a grid.

    Attributes
    ----------
    grid : Grid
    ndvi : ndarray of float32
    land : ndarray of bool
    """

    grid: Grid
    ndvi: NDArray[np.float32]
    land: NDArray[np.bool_]

    def weight(self, x_m: F64, y_m: F64) -> F64:
        """Return by what odds places are chosen, 0 off the land."""
        col, row = (np.floor(one).astype(int) for one in self.grid.to_cells(x_m, y_m))
        on = (col >= 0) & (row >= 0) & (col < self.grid.width) & (row < self.grid.height)
        col, row = np.where(on, col, 0), np.where(on, row, 0)
        on &= self.land[row, col]
        green = np.where(on, self.ndvi[row, col], 0.0).astype(np.float64)
        found: F64 = np.where(on, np.exp(GREENNESS * green / SPREAD), 0.0)
        return found


def persistence() -> float:
    """Return by how much turning lengthens the way: 2 E[L]² c / ((1 - c) E[L²])."""
    from scipy.special import ive

    c = float(ive(1, TURNING_KAPPA) / ive(0, TURNING_KAPPA))
    return 2.0 * STEP_SHAPE / (STEP_SHAPE + 1.0) * c / (1.0 - c)


def tau_d() -> float:
    """Return the range-crossing time of the residents, days: 4 v steps over E[L²]."""
    v = HOME_RANGE_KM2 * 1e6 / (5.991 * math.pi) / (1.0 + persistence())
    steps = 4.0 * v / (STEP_SHAPE * (STEP_SHAPE + 1.0) * STEP_SCALE_M**2)
    return steps * STEP_H / 24.0


def _lengths(uniform: F64, scale_m: F64) -> F64:
    from scipy.special import gammaincinv

    found: F64 = gammaincinv(STEP_SHAPE, uniform) * scale_m
    return found


def _turns(uniform: F64) -> F64:
    """Return von Mises angles: the distribution function, summed over small arcs and inverted."""
    angle = np.linspace(-np.pi, np.pi, 2001)
    density = np.exp(TURNING_KAPPA * np.cos((angle[1:] + angle[:-1]) / 2.0))
    below = np.concatenate(([0.0], np.cumsum(density)))
    found: F64 = np.interp(uniform, below / below[-1], angle)
    return found


def _centres(ground: Ground, variance: F64, draw: np.random.Generator) -> tuple[F64, F64]:
    """Return centres of ranges that lie on land, three standard deviations from the sea."""
    from scipy.ndimage import distance_transform_edt

    from_sea = distance_transform_edt(np.pad(ground.land, 1))[1:-1, 1:-1] * ground.grid.cell_m
    x_m, y_m = np.meshgrid(ground.grid.x_centres_m(), ground.grid.y_centres_m())
    found = []
    for one in variance:
        cells = np.flatnonzero(from_sea > 3.0 * math.sqrt(one))
        at = cells[int(draw.random() * cells.size)]
        found.append((x_m.flat[at], y_m.flat[at]))
    centres = np.array(found)
    return centres[:, 0], centres[:, 1]


def walks(ground: Ground) -> tuple[F64, F64]:
    """Return positions every three hours, metres, ``[animals, fixes]``; the wanderer is last."""
    from scipy.special import ndtri

    draw = np.random.Generator(np.random.PCG64(SEED))
    n = len(NAMES) + 1
    # spread evenly, so that few animals have the mean and the deviation of many
    apart = ndtri((np.arange(len(NAMES)) + 0.5) / len(NAMES))
    area_km2 = HOME_RANGE_KM2 * np.exp(RANGES_DIFFER * np.append(apart[list(BY_RANGE)], 0.0))
    scale_m = STEP_SCALE_M * np.exp(STEPS_DIFFER * np.append(apart[list(BY_STEPS)], 0.0))
    v = area_km2 * 1e6 / (5.991 * math.pi) / (1.0 + persistence())
    centre_x, centre_y = _centres(ground, v, draw)
    first = ndtri(draw.random((2, n))) * np.sqrt(v)
    # no range: a variance beyond any island
    v[-1], first[:, -1] = 1e12, 0.0
    x, y = centre_x + first[0], centre_y + first[1]
    x[ground.weight(x, y) == 0] = centre_x[ground.weight(x, y) == 0]
    heading = draw.random(n) * 2.0 * np.pi
    steps = DAYS * 24 // STEP_H
    xs, ys = np.empty((n, steps)), np.empty((n, steps))
    for step in range(steps):
        xs[:, step], ys[:, step] = x, y
        u = draw.random((3, n, CANDIDATES))
        length = np.minimum(_lengths(u[0], scale_m[:, None]), 2.8 * np.sqrt(v)[:, None])
        turned = heading[:, None] + _turns(u[1])
        a = 1.0 - length**2 / (4.0 * v[:, None])
        ahead = length * np.sqrt(1.0 - length**2 / (8.0 * v[:, None]))
        to_x = centre_x[:, None] + a * (x - centre_x)[:, None] + ahead * np.cos(turned)
        to_y = centre_y[:, None] + a * (y - centre_y)[:, None] + ahead * np.sin(turned)
        odds = np.cumsum(ground.weight(to_x, to_y), axis=1)
        chosen = (u[2, :, :1] * odds[:, -1:] >= odds).sum(axis=1)
        moves = odds[:, -1] > 0
        at = (np.arange(n), np.minimum(chosen, CANDIDATES - 1))
        heading = np.where(moves, np.arctan2(to_y[at] - y, to_x[at] - x), heading)
        x, y = np.where(moves, to_x[at], x), np.where(moves, to_y[at], y)
    return xs, ys


def collar_files(ground: Ground) -> Iterator[tuple[str, str]]:
    """Yield name and text of ``tracks.csv``, as Movebank writes tracks, and of who they are."""
    from pyproj import Transformer

    xs, ys = walks(ground)
    lonlat = Transformer.from_crs(ground.grid.crs, "EPSG:4326", always_xy=True)
    lon, lat = lonlat.transform(xs.ravel(), ys.ravel())
    names = [*NAMES, WANDERER]
    missed = np.random.Generator(np.random.PCG64(SEED + 1)).random(xs.shape) < MISSED
    missed[-1, LOST_AFTER_D * 24 // STEP_H :] = True
    rows = ["timestamp,location-long,location-lat,individual-local-identifier"]
    for i in np.flatnonzero(~missed.ravel()):
        animal, step = divmod(int(i), xs.shape[1])
        when = START + timedelta(hours=STEP_H * step)
        rows.append(f"{when:%Y-%m-%d %H:%M:%S},{lon[i]:.7f},{lat[i]:.7f},{names[animal]}")
    yield "tracks.csv", "\n".join(rows) + "\n"
    who = [f"{name},{'fm'[i % 2]}" for i, name in enumerate(names)]
    yield "individuals.csv", "\n".join(["animal-id,animal-sex", *who]) + "\n"
