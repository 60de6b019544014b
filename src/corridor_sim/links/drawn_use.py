"""Where dispersers spend their days, without a change of the land and with it.

Each animal that is walked stands for some animals a year (:mod:`corridor_sim.simulation.dispersal.
strata`); a day is counted where it ends. The sum over animals and replicates of ``weight`` in a
cell, over the number of replicates and the cell's area, is what dispersers spend there in a year:
animal-days per 100 km² and year. Over 365.25 it is the density of dispersers, animals per 100 km²
at any time (Little 1961, Operations Research 9:383).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.smooth import smoothed
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.dispersal.cohort import Ground, concerned, picked, ways
from corridor_sim.simulation.dispersal.machine import Dispersal
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
    dispersal : Dispersal
    walked : range
        Replicates that the baseline has; those of a map are among them.
    grid : Grid
    level : float
        At which a change is told from chance.
    """

    dispersal: Dispersal
    walked: range
    grid: Grid
    level: float
    _days: dict[tuple[str, tuple[int, ...]], I32] = field(default_factory=dict)

    def of(
        self, changed: Landscape | None, species: Iterable[str], replicates: Sequence[int]
    ) -> xr.Dataset:
        """Return the maps of some species over some replicates; see ``LinkEvaluator.use``."""
        import xarray as xr

        from corridor_sim.landscape.io.dataset import grid_coords

        keys, wanted = list(species), tuple(replicates)
        found: dict[str, list[Any]] = {}
        grounds = None if changed is None else self.dispersal.grounds(changed)
        for key in keys:
            pair = None if grounds is None else grounds[key]
            for name, values in self._of(key, wanted, pair).items():
                found.setdefault(name, []).append(values)
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
        told = {"replicates": len(wanted), "level": self.level, "smoothed_m": SMOOTH_M}
        return xr.Dataset(data, coords=coords, attrs=told)

    def _of(self, key: str, wanted: tuple[int, ...], changed: Any) -> dict[str, NDArray[Any]]:
        walked = self.dispersal.baseline(key, self.walked)
        mine = np.flatnonzero(np.isin(walked.starts.replicate, wanted))
        starts, day = picked(walked.starts, mine), self.dispersal.start_day
        weight, seed = starts.weight[starts.stratum], self.dispersal.seed
        if (key, wanted) not in self._days:
            self._days[key, wanted] = days_of(self.dispersal.kinds[key].ground, starts, seed, day)
        before = self._days[key, wanted]
        n, shape = self.grid.height * self.grid.width, self.grid.shape
        scale = 100.0 / self.grid.cell_km2
        of_all = scale / len(wanted)
        without = summed(before, weight, n)
        if changed is None:
            return {"without": (of_all * without).reshape(shape)}
        ground, change = changed
        again = np.intersect1d(mine, np.flatnonzero(concerned(walked, change)))
        rows = np.searchsorted(mine, again)
        fresh = days_of(ground, picked(starts, rows), seed, day)
        after = before.copy()
        # those that walk again may all be of the sex that walks for fewer days
        after[rows, : fresh.shape[1]] = fresh
        with_ = summed(after, weight, n)
        seen = ChanceMap()
        for replicate in wanted:
            own = rows[starts.replicate[rows] == replicate]
            apart = summed(after[own], weight[own], n) - summed(before[own], weight[own], n)
            one = (scale * apart).reshape(shape).astype(np.float32)
            seen.add(smoothed(one, SMOOTH_M / self.grid.cell_m, 3.0, nearest=True))
        return {
            "without": (of_all * without).reshape(shape),
            "with": (of_all * with_).reshape(shape),
            "change": (of_all * (with_ - without)).reshape(shape),
            "told": seen.told(self.level),
        }
