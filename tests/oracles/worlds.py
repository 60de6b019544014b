"""Builders of kernel inputs for tests: plain worlds by default, everything at once on request."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_cdt

from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.crossing import NO_GROUND, Memory, remembers
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.records import Animals, Clock, Fields, Params, Tallies, logged, make_log

F4 = np.float32


def _spread(value: Any, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return ``value`` over ``shape``: a writable copy, since read-only is a type of its own."""
    return np.array(np.broadcast_to(np.asarray(value, dtype), shape), order="C")


# Tables of a walk on cell centres: steps of exactly one cell, east, south, west or north.
LATTICE = (np.ones((1, 1), F4), np.array([[1, 0, -1, 0]], F4), np.array([[0, 1, 0, -1]], F4))

EAST = (np.ones((1, 1), F4), np.ones((1, 1), F4), np.zeros((1, 1), F4))


def make_fields(
    height: int,
    width: int,
    *,
    weight: Any = 1.0,
    hazard_per_day: Any = 0.0,
    steps_per_day: int = 6,
    permeability: Any = 1.0,
    zone: Any = 0,
    orographic: Any = None,
    thermal: Any = None,
    nearest_roost: Any = None,
) -> Fields:
    """Return fields; numbers are spread over the raster, ``weight`` over one season."""
    shape = (height, width)

    def raster(value: Any, dtype: Any, *lead: int) -> NDArray[Any]:
        return _spread(value, (*lead, *shape), dtype)

    weights = np.asarray(weight, F4)
    weights = raster(weights, F4, weights.shape[0] if weights.ndim == 3 else 1)
    hazards = raster(hazard_per_day, F4, 3)
    perm = raster(permeability, F4)
    near = np.full(shape, 255, np.uint8)
    if (perm < 1).any():
        near = np.minimum(distance_transform_cdt(perm >= 1, "chessboard"), 255).astype(np.uint8)
    dummy = np.zeros((1, 1), F4)
    return Fields(
        weights,
        hazards,
        (-np.expm1(-hazards.sum(axis=0, dtype=np.float64) / steps_per_day)).astype(F4),
        perm,
        near,
        raster(zone, np.int16),
        dummy if orographic is None else raster(orographic, F4),
        dummy if thermal is None else raster(thermal, F4),
        np.full((1, 1), -1, np.int32) if nearest_roost is None else raster(nearest_roost, np.int32),
    )


def make_params(
    tables: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]] = LATTICE,
    *,
    n_candidates: int = 1,
    steps_per_day: int = 6,
    pull: Any = 1.0,
    tether: Any = 0.0,
    scale: Any = 1.0,
    switch: Any = None,
    n_class: int | None = None,
    rest: Any = 0.0,
    hazard_class_per_day: Any = 0.0,
    stage: Any = 0,
    lift_samples: int = 0,
    thermal_of_step: Any = 1.0,
    soar_floor: float = 0.1,
    glide_ratio: float = 15.0,
    climb_ceiling_m: float = 1000.0,
    cell_m: float = 1000.0,
    roost_return: Any = -1.0,
    memory: Memory | None = None,
) -> Params:
    """Return parameters; per-class and per-step values are spread over both."""
    n_gaits = tables[0].shape[0]
    # without behaviours every class has one gait
    switches = np.ones((n_gaits, 2, 1)) if switch is None else np.asarray(switch, np.float64)
    n_class = n_gaits // switches.shape[2] if n_class is None else n_class

    def table(value: Any, n: int = n_gaits) -> NDArray[np.float64]:
        return _spread(value, (n, steps_per_day), np.float64)

    def column(value: Any, dtype: Any) -> NDArray[Any]:
        return _spread(value, (n_class,), dtype)

    own = column(hazard_class_per_day, np.float64)
    return Params(
        n_candidates,
        steps_per_day,
        *tables,
        table(pull),
        table(tether),
        table(scale),
        switches,
        table(rest, n_class),
        own,
        -np.expm1(-own / steps_per_day),
        column(stage, np.int8),
        lift_samples,
        _spread(thermal_of_step, (steps_per_day,), np.float64),
        0.8,
        soar_floor,
        climb_ceiling_m,
        glide_ratio,
        cell_m,
        column(roost_return, np.float64),
        memory or remembers(0, 0),
    )


