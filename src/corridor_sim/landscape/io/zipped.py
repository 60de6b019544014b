"""A map that came as a zip archive, unpacked into a folder of its own: never more than is allowed.

Names within are heeded for their endings alone: nothing is written outside the folder, no link is
made, and what an archive says of its sizes is not believed.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from corridor_sim.errors import LandscapeError, counted

MAX_UNPACKED_BYTES = 256 << 20
MOST_FILES = 200
PIECE = 1 << 20
# a map is one of these, with what belongs to it beside a Shapefile
MAPS = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".kml")
BESIDE = (".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield the one map of a zip archive, unpacked; it is gone after the block.

    Raises
    ------
    LandscapeError
        No archive, one that is damaged, locked or too large, or without just one map.
    """
    with TemporaryDirectory(prefix="corridor_sim.") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                found = _one_map(archive, Path(folder), path)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise LandscapeError(
                "is no zip archive that can be read", where=path, remedy="make it again"
            ) from None
        except OSError as bad:
            # a damaged archive may lead to places that no file has
            raise LandscapeError(
                f"cannot be unpacked ({os.strerror(bad.errno or 0)})",
                where=path,
                remedy="make it again, or free space for temporary files",
            ) from bad
        yield found


def _one_map(archive: zipfile.ZipFile, folder: Path, path: Path) -> Path:
    inside = [one for one in archive.infolist() if not one.is_dir()]
    if len(inside) > MOST_FILES:
        raise LandscapeError(
            f"holds {counted(len(inside), 'file')}", where=path, remedy="put one map into it"
        )
    ending = {one: PurePosixPath(one.filename).suffix.casefold() for one in inside}
    # what a Mac puts beside every file begins with a dot
    own = [one for one in inside if not PurePosixPath(one.filename).name.startswith(".")]
    maps = [one for one in own if ending[one] in MAPS]
    if len(maps) != 1:
        raise LandscapeError(
            f"holds {counted(len(maps), 'map')}",
            where=path,
            remedy="put one into it: a GeoPackage, a GeoJSON, or a Shapefile with its .shx, .dbf "
            "and .prj",
        )
    wanted = [maps[0]]
    if ending[maps[0]] == ".shp":
        stem = PurePosixPath(maps[0].filename).with_suffix("")
        wanted += [
            one
            for one in own
            if ending[one] in BESIDE and PurePosixPath(one.filename).with_suffix("") == stem
        ]
    left = MAX_UNPACKED_BYTES
    for one in wanted:
        if one.flag_bits & 1:
            raise LandscapeError(
                "is locked with a password", where=path, remedy="make it without one"
            )
        left = _unpack(archive, one, folder / f"map{ending[one]}", left, path)
    return folder / f"map{ending[maps[0]]}"


def _unpack(archive: zipfile.ZipFile, one: zipfile.ZipInfo, to: Path, left: int, path: Path) -> int:
    """Write one file, and return how many bytes may still come."""
    with archive.open(one) as source, to.open("wb") as out:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise LandscapeError(
                    f"holds more than {MAX_UNPACKED_BYTES >> 20} MiB",
                    where=path,
                    remedy="keep the links and their fields only",
                )
            out.write(piece)
    return left
