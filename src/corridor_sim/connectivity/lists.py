"""Circuitscape's short lists: focal points, pairs, source strengths, sources and grounds."""

from __future__ import annotations

import difflib
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import LARGEST
from corridor_sim.connectivity.grid_file import KEYS, AsciiGrid, read_grid
from corridor_sim.connectivity.text_file import LONGEST_NUMBER, first_word, lines_of, numbers
from corridor_sim.errors import LandscapeError

F8 = NDArray[np.float64]
MODES = ("include", "exclude")
MAX_MATRIX = 5000


def is_list(path: str | Path) -> bool:
    """Whether a file is a list of lines and no grid."""
    word = first_word(Path(path))
    if word is None:
        return False
    return word not in KEYS and not (
        word[:1].isalpha() and difflib.get_close_matches(word, KEYS, 1, 0.6)
    )


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
    if not is_list(path):
        grid = read_grid(path)
        like.same_place(grid)
        return Focal.from_map(grid.values, where=str(path))
    ids: list[int] = []
    cells: list[tuple[int, int]] = []
    for number, text in lines_of(path, 3):
        name, x, y = (float(value) for value in numbers(text, 3, path, number))
        if name != math.floor(name) or not 0 < name < 2**31:
            raise LandscapeError(
                f"{name:g} numbers no point",
                where=f"{path}:{number}",
                remedy="use whole numbers above 0: number x y",
            )
        ids.append(int(name))
        cells.append(cell_at(f"point {name:.0f}", x, y, like, f"{path}:{number}"))
    if not ids:
        raise LandscapeError("has no point", where=path, remedy="give lines: number x y")
    rows, cols = like.values.shape
    return Focal.at(cells, (rows, cols), ids)


def read_sources(path: str | Path, like: AsciiGrid, *, inverse: bool = False) -> F8:
    """Read sources or grounds: a grid of their values, or a list ``value x y``; 0 where none is.

    ``inverse``: values are resistances and are returned as conductances, inf for 0. Several points
    in a cell add up.
    """
    path = Path(path)
    if not is_list(path):
        grid = read_grid(path)
        like.same_place(grid)
        return inverted(grid.values) if inverse else grid.values
    out = np.zeros(like.values.shape)
    rows = lines_of(path, 3)
    for number, text in rows:
        value, x, y = (float(v) for v in numbers(text, 3, path, number))
        amount = np.array(value)
        if inverse and value < 0:
            raise LandscapeError(
                f"a ground below 0, {value:g}", where=f"{path}:{number}", remedy="make it positive"
            )
        cell = cell_at(f"{value:g}", x, y, like, f"{path}:{number}")
        out[cell] += inverted(amount) if inverse else amount
    if not rows:
        raise LandscapeError("has no point", where=path, remedy="give lines: value x y")
    return out


def inverted(values: F8) -> F8:
    """Return resistances as conductances and the other way round; inf for 0."""
    with np.errstate(divide="ignore", over="ignore"):
        out: F8 = 1 / values
    return out


def cell_at(name: str, x: float, y: float, like: AsciiGrid, where: str) -> tuple[int, int]:
    """Return row and column of the cell at a map position; an edge belongs north and west."""
    rows, cols = like.values.shape
    across, up = (x - like.west) / like.cell, (y - like.south) / like.cell
    if not (0 <= across <= cols and 0 <= up <= rows):
        raise LandscapeError(
            f"{name} at {x:g}, {y:g} is outside {like.path}",
            where=where,
            remedy="move it, or use the grid's coordinates",
        )
    return max(math.ceil(rows - up), 1) - 1, max(math.ceil(across), 1) - 1


