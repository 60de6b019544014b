"""Published patterns of the past, on the built-in landscape."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import Landscape
from corridor_sim.datasets.andes_amazon.hindcast import (
    clearing_row,
    original_forest,
    placement,
    region,
    temperature_rows,
)
from corridor_sim.datasets.andes_amazon.landscape import andes_amazon
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS, FOREST_CODES


@pytest.fixture(scope="module")
def land() -> Landscape:
    return andes_amazon(2000.0)


def test_the_corridor_is_as_warm_as_published(land):
    foot, crest = temperature_rows(land)
    assert foot.passed
    assert abs(foot.value - 23.4) <= 1.0
    assert crest.passed
    assert abs(crest.value - 5.8) <= 1.0


def test_a_wrong_lapse_fails_the_pattern(land):
    from dataclasses import replace

    flat = (26.4 - 6.9e-3 * land["elevation_m"]).astype(np.float32)
    foot, crest = temperature_rows(replace(land, layers={**land.layers, "temperature_c": flat}))
    assert foot.value == pytest.approx(26.4 - 6.9 * 0.6, abs=1e-3)
    assert not crest.passed


def test_southern_ecuador_loses_what_was_published(land):
    """The rates compounded: 1 - 0.9925^13 0.9714^19 = 0.477, met to within one cell."""
    row = clearing_row(land)
    assert row.passed
    assert abs(row.value - 0.46) <= 0.03
    n = np.isin(original_forest(region(land))["land_cover"], FOREST_CODES).sum()
    assert abs(row.value - (1 - 0.9925**13 * 0.9714**19)) <= 1.0 / n
    assert clearing_row(land, seed=5).value == row.value


def test_clearing_falls_where_farmland_is_far_more_often_than_by_chance(land):
    hit, chance = placement(land)
    n = 0.477 * np.isin(original_forest(region(land))["land_cover"], FOREST_CODES).sum()
    # cells clear in clumps; ten cells a clump widens the binomial error by about three
    assert hit - chance > 4 * 3 * np.sqrt(chance * (1 - chance) / n)


def test_the_region_is_loja_and_zamora_chinchipe(land):
    part = region(land)
    inside = part["land_cover"] != COVERS["water"].code
    km2 = inside.sum() * part.grid.cell_km2
    assert 20_000 < km2 < 26_000  # the two provinces: 11,100 and 10,600 km²
    assert not np.isin(original_forest(part)["land_cover"], (10, 11, 12, 14)).any()


def test_ground_without_the_heights_or_the_region_is_refused():
    with pytest.raises(LandscapeError, match="600 m"):
        temperature_rows(uniform(9, 9, elevation_m=3000.0))
    with pytest.raises(ScenarioError, match="no cell centre"):
        clearing_row(uniform(9, 9))
