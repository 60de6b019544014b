"""What lessons and sliders ask of the simulator: iterators that yield what is to be shown.

Each is called with what the page sends and yields plain data, or None where it only did some work.
They run in the simulator's thread, one step at a time, beside whatever else is asked.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import corridor_sim as cs
from corridor_sim.app.lesson_files import lesson, sweep_file
from corridor_sim.app.picture import layer_of, picture_of, worded_layer
from corridor_sim.app.replies import Refused
from corridor_sim.app.words import word

if TYPE_CHECKING:
    from corridor_sim.app.engine import Engine

Told = Iterator[dict[str, Any] | None]
# the landscape of a sweep is made once for its sliders; the last ones are kept
KEPT = 2
LEVEL = 0.95
# bytes of the map of what is left of a forest
OTHER, CLEARED, PIECE, LARGEST = 1, 2, 3, 4
# replicates after which a baseline that is being walked tells how far it is
WALKED = 5
OWN_SWEEP = "scenario"


class Lessons:
    """What is kept between the questions of a view; for the simulator's thread alone."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sweeps: dict[tuple[str, int | None], cs.SweepEvaluator] = {}
        self._links: tuple[str, cs.LinkEvaluator] | None = None

    def task(self, name: str, data: Mapping[str, Any]) -> Told:
        """Return the task of a name.

        Raises
        ------
        Refused
            There is none, or it names a lesson, sweep or number that there is not.
        """
        tasks: dict[str, Callable[[Mapping[str, Any]], Told]] = {
            "sweep": self.sweep,
            "points": self.points,
            "ground": self.ground,
            "lattice": self.lattice,
            "percolation": self.percolation,
            "places": self.places,
            "link": self.link,
            "blocks": self.blocks,
            "drift": self.drift,
            "islands": self.islands,
        }
        if name not in tasks:
            raise Refused(word("learn.no_task", name=name[:60]), 404)
        return tasks[name](data)

    # ---- sweeps

    def _sweep(self, data: Mapping[str, Any]) -> cs.SweepEvaluator:
        key = str(data.get("sweep", ""))
        replicates = data.get("replicates")
        if replicates is not None:
            replicates = _whole(replicates, 2, 100)
        if (key, replicates) not in self._sweeps:
            path = self.engine.sweep if key == OWN_SWEEP else sweep_file(key)
            if path is None:
                raise Refused(word("learn.no_sweep", name=key), 404)
            made = cs.SweepEvaluator(path, replicates=replicates)
            for old in list(self._sweeps)[: 1 - KEPT or None]:
                del self._sweeps[old]
            self._sweeps[key, replicates] = made
        return self._sweeps[key, replicates]

    def sweep(self, data: Mapping[str, Any]) -> Told:
        """Tell the parameters of a sweep, its outcomes and its animals."""
        one = self._sweep(data)
        yield {
            "name": one.name,
            "description": cs.languages.tr(one.description.strip()),
            "replicates": one.replicates,
            "parameters": [
                {
                    "name": name,
                    "label": cs.languages.tr(own.label or name.rsplit(".", 1)[-1]),
                    "scale": own.scale,
                    "values": list(one.steps(name)),
                }
                for name, own in one.parameters.items()
            ],
            "outcomes": [*one.outcomes, *(f"{cover}_km2" for cover in one.covers)],
            "species": [{"key": key, **_looks(key)} for key in one.species],
        }

    def points(self, data: Mapping[str, Any]) -> Told:
        """Simulate points, and tell each after every replicate."""
        one = self._sweep(data)
        asked = {*one.outcomes, *(f"{cover}_km2" for cover in one.covers)}
        columns = ["species", "outcome", "unit", "mean", "low", "high", "n"]
        for at in _points(data):
            for rows in one.evaluate(at):
                shown = rows[rows["outcome"].isin(asked)]
                yield {"at": at, "of": one.replicates, "rows": shown[columns]}

    def ground(self, data: Mapping[str, Any]) -> Told:
        """Tell how much forest is left at points, and how much of it lies in one piece."""
        one = self._sweep(data)
        neighbours = _neighbours(data)
        cleared = lesson("percolation")["sweep"]["cleared"]
        points = _points(data)
        for at in points:
            today = _forest(one.landscape({**at, cleared: one.steps(cleared)[0]}))
            land = one.landscape(at)
            left = _forest(land)
            pieces = cs.theory.patches(left, neighbours=neighbours)
            core = land["protected"] > 0
            told: dict[str, Any] = {
                "at": at,
                "left": _share(left, today),
                "left_outside": _share(left & ~core, today & ~core),
                "largest": _share(pieces == 1, left),
                "pieces": int(pieces.max()),
                "cell_m": float(land.grid.cell_m),
            }
            if at is points[-1]:
                cells = np.full(left.shape, OTHER, np.uint8)
                cells[today & ~left] = CLEARED
                cells[left] = PIECE
                cells[pieces == 1] = LARGEST
                told |= {"grid": _grid(land), "cells": _text(cells)}
            yield told

    def lattice(self, data: Mapping[str, Any]) -> Told:
        """Tell a forest that chance alone has strewn."""
        rule = lesson("percolation")["lattice"]
        share, neighbours = _share_of(data, "share"), _neighbours(data)
        forest = cs.theory.neutral_landscape(share, side=rule["side"], seed=rule["seed"])
        pieces = cs.theory.patches(forest, neighbours=neighbours)
        cells = np.full(forest.shape, OTHER, np.uint8)
        cells[forest] = PIECE
        cells[pieces == 1] = LARGEST
        side = rule["side"]
        grid = {"width": side, "height": side, "cell_m": 1000.0, "west_m": 0.0, "north_m": 0.0}
        yield {
            "share": share,
            "grid": grid,
            "cells": _text(cells),
            "forest": float(forest.mean()),
            "largest": _share(pieces == 1, forest),
            "pieces": int(pieces.max()),
        }

    def percolation(self, data: Mapping[str, Any]) -> Told:
        """Tell the curve of many such maps, share by share, and the threshold."""
        rule = lesson("percolation")["lattice"]
        neighbours = _neighbours(data)
        how = {"side": rule["side"], "replicates": rule["replicates"], "seed": rule["seed"]}
        yield {"threshold": cs.theory.percolation_threshold(neighbours)}
        for share in rule["shares"]:
            yield {"rows": cs.theory.percolation([share], neighbours=neighbours, **how)}

    # ---- links

    def _linked(self) -> Iterator[None]:
        """Make the landscape of the links' lesson, where it is not there."""
        if self._links is None:
            rule = lesson("corridor")["links"]
            scenario = cs.Scenario.model_validate(
                {
                    "name": word("learn.cleared_landscape"),
                    "seed": rule["seed"],
                    "landscape": {"cell_m": rule["cell_m"]},
                    "edits": rule["before"],
                    "species": {key: {} for key in rule["species"]},
                }
            )
            made = cs.LinkEvaluator(scenario, replicates=rule["replicates"][-1])
            self._links = "corridor", made
        yield

    def _link_evaluator(self) -> cs.LinkEvaluator:
        assert self._links is not None
        return self._links[1]

    def places(self, data: Mapping[str, Any]) -> Told:
        """Tell the landscape of the links' lesson, its blocks, and where the links would lie."""
        yield from self._linked()
        one, rule = self._link_evaluator(), lesson("corridor")["links"]
        about = picture_of(one)
        cover = next(layer for layer in about.about["layers"] if layer["key"] == "land_cover")
        links = []
        for choice in rule["choices"]:
            (edit,) = _edits(choice, one.land)
            links.append({"key": choice["key"], "rings": _rings(edit)})
            yield None
        yield {
            "layer": worded_layer(cover),
            "cells": b64encode(about.rasters["land_cover"]).decode("ascii"),
            "degrees": about.about["degrees"],
            "core_areas": about.about["core_areas"],
            "blocks": about.about["blocks"],
            "species": [
                {"key": each.key, "name": each.common_name, "colour": each.colour}
                for each in one.species
            ],
            "links": links,
        }

    def link(self, data: Mapping[str, Any]) -> Told:
        """Tell what a prepared link does, growing, and the ways of animals that live otherwise."""
        rule = lesson("corridor")["links"]
        choice = next((c for c in rule["choices"] if c["key"] == data.get("choice")), None)
        if choice is None:
            raise Refused(word("learn.no_link", name=str(data.get("choice"))[:60]), 404)
        return self._answered(choice, rule)

    def _answered(self, choice: Mapping[str, Any], rule: Mapping[str, Any]) -> Told:
        yield from self._linked()
        one = self._link_evaluator()
        most = rule["replicates"][-1]
        for n in range(WALKED, most + 1, WALKED):
            one.prepare(n)
            yield {"walked": n, "of": most}
        edits = _edits(choice, one.land)
        effect = None
        for effect in one.effects(edits, name=choice["key"], replicates=rule["replicates"]):
            rows = effect.outcomes[effect.outcomes["outcome"] == rule["outcome"]]
            yield {
                "choice": choice["key"],
                "n": effect.replicates,
                "of": most,
                "rows": rows,
                "animals": effect.animals[["species", "dispersers", "end_otherwise"]],
            }
        assert effect is not None
        lives = one.lives(effect)
        gained = lives[lives["gain"] > 0].head(rule["ways"])
        rows = list(one.ways(effect, gained).itertuples()) if len(gained) else []
        yield {
            "choice": choice["key"],
            "ways": [
                {
                    "species": row.species,
                    "change": row.change,
                    "line": np.asarray(row.geometry.coords).round(0).tolist(),
                }
                for row in rows
            ],
            "gained": int((lives["gain"] > 0).sum()),
            "lost": int((lives["gain"] < 0).sum()),
        }

    # ---- drift

    def blocks(self, data: Mapping[str, Any]) -> Told:
        """Tell the made landscape of the lesson on drift, with one of its links."""
        rule = lesson("drift")["drift"]
        land = _made(rule, _choice(data, rule))
        layer, cells = layer_of("land_cover", land.to_xarray()["land_cover"], land)
        yield {"layer": worded_layer(layer), "cells": b64encode(cells).decode("ascii")}

    def drift(self, data: Mapping[str, Any]) -> Told:
        """Let replicates live side by side, and tell genes and numbers every few years."""
        rule = lesson("drift")["drift"]
        return self._lived(rule, _choice(data, rule))

    def _lived(self, rule: Mapping[str, Any], link: str) -> Told:
        key, every = rule["species"], rule["every_y"]
        land = _made(rule, link)
        scenario = cs.Scenario.model_validate(
            {
                "name": link,
                "years": rule["years"],
                "seed": rule["seed"],
                "life_cycle": {"burn_in": {"at_most_y": 0}, "genes": {"trees": False}},
                "species": {key: {"traits": {"mortality": dict(rule["without"])}}},
            }
        )
        models = []
        for replicate in range(rule["replicates"]):
            models.append(cs.DecadesModel(scenario, land=land, replicate=replicate))
            yield None
        joined = np.zeros(len(models))
        for year in range(0, rule["years"] + 1, every):
            kept, apart, counts = [], [], []
            for i, model in enumerate(models):
                for _ in range(every if year else 0):
                    model.step()
                    joined[i] += model.datacollector.model_vars[f"{key}_joining"][-1]
                found = model.diversity(key, loci=rule["loci"]) if _alive(model, key) else None
                both = found is not None and len(found.groups[found.groups > 0]) == 2
                kept.append(float(found.expected.value.mean()) if found and both else np.nan)
                apart.append(float(found.fst_all.value) if found and both else np.nan)
                counts.append(_independent(model, key))
                yield None
            generation = models[0].generation_y[key]
            table = models[0].animal_table()
            yield {
                "link": link,
                "year": year,
                "of": rule["years"],
                "generation_y": generation,
                "replicates": len(models),
                "heterozygosity": _interval(kept),
                "fst": _interval(apart),
                "animals": _interval([n / 2 for n in counts]),
                "lost": int(np.isnan(kept).sum()),
                # into one of two blocks, in a generation
                "migrants": float(joined.mean() / 2 / year * generation) if year else None,
                "places": np.round([table["x_m"], table["y_m"]]).T.tolist(),
            }

    def islands(self, data: Mapping[str, Any]) -> Told:
        """Tell the exact course of two islands, for each effective size of a slider."""
        rule = lesson("drift")["drift"]
        migrants = data.get("migrants", 0.0)
        if not isinstance(migrants, int | float) or not 0 <= migrants <= rule["effective_sizes"][0]:
            raise Refused(word("learn.no_number", most=rule["effective_sizes"][0]), 422)
        generations = _whole(data.get("generations", 10), 1, 1000)
        curves = {
            str(size): cs.theory.island_model(size, float(migrants), generations)
            for size in rule["effective_sizes"]
        }
        yield {
            "migrants": migrants,
            "curves": curves,
            "balance": cs.theory.island_fst(float(migrants)),
            "balance_of_two": cs.theory.island_fst(float(migrants), demes=2),
        }


