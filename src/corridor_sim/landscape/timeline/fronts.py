"""Clearing as a process that can be stopped, looked at, and gone on with.

The rates are those of :mod:`corridor_sim.landscape.edits.clearing`: each forest cell carries nine
exponential clocks, one for starts on its own and one for every neighbour that may push a front
into it. Here each clock keeps what is *left* of its threshold, in units of the rate integrated over
the time in which it ran. Where a road, a reserve or regrowth changes the rates, what is left goes
on at the new rate: the process is the same Markov process, yet cells that the change does not
reach keep their own draws, so that scenarios stay paired. Without such changes the order is that of
``clear`` with the same seed.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.jit import kernel
from corridor_sim.landscape.edits.clearing import (
    LEAST,
    NEIGHBOUR_SHARE,
    cleared_from_the_start,
    clearing_weight,
    rates_by_cell_size,
    remoteness,
    share_beside,
)
from corridor_sim.landscape.edits.noise import cell_keys, waiting_times
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.routing import NEIGHBOURS
from corridor_sim.landscape.timeline.rules import ClearingRule

Mask = NDArray[np.bool_]
F64 = NDArray[np.float64]
CLOCKS = 1 + len(NEIGHBOURS)
PURPOSES_A_GENERATION = 16
"""Purposes of the keyed noise set aside for each time that a cell grows into forest again."""


class Fronts:
    """The clocks of clearing on one grid.

    Parameters
    ----------
    seed : int
        Decides the clocks, together with the place of a cell on the map.
    """

    def __init__(self, grid: Grid, rule: ClearingRule, seed: int) -> None:
        self.grid = grid
        self.rule = rule
        self.seed = seed
        self._keys = cell_keys(grid).reshape(-1)
        self._left = np.stack([waiting_times(self._keys, seed, k) for k in range(CLOCKS)])
        self._generation = np.zeros(self._keys.size, np.uint8)
        self._pushes = np.zeros(self._keys.size, bool)
        self._rates_of: tuple[Any, ...] = ()
        self._weight: F64 = np.empty(0)
        self._starts: F64 = np.empty(0)
        self._offsets = np.array(NEIGHBOURS, np.int64)
        self._shares = np.array(NEIGHBOUR_SHARE)

    def eligible(self, land: Landscape) -> Mask:
        """Forest that may fall: all, or with a protected factor of 0 all outside reserves."""
        forest: Mask = land.covers.has(land["land_cover"], "clearable")
        if self.rule.protected_factor == 0.0:
            forest &= land["protection"] == 0
        return forest

    def advance(
        self, land: Landscape, n: int, until: float = np.inf
    ) -> tuple[NDArray[np.int64], F64]:
        """Let the process run on ``land`` until ``n`` more cells have fallen, or for a time.

        Parameters
        ----------
        land : Landscape
            Rates follow from its roads, settlements, slope, protection and cover.
        n : int
            At most the number of eligible cells is taken.
        until : float
            Length of time after which the process stops in any case, in units of the process. If
            it is infinite, the process stops at the fall of the last cell.

        Returns
        -------
        cells : ndarray of int64
            Flat indices of the cells that fell, in order.
        moments : ndarray of float64
            When each fell, counted from the call.
        """
        self._set_rates(land)
        spontaneous, contagion = rates_by_cell_size(self.grid.cell_m, self.rule.aggregation)
        if self.rule.aggregation < LEAST:
            contagion = 0.0
        # cells that fell in the course of the run push through their own clocks, those that were
        # farmed before through the clock of starts; one given up pushes no more
        farmed = land.covers.lacks(land["land_cover"], "natural").reshape(-1)
        self._pushes &= farmed
        seeds = cleared_from_the_start(land, self.rule.spread_from_roads)
        road = (land["road"] > 0) & self.rule.spread_from_roads
        seeds &= ~self._pushes.reshape(seeds.shape) | road
        beside = share_beside(seeds).reshape(-1)
        rate = self._weight * (spontaneous * self._starts + contagion * beside)
        forest = self.eligible(land).reshape(-1)
        cells, moments = _run(
            self._left,
            rate,
            self._weight * contagion,
            forest,
            self._pushes,
            self._offsets,
            self._shares,
            self.grid.width,
            min(n, int(forest.sum())),
            until,
        )
        return cells, moments

    def regrown(self, cells: NDArray[np.int64]) -> None:
        """Give cells that turned into forest again clocks that have not run yet."""
        if cells.size == 0:
            return
        self._generation[cells] += np.uint8(1)
        self._pushes[cells] = False
        for generation in np.unique(self._generation[cells]):
            these = cells[self._generation[cells] == generation]
            for k in range(CLOCKS):
                purpose = k + PURPOSES_A_GENERATION * int(generation)
                self._left[k, these] = waiting_times(self._keys[these], self.seed, purpose)

    def _set_rates(self, land: Landscape) -> None:
        """Recompute weights only where a layer that they rest on is another array than before."""
        rests_on = tuple(
            land[name]
            for name in ("slope_deg", "protection", "road_distance_m", "settlement_distance_m")
        )
        if len(self._rates_of) == len(rests_on) and all(
            a is b for a, b in zip(rests_on, self._rates_of, strict=True)
        ):
            return
        rule = self.rule
        self._weight = clearing_weight(land, rule.spread_from_roads, rule.protected_factor)
        self._weight = self._weight.reshape(-1)
        self._starts = remoteness(land, rule.spread_from_roads).reshape(-1)
        self._rates_of = rests_on


@kernel()
def _run(
    left: F64,
    rate: F64,
    front: F64,
    forest: Mask,
    pushes: Mask,
    offsets: NDArray[np.int64],
    shares: F64,
    width: int,
    n: int,
    until: float,
) -> tuple[NDArray[np.int64], F64]:
    """Take the first ``n`` cells to fall by ``until`` and run all clocks down to that moment.

    ``left[k, cell]`` is what is left of a clock, ``rate`` the rate of clock 0, ``front x share`` of
    the others. ``left``, ``forest`` and ``pushes`` are changed in place.
    """
    size = rate.size
    height = size // width
    order = np.empty(n, np.int64)
    moments = np.empty(n, np.float64)
    if n == 0 and until == np.inf:
        return order, moments
    when = np.full(size, np.inf)
    fell = np.full(size, np.inf)
    heap = [(0.0, np.int64(0)) for _ in range(0)]
    for i in range(size):
        if pushes[i]:
            fell[i] = 0.0
    for cell in range(size):
        if not forest[cell]:
            continue
        best = left[0, cell] / rate[cell]
        row, col = cell // width, cell % width
        if front[cell] > 0.0:
            for k in range(8):
                r, c = row + offsets[k, 0], col + offsets[k, 1]
                if 0 <= r < height and 0 <= c < width and pushes[r * width + c]:
                    best = min(best, left[k + 1, cell] / (front[cell] * shares[k]))
        when[cell] = best
        heap.append((best, np.int64(cell)))
    heapq.heapify(heap)
    taken = 0
    last = 0.0
    while taken < n and len(heap) > 0:
        moment, popped = heapq.heappop(heap)
        cell = int(popped)
        if not forest[cell] or moment > when[cell]:
            continue
        if moment > until:
            break
        forest[cell] = False
        pushes[cell] = True
        fell[cell] = moment
        order[taken] = cell
        moments[taken] = moment
        taken += 1
        last = moment
        row, col = cell // width, cell % width
        for k in range(8):
            # the neighbour that sees this cell at offset k lies at minus that offset
            r, c = row - offsets[k, 0], col - offsets[k, 1]
            if not (0 <= r < height and 0 <= c < width):
                continue
            other = r * width + c
            if forest[other] and front[other] > 0.0:
                then = moment + left[k + 1, other] / (front[other] * shares[k])
                if then < when[other]:
                    when[other] = then
                    heapq.heappush(heap, (then, np.int64(other)))
    if until < np.inf:
        last = until
    for cell in range(size):
        if not forest[cell]:
            continue
        left[0, cell] = max(left[0, cell] - rate[cell] * last, 0.0)
        row, col = cell // width, cell % width
        for k in range(8):
            r, c = row + offsets[k, 0], col + offsets[k, 1]
            if 0 <= r < height and 0 <= c < width:
                ran = last - fell[r * width + c]
                if ran > 0.0:
                    spent = front[cell] * shares[k] * ran
                    left[k + 1, cell] = max(left[k + 1, cell] - spent, 0.0)
    return order[:taken], moments[:taken]
