"""What a link has to bridge: the way between its core areas, and what stands on it.

A link is an area. Its *way* leads through its middle, from one core area to the other: the
least-cost way where a step costs the less the farther it is from the link's edge, which for a link
drawn as a line is that line to a cell. The *gap* is the stretch of the way that lies in neither of
the two areas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.covers import Cover, CoverTable
from corridor_sim.landscape.edits.joins import trace
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import first_arrival, step_costs
from corridor_sim.links.candidates import Link
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    import geopandas as gpd

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
# so far beyond its outline a core area may begin that a link is drawn up to
REACH_M = 3000.0
# of the ground of areas within reach, what has less than this share is grazed and not joined
GRAZED = 0.05
# the edge of a link costs so much more than its middle
EDGE_COST = 4.0
OUTSIDE_COST = 10.0
WIDE_RIVER, PAVED, BRIDGED = 2, 2, 3


@dataclass(frozen=True, slots=True)
class Gap:
    """The way through a link, cell by cell, and what stands between its core areas.

    Attributes
    ----------
    name : str
        Of the link.
    between : pair of str
        Core areas at its ends, the northern first; empty where an end lies in none.
    countries : tuple of str
        ISO 3166 alpha-3 codes of the countries of these areas, each once.
    x_m, y_m : float64 ``[n]``
        The way's places in map metres.
    km : float64 ``[n]``
        Distance along the way; 0 where the gap begins, so that the first area has less.
    inside : bool ``[n]``
        Which places lie in the gap.
    elevation_m : float64 ``[n]``
    cover, road, river, zone : int64 ``[n]``
        Codes of the layers along the way.
    covers : CoverTable
        What the codes of ``cover`` mean.
    suitability : mapping of str to float64 ``[n]``
        By species, 0 to 1.
    length_km : float
        Of the gap.
    by_cover_km : mapping of int to float
        Length of the gap on each land cover, by code.
    roads, rivers : mapping of int to int
        How often the gap's way crosses roads and rivers, by class.
    protected_km : float
        Length of the gap that is protected already.
    borders : int
        How often it crosses a border between countries; 0 too where none is known.
    """

    name: str
    between: tuple[str, str]
    countries: tuple[str, ...]
    x_m: F64
    y_m: F64
    km: F64
    inside: Bools
    elevation_m: F64
    cover: I64
    road: I64
    river: I64
    zone: I64
    covers: CoverTable
    suitability: Mapping[str, F64] = field(default_factory=dict)
    length_km: float = 0.0
    by_cover_km: Mapping[int, float] = field(default_factory=dict)
    roads: Mapping[int, int] = field(default_factory=dict)
    rivers: Mapping[int, int] = field(default_factory=dict)
    protected_km: float = 0.0
    borders: int = 0

    @property
    def farmed_km(self) -> float:
        """Length of the gap on crops and pasture."""
        return sum(km for one, km in self.stands if not one.natural and not is_built(one))

    @property
    def built_km(self) -> float:
        """Length of the gap in settlements and mines."""
        return sum(km for one, km in self.stands if is_built(one))

    @property
    def stands(self) -> list[tuple[Cover, float]]:
        """Land covers of the gap, each with its length in km."""
        by_code = self.covers.by_code
        return [(by_code[code], km) for code, km in self.by_cover_km.items()]

    @property
    def highest_m(self) -> float:
        """Highest cell of the gap."""
        return float(self.elevation_m[self.inside].max(initial=-np.inf))

    @property
    def lowest_m(self) -> float:
        """Lowest cell of the gap."""
        return float(self.elevation_m[self.inside].min(initial=np.inf))


def is_built(cover: Cover) -> bool:
    """Whether a land cover is a settlement or a mine."""
    return cover.settlement or cover.mine


def suitability_of(species: Sequence[Species], land: Landscape) -> dict[str, F32]:
    """Return the suitability of a landscape by species, ``[height, width]``."""
    return {one.key: on_landscape(one, land).suitability for one in species}


def gap_of(link: Link, land: Landscape, suitability: Mapping[str, F32] | None = None) -> Gap:
    """Return the way through a link and what stands on it.

    Parameters
    ----------
    link : Link
    land : Landscape
        Without the link.
    suitability : mapping of str to float32 ``[height, width]``, optional
        By species, from :func:`suitability_of`.

    Returns
    -------
    Gap
        Between the two core areas of the link that are farthest apart in it. Where it has none or
        one, the way is the link's longest, and all of it outside core areas is the gap.
    """
    box = _window(link, land)
    inside = np.zeros(land.grid.shape, bool)
    inside.reshape(-1)[link.cells] = True
    here, zone = inside[box], land["protected"][box].astype(np.int64)
    cost, reach = _costs(here, land.grid.cell_m)
    if land.outside is not None:
        reach &= ~land.outside[box]
        cost[land.outside[box]] = np.inf
    ends = _ends(zone, here, reach)
    cells = _between(cost, zone, ends) if len(ends) == 2 else _longest(cost, here)
    row, col = np.divmod(cells, zone.shape[1])
    if (row[0], col[0]) > (row[-1], col[-1]):
        row, col = row[::-1], col[::-1]
    return _measured(link.name, land, row + box[0].start, col + box[1].start, suitability or {})


def gaps_frame(gaps: Sequence[Gap], land: Landscape) -> gpd.GeoDataFrame:
    """Return one row a link: between what, how long, what stands there; and the way as a line.

    Columns: ``link``, ``from_area``, ``to_area``, ``countries``, ``length_km``, ``farmed_km``,
    ``built_km``, ``protected_km``, ``highest_m``, ``lowest_m``, ``roads_paved``,
    ``roads_gravel``, ``roads_bridged``, ``rivers_over_50_m``, ``border_crossings``, and for each
    species of the gaps ``suitability_<key>``, the mean along the gap.
    """
    import geopandas as gpd
    from shapely import LineString, Point

    rows = []
    for one in gaps:
        row: dict[str, Any] = {
            "link": one.name,
            "from_area": one.between[0],
            "to_area": one.between[1],
            "countries": ", ".join(one.countries),
            "length_km": round(one.length_km, 2),
            "farmed_km": round(one.farmed_km, 2),
            "built_km": round(one.built_km, 2),
            "protected_km": round(one.protected_km, 2),
            "highest_m": round(one.highest_m),
            "lowest_m": round(one.lowest_m),
            "roads_paved": one.roads.get(PAVED, 0),
            "roads_gravel": one.roads.get(1, 0),
            "roads_bridged": one.roads.get(BRIDGED, 0),
            "rivers_over_50_m": sum(n for c, n in one.rivers.items() if c >= WIDE_RIVER),
            "border_crossings": one.borders,
        }
        for key, values in one.suitability.items():
            row[f"suitability_{key}"] = round(float(values[one.inside].mean()), 3)
        rows.append(row)
    ways = [np.column_stack([one.x_m, one.y_m]) for one in gaps]
    lines = [LineString(way) if len(way) > 1 else Point(way[0]) for way in ways]
    return gpd.GeoDataFrame(rows, geometry=lines, crs=land.grid.crs)


def _window(link: Link, land: Landscape) -> tuple[slice, slice]:
    """Return the rows and columns of a link and of what lies within reach of it."""
    row, col = np.divmod(link.cells, land.grid.width)
    more = int(np.ceil(REACH_M / land.grid.cell_m)) + 1
    return (
        slice(max(0, int(row.min()) - more), int(row.max()) + more + 1),
        slice(max(0, int(col.min()) - more), int(col.max()) + more + 1),
    )


def _costs(here: Bools, cell_m: float) -> tuple[F64, Bools]:
    """Return what a cell of a window costs the way, and which lie in the link or within reach."""
    from scipy.ndimage import distance_transform_edt

    framed = np.pad(here, 1)
    depth = distance_transform_edt(framed)[1:-1, 1:-1]
    away_m = distance_transform_edt(~here) * cell_m if not here.all() else np.zeros(here.shape)
    reach = away_m <= max(REACH_M, cell_m)
    cost = 1.0 + EDGE_COST * (1.0 - depth / depth.max())
    return np.where(here, cost, np.where(reach, OUTSIDE_COST, np.inf)), reach


def _ends(zone: NDArray[np.int64], here: Bools, reach: Bools) -> list[int]:
    """Return the core areas of a link: those inside it, else those within reach."""
    for ground in (here, reach):
        codes, counts = np.unique(zone[ground & (zone > 0)], return_counts=True)
        kept = [int(c) for c, n in zip(codes, counts, strict=True) if n >= GRAZED * counts.sum()]
        if len(kept) >= 2 or ground is reach:
            return _farthest(zone, reach, kept) if len(kept) > 2 else kept
    return []


def _farthest(zone: NDArray[np.int64], reach: Bools, codes: list[int]) -> list[int]:
    """Return the two core areas that are farthest apart within reach of a link."""
    steps = step_costs(np.where(reach, 1.0, np.inf))
    best, far = codes[:2], -1.0
    for at, a in enumerate(codes):
        arrival, _ = first_arrival(steps, np.where(reach & (zone == a), 0.0, np.inf))
        for b in codes[at + 1 :]:
            apart = float(arrival[reach & (zone == b)].min())
            if np.isfinite(apart) and apart > far:
                best, far = [a, b], apart
    return best


def _between(cost: F64, zone: NDArray[np.int64], ends: Sequence[int]) -> I64:
    """Return the cells of the way between two core areas, some way into both."""
    a, b = (np.isfinite(cost) & (zone == code) for code in ends)
    arrival, before = first_arrival(step_costs(cost), np.where(a, 0.0, np.inf))
    goal = int(np.argmin(np.where(b, arrival, np.inf)))
    if not np.isfinite(arrival.reshape(-1)[goal]):
        return _longest(cost, np.isfinite(cost))
    way = trace(before, goal)[::-1]
    return np.array([*_into(cost, a, way[0])[::-1], *way, *_into(cost, b, way[-1])], np.int64)


def _into(cost: F64, area: Bools, door: int) -> list[int]:
    """Return the cells from a door (left out) straight into an area, as far as the link goes."""
    start = np.full(cost.size, np.inf)
    start[door] = 0.0
    ground = np.where(area & (cost < OUTSIDE_COST), 1.0, np.inf)
    ground.reshape(-1)[door] = 1.0
    arrival, before = first_arrival(step_costs(ground), start.reshape(cost.shape))
    known = np.where(np.isfinite(arrival), arrival, -1.0)
    return list(trace(before, int(np.argmax(known)))[::-1])[1:]


def _longest(cost: F64, here: Bools) -> I64:
    """Return the cells of a link's longest way, found by going to the farthest place twice."""
    ground = np.where(here, 1.0, np.inf)
    place = int(np.flatnonzero(here)[0])
    for _ in range(2):
        start = np.full(cost.size, np.inf)
        start[place] = 0.0
        arrival, _before = first_arrival(step_costs(ground), start.reshape(cost.shape))
        other, place = place, int(np.argmax(np.where(np.isfinite(arrival), arrival, -1.0)))
    start = np.full(cost.size, np.inf)
    start[other] = 0.0
    _, before = first_arrival(step_costs(np.where(here, cost, np.inf)), start.reshape(cost.shape))
    return np.array(trace(before, place)[::-1], np.int64)


