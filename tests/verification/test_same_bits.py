"""The same bits: one scenario, three movement models, and everything that must not matter.

Threads (1, 2, 4), animals side by side (1, 7, 1000), their order, a run split in two and continued
from a file, and the compiler: all arrays of all animals and all counts must be equal, not close.

The runs take place in two other processes, so that four threads exist on a machine of two
processors, and so that one of them can do without the compiler.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oracles.elsewhere import environment

MODELS = ("step_selection", "random_walk", "sms")
THREADS = ("1 thread", "2 threads", "4 threads")
CHUNKS = ("chunks of 1", "chunks of 7", "chunks of 1000")
REST = ("another order", "a checkpoint", "two checkpoints")
DAYS = 14
Digests = dict[str, str]


@cache
def make_stage(model: str, side: int, count: int) -> Any:
    """Return jaguars among roads, hunters and core areas; dispersers move by ``model``."""
    from corridor_sim import load_species
    from corridor_sim.config.dispersal import MODELS as TABLE
    from corridor_sim.landscape.synthetic import uniform
    from corridor_sim.simulation.days.seeding import Quota
    from corridor_sim.simulation.days.simulation import prepare_days

    road, core = np.zeros((side, side), np.uint8), np.zeros((side, side), np.int16)
    road[side // 2], road[:, side // 3] = 2, 1
    core[: side // 2, : side // 4], core[: side // 2, side // 4 : side // 2] = 1, 2
    more: dict[str, Any] = {"model": model}
    if model != "step_selection":
        more["moves_per_day"] = 10
    if model == "sms":
        more |= {"perceptual_range": 2, "persistence": 3.0, "memory": 4, "settles": 0.1}
        more |= {"goal_bias": 1.5, "goal_bias_decay": 0.1, "goal_bias_half_steps": 30.0}
    return prepare_days(
        [load_species("jaguar")],
        uniform(side, side, road=road, protected=core),
        None,
        {"jaguar": Quota(count, 1.0, 6.0)},
        {"jaguar": TABLE[model].options(**more)},
    )


def begin(stage: Any, order: Any = slice(None)) -> Any:
    """Return a fresh run, its animals in another order where one is given; all leave tracks."""
    from corridor_sim.kernels.records import Animals
    from corridor_sim.simulation.days.simulation import Simulation

    sim = Simulation(stage, seed=20, replicate=3, start_day=40, tracks=10**6, n_days=DAYS)
    individuals = sim.animals["jaguar"]
    sim.animals["jaguar"] = Animals(*(column[order].copy() for column in individuals))
    sim._start_xy["jaguar"] = sim._start_xy["jaguar"][order]
    return sim


def digests(sim: Any, order: Any = slice(None)) -> Digests:
    """Return the hash of every array that the run ends with, animals in the order they had."""
    individuals, counts = sim.animals["jaguar"], sim.tallies["jaguar"]
    back = np.argsort(np.arange(individuals.x.size)[order])
    arrays = {n: a[back] for n, a in individuals._asdict().items()}
    arrays |= counts._replace(tracks=counts.tracks[back])._asdict()
    arrays["transits"] = sim.transits["jaguar"].rows
    arrays["start"] = sim._start_xy["jaguar"][back]
    return {n: hashlib.sha256(np.ascontiguousarray(a).data).hexdigest() for n, a in arrays.items()}


def run(stage: Any, *, chunk: int = 64, order: Any = slice(None), parts: Any = (DAYS,)) -> Digests:
    """Return the digests of a run in parts, each in fresh objects from the last one's file."""
    from corridor_sim.simulation.days import checkpoint, simulation

    simulation.CHUNK, simulation.MIN_CHUNKS = chunk, 1
    sim = begin(stage, order)
    with tempfile.TemporaryDirectory() as folder:
        for i, days in enumerate(parts):
            if i > 0:
                path = checkpoint.save(sim, Path(folder) / "run.npz")
                sim = checkpoint.restore(path, stage)
            sim.advance(days)
    return digests(sim, order)


def compiled() -> dict[str, dict[str, Digests]]:
    import numba

    found: dict[str, dict[str, Digests]] = {}
    for model in MODELS:
        stage = make_stage(model, 40, 700)
        here: dict[str, Digests] = {}
        for name in THREADS:
            numba.set_num_threads(int(name.split()[0]))
            here[name] = run(stage, chunk=4)
        for name in CHUNKS:
            here[name] = run(stage, chunk=int(name.split()[-1]))
        order = np.random.default_rng(5).permutation(begin(stage).animals["jaguar"].x.size)
        here["another order"] = run(stage, order=order)
        here["a checkpoint"] = run(stage, parts=(5, DAYS - 5))
        here["two checkpoints"] = run(stage, parts=(1, 7, DAYS - 8))
        found[model] = {**here, "small": small(model)}
    return found


def small(model: str) -> Digests:
    return run(make_stage(model, 12, 12), parts=(1, 2))


def interpreted() -> dict[str, dict[str, Digests]]:
    return {model: {"small": small(model)} for model in MODELS}


def elsewhere(what: str, **env: str) -> Any:
    done = subprocess.run(
        [sys.executable, __file__, what],
        env=environment(**env),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found() -> Any:
    return elsewhere("compiled", NUMBA_NUM_THREADS="4")


@pytest.mark.parametrize("other", [*THREADS[1:], *CHUNKS, *REST])
@pytest.mark.parametrize("model", MODELS)
def test_nothing_but_the_scenario_decides(found: Any, model: str, other: str) -> None:
    assert found[model][other] == found[model]["1 thread"]


def test_the_compiler_changes_nothing(found: Any) -> None:
    without = elsewhere("interpreted", NUMBA_DISABLE_JIT="1", NUMBA_NUM_THREADS="1")
    for model in MODELS:
        assert without[model]["small"] == found[model]["small"], model


@pytest.mark.slow
def test_plain_numba_changes_nothing(found: Any) -> None:
    """What is done without a version of numba whose inner parts are not known."""
    plain = elsewhere("compiled", NUMBA_NUM_THREADS="4", CORRIDOR_SIM_PLAIN_NUMBA="1")
    assert plain == found


def test_the_models_differ_and_their_runs_reach_every_count(found: Any) -> None:
    """Runs in which nothing happens would be equal too."""
    from corridor_sim.kernels.states import SETTLED

    ends = {found[model]["1 thread"]["x"] for model in MODELS}
    assert len(ends) == len(MODELS)
    for model in MODELS:
        sim = begin(make_stage(model, 40, 700))
        sim.advance(DAYS)
        counts = sim.tallies["jaguar"]
        for name in ("visits", "passed", "blocked"):
            assert getattr(counts, name).any(), (model, name)
        assert sim.transits["jaguar"].total() > 0, model
        state = sim.animals["jaguar"].state
        assert ((state > 0) & (state != SETTLED)).any(), model
        assert (state == SETTLED).any() == (model == "sms"), model


if __name__ == "__main__":
    print(json.dumps({"compiled": compiled, "interpreted": interpreted}[sys.argv[1]]()))
