"""What comes out of a resident's steps beside what was put in, on even ground, as Markdown.

Usage: ``python tools/kept_steps_table.py [--write]``; with ``--write`` the table between the two
markers in ``docs/resident-steps.md`` is replaced. Animals are made up, some of them with steps far
too long for their range; each is followed by the movement kernel and its gamma and von Mises fitted
to the ways gone. Theory is exact: range, mean square displacement, crossing time.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import common
import numpy as np
from common import table

from corridor_sim.species.ranging import Gait, Process, kept_moves, switching, tethered_moves
from corridor_sim.species.tables import gamma_of, mean_cosine, ranging_schedule
from oracles.worlds import make_animals, make_clock, make_fields, make_params, run

N = 4000
CELL_M = 1000.0


class Animal(NamedTuple):
    """Who: steps, what follows what, range, steps a day."""

    name: str
    gaits: list[Gait]
    sigma_m: float
    per_day: int
    chain: tuple[tuple[float, ...], ...] = ((1.0,),)


ANIMALS = [
    Animal("6 h, turns back", [Gait(0.772, 472.0, -0.182)], 1942.0, 4),
    Animal("3 h, mostly at rest", [Gait(0.41, 1082.0, -0.05)], 2260.0, 8),
    Animal("4 h, persistent", [Gait(0.8, 500.0, 1.0)], 1500.0, 6),
    Animal("3 h, steps 0.7 of sigma", [Gait(0.459, 2333.0, 0.15)], 2700.0, 8),
    Animal("4 h, steps 1.1 of sigma", [Gait(0.4, 3000.0, 0.5)], 2000.0, 6),
    Animal(
        "3 h, encamped and travelling",
        [Gait(0.8, 60.0, -0.3), Gait(1.5, 700.0, 0.8)],
        2000.0,
        8,
        ((0.8, 0.2), (0.3, 0.7)),
    ),
]


class Seen(NamedTuple):
    """What was measured of simulated animals."""

    shape: float
    scale_m: float
    median_m: float
    kappa: float
    sigma_m: float
    day_km2: float


def kappa_of(cosine: float) -> float:
    """Return the signed concentration of that mean cosine, by bisection."""
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_cosine(middle) < abs(cosine) else (low, middle)
    return math.copysign(low, cosine)


def measured(length: np.ndarray, turn: np.ndarray) -> tuple[float, float, float, float]:
    """Return gamma shape and scale, median and concentration."""
    shape = gamma_of(math.log(length.mean()) - float(np.log(length).mean()))
    mean = float(length.mean())
    return shape, mean / shape, float(np.median(length)), kappa_of(float(np.cos(turn).mean()))


def given(one: Animal) -> tuple[float, float, float, float]:
    """Return the same of what was put in, from drawn steps in their states."""
    rng = np.random.default_rng(1)
    share = np.diff(switching(np.array(one.chain))[0], prepend=0.0)
    state = rng.choice(len(one.gaits), 400_000, p=share)
    length = np.array([g.scale_m for g in one.gaits])[state] * rng.gamma(
        np.array([g.shape for g in one.gaits])[state]
    )
    cosine = float((share * [mean_cosine(g.kappa) for g in one.gaits]).sum())
    shape, scale, median, _ = measured(length, np.zeros(1))
    return shape, scale, median, kappa_of(cosine)


def walked(one: Animal, moves: Any, days: int) -> Seen:
    """Return what is seen of animals that the kernel moves."""
    params = make_params(
        (moves.lengths, moves.turn_cos, moves.turn_sin),
        n_candidates=10,
        steps_per_day=one.per_day,
        pull=moves.pull,
        tether=moves.tether,
        scale=moves.scale_m / CELL_M,
        switch=moves.switch[None],
        rest=moves.rest,
    )
    half = 20 * one.sigma_m / CELL_M
    side = int(2 * half) + 1
    fields = make_fields(side, side, steps_per_day=one.per_day)
    animals = make_animals(np.full(N, half), half)
    begin = days * one.per_day
    run(animals, fields, params, make_clock(begin))
    at = [np.stack([animals.x, animals.y])]
    for step in range(begin, begin + 6 * one.per_day):
        run(animals, fields, params, make_clock(1, first_step=step))
        at.append(np.stack([animals.x, animals.y]))
    place = (np.stack(at) - half) * CELL_M
    way = np.diff(place, axis=0)
    angle = np.arctan2(way[:, 1], way[:, 0])
    shape, scale, median, kappa = measured(np.hypot(way[:, 0], way[:, 1]), np.diff(angle, axis=0))
    day = ((place[one.per_day :] - place[: -one.per_day]) ** 2).sum(axis=1).mean()
    sigma = math.sqrt(float((place**2).sum(axis=1).mean()) / 2)
    return Seen(shape, scale, median, kappa, sigma, float(day) / 1e6)


def rows() -> list[list[str]]:
    """Return the table's rows: of each animal what was put in, what comes out, and by a drift."""
    found = []
    for one in ANIMALS:
        chain = np.array(one.chain)
        moves = tethered_moves(one.gaits, chain, one.sigma_m, np.ones(one.per_day), 0.0)
        theory = Process(moves, chain)
        tau_d = theory.tau_d()
        shape, scale, median, kappa = given(one)
        day = theory.displacement_m2(one.per_day)[-1] / 1e6
        found.append(
            _row(f"{one.name}: given", shape, scale, median, kappa, one.sigma_m, day, tau_d)
        )
        seen = walked(one, moves, math.ceil(8 * tau_d))
        found.append(_row("comes out", *seen, None))
        if len(one.gaits) == 1:
            found.append(_row("by a drift", *_drifting(one, moves, tau_d), None))
    return found


def _drifting(one: Animal, moves: Any, tau_d: float) -> Seen:
    """Return what is seen if range and crossing time are kept by a drift of every step."""
    free = kept_moves(one.gaits, np.ones(one.per_day), 0.0)
    schedule = ranging_schedule(
        one.sigma_m, tau_d, np.ones(one.per_day), 0.0, free.lengths[0], free.turn_cos[0]
    )
    drifts = free._replace(pull=schedule.pull[None], scale_m=schedule.scale_m[None])
    return walked(one, drifts, math.ceil(8 * tau_d))


def _row(name: str, *numbers: float | None) -> list[str]:
    form = ("{:.3f}", "{:.0f}", "{:.0f}", "{:+.3f}", "{:.0f}", "{:.3g}", "{:.3g}")
    return [name, *("" if x is None else f.format(x) for f, x in zip(form, numbers, strict=True))]


def main() -> None:
    """Print the table, or write it into the page."""
    args = common.options(__doc__ or "", "resident-steps.md", quick=False)
    head = ["animal", "shape", "scale m", "median step m", "kappa", "sigma m"]
    head += ["MSD at one day km²", "tau d, by theory"]
    text = "\n".join(table(head, rows(), "---:"))
    common.show(text, "resident-steps.md", "kept steps", write=args.write)


if __name__ == "__main__":
    main()
