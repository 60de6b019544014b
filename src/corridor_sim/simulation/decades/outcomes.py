"""The outcomes of a run through decades: one declared table, one number per species and outcome."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.days.outcomes import Flux, Outcome, equivalent_connected_area_km2
from corridor_sim.simulation.decades.census import COLUMN, DEATHS
from corridor_sim.simulation.decades.simulation import LifeResult

RISK_YEARS = (20, 50, 100)

_ROWS = (
    Outcome(
        "animals_start",
        "animals",
        "Animals at the start",
        "more",
        0,
        "independent animals after the burn-in",
    ),
    Outcome(
        "animals_end",
        "animals",
        "Animals at the end",
        "more",
        0,
        "independent animals at the last census",
        event="one",
    ),
    Outcome(
        "animals_change",
        "1",
        "Change of numbers",
        "more",
        3,
        "independent animals at the end over those at the start, less 1",
        least=-1.0,
        event="of_start",
    ),
    Outcome(
        "growth_per_year",
        "1/yr",
        "Growth rate",
        "more",
        4,
        "(end / start)^(1 / years): lambda over the run",
        event="of_start_year",
    ),
    Outcome(
        "lowest",
        "animals",
        "Lowest number",
        "more",
        0,
        "fewest independent animals at any census",
        event="one",
    ),
    *(
        Outcome(
            f"quasi_extinct_{y}y",
            "1",
            f"Quasi-extinction within {y} years",
            "less",
            3,
            f"share of runs in which numbers fell below the threshold within {y} years",
            most=1.0,
            event="one",
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
        event="one",
    ),
    Outcome(
        "capacity_end",
        "animals",
        "Capacity at the end",
        "more",
        0,
        "animals that the last year's landscape feeds",
        certain=True,
    ),
    Outcome(
        "suitable_km2_end",
        "km²",
        "Suitable habitat at the end",
        "more",
        0,
        "suitable area of the last year, weighted by suitability",
        certain=True,
    ),
    Outcome(
        "occupied_share_end",
        "1",
        "Occupancy at the end",
        "more",
        3,
        "share of the places with capacity where residents live",
        most=1.0,
    ),
    Outcome(
        "elevation_shift_m",
        "m",
        "Upward shift of homes",
        "neither",
        0,
        "mean elevation of residents' homes at the end less that at the start",
        least=-math.inf,
    ),
    Outcome(
        "thermal_mismatch_end_c",
        "°C",
        "Thermal mismatch at the end",
        "less",
        2,
        "mean degrees above the warm edge of the thermal optimum, at residents' homes",
    ),
    Outcome("births_per_year", "1/yr", "Births", "more", 1, "young born per year", event="year"),
    *(
        Outcome(
            f"mortality_{cause}_per_year",
            "1/yr",
            f"Mortality, {cause}",
            "less",
            4,
            f"deaths by {cause} per animal-year",
            event="animal_year",
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
        event="one",
    ),
    Outcome(
        "settled_share",
        "1",
        "Search success",
        "more",
        3,
        "animals that found a home over those that found one or died in the search",
        most=1.0,
        event="some",
    ),
    Outcome(
        "flux_per_decade",
        "animals",
        "Settled in another core area",
        "more",
        2,
        "born in one core area and settled in another, per ten years",
        event="decade",
    ),
    Outcome(
        "border_flux_per_decade",
        "animals",
        "Settled across the border",
        "more",
        2,
        "born in a core area and settled in one of another country, per ten years",
        event="decade",
    ),
    Outcome(
        "eca_km2",
        "km²",
        "Equivalent connected area",
        "more",
        0,
        "sqrt(sum a_i a_j p_ij), p_ij the share of i's dispersers that settle in j",
        event="unseen",
    ),
    Outcome(
        "gene_diversity_kept",
        "1",
        "Gene diversity kept",
        "more",
        4,
        "expected heterozygosity at the end over that at the start",
    ),
    Outcome(
        "effective_size",
        "animals",
        "Effective size",
        "more",
        0,
        "Ne from the loss of heterozygosity over the run",
    ),
    Outcome(
        "fst",
        "1",
        "F_ST between core areas",
        "less",
        4,
        "Hudson's, of loci dropped from the founders of the burn-in",
        least=-1.0,
        most=1.0,
    ),
    Outcome(
        "inbreeding",
        "1",
        "Inbreeding",
        "less",
        4,
        "share of loci with both copies from one founder copy",
        most=1.0,
    ),
)

LIFE_OUTCOMES: dict[str, Outcome] = {row.name: row for row in _ROWS}


def quasi_extinct(independent: NDArray[np.float64], threshold: float, within_y: int) -> float:
    """Return 1 if numbers fell below a threshold within so many years, NaN if the run is shorter.

    Row 0 of ``independent`` is the start. A run that ends before tells nothing of a longer horizon,
    not even where it fell below: the mean over runs would be that of the unlucky ones.
    """
    if independent.size <= within_y:
        return math.nan
    return float((independent[: within_y + 1] < threshold).any())


def measure_life(
    result: LifeResult, genes: dict[str, float], *, area_km2: NDArray[np.float64], threshold: float
) -> dict[str, float]:
    """Return every outcome of :data:`LIFE_OUTCOMES` for one species in one run; NaN = undefined.

    Parameters
    ----------
    result : LifeResult
    genes : dict
        From :func:`corridor_sim.simulation.decades.gene_outcomes.gene_outcomes`.
    area_km2 : float64 ``[zone + 1]``
        Suitable area of each core area at the end; position 0 is ignored.
    threshold : float
        Independent animals below which the population is quasi-extinct.
    """

    def column(name: str) -> NDArray[np.float64]:
        return result.yearly[:, COLUMN[name]]

    years = len(result.yearly) - 1
    independent = column("independent")
    start, end = float(independent[0]), float(independent[-1])
    animal_years = float((column("animals")[:-1] + column("animals")[1:]).sum() / 2)
    lost = float(column("lost_home").sum())
    found = float(column("settled").sum() + column("settled_again").sum())
    died = float(column("searchers_died").sum())
    moved = result.settled_from_to.between_areas()
    moved = moved.where(moved.start != moved.end)
    values = {
        "animals_start": start,
        "animals_end": end,
        "animals_change": _ratio(end, start) - 1.0,
        "growth_per_year": _ratio(end, start) ** (1.0 / years),
        "lowest": float(independent.min()),
        "breeding_females_end": float(column("breeding_females")[-1]),
        "capacity_end": float(column("capacity")[-1]),
        "suitable_km2_end": float(column("suitable_km2")[-1]),
        "occupied_share_end": float(column("occupied_share")[-1]),
        "elevation_shift_m": float(column("mean_elevation_m")[-1] - column("mean_elevation_m")[0]),
        "thermal_mismatch_end_c": float(column("thermal_mismatch_c")[-1]),
        "births_per_year": float(column("births")[1:].mean()),
        "lost_homes": lost,
        "settled_share": _ratio(found, found + died),
        "flux_per_decade": float(moved.total()) * 10.0 / years,
        "border_flux_per_decade": float(column("border_flux").sum()) * 10.0 / years,
        "eca_km2": equivalent_connected_area_km2(
            area_km2, Flux(result.left_from, result.settled_from_to)
        ),
        **genes,
    }
    for y in RISK_YEARS:
        values[f"quasi_extinct_{y}y"] = quasi_extinct(independent, threshold, y)
    for cause in DEATHS:
        deaths = float(column(f"deaths_{cause}").sum())
        values[f"mortality_{cause}_per_year"] = _ratio(deaths, animal_years)
    return {name: values[name] for name in LIFE_OUTCOMES}


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 else math.nan
