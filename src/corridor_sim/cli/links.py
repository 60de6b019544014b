"""``corridor-sim links``: propose candidate links, and rank them by what happens to animals."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import OUT, QUIET, SET, THREADS, WHO, Command, end, keywords, option


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

    end(api.rank_links(args.file, **keywords(args)), args)


COMMANDS = (
    Command(
        "links",
        "propose corridor links, or rank them by what happens to animals",
        epilog="""examples:
  corridor-sim links propose --out proposed.toml
  corridor-sim links propose --species jaguar --width 8000 --most 12 --out jaguar.gpkg
  corridor-sim links rank experiments/andes_links.toml
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
                    option("file", help="links TOML"),
                    OUT,
                    option("--budget", type=float, metavar="X", help="instead of links.budget"),
                    THREADS,
                    SET,
                    QUIET,
                    # no array jobs: which runs come next hangs on what the last ones gave
                    WHO,
                ),
            ),
        ),
    ),
)
