"""Results by place: sums, files and page for every kind of study, and mistakes in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Polygon, box

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.comparison.maps import use_per_km2
from oracles.drawn_links import held
from oracles.link_country import CRS, LINKS, corners, write_links
from oracles.small_study import DECADES, design_of
from oracles.user_files import vector

# as a whole it takes long; each part has quicker tests beside it
pytestmark = pytest.mark.slow

# of the small study: 48 x 48 cells of 4 km
WEST, NORTH, SIDE_M = 600_000.0, 9_600_000.0, 48 * 4000.0
WHOLE = box(WEST, NORTH - SIDE_M, WEST + SIDE_M, NORTH)
UTM = "EPSG:32717"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def provinces(path: Path, n: int = 9, crs: str = UTM) -> Path:
    """Write places with slanting borders that fill the small study and reach beyond it."""
    rng = np.random.default_rng(4)
    points = shapely.MultiPoint(rng.uniform(WHOLE.bounds[:2], WHOLE.bounds[2:], (n, 2)))
    parts = list(shapely.voronoi_polygons(points, extend_to=WHOLE.buffer(20_000.0)).geoms)
    frame = gpd.GeoDataFrame({"NAME": [f"P{i}" for i in range(n)]}, geometry=parts, crs=UTM)
    frame.to_crs(crs).to_file(path, engine="pyogrio")
    return path


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results folder of a small study of days."""
    folder = tmp_path_factory.mktemp("days")
    cs.compare(design_of(folder, replicates=3), out=folder / "out")
    return folder / "out"


def test_places_that_fill_the_map_hold_what_the_map_holds(days: Path, folder: Path) -> None:
    polygons = provinces(folder / "p.gpkg")
    table = cs.results_by_place(days, polygons, "NAME")
    results = cs.open_results(days)
    assert isinstance(results, cs.Results)
    study = results.study
    cell_km2 = study.land.grid.cell_km2
    sums = table.groupby(["scenario", "species", "outcome"])["value"].sum()
    for scenario in results.scenario_names:
        assert sums[scenario, "", "forest_km2"] <= SIDE_M**2 / 1e6
        for key in results.species:
            maps = use_per_km2(results.comparison, study, scenario, key)
            living = float((maps["residents"] + maps["displaced"]).sum()) * cell_km2
            assert sums[scenario, key, "animals"] == pytest.approx(living, rel=1e-5)
            days_a_year = float(maps["dispersers"].sum()) * cell_km2 * 365.0
            found = sums[scenario, key, "disperser_days"]
            assert found == pytest.approx(days_a_year, rel=1e-5)
            runs = results.runs
            own = runs[(runs["scenario"] == scenario) & (runs["species"] == key)]
            suitable = own[own["outcome"] == "suitable_km2"]["value"].mean()
            assert sums[scenario, key, "suitable_km2"] == pytest.approx(suitable, rel=1e-5)
            died = float(results.comparison.maps[scenario, key].deaths.sum())
            by_cause = sums[scenario, key][lambda s: s.index.str.startswith("deaths_")].sum()
            assert by_cause == pytest.approx(died * 365.0 / 6.0, rel=1e-5)


def test_changes_are_paired_and_intervals_hold_them(days: Path, folder: Path) -> None:
    table = cs.results_by_place(days, provinces(folder / "p.gpkg"), "NAME")
    assert (table["n"] == 3).all()
    first = table["scenario"].iloc[0]
    base = table[table["scenario"] == first].set_index(["place", "species", "outcome"])
    assert base["change"].isna().all()
    for name, part in table[table["scenario"] != first].groupby("scenario"):
        here = part.set_index(["place", "species", "outcome"])
        difference = here["value"] - base["value"].loc[here.index]
        assert np.allclose(here["change"], difference, atol=1e-9), name
        known = here["change_low"].notna()
        assert (here["change_low"][known] <= here["change"][known] + 1e-9).all()
        assert (here["change_high"][known] >= here["change"][known] - 1e-9).all()
    # what follows from the ground has no chance in it
    ground = base.xs("forest_km2", level="outcome")
    assert (ground["low"] == ground["high"]).all()
    # what is cleared lies elsewhere on each of the maps
    cleared = table[(table["outcome"] == "forest_km2") & table["scenario"].str.contains("some")]
    assert (cleared["low"] < cleared["high"]).any()


def test_the_crs_of_the_file_makes_no_difference(days: Path, folder: Path) -> None:
    ours = cs.results_by_place(days, provinces(folder / "a.gpkg"), "NAME")
    theirs = cs.results_by_place(days, provinces(folder / "b.geojson", crs="EPSG:4326"), "NAME")
    both = ours.merge(theirs, on=["scenario", "place", "species", "outcome"])
    assert len(both) == len(ours)
    assert np.allclose(both["value_x"], both["value_y"], rtol=2e-3, atol=1e-2)


