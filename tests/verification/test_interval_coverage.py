"""Every interval that tables print holds the truth about as often as it says.

Nominal 95 %; between 90 % and all, since an interval of a count of few cannot be narrower without
missing more: of 0.2 events expected in all replicates none is seen in four of five studies, and
whatever is said then is right. Judged by the exact binomial law from the number of trials.
"""

from __future__ import annotations

import pytest
from scipy import stats

from oracles.coverage import (
    MEANS,
    PAIRED,
    RATES,
    REPLICATES,
    Draw,
    Held,
    by_known_reference,
    by_student,
    differences_held,
    gains,
    means_held,
    ratios_held,
    thinned,
)

TAIL = 3.4e-6  # of a normal beyond 4.5
TRIALS = [400, pytest.param(20_000, marks=pytest.mark.slow)]
LEAST = 0.90
# a ratio that is given in fewer studies than this is given by the luck of those that saw more
GIVEN = 0.5


def refuse_too_few(found: Held) -> None:
    """Refuse a coverage below the least, by the exact binomial law."""
    assert stats.binom.cdf(found.hits, found.shown, LEAST) > TAIL, found


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("n", REPLICATES)
@pytest.mark.parametrize("name", MEANS)
def test_intervals_of_means_hold(name: str, n: int, trials: int) -> None:
    for rate in RATES:
        found = means_held(MEANS[name], rate, n, trials, 1)
        assert found.shown == found.trials
        refuse_too_few(found)


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("n", REPLICATES)
@pytest.mark.parametrize("name", PAIRED)
def test_intervals_of_paired_differences_hold(name: str, n: int, trials: int) -> None:
    for rate in RATES:
        found = differences_held(PAIRED[name], rate, n, trials, 2)
        assert found.shown == found.trials
        refuse_too_few(found)


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("n", REPLICATES)
@pytest.mark.parametrize("name", PAIRED)
def test_intervals_of_paired_ratios_hold_where_they_are_given(
    name: str, n: int, trials: int
) -> None:
    given = 0
    for rate in RATES:
        found = ratios_held(PAIRED[name], rate, n, trials, 3)
        if found.shown < GIVEN * found.trials:
            continue
        given += 1
        refuse_too_few(found)
    assert given >= 2


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("draw", [thinned, gains])
def test_where_counts_are_many_nothing_is_wider_than_it_need_be(draw: Draw, trials: int) -> None:
    """Not only careful: near 95 % where the law of large numbers holds."""
    for held in (differences_held, ratios_held):
        found = held(draw, 50.0, 100, trials, 4)
        assert stats.binom.sf(found.hits - 1, found.shown, 0.975) > TAIL, found


@pytest.mark.parametrize("trials", TRIALS)
def test_the_way_it_used_to_be_does_not(trials: int) -> None:
    """Student's t of links that flip few animals; a difference over a reference held for known."""
    for rate, most in ((0.2, 0.82), (0.05, 0.37)):
        found = by_student(gains, rate, 8, trials, 5)
        assert stats.binom.sf(found.hits - 1, found.shown, most) > TAIL, found
    known, ours = (held(thinned, 50.0, 20, trials, 6) for held in (by_known_reference, ratios_held))
    # 1.6 times too wide where a scenario keeps a share of what the reference happens to have
    assert stats.binom.cdf(known.hits, known.shown, 0.985) > TAIL, known
    assert stats.binom.sf(ours.hits - 1, ours.shown, 0.97) > TAIL, ours
