"""The risk that numbers fall below a threshold, or that the animals of a block die out.

Large numbers by a diffusion of their logarithm around a known course; few animals by the luck of
each. What either leaves out is said at the function.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.simulation.generations.lifetimes import standing_birth_probability
from corridor_sim.species.demography import VitalRates, leslie_matrix, stable_ages

F64 = NDArray[np.float64]
# numbers farther from their course than so many standard deviations are left out
REACH = 9.0
# Gauss-Legendre nodes in a stretch as long as so many standard deviations of a year
NODES, STRETCH = 10, 3.0


@dataclass(frozen=True, slots=True)
class _Noise:
    """``v(N) = environmental + demographic / max(N, 1)``; logarithms stretched so that it is 1."""

    demographic: float
    environmental: float

    def variance(self, x: F64) -> F64:
        """Return v of log numbers ``x``."""
        return self.environmental + self.demographic * np.exp(-np.maximum(x, 0.0))

    def _of_many(self, x: float) -> float:
        d, e = np.sqrt(self.demographic), np.sqrt(self.environmental)
        if d == 0:
            return float(x / e)
        root = np.exp(x / 2) / d
        return float(2 * root if e == 0 else 2 / e * np.arcsinh(e * root))

    def stretched(self, x: float) -> float:
        """Return ``y(x) = integral dx / sqrt(v)``."""
        few = min(x, 0.0) / np.sqrt(self.environmental + self.demographic)
        return self._of_many(max(x, 0.0)) + float(few)

    def back(self, y: F64) -> F64:
        """Return the log numbers ``x(y)``."""
        d, e = np.sqrt(self.demographic), np.sqrt(self.environmental)
        if d == 0:
            return np.asarray(e * y)
        one = self._of_many(0.0)
        many = np.maximum(y, one)
        x = 2 * np.log(d * many / 2 if e == 0 else d / e * np.sinh(e * many / 2))
        return np.asarray(np.where(y < one, (y - one) * np.hypot(d, e), x))


def risk_below(
    course: F64,
    return_rate: float | tuple[float, float],
    demographic_variance: float,
    environmental_variance: float,
    threshold: float,
    within_y: int,
    *,
    ever: bool = True,
    finer: int = 1,
) -> F64:
    """Return the chance that numbers have been below a threshold by each yearly census.

    With ``x = log N`` and c the logarithm of the course,

        x' = c' + (1 - return_rate) (x - c) - v / 2 + sqrt(v) z,
        v = environmental_variance + demographic_variance / max(N, 1),    z standard normal,

    from the course itself. ``- v / 2`` lets mean numbers follow the course where nothing draws them
    to it (return_rate 0, the case of Dennis, Munholland & Scott 1991, Ecol. Monogr. 61:115-143);
    with a return rate it is a diffusion with regulation (Lande, Engen & Saether 2003, Stochastic
    Population Dynamics in Ecology and Conservation, Oxford, ch. 1-3). Numbers are looked at once a
    year: of a process that is watched all the time more falls below, as if the threshold lay 0.58
    standard deviations of a year higher (Siegmund 1985, Sequential Analysis, Springer, ch. X).

    The density is carried from year to year by Gauss-Legendre quadrature on stretches of three
    standard deviations of a year; what the quadrature misses is below 1e-7. What the model misses:
    ages, and that few animals are whole animals. Below some ten, use :func:`dies_out`.

    Parameters
    ----------
    course : float64 ``[within_y + 1]`` or longer
        Numbers of each year that the rates alone would give, the first of them today's.
    return_rate : float or (float, float)
        Share of a deviation of log numbers that is made up in a year, 0 to 1; or that from below
        and that from above the course, see :func:`.regulation.return_rates_of`.
    demographic_variance : float
        Animals; see :func:`.lifetimes.demographic_variance_of`.
    environmental_variance : float
        Of the yearly log growth that all animals share.
    threshold : float
        Animals.
    within_y : int
        Years.
    ever : bool
        Whether it counts to have been below at any census so far, or only to be so at this one.
    finer : int
        Times as many nodes, to see that they do not matter.

    Returns
    -------
    float64 ``[within_y + 1]``
        By year; the first is 0, or 1 where the course begins below the threshold.

    Raises
    ------
    CorridorSimError
        A course that is too short or below 0, or a value out of its range.

    Examples
    --------
    >>> risk_below(np.full(51, 60.0), 0.1, 0.3, 0.01, 20.0, 50)[[10, 50]].round(3)
    array([0.   , 0.014])
    """
    numbers = np.asarray(course, np.float64)
    noise = _Noise(float(demographic_variance), float(environmental_variance))
    rates = np.broadcast_to(np.asarray(return_rate, np.float64), 2)
    _check(numbers, rates, noise, threshold, within_y)
    (below_keeps, above_keeps), edge = 1.0 - rates, float(np.log(threshold))
    out = np.zeros(within_y + 1)
    below = numbers[: within_y + 1] < threshold
    out[0] = float(below[0])
    if below[0] and ever:
        return np.ones(within_y + 1)
    x = np.log(numbers[:1])
    weight = np.ones(1)
    for year in range(1, within_y + 1):
        if numbers[year] == 0:
            out[year:] = 1.0
            break
        ahead, now = np.log(numbers[year]), np.log(numbers[year - 1])
        v = noise.variance(x)
        keeps = np.where(x < now, below_keeps, above_keeps)
        mean, sd = ahead + keeps * (x - now) - v / 2, np.sqrt(v)
        gone = float(weight @ _normal_below((edge - mean) / sd))
        out[year] = min(1.0, out[year - 1] + gone) if ever else gone
        memory = np.power(1.0 - rates.min(), np.arange(year))
        nodes, size = _nodes(noise, ahead, memory, edge if ever else None, finer)
        density = np.exp(-0.5 * ((nodes[:, None] - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        x, weight = nodes, size * (density @ weight)
    return out


def gone_by_age(rates: VitalRates, within_y: int, birth_probability: float | None = None) -> F64:
    """Return the chance that one female and all her female descent are gone, year by year.

        q_a' = 1 - s_a + s_a q_{a+1} [1 - b + b G(1 - f + f q_0)]

    with G the generating function of the litter, ``z^least (1 - c + c z)^(most - least)``: a
    Galton-Watson process with one type an age (Caswell 2001, Matrix Population Models, 2nd ed.,
    Sinauer, ch. 15). In short steps and without ages it is the birth-death process of Kendall
    (1948, Ann. Math. Stat. 19:1-15).

    Parameters
    ----------
    rates : VitalRates
    within_y : int
        Years.
    birth_probability : float, optional
        Default: that at which numbers stand still.

    Returns
    -------
    float64 ``[within_y + 1, age]``
    """
    b = standing_birth_probability(rates) if birth_probability is None else birth_probability
    span, f, c = rates.litter_most - rates.litter_least, rates.female_at_birth, rates.litter_chance
    bears = np.append(b * rates.gives_birth[1:], 0.0)
    out = np.zeros((within_y + 1, rates.survival.size))
    for year in range(within_y):
        gone = out[year]
        of_young = 1 - f + f * gone[0]
        litter = of_young**rates.litter_least * (1 - c + c * of_young) ** span
        older = np.append(gone[1:], 1.0)
        alive = older * (1 - bears + bears * litter)
        out[year + 1] = 1 - rates.survival + rates.survival * alive
    return out


def dies_out(
    rates: VitalRates,
    numbers: float,
    within_y: int,
    birth_probability: float | None = None,
    *,
    counted: F64 | None = None,
) -> F64:
    """Return the chance that the animals of a block and their descent have died out, year by year.

    ``prod_a q_a^n_a`` with n_a females of each age and q of :func:`gone_by_age`: families are
    independent. It assumes that nobody comes from elsewhere, that rates stay, however many animals
    there are, that years are alike and that a male is always found: right for few animals, and the
    more animals the less.

    Parameters
    ----------
    rates : VitalRates
    numbers : float
        Animals of both sexes, at stable ages; need not be whole.
    within_y : int
        Years.
    birth_probability : float, optional
        Default: that at which numbers stand still.
    counted : float64 ``[age]``, optional
        Share of each age that ``numbers`` counts; default: all. Who is not counted is there
        besides.

    Returns
    -------
    float64 ``[within_y + 1]``

    Examples
    --------
    >>> import corridor_sim as cs
    >>> from corridor_sim.species.demography import vital_rates
    >>> rates = vital_rates(cs.load_species("jaguar").life_cycle)
    >>> dies_out(rates, 10.0, 50)[[10, 50]].round(3)
    array([0.062, 0.563])
    """
    b = standing_birth_probability(rates) if birth_probability is None else birth_probability
    ages = stable_ages(leslie_matrix(rates, b))
    share = np.ones(ages.size) if counted is None else np.asarray(counted, np.float64)
    females = numbers * rates.female_at_birth * ages / float(ages @ share)
    return np.asarray(np.prod(gone_by_age(rates, within_y, b) ** females, axis=1))


def _nodes(
    noise: _Noise, centre: float, memory: F64, edge: float | None, finer: int
) -> tuple[F64, F64]:
    """Return log numbers and quadrature weights around a year's course, from the edge on."""
    middle = noise.stretched(centre)
    sd = float(np.sqrt(noise.variance(np.asarray(centre))))
    half = REACH * float(np.sqrt(np.sum(memory**2)))
    low = middle - half - sd / 2 * float(np.sum(memory))
    if edge is not None:
        low = max(low, noise.stretched(edge))
    high = max(middle, low) + half
    # the course, where rates of return change, is the end of a stretch
    parts = sorted({low, min(max(middle, low), high), high})
    ends = np.unique(
        np.concatenate(
            [
                np.linspace(a, b, finer * int(np.ceil((b - a) / STRETCH)) + 1)
                for a, b in pairwise(parts)
            ]
        )
    )
    at, share = np.polynomial.legendre.leggauss(NODES)
    y = (ends[:-1, None] + (at + 1) / 2 * np.diff(ends)[:, None]).reshape(-1)
    size = (share / 2 * np.diff(ends)[:, None]).reshape(-1)
    x = noise.back(y)
    return x, size * np.sqrt(noise.variance(x))


def _normal_below(z: F64) -> F64:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _check(course: F64, rates: F64, noise: _Noise, threshold: float, within_y: int) -> None:
    if course.size < within_y + 1 or not np.all((course >= 0) & np.isfinite(course)):
        raise CorridorSimError(
            f"{course.size} values",
            where="course",
            remedy=f"give numbers of animals of {within_y + 1} years, today's first",
        )
    if not np.all((rates >= 0) & (rates <= 1)):
        raise CorridorSimError(f"{rates.max():g}", where="return_rate", remedy="give 0 to 1")
    least, most = sorted((noise.demographic, noise.environmental))
    if not (least >= 0 and 0 < most < np.inf):
        raise CorridorSimError(
            f"{noise.demographic:g} and {noise.environmental:g}",
            where="demographic and environmental variance",
            remedy="give two that are not below 0, one of them above",
        )
    if not threshold > 0:
        raise CorridorSimError(f"{threshold:g}", where="threshold", remedy="give animals above 0")
