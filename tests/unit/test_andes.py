"""Rules of the Andes on maps that lie elsewhere: refused, or told where they stand in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corridor_sim import CorridorSimError, Scenario, edits, load_landscape, load_scenario
from corridor_sim.cli import main as cli
from corridor_sim.config.checks import moves_zones
from corridor_sim.config.load import as_data
from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.study import open_study
from corridor_sim.landscape.andes import in_the_andes, natural_cover, place_of
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.timeline.rules import Change, ClimateRule, RegrowthRule
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.report.figures.landscape import origin_rows, show_landscape
from oracles.andes_covers import COVERS, TABLE

# (EPSG, west, north) of maps of 30 x 30 km
HERE = {"Ecuador": (32717, 700_000, 9_600_000), "Peru": (32718, 500_000, 8_500_000)}
ELSEWHERE = {
    "Utah": (32612, 300_000, 4_140_000),
    "Kenya": (32737, 250_000, 9_900_000),
    "Fiji": (32760, 600_000, 8_050_000),
    "Colombia": (32618, 500_000, 500_000),
    "Bolivia": (32719, 700_000, 8_200_000),
}
EVERYWHERE = {**HERE, **ELSEWHERE}


def write_map(folder: Path, where: str, codes: str = "1,premontane_forest\n2,pasture\n") -> Path:
    """A slope with forest below and pasture above, as a user's files; return the scenario."""
    import rasterio
    from rasterio.transform import Affine

    epsg, west, north = EVERYWHERE[where]
    height = np.repeat(np.linspace(400, 3300, 30, dtype=np.float32)[:, None], 30, axis=1)
    cover = np.where(height < 2000, 1, 2).astype(np.uint8)
    for name, values in (("dem", height), ("cover", cover)):
        with rasterio.open(
            folder / f"{name}.tif",
            "w",
            driver="GTiff",
            width=30,
            height=30,
            count=1,
            dtype=values.dtype,
            crs=f"EPSG:{epsg}",
            transform=Affine(1000, 0, west, 0, -1000, north),
        ) as file:
            file.write(values, 1)
    (folder / "codes.csv").write_text("code,cover\n" + codes)
    path = folder / "s.toml"
    path.write_text(
        'name = "mine"\ndays = 3\nreplicates = 1\n[landscape]\nelevation = "dem.tif"\n'
        'land_cover = "cover.tif"\nland_cover_codes = "codes.csv"\n'
        "[species.andean_bear]\ncount = 20\n"
    )
    return path


def land_of(path: Path):
    resolved = load_scenario(path)
    return load_landscape(resolved.scenario.landscape, base_dir=resolved.base_dir)


@pytest.mark.parametrize("where", EVERYWHERE)
def test_the_place_is_told_by_the_grid(where: str) -> None:
    epsg, west, north = EVERYWHERE[where]
    grid = Grid(30, 30, 1000.0, west, north, f"EPSG:{epsg}")
    assert in_the_andes(grid) == (where in HERE)
    assert "°" in place_of(grid)


def test_a_map_that_reaches_out_or_has_no_place_is_elsewhere() -> None:
    assert not in_the_andes(Grid(30, 3000, 1000.0, 700_000, 9_600_000, "EPSG:32717"))
    local = 'LOCAL_CS["mine",UNIT["metre",1]]'
    assert not in_the_andes(Grid(3, 3, 1000.0, 0, 0, local))
    assert "no place" in place_of(Grid(3, 3, 1000.0, 0, 0, local))


WARMINGS = {
    "pathway": {"ssp": "SSP2-4.5", "year": 2050},
    "pathway that leaves the cover": {"ssp": "SSP2-4.5", "year": 2050, "ecotone_m_per_year": 0.0},
    "years": {"degrees_c": 2.0, "years": 50},
}


@pytest.mark.parametrize("where", EVERYWHERE)
@pytest.mark.parametrize("how", WARMINGS)
def test_warming_by_andean_zones(tmp_path: Path, where: str, how: str) -> None:
    land = land_of(write_map(tmp_path, where))
    if where in HERE:
        warmer = edits.Warm(**WARMINGS[how])(land)
        moved = "natural zones of southern Ecuador" in warmer.origins["land_cover"].source
        changed = not np.array_equal(warmer["land_cover"], land["land_cover"])
        assert moved == (how != "pathway that leaves the cover")
        assert moved or not changed
        return
    with pytest.raises(ScenarioError, match="give degrees_c of your region without years") as told:
        edits.Warm(**WARMINGS[how])(land)
    assert place_of(land.grid) in str(told.value)
    # and that really works
    warmer = edits.Warm(degrees_c=2.0)(land)
    assert np.array_equal(warmer["land_cover"], land["land_cover"])
    assert np.allclose(warmer["temperature_c"] - land["temperature_c"], 2.0, atol=1e-5)


@pytest.mark.parametrize("where", ["Ecuador", "Utah", "Kenya"])
def test_a_changing_climate(tmp_path: Path, where: str) -> None:
    land = land_of(write_map(tmp_path, where))
    rules = Change(climate=ClimateRule(ssp="SSP2-4.5"))
    if where in HERE:
        Timeline(land, rules, start_year=2025, n_years=20, seed=1)
        return
    with pytest.raises(ScenarioError, match=r"change\.climate: .* leave it out"):
        Timeline(land, rules, start_year=2025, n_years=20, seed=1)


