"""The map of habitat suitability that people see is the one that animals live by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.species.fields import on_landscape


@pytest.mark.parametrize("key", cs.species_keys())
def test_it_is_what_homes_are_placed_by(key: str) -> None:
    land = cs.load_landscape(cell_m=10_000)
    found = cs.suitability(land, key)
    assert np.array_equal(found.values, on_landscape(cs.load_species(key), land).suitability)
    assert found.dims == ("y", "x")
    assert found.dtype == np.float32
    assert found.attrs["units"] == "1"
    assert np.allclose(np.diff(found["x"]), 10_000)
    assert found["y"][0] > found["y"][-1]


def test_where_there_is_no_ground_there_is_no_value() -> None:
    off = np.zeros((6, 8), np.uint8)
    off[:, :3] = 1
    cover = np.where(off, 0, uniform(6, 8)["land_cover"]).astype(np.uint8)
    land = uniform(6, 8, outside=off, land_cover=cover)
    found = cs.suitability(land, cs.load_species("jaguar"))
    assert np.array_equal(np.isnan(found.values), off > 0)


def test_a_species_that_is_not_there_is_named(tmp_path: Path) -> None:
    land = uniform(4, 4)
    with pytest.raises(cs.CorridorSimError, match="puma"):
        cs.suitability(land, "puma")
    with pytest.raises(cs.CorridorSimError, match=r"puma\.toml"):
        cs.suitability(land, tmp_path / "puma.toml")
