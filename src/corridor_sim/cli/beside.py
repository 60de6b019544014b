"""``corridor-sim co-benefits`` and ``places``: what is told beside the outcomes of a study."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import FOLDER, QUIET, Command, option


def _co_benefits(args: argparse.Namespace) -> None:
    from corridor_sim import api
    from corridor_sim.files import frame_csv, write_text

    asked = [{"name": name, "layer": name} for name in args.layer] or None
    table = api.co_benefits(args.folder, asked)
    if args.out:
        from pathlib import Path

        write_text(Path(args.out), frame_csv(table))
        if not args.quiet:
            print(args.out)
    else:
        print(frame_csv(table), end="")


def _places(args: argparse.Namespace) -> None:
    from corridor_sim import api

    written = api.write_results_by_place(
        args.folder, args.polygons, args.name_field, out=args.out or None, progress=not args.quiet
    )
    if not args.quiet:
        for path in written:
            print(path)


COMMANDS = (
    Command(
        "co-benefits",
        "sum what else the ground of links or scenarios gives: carbon, water, your own rasters",
        _co_benefits,
        (
            FOLDER,
            option(
                "--layer",
                action="append",
                default=[],
                metavar="NAME",
                help="carbon or water of the built-in landscape; may be repeated "
                "[what the settings of the study ask for]",
            ),
            option("--out", metavar="CSV", help="file to write [printed]"),
            QUIET,
        ),
        description="Sum what else the ground gives over each link, or over what each scenario "
        "protects and all of the landscape: today, and as avoided loss. No run is made.",
    ),
    Command(
        "places",
        "tell the results of a study by provinces, municipalities or watersheds",
        _places,
        (
            FOLDER,
            option(
                "--polygons",
                required=True,
                metavar="FILE",
                help="GeoPackage, GeoJSON or Shapefile of polygons, in any CRS",
            ),
            option(
                "--name-field", required=True, metavar="NAME", help="the field with their names"
            ),
            option("--out", metavar="DIR", help="folder to write into [FOLDER/places]"),
            QUIET,
        ),
        description="Tell the results of a finished study by polygons: animals living there, "
        "dispersers passing, deaths by cause, suitable and protected ground, links, co-benefits; "
        "as CSV, GeoPackage, a map and a page.",
    ),
)
