"""Break the code on purpose, one line at a time, and see that the tests notice.

Each ``tools/sabotage_*.py`` holds a list of lines to break, each with the tests that must notice,
and runs it from here. ``python tools/sabotage_NAME.py [word]`` takes its whole list, or those whose
description contains the word. The package is copied to a temporary folder first; nothing here is
changed. Exit code 1 if a sabotage went unnoticed or no longer applies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "corridor_sim"

# where the tests of the kernels are
V = "tests/verification/test_"
U = "tests/unit/test_kernels_"


class Sabotage(NamedTuple):
    """One line changed, and the tests that must each fail because of it."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def unnoticed(sabotage: Sabotage, folder: Path, cache: Path) -> list[str]:
    """Return the tests that should have failed and did not, or why the sabotage does not apply."""
    source = folder / "src" / "corridor_sim"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = source / sabotage.file
    text = target.read_text(encoding="utf-8")
    if sabotage.old not in text:
        return [f"{sabotage.file} has no {sabotage.old!r}"]
    target.write_text(text.replace(sabotage.old, sabotage.new), encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "src"),
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    files = sorted({test.split("::")[0] for test in sabotage.tests})
    names = " or ".join(test.split("::")[-1].split("/")[-1] for test in sabotage.tests)
    options = ["-q", "-m", "", "-k", names, "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return [test for test in sabotage.tests if not any(test in line for line in failed)]


def main(sabotages: Sequence[Sabotage]) -> int:
    """Break the code in each way whose name holds the word given; 1 if a test did not notice."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [s for s in sabotages if word in s.what]
    missed = 0
    with tempfile.TemporaryDirectory() as cache:
        for sabotage in chosen:
            with tempfile.TemporaryDirectory() as folder:
                quiet = unnoticed(sabotage, Path(folder), Path(cache))
            missed += bool(quiet)
            print(f"{'UNNOTICED' if quiet else 'noticed'}: {sabotage.what}", *quiet, sep="\n    ")
            sys.stdout.flush()
    print(f"{len(chosen) - missed} of {len(chosen)} sabotages noticed by every test named")
    return int(missed > 0)
