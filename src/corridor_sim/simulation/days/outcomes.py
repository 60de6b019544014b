"""The outcomes of a run of days: one declared table, one number per species and outcome.

Every outcome is computed from the arrays of
:class:`corridor_sim.simulation.days.result.SpeciesResult` and the maps the animals moved on;
nothing is drawn here.
"""

from __future__ import annotations

from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from corridor_sim.kernels.nearest import nearest_cell
from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, DISPLACED, RESIDENT, SETTLED
from corridor_sim.landscape.blocks import Blocks
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.strips import strips_of
from corridor_sim.simulation.days.result import SpeciesResult
from corridor_sim.simulation.days.simulation import SpeciesHabitat
from corridor_sim.simulation.exchange import CoreAreas
from corridor_sim.simulation.outcomes import (
    PERCENT,
    Flux,
    Outcome,
    area_by_zone_km2,
    equivalent_connected_area_km2,
    forest_km2_of,
    measured,
    outcome_of,
    ratio,
)
from corridor_sim.simulation.pairs import count_pairs
from corridor_sim.species.demography import cohort_y, generation_y, vital_rates
from corridor_sim.species.fields import SpeciesOnLandscape
from corridor_sim.species.hazards import DAYS_PER_YEAR

# among the hazards that are layers of the landscape: the first cause of death is none
POISON = CAUSES.index("poison") - 1
# cells of a map that are summed at once
PART = 1 << 15
# largest gap within a group of roosts, as a share of the distance within which a roost is sought
ROOST_GAP = 0.5


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
    flux, exchange : Flux
        Dispersal between core areas, and between blocks of them.
    per_year : float
        Animals a year that one simulated disperser stands for: dispersers of today's cohort over
        the years of births that it spans.
    soars : bool
        Whether it flies on rising air. A bird that forages over half of the map in a day is no
        disperser between reserves: its dispersal outcomes are undefined, and others tell of it.
    """

    def __init__(
        self,
        result: SpeciesResult,
        habitat: SpeciesHabitat,
        land: Landscape,
        blocks: Blocks | None = None,
    ) -> None:
        self.result, self.habitat, self.land = result, habitat, land
        species = habitat.here.species
        self.areas = CoreAreas.of(land, blocks)
        self.blocks = self.areas.blocks
        self.soars = species.soaring is not None
        self.per_year = 1.0 / (habitat.numbers.dispersers_per_animal * cohort_y(species))
        self.disperses = result.stage == DISPERSER
        self.stays = ~self.disperses
        self.years = float(result.days_alive[self.stays].sum()) / DAYS_PER_YEAR
        self.years_of_all = float(result.days_alive.sum()) / DAYS_PER_YEAR
        self.years_of_dispersal = self.years_of_all - self.years
        self.visits = result.visits
        self.flux = flux_of(result, land.n_zones)
        self.exchange = self.flux.among(self.blocks.of_zone)
        self.died = (result.state > ALIVE) & (result.state <= len(CAUSES))
        self.deaths = np.bincount(result.state[self.died & self.stays], minlength=len(CAUSES) + 1)[
            1:
        ]
        self.passed, self.blocked = int(result.passed.sum()), int(result.blocked.sum())

    def mean_at(self, visits: NDArray[np.int32], field: NDArray[np.float32]) -> float:
        """Return the mean of a layer over relocations."""
        total = int(visits.sum())
        return sum_over(visits, field) / total if total else np.nan

    def defined(self, value: float) -> float:
        """Return an outcome of exchange; NaN where there is nothing to go between, or who goes."""
        return value if self.blocks.n > 1 and not self.soars else np.nan

    @cached_property
    def relocations(self) -> NDArray[np.int32]:
        """Relocations of residents, displaced ones included, by cell."""
        return np.asarray(self.visits[RESIDENT] + self.visits[DISPLACED])


def sum_over(visits: NDArray[np.int32], field: NDArray[np.float32]) -> float:
    """Return ``(visits * field).sum()`` in double precision, to the bit, part by part.

    NumPy adds the halves of a long array, and the halves of these (Higham 1993, The accuracy of
    floating point summation, sec. 3). So do parts that fit the processor's cache, of which most
    hold no visit and add nothing.
    """
    return _sum_over(visits.reshape(-1), field.reshape(-1))


def _sum_over(visits: NDArray[np.int32], field: NDArray[np.float32]) -> float:
    if visits.size > PART:
        half = visits.size // 2 - visits.size // 2 % 8
        return _sum_over(visits[:half], field[:half]) + _sum_over(visits[half:], field[half:])
    return float((visits * field.astype(np.float64)).sum()) if visits.any() else 0.0


def mortality_by(m: DaysMeasures, *, cause: int) -> float:
    """Return the deaths of one cause per animal-year of those who stay."""
    return ratio(float(m.deaths[cause]), m.years)


OUTCOMES: dict[str, Outcome] = {}
outcome = partial(outcome_of, OUTCOMES)
# of a share a percentage point matters
share = partial(outcome, "1", decimals=3, most=1.0, matters=0.01, **PERCENT)


@outcome("km²", "Suitable habitat", "more", 0, certain=True, relative=True, headline=3)
def suitable_km2(m: DaysMeasures) -> float:
    """area of suitable cells, each weighted by its suitability"""
    return m.habitat.surroundings.suitable_km2


@outcome("km²", "Forest", "more", 0, certain=True, relative=True)
def forest_km2(m: DaysMeasures) -> float:
    """forest on the landscape, the same for every species"""
    return forest_km2_of(m.land)


@share("Residents displaced", "less", event="resident", headline=5, short="Displaced")
def displaced_share(m: DaysMeasures) -> float:
    """share of residents whose home-range-sized window lost its suitability"""
    return ratio(float((m.result.stage == DISPLACED).sum()), float(m.stays.sum()))


@outcome("1", "Home-range quality", "more", 3, most=1.0, headline=4, short="Quality")
def home_range_quality(m: DaysMeasures) -> float:
    """mean habitat suitability over the relocations of residents"""
    return m.mean_at(m.visits[RESIDENT], m.habitat.here.suitability)


@outcome("m", "Mean elevation", "neither", 0, least=-np.inf, matters=25.0)
def mean_elevation_m(m: DaysMeasures) -> float:
    """mean elevation over the relocations of residents, displaced ones included"""
    return m.mean_at(m.relocations, m.land["elevation_m"])


@outcome("°C", "Thermal mismatch", "less", 2, headline=6, matters=0.1)
def thermal_mismatch_c(m: DaysMeasures) -> float:
    """mean degrees above the warm edge of the thermal optimum, where residents were"""
    return m.mean_at(m.relocations, m.habitat.here.mismatch_c)


@outcome(
    "animals/yr",
    "Animals joining another block",
    "more",
    2,
    event="animal",
    headline=1,
    short="Joining",
    relative=True,
    asked=1,
)
def joining_per_year(m: DaysMeasures) -> float:
    """dispersers born in one block of core areas that settle in another one, a year"""
    return m.defined(m.exchange.total * m.per_year)


@share("Dispersal success", "more", event="disperser", asked=2)
def dispersal_success(m: DaysMeasures) -> float:
    """share of dispersers born in a block of core areas that settle in another one"""
    return m.defined(ratio(m.exchange.total, int(m.exchange.born[1:].sum())))


@outcome(
    "animals",
    "Migrants per generation",
    "more",
    2,
    event="migrant",
    relative=True,
    shown_unit="animals a generation",
)
def migrants_per_generation(m: DaysMeasures) -> float:
    """animals joining a block from others in a generation, mean over the blocks"""
    life = m.habitat.here.species.life_cycle
    if life is None:
        return np.nan
    per_block = generation_y(vital_rates(life)) / max(m.blocks.n, 1)
    return m.defined(m.exchange.total * m.per_year * per_block)


@outcome(
    "animals/yr", "Joining across the border", "more", 2, event="animal", relative=True, asked=3
)
def border_joining_per_year(m: DaysMeasures) -> float:
    """dispersers that settle in another block, in a core area of another country, a year"""
    return m.defined(float(m.areas.across_the_border(m.flux.settled).total()) * m.per_year)


@outcome("animals/yr", "Exchange within blocks", "neither", 2, event="animal", relative=True)
def exchange_within_blocks_per_year(m: DaysMeasures) -> float:
    """dispersers that settle in another core area of the block that they are born in, a year"""
    value = float(m.areas.within_blocks(m.flux.settled).total()) * m.per_year
    return np.nan if m.soars or m.blocks.n == 0 else value


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
    """sqrt(sum a_i a_j p_ij) over blocks, p_ij of who settles where (Saura et al. 2011)"""
    if m.soars:
        return np.nan
    here, land = m.habitat.here, m.land
    area = area_by_zone_km2(
        here.suitability,
        here.species.habitat.suitable_from.value,
        land["protected"],
        land.n_zones,
        land.grid.cell_km2,
    )
    by_block = np.zeros(m.blocks.n + 1)
    np.add.at(by_block, m.blocks.of_zone, area)
    return equivalent_connected_area_km2(by_block, m.exchange)


@outcome("km²", "Foraging ground reached", "more", 0, event="some", headline=8, relative=True)
def foraging_km2(m: DaysMeasures) -> float:
    """open suitable ground that residents visited during the run; animals that soar only"""
    if not m.soars:
        return np.nan
    here = m.habitat.here
    n = 0
    for rows in strips_of(m.land.grid.shape):
        open_ground = ~m.land.covers.has(m.land["land_cover"][rows], "forest")
        open_ground &= here.suitability[rows] >= here.species.habitat.suitable_from.value
        n += int((open_ground & (m.relocations[rows] > 0)).sum())
    return float(n) * m.land.grid.cell_km2


@share("Exposure to poison", "less")
def poison_exposure(m: DaysMeasures) -> float:
    """share of residents' relocations on ground where baits are laid; animals that soar only"""
    if not m.soars:
        return np.nan
    laid = (m.habitat.here.fields.hazard_per_day[POISON] > 0).astype(np.float32)
    return m.mean_at(m.relocations, laid)


