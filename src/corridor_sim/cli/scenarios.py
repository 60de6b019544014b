"""``corridor-sim run`` and ``compare``: the simulations."""

from __future__ import annotations

import argparse
import json

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


def _setting(text: str) -> str:
    """Return ``NAME=EDITS`` as the setting of an experiment that it stands for."""
    name, equals, edits = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(
            f'{text[:60]!r} is not of the form NAME=EDITS, as in \'Warmer=[{{kind="warm", '
            "degrees_c=1.5}]'"
        )
    return f"beside.{json.dumps(name.strip(), ensure_ascii=False)}.edits={edits}"


_BESIDE = option(
    "--beside",
    action="append",
    default=[],
    dest="set",
    type=_setting,
    metavar="NAME=EDITS",
    help='another scenario to compare with, by its edits as TOML: \'Warmer=[{kind="warm", '
    "degrees_c=1.5}]'; may be repeated. The file may then be a scenario",
)
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
        (option("file", help="experiment TOML; with --beside scenario TOML"), _BESIDE, *_OPTIONS),
    ),
)
