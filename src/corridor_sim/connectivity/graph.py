"""A raster as a network of conductors: cells are nodes, neighbours are joined by a conductance.

Conventions are those of Circuitscape (McRae, Dickson, Keitt & Shah 2008, Ecology 89:2712), so that
the same maps give the same numbers:

- a cell value is a conductance, or a resistance and then its inverse;
- neighbours i, j are joined by the mean of their conductances, ``(g_i + g_j) / 2``, or by the mean
  of their resistances, ``2 / (1/g_i + 1/g_j)``; diagonal neighbours are sqrt(2) farther apart, so
  their conductance is divided by sqrt(2);
- a cell without data, or of conductance 0, is no node;
- a short-circuit region is one node of no inner resistance. Region cells without data belong to it
  with conductance 0: under mean conductance they carry half of what their neighbour does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError, LandscapeError, nearest
from corridor_sim.landscape.grid import MAX_CELLS
from corridor_sim.memory import refuse_beyond

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
Connect = Literal["average_conductance", "average_resistance"]
Kind = Literal["conductance", "resistance"]
# beyond these, sums and products leave the range of numbers, or too few digits remain
SMALLEST, LARGEST, CONTRAST = 1e-100, 1e100, 1e12
# from here on doubles skip whole numbers
EXACT = 2.0**53
CONNECT = ("average_conductance", "average_resistance")
# bytes for each cell and neighbour while the network is made
EDGE_BYTES = 16
KINDS = ("conductance", "resistance")


@dataclass(frozen=True)
class Graph:
    """An undirected network of conductors; parallel edges are allowed and add up.

    Parameters
    ----------
    tail, head : int32 [edges]
        The two nodes of each edge; current is counted positive from tail to head.
    conductance : float64 [edges]
        Above 0, in siemens or any unit: resistances come in its inverse.
    node_of : int32 [y, x]
        Node of each cell, -1 where there is none.
    """

    n_nodes: int
    tail: I4
    head: I4
    conductance: F8
    node_of: I4

    def degree(self) -> F8:
        """Sum of the conductances at each node, ``[n_nodes]``."""
        out: F8 = np.bincount(self.tail, self.conductance, self.n_nodes).astype(np.float64)
        out += np.bincount(self.head, self.conductance, self.n_nodes)
        return out

    def adjacency(self) -> Any:
        """Symmetric scipy CSR matrix ``[n_nodes, n_nodes]`` of conductances."""
        from scipy import sparse

        one_way = sparse.coo_array(
            (self.conductance, (self.tail, self.head)), shape=(self.n_nodes, self.n_nodes)
        ).tocsr()
        return one_way + one_way.T.tocsr()

    def components(self) -> I4:
        """Label of each node's connected component, ``[n_nodes]``, from 0 in order of nodes."""
        from scipy import sparse
        from scipy.sparse import csgraph

        if self.n_nodes == 0:
            return np.zeros(0, np.int32)
        links = sparse.coo_array(
            (np.ones(self.tail.size, np.int8), (self.tail, self.head)),
            shape=(self.n_nodes, self.n_nodes),
        )
        labels = csgraph.connected_components(links.tocsr(), directed=False)[1]
        return np.asarray(labels, dtype=np.int32)

    def to_map(self, values: NDArray[Any], fill: float = math.nan) -> F8:
        """Spread values of nodes ``[n_nodes]`` over their cells, ``fill`` elsewhere: ``[y, x]``."""
        out = np.full(self.node_of.shape, fill)
        present = self.node_of >= 0
        out[present] = np.asarray(values, dtype=np.float64)[self.node_of[present]]
        return out

    def from_map(self, values: NDArray[Any], where: str = "map") -> F8:
        """Sum of a map ``[y, x]`` over the cells of each node, ``[n_nodes]``; NaN counts as 0."""
        values = same_shape(values, self.node_of.shape, where)
        present = (self.node_of >= 0) & ~np.isnan(values)
        out: F8 = np.bincount(self.node_of[present], values[present], self.n_nodes).astype(
            np.float64
        )
        return out


