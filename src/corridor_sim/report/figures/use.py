"""Values of maps of use: animals per 100 km², smoothed, and where a change is told from chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.maps import RunMaps, per_km2, use_per_km2
from corridor_sim.kernels.smooth import smoothed as gaussian_mean
from corridor_sim.report.compared import ComparedDays
from corridor_sim.report.figures.basemap import BaseMap
from corridor_sim.statistics.chance_maps import ChanceMap

F32 = NDArray[np.float32]
FINEST_M, COARSEST_M = 2000.0, 12_000.0
HOMES_PER_KERNEL = 12.0


def total_use(found: ComparedDays, scenario: str, key: str) -> F32:
    """Return animals per 100 km², all stages together, ``[height, width]``."""
    return _added(use_per_km2(found.comparison, found.study, scenario, key))


def _added(parts: dict[str, F32]) -> F32:
    """Return the stages together, for 100 km²."""
    total, *others = parts.values()
    for one in others:
        total += one
    total *= np.float32(100)
    return total


def change_told(
    found: ComparedDays, base: BaseMap, scenario: str, reference: str, key: str, sd_m: float
) -> NDArray[np.bool_] | None:
    """Return where the smoothed change of a species' use is told from chance, ``[h, w]``.

    By its 95 % interval over replicates, over maps of clearing where several share one; None with
    fewer than two of these.
    """
    maps, study = found.comparison.maps, found.study
    if not isinstance(maps, RunMaps):
        return None
    shared = max(one.scenario.n_maps for one in study.scenarios)
    units = min(found.n, shared) if shared > 1 else found.n
    if units < 2:
        return None

    def use(name: str, replicate: int) -> F32:
        return _added(per_km2(maps.of_replicate(name, key, replicate), study, name, key))

    seen = ChanceMap()
    for unit in range(units):
        own = range(unit, found.n, units)
        changes = [base.shown(use(scenario, r) - use(reference, r)) for r in own]
        seen.add(smoothed(np.mean(changes, axis=0, dtype=np.float32), base, sd_m))
    return seen.told(0.95)


def smoothing_m(found: ComparedDays, key: str) -> float:
    """Return the SD of the Gaussian that smooths a species' maps for the eye, metres.

    Wide enough that about a dozen simulated homes lie under it, ``12 = 4 pi SD^2 x homes per km²``
    (``4 pi SD^2`` is the kernel's effective area), so that the map shows where the species is and
    not where single simulated animals happen to live.
    """
    study, first = found.study, found.study.scenarios[0]
    maps = found.comparison.maps[first.name, key]
    species = next(s for s in found.species if s.key == key)
    steps = species.movement.steps_per_day * first.scenario.n_days
    homes = float(maps.residents.sum(dtype=np.float64)) / steps * first.scenario.replicates
    used = float((maps.residents > 0).sum()) * study.land.grid.cell_km2
    if homes <= 0 or used <= 0:
        return FINEST_M
    sd_km = np.sqrt(HOMES_PER_KERNEL / (4 * np.pi * homes / used))
    return float(np.clip(1000 * sd_km, FINEST_M, COARSEST_M))


def smoothed(use: F32, base: BaseMap, sd_m: float) -> F32:
    """Return ``use`` smoothed by a Gaussian of ``sd_m`` metres; both in the picture's elements."""
    sigma = sd_m / (base.land.grid.cell_m * base.step)
    return gaussian_mean(use, min(sigma, 64.0), 3.0, nearest=False)


def moved_share(before: F32, after: F32) -> float:
    """Return the share of use that is no longer where it was, lost use included; NaN if none."""
    total = float(before.sum(dtype=np.float64))
    if total <= 0:
        return float("nan")
    return float(np.maximum(before - after, 0).sum(dtype=np.float64)) / total
