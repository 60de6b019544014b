"""``corridor-sim generations``: in how many generations who reaches whom."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import PDF, QUIET, SET, THREADS, Command, option, print_pages, whole


def _generations(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim import api

    names = ("species", "replicates", "years", "walks", "set", "threads")
    how = {name: getattr(args, name) for name in names}
    out = args.out or f"results/{Path(args.file).stem}_generations"
    found = api.generations(
        args.file, against=args.against, out=out, **how, progress=not args.quiet
    )
    if not args.quiet:
        found.show()
        print(f"{found.seconds:.0f} s")
        print(found.files[-1].resolve())
    print_pages(Path(out), args)


COMMANDS = (
    Command(
        "generations",
        "tell in how many generations who reaches whom, and by how many animals",
        _generations,
        (
            option("file", help="scenario TOML"),
            option("--against", metavar="FILE", help="scenario TOML to compare with"),
            option(
                "--species",
                action="append",
                default=[],
                metavar="KEY",
                help="a species to tell of; may be repeated [all that walk]",
            ),
            option("--replicates", type=whole(1), default=6, metavar="N", help="[6]"),
            option("--years", type=whole(1), metavar="Y", help="[those of the file, else 50]"),
            option(
                "--walks",
                type=whole(100),
                default=2000,
                metavar="N",
                help="searching animals of a species and replicate, about [2000]",
            ),
            option("--out", metavar="DIR", help="results folder [results/FILE_generations]"),
            THREADS,
            SET,
            PDF,
            QUIET,
        ),
        epilog="""examples:
  corridor-sim generations scenarios/baseline.toml --species andean_bear
  corridor-sim generations scenarios/new_road.toml --against scenarios/baseline.toml
""",
    ),
)
