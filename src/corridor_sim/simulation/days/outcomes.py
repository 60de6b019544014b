"""The outcomes of a run of days: one declared table, one number per species and outcome.

Every outcome is computed from the arrays of
:class:`corridor_sim.simulation.days.result.SpeciesResult` and the maps the animals moved on;
nothing is drawn here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, DISPLACED, RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import SpeciesHabitat
from corridor_sim.simulation.outcomes import (
    Flux,
    Outcome,
    area_by_zone_km2,
    equivalent_connected_area_km2,
    measured,
    ratio,
    table_of,
)
from corridor_sim.simulation.pairs import count_pairs
from corridor_sim.species.fields import DAYS_PER_YEAR


class DaysMeasures:
    """What outcomes of days are computed from: one species in one run, counted once.

    Attributes
    ----------
    disperses, stays : bool ``[n]``
        Dispersers; residents and those displaced.
    years, years_of_dispersal, years_of_all : float
        Years of life of those who stay, of dispersers, of both.
    flux : Flux
    deaths : int64 ``[cause]``
        Of those who stay.
    """

    def __init__(self, result: SpeciesResult, habitat: SpeciesHabitat, land: Landscape) -> None:
        self.result, self.habitat, self.land = result, habitat, land
        self.disperses = result.stage == DISPERSER
        self.stays = ~self.disperses
        self.years = float(result.days_alive[self.stays].sum()) / DAYS_PER_YEAR
        self.years_of_all = float(result.days_alive.sum()) / DAYS_PER_YEAR
        self.years_of_dispersal = self.years_of_all - self.years
        self.visits = result.visits.astype(np.int64)
        self.flux = dispersal_flux(result, land.n_zones)
        self.died = (result.state > ALIVE) & (result.state <= len(CAUSES))
        self.deaths = np.bincount(result.state[self.died & self.stays], minlength=len(CAUSES) + 1)[
            1:
        ]
        self.passed, self.blocked = int(result.passed.sum()), int(result.blocked.sum())

    def mean_at(self, visits: NDArray[np.int64], field: NDArray[np.float32]) -> float:
        """Return the mean of a layer over relocations."""
        total = int(visits.sum())
        return float((visits * field.astype(np.float64)).sum() / total) if total else np.nan

    @property
    def relocations(self) -> NDArray[np.int64]:
        """Relocations of residents, displaced ones included, by cell."""
        return np.asarray(self.visits[RESIDENT] + self.visits[DISPLACED])


def border_flux(m: DaysMeasures) -> float:
    """Return the dispersers of today's cohort whose first other core area lies abroad."""
    reached, countries = m.flux.first.between_areas(), np.array(m.land.zone_countries)
    abroad = reached.where(countries[reached.start] != countries[reached.end])
    return float(abroad.total()) / m.habitat.numbers.dispersers_per_animal


def eca_km2(m: DaysMeasures) -> float:
    """Return the equivalent connected area."""
    here, land = m.habitat.here, m.land
    area = area_by_zone_km2(
        here.suitability,
        here.species.habitat.suitable_from.value,
        land["protected"],
        land.n_zones,
        land.grid.cell_km2,
    )
    return equivalent_connected_area_km2(area, m.flux)


def net_displacement_km(m: DaysMeasures) -> float:
    """Return the mean straight line from start to end of dispersal."""
    way = (m.result.end - m.result.start).T.astype(np.float64)
    away = np.hypot(*way) * m.land.grid.cell_m / 1000
    return float(away[m.disperses].mean()) if m.disperses.any() else np.nan


def flapping_share(m: DaysMeasures) -> float:
    """Return the flapping time over the flight time of animals that soar."""
    result, species = m.result, m.habitat.here.species
    if species.soaring is None:
        return np.nan
    flapped_s = result.flapped_m.sum() / species.soaring.airspeed_ms.value
    flapped_s += result.takeoffs.sum() * species.soaring.takeoff_flap_s.value
    # a step that is not rested is spent on the wing, much of it circling
    wing_h = (1.0 - m.habitat.here.params.rest).sum(axis=1) * species.movement.step_h
    flight_s = float((result.days_alive * wing_h[result.klass]).sum()) * 3600.0
    return ratio(float(flapped_s), flight_s)


def mortality_by(m: DaysMeasures, *, cause: int) -> float:
    """Return the deaths of one cause per animal-year of those who stay."""
    return ratio(float(m.deaths[cause]), m.years)


