"""Counts between pairs of core areas: what a square table would hold, without the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corridor_sim import load_species
from corridor_sim.kernels.records import logged, make_log
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.reading import Unfit, packed
from corridor_sim.simulation.days.run_file import load_flux, load_run, record
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days
from corridor_sim.simulation.outcomes import Flux, equivalent_connected_area_km2
from corridor_sim.simulation.pairs import by_pair, count_pairs, from_square, no_pairs, summed
from corridor_sim.simulation.run_file import save_records

N = 9


def events(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    start, end = rng.integers(0, N, (2, n))
    square = np.zeros((N, N), np.int64)
    np.add.at(square, (start, end), 1)
    return start, end, square


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_the_square_without_its_zeros(seed: int) -> None:
    start, end, square = events(seed, 40)
    pairs = count_pairs(start, end)
    assert np.array_equal(pairs.rows, from_square(square).rows)
    assert pairs.total() == 40
    assert all(pairs.of(i, j) == square[i, j] for i in range(N) for j in range(N))
    assert pairs.between_areas().total() == square[1:, 1:].sum()


def test_sums_and_shares_of_runs_are_those_of_stacked_squares() -> None:
    squares = [events(seed, 30)[2] for seed in range(4)]
    many = [from_square(square) for square in squares]
    stacked = np.stack(squares)
    assert np.array_equal(summed(many).rows, from_square(stacked.sum(axis=0)).rows)
    assert np.array_equal(many[0].plus(no_pairs()).rows, many[0].rows)
    found = list(by_pair(many))
    assert [(i, j) for i, j, _ in found] == [tuple(at) for at in np.argwhere(stacked.sum(axis=0))]
    for i, j, counts in found:
        assert np.array_equal(counts, stacked[:, i, j])
    assert list(by_pair([])) == list(by_pair([no_pairs()])) == []


def test_the_highest_numbers_of_areas_are_kept_apart() -> None:
    pairs = count_pairs([32767, 32766, 32767], [32766, 32767, 0])
    assert pairs.rows.tolist() == [[32766, 32767, 1], [32767, 0, 1], [32767, 32766, 1]]


def test_a_log_without_room_says_so() -> None:
    log = make_log(3)
    log[0] = 4
    with pytest.raises(ValueError, match="a log of 3 moves between core areas met 4"):
        logged(log)
    assert make_log(0).size == 0


@pytest.mark.parametrize("most", [3, 1000])
def test_the_connected_area_is_that_of_the_square(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corridor_sim.simulation.outcomes.MOST_AREAS_AT_ONCE", most)
    _, _, square = events(1)
    born = square.sum(axis=1)
    area = np.random.default_rng(2).uniform(1, 50, N)
    p = square[1:, 1:] / born[1:, None]
    np.fill_diagonal(p, 1.0)
    expected = np.sqrt(area[1:] @ p @ area[1:])
    found = equivalent_connected_area_km2(area, Flux(born, from_square(square)))
    assert found == pytest.approx(expected, rel=1e-13)


def small_run() -> tuple[Simulation, object]:
    zones = np.zeros((60, 60), np.int16)
    zones[5:25, 5:25], zones[35:55, 35:55] = 1, 2
    land = uniform(60, 60, 1000.0, protected=zones)
    quota = {"jaguar": Quota(count=400, disperser_sampling=4)}
    stage = prepare_days([load_species("jaguar")], land, None, quota)
    sim = Simulation(stage, seed=4)
    sim.advance(60)
    sim.finish()
    return sim, record(sim.result("jaguar"), stage.species["jaguar"], stage, keep_tracks=False)


def test_run_files_of_squares_are_read_as_well(tmp_path: Path) -> None:
    """As they were written before: tables of all pairs."""
    _, kept = small_run()
    assert kept.settled.between_areas().total() > 0
    assert kept.transits.total() > 0
    save_records(tmp_path / "new.npz", {"jaguar": kept})
    with np.load(tmp_path / "new.npz") as data:
        arrays = {n: data[n] for n in data.files if n != "outcomes"}
    for name in ("settled", "transits"):
        square = np.zeros((3, 3), np.int64)
        rows = arrays.pop(f"jaguar/{name}_pairs")
        square[rows[:, 0], rows[:, 1]] = rows[:, 2]
        arrays[f"jaguar/{name}"] = square
    (tmp_path / "old.npz").write_bytes(packed(arrays, {"outcomes": np.stack([kept.values])}))
    for name in ("new", "old"):
        found = load_run(tmp_path / f"{name}.npz", ["jaguar"], 3)
        flux = load_flux(tmp_path / f"{name}.npz", ["jaguar"], tracks=False)
        assert found is not None
        assert flux is not None
        assert np.array_equal(found["jaguar"].settled.rows, kept.settled.rows), name
        assert np.array_equal(found["jaguar"].transits.rows, kept.transits.rows), name
        assert np.array_equal(flux["jaguar"].settled.rows, kept.settled.rows), name


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((2, 4), np.int64),
        np.zeros(3, np.int64),
        np.zeros((2, 3), np.float64),
        np.array([[0, 9, 1]]),
        np.array([[1, 2, 1], [1, 2, 1]]),
        np.array([[1, 2, 0]]),
    ],
)
def test_pairs_of_another_shape_are_no_run(bad: np.ndarray, tmp_path: Path) -> None:
    _, kept = small_run()
    save_records(tmp_path / "run.npz", {"jaguar": kept})
    with np.load(tmp_path / "run.npz") as data:
        arrays = {n: data[n] for n in data.files if n != "outcomes"}
    arrays["jaguar/settled_pairs"] = bad
    (tmp_path / "bad.npz").write_bytes(packed(arrays, {"outcomes": np.stack([kept.values])}))
    with pytest.raises(Unfit, match="settled_pairs"):
        load_run(tmp_path / "bad.npz", ["jaguar"], 3)
    with pytest.raises(Unfit, match="settled_pairs"):
        load_flux(tmp_path / "bad.npz", ["jaguar"], tracks=False)


def test_days_in_parts_log_the_same_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that holds a day's moves is read every day."""
    from corridor_sim.simulation.days import simulation

    whole = small_run()[0].transits["jaguar"]
    monkeypatch.setattr(simulation, "LOG_MOVES", 1)
    assert np.array_equal(small_run()[0].transits["jaguar"].rows, whole.rows)
