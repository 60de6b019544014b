"""Behavioural states of tracked animals: a hidden Markov model of steps and turns.

Each state has its own gamma distribution of step lengths and von Mises distribution of turns; at
every step an animal stays or changes with fixed probabilities. See ``docs/telemetry-steps.md``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, counted
from corridor_sim.telemetry.behaviour_model import (
    Observed,
    Parameters,
    expected,
    from_working,
    likeliest_states,
    n_working,
    observed,
    working_names,
)
from corridor_sim.telemetry.behaviour_search import RARE, Found, beginnings, limits_met, search
from corridor_sim.telemetry.tracks import Bursts, Told

F64 = NDArray[np.float64]
NAMES = {1: ("moving",), 2: ("encamped", "travelling"), 3: ("resting", "foraging", "travelling")}
# kinds of what is told of a fit that nothing should be built on
UNSOUND = {"behaviour_not_converged", "behaviour_rare_state", "behaviour_at_limit"}
# fewer steps than this for each parameter are refused
STEPS_A_PARAMETER = 5
LEAST_STEPS_OWN = 100


@dataclass(frozen=True, slots=True)
class State:
    """One behavioural state.

    Attributes
    ----------
    name : str
    shape, scale_m, kappa : float
        Gamma shape and scale (metres) of lengths above 0; signed concentration of the turn that
        leads to a step of this state.
    zero_share : float
        Probability that a step has length 0.
    share : float
        Share of the time that follows from the probabilities of moves (stationary law).
    bout_steps : float
        Mean number of steps in a row: ``1 / (1 - stay)``.
    bout_h : float
        The same in hours; NaN where the interval is not known.
    shape_se, scale_se_m, kappa_se, zero_share_se, share_se, bout_steps_se : float
        Standard errors; NaN where they cannot be told.
    """

    name: str
    shape: float
    scale_m: float
    kappa: float
    zero_share: float
    share: float
    bout_steps: float
    bout_h: float
    shape_se: float
    scale_se_m: float
    kappa_se: float
    zero_share_se: float
    share_se: float
    bout_steps_se: float

    @property
    def mean_length_m(self) -> float:
        """Mean length of a step, steps of length 0 among them, metres."""
        return (1 - self.zero_share) * self.shape * self.scale_m


@dataclass(frozen=True, slots=True)
class Choice:
    """How well a number of states fits, lower AICc or BIC being better."""

    n_states: int
    n_parameters: int
    log_likelihood: float
    aicc: float
    bic: float
    converged: bool


@dataclass(frozen=True, slots=True)
class BehaviourFit:
    """Behavioural states, fitted to all animals together.

    Attributes
    ----------
    states : tuple of State
        By mean length of a step, shortest first.
    transition, transition_se : float64 ``[m, m]``
        Probability of the state of the next step (column) by that of this one (row).
    working : float64 ``[p]``
        Log shapes, log scales, kappas, with steps of length 0 the log-odds of their probability,
        and the log-odds of each move against staying.
    working_covariance : float64 ``[p, p]``
        Inverse of the observed information; NaN for parameters that lie at a limit.
    parameters : tuple of str
        Names of the working vector.
    log_likelihood : float
    n : int
        Steps.
    aicc, bic : float
    converged : bool
    choices : tuple of Choice
        Other numbers of states beside this one.
    posterior : float64 ``[n, m]``
        Probability of each state at each step, in the order of the steps given.
    path : int8 ``[n]``
        Likeliest sequence of states (Viterbi), in the same order.
    animals : mapping of str to BehaviourFit
        The same fitted to each animal with enough steps, begun at what all together gave, so that
        states keep their meaning.
    told : tuple of Told
    animal : str
        Whom it was fitted to; empty for all.
    """

    states: tuple[State, ...]
    transition: F64
    transition_se: F64
    working: F64
    working_covariance: F64
    parameters: tuple[str, ...]
    log_likelihood: float
    n: int
    aicc: float
    bic: float
    converged: bool
    choices: tuple[Choice, ...]
    posterior: F64
    path: NDArray[np.int8]
    animals: Mapping[str, BehaviourFit] = field(default_factory=dict)
    told: tuple[Told, ...] = ()
    animal: str = ""

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.states)

    @property
    def sound(self) -> bool:
        """Whether the fit ended at a maximum whose states all mean something; else it is told."""
        return not {told.kind for told in self.told if told.animal == self.animal} & UNSOUND

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states."""
        return tuple(state.name for state in self.states)


