"""What an experiment will take, said before it starts: memory, animal-steps, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corridor_sim.config.load import Resolved
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.memory import available_bytes, in_words, lasting, refuse_beyond
from corridor_sim.simulation.days.seeding import NOWHERE, Numbers, Quota, expected_numbers
from corridor_sim.simulation.days.simulation import days_beyond
from corridor_sim.species.traits import Species

STEPS = mark("steps")
# Seconds, measured with 10 candidates on two-core machines of 2023, tallies on; see
# docs/benchmarks.md.
SECONDS_PER_CANDIDATE_STEP = 11e-9
SECONDS_PER_CELL_AND_SPECIES = 0.15e-6
# a run's file, its line among the times, its name on the screen; its part in tables and maps
SECONDS_PER_RUN = 6e-3
SECONDS_PER_RUN_AND_SPECIES = 3e-3
# emptying, counting and packing a run's maps
SECONDS_PER_RUN_CELL_AND_SPECIES = 0.1e-6
# start, tables and page; figures and maps of a scenario and species
SECONDS_OF_REPORT = 6.0
SECONDS_PER_CELL_REPORTED = 0.1e-6
SECONDS_PER_PICTURES = 0.7
SECONDS_PER_CELL_MAPPED = 0.15e-6
# moving a few animals of a species again, and drawing their ways
SECONDS_PER_WAYS = 1.0
# weighted by suitability, of a map of which nothing is known: of four species on the Andes
SUITABLE_SHARE = 0.08

# Bytes, fitted to peaks of whole commands: 5,000 to 5 million cells, 1 to 4 species, to a million
# animals, 10,000 areas and 2,000 replicates. Python with the libraries of a run; with those of a
# report, and its pictures.
BYTES_OF_PROGRAM = 230e6
BYTES_OF_REPORT = 420e6
BYTES_OF_REPORT_PER_SPECIES = 25e6
# the base map of a report is drawn at no more cells than these
CELLS_OF_PICTURE = 1.4e6
BYTES_PER_CELL_OF_PICTURE = 70.0
# a landscape; what a species sees of it; what was prepared of it on the way
BYTES_PER_CELL = 50.0
BYTES_PER_CELL_AND_SPECIES = 36.0
BYTES_PER_CELL_RUNNING = 67.0
BYTES_PER_CELL_AND_SPECIES_RUNNING = 23.0
BYTES_PER_CELL_REPORTED = 30.0
BYTES_PER_MAP_CELL = 24.0
MAPS_KEPT = 6
# of runs of days: landscape, tallies and working space; a species that is prepared, and what all
# of them may take of the memory that is free; an edited landscape, and where a species lived before
BYTES_PER_CELL_OF_DAYS = 70.0
BYTES_PER_CELL_HELD = 55.0
SHARE_HELD = 0.25
BYTES_PER_CELL_EDITED = 20.0
BYTES_PER_CELL_OF_HOME = 7.5
# maps that are written, with the landscape; the change of one, beyond the baseline; what small
# arrays of the runs leave behind that the system does not get back
BYTES_PER_CELL_MAPPED = 110.0
BYTES_PER_CELL_CHANGED = 40.0
BYTES_LEFT = 0.5e9
BYTES_PER_ANIMAL = 200.0
# three copies of a day's place: as it is written down, kept and packed
BYTES_PER_TRACKED_DAY = 28.0
# names, outlines and counts of a core area; in each replicate's record
BYTES_PER_AREA = 4e3
BYTES_PER_AREA_AND_RUN = 8.0
BYTES_PER_RUN = 2e3
BYTES_PER_RUN_AND_SPECIES = 3e3
BYTES_PER_SCENARIO = 8e3


@dataclass(frozen=True, slots=True)
class Forecast:
    """Size of an experiment.

    Attributes
    ----------
    runs, animals : int
        Runs still to do; animals in each.
    animal_steps : int
        Decision steps over all runs to do, if nobody died.
    seconds : float
        Expected time of the simulations on the threads given.
    peak_bytes : float
        Expected peak memory.
    unit : str
        What ``animal_steps`` counts.
    beside_s : float
        Expected time of all else that the command does: reading the landscape, maps, report.
    guessed : bool
        Whether the number of animals is a guess, told before the landscape is read.
    """

    runs: int
    animals: int
    animal_steps: int
    seconds: float
    peak_bytes: float
    unit: str = STEPS
    beside_s: float = 0.0
    guessed: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        animals = tr_plural("{n} animal", "{n} animals", self.animals)
        millions = written(f"{self.animal_steps / 1e6:,.3g}")
        steps = tr("{n} million {unit}", n=millions, unit=tr(self.unit))
        if self.guessed:
            some = written(f"{float(f'{self.animals:.1g}'):,.0f}")
            animals, steps = tr("some {n} animals", n=some), tr("a first guess")
        return tr(
            "{runs} of {animals}, {steps}: about {time} and {memory} of memory",
            runs=tr_plural("{n} run", "{n} runs", self.runs),
            animals=animals,
            steps=steps,
            time=written(lasting(self.seconds + self.beside_s)),
            memory=written(in_words(self.peak_bytes)),
        )


def forecast(
    resolved: Resolved,
    species: Sequence[Species],
    counts: Mapping[str, Numbers],
    n_cells: int,
    runs: int,
    scenarios: int,
    threads: int,
    areas: int = 0,
    *,
    prepared: int | None = None,
) -> Forecast:
    """Return what ``runs`` runs of ``scenarios`` scenarios of this size will take.

    ``counts`` holds the animals of each species, of which dispersers go on after the days of the
    run, and ``areas`` how many core areas there are: 0 where neither is known yet. ``prepared``
    counts landscapes: one a scenario if not given.
    """
    steps = 0
    cost = 0.0
    days = resolved.scenario.n_days
    for one in species:
        n = counts.get(one.key, Numbers(0, 0, 1.0))
        per_run = n.total * days + n.dispersers * days_beyond(one, days)
        per_run *= one.movement.steps_per_day
        steps += per_run
        cost += per_run * one.movement.candidates * SECONDS_PER_CANDIDATE_STEP
    prepared = scenarios if prepared is None else prepared
    held = len(species)
    if not holds_all(n_cells, held):
        prepared, held = runs, 1
    prepare = prepared * n_cells * len(species) * SECONDS_PER_CELL_AND_SPECIES
    keeping = SECONDS_PER_RUN + len(species) * (
        SECONDS_PER_RUN_AND_SPECIES + n_cells * SECONDS_PER_RUN_CELL_AND_SPECIES
    )
    animals = sum(n.total for n in counts.values())
    tracked = sum(min(n.total, resolved.scenario.tracks) for n in counts.values()) * days
    return Forecast(
        runs=runs,
        animals=animals,
        animal_steps=steps * runs,
        seconds=runs * (cost / threads + keeping) + prepare,
        peak_bytes=max(
            _days_bytes(n_cells, len(species), held, scenarios)
            + animals * BYTES_PER_ANIMAL
            + tracked * BYTES_PER_TRACKED_DAY,
            _mapping_bytes(n_cells, len(species), held, scenarios)
            + tracked * BYTES_PER_TRACKED_DAY / 2
            + runs / max(scenarios, 1) * len(species) * areas * BYTES_PER_AREA_AND_RUN,
        )
        + areas * BYTES_PER_AREA
        + planning_bytes(runs, scenarios, len(species)),
    )


def _days_bytes(n_cells: int, n_species: int, held: int, scenarios: int) -> float:
    """Return what runs of days take where so many species are held at once."""
    each = BYTES_PER_CELL_OF_DAYS + held * BYTES_PER_CELL_HELD
    if scenarios > 1:
        each += BYTES_PER_CELL_EDITED + n_species * BYTES_PER_CELL_OF_HOME
    return BYTES_OF_PROGRAM + n_cells * each


def _mapping_bytes(n_cells: int, n_species: int, held: int, scenarios: int) -> float:
    """Return what maps and report of runs of days take."""
    each = BYTES_PER_CELL_MAPPED + (BYTES_PER_CELL_CHANGED if scenarios > 1 else 0.0)
    picture = min(n_cells, CELLS_OF_PICTURE) * BYTES_PER_CELL_OF_PICTURE
    left = min(n_cells * held * BYTES_PER_CELL_HELD, BYTES_LEFT)
    program = BYTES_OF_REPORT + n_species * BYTES_OF_REPORT_PER_SPECIES
    return program + picture + left + n_cells * each


def holds_all(n_cells: int, n_species: int) -> bool:
    """Return whether a scenario's species stay prepared together, from replicate to replicate.

    Where they would take much of the free memory they are prepared one after the other, anew for
    every replicate.
    """
    return n_species == 1 or n_cells * n_species * BYTES_PER_CELL_HELD <= (
        SHARE_HELD * available_bytes()
    )


def guessed_numbers(
    species: Sequence[Species], quotas: Mapping[str, Quota], km2: float
) -> dict[str, Numbers]:
    """Return how many animals of each species there may be on so many km², before any is placed."""
    ground = replace(NOWHERE, suitable_km2=SUITABLE_SHARE * km2)
    return {one.key: expected_numbers(one, ground, quotas[one.key]) for one in species}


def beside_s(n_cells: int, n_species: int, scenarios: int) -> float:
    """Return the seconds of maps and report of a study of scenarios, and of starting it."""
    each = SECONDS_PER_PICTURES + n_cells * SECONDS_PER_CELL_MAPPED
    once = n_species * (SECONDS_PER_WAYS + n_cells * SECONDS_PER_CELL_AND_SPECIES)
    report = SECONDS_OF_REPORT + n_cells * SECONDS_PER_CELL_REPORTED
    return report + once + scenarios * n_species * each


def maps_of(scenarios: Sequence[Resolved], runs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the maps that runs, given as (scenario, replicate), stand on: (scenario, map)."""
    n_maps = [one.scenario.n_maps for one in scenarios]
    return {(scenario, replicate % n_maps[scenario]) for scenario, replicate in runs}


