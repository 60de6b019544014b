"""Clearing: exact share, clumping, what holds it back, what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import label
from scipy.optimize import brentq

from corridor_sim import Landscape, edits
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.clearing import REMOTE_FLOOR, ROADSIDE_FACTOR, clearing_order
from corridor_sim.landscape.edits.noise import cell_keys, splitmix64, uniform01, waiting_times
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.synthetic import uniform
from oracles.andes_covers import COVERS, FOREST_CODES

PASTURE = COVERS["pasture"].code


def cleared(before: Landscape, after: Landscape) -> np.ndarray:
    return before["land_cover"] != after["land_cover"]


def test_splitmix64_gives_the_published_outputs():
    # first outputs of SplitMix64 from state 1234567, as listed with the reference implementation
    golden = np.uint64(0x9E3779B97F4A7C15)
    states = np.uint64(1234567) + golden * np.arange(5, dtype=np.uint64)
    assert splitmix64(states).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_noise_belongs_to_the_place_not_to_the_array():
    whole = Grid(40, 50, 1000.0, 600_000.0, 9_700_000.0, "EPSG:32717")
    part = Grid(20, 30, 1000.0, 607_000.0, 9_689_000.0, "EPSG:32717")
    np.testing.assert_array_equal(cell_keys(whole)[11:31, 7:37], cell_keys(part))


def test_noise_is_uniform_and_streams_are_unrelated():
    keys = cell_keys(Grid(200, 200, 500.0, 0.0, 0.0, "EPSG:32717"))
    a, b = uniform01(keys, 1, 0), uniform01(keys, 1, 1)
    c = uniform01(keys, 2, 0)
    n = keys.size
    assert np.unique(keys).size == n
    assert a.min() > 0
    assert a.max() < 1
    for draws in (a, b, c):
        counts = np.histogram(draws, 20, (0, 1))[0]
        chi2 = float(((counts - n / 20) ** 2 / (n / 20)).sum())
        assert chi2 < 50  # chi-squared with 19 degrees of freedom passes 50 once in 7000
    neighbours = [(a[:, 1:], a[:, :-1]), (a[1:], a[:-1]), (a, b), (a, c)]
    for u, v in neighbours:
        r = np.corrcoef(u.ravel(), v.ravel())[0, 1]
        assert abs(r) < 4 / np.sqrt(n)
    # mean of n exponentials of mean 1 has standard error 1/sqrt(n)
    assert abs(waiting_times(keys, 3, 0).mean() - 1) < 4 / np.sqrt(n)


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.2, 0.45, 0.999, 1.0])
def test_clears_exactly_the_stated_share(fraction):
    cover = np.full((40, 50), COVERS["cloud_forest"].code, np.uint8)
    cover[:, 30:] = COVERS["paramo"].code
    land = uniform(40, 50, land_cover=cover)
    after = edits.Clear(fraction=fraction, aggregation=0.5)(land, 3)
    assert cleared(land, after).sum() == round(fraction * 40 * 30)
    assert not cleared(land, after)[:, 30:].any()
    assert set(np.unique(after["land_cover"][cleared(land, after)])) <= {PASTURE}


def test_the_landscape_given_stays_as_it_was():
    land = uniform(30, 30)
    before = {name: values.copy() for name, values in land.layers.items()}
    after = edits.Clear(fraction=0.5)(land, 1)
    for name, values in before.items():
        np.testing.assert_array_equal(land[name], values)
    assert land.edits == ()
    assert len(after.edits) == 1
    assert "50.0%" in after.edits[0]
    assert after.origins["land_cover"].source.endswith("edited")


def test_lift_follows_the_new_cover():
    land = uniform(30, 30, cover="lowland_forest")
    after = edits.Clear(fraction=0.3)(land, 1)
    lifted = after["lift_thermal_ms"] > land["lift_thermal_ms"]
    np.testing.assert_array_equal(lifted, cleared(land, after))


def test_aggregation_clumps():
    road = np.zeros((120, 120), np.uint8)
    road[:, 60] = 1
    land = uniform(120, 120, road=road)
    forest = np.isin(land["land_cover"], FOREST_CODES)
    got = [
        edits.clumpiness(cleared(land, edits.Clear(fraction=0.2, aggregation=a)(land, 2)), forest)
        for a in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
    ]
    assert np.all(np.diff(got) > 0.05), got
    assert got[-1] > 0.9
    # at 0 cells fall independently, each column with its own chance
    far_km = np.abs(np.arange(120) - 60.0)
    rate = np.where(far_km <= 5, ROADSIDE_FACTOR, np.exp(-(far_km - 5) / 20))
    time = brentq(lambda t: (1 - np.exp(-rate * t)).mean() - 0.2, 0, 10)
    chance = 1 - np.exp(-rate * time)
    like = (2 * chance**2).sum() + 2 * (chance[1:] * chance[:-1]).sum()
    expected = (like / (4 * chance.sum()) - 0.2) / 0.8
    # g averages over some 4 x 2880 pairs, each counted from both ends
    assert abs(got[0] - expected) < 4 * np.sqrt(0.2 * 0.8 / (2 * 2880)) / 0.8 + 1 / 120


def test_scattered_clearing_on_even_ground_is_random():
    land = uniform(200, 200)
    forest = np.ones((200, 200), bool)
    got = edits.clumpiness(
        cleared(land, edits.Clear(fraction=0.3, aggregation=0.0)(land, 5)), forest
    )
    # g is a mean over about 4 x 12000 neighbour pairs of variance p (1 - p), and 1 - p divides
    error = np.sqrt(0.3 * 0.7 / (2 * 12_000)) / 0.7
    assert abs(got) < 4 * error


def test_full_aggregation_advances_from_the_road():
    road = np.zeros((60, 60), np.uint8)
    road[:, 10] = 2
    land = uniform(60, 60, road=road)
    took = cleared(land, edits.Clear(fraction=0.2, aggregation=1.0)(land, 1))
    columns = np.flatnonzero(took.any(axis=0))
    np.testing.assert_array_equal(columns, np.arange(columns[0], columns[-1] + 1))
    assert columns[0] <= 10 <= columns[-1]
    assert took[:, 8:13].mean() > 0.95
    assert not took[:, 40:].any()


def test_without_roads_clearing_is_blind_to_them():
    road = np.zeros((80, 80), np.uint8)
    road[:, 10] = 2
    with_road, without = uniform(80, 80, road=road), uniform(80, 80)
    options = {"aggregation": 0.6, "seed": 4, "spread_from_roads": False}
    np.testing.assert_array_equal(
        clearing_order(with_road, **options), clearing_order(without, **options)
    )
    assert not np.array_equal(
        clearing_order(with_road, aggregation=0.6, seed=4), clearing_order(without, **options)
    )


def test_earlier_clearings_spread():
    cover = np.full((60, 60), COVERS["premontane_forest"].code, np.uint8)
    cover[28:32, 28:32] = COVERS["crop_mosaic"].code
    land = uniform(60, 60, land_cover=cover)
    took = cleared(land, edits.Clear(fraction=0.05, aggregation=1.0)(land, 1))
    assert took.sum() == round(0.05 * (3600 - 16))
    # only a front advances: everything cleared hangs together with the field
    assert label(took | (cover == COVERS["crop_mosaic"].code), np.ones((3, 3)))[1] == 1


def rates_agree(took, group_a, group_b, ratio):
    """Whether two groups of cells fell at rates in ``ratio``, each cell at a constant rate.

    The rate of a group is -log(survival), its relative error with m events about 1/sqrt(m).
    """
    rate_a, rate_b = (-np.log1p(-took[g].mean()) for g in (group_a, group_b))
    error = np.sqrt(1 / took[group_a].sum() + 1 / took[group_b].sum())
    return abs(np.log(rate_a / rate_b / ratio)) < 4 * error


def test_protected_ground_falls_at_the_stated_share_of_the_rate():
    zone = np.zeros((400, 400), np.int16)
    zone[:, 200:] = 1
    land = uniform(400, 400, protected=zone)
    took = cleared(land, edits.Clear(fraction=0.2, aggregation=0.0)(land, 8))
    assert rates_agree(took, zone > 0, zone == 0, 0.15)


def test_roads_speed_up_clearing_and_remoteness_slows_its_starts():
    road = np.zeros((4000, 100), np.uint8)
    road[:, 0] = 1
    land = uniform(4000, 100, road=road)
    took = cleared(land, edits.Clear(fraction=0.2, aggregation=0.0)(land, 8))
    far_km = np.broadcast_to(np.arange(100), took.shape)
    beside = (far_km > 0) & (far_km <= 5)
    for km in (6, 15, 25, 45):
        expected = ROADSIDE_FACTOR / np.exp(-(km - 5) / 20)
        assert rates_agree(took, beside, far_km == km, expected), km
    beyond = far_km >= 84  # exp(-79/20) lies below the floor of 0.02
    assert rates_agree(took, beside, beyond, ROADSIDE_FACTOR / REMOTE_FLOOR)


def test_steep_ground_falls_later():
    z = np.zeros((200, 200), np.float32)
    grade = float(np.tan(np.radians(20.0)))
    z[:, 100:] = np.arange(100, dtype=np.float32) * 1000 * grade * 0.2
    land = uniform(200, 200, cell_m=200.0, elevation_m=z)
    steep = land["slope_deg"] > 19.5
    took = cleared(land, edits.Clear(fraction=0.5, aggregation=0.0)(land, 8))
    flat = land["slope_deg"] == 0
    assert steep.sum() > 19_000
    assert rates_agree(took, flat, steep, 4)  # 20 degrees halve the rate twice


@pytest.mark.parametrize("aggregation", [0.0, 0.5, 1.0])
def test_protected_ground_at_factor_zero_falls_last(aggregation):
    zone = np.zeros((40, 40), np.int16)
    zone[:20] = 1
    road = (zone > 0).astype(np.uint8)  # with the easiest access inside, and every front
    cover = np.full((40, 40), COVERS["cloud_forest"].code, np.uint8)
    cover[20] = COVERS["wetland"].code  # which cannot cross to the rest
    land = uniform(40, 40, protected=zone, road=road, land_cover=cover)
    fraction = 19 / 39
    took = cleared(
        land, edits.Clear(fraction=fraction, protected_factor=0.0, aggregation=aggregation)(land, 1)
    )
    expected = zone == 0
    expected[20] = False
    np.testing.assert_array_equal(took, expected)


def test_foci_per_area_do_not_depend_on_the_cell():
    """Halving the cell keeps the size of clumps in km², where rates per cell would quarter it."""
    mean_km2 = []
    for side, cell in ((150, 1000.0), (300, 500.0)):
        land = uniform(side, side, cell)
        took = cleared(land, edits.Clear(fraction=0.1, aggregation=0.9)(land, 6))
        sizes = np.bincount(label(took)[0].ravel())[1:]
        area = sizes * land.grid.cell_km2
        mean_km2.append(float((area**2).sum() / area.sum()))
    assert 1 / 2 < mean_km2[1] / mean_km2[0] < 2


def test_bad_input_is_named():
    land = uniform(10, 10)
    with pytest.raises(ScenarioError, match=r"clear\.fraction: 1\.2 .*allowed: 0 to 1"):
        edits.Clear(fraction=1.2)(land, 1)
    with pytest.raises(ScenarioError, match=r"clear\.fraction: nan"):
        edits.Clear(fraction=float("nan"))(land, 1)
    with pytest.raises(ScenarioError, match=r"clear\.aggregation: -0\.1"):
        edits.Clear(fraction=0.1, aggregation=-0.1)(land, 1)
    with pytest.raises(ScenarioError, match=r"clear\.to: 'pastur' .*did you mean 'pasture'"):
        edits.Clear(fraction=0.1, to="pastur")(land, 1)
    with pytest.raises(LandscapeError, match="no forest is left to clear"):
        edits.Clear(fraction=0.1)(uniform(10, 10, cover="pasture"), 1)
    with pytest.raises(ScenarioError, match="clumpiness"):
        edits.clumpiness(np.zeros((3, 3), bool), np.ones((3, 3), bool))
