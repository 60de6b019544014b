"""Checkpoints: refused whole where they are damaged, of another world, or would lead astray."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.config.dispersal import Sms
from corridor_sim.errors import ResultsError
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.checkpoint import restore, save
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import DaysContext, Simulation, prepare_days


def make_stage(side: int = 20, **more: Any) -> DaysContext:
    how = Sms(model="sms", moves_per_day=5, **more)
    return prepare_days(
        [load_species("jaguar")], uniform(side, side), None, {"jaguar": Quota(60)}, {"jaguar": how}
    )


@pytest.fixture(scope="module")
def stage() -> DaysContext:
    return make_stage()


@pytest.fixture
def path(stage: DaysContext, tmp_path: Path) -> Path:
    sim = Simulation(stage, seed=2**63 - 1, replicate=4, start_day=9, tracks=2, n_days=4)
    sim.advance(2)
    return save(sim, tmp_path / "run.npz")


def changed(path: Path, **arrays: Any) -> Path:
    with np.load(path, allow_pickle=False) as data:
        kept = dict(data)
    for name, change in arrays.items():
        full = next(n for n in kept if n.endswith(name.replace("__", "/")))
        kept[full] = change(kept[full].copy())
    with path.open("wb") as stream:
        np.savez(stream, **kept)
    return path


def test_a_run_goes_on_with_its_numbers(path: Path, stage: DaysContext) -> None:
    sim = restore(path, stage)
    assert (sim.seed, sim.replicate, sim.start_day, sim.day) == (2**63 - 1, 4, 9, 2)
    sim.advance(2)
    assert not np.isnan(sim.tallies["jaguar"].tracks[:, :2]).all()


def test_the_same_state_is_the_same_arrays(path: Path, stage: DaysContext) -> None:
    again = save(restore(path, stage), path.with_name("again.npz"))
    with np.load(path) as a, np.load(again) as b:
        assert a.files == b.files
        assert all(np.array_equal(a[n], b[n], equal_nan=a[n].dtype.kind == "f") for n in a.files)


@pytest.mark.parametrize("other", [{"side": 21}, {"persistence": 2.0}, {"memory": 2}])
def test_another_stage_is_noticed(path: Path, other: dict[str, Any]) -> None:
    with pytest.raises(ResultsError, match="of another landscape, species, movement model"):
        restore(path, make_stage(**other))


def put(value: Any) -> Any:
    def change(array: Any) -> Any:
        array[-1] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("animals__x", put(20.0), "x leads out"),
        ("animals__y", put(np.nan), "y leads out"),
        ("animals__roost_y", put(-1e-9), "roost_y leads out"),
        ("animals__klass", put(6), "no klass 6"),
        ("animals__last_zone", put(1), "no last_zone 1"),
        ("animals__state", lambda a: a[1:], "state is int8"),
        ("animals__path_m", lambda a: a.astype("f4"), "path_m is float32"),
        ("tallies__visits", lambda a: a[:1], "visits is int32"),
        ("tallies__tracks", lambda a: a[0], "tracks have no days"),
        ("mover0__cell", put(400), "cell leads out"),
        ("mover0__start", put(-1), "start leads out"),
        ("mover0__last_zone", put(1), "last_zone leads out"),
        ("mover0__memory", put(2**64 - 1), "direction that there is not"),
        ("mover0__steps", put(-1), "negative number of steps"),
        ("mover0__cell", lambda a: a[1:], "differ in length"),
        ("fingerprint", lambda a: a[1:], "of another landscape"),
        ("numbers", put(0), ""),
    ],
)
def test_what_would_lead_a_kernel_astray_is_refused(
    path: Path, stage: DaysContext, name: str, change: Any, words: str
) -> None:
    if not words:
        assert restore(changed(path, **{name: change}), stage).day == 0
        return
    with pytest.raises(ResultsError, match=words):
        restore(changed(path, **{name: change}), stage)


def test_damaged_packed_and_missing_files_are_one_line(path: Path, stage: DaysContext) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ResultsError, match="no checkpoint that can be read"):
        restore(path, stage)
    with pytest.raises(ResultsError, match="no checkpoint that can be read"):
        restore(path.with_name("none.npz"), stage)
    np.savez_compressed(path, numbers=np.zeros(10**6))
    with pytest.raises(ResultsError, match="its arrays are packed"):
        restore(path, stage)
    np.savez(path, numbers=np.array([{}], object))
    with pytest.raises(ResultsError, match="numbers is no plain array of numbers"):
        restore(path, stage)
