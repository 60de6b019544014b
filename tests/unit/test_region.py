"""Whose numbers hold on a map: those of its own settings, of a region that ships, or nobody's."""

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
from corridor_sim.landscape.covers import cover_table
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.region import Region, RegionSettings, shipped_region
from corridor_sim.landscape.timeline.rules import Change, ClimateRule, RegrowthRule
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.landscape.whereabouts import natural_cover, place_of, region_at
from corridor_sim.report.figures.landscape import origin_rows, show_landscape
from oracles.andes_covers import COVERS

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


# all that the bear, whose traits ask for most, needs of a region
REGION = """
[landscape.region]
name = "mine"
sea_level_temperature_c = 21.0
lapse_c_per_km = 6.5
access_scale_m = 3000
season_start_day = 91
zones = [{ cover = "dry_scrub", from_m = 0 }, { cover = "premontane_forest", from_m = 1000 }]
timberline_climb_m_per_year = 1.0
[landscape.region.warming]
reference_year = 2010
years = [2040, 2080]
pathways = { "RCP4.5" = { low = [0.5, 1.0], central = [1.0, 2.0], high = [1.5, 3.0] } }
"""


def write_map(
    folder: Path, where: str, codes: str = "1,premontane_forest\n2,pasture\n", region: str = ""
) -> Path:
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
        f"{region}[species.andean_bear]\ncount = 20\n"
    )
    return path


def land_of(path: Path):
    resolved = load_scenario(path)
    return load_landscape(resolved.scenario.landscape, base_dir=resolved.base_dir)


def at(where: str, **given) -> Region:
    epsg, west, north = EVERYWHERE[where]
    grid = Grid(30, 30, 1000.0, west, north, f"EPSG:{epsg}")
    return region_at(grid, RegionSettings(**given) if given else None)


@pytest.mark.parametrize("where", EVERYWHERE)
def test_a_region_that_ships_holds_within_its_bounds(where: str) -> None:
    here = shipped_region("andes-amazon")
    assert at(where) == (here if where in HERE else Region())
    # by name anywhere, or nowhere; own numbers on top
    assert at(where, like="andes-amazon", wind_speed_ms=3.0) == here.model_copy(
        update={"wind_speed_ms": 3.0}
    )
    assert at(where, like="none", wind_speed_ms=3.0) == Region(wind_speed_ms=3.0)
    assert at(where, lapse_c_per_km=6.0).lapse_c_per_km == 6.0
    assert at(where, lapse_c_per_km=6.0).wind_speed_ms == (
        here.wind_speed_ms if where in HERE else None
    )


def test_a_map_that_reaches_out_or_has_no_place_is_elsewhere() -> None:
    assert region_at(Grid(30, 3000, 1000.0, 700_000, 9_600_000, "EPSG:32717")) == Region()
    local = Grid(3, 3, 1000.0, 0, 0, 'LOCAL_CS["mine",UNIT["metre",1]]')
    assert region_at(local) == Region()
    assert "no place" in place_of(local)


WARMINGS = {
    "pathway": {"ssp": "SSP2-4.5", "year": 2050},
    "pathway that leaves the cover": {"ssp": "SSP2-4.5", "year": 2050, "ecotone_m_per_year": 0.0},
    "years": {"degrees_c": 2.0, "years": 50},
}


@pytest.mark.parametrize("where", ["Ecuador", "Utah"])
@pytest.mark.parametrize("how", WARMINGS)
def test_warming_by_the_zones_of_a_region(tmp_path: Path, where: str, how: str) -> None:
    temperature = "" if where in HERE else "sea_level_temperature_c = 20.0\nlapse_c_per_km = 6.0\n"
    land = land_of(write_map(tmp_path, where, region=temperature))
    if where in HERE:
        warmer = edits.Warm(**WARMINGS[how])(land)
        moved = "moves by the heights of the natural zones" in warmer.origins["land_cover"].source
        changed = not np.array_equal(warmer["land_cover"], land["land_cover"])
        assert moved == (how != "pathway that leaves the cover")
        assert moved or not changed
        return
    asked = "timberline_climb_m_per_year" if how == "years" else "warming"
    with pytest.raises(ScenarioError, match=rf"needs {asked}.*set {asked} under .landscape.region"):
        edits.Warm(**WARMINGS[how])(land)
    # degrees of the place are taken anywhere
    warmer = edits.Warm(degrees_c=2.0)(land)
    assert np.array_equal(warmer["land_cover"], land["land_cover"])
    assert np.allclose(warmer["temperature_c"] - land["temperature_c"], 2.0, atol=1e-5)
    assert warmer.edits == ("air warmer by 2.00 °C: isotherms 333 m higher",)


