"""One population through the years: leave, move, settle, survive, give birth.

The year of a population, in this order:

1. the landscape of the year is met: residents whose home lost its suitability may be displaced;
2. young animals of the age leave their mothers;
3. residents range over the days that stand for each season; those without a home wander day by
   day and settle when they are ready and find room; both die of what they meet;
4. natural survival by age, of residents and searchers alike;
5. everybody grows a year older, and females with a home give birth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import DISPERSER, DISPLACED
from corridor_sim.simulation.decades import births
from corridor_sim.simulation.decades.census import DEATHS, ORPHANED, census
from corridor_sim.simulation.decades.founders import at_home, found
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals, at
from corridor_sim.simulation.decades.pedigree_book import PedigreeBook
from corridor_sim.simulation.decades.random_streams import YEARLY, RandomStreams, shifted
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.settling import settle_in_place
from corridor_sim.simulation.decades.year_of_moves import YearOfMoves
from corridor_sim.simulation.exchange import CoreAreas
from corridor_sim.simulation.pairs import count_pairs, no_pairs
from corridor_sim.species.demography import VitalRates
from corridor_sim.species.traits import Species

NATURAL = 0


class Population:
    """One species in one replicate.

    Parameters
    ----------
    habitat : PopulationHabitat
        The landscape on which it starts.
    n : int
        Independent founders.
    areas : CoreAreas
        Block and country of every core area.
    """

    def __init__(
        self,
        species: Species,
        habitat: PopulationHabitat,
        rates: VitalRates,
        rules: Rules,
        streams: RandomStreams,
        n: int,
        areas: CoreAreas,
    ) -> None:
        self.species, self.rates, self.rules, self.streams = species, rates, rules, streams
        self.areas = areas
        self.individuals: Individuals = found(species, habitat, rates, n, streams)
        self.book = PedigreeBook()
        self.book.enter(self.individuals, 0.0)
        # year, flat cell and index into DEATHS of every death met on the way, ``[n, 3]``
        self.deaths: list[NDArray[np.int32]] = []
        self.settled_from_to = no_pairs()
        self.left_from = np.zeros(areas.n + 1, np.int64)
        self.year = 0
        self.animal_steps = 0
        self._events: dict[str, float] = {}

    def copy(self) -> Population:
        """Return a population that goes its own way from here; no array is shared."""
        other = object.__new__(Population)
        for name, value in vars(self).items():
            setattr(other, name, value)
        other.individuals, other.book = self.individuals.copy(), self.book.copy()
        other.forget()
        return other

    def forget(self) -> None:
        """Start the counts of deaths, settlers and steps anew, as after a burn-in."""
        self.deaths = []
        self.settled_from_to = no_pairs()
        self.left_from = np.zeros_like(self.left_from)
        self.animal_steps = 0

    def live_a_year(
        self, habitat: PopulationHabitat, new_habitat: bool = False
    ) -> NDArray[np.float64]:
        """Let one year pass and return its row of the record, see :data:`census.COLUMNS`.

        Parameters
        ----------
        habitat : PopulationHabitat
            The landscape of the year.
        new_habitat : bool
            Whether it differs from that of the year before.
        """
        self._events = {f"deaths_{cause}": 0.0 for cause in DEATHS}
        if new_habitat:
            self._meet_the_landscape(habitat)
        self._leave_mothers(habitat)
        if self.rules.movement:
            self._move(habitat)
        else:
            self._stay(habitat)
        self._survive()
        self.individuals.age += 1
        young = births.give_birth(
            self.species,
            self.individuals,
            habitat,
            self.rates,
            self.rules,
            self.streams,
            self.year,
            self._events,
        )
        if len(young):
            self.book.enter(young, self.year + 1.0)
            self.individuals.append(young)
        self.year += 1
        return census(self.individuals, habitat, self.rates, self._events)

    def _meet_the_landscape(self, habitat: PopulationHabitat) -> None:
        """Displace residents whose home lost suitability, with the probability of what is lost."""
        individuals = self.individuals
        home = np.flatnonzero(individuals.residents())
        quality = at(habitat.quality, individuals.centre_x[home], individuals.centre_y[home])
        now = np.maximum(quality, 0)
        lost = home[individuals.hold[home] * individuals.quality[home] >= now]
        individuals.stage[lost] = DISPLACED
        individuals.wander_d[lost] = 0.0
        individuals.searched_d[lost] = 0.0
        self._events["lost_home"] = lost.size

    def _leave_mothers(self, habitat: PopulationHabitat) -> None:
        individuals = self.individuals
        rows = np.flatnonzero(
            (individuals.stage == JUVENILE) & (individuals.age >= individuals.leave_age)
        )
        individuals.stage[rows] = DISPERSER
        at_home(individuals, rows, habitat)
        self._events["left"] = rows.size
        self.left_from += np.bincount(individuals.natal_zone[rows], minlength=self.left_from.size)

    def _stay(self, habitat: PopulationHabitat) -> None:
        """Let everybody without a home settle where it is."""
        searching = np.flatnonzero(self.individuals.searching())
        first = int((self.individuals.stage[searching] == DISPERSER).sum())
        self._events["settled"] = first
        self._events["settled_again"] = searching.size - first
        settle_in_place(self.individuals, searching, habitat)

    def _move(self, habitat: PopulationHabitat) -> None:
        moves = YearOfMoves(self.individuals, habitat, self.rules, self.streams, self.year)
        moves.run()
        self.animal_steps += moves.animal_steps
        individuals = self.individuals
        settled = moves.settled
        first = settled[moves.was[settled] == DISPERSER]
        self._events["settled"] = first.size
        self._events["settled_again"] = settled.size - first.size
        x, y = individuals.centre_x[first], individuals.centre_y[first]
        home = at(habitat.here.fields.zone, x, y)
        now = count_pairs(individuals.natal_zone[first], home)
        self.settled_from_to = self.settled_from_to.plus(now)
        self._events["joining"] = self.areas.between_blocks(now).total()
        self._events["border_joining"] = self.areas.across_the_border(now).total()
        dead = moves.cause > 0
        # who found a home and died on its range in the same year had settled
        self._events["searchers_died"] = int((dead & individuals.searching()).sum())
        cause = moves.cause.astype(np.int64) - 1
        orphans = births.orphans(individuals, dead & (cause != NATURAL), habitat.life)
        orphans &= ~dead
        cause[orphans] = ORPHANED
        self._bury(dead | orphans, cause, habitat)

    def _bury(
        self, dead: NDArray[np.bool_], cause: NDArray[np.int64], habitat: PopulationHabitat | None
    ) -> None:
        """Take the dead out and write down who died where of what."""
        individuals = self.individuals
        for i, name in enumerate(DEATHS):
            self._events[f"deaths_{name}"] += int((dead & (cause == i)).sum())
        if not dead.any():
            return
        self.book.leave(individuals, dead, self.year + 0.5)
        if habitat is not None:
            row, col = individuals.y[dead].astype(np.int64), individuals.x[dead].astype(np.int64)
            year, cell = np.full(row.size, self.year), row * habitat.shape[1] + col
            self.deaths.append(np.stack([year, cell, cause[dead]], axis=1).astype(np.int32))
        individuals.keep(~dead)

    def _survive(self) -> None:
        """Let everybody survive the year or not, by age; what people bring was met on the way."""
        individuals = self.individuals
        shift = self.streams.weather(self.year)[0]
        yearly = shifted(self.rates.survival, shift)[individuals.age]
        u = self.streams.draws(individuals.key, YEARLY, self.year, slice(1))[:, 0]
        group = individuals.age.astype(np.int64) * 2 + individuals.male
        dies = self.streams.happens(1.0 - yearly, u, group, self.year, event=0)
        self._events["searchers_died"] = self._events.get("searchers_died", 0) + int(
            (dies & individuals.searching()).sum()
        )
        self._bury(dies, np.full(len(individuals), NATURAL, np.int64), None)

    def pedigree(self, habitat: PopulationHabitat) -> dict[str, NDArray[Any]]:
        """Return the columns of the pedigree, burn-in included; places in cells."""
        return self.book.columns(self.individuals, habitat.here.fields.zone)
