"""The run loop: the only caller of the movement models.

A :class:`DaysContext` is everything that replicates of one scenario share (landscape, what each
species sees of it, where it can live). A :class:`Simulation` is one replicate on it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numba
import numpy as np
from numba.core import config as numba_config
from numpy.typing import NDArray

from corridor_sim.config.dispersal import Options, StepSelection
from corridor_sim.errors import ResourceError
from corridor_sim.kernels.philox import split_seed
from corridor_sim.kernels.records import Animals, Clock, Tallies, logged, make_log
from corridor_sim.kernels.states import ALIVE, DISPERSER, DISPLACED, SETTLED, STAGES
from corridor_sim.landscape.blocks import Blocks, blocks_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.movement.model import MovementModel, Mover, movement_model
from corridor_sim.movement.step_selection import SelectSteps, set_aside
from corridor_sim.simulation.days.observed import Observed
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.seeding import (
    NOWHERE,
    Habitat,
    Numbers,
    Quota,
    expected_numbers,
    find_habitat,
    seed_animals,
)
from corridor_sim.simulation.pairs import Pairs, count_pairs, no_pairs
from corridor_sim.simulation.settlement import (
    SettlementGround,
    settle_alone,
    settlement_draws,
    settlement_ground,
)
from corridor_sim.species.fields import CLASSES, SEXES, SpeciesOnLandscape, on_landscape
from corridor_sim.species.traits import Species

# Animals side by side in the kernel: 64 was the fastest of 8 to 128; fewer where a small population
# would leave threads without work.
CHUNK = 64
MIN_CHUNKS = 16
# moves between core areas that are logged between two looks at the log: 4 MB, used as they occur
LOG_MOVES = 1 << 20
DAYS_PER_YEAR = 365
NO_DISPERSERS = tuple(i for i, (stage, _) in enumerate(CLASSES) if stage != DISPERSER)
SEARCHING = tuple(i for i, (stage, _) in enumerate(CLASSES) if stage in (DISPERSER, DISPLACED))


@dataclass(frozen=True, slots=True)
class SpeciesHabitat:
    """One species: what it sees of the scenario's landscape, and where it lives today.

    Attributes
    ----------
    here : SpeciesOnLandscape
        The species on the scenario's landscape.
    surroundings : Habitat
        Where it can live there.
    home : Habitat
        Where it lives on the reference landscape.
    numbers : Numbers
        Animals to simulate.
    ground : SettlementGround
        Where it can settle on the scenario's landscape.
    searching : MovementModel or None
        How dispersers and displaced animals move; None = by step selection, as residents do.
    observed : Observed or None
        Where its animals were seen, and start.
    """

    here: SpeciesOnLandscape
    surroundings: Habitat
    home: Habitat
    numbers: Numbers
    ground: SettlementGround
    searching: MovementModel | None = None
    observed: Observed | None = None


@dataclass(frozen=True, slots=True)
class DaysContext:
    """What all replicates of one scenario share; core areas that touch are one block."""

    landscape: Landscape
    species: Mapping[str, SpeciesHabitat]
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Placed:
    """A species on a landscape, and where it can live there."""

    here: SpeciesOnLandscape
    habitat: Habitat


def place(species: Species, land: Landscape) -> Placed:
    """Return a species on a landscape, and where it can live there.

    Raises
    ------
    SpeciesError
        If it finds no suitable cell.
    """
    here = on_landscape(species, land)
    return Placed(here, find_habitat(here, land.grid.cell_m))


def find_homes(species: Sequence[Species], land: Landscape) -> dict[str, Habitat]:
    """Return, by species key, where each species lives on the reference landscape.

    Raises
    ------
    SpeciesError
        If a species finds no suitable cell.
    """
    return {s.key: place(s, land).habitat for s in species}


def prepare_days(
    species: Sequence[Species],
    land: Landscape,
    homes: Mapping[str, Habitat] | None = None,
    quotas: Mapping[str, Quota] | None = None,
    dispersal: Mapping[str, Options | None] | None = None,
) -> DaysContext:
    """Return the context of ``species`` on ``land``.

    Parameters
    ----------
    land : Landscape
        The scenario's landscape.
    homes : mapping, optional
        :func:`find_homes` of the landscape before the edits; without it ``land`` itself.
    dispersal : mapping of key to Options, optional
        Another movement model for those who search for a home.

    Raises
    ------
    SpeciesError
        If a species finds no suitable cell on the reference landscape.
    ScenarioError
        If the options of a movement model do not fit the landscape.
    """
    quotas, dispersal, homes = quotas or {}, dispersal or {}, homes or {}
    found = {
        one.key: prepare_species(
            one, land, homes.get(one.key), quotas.get(one.key, Quota()), dispersal.get(one.key)
        )
        for one in species
    }
    return DaysContext(land, found, blocks_of(land))


def prepare_species(
    species: Species,
    land: Landscape,
    home: Habitat | None = None,
    quota: Quota | None = None,
    how: Options | None = None,
    *,
    placed: Placed | None = None,
) -> SpeciesHabitat:
    """Return one species of :func:`prepare_days`.

    ``placed`` is what :func:`place` returns of it, where it is there already.
    """
    cell_m = land.grid.cell_m
    here = on_landscape(species, land) if placed is None else placed.here
    if home is None:
        around = home = find_habitat(here, cell_m) if placed is None else placed.habitat
    else:
        around = _habitat_or_nothing(here, cell_m)
    quota = quota or Quota()
    numbers = expected_numbers(species, home, quota)
    apart = how is not None and not isinstance(how, StepSelection)
    walk = movement_model(here, how) if how is not None and apart else None
    ground = settlement_ground(here, around.window)
    return SpeciesHabitat(here, around, home, numbers, ground, walk, quota.observed)


def _habitat_or_nothing(here: SpeciesOnLandscape, cell_m: float) -> Habitat:
    """Return the habitat; a scenario may leave none, which is a result and not a mistake."""
    if (here.suitability >= here.species.habitat.suitable_from.value).any():
        return find_habitat(here, cell_m)
    nothing = np.zeros_like(here.suitability)
    return replace(NOWHERE, window=nothing)


def use_threads(n: int | None) -> int:
    """Set the number of threads of the kernel and return it; ``None`` means all cores.

    Raises
    ------
    ResourceError
        If the machine offers fewer.
    """
    # numba sets its configuration from the environment, out of the sight of mypy
    most = int(numba_config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    wanted = most if n is None else n
    if not 1 <= wanted <= most:
        raise ResourceError(
            f"{wanted} threads asked for, this machine offers {most}",
            where="--threads",
            remedy=f"use 1 to {most}",
        )
    numba.set_num_threads(wanted)
    return wanted


def side_by_side(n: int) -> int:
    """Return how many of ``n`` animals the kernel takes side by side."""
    return min(CHUNK, 1 + n // MIN_CHUNKS)


def seasons_of_year(here: SpeciesOnLandscape) -> NDArray[np.int8]:
    """Return the season of each day of the year, ``[365]``: halves from the region's day on."""
    n = int(here.fields.weight.shape[0])
    since = (np.arange(DAYS_PER_YEAR) - here.season_start_day) % DAYS_PER_YEAR
    return (since * n // DAYS_PER_YEAR).astype(np.int8)


def clock_of(
    here: SpeciesOnLandscape,
    seasons: NDArray[np.int8],
    seed: int,
    replicate: int,
    first_step: int,
    n_steps: int,
) -> Clock:
    """Return which steps of a species to take, and with whose luck; places are kept daily."""
    k0, k1 = split_seed(seed)
    per_day = here.params.steps_per_day
    return Clock(first_step, n_steps, seasons, replicate, here.stream, k0, k1, per_day)


def dispersal_days(species: Species) -> tuple[int, ...]:
    """Return the days that dispersal lasts, by sex."""
    move = species.movement
    return tuple(max(1, round(getattr(move, s).disperser.duration_d.value)) for s in SEXES)


def days_beyond(species: Species, n_days: int) -> int:
    """Return for how many days the last dispersers are on their way after a run of ``n_days``."""
    return max(0, max(dispersal_days(species)) - n_days)


def _moves_per_day(habitat: SpeciesHabitat) -> int:
    """Return the most moves that an animal takes in a day."""
    steps = habitat.here.params.steps_per_day
    if habitat.searching is None:
        return steps
    return max(steps, habitat.searching.options.visits_per_day(steps))


def _movers(habitat: SpeciesHabitat) -> list[Mover]:
    """Return what moves one replicate's animals: the searching by their own model, if any."""
    if habitat.searching is None:
        return [SelectSteps(habitat.here)]
    walks = [habitat.searching.mover(klass) for klass in SEARCHING]
    return [*walks, SelectSteps(habitat.here, apart=SEARCHING)]


class Simulation:
    """One replicate of one scenario, advanced by days.

    Dispersal lasts as long as the species says and not as long as the run: after the days of the
    run :meth:`finish` lets those that are still on their way go on to its end.

    Parameters
    ----------
    seed, replicate : int
        Together with an animal's number they decide all of its draws.
    start_day : int
        Day of the year of day 0.
    tracks : int
        Animals per species whose daily positions are kept.
    n_days : int
        Length of the run; only the track buffers depend on it.
    """

    def __init__(
        self,
        context: DaysContext,
        *,
        seed: int,
        replicate: int = 0,
        start_day: int = 0,
        tracks: int = 0,
        n_days: int = 0,
    ) -> None:
        self.context = context
        self.seed = seed
        self.replicate = replicate
        self.start_day = start_day
        self.day = 0
        self.animals: dict[str, Animals] = {}
        self.tallies: dict[str, Tallies] = {}
        self.transits: dict[str, Pairs] = {}
        self.movers: dict[str, list[Mover]] = {}
        self._start_xy: dict[str, np.ndarray] = {}
        shape = context.landscape.grid.shape
        for key, habitat in context.species.items():
            animals = seed_animals(
                habitat.home,
                habitat.here,
                habitat.surroundings,
                habitat.numbers,
                seed,
                replicate,
                habitat.observed,
            )
            self.animals[key] = animals
            self.movers[key] = _movers(habitat)
            self._start_xy[key] = np.stack([animals.x, animals.y], axis=1)
            kept = min(tracks, habitat.numbers.total)
            # a day's moves fit, whatever happens
            room = max(LOG_MOVES, animals.x.size * _moves_per_day(habitat))
            self.transits[key] = no_pairs()
            self.tallies[key] = Tallies(
                visits=np.zeros((len(STAGES), *shape), np.int32),
                passed=np.zeros(shape, np.int32),
                blocked=np.zeros(shape, np.int32),
                transits=make_log(room if context.landscape.n_zones > 1 else 0),
                tracks=np.full((kept, n_days if kept else 0, 2), np.nan, np.float32),
            )

    def advance(self, days: int, progress: Callable[[int], None] | None = None) -> None:
        """Advance every species by ``days``.

        ``progress`` is told the animal-steps passed, those of the dead included, so that they add
        up to what was planned.
        The number of calls into which a run is split changes nothing.
        """
        for key in self.context.species:
            n = self.animals[key].x.size
            self._advance_species(key, days, self.movers[key], n, progress)
        self.day += days

    def finish(self, progress: Callable[[int], None] | None = None) -> None:
        """Let dispersers that are on their way go on to the end of their dispersal.

        The days of the run are over for all others, who stay as they are; :attr:`day` too.
        ``progress`` is told of the dispersers' steps, see :func:`days_beyond`.
        """
        for key, habitat in self.context.species.items():
            days = days_beyond(habitat.here.species, self.day)
            animals = self.animals[key]
            if days and habitat.numbers.dispersers:
                with set_aside(animals, NO_DISPERSERS):
                    movers = self._movers_of_dispersers(key)
                    self._advance_species(key, days, movers, habitat.numbers.dispersers, progress)

    def _movers_of_dispersers(self, key: str) -> list[Mover]:
        if self.context.species[key].searching is None:
            return self.movers[key]
        walks = zip(SEARCHING, self.movers[key], strict=False)
        return [walk for klass, walk in walks if klass not in NO_DISPERSERS]

    def _advance_species(
        self,
        key: str,
        days: int,
        movers: Sequence[Mover],
        n_told: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        habitat = self.context.species[key]
        params = habitat.here.params
        animals = self.animals[key]
        # of each day counted from day 0
        seasons = np.roll(seasons_of_year(habitat.here), -self.start_day)
        ends = self._settling_days(habitat)
        day = self.day
        last = self.day + days
        while day < last:
            # stop at the next day on which dispersers settle, and before the log is full
            block = min([d for d in set(ends.values()) if d > day] + [last]) - day
            block = min(block, self._days_logged(key))
            per_day = params.steps_per_day
            clock = self._clock(key, seasons, day * per_day, block * per_day)
            chunk = side_by_side(animals.x.size)
            for mover in movers:
                mover.advance(animals, clock, self.tallies[key], chunk)
            self._read_log(key)
            day += block
            for klass, end in ends.items():
                if day == end:
                    done = (animals.klass == klass) & (animals.state == ALIVE)
                    animals.state[done] = SETTLED
                    animals.end_step[done] = day * params.steps_per_day
            if progress is not None:
                progress(n_told * block * params.steps_per_day)

    def _clock(self, key: str, seasons: NDArray[np.int8], first_step: int, n_steps: int) -> Clock:
        """Return which steps of a species come next."""
        here = self.context.species[key].here
        return clock_of(here, seasons, self.seed, self.replicate, first_step, n_steps)

    def _days_logged(self, key: str) -> int:
        """Return for how many days the log has room, should every move lead to another area."""
        room = self.tallies[key].transits.size - 1
        most = self.animals[key].x.size * _moves_per_day(self.context.species[key])
        return max(1, room // max(1, most)) if room > 0 else sys.maxsize

    def _read_log(self, key: str) -> None:
        log = self.tallies[key].transits
        if log.size and log[0]:
            self.transits[key] = self.transits[key].plus(count_pairs(*logged(log)))
            log[: 1 + log[0]] = 0

    def _settling_days(self, habitat: SpeciesHabitat) -> dict[int, int]:
        """Day on which searching animals of each class stop."""
        days = dispersal_days(habitat.here.species)
        return {
            stage * len(SEXES) + i: days[i]
            for stage in (DISPERSER, DISPLACED)
            for i in range(len(SEXES))
        }

    def homes(self, key: str) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Return where dispersers that have ended their dispersal settle, and in which core area.

        As ``home`` and ``home_zone`` of :class:`SpeciesResult`. It hangs on an animal's own draws
        and on where it is, not on when this is asked.
        """
        habitat, a = self.context.species[key], self.animals[key]
        rows = np.flatnonzero((a.klass // len(SEXES) == DISPERSER) & (a.state == SETTLED))
        u = settlement_draws(self.seed, self.replicate, habitat.here.stream, a.ident[rows])
        x, y = settle_alone(habitat.ground, a.x[rows], a.y[rows], u)
        home = np.full((a.x.size, 2), np.nan, np.float32)
        zone = np.zeros(a.x.size, np.int16)
        home[rows] = np.stack([x, y], axis=1)
        found = np.isfinite(x)
        at = y[found].astype(np.int64), x[found].astype(np.int64)
        zone[rows[found]] = habitat.here.fields.zone[at]
        return home, zone

    def result(self, key: str) -> SpeciesResult:
        """Return the outcome of one species so far."""
        habitat = self.context.species[key]
        a, tallies = self.animals[key], self.tallies[key]
        per_day = habitat.here.params.steps_per_day
        ended = a.state != ALIVE
        died = ended & (a.state != SETTLED)
        # a death in step k ends k + 1 steps of exposure
        # nobody but the dispersers of a finished run lives on after the days of the run
        days = np.where(ended, (a.end_step + died) / per_day, float(self.day))
        first = np.where(a.first_step >= 0, a.first_step / per_day, -1.0)
        home, home_zone = self.homes(key)
        columns = ("klass", "state", "natal_zone", "first_zone", "path_m", "flapped_m", "takeoffs")
        maps = ("visits", "passed", "blocked", "tracks")
        return SpeciesResult(
            key=key,
            days_alive=days,
            first_day=first,
            start=self._start_xy[key].astype(np.float32),
            end=np.stack([a.x, a.y], axis=1).astype(np.float32),
            home=home,
            home_zone=home_zone,
            roost=np.stack([a.roost_x, a.roost_y], axis=1).astype(np.float32),
            transits=self.transits[key],
            **{name: getattr(a, name).copy() for name in columns},
            **{name: getattr(tallies, name) for name in maps},
        )
