"""The simulator of decades: animals are born, disperse, settle, breed and die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from corridor_sim.config.life_cycle import Genes, LifeCycleSettings
from corridor_sim.config.load import Resolved
from corridor_sim.config.timelines import timeline_of
from corridor_sim.genetics.genomes import Genome, simulate_genomes
from corridor_sim.genetics.trees import write_trees
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import Listener
from corridor_sim.simulation.days.forecast import Forecast, forecast
from corridor_sim.simulation.decades.forecast import forecast_decades, past_of
from corridor_sim.simulation.decades.gene_outcomes import (
    NOTHING,
    gene_outcomes,
    living_in,
    pedigree_of,
)
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES, measure_decades
from corridor_sim.simulation.decades.run_file import DecadesRecord, load_decades, record_decades
from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, DecadesResult, live
from corridor_sim.simulation.facts import DecadesFacts, block_facts, ground_facts
from corridor_sim.simulation.outcomes import Outcomes, area_by_zone_km2
from corridor_sim.simulation.protocol import Site
from corridor_sim.simulation.run_file import Extent, save_records
from corridor_sim.species.fields import stream_number
from corridor_sim.species.traits import Species

PLACES_EVERY_Y = 2
MOST_TREES = 60
KEPT_PASTS = 2


def life_of(resolved: Resolved) -> LifeCycleSettings:
    """Return the life cycle of a scenario of decades."""
    life = resolved.scenario.life_cycle
    assert life is not None
    return life


def years_of(resolved: Resolved) -> int:
    """Return the years of a scenario of decades."""
    years = resolved.scenario.years
    assert years is not None
    return int(years)


def context_of(
    resolved: Resolved,
    species: Sequence[Species],
    land: Landscape,
    *,
    changes: bool,
    map_number: int = 0,
) -> DecadesContext:
    """Return what replicates of one map share.

    ``changes`` = as the landscape is from year to year.
    """
    scenario = resolved.scenario
    timeline = timeline_of(resolved, land, map_number=map_number) if changes else None
    return DecadesContext(
        list(species),
        land,
        life_of(resolved),
        timeline=timeline,
        start_year=scenario.start_year if changes else 0,
        dispersal={key: one.dispersal for key, one in scenario.species.items()},
    )


@dataclass(frozen=True, slots=True)
class DecadesScenario:
    """A scenario of decades, ready for its replicates."""

    site: Site
    resolved: Resolved
    context: DecadesContext

    def facts(self) -> dict[str, Any]:
        """Return what is told of its landscape, at the start and at the end."""
        context, years = self.context, years_of(self.resolved)
        ends = [context.landscape(year) for year in (0, years - 1)]
        start_c, end_c = (one.mean("temperature_c") for one in ends)
        return {
            "start_year": context.start_year,
            "start": ground_facts(ends[0]),
            "end": ground_facts(ends[1]),
            "updates": list(context.timeline.update_years) if context.timeline is not None else [],
            "warming_c": [0.0, round(end_c - start_c, 4)],
            **block_facts(context.areas(years).blocks, context.species.values()),
        }

    def simulate(self, replicate: int, path: Path, listener: Listener) -> None:
        """Simulate one replicate and write its file; trees of the first one beside."""
        # landscapes of other years and burn-ins are made on the way
        with self.site.kept.lock:
            past = self._burn_ins()
            records = {
                key: self._live(species, past, replicate, path.stem, listener)
                for key, species in self.context.species.items()
            }
        save_records(path, records)

    def _burn_ins(self) -> BurnIns:
        """Return the burn-ins on the landscape before all edits; scenarios of one past share."""
        site, resolved = self.site, self.resolved

        def make() -> BurnIns:
            before = context_of(resolved, site.species, site.land, changes=False)
            return BurnIns(before, resolved.scenario.seed)

        return site.kept.get("pasts", (site.key, past_of(resolved)), KEPT_PASTS, make)

    def _live(
        self, species: Species, past: BurnIns, replicate: int, run: str, listener: Listener
    ) -> DecadesRecord:
        key, context, life = species.key, self.context, self.context.life
        years = years_of(self.resolved)
        result = live(
            context,
            past.population(key, replicate),
            key,
            years,
            places_every_y=PLACES_EVERY_Y if replicate == 0 else 0,
            progress=listener.done,
        )
        genes = dict(NOTHING)
        if life.genes is not None:
            genes = self._genes(species, life.genes, result, replicate, run)
        last = context.habitat(key, years - 1)
        area = area_by_zone_km2(
            last.here.suitability,
            last.enough,
            last.here.fields.zone,
            result.left_from.size - 1,
            (last.cell_m / 1000.0) ** 2,
        )
        values = measure_decades(
            result,
            genes,
            species=species,
            areas=context.areas(years),
            area_km2=area,
            forest_km2=context.forest_km2(years - 1),
            threshold=life.quasi_extinction,
        )
        return record_decades(result, values, keep_places=replicate == 0)

    def _genes(
        self, species: Species, genes: Genes, result: DecadesResult, replicate: int, run: str
    ) -> dict[str, float]:
        """Return the outcomes of genes; write pedigree and trees of the first replicate."""
        pedigree = pedigree_of(result, self.site.land.grid)
        luck = {"seed": self.resolved.scenario.seed, "stream": stream_number(species.key)}
        if replicate == 0:
            pedigree.save(pedigree_path(self.site.out, run, species.key, "npz"))
            rows = living_in(pedigree, result.burn_in_y + len(result.yearly) - 1)
            rows = rows[:: max(1, -(-rows.size // MOST_TREES))]
            if genes.trees and rows.size >= 2:
                tree = simulate_genomes(
                    pedigree,
                    **luck,
                    founder_size=genes.founder_size,
                    sampled_rows=rows,
                    genome=Genome(length_bp=genes.chromosome_bp),
                    zone_names=self.site.land.zone_names[1:],
                    species=species.key,
                )
                write_trees(tree, pedigree_path(self.site.out, run, species.key, "trees"))
        return gene_outcomes(
            result, pedigree, species, **luck, replicate=replicate, loci=genes.loci
        )


def pedigree_path(out: Path, ident: str, key: str, ending: str) -> Path:
    """Return where the pedigree (npz) or genomes (trees) of one species in one run lie."""
    return out / "pedigrees" / f"{ident}_{key}.{ending}"


class Decades:
    """See :class:`corridor_sim.simulation.protocol.Simulator`."""

    outcomes: ClassVar[Outcomes] = DECADES_OUTCOMES
    facts = DecadesFacts
    views: ClassVar[Mapping[str, str]] = {
        "tables": "corridor_sim.comparison.decades:GatherDecades",
        "sections": "decades",
    }

    def prepare(
        self, site: Site, resolved: Resolved, land: Landscape, *, map_number: int = 0
    ) -> DecadesScenario:
        """Return a scenario ready for its replicates; ``land`` is that of its first year."""
        context = context_of(resolved, site.species, land, changes=True, map_number=map_number)
        return DecadesScenario(site, resolved, context)

    def forecast(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        site: Site,
    ) -> Forecast:
        """Return what runs will take, after trying all dated changes."""
        return forecast_decades(scenarios, site.land, runs, threads)

    def foretell(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        species: Sequence[Species],
        grid: Grid,
    ) -> Forecast:
        """Return the least memory that runs will take; their time hangs on what lives there."""
        n_cells = grid.height * grid.width
        found = forecast(scenarios[0], species, {}, n_cells, len(runs), len(scenarios), threads)
        return replace(found, seconds=0.0, guessed=True)

    def load(
        self, path: Path, keys: Sequence[str], resolved: Resolved, extent: Extent
    ) -> dict[str, DecadesRecord]:
        """Return the records of a run by species."""
        return load_decades(path, keys, years_of(resolved), extent)
