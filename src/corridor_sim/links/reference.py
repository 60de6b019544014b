"""What theory says of each link, beside the simulated ranking: current flow, and dPC.

Both look at the base landscape as ground of one cost, the geometric mean of the species'
(:func:`corridor_sim.links.propose.ground_cost`); nothing is simulated. *Current flow* is the mean
current inside the link before it is built, summed over all pairs of core areas at 1 A each, with
conductance 1 / cost and every core area short-circuited (McRae et al. 2008,
doi:10.1890/07-1861.1): how much of the movement passes there already. *dPC* is what building the
link does to the probability of connectivity, ``PC = sum_ij a_i a_j exp(-k d_ij)`` over core areas
of area a with least-cost distances d, relative to before (Saura & Pascual-Hortal 2007,
doi:10.1016/j.landurbplan.2007.03.005). Good ground is measured once, before anything is built: a
link that makes no cell worse for any species can then only raise PC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import first_arrival, step_costs
from corridor_sim.links.candidates import Link
from corridor_sim.links.propose import best_ground, ground_cost
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    from corridor_sim.connectivity.focal import Focal
    from corridor_sim.connectivity.graph import ConductanceRaster

F64 = NDArray[np.float64]
# cells of the coarsened grid: seconds for twenty links among thirty core areas
MOST_CELLS = 20_000
# a relative change of PC below this is what its sums round away
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Reference:
    """Theory beside a ranking; arrays ``[link]``, more is better.

    Attributes
    ----------
    current_flow : float64
        Mean amperes inside the link outside core areas, of 1 A between each pair of these.
    dpc : float64
        Relative change of PC when the link alone is built.
    k_per_km : float
        Of ``exp(-k d)``, d in km of the best ground.
    cell_m : float
        Of the coarsened grid.
    """

    current_flow: F64
    dpc: F64
    k_per_km: float
    cell_m: float


def reference_of(
    species: Sequence[Species],
    land: Landscape,
    built: Iterable[Landscape],
    links: Sequence[Link],
    k_per_km: float,
) -> Reference | None:
    """Return what theory says of each link, or None where there are not two core areas.

    Parameters
    ----------
    species : sequence of Species
        Those that count.
    land : Landscape
        Without any link.
    built : iterable of Landscape
        With each link alone.
    links : sequence of Link
    k_per_km : float
        One over the mean dispersal distance, for a kernel ``exp(-k d)``.
    """
    from corridor_sim.connectivity.circuit import pairwise_current

    factor = coarsening(land.grid)
    fine_zone = land["protected"].astype(np.int64)
    zone = coarse_zones(fine_zone, factor)
    names = np.unique(zone[zone > 0])
    if names.size < 2:
        return None
    area = np.array([float((fine_zone == name).sum()) for name in names]) * land.grid.cell_km2
    km = land.grid.cell_m * factor / 1000.0
    best = best_ground(species, land)

    def connectivity(cost: F64) -> float:
        return _pc(area, _distances(cost, zone, names) * km, k_per_km)

    cost = coarse_cost(ground_cost(species, land, best), factor)
    before = connectivity(cost)
    after = [connectivity(coarse_cost(ground_cost(species, one, best), factor)) for one in built]
    dpc = np.array(after) / before - 1.0
    _, current = pairwise_current(*circuit_of(cost, zone, names))
    width = land.grid.width
    flow = [mean_inside(current, zone, link.cells, width, factor) for link in links]
    return Reference(
        np.array(flow),
        np.where(np.abs(dpc) <= ROUNDING, 0.0, dpc),
        k_per_km,
        land.grid.cell_m * factor,
    )


def mean_inside(
    current: F64, zone: NDArray[np.int64], cells: NDArray[np.int64], width: int, factor: int
) -> float:
    """Return the mean current of a coarsened map inside some cells, outside zones where it can be.

    Parameters
    ----------
    current, zone : ``[row, column]``
        Of the coarsened map.
    cells : int64 ``[n]``
        Flat cells of the map before, which is ``width`` cells wide.
    factor : int
        Cells of the map before along the edge of one of this.
    """
    row, col = cells // width // factor, cells % width // factor
    # a core area's cells carry all that enters it, which says nothing of the ground beside it
    between = zone[row, col] == 0
    if between.any():
        row, col = row[between], col[between]
    return float(current[row, col].mean())


def agreement(theory: F64, simulated: F64) -> float:
    """Return Spearman's rank correlation; NaN where one of them is all the same."""
    from scipy.stats import rankdata

    if theory.size < 3 or np.ptp(theory) == 0 or np.ptp(simulated) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(theory), rankdata(simulated))[0, 1])


