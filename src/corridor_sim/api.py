"""The verbs: whatever a command does, called from Python, with the same words for the same things.

Every function checks what it is given before any work, and tells mistakes as
:class:`corridor_sim.errors.CorridorSimError`, in the line that the command would print.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from corridor_sim.config.load import (
    Design,
    Resolved,
    ScenarioLike,
    as_data,
    cross,
    kind_of,
    load_experiment,
    no_settings,
    scenario_of,
    set_all,
)
from corridor_sim.config.schema import Experiment, Scenario
from corridor_sim.errors import ResultsError, ScenarioError, counted, refuse_unknown, shown
from corridor_sim.experiment.execution.workforce import Workforce
from corridor_sim.experiment.status import Status, status_of
from corridor_sim.progress import Listener, listening
from corridor_sim.results.beside import check_beside
from corridor_sim.results.fitted import FittedSpecies
from corridor_sim.results.folder import Laps, Progress, StudyFolder, finished_study, told
from corridor_sim.results.generations import GenerationsResults
from corridor_sim.results.rankings import Proposals, RankingResults, evaluator_of, forecast_of, rank
from corridor_sim.results.results import Results
from corridor_sim.results.sweeps import SensitivityResults, SweepResults
from corridor_sim.results.verdicts import Validation

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.covers import CoverTable
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.links.drawn import LinkEvaluator
    from corridor_sim.links.drawn_tables import LinkEffect
    from corridor_sim.simulation.days.forecast import Forecast
    from corridor_sim.telemetry.settings import FitSettings
    from corridor_sim.telemetry.tracks_out import Ask

R = TypeVar("R", bound=StudyFolder)
Settings = Mapping[str, Any] | Sequence[str]
ExperimentLike = str | Path | Experiment | Design
EXPORTED = ("csv", "parquet", "netcdf", "zarr")
# what a file of each kind is for, and what it is
COMMANDS = {
    "scenario": ("run", "a scenario"),
    "experiment": ("compare", "an experiment"),
    "links": ("links rank", "a links file"),
    "alternatives": ("links try", "a file of drawn alternatives"),
    "sweep": ("sweep", "a sweep"),
    "sensitivity": ("sensitivity", "a sensitivity analysis"),
}
KINDS: dict[str, type[StudyFolder]] = {
    "links": RankingResults,
    "sweep": SweepResults,
    "sensitivity": SensitivityResults,
}
# folders of results that nobody asked to keep; they go when the interpreter ends
_temporary: list[TemporaryDirectory[str]] = []


def run(
    scenario: ScenarioLike,
    *,
    out: str | Path | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    set: Settings = (),
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: int | None = None,
    share: tuple[int, int] | None = None,
    until: Sequence[str] = (),
    at_most: int | None = None,
    indifference: float | None = None,
    progress: Progress = False,
) -> Results:
    """Simulate one scenario and report on it, as ``corridor-sim run`` does.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns
        Relative paths in a :class:`Scenario` made in Python are those of the working folder.
    out, replicates, seed, set, threads, workers, scheduler, slurm, share, until, at_most
        As for :func:`compare`; without ``out``, a file goes into ``results/NAME-OF-FILE``.
    indifference, progress
        As for :func:`compare`.

    Returns
    -------
    Results

    Raises
    ------
    CorridorSimError
        As for :func:`compare`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(
    ...     name="Today", days=5, replicates=2, landscape={"cell_m": 5000},
    ...     species={"jaguar": {"count": 60}},
    ... )
    >>> found = cs.run(today)
    >>> int(found.runs["replicate"].max())
    1
    """
    who = Workforce(workers, threads, scheduler, slurm, share, tuple(until), at_most)
    assignments = [*_texts(set), *_given(replicates=replicates, seed=seed), *_zone(indifference)]
    if isinstance(scenario, str | Path):
        _refuse_other_kind(scenario, _texts(set), "run")
    one = scenario_of(scenario, assignments)
    folder = _folder(scenario, out)
    numbers = {"replicates": replicates, "seed": seed, "indifference": indifference}
    command = _command("run", scenario, folder, _texts(set), numbers)
    who.check()
    settings = as_data(one.scenario)
    with told(progress) as listener:
        return _simulated(
            Results,
            (one.scenario.name, one.scenario.description, (one,), settings, folder),
            who,
            listener,
            command,
        )


def compare(
    experiment: ExperimentLike,
    *,
    out: str | Path | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    set: Settings = (),
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: int | None = None,
    share: tuple[int, int] | None = None,
    until: Sequence[str] = (),
    at_most: int | None = None,
    indifference: float | None = None,
    progress: Progress = False,
) -> Results:
    """Simulate an experiment and compare its scenarios, as ``corridor-sim compare`` does.

    Called again it goes on where it was interrupted; runs that are done are kept. The same
    settings give the same bits, whoever does the runs.

    Parameters
    ----------
    experiment : path, Experiment or what load_experiment returns
    out : path, optional
        Results folder. Without it, a file goes into ``results/NAME-OF-FILE``, as with the command;
        what was made in Python into a temporary folder that goes when the interpreter ends.
    replicates : int, optional
        Replicates per scenario, instead of the file's.
    seed : int, optional
        Seed of all chance, instead of the file's.
    set : mapping or sequence of str
        Any further key by its dotted name: ``{"base.landscape.cell_m": 500}``, or texts as
        ``--set`` takes them.
    threads : int, optional
        Threads of the kernels; all cores in one process, one in each of several.
    workers : int, optional
        Processes; as many as cores and memory allow, where they pay.
    scheduler : str, optional
        Address of a Dask scheduler that has workers.
    slurm : int, optional
        SLURM jobs to submit as Dask workers.
    share : pair of int, optional
        ``(i, n)``: do the i-th of n shares of the runs, from 0, and write no report.
    until : sequence of str
        Goals such as ``"eca_km2:jaguar=5"``: add replicates until the 95 % interval has that
        half-width, in the outcome's unit.
    at_most : int, optional
        Cap of replicates of ``until``; 200.
    indifference : float, optional
        Changes up to this share of the reference do not matter, instead of the file's
        ``indifference.share``; no run is made again for another.
    progress : bool or Listener
        Show the work on standard error, or tell it a listener with ``say``, ``expect``, ``done``.

    Returns
    -------
    Results

    Raises
    ------
    ScenarioError, SpeciesError, LandscapeError
        A mistake in the settings or a file that they name.
    ResultsError
        The folder holds something else, or cannot be written.
    ResourceError
        It does not fit into memory, or nobody is there to do the runs.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> experiment = cs.Experiment(
    ...     name="Clearing",
    ...     base=cs.Scenario(
    ...         days=5, replicates=2, landscape={"cell_m": 5000}, species={"jaguar": {"count": 60}}
    ...     ),
    ...     factors={"forest": {"now": [], "less": [{"kind": "clear", "fraction": 0.3}]}},
    ... )
    >>> found = cs.compare(experiment)
    >>> sorted(found.contrasts["scenario"].unique())
    ['less']
    """
    who = Workforce(workers, threads, scheduler, slurm, share, tuple(until), at_most)
    assignments = [*_texts(set), *_given("base.", replicates=replicates, seed=seed)]
    assignments += _zone(indifference, "base.")
    if isinstance(experiment, str | Path):
        _refuse_other_kind(experiment, _texts(set), "compare")
    design = _experiment(experiment, assignments)
    one, folder = design.experiment, _folder(experiment, out)
    numbers = {"replicates": replicates, "seed": seed, "indifference": indifference}
    command = _command("compare", experiment, folder, _texts(set), numbers)
    who.check()
    where = str(experiment) if isinstance(experiment, str | Path) else one.name
    with told(progress) as listener:
        return _simulated(
            Results,
            (one.name, one.description, design.scenarios, as_data(one), folder),
            who,
            listener,
            command,
            check=lambda study: check_beside(study, one.co_benefits, one.places, where),
        )


def forecast(
    experiment: ExperimentLike,
    *,
    replicates: int | None = None,
    set: Settings = (),
    threads: int | None = None,
    landscape: Landscape | None = None,
) -> Forecast:
    """Return what :func:`compare` will take, without simulating anything.

    Parameters
    ----------
    experiment, replicates, set, threads
        As for :func:`compare`.
    landscape : Landscape, optional
        Of the base before all edits, where it is there already.

    Returns
    -------
    Forecast
        ``runs``, ``animals``, ``seconds`` of the simulations, ``beside_s`` of all else,
        ``peak_bytes`` of memory; its text says it in one line.

    Raises
    ------
    CorridorSimError
        As for :func:`compare`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(
    ...     name="Today", days=5, replicates=2, landscape={"cell_m": 8000},
    ...     species={"jaguar": {"count": 60}},
    ... )
    >>> cs.forecast(cs.Experiment(name="Warming", base=today)).runs
    2
    """
    from corridor_sim.experiment.study import open_study

    assignments = [*_texts(set), *_given("base.", replicates=replicates)]
    design = _experiment(experiment, assignments)
    one = design.experiment
    with TemporaryDirectory(prefix="corridor_sim.") as folder:
        study = open_study(
            one.name,
            one.description,
            design.scenarios,
            as_data(one),
            Path(folder) / "study",
            threads=threads,
            land=landscape,
            claimed=False,
        )
        return study.expected


def sweep(
    file: str | Path,
    *,
    out: str | Path | None = None,
    set: Settings = (),
    yes: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: int | None = None,
    share: tuple[int, int] | None = None,
    progress: Progress = False,
) -> SweepResults:
    """Simulate a grid or sample of parameters, as ``corridor-sim sweep`` does.

    Parameters
    ----------
    file : path
        Sweep TOML: ``[base]``, ``[sweep]`` and ``[sweep.parameters]``.
    yes : bool
        Do more than 10,000 runs.
    out, set, threads, workers, scheduler, slurm, share, progress
        As for :func:`compare`.

    Returns
    -------
    SweepResults

    Raises
    ------
    CorridorSimError
        As for :func:`compare`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.sweep("experiments/sweep_warming.toml").table.head()  # doctest: +SKIP
    """
    from corridor_sim.sweeps.points import check_covers, read_sweep

    who = Workforce(workers, threads, scheduler, slurm, share, grows=False)
    who.check()
    folder, assignments = _folder(file, out), _texts(set)
    with told(progress) as listener:
        found, scenarios, _ = read_sweep(Path(file), assignments, yes=yes)
        return _simulated(
            SweepResults,
            (found.name, found.description, scenarios, found.as_settings(), folder),
            who,
            listener,
            _command("sweep", file, folder, assignments, yes=yes),
            check=lambda study: check_covers(found.sweep.covers, study.land.covers, file),
        )


def sensitivity(
    file: str | Path,
    *,
    out: str | Path | None = None,
    set: Settings = (),
    yes: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: int | None = None,
    share: tuple[int, int] | None = None,
    progress: Progress = False,
) -> SensitivityResults:
    """Tell which uncertain trait the answer hangs on, as ``corridor-sim sensitivity`` does.

    Parameters
    ----------
    file : path
        Sensitivity TOML: ``[base]`` and ``[sensitivity]``.
    yes : bool
        Do more than 10,000 runs.
    out, set, threads, workers, scheduler, slurm, share, progress
        As for :func:`compare`.

    Returns
    -------
    SensitivityResults

    Raises
    ------
    CorridorSimError
        As for :func:`compare`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.sensitivity("experiments/sensitivity_jaguar.toml").table  # doctest: +SKIP
    """
    from corridor_sim.sweeps.sensitivity import plan_sensitivity

    who = Workforce(workers, threads, scheduler, slurm, share, grows=False)
    who.check()
    folder, assignments = _folder(file, out), _texts(set)
    with told(progress) as listener:
        plan = plan_sensitivity(Path(file), assignments, yes=yes)
        one = plan.file
        return _simulated(
            SensitivityResults,
            (one.name, one.description, plan.scenarios, one.as_settings(), folder),
            who,
            listener,
            _command("sensitivity", file, folder, assignments, yes=yes),
            land=plan.links.land if plan.links is not None else None,
        )


def rank_links(
    file: str | Path,
    *,
    out: str | Path | None = None,
    budget: float | None = None,
    set: Settings = (),
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: int | None = None,
    progress: Progress = False,
) -> RankingResults:
    """Simulate links, rank them and choose a set, as ``corridor-sim links rank`` does.

    Parameters
    ----------
    file : path
        Links TOML.
    budget : float, optional
        Instead of the file's ``links.budget``, in its unit.
    out, set, threads, workers, scheduler, slurm, progress
        As for :func:`compare`.

    Returns
    -------
    RankingResults

    Raises
    ------
    CorridorSimError
        As for :func:`compare`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.rank_links("experiments/andes_links.toml", budget=60).ranking  # doctest: +SKIP
    """
    from corridor_sim.experiment.study import open_study
    from corridor_sim.links.co_benefits import ground_of
    from corridor_sim.links.files import read_links_file

    who = Workforce(workers, threads, scheduler, slurm, grows=False)
    who.check()
    assignments = [*_texts(set), *([] if budget is None else [f"links.budget={budget}"])]
    one, base = read_links_file(Path(file), assignments)
    folder, laps = _folder(file, out), Laps()
    with told(progress) as listener:
        study = open_study(
            one.name,
            one.description,
            [base],
            one.as_settings(),
            folder,
            threads=threads,
            listener=listener,
            command=_command("links rank", file, folder, assignments),
            claimed=False,
        )
        evaluator, land = evaluator_of(
            study, one, base, str(file), lambda _, runs: runner.run(runs)
        )
        ground = ground_of(study, one, evaluator.links, str(file))
        check_beside(study, None, one.places, str(file))
        study.claim()
        listener.say(forecast_of(study, one))
        found = RankingResults(folder, study)
        # workers stay from batch to batch: landscape and scenarios are prepared once
        with who.runner(study, listener) as runner:
            found.ranked = rank(evaluator, one, land, listener, ground)
            found.finish(listener)
    found.seconds = laps.total
    return found


def propose_links(
    scenario: ScenarioLike | None = None,
    *,
    species: Sequence[str] = (),
    width_m: float = 5000.0,
    most: int = 20,
    out: str | Path | None = None,
    set: Settings = (),
) -> Proposals:
    """Propose least-cost corridors between core areas, as ``corridor-sim links propose`` does.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The built-in landscape and all species if not given.
    species : sequence of str
        Keys of the species that the links shall serve; all that walk.
    width_m : float
        Metres, 1 to 200,000.
    most : int
        At most so many.
    out : path, optional
        Links file (``.toml``) or GeoPackage (``.gpkg``) to write; it must not be there yet.
    set : mapping or sequence of str
        As for :func:`compare`.

    Returns
    -------
    Proposals

    Raises
    ------
    CorridorSimError
        A mistake in the settings, an unknown species, or a file that cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> found = cs.propose_links(species=["jaguar"], most=2, set={"landscape.cell_m": 5000})
    >>> len(found.table)
    2
    """
    from corridor_sim.config.build import apply_edits, build_species, reference_landscape
    from corridor_sim.links.propose import propose

    path = None if out is None else Path(out)
    _check_proposal(width_m, most, path)
    resolved = scenario_of(scenario, _texts(set))
    known = build_species(resolved)
    keys = [one.key for one in known]
    for key in species:
        refuse_unknown(key, keys, f"unknown species {key!r}", where="--species")
    wanted = [one for one in known if (one.key in species if species else one.soaring is None)]
    land = reference_landscape(resolved, None, known)
    land = apply_edits(land, resolved.edits, resolved.scenario.seed)
    found = Proposals(propose(wanted, land, width_m=width_m, most=most), land, path)
    if path is not None:
        found.write(path, resolved.scenario)
    return found


def _check_proposal(width_m: float, most: int, path: Path | None) -> None:
    if not 1 <= width_m <= 200_000:
        raise ScenarioError(f"{width_m:g} m", where="--width", remedy="allowed: 1 to 200000")
    if most < 1:
        raise ScenarioError(f"{most} links", where="--most", remedy="give 1 or more")
    if path is not None and path.suffix.lower() not in (".toml", ".gpkg"):
        raise ResultsError(
            f"unknown kind of file {path.suffix!r}", where="--out", remedy="end it .toml or .gpkg"
        )
    if path is not None and path.exists():
        # somebody may have spent a day on the costs in it
        raise ResultsError(
            "is there already", where=f"--out {path}", remedy="name another file, or delete it"
        )


def validate(
    patterns: str = "",
    *,
    replicates: int = 5,
    years: int = 20,
    seed: int = 1,
    cell_m: float = 1000,
    threads: int | None = None,
    out: str | Path = "results/validation",
    progress: Progress = False,
) -> Validation:
    """Hold the model to published patterns it was not fitted to, as ``corridor-sim validate`` does.

    Parameters
    ----------
    patterns : str
        Such as ``"J6,B4,C5a"``; all if empty.
    replicates : int
    years : int
        After the burn-in.
    seed : int
        Of all chance.
    cell_m : float
        Edge of a cell in metres.
    threads : int, optional
        All cores if not given.
    out : path
        Folder of the tables.
    progress : bool or Listener

    Returns
    -------
    Validation

    Raises
    ------
    CorridorSimError
        An unknown pattern, or a folder that cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.validate("J6", replicates=2).table[["pattern", "model", "passed"]]  # doctest: +SKIP
    """
    from corridor_sim.simulation.days.simulation import use_threads
    from corridor_sim.validation.patterns import choose, load_patterns
    from corridor_sim.validation.runs import ValidationRuns
    from corridor_sim.validation.verdicts import judge, write_verdicts

    laps, chosen = Laps(), choose(load_patterns(), patterns)
    use_threads(threads)
    verdicts = []
    with told(progress) as listener:
        runs = ValidationRuns(replicates, years, seed, cell_m, listener.say)
        listener.expect(len(chosen))
        for pattern in chosen:
            verdicts += judge(runs, [pattern])
            listener.done(1)
    settings = {"replicates": replicates, "years": years, "seed": seed, "cell_m": cell_m}
    return Validation(verdicts, list(write_verdicts(verdicts, settings, Path(out))), laps.total)


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
    from corridor_sim.simulation.days.simulation import use_threads

    laps, assignments = Laps(), _texts(set)
    for name, value, low, high in (
        ("replicates", replicates, 1, 10_000),
        ("years", years, 1, 1000),
        ("walks", walks, 100, 60_000),
    ):
        if value is not None and not low <= value <= high:
            raise ScenarioError(f"{value}", where=name, remedy=f"give {low:,} to {high:,}")
    for one in (scenario, against):
        if isinstance(one, str | Path):
            _refuse_other_kind(one, assignments, "run", "generations")
    both = [None if one is None else scenario_of(one, assignments) for one in (scenario, against)]
    use_threads(threads)
    with told(progress) as listener:
        assert both[0] is not None
        asked = ready(both[0], both[1], species=species, years=years, walks=walks)
        kindred = follow(asked, replicates, listener)
        listener.say("comparing blocks")
        found = GenerationsResults(found_of(asked, kindred))
        if out is not None:
            more = {"against": against, "years": years, "replicates": replicates, "walks": walks}
            found.command = _command("generations", scenario, Path(out), assignments, more)
            found.write(out)
    found.seconds = laps.total
    return found


def fit(
    files: str | Path | Sequence[str | Path],
    scenario: ScenarioLike | None = None,
    *,
    species: str,
    out: str | Path | None = None,
    interval: str | float | None = None,
    tolerance: str | float | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    hours_in: str | None = None,
    dates: str | None = None,
    columns: Mapping[str, str] | str | None = None,
    animals: Sequence[str] | None = None,
    max_speed_ms: float | None = None,
    still_m: float = 30.0,
    one_animal: Sequence[str] | None = None,
    covariates: str | Sequence[str] | None = None,
    random: int = 50,
    attraction: str = "proposal",
    states: str | int = "auto",
    sex_from: str | Path | None = None,
    dispersers: bool = False,
    hold_out: str = "none",
    seed: int = 1,
    set: Settings = (),
    progress: Progress = False,
) -> FittedSpecies:
    """Fit a species to tracks of collared animals, as ``corridor-sim fit`` does.

    Ranges, steps and turns, behaviour, the choice of steps, and what animals have in common go into
    a species file with standard errors, which simulates.

    Parameters
    ----------
    files : path or several
        Movebank CSV, or columns x, y, time and animal with ``crs`` and ``time_zone``.
    scenario : path, Scenario or what load_scenario returns, optional
        Whose landscape the animals walked on; without it nothing is asked of selection.
    species : str
        Key of a species of the scenario or one that ships, or a species file: what tracks do not
        tell stays as it is there. Any other name begins a new, blank species.
    out : path, optional
        Folder for the species file, tables and the page; nothing is written without it.
    interval, tolerance : str or float, optional
        Between fixes and how far one may lie from it: ``"3h"``, ``"90min"``, or minutes; the
        usual interval and a twelfth of it, 15 minutes at most, where not given.
    crs, time_zone : str, optional
        Of files that do not say it: ``"EPSG:32721"``, ``"America/La_Paz"`` or ``"UTC-05:00"``.
    hours_in : str, optional
        Zone in which hours of the day are told; ``time_zone``, or by the sun, where not given.
    dates : {"day-first", "month-first"}, optional
        How dates such as 3/4/2020 are meant where the file does not decide it.
    columns : mapping, optional
        Names of columns by what they hold (x, y, time, animal, error, dop) where they have names of
        their own: ``{"x": "Long"}``.
    animals : sequence of str, optional
        Those to fit; all.
    max_speed_ms : float, optional
        A fix that is reached and left faster is dropped; by each track where not given.
    still_m : float
        Who stays within so many metres never moves, and is left out.
    one_animal : sequence of str, optional
        Names that are one collar each, though they look like two.
    covariates : str or sequence of str, optional
        Terms of step selection: ``["ndvi", "along(ndvi)", "crossings(road)"]``, of a raster that
        no scenario declares ``"forest[1]=wood.tif"``; every covariate that the scenario declares if
        not given, and nothing with ``"none"``.
    random : int
        Random steps beside each that was taken, 1 to 1000.
    attraction : {"proposal", "term", "both", "none"}
        Whether random steps are drawn towards the centre of the animal's range, as the simulator's
        are, the distance from it is a term of the model, both, or neither.
    states : {"auto", 1, 2, 3}
        Behavioural states; ``"auto"`` takes as many as the data tell apart (lowest BIC).
    sex_from : str or path, optional
        A column of the tracks, or a CSV with a row an animal; without it a column named ``sex`` is
        taken where there is one, and both sexes get the same numbers where there is none.
    dispersers : bool
        Whether animals without a range are dispersers; else they are left out of ranges alone.
    hold_out : {"none", "animals", "months"}
        What is left out of a second fit and predicted by it.
    seed : int
        Of all chance.
    set : mapping or sequence of str
        Keys of the scenario, as for :func:`compare`.
    progress : bool or Listener
        As for :func:`compare`.

    Returns
    -------
    FittedSpecies

    Raises
    ------
    CorridorSimError
        In one line: what of the tracks, the scenario or the settings cannot be.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> written = cs.write_practice_files("practice")
    >>> found = cs.fit("practice/tracks.csv", species="Lynx", states=1)
    >>> sorted(found.pooled["parameter"].unique())[:2]
    ['home_range_km2', 'step_scale_m']
    """
    from corridor_sim.results.fitted import refuse_folder
    from corridor_sim.telemetry.fit import fit_tracks
    from corridor_sim.telemetry.settings import settings_of

    laps = Laps()
    several = [files] if isinstance(files, str | Path) else list(files)
    asked = settings_of(
        interval=interval,
        tolerance=tolerance,
        crs=crs,
        time_zone=time_zone,
        hours_in=hours_in,
        dates=dates,
        columns=columns,
        animals=animals,
        max_speed_ms=max_speed_ms,
        still_m=still_m,
        one_animal=one_animal,
        covariates=covariates,
        random=random,
        attraction=attraction,
        states=states,
        sex_from=None if sex_from is None else str(sex_from),
        dispersers=dispersers,
        hold_out=hold_out,
        seed=seed,
    )
    resolved = None if scenario is None else scenario_of(scenario, _texts(set))
    command = _fit_command(several, scenario, species, out, asked, _texts(set))
    if out is not None:
        refuse_folder(Path(out))
    with told(progress) as listener:
        found = fit_tracks(several, resolved, species, asked, command=command, say=listener.say)
        fitted = FittedSpecies(found, command)
        if out is not None:
            listener.say("writing the species file and the page")
            fitted.write(out)
    fitted.seconds = laps.total
    return fitted


def _fit_command(
    files: Sequence[str | Path],
    scenario: object,
    species: str,
    out: str | Path | None,
    asked: FitSettings,
    assignments: Sequence[str],
) -> str:
    """Return the command that fits the same; without a scenario that was made in Python."""
    words = ["corridor-sim", "fit", *map(str, files)]
    words += ["--scenario", str(scenario)] if isinstance(scenario, str | Path) else []
    words += ["--species", species, *([] if out is None else ["--out", str(out)])]
    for assignment in assignments:
        words += ["--set", assignment]
    return shlex.join([*words, *asked.words()])


def open_results(
    folder: str | Path,
) -> Results | SweepResults | SensitivityResults | RankingResults:
    """Return what a results folder holds, as what it was made by returned it.

    Tables are read where they were written, and made from the runs where not.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Results, SweepResults, SensitivityResults or RankingResults

    Raises
    ------
    ResultsError
        No study there, or one of another version of the program.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.open_results("results/fragmentation_and_climate").contrasts  # doctest: +SKIP
    """
    from corridor_sim.experiment.manifest import kind_of as kind_of_study
    from corridor_sim.experiment.manifest import read_manifest

    folder = Path(folder)
    found: Any = KINDS.get(kind_of_study(read_manifest(folder).settings), Results)(folder)
    return found  # type: ignore[no-any-return]  # the table of kinds holds these four


def status(folder: str | Path, *, thorough: bool = False) -> Status:
    """Return how far the study in a folder is, as ``corridor-sim status`` tells.

    Parameters
    ----------
    folder : path
    thorough : bool
        Read every run file whole, not only its ends.

    Returns
    -------
    Status
        With ``total("done")`` and ``as_data()``.

    Raises
    ------
    ResultsError
        No study there, or its records are damaged.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.status("results/fragmentation_and_climate").total("done")  # doctest: +SKIP
    """
    return status_of(folder, thorough=thorough)


def export(
    folder: str | Path,
    formats: Sequence[str] = ("csv",),
    *,
    out: str | Path | None = None,
    progress: Progress = False,
) -> list[Path]:
    """Write a study's tables and maps for other programs, as ``corridor-sim export`` does.

    Parameters
    ----------
    folder : path
        Of results.
    formats : sequence of str
        Of ``csv`` and ``parquet`` (tables), ``netcdf`` and ``zarr`` (tables and maps).
    out : path, optional
        ``FOLDER/export`` if not given.
    progress : bool or Listener

    Returns
    -------
    list of Path

    Raises
    ------
    ResultsError
        An unknown format, missing runs, or a folder that cannot be written.
    ResourceError
        Zarr is not installed.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.export("results/fragmentation_and_climate", ["csv"])  # doctest: +SKIP
    """
    from corridor_sim.comparison.export import export as written

    for one in formats:
        said = f"unknown format {one!r}"
        refuse_unknown(one, EXPORTED, said, where="--format", error=ResultsError)
    with told(progress) as listener:
        opened = open_results(folder)
        if isinstance(opened, RankingResults) and not opened.plan.runs:
            return _exported(opened, Path(out) if out else opened.folder / "export", formats)
        study = finished_study(Path(folder), listener)
        listener.say("comparing the runs")
        return written(study, Path(out) if out else study.out / "export", list(formats))


def _exported(found: RankingResults, out: Path, formats: Sequence[str]) -> list[Path]:
    """Write the replicates of links that were told by dispersers alone, which have no maps."""
    from corridor_sim.files import frame_csv, write_bytes

    for one in formats:
        if one not in ("csv", "parquet"):
            raise ResultsError(
                f"links told by dispersers alone have no maps for {one}",
                where=found.folder,
                remedy="use --format csv or parquet",
            )
    table = found.replicates
    return [
        write_bytes(
            out / f"replicates.{one}",
            frame_csv(table).encode() if one == "csv" else table.to_parquet(index=False),
        )
        for one in formats
    ]


def co_benefits(
    results: StudyFolder | str | Path, asked: Sequence[Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Sum what else the ground gives over links or scenarios, as ``corridor-sim co-benefits`` does.

    No run is made or read: sums follow from landscapes alone.

    Parameters
    ----------
    results : path, or what run, compare or rank_links returned
    asked : sequence of mappings, optional
        Tables as in ``[[co_benefits]]``: ``{"name": "Carbon", "layer": "carbon"}``, or a raster
        with ``file``, ``unit`` and ``per``; those of the study's settings if not given.

    Returns
    -------
    DataFrame
        Of links one row a link and co-benefit: ``link``, ``co_benefit``, ``unit`` (text),
        ``area_km2``, ``today`` (what stands there before any edit), ``without`` and ``with`` (at
        the end, without the link and with it), ``avoided_loss`` (their difference) and ``holes``
        (share of the ground without a value), float64. Of scenarios one row a scenario, co-benefit
        and ``ground`` (what it protects and its reference does not, and the whole landscape), with
        ``against``, and ``low`` and ``high`` (95 % interval of the avoided loss over ``maps`` of
        clearing).

    Raises
    ------
    CorridorSimError
        No study there, none asked for, or a raster that misfits.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.co_benefits(
    ...     "results/andes_links", [{"name": "Carbon", "layer": "carbon"}]
    ... )  # doctest: +SKIP
    """
    from corridor_sim.results.beside import co_benefit_table

    opened = results if isinstance(results, StudyFolder) else open_results(results)
    return co_benefit_table(opened, asked)


