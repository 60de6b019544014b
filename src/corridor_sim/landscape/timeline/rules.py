"""What drives a landscape through time: the section ``[change]`` of a scenario file.

Ranges are checked when a rule is made, years against the run by :meth:`Change.check`, before any
work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.landscape.climate import find_pathway, pathway_warming_c
from corridor_sim.landscape.edits import AnyEdit
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.restoring import Restore
from corridor_sim.landscape.edits.warming import Warm
from corridor_sim.landscape.region import Region, WarmingTable
from corridor_sim.toml.strict import FileName, Line, Strict, refuse_told

Year = Annotated[int, Field(ge=1900, le=2300)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ClimateRule(Strict):
    """``[change.climate]``: warming along a pathway, with ecotones that climb at their own pace.

    Attributes
    ----------
    ssp : str
        Pathway of the region's warming, in any usual spelling.
    spread : {"low", "central", "high"}
        Which value of the table.
    model_spread : float
        Departure of one climate model from their middle as a share of the warming: 0.25 for a
        model that warms a quarter more, -0.25 for one that warms a quarter less.
    ecotone_m_per_year : float
        Climb of the borders between natural zones; the region's where not given.
    temperature_of : int or None
        Year whose temperature the map holds; None for the year in which the run starts.
    after_table : {"refuse", "hold"}
        What to do in years beyond the table's last: refuse them, or hold the last warming.
    """

    ssp: str
    spread: Literal["low", "central", "high"] = "central"
    model_spread: float = Field(default=0.0, ge=-0.6, le=0.6)
    ecotone_m_per_year: Annotated[float, Field(ge=0.0, le=20.0)] | None = None
    temperature_of: Annotated[int, Field(ge=1850, le=2300)] | None = None
    after_table: Literal["refuse", "hold"] = "refuse"

    def warming_c(self, year: int, start_year: int, region: Region) -> float:
        """Warming in °C of ``year`` over the year whose temperature the map holds.

        ``(1 + model_spread) (W(year) - W(temperature_of))`` with ``W`` from
        :func:`corridor_sim.landscape.climate.pathway_warming_c`.
        """
        base = start_year if self.temperature_of is None else self.temperature_of
        table = self._table(region)
        since = self._over_reference(year, table) - self._over_reference(base, table)
        return (1.0 + self.model_spread) * since

    def climb_m_per_year(self, region: Region) -> float:
        """Climb of the borders between natural zones, in m a year.

        Raises
        ------
        ScenarioError
            They climb, and the region tells no zones or no rate.
        """
        rate = self.ecotone_m_per_year
        if rate == 0:
            return 0.0
        where, what = "change.climate.ecotone_m_per_year", "climbing of ecotones"
        instead = "set ecotone_m_per_year = 0: the air warms, the cover stays"
        if rate is None:
            key = "timberline_climb_m_per_year"
            rate = float(region.needs(key, what, where=where, instead=instead))
        if rate > 0:
            region.needs("zones", what, where=where, instead=instead)
        return rate

    def _over_reference(self, year: int, table: WarmingTable) -> float:
        held = min(year, table.last_year) if self.after_table == "hold" else year
        return pathway_warming_c(table, self.ssp, held, self.spread)

    def _table(self, region: Region) -> WarmingTable:
        where, what = "change.climate.ssp", f"the pathway {self.ssp!r}"
        instead = 'leave it out: an edit kind = "warm" with degrees_c warms the air'
        table: WarmingTable = region.needs("warming", what, where=where, instead=instead)
        return table

    def check(self, start_year: int, last_year: int, region: Region) -> None:
        """Refuse an unknown pathway, years that its table does not cover, zones that are not told.

        Raises
        ------
        ScenarioError
        """
        table = self._table(region)
        first, last = table.reference_year, table.last_year
        try:
            find_pathway(self.ssp, table)
        except ScenarioError as bad:
            raise ScenarioError(
                bad.problem, where="change.climate.ssp", remedy=bad.remedy
            ) from None
        self.climb_m_per_year(region)
        if start_year < first:
            raise ScenarioError(
                f"{start_year} is before the warming table",
                where="start_year",
                remedy=f"start in {first} or later, or drop change.climate",
            )
        if last_year > last and self.after_table != "hold":
            raise ScenarioError(
                f"the run ends in {last_year}, the warming table in {last}",
                where="change.climate.ssp",
                remedy=f"shorten the run to {counted(last - start_year, 'year')}, or set "
                'after_table = "hold"',
            )
        if self.temperature_of is not None and not first <= self.temperature_of <= start_year:
            raise ScenarioError(
                f"{self.temperature_of} is impossible",
                where="change.climate.temperature_of",
                remedy=f"allowed: {first} to the start year {start_year}",
            )


class RateFrom(Strict):
    """A clearing rate that holds from a year on.

    Attributes
    ----------
    from_year : int
        First year in which it holds.
    rate : float
        Share of the remaining forest cleared in a year.
    """

    from_year: Year
    rate: Share


class ClearingRule(Strict):
    """``[change.clearing]``: clearing at a stated pace, spreading from roads and clearings.

    Attributes
    ----------
    rate : float, or
    rates : list of from_year and rate
        Share of the remaining forest cleared in a year, in all years, or from each year on; 0
        before the first.
    aggregation, spread_from_roads, protected_factor, to : as in the edit
        As in :class:`corridor_sim.landscape.edits.clearing.Clear`, but with a ``protected_factor``
        of 0 protected forest never falls.
    demand : {"fixed", "responsive"}
        What dated edits do to the total. "fixed": the stated rate is met whatever is built or
        protected, so what a reserve saves falls elsewhere. "responsive": the pressure that would
        meet the rate without the dated edits goes on, so a road adds to clearing and a reserve
        takes from it.
    """

    rate: Share | None = None
    rates: Annotated[tuple[RateFrom, ...], Field(min_length=1)] | None = None
    aggregation: Share = 0.7
    spread_from_roads: bool = True
    protected_factor: Share = 0.15
    to: Line = "pasture"
    demand: Literal["fixed", "responsive"] = "fixed"

    @model_validator(mode="after")
    def _in_order(self) -> ClearingRule:
        if (self.rate is None) == (self.rates is None):
            raise ValueError("give either rate, one number, or rates, a list of from_year and rate")
        years = [r.from_year for r in self.rates or ()]
        if any(b <= a for a, b in pairwise(years)):
            raise ValueError(f"rates: from_year must rise from row to row, not {years}")
        return self

    @property
    def highest_rate(self) -> float:
        """The rate of the year in which most falls."""
        return max((r.rate for r in self.rates or ()), default=self.rate or 0.0)

    def rate_in(self, year: int) -> float:
        """Share of the remaining forest cleared in the course of ``year``."""
        begun = [r.rate for r in self.rates or () if r.from_year <= year]
        return begun[-1] if begun else self.rate or 0.0


class RegrowthRule(Strict):
    """``[change.regrowth]``: pasture given up, and how long nature takes to come back.

    Attributes
    ----------
    rate : float
        Share of the pasture given up in a year.
    secondary_after_y : int
        Years from the end of farming to secondary forest.
    forest_after_y : int
        Years from the end of farming to the natural cover of the place.
    """

    rate: Share = 0.0
    secondary_after_y: int = Field(default=5, ge=0, le=500)
    forest_after_y: int = Field(default=50, ge=0, le=500)

    @model_validator(mode="after")
    def _in_order(self) -> RegrowthRule:
        if self.forest_after_y < self.secondary_after_y:
            raise ValueError(
                f"forest_after_y = {self.forest_after_y} is before secondary_after_y = "
                f"{self.secondary_after_y}; both count from the end of farming"
            )
        return self


@dataclass(frozen=True, slots=True)
class DatedEdit:
    """An edit of the landscape and the year in which it takes effect."""

    opens: int
    edit: Edit

    @property
    def takes_years(self) -> bool:
        """Whether what it starts goes on after it opened, as restoration does."""
        return any(isinstance(part, Restore) for part in self.edit.parts())

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return how pydantic reads and writes it: the table of an edit with ``opens``."""

        def written(one: DatedEdit) -> dict[str, Any]:
            return {"opens": one.opens, **one.edit.table()}

        def read(data: Any, edit: core_schema.ValidatorFunctionWrapHandler) -> DatedEdit:
            if isinstance(data, DatedEdit):
                return data
            table = dict(data) if isinstance(data, Mapping) else {}
            opens = table.pop("opens", None)
            if opens is None:
                refuse_told("opens is missing", "add the year in which it takes effect")
            if not isinstance(opens, int) or isinstance(opens, bool):
                refuse_told(f"opens = {opens!r} is no year", "give a whole year, like 2035")
            return cls(opens, edit(table))

        return core_schema.no_info_wrap_validator_function(
            read,
            handler.generate_schema(AnyEdit),
            serialization=core_schema.plain_serializer_function_ser_schema(written),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the union of the edits, each with ``opens``."""
        edits = handler(schema)["oneOf"]
        opens = {"description": "year in which it takes effect", "type": "integer", "unit": "year"}
        dated = []
        for edit in edits:
            own = {**edit, "title": f"Dated{edit['title']}"}
            properties = {"opens": {**opens, "minimum": 1900, "maximum": 2400}, **own["properties"]}
            dated.append({**own, "properties": properties, "required": ["opens", *own["required"]]})
        return {"oneOf": dated}


class YearMap(Strict):
    """A land cover that holds from a year on, until that of a later one.

    Attributes
    ----------
    year : int
        First year in which it holds.
    file : str
        Raster of class codes, as ``land_cover`` of the landscape.
    """

    year: Year
    file: FileName


class Change(Strict):
    """``[change]``: all that makes the landscape of one year differ from the next.

    Attributes
    ----------
    update_every_y : int
        Years between two states of the landscape; years of events come on top.
    climate, clearing, regrowth : sections
        Sections of their own; what is not given does not happen.
    events : list of tables
        Edits with the year in which they take effect: ``opens = 2035, kind = "add_road", ...``.
    maps : list of year and file
        Land cover of later years, such as a projection of land use; nothing else changes it then.
    """

    update_every_y: int = Field(default=5, ge=1, le=100)
    climate: ClimateRule | None = None
    clearing: ClearingRule | None = None
    regrowth: RegrowthRule | None = None
    events: tuple[DatedEdit, ...] = ()
    maps: tuple[YearMap, ...] = ()

    @model_validator(mode="after")
    def _one_land_cover(self) -> Change:
        years = [one.year for one in self.maps]
        if any(b <= a for a, b in pairwise(years)):
            refuse_told(
                f"year must rise from map to map, not {', '.join(map(str, years))}",
                "put them in order, one for each year",
                ("maps",),
            )
        for section in ("clearing", "regrowth") if self.maps else ():
            if getattr(self, section) is not None:
                refuse_told(
                    "the land cover would be made twice, by maps and by this section",
                    "keep one of them",
                    (section,),
                )
        if self.maps and self.climate is not None and self.climate.ecotone_m_per_year != 0:
            refuse_told(
                "the land cover would be made twice, by maps and by natural zones that climb",
                "set ecotone_m_per_year = 0: the air warms, the cover is that of the maps",
                ("climate", "ecotone_m_per_year"),
            )
        return self

    @property
    def draws(self) -> bool:
        """Whether chance decides where forest falls, or when nature comes back."""
        clears = self.clearing is not None and self.clearing.highest_rate > 0
        return clears or self.regrowth is not None or any(e.edit.draws for e in self.events)

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
        for i, one in enumerate(self.maps):
            if not start_year <= one.year < start_year + n_years:
                raise ScenarioError(
                    f"{one.year} is outside the run",
                    where=f"change.maps[{i}].year",
                    remedy=f"allowed: {start_year} to {start_year + n_years - 1}",
                )
        for i, event in enumerate(self.events):
            if self.maps and event.edit.makes_cover:
                raise ScenarioError(
                    f"{event.edit.kind} changes the land cover, which change.maps gives",
                    where=f"change.events[{i}].kind",
                    remedy="draw it into the maps, or drop one of the two",
                )
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

    def check_region(self, start_year: int, n_years: int, region: Region) -> None:
        """Refuse what the landscape's region does not tell; see :meth:`check`.

        Raises
        ------
        ScenarioError
        """
        if self.climate is not None:
            self.climate.check(start_year, start_year + n_years, region)
