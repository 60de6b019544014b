"""The simulator of days: today's animals move, and nobody is born."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from corridor_sim.config.load import Resolved
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import Listener
from corridor_sim.simulation.days.forecast import Forecast, forecast, maps_of
from corridor_sim.simulation.days.observed import observed_of, tell_of_places
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.run_file import SpeciesRecord, load_run, record
from corridor_sim.simulation.days.seeding import Habitat, Quota, expected_numbers
from corridor_sim.simulation.days.simulation import (
    DaysContext,
    Simulation,
    find_homes,
    prepare_days,
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
    return replace(quota_of(resolved, key), observed=observed_of(resolved, key, land.grid))


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
        Where the species live on the landscape before the edits.
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


@dataclass(frozen=True, slots=True)
class DaysScenario:
    """A scenario of days, ready for its replicates."""

    resolved: Resolved
    context: DaysContext

    def facts(self) -> dict[str, Any]:
        """Return what is told of its landscape and of the animals on it."""
        species = self.context.species.items()
        return {
            **ground_facts(self.context.landscape),
            "residents": {key: habitat.numbers.residents for key, habitat in species},
            "dispersers": {key: habitat.numbers.dispersers for key, habitat in species},
            "suitable_km2": {key: habitat.surroundings.suitable_km2 for key, habitat in species},
            "cohort_y": {key: cohort_y(habitat.here.species) for key, habitat in species},
            **block_facts(self.context.blocks, (habitat.here.species for _, habitat in species)),
        }

    def simulate(self, replicate: int, path: Path, listener: Listener) -> None:
        """Simulate one replicate and write its file; tracks of the first alone are kept."""
        scenario, context, first = self.resolved.scenario, self.context, replicate == 0
        sim = simulation_of(
            self.resolved, context, seed=scenario.seed, replicate=replicate, keep_tracks=first
        )
        sim.advance(scenario.n_days, listener.done)
        sim.finish(listener.done)
        kept = {
            key: record(sim.result(key), habitat, context, keep_tracks=first)
            for key, habitat in context.species.items()
        }
        save_records(path, kept)


def _homes(site: Site, resolved: Resolved) -> dict[str, Habitat]:
    """Return where the species of a scenario live on the landscape before all edits."""
    found = {}
    for one in site.species:
        settings = resolved.scenario.species[one.key].model_dump(mode="json", exclude=_ELSEWHERE)
        key = site.key, one.key, json.dumps(settings, sort_keys=True)

        def make(one: Species = one) -> Habitat:
            return find_homes([one], site.land)[one.key]

        found[one.key] = site.kept.get("homes", key, KEPT_HOMES, make)
    return found


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
        homes = _homes(site, resolved)
        return DaysScenario(resolved, prepare_scenario(resolved, site.species, land, homes))

    def forecast(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        site: Site,
    ) -> Forecast:
        """Return what runs will take; numbers of animals differ little between scenarios."""
        first, land = scenarios[0], site.land
        homes = _homes(site, first)
        numbers = {}
        for one in site.species:
            quota = _seen_quota(first, one.key, land)
            numbers[one.key] = expected_numbers(one, homes[one.key], quota)
            if quota.observed is not None:
                tell_of_places(one, quota.observed, homes[one.key].cells, land.grid.width)
        n_cells = land.grid.height * land.grid.width
        n_scenarios = len({scenario for scenario, _ in runs})
        return forecast(
            first,
            site.species,
            numbers,
            n_cells,
            len(runs),
            n_scenarios,
            threads,
            land.n_zones,
            prepared=len(maps_of(scenarios, runs)),
        )

    def load(
        self, path: Path, keys: Sequence[str], resolved: Resolved, extent: Extent
    ) -> dict[str, SpeciesRecord]:
        """Return the records of a run by species."""
        return load_run(path, keys, len(STAGES), extent)
