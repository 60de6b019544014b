"""The outcomes of a run: one declared table, one number per species and outcome.

Every outcome is computed from the arrays of
:class:`corridor_sim.simulation.days.result.SpeciesResult` and the maps the animals moved on;
nothing is drawn here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, DISPLACED, RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import SpeciesHabitat
from corridor_sim.simulation.pairs import Pairs, count_pairs
from corridor_sim.species.fields import DAYS_PER_YEAR

# a square table of this many core areas takes 8 MB
MOST_AREAS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: name, unit, label, which direction is good, decimals, and what it means.

    Attributes
    ----------
    least, most : float
        No value lies beyond them.
    event : str
        What one chance event moves in a replicate: ``animal`` one of the population, ``resident``
        or ``disperser`` one of those simulated, the same with ``_year`` one in their years of
        life, ``one`` counts itself, ``year`` and ``decade`` per year and decade of the run,
        ``of_start`` and ``of_start_year`` one among the animals at the start, in all and per year,
        ``animal_year`` and ``crossing`` one in the years of all, ``some`` is not known beforehand,
        ``unseen`` not even from the values. Empty for means over many places and steps.
    certain : bool
        Follows from the landscape without chance, the same in every replicate.
    """

    name: str
    unit: str
    label: str
    better: Literal["more", "less", "neither"]
    decimals: int
    meaning: str
    least: float = 0.0
    most: float = math.inf
    event: str = ""
    certain: bool = False


_ROWS = (
    Outcome(
        "suitable_km2",
        "km²",
        "Suitable habitat",
        "more",
        0,
        "area of suitable cells, each weighted by its suitability",
        certain=True,
    ),
    Outcome(
        "displaced_share",
        "1",
        "Residents displaced",
        "less",
        3,
        "share of residents whose home-range-sized window lost its suitability",
        most=1.0,
        event="resident",
    ),
    Outcome(
        "home_range_quality",
        "1",
        "Home-range quality",
        "more",
        3,
        "mean habitat suitability over the relocations of residents",
        most=1.0,
    ),
    Outcome(
        "mean_elevation_m",
        "m",
        "Mean elevation",
        "neither",
        0,
        "mean elevation over the relocations of residents, displaced ones included",
        least=-math.inf,
    ),
    Outcome(
        "thermal_mismatch_c",
        "°C",
        "Thermal mismatch",
        "less",
        2,
        "mean degrees above the warm edge of the thermal optimum, where residents were",
    ),
    Outcome(
        "dispersal_flux",
        "animals",
        "Dispersal flux between core areas",
        "more",
        1,
        "dispersers born in a core area that reached another one, per cohort of today's size",
        event="animal",
    ),
    Outcome(
        "dispersal_success",
        "1",
        "Dispersal success",
        "more",
        3,
        "share of dispersers born in a core area that reached another one",
        most=1.0,
        event="disperser",
    ),
    Outcome(
        "border_flux",
        "animals",
        "Dispersal flux across the border",
        "more",
        1,
        "dispersers whose first other core area lies in another country",
        event="animal",
    ),
    Outcome(
        "eca_km2",
        "km²",
        "Equivalent connected area",
        "more",
        0,
        "sqrt(sum a_i a_j p_ij), p_ij from the flux (Saura et al. 2011)",
        event="unseen",
    ),
    Outcome(
        "net_displacement_km",
        "km",
        "Net displacement of dispersers",
        "neither",
        1,
        "mean straight-line distance from start to end of dispersal",
    ),
    Outcome(
        "dispersal_mortality_per_year",
        "1/yr",
        "Mortality of dispersers",
        "less",
        3,
        "deaths per disperser-year, all causes",
        event="disperser_year",
    ),
    Outcome(
        "mortality_per_year",
        "1/yr",
        "Mortality of residents",
        "less",
        3,
        "deaths per animal-year of residents, displaced ones included, all causes",
        event="resident_year",
    ),
    *(
        Outcome(
            f"mortality_{cause}_per_year",
            "1/yr",
            f"Mortality, {cause}",
            "less",
            4,
            f"deaths by {cause} per animal-year of residents, displaced ones included",
            event="resident_year",
        )
        for cause in CAUSES
    ),
    Outcome(
        "crossings_per_year",
        "1/yr",
        "Barrier crossings",
        "neither",
        2,
        "roads, rivers and settlements crossed per animal-year",
        event="crossing",
    ),
    Outcome(
        "blocked_share",
        "1",
        "Barrier encounters blocked",
        "less",
        3,
        "share of barrier encounters that did not end in a crossing",
        most=1.0,
        event="some",
    ),
    Outcome(
        "daily_path_km", "km/d", "Daily path length", "neither", 2, "length of way per animal-day"
    ),
    Outcome(
        "flapping_share",
        "1",
        "Flapping share of flight",
        "less",
        4,
        "flapping time over flight time; animals that soar only",
        most=1.0,
    ),
)

OUTCOMES: dict[str, Outcome] = {row.name: row for row in _ROWS}


def _mean_over(visits: NDArray[np.int64], field: NDArray[np.float32]) -> float:
    total = int(visits.sum())
    if total == 0:
        return float("nan")
    return float((visits * field.astype(np.float64)).sum() / total)


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Flux:
    """Dispersal between core areas: who was born where, and which other core area came first.

    Attributes
    ----------
    born : int64 ``[zone + 1]``
        Dispersers by natal core area; 0 = outside.
    first : Pairs
        Dispersers by natal core area and first other core area reached; to 0 = none.
    """

    born: NDArray[np.int64]
    first: Pairs

    @property
    def total(self) -> int:
        """Dispersers born in a core area that reached another one."""
        return self.first.between_areas().total()


