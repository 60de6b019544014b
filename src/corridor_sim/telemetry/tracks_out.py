"""Tracks of simulated animals as a table: who, when, where in degrees and metres, and what became.

An animal's clock is the time of day where it lives. The hours of the model are therefore hours of
the landscape's own zone, by default the whole hours nearest to the sun's at its middle, and the
times of the table are these in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ScenarioError, counted, shown
from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, CAUSES, SETTLED, STAGES
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.geo import mover
from corridor_sim.memory import in_words, refuse_beyond
from corridor_sim.progress import tell
from corridor_sim.simulation.days.following import Followed, Span, follow, take
from corridor_sim.simulation.days.simulation import DaysContext, Simulation
from corridor_sim.simulation.days.simulator import DaysScenario
from corridor_sim.species.fields import SEXES
from corridor_sim.species.traits import Movement, Species
from corridor_sim.telemetry.wanted import Wanted, name_of

DEGREES = "EPSG:4326"
MINUTES, MS = 24 * 60, 60_000
# of a place: recorded, put in order, in the table with its point, made ready for a file
BYTES_PER_PLACE = 620.0
LONGEST_YEAR = 9000
_ZONE = re.compile(r"UTC(?:([+-])(\d\d):(\d\d))?")
STATES = ("alive", "settled", *CAUSES)


FEW = Wanted(first=10)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of a run.

    Attributes
    ----------
    replicate : int
    species : tuple of str
        Keys; empty = all.
    animals : Wanted
    every : str or int
        ``"step"``, ``"day"``, or a number of steps.
    days : int or None
        Only so many days from the start on.
    year : int or None
        Calendar year of the start, instead of the scenario's.
    time_zone : str or None
        In which the hours of the model are told, ``"UTC-05:00"``; None = the landscape's own.
    """

    replicate: int = 0
    species: tuple[str, ...] = ()
    animals: Wanted = FEW
    every: str | int = "step"
    days: int | None = None
    year: int | None = None
    time_zone: str | None = None

    def span(self, scenario: Scenario) -> Span:
        """Return the stretch of a scenario's runs that is followed."""
        every = {"step": 1, "day": 0}.get(str(self.every))
        return Span(scenario.n_days, int(self.every) if every is None else every, self.days)


def check(ask: Ask, scenario: Scenario) -> None:
    """Refuse what cannot be, before any work.

    Raises
    ------
    ScenarioError
        In one line.
    """
    if scenario.life_cycle is not None:
        raise ScenarioError(
            f"{scenario.name!r} goes through decades, in which animals meet: single ways are not "
            "kept, and cannot be had without the whole run",
            where="life_cycle",
            remedy="ask for tracks of a scenario without life_cycle",
        )
    whole = {"replicate": (ask.replicate, 0, 2**31 - 1), "days": (ask.days, 1, 10**6)}
    whole["year"] = ask.year, 1, LONGEST_YEAR
    if not isinstance(ask.every, str):
        whole["every"] = ask.every, 1, 10**9
    elif ask.every not in ("step", "day"):
        raise ScenarioError(
            f"{shown(ask.every)}", where="every", remedy="use step, day or a number of steps"
        )
    for name, (value, low, high) in whole.items():
        if value is None and name != "replicate":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ScenarioError(
                f"{shown(value)}", where=name, remedy=f"give a whole number from {low} to {high:,}"
            )
    for key in (*ask.species, *(key for key, _ in ask.animals.named)):
        if key not in scenario.species:
            raise ScenarioError(
                f"unknown species {shown(key)}",
                where="species",
                remedy=f"of this run: {', '.join(scenario.species)}",
            )
    if ask.time_zone is not None:
        offset_min(ask.time_zone)


def offset_min(zone: str) -> int:
    """Return by how many minutes a zone is ahead of UTC.

    >>> offset_min("UTC-05:00"), offset_min("UTC")
    (-300, 0)
    """
    found = _ZONE.fullmatch(zone)
    if found is None or (found[2] and (int(found[2]) > 14 or int(found[3]) > 59)):
        raise ScenarioError(
            f"{shown(zone)} is no zone", where="time_zone", remedy="write it as UTC or UTC-05:00"
        )
    if not found[1]:
        return 0
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes


