"""The world of the benchmarks: 1000 x 1000 cells or more, 10,000 animals, everything on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from works import everywhere, tiled

from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.crossing import remembers
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.records import Animals, Clock, Fields, Params, Tallies, make_log
from corridor_sim.simulation.days.simulation import CHUNK
from corridor_sim.species.tables import length_table, turning_table

SIDE = 1000
N_ANIMALS = 10_000
N_STEPS = 180  # a month of four-hour steps
PER_DAY = 6


def make_fields(shape: tuple[int, int] = (SIDE, SIDE)) -> Fields:
    """Return a rough raster of weights with a road every 50 cells, hazards and core areas.

    Larger rasters repeat the one of 1000 x 1000 cells, core areas apart; they are filled in place,
    so that making them takes no more memory than they do.
    """
    rng = np.random.default_rng(1)
    weight = np.exp(rng.normal(size=np.minimum(shape, SIDE))).astype(np.float32)
    permeability = everywhere(shape, 1, np.float32)
    permeability[::50] = 0.5
    row = np.arange(shape[0])
    last_road = (shape[0] - 1) // 50 * 50
    away = np.where(row > last_road, row - last_road, np.minimum(row % 50, -row % 50))
    near = everywhere(shape, away[:, None], np.uint8)
    zone = everywhere(shape, 0, np.int16)
    zone[200:400, 200:400], zone[600:800, 600:800] = 1, 2
    hazards = everywhere((3, *shape), 1e-5, np.float32)
    dummy = np.zeros((1, 1), np.float32)
    in_step = -np.expm1(-hazards[:, 0, 0].sum() / PER_DAY)
    fields = Fields(
        weight=tiled(weight, shape)[None],
        hazard_per_day=hazards,
        hazard_step=everywhere(shape, in_step, np.float32),
        permeability=permeability,
        barrier_near=near,
        zone=zone,
        lift_orographic_ms=dummy,
        lift_thermal_ms=dummy.copy(),
        nearest_roost=np.full((1, 1), -1, np.int32),
    )
    for values in fields:
        values.setflags(write=False)  # as the program's own are
    return fields


def make_params(scale: float = 1.2) -> Params:
    """Return residents with ten candidates, root mean square step ``scale`` cells."""
    cos, sin = turning_table(0.3)
    table = (1, PER_DAY)
    return Params(
        n_candidates=10,
        steps_per_day=PER_DAY,
        length=length_table(0.42)[np.newaxis],
        turn_cos=cos[np.newaxis],
        turn_sin=sin[np.newaxis],
        pull=np.full(table, 0.93),
        tether=np.zeros(table),
        scale=np.full(table, scale),
        switch=np.ones((1, 2, 1)),
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
        memory=remembers(2 * PER_DAY, 7),
    )


def make_animals(n: int = N_ANIMALS, shape: tuple[int, int] = (SIDE, SIDE)) -> Animals:
    """Return animals spread evenly, each at the centre of its range."""
    rng = np.random.default_rng(2)
    x = rng.uniform(5, shape[1] - 5, n)
    y = rng.uniform(5, shape[0] - 5, n)

    def zeros(dtype: Any) -> Any:
        return np.zeros(n, dtype)

    return Animals(
        ident=np.arange(n),
        klass=zeros(np.int16),
        x=x,
        y=y,
        heading_x=np.ones(n),
        heading_y=zeros(float),
        centre_x=x.copy(),
        centre_y=y.copy(),
        roost_x=x.copy(),
        roost_y=y.copy(),
        state=zeros(np.int8),
        end_step=zeros(np.int64),
        natal_zone=zeros(np.int16),
        last_zone=zeros(np.int16),
        first_zone=zeros(np.int16),
        first_step=zeros(np.int64),
        path_m=zeros(float),
        flapped_m=zeros(float),
        takeoffs=zeros(np.int64),
        reserve_m=zeros(float),
        aloft=zeros(np.int8),
        met=np.full(n, -1),
        profile=zeros(np.int16),
        behaviour=np.full(n, -1, np.int8),
    )


def make_tallies(shape: tuple[int, int] = (SIDE, SIDE), stages: int = 1) -> Tallies:
    """Return tallies that count everything."""
    return Tallies(
        np.zeros((stages, *shape), np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        make_log(1 << 20),
        np.zeros((0, 0, 2), np.float32),
    )


def no_tallies() -> Tallies:
    """Return tallies that count nothing but moves between core areas."""
    nothing = np.zeros((0, 0), np.int32)
    return make_tallies((1, 1))._replace(
        visits=np.zeros((0, 0, 0), np.int32), passed=nothing, blocked=nothing.copy()
    )


class Kernel:
    """The compiled kernel in the benchmark's world.

    ``stages``: how many rasters of visits there are; the animals all count in the first, in the
    others the memory is taken as in a run.
    """

    def __init__(
        self,
        shape: tuple[int, int] = (SIDE, SIDE),
        n: int = N_ANIMALS,
        *,
        stages: int = 1,
        scale: float = 1.2,
    ) -> None:
        self.fields, self.params = make_fields(shape), make_params(scale)
        self.tallies = make_tallies(shape, stages)
        for counts in self.tallies:
            counts[:] = 0  # memory of their own
        self.start = make_animals(n, shape)
        self.seconds_per_step(1, n_steps=1)  # compiles

    def walk(
        self,
        threads: int,
        n_steps: int = N_STEPS,
        *,
        counted: bool = True,
        clock: Callable[[], float] = time.perf_counter,
    ) -> tuple[Animals, float]:
        """Return all animals after ``n_steps`` from the start, and the time of one step."""
        animals = Animals(*(column.copy() for column in self.start))
        steps = Clock(0, n_steps, np.zeros(365, np.int8), 0, 7, *split_seed(1), PER_DAY)
        tallies = self.tallies if counted else no_tallies()
        numba.set_num_threads(threads)
        begin = clock()
        advance(animals, self.fields, self.params, steps, tallies, CHUNK)
        return animals, (clock() - begin) / (animals.x.size * n_steps)

    def seconds_per_step(self, threads: int, n_steps: int = N_STEPS) -> float:
        """Return the wall time of one step of one animal."""
        return self.walk(threads, n_steps)[1]

    def cpu_ns(self, n_steps: int = N_STEPS, *, counted: bool = True) -> float:
        """Return the processor time of one step of one animal on one thread."""
        return self.walk(1, n_steps, counted=counted, clock=time.process_time)[1] * 1e9


def alternate(repeats: int, *timed: Callable[[], float]) -> list[list[float]]:
    """Time several things in turn, so that a busy moment of the machine meets all of them."""
    found: list[list[float]] = [[] for _ in timed]
    for _ in range(repeats):
        for times, measure in zip(found, timed, strict=True):
            times.append(measure())
    return found
