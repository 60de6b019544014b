"""What a fit is asked for, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from corridor_sim.errors import ScenarioError, shown
from corridor_sim.telemetry.clock import DATES, Dates
from corridor_sim.telemetry.rhythm import minutes_of
from corridor_sim.telemetry.terms import split_terms

Attract = Literal["proposal", "term", "both", "none"]
ATTRACTIONS: tuple[Attract, ...] = ("proposal", "term", "both", "none")
HoldOut = Literal["animals", "months", "none"]
HOLD_OUTS: tuple[HoldOut, ...] = ("animals", "months", "none")
STATES = ("auto", "1", "2", "3")
MOST_RANDOM = 1000
ALL_OF_SCENARIO, NO_COVARIATES = "all", "none"


class Reading(TypedDict):
    """How tracks are read."""

    crs: str | None
    time_zone: str | None
    hours_in: str | None
    dates: Dates | None
    columns: Mapping[str, str] | None
    animals: Sequence[str] | None
    max_speed_ms: float | None
    still_m: float
    one_animal: Sequence[str]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How tracks are read and fitted.

    Attributes
    ----------
    interval_min, tolerance_min : float or None
        Nominal interval of fixes and how far one may lie from it; found in the data without them.
    crs, time_zone : str or None
        Of files that do not say it themselves.
    hours_in : str or None
        Zone in which hours of the day are told.
    dates : {"day-first", "month-first"} or None
        How dates such as 3/4/2020 are meant.
    columns : mapping or None
        Names of columns by what they hold: ``x``, ``y``, ``time``, ``animal``, ``error``, ``dop``.
    animals : tuple of str or None
        Those that are read.
    max_speed_ms : float or None
        A fix that is reached and left faster is dropped.
    still_m : float
        Who stays within so many metres never moves.
    one_animal : tuple of str
        Names that are one collar each, whatever their places look like.
    covariates : tuple of str or None
        Terms of step selection, with the raster of a covariate behind ``=`` where the scenario has
        none; None takes every covariate that the scenario declares.
    random : int
        Random steps beside each that was taken.
    attraction : {"proposal", "term", "both", "none"}
        Whether random steps are drawn towards the centre of the animal's range, the distance from
        it is a term, both, or neither.
    states : int or None
        Behavioural states; None takes the number with the lowest BIC.
    sex_from : str or None
        A column of the tracks, or a CSV of individuals.
    dispersers : bool
        Whether steps of animals without a range become those of dispersers.
    hold_out : {"animals", "months", "none"}
        What is predicted from the rest.
    seed : int
    """

    interval_min: float | None = None
    tolerance_min: float | None = None
    crs: str | None = None
    time_zone: str | None = None
    hours_in: str | None = None
    dates: Dates | None = None
    columns: Mapping[str, str] | None = None
    animals: tuple[str, ...] | None = None
    max_speed_ms: float | None = None
    still_m: float = 30.0
    one_animal: tuple[str, ...] = ()
    covariates: tuple[str, ...] | None = None
    random: int = 50
    attraction: Attract = "proposal"
    states: int | None = None
    sex_from: str | None = None
    dispersers: bool = False
    hold_out: HoldOut = "none"
    seed: int = 1

    def reading(self) -> Reading:
        """Return what :func:`corridor_sim.telemetry.reading.read_tracks` is asked."""
        return Reading(
            crs=self.crs,
            time_zone=self.time_zone,
            hours_in=self.hours_in,
            dates=self.dates,
            columns=self.columns,
            animals=self.animals,
            max_speed_ms=self.max_speed_ms,
            still_m=self.still_m,
            one_animal=self.one_animal,
        )

    def words(self) -> list[str]:
        """Return the options of a command that differ from what it takes without them."""
        given: dict[str, str | None] = {
            "--interval": _minutes(self.interval_min),
            "--tolerance": _minutes(self.tolerance_min),
            "--crs": self.crs,
            "--time-zone": self.time_zone,
            "--hours-in": self.hours_in,
            "--dates": self.dates,
            "--columns": None
            if self.columns is None
            else ",".join(f"{what}={name}" for what, name in self.columns.items()),
            "--animals": None if self.animals is None else ",".join(self.animals),
            "--max-speed-ms": None if self.max_speed_ms is None else f"{self.max_speed_ms:g}",
            "--still-m": None if self.still_m == 30.0 else f"{self.still_m:g}",
            "--one-animal": ",".join(self.one_animal),
            "--covariates": _joined(self.covariates),
            "--random": None if self.random == 50 else str(self.random),
            "--attraction": None if self.attraction == "proposal" else self.attraction,
            "--states": None if self.states is None else str(self.states),
            "--sex-from": self.sex_from,
            "--hold-out": None if self.hold_out == "none" else self.hold_out,
            "--seed": None if self.seed == 1 else str(self.seed),
        }
        words = [word for name, value in given.items() if value for word in (name, value)]
        return [*words, *(["--dispersers"] if self.dispersers else [])]


