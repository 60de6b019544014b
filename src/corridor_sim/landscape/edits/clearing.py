"""Clearing of forest to a stated share, scattered or clumped, spreading from roads and clearings.

The model is a growth process with immigration (Richardson 1973,
doi:10.1017/S0305004100077288, with spontaneous starts). A forest cell is cleared at the rate

    w [ (1 - a) A r  +  a C / D  k ]

where ``a`` is the aggregation, ``A`` the cell's area in km² and ``D`` its edge in km (so that
starts per km² and the speed of a front do not depend on the cell), ``C`` the contagion and ``k``
the share of the cell's surroundings already cleared (edge neighbours weigh 1, corner neighbours
1/2; 1 if a road runs through the cell). The weight ``w`` falls with slope, is lower inside
protected ground and higher near roads and settlements. Starts grow rare with the distance from
roads and settlements (``r``), while a front brings its own access along. Roads, settlements and
earlier clearings count as cleared from the start.

Every clock of the process is drawn in advance from the place on the map, so the moment at which a
cell falls is the shortest path over those clocks (first-passage percolation). Clearing a share
``f`` takes the earliest ``f`` of the forest cells, so a larger share contains every smaller one.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.landscape.edits.base import Rings, Text, edited, parameter
from corridor_sim.landscape.edits.drawn import DrawnEdit
from corridor_sim.landscape.edits.noise import cell_keys, waiting_times
from corridor_sim.landscape.edits.places import cells_inside
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import NEIGHBOURS, first_arrival, shifted
from corridor_sim.languages import tr

Mask = NDArray[np.bool_]
F64 = NDArray[np.float64]

SLOPE_HALVING_DEG = 10.0
"""Slope that halves the rate of clearing. Assumption: cattle pasture and crops stay on the gentler
ground, and the slope of a 1-km cell understates the slopes within it."""

ROADSIDE_M = 5000.0
ROADSIDE_FACTOR = 3.0
"""Clearing within 5 km of roads and settlements is three times as fast. Assumption."""

REMOTE_SCALE_M = 20_000.0
REMOTE_FLOOR = 0.02
"""Beyond 5 km spontaneous starts fall off exponentially with distance, down to a floor. In the
Brazilian Amazon 95 % of clearing lies within 5.5 km of a road, tracks included, or 1 km of a
navigable river (Barber et al. 2014, doi:10.1016/j.biocon.2014.07.004); the longer scale here stands
for the tracks and rivers that carry people beyond the main roads. Assumption."""

CONTAGION = 20.0
"""Rate at which a wholly surrounded cell of 1 km is cleared at aggregation 1, in units of the rate
of spontaneous clearing at aggregation 0. Sets what the middle of the scale looks like: at 0.5 the
clumpiness lies about midway (see docs/edits.md)."""

LEAST = 1e-9
"""Share of spontaneous clearing left at aggregation 1, so that forest out of every front's reach
falls last instead of never; and the aggregation below which fronts are left out."""

LEAST_PROTECTED = 1e-30
"""Factor that stands for a protected factor of 0: far below every other product of rates."""

NEIGHBOUR_SHARE = tuple((1.0 if 0 in offset else 0.5) / 6.0 for offset in NEIGHBOURS)
"""Weight of each neighbour in ``k``; they sum to 1."""


class Clear(DrawnEdit):
    """Clear a share of today's forest, everywhere or inside areas.

    See :mod:`corridor_sim.landscape.edits.clearing`.
    """

    kind: Literal["clear"] = "clear"
    everywhere: ClassVar[bool] = True

    fraction: float = parameter("share of today's forest cells to clear", low=0.0, high=1.0)
    areas: Rings = parameter(
        "rings inside which forest is cleared, [lon, lat] or [x, y] in crs; everywhere without",
        absent=tuple,
    )
    aggregation: float = parameter(
        "0 scattered, 1 clumped along roads and earlier clearings", default=0.7, low=0.0, high=1.0
    )
    spread_from_roads: bool = parameter(
        "whether roads and settlements start and speed up clearing", default=True
    )
    protected_factor: float = parameter(
        "rate of clearing inside protected ground over the rate outside",
        default=0.15,
        low=0.0,
        high=1.0,
    )
    to: Text = parameter(
        "land cover of the cleared cells: one that people make; pasture: the first that the table "
        "of land cover calls so",
        default="pasture",
    )

    @property
    def makes_cover(self) -> bool:
        """Whether it changes the land cover: always."""
        return True

    @property
    def draws(self) -> bool:
        """Whether it is chance which cells fall; of none and of all it is not."""
        return 0.0 < self.fraction < 1.0

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return self._said(self.to.replace("_", " "))

    def _said(self, use: str) -> str:
        where = " inside areas" if self.areas or self.file else ""
        return (
            f"{self.fraction:.1%} of the forest{where} cleared to {use} "
            f"(aggregation {self.aggregation:g}, protected ground at {self.protected_factor:g} "
            f"of the rate{'' if self.spread_from_roads else ', blind to roads'})"
        )

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Clear ``round(fraction x forest cells)`` cells, the earliest of :func:`clearing_order`.

        Raises
        ------
        LandscapeError
            If there is no forest to clear, or none of the land covers is pasture.
        ScenarioError
            If the areas hold no cell of the landscape, or ``to`` is no land cover that people make.
        """
        use = land.covers.made(self.to, self.where("to"))
        within = None
        if self.areas:
            within = cells_inside(self.areas, self.crs, land.grid, self.where("areas"))
        order = clearing_order(
            land,
            within=within,
            aggregation=self.aggregation,
            seed=seed,
            spread_from_roads=self.spread_from_roads,
            protected_factor=self.protected_factor,
        )
        n = int(np.floor(self.fraction * order.size + 0.5))
        cover = land["land_cover"].copy()
        cover.reshape(-1)[order[:n]] = use.code
        return edited(land, self._said(use.label.lower()), {"land_cover": cover})


