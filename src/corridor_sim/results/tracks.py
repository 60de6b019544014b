"""The ways of animals, simulated again: any replicate, to the bit as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.config.build import build_species
from corridor_sim.errors import ResultsError
from corridor_sim.kernels.states import STAGES
from corridor_sim.simulation.days.simulation import Simulation, find_homes
from corridor_sim.simulation.days.simulator import prepare_scenario
from corridor_sim.species.fields import SEXES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.simulation.days.result import SpeciesResult


def simulated_tracks(
    study: Study, scenario: int, replicate: int, animals: int | None
) -> gpd.GeoDataFrame:
    """Return the tracks of one replicate; see :meth:`.results.Results.tracks`."""
    import geopandas as gpd
    import pandas as pd

    resolved = study.scenarios[scenario]
    settings = resolved.scenario
    if settings.life_cycle is not None:
        raise ResultsError(
            "goes through decades: of their animals no daily ways are kept",
            where=study.out,
            remedy="simulate a scenario without life_cycle",
        )
    if replicate < 0:
        raise ResultsError(f"no replicate {replicate}", where=study.out, remedy="from 0 on")
    if animals is not None and animals < 1:
        raise ResultsError(f"{animals} animals", where=study.out, remedy="ask for 1 or more")
    species = build_species(resolved)
    land = study.landscape_of(resolved, settings.map_of(replicate))
    homes = {} if land is study.land else find_homes(species, study.land)
    sim = Simulation(
        prepare_scenario(resolved, species, land, homes),
        seed=settings.seed,
        replicate=replicate,
        start_day=settings.start_day,
        tracks=settings.tracks if animals is None else animals,
        n_days=settings.n_days,
    )
    sim.advance(settings.n_days)
    parts = [_ways(sim.result(one.key), land) for one in species]
    found = pd.concat(parts, ignore_index=True)
    begin = pd.Timestamp(year=settings.start_year, month=1, day=1, hour=12)
    days = pd.to_timedelta(found["day"] + settings.start_day, unit="D")
    found.index = pd.DatetimeIndex(begin + days, name="time")
    points = gpd.points_from_xy(found.pop("x_m"), found.pop("y_m"))
    return gpd.GeoDataFrame(found, geometry=points, crs=land.grid.crs)


def _ways(result: SpeciesResult, land: Landscape) -> pd.DataFrame:
    """Return one row for every tracked animal and day on which it moved."""
    import pandas as pd

    animal, day = np.nonzero(np.isfinite(result.tracks[..., 0]))
    col, row = result.tracks[animal, day].astype(np.float64).T
    x_m, y_m = land.grid.to_metres(col, row)
    cells = row.astype(np.int64), col.astype(np.int64)
    klass = result.klass[animal].astype(np.int64)
    return pd.DataFrame(
        {
            "track_id": [f"{result.key}-{i}" for i in animal],
            "species": result.key,
            "stage": np.array(STAGES, object)[klass // len(SEXES)],
            "sex": np.array(SEXES, object)[klass % len(SEXES)],
            "day": day.astype(np.int64),
            "elevation_m": land["elevation_m"][cells].astype(np.float64),
            "x_m": x_m,
            "y_m": y_m,
        }
    )
