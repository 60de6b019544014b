"""Fixes that lie outside of a landscape, or where it has no ground."""

from __future__ import annotations

import numpy as np
import pandas as pd

from corridor_sim.errors import TracksError, counted
from corridor_sim.landscape.io.geo import bounds_text, mover
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.telemetry.tracks import Told, Tracks


def fixes_outside(tracks: Tracks, landscape: Landscape) -> tuple[Told, ...]:
    """Tell how many fixes of each animal lie outside of a landscape, or where it has no ground.

    Returns
    -------
    tuple of Told
        ``outside`` and ``no_ground``, one each for an animal that has such fixes; empty if none.

    Raises
    ------
    TracksError
        No fix lies on the landscape.
    """
    grid = landscape.grid
    x_m, y_m = (tracks.table[name].to_numpy() for name in ("x_m", "y_m"))
    if tracks.crs != grid.crs:
        moved = mover(tracks.crs, grid.crs).transform(x_m, y_m)
        x_m, y_m = (np.asarray(one, np.float64) for one in moved)
    col, row = grid.to_cells(x_m, y_m)
    inside = (col >= 0) & (col < grid.width) & (row >= 0) & (row < grid.height)
    on_ground = inside.copy()
    if landscape.outside is not None:
        at = np.flatnonzero(inside)
        off = landscape.outside[row[at].astype(np.int64), col[at].astype(np.int64)]
        on_ground[at] = ~off
    if not on_ground.any():
        there = (np.nanmin(x_m), np.nanmin(y_m), np.nanmax(x_m), np.nanmax(y_m))
        raise TracksError(
            f"none of {counted(x_m.size, 'position')} lies on the landscape: they are in "
            f"{bounds_text(there)}, it is in {bounds_text(grid.bounds_m)}",
            remedy="check crs, or give a landscape that holds the tracks",
        )
    animal, names = pd.factorize(tracks.table["animal"])
    told = []
    for kind, bad, where in (
        ("outside", ~inside, "outside of the landscape"),
        ("no_ground", inside & ~on_ground, "where the landscape has no ground"),
    ):
        n, of = (np.bincount(animal[one], minlength=len(names)) for one in (bad, bad | ~bad))
        for k in np.flatnonzero(n).tolist():
            words = f"{names[k]}: {int(n[k]):,} of {counted(int(of[k]), 'position')} lie {where}"
            told.append(Told(kind, words, str(names[k]), int(n[k])))
    return tuple(told)
