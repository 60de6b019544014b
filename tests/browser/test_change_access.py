"""The view for who has no mouse or does not see: axe-core, targets for fingers, what is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe import findings
from changing import answered, open_change
from served import Window
from test_change_plans import CLEARING, LINK

pytestmark = pytest.mark.browser

LEAST_TARGET_PX = 40


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_axe_finds_nothing_serious(window: Callable[..., Window], size: str) -> None:
    page = window(size).page
    drawn = [{"name": "Link", "changes": [LINK]}, {"name": "Clearing", "changes": [CLEARING]}]
    open_change(page, {"alternatives": drawn})
    answered(page)
    page.wait_for_selector("#lives")
    assert findings(page) == []
    page.get_by_role("button", name="Draw a link").click()
    assert findings(page) == []
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Move or change North").click()
    assert findings(page) == []
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("#compare td[data-change]")
    assert findings(page) == []


def test_what_a_finger_presses_is_large_enough(window: Callable[..., Window]) -> None:
    page = window("phone", has_touch=True).page
    open_change(page, {"alternatives": [{"name": "Link", "changes": [LINK]}]})
    answered(page)
    page.wait_for_selector("#lives")
    small = page.evaluate(
        """(least) => [...document.querySelectorAll("#panel button, #panel select, #panel .check")]
          .map((one) => [one.id || one.textContent, one.getBoundingClientRect()])
          .filter(([, box]) => box.height < least || box.width < least)
          .map(([name, box]) => `${name} ${box.width} x ${box.height}`)""",
        LEAST_TARGET_PX,
    )
    assert small == []


def test_a_new_answer_is_told_to_who_does_not_see(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page, {"alternatives": [{"name": "Link", "changes": [LINK]}]})
    answered(page)
    page.wait_for_function("() => document.getElementById('said').textContent.includes('join')")


def test_the_next_animal_is_told_in_a_sentence(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page, {"alternatives": [{"name": "Link", "changes": [LINK]}]})
    answered(page)
    page.wait_for_selector("#lives")
    page.get_by_role("button", name="Next animal").click()
    told = page.locator("#life").inner_text()
    assert "without the change" in told
    assert "with it" in told
    assert page.locator("path.end").count() > 0
