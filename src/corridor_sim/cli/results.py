"""What a results folder holds: ``status``, ``report`` and ``export``."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import FOLDER, PDF, QUIET, Command, listed, option, print_pages


def _status(args: argparse.Namespace) -> None:
    from corridor_sim.experiment.status import as_json, describe, status_of

    found = status_of(args.folder, thorough=args.check)
    print(as_json(found) if args.json else "\n".join(describe(found)))


def _report(args: argparse.Namespace) -> None:
    from corridor_sim import api

    page = api.open_results(args.folder).report(again=True, progress=not args.quiet)
    if not args.quiet:
        print(page.resolve())
    print_pages(page.parent, args)


def _export(args: argparse.Namespace) -> None:
    from corridor_sim import api

    written = api.export(
        args.folder, listed(args.format), out=args.out or None, progress=not args.quiet
    )
    if not args.quiet:
        for path in written:
            print(path)


COMMANDS = (
    Command(
        "status",
        "say how far a study is",
        _status,
        (
            FOLDER,
            option(
                "--check", action="store_true", help="read every run file whole, not only its ends"
            ),
            option("--json", action="store_true", help="print JSON, for scripts"),
        ),
        description="Say how far a study is: runs planned, done, damaged and missing, the time "
        "they took, and the versions.",
    ),
    Command(
        "report",
        "make the tables and the report of a study from its run files",
        _report,
        (FOLDER, PDF, QUIET),
        description="Make tables, maps and report of a study again from its run files, "
        "as after array jobs.",
    ),
    Command(
        "export",
        "write a study's tables and maps for other programs",
        _export,
        (
            FOLDER,
            option(
                "--format",
                required=True,
                metavar="LIST",
                help="of csv,parquet,netcdf,zarr,office,conefor,zonation; of links also marxan",
            ),
            option("--out", metavar="DIR", help="folder to write into [DIR/export]"),
            QUIET,
        ),
        description="Write a study's tables in full for programs (csv, parquet), its tables and "
        "maps (netcdf, zarr), its tables for an office (office: a workbook, and CSV with units and "
        "per cents as its readers write numbers, with --lang), or files of other programs: core "
        "areas and dispersal for Conefor, where animals are for Zonation, ranked links for Marxan "
        "and prioritizr.",
    ),
)
