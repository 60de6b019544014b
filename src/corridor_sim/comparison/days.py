"""What a comparison of runs of days tells beyond what every comparison does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.comparison.maps import Maps, RunMaps
from corridor_sim.comparison.tables import Tables, maps_of
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.simulation.days.run_file import FluxRecord, load_flux
from corridor_sim.simulation.facts import DaysFacts
from corridor_sim.simulation.outcomes import Flux
from corridor_sim.simulation.pairs import by_pair
from corridor_sim.simulation.run_file import Extent
from corridor_sim.species.demography import cohort_y, generation_y, vital_rates
from corridor_sim.species.traits import Species
from corridor_sim.statistics.intervals import COUNT, interval

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
_FLUX = ["scenario", "species", "from_area", "to_area", "from_block", "to_block"]
_EXCHANGE = ["scenario", "species", "from_block", "to_block"]
_COUNTS = ["born", "settled", "share", "per_year", "per_year_low", "per_year_high"]
_FLUX += [*_COUNTS, "n"]
_EXCHANGE += [*_COUNTS, "migrants", "migrants_low", "migrants_high", "one_migrant", "n"]


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
        self.flux: list[dict[str, Any]] = []
        self.exchange: list[dict[str, Any]] = []
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
            if species.soaring is None:
                sampling = resolved.scenario.species[key].disperser_sampling
                named = {"scenario": resolved.name, "species": key}
                by_area = [Flux(one.born, one.settled) for one in kept]
                self._add_pairs(
                    named,
                    by_area,
                    1.0 / (sampling * cohort_y(species)),
                    species,
                    facts,
                    maps_of(resolved, runs),
                )
        self.scenarios.append(
            {
                "position": index,
                "name": resolved.name,
                **dict(resolved.levels),
                "edits": "; ".join(facts.edits),
                "protected_km2": facts.protected_km2,
                "mean_temperature_c": facts.mean_temperature_c,
                **{f"{key}_km2": km2 for key, km2 in facts.cover_km2.items()},
            }
        )

    def _add_pairs(
        self,
        named: dict[str, Any],
        by_area: list[Flux],
        per_year: float,
        species: Species,
        facts: DaysFacts,
        maps: I64 | None,
    ) -> None:
        """Take in who settled where, by core areas of the reference landscape and by blocks."""
        life, zones = species.life_cycle, self.study.land.zone_names
        generation = np.nan if life is None else generation_y(vital_rates(life))
        of_zone, names = np.array(facts.block_of_zone, np.int64), facts.block_names
        if of_zone.size != by_area[0].born.size:
            return
        for i, j, row in _settled(by_area, per_year, maps):
            if max(i, j) < len(zones):
                here = {"from_area": zones[i], "to_area": zones[j]}
                here |= {"from_block": names[of_zone[i]], "to_block": names[of_zone[j]]}
                self.flux.append({**named, **here, **row})
        by_block = [flux.among(of_zone) for flux in by_area]
        for i, j, row in _settled(by_block, per_year, maps):
            for end in ("", "_low", "_high"):
                row[f"migrants{end}"] = row[f"per_year{end}"] * generation
            row["one_migrant"] = _meets_one(row["migrants_low"], row["migrants_high"])
            here = {"from_block": names[i], "to_block": names[j]}
            self.exchange.append({**named, **here, **row})

    def tables(self, **common: Any) -> Comparison:
        """Return the whole."""
        return Comparison(
            **common,
            flux=pd.DataFrame(self.flux, columns=_FLUX),
            exchange=pd.DataFrame(self.exchange, columns=_EXCHANGE),
            scenarios=pd.DataFrame(self.scenarios),
            maps=RunMaps(self.study),
            tracks=self.tracks,
        )


def _settled(
    runs: list[Flux], per_year: float, maps: I64 | None
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield every pair of different areas between which animals settled, and its numbers."""
    born = np.sum([flux.born for flux in runs], axis=0) / len(runs)
    for i, j, counts in by_pair([flux.settled.elsewhere() for flux in runs]):
        found = interval(counts, support=COUNT, maps=maps)
        ends = {"": found.mean, "_low": found.low, "_high": found.high}
        yield (
            i,
            j,
            {
                "born": float(born[i]),
                "settled": found.mean,
                "share": found.mean / float(born[i]),
                **{f"per_year{end}": value * per_year for end, value in ends.items()},
                "n": found.n,
            },
        )


def _meets_one(low: float, high: float) -> str:
    """Say whether an interval of migrants per generation lies at or above one."""
    if low >= 1:
        return "yes"
    return "no" if high < 1 else "unsure"
