"""Behavioural states, as plainly as possible: passes, sums over all paths, made-up tracks."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
from scipy.stats import gamma, vonmises

from corridor_sim.telemetry.behaviour_model import Observed, Parameters


def forward(density, first, move, begin):
    """Twin of the kernel: states given all so far, and the scale of each row."""
    m = len(begin)
    state, scale = [], []
    for t, row in enumerate(density):
        now = []
        for j in range(m):
            p = 0.0
            if first[t]:
                p = begin[j]
            else:
                for i in range(m):
                    p += state[-1][i] * move[i][j]
            now.append(p * row[j])
        total = 0.0
        for p in now:
            total += p
        scale.append(total)
        state.append([p / total for p in now])
    return state, scale


def backward(density, first, move, scale, state):
    """Twin of the kernel: states given all, expected moves and first states."""
    m = len(move)
    state = [list(row) for row in state]
    pairs = [[0.0] * m for _ in range(m)]
    firsts = [0.0] * m
    later = [1.0] * m
    for t in reversed(range(len(state))):
        ahead = [density[t][j] * later[j] / scale[t] for j in range(m)]
        state[t] = [state[t][j] * later[j] for j in range(m)]
        if first[t]:
            firsts = [firsts[j] + state[t][j] for j in range(m)]
            later = [1.0] * m
            continue
        later = []
        for i in range(m):
            total = 0.0
            for j in range(m):
                both = move[i][j] * ahead[j]
                pairs[i][j] += state[t - 1][i] * both
                total += both
            later.append(total)
    return state, pairs, firsts


def density_of(data: Observed, p: Parameters, t: int, j: int) -> float:
    """Density of one step and turn in one state, by scipy's distributions."""
    if not data.moved[t]:
        return float(p.zero[j])
    out = (1 - p.zero[j]) * gamma.pdf(data.length[t], p.shape[j], scale=p.scale_m[j])
    if data.turned[t]:
        turn = math.acos(data.cosine[t])
        centre = 0.0 if p.kappa[j] >= 0 else math.pi
        out *= vonmises.pdf(turn, abs(p.kappa[j]), loc=centre)
    return float(out)


def all_paths(data: Observed, p: Parameters):
    """Yield every path of states of one sequence, with its joint probability."""
    n, m = data.length.size, p.shape.size
    law = np.full(m, 1 / m) @ np.linalg.matrix_power(p.move, 4096)
    table = [[density_of(data, p, t, j) for j in range(m)] for t in range(n)]
    for path in itertools.product(range(m), repeat=n):
        total = law[path[0]] * table[0][path[0]]
        for t in range(1, n):
            total *= p.move[path[t - 1], path[t]] * table[t][path[t]]
        yield path, total


def made_up(p: Parameters, bursts: list[int], seed: int, animals: int = 1) -> pd.DataFrame:
    """Steps of animals that follow the model: one table row a step, positions among them."""
    rng = np.random.default_rng(seed)
    m = p.shape.size
    law = np.full(m, 1 / m) @ np.linalg.matrix_power(p.move, 4096)
    cumulated = p.move.cumsum(1)
    rows = []
    for burst, size in enumerate(bursts):
        state = np.empty(size, int)
        state[0] = rng.choice(m, p=law)
        chance = rng.random(size)
        for t in range(1, size):
            state[t] = np.searchsorted(cumulated[state[t - 1]], chance[t])
        state = np.minimum(state, m - 1)
        length = rng.gamma(p.shape[state], p.scale_m[state])
        length[rng.random(size) < p.zero[state]] = 0.0
        turn = rng.vonmises(0.0, np.abs(p.kappa[state])) + np.where(p.kappa[state] < 0, np.pi, 0.0)
        heading = rng.uniform(-np.pi, np.pi) + np.cumsum(turn)
        x = np.concatenate(([0.0], np.cumsum(length * np.cos(heading))))
        y = np.concatenate(([0.0], np.cumsum(length * np.sin(heading))))
        # a turn is seen between two steps that lead somewhere
        known = np.zeros(size, bool)
        known[1:] = (length[1:] > 0) & (length[:-1] > 0)
        seen = np.where(known, (turn + np.pi) % (2 * np.pi) - np.pi, np.nan)
        first = pd.Timestamp("2020-01-01") + pd.Timedelta(days=400 * burst)
        rows.append(
            pd.DataFrame(
                {
                    "animal": f"animal {burst % animals}",
                    "burst": burst,
                    "start": first + pd.to_timedelta(3 * np.arange(size), unit="h"),
                    "x0_m": x[:-1],
                    "y0_m": y[:-1],
                    "x1_m": x[1:],
                    "y1_m": y[1:],
                    "length_m": length,
                    "turn_rad": seen,
                    "hour": (3.0 * np.arange(size) + 1.5) % 24,
                    "state": state,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


TWO = Parameters(
    np.array([0.9, 1.6]),
    np.array([60.0, 500.0]),
    np.array([-0.5, 0.8]),
    np.zeros(2),
    np.array([[0.85, 0.15], [0.2, 0.8]]),
)
