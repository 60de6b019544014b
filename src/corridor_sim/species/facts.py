"""What a field ecologist knows of a species, brought to the numbers of a species file.

Whatever is not given is derived from what is, by a stated rule, or stays a placeholder. A given
number counts as unsourced (confidence 4) until its source is written down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from corridor_sim.errors import SpeciesError, nearest
from corridor_sim.species.follows import MEAN_PER_MEDIAN, free_displacement_m, tau_of_daily
from corridor_sim.species.traits import Dispersing, Movement, Ranging

# home range in hectares of M grams of body mass, a M^b (Harestad & Bunnell 1979, Ecology 60:389,
# mammals of North America; recalled)
DIETS = {"herbivore": (0.002, 1.02), "omnivore": (0.059, 0.92), "carnivore": (0.11, 1.36)}
# median dispersal distance over the square root of the home range (Bowman, Jaeger & Fahrig 2002,
# Ecology 83:2049, mammals; recalled)
MEDIAN_DISPERSAL = 7.0
# animals within the radius in which they compete
COMPANY = 20.0
# sources of what nobody has said yet begin so
PLACEHOLDER = "placeholder"
QUIET, RESISTANT, OTHERWISE = 0.2, 100.0, 12.0
RHYTHMS: Mapping[str, Callable[[int], bool]] = {
    "always": lambda hour: True,
    "day": lambda hour: 6 <= hour < 18,
    "night": lambda hour: not 6 <= hour < 18,
    "twilight": lambda hour: hour in (4, 5, 6, 7, 17, 18, 19, 20),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a species; None where it is not.

    Attributes
    ----------
    mass_kg : float
        Body mass of an adult; gives the home range where that is not known.
    diet : str
        A key of :data:`DIETS`, for the same.
    home_range_km2, male_home_range_km2 : float
        95 % home range of adult females, and of males where it differs.
    density_per_100km2 : float
        Independent animals per 100 km² of good habitat.
    daily_km : float
        Mean straight distance between positions a day apart, of residents.
    dispersal_km : float
        Median straight distance between where an animal is born and where it settles.
    dispersal_days : float
        Mean days on the way.
    adult_survival : float
        Share of adults that survives a year without people.
    active : str
        A key of :data:`RHYTHMS`.
    lives_in, avoids : tuple of str
        Land covers with the resistance 1, and those with the resistance 100.
    elevation_m : (float, float)
        Heights between which it lives.
    first_birth_y, longevity_y, litter, birth_interval_y : float
        Of the life cycle: age of females at their first birth, greatest age, young per birth, years
        between births.
    """

    mass_kg: float | None = None
    diet: str | None = None
    home_range_km2: float | None = None
    male_home_range_km2: float | None = None
    density_per_100km2: float | None = None
    daily_km: float | None = None
    dispersal_km: float | None = None
    dispersal_days: float | None = None
    adult_survival: float | None = None
    active: str | None = None
    lives_in: tuple[str, ...] | None = None
    avoids: tuple[str, ...] | None = None
    elevation_m: tuple[float, float] | None = None
    first_birth_y: float | None = None
    longevity_y: float | None = None
    litter: float | None = None
    birth_interval_y: float | None = None


# bounds of single numbers; what they do to others is checked with the species
_LIMITS = {
    "mass_kg": (0.001, 1e6),
    "home_range_km2": (1e-4, 1e6),
    "male_home_range_km2": (1e-4, 1e6),
    "density_per_100km2": (1e-4, 1e7),
    "daily_km": (1e-3, 1000.0),
    "dispersal_km": (1e-2, 1e4),
    "dispersal_days": (1.0, 3650.0),
    "adult_survival": (0.01, 0.9999),
    "first_birth_y": (1.0, 60.0),
    "longevity_y": (1.0, 120.0),
    "litter": (0.01, 30.0),
    "birth_interval_y": (1.0, 20.0),
}
_WORDS = {"diet": DIETS, "active": RHYTHMS}
_COVERS = ("lives_in", "avoids")
_OF_LIFE = ("first_birth_y", "longevity_y", "litter", "birth_interval_y")


