"""The simulator of days: today's animals move, and nobody is born."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from corridor_sim.config.load import Resolved
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import Listener
from corridor_sim.simulation.days.forecast import (
    Forecast,
    forecast,
    guessed_numbers,
    holds_all,
    maps_of,
)
from corridor_sim.simulation.days.observed import observed_of, tell_of_places
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.run_file import SpeciesRecord, load_run, record
from corridor_sim.simulation.days.seeding import Habitat, Numbers, Quota, expected_numbers
from corridor_sim.simulation.days.simulation import (
    DaysContext,
    Simulation,
    SpeciesHabitat,
    place,
    prepare_days,
    prepare_species,
)
from corridor_sim.simulation.facts import DaysFacts, block_facts, ground_facts
from corridor_sim.simulation.outcomes import Outcomes
from corridor_sim.simulation.protocol import Site
from corridor_sim.simulation.run_file import Extent, save_records
from corridor_sim.species.demography import cohort_y
from corridor_sim.species.traits import Species

KEPT_HOMES = 12
# settings of a species that say nothing of where it lives
_ELSEWHERE = {"count", "positions", "positions_crs", "sampling", "disperser_sampling", "dispersal"}


def quota_of(resolved: Resolved, key: str) -> Quota:
    """Return how many animals of a species a scenario simulates."""
    settings = resolved.scenario.species[key]
    return Quota(
        settings.count, sampling=settings.sampling, disperser_sampling=settings.disperser_sampling
    )


def _seen_quota(resolved: Resolved, key: str, land: Landscape) -> Quota:
    """Return the same, and where its animals were seen, if the scenario says so."""
    return replace(quota_of(resolved, key), observed=observed_of(resolved, key, land))


def prepare_scenario(
    resolved: Resolved, species: Sequence[Species], land: Landscape, homes: Mapping[str, Habitat]
) -> DaysContext:
    """Return what the replicates of a scenario of days share.

    Whoever moves a scenario's animals, the studies' jobs or the Mesa model, calls it, so that a
    setting is either used by both or refused by both.

    Parameters
    ----------
    species : sequence of Species
        Its species, traits changed.
    land : Landscape
        Its landscape, edits applied.
    homes : mapping of key to Habitat
        Where the species live on the landscape before the edits; empty where there are none.
    """
    keys = [one.key for one in species]
    quotas = {key: _seen_quota(resolved, key, land) for key in keys}
    dispersal = {key: resolved.scenario.species[key].dispersal for key in keys}
    return prepare_days(species, land, homes, quotas, dispersal)


def simulation_of(
    resolved: Resolved, context: DaysContext, *, seed: int, replicate: int, keep_tracks: bool = True
) -> Simulation:
    """Return one replicate of a scenario of days, at its beginning."""
    scenario = resolved.scenario
    return Simulation(
        context,
        seed=seed,
        replicate=replicate,
        start_day=scenario.start_day,
        tracks=scenario.tracks if keep_tracks else 0,
        n_days=scenario.n_days,
    )


class DaysScenario:
    """A scenario of days, ready for its replicates.

    Species of days do not meet: each is prepared when its turn comes. All stay prepared for the
    next replicate where memory allows, see :func:`.forecast.holds_all`; elsewhere the last one.

    Parameters
    ----------
    prepare : callable
        Returns one of the species on the landscape.
    lock : lock
        Threads of one process prepare one after the other.
    """

    def __init__(
        self,
        resolved: Resolved,
        land: Landscape,
        species: Sequence[Species],
        prepare: Callable[[Species], SpeciesHabitat],
        lock: AbstractContextManager[Any],
    ) -> None:
        self.resolved, self.landscape, self.species = resolved, land, tuple(species)
        self.blocks = blocks_of(land)
        self._prepare, self._lock = prepare, lock
        self._holds_all = holds_all(land.grid.height * land.grid.width, len(self.species))
        self._held: dict[str, SpeciesHabitat] = {}
        self._told: dict[str, tuple[Numbers, float]] = {}

    def habitat_of(self, one: Species) -> SpeciesHabitat:
        """Return one of the species on the landscape, prepared when first asked for."""
        with self._lock:
            if one.key not in self._held:
                if not self._holds_all:
                    self._held.clear()  # its memory is free for this one
                found = self._held[one.key] = self._prepare(one)
                self._told[one.key] = found.numbers, found.surroundings.suitable_km2
            return self._held[one.key]

    def facts(self) -> dict[str, Any]:
        """Return what is told of its landscape and of the animals on it."""
        for one in self.species:
            if one.key not in self._told:
                self.habitat_of(one)
        keys = [one.key for one in self.species]
        return {
            **ground_facts(self.landscape),
            "residents": {key: self._told[key][0].residents for key in keys},
            "dispersers": {key: self._told[key][0].dispersers for key in keys},
            "suitable_km2": {key: self._told[key][1] for key in keys},
            "cohort_y": {one.key: cohort_y(one) for one in self.species},
            **block_facts(self.blocks, self.species),
        }

    def simulate(self, replicate: int, path: Path, listener: Listener) -> None:
        """Simulate one replicate and write its file; tracks of the first alone are kept."""
        found: dict[str, SpeciesRecord] = {}
        # who is prepared already comes first, before it gives way
        for one in sorted(self.species, key=lambda one: one.key not in self._held):
            found[one.key] = self._simulated(one, replicate, listener)
        save_records(path, {one.key: found[one.key] for one in self.species})

    def _simulated(self, one: Species, replicate: int, listener: Listener) -> SpeciesRecord:
        scenario, first = self.resolved.scenario, replicate == 0
        habitat = self.habitat_of(one)
        context = DaysContext(self.landscape, {one.key: habitat}, self.blocks)
        sim = simulation_of(
            self.resolved, context, seed=scenario.seed, replicate=replicate, keep_tracks=first
        )
        sim.advance(scenario.n_days, listener.done)
        sim.finish(listener.done)
        return record(sim.result(one.key), habitat, context, keep_tracks=first)


def _kept_as(site: Site, resolved: Resolved, one: Species) -> tuple[str, str, str]:
    """Return what decides where a species lives on the landscape before all edits."""
    settings = resolved.scenario.species[one.key].model_dump(mode="json", exclude=_ELSEWHERE)
    return site.key, one.key, json.dumps(settings, sort_keys=True)


def _home(site: Site, resolved: Resolved, one: Species, *, holds: bool = False) -> Habitat:
    """Return where a species lives on the landscape before all edits.

    What was made of it on the way is held for its first scenario, if asked for.
    """
    key = _kept_as(site, resolved, one)

    def make() -> Habitat:
        made = place(one, site.land)
        if holds:
            site.kept.get("placed", key, len(site.species), lambda: made)
        return made.habitat

    return site.kept.get("homes", key, KEPT_HOMES, make)


class Days:
    """See :class:`corridor_sim.simulation.protocol.Simulator`."""

    outcomes: ClassVar[Outcomes] = OUTCOMES
    facts = DaysFacts
    views: ClassVar[Mapping[str, str]] = {
        "tables": "corridor_sim.comparison.days:GatherDays",
        "maps": "corridor_sim.comparison.maps:write_maps",
        "sections": "days",
    }

    def prepare(
        self, site: Site, resolved: Resolved, land: Landscape, *, map_number: int = 0
    ) -> DaysScenario:
        """Return a scenario ready for its replicates; all that is drawn of a map is in ``land``."""

        def prepare(one: Species) -> SpeciesHabitat:
            placed = site.kept.take("placed", _kept_as(site, resolved, one))
            quota = _seen_quota(resolved, one.key, land)
            how = resolved.scenario.species[one.key].dispersal
            if land is site.land:
                return prepare_species(one, land, None, quota, how, placed=placed)
            return prepare_species(one, land, _home(site, resolved, one), quota, how)

        return DaysScenario(resolved, land, site.species, prepare, site.kept.lock)

    def forecast(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        site: Site,
    ) -> Forecast:
        """Return what runs will take; numbers of animals differ little between scenarios."""
        first, land = scenarios[0], site.land
        n_cells = land.grid.height * land.grid.width
        if not holds_all(n_cells, len(site.species)):
            # to count them takes placing them, which is left to the runs
            return self.foretell(scenarios, runs, threads, site.species, land.grid, land.n_zones)
        numbers = {}
        for one in site.species:
            home, quota = _home(site, first, one, holds=True), _seen_quota(first, one.key, land)
            numbers[one.key] = expected_numbers(one, home, quota)
            if quota.observed is not None:
                tell_of_places(one, quota.observed, home.cells, land.grid.width)
        return _forecast(scenarios, runs, threads, site.species, numbers, n_cells, land.n_zones)

    def foretell(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        species: Sequence[Species],
        grid: Grid,
        areas: int = 0,
    ) -> Forecast:
        """Return what runs will take, by a guess of the number of animals."""
        quotas = {one.key: quota_of(scenarios[0], one.key) for one in species}
        n_cells = grid.height * grid.width
        numbers = guessed_numbers(species, quotas, n_cells * grid.cell_km2)
        found = _forecast(scenarios, runs, threads, species, numbers, n_cells, areas)
        return replace(found, guessed=True)

    def load(
        self, path: Path, keys: Sequence[str], resolved: Resolved, extent: Extent
    ) -> dict[str, SpeciesRecord]:
        """Return the records of a run by species."""
        return load_run(path, keys, len(STAGES), extent)


def _forecast(
    scenarios: Sequence[Resolved],
    runs: Sequence[tuple[int, int]],
    threads: int,
    species: Sequence[Species],
    numbers: Mapping[str, Numbers],
    n_cells: int,
    areas: int,
) -> Forecast:
    n_scenarios = len({scenario for scenario, _ in runs})
    prepared = len(maps_of(scenarios, runs))
    return forecast(
        scenarios[0],
        species,
        numbers,
        n_cells,
        len(runs),
        n_scenarios,
        threads,
        areas,
        prepared=prepared,
    )