def try_links(
    file: str | Path,
    scenario: ScenarioLike | None = None,
    *,
    names: Sequence[str] | None = None,
    replicates: int = 40,
    out: str | Path | None = None,
    set: Settings = (),
    progress: Progress = False,
) -> dict[str, LinkEffect]:
    """Tell what drawn alternatives do to dispersers, as ``corridor-sim links try`` does.

    The same numbers, to the bit, as the page of ``corridor-sim app`` shows for them.

    Parameters
    ----------
    file : path
        What :func:`read_alternatives` takes.
    scenario : path, Scenario or what load_scenario returns, optional
        What they are built on; by default what the file says they were drawn on, else the built-in
        landscape.
    names : sequence of str, optional
        Those that are meant; all of them by default.
    replicates : int
    out : path, optional
        CSV for the outcomes of all of them.
    set : mapping or sequence of str
        Keys of the scenario, as for :func:`compare`.
    progress : bool or Listener
        As for :func:`compare`.

    Returns
    -------
    dict of str to LinkEffect
        By name.

    Raises
    ------
    CorridorSimError
        A file that cannot be read, or a change that cannot be made on the landscape.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(name="Today", landscape={"cell_m": 8000}, species={"andean_bear": {}})
    >>> warmer = cs.Alternative(name="Warmer", changes=[{"kind": "warm", "degrees_c": 1.5}])
    >>> path = cs.write_alternatives([warmer], "warmer.toml", scenario=today)
    >>> list(cs.try_links(path, replicates=2))
    ['Warmer']
    """
    from corridor_sim.links.alternatives_reading import read_alternatives
    from corridor_sim.links.drawn import LinkEvaluator

    path = Path(file)
    found = read_alternatives(path, names=names)
    if scenario is None and found.base is not None:
        scenario = Resolved(found.base, (), path.parent)
    if out is not None and Path(out).suffix.lower() != ".csv":
        raise ResultsError(
            "the outcomes are a CSV file", where=f"--out {out}", remedy="end it .csv"
        )
    with told(progress) as listener, listening(listener.say):
        evaluator = LinkEvaluator(scenario, replicates=replicates, set=_texts(set))
        listener.expect(len(found.alternatives))
        effects = {}
        for one in found.alternatives:
            effects[one.name] = evaluator.change(one.edits(evaluator.land), one.name)
            listener.done(1)
    if out is not None:
        _write_effects(Path(out), effects)
    return effects


