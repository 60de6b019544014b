"""The tables behind the built-in landscape, read from TOML beside it: towns, roads, rivers ...

They are to be read, questioned and changed there; what each means and where it comes from stands
beside it, the reasons are in ``docs/landscape.md``. Points are (longitude, latitude) in degrees.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

Side = Literal["amazon", "pacific", "dry"]
SIDES: tuple[Side, ...] = ("amazon", "pacific", "dry")
Point = tuple[float, float]
Stop = str | Point
Line = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Road:
    """A named road: its class (2 primary paved, 1 secondary or gravel) and its stops in order."""

    name: str
    rank: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Inflow:
    """Water that enters over the region's edge: where, from what area, how much on average."""

    river: str
    lon_deg: float
    lat_deg: float
    area_km2: float
    discharge_m3_s: float


@dataclass(frozen=True, slots=True)
class Area:
    """A protected area to be grown over the terrain.

    Attributes
    ----------
    name, country : str
        Name, and ISO 3166 alpha-3 code.
    area_ha : float
        Stated area, all of it.
    low_m, high_m : float
        Stated elevation limits.
    axes : tuple of lines
        One line, or several, from which the area grows; a single point is a line.
    share_inside : float
        Share of the area that lies within the region.
    """

    name: str
    country: str
    area_ha: float
    low_m: float
    high_m: float
    axes: tuple[Line, ...]
    share_inside: float = 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What one group of IGBP classes holds on one side of the mountains in one elevation band."""

    classes: tuple[int, ...]
    sides: tuple[Side, ...]
    from_m: float
    to_m: float
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class DryRegion:
    """Ground in a rain shadow: inside the polygon and below ``top_m``."""

    name: str
    top_m: float
    corners: Line


@dataclass(frozen=True, slots=True)
class Mine:
    """An open-pit mine: pit, dumps and ponds together, km²."""

    name: str
    lon_deg: float
    lat_deg: float
    area_km2: float


def _read(name: str) -> dict[str, Any]:
    text = (resources.files("corridor_sim.datasets.andes_amazon") / name).read_text("utf-8")
    return {key: _frozen(value) for key, value in tomllib.loads(text).items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


ROADS: tuple[Road, ...] = tuple(Road(*row) for row in _read("roads.toml")["roads"])

_towns: dict[str, tuple[tuple[str, float, float, int], ...]] = _read("towns.toml")
# name, longitude, latitude, inhabitants
GAZETTEER = tuple(row for rows in _towns.values() for row in rows)
# ISO 3166 alpha-3 by the name of a town, to be held against other gazetteers
COUNTRY_OF = {row[0]: country for country, rows in _towns.items() for row in rows}

_rivers = _read("rivers.toml")
RIVERS: dict[str, Line] = _rivers["courses"]
INFLOWS: tuple[Inflow, ...] = tuple(Inflow(*row) for row in _rivers["inflows"])
RUNOFF_MM: tuple[tuple[float, float, float], ...] = _rivers["runoff_mm"]

_protected = _read("protected.toml")
AREAS: tuple[Area, ...] = tuple(Area(*row) for row in _protected["areas"])
GROUPS: dict[str, tuple[str, ...]] = _protected["groups"]
BORDER: Line = _protected["border"]

_cover = _read("cover.toml")
RULES: tuple[Rule, ...] = tuple(Rule(*row) for row in _cover["rules"])
DIVIDE: Line = _cover["divide"]
DRY_REGIONS: tuple[DryRegion, ...] = tuple(DryRegion(*row) for row in _cover["dry_regions"])
MINES: tuple[Mine, ...] = tuple(Mine(*row) for row in _cover["mines"])
FOREST_TOP_M: tuple[tuple[str, float], ...] = _cover["forest_top_m"]
ICE_FROM_M = 4700.0
