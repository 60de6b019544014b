"""Warming of the air, with ecotones that follow at their own slow pace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.andes import refuse_elsewhere
from corridor_sim.landscape.climate import (
    CLIMBING_ZONES,
    FIRST_YEAR,
    LAST_YEAR,
    REFERENCE_YEAR,
    TIMBERLINE_CLIMB_M_PER_YEAR,
    find_pathway,
    isotherm_climb_m,
    ssp_warming_c,
    zone_rank,
)
from corridor_sim.landscape.covers import cover_table
from corridor_sim.landscape.edits.base import Edit, Text, edited, parameter
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape


class Warm(Edit):
    """Warm the air by degrees, or by pathway and year."""

    kind: Literal["warm"] = "warm"

    degrees_c: float | None = parameter(
        "warming over 1995-2014", default=None, low=0.0, high=10.0, unit="degC"
    )
    ssp: Text | None = parameter("pathway, such as SSP2-4.5", default=None)
    year: int | None = parameter(
        "year of the pathway", default=None, low=FIRST_YEAR, high=LAST_YEAR, unit="year"
    )
    spread: Literal["low", "central", "high"] = parameter(
        "which end of the pathway's range", default="central"
    )
    ecotone_m_per_year: float = parameter(
        "climb of forest and páramo borders",
        default=TIMBERLINE_CLIMB_M_PER_YEAR,
        low=0.0,
        high=20.0,
        unit="m year-1",
    )
    years: float | None = parameter(
        "years over which ecotones climb; with a pathway, the years since 2005",
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
                f"pathway {self.ssp!r} needs a year",
                where=self.where("year"),
                remedy=f"choose {FIRST_YEAR} to {LAST_YEAR}",
            )
        if self.ssp is None and self.year is not None:
            raise ScenarioError(
                "year goes with ssp", where=self.where("year"), remedy="with degrees_c, give years"
            )
        if self.ssp is not None:
            find_pathway(self.ssp)
        return self

    @property
    def warming_c(self) -> float:
        """Rise of the air temperature in °C."""
        if self.degrees_c is not None:
            return self.degrees_c
        return ssp_warming_c(self.ssp or "", self.year or 0, self.spread)

    @property
    def climb_m(self) -> float:
        """Climb of the ecotones in m: rate times years, none where no years are known."""
        years = self.years
        if years is None:
            years = 0.0 if self.year is None else float(self.year - REFERENCE_YEAR)
        return self.ecotone_m_per_year * years

    def describe(self) -> str:
        """Say in one line what the edit does."""
        by = f" ({find_pathway(self.ssp)} in {self.year})" if self.ssp else ""
        return (
            f"air warmer by {self.warming_c:.2f} °C{by}: isotherms "
            f"{isotherm_climb_m(self.warming_c):.0f} m higher, ecotones {self.climb_m:.0f} m higher"
        )

    def refuse_elsewhere(self, grid: Grid) -> None:
        """Refuse pathways and climbing ecotones where the zones of the Andes do not hold.

        Raises
        ------
        ScenarioError
            Nothing but degrees without years can be known elsewhere.
        """
        if self.ssp is None and self.climb_m == 0:
            return
        what = (
            f"the warming of {self.ssp!r} and the heights of its ecotones are those"
            if self.ssp is not None
            else f"ecotones that climb {self.climb_m:g} m move by the natural zones"
        )
        refuse_elsewhere(
            grid,
            what,
            where=self.where("ssp" if self.ssp is not None else "years"),
            remedy="give degrees_c of your region without years: the air warms, the cover stays",
        )

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Warm the air and let the natural zones climb.

        Raises
        ------
        ScenarioError
            If zones would climb on a map outside the Andes.
        """
        land.needs("temperature_c", "warming", "temperature, a raster in degrees Celsius")
        self.refuse_elsewhere(land.grid)
        warmer = land["temperature_c"] + np.float32(self.warming_c)
        changed: dict[str, NDArray[Any]] = {"temperature_c": warmer.astype(np.float32)}
        if self.climb_m > 0:
            changed["land_cover"] = climbed_zones(
                land["land_cover"], land["elevation_m"], self.climb_m
            )
            land = tell_of_zones(land)
        return edited(land, self.describe(), changed)


def tell_of_zones(land: Landscape, when: str = "") -> Landscape:
    """Return the landscape with a word on a land cover of the user's that warming moves."""
    origin = land.origins.get("land_cover")
    if origin is None or origin.status != "user" or _MOVED in origin.source:
        return land
    own = origin.noted(f"; {when}{_MOVED}")
    return replace(land, origins={**land.origins, "land_cover": own})


_MOVED = "forest and páramo move by the heights of the natural zones of southern Ecuador"


def climbed_zones(
    land_cover: NDArray[np.uint8], elevation_m: NDArray[np.float32], climb_m: float
) -> NDArray[np.uint8]:
    """Land cover after the natural zones have climbed by ``climb_m``, ``[height, width]``.

    A cell takes the zone it would have had if the ground lay ``climb_m`` lower. Where today's cover
    departs from the zone of its height (a low treeline, say), it moves by as many zones as its
    height would, so that local departures climb along.
    """
    covers = cover_table("andes-amazon").by_key
    places = {covers[key].code: rank for rank, key in enumerate(CLIMBING_ZONES)}
    rank_of = np.full(256, -1, np.int8)
    rank_of[list(places)] = list(places.values())
    rank = rank_of[land_cover]
    drop = zone_rank(elevation_m) - zone_rank(elevation_m.astype(np.float64) - climb_m)
    new_rank = np.clip(rank - drop, 0, None)
    codes = np.array([covers[key].code for key in CLIMBING_ZONES], np.uint8)
    return np.where((rank >= 0) & (drop > 0), codes[new_rank], land_cover).astype(np.uint8)
