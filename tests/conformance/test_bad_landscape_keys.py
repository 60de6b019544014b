"""Every impossible key of [landscape] is one line that names it and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from corridor_sim.landscape.io import user_grid
from oracles.bad_files import Case, assert_named_in_one_line

CASES: dict[str, Case] = {
    "geographic target": Case(
        lambda d: None, {"crs": "EPSG:4326"}, ["'EPSG:4326'", "geographic", "EPSG:32717"]
    ),
    "target in feet": Case(
        lambda d: None, {"crs": "EPSG:2263"}, ["'EPSG:2263'", "metres are needed", "EPSG:32717"]
    ),
    "target unknown": Case(
        lambda d: None, {"crs": "UTM 17"}, ["'UTM 17'", "no known CRS", "EPSG:32717"]
    ),
    "extent of words": Case(
        lambda d: None, {"extent": "all of it"}, ["extent", "'all of it'", "west south east north"]
    ),
    "extent upside down": Case(
        lambda d: None,
        {"extent": "700000 9600000 720000 9580000"},
        ["extent", "south not below its north"],
    ),
    "extent outside": Case(
        lambda d: None,
        {"extent": "690000 9580000 720000 9600000"},
        ["dem.tif", "only 66.7 %", 'extent = "700000 9580000 720000 9600000"'],
    ),
    "extent below a cell": Case(
        lambda d: None,
        {"extent": "700000 9580000 700500 9590000"},
        ["extent", "no whole cell of 1000 m"],
    ),
    "cell": Case(lambda d: None, {"cell_m": -90}, ["cell_m: -90", "greater than or equal to 10"]),
    "cell is a word": Case(lambda d: None, {"cell_m": "90 m"}, ["cell_m: '90 m'", "valid number"]),
    "lapse": Case(
        lambda d: None, {"lapse_c_per_km": 52}, ["lapse_c_per_km: 52", "less than or equal to 10"]
    ),
    "field without file": Case(
        lambda d: None, {"road_class_field": "k"}, ["road_class_field", "'k'", "without roads"]
    ),
    "empty path": Case(lambda d: None, {"roads": " "}, ["roads is ' '", "drop it"]),
    "too many cells": Case(
        lambda d: None,
        {"cell_m": 100},
        ["200 x 200 cells of 100 m", "set cell_m to 200"],
        limits={(user_grid, "MAX_TARGET_CELLS"): 10_000},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_misfit_is_named_in_one_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_named_in_one_line(CASES[name], tmp_path, capfd, monkeypatch)
