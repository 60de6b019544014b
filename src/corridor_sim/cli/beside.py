"""``corridor-sim co-benefits``: what else the ground of a study gives."""

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
)
