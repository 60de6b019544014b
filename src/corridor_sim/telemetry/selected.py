"""What steps were chosen: the model that a scenario asks for, and what a species file holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.load import Resolved
from corridor_sim.errors import ScenarioError, placing
from corridor_sim.landscape.io.covariates import with_covariates
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.raster_source import CODES, inspect
from corridor_sim.landscape.io.settings import CovariateSettings
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.telemetry.available import Attraction
from corridor_sim.telemetry.back import SpeciesSelection, species_selection
from corridor_sim.telemetry.clogit import LogitFit
from corridor_sim.telemetry.covariates import BARRIERS, Surfaces, class_names, gather, of_landscape
from corridor_sim.telemetry.home_range import RangeFit
from corridor_sim.telemetry.pooling import Estimates, pool
from corridor_sim.telemetry.selection import SelectionFit, fit_selection
from corridor_sim.telemetry.settings import FitSettings
from corridor_sim.telemetry.species_file import Estimate, rounded
from corridor_sim.telemetry.steps import StepFit
from corridor_sim.telemetry.terms import parse_terms, with_files
from corridor_sim.telemetry.tracks import Bursts, Told

F64 = NDArray[np.float64]
Z = 1.959963984540054
# traits of a species file by the barriers that they are the chance to cross
CHANCES = {
    ("road", 1): "road_secondary",
    ("road", 2): "road_primary",
    ("river", 2): "river_50_300m",
    ("river", 3): "river_over_300m",
}
# encounters that random steps would have, below which the chance of a species file stays
LEAST_MET = 5.0
OF_KERNEL = ("log_sl", "sl", "cos_ta")
# metres: a range without an edge, of animals that have none
NO_EDGE_M = 1e9


@dataclass(frozen=True, slots=True)
class OwnKernel:
    """Steps of one animal with selection taken out of them.

    Attributes
    ----------
    shape, scale_m, kappa : float
    working_covariance : ndarray ``[3, 3]``
        Of log shape, log scale and kappa.
    """

    shape: float
    scale_m: float
    kappa: float
    working_covariance: F64


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient of the population.

    Attributes
    ----------
    name : str
    estimate, se, between_sd : float
        Mean of animals, its standard error, and the standard deviation between animals; NaN of
        what has none.
    n_animals : int
    """

    name: str
    estimate: float
    se: float
    between_sd: float
    n_animals: int


@dataclass(frozen=True, slots=True)
class Selected:
    """Step selection of all animals.

    Attributes
    ----------
    fit : SelectionFit
    coefficients : tuple of Coefficient
    kernels : mapping of animal to OwnKernel
    section : mapping or None
        ``[selection]`` of a species file; None where no term goes into it.
    told : tuple of Told
    """

    fit: SelectionFit
    coefficients: tuple[Coefficient, ...]
    kernels: Mapping[str, OwnKernel]
    section: Mapping[str, Any] | None = None
    told: tuple[Told, ...] = ()


def select(
    bursts: Bursts,
    crs: str,
    ranges: Mapping[str, RangeFit],
    steps: Mapping[str, StepFit],
    land: Landscape | None,
    scenario: Resolved | None,
    settings: FitSettings,
) -> Selected | None:
    """Return what steps were chosen; None without a landscape, or where nothing is asked.

    Raises
    ------
    CorridorSimError
        Terms that the landscape does not hold.
    """
    terms, surfaces = _asked(bursts, crs, land, scenario, settings)
    if not terms:
        return None
    attraction = _attraction(bursts, ranges)

    def fitted(terms: Sequence[str]) -> SelectionFit:
        return fit_selection(
            bursts,
            terms,
            surfaces,
            n_random=settings.random,
            seed=settings.seed,
            attraction=attraction,
            attract=settings.attraction,
            standardise="map",
        )

    fit = fitted(terms)
    coefficients = _pooled(fit)
    section = _section(fit, coefficients)
    told = (*fit.told, *section.told)
    kernels = _kernels(fit, fitted(()), steps)
    if not section.table:
        return Selected(fit, coefficients, kernels, None, told)
    words = (
        "coefficients of selection stand for the habitat of the species file, for steps and for "
        "where animals settle; a section [settlement] would tell the latter by itself"
    )
    told = (*told, Told("habitat_replaced", words))
    return Selected(fit, coefficients, kernels, section.table, told)


def _asked(
    bursts: Bursts,
    crs: str,
    land: Landscape | None,
    scenario: Resolved | None,
    settings: FitSettings,
) -> tuple[tuple[str, ...], Surfaces]:
    """Return the terms that are asked for, and their covariates."""
    terms, files = with_files(settings.covariates or ())
    if land is None or scenario is None:
        return terms, gather(parse_terms(terms), bursts, crs, rasters=files)
    surfaces = of_landscape(land, crs)
    if settings.covariates is None:
        declared = tuple(scenario.scenario.landscape.covariates or {})
        return (*declared, *_barriers(surfaces)), surfaces
    sources = {name: f"{file.name} (beside the scenario)" for name, file in files.items()}
    return terms, surfaces.with_rasters(
        replace(surfaces[name], declared=False, source=source) for name, source in sources.items()
    )


def refuse_terms(settings: FitSettings, *, landscape: bool) -> None:
    """Refuse, before any work, terms that are none and rasters that cannot be opened.

    Raises
    ------
    CorridorSimError
    """
    with placing("--covariates"):
        terms, files = with_files(settings.covariates or ())
        parsed = parse_terms(terms)
        for one in parsed:
            if not landscape and one.place != "movement" and not files.keys() >= set(one.factors):
                raise ScenarioError(
                    f"{one.text!r} needs a landscape",
                    remedy="name the scenario that declares it with --scenario, or its raster, as "
                    "forest[1]=wood.tif",
                )
    of_classes = class_names(parsed)
    for name, file in files.items():
        with quiet():
            inspect(file, f"covariate {name}", str(file), CODES if name in of_classes else "values")


