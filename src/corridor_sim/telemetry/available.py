"""Random steps beside those that were taken: what was there to be chosen.

**Tentative kernel.** Lengths are drawn from a gamma, turns from a von Mises distribution about the
direction of the step before (kappa below 0: about turning back). They need only resemble the
animals' own: what is wrong with them, the coefficients of ``sl``, ``log_sl`` and ``cos_ta`` put
right (Avgar et al. 2016, Methods Ecol. Evol. 7:619). Each animal has a tentative kernel of its own,
so that random steps are as long as its steps. With densities of length and turn

    q(L, t) ~ L^(k-1) exp(-L/s) exp(kappa cos t)

a model that multiplies it by ``exp(b_sl L + b_log ln L + b_cos cos t)`` has again a gamma and a von
Mises distribution, with

    k' = k + b_log,    1/s' = 1/s - b_sl,    kappa' = kappa + b_cos.

So the coefficients that animals have against their own kernels become those against a common one by
adding what the kernels differ by (:func:`against`).

**Attraction.** Steps may also be proposed as residents of the simulator propose them, towards the
centre ``c`` of their range: ``x' = c + a (x - c) + n u`` with the length L, the direction u turned
from that of the step before, ``a = 1 - L^2/(4 v)``, ``n = L sqrt(1 - L^2/(8 v))`` and ``v`` the
variance of the range per axis. Length and turn of the step that was taken then solve the same
equation: with ``r = x - c``, ``d = x' - x`` and ``w = L^2``

    (|r|^2/(16 v^2) + 1/(8 v)) w^2 + (d.r/(2 v) - 1) w + |d|^2 = 0,

of which the smaller root is meant. A place without a root, or with one above ``8 v``, is beyond
what is proposed; its step is taken to have the length that comes nearest, which is told.

**Chance** is keyed by seed, animal and the time of the step: which other steps or animals there are
changes nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.kernels.philox import keyed_uniforms
from corridor_sim.telemetry.tracks import Told

if TYPE_CHECKING:
    import pandas as pd

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

N_RANDOM = 50
MOST_RANDOM = 1000
# steps with a turn from which on an animal has a tentative kernel of its own
ENOUGH = 30
# purposes of draws, above those of the simulator (kernels/philox.py)
_LENGTH, _TURN = 12288, 12289
_TURNS_IN_TABLE = 20_001
_LOW = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class StepKernel:
    """Lengths and turns of steps.

    Attributes
    ----------
    shape, scale_m : float
        Of the gamma distribution of lengths.
    kappa : float
        Of the von Mises distribution of turns; below 0 about turning back.
    """

    shape: float
    scale_m: float
    kappa: float


@dataclass(frozen=True, slots=True)
class Attraction:
    """Range of each animal.

    Attributes
    ----------
    centre_m : Mapping of animal to (float, float)
        x and y of its centre.
    sigma_m : Mapping of animal to float
        Standard deviation per axis; needed where random steps are proposed with attraction.
    """

    centre_m: Mapping[str, tuple[float, float]]
    sigma_m: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Strata:
    """Steps that were taken, each with random steps from the same place.

    Attributes
    ----------
    animals : tuple of str
        Names of the animals.
    animal : int64 ``[n]``
        Which of them.
    x0_m, y0_m : float64 ``[n]``
        Where the step begins.
    x1_m, y1_m : float64 ``[n, 1 + n_random]``
        Where it ends; column 0 is the step that was taken.
    length_m, turn_rad : float64 ``[n, 1 + n_random]``
        Length and turn by which it was proposed.
    valid : bool ``[n, 1 + n_random]``
    hour : float64 ``[n]``
    day_of_year : int64 ``[n]``
    start : datetime64 ``[n]``
    told : tuple of Told
    """

    animals: tuple[str, ...]
    animal: I8
    x0_m: F8
    y0_m: F8
    x1_m: F8
    y1_m: F8
    length_m: F8
    turn_rad: F8
    valid: NDArray[np.bool_]
    hour: F8
    day_of_year: I8
    start: NDArray[np.datetime64]
    told: tuple[Told, ...] = ()


def tentative(length_m: F8, turn_rad: F8) -> StepKernel:
    """Return a kernel near that of steps, in closed form.

    Gamma shape by Minka's first approximation (2002, Estimating a gamma distribution), within 1.5 %
    of maximum likelihood; kappa by that of Banerjee et al. (2005, J. Mach. Learn. Res. 6:1345),
    with the sign of the mean cosine. Nothing that is fitted depends on its being exact.
    """
    length = length_m[length_m > 0]
    mean = float(length.mean())
    spread = max(float(np.log(mean) - np.log(length).mean()), 1e-3)
    shape = (3.0 - spread + np.sqrt((spread - 3.0) ** 2 + 24.0 * spread)) / (12.0 * spread)
    r = float(np.clip(np.cos(turn_rad[~np.isnan(turn_rad)]).mean(), -0.95, 0.95))
    return StepKernel(float(shape), mean / float(shape), r * (2.0 - r * r) / (1.0 - r * r))


def own_kernels(steps: pd.DataFrame, common: StepKernel) -> dict[str, StepKernel]:
    """Return a kernel near the steps of each animal; ``common`` of animals with few steps."""
    found = {}
    for name, of in steps.groupby("animal", sort=False):
        turned = of[of["turn_rad"].notna() & (of["length_m"] > 0)]
        length, turn = (turned[key].to_numpy(float) for key in ("length_m", "turn_rad"))
        found[str(name)] = tentative(length, turn) if length.size >= ENOUGH else common
    return found


def against(common: StepKernel, own: StepKernel) -> dict[str, float]:
    """Return what is added to coefficients against ``own`` to have those against ``common``."""
    return {
        "log_sl": own.shape - common.shape,
        "sl": 1.0 / common.scale_m - 1.0 / own.scale_m,
        "cos_ta": own.kappa - common.kappa,
    }


def random_steps(
    steps: pd.DataFrame,
    kernel: StepKernel | Mapping[str, StepKernel],
    *,
    n_random: int = N_RANDOM,
    seed: int = 1,
    attraction: Attraction | None = None,
) -> Strata:
    """Return each step that has a turn with random steps beside it.

    Parameters
    ----------
    steps : pandas.DataFrame
        As :attr:`corridor_sim.telemetry.tracks.Bursts.steps`.
    kernel : StepKernel, or mapping of animal to StepKernel
        From which lengths and turns are drawn.
    n_random : int
        Random steps for each that was taken.
    seed : int
    attraction : Attraction, optional
        Propose with attraction towards the centre of each animal's range, which needs ``sigma_m``.

    Raises
    ------
    ScenarioError
        A number of random steps that makes no sense.
    """
    if not 1 <= n_random <= MOST_RANDOM:
        raise ScenarioError(
            f"n_random = {n_random} random steps for each step",
            remedy=f"give 1 to {MOST_RANDOM}; 50 are usual",
        )
    turned = steps["turn_rad"].notna().to_numpy() & (steps["length_m"].to_numpy() > 0)
    used = steps[turned]
    names = tuple(dict.fromkeys(used["animal"]))
    animal = used["animal"].map({name: i for i, name in enumerate(names)}).to_numpy(np.int64)
    start = used["start"].dt.tz_localize(None).to_numpy("datetime64[s]")
    x0, y0 = used["x0_m"].to_numpy(float), used["y0_m"].to_numpy(float)
    drawn_length, drawn_turn = _drawn(kernel, names, animal, start, n_random, seed, attraction)
    before = used["heading_rad"].to_numpy(float) - used["turn_rad"].to_numpy(float)
    length = np.column_stack([used["length_m"].to_numpy(float), drawn_length])
    turn = np.column_stack([used["turn_rad"].to_numpy(float), drawn_turn])
    heading = before[:, None] + turn
    x1, y1 = x0[:, None] + length * np.cos(heading), y0[:, None] + length * np.sin(heading)
    x1[:, 0], y1[:, 0] = used["x1_m"].to_numpy(float), used["y1_m"].to_numpy(float)
    valid = np.ones(length.shape, np.bool_)
    told = _told_of_rest(steps, turned)
    if attraction is not None:
        told += _attract(names, animal, (x0, y0, x1, y1, length, turn, before), attraction)
    day, hour = used["day_of_year"].to_numpy(np.int64), used["hour"].to_numpy(float)
    return Strata(
        *(names, animal, x0, y0, x1, y1, length, turn, valid, hour, day, start), tuple(told)
    )


def _drawn(
    kernels: StepKernel | Mapping[str, StepKernel],
    names: tuple[str, ...],
    animal: I8,
    start: NDArray[np.datetime64],
    n: int,
    seed: int,
    attraction: Attraction | None,
) -> tuple[F8, F8]:
    """Return lengths and turns of random steps, ``[len(animal), n]``."""
    length, turn = np.empty((animal.size, n)), np.empty((animal.size, n))
    key = start.astype(np.int64) & _LOW
    for i, name in enumerate(names):
        own = np.flatnonzero(animal == i)
        kernel = kernels if isinstance(kernels, StepKernel) else kernels[name]
        angle, chance = _turn_quantiles(kernel.kappa)
        crc = zlib.crc32(name.encode())
        u = keyed_uniforms(seed, crc, 0, key[own], _LENGTH, n) + 2.0**-54
        if attraction is not None:
            # of longer steps there are none in such a range
            u *= special.gammainc(
                kernel.shape, np.sqrt(8.0) * _sigma(attraction, name) / kernel.scale_m
            )
        length[own] = special.gammaincinv(kernel.shape, u) * kernel.scale_m
        turn[own] = np.interp(keyed_uniforms(seed, crc, 0, key[own], _TURN, n), chance, angle)
    return length, turn


def _turn_quantiles(kappa: float) -> tuple[F8, F8]:
    """Return angles and their distribution function."""
    angle = np.linspace(-np.pi, np.pi, _TURNS_IN_TABLE)
    density = np.exp(kappa * np.cos(angle) - abs(kappa))
    rising = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2.0)])
    return angle, rising / rising[-1]


def _sigma(attraction: Attraction, name: str) -> float:
    sigma = attraction.sigma_m.get(name, np.nan)
    if not sigma > 0:
        raise ScenarioError(
            f"random steps of {name} cannot be drawn towards its range, which has no size",
            remedy="fit the range first, or take the attraction as a term",
        )
    return sigma


def centres(attraction: Attraction, names: tuple[str, ...]) -> tuple[F8, F8]:
    """Return x and y of the centre of each animal's range.

    Raises
    ------
    ScenarioError
        An animal without a centre.
    """
    missing = [name for name in names if name not in attraction.centre_m]
    if missing:
        raise ScenarioError(
            f"there is no range centre of {missing[0]}",
            remedy="leave out the attraction, or animals that have no range",
        )
    both = np.array([attraction.centre_m[name] for name in names], float).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _attract(
    names: tuple[str, ...],
    animal: I8,
    steps: tuple[F8, F8, F8, F8, F8, F8, F8],
    attraction: Attraction,
) -> list[Told]:
    """Bring random steps towards the centre, and find length and turn of those taken; in place."""
    x0, y0, x1, y1, length, turn, before = steps
    cx, cy = centres(attraction, names)
    v = np.array([_sigma(attraction, name) ** 2 for name in names])[animal]
    rx, ry = x0 - cx[animal], y0 - cy[animal]
    square = length[:, 1:] ** 2
    heading = before[:, None] + turn[:, 1:]
    drift = square / (4.0 * v[:, None])
    away = length[:, 1:] * np.sqrt(np.maximum(1.0 - square / (8.0 * v[:, None]), 0.0))
    x1[:, 1:] = x0[:, None] - drift * rx[:, None] + away * np.cos(heading)
    y1[:, 1:] = y0[:, None] - drift * ry[:, None] + away * np.sin(heading)
    dx, dy = x1[:, 0] - x0, y1[:, 0] - y0
    a = (rx**2 + ry**2) / (16.0 * v**2) + 1.0 / (8.0 * v)
    b = (dx * rx + dy * ry) / (2.0 * v) - 1.0
    c = dx**2 + dy**2
    rest = b * b - 4.0 * a * c
    with np.errstate(invalid="ignore", divide="ignore"):
        root = 2.0 * c / (-b + np.sqrt(np.maximum(rest, 0.0)))
    reached = (rest >= 0) & (b < 0) & (root <= 8.0 * v)
    root = np.where(reached, root, np.clip(np.where(b < 0, -b / (2.0 * a), np.inf), 0.0, 8.0 * v))
    length[:, 0] = np.sqrt(root)
    ahead = np.arctan2(dy + root / (4.0 * v) * ry, dx + root / (4.0 * v) * rx)
    turn[:, 0] = np.angle(np.exp(1j * (ahead - before)))
    return _told_unreached(names, animal, reached)


def _told_of_rest(steps: pd.DataFrame, turned: NDArray[np.bool_]) -> list[Told]:
    told = []
    for name, of in steps.assign(turned=turned).groupby("animal", sort=False):
        still = int((of["length_m"] == 0).sum())
        if still:
            told.append(
                Told(
                    "no_move",
                    f"{counted(still, 'step')} of {name} without any movement, and those after "
                    "them, have no turn and are not matched with random steps",
                    str(name),
                    still,
                )
            )
        if not of["turned"].any():
            told.append(
                Told("no_turns", f"{name} has no step with a turn: nothing to fit", str(name))
            )
    return told


def _told_unreached(names: tuple[str, ...], animal: I8, reached: NDArray[np.bool_]) -> list[Told]:
    counts = np.bincount(animal[~reached], minlength=len(names))
    return [
        Told(
            "beyond_range",
            f"{counted(int(n), 'step')} of {name} lead further than its range allows a step to "
            "lead; their lengths count as the longest that it allows",
            name,
            int(n),
        )
        for name, n in zip(names, counts, strict=True)
        if n
    ]
