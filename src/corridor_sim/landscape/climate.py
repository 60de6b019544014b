"""The physical gradient in formulae: temperature by height, natural zones, warming by pathway.

Mean annual temperature falls with height as ``T = T0 - lapse z``. A warming of ``dT`` lifts every
isotherm by ``dT / lapse``; the ecotones climb far more slowly, at the rate that timberlines were
seen to climb. All numbers are the region's, see :mod:`corridor_sim.landscape.region`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.landscape.region import WarmingTable, Zone

SPREADS = ("low", "central", "high")


def temperature_at(
    elevation_m: NDArray[Any] | float, sea_level_c: float, lapse_c_per_m: float
) -> NDArray[np.float32]:
    """Mean annual air temperature in °C at a height in metres, ``T0 - lapse z``, float32."""
    z = np.asarray(elevation_m, dtype=np.float64)
    return (sea_level_c - lapse_c_per_m * z).astype(np.float32)


def isotherm_climb_m(degrees_c: float, lapse_c_per_m: float) -> float:
    """Metres by which every isotherm climbs when the air warms by ``degrees_c``: ``dT / lapse``."""
    return degrees_c / lapse_c_per_m


def zone_rank(elevation_m: NDArray[Any] | float, zones: Sequence[Zone]) -> NDArray[np.int8]:
    """Place of the natural zone of a height in metres among ``zones``, 0 at the foot, int8.

    A limit belongs to the zone above it; the lowest zone reaches down without end.
    """
    limits = np.array([zone.from_m for zone in zones[1:]])
    z = np.asarray(elevation_m, dtype=np.float64)
    return np.searchsorted(limits, z, side="right").astype(np.int8)


def natural_zone(
    elevation_m: NDArray[Any] | float, zones: Sequence[Zone], covers: CoverTable
) -> NDArray[np.uint8]:
    """Land-cover code of the natural zone at a height in metres, same shape, uint8.

    Raises
    ------
    LandscapeError
        A zone of a cover that the table lacks.
    """
    codes = np.array([covers[zone.cover].code for zone in zones], np.uint8)
    return codes[zone_rank(elevation_m, zones)]


def find_pathway(ssp: str, table: WarmingTable) -> str:
    """Return the table's name of a pathway; ``"SSP2-4.5"``, ``"ssp245"`` and ``"2-4.5"`` are one.

    Raises
    ------
    ScenarioError
        For a name that is not in the table, with the nearest that is.
    """
    for name in table.pathways:
        if _plain(ssp) == _plain(name):
            return name
    raise ScenarioError(
        f"unknown pathway {ssp[:60]!r}", where="ssp", remedy=nearest(ssp[:60], table.pathways)
    )


def _plain(pathway: str) -> str:
    return "".join(c for c in pathway.lower().removeprefix("ssp") if c.isalnum())


def pathway_warming_c(table: WarmingTable, ssp: str, year: int, spread: str = "central") -> float:
    """Warming in °C over the table's reference year under one pathway in one year.

    Linear in the year from 0 in the reference year through the years of the table.

    Parameters
    ----------
    ssp : str
        Pathway of the table in any usual spelling.
    year : int
        From the reference year to the last of the table.
    spread : {"low", "central", "high"}
        Which of the three values of the table.

    Raises
    ------
    ScenarioError
        For an unknown pathway or spread, or a year that the table does not cover.
    """
    name = find_pathway(ssp, table)
    if not table.reference_year <= year <= table.last_year:
        raise ScenarioError(
            f"year {year} is outside the warming table",
            where="year",
            remedy=f"choose {table.reference_year} to {table.last_year}, or give degrees_c",
        )
    if spread not in SPREADS:
        raise ScenarioError(
            f"unknown spread {spread!r}", where="spread", remedy=nearest(spread, SPREADS)
        )
    known = [0.0, *getattr(table.pathways[name], spread)]
    return float(np.interp(year, [table.reference_year, *table.years], known))
