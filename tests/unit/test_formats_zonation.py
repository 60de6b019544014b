"""Zonation's lists and settings: round trips, results exported, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

import corridor_sim as cs

Zonation = cs.formats.Zonation


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zonation")
    land = cs.load_landscape(cell_m=10_000)
    Zonation.of(land, ["jaguar", "andean_bear"], {"jaguar": 2.5}).write(folder)
    return folder


@pytest.mark.parametrize("name", ["settings.z5", "features.txt", "features.spp"])
def test_what_is_written_reads_the_same(name: str, written: Path) -> None:
    found = Zonation.read(written / name)
    assert found.features["name"].tolist() == ["jaguar", "andean_bear"]
    assert found.features["weight"].tolist() == [2.5, 1.0]
    land = cs.load_landscape(cell_m=10_000)
    for key in ("jaguar", "andean_bear"):
        wanted = cs.suitability(land, key).to_numpy()
        assert np.array_equal(found.map(key).values, wanted, equal_nan=True)
    again = written / "again" / name
    found.write(again)
    second = Zonation.read(again / "settings.z5")
    assert np.array_equal(second.map("jaguar").values, found.map("jaguar").values, equal_nan=True)
    assert bool(second.mask_file) == (name == "settings.z5")


def test_rasters_lie_on_each_other_in_one_crs(written: Path) -> None:
    places = set()
    for path in sorted((written / "maps").glob("*.tif")):
        with rasterio.open(path) as file:
            places.add((file.crs.to_epsg(), *file.transform, *file.shape))
            whole = file.dtypes[0] == "int16"
        assert whole == (path.stem == "hierarchic_mask")
    assert len(places) == 1


BAD = [
    ("settings.z5", "feature list file = nowhere.txt\n", "no such file"),
    ("settings.z5", "feature list file = features.txt\ncost layer = x.tif\n", "is not read"),
    ("settings.z5", "feature list file = features.txt\ncolour = x\n", "is not understood"),
    ("features.txt", "weight filename alpha\n1 maps/jaguar.tif 2\n", "column 'alpha' is not"),
    ("features.txt", "weight filename\nx maps/jaguar.tif\n", "weight is 'x'"),
    ("features.txt", "weight filename\n", "has 0 features"),
    ("features.txt", "weight filename\n1 maps/none.tif\n", "no such file"),
    ("features.txt", "weight filename\n1 features.spp\n", "features.spp"),
    ("features.txt", "filename\nmaps/jaguar.tif\nmaps/jaguar.tif\n", "names a raster twice"),
    ("features.spp", "1 0 1 1 maps/jaguar.tif\n", "5 values instead of 6"),
    ("features.spp", "1 0 1 a 1 maps/jaguar.tif\n", "not five numbers"),
    ("features.spp", "1 inf 1 1 1 maps/jaguar.tif\n", "not five numbers"),
    ("features.spp", "nan 0 1 1 1 maps/jaguar.tif\n", "not five numbers"),
    ("features.spp", "\n", "has no feature"),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD)
def test_what_is_no_list_is_refused(
    name: str, text: str, said: str, written: Path, tmp_path: Path
) -> None:
    (tmp_path / "maps").symlink_to(written / "maps")
    (tmp_path / "features.txt").write_text((written / "features.txt").read_text())
    (tmp_path / name).write_text(text)
    with pytest.raises(cs.CorridorSimError, match=said):
        Zonation.read(tmp_path / name)


def test_rasters_of_two_places_are_refused(written: Path, tmp_path: Path) -> None:
    land = cs.load_landscape(cell_m=8000)
    Zonation.of(land, ["jaguar"]).write(tmp_path)
    text = f"filename\nmaps/jaguar.tif\n{written / 'maps' / 'andean_bear.tif'}\n"
    (tmp_path / "features.txt").write_text(text)
    with pytest.raises(cs.CorridorSimError, match="cells"):
        Zonation.read(tmp_path / "features.txt")
