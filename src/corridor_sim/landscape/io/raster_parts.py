"""Which part of a raster file is meant: ``climate.nc|variable=tas``, ``stack.tif|band=2``.

A file with several variables or bands is not guessed at: the part is named after a bar, as QGIS
names the layer of a GeoPackage (``maps.gpkg|layername=roads``).
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor_sim.errors import LandscapeError, nearest, placing
from corridor_sim.landscape.io.local_files import AS_NUMBERS
from corridor_sim.landscape.io.opening import open_raster

# What GDAL calls a part of a file; `NETCDF:two.nc:z` is neither a path nor safe to hand on.
_GDAL_NAME = re.compile(
    r"(?:^|/)(?P<kind>netcdf|hdf5|hdf4\w*|gtiff_dir|gpkg|zarr|sqlite|raster\w*):"
    r"(?P<rest>.+)$",
    re.IGNORECASE,
)
MAX_LISTED = 8

# How the names of raster files end, where a key takes either rasters or vectors.
_RASTERS = (".tif", ".tiff", ".asc", ".nc", ".nc4", ".img", ".png", ".bil", ".hgt", ".vrt")


def is_raster(name: str) -> bool:
    """Whether a file's name, with or without a part of it, is that of a raster."""
    return os.path.splitext(name.partition("|")[0])[1].lower() in _RASTERS


@dataclass(frozen=True, slots=True)
class Part:
    """A file and which of its variables and bands is meant; ``None`` where nothing is said.

    ``written`` is the file as the scenario names it, relative to the scenario's folder.
    """

    file: Path
    variable: str | None = None
    band: int | None = None
    written: str = ""

    @property
    def name(self) -> str:
        """The file's name with its part, as a scenario would write it."""
        return self.file.name + self._said

    @property
    def whole(self) -> str:
        """The file's path with its part, the place that an error names."""
        return str(self.file) + self._said

    @property
    def _said(self) -> str:
        said = "" if self.variable is None else f"|variable={self.variable}"
        return said + ("" if self.band is None else f"|band={self.band}")

    def with_(self, **chosen: Any) -> str:
        """What a scenario may write to mean another variable or band."""
        name = dataclasses.replace(self, **chosen).name
        return (self.written or self.file.name) + name.removeprefix(self.file.name)


def split_part(path: Path, key: str, written: str = "") -> Part:
    """``climate.nc|variable=tas|band=3`` as file, variable and band.

    Raises
    ------
    LandscapeError
        A name that only GDAL's own tools take (``NETCDF:two.nc:z``), another word than variable or
        band, or a band that is no whole number from 1.
    """
    if "|" not in path.name:
        _refuse_gdal_name(path, key)
        return Part(path, written=written)
    if os.path.isfile(path):  # a file may hold a bar in its name
        return Part(path, written=written)
    name, *said = path.name.split("|")
    chosen: dict[str, str] = {}
    for text in said:
        word, _, value = (t.strip() for t in text.partition("="))
        if word not in ("variable", "band") or not value or word in chosen:
            raise LandscapeError(
                f"{text!r} names no part of a raster",
                remedy=f'write {key} = "{name}|variable=NAME" or "{name}|band=NUMBER"',
            )
        chosen[word] = value
    band = chosen.get("band")
    if band is not None and not re.fullmatch(r"[1-9][0-9]{0,5}", band):
        raise LandscapeError(f"band {band!r} is no band", remedy="bands are counted 1, 2, 3 ...")
    return Part(
        path.parent / name,
        chosen.get("variable"),
        None if band is None else int(band),
        written.partition("|")[0],
    )


def _refuse_gdal_name(path: Path, key: str) -> None:
    found = None if os.path.isfile(path) else _GDAL_NAME.search(str(path))
    if found is None:
        return
    file, _, part = found["rest"].replace('"', "").rpartition(":")
    if not file:
        file, part = part, ""
    if found["kind"].lower() == "netcdf" and part:
        remedy = f'write {key} = "{file}|variable={part}"'
    else:
        told = found[0].lstrip("/")
        remedy = f"give the file itself, or take the part out: gdal_translate '{told}' out.tif"
    raise LandscapeError("is GDAL's name for a part of a file", remedy=remedy)


@contextmanager
def open_part(part: Part, key: str) -> Iterator[Any]:
    """Open the file with rasterio, at the variable that is meant.

    Raises
    ------
    LandscapeError
        As :func:`open_raster`; several variables and none named, a variable that the file lacks,
        or several pages.
    """
    import rasterio

    with placing(f"{part.whole} ({key})"):
        with rasterio.Env(**AS_NUMBERS), open_raster(part.file) as src:
            if not _is_variable(src, part, key):
                yield src
                return
        with open_raster(part.file, variable=part.variable) as src:
            yield src


def _is_variable(src: Any, part: Part, key: str) -> bool:
    """Whether a variable within the open file is meant, and not the file itself."""
    names = _variables(src)
    if not src.count and not names:
        raise LandscapeError("holds no raster", remedy="give a GeoTIFF or another raster of cells")
    if src.count and names:  # the first page of a TIFF opens, the others would go unseen
        raise LandscapeError(
            f"holds {len(names)} rasters (pages) in one file",
            remedy=f"take one out: gdal_translate '{next(iter(names.values()))}' out.tif",
        )
    if names:
        if part.variable is None or part.variable not in names:
            raise _which(part, key, names)
        return True
    own = src.tags(1).get("NETCDF_VARNAME", "")
    if part.variable not in (None, own):
        raise LandscapeError(
            f"has no variable {part.variable!r}",
            remedy=nearest(str(part.variable), [own]) if own else "name the file alone",
        )
    return False


def _variables(src: Any) -> dict[str, str]:
    """GDAL's name of each part by the part's own name; empty where the file is one raster."""
    names: dict[str, str] = {}
    for full in src.subdatasets:
        name = full.rpartition(":")[2].strip('"')
        if full.upper().startswith("GTIFF_DIR:"):  # there, the number of the page comes first
            name = full.split(":")[1]
        names[name] = full
    return names if len(names) > 1 or not src.count else {}


def _which(part: Part, key: str, names: dict[str, str]) -> LandscapeError:
    known = list(names)
    shown = ", ".join(known[:MAX_LISTED])
    more = f" and {len(known) - MAX_LISTED} more" if len(known) > MAX_LISTED else ""
    if part.variable is None:
        wanted = next((n for n in known if n.startswith(key)), known[0])
        return LandscapeError(
            f"holds several variables ({shown}{more})",
            remedy=f'name one: {key} = "{part.with_(variable=wanted)}"',
        )
    return LandscapeError(
        f"has no variable {part.variable!r}", remedy=nearest(part.variable, known)
    )
