"""Options as data: what several commands share stands here once, and a table makes a parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

LARGEST = 2**63 - 1
Call: TypeAlias = Callable[[argparse.Namespace], None]


@dataclass(frozen=True, slots=True)
class Option:
    """What ``add_argument`` is told."""

    flags: tuple[str, ...]
    how: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Options under a title of their own."""

    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or with ``actions`` a group of them; ``call`` does it.

    Without a ``description``, that of its help text is made from ``what``.
    """

    name: str
    what: str
    call: Call | None = None
    options: tuple[Option | Group, ...] = ()
    actions: tuple[Command, ...] = ()
    description: str = ""
    epilog: str | None = None


def option(*flags: str, **how: Any) -> Option:
    """Return an option, told as ``add_argument`` is."""
    return Option(flags, how)


def add(commands: Any, one: Command) -> None:
    """Add a command with all its options to the subcommands of a parser."""
    parser = commands.add_parser(
        one.name,
        help=one.what,
        description=one.description or one.what[0].upper() + one.what[1:] + ".",
        epilog=one.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter
        if one.epilog
        else argparse.HelpFormatter,
    )
    for given in one.options:
        group = parser.add_argument_group(given.title) if isinstance(given, Group) else parser
        for inner in given.options if isinstance(given, Group) else (given,):
            group.add_argument(*inner.flags, **inner.how)
    if one.call is not None:
        parser.add_argument(*LANG.flags, **LANG.how)
        parser.set_defaults(call=one.call)
    if one.actions:
        below = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
        for action in one.actions:
            add(below, action)


def whole(low: int) -> Callable[[str], int]:
    """Return the type of whole numbers from ``low`` on."""

    def parse(text: str) -> int:
        value = int(text)
        if value < low:
            raise argparse.ArgumentTypeError(f"{value} is below {low}")
        if value > LARGEST:
            raise argparse.ArgumentTypeError(f"it is above {LARGEST}")
        return value

    parse.__name__ = "whole number"
    return parse


SET = option(
    "--set",
    action="append",
    default=[],
    metavar="KEY=VALUE",
    help="override any key of the file by its dotted name; may be repeated",
)
LANG = option(
    "--lang",
    metavar="CODE",
    help="language of what is written for people: en, es, es_EC, es_PE [en, or what the variable "
    "CORRIDOR_SIM_LANG says]",
)
OUT = option("--out", metavar="DIR", help="results folder [results/NAME-OF-FILE]")
PDF = option(
    "--pdf",
    action="store_true",
    help="print the answer on one sheet and the whole report as PDF too, by the first that is "
    "there: Chromium, Chrome or Edge, WeasyPrint, matplotlib",
)
QUIET = option("--quiet", action="store_true", help="print errors only")
THREADS = option("--threads", type=whole(1), metavar="N", help="threads [all cores]")
SEED = option("--seed", type=whole(0), metavar="S", help="seed of all chance")
REPLICATES = option("--replicates", type=whole(1), metavar="N", help="replicates per scenario")
INDIFFERENCE = option(
    "--indifference",
    type=float,
    metavar="SHARE",
    help="changes up to this share of the reference do not matter [0.05]; of single outcomes: "
    "[indifference] in the file",
)
YES = option("--yes", action="store_true", help="do more than 10,000 runs")
FOLDER = option("folder", metavar="DIR", help="results folder")
WHO = Group(
    "who does the runs",
    (
        option(
            "--workers",
            type=whole(1),
            metavar="N",
            help="processes [as many as cores and memory allow where they pay]; 1 = this one",
        ),
        option("--scheduler", metavar="ADDRESS", help="a Dask scheduler with workers"),
        option(
            "--slurm",
            type=whole(1),
            metavar="JOBS",
            help="submit so many SLURM jobs as Dask workers; queue, account and time from the "
            "configuration of dask-jobqueue",
        ),
    ),
)
# for studies whose runs are all known beforehand: an array job does its share of them
WHO_OR_SHARE = Group(
    WHO.title,
    (
        *WHO.options,
        option(
            "--index",
            type=whole(0),
            metavar="I",
            help="do the I-th share of the runs (from 0) and stop, as an array job; needs --of",
        ),
        option("--of", type=whole(1), metavar="M", help="array jobs in all"),
    ),
)
UNTIL = Group(
    "how many replicates",
    (
        option(
            "--until",
            action="append",
            default=[],
            metavar="OUTCOME[:SPECIES]=HALFWIDTH",
            help="add replicates until the 95 %% interval is so narrow; may be repeated",
        ),
        option("--at-most", type=whole(2), metavar="N", help="cap of replicates of --until [200]"),
    ),
)
# options that functions of Python take under the same name
_SAME = (
    "out",
    "replicates",
    "seed",
    "set",
    "yes",
    "budget",
    "threads",
    "workers",
    "scheduler",
    "slurm",
    "until",
    "at_most",
    "indifference",
)


def keywords(args: argparse.Namespace) -> dict[str, Any]:
    """Return what the options of a command that simulates are in Python.

    Raises
    ------
    ResourceError
        One of ``--index`` and ``--of`` without the other.
    """
    found = {name: getattr(args, name) for name in _SAME if hasattr(args, name)}
    found["progress"] = not args.quiet
    # as before all else, an empty name of a folder is none
    found["out"] = args.out or None
    if "index" in args:
        found["share"] = _share(args)
    return found


def _share(args: argparse.Namespace) -> tuple[int, int] | None:
    if (args.index is None) == (args.of is None):
        return None if args.index is None else (args.index, args.of)
    from corridor_sim.errors import ResourceError

    given, other = ("--of", "--index") if args.index is None else ("--index", "--of")
    raise ResourceError(f"needs {other}", where=given, remedy="as in --index 3 --of 10")


def listed(text: str) -> list[str]:
    """Return the parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def end(found: Any, args: argparse.Namespace) -> None:
    """Print what a study gave: what there is to say, its table, how much it was, the page."""
    whole = getattr(args, "index", None) is None
    if not args.quiet:
        if found.note:
            print(found.note)
        if whole:
            found.show()
            print(found.ending)
            print((found.folder / "report.html").resolve())
    if whole:
        print_pages(found.folder, args)


def print_pages(folder: Path, args: argparse.Namespace) -> None:
    """Print the pages of a folder as PDF, where the option is given, and say by what."""
    if not getattr(args, "pdf", False):
        return
    from corridor_sim import api
    from corridor_sim.progress import to_screen

    if not args.quiet:
        to_screen("printing report.html as PDF, which may take a minute")
    printed = api.write_pdf(folder)
    if not args.quiet:
        print(printed)
        for path in printed.files:
            print(path.resolve())
