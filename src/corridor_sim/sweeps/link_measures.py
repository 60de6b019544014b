"""How alike two rankings are, how alike chance alone leaves them, and what a choice loses.

Plain functions of arrays; :mod:`corridor_sim.sweeps.link_sensitivity` feeds them with runs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from corridor_sim.decision.portfolio import Surrogate, choose_links
from corridor_sim.links import reference

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
# benefits that differ by less differ by the order of their sums
DIGITS = 12


def ranks_of(benefit: F64) -> I64:
    """Return ranks over the last axis, 1 the highest; what differs by rounding shares its rank."""
    return reference.ranks_of(np.round(benefit, DIGITS))


def among_best(ranks: I64, top: int) -> F64:
    """Return the part that each has of the ``top`` first places, over the last axis of ranks.

    Of m that share a rank each has an equal part of their m places, so that the parts add up to
    ``top``: two that are the best alike are each the first with 1 / 2.

    >>> among_best(np.array([[1, 1, 3], [1, 2, 2]]), 1).tolist()
    [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]
    >>> among_best(np.array([1, 2, 2, 2, 5]), 2).round(2).tolist()
    [1.0, 0.33, 0.33, 0.33, 0.0]
    """
    shared = (ranks[..., None, :] == ranks[..., :, None]).sum(axis=-1)
    return np.asarray(np.clip((top - (ranks - 1)) / shared, 0.0, 1.0))


def tau_b(one: F64, other: F64) -> F64:
    """Return Kendall's tau-b between benefits, over the last axis ``[..., n]``.

    Ties are taken out of the count of pairs. Where all of one side are equal there is no order to
    agree with, and tau is 0. Source: Kendall (1945), Biometrika 33:239.
    """
    first, second = np.triu_indices(one.shape[-1], 1)
    signs = [
        np.sign(np.round(v, DIGITS)[..., first] - np.round(v, DIGITS)[..., second])
        for v in (one, other)
    ]
    untied = np.sqrt((signs[0] ** 2).sum(-1) * (signs[1] ** 2).sum(-1))
    return np.asarray((signs[0] * signs[1]).sum(-1) / np.maximum(untied, 1.0))


def kendall_w(benefit: F64) -> F64:
    """Return Kendall's coefficient of concordance of m rankings, ``benefit`` being ``[..., m, n]``.

    ``W = 12 S / (m^2 (n^3 - n) - m T)``: S the sum of squares of the rank sums about their mean, T
    the sum of ``t^3 - t`` over all groups of t ties. 1: all rank alike; about 1 / m: rankings at
    random. Source: Kendall & Babington Smith (1939), Ann. Math. Statist. 10:275. NaN where no
    ranking tells any two apart.
    """
    b = np.round(benefit, DIGITS)
    m, n = b.shape[-2:]
    tied = (b[..., None, :] == b[..., :, None]).sum(axis=-1)
    ranks = (b[..., None, :] < b[..., :, None]).sum(axis=-1) + (tied + 1) / 2
    sums = ranks.sum(axis=-2)
    s = ((sums - sums.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    # a group of t ties adds t^2 - 1 for each of its t members
    whole = m**2 * (n**3 - n) - m * (tied.astype(float) ** 2 - 1).sum(axis=(-2, -1))
    return np.asarray(np.where(whole > 0, 12 * s / np.maximum(whole, 1), np.nan))


def splits(n: int, size: int, most: int, seed: int) -> Bools:
    """Return subsets of ``size`` of ``n`` replicates, ``[split, n]``, that of the first ones first.

    All of them where there are no more than ``most``, otherwise that many at random.
    """
    if math.comb(n, size) <= most:
        rows = [list(c) for c in itertools.combinations(range(n), size)]
    else:
        rng = np.random.Generator(np.random.Philox(key=seed))
        kept: dict[tuple[int, ...], None] = {tuple(range(size)): None}
        while len(kept) < most:
            kept[tuple(sorted(rng.permutation(n)[:size].tolist()))] = None
        rows = [list(c) for c in kept]
    found = np.zeros((len(rows), n), np.bool_)
    np.put_along_axis(found, np.array(rows), True, axis=1)
    return found


def below_noise(agreement: F64, noise: F64) -> F64:
    """Return for each agreement the share of the noise's that are as low or lower.

    As the subset of replicates that the points share is one of the splits behind ``noise``, this
    is the p-value of a permutation test: 1 / len(noise) at least.
    """
    lower = (noise[None, :] <= agreement[..., None] + 1e-12).sum(axis=-1)
    return np.asarray(np.maximum(lower, 1) / noise.size)


def of_many(p: F64, share: float) -> float:
    """Return one p-value of many, however they hang together: that at least a share is false.

    ``min(1, p_(k) m / k)`` with ``k = ceil(share m)``: the k-th smallest of m. Source: Rueger
    (1978), Metrika 25:171; Vovk & Wang (2020), Biometrika 107:791.
    """
    k = max(1, math.ceil(share * p.size - 1e-9))
    return float(min(1.0, np.sort(p)[k - 1] * p.size / k))


Choose = Callable[[F64, float], tuple[int, ...]]


def chooser(
    cost: Sequence[float], budget: float | None, top: int, must: Sequence[int], never: Sequence[int]
) -> Choose:
    """Return what picks links by their benefits ``[n]`` and an indifference.

    With a budget the exact optimum of :func:`corridor_sim.decision.portfolio.choose_links`, links
    adding up; without one the ``top`` links of greatest benefit.
    """

    def best_few(benefit: F64, indifference: float) -> tuple[int, ...]:
        free = [i for i in range(benefit.size) if i not in must and i not in never]
        free.sort(key=lambda i: (-round(float(benefit[i]), DIGITS), i))
        return tuple(sorted((*must, *free[: max(0, top - len(must))])))

    def affordable(benefit: F64, indifference: float) -> tuple[int, ...]:
        assert budget is not None
        surrogate = Surrogate.of(cost, np.round(benefit, DIGITS))
        found = choose_links(surrogate, budget, must=must, never=never, indifference=indifference)
        return tuple(sorted(found.links))

    return best_few if budget is None else affordable


def worth(benefit: F64, links: Sequence[int]) -> F64:
    """Return the benefit of a set of links over the last axis, links adding up."""
    return np.asarray(benefit[..., list(links)].sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Loss:
    """What one choice loses against the best choice of every point.

    The best set of a mean over replicates looks better than it is, so that ``most`` errs upwards;
    judged on a replicate that had no say in its choice it looks worse than it is, so that ``least``
    errs downwards. The truth lies between, on average over chance: Mak, Morton & Wood (1999),
    Oper. Res. Lett. 24:47.

    Attributes
    ----------
    at : float64 ``[point]``
        Loss at every point, erring upwards.
    least, least_low : float
        Mean over the points, erring downwards, and the low end of its one-sided interval.
    most, most_high : float
        The same erring upwards, and the high end (Bayraksan & Morton 2006, Math. Program.
        108:495); or that against any one rival set at all points, where this is higher: if the
        choice happens to look best everywhere, its loss seems to have no spread at all.
    """

    at: F64
    least: float
    least_low: float
    most: float
    most_high: float


def loss_of(
    benefit: F64,
    choice: Sequence[int],
    choose: Choose,
    thrift: float,
    confidence: float,
    rivals: Iterable[tuple[int, ...]] = (),
) -> Loss:
    """Return what a choice loses; the replicate, whose draws all points share, is the unit.

    Parameters
    ----------
    benefit : float64 ``[point, replicate, link]``
    choice : sequence of int
    choose : callable
    thrift : float
        Benefit that the choice gave up knowingly at the nominal traits for a lower cost.
    confidence : float
        Of each one-sided Student's interval.
    rivals : iterable of tuple of int
        Sets that chance or traits might show to be better, beside those that the points choose.
        That all their ends stay below a bound needs no allowance for their number (Berger 1982,
        Technometrics 24:295).
    """
    points, replicates, _ = benefit.shape
    mean = benefit.mean(axis=1)
    best = [choose(row, 0.0) for row in mean]
    own = worth(benefit, choice)
    seen = np.stack([worth(benefit[p], best[p]) for p in range(points)]) - own
    fresh = np.empty((points, replicates))
    for p in range(points):
        for r in range(replicates):
            others = np.delete(benefit[p], r, axis=0).mean(axis=0)
            fresh[p, r] = worth(benefit[p, r], choose(others, 0.0))
    least, low, _ = _student(fresh.mean(axis=0) - own.mean(axis=0) - thrift, confidence)
    most, _, high = _student(seen.mean(axis=0) - thrift, confidence)
    for rival in dict.fromkeys((*best, *rivals)):
        more = (worth(benefit, rival) - own).mean(axis=0) - thrift
        high = max(high, _student(more, confidence)[2])
    return Loss(seen.mean(axis=1) - thrift, least, low, most, high)


def _student(values: F64, confidence: float) -> tuple[float, float, float]:
    """Return the mean and the ends of the two one-sided intervals."""
    n, mean = values.size, float(values.mean())
    half = float(stdtrit(n - 1, confidence)) * float(values.std(ddof=1)) / math.sqrt(n)
    return mean, mean - half, mean + half
