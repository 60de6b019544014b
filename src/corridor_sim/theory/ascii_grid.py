"""ESRI ASCII grids and Circuitscape's lists of points, read strictly.

A grid is six lines of header (``ncols``, ``nrows``, ``xllcorner`` or ``xllcenter``, ``yllcorner``
or ``yllcenter``, ``cellsize``, ``NODATA_value``; the last may be missing) and one line of numbers
for each row, the northernmost first. A list of points is ``number x y`` on each line. Files come
from anywhere: sizes are checked before memory is taken, and only plain numbers are taken as such.
"""

from __future__ import annotations

import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest
from corridor_sim.files import write_bytes
from corridor_sim.landscape.grid import MAX_CELLS
from corridor_sim.theory.focal import Focal

F8 = NDArray[np.float64]
KEYS = ("ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize",
        "nodata_value")  # fmt: skip
NUMERIC = b"0123456789+-.eE \t\r\n"
LONGEST_NUMBER = 64
LONGEST_HEADER = 200
MAX_POINTS = 100_000
DEFAULT_NODATA = -9999.0


@dataclass(frozen=True)
class AsciiGrid:
    """A raster with its place: ``values`` float64 [y, x], NaN for no data."""

    values: F8
    west: float
    south: float
    cell: float
    path: Path

    def same_place(self, other: AsciiGrid) -> None:
        """Refuse another grid that has other rows, columns, corner or cell."""
        if self.values.shape != other.values.shape:
            ours, theirs = (" x ".join(map(str, g.values.shape)) for g in (self, other))
            raise LandscapeError(
                f"has {theirs} cells, {self.path} has {ours}", where=other.path,
                remedy="give both the same extent and cell",
            )  # fmt: skip
        for name in ("west", "south", "cell"):
            mine, its = getattr(self, name), getattr(other, name)
            if abs(mine - its) > 1e-3 * self.cell:
                raise LandscapeError(
                    f"{name} is {its:g}, in {self.path} it is {mine:g}", where=other.path,
                    remedy="give both the same extent and cell",
                )  # fmt: skip


def read_ascii_grid(path: str | Path) -> AsciiGrid:
    """Read an ESRI ASCII grid.

    Raises
    ------
    LandscapeError
        With the line: not a file, a wrong header, a wrong count, a word that is no number.
    """
    path = Path(path)
    size = size_of(path)
    with opened(path) as file:
        header, line, n_header = _header(file, path)
        rows, cols = header.pop("nrows"), header.pop("ncols")
        if rows * cols > MAX_CELLS:
            raise LandscapeError(
                f"{rows:.0f} x {cols:.0f} cells exceed 2^31", where=path, remedy="use larger cells"
            )
        if size < 2 * rows * cols - 1:
            raise LandscapeError(
                f"{size} bytes cannot hold {rows:.0f} x {cols:.0f} numbers", where=path,
                remedy="fetch the whole file again",
            )  # fmt: skip
        values = np.empty((int(rows), int(cols)))
        for row in range(int(rows)):
            text = line if row == 0 else file.readline(LONGEST_NUMBER * (int(cols) + 2))
            values[row] = numbers(text, int(cols), path, n_header + row + 1)
        rest = file.read(1000).strip()
        if rest:
            raise LandscapeError(
                f"goes on after {rows:.0f} rows", where=f"{path}:{n_header + int(rows) + 1}",
                remedy="correct nrows",
            )  # fmt: skip
    values[values == header.get("nodata_value", DEFAULT_NODATA)] = math.nan
    cell = header["cellsize"]
    west = header["xllcorner"] if "xllcorner" in header else header["xllcenter"] - cell / 2
    south = header["yllcorner"] if "yllcorner" in header else header["yllcenter"] - cell / 2
    return AsciiGrid(values, west, south, cell, path)


def write_ascii_grid(path: str | Path, values: NDArray[Any], like: AsciiGrid) -> Path:
    """Write a map ``[y, x]`` at the place of ``like``, whole or not at all; NaN is no data."""
    filled = np.where(np.isnan(values), DEFAULT_NODATA, values)
    lines = [
        f"ncols {values.shape[1]}", f"nrows {values.shape[0]}", f"xllcorner {like.west!r}",
        f"yllcorner {like.south!r}", f"cellsize {like.cell!r}",
        f"NODATA_value {DEFAULT_NODATA:g}",
    ]  # fmt: skip
    lines += [" ".join(f"{value:.10g}" for value in row) for row in filled]
    return write_bytes(Path(path), ("\n".join(lines) + "\n").encode())


