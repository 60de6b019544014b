"""Likelihood of behavioural states: densities of steps, exact score, expectation-maximisation.

A hidden Markov model (Zucchini, MacDonald & Langrock 2016, Hidden Markov Models for Time Series;
for animal tracks Morales et al. 2004, Ecology 85:2436). Parameters lie on the working scale in one
vector: log shapes, log scales, concentrations, where there are steps of length 0 the log-odds of
their probability, and the log-odds of moves from each state against staying.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln, ive, logit

from corridor_sim.kernels.hidden_states import backward, forward, likeliest
from corridor_sim.species.tables import gamma_of
from corridor_sim.telemetry.steps import KAPPA_LIMIT, concentration, mean_cosine

F64 = NDArray[np.float64]
# what the search may not leave: a state of equal lengths has an unbounded likelihood
SHAPE_LIMITS = (0.01, 500.0)
LOG_ODDS_LIMIT = 15.0
# a state's lengths must spread at least so much: log(mean) - mean(log) of the largest shape
LEAST_SPREAD = 1 / (2 * SHAPE_LIMITS[1])


@dataclass(frozen=True, slots=True)
class Observed:
    """Steps as the likelihood takes them, sequences one after another.

    Attributes
    ----------
    length, log_length : float64 ``[n]``
        Metres; the logarithm is 0 where the length is.
    moved : bool ``[n]``
        Where the length is above 0.
    cosine : float64 ``[n]``
        Of the turn; 0 where there is none.
    turned : bool ``[n]``
        Where there is a turn.
    first : bool ``[n]``
        Where a sequence begins.
    table : float64 ``[n, 6]``
        Moved, length, log length, not moved, turned and cosine, to be summed by state.
    """

    length: F64
    log_length: F64
    moved: NDArray[np.bool_]
    cosine: F64
    turned: NDArray[np.bool_]
    first: NDArray[np.bool_]
    table: F64

    @property
    def zeros(self) -> bool:
        """Whether any step has length 0."""
        return not bool(self.moved.all())

    def part(self, rows: NDArray[np.bool_]) -> Observed:
        """Return some of the steps; whole sequences, or their ends."""
        return Observed(
            self.length[rows],
            self.log_length[rows],
            self.moved[rows],
            self.cosine[rows],
            self.turned[rows],
            self.first[rows],
            self.table[rows],
        )


def observed(lengths_m: F64, turns_rad: F64, first: NDArray[np.bool_]) -> Observed:
    """Return steps as the likelihood takes them; a sequence's first turn counts if it is there."""
    length = np.ascontiguousarray(lengths_m, float)
    moved = length > 0
    turned = np.isfinite(turns_rad) & moved
    log_length = np.log(np.where(moved, length, 1.0))
    cosine = np.where(turned, np.cos(np.where(turned, turns_rad, 0.0)), 0.0)
    table = np.column_stack((moved, length, log_length, ~moved, turned, cosine)).astype(float)
    start = np.ascontiguousarray(first, bool)
    return Observed(length, log_length, moved, cosine, turned, start, table)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters on their natural scale; arrays ``[m]`` and ``move`` ``[m, m]``.

    ``zero`` is the probability that a step has length 0.
    """

    shape: F64
    scale_m: F64
    kappa: F64
    zero: F64
    move: F64

    @property
    def stationary(self) -> F64:
        """Stationary law of the states, ``[m]``: ``law (I - move + 1) = 1``."""
        m = self.shape.size
        return np.asarray(np.linalg.solve((np.eye(m) - self.move + 1.0).T, np.ones(m)))

    def ordered(self) -> Parameters:
        """Return the same with states by mean length of their steps."""
        by = np.argsort((1 - self.zero) * self.shape * self.scale_m, kind="stable")
        return Parameters(
            self.shape[by],
            self.scale_m[by],
            self.kappa[by],
            self.zero[by],
            np.ascontiguousarray(self.move[np.ix_(by, by)]),
        )


def n_working(m: int, zeros: bool) -> int:
    """Return the number of parameters of ``m`` states."""
    return (4 if zeros else 3) * m + m * (m - 1)


def working_names(states: tuple[str, ...], zeros: bool) -> tuple[str, ...]:
    """Return the names of the parameters of the working vector, in its order."""
    kinds = ["log_step_shape", "log_step_scale_m", "turning_kappa"]
    kinds += ["logit_zero_share"] if zeros else []
    names = [f"{kind}.{state}" for kind in kinds for state in states]
    names += [f"log_odds.{a}.{b}" for a in states for b in states if a != b]
    return tuple(names)


def to_working(p: Parameters, zeros: bool) -> F64:
    """Return the working vector of parameters, within :func:`bounds`."""
    m = p.shape.size
    off = ~np.eye(m, dtype=bool)
    with np.errstate(divide="ignore"):
        odds = (np.log(p.move) - np.log(np.diag(p.move))[:, None])[off]
        parts = [np.log(p.shape), np.log(p.scale_m), p.kappa]
        parts += [logit(p.zero)] if zeros else []
    low, high = bounds(m, zeros)
    return np.asarray(np.clip(np.concatenate([*parts, odds]), low, high))


def from_working(theta: F64, m: int, zeros: bool) -> Parameters:
    """Return the parameters of a working vector."""
    odds = np.zeros((m, m))
    odds[~np.eye(m, dtype=bool)] = theta[(4 if zeros else 3) * m :]
    odds = np.exp(odds - odds.max(1, keepdims=True))
    return Parameters(
        np.exp(theta[:m]),
        np.exp(theta[m : 2 * m]),
        theta[2 * m : 3 * m].copy(),
        expit(theta[3 * m : 4 * m]) if zeros else np.zeros(m),
        odds / odds.sum(1, keepdims=True),
    )


def bounds(m: int, zeros: bool) -> tuple[F64, F64]:
    """Return the lower and upper ends of the working vector."""
    low = [math.log(SHAPE_LIMITS[0])] * m + [-np.inf] * m + [-KAPPA_LIMIT] * m
    high = [math.log(SHAPE_LIMITS[1])] * m + [np.inf] * m + [KAPPA_LIMIT] * m
    rest = n_working(m, zeros) - 3 * m
    return (np.array(low + [-LOG_ODDS_LIMIT] * rest), np.array(high + [LOG_ODDS_LIMIT] * rest))


def log_density(data: Observed, p: Parameters) -> F64:
    """Return the log density of each step and its turn by state, ``[n, m]``.

    Length 0 has the probability ``zero``; others have the gamma density times the rest of it. A
    turn belongs to the state of the step that it leads to; where there is none there is no factor.
    """
    with np.errstate(divide="ignore"):
        stay, go = np.log(p.zero), np.log1p(-p.zero)
    norm = go - gammaln(p.shape) - p.shape * np.log(p.scale_m)
    out = np.multiply.outer(data.log_length, p.shape - 1)
    out -= np.multiply.outer(data.length, 1 / p.scale_m)
    out += norm
    if data.zeros:
        out[~data.moved] = stay
    out += np.multiply.outer(data.cosine, p.kappa)
    turn_norm = np.log(2 * np.pi * ive(0, p.kappa)) + np.abs(p.kappa)
    out -= np.multiply.outer(data.table[:, 4], turn_norm)
    return np.ascontiguousarray(out)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the states are expected to be, given the steps.

    ``state`` float64 ``[n, m]``, ``pairs`` ``[m, m]`` (moves) and ``firsts`` ``[m]`` (sequences
    that begin in a state).
    """

    log_likelihood: float
    state: F64
    pairs: F64
    firsts: F64


