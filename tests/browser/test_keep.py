"""The view Keep: files saved and opened, the brief, the report, and the way back to a run."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from axe import findings
from changing import open_change, put_work, work_of
from served import Served, Window, free_port
from shapely import Polygon, box

import corridor_sim as cs

pytestmark = pytest.mark.browser

CRS = "EPSG:32717"
LINE = [[734_000.0, 9_668_000.0], [800_000.0, 9_623_000.0]]
RING = [[733_588, 9_778_789], [800_372, 9_778_691], [800_246, 9_712_298], [733_490, 9_712_425]]
LINK = {"kind": "build_link", "name": "a", "line": LINE, "width_m": 16_000.0, "crs": CRS}
LINK["actions"] = ["restore", "protect"]
ROAD = {"kind": "add_road", "name": "r", "points": LINE, "road_class": 1, "crs": CRS}
AREA = {"kind": "build_link", "name": "b", "areas": [RING], "crs": CRS, "actions": ["restore"]}
WORK: dict[str, Any] = {
    "alternatives": [
        {"name": "North", "cost": 4.0, "changes": [LINK]},
        {"name": "Link and road", "changes": [AREA, ROAD]},
    ],
    "budget": 5.0,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The built-in landscape at 8 km with one species and runs of ten days."""
    folder = tmp_path_factory.mktemp("keep")
    scenario = folder / "tiny.toml"
    scenario.write_text(
        'name = "Today"\ndays = 10\nreplicates = 2\n'
        "[landscape]\ncell_m = 8000\n[species.andean_bear]\n",
        encoding="utf-8",
    )
    one = Served(folder / "drawn", free_port(), [str(scenario)]).start()
    yield one
    one.stop()


def open_keep(page: Any, work: dict[str, Any] | None = WORK) -> None:
    page.wait_for_selector("body[data-stage=ready]", timeout=90_000)
    if work is not None:
        put_work(page, work)
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_selector("#save-title")
    if work is not None:
        page.wait_for_selector("#run-address-0")


def saved(page: Any, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=60_000) as waiting:
        page.click(f"#{button}")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def look(page: Any, *files: Path) -> None:
    page.set_input_files("#open-file", [str(one) for one in files])


def names_of(page: Any) -> list[str]:
    return [one["name"] for one in work_of(page)["alternatives"]]


def refused(one: Window) -> None:
    """Take out what the browser says of requests that were refused, as they should be."""
    one.errors[:] = [text for text in one.errors if "Failed to load resource" not in text]


# ---- saving


