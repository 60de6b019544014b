"""Candidate links where a planner has none: least-cost corridors between neighbouring core areas.

The ground is divided among the core areas by least cost; two whose territories touch are
neighbours, and the cheapest way between them over that border is a candidate. Cost follows what the
species select: the inverse of selection strength, relative to its best ground, divided by the
chance of passing a barrier. Source of the approach: Adriaensen et al. 2003,
doi:10.1016/S0169-2046(02)00242-6; neighbours by least-cost territories after Fall et al. 2007,
doi:10.1007/s10021-007-9038-7.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import Candidate
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.kernels.records import Fields
from corridor_sim.landscape.edits.crossings import BRIDGED
from corridor_sim.landscape.edits.joins import meetings, origins, trace
from corridor_sim.landscape.edits.linking import Action
from corridor_sim.landscape.edits.places import LONLAT
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import first_arrival, step_costs
from corridor_sim.languages import tr
from corridor_sim.links.candidates import ground_of
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
COST_LIMIT = 100.0
# characters of a link's name, see scenario.schema.Name
MAX_NAME = 80
# Million USD per km2. Assumptions: planting and tending forest on pasture costs 1000-2000 USD a
# hectare; a reserve's land, wardens and papers a tenth to a fifth of that.
RESTORE_PER_KM2 = 0.15
PROTECT_PER_KM2 = 0.02
CROSSING_EACH = 1.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed link.

    Attributes
    ----------
    candidate : Candidate
        As a links file holds it.
    between : pair of str
        Core areas.
    length_km, area_km2 : float
    resistance_km : float
        Least cost: 1 for each km of the best ground.
    bottleneck_lonlat : pair of float
        The place of the worst ground on the way.
    bottleneck : float
        Cost of that ground relative to the best.
    """

    candidate: Candidate
    between: tuple[str, str]
    length_km: float
    area_km2: float
    resistance_km: float
    bottleneck_lonlat: tuple[float, float]
    bottleneck: float


def best_ground(species: Sequence[Species], land: Landscape) -> tuple[float, ...]:
    """Return the selection strength of good ground for each species, by :func:`good_ground`."""
    return tuple(good_ground(on_landscape(one, land).fields) for one in species)


def good_ground(fields: Fields) -> float:
    """Return the selection strength of a species' good ground: the best hundredth of cells.

    Not the one best cell, which may be like no other.
    """
    strength = fields.weight.mean(axis=0, dtype=np.float64)
    return float(np.quantile(strength[strength > 0], 0.99))


def ground_cost(
    species: Sequence[Species], land: Landscape, best: Sequence[float] | None = None
) -> F64:
    """Return the cost of each cell, 1 to :data:`COST_LIMIT`: the geometric mean of the species'.

    NaN where there is no ground.

    Parameters
    ----------
    species : sequence of Species
    land : Landscape
    best : sequence of float, optional
        What costs 1, by species; by default :func:`best_ground` of this landscape. Two landscapes
        can be compared only by one measure.
    """
    measure = best_ground(species, land) if best is None else best
    return cost_of((on_landscape(one, land).fields for one in species), measure, land.grid.shape)


def cost_of(each: Iterable[Fields], best: Sequence[float], shape: tuple[int, int]) -> F64:
    """Return :func:`ground_cost` from the fields of species on a landscape."""
    total = np.zeros(shape)
    for fields, good in zip(each, best, strict=True):
        weight = fields.weight.mean(axis=0, dtype=np.float64)
        weight[fields.permeability < 0] = np.nan
        passable = np.maximum(fields.permeability.astype(np.float64), 1.0 / COST_LIMIT)
        total += np.log(np.clip(good / weight / passable, 1.0, COST_LIMIT))
    return np.asarray(np.exp(total / max(len(best), 1)))


def propose(
    species: Sequence[Species], land: Landscape, *, width_m: float = 5000.0, most: int = 20
) -> list[Proposal]:
    """Return the cheapest ways between neighbouring core areas, the cheapest first.

    Parameters
    ----------
    species : sequence of Species
        One, or several for which the way shall serve.
    land : Landscape
    width_m : float
        Width of the links, that of a cell or more.
    most : int
        At most so many.

    Raises
    ------
    LandscapeError
        Fewer than two core areas, or none that a way joins.
    ScenarioError
        A width below that of a cell.
    """
    if width_m < land.grid.cell_m:
        raise ScenarioError(
            f"a width of {width_m:g} m is narrower than a cell of {land.grid.cell_m:g} m",
            remedy="widen the links, or use smaller cells",
        )
    zone = land["protected"].astype(np.int64)
    _refuse_lone(zone, land)
    cost = ground_cost(species, land)
    far, came_from = first_arrival(step_costs(cost), np.where(zone > 0, 0.0, np.inf))
    start = origins(came_from, far)
    owner = np.where(start >= 0, zone.reshape(-1)[np.maximum(start, 0)], 0)
    found: list[Proposal] = []
    for length, a, b in meetings(far, owner, cost):
        cells = np.array([*trace(came_from, a)[::-1], *trace(came_from, b)], np.int64)
        # areas that touch need no link
        if cells.size > 2:
            taken = {one.candidate.name for one in found}
            found += _proposal(cells, length, cost, land, width_m, taken)
        if len(found) == most:
            break
    if not found:
        raise LandscapeError(
            "has no two core areas that a link could join",
            where=land.name,
            remedy="a link needs ground between them that can be restored, protected or crossed",
        )
    return found


