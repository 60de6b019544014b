"""What follows from a species' numbers: how far it gets, who dies, how numbers grow."""

from __future__ import annotations

import math
from typing import NamedTuple

from corridor_sim.species.traits import Dispersing, Movement, Ranging, Species

DAYS_PER_YEAR = 365.25
# of a Rayleigh distribution, which the distance of a long walk from its start has
MEAN_PER_MEDIAN = math.sqrt(math.pi / 2.0) / math.sqrt(2.0 * math.log(2.0))


class Follows(NamedTuple):
    """One thing that follows, for females and males; ``male`` is empty where it holds for all."""

    what: str
    female: str
    male: str = ""


def free_displacement_m(disperser: Dispersing, movement: Movement) -> float:
    """Return the mean net displacement (metres) of free dispersal over ``duration_d``.

    Mean square of a correlated random walk of ``n`` steps (Kareiva & Shigesada 1983, Oecologia
    56:234; symmetric turning): ``n E[L^2] + 2 E[L]^2 c / (1 - c) (n - (1 - c^n) /
    (1 - c))`` with ``c`` the mean cosine of turning, ``E[L] = k theta``, ``E[L^2] = k (k + 1)
    theta^2``. For many steps the displacement is Rayleigh distributed, with mean ``sqrt(pi) / 2``
    of its root mean square. Rests only change the clock; roosting is left out.
    """
    from scipy.special import ive

    kappa = disperser.turning_kappa.value
    c = math.copysign(float(ive(1, abs(kappa)) / ive(0, abs(kappa))), kappa)
    n = disperser.duration_d.value * movement.steps_per_day
    k, theta = disperser.step_shape.value, disperser.step_scale_m.value
    straight = n * k * (k + 1) * theta**2
    turned = 2 * (k * theta) ** 2 * c / (1 - c) * (n - (1 - c**n) / (1 - c))
    return math.sqrt(math.pi * (straight + turned)) / 2


def daily_displacement_m(resident: Ranging, movement: Movement) -> float:
    """Return the mean straight distance (metres) between a resident's positions a day apart.

    Positions are close to normal, and so is their difference: its mean length is
    ``sqrt(pi MSD) / 2``. Of a range whose size and crossing time are given the mean square
    displacement is ``4 sigma^2 (1 - exp(-1 / tau_d))`` (Dunn & Gipson 1977, Biometrics 33:85), of
    one whose steps are that of :meth:`corridor_sim.species.ranging.Process.displacement_m2`.
    """
    from corridor_sim.species.gaits import process_of

    if not resident.keeps_steps:
        square = -4.0 * resident.sigma_m**2 * math.expm1(-1.0 / resident.tau_d.value)
    else:
        square = float(process_of(movement, resident).displacement_m2(movement.steps_per_day)[-1])
    return math.sqrt(math.pi * square) / 2.0


def tau_of_daily(resident: Ranging, daily_m: float) -> float:
    """Return the range-crossing time in days of a mean straight distance a day; inverse of above.

    Raises
    ------
    ValueError
        Such a range is too small for such a distance.
    """
    most = resident.sigma_m * math.sqrt(math.pi)
    share = (daily_m / most) ** 2
    if share >= 1.0:
        area = resident.home_range_km2.value
        raise ValueError(
            f"a home range of {area:g} km² allows less than {most / 1000:.3g} km a day"
        )
    return -1.0 / math.log1p(-share)


def dying(disperser: Dispersing) -> float:
    """Return the share that dies during dispersal, by its own hazard alone."""
    years = disperser.duration_d.value / DAYS_PER_YEAR
    return -math.expm1(-disperser.hazard_per_year.value * years)


def growth(species: Species) -> float:
    """Return the yearly growth of numbers at low density without people; NaN without a life cycle.

    The dominant eigenvalue of the Leslie matrix, see :mod:`corridor_sim.species.demography`.
    """
    from corridor_sim.species.demography import growth_rate, leslie_matrix, vital_rates

    if species.life_cycle is None:
        return math.nan
    return growth_rate(leslie_matrix(vital_rates(species.life_cycle)))


def follows(species: Species) -> list[Follows]:
    """Return what follows from the numbers of a species, in words."""
    from corridor_sim.species.gaits import crossing_time_d

    movement = species.movement
    both = (movement.female, movement.male)
    day = [daily_displacement_m(s.resident, movement) / 1000 for s in both]
    found = [
        Follows("sigma of the home range", *(f"{s.resident.sigma_m / 1000:.2f} km" for s in both)),
        Follows(
            "crossing time, by steps and range",
            *(f"{crossing_time_d(movement, s.resident):.3g} days" for s in both),
        ),
        Follows("mean straight distance a day apart", *(f"{d:.2f} km" for d in day)),
    ]
    if species.soaring is None:
        free = [free_displacement_m(s.disperser, movement) / 1000 for s in both]
        found.append(
            Follows("mean free displacement of a disperser", *(f"{f:.3g} km" for f in free))
        )
    found.append(Follows("die during dispersal", *(f"{dying(s.disperser):.0%}" for s in both)))
    if species.life_cycle is not None:
        found.append(Follows("growth a year at low numbers, lambda", f"{growth(species):.3f}"))
    return found
