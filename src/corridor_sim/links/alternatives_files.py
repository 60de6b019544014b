"""Drawn alternatives as files: TOML, GeoPackage, and what other commands take.

A GeoPackage has layers for what has a place (``links``, ``areas``, ``lines``, ``points``) in metres
of the landscape, and a table ``alternatives`` for what has none. Where a change lies is read from
its shape alone, so that what was moved in a GIS is moved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.config.anywhere import data_anywhere
from corridor_sim.config.build import landscape_grid
from corridor_sim.config.links import LinksFile
from corridor_sim.config.load import Resolved, ScenarioLike, scenario_of
from corridor_sim.config.schema import Experiment, Scenario
from corridor_sim.errors import ResultsError, ScenarioError, refuse_unknown
from corridor_sim.files import write_text
from corridor_sim.gis import layers as looks
from corridor_sim.landscape.edits.drawn import DrawnEdit
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.landscape.edits.places import to_grid_metres
from corridor_sim.landscape.grid import Grid
from corridor_sim.languages import tr
from corridor_sim.links.alternatives import Alternative, Alternatives, candidate_of, edit_of
from corridor_sim.progress import tell
from corridor_sim.toml.strict import validate

if TYPE_CHECKING:
    from corridor_sim.links.drawn import LinkEvaluator

FORMS = ("alternatives", "links", "scenario", "experiment")
# layers of a GeoPackage by what a change is drawn as; links have one of their own
LAYERS = {"Polygon": "areas", "LineString": "lines", "Point": "points"}
SHAPES = {"links": "MultiPolygon", "areas": "MultiPolygon", "lines": "LineString"}
SHAPES["points"] = "Point"
TABLE = "alternatives"
_LOOKS: dict[str, Callable[[], Any]] = {
    "links": looks.proposals,
    "areas": partial(looks.drawn, "fill"),
    "lines": partial(looks.drawn, "line"),
    "points": partial(looks.drawn, "marker"),
}
# what a layer holds of a change beside its other settings
OF_LAYER = ("kind", "name", "actions", "does", "line", "width_m", "crs")


def write_alternatives(
    alternatives: Alternatives | Sequence[Alternative],
    path: str | Path,
    *,
    form: str = FORMS[0],
    scenario: ScenarioLike | None = None,
) -> Path:
    """Write alternatives whole or not at all, and return the path.

    Parameters
    ----------
    alternatives : Alternatives or sequence of Alternative
    path : path
        ``.gpkg`` for layers that a GIS opens and :func:`read_alternatives` reads again, else
        ``.toml``.
    form : {"alternatives", "links", "scenario", "experiment"}
        What a TOML file is: all that was drawn; a links file for ``corridor-sim links rank``, whose
        candidates are the alternatives that :meth:`Alternative.candidate` can tell, the others
        being named to who listens; the scenario of one alternative for ``corridor-sim run``;
        or today beside every alternative for ``corridor-sim compare``.
    scenario : path, Scenario or what load_scenario returns, optional
        What was drawn on: the base of the alternatives where they have one, else the built-in
        landscape. Of the form ``"alternatives"`` a part of the file where it is given. Its files
        are named by whole paths.

    Raises
    ------
    CorridorSimError
        A change that cannot be on the landscape, nothing to write in this form, or a file that
        cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> warmer = cs.Alternative(name="Warmer", changes=[{"kind": "warm", "degrees_c": 1.5}])
    >>> path = cs.write_alternatives([warmer], "warmer.toml", form="experiment")
    >>> [one.name for one in cs.load_experiment(path).scenarios]
    ['Today', 'Warmer']
    """
    import tomli_w

    path = Path(path)
    if not isinstance(alternatives, Alternatives):
        alternatives = Alternatives(alternatives=tuple(alternatives))
    drawn_on = alternatives.base if scenario is None else scenario
    refuse_unknown(form, FORMS, f"unknown form {form!r}", where="form")
    ending = path.suffix.lower()
    if ending == ".gpkg" and form == FORMS[0]:
        resolved = scenario_of(drawn_on)
        grid = landscape_grid(resolved.scenario.landscape, base_dir=resolved.base_dir)
        return _write_geopackage(alternatives, path, grid)
    if ending != ".toml":
        one_form = " (a GeoPackage holds all that was drawn)" if ending == ".gpkg" else ""
        raise ResultsError(
            f"unknown kind of file {path.suffix!r}{one_form}",
            where=path,
            remedy="end it .toml" if one_form else "end it .toml or .gpkg",
        )
    if form == FORMS[0]:
        data = alternatives.model_dump(mode="json", exclude_none=True)
        if scenario is not None:
            data["base"] = data_anywhere(scenario_of(scenario))
    else:
        base = scenario_of(drawn_on)
        grid = landscape_grid(base.scenario.landscape, base_dir=base.base_dir)
        make = {"links": _links_data, "scenario": _scenario_data, "experiment": _experiment_data}
        data = make[form](alternatives, base, grid)
    return write_text(path, tomli_w.dumps(data))


def run_digest(evaluator: LinkEvaluator, alternatives: Alternatives | Sequence[Alternative]) -> str:
    """Return what identifies the answers of an evaluator on alternatives, as 16 digits.

    SHA-256 over the program's version, the evaluator's scenario with its seed and the contents of
    its files, its replicates and dispersers, and the changes. Names and costs decide nothing.

    Parameters
    ----------
    evaluator : LinkEvaluator
    alternatives : Alternatives or sequence of Alternative

    Examples
    --------
    >>> import corridor_sim as cs
    >>> today = cs.Scenario(name="Today", landscape={"cell_m": 8000}, species={"andean_bear": {}})
    >>> evaluator = cs.LinkEvaluator(today, replicates=2, dispersers=50)
    >>> len(cs.run_digest(evaluator, [cs.Alternative(name="North")]))
    16
    """
    if isinstance(alternatives, Alternatives):
        alternatives = alternatives.alternatives
    told = [
        evaluator.identity,
        [evaluator.replicates, evaluator.dispersers, evaluator.level],
        [one.model_dump(mode="json")["changes"] for one in alternatives],
    ]
    text = json.dumps(told, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _tables(one: Alternative, grid: Grid) -> list[dict[str, Any]]:
    """Return the edits of an alternative as a scenario's file has them."""
    return [edit_of(change, grid, one.name).table() for change in one.changes]