def checked(given: Mapping[str, Any]) -> Facts:
    """Return facts by name as :class:`Facts`.

    Raises
    ------
    SpeciesError
        An unknown name, a value of another kind or an impossible one.
    """
    known = [one.name for one in fields(Facts)]
    for name, value in given.items():
        if name not in known:
            raise SpeciesError(f"unknown fact {name!r}", remedy=nearest(name, known))
        if value is None:
            continue
        if name in _LIMITS:
            low, high = _LIMITS[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                raise SpeciesError(f"{name}: {value!r}", remedy=f"allowed: {low:g} to {high:g}")
        if name in _WORDS and value not in _WORDS[name]:
            raise SpeciesError(f"{name}: {value!r}", remedy=nearest(str(value), _WORDS[name]))
    given = {k: (v,) if k in _COVERS and isinstance(v, str) else v for k, v in given.items()}
    facts = Facts(**given)
    if facts.elevation_m is not None and not facts.elevation_m[0] < facts.elevation_m[1]:
        low, high = facts.elevation_m
        raise SpeciesError(f"elevation_m: {low:g} to {high:g}", remedy="give the lower one first")
    if facts.diet is not None and (facts.mass_kg is None or facts.home_range_km2 is not None):
        raise SpeciesError(
            "diet is of use only for a home range from mass_kg", remedy="leave diet out"
        )
    return facts


def _rounded(value: float) -> float:
    """Return a number of four digits: none of these is known better."""
    return float(f"{value:.4g}")


class Sheet:
    """A species' plain data while facts are written into it.

    Parameters
    ----------
    data : dict
        Plain data of a whole species; changed in place.
    source : str
        Of the facts that are given; empty where nobody said.
    """

    def __init__(self, data: dict[str, Any], source: str) -> None:
        self.data, self.source = data, source

    def at(self, name: str) -> dict[str, Any]:
        """Return the table, or the trait, at a dotted name."""
        here = self.data
        for part in name.split("."):
            here = here[part]
        return here

    def value(self, name: str) -> float:
        """Return the value of a trait."""
        return float(self.at(name)["value"])

    def put(self, name: str, value: float, source: str, *, most: float = math.inf) -> None:
        """Set a trait, its range half and double the value, up to ``most``."""
        value, low, high = _rounded(value), _rounded(value / 2), min(most, _rounded(value * 2))
        self.at(name).update(value=value, low=low, high=high, source=source, confidence=4)

    def give(self, name: str, value: float, what: str, *, most: float = math.inf) -> None:
        """Set a trait to what somebody knows."""
        self.put(name, value, self.said(what), most=most)
        self.at(name).update(value=float(value), confidence=self.confidence)

    @property
    def confidence(self) -> int:
        """Of what is given: of the species elsewhere, or without a source."""
        return 2 if self.source else 4

    def said(self, what: str) -> str:
        """Return the source of something given."""
        return f"{self.source} ({what})" if self.source else f"given without a source: {what}"


def write_facts(sheet: Sheet, facts: Facts, *, from_nothing: bool) -> None:
    """Write facts, and what is derived from them, into a species' data.

    Parameters
    ----------
    sheet : Sheet
    facts : Facts
    from_nothing : bool
        Whether all other numbers are placeholders, which follow the facts by the stated rules. In a
        copy of a species they stay.

    Raises
    ------
    SpeciesError
        Facts that cannot go together, or that a copy has no use for.
    """
    if not from_nothing and facts.mass_kg is not None:
        raise SpeciesError(
            "mass_kg is of use only without a species to copy", remedy="leave mass_kg out"
        )
    _home_ranges(sheet, facts, from_nothing=from_nothing)
    _density(sheet, facts, from_nothing=from_nothing)
    _survival(sheet, facts, from_nothing=from_nothing)
    for sex in ("female", "male"):
        _moving(sheet, facts, sex, from_nothing=from_nothing)
    _habitat(sheet, facts)
    if facts.active is not None:
        active = RHYTHMS[facts.active]
        sheet.at("movement")["activity"] = [1.0 if active(h) else QUIET for h in range(24)]
    given = [name for name in _OF_LIFE if getattr(facts, name) is not None]
    if sheet.data.get("life_cycle") is not None:
        source = str(sheet.at("life_cycle.first_siring_y")["source"])
        _life(sheet, facts, from_nothing=source.startswith(PLACEHOLDER))
    elif given:
        raise SpeciesError(f"{given[0]} belongs to a life cycle", remedy="ask for one (life_cycle)")


def _home_ranges(sheet: Sheet, facts: Facts, *, from_nothing: bool) -> None:
    female, male = (f"movement.{sex}.resident.home_range_km2" for sex in ("female", "male"))
    if facts.home_range_km2 is not None:
        sheet.give(female, facts.home_range_km2, f"home_range_km2 = {facts.home_range_km2:g}")
    elif facts.mass_kg is not None:
        diet = facts.diet or "omnivore"
        a, b = DIETS[diet]
        hectares = a * (facts.mass_kg * 1000.0) ** b
        sheet.put(
            female,
            hectares / 100.0,
            f"placeholder: {a:g} M^{b:g} hectares of M = {facts.mass_kg * 1000:g} g, {diet}s of "
            "North America (Harestad & Bunnell 1979, Ecology 60:389, recalled)",
        )
    if facts.male_home_range_km2 is not None:
        area = facts.male_home_range_km2
        sheet.give(male, area, f"male_home_range_km2 = {area:g}")
    elif from_nothing:
        sheet.put(male, sheet.value(female), "placeholder: as the females'")
    if from_nothing:
        side = 1000.0 * math.sqrt(sheet.value(female))
        sheet.put(
            "barriers.memory_m",
            side,
            "placeholder: square root of the female range, scale of daily movement at which "
            "crossing structures should be spaced (Bissonette & Adair 2008, Biol. Conserv. "
            "141:482)",
        )


def _density(sheet: Sheet, facts: Facts, *, from_nothing: bool) -> None:
    name = "population.density_per_100km2"
    if facts.density_per_100km2 is not None:
        density = facts.density_per_100km2
        sheet.give(name, density, f"density_per_100km2 = {density:g}")
    elif from_nothing:
        share = sheet.value("population.female_share")
        area = sheet.value("movement.female.resident.home_range_km2")
        sheet.put(
            name,
            100.0 / (area * share),
            "placeholder: home ranges of females side by side without overlap or gap, "
            "100 / (home_range_km2 * female_share)",
        )


def _survival(sheet: Sheet, facts: Facts, *, from_nothing: bool) -> None:
    name = "mortality.natural_per_year"
    if facts.adult_survival is not None:
        kept = facts.adult_survival
        sheet.give(name, _rounded(-math.log(kept)), f"-ln of adult_survival = {kept:g}")
    if from_nothing:
        for sex in ("female", "male"):
            sheet.put(
                f"movement.{sex}.disperser.hazard_per_year",
                3.0 * sheet.value(name),
                "placeholder: three times the natural hazard of adults, a guess",
            )


def _moving(sheet: Sheet, facts: Facts, sex: str, *, from_nothing: bool) -> None:
    resident, disperser = f"movement.{sex}.resident", f"movement.{sex}.disperser"
    ranges = (facts.home_range_km2, facts.male_home_range_km2, facts.daily_km)
    if any(fact is not None for fact in ranges):
        # lengths of steps measured on another range do not fit this one
        sheet.at(resident).pop("step_scale_m", None)
        sheet.at(resident).pop("states", None)
    if facts.daily_km is not None:
        who = Ranging.model_validate(sheet.at(resident))
        try:
            tau_d = tau_of_daily(who, facts.daily_km * 1000.0)
        except ValueError as bad:
            raise SpeciesError(
                f"daily_km: {facts.daily_km:g}: {bad}",
                remedy="it is the straight distance between positions a day apart; give "
                "home_range_km2 too",
            ) from None
        what = f"from daily_km = {facts.daily_km:g} and the range"
        sheet.give(f"{resident}.tau_d", _rounded(tau_d), what)
    if facts.dispersal_days is not None:
        days = facts.dispersal_days
        sheet.give(f"{disperser}.duration_d", days, f"dispersal_days = {days:g}")
    if facts.dispersal_km is not None:
        median_m = facts.dispersal_km * 1000.0
    elif from_nothing:
        median_m = MEDIAN_DISPERSAL * 1000.0 * math.sqrt(sheet.value(f"{resident}.home_range_km2"))
    else:
        return
    moving = Movement.model_validate({**sheet.data["movement"]})
    who_leaves: Dispersing = getattr(moving, sex).disperser
    # displacement goes in proportion to the scale of the steps
    longer = MEAN_PER_MEDIAN * median_m / free_displacement_m(who_leaves, moving)
    scale_m = sheet.value(f"{disperser}.step_scale_m") * longer
    how = "so that free dispersal of duration_d gets so far in the median"
    if facts.dispersal_km is not None:
        sheet.give(
            f"{disperser}.step_scale_m",
            _rounded(scale_m),
            f"dispersal_km = {facts.dispersal_km:g}, {how}",
        )
    else:
        sheet.put(
            f"{disperser}.step_scale_m",
            scale_m,
            f"placeholder: {MEDIAN_DISPERSAL:g} times the square root of the home range, "
            f"{median_m / 1000:.3g} km, {how} (median of mammals, Bowman et al. 2002, Ecology "
            "83:2049, recalled)",
        )


def _habitat(sheet: Sheet, facts: Facts) -> None:
    values = sheet.at("habitat.resistance")["values"]
    for name in _COVERS:
        for cover in getattr(facts, name) or ():
            if cover not in values:
                raise SpeciesError(
                    f"{name}: unknown land cover {cover!r}", remedy=nearest(cover, values)
                )
    lives, shuns = facts.lives_in or (), facts.avoids or ()
    twice = next((cover for cover in lives if cover in shuns), None)
    if twice is not None:
        raise SpeciesError(f"{twice!r} is lived in and avoided", remedy="leave it out of one")
    if lives:
        # what was nearly free was so for want of knowledge
        values.update({key: max(OTHERWISE, value) for key, value in values.items()})
    values.update(dict.fromkeys(lives, 1.0) | dict.fromkeys(shuns, RESISTANT))
    told = [f"{n} {', '.join(c)}" for n, c in (("lives in", lives), ("avoids", shuns)) if c]
    if told:
        table = sheet.at("habitat.resistance")
        table.update(source=sheet.said("; ".join(told)), confidence=sheet.confidence)
    home = cast(dict[str, Any] | None, sheet.at("habitat").get("residence"))
    if home is not None:
        crossed = [c for c in home.get("crossed_only", ()) if c not in lives]
        home["crossed_only"] = crossed
    if facts.elevation_m is not None:
        low, high = facts.elevation_m
        edge = max(100.0, (high - low) / 10.0)
        habitat = sheet.at("habitat")
        habitat.pop("temperature_c", None)
        habitat["elevation_m"] = {
            "source": sheet.said(
                f"lives between {low:g} and {high:g} m, ends faded over {edge:g} m"
            ),
            "confidence": sheet.confidence,
            "points": [[low - edge, 0.0], [low, 1.0], [high, 1.0], [high + edge, 0.0]],
        }


def _life(sheet: Sheet, facts: Facts, *, from_nothing: bool) -> None:
    for name, value in (
        ("first_birth_y", facts.first_birth_y),
        ("longevity_y", facts.longevity_y),
        ("litter_mean", facts.litter),
    ):
        if value is not None:
            sheet.give(f"life_cycle.{name}", value, f"{name} = {value:g}", most=120.0)
    life = sheet.at("life_cycle")
    if facts.litter is not None:
        life["litter_max"] = max(int(life["litter_max"]), math.ceil(facts.litter))
    if facts.birth_interval_y is not None:
        years = facts.birth_interval_y
        name = "life_cycle.birth_probability"
        sheet.give(name, _rounded(1.0 / years), f"a birth every {years:g} years", most=1.0)
    if facts.adult_survival is not None:
        table = life["survival_by_age"]
        table["values"] = [*table["values"][:-1], facts.adult_survival]
        table["source"] += f"; the last {sheet.said(f'adult_survival = {facts.adult_survival:g}')}"
    if not from_nothing:
        return
    longest = sheet.value("life_cycle.longevity_y")
    first = sheet.value("life_cycle.first_birth_y")
    if facts.longevity_y is not None or not first <= sheet.value("life_cycle.last_birth_y"):
        last = min(longest, max(first, longest - 2.0))
        sheet.put("life_cycle.last_birth_y", last, "placeholder: two years before longevity_y")
    sheet.put("life_cycle.first_siring_y", first, "placeholder: as females give birth", most=120.0)
    density = sheet.value("population.density_per_100km2")
    sheet.put("life_cycle.capacity_per_100km2", density, "placeholder: density_per_100km2")
    radius = 1000.0 * math.sqrt(COMPANY * 100.0 / (math.pi * density))
    sheet.put(
        "life_cycle.capacity_radius_m", radius, "placeholder: circle with 20 animals at capacity"
    )
    home = 1000.0 * math.sqrt(sheet.value("movement.female.resident.home_range_km2") / math.pi)
    sheet.put("life_cycle.mating_reach_m", 2 * home, "placeholder: diameter of a home range")
    sheet.put("life_cycle.perception_m", home, "placeholder: radius of a home range")