PERCENT: dict[str, Any] = {"factor": 100.0, "shown_unit": "%"}
_ROWS = (
    Outcome(
        "suitable_km2",
        "km²",
        "Suitable habitat",
        "more",
        0,
        "area of suitable cells, each weighted by its suitability",
        lambda m: m.habitat.surroundings.suitable_km2,
        certain=True,
        relative=True,
    ),
    Outcome(
        "displaced_share",
        "1",
        "Residents displaced",
        "less",
        3,
        "share of residents whose home-range-sized window lost its suitability",
        lambda m: ratio(float((m.result.stage == DISPLACED).sum()), float(m.stays.sum())),
        most=1.0,
        event="resident",
        headline=4,
        short="Displaced",
        **PERCENT,
    ),
    Outcome(
        "home_range_quality",
        "1",
        "Home-range quality",
        "more",
        3,
        "mean habitat suitability over the relocations of residents",
        lambda m: m.mean_at(m.visits[RESIDENT], m.habitat.here.suitability),
        most=1.0,
        headline=3,
        short="Quality",
    ),
    Outcome(
        "mean_elevation_m",
        "m",
        "Mean elevation",
        "neither",
        0,
        "mean elevation over the relocations of residents, displaced ones included",
        lambda m: m.mean_at(m.relocations, m.land["elevation_m"]),
        least=-np.inf,
    ),
    Outcome(
        "thermal_mismatch_c",
        "°C",
        "Thermal mismatch",
        "less",
        2,
        "mean degrees above the warm edge of the thermal optimum, where residents were",
        lambda m: m.mean_at(m.relocations, m.habitat.here.mismatch_c),
        headline=5,
    ),
    Outcome(
        "dispersal_flux",
        "animals",
        "Dispersal flux between core areas",
        "more",
        1,
        "dispersers born in a core area that reached another one, per cohort of today's size",
        lambda m: m.flux.total / m.habitat.numbers.dispersers_per_animal,
        event="animal",
        headline=1,
        short="Flux",
        relative=True,
        asked=1,
    ),
    Outcome(
        "dispersal_success",
        "1",
        "Dispersal success",
        "more",
        3,
        "share of dispersers born in a core area that reached another one",
        lambda m: ratio(m.flux.total, int(m.flux.born[1:].sum())),
        most=1.0,
        event="disperser",
        asked=2,
        **PERCENT,
    ),
    Outcome(
        "border_flux",
        "animals",
        "Dispersal flux across the border",
        "more",
        1,
        "dispersers whose first other core area lies in another country",
        border_flux,
        event="animal",
        relative=True,
        asked=3,
    ),
    Outcome(
        "eca_km2",
        "km²",
        "Equivalent connected area",
        "more",
        0,
        "sqrt(sum a_i a_j p_ij), p_ij from the flux (Saura et al. 2011)",
        eca_km2,
        event="unseen",
        headline=2,
        short="ECA",
        relative=True,
        asked=4,
    ),
    Outcome(
        "net_displacement_km",
        "km",
        "Net displacement of dispersers",
        "neither",
        1,
        "mean straight-line distance from start to end of dispersal",
        net_displacement_km,
        relative=True,
    ),
    Outcome(
        "dispersal_mortality_per_year",
        "1/yr",
        "Mortality of dispersers",
        "less",
        3,
        "deaths per disperser-year, all causes",
        lambda m: ratio(float((m.died & m.disperses).sum()), m.years_of_dispersal),
        event="disperser_year",
        relative=True,
    ),
    Outcome(
        "mortality_per_year",
        "1/yr",
        "Mortality of residents",
        "less",
        3,
        "deaths per animal-year of residents, displaced ones included, all causes",
        lambda m: ratio(float(m.deaths.sum()), m.years),
        event="resident_year",
        headline=6,
        short="Mortality",
        relative=True,
    ),
    *(
        Outcome(
            f"mortality_{cause}_per_year",
            "1/yr",
            f"Mortality, {cause}",
            "less",
            4,
            f"deaths by {cause} per animal-year of residents, displaced ones included",
            partial(mortality_by, cause=i),
            event="resident_year",
        )
        for i, cause in enumerate(CAUSES)
    ),
    Outcome(
        "crossings_per_year",
        "1/yr",
        "Barrier crossings",
        "neither",
        2,
        "roads, rivers and settlements crossed per animal-year",
        lambda m: ratio(m.passed, m.years_of_all),
        event="crossing",
        asked=5,
    ),
    Outcome(
        "blocked_share",
        "1",
        "Barrier encounters blocked",
        "less",
        3,
        "share of barrier encounters that did not end in a crossing",
        lambda m: ratio(m.blocked, m.passed + m.blocked),
        most=1.0,
        event="some",
        asked=6,
        **PERCENT,
    ),
    Outcome(
        "daily_path_km",
        "km/d",
        "Daily path length",
        "neither",
        2,
        "length of way per animal-day",
        lambda m: ratio(float(m.result.path_m.sum()) / 1000, m.years_of_all * DAYS_PER_YEAR),
    ),
    Outcome(
        "flapping_share",
        "1",
        "Flapping share of flight",
        "less",
        4,
        "flapping time over flight time; animals that soar only",
        flapping_share,
        most=1.0,
        **PERCENT,
    ),
)

OUTCOMES: dict[str, Outcome] = table_of(_ROWS)


def dispersal_flux(result: SpeciesResult, n_zones: int) -> Flux:
    """Return the dispersal flux of one run; displaced residents are no dispersers."""
    who = result.stage == DISPERSER
    natal = result.natal_zone[who].astype(np.int64)
    reached = result.first_zone[who].astype(np.int64)
    born = np.bincount(natal, minlength=n_zones + 1)
    return Flux(born.astype(np.int64), count_pairs(natal, reached))


def measure(result: SpeciesResult, habitat: SpeciesHabitat, land: Landscape) -> dict[str, float]:
    """Return every outcome of :data:`OUTCOMES` for one species in one run; NaN where undefined."""
    return measured(OUTCOMES, DaysMeasures(result, habitat, land))
