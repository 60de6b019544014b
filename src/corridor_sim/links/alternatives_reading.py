"""Drawn alternatives and proposals of others, read: TOML, links files, and maps of a GIS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.config.links import MAX_LINKS, Candidate, LinksFile
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import CorridorSimError, ScenarioError, counted, nearest, placing
from corridor_sim.landscape.edits import EDITS
from corridor_sim.landscape.edits.drawn import DrawnEdit
from corridor_sim.landscape.edits.places import LONLAT, bounds_text, to_grid_metres
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import mark, tr
from corridor_sim.links.alternatives import (
    LINK,
    MOST_ALTERNATIVES,
    Alternative,
    Alternatives,
    edit_of,
)
from corridor_sim.links.alternatives_files import SHAPES, TABLE
from corridor_sim.links.reading import (
    CROSSED,
    MAX_FILE_BYTES,
    actions_of,
    fields_of,
    listed,
    name_in,
    number_in,
    text_of,
)
from corridor_sim.toml.strict import parse_toml, read_text, validate

Row = Mapping[str, Any]
# what an alternative of a map may be told by, in the order of preference
OTHER_KINDS = {
    "base": mark("an experiment"),
    "factors": mark("an experiment"),
    "beside": mark("an experiment"),
    "sweep": mark("a sweep"),
    "sensitivity": mark("a sensitivity analysis"),
    "species": mark("a scenario"),
    "landscape": mark("a scenario"),
    "edits": mark("a scenario"),
}


@dataclass(slots=True)
class _Held:
    """What a file holds: alternatives by name, made when they are asked for."""

    made: dict[str, Callable[[], Alternative]] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    base: Scenario | None = None


def read_alternatives(
    path: str | Path, *, names: Sequence[str] | None = None, landscape: Landscape | None = None
) -> Alternatives:
    """Return the alternatives of a file: what was drawn, or what somebody else proposes.

    Parameters
    ----------
    path : path
        TOML or GeoPackage as :func:`write_alternatives` writes them; a links file, whose candidates
        are taken; or a GeoPackage, GeoJSON or Shapefile of a GIS, zipped or not, of which each
        polygon, or line with a field ``width_m``, is a link. Its fields ``name``, ``cost`` and
        ``actions`` are read where there are such; see docs/links.md.
    names : sequence of str, optional
        Those that are meant, where a file holds more than eight.
    landscape : Landscape, optional
        To whose CRS all places are brought; what lies outside it is refused.

    Raises
    ------
    CorridorSimError
        In one line: the file, the place in it, the value and what to do.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> line = [[-78.9, -3.0], [-78.3, -3.0]]
    >>> link = {"kind": "build_link", "name": "a", "line": line, "width_m": 5e3}
    >>> one = cs.Alternative(name="North", cost=4, changes=[{**link, "actions": ["restore"]}])
    >>> cs.read_alternatives(cs.write_alternatives([one], "drawn.gpkg")).alternatives[0].cost
    4.0
    """
    path = Path(path)
    held = _held(path)
    wanted = list(held.made) if names is None else list(names)
    for name in wanted:
        if name not in held.made:
            raise ScenarioError(
                f"holds no {name!r}", where=path, remedy=nearest(name, list(held.made))
            )
    if len(wanted) > MOST_ALTERNATIVES:
        raise ScenarioError(
            tr(
                "holds {n} alternatives, {most} are the most", n=len(wanted), most=MOST_ALTERNATIVES
            ),
            where=path,
            remedy=tr("choose among them by their names"),
        )
    found = [held.made[name]() for name in wanted]
    if landscape is not None:
        found = [_on(one, landscape, f"{path}: {one.name!r}") for one in found]
    return Alternatives(alternatives=tuple(found), base=held.base, **held.about)


def alternative_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of all alternatives of a file, of which eight at most are read at a time.

    Parameters
    ----------
    path : path
        As for :func:`read_alternatives`.

    Raises
    ------
    CorridorSimError
        As :func:`read_alternatives`, as far as the file as a whole shows it.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> path = cs.write_alternatives([cs.Alternative(name="North")], "drawn.toml")
    >>> cs.alternative_names(path)
    ('North',)
    """
    return tuple(_held(Path(path)).made)


def _held(path: Path) -> _Held:
    if path.suffix.lower() == ".toml":
        return _of_toml(path)
    file = Path(str(path).partition("|")[0])
    if path.suffix.lower() == ".zip" and file.is_file():
        from corridor_sim.landscape.io.zipped import unpacked

        with unpacked(path) as inside:
            return _of_map(inside, path)
    return _of_map(path, path)


