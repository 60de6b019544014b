"""The outcomes of a run through decades: one declared table, one number per species and outcome."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.decades.census import COLUMN, DEATHS
from corridor_sim.simulation.decades.simulation import DecadesResult
from corridor_sim.simulation.exchange import CoreAreas
from corridor_sim.simulation.outcomes import (
    PERCENT,
    Flux,
    Outcome,
    equivalent_connected_area_km2,
    measured,
    outcome_of,
    ratio,
)
from corridor_sim.simulation.pairs import Pairs
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.traits import Species

RISK_YEARS = (20, 50, 100)


class DecadesMeasures:
    """What outcomes of decades are computed from: one species in one run.

    Attributes
    ----------
    genes : dict
        From :func:`corridor_sim.simulation.decades.gene_outcomes.gene_outcomes`.
    species : Species
    areas : CoreAreas
        At the end of the run.
    area_km2 : float64 ``[zone + 1]``
        Suitable area of each core area at the end; position 0 is ignored.
    threshold : float
        Independent animals below which the population is quasi-extinct.

    A bird that soars forages over half of the map in a day and is no disperser between reserves:
    exchange is undefined for it, and where there are not two blocks.
    """

    def __init__(
        self,
        result: DecadesResult,
        genes: dict[str, float],
        species: Species,
        areas: CoreAreas,
        area_km2: NDArray[np.float64],
        threshold: float,
    ) -> None:
        self.result, self.genes, self.species = result, genes, species
        self.areas, self.area_km2 = areas, area_km2
        self.threshold, self.years = threshold, len(result.yearly) - 1
        self.settled = result.settled_from_to
        self.soars = species.soaring is not None

    def per_year(self, of: Pairs) -> float:
        """Return settlers between blocks a year; NaN where there is nothing to go between."""
        known = self.areas.blocks.n > 1 and not self.soars
        return of.total() / self.years if known else math.nan

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a column of the yearly record, ``[years + 1]``."""
        return self.result.yearly[:, COLUMN[name]]

    def first(self, name: str) -> float:
        """Return a column at the start."""
        return float(self.column(name)[0])

    def last(self, name: str) -> float:
        """Return a column at the end."""
        return float(self.column(name)[-1])

    def total(self, name: str) -> float:
        """Return the sum of a column over the run."""
        return float(self.column(name).sum())

    @property
    def grown(self) -> float:
        """Independent animals at the end over those at the start."""
        return ratio(self.last("independent"), self.first("independent"))


def risk(m: DecadesMeasures, *, within_y: int) -> float:
    """Return whether the run was quasi-extinct within so many years."""
    return quasi_extinct(m.column("independent"), m.threshold, within_y)


def mortality_by(m: DecadesMeasures, *, cause: str) -> float:
    """Return the deaths of one cause per animal-year."""
    animals = m.column("animals")
    return ratio(m.total(f"deaths_{cause}"), float((animals[:-1] + animals[1:]).sum() / 2))


DECADES_OUTCOMES: dict[str, Outcome] = {}
outcome = partial(outcome_of, DECADES_OUTCOMES)
# of a share a percentage point matters
share = partial(outcome, "1", decimals=3, most=1.0, matters=0.01, **PERCENT)


@outcome("animals", "Animals at the start", "more", 0)
def animals_start(m: DecadesMeasures) -> float:
    """independent animals after the burn-in"""
    return m.first("independent")


@outcome(
    "animals", "Animals at the end", "more", 0, event="one", headline=1, relative=True, asked=5
)
def animals_end(m: DecadesMeasures) -> float:
    """independent animals at the last census"""
    return m.last("independent")


@outcome("1", "Change of numbers", "more", 3, least=-1.0, event="of_start", matters=0.05, **PERCENT)
def animals_change(m: DecadesMeasures) -> float:
    """independent animals at the end over those at the start, less 1"""
    return m.grown - 1.0


