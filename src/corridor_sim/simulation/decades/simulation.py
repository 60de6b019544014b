"""Several species through decades: what replicates share, the burn-in, and one run.

Species do not meet: each lives on the landscape of the year. A :class:`DecadesContext` holds what
all replicates of one scenario share; :func:`live` is one species in one replicate.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.errors import SpeciesError
from corridor_sim.kernels.states import DISPERSER
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.simulation.decades.burn_in import Equilibrated, burn_in
from corridor_sim.simulation.decades.census import census
from corridor_sim.simulation.decades.habitat import PopulationHabitat, make_habitat
from corridor_sim.simulation.decades.individuals import JUVENILE
from corridor_sim.simulation.decades.population import Population
from corridor_sim.simulation.decades.random_streams import RandomStreams
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.year_of_moves import exposure
from corridor_sim.simulation.exchange import CoreAreas
from corridor_sim.simulation.pairs import Pairs, no_pairs
from corridor_sim.species.demography import vital_rates
from corridor_sim.species.fields import stream_number
from corridor_sim.species.traits import Species

# memory for the landscapes of other years; beyond it they are made again for the next replicate
KEPT_BYTES = 600e6
BYTES_PER_CELL = 50.0
Places = NDArray[np.float32]


def rules_of(life: LifeCycleSettings) -> Rules:
    """Return how years are computed under the settings of a scenario."""
    full = life.days_per_season >= 183
    return Rules(
        movement=life.movement,
        days_per_season=None if full else life.days_per_season,
        settle_every_d=life.settle_every_d,
    )


def check_life_cycles(species: Sequence[Species]) -> None:
    """Refuse a species that has no life cycle.

    Raises
    ------
    SpeciesError
    """
    for one in species:
        if one.life_cycle is None:
            raise SpeciesError(
                "has no life cycle",
                where=f"species.{one.key}",
                remedy="add [life_cycle] to its file, or leave the species out",
            )


class DecadesContext:
    """What all replicates of one scenario share: the landscape of every year, seen by each species.

    Parameters
    ----------
    species : sequence of Species
        All with a life cycle.
    land : Landscape
        Of the first year.
    timeline : Timeline or None
        None = the landscape stays as it is.
    dispersal : mapping of key to Options, optional
        Movement model of the animals without a home.

    Raises
    ------
    SpeciesError
        A species without a life cycle.
    """

    def __init__(
        self,
        species: list[Species],
        land: Landscape,
        life: LifeCycleSettings,
        *,
        timeline: Timeline | None = None,
        start_year: int = 0,
        dispersal: Mapping[str, Options | None] | None = None,
    ) -> None:
        check_life_cycles(species)
        self.species = {one.key: one for one in species}
        self.land, self.life, self.timeline, self.start_year = land, life, timeline, start_year
        self.rules = rules_of(life)
        self.dispersal = dispersal or {}
        n_cells = land.grid.height * land.grid.width
        self._room = max(len(species), int(KEPT_BYTES / (BYTES_PER_CELL * n_cells)))
        self._areas: tuple[int, CoreAreas] | None = None
        self._habitats: OrderedDict[tuple[str, int], PopulationHabitat] = OrderedDict()

    def landscape(self, year: int) -> Landscape:
        """Return the landscape of the ``year``-th year of the run."""
        if self.timeline is None:
            return self.land
        return self.timeline.at(self.start_year + year)

    def update_year(self, year: int) -> int:
        """Return the year (of the run) since which the landscape has been what it is."""
        if self.timeline is None:
            return 0
        past = [y - self.start_year for y in self.timeline.update_years]
        return max([y for y in past if y <= year], default=0)

    def areas(self, years: int) -> CoreAreas:
        """Return the core areas that the landscape has after so many years."""
        if self._areas is None or self._areas[0] != years:
            self._areas = years, CoreAreas.of(self.landscape(years))
        return self._areas[1]

    def habitat(self, key: str, year: int) -> PopulationHabitat:
        """Return what a species meets in the ``year``-th year; kept while there is room."""
        wanted = key, self.update_year(year)
        if wanted in self._habitats:
            self._habitats.move_to_end(wanted)
            return self._habitats[wanted]
        made = make_habitat(
            self.species[key],
            self.landscape(year),
            exposure=exposure(self.rules.days_per_season),
            capacity_scale=self.life.capacity_scale,
            dispersal=self.dispersal.get(key),
        )
        self._habitats[wanted] = made
        while len(self._habitats) > self._room:
            self._habitats.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True)
class DecadesResult:
    """One species in one run.

    Attributes
    ----------
    yearly : float64 ``[years + 1, column]``
        Row 0 is the census at the start, row ``y`` that after ``y`` years; columns are those of
        :data:`corridor_sim.simulation.decades.census.COLUMNS`.
    burn_in : float64 ``[years]``
        Independent animals during the burn-in.
    equilibrated : bool
        Whether the burn-in ended because numbers had come to rest.
    deaths : int32 ``[n, 3]``
        Year of the run, flat cell, cause; of deaths met on the way.
    settled_from_to : Pairs
        Dispersers by core area of birth and of the first home.
    left_from : int64 ``[zone + 1]``
        Young that left their mothers, by core area of birth; those that search at the start too.
    places : mapping of year to float32 ``[n, 3]``
        Column, row and stage of every independent animal in some years.
    pedigree : mapping of name to array
        Columns of the pedigree, burn-in included; times count from the start of the burn-in.
    """

    key: str
    yearly: NDArray[np.float64]
    burn_in: NDArray[np.float64]
    equilibrated: bool
    deaths: NDArray[np.int32]
    settled_from_to: Pairs
    left_from: NDArray[np.int64]
    places: Mapping[int, Places]
    pedigree: Mapping[str, NDArray[Any]]
    burn_in_y: int
    animal_steps: int


@dataclass(slots=True)
class BurnIns:
    """Burn-ins of the replicates at hand: scenarios that share their past share them."""

    context: DecadesContext
    seed: int
    kept: dict[tuple[str, int], Equilibrated] = field(default_factory=dict)

    def population(self, key: str, replicate: int) -> Equilibrated:
        """Return an equilibrated population to go on from, a copy of its own."""
        if (key, replicate) not in self.kept:
            self.kept[key, replicate] = self._equilibrate(key, replicate)
        found = self.kept[key, replicate]
        return Equilibrated(found.population.copy(), found.independent, found.equilibrated)

    def _equilibrate(self, key: str, replicate: int) -> Equilibrated:
        context, life = self.context, self.context.life
        species = context.species[key]
        assert species.life_cycle is not None
        habitat = context.habitat(key, 0)
        if habitat.capacity < 1:
            raise SpeciesError(
                f"the landscape feeds {habitat.capacity:.2g} animals",
                where=f"species.{key}",
                remedy="check its habitat, raise capacity_scale, or leave the species out",
            )
        streams = RandomStreams(
            self.seed,
            replicate,
            stream_number(key),
            demographic=life.demographic_stochasticity,
            environmental_sd=life.environmental_sd,
        )
        population = Population(
            species,
            habitat,
            vital_rates(species.life_cycle),
            context.rules,
            streams,
            round(habitat.capacity),
            CoreAreas.of(context.land),
        )
        rule = life.burn_in
        return burn_in(
            population,
            habitat,
            window_y=rule.window_y,
            at_most_y=rule.at_most_y,
            tolerance=rule.tolerance,
        )


def live(
    context: DecadesContext,
    past: Equilibrated,
    key: str,
    years: int,
    *,
    places_every_y: int = 0,
    progress: Callable[[int], None] | None = None,
) -> DecadesResult:
    """Let an equilibrated population of one species live through the years of a scenario.

    Parameters
    ----------
    past : Settled
        Its population is used up.
    places_every_y : int
        Years between two records of where everybody is; 0 = none but the first and the last.
    progress : callable, optional
        Told the animal-years passed.
    """
    population = past.population
    burnt = population.year
    rows = [begin(context, population, key, years)]
    places = {0: _places(population)}
    for year in range(years):
        rows.append(pass_year(context, population, key, year))
        if places_every_y and (year + 1) % places_every_y == 0:
            places[year + 1] = _places(population)
        if progress is not None:
            progress(int(rows[-1][0]))
    places[years] = _places(population)
    deaths = np.concatenate([np.zeros((0, 3), np.int32), *population.deaths])
    deaths[:, 0] -= burnt
    return DecadesResult(
        key=key,
        yearly=np.stack(rows),
        burn_in=past.independent,
        equilibrated=past.equilibrated,
        deaths=deaths,
        settled_from_to=population.settled_from_to,
        left_from=population.left_from,
        places=places,
        pedigree=population.pedigree(context.habitat(key, years - 1)),
        burn_in_y=burnt,
        animal_steps=population.animal_steps,
    )


def begin(
    context: DecadesContext, population: Population, key: str, years: int
) -> NDArray[np.float64]:
    """Make an equilibrated population ready for its years and return the census at their start."""
    _make_room(population, context.areas(years))
    return census(population.individuals, context.habitat(key, 0), population.rates, {})


def pass_year(
    context: DecadesContext, population: Population, key: str, year: int
) -> NDArray[np.float64]:
    """Let the ``year``-th year pass, from 0, and return the census at its end."""
    # the first year meets the scenario's own landscape, whatever the burn-in was on
    new = year == 0 or context.update_year(year) != context.update_year(year - 1)
    return population.live_a_year(context.habitat(key, year), new_habitat=new)


def _make_room(population: Population, areas: CoreAreas) -> None:
    """Count between the core areas that the landscape has at its end."""
    population.areas = areas
    population.settled_from_to = no_pairs()
    # who is still searching has left before, and may settle in the years that are counted
    individuals = population.individuals
    searching = individuals.natal_zone[individuals.stage == DISPERSER]
    population.left_from = np.bincount(searching, minlength=areas.n + 1).astype(np.int64)


def _places(population: Population) -> Places:
    individuals = population.individuals
    alone = individuals.stage != JUVENILE
    home = individuals.residents()
    x = np.where(home, individuals.centre_x, individuals.x)[alone]
    y = np.where(home, individuals.centre_y, individuals.y)[alone]
    return np.stack([x, y, individuals.stage[alone]], axis=1).astype(np.float32)
