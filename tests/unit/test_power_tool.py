"""The table of power reads the runs that ranked the links, whatever set was chosen after that."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from corridor_sim.links.files import write_result
from oracles.link_country import ranked, write_links

PROCEDURE = """
indifference = 0.02
first_replicates = 5
batch = 1
budget_runs = 20
pairs_runs = 5
confirm_replicates = 3
"""


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    return importlib.import_module("link_power_table")


@pytest.mark.parametrize(
    ("names", "budget", "bought"),
    [
        # one link, whose fresh replicates come after some that it has not; none; all
        (("pass", "away"), 4, ["pass"]),
        (("half-way", "away"), 4, []),
        (("pass", "left"), 9, ["pass", "left"]),
    ],
)
def test_the_table_is_made_after_any_choice(
    tmp_path: Path,
    tool: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    names: tuple[str, ...],
    budget: float,
    bought: list[str],
) -> None:
    path = write_links(
        tmp_path, names, days=60, count=3000, links=f"budget = {budget}", procedure=PROCEDURE
    )
    result, evaluator = ranked(path, tmp_path / "out")
    assert result.chosen is not None
    assert [names[i] for i in result.chosen.links] == bought
    write_result(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))
    folder = evaluator.study.out
    values, _ = tool.benefits(folder)
    assert np.isfinite(values).sum(axis=1).tolist() == result.ranking.replicates.tolist()
    assert np.nanmean(values, axis=1) == pytest.approx(result.ranking.mean)
    monkeypatch.setattr("sys.argv", ["link_power_table.py", str(folder)])
    assert tool.main() == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{len(names)} links, ")
    assert ("they never differed" in printed) == (not bought)


@pytest.mark.parametrize("text", [None, "{", "[]", '{"links": 3}', '{"links": [{"name": "a"}]}'])
def test_a_folder_without_a_finished_ranking_is_refused_in_one_line(
    tmp_path: Path, tool: ModuleType, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "links.json").write_text(text, encoding="utf-8")
    with pytest.raises(tool.ResultsError, match=r"links\.json: cannot be read .*links rank"):
        tool._ranked(tmp_path)
    (tmp_path / "links.json").write_text(
        json.dumps({"links": [{"name": "a", "replicates": 3}]}), encoding="utf-8"
    )
    with pytest.raises(tool.ResultsError, match="fewer than two links"):
        tool._ranked(tmp_path)
