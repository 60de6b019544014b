"""Links on a landscape: shapes checked and brought to the grid, and what building them does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import Candidate, LinkSettings
from corridor_sim.errors import CorridorSimError, ScenarioError
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.outlines import Rings, area_m2, outline_of, rings_of
from corridor_sim.links.reading import read_candidates

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


def make_link(one: Candidate, land: Landscape, where: str, *, dated: bool = False) -> Link:
    """Return one candidate as a link of the landscape; see :func:`make_links`.

    Whether there will be ground to restore in the year of a ``dated`` link is not known yet.
    """
    shapes = outline_of(one, land.grid, where)
    rings = rings_of(shapes)
    inside = _cells(rings, land.grid, where)
    link = BuildLink(name=one.name, actions=one.actions, crs=land.grid.crs, areas=rings)
    for action in one.actions:
        if not (dated and action == "restore"):
            _try(link.action(action), land, action, where)
    return Link(
        name=one.name,
        cost=one.cost,
        rings=rings,
        edit=link,
        must=one.must,
        area_km2=area_m2(shapes) / 1e6,
        cells=np.flatnonzero(inside),
    )


def ground_of(one: Candidate, grid: Grid, where: str) -> NDArray[np.bool_]:
    """Return the cells of a candidate, ``[height, width]``, as :func:`make_link` takes them.

    Raises
    ------
    ScenarioError
        For a shape or a CRS that cannot be, and where no cell centre lies inside.
    """
    return _cells(rings_of(outline_of(one, grid, where)), grid, where)


def _cells(rings: Rings, grid: Grid, where: str) -> NDArray[np.bool_]:
    from corridor_sim.landscape.edits.places import TOO_SMALL, cells_inside

    try:
        return cells_inside(rings, grid.crs, grid, where)
    except ScenarioError as bad:
        if not bad.problem.startswith(TOO_SMALL):
            raise
        raise ScenarioError(
            f"is too small or too narrow for cells of {grid.cell_m:g} m: it covers the centre of "
            "none",
            where=where,
            remedy="widen it, or use smaller cells",
        ) from None


def _try(edit: Edit, land: Landscape, action: str, where: str) -> None:
    """Refuse an action that finds nothing to do, before any run."""
    try:
        edit.apply(land, 0)
    except CorridorSimError as bad:
        raise ScenarioError(
            f"{action}: {bad.problem}",
            where=where,
            remedy=f"leave {action!r} out of actions, or move the link",
        ) from None
