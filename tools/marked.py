"""Text that a tool writes into a page, between two markers."""

from __future__ import annotations

from pathlib import Path


def show(text: str, page: Path, name: str, *, write: bool) -> None:
    """Print a text or, with ``write``, put it between the page's two markers of that name."""
    if not write:
        print(text)
        return
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
