r"""Residents whose steps and whose range are both given: the process, its moments, its calibration.

**The step.** An animal at ``x``, with its range's centre at the origin, takes

    x' = a x + n u,    q = L^2 / (8 v),    a = 1 - 2 q,    n = L sqrt(1 - q),

``L`` a length drawn from the gamma distribution of its behaviour and ``u`` its heading, turned by a
von Mises angle. This is the step of an Ornstein-Uhlenbeck process of variance ``v`` along each axis
over the time in which its mean square displacement is ``L^2``: ``4 v (1 - a) = L^2`` and
``2 v (1 - a^2) = n^2``. What draws the animal home so grows with the square of the step, as it
does, to first order, if steps of length ``L`` are selected by a quadratic potential,
``exp(-|x'|^2 / (4 v))``: the mean drift of such a step is ``-L^2 x / (4 v)`` in both. An animal
that hardly moves is hardly drawn; a drift of every step by ``(1 - a) x`` would lengthen short
steps.

**Moments.** Given the behaviour ``j`` of a step (Markov chain ``T``), position and heading enter
linearly, so that second moments are exact, whatever the distribution of lengths. With ``p_j`` the
share of behaviour ``j``, ``V_j = E[|x|^2; j]``, ``G_j = E[x.u; j]``, ``rho_j`` the mean cosine of
its turns, and sums over the behaviour ``i`` before, an animal that moves goes to

    V_j' = E[a^2] sum T_ij V_i + 2 E[a n] rho_j sum T_ij G_i + E[n^2] sum T_ij p_i
    G_j' = E[a] rho_j sum T_ij G_i + E[n] sum T_ij p_i.

The periodic fixed point over the steps of a day is the stationary law; ``v`` is set so that the
mean of ``V`` is ``2 sigma^2``. In the same way ``C_j = E[x_0.x; j]`` and ``H_j = E[x_0.u; j]``
follow

    C_j' = E[a] sum T_ij C_i + E[n] rho_j sum T_ij H_i,    H_j' = rho_j sum T_ij H_i,

which give the mean square displacement, ``V_0 + V - 2 C``; the crossing time ``tau`` is that of the
slowest decay of ``C``. For one behaviour without persistence ``v = sigma^2`` exactly, for every
distribution of lengths, and ``tau`` is about ``4 sigma^2 / E[L^2]`` steps. Steps and range together
so fix ``tau``; it is no further choice.

**Calibration.** The way gone, ``n u - 2 q x``, is not exactly ``L u``. Its length follows Rice's
distribution about ``n`` with variance ``(2 q)^2 V / 2`` along each axis, and its direction leans
home. What the tables hold is changed so that mean length, mean log length (which are all that a
fitted gamma depends on) and mean cosine of the ways gone are those of the distributions given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from corridor_sim.species.tables import gamma_of, length_table, mean_cosine, turning_table

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

ROUNDS = 6  # of calibration; the fourth changes nothing that single precision shows


class Gait(NamedTuple):
    """How an animal moves while it behaves in one way: gamma steps, von Mises turns."""

    shape: float
    scale_m: float
    kappa: float


class Moves(NamedTuple):
    """Tables and numbers of one class, ready for the kernel; rows are behaviours.

    Attributes
    ----------
    lengths, turn_cos, turn_sin : float32 ``[behaviour, bin]``
        Lengths have a mean square of one.
    pull, tether, scale_m : float64 ``[behaviour, S]``
    switch : float64 ``[1 + behaviour, behaviour]``
        Running sums of the chances of each behaviour, first of an animal that begins.
    rest : float64 ``[S]``
        Chance that an animal does not move in a step.
    """

    lengths: F32
    turn_cos: F32
    turn_sin: F32
    pull: F64
    tether: F64
    scale_m: F64
    switch: F64
    rest: F64


def stationary(chain: F64) -> F64:
    """Return the stationary law of a Markov chain whose rows sum to one, ``[B]``."""
    n = len(chain)
    equations = np.vstack([chain.T - np.eye(n), np.ones(n)])
    share: F64 = np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]
    share = np.maximum(share, 0.0)
    return np.asarray(share / share.sum())


def switching(chain: F64) -> F64:
    """Return running sums of a chain's rows, with its stationary law before them."""
    return np.asarray(np.cumsum(np.vstack([stationary(chain), chain]), axis=1))