def read_focal(path: str | Path, like: AsciiGrid) -> Focal:
    """Read focal places: a grid of their numbers, or a list ``number x y``.

    In a grid, cells at 0 or below are no focal place. In a list, a point on the edge of two cells
    belongs to the northern and the western one, as in Circuitscape.

    Raises
    ------
    LandscapeError
        With the line: as for a grid, or a point outside it.
    """
    path = Path(path)
    size = size_of(path)
    with opened(path) as file:
        start = file.read(5)
    if start.lower() == b"ncols":
        grid = read_ascii_grid(path)
        like.same_place(grid)
        return Focal.from_map(grid.values, where=str(path))
    if size > MAX_POINTS * 3 * LONGEST_NUMBER:
        raise LandscapeError(
            f"{size} bytes is no list of points", where=path,
            remedy=f"give at most {MAX_POINTS} lines: number x y",
        )  # fmt: skip
    ids: list[int] = []
    cells: list[tuple[int, int]] = []
    rows, cols = like.values.shape
    with opened(path) as file:
        for number, text in enumerate(file, start=1):
            if not text.strip():
                continue
            if len(ids) == MAX_POINTS:
                raise LandscapeError(f"has more than {MAX_POINTS} points", where=path)
            name, x, y = numbers(text, 3, path, number)
            if name != math.floor(name) or not 0 < name < 2**31:
                raise LandscapeError(
                    f"{name:g} numbers no point", where=f"{path}:{number}",
                    remedy="use whole numbers above 0: number x y",
                )  # fmt: skip
            across, up = (x - like.west) / like.cell, (y - like.south) / like.cell
            if not (0 <= across <= cols and 0 <= up <= rows):
                raise LandscapeError(
                    f"point {name:.0f} at {x:g}, {y:g} is outside {like.path}",
                    where=f"{path}:{number}",
                    remedy="move it, or use the grid's coordinates",
                )
            ids.append(int(name))
            cells.append((max(math.ceil(rows - up), 1) - 1, max(math.ceil(across), 1) - 1))
    if not ids:
        raise LandscapeError("has no point", where=path, remedy="give lines: number x y")
    return Focal.at(cells, (rows, cols), ids)


def size_of(path: Path) -> int:
    """Return the bytes of a regular file."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise LandscapeError("file not found", where=repr(str(path)), remedy="check it") from error
    if not stat.S_ISREG(found.st_mode):
        raise LandscapeError("is no regular file", where=path, remedy="give an ASCII grid")
    return found.st_size


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading."""
    try:
        return path.open("rb")
    except OSError as error:
        raise LandscapeError(f"cannot be read: {error.strerror}", where=path) from error


def _header(file: IO[bytes], path: Path) -> tuple[dict[str, float], bytes, int]:
    """Read the header; return it with the first line of numbers and the count of header lines."""
    found: dict[str, float] = {}
    for number in range(1, len(KEYS) + 1):
        at = file.tell()
        text = file.readline(LONGEST_HEADER)
        words = text.split()
        if not words or not words[0][:1].isalpha():
            file.seek(at)
            break
        key = words[0].decode("ascii", "replace").lower()
        place = f"{path}:{number}"
        if key not in KEYS:
            raise LandscapeError(f"unknown key {key!r}", where=place, remedy=nearest(key, KEYS))
        if key in found:
            raise LandscapeError(f"{key} comes twice", where=place, remedy="keep one")
        found[key] = float(numbers(b" ".join(words[1:]), 1, path, number)[0])
    for names in (("ncols",), ("nrows",), KEYS[2:4], KEYS[4:6], ("cellsize",)):
        if sum(name in found for name in names) != 1:
            raise LandscapeError(
                f"no {' or '.join(names)} in the header", where=path, remedy="give an ESRI grid"
            )
    for name in ("ncols", "nrows"):
        if found[name] < 1 or found[name] != math.floor(found[name]):
            raise LandscapeError(f"{name} {found[name]:g} is impossible", where=path,
                                 remedy="use a whole number above 0")  # fmt: skip
    if found["cellsize"] <= 0:
        raise LandscapeError(f"cellsize {found['cellsize']:g} is impossible", where=path,
                             remedy="use a cell above 0")  # fmt: skip
    first = file.readline(int(min(LONGEST_NUMBER * (found["ncols"] + 2), MAX_CELLS)))
    return found, first, len(found)


def numbers(text: bytes, count: int, path: Path, line: int) -> F8:
    """Return the ``count`` finite numbers of one line."""
    place = f"{path}:{line}"
    words = text.split()
    if len(words) != count:
        raise LandscapeError(
            f"{len(words)} numbers instead of {count}", where=place, remedy="correct the line"
        )
    try:
        if text.translate(None, NUMERIC):
            raise ValueError
        values = np.array(words).astype(np.float64)
    except ValueError:
        wrong = next((word for word in words if not _is_number(word)), words[0])
        raise LandscapeError(
            f"{wrong[:40].decode('ascii', 'replace')!r} is no number", where=place,
            remedy="give plain numbers, and NODATA_value where there is no data",
        ) from None  # fmt: skip
    if not np.all(np.isfinite(values)):
        raise LandscapeError("a number is too large", where=place, remedy="use no data")
    return values


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return not word.translate(None, NUMERIC)
