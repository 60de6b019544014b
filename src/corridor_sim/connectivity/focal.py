"""Focal points and regions: the places between which resistance is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import Graph, cell_name, unmasked
from corridor_sim.errors import LandscapeError


@dataclass(frozen=True)
class Focal:
    """Focal places in rising order of their number; one of several cells is a region.

    Parameters
    ----------
    cells : tuple of int arrays
        Flat cell numbers of each place, ``row * columns + column``.
    """

    ids: tuple[int, ...]
    cells: tuple[NDArray[np.intp], ...]

    @classmethod
    def at(
        cls,
        places: Sequence[tuple[int, int]],
        shape: tuple[int, int],
        ids: Sequence[int] | None = None,
    ) -> Focal:
        """Make focal places of ``(row, column)`` cells; the same number twice makes a region.

        Raises
        ------
        LandscapeError
            A cell outside the raster, or no cell at all.
        """
        names = list(range(1, len(places) + 1)) if ids is None else [_whole(i, "ids") for i in ids]
        if not names:
            raise LandscapeError("no focal point", where="points", remedy="give one or more")
        found: dict[int, dict[int, None]] = {}  # cells in order, each once
        whole = [(_whole(row, "rows"), _whole(col, "columns")) for row, col in places]
        for name, (row, col) in zip(names, whole, strict=True):
            if not (0 <= row < shape[0] and 0 <= col < shape[1]):
                raise LandscapeError(
                    f"focal point {name} at {cell_name(row, col)} is outside the raster of "
                    f"{shape[0]} x {shape[1]}",
                    where="points",
                    remedy="move it",
                )
            found.setdefault(name, {})[row * shape[1] + col] = None
        ordered = sorted(found)
        return cls(tuple(ordered), tuple(np.array(list(found[name]), np.intp) for name in ordered))

    @classmethod
    def from_map(cls, numbers: NDArray[Any], where: str = "points") -> Focal:
        """Make focal places of a map of their numbers ``[y, x]``; 0, below 0 and NaN are none."""
        flat = unmasked(numbers).reshape(-1)
        inside = np.flatnonzero(flat > 0)
        if inside.size == 0:
            raise LandscapeError("no focal point", where=where, remedy="give cells above 0")
        ids, which = np.unique(flat[inside], return_inverse=True)
        wrong = (ids != np.floor(ids)) | (ids > 2**31 - 1)
        if np.any(wrong):
            raise LandscapeError(
                f"{ids[wrong][0]:g} numbers no focal point",
                where=where,
                remedy="use whole numbers below 2^31",
            )
        order = np.argsort(which, kind="stable")
        parts = np.split(inside[order], np.cumsum(np.bincount(which))[:-1])
        return cls(tuple(int(i) for i in ids), tuple(parts))

    @property
    def has_regions(self) -> bool:
        """Whether any place has several cells."""
        return any(cells.size > 1 for cells in self.cells)

    def nodes(self, graph: Graph) -> NDArray[np.intp]:
        """Return the node of each place, ``[k]``; a region must have been joined before.

        Raises
        ------
        LandscapeError
            A place lies where there is no data.
        """
        nodes = np.array([graph.node_of.reshape(-1)[cells[0]] for cells in self.cells], np.intp)
        if np.any(nodes < 0):
            raise self._on_no_data(int(np.argmax(nodes < 0)), graph)
        return nodes

    def all_nodes(self, graph: Graph) -> list[NDArray[np.intp]]:
        """Return all nodes of each place, not joined; cells of a region without data have none.

        Raises
        ------
        LandscapeError
            All of a place lies where there is no data.
        """
        out = []
        for number, cells in enumerate(self.cells):
            nodes = np.unique(graph.node_of.reshape(-1)[cells]).astype(np.intp)
            if not np.any(nodes >= 0):
                raise self._on_no_data(number, graph)
            out.append(nodes[nodes >= 0])
        return out

    def _on_no_data(self, number: int, graph: Graph) -> LandscapeError:
        row, col = divmod(int(self.cells[number][0]), graph.node_of.shape[1])
        return LandscapeError(
            f"focal point {self.ids[number]} in {cell_name(row, col)} lies on no data",
            where="points",
            remedy="move it to a cell with data, or leave it out",
        )


def _whole(value: Any, what: str) -> int:
    """Return a whole number as such: a fraction cut off would make two places one."""
    try:
        if isinstance(value, (bool, np.bool_)) or int(value) != value:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise LandscapeError(
            f"{value!r} is no whole number", where=f"points, {what}", remedy="give whole numbers"
        ) from None
    return int(value)
