"""Map files: right numbers in the right cells, open in other programs, written whole or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr

from corridor_sim.comparison.maps import map_name, slug, use_per_km2, write_maps
from corridor_sim.comparison.tables import compare
from corridor_sim.errors import ResultsError
from oracles.made_study import HEIGHT, WIDTH, made_study


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    study = made_study(tmp_path_factory.mktemp("maps") / "study")
    comparison = compare(study)
    return study, comparison, write_maps(comparison, study)


def test_files_are_complete_and_nothing_half_written_stays(written):
    study, _, paths = written
    names = sorted(p.name for p in (study.out / "maps").iterdir())
    assert sorted(p.name for p in paths) == names
    assert len([n for n in names if n.endswith("__jaguar.tif")]) == len(study.scenarios)
    assert {
        "maps.nc",
        "land_cover.tif",
        "land_cover.qml",
        "elevation_m.tif",
        "landscape.gpkg",
    } <= set(names)


def test_use_undoes_sampling_and_counts_animals_per_km2(written):
    """6 relocations in 10 days of 6 steps are 0.1 animal; sampled by half, 0.2.

    Of dispersers they are one animal-day, and a fourth of it by their sampling, of a cohort that
    spans 0.8 years of births.
    """
    study, comparison, _ = written
    jaguar = study.species[0]
    relocations = 6.0
    per_step = relocations / (jaguar.movement.steps_per_day * 10)
    use = use_per_km2(comparison, study, study.scenarios[0].name, "jaguar")
    row, col = divmod(45, WIDTH)
    assert use["residents"][row, col] == pytest.approx(per_step / 0.5, rel=1e-6)
    row, col = divmod(85, WIDTH)
    assert use["dispersers"][row, col] == pytest.approx(1 / 4.0 / (0.8 * 365), rel=1e-6)
    bear = use_per_km2(comparison, study, study.scenarios[0].name, "andean_bear")
    steps = study.species[1].movement.steps_per_day
    assert bear["residents"].sum() == pytest.approx(40 * 6 / (steps * 10), rel=1e-6)


def test_geotiff_is_a_cog_with_crs_bands_units_and_change(written):
    study, comparison, _ = written
    name = study.scenarios[2].name
    assert "severe" in name
    path = study.out / "maps" / map_name(study, name, "jaguar")
    with rasterio.open(path) as file:
        assert file.crs.to_epsg() == 32717
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert np.isnan(file.nodata)
        assert file.transform.a == 1000.0
        assert (file.transform.c, file.transform.f) == (
            study.land.grid.west_m,
            study.land.grid.north_m,
        )
        assert [d.split(":")[0] for d in file.descriptions] == [
            "residents",
            "dispersers",
            "displaced",
            "deaths",
            "crossings",
            "blocked",
            "change of use",
        ]
        assert file.units == ("km-2",) * 3 + ("km-2 yr-1",) * 3 + ("km-2",)
        bands = file.read()
    before = use_per_km2(comparison, study, study.scenarios[0].name, "jaguar")
    after = use_per_km2(comparison, study, name, "jaguar")
    change = sum(after[s] - before[s] for s in before)
    np.testing.assert_allclose(bands[6], change, atol=1e-7)
    assert np.abs(change).max() > 0
    # two deaths per replicate in 10 days on 1 km²
    assert bands[3].reshape(-1)[45] == pytest.approx(2 * 365 / 10)
    assert bands[3].sum() == pytest.approx(2 * 365 / 10)


def test_baseline_has_no_change_band_and_beside_names_its_own_reference(written):
    study, _, _ = written
    with rasterio.open(
        study.out / "maps" / map_name(study, study.scenarios[0].name, "jaguar")
    ) as file:
        assert file.count == 6
    with rasterio.open(study.out / "maps" / map_name(study, "plan", "jaguar")) as file:
        assert "'severe + now'" in file.descriptions[6]


def test_netcdf_has_dimensions_crs_and_the_numbers_of_the_geotiffs(written):
    study, _, _ = written
    with xr.open_dataset(study.out / "maps" / "maps.nc", decode_coords="all") as ds:
        assert ds.attrs["Conventions"] == "CF-1.11"
        assert ds["use"].dims == ("scenario", "species", "stage", "y", "x")
        assert list(ds["species"].values) == study.species_keys()
        assert list(ds["scenario"].values) == [s.name for s in study.scenarios]
        assert "EPSG" in ds["spatial_ref"].attrs["crs_wkt"]
        assert ds["use"].encoding["grid_mapping"] == "spatial_ref"
        assert ds["x"].attrs["standard_name"] == "projection_x_coordinate"
        assert (ds.sizes["y"], ds.sizes["x"]) == (HEIGHT, WIDTH)
        for i, scenario in enumerate(s.name for s in study.scenarios):
            path = study.out / "maps" / map_name(study, scenario, "andean_bear")
            with rasterio.open(path) as file:
                stages = ds["use"].sel(species="andean_bear")[i].values
                np.testing.assert_array_equal(stages, file.read([1, 2, 3]))
                np.testing.assert_array_equal(
                    ds["deaths"].sel(species="andean_bear")[i].values, file.read(4)
                )


def test_same_study_same_bytes(written):
    study, comparison, paths = written
    before = {p.name: p.read_bytes() for p in paths}
    again = write_maps(comparison, study)
    assert {p.name: p.read_bytes() for p in again} == before


def test_names_are_safe_and_distinct():
    assert slug("../../etc/passwd") == "etc_passwd"
    assert slug("Páramo: <b>") == "paramo_b"
    assert slug("日本") == "scenario"
    assert len(slug("x" * 300)) <= 48


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=1)
    comparison = compare(study)
    (study.out / "maps").write_text("in the way")
    with pytest.raises(ResultsError):
        write_maps(comparison, study)


def test_no_core_areas_no_towns(tmp_path: Path):
    study = made_study(tmp_path / "study", replicates=1, zones=False, towns=False)
    names = {p.name for p in write_maps(compare(study), study)}
    assert "landscape.gpkg" not in names
    assert "maps.nc" in names