def expected(data: Observed, p: Parameters) -> Expected:
    """Return likelihood and expected states: one forward and one backward pass."""
    m = p.shape.size
    density = log_density(data, p)
    top = density.max(1)
    density -= top[:, None]
    np.exp(density, out=density)
    state, scale = np.empty_like(density), np.empty(top.size)
    pairs, firsts = np.zeros((m, m)), np.zeros(m)
    move = np.ascontiguousarray(p.move)
    forward(density, data.first, move, p.stationary, state, scale)
    backward(density, data.first, move, scale, state, pairs, firsts, np.empty((2, m)))
    total = float(np.log(scale).sum() + top.sum())
    return Expected(total, state, pairs, firsts)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over steps, weighted by the states: all that gamma and von Mises need, each ``[m]``."""

    moved: F64
    length: F64
    log_length: F64
    zero: F64
    turned: F64
    cosine: F64


def _sums(data: Observed, state: F64) -> _Sums:
    # cosine is 0 without a turn, the logarithm 0 without a length
    return _Sums(*(state.T @ data.table).T)


def score(data: Observed, theta: F64, m: int) -> tuple[float, F64]:
    """Return log likelihood and its gradient on the working scale.

    By Fisher's identity the gradient is the expected one of the complete data, at the states that
    are expected under ``theta`` itself. The law of first states is the stationary one, ``d`` of
    ``d (I - move + 1) = 1``, whose change is ``d dmove Z`` with ``Z = (I - move + 1)^-1``.
    """
    zeros = data.zeros
    p = from_working(theta, m, zeros)
    e = expected(data, p)
    s = _sums(data, e.state)
    parts = [
        p.shape * (s.log_length - s.moved * (digamma(p.shape) + np.log(p.scale_m))),
        s.length / p.scale_m - p.shape * s.moved,
        s.cosine - s.turned * mean_cosine(p.kappa),
    ]
    if zeros:
        parts.append(s.zero * (1 - p.zero) - s.moved * p.zero)
    law = p.stationary
    inverse = np.linalg.inv(np.eye(m) - p.move + 1.0)
    slope = np.outer(law, inverse @ (e.firsts / law)) + e.pairs / p.move
    odds = p.move * (slope - (p.move * slope).sum(1, keepdims=True))
    return e.log_likelihood, np.concatenate([*parts, odds[~np.eye(m, dtype=bool)]])


def _gamma_of(s: _Sums, before: Parameters) -> tuple[F64, F64]:
    shape, scale = before.shape.copy(), before.scale_m.copy()
    for j in range(shape.size):
        if s.moved[j] < 1e-8:  # nobody there: as before
            continue
        mean = s.length[j] / s.moved[j]
        ratio = math.log(mean) - s.log_length[j] / s.moved[j]
        shape[j] = np.clip(gamma_of(max(ratio, LEAST_SPREAD)), *SHAPE_LIMITS)
        scale[j] = mean / shape[j]
    return shape, scale


def _worth(move: F64, e: Expected) -> float:
    """Return the expected log probability of moves and first states."""
    m = move.shape[0]
    law = np.linalg.solve((np.eye(m) - move + 1.0).T, np.ones(m))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [*(e.pairs * np.log(move)).ravel(), *(e.firsts * np.log(law))]
    return float(np.nansum(terms))


def _moves_of(e: Expected, before: F64) -> F64:
    """Return moves that are expected to be no less probable than those before.

    Shares of the expected moves are the best ones but for the first states, whose stationary law
    follows from the moves too; where that makes it worse, part of the way is gone.
    """
    counts = e.pairs.sum(1, keepdims=True)
    # a state that is never left has no moves to learn from
    aim = np.where(counts > 1e-8, e.pairs / np.maximum(counts, 1e-8), before)
    aim = np.maximum(aim, math.exp(-LOG_ODDS_LIMIT))
    aim /= aim.sum(1, keepdims=True)
    worth = _worth(before, e)
    for share in (1.0, 0.5, 0.25, 0.1, 0.02):
        move = share * aim + (1 - share) * before
        if _worth(move, e) >= worth:
            return move
    return before


def maximised(data: Observed, e: Expected, before: Parameters) -> Parameters:
    """Return the parameters that the expected states ask for: the M step (Baum & Welch)."""
    s = _sums(data, e.state)
    shape, scale = _gamma_of(s, before)
    kappa, zero = before.kappa.copy(), before.zero.copy()
    for j in range(kappa.size):
        if s.turned[j] > 1e-8:
            kappa[j] = concentration(s.cosine[j] / s.turned[j])
        if s.zero[j] + s.moved[j] > 1e-8:
            zero[j] = s.zero[j] / (s.zero[j] + s.moved[j])
    if data.zeros:
        zero = np.clip(zero, expit(-LOG_ODDS_LIMIT), expit(LOG_ODDS_LIMIT))
    return Parameters(shape, scale, kappa, zero, _moves_of(e, before.move))


def improved(
    data: Observed, start: Parameters, rounds: int = 60, gain: float = 1e-5
) -> tuple[Parameters, list[float]]:
    """Return parameters after expectation-maximisation, and the likelihood before each round.

    It ends after ``rounds``, or where a round gains less than ``gain`` for each hundred steps.
    """
    p, seen = start, []
    for _ in range(rounds):
        e = expected(data, p)
        seen.append(e.log_likelihood)
        if not math.isfinite(e.log_likelihood):
            break
        if len(seen) > 1 and seen[-1] - seen[-2] < gain * max(data.length.size, 100) / 100:
            break
        p = maximised(data, e, p)
    return p, seen


def likeliest_states(data: Observed, p: Parameters) -> NDArray[np.int8]:
    """Return the likeliest sequence of states of each sequence of steps, int8 ``[n]``."""
    m = p.shape.size
    density = log_density(data, p)
    path = np.zeros(data.length.size, np.int8)
    came = np.zeros(density.shape, np.int8)
    with np.errstate(divide="ignore"):
        moves, begin = np.log(np.ascontiguousarray(p.move)), np.log(p.stationary)
    likeliest(density, data.first, moves, begin, came, path, np.empty((2, m)))
    return path
