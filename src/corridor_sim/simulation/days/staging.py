"""From a resolved scenario to the stage of its runs: the one place where its settings are read.

Whoever moves a scenario's animals, the studies' jobs or the Mesa model, calls :func:`stage_of`, so
that a setting is either used by both or refused by both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corridor_sim.config.load import Resolved
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.seeding import Habitat, Quota
from corridor_sim.simulation.days.simulation import DaysContext, Simulation, prepare_days
from corridor_sim.species.traits import Species


def quota_of(resolved: Resolved, key: str) -> Quota:
    """Return how many animals of a species a scenario simulates."""
    settings = resolved.scenario.species[key]
    return Quota(settings.count, settings.sampling, settings.disperser_sampling)


def stage_of(
    resolved: Resolved, species: Sequence[Species], land: Landscape, homes: Mapping[str, Habitat]
) -> DaysContext:
    """Return the stage of a scenario of days.

    Parameters
    ----------
    resolved : Resolved
    species : sequence of Species
        Its species, traits changed.
    land : Landscape
        Its landscape, edits applied.
    homes : mapping of key to Habitat
        Where the species live on the landscape before the edits.
    """
    keys = [one.key for one in species]
    quotas = {key: quota_of(resolved, key) for key in keys}
    dispersal = {key: resolved.scenario.species[key].dispersal for key in keys}
    return prepare_days(species, land, homes, quotas, dispersal)


def simulation_of(
    resolved: Resolved, stage: DaysContext, *, seed: int, replicate: int, keep_tracks: bool = True
) -> Simulation:
    """Return one replicate of a scenario of days, at its beginning."""
    scenario = resolved.scenario
    return Simulation(
        stage,
        seed=seed,
        replicate=replicate,
        start_day=scenario.start_day,
        tracks=scenario.tracks if keep_tracks else 0,
        n_days=scenario.n_days,
    )
