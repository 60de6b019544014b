"""An animal settles by the rule of decades, as if nobody else lived there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim.config.build import load_landscape
from corridor_sim.kernels.places import Crowd, disc_of_blocks, fill, make_bins, settle
from corridor_sim.simulation.decades.habitat import make_habitat
from corridor_sim.simulation.settlement import (
    PLACES,
    SettlementGround,
    places_to_look,
    settle_alone,
    settlement_draws,
    settlement_ground,
)
from corridor_sim.species.demography import cohort_y
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.reader import load_species, species_keys

F64 = NDArray[np.float64]


def by_kernel(ground: SettlementGround, crowd: Crowd, x: F64, y: F64, u: F64) -> F64:
    """Return what the kernel of decades lets one animal after the other choose."""
    found = []
    for i in range(x.size):
        one = slice(i, i + 1)
        try_x, try_y = places_to_look(x[one], y[one], ground.perception, u[one])
        bins = [make_bins(ground.quality.shape, 4.0, 1) for _ in range(2)]
        empty = np.full(1, np.nan)
        for b in bins:
            fill(empty, empty, 0, b)
        chosen = np.full((1, 2), np.nan)
        settle(
            x[one], y[one], np.zeros(1, np.bool_), try_x, try_y, ground.quality, ground.enough,
            crowd._replace(number=np.zeros_like(crowd.number)), bins[0], bins[1],
            empty.copy(), empty.copy(), empty.copy(), empty.copy(),
            np.zeros(2, np.int64), np.zeros(2), 4.0, False, chosen,
        )  # fmt: skip
        found.append(chosen[0])
    return np.array(found)


def open_crowd(shape: tuple[int, int]) -> Crowd:
    d_row, d_col = disc_of_blocks(1.0)
    return Crowd(4.0, np.zeros(shape, np.int32), np.ones(shape), d_row, d_col)


@pytest.mark.parametrize("perception", [0.0, 0.7, 5.0, 40.0])
def test_it_is_the_rule_of_decades_without_other_animals(perception: float) -> None:
    rng = np.random.default_rng(3)
    quality = rng.uniform(0, 1, (30, 40)).astype(np.float32)
    quality[rng.uniform(size=quality.shape) < 0.5] = -1
    # ties are met: of equal places the first one is taken
    quality = np.round(quality, 1).astype(np.float32)
    ground = SettlementGround(quality, 0.6, perception)
    n = 400
    x, y = rng.uniform(0, 40, n), rng.uniform(0, 30, n)
    u = settlement_draws(7, 2, 5, np.arange(n, dtype=np.int64))
    found = np.stack(settle_alone(ground, x, y, u), axis=1)
    expected = by_kernel(ground, open_crowd((8, 10)), x, y, u)
    assert np.array_equal(found, expected, equal_nan=True)
    assert 0 < np.isnan(found[:, 0]).mean() < 1 or perception > 1


@pytest.mark.parametrize("key", species_keys())
def test_it_is_the_rule_of_decades_on_the_landscape(key: str) -> None:
    land, species = load_landscape(cell_m=5000.0), load_species(key)
    here = on_landscape(species, land)
    ground = settlement_ground(here)
    habitat = make_habitat(species, land, exposure=1.0)
    assert np.array_equal(ground.quality, habitat.quality)
    assert ground.enough == habitat.enough
    rng = np.random.default_rng(8)
    height, width = ground.quality.shape
    x, y = rng.uniform(0, width, 300), rng.uniform(0, height, 300)
    u = settlement_draws(1, 0, here.stream, np.arange(300, dtype=np.int64))
    found = np.stack(settle_alone(ground, x, y, u), axis=1)
    expected = by_kernel(ground, habitat.crowd, x, y, u)
    assert np.array_equal(found, expected, equal_nan=True)
    assert np.isfinite(found[:, 0]).any()


def test_nobody_settles_where_nothing_is_good_enough() -> None:
    quality = np.full((20, 20), 0.3, np.float32)
    quality[:, 15:] = 0.9
    x, y = np.array([2.5, 16.5, 13.9]), np.array([10.5, 10.5, 10.5])
    u = settlement_draws(1, 0, 0, np.arange(3, dtype=np.int64))
    own = settle_alone(SettlementGround(quality, 0.5, 0.0), x, y, u)
    assert np.isnan(own[0]).tolist() == [True, False, True]
    assert (own[0][1], own[1][1]) == (16.5, 10.5)
    # whoever sees good ground goes there; out of sight it is of no use
    wide = settle_alone(SettlementGround(quality, 0.5, 6.0), x, y, u)
    assert np.isnan(wide[0]).tolist() == [True, False, False]
    assert wide[0][2] >= 15


def test_the_best_of_what_is_good_enough_is_taken() -> None:
    quality = np.tile(np.linspace(0.1, 0.9, 30, dtype=np.float32), (30, 1))
    ground = SettlementGround(quality, 0.2, 8.0)
    n = 200
    x, y = np.full(n, 15.5), np.full(n, 15.5)
    u = settlement_draws(1, 0, 0, np.arange(n, dtype=np.int64))
    new_x, new_y = settle_alone(ground, x, y, u)
    try_x, _ = places_to_look(x, y, 8.0, u)
    assert np.array_equal(new_x.astype(int), np.maximum(try_x.max(axis=1), 15.5).astype(int))
    assert (np.hypot(new_x - 15.5, new_y - 15.5) <= 8.0).all()


def test_draws_are_an_animals_own() -> None:
    ids = np.array([5, 2**30, 9], np.int64)
    all_of_them = settlement_draws(11, 3, 4, ids)
    assert all_of_them.shape == (3, 2 * PLACES)
    assert np.array_equal(settlement_draws(11, 3, 4, ids[1:2])[0], all_of_them[1])
    others = [(12, 3, 4), (11, 2, 4), (11, 3, 5)]
    assert all((settlement_draws(*key, ids) != all_of_them).all() for key in others)


def test_places_are_even_over_the_disc() -> None:
    n = 20_000
    u = settlement_draws(1, 0, 0, np.arange(n, dtype=np.int64))
    x, y = places_to_look(np.zeros(n), np.zeros(n), 2.0, u)
    r2 = (x**2 + y**2).reshape(-1)
    m = r2.size
    # r^2 is uniform on [0, 4]: mean 2, variance 16 / 12
    assert abs(r2.mean() - 2.0) < 4 * np.sqrt(16 / 12 / m)
    assert abs(x.mean()) < 4 * 1.0 / np.sqrt(m)


@pytest.mark.parametrize(
    ("key", "years"), [("jaguar", 0.8), ("andean_bear", 2.5), ("mountain_tapir", 1.3)]
)
def test_a_cohort_spans_the_ages_at_which_the_young_leave(key: str, years: float) -> None:
    assert cohort_y(load_species(key)) == pytest.approx(years)


def test_without_a_life_cycle_a_cohort_spans_the_time_of_dispersal() -> None:
    bear = load_species("andean_bear").model_copy(update={"life_cycle": None})
    move, female = bear.movement, bear.population.female_share.value
    f, m = (
        female * move.female.disperser.share_of_sex.value,
        ((1 - female) * move.male.disperser.share_of_sex.value),
    )
    mean = (f * 90 + m * 240) / (f + m)
    assert cohort_y(bear) == pytest.approx(mean / 365.25)