def _of_toml(path: Path) -> _Held:
    text = read_text(path, ScenarioError)
    data = parse_toml(text, where=path, error=ScenarioError)
    if "links" in data:
        return _of_links(
            validate(LinksFile, data, where=path, error=ScenarioError, text=text), path
        )
    other = next((what for key, what in OTHER_KINDS.items() if key in data), None)
    if other is not None and TABLE not in data:
        raise ScenarioError(
            tr("is {kind}, which holds nothing that was drawn", kind=tr(other)),
            where=path,
            remedy=tr("open a links file, a GeoPackage or what was drawn here"),
        )
    with _placed(path):
        found = validate(Alternatives, data, where=path, error=ScenarioError, text=text)
    about = {"cost_unit": found.cost_unit, "budget": found.budget}
    return _Held({one.name: _given(one) for one in found.alternatives}, about, found.base)


@contextmanager
def _placed(where: str | Path) -> Iterator[None]:
    """Name the place of what single changes are refused for, which know no file."""
    try:
        yield
    except ScenarioError as bad:
        if bad.where is not None and bad.where.startswith(str(where)):
            raise
        inside = f": {bad.where}" if bad.where else ""
        raise ScenarioError(bad.problem, where=f"{where}{inside}", remedy=bad.remedy) from None


def _given(one: Alternative) -> Callable[[], Alternative]:
    return lambda: one


def _of_links(file: LinksFile, path: Path) -> _Held:
    settings = file.links
    if settings.file is not None:
        raise ScenarioError(
            tr("takes its links from {file}", file=settings.file),
            where=path,
            remedy=tr("open that file"),
        )
    made = {one.name: _given(_of_candidate(one)) for one in settings.candidates}
    about = {"cost_unit": settings.cost_unit, "budget": settings.budget}
    return _Held(made, about, file.base)


def _of_candidate(one: Candidate) -> Alternative:
    data = one.model_dump(mode="json", exclude_none=True)
    change = {"kind": LINK, "name": one.name, "crs": one.crs, "actions": data["actions"]}
    if one.line is not None:
        change |= {"line": data["line"], "width_m": one.width_m}
    else:
        change["areas"] = data["area"]
    return Alternative(name=one.name, cost=one.cost, changes=(change,))


# ---- maps of a GIS


def _of_map(file: Path, path: Path) -> _Held:
    """Return what a vector file holds, told as one at ``path``."""
    from corridor_sim.landscape.io.drawn import Drawn, read_drawn
    from corridor_sim.landscape.io.vectors import split_layer

    opened, layer = split_layer(file)
    with placing(path):
        if opened.is_file() and opened.stat().st_size > MAX_FILE_BYTES:
            raise ScenarioError(
                tr(
                    "is {size} MiB, above the limit of {most} MiB",
                    size=opened.stat().st_size >> 20,
                    most=MAX_FILE_BYTES >> 20,
                ),
                remedy=tr("keep the links and their fields only"),
            )
        kinds, table = _layers(opened)
        wanted = [layer] if layer is not None else _drawn_in(kinds)
        layers: dict[str, Drawn] = {}
        for name in wanted:
            shapes = ("Point",) if table and name == "points" else ("Polygon", "LineString")
            named = opened if len(kinds) < 2 else Path(f"{opened}|layername={name}")
            try:
                layers[name] = read_drawn(named, "links", shapes)
            except CorridorSimError as bad:
                # where it lies while it is read is nobody's business
                raise type(bad)(bad.problem, where=None, remedy=bad.remedy) from None
    n = sum(len(one.fids) for one in layers.values())
    if n > MAX_LINKS:
        raise ScenarioError(
            tr("holds {n} features, above the limit of {most}", n=n, most=MAX_LINKS),
            where=path,
            remedy=tr("keep those that are meant in a file of their own"),
        )
    rows = [row for name, one in layers.items() for row in _rows(name, one, path)]
    return _of_ours(rows, table, path) if table else _of_others(rows, path)


def _layers(file: Path) -> tuple[dict[str, str | None], list[dict[str, Any]]]:
    """Return the layers of a file with their kind of shapes, and the rows of our own table."""
    import pyogrio
    from pyogrio.errors import DataSourceError

    from corridor_sim.errors import LandscapeError
    from corridor_sim.landscape.io.opening import vector_file

    unread = LandscapeError(
        tr("cannot be read as a map"),
        remedy=tr("give a GeoPackage, GeoJSON or Shapefile; copy it again if it was cut short"),
    )
    with vector_file(file) as opened:
        try:
            found = [(str(n), k) for n, k in pyogrio.list_layers(opened) if n != "layer_styles"]
            rows: list[dict[str, Any]] = []
            if (TABLE, None) in found:
                info = pyogrio.read_info(opened, layer=TABLE)
                if info["features"] <= MAX_LINKS:
                    meta, _, _, columns = pyogrio.raw.read(opened, layer=TABLE, read_geometry=False)
                    fields = [str(one) for one in meta["fields"]]
                    rows = [
                        dict(zip(fields, row, strict=True)) for row in zip(*columns, strict=True)
                    ]
        except (DataSourceError, RuntimeError, ValueError, OSError, UnicodeDecodeError):
            raise unread from None
    ours = bool(rows) and {"alternative", "changes"} <= set(rows[0])
    return dict(found), rows if ours else []


