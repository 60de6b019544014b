"""Break the code on purpose, one line at a time, and see that the tests notice.

Usage: ``python tools/sabotage.py [WORD ...]``. ``sabotage.toml`` lists what is broken, each with
the tests that must notice; with words, those are taken whose module or description holds one of
them (``kernels``, ``decades``, ``genetics``). The package is copied to a temporary folder first;
nothing here is changed. Exit code 1 if a sabotage went unnoticed, 2 if the list no longer fits.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".toml")


class Sabotage(NamedTuple):
    """One text of a module changed, and the tests that must each fail because of it."""

    module: str
    what: str
    old: str
    new: str
    tests: list[str]


def source_of(module: str) -> Path | None:
    """Return the file of a module by its dotted name, None where there is none."""
    with suppress(ModuleNotFoundError):
        spec = find_spec(module)
        return Path(spec.origin) if spec and spec.origin else None
    return None


def read(text: str) -> list[Sabotage]:
    """Return the sabotages of a list; those that no longer fit the code are refused.

    Raises
    ------
    ValueError
        A module or test is not there, or a text does not occur exactly once in its module.
    """
    found, wrong = [], []
    for module, entries in tomllib.loads(text).items():
        path = source_of(module)
        source = path.read_text(encoding="utf-8") if path else ""
        for what, entry in entries.items():
            one = Sabotage(module, what, **entry)
            found.append(one)
            n = source.count(one.old) if one.old else 0
            if n != 1 or one.new == one.old:
                wrong.append(f"{module}: {what}: {n} times {one.old!r}, which must occur once")
            for test in one.tests:
                file, _, name = test.partition("::")
                there = ROOT / file
                if not there.is_file() or f"def {name}" not in there.read_text(encoding="utf-8"):
                    wrong.append(f"{module}: {what}: no test {test}")
            if not one.tests:
                wrong.append(f"{module}: {what}: no test named")
    if wrong:
        raise ValueError("\n".join(wrong))
    return found


def unnoticed(one: Sabotage, cache: Path) -> list[str]:
    """Return the tests that should have failed and did not; ``cache`` keeps compiled kernels."""
    package, target = source_of(one.module.split(".")[0]), source_of(one.module)
    if package is None or target is None:
        raise ValueError(f"{one.module} is not there")
    here = package.parent
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / here.name
        shutil.copytree(here, copy, ignore=shutil.ignore_patterns("__pycache__"))
        broken = copy / target.relative_to(here)
        text = broken.read_text(encoding="utf-8")
        broken.write_text(text.replace(one.old, one.new), encoding="utf-8")
        environment = {"PYTHONPATH": folder, "NUMBA_CACHE_DIR": str(cache)}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        files = sorted({test.split("::")[0] for test in one.tests})
        names = " or ".join(test.split("::")[-1].split("/")[-1] for test in one.tests)
        options = ["-q", "-m", "", "-k", names, "-p", "no:cacheprovider"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *files],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in (0, 1):  # a crash, or nothing to run
        return [f"pytest ended with {done.returncode}: {done.stderr[-300:]}"]
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return [test for test in one.tests if not any(test in line for line in failed)]


def main(words: list[str]) -> int:
    """Break the code in each way that one of the words names, or in all."""
    try:
        every = read(LIST.read_text(encoding="utf-8"))
    except ValueError as bad:
        print(bad, file=sys.stderr)
        return 2
    chosen = [s for s in every if not words or any(w in f"{s.module}: {s.what}" for w in words)]
    missed = 0
    with tempfile.TemporaryDirectory() as cache:
        for one in chosen:
            quiet = unnoticed(one, Path(cache))
            missed += bool(quiet)
            verdict = "UNNOTICED" if quiet else "noticed"
            print(f"{verdict}: {one.module}: {one.what}", *quiet, sep="\n    ", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} sabotages noticed by every test named")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
