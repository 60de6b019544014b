"""How maps become the bytes that the page draws, and what can be read back from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from corridor_sim.app import picture
from corridor_sim.app.picture import layer_of


def array_of(values: Any, **attrs: Any) -> xr.DataArray:
    height, width = values.shape
    coords = {"y": 900.0 - 100 * np.arange(height), "x": 50.0 + 100 * np.arange(width)}
    return xr.DataArray(values, coords, ("y", "x"), attrs=attrs)


def planes_of(about: dict[str, Any], cells: bytes) -> Any:
    grid = about["grid"]
    shape = (about["planes"], grid["height"], grid["width"])
    return np.frombuffer(cells, np.uint8).reshape(shape).astype(int)


def read(about: dict[str, Any], cells: bytes) -> Any:
    """Numbers as the page reads them."""
    first, second = planes_of(about, cells)
    share = ((first - 1) * 256 + second) / 65023
    if about["scale"] == "root":
        low, high = np.sqrt(about["low"]), np.sqrt(about["high"])
        found = (low + (high - low) * share) ** 2
    else:
        found = about["low"] + (about["high"] - about["low"]) * share
    return np.where(first == 0, np.nan, found)


@pytest.mark.parametrize("power", [1, 6])
def test_numbers_are_read_back_to_half_a_step(power: int) -> None:
    values = 5000 * np.random.default_rng(1).random((40, 30)) ** power
    values[3, 4] = np.nan
    about, cells = layer_of("height", array_of(values, units="m", long_name="Height"))
    assert about["scale"] == ("linear" if power == 1 else "root")
    assert (about["title"], about["unit"]) == ("Height", "m")
    found = read(about, cells)
    assert np.isnan(found[3, 4])
    # by roots a step is widest at the largest value, twice what it is on average
    most = 5000 / 65023 / 2 * (1 if power == 1 else 2)
    assert np.nanmax(np.abs(found - values)) <= most * 1.001


def test_changes_have_nothing_in_the_middle() -> None:
    values = np.array([[-1.0, 0.0, 4.0]])
    about, cells = layer_of("change", array_of(values), diverging=True)
    assert about["low"] == -about["high"]
    assert read(about, cells)[0] == pytest.approx([-1, 0, 4], abs=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_few_cells_far_above_all_others_do_not_fade_them(sign: int) -> None:
    values = np.random.default_rng(2).random((50, 50))
    values[0, :5] = sign * 100
    values[0, 5] = 0
    about, cells = layer_of("current", array_of(values), diverging=sign < 0)
    assert about["beyond"]
    assert about["high"] == pytest.approx(np.quantile(np.abs(values), 0.995))
    found = read(about, cells)
    assert np.allclose(found[0, :5], sign * about["high"])
    usual = np.abs(values) <= about["high"]
    assert np.allclose(found[usual], values[usual], atol=about["high"] / 65023)


def test_the_same_number_everywhere_and_none_at_all_are_drawn() -> None:
    about, cells = layer_of("flat", array_of(np.full((2, 2), 7.0)))
    assert read(about, cells) == pytest.approx(np.full((2, 2), 7.0))
    about, cells = layer_of("empty", array_of(np.full((2, 2), np.nan)))
    assert np.isnan(read(about, cells)).all()


def test_more_classes_than_a_byte_holds_are_kept_apart() -> None:
    values = np.arange(600, dtype=np.int16).reshape(20, 30) * 3
    about, cells = layer_of("zone", array_of(values))
    first, second = planes_of(about, cells)
    assert first.min() == 1
    place = 254 * second + first - 1
    assert np.array_equal(np.array(about["classes"])[place], values)


def test_a_road_stays_whole_where_cells_are_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_CELLS", 100)
    values = np.zeros((30, 30), np.uint8)
    values[16, :] = 2
    about, cells = layer_of("road", array_of(values))
    assert about["grid"] == {
        "width": 10, "height": 10, "cell_m": 300.0, "west_m": 0.0, "north_m": 950.0
    }  # fmt: skip
    drawn = planes_of(about, cells)[0] == 1 + about["classes"].index(2)
    assert np.array_equal(np.flatnonzero(drawn.all(axis=1)), [5])
