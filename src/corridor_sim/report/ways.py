"""Which animals' ways a report shows: a few neighbours of one species, moved again for the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, DISPERSER, RESIDENT, SETTLED
from corridor_sim.simulation.days.following import Followed, Span, follow, take
from corridor_sim.simulation.days.simulation import DaysContext, Simulation
from corridor_sim.simulation.days.simulator import DaysScenario
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.species.fields import SEXES
from corridor_sim.species.gaits import differing, profiles_of, who_moves
from corridor_sim.species.traits import Ranging, Species

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]
RESIDENTS, DISPERSERS = 5, 6
# homes within so many radii of the first are its neighbours
NEAR = 4.0
# positions of one resident's way, at most, and days of it: a year's would hide its own ground
MOST_PLACES, MOST_DAYS = 1500, 90
# of a bivariate normal range: A95 = 5.991 pi sigma^2
RADIUS_95 = math.sqrt(5.991)


@dataclass(frozen=True, slots=True)
class Way:
    """One animal's way.

    Attributes
    ----------
    at_m : float64 ``[n, 2]``
        Map x and y, in order.
    end : str
        ``alive``, ``settled`` or ``died``.
    centre_m : (x, y)
        Of its range.
    radius_m : float
        Of the circle that holds 95 % of the positions of a resident in even habitat; 0 of a
        disperser.
    """

    at_m: F64
    end: str
    centre_m: tuple[float, float]
    radius_m: float


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways of one species.

    Attributes
    ----------
    residents, dispersers : tuple of Way
    days : int
        For which residents are followed.
    every_h : float
        Hours between two positions of a resident.
    """

    residents: tuple[Way, ...]
    dispersers: tuple[Way, ...]
    days: int
    every_h: float


def prepared_for(study: Study) -> DaysScenario:
    """Return the first scenario of a study of days on its first map, ready to move animals."""
    first, cache = study.scenarios[0], study.worker_cache
    land = study.landscape_of(first, 0)
    prepared = simulator_of(first).prepare(cache.site_of(first), first, land, map_number=0)
    assert isinstance(prepared, DaysScenario)
    return prepared


def ways_of(prepared: DaysScenario, one: Species) -> Ways:
    """Return ways of neighbouring animals of a species in the first replicate."""
    scenario, habitat = prepared.resolved.scenario, prepared.habitat_of(one)
    context = DaysContext(prepared.landscape, {one.key: habitat}, prepared.blocks)
    chance = {"seed": scenario.seed, "replicate": 0, "start_day": scenario.start_day}
    seeded = Simulation(context, **chance).animals[one.key]
    radii = radii_m(one)
    rows = neighbours(seeded, float(radii.max()) / prepared.landscape.grid.cell_m)
    days = min(scenario.n_days, MOST_DAYS)
    per_day = int(habitat.here.params.steps_per_day)
    every = math.ceil(days * per_day / MOST_PLACES)
    found = []
    for own, lasts in zip(rows, (days, None), strict=True):
        span = Span(scenario.n_days, every, lasts)
        parts = follow(context, one.key, take(seeded, own), span, **chance)
        found.append(tuple(way for part in parts for way in _ways(part, radii, prepared)))
    hours = every * one.movement.step_minutes / 60
    return Ways(found[0], found[1], days, hours)


def _ways(found: Followed, radii: F64, prepared: DaysScenario) -> Iterator[Way]:
    """Yield the way of each animal; ``radii`` are by sex and profile."""
    grid = prepared.landscape.grid
    x, y = grid.to_metres(*found.place.astype(np.float64).T)
    centre_x, centre_y = grid.to_metres(*found.centre.T)
    for i, klass in enumerate(found.klass):
        mine = found.animal == i
        stays = klass // len(SEXES) == RESIDENT
        yield Way(
            at_m=np.stack([x[mine], y[mine]], axis=1),
            end={ALIVE: "alive", SETTLED: "settled"}.get(int(found.state[i]), "died"),
            centre_m=(float(centre_x[i]), float(centre_y[i])),
            radius_m=float(radii[klass % len(SEXES), found.profile[i]]) if stays else 0.0,
        )


def radii_m(species: Species) -> F64:
    """Return the radius of the 95 % circle of each sex and profile, ``[2, profile]``, metres."""
    found = []
    for sex in SEXES:
        own = differing(who_moves(species, RESIDENT, sex), profiles_of(species))
        found.append([one.sigma_m for one in own if isinstance(one, Ranging)])
    return RADIUS_95 * np.array(found)


def neighbours(animals: Animals, radius: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of a few residents whose homes are near each other, and of dispersers there.

    Parameters
    ----------
    animals : Animals
        At their beginning.
    radius : float
        Of a range, in cells.
    """
    stage = animals.klass // len(SEXES)
    stay, spread = np.flatnonzero(stage == RESIDENT), np.flatnonzero(stage == DISPERSER)
    home = np.stack([animals.centre_x, animals.centre_y], axis=1)
    if not stay.size:
        return stay, spread[:DISPERSERS]
    first = stay[0]
    for row in stay[:200]:
        away = np.hypot(*(home[stay] - home[row]).T)
        if (away <= NEAR * radius).sum() >= RESIDENTS:
            first = row
            break
    away = np.hypot(*(home[stay] - home[first]).T)
    near = np.argsort(away, kind="stable")[:RESIDENTS]
    near = near[away[near] <= NEAR * radius]
    far = np.hypot(animals.x[spread] - home[first, 0], animals.y[spread] - home[first, 1])
    return stay[near], spread[np.argsort(far, kind="stable")[:DISPERSERS]]
