"""Open a user's map file as what it must be, and as nothing else.

A file is data, whoever sent it. GDAL recognises some hundred formats by their content, and many of
them are descriptions of something else: an address on the network (WMS, WFS, STAC, a mosaic over
``/vsicurl``), or bytes of any other file of the machine (a raw virtual raster). So a file is opened
with a short list of drivers for its kind of layer, only regular files are touched, files that GDAL
would pick up beside it are looked at first, and while GDAL works no connection can leave.

Of virtual rasters, which can name any address, file and byte, only what people make with
``gdalbuildvrt`` or QGIS is taken: mosaics of GeoTIFFs in their own folder or below. HDF5, and so
NetCDF 4, can take datasets from any other file, which its library follows without a word; such a
file is looked through before it is opened.
"""

from __future__ import annotations

import codecs
import json
import mmap
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

from corridor_sim.errors import LandscapeError, placing
from corridor_sim.landscape.io.geo import OFFLINE, quiet
from corridor_sim.landscape.io.local_files import (
    DESCRIPTIONS,
    TIFF,
    file_bytes,
    files_beside,
    head_of,
    look_beside,
    refuse_odd_tile,
    refuse_special_beside,
    refuse_unreadable,
    regular_file,
    unreadable,
)

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
_PROGRAMS = re.compile(b"gdal_streamed_alg")
_MAX_CRS_BYTES = 65_536
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def open_raster(path: Path, *, variable: str | None = None) -> Iterator[Any]:
    """Open a raster file for reading with the drivers of :data:`RASTER_DRIVERS`.

    A virtual raster (``.vrt``) is opened where it is a plain mosaic of GeoTIFFs in its own folder
    or below; see :func:`corridor_sim.landscape.io.opening.read_mosaic`. ``variable``
    names one variable of a NetCDF file with several.

    Raises
    ------
    LandscapeError
        As :func:`regular_file`, or no raster of these formats.
    """
    from rasterio.errors import RasterioError
    from rasterio.io import DatasetReader

    regular_file(path)
    whole = os.path.abspath(path)
    head = head_of(path)
    drivers = list(RASTER_DRIVERS)
    if DESCRIPTIONS.search(head):
        if not head.startswith(TIFF) and b"<VRTDataset" in head:
            read_mosaic(path)
            drivers = ["VRT"]
        else:
            raise LandscapeError(
                "is a description of other sources, not a raster",
                remedy="fetch it into a file of your own first: gdal_translate in out.tif",
            )
    look_beside(path)
    refuse_links_out(path)
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
                    f"is damaged: {str(error)[:200]}", remedy="copy it again"
                ) from error


@contextmanager
def open_tile(path: Path) -> Iterator[Any]:
    """Open a GeoTIFF that was looked at before (:func:`read_mosaic`)."""
    from rasterio.errors import RasterioError
    from rasterio.io import DatasetReader

    with quiet():
        try:
            src = DatasetReader(os.path.abspath(path), driver="GTiff")
        except (RasterioError, OSError, ValueError) as error:
            raise LandscapeError("cannot be opened", remedy="copy it again") from error
        with src:
            yield src


@contextmanager
def vector_file(path: Path) -> Iterator[Path]:
    """Check that a file is a vector file of :data:`VECTOR_DRIVERS`, and keep GDAL off the network.

    Yields the absolute path, to be opened with pyogrio inside the block.

    Raises
    ------
    LandscapeError
        As :func:`regular_file`; a file of another kind, or one that only describes other sources.
    """
    import pyogrio

    if path.suffix.casefold() == ".gdb" and path.is_dir():
        _refuse_odd_folder(path)
    else:
        regular_file(path)
        _refuse_other_formats(path)
    before = {name: pyogrio.get_gdal_config_option(name) for name in OFFLINE}
    with quiet():
        pyogrio.set_gdal_config_options(OFFLINE)
        try:
            yield Path(os.path.abspath(path))
        finally:
            pyogrio.set_gdal_config_options(before)


def _refuse_odd_folder(path: Path) -> None:
    try:
        entries = list(os.scandir(path))
        odd = [entry.name for entry in entries if not entry.is_file()]
    except OSError as error:
        raise unreadable(error) from None
    if odd:
        raise LandscapeError(f"holds {odd[0]}, which is no regular file", remedy="take it away")
    if not any(entry.name.casefold().endswith(".gdbtable") for entry in entries):
        raise LandscapeError(
            "is a folder without the tables of a File Geodatabase", remedy=f"give a {VECTOR_NAMES}"
        )
    for entry in entries:
        with placing(f": {entry.name}"):
            refuse_unreadable(Path(entry.path))


