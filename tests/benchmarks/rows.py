"""The rows of the benchmark table: each function measures one of them and says how it went.

Whatever is compared is measured in turn, in the same run. The fastest of the repeats is given,
since other programs can only add time, and the median in brackets; ratios of two of our own runs
are medians over pairs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench_world import Kernel, alternate
from compiling import compile_seconds
from in_c import have_compiler
from machine import memory_free_gb
from plain_mesa import PlainModel, plain_seconds_per_step
from usual_mesa import UsualModel
from works import TILE, Work, random_walk_work, selection_work, sms_work

SHAPE = (TILE, TILE)
ANIMALS = 10_000
LARGE = Path(__file__).parent / "large.py"
LIMIT_MB = 3000
HUGE_GB = {"sms": 8.0, "selection": 4.0}


@dataclass
class Speed:
    """Nanoseconds a step, beside another program's of the same run: a constant is no comparison."""

    work: str
    ns: list[float]
    beside: str = ""
    theirs: list[float] = field(default_factory=list)
    reach: str = ""
    met: bool = True
    cpu: bool = True  # or wall time


@dataclass
class Figure:
    """Any other figure."""

    what: str
    figure: str
    reach: str = ""
    met: bool = True


@dataclass
class How:
    """How often, how far and how large."""

    repeats: int = 9
    steps: int = 1000
    large: tuple[int, int] = (5400, 6600)
    large_animals: int = 50_000
    huge: tuple[int, int] = (10_000, 10_000)

    @classmethod
    def quick(cls) -> How:
        return cls(2, 200, (1200, 1500), 5000, (1500, 1500))


Row = Speed | Figure


def _beside_c(work: Work, how: How) -> tuple[list[float], list[float]]:
    work.cpu_ns()  # compiles
    if work.in_c is None:
        (ours,) = alternate(how.repeats, work.cpu_ns)
        return ours, []
    ours, theirs = alternate(how.repeats, work.cpu_ns, work.in_c)
    return ours, theirs


def _folder(name: str) -> Path | None:
    return Path(name) if have_compiler() else None


def walk(how: How) -> Iterator[Row]:
    """Random walk beside C."""
    with tempfile.TemporaryDirectory() as name:
        work = random_walk_work(SHAPE, ANIMALS, how.steps, folder=_folder(name))
        ours, theirs = _beside_c(work, how)
    yield Speed("random walk, 8 neighbours", ours, "C", theirs, "at most 60 ns", min(ours) <= 60)


def sms(how: How) -> Iterator[Row]:
    """SMS beside C, warm and cold."""
    for sees in (1, 3, 5):
        with tempfile.TemporaryDirectory() as name:
            work = sms_work(SHAPE, ANIMALS, how.steps, perceptual_range=sees, folder=_folder(name))
            ours, theirs = _beside_c(work, how)
        cold = [ns + work.setup_ns for ns in ours]
        what = f"SMS, range {sees}, persistence 5 from 3 moves"
        yield Speed(
            f"{what}, warm", ours, "C, weights ready", theirs, "at most 90 ns", min(ours) <= 90
        )
        yield Speed(f"{what}, cold", cold)