class Process:
    """The exact moments of one resident's movement on even ground.

    Parameters
    ----------
    moves : Moves
        As the kernel has them.
    chain : float64 ``[B, B]``
        Chance of each behaviour after each, rows summing to one.
    """

    def __init__(self, moves: Moves, chain: F64) -> None:
        self.chain = np.asarray(chain, float)
        self.share = stationary(self.chain)
        length = moves.lengths.astype(np.float64)
        self.rho = moves.turn_cos.mean(axis=1, dtype=np.float64)
        # steps of the same hour, of which a day of short steps has many, have the same moments
        kind, self.kind = _kinds(moves)
        self.rest = moves.rest[kind]
        pull, tether, scale_m = (
            table[:, kind, None] for table in (moves.pull, moves.tether, moves.scale_m)
        )
        q = np.minimum(tether * (length * length)[:, None, :], 1.0)
        a = pull - 2.0 * q
        n = scale_m * length[:, None, :] * np.sqrt(1.0 - q)
        products = (a, n, a * a, a * n, n * n)
        self.a, self.n, self.aa, self.an, self.nn = (product.mean(axis=2) for product in products)

    def _transition(self, s: int) -> F64:
        """Return the matrix that takes ``(V, G, p)`` through a step of kind ``s``, ``[3 B, 3
        B]``."""
        b, mix = len(self.share), self.chain.T
        zero = np.zeros((b, b))
        rho = self.rho[:, None]
        an, a, n = self.an[:, s, None], self.a[:, s, None], self.n[:, s, None]
        aa, nn = self.aa[:, s, None], self.nn[:, s, None]
        move = np.block(
            [
                [aa * mix, 2.0 * an * rho * mix, nn * mix],
                [zero, a * rho * mix, n * mix],
                [zero, zero, mix],
            ]
        )
        stay = np.block([[mix, zero, zero], [zero, mix, zero], [zero, zero, mix]])
        step: F64 = (1.0 - self.rest[s]) * move + self.rest[s] * stay
        return step

    def stationary_moments(self) -> tuple[F64, F64]:
        """Return ``V`` and ``G`` after each step of the day, by behaviour, ``[S, B]`` each."""
        b = len(self.share)
        through = [self._transition(k) for k in range(len(self.rest))]
        day = self._day(through)
        known = day[: 2 * b, 2 * b :] @ self.share
        start = np.linalg.solve(np.eye(2 * b) - day[: 2 * b, : 2 * b], known)
        state, seen = np.append(start, self.share), []
        for k in self.kind:
            state = through[k] @ state
            seen.append(state)
        found = np.array(seen)
        return found[:, :b], found[:, b : 2 * b]

    def _day(self, through: list[F64]) -> F64:
        """Return the product of a day's matrices, the first step's rightmost."""
        ends = np.flatnonzero(np.diff(self.kind, append=-1)) + 1
        day = np.eye(len(through[0]))
        for first, end in zip(np.append(0, ends[:-1]), ends, strict=True):
            day = np.linalg.matrix_power(through[self.kind[first]], int(end - first)) @ day
        return day

    def variance_m2(self) -> float:
        """Return the stationary variance along one axis, mean over the steps of the day."""
        return float(self.stationary_moments()[0].sum(axis=1).mean() / 2.0)

    def _lagged(self, s: int) -> F64:
        """Return the matrix that takes ``(C, H)`` through a step of kind ``s``, ``[2 B, 2 B]``."""
        b, mix = len(self.share), self.chain.T
        rho = self.rho[:, None]
        zero = np.zeros((b, b))
        move = np.block(
            [[self.a[:, s, None] * mix, self.n[:, s, None] * rho * mix], [zero, rho * mix]]
        )
        stay = np.block([[mix, zero], [zero, mix]])
        step: F64 = (1.0 - self.rest[s]) * move + self.rest[s] * stay
        return step

    def displacement_m2(self, n_steps: int, first: int = 0) -> F64:
        """Return the mean square displacement after 1 to ``n_steps`` steps from step ``first``."""
        v, g = self.stationary_moments()
        b, steps = len(self.share), len(self.kind)
        through = [self._lagged(k) for k in range(len(self.rest))]
        before = (first - 1) % steps
        state = np.concatenate([v[before], g[before]])
        start, found = v[before].sum(), []
        for k in range(first, first + n_steps):
            state = through[self.kind[k % steps]] @ state
            found.append(start + v[k % steps].sum() - 2.0 * state[:b].sum())
        return np.array(found)

    def tau_d(self) -> float:
        """Return the crossing time in days: that of the slowest decay of the autocorrelation."""
        b = len(self.share)
        day = self._day([self._lagged(k) for k in range(len(self.rest))])
        slowest = float(np.abs(np.linalg.eigvals(day[:b, :b])).max())
        if slowest <= 0.0:
            return 0.0
        return math.inf if slowest >= 1.0 else -1.0 / math.log(slowest)


