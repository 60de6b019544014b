"""The TOML section ``[change]``: how the landscape changes while the animals live on it.

Ranges are checked here, years against the run by :func:`check_change`, before any work.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.climate import FIRST_YEAR, TIMBERLINE_CLIMB_M_PER_YEAR
from corridor_sim.toml.strict import Strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridor_sim.config.schema import Scenario
    from corridor_sim.landscape.edits.base import Edit
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.landscape.timeline.rules import Rules
    from corridor_sim.landscape.timeline.timeline import Timeline

Year = Annotated[int, Field(ge=1900, le=2300)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Climate(Strict):
    """``[change.climate]``: a warming pathway; see :class:`ClimateRule` for the meanings."""

    ssp: str
    spread: Literal["low", "central", "high"] = "central"
    model_spread: float = Field(default=0.0, ge=-0.6, le=0.6)
    ecotone_m_per_year: float = Field(default=TIMBERLINE_CLIMB_M_PER_YEAR, ge=0.0, le=20.0)
    temperature_of: Annotated[int, Field(ge=FIRST_YEAR, le=2300)] | None = None
    after_table: Literal["refuse", "hold"] = "refuse"


class RateFrom(Strict):
    """A clearing rate that holds from a year on."""

    from_year: Year
    rate: Share


class Clearing(Strict):
    """``[change.clearing]``: the share of the remaining forest that falls in a year, and where.

    Give either ``rate``, one number for all years, or ``rates``, several with the year from which
    each holds.
    """

    rate: Share | None = None
    rates: Annotated[tuple[RateFrom, ...], Field(min_length=1)] | None = None
    aggregation: Share = 0.7
    spread_from_roads: bool = True
    protected_factor: Share = 0.15
    to: Literal["pasture", "crop_mosaic"] = "pasture"
    demand: Literal["fixed", "responsive"] = "fixed"

    @model_validator(mode="after")
    def _in_order(self) -> Clearing:
        if (self.rate is None) == (self.rates is None):
            raise ValueError("give either rate, one number, or rates, a list of from_year and rate")
        years = [r.from_year for r in self.rates or ()]
        if any(b <= a for a, b in pairwise(years)):
            raise ValueError(f"rates: from_year must rise from row to row, not {years}")
        return self


class Regrowth(Strict):
    """``[change.regrowth]``: pasture given up, and how long nature takes to come back."""

    rate: Share = 0.0
    secondary_after_y: int = Field(default=5, ge=0, le=500)
    forest_after_y: int = Field(default=50, ge=0, le=500)

    @model_validator(mode="after")
    def _in_order(self) -> Regrowth:
        if self.forest_after_y < self.secondary_after_y:
            raise ValueError(
                f"forest_after_y = {self.forest_after_y} is before secondary_after_y = "
                f"{self.secondary_after_y}; both count from the end of farming"
            )
        return self


class Change(Strict):
    """``[change]``: everything that makes the landscape of one year differ from the next.

    Attributes
    ----------
    update_every_y : int
        Years between two states of the landscape; years of events come on top.
    climate, clearing, regrowth
        Sections of their own; what is not given does not happen.
    events : list of tables
        Edits with the year in which they take effect: ``opens = 2035, kind = "add_road", ...``.
    """

    update_every_y: int = Field(default=5, ge=1, le=100)
    climate: Climate | None = None
    clearing: Clearing | None = None
    regrowth: Regrowth | None = None
    events: tuple[dict[str, Any], ...] = ()


def make_rules(change: Change, where: str | Path = "") -> Rules:
    """Return the rules of a ``[change]`` section, its events turned into checked edits.

    Raises
    ------
    ScenarioError
        For an event without ``opens``, of unknown kind, or with an impossible value.
    """
    from corridor_sim.config.load import make_edit
    from corridor_sim.landscape.timeline.rules import (
        ClearingRule,
        ClimateRule,
        DatedEdit,
        RegrowthRule,
        Rules,
    )

    at = f"{where}: " if str(where) else ""
    events = []
    for i, table in enumerate(change.events):
        place = f"{at}change.events[{i}]"
        opens = table.get("opens")
        if opens is None:
            raise ScenarioError(
                "opens is missing", where=place, remedy="add the year in which it takes effect"
            )
        if not isinstance(opens, int) or isinstance(opens, bool):
            raise ScenarioError(
                f"opens = {opens!r} is no year", where=place, remedy="give a whole year, like 2035"
            )
        undated = {k: v for k, v in table.items() if k != "opens"}
        events.append(DatedEdit(opens, make_edit(undated, place)))
    clearing = None
    if change.clearing is not None:
        rows = change.clearing.rates or ()
        rates = tuple((r.from_year, r.rate) for r in rows) or ((0, change.clearing.rate or 0.0),)
        rest = change.clearing.model_dump(exclude={"rate", "rates"})
        clearing = ClearingRule(rates=rates, **rest)
    regrowth = None if change.regrowth is None else RegrowthRule(**change.regrowth.model_dump())
    climate = None if change.climate is None else ClimateRule(**change.climate.model_dump())
    return Rules(
        climate=climate,
        clearing=clearing,
        regrowth=regrowth,
        events=tuple(events),
        update_every_y=change.update_every_y,
    )


def check_change(scenario: Scenario, edits: Sequence[Edit], where: str | Path) -> None:
    """Check the ``[change]`` section of a scenario against the years of its run.

    Parameters
    ----------
    scenario : Scenario
    edits : sequence of Edit
        Its undated edits, checked.
    where : path
        File named in messages.

    Raises
    ------
    ScenarioError
        In one line: file, place, value and remedy.
    """
    if scenario.change is None:
        return
    from corridor_sim.landscape.edits.warming import Warm

    rules = make_rules(scenario.change, where)
    years = scenario.n_days / 365.25 if scenario.years is None else scenario.years
    n_years = max(1, math.ceil(years))
    try:
        rules.check(scenario.start_year, n_years)
        for i, edit in enumerate(edits):
            if isinstance(edit, Warm) and rules.climate is not None:
                raise ScenarioError(
                    "the air would be warmed twice",
                    where=f"edits[{i}]",
                    remedy="drop this edit, or change.climate",
                )
    except ScenarioError as bad:
        raise ScenarioError(f"{bad.where}: {bad.problem}", where=where, remedy=bad.remedy) from None


def make_timeline(
    land: Landscape,
    change: Change,
    *,
    start_year: int,
    n_years: int,
    seed: int,
    where: str | Path = "",
) -> Timeline:
    """Return the timeline of a landscape under a ``[change]`` section.

    Parameters
    ----------
    land : Landscape
        After the scenario's undated edits: the landscape of ``start_year``.
    change : Change
        The section.
    start_year, n_years : int
        The run covers ``start_year`` to ``start_year + n_years - 1``.
    seed : int
        Decides, with the place on the map, when a cell is cleared or given up.
    where : path
        File named in messages.

    Raises
    ------
    ScenarioError
        For anything that cannot be done in these years, before any work.
    """
    from corridor_sim.landscape.timeline.timeline import Timeline

    rules = make_rules(change, where)
    return Timeline(land, rules, start_year=start_year, n_years=n_years, seed=seed)


def moves_zones(scenario: Scenario, edits: Sequence[Edit]) -> bool:
    """Whether natural zones climb in a scenario, by a warming edit or its changing climate."""
    from corridor_sim.landscape.edits.warming import Warm

    change = scenario.change
    dated = () if change is None else tuple(event.edit for event in make_rules(change).events)
    climate = None if change is None else change.climate
    climbs = climate is not None and climate.ecotone_m_per_year > 0
    return climbs or any(isinstance(e, Warm) and e.climb_m > 0 for e in (*edits, *dated))


def check_place(scenario: Scenario, edits: Sequence[Edit], land: Landscape) -> None:
    """Refuse, before any work, rules of the Andes on a map that lies elsewhere.

    Raises
    ------
    ScenarioError
    """
    from corridor_sim.landscape.edits.warming import Warm
    from corridor_sim.landscape.timeline.rehearsal import refuse_climate_elsewhere

    change = scenario.change
    named = [(f"edits[{i}]", edit) for i, edit in enumerate(edits)]
    if change is not None:
        events = make_rules(change).events
        named += [(f"change.events[{i}]", event.edit) for i, event in enumerate(events)]
    for place, edit in named:
        if isinstance(edit, Warm):
            try:
                edit.refuse_elsewhere(land.grid)
            except ScenarioError as bad:
                raise ScenarioError(
                    f"{bad.where}: {bad.problem}",
                    where=f"{scenario.name}: {place}",
                    remedy=bad.remedy,
                ) from None
    if change is not None and change.climate is not None:
        refuse_climate_elsewhere(land)
