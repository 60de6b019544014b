"""A population spreads over uniform ground as exactly as its wandering and its births say.

Without crowding every exponential moment of the animals' places grows at a known rate. With it a
range advances at the speed that those rates imply (``oracles.spreading``), less what finite numbers
and a finite age take from every front that is pulled by its few first animals.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corridor_sim import Species
from corridor_sim.simulation.decades.individuals import JUVENILE
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.species.demography import vital_rates
from oracles.populations import SIMPLE, changed, made, plain_ground, residents_at, settled, trait
from oracles.spreading import Spreading
from oracles.verdict import Verdict

S, LITTER, B, FEMALE = 0.7, 2, 1.0, 0.5
STEP, MEAN_D, EVERY_D, SHAPE = 0.6, 20.0, 10, 1.0
THEORY = Spreading(S, B * LITTER * FEMALE, shape=SHAPE, step=STEP, mean_d=MEAN_D, every_d=EVERY_D)


def wanderer() -> Species:
    """One step a day, no persistence, no choice; settles where it stands, if there is room."""
    species = made(
        **(SIMPLE | {"litter_mean": float(LITTER), "litter_max": LITTER}),
        survival=S,
        birth_probability=B,
        mating_reach_m=1e6,
        perception_m=0.0,
        capacity_radius_m=2000.0,
    )
    movement = species.movement

    def sexed(sex: str):
        who = getattr(movement, sex)
        scale = STEP * 1000 / np.sqrt(SHAPE * (SHAPE + 1))
        return changed(
            who,
            disperser=changed(
                who.disperser,
                step_shape=SHAPE,
                step_scale_m=scale,
                turning_kappa=0.0,
                share_of_sex=1.0,
                duration_d=MEAN_D,
            ),
        )

    clock = {"step_h": 24, "steps_per_day": 1, "candidates": 1, "activity": (1.0,) * 24}
    sexes = {sex: sexed(sex) for sex in ("female", "male")}
    return species.model_copy(
        update={
            "movement": movement.model_copy(update=clock | sexes | {"rest_probability": trait(0.0)})
        }
    )


def test_the_theory_of_slow_growth_is_fishers(verdict: Verdict) -> None:
    """Beyond ``2 sqrt(r D)`` the kernel's longer tails add a term of order r."""
    for daughters in (0.45, 0.435):
        slow = Spreading(S, daughters, shape=SHAPE, step=STEP, mean_d=MEAN_D, every_d=EVERY_D)
        r = float(np.log(slow.growth()))
        verdict.between(
            f"speed over 2 sqrt(r D) at r = {r:.4f}",
            "1 + O(r)",
            1.0,
            1 + 2 * r,
            slow.speed / slow.fisher,
        )
    assert THEORY.never < 1e-6


def test_every_exponential_moment_grows_as_it_must(verdict: Verdict) -> None:
    """Families of females, by mothers; independent, so their spread gives the error."""
    species, years, n, size = wanderer(), 7, 8000, 81
    ground = plain_ground(species, size, size, capacity=1e9)
    population = settled(
        species, ground, 10, rules=Rules(days_per_season=0, settle_every_d=EVERY_D, crowding=False)
    )
    middle = np.full(n, size / 2)
    residents_at(population, middle, middle, np.arange(n) < 10)
    root = np.arange(n)
    for _ in range(years):
        population.live_a_year(ground)
        born = population.individuals.row >= root.size
        root = np.append(root, root[population.individuals.mother[born]])
    animals = population.individuals
    women = ~animals.male
    x = np.where(animals.stage == JUVENILE, animals.x, animals.centre_x)[women] - size / 2
    y = np.where(animals.stage == JUVENILE, animals.y, animals.centre_y)[women] - size / 2
    family = root[animals.row[women]] - 10
    families = n - 10
    start = (1 + THEORY.daughters) * S

    def judge(name: str, theory: str, values: np.ndarray, expected: float) -> None:
        per = np.bincount(family, values, minlength=families)
        verdict.close(name, theory, expected, per.mean(), float(per.std(ddof=1) / families**0.5))

    judge(
        f"females after {years} years",
        "lambda(0)^t",
        np.ones(x.size),
        start * THEORY.growth() ** (years - 1),
    )
    for z in (-THEORY.steepest / 2, THEORY.steepest / 2):
        for axis, at in (("x", x), ("y", y)):
            judge(
                f"sum of exp({z:+.2f} {axis}) after {years} years",
                "lambda(z)^t",
                np.exp(z * at),
                start * THEORY.growth(z) ** (years - 1),
            )
    # of a lineage's years each leads over a move with probability daughters / (1 + daughters)
    share = THEORY.daughters / (1 + THEORY.daughters)
    judge(
        f"sum of x^2 after {years} years",
        "lambda^t times moves times variance",
        x**2,
        start * THEORY.growth() ** (years - 1) * (years - 1) * share * THEORY.variance,
    )


@pytest.mark.parametrize(
    ("density", "height", "width", "years"),
    [
        pytest.param(25, 30, 70, 42, id="small"),
        pytest.param(400, 30, 100, 48, id="large", marks=pytest.mark.slow),
    ],
)
def test_a_range_advances_at_the_speed_of_its_front(
    density: float, height: int, width: int, years: int, verdict: Verdict
) -> None:
    species = wanderer()
    ground = plain_ground(species, height, width, capacity=density * height * width)
    # births fall to none at K: numbers rest below K, and nobody has to go on for want of room
    rates = replace(
        vital_rates(species.life_cycle), birth_probability_at_capacity=0.0, births_cease_at=1.0001
    )
    population = settled(
        species, ground, 10, rates=rates, rules=Rules(days_per_season=0, settle_every_d=EVERY_D)
    )
    rng = np.random.default_rng(1)
    filled = density * (1 - (1 - S) / S / THEORY.daughters)
    n = int(8 * height * filled)
    residents_at(
        population, rng.uniform(0, 8, n), rng.uniform(0, height, n), rng.random(n) < FEMALE
    )
    front, first = [], years // 2
    for _ in range(years):
        population.live_a_year(ground)
        x = population.individuals.centre_x[population.individuals.residents()]
        column = np.bincount(x.astype(int), minlength=width) / height
        half = column[3:8].mean() / 2
        smooth = np.convolve(column, np.ones(3) / 3, "same")
        i = int(np.flatnonzero(smooth > half).max())
        front.append(i + (smooth[i] - half) / (smooth[i] - smooth[i + 1]))
    assert front[-1] < width - 8
    speed = float(np.polyfit(np.arange(first, years), front[first:], 1)[0])
    # animals over the width of the front, 1 / z
    numbers = filled * height / THEORY.steepest
    lacks = THEORY.finite_numbers(numbers) + THEORY.finite_time(first, years)
    verdict.between(
        f"speed of a front of {numbers:.0f} animals, cells a year; 2 sqrt(r D) = "
        f"{THEORY.fisher:.3g}",
        f"min ln(lambda(z)) / z = {THEORY.speed:.4g}, less Brunet-Derrida "
        f"{THEORY.finite_numbers(numbers):.2g} and Bramson {THEORY.finite_time(first, years):.2g}",
        THEORY.speed - lacks,
        THEORY.speed,
        speed,
    )
    # such a front is slower than one of infinitely many, by part of that at least
    verdict.below(
        "the same speed",
        "slower than infinitely many",
        THEORY.speed - lacks / 4,
        speed,
        "less a quarter of what it lacks",
    )
