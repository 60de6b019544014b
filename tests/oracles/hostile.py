"""Hostile input: cases thrown at whatever reads it, and how each may end.

A generator yields :class:`Case` for ever, drawn from the random numbers it is given, so that a seed
and a number name one case. A case may succeed or be refused by one line; everything else is a
fault. Further generators are modules of their own whose names stand in ``GENERATORS``.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from corridor_sim import CorridorSimError
from corridor_sim.errors import is_seen

# name, module and function ``(random.Random, Path) -> Iterator[Case]``, cases of the fast tier
GENERATORS: dict[str, tuple[str, int]] = {
    "settings": ("oracles.hostile_settings:cases", 800),
    "code_tables": ("oracles.hostile_code_tables:cases", 400),
    "words": ("oracles.hostile_words:cases", 400),
    "tracks": ("oracles.hostile_tracks:cases", 200),
    "alternatives": ("oracles.hostile_alternatives:cases", 150),
    "formats": ("oracles.hostile_formats:cases", 300),
}
# how long the slow tier of tests/hostile goes on in all, and from which seed it draws
SECONDS = float(os.environ.get("HOSTILE_SECONDS", "240"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
# the kinds of results folders that tests/hostile/test_results_folders.py changes
FOLDERS = ("days", "decades", "sweep", "sensitivity", "links")
LIMIT_S = 20.0
LIMIT_BYTES = 2e9
LONGEST_LINE = 2000


@dataclass(frozen=True)
class Case:
    """One input: how it is made, in words, and what reads it."""

    told: str
    do: Callable[[], Any]


@dataclass(frozen=True)
class Thrown:
    """What became of all cases."""

    refused: int
    passed: int
    faults: tuple[str, ...]


class TooSlow(BaseException):
    """The case took longer than it may."""


def share_s() -> float:
    """Seconds of each generator and of each kind of results folder, which have equal shares."""
    return SECONDS / (len(GENERATORS) + len(FOLDERS))


def generator(name: str) -> Callable[[random.Random, Path], Iterator[Case]]:
    module, function = GENERATORS[name][0].split(":")
    found: Callable[[random.Random, Path], Iterator[Case]] = getattr(
        import_module(module), function
    )
    return found


def line_fault(bad: CorridorSimError) -> str | None:
    """What is wrong with the one line of a refusal."""
    line = str(bad)
    if not is_seen(line):
        return f"not printable: {line!r}"
    for word in ("Traceback", "pydantic", "validation error", "For further information"):
        if word in line:
            return f"{word} in {line!r}"
    if not line.strip() or len(line) > LONGEST_LINE:
        return f"a line of {len(line)} characters"
    return None


def peak_bytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def fault_of(case: Case, limit_s: float = LIMIT_S) -> tuple[str, bool]:
    """The fault of one case, empty where there is none, and whether it was refused."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    peak, began = peak_bytes(), monotonic()
    refused = False
    fault = ""
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        case.do()
    except CorridorSimError as bad:
        refused = True
        fault = line_fault(bad) or ""
    except TooSlow:
        fault = f"longer than {limit_s:g} s"
    except Exception as bad:
        last = traceback.extract_tb(bad.__traceback__)[-1]
        ours = [f for f in traceback.extract_tb(bad.__traceback__) if "corridor_sim" in f.filename]
        at = ours[-1] if ours else last
        fault = f"{type(bad).__name__}: {str(bad)[:200]} in {Path(at.filename).name}:{at.lineno}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    took = monotonic() - began
    if not fault and took > limit_s:
        fault = f"took {took:.0f} s"
    if not fault and peak_bytes() - peak > LIMIT_BYTES:
        fault = f"took {(peak_bytes() - peak) / 1e9:.1f} GB more"
    return fault, refused


def throw(
    name: str, folder: Path, *, seed: int, most: int | None = None, seconds: float | None = None
) -> Thrown:
    """Throw cases of a generator, so many or for so long, and return what became of them."""
    refused = passed = 0
    faults: list[str] = []
    began = monotonic()
    for number, case in enumerate(generator(name)(random.Random(f"{name} {seed}"), folder)):
        if (most is not None and number >= most) or (
            seconds is not None and monotonic() - began > seconds
        ):
            break
        fault, was_refused = fault_of(case)
        refused += was_refused
        passed += not (was_refused or fault)
        if fault:
            faults.append(f"seed {seed}, case {number}: {case.told[:300]}: {fault}")
    return Thrown(refused, passed, tuple(faults))
