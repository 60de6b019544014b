"""The made-up island: equal bytes on every call, as users bring files, nothing overwritten."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio

import corridor_sim as cs


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("island")
    cs.write_practice_files(folder)
    return folder


def test_the_same_bytes_on_every_call(island: Path, tmp_path: Path) -> None:
    again = cs.write_practice_files(tmp_path / "again")
    assert [file.name for file in again] == [
        "dem.tif",
        "cover.tif",
        "ndvi.tif",
        "classes.csv",
        "roads.gpkg",
        "reserves.gpkg",
        "towns.gpkg",
        "sightings.csv",
        "tracks.csv",
        "individuals.csv",
        "dem.qml",
        "ndvi.qml",
        "cover.qml",
    ]
    for file in again:
        assert file.read_bytes() == (island / file.name).read_bytes(), file.name


def test_the_sea_has_no_data_and_every_code_a_row(island: Path) -> None:
    with rasterio.open(island / "dem.tif") as dem, rasterio.open(island / "cover.tif") as cover:
        height, code = dem.read(1, masked=True), cover.read(1, masked=True)
        assert dem.res == (500.0, 500.0)
    np.testing.assert_array_equal(height.mask, code.mask)
    assert 0.3 < height.mask.mean() < 0.6
    assert height.min() > 0
    rows = list(csv.DictReader((island / "classes.csv").read_text().splitlines()))
    assert {int(row["code"]) for row in rows} == set(np.unique(code.compressed()).tolist())


def test_animals_were_seen_on_ground_and_in_woods(island: Path) -> None:
    seen = list(csv.DictReader((island / "sightings.csv").read_text().splitlines()))
    assert len(seen) == 40
    with rasterio.open(island / "cover.tif") as cover:
        codes = [int(v[0]) for v in cover.sample([(float(r["x"]), float(r["y"])) for r in seen])]
    assert set(codes) <= {10, 20}


def test_nothing_is_overwritten(island: Path) -> None:
    before = (island / "dem.tif").read_bytes()
    with pytest.raises(cs.CorridorSimError, match=r"dem.tif: is there already"):
        cs.write_practice_files(island)
    assert (island / "dem.tif").read_bytes() == before
