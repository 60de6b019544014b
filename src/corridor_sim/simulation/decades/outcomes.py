"""The outcomes of a run through decades: one declared table, one number per species and outcome."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.decades.census import COLUMN, DEATHS
from corridor_sim.simulation.decades.simulation import DecadesResult
from corridor_sim.simulation.outcomes import (
    Flux,
    Outcome,
    equivalent_connected_area_km2,
    measured,
    ratio,
    table_of,
)

RISK_YEARS = (20, 50, 100)
PER_DECADE = "animals per decade"
PERCENT: dict[str, Any] = {"factor": 100.0, "shown_unit": "%"}


class DecadesMeasures:
    """What outcomes of decades are computed from: one species in one run.

    Attributes
    ----------
    result : DecadesResult
    genes : dict
        From :func:`corridor_sim.simulation.decades.gene_outcomes.gene_outcomes`.
    area_km2 : float64 ``[zone + 1]``
        Suitable area of each core area at the end; position 0 is ignored.
    threshold : float
        Independent animals below which the population is quasi-extinct.
    years : int
    """

    def __init__(
        self,
        result: DecadesResult,
        genes: dict[str, float],
        area_km2: NDArray[np.float64],
        threshold: float,
    ) -> None:
        self.result, self.genes, self.area_km2 = result, genes, area_km2
        self.threshold, self.years = threshold, len(result.yearly) - 1

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


def search_success(m: DecadesMeasures) -> float:
    """Return who found a home over those who found one or died in the search."""
    found = float(m.column("settled").sum() + m.column("settled_again").sum())
    return ratio(found, found + m.total("searchers_died"))


def flux_per_decade(m: DecadesMeasures) -> float:
    """Return who was born in one core area and settled in another, per ten years."""
    moved = m.result.settled_from_to.between_areas()
    return float(moved.where(moved.start != moved.end).total()) * 10.0 / m.years


def eca_km2(m: DecadesMeasures) -> float:
    """Return the equivalent connected area of those who settled."""
    flux = Flux(m.result.left_from, m.result.settled_from_to)
    return equivalent_connected_area_km2(m.area_km2, flux)


_ROWS = (
    Outcome(
        "animals_start",
        "animals",
        "Animals at the start",
        "more",
        0,
        "independent animals after the burn-in",
        lambda m: m.first("independent"),
    ),
    Outcome(
        "animals_end",
        "animals",
        "Animals at the end",
        "more",
        0,
        "independent animals at the last census",
        lambda m: m.last("independent"),
        event="one",
        headline=1,
        relative=True,
        asked=5,
    ),
    Outcome(
        "animals_change",
        "1",
        "Change of numbers",
        "more",
        3,
        "independent animals at the end over those at the start, less 1",
        lambda m: m.grown - 1.0,
        least=-1.0,
        event="of_start",
        **PERCENT,
    ),
    Outcome(
        "growth_per_year",
        "1/yr",
        "Growth rate",
        "more",
        4,
        "(end / start)^(1 / years): lambda over the run",
        lambda m: m.grown ** (1.0 / m.years),
        event="of_start_year",
    ),
    Outcome(
        "lowest",
        "animals",
        "Lowest number",
        "more",
        0,
        "fewest independent animals at any census",
        lambda m: m.column("independent").min(),
        event="one",
        relative=True,
    ),
    *(
        Outcome(
            f"quasi_extinct_{y}y",
            "1",
            f"Quasi-extinction within {y} years",
            "less",
            3,
            f"share of runs in which numbers fell below the threshold within {y} years",
            partial(risk, within_y=y),
            most=1.0,
            event="one",
            asked=9,
            **PERCENT,
        )
        for y in RISK_YEARS
    ),
    Outcome(
        "breeding_females_end",
        "animals",
        "Breeding females at the end",
        "more",
        0,
        "resident females of breeding age",
        lambda m: m.last("breeding_females"),
        event="one",
        headline=2,
        relative=True,
    ),
    Outcome(
        "capacity_end",
        "animals",
        "Capacity at the end",
        "more",
        0,
        "animals that the last year's landscape feeds",
        lambda m: m.last("capacity"),
        certain=True,
        headline=3,
        relative=True,
    ),
    Outcome(
        "suitable_km2_end",
        "km²",
        "Suitable habitat at the end",
        "more",
        0,
        "suitable area of the last year, weighted by suitability",
        lambda m: m.last("suitable_km2"),
        certain=True,
        relative=True,
    ),
    Outcome(
        "occupied_share_end",
        "1",
        "Occupancy at the end",
        "more",
        3,
        "share of the places with capacity where residents live",
        lambda m: m.last("occupied_share"),
        most=1.0,
        **PERCENT,
    ),
    Outcome(
        "elevation_shift_m",
        "m",
        "Upward shift of homes",
        "neither",
        0,
        "mean elevation of residents' homes at the end less that at the start",
        lambda m: m.last("mean_elevation_m") - m.first("mean_elevation_m"),
        least=-np.inf,
        headline=4,
    ),
    Outcome(
        "thermal_mismatch_end_c",
        "°C",
        "Thermal mismatch at the end",
        "less",
        2,
        "mean degrees above the warm edge of the thermal optimum, at residents' homes",
        lambda m: m.last("thermal_mismatch_c"),
        headline=5,
    ),
    Outcome(
        "births_per_year",
        "1/yr",
        "Births",
        "more",
        1,
        "young born per year",
        lambda m: m.column("births")[1:].mean(),
        event="year",
        relative=True,
        shown_unit="young per year",
    ),
    *(
        Outcome(
            f"mortality_{cause}_per_year",
            "1/yr",
            f"Mortality, {cause}",
            "less",
            4,
            f"deaths by {cause} per animal-year",
            partial(mortality_by, cause=cause),
            event="animal_year",
            factor=100.0,
            shown_unit="deaths per 100 animal-years",
        )
        for cause in DEATHS
    ),
    Outcome(
        "lost_homes",
        "animals",
        "Homes lost",
        "less",
        0,
        "residents displaced because their home lost its suitability",
        lambda m: m.total("lost_home"),
        event="one",
    ),
    Outcome(
        "settled_share",
        "1",
        "Search success",
        "more",
        3,
        "animals that found a home over those that found one or died in the search",
        search_success,
        most=1.0,
        event="some",
        headline=6,
        asked=3,
        **PERCENT,
    ),
    Outcome(
        "flux_per_decade",
        "animals",
        "Settled in another core area",
        "more",
        2,
        "born in one core area and settled in another, per ten years",
        flux_per_decade,
        event="decade",
        headline=7,
        asked=1,
        shown_unit=PER_DECADE,
    ),
    Outcome(
        "border_flux_per_decade",
        "animals",
        "Settled across the border",
        "more",
        2,
        "born in a core area and settled in one of another country, per ten years",
        lambda m: m.total("border_flux") * 10.0 / m.years,
        event="decade",
        headline=8,
        asked=2,
        shown_unit=PER_DECADE,
    ),
    Outcome(
        "eca_km2",
        "km²",
        "Equivalent connected area",
        "more",
        0,
        "sqrt(sum a_i a_j p_ij), p_ij the share of i's dispersers that settle in j",
        eca_km2,
        event="unseen",
        relative=True,
        asked=4,
    ),
    Outcome(
        "gene_diversity_kept",
        "1",
        "Gene diversity kept",
        "more",
        4,
        "expected heterozygosity at the end over that at the start",
        lambda m: m.genes["gene_diversity_kept"],
        headline=9,
        asked=6,
        **PERCENT,
    ),
    Outcome(
        "effective_size",
        "animals",
        "Effective size",
        "more",
        0,
        "Ne from the loss of heterozygosity over the run",
        lambda m: m.genes["effective_size"],
        relative=True,
    ),
    Outcome(
        "fst",
        "1",
        "F_ST between core areas",
        "less",
        4,
        "Hudson's, of loci dropped from the founders of the burn-in",
        lambda m: m.genes["fst"],
        least=-1.0,
        most=1.0,
        asked=7,
    ),
    Outcome(
        "inbreeding",
        "1",
        "Inbreeding",
        "less",
        4,
        "share of loci with both copies from one founder copy",
        lambda m: m.genes["inbreeding"],
        most=1.0,
        asked=8,
    ),
)

DECADES_OUTCOMES: dict[str, Outcome] = table_of(_ROWS)


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
    area_km2: NDArray[np.float64],
    threshold: float,
) -> dict[str, float]:
    """Return every outcome of :data:`DECADES_OUTCOMES` for one species in one run; NaN = undefined.

    The parameters are those of :class:`DecadesMeasures`.
    """
    return measured(DECADES_OUTCOMES, DecadesMeasures(result, genes, area_km2, threshold))
