"""A user's files become the right arrays: resampling rules, CRSs, classes, zones, origins."""

from __future__ import annotations

import itertools
import json
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape import warp
from corridor_sim.landscape.code_table import ZONE_TOPS_M, read_code_table, zone_by_elevation
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.user import UserLandscape, load_user_landscape

WEST, NORTH = 700_000.0, 9_600_000.0
UTM, PSAD, LONLAT = "EPSG:32717", "EPSG:24877", "EPSG:4326"


def raster(
    path: Path,
    values: Any,
    *,
    crs: str = UTM,
    west: float = WEST,
    north: float = NORTH,
    cell: float = 100.0,
    nodata: float | None = None,
    scaling: tuple[float, float] | None = None,
    **options: Any,
) -> Path:
    import rasterio
    from affine import Affine

    values = np.asarray(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
            dtype=values.dtype.name, crs=crs, nodata=nodata,
            transform=Affine(cell, 0, west, 0, -cell, north), **options,
        ) as file:  # fmt: skip
            file.write(values, 1)
            if scaling:
                file.scales, file.offsets = (scaling[0],), (scaling[1],)
    return path


def vector(
    path: Path, shapes: list[Any], crs: str = UTM, layer: str | None = None, **fields: list[Any]
) -> Path:
    import pyogrio
    import shapely

    kinds = sorted({s.geom_type for s in shapes})
    pyogrio.raw.write(
        path, np.array(shapely.to_wkb(shapes), object),
        [np.array(v, object if isinstance(v[0], str) else None) for v in fields.values()],
        list(fields), crs=crs, layer=layer, append=path.exists(),
        geometry_type=kinds[0] if len(kinds) == 1 else "Unknown",
        driver="GeoJSON" if path.suffix == ".geojson" else "GPKG",
    )  # fmt: skip
    return path


def load(folder: Path, **keys: Any) -> Any:
    return load_user_landscape(UserLandscape(**{"elevation": "dem.tif", **keys}), folder)


def plane(rows: int, cols: int, cell: float, west: float = WEST, north: float = NORTH) -> Any:
    """A plane of 2 cm a metre eastwards and 1 cm northwards through 1000 m, at cell centres."""
    x = west + (np.arange(cols) + 0.5) * cell
    y = north - (np.arange(rows) + 0.5) * cell
    return height_of(x[None, :], y[:, None]).astype(np.float32)


def height_of(x: Any, y: Any) -> Any:
    return 1000 + 0.02 * (x - WEST) + 0.01 * (y - NORTH)


# --- rasters and rules


@settings(max_examples=25, deadline=None)
@given(
    values=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
        elements=st.floats(-430, 8848, width=32),
    ),
    cell=st.sampled_from([30.0, 90.0, 1000.0, 33.3]),
    west=st.floats(2e5, 8e5),
)
def test_a_grid_that_coincides_is_copied_to_the_bit(
    values: Any, cell: float, west: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("same")
    raster(folder / "dem.tif", values, cell=cell, west=west)
    land = load(folder)
    assert land.grid.shape == values.shape
    assert land.grid.bounds_m[0] == pytest.approx(west, abs=1e-6)
    np.testing.assert_array_equal(land["elevation_m"], values)
    assert "taken as is" in land.origins["elevation_m"].source


def test_an_extent_takes_its_part_of_the_raster(tmp_path: Path) -> None:
    values = np.arange(600, dtype=np.float32).reshape(20, 30)
    raster(tmp_path / "dem.tif", values)
    land = load(tmp_path, extent=f"{WEST + 300} {NORTH - 1500} {WEST + 1000} {NORTH - 200}")
    np.testing.assert_array_equal(land["elevation_m"], values[2:15, 3:10])
    assert land.grid.bounds_m == (WEST + 300, NORTH - 1500, WEST + 1000, NORTH - 200)


def test_a_coarser_grid_averages(tmp_path: Path) -> None:
    values = np.random.default_rng(1).uniform(0, 4000, (30, 60)).astype(np.float32)
    raster(tmp_path / "dem.tif", values)
    land = load(tmp_path, cell_m=300)
    blocks = values.astype(np.float64).reshape(10, 3, 20, 3).mean(axis=(1, 3))
    # One rounding to float32 of a value below 4096.
    np.testing.assert_allclose(
        land["elevation_m"], blocks, rtol=0, atol=np.spacing(np.float32(2048))
    )
    assert "averaged" in land.origins["elevation_m"].source


def test_a_finer_grid_interpolates(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(20, 20, 500.0), cell=500.0)
    land = load(tmp_path, cell_m=100)
    assert land.grid.shape == (100, 100)
    # Bilinear interpolation is exact on a plane, but for the outer half cell, where it holds.
    inner = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(land["elevation_m"][inner], plane(100, 100, 100.0)[inner], atol=1e-3)
    assert "interpolated" in land.origins["elevation_m"].source


def test_tiles_leave_no_seams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).uniform(0, 4000, (80, 70)).astype(np.float32)
    raster(tmp_path / "dem.tif", values)
    for cell in (50, 250):
        monkeypatch.setattr(warp, "TILE_EDGE", 4096)
        whole = load(tmp_path, cell_m=cell)["elevation_m"]
        monkeypatch.setattr(warp, "TILE_EDGE", 17)
        np.testing.assert_array_equal(load(tmp_path, cell_m=cell)["elevation_m"], whole)


