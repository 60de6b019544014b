"""A comparison of scenarios, looked up the way sentences, figures and tables ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES, RISK_YEARS
from corridor_sim.simulation.outcomes import Outcome, headlines

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.comparison.days import Comparison
    from corridor_sim.comparison.decades import DecadesComparison
    from corridor_sim.comparison.tables import Tables
    from corridor_sim.experiment.study import Study
    from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Row: TypeAlias = dict[str, Any]


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as dictionaries."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _indexed(frame: pd.DataFrame) -> dict[tuple[str, str, str], Row]:
    return {(r["scenario"], r["species"], r["outcome"]): r for r in records(frame)}


@dataclass(frozen=True, slots=True)
class Series:
    """One column of the census through the years: calendar years, mean, low and high, ``[n]``."""

    year: F64
    mean: F64
    low: F64
    high: F64


class Compared:
    """A comparison of either simulator with its study, indexed once.

    Parameters
    ----------
    comparison : Tables
    study : Study
    """

    outcomes: Mapping[str, Outcome] = OUTCOMES
    headlines = headlines(OUTCOMES)
    # share of intervals at either end that may run out of a panel
    far_ends = 0.08
    comparison: Any

    def __init__(self, comparison: Tables, study: Study) -> None:
        self.comparison, self.study = comparison, study
        self.names = [s.name for s in study.scenarios]
        self.first = self.names[0]
        self.species: list[Species] = study.species
        self.n = max((r.replicate + 1 for r in study.runs), default=0)
        self.several = len(self.names) > 1
        self.rule = study.scenarios[0].scenario.indifference

    @cached_property
    def summary(self) -> dict[tuple[str, str, str], Row]:
        """Rows of the summary by (scenario, species, outcome)."""
        return _indexed(self.comparison.summary)

    @cached_property
    def effects(self) -> dict[tuple[str, str, str], Row]:
        """Rows of the effects by (scenario, species, outcome)."""
        return _indexed(self.comparison.effects)

    @cached_property
    def n_blocks(self) -> int:
        """Number of blocks of core areas of the reference landscape."""
        return blocks_of(self.study.land).n

    def against(self, scenario: str) -> str:
        """Return what a scenario is compared with."""
        found = next(s for s in self.study.scenarios if s.name == scenario)
        return found.against or self.first

    def maps(self, scenario: str) -> I64 | None:
        """Return the map on which each replicate of a scenario stands; None where there is one."""
        found = next(s.scenario for s in self.study.scenarios if s.name == scenario)
        return np.arange(self.n) % found.n_maps if found.n_maps > 1 else None

    def name_of(self, key: str) -> str:
        """Return the name of a species by its key, in the current language."""
        return next(s.common_name for s in self.species if s.key == key)


class ComparedDays(Compared):
    """A comparison of days with its study, indexed once."""

    comparison: Comparison


class ComparedDecades(Compared):
    """A comparison of decades with its study, indexed once."""

    comparison: DecadesComparison
    outcomes = DECADES_OUTCOMES
    headlines = headlines(DECADES_OUTCOMES)
    far_ends = 0.2

    def __init__(self, comparison: DecadesComparison, study: Study) -> None:
        super().__init__(comparison, study)
        scenario = study.scenarios[0].scenario
        assert scenario.years is not None
        assert scenario.life_cycle is not None
        self.years = int(scenario.years)
        self.start_year = scenario.start_year
        self.end_year = self.start_year + self.years
        self.rules = scenario.life_cycle

    @cached_property
    def _series(self) -> dict[tuple[str, str, str], Series]:
        found = {}
        ordered = self.comparison.yearly.sort_values("year", kind="stable")
        for at, group in ordered.groupby(["scenario", "species", "column"], sort=False):
            columns = ("calendar_year", "mean", "low", "high")
            found[str(at[0]), str(at[1]), str(at[2])] = Series(
                *(group[c].to_numpy(np.float64) for c in columns)
            )
        return found

    def series(self, scenario: str, key: str, column: str) -> Series:
        """Return one column of the census through the years."""
        return self._series[scenario, key, column]

    @cached_property
    def _values(self) -> dict[tuple[str, str, str], F64]:
        ordered = self.comparison.runs.sort_values("replicate", kind="stable")
        return {
            (str(k[0]), str(k[1]), str(k[2])): group.to_numpy(np.float64)
            for k, group in ordered.groupby(["scenario", "species", "outcome"], sort=False)["value"]
        }

    def values(self, scenario: str, key: str, outcome: str) -> F64:
        """Return an outcome by replicate, ``[n]``."""
        return self._values[scenario, key, outcome]

    @property
    def horizons_beyond(self) -> list[int]:
        """The years of quasi-extinction risk that lie beyond the end of the runs."""
        return [y for y in RISK_YEARS if y > self.years]

    def quasi_extinct(
        self, scenario: str, key: str, within_y: int | None = None
    ) -> tuple[int, int]:
        """Return in how many of how many runs a species fell below the threshold.

        Parameters
        ----------
        within_y : int, optional
            One that the runs reach; None = at any census of the run. A horizon beyond the run has
            no answer: the runs that fell early would be all that is known of it.
        """
        if within_y is None:
            below = self.values(scenario, key, "lowest") < self.rules.quasi_extinction
        else:
            below = self.values(scenario, key, f"quasi_extinct_{within_y}y") > 0.5
        return int(below.sum()), below.size

    def gone(self, scenario: str, key: str) -> int:
        """Return in how many runs nobody was left at the last census."""
        return int((self.values(scenario, key, "animals_end") < 1).sum())

    @cached_property
    def restless(self) -> list[str]:
        """Names of the species whose numbers were still changing when the runs began."""
        frame = self.comparison.burn_in
        settled = frame[frame["scenario"] == self.first].groupby("species")["settled"].all()
        return [s.common_name for s in self.species if not bool(settled.get(s.key, True))]