@dataclass(frozen=True)
class ConductanceRaster:
    """A checked raster and the rules that make it a network. Made by :func:`conductance_raster`."""

    conductance: F8
    neighbours: int
    connect: Connect
    regions: I4 = field(repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.conductance.shape
        return rows, cols

    def joined(self, groups: list[NDArray[np.intp]]) -> ConductanceRaster:
        """Return the raster with each group of flat cell numbers made one short-circuit region.

        A group that touches regions swallows them, as a current through one passes all of it.
        Groups of one cell change nothing.
        """
        regions = self.regions
        for cells in groups:
            if cells.size < 2:
                continue
            if regions is self.regions:
                regions = self.regions.copy()
            flat = regions.reshape(-1)
            touched = np.unique(flat[cells])
            label = int(flat.max()) + 1
            if np.any(touched > 0):
                flat[np.isin(flat, touched[touched > 0])] = label
            flat[cells] = label
        if regions is self.regions:
            return self
        return ConductanceRaster(self.conductance, self.neighbours, self.connect, regions)

    def graph(self) -> Graph:
        """Return the network: nodes numbered row by row, a region by its first cell with data."""
        refuse_beyond(
            EDGE_BYTES * self.neighbours * self.conductance.size,
            "the network",
            "use larger cells",
            where="raster",
        )
        node_of = _number_nodes(self.conductance > 0, self.regions)
        parts = [
            self._edges(node_of, down, right)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))[: self.neighbours // 2]
        ]
        tail, head, conductance = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Graph(int(node_of.max()) + 1, tail, head, conductance, node_of)

    def _edges(self, node_of: I4, down: int, right: int) -> tuple[I4, I4, F8]:
        """Edges from every cell to the one ``down`` rows and ``right`` columns away."""
        rows, cols = self.shape
        here = (slice(0, rows - down), slice(max(0, -right), cols - max(0, right)))
        there = (slice(down, rows), slice(max(0, right), cols - max(0, -right)))
        a, b = node_of[here], node_of[there]
        linked = (a >= 0) & (b >= 0) & (a != b)
        g, h = self.conductance[here][linked], self.conductance[there][linked]
        if self.connect == "average_conductance":
            joint = (g + h) / 2
        else:
            # 2 g h / (g + h) is 0, not 0 / 0, where a region cell without data meets another
            total = g + h
            joint = np.divide(2 * g * h, total, out=np.zeros_like(total), where=total > 0)
        if down and right:
            joint /= math.sqrt(2)
        keep = joint > 0
        return a[linked][keep], b[linked][keep], joint[keep]


def conductance_raster(
    values: NDArray[Any],
    *,
    values_are: str = "resistance",
    neighbours: int = 8,
    connect: str = "average_conductance",
    regions: NDArray[Any] | None = None,
    where: str = "raster",
) -> ConductanceRaster:
    """Check a raster and the rules of connection. The defaults are Circuitscape's.

    Parameters
    ----------
    values : float [y, x]
        Conductance or resistance of each cell; NaN where there is no data. A conductance of 0 is
        a complete barrier, the same as no data.
    values_are : {"resistance", "conductance"}
    neighbours : {4, 8}
    connect : {"average_conductance", "average_resistance"}
    regions : int [y, x], optional
        Short-circuit regions by number; 0 or below where there is none.
    where : str
        Name of the raster in messages, for example its file.

    Raises
    ------
    LandscapeError
        Empty, too large, no data anywhere, a negative or infinite value, a resistance of 0, or
        conductances that differ by more than a factor of 1e12.
    CorridorSimError
        An unknown option.
    """
    option(values_are, KINDS, "values_are")
    option(connect, CONNECT, "connect")
    if neighbours not in (4, 8):
        raise CorridorSimError(f"{neighbours} neighbours", where="neighbours", remedy="use 4 or 8")
    if not isinstance(values, np.ma.MaskedArray):
        values = np.asarray(values)
    if values.ndim != 2 or values.size == 0:
        raise LandscapeError(
            f"an array of shape {values.shape} is no raster",
            where=where,
            remedy="give rows and columns",
        )
    if values.size > MAX_CELLS:
        rows, cols = values.shape
        raise LandscapeError(
            f"{rows} x {cols} cells exceed 2^31", where=where, remedy="use larger cells"
        )
    values = unmasked(values).copy()
    _refuse(values < 0, values, f"a {values_are} below 0", "make it positive, or no data", where)
    _refuse(np.isinf(values), values, f"an infinite {values_are}", "use no data", where)
    absent = np.isnan(values)
    if values_are == "resistance":
        _refuse(
            values == 0,
            values,
            "a resistance of 0",
            "give cells of no resistance as a short-circuit region",
            where,
        )
        with np.errstate(over="ignore"):
            values = 1 / values
        _refuse(np.isinf(values), values, "a resistance too small to invert", "rescale", where)
    values[absent] = 0
    if not np.any(values > 0):
        raise LandscapeError("no cell has data", where=where, remedy="check its nodata value")
    _check_range(values[values > 0], where)
    if regions is None:
        labels = np.zeros(values.shape, np.int32)
    else:
        labels = _region_labels(same_shape(regions, values.shape, "regions"))
    chosen: Connect = (
        "average_conductance" if connect == "average_conductance" else "average_resistance"
    )
    return ConductanceRaster(values, int(neighbours), chosen, labels)


def _region_labels(marks: F8) -> I4:
    """Regions numbered from 1 in rising order of their given numbers, which may be of any size."""
    labels = np.zeros(marks.shape, np.int32)
    inside = marks > 0
    broken = inside & ~((marks == np.floor(marks)) & (marks < EXACT))
    if np.any(broken):
        row, col = divmod(int(np.argmax(broken)), marks.shape[1])
        raise LandscapeError(
            f"{marks[row, col]:.17g} in {cell_name(row, col)} numbers no region",
            where="regions",
            remedy="use whole numbers below 2^53",
        )
    labels[inside] = np.unique(marks[inside], return_inverse=True)[1].astype(np.int32) + 1
    return labels


