"""Links by place: how much of each lies where, and what the chosen set gives there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.ground.given import Given
from corridor_sim.landscape.coverage import coverage_of
from corridor_sim.links.candidates import Link
from corridor_sim.links.co_benefits import LinkGround
from corridor_sim.zonal.places import Places

if TYPE_CHECKING:
    import geopandas as gpd


COLUMNS = ("place", "link", "chosen", "area_km2", "share_of_link")


def links_by_place(
    links: Sequence[Link],
    places: Places,
    chosen: Collection[int] = (),
    ground: LinkGround | None = None,
) -> gpd.GeoDataFrame:
    """Return a row a link and place that share ground; see :func:`.api.results_by_place`.

    Co-benefits of a link are told by the share of its cells that a place covers.
    """
    import geopandas as gpd
    from shapely import Polygon, intersection, union_all

    grid = places.grid
    rows, shapes = [], []
    for i, link in enumerate(links):
        whole = union_all([Polygon(ring) for ring in link.rings])
        for k, place in enumerate(places.shapes):
            part = intersection(whole, place)
            if part.area <= 1.0:
                continue
            row: dict[str, Any] = {
                "place": places.names[k],
                "link": link.name,
                "chosen": i in chosen,
                "area_km2": part.area / 1e6,
                "share_of_link": part.area / whole.area,
            }
            if ground is not None:
                covered = coverage_of(part, grid)
                for j, given in enumerate(ground.given):
                    today, avoided = _columns(given)
                    row[today] = covered.total(given.today)
                    kept = np.zeros(grid.height * grid.width)
                    kept[ground.covered[i].cells] = ground.kept[i][j]
                    row[avoided] = covered.total(kept)
            rows.append(row)
            shapes.append(part)
    beside = [] if ground is None else [_columns(one) for one in ground.given]
    columns = [*COLUMNS, *(name for pair in beside for name in pair)]
    geometry = np.array([*shapes, None], object)[:-1]
    return gpd.GeoDataFrame(rows, columns=columns, geometry=geometry, crs=grid.crs)


def _columns(given: Given) -> tuple[str, str]:
    """Return the names of the columns of a co-benefit."""
    return f"{given.name} ({given.unit}), today", f"{given.name} ({given.unit}), avoided loss"
