"""The schema of a species file: every number with its unit, plausible range, source, confidence.

Species differ in these data and nowhere else. A name carries its unit as suffix. Confidence is
1 measured in the region, 2 same species elsewhere, 3 related species, 4 expert assumption.
"""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from corridor_sim.glance import Glance, Rows
from corridor_sim.languages import current, in_sentence
from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.species.predictor import OwnMaps, Predictor
from corridor_sim.species.quantity import (
    AnyNumber,
    Cited,
    Concentration,
    NotNegative,
    Positive,
    Probability,
    Trait,
)
from corridor_sim.toml.strict import Line, Strict, refuse_each

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
Curve = tuple[tuple[float, float], ...]
# a factor of e^5 a standard deviation, and all the way between the two ends of turning_kappa
MOST_LOG_VARIANCE, MOST_KAPPA_VARIANCE = 25.0, 2500.0


class Resistance(Cited):
    """Resistance 1 (free) to 100 (near-barrier) of every land cover, with one source.

    Attributes
    ----------
    values : mapping of land cover to float
        By key of the landscape's table; every land cover that is on the map must be there, which
        is checked when the species meets the landscape.
    """

    values: dict[str, Annotated[float, Field(ge=1, le=100)]] = Field(min_length=1)


class Response(Cited):
    """Suitability 0..1 along one gradient, linear between the points given.

    Attributes
    ----------
    points : list of (x, y)
        Rising along the gradient.
    """

    points: Curve = Field(min_length=2)

    @field_validator("points")
    @classmethod
    def _rising(cls, points: Curve) -> Curve:
        xs = [p[0] for p in points]
        if any(b <= a for a, b in itertools.pairwise(xs)):
            raise ValueError("points must rise along the gradient")
        if any(not 0 <= p[1] <= 1 for p in points):
            raise ValueError("suitability must lie in 0 to 1")
        return points


LonLat = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]


class Residence(Cited):
    """Where the species is not at home, whatever the habitat.

    Attributes
    ----------
    crossed_only : tuple of str
        Land covers that it crosses but does not live in.
    absent_lonlat : tuple of rings of (lon, lat)
        Ground where it is known or taken to be absent; the rest of the world is left to habitat.
    """

    crossed_only: tuple[str, ...] = ()
    absent_lonlat: tuple[Annotated[tuple[LonLat, ...], Field(min_length=3)], ...] = ()


class Habitat(Strict):
    """What the species selects.

    Selection strength is ``R^-b * C^g * town * gap * exp(slope_effect * slope)`` with ``R`` the
    resistance of the cover and ``C`` the climate (and elevation) response. A species that sees maps
    of the user's own alone needs no resistance of covers.
    """

    resistance: Resistance | None = None
    temperature_c: Response | None = None
    elevation_m: Response | None = None
    resistance_exponent: NotNegative
    climate_exponent: NotNegative
    slope_effect_per_deg: AnyNumber
    settlement_half_m: NotNegative
    road_half_m: NotNegative
    gap_half_m: NotNegative
    cover_max_resistance: Positive
    seasonal_shift_m: AnyNumber
    suitable_from: Probability
    residence: Residence | None = None


