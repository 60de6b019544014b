"""Measure the promised speed and size, and print them as a table in Markdown.

Usage: ``python tools/benchmark_table.py [--repeats 15] [--no-memory] [--compare]``. ``--compare``
also runs the default comparison, about a minute. What is compared is measured in turn, in the same
run; the fastest of the repeats is given, since other programs can only add time, and the median in
brackets.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))
COMMANDS = ("", "run", "compare", "report", "landscape", "species", "schema")
CLI = [sys.executable, "-m", "corridor_sim"]


def row(what: str, figure: str, target: str, command: str = "") -> None:
    print(f"| {what} | {figure} | {target} | {f'`{command}`' if command else ''} |", flush=True)


def ns(times: list[float]) -> str:
    return f"{min(times) * 1e9:.0f} ns ({statistics.median(times) * 1e9:.0f})"


def movement(repeats: int) -> None:
    """Time the kernel on one and two threads, and the plain model, in turn."""
    from bench_world import Kernel, alternate
    from plain_mesa import PlainModel, plain_seconds_per_step

    kernel = Kernel()
    start = kernel.start
    model = PlainModel(kernel.fields, start.x[:1000], start.y[:1000], rng=1)
    one, two, plain = alternate(
        repeats,
        lambda: kernel.seconds_per_step(1),
        lambda: kernel.seconds_per_step(2),
        lambda: plain_seconds_per_step(model),
    )
    pairs = [a / b for a, b in zip(one, two, strict=True)]
    command = "python tools/benchmark_table.py"
    row("one step, one thread", ns(one), "at most 167 ns", command)
    row("steps a second, one thread", f"{1e-6 / min(one):.1f} million", "6 million", command)
    row("one step, two threads", ns(two), "", command)
    speedup = f"{min(one) / min(two):.2f} x (median of pairs {statistics.median(pairs):.2f})"
    row("two threads against one", speedup, "1.8 x", command)
    row("one step, plain Mesa model", ns(plain), "", command)
    row("plain Mesa against one thread", f"{min(plain) / min(one):.0f} x", "", command)
    row("plain Mesa against two threads", f"{min(plain) / min(two):.0f} x", "300 x", command)


def start_up(repeats: int) -> None:
    """Time ``--help`` of the program and of each command."""
    for name in COMMANDS:
        words = [*([name] if name else []), "--help"]
        times = []
        for _ in range(repeats):
            begin = time.perf_counter()
            done = subprocess.run([*CLI, *words], capture_output=True, check=False)
            times.append(time.perf_counter() - begin)
        if done.returncode == 0:
            figure = f"{min(times):.2f} s ({statistics.median(times):.2f})"
            row(
                f"start of {name or 'the program'}",
                figure,
                "0.3 s",
                " ".join(["corridor-sim", *words]),
            )


def timed_run(words: list[str], folder: str) -> tuple[float, float]:
    """Return seconds and peak MB of one command in a process of its own."""
    begin = time.perf_counter()
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    code = subprocess.run(
        [*CLI, *words, "--out", folder, "--quiet"], env=env, check=False
    ).returncode
    if code:
        raise SystemExit(f"corridor-sim {' '.join(words)} ended with {code}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.perf_counter() - begin, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--compare", action="store_true")
    args = parser.parse_args()
    print("| what | figure | target | command |\n|---|---|---|---|")
    start_up(3)
    if not args.no_memory:
        words = ["run", "scenarios/baseline.toml", "--set", "landscape.cell_m=500"]
        words += ["--set", "days=5", "--replicates", "1"]
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(ROOT)
            _, peak = timed_run(words, f"{folder}/out")
        row(
            "peak memory, 500 m cells",
            f"{peak:.0f} MB",
            "2000 MB",
            "corridor-sim " + " ".join(words),
        )
    if args.compare:
        words = ["compare", "experiments/fragmentation_and_climate.toml"]
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(ROOT)
            seconds, _ = timed_run(words, f"{folder}/out")
        row("default comparison", f"{seconds:.0f} s", "90 s", "corridor-sim " + " ".join(words))
    movement(args.repeats)


if __name__ == "__main__":
    main()