def read_pairs(path: str | Path, focal: Focal) -> frozenset[frozenset[int]]:
    """Return the pairs of focal numbers to look at.

    Either the first line says ``mode include`` or ``mode exclude`` and each other line names a
    pair, of which those with 0 count for nothing; or two lines ``min`` and ``max`` stand above a
    matrix with focal numbers in its first row and column, and pairs from min to max are looked at.

    Raises
    ------
    LandscapeError
        With the line: no mode, or numbers that are no focal points.
    """
    path = Path(path)
    lines = lines_of(path, 2, LONGEST_NUMBER * MAX_MATRIX)
    number, first = lines[0] if lines else (1, b"")
    words = first.decode("ascii", "replace").lower().split()
    if words[:1] == ["min"]:
        return _pair_matrix(path, lines, focal)
    if len(words) != 2 or words[0] != "mode" or words[1] not in MODES:
        raise LandscapeError(
            "has no mode",
            where=f"{path}:{number}",
            remedy="begin with: mode include, or: mode exclude",
        )
    named, known = set(), frozenset(focal.ids)
    for number, text in lines[1:]:
        both = numbers(text, 2, path, number)
        if np.any(both == 0):
            continue
        named.add(frozenset(_focal_number(value, known, path, number) for value in both))
    if words[1] == "include":
        return frozenset(named)
    every = {frozenset((a, b)) for a in focal.ids for b in focal.ids if a < b}
    return frozenset(every - named)


def _pair_matrix(
    path: Path, lines: list[tuple[int, bytes]], focal: Focal
) -> frozenset[frozenset[int]]:
    limits, known = [], frozenset(focal.ids)
    for name, (number, text) in zip(("min", "max"), lines, strict=False):
        words = text.split()
        if words[0].decode("ascii", "replace").lower() != name:
            break
        limits.append(float(numbers(b" ".join(words[1:]), 1, path, number)[0]))
    body = lines[2:]
    if len(limits) < 2 or not body:
        raise LandscapeError(
            "is no matrix of pairs",
            where=path,
            remedy="give the lines min and max, then the matrix",
        )
    size = len(body)
    table = np.stack([numbers(text, size, path, number) for number, text in body])
    names = [_focal_number(value, known, path, body[0][0]) for value in table[0, 1:]]
    for (number, _), value, node in zip(body[1:], table[1:, 0], names, strict=True):
        if value != node:
            raise LandscapeError(
                f"row of {value:g} where column {node} stands",
                where=f"{path}:{number}",
                remedy="give rows and columns in the same order",
            )
    wanted = (table[1:, 1:] >= limits[0]) & (table[1:, 1:] <= limits[1])
    np.fill_diagonal(wanted, False)
    if np.any(wanted != wanted.T):
        i, j = (int(k) for k in np.argwhere(wanted != wanted.T)[0])
        raise LandscapeError(
            f"wants {names[i]} with {names[j]} one way and not the other",
            where=path,
            remedy="make the matrix symmetric",
        )
    return frozenset(frozenset((names[i], names[j])) for i, j in np.argwhere(np.triu(wanted)))


def read_strengths(path: str | Path, focal: Focal) -> dict[int, float]:
    """Return amperes by number of the focal place, from lines ``number amperes``.

    Raises
    ------
    LandscapeError
        With the line: a number that is no focal point, comes twice, or amperes below 0.
    """
    out: dict[int, float] = {}
    known = frozenset(focal.ids)
    for number, text in lines_of(Path(path), 2):
        name, amperes = (float(value) for value in numbers(text, 2, path, number))
        key = _focal_number(name, known, path, number)
        if key in out:
            raise LandscapeError(f"{key} comes twice", where=f"{path}:{number}", remedy="keep one")
        if not amperes <= LARGEST:
            raise LandscapeError(
                f"{amperes:g} amperes from {key}",
                where=f"{path}:{number}",
                remedy=f"give at most {LARGEST:g}",
            )
        if amperes < 0:
            raise LandscapeError(
                f"{amperes:g} amperes from {key}", where=f"{path}:{number}", remedy="give 0 or more"
            )
        out[key] = amperes
    return out


def _focal_number(value: float, known: frozenset[int], path: str | Path, line: int) -> int:
    if value not in known:
        raise LandscapeError(
            f"{value:g} is no focal point",
            where=f"{path}:{line}",
            remedy="name points of the list of points",
        )
    return int(value)