@outcome("1/yr", "Growth rate", "more", 4, event="of_start_year", matters=0.002)
def growth_per_year(m: DecadesMeasures) -> float:
    """(end / start)^(1 / years): lambda over the run"""
    return float(m.grown ** (1.0 / m.years))


@outcome("animals", "Lowest number", "more", 0, event="one", relative=True)
def lowest(m: DecadesMeasures) -> float:
    """fewest independent animals at any census"""
    return float(m.column("independent").min())


for _y in RISK_YEARS:
    DECADES_OUTCOMES[f"quasi_extinct_{_y}y"] = Outcome(
        f"quasi_extinct_{_y}y",
        "1",
        f"Quasi-extinction within {_y} years",
        "less",
        3,
        f"share of runs in which numbers fell below the threshold within {_y} years",
        partial(risk, within_y=_y),
        most=1.0,
        event="one",
        asked=9,
        matters=0.05,
        **PERCENT,
    )


@outcome(
    "animals", "Breeding females at the end", "more", 0, event="one", headline=2, relative=True
)
def breeding_females_end(m: DecadesMeasures) -> float:
    """resident females of breeding age"""
    return m.last("breeding_females")


@outcome("animals", "Capacity at the end", "more", 0, certain=True, headline=3, relative=True)
def capacity_end(m: DecadesMeasures) -> float:
    """animals that the last year's landscape feeds"""
    return m.last("capacity")


@outcome("km²", "Suitable habitat at the end", "more", 0, certain=True, relative=True)
def suitable_km2_end(m: DecadesMeasures) -> float:
    """suitable area of the last year, weighted by suitability"""
    return m.last("suitable_km2")


@share("Occupancy at the end", "more")
def occupied_share_end(m: DecadesMeasures) -> float:
    """share of the places with capacity where residents live"""
    return m.last("occupied_share")


@outcome("m", "Upward shift of homes", "neither", 0, least=-np.inf, headline=4, matters=25.0)
def elevation_shift_m(m: DecadesMeasures) -> float:
    """mean elevation of residents' homes at the end less that at the start"""
    return m.last("mean_elevation_m") - m.first("mean_elevation_m")


@outcome("°C", "Thermal mismatch at the end", "less", 2, headline=5, matters=0.1)
def thermal_mismatch_end_c(m: DecadesMeasures) -> float:
    """mean degrees above the warm edge of the thermal optimum, at residents' homes"""
    return m.last("thermal_mismatch_c")


@outcome("1/yr", "Births", "more", 1, event="year", relative=True, shown_unit="young per year")
def births_per_year(m: DecadesMeasures) -> float:
    """young born per year"""
    return float(m.column("births")[1:].mean())


for _cause in DEATHS:
    DECADES_OUTCOMES[f"mortality_{_cause}_per_year"] = Outcome(
        f"mortality_{_cause}_per_year",
        "1/yr",
        f"Mortality, {_cause}",
        "less",
        4,
        f"deaths by {_cause} per animal-year",
        partial(mortality_by, cause=_cause),
        event="animal_year",
        factor=100.0,
        shown_unit="deaths per 100 animal-years",
    )


@outcome("animals", "Homes lost", "less", 0, event="one")
def lost_homes(m: DecadesMeasures) -> float:
    """residents displaced because their home lost its suitability"""
    return m.total("lost_home")


@share("Search success", "more", event="some", headline=6, asked=3)
def settled_share(m: DecadesMeasures) -> float:
    """animals that found a home over those that found one or died in the search"""
    found = float(m.column("settled").sum() + m.column("settled_again").sum())
    return ratio(found, found + m.total("searchers_died"))


@outcome(
    "animals/yr",
    "Animals joining another block",
    "more",
    2,
    event="year",
    headline=7,
    relative=True,
    asked=1,
)
def joining_per_year(m: DecadesMeasures) -> float:
    """animals born in one block of core areas that settle in another one, a year"""
    return m.per_year(m.areas.between_blocks(m.settled))


