"""What runs through decades will take: memory, animal-years, time; and whether they can be done."""

from __future__ import annotations

import json
from collections.abc import Sequence

from corridor_sim.config.build import apply_edits, build_species
from corridor_sim.config.life_cycle import Genes, LifeCycleSettings
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ScenarioError, SpeciesError
from corridor_sim.genetics.genomes import Genome
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rehearsal import rehearse
from corridor_sim.languages import mark
from corridor_sim.memory import refuse_beyond
from corridor_sim.simulation.days.forecast import (
    BYTES_PER_AREA,
    BYTES_PER_CELL,
    SECONDS_PER_CANDIDATE_STEP,
    SECONDS_PER_RUN,
    SECONDS_PER_RUN_AND_SPECIES,
    Forecast,
    planning_bytes,
    reporting_bytes,
    running_bytes,
)
from corridor_sim.simulation.decades.habitat import make_habitat
from corridor_sim.simulation.decades.simulation import BYTES_PER_CELL as BYTES_PER_GROUND_CELL
from corridor_sim.simulation.decades.simulation import KEPT_BYTES, check_life_cycles
from corridor_sim.species.traits import Species

# Measured on two-core machines of 2023; see docs/decades.md.
SECONDS_PER_ANIMAL_YEAR = 8e-6
SECONDS_PER_SPECIES_YEAR = 0.03
SECONDS_OF_GENES = 0.6
SECONDS_PER_CELL_AND_UPDATE = 1.2e-6
SECONDS_PER_UPDATE = 0.05
BYTES_PER_ANIMAL_YEAR = 60.0
# of genomes: the coalescent of the founders walks through its recombinations one by one, and each
# looks at those there are; measured to 8,000 of them
MOST_TREES_DIPLOID = 60
SECONDS_PER_RECOMBINATION_SQUARED = 3.5e-8
BYTES_OF_GENOMES = 10e6
BYTES_PER_RECOMBINATION = 900.0
# young and searchers beside the independent animals of the capacity
ANIMALS_PER_PLACE = 1.3
# of which this share searches for a home at any time
SEARCHERS = 0.05
TYPICAL_BURN_IN_Y = 55
MOST_ANIMALS = 50_000_000


class _Numbers:
    """How many animals of each species the landscape before all edits feeds."""

    def __init__(self, land: Landscape) -> None:
        self.land = land
        self._species: dict[str, list[Species]] = {}
        self._found: dict[str, float] = {}

    def of(self, resolved: Resolved) -> list[tuple[Species, int]]:
        """Return the species of a scenario and how many animals there are likely to be of each."""
        life = resolved.scenario.life_cycle
        assert life is not None
        found = []
        settings = resolved.scenario.model_dump_json(include={"species"})
        if settings not in self._species:
            self._species[settings] = build_species(resolved)
            check_life_cycles(self._species[settings])
        for one in self._species[settings]:
            capacity = self._capacity(one) * life.capacity_scale
            if capacity < 1:
                raise SpeciesError(
                    f"the landscape feeds {capacity:.2g} animals",
                    where=f"species.{one.key}",
                    remedy="check its habitat, raise life_cycle.capacity_scale, or leave it out",
                )
            found.append((one, round(capacity * ANIMALS_PER_PLACE)))
        return found

    def _capacity(self, species: Species) -> float:
        name = species.model_dump_json()
        if name not in self._found:
            self._found[name] = make_habitat(species, self.land, exposure=1.0).capacity
        return self._found[name]


def rehearse_changes(scenarios: Sequence[Resolved], land: Landscape) -> None:
    """Try the dated changes of all scenarios on the landscape of their start, before any work.

    Raises
    ------
    ScenarioError
        Names the scenario, the place, the value and the remedy.
    """
    tried = set()
    for one in scenarios:
        scenario = one.scenario
        if scenario.change is None:
            continue
        if not scenario.change.events and scenario.change.clearing is None:
            continue
        same = scenario.model_dump_json(include={"edits", "change", "start_year"})
        if same in tried:
            continue
        tried.add(same)
        start = apply_edits(land, one.edits, scenario.seed)
        try:
            rehearse(start, scenario.change, start_year=scenario.start_year, seed=scenario.seed)
        except ScenarioError as bad:
            where = f"{one.name}: {bad.where}" if bad.where else one.name
            raise ScenarioError(bad.problem, where=where, remedy=bad.remedy) from None


def past_of(resolved: Resolved) -> str:
    """Return what decides a burn-in: scenarios with the same text share theirs."""
    scenario = resolved.scenario
    assert scenario.life_cycle is not None
    return json.dumps(
        {
            "life": scenario.life_cycle.model_dump(
                mode="json", exclude={"genes", "quasi_extinction"}
            ),
            "species": {k: s.model_dump(mode="json") for k, s in scenario.species.items()},
            "seed": scenario.seed,
        },
        sort_keys=True,
    )


