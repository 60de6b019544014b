"""Years in expectation: in how many generations who reaches whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corridor_sim.api.given import Settings, command_of, refuse_other_kind, texts_of
from corridor_sim.config.load import ScenarioLike, scenario_of
from corridor_sim.course import PREPARING, RUNS, Stage, begin, plan
from corridor_sim.errors import ScenarioError
from corridor_sim.languages import tr, written
from corridor_sim.results.folder import Laps, Progress, told
from corridor_sim.results.generations import GenerationsResults

# Seconds, guessed until the first replicate tells: of the landscape and its tiles, of a replicate
# of a species, of tables and page
SECONDS_TO_PREPARE, SECONDS_PER_REPLICATE, SECONDS_OF_PAGE = 8.0, 3.0, 12.0


def generations(
    scenario: ScenarioLike,
    *,
    against: ScenarioLike | None = None,
    species: Sequence[str] = (),
    replicates: int = 6,
    years: int | None = None,
    walks: int = 2000,
    out: str | Path | None = None,
    set: Settings = (),
    threads: int | None = None,
    progress: Progress = False,
) -> GenerationsResults:
    """Tell in how many generations who reaches whom, as ``corridor-sim generations`` does.

    Years in expectation: where young go is simulated, numbers follow. A scenario without
    ``[life_cycle]`` takes its defaults.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns
    against : likewise, optional
        A scenario to compare with, told on the same walks; the two may differ in edits and change.
    species : sequence of str
        Keys; all that walk.
    replicates : int
        Of the walks, from 1; intervals need two.
    years : int, optional
        Of the run, 1 to 1000; those of the scenario's decades if it has any, else 50.
    walks : int
        Searching animals of a species and replicate, about, 100 to 60,000.
    out : path, optional
        Folder for tables, tiles and the page; nothing is written without it.
    set : mapping or sequence of str
        As for :func:`compare`; of both scenarios.
    threads : int, optional
        Threads of the kernels; all cores.
    progress : bool or Listener
        As for :func:`compare`.

    Returns
    -------
    GenerationsResults

    Raises
    ------
    CorridorSimError
        A mistake in the settings, two scenarios that differ in more than edits and change, species
        that soar or have no life cycle, fewer than two blocks of core areas, no path between any
        two of them in any number of generations, or too little memory.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(
    ...     name="Today", landscape={"cell_m": 10_000}, species={"mountain_tapir": {}},
    ... )
    >>> found = cs.generations(today, replicates=2, years=5, walks=200)
    >>> found.pairs.columns[:4].tolist()
    ['species', 'from', 'to', 'generations']
    """
    from corridor_sim.comparison.generations import follow
    from corridor_sim.comparison.generations_tables import found_of
    from corridor_sim.experiment.generations import ready
    from corridor_sim.memory import lasting
    from corridor_sim.simulation.days.simulation import use_threads

    laps, assignments = Laps(), texts_of(set)
    for name, value, low, high in (
        ("replicates", replicates, 1, 10_000),
        ("years", years, 1, 1000),
        ("walks", walks, 100, 60_000),
    ):
        if value is not None and not low <= value <= high:
            raise ScenarioError(f"{value}", where=name, remedy=f"give {low:,} to {high:,}")
    for one in (scenario, against):
        if isinstance(one, str | Path):
            refuse_other_kind(one, assignments, "run", "generations")
    both = [None if one is None else scenario_of(one, assignments) for one in (scenario, against)]
    use_threads(threads)
    with told(progress) as listener:
        assert both[0] is not None
        plan(Stage("preparing", SECONDS_TO_PREPARE, kind=PREPARING))
        begin("preparing")
        asked = ready(both[0], both[1], species=species, years=years, walks=walks)
        units = len(asked.machine.kinds) * replicates * (1 if both[1] is None else 2)
        stages = (
            Stage("walking", units * SECONDS_PER_REPLICATE, units, RUNS),
            Stage("results", SECONDS_OF_PAGE),
        )
        plan(*stages)
        listener.say(
            tr(
                "forecast: {n} replicates of a species and scenario: about {time}",
                n=written(f"{units:,}"),
                time=written(lasting(sum(one.seconds for one in stages))),
            )
        )
        begin("walking")
        kindred = follow(asked, replicates, listener)
        begin("results")
        listener.say(tr("comparing blocks"))
        found = GenerationsResults(found_of(asked, kindred))
        if out is not None:
            more = {"against": against, "years": years, "replicates": replicates, "walks": walks}
            found.command = command_of("generations", scenario, Path(out), assignments, more)
            found.write(out)
    found.seconds = laps.total
    return found
