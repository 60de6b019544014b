"""What holds in one part of the world and not in another: lapse rate, wind, seasons, natural zones.

None of these numbers has a default in code. A region that ships with the package brings its own,
with their sources, and they hold on maps that lie wholly within its bounds
(:data:`SHIPPED`); elsewhere they are settings of the landscape, and what needs one that was not
given is refused by name (:class:`RegionSettings`).
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from corridor_sim.errors import LandscapeError, ScenarioError, nearest
from corridor_sim.toml.strict import Line, Strict, parse_toml, validate


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# arrays of a file reach a nested table as lists, which strict models take for no tuples
_ARRAY = BeforeValidator(_as_tuple)
Warming = Annotated[tuple[Annotated[float, Field(ge=-10, le=15)], ...], _ARRAY]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


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

    @model_validator(mode="after")
    def _ranked(self) -> Pathway:
        if any(not a <= b <= c for a, b, c in zip(self.low, self.central, self.high, strict=False)):
            raise ValueError("low, central and high must rise in every year")
        return self


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
    years: Annotated[tuple[int, ...], Field(min_length=1), _ARRAY]
    pathways: Annotated[dict[Line, Pathway], Field(min_length=1)]

    @property
    def last_year(self) -> int:
        """The last year that the pathways tell."""
        return self.years[-1]

    @model_validator(mode="after")
    def _whole(self) -> WarmingTable:
        known = (self.reference_year, *self.years)
        if any(b <= a for a, b in pairwise(known)):
            raise ValueError(f"years must rise after reference_year, not {list(known)}")
        for name, one in self.pathways.items():
            for spread in Pathway.model_fields:
                if len(getattr(one, spread)) != len(self.years):
                    raise ValueError(
                        f"pathway {name!r} has {len(getattr(one, spread))} numbers under {spread} "
                        f"for {len(self.years)} years"
                    )
        return self


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
        Day of the year, from 0, on which the first of two seasons begins: the one in which a
        species with a seasonal shift ranges higher by it.
    timberline_climb_m_per_year : float
        Pace at which borders of zones climb in a warming climate.
    zones : list of Zone
        From the foot up.
    warming : WarmingTable
    """

    name: Line = ""
    place: Line = ""
    bounds_deg: Annotated[tuple[Longitude, Latitude, Longitude, Latitude], _ARRAY] | None = None
    sea_level_temperature_c: float | None = Field(default=None, ge=-20, le=40)
    # air that rises without condensing cools by 9.8 degrees per km; no mean is steeper
    lapse_c_per_km: float | None = Field(default=None, ge=0, le=10)
    wind_speed_ms: float | None = Field(default=None, ge=0, le=40)
    wind_from_deg: float | None = Field(default=None, ge=0, le=360)
    roost_slope_deg: float | None = Field(default=None, ge=0, le=90)
    roost_min_elevation_m: float | None = Field(default=None, ge=-500, le=9000)
    access_scale_m: float | None = Field(default=None, gt=0, le=1e6)
    protected_hunting_factor: float | None = Field(default=None, ge=0, le=1)
    season_start_day: int | None = Field(default=None, ge=0, le=364)
    timberline_climb_m_per_year: float | None = Field(default=None, ge=0, le=20)
    zones: Annotated[tuple[Zone, ...], _ARRAY] = ()
    warming: WarmingTable | None = None

    @field_validator("zones")
    @classmethod
    def _from_the_foot_up(cls, zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
        if any(b.from_m <= a.from_m for a, b in pairwise(zones)):
            raise ValueError("from_m must rise from zone to zone")
        if any(two.climbs and not one.climbs for one, two in pairwise(zones)):
            raise ValueError("only the topmost zones may have climbs = false")
        return zones

    @property
    def climbing(self) -> tuple[Zone, ...]:
        """Zones whose borders climb."""
        return tuple(zone for zone in self.zones if zone.climbs)

    @property
    def lapse_c_per_m(self) -> float | None:
        """Fall of the mean annual temperature in °C per metre; None where nobody gave it."""
        return None if self.lapse_c_per_km is None else self.lapse_c_per_km / 1000.0

    def needs(
        self, key: str, wanted_by: str, *, where: str | None = None, instead: str = ""
    ) -> Any:
        """Return a number that something cannot do without.

        Parameters
        ----------
        key : str
            Of the region.
        wanted_by : str
            What needs it, in words.
        where : str, optional
            Place of that in a file.
        instead : str
            What else can be done, in words.

        Raises
        ------
        ScenarioError
            Nobody gave it: says what needs it and where to give it.
        """
        value = getattr(self, key)
        if value is None or value == ():
            raise ScenarioError(
                f"{wanted_by} needs {key}, which this landscape does not give",
                where=where,
                remedy=f"set {key} under [landscape.region]{', or ' + instead if instead else ''}",
            )
        return value


NO_REGION = "none"
"""Name by which settings say that no region's numbers hold but their own."""


class RegionSettings(Region):
    """``[landscape.region]``: the numbers of the place, on top of those of a region that ships.

    Attributes
    ----------
    like : str
        Region of the package whose numbers are adopted, or ``"none"``; without it the one within
        whose bounds the map lies, if any.
    """

    like: str | None = None

    @field_validator("like")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and name not in (NO_REGION, *SHIPPED):
            raise ValueError(f"unknown region; {nearest(name[:60], (NO_REGION, *SHIPPED))}")
        return name

    @property
    def own(self) -> frozenset[str]:
        """Keys given here, ``like`` aside."""
        return frozenset(self.model_fields_set - {"like"})

    def on_top_of(self, base: Region) -> Region:
        """Return a region with the numbers given here, and those of another where none are."""
        return base.model_copy(update={key: getattr(self, key) for key in self.own})


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
