"""The tables of runs through decades, looked up the way sentences, figures and tables ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.report.text.tables import Row, records
from corridor_sim.simulation.decades.outcomes import RISK_YEARS

if TYPE_CHECKING:
    from corridor_sim.comparison.decades import LifeComparison
    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """One column of the census through the years: calendar years, mean, low and high, ``[n]``."""

    year: F64
    mean: F64
    low: F64
    high: F64


class Lives:
    """A comparison of decades with its study, indexed once.

    Parameters
    ----------
    comparison : LifeComparison
    study : Study
    """

    def __init__(self, comparison: LifeComparison, study: Study) -> None:
        self.comparison, self.study = comparison, study
        self.names = [s.name for s in study.scenarios]
        self.first = self.names[0]
        self.species = study.species
        scenario = study.scenarios[0].scenario
        assert scenario.years is not None
        assert scenario.life_cycle is not None
        self.years = int(scenario.years)
        self.start_year = scenario.start_year
        self.end_year = self.start_year + self.years
        self.life = scenario.life_cycle
        self.n = max((r.replicate + 1 for r in study.runs), default=0)
        self.several = len(self.names) > 1

    @cached_property
    def summary(self) -> dict[tuple[str, str, str], Row]:
        """Rows of the summary by (scenario, species, outcome)."""
        rows = records(self.comparison.summary)
        return {(r["scenario"], r["species"], r["outcome"]): r for r in rows}

    @cached_property
    def effects(self) -> dict[tuple[str, str, str], Row]:
        """Rows of the effects by (scenario, species, outcome)."""
        rows = records(self.comparison.effects)
        return {(r["scenario"], r["species"], r["outcome"]): r for r in rows}

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
    def horizons(self) -> list[int]:
        """The years of quasi-extinction risk that the runs reach."""
        return [y for y in RISK_YEARS if y <= self.years]

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
            One of :attr:`horizons`; None = at any census of the run. A horizon beyond the run has
            no answer: the runs that fell early would be all that is known of it.
        """
        if within_y is None:
            below = self.values(scenario, key, "lowest") < self.life.quasi_extinction
        else:
            below = self.values(scenario, key, f"quasi_extinct_{within_y}y") > 0.5
        return int(below.sum()), below.size

    def gone(self, scenario: str, key: str) -> int:
        """Return in how many runs nobody was left at the last census."""
        return int((self.values(scenario, key, "animals_end") < 1).sum())

    def against(self, scenario: str) -> str:
        """Return what a scenario is compared with."""
        found = next(s for s in self.study.scenarios if s.name == scenario)
        return found.against or self.first
