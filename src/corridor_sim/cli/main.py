"""The command line: parse, call, print. Everything heavy is imported inside the commands."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from corridor_sim import __version__
from corridor_sim.cli import links as links_cli
from corridor_sim.cli import results as results_cli
from corridor_sim.cli import running as running_cli
from corridor_sim.cli import sweep as sweep_cli
from corridor_sim.cli import theory as theory_cli
from corridor_sim.cli import validate as validation_cli
from corridor_sim.config.schemas import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from corridor_sim.config.load import Resolved
    from corridor_sim.experiment.study import Study

BAD_INPUT = 2
INTERRUPTED = 130
LARGEST = 2**63 - 1

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


def _whole(low: int) -> Any:
    def parse(text: str) -> int:
        value = int(text)
        if value < low:
            raise argparse.ArgumentTypeError(f"{value} is below {low}")
        if value > LARGEST:
            raise argparse.ArgumentTypeError(f"it is above {LARGEST}")
        return value

    parse.__name__ = "whole number"
    return parse


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog="corridor-sim",
        description="Simulate wildlife on the gradient from the high Andes to the Amazon.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"corridor-sim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, what in (
        ("run", "simulate one scenario and report on it"),
        ("compare", "simulate an experiment and compare its scenarios"),
    ):
        one = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
        one.add_argument("file", help="scenario TOML" if name == "run" else "experiment TOML")
        one.add_argument("--out", metavar="DIR", help="results folder [results/NAME-OF-FILE]")
        one.add_argument(
            "--replicates", type=_whole(1), metavar="N", help="replicates per scenario"
        )
        one.add_argument("--seed", type=_whole(0), metavar="S", help="seed of all chance")
        one.add_argument("--threads", type=_whole(1), metavar="N", help="threads [all cores]")
        _add_set(one)
        one.add_argument("--quiet", action="store_true", help="print errors only")
        running_cli.add_options(one, _whole)
        one.set_defaults(call=_run if name == "run" else _compare)
    land = commands.add_parser("landscape", help="show or export a landscape")
    land_commands = land.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, what in (
        ("show", "say what a landscape holds and where each layer comes from"),
        ("export", "write a landscape's layers for QGIS and other programs"),
    ):
        one = land_commands.add_parser(
            name, help=what, description=what[0].upper() + what[1:] + "."
        )
        one.add_argument(
            "file", nargs="?", help="scenario TOML, its edits applied [built-in landscape]"
        )
        _add_set(one)
        if name == "show":
            one.add_argument("--map", metavar="PNG", help="also draw a map into this file")
            one.set_defaults(call=_landscape_show)
        else:
            one.add_argument("--out", metavar="DIR", required=True, help="folder to write into")
            one.add_argument(
                "--format", default="tif,nc,gpkg", metavar="LIST", help="of tif,nc,gpkg [all]"
            )
            one.set_defaults(call=_landscape_export)
    species = commands.add_parser("species", help="list the species or show one")
    species_commands = species.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = species_commands.add_parser("list", help="list the species that ship with the program")
    one.set_defaults(call=_species_list)
    one = species_commands.add_parser("show", help="show every number of a species with its source")
    one.add_argument("species", help="key of a species that ships, or a species TOML")
    one.set_defaults(call=_species_show)
    schema = commands.add_parser(
        "schema", help="print the JSON Schema of a kind of file [scenarios and experiments]"
    )
    schema.add_argument(
        "kind", nargs="?", metavar="KIND", help="one kind of file: " + ", ".join(KINDS)
    )
    schema.set_defaults(call=_schema)
    results_cli.add_parser(commands)
    links_cli.add_parser(commands, _whole)
    sweep_cli.add_parser(commands, _whole)
    theory_cli.add_parser(commands)
    validation_cli.add_parser(commands, _whole)
    return parser


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override any key of the file by its dotted name; may be repeated",
    )


def _tell_of_letters(*, quiet: bool) -> None:
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
    args = build_parser().parse_args(argv)
    from corridor_sim.cli import guards
    from corridor_sim.errors import CorridorSimError

    try:
        guards.before_work(args)
        args.call(args)
        _tell_of_letters(quiet=getattr(args, "quiet", False))
        sys.stdout.flush()
    except CorridorSimError as bad:
        guards.say(str(bad))
        return BAD_INPUT
    except KeyboardInterrupt:
        guards.say("interrupted; finished runs are kept, call again to go on")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output went away (head, less): not an error of ours
        guards.drop_output()
    except Exception as bad:
        if not guards.told(bad):
            raise
        return BAD_INPUT
    return 0


def _assignments(args: argparse.Namespace, prefix: str = "") -> list[str]:
    found = list(args.set)
    for name in ("replicates", "seed"):
        value = getattr(args, name, None)
        if value is not None:
            found.append(f"{prefix}{name}={value}")
    return found


def _out(args: argparse.Namespace) -> Path:
    from pathlib import Path

    return Path(args.out) if args.out else Path("results") / Path(args.file).stem


def _wrong_kind(args: argparse.Namespace, kind: str) -> None:
    from corridor_sim.errors import ScenarioError

    right, what = {
        "scenario": ("run", "a scenario"),
        "experiment": ("compare", "an experiment"),
        "links": ("links rank", "a links file"),
        "sweep": ("sweep", "a sweep"),
        "sensitivity": ("sensitivity", "a sensitivity analysis"),
    }[kind]
    if right != args.command:
        raise ScenarioError(
            f"is {what}, not for {args.command}",
            where=args.file,
            remedy=f"use: corridor-sim {right} {args.file}",
        )


def _run(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.config.load import as_data, kind_of, load_scenario

    _wrong_kind(args, kind_of(Path(args.file), args.set))
    resolved = load_scenario(args.file, _assignments(args))
    scenario = resolved.scenario
    _study(args, scenario.name, scenario.description, (resolved,), as_data(scenario))


def _compare(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.config.load import as_data, kind_of, load_experiment

    _wrong_kind(args, kind_of(Path(args.file), args.set))
    design = load_experiment(args.file, _assignments(args, "base."))
    one = design.experiment
    _study(args, one.name, one.description, design.scenarios, as_data(one))


def _study(
    args: argparse.Namespace,
    name: str,
    description: str,
    scenarios: tuple[Resolved, ...],
    settings: dict[str, Any],
) -> None:
    from time import perf_counter

    from corridor_sim.experiment.study import open_study
    from corridor_sim.progress import progress

    running_cli.check_options(args)
    began = perf_counter()
    elapsed: dict[str, float] = {}

    def lap(what: str) -> None:
        elapsed[what] = perf_counter() - began - sum(elapsed.values())

    with progress(quiet=args.quiet) as listener:
        study = open_study(
            name,
            description,
            scenarios,
            settings,
            _out(args),
            threads=args.threads,
            listener=listener,
            command=_command(args),
        )
        listener.say(f"forecast: {study.expected}")
        lap("preparing")
        said = running_cli.simulate(args, study, listener)
        lap("simulating")
        if args.index is None:
            comparison, report = running_cli.show(study, listener, lap, elapsed)
    if said and not args.quiet:
        print(said)
    if args.index is None and not args.quiet:
        _print_end(comparison, study, report, perf_counter() - began)


def _command(args: argparse.Namespace) -> str:
    """Return the command that makes the same results."""
    words = ["corridor-sim", args.command, args.file, "--out", str(_out(args))]
    for name in ("replicates", "seed"):
        if getattr(args, name) is not None:
            words += [f"--{name}", str(getattr(args, name))]
    for assignment in args.set:
        words += ["--set", assignment]
    return shlex.join(words)


def _print_end(comparison: Any, study: Study, report: Path, seconds: float) -> None:
    from corridor_sim.errors import counted
    from corridor_sim.simulation.protocol import named, simulator_of

    named(simulator_of(study.scenarios[0]).views["terminal"])(comparison, study)
    print(f"{counted(len(study.runs), 'run')} in {study.out} ({seconds:.0f} s this time)")
    print(report.resolve())


def _landscape(args: argparse.Namespace) -> Any:
    from corridor_sim.config.build import apply_edits, load_landscape
    from corridor_sim.config.dotted import set_key
    from corridor_sim.config.load import load_scenario
    from corridor_sim.config.schema import Scenario
    from corridor_sim.progress import listening, to_screen
    from corridor_sim.toml.strict import validate

    if args.file:
        resolved = load_scenario(args.file, args.set)
        scenario, base_dir, edits = resolved.scenario, resolved.base_dir, resolved.edits
        with listening(to_screen):
            land = load_landscape(scenario.landscape, base_dir=base_dir)
        return apply_edits(land, edits, scenario.seed)
    from corridor_sim.errors import ScenarioError

    data: dict[str, Any] = {}
    for assignment in args.set:
        set_key(data, assignment)
    scenario = validate(Scenario, data, where="--set", error=ScenarioError)
    with listening(to_screen):
        return load_landscape(scenario.landscape)


def _landscape_show(args: argparse.Namespace) -> None:
    from corridor_sim.report.figures.landscape import plot_landscape, show_landscape

    land = _landscape(args)
    print(show_landscape(land))
    if args.map:
        from pathlib import Path

        plot_landscape(land, Path(args.map))
        print(args.map)


def _landscape_export(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.errors import ResultsError, nearest
    from corridor_sim.landscape.io.export import export_landscape

    formats = [f.strip() for f in args.format.split(",") if f.strip()]
    allowed = ("tif", "nc", "gpkg")
    for one in formats:
        if one not in allowed:
            raise ResultsError(
                f"unknown format {one!r}", where="--format", remedy=nearest(one, allowed)
            )
    for path in export_landscape(_landscape(args), Path(args.out), formats=set(formats)):
        print(path)


def _species_list(args: argparse.Namespace) -> None:
    from corridor_sim.species.reader import load_species, species_keys

    for key in species_keys():
        one = load_species(key)
        print(f"{key:18} {one.name} ({one.scientific_name}): {one.summary}")


def _species_show(args: argparse.Namespace) -> None:
    from corridor_sim.errors import visible
    from corridor_sim.species.reader import describe_species, load_species

    one = load_species(args.species)
    print(f"{one.name} ({one.scientific_name})")
    print(visible(one.summary, keep="\n\t") + "\n")
    print(f"{'trait':58} {'value':>10} {'unit':10} {'plausible range':>20}  confidence, source")
    for row in describe_species(one):
        print(visible(_trait_line(row), keep="\n\t"))


def _trait_line(row: Any) -> str:
    name, value, unit, low, high, confidence, source = row
    span = "" if low is None else f"{low:g} to {high:g}"
    shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    rests = f"{confidence}, {source}" if confidence is not None else "without range or source"
    return f"{name:58} {shown:>10} {unit:10} {span:>20}  {rests}"


def _schema(args: argparse.Namespace) -> None:
    import json

    from corridor_sim.config.schemas import schema
    from corridor_sim.landscape.edits import EDITS

    if args.kind:
        found = schema(args.kind)
    else:
        found = {kind: schema(kind) for kind in ("scenario", "experiment")}
        shared = found["scenario"]["$defs"]
        found["edits"] = {kind: shared[edit.__name__] for kind, edit in EDITS.items()}
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    raise SystemExit(main())
