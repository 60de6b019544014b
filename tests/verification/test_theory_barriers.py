"""Barriers: the chance of one encounter, and symmetric flux through symmetric permeability."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim.species.tables import length_table, turning_table
from oracles.verdict import Verdict
from oracles.worlds import EAST, make_animals, make_clock, make_fields, make_params, run

N = 40_000


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
@pytest.mark.parametrize(("length", "power"), [(2.0, 1.0), (1.0, 0.5)])
def test_chance_of_one_encounter(length: float, power: float, p: float, verdict: Verdict) -> None:
    """Everyone steps due east: right across a one-cell barrier, or to its middle."""
    fields = make_fields(1, 3, permeability=[[1, p, 1]])
    animals = make_animals(np.full(N, 0.5), 0.5)
    tallies = run(animals, fields, make_params(EAST, scale=length), make_clock(1))
    crossed = int((animals.x > 1).sum())
    verdict.share(
        f"crossing {'a barrier' if power == 1 else 'to the middle of one'} of p = {p:g}",
        "p" if power == 1 else "sqrt(p)",
        float(np.float32(p)) ** power,
        crossed,
        N,
    )
    assert (tallies.passed[0, 1], tallies.blocked[0, 1]) == (crossed, N - crossed)
    # those who failed stay and turn back
    assert np.array_equal(animals.heading_x > 0, animals.x > 1)


@pytest.mark.parametrize("kappa", [0.0, 0.8])
def test_flux_is_symmetric_at_stationarity(kappa: float, verdict: Verdict) -> None:
    """In a walled garden, with one candidate, the uniform distribution is stationary.

    Places and headings both: a step and its reverse are equally likely (a way costs the same both
    ways), and an animal that fails turns back, which is the reverse of having come. The wall is a
    barrier of p = 0, thicker than the longest step, so the edge of the raster plays no part. An
    animal crosses a section net +1, 0 or -1 times, so the variance of the mean net flux is the
    share of animals that end on the other side, over n.
    """
    height, width, wall, scale = 24, 40, 16, 2.0
    lengths = length_table(0.8)
    assert scale * lengths.max() < wall
    garden = np.ones((height, width))
    garden[:, 13] = 0.3
    garden[5, 13:30] = 0.1
    garden[np.arange(24), np.arange(24) + 12] = 0.6
    cos, sin = turning_table(kappa)
    params = make_params((lengths[None], cos[None], sin[None]), scale=scale)
    fields = make_fields(height + 2 * wall, width + 2 * wall, permeability=np.pad(garden, wall))
    rng = np.random.default_rng(11)
    animals = make_animals(rng.uniform(0, width, N) + wall, rng.uniform(0, height, N) + wall)
    angle = rng.uniform(0, 2 * np.pi, N)
    animals.heading_x[:], animals.heading_y[:] = np.cos(angle), np.sin(angle)
    n_steps = 40
    start = animals.x.copy()
    tallies = run(animals, fields, params, make_clock(n_steps, seed=4), n_records=n_steps)
    track = np.vstack([start[None], tallies.tracks[:, :, 0].T]) - wall
    for section in (13.0, 14.0, 30.0):
        east = track > section
        right = int((east[1:] & ~east[:-1]).sum())
        left = int((~east[1:] & east[:-1]).sum())
        error = math.sqrt(float((east[-1] != east[0]).mean()) / N)
        assert right > 1000
        verdict.close(
            f"net flux per animal through x = {section:g}, kappa = {kappa:g}"
            f" ({right} east, {left} west)",
            "symmetry",
            0.0,
            (right - left) / N,
            error,
        )
    blocks = (animals.y - wall).astype(int) // 4 * 10 + (animals.x - wall).astype(int) // 4
    verdict.counts(
        f"end positions in blocks of 16 cells, kappa = {kappa:g}",
        "uniform is stationary",
        np.bincount(blocks, minlength=60),
        np.full(60, N / 60),
    )
