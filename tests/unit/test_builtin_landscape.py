"""The whole of the built-in landscape at 1 km."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import label

from corridor_sim import Landscape
from corridor_sim.datasets.andes_amazon import protected, tables
from corridor_sim.datasets.andes_amazon.cover import SIDES, sides
from corridor_sim.datasets.andes_amazon.landscape import (
    LAPSE_C_PER_KM,
    SEA_LEVEL_C,
    andes_amazon,
    andes_amazon_igbp,
    andes_amazon_roads,
)
from corridor_sim.datasets.andes_amazon.region import unproject
from corridor_sim.datasets.andes_amazon.towns import (
    MIN_POPULATION_WITH_A_CELL,
    PEOPLE_PER_KM2,
    cell_of,
)
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.layers import LAYERS
from oracles.andes_covers import COVERS

EIGHT = np.ones((3, 3), int)


@pytest.fixture(scope="module")
def land() -> Landscape:
    return andes_amazon(1000.0)


def code(key: str) -> int:
    return COVERS[key].code


def test_it_is_complete_and_says_where_every_layer_comes_from(land: Landscape) -> None:
    assert set(land.layers) == set(LAYERS) - {"outside"}
    assert set(land.origins) == set(land.layers)
    for name, origin in land.origins.items():
        assert origin.source, name
        assert origin.replace_with, name
        assert (origin.status == "derived") == (LAYERS[name].source == "derived"), name
    assert len(land.zone_countries) == len(land.zone_names)
    for members in land.zone_groups.values():
        assert len(members) >= 2
        assert set(members) <= set(land.zone_names)


def test_temperature_follows_height(land: Landscape) -> None:
    expected = SEA_LEVEL_C - LAPSE_C_PER_KM * land["elevation_m"] / 1000.0
    np.testing.assert_allclose(land["temperature_c"], expected, atol=1e-4)
    # the ends of the Sangay-Podocarpus corridor as observed
    for height_km, observed_c in ((0.6, 23.4), (4.12, 5.8)):
        assert abs(SEA_LEVEL_C - LAPSE_C_PER_KM * height_km - observed_c) < 1.0


def test_towns_stand_on_their_own_ground(land: Landscape) -> None:
    settled = land["land_cover"] == code("settlement")
    names = {t.name for t in land.town_list}
    assert {"Cuenca", "Loja", "Zamora", "Macas", "Jaén", "San Ignacio", "Riobamba"} <= names
    assert "Piura" not in names  # lies west of the region
    people = sum(t.population for t in land.town_list)
    # one cell at least for small towns, hence more than the density alone gives
    assert 1.0 <= settled.sum() * land.grid.cell_km2 / (people / PEOPLE_PER_KM2) < 1.15
    for town in land.town_list:
        if town.population >= MIN_POPULATION_WITH_A_CELL:
            row, col = cell_of(land.grid, town.x_m, town.y_m)
            near = settled[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
            assert near.any(), town.name


def test_forest_belts_stand_in_their_heights(land: Landscape) -> None:
    z, cover = land["elevation_m"], land["land_cover"]
    low = 0.0
    for key, top in tables.FOREST_TOP_M:
        heights = z[cover == code(key)]
        # the limits wander by 60 m either way; premontane also holds the Pacific lowlands
        assert heights.max() <= top + 61.0, key
        if key != "premontane_forest":
            assert heights.min() >= low - 61.0, key
        low = top
    paramo = z[cover == code("paramo")]
    assert np.median(paramo) > 3400.0
    assert paramo.min() > 2400.0


def test_farming_is_nearer_to_people_and_on_gentler_ground_than_forest(land: Landscape) -> None:
    # within one MODIS class, one belt and the humid side, so that only the placement is tested
    lon, lat = unproject(*np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m()))
    z = land["elevation_m"]
    humid = sides(lon, lat, z, np.zeros(land.grid.shape, np.float32)) != SIDES.index("dry")
    savanna = humid & (andes_amazon_igbp(1000.0) == 9) & (z > 600.0) & (z < 2700.0)
    cover = land["land_cover"]
    farmed = savanna & np.isin(cover, [code("pasture"), code("crop_mosaic")])
    wild = savanna & np.isin(cover, [code(key) for key, _ in tables.FOREST_TOP_M])
    for layer in ("road_distance_m", "settlement_distance_m", "slope_deg"):
        assert np.median(land[layer][farmed]) < np.median(land[layer][wild]), layer


def test_cover_comes_in_patches_not_in_pepper(land: Landscape) -> None:
    """Same-cover neighbours against the same covers shuffled within each MODIS class."""
    cover = land["land_cover"]
    classes = andes_amazon_igbp(1000.0)
    mixed = np.isin(classes, [8, 9])
    inner = mixed[:, 1:] & mixed[:, :-1]
    same = (cover[:, 1:] == cover[:, :-1])[inner].mean()
    shuffled = cover.copy()
    order = np.random.default_rng(1)
    for k in (8, 9):
        shuffled[classes == k] = order.permutation(cover[classes == k])
    by_chance = (shuffled[:, 1:] == shuffled[:, :-1])[inner].mean()
    assert by_chance < 0.35
    assert same > 0.6


def test_roads_join_their_towns_into_networks(land: Landscape) -> None:
    parts, _ = label(land["road"] > 0, EIGHT)
    place = {t.name: cell_of(land.grid, t.x_m, t.y_m) for t in land.town_list}
    for road in tables.ROADS:
        ends = [place[s] for s in road.stops if isinstance(s, str) and s in place]
        assert all(land["road"][end] >= road.rank for end in ends), road.name
        assert len({parts[end] for end in ends}) <= 1, road.name
    joined = ("Loja", "Zamora", "Macas", "Cuenca", "Machala", "Jaén", "Chiclayo", "Tarapoto")
    assert len({parts[place[name]] for name in joined}) == 1


def test_routes_lie_on_the_road_layer(land: Landscape) -> None:
    routes = andes_amazon_roads(1000.0)
    assert {r.name for r in routes} == {r.name for r in tables.ROADS}
    for route in routes:
        col, row = land.grid.to_cells(np.array(route.x_m), np.array(route.y_m))
        r, c = row.astype(int), col.astype(int)
        assert (land["road"][r, c] >= route.rank).all(), route.name
        assert (np.maximum(abs(np.diff(r)), abs(np.diff(c))) == 1).all(), route.name


def test_protected_areas_have_their_size_heights_and_country(land: Landscape) -> None:
    zones, z = land["protected"], land["elevation_m"]
    lon, lat = unproject(*np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m()))
    ecuador = protected.in_ecuador(lon, lat)
    assert set(land.zone_names[1:]) == {a.name for a in tables.AREAS}
    for area in tables.AREAS:
        cells = zones == land.zone_names.index(area.name)
        wanted = area.area_ha * area.share_inside / 100.0
        # half a cell of rounding, nothing else
        assert abs(cells.sum() * land.grid.cell_km2 - wanted) <= 0.5 * land.grid.cell_km2 + 1e-9
        assert z[cells].min() >= area.low_m, area.name
        assert z[cells].max() <= area.high_m, area.name
        assert (ecuador[cells] == (area.country == "ECU")).all(), area.name


def test_protected_areas_grow_away_from_people(land: Landscape) -> None:
    """Against the same areas grown as if there were neither people nor farmed ground."""
    lon, lat = unproject(*np.meshgrid(land.grid.x_centres_m(), land.grid.y_centres_m()))
    forest = np.full(land.grid.shape, code("cloud_forest"), np.uint8)
    none = np.zeros(land.grid.shape, np.uint8)
    blind = protected.build_protected(
        land.grid, land["elevation_m"], lon, lat, forest, none, none > 0
    )[0]
    access = land["hazard_access"]
    assert access[land["protected"] > 0].mean() < 0.8 * access[blind > 0].mean()


_DIGEST = """
import hashlib, sys
from corridor_sim.datasets.andes_amazon.landscape import andes_amazon
land = andes_amazon(float(sys.argv[1]))
for name in sorted(land.layers):
    print(name, hashlib.sha256(land[name].tobytes()).hexdigest())