def _drawn_in(kinds: Mapping[str, str | None]) -> list[str]:
    """Return the layers that can hold links, or all with shapes where none can."""
    placed = [name for name, kind in kinds.items() if kind is not None]
    fit = [name for name in placed if "Point" not in str(kinds[name]) or name in SHAPES]
    return fit or placed[:1]


def _rows(layer: str, drawn: Any, path: Path) -> list[dict[str, Any]]:
    """Return features as rows: fields by name, shape, and where they stand."""
    names = list(drawn.fields)
    return [
        {
            **{name: drawn.fields[name][i] for name in names},
            "": (layer, drawn.parts[i], drawn.crs, f"{path}: {layer}, feature {fid}"),
        }
        for i, fid in enumerate(drawn.fids)
    ]


def _coordinates(parts: Sequence[Any], where: str) -> tuple[str, Any]:
    """Return the shape of a feature as a key of a change, and its coordinates."""
    from corridor_sim.landscape.polygons import without_holes

    kinds = {part.geom_type for part in parts}
    if kinds == {"Polygon"}:
        if any(part.interiors and not part.is_valid for part in parts):
            raise ScenarioError(tr(CROSSED[0]), where=where, remedy=tr(CROSSED[1]))
        rings = [ring for part in parts for ring in without_holes(part, 0.0)]
        return "areas", [[list(xy) for xy in ring.exterior.coords[:-1]] for ring in rings]
    if len(parts) > 1:
        raise ScenarioError(
            tr("is in several parts")
            if len(kinds) == 1
            else tr("has lines and polygons in one shape"),
            where=where,
            remedy=tr("join them, or make several features of it"),
        )
    line = [list(xy) for xy in parts[0].coords]
    return ("at", line[0]) if kinds == {"Point"} else ("line", line)


def _of_others(rows: Sequence[Row], path: Path) -> _Held:
    """Return the features of somebody's map, each a link and an alternative."""
    held = _Held()
    for number, row in enumerate(rows, 1):
        where = row[""][3]
        at = fields_of([name for name in row if name])
        name = name_in(row[at["name"]], where) if "name" in at else ""
        name = name or f"{row[''][0]} {number}"
        if name in held.made:
            raise ScenarioError(
                tr("two features are named {name!r}", name=name),
                where=path,
                remedy=tr("rename one"),
            )
        held.made[name] = _link(row, at, name)
    return held


def _link(row: Row, at: Mapping[str, str], name: str) -> Callable[[], Alternative]:
    def make() -> Alternative:
        _, parts, crs, where = row[""]
        where += f", {name[:80]!r}"
        numbers = {
            key: number_in(row[at[key]], key, where)
            for key in ("cost", "width_m")
            if key in at and text_of(row[at[key]])
        }
        words = next((listed(row[at[k]]) for k in ("actions", "does") if k in at), [])
        key, coordinates = _coordinates(parts, where)
        change: dict[str, Any] = {"kind": LINK, "name": name, key: coordinates, "crs": crs}
        change["actions"] = actions_of(words, where) if words else ["restore", "protect"]
        if key == "line":
            if "width_m" not in numbers:
                raise ScenarioError(
                    tr("is a line without a width"),
                    where=where,
                    remedy=tr("give it a field width_m, its width in metres, or draw its outline"),
                )
            change["width_m"] = numbers["width_m"]
        return _alternative({"name": name, "cost": numbers.get("cost"), "changes": [change]}, where)

    return make


def _alternative(data: dict[str, Any], where: str) -> Alternative:
    data = {key: value for key, value in data.items() if value is not None}
    with _placed(where):
        return validate(Alternative, data, where=where, error=ScenarioError)


