"""Links on a landscape: shapes checked and brought to the grid, and what building them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import Candidate, LinkSettings
from corridor_sim.errors import CorridorSimError, ScenarioError
from corridor_sim.landscape.coverage import coverage_of
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.linking import Action, BuildLink
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.polygons import goes_once_round, polygons_of, ring_ground, without_holes
from corridor_sim.languages import tr
from corridor_sim.links.reading import read_candidates
from corridor_sim.progress import tell

if TYPE_CHECKING:
    from shapely import Polygon

# corners in all: each set of links that is simulated writes those of its links down
MAX_CORNERS = 100_000


@dataclass(frozen=True, slots=True)
class Link:
    """One candidate link in the CRS of the landscape.

    Attributes
    ----------
    name : str
    cost : float
    rings : tuple of rings
        Outlines in map metres.
    edit : BuildLink
        What building it does.
    must : bool or None
    area_km2 : float
    cells : int64 ``[n]``
        Flat indices of the cells whose centre lies inside.
    """

    name: str
    cost: float
    rings: Rings
    edit: BuildLink
    must: bool | None
    area_km2: float
    cells: NDArray[np.int64]


def make_links(settings: LinkSettings, land: Landscape, base_dir: Path, where: str) -> list[Link]:
    """Return the links of a file's settings, checked against the landscape.

    Raises
    ------
    CorridorSimError
        A link outside the landscape (wholly, or more than a tenth of it), crossing itself, without
        area, in an unknown CRS or without a cost, or whose actions find nothing to do; a file that
        cannot be read.
    """
    given = list(settings.candidates)
    if settings.file is not None:
        given = read_candidates(base_dir / settings.file, land.grid)
        where = settings.file
    corners = sum(len(ring) for one in given for ring in (*(one.area or ()), one.line or ()))
    if corners > MAX_CORNERS:
        raise ScenarioError(
            f"the outlines have {corners} corners, above the limit of {MAX_CORNERS}",
            where=where,
            remedy="simplify them, in QGIS by Vector, Geometry Tools, Simplify",
        )
    dated = settings.opens is not None
    return [make_link(one, land, f"{where}: link {one.name!r}", dated=dated) for one in given]


def make_link(
    one: Candidate, land: Landscape, where: str, *, dated: bool = False, drop_idle: bool = False
) -> Link:
    """Return one candidate as a link of the landscape; see :func:`make_links`.

    Whether there will be ground to restore in the year of a ``dated`` link is not known yet. With
    ``drop_idle`` actions that find nothing to do are left out, and a link is refused where none
    finds anything.
    """
    shapes = outline_of(one, land.grid, where)
    rings = rings_of(shapes)
    inside = _cells(rings, land.grid, where)
    km2 = area_m2(shapes) / 1e6
    if land.outside is not None:
        km2 = _on_ground(shapes, inside, land, where)
        inside &= ~land.outside
    about: dict[str, Any] = {"name": one.name, "crs": land.grid.crs, "areas": rings}
    link = BuildLink(**about, actions=one.actions)
    tried = [action for action in one.actions if not (dated and action == "restore")]
    idle = {action: bad for action in tried if (bad := _idle(link.action(action), land))}
    if idle and (not drop_idle or len(idle) == len(one.actions)):
        _refuse_idle(idle, one.actions, where)
    return Link(
        name=one.name,
        cost=one.cost,
        rings=rings,
        edit=BuildLink(**about, actions=tuple(a for a in one.actions if a not in idle))
        if idle
        else link,
        must=one.must,
        area_km2=km2,
        cells=np.flatnonzero(inside),
    )


def _on_ground(shapes: Any, inside: NDArray[np.bool_], land: Landscape, where: str) -> float:
    """Return the area of a link that is ground, and tell of the rest; refuse one without any."""
    off = land.outside
    assert off is not None
    if not (inside & ~off).any():
        raise ScenarioError(
            f"lies wholly where {land.name} has no ground",
            where=where,
            remedy="draw it on the ground, or mend the mask of the landscape",
        )
    covered = coverage_of(_together(shapes), land.grid)
    ground = covered.on(off)
    if ground.cells.size < covered.cells.size:
        tell(
            f"{where}: {covered.area_km2 - ground.area_km2:,.3g} of {covered.area_km2:,.3g} km² "
            "lie where there is no ground and are left out"
        )
    return ground.area_km2


def ground_of(one: Candidate, grid: Grid, where: str) -> NDArray[np.bool_]:
    """Return the cells of a candidate, ``[height, width]``, as :func:`make_link` takes them.

    Raises
    ------
    ScenarioError
        For a shape or a CRS that cannot be, and where no cell centre lies inside.
    """
    return _cells(rings_of(outline_of(one, grid, where)), grid, where)


def _cells(rings: Rings, grid: Grid, where: str) -> NDArray[np.bool_]:
    from corridor_sim.landscape.edits.places import TooSmallError, cells_inside

    try:
        return cells_inside(rings, grid.crs, grid, where)
    except TooSmallError:
        raise ScenarioError(
            f"is too small or too narrow for cells of {grid.cell_m:g} m: it covers the centre of "
            "none",
            where=where,
            remedy="widen it, or use smaller cells",
        ) from None


def _idle(edit: Edit, land: Landscape) -> str:
    """Return why an action finds nothing to do, before any run; nothing where it does."""
    try:
        edit.apply(land, 0)
    except CorridorSimError as bad:
        return bad.problem
    return ""


def _refuse_idle(idle: Mapping[Action, str], actions: Sequence[Action], where: str) -> NoReturn:
    """Refuse actions that find nothing to do.

    Raises
    ------
    ScenarioError
    """
    if len(idle) == len(actions):
        told = tr(" and ").join(f"{action}: {why}" for action, why in idle.items())
        raise ScenarioError(
            tr("nothing is left to do there: {told}", told=told),
            where=where,
            remedy=tr("move the link"),
        )
    action, why = next(iter(idle.items()))
    remedy = tr("leave {action} out of actions, or move the link", action=repr(action))
    raise ScenarioError(f"{action}: {why}", where=where, remedy=remedy)


Rings = tuple[tuple[tuple[float, float], ...], ...]
# of a link may lie outside the landscape; the cost of more would be held against half a link
MOST_OUTSIDE = 0.1
# smaller pieces, in m², are what cutting leaves at the corners
CRUMB_M2 = 1.0


def outline_of(one: Candidate, grid: Grid, where: str) -> list[Polygon]:
    """Return the ground of a candidate as polygons without holes, in map metres.

    A line is widened to both sides; where it comes back to itself, what it goes round is left out.
    What hangs over the edge of the landscape is cut off.

    Raises
    ------
    ScenarioError
        A shape that crosses itself, has no area or lies outside the landscape, wholly or by more
        than :data:`MOST_OUTSIDE`; a CRS that is not known.
    """
    from shapely import box

    from corridor_sim.landscape.edits.places import bounds_text

    way, shapes = _drawn(one, grid, where)
    window = box(*grid.bounds_m)
    for shape in shapes:
        if not window.intersects(shape):
            raise ScenarioError(
                "lies outside the landscape",
                where=where,
                remedy=f"{bounds_text(grid, one.crs)}; longitude comes first",
            )
    if window.covers(_together(shapes)):
        return [part for shape in shapes for part in without_holes(shape, CRUMB_M2)]
    # a line's width may hang over the edge as far as it likes: what matters is where it leads
    outside = 1.0 - _share(way or _together(shapes), window)
    if outside > MOST_OUTSIDE:
        raise ScenarioError(
            f"{outside:.0%} of it lies outside the landscape".replace("%", " %"),
            where=where,
            remedy=f"end it at the edge, or use a larger landscape: {bounds_text(grid, one.crs)}",
        )
    return [
        part
        for shape in shapes
        for inside in polygons_of(shape.intersection(window))
        for part in without_holes(inside, CRUMB_M2)
    ]


def rings_of(shapes: Sequence[Polygon]) -> Rings:
    """Return the outer rings of polygons, each corner once, to the centimetre."""
    return tuple(
        tuple((round(float(x), 2), round(float(y), 2)) for x, y in s.exterior.coords[:-1])
        for s in shapes
    )


def area_m2(shapes: Sequence[Polygon]) -> float:
    """Return the area of polygons; what several of them share counts once."""
    return float(_together(shapes).area)


def _drawn(one: Candidate, grid: Grid, where: str) -> tuple[Any, list[Polygon]]:
    """Return the line of a candidate, if it has one, and its ground, both in map metres."""
    from shapely import LineString, Polygon

    from corridor_sim.landscape.edits.places import to_grid_metres

    if one.area is not None:
        return None, [
            part
            for i, ring in enumerate(one.area)
            for part in _inside(to_grid_metres(ring, one.crs, grid, f"{where}: area[{i}]"), where)
        ]
    assert one.line is not None
    assert one.width_m is not None
    way = LineString(to_grid_metres(one.line, one.crs, grid, f"{where}: line"))
    if way.length == 0:
        raise ScenarioError("its line has no length", where=where, remedy="give two places or more")
    wide = way.buffer(one.width_m / 2, quad_segs=4)
    # holes that a winding line leaves in its own width are too small to plan by
    holes = [ring for ring in wide.interiors if Polygon(ring).area > one.width_m**2]
    return way, [Polygon(wide.exterior, holes)]


def _inside(corners: NDArray[np.float64], where: str) -> list[Polygon]:
    """Return the ground inside a ring that was drawn for this link."""
    whole = ring_ground(corners)
    if not goes_once_round(corners, whole.area):
        raise ScenarioError(
            "crosses itself or has no area",
            where=where,
            remedy="list its corners in order, once around",
        )
    return polygons_of(whole)


def _together(shapes: Sequence[Polygon]) -> Any:
    from shapely import union_all

    return shapes[0] if len(shapes) == 1 else union_all(shapes)


def _share(whole: Any, window: Any) -> float:
    """Return how much of a line's length, or of an area, lies in a window."""
    inside = whole.intersection(window)
    return float(inside.area / whole.area if whole.area else inside.length / whole.length)
