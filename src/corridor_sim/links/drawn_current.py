"""Circuit theory beside a drawn link: current between blocks, and resistance, without and with it.

As beside a ranking (:mod:`.reference`): the ground costs what the species' selection says
(:func:`corridor_sim.links.propose.ground_cost`), on a coarsened grid, with conductance 1 / cost;
places are blocks of core areas, each short-circuited, with 1 A between each two (McRae et al. 2008,
doi:10.1890/07-1861.1). Good ground is measured on the baseline. Nothing is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.circuit import all_pairs_current
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.records import Fields
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr, written
from corridor_sim.links.drawn_walks import Grounds
from corridor_sim.links.propose import cost_of, good_ground
from corridor_sim.links.reference import (
    circuit_of,
    coarse_cost,
    coarse_zones,
    coarsening,
    mean_inside,
)
from corridor_sim.simulation.dispersal.machine import Dispersal

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinkCurrent:
    """What circuit theory says of the ground between blocks, and of a change.

    Attributes
    ----------
    maps : Dataset
        ``without`` ``[y, x]``, amperes through each cell of the coarsened map, summed over pairs of
        blocks at 1 A each, NaN where there is no ground; with edits also ``with`` and ``change``.
    inside_without_a, inside_with_a : float
        Mean current in amperes inside the ground that is changed, outside core areas where it can
        be; NaN without edits.
    resistance : DataFrame
        By pair of blocks (``from``, ``to``) the effective resistance in ohm, ``without`` and with
        edits ``with``, and ``change`` as a share of that without; the pair that gains most first.
        1 ohm: two cells of good ground side by side.
    cell_m : float
        Edge of a cell of the coarsened map: the grain of all of this.
    """

    maps: xr.Dataset
    inside_without_a: float
    inside_with_a: float
    resistance: pd.DataFrame
    cell_m: float

    def __str__(self) -> str:
        said = f"current between blocks on cells of {self.cell_m / 1000:g} km"
        if "with" not in self.resistance:
            return said
        first = self.resistance.iloc[0]
        return (
            f"{said}: {self.inside_without_a:.3g} A inside without the change, "
            f"{self.inside_with_a:.3g} A with it; resistance between {first['from']} and "
            f"{first['to']} {100 * first['change']:+.1f} %"
        )


class _Solved(NamedTuple):
    resistance: F64
    current: F64


@dataclass(slots=True)
class CircuitMaps:
    """Circuits of a landscape without changes and with them; the one without is kept.

    Attributes
    ----------
    dispersal : Dispersal
        Gives the species, their ground and the blocks.
    reference : Landscape
        Before all edits: it has the blocks.
    """

    dispersal: Dispersal
    reference: Landscape
    _without: dict[tuple[str, ...], _Solved] = field(default_factory=dict)
    _best: dict[str, float] = field(default_factory=dict)
    _zones: Any = None

    def of(
        self,
        species: tuple[str, ...],
        changed: Grounds | None = None,
        inside: NDArray[np.bool_] | None = None,
    ) -> LinkCurrent:
        """Return the currents over the ground cost of some species; see ``LinkEvaluator.current``.

        Parameters
        ----------
        species : tuple of str
            Keys; of several the geometric mean of their costs.
        changed : mapping of species to (Ground, Change), optional
        inside : bool ``[height, width]``, optional
            The ground that is changed.

        Raises
        ------
        ScenarioError
            Fewer than two blocks on the coarsened map.
        """
        grid = self.reference.grid
        factor = coarsening(grid)
        zone, names = self._coarse_blocks(factor)
        if species not in self._without:
            own = {key: self.dispersal.kinds[key].ground.here.fields for key in species}
            self._without[species] = self._solved(own, factor)
        before = self._without[species]
        after, means = None, [np.nan, np.nan]
        if changed is not None:
            after = self._solved({key: changed[key][0].here.fields for key in species}, factor)
            cells = np.flatnonzero(inside) if inside is not None else np.zeros(0, np.int64)
            if cells.size:
                both = before.current, after.current
                means = [mean_inside(one, zone, cells, grid.width, factor) for one in both]
        return LinkCurrent(
            self._maps(before, after, factor),
            means[0],
            means[1],
            self._pairs(before, after, names),
            grid.cell_m * factor,
        )

    def _coarse_blocks(self, factor: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self._zones is None:
            blocks = self.dispersal.blocks.raster(self.reference).astype(np.int64)
            zone = coarse_zones(blocks, factor)
            self._zones = zone, np.unique(zone[zone > 0])
        zone, names = self._zones
        if names.size < 2:
            raise ScenarioError(
                tr(
                    "fewer than two blocks of core areas are left on the coarsened map of circuit "
                    "theory, with cells of {cell_km} km",
                    cell_km=written(f"{self.reference.grid.cell_m * factor / 1000:g}"),
                ),
                where=self.reference.name,
                remedy=tr("use a smaller landscape, or larger core areas"),
            )
        return zone, names

    def _solved(self, fields: Mapping[str, Fields], factor: int) -> _Solved:
        zone, names = self._coarse_blocks(factor)
        for key in fields:
            if key not in self._best:
                own = self.dispersal.kinds[key].ground.here.fields
                self._best[key] = good_ground(own)
        best = [self._best[key] for key in fields]
        cost = cost_of(fields.values(), best, self.reference.grid.shape)
        return _Solved(*all_pairs_current(*circuit_of(coarse_cost(cost, factor), zone, names)))

    def _maps(self, before: _Solved, after: _Solved | None, factor: int) -> xr.Dataset:
        import xarray as xr

        from corridor_sim.landscape.io.dataset import map_of

        fine, (height, width) = self.reference.grid, before.current.shape
        grid = Grid(height, width, fine.cell_m * factor, fine.west_m, fine.north_m, fine.crs)
        found = {"without": map_of(grid, before.current, "without", "A", "current between blocks")}
        if after is not None:
            words = "current between blocks with the change"
            found["with"] = map_of(grid, after.current, "with", "A", words)
            apart = after.current - before.current
            found["change"] = map_of(grid, apart, "change", "A", f"{words} less that without")
        return xr.Dataset(found, attrs={"cell_m": grid.cell_m})

    def _pairs(
        self, before: _Solved, after: _Solved | None, names: NDArray[np.int64]
    ) -> pd.DataFrame:
        import pandas as pd

        i, j = np.triu_indices(names.size, 1)
        called = [self.dispersal.blocks.names[name] for name in names]
        columns: dict[str, Any] = {
            "from": [called[k] for k in i],
            "to": [called[k] for k in j],
            "without": before.resistance[i, j],
        }
        if after is not None:
            columns["with"] = after.resistance[i, j]
            with np.errstate(invalid="ignore"):
                columns["change"] = columns["with"] / columns["without"] - 1
        frame = pd.DataFrame(columns)
        frame.attrs["units"] = "ohm"
        if after is not None:
            frame = frame.sort_values("change", kind="stable", ignore_index=True)
        return frame
