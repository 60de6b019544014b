"""What a planner met who had bad luck or meant harm: nothing stale, false or lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from changing import click, open_change, until, work_of
from served import Served, Window, free_port

pytestmark = pytest.mark.browser

ROADS = [
    ((760_000.0, 9_700_000.0), (760_000.0, 9_660_000.0)),
    ((740_000.0, 9_700_000.0), (740_000.0, 9_660_000.0)),
]
SENTENCE = """async (row) => {
  const { sentenceOf } = await import("/static/js/views/change/answer.js");
  return sentenceOf(row, (key, values) => key + " " + JSON.stringify(values ?? {}), "short");
}"""
SIGNED = """async (value) => {
  const { signed } = await import("/static/js/views/change/controls.js");
  return signed(value);
}"""


def draw_road(page: Any, places: tuple[tuple[float, float], ...]) -> None:
    page.locator("#draw-road").click()
    click(page, places)
    page.get_by_role("button", name="Done").click()


def test_trouble_that_is_over_is_told_no_more(
    window: Callable[..., Window], served: Served
) -> None:
    one = window()
    page = one.page
    open_change(page)
    draw_road(page, ROADS[0])
    until(page, lambda: len(work_of(page)["alternatives"]) == 1)
    file = served.folder / "alternatives.toml"
    before = file.read_bytes()
    file.write_bytes(b"[[alternatives]\n")
    draw_road(page, ROADS[1])
    page.wait_for_selector("role=alert >> text=not valid TOML")
    # neither the file nor the corners that were set are touched
    assert file.read_bytes() == b"[[alternatives]\n"
    assert page.locator("circle.corner:not(.ahead)").count() == 2
    file.write_bytes(before)
    page.get_by_role("button", name="Done").click()
    until(page, lambda: len(work_of(page)["alternatives"][0]["changes"]) == 2)
    page.wait_for_selector("#trouble", state="detached")
    # the browser itself writes down that the first try was refused
    assert all("422" in error for error in one.errors)
    one.errors.clear()


def test_a_small_change_is_not_told_as_a_certain_nothing(window: Callable[..., Window]) -> None:
    page = window().page
    row = {"change": -1.8e-5, "low": -5.4e-5, "high": 1.8e-5, "without": 0.35, "with": 0.349982}
    told = page.evaluate(SENTENCE, row)
    assert told == 'change.answer.short.small {"most":"0.001"}'
    assert page.evaluate(SIGNED, row["low"]) == "−0.000054"
    assert page.evaluate(SIGNED, 1.8e-5) == "+0.000018"
    assert page.evaluate(SIGNED, 1e-17) == "0"


def test_a_species_that_joins_no_more_is_told_so(window: Callable[..., Window]) -> None:
    page = window().page
    row = {"change": -0.35, "low": -0.38, "high": -0.33, "without": 0.35, "with": 0.0}
    assert page.evaluate(SENTENCE, row).startswith("change.answer.short.gone ")
    assert '"low":"0.33","high":"0.38"' in page.evaluate(SENTENCE, row)
    assert page.evaluate(SENTENCE, {**row, "with": 0.01}).startswith("change.answer.short.fewer ")


def test_a_window_lives_on_while_a_program_that_was_started_again_has_no_map(
    chromium: Any, tmp_path: Path
) -> None:
    scenario = tmp_path / "small.toml"
    text = 'name = "Today"\n[landscape]\ncell_m = 8000\n[species.andean_bear]\n'
    scenario.write_text(text, encoding="utf-8")
    served = Served(tmp_path / "drawn", free_port(), [str(scenario)]).start()
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    try:
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(served.url)
        open_change(page)
        draw_road(page, ROADS[0])
        page.wait_for_selector(".changes li")
        until(page, lambda: len(work_of(page)["alternatives"]) == 1)
        served.kill()
        (served.folder / ".picture").unlink()
        page.evaluate("document.body.dataset.stage = 'away'")
        served.start()
        page.wait_for_selector("body[data-stage=ready]", timeout=60_000)
        page.get_by_role("button", name="+ New").click()
        until(page, lambda: len(work_of(page)["alternatives"]) == 2)
        assert wrong == []
        # on a landscape of other cells the window shows that one
        served.kill()
        scenario.write_text(text.replace("8000", "9000"), encoding="utf-8")
        served.start()
        page.wait_for_function("() => window.corridor?.map.grid.cell_m === 9000", timeout=60_000)
        assert wrong == []
    finally:
        context.close()
        served.stop()