class Spread(Strict):
    """How parameters differ together: a covariance on the working scale.

    The working scale is the natural logarithm, but for ``turning_kappa``, which can be negative,
    the number itself.

    Attributes
    ----------
    parameters : tuple of str
        Names of traits beside this table.
    covariance : matrix of float
        In the order of ``parameters``; symmetric, without negative eigenvalues.
    """

    parameters: tuple[str, ...] = Field(min_length=1, max_length=16)
    covariance: tuple[tuple[float, ...], ...]

    @model_validator(mode="after")
    def _is_covariance(self) -> Spread:
        n = len(self.parameters)
        if len(set(self.parameters)) < n:
            raise ValueError("names a parameter twice")
        if len(self.covariance) != n or any(len(row) != n for row in self.covariance):
            raise ValueError(f"covariance must have {n} rows of {n} numbers, one a parameter")
        import numpy as np  # most species have no such table, and reading one stays light

        matrix = np.array(self.covariance)
        if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=0):
            raise ValueError("covariance must be symmetric")
        values = np.linalg.eigvalsh(matrix)
        if values[0] < -1e-9 * max(values[-1], 1e-300):
            raise ValueError("covariance has a negative eigenvalue: no such spread exists")
        for name, row, k in zip(self.parameters, self.covariance, range(n), strict=True):
            most = MOST_KAPPA_VARIANCE if name == "turning_kappa" else MOST_LOG_VARIANCE
            if row[k] > most:
                raise ValueError(
                    f"covariance of {name} with itself is {row[k]:g}, more than {most:g}: it is "
                    "the square of a standard deviation, of the natural logarithm but for "
                    "turning_kappa"
                )
        return self


class BehaviouralState(Strict):
    """One way of moving, such as encamped or travelling, and what follows it.

    Attributes
    ----------
    name : str
        By which the others call it.
    step_shape, step_scale_m, turning_kappa : Trait
        Gamma of its steps, signed concentration of its turns.
    to : mapping of name to float
        Probability of each state at the next decision step, this one included; they sum to one.
    """

    name: Line
    step_shape: Positive
    step_scale_m: Positive
    turning_kappa: Concentration
    to: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=1)


class Steps(Strict):
    """What steps look like: one gamma and von Mises, or one of each a behavioural state.

    Attributes
    ----------
    states : tuple of BehaviouralState
        None, or two and more. The numbers beside them then tell of all steps together and move
        nobody.
    between, uncertainty : Spread or None
        Between animals, each of which then has parameters of its own; and of the estimates.
    """

    step_shape: Positive
    turning_kappa: Concentration
    states: tuple[BehaviouralState, ...] = Field(default=(), max_length=8)
    between: Spread | None = None
    uncertainty: Spread | None = None

    @model_validator(mode="after")
    def _chain(self) -> Steps:
        names = [one.name for one in self.states]
        if len(names) == 1 or len(set(names)) < len(names):
            raise ValueError("states must be two or more, each with a name of its own")
        for one in self.states:
            unknown = sorted(set(one.to) - set(names))
            if unknown:
                raise ValueError(f"state {one.name} leads to {unknown[0]}, which is no state")
            total = math.fsum(one.to.values())
            if abs(total - 1) > 1e-6:
                raise ValueError(f"what follows state {one.name} sums to {total:g}, not to 1")
        if names and not _connected(self.chain):
            raise ValueError("some state is never reached, or never left, by way of the others")
        return self

    @model_validator(mode="after")
    def _spreads_known_traits(self) -> Steps:
        for what in ("between", "uncertainty"):
            spread = getattr(self, what)
            for name in spread.parameters if spread else ():
                if not isinstance(getattr(self, name, None), Trait):
                    raise ValueError(f"{what}: {name} is no trait of this table that has a value")
                if name != "turning_kappa" and getattr(self, name).value <= 0:
                    raise ValueError(f"{what}: {name} is 0, which has no logarithm")
        return self

    @property
    def chain(self) -> tuple[tuple[float, ...], ...]:
        """Probability of each state after each, ``[B, B]``; of one if there are none."""
        if not self.states:
            return ((1.0,),)
        rows = [[one.to.get(other.name, 0.0) for other in self.states] for one in self.states]
        return tuple(tuple(p / math.fsum(row) for p in row) for row in rows)


def _connected(chain: tuple[tuple[float, ...], ...]) -> bool:
    """Return whether every state leads to every other."""

    def reached(start: int) -> set[int]:
        found, new = {start}, {start}
        while new:
            new = {j for i in new for j, p in enumerate(chain[i]) if p > 0} - found
            found |= new
        return found

    return all(len(reached(i)) == len(chain) for i in range(len(chain)))


