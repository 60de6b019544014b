"""``corridor-sim links``: propose candidate links, and rank them by what happens to animals."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import (
    OUT,
    PDF,
    QUIET,
    SET,
    THREADS,
    WHO,
    Command,
    end,
    keywords,
    option,
    whole,
)


def _propose(args: argparse.Namespace) -> None:
    from corridor_sim import api
    from corridor_sim.progress import listening, to_screen

    with listening(to_screen):
        found = api.propose_links(
            args.file or None,
            species=args.species,
            width_m=args.width,
            most=args.most,
            out=args.out or None,
            set=args.set,
        )
    found.show()
    if found.path is not None:
        print(found.path)


def _rank(args: argparse.Namespace) -> None:
    from corridor_sim import api

    end(api.rank_links(args.file, args.scenario or None, **keywords(args)), args)


def _try(args: argparse.Namespace) -> None:
    from corridor_sim import api
    from corridor_sim.progress import listening, to_screen

    with listening(to_screen):
        found = api.try_links(
            args.file,
            args.scenario or None,
            names=args.only or None,
            replicates=args.replicates,
            out=args.out or None,
            set=args.set,
        )
    for one in found.values():
        print(one)
    if args.out:
        print(args.out)


COMMANDS = (
    Command(
        "links",
        "propose corridor links, rank them, or try drawn ones, by what happens to animals",
        epilog="""examples:
  corridor-sim links propose --out proposed.toml
  corridor-sim links propose --species jaguar --width 8000 --most 12 --out jaguar.gpkg
  corridor-sim links rank experiments/andes_links.toml
  corridor-sim links try drawn/alternatives.toml
""",
        actions=(
            Command(
                "propose",
                "least-cost corridors between neighbouring core areas",
                _propose,
                (
                    option(
                        "file", nargs="?", help="scenario TOML [built-in landscape, all species]"
                    ),
                    option(
                        "--species",
                        action="append",
                        default=[],
                        metavar="KEY",
                        help="a species that the links shall serve; may be repeated "
                        "[all that walk]",
                    ),
                    option(
                        "--width", type=float, default=5000.0, metavar="M", help="metres [5000]"
                    ),
                    option(
                        "--most", type=int, default=20, metavar="N", help="at most so many [20]"
                    ),
                    option(
                        "--out",
                        metavar="FILE",
                        help="links file (.toml) or GeoPackage (.gpkg) to write [printed]",
                    ),
                    SET,
                ),
                description="Propose least-cost corridors between neighbouring core areas.",
            ),
            Command(
                "rank",
                "simulate links, rank them, and choose a set for the budget",
                _rank,
                (
                    option("file", help="links TOML; with --scenario GeoPackage, GeoJSON, ..."),
                    option(
                        "--scenario",
                        metavar="FILE",
                        help="scenario TOML that the links are built on [that of the links TOML]",
                    ),
                    OUT,
                    option("--budget", type=float, metavar="X", help="instead of links.budget"),
                    THREADS,
                    SET,
                    PDF,
                    QUIET,
                    # no array jobs: which runs come next hangs on what the last ones gave
                    WHO,
                ),
            ),
            Command(
                "try",
                "tell what drawn alternatives do, as the page of corridor-sim app does",
                _try,
                (
                    option("file", help="alternatives or links TOML, GeoPackage, GeoJSON, ..."),
                    option(
                        "--scenario",
                        metavar="FILE",
                        help="scenario TOML that they are built on [that of the file, else the "
                        "built-in landscape]",
                    ),
                    option(
                        "--only",
                        action="append",
                        default=[],
                        metavar="NAME",
                        help="one of them; may be repeated [all]",
                    ),
                    option(
                        "--replicates", type=whole(2), default=40, metavar="N", help="as many [40]"
                    ),
                    option("--out", metavar="FILE", help="CSV of all outcomes [printed in short]"),
                    SET,
                ),
            ),
        ),
    ),
)
