"""What the number of candidates K costs in accuracy and in time, as Markdown.

Usage: ``python tools/candidates_table.py [--write]``; with ``--write`` the tables between the two
markers in ``docs/step-selection.md`` are replaced. Nothing but the nanoseconds is measured: the
choice among K is a mean over what else could have been drawn, and long-run use the stationary
distribution of a chain. The last column is for comparison: the choice in proportion to weight.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import common
import numpy as np
from common import table
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.landscape import andes_amazon
from corridor_sim.kernels.records import Animals, Fields, Params
from corridor_sim.kernels.states import ALIVE, DISPERSER, RESIDENT
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days
from corridor_sim.species.reader import load_species, species_keys
from oracles.candidates import F8, chosen, exact, mean_log, proportional, strength_returned
from oracles.reach import backward, proposals, weights

KS = (5, 10, 20, 50)
DEFAULT = 10
HOME_DRAWS = 2048  # for each node of a range, where many nodes average out
CELL_M = 1000.0
N_PROPOSED = 512
N_ANIMALS = 60
N_CENTRES = 6
SIDE = 27  # nodes along one side of a home range
SPAN = 3.2  # half of it in standard deviations of the range


class Bias(NamedTuple):
    """Mean distance and share of the selection strength returned, by K, then by plain weight."""

    variation: float
    distance: F8
    returned: F8


def rows(animals: Animals, which: Any) -> Animals:
    return Animals(*(np.ascontiguousarray(column[which]) for column in animals))


def moving_steps(params: Params) -> list[int]:
    """Return three of the steps of the day in which the species moves."""
    active = np.flatnonzero((params.rest < 1).all(axis=0) & (params.scale > 0).all(axis=0))
    return [int(active[i]) for i in (0, active.size // 2, active.size - 1)]


def one_step(w: F8) -> Bias:
    """Return the bias of one step, over places ``[place, outcome]`` of equally likely outcomes."""
    w = w[(w > 0).any(axis=1)]
    q = np.full(w.shape[1], 1 / w.shape[1])
    found = np.array(
        [
            np.vstack([chosen(q, row, *KS, seed=i), proportional(q, row, DEFAULT)])
            for i, row in enumerate(w)
        ]
    )
    p = found / found.sum(axis=2, keepdims=True)  # given that anything was chosen
    limits = np.array([exact(q, row) for row in w])
    distance = np.abs(p - limits[:, None]).sum(axis=2).mean(axis=0) / 2
    returned = [strength_returned(q, w, mean_log(p[:, i], w)) for i in range(p.shape[1])]
    variation = float(np.mean((w / w.mean(axis=1, keepdims=True)).std(axis=1)))
    return Bias(variation, distance, np.array(returned))


def at_home(animals: Animals, i: int, sigma: float, fields: Fields, params: Params, s: int) -> Bias:
    """Return the bias of long-run use in one home range, by the chain of its discretised kernel.

    Nodes span the range; a step goes from its node, drawn home, to the node nearest to each
    candidate. Turning angles are even; the night's roost is left out. ``returned`` is the share of
    the shift in mean log weight, from no selection to exact selection.
    """
    half = SPAN * sigma
    axis = np.linspace(-half, half, SIDE)
    apart = axis[1] - axis[0]
    one = rows(animals, [i])
    home = (float(one.centre_x[0]), float(one.centre_y[0]))
    y, x = (v.ravel() for v in np.meshgrid(home[1] + axis, home[0] + axis, indexing="ij"))
    even = (np.arange(360) + 0.5) * np.pi / 180
    level = params._replace(
        turn_cos=np.tile(np.cos(even), (params.turn_cos.shape[0], 1)),
        turn_sin=np.tile(np.sin(even), (params.turn_cos.shape[0], 1)),
    )
    ends = proposals(one._replace(x=one.centre_x, y=one.centre_y), level, s, 4 * N_PROPOSED)
    step_x, step_y = (v[0] - c for v, c in zip(ends, home, strict=True))
    pull = backward(params, s, 4 * N_PROPOSED)[1][one.klass[0]]
    chains = np.zeros((len(KS) + 3, SIDE**2, SIDE**2))
    for here in range(SIDE**2):
        col = np.rint((pull * (x[here] - home[0]) + step_x + half) / apart).astype(int)
        row = np.rint((pull * (y[here] - home[1]) + step_y + half) / apart).astype(int)
        kept = (col >= 0) & (row >= 0) & (col < SIDE) & (row < SIDE)
        mass = np.bincount(row[kept] * SIDE + col[kept], minlength=SIDE**2) / kept.sum()
        to = np.flatnonzero(mass)
        start = one._replace(x=x[[here]], y=y[[here]])
        w = weights(start, x[None, to], y[None, to], fields, params, s, 0)[0]
        if w.any():
            q = mass[to]
            some = 1.0 - q[w == 0].sum() ** np.array(KS, float)[:, None]  # a draw weighs anything
            by_odds = some * chosen(q, w, *KS, n=HOME_DRAWS, seed=here)
            chains[:, here, to] = np.vstack([by_odds, proportional(q, w, DEFAULT), exact(q, w), q])
        chains[:, here, here] += 1.0 - chains[:, here].sum(axis=1)
    use = np.array([resting_place(chain) for chain in chains])
    ground = weights(one, x[None], y[None], fields, params._replace(lift_samples=0), s, 0)[0]
    at = mean_log(use, np.maximum(ground, 1e-9))
    limit, none = at[-2], at[-1]
    distance = np.abs(use[:-2] - use[-2]).sum(axis=1) / 2
    return Bias(float(limit - none), distance, (at[:-2] - none) / (limit - none))


def resting_place(chain: F8) -> F8:
    """Return the stationary distribution of a large chain."""
    system = chain.T - np.eye(chain.shape[0])
    system[-1] = 1.0
    right = np.zeros(chain.shape[0])
    right[-1] = 1.0
    return np.asarray(np.linalg.solve(system, right))


def places(animals: Animals, stage: int, fields: Fields, params: Params) -> F8:
    """Return the weights of what animals of one stage could reach, three steps of the day."""
    who = np.flatnonzero((animals.state == ALIVE) & (animals.klass // 2 == stage))[:N_ANIMALS]
    some = rows(animals, who)
    return np.concatenate(
        [
            weights(some, *proposals(some, params, s, N_PROPOSED), fields, params, s, 0)
            for s in moving_steps(params)
        ]
    )


def nanoseconds(repeats: int = 7) -> dict[int, float]:
    """Return processor time of one step by K, one thread, the fastest of the repeats."""
    from bench_world import Kernel

    world = Kernel()
    params, best = world.params, dict.fromkeys(KS, float("inf"))
    for _ in range(repeats):
        for k in KS:
            world.params = params._replace(n_candidates=k)
            best[k] = min(best[k], world.cpu_ns(60))
    return best


def whole_ranges(animals: Animals, sigma: float, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return rows of resident females whose range lies within the raster."""
    edge = SPAN * sigma
    x, y = animals.centre_x, animals.centre_y
    inside = (x > edge) & (y > edge) & (x < shape[1] - edge) & (y < shape[0] - edge)
    return np.flatnonzero(inside & (animals.klass == 2 * RESIDENT))


