"""Ranking links from the command line: interrupted, called again, and read by other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from corridor_sim.cli import INTERRUPTED, main
from corridor_sim.study import running
from oracles.link_country import write_links

NAMES = ("pass", "away", "outer", "inner")
PROCEDURE = """
indifference = 0.2
first_replicates = 5
batch = 2
budget_runs = 33
pairs_runs = 15
confirm_replicates = 3
"""
TEXTS = (
    "links.json", "ranking.csv", "frontier.csv", "pairs.csv", "reference.csv", "links.qml",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    # a short stay and few animals: here only the bookkeeping is asked about
    write_links(
        tmp_path, NAMES, days=30, count=3000, scale=10.0, links="budget = 8", procedure=PROCEDURE
    )
    return tmp_path


def rank(out: str) -> int:
    words = ["links", "rank", "links.toml", "--out", out, "--workers", "1", "--threads", "1"]
    return main([*words, "--quiet"])


def stop_after(monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
    """Press Ctrl-C when so many runs are done."""
    done = running.Bench.do
    left = [runs]

    def do(self: Any, *given: Any, **named: Any) -> Any:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return done(self, *given, **named)

    monkeypatch.setattr(running.Bench, "do", do)


def texts(out: str) -> dict[str, bytes]:
    return {name: Path(out, name).read_bytes() for name in TEXTS}


def test_an_interrupted_ranking_goes_on_and_ends_with_the_same_bytes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank("whole") == 0
    total = int(json.loads(texts("whole")["links.json"])["runs"])
    # in the first look, half way, and while the chosen set is confirmed
    for runs in (7, total // 2 - 7, total - total // 2 - 2):
        with pytest.MonkeyPatch.context() as patch:
            stop_after(patch, runs)
            assert rank("broken") == INTERRUPTED
        assert not Path("broken/links.json").exists()
    capsys.readouterr()
    assert rank("broken") == 0
    assert texts("broken") == texts("whole")
    runs = {path.name for path in Path("whole/runs").iterdir()}
    assert {path.name for path in Path("broken/runs").iterdir()} == runs
    # once more: nothing is simulated again, nothing changes
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, 0)
        assert rank("broken") == 0
    assert texts("broken") == texts("whole")


def test_the_files_hold_the_same_numbers(folder: Path) -> None:
    import pyogrio

    assert rank("out") == 0
    data = json.loads(Path("out/links.json").read_text("utf-8"))
    found = data["links"]
    assert [one["rank"] for one in found] == list(range(1, len(NAMES) + 1))
    assert found[0]["name"] == "pass"
    assert set(data["chosen"]["links"]) == {"pass", "outer", "inner"}
    assert data["chosen"]["cost"] == 7.0
    assert data["runs"] == len(list(Path("out/runs").glob("*.npz")))
    with Path("out/ranking.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [one["name"] for one in found]
    assert [float(row["benefit"]) for row in rows] == [one["benefit"] for one in found]
    meta, _, shapes, columns = pyogrio.raw.read("out/links.gpkg")
    table = dict(zip(meta["fields"], columns, strict=True))
    assert list(table["name"]) == list(NAMES)
    by_name = {one["name"]: one for one in found}
    for i, name in enumerate(NAMES):
        one = by_name[name]
        assert (table["rank"][i], table["cost"][i]) == (one["rank"], one["cost"])
        assert table["benefit"][i] == one["benefit"]
        assert bool(table["chosen"][i]) == (name in data["chosen"]["links"])
    assert len(shapes) == len(NAMES)
    assert 'attr="benefit"' in Path("out/links.qml").read_text("utf-8")
    _valid_xml(Path("out/links.qml").read_text("utf-8"))


def _valid_xml(text: str) -> None:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(text.partition("\n")[2])
    classes: Sequence[Any] = root.findall(".//range")
    edges = [(float(one.get("lower", "nan")), float(one.get("upper", "nan"))) for one in classes]
    assert all(low < high for low, high in edges)
    assert all(a[1] == b[0] for a, b in pairwise(edges))
