"""``corridor-sim run`` and ``compare``: the simulations."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import (
    INDIFFERENCE,
    OUT,
    PDF,
    QUIET,
    REPLICATES,
    SEED,
    SET,
    THREADS,
    UNTIL,
    WHO_OR_SHARE,
    Command,
    end,
    keywords,
    option,
)


def _run(args: argparse.Namespace) -> None:
    from corridor_sim import api

    end(api.run(args.file, **keywords(args)), args)


def _compare(args: argparse.Namespace) -> None:
    from corridor_sim import api

    end(api.compare(args.file, **keywords(args)), args)


_OPTIONS = (OUT, REPLICATES, SEED, THREADS, INDIFFERENCE, SET, PDF, QUIET, WHO_OR_SHARE, UNTIL)
COMMANDS = (
    Command(
        "run",
        "simulate one scenario and report on it",
        _run,
        (option("file", help="scenario TOML"), *_OPTIONS),
    ),
    Command(
        "compare",
        "simulate an experiment and compare its scenarios",
        _compare,
        (option("file", help="experiment TOML"), *_OPTIONS),
    ),
)
