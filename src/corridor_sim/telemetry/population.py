"""What tracked animals have in common: their numbers pooled with random effects, by sex.

Each animal's numbers are known with an error of their own, and animals differ. On the working
scale (natural logarithm, identity for concentrations) ``y_i ~ N(mu, S_i + B)`` with ``S_i`` the
covariance of an animal's estimates and ``B`` that between animals; see
:mod:`corridor_sim.telemetry.pooling`.
Values are ``exp(mu)``: the median animal.

Of ranges, ``S_i`` is made even among animals, since an estimate that is small by chance seems to be
better known than one that is large, and the logarithm of an area gets what it lacks on average.
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
from corridor_sim.telemetry.pooling import Estimates, Scale, pool
from corridor_sim.telemetry.sexes import FEMALE, MALE
from corridor_sim.telemetry.species_file import LEAST_SPREAD, Covariance, Estimate
from corridor_sim.telemetry.tracks import Told

F64 = NDArray[np.float64]
CROSSING = ("tau_d",)
TOGETHER = ("home_range_km2", "step_scale_m", "step_shape", "turning_kappa")
SCALES: dict[str, Scale] = {
    "home_range_km2": "log",
    "step_scale_m": "log",
    "step_shape": "log",
    "turning_kappa": "identity",
    "tau_d": "log",
}
# their place among the working parameters of a fit of steps: log shape, log scale, kappa
_IN_STEP_FIT = (1, 0, 2)
BOTH = "both"
# fewer animals of a sex than these do not tell how the sex moves
LEAST_OF_SEX = 3


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
    told : tuple of Told
    """

    animals: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    n: Mapping[str, int]
    between_sd: Mapping[str, float]
    between: Covariance | None
    uncertainty: Covariance | None
    told: tuple[Told, ...] = ()


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
    told += both.told
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
    elif "tau_d" not in both.estimates:
        words = (
            "fixes lie as if independent of each other: no crossing time is known, and that of the "
            "species file stays"
        )
        told.append(Told("no_crossing_time", words))
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
    own = _evened([_working(name, ranges.get(name), steps[name]) for name in animals], ranges)
    own = [_unbiased(one) for one in own] if len(own) > 1 else own
    pooled = pool(TOGETHER, own, SCALES)
    # the crossing time follows from steps and range, so it is pooled by itself
    times = [_crossing(name, ranges.get(name)) for name in animals]
    crossing = pool(CROSSING, _evened(times, ranges), SCALES)
    natural = [one for one in (*pooled.natural(), *crossing.natural()) if one.value == one.value]
    counts = dict(zip((*TOGETHER, *CROSSING), (*pooled.n, *crossing.n), strict=True))
    known = [i for i, n in enumerate(pooled.n) if n]
    names = tuple(TOGETHER[i] for i in known)
    several = len(animals) > 1
    told = [one for one in pooled.told if one.kind != "no_estimate"] if several else []
    return Group(
        tuple(animals),
        {one.name: Estimate(one.value, one.se, one.low, one.high) for one in natural},
        {name: int(n) for name, n in counts.items()},
        {one.name: _spread(one.between) if counts[one.name] > 1 else math.nan for one in natural},
        Covariance(names, pooled.between[np.ix_(known, known)]) if several else None,
        Covariance(names, pooled.cov[np.ix_(known, known)]),
        tuple(told),
    )


def _working(name: str, home: RangeFit | None, steps: OwnSteps) -> Estimates:
    """Return an animal's numbers and their covariance on the working scale; NaN of the unknown."""
    n = len(TOGETHER)
    value, covariance = np.full(n, np.nan), np.zeros((n, n))
    at = _place(home, "home_range_km2")
    if home is not None and at is not None:
        value[0], covariance[0, 0] = home.working[at], home.covariance[at, at]
    value[1:] = math.log(steps.scale_m), math.log(steps.shape), steps.kappa
    order = list(_IN_STEP_FIT)
    covariance[1:, 1:] = steps.working_covariance[np.ix_(order, order)]
    return Estimates(name, value, covariance)


def _evened(own: list[Estimates], ranges: Mapping[str, RangeFit]) -> list[Estimates]:
    """Return estimates whose first, of a range, is as uncertain as its record is short.

    The variance of a range's logarithm is about that of one crossing over the crossings that a
    record holds. An animal whose range came out small by chance seems to have crossed it more
    often, and would count for more: means would be too small. So the variance of one day is the
    (geometric) mean of all animals', whatever came out of each.
    """
    days = {
        one.animal: ranges[one.animal].record_d
        for one in own
        if np.isfinite(one.value[0]) and _place(ranges[one.animal], "tau_d") is not None
    }
    if len(days) < 2:
        return own
    logs = [math.log(one.cov[0, 0] * days[one.animal]) for one in own if one.animal in days]
    of_a_day = math.exp(sum(logs) / len(logs))
    found = []
    for one in own:
        covariance = one.cov.copy()
        if one.animal in days:
            covariance[0, 0] = of_a_day / days[one.animal]
        found.append(Estimates(one.animal, one.value, covariance))
    return found


def _unbiased(one: Estimates) -> Estimates:
    """Return an animal's numbers with the logarithm of its area as it is on average.

    An area is known as from chi-square with ``2 N`` degrees of freedom, ``N`` one over the variance
    of its logarithm, whose mean lies ``1 / (2 N)`` too low. Of one animal that is little beside the
    error; in a mean over many it is all that is left.
    """
    value = one.value.copy()
    value[0] += one.cov[0, 0] / 2.0
    return Estimates(one.animal, value, one.cov)


def _crossing(name: str, home: RangeFit | None) -> Estimates:
    at = _place(home, "tau_d")
    if home is None or at is None:
        return Estimates(name, np.full(1, np.nan), np.full((1, 1), np.nan))
    return Estimates(name, home.working[[at]], home.covariance[np.ix_([at], [at])])


def _place(home: RangeFit | None, name: str) -> int | None:
    """Return where a number stands among those of a resident's range; None where it is not."""
    if home is None or not home.resident or name not in home.working_names:
        return None
    return home.working_names.index(name)


def _spread(between_sd: float) -> float:
    """Return how animals differ: 0 where the search for it ended there, as the file says it."""
    return between_sd if between_sd >= LEAST_SPREAD else 0.0