def clearing_order(
    land: Landscape,
    *,
    aggregation: float,
    seed: int,
    spread_from_roads: bool = True,
    protected_factor: float = 0.15,
    within: Mask | None = None,
) -> NDArray[np.int64]:
    """Return the flat indices of all forest cells in the order in which they would be cleared.

    Of those ``within`` alone where that is given: forest beyond stays, and lets no front through.

    Raises
    ------
    LandscapeError
        If there is no forest to clear.
    """
    forest = land.covers.has(land["land_cover"], "clearable")
    if within is not None:
        forest &= within
    if not forest.any():
        everywhere = tr("no forest is left to clear")
        raise LandscapeError(
            everywhere if within is None else tr("no forest is left to clear inside the areas"),
            where=land.name,
            remedy=tr("drop the clearing edit"),
        )
    moment = _moment_of_clearing(
        land, forest, aggregation, seed, spread_from_roads, protected_factor
    )
    cells = np.flatnonzero(forest)
    return cells[np.argsort(moment.reshape(-1)[cells], kind="stable")].astype(np.int64)


def clearing_weight(land: Landscape, spread_from_roads: bool, protected_factor: float) -> F64:
    """Relative rate of clearing of each cell by starts and fronts alike, above 0."""
    weight: F64 = np.exp2(-land["slope_deg"].astype(np.float64) / SLOPE_HALVING_DEG)
    weight *= np.where(land["protection"] > 0, max(protected_factor, LEAST_PROTECTED), 1.0)
    if spread_from_roads:
        weight *= np.where(_access_m(land) <= ROADSIDE_M, ROADSIDE_FACTOR, 1.0)
    return weight


def _access_m(land: Landscape) -> F64:
    """Distance to the nearest road or settlement in m."""
    nearest_m = np.minimum(land["road_distance_m"], land["settlement_distance_m"])
    return np.asarray(nearest_m, np.float64)


