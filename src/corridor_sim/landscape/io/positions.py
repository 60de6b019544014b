"""Places where somebody saw animals: a CSV of coordinates, or points of a vector file.

A CSV has a header that names ``x`` and ``y`` in the CRS of the landscape, or in one that is named,
or ``lon`` and ``lat`` in degrees (WGS 84), and if they are known ``sex``, ``stage`` and ``count``.
A vector file has points with fields of these names.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.field_values import cell_shown, comma_remedy, is_absent, number_of
from corridor_sim.landscape.io.geo import bounds_text, crs_from_text, mover
from corridor_sim.landscape.io.local_files import file_bytes
from corridor_sim.landscape.names import plain

F64 = NDArray[np.float64]
TABLES = (".csv", ".txt", ".tsv")
MAX_TABLE_BYTES = 16 << 20
MOST_ANIMALS = 10_000_000
DEGREES = "EPSG:4326"
# columns that make a place, and whether they are degrees
PAIRS = ((("x", "y"), False), (("lon", "lat"), True), (("longitude", "latitude"), True))
KNOWN = ("sex", "stage", "count")
FEMALE, MALE, UNKNOWN = 0, 1, -1
SEXES = {"f": FEMALE, "female": FEMALE, "m": MALE, "male": MALE, "": UNKNOWN, "unknown": UNKNOWN}
STAGES = {"resident": 0, "r": 0, "disperser": 1, "d": 1, "": 0}


@dataclass(frozen=True, slots=True)
class Positions:
    """Animals that were seen, each a row, on a grid.

    Attributes
    ----------
    where : str
        The file.
    x, y : float64 ``[n]``
        In cells from the north-western corner, all on the grid.
    male : int8 ``[n]``
        1 male, 0 female, -1 not known.
    disperses : bool ``[n]``
    row : int64 ``[n]``
        Line of the table, or feature, of each.
    tells_stage : bool
        Whether the file says who is a disperser; else all are residents.
    outside : tuple of int
        Lines or features outside the grid, or where it has no ground, which were left out.
    """

    where: str
    x: F64
    y: F64
    male: NDArray[np.int8]
    disperses: NDArray[np.bool_]
    row: NDArray[np.int64]
    tells_stage: bool
    outside: tuple[int, ...]

    @property
    def unit(self) -> str:
        """What a row of the file is called."""
        return "line" if is_table(Path(self.where)) else "feature"


def is_table(path: Path) -> bool:
    """Whether positions are read as a table of text, by the name of the file."""
    return path.suffix.lower() in TABLES


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of either kind of file: coordinates in a CRS, and cells of further columns by name."""

    x: F64
    y: F64
    crs: str
    row: NDArray[np.int64]
    fields: Mapping[str, Sequence[Any]]
    unit: str


def read_positions(
    path: Path,
    grid: Grid,
    *,
    off: NDArray[np.bool_] | None = None,
    key: str = "positions",
    crs: str | None = None,
    written: str = "",
) -> Positions:
    """Read where animals were seen.

    Parameters
    ----------
    path : Path
        A CSV (``.csv``, ``.txt``, ``.tsv``), or points of a vector file.
    grid : Grid
    off : bool ``[height, width]``, optional
        Cells without ground, which count as outside the map.
    key : str
        Of the setting, for messages.
    crs : str, optional
        Of ``x`` and ``y`` of a table; that of the grid where not given.
    written : str
        The path as the scenario writes it.

    Returns
    -------
    Positions

    Raises
    ------
    LandscapeError
        A file that cannot be read, columns that are missing, values that are no coordinates, sexes,
        stages or counts, or nothing on the grid.
    """
    where = f"{path} ({key})"
    with placing(where):
        table = is_table(path)
        if crs is not None and not table:
            raise LandscapeError(
                "has a CRS of its own", remedy="leave positions_crs out; it is for a CSV"
            )
        rows = _table(path, grid, crs) if table else _features(path, grid, key, written)
        return _on_grid(rows, grid, off, str(path))


