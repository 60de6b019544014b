"""The list of what is broken on purpose fits the code; a sample of it is broken, and noticed.

The whole list: ``python tools/sabotage.py``, which takes hours.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from oracles.tools import tool

TOOL = tool("sabotage")
# one of each kind: a kernel, its tables, walks, the life cycle, genes, the changing landscape
SAMPLE = (
    "stream and purpose share bits",
    "angles at the edges of their bins",
    "costs of the cell instead of its neighbours",
    "sampling always starts at a half",
    "relatedness for kinship",
    "strict protection is not strict",
)
TEST = "tests/unit/test_genes_drop.py::test_kinship_of_hand"


def entry(old: str, new: str = "x", *, module: str = "genetics.kinship", test: str = TEST) -> str:
    name = f"corridor_sim.{module}"
    return f"[{name!r}.'a word']\nold = {old!r}\nnew = {new!r}\ntests = [{test!r}]\n"


def test_every_text_occurs_once_and_every_test_is_there() -> None:
    found = TOOL.read(TOOL.LIST.read_text(encoding="utf-8"))
    assert len(found) == len({one.what for one in found})
    assert {one.what for one in found} >= set(SAMPLE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (entry("import"), r"corridor_sim.genetics.kinship: a word: \d+ times 'import'"),
        (entry("no such text"), "0 times 'no such text'"),
        (entry(""), "0 times ''"),
        (entry(".toarray() / 2", ".toarray() / 2"), "1 times"),
        (entry(".toarray() / 2", module="genetics.gone"), "0 times"),
        (entry(".toarray() / 2", module="gone.kinship"), "0 times"),
        (entry(".toarray() / 2", test=f"{TEST}_no"), "no test tests/unit"),
        (entry(".toarray() / 2", test="tests/gone.py"), r"no test tests/gone.py"),
        (entry(".toarray() / 2").replace(f"'{TEST}'", ""), "no test named"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(text: str, why: str) -> None:
    TOOL.read(entry(".toarray() / 2"))
    with pytest.raises(ValueError, match=why):
        TOOL.read(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("new", "said"),
    [(".toarray() / 2.0", TEST), (".toarray() / (", "pytest ended with ")],
    ids=["no change", "no Python"],
)
def test_what_no_test_can_tell_apart_goes_unnoticed(new: str, said: str, tmp_path: Path) -> None:
    (one,) = TOOL.read(entry(".toarray() / 2", new))
    (line,) = TOOL.unnoticed(one, tmp_path)
    assert line.startswith(said)


@pytest.mark.slow
@pytest.mark.parametrize("what", SAMPLE)
def test_a_sabotage_is_noticed(what: str, tmp_path: Path) -> None:
    (one,) = (s for s in TOOL.read(TOOL.LIST.read_text(encoding="utf-8")) if s.what == what)
    assert TOOL.unnoticed(one, tmp_path) == []
