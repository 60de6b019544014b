"""Land cover of later years from a user's rasters: what holds when, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import CorridorSimError, edits, load_scenario
from corridor_sim.cli import main as cli
from corridor_sim.config.build import input_digests, load_landscape
from corridor_sim.config.timelines import timeline_of
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.landscape.timeline.rules import Change, YearMap
from corridor_sim.landscape.timeline.timeline import Timeline
from oracles.andes_covers import COVERS
from oracles.user_files import raster

FOREST, PASTURE, TOWN = (COVERS[k].code for k in ("premontane_forest", "pasture", "settlement"))
# what the rasters hold, and what their table makes of it
CODES = {10: FOREST, 20: PASTURE, 30: TOWN}
YEARS = (2027, 2030)
SIDE, CELL = 12, 3000.0


def raws() -> dict[int, np.ndarray]:
    """Codes of the start and of two later years: forest falls from the west, a town is built."""
    start = np.full((SIDE, SIDE), 10, np.uint8)
    start[:, 0] = 20
    first, second = start.copy(), start.copy()
    first[:, :3] = 20
    second[:, :5], second[5, 8] = 20, 30
    return {0: start, 2027: first, 2030: second}


def as_covers(raw: np.ndarray) -> np.ndarray:
    return np.vectorize(CODES.get)(raw).astype(np.uint8)


def write(folder: Path, maps: str = "", more: str = "") -> Path:
    """A flat map with three land covers and a scenario of decades on it; return its file."""
    for year, raw in raws().items():
        raster(folder / f"lc{year}.tif", raw, cell=CELL)
    raster(folder / "dem.tif", np.full((SIDE, SIDE), 600, np.float32), cell=CELL)
    (folder / "codes.csv").write_text("code,cover\n10,premontane_forest\n20,pasture\n30,settlement")
    given = maps or (
        '[[change.maps]]\nyear = 2027\nfile = "lc2027.tif"\n'
        '[[change.maps]]\nyear = 2030\nfile = "lc2030.tif"\n'
    )
    path = folder / "s.toml"
    path.write_text(
        'name = "mine"\nyears = 8\nreplicates = 1\n[life_cycle]\n'
        "genes = false\nmovement = false\nburn_in.at_most_y = 0\n"
        '[landscape]\nelevation = "dem.tif"\nland_cover = "lc0.tif"\n'
        'land_cover_codes = "codes.csv"\n'
        f"[species.jaguar]\n{more}\n{given}"
    )
    return path


def line_of(path: Path) -> tuple[cs.Landscape, Timeline]:
    resolved = load_scenario(path)
    land = load_landscape(resolved.scenario.landscape, base_dir=resolved.base_dir)
    line = timeline_of(resolved, land)
    assert line is not None
    return land, line


def test_the_cover_of_each_year_is_that_of_its_file(tmp_path: Path) -> None:
    land, line = line_of(write(tmp_path))
    assert line.update_years == YEARS
    files = raws()
    for year in range(2025, 2034):
        latest = max((y for y in files if y <= year), default=0)
        here = line.at(year)
        np.testing.assert_array_equal(here["land_cover"], as_covers(files[latest]))
        # what follows from the cover follows
        inputs = {name: here[name] for name in ("elevation_m", "temperature_c", "land_cover")}
        anew = derive(land.grid, {**land.layers, **inputs}, land.covers, land.region)
        for name, values in anew.items():
            np.testing.assert_array_equal(here[name], values, err_msg=name)
    assert line.at(2026) is line.at(2025)
    assert "settlement_distance_m" in line.changed(2030)
    assert "settlement_distance_m" not in line.changed(2027)
    told = ("2027: land cover of lc2027.tif", "2030: land cover of lc2030.tif")
    assert line.at(2031).edits == told
    assert line.at(2031).origins["land_cover"].source.endswith(", brought to 2030")


def test_roads_protection_and_warm_air_go_with_maps(tmp_path: Path) -> None:
    west, _, east, north = 700_000, 0, 736_000, 9_600_000
    line = [[west + 100, north - 10_000], [east - 100, north - 10_000]]
    event = (
        '[[change.events]]\nopens = 2030\nkind = "add_road"\nname = "R"\ncrs = "EPSG:32717"\n'
        f"points = {line}\n"
    )
    more = '[change.climate]\nssp = "SSP2-4.5"\necotone_m_per_year = 0\n'
    land, after = line_of(write(tmp_path, more=more + event))
    last = after.at(2033)
    np.testing.assert_array_equal(last["land_cover"], as_covers(raws()[2030]))
    assert (last["road"] > 0).any()
    assert (last["temperature_c"] > land["temperature_c"]).all()


MAP = '[[change.maps]]\nyear = {}\nfile = "{}"\n'
FIRST = MAP.format(2027, "lc2027.tif")


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        (
            MAP.format(2030, "lc2030.tif") + FIRST,
            r"change\.maps: .*must rise.*2030, 2027.*in order",
        ),
        (FIRST + FIRST, r"must rise from map to map, not 2027, 2027"),
        (MAP.format(2024, "lc2027.tif"), r"maps\[0\]\.year: 2024 is outside.*2025 to 2032"),
        (MAP.format(2033, "lc2027.tif"), r"maps\[0\]\.year: 2033 is outside.*2025 to 2032"),
        (MAP.format(2027, "none.tif"), r"none\.tif"),
        (FIRST + "[change.clearing]\nrate = 0.01\n", r"change\.clearing: .*made twice"),
        (FIRST + "[change.regrowth]\nrate = 0.01\n", r"change\.regrowth: .*made twice"),
        (FIRST + '[change.climate]\nssp = "SSP2-4.5"\n', r"set ecotone_m_per_year = 0"),
        (
            FIRST + '[[change.events]]\nopens = 2030\nkind = "open_mine"\nname = "M"\n'
            "at = [-79.1, -3.7]\narea_ha = 100\n",
            r"change\.events\[0\]\.kind: open_mine changes the land cover",
        ),
        (FIRST + '[[edits]]\nkind = "clear"\nfraction = 0.1\n', r"edits\[0\]: clear changes"),
    ],
)
def test_what_cannot_be_is_one_line_before_any_work(
    tmp_path: Path, maps: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    path = write(tmp_path, maps)
    assert cli.main(["run", str(path), "--out", str(tmp_path / "r"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert re.search(told, said), said
    assert not (tmp_path / "r").exists()


def test_a_class_without_a_row_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path)
    odd = raws()[2030]
    odd[0, 0] = 77
    raster(tmp_path / "lc2030.tif", odd, cell=CELL)
    assert cli.main(["run", str(path), "--out", str(tmp_path / "r"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "lc2030.tif" in said
    assert "77" in said
    assert not (tmp_path / "r").exists()


def test_content_identifies_a_run(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = input_digests(load_scenario(path))
    assert {"lc2027.tif", "lc2030.tif"} <= set(before)
    raster(tmp_path / "lc2030.tif", raws()[2027], cell=CELL)
    after = input_digests(load_scenario(path))
    assert after["lc2030.tif"] != before["lc2030.tif"]
    assert after["lc2027.tif"] == before["lc2027.tif"]


def test_an_edit_that_does_not_say_that_it_changes_the_cover_is_found_out() -> None:
    from oracles.further_edit import Flood

    land = uniform(4, 4, elevation_m=10.0)
    rules = Change(maps=(YearMap(year=2027, file="a.tif"),))
    event = type("Event", (), {})  # a dated edit as from outside
    event.opens, event.edit, event.takes_years = 2028, Flood(below_m=50), False
    rules = rules.model_copy(update={"events": (event,)})
    cover = {2027: land["land_cover"]}
    with pytest.raises(ScenarioError, match="flood changes the land cover"):
        Timeline(land, rules, start_year=2025, n_years=5, seed=1, maps=cover)
    with pytest.raises(ScenarioError, match="named and not read"):
        Timeline(land, Change(maps=rules.maps), start_year=2025, n_years=5, seed=1)


def test_which_edits_make_a_cover() -> None:
    ring = [[(-79.0, -4.0), (-78.9, -4.0), (-78.9, -3.9)]]
    makes = {
        "clear": edits.Clear(fraction=0.5),
        "restore": edits.Restore(name="a", areas=ring),
        "mine": edits.OpenMine(name="a", at=(-79.0, -4.0), area_ha=10),
        "climbing": edits.Warm(ssp="SSP2-4.5", year=2050),
        "link": edits.BuildLink(name="a", areas=ring, actions=["restore"]),
    }
    leaves = {
        "road": edits.AddRoad(name="a", points=ring[0]),
        "protect": edits.Protect(name="a", areas=ring),
        "degrees": edits.Warm(degrees_c=1.0),
        "link": edits.BuildLink(name="a", areas=ring, actions=["protect"]),
    }
    assert {name for name, edit in makes.items() if not edit.makes_cover} == set()
    assert {name for name, edit in leaves.items() if edit.makes_cover} == set()


@pytest.mark.slow
def test_decades_run_on_them_by_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raster(tmp_path / "same.tif", raws()[0], cell=CELL)
    same = MAP.format(2026, "same.tif")
    path = write(tmp_path, same + FIRST)
    assert cli.main(["run", str(path), "--out", str(tmp_path / "r"), "--set", "years=4"]) == 0
    assert "same.tif: the land cover of 2026 is that of the start" in capsys.readouterr().err
    found = cs.open_results(tmp_path / "r")
    rows = found.scenarios
    # at the start one column of pasture in 12 of 9 km2 a cell, three from 2027 on
    assert rows["start_pasture_km2"].iloc[0] == SIDE * 9
    assert rows["end_pasture_km2"].iloc[0] == 3 * SIDE * 9
    assert "2027: land cover of lc2027.tif" in (tmp_path / "r" / "report.html").read_text()


def test_a_map_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    raster(tmp_path / "lc2030.tif", raws()[2030], cell=CELL, west=900_000.0)
    with pytest.raises(CorridorSimError, match=r"lc2030\.tif"):
        line_of(path)
