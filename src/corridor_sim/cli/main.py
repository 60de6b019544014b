"""The command line: parse, call, print. Everything heavy is imported inside the commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import NoReturn

from corridor_sim import __version__
from corridor_sim.cli import (
    app,
    beside,
    covers,
    fit,
    generations,
    landscape,
    links,
    qgis,
    results,
    scenarios,
    species,
    sweep,
    theory,
    tracks,
    validate,
)
from corridor_sim.cli.options import add

BAD_INPUT = 2
INTERRUPTED = 130
COMMANDS = (
    *app.COMMANDS,
    *scenarios.COMMANDS,
    *landscape.COMMANDS,
    *covers.COMMANDS,
    *species.COMMANDS,
    *fit.COMMANDS,
    *results.COMMANDS,
    *beside.COMMANDS,
    *links.COMMANDS,
    *qgis.COMMANDS,
    *generations.COMMANDS,
    *sweep.COMMANDS,
    *theory.COMMANDS,
    *tracks.COMMANDS,
    *validate.COMMANDS,
)
EPILOG = """examples:
  corridor-sim compare experiments/fragmentation_and_climate.toml
  corridor-sim run scenarios/baseline.toml --set landscape.cell_m=500 --out results/fine
  corridor-sim landscape export --out maps --format tif,gpkg
  corridor-sim species show jaguar
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        from corridor_sim.errors import one_line

        print(one_line(f"{self.prog}: {message}; see {self.prog} --help"), file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog="corridor-sim",
        description="Simulate animals on landscapes, and what changes of the ground do to them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"corridor-sim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for one in COMMANDS:
        add(commands, one)
    return parser


def tell_of_letters(*, quiet: bool) -> None:
    """Say in one line which letters the figures lack, if any were drawn."""
    fonts = sys.modules.get("corridor_sim.report.figures.fonts")
    said = fonts.said_of_letters() if fonts is not None else ""
    if said and not quiet:
        print(f"corridor-sim: {said}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 2 bad input, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a terminal that lacks a character shows its code instead of ending the program
            stream.reconfigure(errors="backslashreplace")
    return _done(build_parser().parse_args(argv))


def _done(args: argparse.Namespace) -> int:
    """Do what is asked and return the exit code."""
    from corridor_sim.cli import guards
    from corridor_sim.errors import CorridorSimError
    from corridor_sim.languages import current, language

    try:
        with language(args.lang) if args.lang else nullcontext(current()):
            guards.before_work(args)
            args.call(args)
            tell_of_letters(quiet=getattr(args, "quiet", False))
            sys.stdout.flush()
    except CorridorSimError as bad:
        guards.say(str(bad))
        return BAD_INPUT
    except KeyboardInterrupt:
        has_runs = args.command not in ("app", "fit", "tracks")
        kept = "finished runs are kept, call again to go on"
        guards.say(f"interrupted; {kept if has_runs else 'what was written stays'}")
        return INTERRUPTED
    except Exception as bad:
        return _undone(bad)
    return 0


def _undone(bad: Exception) -> int:
    """Return the exit code where the system refused something; what nobody foresaw goes on."""
    from corridor_sim.cli import guards

    if isinstance(bad, BrokenPipeError):
        # the reader of our output went away (head, less): not an error of ours
        guards.drop_output()
        return 0
    if not guards.told(bad):
        raise bad
    return BAD_INPUT


if __name__ == "__main__":
    raise SystemExit(main())
