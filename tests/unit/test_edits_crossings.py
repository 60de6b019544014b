"""Crossing structures: the road stays where it is, animals pass it unharmed."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import Landscape, edits, load_species
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.edits.crossings import BRIDGED
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.species.fields import on_landscape


def ring(land: Landscape, row0: float, row1: float, col0: float, col1: float) -> list[list[float]]:
    """Return the corners of a box of cells in map metres."""
    g = land.grid
    west, east = g.west_m + col0 * g.cell_m, g.west_m + col1 * g.cell_m
    north, south = g.north_m - row0 * g.cell_m, g.north_m - row1 * g.cell_m
    return [[west, north], [east, north], [east, south], [west, south]]


@pytest.fixture
def land() -> Landscape:
    """Return even forest cut from west to east by a paved road in row 10."""
    plain = uniform(20, 20)
    g = plain.grid
    y = g.north_m - 10.5 * g.cell_m
    points = tuple((g.west_m + c * g.cell_m, y) for c in (0.5, 19.5))
    return edits.AddRoad(name="the road", points=points, road_class=2, crs=g.crs).apply(plain, 0)


def test_a_crossing_opens_the_road_where_it_is_built_and_nowhere_else(land: Landscape) -> None:
    done = edits.BuildCrossings(name="bridge", areas=[ring(land, 8, 13, 5, 8)], crs=land.grid.crs)(
        land
    )
    species = load_species("jaguar")
    before, after = on_landscape(species, land).fields, on_landscape(species, done).fields
    changed = done["road"] != land["road"]
    assert changed.sum() == 3
    assert (done["road"][changed] == BRIDGED).all()
    assert (after.permeability[changed] == 1).all()
    assert (before.permeability[changed] < 1).all()
    assert (after.hazard_per_day[1][changed] == 0).all()
    assert (before.hazard_per_day[1][changed] > 0).all()
    # people still use the road: what it disturbs and whom it lets in stay
    for layer in ("road_distance_m", "hazard_access"):
        assert np.array_equal(done[layer], land[layer])
    assert np.array_equal(after.permeability[~changed], before.permeability[~changed])


def test_without_a_road_there_is_nothing_to_cross(land: Landscape) -> None:
    with pytest.raises(LandscapeError, match="no road to cross in 'bridge'"):
        edits.BuildCrossings(name="bridge", areas=[ring(land, 1, 4, 5, 8)], crs=land.grid.crs)(land)