def _kinds(moves: Moves) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a step of the day of each kind, and the kind of each step."""
    columns = np.concatenate([moves.pull, moves.tether, moves.scale_m, moves.rest[None]])
    _, first, kind = np.unique(columns, axis=1, return_index=True, return_inverse=True)
    return first, kind.reshape(-1)


def _within_hours(gait: Gait, relative: F64) -> tuple[float, float]:
    """Return shape and scale (m) of the steps of a mean hour, of which all hours mix to ``gait``.

    ``relative`` is the movement of each moving step of the day over their mean. A gamma is fitted
    by mean and mean log; hours of different movement widen what is seen of all.
    """
    wider = float(np.mean(np.log(relative)))
    spread = math.log(gait.shape) - float(special.digamma(gait.shape)) + wider
    if spread <= 0:
        raise ValueError(
            f"activity differs more between hours than steps of shape {gait.shape:g} do in all"
        )
    shape = gamma_of(spread)
    return shape, gait.shape * gait.scale_m / shape


def _relative(activity: F64) -> tuple[F64, NDArray[np.bool_]]:
    """Return movement over its mean among steps that move at all, and where there is none."""
    moving = activity > 0
    return np.where(moving, activity / activity[moving].mean(), 0.0), ~moving


def kept_moves(gaits: list[Gait], activity: F64, rest: float) -> Moves:
    """Return the moves of an animal without attraction whose steps come out as given.

    Parameters
    ----------
    gaits : list of Gait
        One a behaviour.
    activity : float64 ``[S]``
        Relative movement in each step of the day.
    rest : float
        Chance that it does not move in a step.

    Returns
    -------
    Moves
        Of one behaviour after another with even chances: ``switch`` is the caller's to replace.
    """
    relative, still = _relative(activity)
    rows = []
    for gait in gaits:
        shape, scale = _within_hours(gait, relative[~still])
        lengths = length_table(shape)
        rows.append(
            (lengths, *turning_table(gait.kappa), relative * scale * math.sqrt(shape * (shape + 1)))
        )
    b, steps = len(gaits), len(activity)
    lengths, cos, sin, scale_m = (np.stack(column) for column in zip(*rows, strict=True))
    even = np.full((b, b), 1.0 / b)
    return Moves(
        lengths=lengths,
        turn_cos=cos,
        turn_sin=sin,
        pull=np.ones((b, steps)),
        tether=np.zeros((b, steps)),
        scale_m=scale_m,
        switch=switching(even),
        rest=np.where(still, 1.0, rest),
    )


def tethered_moves(
    gaits: list[Gait], chain: F64, sigma_m: float, activity: F64, rest: float
) -> Moves:
    """Return the moves of a resident whose steps, turns and range all come out as given.

    Parameters
    ----------
    gaits : list of Gait
        One a behaviour.
    chain : float64 ``[B, B]``
        Chance of each behaviour after each.
    sigma_m : float
        Standard deviation of the range along each axis.
    activity : float64 ``[S]``
        Relative movement in each step of the day.
    rest : float
        Chance that it does not move in a step.

    Raises
    ------
    ValueError
        If such steps do not fit such a range.
    """
    switch = switching(chain)

    def tied(within: list[Gait]) -> Moves:
        moves = kept_moves(within, activity, rest)._replace(switch=switch)
        return _tied(moves, chain, sigma_m)

    within = list(gaits)
    moves = tied(within)
    for _ in range(ROUNDS):
        within = _corrected(gaits, within, moves, chain)
        try:
            moves = tied(within)
        except ValueError:
            break  # so long beside their range that they cannot come out any nearer
    return moves


def mean_ways_m(moves: Moves, chain: F64) -> list[float]:
    """Return the mean way gone in a step of each behaviour, in metres.

    Where steps are nearly as long as their range is wide it stays below what was given.
    """
    return [_ways(b, moves, chain).mean_m for b in range(len(chain))]


def _tied(moves: Moves, chain: F64, sigma_m: float) -> Moves:
    """Return the moves with the tether that makes the range's variance ``sigma_m^2``."""
    moving = moves.rest < 1.0
    share = stationary(chain)
    longest_m = math.sqrt(float((share @ moves.scale_m**2)[moving].mean()))
    misfit = ValueError(
        f"steps of {_metres(longest_m)} (root mean square) do not fit a range whose standard "
        f"deviation is {_metres(sigma_m)}"
    )
    # two places of a range lie 2 sigma apart (root mean square)
    if longest_m > 2.0 * sigma_m:
        raise misfit

    def with_variance(log_v: float) -> Moves:
        return moves._replace(tether=moves.scale_m**2 / (8.0 * math.exp(log_v)))

    def excess(log_v: float) -> float:
        return Process(with_variance(log_v), chain).variance_m2() / sigma_m**2 - 1.0

    middle = 2.0 * math.log(sigma_m)
    try:
        low, high = (_beyond(excess, middle, way) for way in (-0.5, 0.5))
        return with_variance(float(optimize.brentq(excess, low, high, xtol=1e-12, rtol=1e-14)))
    except ValueError:  # a singular matrix is one too
        raise misfit from None


