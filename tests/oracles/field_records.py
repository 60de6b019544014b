"""Lives and ways whose patterns are known beforehand, for the counts of the validation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from corridor_sim import load_species
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.decades.census import COLUMNS
from corridor_sim.simulation.decades.individuals import no_individuals
from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.runs import DaysRun, DecadesRun

SIDE = 40


def pattern(**given: Any) -> Pattern:
    return Pattern(
        id="X1",
        what="w",
        unit="1",
        target="t",
        low=0,
        high=1,
        rests_on="emergence",
        source="s",
        definition="d",
        measure="density",
        given=given,
    )


def lived(
    *,
    places: Any = (),
    suitability: Any = 1.0,
    zone: Any = 1,
    animals: Any = None,
    pedigree: Any = None,
    species: str = "jaguar",
    events: Any = None,
    years: int = 10,
    burn_in_y: int = 0,
    **layers: Any,
) -> DecadesRun:
    """Return a life on 40 x 40 cells of 1 km; ``places`` are (col, row, stage) at one census."""
    shape = (SIDE, SIDE)
    zones = np.broadcast_to(np.int16(zone), shape).astype(np.int16)
    land = uniform(SIDE, SIDE, protected=zones, **layers)
    yearly = np.zeros((years + 1, len(COLUMNS)))
    names = [c.name for c in COLUMNS]
    for name, value in (events or {}).items():
        yearly[:, names.index(name)] = value
    here = SimpleNamespace(
        suitability=np.broadcast_to(np.float32(suitability), shape),
        fields=SimpleNamespace(zone=zones),
        stream=7,
    )
    result: Any = SimpleNamespace(
        places={0: np.array(places, np.float32).reshape(-1, 3)},
        pedigree=pedigree,
        yearly=yearly,
        burn_in_y=burn_in_y,
    )
    ground: Any = SimpleNamespace(here=here, enough=0.5)
    return DecadesRun(load_species(species), land, ground, result, animals or no_individuals())


def book(**columns: Any) -> dict[str, Any]:
    n = len(columns["mother"])
    base = {
        "mother": np.full(n, -1),
        "father": np.full(n, -1),
        "male": np.zeros(n, bool),
        "birth_year": np.zeros(n),
        "death_year": np.full(n, np.nan),
        "birth_x": np.full(n, 0.5),
        "birth_y": np.full(n, 0.5),
        "x": np.full(n, 0.5),
        "y": np.full(n, 0.5),
        "birth_zone": np.ones(n),
        "zone": np.ones(n),
        "ident": np.arange(n),
    }
    return {**base, **{name: np.asarray(values) for name, values in columns.items()}}


def residents(x: Any, y: Any, *, male: Any = False, **columns: Any) -> Any:
    animals = no_individuals(len(x))
    animals.centre_x[:], animals.centre_y[:], animals.male[:] = x, y, male
    for name, values in columns.items():
        getattr(animals, name)[:] = values
    return animals


def walked(
    x: Any, y: Any, *, way_m: Any = None, male: Any = False, species: str = "jaguar", **more: Any
) -> DaysRun:
    x, y = np.asarray(x, float), np.asarray(y, float)
    steps, n = x.shape[0] - 1, x.shape[1]
    one = load_species(species)
    soar = one.movement
    here: Any = SimpleNamespace(
        species=one, params=SimpleNamespace(steps_per_day=soar.steps_per_day)
    )
    flat = np.zeros((steps, n))
    return DaysRun(
        land=more.pop("land", uniform(SIDE, SIDE)),
        here=here,
        male=np.broadcast_to(male, n).astype(bool),
        x=x,
        y=y,
        way_m=flat + 1.0 if way_m is None else np.asarray(way_m, float),
        flapped_m=more.pop("flapped_m", flat),
        takeoffs=more.pop("takeoffs", flat),
    )
