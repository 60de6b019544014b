"""Candidate links from a GeoPackage, GeoJSON or Shapefile, or of another links file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.vectors import LINES, POLYGONS, Features, read_vector, split_layer
from corridor_sim.links.outlines import without_holes
from corridor_sim.links.settings import DEEDS, MAX_LINKS, Candidate, LinksFile, first_twice
from corridor_sim.strict_toml import read_toml, validate

FIELDS = ("name", "cost", "width_m", "does", "must")
NEEDED = ("name", "cost")
# two hundred links with a thousand corners each are a few megabytes
MAX_FILE_BYTES = 256 << 20
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
YES, NO = ("true", "1", "1.0"), ("false", "0", "0.0")


def read_candidates(path: Path, grid: Grid) -> list[Candidate]:
    """Return the candidates of a vector file: fields name, cost, and for lines width_m.

    Of another links file (``.toml``) its own candidates are taken and nothing else.

    ``does`` is a list, or a list in one text (``"restore, protect"``); ``must`` is true, false, 1,
    0 or empty. Names of fields may be in capitals. Other fields are nobody's business.

    Raises
    ------
    CorridorSimError
        A file that cannot be read or holds too many links, fields that are missing, or a value
        that cannot be.
    """
    if path.suffix.lower() == ".toml":
        return _of_links_file(path)
    _refuse_size(path)
    found = read_vector(path, "links.file", grid, (*LINES, *POLYGONS))
    names = _fields(found)
    for name in NEEDED:
        if name not in names:
            raise ScenarioError(
                f"has no field {name!r}", where=path,
                remedy=nearest(name, sorted(found.fields)) if found.fields else "add it",
            )  # fmt: skip
    _refuse_absent(path, found, names["name"], grid)
    columns = {key: found.fields[name] for key, name in names.items()}
    rows = [_row(found, columns, i, grid, path) for i in range(found.geometry.size)]
    twice = first_twice(one.name for one in rows)
    if twice is not None:
        raise ScenarioError(f"two links are named {twice!r}", where=path, remedy="rename one")
    return rows


def _of_links_file(path: Path) -> list[Candidate]:
    data = read_toml(path, ScenarioError)
    if "links" not in data:
        raise ScenarioError("has no section [links]", where=path, remedy="name a links file")
    file = validate(
        LinksFile, data, where=path, error=ScenarioError, text=path.read_text(encoding="utf-8")
    )
    if file.links.file is not None:
        raise ScenarioError(
            f"takes its links from {file.links.file} itself", where=path, remedy="name that file"
        )
    return list(file.links.candidates)


def _fields(found: Features) -> dict[str, str]:
    """Return the file's names of the fields that count; Shapefiles like capitals."""
    names = {}
    for key in FIELDS:
        alike = [key] if key in found.fields else [n for n in found.fields if n.lower() == key]
        if alike:
            names[key] = alike[0]
    return names


def _refuse_size(path: Path) -> None:
    """Refuse what is too large for links before any of it is read."""
    import pyogrio
    from pyogrio.errors import DataSourceError

    from corridor_sim.landscape.geo import quiet

    file, layer = split_layer(path)
    if not file.is_file():
        return
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ScenarioError(
            f"is {file.stat().st_size >> 20} MiB, above the limit of {MAX_FILE_BYTES >> 20} MiB "
            "for links", where=path, remedy="keep the links and their fields only",
        )  # fmt: skip
    with quiet():
        try:
            info = pyogrio.read_info(file, layer=layer, force_feature_count=True)
        except (DataSourceError, RuntimeError, ValueError, OSError):
            return  # the reader says what is wrong with it
    if info["features"] > MAX_LINKS:
        raise ScenarioError(
            f"{info['features']} links exceed {MAX_LINKS}", where=path,
            remedy="choose among them first",
        )  # fmt: skip


