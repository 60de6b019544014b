"""From a resolved scenario to its landscape through time, with the maps of later years read."""

from __future__ import annotations

import math

import numpy as np

from corridor_sim.config.load import Resolved
from corridor_sim.landscape.edits.noise import map_seed
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.timeline import Timeline
from corridor_sim.progress import tell


def timeline_of(
    resolved: Resolved, land: Landscape, *, map_number: int = 0, n_years: int | None = None
) -> Timeline | None:
    """Return a scenario's landscape through time; None where it stays as it is.

    Parameters
    ----------
    land : Landscape
        The scenario's own, its undated edits made.
    map_number : int
        Which of its maps of clearing.
    n_years : int, optional
        Length; that of the scenario by default.

    Raises
    ------
    CorridorSimError
        Rules that cannot hold on this landscape, or a map of a later year that cannot be read.
    """
    scenario = resolved.scenario
    rules = scenario.change
    if rules is None:
        return None
    maps = None
    if rules.maps:
        from corridor_sim.landscape.io.yearly import read_yearly_cover

        files = {one.year: one.file for one in rules.maps}
        maps = read_yearly_cover(files, scenario.landscape, resolved.base_dir, land)
    return Timeline(
        land,
        rules,
        start_year=scenario.start_year,
        n_years=math.ceil(scenario.years or 1) if n_years is None else n_years,
        seed=map_seed(scenario.seed, map_number),
        maps=maps,
    )


def check_maps(resolved: Resolved, land: Landscape) -> None:
    """Read the maps of a scenario's later years before any work, and tell of one like the start's.

    Raises
    ------
    CorridorSimError
        As :func:`timeline_of`.
    """
    change = resolved.scenario.change
    if change is None or not change.maps:
        return
    from corridor_sim.landscape.io.yearly import read_yearly_cover

    for one in change.maps:
        files = {one.year: one.file}
        found = read_yearly_cover(files, resolved.scenario.landscape, resolved.base_dir, land)
        if np.array_equal(found[one.year], land["land_cover"]):
            tell(f"{one.file}: the land cover of {one.year} is that of the start in every cell")