@outcome(
    "animals",
    "Migrants per generation",
    "more",
    2,
    event="migrant",
    relative=True,
    shown_unit="animals a generation",
)
def migrants_per_generation(m: DecadesMeasures) -> float:
    """animals joining a block from others in a generation, mean over the blocks"""
    assert m.species.life_cycle is not None
    per_block = generation_y(vital_rates(m.species.life_cycle)) / max(m.areas.blocks.n, 1)
    return m.per_year(m.areas.between_blocks(m.settled)) * per_block


@outcome(
    "animals/yr",
    "Joining across the border",
    "more",
    2,
    event="year",
    headline=8,
    relative=True,
    asked=2,
)
def border_joining_per_year(m: DecadesMeasures) -> float:
    """animals that settle in another block, in a core area of another country, a year"""
    return m.per_year(m.areas.across_the_border(m.settled))


@outcome("animals/yr", "Exchange within blocks", "neither", 2, event="year", relative=True)
def exchange_within_blocks_per_year(m: DecadesMeasures) -> float:
    """animals that settle in another core area of the block that they are born in, a year"""
    if m.soars or m.areas.blocks.n == 0:
        return math.nan
    return m.areas.within_blocks(m.settled).total() / m.years


@outcome("km²", "Equivalent connected area", "more", 0, event="unseen", relative=True, asked=4)
def eca_km2(m: DecadesMeasures) -> float:
    """sqrt(sum a_i a_j p_ij) over blocks, p_ij of who settles where (Saura et al. 2011)"""
    if m.soars:
        return math.nan
    block = m.areas.blocks.of_zone
    area = np.zeros(m.areas.blocks.n + 1)
    np.add.at(area, block, m.area_km2)
    return equivalent_connected_area_km2(area, Flux(m.result.left_from, m.settled).among(block))


@outcome("1", "Gene diversity kept", "more", 4, headline=9, asked=6, matters=0.01, **PERCENT)
def gene_diversity_kept(m: DecadesMeasures) -> float:
    """expected heterozygosity at the end over that at the start"""
    return m.genes["gene_diversity_kept"]


@outcome("animals", "Effective size", "more", 0, relative=True)
def effective_size(m: DecadesMeasures) -> float:
    """Ne from the loss of heterozygosity over the run"""
    return m.genes["effective_size"]


@outcome("1", "F_ST between core areas", "less", 4, least=-1.0, most=1.0, asked=7, matters=0.005)
def fst(m: DecadesMeasures) -> float:
    """Hudson's, of loci dropped from the founders of the burn-in"""
    return m.genes["fst"]


@outcome("1", "Inbreeding", "less", 4, most=1.0, asked=8, matters=0.01)
def inbreeding(m: DecadesMeasures) -> float:
    """share of loci with both copies from one founder copy"""
    return m.genes["inbreeding"]


def quasi_extinct(independent: NDArray[np.float64], threshold: float, within_y: int) -> float:
    """Return 1 if numbers fell below a threshold within so many years, NaN if the run is shorter.

    Row 0 of ``independent`` is the start. A run that ends before tells nothing of a longer horizon,
    not even where it fell below: the mean over runs would be that of the unlucky ones.
    """
    if independent.size <= within_y:
        return math.nan
    return float((independent[: within_y + 1] < threshold).any())


def measure_decades(
    result: DecadesResult,
    genes: dict[str, float],
    *,
    species: Species,
    areas: CoreAreas,
    area_km2: NDArray[np.float64],
    threshold: float,
) -> dict[str, float]:
    """Return every outcome of :data:`DECADES_OUTCOMES` for one species in one run; NaN = undefined.

    The parameters are those of :class:`DecadesMeasures`.
    """
    run = DecadesMeasures(result, genes, species, areas, area_km2, threshold)
    return measured(DECADES_OUTCOMES, run)
