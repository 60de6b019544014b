"""The ways and the lives of single animals, and tracks for other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.api.given import COMMANDS, ExperimentLike, Settings, design_of, texts_of
from corridor_sim.config.load import Design, Resolved, ScenarioLike, kind_of, scenario_of
from corridor_sim.config.schema import Experiment
from corridor_sim.errors import ScenarioError
from corridor_sim.progress import listening
from corridor_sim.results.folder import Progress, StudyFolder, told

if TYPE_CHECKING:
    import geopandas as gpd

    from corridor_sim.telemetry.tracks_out import Ask


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
            if texts_of(set):
                raise ScenarioError(
                    "settings of runs that were made stay as they are",
                    where="--set",
                    remedy="give the scenario's file instead of the results folder",
                )
            return followed_of_study(source, scenario, ask, make)
        name, scenarios = _scenarios(source, texts_of(set))
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
    design = design_of(source, assignments)  # type: ignore[arg-type]  # told apart above
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