def test_numbers_of_the_place_are_those_by_which_it_warms(tmp_path: Path) -> None:
    """Everything by hand: 21 - 6.5 z, RCP4.5 half-way to 2040, scrub under 1000 m that climbs."""
    land = land_of(write_map(tmp_path, "Utah", region=REGION))
    z = land["elevation_m"].astype(float)
    assert np.allclose(land["temperature_c"], 21.0 - 6.5 * z / 1000, atol=1e-5)
    warmer = edits.Warm(ssp="rcp45", year=2025, spread="high")(land)
    assert np.allclose(warmer["temperature_c"] - land["temperature_c"], 0.75, atol=1e-5)
    # 0.75 / 0.0065 and 15 years at 1 m
    assert warmer.edits[-1] == (
        "air warmer by 0.75 °C (RCP4.5 in 2025): isotherms 115 m higher, ecotones 15 m higher"
    )
    high = edits.Warm(degrees_c=1.0, years=200)(land)["land_cover"]
    forest, scrub = COVERS["premontane_forest"].code, COVERS["dry_scrub"].code
    was = land["land_cover"] == forest
    fell = was & (z >= 1000) & (z < 1200)
    assert fell.any()
    np.testing.assert_array_equal(high, np.where(fell, scrub, land["land_cover"]))
    rules = Change(climate=ClimateRule(ssp="RCP4.5"))
    line = Timeline(land, rules, start_year=2010, n_years=40, seed=1)
    rise = line.at(2050)["temperature_c"] - land["temperature_c"]
    assert np.allclose(rise, 1.25, atol=1e-5)
    with pytest.raises(ScenarioError, match=r"unknown pathway 'SSP2-4.5'.*RCP4.5"):
        edits.Warm(ssp="SSP2-4.5", year=2050)(land)
    with pytest.raises(ScenarioError, match=r"the run ends in 2090, the warming table in 2080"):
        Timeline(land, rules, start_year=2010, n_years=80, seed=1)


def test_a_climate_that_nobody_told_is_refused(tmp_path: Path) -> None:
    given = "sea_level_temperature_c = 20.0\nlapse_c_per_km = 6.0\n"
    land = land_of(write_map(tmp_path, "Kenya", region=given))
    rules = Change(climate=ClimateRule(ssp="SSP2-4.5"))
    with pytest.raises(ScenarioError, match=r"change\.climate\.ssp: .*needs warming.*leave it out"):
        Timeline(land, rules, start_year=2025, n_years=20, seed=1)


@pytest.mark.parametrize("where", ["Peru", "Utah"])
def test_codes_that_ask_for_zones_by_height(tmp_path: Path, where: str) -> None:
    path = write_map(tmp_path, where, codes="1,by_elevation\n2,pasture\n")
    if where in HERE:
        assert "the natural zone of its height" in land_of(path).origins["land_cover"].source
        return
    with pytest.raises(CorridorSimError, match="name the cover of each code") as told:
        land_of(path)
    assert "codes.csv" in str(told.value)
    path = write_map(tmp_path, where, codes="1,by_elevation\n2,pasture\n", region=REGION)
    low = land_of(path)["elevation_m"] < 1000
    assert (land_of(path)["land_cover"][low] == COVERS["dry_scrub"].code).all()


@pytest.mark.parametrize("where", ["Ecuador", "Utah"])
def test_whose_numbers_hold_is_told(tmp_path: Path, where: str) -> None:
    shown = show_landscape(land_of(write_map(tmp_path, where)))
    theirs = "as in the Andes of Ecuador and Peru"
    assert (theirs in shown) == (where in HERE)
    if where not in HERE:
        assert "0 everywhere: no wind_speed_ms and wind_from_deg given" in shown
        assert "nor sea_level_temperature_c and lapse_c_per_km to take it from heights" in shown
    land = land_of(write_map(tmp_path, where, region=REGION))
    assert "T = 21 - 6.5 z / km from the elevation, as you gave it" in show_landscape(land)
    assert "from day 91 on" in show_landscape(land)
    assert any(row["layer"] == "seasons" for row in origin_rows(land))
    assert (theirs in land.origins["roost"].source) == (where in HERE)
    assert theirs not in land.origins["hazard_access"].source