def _refuse_other_formats(path: Path) -> None:
    refuse_special_beside(path)
    head = head_of(path)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise LandscapeError(NOT_UTF8, remedy=SAVE_AS_UTF8)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\x1e")
    if head.startswith(b"\x00\x00\x27\x0a"):
        for other in files_beside(path):
            if other.suffix.casefold() in _SHAPEFILE_PARTS:
                with placing(f": {other.name}"):
                    if not other.is_file() or other.suffix.casefold() != ".cpg":
                        regular_file(other)
                    refuse_unreadable(other)  # a .cpg may be empty
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
            remedy=f"give a {VECTOR_NAMES}: ogr2ogr out.gpkg in",
        )
    if head.startswith(b"PK"):
        raise LandscapeError("is a zip archive", remedy="unpack it first")
    raise LandscapeError(
        f"cannot be read as a vector file ({os.stat(path).st_size} bytes)",
        remedy=f"give a {VECTOR_NAMES}; copy it again if it was cut short, or bring it there: "
        "ogr2ogr out.gpkg in",
    )


def _holds(path: Path, marks: re.Pattern[bytes]) -> bool:
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return marks.search(text) is not None


def refuse_lost_crs(path: Path, crs: str | None) -> None:
    """Refuse a GeoJSON whose ``crs`` GDAL gave up on, since it then takes WGS 84 without a word.

    Files without ``crs`` are in WGS 84 by RFC 7946. A link is never followed.
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
                    remedy='name it, like "crs": {"type": "name", "properties": '
                    '{"name": "EPSG:32717"}}, or leave it out where coordinates are longitude '
                    "and latitude",
                )


_SIGN = b"\x89HDF\r\n\x1a\n"
# what the file's own bytes begin with may stand after so many bytes of something else
_SIGN_AT = (0, 512, 1024, 2048)
MAX_PARTS = 100_000


def refuse_links_out(path: Path) -> None:
    """Refuse an HDF5 file of which a part is kept in another file; others are left alone."""
    head = head_of(path)
    if not any(head.startswith(_SIGN, at) for at in _SIGN_AT):
        return
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            out = _kept_outside(file, h5py)
    except Exception as error:  # a damaged file fails in as many ways as the library has
        raise LandscapeError(
            "is an HDF5 file (NetCDF 4) that cannot be read", remedy="copy it again"
        ) from error
    if out is not None:
        raise LandscapeError(
            f"keeps {out[:200]!r} in another file, which is never followed",
            remedy="bring it into one file: nccopy in.nc out.nc, or gdal_translate in.nc out.tif",
        )


def _kept_outside(file: Any, h5py: Any) -> str | None:
    """Return the name of a part that is kept in another file, None where none is."""
    todo, seen, parts = [file["/"]], set(), 0
    while todo:
        group = todo.pop()
        place = h5py.h5o.get_info(group.id).addr
        if place in seen:
            continue
        seen.add(place)
        for name in group:
            parts += 1
            if parts > MAX_PARTS:
                raise ValueError("more parts than a map has")
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                return str(name)
            if isinstance(link, h5py.SoftLink):
                continue  # its target is met by its own name
            one = group[name]
            if isinstance(one, h5py.Group):
                todo.append(one)
            elif isinstance(one, h5py.Dataset) and (one.external or one.is_virtual):
                return str(name)
    return None


MAX_BYTES = 16 << 20
MAX_DEPTH = 12
_SOURCES = ("SimpleSource", "ComplexSource")
# What of a mosaic decides on its values beside what it declares: sizes, places and the tiles. Its
# statistics, histograms and colours do not; GDAL writes them into the file as somebody looks at it.
_PLACES = ("SrcRect", "DstRect")
_SAID_OF_TILE = (
    "SourceFilename SourceBand SrcRect DstRect NODATA UseMaskBand ScaleOffset ScaleRatio "
    "ColorTableComponent"
)
_SAID = {*_SAID_OF_TILE.split(), "NoDataValue", "HideNoDataValue"}
_HOW = ("relativeToVRT", "relativetoVRT", "resampling", "xOff", "yOff", "xSize", "ySize", "band")
# element -> elements that may stand in it
_INSIDE = {
    "VRTDataset": "SRS GeoTransform Metadata VRTRasterBand MaskBand OverviewList BlockXSize "
    "BlockYSize",
    "Metadata": "MDI",
    "MaskBand": "VRTRasterBand",
    "VRTRasterBand": "SimpleSource ComplexSource NoDataValue HideNoDataValue ColorInterp "
    "ColorTable Description UnitType Offset Scale Metadata Histograms CategoryNames MaskBand",
    "ColorTable": "Entry",
    "CategoryNames": "Category",
    "Histograms": "HistItem",
    "HistItem": "HistMin HistMax BucketCount IncludeOutOfRange Approximate HistCounts",
    **dict.fromkeys(_SOURCES, f"{_SAID_OF_TILE} SourceProperties"),
}


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A plain mosaic: its ``tiles`` and their ``layout``.

    ``masked`` says whether masks or nodata of the tiles themselves count, ``resampled`` whether a
    tile is shown coarser or finer than it is.
    """

    tiles: tuple[Path, ...]
    layout: tuple[Any, ...]
    masked: bool
    resampled: bool


