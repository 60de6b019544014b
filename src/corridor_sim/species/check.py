"""Checking a species file: all that is wrong, what is in doubt, and what is still a placeholder."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from corridor_sim.errors import SpeciesError
from corridor_sim.species.fields import params_for
from corridor_sim.species.follows import daily_displacement_m, dying, free_displacement_m, growth
from corridor_sim.species.gaits import crossing_time_d, share_of_length
from corridor_sim.species.new import placeholders
from corridor_sim.species.quantity import Trait
from corridor_sim.species.reader import text_of
from corridor_sim.species.traits import Species
from corridor_sim.species.writing import blank_text
from corridor_sim.toml.faults import all_faults
from corridor_sim.toml.lines import lines_of
from corridor_sim.toml.strict import NOWHERE, Fault, Strict, dotted, parse_toml, read_model

FAULT, DOUBT, PLACEHOLDER = "fault", "doubt", "placeholder"
# beyond these something is more likely wrong than odd; nothing is refused for it
FEMALES_PER_RANGE = (0.1, 20.0)
MOST_UNLIKE = 10.0
MOST_DYING = 0.95
LENGTH_KEPT = 0.95
CROSSING_AGREES = 1.5  # factor between crossing times that nobody needs to hear of
MOST_KM_A_DAY = 100.0
GROWTH = (1.0, 2.0)
SAME_SURVIVAL = 0.05
THREEFOLD = 3.0


# place, value, problem and remedy
Said = tuple[str, str, str, str]


class Finding(NamedTuple):
    """One row of a check.

    Attributes
    ----------
    kind : {"fault", "doubt", "placeholder"}
        A fault keeps the file from being used, a doubt does not.
    file : str
    line : int or None
    place : str
        Dotted name; empty for the file as such.
    value, problem, remedy : str
    """

    kind: str
    file: str
    line: int | None
    place: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        told = f"{self.value} {self.problem}".strip()
        told = f"{self.place}: {told}" if self.place else told
        return str(SpeciesError(told, where=where, remedy=self.remedy))


@dataclass(frozen=True, slots=True)
class Checked:
    """A species file that was checked.

    Attributes
    ----------
    file : str
    lines : mapping of dotted name to int
        Where its keys stand.
    rows : list of Finding
    species : Species or None
        None where the file has a fault.
    """

    file: str
    lines: Mapping[str, int]
    rows: list[Finding]
    species: Species | None

    def add(self, kind: str, one: Said) -> None:
        """Add what is said of a place of the file, with its line."""
        line = self.lines.get(one[0])
        self.rows.append(Finding(kind, self.file, line, *one))


def check(key_or_path: str | Path) -> Checked:
    """Return all that is to be said of a species file by itself."""
    where = os.fspath(key_or_path)
    try:
        where, text = text_of(key_or_path)
        data = parse_toml(text, where=where, error=SpeciesError)
    except SpeciesError as bad:
        return Checked(where, {}, [_unread(bad, where)], None)
    lines = {dotted(location): line for location, line in lines_of(text).items()}
    stand_in = parse_toml(blank_text(), where="blank.toml", error=SpeciesError)
    faults = all_faults(Species, data, text, stand_in)
    if faults:
        return Checked(where, lines, [_fault_of(one, where) for one in faults], None)
    species = read_model(Species, data)
    found = Checked(where, lines, [], species)
    for one in _infeasible(species):
        found.add(FAULT, one)
    if found.rows:
        return replace(found, species=None)
    for one in (*_out_of_range(species, ""), *_doubts(species)):
        found.add(DOUBT, one)
    for name in placeholders(species):
        found.add(PLACEHOLDER, (name, "", "is a placeholder", "give value and source"))
    return found


def _fault_of(one: Fault, where: str) -> Finding:
    place = "" if one.line == NOWHERE else one.place
    return Finding(FAULT, where, one.line or None, place, one.value, one.problem, one.remedy)


def _unread(bad: SpeciesError, where: str) -> Finding:
    """Return the one fault of a text that is no TOML."""
    line = re.fullmatch(r":(\d+)", (bad.where or "").removeprefix(where))
    return Finding(FAULT, where, int(line[1]) if line else None, "", "", bad.problem, bad.remedy)


def _infeasible(species: Species) -> Iterator[Said]:
    """Yield what no step table can be made of: a range crossed faster than its steps allow."""
    try:
        params_for(species, 1000.0)
    except SpeciesError as bad:
        yield "movement", "", bad.problem, bad.remedy


def _out_of_range(part: Any, path: str) -> Iterator[Said]:
    """Yield the traits whose value lies outside their own plausible range."""
    if isinstance(part, Trait):
        if not part.low <= part.value <= part.high:
            span = f"{part.low:g} to {part.high:g}"
            yield path, f"{part.value:g}", f"lies outside its own low to high, {span}", "mend one"
    elif isinstance(part, Strict):
        for key in type(part).model_fields:
            yield from _out_of_range(getattr(part, key), f"{path}.{key}" if path else key)


def _doubts(species: Species) -> Iterator[Said]:
    """Yield what is possible and does not go together."""
    yield from _home(species)
    for sex in ("female", "male"):
        yield from _ways(species, sex)
    yield from _life(species)


def _home(species: Species) -> Iterator[Said]:
    population = species.population
    area = species.movement.female.resident.home_range_km2.value
    density = population.density_per_100km2.value
    sharing = area * density / 100.0 * population.female_share.value
    low, high = FEMALES_PER_RANGE
    if not low <= sharing <= high:
        yield (
            "population.density_per_100km2",
            f"{density:g}",
            f"puts {sharing:.2g} females into each home range of {area:g} km²",
            "check density, home_range_km2 and their units",
        )
    male = species.movement.male.resident.home_range_km2.value
    if not 1 / MOST_UNLIKE <= male / area <= MOST_UNLIKE:
        yield (
            "movement.male.resident.home_range_km2",
            f"{male:g}",
            f"is {male / area:.3g} times the females' {area:g} km²",
            "check both, and their units",
        )
    habitat = species.habitat
    # a species of ready maps may have none
    resistances = habitat.resistance.values.values() if habitat.resistance else ()
    least = min(resistances, default=1.0)
    curves = [c for c in (habitat.temperature_c, habitat.elevation_m) if c is not None]
    best = 1.0 - math.log(least) / math.log(100.0)
    for curve in curves:
        best *= max(y for _, y in curve.points)
    needed = habitat.suitable_from.value
    if best < needed or best <= 0:
        yield (
            "habitat.suitable_from",
            f"{needed:g}",
            f"is more than any ground has: the best reaches {best:.3g}",
            "lower it, or the least resistance",
        )
    if habitat.gap_half_m.value > 0 and least > habitat.cover_max_resistance.value:
        yield (
            "habitat.cover_max_resistance",
            f"{habitat.cover_max_resistance.value:g}",
            f"lies below every resistance (least {least:g}): nothing is cover",
            "raise it, or set gap_half_m to 0",
        )


def _ways(species: Species, sex: str) -> Iterator[Said]:
    sexed = getattr(species.movement, sex)
    path = f"movement.{sex}"
    resident = sexed.resident
    crossed_d = crossing_time_d(species.movement, resident)
    if abs(math.log(crossed_d / resident.tau_d.value)) > math.log(CROSSING_AGREES):
        yield (
            f"{path}.resident.tau_d",
            f"{resident.tau_d.value:g}",
            f"moves nobody, since lengths of steps are given: with them and home_range_km2 a range "
            f"is crossed in {crossed_d:.3g} days",
            "check all three, or leave out step_scale_m to keep range and crossing time alone",
        )
    if share_of_length(species.movement, resident) < LENGTH_KEPT:
        yield (
            f"{path}.resident.home_range_km2",
            f"{resident.home_range_km2.value:g}",
            "is so small beside the steps that they cannot come out as long as given",
            "check step_scale_m and home_range_km2",
        )
    share = dying(sexed.disperser)
    if share > MOST_DYING:
        yield (
            f"{path}.disperser.hazard_per_year",
            f"{sexed.disperser.hazard_per_year.value:g}",
            f"lets {share:.0%} die during dispersal",
            "check it and duration_d",
        )
    day_km = daily_displacement_m(sexed.resident, species.movement) / 1000.0
    if species.soaring is not None:
        return
    if day_km > MOST_KM_A_DAY:
        yield (
            f"{path}.resident.home_range_km2",
            f"{sexed.resident.home_range_km2.value:g}",
            f"with this tau_d takes it {day_km:.3g} km from one day to the next",
            "check both",
        )
    free = free_displacement_m(sexed.disperser, species.movement)
    radius = math.sqrt(sexed.resident.home_range_km2.value * 1e6 / math.pi)
    if free < radius:
        yield (
            f"{path}.disperser.step_scale_m",
            f"{sexed.disperser.step_scale_m.value:g}",
            f"takes a disperser {free / 1000:.3g} km in all, less than the radius of a home range "
            f"({radius / 1000:.3g} km)",
            "check step_scale_m and duration_d",
        )


def _life(species: Species) -> Iterator[Said]:
    life = species.life_cycle
    if life is None:
        return
    rate = growth(species)
    if not GROWTH[0] <= rate <= GROWTH[1]:
        what = "shrinks without anybody's doing" if rate < GROWTH[0] else "grows very fast"
        yield (
            "life_cycle",
            "",
            f"lambda is {rate:.3g} at low numbers: the species {what}",
            "check survival_by_age, litter_mean, birth_probability and ages of birth",
        )
    kept, last = (
        math.exp(-species.mortality.natural_per_year.value),
        life.survival_by_age.values[-1],
    )
    if abs(kept - last) > SAME_SURVIVAL:
        yield (
            "mortality.natural_per_year",
            f"{species.mortality.natural_per_year.value:g}",
            f"is a survival of {kept:.3g} a year, survival_by_age ends with {last:g}",
            "give -ln of the same survival",
        )
    density, capacity = species.population.density_per_100km2.value, life.capacity_per_100km2.value
    if not 1 / THREEFOLD <= capacity / density <= THREEFOLD:
        yield (
            "life_cycle.capacity_per_100km2",
            f"{capacity:g}",
            f"and population.density_per_100km2 = {density:g} differ more than threefold",
            "check both",
        )
