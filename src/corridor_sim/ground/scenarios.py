"""What scenarios give beside animals, against the one that each is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edits
from corridor_sim.config.load import Resolved
from corridor_sim.config.timelines import timeline_of
from corridor_sim.ground.given import Given, Sum, refuse_holes, sum_over
from corridor_sim.landscape.coverage import Coverage, whole_cells
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.statistics.intervals import interval

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
ADDED, ALL = "protected ground added", "whole landscape"
COLUMNS = (
    "scenario",
    "against",
    "co_benefit",
    "unit",
    "ground",
    "area_km2",
    "today",
    "without",
    "with",
    "avoided_loss",
    "low",
    "high",
    "maps",
    "holes",
)


def end_landscape(
    resolved: Resolved, today: Landscape, map_number: int, edited: Landscape | None = None
) -> Landscape:
    """Return the landscape at the end of a scenario on one of its maps.

    Parameters
    ----------
    resolved : Resolved
    today : Landscape
        Before all edits.
    map_number : int
    edited : Landscape, optional
        With the scenario's edits made, where somebody has it.
    """
    scenario = resolved.scenario
    if edited is None:
        edited = apply_edits(today, resolved.edits, scenario.seed, map_number)
    line = timeline_of(resolved, edited, map_number=map_number)
    return edited if line is None else line.at(line.last_year)


class Ends:
    """Landscapes and amounts at the end of scenarios, map by map; only the last few are kept.

    Parameters
    ----------
    today : Landscape
        Before all edits.
    edited : callable
        Returns the landscape of a scenario with its edits made, on one of its maps.
    """

    KEPT = 4

    def __init__(self, today: Landscape, edited: Callable[[Resolved, int], Landscape]) -> None:
        self.today, self.edited = today, edited
        self._kept: dict[tuple[str, int], Landscape] = {}

    def of(self, resolved: Resolved, map_number: int) -> Landscape:
        """Return the landscape at the end of a scenario on one of its maps."""
        which = resolved.name, map_number % resolved.scenario.n_maps
        if which not in self._kept:
            while len(self._kept) >= self.KEPT:
                del self._kept[next(iter(self._kept))]
            land = self.edited(resolved, which[1])
            self._kept[which] = end_landscape(resolved, self.today, which[1], land)
        return self._kept[which]


def n_maps_of(*scenarios: Resolved) -> int:
    """Return on how many maps scenarios are told together: as many as replicates stand on."""
    return max(min(one.scenario.n_maps, max(one.scenario.replicates, 1)) for one in scenarios)


def added_ground(land: Landscape, without: Landscape) -> Coverage:
    """Return the ground that one landscape protects and another does not."""
    more = (land["protection"] > 0) & (without["protection"] == 0)
    return whole_cells(more, land.grid)


@dataclass(frozen=True, slots=True)
class ScenarioSum:
    """A co-benefit of a scenario over some ground, on each map.

    Attributes
    ----------
    scenario, against, ground : str
    given : Given
    area_km2 : float
    sums : tuple of Sum
        By map.
    """

    scenario: str
    against: str
    ground: str
    given: Given
    area_km2: float
    sums: tuple[Sum, ...]

    def mean(self, column: str) -> float:
        """Return the mean of a column over the maps."""
        return float(np.mean([getattr(one, column) for one in self.sums]))

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the avoided loss over maps; NaN of one map."""
        if len(self.sums) < 2:
            return np.nan, np.nan
        found = interval(np.array([one.avoided_loss for one in self.sums]))
        return found.low, found.high

    @property
    def idle(self) -> bool:
        """Whether nothing of it is lost on this ground without the scenario."""
        return all(abs(one.today - one.without) <= 1e-9 * abs(one.today) for one in self.sums)


def scenario_sums(
    given: Sequence[Given], scenarios: Sequence[Resolved], ends: Ends
) -> Iterator[ScenarioSum]:
    """Yield the co-benefits of every scenario but the baseline, against what it is compared with.

    Over the ground that the scenario protects at its end and its reference does not, where there is
    any, and over all of the landscape: what is not cleared here may be cleared elsewhere.
    """
    by_name = {one.name: one for one in scenarios}
    everywhere = whole_cells(np.ones(ends.today.grid.shape, np.bool_), ends.today.grid).on(
        ends.today.outside
    )
    for one in scenarios[1:]:
        other = by_name[one.against] if one.against else scenarios[0]
        grounds: dict[str, list[Coverage]] = {ADDED: [], ALL: []}
        sums: dict[tuple[str, int], list[Sum]] = {}
        for number in range(n_maps_of(one, other)):
            before, after = ends.of(other, number), ends.of(one, number)
            grounds[ADDED].append(added_ground(after, before))
            grounds[ALL].append(everywhere)
            for k, each in enumerate(given):
                lost, kept = each.under(before), each.under(after)
                for ground, covered in grounds.items():
                    found = sum_over(each, covered[-1], lost, kept)
                    sums.setdefault((ground, k), []).append(found)
        for (ground, k), found_on in sums.items():
            area_km2 = float(np.mean([cells.area_km2 for cells in grounds[ground]]))
            if area_km2 > 0:
                yield ScenarioSum(one.name, other.name, ground, given[k], area_km2, tuple(found_on))


def scenario_table(sums: Sequence[ScenarioSum]) -> pd.DataFrame:
    """Return the sums of scenarios as a table; see :func:`corridor_sim.co_benefits`."""
    import pandas as pd

    rows = [
        (
            one.scenario,
            one.against,
            one.given.name,
            one.given.unit,
            one.ground,
            one.area_km2,
            *(one.mean(column) for column in ("today", "without", "with_", "avoided_loss")),
            *one.interval(),
            len(one.sums),
            one.mean("holes"),
        )
        for one in sums
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def check_plans(
    given: Sequence[Given], scenarios: Sequence[Resolved], ends: Ends, where: str
) -> None:
    """Refuse, before any run, rasters with holes on the ground that a scenario's edits protect.

    Ground that is protected in later years of a run is told of in the report.

    Raises
    ------
    ScenarioError
    """
    if all(one.settings.layer is not None for one in given):
        return
    by_name = {one.name: one for one in scenarios}
    for one in scenarios[1:]:
        other = by_name[one.against] if one.against else scenarios[0]
        more = added_ground(ends.edited(one, 0), ends.edited(other, 0))
        if more.cells.size:
            for each in given:
                found = sum_over(each, more, each.today, each.today)
                refuse_holes(each, found, f"the ground that {one.name!r} protects", where)
