"""Files of a user with one thing wrong, and what the one line about it must be like."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.user import load_user_landscape
from oracles import user_files
from oracles.user_files import UTM, settings_of

CELL, N = 1000.0, 20


def raster(path: Path, values: Any = None, **options: Any) -> Path:
    """Write N x N cells of 1 km as float32, 1200 m high unless told otherwise."""
    given = {"cell": CELL, "dtype": "float32", **options}
    return user_files.raster(path, np.full((N, N), 1200.0) if values is None else values, **given)


def with_value(value: float, row: int = 3, col: int = 5, base: float = 1200.0) -> Any:
    values = np.full((N, N), base)
    values[row, col] = value
    return values


def geojson(path: Path, features: list[dict[str, Any]], crs: str | None = None) -> Path:
    data: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


# Degrees inside the 20 km square that `raster` makes (its centre is near -79.11, -3.707).
LINE = [[-79.15, -3.7], [-79.05, -3.72]]
SQUARE = [[[-79.15, -3.7], [-79.1, -3.7], [-79.1, -3.75], [-79.15, -3.75], [-79.15, -3.7]]]


@dataclass
class Case:
    """Files to make, settings to use, and the words that the one line must hold."""

    make: Callable[[Path], Any]
    settings: dict[str, Any]
    words: list[str]
    dem: bool = True
    limits: dict[tuple[Any, str], int] = field(default_factory=dict)


COVER = {"land_cover": "cover.tif", "land_cover_codes": "codes.csv"}


def cover(codes: str, values: Any = None, dtype: str = "uint8") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        patch = np.full((N, N), 2)
        patch[0, :7] = 40
        raster(folder / "cover.tif", patch if values is None else values, dtype=dtype)
        (folder / "codes.csv").write_text(codes, encoding="utf-8")

    return make


def two_layers(folder: Path) -> None:
    import pyogrio
    import shapely

    line = shapely.to_wkb(np.array([shapely.LineString([(7e5, 9.59e6), (7.1e5, 9.595e6)])], object))
    for layer in ("main", "tracks"):
        pyogrio.raw.write(
            folder / "roads.gpkg",
            line,
            [np.array([1])],
            ["kind"],
            crs=UTM,
            geometry_type="LineString",
            driver="GPKG",
            layer=layer,
            append=(folder / "roads.gpkg").exists(),
        )


def assert_named_in_one_line(
    case: Case, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Load the case's files: refused in one line that names place and remedy, without chatter."""
    if case.dem:
        raster(folder / "dem.tif")
    case.make(folder)
    for (module, limit), value in case.limits.items():
        monkeypatch.setattr(module, limit, value)
    capfd.readouterr()
    with pytest.raises(LandscapeError) as caught:
        load_user_landscape(settings_of({"elevation": "dem.tif", **case.settings}), folder)
    line = str(caught.value)
    print_line = re.sub(re.escape(str(folder)), "<dir>", line)
    assert "\n" not in line
    assert caught.value.where, print_line
    assert caught.value.remedy, print_line
    for word in case.words:
        assert word in line, print_line
    assert len(print_line) < 420, print_line
    out, err = capfd.readouterr()
    assert (out, err) == ("", ""), "libraries must not chatter"
