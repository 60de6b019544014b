"""Species from collars, checked against their sources, and the model against published patterns."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.api.given import Settings, texts_of
from corridor_sim.api.ground import scenario_landscape
from corridor_sim.config.load import ScenarioLike, scenario_of
from corridor_sim.languages import tr
from corridor_sim.results.fitted import FittedSpecies
from corridor_sim.results.folder import Laps, Progress, told
from corridor_sim.results.verdicts import Validation

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.telemetry.settings import FitSettings


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
    resolved = None if scenario is None else scenario_of(scenario, texts_of(set))
    command = _fit_command(several, scenario, species, out, asked, texts_of(set))
    if out is not None:
        refuse_folder(Path(out))
    with told(progress) as listener:
        found = fit_tracks(several, resolved, species, asked, command=command, say=listener.say)
        fitted = FittedSpecies(found, command)
        if out is not None:
            listener.say(tr("writing the species file and the page"))
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