def forecast_decades(
    scenarios: Sequence[Resolved], land: Landscape, missing: Sequence[tuple[int, int]], threads: int
) -> Forecast:
    """Return what the missing runs of an experiment through decades will take.

    The steps announced are animal-years. Residents take few steps a year, searchers all; the share
    of searchers is taken as a twentieth.

    Raises
    ------
    SpeciesError
        A species without a life cycle, or one that the landscape does not feed.
    ScenarioError
        More animals than can be numbered, or a change of the landscape that cannot be made.
    """
    rehearse_changes(scenarios, land)
    numbers = _Numbers(land)
    cells = land.grid.height * land.grid.width
    burnt: dict[str, set[int]] = {}
    most, animal_years, species, areas = 0, 0, 1, 0
    seconds = kept = peak = genes = grounds = 0.0
    for index, resolved in enumerate(scenarios):
        runs = [replicate for scenario, replicate in missing if scenario == index]
        life, change = resolved.scenario.life_cycle, resolved.scenario.change
        if not runs or life is None:
            continue
        years = round(resolved.scenario.years or 1)
        here = numbers.of(resolved)
        animals = sum(n for _, n in here)
        if animals > MOST_ANIMALS:
            raise ScenarioError(
                f"{animals:,} animals exceed {MOST_ANIMALS:,}",
                where="life_cycle.capacity_scale",
                remedy="lower it, or leave species out",
            )
        most, species = max(most, animals), max(species, len(here))
        animal_years += animals * years * len(runs)
        new = set(runs) - burnt.get(past_of(resolved), set())
        burnt[past_of(resolved)] = new | burnt.get(past_of(resolved), set())
        burn_in_y = min(TYPICAL_BURN_IN_Y, life.burn_in.at_most_y)
        a_year = sum(_seconds_a_year(one, n, life, threads) for one, n in here)
        seconds += a_year * (years * len(runs) + burn_in_y * len(new))
        seconds += len(runs) * (SECONDS_PER_RUN + len(here) * SECONDS_PER_RUN_AND_SPECIES)
        if life.genes is not None:
            seconds += len(here) * len(runs) * SECONDS_OF_GENES
            if 0 in runs:
                grown_s, taken = _of_genomes(life.genes)
                seconds += len(here) * grown_s
                genes = max(genes, taken)
        areas = max(areas, land.n_zones)
        updates = 1 + (years // change.update_every_y + len(change.events) if change else 0)
        grounds = max(grounds, updates * len(here) * cells * BYTES_PER_GROUND_CELL)
        updates *= len({resolved.scenario.map_of(replicate) for replicate in runs})
        seconds += updates * len(here) * (SECONDS_PER_UPDATE + cells * SECONDS_PER_CELL_AND_UPDATE)
        # burn-ins are kept for the scenarios to come
        kept += animals * burn_in_y * BYTES_PER_ANIMAL_YEAR * len(new)
        longest = animals * (years + burn_in_y) * BYTES_PER_ANIMAL_YEAR
        peak = max(peak, longest)
    return Forecast(
        runs=len(missing),
        animals=most,
        animal_steps=animal_years,
        seconds=seconds,
        peak_bytes=max(
            running_bytes(cells, 1)
            + min(KEPT_BYTES, grounds)
            + kept
            + peak
            + genes
            + cells * BYTES_PER_CELL,
            reporting_bytes(cells, species, 1),
        )
        + areas * BYTES_PER_AREA
        + planning_bytes(len(missing), len(scenarios), species),
        unit=mark("animal-years"),
    )


def _of_genomes(genes: Genes) -> tuple[float, float]:
    """Return the seconds and the bytes that the genomes of one species in one run take.

    A sample of n copies meets about ``4 N_e r L (1 + 1/2 + ... + 1/(n - 1))`` recombinations
    before it has its ancestors (Hudson 1983, Theor. Popul. Biol. 23:183).
    """
    if not genes.trees:
        return 0.0, 0.0
    genome = Genome(length_bp=genes.chromosome_bp)
    scaled = 4 * genes.founder_size * genome.recombination_per_bp * genome.sequence_length_bp
    met = scaled * sum(1 / i for i in range(1, 2 * MOST_TREES_DIPLOID))
    return (
        scaled**2 * SECONDS_PER_RECOMBINATION_SQUARED,
        BYTES_OF_GENOMES + met * BYTES_PER_RECOMBINATION,
    )


def refuse_genomes(scenarios: Sequence[Resolved]) -> None:
    """Refuse genomes that do not fit the memory, by settings alone, before any landscape is built.

    Raises
    ------
    ResourceError
    """
    for one in scenarios:
        life = one.scenario.life_cycle
        if life is not None and life.genes is not None:
            refuse_beyond(
                _of_genomes(life.genes)[1],
                f"founder_size = {life.genes.founder_size:g} with chromosome_bp = "
                f"{life.genes.chromosome_bp:,}",
                "use a smaller founder_size or chromosome_bp, or trees = false",
                where=f"{one.name}: life_cycle.genes",
            )


def _seconds_a_year(species: Species, animals: int, life: LifeCycleSettings, threads: int) -> float:
    """Return the seconds that a year of a population takes."""
    alone = animals * SECONDS_PER_ANIMAL_YEAR + SECONDS_PER_SPECIES_YEAR
    if not life.movement:
        return alone
    days = min(2 * life.days_per_season, 365) + SEARCHERS * 365
    steps = animals * days * species.movement.steps_per_day
    return alone + steps * species.movement.candidates * SECONDS_PER_CANDIDATE_STEP / threads