def test_the_command_writes_tables_a_geopackage_a_map_and_a_page(
    days: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    polygons = provinces(folder / "p.gpkg")
    words = ["places", str(days), "--polygons", str(polygons), "--name-field", "NAME"]
    assert main([*words, "--out", "told"]) == 0
    said = capsys.readouterr().out.split()
    assert said == [
        str(Path("told") / name)
        for name in ("tables/by_place_p.csv", "by_place_p.gpkg", "places.html")
    ]
    table = pd.read_csv("told/tables/by_place_p.csv", keep_default_na=False)
    assert set(table["place"]) == {f"P{i}" for i in range(9)}
    layer = gpd.read_file("told/by_place_p.gpkg", layer=1, engine="pyogrio")
    assert {"place", "jaguar_animals", "jaguar_animals_change", "forest_km2"} <= {*layer.columns}
    assert layer.crs == UTM
    row = table[(table["place"] == "P3") & (table["outcome"] == "forest_km2")].iloc[1]
    own = layer.set_index("place")["forest_km2"]["P3"]
    assert own == pytest.approx(float(row["value"]))
    assert (Path("told") / "figures" / "by_place_p.png").is_file()
    page = Path("told/places.html").read_text("utf-8")
    assert "Only in part within the landscape" in page
    assert "Jaguar by place" in page


def test_an_experiment_may_ask_for_places_itself(folder: Path) -> None:
    provinces(folder / "p.gpkg")
    text = DECADES.replace("[base]", '[[places]]\nfile = "p.gpkg"\nname_field = "NAME"\n[base]', 1)
    text = text.replace(
        "[[places]]", '[[co_benefits]]\nname = "C"\nlayer = "carbon"\n[[places]]', 1
    )
    found = cs.compare(design_of(folder, text), out="out")
    page = (found.folder / "report.html").read_text("utf-8")
    assert "Independent animals at the end" in page
    table = pd.read_csv(found.folder / "tables" / "by_place_places.csv", keep_default_na=False)
    sums = table.groupby(["scenario", "species", "outcome"])["value"].sum()
    runs = found.runs
    for scenario in found.scenario_names:
        own = runs[(runs["scenario"] == scenario) & (runs["outcome"] == "animals_end")]
        assert sums[scenario, "jaguar", "animals_end"] == pytest.approx(own["value"].mean())
    whole = cs.co_benefits(found).set_index("ground")["today"]["whole landscape"]
    assert sums["none", "", "C"] == pytest.approx(whole)


def test_one_scenario_has_values_and_no_changes(folder: Path) -> None:
    design = design_of(folder, replicates=1)
    found = cs.run(design.baseline, out="out")
    written = cs.write_results_by_place(found, provinces(folder / "p.gpkg"), "NAME")
    assert [path.parent.name for path in written] == ["tables", "places", "places"]
    table = cs.results_by_place(found, folder / "p.gpkg", "NAME")
    assert table["change"].isna().all()
    assert (table["n"] == 1).all()
    page = written[-1].read_text("utf-8")
    assert "Animals that live in each place" in page
    with pytest.raises(cs.CorridorSimError, match="needs another to compare it with"):
        cs.co_benefits(found, [{"name": "C", "layer": "carbon"}])


def test_links_are_told_by_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    procedure = "first_replicates = 5\nbudget_runs = 15\nconfirm_replicates = 3"
    path = write_links(
        folder, ("pass", "left"), days=10, count=400, procedure=procedure, links="budget = 4"
    )
    top, bottom, left, right = LINKS["pass"][1]
    half = (top + bottom + 1) // 2
    frame = [Polygon(corners((a, b, 0, 59))) for a, b in ((0, half - 1), (half, 59))]
    vector(folder / "p.gpkg", frame, crs=CRS, name=["north", "south"])
    asked = '[[places]]\nfile = "p.gpkg"\nname_field = "name"\ntitle = "Provinces"\n'
    path.write_text(path.read_text("utf-8") + asked, encoding="utf-8")
    assert main(["links", "rank", path.name, "--out", "out", "--quiet"]) == 0
    table = pd.read_csv("out/tables/by_place_provinces.csv").set_index(["link", "place"])
    wide_m = (right - left + 1) * 1000.0 - 20.0
    assert table["area_km2"]["pass", "north"] == pytest.approx(
        wide_m * ((half - top) * 1000.0 - 10.0) / 1e6
    )
    assert table["share_of_link"]["pass"].sum() == pytest.approx(1.0)
    assert ("left", "north") not in table.index
    assert "How much of the links lies in each" in Path("out/report.html").read_text("utf-8")
    assert gpd.read_file("out/by_place_provinces.gpkg", engine="pyogrio")["area_km2"].min() > 0


SQUARE = box(WEST + 10_000, NORTH - 60_000, WEST + 60_000, NORTH - 10_000)
OTHER = box(WEST + 70_000, NORTH - 60_000, WEST + 90_000, NORTH - 10_000)
FLAT = Polygon([(WEST + d, NORTH - d) for d in (5e3, 9e3, 7e3)])
FAR = shapely.transform(SQUARE, lambda xy: xy + 1_000_000.0)


@pytest.mark.parametrize(
    ("shapes", "fields", "field", "words"),
    [
        ([FAR], {"NAME": ["a"]}, "NAME", ["has no feature in the study area", "check its CRS"]),
        ([SQUARE], {"NAME": ["a"]}, "NAMES", ["has no field 'NAMES'", "did you mean 'NAME'?"]),
        ([SQUARE, OTHER], {"NAME": ["a", ""]}, "NAME", ["feature 2 is empty", "1 place without"]),
        (
            [SQUARE, OTHER],
            {"NAME": ["Loja", "Loja"]},
            "NAME",
            ["features 1 and 2 are both named 'Loja'", "Dissolve"],
        ),
        ([SQUARE.centroid], {"NAME": ["a"]}, "NAME", ["other than polygons", "is a Point"]),
        (
            [LineString(SQUARE.exterior.coords)],
            {"NAME": ["a"]},
            "NAME",
            ["1 feature other than polygons", "layer of polygons"],
        ),
        (
            [
                Polygon(
                    [
                        (WEST + 5e3, NORTH - 5e3),
                        (WEST + 9e3, NORTH - 9e3),
                        (WEST + 7e3, NORTH - 7e3),
                    ]
                )
            ],
            {"NAME": ["a"]},
            "NAME",
            ["none has ground"],
        ),
    ],
)
def test_a_layer_that_cannot_be_is_one_line(
    days: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    shapes: list[Any],
    fields: dict[str, list[str]],
    field: str,
    words: list[str],
) -> None:
    vector(folder / "p.gpkg", shapes, **fields)
    before = held()
    code = main(["places", str(days), "--polygons", "p.gpkg", "--name-field", field, "--quiet"])
    said = capsys.readouterr()
    assert code == 2
    (line,) = said.err.strip().splitlines()
    assert "p.gpkg" in line
    for word in words:
        assert word in line
    assert held() == before


def test_a_mistake_in_places_comes_before_any_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vector(folder / "p.gpkg", [FAR], NAME=["a"])
    design_of(folder, DECADES)
    path = folder / "small.toml"
    asked = '\n[[places]]\nfile = "p.gpkg"\nname_field = "NAME"\n'
    path.write_text(path.read_text("utf-8") + asked, encoding="utf-8")
    assert main(["compare", "small.toml", "--out", "out", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "has no feature in the study area" in line
    assert not Path("out").exists()


REAL = Path(__file__).parents[3] / "shared" / "real"


@pytest.mark.skipif(not REAL.is_dir(), reason="measured data are not there (../shared/real)")
def test_measured_rasters_and_places(folder: Path) -> None:
    """Greenness as a number a cell, Peru's ecoregions as places, on the built-in landscape."""
    raster = REAL / "landcover" / "NDVI_maximum_0.05deg.tif"
    regions = gpd.read_file(REAL / "protected" / "peru_ecorregiones_region.geojson")
    regions.to_file("parts.gpkg")
    regions.dissolve("ecorregion", as_index=False).to_file("regions.gpkg")
    text = f"""
name = "Measured"
[base]
days = 3
replicates = 2
[base.landscape]
cell_m = 5000
[base.species.andean_bear]
count = 40
[factors.plan]
none = []
plan = [{{ kind = "protect_plan" }}]
[[co_benefits]]
name = "Greenness"
file = "{raster}"
unit = "index"
per = "cell"
[[places]]
file = "regions.gpkg"
name_field = "ecorregion"
title = "Ecoregions"
"""
    Path("study.toml").write_text(text, encoding="utf-8")
    found = cs.compare("study.toml", out="out")
    table = pd.read_csv(found.folder / "tables" / "by_place_ecoregions.csv")
    assert table["place"].nunique() == regions["ecorregion"].nunique()
    forest = table[(table["outcome"] == "forest_km2") & (table["scenario"] == "none")]
    assert forest.set_index("place")["value"].max() > 10_000
    green = cs.co_benefits(found).set_index("ground")
    assert green["holes"].max() < 0.1
    assert green["today"]["whole landscape"] > 0
    with pytest.raises(cs.CorridorSimError, match="are both named"):
        cs.results_by_place(found, "parts.gpkg", "ecorregion")
