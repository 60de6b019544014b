"""A parameter against what animals do, and which uncertain number an answer hangs on."""

from __future__ import annotations

from pathlib import Path

from corridor_sim.api.given import Settings, command_of, folder_of, texts_of
from corridor_sim.api.studies import simulated
from corridor_sim.experiment.execution.workforce import Workforce
from corridor_sim.results.folder import Progress, told
from corridor_sim.results.sweeps import SensitivityResults, SweepResults


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
    folder, assignments = folder_of(file, out), texts_of(set)
    with told(progress) as listener:
        found, scenarios, _ = read_sweep(Path(file), assignments, yes=yes)
        return simulated(
            SweepResults,
            (found.name, found.description, scenarios, found.as_settings(), folder),
            who,
            listener,
            command_of("sweep", file, folder, assignments, yes=yes),
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
    folder, assignments = folder_of(file, out), texts_of(set)
    with told(progress) as listener:
        plan = plan_sensitivity(Path(file), assignments, yes=yes)
        one = plan.file
        return simulated(
            SensitivityResults,
            (one.name, one.description, plan.scenarios, one.as_settings(), folder),
            who,
            listener,
            command_of("sensitivity", file, folder, assignments, yes=yes),
            land=plan.links.land if plan.links is not None else None,
        )