class Ranging(Steps):
    """A resident's movement: 95 % home range, range-crossing time, steps.

    With ``step_scale_m``, or with states, steps and turns are kept as they are given, and the
    crossing time follows from them and from the range (:mod:`corridor_sim.species.ranging`);
    ``tau_d`` then only tells what was measured. Without, only ``step_shape`` and ``turning_kappa``
    tell of the steps, and range and crossing time set their length.
    """

    home_range_km2: Positive
    tau_d: Positive
    step_scale_m: Positive | None = None

    @property
    def sigma_m(self) -> float:
        """Per-axis standard deviation of the range: ``A95 = 5.991 pi sigma^2`` (metres)."""
        area_m2 = self.home_range_km2.value * 1e6
        return math.sqrt(area_m2 / (5.991 * math.pi))

    @property
    def keeps_steps(self) -> bool:
        """Whether lengths of steps are given, and not derived from range and crossing time."""
        return bool(self.states) or self.step_scale_m is not None


class Dispersing(Steps):
    """A disperser's movement without attraction: gamma steps and directional persistence."""

    step_scale_m: Positive
    share_of_sex: Probability
    duration_d: Positive
    hazard_per_year: NotNegative


class Sexed(Strict):
    """Everything that differs between the sexes."""

    resident: Ranging
    disperser: Dispersing


class Movement(Strict):
    """The species' clock and candidates.

    Attributes
    ----------
    step_h, step_min : int
        Time that a step stands for, in hours or in minutes: one of the two.
    day_start_h : int
        Hour of the day at which its first step starts.
    steps_per_day : int
        Steps of a day; the rest of it is slept through.
    candidates : int
        Places among which a step chooses.
    activity : list of 24 float
        Relative movement by hour of the day: an animal goes so far in each.
    estimates : {"fixed", "drawn"}
        Whether all replicates of a run of days have the values given, or each draws its own from
        the tables of ``uncertainty``, the same in every scenario.
    """

    step_h: Literal[1, 2, 3, 4, 6, 8, 12, 24] | None = None
    step_min: int | None = Field(default=None, ge=1, le=1440)
    day_start_h: int = Field(ge=0, le=23)
    steps_per_day: int = Field(ge=1, le=1440)
    candidates: int = Field(ge=1, le=200)
    activity: tuple[float, ...] = Field(min_length=24, max_length=24)
    rest_probability: Probability
    estimates: Literal["fixed", "drawn"] = "fixed"
    female: Sexed
    male: Sexed

    @model_validator(mode="after")
    def _fits_in_a_day(self) -> Movement:
        if (self.step_h is None) == (self.step_min is None):
            raise ValueError("give one of step_h and step_min")
        by = "step_h" if self.step_h is not None else "step_min"
        problems = {
            f"steps_per_day times {by} must not exceed 24 h": self.step_minutes * self.steps_per_day
            > 1440,
            "activity must not be negative, nor zero all day": min(self.activity) < 0
            or max(self.activity) <= 0,
        }
        refuse_each(told for told, is_so in problems.items() if is_so)
        return self

    @property
    def step_minutes(self) -> int:
        """Time that a step stands for, in minutes."""
        return self.step_min if self.step_min is not None else 60 * (self.step_h or 0)


class Barriers(Strict):
    """Probability that an encounter ends in a crossing, by barrier, and what an encounter is.

    What came of an encounter holds for the animal, in both directions, for ``memory_d`` days in
    the mean and over a stretch of ``memory_m``; see :mod:`corridor_sim.kernels.crossing`.
    """

    road_primary: Probability
    road_secondary: Probability
    river_50_300m: Probability
    river_over_300m: Probability
    settlement: Probability
    memory_d: NotNegative
    memory_m: NotNegative


class Mortality(Strict):
    """Hazards. Human ones follow what the animal meets, see :mod:`corridor_sim.species.fields`."""

    natural_per_year: NotNegative
    hunting_outside_per_year: NotNegative
    hunting_inside_per_year: NotNegative
    road_primary_per_day: NotNegative
    road_secondary_per_day: NotNegative
    poison_per_year: NotNegative


