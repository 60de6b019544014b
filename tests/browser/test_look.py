"""The map and what it says of a landscape: values, units, names, by mouse, finger and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from axe import findings
from served import SIZES, Window

import corridor_sim as cs

pytestmark = pytest.mark.browser

CELL_M = 4000
Open = Callable[..., Window]


def look(window: Open, size: str = "desk", **options: Any) -> Any:
    """Open the view and wait until the map is drawn."""
    page = window(size, **options).page
    page.wait_for_selector("body[data-ground]", timeout=60_000)
    return page


def choose(page: Any, key: str) -> None:
    page.locator(f'input[value="{key}"]').check()
    page.wait_for_selector(f'body[data-painted="{key}"]')


@pytest.fixture(scope="module")
def land() -> cs.Landscape:
    return cs.load_landscape(cell_m=CELL_M)


def test_values_under_the_pointer_are_the_landscapes(window: Open, land: cs.Landscape) -> None:
    page = look(window)
    data = land.to_xarray()
    rng = np.random.default_rng(5)
    for key in ("elevation_m", "hazard_access", "land_cover", "protected"):
        choose(page, key)
        layer = data[key]
        rows = rng.integers(0, layer.sizes["y"], 300)
        columns = rng.integers(0, layer.sizes["x"], 300)
        places = np.column_stack([layer["x"].values[columns], layer["y"].values[rows]]).tolist()
        read = page.evaluate(
            "places => places.map(([x, y]) => window.corridor.map.valueAt(x, y).value)", places
        )
        truth = layer.values[rows, columns].astype(float)
        if np.issubdtype(layer.dtype, np.integer):
            assert read == truth.tolist()
            continue
        # half a step of 65 024 between the least and the largest value, or between their roots
        low, high = float(layer.min()), float(layer.max())
        step = (high - low) / 65023
        by_root = 2 * np.sqrt(high) * (np.sqrt(high) - np.sqrt(low)) / 65023
        assert np.max(np.abs(np.array(read) - truth)) <= max(step, by_root) / 2 + 1e-6


def test_the_readout_tells_place_value_and_unit(window: Open, land: cs.Landscape) -> None:
    page = look(window)
    choose(page, "elevation_m")
    x, y = land.towns.geometry.iloc[2].coords[0]
    at = page.evaluate("([x, y]) => window.corridor.map.toScreen(x, y)", [x, y])
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + at[0], box["y"] + at[1])
    told = page.locator(".readout").inner_text()
    lon, lat, metres = re.match(r"(\S+)°, (\S+)° · .+: ([\d,]+)\xa0m$", told).groups()  # type: ignore[union-attr]  # no match fails
    degrees = land.towns.to_crs("EPSG:4326").geometry.iloc[2]
    pixel_deg = page.evaluate("window.corridor.map.view.pixel_m") / 111_000
    for read, true in ((lon, degrees.x), (lat, degrees.y)):
        assert float(read.replace("−", "-")) == pytest.approx(true, abs=pixel_deg + 0.001)
    column, row = int((x - land.grid.west_m) / CELL_M), int((land.grid.north_m - y) / CELL_M)
    around = land["elevation_m"][row - 1 : row + 2, column - 1 : column + 2]
    assert around.min() - 1 <= float(metres.replace(",", "")) <= around.max() + 1


def test_degrees_are_those_of_the_crs(window: Open, land: cs.Landscape) -> None:
    page = look(window)
    places = [[t.x, t.y] for t in land.towns.geometry]
    read = page.evaluate("places => places.map((p) => window.corridor.map.toDegrees(...p))", places)
    true = [[t.x, t.y] for t in land.towns.to_crs("EPSG:4326").geometry]
    # 20 m at the equator
    assert np.max(np.abs(np.array(read) - np.array(true))) < 20 / 111_000


def test_a_legend_has_title_unit_round_ticks_and_source(window: Open) -> None:
    page = look(window)
    choose(page, "temperature_c")
    legend = page.locator(".legend")
    assert "Mean yearly temperature (°C)" in legend.locator("summary").first.inner_text()
    ticks = legend.locator(".ticks span").all_inner_texts()
    assert {"10", "20"} <= set(ticks)
    assert legend.locator(".where-from p").is_hidden()
    legend.locator(".where-from summary").click()
    assert "Approximated, not surveyed." in legend.locator(".where-from p").inner_text()
    choose(page, "road_distance_m")
    assert "(km)" in legend.locator("summary").first.inner_text()


def test_a_class_can_be_lit_while_the_others_fade(window: Open) -> None:
    page = look(window)
    seen = """() => {
      const c = window.corridor.map.canvas;
      const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
      const found = new Set();
      for (let i = 0; i < data.length; i += 4)
        found.add([data[i], data[i + 1], data[i + 2]].join());
      return [...found];
    }"""
    open_water, pasture = "59,111,160", "230,224,154"
    page.evaluate("window.corridor.map.look({...window.corridor.map.view, pixel_m: 500})")
    page.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    assert {open_water, pasture} <= set(page.evaluate(seen))
    button = page.get_by_role("button", name="Pasture")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    lit = set(page.evaluate(seen))
    assert pasture in lit
    assert open_water not in lit


def test_the_map_is_moved_and_asked_by_keyboard_alone(window: Open) -> None:
    page = look(window, reduced_motion="reduce")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('surface')"):
            break
    assert page.locator(":focus").get_attribute("aria-label") == "Map of the landscape"
    keys = page.locator(":focus").get_attribute("aria-describedby")
    assert "Arrow keys" in page.locator(f"#{keys}").inner_text()
    view = "({...window.corridor.map.view})"
    began = page.evaluate(view)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    moved = page.evaluate(view)
    assert moved["x"] > began["x"]
    assert moved["y"] > began["y"]
    page.keyboard.press("+")
    assert page.evaluate(view)["pixel_m"] == pytest.approx(moved["pixel_m"] / 1.5)
    page.keyboard.press("-")
    assert page.evaluate(view)["pixel_m"] == pytest.approx(moved["pixel_m"])
    assert page.locator(".crosshair").is_visible()
    page.wait_for_selector("#said:has-text('Land cover')", state="attached")
    page.keyboard.press("0")
    assert page.evaluate(view) == pytest.approx(began)
    # to a core area by the find box, then Enter on the map tells of it
    page.locator("#find").focus()
    page.keyboard.type("podocarpus")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Close").click()
    assert page.locator(".card").count() == 0
    page.locator(".surface").focus()
    page.keyboard.press("Enter")
    assert "Core area, " in page.locator(".card").inner_text()
    assert "Ecuador" in page.locator(".card").inner_text()


def test_wheel_drag_and_click_move_the_map_and_ask_it(window: Open, land: cs.Landscape) -> None:
    page = look(window, reduced_motion="reduce")
    box = page.locator("#map").bounding_box()
    at = (int(box["x"] + 0.6 * box["width"]), int(box["y"] + 0.4 * box["height"]))
    place = "([x, y]) => window.corridor.map.toMap(x, y)"
    here = [at[0] - box["x"], at[1] - box["y"]]
    before = page.evaluate(place, here)
    page.mouse.move(*at)
    page.mouse.wheel(0, -240)
    page.wait_for_timeout(200)
    assert page.evaluate(place, here) == pytest.approx(before, abs=1)
    page.mouse.down()
    page.mouse.move(at[0] + 50, at[1] + 30, steps=4)
    page.mouse.up()
    assert page.evaluate(place, [here[0] + 50, here[1] + 30]) == pytest.approx(before, abs=1)
    assert page.locator(".card").count() == 0
    area = land.core_areas.iloc[0]
    middle = area.geometry.representative_point()
    page.evaluate("([x, y]) => window.corridor.map.goTo({x, y})", [middle.x, middle.y])
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator(".card h3").inner_text() == area["name"]
    assert f"{area.area_km2:,.0f} km²" in page.locator(".card").inner_text()


def test_two_fingers_zoom_about_their_middle(window: Open) -> None:
    page = look(window, "phone", has_touch=True)
    box = page.locator("#map").bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        x, y = box["x"] + 150, box["y"] + 200
        points = [] if kind == "touchEnd" else [{"x": x - apart, "y": y}, {"x": x + apart, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = page.evaluate(
        "[window.corridor.map.toMap(150, 200), window.corridor.map.view.pixel_m]"
    )
    touch("touchStart", 30)
    for apart in (40, 50, 60):
        touch("touchMove", apart)
    touch("touchEnd", 0)
    after = page.evaluate("[window.corridor.map.toMap(150, 200), window.corridor.map.view.pixel_m]")
    assert after[1] == pytest.approx(before[1] / 2, rel=0.02)
    assert after[0] == pytest.approx(before[0], abs=before[1])


@pytest.mark.parametrize("size", list(SIZES))
def test_no_serious_fault_for_who_uses_aids(window: Open, size: str) -> None:
    assert findings(look(window, size)) == []


def test_a_phone_shows_the_map_above_and_all_can_be_touched(window: Open) -> None:
    page = look(window, "phone")
    width = SIZES["phone"][0]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.getElementById('panel').scrollWidth") <= width
    chart, panel = (page.locator(one).bounding_box() for one in ("#map", "#panel"))
    assert chart["height"] > 300
    assert panel["y"] >= chart["y"] + chart["height"] - 1
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, [type=search], label:has(input)")]
          .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 39.5)
          .map((one) => one.outerHTML)"""
    )
    assert small == []


