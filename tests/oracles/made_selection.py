"""Tracks of animals that step by a known kernel, select by a known predictor and keep to a centre.

Written apart from the package: a step is one of very many candidates of the kernel, chosen by the
odds of their weights, which is exact to one part in the square of their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

F8 = NDArray[np.float64]
CANDIDATES = 400


@dataclass(frozen=True)
class Truth:
    """What animals go by.

    ``v_m2`` above 0 draws steps towards the centre as residents do. ``passes`` is the chance of
    passing a road; an animal that does not stays where it is and faces about. ``scale_m`` and
    ``beta`` may be those of each animal, ``[n, 1]``.
    """

    shape: float = 1.2
    scale_m: float | F8 = 250.0
    kappa: float = 0.4
    beta: float | F8 = 0.6
    beta_forest: float = 0.5
    pull_km2: float = 0.0
    v_m2: float = 0.0
    passes: float = 1.0


@dataclass(frozen=True)
class Ground:
    """Two maps of square cells about a centre at 0, 0."""

    number: F8
    forest: NDArray[np.int64]
    cell_m: float

    @property
    def west_m(self) -> float:
        return -self.cell_m * self.number.shape[1] / 2

    def cells(self, x: F8, y: F8) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return rows and columns, wrapped at the edge, which nobody reaches."""
        side = self.number.shape[0]
        row = np.floor((-self.west_m - y) / self.cell_m).astype(int) % side
        return row, np.floor((x - self.west_m) / self.cell_m).astype(int) % side


ROAD_EVERY = 12  # columns


def roads_entered(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many roads lie between columns; that in which a way begins is not entered."""
    east = end // ROAD_EVERY - start // ROAD_EVERY
    west = -(-start // ROAD_EVERY) + (-end // ROAD_EVERY)
    return np.where(end >= start, east, west)


def made_ground(side: int = 300, cell_m: float = 100.0, seed: int = 5) -> Ground:
    """Return patchy ground: a number with mean 0 and deviation 1, and a class on two fifths."""
    rng = np.random.default_rng(seed)
    number, wood = (gaussian_filter(rng.normal(size=(side, side)), s) for s in (2.0, 3.0))
    number = (number - number.mean()) / number.std()
    return Ground(number, (wood > np.quantile(wood, 0.6)).astype(int), cell_m)


def made_steps(truth: Truth, ground: Ground, n: int, n_steps: int, seed: int) -> pd.DataFrame:
    """Return steps of ``n`` animals, as bursts hold them: ``n_steps`` of each with a turn."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 800, (2, n))
    heading = rng.uniform(-np.pi, np.pi, n)
    rows = []
    for _ in range(n_steps + 1):
        length = rng.gamma(truth.shape, truth.scale_m, (n, CANDIDATES))
        turn = rng.vonmises(0.0, abs(truth.kappa), (n, CANDIDATES)) + np.pi * (truth.kappa < 0)
        ahead = heading[:, None] + turn
        nx, ny = x[:, None] + length * np.cos(ahead), y[:, None] + length * np.sin(ahead)
        if truth.v_m2:
            a = 1 - length**2 / (4 * truth.v_m2)
            away = length * np.sqrt(np.maximum(1 - length**2 / (8 * truth.v_m2), 0))
            nx = a * x[:, None] + away * np.cos(ahead)
            ny = a * y[:, None] + away * np.sin(ahead)
        at = ground.cells(nx, ny)
        eta = truth.beta * ground.number[at] + truth.beta_forest * ground.forest[at]
        w = np.exp(eta - truth.pull_km2 * (nx**2 + ny**2) / 2e6)
        odds = w / (w.sum(axis=1, keepdims=True) - w)
        sums = odds.cumsum(axis=1)
        k = (sums < rng.random((n, 1)) * sums[:, -1:]).sum(axis=1)
        one = np.arange(n)
        x1, y1 = nx[one, k], ny[one, k]
        met = roads_entered(ground.cells(x, y)[1], ground.cells(x1, y1)[1])
        stays = rng.random(n) >= truth.passes**met
        heading = np.arctan2(y1 - y, x1 - x) + np.pi * stays
        x1, y1 = np.where(stays, x, x1), np.where(stays, y, y1)
        rows.append((x, y, x1, y1))
        x, y = x1, y1
    return _table(np.array(rows), n)


def _table(rows: F8, n: int) -> pd.DataFrame:
    """Return ``[step, (x0, y0, x1, y1), animal]`` as a table of steps."""
    x0, y0, x1, y1 = (rows[:, i].T.ravel() for i in range(4))
    n_steps = rows.shape[0]
    length = np.hypot(x1 - x0, y1 - y0)
    heading = np.where(length > 0, np.arctan2(y1 - y0, x1 - x0), np.nan)
    turn = np.angle(np.exp(1j * np.diff(heading, prepend=0.0)))
    turn[::n_steps] = np.nan
    start = pd.date_range("2021-01-01", periods=n_steps, freq="3h")
    return pd.DataFrame(
        {
            "animal": np.repeat([f"a{i:02d}" for i in range(n)], n_steps),
            "burst": np.repeat(np.arange(n), n_steps),
            "start": np.tile(start, n),
            "x0_m": x0,
            "y0_m": y0,
            "x1_m": x1,
            "y1_m": y1,
            "length_m": length,
            "heading_rad": heading,
            "turn_rad": turn,
            "hour": np.tile((start.hour + 1.5) % 24, n),
            "day_of_year": np.tile(start.day_of_year, n),
        }
    )
