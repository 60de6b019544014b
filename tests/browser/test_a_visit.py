"""A visit, in the default tier: a link is drawn and answered, the program dies, nothing is lost.

What else a browser tells is longer: ``pytest -m browser tests/browser``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe import findings
from changing import answered, area, click, open_change, work_of
from served import Served, Window, free_port

VIEWS = ("Look", "Watch", "Change", "Keep", "Learn")


@pytest.fixture
def program(tmp_path: Path) -> Any:
    """A program of one species on large cells, which the test may kill."""
    scenario = tmp_path / "small.toml"
    scenario.write_text(
        'name = "Today"\n[landscape]\ncell_m = 5000\n[species.andean_bear]\n', encoding="utf-8"
    )
    one = Served(tmp_path / "drawn", free_port(), [str(scenario)]).start()
    yield one
    one.stop()


def test_a_link_is_drawn_answered_and_outlives_the_program(
    program: Served, window: Callable[..., Window]
) -> None:
    page = window(url=program.url).page
    open_change(page)
    page.get_by_role("button", name="Draw a link").click()
    click(page, [area(page, "Sangay"), area(page, "Podocarpus")])
    page.get_by_role("button", name="Done").click()
    answered(page)
    (drawn,) = work_of(page)["alternatives"]
    shown = page.locator(".headline .species").all_inner_texts()
    assert "Andean bear" in shown[0]
    page.close()

    program.kill()
    program.start()
    again = window(url=program.url).page
    open_change(again, {"alternatives": [drawn]})
    answered(again)
    assert again.locator(".headline .species").all_inner_texts() == shown


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_view_is_there_for_everybody(window: Callable[..., Window], size: str) -> None:
    page = window(size).page
    page.set_default_timeout(60_000)
    page.wait_for_selector("body[data-stage=ready]", timeout=240_000)
    for view in VIEWS:
        page.locator("#views").get_by_role("button", name=view).click()
        page.wait_for_selector("#panel h2", state="attached")
        assert findings(page) == [], view
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(wide), view