def _write_effects(path: Path, effects: Mapping[str, LinkEffect]) -> None:
    """Write the outcomes of all alternatives, every digit of them, as CSV."""
    import pandas as pd

    from corridor_sim.files import BOM, frame_csv, write_text

    frames = [one.outcomes.assign(alternative=name) for name, one in effects.items()]
    table = pd.concat(frames) if frames else pd.DataFrame({"alternative": []})
    first = table.pop("alternative")
    table.insert(0, "alternative", first)
    write_text(path, BOM + frame_csv(table))


def write_brief(
    evaluator: LinkEvaluator,
    alternatives: Sequence[LinkEffect],
    path: str | Path,
    *,
    costs: Mapping[str, float] | None = None,
    currency: str = "",
    title: str | None = None,
    date: str | None = None,
    command: str = "",
    more: Sequence[str] = (),
    beside: bool = True,
    asked: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Write one A4 page on drawn alternatives, for who decides: a PDF, whole or not at all.

    What each does to every species, in words, numbers and intervals; a map with the core areas and
    what was drawn; what it costs; areas, co-benefits and circuit theory's current; how to make it
    again. Where an interval includes no change the page says so.

    Parameters
    ----------
    evaluator : LinkEvaluator
    alternatives : sequence of LinkEffect
        One to eight answers of this evaluator from equally many replicates, of different names.
    path : path
        Ends with ``.pdf``.
    costs : mapping of name to float, optional
        What alternatives cost.
    currency : str
        Of the costs: ``"million USD"``.
    title : str, optional
    date : str, optional
        As it shall stand on the page; today's if not given.
    command : str
        What makes the same again, for the foot of the page.
    more : sequence of str
        Sentences to stand below the first ones, such as that of a ``LinkChoice``.
    beside : bool
        Whether areas, co-benefits and currents are reckoned, which takes about a second each.
    asked : sequence of mappings, optional
        Co-benefits, as for ``LinkEvaluator.co_benefits``.

    Returns
    -------
    Path

    Raises
    ------
    CorridorSimError
        None or more than eight alternatives, two of one name, unequal replicates, costs of
        something else, another ending, or a file that cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(name="Today", landscape={"cell_m": 5000}, species={"jaguar": {}})
    >>> evaluator = cs.LinkEvaluator(today, replicates=4, dispersers=100)
    >>> outline = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]
    >>> effect = evaluator.evaluate(outline, name="North")
    >>> cs.write_brief(evaluator, [effect], "brief.pdf", costs={"North": 4.2}).name
    'brief.pdf'
    """
    from datetime import datetime

    from corridor_sim.report.brief import write_brief as write

    when = datetime.now().astimezone().date().isoformat() if date is None else date
    return write(
        evaluator,
        list(alternatives),
        Path(path),
        costs=costs or {},
        currency=currency,
        title=title,
        date=when,
        command=command,
        more=more,
        beside=beside,
        asked=asked,
    )


def results_by_place(
    results: StudyFolder | str | Path,
    polygons: str | Path,
    name_field: str,
    *,
    progress: Progress = False,
) -> gpd.GeoDataFrame:
    """Tell the results of a study by polygons, as ``corridor-sim places`` does.

    Every cell counts by the exact share of it that a place covers, so that sums over places that
    fill the landscape are those of the landscape.

    Parameters
    ----------
    results : path, or what run, compare or rank_links returned
    polygons : path
        GeoPackage, GeoJSON or Shapefile of polygons in any CRS: provinces, watersheds.
    name_field : str
        The field with the names of the places.
    progress : bool or Listener

    Returns
    -------
    GeoDataFrame
        In the landscape's CRS. Of scenarios a row a scenario, place, species (empty: of the ground)
        and ``outcome``: ``label``, ``unit`` (text); ``inside`` (share of the place within the
        landscape), ``value``, ``low``, ``high`` (mean over ``n`` replicates with its 95 %
        interval), ``change``, ``change_low``, ``change_high`` (paired, to the scenario
        ``against``), float64. Of links a row a link and place that share ground: ``area_km2``,
        ``share_of_link``, ``chosen``, and co-benefits that the study asks for.

    Raises
    ------
    CorridorSimError
        No study there, runs are missing, or polygons that cannot be used.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.results_by_place("results/my_study", "provinces.gpkg", "NAME")  # doctest: +SKIP
    """
    from corridor_sim.results.beside import place_table

    opened = results if isinstance(results, StudyFolder) else open_results(results)
    with told(progress) as listener:
        return place_table(opened, Path(polygons), name_field, listener)


def write_results_by_place(
    results: StudyFolder | str | Path,
    polygons: str | Path,
    name_field: str,
    *,
    out: str | Path | None = None,
    progress: Progress = False,
) -> list[Path]:
    """Write what :func:`results_by_place` tells: CSV, GeoPackage, a map and a page.

    Parameters
    ----------
    results, polygons, name_field, progress
        As for :func:`results_by_place`.
    out : path, optional
        ``FOLDER/places`` if not given.

    Returns
    -------
    list of Path

    Raises
    ------
    CorridorSimError
        As for :func:`results_by_place`, or the folder cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_results_by_place("results/x", "provinces.gpkg", "NAME")  # doctest: +SKIP
    """
    from corridor_sim.results.beside import write_places

    opened = results if isinstance(results, StudyFolder) else open_results(results)
    folder = Path(out) if out is not None else opened.folder / "places"
    with told(progress) as listener:
        return write_places(opened, Path(polygons), name_field, folder, listener)


def tracks(
    source: StudyFolder | ExperimentLike | ScenarioLike,
    scenario: str | int | None = None,
    *,
    species: str | Sequence[str] = (),
    replicate: int = 0,
    animals: int | str | Sequence[int | str] | None = 10,
    stage: str | Sequence[str] = (),
    every: str | int = "step",
    days: int | None = None,
    year: int | None = None,
    time_zone: str | None = None,
    set: Settings = (),
    threads: int | None = None,
    progress: Progress = False,
) -> gpd.GeoDataFrame:
    """Return where single animals of a run were, as ``corridor-sim tracks`` writes them.

    Only the animals asked for are moved again, each to the bit as in the whole run; nothing need
    have been kept. Dispersers go on beyond the days of the run, to the end of their dispersal.

    Parameters
    ----------
    source : results folder, what run or compare returned, or a scenario or experiment
        A results folder is refused if its settings or files have changed since its runs.
    scenario : str or int, optional
        Name or position; the first if not given.
    species : str or sequence of str
        Keys; all if not given.
    replicate : int
        From 0; any, whether it was run or not.
    animals : int, str, sequence or None
        So many of each stage (10), ``"all"`` (or None), or a list: ``"0-19,d0-d9"``,
        ``["jaguar-12", "jaguar-d3"]``. Residents are numbered from 0, dispersers ``d0``, ``d1``.
    stage : str or sequence of str
        ``resident``, ``disperser``, ``displaced``; all if not given.
    every : {"step", "day"} or int
        A position at the end of each step, of each day, or of every so many steps.
    days : int, optional
        Only so many days from the start on.
    year : int, optional
        Calendar year of the start, instead of the scenario's ``start_year``; the day of the year,
        and so the season, is the scenario's ``start_day``.
    time_zone : str, optional
        In which the model's hours of the day are told, ``"UTC-05:00"``; by default whole hours
        from UTC by the longitude of the landscape's middle.
    set : mapping or sequence of str
        As for :func:`compare`; not with results.
    threads : int, optional
    progress : bool or Listener

    Returns
    -------
    GeoDataFrame
        A row a position, animal by animal, points in the landscape's CRS: ``animal``
        (``"jaguar-12"``, the same in every scenario), ``species``, ``taxon``, ``sex``, ``stage``,
        ``scenario`` (categorical), ``replicate`` (int64), ``time`` (datetime64, UTC), ``lon``,
        ``lat`` (WGS 84, degrees), ``x_m``, ``y_m`` (float64), and ``state``: ``alive``, and in the
        last row of who died the cause, of who settled ``settled``. ``attrs`` holds ``study``,
        ``time_zone`` and ``crs``.

    Raises
    ------
    CorridorSimError
        Decades, no such scenario, species or animal, changed files, or more positions than the
        memory holds.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(
    ...     name="Today", days=5, landscape={"cell_m": 5000}, species={"jaguar": {"count": 60}},
    ... )
    >>> found = cs.tracks(today, animals="0-2", every="day")
    >>> found.groupby("animal", observed=True).size().tolist()
    [6, 6, 6]
    """
    from corridor_sim.telemetry.tracks_out import Ask, simulated
    from corridor_sim.telemetry.wanted import wanted

    who = wanted(animals, stage or ())
    ask = Ask(replicate, _keys(species), who, every, days, year, time_zone)
    return _followed(source, scenario, ask, simulated, set, threads, progress)


def fates(
    source: StudyFolder | ExperimentLike | ScenarioLike,
    scenario: str | int | None = None,
    *,
    species: str | Sequence[str] = (),
    replicate: int = 0,
    animals: int | str | Sequence[int | str] | None = 10,
    stage: str | Sequence[str] = (),
    days: int | None = None,
    set: Settings = (),
    threads: int | None = None,
    progress: Progress = False,
) -> gpd.GeoDataFrame:
    """Return what became of single animals of a run, the same animals as :func:`tracks` follows.

    Parameters
    ----------
    source, scenario, species, replicate, animals, stage, days, set, threads, progress
        As for :func:`tracks`.

    Returns
    -------
    GeoDataFrame
        A row an animal, points of its last place in the landscape's CRS: ``animal``, ``species``,
        ``sex``, ``stage``; ``natal_area``, ``natal_block``, the core area and the block of core
        areas in which it starts, ``""`` outside of them; ``days`` (float64), for which it was
        followed; ``fate``; ``cause``, of a death; ``home_area``, ``home_block``, where a disperser
        settled; ``start_x_m``, ``start_y_m``, ``end_x_m``, ``end_y_m``, ``home_x_m``, ``home_y_m``
        (float64), NaN without a home. A fate is ``alive`` at the end of the days, ``died``, or of
        who dispersed: ``joined`` another block, ``stayed`` in its own, settled ``outside`` core
        areas, is still ``looking`` as its time is over; ``searched`` of a displaced resident
        whose search is over. ``attrs`` holds ``study``, ``scenario`` and ``in_run``: how many
        animals of each species and stage the run has.

    Raises
    ------
    CorridorSimError
        As :func:`tracks`.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(
    ...     name="Today", days=5, landscape={"cell_m": 5000}, species={"jaguar": {"count": 60}},
    ... )
    >>> found = cs.fates(today, animals="0-2")
    >>> found["fate"].tolist(), found.attrs["in_run"]["jaguar"]["resident"]
    (['alive', 'alive', 'alive'], 55)
    """
    from corridor_sim.telemetry.fates import fates as made
    from corridor_sim.telemetry.tracks_out import Ask
    from corridor_sim.telemetry.wanted import wanted

    ask = Ask(replicate, _keys(species), wanted(animals, stage or ()), "day", days)
    return _followed(source, scenario, ask, made, set, threads, progress)


def _keys(species: str | Sequence[str]) -> tuple[str, ...]:
    return (species,) if isinstance(species, str) else tuple(species or ())


def _followed(
    source: StudyFolder | ExperimentLike | ScenarioLike,
    scenario: str | int | None,
    ask: Ask,
    make: Callable[..., gpd.GeoDataFrame],
    set: Settings,
    threads: int | None,
    progress: Progress,
) -> gpd.GeoDataFrame:
    """Return what is made of animals that are moved again."""
    from corridor_sim.results.followed import followed_of_scenarios, followed_of_study
    from corridor_sim.simulation.days.simulation import use_threads

    use_threads(threads)
    with told(progress) as listener, listening(listener.say):
        if isinstance(source, str | Path) and Path(source).is_dir():
            source = StudyFolder(source)
        if isinstance(source, StudyFolder):
            if _texts(set):
                raise ScenarioError(
                    "settings of runs that were made stay as they are",
                    where="--set",
                    remedy="give the scenario's file instead of the results folder",
                )
            return followed_of_study(source, scenario, ask, make)
        name, scenarios = _scenarios(source, _texts(set))
        return followed_of_scenarios(name, scenarios, scenario, ask, make)


def _scenarios(
    source: ExperimentLike | ScenarioLike, assignments: Sequence[str]
) -> tuple[str, Sequence[Resolved]]:
    """Return the name and the scenarios of a scenario or an experiment."""
    if isinstance(source, str | Path):
        kind = kind_of(Path(source), assignments)
        if kind not in ("scenario", "experiment"):
            command, what = COMMANDS[kind]
            raise ScenarioError(
                f"is {what}: its scenarios are made as it runs",
                where=source,
                remedy=f"run corridor-sim {command}, then give its results folder",
            )
        is_one = kind == "scenario"
    else:
        is_one = not isinstance(source, Experiment | Design)
    if is_one:
        one = scenario_of(source, assignments)  # type: ignore[arg-type]  # told apart above
        return one.name, [one]
    design = _experiment(source, assignments)  # type: ignore[arg-type]  # told apart above
    return design.experiment.name, design.scenarios


def write_tracks(tracks: gpd.GeoDataFrame, path: str | Path) -> Path:
    """Write tracks for other programs, whole or not at all; the file's ending tells the form.

    ``.csv`` has the columns of Movebank; ``.gpkg`` the layers ``fixes`` (points) and ``tracks``
    (lines) in the landscape's CRS; ``.parquet`` is GeoParquet with longitude, latitude and metres
    in columns as well.

    Parameters
    ----------
    tracks : GeoDataFrame
        What :func:`tracks` returns, or some rows of it.
    path : path

    Returns
    -------
    Path

    Raises
    ------
    ResultsError
        No such form, columns that are missing, or the file cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_tracks(cs.tracks("results/x"), "tracks.csv")  # doctest: +SKIP
    """
    from corridor_sim.telemetry.writing import write

    return write(tracks, path)


def cover_table(table: str | Path) -> CoverTable:
    """Return a table of land-cover classes: codes, keys, names, colours, and what is forest.

    Parameters
    ----------
    table : str or path
        ``"andes-amazon"``, ``"corine"``, ``"esa-worldcover"``, ``"mapbiomas"`` or ``"nlcd"``, or a
        file ``.csv`` or ``.toml`` of your own.

    Returns
    -------
    CoverTable
        ``table["water"]`` is one class, ``table.to_frame()`` all of them as a pandas frame.

    Raises
    ------
    LandscapeError
        No such table, or a fault in the file, with its line.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.cover_table("nlcd")["evergreen_forest"].code
    42
    """
    from corridor_sim.landscape.io.cover_file import read_cover_table

    return read_cover_table(str(table), Path())


def write_cover_table(table: CoverTable, path: str | Path) -> Path:
    """Write a table of land-cover classes as CSV, to be changed and given as ``cover_classes``.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ResultsError
        The name does not end in .csv, the file is there already, or it cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_cover_table(cs.cover_table("nlcd"), "classes.csv").name  # doctest: +SKIP
    'classes.csv'
    """
    from corridor_sim.files import write_text

    path = Path(path)
    if path.suffix.lower() != ".csv":
        raise ResultsError(
            f"unknown kind of file {path.suffix!r}", where=path, remedy="end it .csv"
        )
    if path.exists():
        raise ResultsError("is there already", where=path, remedy="give another name, or remove it")
    return write_text(path, table.to_frame().to_csv(index=False, lineterminator="\n"))


def schema(kind: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema of settings files, as ``corridor-sim schema`` prints it.

    Parameters
    ----------
    kind : {"scenario", "experiment", "species", "links", "sweep", "sensitivity"}, optional
        If not given, those of scenarios, experiments and every edit, by name.

    Returns
    -------
    dict

    Raises
    ------
    ScenarioError
        No such kind.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.schema("scenario")["properties"]["replicates"]["default"]
    4
    """
    from corridor_sim.config.schemas import schema as schema_of
    from corridor_sim.landscape.edits import EDITS

    if kind is not None:
        return schema_of(kind)
    found = {one: schema_of(one) for one in ("scenario", "experiment")}
    shared = found["scenario"]["$defs"]
    return {**found, "edits": {name: shared[edit.__name__] for name, edit in EDITS.items()}}


