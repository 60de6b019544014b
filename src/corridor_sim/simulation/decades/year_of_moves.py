"""A year on the movement core: residents range, searchers wander and settle, both meet hazards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from corridor_sim.kernels.records import Animals, Clock, Tallies, make_log
from corridor_sim.kernels.states import ALIVE, CAUSES, RESIDENT
from corridor_sim.movement.model import Mover
from corridor_sim.movement.step_selection import SelectSteps
from corridor_sim.simulation.days.simulation import clock_of, seasons_of_year, side_by_side
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import Individuals
from corridor_sim.simulation.decades.random_streams import RandomStreams
from corridor_sim.simulation.decades.rules import Rules
from corridor_sim.simulation.decades.settling import let_settle
from corridor_sim.species.fields import SEXES
from corridor_sim.species.gaits import drawn_profiles

YEAR_D = 365
SEASONS = 2


def season_days(season: int) -> tuple[int, int]:
    """Return the first day of a season and of the next one."""
    return season * YEAR_D // SEASONS, (season + 1) * YEAR_D // SEASONS


def exposure(days_per_season: int | None) -> float:
    """Return the days of the year that a day of a resident's movement stands for.

    Residents that are never moved (0 days) meet nothing, and a day need not stand for any.
    """
    if not days_per_season:
        return 1.0
    return max(1.0, YEAR_D / (SEASONS * days_per_season))


class YearOfMoves:
    """Moves the animals in place; nobody is taken out, the dead carry a cause.

    Attributes
    ----------
    was : int8 ``[n]``
        DaysContext of each animal when the year began.
    cause : int8 ``[n]``
        0 = alive, else 1 + index into :data:`corridor_sim.kernels.states.CAUSES`.
    settled : int64 ``[m]``
        Rows that found a home.
    animal_steps : int
        Decision steps taken.
    """

    def __init__(
        self,
        individuals: Individuals,
        habitat: PopulationHabitat,
        rules: Rules,
        streams: RandomStreams,
        year: int,
    ) -> None:
        self.individuals, self.habitat, self.rules, self.streams, self.year = (
            individuals,
            habitat,
            rules,
            streams,
            year,
        )
        self.was = individuals.stage.copy()
        self.cause = np.zeros(len(individuals), np.int8)
        self.settled = np.zeros(0, np.int64)
        self.animal_steps = 0
        self._seasons = seasons_of_year(habitat.here)
        self._tallies = _no_tallies(habitat)

    def run(self) -> None:
        """Let the year pass, season by season."""
        for season in range(SEASONS):
            first, end = season_days(season)
            days = end - first
            if self.rules.days_per_season is not None:
                days = min(days, self.rules.days_per_season)
            self._range(first, days)
            self._search(first, end)

    def _clock(self, first: int, days: int) -> Clock:
        here, streams = self.habitat.here, self.streams
        per_day = here.params.steps_per_day
        first_step = (self.year * YEAR_D + first) * per_day
        clock = clock_of(
            here, self._seasons, streams.seed, streams.replicate, first_step, days * per_day
        )
        return clock._replace(stream=streams.stream)

    def _range(self, first: int, days: int) -> None:
        """Move the residents; each day stands for as many as the hazards of the ground say."""
        rows = np.flatnonzero((self.individuals.stage == RESIDENT) & (self.cause == 0))
        residents = replace(self.habitat.here, fields=self.habitat.resident_fields)
        self._pass(rows, first, days, lambda animals: [SelectSteps(residents)])

    def _search(self, first: int, end: int) -> None:
        """Let those without a home wander in short turns, and settle between the turns."""
        individuals = self.individuals
        day = first
        while day < end:
            days = min(self.rules.settle_every_d, end - day)
            rows = np.flatnonzero(individuals.searching() & (self.cause == 0))
            if rows.size == 0:
                return
            ready = rows[individuals.searched_d[rows] >= individuals.wander_d[rows]]
            found = let_settle(
                individuals, ready, self.habitat, self.streams, self.year * YEAR_D + day
            )
            self.settled = np.concatenate([self.settled, found])
            rows = rows[individuals.stage[rows] != RESIDENT]
            self._pass(rows, day, days, self._movers)
            individuals.searched_d[rows] += days
            day += days

    def _pass(
        self, rows: np.ndarray, first: int, days: int, movers: Callable[[Animals], Sequence[Mover]]
    ) -> None:
        """Move some of the animals through some days."""
        if rows.size == 0 or days == 0:
            return
        animals, clock = self.individuals.movers(rows), self._clock(first, days)
        species, streams = self.habitat.here.species, self.streams
        animals.profile[:] = drawn_profiles(
            species, streams.seed, streams.replicate, streams.stream, animals.ident
        )
        for mover in movers(animals):
            mover.advance(animals, clock, self._tallies, side_by_side(rows.size))
        self._take_back(rows, animals)
        self.animal_steps += rows.size * clock.n_steps

    def _movers(self, animals: Animals) -> list[Mover]:
        """Return the movers of the classes present; step selection moves all of them at once."""
        search = self.habitat.search
        if isinstance(search, SelectSteps):
            return [search]
        return [search.mover(int(klass)) for klass in np.unique(animals.klass)]

    def _take_back(self, rows: np.ndarray, animals: Animals) -> None:
        """Take places and deaths back; a state beyond the causes of death is no death."""
        self.individuals.moved(rows, animals)
        died = (animals.state > ALIVE) & (animals.state <= len(CAUSES))
        self.cause[rows[died]] = animals.state[died]


def _no_tallies(habitat: PopulationHabitat) -> Tallies:
    """Return tallies over the map; years are told by the census, these only by their sums."""
    height, width = habitat.shape
    return Tallies(
        visits=np.zeros((3, height, width), np.int32),
        passed=np.zeros((height, width), np.int32),
        blocked=np.zeros((height, width), np.int32),
        transits=make_log(0),
        tracks=np.zeros((0, 0, 2), np.float32),
    )


assert len(SEXES) == 2, "the movement core knows two sexes per stage"