class Population(Strict):
    """Density in suitable habitat, sex ratio."""

    density_per_100km2: Positive
    female_share: Probability
    disperser_share: Probability


class Soaring(Strict):
    """Numbers of an animal that flies on rising air.

    Attributes
    ----------
    lift_samples : int
        Points along a way at which it feels the lift.
    thermal_by_hour : list of 24 float
        Relative strength of thermals by hour of the day.
    """

    lift_samples: int = Field(ge=1, le=64)
    sink_ms: Positive
    floor: Probability
    climb_ceiling_m: NotNegative
    glide_ratio: Positive
    airspeed_ms: Positive
    takeoff_flap_s: NotNegative
    thermal_by_hour: tuple[float, ...] = Field(min_length=24, max_length=24)
    roost_return: Probability
    roost_reach_m: Positive


class CommonName(Strict):
    """What people call a species in a language, as it stands inside a sentence.

    Attributes
    ----------
    one, many : str
        "oso andino", "osos andinos".
    """

    one: Line
    many: Line


class Species(Glance, Strict):
    """One species: everything the model needs to know of it.

    Attributes
    ----------
    key : str
        Word by which scenarios call it.
    name, scientific_name : str
        For people; the name in English.
    names : mapping of language to CommonName, optional
        Its names in other languages, by code: ``es``, or ``es_PE`` where a country has its own.
    colour : str
        Of its figures, ``#rrggbb``.
    summary : str
        What it is and why it is here, in a sentence.
    selection, settlement : Predictor or None
        Linear predictors of covariates: of steps, and of where it lives; without the latter the
        first serves both.
    own_maps : OwnMaps or None
        Covariates of the landscape that are its ready maps of suitability and resistance.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    name: Line
    scientific_name: Line
    names: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")], CommonName] | None = (
        None
    )
    colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    summary: str
    habitat: Habitat
    movement: Movement
    barriers: Barriers
    mortality: Mortality
    population: Population
    soaring: Soaring | None = None
    life_cycle: LifeCycle | None = None
    selection: Predictor | None = None
    settlement: Predictor | None = None
    own_maps: OwnMaps | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Species:
        maps = self.own_maps or OwnMaps()
        if maps.resistance is not None and self.selection is not None:
            raise ValueError("steps have two origins, resistance and selection: leave one out")
        if maps.suitability is not None and self.settlement is not None:
            raise ValueError("homes have two origins, suitability and settlement: leave one out")
        return self

    @property
    def common_name(self) -> str:
        """Its name in the current language, as a title; the English one where it has none."""
        own = self._name_here()
        return self.name if own is None else own.one[:1].upper() + own.one[1:]

    @property
    def common_names(self) -> str:
        """Its name in the plural and in the current language, as it stands inside a sentence."""
        own = self._name_here()
        return f"{in_sentence(self.name)}s" if own is None else own.many

    def _name_here(self) -> CommonName | None:
        names, code = self.names or {}, current().code
        return names.get(code) or names.get(code.partition("_")[0])

    def _glance(self) -> tuple[str, Rows]:
        sexes = ("female", self.movement.female), ("male", self.movement.male)
        areas = [f"{s.resident.home_range_km2.value:g} km² ({sex})" for sex, s in sexes]
        days = [f"{s.disperser.duration_d.value:g} days ({sex})" for sex, s in sexes]
        density = self.population.density_per_100km2.value
        return f"{self.name} ({self.scientific_name})", [
            ("key", self.key),
            ("home range, 95 %", ", ".join(areas)),
            ("dispersal lasts", ", ".join(days)),
            ("density", f"{density:g} per 100 km² of good habitat"),
            ("moves", "soaring on rising air" if self.soaring else "on the ground"),
            ("life cycle", "yes" if self.life_cycle else "no"),
        ]
