"""The simulator's thread: whose turn it is, what ends, and that nothing ends the thread."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.app.tasks import GivenUp, Tasks, event, plain, stepped

PATIENCE_S = 20.0


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    one = Tasks()
    yield one
    one.stop()


def counting(found: list[str], name: str, n: int) -> Iterator[None]:
    for i in range(n):
        found.append(f"{name}{i}")
        yield


def finished(tasks: Tasks) -> None:
    """Wait until nothing is left to do."""
    done = threading.Event()

    def last() -> Iterator[None]:
        done.set()
        yield

    tasks.submit("last", last(), urgent=False)
    assert done.wait(PATIENCE_S)


def test_urgent_tasks_go_first_and_by_turns(tasks: Tasks) -> None:
    found: list[str] = []
    tasks.submit("slow", counting(found, "s", 2), urgent=False)
    tasks.submit("a", counting(found, "a", 3))
    tasks.submit("b", counting(found, "b", 2))
    tasks.start()
    tasks.open()
    finished(tasks)
    assert found[:5] == ["a0", "b0", "a1", "b1", "a2"]
    assert found[5:] == ["s0", "s1"]


def test_before_it_is_open_only_early_tasks_are_done(tasks: Tasks) -> None:
    found: list[str] = []
    opened = threading.Event()

    def early() -> Iterator[None]:
        found.append("early")
        yield
        opened.set()
        tasks.open()

    tasks.submit("a", counting(found, "a", 1))
    tasks.submit("early", early(), early=True, urgent=False)
    tasks.start()
    assert opened.wait(PATIENCE_S)
    finished(tasks)
    assert found == ["early", "a0"]


def test_a_task_of_the_same_key_ends_the_older_one_and_closes_it(tasks: Tasks) -> None:
    found: list[str] = []
    closed = threading.Event()

    def endless() -> Iterator[None]:
        try:
            while True:
                yield
        finally:
            closed.set()

    tasks.start()
    tasks.open()
    tasks.submit("a", endless())
    tasks.submit("begun", counting(found, "x", 1))
    while not found:
        pass
    tasks.submit("a", counting(found, "a", 1))
    assert closed.wait(PATIENCE_S)
    finished(tasks)
    assert found == ["x0", "a0"]
    assert not tasks.doing("a")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (cs.CorridorSimError("is wrong", where="x"), "x: is wrong"),
        (ZeroDivisionError("no"), "ZeroDivisionError: no"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_whatever_goes_wrong_ends_that_task_alone(
    tasks: Tasks, bad: Exception, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    tasks.listen(told.append)

    def fails() -> Iterator[None]:
        yield
        raise bad

    tasks.submit("bad", fails())
    tasks.start()
    tasks.open()
    finished(tasks)
    (one,) = told
    assert one.startswith("event: problem\n")
    assert said in json.loads(one.split("data: ")[1])["text"]
    foreseen = isinstance(bad, cs.CorridorSimError)
    assert ("Traceback" in capfd.readouterr().err) is not foreseen


def test_a_result_comes_back_and_so_does_what_went_wrong(tasks: Tasks) -> None:
    tasks.start()
    tasks.open()

    def fails() -> None:
        raise ValueError("bad")

    assert asyncio.run(tasks.result(lambda: threading.current_thread().name)) == "simulator"
    with pytest.raises(ValueError, match="bad"):
        asyncio.run(tasks.result(fails))


def test_a_result_that_nobody_waits_for_is_not_worked_out(tasks: Tasks) -> None:
    found: list[str] = []

    async def impatient() -> None:
        # nothing is done before start()
        await asyncio.wait_for(tasks.result(lambda: found.append("worked")), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    tasks.start()
    tasks.open()
    finished(tasks)
    assert found == []


def test_a_window_that_is_gone_hears_no_more(tasks: Tasks) -> None:
    told: list[str] = []

    def gone(text: str) -> None:
        raise RuntimeError("Event loop is closed")

    tasks.listen(gone)
    leave = tasks.listen(told.append)
    tasks.tell("a", {})
    tasks.tell("b", {})
    leave()
    leave()
    tasks.tell("c", {})
    assert [one.split("\n")[0] for one in told] == ["event: a", "event: b"]
    assert tasks._listeners == []


def test_a_function_goes_on_from_line_to_line() -> None:
    where: list[Any] = []
    found: list[str] = []

    def call(progress: Any) -> str:
        for line in ("one", "two"):
            where.append(line)
            progress(line)
        return "value"

    steps = stepped(call, found.append)
    assert next(steps) == "one"
    assert where == ["one"]
    assert list(steps) == ["two"]
    assert found == ["value"]


def test_a_function_that_nobody_wants_any_more_ends() -> None:
    ended = threading.Event()

    def call(progress: Any) -> None:
        try:
            while True:
                progress("on")
        except GivenUp:
            ended.set()
            raise

    steps = stepped(call, lambda _: None)
    next(steps)
    steps.close()  # type: ignore[attr-defined]  # of a generator
    assert ended.wait(PATIENCE_S)


def test_what_a_function_raises_is_raised() -> None:
    def call(progress: Any) -> None:
        progress("on")
        raise cs.CorridorSimError("is wrong")

    steps = stepped(call, lambda _: None)
    next(steps)
    with pytest.raises(cs.CorridorSimError, match="is wrong"):
        next(steps)


def test_numbers_that_do_not_exist_are_null() -> None:
    table = pd.DataFrame({"n": np.array([1], np.int32), "x": [np.nan], "b": [np.True_]})
    given = {"t": table, "inf": np.float64("inf"), "a": np.arange(2.0), "s": (1, "x", None)}
    assert json.loads(event("k", given).split("data: ")[1]) == {
        "t": [{"n": 1, "x": None, "b": True}],
        "inf": None,
        "a": [0.0, 1.0],
        "s": [1, "x", None],
    }
    assert plain({1: 2}) == {"1": 2}


def test_every_window_hears_its_own_language(tasks: Tasks) -> None:
    heard: dict[str, list[str]] = {}
    for code in ("es", "en", "es_PE"):
        heard[code] = []
        with cs.language(code):
            tasks.listen(heard[code].append)
    bear = cs.load_species("andean_bear")
    tasks.tell("answer", {"name": lambda: bear.common_name, "share": 1.5, "more": [lambda: "x"]})
    tasks.end_windows()
    said = 'event: answer\ndata: {{"name": "{}", "share": 1.5, "more": ["x"]}}\n\n'
    assert heard["en"] == [said.format("Andean bear"), ""]
    assert heard["es"] == heard["es_PE"] == [said.format("Oso andino"), ""]


def test_a_task_speaks_the_language_of_who_asked_for_it(tasks: Tasks) -> None:
    found: list[str] = []

    def steps() -> Iterator[object]:
        found.append(cs.languages.current().code)
        yield from stepped(lambda progress: cs.languages.current().code, found.append)

    for code in ("es", "en"):
        with cs.language(code):
            tasks.submit(code, steps())
    tasks.start()
    tasks.open()
    finished(tasks)
    assert sorted(found) == ["en", "en", "es", "es"]
    assert cs.languages.current().code == "en"