def read_mosaic(path: Path) -> Mosaic:
    """Return a plain mosaic of local GeoTIFFs, or refuse the virtual raster.

    Raises
    ------
    LandscapeError
        No XML, or anything in it but tiles that lie in its folder or below.
    """
    remedy = (
        "give a mosaic of GeoTIFFs in its own folder (gdalbuildvrt), or make it one file: "
        "gdal_translate in.vrt out.tif"
    )

    def refusal(what: str) -> LandscapeError:
        return LandscapeError(f"is a virtual raster {what}", remedy=remedy)

    text = file_bytes(path, MAX_BYTES)
    if b"<!" in text.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        raise refusal("with declarations of its own")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        raise refusal("that is no whole XML") from None
    if root.tag != "VRTDataset" or root.get("subClass"):
        raise refusal(f"of the kind {root.get('subClass') or root.tag}")
    tiles = []
    below = [(root, 0)]
    while below:
        element, depth = below.pop()
        if element.tag == "VRTRasterBand" and element.get("subClass"):
            raise refusal(f"with a band of the kind {element.get('subClass')}")
        if element.tag == "MDI" and element.get("key") == "OVERVIEW_FILE":
            raise refusal("that names overviews elsewhere")
        for inner in element:
            if inner.tag not in _INSIDE.get(element.tag, "").split() or depth > MAX_DEPTH:
                raise refusal(f"with {inner.tag} in {element.tag}"[:120])
            below.append((inner, depth + 1))
        if element.tag == "Metadata" and (element.get("domain") or "").upper() == "OVERVIEWS":
            raise refusal("that names overviews elsewhere")
        if element.tag == "SourceFilename":
            name = (element.text or "").strip()
            if element.get("relativeToVRT") != "1" or not _goes_down(name):
                raise refusal(f"of {name[:200]!r}, which is not in its folder")
            tiles.append(path.parent / name)
    if not tiles:
        raise refusal("without tiles")
    unique = list(dict.fromkeys(tiles))
    home = path.parent.resolve()
    for tile in unique:
        if not tile.resolve().is_relative_to(home):
            raise refusal(f"of {tile.name!r}, which is not in its folder")
        with placing(f": its tile {tile.name}"):
            refuse_odd_tile(tile)
    masked = any(
        element.tag in ("UseMaskBand", "MaskBand")
        or (element.tag == "SourceBand" and (element.text or "").strip().startswith("mask"))
        for element in root.iter()
    )
    layout, resampled = _layout(root)
    return Mosaic(tuple(unique), layout, masked, resampled)


def _layout(root: ElementTree.Element) -> tuple[tuple[Any, ...], bool]:
    """Return what decides on the values, in its order, and whether a tile is resampled."""
    layout: list[Any] = []
    resampled = False
    for element in root.iter():
        how = [(name, _number(element.get(name, ""))) for name in _HOW if name in element.attrib]
        if element.tag in _SOURCES:
            sizes = [
                [
                    _number((part.get(name) or "") if part is not None else "")
                    for name in ("xSize", "ySize")
                ]
                for part in (element.find(place) for place in _PLACES)
            ]
            resampled |= sizes[0] != sizes[1]
        if element.tag in (*_SAID, *_SOURCES, "VRTRasterBand", "MaskBand"):
            layout.append((element.tag, _number(element.text or ""), how))
    return tuple(layout), resampled


def _number(text: str) -> str | float:
    """Return a number however it is written, or the text."""
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _goes_down(name: str) -> bool:
    """Whether a name is a plain relative path that stays below its folder."""
    parts = PurePosixPath(name).parts
    return bool(
        parts
        and not name.startswith(("/", "\\"))
        and ".." not in parts
        and ":" not in name
        and "\\" not in name
        and name.isprintable()
    )
