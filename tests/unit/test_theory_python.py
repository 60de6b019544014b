"""``corridor_sim.theory``: the same answers from files, arrays, xarray and landscapes."""

from __future__ import annotations

import doctest
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import theory
from corridor_sim.connectivity.circuit import pairwise_resistance
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.errors import CorridorSimError, LandscapeError
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.dataset import grid_coords
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.propose import ground_cost

POINTS = {3: (705_500.0, 9_699_500.0), 8: (701_500.0, 9_696_500.0)}
GRID = Grid(5, 7, 1000.0, 700_000.0, 9_700_000.0, "EPSG:32717")


def values() -> np.ndarray[Any, Any]:
    found = np.random.default_rng(2).uniform(1, 50, GRID.shape)
    found[2, 3] = np.nan
    return found


def data_array() -> Any:
    import xarray as xr

    return xr.DataArray(values(), grid_coords(GRID), ("y", "x"), "habitat")


def wanted() -> float:
    raster = conductance_raster(values())
    return float(pairwise_resistance(raster, Focal.at([(0, 5), (3, 1)], GRID.shape))[0, 1])


def geotiff(path: Any) -> Any:
    from corridor_sim.landscape.io.export import write_geotiff

    return write_geotiff(path, values(), GRID, nodata=np.nan, description="", unit="1")


def test_examples_in_docstrings_hold() -> None:
    found = doctest.testmod(theory)
    assert found.attempted >= 12
    assert found.failed == 0


def test_every_form_of_a_ground_gives_the_same(tmp_path) -> None:
    import geopandas

    array = data_array()
    own = {i: (x - 700_000.0, y - 9_695_000.0) for i, (x, y) in POINTS.items()}
    numbers = np.zeros(GRID.shape)
    numbers[0, 5], numbers[3, 1] = 3, 8
    frame = geopandas.GeoDataFrame(
        geometry=geopandas.points_from_xy(*np.array(list(POINTS.values())).T), crs=GRID.crs
    )
    for ground, points, how in (
        (array, POINTS, {}),
        (array[::-1], POINTS, {}),
        (array.expand_dims("band"), POINTS, {}),
        (values(), own, {"cell_m": 1000.0}),
        (np.ma.masked_invalid(values()), numbers, {}),
        (geotiff(tmp_path / "a.tif"), POINTS, {}),
        (str(tmp_path / "a.tif"), array.copy(data=numbers), {}),
        (array, list(POINTS.values()), {}),
        (array, frame, {}),
    ):
        found = theory.effective_resistance(ground, points, **how)
        assert found.iloc[0, 1] == wanted(), type(ground)
        assert found.attrs["units"] == "ohm"
        assert list(found.index) in ([3, 8], [1, 2])


def test_a_landscape_is_its_species_ground_and_its_core_areas() -> None:
    zones = np.zeros((12, 15), np.int16)
    zones[1:3, 1:4], zones[8:11, 10:13] = 1, 2
    road = np.zeros((12, 15), np.uint8)
    road[:, 7] = 2
    land = uniform(12, 15, protected=zones, road=road)
    species = cs.load_species("jaguar")
    cost = ground_cost([species], land)
    raster = conductance_raster(cost, regions=zones)
    expected = pairwise_resistance(raster, Focal.at([(1, 1), (8, 10)], (12, 15)))
    for of in (species, "jaguar", lambda given: ground_cost([species], given)):
        found = theory.effective_resistance(land, of=of)
        np.testing.assert_array_equal(found, expected)
        assert list(found.index) == list(found.columns) == ["Core 1", "Core 2"]
    inside = theory.passage(land, of=species).values[zones > 0]
    assert (inside == 0).all()
    by_layer = theory.survival_time(land, 0.125, of="elevation_m")
    assert by_layer.values == pytest.approx(np.full((12, 15), 8.0))
    assert by_layer.spatial_ref.attrs["GeoTransform"].split()[1] == "1000.0"
    assert by_layer.units == "1"
    assert float(by_layer.x[0]) == land.grid.x_centres_m()[0]


def test_maps_lie_where_the_ground_lies() -> None:
    found = theory.current(data_array(), POINTS)
    assert found.units == "A"
    assert found.dims == ("y", "x")
    np.testing.assert_array_equal(found.x, GRID.x_centres_m())
    np.testing.assert_array_equal(found.y, GRID.y_centres_m())
    assert np.isnan(found.values[2, 3])
    at = found.sel(x=705_500.0, y=9_699_500.0, method="nearest")
    assert float(at) == pytest.approx(1.0)
    one = theory.current(data_array(), POINTS, mode="one-to-all", strengths={3: 2.0, 8: 0.0})
    np.testing.assert_allclose(one, 2 * found, rtol=1e-9)
    np.testing.assert_allclose(
        theory.current(data_array(), POINTS, mode="all-to-one", combine="max"), found, rtol=1e-9
    )


