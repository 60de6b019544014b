"""The random walk is the electrical network: resistances, currents, visits, survival.

Everything electrical is computed densely here, from edges listed one by one; nothing is shared with
the kernel but the conductances. Doyle & Snell (1984), Random walks and electric networks; Chandra
et al. (1996), Comput. Complex. 6:312; Kemeny & Snell (1960), Finite Markov chains.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim.kernels.cellwalk import Walkers, WalkTallies, make_walkers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from oracles.theory import stationary
from oracles.verdict import Verdict
from oracles.walks import make_walk_tallies, walk_clock

F8 = NDArray[np.float64]
HEIGHT, WIDTH = 5, 6
SHAPE = (HEIGHT, WIDTH)
A, B = 7, 28
LONG = 20_000  # steps within which every walk of these tests has ended
KINDS = [(8, "conductance"), (8, "resistance"), (4, "conductance")]


def conductance() -> F8:
    rng = np.random.default_rng(23)
    g: F8 = rng.choice([0.3, 1.0, 4.0], SHAPE)
    g[1, 3] = np.nan
    return g


def network(g: F8, neighbours: int, average: str) -> F8:
    """Return the symmetric matrix of edge conductances."""
    c = np.zeros((g.size, g.size))
    cells = list(itertools.product(range(g.shape[0]), range(g.shape[1])))
    for (i, p), (j, q) in itertools.product(enumerate(cells), enumerate(cells)):
        dr, dc = abs(p[0] - q[0]), abs(p[1] - q[1])
        if max(dr, dc) != 1 or (neighbours == 4 and dr + dc == 2):
            continue
        if np.isnan(g[p]) or np.isnan(g[q]):
            continue
        mean = (g[p] + g[q]) / 2 if average == "conductance" else 2 / (1 / g[p] + 1 / g[q])
        c[i, j] = mean / math.hypot(dr, dc)
    return c


def resistance(c: F8, a: int, b: int) -> float:
    """Return the effective resistance between two nodes."""
    inverse = np.linalg.pinv(np.diag(c.sum(axis=1)) - c, hermitian=True)
    return float(inverse[a, a] + inverse[b, b] - 2 * inverse[a, b])


def chain(c: F8) -> F8:
    total = c.sum(axis=1, keepdims=True)
    p: F8 = np.divide(c, total, out=np.zeros_like(c), where=total > 0)
    return p


def walk(
    start: int | NDArray[np.int64],
    n_steps: int,
    kind: tuple[int, str],
    first: int = 0,
    ends: dict[int, int] | None = None,
    seed: int = 1,
    **more: Any,
) -> tuple[Walkers, WalkTallies]:
    """Walk from ``start`` and stop in the cells of ``ends``."""
    ends_as = np.zeros(HEIGHT * WIDTH, np.int8)
    for cell, state in (ends or {}).items():
        ends_as[cell] = state
    fields = walk_fields(
        conductance(), neighbours=kind[0], average=kind[1], ends_as=ends_as.reshape(SHAPE), **more
    )
    walkers = make_walkers(start)
    tallies = make_walk_tallies(SHAPE, visits=True, moves=True)
    clock = walk_clock(n_steps, first_step=first, seed=seed)
    random_walk(walkers, fields, SHAPE, clock, tallies, 64)
    return walkers, tallies


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_escape_probability_is_conductance(kind: tuple[int, str], verdict: Verdict) -> None:
    n = 40_000
    c = network(conductance(), *kind)
    first, _ = walk(np.full(n, A), 1, kind)
    rest, _ = walk(first.cell, LONG, kind, first=1, ends={A: 2, B: 3})
    assert (rest.state >= 2).all()
    escapes = int((rest.state == 3).sum())
    expected = 1 / (resistance(c, A, B) * c[A].sum())
    verdict.share(f"escape before return, {kind}", "C_eff / C_a", expected, escapes, n)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_commute_time_is_resistance(kind: tuple[int, str], verdict: Verdict) -> None:
    n = 200_000
    c = network(conductance(), *kind)
    there, _ = walk(np.full(n, A), LONG, kind, ends={B: 2})
    back, _ = walk(np.full(n, B), LONG, kind, ends={A: 2}, seed=2)
    assert (there.state == 2).all()
    assert (back.state == 2).all()
    commute = there.end_step + 1 + back.end_step + 1
    verdict.close(
        f"commute time in steps, {kind}",
        "2 m R_eff",
        float(c.sum() * resistance(c, A, B)),
        float(commute.mean()),
        float(commute.std()) / math.sqrt(n),
    )


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_visits_are_the_fundamental_matrix(kind: tuple[int, str], verdict: Verdict) -> None:
    """Var of the visits to j = N_aj (2 N_jj - 1) - N_aj^2; the worst of all cells is judged."""
    n = 20_000
    c = network(conductance(), *kind)
    inner = [i for i in range(c.shape[0]) if i != B and c[i].sum() > 0]
    fundamental = np.linalg.inv(np.eye(len(inner)) - chain(c)[np.ix_(inner, inner)])
    row = fundamental[inner.index(A)]
    error = np.sqrt((row * (2 * np.diag(fundamental) - 1) - row**2) / n)
    _, tallies = walk(np.full(n, A), LONG, kind, ends={B: 2})
    seen = tallies.visits.ravel()[inner] / n
    seen[inner.index(A)] += 1
    worst = int(np.abs((seen - row) / error).argmax())
    verdict.close(
        f"visits, worst of {len(inner)} cells, {kind}",
        "(I - Q)^-1",
        float(row[worst]),
        float(seen[worst]),
        float(error[worst]),
    )
    assert tallies.visits.flat[B] == n


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_net_flow_is_current(kind: tuple[int, str], verdict: Verdict) -> None:
    """Standard errors from 100 independent batches; the worst of all edges is judged."""
    batches, size = 100, 400
    c = network(conductance(), *kind)
    potential = np.linalg.pinv(np.diag(c.sum(axis=1)) - c, hermitian=True)
    v = potential[:, A] - potential[:, B]
    net = np.zeros((batches, *c.shape))
    rows, cols = (-1, -1, 0, 1, 1, 1, 0, -1), (0, 1, 1, 1, 0, -1, -1, -1)
    for batch in range(batches):
        _, tallies = walk(np.full(size, A), LONG, kind, ends={B: 2}, seed=100 + batch)
        for cell, k in np.argwhere(tallies.moves):
            there = cell + rows[k] * WIDTH + cols[k]
            net[batch, cell, there] += tallies.moves[cell, k]
            net[batch, there, cell] -= tallies.moves[cell, k]
    edges = np.argwhere(np.triu(c) > 0)
    i, j = edges.T
    current = c[i, j] * (v[i] - v[j])
    mean = net[:, i, j].mean(axis=0) / size
    error = net[:, i, j].std(axis=0, ddof=1) / size / math.sqrt(batches)
    worst = int(np.abs((mean - current) / error).argmax())
    verdict.close(
        f"net flow, worst of {len(edges)} edges, {kind}",
        "unit current",
        float(current[worst]),
        float(mean[worst]),
        float(error[worst]),
    )


@pytest.mark.parametrize("kind", KINDS[:2], ids=str)
def test_the_stationary_distribution_is_conductance(
    kind: tuple[int, str], verdict: Verdict
) -> None:
    """Of eight neighbours; the walk with four never forgets odd and even cells."""
    n, steps = 30_000, 400
    c = network(conductance(), *kind)
    share = c.sum(axis=1) / c.sum()
    inner = share > 0
    assert np.abs(stationary(chain(c)[np.ix_(inner, inner)]) - share[inner]).max() < 1e-9
    mixed = np.linalg.matrix_power(chain(c), steps)[A]
    assert np.abs(mixed - share).max() < 1e-6
    walkers, _ = walk(np.full(n, A), steps, kind)
    seen = np.bincount(walkers.cell, minlength=share.size)
    verdict.counts(f"use after {steps} steps, {kind}", "C_i / sum C", seen, n * share)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_survival_and_place_of_death(kind: tuple[int, str], verdict: Verdict) -> None:
    n, steps = 40_000, 50
    risk = np.random.default_rng(4).choice([0.0, 0.01, 0.05], SHAPE)
    p = chain(network(conductance(), *kind))
    alive = np.zeros(HEIGHT * WIDTH)
    alive[A] = 1.0
    died_at, survival = np.zeros_like(alive), [1.0]
    for _ in range(steps):
        died_at += alive * risk.ravel()
        alive = (alive * (1 - risk.ravel())) @ p
        survival.append(alive.sum())
    walkers, _ = walk(np.full(n, A), steps, kind, mortality=risk)
    dead = walkers.state == 1
    times = np.bincount(walkers.end_step[dead], minlength=steps)
    verdict.counts(
        f"deaths in each step, {kind}",
        "absorbing chain",
        np.append(times, n - dead.sum()),
        n * np.append(-np.diff(survival), survival[-1]),
    )
    places = np.bincount(walkers.cell[dead], minlength=died_at.size)
    verdict.counts(f"places of death, {kind}", "absorbing chain", places, n * died_at)
