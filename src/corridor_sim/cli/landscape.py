"""``corridor-sim landscape``: show or export a landscape."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from corridor_sim.cli.options import SET, Command, listed, option

if TYPE_CHECKING:
    from corridor_sim.landscape.landscape import Landscape


def _landscape(args: argparse.Namespace) -> Landscape:
    from corridor_sim import api
    from corridor_sim.progress import listening, to_screen

    with listening(to_screen):
        return api.scenario_landscape(args.file or None, set=args.set)


def _show(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.report.figures.landscape import plot_landscape, show_landscape

    land = _landscape(args)
    print(show_landscape(land))
    if args.map:
        plot_landscape(land, Path(args.map))
        print(args.map)


def _export(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim import api
    from corridor_sim.landscape.io.export import export_landscape
    from corridor_sim.progress import listening, to_screen

    formats = _formats(args.format)
    if args.with_settings:
        with listening(to_screen):
            found = api.export_scenario(args.file or None, args.out, formats=formats, set=args.set)
    else:
        found = export_landscape(_landscape(args), Path(args.out), formats=formats)
    for path in found:
        print(path)


def _formats(text: str) -> list[str]:
    from corridor_sim.errors import ResultsError, refuse_unknown

    for one in listed(text):
        said = f"unknown format {one!r}"
        refuse_unknown(one, ("tif", "nc", "gpkg"), said, where="--format", error=ResultsError)
    return listed(text)


def _practice(args: argparse.Namespace) -> None:
    from corridor_sim.datasets.practice import write_practice_files

    for path in write_practice_files(args.out):
        print(path)


_FILE = option("file", nargs="?", help="scenario TOML, its edits applied [built-in landscape]")
COMMANDS = (
    Command(
        "landscape",
        "show or export a landscape",
        actions=(
            Command(
                "show",
                "say what a landscape holds and where each layer comes from",
                _show,
                (_FILE, SET, option("--map", metavar="PNG", help="also draw a map into this file")),
            ),
            Command(
                "export",
                "write a landscape's layers for QGIS and other programs",
                _export,
                (
                    _FILE,
                    SET,
                    option("--out", metavar="DIR", required=True, help="folder to write into"),
                    option(
                        "--format",
                        default="tif,nc,gpkg",
                        metavar="LIST",
                        help="of tif,nc,gpkg [all]",
                    ),
                    option(
                        "--with-settings",
                        action="store_true",
                        help="let landscape.toml hold the species, days and other settings too",
                    ),
                ),
            ),
            Command(
                "practice",
                "write the maps of a made-up island, to learn with",
                _practice,
                (option("--out", metavar="DIR", required=True, help="folder to write into"),),
            ),
        ),
    ),
)
