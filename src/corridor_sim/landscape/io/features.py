"""Features of a file brought to the grid: what they are in the file, and what was done to them.

Nothing is lost in silence. A feature is on the grid, or outside it, or it is told of: mended by the
rules of :mod:`corridor_sim.landscape.io.shapes` and :mod:`corridor_sim.landscape.polygons`, without
a shape, or without ground. What has no place on the map at all is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape import polygons
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io import shapes
from corridor_sim.landscape.io.geo import FARTHEST_M, Box, Frame, bounds_text, mover

LINES = ("LineString", "MultiLineString")
POLYGONS = ("Polygon", "MultiPolygon")
POINTS = ("Point", "MultiPoint")

NO_SHAPE = "no shape, left out"
NO_LENGTH = "a line without length, left out"
OTHERS = "shapes of other kinds beside, left out"
CLIP = "cut the file to the study area (ogr2ogr -clipsrc) or mend the feature"


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a vector file in the CRS of the grid, only those that touch the grid.

    ``geometry`` is an object array of shapely geometries ``[n]``, flat and valid, and empty where
    a feature holds no ground; ``fields`` arrays ``[n]`` by name, ``fid`` the feature identifiers
    in the file ``[n]``, ``crs`` the file's own CRS. ``told`` says what was mended or left out, as
    identifiers of features by defect.
    """

    where: str
    crs: str
    fid: NDArray[np.int64]
    geometry: NDArray[Any]
    fields: Mapping[str, NDArray[Any]]
    told: Mapping[str, tuple[int, ...]]

    def note(self) -> str:
        """What was mended or left out, for the origin of a layer; ``""`` where nothing was."""
        lines = [
            f"; {counted(len(fids), 'feature')} with {what} ({listed(fids)})"
            for what, fids in self.told.items()
        ]
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class Content:
    """What was read of a layer; ``total`` and ``extent`` are of all of its features."""

    where: str
    crs: Any
    total: int
    extent: Any
    fid: NDArray[np.int64]
    wkb: NDArray[Any]
    fields: Mapping[str, NDArray[Any]]


def place(content: Content, grid: Grid, allowed: Sequence[str]) -> Features:
    """Return the features of ``allowed`` geometry types that touch the grid, in its CRS.

    Raises
    ------
    LandscapeError
        Shapes that cannot be read, have no place on the map or are of another type, a CRS that
        cannot be brought to the grid's, or nothing inside the study area.
    """
    fids = content.fid
    move = _mover(content.crs, grid.crs)
    frame = Frame.of(grid, content.crs)
    told: dict[str, list[int]] = {}
    geometry, odd = _decoded(content)
    without = np.flatnonzero(_shapeless(geometry)).tolist()
    _tell(told, {i: odd.get(i) or (NO_SHAPE,) for i in without})
    if _refuse_unplaced(geometry, fids, frame.limits) == 0:
        # not one place of the file is on the map: it is the CRS that is wrong
        raise _nothing_inside(content, grid, without)
    keep = np.flatnonzero(~_shapeless(geometry))
    keep = keep[frame.meets(geometry, keep, fids)]
    geometry, fids = geometry[keep], fids[keep]
    found = _opened(geometry, allowed)
    _refuse_kinds(geometry, fids, allowed)
    if move is not None:
        geometry, cut = _moved(geometry, move, frame, grid)
        odd |= {int(keep[i]): (*odd.get(int(keep[i]), ()), *words) for i, words in cut.items()}
    _refuse_unplaced(geometry, fids, _around(grid), each=True)
    window = shapely.box(*grid.bounds_m)
    near = np.flatnonzero(shapely.intersects(shapely.box(*shapely.bounds(geometry).T), window))
    geometry, mended = _grounded(geometry, near)
    # what holds no ground is told of where it lies: its name may be all that somebody looks for
    at = near[shapely.intersects(geometry[near], window) | shapely.is_empty(geometry[near])]
    if not at.size:
        raise _nothing_inside(content, grid, without)
    for words in ({i: odd[j] for i, j in enumerate(keep.tolist()) if j in odd}, found, mended):
        _tell(told, {int(keep[i]): words[i] for i in at.tolist() if i in words})
    fields = {name: values[keep[at]] for name, values in content.fields.items()}
    return Features(
        where=content.where,
        crs=_label(content.crs),
        fid=fids[at],
        geometry=geometry[at],
        fields=fields,
        told={what: tuple(content.fid[i].item() for i in rows) for what, rows in told.items()},
    )


