"""``corridor-sim sweep`` and ``corridor-sim sensitivity``: many points of parameters."""

from __future__ import annotations

import argparse
from typing import Any

EPILOG = """examples:
  corridor-sim sweep experiments/sweep_percolation.toml
  corridor-sim sweep experiments/sweep_warming.toml --set base.replicates=16 --workers 2
"""


def add_parser(commands: Any, whole: Any) -> None:
    """Add ``sweep`` to the subcommands of a parser."""
    one = commands.add_parser(
        "sweep", help="simulate a grid or sample of parameters and draw the curves",
        description="Simulate a grid or sample of parameters and draw the curves.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    one.add_argument("file", help="sweep TOML: [base], [sweep] and [sweep.parameters]")
    _options(one, whole)
    one.set_defaults(call=_sweep)
    one = commands.add_parser(
        "sensitivity", help="tell which uncertain trait of a species the answer hangs on",
        description="Tell which uncertain trait the answer hangs on: Morris screening or Sobol "
        "indices over the plausible ranges of the species' files.",
    )  # fmt: skip
    one.add_argument("file", help="sensitivity TOML: [base] and [sensitivity]")
    _options(one, whole)
    one.set_defaults(call=_sensitivity)


def _options(one: Any, whole: Any) -> None:
    one.add_argument("--out", metavar="DIR", help="results folder [results/NAME-OF-FILE]")
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads [all cores]")
    one.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE",
        help="override any key of the file by its dotted name; may be repeated",
    )  # fmt: skip
    one.add_argument("--yes", action="store_true", help="do more than 10,000 runs")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    who = one.add_mutually_exclusive_group()
    who.add_argument(
        "--workers", type=whole(1), metavar="N",
        help="processes [as many as cores and memory allow where they pay]; 1 = this one",
    )  # fmt: skip
    who.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler with workers")


def _open(args: argparse.Namespace, file: Any, scenarios: Any, listener: Any) -> Any:
    """Open the study of the points and do its runs."""
    import shlex
    from pathlib import Path

    from corridor_sim.study.execute import open_study
    from corridor_sim.study.running import run_jobs

    out = Path(args.out) if args.out else Path("results") / Path(args.file).stem
    command = shlex.join(["corridor-sim", args.command, args.file, "--out", str(out),
                          *(word for one in args.set for word in ("--set", one)),
                          *(["--yes"] if args.yes else [])])  # fmt: skip
    study = open_study(
        file.name, file.description, scenarios, file.as_settings(), out,
        threads=args.threads, listener=listener, command=command,
    )  # fmt: skip
    listener.say(f"{len(scenarios)} points; forecast: {study.expected}")
    run_jobs(study, workers=args.workers, threads=args.threads, scheduler=args.scheduler,
             listener=listener)  # fmt: skip
    return study


def _sweep(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.sweeps.points import read_sweep
    from corridor_sim.sweeps.table import cover_table, sweep_table, write_table
    from corridor_sim.views.progress import progress
    from corridor_sim.views.sweep_report import write_sweep_report

    file, scenarios, at = read_sweep(Path(args.file), args.set, yes=args.yes)
    with progress(quiet=args.quiet) as listener:
        study = _open(args, file, scenarios, listener)
        names = list(file.sweep.parameters)
        frame = sweep_table(study, names, at)
        if file.sweep.covers:
            import pandas as pd

            covers = cover_table(study, names, at, file.sweep.covers)
            frame = pd.concat([frame, covers], ignore_index=True)
        write_table(frame, study)
        listener.say("writing the report")
        report = write_sweep_report(study, file.sweep, frame)
    if not args.quiet:
        print(f"{len(study.runs)} runs of {len(at)} points in {study.out}")
        print(report.resolve())


def _sensitivity(args: argparse.Namespace) -> None:
    from pathlib import Path

    from corridor_sim.sweeps.sensitivity import plan_sensitivity, sensitivity_table
    from corridor_sim.sweeps.table import values_of, write_table
    from corridor_sim.views.progress import progress
    from corridor_sim.views.sensitivity_report import print_table, write_sensitivity_report

    plan = plan_sensitivity(Path(args.file), args.set, yes=args.yes)
    with progress(quiet=args.quiet) as listener:
        study = _open(args, plan.file, plan.scenarios, listener)
        frame = sensitivity_table(plan, study, values_of(study))
        write_table(frame, study, "sensitivity")
        listener.say("writing the report")
        report = write_sensitivity_report(study, plan, frame)
    if not args.quiet:
        print_table(study, plan, frame)
        print(f"{len(study.runs)} runs of {len(plan.scenarios)} points in {study.out}")
        print(report.resolve())