@outcome("animals/yr", "Expected deaths by poison", "less", 2, headline=9, relative=True)
def poison_deaths_per_year(m: DaysMeasures) -> float:
    """residents that die of poison a year, by the hazard where they are; animals that soar only"""
    if not m.soars:
        return np.nan
    numbers = m.habitat.numbers
    hazard = m.mean_at(m.relocations, m.habitat.here.fields.hazard_per_day[POISON])
    return hazard * DAYS_PER_YEAR * (numbers.residents / numbers.residents_per_animal)


@share("Exchange between roost groups", "more", event="some")
def roost_exchange_share(m: DaysMeasures) -> float:
    """share of living birds whose last roost is of another group than the roost of their start"""
    if not m.soars:
        return np.nan
    result, groups = m.result, roost_groups(m.habitat.here, m.land)
    at_start = m.habitat.here.fields.nearest_roost[_cells(result.start)]
    lives = ((result.state == ALIVE) | (result.state == SETTLED)) & (at_start >= 0)
    first = groups.reshape(-1)[np.maximum(at_start, 0)]
    last = groups[_cells(result.roost)]
    # whoever slept on no cliff yet tells nothing
    told = lives & (last > 0)
    return ratio(float((told & (first != last)).sum()), float(told.sum()))


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
    headline=7,
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
    wing_h = (1.0 - m.habitat.here.params.rest).sum(axis=1) * species.movement.step_minutes / 60
    flight_s = float((result.days_alive * wing_h[result.klass]).sum()) * 3600.0
    return ratio(float(flapped_s), flight_s)


