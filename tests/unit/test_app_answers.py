"""Answers on what was drawn: they grow, are kept, are given up, and let quick ones go ahead."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.app.answers import GROWING, IN_STEPS, Answers
from corridor_sim.app.engine import Engine
from corridor_sim.app.replies import Refused
from corridor_sim.app.tasks import Tasks
from corridor_sim.app.web import make_web
from corridor_sim.app.work import Work
from oracles.asked import Asker

PATIENCE_S = 60.0


class Quick:
    """Answers at once, from tables of one row; warming by more than 5 degrees takes long."""

    land = SimpleNamespace(grid=None)
    # what a run is told by
    identity, replicates, dispersers, level = "made up", GROWING[-1], 500, 0.95
    resolved = cs.Scenario(name="Today")

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        # holds the work before an answer of so many replicates
        self.gate: dict[int, threading.Event] = {}

    def seconds_for(self, edits: Sequence[Any], replicates: int) -> float:
        return replicates * (1.0 if edits[0].degrees_c > 5 else 0.001)

    def effects(
        self, edits: Sequence[Any], *, name: str, replicates: Sequence[int]
    ) -> Iterator[Any]:
        if edits[0].degrees_c == 0.5:
            raise cs.CorridorSimError("changes nothing", where=name)
        if edits[0].degrees_c == 0.25:
            raise ZeroDivisionError
        for n in replicates:
            if n in self.gate:
                assert self.gate[n].wait(PATIENCE_S)
            self.asked.append((name, n))
            tables = dict.fromkeys(
                ("outcomes", "pairs", "totals", "animals"), pd.DataFrame({"low": [np.nan]})
            )
            yield SimpleNamespace(
                replicates=n, seconds=0.1, concerned={"a": 0.5}, area_km2=float("nan"), **tables
            )

    def choose(
        self, given: dict[str, Any], budget: float, *, weights: Any, progress: Callable[[str], Any]
    ) -> Any:
        for name in given:
            progress(f"{name}: replicates 1 to 10")
        parts = "cost budget benefit low high regret settled replicates check seconds sentence"
        tables = {"sets": pd.DataFrame(), "alone": pd.DataFrame()}
        return SimpleNamespace(names=tuple(given), **dict.fromkeys(parts.split(), 1.0), **tables)


class Page:
    """What stands behind a page, without a landscape."""

    def __init__(self, folder: Path) -> None:
        self.tasks, self.evaluator = Tasks(), Quick()
        self.work = Work.opened(folder)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.answers = Answers(self.tasks, self.work, self.evaluator)  # type: ignore[arg-type]  # what it asks of one
        # addresses of runs need a landscape
        self.answers.runs = SimpleNamespace(keep=lambda *_: None)  # type: ignore[assignment]  # its one call
        self.tasks.listen(self._hear)
        self.tasks.start()
        self.tasks.open()

    def _hear(self, text: str) -> None:
        kind, data = text.split("\n")[:2]
        self.told.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))

    def draw(self, costs: dict[str, float] | None = None, **degrees: float) -> None:
        """Draw alternatives that warm by so many degrees."""
        alternatives = [
            {"name": name, "changes": [{"kind": "warm", "degrees_c": value}]}
            | ({"cost": costs[name]} if costs else {})
            for name, value in degrees.items()
        ]
        self.work.put({"alternatives": alternatives, "budget": 5}, self.work.revision)
        self.answers.follow()

    def wait(self, found: Callable[[], Any]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not found():
            assert time.monotonic() < until, self.told
            time.sleep(0.002)

    def of(self, kind: str, name: str | None = None) -> list[dict[str, Any]]:
        return [d for k, d in self.told if k == kind and name in (None, d.get("name"))]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    one = Page(tmp_path)
    yield one
    for gate in one.evaluator.gate.values():
        gate.set()
    one.tasks.stop()


def test_an_answer_grows_and_is_kept(page: Page) -> None:
    page.draw(North=1)
    page.answers.ask("North")
    page.wait(lambda: len(page.of("answer")) == len(GROWING))
    assert [one["replicates"] for one in page.of("answer")] == list(GROWING)
    assert [one["final"] for one in page.of("answer")] == [False, False, True]
    assert page.of("answer")[0]["outcomes"] == [{"low": None}]
    (kept,) = page.answers.all()
    assert (kept["name"], kept["replicates"]) == ("North", GROWING[-1])
    done = list(page.evaluator.asked)
    page.answers.ask("North")
    page.draw(Other=1)
    page.answers.ask("Other")
    assert [one["final"] for one in page.of("answer")[3:]] == [True, True]
    assert page.evaluator.asked == done


def test_what_was_changed_meanwhile_is_not_told(page: Page) -> None:
    gate = page.evaluator.gate[20] = threading.Event()
    page.draw(North=1, South=1)
    page.answers.ask("North")
    page.wait(lambda: page.of("answer"))
    old = page.of("answer")[0]["revision"]
    page.draw(North=2, South=1)
    assert page.of("dropped") == [{"name": "North"}]
    assert page.answers.all()[0]["name"] == "South"
    page.answers.ask("North")
    gate.set()
    page.wait(lambda: any(one["final"] for one in page.of("answer")))
    at = [kind for kind, _ in page.told].index("dropped")
    later = [data for kind, data in page.told[at:] if kind == "answer"]
    assert {one["revision"] for one in later} == {later[0]["revision"]} != {old}
    page.draw(South=1)
    assert page.of("dropped") == [{"name": "North"}] * 2


def test_what_is_taken_back_is_answered_at_once(page: Page) -> None:
    page.draw(North=1)
    page.answers.ask("North")
    page.wait(lambda: len(page.of("answer")) == 3)
    page.draw(North=2)
    page.draw(North=1)
    done = list(page.evaluator.asked)
    page.answers.ask("North")
    assert page.of("answer")[-1]["final"]
    assert page.evaluator.asked == done


def test_what_takes_long_is_told_and_lets_others_go_ahead(page: Page) -> None:
    gate = page.evaluator.gate[IN_STEPS[0]] = threading.Event()
    page.draw(Long=6, North=1)
    page.answers.ask("Long")
    page.wait(lambda: page.of("slow"))
    assert page.of("slow") == [{"name": "Long", "seconds": 40.0}]
    page.answers.ask("North")
    gate.set()
    page.wait(lambda: page.of("answer", "Long") and page.of("answer", "Long")[-1]["final"])
    assert [one["replicates"] for one in page.of("answer", "Long")] == list(GROWING)
    asked = page.evaluator.asked
    assert [n for name, n in asked if name == "Long"] == list(IN_STEPS)
    # at most the step that was under way comes first
    assert asked.index(("North", 10)) <= 1
    assert asked.index(("North", 40)) < asked.index(("Long", 15))


def test_what_cannot_be_made_is_an_answer_and_tried_again(page: Page) -> None:
    page.draw(North=0.5)
    page.answers.ask("North")
    page.wait(lambda: page.of("answer"))
    assert page.of("answer")[0]["problem"] == "North: changes nothing"
    assert page.of("answer")[0]["final"]
    page.answers.ask("North")
    page.wait(lambda: len(page.of("answer")) == 2)


def test_what_nobody_foresaw_is_an_answer_too(page: Page) -> None:
    """Else a window would wait for ever."""
    page.draw(North=0.25)
    page.answers.ask("North")
    page.wait(lambda: page.of("answer"))
    assert "nobody foresaw (ZeroDivisionError" in page.of("answer")[0]["problem"]


def test_work_on_an_answer_is_given_up(page: Page) -> None:
    gate = page.evaluator.gate[20] = threading.Event()
    page.draw(North=1)
    page.answers.ask("North")
    page.wait(lambda: page.of("answer"))
    page.answers.drop("North")
    gate.set()
    page.answers.ask("North")
    page.wait(lambda: page.of("answer")[-1]["final"])
    assert page.evaluator.asked.count(("North", 40)) == 1


def test_the_best_set_is_searched_step_by_step_and_forgotten_with_a_change(page: Page) -> None:
    page.draw(North=1, South=2)
    with pytest.raises(Refused, match="North has no cost yet"):
        page.answers.choose(None, {})
    costs = {"North": 1.0, "South": 2.0}
    page.draw(costs, North=1, South=2)
    page.answers.choose(None, {})
    page.wait(lambda: page.answers.best_set and "names" in page.answers.best_set)
    lines = [one["progress"] for one in page.of("best-set") if "progress" in one]
    assert lines == ["", "North: replicates 1 to 10", "South: replicates 1 to 10"]
    assert page.of("best-set")[-1]["names"] == ["North", "South"]
    page.draw(costs, North=1, South=3)
    assert page.answers.best_set is None
    assert page.of("best-set")[-1] == {"revision": None}


RING = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]
SCENARIO = 'name = "Small"\n[landscape]\ncell_m = 5000\n[species.andean_bear]\n'


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asker, Engine]]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "small.toml").write_text(SCENARIO)
    engine = Engine(folder / "small.toml", [], Work.opened(folder))
    assert engine.picture is None
    engine.start()
    ask = Asker(make_web(engine, "t", "127.0.0.1"), "t")
    seen = engine.work.revision
    change = {"kind": "restore", "name": "North", "areas": [RING]}
    work = {"alternatives": [{"name": "North", "cost": 1, "changes": [change]}]}
    assert ask("PUT", "/api/work", {"seen": seen, "work": work}).status == 200
    # asked before the landscape is there, answered after
    assert ask("POST", "/api/answers", {"name": "North"}).status == 202
    until = time.monotonic() + PATIENCE_S
    while not any(one["final"] for one in engine.answers.all()):
        assert time.monotonic() < until
        time.sleep(0.02)
    yield ask, engine
    engine.stop()


def test_the_real_landscape_answers_as_the_public_function_does(
    asked: tuple[Asker, Engine],
) -> None:
    ask, engine = asked
    start = ask("GET", "/api/start").data
    (told,) = start["answers"]
    evaluator = engine.answers.need()
    edits = [cs.edits.Restore(name="North", areas=[RING])]
    effect = asyncio.run(engine.result(lambda: evaluator.change(edits, "North")))
    found = pd.DataFrame(told["outcomes"]).astype({"low": float, "high": float})
    pd.testing.assert_frame_equal(found, effect.outcomes, check_dtype=False)
    assert start["stage"] == "ready"
    assert start["species"] == ["andean_bear"]
    lives = ask("GET", "/api/answers/North/lives").data
    assert len(lives["columns"]["species"]) == len(evaluator.lives(effect)) > 2
    ways = ask("GET", "/api/answers/North/ways?rows=1,2").data["ways"]
    assert {one["row"] for one in ways} == {1, 2}
    for one in ways:
        start_of = [lives["columns"][f"start_{c}"][one["row"]] for c in "xy"]
        assert one["without"][0] == one["with"][0] == [round(v) for v in start_of]
    assert ask("GET", "/api/answers/North/ways?rows=99999").status == 400


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("suitability?species=andean_bear", "Where Andean bear can live"),
        (
            "suitability_change?species=andean_bear&alternative=North",
            "Where Andean bear can live: the change",
        ),
        ("use", "Days of wandering animals"),
        ("use?alternative=North", "Days of wandering animals"),
        (
            "use_change?species=andean_bear&alternative=North",
            "Days of wandering Andean bear: the change",
        ),
        ("current?species=andean_bear", "Current between blocks (circuit theory)"),
        ("current_change?alternative=North", "Current between blocks (circuit theory): the change"),
    ],
)
def test_a_map_comes_with_its_legend(asked: tuple[Asker, Engine], query: str, title: str) -> None:
    ask, _ = asked
    legend = ask("GET", f"/api/maps/{query}").data
    assert legend["title"] == title
    grid = legend["grid"]
    cells = ask("GET", f"/api/rasters/{legend['key']}").body
    assert len(cells) == grid["width"] * grid["height"] * legend["planes"]
    assert max(cells) > 0
    if "_change" in query:
        assert legend["low"] == -legend["high"]
    if legend["told"]:
        told = ask("GET", f"/api/rasters/{legend['told']}").body
        assert len(told) == grid["width"] * grid["height"]
        assert set(told) <= {1, 2}
    again = ask("GET", f"/api/maps/{query}").data
    assert again == legend


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("suitability", 400),
        ("suitability?species=yeti", 404),
        ("use_change", 400),
        ("use_change?alternative=South", 404),
        ("change", 404),
    ],
)
def test_a_map_that_there_is_not_is_refused(
    asked: tuple[Asker, Engine], query: str, status: int
) -> None:
    assert asked[0]("GET", f"/api/maps/{query}").status == status


def test_what_goes_with_an_answer_is_told(asked: tuple[Asker, Engine]) -> None:
    ask, _ = asked
    gives = ask("GET", "/api/answers/North/co-benefits").data
    assert gives["rows"][0]["co_benefit"] == "Carbon above ground"
    assert gives["drawn_km2"] > 1000
    assert gives["areas"][0]["what"] == "restored"
    current = ask("GET", "/api/answers/North/current").data
    assert current["inside_with_a"] > 0
    assert set(current["resistance"][0]) == {"from", "to", "without", "with", "change"}


def test_the_picture_is_there_at_the_next_start(asked: tuple[Asker, Engine]) -> None:
    _, engine = asked
    again = Engine(engine.scenario, [], engine.work)
    assert again.picture == engine.picture
    assert again.told()["species"] == ["andean_bear"]
