"""The same species, landscape and founders by tiles and by animals one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from corridor_sim import Species
from corridor_sim.config.life_cycle import LifeCycleSettings
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.decades.gene_outcomes import gene_outcomes, pedigree_of
from corridor_sim.simulation.decades.outcomes import measure_decades
from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, live
from corridor_sim.simulation.generations.machine import Course, Generations
from corridor_sim.simulation.generations.outcomes import OUTCOMES, values_of
from corridor_sim.simulation.outcomes import area_by_zone_km2
from corridor_sim.species.fields import stream_number

F64 = NDArray[np.float64]
SEED = 11


def settings(**more: Any) -> LifeCycleSettings:
    """Return settings without a burn-in: both begin with the same founders."""
    return LifeCycleSettings(burn_in={"at_most_y": 0}, **more)


def by_animals(
    species: Species,
    land: Landscape,
    life: LifeCycleSettings,
    years: int,
    replicates: range,
    *,
    genes: bool = False,
) -> F64:
    """Return the outcomes of :data:`.outcomes.OUTCOMES` of full decades, ``[replicate, outcome]``.

    Young of the founders have no block of birth there: exchange of the first years is too low.
    """
    context = DecadesContext([species], land, life)
    burn_ins, rows = BurnIns(context, SEED), []
    for replicate in replicates:
        result = live(context, burn_ins.population(species.key, replicate), species.key, years)
        last = context.habitat(species.key, years - 1)
        told = dict.fromkeys(("gene_diversity_kept", "effective_size", "fst", "inbreeding"), np.nan)
        if genes:
            told = gene_outcomes(
                result,
                pedigree_of(result, land.grid),
                species,
                seed=SEED,
                replicate=replicate,
                stream=stream_number(species.key),
                loci=life.genes.loci,
            )
        area = area_by_zone_km2(
            last.here.suitability,
            last.enough,
            last.here.fields.zone,
            result.left_from.size - 1,
            (last.cell_m / 1000.0) ** 2,
        )
        values = measure_decades(
            result,
            told,
            species=species,
            areas=context.areas(years),
            area_km2=area,
            forest_km2=context.forest_km2(years - 1),
            threshold=life.quasi_extinction,
        )
        rows.append([values[name] for name in OUTCOMES])
    return np.array(rows, np.float64)


def by_tiles(
    species: Species, land: Landscape, life: LifeCycleSettings, years: int, replicates: range
) -> F64:
    """Return the same outcomes in expectation, ``[replicate, outcome]``."""
    course = Course((0,), (land,))
    generations = Generations([species], land, course, years, life, SEED)
    return values_of(generations, species.key, replicates)


def interval(values: F64, level: float) -> tuple[float, float, float]:
    """Return the mean and the ends of its t interval."""
    mean = float(values.mean())
    half = stats.t.ppf(0.5 + level / 2, values.size - 1) * stats.sem(values)
    return mean, mean - float(half), mean + float(half)