def _refuse_absent(path: Path, found: Features, field: str, grid: Grid) -> None:
    """Refuse features that were left out because no part of them touches the landscape."""
    import pyogrio

    from corridor_sim.landscape.edits.places import bounds_text
    from corridor_sim.landscape.geo import quiet

    file, layer = split_layer(path)
    with quiet():
        _, fids, _, (names,) = pyogrio.raw.read(
            file, layer=layer, columns=[field], read_geometry=False, return_fids=True
        )
    for fid, name in zip(fids, names, strict=True):
        if fid not in found.fid:
            raise ScenarioError(
                f"link {_text(name)!r} lies outside the landscape or has no shape",
                where=f"{path}: feature {fid}",
                remedy=f"{bounds_text(grid, grid.crs)}; take it out or correct its CRS",
            )


def _row(
    found: Features, columns: Mapping[str, NDArray[Any]], i: int, grid: Grid, path: Path
) -> Candidate:
    where = f"{path}: feature {found.fid[i]}"
    values = {key: column[i] for key, column in columns.items()}
    name = _text(values["name"])
    if not name:
        raise ScenarioError("has no name", where=where, remedy="give one that no other link has")
    where += f", link {name[:80]!r}"
    data: dict[str, Any] = {"crs": grid.crs, "name": name}
    for key in ("cost", "width_m"):
        # an empty cell is no number in a table of numbers, and no text in one of texts
        if _text(values.get(key)):
            data[key] = _number(values[key], key, where)
    if "cost" not in data:
        raise ScenarioError("has no cost", where=where, remedy="give a number above 0")
    if _listed(values.get("does")):
        data["does"] = _deeds(_listed(values["does"]), where)
    data["must"] = _yes_or_no(values.get("must"), where)
    data |= _ground(found.geometry[i], grid, where)
    if "area" in data:
        data.pop("width_m", None)
    return validate(Candidate, data, where=where, error=ScenarioError)


def _ground(shape: Any, grid: Grid, where: str) -> dict[str, Any]:
    """Return a shape as the line or the rings of a candidate, heights left out."""
    from shapely import force_2d, get_parts

    parts = list(get_parts(force_2d(shape)))
    if "Line" in shape.geom_type:
        if len(parts) > 1:
            raise ScenarioError("its line is in several parts", where=where, remedy="join them")
        return {"line": list(parts[0].coords)}
    rings = []
    for part in parts:
        # an outline that crosses itself is told of where links are made; it cannot be cut
        whole = without_holes(part, grid.cell_km2 * 1e6) if part.is_valid else [part]
        rings += [list(one.exterior.coords[:-1]) for one in whole]
    return {"area": rings}


def _text(value: Any) -> str:
    return "" if value is None or value is np.ma.masked or value != value else str(value).strip()


def _number(value: Any, key: str, where: str) -> float:
    """Return a number, from a column of numbers or of texts."""
    text = _text(value)
    if NUMBER.fullmatch(text):
        return float(text)
    comma = isinstance(value, str) and re.search(r"\d,\d", text)
    remedy = "with a point before the decimals and nothing between thousands" if comma else ""
    raise ScenarioError(
        f"{key} {text[:60]!r} is no number", where=where, remedy=f"give a number above 0 {remedy}"
    )


def _yes_or_no(value: Any, where: str) -> bool | None:
    text = _text(value).lower()
    if text and text not in (*YES, *NO):
        raise ScenarioError(
            f"must {text[:60]!r} is neither true nor false", where=where,
            remedy="give true (build it in any case), false (in none), or leave it empty",
        )  # fmt: skip
    return None if not text else text in YES


def _listed(value: Any) -> list[str]:
    """Return the words of a list, of a list written as JSON, or of a text with commas."""
    if isinstance(value, list | tuple | np.ndarray):
        return [_text(one) for one in value]
    text = _text(value)
    if text.startswith("["):
        try:
            return [_text(one) for one in json.loads(text)]
        except ValueError:
            pass  # what is no list is no deed either, and is told of as such
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _deeds(names: list[str], where: str) -> list[str]:
    for name in names:
        if name.lower() not in DEEDS:
            raise ScenarioError(
                f"does: unknown deed {name[:60]!r}", where=where,
                remedy=nearest(name.lower(), list(DEEDS)),
            )  # fmt: skip
    twice = first_twice(name.lower() for name in names)
    if twice is not None:
        raise ScenarioError(f"does names {twice!r} twice", where=where, remedy="name it once")
    return [name.lower() for name in names]
