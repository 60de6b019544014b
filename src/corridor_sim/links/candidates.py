"""Links on a landscape: shapes checked and brought to the grid, and what building them does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, ScenarioError, nearest
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.settings import DEEDS, Candidate, LinkSettings

if TYPE_CHECKING:
    from shapely import Polygon

    from corridor_sim.landscape.vectors import Features

MAX_LINKS = 200


@dataclass(frozen=True, slots=True)
class Link:
    """One candidate link in the CRS of the landscape.

    Attributes
    ----------
    name : str
    cost : float
    rings : tuple of rings
        Outlines in map metres.
    edits : tuple of tables
        What building it does, as tables of a scenario file.
    must : bool or None
    area_km2 : float
    cells : int64 ``[n]``
        Flat indices of the cells whose centre lies inside.
    """

    name: str
    cost: float
    rings: tuple[tuple[tuple[float, float], ...], ...]
    edits: tuple[dict[str, Any], ...]
    must: bool | None
    area_km2: float
    cells: NDArray[np.int64]


def make_links(settings: LinkSettings, land: Landscape, base_dir: Path, where: str) -> list[Link]:
    """Return the links of a file's settings, checked against the landscape.

    Raises
    ------
    CorridorSimError
        A link outside the landscape, crossing itself, without area, in an unknown CRS or without a
        cost, or whose deeds find nothing to do; a file that cannot be read.
    """
    given = list(settings.candidates)
    if settings.file is not None:
        given = read_candidates(base_dir / settings.file, land.grid)
        where = settings.file
    if len(given) > MAX_LINKS:
        raise ScenarioError(
            f"{len(given)} links exceed {MAX_LINKS}", where=where, remedy="choose among them first"
        )
    return [make_link(one, land, f"{where}: link {one.name!r}") for one in given]


def make_link(one: Candidate, land: Landscape, where: str) -> Link:
    """Return one candidate as a link of the landscape; see :func:`make_links`."""
    from corridor_sim.landscape.edits.places import bounds_text, cells_inside

    shapes = _shapes(one, land.grid, where)
    window = _window(land.grid)
    for shape in shapes:
        if not shape.is_valid or shape.area == 0:
            raise ScenarioError(
                "crosses itself or has no area", where=where,
                remedy="list its corners in order, once around",
            )  # fmt: skip
        if not window.intersects(shape):
            raise ScenarioError(
                "lies outside the landscape", where=where,
                remedy=f"{bounds_text(land.grid, one.crs)}; longitude comes first",
            )  # fmt: skip
    rings = _rings(shapes)
    inside = cells_inside(rings, land.grid.crs, land.grid, where)
    table = {"kind": "build_link", "name": one.name, "does": list(one.does), "crs": land.grid.crs,
             "areas": [[list(p) for p in ring] for ring in rings]}  # fmt: skip
    link = BuildLink(name=one.name, areas=rings, does=one.does, crs=land.grid.crs)
    for deed in one.does:
        _try(link.deed(deed), land, deed, where)
    return Link(
        name=one.name,
        cost=one.cost,
        rings=rings,
        edits=(table,),
        must=one.must,
        area_km2=float(sum(s.area for s in shapes)) / 1e6,
        cells=np.flatnonzero(inside),
    )


def ground_of(one: Candidate, grid: Grid, where: str) -> NDArray[np.bool_]:
    """Return the cells of a candidate, ``[height, width]``, as :func:`make_link` takes them.

    Raises
    ------
    ScenarioError
        For a shape or a CRS that cannot be, and where no cell centre lies inside.
    """
    from corridor_sim.landscape.edits.places import cells_inside

    return cells_inside(_rings(_shapes(one, grid, where)), grid.crs, grid, where)


def _rings(shapes: Sequence[Polygon]) -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple(
        tuple((round(float(x), 2), round(float(y), 2)) for x, y in s.exterior.coords[:-1])
        for s in shapes
    )


def _shapes(one: Candidate, grid: Grid, where: str) -> list[Polygon]:
    """Return the outline of a candidate in map metres; a line is widened to both sides."""
    from shapely import LineString, Polygon

    from corridor_sim.landscape.edits.places import to_grid_metres

    if one.area is not None:
        return [
            Polygon(to_grid_metres(ring, one.crs, grid, f"{where}: area[{i}]"))
            for i, ring in enumerate(one.area)
        ]
    assert one.line is not None
    assert one.width_m is not None
    way = LineString(to_grid_metres(one.line, one.crs, grid, f"{where}: line"))
    if way.length == 0:
        raise ScenarioError("its line has no length", where=where, remedy="give two places or more")
    # holes that a winding line leaves in its own width are too small to plan by
    return [Polygon(way.buffer(one.width_m / 2, quad_segs=4).exterior)]


def _window(grid: Grid) -> Any:
    from shapely import box

    return box(*grid.bounds_m)


def _try(edit: Edit, land: Landscape, deed: str, where: str) -> None:
    """Refuse a deed that finds nothing to do, before any run."""
    try:
        edit.apply(land, 0)
    except CorridorSimError as bad:
        raise ScenarioError(
            f"{deed}: {bad.problem}", where=where,
            remedy=f"leave {deed!r} out of does, or move the link",
        ) from None  # fmt: skip


def read_candidates(path: Path, grid: Grid) -> list[Candidate]:
    """Return the candidates of a GeoPackage or GeoJSON: fields name, cost, and for lines width_m.

    ``does`` is a list in one text, ``"restore, protect"``; ``must`` may be true or false.

    Raises
    ------
    CorridorSimError
        A file that cannot be read, fields that are missing, or a value that cannot be.
    """
    from corridor_sim.landscape.vectors import LINES, POLYGONS, read_vector

    found = read_vector(path, "links.file", grid, (*LINES, *POLYGONS))
    for name in ("name", "cost"):
        if name not in found.fields:
            raise ScenarioError(
                f"has no field {name!r}", where=path,
                remedy=nearest(name, sorted(found.fields)) if found.fields else "add it",
            )  # fmt: skip
    _refuse_absent(path, found, grid)
    rows = [_row(found, i, grid, path) for i in range(found.geometry.size)]
    names = [one.name for one in rows]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"two links are named {name!r}", where=path, remedy="rename one")
    return rows


def _refuse_absent(path: Path, found: Features, grid: Grid) -> None:
    """Refuse features that were left out because no part of them touches the landscape."""
    import pyogrio

    from corridor_sim.landscape.edits.places import bounds_text
    from corridor_sim.landscape.geo import quiet
    from corridor_sim.landscape.vectors import split_layer

    file, layer = split_layer(path)
    with quiet():
        _, fids, _, (names,) = pyogrio.raw.read(
            file, layer=layer, columns=["name"], read_geometry=False, return_fids=True
        )
    for fid, name in zip(fids, names, strict=True):
        if fid not in found.fid:
            raise ScenarioError(
                f"link {_text(name)!r} lies outside the landscape or has no shape",
                where=f"{path}: feature {fid}",
                remedy=f"{bounds_text(grid, grid.crs)}; take it out or correct its CRS",
            )


def _row(found: Features, i: int, grid: Grid, path: Path) -> Candidate:
    from pydantic import ValidationError

    where = f"{path}: feature {found.fid[i]}"
    values = {key: column[i] for key, column in found.fields.items()}
    data: dict[str, Any] = {"crs": grid.crs, "name": _text(values["name"])}
    for key in ("cost", "width_m"):
        # an empty cell is no number in a table of numbers, and no text in one of texts
        if not _text(values.get(key)):
            continue
        try:
            data[key] = float(values[key])
        except (TypeError, ValueError):
            raise ScenarioError(
                f"{key} {values[key]!r} is no number", where=where, remedy="give a number above 0"
            ) from None
    if _text(values.get("does")):
        data["does"] = _deeds(_text(values["does"]), where)
    if values.get("must") is not None and _text(values["must"]) in ("True", "1", "1.0"):
        data["must"] = True
    shape = found.geometry[i]
    parts = list(getattr(shape, "geoms", [shape]))
    if "Line" in shape.geom_type:
        if len(parts) > 1:
            raise ScenarioError("its line is in several parts", where=where, remedy="join them")
        data["line"] = [tuple(p[:2]) for p in parts[0].coords]
    else:
        data.pop("width_m", None)
        data["area"] = [[tuple(p[:2]) for p in part.exterior.coords[:-1]] for part in parts]
    try:
        return Candidate.model_validate(data)
    except ValidationError as bad:
        first = bad.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise ScenarioError(
            f"{place}: {first['msg']}" if place else str(first["msg"]), where=where,
            remedy="correct the feature's fields",
        ) from None  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _deeds(text: str, where: str) -> list[str]:
    names = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    for name in names:
        if name not in DEEDS:
            raise ScenarioError(
                f"does: unknown deed {name!r}", where=where, remedy=nearest(name, list(DEEDS))
            )
    return names


def edits_of(links: Sequence[Link]) -> tuple[dict[str, Any], ...]:
    """Return what building several links does, in their order."""
    return tuple(table for link in links for table in link.edits)
