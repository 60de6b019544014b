"""Measure the promised speed and size, each beside its comparison, and print them as Markdown.

Usage: ``python tools/benchmark_table.py [--only ROW ...] [--repeats 9] [--quick] [--write]``, with
``gcc`` for the C loops. With ``--write`` the text between the two markers of
``docs/benchmarks.md`` is replaced. All rows take about a quarter of an hour; ``--quick`` shows in a
minute or two that they work, on smaller rasters.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator

import common
import rows
from common import table
from machine import OtherPrograms, describe
from rows import Figure, How, Row, Speed
from stages import MODELS

COMMANDS = ("", "run", "compare", "report", "landscape", "species", "schema", "theory")
CLI = [sys.executable, "-m", "corridor_sim"]


def start(how: How) -> Iterator[Row]:
    """Time ``--help`` of the program and of each command."""
    for name in COMMANDS:
        words = [*([name] if name else []), "--help"]
        seconds = []
        for _ in range(min(how.repeats, 5)):
            begin = time.perf_counter()
            done = subprocess.run([*CLI, *words], capture_output=True, check=False)
            seconds.append(time.perf_counter() - begin)
        if done.returncode == 0:
            figure = f"{min(seconds):.2f} s ({statistics.median(seconds):.2f})"
            what = " ".join(["corridor-sim", *words])
            yield Figure(f"start, `{what}`", figure, "0.3 s", min(seconds) <= 0.3)


def run(how: How) -> Iterator[Row]:
    """Peak memory of a run at 500 m with all species."""
    words = ["run", "scenarios/baseline.toml", "--set", "landscape.cell_m=500"]
    words += ["--set", "days=5", "--replicates", "1"]
    _, peak = timed_run(words)
    yield Figure(
        f"peak memory, `corridor-sim {' '.join(words)}`", f"{peak:.0f} MB", "2000 MB", peak <= 2000
    )


def compare(how: How) -> Iterator[Row]:
    """Wall time of the default comparison."""
    words = ["compare", "experiments/fragmentation_and_climate.toml"]
    seconds, _ = timed_run(words)
    yield Figure(f"`corridor-sim {' '.join(words)}`", f"{seconds:.0f} s", "90 s", seconds <= 90)


def timed_run(words: list[str]) -> tuple[float, float]:
    """Return seconds and peak MB of one command in a process of its own."""
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        child = subprocess.Popen(
            [*CLI, *words, "--out", f"{folder}/out", "--quiet"], env=env, cwd=common.ROOT
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"corridor-sim {' '.join(words)} ended with {child.returncode}")
    return seconds, usage.ru_maxrss / 1024


# what needs a process of its own comes first, while this one is small
ROWS: dict[str, Callable[[How], Iterable[Row]]] = {
    "start": start,
    "run": run,
    "compare": compare,
    "compile": rows.compiling,
    "large": rows.large,
    "huge": rows.huge,
    "walk": rows.walk,
    "sms": rows.sms,
    "selection": rows.selection,
    "mesa": rows.mesa,
    "threads": rows.threads,
    "tallies": rows.tallies,
}


def reach(row: Row) -> str:
    return row.reach + ("" if row.met or not row.reach else ": **not reached**")


def short(numbers: list[float]) -> str:
    """Return the smallest number and the median, with three digits."""

    def digits(value: float) -> str:
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"

    if len(numbers) < 2:
        return digits(numbers[0]) if numbers else ""
    return f"{digits(min(numbers))} ({digits(statistics.median(numbers))})"


def speed_line(row: Speed) -> list[str]:
    ratio = min(row.theirs) / min(row.ns) if row.theirs else 0.0
    found = f"{ratio:,.{0 if ratio >= 100 else 1}f} times faster" if ratio >= 1 else ""
    if 0 < ratio < 1:
        found = f"{1 / ratio:.2f} times slower"
    beside = row.beside if row.theirs else ""
    rate = f"{1e3 / min(row.ns):.1f} million" if row.cpu else ""
    return [row.work, short(row.ns), rate, beside, short(row.theirs), found, reach(row)]


def page(found: list[Row], profiles: dict[str, list[tuple[str, float]]], shares: float) -> str:
    busy = f"Other programs took {shares:.0%} of its processor time meanwhile."
    out = [f"Machine: {describe()} {busy}", ""]
    speeds = [row for row in found if isinstance(row, Speed)]
    figures = [row for row in found if isinstance(row, Figure)]
    if speeds:
        head = "work|ns a step|steps a CPU second|beside|its ns a step|ours is|reach"
        out += table(head.split("|"), map(speed_line, speeds))
    if figures:
        lines = [[row.what, row.figure, reach(row)] for row in figures]
        out += table(["what", "measured", "reach"], lines)
    for model, stages in profiles.items():
        lines = [[stage, f"{ns:.1f}"] for stage, ns in stages]
        out += table([f"{model}: stage", "ns a step"], lines)
    return "\n".join(out).rstrip()


def main() -> None:
    names = [*ROWS, "stages"]
    some = {"nargs": "+", "choices": names, "metavar": "ROW"}
    some["help"] = f"measure these rows: {', '.join(names)}"
    args = common.options(
        __doc__, "benchmarks.md", only=some, repeats={"type": int, "default": None, "help": "[9]"}
    )
    how = How.quick() if args.quick else How()
    how.repeats = args.repeats or how.repeats
    others = OtherPrograms()
    found: list[Row] = []
    for name, measure in ROWS.items():
        if name in (args.only or ROWS) and not (args.quick and name == "compare"):
            for row in measure(how):
                print(f"{name}: {row}", file=sys.stderr, flush=True)
                found.append(row)
    wanted = not args.only or "stages" in args.only
    profiles = {name: measure() for name, measure in MODELS.items()} if wanted else {}
    text = page(found, profiles, others.share())
    common.show(text, "benchmarks.md", "table", write=args.write)


if __name__ == "__main__":
    main()
