"""Circuitscape's short lists beside the focal points: pairs to look at, and source strengths."""

from __future__ import annotations

from pathlib import Path

from corridor_sim.errors import LandscapeError
from corridor_sim.theory.ascii_grid import LONGEST_NUMBER, MAX_POINTS, numbers, opened, size_of
from corridor_sim.theory.focal import Focal

MODES = ("include", "exclude")


def read_pairs(path: str | Path, focal: Focal) -> frozenset[frozenset[int]]:
    """Return the pairs of focal numbers to look at.

    The first line says ``mode include`` or ``mode exclude``, each other line names a pair.

    Raises
    ------
    LandscapeError
        With the line: no mode, or numbers that are no focal points.
    """
    lines = _lines(path)
    number, first = lines[0] if lines else (1, b"")
    words = first.decode("ascii", "replace").split()
    if len(words) != 2 or words[0] != "mode" or words[1] not in MODES:
        raise LandscapeError("has no mode", where=f"{path}:{number}",
                             remedy="begin with: mode include, or: mode exclude")  # fmt: skip
    named = set()
    for number, text in lines[1:]:
        pair = [_focal_number(value, focal, path, number) for value in _values(text, path, number)]
        named.add(frozenset(pair))
    if words[1] == "include":
        return frozenset(named)
    every = {frozenset((a, b)) for a in focal.ids for b in focal.ids if a < b}
    return frozenset(every - named)


def read_strengths(path: str | Path, focal: Focal) -> dict[int, float]:
    """Return amperes by number of the focal place, from lines ``number amperes``.

    Raises
    ------
    LandscapeError
        With the line: a number that is no focal point, comes twice, or amperes below 0.
    """
    out: dict[int, float] = {}
    for number, text in _lines(path):
        name, amperes = _values(text, path, number)
        key = _focal_number(name, focal, path, number)
        if key in out:
            raise LandscapeError(f"{key} comes twice", where=f"{path}:{number}", remedy="keep one")
        if amperes < 0:
            raise LandscapeError(f"{amperes:g} amperes from {key}", where=f"{path}:{number}",
                                 remedy="give 0 or more")  # fmt: skip
        out[key] = amperes
    return out


def _values(text: bytes, path: str | Path, line: int) -> tuple[float, float]:
    one, other = numbers(text, 2, Path(path), line)
    return float(one), float(other)


def _lines(path: str | Path) -> list[tuple[int, bytes]]:
    path = Path(path)
    size = size_of(path)
    if size > MAX_POINTS * 2 * LONGEST_NUMBER:
        raise LandscapeError(f"{size} bytes are no list of pairs", where=path,
                             remedy="give two numbers on each line")  # fmt: skip
    with opened(path) as file:
        return [(k, text) for k, text in enumerate(file, start=1) if text.strip()]


def _focal_number(value: float, focal: Focal, path: str | Path, line: int) -> int:
    if value not in focal.ids:
        raise LandscapeError(f"{value:g} is no focal point", where=f"{path}:{line}",
                             remedy="name points of the list of points")  # fmt: skip
    return int(value)