def make_animals(x: Any, y: Any, *, klass: Any = 0, ident: Any = None) -> Animals:
    """Return living animals at ``(x, y)`` in cells, heading east, centred and roosting there."""
    xs, ys = (np.array(v, np.float64).ravel() for v in np.broadcast_arrays(x, y))
    n = xs.size
    return Animals(
        ident=np.arange(n, dtype=np.int64) if ident is None else np.asarray(ident, np.int64),
        klass=_spread(klass, (n,), np.int16),
        x=xs,
        y=ys,
        heading_x=np.ones(n),
        heading_y=np.zeros(n),
        centre_x=xs.copy(),
        centre_y=ys.copy(),
        roost_x=xs.copy(),
        roost_y=ys.copy(),
        state=np.zeros(n, np.int8),
        end_step=np.full(n, -1, np.int64),
        natal_zone=np.zeros(n, np.int16),
        last_zone=np.zeros(n, np.int16),
        first_zone=np.zeros(n, np.int16),
        first_step=np.full(n, -1, np.int64),
        path_m=np.zeros(n),
        flapped_m=np.zeros(n),
        takeoffs=np.zeros(n, np.int64),
        reserve_m=np.zeros(n),
        aloft=np.zeros(n, np.int8),
        met=np.full(n, -1, np.int64),
        profile=np.zeros(n, np.int16),
        behaviour=np.full(n, -1, np.int8),
    )


def make_clock(
    n_steps: int, *, first_step: int = 0, seed: int = 1, track_every: int = 1, **more: Any
) -> Clock:
    """Return a clock of one season unless told otherwise."""
    season_of_day = np.asarray(more.get("season_of_day", np.zeros(365)), np.int8)
    return Clock(
        first_step,
        n_steps,
        season_of_day,
        int(more.get("replicate", 0)),
        int(more.get("stream", 0)),
        *split_seed(seed),
        track_every,
    )


def make_tallies(
    fields: Fields,
    *,
    n_stages: int = 1,
    transits: int = 1_000_000,
    tracks: tuple[int, int] = (0, 0),
) -> Tallies:
    """Return empty tallies that count everything; ``tracks`` is (animals, records)."""
    height, width = fields.zone.shape
    return Tallies(
        np.zeros((n_stages, height, width), np.int32),
        np.zeros((height, width), np.int32),
        np.zeros((height, width), np.int32),
        make_log(transits),
        np.zeros((*tracks, 2), F4),
    )


def moves(log: Any) -> dict[tuple[int, int], int]:
    """Return how often each pair of core areas stands in a log of moves."""
    start, end = logged(log)
    return dict(Counter(zip(start.tolist(), end.tolist(), strict=True)))


def in_order(tallies: Any) -> Any:
    """Return tallies with a sorted log of moves: threads write in the order in which they come."""
    log = tallies.transits.copy()
    if log.size:
        log[1 : 1 + log[0]].sort()
    return tallies._replace(transits=log)