def check_species(
    file: str | Path | Sequence[str | Path], *, landscape: ScenarioLike | None = None
) -> pd.DataFrame:
    """Return all that is wrong with species files, as ``corridor-sim species check`` prints it.

    Parameters
    ----------
    file : path or key of a species that ships, or several
    landscape : path, Scenario or what load_scenario returns, optional
        A scenario on whose landscape, its edits applied, the species are to live; one that the
        scenario names lives there with the maps and traits that the scenario gives it.

    Returns
    -------
    DataFrame
        A row for each finding, none where there is nothing to say: ``kind`` ("fault": the file
        cannot be used; "doubt": it can, but something does not go together; "placeholder": nobody
        has said the number yet), ``file``, ``line`` (Int64, missing where no line is to blame),
        ``place`` (dotted name), ``value``, ``problem``, ``remedy`` and ``told``, all of it in one
        line. Faults are in the order of the file, placeholders in that of their importance.

    Raises
    ------
    CorridorSimError
        Of the landscape; what is wrong with a species file is a row.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> found = cs.check_species(cs.species_keys())
    >>> len(found)
    0
    """
    import pandas as pd

    from corridor_sim.species.check import Finding, check

    several = [file] if isinstance(file, str | Path) else list(file)
    scenario = None if landscape is None else scenario_of(landscape)
    land = None if scenario is None else scenario_landscape(scenario)
    rows: list[Finding] = []
    for one in several:
        found = check(one)
        species = found.species
        if scenario is not None and land is not None and species is not None:
            from corridor_sim.config.build import as_set
            from corridor_sim.simulation.days.ground_check import on_ground

            settings = scenario.scenario.species.get(species.key)
            species = as_set(species, settings) if settings is not None else species
            for kind, said in on_ground(species, land):
                found.add(kind, said)
        rows += found.rows
    frame = pd.DataFrame(rows, columns=list(Finding._fields)).astype({"line": "Int64"})
    return frame.assign(told=[str(row) for row in rows])


