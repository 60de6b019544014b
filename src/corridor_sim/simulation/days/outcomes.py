"""The outcomes of a run of days: one declared table, one number per species and outcome.

Every outcome is computed from the arrays of
:class:`corridor_sim.simulation.days.result.SpeciesResult` and the maps the animals moved on;
nothing is drawn here.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, DISPLACED, RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import SpeciesHabitat
from corridor_sim.simulation.outcomes import (
    PERCENT,
    Flux,
    Outcome,
    area_by_zone_km2,
    equivalent_connected_area_km2,
    measured,
    outcome_of,
    ratio,
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
        self.flux = flux_of(result, land.n_zones)
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


def mortality_by(m: DaysMeasures, *, cause: int) -> float:
    """Return the deaths of one cause per animal-year of those who stay."""
    return ratio(float(m.deaths[cause]), m.years)


OUTCOMES: dict[str, Outcome] = {}
outcome = partial(outcome_of, OUTCOMES)
# of a share a percentage point matters
share = partial(outcome, "1", decimals=3, most=1.0, matters=0.01, **PERCENT)


@outcome("km²", "Suitable habitat", "more", 0, certain=True, relative=True)
def suitable_km2(m: DaysMeasures) -> float:
    """area of suitable cells, each weighted by its suitability"""
    return m.habitat.surroundings.suitable_km2


@share("Residents displaced", "less", event="resident", headline=4, short="Displaced")
def displaced_share(m: DaysMeasures) -> float:
    """share of residents whose home-range-sized window lost its suitability"""
    return ratio(float((m.result.stage == DISPLACED).sum()), float(m.stays.sum()))


@outcome("1", "Home-range quality", "more", 3, most=1.0, headline=3, short="Quality")
def home_range_quality(m: DaysMeasures) -> float:
    """mean habitat suitability over the relocations of residents"""
    return m.mean_at(m.visits[RESIDENT], m.habitat.here.suitability)


@outcome("m", "Mean elevation", "neither", 0, least=-np.inf, matters=25.0)
def mean_elevation_m(m: DaysMeasures) -> float:
    """mean elevation over the relocations of residents, displaced ones included"""
    return m.mean_at(m.relocations, m.land["elevation_m"])


@outcome("°C", "Thermal mismatch", "less", 2, headline=5, matters=0.1)
def thermal_mismatch_c(m: DaysMeasures) -> float:
    """mean degrees above the warm edge of the thermal optimum, where residents were"""
    return m.mean_at(m.relocations, m.habitat.here.mismatch_c)


@outcome(
    "animals",
    "Dispersal flux between core areas",
    "more",
    1,
    event="animal",
    headline=1,
    short="Flux",
    relative=True,
    asked=1,
)
def dispersal_flux(m: DaysMeasures) -> float:
    """dispersers born in a core area that reached another one, per cohort of today's size"""
    return m.flux.total / m.habitat.numbers.dispersers_per_animal


@share("Dispersal success", "more", event="disperser", asked=2)
def dispersal_success(m: DaysMeasures) -> float:
    """share of dispersers born in a core area that reached another one"""
    return ratio(m.flux.total, int(m.flux.born[1:].sum()))


@outcome(
    "animals", "Dispersal flux across the border", "more", 1, event="animal", relative=True, asked=3
)
def border_flux(m: DaysMeasures) -> float:
    """dispersers whose first other core area lies in another country"""
    reached, countries = m.flux.first.between_areas(), np.array(m.land.zone_countries)
    abroad = reached.where(countries[reached.start] != countries[reached.end])
    return float(abroad.total()) / m.habitat.numbers.dispersers_per_animal


@outcome(
    "km²",
    "Equivalent connected area",
    "more",
    0,
    event="unseen",
    headline=2,
    short="ECA",
    relative=True,
    asked=4,
)
def eca_km2(m: DaysMeasures) -> float:
    """sqrt(sum a_i a_j p_ij), p_ij from the flux (Saura et al. 2011)"""
    here, land = m.habitat.here, m.land
    area = area_by_zone_km2(
        here.suitability,
        here.species.habitat.suitable_from.value,
        land["protected"],
        land.n_zones,
        land.grid.cell_km2,
    )
    return equivalent_connected_area_km2(area, m.flux)


