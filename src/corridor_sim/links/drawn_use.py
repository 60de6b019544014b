"""Where dispersers spend their days, without a change of the land and with it.

Each animal that is walked stands for some animals a year (:mod:`corridor_sim.simulation.dispersal.
strata`); a day is counted where it ends. The sum over animals and replicates of ``weight`` in a
cell, over the number of replicates and the cell's area, is what dispersers spend there in a year:
animal-days per 100 km² and year. Over 365.25 it is the density of dispersers, animals per 100 km²
at any time (Little 1961, Operations Research 9:383).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.smooth import smoothed
from corridor_sim.landscape.grid import Grid
from corridor_sim.links.drawn_walks import Grounds, Walks
from corridor_sim.simulation.dispersal.cohort import Change, Ground, Walked, concerned, picked, ways
from corridor_sim.simulation.dispersal.strata import Starts
from corridor_sim.statistics.chance_maps import ChanceMap

if TYPE_CHECKING:
    import xarray as xr

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
UNIT = "animal-days per 100 km2 and year"
# of the Gaussian by which a change is smoothed before it is told from chance: single days are noise
SMOOTH_M = 1500.0


def days_of(ground: Ground, starts: Starts, seed: int, start_day: int) -> I32:
    """Return the flat cell in which each day of each disperser ends, ``[n, day]``.

    -1 after the end of its way.
    """
    track = ways(ground, starts, seed, start_day=start_day)
    height, width = ground.zone.shape
    there = ~np.isnan(track[:, :, 0])
    cells = np.full(there.shape, -1, np.int32)
    # a place at the far edge may round to the edge itself
    col, row = np.minimum(track[there].astype(np.int32), [width - 1, height - 1]).T
    cells[there] = row * width + col
    return cells


def summed(cells: I32, weight: F64, n_cells: int) -> F64:
    """Return the weights of animals summed over the cells of their days, ``[n_cells]``."""
    there = cells >= 0
    each = np.repeat(weight, there.sum(axis=1))
    return np.bincount(cells[there], each, n_cells).astype(np.float64)


@dataclass(slots=True)
class UseMaps:
    """Maps of use of the dispersers of a landscape; the baseline's days are kept.

    Attributes
    ----------
    walks : Walks
    grid : Grid
    level : float
        At which a change is told from chance.
    """

    walks: Walks
    grid: Grid
    level: float
    _days: dict[tuple[str, range], I32] = field(default_factory=dict)

    def of(self, changed: Grounds | None, species: Iterable[str], replicates: int) -> xr.Dataset:
        """Return the maps of some species over replicates; see ``LinkEvaluator.use``.

        Parameters
        ----------
        changed : mapping of species to (Ground, Change), optional
        """
        import xarray as xr

        from corridor_sim.landscape.io.dataset import grid_coords

        self.walks.prepare(replicates)
        keys, found = list(species), dict[str, list[Any]]()
        for key in keys:
            own = None if changed is None else changed[key]
            for name, values in self._of(key, replicates, own).items():
                found.setdefault(name, []).append(values.reshape(self.grid.shape))
        words = {
            "without": ("days of dispersers", UNIT),
            "with": ("days of dispersers with the change", UNIT),
            "change": ("days of dispersers with the change less those without", UNIT),
            "told": ("1 where the smoothed change is told from none over replicates", "1"),
        }
        data = {}
        for name, layers in found.items():
            about = dict(zip(("long_name", "units"), words[name], strict=True))
            about["grid_mapping"] = "spatial_ref"
            data[name] = (("species", "y", "x"), np.stack(layers), about)
        coords = {**grid_coords(self.grid), "species": keys}
        told = {"replicates": replicates, "level": self.level, "smoothed_m": SMOOTH_M}
        return xr.Dataset(data, coords=coords, attrs=told)

    def _of(
        self, key: str, replicates: int, changed: tuple[Ground, Change] | None
    ) -> dict[str, NDArray[Any]]:
        n = self.grid.height * self.grid.width
        scale = 100.0 / self.grid.cell_km2
        without, with_, seen = np.zeros(n), np.zeros(n), ChanceMap()
        for some in self.walks.blocks:
            if some.start >= replicates:
                break
            walked = self.walks.dispersal.baseline(key, some)
            mine = np.flatnonzero(walked.starts.replicate < replicates)
            weight = walked.starts.weight[walked.starts.stratum][mine]
            before = self._baseline(key, some)[mine]
            without += summed(before, weight, n)
            if changed is not None:
                rows, after = self._again(walked, before, changed)
                with_ += summed(after, weight, n)
                for replicate in range(some.start, min(some.stop, replicates)):
                    own = rows[walked.starts.replicate[rows] == replicate]
                    apart = summed(after[own], weight[own], n) - summed(before[own], weight[own], n)
                    seen.add(self._smoothed(scale * apart))
        of_all = scale / replicates
        if changed is None:
            return {"without": of_all * without}
        return {
            "without": of_all * without,
            "with": of_all * with_,
            "change": of_all * (with_ - without),
            "told": seen.told(self.level),
        }

    def _baseline(self, key: str, some: range) -> I32:
        """Return the days of the baseline's dispersers of a block of replicates."""
        if (key, some) not in self._days:
            dispersal = self.walks.dispersal
            starts, ground = dispersal.baseline(key, some).starts, dispersal.kinds[key].ground
            self._days[key, some] = days_of(ground, starts, dispersal.seed, dispersal.start_day)
        return self._days[key, some]

    def _again(
        self, walked: Walked, before: I32, changed: tuple[Ground, Change]
    ) -> tuple[NDArray[np.int64], I32]:
        """Return who walks again for a change, and the days of all with it.

        The first rows alone, as many as ``before`` has: dispersers stand replicate by replicate.
        """
        ground, change = changed
        dispersal = self.walks.dispersal
        rows = np.flatnonzero(concerned(walked, change)[: len(before)])
        starts = picked(walked.starts, rows)
        fresh = days_of(ground, starts, dispersal.seed, dispersal.start_day)
        after = before.copy()
        # those that walk again may all be of the sex that walks for fewer days
        after[rows, : fresh.shape[1]] = fresh
        return rows, after

    def _smoothed(self, values: F64) -> NDArray[np.float32]:
        one = values.reshape(self.grid.shape).astype(np.float32)
        found: NDArray[np.float32] = smoothed(one, SMOOTH_M / self.grid.cell_m, 3.0, nearest=True)
        return found
