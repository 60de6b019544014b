"""What is told of a place: one row of a table an outcome, whoever simulated it.

Outcomes of animals are sums over a run's own maps, so that replicates give intervals; those of the
ground follow from the landscape of the map that a replicate stands on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.maps import DAYS_PER_YEAR
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.jobs import lost_file
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.kernels.states import CAUSES, DISPERSER, DISPLACED, RESIDENT, STAGES
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.run_file import SpeciesRecord, load_run
from corridor_sim.simulation.decades.census import DEATHS
from corridor_sim.simulation.decades.run_file import DecadesRecord, load_decades
from corridor_sim.simulation.run_file import Extent
from corridor_sim.species.demography import cohort_y
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlaceOutcome:
    """One row: what it is, in which unit, and what one chance event is worth.

    Attributes
    ----------
    name, unit, label : str
    better : {"more", "less", "neither"}
    event : float
        By how much one event (an animal, a death) moves the sum; NaN where there is none.
    certain : bool
        Follows from the landscape without chance.
    """

    name: str
    unit: str
    label: str
    better: str
    event: float = float("nan")
    certain: bool = False


Told = Iterator[tuple[PlaceOutcome, F64]]


def of_ground(land: Landscape) -> Told:
    """Yield what the ground of a landscape gives, as amounts a cell."""
    km2 = land.grid.cell_km2
    for name, label, mask, better in (
        ("core_area_km2", "Core areas", land["protected"] > 0, "more"),
        ("protection_km2", "Protected ground", land["protection"] > 0, "more"),
        ("forest_km2", "Forest", land.covers.has(land["land_cover"], "forest"), "more"),
    ):
        yield PlaceOutcome(name, "km²", label, better, certain=True), np.where(mask, km2, 0.0)


def of_habitat(species: Species, land: Landscape) -> Told:
    """Yield the suitable ground of a species, each cell weighted by its suitability."""
    here = on_landscape(species, land)
    suitable = here.suitability >= species.habitat.suitable_from.value
    km2 = np.where(suitable, here.suitability, 0.0).astype(np.float64) * land.grid.cell_km2
    yield PlaceOutcome("suitable_km2", "km²", "Suitable habitat", "more", certain=True), km2


def of_run(study: Study, resolved: Resolved, run: Run) -> Iterator[tuple[str, PlaceOutcome, F64]]:
    """Yield species, outcome and amounts a cell of what animals did in one run.

    Raises
    ------
    ResultsError
        The run's file has gone or is damaged.
    """
    extent, path = Extent.of(study.land), study.path(run)
    keys, cells = study.species_keys(), study.land.grid.height * study.land.grid.width
    decades = resolved.scenario.life_cycle is not None
    try:
        found: dict[str, Any]
        if decades:
            years = int(resolved.scenario.years or 1)
            found = load_decades(path, keys, years, extent)
        else:
            found = load_run(path, keys, len(STAGES), extent)
    except Unfit as bad:
        raise lost_file(path, bad) from None
    told: Callable[..., Told] = _of_decades if decades else _of_days
    for species in study.species:
        for outcome, values in told(found[species.key], species, resolved, study, cells):
            yield species.key, outcome, values


def _of_days(
    kept: SpeciesRecord, species: Species, resolved: Resolved, study: Study, cells: int
) -> Told:
    """Yield animals that live in a place, days of those that pass, and deaths by cause."""
    settings, days = resolved.scenario.species[species.key], resolved.scenario.n_days
    per_day = species.movement.steps_per_day
    how = settings.dispersal
    searching = per_day / (how.visits_per_day(per_day) if how else per_day)

    def visits(stage: int) -> F64:
        at, counts = kept.visits[stage]
        return np.asarray(np.bincount(at, counts, cells), np.float64)

    live = visits(RESIDENT) + searching * visits(DISPLACED)
    worth = 1.0 / settings.sampling
    row = PlaceOutcome("animals", "animals", "Animals living there", "more", worth)
    yield row, live / (per_day * days * settings.sampling)
    passing = searching * visits(DISPERSER) / (per_day * settings.disperser_sampling)
    row = PlaceOutcome("disperser_days", "days/yr", "Days of dispersers passing", "more")
    yield row, passing / cohort_y(species)
    years = days / DAYS_PER_YEAR
    yield from _deaths(kept.deaths[:, 0], kept.deaths[:, 1], CAUSES, years, cells, "simulated ")


def _of_decades(
    kept: DecadesRecord, species: Species, resolved: Resolved, study: Study, cells: int
) -> Told:
    """Yield independent animals at the end, and deaths by cause."""
    last = kept.places_year == kept.places_year.max(initial=0)
    x, y = kept.places[last, :2].astype(np.int64).T
    at = y * study.land.grid.width + x
    row = PlaceOutcome("animals_end", "animals", "Independent animals at the end", "more", 1.0)
    yield row, np.bincount(at, minlength=cells).astype(np.float64)
    years = float(resolved.scenario.years or 1)
    yield from _deaths(kept.deaths[:, 1], kept.deaths[:, 2], DEATHS, years, cells)


def _deaths(
    at: NDArray[Any],
    cause: NDArray[Any],
    causes: tuple[str, ...],
    years: float,
    cells: int,
    who: str = "",
) -> Told:
    """Yield deaths a year by cause."""
    for i, name in enumerate(causes):
        count = np.bincount(at[cause == i].astype(np.int64), minlength=cells)
        label = f"Deaths of {who}animals, {name}"
        row = PlaceOutcome(f"deaths_{name}", "animals/yr", label, "less", 1.0 / years)
        yield row, np.asarray(count / years, np.float64)
