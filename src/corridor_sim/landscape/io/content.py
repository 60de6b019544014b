"""What a landscape is made of: digests of what is read from the user's files.

A run is recognised by them, so they change with everything that can change the landscape, in
whatever file it stands (``.dbf``, ``.prj``, ``.tfw``, ``.aux.xml``, the tiles of a mosaic, one
layer of several), and with nothing else where that can be told: a GeoPackage that QGIS merely
opened, or a raster that got statistics beside it, is still the same input.

Digests begin with :data:`RULE`, which changes when the rule does.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from corridor_sim.errors import placing
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.local_files import TICK_NS, files_beside, regular_file
from corridor_sim.landscape.io.opening import open_tile, read_mosaic
from corridor_sim.landscape.io.raster_parts import open_part, split_part

RULE = "content:"
_CHUNK = 100_000
Stamp = tuple[str, int, int, int, int]
# Files beside a raster that hold pixels of it, masks, or how its pixels are stored. What others
# hold (.prj, .tfw, .aux.xml) is in the raster's own declaration, or is a picture of its pixels.
_PIXELS = (".msk", ".ige")


def file_content(path: Path, key: str) -> str:
    """Return the digest of a text file: its bytes."""
    with placing(f"{path} ({key})"):
        regular_file(path)
    return RULE + _bytes_of(str(path), _stamp(path))


def raster_content(path: Path, key: str) -> str:
    """Return the digest of a raster: what it declares, and the files that hold its pixels.

    Declared are size, CRS, position, type, nodata, mask, scale, offset, unit and meaning of the
    bands, from wherever GDAL takes them.
    """
    with placing(f"{path} ({key})"):
        return RULE + _raster_digest(path, key)


def _raster_digest(path: Path, key: str) -> str:
    part_of = split_part(path, key)
    with open_part(part_of, key) as src:
        told = [*_declared(src), src.subdatasets, part_of.variable, part_of.band]
        driver = src.driver
        # the name of what an Erdas Imagine file keeps its pixels in stands within it
        more = [Path(name) for name in src.files] if driver == "HFA" else []
    more += files_beside(part_of.file)
    digest = hashlib.sha256(repr(told).encode())
    suffixes = (*_PIXELS, ".hdr") if driver == "EHdr" else _PIXELS
    if driver == "VRT":
        mosaic = read_mosaic(part_of.file)
        digest.update(repr(mosaic.layout).encode())
        # where a tile is shown coarser than it is, GDAL takes its overviews
        beside = (*_PIXELS, ".ovr") if mosaic.resampled else _PIXELS
        for tile in mosaic.tiles:
            if mosaic.masked:
                with placing(f": its tile {tile.name}"), open_tile(tile) as src:
                    digest.update(repr(_declared(src)).encode())
            _add_files(digest, tile, files_beside(tile), beside)
        _add_files(digest, None, more, suffixes)
    else:
        _add_files(digest, part_of.file, more, suffixes)
    return digest.hexdigest()


def _declared(src: Any) -> list[Any]:
    return [
        src.width,
        src.height,
        src.count,
        "" if src.crs is None else src.crs.to_wkt(),
        tuple(src.transform),
        src.dtypes,
        repr(src.nodatavals),
        src.scales,
        src.offsets,
        src.units,
        [c.name for c in src.colorinterp],
        [[flag.name for flag in flags] for flags in src.mask_flag_enums],
    ]


def _add_files(digest: Any, file: Path | None, others: list[Path], suffixes: Sequence[str]) -> None:
    """Add the bytes of a file, and of those beside it that end in one of ``suffixes``."""
    beside = {os.path.abspath(o) for o in others if o.name.casefold().endswith(tuple(suffixes))}
    for part in [*([] if file is None else [os.path.abspath(file)]), *sorted(beside)]:
        name = os.path.basename(part)
        digest.update(f"|{name}|{_bytes_of(part, _stamp(Path(part)))}".encode())


def vector_content(path: Path, key: str) -> str:
    """Return the digest of one layer of a vector file: CRS, fields, and every feature in order."""
    from corridor_sim.landscape.io.vectors import split_layer

    file, layer = split_layer(path)
    return RULE + _layer_of(str(file), layer, f"{path} ({key})", stamps_of(file))


def stamps_of(file: Path) -> tuple[Stamp, ...]:
    """Return what tells within one process that no part of a vector file was written again."""
    return tuple(_stamp(part) for part in _vector_parts(file))


def _stamp(path: Path) -> Stamp:
    """What tells within one process that a file was not written again."""
    facts = os.stat(path)
    now = time.time_ns()
    # a file written a moment ago may be written again within one tick of the disk's clock
    fresh = now if now - facts.st_mtime_ns < TICK_NS else 0
    return path.name, facts.st_size, facts.st_mtime_ns, facts.st_ino, fresh


def _vector_parts(file: Path) -> list[Path]:
    folder, stem = (file, "") if file.is_dir() else (file.parent, file.stem.casefold())
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []  # who opens the file says what is wrong
    found = [folder / name for name in names if name.casefold().startswith(stem)]
    return [part for part in found if os.path.exists(part)]  # a link may lead nowhere


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else repr(value)


@lru_cache(maxsize=256)
def _bytes_of(path: str, stamp: Stamp) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=64)
def _layer_of(file: str, layer: str | None, where: str, stamps: tuple[Any, ...]) -> str:
    import pyogrio

    from corridor_sim.landscape.io.vectors import open_layer

    digest = hashlib.sha256()
    with quiet(), open_layer(Path(file), layer, where) as (opened, name, info):
        told = [info["crs"], info["geometry_type"], list(info["fields"]), list(info["dtypes"])]
        digest.update(json.dumps(told, default=str).encode())
        for start in range(0, info["features"], _CHUNK):
            _, fids, wkb, columns = pyogrio.raw.read(
                opened, layer=name, return_fids=True, skip_features=start, max_features=_CHUNK
            )
            digest.update(np.asarray(fids).tobytes())
            for shape in wkb:
                digest.update(b"|" if shape is None else b"|%d|" % len(shape) + shape)
            for column in columns:
                if column.dtype.kind == "O":
                    digest.update(json.dumps(column.tolist(), default=_plain).encode())
                else:
                    digest.update(column.tobytes())
    return digest.hexdigest()
