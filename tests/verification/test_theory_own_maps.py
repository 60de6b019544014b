"""Use of ground by animals that select by a user's covariate is that of weights ``exp(beta x)``.

Two classes of ground, one preferred by ``beta``. Residents are drawn home and dispersers are not;
both are counted on cell centres, where all of a walk can be summed exactly. The weights of the
theory are written from the formula that users read, those of the walk come out of species and
landscape.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from corridor_sim.species.fields import on_landscape
from oracles.own_maps import covariate, ground, plain
from oracles.theory import COMPASS, choice, lattice_chain
from oracles.verdict import Verdict
from oracles.worlds import LATTICE, make_animals, make_clock, make_fields, make_params, run

HEIGHT, WIDTH = 6, 7
N = 42 * 600


def two_classes() -> np.ndarray:
    return np.random.default_rng(17).integers(0, 2, (HEIGHT, WIDTH))


def weights(kind: str, beta: float, x: np.ndarray) -> np.ndarray:
    """Return what steps weigh by a species whose map of two classes is ``x``."""
    if kind == "resistance":
        # weights of ready maps are R^-b
        b = plain().habitat.resistance_exponent.value
        land = ground(covariate("r", np.exp(beta / b * (1 - x))))
        return on_landscape(plain(own_maps={"resistance": "r"}), land).fields.weight[0]
    coefficient = {"1": beta} if kind == "class" else beta
    land = ground(covariate("x", x, kind=kind))
    return on_landscape(plain(selection={"coefficients": {"x": coefficient}}), land).fields.weight[
        0
    ]


@pytest.mark.parametrize("kind", ["continuous", "class", "resistance"])
@pytest.mark.parametrize("beta", [0.7, 2.0])
def test_dispersers_use_ground_by_its_coefficient(kind: str, beta: float, verdict: Verdict) -> None:
    x = two_classes()
    chain = lattice_chain(np.exp(beta * x), np.ones(x.shape), 4, 0.25)
    cells = np.repeat(np.arange(x.size), N // x.size)
    n_steps = 120
    expected = np.full(x.size, 1 / x.size) @ np.linalg.matrix_power(chain, n_steps)
    animals = make_animals(cells % WIDTH + 0.5, cells // WIDTH + 0.5)
    fields = make_fields(HEIGHT, WIDTH, weight=weights(kind, beta, x))
    run(
        animals,
        fields,
        make_params(LATTICE, n_candidates=4, rest=0.25),
        make_clock(n_steps, seed=6),
    )
    there = animals.y.astype(int) * WIDTH + animals.x.astype(int)
    seen = np.bincount(there, minlength=x.size)
    what = f"coefficient {beta:g} of a {kind} covariate"
    verdict.counts(f"use, {what}", "chain of weights exp(beta x)", seen, expected * cells.size)
    preferred = float(expected[x.ravel() == 1].sum())
    hits = int(seen[x.ravel() == 1].sum())
    verdict.share(f"share in the preferred class, {what}", "the same", preferred, hits, cells.size)


def test_residents_use_ground_by_its_coefficient(verdict: Verdict) -> None:
    """With a = 1/2 positions are dyadic numbers: every one can be followed and is exact."""
    x = np.random.default_rng(23).integers(0, 2, (9, 9))
    x[4, 4] = 1
    beta, k, n_steps, n = 1.5, 3, 5, 60_000
    centre, start = (4.5, 4.25), (7.5, 2.25)
    chances = {start: 1.0}
    for _ in range(n_steps):
        after: dict[tuple[float, float], float] = defaultdict(float)
        for (east, south), chance in chances.items():
            px, py = (c + 0.5 * (v - c) for v, c in zip((east, south), centre, strict=True))
            ends = [(px + 2 * dc, py + 2 * dr) for dr, dc in COMPASS]
            w = np.exp(beta * np.array([x[int(v), int(u)] for u, v in ends]))
            p, none = choice(np.full(4, 0.25), w, k)
            after[east, south] += chance * none
            for end, share in zip(ends, p, strict=True):
                after[end] += chance * float(share)
        chances = after
    animals = make_animals(np.full(n, start[0]), start[1])
    animals.centre_x[:], animals.centre_y[:] = centre
    fields = make_fields(9, 9, weight=weights("continuous", beta, x))
    params = make_params(LATTICE, n_candidates=k, pull=0.5, scale=2.0)
    run(animals, fields, params, make_clock(n_steps, seed=3))
    seen = Counter(zip(animals.x.tolist(), animals.y.tolist(), strict=True))
    assert {*seen} <= {at for at, chance in chances.items() if chance > 0}
    observed = np.array([seen[at] for at in chances])
    expected = n * np.array([*chances.values()])
    verdict.counts("places of residents, coefficient 1.5", "all ways summed", observed, expected)