@pytest.mark.parametrize("where", ["Peru", "Utah", "Colombia"])
def test_codes_that_ask_for_zones_by_height(tmp_path: Path, where: str) -> None:
    path = write_map(tmp_path, where, codes="1,by_elevation\n2,pasture\n")
    if where in HERE:
        assert "by_elevation: natural zones" in land_of(path).origins["land_cover"].source
        return
    with pytest.raises(CorridorSimError, match="name the cover that each code") as told:
        land_of(path)
    assert "codes.csv" in str(told.value)


@pytest.mark.parametrize("where", EVERYWHERE)
def test_what_stands_in_is_told(tmp_path: Path, where: str) -> None:
    path = write_map(tmp_path, where)
    text = path.read_text().replace(
        'land_cover = "cover.tif"\nland_cover_codes = "codes.csv"\n', ""
    )
    path.write_text(text)
    land = land_of(path)
    shown = show_landscape(land)
    away = where not in HERE
    for layer in (
        "temperature_c",
        "land_cover",
        "lift_orographic_ms",
        "lift_thermal_ms",
        "roost",
        "hazard_access",
    ):
        assert ("not of this map" in land.origins[layer].source) == away, layer
        assert land.origins[layer].source in shown
    assert ("January to June" in shown) == away
    assert any(row["layer"] == "seasons" for row in origin_rows(land)) == away
    # what the user gives is hers
    path.write_text(
        text.replace(
            '"dem.tif"\n', '"dem.tif"\nsea_level_temperature_c = 21.0\nlapse_c_per_km = 6.5\n'
        )
    )
    assert "not of this map" not in land_of(path).origins["temperature_c"].source


@pytest.mark.parametrize("where", ["Ecuador", "Utah", "Kenya"])
def test_land_given_back_to_nature(tmp_path: Path, where: str) -> None:
    land = land_of(write_map(tmp_path, where))
    west, south, east, north = land.grid.bounds_m
    ring = [(west, south), (east, south), (east, north), (west, north)]
    after = edits.Restore(name="all", areas=[ring], crs=land.grid.crs)(land)
    forest = COVERS["premontane_forest"].code
    assert (after["land_cover"] == forest).all() == (where not in HERE)
    assert ("nearest natural ground" in after.edits[-1]) == (where not in HERE)
    grown = Timeline(
        land,
        Change(regrowth=RegrowthRule(rate=0.5, secondary_after_y=0, forest_after_y=0)),
        start_year=2025,
        n_years=10,
        seed=1,
    ).at(2035)
    new = np.unique(grown["land_cover"][grown["land_cover"] != land["land_cover"]])
    assert new.size
    assert (set(new.tolist()) <= {forest}) == (where not in HERE)


def test_a_map_elsewhere_without_nature_restores_nothing() -> None:
    grid = Grid(5, 5, 1000.0, 300_000, 4_140_000, "EPSG:32612")
    bare = np.full((5, 5), COVERS["pasture"].code, np.uint8)
    with pytest.raises(CorridorSimError, match="no natural ground"):
        natural_cover(bare, np.zeros((5, 5), np.float32), TABLE, grid)


@pytest.mark.parametrize(
    "edit",
    [
        '[[edits]]\nkind = "warm"\nssp = "SSP2-4.5"\nyear = 2050\n',
        '[[edits]]\nkind = "warm"\ndegrees_c = 2.0\nyears = 30\n',
    ],
)
def test_the_command_line_refuses_before_any_work(
    tmp_path: Path, edit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_map(tmp_path, "Utah")
    path.write_text(path.read_text() + edit)
    assert cli.main(["run", str(path), "--out", str(tmp_path / "r"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "edits[0]" in said
    assert not list((tmp_path / "r").glob("runs/*"))
    assert cli.main(["landscape", "show", str(path)]) == 2


CHANGES = {
    "edit": '[[edits]]\nkind = "warm"\ndegrees_c = 2.0\nyears = 30\n',
    "degrees alone": '[[edits]]\nkind = "warm"\ndegrees_c = 2.0\n',
    "nothing": "",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_study_in_the_andes_tells_that_its_cover_moves(tmp_path: Path, change: str) -> None:
    path = write_map(tmp_path, "Ecuador")
    path.write_text(path.read_text() + CHANGES[change])
    resolved = load_scenario(path)
    study = open_study("mine", "", (resolved,), as_data(resolved.scenario), tmp_path / "r")
    told = "where the air warms, forest and páramo move" in study.land.origins["land_cover"].source
    assert told == (change == "edit")


def test_a_changing_climate_moves_zones() -> None:
    data = {"years": 2, "life_cycle": {}, "change": {"climate": {"ssp": "SSP2-4.5"}}}
    assert moves_zones(Scenario.model_validate(data))
    data["change"] = {"climate": {"ssp": "SSP2-4.5", "ecotone_m_per_year": 0.0}}
    assert not moves_zones(Scenario.model_validate(data))