def test_flow_is_ohms_and_the_pairs() -> None:
    into, out = np.zeros(GRID.shape), np.full(GRID.shape, np.nan)
    into[0, 5], out[3, 1] = 1.0, 0.0
    found = theory.flow(data_array(), into, out)
    assert float(found.voltage.values[0, 5]) == pytest.approx(wanted(), rel=1e-9)
    np.testing.assert_allclose(found.current, theory.current(data_array(), POINTS), rtol=1e-8)
    assert found.voltage.units == "V"


def test_walks_agree_with_each_other() -> None:
    array, dying = data_array(), data_array().copy(data=np.full(GRID.shape, 0.01))
    life = theory.survival_time(array, 0.01)
    visited = theory.visits(array, {1: POINTS[3]}, mortality=dying)
    # a walker's visits add up to its life
    assert float(visited.sum()) == pytest.approx(float(life.values[0, 5]), rel=1e-9)
    chance = theory.passage(array, {1: POINTS[8]}, what="probability", mortality=0.01)
    steps = theory.passage(array, {1: POINTS[8]}, mortality=0.01)
    assert float(chance.values[3, 1]) == 1
    assert float(steps.values[3, 1]) == 0
    assert 0 < float(np.nanmin(chance)) < 1 <= float(steps.where(chance < 1).min())


def test_what_there_is_to_say_stands_beside_the_result() -> None:
    walled = np.array([[1.0, np.nan, 1.0]])
    ends = [(0.5, 0.5), (2.5, 0.5)]
    found = theory.effective_resistance(walled, ends)
    assert found.attrs["note"] == "not connected, infinite resistance: 1 and 2"
    assert np.isinf(found.loc[1, 2])
    steps = theory.passage(walled, ends[:1])
    assert steps.attrs["note"] == "from 1 of 2 nodes none arrives: no data in the map"
    assert theory.effective_resistance(walled[:, ::2], [(0.5, 0.5), (1.5, 0.5)]).attrs["note"] == ""


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: theory.effective_resistance(values(), [(0.5, 0.5)]), "holds one focal point, 1"),
        (lambda: theory.effective_resistance(values()), "points: no focal point; give points"),
        (lambda: theory.effective_resistance(values(), [1, 2]), "points: point 1 is 1; give x"),
        (lambda: theory.effective_resistance(data_array(), {1: (0, 0)}), "point 1 at 0, 0 is out"),
        (lambda: theory.current(data_array(), POINTS, pairs=[(3, 4)]), "is no pair of focal"),
        (lambda: theory.current(data_array(), POINTS, strengths={3: 1.0}), "strengths of nothing"),
        (lambda: theory.current(data_array(), POINTS, mode="both"), "mode: unknown 'both'"),
        (lambda: theory.current(data_array(), POINTS, neigbours=4), "unknown keyword 'neigbours'"),
        (lambda: theory.current(data_array(), POINTS, of="road"), "of: of nothing"),
        (lambda: theory.current(data_array().T, POINTS), "habitat: has dimensions x, y"),
        (lambda: theory.current(uniform(3, 3)), "of: no ground is chosen; give a species"),
        (lambda: theory.current(uniform(3, 3), of="raod"), "'raod' is no layer and no species"),
        (lambda: theory.current(uniform(3, 3), of=lambda land: 1), "of: values of shape ()"),
        (lambda: theory.survival_time(values(), 0.1, cell_m=0), "cell_m: cells of 0 m"),
        (lambda: theory.survival_time(values(), 2.0), "mortality: 2 is no probability"),
        (
            lambda: theory.survival_time(values(), np.ones((2, 2))),
            "mortality: is 2 x 2, the raster",
        ),
        (lambda: theory.survival_time("none.tif", 0.1), "none.tif: no such file"),
        (lambda: theory.visits(data_array(), data_array()[1:] > 0, mortality=1.0), "has 4 x 7 cel"),
    ],
)
def test_mistakes_are_one_line(call, says) -> None:
    with pytest.raises(CorridorSimError) as caught:
        call()
    assert says in str(caught.value)
    assert str(caught.value).isprintable()
    assert isinstance(caught.value, LandscapeError) or "unknown" in says or "of" in says


def test_theory_is_public() -> None:
    assert cs.theory is theory
    assert "theory" in cs.__all__
