"""The built-in landscape against measured data that the project may use but not redistribute.

Skips where ``<repository>/../shared/real`` is absent. ``pytest -s`` prints the tables that
``docs/landscape.md`` quotes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.datasets.andes_amazon.landscape import (
    andes_amazon,
    andes_amazon_igbp,
    andes_amazon_roads,
)
from corridor_sim.datasets.andes_amazon.protected import in_ecuador
from corridor_sim.datasets.andes_amazon.region import unproject
from corridor_sim.datasets.andes_amazon.tables import COUNTRY_OF, GAZETTEER
from corridor_sim.landscape.grid import Grid
from oracles.andes_covers import COVERS, FOREST_CODES

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
MODIS = REAL / "landcover" / "mcd12c1_2019_igbp_0.05deg.tif"
WDPA = REAL / "protected" / "wdpa_2019_simplified_region.geojson"
ROADS = REAL / "vectors" / "peru_roads_departmental.gpkg"

# IGBP classes that are compared with MODIS together
AGGREGATES: dict[str, tuple[int, ...]] = {
    "water": (0,),
    "forest": (1, 2, 3, 4, 5),
    "woody savanna": (8,),
    "savanna": (9,),
    "grass and shrub": (6, 7, 10),
    "wetland": (11,),
    "crop": (12, 14),
    "urban": (13,),
    "ice": (15,),
    "barren": (16,),
}
# Name in the landscape -> name in the WDPA, where they differ.
WDPA_NAME = {
    "Río Negro–Sopladora": "Rio Negro Sopladora",
    "Ichigkat Muja–Cordillera del Cóndor": "Ichigkat Muja - Cordillera del Cóndor",
    "Tabaconas–Namballe": "Tabaconas - Namballe",
    "Cutervo": "de Cutervo",
    "Reserva Nacional de Tumbes": "de Tumbes",
    "Vista Alegre–Omia": "Vista Alegre-Omia",
    "Chicuate–Chinguelas": "Bosques Montanos y Páramos Chicuate - Chinguelas",
    "Salitral–Huarmaca": "Bosques Secos de Salitral - Huarmaca",
    "Bosque de Protección de Pagaibamba": "de Pagaibamba",
    "Santiago–Comaina": "Santiago - Comaina",
}
NOT_IN_WDPA = {"Kutukú–Shaimi"}  # a protective forest, which the WDPA of 2019 does not list
TOWNS = REAL / "vectors" / "geonames_towns_pop1000.csv"


def needs(file: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not file.exists(), reason=f"no shared/real/{file.name} here")


def degrees(grid: Grid) -> tuple[Any, Any]:
    return unproject(*np.meshgrid(grid.x_centres_m(), grid.y_centres_m()))


@needs(MODIS)
@pytest.mark.parametrize("cell_m", [1000.0, 500.0])
def test_every_aggregated_class_keeps_its_modis_area(cell_m: float) -> None:
    import rasterio

    land = andes_amazon(cell_m)
    lon, lat = degrees(land.grid)
    with rasterio.open(MODIS) as source:
        table, corner = source.read(1), source.transform
    row = np.floor((lat - corner.f) / corner.e).astype(int)
    col = np.floor((lon - corner.c) / corner.a).astype(int)
    inside = (row >= 0) & (row < table.shape[0]) & (col >= 0) & (col < table.shape[1])
    real = table[row[inside], col[inside]]
    built = andes_amazon_igbp(cell_m)[inside]
    cover = land["land_cover"][inside]
    km2 = land.grid.cell_km2
    worst = 0.0
    print(f"\nclass areas at {cell_m:g} m, km²: MODIS, built-in, cells of the same class")
    for name, classes in AGGREGATES.items():
        of_real = np.isin(real, classes)
        if not of_real.any():
            continue
        of_built = np.isin(built, classes)
        if name == "urban":  # houses stand where the towns are, not where the table says urban
            of_built = cover == COVERS["settlement"].code
        off = of_built.sum() / of_real.sum() - 1.0
        same = (of_real & of_built).sum() / of_real.sum()
        worst = max(worst, abs(off))
        print(
            f"  {name:16s} {of_real.sum() * km2:9.0f} {of_built.sum() * km2:9.0f} "
            f"{100 * off:+6.1f} % {100 * same:5.1f} %"
        )
    forest = np.isin(cover, FOREST_CODES[:5])
    print(f"  natural forest zones {forest.sum() * km2:.0f} km²")
    assert worst <= 0.10
    # the zones follow the classes: closed forest is natural forest but for the summits above the
    # treeline, mangrove and swamp, roads' towns and mines
    closed = np.isin(built, AGGREGATES["forest"]) & (built != 4)
    assert forest[closed].mean() > 0.95
    assert (cover[built == 0] == COVERS["water"].code).mean() > 0.98


def _areas(grid: Grid) -> list[tuple[str, Any]]:
    """Built-in areas and the cells of the WDPA polygon of the same name."""
    import geopandas as gpd
    from affine import Affine
    from rasterio.features import rasterize

    frame = gpd.read_file(WDPA)
    frame = frame[frame["DESIG_TYPE"] == "National"].to_crs(grid.crs)
    out = []
    for name in andes_amazon(grid.cell_m).zone_names[1:]:
        if name in NOT_IN_WDPA:
            continue
        rows = frame[frame["NAME"] == WDPA_NAME.get(name, name)]
        assert len(rows) == 1, name
        shape = rows.geometry.iloc[0]
        mask = rasterize([shape], grid.shape, transform=Affine(*grid.transform), dtype="uint8")
        out.append((name, mask.astype(bool)))
    return out


@needs(WDPA)
def test_protected_areas_lie_where_the_wdpa_has_them() -> None:
    land = andes_amazon()
    rows, cols = np.indices(land.grid.shape)
    report = []
    for name, real in _areas(land.grid):
        built = land["protected"] == land.zone_names.index(name)
        iou = (built & real).sum() / (built | real).sum()
        apart_km = (
            np.hypot(rows[built].mean() - rows[real].mean(), cols[built].mean() - cols[real].mean())
            * land.grid.cell_m
            / 1000.0
        )
        report.append((real.sum() * land.grid.cell_km2, name, built.sum(), iou, apart_km))
    report.sort(reverse=True)
    print("\nprotected areas: WDPA km², built-in km², IoU, centroids apart km")
    for km2, name, built_cells, iou, apart_km in report:
        print(
            f"  {name:38s} {km2:7.0f} {built_cells * land.grid.cell_km2:7.0f} {iou:5.2f} "
            f"{apart_km:6.1f}"
        )
    ious = np.array([r[3] for r in report])
    print(f"  mean IoU of the ten largest {ious[:10].mean():.2f}, of all {ious.mean():.2f}")
    # A disc of the right size has an IoU of 0.41 when it lies two thirds of its radius off.
    assert ious[:10].mean() > 0.40
    for km2, name, _, iou, apart_km in report[:10]:
        assert iou > 0.2, name
        assert apart_km < np.sqrt(km2 / np.pi), name


@needs(ROADS)
def test_departmental_roads_of_peru_branch_off_the_routed_ones() -> None:
    """The map holds the departmental roads only, the built-in landscape the national ones.

    So the two do not run beside each other, but a departmental road begins at a national one.
    """
    import geopandas as gpd
    import shapely

    land = andes_amazon()
    lines = shapely.MultiLineString(
        [np.column_stack([r.x_m, r.y_m]) for r in andes_amazon_roads() if len(r.x_m) > 1]
    )
    frame = gpd.read_file(ROADS).to_crs(land.grid.crs)
    network = frame.geometry.buffer(100.0).union_all()
    parts = [p for p in shapely.get_parts(network) if p.length > 20_000.0]
    west, south, east, north = land.grid.bounds_m
    inner = shapely.box(west + 20e3, south + 20e3, east - 20e3, north - 20e3)
    parts = [p for p in parts if shapely.intersects(p, inner)]
    meet_km = np.sort([shapely.distance(p, lines) / 1000.0 for p in parts])
    along = shapely.get_coordinates(shapely.segmentize(frame.geometry.union_all(), 1000.0))
    along_km = shapely.distance(shapely.points(along), lines) / 1000.0
    lon, lat = degrees(land.grid)
    rows, cols = np.nonzero(~in_ecuador(lon, lat) & (land["elevation_m"] > 0.0))
    x, y = land.grid.to_metres(cols[::97] + 0.5, rows[::97] + 0.5)
    ground_km = shapely.distance(shapely.points(x, y), lines) / 1000.0
    print(
        f"\n{len(parts)} connected pieces of departmental road over 10 km: nearest point to a "
        f"built-in road, median {np.median(meet_km):.1f} km, 75 % "
        f"{np.percentile(meet_km, 75):.1f} km\n  all their points: median "
        f"{np.median(along_km):.1f} km; any ground of Peru: median {np.median(ground_km):.1f} km"
    )
    assert np.median(meet_km) < 2.0  # two cells
    assert np.median(along_km) < np.median(ground_km)


@needs(TOWNS)
def test_towns_stand_where_geonames_has_them() -> None:
    import pandas as pd

    frame = pd.read_csv(TOWNS, keep_default_na=False)
    apart = {}
    for name, lon, lat, _ in GAZETTEER:
        rows = frame[(frame["name"] == name) & (frame["cc"] == COUNTRY_OF[name][:2])]
        if len(rows):
            east = (rows["lon"] - lon) * 111.3 * np.cos(np.radians(lat))
            apart[name] = float(np.hypot(east, (rows["lat"] - lat) * 110.6).min())
    far = np.array(list(apart.values()))
    print(
        f"\n{len(far)} towns of the same name and country: median {np.median(far):.1f} km apart, "
        f"90 % {np.percentile(far, 90):.1f} km, most {far.max():.1f} km "
        f"({max(apart, key=lambda n: apart[n])})"
    )
    assert len(far) > 50
    assert np.median(far) < 1.0  # one cell
    assert np.percentile(far, 90) < 3.0
