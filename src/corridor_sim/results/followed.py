"""Any animals of a study, a scenario or an experiment, moved again to the bit: tracks and fates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.config.checks import check_place
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ResultsError, ScenarioError, refuse_unknown, shown
from corridor_sim.experiment.jobs import WorkerCache
from corridor_sim.experiment.plan import Digester
from corridor_sim.languages import tr
from corridor_sim.progress import tell
from corridor_sim.results.folder import StudyFolder
from corridor_sim.simulation.days.simulator import DaysScenario
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.telemetry.tracks_out import Ask, check

if TYPE_CHECKING:
    import geopandas as gpd

# tracks or fates of a prepared scenario
Make = Callable[..., "gpd.GeoDataFrame"]


def followed_of_study(
    opened: StudyFolder, scenario: str | int | None, ask: Ask, make: Make
) -> gpd.GeoDataFrame:
    """Return what is made of animals of a study, if the study would run today as it did.

    Raises
    ------
    ResultsError
        No such scenario, a folder of another version, or files that have changed since.
    CorridorSimError
        As :func:`followed_of_scenarios`.
    """
    manifest = opened.manifest
    names = [str(one["name"]) for one in manifest.scenarios]
    index = _position(names, scenario, str(opened.folder), ResultsError)
    resolved = manifest.resolved(index, Digester())
    check(ask, resolved.scenario)
    if "study" in vars(opened) and index < len(opened.study.scenarios):
        cache = opened.study.worker_cache
    else:
        cache = _cache(opened.folder, resolved)
    return _made(resolved, cache, ask, manifest.name, make)


def followed_of_scenarios(
    name: str, scenarios: Sequence[Resolved], scenario: str | int | None, ask: Ask, make: Make
) -> gpd.GeoDataFrame:
    """Return what is made of animals of a scenario that need not have been run.

    Parameters
    ----------
    name : str
        Of the study.
    scenarios : sequence of Resolved
        One, or those of an experiment.
    scenario : str, int or None
        Name or position; the first if None.

    Raises
    ------
    CorridorSimError
        No such scenario, decades, or whatever is wrong with species and landscape.
    """
    index = _position([one.name for one in scenarios], scenario, name, ScenarioError)
    check(ask, scenarios[index].scenario)
    return _made(scenarios[index], _cache(Path(), scenarios[index]), ask, name, make)


def _position(
    names: Sequence[str],
    scenario: str | int | None,
    where: str,
    error: type[ResultsError] | type[ScenarioError],
) -> int:
    if scenario is None:
        return 0
    if isinstance(scenario, str):
        refuse_unknown(scenario, names, f"no scenario {scenario!r}", where=where, error=error)
        return list(names).index(scenario)
    if (
        isinstance(scenario, bool)
        or not isinstance(scenario, int)
        or not 0 <= scenario < len(names)
    ):
        said = f"no scenario {shown(scenario)} of {len(names)}"
        raise error(said, where=where, remedy="give a name, or count from 0")
    return scenario


def _cache(folder: Path, resolved: Resolved) -> WorkerCache:
    return WorkerCache(folder, lambda _: "", lambda _: resolved)


def _made(
    resolved: Resolved, cache: WorkerCache, ask: Ask, study: str, make: Make
) -> gpd.GeoDataFrame:
    tell(tr("{name}: preparing the landscape", name=tr(resolved.name)))
    check_place(resolved.scenario, cache.site_of(resolved).land)
    number = resolved.scenario.map_of(ask.replicate)
    land = cache.landscape_of(resolved, number)
    prepared = simulator_of(resolved).prepare(
        cache.site_of(resolved), resolved, land, map_number=number
    )
    assert isinstance(prepared, DaysScenario)  # check() lets no other through
    return make(prepared, ask, study=study)
