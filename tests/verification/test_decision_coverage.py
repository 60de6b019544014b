"""What the ranking states holds as often as it states it, on simulators whose truth is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from corridor_sim.decision.selection import TOLD, Effort, Ranking, rank_alternatives
from oracles.made_simulator import CASES, MadeSimulator, gaussian

TAIL = 3.4e-6  # of a normal beyond 4.5
SEEDS = [50, pytest.param(500, marks=pytest.mark.slow)]
BUDGETS = [300, 1200]


@cache
def studies(case: str, budget: int, seeds: int) -> list[tuple[MadeSimulator, float, Ranking]]:
    found = []
    for seed in range(seeds):
        sim, zone = CASES[case](seed)
        effort = Effort(budget, zone)
        found.append((sim, zone, rank_alternatives(sim, sim.truth.size, effort, draws=2)))
    return found


def at_least(hits: int, n: int, promised: float) -> None:
    """Refuse a share of hits that is too low for a promise, by the exact binomial law."""
    assert stats.binom.cdf(hits, n, promised) > TAIL, f"{hits} of {n}, promised {promised}"


def at_most(hits: int, n: int, promised: float) -> None:
    assert stats.binom.sf(hits - 1, n, promised) > TAIL, f"{hits} of {n}, promised {promised}"


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("case", CASES)
def test_intervals_of_95_percent_hold_90_to_99_percent(case: str, budget: int, seeds: int) -> None:
    inside = [
        (r.low <= sim.truth) & (sim.truth <= r.high) for sim, _, r in studies(case, budget, seeds)
    ]
    assert 0.90 <= np.mean(inside) <= 0.99
    # one alternative of each study, so that the trials are independent
    picked = sum(bool(row[s % row.size]) for s, row in enumerate(inside))
    at_least(picked, seeds, 0.90)
    at_most(picked, seeds, 0.99)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("case", CASES)
def test_statements_about_all_hold_together(case: str, budget: int, seeds: int) -> None:
    every, order, equal, ranks, gaps = 0, 0, 0, 0, 0
    for sim, zone, r in studies(case, budget, seeds):
        truth = sim.truth
        apart = truth[:, None] - truth[None]
        every += bool(((r.low_all <= truth) & (truth <= r.high_all)).all())
        order += not (r.better & (apart <= 0)).any()
        equal += not (r.equal & (np.abs(apart) >= zone)).any()
        gaps += bool(((r.difference_low <= apart) & (apart <= r.difference_high)).all())
        first = 1 + (apart < 0).sum(axis=1)
        last = truth.size - (apart > 0).sum(axis=1)
        ranks += bool(((r.rank_low <= first) & (last <= r.rank_high)).all())
    for hits in (every, order, equal, ranks, gaps):
        at_least(hits, seeds, 0.95)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_when_all_pairs_are_decided_the_selection_is_correct(case: str, seeds: int) -> None:
    """Correct selection: alternatives that differ by the indifference zone stand in true order."""
    finished, correct, tied, called = 0, 0, 0, 0
    for sim, zone, r in studies(case, 5000, seeds):
        finished += r.stopped == TOLD
        apart = sim.truth[:, None] - sim.truth[None]
        ahead = r.rank[:, None] < r.rank[None]
        correct += not ((apart <= -zone) & ahead).any()
        same = np.triu(apart == 0, 1)
        if same.any():
            tied += 1
            letters = [set(word) for word in r.letters]
            called += all(letters[i] & letters[j] for i, j in np.argwhere(same))
    assert finished == seeds
    at_least(correct, seeds, 0.95)
    if tied:
        at_least(called, tied, 0.95)
    else:
        assert case == "yes or no"


@pytest.mark.parametrize("seeds", SEEDS)
def test_ties_at_any_number_of_looks(seeds: int) -> None:
    """All equal, no zone: nothing can be told apart but by error, however often one looks."""
    clean = 0
    for seed in range(seeds):
        sim = gaussian(seed, (1.0, 1.0, 1.0), reach=1300)
        effort = Effort(3000, 0.0, confidence=0.8, growth=1.1, batch=5, first=10, most=900)
        clean += not rank_alternatives(sim, 3, effort, draws=2).better.any()
    at_least(clean, seeds, 0.8)
    # looking more than 25 times without allowing for it would err in about half of the studies
    assert stats.binom.cdf(round(0.5 * seeds), seeds, 0.8) < 1e-5


@pytest.mark.parametrize("seeds", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_probabilities_that_ranks_are_right_are_calibrated(seeds: int) -> None:
    """Truths from a wide prior: of ranks held for right with p, a share p is right."""
    stated, right, within_stated, within_right = [], [], [], []
    for seed in range(seeds):
        truth = np.random.default_rng(10_000 + seed).normal(0, 0.6, size=6)
        r = rank_alternatives(gaussian(seed, truth), 6, Effort(240, 0.2), draws=400)
        true_rank = 1 + (truth[:, None] < truth[None]).sum(axis=1)
        one = seed % 6  # one alternative of each study: independent trials
        stated.append(r.right[one])
        right.append(r.rank[one] == true_rank[one])
        gap = truth[one] - truth
        fits = (gap < -0.2).sum() <= r.rank[one] - 1 and (gap > 0.2).sum() <= 6 - r.rank[one]
        within_stated.append(r.right_within[one])
        within_right.append(fits)
    assert np.std(stated) > 0.1  # sure of some, unsure of others
    for p, hit in ((stated, right), (within_stated, within_right)):
        p, hit = np.array(p), np.array(hit)
        for bin_ in (p < 0.6, (p >= 0.6) & (p < 0.9), p >= 0.9, p >= 0):
            # draws are 400 and the prior is not flat: 0.02 beside the sampling error
            spread = np.sqrt((p[bin_] * (1 - p[bin_])).sum())
            assert abs(hit[bin_].sum() - p[bin_].sum()) <= 4.5 * spread + 0.02 * bin_.sum() + 0.5


def test_common_random_numbers_save_replicates() -> None:
    """The same benefits with luck of their own instead of common luck cost many times more."""
    runs = []
    for common, own in ((3.0, 0.5), (0.0, np.hypot(3.0, 0.5))):
        found = [
            rank_alternatives(
                gaussian(s, (0, 1, 2), common=common, own=own), 3, Effort(2000, 0.5), draws=2
            )
            for s in range(10)
        ]
        runs.append(np.mean([r.runs for r in found]))
    assert runs[1] > 5 * runs[0]