def percents(values: Iterable[float], decimals: int = 1) -> list[str]:
    return [f"{100 * v:.{decimals}f} %" for v in values]


def tables() -> str:
    """Return all tables as Markdown."""
    land = andes_amazon(CELL_M)
    species = [load_species(key) for key in species_keys()]
    context = prepare_days(species, land, quotas={s.key: Quota(count=1000) for s in species})
    sim = Simulation(context, seed=1)
    sim.advance(15)
    steps: list[tuple[str, Bias]] = []
    for spread in (0.5, 1.0):
        w = np.exp(np.random.default_rng(1).normal(0, spread, (60, N_PROPOSED)))
        steps.append((f"made up: log weight normal, SD {spread:g}", one_step(w)))
    ranges: list[tuple[str, Bias]] = []
    for one in species:
        here, animals = context.species[one.key].here, sim.animals[one.key]
        for name, number in (("residents", RESIDENT), ("dispersers", DISPERSER)):
            w = places(animals, number, here.fields, here.params)
            steps.append((f"{one.name}, {name}", one_step(w)))
        s = moving_steps(here.params)[1]
        sigma = one.movement.female.resident.sigma_m / CELL_M
        females = whole_ranges(animals, sigma, land.grid.shape)[:N_CENTRES]
        found = [at_home(animals, int(i), sigma, here.fields, here.params, s) for i in females]
        mean = Bias(
            float(np.mean([b.variation for b in found])),
            np.mean([b.distance for b in found], axis=0),
            np.average([b.returned for b in found], axis=0, weights=[b.variation for b in found]),
        )
        ranges.append((one.name, mean))
    right = "---:"
    ks = [*(f"K = {k}" for k in KS), f"K = {DEFAULT}, by plain weight"]
    out = ["Total variation distance of one step to the exact kernel, mean over places:", ""]
    lines = [[n, f"{b.variation:.2f}", *percents(b.distance, 2)] for n, b in steps]
    out += table(["habitat", "CV of weight in reach", *ks], lines, right)
    out += ["Selection strength that a step-selection analysis of these steps returns:", ""]
    out += table(["habitat", *ks], [[n, *percents(b.returned)] for n, b in steps], right)
    out += [f"Long-run use of a home range, mean of {N_CENTRES} ranges, distance to exact use:", ""]
    out += table(["species", *ks], [[n, *percents(b.distance, 2)] for n, b in ranges], right)
    out += ["Share of the shift of use towards better ground that remains in the long run:", ""]
    lines = [[n, f"{b.variation:.3f}", *percents(b.returned)] for n, b in ranges]
    out += table(["species", "shift of mean log weight", *ks], lines, right)
    cost = nanoseconds()
    out += ["Processor time of one step in the world of `tests/benchmarks/bench_world.py`:", ""]
    out += table(["", *ks[:-1]], [["ns a step", *(f"{cost[k]:.0f}" for k in KS)]], right)
    return "\n".join(out).rstrip()


def main() -> None:
    args = common.options(__doc__, "step-selection.md", quick=False)
    begin = time.perf_counter()
    common.show(tables(), "step-selection.md", "table", write=args.write)
    print(f"{time.perf_counter() - begin:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
