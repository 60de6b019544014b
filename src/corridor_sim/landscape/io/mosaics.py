"""Virtual rasters: which are plain mosaics, and may be opened.

A virtual raster can name any address, any file and any byte of it. What people make with
``gdalbuildvrt`` or QGIS is a mosaic of tiles; that and nothing else is taken, and its tiles must be
GeoTIFFs in its own folder or below.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.local_files import file_bytes, refuse_odd_tile

MAX_BYTES = 16 << 20
MAX_DEPTH = 12
_SOURCES = ("SimpleSource", "ComplexSource")
# element -> elements that may stand in it
_INSIDE = {
    "VRTDataset": (
        "SRS",
        "GeoTransform",
        "Metadata",
        "VRTRasterBand",
        "MaskBand",
        "OverviewList",
        "BlockXSize",
        "BlockYSize",
    ),
    "Metadata": ("MDI",),
    "MaskBand": ("VRTRasterBand",),
    "VRTRasterBand": (
        *_SOURCES,
        "NoDataValue",
        "HideNoDataValue",
        "ColorInterp",
        "ColorTable",
        "Description",
        "UnitType",
        "Offset",
        "Scale",
        "Metadata",
        "Histograms",
        "CategoryNames",
        "MaskBand",
    ),
    "ColorTable": ("Entry",),
    "CategoryNames": ("Category",),
    "Histograms": ("HistItem",),
    "HistItem": (
        "HistMin",
        "HistMax",
        "BucketCount",
        "IncludeOutOfRange",
        "Approximate",
        "HistCounts",
    ),
    **dict.fromkeys(
        _SOURCES,
        (
            "SourceFilename",
            "SourceBand",
            "SourceProperties",
            "SrcRect",
            "DstRect",
            "NODATA",
            "UseMaskBand",
            "ScaleOffset",
            "ScaleRatio",
            "ColorTableComponent",
        ),
    ),
}


# What of a mosaic decides on its values beside what it declares: sizes, places and the tiles. Its
# statistics, histograms and colours do not; GDAL writes them into the file as somebody looks at it.
_PLACES = ("SrcRect", "DstRect")
_SAID = (
    "SourceFilename",
    "SourceBand",
    *_PLACES,
    "NODATA",
    "UseMaskBand",
    "ScaleOffset",
    "ScaleRatio",
    "ColorTableComponent",
    "NoDataValue",
    "HideNoDataValue",
)
_HOW = ("relativeToVRT", "relativetoVRT", "resampling", "xOff", "yOff", "xSize", "ySize", "band")


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


def read_mosaic(path: Path, where: str) -> Mosaic:
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
        return LandscapeError(f"is a virtual raster {what}", where=where, remedy=remedy)

    text = file_bytes(path, where, MAX_BYTES)
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
            if inner.tag not in _INSIDE.get(element.tag, ()) or depth > MAX_DEPTH:
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
        refuse_odd_tile(tile, f"{where}: its tile {tile.name}")
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
