"""What holds in one part of the world and not in another: lapse rate, wind, seasons, natural zones.

None of these numbers has a default in code. A region that ships with the package brings its own,
with their sources, and they hold on maps that lie wholly within its bounds
(:data:`SHIPPED`); elsewhere they are settings of the landscape, and what needs one that was not
given is refused by name.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, NoReturn

from pydantic import Field

from corridor_sim.errors import LandscapeError, ScenarioError, nearest
from corridor_sim.toml.strict import Line, Strict, parse_toml, validate

Warming = tuple[float, ...]


class Zone(Strict):
    """A natural zone: what grows from a height on, up to the next zone.

    Attributes
    ----------
    cover : str
        Key of its land cover.
    from_m : float
        Lower limit in metres above the sea; the lowest zone reaches down without end.
    climbs : bool
        Whether its lower border follows a warming climate.
    """

    cover: Line
    from_m: float = Field(ge=-500, le=9000)
    climbs: bool = True


class Pathway(Strict):
    """Warming along one emission pathway, °C over the reference year, in each of the years.

    Attributes
    ----------
    low, central, high : list of float
        One number for each of :attr:`WarmingTable.years`.
    """

    low: Warming
    central: Warming
    high: Warming


class WarmingTable(Strict):
    """Warming of the region's air by pathway, linear between the years given.

    Attributes
    ----------
    reference_year : int
        Year of no warming.
    years : list of int
        Years that the pathways tell, rising.
    pathways : mapping of name to Pathway
    """

    reference_year: int = Field(ge=1850, le=2100)
    years: Annotated[tuple[int, ...], Field(min_length=1)]
    pathways: dict[str, Pathway]


class Region(Strict):
    """Numbers of a region; None where nobody gave one.

    Attributes
    ----------
    name : str
        Name of the region, or of the user's settings.
    place : str
        Where it lies, in words that follow "of".
    bounds_deg : list of four numbers
        West, south, east and north within which the numbers hold, in degrees.
    sea_level_temperature_c, lapse_c_per_km : float
        Mean annual temperature at the level of the sea, and its fall with height.
    wind_speed_ms, wind_from_deg : float
        Mean wind that lifts soaring birds at slopes.
    roost_slope_deg, roost_min_elevation_m : float
        Cliffs fit for roosting.
    access_scale_m : float
        Distance from roads and settlements at which human access falls to 1/e.
    protected_hunting_factor : float
        Share of the hunting outside that is left where ground is protected.
    season_start_day : int
        Day of the year, from 0, on which the first of two seasons begins.
    timberline_climb_m_per_year : float
        Pace at which borders of zones climb in a warming climate.
    zones : list of Zone
        From the foot up.
    warming : WarmingTable
    """

    name: Line = ""
    place: Line = ""
    bounds_deg: tuple[float, float, float, float] | None = None
    sea_level_temperature_c: float | None = Field(default=None, ge=-20, le=40)
    lapse_c_per_km: float | None = Field(default=None, ge=0, le=10)
    wind_speed_ms: float | None = Field(default=None, ge=0, le=40)
    wind_from_deg: float | None = Field(default=None, ge=0, le=360)
    roost_slope_deg: float | None = Field(default=None, ge=0, le=90)
    roost_min_elevation_m: float | None = Field(default=None, ge=-500, le=9000)
    access_scale_m: float | None = Field(default=None, gt=0, le=1e6)
    protected_hunting_factor: float | None = Field(default=None, ge=0, le=1)
    season_start_day: int | None = Field(default=None, ge=0, le=364)
    timberline_climb_m_per_year: float | None = Field(default=None, ge=0, le=20)
    zones: tuple[Zone, ...] = ()
    warming: WarmingTable | None = None

    @property
    def lapse_c_per_m(self) -> float | None:
        """Fall of the mean annual temperature in °C per metre; None where nobody gave it."""
        return None if self.lapse_c_per_km is None else self.lapse_c_per_km / 1000.0

    def needs(self, key: str, wanted_by: str, where: str = "[landscape.region]") -> Any:
        """Return a number that something cannot do without.

        Raises
        ------
        ScenarioError
            Nobody gave it: says what needs it and where to give it.
        """
        value = getattr(self, key)
        if value is None or value == ():
            self._refuse(key, wanted_by, where)
        return value

    def _refuse(self, key: str, wanted_by: str, where: str) -> NoReturn:
        raise ScenarioError(
            f"{wanted_by} needs {key}, which this landscape does not give",
            where=where,
            remedy=f"set {key} under [landscape.region]",
        )


SHIPPED: dict[str, tuple[str, str]] = {
    "andes-amazon": ("corridor_sim.datasets.andes_amazon", "region.toml")
}
"""Regions that ship, by name: package and file. They are named here and not imported."""


@lru_cache(maxsize=8)
def shipped_region(name: str) -> Region:
    """Return a region that ships with the package.

    Raises
    ------
    LandscapeError
        Another name, with the nearest.
    """
    if name not in SHIPPED:
        raise LandscapeError(f"unknown region {name[:60]!r}", remedy=nearest(name[:60], SHIPPED))
    package, file = SHIPPED[name]
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    data = parse_toml(text, where=file, error=LandscapeError)
    return validate(Region, data, where=file, error=LandscapeError, text=text)
