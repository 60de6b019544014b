"""Alternatives side by side: steps back and forth, eight of them, away and back, two windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from changing import click, open_change, put_work, until, work_of
from served import Served, Window, free_port

import corridor_sim as cs

pytestmark = pytest.mark.browser

CRS = "EPSG:32717"
ENDS = ((684_000.0, 9_460_000.0), (684_000.0, 9_444_000.0))
LINK = {
    "kind": "build_link",
    "name": "North",
    "actions": ["restore", "protect"],
    "line": [list(end) for end in ENDS],
    "width_m": 10_000,
    "crs": CRS,
}
CLEARING = {
    "kind": "clear",
    "fraction": 1.0,
    "areas": [[[670_000, 9_465_000], [700_000, 9_465_000], [700_000, 9_435_000]]],
    "crs": CRS,
}
ROAD = {
    "kind": "add_road",
    "name": "R",
    "points": [[760_000, 9_700_000], [760_000, 9_660_000]],
    "road_class": 2,
    "crs": CRS,
}


def names(page: Any) -> list[str]:
    return [one["name"] for one in work_of(page)["alternatives"]]


def until_kept(page: Any, n: int) -> None:
    """Wait until the program keeps so many alternatives."""
    until(page, lambda: len(work_of(page)["alternatives"]) == n)


def test_steps_are_undone_and_made_again(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page, {"alternatives": [{"name": "North", "changes": [LINK]}]})
    page.get_by_role("button", name="Delete North").first.click()
    page.wait_for_selector(".changes", state="detached")
    page.keyboard.press("Control+z")
    page.wait_for_selector(".changes li")
    page.get_by_role("button", name="Duplicate this alternative").click()
    until_kept(page, 2)
    page.keyboard.press("Control+z")
    until_kept(page, 1)
    page.keyboard.press("Control+Shift+z")
    until_kept(page, 2)
    assert names(page) == ["North", "North (copy)"]
    page.reload()
    page.wait_for_selector("#undo:not([disabled])")
    page.get_by_role("button", name="Undo").click()
    until_kept(page, 1)


def test_the_ninth_alternative_is_refused_in_plain_words(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    for _ in range(8):
        page.get_by_role("button", name="+ New").click()
    until_kept(page, 8)
    page.get_by_role("button", name="+ New").click()
    page.wait_for_selector("role=alert >> text=8 alternatives already")
    page.get_by_role("button", name="Duplicate this alternative").click()
    assert len(names(page)) == 8


def test_a_name_that_is_taken_is_refused(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page, {"alternatives": [{"name": "A"}, {"name": "B"}]})
    page.get_by_label("Name of the alternative").fill("B")
    page.get_by_label("Name of the alternative").press("Enter")
    page.wait_for_selector("role=alert >> text=called B already")
    assert names(page) == ["A", "B"]
    page.get_by_label("Name of the alternative").fill("South")
    page.get_by_label("Name of the alternative").press("Enter")
    page.wait_for_selector(".alternatives >> text=South")


def test_a_step_of_two_windows_is_made_on_top(window: Callable[..., Window]) -> None:
    one, another = window().page, window()
    other = another.page
    open_change(one)
    other.get_by_role("button", name="Change", exact=True).click()
    other.wait_for_selector("#draw-link")
    # what the first window does is not heard by the second, which then makes a step of its own
    other.evaluate("() => { window.corridor.store.set = () => {}; }")
    one.get_by_role("button", name="+ New").click()
    until_kept(one, 1)
    other.evaluate("() => { delete window.corridor.store.set; }")
    other.get_by_label("Draw a road").click()
    click(other, ENDS)
    other.get_by_role("button", name="Done").click()
    until_kept(one, 2)
    kept = work_of(one)["alternatives"]
    assert [len(each.get("changes", [])) for each in kept] == [0, 1]
    other.wait_for_selector("role=alert >> text=on top of them")
    # the browser itself writes down that the first try was refused
    assert all("409" in error for error in another.errors)
    another.errors.clear()


def test_what_is_drawn_while_the_program_is_away_is_sent_when_it_is_back(
    chromium: Any, tmp_path: Path
) -> None:
    scenario = tmp_path / "small.toml"
    text = 'name = "Today"\n[landscape]\ncell_m = 8000\n[species.andean_bear]\n'
    scenario.write_text(text, encoding="utf-8")
    served = Served(tmp_path / "drawn", free_port(), [str(scenario)]).start()
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    try:
        page = context.new_page()
        page.goto(served.url)
        open_change(page)
        served.kill()
        page.get_by_role("button", name="Draw a road").click()
        click(page, ENDS)
        page.get_by_role("button", name="Done").click()
        page.wait_for_selector("role=alert >> text=does not answer")
        page.wait_for_selector(".changes li")
        served.start()
        page.wait_for_selector("#trouble", state="detached", timeout=60_000)
        kept = cs.read_alternatives(served.folder / "alternatives.toml")
        assert kept.alternatives[0].changes[0]["kind"] == "add_road"
    finally:
        context.close()
        served.stop()


def test_the_table_holds_the_numbers_of_the_api(
    window: Callable[..., Window], evaluator: cs.LinkEvaluator
) -> None:
    page = window().page
    drawn = {
        "alternatives": [
            {"name": "Link", "cost": 3, "changes": [LINK]},
            {"name": "Clearing", "cost": 1, "changes": [CLEARING]},
            {"name": "Both", "cost": 4, "changes": [ROAD, LINK]},
        ]
    }
    open_change(page, drawn)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("#compare")
    page.wait_for_function(
        """() => document.querySelectorAll(
          "tr[data-species=all][data-quantity=joining_per_year] td[data-change]").length === 3
        && Object.values(window.corridor.store.state.answers).every((one) => one.final)""",
        timeout=90_000,
    )
    best = {}
    for one in cs.Alternatives.of(drawn).alternatives:
        effect = evaluator.change(one.edits(evaluator.land), one.name)
        table = effect.totals.set_index(["species", "quantity"])
        for species, quantity in table.index:
            cell = page.locator(
                f"tr[data-species={species}][data-quantity={quantity}] td[data-name={one.name}]"
            )
            row = table.loc[(species, quantity)]
            told = float(cell.get_attribute("data-change"))
            assert told == pytest.approx(row["change"], abs=1e-12), (one.name, species, quantity)
        best[one.name] = table.loc["andean_bear", "joining_per_year"]
    told_apart = {name: row["change"] for name, row in best.items() if row["low"] > 0}
    marked = page.locator("tr[data-species=andean_bear][data-quantity=joining_per_year] td.best")
    if told_apart:
        assert marked.get_attribute("data-name") == max(told_apart, key=told_apart.__getitem__)
    else:
        assert marked.count() == 0


def test_the_best_set_needs_costs_and_a_budget_and_then_is_told(
    window: Callable[..., Window],
) -> None:
    page = window().page
    drawn = [{"name": "Link", "changes": [LINK]}, {"name": "Clearing", "changes": [CLEARING]}]
    open_change(page, {"alternatives": drawn})
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="Find the best set").click()
    page.wait_for_selector("role=alert >> text=Give a cost above 0 to: Link, Clearing")
    for i, cost in enumerate("32"):
        page.locator(f"#cost-{i}").fill(cost)
        page.locator(f"#cost-{i}").press("Tab")
    page.get_by_role("button", name="Find the best set").click()
    page.wait_for_selector("role=alert >> text=Give a budget")
    page.locator("#budget").fill("3")
    page.locator("#budget").press("Tab")
    until(page, lambda: work_of(page).get("budget") == 3)
    page.get_by_role("button", name="Find the best set").click()
    page.wait_for_selector("#choice", timeout=120_000)
    sentence = page.locator("#choice-sure").inner_text()
    assert sentence == page.evaluate("() => window.corridor.store.state.best_set.sentence")


def test_a_change_of_another_window_can_be_undone_here(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page, {"alternatives": [{"name": "Mine"}]})
    put_work(page, {"alternatives": [{"name": "Theirs"}]})
    page.wait_for_selector(".alternatives >> text=Theirs")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector(".alternatives >> text=Mine")


def test_after_an_absence_the_person_says_which_drawings_hold(
    window: Callable[..., Window],
) -> None:
    one = window()
    page = one.page
    open_change(page, {"alternatives": [{"name": "Before"}]})
    page.route("**/api/work", lambda route: route.abort())
    page.get_by_role("button", name="+ New").click()
    page.wait_for_selector("role=alert >> text=does not answer")
    page.unroute("**/api/work")
    put_work(page, {"alternatives": [{"name": "Theirs"}]})
    page.wait_for_selector("role=alert >> text=Which drawings are to hold")
    page.get_by_role("button", name="Mine", exact=True).click()
    until(page, lambda: names(page) == ["Before", "Plan 1"])
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: names(page) == ["Theirs"])
    assert all("ERR_FAILED" in error for error in one.errors)
    one.errors.clear()
