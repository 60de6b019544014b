"""Warming of the air, with ecotones that follow at their own slow pace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.climate import (
    find_pathway,
    isotherm_climb_m,
    pathway_warming_c,
    zone_rank,
)
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.edits.base import Edit, Text, edited, parameter
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.region import Region, WarmingTable
from corridor_sim.languages import tr


class Warm(Edit):
    """Warm the air by degrees, or by pathway and year."""

    kind: Literal["warm"] = "warm"

    degrees_c: float | None = parameter(
        "warming over the temperature of the map", default=None, low=0.0, high=10.0, unit="degC"
    )
    ssp: Text | None = parameter("pathway of the region's warming, such as SSP2-4.5", default=None)
    year: int | None = parameter(
        "year of the pathway", default=None, low=1850, high=2300, unit="year"
    )
    spread: Literal["low", "central", "high"] = parameter(
        "which end of the pathway's range", default="central"
    )
    ecotone_m_per_year: float | None = parameter(
        "climb of the borders of natural zones; the region's where not given",
        default=None,
        low=0.0,
        high=20.0,
        unit="m year-1",
    )
    years: float | None = parameter(
        "years over which ecotones climb; with a pathway, those since its reference year",
        default=None,
        low=0.0,
        high=500.0,
        unit="year",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Warm:
        if (self.degrees_c is None) == (self.ssp is None):
            raise ScenarioError(
                "give either degrees_c or ssp with year"
                + ("" if self.degrees_c is None else ", not both"),
                where=self.kind,
            )
        if self.ssp is not None and self.year is None:
            raise ScenarioError(
                tr("pathway {name!r} needs a year", name=self.ssp),
                where=self.where("year"),
                remedy=tr("give one of those that the region's warming covers"),
            )
        if self.ssp is None and self.year is not None:
            raise ScenarioError(
                "year goes with ssp", where=self.where("year"), remedy="with degrees_c, give years"
            )
        return self

    def warming_c(self, region: Region) -> float:
        """Rise of the air temperature in °C.

        Raises
        ------
        ScenarioError
            The region tells no warming, or none of this pathway and year.
        """
        if self.degrees_c is not None:
            return self.degrees_c
        table = self._table(region)
        try:
            return pathway_warming_c(table, self.ssp or "", self.year or 0, self.spread)
        except ScenarioError as bad:
            raise ScenarioError(
                bad.problem, where=self.where(bad.where or "ssp"), remedy=bad.remedy
            ) from None

    def climb_m(self, region: Region) -> float:
        """Climb of the ecotones in m: rate times years, none where no years are known.

        Raises
        ------
        ScenarioError
            They climb, and the region tells no zones or no rate.
        """
        years = self.years
        if years is None and self.ssp is not None:
            years = float((self.year or 0) - self._table(region).reference_year)
        if not years or self.ecotone_m_per_year == 0:
            return 0.0
        what = f"climbing of ecotones over {years:g} years"
        instead = "set ecotone_m_per_year = 0: the air warms, the cover stays"
        rate = self.ecotone_m_per_year
        if rate is None:
            key = "timberline_climb_m_per_year"
            rate = float(region.needs(key, what, where=self.kind, instead=instead))
        region.needs("zones", what, where=self.kind, instead=instead)
        return rate * years

    def _table(self, region: Region) -> WarmingTable:
        what, where = f"the pathway {self.ssp!r}", self.where("ssp")
        table: WarmingTable = region.needs(
            "warming", what, where=where, instead="give degrees_c of your region"
        )
        return table

    def check_region(self, region: Region) -> None:
        """Refuse what the region does not tell: a pathway, a year, zones that climb.

        Raises
        ------
        ScenarioError
        """
        self.warming_c(region)
        self.climb_m(region)

    @property
    def makes_cover(self) -> bool:
        """Whether ecotones climb."""
        return (bool(self.years) or self.ssp is not None) and self.ecotone_m_per_year != 0

    def describe(self) -> str:
        """Say in one line what the edit does."""
        if self.ssp is None:
            return f"air warmer by {self.degrees_c:.2f} °C"
        return f"air warmer as by {self.ssp} in {self.year}"

    def describe_on(self, land: Landscape) -> str:
        """Say in one line what the edit does on a landscape."""
        region = land.region
        warming_c = self.warming_c(region)
        by = f" ({find_pathway(self.ssp, self._table(region))} in {self.year})" if self.ssp else ""
        told = []
        if region.lapse_c_per_m:
            told.append(
                f"isotherms {isotherm_climb_m(warming_c, region.lapse_c_per_m):.0f} m higher"
            )
        if region.zones:
            told.append(f"ecotones {self.climb_m(region):.0f} m higher")
        return f"air warmer by {warming_c:.2f} °C{by}{': ' * bool(told)}{', '.join(told)}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Warm the air and let the natural zones climb.

        Raises
        ------
        ScenarioError
            The landscape gives no temperature, or what else is asked for.
        """
        self.check_region(land.region)
        refuse_no_temperature(land, self.kind)
        warmer = land["temperature_c"] + np.float32(self.warming_c(land.region))
        changed: dict[str, NDArray[Any]] = {"temperature_c": warmer.astype(np.float32)}
        climb_m = self.climb_m(land.region)
        said = self.describe_on(land)
        if climb_m > 0:
            changed["land_cover"] = climbed_zones(
                land["land_cover"], land["elevation_m"], climb_m, land.region, land.covers
            )
            land = tell_of_zones(land)
        return edited(land, said, changed)


def refuse_no_temperature(land: Landscape, where: str) -> None:
    """Refuse to warm the air of a landscape of which nobody told the temperature.

    Raises
    ------
    ScenarioError
    """
    origin = land.origins.get("temperature_c")
    if origin is not None and origin.status == "absent":
        raise ScenarioError(
            f"{land.name} has no temperature that could rise",
            where=where,
            remedy="give [landscape] temperature, or sea_level_temperature_c and lapse_c_per_km "
            "under [landscape.region]",
        )


def tell_of_zones(land: Landscape, when: str = "") -> Landscape:
    """Return the landscape with a word on a land cover of the user's that warming moves."""
    origin = land.origins.get("land_cover")
    if origin is None or origin.status != "user" or _MOVED in origin.source:
        return land
    place = f" of {land.region.place}" if land.region.place else ""
    own = origin.noted(f"; {when}{_MOVED}{place}")
    return replace(land, origins={**land.origins, "land_cover": own})


_MOVED = "natural cover moves by the heights of the natural zones"


def climbed_zones(
    land_cover: NDArray[np.uint8],
    elevation_m: NDArray[np.float32],
    climb_m: float,
    region: Region,
    covers: CoverTable,
) -> NDArray[np.uint8]:
    """Land cover after the region's natural zones have climbed by ``climb_m``, ``[height, width]``.

    A cell takes the zone it would have had if the ground lay ``climb_m`` lower. Where today's cover
    departs from the zone of its height (a low treeline, say), it moves by as many zones as its
    height would, so that local departures climb along.
    """
    codes = np.array([covers[zone.cover].code for zone in region.climbing], np.uint8)
    rank_of = np.full(256, -1, np.int8)
    rank_of[codes] = np.arange(codes.size)
    rank = rank_of[land_cover]
    below = elevation_m.astype(np.float64) - climb_m
    drop = zone_rank(elevation_m, region.zones) - zone_rank(below, region.zones)
    new_rank = np.clip(rank - drop, 0, None)
    return np.where((rank >= 0) & (drop > 0), codes[new_rank], land_cover).astype(np.uint8)
