"""Each lesson is taken start to end: by mouse, by keyboard, on a phone, left and continued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import findings
from served import Served, Window, free_port

from corridor_sim.app.lesson_files import LESSONS, lesson

pytestmark = pytest.mark.browser

SMALL = Path(__file__).parent / "small_lessons.py"
AT_MOST_MS = 120_000
Open = Callable[..., Window]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page with lessons at small scale, started with a sweep of one's own."""
    folder = tmp_path_factory.mktemp("school")
    own = folder / "own.toml"
    own.write_text(
        '[base]\nname = "Today"\ndays = 3\nreplicates = 2\ntracks = 0\n'
        "[base.landscape]\ncell_m = 8000\n[base.species.andean_bear]\nsampling = 0.1\n"
        '[sweep]\noutcomes = ["home_range_quality", "joining_per_year"]\n'
        '[sweep.parameters."species.andean_bear.traits.habitat.gap_half_m"]\n'
        'values = [500.0, 1500.0, 4000.0]\nlabel = "Gap (m)"\n',
        encoding="utf-8",
    )
    one = Served(folder / "drawn", free_port(), [str(own)], program=(str(SMALL),)).start()
    yield one
    one.stop()


def learn(window: Open, school: Served, size: str = "desk", **options: Any) -> Any:
    page = window(size, url=f"{school.url}#learn", **options).page
    page.wait_for_selector(".card", timeout=AT_MOST_MS)
    page.wait_for_selector("body[data-stage=ready]", timeout=AT_MOST_MS)
    return page


