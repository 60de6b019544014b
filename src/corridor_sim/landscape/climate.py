"""The physical gradient: temperature by height, the natural zone of a height, and warming by SSP.

Mean annual temperature falls with height as ``T = T0 - lapse z``. A warming of ``dT`` lifts every
isotherm by ``dT / lapse``; the ecotones of forest and páramo climb far more slowly, at the rate
that timberlines were seen to climb.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.landscape.covers import cover_table

SPREADS = ("low", "central", "high")
SEA_LEVEL_C = 26.4
LAPSE_C_PER_M = 5.2e-3
"""Mean annual temperature at sea level and its fall with height.

23.4 °C at 600 m and 5.79 °C at 4120 m over the Sangay-Podocarpus corridor (El Telégrafo,
31 July 2018) give 5.0 °C/km; Córdova et al. 2016 (doi:10.1657/AAAR0015-077) found 6.9 °C/km from
2600 to 4200 m. A single 5.2 °C/km from 26.4 °C lies within 0.9 °C of both.
"""

TIMBERLINE_CLIMB_M_PER_YEAR = 0.35
"""Between 0.24 m a year seen on protected Peruvian timberlines (Lutz et al. 2013,
doi:10.1371/journal.pone.0074496) and 0.5; tree composition moves faster, 2.5 to 3.5 m a year
(Feeley et al. 2011, J. Biogeogr. 38:783), but a forest of other trees is still a forest."""

REFERENCE_YEAR = 2005
"""Middle of 1995-2014, the period to which the warming of :data:`SSP_TABLE` is relative."""

ZONE_LOWER_LIMITS_M: tuple[tuple[str, float], ...] = (
    ("lowland_forest", -np.inf),
    ("premontane_forest", 400.0),
    ("lower_montane_forest", 1650.0),
    ("cloud_forest", 2200.0),
    ("upper_montane_forest", 3000.0),
    ("paramo", 3400.0),
    ("rock_ice", 4800.0),
)
"""Lower limit of each natural zone on the eastern slope of the southern Cordillera Oriental, from
the foot up (Ministerio del Ambiente del Ecuador 2013, Sistema de clasificación de los ecosistemas;
the treeline lies lower, near 2800 to 3000 m, on exposed southern crests)."""

CLIMBING_ZONES: tuple[str, ...] = tuple(k for k, _ in ZONE_LOWER_LIMITS_M if k != "rock_ice")
"""Zones whose borders climb; ice and rock answer to glaciers and soil, not to seedlings."""


SSP_TABLE: dict[str, dict[str, tuple[float, float]]] = {
    "SSP1-2.6": {"central": (1.0, 1.1), "low": (0.9, 1.0), "high": (1.1, 1.2)},
    "SSP2-4.5": {"central": (1.3, 2.1), "low": (1.2, 1.9), "high": (1.4, 2.3)},
    "SSP3-7.0": {"central": (1.4, 3.2), "low": (1.3, 2.9), "high": (1.6, 3.4)},
    "SSP5-8.5": {"central": (1.8, 4.1), "low": (1.6, 3.7), "high": (1.9, 4.4)},
}
"""Warming of the region in °C over 1995-2014, about 2050 (2041-2060) and 2090 (2081-2100), by
pathway. ``low`` and ``high`` span the regional factor; single models lie a further 25 to 30 %
apart. IPCC AR6 WGI SPM table 1, global warming over 1850-1900 less 0.85 °C (1995-2014), times 1.15
for the land of north-western South America (1.05 to 1.25); annual means, air near the ground."""

FIRST_YEAR, MIDDLE_YEAR, LAST_YEAR = REFERENCE_YEAR, 2050, 2090


def temperature_at(elevation_m: NDArray[Any] | float) -> NDArray[np.float32]:
    """Mean annual air temperature in °C of today at a height in metres, float32.

    ``T = 26.4 - 5.2e-3 z``, see :data:`LAPSE_C_PER_M`.
    """
    z = np.asarray(elevation_m, dtype=np.float64)
    return (SEA_LEVEL_C - LAPSE_C_PER_M * z).astype(np.float32)


def isotherm_climb_m(degrees_c: float) -> float:
    """Metres by which every isotherm climbs when the air warms by ``degrees_c``: ``dT / lapse``."""
    return degrees_c / LAPSE_C_PER_M


def zone_rank(elevation_m: NDArray[Any] | float) -> NDArray[np.int8]:
    """Place of the natural zone of a height in :data:`ZONE_LOWER_LIMITS_M`, 0 at the foot, int8."""
    limits = np.array([low for _, low in ZONE_LOWER_LIMITS_M[1:]])
    z = np.asarray(elevation_m, dtype=np.float64)
    return np.searchsorted(limits, z, side="right").astype(np.int8)


def natural_zone(elevation_m: NDArray[Any] | float) -> NDArray[np.uint8]:
    """Land-cover code of the natural zone at a height in metres, same shape, uint8.

    A limit belongs to the zone above it. See :data:`ZONE_LOWER_LIMITS_M`.
    """
    codes = np.array(
        [cover_table("andes-amazon")[key].code for key, _ in ZONE_LOWER_LIMITS_M], np.uint8
    )
    return codes[zone_rank(elevation_m)]


def find_pathway(ssp: str) -> str:
    """Return the table's name of a pathway; ``"SSP2-4.5"``, ``"ssp245"`` and ``"2-4.5"`` are one.

    Raises
    ------
    ScenarioError
        For a name that is not in :data:`SSP_TABLE`, with the nearest that is.
    """
    digits = "".join(c for c in ssp.lower().removeprefix("ssp") if c.isalnum())
    for name in SSP_TABLE:
        if digits == "".join(c for c in name.removeprefix("SSP") if c.isalnum()):
            return name
    raise ScenarioError(f"unknown pathway {ssp!r}", where="ssp", remedy=nearest(ssp, SSP_TABLE))


def ssp_warming_c(ssp: str, year: int, spread: str = "central") -> float:
    """Warming in °C over 1995-2014 under one pathway in one year.

    Linear in the year from 0 in 2005 through the middles of the two periods, 2050 and 2090.

    Parameters
    ----------
    ssp : str
        Pathway, a key of :data:`SSP_TABLE` in any usual spelling.
    year : int
        2005 to 2090.
    spread : {"low", "central", "high"}
        Which of the three values of the table.

    Raises
    ------
    ScenarioError
        For an unknown pathway or spread, or a year that the table does not cover.
    """
    name = find_pathway(ssp)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ScenarioError(
            f"year {year} is outside the warming table",
            where="year",
            remedy=f"choose {FIRST_YEAR} to {LAST_YEAR}, or give degrees_c",
        )
    if spread not in SPREADS:
        raise ScenarioError(
            f"unknown spread {spread!r}", where="spread", remedy=nearest(spread, SPREADS)
        )
    known = [0.0, *SSP_TABLE[name][spread]]
    return float(np.interp(year, [FIRST_YEAR, MIDDLE_YEAR, LAST_YEAR], known))