def fit_behaviour(
    steps: Bursts | pd.DataFrame,
    n_states: int | None = 2,
    *,
    compare: Sequence[int] = (1, 2, 3),
    each_animal: bool = True,
    interval_min: float | None = None,
) -> BehaviourFit:
    """Fit behavioural states to steps and turns of all animals together.

    Parameters
    ----------
    steps : Bursts or pandas.DataFrame
        Bursts, or the table of their steps: ``animal``, ``burst``, ``start``, ``length_m``,
        ``turn_rad``.
    n_states : int, optional
        1, 2 or 3; None takes the number of ``compare`` with the lowest BIC.
    compare : sequence of int
        Numbers of states to tell AICc and BIC of.
    each_animal : bool
        Fit each animal with at least 100 steps as well.
    interval_min : float, optional
        Minutes of a step; of bursts it is known.

    Raises
    ------
    CorridorSimError
        An impossible number of states, steps that are no lengths, too few steps or turns.
    """
    if isinstance(steps, Bursts):
        interval_min, steps = steps.interval_min, steps.steps
    for m in [*compare, *([] if n_states is None else [n_states])]:
        if m not in NAMES:
            raise CorridorSimError(
                f"{m} behavioural states", remedy="1, 2 or 3 states can be fitted"
            )
    order, data, animals = _prepared(steps)
    wanted = sorted({*compare, *([] if n_states is None else [n_states])})
    must = wanted[0] if n_states is None else n_states
    _refuse_too_little(data, must)
    ends = {
        m: search(data, m, beginnings(data, m))
        for m in wanted
        if m == must or data.length.size >= STEPS_A_PARAMETER * n_working(m, data.zeros)
    }
    choices = tuple(_choice(end, m, data) for m, end in ends.items())
    m = n_states or min(choices, key=lambda one: one.bic).n_states
    fit = _gathered(ends[m], m, data, order, interval_min)
    told = fit.told + _fewer(choices, m)
    if not each_animal:
        return replace(fit, choices=choices, told=told)
    if len({*animals}) == 1 and data.length.size >= LEAST_STEPS_OWN:
        return replace(fit, choices=choices, animals={str(animals[0]): fit}, told=told)
    own, more = _own(ends[m], m, data, animals, interval_min)
    return replace(fit, choices=choices, animals=own, told=(*told, *more))


def _prepared(steps: pd.DataFrame) -> tuple[NDArray[np.int64], Observed, NDArray[np.object_]]:
    """Return the order by animal, burst and time, the steps and the animals, in that order."""
    missing = {"animal", "burst", "start", "length_m", "turn_rad"} - {*steps.columns}
    if missing:
        raise CorridorSimError(
            f"no column {', '.join(map(repr, sorted(missing)))}",
            where="table of steps",
            remedy="give the steps of bursts",
        )
    rows = steps[["animal", "burst", "start"]].reset_index(drop=True)
    order = rows.sort_values(["animal", "burst", "start"], kind="stable").index.to_numpy()
    table = steps.iloc[order]
    length, turn = table["length_m"].to_numpy(float), table["turn_rad"].to_numpy(float)
    bad = np.flatnonzero(~(np.isfinite(length) & (length >= 0)))
    animal, burst = table["animal"].to_numpy(object), table["burst"].to_numpy()
    if bad.size:
        raise CorridorSimError(
            f"a step of {animal[bad[0]]} is {float(length[bad[0]])!r} m long",
            where="table of steps",
            remedy="lengths must be numbers from 0 on",
        )
    first = np.ones(length.size, bool)
    first[1:] = (animal[1:] != animal[:-1]) | (burst[1:] != burst[:-1])
    if {"x0_m", "y0_m", "x1_m", "y1_m"} <= {*table.columns}:
        # steps between were taken out: what follows is a sequence of its own
        start = table[["x0_m", "y0_m"]].to_numpy(float)
        end = table[["x1_m", "y1_m"]].to_numpy(float)
        first[1:] |= (start[1:] != end[:-1]).any(1)
    return order, observed(length, turn, first), animal


