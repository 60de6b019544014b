"""Designs: which values the parameters take at every point."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.sweep import SweepSettings, Value

BITS = 30


def latin_hypercube(n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return ``n`` points in the unit cube, one in each of the ``n`` slices of every axis.

    Source: McKay, Beckman & Conover (1979), Technometrics 21:239-245.
    """
    rng = np.random.default_rng([seed, 1])
    slices = np.stack([rng.permutation(n) for _ in range(dimensions)], axis=1)
    return np.asarray((slices + rng.random((n, dimensions))) / n)


def sobol(n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return the first ``n`` points of the Sobol sequence in the unit cube, shifted at random.

    A random digital shift (each coordinate's bits exclusive-or the same random bits) keeps the
    sequence's even filling and spares its first point the corner. Source: Sobol' (1967), USSR
    Comput. Math. Math. Phys. 7:86-112; Owen (2003), ACM Trans. Model. Comput. Simul. 13:363-378.
    """
    from scipy.stats import qmc

    plain = qmc.Sobol(dimensions, scramble=False, bits=BITS).random(n)
    rng = np.random.default_rng([seed, 2])
    shift = rng.integers(0, 1 << BITS, dimensions)
    bits = np.floor(plain * (1 << BITS)).astype(np.int64) ^ shift
    return np.asarray((bits + 0.5) / (1 << BITS))


def points(settings: SweepSettings, seed: int) -> list[tuple[Value, ...]]:
    """Return the values of the parameters, in their order, at every point; each point once."""
    parameters = list(settings.parameters.values())
    if settings.design == "grid":
        return list(itertools.product(*(one.grid() for one in parameters)))
    make = latin_hypercube if settings.design == "lhs" else sobol
    cube = make(settings.n_points, len(parameters), seed)
    found = [
        tuple(one.at(float(u)) for one, u in zip(parameters, row, strict=True)) for row in cube
    ]
    return list(dict.fromkeys(found))
