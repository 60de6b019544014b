"""Report pages on a phone and on a desk: nothing to scroll sideways, and what a script adds."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import findings

from corridor_sim.comparison.tables import compare
from corridor_sim.report.study import write_report
from oracles.made_study import made_study

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1366)
EVIL = "</script><script>window.ran = 1</script><img src=x onerror=window.ran=1> & more"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = made_study(tmp_path_factory.mktemp("pages") / "study", name=EVIL)
    write_report(compare(study), study)
    return study.out


@pytest.fixture
def opened(chromium: Any, folder: Path) -> Iterator[Open]:
    contexts: list[Any] = []
    wrong: list[str] = []

    def make(name: str = "report.html", width: int = 1366, *, scripts: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, java_script_enabled=scripts
        )
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on(
            "request",
            lambda r: None if r.url.startswith(("file:", "data:")) else wrong.append(r.url),
        )
        page.goto((folder / name).as_uri())
        contexts.append(context)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["report.html", "summary.html"])
def test_nothing_is_scrolled_sideways_and_axe_finds_nothing(
    opened: Open, name: str, width: int
) -> None:
    page = opened(name, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    whole, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert whole <= window == width
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false })")
    assert findings(page) == []


def test_no_name_of_a_user_runs(opened: Open) -> None:
    page = opened()
    assert page.evaluate("window.ran") is None
    assert EVIL in page.locator("h1").inner_text()


def test_rows_are_cards_on_a_phone_with_the_head_of_each_value(opened: Open) -> None:
    page = opened(width=390)
    cell = page.locator("table.cards td.num").first
    assert cell.evaluate("(one) => getComputedStyle(one, '::before').content") == json.dumps(
        cell.get_attribute("data-label"), ensure_ascii=False
    )
    assert page.locator("table.cards tr").nth(1).evaluate(
        "(one) => getComputedStyle(one).display"
    ) == ("grid")


def test_maps_have_a_form_for_phones_whose_letters_keep_their_size(opened: Open) -> None:
    page = opened(width=390)
    page.wait_for_function("document.querySelector('picture img').complete")
    shown, drawn = page.locator("picture img").first.evaluate(
        "(i) => [i.clientWidth, i.naturalWidth]"
    )
    # at 140 dots an inch a letter of 7 points is 13.6 dots high
    assert 7 / 72 * 140 * shown / drawn >= 8.5


def test_a_table_is_put_in_order_by_key_and_by_finger(opened: Open) -> None:
    page = opened()
    table = page.locator("table:has(button.sort)").first
    name = "table:has(button.sort) >> nth=0"
    number = table.locator("thead th.num button.sort").first
    column = number.evaluate("(one) => one.closest('th').cellIndex")
    number.focus()
    page.keyboard.press("Enter")
    head = number.locator("xpath=..")
    assert head.get_attribute("aria-sort") == "descending"
    down = [one for one in _order(page, name, column) if not math.isnan(one)]
    assert len(down) > 2
    assert down == sorted(down, reverse=True)
    number.click()
    assert head.get_attribute("aria-sort") == "ascending"
    up = [one for one in _order(page, name, column) if not math.isnan(one)]
    assert up == sorted(up)


def _order(page: Any, table: str, column: int) -> list[float]:
    texts = (
        page.locator(table)
        .locator("tbody tr:not(.base)")
        .evaluate_all(
            "(rows, column) => rows.map((row) => row.cells[column].dataset.n ?? null)", column
        )
    )
    return [math.nan if one is None else float(one) for one in texts]


def test_one_species_alone_can_be_shown(opened: Open) -> None:
    page = opened()
    sections = page.locator("section.species")
    n = sections.count()
    assert n > 1
    buttons = page.locator(".tools button")
    buttons.nth(1).click()
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    assert [sections.nth(i).is_visible() for i in range(n)] == [True, *[False] * (n - 1)]
    buttons.nth(0).click()
    assert all(sections.nth(i).is_visible() for i in range(n))


def test_a_map_tells_what_lies_there_by_pointer_and_by_key(opened: Open) -> None:
    page = opened()
    figure = page.locator("figure:has(.map svg)").first
    marks = figure.locator("svg.at-wide .mark")
    told = figure.locator(".told-of")
    marks.last.focus()
    first = told.inner_text()
    assert first == marks.last.locator("title").evaluate("(one) => one.textContent")
    page.keyboard.press("ArrowRight")
    assert told.inner_text() == marks.first.locator("title").evaluate("(one) => one.textContent")
    marks.last.dispatch_event("pointerover")
    assert told.inner_text() == first


def test_without_scripts_the_page_is_whole(opened: Open) -> None:
    page = opened(scripts=False)
    assert page.locator("button.sort, .tools").count() == 0
    assert page.locator("table").count() > 3
    assert page.locator(".map svg title").count() > 0