def scenario_landscape(
    scenario: ScenarioLike | None = None, *, map: int = 0, set: Settings = ()
) -> Landscape:
    """Return the landscape of a scenario in its first year, its edits applied.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The built-in landscape if not given.
    map : int
        Which of the scenario's maps, from 0; replicate ``r`` stands on map ``r mod maps``.
    set : mapping or sequence of str
        As for :func:`compare`: ``{"landscape.cell_m": 500}``.

    Returns
    -------
    Landscape

    Raises
    ------
    CorridorSimError
        A mistake in the settings or a file that they name.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.scenario_landscape(set={"landscape.cell_m": 5000}).grid.cell_m
    5000.0
    """
    from corridor_sim.config.build import apply_edits, reference_landscape

    one = scenario_of(scenario, _texts(set))
    _refuse_map(map, one.scenario)
    land = reference_landscape(one)
    return apply_edits(land, one.edits, one.scenario.seed, map)


def _refuse_map(number: object, scenario: Scenario) -> None:
    n = scenario.n_maps
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < n:
        return
    why = "" if n > 1 else ": no edit of it draws at random"
    raise ScenarioError(
        f"map {shown(number)} is none of the {counted(n, 'map')} of {scenario.name!r}{why}",
        where="map",
        remedy=f"use 0 to {n - 1}" if n > 1 else "leave it out",
    )


