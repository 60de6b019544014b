"""Open a user's map file as what it must be, and as nothing else.

A file is data, whoever sent it. GDAL recognises some hundred formats by their content, and many of
them are descriptions of something else: an address on the network (WMS, WFS, STAC, a mosaic over
``/vsicurl``), or bytes of any other file of the machine (a raw virtual raster). So a file is opened
with a short list of drivers for its kind of layer, only regular files are touched, files that GDAL
would pick up beside it are looked at first, and while GDAL works no connection can leave.
"""

from __future__ import annotations

import codecs
import json
import mmap
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.local_files import (
    DESCRIPTIONS,
    TIFF,
    files_beside,
    head_of,
    look_beside,
    refuse_special_beside,
    refuse_unreadable,
    regular_file,
    unreadable,
)
from corridor_sim.landscape.io.mosaics import read_mosaic
from corridor_sim.landscape.io.offline import OFFLINE
from corridor_sim.landscape.io.outside import refuse_links_out

# Formats that hold their own pixels in files beside each other.
RASTER_DRIVERS = ("GTiff", "AAIGrid", "netCDF", "HFA", "PNG", "EHdr", "SRTMHGT")
RASTER_NAMES = "GeoTIFF, ASCII grid, NetCDF, Erdas Imagine, PNG with world file, EHdr or SRTM HGT"
# Those whose file needs no other beside it, so that it can be unpacked into memory.
SINGLE_FILE_DRIVERS = ("GTiff", "HFA", "netCDF", "PNG")
VECTOR_DRIVERS = (
    "GPKG",
    "GeoJSON",
    "GeoJSONSeq",
    "ESRI Shapefile",
    "FlatGeobuf",
    "KML",
    "LIBKML",
    "OpenFileGDB",
)
VECTOR_NAMES = "GeoPackage, GeoJSON, Shapefile, FlatGeobuf, KML or File Geodatabase"

NOT_UTF8 = "its texts are not UTF-8"
SAVE_AS_UTF8 = "save it as UTF-8 (for a Shapefile, correct the .cpg: ISO-8859-1 for Latin-1)"
# JSON that makes GDAL run commands over other files
_PROGRAMS = (b"gdal_streamed_alg",)
_MAX_CRS_BYTES = 65_536
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def open_raster(path: Path, where: str, *, variable: str | None = None) -> Iterator[Any]:
    """Open a raster file for reading with the drivers of :data:`RASTER_DRIVERS`.

    A virtual raster (``.vrt``) is opened where it is a plain mosaic of GeoTIFFs in its own folder
    or below; see :func:`corridor_sim.landscape.io.mosaics.read_mosaic`. ``variable``
    names one variable of a NetCDF file with several.

    Raises
    ------
    LandscapeError
        As :func:`regular_file`, or no raster of these formats.
    """
    from rasterio.errors import RasterioError
    from rasterio.io import DatasetReader

    regular_file(path, where)
    whole = os.path.abspath(path)
    head = head_of(path)
    drivers = list(RASTER_DRIVERS)
    if any(mark in head for mark in DESCRIPTIONS):
        if not head.startswith(TIFF) and b"<VRTDataset" in head:
            read_mosaic(path, where)
            drivers = ["VRT"]
        else:
            raise LandscapeError(
                "is a description of other sources, not a raster",
                where=where,
                remedy="fetch it into a file of your own first: gdal_translate in out.tif",
            )
    look_beside(path, where)
    refuse_links_out(path, where)
    name: str = whole
    if variable is not None:
        name, drivers = f'NETCDF:"{whole}":{variable}', ["netCDF"]
    with quiet():
        try:
            # rasterio.open takes one driver only
            src = DatasetReader(name, driver=drivers)
        except (RasterioError, OSError, ValueError) as error:
            raise LandscapeError(
                f"cannot be opened as a raster ({os.stat(path).st_size} bytes)",
                where=where,
                remedy=f"give a {RASTER_NAMES}; copy it again if it was cut short, or bring it "
                "there: gdal_translate in out.tif",
            ) from error
        with src:
            try:
                yield src
            except Exception as error:
                # GDAL's own errors share no base with rasterio's and have no public name
                if type(error).__module__ != "rasterio._err":
                    raise
                raise LandscapeError(
                    f"is damaged: {str(error)[:200]}", where=where, remedy="copy it again"
                ) from error


@contextmanager
def open_tile(path: Path, where: str) -> Iterator[Any]:
    """Open a GeoTIFF that was looked at before (:func:`read_mosaic`).

    Raises
    ------
    LandscapeError
    """
    from rasterio.errors import RasterioError
    from rasterio.io import DatasetReader

    with quiet():
        try:
            src = DatasetReader(os.path.abspath(path), driver="GTiff")
        except (RasterioError, OSError, ValueError) as error:
            raise LandscapeError("cannot be opened", where=where, remedy="copy it again") from error
        with src:
            yield src


