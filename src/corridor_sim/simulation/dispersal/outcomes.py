"""The outcomes of dispersal alone, by replicate: sums of what each animal stands for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES
from corridor_sim.simulation.dispersal.cohort import Fates
from corridor_sim.simulation.dispersal.strata import Starts
from corridor_sim.simulation.outcomes import PERCENT, Outcome, outcome_of

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ends:
    """Dispersers of one species and how they ended, in one replicate or in several.

    Attributes
    ----------
    weight : float64 ``[n]``
        Animals a year that each stands for.
    replicate : int32 ``[n]``
    natal_zone, natal_block : int16 ``[n]``
    fates : Fates
    years : float64 ``[n]``
        Years on the way, to death or the end of dispersal.
    away_km : float64 ``[n]``
        Straight line from birth to the end of the way.
    """

    weight: F64
    replicate: NDArray[np.int32]
    natal_zone: NDArray[np.int16]
    natal_block: NDArray[np.int16]
    fates: Fates
    years: F64
    away_km: F64

    @staticmethod
    def of(starts: Starts, fates: Fates, steps_per_day: int, cell_m: float) -> Ends:
        """Return the ends of dispersers from their starts and fates."""
        died = (fates.state > ALIVE) & (fates.state <= len(CAUSES))
        # a death in step k ends k + 1 steps
        years = (fates.end_step + died) / (steps_per_day * 365.25)
        return Ends(
            starts.weight[starts.stratum],
            starts.replicate,
            starts.animals.natal_zone,
            starts.block,
            fates,
            years,
            np.hypot(fates.x - starts.animals.x, fates.y - starts.animals.y) * cell_m / 1000,
        )

    def some(self, part: slice | NDArray[np.int64]) -> Ends:
        """Return some of them."""
        return Ends(
            self.weight[part],
            self.replicate[part],
            self.natal_zone[part],
            self.natal_block[part],
            Fates(*(np.asarray(column)[part] for column in cast(Any, self.fates))),
            self.years[part],
            self.away_km[part],
        )

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Who settled in another block than that of its birth."""
        return np.asarray((self.fates.block > 0) & (self.fates.block != self.natal_block))

    @property
    def stayed(self) -> NDArray[np.bool_]:
        """Who settled in another core area of its own block."""
        here = (self.fates.block > 0) & (self.fates.block == self.natal_block)
        return np.asarray(here & (self.fates.zone != self.natal_zone))

    @property
    def died(self) -> NDArray[np.bool_]:
        """Who died on the way."""
        return np.asarray((self.fates.state > ALIVE) & (self.fates.state <= len(CAUSES)))

    def total(self, which: NDArray[np.bool_]) -> float:
        """Return how many animals a year some of them are."""
        return float(self.weight[which].sum())


OUTCOMES: dict[str, Outcome] = {}
outcome = partial(outcome_of, OUTCOMES)


@outcome(
    "animals/yr",
    "Animals joining another block",
    "more",
    2,
    event="animal",
    headline=1,
    short="Joining",
    relative=True,
    asked=1,
)
def joining_per_year(m: Ends) -> float:
    """dispersers born in a block of core areas that settle in another block, animals per year"""
    return m.total(m.joined)


@outcome("animals/yr", "Exchange within blocks", "more", 2, event="unseen", relative=True, asked=2)
def exchange_within_blocks_per_year(m: Ends) -> float:
    """dispersers that settle in another core area of their own block, animals per year"""
    return m.total(m.stayed)


@outcome("1", "Dispersal success", "more", 3, most=1.0, event="disperser", asked=3, **PERCENT)
def dispersal_success(m: Ends) -> float:
    """share of dispersers born in a block that settle in another one"""
    return m.total(m.joined) / float(m.weight.sum())


@outcome("1", "Deaths of dispersers", "less", 3, most=1.0, event="disperser", asked=4, **PERCENT)
def dispersal_deaths(m: Ends) -> float:
    """share of dispersers born in a block that die before their dispersal ends"""
    return m.total(m.died) / float(m.weight.sum())


@outcome("km", "Net displacement of dispersers", "neither", 1, relative=True)
def net_displacement_km(m: Ends) -> float:
    """mean straight-line distance from birth to the end of dispersal, of those born in blocks"""
    return float((m.weight * m.away_km).sum() / m.weight.sum())


@outcome("1/yr", "Mortality of dispersers", "less", 3, event="unseen", relative=True)
def dispersal_mortality_per_year(m: Ends) -> float:
    """deaths per disperser-year of those born in blocks, all causes"""
    return m.total(m.died) / float((m.weight * m.years).sum())
