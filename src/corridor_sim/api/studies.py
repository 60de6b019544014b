"""Scenarios run and compared; their folders opened, told of and written for other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from corridor_sim.api.given import (
    ExperimentLike,
    R,
    Settings,
    assigned,
    command_of,
    design_of,
    folder_of,
    refuse_other_kind,
    texts_of,
    zone_of,
)
from corridor_sim.config.load import Resolved, ScenarioLike, as_data, scenario_of
from corridor_sim.course import RUNS, Stage, begin, plan
from corridor_sim.errors import ResultsError, refuse_unknown
from corridor_sim.experiment.execution.workforce import Workforce
from corridor_sim.experiment.status import Status, status_of
from corridor_sim.languages import mark, tr, tr_plural
from corridor_sim.progress import Listener
from corridor_sim.results.beside import check_beside
from corridor_sim.results.folder import Laps, Progress, StudyFolder, finished_study, told
from corridor_sim.results.rankings import RankingResults
from corridor_sim.results.results import Results
from corridor_sim.results.sweeps import SensitivityResults, SweepResults

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.simulation.days.forecast import Forecast

# files of other programs, by the results that they are made of
OF_SCENARIOS, OF_LINKS = ("conefor", "zonation"), ("marxan",)
PROGRAMS = (*OF_SCENARIOS, *OF_LINKS)
EXPORTED = ("csv", "parquet", "netcdf", "zarr", "office", *PROGRAMS)
KINDS: dict[str, type[StudyFolder]] = {
    "links": RankingResults,
    "sweep": SweepResults,
    "sensitivity": SensitivityResults,
}


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
    assignments = [
        *texts_of(set),
        *assigned(replicates=replicates, seed=seed),
        *zone_of(indifference),
    ]
    if isinstance(scenario, str | Path):
        refuse_other_kind(scenario, texts_of(set), "run")
    one = scenario_of(scenario, assignments)
    folder = folder_of(scenario, out)
    numbers = {"replicates": replicates, "seed": seed, "indifference": indifference}
    command = command_of("run", scenario, folder, texts_of(set), numbers)
    who.check()
    settings = as_data(one.scenario)
    with told(progress) as listener:
        return simulated(
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
        Or the path of a scenario, compared with those that ``set`` puts beside it:
        ``{"beside.Road.edits": [{"kind": "add_road", "name": "Road", "file": "road.gpkg"}]}``.
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
    assignments = [*texts_of(set), *assigned("base.", replicates=replicates, seed=seed)]
    assignments += zone_of(indifference, "base.")
    if isinstance(experiment, str | Path):
        refuse_other_kind(experiment, texts_of(set), "compare")
    design = design_of(experiment, assignments)
    one, folder = design.experiment, folder_of(experiment, out)
    numbers = {"replicates": replicates, "seed": seed, "indifference": indifference}
    command = command_of("compare", experiment, folder, texts_of(set), numbers)
    who.check()
    where = str(experiment) if isinstance(experiment, str | Path) else one.name
    with told(progress) as listener:
        return simulated(
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

    assignments = [*texts_of(set), *assigned("base.", replicates=replicates)]
    design = design_of(experiment, assignments)
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
        Of ``csv`` and ``parquet`` (tables in full, for programs), ``netcdf`` and ``zarr`` (tables
        and maps), ``office`` (a workbook, and CSV in the convention of the current language's
        readers: see :func:`language`); files of other programs: ``conefor`` (core areas and
        dispersal), ``zonation`` (where animals are), and of ranked links ``marxan`` (for
        prioritizr too). See :mod:`corridor_sim.formats`.
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
        place = Path(out) if out else opened.folder / "export"
        programs = [one for one in formats if one in PROGRAMS]
        files = _for_programs(opened, programs, place, listener) if programs else []
        if "office" in formats:
            files += opened.write_for_office(place, listener)
        exact = [one for one in formats if one not in (*PROGRAMS, "office")]
        if not exact:
            return files
        if isinstance(opened, RankingResults) and not opened.plan.runs:
            return [*files, *_exported(opened, place, exact)]
        study = finished_study(Path(folder), listener)
        listener.say(tr("comparing the runs"))
        return [*files, *written(study, place, exact)]


def _for_programs(
    opened: StudyFolder, programs: Sequence[str], out: Path, listener: Listener
) -> list[Path]:
    """Write files of other programs; those that need other results are refused before any."""
    from corridor_sim.formats import Marxan
    from corridor_sim.formats.export import write_conefor, write_zonation

    for one in programs:
        kind, needs = (
            (RankingResults, "ranked links") if one in OF_LINKS else (Results, "scenarios")
        )
        if not isinstance(opened, kind):
            raise ResultsError(
                f"holds no {needs}, which {one} is made of",
                where=opened.folder,
                remedy=f"give a folder of {'links rank' if one in OF_LINKS else 'run or compare'}",
            )
    written: list[Path] = []
    for one in programs:
        listener.say(f"writing files for {one.title()}")
        if isinstance(opened, RankingResults):
            problem = Marxan.of(opened)
            if problem.note:
                listener.say(problem.note)
            written += problem.write(out / one)
        elif isinstance(opened, Results):
            opened.study = finished_study(opened.folder, listener)
            if one == "conefor":
                written += write_conefor(opened.study, opened.exchange, out)
            else:
                written += write_zonation(opened.study, opened.maps, out)
    return written


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


def simulated(
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
    points = (
        "" if made is Results else tr_plural("{n} point", "{n} points", len(study.scenarios)) + "; "
    )
    if not (study.foretold and study.expected.guessed):
        said = tr("forecast: {what}", what=study.expected)
        listener.say(f"{points}{said}")
    laps.lap(mark("preparing"))
    plan(*_stages(study, reported=who.share is None))
    begin("simulating")
    found = made(study.out, study, who.simulate(study, listener))
    laps.lap(mark("simulating"))
    if who.share is None:
        begin("results")
        found.finish(listener, laps)
    found.seconds = laps.total
    return found


# tables and page of a study of many points
SECONDS_OF_POINTS = 6.0


def _stages(study: Study, *, reported: bool) -> tuple[Stage, ...]:
    """Return what is left of a command once its study is open: its runs, and what it writes."""
    expected = study.expected
    units = expected.runs * max(1, round(study.each[1]))
    after = expected.beside_s or SECONDS_OF_POINTS
    runs = Stage("simulating", expected.seconds, units, RUNS)
    return (runs, Stage("results", after)) if reported else (runs,)