def test_a_cover_by_height_needs_zones(tmp_path: Path) -> None:
    path = write_map(tmp_path, "Utah")
    text = path.read_text().replace(
        'land_cover = "cover.tif"\nland_cover_codes = "codes.csv"\n', ""
    )
    path.write_text(text)
    with pytest.raises(CorridorSimError, match="give land_cover and its classes"):
        land_of(path)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("sea_level_temperature_c = 20\n" + REGION, "given here and under region; keep one"),
        ('[landscape.region]\nlike = "andes-amazone"\n', "did you mean 'andes-amazon'"),
        ("[landscape.region]\nlapse_c_km = 6\n", "did you mean 'lapse_c_per_km'"),
        ("[landscape.region]\nlapse_c_per_km = 60\n", "less than or equal to 10"),
        (REGION.replace("from_m = 1000", "from_m = -100"), "from_m must rise"),
        (REGION.replace("from_m = 0", "from_m = 0, climbs = false"), "only the topmost zones"),
        (REGION.replace("[2040, 2080]", "[2040, 2030]"), "years must rise after reference_year"),
        (REGION.replace("[1.0, 2.0]", "[1.0]"), "1 numbers under central for 2 years"),
        (REGION.replace("[0.5, 1.0]", "[0.5, 2.5]"), "must rise in every year"),
        (REGION.replace("dry_scrub", "dry_shrub"), "did you mean 'dry_scrub'"),
    ],
)
def test_bad_regions_are_one_line(tmp_path: Path, given: str, told: str) -> None:
    with pytest.raises(CorridorSimError, match=told) as bad:
        land_of(write_map(tmp_path, "Utah", region=given))
    assert "\n" not in str(bad.value)


NEEDED = ("lapse_c_per_km", "season_start_day", "access_scale_m", "sea_level_temperature_c")


@pytest.mark.parametrize("key", NEEDED)
def test_a_trait_that_needs_what_is_not_given_is_refused_by_name(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    left = "\n".join(line for line in REGION.splitlines() if not line.startswith(key)) + "\n"
    path = write_map(tmp_path, "Utah", region=left)
    assert cli.main(["run", str(path), "--out", str(tmp_path / "r"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "andean_bear" in said
    assert key in said
    assert not (tmp_path / "r").exists()


def test_seasons_begin_on_the_region_s_day_and_shift_by_its_lapse() -> None:
    """From day 100 on for half a year animals range 500 m higher, as in air 500 m colder."""
    from corridor_sim import load_species
    from corridor_sim.landscape.synthetic import uniform
    from corridor_sim.simulation.days.simulation import seasons_of_year
    from corridor_sim.species.fields import on_landscape
    from corridor_sim.species.habitat import response

    shifting = load_species("andean_bear", {"habitat.seasonal_shift_m": 500})
    own = {"season_start_day": 100, "lapse_c_per_km": 8.0}
    region = shipped_region("andes-amazon").model_copy(update=own)
    land = uniform(3, 3, elevation_m=2000.0, temperature_c=14.0, region=region)
    here = on_landscape(shifting, land)
    seasons = seasons_of_year(here)
    # 183 days in the first half, as always with 365 in two
    assert np.flatnonzero(seasons == 0).tolist() == list(range(100, 283))
    habitat = shifting.habitat
    one, two = (
        response(habitat.temperature_c, np.array([14.0 + sign * 4.0]))
        * response(habitat.elevation_m, np.array([2000.0 - sign * 500.0]))
        for sign in (1, -1)
    )
    first, second = here.fields.weight[:, 1, 1]
    expected = (one / two) ** habitat.climate_exponent.value
    assert first / second == pytest.approx(float(expected[0]), rel=1e-5)


def test_protection_to_come_asks_what_it_holds_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_map(tmp_path, "Utah", region=REGION)
    ring = [[305_000, 4_115_000], [320_000, 4_115_000], [320_000, 4_130_000]]
    edit = f'[[edits]]\nkind = "protect"\nname = "New"\ncrs = "EPSG:32612"\nareas = [{ring}]\n'
    path.write_text(path.read_text() + edit)
    assert cli.main(["run", str(path), "--out", str(tmp_path / "r"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "needs protected_hunting_factor" in said
    assert "set mortality.hunting_outside_per_year = mortality.hunting_inside_per_year" in said


@pytest.mark.parametrize("where", ["Ecuador", "Utah"])
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
    bare = np.full((5, 5), COVERS["pasture"].code, np.uint8)
    with pytest.raises(CorridorSimError, match="no natural ground"):
        natural_cover(bare, np.zeros((5, 5), np.float32), Region(), cover_table("andes-amazon"))


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
    given = "sea_level_temperature_c = 20.0\nlapse_c_per_km = 6.0\n"
    path = write_map(tmp_path, "Utah", region=given)
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
    told = "where the air warms, natural cover moves" in study.land.origins["land_cover"].source
    assert told == (change == "edit")


def test_a_changing_climate_moves_zones() -> None:
    data = {"years": 2, "life_cycle": {}, "change": {"climate": {"ssp": "SSP2-4.5"}}}
    assert moves_zones(Scenario.model_validate(data), shipped_region("andes-amazon"))
    data["change"] = {"climate": {"ssp": "SSP2-4.5", "ecotone_m_per_year": 0.0}}
    assert not moves_zones(Scenario.model_validate(data), shipped_region("andes-amazon"))
