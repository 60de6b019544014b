"""Animals to be watched: where a few of each species were, and what became of each.

The animals are those that :func:`corridor_sim.tracks` follows, taken by their numbers alone, so
that the same animals are seen on every landscape. They are moved some at a time, and of each only
what the page shows is kept: places as whole numbers between the borders of the map, and a life.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import corridor_sim as cs
from corridor_sim.app.engine import Engine
from corridor_sim.app.replies import data_of, problem, reply
from corridor_sim.app.words import word

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.config.load import Resolved

U16 = NDArray[np.uint16]
F64 = NDArray[np.float64]
# animals of each species, residents and dispersers each
ANIMALS = (15, 60, 250)
DAYS = (120, 365, 730)
# places of one animal and day that are shown, at most
PER_DAY = 4
# and of all together: six bytes each here, and in the page
MOST_PLACES = 3_000_000
# places that are moved in one step of the task, at six a day
PLACES_A_STEP = 200_000
# places a second that are moved before any were timed
PACE = 300_000.0
# bytes of places that are kept for windows that ask again
MOST_KEPT = 80_000_000
LARGEST = 65_535
ROAD = "road"


@dataclass(frozen=True, slots=True)
class Ask:
    """Which animals somebody wants to see.

    Attributes
    ----------
    name : str or None
        Of an alternative; None for the landscape as it is.
    animals : int
        Residents, and dispersers, of each species.
    days : int
    """

    name: str | None
    animals: int
    days: int

    @classmethod
    def of(cls, data: dict[str, Any]) -> Ask | None:
        """Return what a request asks for, None where it cannot be."""
        name, animals, days = data.get("name"), data.get("animals", 60), data.get("days", 365)
        if not (name is None or isinstance(name, str)) or animals not in ANIMALS:
            return None
        return cls(name, int(animals), int(days)) if days in DAYS else None


@dataclass(slots=True)
class Watched:
    """Animals on one landscape.

    Attributes
    ----------
    about : dict
        Plain data: ``name`` of the alternative; ``days``; ``begin`` (ISO, local time of the first
        midnight); ``minutes_per_tick``; ``bounds_m`` (west, south, east, north);
        ``season_start_day``; ``species`` (``key``, ``name``, ``colour``, ``in_run`` by stage);
        ``animals``: of each the row of :func:`corridor_sim.fates`, ``first`` and ``n`` (its rows
        of places), ``path_km``, ``farthest_km``, and ``roads`` (times it came onto or over a road,
        by class).
    x, y, tick : uint16 ``[n]``
        Places from west to east and from south to north in 65,535ths, and their times.
    """

    about: dict[str, Any]
    x: U16
    y: U16
    tick: U16

    @property
    def places(self) -> bytes:
        """The three columns one after the other, each number with its low byte first."""
        return b"".join(one.astype("<u2").tobytes() for one in (self.x, self.y, self.tick))


@dataclass(slots=True)
class Kept:
    """What was watched last, as long as there is room."""

    found: OrderedDict[str, Watched] = field(default_factory=OrderedDict)

    def get(self, key: str) -> Watched | None:
        """Return what is kept under a key."""
        if key in self.found:
            self.found.move_to_end(key)
        return self.found.get(key)

    def put(self, key: str, one: Watched) -> None:
        """Keep it, and let those go that nobody asked for longest."""
        self.found[key] = one
        while len(self.found) > 1 and sum(w.x.size * 6 for w in self.found.values()) > MOST_KEPT:
            self.found.popitem(last=False)


def routes(engine: Engine) -> list[Route]:
    """Return what the view asks for."""
    kept = Kept()

    async def ask(request: Request) -> Response:
        data = await data_of(request)
        wanted = None if data is None else Ask.of(data)
        if wanted is None:
            return problem(word("server.unread"), 400)
        one = _alternative(engine, wanted.name)
        if wanted.name is not None and one is None:
            return problem(word("watch.gone", name=wanted.name), 404)
        key = _key(wanted, one)
        ready = kept.get(key) is not None
        if not ready and not engine.doing(f"watch {key}"):
            engine.submit(f"watch {key}", _task(engine, kept, key, wanted, one), urgent=False)
        return reply({"key": key, "ready": ready}, 202)

    async def about(request: Request) -> Response:
        found = kept.get(request.path_params["key"])
        return reply(found.about) if found else problem(word("watch.again"), 404)

    async def places(request: Request) -> Response:
        found = kept.get(request.path_params["key"])
        if not found:
            return problem(word("watch.again"), 404)
        return Response(found.places, media_type="application/octet-stream")

    return [
        Route("/api/watch", ask, methods=["POST"]),
        Route("/api/watch/{key}", about),
        Route("/api/watch/{key}/places", places),
    ]


def _alternative(engine: Engine, name: str | None) -> cs.Alternative | None:
    return next((a for a in engine.work.alternatives.alternatives if a.name == name), None)


def _key(ask: Ask, one: cs.Alternative | None) -> str:
    """Return a word for what is asked for; another one where the alternative has changed."""
    changes = [] if one is None else one.model_dump(mode="json")["changes"]
    said = json.dumps([ask.name, ask.animals, ask.days, changes], sort_keys=True)
    return sha256(said.encode()).hexdigest()[:16]


def _task(
    engine: Engine, kept: Kept, key: str, ask: Ask, one: cs.Alternative | None
) -> Iterator[None]:
    """Move the animals some at a time, telling windows how far it is."""
    evaluator = engine.evaluator
    try:
        if evaluator is None:
            raise cs.CorridorSimError(engine.problem)
        base = evaluator.resolved
        if one is not None:
            base = one.scenario(base, evaluator.land)
        for told in watching(base, ask):
            if isinstance(told, Watched):
                kept.put(key, told)
                engine.tell("watch", {"key": key, "ready": True})
            else:
                engine.tell("watch", {"key": key, **told})
            yield
    except cs.CorridorSimError as bad:
        engine.tell("watch", {"key": key, "problem": str(bad)})


def watching(scenario: Resolved, ask: Ask) -> Iterator[dict[str, Any] | Watched]:
    """Move animals some at a time: yield how far it is after each step, and last what was found.

    Raises
    ------
    CorridorSimError
        The scenario cannot be, goes through decades, or there would be too many places.
    """
    settings = [f"days={ask.days}"]
    land = cs.scenario_landscape(scenario, set=settings)
    there = cs.fates(scenario, animals=1, days=1, set=settings).attrs["in_run"]
    steps = _steps(there, ask)
    n = sum((len(ids) * ask.days * PER_DAY) for _, ids in steps)
    if n > MOST_PLACES:
        raise cs.CorridorSimError(
            f"{n:,} places of animals are more than a page can show ({MOST_PLACES:,})",
            remedy="ask for fewer animals or days",
        )
    total = sum(len(ids) for _, ids in steps)
    found = _Found(land, there, _species_of(scenario), ask)
    began, done = perf_counter(), 0
    yield {"done": 0, "of": total, "seconds": round(total * ask.days * 6 / PACE, 1)}
    for species, ids in steps:
        asked: dict[str, Any] = {"species": species, "animals": ids, "days": ask.days}
        tracks = cs.tracks(scenario, every="step", set=settings, **asked)
        found.add(tracks, cs.fates(scenario, set=settings, **asked))
        done += len(ids)
        left = (perf_counter() - began) / done * (total - done)
        yield {"done": done, "of": total, "seconds": round(left, 1)}
    yield found.watched()


def _steps(there: dict[str, dict[str, int]], ask: Ask) -> list[tuple[str, list[str]]]:
    """Return species and names of the animals that are moved in each step."""
    most = max(1, PLACES_A_STEP // (6 * ask.days))
    found = []
    for species, of_stage in there.items():
        # a resident whose home is gone keeps its number
        residents = of_stage["resident"] + of_stage["displaced"]
        ids = [str(i) for i in range(min(residents, ask.animals))]
        ids += [f"d{i}" for i in range(min(of_stage["disperser"], ask.animals))]
        found += [(species, ids[i : i + most]) for i in range(0, len(ids), most)]
    return found


class _Found:
    """What has been found so far."""

    def __init__(
        self,
        land: cs.Landscape,
        there: dict[str, dict[str, int]],
        species: dict[str, cs.Species],
        ask: Ask,
    ) -> None:
        self.there, self.species, self.ask = there, species, ask
        self.bounds = land.grid.bounds_m
        self.cell_m = float(land.grid.cell_m)
        self.season = land.region.season_start_day
        self.road = None if land.lacks(ROAD) else land[ROAD]
        self.minutes = max(15, int(np.ceil(ask.days * 1440 / LARGEST)))
        self.begin: pd.Timestamp | None = None
        self.animals: list[dict[str, Any]] = []
        self.columns: list[tuple[U16, U16, U16]] = []
        self.n = 0

    def add(self, tracks: pd.DataFrame, fates: pd.DataFrame) -> None:
        """Take places at every step of animals, and their lives."""
        if self.begin is None:
            zone = tracks.attrs["time_zone"].removeprefix("UTC") or "+00:00"
            self.begin = tracks["time"].min().tz_convert(zone).normalize()
        x, y = tracks["x_m"].to_numpy(), tracks["y_m"].to_numpy()
        minutes = (tracks["time"] - self.begin).dt.total_seconds().to_numpy() / 60
        codes = tracks["animal"].cat.codes.to_numpy()
        first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
        ends = np.r_[first[1:], codes.size]
        names = tracks["animal"].to_numpy()[first]
        whose = np.repeat(np.arange(first.size), ends - first)
        path_m = _sums(np.hypot(np.diff(x), np.diff(y)), whose)
        away_m = np.hypot(x - x[first][whose], y - y[first][whose])
        roads = None
        if self.road is not None:
            west, _, _, north = self.bounds
            cells = (x - west) / self.cell_m, (north - y) / self.cell_m
            roads = roads_met(self.road, *cells, whose)
        shown = _thinned(minutes, first, ends)
        self._keep(x[shown], y[shown], minutes[shown])
        n = np.bincount(whose[shown], minlength=first.size)
        lives = fates.drop(columns="geometry").set_index("animal").to_dict("index")
        for i, name in enumerate(names):
            life: dict[str, Any] = {str(k): _plain(v) for k, v in lives[name].items()}
            life |= {"animal": str(name), "first": self.n, "n": int(n[i])}
            life |= {"path_km": round(float(path_m[i]) / 1000, 1)}
            life |= {"farthest_km": round(float(away_m[first[i] : ends[i]].max()) / 1000, 1)}
            life |= {"roads": None if roads is None else roads[i].tolist()}
            self.animals.append(life)
            self.n += int(n[i])

    def _keep(self, x: F64, y: F64, minutes: F64) -> None:
        west, south, east, north = self.bounds
        places = [
            np.rint(np.clip((v - low) / (high - low), 0, 1) * LARGEST).astype(np.uint16)
            for v, low, high in ((x, west, east), (y, south, north))
        ]
        tick = np.rint(np.clip(minutes / self.minutes, 0, LARGEST)).astype(np.uint16)
        self.columns.append((places[0], places[1], tick))

    def watched(self) -> Watched:
        """Return all of it."""
        assert self.begin is not None, "no animal was moved"
        species = []
        for key, there in self.there.items():
            one = self.species[key]
            # what is kept is told to windows of any language
            name = partial(getattr, one, "common_name")
            species.append({"key": key, "name": name, "colour": one.colour, "in_run": there})
        about = {
            "name": self.ask.name,
            "days": self.ask.days,
            "begin": self.begin.tz_localize(None).isoformat(),
            "minutes_per_tick": self.minutes,
            "bounds_m": [float(v) for v in self.bounds],
            "season_start_day": self.season,
            "species": species,
            "animals": self.animals,
        }
        return Watched(about, *(np.concatenate(c) for c in zip(*self.columns, strict=True)))


def roads_met(
    road: NDArray[np.integer[Any]], column: F64, row: F64, whose: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how often each animal came onto or over a road, by class, ``[animal, class]``.

    Parameters
    ----------
    road : int ``[height, width]``
        Class of road of each cell, 0 for none.
    column, row : float64 ``[n]``
        Places in cells, animal by animal; between them animals go straight.
    whose : int64 ``[n]``
        Number of the animal of each place, rising from 0.
    """
    # two looks at each cell of a step, the last one at its end
    across, down = np.diff(column), np.diff(row)
    looks = np.maximum(1, np.ceil(2 * np.hypot(across, down))).astype(np.int64)
    looks[whose[1:] != whose[:-1]] = 1
    step = np.repeat(np.arange(looks.size), looks)
    part = (np.arange(step.size) - np.repeat(np.cumsum(looks) - looks, looks) + 1) / looks[step]
    height, width = road.shape
    col = np.clip((column[step] + across[step] * part).astype(np.int64), 0, width - 1)
    line = np.clip((row[step] + down[step] * part).astype(np.int64), 0, height - 1)
    kind, animal = road[line, col].astype(np.int64), whose[1:][step]
    came = (kind > 0) & np.r_[True, (kind[:-1] == 0) | (animal[1:] != animal[:-1])]
    kinds = int(road.max()) + 1
    n = int(whose[-1]) + 1
    found = np.bincount(animal[came] * kinds + kind[came], minlength=n * kinds)
    return found.reshape(n, kinds)[:, 1:]


def _species_of(scenario: Resolved) -> dict[str, cs.Species]:
    given = scenario.scenario.species.items()
    return {
        key: cs.load_species(key if one.file is None else scenario.base_dir / one.file)
        for key, one in given
    }


def _sums(length: F64, whose: NDArray[np.int64]) -> F64:
    """Return how long the way of each animal is, from the lengths between all places."""
    own = whose[1:] == whose[:-1]
    return np.bincount(whose[1:][own], length[own], minlength=int(whose[-1]) + 1).astype(float)


def _thinned(minutes: F64, first: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that are shown: so many a day at most, and the first and last of each."""
    last = ends - 1
    days = np.maximum(1.0, np.ceil((minutes[last] - minutes[first]) / 1440))
    every = max(1, int(np.ceil(((last - first) / days).max() / PER_DAY)))
    since = np.arange(minutes.size) - np.repeat(first, ends - first)
    shown = since % every == 0
    shown[last] = True
    return np.flatnonzero(shown)


def _plain(value: Any) -> Any:
    """Return a value of a table as JSON has it; places to the metre."""
    if isinstance(value, str):
        return value
    return round(float(value), 1) if np.isfinite(value) else None