def selection(how: How) -> Iterator[Row]:
    """Step selection beside C, and with everything on."""
    with tempfile.TemporaryDirectory() as name:
        work = selection_work(SHAPE, ANIMALS, how.steps // 5, folder=_folder(name))
        ours, theirs = _beside_c(work, how)
    what = "step selection, 10 candidates"
    yield Speed(what, ours, "C, tables, no draws keyed", theirs, "at most 130 ns", min(ours) <= 130)
    (ours,) = alternate(how.repeats, Kernel().cpu_ns)
    yield Speed(
        f"{what}; pull, barriers, core areas, hazards, all tallies",
        ours,
        reach="at most 130 ns",
        met=min(ours) <= 130,
    )


def mesa(how: How) -> Iterator[Row]:
    """The same step in two plain Mesa models."""
    kernel = Kernel()
    x, y = kernel.start.x[:1000], kernel.start.y[:1000]
    plain, usual = (style(kernel.fields, x, y, rng=1) for style in (PlainModel, UsualModel))
    one, fast, slow = alternate(
        how.repeats,
        kernel.cpu_ns,
        lambda: plain_seconds_per_step(plain, time.process_time) * 1e9,
        lambda: plain_seconds_per_step(usual, time.process_time) * 1e9,
    )
    what = "step selection, everything on"
    for style, theirs in (("usual numpy style", slow), ("tuned by hand", fast)):
        yield Speed(
            what, one, f"Mesa, {style}", theirs, "300 times faster", min(theirs) / min(one) >= 300
        )
    two, fast = alternate(
        how.repeats,
        lambda: kernel.seconds_per_step(2) * 1e9,
        lambda: plain_seconds_per_step(plain) * 1e9,
    )
    yield Speed(f"{what}, two threads, wall time", two, "Mesa, tuned by hand", fast, cpu=False)


def threads(how: How) -> Iterator[Row]:
    """Two threads against one, in pairs."""
    kernel = Kernel()
    runs: dict[str, Callable[[int], float]] = {
        "step selection": kernel.seconds_per_step,
        "random walk": random_walk_work(SHAPE, ANIMALS, how.steps).wall_ns,
        "SMS, range 5": sms_work(SHAPE, ANIMALS, how.steps).wall_ns,
    }
    for name, run in runs.items():
        run(2)
        one, two = alternate(how.repeats, lambda run=run: run(1), lambda run=run: run(2))
        gain = statistics.median(a / b for a, b in zip(one, two, strict=True))
        best = min(one) / min(two)
        yield Figure(
            f"two threads against one, {name}",
            f"{gain:.2f} x (of the fastest: {best:.2f})",
            "1.85 x",
            max(gain, best) >= 1.85,
        )


def tallies(how: How) -> Iterator[Row]:
    """Everything counted against nothing."""
    kernel = Kernel()
    on, off = alternate(how.repeats, kernel.cpu_ns, lambda: kernel.cpu_ns(counted=False))
    yield _on_off("step selection: visits, crossings, core areas, deaths", on, off)
    for name, make in (("random walk", random_walk_work), ("SMS, range 5", sms_work)):
        with_counts = make(SHAPE, ANIMALS, how.steps, counted=True)
        without = make(SHAPE, ANIMALS, how.steps)
        with_counts.cpu_ns()
        on, off = alternate(how.repeats, with_counts.cpu_ns, without.cpu_ns)
        yield _on_off(f"{name}: visits, flux of each edge", on, off)


def _on_off(what: str, on: list[float], off: list[float]) -> Figure:
    ratio = statistics.median(a / b for a, b in zip(on, off, strict=True))
    return Figure(
        f"tallies on against off, {what}", f"{ratio:.2f} x", "at most 1.3 x", ratio <= 1.3
    )


def _elsewhere(
    model: str, shape: tuple[int, int], n: int, steps: int, repeats: int, folder: str = ""
) -> dict[str, list[float]] | int:
    """Return what :mod:`large` prints, or how it ended."""
    words = [model, *shape, n, steps, repeats, *([folder] if folder else [])]
    done = subprocess.run(
        [sys.executable, str(LARGE), *map(str, words)], stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        return done.returncode
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def large(how: How) -> Iterator[Row]:
    """The corridor at 90 m: time against the small raster, and peak memory."""
    size = f"{how.large[0]} x {how.large[1]} cells, {how.large_animals:,} animals"
    for model, name, steps in (
        ("everything", "step selection, everything on", how.steps // 5),
        ("far steps", "the same with steps of 13 cells (1.2 km)", how.steps // 10),
        ("sms", "SMS, range 5", how.steps),
        ("random walk", "random walk", how.steps),
    ):
        found = _elsewhere(model, how.large, how.large_animals, steps, max(2, how.repeats // 3))
        if isinstance(found, int):
            yield Figure(f"{name}, {size}", f"ended with {found}", met=False)
            continue
        ratio = min(found["large"]) / min(found["small"])
        yield Speed(
            f"{name}, {size}",
            found["large"],
            "ours, 1000 x 1000, 10,000",
            found["small"],
            "at most 2.5 times slower",
            ratio <= 2.5,
        )
        peak: float = found["peak_mb"]
        yield Figure(
            f"peak memory, {name}, {size}", f"{peak:.0f} MB", f"{LIMIT_MB} MB", peak <= LIMIT_MB
        )


def huge(how: How) -> Iterator[Row]:
    """A raster far beyond every cache, beside C."""
    for model, name in (("sms", "SMS, range 5"), ("selection", "step selection, 10 candidates")):
        what = f"{name}, {how.huge[0]} x {how.huge[1]} cells"
        if memory_free_gb() < HUGE_GB[model] or not have_compiler():
            yield Figure(what, f"not measured: it takes {HUGE_GB[model]:.0f} GB and gcc")
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = _elsewhere(
                model, how.huge, ANIMALS, how.steps // 2, max(2, how.repeats // 3), folder
            )
        if isinstance(found, int):
            yield Figure(what, f"ended with {found}", met=False)
        else:
            yield Speed(what, found["large"], "C", found["in_c"])


def compiling(how: How) -> Iterator[Row]:
    """All kernels compiled, and taken from cache."""
    nothing, cache = compile_seconds()
    yield Figure(
        "compiling all movement kernels from nothing, processor time",
        f"{nothing[0]:.1f} s",
        "20 s",
        nothing[0] <= 20,
    )
    yield Figure("the same from cache, processor time", f"{cache[0]:.2f} s", "1 s", cache[0] <= 1)