def refuse_lost(fids: NDArray[np.int64], wkb: NDArray[Any], frame: Frame) -> list[int]:
    """Return which features that a spatial filter left out have no shape; refuse broken ones.

    Filters compare what the geometry library reads, so an open ring or a surface is no match for
    them wherever it lies.
    """
    content = Content("", None, len(fids), None, fids, wkb, {})
    geometry, odd = _decoded(content)
    _refuse_unplaced(geometry, fids, frame.limits, each=True)
    broken = np.array(sorted(odd), np.intp)
    broken = broken[~_shapeless(geometry[broken])]
    broken = broken[frame.meets(geometry, broken, fids)]
    if broken.size:
        at = int(broken[0])
        raise LandscapeError(
            f"feature {fids[at]} has {odd[at][0].split(',')[0]}: it cannot be found by its place "
            f"({counted(int(broken.size), 'such feature')})",
            remedy="mend it, in QGIS by Processing, Fix geometries, or keep fewer features",
        )
    return [int(fids[i]) for i in np.flatnonzero(_shapeless(geometry))]


def listed(fids: Sequence[int]) -> str:
    """``feature 3, 7``; of more than five the first."""
    return f"feature {', '.join(str(f) for f in fids[:5])}" + (" …" if len(fids) > 5 else "")


def _tell(told: dict[str, list[int]], words: Mapping[int, Iterable[str]]) -> None:
    for i, defects in words.items():
        for what in defects:
            told.setdefault(what, []).append(int(i))


def _decoded(content: Content) -> tuple[NDArray[Any], dict[int, tuple[str, ...]]]:
    try:
        return shapes.decode(content.wkb)
    except shapes.UnreadableError as bad:
        raise LandscapeError(
            f"feature {content.fid[int(bad.where or 0)]} {bad.problem}",
            remedy="draw it anew or delete it",
        ) from None


