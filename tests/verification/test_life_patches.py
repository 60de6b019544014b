"""Two patches in reach of wanderers are occupied as the exact chain says.

Each patch feeds one animal. A resident dies with ``e = 1 - s`` a year: its patch is then empty.
``D`` wanderers a year stand between the patches and look, on both occasions to settle that a year
has here, at ten places each, spread evenly over a disc of which each patch is the share ``a``. An
empty patch is thus found by a single wanderer with ``1 - (1 - a)^10`` an occasion; whoever settles
looks no more. One patch alone is a chain of two states, colonised with

    c = s (1 - (1 - a)^(10 * 2 D)),

and occupied for ``c / (c + e)`` of the time. Two patches share the wanderers: their four states
follow from the same rule, wanderer by wanderer. Hundreds of such pairs lie far apart on one map.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from corridor_sim.kernels.states import DISPERSER, RESIDENT
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import no_individuals
from corridor_sim.simulation.decades.population import Population
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.settling import PLACES
from oracles.populations import SIMPLE, changed, like, made, plain_ground, settled
from oracles.verdict import Verdict

PAIRS, SPACING = 18, 24  # 18 x 18 pairs, 24 cells apart
N = PAIRS**2
R, WIDE = 8.0, 3  # reach of the eye; a patch is a square of 3 x 3 cells
S, D = 0.8, 2
A = WIDE**2 / (np.pi * R**2)
SIZE = PAIRS * SPACING
MIDDLE = np.arange(PAIRS) * SPACING + SPACING / 2
# corners of the patches, as seen from the middle: far out, where the disc has most of its area
OFFSETS = ((-7, -1), (4, -2))


def find(patches: int) -> np.ndarray:
    """Return the year's chain over the states of ``patches``, before deaths."""
    states = list(itertools.product((0, 1), repeat=patches))
    index = {s: i for i, s in enumerate(states)}
    step = np.zeros((len(states),) * 2)
    for start in states:
        # state and wanderers that still look
        law: dict[tuple[tuple[int, ...], int], float] = {(start, D): 1.0}
        for _ in range(2):
            after: dict[tuple[tuple[int, ...], int], float] = {}
            for (state, looking), p in law.items():
                queue = {(state, 0): p}
                for _ in range(looking):
                    following: dict[tuple[tuple[int, ...], int], float] = {}
                    for (s, settled_now), q in queue.items():
                        empty = [i for i, full in enumerate(s) if not full]
                        sees = 1 - (1 - A * len(empty)) ** PLACES
                        rest = (s, settled_now)
                        following[rest] = following.get(rest, 0) + q * (1 - sees)
                        for i in empty:
                            # equally good: the first place seen
                            there = ((*s[:i], 1, *s[i + 1 :]), settled_now + 1)
                            following[there] = following.get(there, 0) + q * sees / len(empty)
                    queue = following
                for (s, settled_now), q in queue.items():
                    key = (s, looking - settled_now)
                    after[key] = after.get(key, 0) + q
            law = after
        for (s, _), p in law.items():
            step[index[start], index[s]] += p
    return step


def chain(patches: int) -> np.ndarray:
    """Return the chain from year to year: found, then survived."""
    one = np.array([[1.0, 0.0], [1 - S, S]])
    survive = one
    for _ in range(patches - 1):
        survive = np.kron(survive, one)
    return find(patches) @ survive