def running_bytes(n_cells: int, n_species: int) -> float:
    """Return what a process takes that holds a landscape, and moves species on it."""
    each = (
        BYTES_PER_CELL
        + BYTES_PER_CELL_RUNNING
        + n_species * (BYTES_PER_CELL_AND_SPECIES + BYTES_PER_CELL_AND_SPECIES_RUNNING)
    )
    return BYTES_OF_PROGRAM + n_cells * each


def reporting_bytes(n_cells: int, n_species: int, scenarios: int) -> float:
    """Return what a process takes that holds a landscape, and makes maps and the report."""
    each = BYTES_PER_CELL + BYTES_PER_CELL_REPORTED + n_species * BYTES_PER_CELL_AND_SPECIES
    each += min(MAPS_KEPT, n_species * scenarios) * BYTES_PER_MAP_CELL
    picture = min(n_cells, CELLS_OF_PICTURE) * BYTES_PER_CELL_OF_PICTURE
    return BYTES_OF_REPORT + n_species * BYTES_OF_REPORT_PER_SPECIES + picture + n_cells * each


def planning_bytes(runs: int, scenarios: int, n_species: int) -> float:
    """Return what the plan and the table of outcomes of so many runs take."""
    return scenarios * BYTES_PER_SCENARIO + runs * (
        BYTES_PER_RUN + n_species * BYTES_PER_RUN_AND_SPECIES
    )


def refuse_what_cannot_fit(expected: Forecast) -> None:
    """Stop before any work if the experiment needs more memory than there is.

    Raises
    ------
    ResourceError
        With the numbers and what to change.
    """
    fewer = "sampling" if expected.unit == STEPS else "life_cycle.capacity_scale"
    refuse_beyond(
        expected.peak_bytes,
        "",
        f"use a larger landscape.cell_m, fewer species or a smaller {fewer}",
        free=available_bytes(),
    )
