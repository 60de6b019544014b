"""Running many: options of ``run`` and ``compare``, and ``status``, ``report`` and ``export``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from corridor_sim.study.execute import Listener, Study
    from corridor_sim.study.running import Crew

Lap = Callable[[str], None]
FORMATS = ("csv", "parquet", "netcdf", "zarr")


def add_options(parser: argparse.ArgumentParser, whole: Any) -> None:
    """Add to a command that simulates who does the runs and how many; ``whole`` makes a type."""
    who = parser.add_argument_group("who does the runs")
    who.add_argument(
        "--workers", type=whole(1), metavar="N",
        help="processes [as many as cores and memory allow where they pay]; 1 = this one",
    )  # fmt: skip
    who.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler with workers")
    who.add_argument(
        "--slurm", type=whole(1), metavar="JOBS",
        help="submit so many SLURM jobs as Dask workers; queue, account and time from the "
        "configuration of dask-jobqueue",
    )  # fmt: skip
    who.add_argument(
        "--index", type=whole(0), metavar="I",
        help="do the I-th share of the runs (from 0) and stop, as an array job; needs --of",
    )  # fmt: skip
    who.add_argument("--of", type=whole(1), metavar="M", help="array jobs in all")
    more = parser.add_argument_group("how many replicates")
    more.add_argument(
        "--until", action="append", default=[], metavar="OUTCOME[:SPECIES]=HALFWIDTH",
        help="add replicates until the 95 %% interval is so narrow; may be repeated",
    )  # fmt: skip
    more.add_argument(
        "--at-most", type=whole(2), metavar="N", help="cap of replicates of --until [200]"
    )


def add_parser(commands: Any) -> None:
    """Add ``status``, ``report`` and ``export`` to the subcommands of a parser."""
    one = commands.add_parser(
        "status",
        help="say how far a study is",
        description="Say how far a study is: runs planned, done, damaged and missing, the time "
        "they took, and the versions.",
    )
    one.add_argument("folder", metavar="DIR", help="results folder")
    one.add_argument(
        "--check", action="store_true", help="read every run file whole, not only its ends"
    )
    one.add_argument("--json", action="store_true", help="print JSON, for scripts")
    one.set_defaults(call=_status)
    one = commands.add_parser(
        "report", help="make the tables and the report of a study from its run files",
        description="Make tables, maps and report of a study again from its run files, "
        "as after array jobs.",
    )  # fmt: skip
    one.add_argument("folder", metavar="DIR", help="results folder")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    one.set_defaults(call=_report)
    one = commands.add_parser(
        "export", help="write a study's tables and maps for other programs",
        description="Write a study's tables (csv, parquet) or its tables and maps (netcdf, zarr).",
    )  # fmt: skip
    one.add_argument("folder", metavar="DIR", help="results folder")
    one.add_argument(
        "--format", required=True, metavar="LIST", help=f"of {','.join(FORMATS)}"
    )  # fmt: skip
    one.add_argument("--out", metavar="DIR", help="folder to write into [DIR/export]")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    one.set_defaults(call=_export)


def check_options(args: argparse.Namespace) -> None:
    """Refuse options that do not go together, before any work.

    Raises
    ------
    ResourceError, ScenarioError
    """
    from corridor_sim.errors import ResourceError
    from corridor_sim.scenario.adaptive import parse_goal

    who = [name for name in ("workers", "scheduler", "slurm") if getattr(args, name) is not None]
    if len(who) > 1:
        raise ResourceError("cannot go together", where=f"--{who[0]} and --{who[1]}",
                            remedy="give one of them")  # fmt: skip
    if (args.index is None) != (args.of is None):
        given, other = ("--of", "--index") if args.index is None else ("--index", "--of")
        raise ResourceError(f"needs {other}", where=given, remedy="as in --index 3 --of 10")
    if args.index is not None and args.index >= args.of:
        raise ResourceError(
            f"index {args.index} of {args.of} jobs", where="--index",
            remedy=f"use 0 to {args.of - 1}",
        )  # fmt: skip
    if args.index is not None and (args.until or "scheduler" in who or "slurm" in who):
        raise ResourceError(
            "array jobs know nothing of each other", where="--index",
            remedy="use them without --until, --scheduler and --slurm",
        )  # fmt: skip
    if args.at_most is not None and not args.until:
        raise ResourceError("needs --until", where="--at-most")
    for text in args.until:
        parse_goal(text)


def simulate(args: argparse.Namespace, study: Study, listener: Listener) -> str | None:
    """Do the runs of a study as the options say and return what there is to say of them.

    Raises
    ------
    CorridorSimError
        Whatever is wrong with options, scenario, folder, cluster or memory.
    """
    from corridor_sim.scenario.adaptive import MOST, parse_goal
    from corridor_sim.study.adaptive import check_goals, run_until
    from corridor_sim.study.running import Runner, share

    asked = study.scenarios[0].scenario.adaptive
    goals = [parse_goal(text) for text in args.until or (asked.until if asked else ())]
    check_goals(goals, study)
    with Runner(
        study, workers=args.workers, threads=args.threads, scheduler=args.scheduler,
        listener=listener, crew=_slurm(args, study),
    ) as runner:  # fmt: skip
        if args.index is not None:
            lives = study.scenarios[0].scenario.life_cycle is not None
            mine = share(study.runs, args.index, args.of, burn_in=lives)
            runner.run(mine)
            left_out = "; [adaptive] is left out of array jobs" if goals else ""
            return (f"share {args.index} of {args.of}: {len(mine)} of {len(study.runs)} runs are "
                    f"done{left_out}; when all are: corridor-sim report {study.out}")  # fmt: skip
        if not goals:
            runner.run()
            return None
        most = args.at_most or (asked.most if asked else MOST)
        return run_until(study, goals, runner.run, most=most).text


def _slurm(args: argparse.Namespace, study: Study) -> Crew | None:
    if args.slurm is None:
        return None
    from corridor_sim.study.dask_pool import slurm

    peak = study.expected.peak_bytes
    return slurm(study.out, jobs=args.slurm, peak_bytes=peak, threads=args.threads or 1)


def show(study: Study, listener: Listener, lap: Lap, elapsed: dict[str, float]) -> tuple[Any, Path]:
    """Write tables, maps and report of a finished study; return the comparison and the report."""
    listener.say("comparing the runs" if len(study.scenarios) > 1 else "summing up the runs")
    if study.scenarios[0].scenario.life_cycle is not None:
        from corridor_sim.study.life_compare import compare_lives, write_life_tables
        from corridor_sim.views.life_report import write_life_report

        lives = compare_lives(study)
        write_life_tables(lives, study)
        lap("comparing")
        listener.say("writing the report")
        return lives, write_life_report(lives, study, elapsed=elapsed)
    from corridor_sim.study.compare import compare, write_tables
    from corridor_sim.study.maps import write_maps
    from corridor_sim.views.report import write_report

    comparison = compare(study)
    write_tables(comparison, study)
    lap("comparing")
    listener.say("writing maps")
    write_maps(comparison, study)
    lap("maps")
    listener.say("writing the report")
    return comparison, write_report(comparison, study, elapsed=elapsed)


def _complete(folder: str, listener: Listener) -> Study:
    """Return the study of a folder if all of its runs are there."""
    from corridor_sim.errors import ResultsError
    from corridor_sim.study.execute import reopen_study
    from corridor_sim.study.running import Runner

    study = reopen_study(folder, listener=listener)
    with Runner(study, workers=1) as runner:
        missing = runner.missing(study.runs)
    if missing:
        raise ResultsError(
            f"{len(missing)} of {len(study.runs)} runs are missing", where=folder,
            remedy=f"go on with: {study.command or 'the command of the study'}",
        )  # fmt: skip
    return study


def _status(args: argparse.Namespace) -> None:
    from corridor_sim.study.status import describe, status_of

    found = status_of(args.folder, thorough=args.check)
    if args.json:
        import json

        print(json.dumps(found.as_data(), indent=1, ensure_ascii=False))
    else:
        print("\n".join(describe(found)))


def _report(args: argparse.Namespace) -> None:
    from time import perf_counter

    from corridor_sim.views.progress import progress

    began = perf_counter()
    elapsed: dict[str, float] = {}

    def lap(what: str) -> None:
        elapsed[what] = perf_counter() - began - sum(elapsed.values())

    with progress(quiet=args.quiet) as listener:
        study = _complete(args.folder, listener)
        lap("preparing")
        _, report = show(study, listener, lap, elapsed)
    if not args.quiet:
        print(report.resolve())


def _export(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.errors import ResultsError, nearest
    from corridor_sim.study.export import export
    from corridor_sim.views.progress import progress

    formats = [f.strip() for f in args.format.split(",") if f.strip()]
    for one in formats:
        if one not in FORMATS:
            raise ResultsError(
                f"unknown format {one!r}", where="--format", remedy=nearest(one, FORMATS)
            )
    with progress(quiet=args.quiet) as listener:
        study = _complete(args.folder, listener)
        listener.say("comparing the runs")
        written = export(study, Path(args.out) if args.out else study.out / "export", formats)
    if not args.quiet:
        for path in written:
            print(path)
