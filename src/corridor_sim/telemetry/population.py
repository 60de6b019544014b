"""What tracked animals have in common: their numbers pooled with random effects, by sex.

Each animal's numbers are known with an error of their own, and animals differ. On the working
scale (natural logarithm, identity for concentrations) ``y_i ~ N(mu, S_i + B)`` with ``S_i`` the
covariance of an animal's estimates and ``B`` that between animals; see
:mod:`corridor_sim.telemetry.pooling`.
Values are ``exp(mu)``: the median animal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import counted
from corridor_sim.telemetry.home_range import RangeFit
from corridor_sim.telemetry.pooling import pool
from corridor_sim.telemetry.sexes import FEMALE, MALE
from corridor_sim.telemetry.species_file import Covariance, Estimate
from corridor_sim.telemetry.tracks import Told

F64 = NDArray[np.float64]
RANGE = ("home_range_km2",)
STEPS = ("step_scale_m", "step_shape", "turning_kappa")
# their place among the working parameters of a fit of steps: log shape, log scale, kappa
_IN_STEP_FIT = (1, 0, 2)
TOGETHER = (*RANGE, *STEPS)
AS_IT_IS = ("turning_kappa",)
BOTH = "both"
# fewer animals of a sex than these do not tell how the sex moves
LEAST_OF_SEX = 3
Z = 1.959963984540054


class OwnSteps(Protocol):
    """Steps and turns of one animal: as they are, or with selection taken out of them."""

    @property
    def shape(self) -> float:
        """Gamma shape."""

    @property
    def scale_m(self) -> float:
        """Gamma scale, metres."""

    @property
    def kappa(self) -> float:
        """Concentration of turns."""

    @property
    def working_covariance(self) -> F64:
        """Covariance of log shape, log scale and kappa, ``[3, 3]``."""


@dataclass(frozen=True, slots=True)
class Group:
    """What animals of one sex, or of both, have in common.

    Attributes
    ----------
    animals : tuple of str
    estimates : mapping of parameter to Estimate
        Those that could be told of ``home_range_km2``, ``tau_d``, ``step_scale_m``, ``step_shape``
        and ``turning_kappa``.
    n : mapping of parameter to int
        Animals behind each.
    between_sd : mapping of parameter to float
        Standard deviation between animals on the working scale; NaN of one animal.
    between, uncertainty : Covariance or None
        Of animals, and of the estimated means.
    """

    animals: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    n: Mapping[str, int]
    between_sd: Mapping[str, float]
    between: Covariance | None
    uncertainty: Covariance | None


@dataclass(frozen=True, slots=True)
class Population:
    """Numbers of the population.

    Attributes
    ----------
    both : Group
        All residents.
    sexes : mapping of sex to Group
        Those with enough animals of their own.
    dispersers : Group or None
        Animals without a range, where they were asked for.
    told : tuple of Told
    """

    both: Group
    sexes: Mapping[str, Group]
    dispersers: Group | None
    told: tuple[Told, ...] = ()

    def of(self, sex: str) -> Group:
        """Return the group whose numbers a sex gets."""
        return self.sexes.get(sex, self.both)


def population_of(
    ranges: Mapping[str, RangeFit],
    steps: Mapping[str, OwnSteps],
    sexes: Mapping[str, str],
    *,
    dispersers: bool = False,
) -> Population:
    """Return what animals have in common.

    Parameters
    ----------
    ranges : mapping of animal to RangeFit
    steps : mapping of animal to OwnSteps
    sexes : mapping of animal to sex
    dispersers : bool
        Whether animals without a range are dispersers and no residents.
    """
    told = []
    wander = [name for name in steps if name in ranges and not ranges[name].resident]
    residents = [name for name in steps if not (dispersers and name in wander)]
    if wander:
        whose = "those of dispersers" if dispersers else "with those of the others"
        told.append(
            Told(
                "without_range",
                f"{counted(len(wander), 'animal')} without a range ({', '.join(wander)}) "
                f"{'is' if len(wander) == 1 else 'are'} left out of home range and crossing time; "
                f"their steps count {whose}"
                + ("" if dispersers else " (--dispersers makes them those of dispersers)"),
                count=len(wander),
            )
        )
    if not residents:
        residents = list(steps)
        told.append(
            Told(
                "no_residents",
                "no animal has a range: steps of residents are those of dispersers too",
                count=len(steps),
            )
        )
    both = group_of(residents, ranges, steps)
    found = {}
    for sex in (FEMALE, MALE):
        own = [name for name in residents if sexes.get(name) == sex]
        if len(own) >= LEAST_OF_SEX:
            found[sex] = group_of(own, ranges, steps)
    told += _told_of_sexes(sexes, found)
    if "home_range_km2" not in both.estimates:
        told.append(
            Told(
                "no_range",
                "no home range is known: that of the species file stays, with its crossing time",
            )
        )
    away = group_of(wander, ranges, steps) if dispersers and wander else None
    return Population(both, found, away, tuple(told))


def _told_of_sexes(sexes: Mapping[str, str], found: Mapping[str, Group]) -> list[Told]:
    known = {sex: sum(one == sex for one in sexes.values()) for sex in (FEMALE, MALE)}
    if len(found) == 2:
        return []
    if not any(known.values()):
        words = "nobody said which animals are females: both sexes get the same numbers"
        return [Told("unknown_sexes", words, count=len(sexes))]
    told = []
    for sex, n in known.items():
        if sex not in found:
            words = (
                f"{counted(n, sex) if n else f'no {sex}'} with steps to go by, fewer than "
                f"{LEAST_OF_SEX}: {sex}s get the numbers of all animals"
            )
            told.append(Told("few_of_sex", words, count=n))
    return told


def group_of(
    animals: Sequence[str], ranges: Mapping[str, RangeFit], steps: Mapping[str, OwnSteps]
) -> Group:
    """Return what some animals have in common."""
    rows = [_working(ranges.get(name), steps[name]) for name in animals]
    values = np.stack([row[0] for row in rows])
    covariances = np.stack([row[1] for row in rows])
    used = [i for i in range(len(TOGETHER)) if np.isfinite(values[:, i]).any()]
    names = tuple(TOGETHER[i] for i in used)
    pooled = pool(values[:, used], covariances[:, used][:, :, used], names)
    n = {name: int(np.isfinite(values[:, i]).sum()) for name, i in zip(names, used, strict=True)}
    estimates = {
        name: natural(name, float(pooled.mean[i]), math.sqrt(float(pooled.covariance[i, i])))
        for i, name in enumerate(names)
    }
    one = len(animals) == 1
    spread = {
        name: math.nan if one else math.sqrt(max(float(pooled.between[i, i]), 0.0))
        for i, name in enumerate(names)
    }
    crossing = [ranges[name] for name in animals if name in ranges]
    _add_crossing(crossing, estimates, n, spread)
    return Group(
        *(tuple(animals), estimates, n, spread),
        None if one else Covariance(names, pooled.between),
        Covariance(names, pooled.covariance),
    )


def natural(name: str, mean: float, se: float) -> Estimate:
    """Return an estimate in the unit of its trait, from the working scale.

    The standard error is that of the delta method, ``exp(mu) se``; the interval is that of the
    working scale, taken over.
    """
    low, high = mean - Z * se, mean + Z * se
    if name in AS_IT_IS:
        return Estimate(mean, se, low, high)
    value = math.exp(mean)
    return Estimate(value, value * se, math.exp(low), math.exp(high))


def _working(home: RangeFit | None, steps: OwnSteps) -> tuple[F64, F64]:
    """Return an animal's numbers and their covariance on the working scale; NaN of the unknown."""
    n = len(TOGETHER)
    value, covariance = np.full(n, np.nan), np.zeros((n, n))
    if home is not None and home.resident and "home_range_km2" in home.working_names:
        at = home.working_names.index("home_range_km2")
        value[0], covariance[0, 0] = home.working[at], home.covariance[at, at]
    value[1:] = math.log(steps.scale_m), math.log(steps.shape), steps.kappa
    order = list(_IN_STEP_FIT)
    covariance[1:, 1:] = steps.working_covariance[np.ix_(order, order)]
    return value, covariance


def _add_crossing(
    homes: Sequence[RangeFit],
    estimates: dict[str, Estimate],
    n: dict[str, int],
    spread: dict[str, float],
) -> None:
    """Add the range-crossing time: it follows from steps and range, so it is pooled by itself."""
    known = [one for one in homes if one.resident and "tau_d" in one.working_names]
    if not known:
        return
    at = [one.working_names.index("tau_d") for one in known]
    values = np.array([[one.working[i]] for one, i in zip(known, at, strict=True)])
    errors = np.array([[[one.covariance[i, i]]] for one, i in zip(known, at, strict=True)])
    pooled = pool(values, errors, ("tau_d",))
    estimates["tau_d"] = natural(
        "tau_d", float(pooled.mean[0]), math.sqrt(float(pooled.covariance[0, 0]))
    )
    n["tau_d"] = len(known)
    spread["tau_d"] = (
        math.sqrt(max(float(pooled.between[0, 0]), 0.0)) if len(known) > 1 else math.nan
    )
