"""The first animals: as many as the landscape feeds, in the ages of a population at capacity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import DISPERSER, RESIDENT
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals, at, no_individuals
from corridor_sim.simulation.decades.random_streams import FOUNDER, LIFE, RandomStreams
from corridor_sim.species.demography import VitalRates, survivorship
from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.species.traits import Species

# two founders of one number would be one animal: independents are numbered from 0, young from here
FIRST_YOUNG = 2**30


def found(
    species: Species, habitat: PopulationHabitat, rates: VitalRates, n: int, streams: RandomStreams
) -> Individuals:
    """Return ``n`` independent animals and the young that belong to them.

    Independents are placed by capacity, residents where they stand; ages follow survival at a
    growth rate of 1. Those of dispersal age are about to leave. The young are with females that
    are drawn evenly among the grown ones.

    Parameters
    ----------
    n : int
        Independent animals.
    """
    life = habitat.life
    alive = survivorship(rates.survival)
    leaves = int(life.leaves_from_y.value)
    old = alive[leaves:]
    individuals = no_individuals(n)
    individuals.key[:] = np.arange(n)
    u = streams.draws(individuals.key, FOUNDER)
    individuals.age[:] = leaves + np.searchsorted(np.cumsum(old) / old.sum(), u[:, 0], side="right")
    np.minimum(individuals.age, alive.size - 1, out=individuals.age)
    _place(individuals, habitat, u)
    give_traits(individuals, species, life, streams)
    individuals.stage[:] = RESIDENT
    leaving = individuals.disperses & (individuals.age == individuals.leave_age)
    individuals.stage[leaving] = DISPERSER
    # younger than their age of leaving: still with a mother, as those born in the run would be
    individuals.stage[individuals.age < individuals.leave_age] = JUVENILE
    individuals.append(_young(individuals, species, habitat, rates, streams, alive[:leaves]))
    individuals.mother[:] = individuals.father[:] = -1
    individuals.row[:] = np.arange(len(individuals))
    return individuals


def _place(individuals: Individuals, habitat: PopulationHabitat, u: NDArray[np.float64]) -> None:
    width = habitat.shape[1]
    rank = np.searchsorted(habitat.cumulative, u[:, 1], side="right")
    cell = habitat.cells[np.minimum(rank, habitat.cells.size - 1)]
    individuals.x[:] = cell % width + u[:, 2]
    individuals.y[:] = cell // width + u[:, 3]
    individuals.quality[:] = habitat.quality.reshape(-1)[cell]
    at_home(individuals, np.arange(len(individuals)), habitat)
    individuals.natal_x[:], individuals.natal_y[:] = individuals.x, individuals.y
    individuals.natal_zone[:] = individuals.last_zone


def at_home(individuals: Individuals, rows: NDArray[np.int64], habitat: PopulationHabitat) -> None:
    """Make the place where animals stand their home, roost included."""
    for axis in ("x", "y"):
        here = getattr(individuals, axis)[rows]
        for name in (f"centre_{axis}", f"roost_{axis}"):
            getattr(individuals, name)[rows] = here
    x, y = individuals.x[rows], individuals.y[rows]
    individuals.last_zone[rows] = at(habitat.here.fields.zone, x, y)


def give_traits(
    individuals: Individuals,
    species: Species,
    life: LifeCycle,
    streams: RandomStreams,
    year: int | None = None,
) -> None:
    """Draw what an animal has for life: sex, age of leaving, whether it disperses, and so on.

    ``year`` is that of the birth; founders have none, and each its own chance to be a male.
    """
    u = streams.draws(individuals.key, LIFE)
    if year is None:
        individuals.male[:] = u[:, 0] >= life.female_at_birth.value
    else:
        males = np.full(len(individuals), 1.0 - life.female_at_birth.value)
        same = np.zeros(len(individuals), np.int64)
        individuals.male[:] = streams.happens(males, 1.0 - u[:, 0], same, year, event=3)
    first, last = life.leaves_from_y.value, life.leaves_until_y.value
    individuals.leave_age[:] = np.floor(first + u[:, 1] * (last - first))
    move = species.movement
    share = np.array([s.disperser.share_of_sex.value for s in (move.female, move.male)])
    duration = np.array([s.disperser.duration_d.value for s in (move.female, move.male)])
    sex = individuals.male.astype(np.int64)
    individuals.disperses[:] = u[:, 2] < share[sex]
    # a constant chance per day of being ready: distances then follow the kernel of diffusion with
    # constant settling (Turchin 1998, Quantitative analysis of movement, Sinauer, ch. 6)
    individuals.wander_d[:] = np.where(
        individuals.disperses, -np.log1p(-u[:, 3]) * duration[sex], 0.0
    )
    individuals.hold[:] = u[:, 4]
    angle = 2 * np.pi * u[:, 5]
    individuals.heading_x[:], individuals.heading_y[:] = np.cos(angle), np.sin(angle)


def _young(
    individuals: Individuals,
    species: Species,
    habitat: PopulationHabitat,
    rates: VitalRates,
    streams: RandomStreams,
    alive: NDArray[np.float64],
) -> Individuals:
    """Return the young below the first age of leaving, each with a mother among them."""
    grown = np.flatnonzero(
        ~individuals.male & rates.gives_birth[individuals.age] & (individuals.stage == RESIDENT)
    )
    per_independent = float(alive.sum() / survivorship(rates.survival)[alive.size :].sum())
    n = round(len(individuals) * per_independent) if grown.size else 0
    young = no_individuals(n)
    young.key[:] = FIRST_YOUNG + np.arange(n)
    u = streams.draws(young.key, FOUNDER)
    young.age[:] = np.searchsorted(np.cumsum(alive) / alive.sum(), u[:, 0], side="right")
    np.minimum(young.age, max(alive.size - 1, 0), out=young.age)
    give_traits(young, species, habitat.life, streams)
    mother = grown[np.minimum((u[:, 1] * grown.size).astype(np.int64), max(grown.size - 1, 0))]
    with_mother(young, individuals, mother)
    return young


def with_mother(young: Individuals, individuals: Individuals, mother: NDArray[np.int64]) -> None:
    """Place young animals at the home of their mothers, who are rows of ``individuals``."""
    young.stage[:] = JUVENILE
    young.mother[:] = individuals.row[mother]
    for axis in ("x", "y"):
        home = getattr(individuals, f"centre_{axis}")[mother]
        for name in (axis, f"centre_{axis}", f"roost_{axis}", f"natal_{axis}"):
            getattr(young, name)[:] = home
    young.natal_zone[:] = young.last_zone[:] = 0
