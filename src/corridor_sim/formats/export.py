"""What a results folder holds, as files of other programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.errors import ResultsError
from corridor_sim.formats.conefor import Conefor
from corridor_sim.formats.zonation import Zonation
from corridor_sim.landscape.blocks import blocks_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.outcomes import area_by_zone_km2
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from corridor_sim.experiment.study import Study


def write_conefor(study: Study, exchange: pd.DataFrame, out: Path) -> list[Path]:
    """Write, by scenario and species, blocks of core areas and who disperses between them.

    Nodes are blocks with their suitable area in km², as in the outcome ECA. The probability of a
    link is the share of young born in the one block that settle in the other, the mean of both
    directions, which leaves ECA as it is.

    Raises
    ------
    ResultsError
        Nobody disperses between core areas, or the folder cannot be written.
    """
    written: list[Path] = []
    for number, resolved in enumerate(study.scenarios):
        land, here = study.landscape_of(resolved), exchange["scenario"] == resolved.name
        for species in study.species:
            if species.soaring is None:
                rows = exchange[here & (exchange["species"] == species.key)]
                folder = out / "conefor" / folder_name(number, resolved.name) / species.key
                written += _network(land, species, rows).write(folder)
    if not written:
        raise ResultsError("no species disperses between core areas", where=study.out)
    return written


def _network(land: Landscape, species: Species, rows: pd.DataFrame) -> Conefor:
    """Return the blocks of a landscape as nodes, and a species' dispersal as links."""
    import pandas as pd

    blocks = blocks_of(land)
    area = area_by_zone_km2(
        on_landscape(species, land).suitability,
        species.habitat.suitable_from.value,
        land["protected"],
        land.n_zones,
        land.grid.cell_km2,
    )
    held = np.zeros(blocks.n + 1)
    np.add.at(held, blocks.of_zone, area)
    at = {name: i for i, name in enumerate(blocks.names)}
    share: dict[tuple[int, int], float] = {}
    columns = (rows[c].tolist() for c in ("from_block", "to_block", "share"))
    for start, end, part in zip(*columns, strict=True):
        i, j = sorted((at.get(start, 0), at.get(end, 0)))
        # 0 is the ground outside of core areas; of nobody born there is no share
        if 0 < i < j and part > 0:
            share[i, j] = share.get((i, j), 0.0) + float(part) / 2
    number = np.arange(1, blocks.n + 1)
    both = np.array(sorted(share), np.int64).reshape(-1, 2)
    nodes = {"node": number, "attribute": held[1:], "name": np.array(blocks.names[1:], object)}
    links = {"from_node": both[:, 0], "to_node": both[:, 1]}
    chance = np.array([share[i, j] for i, j in both.tolist()], np.float64)
    # shares of the table are rounded by nobody, but sums may be by the last digit
    frame = pd.DataFrame({**links, "probability": np.minimum(chance, 1.0)})
    return Conefor(pd.DataFrame(nodes), frame, "probability", species.key)


def write_zonation(study: Study, maps: xr.Dataset, out: Path) -> list[Path]:
    """Write, by scenario, how many animals of each species are where, as features.

    Of days all stages together, of decades homes at the end of the first replicate. The mask is
    that of the core areas.

    Raises
    ------
    ResultsError
        The folder cannot be written.
    """
    import pandas as pd

    from corridor_sim.landscape.io.dataset import map_of

    keys, written = study.species_keys(), []
    for number, resolved in enumerate(study.scenarios):
        one = maps.isel(scenario=number)
        use = one["use"].sum("stage", skipna=False) if "use" in one else one["independent_end"]
        land = study.landscape_of(resolved)
        inside = (land["protected"] > 0).astype(np.float32)
        if land.outside is not None:
            inside[land.outside] = np.nan
        made: dict[str, Any] = {
            key: map_of(
                land.grid, use.sel(species=key).to_numpy(), "use", "km-2", "animals per km²"
            )
            for key in keys
        }
        features = pd.DataFrame({"name": keys, "weight": 1.0, "file": ""})
        mask = map_of(land.grid, inside, "core_areas", "1", "1 inside of core areas")
        folder = out / "zonation" / folder_name(number, resolved.name)
        written += Zonation(features, made, mask).write(folder)
    return written


def folder_name(number: int, name: str) -> str:
    """Return the name of a scenario's folder: its position and its letters that all systems take.

    >>> folder_name(1, "Some / hot")
    '01_some_hot'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"{number:02d}_{plain[:60]}".rstrip("_")
