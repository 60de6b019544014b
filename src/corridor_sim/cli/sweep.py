"""``corridor-sim sweep`` and ``corridor-sim sensitivity``: many points of parameters."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import (
    OUT,
    PDF,
    QUIET,
    SET,
    THREADS,
    WHO_OR_SHARE,
    YES,
    Command,
    end,
    keywords,
    option,
)


def _sweep(args: argparse.Namespace) -> None:
    from corridor_sim import api

    end(api.sweep(args.file, **keywords(args)), args)


def _sensitivity(args: argparse.Namespace) -> None:
    from corridor_sim import api

    end(api.sensitivity(args.file, **keywords(args)), args)


_OPTIONS = (OUT, THREADS, SET, YES, PDF, QUIET, WHO_OR_SHARE)
COMMANDS = (
    Command(
        "sweep",
        "simulate a grid or sample of parameters and draw the curves",
        _sweep,
        (option("file", help="sweep TOML: [base], [sweep] and [sweep.parameters]"), *_OPTIONS),
        epilog="""examples:
  corridor-sim sweep experiments/sweep_percolation.toml
  corridor-sim sweep experiments/sweep_warming.toml --set base.replicates=16 --workers 2
""",
    ),
    Command(
        "sensitivity",
        "tell which uncertain trait of a species the answer hangs on",
        _sensitivity,
        (option("file", help="sensitivity TOML: [base] and [sensitivity]"), *_OPTIONS),
        description="Tell which uncertain trait the answer hangs on: Morris screening or Sobol "
        "indices over the plausible ranges of the species' files.",
    ),
)