def _cells(places: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row and column of places in cells."""
    return places[:, 1].astype(np.int64), places[:, 0].astype(np.int64)


def roost_groups(here: SpeciesOnLandscape, land: Landscape) -> NDArray[np.int32]:
    """Return the group of every roost cell, ``[height, width]``; 0 = no roost.

    Roosts are of one group where a chain of roosts leads from one to the other with gaps, between
    cell centres, of at most :data:`ROOST_GAP` of the distance within which the species seeks one
    (``roost_reach_m``).
    """
    soaring = here.species.soaring
    assert soaring is not None
    roost = land["roost"] > 0
    if not roost.any():
        return np.zeros(roost.shape, np.int32)
    # where the discs of half a gap around two roosts meet they lie within a gap of each other
    half = ROOST_GAP * soaring.roost_reach_m.value / 2
    near = nearest_cell(roost, half, land.grid.cell_m) >= 0
    group, _ = label(near, np.ones((3, 3)))
    return np.where(roost, group, 0).astype(np.int32)


def flux_of(result: SpeciesResult, n_zones: int) -> Flux:
    """Return who settled where in one run; displaced residents are no dispersers."""
    who = result.stage == DISPERSER
    natal = result.natal_zone[who].astype(np.int64)
    born = np.bincount(natal, minlength=n_zones + 1)
    home = result.home_zone[who].astype(np.int64)
    return Flux(born.astype(np.int64), count_pairs(natal, home))


def measure(
    result: SpeciesResult, habitat: SpeciesHabitat, land: Landscape, blocks: Blocks | None = None
) -> dict[str, float]:
    """Return every outcome of :data:`OUTCOMES` for one species in one run; NaN where undefined.

    ``blocks`` are those of ``land``, where they are known already.
    """
    return measured(OUTCOMES, DaysMeasures(result, habitat, land, blocks))
