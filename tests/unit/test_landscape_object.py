"""A landscape in the words of xarray, GeoPandas and matplotlib, and objects at a glance."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import Landscape, Scenario
from corridor_sim.config.load import resolve
from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.derive import derive
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.export import write_netcdf
from corridor_sim.landscape.landscape import Origin, Town
from corridor_sim.landscape.layers import DERIVED_LAYERS
from corridor_sim.landscape.synthetic import uniform


def made(cell_m: float = 900.1, west_m: float = 700_000.3) -> Landscape:
    rng = np.random.default_rng(3)
    zones = np.zeros((30, 40), np.int16)
    zones[2:9, 3:12] = 2
    zones[20:28, 5:25] = 1
    zones[22, 7] = 0  # a hole
    land = uniform(
        30,
        40,
        protected=zones,
        elevation_m=rng.uniform(200, 4000, (30, 40)).astype(np.float32),
        road=rng.integers(0, 3, (30, 40)).astype(np.uint8),
    )
    grid = Grid(30, 40, cell_m, west_m, 9_700_000.7, "EPSG:32717")
    return dataclasses.replace(
        land,
        layers=derive(grid, dict(land.layers), land.covers, land.region),
        name="<b>Río & páramo</b>",
        grid=grid,
        zone_names=("", "Yacuri", "Podocarpus"),
        zone_countries=("", "ECU", "PER"),
        zone_groups={"north": ("Yacuri",)},
        town_list=(Town("Loja", 710_000.25, 9_690_000.0, 200_000),),
        zones_left_out=("Nowhere",),
        origins={**land.origins, "road": Origin("user", "roads.gpkg", "a better one")},
        edits=("one edit", "another"),
    )


def same(one: Landscape, other: Landscape) -> None:
    for field in dataclasses.fields(Landscape):
        if field.name != "layers":
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    assert list(one.layers) == list(other.layers)
    for name, values in one.layers.items():
        assert values.dtype == other[name].dtype
        np.testing.assert_array_equal(values, other[name])


def test_the_way_to_xarray_and_back_loses_nothing(tmp_path) -> None:
    import xarray as xr

    land = made()
    same(land, Landscape.from_xarray(land.to_xarray()))
    path = write_netcdf(tmp_path / "a.nc", land.to_xarray())
    with xr.open_dataset(path, decode_coords="all", engine="h5netcdf") as ds:
        same(land, Landscape.from_xarray(ds))


def test_a_dataset_made_elsewhere_is_taken() -> None:
    land = made()
    ds = land.to_xarray().drop_vars(list(DERIVED_LAYERS))
    del ds.attrs["corridor_sim"], ds.spatial_ref.attrs["GeoTransform"]
    ds = ds.isel(y=slice(None, None, -1))
    ds = ds.assign(road=ds.road.astype(np.int64), elevation_m=ds.elevation_m.astype(np.float64))
    before = ds.copy(deep=True)
    found = Landscape.from_xarray(ds)
    assert ds.identical(before)
    ds["road"][0, 0] = 3  # the landscape is no view of the dataset
    assert found.zone_names == ("", "Core 1", "Core 2")
    assert found.grid.crs == "EPSG:32717"
    assert found.grid.bounds_m == pytest.approx(land.grid.bounds_m, abs=1e-6)
    for name in land.layers:
        np.testing.assert_allclose(found[name], land[name], rtol=1e-5, atol=1e-6, err_msg=name)
    assert not found["road"].flags.writeable
    assert found.origins["road"] == Origin("user", "roads.gpkg")


def _crs(ds, text):
    from pyproj import CRS

    ds.spatial_ref.attrs["crs_wkt"] = CRS.from_user_input(text).to_wkt()
    return ds


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda ds: ds.transpose(), "has dimensions x, y; give y, x"),
        (lambda ds: ds.expand_dims("band"), "has dimensions band, y, x"),
        (lambda ds: ds.drop_vars("x"), "has no coordinate x"),
        (lambda ds: ds.assign_coords(x=ds.x**1.1), "coordinate x is not regular"),
        (lambda ds: ds.assign_coords(x=ds.x * np.nan), "coordinate x holds what is no number"),
        (lambda ds: ds.assign_coords(x=ds.x[::-1].values), "coordinate x falls"),
        (lambda ds: ds.assign_coords(y=ds.y * 2), "cells of 900.1 x 1800.2 are not square"),
        (lambda ds: ds.isel(x=[0], y=[0]).drop_vars("spatial_ref"), "one cell says nothing"),
        (lambda ds: ds.drop_vars("road"), "layer road is missing"),
        (lambda ds: ds.rename(road="raod"), "unknown layer 'raod'; did you mean 'road'?"),
        (lambda ds: ds.assign(road=ds.road + 0.5), "layer road holds"),
        (lambda ds: ds.assign(road=ds.road.astype(int) + 256), "layer road holds"),
        (lambda ds: ds.assign(road=ds.road.astype(str)), "layer road has dtype <U"),
        (lambda ds: ds.assign(elevation_m=ds.elevation_m * np.nan), "layer elevation_m holds nan"),
        (lambda ds: ds.assign(elevation_m=ds.elevation_m + 9e3), "values must lie in -430 to 8850"),
        (lambda ds: _crs(ds, "EPSG:4326"), "has no metres: it is geographic"),
        (lambda ds: _crs(ds, "EPSG:2229"), "measures in US survey foot, metres are needed"),
        (lambda ds: ds.assign_attrs(corridor_sim='{"crs": 1}'), "attribute corridor_sim, crs: "),
        (lambda ds: ds.assign_attrs(corridor_sim="nonsense"), "attribute corridor_sim, JSON: "),
        (lambda ds: ds[[]], "holds no layer"),
    ],
)
def test_what_is_no_landscape_is_told_in_one_line(spoil, says) -> None:
    ds = spoil(made().to_xarray().copy(deep=True))
    with pytest.raises(LandscapeError) as caught:
        Landscape.from_xarray(ds)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


def test_units_and_a_missing_crs_are_told() -> None:
    ds = made().to_xarray()
    ds.elevation_m.attrs["units"] = "ft"
    with pytest.raises(LandscapeError, match="elevation_m is in 'ft', not m; convert"):
        Landscape.from_xarray(ds)
    ds = made().to_xarray().drop_vars("spatial_ref")
    del ds.attrs["corridor_sim"]
    with pytest.raises(LandscapeError, match="has no CRS; add a coordinate spatial_ref"):
        Landscape.from_xarray(ds)


def test_core_areas_and_towns_are_frames() -> None:
    land = made()
    areas = land.core_areas
    assert areas.crs.to_epsg() == 32717
    assert areas[["id", "name", "country"]].to_numpy().tolist() == [
        [1, "Yacuri", "ECU"],
        [2, "Podocarpus", "PER"],
    ]
    cells = np.bincount(land["protected"].reshape(-1))[1:]
    assert areas.area_km2.tolist() == pytest.approx(cells * land.grid.cell_km2)
    assert areas.geometry.area.tolist() == pytest.approx(cells * land.grid.cell_m**2)
    towns = land.towns
    assert towns[["name", "population"]].to_numpy().tolist() == [["Loja", 200_000]]
    assert (towns.geometry.x[0], towns.geometry.y[0]) == (710_000.25, 9_690_000.0)
    empty = uniform(4, 4)
    assert len(empty.core_areas) == len(empty.towns) == 0
    assert empty.core_areas.crs == empty.towns.crs == areas.crs


@pytest.mark.parametrize("layer", [None, "elevation_m", "road", "protected"])
def test_a_landscape_draws_itself(layer) -> None:
    from matplotlib.figure import Figure

    land = dataclasses.replace(made(), name="$ no mathematics")
    figure = Figure(figsize=(4, 3))
    ax = figure.subplots()
    assert land.plot(layer, ax=ax) is ax
    figure.canvas.draw()
    assert ax.get_title(loc="left").startswith("$ no mathematics")
    assert len(figure.axes) == (2 if layer in ("elevation_m", "protected") else 1)
    legend = [text.get_text() for text in ax.get_legend().texts] if ax.get_legend() else []
    wanted = {None: "Premontane forest", "road": "Primary paved"}.get(layer)
    assert wanted is None or wanted in legend
    labels = [text.get_text() for text in ax.texts]
    assert "Podocarpus" in labels
    assert "Loja" in labels


def test_a_layer_that_is_not_there_is_told() -> None:
    with pytest.raises(LandscapeError, match="no layer 'raod'; did you mean 'road'"):
        made().plot("raod")


def test_objects_say_what_they_are() -> None:
    land = made()
    scenario = Scenario(name="<i>A</i>", days=5, edits=({"kind": "warm", "degrees_c": 1.0},))
    resolved = resolve(scenario, scenario.name, Path())
    species = cs.load_species("jaguar")
    for one, words in (
        (land, ("Yacuri, Podocarpus", "one edit", "30 x 40 cells of 900.1 m", "layers, user")),
        (land.grid, ("30 x 40 cells of 900.1 m", "EPSG:32717", "west to east")),
        (scenario, ("5 days", "warm", "4, seed 1", "andes-amazon")),
        (resolved, ("5 days", "warm")),
        (species, (species.scientific_name, "home range", "km²")),
    ):
        text, html = repr(one), one._repr_html_()
        for word in words:
            assert word in text
            assert word in html
        assert "<b>" not in html
        assert "<i>" not in html
        assert len(text) < 2000
    assert "&lt;b&gt;Río &amp; páramo" in land._repr_html_()


def test_a_figure_of_its_own_holds_the_whole_key() -> None:
    from matplotlib import pyplot

    with pyplot.rc_context({"backend": "agg"}):
        ax = made().plot()
    ax.figure.canvas.draw()
    key = ax.figure.legends[0].get_window_extent()
    assert key.x0 >= ax.get_window_extent().x1
    assert key.x1 <= ax.figure.bbox.x1
    pyplot.close(ax.figure)
