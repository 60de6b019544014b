"""Do two links together give more, or less, than the sum of both? Estimated from paired runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError
from corridor_sim.statistics.moments import moments

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairDesign:
    """Which pairs of links to simulate together.

    Attributes
    ----------
    pairs : int64 ``[p, 2]``
        Links ``i < j``, in lexical order.
    links : tuple of int
        The links among which all pairs are simulated.
    runs : int
        Runs that it costs.
    complete : bool
        Whether all pairs of all links are among them.
    """

    pairs: I64
    links: tuple[int, ...]
    runs: int
    complete: bool


def design_pairs(
    score: F64, runs: int, replicates: int, *, also: Sequence[tuple[int, int]] = ()
) -> PairDesign:
    """Choose the pairs to simulate within a budget of runs.

    All pairs where the budget allows; else the pairs in ``also``, then all pairs among the best m
    links by ``score``, m as large as the budget allows.

    Parameters
    ----------
    score : float64 ``[n]``
        What makes a link likely to be chosen: its benefit alone, or that per cost.
    runs, replicates : int
        Runs in all, and replicates of each pair.
    also : pairs of links
        Pairs that must be simulated whatever their score. Two links in a row that work only
        together are worth nothing alone and rank last: name the pairs that touch or follow each
        other.

    Raises
    ------
    ScenarioError
        The budget does not even pay for the pairs in ``also``, or they name no links.
    """
    n = len(score)
    if replicates < 2:
        raise ScenarioError(f"{replicates} replicates of a pair", remedy="give 2 or more")
    named = {(min(p), max(p)) for p in also}
    for i, j in sorted(named):
        if not 0 <= i < j < n:
            raise ScenarioError(f"pair ({i}, {j}) is not two of the links 0 to {n - 1}")
    room = runs // replicates
    if len(named) > room:
        raise ScenarioError(
            f"{len(named)} named pairs x {replicates} replicates are more than {runs} runs",
            remedy=f"allow {len(named) * replicates} runs or name fewer pairs",
        )
    worth = np.where(np.isnan(score), -np.inf, score)
    ranked = [int(i) for i in np.argsort(-worth, kind="stable")]
    chosen, among = set(named), 1
    for m in range(2, n + 1):
        wider = chosen | {(min(ranked[m - 1], i), max(ranked[m - 1], i)) for i in ranked[: m - 1]}
        if len(wider) > room:
            break
        chosen, among = wider, m
    pairs = np.array(sorted(chosen), dtype=np.int64).reshape(-1, 2)
    links = tuple(sorted(ranked[:among])) if among > 1 else ()
    return PairDesign(pairs, links, len(chosen) * replicates, len(chosen) == n * (n - 1) // 2)


@dataclass(frozen=True, slots=True)
class Interactions:
    """Interactions of pairs of links, by species.

    Attributes
    ----------
    pairs : int64 ``[p, 2]``
        Links ``i < j``.
    estimate, low, high : float64 ``[s, p]``
        Benefit of both less the sum of each alone, and its interval.
    kept : float64 ``[s, p]``
        The estimate where its interval leaves out 0, else 0.
    replicates : int64 ``[s, p]``
        Replicates in which both links alone and together had a value.
    confidence : float
        Of all intervals together if ``simultaneous``, else of each.
    simultaneous : bool
        Whether the intervals hold together.
    """

    pairs: I64
    estimate: F64
    low: F64
    high: F64
    kept: F64
    replicates: I64
    confidence: float
    simultaneous: bool

    def of(self, i: int, j: int, species: int = 0) -> tuple[float, float, float]:
        """Return estimate, low and high of a pair; zeros where it was not simulated."""
        at = np.flatnonzero((self.pairs == [min(i, j), max(i, j)]).all(axis=1))
        if not at.size:
            return 0.0, 0.0, 0.0
        p = (species, int(at[0]))
        return float(self.estimate[p]), float(self.low[p]), float(self.high[p])


def estimate_interactions(
    alone: F64, pairs: I64, together: F64, *, confidence: float = 0.95, simultaneous: bool = True
) -> Interactions:
    """Estimate synergy (above 0) and redundancy (below 0) of pairs of links.

    ``c_ij = mean_r (B_ij,r - B_i,r - B_j,r)`` with Student's t interval, wider where the
    excess rarely varied (:class:`~corridor_sim.statistics.moments.Moments`): all benefits are
    differences from the baseline of the same replicate, so that chance common to the runs cancels.
    An interaction whose interval holds 0 is set to 0 in ``kept``; with simultaneous (Bonferroni)
    intervals the chance that any interaction is invented is at most 1 - ``confidence``.

    Parameters
    ----------
    alone : float64 ``[s, n, r]`` or ``[n, r]``
        Benefits of each link alone, by species, link and replicate.
    pairs : int64 ``[p, 2]``
        Pairs of links.
    together : float64 ``[s, p, r]`` or ``[p, r]``
        Benefits of both links of each pair, in the same replicates.
    confidence, simultaneous : float, bool
        See :class:`Interactions`.
    """
    alone, together = np.atleast_2d(alone), np.atleast_2d(together)
    alone = alone[None] if alone.ndim == 2 else alone
    together = together[None] if together.ndim == 2 else together
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    s, n, r = alone.shape
    if together.size == 0:
        together = together.reshape(s, 0, r)
    if together.shape != (s, len(pairs), r):
        raise ScenarioError(
            f"benefits of pairs have shape {together.shape}, not {(s, len(pairs), r)}",
            remedy="give the same species and replicates for pairs as for single links",
        )
    if pairs.size and not (pairs.min() >= 0 and pairs.max() < n):
        raise ScenarioError(f"a pair names a link outside 0 to {n - 1}")
    if np.any(pairs[:, 0] == pairs[:, 1]) or np.unique(np.sort(pairs, 1), axis=0).size < pairs.size:
        raise ScenarioError("a pair of links is named twice, or pairs a link with itself")
    pairs = np.sort(pairs, axis=1)
    first, second = alone[:, pairs[:, 0]], alone[:, pairs[:, 1]]
    excess = together - first - second
    # what is left of equal numbers is rounding, and no interaction
    size = np.abs(together) + np.abs(first) + np.abs(second)
    excess = np.where(np.abs(excess) <= 1e-12 * size, 0.0, excess)
    found = moments(excess.reshape(-1, r))
    tests = max(1, found.count.size) if simultaneous else 1
    half = found.half_width((1 - confidence) / tests, found.largest).reshape(s, -1)
    estimate = np.where(found.count > 0, found.mean, 0.0).reshape(s, -1)
    low, high = estimate - half, estimate + half
    kept = np.where((low > 0) | (high < 0), estimate, 0.0)
    count = found.count.reshape(s, -1)
    return Interactions(pairs, estimate, low, high, kept, count, confidence, simultaneous)


@dataclass(frozen=True, slots=True)
class Triples:
    """What threes of links give beyond links alone and pairs, by species.

    Attributes
    ----------
    triples : int64 ``[q, 3]``
        Links ``i < j < k``.
    estimate, low, high : float64 ``[s, q]``
        Benefit of all three less what links alone and interactions of pairs add up to, and its
        interval, all together.
    kept : float64 ``[s, q]``
        The estimate where its interval leaves out 0, else 0.
    replicates : int64 ``[s, q]``
        Replicates in which all seven sets had a value.
    """

    triples: I64
    estimate: F64
    low: F64
    high: F64
    kept: F64
    replicates: I64


def triples_to_ask(found: Interactions, price: Sequence[float], budget: float) -> list[list[int]]:
    """Return threes of links of which two pairs interact, the strongest first.

    Parameters
    ----------
    found : Interactions
    price : sequence of float
        Cost of each link.
    budget : float
        Threes that cost more are left out.
    """
    size = np.abs(found.kept).sum(axis=0)
    told = {(int(i), int(j)): float(v) for (i, j), v in zip(found.pairs, size, strict=True) if v}
    threes: dict[tuple[int, ...], float] = {}
    for (one, a), (other, b) in combinations(told.items(), 2):
        links = tuple(sorted({*one, *other}))
        if len(links) == 3 and sum(price[i] for i in links) <= budget:
            threes[links] = max(threes.get(links, 0.0), a + b)
    return [list(links) for links in sorted(threes, key=lambda links: (-threes[links], links))]


def estimate_triples(
    alone: F64, pairs: I64, together: F64, triples: I64, all_three: F64, confidence: float = 0.95
) -> Triples:
    """Estimate what three links give beyond their pairs, ``d_ijk = mean_r (B_ijk - B_ij - B_ik -
    B_jk + B_i + B_j + B_k)``, with intervals as of :func:`estimate_interactions`.

    Parameters
    ----------
    alone : float64 ``[s, n, r]``
    pairs, together : int64 ``[p, 2]``, float64 ``[s, p, r]``
        Among them the three pairs of each triple.
    triples, all_three : int64 ``[q, 3]``, float64 ``[s, q, r]``
    """
    at = {(int(i), int(j)): y for y, (i, j) in enumerate(pairs)}
    s, q, r = all_three.shape
    excess = np.empty((s, q, r))
    for y, links in enumerate(triples.tolist()):
        two = together[:, [at[pair] for pair in combinations(links, 2)]]
        one = alone[:, links]
        rest = all_three[:, y] - two.sum(axis=1) + one.sum(axis=1)
        size = np.abs(all_three[:, y]) + np.abs(two).sum(axis=1) + np.abs(one).sum(axis=1)
        excess[:, y] = np.where(np.abs(rest) <= 1e-12 * size, 0.0, rest)
    found = moments(excess.reshape(-1, r))
    half = found.half_width((1 - confidence) / max(1, s * q), found.largest).reshape(s, q)
    estimate = np.where(found.count > 0, found.mean, 0.0).reshape(s, q)
    low, high = estimate - half, estimate + half
    kept = np.where((low > 0) | (high < 0), estimate, 0.0)
    return Triples(triples, estimate, low, high, kept, found.count.reshape(s, q))


def all_pairs(n: int) -> I64:
    """Return all pairs of n links, ``[n (n - 1) / 2, 2]``."""
    return np.array(list(combinations(range(n), 2)), dtype=np.int64).reshape(-1, 2)
