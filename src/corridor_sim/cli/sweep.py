"""``corridor-sim sweep`` and ``corridor-sim sensitivity``: many points of parameters."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from corridor_sim.cli import running as running_cli
from corridor_sim.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from corridor_sim.config.sweep import SweepFile, Value
    from corridor_sim.experiment.study import Study
    from corridor_sim.progress import Listener
    from corridor_sim.sensitivity.indices import Plan
    from corridor_sim.sensitivity.link_sensitivity import LinkRobustness

EPILOG = """examples:
  corridor-sim sweep experiments/sweep_percolation.toml
  corridor-sim sweep experiments/sweep_warming.toml --set base.replicates=16 --workers 2
"""


def add_parser(commands: Any, whole: Any) -> None:
    """Add ``sweep`` to the subcommands of a parser."""
    one = commands.add_parser(
        "sweep",
        help="simulate a grid or sample of parameters and draw the curves",
        description="Simulate a grid or sample of parameters and draw the curves.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.add_argument("file", help="sweep TOML: [base], [sweep] and [sweep.parameters]")
    _options(one, whole)
    one.set_defaults(call=_sweep)
    one = commands.add_parser(
        "sensitivity",
        help="tell which uncertain trait of a species the answer hangs on",
        description="Tell which uncertain trait the answer hangs on: Morris screening or Sobol "
        "indices over the plausible ranges of the species' files.",
    )
    one.add_argument("file", help="sensitivity TOML: [base] and [sensitivity]")
    _options(one, whole)
    one.set_defaults(call=_sensitivity)


def _options(one: Any, whole: Any) -> None:
    one.add_argument("--out", metavar="DIR", help="results folder [results/NAME-OF-FILE]")
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads [all cores]")
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override any key of the file by its dotted name; may be repeated",
    )
    one.add_argument("--yes", action="store_true", help="do more than 10,000 runs")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    running_cli.add_who(one, whole)


def _done(
    args: argparse.Namespace, file: Any, scenarios: Any, listener: Listener, land: Any = None
) -> tuple[Study, str | None]:
    """Open the study of the points and do its runs; return it and what there is to say of them."""
    import shlex
    from pathlib import Path

    from corridor_sim.experiment.study import open_study

    out = Path(args.out) if args.out else Path("results") / Path(args.file).stem
    command = shlex.join(
        [
            "corridor-sim",
            args.command,
            args.file,
            "--out",
            str(out),
            *(word for one in args.set for word in ("--set", one)),
            *(["--yes"] if args.yes else []),
        ]
    )
    study = open_study(
        file.name,
        file.description,
        scenarios,
        file.as_settings(),
        out,
        threads=args.threads,
        listener=listener,
        command=command,
        land=land,
    )
    listener.say(f"{counted(len(scenarios), 'point')}; forecast: {study.expected}")
    return study, running_cli.simulate(args, study, listener)


def _sweep(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.progress import progress
    from corridor_sim.sensitivity.points import read_sweep

    running_cli.check_options(args)
    with progress(quiet=args.quiet) as listener:
        file, scenarios, at = read_sweep(Path(args.file), args.set, yes=args.yes)
        study, said = _done(args, file, scenarios, listener)
        if args.index is None:
            report = _show_sweep(study, file, at, listener)
    if said and not args.quiet:
        print(said)
    if args.index is None and not args.quiet:
        print(f"{counted(len(study.runs), 'run')} of {counted(len(at), 'point')} in {study.out}")
        print(report.resolve())


def _show_sweep(
    study: Study, file: SweepFile, at: Sequence[tuple[Value, ...]], listener: Listener
) -> Path:
    """Write table and report of a finished sweep and return the report."""
    from corridor_sim.report.sweep import write_sweep_report
    from corridor_sim.sensitivity.table import cover_table, sweep_table, write_table

    names = list(file.sweep.parameters)
    frame = sweep_table(study, names, at)
    if file.sweep.covers:
        import pandas as pd

        covers = cover_table(study, names, at, file.sweep.covers)
        frame = pd.concat([frame, covers], ignore_index=True)
    write_table(frame, study)
    listener.say("writing the report")
    return write_sweep_report(study, file.sweep, frame)


def report_sweep(study: Study, listener: Listener) -> Path:
    """Write table and report of a sweep that was opened from its folder; return the report.

    Raises
    ------
    ResultsError
        ``experiment.json`` does not hold the sweep of these scenarios.
    """
    from corridor_sim.config.sweep import SweepFile
    from corridor_sim.errors import ResultsError
    from corridor_sim.experiment.manifest import MANIFEST, read_settings
    from corridor_sim.sensitivity.points import points, text_of

    where = study.out / MANIFEST
    file = read_settings(SweepFile, study.settings, where)
    at = points(file.sweep, file.base.seed)
    names = list(file.sweep.parameters)
    levels = [tuple((n, text_of(v)) for n, v in zip(names, row, strict=True)) for row in at]
    if levels != [one.levels for one in study.scenarios]:
        raise ResultsError(
            "holds other points than its sweep has",
            where=where,
            remedy=f"call again: {study.command}",
        )
    return _show_sweep(study, file, at, listener)


def _show_sensitivity(
    plan: Plan, study: Study, listener: Listener
) -> tuple[pd.DataFrame, LinkRobustness | None, Path]:
    """Write tables and report of a finished sensitivity analysis and return them."""
    from corridor_sim.report.sensitivity import write_sensitivity_report
    from corridor_sim.sensitivity.indices import sensitivity_table, values_at_points
    from corridor_sim.sensitivity.link_sensitivity import link_robustness
    from corridor_sim.sensitivity.link_tables import write_link_tables
    from corridor_sim.sensitivity.table import write_table

    frame = sensitivity_table(plan, study, values_at_points(plan, study))
    if len(frame):
        write_table(frame, study, "sensitivity")
    links = None
    if plan.links is not None:
        listener.say("comparing the rankings of links")
        links = link_robustness(plan, study)
        write_link_tables(links, plan, study)
    listener.say("writing the report")
    return frame, links, write_sensitivity_report(study, plan, frame, links)


def report_sensitivity(study: Study, listener: Listener) -> Path:
    """Write table and report of a sensitivity analysis that was opened from its folder.

    Raises
    ------
    CorridorSimError
        ``experiment.json`` does not hold the analysis of these scenarios, or files have changed.
    """
    from corridor_sim.sensitivity.indices import plan_again

    return _show_sensitivity(plan_again(study), study, listener)[-1]


def _sensitivity(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.progress import progress
    from corridor_sim.report.sensitivity import print_table
    from corridor_sim.report.text.link_sensitivity import print_links
    from corridor_sim.sensitivity.indices import plan_sensitivity

    running_cli.check_options(args)
    with progress(quiet=args.quiet) as listener:
        plan = plan_sensitivity(Path(args.file), args.set, yes=args.yes)
        land = plan.links.land if plan.links is not None else None
        study, said = _done(args, plan.file, plan.scenarios, listener, land)
        if args.index is None:
            frame, links, report = _show_sensitivity(plan, study, listener)
    if said and not args.quiet:
        print(said)
    if args.index is None and not args.quiet:
        print_table(study, plan, frame)
        if links is not None:
            print_links(links, plan)
        print(
            f"{counted(len(study.runs), 'run')} of {counted(len(plan.at), 'point')} in {study.out}"
        )
        print(report.resolve())
