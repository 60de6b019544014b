"""What a results folder holds: ``status``, ``report`` and ``export``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from corridor_sim.cli import links as links_cli
from corridor_sim.cli import running as running_cli
from corridor_sim.cli import sweep as sweep_cli

if TYPE_CHECKING:
    from pathlib import Path

    from corridor_sim.experiment.study import Study
    from corridor_sim.progress import Listener

FORMATS = ("csv", "parquet", "netcdf", "zarr")


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
        "report",
        help="make the tables and the report of a study from its run files",
        description="Make tables, maps and report of a study again from its run files, "
        "as after array jobs.",
    )
    one.add_argument("folder", metavar="DIR", help="results folder")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    one.set_defaults(call=_report)
    one = commands.add_parser(
        "export",
        help="write a study's tables and maps for other programs",
        description="Write a study's tables (csv, parquet) or its tables and maps (netcdf, zarr).",
    )
    one.add_argument("folder", metavar="DIR", help="results folder")
    one.add_argument("--format", required=True, metavar="LIST", help=f"of {','.join(FORMATS)}")
    one.add_argument("--out", metavar="DIR", help="folder to write into [DIR/export]")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    one.set_defaults(call=_export)


def _kind(folder: Path) -> str:
    """Return what kind of study a folder holds."""
    from corridor_sim.experiment.manifest import kind_of, read_manifest

    return kind_of(read_manifest(folder).settings)


def _complete(folder: Path, listener: Listener) -> Study:
    """Return the study of a folder if all of its runs are there."""
    from corridor_sim.experiment.execution.runner import Runner
    from corridor_sim.experiment.study import reopen_study

    study = reopen_study(folder, listener=listener)
    with Runner(study, workers=1) as runner:
        study.refuse_missing(runner.missing(study.runs), runner.why_missing)
    return study


def _status(args: argparse.Namespace) -> None:
    from corridor_sim.experiment.status import as_json, describe, status_of

    found = status_of(args.folder, thorough=args.check)
    if args.json:
        print(as_json(found))
    else:
        print("\n".join(describe(found)))


def _report(args: argparse.Namespace) -> None:
    from pathlib import Path
    from time import perf_counter

    from corridor_sim.progress import progress

    began = perf_counter()
    elapsed: dict[str, float] = {}

    def lap(what: str) -> None:
        elapsed[what] = perf_counter() - began - sum(elapsed.values())

    folder = Path(args.folder)
    kind = _kind(folder)
    with progress(quiet=args.quiet) as listener:
        if kind == "links":
            report = links_cli.report_again(folder, listener)
        else:
            study = _complete(folder, listener)
            lap("preparing")
            if kind == "sweep":
                report = sweep_cli.report_sweep(study, listener)
            elif kind == "sensitivity":
                report = sweep_cli.report_sensitivity(study, listener)
            else:
                _, report = running_cli.show(study, listener, lap, elapsed)
    if not args.quiet:
        print(report.resolve())


def _export(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.comparison.export import export
    from corridor_sim.errors import ResultsError, nearest
    from corridor_sim.progress import progress

    formats = [f.strip() for f in args.format.split(",") if f.strip()]
    for one in formats:
        if one not in FORMATS:
            raise ResultsError(
                f"unknown format {one!r}", where="--format", remedy=nearest(one, FORMATS)
            )
    with progress(quiet=args.quiet) as listener:
        study = _complete(Path(args.folder), listener)
        listener.say("comparing the runs")
        written = export(study, Path(args.out) if args.out else study.out / "export", formats)
    if not args.quiet:
        for path in written:
            print(path)
