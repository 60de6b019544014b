"""Step tables against scipy's distributions, and the daily schedule against exact range size."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from corridor_sim.species.ranging import Gait, kept_moves
from corridor_sim.species.tables import length_table, ranging_schedule, step_activity, turning_table
from oracles.verdict import Verdict
from oracles.worlds import EAST, make_animals, make_clock, make_fields, make_params, run

F32_EPS = 2.0**-24  # half a unit in the last place of a float32
JAGUAR_LIKE = tuple([1.0] * 6 + [0.2] * 8 + [0.6] * 4 + [1.0] * 6)


def step_distance(values: np.ndarray, distribution: object) -> float:
    """Return the largest distance between a CDF and the step function of equally likely values."""
    n = values.size
    cdf = distribution.cdf(np.sort(values))
    return float(max((cdf - np.arange(n) / n).max(), (np.arange(1, n + 1) / n - cdf).max()))


@pytest.mark.parametrize("n_bins", [16, 256, 2048])
@pytest.mark.parametrize("shape", [0.3, 0.42, 1.0, 3.0])
def test_lengths_are_gamma_to_one_bin(shape: float, n_bins: int, verdict: Verdict) -> None:
    """One value inside each quantile bin: the CDFs can never be more than one bin apart."""
    table = length_table(shape, n_bins).astype(float)
    scale = 1 / math.sqrt(shape * (shape + 1))
    gamma = stats.gamma(shape, scale=scale)
    # a float32 misplaces x by a relative 2^-24, hence the CDF by x f(x) 2^-24
    slack = 2 * F32_EPS * float((table * gamma.pdf(table)).max())
    verdict.below(
        f"KS distance of {n_bins} lengths to gamma({shape:g})",
        "one bin",
        1 / n_bins + slack,
        step_distance(table, gamma),
        "1 / bins",
    )
    assert table.dtype == float
    assert np.all(np.diff(table) > 0)
    # every bin's second moment is exact, so the mean is too, up to float32
    assert np.mean(table**2) == pytest.approx(1, abs=4 * F32_EPS)
    # a bin's root mean square exceeds its mean, by less than its width
    edges = gamma.ppf(np.linspace(0, 1, n_bins + 1)[1:-1])
    mean = shape * scale
    assert mean - F32_EPS <= table.mean() <= mean + (edges[-1] + table[-1]) / n_bins


@pytest.mark.parametrize("n_bins", [16, 1024])
@pytest.mark.parametrize("kappa", [0.0, 0.3, 1.5, 8.0, -0.7])
def test_turns_are_von_mises_to_half_a_bin(kappa: float, n_bins: int, verdict: Verdict) -> None:
    cos, sin = (v.astype(float) for v in turning_table(kappa, n_bins))
    assert np.hypot(cos, sin) == pytest.approx(1, abs=4 * F32_EPS)
    assert abs(sin.mean()) < 2 * F32_EPS
    sign = -1.0 if kappa < 0 else 1.0
    angle = np.arctan2(sign * sin, sign * cos)  # about straight on
    turns = stats.vonmises(abs(kappa)) if kappa else stats.uniform(-np.pi, 2 * np.pi)
    peak = float(turns.pdf(0.0))
    # mid-quantiles; integrated on a grid of 1e-5 pi by trapezia, and rounded to float32
    slack = peak * (4 * F32_EPS + 1e-9)
    verdict.below(
        f"KS distance of {n_bins} angles to von Mises({kappa:g})",
        "half a bin",
        0.5 / n_bins + slack,
        step_distance(angle, turns),
        "1 / (2 bins)",
    )
    # mean cosine I1 / I0: midpoint quadrature of a function of total variation at most 4
    exact = sign * stats.vonmises(abs(kappa)).expect(np.cos) if kappa else 0.0
    assert abs(cos.mean() - exact) < 4 / (2 * n_bins)


def test_the_kernel_draws_every_bin_equally(verdict: Verdict) -> None:
    """One step due east from one place: how far it went names the length that was drawn."""
    n, n_bins = 200_000, 256
    lengths = length_table(0.42, n_bins)
    animals = make_animals(np.full(n, 0.5), 0.5)
    params = make_params((lengths[None], EAST[1], EAST[2]))
    run(animals, make_fields(1, 40), params, make_clock(1, seed=12))
    drawn = np.searchsorted((lengths[1:] + lengths[:-1]) / 2, animals.x - 0.5)
    verdict.counts(
        "draws of each length bin",
        "equally likely",
        np.bincount(drawn, minlength=n_bins),
        np.full(n_bins, n / n_bins),
    )


def test_a_step_moves_as_its_hours_do_together() -> None:
    activity = step_activity(JAGUAR_LIKE, 6, 240, 6)
    # hours 6-9, 10-13, 14-17, 18-21, 22-1, 2-5: squares of independent ways add up
    hours = np.roll(JAGUAR_LIKE, -6).reshape(6, 4)
    assert activity == pytest.approx(np.sqrt((hours**2).mean(axis=1)))
    # a part of an hour moves as the hour does
    assert step_activity(JAGUAR_LIKE, 0, 20, 72) == pytest.approx(np.repeat(JAGUAR_LIKE, 3))
    # steps that do not end with the hour
    assert step_activity((1.0, 3.0) * 12, 0, 90, 16)[:2] == pytest.approx(
        [math.sqrt((60 + 30 * 9) / 90), math.sqrt((30 * 9 + 60) / 90)]
    )


@pytest.mark.parametrize(
    ("kappa", "rest", "flat"),
    [(0.0, 0.0, True), (0.0, 0.3, False), (1.0, 0.0, True), (1.0, 0.3, False), (-0.8, 0.2, False)],
)
def test_rest_rhythm_and_persistence_keep_the_range(
    kappa: float, rest: float, flat: bool, verdict: Verdict
) -> None:
    """The mean over the day of the mean square distance to the centre is 2 sigma^2.

    The standard error is that of the animals' own means over one day, estimated from the sample
    (independent animals); the autocorrelation within the day is thereby counted.
    """
    sigma, tau, n = 6.0, 2.0, 15_000
    activity = np.ones(6) if flat else step_activity(JAGUAR_LIKE, 6, 240, 6)
    lengths = length_table(0.42)
    cos, sin = turning_table(kappa)
    schedule = ranging_schedule(sigma, tau, activity, rest, lengths, cos)
    params = make_params(
        (lengths[None], cos[None], sin[None]),
        n_candidates=2,
        pull=schedule.pull,
        scale=schedule.scale_m,
        rest=schedule.rest,
    )
    half = 120.5
    fields = make_fields(241, 241)
    animals = make_animals(np.full(n, half), half)
    days = 26  # exp(-2 t / tau) = 5e-12
    run(animals, fields, params, make_clock(6 * days))
    start = np.stack([animals.x, animals.y])
    square = np.zeros(n)
    for s in range(6):
        run(animals, fields, params, make_clock(1, first_step=6 * days + s))
        square += ((animals.x - half) ** 2 + (animals.y - half) ** 2) / 6
    what = f"kappa {kappa:g}, rest {rest:g}, {'even' if flat else 'uneven'} day"
    verdict.close(
        f"mean square distance to centre over a day, {what}",
        "2 sigma^2",
        2 * sigma**2,
        float(square.mean()),
        float(square.std()) / math.sqrt(n),
    )
    if kappa == 0.0:
        moved = ((np.stack([animals.x, animals.y]) - start) ** 2).sum(axis=0)
        verdict.close(
            f"MSD after one day, {what}",
            "4 sigma^2 (1 - exp(-1 d / tau))",
            4 * sigma**2 * -math.expm1(-1 / tau),
            float(moved.mean()),
            float(moved.std()) / math.sqrt(n),
        )


def test_too_much_rest_for_the_crossing_time_is_refused() -> None:
    lengths, (cos, _) = length_table(1.0), turning_table(0.0)
    # exp(-dt / tau) = exp(-2) = 0.14 of the distance must remain, resting alone leaves 0.5
    with pytest.raises(ValueError, match="cannot give a range-crossing time"):
        ranging_schedule(1.0, 0.5, np.array([1.0]), 0.5, lengths, cos)


@pytest.mark.parametrize("rest", [0.0, 0.4])
def test_a_dispersers_steps_are_those_given(rest: float, verdict: Verdict) -> None:
    """All steps of an uneven day together have the mean and the mean log of the gamma given.

    These two are all that a fitted gamma depends on. The mean square displacement is the sum of the
    mean squares of independent steps, each of its hour's own gamma.
    """
    n, given = 20_000, Gait(0.8, 1.1, 0.0)
    activity = step_activity(JAGUAR_LIKE, 6, 240, 6)
    moves = kept_moves([given], activity, rest)
    params = make_params(
        (moves.lengths, moves.turn_cos, moves.turn_sin), scale=moves.scale_m, rest=moves.rest
    )
    animals = make_animals(np.full(n, 150.0), 150.0)
    fields, ways = make_fields(300, 300), []
    for step in range(60):
        x, y = animals.x.copy(), animals.y.copy()
        run(animals, fields, params, make_clock(1, first_step=step))
        ways.append(np.hypot(animals.x - x, animals.y - y))
    way = np.concatenate(ways)
    way = way[way > 0]
    for what, theory, values in (
        ("mean", given.shape * given.scale_m, way),
        ("mean log", special.digamma(given.shape) + math.log(given.scale_m), np.log(way)),
    ):
        verdict.close(
            f"{what} of the steps of uneven days, rest {rest:g}",
            "of the gamma given",
            float(theory),
            float(values.mean()),
            # the table's bins: half a bin's width of log length at the shortest, 1 / (2048 k)
            float(values.std()) / math.sqrt(way.size) + 1 / (2048 * given.shape),
        )
    square = (animals.x - 150) ** 2 + (animals.y - 150) ** 2
    assert square.max() < 140**2
    verdict.close(
        f"MSD of a disperser after 10 uneven days, rest {rest:g}",
        "sum of mean squares",
        10 * (1 - rest) * float((moves.scale_m**2).sum()),
        float(square.mean()),
        float(square.std()) / math.sqrt(n),
    )
