"""Maps of what the animals did, summed from the run files when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corridor_sim.experiment.jobs import lost_file
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.values import runs_by_scenario
from corridor_sim.kernels.states import STAGES
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.run_file import SpeciesRecord, load_run
from corridor_sim.simulation.run_file import Extent

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Maps:
    """Maps of one species in one scenario, means over replicates, ``[height, width]``.

    Attributes
    ----------
    residents, dispersers, displaced : float32
        Relocations per replicate, by stage.
    passed, blocked : float32
        Barrier encounters per replicate.
    deaths : float32
        Deaths per replicate.
    """

    residents: F32
    dispersers: F32
    displaced: F32
    passed: F32
    blocked: F32
    deaths: F32


class RunMaps(Mapping[tuple[str, str], Maps]):
    """Maps by scenario name and species key.

    Only the last few are kept: all of them at once would be the largest thing in memory.
    """

    def __init__(self, study: Study, kept: int = 6) -> None:
        self._shape = study.land.grid.shape
        self._extent = Extent.of(study.land)
        runs = runs_by_scenario(study)
        self._files = {
            (resolved.name, key): [study.path(r) for r in runs[index]]
            for index, resolved in enumerate(study.scenarios)
            for key in study.species_keys()
        }
        self._sum = lru_cache(maxsize=kept)(self._read)

    def __getitem__(self, which: tuple[str, str]) -> Maps:
        """Return the maps of (scenario name, species key).

        Raises
        ------
        KeyError
            If there is no such scenario or species.
        ResultsError
            If a run file has gone since the runs were compared, or is damaged.
        """
        if which not in self._files:
            raise KeyError(which)
        return self._sum(which)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def _read(self, which: tuple[str, str]) -> Maps:
        kept = []
        for path in self._files[which]:
            try:
                records = load_run(path, [which[1]], len(STAGES), self._extent)
            except Unfit as bad:
                raise lost_file(path, bad) from None
            kept.append(records[which[1]])
        return _mean_maps(kept, self._shape)


def _dense(pairs: list[tuple[NDArray[np.int64], NDArray[np.int32]]], shape: tuple[int, int]) -> F32:
    total = np.zeros(shape[0] * shape[1])
    for cells, counts in pairs:
        total[cells] += counts
    mean: F32 = (total / max(len(pairs), 1)).astype(np.float32).reshape(shape)
    return mean


def _mean_maps(kept: list[SpeciesRecord], shape: tuple[int, int]) -> Maps:
    deaths = np.zeros(shape[0] * shape[1])
    for one in kept:
        np.add.at(deaths, one.deaths[:, 0], 1.0)
    return Maps(
        residents=_dense([k.visits[0] for k in kept], shape),
        dispersers=_dense([k.visits[1] for k in kept], shape),
        displaced=_dense([k.visits[2] for k in kept], shape),
        passed=_dense([k.passed for k in kept], shape),
        blocked=_dense([k.blocked for k in kept], shape),
        deaths=(deaths / max(len(kept), 1)).astype(np.float32).reshape(shape),
    )