def test_tiles_leave_no_seams_between_crss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lon, lat = np.arange(120) * 0.001, np.arange(120) * 0.001
    values = (1000 + 9000 * lon[None, :] + 5000 * lat[:, None]).astype(np.float32)
    raster(tmp_path / "dem.tif", values, crs=LONLAT, west=-79.0, north=-4.0, cell=0.001)
    monkeypatch.setattr(warp, "TILE_EDGE", 4096)
    whole = load(tmp_path, cell_m=100)["elevation_m"]
    monkeypatch.setattr(warp, "TILE_EDGE", 19)
    tiled = load(tmp_path, cell_m=100)["elevation_m"]
    # Each warp may misplace a cell by WARP_TOLERANCE source cells, in x and in y.
    steps = 2 * warp.WARP_TOLERANCE * (9 + 5)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=steps)


def test_a_geographic_dem_goes_to_utm_and_lands_in_place(tmp_path: Path) -> None:
    from pyproj import Transformer

    step = 1 / 120
    lon = -79.0 + (np.arange(60) + 0.5) * step
    lat = -4.0 - (np.arange(60) + 0.5) * step
    values = (1500 + 2000 * (lon[None, :] + 79) + 3000 * (lat[:, None] + 4)).astype(np.float32)
    raster(tmp_path / "dem.tif", values, crs=LONLAT, west=-79.0, north=-4.0, cell=step)
    land = load(tmp_path)
    assert land.grid.crs == UTM
    assert land.grid.cell_m == 920  # 30 arc-seconds are 922 m along the meridian, 924 m across
    x, y = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    at_lon, at_lat = Transformer.from_crs(UTM, LONLAT, always_xy=True).transform(x, y)
    want = 1500 + 2000 * (at_lon + 79) + 3000 * (at_lat + 4)
    # The average takes the source cells under a target cell, which sit off its centre by less
    # than half a source cell in each direction: 0.5 * step * (2000 + 3000) m at most.
    error = np.abs(land["elevation_m"] - want)
    assert error.max() < 0.5 * step * 5000
    assert np.abs(np.mean(land["elevation_m"] - want)) < 0.05 * step * 5000


@pytest.mark.parametrize(("psad", "north"), [(PSAD, NORTH), ("EPSG:24817", NORTH - 1e7)])
def test_an_old_datum_is_shifted(psad: str, north: float, tmp_path: Path) -> None:
    # Ecuador's older maps are on PSAD56, zone 17 south or, with negative northings, 17 north.
    from pyproj import Transformer

    raster(tmp_path / "dem.tif", plane(60, 60, 100.0), crs=psad, north=north)
    kept = load(tmp_path)
    assert kept.grid.crs == psad
    land = load(tmp_path, crs=UTM, cell_m=50)
    x, y = np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m())
    px, py = Transformer.from_crs(UTM, PSAD, always_xy=True).transform(x, y)
    shift = np.hypot(px - x, py - y)
    assert 200 < shift.min() < shift.max() < 600  # PSAD56 lies some 450 m off in Ecuador
    want = height_of(px, py)
    inner = np.s_[3:-3, 3:-3]
    # Bilinear on a plane: left are WARP_TOLERANCE of a 100 m cell on each axis, and the
    # millimetres of two PROJ releases.
    np.testing.assert_allclose(land["elevation_m"][inner], want[inner], rtol=0, atol=0.05)
    assert np.abs(height_of(x, y) - want).min() > 1.0  # not shifting at all would show


