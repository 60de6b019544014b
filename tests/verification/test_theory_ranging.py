"""A resident in uniform habitat is an Ornstein-Uhlenbeck process of known size and crossing time.

Moments are exact for any number of candidates, any step-length table and any start, see
:class:`oracles.theory.RangeTheory`; the tolerance is 4.5 standard errors, themselves from the exact
fourth cumulants, so nothing is estimated from the sample it judges.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim.species.tables import length_table, turning_table
from oracles.theory import RangeTheory
from oracles.verdict import Verdict
from oracles.worlds import make_animals, make_clock, make_fields, make_params, run

SIGMA = 6.0  # cells
TAU_D = 2.0
A = math.exp(-1 / 6 / TAU_D)  # four-hour steps
N = 20_000
BURN_IN = 150  # a^(2 t) = 1e-11
LAGS = (1, 2, 5, 12, 30, 60, 120)


def rayleigh(n_bins: int = 2048) -> NDArray[np.float32]:
    """Return the step lengths of a two-dimensional normal distribution, ``E[L^2] = 1``."""
    mid = (np.arange(n_bins) + 0.5) / n_bins
    lengths = np.sqrt(-np.log1p(-mid))
    return np.asarray(lengths / math.sqrt(np.mean(lengths**2)), np.float32)


TABLES = {
    "gamma 0.42": length_table(0.42),
    "gamma 2": length_table(2.0),
    "normal steps": rayleigh(),
}


def walk(lengths: Any, a: float, n_candidates: int, stops: tuple[int, ...]) -> list[Any]:
    """Return the positions about the centre after each of ``stops`` steps."""
    theory = RangeTheory(lengths.astype(float), SIGMA, a)
    cos, sin = turning_table(0.0)
    half = 20 * SIGMA
    fields = make_fields(int(2 * half), int(2 * half))
    params = make_params(
        (lengths[None], cos[None], sin[None]), n_candidates=n_candidates, pull=a, scale=theory.q
    )
    animals = make_animals(np.full(N, half), half)
    seen, at = [], 0
    for stop in stops:
        run(animals, fields, params, make_clock(stop - at, first_step=at))
        at = stop
        seen.append(np.stack([animals.x - half, animals.y - half]))
    return seen


@pytest.mark.parametrize(("table", "k"), [("gamma 0.42", 1), ("gamma 2", 10), ("normal steps", 3)])
def test_variance_and_displacement(table: str, k: int, verdict: Verdict) -> None:
    lengths = TABLES[table]
    theory = RangeTheory(lengths.astype(float), SIGMA, A)
    start, *later = walk(lengths, A, k, (BURN_IN, *(BURN_IN + lag for lag in LAGS)))
    mean, variance = theory.square_moments(BURN_IN)
    assert mean == pytest.approx(2 * SIGMA**2, rel=1e-6)  # the theory is the textbook's
    what = f"{table}, K = {k}"
    verdict.close(
        f"stationary mean square distance to centre, {what}",
        "2 sigma^2",
        mean,
        float((start**2).sum(axis=0).mean()),
        math.sqrt(variance / N),
    )
    for axis in (0, 1):
        # Var(x) of the mean is sigma^2 / n: no drift, no preferred direction
        assert abs(start[axis].mean()) < 4.5 * SIGMA / math.sqrt(N)
    for lag, position in zip(LAGS, later, strict=True):
        mean, variance = theory.displacement_moments(BURN_IN, lag)
        assert mean == pytest.approx(4 * SIGMA**2 * (1 - A**lag), rel=1e-6)
        verdict.close(
            f"MSD after {lag} steps ({lag / 6:.3g} d), {what}",
            "4 sigma^2 (1 - exp(-t / tau))",
            mean,
            float(((position - start) ** 2).sum(axis=0).mean()),
            math.sqrt(variance / N),
        )


@pytest.mark.parametrize(
    ("table", "a"),
    [("normal steps", A), ("gamma 0.42", A), ("gamma 0.42", 0.6), ("gamma 0.42", 0.99)],
)
def test_share_inside_the_95_percent_circle(table: str, a: float, verdict: Verdict) -> None:
    """Normal steps make the range exactly normal; for others the share is computed exactly."""
    lengths = TABLES[table]
    n_steps = math.ceil(math.log(1e-6) / math.log(a))
    radius = math.sqrt(-2 * math.log(0.05)) * SIGMA  # area 5.991 pi sigma^2
    expected = RangeTheory(lengths.astype(float), SIGMA, a).share_within(radius, n_steps)
    if table == "normal steps":
        # 2048 bins instead of a continuum: the truncated tail moves the share by less
        assert expected == pytest.approx(0.95, abs=5e-5)
    (position,) = walk(lengths, a, 2, (n_steps,))
    inside = int(((position**2).sum(axis=0) <= radius**2).sum())
    verdict.share(
        f"share inside 5.991 pi sigma^2, {table}, a = {a:.3g}",
        "0.95 exactly" if table == "normal steps" else "Hankel transform",
        expected,
        inside,
        N,
    )
