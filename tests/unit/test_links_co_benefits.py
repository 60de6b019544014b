"""What links keep beside animals: exact sums over outlines that cut through cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corridor_sim.config.co_benefits import CoBenefit
from corridor_sim.config.links import Candidate
from corridor_sim.config.load import scenario_of
from corridor_sim.config.schema import Scenario
from corridor_sim.datasets.andes_amazon.co_benefits import TABLES
from corridor_sim.ground.given import given_on
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.candidates import make_link
from corridor_sim.links.co_benefits import LinkGround, link_ground
from oracles.andes_covers import COVERS

CARBON = {COVERS[key].code: value for key, value in TABLES["carbon"].by_cover.items()}
PASTURE, FOREST = COVERS["pasture"].code, COVERS["premontane_forest"].code
# slanting, so that most cells at its edge are covered in part
SLANT = [[903_210.0, 9_691_300.0], [911_480.0, 9_693_900.0], [910_700.0, 9_696_150.0]]
BASE = Scenario(name="base", days=5, species={"jaguar": {}})


def ground_of_one(land: Landscape, **settings: object) -> LinkGround:
    data = {"name": "A", "cost": 1.0, "area": [SLANT], "crs": land.grid.crs, **settings}
    one = make_link(Candidate.model_validate(data), land, "A")
    given = given_on([CoBenefit(name="C", layer="carbon")], land, Path(), "links.toml")
    return link_ground(given, [one], scenario_of(BASE), land, None, "links.toml")


def area_ha() -> float:
    (x1, y1), (x2, y2), (x3, y3) = SLANT
    return abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) / 2 / 1e4


def test_restoring_counts_by_the_outline_and_not_by_the_cell() -> None:
    """On farmed ground of one cover what comes back is the outline's own hectares."""
    found = ground_of_one(uniform(20, 20, cover="pasture"), actions=["restore"])
    ((one,),) = found.sums
    assert found.covered[0].area_km2 * 100 == pytest.approx(area_ha(), rel=1e-9)
    assert one.today == pytest.approx(CARBON[PASTURE] * area_ha(), rel=1e-9)
    assert one.with_ == pytest.approx(CARBON[FOREST] * area_ha(), rel=1e-9)
    assert one.avoided_loss == pytest.approx((CARBON[FOREST] - CARBON[PASTURE]) * area_ha())
    assert found.kept[0][0].min() == pytest.approx((CARBON[FOREST] - CARBON[PASTURE]) * 100)


def test_protecting_keeps_nothing_where_nothing_is_cleared() -> None:
    found = ground_of_one(uniform(20, 20), actions=["protect"])
    ((one,),) = found.sums
    assert one.avoided_loss == 0
    assert one.today == one.with_ == pytest.approx(CARBON[FOREST] * area_ha())


def test_links_over_half_farmed_ground_bring_half() -> None:
    cover = np.full((20, 20), FOREST, np.uint8)
    cover[:, 7:] = PASTURE  # east of 907,000 m
    found = ground_of_one(uniform(20, 20, land_cover=cover), actions=["restore"])
    ((one,),) = found.sums
    from shapely import Polygon, box

    east = Polygon(SLANT).intersection(box(907_000, 9_600_000, 990_000, 9_800_000)).area / 1e4
    assert one.avoided_loss == pytest.approx((CARBON[FOREST] - CARBON[PASTURE]) * east, rel=1e-9)
    assert one.with_ == pytest.approx(CARBON[FOREST] * area_ha(), rel=1e-9)