names = land.zone_names, land.zone_groups, land.town_list
print(hashlib.sha256(repr(names).encode()).hexdigest())
"""


def _digest(cell_m: float, hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _DIGEST, str(cell_m)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return done.stdout


@pytest.mark.slow
def test_two_processes_build_the_same_bits(land: Landscape) -> None:
    first = _digest(1000.0, "1")
    lines: dict[str, Any] = dict(line.split() for line in first.splitlines()[:-1])
    for name in land.layers:
        assert lines[name] == hashlib.sha256(land[name].tobytes()).hexdigest(), name
    assert first == _digest(1000.0, "77")


def test_an_impossible_cell_is_refused() -> None:
    with pytest.raises(LandscapeError, match=r"cell size 5\.0 m cannot be used"):
        andes_amazon(5.0)


@pytest.mark.slow
def test_half_the_cell_gives_the_same_landscape(land: Landscape) -> None:
    fine = andes_amazon(500.0)
    for cover in COVERS.values():
        coarse_km2 = (land["land_cover"] == cover.code).sum() * land.grid.cell_km2
        fine_km2 = (fine["land_cover"] == cover.code).sum() * fine.grid.cell_km2
        if coarse_km2 > 500.0:
            assert fine_km2 == pytest.approx(coarse_km2, rel=0.10), cover.key
    assert fine.zone_names == land.zone_names
