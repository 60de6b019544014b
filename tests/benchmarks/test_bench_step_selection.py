"""How long step selection of 30,000 steps against 50 random ones each takes on one core.

    python -m pytest -m benchmark -s tests/benchmarks/test_bench_step_selection.py

Processor time of one thread: ten animals, each alone and all together, with 12 coefficients, one of
them a mean along the way and one of crossings.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from rasterio.crs import CRS
from scipy.ndimage import gaussian_filter

from corridor_sim.telemetry.covariates import Place, Surface, Surfaces
from corridor_sim.telemetry.selection import fit_selection
from corridor_sim.telemetry.tracks import Bursts

pytestmark = pytest.mark.benchmark

STEPS, ANIMALS, SIDE, CELL = 30_000, 10, 2000, 100.0
LIMIT_S = 60.0
CODE = "EPSG:3035"


def tracks() -> Bursts:
    rng = np.random.default_rng(1)
    length, turn = rng.gamma(0.77, 470, STEPS), rng.uniform(-np.pi, np.pi, STEPS)
    heading = np.cumsum(turn)
    x0, y0 = rng.uniform(50_000, 150_000, (2, STEPS))
    table = pd.DataFrame(
        {
            "animal": np.repeat([f"a{i}" for i in range(ANIMALS)], STEPS // ANIMALS),
            "start": pd.date_range("2010-01-01", periods=STEPS, freq="6h"),
            "x0_m": x0,
            "y0_m": y0,
            "x1_m": x0 + length * np.cos(heading),
            "y1_m": y0 + length * np.sin(heading),
            "length_m": length,
            "heading_rad": heading,
            "turn_rad": turn,
            "hour": rng.uniform(0, 24, STEPS),
            "day_of_year": rng.integers(1, 366, STEPS),
        }
    )
    return Bursts(table, table, 360.0, 60.0)


def maps() -> Surfaces:
    rng = np.random.default_rng(2)
    crs = CRS.from_user_input(CODE)
    place = Place(0.0, SIDE * CELL, CELL, CELL, crs, crs)
    stacks = {
        name: gaussian_filter(rng.normal(size=(1, SIDE, SIDE)), (0, 3, 3)).astype(np.float32)
        for name in ("ndvi", "slope", "elevation", "forest")
    }
    stacks["forest"] = (stacks["forest"] > 0).astype(np.float32)
    stacks["road"] = np.zeros((1, SIDE, SIDE), np.float32)
    stacks["road"][:, :, ::60] = 1
    found = {
        name: Surface(name, "class" if name in ("forest", "road") else "continuous", stack, place)
        for name, stack in stacks.items()
    }
    return Surfaces(found, CODE)


def test_thirty_thousand_steps() -> None:
    herd, ground = tracks(), maps()
    terms = ["ndvi", "ndvi^2", "slope", "elevation", "forest[1]", "forest[1]:hour"]
    terms += ["along(forest[1])", "crossings(road)"]
    wall, began = time.perf_counter(), time.process_time()
    fit = fit_selection(herd, terms, ground, standardise="sample")
    used = time.process_time() - began
    print(
        f"{fit.together.logit.n_strata:,} steps x {fit.n_random}, {len(fit.names)} coefficients: "
        f"{used:.1f} s of processor, {time.perf_counter() - wall:.1f} s by the clock"
    )
    assert fit.together.logit.converged
    assert used < LIMIT_S
