"""HDF5 files, and so NetCDF 4, that keep their values in other files.

HDF5 can take the bytes of a dataset from any file of the machine (external storage), or a whole
dataset from another file (external links, virtual datasets). Its library follows them without a
word, so a file is looked through before it is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.io.local_files import head_of

_SIGN = b"\x89HDF\r\n\x1a\n"
# what the file's own bytes begin with may stand after so many bytes of something else
_PLACES = (0, 512, 1024, 2048)
MAX_PARTS = 100_000


def refuse_links_out(path: Path, where: str) -> None:
    """Refuse an HDF5 file of which a part is kept in another file; others are left alone.

    Raises
    ------
    LandscapeError
    """
    head = head_of(path)
    if not any(head.startswith(_SIGN, at) for at in _PLACES):
        return
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            out = _kept_outside(file, h5py)
    except Exception as error:  # a damaged file fails in as many ways as the library has
        raise LandscapeError(
            "is an HDF5 file (NetCDF 4) that cannot be read", where=where, remedy="copy it again"
        ) from error
    if out is not None:
        raise LandscapeError(
            f"keeps {out[:200]!r} in another file, which is never followed",
            where=where,
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