@outcome("km", "Net displacement of dispersers", "neither", 1, relative=True)
def net_displacement_km(m: DaysMeasures) -> float:
    """mean straight-line distance from start to end of dispersal"""
    way = (m.result.end - m.result.start).T.astype(np.float64)
    away = np.hypot(*way) * m.land.grid.cell_m / 1000
    return float(away[m.disperses].mean()) if m.disperses.any() else np.nan


@outcome("1/yr", "Mortality of dispersers", "less", 3, event="disperser_year", relative=True)
def dispersal_mortality_per_year(m: DaysMeasures) -> float:
    """deaths per disperser-year, all causes"""
    return ratio(float((m.died & m.disperses).sum()), m.years_of_dispersal)


@outcome(
    "1/yr",
    "Mortality of residents",
    "less",
    3,
    event="resident_year",
    headline=6,
    short="Mortality",
    relative=True,
)
def mortality_per_year(m: DaysMeasures) -> float:
    """deaths per animal-year of residents, displaced ones included, all causes"""
    return ratio(float(m.deaths.sum()), m.years)


for _i, _cause in enumerate(CAUSES):
    OUTCOMES[f"mortality_{_cause}_per_year"] = Outcome(
        f"mortality_{_cause}_per_year",
        "1/yr",
        f"Mortality, {_cause}",
        "less",
        4,
        f"deaths by {_cause} per animal-year of residents, displaced ones included",
        partial(mortality_by, cause=_i),
        event="resident_year",
    )


@outcome("1/yr", "Barrier crossings", "neither", 2, event="crossing", asked=5)
def crossings_per_year(m: DaysMeasures) -> float:
    """roads, rivers and settlements crossed per animal-year"""
    return ratio(m.passed, m.years_of_all)


@share("Barrier encounters blocked", "less", event="some", asked=6)
def blocked_share(m: DaysMeasures) -> float:
    """share of barrier encounters that did not end in a crossing"""
    return ratio(m.blocked, m.passed + m.blocked)


@outcome("km/d", "Daily path length", "neither", 2)
def daily_path_km(m: DaysMeasures) -> float:
    """length of way per animal-day"""
    return ratio(float(m.result.path_m.sum()) / 1000, m.years_of_all * DAYS_PER_YEAR)


@outcome("1", "Flapping share of flight", "less", 4, most=1.0, **PERCENT)
def flapping_share(m: DaysMeasures) -> float:
    """flapping time over flight time; animals that soar only"""
    result, species = m.result, m.habitat.here.species
    if species.soaring is None:
        return np.nan
    flapped_s = result.flapped_m.sum() / species.soaring.airspeed_ms.value
    flapped_s += result.takeoffs.sum() * species.soaring.takeoff_flap_s.value
    # a step that is not rested is spent on the wing, much of it circling
    wing_h = (1.0 - m.habitat.here.params.rest).sum(axis=1) * species.movement.step_h
    flight_s = float((result.days_alive * wing_h[result.klass]).sum()) * 3600.0
    return ratio(float(flapped_s), flight_s)


def flux_of(result: SpeciesResult, n_zones: int) -> Flux:
    """Return the dispersal flux of one run; displaced residents are no dispersers."""
    who = result.stage == DISPERSER
    natal = result.natal_zone[who].astype(np.int64)
    reached = result.first_zone[who].astype(np.int64)
    born = np.bincount(natal, minlength=n_zones + 1)
    return Flux(born.astype(np.int64), count_pairs(natal, reached))


def measure(result: SpeciesResult, habitat: SpeciesHabitat, land: Landscape) -> dict[str, float]:
    """Return every outcome of :data:`OUTCOMES` for one species in one run; NaN where undefined."""
    return measured(OUTCOMES, DaysMeasures(result, habitat, land))
