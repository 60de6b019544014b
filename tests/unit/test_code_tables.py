"""A table of land-cover codes: what counts as a code, and what the raster holds beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.code_table import read_code_table
from oracles.andes_covers import COVERS, TABLE
from oracles.user_files import load, plane, raster

N = 20
PASTURE, WATER = COVERS["pasture"].code, COVERS["water"].code


def cover(folder: Path, values: Any, table: str, **options: Any) -> Any:
    raster(folder / "dem.tif", plane(N, N, 100.0))
    raster(folder / "cover.tif", values, **options)
    (folder / "codes.csv").write_text(table)
    return load(folder, land_cover="cover.tif", land_cover_codes="codes.csv")["land_cover"]


def ones(value: float = 1.0, dtype: str = "float32") -> Any:
    values = np.ones((N, N), dtype)
    values[:2] = value
    return values


@pytest.mark.parametrize("cell", [100.0, 70.0, 250.0])
def test_nan_that_is_not_declared_is_named_and_so_is_a_fraction(
    cell: float, tmp_path: Path
) -> None:
    values = ones(np.nan)
    values[5, 5] = 1.5
    with pytest.raises(LandscapeError) as caught:
        cover(tmp_path, values, "code,cover\n1,pasture\n", cell=cell)
    line = str(caught.value)
    for words in (
        "holds NaN in",
        "does not declare as nodata",
        "-a_nodata nan cover.tif",
        "1.5 (1 cell), which is no class",
        "is this a raster of classes",
    ):
        assert words in line
    assert "add the code" not in line


def test_what_is_said_of_nan_works(tmp_path: Path) -> None:
    table = "code,cover\n1,pasture\n"
    with pytest.raises(LandscapeError, match=r"NaN in 40 cells.*-a_nodata nan"):
        cover(tmp_path, ones(np.nan), table)
    # declared, they are no ground
    got = cover(tmp_path, ones(np.nan), table, nodata=np.nan)
    np.testing.assert_array_equal(got == 0, np.isnan(ones(np.nan)))
    for line, nodata in (("nodata,water", np.nan), ("nan,water", np.nan), ("NaN,water", None)):
        got = cover(tmp_path, ones(np.nan), f"{table}{line}\n", nodata=nodata)
        np.testing.assert_array_equal(got == WATER, np.isnan(ones(np.nan)))
    with pytest.raises(LandscapeError, match="NaN in 40 cells"):  # not declared: not nodata
        cover(tmp_path, ones(np.nan), f"{table}nodata,water\n")


def test_nodata_that_the_table_names_is_its_cover(tmp_path: Path) -> None:
    values = ones(255, "uint8")
    for line in ("255,water", "nodata,water"):
        got = cover(tmp_path, values, f"code,cover\n1,pasture\n{line}\n", nodata=255)
        np.testing.assert_array_equal(got, np.where(values == 255, WATER, PASTURE))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e30, 0.5, -0.25, 1e-9])
def test_what_is_no_class(value: float, tmp_path: Path) -> None:
    with pytest.raises(LandscapeError) as caught:
        cover(tmp_path, ones(value), "code,cover\n1,pasture\n")
    assert "(40 cells)" in str(caught.value)
    assert ("no class" in str(caught.value)) == (value != 1e30)


def test_a_raster_of_heights_is_no_raster_of_classes(tmp_path: Path) -> None:
    values = np.random.default_rng(1).uniform(0, 3000, (60, 60))
    with pytest.raises(
        LandscapeError, match=r"more than 253 different values, .*is this a raster of classes"
    ):
        cover(tmp_path, values, "code,cover\n1,pasture\n", cell=40.0)


@pytest.mark.parametrize(
    "code",
    [
        "1.5",
        "1e30",
        "inf",
        "-inf",
        "1_0",
        "0x10",
        "9" * 19,
        "9" * 5000,
        "True",
        "",
        "1 2",
        "½",
        "²",
    ],
)
def test_what_is_no_code(code: str, tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(f"code,cover\n1,pasture\n{code},water\n", encoding="utf-8")
    with pytest.raises(LandscapeError, match=r"codes.csv.*line 3.*is not a whole number") as caught:
        read_code_table(path, TABLE)
    assert len(str(caught.value)) < 300 + len(str(path))


@pytest.mark.parametrize("again", ["1", "1.0", " 1", "+1", "01"])
def test_a_code_that_comes_twice_in_another_spelling(again: str, tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(f"code,cover\n1,pasture\n{again},water\n")
    with pytest.raises(LandscapeError, match="code 1 comes twice"):
        read_code_table(path, TABLE)


@pytest.mark.parametrize(
    "text",
    [
        "codes = []",
        "codes = 3",
        "[codes]\n1 = []",
        "[codes]\n1 = 2",
        "[codes]\n1 = {a = 1}",
        "[[codes]]\n1 = 'water'",
        "[codes]\n1.5 = 'water'",
        "[codes.1]\n2 = 'water'",
        "a = " + "[" * 5000 + "]" * 5000,
        "[codes]\n1 = " + "9" * 5000,
        '[codes]\n"' + "9" * 5000 + '" = "water"',
        '[codes]\n"\\u0000" = "water"',
        "[codes]\n1 = 'pastur'",
        "[codes]\n1 = 1979-05-27",
        "[codes]\n1 = nan",
        "[codes]\n1 = true",
    ],
)
def test_odd_toml_tables_are_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "codes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LandscapeError) as caught:
        read_code_table(path, TABLE)
    line = str(caught.value)
    assert "codes.toml" in line
    assert len(line.splitlines()) == 1
    assert len(line) < 600 + len(str(path))
    assert caught.value.remedy


def test_a_toml_table_may_name_nodata(tmp_path: Path) -> None:
    path = tmp_path / "codes.toml"
    path.write_text("[codes]\n1 = 'pasture'\nnodata = 'water'\nnan = 'mine'\n")
    table = read_code_table(path, TABLE)
    assert dict(table.covers) == {1: PASTURE}
    assert (table.nodata, table.nan) == (WATER, COVERS["mine"].code)
