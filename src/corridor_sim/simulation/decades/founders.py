"""The first animals: as many as the landscape feeds, in the ages of a population at capacity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import DISPERSER, RESIDENT
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals, empty_herd
from corridor_sim.simulation.decades.random_streams import FOUNDER, LIFE, RandomStreams
from corridor_sim.species.demography import VitalRates, survivorship
from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.species.traits import Species

# two founders of one number would be one animal: independents are numbered from 0, young from here
FIRST_YOUNG = 2**30


def found(
    species: Species, ground: PopulationHabitat, rates: VitalRates, n: int, luck: RandomStreams
) -> Individuals:
    """Return ``n`` independent animals and the young that belong to them.

    Independents are placed by capacity, residents where they stand; ages follow survival at a
    growth rate of 1. Those of dispersal age are about to leave. The young are with females that
    are drawn evenly among the grown ones.

    Parameters
    ----------
    species : Species
    ground : PopulationHabitat
    rates : VitalRates
    n : int
        Independent animals.
    luck : RandomStreams
    """
    life = ground.life
    alive = survivorship(rates.survival)
    leaves = int(life.leaves_from_y.value)
    old = alive[leaves:]
    herd = empty_herd(n)
    herd.key[:] = np.arange(n)
    u = luck.draws(herd.key, FOUNDER)
    herd.age[:] = leaves + np.searchsorted(np.cumsum(old) / old.sum(), u[:, 0], side="right")
    np.minimum(herd.age, alive.size - 1, out=herd.age)
    _place(herd, ground, u)
    give_traits(herd, species, life, luck)
    herd.stage[:] = RESIDENT
    leaving = herd.disperses & (herd.age == herd.leave_age)
    herd.stage[leaving] = DISPERSER
    # younger than their age of leaving: still with a mother, as those born in the run would be
    herd.stage[herd.age < herd.leave_age] = JUVENILE
    herd.append(_young(herd, species, ground, rates, luck, alive[:leaves]))
    herd.mother[:] = herd.father[:] = -1
    herd.row[:] = np.arange(len(herd))
    return herd


def _place(herd: Individuals, ground: PopulationHabitat, u: NDArray[np.float64]) -> None:
    width = ground.shape[1]
    rank = np.searchsorted(ground.cumulative, u[:, 1], side="right")
    cell = ground.cells[np.minimum(rank, ground.cells.size - 1)]
    herd.x[:] = cell % width + u[:, 2]
    herd.y[:] = cell // width + u[:, 3]
    herd.quality[:] = ground.quality.reshape(-1)[cell]
    at_home(herd, np.arange(len(herd)), ground)
    herd.natal_x[:], herd.natal_y[:] = herd.x, herd.y
    herd.natal_zone[:] = herd.last_zone


def at_home(herd: Individuals, rows: NDArray[np.int64], ground: PopulationHabitat) -> None:
    """Make the place where animals stand their home, roost included."""
    for axis in ("x", "y"):
        here = getattr(herd, axis)[rows]
        for name in (f"centre_{axis}", f"roost_{axis}"):
            getattr(herd, name)[rows] = here
    zone = ground.here.fields.zone
    herd.last_zone[rows] = zone[herd.y[rows].astype(np.int64), herd.x[rows].astype(np.int64)]


def give_traits(
    herd: Individuals,
    species: Species,
    life: LifeCycle,
    luck: RandomStreams,
    year: int | None = None,
) -> None:
    """Draw what an animal has for life: sex, age of leaving, whether it disperses, and so on.

    ``year`` is that of the birth; founders have none, and each its own chance to be a male.
    """
    u = luck.draws(herd.key, LIFE)
    if year is None:
        herd.male[:] = u[:, 0] >= life.female_at_birth.value
    else:
        males = np.full(len(herd), 1.0 - life.female_at_birth.value)
        same = np.zeros(len(herd), np.int64)
        herd.male[:] = luck.happens(males, 1.0 - u[:, 0], same, year, event=3)
    first, last = life.leaves_from_y.value, life.leaves_until_y.value
    herd.leave_age[:] = np.floor(first + u[:, 1] * (last - first))
    move = species.movement
    share = np.array([s.disperser.share_of_sex.value for s in (move.female, move.male)])
    duration = np.array([s.disperser.duration_d.value for s in (move.female, move.male)])
    sex = herd.male.astype(np.int64)
    herd.disperses[:] = u[:, 2] < share[sex]
    # a constant chance per day of being ready: distances then follow the kernel of diffusion with
    # constant settling (Turchin 1998, Quantitative analysis of movement, Sinauer, ch. 6)
    herd.wander_d[:] = np.where(herd.disperses, -np.log1p(-u[:, 3]) * duration[sex], 0.0)
    herd.hold[:] = u[:, 4]
    angle = 2 * np.pi * u[:, 5]
    herd.heading_x[:], herd.heading_y[:] = np.cos(angle), np.sin(angle)


def _young(
    herd: Individuals,
    species: Species,
    ground: PopulationHabitat,
    rates: VitalRates,
    luck: RandomStreams,
    alive: NDArray[np.float64],
) -> Individuals:
    """Return the young below the first age of leaving, each with a mother of the herd."""
    grown = np.flatnonzero(~herd.male & rates.gives_birth[herd.age] & (herd.stage == RESIDENT))
    per_independent = float(alive.sum() / survivorship(rates.survival)[alive.size :].sum())
    n = round(len(herd) * per_independent) if grown.size else 0
    young = empty_herd(n)
    young.key[:] = FIRST_YOUNG + np.arange(n)
    u = luck.draws(young.key, FOUNDER)
    young.age[:] = np.searchsorted(np.cumsum(alive) / alive.sum(), u[:, 0], side="right")
    np.minimum(young.age, max(alive.size - 1, 0), out=young.age)
    give_traits(young, species, ground.life, luck)
    mother = grown[np.minimum((u[:, 1] * grown.size).astype(np.int64), max(grown.size - 1, 0))]
    with_mother(young, herd, mother)
    return young


def with_mother(young: Individuals, herd: Individuals, mother: NDArray[np.int64]) -> None:
    """Place young animals at the home of their mothers, who are rows of ``herd``."""
    young.stage[:] = JUVENILE
    young.mother[:] = herd.row[mother]
    for axis in ("x", "y"):
        home = getattr(herd, f"centre_{axis}")[mother]
        for name in (axis, f"centre_{axis}", f"roost_{axis}", f"natal_{axis}"):
            getattr(young, name)[:] = home
    young.natal_zone[:] = young.last_zone[:] = 0
