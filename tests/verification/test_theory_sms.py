"""The stochastic movement simulator against exact chains, and against what its paper reports."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim.kernels.cellwalk import Walkers, make_walkers
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_group import SmsFields, SmsParams
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from oracles.random_walk import RING
from oracles.sms import cost_towards, direction
from oracles.verdict import Verdict
from oracles.walks import make_walk_tallies, walk_clock

F8 = NDArray[np.float64]
N = 30_000
SHAPE = (6, 7)


def costs() -> F8:
    cost: F8 = np.random.default_rng(31).choice([1.0, 3.0, 20.0, 100.0], SHAPE)
    cost[2, 4] = np.nan
    return cost


def weights(cost: F8, perceptual_range: int, method: str) -> F8:
    """Return the unrounded weight of every step ``[cell, direction]``."""
    rows = cost.tolist()
    w = np.zeros((cost.size, 8))
    for cell in range(cost.size):
        row, col = divmod(cell, cost.shape[1])
        for k, (dr, dc) in enumerate(RING):
            r, c = row + dr, col + dc
            inside = 0 <= r < cost.shape[0] and 0 <= c < cost.shape[1]
            if inside and cost[row, col] > 0 and cost[r, c] > 0:
                mean = cost_towards(rows, row, col, k, perceptual_range, method)
                w[cell, k] = 1 / (mean * math.hypot(dr, dc))
    return w


def transitions(w: F8, width: int) -> F8:
    p = np.zeros((w.shape[0], w.shape[0]))
    for cell, k in np.argwhere(w):
        p[cell, cell + RING[k][0] * width + RING[k][1]] = w[cell, k] / w[cell].sum()
    return p


def walk(
    fields: SmsFields, params: SmsParams, shape: tuple[int, int], start: int, steps: int
) -> Walkers:
    walkers = make_walkers(np.full(N, start))
    sms(walkers, fields, params, shape, walk_clock(steps), make_walk_tallies(), 64)
    return walkers


@pytest.mark.parametrize(
    ("perceptual_range", "method"), [(1, "arithmetic"), (2, "harmonic"), (3, "weighted")]
)
@pytest.mark.parametrize("steps", [1, 4, 60])
def test_without_persistence_it_is_a_walk_on_inverse_costs(
    perceptual_range: int, method: str, steps: int, verdict: Verdict
) -> None:
    cost, start = costs(), 8
    w = weights(cost, perceptual_range, method)
    if perceptual_range == 1:
        flat = cost.ravel()
        assert w[8, 2] == 1 / flat[9]  # to the east: the neighbour's own cost
    expected = np.linalg.matrix_power(transitions(w, SHAPE[1]), steps)[start]
    fields = sms_fields(cost, perceptual_range=perceptual_range, method=method)
    seen = walk(fields, sms_params(perceptual_range=perceptual_range), SHAPE, start, steps)
    verdict.counts(
        f"SMS, range {perceptual_range}, {method}: cells after {steps} steps",
        "chain on 1 / effective cost",
        np.bincount(seen.cell, minlength=cost.size),
        N * expected,
    )


def heading_msd(persistence: float, steps: int) -> tuple[float, float]:
    """Return mean square displacement and mean way of a walk with memory 1 on even ground.

    Headings are a Markov chain of eight states, so ``E|x|^2 = sum_ij E[s_i . s_j]``, summed here
    over the lag.
    """
    step = np.array([(dc, dr) for dr, dc in RING], float)
    length = np.hypot(*step.T)
    ring = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    p = persistence ** -np.minimum(ring, 8.0 - ring) / length
    p /= p.sum(axis=1, keepdims=True)
    now = (1 / length) / (1 / length).sum()
    square = way = 0.0
    for i in range(steps):
        square += float(now @ length**2)
        way += float(now @ length)
        later = np.eye(8)
        for _ in range(i + 1, steps):
            later = later @ p
            square += 2 * float(np.einsum("h,hk,hx,kx->", now, later, step, step))
        now = now @ p
    return square, way


@pytest.mark.parametrize("persistence", [1.0, 1.5, 3.0, 10.0])
def test_displacement_with_memory_of_one_step(persistence: float, verdict: Verdict) -> None:
    side, steps = 241, 60
    middle = side * (side // 2) + side // 2
    fields = sms_fields(np.full((side, side), 7.0))
    seen = walk(fields, sms_params(persistence=persistence), (side, side), middle, steps)
    dy, dx = seen.cell // side - side // 2, seen.cell % side - side // 2
    square = (dx**2 + dy**2).astype(float)
    way = seen.straight + math.sqrt(2) * seen.diagonal
    expected, expected_way = heading_msd(persistence, steps)
    verdict.close(
        f"SMS on even ground, persistence {persistence:g}: mean square displacement, cells^2",
        "chain of headings",
        expected,
        float(square.mean()),
        float(square.std()) / math.sqrt(N),
    )
    verdict.close(
        f"SMS on even ground, persistence {persistence:g}: mean way, cells",
        "chain of headings",
        expected_way,
        float(way.mean()),
        float(way.std()) / math.sqrt(N),
    )


@pytest.mark.parametrize("memory", [1, 3])
def test_straightness_rises_with_persistence(memory: int, verdict: Verdict) -> None:
    """Palmer et al. (2011): the higher the directional persistence, the straighter the paths."""
    side, steps = 301, 100
    middle = side * (side // 2) + side // 2
    cost = np.random.default_rng(5).integers(1, 11, (side, side)).astype(float)
    fields = sms_fields(cost)
    before = before_error = 0.0
    for persistence in (1.0, 1.5, 2.5, 5.0, 10.0):
        params = sms_params(persistence=persistence, memory=memory)
        seen = walk(fields, params, (side, side), middle, steps)
        dy, dx = seen.cell // side - side // 2, seen.cell % side - side // 2
        straight = np.hypot(dx, dy) / (seen.straight + math.sqrt(2) * seen.diagonal)
        mean, error = float(straight.mean()), float(straight.std()) / math.sqrt(N)
        verdict.below(
            f"SMS, memory {memory}: fall of straightness up to persistence {persistence:g}",
            "none (Palmer et al. 2011)",
            -4.5 * math.hypot(error, before_error),
            before - mean,
            "-4.5 SE",
        )
        before, before_error = mean, error


def test_goal_bias_and_its_fading_are_a_chain(verdict: Verdict) -> None:
    """Without persistence only place and time matter: one transition matrix for each step."""
    cost, start, steps = costs(), 15, 9
    goal_bias, alpha, beta = 3.0, 0.8, 4.0
    w = weights(cost, 1, "arithmetic")
    expected = np.zeros(cost.size)
    expected[start] = 1.0
    row0, col0 = divmod(start, SHAPE[1])
    for n in range(steps):
        strength = 1 + (goal_bias - 1) / (1 + math.exp(alpha * (n - beta)))
        biased = w.copy()
        for cell in range(cost.size):
            away = direction(cell % SHAPE[1] - col0, cell // SHAPE[1] - row0)
            for k in range(8):
                if away is not None:
                    biased[cell, k] *= strength ** -min((k - away) % 8, (away - k) % 8)
        expected = expected @ transitions(biased, SHAPE[1])
    params = sms_params(goal_bias=goal_bias, goal_bias_decay=alpha, goal_bias_half_steps=beta)
    seen = walk(sms_fields(cost), params, SHAPE, start, steps)
    verdict.counts(
        f"SMS with goal bias: cells after {steps} steps",
        "time-dependent chain",
        np.bincount(seen.cell, minlength=cost.size),
        N * expected,
    )


def test_survival_with_mortality_of_the_cells(verdict: Verdict) -> None:
    cost, start, steps = costs(), 8, 40
    risk = np.random.default_rng(6).choice([0.0, 0.01, 0.06], SHAPE)
    p = transitions(weights(cost, 1, "arithmetic"), SHAPE[1])
    alive = np.zeros(cost.size)
    alive[start] = 1.0
    died_at = np.zeros(cost.size)
    for _ in range(steps):
        died_at += alive * risk.ravel()
        alive = (alive * (1 - risk.ravel())) @ p
    seen = walk(sms_fields(cost, mortality=risk), sms_params(), SHAPE, start, steps)
    dead = seen.state == 1
    places = np.bincount(seen.cell[dead], minlength=cost.size)
    verdict.counts(
        f"SMS: places of death within {steps} steps, and survivors",
        "absorbing chain",
        np.append(places, N - dead.sum()),
        N * np.append(died_at, alive.sum()),
    )