def test_what_was_drawn_is_saved_in_every_form(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    page = window().page
    open_keep(page)
    drawn = cs.read_alternatives(saved(page, "save-alternatives", tmp_path))
    assert [one.name for one in drawn.alternatives] == ["North", "Link and road"]
    assert drawn.alternatives[0].changes[0]["line"] == LINE
    assert drawn.budget == 5.0
    path = saved(page, "save-map", tmp_path)
    links = gpd.read_file(path, layer="links")
    assert links["alternative"].tolist() == ["North", "Link and road"]
    assert links["actions"][0] == "restore, protect"
    assert str(links.crs) == CRS
    assert gpd.read_file(path, layer="lines")["name"].tolist() == ["r"]
    assert "Link and road: does more than build links (add road)" in page.inner_text("#panel")
    found = cs.read_alternatives(saved(page, "save-links", tmp_path))
    assert [(one.name, one.cost) for one in found.alternatives] == [("North", 4.0)]
    design = cs.load_experiment(saved(page, "save-experiment", tmp_path))
    assert [one.name for one in design.scenarios] == ["Today", "North", "Link and road"]
    page.select_option("#save-which", "Link and road")
    scenario = cs.load_scenario(saved(page, "save-scenario", tmp_path))
    assert [edit.kind for edit in scenario.edits] == ["build_link", "add_road"]
    assert scenario.scenario.landscape.cell_m == 8000


def test_where_nothing_is_drawn_nothing_can_be_saved(window: Callable[..., Window]) -> None:
    page = window().page
    page.wait_for_selector("body[data-stage=ready]", timeout=90_000)
    put_work(page, {"alternatives": []})
    open_keep(page, None)
    page.get_by_text("Nothing is drawn yet").wait_for()
    for form in ("alternatives", "map", "links", "experiment", "scenario"):
        assert page.is_disabled(f"#save-{form}")
    assert page.is_disabled("#brief-make")
    assert page.is_disabled("#report-make")


# ---- opening


def proposal(path: Path, n: int = 1, crs: str = "EPSG:4326") -> Path:
    shapes = [box(-78.9 + 0.02 * i, -3.6, -78.3, -3.0) for i in range(n)]
    rows = {"Name": [f"Proposal {i}" for i in range(n)], "cost": [1.5] * n}
    gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326").to_crs(crs).to_file(path)
    return path


def test_a_proposal_of_a_gis_is_added_to_what_is_drawn(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    page = window().page
    open_keep(page)
    look(page, proposal(tmp_path / "plan.gpkg"))
    page.click("#open-take")
    page.get_by_text("Added: Proposal 0.").wait_for()
    alternatives = work_of(page)["alternatives"]
    assert [one["name"] for one in alternatives] == ["North", "Link and road", "Proposal 0"]
    assert alternatives[:2] == WORK["alternatives"]
    change = alternatives[2]["changes"][0]
    assert (alternatives[2]["cost"], change["crs"]) == (1.5, CRS)
    expected = gpd.GeoSeries([box(-78.9, -3.6, -78.3, -3.0)], crs=4326).to_crs(CRS)[0]
    assert Polygon(change["areas"][0]).symmetric_difference(expected).area < 1e3
    # it is on the map, and Change takes it back
    assert page.locator("#map .opened .tag").count() == 4
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("button", name=re.compile("Undo")).click()
    page.wait_for_function(
        "() => document.querySelectorAll('.alternatives .alternative').length === 2"
    )


def test_of_many_some_are_chosen(window: Callable[..., Window], tmp_path: Path) -> None:
    page = window().page
    open_keep(page)
    look(page, proposal(tmp_path / "plan.geojson", 12))
    page.get_by_text("plan.geojson holds 12 alternatives. There is room for 6").wait_for()
    assert page.locator("#open-held input:checked").count() == 6
    page.check("#held-11")
    page.click("#open-take")
    page.get_by_text("There is room for 8 alternatives, and 2 are there").wait_for()
    for i in range(6):
        page.uncheck(f"#held-{i}")
    page.click("#open-take")
    page.get_by_text("Added: Proposal 11.").wait_for()
    assert names_of(page) == ["North", "Link and road", "Proposal 11"]


def test_what_is_drawn_is_replaced_only_after_a_second_yes(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    page = window().page
    open_keep(page)
    path = proposal(tmp_path / "plan.gpkg")
    look(page, path)
    page.get_by_role("button", name="Replace what is drawn").click()
    page.get_by_role("button", name="No, keep mine").click()
    assert names_of(page) == ["North", "Link and road"]
    look(page, path)
    page.get_by_role("button", name="Replace what is drawn").click()
    page.click("#open-replace")
    page.get_by_text("Replaced by: Proposal 0.").wait_for()
    assert names_of(page) == ["Proposal 0"]


def test_a_file_that_was_saved_here_is_opened_again(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    page = window().page
    open_keep(page)
    path = saved(page, "save-map", tmp_path)
    look(page, path)
    page.click("#open-take")
    page.get_by_text("North is called North (2) here, as the name was taken.").wait_for()
    names = ["North", "Link and road", "North (2)", "Link and road (2)"]
    assert names_of(page) == names
    kinds = [change["kind"] for change in work_of(page)["alternatives"][3]["changes"]]
    assert kinds == ["build_link", "add_road"]


def test_a_zipped_shapefile_is_dropped_on_the_page(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    page = window().page
    open_keep(page)
    (tmp_path / "parts").mkdir()
    proposal(tmp_path / "parts" / "plan.shp", crs=CRS)
    path = tmp_path / "plan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in (tmp_path / "parts").iterdir():
            archive.write(part, part.name)
    held = page.evaluate_handle(
        """(bytes) => {
          const held = new DataTransfer();
          held.items.add(new File([new Uint8Array(bytes)], "plan.zip"));
          return held;
        }""",
        list(path.read_bytes()),
    )
    page.dispatch_event("#map", "drop", {"dataTransfer": held})
    page.click("#open-take")
    page.get_by_text("Added: Proposal 0.").wait_for()


def test_costs_of_another_unit_are_left_out_and_told(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    page = window().page
    open_keep(page)
    one = cs.Alternatives.of(
        {"alternatives": [{**WORK["alternatives"][0], "name": "PEN"}], "cost_unit": "million PEN"}
    )
    look(page, cs.write_alternatives(one, tmp_path / "other.toml"))
    page.click("#open-take")
    page.get_by_text(
        "The costs in this file are in million PEN and yours in million USD"
    ).wait_for()
    assert "cost" not in work_of(page)["alternatives"][2]


def test_files_that_cannot_be_opened_are_told_of_in_plain_words(
    window: Callable[..., Window], tmp_path: Path
) -> None:
    one = window()
    page = one.page
    open_keep(page)
    (tmp_path / "a.docx").write_bytes(b"x")
    (tmp_path / "a.shp").write_bytes(b"x")
    (tmp_path / "a.geojson").write_text('{"type": "Fea', encoding="utf-8")
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0" + bytes(99))
    (tmp_path / "a.toml").write_text("[[alternatives]", encoding="utf-8")
    gpd.GeoDataFrame(
        {"name": ["towns"]}, geometry=gpd.points_from_xy([-78], [-3]), crs=4326
    ).to_file(tmp_path / "towns.gpkg")
    for name, told in (
        ("a.docx", "a.docx is of a kind that cannot be opened here"),
        ("a.shp", "A .shp alone lacks its other parts"),
        ("a.geojson", "a.geojson: cannot be read as a map"),
        ("a.gpkg", "a.gpkg: cannot be read as a map"),
        ("a.toml", "a.toml:1: not valid TOML"),
        ("towns.gpkg", "towns.gpkg: feature 1 is a Point, polygons or lines are needed"),
    ):
        look(page, tmp_path / name)
        page.locator(".wrong", has_text=told).wait_for()
        assert str(tmp_path) not in page.inner_text("#panel")
    rows = {"name": ["far"]}
    gpd.GeoDataFrame(rows, geometry=[box(10, 50, 11, 51)], crs=4326).to_file(tmp_path / "far.gpkg")
    look(page, tmp_path / "far.gpkg")
    page.click("#open-take")
    page.get_by_text("lies outside the landscape").wait_for()
    assert names_of(page) == ["North", "Link and road"]
    refused(one)


# ---- the brief and the report


def test_one_page_for_the_minister(window: Callable[..., Window], tmp_path: Path) -> None:
    page = window().page
    open_keep(page)
    page.fill("#brief-heading", "Two ways north")
    page.uncheck("#brief-1")
    path = saved(page, "brief-make", tmp_path)
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"Two ways north" in data
    page.uncheck("#brief-0")
    page.click("#brief-make")
    page.get_by_text("Choose at least one alternative.").wait_for()


def test_the_report_is_foretold_made_listed_and_opened(window: Callable[..., Window]) -> None:
    page = window().page
    open_keep(page)
    assert page.input_value("#report-days") == "10"
    page.fill("#report-days", "9")
    page.click("#report-forecast")
    page.get_by_text(re.compile(r"About .* seconds and .* GB of memory, for 6 runs")).wait_for()
    page.click("#report-make")
    page.wait_for_selector("#report-cancel", timeout=60_000)
    link = page.locator("#report-work a")
    link.wait_for(timeout=240_000)
    assert page.locator("#report-list li").count() == 1
    assert page.locator("#report-list li").first.inner_text().startswith("North, Link and road")
    with page.context.expect_page() as waiting:
        link.click()
    report = waiting.value
    report.wait_for_load_state()
    errors: list[str] = []
    report.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    report.reload()
    assert report.title() == "Drawn alternatives"
    assert "North" in report.inner_text("body")
    assert report.evaluate("() => [...document.images].every((i) => i.naturalWidth > 0)")
    assert errors == []


def test_a_report_can_be_stopped(window: Callable[..., Window]) -> None:
    page = window().page
    open_keep(page)
    page.fill("#report-days", "3000")
    page.click("#report-make")
    page.click("#report-cancel", timeout=60_000)
    page.locator(".note", has_text="The report was stopped.").wait_for()
    page.wait_for_function("() => !document.querySelector('#report-make').disabled")


def test_only_reports_are_served(window: Callable[..., Window], served: Served) -> None:
    one = window()
    page = one.page
    open_keep(page)
    for path in (
        "reports/2026-11-30-2100/report.html",
        "reports/..%2F..%2Ftiny.toml/report.html",
        "reports/../alternatives.toml",
        "reports/%2e%2e/report.html",
    ):
        assert page.request.get(f"http://127.0.0.1:{served.port}/{path}").status == 404
    assert page.evaluate("async () => (await fetch('api/runs/..%2Falternatives')).status") == 404
    refused(one)


# ---- the way back


def test_an_address_opens_the_same_also_after_it_was_changed(
    window: Callable[..., Window], served: Served
) -> None:
    page = window().page
    open_keep(page)
    address = page.input_value("#run-address-0")
    assert re.fullmatch(rf"http://127\.0\.0\.1:{served.port}/#run=[0-9a-f]{{16}}", address)
    run = address.rpartition("=")[2]
    command = page.input_value("#run-command-0")
    assert command.startswith("corridor-sim links try ")
    # what the command prints is what the page shows
    found = cs.try_links(command.rpartition(" ")[2].strip("'"))
    outcomes = found["North"].outcomes.set_index("outcome")
    put_work(page, {"alternatives": []})
    page.goto(address)
    page.wait_for_selector(f"body[data-run='{run}']", timeout=60_000)
    assert "these are the numbers that were seen then" in page.inner_text("#run-shown")
    shown = page.get_attribute("#run-shown tr[data-species=andean_bear]", "data-change")
    assert float(shown) == outcomes.loc["joining_per_year", "change"]
    # the same in a window of its own
    other = window(url=f"{served.url}#run={run}").page
    other.wait_for_selector(f"body[data-run='{run}']", timeout=60_000)
    assert other.get_attribute("#run-shown tr[data-species=andean_bear]", "data-change") == shown
    assert page.locator("#map .opened .tag").count() == 1
    assert work_of(page)["alternatives"] == []
    page.click("#run-add")
    page.get_by_text("It is among the alternatives now: North.").wait_for()
    assert work_of(page)["alternatives"] == WORK["alternatives"][:1]
    page.click("#run-add")
    page.get_by_text("It is among the alternatives already: North.").wait_for()


def test_an_answer_in_change_carries_its_run(window: Callable[..., Window]) -> None:
    page = window().page
    open_keep(page)
    address = page.input_value("#run-address-0")
    page.evaluate(
        """() => fetch("api/answers", { method: "POST", body: JSON.stringify({ name: "North" }),
          headers: { "Content-Type": "application/json" } })"""
    )
    page.wait_for_function("() => window.corridor.store.state.answers.North?.final", timeout=60_000)
    run = page.evaluate("() => window.corridor.store.state.answers.North.run")
    assert address.endswith(f"#run={run}")


def test_an_address_of_nothing_is_told_of(window: Callable[..., Window], served: Served) -> None:
    one = window(url=f"{served.url}#run=0123456789abcdef")
    one.page.get_by_text("There is no run 0123456789abcdef in this folder").wait_for(timeout=90_000)
    one.page.get_by_role("button", name="Close").click()
    assert one.page.url.endswith("#keep")
    refused(one)


# ---- for everybody


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_axe_finds_nothing_serious(
    window: Callable[..., Window], size: str, tmp_path: Path
) -> None:
    page = window(size).page
    open_keep(page)
    look(page, proposal(tmp_path / "plan.gpkg", 3))
    page.wait_for_selector("#open-take")
    page.click("#report-forecast")
    page.get_by_text("It can be stopped at any time").wait_for(timeout=60_000)
    assert findings(page) == []
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    page.goto(page.input_value("#run-address-0"))
    page.wait_for_selector("body[data-run]", timeout=60_000)
    assert findings(page) == []
    assert pd.notna(page.get_attribute("#run-shown tr[data-species]", "data-change"))


def test_the_keyboard_alone_opens_and_saves(window: Callable[..., Window], tmp_path: Path) -> None:
    page = window().page
    open_change(page, WORK)
    page.get_by_role("button", name="Keep", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#run-address-0")
    page.focus("#open-choose")
    with page.expect_file_chooser() as waiting:
        page.keyboard.press("Enter")
    waiting.value.set_files(str(proposal(tmp_path / "plan.gpkg")))
    page.wait_for_selector("#open-take")
    assert page.evaluate("() => document.activeElement.id") == "held-0"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Added: Proposal 0.").wait_for()
    page.focus("#save-map")
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    assert saving.value.suggested_filename == "drawn.gpkg"
