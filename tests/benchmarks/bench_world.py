"""The world of the benchmarks: 1000 x 1000 cells, 10,000 animals, everything switched on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from scipy.ndimage import distance_transform_cdt

from corridor_sim.engine.simulation import CHUNK
from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.records import Animals, Clock, Fields, Params, Tallies
from corridor_sim.species.tables import length_table, turning_table

SIDE = 1000
N_ANIMALS = 10_000
N_STEPS = 180  # a month of four-hour steps
PER_DAY = 6


def make_fields() -> Fields:
    """Return a rough raster of weights with a road every 50 cells, hazards and core areas."""
    rng = np.random.default_rng(1)
    shape = (SIDE, SIDE)
    permeability = np.ones(shape, np.float32)
    permeability[::50] = 0.5
    near = np.minimum(distance_transform_cdt(permeability == 1, "chessboard"), 255)
    zone = np.zeros(shape, np.int16)
    zone[200:400, 200:400], zone[600:800, 600:800] = 1, 2
    hazards = np.full((3, *shape), 1e-5, np.float32)
    dummy = np.zeros((1, 1), np.float32)
    fields = Fields(
        weight=np.exp(rng.normal(size=(1, *shape))).astype(np.float32),
        hazard_per_day=hazards,
        hazard_step=(-np.expm1(-hazards.sum(axis=0) / PER_DAY)).astype(np.float32),
        permeability=permeability,
        barrier_near=near.astype(np.uint8),
        zone=zone,
        lift_orographic_ms=dummy,
        lift_thermal_ms=dummy.copy(),
        nearest_roost=np.full((1, 1), -1, np.int32),
    )
    for values in fields:
        values.setflags(write=False)  # as the program's own are
    return fields


def make_params() -> Params:
    """Return residents with ten candidates, root mean square step 1.2 cells."""
    cos, sin = turning_table(0.3)
    table = (1, PER_DAY)
    return Params(
        n_candidates=10,
        steps_per_day=PER_DAY,
        length=length_table(0.42)[np.newaxis],
        turn_cos=cos[np.newaxis],
        turn_sin=sin[np.newaxis],
        pull=np.full(table, 0.93),
        scale=np.full(table, 1.2),
        rest=np.zeros(table),
        hazard_class=np.full(1, 1e-5),
        hazard_class_step=np.full(1, 1e-5 / PER_DAY),
        stage=np.zeros(1, np.int8),
        lift_samples=0,
        thermal_of_step=np.zeros(PER_DAY),
        sink_ms=1.0,
        soar_floor=1.0,
        climb_ceiling_m=0.0,
        glide_ratio=1.0,
        cell_m=1000.0,
        roost_return=np.full(1, -1.0),
    )


def make_animals() -> Animals:
    """Return animals spread evenly, each at the centre of its range."""
    rng = np.random.default_rng(2)
    n = N_ANIMALS
    x, y = rng.uniform(5, SIDE - 5, (2, n))

    def zeros(dtype: Any) -> Any:
        return np.zeros(n, dtype)

    return Animals(
        ident=np.arange(n), klass=zeros(np.int16), x=x, y=y, heading_x=np.ones(n),
        heading_y=zeros(float), centre_x=x.copy(), centre_y=y.copy(), roost_x=x.copy(),
        roost_y=y.copy(), state=zeros(np.int8), end_step=zeros(np.int64),
        natal_zone=zeros(np.int16), last_zone=zeros(np.int16), first_zone=zeros(np.int16),
        first_step=zeros(np.int64), path_m=zeros(float), flapped_m=zeros(float),
        takeoffs=zeros(np.int64), reserve_m=zeros(float), aloft=zeros(np.int8),
    )  # fmt: skip


def make_tallies() -> Tallies:
    """Return tallies that count everything."""
    shape = (SIDE, SIDE)
    return Tallies(
        np.zeros((1, *shape), np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros((3, 3), np.int64),
        np.zeros((0, 0, 2), np.float32),
    )


class Kernel:
    """The compiled kernel in the benchmark's world."""

    def __init__(self) -> None:
        self.fields, self.params, self.tallies = make_fields(), make_params(), make_tallies()
        self.start = make_animals()
        self.seconds_per_step(1, n_steps=1)  # compiles

    def walk(self, threads: int, n_steps: int = N_STEPS) -> tuple[Animals, float]:
        """Return all animals after ``n_steps`` from the start, and the wall time of one step."""
        animals = Animals(*(column.copy() for column in self.start))
        clock = Clock(0, n_steps, np.zeros(365, np.int8), 0, 7, *split_seed(1), PER_DAY)
        numba.set_num_threads(threads)
        begin = time.perf_counter()
        advance(animals, self.fields, self.params, clock, self.tallies, CHUNK)
        return animals, (time.perf_counter() - begin) / (N_ANIMALS * n_steps)

    def seconds_per_step(self, threads: int, n_steps: int = N_STEPS) -> float:
        """Return the wall time of one step of one animal."""
        return self.walk(threads, n_steps)[1]


def alternate(repeats: int, *timed: Callable[[], float]) -> list[list[float]]:
    """Time several things in turn, so that a busy moment of the machine meets all of them."""
    found: list[list[float]] = [[] for _ in timed]
    for _ in range(repeats):
        for times, measure in zip(found, timed, strict=True):
            times.append(measure())
    return found
