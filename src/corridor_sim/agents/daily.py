"""The numbers of one day, and all animals as a table: both straight from the engine's arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import ALIVE, CAUSES, SETTLED, STAGES
from corridor_sim.simulation.days.simulation import Simulation
from corridor_sim.species.fields import SEXES

if TYPE_CHECKING:
    import pandas as pd

# Per species, as <species>_<name>. The living are those that move and those that have settled.
_NAMES = (
    "alive",
    "moving",
    "settled",
    *(f"deaths_{cause}" for cause in CAUSES),
    "in_core_areas",
    "joined",
    "mean_elevation_m",
    "mean_path_m",
)


def daily_columns(species: Sequence[str]) -> list[str]:
    """Return the names of the daily numbers.

    ``day`` and ``moving`` (animals of all species that still move), and for each species, with its
    key in front: ``alive``, ``moving``, ``settled``, ``deaths_<cause>`` (since the start),
    ``in_core_areas`` (living animals there today), ``joined`` (dispersers born in a block of core
    areas that have settled in another one so far), ``mean_elevation_m`` (of the living today,
    NaN if none) and ``mean_path_m`` (way since the start, all animals).
    """
    return ["day", "moving", *(f"{key}_{name}" for key in species for name in _NAMES)]


def daily_numbers(sim: Simulation) -> dict[str, float]:
    """Return the numbers of the present day by the names of :func:`daily_columns`."""
    found: dict[str, float] = {"day": sim.day, "moving": 0}
    land = sim.context.landscape
    for key, rows in sim.animals.items():
        moving = rows.state == ALIVE
        settled = rows.state == SETTLED
        living = moving | settled
        row = rows.y[living].astype(np.intp)
        col = rows.x[living].astype(np.intp)
        of_zone = sim.context.blocks.of_zone
        natal, home = of_zone[rows.natal_zone], of_zone[sim.homes(key)[1]]
        joined = (natal > 0) & (home > 0) & (natal != home)
        dead = np.bincount(rows.state[~living] - ALIVE - 1, minlength=len(CAUSES))
        n_living = int(living.sum())
        height = float(land["elevation_m"][row, col].mean(dtype=np.float64)) if n_living else np.nan
        values = (
            n_living,
            int(moving.sum()),
            int(settled.sum()),
            *(int(n) for n in dead),
            int((land["protected"][row, col] > 0).sum()),
            int(joined.sum()),
            height,
            float(rows.path_m.mean()),
        )
        found.update({f"{key}_{n}": v for n, v in zip(_NAMES, values, strict=True)})
        found["moving"] += int(moving.sum())
    return found


def animal_table(sim: Simulation) -> pd.DataFrame:
    """Return one row per animal; the cause of death of the living is an empty text."""
    import pandas as pd

    land = sim.context.landscape
    names = np.array(land.zone_names)
    parts = []
    for key, rows in sim.animals.items():
        row, col = rows.y.astype(np.intp), rows.x.astype(np.intp)
        x_m, y_m = land.grid.to_metres(rows.x, rows.y)
        status = np.where(rows.state == ALIVE, 0, np.where(rows.state == SETTLED, 1, 2))
        cause = np.where(status == 2, rows.state - ALIVE, 0)
        parts.append(
            pd.DataFrame(
                {
                    "species": pd.Categorical([key] * rows.x.size, list(sim.animals)),
                    "ident": rows.ident,
                    "sex": _words(rows.klass % len(SEXES), SEXES),
                    "stage": _words(rows.klass // len(SEXES), STAGES),
                    "status": _words(status, ("alive", "settled", "dead")),
                    "cause_of_death": _words(cause, ("", *CAUSES)),
                    "x_m": x_m,
                    "y_m": y_m,
                    "elevation_m": land["elevation_m"][row, col],
                    "core_area": names[land["protected"][row, col]],
                    "path_m": rows.path_m,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _words(codes: NDArray[Any], words: tuple[str, ...]) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical(np.array(words)[codes], list(words))
