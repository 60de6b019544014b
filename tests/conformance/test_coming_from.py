"""The examples for users of other programs run as they stand, each page in a folder of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["other-programs", *(path.stem for path in sorted(DOCS.glob("coming-from-*.md")))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# what every page for users of a program tells
HEADINGS = ("Words", "Files", "Ten lines", "What is the same", "What is different")
HEADINGS += ("What we do not have",)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall((DOCS / f"{page}.md").read_text("utf-8"))
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)


@pytest.mark.parametrize("page", PAGES[1:])
def test_a_page_tells_what_it_should(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(HEADINGS)


def test_there_is_a_page_for_each_program() -> None:
    programs = ("amt", "circuitscape", "graphab", "mesa", "rangeshifter")
    assert PAGES[1:] == [f"coming-from-{name}" for name in programs]
