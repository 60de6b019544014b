"""Rasters of amounts as users have them: sums stay, holes are told, units are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.warp import transform_bounds

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.amount_units import misfit, same_unit, split_unit, summed_unit
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.amounts import Amounts, read_amounts
from oracles.user_files import LONLAT, UTM, raster

GRID = Grid(40, 50, 1000.0, 700_000.0, 9_600_000.0, UTM)
PER: dict[str, Any] = {"t/ha": "ha", "mm/year": "depth", "people": "cell"}


def read(path: Path, unit: str) -> Amounts:
    return read_amounts(path, path.name, "links.toml", unit, PER.get(unit, "ha"), GRID)


@pytest.mark.parametrize("cell_m", [250.0, 333.0, 1000.0, 1700.0, 3000.0])
def test_people_are_shared_out_and_none_is_lost(tmp_path: Path, cell_m: float) -> None:
    rng = np.random.default_rng(1)
    rows, cols = int(44_000 / cell_m) + 1, int(54_000 / cell_m) + 1
    values = np.zeros((rows, cols), np.float32)
    rim = int(6000 / cell_m) + 1
    values[rim:-rim, rim:-rim] = rng.uniform(0, 10, (rows - 2 * rim, cols - 2 * rim))
    path = raster(tmp_path / "people.tif", values, west=698_100, north=9_602_300, cell=cell_m)
    found = read(path, "people")
    assert found.per_cell.sum() == pytest.approx(values.sum(dtype=np.float64), rel=1e-5)


@pytest.mark.parametrize("step", [0.002, 0.0083, 0.02])
def test_degrees_are_brought_to_hectares(tmp_path: Path, step: float) -> None:
    west, south, east, north = transform_bounds(UTM, LONLAT, *GRID.bounds_m)
    shape = int((north - south) / step) + 2, int((east - west) / step) + 2
    path = raster(
        tmp_path / "carbon.tif",
        np.full(shape, 80.0, np.float32),
        crs=LONLAT,
        west=west - step / 2,
        north=north + step / 2,
        cell=step,
        unit="Mg ha-1",
    )
    found = read(path, "t/ha")
    # 80 t on each of the 100 hectares of a cell
    assert np.abs(found.per_cell - 8000.0).max() < 1.0
    assert (found.known == 1).all()
    assert "degree cells" in found.origin


def test_a_depth_is_a_volume_and_scales_are_applied(tmp_path: Path) -> None:
    values = np.full((40, 50), 123, np.int16)
    path = raster(tmp_path / "water.tif", values, cell=1000.0, unit="mm", scaling=(10.0, 0.0))
    found = read(path, "mm/year")
    # 1,230 mm on a km²
    assert found.per_cell == pytest.approx(np.full((40, 50), 1.23e6), rel=1e-6)


def test_holes_count_as_nothing_and_their_share_is_kept(tmp_path: Path) -> None:
    values = np.full((80, 100), 10.0, np.float32)
    values[:2, :2] = -9999.0  # one whole cell of the grid
    values[4, 4] = -9999.0  # a quarter of another
    values[6, 6] = np.nan
    path = raster(tmp_path / "holes.tif", values, cell=500.0, nodata=-9999.0)
    found = read(path, "t/ha")
    assert found.known[0, 0] == 0
    assert found.known[2, 2] == pytest.approx(0.75)
    assert found.known[3, 3] == pytest.approx(0.75)
    assert found.per_cell[0, 0] == 0
    assert found.per_cell[2, 2] == pytest.approx(750.0)
    assert found.per_cell.sum() == pytest.approx(10.0 * 25 * (80 * 100 - 6))


def test_a_raster_of_half_the_landscape_leaves_the_rest_unknown(tmp_path: Path) -> None:
    path = raster(tmp_path / "half.tif", np.full((40, 25), 1.0, np.float32), cell=1000.0)
    found = read(path, "t/ha")
    assert (found.known[:, :25] == 1).all()
    assert (found.known[:, 25:] == 0).all()


@pytest.mark.parametrize(
    ("values", "unit", "tag", "place", "words"),
    [
        (1.0, "t/ha", "kg/m2", {}, ["declares its unit as 'kg/m2'", "the settings say 't/ha'"]),
        (1.0, "t/ha", "Mg C ha-1", {}, ["declares its unit as 'Mg C ha-1'"]),
        (1.0, "people", "people/km2", {}, ["declares its unit as 'people/km2'"]),
        (-3.0, "t/ha", None, {}, ["holds -3", "impossible value", "amounts must lie in 0 to"]),
        (-9999.0, "t/ha", None, {}, ["-9999", "nodata that the file does not declare"]),
        (1.0, "t/ha", None, {"west": 100_000.0}, ["does not overlap the study area"]),
        (1.0, "t/ha", None, {"crs": None}, ["has no CRS"]),
    ],
)
def test_what_is_no_such_amount_is_one_line(
    tmp_path: Path, values: float, unit: str, tag: str | None, place: Any, words: list[str]
) -> None:
    full = np.full((40, 50), values, np.float32)
    path = raster(tmp_path / "wrong.tif", full, cell=1000.0, unit=tag, **place)
    with pytest.raises(LandscapeError) as caught:
        read(path, unit)
    line = str(caught.value)
    assert "\n" not in line
    assert "wrong.tif" in line
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("unit", "split", "total"),
    [
        ("t/ha", ("t", "ha", False), "t"),
        ("tonnes per hectare", ("t", "ha", False), "t"),
        ("Mg C ha⁻¹", ("t C", "ha", False), "t C"),
        ("t CO2/ha", ("t CO2", "ha", False), "t CO2"),
        ("mg/ha", ("mg", "ha", False), "mg"),
        ("kg/ha/yr", ("kg", "ha", True), "kg a year"),
        ("mm", ("mm", "depth", False), "m³"),
        ("mm a year", ("mm", "depth", True), "m³ a year"),
        ("mm yr-1", ("mm", "depth", True), "m³ a year"),
        ("metres", ("m", "depth", False), "m³"),
        ("Households", ("households", "cell", False), "Households"),
    ],
)
def test_units_are_read_as_they_are_meant(
    unit: str, split: tuple[str, str, bool], total: str
) -> None:
    assert split_unit(unit) == split
    assert summed_unit(unit) == total
    assert misfit(unit, split[1]) == ""  # type: ignore[arg-type]  # one of the three, as a text
    assert same_unit(unit, unit)


def test_carbon_is_not_biomass_and_a_month_is_not_a_year() -> None:
    assert same_unit("t/ha", "Mg ha-1")
    assert not same_unit("t/ha", "t C/ha")
    assert not same_unit("mm/month", "mm/year")
    assert not same_unit("mm", "cm")
    assert misfit("people/km2", "cell")
    assert misfit("mm", "ha")
