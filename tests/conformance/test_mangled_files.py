"""Damaged files of a user load or are refused in one line; sound ones load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io import user_grid
from corridor_sim.landscape.io.settings import LandscapeSettings
from corridor_sim.landscape.io.user import load_user_landscape
from oracles.bad_files import COVER, LINE, SQUARE, N, cover, feature, geojson, raster, two_layers

MANGLED = ("dem.tif", "packed.tif", "cover.tif", "codes.csv", "roads.geojson", "roads.gpkg")


@pytest.mark.parametrize("name", MANGLED)
def test_mangled_files_load_or_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Flipped bits, lost and added bytes: a landscape or one line, never another exception."""
    monkeypatch.setattr(user_grid, "MAX_TARGET_CELLS", 100_000)
    noise = np.random.default_rng(0).integers(0, 4000, (N, N))
    raster(tmp_path / "dem.tif", noise, dtype="int16")
    raster(tmp_path / "packed.tif", noise, compress="deflate")
    cover("code,cover\n2,pasture\n40,water\n")(tmp_path)
    geojson(tmp_path / "roads.geojson", [feature("LineString", LINE, k=2)])
    two_layers(tmp_path)
    whole = (tmp_path / name).read_bytes()
    keys: dict[str, Any] = {"elevation": "packed.tif" if name == "packed.tif" else "dem.tif"}
    if name in COVER.values():
        keys |= COVER
    if name.startswith("roads"):
        keys["roads"] = name + ("|layername=main" if name.endswith("gpkg") else "")
    rng = np.random.default_rng(11)
    outcomes = {"loaded": 0, "refused": 0}
    refusals: list[str] = []
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(int(rng.integers(1, 5))):
            # Headers hold most of the meaning, so most of the damage goes there.
            at = int(rng.integers(min(len(data), 700 if rng.random() < 0.7 else len(data))))
            match int(rng.integers(3)):
                case 0:
                    data[at] ^= 1 << int(rng.integers(8))
                case 1:
                    del data[at : at + int(rng.integers(1, 20))]
                case 2:
                    data[at:at] = rng.bytes(int(rng.integers(1, 8)))
        (tmp_path / name).write_bytes(data)
        try:
            load_user_landscape(LandscapeSettings(**keys), tmp_path)
            outcomes["loaded"] += 1
        except LandscapeError as error:
            outcomes["refused"] += 1
            refusals.append(str(error))
    assert outcomes["refused"] > 0
    assert not [line for line in refusals if "\n" in line]
    assert capfd.readouterr() == ("", "")


def test_the_files_of_the_corpus_load_when_nothing_is_wrong(tmp_path: Path) -> None:
    # Guards the corpus: each case fails for its own reason, not for a mistake of its surroundings.
    raster(tmp_path / "dem.tif")
    raster(tmp_path / "t.tif", np.full((N, N), 17.0))
    cover("code,cover\n2,pasture\n40,water\n")(tmp_path)
    geojson(tmp_path / "roads.geojson", [feature("LineString", LINE, k=2)])
    geojson(tmp_path / "rivers.geojson", [feature("LineString", LINE, w=60)])
    geojson(tmp_path / "pa.geojson", [feature("Polygon", SQUARE, NAME="Yacuri")])
    land = load_user_landscape(
        LandscapeSettings(
            elevation="dem.tif",
            temperature="t.tif",
            **COVER,
            roads="roads.geojson",
            road_class_field="k",
            rivers="rivers.geojson",
            river_width_field_m="w",
            protected_areas="pa.geojson",
            protected_name_field="NAME",
        ),
        tmp_path,
    )
    assert land.grid.shape == (N, N)
    assert set(np.unique(land["road"])) == {0, 2}
    assert set(np.unique(land["river"])) == {0, 2}
    assert land.zone_names == ("", "Yacuri")
    assert (land["temperature_c"] == 17).all()
