"""Every count of ways, on tracks whose answer is known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corridor_sim.landscape.synthetic import uniform
from corridor_sim.validation import ways
from corridor_sim.validation.runs import DaysRun
from oracles.field_records import SIDE, pattern, walked


@pytest.fixture(scope="module")
def ranging() -> DaysRun:
    """Return exact Ornstein-Uhlenbeck ranges: sigma 2 and 4 km, tau 2 d, six steps a day."""
    rng = np.random.default_rng(5)
    n, steps = 600, 180 * 6
    male = np.arange(n) % 2 == 1
    sigma, a = np.where(male, 4.0, 2.0), math.exp(-1 / 12)
    at = rng.normal(size=(2, n)) * sigma
    track = [at]
    for _ in range(steps):
        at = a * at + math.sqrt(1 - a * a) * sigma * rng.normal(size=(2, n))
        track.append(at)
    x, y = np.moveaxis(np.array(track), 1, 0)
    return walked(x, y, male=male)


def test_ranges(ranging):
    # T = 180 d of tau = 2 d: the variance about the mean of the track is short by 2 tau / T
    short = 1 - 2 * 2 / 180
    female = 5.991 * math.pi * 4 * short
    assert ways.range_km2(ranging, pattern(sex="female")) == pytest.approx(female, rel=0.03)
    assert ways.range_ratio(ranging, pattern()) == pytest.approx(4.0, rel=0.04)
    everyone = ways.range_km2(ranging, pattern())
    assert everyone == pytest.approx(2.5 * female, rel=0.03)


def test_the_plateau_is_reached_after_three_crossing_times(ranging):
    found = ways.plateau_d(ranging, pattern(share=0.95, from_d=30, until_d=60))
    # 1 - exp(-t / tau) = 0.95 at 3 tau = 6 d; an error of 1 % in the curve moves it by tau / 5
    assert found == pytest.approx(6.0, abs=1.0)


def test_displacement_from_day_to_day(ranging):
    spread = np.array([2.0, 4.0]) * math.sqrt(2 * (1 - math.exp(-0.5)))
    rayleigh = float(spread.mean()) * math.sqrt(math.pi / 2)
    assert ways.daily_displacement_km(ranging, pattern()) == pytest.approx(rayleigh, rel=0.01)


def test_share_above_a_height():
    z = np.full((SIDE, SIDE), 1000, np.float32)
    z[:, 20:] = 2100
    x = np.array([[5.5], [5.5], [25.5], [5.5], [5.5]])
    one = walked(x, np.full_like(x, 3.5), land=uniform(SIDE, SIDE, elevation_m=z))
    assert ways.share_above(one, pattern(height_m=2000)) == 0.25
    assert ways.share_above(one, pattern(height_m=2100)) == 0.0


def test_ways_by_the_hour():
    """Steps of 4 h, three by day: way goes to the hours of a step by the species' rhythm."""
    way = np.tile(np.array([[1.0], [2.0], [9.0], [9.0], [2.0], [1.0]]), (3, 1))
    zero = np.zeros((19, 1))
    one = walked(zero, zero, way_m=way)
    by_hour = ways.way_by_hour(one)
    assert by_hour.sum() == pytest.approx(1.0)
    assert by_hour[8:12].sum() == pytest.approx(9 / 24)
    rhythm = np.array(one.here.species.movement.activity)
    dawn, dusk = rhythm[6:8].sum() / rhythm[4:8].sum(), rhythm[16:18].sum() / rhythm[16:20].sum()
    day = 18 + 2 * dawn + 2 * dusk
    assert ways.day_over_night(one, pattern()) == pytest.approx(day / (24 - day))
    assert ways.share_of_way(one, pattern(hours=[8, 9, 10, 11])) == pytest.approx(9 / 24)


def test_the_days_of_a_soarer():
    """Eleven hourly steps from 7 h; two birds, one of which stays at home on the second day."""
    way = np.zeros((22, 2))
    way[3:6] = 10_000.0  # 10 to 13 h
    way[10] = 50_000.0  # back to the roost at 17 h
    way[14, 0] = 20_000.0
    z = np.full((SIDE, SIDE), 3000, np.float32)
    z[:, 20:] = 3500
    x = np.full((23, 2), 5.5)
    x[4:7] = 25.5
    x[1] = 25.5  # carried off at dawn without a way of its own: neither foraging nor roost
    flapped, takeoffs = np.zeros((22, 2)), np.zeros((22, 2))
    flapped[3, 0], takeoffs[3] = 1200.0, 2
    one = walked(
        x,
        np.full_like(x, 3.5),
        way_m=way,
        species="andean_condor",
        flapped_m=flapped,
        takeoffs=takeoffs,
        land=uniform(SIDE, SIDE, elevation_m=z),
    )
    soar = one.here.species.soaring
    assert ways.flight_h(one, pattern()) == pytest.approx(9 / 4)
    assert ways.longest_day_km(one, pattern()) == pytest.approx(80.0)
    assert ways.longest_hour(one, pattern()) == 17.5
    takeoff, wing = 4 * soar.takeoff_flap_s.value, 1200 / soar.airspeed_ms.value
    assert ways.flapping_share(one, pattern()) == pytest.approx((takeoff + wing) / (9 * 3600))
    assert ways.takeoff_share(one, pattern()) == pytest.approx(takeoff / (takeoff + wing))
    hours = pattern(hours=[10, 11, 12, 13, 14, 15])
    # six bird-hours at 3500 m, one at 3000 m; every night at 3000 m
    assert ways.foraging_above_roost_m(one, hours) == pytest.approx(500 * 6 / 7)
