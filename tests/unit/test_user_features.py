"""A user's classes and vectors become the right arrays: code tables, roads, rivers, areas."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from corridor_sim.landscape.io.code_table import read_code_table
from corridor_sim.landscape.region import Zone
from oracles.andes_covers import COVERS, TABLE
from oracles.timelines import HERE, natural_zone
from oracles.user_files import LONLAT, NORTH, PSAD, UTM, WEST, load, plane, raster, vector


def test_classes_take_the_mode_after_translation(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(3, 3, 300.0), cell=300.0)
    codes = np.full((9, 9), 7, np.uint8)
    # Four cells of code 7 against three of code 1 and two of code 2: both mean pasture.
    codes[:3, :3] = [[7, 7, 7], [7, 1, 1], [1, 2, 2]]
    raster(tmp_path / "cover.tif", codes)
    (tmp_path / "codes.csv").write_text("code,cover\n7,water\n1,pasture\n2,pasture\n")
    land = load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")
    assert land["land_cover"][0, 0] == COVERS["pasture"].code
    assert (land["land_cover"].ravel()[1:] == COVERS["water"].code).all()
    assert "most frequent class" in land.origins["land_cover"].source


def test_coarse_classes_are_not_mixed(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(20, 20, 100.0))
    raster(tmp_path / "cover.tif", np.array([[2, 9], [9, 2]], np.uint8), cell=1000.0)
    (tmp_path / "codes.toml").write_text('[codes]\n2 = "pasture"\n9 = "rock_ice"\n')
    cover = load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.toml")["land_cover"]
    pasture, rock = COVERS["pasture"].code, COVERS["rock_ice"].code
    want = np.kron([[pasture, rock], [rock, pasture]], np.ones((10, 10)))
    np.testing.assert_array_equal(cover, want)


def test_a_forest_without_kind_takes_the_zone_of_its_height(tmp_path: Path) -> None:
    heights = np.array([[100, 399.9, 400, 1700, 2500, 3100, 3500, 4900]], np.float32)
    raster(tmp_path / "dem.tif", heights)
    codes = np.full(heights.shape, 2, np.uint8)
    codes[0, 0] = 10
    raster(tmp_path / "cover.tif", codes)
    (tmp_path / "codes.csv").write_text(
        "\ufeffcode;cover;note\n2;by_elevation;forest\n10;pasture;\n", encoding="utf-8"
    )
    got = load(tmp_path, land_cover="cover.tif", land_cover_codes="codes.csv")["land_cover"]
    keys = [
        "pasture",
        "lowland_forest",
        "premontane_forest",
        "lower_montane_forest",
        "cloud_forest",
        "upper_montane_forest",
        "paramo",
        "rock_ice",
    ]
    assert got.ravel().tolist() == [COVERS[k].code for k in keys]


@pytest.mark.parametrize(("low", "high"), list(itertools.pairwise(HERE.zones)))
def test_zones_meet_at_their_limits(low: Zone, high: Zone) -> None:
    below, at = natural_zone(np.array([np.nextafter(high.from_m, 0), high.from_m]))
    assert (below, at) == (COVERS[low.cover].code, COVERS[high.cover].code)


@settings(max_examples=30, deadline=None)
@given(
    table=st.dictionaries(st.integers(-999, 70_000), st.sampled_from(sorted(COVERS)), min_size=1)
)
def test_both_forms_of_a_code_table_agree(
    table: dict[int, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("codes")
    (folder / "a.csv").write_text("cover,code\n" + "".join(f"{v},{k}\n" for k, v in table.items()))
    (folder / "a.toml").write_text(
        "[codes]\n" + "".join(f'"{k}" = "{v}"\n' for k, v in table.items())
    )
    want = {k: COVERS[v].code for k, v in table.items()}
    assert read_code_table(folder / "a.csv", TABLE).covers == want
    assert read_code_table(folder / "a.toml", TABLE).covers == want


def test_roads_burn_their_highest_class_and_stay_unbroken(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(60, 60, 100.0))
    gravel = shapely.LineString([(WEST - 500, NORTH - 1234), (WEST + 7000, NORTH - 4321)])
    paved = shapely.LineString([(WEST + 3050, NORTH + 100), (WEST + 3050, NORTH - 7000)])
    vector(tmp_path / "roads.gpkg", [paved, gravel], kind=[2, 1])
    road = load(tmp_path, roads="roads.gpkg", road_class_field="kind")["road"]
    assert (road[:, 30] == 2).all()
    assert set(np.unique(road[:, 29])) == {0, 1}
    # Not even a diagonal step slips through: the ground falls into four parts.
    assert ndimage.label(road == 0, np.ones((3, 3)))[1] == 4
    assert set(np.unique(load(tmp_path, roads="roads.gpkg")["road"])) == {0, 1}


def test_river_width_classes(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(50, 40, 100.0))
    lines = [
        shapely.LineString([(WEST + 10, NORTH - y), (WEST + 900, NORTH - y)])
        for y in (150, 1150, 2150, 3150)
    ]
    lake = shapely.box(WEST + 2000, NORTH - 4000, WEST + 3000, NORTH - 3000)
    vector(tmp_path / "r.geojson", [*lines, lake], w=[49.9, 50.0, 300.0, 300.1, 999.0])
    river = load(tmp_path, rivers="r.geojson", river_width_field_m="w")["river"]
    assert [river[r, 5] for r in (1, 11, 21, 31)] == [1, 2, 2, 3]
    assert (river[30:40, 20:30] == 3).all()


def test_core_areas(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(40, 40, 100.0))

    def box(x0: float, y0: float, x1: float, y1: float) -> Any:
        return shapely.box(WEST + x0, NORTH - y1, WEST + x1, NORTH - y0)

    shapes = [
        box(500, 500, 1500, 1500),
        box(0, 0, 3000, 3000),
        box(3500, 0, 3700, 200),
        box(10, 3910, 40, 3940),
        box(3000, 3000, 4600, 4600),
        box(9000, 0, 9900, 900),
    ]
    names = ["Nested", "Outer", "Outer", "Dust", "Edge", "Far"]
    vector(
        tmp_path / "pa.gpkg", shapes, NAME=names, iso3=["ECU", "ECU", "ECU", "ECU", "PER", "PER"]
    )
    land = load(tmp_path, protected_areas="pa.gpkg", protected_name_field="NAME")
    assert land.zone_names == ("", "Nested", "Outer", "Edge")
    assert land.zone_countries == ("", "ECU", "ECU", "PER")
    counts = np.bincount(land["protected"].ravel()).tolist()
    assert counts == [1600 - 100 - 800 - 4 - 100, 100, 900 - 100 + 4, 100]
    assert (land["protected"][5:15, 5:15] == 1).all()
    assert "Dust" in land.origins["protected"].source


def test_areas_without_a_name_field_are_numbered(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    vector(tmp_path / "pa.gpkg", [shapely.box(WEST, NORTH - 500, WEST + 500, NORTH)], a=[1])
    land = load(tmp_path, protected_areas="pa.gpkg")
    assert land.n_zones == 1
    assert land.zone_names[1].startswith("Area ")


def test_a_broken_polygon_is_mended(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    bowtie = shapely.Polygon(
        [(WEST, NORTH), (WEST + 1000, NORTH - 1000), (WEST + 1000, NORTH), (WEST, NORTH - 1000)]
    )
    vector(tmp_path / "pa.gpkg", [bowtie], a=[1])
    zones = load(tmp_path, protected_areas="pa.gpkg")["protected"]
    assert 40 <= (zones == 1).sum() <= 60  # two triangles, half the square, edges aside


def test_a_geometry_collection_gives_its_polygons(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(100, 100, 100.0))
    ring = [[-79.15, -3.65], [-79.13, -3.65], [-79.13, -3.67], [-79.15, -3.67], [-79.15, -3.65]]
    collection = {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Polygon", "coordinates": [ring]},
            {"type": "LineString", "coordinates": ring[:2]},
        ],
    }
    feature = {"type": "Feature", "properties": {"n": "A"}, "geometry": collection}
    (tmp_path / "pa.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    zones = load(tmp_path, protected_areas="pa.geojson", protected_name_field="n")["protected"]
    # 0.02 by 0.02 degree at this latitude: 2.2205 by 2.2116 km, its border crosses 90 cells.
    assert abs((zones == 1).sum() - 222.05 * 2.2116) < 90 / 2


def test_vectors_of_another_crs_land_where_rasters_do(tmp_path: Path) -> None:
    import shapely
    from pyproj import Transformer

    raster(tmp_path / "dem.tif", plane(40, 40, 100.0))
    square = shapely.box(WEST + 1000, NORTH - 2000, WEST + 2000, NORTH - 1000)
    for crs, name in ((LONLAT, "a.geojson"), (PSAD, "b.gpkg"), (LONLAT, "c.gpkg")):
        move = Transformer.from_crs(UTM, crs, always_xy=True)
        vector(
            tmp_path / name,
            [shapely.transform(square, move.transform, interleaved=False)],
            crs=crs,
            a=[1],
        )
        zones = load(tmp_path, protected_areas=name)["protected"]
        want = np.zeros((40, 40), int)
        want[10:20, 10:20] = 1
        np.testing.assert_array_equal(zones, want)


def test_one_layer_of_a_geopackage(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    for layer, y in (("paved", 150), ("tracks", 850)):
        line = shapely.LineString([(WEST, NORTH - y), (WEST + 1000, NORTH - y)])
        vector(tmp_path / "roads.gpkg", [line], layer=layer, a=[1])
    road = load(tmp_path, roads="roads.gpkg|layername=tracks")["road"]
    assert np.flatnonzero(road.any(axis=1)).tolist() == [8]


def test_settlements_become_land_cover_and_towns(tmp_path: Path) -> None:
    import shapely

    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    shapes = [
        shapely.Point(WEST + 250, NORTH - 350),
        shapely.box(WEST + 601, NORTH - 799, WEST + 799, NORTH - 601),
    ]
    vector(tmp_path / "s.gpkg", shapes, name=["Loja", "Zamora"], population=[200_000, 12_000])
    land = load(tmp_path, settlements="s.gpkg")
    settled = land["land_cover"] == COVERS["settlement"].code
    assert np.argwhere(settled).tolist() == [[3, 2], [6, 6], [6, 7], [7, 6], [7, 7]]
    assert [(t.name, t.population) for t in land.town_list] == [
        ("Loja", 200_000),
        ("Zamora", 12_000),
    ]
    assert (land.town_list[1].x_m, land.town_list[1].y_m) == pytest.approx(
        (WEST + 700, NORTH - 700)
    )
    assert land["settlement_distance_m"][3, 2] == 0
    assert "s.gpkg" in land.origins["land_cover"].source
