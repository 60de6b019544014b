"""With selection, use equals the exactly computed distribution of the walk on cell centres.

Steps of exactly one cell in the four directions keep every animal on a cell centre, so the whole
walk is a finite Markov chain. Its transition probabilities are exact sums over all draws of the K
candidates (:func:`oracles.theory.choice`). Only the last position of each of many independent
animals is used, which makes the counts multinomial.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from oracles.theory import COMPASS, F8, choice, lattice_chain, stationary
from oracles.verdict import Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

HEIGHT, WIDTH = 6, 7
N = 42 * 600
REST = 0.25  # breaks the walk's even and odd cells


def landscape(levels: tuple[float, ...]) -> F8:
    rng = np.random.default_rng(17)
    weight: F8 = rng.choice(levels, (HEIGHT, WIDTH))
    return weight


def barriers() -> F8:
    permeability = np.ones((HEIGHT, WIDTH))
    permeability[:, 3] = 0.25
    permeability[2, :] = np.float32(0.6)
    return permeability


@pytest.mark.parametrize("k", [1, 2, 10])
@pytest.mark.parametrize("barred", [False, True], ids=["open", "barriers"])
@pytest.mark.parametrize("levels", [(1.0, 4.0), (0.5, 1.0, 3.0), (0.0, 1.0, 2.0)], ids=str)
def test_use_is_the_stationary_distribution(
    levels: tuple[float, ...], barred: bool, k: int, verdict: Verdict
) -> None:
    weight = landscape(levels)
    permeability = barriers() if barred else np.ones((HEIGHT, WIDTH))
    chain = lattice_chain(weight, permeability, k, REST)
    assert chain.sum(axis=1) == pytest.approx(1)
    connected = 0.0 not in levels  # cells of weight 0 may cut the grid apart
    # start everywhere that weighs something, evenly
    home = np.flatnonzero(weight.ravel() > 0)
    start = np.zeros(weight.size)
    start[home] = 1 / home.size
    cells = np.repeat(home, N // home.size)
    n_steps = 80
    expected = start @ np.linalg.matrix_power(chain, n_steps)
    if connected:
        # so many steps that the distance left to stationarity is no part of chi-square
        limit = stationary(chain)
        while cells.size * ((expected - limit) ** 2 / limit).sum() > 0.1:
            n_steps += 80
            expected = start @ np.linalg.matrix_power(chain, n_steps)
    animals = make_animals(cells % WIDTH + 0.5, cells // WIDTH + 0.5)
    fields = make_fields(HEIGHT, WIDTH, weight=weight, permeability=permeability)
    run(
        animals,
        fields,
        make_params(LATTICE, n_candidates=k, rest=REST),
        make_clock(n_steps, seed=6),
    )
    seen = np.bincount(
        animals.y.astype(int) * WIDTH + animals.x.astype(int), minlength=HEIGHT * WIDTH
    )
    verdict.counts(
        f"use of {levels} weights, {'barriers' if barred else 'open'}, K = {k}",
        f"stationary distribution, {n_steps} steps" if connected else f"P^{n_steps}",
        seen,
        expected * cells.size,
    )


def test_many_candidates_approach_selection_times_availability(verdict: Verdict) -> None:
    """For K to infinity ``P_ij = q_ij w_j / Z_i``, reversible with ``pi_i ~ w_i Z_i``."""
    weight = landscape((1.0, 4.0))
    available = np.zeros_like(weight)
    for dr, dc in COMPASS:
        padded = np.pad(weight, 1)
        available += padded[1 + dr : 7 + dr, 1 + dc : 8 + dc]
    limit = (weight * available).ravel() / (weight * available).sum()
    far = [
        float(np.abs(stationary(lattice_chain(weight, np.ones_like(weight), k, 0.0)) - limit).sum())
        for k in (10, 20, 40)
    ]
    # the first neglected term is of order 1/K: doubling K halves it, within its next order
    assert far[0] > 1.7 * far[1] > 1.7**2 * far[2]
    verdict.below("distance to K = infinity at K = 40", "w_i Z_i", far[1], far[2], "at K = 20")


def test_selection_with_attraction_is_exact(verdict: Verdict) -> None:
    """With a = 1/2 positions are dyadic numbers: every one can be followed and is exact."""
    height = width = 9
    rng = np.random.default_rng(23)
    weight = rng.choice([0.0, 1.0, 2.0, 5.0], (height, width))
    weight[4, 4] = 1.0
    k, n_steps, n = 3, 5, 60_000
    centre, start = (4.5, 4.25), (7.5, 2.25)
    chances = {start: 1.0}
    for _ in range(n_steps):
        after: dict[tuple[float, float], float] = defaultdict(float)
        for (x, y), chance in chances.items():
            px, py = (c + 0.5 * (v - c) for v, c in zip((x, y), centre, strict=True))
            ends = [(px + 2 * dc, py + 2 * dr) for dr, dc in COMPASS]
            w = np.array([weight[int(v), int(u)] for u, v in ends])
            p, none = choice(np.full(4, 0.25), w, k)
            after[x, y] += chance * none
            for end, share in zip(ends, p, strict=True):
                after[end] += chance * float(share)
        chances = after
    animals = make_animals(np.full(n, start[0]), start[1])
    animals.centre_x[:], animals.centre_y[:] = centre
    params = make_params(LATTICE, n_candidates=k, pull=0.5, scale=2.0)
    run(animals, make_fields(height, width, weight=weight), params, make_clock(n_steps, seed=3))
    seen = Counter(zip(animals.x.tolist(), animals.y.tolist(), strict=True))
    assert set(seen) <= set(chances)
    verdict.counts(
        f"positions after {n_steps} steps with attraction and selection, K = {k}",
        "all ways enumerated",
        np.array([seen[at] for at in chances]),
        n * np.array(list(chances.values())),
    )
