"""Who does the runs of a study, and how many: options that all commands which simulate share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from corridor_sim.experiment.execution.runner import Executor, Runner
    from corridor_sim.experiment.study import Study
    from corridor_sim.progress import Listener

Lap = Callable[[str], None]


def add_who(parser: argparse.ArgumentParser, whole: Any, *, shares: bool = True) -> None:
    """Add to a command that simulates who does the runs; ``whole`` makes a type.

    Without ``shares`` there are no array jobs: for a study whose next runs hang on the last ones.
    """
    who = parser.add_argument_group("who does the runs")
    who.add_argument(
        "--workers",
        type=whole(1),
        metavar="N",
        help="processes [as many as cores and memory allow where they pay]; 1 = this one",
    )
    who.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler with workers")
    who.add_argument(
        "--slurm",
        type=whole(1),
        metavar="JOBS",
        help="submit so many SLURM jobs as Dask workers; queue, account and time from the "
        "configuration of dask-jobqueue",
    )
    if not shares:
        return
    who.add_argument(
        "--index",
        type=whole(0),
        metavar="I",
        help="do the I-th share of the runs (from 0) and stop, as an array job; needs --of",
    )
    who.add_argument("--of", type=whole(1), metavar="M", help="array jobs in all")


def add_options(parser: argparse.ArgumentParser, whole: Any) -> None:
    """Add who does the runs, and how many replicates."""
    add_who(parser, whole)
    more = parser.add_argument_group("how many replicates")
    more.add_argument(
        "--until",
        action="append",
        default=[],
        metavar="OUTCOME[:SPECIES]=HALFWIDTH",
        help="add replicates until the 95 %% interval is so narrow; may be repeated",
    )
    more.add_argument(
        "--at-most", type=whole(2), metavar="N", help="cap of replicates of --until [200]"
    )


def check_options(args: argparse.Namespace) -> None:
    """Refuse options that do not go together, or that nobody here can do, before any work.

    Raises
    ------
    ResourceError, ScenarioError
    """
    from corridor_sim.errors import ResourceError

    who = [name for name in ("workers", "scheduler", "slurm") if getattr(args, name) is not None]
    if len(who) > 1:
        raise ResourceError(
            "cannot go together", where=f"--{who[0]} and --{who[1]}", remedy="give one of them"
        )
    if args.scheduler is not None:
        from corridor_sim.experiment.execution.dask import check_address

        check_address(args.scheduler)
    if "index" in args:
        _check_shares(args, who)
    if "until" in args:
        _check_goals(args)
    if args.slurm is not None:
        from corridor_sim.experiment.execution.slurm import refuse_without_slurm

        refuse_without_slurm()


def _check_shares(args: argparse.Namespace, who: list[str]) -> None:
    from corridor_sim.errors import ResourceError

    if (args.index is None) != (args.of is None):
        given, other = ("--of", "--index") if args.index is None else ("--index", "--of")
        raise ResourceError(f"needs {other}", where=given, remedy="as in --index 3 --of 10")
    if args.index is not None and args.index >= args.of:
        raise ResourceError(
            f"index {args.index} of {args.of} jobs",
            where="--index",
            remedy=f"use 0 to {args.of - 1}",
        )
    if args.index is not None and (
        getattr(args, "until", None) or "scheduler" in who or "slurm" in who
    ):
        raise ResourceError(
            "array jobs know nothing of each other",
            where="--index",
            remedy="use them without --until, --scheduler and --slurm",
        )


def _check_goals(args: argparse.Namespace) -> None:
    from corridor_sim.config.adaptive import parse_goal
    from corridor_sim.errors import ResourceError

    if args.at_most is not None and not args.until:
        raise ResourceError("needs --until", where="--at-most")
    for text in args.until:
        parse_goal(text)


def runner_of(args: argparse.Namespace, study: Study, listener: Listener) -> Runner:
    """Return who does the runs of a study, as the options say; use it as a context.

    Raises
    ------
    ResourceError
        Nobody answers, or more is asked for than there is.
    """
    from corridor_sim.experiment.execution.runner import Runner

    return Runner(
        study,
        workers=args.workers,
        threads=args.threads,
        scheduler=args.scheduler,
        listener=listener,
        crew=_slurm(args, study, listener),
    )


def _slurm(args: argparse.Namespace, study: Study, listener: Listener) -> Executor | None:
    if args.slurm is None:
        return None
    from corridor_sim.experiment.execution.slurm import slurm

    return slurm(
        study.out,
        jobs=args.slurm,
        peak_bytes=study.expected.peak_bytes,
        threads=args.threads or 1,
        listener=listener,
    )


def simulate(args: argparse.Namespace, study: Study, listener: Listener) -> str | None:
    """Do the runs of a study as the options say and return what there is to say of them.

    Replicates are added until intervals are narrow by commands with ``--until`` only; the points of
    a sweep keep theirs.

    Raises
    ------
    CorridorSimError
        Whatever is wrong with options, scenario, folder, cluster or memory.
    """
    from corridor_sim.config.adaptive import MOST, parse_goal
    from corridor_sim.experiment.adaptive import check_goals, run_until
    from corridor_sim.experiment.execution.runner import share

    asked = study.scenarios[0].scenario.adaptive
    goals = [
        parse_goal(text) for text in getattr(args, "until", ()) or (asked.until if asked else ())
    ]
    check_goals(goals, study)
    left_out = ""
    if goals and ("until" not in args or args.index is not None):
        what = "array jobs" if args.index is not None else "sweeps"
        goals, left_out = [], f"[adaptive] is left out of {what}"
    with runner_of(args, study, listener) as runner:
        if args.index is not None:
            burn_in = study.scenarios[0].scenario.has_burn_in
            mine = share(study.runs, args.index, args.of, burn_in=burn_in)
            runner.run(mine)
            left_out = f"; {left_out}" if left_out else ""
            return (
                f"share {args.index} of {args.of}: {len(mine)} of {len(study.runs)} runs are "
                f"done{left_out}; when all are: corridor-sim report {study.out}"
            )
        if not goals:
            runner.run()
            return left_out or None
        most = args.at_most or (asked.most if asked else MOST)
        return run_until(study, goals, runner.run, most=most).text


def show(study: Study, listener: Listener, lap: Lap, elapsed: dict[str, float]) -> tuple[Any, Path]:
    """Write tables, maps and report of a finished study; return the comparison and the report."""
    listener.say("comparing the runs" if len(study.scenarios) > 1 else "summing up the runs")
    from corridor_sim.comparison.tables import compare, write_tables
    from corridor_sim.simulation.protocol import named, simulator_of

    views = simulator_of(study.scenarios[0]).views
    comparison = compare(study)
    write_tables(comparison, study)
    lap("comparing")
    if "maps" in views:
        listener.say("writing maps")
        named(views["maps"])(comparison, study)
        lap("maps")
    listener.say("writing the report")
    return comparison, named(views["report"])(comparison, study, elapsed=elapsed)