def ranks_of(values: F64) -> NDArray[np.int64]:
    """Return ranks over the last axis, 1 the largest; equal values share the better rank.

    >>> ranks_of(np.array([0.1, 0.4, 0.1, 0.0])).tolist()
    [2, 1, 2, 4]
    """
    return np.asarray((values[..., None, :] > values[..., :, None]).sum(axis=-1) + 1, np.int64)


def coarsening(grid: Grid) -> int:
    """Return how many cells of a grid, along each edge, make one of theory's."""
    return max(1, int(np.ceil(np.sqrt(grid.height * grid.width / MOST_CELLS))))


def _blocks(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return a raster as ``[rows, factor, columns, factor]``, its last cells repeated."""
    height, width = values.shape
    wide = np.pad(values, ((0, -height % factor), (0, -width % factor)), mode="edge")
    return wide.reshape(wide.shape[0] // factor, factor, wide.shape[1] // factor, factor)


def coarse_cost(cost: F64, factor: int) -> F64:
    """Return the geometric mean of the cost of each block's ground; NaN where it has none."""
    blocks = np.log(_blocks(cost, factor))
    ground = ~np.isnan(blocks)
    if ground.all():
        return np.asarray(np.exp(blocks.mean(axis=(1, 3))))
    n = ground.sum(axis=(1, 3))
    total = np.where(ground, blocks, 0.0).sum(axis=(1, 3))
    means = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    return np.asarray(np.exp(means))


def coarse_zones(zone: NDArray[np.int64], factor: int) -> NDArray[np.int64]:
    """Return the core area of each block: that with most of its cells, 0 only where none has any.

    Of two with as many cells it is the one met first from the north-west: what the areas happen to
    be numbered must not matter.
    """
    blocks = _blocks(zone, factor).swapaxes(1, 2)
    cells = blocks.reshape(*blocks.shape[:2], factor * factor)
    found = np.zeros(cells.shape[:2], dtype=np.int64)
    most = np.zeros(cells.shape[:2], dtype=np.int64)
    for name in np.unique(zone[zone > 0]):
        inside = cells == name
        # one cell more weighs more than any place in the block
        score = inside.sum(axis=2) * (factor * factor) - inside.argmax(axis=2)
        better = inside.any(axis=2) & (score > most)
        found, most = np.where(better, name, found), np.where(better, score, most)
    return found


def _distances(cost: F64, zone: NDArray[np.int64], names: NDArray[np.int64]) -> F64:
    """Return least-cost distances between core areas in cells of the best ground, ``[z, z]``."""
    steps = step_costs(cost)
    out = np.zeros((names.size, names.size))
    for i, name in enumerate(names[:-1]):
        far, _ = first_arrival(steps, np.where(zone == name, 0.0, np.inf))
        for j in range(i + 1, names.size):
            out[i, j] = out[j, i] = far[zone == names[j]].min()
    return out


def _pc(area: F64, distance_km: F64, k_per_km: float) -> float:
    """Return the probability of connectivity but for its constant divisor."""
    return float(area @ np.exp(-k_per_km * distance_km) @ area)


def circuit_of(
    cost: F64, zone: NDArray[np.int64], names: NDArray[np.int64]
) -> tuple[ConductanceRaster, Focal]:
    """Return ground as a circuit: conductance 1 / cost, zones short-circuited, each a place.

    Parameters
    ----------
    cost : float64 ``[row, column]``
        Resistance, NaN where there is no ground.
    zone : int64 ``[row, column]``
        0 outside zones.
    names : int64 ``[k]``
        Of the zones between which current flows.
    """
    from corridor_sim.connectivity.focal import Focal
    from corridor_sim.connectivity.graph import conductance_raster

    raster = conductance_raster(cost, regions=zone, where="ground cost")
    first = [int(np.flatnonzero(zone.reshape(-1) == name)[0]) for name in names]
    places = [(cell // zone.shape[1], cell % zone.shape[1]) for cell in first]
    return raster, Focal.at(places, zone.shape)