def lay_rasters(land: Landscape, settings: FitSettings) -> Landscape:
    """Return a landscape with the rasters that terms name, as covariates on its grid.

    Raises
    ------
    CorridorSimError
        A term that is none, or a raster that does not fit.
    """
    terms, files = with_files(settings.covariates or ())
    if not files:
        return land
    of_classes = class_names(parse_terms(terms))
    wanted = {
        name: CovariateSettings(
            file=str(file), kind="class" if name in of_classes else "continuous"
        )
        for name, file in files.items()
    }
    kept = {name: one for name, one in land.covariates.items() if name not in wanted}
    return with_covariates(replace(land, covariates=kept), wanted, Path())


def _barriers(surfaces: Surfaces) -> list[str]:
    """Return the crossings of every barrier that the map holds."""
    found = []
    for layer, codes in BARRIERS.items():
        if layer in surfaces.by_name:
            held = surfaces.by_name[layer].classes()
            found += [f"crossings({layer}[{code}])" for code in codes if code in held]
    return found


def _attraction(bursts: Bursts, ranges: Mapping[str, RangeFit]) -> Attraction:
    """Return the range of each animal; of those without one, a range without an edge."""
    centres, sigmas = {}, {}
    for animal, table in bursts.table.groupby("animal", sort=False):
        name = str(animal)
        own = ranges.get(name)
        if (
            own is not None
            and own.resident
            and own.centre_m is not None
            and own.sigma_m is not None
        ):
            centres[name], sigmas[name] = own.centre_m, own.sigma_m.value
        else:
            centres[name] = (float(table["x_m"].mean()), float(table["y_m"].mean()))
            sigmas[name] = NO_EDGE_M
    return Attraction(centres, sigmas)


def _pooled(fit: SelectionFit) -> tuple[Coefficient, ...]:
    """Return the coefficients of the population: means of animals that differ."""
    if len(fit.animals) == 1:
        beta, se = known(fit.together.logit), fit.together.logit.se
        return tuple(
            Coefficient(name, float(b), float(e), math.nan, int(math.isfinite(b)))
            for name, b, e in zip(
                fit.names, beta, np.where(np.isnan(beta), np.nan, se), strict=True
            )
        )
    pooled = pool(
        fit.names, [Estimates(one.animal, known(one.logit), one.logit.cov) for one in fit.animals]
    )
    spread = np.sqrt(np.diagonal(pooled.between))
    return tuple(
        Coefficient(
            name,
            float(pooled.mean[i]),
            float(pooled.se[i]),
            float(spread[i]) if pooled.n[i] > 1 else math.nan,
            int(pooled.n[i]),
        )
        for i, name in enumerate(fit.names)
    )


def known(logit: LogitFit) -> F64:
    """Return coefficients, ``[p]``; NaN throughout where the search for them did not end."""
    return logit.beta if logit.converged else np.full_like(logit.beta, np.nan)


def _kernels(
    fit: SelectionFit, bare: SelectionFit, steps: Mapping[str, StepFit]
) -> dict[str, OwnKernel]:
    """Return each animal's steps with selection taken out of them.

    The simulator's steps are those that an animal makes on even ground, the pull home included. So
    observed steps are changed by what covariates alone did to them: by the difference between the
    coefficients of ``log_sl``, ``sl`` and ``cos_ta`` with covariates and without, in the same
    random steps. The three are the natural parameters of gamma and von Mises distributions, in
    which selection adds up (Avgar et al. 2016, Methods Ecol. Evol. 7:619).
    """
    without = {one.animal: one.logit for one in bare.animals}
    found = {}
    for one in fit.animals:
        own, other = steps.get(one.animal), without.get(one.animal)
        if own is None or other is None or not (one.logit.converged and other.converged):
            continue
        log_sl, sl, cos_ta = (one.logit.of(n)[0] - other.of(n)[0] for n in OF_KERNEL)
        shape, rate = own.shape + log_sl, 1.0 / own.scale_m - sl
        kappa = own.kappa + cos_ta
        if not (shape > 0 and rate > 0 and math.isfinite(kappa)):
            continue
        found[one.animal] = OwnKernel(shape, 1.0 / rate, kappa, own.working_covariance)
    return found


def _section(fit: SelectionFit, coefficients: Sequence[Coefficient]) -> SpeciesSelection:
    """Return the section ``[selection]`` by the coefficients of the population."""
    found = species_selection(fit, {one.name: (one.estimate, one.se) for one in coefficients})
    return replace(found, table=_rounded(found.table))


def _rounded(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with its numbers to the digits that are written."""
    made: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            made[key] = _rounded(value)
        else:
            made[key] = rounded(value) if isinstance(value, float) else value
    return made


def chances_of(selected: Selected) -> dict[str, Estimate]:
    """Return the chances to cross barriers that were met often, by trait of a species file."""
    found = {}
    for one in selected.fit.together.permeabilities:
        column = next(c for c in selected.fit.columns if c.name == one.name)
        term = column.term
        # a term that names no class is of all that are barriers
        of_layer = BARRIERS.get(term.factors[0], ())
        codes = (column.code,) if column.code is not None else (term.codes or of_layer)
        for code in codes:
            trait = CHANCES.get((term.factors[0], int(code)))
            if trait is not None and math.isfinite(one.value) and one.n_expected >= LEAST_MET:
                found[trait] = Estimate(one.value, one.se, one.low, one.high)
    return found


def intervals(one: Coefficient) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a coefficient."""
    return one.estimate - Z * one.se, one.estimate + Z * one.se
