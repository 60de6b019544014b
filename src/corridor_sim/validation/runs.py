"""What is simulated to compare with patterns, made when the first pattern asks for it.

Two kinds of runs on the built-in landscape as it stands: decades with burn-in (densities, deaths,
kin), and some hundred residents followed step by step for half a year (ranges, ways, hours).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import load_landscape
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.errors import counted
from corridor_sim.kernels.states import ALIVE, RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import listening
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import (
    Simulation,
    clock_of,
    prepare_days,
    seasons_of_year,
)
from corridor_sim.simulation.decades.census import COLUMN
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import Individuals
from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, DecadesResult, live
from corridor_sim.species.fields import SEXES, SpeciesOnLandscape
from corridor_sim.species.reader import load_species, species_keys
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]

PLACES_EVERY_Y = 5
FOLLOWED, FOLLOWED_D = 200, 180
SEASONS = 2
YEAR_D = 365


@dataclass(frozen=True, slots=True)
class DecadesRun:
    """One species in one replicate of decades.

    Attributes
    ----------
    individuals : Individuals
        The animals alive at the end.
    """

    species: Species
    land: Landscape
    habitat: PopulationHabitat
    result: DecadesResult
    individuals: Individuals

    def total(self, column: str) -> float:
        """Return the sum of a column of the yearly record over the years of the run."""
        return float(self.result.yearly[1:, COLUMN[column]].sum())

    @property
    def animal_years(self) -> float:
        """Animals of all ages, summed over the years."""
        animals = self.result.yearly[:, COLUMN["animals"]]
        return float((animals[:-1] + animals[1:]).sum() / 2)


@dataclass(frozen=True, slots=True)
class DaysRun:
    """Residents of one species followed through all their steps; those that died are left out.

    Attributes
    ----------
    male : bool ``[n]``
    x, y : float64 ``[step + 1, n]``
        Cells (col, row); row 0 is the start.
    way_m, flapped_m, takeoffs : float64 ``[step, n]``
        Of each step.
    """

    land: Landscape
    here: SpeciesOnLandscape
    male: NDArray[np.bool_]
    x: F64
    y: F64
    way_m: F64
    flapped_m: F64
    takeoffs: F64

    @property
    def per_day(self) -> int:
        """Steps of a day."""
        return int(self.here.params.steps_per_day)

    def minute_of_step(self) -> NDArray[np.int64]:
        """Return the minute of the day at which each step begins, ``[steps_per_day]``."""
        move = self.here.species.movement
        return (move.day_start_h * 60 + move.step_minutes * np.arange(self.per_day)) % 1440

    def at(self, layer: NDArray[np.float32]) -> F64:
        """Return a layer under the animals after every step, ``[step, n]``."""
        height, width = layer.shape
        row = np.clip(self.y[1:].astype(np.int64), 0, height - 1)
        col = np.clip(self.x[1:].astype(np.int64), 0, width - 1)
        return np.asarray(layer[row, col], np.float64)


@dataclass
class ValidationRuns:
    """Runs shared by all patterns.

    Parameters
    ----------
    cell_m : float
        Edge of a cell of the built-in landscape in metres.
    say : callable
        Told what is being done.
    """

    replicates: int = 5
    years: int = 20
    seed: int = 1
    cell_m: float = 1000.0
    say: Callable[[str], None] = print
    _lived: dict[str, list[DecadesRun]] = field(default_factory=dict)
    _walked: dict[str, list[DaysRun]] = field(default_factory=dict)

    @cached_property
    def land(self) -> Landscape:
        """The built-in landscape."""
        self.say(f"building the landscape at {self.cell_m:g} m")
        with listening(self.say):
            return load_landscape(cell_m=self.cell_m)

    @cached_property
    def _burn_ins(self) -> BurnIns:
        species = [load_species(key) for key in species_keys()]
        return BurnIns(DecadesContext(species, self.land, LifeCycleSettings()), self.seed)

    def lived(self, key: str) -> list[DecadesRun]:
        """Return the decades of a species, one entry per replicate."""
        if key not in self._lived:
            self._lived[key] = [self._live(key, i) for i in range(self.replicates)]
        return self._lived[key]

    def _live(self, key: str, replicate: int) -> DecadesRun:
        self.say(
            f"{key}: replicate {replicate + 1} of {self.replicates}, {counted(self.years, 'year')}"
        )
        past = self._burn_ins.population(key, replicate)
        self._burn_ins.kept.clear()
        context = self._burn_ins.context
        result = live(context, past, key, self.years, places_every_y=PLACES_EVERY_Y)
        if not past.equilibrated:
            self.say(
                f"{key}: numbers had not come to rest after {counted(result.burn_in_y, 'year')}"
            )
        habitat = context.habitat(key, self.years)
        return DecadesRun(
            context.species[key], self.land, habitat, result, past.population.individuals
        )

    def walked(self, key: str) -> list[DaysRun]:
        """Return residents of a species followed step by step, one entry per replicate."""
        if key not in self._walked:
            self.say(f"{key}: following {FOLLOWED} animals for {FOLLOWED_D} days")
            context = prepare_days(
                [load_species(key)], self.land, quotas={key: Quota(count=FOLLOWED)}
            )
            seen = context.species[key].here
            self._walked[key] = [
                follow(
                    Simulation(context, seed=self.seed, replicate=i), seen, self.land, self.seed, i
                )
                for i in range(self.replicates)
            ]
        return self._walked[key]


def follow(
    sim: Simulation, here: SpeciesOnLandscape, land: Landscape, seed: int, replicate: int
) -> DaysRun:
    """Move the residents of a simulation for half a year and write down every step."""
    key = here.species.key
    animals, tallies = sim.animals[key], sim.tallies[key]
    mover = sim.movers[key][-1]  # the one that moves residents
    per_day = int(here.params.steps_per_day)
    seasons = seasons_of_year(here)
    names = ("x", "y", "path_m", "flapped_m", "takeoffs")
    seen = {name: [getattr(animals, name).astype(np.float64)] for name in names}
    # spread over the year, so that both seasons are met alike
    for day in np.linspace(0, YEAR_D - 1, FOLLOWED_D).astype(int):
        for step in range(per_day):
            clock = clock_of(here, seasons, seed, replicate, int(day) * per_day + step, 1)
            mover.advance(animals, clock, tallies, 64)
            for name in names:
                seen[name].append(getattr(animals, name).astype(np.float64))
    kept = (animals.klass // len(SEXES) == RESIDENT) & (animals.state == ALIVE)
    table = {name: np.stack(rows)[:, kept] for name, rows in seen.items()}
    return DaysRun(
        land=land,
        here=here,
        male=(animals.klass[kept] % len(SEXES)).astype(np.bool_),
        x=table["x"],
        y=table["y"],
        way_m=np.diff(table["path_m"], axis=0),
        flapped_m=np.diff(table["flapped_m"], axis=0),
        takeoffs=np.diff(table["takeoffs"], axis=0),
    )
