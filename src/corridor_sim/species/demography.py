"""What the vital rates of a species imply: Leslie matrix, growth rate, stable ages, capacity.

Females only, censused after the births: ``n[a + 1, t + 1] = s[a] n[a, t]`` and
``n[0, t + 1] = sum_a b m n[a, t + 1]`` over the ages of birth, with ``s`` natural survival, ``b``
the probability of giving birth and ``m`` the daughters of a birth. Source: Caswell (2001), Matrix
Population Models, 2nd ed., Sinauer, chapter 2 (post-breeding census).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class VitalRates:
    """The vital rates of one species as arrays.

    Attributes
    ----------
    survival : float64 ``[age]``
        Natural survival from age ``a`` to ``a + 1``; 0 at the greatest age.
    gives_birth : bool ``[age]``
        Ages at which females may give birth.
    birth_probability : float
        At low numbers.
    birth_probability_at_capacity : float
        That at which the population neither grows nor shrinks, ``b / R0``; ``b`` where ``R0 < 1``.
    births_cease_at : float
        ``N / K`` at which nobody gives birth.
    litter_least, litter_most : int
    litter_chance : float
        Young per birth: ``least + Binomial(most - least, chance)``.
    female_at_birth : float
    """

    survival: F64
    gives_birth: NDArray[np.bool_]
    birth_probability: float
    birth_probability_at_capacity: float
    births_cease_at: float
    litter_least: int
    litter_most: int
    litter_chance: float
    female_at_birth: float

    @property
    def litter_mean(self) -> float:
        """Young per birth."""
        return self.litter_least + (self.litter_most - self.litter_least) * self.litter_chance

    def birth_probability_at(self, crowding: F64) -> F64:
        """Return the probability of giving birth where numbers over capacity are ``crowding``.

        Linear from ``b`` at 0 through ``b_K`` at 1 to 0 at ``births_cease_at``; the form is that of
        Cullen et al. (2016), doi:10.1371/journal.pone.0167372, whose jaguars breed with 0.50, 0.33
        and 0. ``b_K`` is not a parameter: it follows from the other rates, so that capacity is the
        density at which births make up for natural deaths.
        """
        ends = [0.0, 1.0, self.births_cease_at]
        values = [self.birth_probability, self.birth_probability_at_capacity, 0.0]
        return np.interp(crowding, ends, values)


def vital_rates(life: LifeCycle) -> VitalRates:
    """Return the vital rates of a life cycle as arrays over the ages 0 to longevity."""
    n = int(life.longevity_y.value) + 1
    given = np.asarray(life.survival_by_age.values, np.float64)
    survival = given[np.minimum(np.arange(n), given.size - 1)]
    survival[-1] = 0.0
    ages = np.arange(n)
    gives_birth = (ages >= life.first_birth_y.value) & (ages <= life.last_birth_y.value)
    mean, most = life.litter_mean.value, life.litter_max
    least = 1 if mean >= 1 else 0
    chance = (mean - least) / (most - least) if most > least else 0.0
    b = life.birth_probability.value
    daughters = mean * life.female_at_birth.value
    r0 = b * daughters * float(survivorship(survival)[gives_birth].sum())
    return VitalRates(
        survival=survival,
        gives_birth=gives_birth,
        birth_probability=b,
        birth_probability_at_capacity=b / max(r0, 1.0),
        births_cease_at=life.births_cease_at.value,
        litter_least=least,
        litter_most=most,
        litter_chance=chance,
        female_at_birth=life.female_at_birth.value,
    )


def survivorship(survival: F64) -> F64:
    """Return the probability at birth of reaching each age, ``l[a] = prod_{i < a} s[i]``."""
    return np.concatenate([[1.0], np.cumprod(survival[:-1])])


def leslie_matrix(rates: VitalRates, birth_probability: float | None = None) -> F64:
    """Return the projection matrix of the females, ``[age, age]``.

    ``birth_probability`` stands instead of that at low numbers.
    """
    b = rates.birth_probability if birth_probability is None else birth_probability
    daughters = b * rates.litter_mean * rates.female_at_birth
    n = rates.survival.size
    matrix = np.zeros((n, n))
    matrix[np.arange(1, n), np.arange(n - 1)] = rates.survival[:-1]
    # whoever survives to age a + 1 gives birth there, before the census
    matrix[0, :-1] = rates.survival[:-1] * rates.gives_birth[1:] * daughters
    return matrix


def growth_rate(matrix: F64) -> float:
    """Return the dominant eigenvalue: the yearly growth of numbers in the long run."""
    return float(np.max(np.linalg.eigvals(matrix).real))


def stable_ages(matrix: F64) -> F64:
    """Return the stable age distribution, the dominant right eigenvector, with sum 1."""
    values, vectors = np.linalg.eig(matrix)
    dominant = np.abs(vectors[:, np.argmax(values.real)].real)
    return np.asarray(dominant / dominant.sum())


def generation_y(rates: VitalRates) -> float:
    """Return the mean age of the mothers of a cohort's daughters, ``sum a l m / sum l m``."""
    given = survivorship(rates.survival) * rates.gives_birth
    return float((np.arange(given.size) * given).sum() / given.sum())


def cohort_y(species: Species) -> float:
    """Return the years of births that the dispersers of one moment span.

    Dispersers of today's cohort over this time are dispersers a year. The catalogue derives
    ``population.disperser_share`` as the independent animals of the ages at which the young leave,
    so with a life cycle it is ``leaves_until_y - leaves_from_y``: as many classes of births are
    counted at once. Without one, or where all leave at one age, whoever is counted as a disperser
    is on the way, and by Little's law (1961, Oper. Res. 9:383-387) as many are counted as leave
    within the mean time of dispersal: ``duration_d`` of the sexes by their share of dispersers.

    Returns
    -------
    float
        Years.
    """
    life = species.life_cycle
    if life is not None and life.leaves_until_y.value > life.leaves_from_y.value:
        return life.leaves_until_y.value - life.leaves_from_y.value
    move, female = species.movement, species.population.female_share.value
    weights = [
        share * sex.disperser.share_of_sex.value
        for share, sex in ((female, move.female), (1.0 - female, move.male))
    ]
    if sum(weights) == 0:
        weights = [female, 1.0 - female]
    days = [move.female.disperser.duration_d.value, move.male.disperser.duration_d.value]
    return float(np.average(days, weights=weights)) / DAYS_PER_YEAR
