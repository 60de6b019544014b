"""Candidate links from a GeoPackage, GeoJSON or Shapefile, or of another links file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import MAX_LINKS, Candidate, LinksFile, first_twice, tell_of_does
from corridor_sim.errors import LandscapeError, ScenarioError, nearest, refuse_unknown
from corridor_sim.landscape import polygons
from corridor_sim.landscape.edits.linking import ACTIONS
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.features import LINES, POLYGONS, Features
from corridor_sim.landscape.io.field_values import (
    cell_shown,
    comma_remedy,
    is_absent,
    name_of,
    number_of,
)
from corridor_sim.landscape.names import unprintable
from corridor_sim.landscape.polygons import simple_parts, without_holes
from corridor_sim.languages import mark, tr
from corridor_sim.toml.strict import parse_toml, read_text, validate

FIELDS = ("name", "cost", "width_m", "actions", "does", "must")
NEEDED = ("name", "cost")
# two hundred links with a thousand corners each are a few megabytes
MAX_FILE_BYTES = 256 << 20
YES, NO = ("true", "1", "1.0"), ("false", "0", "0.0")
CROSSED = mark("crosses itself or has no area"), mark("list its corners in order, once around")


def read_candidates(path: Path, grid: Grid) -> list[Candidate]:
    """Return the candidates of a vector file: fields name, cost, and for lines width_m.

    Of another links file (``.toml``) its own candidates are taken and nothing else.

    ``actions`` (``does`` in earlier files) is a list, or a list in one text (``"restore,
    protect"``); ``must`` is true, false, 1, 0 or empty. Names of fields may be in capitals. Other
    fields are nobody's business.

    Raises
    ------
    CorridorSimError
        A file that cannot be read or holds too many links, fields that are missing, or a value
        that cannot be.
    """
    if path.suffix.lower() == ".toml":
        return _of_links_file(path)
    _refuse_size(path)
    # what opens maps of a GIS takes a second to load, and TOML is read here as well
    from corridor_sim.landscape.io.vectors import read_vector

    found = read_vector(path, "links.file", grid, (*LINES, *POLYGONS))
    names = fields_of(found.fields)
    tell_of_does(path, names)
    for name in NEEDED:
        if name not in names:
            raise ScenarioError(
                f"has no field {name!r}",
                where=path,
                remedy=nearest(name, sorted(found.fields)) if found.fields else "add it",
            )
    _refuse_absent(path, found, names["name"], grid)
    columns = {key: found.fields[name] for key, name in names.items()}
    rows = [_row(found, columns, i, grid, path) for i in range(found.geometry.size)]
    twice = first_twice(one.name for one in rows)
    if twice is not None:
        raise ScenarioError(f"two links are named {twice!r}", where=path, remedy="rename one")
    return rows


def _of_links_file(path: Path) -> list[Candidate]:
    text = read_text(path, ScenarioError)
    data = parse_toml(text, where=path, error=ScenarioError)
    if "links" not in data:
        raise ScenarioError("has no section [links]", where=path, remedy="name a links file")
    file = validate(LinksFile, data, where=path, error=ScenarioError, text=text)
    tell_of_does(path, *data["links"].get("candidates", ()))
    if file.links.file is not None:
        raise ScenarioError(
            f"takes its links from {file.links.file} itself", where=path, remedy="name that file"
        )
    return list(file.links.candidates)


def fields_of(given: Collection[str]) -> dict[str, str]:
    """Return the file's names of the fields that count; Shapefiles like capitals."""
    names = {}
    for key in FIELDS:
        alike = [key] if key in given else [n for n in given if n.lower() == key]
        if alike:
            names[key] = alike[0]
    return names


def _refuse_size(path: Path) -> None:
    """Refuse what is too large for links before any of it is read."""
    from corridor_sim.landscape.io.vectors import open_layer, split_layer

    file, layer = split_layer(path)
    if file.is_file() and file.stat().st_size > MAX_FILE_BYTES:
        raise ScenarioError(
            f"is {file.stat().st_size >> 20} MiB, above the limit of {MAX_FILE_BYTES >> 20} MiB "
            "for links",
            where=path,
            remedy="keep the links and their fields only",
        )
    with open_layer(file, layer, f"{path} (links.file)") as (_, _, info):
        if info["features"] > MAX_LINKS:
            raise ScenarioError(
                f"{info['features']} links exceed {MAX_LINKS}",
                where=path,
                remedy="choose among them first",
            )


def _refuse_absent(path: Path, found: Features, field: str, grid: Grid) -> None:
    """Refuse features that were left out because no part of them touches the landscape."""
    import pyogrio

    from corridor_sim.landscape.edits.places import bounds_text
    from corridor_sim.landscape.io.vectors import open_layer, split_layer

    file, layer = split_layer(path)
    with open_layer(file, layer, f"{path} (links.file)") as (opened, layer, _):
        _, fids, _, (names,) = pyogrio.raw.read(
            opened, layer=layer, columns=[field], read_geometry=False, return_fids=True
        )
    here = set(found.fid.tolist())
    shapeless = {f for fids in found.told.values() for f in fids} - here
    for fid, name in zip(fids, names, strict=True):
        if int(fid) in shapeless:
            raise ScenarioError(
                f"link {text_of(name)!r} has no shape",
                where=f"{path}: feature {fid}",
                remedy="draw it, or take it out",
            )
        if int(fid) not in here:
            raise ScenarioError(
                f"link {text_of(name)!r} lies outside the landscape or has no shape",
                where=f"{path}: feature {fid}",
                remedy=f"{bounds_text(grid, grid.crs)}; take it out or correct its CRS",
            )


def _row(
    found: Features, columns: Mapping[str, NDArray[Any]], i: int, grid: Grid, path: Path
) -> Candidate:
    where = f"{path}: feature {found.fid[i]}"
    values = {key: column[i] for key, column in columns.items()}
    name = name_in(values["name"], where)
    if not name:
        raise ScenarioError("has no name", where=where, remedy="give one that no other link has")
    where += f", link {name[:80]!r}"
    if found.geometry[i].geom_type == "LineString" and found.geometry[i].is_empty:
        raise ScenarioError("its line has no length", where=where, remedy="give two places or more")
    if found.geometry[i].is_empty or found.fid[i] in found.told.get(polygons.CROSSES, ()):
        where = f"{path}: link {name[:80]!r}"
        raise ScenarioError(tr(CROSSED[0]), where=where, remedy=tr(CROSSED[1]))
    data: dict[str, Any] = {"crs": grid.crs, "name": name}
    for key in ("cost", "width_m"):
        # an empty cell is no number in a table of numbers, and no text in one of texts
        if text_of(values.get(key)):
            data[key] = number_in(values[key], key, where)
    if "cost" not in data:
        raise ScenarioError("has no cost", where=where, remedy="give a number above 0")
    for key in ("does", "actions"):
        if listed(values.get(key)):
            data["actions"] = actions_of(listed(values[key]), f"{where}: {key}")
    data["must"] = _yes_or_no(values.get("must"), where)
    data |= _ground(found.geometry[i], grid, where)
    if "area" in data:
        data.pop("width_m", None)
    return validate(Candidate, data, where=where, error=ScenarioError)


def _ground(shape: Any, grid: Grid, where: str) -> dict[str, Any]:
    """Return a shape as the line or the rings of a candidate."""
    parts = simple_parts(shape)
    kinds = {part.geom_type for part in parts}
    if len(kinds) > 1:
        raise ScenarioError(
            "has lines and polygons in one shape", where=where, remedy="make two links of it"
        )
    if kinds == {"LineString"}:
        if len(parts) > 1:
            raise ScenarioError("its line is in several parts", where=where, remedy="join them")
        return {"line": list(parts[0].coords)}
    rings = []
    for part in parts:
        for one in without_holes(part, grid.cell_km2 * 1e6):
            rings.append(list(one.exterior.coords[:-1]))
    return {"area": rings}


def name_in(value: Any, where: str) -> str:
    """Return a name in its one form; one with a line break is for the schema to refuse."""
    text = text_of(value)
    if unprintable(text) is not None:
        return text
    name = "" if is_absent(value) else name_of(value, where)
    if isinstance(name, LandscapeError):
        raise ScenarioError(f"name {name.problem}", where=where, remedy=name.remedy)
    return name


def text_of(value: Any) -> str:
    """Return what stands in a cell as text, empty where nothing does."""
    if isinstance(value, list | tuple | dict | np.ndarray):
        return cell_shown(value)
    return "" if is_absent(value) else str(value).strip()


def number_in(value: Any, key: str, where: str) -> float:
    """Return a number, from a column of numbers or of texts."""
    number = number_of(value)
    if number is not None:
        return number
    remedy = comma_remedy(value).lstrip(",").strip()
    raise ScenarioError(
        f"{key} {text_of(value)[:60]!r} is no number",
        where=where,
        remedy=f"give a number above 0 {remedy}",
    )


def _yes_or_no(value: Any, where: str) -> bool | None:
    text = text_of(value).lower()
    if text and text not in (*YES, *NO):
        raise ScenarioError(
            f"must {text[:60]!r} is neither true nor false",
            where=where,
            remedy="give true (build it in any case), false (in none), or leave it empty",
        )
    return None if not text else text in YES


def listed(value: Any) -> list[str]:
    """Return the words of a list, of a list written as JSON, or of a text with commas."""
    if isinstance(value, list | tuple | np.ndarray):
        return [text_of(one) for one in value]
    text = text_of(value)
    if text.startswith("["):
        try:
            return [text_of(one) for one in json.loads(text)]
        except ValueError:
            pass  # what is no list is no action either, and is told of as such
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def actions_of(names: list[str], where: str) -> list[str]:
    """Return actions by their names, refusing what is none."""
    for name in names:
        refuse_unknown(name.lower(), ACTIONS, f"unknown action {name[:60]!r}", where=where)
    twice = first_twice(name.lower() for name in names)
    if twice is not None:
        raise ScenarioError(f"names {twice!r} twice", where=where, remedy="name it once")
    return [name.lower() for name in names]