def _measured(
    name: str, land: Landscape, row: I64, col: I64, suitability: Mapping[str, F32]
) -> Gap:
    grid = land.grid
    middle = np.stack([col, row]).astype(np.float64) + 0.5
    x, y = grid.to_metres(middle[0], middle[1])
    step = np.hypot(np.diff(x), np.diff(y)) / 1000.0
    km = np.concatenate([[0.0], np.cumsum(step)])
    own = 0.5 * (np.concatenate([[0.0], step]) + np.concatenate([step, [0.0]]))
    layer = {
        key: land[key][row, col].astype(np.int64)
        for key in ("land_cover", "road", "river", "protected", "protection")
    }
    zone = layer["protected"]
    inside, ends = _inside(zone)
    first = int(np.argmax(inside))
    covers = np.unique(layer["land_cover"][inside])
    countries = [land.zone_countries[z] for z in ends if z]
    return Gap(
        name,
        (land.zone_names[ends[0]], land.zone_names[ends[1]]),
        tuple(dict.fromkeys(c for c in countries if c)),
        x,
        y,
        km - km[first],
        inside,
        land["elevation_m"][row, col].astype(np.float64),
        layer["land_cover"],
        layer["road"],
        layer["river"],
        zone,
        land.covers,
        {key: values[row, col].astype(np.float64) for key, values in suitability.items()},
        float(own[inside].sum()),
        {int(c): float(own[inside & (layer["land_cover"] == c)].sum()) for c in covers},
        _crossed(land["road"], row, col, inside),
        _crossed(land["river"], row, col, inside),
        float(own[inside & (layer["protection"] > 0)].sum()),
        _borders(land, x, y, inside),
    )


