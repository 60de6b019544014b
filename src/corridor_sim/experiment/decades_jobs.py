"""Runs through decades: what an experiment of them takes, and how one is simulated and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.life import LifeSettings
from corridor_sim.config.load import Resolved
from corridor_sim.genetics.genomes import Genome, simulate_genomes
from corridor_sim.genetics.pedigree import Pedigree
from corridor_sim.genetics.trees import write_trees
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.simulation.decades.forecast import past_of
from corridor_sim.simulation.decades.gene_outcomes import (
    NOTHING,
    gene_outcomes,
    living_in,
    pedigree_of,
)
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.outcomes import measure_life
from corridor_sim.simulation.decades.run_file import LifeRecord, record_life, save_life
from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, LifeResult, live
from corridor_sim.species.fields import stream_number
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    from corridor_sim.experiment.plan import Run
    from corridor_sim.progress import Listener

PLACES_EVERY_Y = 2
MOST_TREES = 60
KEPT_PASTS = 2


class Place(Protocol):
    """Where runs take place: a study, or what a worker knows of one."""

    @property
    def out(self) -> Path:
        """The results folder."""

    @property
    def land(self) -> Landscape:
        """The landscape before all edits."""

    @property
    def species(self) -> list[Species]:
        """The species of the scenario."""

    def path(self, run: Run) -> Path:
        """Return the file of one run."""


@dataclass(slots=True)
class LifeCaches:
    """Burn-ins of scenarios that share their past, by what that past is made of; the last few."""

    by_past: dict[str, BurnIns] = field(default_factory=dict)

    def burn_ins(self, study: Place, resolved: Resolved) -> BurnIns:
        """Return the burn-ins on the landscape before all edits."""
        scenario = resolved.scenario
        assert scenario.life_cycle is not None
        dispersal = {key: one.dispersal for key, one in scenario.species.items()}
        past = past_of(resolved)
        if past not in self.by_past:
            while len(self.by_past) >= KEPT_PASTS:
                del self.by_past[next(iter(self.by_past))]
            stage = DecadesContext(
                study.species, study.land, scenario.life_cycle, dispersal=dispersal
            )
            self.by_past[past] = BurnIns(stage, scenario.seed)
        return self.by_past[past]


def years_of(resolved: Resolved) -> int:
    """Return the years of a scenario with a life cycle."""
    years = resolved.scenario.years
    assert years is not None
    return int(years)


def life_stage(study: Place, resolved: Resolved, land: Landscape) -> DecadesContext:
    """Return what the replicates of a scenario share; ``land`` is its first year's landscape."""
    scenario = resolved.scenario
    assert scenario.life_cycle is not None
    timeline = None
    if scenario.change is not None:
        timeline = Timeline(
            land,
            scenario.change,
            start_year=scenario.start_year,
            n_years=years_of(resolved),
            seed=scenario.seed,
        )
    return DecadesContext(
        study.species,
        land,
        scenario.life_cycle,
        timeline=timeline,
        start_year=scenario.start_year,
        dispersal={key: one.dispersal for key, one in scenario.species.items()},
    )


def simulate_life(
    study: Place,
    stage: DecadesContext,
    past: BurnIns,
    resolved: Resolved,
    run: Run,
    listener: Listener,
) -> None:
    """Simulate one run of all species and write its file; trees of the first replicate beside."""
    life = stage.life
    years = years_of(resolved)
    records: dict[str, LifeRecord] = {}
    for key, species in stage.species.items():
        settled = past.population(key, run.replicate)
        result = live(
            stage,
            settled,
            key,
            years,
            places_every_y=PLACES_EVERY_Y if run.replicate == 0 else 0,
            progress=listener.done,
        )
        genes = dict(NOTHING)
        if life.genes is not None:
            genes = _genes(study, resolved, run, species, life, result)
        last = stage.ground(key, years - 1)
        values = measure_life(
            result,
            genes,
            area_km2=zone_area_km2(last, result.left_from.size),
            threshold=life.quasi_extinction,
        )
        records[key] = record_life(result, values, keep_places=run.replicate == 0)
    save_life(study.path(run), records)


def _genes(
    study: Place,
    resolved: Resolved,
    run: Run,
    species: Species,
    life: LifeSettings,
    result: LifeResult,
) -> dict[str, float]:
    assert life.genes is not None
    pedigree = pedigree_of(result, study.land.grid)
    stream = stream_number(species.key)
    seed = resolved.scenario.seed
    if run.replicate == 0:
        pedigree.save(pedigree_path(study.out, run.ident, species.key, "npz"))
        if life.genes.trees:
            path = pedigree_path(study.out, run.ident, species.key, "trees")
            _trees(study, path, species, life, result, pedigree, seed)
    return gene_outcomes(
        result,
        pedigree,
        species,
        seed=seed,
        replicate=run.replicate,
        stream=stream,
        loci=life.genes.loci,
    )


def pedigree_path(out: Path, ident: str, key: str, ending: str) -> Path:
    """Return where the pedigree (npz) or genomes (trees) of one species in one run lie."""
    return out / "pedigrees" / f"{ident}_{key}.{ending}"


def _trees(
    study: Place,
    path: Path,
    species: Species,
    life: LifeSettings,
    result: LifeResult,
    pedigree: Pedigree,
    seed: int,
) -> None:
    """Simulate the genomes of some of the living and write them as a tree sequence."""
    assert life.genes is not None
    rows = living_in(pedigree, result.burn_in_y + len(result.yearly) - 1)
    rows = rows[:: max(1, -(-rows.size // MOST_TREES))]
    if rows.size < 2:
        return
    tree = simulate_genomes(
        pedigree,
        seed=seed,
        founder_size=life.genes.founder_size,
        stream=stream_number(species.key),
        sampled_rows=rows,
        genome=Genome(length_bp=life.genes.chromosome_bp),
        zone_names=study.land.zone_names[1:],
        species=species.key,
    )
    write_trees(tree, path)


def zone_area_km2(ground: PopulationHabitat, n: int) -> NDArray[np.float64]:
    """Return the suitability-weighted suitable area of every core area, ``[n]``."""
    here = ground.here
    s = here.suitability
    suitable = np.where(s >= ground.enough, s, 0).astype(np.float64)
    zone = here.fields.zone.reshape(-1)
    area = np.bincount(zone, weights=suitable.reshape(-1), minlength=n)
    return np.asarray(area * (ground.cell_m / 1000.0) ** 2)
