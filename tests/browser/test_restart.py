"""The program is killed, started again, opened twice: nothing that was drawn is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from served import Served, Window, free_port

pytestmark = pytest.mark.browser
PATIENCE_S = 120.0

SCENARIO = 'name = "Today"\n[landscape]\ncell_m = 5000\n[species.andean_bear]\n'
RING = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]
CHANGE = {"kind": "restore", "name": "North", "areas": [RING]}
# what a window knows, and what it asks for, whatever its views look like
NAMES = (
    "() => (window.corridor?.store.state.work?.alternatives ?? []).map((one) => one.name).join()"
)
PUT = """async ([seen, alternatives]) => {
  const { state } = window.corridor.store;
  const data = JSON.stringify({ seen: seen ?? state.work.revision, work: { alternatives } });
  const headers = { "Content-Type": "application/json" };
  return (await fetch("api/work", { method: "PUT", headers, body: data })).status;
}"""
ASK = """async (name) => {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ name });
  return (await fetch("api/answers", { method: "POST", headers, body })).status;
}"""
AWAY = "() => document.getElementById('stage').textContent.includes('does not answer')"
FINAL = "(name) => window.corridor.store.state.answers[name]?.final === true"


def drawn(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "changes": [{**CHANGE, "name": name}]} for name in names]


def wait(page: Any, test: str, value: object = None, *, until: object = True) -> None:
    """Ask until a window says so; the page's own rules keep Playwright from waiting inside it."""
    last = monotonic() + PATIENCE_S
    while (found := page.evaluate(test, value)) != until:
        assert monotonic() < last, (test, found)
        page.wait_for_timeout(50)


def holds(page: Any, *names: str) -> None:
    """Wait until a window shows these drawings."""
    wait(page, NAMES, until=",".join(names))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A page that a test may kill."""
    scenario = tmp_path / "small.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    one = Served(tmp_path / "drawn", free_port(), [str(scenario)]).start()
    yield one
    one.stop()


def test_a_killed_program_loses_nothing(own: Served, window: Callable[..., Window]) -> None:
    open_window = window(url=own.url)
    page = open_window.page
    page.wait_for_selector("body[data-stage=ready]", timeout=PATIENCE_S * 1000)
    assert page.evaluate(PUT, [None, drawn("North", "South")]) == 200
    holds(page, "North", "South")
    assert page.evaluate(ASK, "North") == 202
    wait(page, FINAL, "North")

    url = own.url
    own.kill()
    wait(page, AWAY)
    own.start()
    assert own.url == url
    # the window that was left open goes on by itself
    wait(page, AWAY, until=False)
    holds(page, "North", "South")
    page.wait_for_selector("body[data-stage=ready]", timeout=PATIENCE_S * 1000)
    assert page.evaluate(ASK, "North") == 202
    wait(page, FINAL, "North")
    assert page.evaluate(PUT, [None, drawn("North")]) == 200
    # what the browser says of a program that is away is no fault of the page
    open_window.errors[:] = [one for one in open_window.errors if "ERR_" not in one]


def test_the_map_of_last_time_is_there_before_the_landscape(
    own: Served, window: Callable[..., Window]
) -> None:
    first = window(url=own.url).page
    first.wait_for_selector("body[data-painted]", timeout=PATIENCE_S * 1000)
    first.close()
    own.stop()
    own.start()
    page = window(url=own.url).page
    page.wait_for_selector("body[data-painted]")
    assert page.evaluate("document.body.dataset.stage") == "landscape"


def test_two_windows_see_each_other_and_neither_overwrites(
    served: Served, window: Callable[..., Window]
) -> None:
    first, second = window(), window("phone")
    one, two = first.page, second.page
    for page in (one, two):
        page.wait_for_selector("body[data-painted]")
    seen = two.evaluate("window.corridor.store.state.work.revision")
    assert one.evaluate(PUT, [None, drawn("By one")]) == 200
    holds(one, "By one")
    holds(two, "By one")
    assert two.evaluate(PUT, [seen, drawn("By two")]) == 409
    assert two.evaluate(PUT, [None, drawn("By one", "By two")]) == 200
    holds(one, "By one", "By two")
    one.close()
    assert two.evaluate(PUT, [None, []]) == 200
    holds(two)
    # what the browser says of the refusal
    second.errors[:] = [error for error in second.errors if "409" not in error]
