"""What tests of the view Change share: opening it, and drawing by places of the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Place = tuple[float, float]
# other work may hold the cores of the machine
PATIENCE_MS = 60_000
PUT_WORK = """async (work) => {
  const { work: now } = await (await fetch("api/start")).json();
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ seen: now.revision, work });
  const reply = await fetch("api/work", { method: "PUT", headers, body });
  return [reply.status, await reply.json()];
}"""


def put_work(page: Any, work: dict[str, Any]) -> dict[str, Any]:
    """Put drawings in the place of those that are there, as another window would."""
    status, told = page.evaluate(PUT_WORK, work)
    assert status == 200, told
    return dict(told)


def open_change(page: Any, work: dict[str, Any] | None = None) -> None:
    """Show the view with these drawings, none by default."""
    page.set_default_timeout(PATIENCE_MS)
    page.wait_for_selector("body[data-stage=ready]", timeout=4 * PATIENCE_MS)
    put_work(page, work or {"alternatives": []})
    page.locator("#views [data-view=change]").click()
    page.wait_for_selector("#draw-link")


def work_of(page: Any) -> dict[str, Any]:
    """What the program keeps."""
    return dict(page.evaluate("async () => (await (await fetch('api/start')).json()).work"))


def until(page: Any, holds: Callable[[], bool]) -> None:
    """Wait until something holds of what the program keeps."""
    for _ in range(PATIENCE_MS // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError(work_of(page))


def pixel(page: Any, place: Place) -> Place:
    """Where a place of the map stands in the window."""
    x, y = page.evaluate("([x, y]) => window.corridor.map.toScreen(x, y)", list(place))
    box = page.locator("#map").bounding_box()
    return box["x"] + x, box["y"] + y


def click(page: Any, places: Sequence[Place]) -> None:
    for place in places:
        page.mouse.click(*pixel(page, place))


def answered(page: Any) -> None:
    """Wait until the answer on the chosen alternative is whole."""
    page.wait_for_selector("#answer-title")
    page.wait_for_selector(".headline .species")
    page.wait_for_selector(".headline .working", state="detached")


def grid(page: Any) -> dict[str, Any]:
    return dict(page.evaluate("() => window.corridor.store.state.picture.grid"))


def area(page: Any, name: str) -> Place:
    """The middle of the corners of a core area."""
    areas = page.evaluate("() => window.corridor.store.state.picture.core_areas")
    rings = next(one["rings"] for one in areas if one["name"] == name)
    xs, ys = zip(*rings[0], strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)