def _simulated(
    made: type[R],
    what: tuple[str, str, Sequence[Resolved], dict[str, Any], Path],
    who: Workforce,
    listener: Listener,
    command: str,
    land: Landscape | None = None,
    check: Callable[[Study], None] | None = None,
) -> R:
    """Open a study, do its runs and write everything; return its results.

    ``check`` may refuse the study before its folder is touched.
    """
    from corridor_sim.experiment.study import open_study

    laps = Laps()
    study = open_study(
        *what,
        threads=who.threads,
        listener=listener,
        command=command,
        land=land,
        claimed=check is None,
    )
    if check is not None:
        check(study)
        study.claim()
    points = "" if made is Results else f"{counted(len(study.scenarios), 'point')}; "
    if not (study.foretold and study.expected.guessed):
        listener.say(f"{points}forecast: {study.expected}")
    laps.lap("preparing")
    found = made(study.out, study, who.simulate(study, listener))
    laps.lap("simulating")
    if who.share is None:
        found.finish(listener, laps)
    found.seconds = laps.total
    return found


def _experiment(source: ExperimentLike, assignments: Sequence[str]) -> Design:
    """Return the design of an experiment, whatever it is given as, checked as a file is."""
    if isinstance(source, str | Path):
        return load_experiment(source, assignments)
    if isinstance(source, Design) and not assignments:
        return source
    base_dir = source.baseline.base_dir if isinstance(source, Design) else Path(".")
    one = getattr(source, "experiment", source)
    if not isinstance(one, Experiment):
        raise no_settings(source, "experiment")
    where = f"experiment {one.name!r}"
    return cross(set_all(Experiment, as_data(one), assignments, where), where, base_dir)