def remoteness(land: Landscape, spread_from_roads: bool) -> F64:
    """Factor on spontaneous starts: 1 near access, falling to a floor far from it."""
    if not spread_from_roads:
        return np.ones(land.grid.shape)
    beyond = np.maximum(_access_m(land) - ROADSIDE_M, 0.0)
    return np.maximum(np.exp(-beyond / REMOTE_SCALE_M), REMOTE_FLOOR)


def rates_by_cell_size(cell_m: float, aggregation: float) -> tuple[float, float]:
    """Rates of one cell at weight 1: of spontaneous starts, and of a front all around it."""
    edge_km = cell_m / 1000.0
    spontaneous = max(1.0 - aggregation, LEAST) * edge_km**2
    return spontaneous, aggregation * CONTAGION / edge_km


def cleared_from_the_start(land: Landscape, spread_from_roads: bool) -> Mask:
    """Cells from which fronts set out: farmland, mines, and roads and settlements if they count."""
    cover = land["land_cover"]
    seeds = land.covers.lacks(cover, "natural")
    if spread_from_roads:
        return np.asarray(seeds | (land["road"] > 0))
    return np.asarray(seeds & ~land.covers.has(cover, "settlement"))


def share_beside(seeds: Mask) -> F64:
    """Share of each cell's surroundings that ``seeds`` hold, 1 in a seed itself."""
    beside = np.zeros(seeds.shape)
    for offset, share in zip(NEIGHBOURS, NEIGHBOUR_SHARE, strict=True):
        beside += share * shifted(seeds, offset, False)
    beside[seeds] = 1.0
    return beside


def _moment_of_clearing(
    land: Landscape,
    forest: Mask,
    aggregation: float,
    seed: int,
    spread_from_roads: bool,
    protected_factor: float,
) -> F64:
    """Time at which each forest cell falls, in units of the spontaneous rate; ``inf`` elsewhere."""
    weight = clearing_weight(land, spread_from_roads, protected_factor)
    spontaneous, contagion = rates_by_cell_size(land.grid.cell_m, aggregation)
    beside = share_beside(cleared_from_the_start(land, spread_from_roads))
    keys = cell_keys(land.grid)
    # independent exponential clocks of one cell: the first of them is exponential in their sum
    starts = spontaneous * remoteness(land, spread_from_roads)
    start = waiting_times(keys, seed, 0) / (weight * (starts + contagion * beside))
    start[~forest] = np.inf
    if aggregation < LEAST:
        return start
    length = []
    for k, (offset, share) in enumerate(zip(NEIGHBOURS, NEIGHBOUR_SHARE, strict=True)):
        clock = waiting_times(keys, seed, k + 1) / (weight * contagion * share)
        # a seed's own push is already in `start`; forest with a road through it still passes it on
        clock[~(forest & shifted(forest, offset, False))] = np.inf
        length.append(clock)
    return first_arrival(tuple(length), start)[0]


def clumpiness(cleared: Mask, domain: Mask) -> float:
    """Clumpiness of the cleared cells within a domain: -1 dispersed, 0 random, 1 one clump.

    ``(g - p) / (1 - p)`` where ``g`` is the share of edge neighbours within the domain of cleared
    cells that are cleared too, and ``p`` the share of the domain that is cleared; for ``g < p`` and
    ``p < 0.5`` the denominator is ``p`` (McGarigal & Marks, FRAGSTATS, CLUMPY).

    Raises
    ------
    ScenarioError
        If nothing or everything in the domain is cleared.
    """
    cleared = cleared & domain
    p = float(cleared.sum()) / max(int(domain.sum()), 1)
    if not 0 < p < 1:
        raise ScenarioError("clumpiness needs some cells cleared and some not", where="clumpiness")
    like = unlike = 0
    for offset in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        other = shifted(domain, offset, False)
        same = shifted(cleared, offset, False)
        like += int((cleared & same).sum())
        unlike += int((cleared & other & ~same).sum())
    g = like / max(like + unlike, 1)
    return (g - p) / (p if g < p < 0.5 else 1.0 - p)
