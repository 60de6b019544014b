"""Lessons are whole, and what they show is what the program's own functions say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
import corridor_sim.app
from corridor_sim.app.engine import Engine
from corridor_sim.app.lesson_files import LESSONS, SWEEPS, lesson, sweep_file
from corridor_sim.app.lesson_tasks import Lessons
from corridor_sim.app.replies import Refused
from corridor_sim.app.web import make_web
from corridor_sim.app.work import Work
from oracles.asked import Asker

TOKEN = "a" * 32
STATIC = Path(corridor_sim.app.__file__).parent / "static"
REPOSITORY = Path(__file__).parents[2]
SWEEP = """
[base]
days = 3
replicates = 2
seed = 5
tracks = 0
[base.landscape]
cell_m = 10000
[base.species.jaguar]
sampling = 0.05
[sweep]
outcomes = ["home_range_quality"]
[sweep.parameters."species.jaguar.traits.habitat.gap_half_m"]
values = [500.0, 6000.0]
"""
GAP = "species.jaguar.traits.habitat.gap_half_m"


class NoPage:
    sweep: Path | None = None


@pytest.fixture
def lessons() -> Lessons:
    return Lessons(NoPage())  # type: ignore[arg-type]  # tasks ask for the sweep alone


def told(lessons: Lessons, task: str, **data: Any) -> list[dict[str, Any]]:
    return [one for one in lessons.task(task, data) if one is not None]


# ---- the data


@pytest.mark.parametrize("key", LESSONS)
def test_every_step_has_its_words(key: str) -> None:
    one = lesson(key)
    path = STATIC / "words" / "en" / "lessons" / f"{key}.json"
    words = json.loads(path.read_text(encoding="utf-8"))
    assert [step["key"] for step in one["steps"]] == list(words["steps"])
    assert one["steps"][-1]["sums_up"]
    assert words["taken"]
    for step in one["steps"]:
        text = words["steps"][step["key"]]
        assert text["title"]
        for kind, answers in (
            ("predict", step.get("predict")),
            ("ask", step.get("ask", {}).get("answers")),
        ):
            assert (kind in text) == bool(answers), (step["key"], kind)
            if answers:
                assert list(text[kind]["answers"]) == answers
        if "ask" in step:
            assert step["ask"]["right"] in step["ask"]["answers"]
            assert text["ask"]["explanation"]
    # somebody foresees something before it is done, and hears what the model leaves out
    assert any("predict" in step for step in one["steps"])
    assert words["steps"]["left_out"]["list"]
    assert 10 <= one["minutes"] <= 20


def test_every_activity_is_there() -> None:
    modules = " ".join(
        path.read_text(encoding="utf-8") for path in (STATIC / "js/views/learn").glob("*.js")
    )
    wanted = {
        step["activity"] for key in LESSONS for step in lesson(key)["steps"] if "activity" in step
    }
    assert wanted <= set(re.findall(r"^export function (\w+)", modules, re.M))


def test_the_parts_of_the_description_are_there() -> None:
    known = {one.key for section in cs.odd_text() for one in (section, *section.parts)}
    text = (STATIC / "js/odd.js").read_text(encoding="utf-8")
    named = re.findall(r'"([a-z_]+)"', text[text.index("const PARTS") : text.index("};")])
    assert set(named) <= known
    assert len(named) > 20


@pytest.mark.parametrize("key", SWEEPS)
def test_the_sweeps_that_ship_are_those_of_the_experiments(key: str) -> None:
    own = sweep_file(key).read_bytes()
    assert own == (REPOSITORY / "experiments" / f"{key}.toml").read_bytes()
    words = json.loads((STATIC / "words/en/learn.json").read_text(encoding="utf-8"))
    assert words["sweeps"][key]["question"]


# ---- what is told is what the functions say


@pytest.mark.parametrize("neighbours", [4, 8])
def test_the_curve_of_chance_is_theorys(lessons: Lessons, neighbours: int) -> None:
    rule = lesson("percolation")["lattice"]
    first, *rest = told(lessons, "percolation", neighbours=neighbours)
    assert first["threshold"] == cs.theory.percolation_threshold(neighbours)
    whole = cs.theory.percolation(
        rule["shares"],
        side=rule["side"],
        neighbours=neighbours,
        replicates=rule["replicates"],
        seed=rule["seed"],
    )
    assert [one["rows"]["largest"][0] for one in rest] == whole["largest"].tolist()
    # the lesson's answer: half of the forest is one piece on the threshold's two sides
    below = whole[whole["share"] < first["threshold"] - 0.05]["largest"].max()
    above = whole[whole["share"] > first["threshold"] + 0.05]["largest"].min()
    assert below < 0.5 < above


def test_a_map_of_chance_adds_up(lessons: Lessons) -> None:
    from base64 import b64decode

    (one,) = told(lessons, "lattice", share=0.55, neighbours=4)
    cells = np.frombuffer(b64decode(one["cells"]), np.uint8)
    side = lesson("percolation")["lattice"]["side"]
    forest = cs.theory.neutral_landscape(0.55, side=side, seed=1)
    assert np.array_equal((cells > 2).reshape(side, side), forest)
    assert (cells == 4).sum() / forest.sum() == one["largest"]


@pytest.mark.parametrize("migrants", [0.0, 1.0])
def test_lines_of_islands_are_exact(lessons: Lessons, migrants: float) -> None:
    (one,) = told(lessons, "islands", migrants=migrants, generations=8)
    for size in lesson("drift")["drift"]["effective_sizes"]:
        found = one["curves"][str(size)]
        if migrants == 0:
            exact = (1 - 1 / (2 * size)) ** np.arange(9)
            np.testing.assert_allclose(found["heterozygosity"], exact, rtol=1e-12)
    assert one["balance"] == 1 / (4 * migrants + 1)
    assert one["balance_of_two"] == 1 / (8 * migrants + 1)


def test_points_are_those_of_the_sweep(tmp_path: Path, lessons: Lessons) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(SWEEP, encoding="utf-8")
    lessons.engine.sweep = path
    (about,) = told(lessons, "sweep", sweep="scenario")
    assert [one["values"] for one in about["parameters"]] == [[500.0, 6000.0]]
    assert about["species"] == [{"key": "jaguar", "name": "Jaguar", "colour": "#E69F00"}]
    points = [{GAP: value} for value in (500.0, 6000.0)]
    found = told(lessons, "points", sweep="scenario", at=points)
    assert [int(one["rows"]["n"].max()) for one in found] == [1, 2, 1, 2]
    own = cs.SweepEvaluator(path)
    for at, shown in zip(points, found[1::2], strict=True):
        *_, rows = own.evaluate(at)
        wanted = rows[rows["outcome"] == "home_range_quality"]
        assert shown["rows"]["mean"].tolist() == wanted["mean"].tolist()
        assert shown["rows"]["low"].tolist() == wanted["low"].tolist()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    rule = lesson("drift")["drift"]
    for key, value in {"replicates": 2, "years": 10, "loci": 10}.items():
        monkeypatch.setitem(rule, key, value)
    return rule  # type: ignore[no-any-return]  # the part of the lesson's data on drift


def test_a_century_is_that_of_the_model(lessons: Lessons, few: dict[str, Any]) -> None:
    from corridor_sim.app.lesson_tasks import _made

    found = told(lessons, "drift", link="wide")
    assert [one["year"] for one in found] == [0, 5, 10]
    assert found[0]["heterozygosity"]["mean"] == 1.0
    scenario = cs.Scenario.model_validate(
        {
            "years": 10,
            "seed": few["seed"],
            "life_cycle": {"burn_in": {"at_most_y": 0}},
            "species": {few["species"]: {"traits": {"mortality": few["without"]}}},
        }
    )
    kept, joined = [], 0.0
    for replicate in range(2):
        model = cs.DecadesModel(scenario, land=_made(few, "wide"), replicate=replicate)
        for _ in range(10):
            model.step()
        kept.append(model.diversity(few["species"], loci=10).expected.value.mean())
        table = model.datacollector.get_model_vars_dataframe()
        joined += table[f"{few['species']}_joining"].sum()
    assert found[-1]["heterozygosity"]["mean"] == pytest.approx(np.mean(kept), abs=1e-15)
    # into one of two blocks, of one of two replicates, in a generation of the ten years
    generation = model.generation_y[few["species"]]
    assert found[-1]["migrants"] == pytest.approx(joined / 4 / 10 * generation)


def test_a_strip_of_forest_joins_the_blocks(few: dict[str, Any]) -> None:
    from corridor_sim.app.lesson_tasks import _made

    pieces = {}
    for link in few["links"]:
        land = _made(few, link)
        forest = np.asarray(land.covers.has(land["land_cover"], "forest"))
        pieces[link] = int(cs.theory.patches(forest).max())
        assert land.n_zones == 2
    assert pieces == {"none": 2, "narrow": 1, "wide": 1}


# ---- what cannot be


@pytest.mark.parametrize(
    ("task", "data", "said"),
    [
        ("nothing", {}, "cannot do nothing"),
        ("sweep", {"sweep": "../../etc"}, "no sliders called ../../etc"),
        ("sweep", {"sweep": "scenario"}, "no sliders"),
        ("sweep", {"sweep": "sweep_gaps", "replicates": 10**9}, "no whole number"),
        ("lattice", {"share": 1.5}, "no share from 0 to 1"),
        ("lattice", {"share": True}, "no share"),
        ("percolation", {"neighbours": 5}, "4 or 8 neighbours"),
        ("points", {"sweep": "sweep_percolation", "at": "all"}, "cannot be read"),
        (
            "points",
            {"sweep": "sweep_percolation", "at": [{"edits.0.fraction": 3}]},
            "edits.0.fraction cannot be 3",
        ),
        ("link", {"choice": "moon"}, "no link called moon"),
        ("drift", {"link": "bridge"}, "no link called bridge"),
        ("islands", {"migrants": -1}, "from 0 to"),
        ("islands", {"migrants": 1, "generations": 10**7}, "no whole number"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    lessons: Lessons, task: str, data: dict[str, Any], said: str
) -> None:
    with pytest.raises((Refused, cs.CorridorSimError)) as bad:
        told(lessons, task, **data)
    assert said in str(bad.value)
    assert "\n" not in str(bad.value)


# ---- requests


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    one = Engine(None, [], Work.opened(tmp_path))
    # the landscape of the page is no matter here
    one.open()
    super(Engine, one).start()
    yield one
    one.stop()


@pytest.fixture
def ask(engine: Engine) -> Asker:
    return Asker(make_web(engine, TOKEN, "127.0.0.1"), TOKEN)


def lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.decode().splitlines() if line.strip()]


def test_lessons_are_listed(ask: Asker) -> None:
    found = ask("GET", "/api/learn").data
    assert [one["key"] for one in found["lessons"]] == list(LESSONS)
    assert found["sweeps"] == list(SWEEPS)
    assert ask("GET", "/api/learn/lessons/moon").status == 404
    assert "moon" in ask("GET", "/api/learn/lessons/moon").data["problem"]


def test_the_description_is_served_whole(ask: Asker) -> None:
    found = ask("GET", "/api/odd").data["sections"]
    assert [one["key"] for one in found] == [one.key for one in cs.odd_text()]


def test_an_answer_comes_line_by_line_to_its_end(ask: Asker) -> None:
    got = ask("POST", "/api/learn/run", {"task": "islands", "migrants": 0, "generations": 3})
    first, curves, last = lines(got.body)
    assert first == {"begun": True}
    assert len(curves["curves"]["5"]) == 4
    assert last == {"done": True}


def test_what_goes_wrong_on_the_way_is_the_last_line(ask: Asker) -> None:
    got = ask("POST", "/api/learn/run", {"task": "lattice", "share": 7})
    assert lines(got.body)[-1] == {"problem": "7 is no share from 0 to 1."}
    assert ask("POST", "/api/learn/run", {"task": "moon"}).status == 404
    assert ask("POST", "/api/learn/run", {}).status == 400


def test_who_leaves_ends_the_task(engine: Engine) -> None:
    import asyncio

    from corridor_sim.app.learn import _lines

    ended = []

    def endless() -> Iterator[dict[str, Any]]:
        try:
            while True:
                yield {"more": 1}
        finally:
            ended.append(True)

    async def visit() -> None:
        stream = _lines(engine, "learn test", endless())
        assert json.loads(await anext(stream)) == {"begun": True}
        assert json.loads(await anext(stream)) == {"more": 1}
        await stream.aclose()
        for _ in range(100):
            if ended:
                return
            await asyncio.sleep(0.01)

    asyncio.run(visit())
    assert ended
    assert not engine.doing("learn test")