def _minutes(minutes: float | None) -> str | None:
    return None if minutes is None else f"{minutes:g}min"


def _joined(terms: tuple[str, ...] | None) -> str | None:
    return None if terms is None else ",".join(terms) or NO_COVARIATES


def settings_of(
    *,
    interval: str | float | None = None,
    tolerance: str | float | None = None,
    crs: str | None = None,
    time_zone: str | None = None,
    hours_in: str | None = None,
    dates: str | None = None,
    columns: str | Mapping[str, str] | None = None,
    animals: Sequence[str] | None = None,
    max_speed_ms: float | None = None,
    still_m: float = 30.0,
    one_animal: Sequence[str] | None = None,
    covariates: str | Sequence[str] | None = None,
    random: int = 50,
    attraction: str = "proposal",
    states: str | int = "auto",
    sex_from: str | None = None,
    dispersers: bool = False,
    hold_out: str = "none",
    seed: int = 1,
) -> FitSettings:
    """Return checked settings out of what people write.

    Raises
    ------
    ScenarioError
        In one line: option, value and remedy.
    """
    if str(states) not in STATES:
        raise ScenarioError(f"{shown(states)}", where="--states", remedy="give auto, 1, 2 or 3")
    if attraction not in ATTRACTIONS:
        raise ScenarioError(
            f"{shown(attraction)}", where="--attraction", remedy=f"give {', '.join(ATTRACTIONS)}"
        )
    if hold_out not in HOLD_OUTS:
        raise ScenarioError(
            f"{shown(hold_out)}", where="--hold-out", remedy=f"give {', '.join(HOLD_OUTS)}"
        )
    for name, value, most in (("--random", random, MOST_RANDOM), ("--seed", seed, 2**63 - 1)):
        low = 1 if name == "--random" else 0
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= most:
            raise ScenarioError(f"{shown(value)}", where=name, remedy=f"give {low} to {most:,}")
    if dates is not None and dates not in DATES:
        remedy = f"give {' or '.join(DATES)}"
        raise ScenarioError(f"{shown(dates)}", where="--dates", remedy=remedy)
    every = None if interval is None else minutes_of(interval, "--interval")
    within = None if tolerance is None else minutes_of(tolerance, "--tolerance")
    if every is not None and within is not None and within >= every / 2:
        raise ScenarioError(
            f"{within:g} min is half of the interval of {every:g} min or more",
            where="--tolerance",
            remedy=f"give less than {every / 2:g}min, or a tenth of the interval",
        )
    return FitSettings(
        interval_min=every,
        tolerance_min=within,
        crs=crs,
        time_zone=time_zone,
        hours_in=hours_in,
        dates=next((one for one in DATES if one == dates), None),
        columns=_columns(columns),
        animals=None if animals is None else tuple(animals),
        max_speed_ms=max_speed_ms,
        still_m=still_m,
        one_animal=tuple(one_animal or ()),
        covariates=_terms(covariates),
        random=random,
        attraction=next(one for one in ATTRACTIONS if one == attraction),
        states=None if str(states) == "auto" else int(states),
        sex_from=sex_from,
        dispersers=dispersers,
        hold_out=next(one for one in HOLD_OUTS if one == hold_out),
        seed=seed,
    )


def _columns(given: str | Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return columns by what they hold, out of ``x=LON,y=LAT``."""
    if given is None or isinstance(given, Mapping):
        return given
    found = {}
    for part in given.split(","):
        what, equals, name = part.partition("=")
        if not equals:
            raise ScenarioError(
                f"{shown(part)} names no column", where="--columns", remedy="as x=Long,y=Lat"
            )
        found[what.strip()] = name.strip()
    return found


def _terms(given: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if given is None or given == ALL_OF_SCENARIO:
        return None
    terms = split_terms(given) if isinstance(given, str) else given
    named = tuple(dict.fromkeys(one.strip() for one in terms if one.strip()))
    return () if named == (NO_COVARIATES,) else named