def world(patches: int) -> tuple[Population, PopulationHabitat]:
    species = made(
        **SIMPLE,
        survival=S,
        birth_probability=0.0,
        births_cease_at=1.5,
        mating_reach_m=500.0,
        perception_m=R * 1000,
        capacity_radius_m=1000.0,
    )
    # wanderers stand still: only the eye looks around
    movement = species.movement
    sexed = {
        sex: changed(
            getattr(movement, sex),
            disperser=changed(getattr(movement, sex).disperser, step_scale_m=1e-6),
        )
        for sex in ("female", "male")
    }
    species = species.model_copy(update={"movement": movement.model_copy(update=sexed)})
    ground = plain_ground(species, SIZE, SIZE)
    quality = np.full((SIZE, SIZE), -1, np.float32)
    # one block of the crowd to a patch, which holds one animal
    side, pieces = 1.0, (SIZE, SIZE)
    room = np.zeros(pieces)
    for row, col in itertools.product(MIDDLE.astype(int), MIDDLE.astype(int)):
        for dx, dy in OFFSETS[:patches]:
            at = (slice(row + dy, row + dy + WIDE), slice(col + dx, col + dx + WIDE))
            quality[at] = 1.0
            room[at] = 1.0
    reach = np.arange(-WIDE + 1, WIDE)
    d_row, d_col = (d.ravel().astype(np.int32) for d in np.meshgrid(reach, reach, indexing="ij"))
    crowd = ground.crowd._replace(
        side=side, number=np.zeros(pieces, np.int32), room=room, d_row=d_row, d_col=d_col
    )
    ground = like(ground, quality=quality, crowd=crowd)
    rules = Rules(days_per_season=0, settle_every_d=365, crowding=False)
    return settled(species, ground, 0, rules=rules), ground


def bring_wanderers(population: Population, year: int) -> None:
    animals = population.individuals
    animals.keep(animals.stage == RESIDENT)
    new = no_individuals(D * N)
    new.key[:] = year * D * N + np.arange(D * N)
    x, y = (np.repeat(c.ravel(), D) for c in np.meshgrid(MIDDLE, MIDDLE))
    for axis, at in (("x", x), ("y", y)):
        for name in (axis, f"centre_{axis}", f"roost_{axis}"):
            getattr(new, name)[:] = at
    new.stage[:] = DISPERSER
    new.heading_x[:] = 1.0
    population.book.enter(new, year)
    animals.append(new)


def occupied(population: Population, patches: int) -> np.ndarray:
    """Return the state of each pair as a number."""
    animals = population.individuals
    x, y = animals.centre_x[animals.residents()], animals.centre_y[animals.residents()]
    pair = (y / SPACING).astype(int) * PAIRS + (x / SPACING).astype(int)
    which = (x % SPACING > SPACING / 2).astype(int)
    full = np.zeros((N, patches), int)
    np.add.at(full, (pair, which), 1)
    assert full.max() <= 1
    return full @ 2 ** np.arange(patches)[::-1]


def test_the_chain_of_one_patch_is_the_formula(verdict: Verdict) -> None:
    step = chain(1)
    c, e = S * (1 - (1 - A) ** (PLACES * 2 * D)), 1 - S
    assert step == pytest.approx(np.array([[1 - c, c], [e, 1 - e]]))
    values, vectors = np.linalg.eig(step.T)
    held = np.abs(vectors[:, np.argmax(values.real)].real)
    verdict.below(
        "occupancy of the chain of one patch",
        "c / (c + e)",
        1e-12,
        abs(held[1] / held.sum() - c / (c + e)),
        "rounding",
    )


@pytest.mark.parametrize("patches", [1, 2])
def test_occupancy(patches: int, verdict: Verdict) -> None:
    population, ground = world(patches)
    step = chain(patches)
    law = np.eye(2**patches)[0]
    before = np.zeros(N, int)
    moves = np.zeros(step.shape)
    years = 14
    for year in range(1, years + 1):
        bring_wanderers(population, year)
        population.live_a_year(ground)
        now = occupied(population, patches)
        np.add.at(moves, (before, now), 1)
        before, law = now, law @ step
        if year in (1, 3, years):
            verdict.counts(
                f"states of {N} systems of {patches} patches after {year} years",
                "exact chain",
                np.bincount(now, minlength=step.shape[0]),
                N * law,
            )
    verdict.counts(
        f"changes from year to year, {patches} patches",
        "rows of the chain",
        moves,
        moves.sum(axis=1, keepdims=True) * step,
    )
    held = np.linalg.matrix_power(step, 1000)[0]
    share = held @ [bin(i).count("1") / patches for i in range(held.size)]
    # pairs are independent, the patches of a pair need not be: the wider of the two errors
    seen = sum(bin(i).count("1") for i in before) / (N * patches)
    verdict.close(
        f"occupancy in the end, {patches} patches",
        "stationary chain",
        float(share),
        seen,
        float(np.sqrt(share * (1 - share) / N)),
    )