def option(value: object, allowed: tuple[str, ...], where: str) -> None:
    """Refuse a word that is not allowed."""
    if value not in allowed:
        raise CorridorSimError(
            f"unknown {value!r}", where=where, remedy=nearest(str(value), allowed)
        )


def same_shape(values: NDArray[Any], shape: tuple[int, ...], where: str) -> F8:
    """Return ``values`` as float64, refusing another shape than the raster's."""
    out = unmasked(values)
    if out.shape != shape:
        raise LandscapeError(
            f"is {' x '.join(map(str, out.shape)) or 'a number'}, the raster is "
            f"{' x '.join(map(str, shape))}",
            where=where,
            remedy="give both the same extent and cell",
        )
    return out


def numbered(given: Any, n: int, where: str, things: str) -> NDArray[np.intp]:
    """Return numbers of things, given as numbers from 0 to ``n - 1`` or as a mask of all ``n``.

    A mask taken for numbers would choose 0 and 1; a fraction would be cut off; a number below 0
    would count from the end.
    """
    if np.ma.is_masked(given):
        raise CorridorSimError("some are masked", where=where, remedy="give those that remain")
    values = np.atleast_1d(np.asarray(given))
    if values.dtype == np.bool_:
        if values.shape != (n,) or not np.any(values):
            raise CorridorSimError(
                f"a mask of {values.size} with {int(values.sum())} chosen",
                where=where,
                remedy=f"give a mask of {n} {things} that chooses one or more",
            )
        return np.flatnonzero(values)
    whole = values.dtype.kind in "iuf" and bool(np.all(values == np.floor(values)))
    if values.size and not whole:
        raise CorridorSimError(
            f"{values.reshape(-1)[:3].tolist()} are no whole numbers",
            where=where,
            remedy=f"give numbers of {things}, or a mask",
        )
    if values.size == 0 or np.any((values < 0) | (values >= n)):
        raise CorridorSimError(
            f"{things} 0 to {n - 1} do not hold all of {values[:3]}",
            where=where,
            remedy=f"give one or more {things}",
        )
    return values.astype(np.intp)


def unmasked(values: Any) -> F8:
    """Return numbers as float64 with NaN where they are masked.

    ``np.asarray`` would drop the mask, and take for data what stands below it.
    """
    out = np.asarray(values, dtype=np.float64)
    if np.ma.is_masked(values):
        out = np.where(np.ma.getmaskarray(values), math.nan, out)
    return out


def cell_name(row: int, col: int) -> str:
    """Words for a cell, counted from 1 at the north-western corner."""
    return f"row {row + 1}, column {col + 1}"


def _check_range(conductances: F8, where: str) -> None:
    low, high = float(conductances.min()), float(conductances.max())
    if low < SMALLEST or high > LARGEST:
        raise LandscapeError(
            f"conductances of {low:.3g} to {high:.3g} leave {SMALLEST:g} to {LARGEST:g}",
            where=where,
            remedy="rescale",
        )
    if high > CONTRAST * low:
        raise LandscapeError(
            f"conductances of {low:.3g} to {high:.3g} differ more than {CONTRAST:g} times: few "
            "digits would be right",
            where=where,
            remedy="use no data for barriers and short-circuit regions for perfect conductors",
        )


def _refuse(bad: NDArray[np.bool_], values: F8, what: str, remedy: str, where: str) -> None:
    count = int(np.count_nonzero(bad))
    if count:
        row, col = divmod(int(np.argmax(bad)), values.shape[1])
        others = f" and {count - 1} more cells" if count > 1 else ""
        raise LandscapeError(f"{what} in {cell_name(row, col)}{others}", where=where, remedy=remedy)


def _number_nodes(present: NDArray[np.bool_], regions: I4) -> I4:
    node_of = np.full(present.shape, -1, np.int32)
    if not np.any(regions):
        node_of[present] = np.arange(np.count_nonzero(present), dtype=np.int32)
        return node_of
    # a region speaks through its first cell with data; its other cells take that number
    cells = np.flatnonzero(present)
    labels = regions.reshape(-1)
    inside = cells[labels[cells] > 0]
    names, first = np.unique(labels[inside], return_index=True)
    lone = cells[labels[cells] == 0]
    speakers = np.sort(np.concatenate([lone, inside[first]]))
    flat = node_of.reshape(-1)
    flat[speakers] = np.arange(speakers.size, dtype=np.int32)
    members = np.flatnonzero(np.isin(labels, names))
    flat[members] = flat[inside[first]][np.searchsorted(names, labels[members])]
    return node_of
