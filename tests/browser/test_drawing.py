"""A link is drawn with the mouse, and what animals do about it is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from served import Window

pytestmark = pytest.mark.browser


def test_a_link_drawn_with_the_mouse_is_answered(window: Callable[..., Window]) -> None:
    page = window().page
    page.wait_for_selector("body[data-painted]")
    page.get_by_role("button", name="Change").click()
    page.wait_for_selector("body[data-stage=ready]")
    page.get_by_role("button", name="Draw a link").click()
    box = page.locator("#map").bounding_box()
    for dx, dy in ((0.45, 0.35), (0.55, 0.35), (0.55, 0.5), (0.45, 0.5)):
        page.mouse.click(box["x"] + dx * box["width"], box["y"] + dy * box["height"])
    page.mouse.dblclick(box["x"] + 0.45 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_selector("text=andean_bear:")
