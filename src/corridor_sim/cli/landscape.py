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

    from corridor_sim.errors import ResultsError, nearest
    from corridor_sim.landscape.io.export import export_landscape

    formats, allowed = listed(args.format), ("tif", "nc", "gpkg")
    for one in formats:
        if one not in allowed:
            remedy = nearest(one, allowed)
            raise ResultsError(f"unknown format {one!r}", where="--format", remedy=remedy)
    for path in export_landscape(_landscape(args), Path(args.out), formats=set(formats)):
        print(path)


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