def _proposal(
    cells: NDArray[np.int64],
    length: float,
    cost: F64,
    land: Landscape,
    width_m: float,
    taken: set[str],
) -> list[Proposal]:
    """Return the link along a way, or none where there is nothing to be done."""
    grid = land.grid
    cell_km = grid.cell_m / 1000.0
    zones = land["protected"].reshape(-1)[cells[[0, -1]]]
    between = land.zone_names[int(zones[0])], land.zone_names[int(zones[1])]
    row, col = np.unravel_index(cells, grid.shape)
    span = float(np.hypot(np.diff(row), np.diff(col)).sum()) * cell_km
    candidate = Candidate(
        name=_name(between, taken), cost=1.0, line=_simple_line(row, col, grid), width_m=width_m
    )
    # the very cells that a links file with this line will have
    inside = ground_of(candidate, grid, candidate.name)
    if land.outside is not None:
        inside &= ~land.outside
    actions, price = _what_to_do(inside, land)
    if not actions:
        return []
    worst = int(cells[int(np.argmax(cost.reshape(-1)[cells]))])
    x, y = _centre(np.array([worst // grid.width]), np.array([worst % grid.width]), grid)
    lon, lat = _lonlat(x, y, grid)
    return [
        Proposal(
            candidate=candidate.model_copy(
                update={"cost": round(max(price, 0.01), 2), "actions": actions}
            ),
            between=between,
            length_km=span,
            area_km2=float(inside.sum()) * grid.cell_km2,
            resistance_km=length * cell_km,
            bottleneck_lonlat=(float(lon[0]), float(lat[0])),
            bottleneck=float(cost.reshape(-1)[worst]),
        )
    ]


def _refuse_lone(zone: NDArray[np.int64], land: Landscape) -> None:
    """Refuse a landscape without two core areas, with the cause."""
    n = np.unique(zone[zone > 0]).size
    if n >= 2:
        return
    out = land.zones_left_out
    if out:
        raise LandscapeError(
            f"{len(out)} of {n + len(out)} protected areas {'holds' if len(out) == 1 else 'hold'} "
            f"no cell of {land.grid.cell_m:g} m",
            where=f"{land.name} (protected_areas)",
            remedy=f"set a smaller cell_m, so that two or more have one: {', '.join(out[:5])}"
            f"{', …' if len(out) > 5 else ''}",
        )
    raise LandscapeError(
        "has fewer than two core areas to link",
        where=land.name,
        remedy="give protected areas, see landscape.protected_areas",
    )


def _name(between: tuple[str, str], taken: set[str]) -> str:
    """Return a name that fits a links file and that no other link has."""
    # a name of the landscape may hold what a file of links may not
    start, end = (clean(one) or tr("unnamed") for one in between)
    full = tr("{start} to {end}", start=start, end=end)
    name = full if len(full) <= MAX_NAME else full[: MAX_NAME - 1] + "…"
    number = 1
    while name in taken:
        number += 1
        tail = f" ({number})"
        name = full[: MAX_NAME - len(tail)] + tail
    return name


def clean(name: str) -> str:
    """Return a name without what cannot be seen, as a links file wants it."""
    seen = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _centre(row: NDArray[np.int64], col: NDArray[np.int64], grid: Grid) -> tuple[F64, F64]:
    x = grid.west_m + (col + 0.5) * grid.cell_m
    return np.asarray(x, np.float64), np.asarray(grid.north_m - (row + 0.5) * grid.cell_m)


def _lonlat(x: F64, y: F64, grid: Grid) -> tuple[F64, F64]:
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(grid.crs, LONLAT, always_xy=True).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def _simple_line(
    row: NDArray[np.int64], col: NDArray[np.int64], grid: Grid
) -> tuple[tuple[float, float], ...]:
    """Return the way with the corners that a cell's width tells apart, in lon, lat."""
    from shapely import LineString

    way = LineString(np.column_stack(_centre(row, col, grid))).simplify(grid.cell_m)
    x, y = (np.array(c) for c in way.coords.xy)
    lon, lat = _lonlat(x, y, grid)
    return tuple((round(float(x), 5), round(float(y), 5)) for x, y in zip(lon, lat, strict=True))


def _what_to_do(inside: NDArray[np.bool_], land: Landscape) -> tuple[tuple[Action, ...], float]:
    """Return the actions that find something to do inside, and what they cost in million USD."""
    km2 = land.grid.cell_km2
    farmed_here = land.covers.lacks(land["land_cover"], "natural", "settlement")
    farmed = float((inside & farmed_here).sum()) * km2
    open_ground = float((inside & (land["protection"] == 0)).sum()) * km2
    roads = inside & (land["road"] > 0) & (land["road"] != BRIDGED)
    actions: list[Action] = []
    price = 0.0
    if farmed > 0:
        actions.append("restore")
        price += farmed * RESTORE_PER_KM2
    if open_ground > 0:
        actions.append("protect")
        price += open_ground * PROTECT_PER_KM2
    if roads.any():
        from scipy.ndimage import label

        actions.append("crossings")
        price += CROSSING_EACH * int(label(roads, np.ones((3, 3)))[1])
    return tuple(actions), price
