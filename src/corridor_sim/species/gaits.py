"""How animals of each class move, as the kernel's tables: class x profile x behaviour."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from corridor_sim.errors import SpeciesError
from corridor_sim.kernels.philox import ESTIMATES, PROFILE, keyed_uniforms
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.species.quantity import MOST_KAPPA
from corridor_sim.species.ranging import (
    Gait,
    Moves,
    Process,
    kept_moves,
    mean_ways_m,
    switching,
    tethered_moves,
)
from corridor_sim.species.tables import length_table, ranging_schedule, step_activity, turning_table
from corridor_sim.species.traits import Dispersing, Movement, Ranging, Species, Spread

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

# sets of movement parameters among which animals differ, where a species file says how they do
PROFILES = 16

Who = Ranging | Dispersing
KEPT_REMEDY = "check step_scale_m, home_range_km2 and activity"


class Gaits(NamedTuple):
    """Tables of :class:`corridor_sim.kernels.records.Params`, lengths in metres."""

    length: F32
    turn_cos: F32
    turn_sin: F32
    pull: F64
    tether: F64
    scale_m: F64
    switch: F64
    rest: F64


def who_moves(species: Species, stage: int, sex: str) -> Who:
    """Return the movement traits of a class; whoever has no range moves as a disperser."""
    sexed = getattr(species.movement, sex)
    found: Who = sexed.resident if stage == RESIDENT else sexed.disperser
    return found


def profiles_of(species: Species) -> int:
    """Return how many sets of movement parameters there are, the same in all classes."""
    sexes = (species.movement.female, species.movement.male)
    differ = any(who.between for one in sexes for who in (one.resident, one.disperser))
    return PROFILES if differ else 1


def drawn_profiles(
    species: Species, seed: int, replicate: int, stream: int, ids: NDArray[np.int64]
) -> NDArray[np.int16]:
    """Return the number of each animal's own set of movement parameters, ``[n]``."""
    n = profiles_of(species)
    if n == 1:
        return np.zeros(len(ids), np.int16)
    u = keyed_uniforms(seed, replicate, stream, ids, PROFILE, 1)[:, 0]
    return np.asarray(u * n, np.int16)


def with_drawn_estimates(species: Species, seed: int, replicate: int, stream: int) -> Species:
    """Return the species as one replicate has it: its estimates drawn, where it says so.

    Both sexes, and residents and dispersers, draw apart; those with the same numbers and the same
    covariance were estimated together and draw the same.
    """
    movement = species.movement
    if movement.estimates == "fixed":
        return species
    drawn: dict[tuple[object, ...], Who] = {}
    sexes = {}
    for n, sex in enumerate(("female", "male")):
        sexed = getattr(movement, sex)
        new = {}
        for m, stage in enumerate(("resident", "disperser")):
            who: Who = getattr(sexed, stage)
            if who.uncertainty is None:
                continue
            values = tuple(getattr(who, name).value for name in who.uncertainty.parameters)
            same = (stage, values, who.uncertainty.covariance)
            if same not in drawn:
                ids = np.array([2 * n + m], np.int64)
                u = keyed_uniforms(seed, replicate, stream, ids, ESTIMATES, len(values))[0]
                # the middles of 2^32 steps, so that no draw is infinite
                drawn[same] = shifted(who, who.uncertainty, special.ndtri(u + 2.0**-33))
            new[stage] = drawn[same]
        sexes[sex] = sexed.model_copy(update=new)
    return species.model_copy(update={"movement": movement.model_copy(update=sexes)})


def gaits_of(species: Species, classes: tuple[tuple[int, str], ...]) -> Gaits:
    """Return the tables of all classes, profiles and behaviours of a species.

    Raises
    ------
    SpeciesError
        If steps, range, rest and crossing time do not fit each other.
    """
    n_profiles = profiles_of(species)
    whos = [who_moves(species, stage, sex) for stage, sex in classes]
    behaviours = max(max(1, len(who.states)) for who in whos)
    moves = [
        _padded(_moves(species, one), behaviours)
        for who in whos
        for one in differing(who, n_profiles)
    ]
    return Gaits(
        length=np.concatenate([m.lengths for m in moves]),
        turn_cos=np.concatenate([m.turn_cos for m in moves]),
        turn_sin=np.concatenate([m.turn_sin for m in moves]),
        pull=np.concatenate([m.pull for m in moves]),
        tether=np.concatenate([m.tether for m in moves]),
        scale_m=np.concatenate([m.scale_m for m in moves]),
        switch=np.stack([m.switch for m in moves]),
        rest=np.stack([m.rest for m in moves[::n_profiles]]),
    )


def _padded(moves: Moves, behaviours: int) -> Moves:
    """Return moves with as many rows as the species has behaviours; those added are never met."""
    n = len(moves.lengths)
    row = np.minimum(np.arange(behaviours), n - 1)
    switch = np.ones((1 + behaviours, behaviours))
    switch[: 1 + n, :n] = moves.switch
    switch[1 + n :] = switch[0]
    return Moves(
        lengths=moves.lengths[row],
        turn_cos=moves.turn_cos[row],
        turn_sin=moves.turn_sin[row],
        pull=moves.pull[row],
        tether=moves.tether[row],
        scale_m=moves.scale_m[row],
        switch=switch,
        rest=moves.rest,
    )


def differing(who: Who, n: int) -> list[Who]:
    """Return the movement traits of ``n`` kinds of animal, one after the other equally common.

    The kinds have, on the working scale, exactly the mean and the covariance of ``between``: points
    of an even lattice, made normal and whitened. No chance is in it.
    """
    if who.between is None:
        return [who] * n
    return [shifted(who, who.between, z) for z in _even_normal(n, len(who.between.parameters))]