def test_without_webgl_the_map_is_whole_and_says_what_lacks(window: Open) -> None:
    one = window()
    one.page.add_init_script(
        """const own = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return String(kind).includes("webgl") ? null : own.call(this, kind, ...rest);
        };"""
    )
    one.page.reload()
    one.page.wait_for_selector("body[data-ground]")
    assert "without WebGL" in one.page.locator("#panel").inner_text()
    assert one.page.evaluate("window.corridor.map.valueAt(...window.corridor.map.centre()).value")


def test_ramps_grow_darker_all_the_way(window: Open) -> None:
    page = look(window)
    tables = page.evaluate(
        """async () => {
          const { coloursOf } = await import("/static/js/map/colours.js");
          const of = (kind) => [...coloursOf({ kind, planes: 1 })];
          return [of("ramp"), of("diverging")];
        }"""
    )
    ramp, diverging = (np.array(one).reshape(256, 4)[1:, :3] for one in tables)

    def luminance(rgb: Any) -> Any:
        share = rgb / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    # over four steps, since channels are whole numbers
    light = luminance(ramp)
    assert np.all(light[4:] < light[:-4])
    loss, gain = luminance(diverging[:128]), luminance(diverging[127:])
    assert np.all(loss[4:] > loss[:-4])
    assert np.all(gain[4:] < gain[:-4])