def _refuse_too_little(data: Observed, m: int) -> None:
    least = STEPS_A_PARAMETER * n_working(m, data.zeros)
    if data.length.size < least or data.moved.sum() < 2:
        raise CorridorSimError(
            f"{counted(data.length.size, 'step')}, {int(data.moved.sum())} of them longer than "
            f"0 m: {counted(m, 'behavioural state')} cannot be told from them",
            where="table of steps",
            remedy=f"give at least {least} steps, or fewer states",
        )
    if data.turned.sum() < least / 2:
        raise CorridorSimError(
            f"{counted(int(data.turned.sum()), 'turn')} in {counted(data.length.size, 'step')}: "
            f"{counted(m, 'behavioural state')} cannot be told from them",
            where="table of steps",
            remedy="give bursts of more fixes: a turn needs three in a row",
        )
    moved = data.log_length[data.moved]
    if moved.max() - moved.min() < 1e-6:
        raise CorridorSimError(
            f"all {moved.size} steps are {math.exp(moved[0]):.6g} m long",
            where="table of steps",
            remedy="look whether the positions are measured ones",
        )


def _choice(end: Found, m: int, data: Observed) -> Choice:
    n, p = data.length.size, n_working(m, data.zeros)
    aic = 2 * p - 2 * end.log_likelihood
    aicc = aic + 2 * p * (p + 1) / (n - p - 1) if n > p + 1 else math.inf
    bic = p * math.log(n) - 2 * end.log_likelihood
    return Choice(m, p, end.log_likelihood, aicc, bic, end.converged)


def _fewer(choices: tuple[Choice, ...], m: int) -> tuple[Told, ...]:
    """Tell where fewer states have a lower BIC."""
    best = min(choices, key=lambda one: one.bic)
    mine = next(one for one in choices if one.n_states == m)
    if best.n_states >= m:
        return ()
    words = (
        f"{counted(best.n_states, 'state')} explain the steps as well as {m} (BIC "
        f"{best.bic:.1f} against {mine.bic:.1f}): use {best.n_states}"
    )
    return (Told("behaviour_fewer_states", words, "", best.n_states),)


def _natural(p: Parameters) -> F64:
    m = p.shape.size
    stay = np.clip(np.diag(p.move), 0.0, 1 - 1e-12)
    bout = np.full(1, np.inf) if m == 1 else 1 / (1 - stay)
    parts = (p.shape, p.scale_m, p.kappa, p.zero, p.stationary, bout, p.move.ravel())
    return np.concatenate(parts)


def _natural_se(end: Found, m: int, zeros: bool) -> F64:
    """Return standard errors of :func:`_natural` by the delta method."""
    slopes = []
    for i in range(end.theta.size):
        ahead, behind = end.theta.copy(), end.theta.copy()
        ahead[i] += 1e-5
        behind[i] -= 1e-5
        up, down = (_natural(from_working(at, m, zeros)) for at in (ahead, behind))
        with np.errstate(invalid="ignore"):
            slopes.append((up - down) / 2e-5)
    slope = np.nan_to_num(np.array(slopes))
    touched = np.abs(slope) > 1e-12
    known = np.isfinite(np.diag(end.covariance))
    covariance = np.where(np.isfinite(end.covariance), end.covariance, 0.0)
    variance = np.einsum("ik,ij,jk->k", slope, covariance, slope)
    variance[(touched & ~known[:, None]).any(0) | ~touched.any(0)] = np.nan
    return np.asarray(np.sqrt(np.where(variance >= 0, variance, np.nan)))


def _state(name: str, value: F64, hours: float, se: F64) -> State:
    shape, scale, kappa, zero, share, bout = map(float, value)
    errors = [float(one) for one in se]
    return State(
        name,
        shape,
        scale,
        kappa,
        zero,
        share,
        bout,
        bout * hours,
        shape_se=errors[0],
        scale_se_m=errors[1],
        kappa_se=errors[2],
        zero_share_se=errors[3],
        share_se=errors[4],
        bout_steps_se=errors[5],
    )


