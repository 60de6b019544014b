"""Changes are drawn with mouse, finger and keys; what is wrong is told, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from changing import answered, area, click, grid, open_change, pixel, put_work, work_of
from served import Window

import corridor_sim as cs

pytestmark = pytest.mark.browser

# a band over pasture between two core areas, where bears pass
ENDS = ((684_000.0, 9_460_000.0), (684_000.0, 9_444_000.0))


def test_a_link_drawn_with_the_mouse_is_answered_as_by_the_api(
    window: Callable[..., Window], evaluator: cs.LinkEvaluator
) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a link").click()
    page.locator("#width-number").fill("10")
    page.locator("#width-number").press("Tab")
    click(page, ENDS)
    page.mouse.dblclick(*pixel(page, ENDS[1]))
    answered(page)
    change = work_of(page)["alternatives"][0]["changes"][0]
    assert change["width_m"] == 10_000
    assert change["line"] == [pytest.approx(end, abs=2000) for end in ENDS]

    one = cs.Alternative(name="x", changes=[change])
    table = evaluator.change(one.edits(evaluator.land)).totals.set_index(["species", "quantity"])
    for species in ("andean_bear", "jaguar"):
        row = table.loc[species, "joining_per_year"]
        cell = page.locator(
            f".answer [data-species={species}] [data-quantity=joining_per_year] [data-change]"
        )
        assert float(cell.get_attribute("data-change")) == pytest.approx(row["change"], abs=1e-12)
        if row["low"] == row["low"]:
            assert float(cell.get_attribute("data-low")) == pytest.approx(row["low"], abs=1e-12)
    assert "40 replicates" in page.locator("#replicates").inner_text()


def test_a_link_is_drawn_by_keys_alone(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    page.locator("#draw-link").focus()
    page.keyboard.press("Enter")
    for key in ("ArrowLeft", "Enter", "ArrowDown", "Enter", "Backspace", "ArrowDown", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
    page.wait_for_function("document.getElementById('measures').textContent.includes('km')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".changes li")
    (change,) = work_of(page)["alternatives"][0]["changes"]
    (x0, y0), (x1, y1) = change["line"]
    assert x0 == x1
    assert y1 < y0
    # who drew by keys goes on where they began
    assert page.evaluate("document.activeElement.id") == "draw-link"


def test_escape_leaves_the_drawing(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a road").click()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.wait_for_selector(".drawing-box", state="detached")
    assert work_of(page)["alternatives"] == []


def test_a_line_leads_from_one_core_area_to_another(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a link").click()
    page.locator("#shape-between").check()
    page.select_option("#join-from", label="Yacuri")
    page.select_option("#join-to", label="Tabaconas–Namballe")
    page.get_by_role("button", name="Put the line there").click()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector(".changes li")
    line = work_of(page)["alternatives"][0]["changes"][0]["line"]
    assert line[0] == pytest.approx([684_000, 9_464_000])
    assert line[1] == pytest.approx([684_000, 9_440_000])


def test_an_outline_that_crosses_itself_is_told_and_kept_until_it_is_mended(
    window: Callable[..., Window],
) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a reserve").click()
    west, north = 700_000.0, 9_600_000.0
    bow = [(0, 0), (60_000, -60_000), (60_000, 0), (0, -60_000)]
    click(page, [(west + dx, north + dy) for dx, dy in bow])
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("role=alert >> text=crosses itself")
    assert page.locator("circle.corner:not(.ahead)").count() == 4
    page.get_by_role("button", name="Remove last corner").click()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector(".changes li")
    assert len(work_of(page)["alternatives"][0]["changes"][0]["areas"][0]) == 3


def test_an_outline_outside_the_map_is_told(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a reserve").click()
    east = grid(page)["west_m"] + grid(page)["width"] * grid(page)["cell_m"]
    off = [(east + 5_000, 9_600_000.0), (east + 25_000, 9_600_000.0), (east + 15_000, 9_560_000.0)]
    click(page, off)
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("role=alert >> text=outside the map")
    assert page.locator("circle.corner:not(.ahead)").count() == 3
    assert work_of(page)["alternatives"] == []


def test_an_outline_smaller_than_a_cell_is_told(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a reserve").click()
    page.get_by_text("Type coordinates").click()
    for x, y in ((700_500, 9_600_500), (701_000, 9_600_500), (701_000, 9_601_000)):
        page.locator("#corner-x").fill(str(x))
        page.locator("#corner-y").fill(str(y))
        page.get_by_role("button", name="Set this corner").click()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("role=alert >> text=too small")
    assert page.locator("circle.corner:not(.ahead)").count() == 3


def test_a_link_over_a_core_area_is_told_and_kept(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    x, y = area(page, "Sangay")
    half = 8_000
    ring = [[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
    link = {"kind": "build_link", "name": "In", "areas": [ring], "actions": ["protect"]}
    link["crs"] = grid(page)["crs"]
    page.get_by_role("button", name="Draw a link").click()
    page.locator("#shape-area").check()
    click(page, [tuple(p) for p in ring])
    page.wait_for_selector(".notes >> text=inside Sangay")
    page.get_by_role("button", name="Cancel").click()
    put_work(page, {"alternatives": [{"name": "Over", "changes": [link]}]})
    page.wait_for_selector("#answer-problem")
    assert "changes nothing" in page.locator("#answer-problem").inner_text()
    assert len(work_of(page)["alternatives"]) == 1


def test_a_link_that_does_nothing_is_not_made(window: Callable[..., Window]) -> None:
    page = window().page
    open_change(page)
    page.get_by_role("button", name="Draw a link").click()
    page.get_by_label("Restore").uncheck()
    page.get_by_label("Protect").uncheck()
    click(page, ENDS)
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector("role=alert >> text=at least one")
    page.get_by_label("Crossings").check()
    page.get_by_role("button", name="Done").click()
    page.wait_for_selector(".changes li")
    assert work_of(page)["alternatives"][0]["changes"][0]["actions"] == ["crossings"]


def test_a_corner_is_dragged_and_the_answer_follows(window: Callable[..., Window]) -> None:
    page = window().page
    crs = "EPSG:32717"
    road = {"kind": "add_road", "name": "R", "points": [list(p) for p in ENDS], "road_class": 2}
    open_change(page, {"alternatives": [{"name": "Road", "changes": [road | {"crs": crs}]}]})
    page.get_by_role("button", name="Move or change R").click()
    page.mouse.move(*pixel(page, ENDS[1]))
    page.mouse.down()
    to = (704_000.0, 9_420_000.0)
    page.mouse.move(*pixel(page, to), steps=4)
    page.mouse.up()
    page.wait_for_function(
        "() => window.corridor.store.state.work.alternatives[0].changes[0].points[1][0] > 700000"
    )
    answered(page)
    points = work_of(page)["alternatives"][0]["changes"][0]["points"]
    assert points[0] == list(ENDS[0])
    assert points[1] == pytest.approx(to, abs=2000)


def test_a_link_is_drawn_by_touch_on_a_phone(window: Callable[..., Window]) -> None:
    page = window("phone", has_touch=True).page
    open_change(page)
    page.get_by_role("button", name="Draw a link").tap()
    for end in ((684_000.0, 9_460_000.0), (744_000.0, 9_380_000.0)):
        page.touchscreen.tap(*pixel(page, end))
        # two taps at once would be a double tap, which ends a line
        page.wait_for_timeout(500)
    page.get_by_role("button", name="Done").tap()
    page.wait_for_selector(".changes li")
    assert len(work_of(page)["alternatives"][0]["changes"][0]["line"]) == 2
