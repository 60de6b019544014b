"""Which animals' ways a report shows: a few neighbours of one species, moved again for the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.records import Animals
from corridor_sim.kernels.states import ALIVE, DISPERSER, SETTLED
from corridor_sim.simulation.days.following import Span, follow, take
from corridor_sim.simulation.days.simulation import DaysContext, Simulation
from corridor_sim.simulation.days.simulator import DaysScenario
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.species.fields import SEXES
from corridor_sim.telemetry.simulated import MINUTES, step_min

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study
    from corridor_sim.species.traits import Species

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
    radii = np.array([getattr(one.movement, sex).resident.sigma_m * RADIUS_95 for sex in SEXES])
    rows = neighbours(seeded, float(radii.max()) / prepared.landscape.grid.cell_m)
    days = min(scenario.n_days, MOST_DAYS)
    per_day = int(habitat.here.params.steps_per_day)
    every = math.ceil(days * per_day / MOST_PLACES)
    residents: list[Way] = []
    dispersers: list[Way] = []
    for kind, into in ((rows[0], residents), (rows[1], dispersers)):
        span = Span(scenario.n_days, every, days if into is residents else None)
        for way in follow(context, one.key, take(seeded, kind), span, **chance):
            for i in range(way.ident.size):
                mine = way.animal == i
                x, y = prepared.landscape.grid.to_metres(*way.place[mine].astype(np.float64).T)
                cx, cy = prepared.landscape.grid.to_metres(*way.centre[i : i + 1].T)
                radius = radii[way.klass[i] % len(SEXES)] if into is residents else 0.0
                end = {ALIVE: "alive", SETTLED: "settled"}.get(int(way.state[i]), "died")
                centre = float(cx[0]), float(cy[0])
                into.append(Way(np.stack([x, y], axis=1), end, centre, float(radius)))
    hours = every * step_min(one.movement) * 24 / MINUTES
    return Ways(tuple(residents), tuple(dispersers), days, hours)


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
    stay, spread = np.flatnonzero(stage != DISPERSER), np.flatnonzero(stage == DISPERSER)
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