def run(
    animals: Animals,
    fields: Fields,
    params: Params,
    clock: Clock,
    *,
    n_records: int = 0,
    touches: bool = False,
) -> Tallies:
    """Advance ``animals`` in place with the compiled kernel and return its tallies.

    With ``touches`` every cell is a part of its own, numbered row by row.
    """
    tallies = make_tallies(
        fields,
        n_stages=int(params.stage.max()) + 1,
        tracks=(animals.x.size if n_records else 0, n_records),
    )
    if touches:
        part = np.arange(fields.zone.size, dtype=np.int32).reshape(fields.zone.shape)
        touched = np.zeros((animals.x.size, part.size // 64 + 1), np.uint64)
        tallies = tallies._replace(part=part, touched=touched)
    advance(animals, fields, params, clock, tallies, 64)
    return tallies


def touched_cells(tallies: Any, i: int) -> set[tuple[int, int]]:
    """Return the cells whose bits are set for animal ``i``, every cell being a part of its own."""
    bits = np.unpackbits(tallies.touched[i].view(np.uint8), bitorder="little")
    width = tallies.part.shape[1]
    return {divmod(int(cell), width) for cell in np.flatnonzero(bits)}


def copied(record: Any) -> Any:
    """Return a named tuple with its arrays copied."""
    return type(record)(*(v.copy() if isinstance(v, np.ndarray) else v for v in record))


def rows(animals: Animals, which: Any) -> Animals:
    """Return copies of the rows that ``which`` (indices, mask or slice) picks."""
    picked: Any = (np.ascontiguousarray(column[which]) for column in animals)
    return Animals(*picked)


def busy_case(
    seed: int,
    *,
    n: int = 12,
    n_steps: int = 20,
    height: int = 9,
    width: int = 11,
    barriers: bool = True,
    hazards: bool = True,
    soars: bool = True,
    roosts: bool = True,
    rests: bool = True,
    bare: bool = False,
) -> tuple[Animals, Fields, Params, Clock]:
    """Return a random small world with every feature asked for, several classes and seasons.

    ``bare`` takes the ground away in a fifth of the cells, never below an animal.
    """
    rng = np.random.default_rng(seed)
    shape = (height, width)
    n_class = int(rng.integers(1, 4))
    n_profiles, n_behaviours = (int(n) for n in rng.integers(1, 4, 2))
    n_gaits = n_class * n_profiles * n_behaviours
    per_day = int(rng.integers(1, 6))
    n_season = int(rng.integers(1, 4))
    weight = rng.gamma(0.5, size=(n_season, *shape)) * (rng.random((n_season, *shape)) < 0.8)
    permeability = np.where(rng.random(shape) < 0.25, rng.choice([0.0, 0.3, 0.9], shape), 1.0)
    roosts_at = rng.integers(-1, height * width, shape)
    fields = make_fields(
        height,
        width,
        weight=weight,
        hazard_per_day=rng.gamma(0.3, 0.05, (3, *shape)) if hazards else 0.0,
        steps_per_day=per_day,
        permeability=permeability if barriers else 1.0,
        zone=rng.integers(0, 4, shape) * (rng.random(shape) < 0.5),
        orographic=rng.gamma(0.5, 0.5, shape) if soars else None,
        thermal=rng.gamma(0.5, 0.5, shape) if soars else None,
        nearest_roost=roosts_at if roosts else None,
    )
    n_length, n_turn = int(rng.integers(1, 40)), int(rng.integers(1, 40))
    turns = rng.uniform(-np.pi, np.pi, (n_gaits, n_turn))
    chances = rng.dirichlet(np.ones(n_behaviours), (n_class * n_profiles, 1 + n_behaviours))
    params = make_params(
        (
            rng.gamma(0.5, size=(n_gaits, n_length)).astype(F4),
            np.cos(turns).astype(F4),
            np.sin(turns).astype(F4),
        ),
        n_candidates=int(rng.integers(1, 14)),
        steps_per_day=per_day,
        pull=np.where(rng.random((n_gaits, 1)) < 0.3, 1.0, rng.uniform(0, 1, (n_gaits, per_day))),
        tether=np.where(rng.random((n_gaits, 1)) < 0.3, 0.0, rng.uniform(0, 1, (n_gaits, per_day))),
        scale=rng.uniform(0.2, 3.0, (n_gaits, per_day)),
        switch=np.cumsum(chances, axis=2),
        n_class=n_class,
        rest=rng.uniform(-0.3, 0.6, (n_class, per_day)).clip(0) if rests else 0.0,
        hazard_class_per_day=rng.gamma(0.5, 0.02, n_class) if hazards else 0.0,
        stage=rng.integers(0, 2, n_class),
        lift_samples=int(rng.integers(1, 6)) if soars else 0,
        thermal_of_step=rng.uniform(0, 1, per_day),
        roost_return=rng.choice([-1.0, 0.0, 0.5, 1.0], n_class) if roosts else -1.0,
        cell_m=500.0,
        memory=remembers(rng.choice([0.0, 3.0, 20.0]), rng.choice([0.0, 2.5, np.inf])),
    )
    animals = make_animals(
        rng.uniform(0, width, n),
        rng.uniform(0, height, n),
        klass=rng.integers(0, n_class, n),
        ident=rng.choice(2**32, n, replace=False),
    )
    animals.centre_x[:] = rng.uniform(0, width, n)
    animals.centre_y[:] = rng.uniform(0, height, n)
    animals.natal_zone[:] = rng.integers(0, 4, n)
    animals.profile[:] = rng.integers(0, n_profiles, n)
    animals.state[:] = rng.random(n) < 0.1
    if bare:
        off = rng.random(shape) < 0.2
        off[animals.y.astype(int), animals.x.astype(int)] = False
        fields.weight[:, off] = fields.permeability[off] = NO_GROUND
        fields.barrier_near[:] = np.minimum(
            distance_transform_cdt(fields.permeability >= 1, "chessboard"), 255
        )
    clock = make_clock(
        n_steps,
        first_step=int(rng.choice([0, 5, 1000])),
        seed=int(rng.integers(2**63)),
        track_every=int(rng.integers(1, 4)),
        season_of_day=rng.integers(0, n_season, int(rng.integers(1, 9))),
        replicate=int(rng.integers(2**32)),
        stream=int(rng.integers(2**16)),
    )
    return animals, fields, params, clock
