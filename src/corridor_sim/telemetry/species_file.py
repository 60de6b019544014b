"""A species file out of what was fitted: what tracks say replaces what the file said before.

What tracks cannot say (habitat without covariates, mortality, population) stays as it was. Numbers
are those of the population that the animals stand for; every trait gets its standard error and, as
``low`` and ``high``, the 95 % interval of the population's value, not the range of its animals,
which the table ``between`` holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.species.traits import MOST_KAPPA_VARIANCE, MOST_LOG_VARIANCE
from corridor_sim.species.writing import commented

SEXES = ("female", "male")
MINUTES_A_DAY = 1440
# of a species file: measured in the region, and of the same species elsewhere
HERE, ELSEWHERE = 1, 2
# digits that are written: more than any standard error has, few enough to read
DIGITS = 6
# digits of covariances, which rounding must not leave with a negative eigenvalue
EXACT = 14
# standard deviation on the working scale below which a search ended at 0
LEAST_SPREAD = 1e-4


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of the population.

    Attributes
    ----------
    value : float
        In the unit of the trait.
    se : float
        Standard error, in the same unit; NaN where there is none.
    low, high : float
        95 % interval of the value.
    """

    value: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance on the working scale: natural logarithm, identity for concentrations.

    Attributes
    ----------
    parameters : tuple of str
        Names of traits, in the order of rows and columns.
    matrix : ndarray ``[n, n]``, float64
    """

    parameters: tuple[str, ...]
    matrix: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StateNumbers:
    """One behavioural state.

    Attributes
    ----------
    name : str
    numbers : mapping of trait to Estimate
        ``step_shape``, ``step_scale_m`` and ``turning_kappa``.
    to : mapping of state to float
        Chances to be in each state at the next step; they sum to one.
    """

    name: str
    numbers: Mapping[str, Estimate]
    to: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ResidentNumbers:
    """What was fitted of residents of one sex, or of both.

    Attributes
    ----------
    numbers : mapping of trait to Estimate
        Of ``home_range_km2``, ``tau_d``, ``step_shape``, ``step_scale_m``, ``turning_kappa``: those
        that could be told.
    states : tuple of StateNumbers
        Two or more, or none.
    between : Covariance or None
        Of animals.
    uncertainty : Covariance or None
        Of the estimated means.
    of_whom : str
        Animals and fixes, in words.
    """

    numbers: Mapping[str, Estimate]
    states: tuple[StateNumbers, ...] = ()
    between: Covariance | None = None
    uncertainty: Covariance | None = None
    of_whom: str = ""


@dataclass(frozen=True, slots=True)
class SpeciesNumbers:
    """All that a fit says of a species.

    Attributes
    ----------
    step_min : int
        Minutes of a step.
    day_start_h : int
        Hour at which the first step of a day starts.
    activity : tuple of 24 float
        Relative movement by hour.
    residents : mapping of sex to ResidentNumbers
    dispersers : mapping of sex to mapping of trait to Estimate
        ``step_shape``, ``step_scale_m``, ``turning_kappa`` of animals without a range.
    rest : Estimate or None
        Chance to stay where it is for a step.
    selection : mapping or None
        The section ``[selection]`` as a species file has it.
    barriers : mapping of trait to Estimate
        Chances to cross.
    source : str
        What stands in ``source`` of every trait: data, digest and command.
    confidence : int
        1 of animals of the region, 2 of others.
    """

    step_min: int
    day_start_h: int
    activity: tuple[float, ...]
    residents: Mapping[str, ResidentNumbers]
    dispersers: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    rest: Estimate | None = None
    selection: Mapping[str, Any] | None = None
    barriers: Mapping[str, Estimate] = field(default_factory=dict)
    source: str = ""
    confidence: int = ELSEWHERE

    @property
    def steps_per_day(self) -> int:
        """Steps of a day: as many as fit."""
        return MINUTES_A_DAY // self.step_min


def species_data(base: Mapping[str, Any], found: SpeciesNumbers) -> dict[str, Any]:
    """Return a species' plain data with what was fitted in the place of what was there.

    Parameters
    ----------
    base : mapping
        A species as ``model_dump(mode="json", exclude_none=True)`` gives it; not changed.
    found : SpeciesNumbers

    Returns
    -------
    dict
        In the order of the schema.
    """
    movement = _movement(base["movement"], found)
    data = {**base, "movement": movement}
    data["barriers"] = {
        **base["barriers"],
        **{name: trait(one, found) for name, one in found.barriers.items()},
    }
    if found.selection is not None:
        data["selection"] = dict(found.selection)
        # coefficients and ready maps would be two origins of the same steps
        data.pop("own_maps", None)
        data.pop("settlement", None)
    return data


def _movement(base: Mapping[str, Any], found: SpeciesNumbers) -> dict[str, Any]:
    kept = {k: v for k, v in base.items() if k not in ("step_h", "step_min", *SEXES)}
    before = kept["steps_per_day"]
    kept.update(
        day_start_h=found.day_start_h,
        steps_per_day=found.steps_per_day,
        activity=[rounded(one) for one in found.activity],
    )
    if found.rest is not None:
        kept["rest_probability"] = trait(found.rest, found)
    made: dict[str, Any] = {"step_min": found.step_min, **kept}
    for sex in SEXES:
        resident = _resident(base[sex]["resident"], found, sex)
        disperser = _disperser(base[sex]["disperser"], found, sex, before)
        made[sex] = {"resident": resident, "disperser": disperser}
    return made


def _resident(base: Mapping[str, Any], found: SpeciesNumbers, sex: str) -> dict[str, Any]:
    one = found.residents.get(sex)
    if one is None:
        return dict(base)
    fitted = {name: trait(number, found, one.of_whom) for name, number in one.numbers.items()}
    # what belongs to steps of another length, or to other animals, does not stay beside them
    of_base = ("home_range_km2", "tau_d", "step_shape", "turning_kappa")
    made: dict[str, Any] = {name: base[name] for name in of_base}
    made.update(fitted)
    if one.states:
        made["states"] = [_state(state, found, one.of_whom) for state in one.states]
    for name, table in (("between", one.between), ("uncertainty", one.uncertainty)):
        if table is not None:
            made[name] = covariance(table)
    return made


def _state(state: StateNumbers, found: SpeciesNumbers, of_whom: str) -> dict[str, Any]:
    numbers = {name: trait(one, found, of_whom) for name, one in state.numbers.items()}
    return {"name": state.name, **numbers, "to": _chances(state.to)}


def _chances(to: Mapping[str, float]) -> dict[str, float]:
    """Return chances to six digits that still sum to one."""
    made = {name: round(float(chance), DIGITS) for name, chance in to.items()}
    largest = max(made, key=lambda name: made[name])
    rest = math.fsum(value for name, value in made.items() if name != largest)
    made[largest] = round(1.0 - rest, DIGITS)
    return made


def _disperser(
    base: Mapping[str, Any], found: SpeciesNumbers, sex: str, before: int
) -> dict[str, Any]:
    """Return a disperser with fitted steps, or with the former ones told for the new step.

    A walk of n steps a day gets, a day, as far as ``n scale^2`` says, whatever its shape and turns
    (Kareiva & Shigesada 1983, Oecologia 56:234, the mean square displacement of many steps): with
    other steps a day the scale goes with the square root of their ratio.
    """
    fitted = found.dispersers.get(sex)
    if fitted:
        return {**base, **{name: trait(one, found) for name, one in fitted.items()}}
    if before == found.steps_per_day:
        return dict(base)
    ratio = math.sqrt(before / found.steps_per_day)
    scale = dict(base["step_scale_m"])
    for name in ("value", "low", "high"):
        scale[name] = rounded(scale[name] * ratio)
    if "se" in scale:
        scale["se"] = rounded(scale["se"] * ratio)
    scale["source"] = (
        f"{scale['source']}; times {ratio:.4g} for {found.steps_per_day} steps a day instead of "
        f"{before}, by which it gets as far in a day"
    )
    return {**base, "step_scale_m": scale}


def trait(one: Estimate, found: SpeciesNumbers, of_whom: str = "") -> dict[str, Any]:
    """Return an estimate as a trait of a species file."""
    made: dict[str, Any] = {
        "value": rounded(one.value),
        "low": rounded(min(one.low, one.value)),
        "high": rounded(max(one.high, one.value)),
    }
    if math.isfinite(one.se):
        made["se"] = rounded(one.se)
    source = f"{of_whom}; {found.source}" if of_whom else found.source
    made.update(source=source, confidence=found.confidence)
    return made


def covariance(one: Covariance) -> dict[str, Any]:
    """Return a covariance as a table of a species file; what hardly spreads does not at all."""
    size = np.maximum(np.diagonal(one.matrix), 0.0)
    most = [
        MOST_KAPPA_VARIANCE if n == "turning_kappa" else MOST_LOG_VARIANCE for n in one.parameters
    ]
    # what is as good as unknown is told by its standard error, and is no spread to draw from
    spread = (np.sqrt(size) >= LEAST_SPREAD) & (size <= most)
    matrix = np.where(np.outer(spread, spread), (one.matrix + one.matrix.T) / 2.0, 0.0)
    return {
        "parameters": list(one.parameters),
        "covariance": [[float(f"{value:.{EXACT}g}") for value in row] for row in matrix],
    }


def rounded(value: float) -> float:
    """Return a number to so many digits as are written.

    >>> rounded(71.23456789), rounded(0.0)
    (71.2346, 0.0)
    """
    return float(f"{value:.{DIGITS}g}")


def species_text(data: Mapping[str, Any], head: Sequence[str]) -> str:
    """Return a fitted species as the text of its file, with a head for people."""
    return commented(data, list(_head(str(data["name"]), head)))


def _head(name: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{name}: a species of corridor_sim, fitted to tracks of collared animals."
    yield ""
    yield from lines
    yield ""
    yield "low and high of what was fitted are the 95 % interval of the population's value, se its"
    yield "standard error; how animals differ stands in the tables named between."
    yield "Confidence: 1 measured in the region, 2 same species elsewhere, 3 related species,"
    yield "4 assumption."