def rested(page: Any) -> None:
    """Wait until nothing is being computed."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('.learn .running')].every(p => !p.textContent)",
        timeout=AT_MOST_MS,
    )


def run_all(page: Any) -> None:
    """Press every button that starts something, and wait for its end."""
    for i in range(page.locator(".lesson-doing button.main").count()):
        button = page.locator(".lesson-doing button.main").nth(i)
        name = button.inner_text()
        if "Change" in name:
            continue
        button.click()
        # a short run is over before it can be seen to stop
        page.wait_for_function(
            "([i, name]) => document.querySelectorAll('.lesson-doing button.main')[i]?.innerText"
            " === name",
            arg=[i, name],
            timeout=AT_MOST_MS,
        )
        rested(page)


def take(page: Any, key: str, at_each: Callable[[Any, str], None] | None = None) -> None:
    """Take a lesson from its first step to its last."""
    page.locator(f"[data-lesson={key}]").click()
    steps = [step["key"] for step in lesson(key)["steps"]]
    for name in steps:
        page.wait_for_selector(f'body[data-lesson="{key}/{name}"]')
        if page.locator(".predict input").count():
            page.locator(".predict input").first.check()
            page.locator(".predict button").click()
        rested(page)
        run_all(page)
        if name == "joined":
            page.locator(".lesson-doing .lesson-choice input").nth(2).check()
            run_all(page)
        if page.locator(".ask input").count():
            page.locator(".ask input").first.check()
        if at_each:
            at_each(page, name)
        if name != steps[-1]:
            page.locator(".lesson-nav button.main").click()


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("key", LESSONS)
def test_a_lesson_start_to_end(window: Open, school: Served, key: str, size: str) -> None:
    page = learn(window, school, size)
    faults: dict[str, list[str]] = {}

    def look(page: Any, name: str) -> None:
        if found := findings(page):
            faults[name] = found
        # nothing stands out to the side of the page
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    take(page, key, look)
    assert faults == {}
    text = page.locator(".learn").inner_text()
    predicted = sum("predict" in step for step in lesson(key)["steps"])
    asked = sum("ask" in step for step in lesson(key)["steps"])
    assert text.count("You expected:") == predicted
    assert text.count("You answered:") == asked
    assert "You found:" in text
    assert "NaN" not in text
    assert "learn." not in text
    # the landscape of the page is there again
    page.locator("[data-view=look]").click()
    width = page.evaluate("window.corridor.map.grid.width")
    assert width == page.evaluate("window.corridor.store.state.picture.grid.width")
    assert page.evaluate("document.body.classList.contains('in-learn')") is False


def test_a_lesson_by_keyboard_alone(window: Open, school: Served) -> None:
    page = learn(window, school)

    def go_to(selector: str) -> None:
        """Tab on until the focus is there."""
        for _ in range(120):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")

    go_to("[data-lesson=percolation]")
    page.keyboard.press("Enter")
    page.wait_for_selector('body[data-lesson="percolation/start"]')
    go_to(".predict input")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    go_to(".predict button")
    page.keyboard.press("Enter")
    assert "suddenly" in page.locator(".predict").inner_text()
    go_to(".lesson-nav button.main")
    page.keyboard.press("Enter")
    page.wait_for_selector('body[data-lesson="percolation/chance"]')
    # a step begins at its title
    assert page.evaluate("document.activeElement.tagName") == "H3"
    rested(page)
    go_to(".slider input")
    before = page.locator(".measured").inner_text()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("b => document.querySelector('.measured').innerText !== b", arg=before)
    go_to(".lesson-doing button.main")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.chart tbody tr').length === 13")
    rested(page)
    go_to(".chart-surface")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    said = page.locator(".chart-told").inner_text()
    assert "20" in said
    assert "[" in said


def test_a_lesson_is_left_and_continued(window: Open, school: Served) -> None:
    page = learn(window, school)
    page.locator("[data-lesson=percolation]").click()
    page.locator(".predict input").nth(1).check()
    page.locator(".predict button").click()
    page.locator(".lesson-nav button.main").click()
    page.locator(".lesson-doing button.main").click()
    page.wait_for_function("() => document.querySelectorAll('.chart tbody tr').length === 13")
    rested(page)
    page.reload()
    page.wait_for_selector(".card", timeout=AT_MOST_MS)
    assert "Go on" in page.locator("[data-lesson=percolation]").inner_text()
    page.locator("[data-lesson=percolation]").click()
    page.wait_for_selector('body[data-lesson="percolation/chance"]')
    assert page.locator(".chart tbody tr").count() == 13
    page.get_by_role("button", name="Back").click()
    assert "suddenly" in page.locator(".predict").inner_text()


def test_leaving_the_view_ends_what_is_computed(window: Open, school: Served) -> None:
    page = learn(window, school)
    page.locator("[data-sweep=sweep_percolation]").click()
    page.wait_for_selector(".slider", timeout=AT_MOST_MS)
    page.get_by_role("button", name="Run the whole curve").click()
    page.wait_for_function(
        "() => /Repeat/.test(document.querySelector('.running').innerText)", timeout=AT_MOST_MS
    )
    page.locator("[data-view=look]").click()
    # another task has its turn at once: nothing of the curve is left
    page.locator("[data-view=learn]").click()
    page.locator("[data-lesson=drift]").click()
    page.wait_for_selector(".predict")
    assert page.evaluate("!document.querySelector('.running')?.textContent")


def test_sliders_of_ones_own_sweep(window: Open, school: Served) -> None:
    page = learn(window, school)
    page.locator("[data-sweep=scenario]").click()
    page.wait_for_selector(".slider", timeout=AT_MOST_MS)
    page.get_by_role("button", name="Run the whole curve").click()
    page.wait_for_function(
        "() => document.querySelectorAll('.chart tbody tr').length === 3", timeout=AT_MOST_MS
    )
    rested(page)
    assert "Andean bear" in page.locator(".chart-key").inner_text()
    page.get_by_label("Animals that join another core area").check()
    assert "Animals that join" in page.locator(".chart figcaption").inner_text()
    assert findings(page) == []


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_description_opens_beside_what_is_seen(window: Open, school: Served, size: str) -> None:
    page = learn(window, school, size)
    page.get_by_role("button", name="How the model does this").click()
    drawer = page.locator("dialog.odd")
    page.wait_for_selector("dialog.odd[open] h3")
    assert "Purpose and patterns" in drawer.inner_text()
    page.locator("#views [data-view=watch]").click()
    page.wait_for_function("() => /Barriers/.test(document.querySelector('dialog.odd').innerText)")
    assert findings(page) == []
    drawer.get_by_role("button", name="Close").focus()
    page.keyboard.press("Escape")
    assert not drawer.is_visible()
    assert page.evaluate("document.activeElement.className") == "odd-open"