def own_zone(grid: Grid) -> str:
    """Return the zone of whole hours nearest to the sun's time at the middle of a landscape."""
    west, south, east, north = grid.bounds_m
    lon, _ = to_degrees(np.array([(west + east) / 2]), np.array([(south + north) / 2]), grid.crs)
    hours = round(float(lon[0]) / 15.0) if np.isfinite(lon[0]) else 0
    return "UTC" if hours == 0 else f"UTC{'-' if hours < 0 else '+'}{abs(hours):02d}:00"


def to_degrees(
    x_m: NDArray[np.float64], y_m: NDArray[np.float64], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude (WGS 84, degrees) of places in a landscape's CRS."""
    lon, lat = mover(crs, DEGREES).transform(x_m, y_m)
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def simulated(prepared: DaysScenario, ask: Ask, *, study: str = "") -> gpd.GeoDataFrame:
    """Return the tracks of animals of one replicate of a prepared scenario.

    Parameters
    ----------
    prepared : DaysScenario
        On the map of the replicate.
    ask : Ask
        Checked by :func:`check`.
    study : str
        What the study is called.

    Returns
    -------
    GeoDataFrame
        See :func:`corridor_sim.tracks`.

    Raises
    ------
    ScenarioError
        An animal that is not there, or none at all.
    ResourceError
        More places than memory allows.
    """
    grid = prepared.landscape.grid
    zone = ask.time_zone or own_zone(grid)
    begin = _begin(prepared.resolved.scenario, ask, zone)
    parts = [_table(way, one, grid, begin) for one, way in followed(prepared, ask)]
    frame = _joined(parts, prepared, ask.replicate)
    points = gpd.points_from_xy(frame["x_m"], frame["y_m"])
    made = gpd.GeoDataFrame(frame, geometry=points, crs=grid.crs)
    made.attrs = {"study": study, "time_zone": zone, "crs": grid.crs}
    return made


def followed(prepared: DaysScenario, ask: Ask) -> Iterator[tuple[Species, Followed]]:
    """Yield the ways of those asked for, species by species, those that tick alike together.

    Raises
    ------
    ScenarioError
        An animal that is not there, or none at all.
    ResourceError
        More places than memory allows.
    """
    scenario = prepared.resolved.scenario
    keys = ask.species or tuple(scenario.species)
    species = [one for one in prepared.species if one.key in keys]
    span = ask.span(scenario)
    chosen = {}
    for one in species:
        animals = seeded(prepared, one, ask.replicate)
        chosen[one.key] = take(animals, ask.animals.rows(one.key, animals))
    _refuse_too_many(prepared, species, chosen, span)
    chance = {"seed": scenario.seed, "replicate": ask.replicate, "start_day": scenario.start_day}
    for one in species:
        if chosen[one.key].x.size:
            context = _context(prepared, one)
            for way in follow(context, one.key, chosen[one.key], span, **chance):
                yield one, way


def _context(prepared: DaysScenario, one: Species) -> DaysContext:
    habitat = prepared.habitat_of(one)
    return DaysContext(prepared.landscape, {one.key: habitat}, prepared.blocks)


def seeded(prepared: DaysScenario, one: Species, replicate: int) -> Animals:
    """Return all animals of a species as a whole run seeds them."""
    seed = prepared.resolved.scenario.seed
    return Simulation(_context(prepared, one), seed=seed, replicate=replicate).animals[one.key]


def _refuse_too_many(
    prepared: DaysScenario, species: Sequence[Species], chosen: dict[str, Animals], span: Span
) -> None:
    """Tell how much it will be, and refuse what does not fit the memory or is nothing."""
    n = sum(one.x.size for one in chosen.values())
    if n == 0:
        raise ScenarioError(
            "no animal of this run is of that kind", where="animals", remedy="ask for other ones"
        )
    places = sum(
        span.places_of(prepared.habitat_of(one), chosen[one.key].klass)
        for one in species
        if chosen[one.key].x.size
    )
    needed = places * BYTES_PER_PLACE
    said = f"tracks of {counted(n, 'animal')}: up to {counted(places, 'position')}"
    refuse_beyond(needed, f"{said};", "ask for fewer animals or days, or one position a day")
    tell(said if needed < 1e8 else f"{said}, {in_words(needed)} of memory")


def _begin(scenario: Scenario, ask: Ask, zone: str) -> int:
    """Return midnight of the first day in UTC, milliseconds since 1970."""
    year = scenario.start_year if ask.year is None else ask.year
    days = date(year, 1, 1).toordinal() - date(1970, 1, 1).toordinal() + scenario.start_day
    return (days * MINUTES - offset_min(zone)) * MS


def _table(way: Followed, one: Species, grid: Grid, begin: int) -> dict[str, Any]:
    """Return the columns of what was followed; who an animal is by its row."""
    x_m, y_m = grid.to_metres(*way.place.astype(np.float64).T)
    lon, lat = to_degrees(x_m, y_m, grid.crs)
    last = way.tick == way.end[way.animal]
    code = np.where(way.state == SETTLED, 1, np.where(way.state == ALIVE, 0, way.state + 1))
    klass = way.klass.astype(np.int64)
    per_species: dict[str, Any] = {
        "names": [name_of(one.key, int(i)) for i in way.ident],
        "species": one,
        "sex": klass % len(SEXES),
        "stage": klass // len(SEXES),
        "animal": way.animal,
        "time": (begin + times_ms(way, one.movement)).astype("datetime64[ms]"),
        "state": np.where(last, code[way.animal], 0),
    }
    return {**per_species, "lon": lon, "lat": lat, "x_m": x_m, "y_m": y_m}


def times_ms(way: Followed, movement: Movement) -> NDArray[np.int64]:
    """Return the time of every place since the midnight before the start, milliseconds.

    Step ``k`` of a day ends ``k`` steps after its first hour; what is left of the day is rest.
    """
    # a walker's moves fill the hours of the decision steps
    tick = movement.step_minutes * movement.steps_per_day / way.ticks_per_day
    day = np.maximum(way.tick - 1, 0) // way.ticks_per_day
    within = way.tick - day * way.ticks_per_day
    minutes = day * MINUTES + movement.day_start_h * 60 + within * tick
    return np.asarray(np.round(minutes * MS), np.int64)


def _joined(
    parts: Sequence[dict[str, Any]], prepared: DaysScenario, replicate: int
) -> pd.DataFrame:
    """Return the parts as one table, animal by animal in the order of their species."""
    n = [part["time"].size for part in parts]
    before = np.cumsum([0, *(len(part["names"]) for part in parts)])
    whose = np.concatenate([part["animal"] + k for part, k in zip(parts, before, strict=False)])
    names = [name for part in parts for name in part["names"]]
    species = list(dict.fromkeys(part["species"].key for part in parts))
    taxa = list(dict.fromkeys(part["species"].scientific_name for part in parts))
    latin = [taxa.index(part["species"].scientific_name) for part in parts]
    kinds = [species.index(part["species"].key) for part in parts]

    def of_animals(column: str) -> NDArray[np.int64]:
        return np.asarray(np.concatenate([part[column] for part in parts])[whose], np.int64)

    def of_places(column: str) -> NDArray[Any]:
        return np.concatenate([part[column] for part in parts])

    def words(codes: NDArray[Any], among: Sequence[str]) -> Any:
        return pd.Categorical.from_codes(codes.astype(np.int64), pd.Index(list(among)))

    total = int(sum(n))
    time = pd.DatetimeIndex(of_places("time")).tz_localize("UTC")
    return pd.DataFrame(
        {
            "animal": words(whose, names),
            "species": words(np.repeat(kinds, n), species),
            "taxon": words(np.repeat(latin, n), taxa),
            "sex": words(of_animals("sex"), SEXES),
            "stage": words(of_animals("stage"), STAGES),
            "scenario": words(np.zeros(total), [prepared.resolved.name]),
            "replicate": np.full(total, replicate, np.int64),
            "time": time,
            "lon": of_places("lon"),
            "lat": of_places("lat"),
            "x_m": of_places("x_m"),
            "y_m": of_places("y_m"),
            "state": words(of_places("state"), STATES),
        }
    )
