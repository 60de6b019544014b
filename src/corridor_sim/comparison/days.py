"""What a comparison of runs of days tells beyond what every comparison does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.comparison.exchange import ExchangeTables
from corridor_sim.comparison.maps import Maps, RunMaps
from corridor_sim.comparison.tables import Tables, maps_of
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.simulation.days.run_file import FluxRecord, load_flux
from corridor_sim.simulation.facts import DaysFacts
from corridor_sim.simulation.outcomes import Flux
from corridor_sim.simulation.run_file import Extent
from corridor_sim.species.demography import cohort_y

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Comparison(Tables):
    """Everything that views need, in tables.

    Attributes
    ----------
    flux : DataFrame
        Per scenario, species and pair of different core areas between which animals settled:
        from_area, to_area, the blocks that these belong to (from_block, to_block), born and settled
        (simulated dispersers, means per replicate), share (settled / born), per_year with
        per_year_low and per_year_high (animals a year and their 95 % interval), n.
    exchange : DataFrame
        The same per pair of different blocks, with migrants, migrants_low and migrants_high
        (animals per generation of the species; NaN without a life cycle) and one_migrant: ``yes``
        where the interval lies at or above one migrant a generation, ``no`` where below, else
        ``unsure``. Neither table has rows of species that soar.
    scenarios : DataFrame
        Per scenario: position, name, one column per factor, edits, protected_km2,
        mean_temperature_c, and km² of every land cover.
    maps : mapping of (scenario name, species key) to Maps
        Summed from the run files when asked for, a few kept: all of them at once would be the
        largest thing in memory.
    tracks : mapping of (scenario name, species key) to float32 ``[animal, day, 2]`` in cells
    """

    names: ClassVar[tuple[str, ...]] = (*Tables.names, "exchange")
    exchange: pd.DataFrame
    maps: Mapping[tuple[str, str], Maps]
    tracks: dict[tuple[str, str], F32]


class GatherDays:
    """See :class:`corridor_sim.comparison.tables.Gather`."""

    made: ClassVar[type[Tables]] = Comparison

    def __init__(self, study: Study) -> None:
        self.study, self.extent = study, Extent.of(study.land)
        self.pairs = ExchangeTables(study.land.zone_names)
        self.scenarios: list[dict[str, Any]] = []
        self.tracks: dict[tuple[str, str], F32] = {}

    def load(self, run: Run, *, first: bool) -> dict[str, FluxRecord]:
        """Return outcomes and flux, of the first run tracks too."""
        study = self.study
        return load_flux(study.path(run), study.species_keys(), tracks=first, extent=self.extent)

    def add(
        self,
        index: int,
        resolved: Resolved,
        runs: Sequence[Run],
        found: Mapping[str, list[FluxRecord]],
    ) -> None:
        """Take in a scenario."""
        facts = read_facts(facts_path(self.study.out, index), DaysFacts)
        for key, kept in found.items():
            for one in kept:
                if one.tracks.size:
                    self.tracks[resolved.name, key] = one.tracks
            species = next(s for s in self.study.species if s.key == key)
            sampling = resolved.scenario.species[key].disperser_sampling
            self.pairs.add(
                resolved.name,
                species,
                [Flux(one.born, one.settled) for one in kept],
                1.0 / (sampling * cohort_y(species)),
                facts,
                maps_of(resolved, runs),
            )
        mean_c = facts.mean_temperature_c
        self.scenarios.append(
            {
                "position": index,
                "name": resolved.name,
                **dict(resolved.levels),
                "edits": "; ".join(facts.edits),
                "protected_km2": facts.protected_km2,
                "mean_temperature_c": np.nan if mean_c is None else mean_c,
                **{f"{key}_km2": km2 for key, km2 in facts.cover_km2.items()},
            }
        )

    def tables(self, **common: Any) -> Comparison:
        """Return the whole."""
        return Comparison(
            **common,
            flux=self.pairs.flux,
            exchange=self.pairs.exchange,
            scenarios=pd.DataFrame(self.scenarios),
            maps=RunMaps(self.study),
            tracks=self.tracks,
        )