def dispersal_flux(result: SpeciesResult, n_zones: int) -> Flux:
    """Return the dispersal flux of one run; displaced residents are no dispersers."""
    who = result.stage == DISPERSER
    natal = result.natal_zone[who].astype(np.int64)
    reached = result.first_zone[who].astype(np.int64)
    born = np.bincount(natal, minlength=n_zones + 1)
    return Flux(born.astype(np.int64), count_pairs(natal, reached))


def equivalent_connected_area_km2(area_km2: NDArray[np.float64], flux: Flux) -> float:
    """Return ``ECA = sqrt(sum_ij a_i a_j p_ij)`` with ``p_ii = 1``.

    ``p_ij`` is the share of dispersers born in ``i`` whose first other core area is ``j``, a
    directed probability; both directions are summed. Source: Saura, Estreguil, Mouton &
    Rodríguez-Freire (2011), Ecol. Indic. 11:407-416.

    Parameters
    ----------
    area_km2 : float64 ``[zone + 1]``
        Suitable area of each core area; position 0 is ignored.
    flux : Flux
    """
    between = flux.first.between_areas()
    between = between.where((between.start != between.end) & (flux.born[between.start] > 0))
    i, j = between.start - 1, between.end - 1
    p_ij = between.count / flux.born[between.start]
    a = area_km2[1:]
    if a.size > MOST_AREAS_AT_ONCE:
        return float(np.sqrt(a @ a + (a[i] * a[j] * p_ij).sum()))
    # the same sum; the order of its parts is kept, since the last digit hangs on it
    p = np.eye(a.size)
    p[i, j] = p_ij
    return float(np.sqrt(a @ p @ a))


def zone_area_km2(seen: SpeciesHabitat, land: Landscape) -> NDArray[np.float64]:
    """Return the suitability-weighted suitable area of every core area, ``[zone + 1]``."""
    s = seen.here.suitability
    suitable = np.where(s >= seen.here.species.habitat.suitable_from.value, s, 0).astype(np.float64)
    area = np.bincount(
        land["protected"].reshape(-1), weights=suitable.reshape(-1), minlength=land.n_zones + 1
    )
    return np.asarray(area * land.grid.cell_km2)


def measure(result: SpeciesResult, seen: SpeciesHabitat, land: Landscape) -> dict[str, float]:
    """Return every outcome of :data:`OUTCOMES` for one species in one run; NaN where undefined."""
    disperses = result.stage == DISPERSER
    settled = ~disperses
    years = float(result.days_alive[settled].sum()) / DAYS_PER_YEAR
    all_years = float(result.days_alive.sum()) / DAYS_PER_YEAR
    dispersal_years = all_years - years
    visits = result.visits.astype(np.int64)
    residents = visits[RESIDENT] + visits[DISPLACED]
    flux = dispersal_flux(result, land.n_zones)
    born = int(flux.born[1:].sum())
    died = (result.state > ALIVE) & (result.state <= len(CAUSES))
    deaths = np.bincount(result.state[died & settled], minlength=len(CAUSES) + 1)[1:]
    reached = flux.first.between_areas()
    countries = np.array(land.zone_countries)
    abroad = reached.where(countries[reached.start] != countries[reached.end])
    passed, blocked = int(result.passed.sum()), int(result.blocked.sum())
    area = zone_area_km2(seen, land)
    away = np.hypot(*(result.end - result.start).T.astype(np.float64)) * land.grid.cell_m / 1000
    soar = seen.here.species.soaring
    flapping = float("nan")
    if soar is not None:
        flapped_s = result.flapped_m.sum() / soar.airspeed_ms.value
        flapped_s += result.takeoffs.sum() * soar.takeoff_flap_s.value
        # a step that is not rested is spent on the wing, much of it circling
        wing_h = (1.0 - seen.here.params.rest).sum(axis=1) * seen.here.species.movement.step_h
        flight_s = float((result.days_alive * wing_h[result.klass]).sum()) * 3600.0
        flapping = _ratio(float(flapped_s), flight_s)
    values = {
        "suitable_km2": seen.surroundings.suitable_km2,
        "displaced_share": _ratio(float((result.stage == DISPLACED).sum()), float(settled.sum())),
        "home_range_quality": _mean_over(visits[RESIDENT], seen.here.suitability),
        "mean_elevation_m": _mean_over(residents, land["elevation_m"]),
        "thermal_mismatch_c": _mean_over(residents, seen.here.mismatch_c),
        "dispersal_flux": flux.total / seen.numbers.dispersers_per_animal,
        "dispersal_success": _ratio(flux.total, born),
        "border_flux": float(abroad.total()) / seen.numbers.dispersers_per_animal,
        "eca_km2": equivalent_connected_area_km2(area, flux),
        "net_displacement_km": float(away[disperses].mean()) if disperses.any() else float("nan"),
        "mortality_per_year": _ratio(float(deaths.sum()), years),
        "dispersal_mortality_per_year": _ratio(float((died & disperses).sum()), dispersal_years),
        "crossings_per_year": _ratio(passed, all_years),
        "blocked_share": _ratio(blocked, passed + blocked),
        "daily_path_km": _ratio(float(result.path_m.sum()) / 1000, all_years * DAYS_PER_YEAR),
        "flapping_share": flapping,
    }
    for cause, n in zip(CAUSES, deaths, strict=True):
        values[f"mortality_{cause}_per_year"] = _ratio(float(n), years)
    return {name: values[name] for name in OUTCOMES}
