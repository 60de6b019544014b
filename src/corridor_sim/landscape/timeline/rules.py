"""What drives a landscape through time: plain rules, checked against the years of a run."""

from __future__ import annotations

from dataclasses import dataclass

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.landscape.climate import (
    FIRST_YEAR,
    LAST_YEAR,
    TIMBERLINE_CLIMB_M_PER_YEAR,
    find_pathway,
    ssp_warming_c,
)
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.edits.warming import Warm


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateRule:
    """Warming along a pathway, with ecotones that climb at their own pace.

    Attributes
    ----------
    ssp : str
        Pathway, a key of :data:`corridor_sim.landscape.climate.SSP_TABLE` in any usual spelling.
    spread : {"low", "central", "high"}
        Which value of the table: the range of the regional factor.
    model_spread : float
        Departure of one climate model from their middle as a share of the warming: 0.25 for a
        model that warms a quarter more, -0.25 for one that warms a quarter less.
    ecotone_m_per_year : float
        Climb of the borders between natural zones.
    temperature_of : int or None
        Year whose temperature the map holds; None for the year in which the run starts.
    after_table : {"refuse", "hold"}
        What to do in years beyond the table's last: refuse them, or hold the last warming.
    """

    ssp: str
    spread: str = "central"
    model_spread: float = 0.0
    ecotone_m_per_year: float = TIMBERLINE_CLIMB_M_PER_YEAR
    temperature_of: int | None = None
    after_table: str = "refuse"

    def warming_c(self, year: int, start_year: int) -> float:
        """Warming in °C of ``year`` over the year whose temperature the map holds.

        ``(1 + model_spread) (W(year) - W(temperature_of))`` with ``W`` from
        :func:`corridor_sim.landscape.climate.ssp_warming_c`.
        """
        base = start_year if self.temperature_of is None else self.temperature_of
        since = self._over_reference(year) - self._over_reference(base)
        return (1.0 + self.model_spread) * since

    def _over_reference(self, year: int) -> float:
        held = min(year, LAST_YEAR) if self.after_table == "hold" else year
        return ssp_warming_c(self.ssp, held, self.spread)

    def check(self, start_year: int, last_year: int) -> None:
        """Refuse an unknown pathway and years that the table does not cover."""
        try:
            find_pathway(self.ssp)
        except ScenarioError as bad:
            raise ScenarioError(
                bad.problem, where="change.climate.ssp", remedy=bad.remedy
            ) from None
        if start_year < FIRST_YEAR:
            raise ScenarioError(
                f"{start_year} is before the warming table",
                where="start_year",
                remedy=f"start in {FIRST_YEAR} or later, or drop change.climate",
            )
        if last_year > LAST_YEAR and self.after_table != "hold":
            raise ScenarioError(
                f"the run ends in {last_year}, the warming table in {LAST_YEAR}",
                where="change.climate.ssp",
                remedy=f"shorten the run to {counted(LAST_YEAR - start_year, 'year')}, or set "
                'after_table = "hold"',
            )
        if self.temperature_of is not None and not FIRST_YEAR <= self.temperature_of <= start_year:
            raise ScenarioError(
                f"{self.temperature_of} is impossible",
                where="change.climate.temperature_of",
                remedy=f"allowed: {FIRST_YEAR} to the start year {start_year}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingRule:
    """Clearing at a stated pace, spreading from roads and clearings.

    Attributes
    ----------
    rates : tuple of (year, rate)
        Share of the remaining forest cleared in a year, from that year on; 0 before the first.
    aggregation, spread_from_roads, protected_factor, to
        As in :func:`corridor_sim.landscape.edits.clearing.clear`, but with a ``protected_factor``
        of 0 protected forest never falls.
    demand : {"fixed", "responsive"}
        What dated edits do to the total. "fixed": the stated rate is met whatever is built or
        protected, so what a reserve saves falls elsewhere. "responsive": the pressure that would
        meet the rate without the dated edits goes on, so a road adds to clearing and a reserve
        takes from it.
    """

    rates: tuple[tuple[int, float], ...]
    aggregation: float = 0.7
    spread_from_roads: bool = True
    protected_factor: float = 0.15
    to: str = "pasture"
    demand: str = "fixed"

    def rate_in(self, year: int) -> float:
        """Share of the remaining forest cleared in the course of ``year``."""
        rate = 0.0
        for begins, value in self.rates:
            if begins <= year:
                rate = value
        return rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RegrowthRule:
    """Abandonment and succession.

    Attributes
    ----------
    rate : float
        Share of the pasture given up in a year.
    secondary_after_y : int
        Years from the end of farming to secondary forest.
    forest_after_y : int
        Years from the end of farming to the natural cover of the place.
    """

    rate: float = 0.0
    secondary_after_y: int = 5
    forest_after_y: int = 50


@dataclass(frozen=True, slots=True)
class DatedEdit:
    """An edit of the landscape and the year in which it takes effect."""

    opens: int
    edit: Edit

    @property
    def takes_years(self) -> bool:
        """Whether what it starts goes on after it opened, as restoration does."""
        return any(isinstance(part, Restore) for part in self.edit.parts())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that drives a landscape through time; the default changes nothing.

    Attributes
    ----------
    update_every_y : int
        Years between two states of the landscape; years of events come on top.
    """

    climate: ClimateRule | None = None
    clearing: ClearingRule | None = None
    regrowth: RegrowthRule | None = None
    events: tuple[DatedEdit, ...] = ()
    update_every_y: int = 5

    def check(self, start_year: int, n_years: int) -> None:
        """Refuse what cannot be done in a run of ``n_years`` from ``start_year`` on.

        Raises
        ------
        ScenarioError
            In one line: place, value and remedy.
        """
        if n_years < 1:
            raise ScenarioError(
                f"a run of {counted(n_years, 'year')}", where="years", remedy="at least 1"
            )
        if self.climate is not None:
            self.climate.check(start_year, start_year + n_years)
        for i, event in enumerate(self.events):
            if isinstance(event.edit, Warm):
                raise ScenarioError(
                    "warming has no single date",
                    where=f"change.events[{i}].kind",
                    remedy="give a pathway under change.climate",
                )
            if not start_year <= event.opens < start_year + n_years:
                raise ScenarioError(
                    f"{event.opens} is outside the run",
                    where=f"change.events[{i}].opens",
                    remedy=f"allowed: {start_year} to {start_year + n_years - 1}",
                )
