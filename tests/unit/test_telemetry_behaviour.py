"""Behavioural states: likelihood by brute force, exact score, names, odd records, what follows."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma

from corridor_sim.errors import CorridorSimError
from corridor_sim.kernels.hidden_states import backward, forward
from corridor_sim.telemetry.behaviour import LEAST_STEPS_OWN, fit_behaviour
from corridor_sim.telemetry.behaviour_model import (
    Parameters,
    expected,
    from_working,
    improved,
    likeliest_states,
    observed,
    score,
    to_working,
    working_names,
)
from corridor_sim.telemetry.implied import implied, observed_msd
from corridor_sim.telemetry.steps import fit_gamma, fit_steps, mean_cosine
from oracles import behaviour as twin
from oracles.behaviour import TWO, made_up
from oracles.verdict import Z

THREE = Parameters(
    np.array([0.7, 1.1, 2.0]),
    np.array([20.0, 150.0, 600.0]),
    np.array([-1.0, 0.2, 1.4]),
    np.array([0.2, 0.05, 0.01]),
    np.array([[0.7, 0.2, 0.1], [0.15, 0.7, 0.15], [0.05, 0.25, 0.7]]),
)
WITH_ZEROS = replace(TWO, zero=np.array([0.2, 0.03]))


def seen(table):
    first = (table["burst"] != table["burst"].shift()).to_numpy()
    return observed(table["length_m"].to_numpy(), table["turn_rad"].to_numpy(), first)


@pytest.mark.parametrize("p", [TWO, WITH_ZEROS, THREE], ids=["two", "zeros", "three"])
def test_likelihood_and_states_are_those_of_the_sum_over_all_paths(p: Parameters) -> None:
    data = seen(made_up(p, [8], 3))
    assert (p is TWO) or data.zeros
    paths = list(twin.all_paths(data, p))
    total = math.fsum(chance for _, chance in paths)
    e = expected(data, p)
    assert e.log_likelihood == pytest.approx(math.log(total), rel=1e-10)
    for t, j in itertools.product(range(8), range(p.shape.size)):
        share = math.fsum(chance for path, chance in paths if path[t] == j) / total
        assert e.state[t, j] == pytest.approx(share, abs=1e-10)
    moves = np.zeros_like(p.move)
    for path, chance in paths:
        np.add.at(moves, (path[:-1], path[1:]), chance / total)
    assert e.pairs == pytest.approx(moves, abs=1e-10)
    best, _ = max(paths, key=lambda one: one[1])
    assert likeliest_states(data, p).tolist() == list(best)


def test_bursts_are_independent() -> None:
    table = made_up(THREE, [5, 1, 7], 1)
    parts = [expected(seen(one), THREE) for _, one in table.groupby("burst")]
    whole = expected(seen(table), THREE)
    assert whole.log_likelihood == pytest.approx(sum(e.log_likelihood for e in parts))
    assert whole.firsts == pytest.approx(sum(e.firsts for e in parts))
    paths = [likeliest_states(seen(one), THREE) for _, one in table.groupby("burst")]
    assert likeliest_states(seen(table), THREE).tolist() == np.concatenate(paths).tolist()


@pytest.mark.parametrize("m", [1, 2, 3])
def test_the_passes_equal_their_twin_to_the_bit(m: int) -> None:
    rng = np.random.default_rng(m)
    density = rng.random((40, m)) ** 6
    first = rng.random(40) < 0.2
    first[0] = True
    move = rng.dirichlet(np.ones(m), m)
    begin = rng.dirichlet(np.ones(m))
    state, scale = np.empty((40, m)), np.empty(40)
    pairs, firsts = np.zeros((m, m)), np.zeros(m)
    forward(density, first, move, begin, state, scale)
    theirs = twin.forward(density.tolist(), first, move.tolist(), begin.tolist())
    assert state.tolist() == theirs[0]
    assert scale.tolist() == theirs[1]
    backward(density, first, move, scale, state, pairs, firsts, np.empty((2, m)))
    theirs = twin.backward(density.tolist(), first, move.tolist(), *reversed(theirs))
    assert [state.tolist(), pairs.tolist(), firsts.tolist()] == [*theirs]


@pytest.mark.parametrize("p", [TWO, WITH_ZEROS, THREE], ids=["two", "zeros", "three"])
def test_the_score_is_the_slope_of_the_likelihood(p: Parameters) -> None:
    data, m = seen(made_up(p, [6] * 12, 5)), p.shape.size
    # off the truth, where no part of the score is near 0
    theta = to_working(p, data.zeros)
    theta += np.random.default_rng(1).normal(0.0, 0.3, theta.size)
    _, slope = score(data, theta, m)
    for i in range(theta.size):
        ahead, behind = theta.copy(), theta.copy()
        ahead[i] += 1e-5
        behind[i] -= 1e-5
        numeric = (score(data, ahead, m)[0] - score(data, behind, m)[0]) / 2e-5
        assert slope[i] == pytest.approx(numeric, abs=1e-4), working_names("ab"[:m], True)[i]


def test_working_scale_leads_back() -> None:
    back = from_working(to_working(THREE, True), 3, True)
    for name in ("shape", "scale_m", "kappa", "zero", "move"):
        assert getattr(back, name) == pytest.approx(getattr(THREE, name))
    assert THREE.stationary @ THREE.move == pytest.approx(THREE.stationary)


# of bursts of two steps half of the states are first ones, whose law hangs on the moves
@pytest.mark.parametrize("bursts", [[200], [2] * 100])
def test_no_round_of_expectation_maximisation_goes_down(bursts: list[int]) -> None:
    data = seen(made_up(WITH_ZEROS, bursts, 7))
    start = Parameters(
        *(np.array(v) for v in ([1, 1.0], [30, 900.0], [0, 0.0], [0.1, 0.1])), TWO.move
    )
    _, values = improved(data, start, rounds=40, gain=-1.0)
    assert len(values) == 40
    assert (np.diff(values) > -1e-9).all()
    assert values[-1] > values[0] + 10


@pytest.fixture(scope="module")
def table():
    return made_up(TWO, [120] * 8, 11, animals=4)


@pytest.fixture(scope="module")
def fit(table):
    return fit_behaviour(table, interval_min=180.0)


def test_states_have_names_by_length_and_errors(fit, table) -> None:
    assert fit.names == ("encamped", "travelling")
    assert fit.converged
    assert fit.told == ()
    truth = to_working(TWO, False)
    off = (fit.working - truth) / np.sqrt(np.diag(fit.working_covariance))
    assert (np.abs(off) < Z).all()
    assert np.mean(fit.path == table["state"]) > 0.85
    for state in fit.states:
        assert state.bout_h == pytest.approx(3 * state.bout_steps)
    assert fit.transition.sum(1) == pytest.approx(np.ones(2))
    assert [one.n_states for one in fit.choices] == [1, 2, 3]
    assert min(fit.choices, key=lambda one: one.bic).n_states == 2


def test_each_animal_has_its_own(fit, table) -> None:
    assert [*fit.animals] == [f"animal {i}" for i in range(4)]
    own = fit.animals["animal 2"]
    assert (own.n, own.animal, own.sound, fit.sound) == (240, "animal 2", True, True)
    alone = fit_behaviour(table[table["animal"] == "animal 2"], compare=(), each_animal=False)
    assert own.working == pytest.approx(alone.working, abs=0.02)


def test_one_state_is_the_fit_of_steps(table) -> None:
    one, plain = fit_behaviour(table, 1, compare=(), each_animal=False), fit_steps(table)
    (state,) = one.states
    ours = (state.shape, state.scale_m, state.kappa, state.shape_se, state.scale_se_m)
    theirs = (plain.shape, plain.scale_m, plain.kappa, plain.shape_se, plain.scale_se_m)
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert one.log_likelihood == pytest.approx(plain.log_likelihood)
    assert one.working_covariance == pytest.approx(plain.working_covariance, rel=1e-3, abs=1e-8)


def test_the_order_of_rows_changes_nothing(fit, table) -> None:
    mixed = table.sample(frac=1.0, random_state=1)
    other = fit_behaviour(mixed, compare=(), each_animal=False)
    assert other.working.tolist() == fit.working.tolist()
    assert other.path.tolist() == fit.path[mixed.index].tolist()
    assert other.posterior.tolist() == fit.posterior[mixed.index].tolist()


def test_steps_that_were_taken_out_end_a_sequence(table) -> None:
    gap = table.drop(index=[40, 41])
    parted = gap.assign(burst=gap["burst"] + 100 * (gap.index > 41))
    fits = [fit_behaviour(one, compare=(), each_animal=False) for one in (gap, parted)]
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, abs=1e-6)


def test_what_is_no_behaviour_is_told(table) -> None:
    kinds = {}
    spoilt = {
        "outlier": table["length_m"].where(table.index != 5, 1e9),
        "still": table["length_m"].where(table["state"] == 1, 10.0),
        "one": pd.Series(np.random.default_rng(1).gamma(1.0, 100.0, len(table))),
    }
    for name, lengths in spoilt.items():
        changed = fit_behaviour(table.assign(length_m=lengths), each_animal=False, compare=(1,))
        kinds[name] = {told.kind for told in changed.told}
        assert changed.sound == (name == "one")
    assert kinds["outlier"] >= {"behaviour_rare_state"}
    assert kinds["still"] == {"behaviour_at_limit"}
    assert "behaviour_fewer_states" in kinds["one"]


def test_steps_of_no_length_have_a_probability_of_their_own() -> None:
    table = made_up(WITH_ZEROS, [200] * 5, 2)
    fit = fit_behaviour(table, compare=(), each_animal=False)
    for j, state in enumerate(fit.states):
        assert abs(state.zero_share - WITH_ZEROS.zero[j]) < Z * state.zero_share_se
    (told,) = fit.told
    assert (told.kind, told.count) == ("zero_lengths", int((table["length_m"] == 0).sum()))


def test_animals_with_few_steps_are_told() -> None:
    table = made_up(TWO, [LEAST_STEPS_OWN, LEAST_STEPS_OWN - 1], 4, animals=2)
    fit = fit_behaviour(table, 1, compare=())
    assert [*fit.animals] == ["animal 0"]
    assert [told.kind for told in fit.told] == ["behaviour_few_steps_own"]
    assert "animal 1" in fit.told[0].words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.iloc[:30], "30 steps, 30 of them longer than 0 m: 2 behavioural states"),
        (lambda t: t.iloc[:0], "0 steps"),
        (lambda t: t.assign(length_m=0.0), "0 of them longer than 0 m"),
        (lambda t: t.assign(length_m=25.0), "steps are 25 m long"),
        (lambda t: t.assign(turn_rad=math.nan), "0 turns in 960 steps"),
        (lambda t: t.assign(length_m=math.nan), "a step of animal 0 is nan m long"),
        (lambda t: t.drop(columns="burst"), "no column 'burst'"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(table, change, words: str) -> None:
    with pytest.raises(CorridorSimError) as bad:
        fit_behaviour(change(table))
    assert words in str(bad.value)


@pytest.mark.parametrize("n", [0, 4])
def test_a_number_of_states_out_of_reach_is_refused(table, n: int) -> None:
    with pytest.raises(CorridorSimError, match="1, 2 or 3 states can be fitted"):
        fit_behaviour(table, n)


def of_paths(p: Parameters, n: int) -> float:
    """Mean square displacement by the sum over all paths of states."""
    mean, square = p.shape * p.scale_m, p.shape * (p.shape + 1) * p.scale_m**2
    mean, square, turn = (1 - p.zero) * mean, (1 - p.zero) * square, mean_cosine(p.kappa)
    total = 0.0
    for path in itertools.product(range(p.shape.size), repeat=n):
        chance = p.stationary[path[0]] * math.prod(
            p.move[a, b] for a, b in itertools.pairwise(path)
        )
        inner = sum(square[j] for j in path)
        for s, t in itertools.combinations(range(n), 2):
            on = math.prod(turn[j] for j in path[s + 1 : t + 1])
            inner += 2 * mean[path[s]] * mean[path[t]] * on
        total += chance * inner
    return total


def as_fit(p: Parameters, fit):
    """A fit with given parameters."""
    states = tuple(
        replace(fit.states[0], shape=k, scale_m=s, kappa=c, zero_share=z, share=d)
        for k, s, c, z, d in zip(p.shape, p.scale_m, p.kappa, p.zero, p.stationary, strict=True)
    )
    return replace(fit, states=states, transition=p.move)


@pytest.mark.parametrize("p", [TWO, WITH_ZEROS, THREE], ids=["two", "zeros", "three"])
def test_displacement_is_that_of_the_sum_over_all_paths(fit, p: Parameters) -> None:
    follows = implied(as_fit(p, fit))
    for n in (1, 2, 5):
        assert follows.msd_m2(n) == pytest.approx(of_paths(p, n), rel=1e-10)
    assert follows.msd_m2(0) == pytest.approx(0.0)


def test_displacement_of_one_state_is_the_one_of_kareiva_and_shigesada() -> None:
    plain = fit_steps([100.0, 300.0, 800.0] * 20, [0.3, -1.0, 2.0, 0.1])
    k, s, c, n = plain.shape, plain.scale_m, float(mean_cosine(plain.kappa)), 24
    straight = n * k * (k + 1) * s**2
    theirs = straight + 2 * (k * s) ** 2 * c / (1 - c) * (n - (1 - c**n) / (1 - c))
    assert implied(plain).msd_m2(n) == pytest.approx(theirs)
    assert implied(plain).shape == pytest.approx(k)
    assert implied(plain).median_m == pytest.approx(gamma.median(k, scale=s))
    assert implied(plain).kappa == pytest.approx(plain.kappa)


def test_a_range_holds_the_walk(fit) -> None:
    follows, sigma_m = implied(fit), 2000.0
    # few steps are free, many forget where they began
    assert follows.held_msd_m2(1, 1e6) == pytest.approx(follows.msd_m2(1), rel=1e-6)
    assert follows.held_msd_m2(10**6, sigma_m) == pytest.approx(4 * sigma_m**2)
    # independent steps: each leaves 1 - q / (4 v) of the covariance with the start
    free = replace(follows, turn_on=np.zeros((2, 2)))
    left = 1 - free.mean_square_m2 / (4 * sigma_m**2)
    whole = 4 * sigma_m**2 * (1 - left**8)
    assert free.held_msd_m2(8, sigma_m) == pytest.approx(whole, rel=free.msd_m2(1) / sigma_m**2)
    with pytest.raises(CorridorSimError, match="give sigma above 0"):
        follows.held_msd_m2(8, 0.0)
    with pytest.raises(CorridorSimError, match="give a number from 0 on"):
        follows.msd_m2(-1)


def test_all_steps_together_are_what_follows(fit) -> None:
    table = made_up(WITH_ZEROS, [20] * 600, 8)
    moved = table["length_m"][table["length_m"] > 0].to_numpy()
    follows = implied(as_fit(WITH_ZEROS, fit))
    shape, scale, covariance = fit_gamma(moved)
    # steps of a burst hang together: no more than a few times the error of independent ones
    error = 2 * np.sqrt(np.diag(covariance))
    assert abs(shape - follows.shape) < Z * error[0]
    assert abs(scale - follows.scale_m) < Z * error[1]
    # the share of steps up to the median is a half, with twice the error of independent ones
    below = (table["length_m"] <= follows.median_m).mean()
    assert abs(below - 0.5) < 2 * Z * 0.5 / math.sqrt(len(table))
    cosine = np.cos(table["turn_rad"].dropna())
    assert abs(cosine.mean() - follows.mean_cos) < 2 * Z * cosine.std() / math.sqrt(cosine.size)
    ends = table.groupby("burst")[["x1_m", "y1_m"]].last().to_numpy()
    square = (ends**2).sum(1)
    assert abs(square.mean() - follows.msd_m2(20)) < Z * square.std() / math.sqrt(600)


def test_observed_displacement_reaches_over_gaps() -> None:
    time = pd.Timestamp("2020-05-01") + pd.to_timedelta([0.0, 6, 12, 24, 30.4, 36], unit="h")
    table = pd.DataFrame({"animal": "Ana", "time": time, "x_m": [0.0, 1, 2, 4, 7, 9], "y_m": 0.0})
    found = observed_msd(table, 24.0, 30.0)
    # 0 to 24, 6 to 30.4, 12 to 36 h
    assert (found.pairs, found.msd_m2) == (3, pytest.approx((16 + 36 + 49) / 3))
    assert math.isnan(found.se_m2)
    assert observed_msd(table, 24.0, 10.0).pairs == 2
    assert observed_msd(table, 100.0, 10.0).pairs == 0
    two = pd.concat([table, table.assign(animal="Eva", x_m=0.0)])
    both = observed_msd(two, 24.0, 30.0)
    assert (both.pairs, both.msd_m2) == (6, pytest.approx((16 + 36 + 49) / 6))
    assert both.se_m2 > 0
    with pytest.raises(CorridorSimError, match="tolerance"):
        observed_msd(table, 1.0, 60.0)
