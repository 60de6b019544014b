"""Cells without ground: read from nodata and masks, told, left out of whatever is summed up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import corridor_sim as cs
from corridor_sim.config.build import load_landscape
from corridor_sim.config.co_benefits import PlaceLayer
from corridor_sim.errors import CorridorSimError, LandscapeError
from corridor_sim.landscape.io.export import export_landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.propose import ground_cost, propose
from corridor_sim.progress import listening
from corridor_sim.simulation.days.seeding import home_window
from corridor_sim.simulation.facts import ground_facts
from corridor_sim.species.fields import on_changed_landscape, on_landscape
from corridor_sim.zonal.places import read_places
from oracles.user_files import NORTH, WEST, plane, raster, settings_of, vector

CODES = "code,cover\n1,premontane_forest\n2,pasture\n"
HEIGHT, WIDTH, CELL = 12, 20, 1000.0
COVER = {"land_cover": "cover.tif", "land_cover_codes": "codes.csv"}


def box(west: float, south: float, east: float, north: float) -> Any:
    """A rectangle by columns and rows from the north-west corner."""
    return shapely.box(
        WEST + west * CELL, NORTH - south * CELL, WEST + east * CELL, NORTH - north * CELL
    )


@pytest.fixture
def shore(tmp_path: Path) -> Path:
    """Sea in the first four columns, a void of two cells inland, and a land cover with a hole."""
    z = plane(HEIGHT, WIDTH, CELL)
    z[:, :4] = z[6, 10:12] = -99
    raster(tmp_path / "dem.tif", z, cell=CELL, nodata=-99)
    cover = np.ones((HEIGHT, WIDTH), np.uint8)
    cover[:, 8:] = 2
    cover[2, 15] = 0
    raster(tmp_path / "cover.tif", cover, cell=CELL, nodata=0)
    (tmp_path / "codes.csv").write_text(CODES)
    return tmp_path


def read(folder: Path, **keys: Any) -> tuple[cs.Landscape, str]:
    """Return the landscape and all that was told while it was read."""
    told: list[str] = []
    with listening(told.append):
        land = load_landscape(settings_of(keys), base_dir=folder)
    return land, "\n".join(told)


def test_nodata_is_no_ground_and_is_told(shore: Path) -> None:
    land, told = read(shore, elevation="dem.tif", **COVER)
    off = np.zeros((HEIGHT, WIDTH), bool)
    off[:, :4] = off[6, 10:12] = off[2, 15] = True
    np.testing.assert_array_equal(land.outside, off)
    assert land.ground_km2 == (~off).sum() == land.n_ground
    # 1 void of 2 cells in the heights, 1 of 1 cell in the cover; the sea is neither
    assert "1 stray void of 2 cells inside the ground" in told
    assert "fill_voids_km2 = 2 " in told
    assert "cover.tif (land_cover) has no data in 1 cell" in told
    assert told.split("\n")[0] in land.origins["outside"].source
    # the shore is flat: heights go on as at the nearest ground
    np.testing.assert_array_equal(
        land["elevation_m"][0, :4], np.repeat(land["elevation_m"][0, 4], 4)
    )
    assert land["slope_deg"][~off].max() < 2
    assert ground_facts(land)["cover_km2"] == {
        "premontane_forest": 4 * HEIGHT,
        "pasture": 12 * HEIGHT - 3,
    }
    assert ground_facts(land)["mean_temperature_c"] == land["temperature_c"][~off].mean(dtype=float)
    with pytest.raises(LandscapeError, match=r"no data in 50 of 240 cells.*drop nodata"):
        read(shore, elevation="dem.tif", nodata="refuse", **COVER)


def test_small_voids_are_filled_by_the_cells_around_them(shore: Path) -> None:
    land, told = read(shore, elevation="dem.tif", fill_voids_km2=2.0, **COVER)
    assert land.n_ground == (WIDTH - 4) * HEIGHT
    assert "2 cells in 1 patch filled from the cells around them" in told
    z = land["elevation_m"]
    ring = np.concatenate([z[5, 9:13], z[7, 9:13], z[6, [9, 12]]]).mean(dtype=float)
    assert z[6, 10] == z[6, 11] == np.float32(ring)
    assert land["land_cover"][2, 15] == land["land_cover"][2, 14]


def test_a_mask_of_polygons_or_cells_says_what_is_ground(shore: Path) -> None:
    vector(shore / "country.gpkg", [box(0, 12, 14, 0)])
    inside = np.zeros((HEIGHT, WIDTH), np.uint8)
    inside[:, :14] = 7
    raster(shore / "mask.tif", inside, cell=CELL)
    one, told = read(shore, elevation="dem.tif", mask="country.gpkg", **COVER)
    two, _ = read(shore, elevation="dem.tif", mask="mask.tif", **COVER)
    assert one.outside is not None
    assert one.outside[:, 14:].all()
    assert one.n_ground == 10 * HEIGHT - 2
    np.testing.assert_array_equal(one.outside, two.outside)
    # what lies outside the mask anyway is nobody's fault
    assert "cover.tif" not in told


def test_an_export_reads_back_as_it_was(shore: Path) -> None:
    vector(shore / "parks.gpkg", [box(2, 4, 7, 1), box(12, 11, 18, 8)], name=["Coast", "Hills"])
    vector(
        shore / "road.gpkg",
        [shapely.LineString([(WEST, NORTH - 9500), (WEST + 2e4, NORTH - 9500)])],
    )
    given = {"protected_areas": "parks.gpkg", "protected_name_field": "name", "roads": "road.gpkg"}
    land, told = read(shore, elevation="dem.tif", **given, **COVER)
    assert "for want of ground Coast loses 6 km²" in told
    assert "4 cells of it without ground left out" in land.origins["road"].source
    export_landscape(land, shore / "out", formats=("tif",))
    again = cs.load_scenario(shore / "out" / "landscape.toml").scenario.landscape
    back = load_landscape(again, base_dir=shore / "out")
    for name, values in land.layers.items():
        np.testing.assert_array_equal(back[name], values, err_msg=name)
    ds = land.to_xarray()
    whole = cs.Landscape.from_xarray(ds)
    assert not whole.differs(land).any()
    assert whole.n_ground == land.n_ground
    with pytest.raises(LandscapeError, match=r"land_cover holds 0 at row 0, column 0.*outside"):
        cs.Landscape.from_xarray(ds.drop_vars("outside"))


def test_land_cover_alone_sets_the_grid_and_what_needs_heights_is_refused(shore: Path) -> None:
    land, _ = read(shore, **COVER)
    assert land.grid.shape == (HEIGHT, WIDTH)
    assert land.name == "cover"
    assert [land.origins[k].status for k in ("elevation_m", "temperature_c", "land_cover")] == [
        *("absent", "absent"),
        "user",
    ]
    bear = cs.load_species("andean_bear")
    with pytest.raises(
        CorridorSimError, match=r"habitat.* needs heights, which cover does not give"
    ):
        on_landscape(bear, land)
    h = bear.habitat
    no = {"elevation_m": None, "temperature_c": None} | {
        key: getattr(h, key).model_copy(update={"value": 0.0})
        for key in ("slope_effect_per_deg", "seasonal_shift_m")
    }
    plain = bear.model_copy(update={"habitat": h.model_copy(update=no)})
    assert on_landscape(plain, land).suitability.max() > 0
    with pytest.raises(LandscapeError, match=r"build_dam needs elevation_m, which cover does not"):
        cs.edits.BuildDam(
            name="D", at=[WEST + 9500, NORTH - 5500], crs="EPSG:32717", reservoir_ha=100
        ).apply(land, 1)
    # a raster that only sets the grid, and says where there is anything
    grid, _ = read(shore, grid="dem.tif")
    assert grid.lacks("land_cover")
    assert grid.n_ground == HEIGHT * (WIDTH - 4) - 2


def lake() -> cs.Landscape:
    """Two core areas with a lake between them that leaves a way along the north."""
    off = np.zeros((30, 40), np.uint8)
    off[6:, 18:22] = 1
    zone = np.zeros((30, 40), np.int16)
    zone[18:24, 6:12], zone[18:24, 28:34] = 1, 2
    plain = uniform(30, 40)
    cover = np.where(off, 0, plain["land_cover"]).astype(np.uint8)
    cover[:, 13:18] = 12
    return uniform(30, 40, outside=off, land_cover=cover, protected=zone)


def test_links_and_costs_go_round(catalog: dict[str, cs.Species]) -> None:
    land, jaguar = lake(), catalog["jaguar"]
    off = land.outside
    assert np.isnan(ground_cost([jaguar], land)[off]).all()
    (one,) = propose([jaguar], land, width_m=3000.0)
    assert one.length_km > 34  # straight through the lake it would be 17 km


def test_a_home_beside_the_lake_has_no_less_quality(catalog: dict[str, cs.Species]) -> None:
    """Suitability is the mean over the ground of a home range, not over water nobody lives in."""
    land = uniform(30, 40)
    dry = on_landscape(catalog["jaguar"], land)
    wet = on_landscape(catalog["jaguar"], lake_only())
    whole, cut = (home_window(here, 1000.0) for here in (dry, wet))
    off = lake_only().outside
    np.testing.assert_allclose(cut[~off], whole[~off], rtol=1e-4)
    assert not cut[off].any()


def lake_only() -> cs.Landscape:
    """Even ground around a lake."""
    off = np.zeros((30, 40), np.uint8)
    off[10:20, 10:30] = 1
    return uniform(
        30, 40, outside=off, land_cover=np.where(off, 0, uniform(30, 40)["land_cover"]).astype("u1")
    )


def test_edits_stay_on_the_ground(catalog: dict[str, cs.Species]) -> None:
    land = lake()
    x, y = land.grid.west_m, land.grid.north_m
    ring = [[x + 1e4, y - 8e3], [x + 25e3, y - 8e3], [x + 25e3, y - 15e3], [x + 1e4, y - 15e3]]
    edited = cs.edits.Restore(name="E", areas=[ring], crs=land.grid.crs).apply(land, 1)
    edited = cs.edits.AddRoad(
        name="R", points=[[x + 500, y - 12e3], [x + 39e3, y - 12e3]], crs=land.grid.crs
    ).apply(edited, 1)
    off = land.outside
    for layer in ("land_cover", "road", "protection"):
        assert not edited[layer][off].any(), layer
    assert "4 cells of it without ground left out" in edited.edits[-1]
    # fields made anew around the change alone are those of the whole map
    before = on_landscape(catalog["jaguar"], land)
    quick, _ = on_changed_landscape(before, land, edited)
    slow = on_landscape(catalog["jaguar"], edited)
    np.testing.assert_array_equal(quick.fields.weight, slow.fields.weight)
    np.testing.assert_array_equal(quick.suitability, slow.suitability)
    wet = [[x + 19e3, y - 8e3], [x + 21e3, y - 8e3], [x + 21e3, y - 15e3], [x + 19e3, y - 15e3]]
    with pytest.raises(CorridorSimError, match="lies wholly where uniform has no ground"):
        cs.edits.Restore(name="E", areas=[wet], crs=land.grid.crs).apply(land, 1)


def test_places_count_their_ground_alone(tmp_path: Path) -> None:
    land = lake_only()
    west, north = land.grid.west_m, land.grid.north_m
    half = shapely.box(west + 500, north - 2e4, west + 2e4, north)
    vector(tmp_path / "p.gpkg", [half], name=["Half"])
    (places,) = read_places([PlaceLayer(file="p.gpkg", name_field="name")], land, tmp_path)
    # 19.5 km by 20 km, less 10 km by 10 km of the lake
    assert places.area_km2.tolist() == pytest.approx([19.5 * 20 - 100])
    assert places.sums(np.where(land.outside, 1e9, 1.0)).tolist() == pytest.approx([290.0])