def _metres(length_m: float) -> str:
    return f"{length_m:.0f} m" if length_m >= 10.0 else f"{length_m:.2g} m"


def _beyond(excess: Callable[[float], float], middle: float, way: float) -> float:
    """Return a place on that side of ``middle`` from which the root lies inward."""
    for k in range(1, 9):
        at = middle + k * way
        if excess(at) * way > 0:
            return at
    raise ValueError("no such range")


class _Ways(NamedTuple):
    """What comes of the steps of one behaviour: mean, mean log and mean cosine of the ways gone."""

    mean_m: float
    mean_log: float
    cosine: float


def _ways(b: int, moves: Moves, chain: F64) -> _Ways:
    """Return what comes of the steps of behaviour ``b`` of a stationary animal.

    The position is taken as normal about the centre, and as independent of the heading but for
    their mean product ``d = E[x.u]``.
    """
    process = Process(moves, chain)
    v, g = process.stationary_moments()
    before = chain[:, b]
    share = float(process.share @ before)
    length = moves.lengths[b].astype(np.float64)
    rho = float(process.rho[b])
    twice = float(2.0 * (moves.turn_cos[b].astype(np.float64) ** 2).mean() - 1.0)
    means, logs, turned, often = [], [], [], []
    first, kind = _kinds(moves)
    for k, s in enumerate(first):
        if moves.rest[s] >= 1.0:
            continue
        earlier = np.flatnonzero(kind == k) - 1
        often.append(earlier.size)
        square = float((v[earlier] @ before).mean()) / share
        drift = float((g[earlier] @ before).mean()) / share
        q = np.minimum(moves.tether[b, s] * length**2, 1.0 - 1e-9)
        n = moves.scale_m[b, s] * length * np.sqrt(1.0 - q)
        z = 2.0 * q
        along = rho * drift
        ahead = np.maximum(np.abs(n - z * along), 1e-9)
        spread = np.maximum(z * math.sqrt(max(square - along**2, 0.0) / 2.0), 1e-300)
        mean, log = _rice(ahead, spread)
        means.append(float(mean.mean()))
        logs.append(float(log.mean()))
        lean = z / np.sqrt(ahead**2 + (z * math.sqrt(square / 2.0)) ** 2)
        sine2 = (1.0 - twice) / 2.0
        turned.append(
            rho * (1.0 - float((lean**2).mean()) * square / 2.0)
            + float(lean.mean()) ** 2 * square / 2.0 * (1.0 - sine2)
            - float(lean.mean()) * drift * sine2
        )
    return _Ways(*(float(np.average(x, weights=often)) for x in (means, logs, turned)))


def _rice(ahead: F64, spread: F64) -> tuple[F64, F64]:
    """Return mean and mean log of the length of a normal vector: of its mean, spread by axis."""
    # beyond a million the spread no longer matters, and squares of it need not be finite
    ratio = np.minimum(ahead / spread, 2e6) ** 2 / 2.0
    half = ratio / 2.0
    near = (
        spread
        * math.sqrt(math.pi / 2)
        * ((1.0 + ratio) * special.i0e(half) + ratio * special.i1e(half))
    )
    mean = np.where(ratio < 1e6, near, ahead)
    log = np.log(ahead) + 0.5 * special.exp1(np.minimum(ratio, 700.0))
    return np.asarray(mean), np.asarray(log)


def _corrected(given: list[Gait], within: list[Gait], moves: Moves, chain: F64) -> list[Gait]:
    """Return what to put into the tables, so that the ways gone come nearer to ``given``."""
    found = []
    for b, (wanted, used) in enumerate(zip(given, within, strict=True)):
        ways = _ways(b, moves, chain)
        spread = math.log(wanted.shape) - float(special.digamma(wanted.shape))
        used_spread = math.log(used.shape) - float(special.digamma(used.shape))
        seen = math.log(ways.mean_m) - ways.mean_log
        shape = gamma_of(max(used_spread + spread - seen, spread / 4.0))
        mean = used.shape * used.scale_m * (wanted.shape * wanted.scale_m) / ways.mean_m
        cosine = mean_cosine(used.kappa) + mean_cosine(wanted.kappa) - ways.cosine
        found.append(Gait(shape, mean / shape, _kappa_of(cosine)))
    return found


def _kappa_of(cosine: float) -> float:
    """Return the signed concentration of a von Mises distribution with that mean cosine."""
    size = min(abs(cosine), mean_cosine(50.0))
    if size < 1e-12:
        return 0.0
    kappa = optimize.brentq(lambda k: mean_cosine(k) - size, 0.0, 50.0)
    return math.copysign(float(kappa), cosine)