def _table(path: Path, grid: Grid, crs: str | None) -> _Rows:
    try:
        text = file_bytes(path, MAX_TABLE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise LandscapeError(
            f"is not UTF-8 text (byte {bad.start})", remedy="save it as UTF-8"
        ) from None
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = next((one for one in (";", "\t") if one in first), ",")
    try:
        reader = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as bad:
        raise LandscapeError(f"cannot be read: {bad}", remedy="write a CSV") from None
    if not lines:
        raise LandscapeError("is empty", remedy="begin with the line x,y or lon,lat")
    names = [plain(name).casefold() for name in lines[0][1]]
    pairs = [one for one in PAIRS if set(one[0]) <= set(names)]
    if len(pairs) != 1:
        has = " and ".join(", ".join(one[0]) for one in pairs)
        raise LandscapeError(
            f"has two kinds of places: {has}"
            if pairs
            else f"has no columns x and y, nor lon and lat, only {', '.join(names)[:200]}",
            remedy="keep one" if pairs else "begin with the line x,y or lon,lat",
        )
    twice = next((one for one in (*pairs[0][0], *KNOWN) if names.count(one) > 1), None)
    if twice is not None:
        raise LandscapeError(f"has two columns {twice!r}", remedy="keep one")
    (east, north), degrees = pairs[0]
    if degrees and crs is not None:
        raise LandscapeError(
            "lon and lat are degrees (WGS 84)", remedy="leave positions_crs out, or call them x, y"
        )
    number = np.array([line for line, _ in lines[1:]], np.int64)
    columns = {
        name: [row[i] if i < len(row) else "" for _, row in lines[1:]]
        for i, name in enumerate(names)
    }
    x, y = (_numbers(columns[name], number, name, "line") for name in (east, north))
    if degrees:
        _refuse(np.abs(y) > 90, number, "line", lambda i: f"lat is {y[i]:g}", "give degrees")
    return _Rows(x, y, DEGREES if degrees else crs or grid.crs, number, columns, "line")


def _features(path: Path, grid: Grid, key: str, written: str) -> _Rows:
    from corridor_sim.landscape.io.features import POINTS
    from corridor_sim.landscape.io.vectors import open_layer, read_vector, split_layer

    found = read_vector(path, key, grid, POINTS, written)
    file, layer = split_layer(path)
    with open_layer(file, layer, str(path), written) as (opened, name, _):
        import pyogrio

        _, every, _, _ = pyogrio.raw.read(
            opened, layer=name, columns=[], return_fids=True, read_geometry=False
        )
    points, owner = shapely.get_coordinates(found.geometry, return_index=True)
    fields = {plain(name).casefold(): [v[i] for i in owner] for name, v in found.fields.items()}
    # what the reader left out as lying elsewhere keeps its place in the count, at no place at all
    gone = np.setdiff1d(np.asarray(every), found.fid)
    x, y = (np.concatenate([one, np.full(gone.size, np.inf)]) for one in points.T)
    more = {name: [*cells, *[None] * gone.size] for name, cells in fields.items()}
    return _Rows(x, y, grid.crs, np.concatenate([found.fid[owner], gone]), more, "feature")


def _numbers(cells: Sequence[Any], row: NDArray[np.int64], name: str, unit: str) -> F64:
    """Return a column as numbers, or refuse the first that is none."""
    found = [number_of(cell) for cell in cells]
    bad = np.array([one is None for one in found], bool)
    _refuse(
        bad,
        row,
        unit,
        lambda i: f"{name} is {cell_shown(cells[i])}, not a number",
        f"give a number{comma_remedy(cells[int(np.argmax(bad))]) if bad.any() else ''}",
    )
    return np.array(found, np.float64)


def _refuse(
    bad: NDArray[np.bool_],
    row: NDArray[np.int64],
    unit: str,
    said: Callable[[int], str],
    remedy: str,
) -> None:
    if bad.any():
        first, n = int(np.argmax(bad)), int(bad.sum())
        more = f" ({n - 1} more)" if n > 1 else ""
        raise LandscapeError(f"{unit} {row[first]}: {said(first)}{more}", remedy=remedy)


def _words(rows: _Rows, name: str, known: Mapping[str, int]) -> NDArray[np.int8]:
    """Return a column of words as numbers; what is not there is the empty word."""
    cells = rows.fields.get(name)
    if cells is None:
        return np.full(rows.row.size, known[""], np.int8)
    words = ["" if is_absent(cell) else plain(str(cell)).casefold() for cell in cells]
    _refuse(
        np.array([word not in known for word in words], bool),
        rows.row,
        rows.unit,
        lambda i: f"{name} is {cell_shown(cells[i])}",
        f"allowed: {', '.join(word for word in known if word)}, or nothing",
    )
    return np.array([known[word] for word in words], np.int8)


def _counts(rows: _Rows) -> NDArray[np.int64]:
    cells = rows.fields.get("count")
    if cells is None:
        return np.ones(rows.row.size, np.int64)
    known = [1.0 if is_absent(cell) else number_of(cell) for cell in cells]
    bad = [n is None or n != int(n) or not 0 <= n <= MOST_ANIMALS for n in known]
    _refuse(
        np.array(bad, bool),
        rows.row,
        rows.unit,
        lambda i: f"count is {cell_shown(cells[i])}",
        "give a whole number of animals, from 0",
    )
    counts = np.array(known, np.int64)
    if counts.sum() > MOST_ANIMALS:
        raise LandscapeError(
            f"{int(counts.sum()):,} animals", remedy=f"at most {MOST_ANIMALS:,}; check count"
        )
    return counts


def _on_grid(rows: _Rows, grid: Grid, off: NDArray[np.bool_] | None, where: str) -> Positions:
    """Return the animals that stand on the ground of the grid, one row each."""
    male, disperses = _words(rows, "sex", SEXES), _words(rows, "stage", STAGES)
    counts = _counts(rows)
    x_m, y_m = rows.x, rows.y
    known = np.isfinite(x_m)
    if rows.crs != grid.crs and known.any():
        way = mover(crs_from_text(rows.crs), grid.crs)
        x_m, y_m = (np.asarray(one, np.float64) for one in way.transform(rows.x, rows.y))
    x, y = grid.to_cells(x_m, y_m)
    inside = (x >= 0) & (x < grid.width) & (y >= 0) & (y < grid.height)
    if off is not None:
        at = np.flatnonzero(inside)
        inside[at] = ~off[y[at].astype(np.int64), x[at].astype(np.int64)]
    outside = rows.row[~inside & (counts > 0)]
    if not (inside & (counts > 0)).any():
        lie = _span(rows) if rows.row.size else ""
        raise LandscapeError(
            f"has no animal on the map, of {counted(rows.row.size, rows.unit)}{lie}; the map lies "
            f"in {bounds_text(grid.bounds_m)}",
            remedy="check the columns and positions_crs",
        )
    each = np.repeat(np.flatnonzero(inside), counts[inside])
    return Positions(
        where=where,
        x=x[each],
        y=y[each],
        male=male[each],
        disperses=disperses[each] > 0,
        row=rows.row[each],
        tells_stage="stage" in rows.fields,
        outside=tuple(int(one) for one in np.unique(outside)),
    )


def _span(rows: _Rows) -> str:
    west, east = float(rows.x.min()), float(rows.x.max())
    south, north = float(rows.y.min()), float(rows.y.max())
    return f": in {bounds_text((west, south, east, north))} of {rows.crs[:40]}"
