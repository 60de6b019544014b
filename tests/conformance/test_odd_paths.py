"""Pipes, devices, endless and missing files, and files nobody may read: one line each, at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import CorridorSimError
from corridor_sim.errors import LandscapeError
from oracles import user_files
from oracles.bad_files import SQUARE, feature, geojson, raster

KEYS: dict[str, dict[str, Any]] = {
    "elevation": {"elevation": "odd"},
    "temperature": {"temperature": "odd"},
    "land_cover": {"land_cover": "odd", "land_cover_codes": "codes.csv"},
    "land_cover_codes": {"land_cover": "dem.tif", "land_cover_codes": "odd"},
    "protected_areas": {"protected_areas": "odd"},
    "settlements": {"settlements": "odd"},
}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def socket(path: Path) -> None:
    import socket as sockets

    one = sockets.socket(sockets.AF_UNIX)
    one.bind(os.path.relpath(path))
    one.close()


ODD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "pipe": (pipe, "is a device or a pipe"),
    "socket": (socket, "is a device or a pipe"),
    "device": (lambda p: p.symlink_to("/dev/zero"), "is a device or a pipe"),
    "endless": (lambda p: p.symlink_to("/proc/kmsg"), "is a device or a pipe"),
    "made up by the system": (
        lambda p: p.symlink_to("/proc/self/environ"),
        "is a device or a pipe",
    ),
    "loop": (lambda p: p.symlink_to(p), "cannot be read: Too many levels of symbolic links"),
    "folder": (lambda p: p.mkdir(), "is a folder"),
    "nothing": (lambda p: p.write_bytes(b""), r"is empty \(0 bytes\)"),
    "gone": (lambda p: None, "no such file"),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_ordinary_file_is_one_line(
    tmp_path: Path, odd: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raster(tmp_path / "dem.tif", np.full((20, 20), 7.0))
    (tmp_path / "codes.csv").write_text("code,cover\n7,pasture\n")
    make, words = ODD[odd]
    make(tmp_path / "odd")
    with pytest.raises(LandscapeError, match=words) as told:
        user_files.load(tmp_path, **KEYS[key])
    assert f"odd ({key})" in str(told.value)


@pytest.mark.parametrize("name", ["a\0b.tif", "x" * 300 + ".tif", "d/" * 2500 + "a.tif"])
@pytest.mark.parametrize("key", ["elevation", "temperature", "protected_areas"])
def test_a_path_that_no_file_can_have_is_one_line(tmp_path: Path, key: str, name: str) -> None:
    raster(tmp_path / "dem.tif", np.full((20, 20), 7.0))
    with pytest.raises(LandscapeError, match=r"that no file can hold|no file has so long a name"):
        user_files.load(tmp_path, **{key: name})


PARTS = {
    "dem.tif.msk": "elevation",
    "dem.tfw": "elevation",
    "parks.dbf": "protected_areas",
    "parks.prj": "protected_areas",
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes in folders")
@pytest.mark.parametrize("part", PARTS)
def test_a_pipe_beside_a_file_does_not_hang(tmp_path: Path, part: str) -> None:
    raster(tmp_path / "dem.tif")
    geojson(tmp_path / "parks.geojson", [feature("Polygon", SQUARE, NAME="A")])
    to_shapefile(tmp_path / "parks.geojson", tmp_path / "parks.shp")
    (tmp_path / part).unlink(missing_ok=True)
    os.mkfifo(tmp_path / part)
    with pytest.raises(LandscapeError, match=part):
        user_files.load(tmp_path, protected_areas="parks.shp")


def to_shapefile(source: Path, target: Path) -> None:
    import pyogrio

    meta, _, wkb, columns = pyogrio.raw.read(source)
    pyogrio.raw.write(
        target,
        wkb,
        columns,
        list(meta["fields"]),
        crs=meta["crs"],
        geometry_type="Polygon",
        driver="ESRI Shapefile",
    )


def test_files_without_permission_are_one_line(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read anything")
    raster(tmp_path / "dem.tif")
    (tmp_path / "dem.tif").chmod(0)
    with pytest.raises(LandscapeError, match="cannot be read: Permission denied"):
        user_files.load(tmp_path)


@pytest.mark.parametrize("call", ["os.stat", "os.open", "os.scandir"])
@pytest.mark.parametrize("key", KEYS)
def test_the_system_saying_no_is_one_line(
    tmp_path: Path, key: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root nothing is refused, so the refusal is made."""
    raster(tmp_path / "dem.tif", np.full((20, 20), 7.0))
    (tmp_path / "codes.csv").write_text("code,cover\n7,pasture\n")
    if call == "os.scandir":
        (tmp_path / "odd").unlink(missing_ok=True)
    else:
        shutil.copy(tmp_path / "dem.tif", tmp_path / "odd")
    true = getattr(os, call[3:])

    def refused(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path).endswith("odd") or (call == "os.scandir" and str(path) == str(tmp_path)):
            raise PermissionError(13, "Permission denied", str(path))
        return true(path, *args, **kwargs)

    monkeypatch.setattr(call, refused)
    with pytest.raises(CorridorSimError, match="cannot be read: Permission denied"):
        user_files.load(tmp_path, **KEYS[key])
