"""The tutorials as notebooks: run, and written with what comes out.

    python tools/notebooks.py build/notebooks                 # every tutorial
    python tools/notebooks.py build/notebooks first-comparison

Sources are Markdown that Jupyter opens as notebooks where jupytext is installed. A cell that fails
ends with exit code 1, unless it is there to show a mistake (tag ``raises-exception``).
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "docs" / "tutorials"
SLOWEST_CELL_S = 300


def tutorials() -> dict[str, Path]:
    """Return the sources of all tutorials that are notebooks, by name."""
    found = sorted(SOURCES.glob("*.md"))
    return {one.stem: one for one in found if one.read_text("utf-8").startswith("---\njupytext:")}


def executed(source: Path) -> nbformat.NotebookNode:
    """Run a notebook from its source, in its folder, and return it with its outputs."""
    book = jupytext.read(source)
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    resources = {"metadata": {"path": str(source.parent)}}
    NotebookClient(book, timeout=SLOWEST_CELL_S, resources=resources).execute()
    return book


def main(words: list[str]) -> int:
    if not words or words[0].startswith("-"):
        print(__doc__)
        return 2
    out, names = Path(words[0]), words[1:] or list(tutorials())
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        began = perf_counter()
        try:
            book = executed(tutorials()[name])
        except CellExecutionError as bad:
            print(f"{name}: {bad}", file=sys.stderr)
            return 1
        nbformat.write(book, out / f"{name}.ipynb")
        print(f"{out / f'{name}.ipynb'}: {perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