@contextmanager
def vector_file(path: Path, where: str) -> Iterator[Path]:
    """Check that a file is a vector file of :data:`VECTOR_DRIVERS`, and keep GDAL off the network.

    Yields the absolute path, to be opened with pyogrio inside the block.

    Raises
    ------
    LandscapeError
        As :func:`regular_file`; a file of another kind, or one that only describes other sources.
    """
    import pyogrio

    if path.suffix.casefold() == ".gdb" and path.is_dir():
        _refuse_odd_folder(path, where)
    else:
        regular_file(path, where)
        _refuse_other_formats(path, where)
    before = {name: pyogrio.get_gdal_config_option(name) for name in OFFLINE}
    with quiet():
        pyogrio.set_gdal_config_options(OFFLINE)
        try:
            yield Path(os.path.abspath(path))
        finally:
            pyogrio.set_gdal_config_options(before)


def _refuse_odd_folder(path: Path, where: str) -> None:
    try:
        entries = list(os.scandir(path))
        odd = [entry.name for entry in entries if not entry.is_file()]
    except OSError as error:
        raise unreadable(error, where) from None
    if odd:
        raise LandscapeError(
            f"holds {odd[0]}, which is no regular file", where=where, remedy="take it away"
        )
    if not any(entry.name.casefold().endswith(".gdbtable") for entry in entries):
        raise LandscapeError(
            "is a folder without the tables of a File Geodatabase",
            where=where,
            remedy=f"give a {VECTOR_NAMES}",
        )
    for entry in entries:
        refuse_unreadable(Path(entry.path), f"{where}: {entry.name}")


def _refuse_other_formats(path: Path, where: str) -> None:
    refuse_special_beside(path, where)
    head = head_of(path)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise LandscapeError(NOT_UTF8, where=where, remedy=SAVE_AS_UTF8)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\x1e")
    if head.startswith(b"\x00\x00\x27\x0a"):
        for other in files_beside(path):
            if other.suffix.casefold() in _SHAPEFILE_PARTS:
                if not other.is_file() or other.suffix.casefold() != ".cpg":
                    regular_file(other, f"{where}: {other.name}")
                refuse_unreadable(other, f"{where}: {other.name}")  # a .cpg may be empty
        return
    if head.startswith((b"SQLite format 3\0", b"fgb\x03")):
        return
    if text.startswith(b"{") and not _holds(path, _PROGRAMS):
        return
    if text.startswith(b"<") and b"<kml" in text and not _holds(path, DESCRIPTIONS):
        return
    if text.startswith((b"<", b"{")):
        raise LandscapeError(
            "is a description of other sources, or no GeoJSON or KML",
            where=where,
            remedy=f"give a {VECTOR_NAMES}: ogr2ogr out.gpkg in",
        )
    if head.startswith(b"PK"):
        raise LandscapeError("is a zip archive", where=where, remedy="unpack it first")
    raise LandscapeError(
        f"cannot be read as a vector file ({os.stat(path).st_size} bytes)",
        where=where,
        remedy=f"give a {VECTOR_NAMES}; copy it again if it was cut short, or bring it there: "
        "ogr2ogr out.gpkg in",
    )


def _holds(path: Path, marks: Sequence[bytes]) -> bool:
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return any(text.find(mark) >= 0 for mark in marks)


def refuse_driver(driver: str, where: str) -> None:
    """Refuse a vector file that GDAL took for something outside :data:`VECTOR_DRIVERS`.

    Raises
    ------
    LandscapeError
    """
    if driver not in VECTOR_DRIVERS:
        raise LandscapeError(
            f"is of the kind {driver}",
            where=where,
            remedy=f"give a {VECTOR_NAMES}: ogr2ogr out.gpkg in",
        )


def refuse_lost_crs(path: Path, crs: str | None, where: str) -> None:
    """Refuse a GeoJSON whose ``crs`` GDAL gave up on, since it then takes WGS 84 without a word.

    Files without ``crs`` are in WGS 84 by RFC 7946. A link is never followed.

    Raises
    ------
    LandscapeError
    """
    if path.suffix.casefold() == ".gdb" or crs not in ("EPSG:4326", "OGC:CRS84", None):
        return
    head = head_of(path).removeprefix(codecs.BOM_UTF8).lstrip()
    if not head.startswith(b"{"):
        return
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        for found in re.finditer(rb'"crs"\s*:\s*(?=\{)', text):
            piece = text[found.end() : found.end() + _MAX_CRS_BYTES].decode("utf-8", "replace")
            try:
                member, _ = json.JSONDecoder().raw_decode(piece)
            except (ValueError, RecursionError):
                continue
            said = json.dumps(member)
            if {"type", "properties"} <= member.keys() and not re.search(r"4326|CRS:?84", said):
                what = "is a link" if member["type"] == "link" else f"is {said[:80]}"
                raise LandscapeError(
                    f"its crs {what}, which cannot be read",
                    where=where,
                    remedy='name it, like "crs": {"type": "name", "properties": '
                    '{"name": "EPSG:32717"}}, or leave it out where coordinates are longitude '
                    "and latitude",
                )
