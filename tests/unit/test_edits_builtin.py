"""Edits on the built-in landscape: the scenarios of the comparison do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.datasets.andes_amazon.landscape import andes_amazon
from corridor_sim.landscape.edits.protection import plan_addition
from oracles.andes_covers import FOREST_CODES, NATURAL_CODES


@pytest.fixture(scope="module")
def land():
    return andes_amazon()


def test_severe_clearing_contains_moderate_and_spares_reserves(land):
    forest = np.isin(land["land_cover"], FOREST_CODES)
    moderate, severe = (
        edits.Clear(fraction=f, aggregation=0.7)(land, 1)["land_cover"] != land["land_cover"]
        for f in (0.2, 0.45)
    )
    assert moderate.sum() == round(0.2 * forest.sum())
    assert severe.sum() == round(0.45 * forest.sum())
    assert not (moderate & ~severe).any()
    inside = land["protection"] > 0
    # slower by at least the stated factor: reserves here are also steep and far from roads
    for took in (moderate, severe):
        rate_in = -np.log1p(-took[forest & inside].mean())
        rate_out = -np.log1p(-took[forest & ~inside].mean())
        assert rate_in < 0.2 * rate_out


def test_aggregation_clumps_here_too(land):
    forest = np.isin(land["land_cover"], FOREST_CODES)
    got = [
        edits.clumpiness(
            edits.Clear(fraction=0.2, aggregation=a)(land, 1)["land_cover"] != land["land_cover"],
            forest,
        )
        for a in (0.0, 0.5, 1.0)
    ]
    assert got[0] + 0.2 < got[1] < got[2] - 0.2


def test_the_plan_ties_the_corridor_together(land):
    added, joins = plan_addition(land, among=tuple(land.zone_groups))
    assert added.sum() * land.grid.cell_km2 * 100 == pytest.approx(186_700, abs=50)
    assert np.isin(land["land_cover"][added], NATURAL_CODES).all()
    assert not (added & (land["protection"] > 0)).any()
    assert len(joins) >= 5
    assert [j.cost for j in joins] == sorted(j.cost for j in joins)


def test_ecotones_trail_far_behind_isotherms(land):
    after = edits.Warm(ssp="SSP5-8.5", year=2090)(land)
    rise = after["temperature_c"].astype(np.float64) - land["temperature_c"]
    np.testing.assert_allclose(rise, 4.1, atol=4e-6)  # float32 near 30 degC
    moved = (after["land_cover"] != land["land_cover"]).mean()
    assert 0.001 < moved < 0.05