def _refuse_other_kind(
    file: str | Path, assignments: Sequence[str], command: str, said: str = ""
) -> None:
    right, what = COMMANDS[kind_of(Path(file), assignments)]
    if right != command:
        raise ScenarioError(
            f"is {what}, not for {said or command}",
            where=file,
            remedy=f"use: corridor-sim {right} {file}",
        )


def _folder(source: object, out: str | Path | None) -> Path:
    """Return the results folder: as the command has it for a file, else a temporary one."""
    if out is not None:
        return Path(out)
    if isinstance(source, str | Path):
        return Path("results") / Path(source).stem
    _temporary.append(TemporaryDirectory(prefix="corridor-sim-"))
    return Path(_temporary[-1].name)


def _command(
    command: str,
    source: object,
    out: Path,
    assignments: Sequence[str],
    numbers: Mapping[str, Any] = MappingProxyType({}),
    *,
    yes: bool = False,
) -> str:
    """Return the command that makes the same results; none of what was made in Python."""
    if not isinstance(source, str | Path):
        return ""
    words = ["corridor-sim", *command.split(), str(source), "--out", str(out)]
    for name, value in numbers.items():
        words += [] if value is None else [f"--{name}", str(value)]
    for assignment in assignments:
        words += ["--set", assignment]
    return shlex.join([*words, *(["--yes"] if yes else [])])


def _given(prefix: str = "", **numbers: int | None) -> list[str]:
    return [f"{prefix}{name}={value}" for name, value in numbers.items() if value is not None]


def _zone(indifference: float | None, prefix: str = "") -> list[str]:
    return [] if indifference is None else [f"{prefix}indifference.share={indifference}"]


def _texts(settings: Settings) -> list[str]:
    """Return settings as ``--set`` takes them.

    >>> _texts({"days": 5, "edits": [{"kind": "warm", "degrees_c": 1.0}]})
    ['days=5', 'edits=[{"kind" = "warm", "degrees_c" = 1.0}]']
    """
    if isinstance(settings, Mapping):
        return [f"{name}={_toml(value)}" for name, value in settings.items()]
    return list(settings)


def _toml(value: Any) -> str:
    """Return a value in one line of TOML."""
    if isinstance(value, Mapping):
        inner = (f"{json.dumps(key, ensure_ascii=False)} = {_toml(v)}" for key, v in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return json.dumps(
        value.item() if hasattr(value, "item") else value, ensure_ascii=False, default=str
    )
