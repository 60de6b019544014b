"""The whole corridor from measured data, checked against ways that do not use this package's code.

The data may not be distributed; the tests look for it beside the project and skip without it.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import Landscape
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user import load_user_landscape
from oracles.andes_covers import COVERS

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real"
pytestmark = pytest.mark.skipif(
    not (REAL / "README.md").is_file(), reason=f"needs measured data in {REAL}"
)

DEM = "dem/srtm_30arcsec_mean.tif"
MODIS = "landcover/mcd12c1_2019_igbp_0.05deg.tif"
WDPA = "protected/wdpa_2019_simplified_region.geojson"
ROADS = "vectors/peru_roads_departmental.gpkg"

# IGBP legend to the corridor's covers; forest takes the zone of its height.
IGBP = {
    0: "water",
    1: "by_elevation",
    2: "by_elevation",
    3: "by_elevation",
    4: "by_elevation",
    5: "by_elevation",
    6: "dry_scrub",
    7: "dry_scrub",
    8: "secondary_forest",
    9: "secondary_forest",
    10: "pasture",
    11: "wetland",
    12: "crop_mosaic",
    13: "settlement",
    14: "crop_mosaic",
    15: "rock_ice",
    16: "dry_scrub",
}


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codes") / "igbp.csv"
    path.write_text("code,cover\n" + "".join(f"{k},{v}\n" for k, v in IGBP.items()))
    return path


@pytest.fixture(scope="module")
def region(codes: Path) -> Landscape:
    return load_user_landscape(
        LandscapeSettings(
            elevation=DEM,
            land_cover=MODIS,
            land_cover_codes=str(codes),
            protected_areas=WDPA,
            protected_name_field="NAME",
            roads=ROADS,
            cell_m=1000,
            name="Measured",
        ),
        REAL,
    )


def sample_at(path: Path, lon: Any, lat: Any) -> Any:
    import rasterio

    with warnings.catch_warnings(), rasterio.open(path) as file:
        warnings.simplefilter("ignore")
        return np.array([v[0] for v in file.sample(zip(lon, lat, strict=True))])


def lonlat(land: Landscape, rows: Any, cols: Any) -> tuple[Any, Any]:
    from pyproj import Transformer

    x, y = land.grid.x_centres_m()[cols], land.grid.y_centres_m()[rows]
    lon, lat = Transformer.from_crs(land.grid.crs, "EPSG:4326", always_xy=True).transform(x, y)
    return lon, lat


def test_the_grid_covers_the_region(region: Landscape) -> None:
    from pyproj import Geod

    assert region.grid.crs == "EPSG:32717"
    assert region.grid.cell_m == 1000
    area_km2 = region.grid.height * region.grid.width * region.grid.cell_km2
    lon, lat = [-80.5, -76, -76, -80.5], [-7, -7, -1.5, -1.5]
    truth_km2 = abs(Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)[0]) / 1e6
    # A rectangle inside the slightly curved outline: UTM's scale reaches 1.0005^2 at the edges,
    # and the corners cost some 5 km of 500 on each axis.
    assert 0.97 < area_km2 / truth_km2 < 1.001


def test_elevation_is_the_mean_of_what_lies_beneath(region: Landscape) -> None:
    import rasterio

    rng = np.random.default_rng(1)
    rows, cols = rng.integers(0, region.grid.height, 400), rng.integers(0, region.grid.width, 400)
    # 27 x 27 points in each cell, sampled by rasterio, weigh the source cells by their shares; a
    # frame of points around them sees the neighbours that the warper may graze.
    at = np.concatenate([[-0.02], (np.arange(27) + 0.5) / 27, [1.02]])
    x = region.grid.west_m + (cols[:, None, None] + at[None, None, :]) * 1000
    y = region.grid.north_m - (rows[:, None, None] + at[None, :, None]) * 1000
    x, y = np.broadcast_arrays(x, y)
    from pyproj import Transformer

    move = Transformer.from_crs(region.grid.crs, "EPSG:4326", always_xy=True)
    lon, lat = move.transform(x.ravel(), y.ravel())
    with warnings.catch_warnings(), rasterio.open(REAL / DEM) as file:
        warnings.simplefilter("ignore")
        whole = file.read(1, masked=True)
    # Cells of 1/120 degree from the north-western corner -80.5, -1.5.
    i, j = np.floor((-1.5 - lat) * 120).astype(int), np.floor((lon + 80.5) * 120).astype(int)
    points = whole[i.clip(0, 659), j.clip(0, 539)].reshape(400, 29, 29).astype(float)
    error = region["elevation_m"][rows, cols] - points[:, 1:-1, 1:-1].mean(axis=(1, 2))
    # A target cell of 1 km meets at most two borders of 0.92 km cells on each axis. Each border is
    # placed by the points to 1/54 of the edge, by the warper to 1/100, and turned by up to 0.3
    # degree (1/200); what a share is off multiplies the spread of the heights beneath.
    bound = 4 * (1 / 54 + 1 / 100 + 1 / 200) * np.ptp(points, axis=(1, 2)) + 0.01
    assert (np.abs(error) < bound).all()
    assert abs(error.mean()) < 1.0
    assert abs(region["elevation_m"].mean() - whole.mean()) < 10


def test_land_cover_is_the_class_at_the_centre(region: Landscape) -> None:
    rng = np.random.default_rng(2)
    rows, cols = rng.integers(0, region.grid.height, 3000), rng.integers(0, region.grid.width, 3000)
    lon, lat = lonlat(region, rows, cols)
    igbp = sample_at(REAL / MODIS, lon, lat)
    got = region["land_cover"][rows, cols]
    for code, key in IGBP.items():
        here = igbp == code
        if key != "by_elevation":
            # The warper may misplace a centre by a hundredth of a 5.5 km cell: 2 x 1 % of cells.
            assert (got[here] == COVERS[key].code).sum() >= 0.95 * here.sum()
    forest = np.isin(igbp, [1, 2, 3, 4, 5])
    z = region["elevation_m"][rows, cols]
    tops = {
        "lowland_forest": (-500, 400),
        "premontane_forest": (400, 1650),
        "lower_montane_forest": (1650, 2200),
        "cloud_forest": (2200, 3000),
        "upper_montane_forest": (3000, 3400),
    }
    for key, (low, high) in tops.items():
        here = forest & (z >= low) & (z < high)
        assert (got[here] == COVERS[key].code).sum() >= 0.95 * here.sum()


def test_land_cover_areas_agree_with_the_source(region: Landscape) -> None:
    import rasterio

    with warnings.catch_warnings(), rasterio.open(REAL / MODIS) as file:
        warnings.simplefilter("ignore")
        igbp = file.read(1)
    lat = -1.5 - (np.arange(igbp.shape[0]) + 0.5) * 0.05
    weight = np.cos(np.radians(lat))[:, None] * np.ones(igbp.shape)
    weight /= weight.sum()
    for key in ("water", "pasture", "secondary_forest", "crop_mosaic"):
        share = weight[np.isin(igbp, [c for c, k in IGBP.items() if k == key])].sum()
        got = (region["land_cover"] == COVERS[key].code).mean()
        # The rectangle leaves out the curved margin, up to 2 % of the region.
        assert abs(got - share) < 0.02, key


def test_protected_areas_have_the_area_of_their_polygons(region: Landscape) -> None:
    import geopandas as gpd
    import shapely

    frame = gpd.read_file(REAL / WDPA).to_crs(region.grid.crs)
    window = shapely.box(*region.grid.bounds_m)
    shapes = {
        n: shapely.intersection(shapely.make_valid(shapely.union_all(g.values)), window)
        for n, g in frame.groupby("NAME").geometry
    }
    inside = {n: s for n, s in shapes.items() if not s.is_empty}
    assert set(region.zone_names[1:]) <= set(inside)
    # All of them together: overlaps count once, and each border cell is a coin toss of its own.
    together = shapely.union_all(list(inside.values()))
    cells = int((region["protected"] > 0).sum())
    border_cells = together.length / 1000
    assert abs(cells - together.area / 1e6) < 4 * 0.5 * np.sqrt(border_cells) + 1
    for name in ("Podocarpus", "Cajas", "Yacuri", "Tabaconas - Namballe", "Cordillera de Colán"):
        zone = region.zone_names.index(name)
        others = [s for n, s in inside.items() if n != name and s.area < inside[name].area]
        visible = inside[name].difference(shapely.union_all(others))
        got = int((region["protected"] == zone).sum())
        assert abs(got - visible.area / 1e6) < 4 * 0.5 * np.sqrt(visible.length / 1000) + 1, name
    assert region.zone_countries[region.zone_names.index("Podocarpus")] == "ECU"
    assert region.zone_countries[region.zone_names.index("Tabaconas - Namballe")] == "PER"


def test_roads_lie_where_the_lines_do(region: Landscape) -> None:
    import geopandas as gpd
    import shapely

    lines = gpd.read_file(REAL / ROADS).to_crs(region.grid.crs).geometry
    rng = np.random.default_rng(3)
    points = [
        g.interpolate(t, normalized=True)
        for g, t in zip(lines, rng.uniform(size=len(lines)), strict=True)
        if g.length > 0
    ]
    x = np.array([p.x for p in points])
    y = np.array([p.y for p in points])
    col, row = region.grid.to_cells(x, y)
    inside = (col >= 0) & (col < region.grid.width) & (row >= 0) & (row < region.grid.height)
    assert inside.sum() > 300
    on_road = region["road"][row[inside].astype(int), col[inside].astype(int)] > 0
    assert on_road.all()
    # No cell is a road without a line in it.
    rows, cols = np.nonzero(region["road"])
    # GDAL burns a cell that a line passes within a hundredth of its edge: 10 m here.
    west, north = region.grid.west_m + cols * 1000, region.grid.north_m - rows * 1000
    boxes = shapely.box(west, north - 1000, west + 1000, north)
    boxes = shapely.buffer(boxes, 10.0)
    tree = shapely.STRtree(lines.values)
    hit = np.unique(tree.query(boxes, predicate="intersects")[0])
    assert len(hit) == len(boxes)


def test_modis_with_a_short_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "igbp.csv").write_text("code,cover\n2,by_elevation\n10,pasture\n")
    with pytest.raises(LandscapeError) as caught:
        load_user_landscape(
            LandscapeSettings(
                elevation=DEM, land_cover=MODIS, land_cover_codes=str(tmp_path / "igbp.csv")
            ),
            REAL,
        )
    line = str(caught.value)
    for word in ("mcd12c1", "codes 9 (", "8 (", "cells)", "igbp.csv", "10 = pasture"):
        assert word in line


def test_a_half_degree_cut_loads_at_90_m(codes: Path) -> None:
    # The corridor's core at the resolution of SRTM: finer than every source, so interpolated.
    land = load_user_landscape(
        LandscapeSettings(
            elevation=DEM,
            land_cover=MODIS,
            land_cover_codes=str(codes),
            cell_m=90,
            extent="690000 9500000 735000 9554000",
        ),
        REAL,
    )
    assert land.grid.shape == (600, 500)
    rng = np.random.default_rng(4)
    rows, cols = rng.integers(0, 600, 500), rng.integers(0, 500, 500)
    lon, lat = lonlat(land, rows, cols)
    # Bilinear interpolation stays within the four source cells around the point.
    near = np.stack(
        [
            sample_at(REAL / DEM, lon + dx, lat + dy)
            for dx in (-1 / 240, 1 / 240)
            for dy in (-1 / 240, 1 / 240)
        ]
    )
    z = land["elevation_m"][rows, cols]
    slack = 0.02 * np.ptp(near, axis=0) + 0.5
    assert (z >= near.min(axis=0) - slack).all()
    assert (z <= near.max(axis=0) + slack).all()