def _of_ours(rows: Sequence[Row], table: Sequence[Row], path: Path) -> _Held:
    """Return the alternatives of a GeoPackage of :func:`write_alternatives`."""
    held = _Held()
    for at, one in enumerate(table, 1):
        name = name_in(one["alternative"], f"{path}: {TABLE}, row {at}")
        if not name or name in held.made:
            raise ScenarioError(
                tr("names {name!r} twice", name=name) if name else tr("has a row without a name"),
                where=f"{path}: {TABLE}",
                remedy=tr("give each alternative its own name"),
            )
        own = [row for row in rows if text_of(row.get("alternative")) == name]
        held.made[name] = _regrouped(name, one, own, path)
    for row in rows:
        # what was added in a GIS stands by its own name
        if text_of(row.get("alternative")) not in held.made:
            fields = {key: key for key in ("name", "cost", "actions") if key in row}
            name = name_in(row.get("name"), row[""][3]) or f"{row[''][0]} {len(held.made) + 1}"
            held.made[name] = _link(row, fields, name)
    unit, budget = text_of(table[0].get("cost_unit")), table[0].get("budget")
    held.about = {"cost_unit": unit} if unit else {}
    if text_of(budget):
        held.about["budget"] = number_in(budget, "budget", f"{path}: {TABLE}")
    return held


def _regrouped(name: str, one: Row, rows: Sequence[Row], path: Path) -> Callable[[], Alternative]:
    def make() -> Alternative:
        where = f"{path}: {name!r}"
        steps = [(_step(row), _change(row)) for row in rows]
        changes = _json(one.get("changes"), where)
        if not isinstance(changes, list) or not all(isinstance(c, dict) for c in changes):
            raise ScenarioError("its changes are no list", where=where, remedy="write it again")
        steps += [(c.pop("step", np.inf), c) for c in changes]
        steps.sort(key=lambda pair: pair[0] if isinstance(pair[0], int | float) else np.inf)
        costs = {
            number_in(row["cost"], "cost", row[""][3]) for row in rows if text_of(row.get("cost"))
        }
        if len(costs) > 1:
            raise ScenarioError(
                f"has {counted(len(costs), 'cost')}", where=where, remedy="give all its rows one"
            )
        cost = next(iter(costs), None)
        if cost is None and text_of(one.get("cost")):
            cost = number_in(one["cost"], "cost", where)
        return _alternative({"name": name, "cost": cost, "changes": [c for _, c in steps]}, where)

    return make


def _step(row: Row) -> float:
    text = text_of(row.get("step"))
    return number_in(text, "step", row[""][3]) if text else float("inf")


def _change(row: Row) -> dict[str, Any]:
    layer, parts, crs, where = row[""]
    key, coordinates = _coordinates(parts, where)
    change = _json(row.get("settings", "{}"), where)
    if not isinstance(change, dict):
        raise ScenarioError("its settings are no table", where=where, remedy="write it again")
    kind = LINK if layer == "links" else text_of(row.get("kind"))
    model = EDITS.get(kind)
    if model is None:
        raise ScenarioError(f"unknown kind {kind[:60]!r}", where=where, remedy=nearest(kind, EDITS))
    if issubclass(model, DrawnEdit) and key == "line":
        key = model.place_key
    change |= {"kind": kind, key: coordinates, "crs": crs}
    if "name" in model.model_fields:
        change["name"] = name_in(row.get("name"), where)
    if kind == LINK:
        change["actions"] = actions_of(listed(row.get("actions")), where)
    return change


def _json(value: Any, where: str) -> Any:
    try:
        return json.loads(text_of(value) or "[]")
    except (ValueError, RecursionError):
        raise ScenarioError(tr("is damaged"), where=where, remedy=tr("write it again")) from None


# ---- brought to a landscape


def _on(one: Alternative, landscape: Landscape, where: str) -> Alternative:
    """Return an alternative with all places in the CRS of a landscape, on which they must lie."""
    grid = landscape.grid
    changes = [_moved(change, grid, where) for change in one.changes]
    return one.model_copy(update={"changes": tuple(changes)})


def _moved(change: Mapping[str, Any], grid: Grid, where: str) -> dict[str, Any]:
    with placing(where):
        edit = edit_of(change, grid, where)
    if not isinstance(edit, DrawnEdit) or not getattr(edit, edit.place_key):
        return dict(change)
    crs, key = change.get("crs", LONLAT), "line" if "line" in change else edit.place_key
    place = change[key]
    rings = {"areas": place, "at": [place]}.get(key, [place])
    moved = [to_grid_metres(tuple(map(tuple, ring)), crs, grid, where) for ring in rings]
    west, south, east, north = grid.bounds_m
    x, y = np.vstack(moved).T
    if x.max() <= west or x.min() >= east or y.max() <= south or y.min() >= north:
        raise ScenarioError(
            tr("lies outside the landscape"),
            where=where,
            remedy=tr("{bounds}; look at its CRS, or take it out", bounds=bounds_text(grid, crs)),
        )
    if crs != grid.crs:
        moved = [ring.round(2) for ring in moved]
    lists = [ring.tolist() for ring in moved]
    found = {"areas": lists, "at": lists[0][0]}.get(key, lists[0])
    return {**change, key: found, "crs": grid.crs}
