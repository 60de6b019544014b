"""The chance of a life: who it is keyed by, and what is left of it when it is switched off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from corridor_sim import load_species
from corridor_sim.simulation.decades.random_streams import (
    CHILD,
    FIRST_BORN,
    FOUNDER,
    LIFE,
    YEARLY,
    litter_sizes,
    shifted,
)
from corridor_sim.species.demography import vital_rates
from oracles.populations import FOUR, streams_of
from oracles.verdict import TAIL, Verdict

KEYS = np.array([0, 1, 7, 2**30, 2**31, 2**32 - 2], np.int64)


@pytest.mark.parametrize("purpose", [FOUNDER, LIFE, YEARLY, CHILD])
def test_draws_are_an_animals_own(purpose: int) -> None:
    streams = streams_of()
    everybody = streams.draws(KEYS, purpose, 3)
    assert (streams.draws(KEYS[::-1], purpose, 3)[::-1] == everybody).all()
    assert (streams.draws(KEYS[2:3], purpose, 3) == everybody[2:3]).all()
    assert (streams.draws(KEYS, purpose, 3, slice(2, 4)) == everybody[:, 2:4]).all()
    for other in (streams.draws(KEYS, purpose, 4), streams_of(1).draws(KEYS, purpose, 3)):
        assert not np.isin(other, everybody).any()


def test_the_years_draws_do_not_overlap() -> None:
    """Twenty years of an animal, every purpose: as many different numbers as columns."""
    streams = streams_of()
    one = KEYS[:1]
    seen = [streams.draws(one, p, y).ravel() for p in (YEARLY, CHILD) for y in range(20)]
    seen += [streams.draws(one, p).ravel() for p in (FOUNDER, LIFE)]
    seen += [streams.draws_of_day(one, day, 21).ravel() for day in range(40)]
    every = np.concatenate(seen)
    assert np.unique(every).size == every.size


def test_children_are_numbered_by_their_mother_and_the_year() -> None:
    streams = streams_of()
    mothers = np.arange(100, dtype=np.int64)
    litter = mothers % 5
    keys = streams.child_keys(mothers, 2, litter)
    assert keys.size == litter.sum()
    assert (keys >= FIRST_BORN).all()
    assert (keys < 2**32).all()
    # mother 7 has two, behind those of 0 to 6; alone she has the same two, and more begin alike
    at = litter[:7].sum()
    assert (
        streams.child_keys(mothers[7:8], 2, np.array([4]))[:2].tolist()
        == keys[at : at + 2].tolist()
    )
    assert not np.isin(streams.child_keys(mothers, 3, litter), keys).any()


def test_children_share_a_number_as_rarely_as_promised() -> None:
    """Pairs that share one are Poisson with mean n^2 / 2^32."""
    n = 200_000
    keys = streams_of().child_keys(np.arange(n), 0, np.ones(n, np.int64))
    shared = n - np.unique(keys).size
    assert shared <= stats.poisson.isf(TAIL, n**2 / 2**32)


PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(p=PROBABILITIES, seed=st.integers(0, 1000), groups=st.integers(1, 5))
def test_without_individual_chance_expected_numbers_are_met(
    p: list[float], seed: int, groups: int
) -> None:
    rng = np.random.default_rng(seed)
    p_all = np.array(p)
    u, group = rng.random(p_all.size), rng.integers(0, groups, p_all.size)
    hit = streams_of(seed, demographic=False).happens(p_all, u, group, 0, 0)
    for first in range(groups):
        for last in range(first, groups):
            inside = (group >= first) & (group <= last)
            assert abs(hit[inside].sum() - p_all[inside].sum()) < 1 + 1e-9
    assert hit[p_all == 1].all()
    assert not hit[p_all == 0].any()
    # who is met does not depend on the order in which they are asked
    turn = rng.permutation(p_all.size)
    again = streams_of(seed, demographic=False).happens(p_all[turn], u[turn], group[turn], 0, 0)
    assert (again == hit[turn]).all()


def test_certain_events_are_certain_in_the_longest_sum() -> None:
    """An animal at its greatest age must die, however the sum before it was rounded."""
    rng = np.random.default_rng(0)
    for seed in range(30):
        p = np.where(rng.random(3000) < 0.5, 1.0, rng.random(3000))
        hit = streams_of(seed, demographic=False).happens(
            p, rng.random(3000), np.zeros(3000, int), 1, 0
        )
        assert hit[p == 1].all()


@pytest.mark.parametrize("demographic", [True, False])
def test_each_has_its_probability(demographic: bool, verdict: Verdict) -> None:
    """Over years each is met as often as it should be, with the same draws of its own or not."""
    streams, years = streams_of(4, demographic=demographic), 3000
    p = np.array([0.0, 0.03, 0.31, 0.5, 0.97, 1.0, 0.31])
    group = np.array([0, 0, 0, 1, 1, 1, 2])
    keys = np.arange(p.size)
    hits = np.zeros(p.size)
    for year in range(years):
        u = streams.draws(keys, YEARLY, year)[:, 0]
        hits += streams.happens(p, u, group, year, 2)
    for i in range(p.size):
        if 0 < p[i] < 1:
            verdict.share(f"event of {p[i]:g}", "p", p[i], int(hits[i]), years)
        else:
            assert hits[i] == years * p[i]


@pytest.mark.parametrize("key", FOUR)
def test_litters_have_the_species_mean_and_variance(key: str) -> None:
    """Inversion of evenly spread draws gives the distribution itself, to one in n."""
    rates = vital_rates(load_species(key).life_cycle)
    least, most, chance = rates.litter_least, rates.litter_most, rates.litter_chance
    n = 100_000
    sizes = litter_sizes((np.arange(n) + 0.5) / n, least, most, chance)
    assert sizes.min() == least
    assert sizes.max() <= most
    counts = np.bincount(sizes, minlength=most + 1)[least:]
    expected = n * stats.binom.pmf(np.arange(most - least + 1), most - least, chance)
    assert np.abs(counts - expected).max() <= 1
    # each count is off by at most one
    assert abs(sizes.mean() - rates.litter_mean) <= (most + 1) ** 2 / n
    variance = (most - least) * chance * (1 - chance)
    assert abs(sizes.var() - variance) <= 2 * (most + 1) ** 3 / n
    assert rates.litter_mean == pytest.approx(load_species(key).life_cycle.litter_mean.value)


def test_litters_at_the_ends_of_the_draw() -> None:
    ends = np.array([0.0, 1 - 2.0**-53])
    assert litter_sizes(ends, 1, 4, 0.2).tolist() == [1, 4]
    assert litter_sizes(ends, 1, 1, 0.0).tolist() == [1, 1]
    assert litter_sizes(ends, 0, 1, 1.0).tolist() == [1, 1]


def test_the_two_chances_know_nothing_of_each_other() -> None:
    """Weather is the same with and without individual chance, an animal's luck in any weather."""
    for year in range(5):
        both, years_only = streams_of(sd=0.3), streams_of(sd=0.3, demographic=False)
        assert both.weather(year) == years_only.weather(year) != (0.0, 0.0)
        assert streams_of().weather(year) == (0.0, 0.0)
        # twice the spread is twice the shift of the same year
        assert streams_of(sd=0.6).weather(year) == pytest.approx(np.multiply(2, both.weather(year)))
        assert (both.draws(KEYS, YEARLY, year) == streams_of().draws(KEYS, YEARLY, year)).all()


def test_shifts_are_on_the_logit_scale() -> None:
    p = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    moved = shifted(p, 1.0)
    assert moved[[0, -1]].tolist() == [0, 1]
    odds = moved[1:4] / (1 - moved[1:4])
    assert odds == pytest.approx(np.e * p[1:4] / (1 - p[1:4]))
    assert shifted(p, 0.0) is p
    assert shifted(p, -1e9)[1:4].tolist() == [0, 0, 0]