def _shapeless(geometry: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(shapely.is_missing(geometry) | shapely.is_empty(geometry), bool)


def _mover(crs: Any, to_crs: Any) -> Any:
    """Return the way from a file's CRS to the grid's, None where they are one."""
    way = mover(crs, to_crs).transform
    same = CRS.from_user_input(crs) == CRS.from_user_input(to_crs)
    return None if same else way


def _label(crs: Any) -> str:
    known = CRS.from_user_input(crs)
    return ":".join(known.to_authority() or (known.name,))


def _around(grid: Grid) -> Box:
    west, south, east, north = grid.bounds_m
    return west - FARTHEST_M, south - FARTHEST_M, east + FARTHEST_M, north + FARTHEST_M


def _refuse_unplaced(
    geometry: NDArray[Any], fids: NDArray[Any], limits: Box, *, each: bool = False
) -> int:
    """Return how many coordinates are places; refuse where some are and some are none.

    A place is finite, and not beyond what a map can hold. With ``each`` all must be places.
    """
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    lost = _beyond(points, limits)
    if lost.any() and (each or not lost.all() or not np.isfinite(points).all()):
        bad = np.unique(owner[lost])
        raise LandscapeError(
            f"feature {fids[bad[0]]} has coordinates that are not on the map "
            f"({counted(int(bad.size), 'such feature')})",
            remedy=CLIP,
        )
    return int((~lost).sum())


def _beyond(points: NDArray[np.float64], limits: Box) -> NDArray[np.bool_]:
    """Return which of the points ``[n, 2]`` are no places within the limits."""
    west, south, east, north = limits
    x, y = points.T
    return np.asarray(~((x >= west) & (x <= east) & (y >= south) & (y <= north)))


def _moved(
    geometry: NDArray[Any], move: Any, frame: Frame, grid: Grid
) -> tuple[NDArray[Any], dict[int, tuple[str, ...]]]:
    """Bring shapes to the grid's CRS; those that no flat map can hold are cut around it first."""
    moved = shapely.transform(geometry, move, interleaved=False)
    if frame.box is None:
        return moved, {}
    far = frame.too_wide(shapely.bounds(geometry).reshape(-1, 4))
    points, owner = shapely.get_coordinates(moved, return_index=True)
    far[owner[_beyond(points, _around(grid))]] = True
    rows = np.flatnonzero(far)
    valid, mended = _grounded(geometry.copy(), rows)
    for i in rows.tolist():
        moved[i] = shapely.transform(frame.clip(valid[i]), move, interleaved=False)
    return moved, {i: words for i, words in mended.items() if i in set(rows.tolist())}


def _opened(geometry: NDArray[Any], allowed: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Take the wanted parts out of geometry collections, which clipping tools leave behind."""
    found: dict[int, tuple[str, ...]] = {}
    for i in np.flatnonzero(shapely.get_type_id(geometry) == 7).tolist():
        parts = polygons.simple_parts(geometry[i])
        wanted = [part for part in parts if part.geom_type in allowed]
        if len({part.geom_type for part in wanted}) == 1:
            multi = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString}
            geometry[i] = multi.get(wanted[0].geom_type, shapely.GeometryCollection)(wanted)
        elif wanted:
            geometry[i] = shapely.GeometryCollection(wanted)
        if wanted and len(wanted) < len(parts):
            found[i] = (OTHERS,)
    return found


def _refuse_kinds(geometry: NDArray[Any], fids: NDArray[Any], allowed: Sequence[str]) -> None:
    # those of collections are the parts that were taken out of them
    kinds = [shapely.GeometryType[name.upper()].value for name in allowed]
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(geometry), kinds)).tolist()
    wrong = [
        i
        for i in wrong
        if geometry[i].geom_type != "GeometryCollection"
        or any(part.geom_type not in allowed for part in polygons.simple_parts(geometry[i]))
    ]
    if wrong:
        raise LandscapeError(
            f"holds {counted(len(wrong), 'feature')} other than {kinds_of(allowed)}; "
            f"feature {fids[wrong[0]]} is a {geometry[wrong[0]].geom_type}",
            remedy=f"give a layer of {kinds_of(allowed)}",
        )


def kinds_of(allowed: Sequence[str]) -> str:
    """Say which geometry types are meant: ``lines or polygons``."""
    words = {"LineString": "lines", "Polygon": "polygons", "Point": "points"}
    return " or ".join(words[a] for a in allowed if a in words)


def _grounded(
    geometry: NDArray[Any], near: NDArray[np.intp]
) -> tuple[NDArray[Any], dict[int, tuple[str, ...]]]:
    """Bring the shapes at ``near`` under the rule for polygons; lines need a length."""
    mended: dict[int, tuple[str, ...]] = {}
    kind = shapely.get_type_id(geometry)
    for i in near[kind[near] == 7].tolist():
        parts = polygons.simple_parts(geometry[i])
        others = [part for part in parts if part.geom_type != "Polygon"]
        if others and len(others) < len(parts):
            whole = shapely.GeometryCollection([p for p in parts if p.geom_type == "Polygon"])
            held, words = polygons.ground(np.array([whole], object))
            geometry[i] = shapely.GeometryCollection([*others, *polygons.polygons_of(held[0])])
            if words:
                mended[i] = words[0]
            kind[i] = -1
    areas = near[np.isin(kind[near], (3, 6, 7))]
    held, words = polygons.ground(geometry[areas])
    geometry[areas] = held
    mended |= {int(areas[i]): w for i, w in words.items()}
    lines = near[np.isin(kind[near], (1, 5))]
    for i in lines[shapely.length(geometry[lines]) == 0].tolist():
        geometry[i] = shapely.LineString()
        mended[i] = (NO_LENGTH,)
    return geometry, mended


def _nothing_inside(content: Content, grid: Grid, without: Sequence[int]) -> LandscapeError:
    n = content.total
    if n and len(without) == n:
        return LandscapeError(
            f"has no feature in the study area: {counted(n, 'feature')} nowhere, without a shape "
            f"({listed([content.fid[i].item() for i in without])})",
            remedy="draw their shapes, or leave the key out",
        )
    extent = content.extent
    lie = "nowhere" if extent is None else f"in {bounds_text(tuple(extent))}"
    beside = f", {len(without)} of them without a shape" if without else ""
    return LandscapeError(
        f"has no feature in the study area: {counted(n, 'feature')} {lie} "
        f"of {CRS.from_user_input(content.crs).name}{beside}, the study area in "
        f"{bounds_text(grid.bounds_m)} of {CRS.from_user_input(grid.crs).name}",
        remedy="check its CRS, or leave the key out",
    )
