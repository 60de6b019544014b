"""Circuit theory and absorbing chains on maps, and null models: ``corridor_sim.theory``.

Functions on maps take the *ground* first: a raster (a path to anything GDAL opens, an
``xarray.DataArray`` ``[y, x]``, a numpy array) or a :class:`corridor_sim.Landscape`, and returns
pandas or xarray objects with units. What there is to say of a result (pairs that are not connected,
cells from which nobody arrives) stands in its attribute ``note``. Every function raises
:class:`corridor_sim.LandscapeError`, in one line, for a ground or points that cannot be.

A random walk is the null model: no memory, no perception, steps in proportion to conductance.

Null models take no map: forest strewn at random (:func:`percolation`, :func:`neutral_landscape`,
:func:`percolation_threshold`; :func:`patches` are those of any map), and genes in equal islands
(:func:`island_model`, :func:`island_fst`).

Keywords of every function on maps
----------------------------------
values_are : {"resistance", "conductance"}
    What the ground holds.
neighbours : {8, 4}
    Diagonal neighbours are sqrt(2) farther apart.
connect : {"average_conductance", "average_resistance"}
    What joins two neighbours.
regions : map, optional
    Short-circuit regions by number.
mask : map, optional
    Cells at 0, below 0 and without data are left out.
method : {"auto", "direct", "amg"}
    ``amg`` takes least memory.
cell_m : float
    Edge of a cell of a numpy array, whose south-western corner is (0, 0).
of : str, Species or function
    Of a Landscape: the name of a layer, a species or its key (cost of its movement), or a function
    of the landscape that returns values ``[y, x]``.

A *map* is a path, a DataArray or an array on the same cells. *Points* are map positions: a mapping
``{number: (x, y)}``, a sequence of ``(x, y)`` (numbered from 1), a GeoDataFrame of points, the path
of a list or grid, or a map of numbers, in which cells of one number make a region. With a Landscape
and no points, the core areas are the places, each short-circuited as in the ranking of links.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity import circuit
from corridor_sim.connectivity.chain import AbsorbingChain, walk_chain
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import ConductanceRaster, Graph, conductance_raster, option
from corridor_sim.connectivity.grid_file import AsciiGrid, read_grid
from corridor_sim.connectivity.lists import (
    cell_at,
    inverted,
    read_focal,
    read_pairs,
    read_sources,
    read_strengths,
)
from corridor_sim.connectivity.percolation import (
    neutral_landscape,
    patches,
    percolation,
    percolation_threshold,
)
from corridor_sim.errors import CorridorSimError, LandscapeError, nearest, placing
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.generations.islands import island_fst, island_model

__all__ = [
    "current",
    "effective_resistance",
    "flow",
    "island_fst",
    "island_model",
    "neutral_landscape",
    "passage",
    "patches",
    "percolation",
    "percolation_threshold",
    "survival_time",
    "visits",
]

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

F8 = NDArray[np.float64]
Map: TypeAlias = "str | Path | xr.DataArray | NDArray[Any] | AsciiGrid"
Ground: TypeAlias = "Map | Landscape"
# so many disconnected pairs are named one by one
NAMED_PAIRS = 5


class Network(TypedDict, total=False):
    """Keywords of every function, see the module."""

    values_are: str
    neighbours: int
    connect: str
    regions: Map | None
    mask: Map | None
    method: str
    cell_m: float
    of: Any


def effective_resistance(
    ground: Ground,
    points: Any = None,
    *,
    mode: Literal["pairwise", "one-to-all"] = "pairwise",
    pairs: Any = None,
    **network: Unpack[Network],
) -> pd.DataFrame:
    """Effective resistance between focal places.

    ``R_ij = L+_ii + L+_jj - 2 L+_ij`` with ``L+`` the pseudo-inverse of the graph Laplacian (Klein
    & Randic 1993, J. Math. Chem. 12:81; in ecology McRae et al. 2008, Ecology 89:2712).

    Parameters
    ----------
    ground, points, **network
        As the module says.
    mode : {"pairwise", "one-to-all"}
        Between each two, or from each to all the others together.
    pairs : path or iterable of (number, number), optional
        Look at these only; NaN elsewhere.

    Returns
    -------
    DataFrame
        ``[place, place]`` in ohm, inf where disconnected; one column ``resistance`` for one-to-all.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.array([[1.0, 2.0, 4.0]])
    >>> found = effective_resistance(line, [(0.5, 0.5), (2.5, 0.5)], connect="average_resistance")
    >>> float(found.loc[1, 2])
    4.5
    """
    import pandas as pd

    option(mode, ("pairwise", "one-to-all"), "mode")
    net = made_network(ground, network, points)
    focal = net.several(points)
    how: dict[str, Any] = {"pairs": _pairs(pairs, focal), "method": net.method}
    labels = pd.Index([net.names.get(i, i) for i in focal.ids], name="place")
    if mode == "pairwise":
        found = circuit.pairwise_resistance(net.raster, focal, **how)
        frame = pd.DataFrame(found, index=labels, columns=labels)
        notes = _disconnected(circuit.disconnected_pairs(found, focal))
    else:
        every = list(circuit.one_to_all(net.raster, focal, **how))
        frame = pd.DataFrame({"resistance": [r for _, r, _ in every]}, index=labels)
        lonely = ", ".join(str(name) for name, _, flow in every if flow is None)
        lost = f"no other focal point can be reached from {lonely}: infinite resistance"
        notes = [lost] if lonely else []
    frame.attrs |= {"units": "ohm", "note": "\n".join(notes)}
    return frame


def current(
    ground: Ground,
    points: Any = None,
    *,
    mode: Literal["pairwise", "one-to-all", "all-to-one"] = "pairwise",
    pairs: Any = None,
    strengths: str | Path | Mapping[int, float] | None = None,
    combine: Literal["sum", "max"] = "sum",
    **network: Unpack[Network],
) -> xr.DataArray:
    """Current through each cell, over all pairs of focal places, or from or to each of them.

    Node currents of Kirchhoff's and Ohm's laws, at 1 A each; net flow of a random walk (Doyle &
    Snell 1984, Random Walks and Electric Networks; McRae et al. 2008, Ecology 89:2712).

    Parameters
    ----------
    ground, points, **network
        As the module says.
    mode : {"pairwise", "one-to-all", "all-to-one"}
    pairs : path or iterable of (number, number), optional
        Only these; a pair that is not connected adds nothing.
    strengths : path or mapping of number to amperes, optional
        Of one-to-all and all-to-one, instead of 1 A each.
    combine : {"sum", "max"}
        What a cell gets of all these maps.

    Returns
    -------
    DataArray ``[y, x]``
        Amperes, NaN without data.

    Examples
    --------
    >>> import numpy as np
    >>> current(np.ones((1, 3)), [(0.5, 0.5), (2.5, 0.5)]).values.round(9).tolist()
    [[1.0, 1.0, 1.0]]
    """
    option(mode, ("pairwise", "one-to-all", "all-to-one"), "mode")
    option(combine, circuit.COMBINE, "combine")
    if strengths is not None and mode == "pairwise":
        raise CorridorSimError(
            "strengths of nothing", where="strengths", remedy="use one-to-all or all-to-one"
        )
    net = made_network(ground, network, points)
    focal = net.several(points)
    wanted = _pairs(pairs, focal)
    if mode == "pairwise":
        found, total = circuit.pairwise_current(
            net.raster, focal, pairs=wanted, combine=combine, method=net.method
        )
        notes = _disconnected(circuit.disconnected_pairs(found, focal))
    else:
        if isinstance(strengths, str | Path):
            strengths = read_strengths(strengths, focal)
        how: dict[str, Any] = {"pairs": wanted, "strengths": strengths, "method": net.method}
        total, notes = _each(net.raster, focal, mode, combine, how)
    return net.map(total, "current", "A", "current", notes)


def _each(
    raster: ConductanceRaster, focal: Focal, mode: str, combine: str, how: dict[str, Any]
) -> tuple[F8, list[str]]:
    """Return the currents of every focal place in turn, together, and what to say of them."""
    if mode == "one-to-all":
        flows = ((i, flow) for i, _, flow in circuit.one_to_all(raster, focal, **how))
    else:
        flows = ((i, flow) for i, flow in circuit.all_to_one(raster, focal, **how))
    total, notes = np.where(raster.conductance > 0, 0.0, np.nan), []
    for name, flow in flows:
        if flow is None:
            notes.append(f"focal point {name} is connected to no other")
            continue
        found, before = flow.current_map(), np.where(np.isnan(total), 0, total)
        total = before + found if combine == "sum" else np.maximum(before, found)
    return total, notes


def flow(
    ground: Ground,
    sources: Map,
    grounds: Map,
    *,
    grounds_are: Literal["resistance", "conductance"] = "resistance",
    conflicts: Literal["keep", "remove_source", "remove_ground", "remove_both"] = "keep",
    **network: Unpack[Network],
) -> xr.Dataset:
    """Current and voltage between any sources and grounds.

    Solves ``(L + diag(g)) v = s`` (McRae et al. 2008, Ecology 89:2712, advanced mode).

    Parameters
    ----------
    ground, **network
        As the module says.
    sources : map, or path of a list ``value x y``
        Amperes fed into each cell.
    grounds : map, or path of a list
        What joins each cell to the ground; a resistance of 0 is a direct ground.
    grounds_are : {"resistance", "conductance"}
    conflicts : {"keep", "remove_source", "remove_ground", "remove_both"}
        Where a node has both; a source on a direct ground always loses the ground.

    Returns
    -------
    Dataset
        ``current`` in A and ``voltage`` in V, ``[y, x]``, NaN without data.

    Raises
    ------
    LandscapeError
        No source that can reach a ground.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.array([[1.0, 2.0, 4.0]])
    >>> into, out = np.array([[2.0, 0, 0]]), np.array([[np.nan, np.nan, 0.5]])
    >>> found = flow(line, into, out, connect="average_resistance")
    >>> found.voltage.values.round(9).tolist()
    [[10.0, 7.0, 1.0]]
    """
    import xarray as xr

    option(grounds_are, ("resistance", "conductance"), "grounds_are")
    net = made_network(ground, network, ())
    down = net.amounts(grounds, inverse=grounds_are == "resistance")
    found = circuit.advanced(
        net.raster, net.amounts(sources), down, conflicts=conflicts, method=net.method
    )
    left_out = f"sources of {found.ignored_a:g} A reach no ground and were left out"
    notes = [left_out] if found.ignored_a else []
    return xr.Dataset(
        {
            "current": net.map(found.current_map(), "current", "A", "current", notes),
            "voltage": net.map(found.voltage_map(), "voltage", "V", "voltage", []),
        }
    )


def survival_time(
    ground: Ground, mortality: float | Map, **network: Unpack[Network]
) -> xr.DataArray:
    """Expected steps until death of a walker from each cell.

    ``z = F 1`` with ``F = (I - Q)^-1`` (Kemeny & Snell 1960, Finite Markov Chains, ch. 3; Fletcher
    et al. 2019, Ecology Letters 22:1680).

    Parameters
    ----------
    ground, **network
        As the module says.
    mortality : float or map
        Probability a step of dying.

    Returns
    -------
    DataArray ``[y, x]``
        Steps, NaN where death is not certain.

    Raises
    ------
    LandscapeError
        A mortality that is no probability.

    Examples
    --------
    >>> import numpy as np
    >>> survival_time(np.ones((1, 3)), 0.25).values.round(9).tolist()
    [[4.0, 4.0, 4.0]]
    """
    walk = _walk(ground, mortality, network, ())
    steps = walk.chain.survival_time()
    steps, notes = _finite(steps, "death is not certain")
    return walk.map(steps, "survival_time", "1", "expected steps until death", notes)


def visits(
    ground: Ground,
    points: Any = None,
    *,
    mortality: float | Map = 0.0,
    steps: int | None = None,
    **network: Unpack[Network],
) -> xr.DataArray:
    """Expected visits to each cell of a walker that starts at the points, evenly over them.

    ``p F`` with ``p`` where it starts, or ``p (I + Q + ... + Q^(steps-1))`` (Kemeny & Snell 1960,
    ch. 3; Marx et al. 2020, Ecography 43:518).

    Parameters
    ----------
    ground, points, **network
        As the module says; within a region walkers start evenly too.
    mortality : float or map
        Probability a step of dying.
    steps : int, optional
        Count the first of them only.

    Returns
    -------
    DataArray ``[y, x]``
        Visits, NaN without data.

    Raises
    ------
    LandscapeError
        Walkers that live for ever.

    Examples
    --------
    >>> import numpy as np
    >>> visits(np.ones((1, 3)), [(0.5, 0.5)], steps=2).values.tolist()
    [[1.0, 1.0, 0.0]]
    """
    walk = _walk(ground, mortality, network, points)
    places = walk.net.focal(points).all_nodes(walk.graph)
    start = np.zeros(walk.graph.n_nodes)
    for nodes in places:
        start[nodes] += 1 / (nodes.size * len(places))
    found, notes = walk.chain.expected_visits(start, steps), list[str]()
    if steps is None:
        found, notes = _no_smaller(found, walk.chain.reached_from(start), "visits are")
    return walk.map(found, "visits", "1", "expected visits", notes)


def passage(
    ground: Ground,
    points: Any = None,
    *,
    what: Literal["time", "probability"] = "time",
    mortality: float | Map = 0.0,
    **network: Unpack[Network],
) -> xr.DataArray:
    """Expected steps to reach any of the points, or the chance to.

    ``h = Q h`` off the points for the chance, ``(I - Q)^-1 h / h`` for the steps of those who
    arrive (Kemeny & Snell 1960, ch. 3; Marx et al. 2020, Ecography 43:518).

    Parameters
    ----------
    ground, points, **network
        As the module says.
    what : {"time", "probability"}
    mortality : float or map
        Probability a step of dying.

    Returns
    -------
    DataArray ``[y, x]``
        Steps (NaN where nobody arrives) or probability.

    Examples
    --------
    >>> import numpy as np
    >>> passage(np.ones((1, 3)), [(2.5, 0.5)]).values.round(9).tolist()
    [[4.0, 3.0, 0.0]]
    """
    option(what, ("time", "probability"), "what")
    walk = _walk(ground, mortality, network, points)
    nodes = np.concatenate(walk.net.focal(points).all_nodes(walk.graph))
    if what == "probability":
        chance = walk.chain.hitting_probability(nodes)
        chance, notes = _no_smaller(chance, walk.chain.reaches(nodes), "the chance is")
        return walk.map(chance, "passage_probability", "1", "chance to arrive", notes)
    steps = walk.chain.first_passage_time(nodes)
    steps, notes = _finite(steps, "none arrives")
    return walk.map(steps, "passage_time", "1", "expected steps until arrival", notes)


def _disconnected(pairs: list[tuple[int, int]]) -> list[str]:
    if not pairs:
        return []
    named = ", ".join(f"{a} and {b}" for a, b in pairs[:NAMED_PAIRS])
    more = f" and {len(pairs) - NAMED_PAIRS} more pairs" if len(pairs) > NAMED_PAIRS else ""
    return [f"not connected, infinite resistance: {named}{more}"]


def _finite(steps: F8, why: str) -> tuple[F8, list[str]]:
    """Put no data for what is infinite, and say from how many nodes."""
    endless = np.isinf(steps)
    said = f"from {int(endless.sum())} of {steps.size} nodes {why}: no data in the map"
    return np.where(endless, np.nan, steps), [said] if endless.any() else []


def _no_smaller(values: F8, possible: NDArray[np.bool_], what: str) -> tuple[F8, list[str]]:
    """Put 0 for what is below the smallest full double, and say of how many nodes."""
    rare = possible & (values < np.finfo(np.float64).tiny)
    said = (
        f"in {int(rare.sum())} of {values.size} nodes {what} above 0 but below 2.3e-308, "
        "too small to be written: 0 in the map"
    )
    return np.where(rare, 0, values), [said] if np.any(rare) else []


# ---- from what users hold to networks


@dataclass(frozen=True)
class MadeNetwork:
    """The ground made ready: its place, its conductances, and the places it may name itself."""

    grid: AsciiGrid
    raster: ConductanceRaster
    method: str
    own: NDArray[Any] | None = None
    names: Mapping[int, str] = field(default_factory=dict)

    def focal(self, points: Any) -> Focal:
        """Return the focal places that ``points`` are."""
        if points is None:
            if self.own is None:
                raise LandscapeError(
                    "no focal point", where="points", remedy="give points, or a Landscape"
                )
            numbers, first = np.unique(self.own, return_index=True)
            inside = numbers > 0
            if not inside.any():
                raise LandscapeError("has no core area", where=str(self.grid.path))
            ids = tuple(numbers[inside].tolist())
            return Focal(ids, tuple(np.array([cell], np.intp) for cell in first[inside]))
        if isinstance(points, Focal):
            return points
        if isinstance(points, str | Path):
            return read_focal(points, self.grid)
        if _is_map(points, self.grid.values.shape):
            return Focal.from_map(_beside(points, self.grid))
        places = dict(_positions(points))
        cells = [cell_at(f"point {i}", x, y, self.grid, "points") for i, (x, y) in places.items()]
        return Focal.at(cells, self.raster.shape, list(places))

    def several(self, points: Any) -> Focal:
        """Return two or more focal places."""
        focal = self.focal(points)
        if len(focal.ids) < 2:
            raise LandscapeError(
                f"holds one focal point, {focal.ids[0]}",
                where=points if isinstance(points, str | Path) else "points",
                remedy="give two or more",
            )
        return focal

    def amounts(self, given: Map, *, inverse: bool = False) -> F8:
        """Return sources or grounds ``[y, x]``; ``inverse`` makes resistances conductances."""
        if isinstance(given, str | Path):
            return read_sources(given, self.grid, inverse=inverse)
        values = _beside(given, self.grid)
        return inverted(values) if inverse else values

    def map(self, values: F8, name: str, unit: str, what: str, notes: list[str]) -> xr.DataArray:
        """Return values ``[y, x]`` with their place, unit and what there is to say."""
        from corridor_sim.landscape.io.dataset import map_of

        g = self.grid
        place = Grid(*self.raster.shape, g.cell, g.west, g.south + len(g.values) * g.cell, g.crs)
        return map_of(place, values, name, unit, what, note="\n".join(notes))


@dataclass(frozen=True)
class _Walk:
    """A random walk with death on a network."""

    net: MadeNetwork
    graph: Graph
    chain: AbsorbingChain

    def map(self, values: F8, *about: Any) -> xr.DataArray:
        """Return values of nodes as a map."""
        return self.net.map(self.graph.to_map(values), *about)


def _walk(ground: Ground, mortality: float | Map, network: Network, points: Any) -> _Walk:
    net = made_network(ground, network, points)
    graph = net.raster.graph()
    dies = mortality if np.isscalar(mortality) and not isinstance(mortality, str) else None
    given = float(dies) if dies is not None else _beside(mortality, net.grid)  # type: ignore[arg-type]  # a scalar that is no text is a number
    return _Walk(net, graph, walk_chain(graph, given, method=net.method))


def made_network(ground: Ground, network: Network, points: Any) -> MadeNetwork:
    """Return the ground made ready; core areas that are the places are short-circuited."""
    unknown = [key for key in network if key not in Network.__annotations__]
    if unknown:
        raise CorridorSimError(
            f"unknown keyword {unknown[0]!r}",
            where="theory",
            remedy=nearest(unknown[0], Network.__annotations__),
        )
    if isinstance(ground, Landscape):
        grid = _of_landscape(ground, network.get("of"))
        own = ground["protected"] if points is None else None
        names = dict(enumerate(ground.zone_names))
    elif network.get("of") is not None:
        raise CorridorSimError("of nothing", where="of", remedy="use it with a Landscape")
    else:
        grid, own, names = _as_grid(ground, network.get("cell_m", 1.0), "ground"), None, {}
    values, mask, regions = grid.values, network.get("mask"), network.get("regions")
    regions = own if regions is None else regions
    if mask is not None:
        values = np.where(_beside(mask, grid) > 0, values, np.nan)
    raster = conductance_raster(
        values,
        values_are=network.get("values_are", "resistance"),
        neighbours=network.get("neighbours", 8),
        connect=network.get("connect", "average_conductance"),
        regions=None if regions is None else _beside(regions, grid),
        where=str(grid.path),
    )
    return MadeNetwork(grid, raster, network.get("method", "auto"), own, names)


def _of_landscape(land: Landscape, of: Any) -> AsciiGrid:
    """Return the ground that ``of`` makes of a landscape."""
    from corridor_sim.links.propose import ground_cost
    from corridor_sim.species.reader import load_species, species_keys
    from corridor_sim.species.traits import Species

    if isinstance(of, str) and of in land.layers:
        values = land[of]
    elif isinstance(of, Callable):  # type: ignore[arg-type]  # typing's Callable is a class at run time
        values = of(land)
    elif isinstance(of, Species):
        values = ground_cost([of], land)
    elif isinstance(of, str) and of in species_keys():
        values = ground_cost([load_species(of)], land)
    else:
        raise LandscapeError(
            "no ground is chosen" if of is None else f"{of!r} is no layer and no species",
            where="of",
            remedy="give a species, a layer or a function of the landscape"
            if of is None
            else nearest(str(of), (*land.layers, *species_keys())),
        )
    g = land.grid
    if np.shape(values) != g.shape:
        raise LandscapeError(
            f"values of shape {np.shape(values)}, the grid {g.shape}",
            where="of",
            remedy="return one value a cell",
        )
    south = g.bounds_m[1]
    values = np.asarray(values, np.float64)
    if land.outside is not None:
        values = np.where(land.outside, np.nan, values)
    return AsciiGrid(values, g.west_m, south, g.cell_m, Path(land.name), g.crs)


def _as_grid(given: Map, cell: float, where: str) -> AsciiGrid:
    """Return any raster with its place."""
    import xarray as xr

    from corridor_sim.landscape.io.dataset import crs_of, northern_first, place_of

    if isinstance(given, AsciiGrid):
        return given
    if isinstance(given, str | Path):
        return read_grid(given)
    if isinstance(given, xr.DataArray):
        if "band" in given.dims and given.sizes["band"] == 1:
            given = given.isel(band=0, drop=True)
        name = str(given.name or where)
        with placing(name):
            grid = place_of(given, crs_of(given))
        values = np.asarray(northern_first(given).values, np.float64)
        nodata = given.attrs.get("_FillValue")
        if nodata is not None:
            values = np.where(values == nodata, np.nan, values)
        south = grid.bounds_m[1]
        return AsciiGrid(values, grid.west_m, south, grid.cell_m, Path(name), grid.crs)
    if not (math.isfinite(cell) and cell > 0):
        raise LandscapeError(f"cells of {cell} m", where="cell_m", remedy="give a size above 0")
    masked = np.ma.filled(np.ma.asarray(given, np.float64), np.nan)
    return AsciiGrid(masked, 0.0, 0.0, cell, Path(where))


def _beside(given: Map, like: AsciiGrid) -> F8:
    """Return another map on the same cells."""
    if isinstance(given, np.ndarray):
        return np.ma.filled(np.ma.asarray(given, np.float64), np.nan)
    other = _as_grid(given, like.cell, "map")
    like.same_place(other)
    return other.values


def _is_map(points: Any, shape: tuple[int, ...]) -> bool:
    import xarray as xr

    return isinstance(points, xr.DataArray | AsciiGrid) or (
        isinstance(points, np.ndarray) and points.shape == shape
    )


def _positions(points: Any) -> Iterable[tuple[int, tuple[float, float]]]:
    """Return number and map position of every point."""
    if hasattr(points, "geometry"):
        points = list(zip(points.geometry.x, points.geometry.y, strict=True))
    rows = points.items() if isinstance(points, Mapping) else enumerate(points, 1)
    for number, place in rows:
        try:
            x, y = (float(value) for value in place)
        except (TypeError, ValueError):
            raise LandscapeError(
                f"point {number} is {place!r}", where="points", remedy="give x and y in map units"
            ) from None
        yield number, (x, y)


def _pairs(pairs: str | Path | Sequence[Any] | None, focal: Focal) -> circuit.Pairs | None:
    if pairs is None:
        return None
    if isinstance(pairs, str | Path):
        return read_pairs(pairs, focal)
    found = frozenset(frozenset(pair) for pair in pairs)
    for pair in found:
        if len(pair) != 2 or not pair <= frozenset(focal.ids):
            raise LandscapeError(
                f"{tuple(pair)} is no pair of focal points",
                where="pairs",
                remedy=f"give two numbers of {', '.join(map(str, focal.ids[:9]))}",
            )
    return found
