"""The compiled kernel and its readable twin agree to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor_sim.kernels.records import Animals, Clock, Fields, Params
from oracles import step as twin
from oracles.worlds import busy_case, copied, moves, rows, run, touched_cells


def assert_same(animals: Animals, fields: Fields, params: Params, clock: Clock) -> twin.Counts:
    """Run both on copies and compare every number of every animal and tally."""
    n_records = (clock.first_step + clock.n_steps) // clock.track_every
    individuals, counts = twin.advance(animals, fields, params, clock, n_records)
    after = copied(animals)
    tallies = run(after, fields, params, clock, n_records=n_records, touches=True)
    for name, column in after._asdict().items():
        seen = [getattr(a, name) for a in individuals]
        assert column.tolist() == seen, name
    for name in ("visits", "passed", "blocked"):
        array = getattr(tallies, name)
        found = {tuple(map(int, at)): int(array[tuple(at)]) for at in np.argwhere(array)}
        assert found == dict(getattr(counts, name)), name
    assert moves(tallies.transits) == dict(counts.transits)
    tracks = np.zeros_like(tallies.tracks)
    for at, position in counts.tracks.items():
        tracks[at] = position
    assert np.array_equal(tracks, tallies.tracks)
    for i in range(animals.x.size):
        assert touched_cells(tallies, i) == counts.touched.get(i, set())
    return counts


@pytest.mark.parametrize("seed", range(25))
def test_equal_to_the_bit_with_all_features_on(seed: int) -> None:
    assert_same(*busy_case(seed, n_steps=60))


@pytest.mark.parametrize("seed", range(25))
def test_equal_to_the_bit_where_ground_is_missing(seed: int) -> None:
    animals, fields, params, clock = busy_case(seed, n_steps=60, bare=True)
    counts = assert_same(animals, fields, params, clock)
    assert not any(fields.permeability[row, col] < 0 for _, row, col in counts.visits)


@pytest.mark.parametrize("seed", range(5))
def test_recording_what_was_touched_changes_no_life(seed: int) -> None:
    animals, fields, params, clock = busy_case(seed, n_steps=60)
    plain, recorded = copied(animals), copied(animals)
    run(plain, fields, params, clock)
    run(recorded, fields, params, clock, touches=True)
    for one, other in zip(plain, recorded, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("seed", range(10))
def test_a_change_where_nothing_was_touched_changes_no_life(seed: int) -> None:
    """All else is ruined: every cell that an animal did not touch, in every field at once."""
    herd, fields, params, clock = busy_case(seed, n=6, n_steps=25, height=25, width=25)
    for i in np.flatnonzero(herd.state == 0):
        before, after = rows(herd, [i]), rows(herd, [i])
        cells = touched_cells(run(before, fields, params, clock, touches=True), 0)
        kept = np.zeros(fields.zone.shape, bool)
        kept[tuple(np.array(sorted(cells)).T)] = True
        assert 0 < kept.sum() < kept.size
        ruined = {name: value.copy() for name, value in fields._asdict().items()}
        for name, value in ruined.items():
            if name == "barrier_near":
                value[:] = 0  # a shortcut: nearer than it is costs time and changes nothing
            else:
                value[..., ~kept] = -1 if name == "nearest_roost" else 0
        run(after, Fields(**ruined), params, clock)
        for name, one in before._asdict().items():
            assert np.array_equal(one, getattr(after, name)), name


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_equal_to_the_bit_in_longer_runs(seed: int) -> None:
    assert_same(*busy_case(seed, n=30, n_steps=300, height=25, width=21))


def test_the_random_cases_reach_every_feature() -> None:
    """Guards the test above: a twin compared where nothing happens shows nothing."""
    met = dict.fromkeys(["passed", "blocked", "transits", "flapped", "takeoffs", "roosted"], 0)
    causes: set[int] = set()
    for seed in range(25):
        animals, fields, params, clock = busy_case(seed, n_steps=60)
        after = copied(animals)
        tallies = run(after, fields, params, clock)
        for name in ("passed", "blocked"):
            met[name] += int(getattr(tallies, name).sum())
        met["transits"] += int(tallies.transits[0])
        met["flapped"] += int((after.flapped_m > 0).sum())
        met["takeoffs"] += int(after.takeoffs.sum())
        met["roosted"] += int((after.roost_x != animals.roost_x).sum())
        causes |= set(after.state[animals.state == 0].tolist())
    assert min(met.values()) > 50, met
    assert causes == {0, 1, 2, 3, 4}


@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 6),
    n_steps=st.integers(0, 30),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    flags=st.fixed_dictionaries(
        {k: st.booleans() for k in ("barriers", "hazards", "soars", "roosts", "rests")}
    ),
)
def test_equal_to_the_bit_in_any_world(
    seed: int, n: int, n_steps: int, height: int, width: int, flags: dict[str, bool]
) -> None:
    assert_same(*busy_case(seed, n=n, n_steps=n_steps, height=height, width=width, **flags))