def _points(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the points that a page asks for."""
    points = data.get("at")
    if not isinstance(points, list) or not all(isinstance(one, dict) for one in points):
        raise Refused(word("server.unread"))
    return points


def _choice(data: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    link = data.get("link", "none")
    if link not in rule["links"]:
        raise Refused(word("learn.no_link", name=str(link)[:60]), 404)
    return str(link)


def _neighbours(data: Mapping[str, Any]) -> int:
    value = data.get("neighbours", 4)
    if value not in (4, 8):
        raise Refused(word("learn.no_neighbours", value=str(value)[:40]), 422)
    return int(value)


def _whole(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Refused(word("learn.no_whole_number", low=low, high=high, value=str(value)[:40]), 422)
    return value


def _share_of(data: Mapping[str, Any], key: str) -> float:
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise Refused(word("learn.no_share", value=str(value)[:40]), 422)
    return float(value)


def _looks(key: str) -> dict[str, str]:
    """Return the name and the colour of a species of the catalogue."""
    try:
        one = cs.load_species(key)
    except cs.CorridorSimError:
        return {"name": key}
    return {"name": one.common_name, "colour": one.colour}


def _forest(land: cs.Landscape) -> NDArray[np.bool_]:
    return np.asarray(land.covers.has(land["land_cover"], "clearable"))


def _share(some: NDArray[np.bool_], of: NDArray[np.bool_]) -> float | None:
    total = int(of.sum())
    return float(some.sum() / total) if total else None


def _grid(land: cs.Landscape) -> dict[str, float]:
    grid = land.grid
    return {
        "width": grid.width,
        "height": grid.height,
        "cell_m": float(grid.cell_m),
        "west_m": float(grid.west_m),
        "north_m": float(grid.north_m),
    }


def _text(cells: NDArray[np.uint8]) -> str:
    return b64encode(cells.tobytes()).decode("ascii")


def _edits(choice: Mapping[str, Any], land: cs.Landscape) -> tuple[Any, ...]:
    change = {"kind": "build_link", "name": choice["key"], "crs": "EPSG:4326"}
    change |= {key: choice[key] for key in ("line", "width_m", "actions")}
    return cs.Alternative(name=choice["key"], changes=(change,)).edits(land)


def _rings(edit: Any) -> list[Any]:
    return [[list(map(float, corner)) for corner in ring] for ring in edit.areas]


def _alive(model: cs.DecadesModel, species: str) -> bool:
    return len(model.populations[species].individuals) > 1


def _independent(model: cs.DecadesModel, species: str) -> float:
    return float(model.datacollector.model_vars[f"{species}_independent"][-1])


def _interval(values: list[float]) -> dict[str, float | int | None]:
    """Return the mean over replicates with its 95 % Student interval; who is lost is left out."""
    from scipy import stats

    known = np.array([v for v in values if np.isfinite(v)])
    if known.size == 0:
        return {"mean": None, "low": None, "high": None, "n": 0}
    mean = float(known.mean())
    half = float("nan")
    if known.size > 1:
        half = float(stats.t.ppf((1 + LEVEL) / 2, known.size - 1) * known.std(ddof=1))
        half /= float(np.sqrt(known.size))
    return {"mean": mean, "low": mean - half, "high": mean + half, "n": int(known.size)}


def _made(rule: Mapping[str, Any], link: str) -> cs.Landscape:
    """Return two blocks of forest, joined by a strip of it or not."""
    import xarray as xr
    from pyproj import CRS

    side, gap, rim = rule["side_cells"], rule["gap_cells"], rule["rim_cells"]
    covers = cs.cover_table("andes-amazon")
    forest = covers[rule["forest"]].code
    shape = side + 2 * rim, 2 * side + gap + 2 * rim
    cover = np.full(shape, covers[rule["between"]].code, np.uint8)
    core = np.zeros(shape, np.int16)
    rows = slice(rim, rim + side)
    for i, first in enumerate((rim, rim + side + gap)):
        cover[rows, first : first + side] = forest
        core[rows, first : first + side] = i + 1
    width = rule["links"][link]
    top = (shape[0] - width) // 2
    cover[top : top + width, rim + side : rim + side + gap] = forest
    even = np.ones(shape, np.float32)
    cell = rule["cell_m"]
    layers = {
        "elevation_m": even * np.float32(rule["elevation_m"]),
        "temperature_c": even * np.float32(rule["temperature_c"]),
        "land_cover": cover,
        "road": np.zeros(shape, np.uint8),
        "river": np.zeros(shape, np.uint8),
        "protected": core,
    }
    place = {"crs_wkt": CRS.from_user_input("EPSG:32717").to_wkt()}
    return cs.Landscape.from_xarray(
        xr.Dataset(
            {key: (("y", "x"), values) for key, values in layers.items()},
            coords={
                "x": 700_000.0 + cell * (np.arange(shape[1]) + 0.5),
                "y": 9_700_000.0 - cell * (np.arange(shape[0]) + 0.5),
                "spatial_ref": xr.Variable((), np.int32(0), place),
            },
            attrs={"title": "two blocks"},
        )
    )