@lru_cache(maxsize=16)
def _even_normal(n: int, p: int) -> F64:
    """Return ``n`` points ``[n, p]`` of mean zero and unit covariance, spread evenly.

    A rank-1 lattice by the generalised golden ratio (Roberts 2018), through the normal quantile.
    """
    ratio = 2.0
    for _ in range(60):
        ratio = (1.0 + ratio) ** (1.0 / (p + 1.0))
    even = (0.5 + np.outer(np.arange(1, n + 1), ratio ** -np.arange(1.0, p + 1.0))) % 1.0
    z = special.ndtri(even)
    z -= z.mean(axis=0)
    size, axes = np.linalg.eigh(z.T @ z / n)
    if size[0] <= 1e-9:
        raise ValueError(f"{n} kinds of animal cannot differ in {p} independent parameters")
    return np.asarray(z @ axes / np.sqrt(size) @ axes.T)


def root_of(spread: Spread) -> F64:
    """Return the symmetric square root of a covariance."""
    size, axes = np.linalg.eigh(np.array(spread.covariance))
    return np.asarray(axes * np.sqrt(np.maximum(size, 0.0)) @ axes.T)


def shifted(who: Who, spread: Spread, z: F64) -> Who:
    """Return movement traits that lie ``z`` standard deviations from those given.

    What is done to a number of all steps is done to that of every behaviour.
    """
    by = dict(zip(spread.parameters, root_of(spread) @ z, strict=True))
    traits = {name: _moved(getattr(who, name).value, name, d) for name, d in by.items()}
    new: dict[str, object] = {
        name: getattr(who, name).model_copy(update={"value": value})
        for name, value in traits.items()
    }
    if who.states:
        new["states"] = tuple(
            state.model_copy(
                update={
                    name: getattr(state, name).model_copy(
                        update={"value": _moved(getattr(state, name).value, name, d)}
                    )
                    for name, d in by.items()
                    if hasattr(state, name)
                }
            )
            for state in who.states
        )
    return who.model_copy(update=new)


def _moved(value: float, name: str, by: float) -> float:
    if name == "turning_kappa":
        return min(MOST_KAPPA, max(-MOST_KAPPA, value + by))
    return value * math.exp(by)


def _steps(who: Who) -> tuple[Gait, ...]:
    if who.states:
        return tuple(
            Gait(s.step_shape.value, s.step_scale_m.value, s.turning_kappa.value)
            for s in who.states
        )
    scale = who.step_scale_m
    return (Gait(who.step_shape.value, scale.value if scale else 0.0, who.turning_kappa.value),)


def _moves(species: Species, who: Who) -> Moves:
    m = species.movement
    tied = (who.sigma_m, who.tau_d.value) if isinstance(who, Ranging) else None
    if isinstance(who, Ranging) and not who.keeps_steps:
        remedy = "lower rest_probability or raise tau_d"
    else:
        remedy = KEPT_REMEDY
    clock = (m.activity, m.day_start_h, m.step_minutes, m.steps_per_day)
    try:
        return _made(_steps(who), who.chain, tied, clock, m.rest_probability.value)
    except ValueError as bad:
        raise SpeciesError(str(bad), where=species.key, remedy=remedy) from None


@lru_cache(maxsize=256)
def _made(
    gaits: tuple[Gait, ...],
    chain: tuple[tuple[float, ...], ...],
    tied: tuple[float, float] | None,
    clock: tuple[tuple[float, ...], int, int, int],
    rest: float,
) -> Moves:
    """Return the moves; through decades each landscape asks for the same again."""
    activity, after = step_activity(*clock), np.array(chain)
    if tied is None:
        return kept_moves(list(gaits), activity, rest)._replace(switch=switching(after))
    sigma_m, tau_d = tied
    if gaits[0].scale_m > 0:
        return tethered_moves(list(gaits), after, sigma_m, activity, rest)
    lengths = length_table(gaits[0].shape)
    cos, sin = turning_table(gaits[0].kappa)
    schedule = ranging_schedule(sigma_m, tau_d, activity, rest, lengths, cos)
    return Moves(
        lengths[None],
        cos[None],
        sin[None],
        schedule.pull[None],
        np.zeros((1, len(activity))),
        schedule.scale_m[None],
        switching(after),
        schedule.rest,
    )


def _moves_on_even_ground(movement: Movement, who: Ranging) -> Moves:
    clock = (movement.activity, movement.day_start_h, movement.step_minutes, movement.steps_per_day)
    tied = (who.sigma_m, who.tau_d.value)
    try:
        return _made(_steps(who), who.chain, tied, clock, movement.rest_probability.value)
    except ValueError as bad:
        raise SpeciesError(str(bad), where="movement", remedy=KEPT_REMEDY) from None


def process_of(movement: Movement, who: Ranging) -> Process:
    """Return the moments of a resident whose steps are given."""
    return Process(_moves_on_even_ground(movement, who), np.array(who.chain))


def crossing_time_d(movement: Movement, who: Ranging) -> float:
    """Return the range-crossing time in days that a resident's movement has on even ground."""
    return process_of(movement, who).tau_d() if who.keeps_steps else who.tau_d.value


def share_of_length(movement: Movement, who: Ranging) -> float:
    """Return the least mean way gone over the mean length given, of any behaviour.

    Close to one, but for steps that are nearly as long as their range is wide.
    """
    if not who.keeps_steps:
        return 1.0
    gone = mean_ways_m(_moves_on_even_ground(movement, who), np.array(who.chain))
    given = [one.shape * one.scale_m for one in _steps(who)]
    return min(way / length for way, length in zip(gone, given, strict=True))