def _links_data(given: Alternatives, base: Resolved, grid: Grid) -> dict[str, Any]:
    candidates, left_out = [], []
    for one in given.alternatives:
        try:
            candidates.append(candidate_of(one, grid))
        except ScenarioError as bad:
            left_out.append(bad)
    if not candidates:
        if left_out:
            raise left_out[0]
        raise ScenarioError("nothing is drawn", where=FORMS[1], remedy="draw a link")
    for why in left_out:
        tell(f"{why.where} is left out of the links: {why.problem}; {why.remedy}")
    settings: dict[str, Any] = {"cost_unit": given.cost_unit}
    if given.budget:
        settings["budget"] = given.budget
    settings["candidates"] = candidates
    data = {"name": tr("Drawn links"), "base": data_anywhere(base), "links": settings}
    validate(LinksFile, data, where=FORMS[1], error=ScenarioError)
    return data


def _scenario_data(given: Alternatives, base: Resolved, grid: Grid) -> dict[str, Any]:
    if len(given.alternatives) != 1:
        raise ScenarioError(
            f"a scenario is of one alternative, here are {len(given.alternatives)}",
            where="alternatives",
            remedy='write one after the other, or form="experiment"',
        )
    (one,) = given.alternatives
    data = data_anywhere(base)
    data |= {"name": one.name, "edits": [*data["edits"], *_tables(one, grid)]}
    validate(Scenario, data, where=one.name, error=ScenarioError)
    return data


def _experiment_data(given: Alternatives, base: Resolved, grid: Grid) -> dict[str, Any]:
    if not given.alternatives:
        raise ScenarioError("nothing is drawn", where="alternatives", remedy="draw one")
    beside = {one.name: {"edits": _tables(one, grid)} for one in given.alternatives}
    if base.name in beside:
        raise ScenarioError(
            f"an alternative is called {base.name!r}, as the landscape without it is",
            where="alternatives",
            remedy="call it otherwise",
        )
    data = {"name": tr("Drawn alternatives"), "base": data_anywhere(base), "beside": beside}
    validate(Experiment, data, where="alternatives", error=ScenarioError)
    return data


def _write_geopackage(given: Alternatives, path: Path, grid: Grid) -> Path:
    from corridor_sim.landscape.io.export import write_geopackage

    rows: dict[str, list[tuple[Any, dict[str, Any]]]] = {}
    for one in given.alternatives:
        elsewhere = []
        cost = float("nan") if one.cost is None else one.cost
        for step, change in enumerate(one.changes, 1):
            edit = edit_of(change, grid, one.name)
            shape = _shape(edit, grid) if isinstance(edit, DrawnEdit) else None
            if shape is None or not isinstance(edit, DrawnEdit):
                elsewhere.append({"step": step, **change})
                continue
            name = getattr(edit, "name", one.name)
            row: dict[str, Any] = {"alternative": one.name, "step": step, "name": name}
            row["cost"] = cost
            if isinstance(edit, BuildLink):
                layer = "links"
                row["actions"] = ", ".join(edit.actions)
            else:
                layer = LAYERS[edit.shapes[0]]
                place = (*OF_LAYER, edit.place_key)
                rest = {key: value for key, value in change.items() if key not in place}
                row |= {"kind": edit.kind, "settings": json.dumps(rest, ensure_ascii=False)}
            rows.setdefault(layer, []).append((shape, row))
        row = {"alternative": one.name, "cost": cost}
        row |= {"cost_unit": given.cost_unit, "changes": json.dumps(elsewhere, ensure_ascii=False)}
        row["budget"] = float("nan") if given.budget is None else given.budget
        rows.setdefault(TABLE, []).append((None, row))
    if not rows:
        raise ScenarioError("nothing is drawn", where=path, remedy="draw something first")
    layers = {
        layer: (
            SHAPES.get(layer),
            [shape for shape, _ in rows[layer]],
            {key: [row[key] for _, row in rows[layer]] for key in rows[layer][0][1]},
        )
        for layer in (*SHAPES, TABLE)
        if layer in rows
    }
    return write_geopackage(path, layers, grid.crs, _LOOKS)


def _shape(edit: DrawnEdit, grid: Grid) -> Any:
    """Return what was drawn in metres of the grid; None where the edit goes without a place."""
    from shapely import LineString, MultiPolygon, Point, Polygon

    place = getattr(edit, edit.place_key)
    if not place:
        return None
    rings = {"Polygon": place, "LineString": (place,), "Point": ((place,),)}[edit.shapes[0]]
    moved = [to_grid_metres(ring, edit.crs, grid, edit.where(edit.place_key)) for ring in rings]
    if edit.shapes[0] == "Polygon":
        return MultiPolygon([Polygon(ring) for ring in moved])
    return LineString(moved[0]) if edit.shapes[0] == "LineString" else Point(moved[0][0])
