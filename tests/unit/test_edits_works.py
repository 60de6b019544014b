"""Mines and dams: what they cover, the road that leads there, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import Landscape, edits
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS

CRS = "EPSG:32717"
MINE, WATER = COVERS["mine"].code, COVERS["water"].code


def at(row: int, col: int) -> tuple[float, float]:
    return 900_500.0 + 1000 * col, 9_699_500.0 - 1000 * row


def with_road(**layers) -> Landscape:
    road = np.zeros((40, 40), np.uint8)
    road[:, 2] = 2
    return uniform(40, 40, road=road, **layers)


def test_a_mine_is_as_large_as_stated_and_round():
    land = edits.OpenMine(name="M", at=at(20, 30), area_ha=4900, crs=CRS)(with_road())
    row, col = np.nonzero(land["land_cover"] == MINE)
    assert row.size == 49
    assert np.hypot(row - 20, col - 30).max() < np.sqrt(49 / np.pi) + 1


def test_a_mine_spares_towns_and_open_water():
    cover = np.full((40, 40), COVERS["cloud_forest"].code, np.uint8)
    cover[20, 30], cover[20, 31] = COVERS["settlement"].code, WATER
    land = edits.OpenMine(name="M", at=at(20, 30), area_ha=900, crs=CRS)(
        with_road(land_cover=cover)
    )
    assert land["land_cover"][20, 30:32].tolist() == [COVERS["settlement"].code, WATER]
    assert (land["land_cover"] == MINE).sum() == 9


def test_the_access_road_opens_the_forest():
    before = with_road()
    land = edits.OpenMine(name="M", at=at(20, 30), area_ha=100, crs=CRS)(before)
    new = (land["road"] > 0) & (before["road"] == 0)
    assert new.sum() == 28  # the straight way from column 2 to column 30
    assert (land["road"][new] == 1).all()
    assert land["hazard_access"][20, 30] == 1.0
    assert before["hazard_access"][20, 30] < 0.01
    assert (land["road"][:, 2] == 2).all()
    none = edits.OpenMine(name="M", at=at(20, 30), area_ha=100, access_road=0, crs=CRS)(before)
    assert none["road"] is before["road"]


def test_the_access_road_goes_round_the_mountain():
    z = np.zeros((40, 40), np.float32)
    z[5:, 12:18] = 3000.0
    before = with_road(elevation_m=z)
    land = edits.OpenMine(name="M", at=at(25, 30), area_ha=100, crs=CRS)(before)
    new = (land["road"] > 0) & (before["road"] == 0)
    assert not new[6:, 12:18].any()
    assert new[:5, 12:18].any(axis=0).all()


def test_a_reservoir_fills_the_valley_above_the_wall():
    """A valley that falls to the south: the water stands on its floor, north of the wall."""
    rows, cols = np.mgrid[0:40, 0:40]
    z = (1000 - 5.0 * rows + 40.0 * np.abs(cols - 20)).astype(np.float32)
    before = with_road(elevation_m=z)
    land = edits.BuildDam(name="D", at=at(30, 21), reservoir_ha=2000, crs=CRS)(before)
    flooded = land["land_cover"] == WATER
    assert flooded.sum() == 20
    # the wall moves from the flank to the floor; of the three cells there the lowest drains most
    assert np.nonzero(flooded)[0].max() == 31
    assert flooded[31, 20]
    # a level surface: 8 rows of floor lie below the first flanks, then floor and flanks alternate
    drains = rows <= 31 - np.abs(cols - 20)
    assert z[flooded].max() <= np.sort(z[drains])[19]
    assert land["road"][31, 20] == 1
    with pytest.raises(ScenarioError, match=r"build_dam.*exceed"):
        edits.BuildDam(name="D", at=at(2, 2), reservoir_ha=30_000, crs=CRS)(before)


def test_what_is_impossible_is_refused_in_one_line():
    land = with_road()
    ok = {"name": "X", "crs": CRS}
    for edit, given, words in (
        (edits.OpenMine, {"at": at(50, 5), "area_ha": 9}, ("open_mine.at", "outside")),
        (edits.BuildDam, {"at": at(5, -3), "reservoir_ha": 9}, ("build_dam.at", "outside")),
        (edits.OpenMine, {"at": (1.0, 2.0, 3.0), "area_ha": 9}, ("pairs",)),
        (edits.OpenMine, {"at": at(5, 5), "area_ha": 900_000}, ("exceed", "160,000")),
        (edits.BuildDam, {"at": at(5, 5), "reservoir_ha": 900_000}, ("exceed",)),
        (
            edits.OpenMine,
            {"at": at(5, 5), "area_ha": 9, "access_road": 3},
            ("access_road", "0 to 2"),
        ),
    ):
        with pytest.raises(ScenarioError) as caught:
            edit(**ok, **given)(land)
        for word in words:
            assert word in str(caught.value)
    with pytest.raises(LandscapeError, match="access_road = 0"):
        edits.OpenMine(name="M", at=at(5, 5), area_ha=9, crs=CRS)(uniform(9, 9))
