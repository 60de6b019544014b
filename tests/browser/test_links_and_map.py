"""The page on links in a browser: from a row of the table to the map and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oracles.links_pages import page_of, ranked_country

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = ranked_country(tmp_path_factory.mktemp("links"))
    page_of(found)
    folder: Path = found.evaluator.study.out
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1366, "height": 844})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(address)
    yield opened
    context.close()
    assert wrong == []


def test_a_row_shows_its_link_on_the_map_and_back(page: Any) -> None:
    row = page.locator("#ranking tbody tr").nth(1)
    name = row.locator("th a").inner_text()
    row.locator("button.on-map").click()
    told = page.locator("#map .told-of").inner_text()
    assert name in told
    mark = page.locator("#map svg.at-wide .mark.told")
    assert mark.count() == 1
    assert name in mark.locator("title").evaluate("(one) => one.textContent")
    # another link on the map leads to its own row
    other = page.locator("#ranking tbody tr").nth(0)
    target = other.locator("th a").get_attribute("href")
    page.locator(f'#map svg.at-wide a[href="{target}"]').dispatch_event("click")
    assert "told" in (other.get_attribute("class") or "")
    assert "told" not in (row.get_attribute("class") or "")


def test_without_a_script_a_link_on_the_map_leads_to_its_page(page: Any) -> None:
    targets = page.locator("#map svg.at-wide a").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('href'))"
    )
    assert len(targets) == page.locator("#ranking tbody tr").count()
    for target in targets:
        assert page.locator(f"section{target}").count() == 1
