"""``corridor-sim validate``: the patterns of the field beside what the model gives."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import QUIET, THREADS, Command, option, whole

FAILED = 1


def _validate(args: argparse.Namespace) -> None:
    from corridor_sim import api
    from corridor_sim.validation.verdicts import tally

    names = ("replicates", "years", "seed", "cell_m", "threads", "out")
    how = {name: getattr(args, name) for name in names}
    found = api.validate(args.patterns, **how, progress=not args.quiet)
    if not args.quiet:
        found.show()
        print(f"{tally(found.verdicts)} ({found.seconds:.0f} s)")
        for file in found.files:
            print(file)
    if args.strict and not found.passed:
        raise SystemExit(FAILED)


COMMANDS = (
    Command(
        "validate",
        "hold the model to published patterns that it was not fitted to",
        _validate,
        (
            option("--patterns", default="", metavar="LIST", help="such as J6,B4,C5a [all]"),
            option("--replicates", type=whole(1), default=5, metavar="N", help="[5]"),
            option(
                "--years", type=whole(1), default=20, metavar="Y", help="after the burn-in [20]"
            ),
            option("--seed", type=whole(0), default=1, metavar="S", help="seed of all chance [1]"),
            option(
                "--cell-m", type=whole(90), default=1000, metavar="M", help="edge of a cell [1000]"
            ),
            THREADS,
            option(
                "--out", default="results/validation", metavar="DIR", help="[results/validation]"
            ),
            option("--strict", action="store_true", help="exit with 1 if a pattern fails"),
            QUIET,
        ),
        description="Measure published patterns on runs of the built-in landscape and write a "
        "table: pattern, target, source, what the model gives, pass or not.",
    ),
)