def test_a_crs_without_a_code_is_kept(tmp_path: Path) -> None:
    laea = "+proj=laea +lat_0=-4 +lon_0=-79 +datum=WGS84 +units=m"
    raster(tmp_path / "dem.tif", plane(20, 20, 100.0), crs=laea, west=0, north=0)
    land = load(tmp_path)
    assert "Lambert_Azimuthal_Equal_Area" in land.grid.crs or "Lambert Azimuthal" in land.grid.crs
    assert land.to_xarray().spatial_ref.attrs["crs_wkt"]


def test_declared_scaling_is_applied(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    tenths_k = np.full((10, 10), 2900, np.uint16)
    raster(tmp_path / "t.tif", tenths_k, scaling=(0.1, -273.15))
    np.testing.assert_allclose(
        load(tmp_path, temperature="t.tif")["temperature_c"], 16.85, atol=1e-5
    )


def test_what_lies_outside_the_study_area_does_no_harm(tmp_path: Path) -> None:
    values = plane(30, 30, 100.0)
    values[:, :10] = -32768  # undeclared
    values[:, 20:] = 99999
    raster(tmp_path / "dem.tif", values)
    extent = f"{WEST + 1000} {NORTH - 3000} {WEST + 2000} {NORTH}"
    for cell in (100, 200, 50):
        z = load(tmp_path, extent=extent, cell_m=cell)["elevation_m"]
        low, high = values[:, 10:20].min(), values[:, 10:20].max()
        # Had the neighbours leaked in, an average or interpolation would leave the range.
        assert low - 1e-3 <= z.min() <= z.max() <= high + 1e-3
    with pytest.raises(LandscapeError, match="-32768"):
        load(tmp_path)


def test_a_mask_inside_the_file_is_nodata(tmp_path: Path) -> None:
    import rasterio

    path = raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    mask = np.full((10, 10), 255, np.uint8)
    mask[4, 7] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
            file.write_mask(mask)
    with pytest.raises(LandscapeError, match=r"no data in 1 of 100 cells.*row 4, column 7"):
        load(tmp_path)


def test_a_fine_raster_is_read_in_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.full((3000, 3000), 900, np.int16)
    raster(tmp_path / "dem.tif", values, cell=10.0, tiled=True, compress="deflate")
    del values
    monkeypatch.setattr(warp, "TILE_EDGE", 256)
    tracemalloc.start()
    land = load(tmp_path, cell_m=300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (land["elevation_m"] == 900).all()
    # A window has at most (256 + 30 + 2 * 33)^2 cells and some 40 bytes a cell are held at once;
    # the whole raster would be 9e6 cells.
    assert peak < 40 * 352**2 + 2e6 < 9e6


# --- land cover


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
    keys = ["pasture", "lowland_forest", "premontane_forest", "lower_montane_forest",
            "cloud_forest", "upper_montane_forest", "paramo", "rock_ice"]  # fmt: skip
    assert got.ravel().tolist() == [COVERS[k].code for k in keys]


@pytest.mark.parametrize(("low", "high"), list(itertools.pairwise(ZONE_TOPS_M)))
def test_zones_meet_at_their_limits(low: tuple[float, str], high: tuple[float, str]) -> None:
    below, at = zone_by_elevation(np.array([np.nextafter(low[0], 0), low[0]]))
    assert (below, at) == (COVERS[low[1]].code, COVERS[high[1]].code)


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
    assert read_code_table(folder / "a.csv").covers == want
    assert read_code_table(folder / "a.toml").covers == want


# --- vectors


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
    lines = [shapely.LineString([(WEST + 10, NORTH - y), (WEST + 900, NORTH - y)])
             for y in (150, 1150, 2150, 3150)]  # fmt: skip
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

    shapes = [box(500, 500, 1500, 1500), box(0, 0, 3000, 3000), box(3500, 0, 3700, 200),
              box(10, 3910, 40, 3940), box(3000, 3000, 4600, 4600),
              box(9000, 0, 9900, 900)]  # fmt: skip
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
    bowtie = shapely.Polygon([(WEST, NORTH), (WEST + 1000, NORTH - 1000), (WEST + 1000, NORTH),
                              (WEST, NORTH - 1000)])  # fmt: skip
    vector(tmp_path / "pa.gpkg", [bowtie], a=[1])
    zones = load(tmp_path, protected_areas="pa.gpkg")["protected"]
    assert 40 <= (zones == 1).sum() <= 60  # two triangles, half the square, edges aside


def test_a_geometry_collection_gives_its_polygons(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(100, 100, 100.0))
    ring = [[-79.15, -3.65], [-79.13, -3.65], [-79.13, -3.67], [-79.15, -3.67], [-79.15, -3.65]]
    collection = {"type": "GeometryCollection", "geometries": [
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "LineString", "coordinates": ring[:2]}]}  # fmt: skip
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
        vector(tmp_path / name, [shapely.transform(square, move.transform, interleaved=False)],
               crs=crs, a=[1])  # fmt: skip
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
    shapes = [shapely.Point(WEST + 250, NORTH - 350),
              shapely.box(WEST + 601, NORTH - 799, WEST + 799, NORTH - 601)]  # fmt: skip
    vector(tmp_path / "s.gpkg", shapes, name=["Loja", "Zamora"], population=[200_000, 12_000])
    land = load(tmp_path, settlements="s.gpkg")
    settled = land["land_cover"] == COVERS["settlement"].code
    assert np.argwhere(settled).tolist() == [[3, 2], [6, 6], [6, 7], [7, 6], [7, 7]]
    assert [(t.name, t.population) for t in land.towns] == [("Loja", 200_000), ("Zamora", 12_000)]
    assert (land.towns[1].x_m, land.towns[1].y_m) == pytest.approx((WEST + 700, NORTH - 700))
    assert land["settlement_distance_m"][3, 2] == 0
    assert "s.gpkg" in land.origins["land_cover"].source


# --- what is not given


def test_what_is_absent_is_approximated_and_said_so(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(10, 10, 100.0))
    land = load(tmp_path, name="Zamora")
    assert land.name == "Zamora"
    assert load(tmp_path).name == "dem"
    np.testing.assert_allclose(
        land["temperature_c"], 26.4 - 0.0052 * land["elevation_m"].astype(float), atol=1e-5
    )
    for layer in ("road", "river", "protected"):
        assert not land[layer].any()
    assert set(land.origins) == set(land.layers)
    assert set(land.layers) == set(LAYERS)
    for layer, origin in land.origins.items():
        assert origin.status == {"input": "approximated", "derived": "derived"}[
            LAYERS[layer].source
        ] or (layer == "elevation_m" and origin.status == "user")
        if origin.status == "approximated":
            assert origin.replace_with
    warm = load(tmp_path, sea_level_temperature_c=27.0, lapse_c_per_km=6.0)["temperature_c"]
    np.testing.assert_allclose(warm, 27 - 0.006 * land["elevation_m"].astype(float), atol=1e-5)


def test_loading_twice_gives_the_same_bits(tmp_path: Path) -> None:
    values = np.random.default_rng(3).uniform(0, 4000, (60, 60)).astype(np.float32)
    raster(tmp_path / "dem.tif", values, crs=LONLAT, west=-79.0, north=-4.0, cell=0.001)
    one, two = load(tmp_path), load(tmp_path)
    for layer in one.layers:
        np.testing.assert_array_equal(one[layer], two[layer])


def test_absolute_paths_serve(tmp_path: Path) -> None:
    raster(tmp_path / "dem.tif", plane(4, 4, 100.0))
    land = load_user_landscape(UserLandscape(str(tmp_path / "dem.tif")), Path("elsewhere"))
    assert land.grid.shape == (4, 4)