def _inside(zone: I64) -> tuple[Bools, tuple[int, int]]:
    """Return which places of a way lie between its first and its last core area, and these areas.

    All outside core areas where it ends in one area or none.
    """
    first, last = int(zone[0]), int(zone[-1])
    if first and last and first != last:
        left = int(np.flatnonzero(zone == first).max()) + 1
        right = int(np.flatnonzero(zone == last).min())
        inside = np.zeros(zone.size, bool)
        inside[left:right] = True
    else:
        inside = zone == 0
    # areas that touch leave the step between them
    return (inside if inside.any() else np.ones(zone.size, bool)), (first, last)


def _crossed(layer: NDArray[Any], row: I64, col: I64, inside: Bools) -> dict[int, int]:
    """Return how often a way crosses each class of a layer of lines.

    Cells of a line in a row are one crossing, of the highest class among them. A slanting step
    between two cells of a line that touch at their corners crosses it as well.
    """
    classes = [0]
    for i in np.flatnonzero(inside):
        if inside[i - 1] and i and row[i] != row[i - 1] and col[i] != col[i - 1]:
            sides = layer[row[i], col[i - 1]], layer[row[i - 1], col[i]]
            classes.append(int(min(sides)))
        classes.append(int(layer[row[i], col[i]]))
    found: dict[int, int] = {}
    highest = 0
    for code in [*classes, 0]:
        if code:
            highest = max(highest, code)
        elif highest:
            found[highest] = found.get(highest, 0) + 1
            highest = 0
    return found


def _borders(land: Landscape, x: F64, y: F64, inside: Bools) -> int:
    """Return how often the gap's way crosses borders."""
    from shapely import LineString, get_num_geometries

    if inside.sum() < 2 or not land.borders:
        return 0
    way = LineString(np.column_stack([x[inside], y[inside]]))
    found = (way.intersection(LineString(one.course)) for one in land.borders)
    return sum(int(get_num_geometries(one)) for one in found if not one.is_empty)