def _gathered(
    end: Found,
    m: int,
    data: Observed,
    order: NDArray[np.int64],
    interval_min: float | None,
    animal: str = "",
) -> BehaviourFit:
    p = from_working(end.theta, m, data.zeros)
    value, se = _natural(p), _natural_se(end, m, data.zeros)
    hours = math.nan if interval_min is None else interval_min / 60
    states = tuple(
        _state(name, value[j : 6 * m : m], hours, se[j : 6 * m : m])
        for j, name in enumerate(NAMES[m])
    )
    one = _choice(end, m, data)
    back = np.argsort(order)
    return BehaviourFit(
        states,
        p.move,
        se[6 * m :].reshape(m, m),
        end.theta,
        end.covariance,
        working_names(NAMES[m], data.zeros),
        end.log_likelihood,
        data.length.size,
        one.aicc,
        one.bic,
        end.converged,
        (one,),
        expected(data, p).state[back],
        likeliest_states(data, p)[back],
        {},
        _told(end, m, data, animal),
        animal,
    )


def _own(
    end: Found, m: int, data: Observed, animals: NDArray[np.object_], interval_min: float | None
) -> tuple[dict[str, BehaviourFit], list[Told]]:
    """Fit each animal with enough steps, from what all together gave."""
    found: dict[str, BehaviourFit] = {}
    told: list[Told] = []
    few: list[str] = []
    common = from_working(end.theta, m, data.zeros)
    for name in dict.fromkeys(animals):
        rows = animals == name
        part = data.part(rows)
        try:
            if rows.sum() < LEAST_STEPS_OWN:
                raise CorridorSimError("few")
            _refuse_too_little(part, m)
        except CorridorSimError:
            few.append(str(name))
            continue
        start = replace(common, zero=common.zero * part.zeros)
        own = search(part, m, [start])
        order = np.arange(part.length.size)
        found[str(name)] = _gathered(own, m, part, order, interval_min, str(name))
        told += found[str(name)].told
    if few:
        words = (
            f"{counted(len(few), 'animal')} with fewer than {LEAST_STEPS_OWN} steps, or too few "
            f"turns: no states of their own ({', '.join(few)})"
        )
        told.append(Told("behaviour_few_steps_own", words, "", len(few)))
    return found, told


def _told(end: Found, m: int, data: Observed, animal: str) -> tuple[Told, ...]:
    found = []
    who = f" of {animal}" if animal else ""
    if not end.converged:
        words = (
            f"the search for {counted(m, 'behavioural state')}{who} did not end at a maximum of "
            "the likelihood: estimates are rough and standard errors missing or wrong"
        )
        found.append(Told("behaviour_not_converged", words, animal, data.length.size))
    for j in np.flatnonzero(end.shares < RARE):
        words = (
            f"the state '{NAMES[m][j]}'{who} holds {100 * end.shares[j]:.2g} % of the steps: a few "
            "odd steps and no behaviour; use fewer states"
        )
        rare = round(end.shares[j] * data.length.size)
        found.append(Told("behaviour_rare_state", words, animal, rare))
    if limits := limits_met(end, m):
        words = f"{'; '.join(limits)}{who}: the limit of the search, no estimate; use fewer states"
        found.append(Told("behaviour_at_limit", words, animal, len(limits)))
    if end.passed_over > 2:
        words = (
            f"{counted(m, 'behavioural state')}{who} of another kind are likelier (log likelihood "
            f"{end.passed_over:.3g} higher) and were passed over: they have a state of a few odd "
            "steps, lie at a limit or have no maximum"
        )
        found.append(Told("behaviour_passed_over", words, animal, data.length.size))
    still = int((~data.moved).sum())
    if still:
        words = (
            f"{still:,} of {counted(data.length.size, 'step')}{who} are 0 m long: each state has a "
            "probability of such steps beside its gamma distribution"
        )
        found.append(Told("zero_lengths", words, animal, still))
    return tuple(found)
