"""What a comparison of runs of days tells beyond what every comparison does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.comparison.maps import Maps, RunMaps
from corridor_sim.comparison.tables import Tables, maps_of, pairs_between
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.facts import facts_path, read_facts
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.simulation.days.run_file import FluxRecord, load_flux
from corridor_sim.simulation.facts import DaysFacts
from corridor_sim.simulation.run_file import Extent

F32 = NDArray[np.float32]
_FLUX = ["scenario", "species", "from_area", "to_area"]
_FLUX += ["born", "reached", "reached_low", "reached_high", "share", "n"]


@dataclass(frozen=True, slots=True)
class Comparison(Tables):
    """Everything that views need, in tables.

    Attributes
    ----------
    flux : DataFrame
        Per scenario, species and pair of core areas: from_area, to_area, born, reached (means per
        replicate, simulated dispersers), reached_low, reached_high, share, n.
    scenarios : DataFrame
        Per scenario: position, name, one column per factor, edits, protected_km2,
        mean_temperature_c, and km² of every land cover.
    maps : mapping of (scenario name, species key) to Maps
        Summed from the run files when asked for, a few kept: all of them at once would be the
        largest thing in memory.
    tracks : mapping of (scenario name, species key) to float32 ``[animal, day, 2]`` in cells
    """

    maps: Mapping[tuple[str, str], Maps]
    tracks: dict[tuple[str, str], F32]


class GatherDays:
    """See :class:`corridor_sim.comparison.tables.Gather`."""

    made: ClassVar[type[Tables]] = Comparison

    def __init__(self, study: Study) -> None:
        self.study, self.extent = study, Extent.of(study.land)
        self.flux: list[dict[str, Any]] = []
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
        for key, kept in found.items():
            for one in kept:
                if one.tracks.size:
                    self.tracks[resolved.name, key] = one.tracks
            born = np.sum([k.born for k in kept], axis=0)
            zone_names = self.study.land.zone_names
            moves, maps = [k.first for k in kept], maps_of(resolved, runs)
            for i, row in pairs_between(moves, zone_names, "reached", maps):
                here = float(born[i]) / len(kept)
                row |= {"scenario": resolved.name, "species": key}
                self.flux.append({**row, "born": here, "share": row["reached"] / here})
        facts = read_facts(facts_path(self.study.out, index), DaysFacts)
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

    def tables(self, **common: Any) -> Comparison:
        """Return the whole."""
        return Comparison(
            **common,
            flux=pd.DataFrame(self.flux, columns=_FLUX),
            scenarios=pd.DataFrame(self.scenarios),
            maps=RunMaps(self.study),
            tracks=self.tracks,
        )
