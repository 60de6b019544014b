"""What a student reads in a lesson: nothing found is lost or covered, and the focus stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from served import Served, Window

pytestmark = pytest.mark.browser

AT_MOST_MS = 60_000
Open = Callable[..., Window]


def lesson_of(window: Open, served: Served, key: str, size: str = "desk") -> Any:
    page = window(size, url=f"{served.url}#learn").page
    card = page.locator(f"[data-lesson={key}]")
    card.wait_for(timeout=AT_MOST_MS)
    card.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-lesson]")
    return page


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.className || document.activeElement.tagName"))


def test_the_keyboard_stays_where_it_is(window: Open, served: Served) -> None:
    page = lesson_of(window, served, "percolation")
    assert focused(page) == "H3"
    page.locator(".predict input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".predict button").count() == 0
    assert focused(page) == "predict"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Next"
    page.locator(".lesson-leave").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-lesson=percolation]")
    assert focused(page) == "card"


def test_what_was_found_first_stays_in_the_record(window: Open, served: Served) -> None:
    page = lesson_of(window, served, "percolation")
    page.locator(".lesson-nav .main").click()
    start = page.locator(".lesson-doing button.main")
    for i in (0, 1):
        page.locator(".lesson-doing .lesson-choice input").nth(i).check()
        start.click()
        page.locator(f".chart-key li >> nth={i}").wait_for(timeout=AT_MOST_MS)
        page.locator(".lesson-doing button.main:has-text('curve')").wait_for(timeout=AT_MOST_MS)
    # thresholds are written above the curves, not upon them
    top = page.locator(".chart .grid").last.bounding_box()["y"]
    for label in page.locator(".chart .upright-label").all():
        box = label.bounding_box()
        assert box["y"] + box["height"] <= top + 1
    while page.locator(".lesson-nav .main").count():
        page.locator(".lesson-nav .main").click()
    text = page.locator(".learn").inner_text()
    assert "4 neighbours): from" in text
    assert "8 neighbours): from" in text


def test_letters_stand_low_and_high_as_in_a_book(window: Open, served: Served) -> None:
    page = lesson_of(window, served, "percolation")
    for _ in range(4):
        page.locator(".lesson-nav .main").click()
    equation = page.locator(".equation")
    assert equation.locator("sub").all_inner_texts() == ["c", "c"]
    assert "_" not in equation.inner_text()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_names_of_links_cover_no_link(window: Open, served: Served, size: str) -> None:
    page = lesson_of(window, served, "corridor", size)
    page.locator(".lesson-name >> nth=2").wait_for(timeout=AT_MOST_MS)
    page.wait_for_timeout(300)  # the map has come to rest
    links = [one.bounding_box() for one in page.locator(".lesson-link").all()]
    names = [one.bounding_box() for one in page.locator(".lesson-name").all()]
    assert len(links) == len(names) == 3
    boxes = [*names, *links, page.locator(".map-buttons, .zoom").first.bounding_box()]
    for i, a in enumerate(names):
        for b in boxes[i + 1 :]:
            apart_x = a["x"] + a["width"] <= b["x"] + 3 or b["x"] + b["width"] <= a["x"] + 3
            apart_y = a["y"] + a["height"] <= b["y"] + 3 or b["y"] + b["height"] <= a["y"] + 3
            assert apart_x or apart_y, (i, a, b)
