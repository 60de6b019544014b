"""``corridor-sim validate``: the patterns of the field beside what the model gives."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor_sim.validation.verdicts import Verdict

FAILED = 1


def add_parser(commands: Any, whole: Any) -> None:
    """Add ``validate`` to the subcommands of a parser; ``whole`` makes a type of whole numbers."""
    one = commands.add_parser(
        "validate",
        help="hold the model to published patterns that it was not fitted to",
        description="Measure published patterns on runs of the built-in landscape and write a "
        "table: pattern, target, source, what the model gives, pass or not.",
    )
    one.add_argument("--patterns", default="", metavar="LIST", help="such as J6,B4,C5a [all]")
    one.add_argument("--replicates", type=whole(1), default=5, metavar="N", help="[5]")
    one.add_argument(
        "--years", type=whole(1), default=20, metavar="Y", help="after the burn-in [20]"
    )
    one.add_argument("--seed", type=whole(0), default=1, metavar="S", help="seed of all chance [1]")
    one.add_argument(
        "--cell-m", type=whole(90), default=1000, metavar="M", help="edge of a cell [1000]"
    )
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads [all cores]")
    one.add_argument(
        "--out", default="results/validation", metavar="DIR", help="[results/validation]"
    )
    one.add_argument("--strict", action="store_true", help="exit with 1 if a pattern fails")
    one.add_argument("--quiet", action="store_true", help="print errors only")
    one.set_defaults(call=_validate)


def _validate(args: argparse.Namespace) -> None:
    from pathlib import Path
    from time import perf_counter

    from corridor_sim.progress import progress
    from corridor_sim.simulation.days.simulation import use_threads
    from corridor_sim.validation.patterns import choose, load_patterns
    from corridor_sim.validation.runs import ValidationRuns
    from corridor_sim.validation.verdicts import judge, tally, write_verdicts

    began = perf_counter()
    patterns = choose(load_patterns(), args.patterns)
    use_threads(args.threads)
    with progress(quiet=args.quiet) as listener:
        trial = ValidationRuns(args.replicates, args.years, args.seed, args.cell_m, listener.say)
        listener.expect(len(patterns))
        verdicts = []
        for pattern in patterns:
            verdicts += judge(trial, [pattern])
            listener.done(1)
    settings = {
        "replicates": args.replicates,
        "years": args.years,
        "seed": args.seed,
        "cell_m": args.cell_m,
    }
    files = write_verdicts(verdicts, settings, Path(args.out))
    if not args.quiet:
        _print(verdicts)
        print(f"{tally(verdicts)} ({perf_counter() - began:.0f} s)")
        for file in files:
            print(file)
    if args.strict and not all(v.passed for v in verdicts):
        raise SystemExit(FAILED)


def _print(verdicts: list[Verdict]) -> None:
    from corridor_sim.report.text.terminal import print_table
    from corridor_sim.validation.verdicts import shown_found, shown_range

    rows = [
        (
            v.pattern.id,
            v.pattern.what,
            shown_range(v.pattern.low, v.pattern.high),
            shown_found(v.found),
            v.pattern.unit,
            v.word,
        )
        for v in verdicts
    ]
    head = ("", "Pattern", "Target", "Model (95 % interval)", "Unit", "")
    print_table(head, rows, names=(0, 1), left=range(2, 6))
