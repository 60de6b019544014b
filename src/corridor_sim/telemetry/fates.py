"""What became of single simulated animals: a row an animal."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, SETTLED, STAGES
from corridor_sim.simulation.days.following import Followed
from corridor_sim.simulation.days.simulator import DaysScenario
from corridor_sim.species.fields import SEXES
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.tracks_out import Ask, followed, seeded
from corridor_sim.telemetry.wanted import name_of

# alive at the end of what was asked for; or what ended the life or the search
FATES = ("alive", "died", "joined", "stayed", "outside", "looking", "searched")


def fates(prepared: DaysScenario, ask: Ask, *, study: str = "") -> gpd.GeoDataFrame:
    """Return what became of animals of one replicate of a prepared scenario.

    Parameters
    ----------
    prepared : DaysScenario
        On the map of the replicate.
    ask : Ask
        Checked by :func:`.tracks_out.check`.
    study : str
        What the study is called.

    Returns
    -------
    GeoDataFrame
        See :func:`corridor_sim.fates`.

    Raises
    ------
    ScenarioError
        An animal that is not there, or none at all.
    ResourceError
        More places than memory allows.
    """
    frame = pd.concat(
        [_table(prepared, one, way) for one, way in followed(prepared, ask)], ignore_index=True
    )
    points = gpd.points_from_xy(frame["end_x_m"], frame["end_y_m"])
    made = gpd.GeoDataFrame(frame, geometry=points, crs=prepared.landscape.grid.crs)
    keys = ask.species or tuple(prepared.resolved.scenario.species)
    made.attrs = {
        "study": study,
        "scenario": prepared.resolved.name,
        "in_run": {
            one.key: _by_stage(seeded(prepared, one, ask.replicate).klass)
            for one in prepared.species
            if one.key in keys
        },
    }
    return made


def _by_stage(klass: NDArray[np.int16]) -> dict[str, int]:
    n = np.bincount(klass // len(SEXES), minlength=len(STAGES))
    return {stage: int(k) for stage, k in zip(STAGES, n, strict=True)}


def _table(prepared: DaysScenario, one: Species, way: Followed) -> pd.DataFrame:
    grid, blocks = prepared.landscape.grid, prepared.blocks
    areas = np.array(prepared.landscape.zone_names, object)
    names = np.array(blocks.names, object)
    n = way.ident.size
    first = np.searchsorted(way.animal, np.arange(n))
    last = np.searchsorted(way.animal, np.arange(n), side="right") - 1
    place = way.place.astype(np.float64)
    start, end = (grid.to_metres(*place[rows].T) for rows in (first, last))
    home = grid.to_metres(*way.home.T)
    natal, settled = blocks.of_zone[way.natal_zone], blocks.of_zone[way.home_zone]
    died = (way.state != ALIVE) & (way.state != SETTLED)
    cause = np.where(died, way.state.astype(np.int64) - ALIVE, 0)
    columns: dict[str, Any] = {
        "animal": [name_of(one.key, int(i)) for i in way.ident],
        "species": one.key,
        "sex": np.array(SEXES, object)[way.klass % len(SEXES)],
        "stage": np.array(STAGES, object)[way.klass // len(SEXES)],
        "natal_area": areas[way.natal_zone],
        "natal_block": names[natal],
        "days": way.end / way.ticks_per_day,
        "fate": np.array(FATES, object)[_fate(way, died, natal, settled)],
        "cause": np.array(["", *CAUSES], object)[cause],
        "home_area": areas[way.home_zone],
        "home_block": names[settled],
    }
    for name, (x_m, y_m) in (("start", start), ("end", end), ("home", home)):
        columns |= {f"{name}_x_m": x_m, f"{name}_y_m": y_m}
    return pd.DataFrame(columns)


def _fate(
    way: Followed, died: NDArray[np.bool_], natal: NDArray[np.int16], home: NDArray[np.int16]
) -> NDArray[np.int64]:
    """Return positions in :data:`FATES`."""
    searched = way.klass // len(SEXES) != DISPERSER
    none = np.isnan(way.home[:, 0])
    cases = [way.state == ALIVE, died, searched, none, home == 0, home == natal]
    words = ("alive", "died", "searched", "looking", "outside", "stayed")
    return np.select(cases, [FATES.index(one) for one in words], FATES.index("joined"))
