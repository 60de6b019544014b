"""A user's own table of land-cover classes: CSV or TOML, or the name of one that ships.

CSV with a header that names the columns of :data:`corridor_sim.landscape.covers.COLUMNS`, one line
a class; or TOML with one ``[[classes]]`` of these keys a class.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corridor_sim.errors import LandscapeError, nearest, shown
from corridor_sim.landscape.covers import SHIPPED, CoverTable, cover_table, table_of
from corridor_sim.landscape.io.csv_table import table_text
from corridor_sim.toml.strict import parse_toml

SUFFIXES = (".csv", ".toml")


def is_shipped(name: str) -> bool:
    """Whether a text names no file: a table that ships, or one that does not exist."""
    return Path(name).suffix.lower() not in SUFFIXES


def read_cover_table(name: str, base_dir: Path, key: str = "cover_classes") -> CoverTable:
    """Return the table of land-cover classes that ``name`` stands for.

    Parameters
    ----------
    name : str
        A name of :data:`corridor_sim.landscape.covers.SHIPPED`, or a file ``.csv`` or ``.toml``.
    base_dir : Path
        Folder to which a relative path refers.
    key : str
        Of the settings, for messages.

    Raises
    ------
    LandscapeError
        In one line: the file and line, the value and what to do.
    """
    if is_shipped(name):
        if name not in SHIPPED:
            raise LandscapeError(
                f"{key} = {name[:60]!r} is neither a table that ships nor a .csv or .toml file",
                where="[landscape]",
                remedy=nearest(name[:60], SHIPPED),
            )
        return cover_table(name)
    path = base_dir / name
    where = f"{path} ({key})"
    text = table_text(path, where)
    toml = path.suffix.lower() == ".toml"
    lines = _toml_lines(text, where) if toml else _csv_lines(text, where)
    return table_of(path.name, lines, where)


def _csv_lines(text: str, where: str) -> list[tuple[str, dict[str, str]]]:
    """Return the lines of a CSV that hold anything, with their numbers; ``#`` begins a comment."""
    kept = [(i, line) for i, line in enumerate(text.splitlines(), 1) if not line.startswith("#")]
    kept = [(i, line) for i, line in kept if line.strip(" ,;\t")]
    header = kept[0][1] if kept else ""
    # A semicolon is what spreadsheets write where the comma is the decimal sign.
    delimiter = ";" if ";" in header else ","
    if not kept or "code" not in (one.strip(' "') for one in header.split(delimiter)):
        raise LandscapeError(
            f"begins with {shown(header)}, without a column code",
            where=where,
            remedy="begin with the line code,key,label,colour and the flags",
        )
    try:
        rows = list(
            csv.reader((line for _, line in kept), delimiter=delimiter, skipinitialspace=True)
        )
    except csv.Error as error:
        raise LandscapeError(
            f"cannot be read: {error}", where=where, remedy="write one line a class"
        ) from error
    names = [one.strip() for one in rows[0]]
    doubled = next((one for one in names if names.count(one) > 1), None)
    if doubled is not None or len(rows) != len(kept):
        problem = f"names the column {doubled!r} twice"
        if doubled is None:
            problem = "holds a text over several lines"
        raise LandscapeError(problem, where=where, remedy="give each column and class its own")
    found = []
    for (number, _), row in zip(kept[1:], rows[1:], strict=True):
        if len(row) > len(names):
            raise LandscapeError(
                f"{len(row)} values for {len(names)} columns",
                where=f"{where}, line {number}",
                remedy='a text with a comma stands in quotes: "Beach, dune"',
            )
        values = [one.strip() for one in row] + [""] * (len(names) - len(row))
        found.append((f"line {number}", dict(zip(names, values, strict=True))))
    return found


def _toml_lines(text: str, where: str) -> list[tuple[str, Mapping[str, str]]]:
    data = parse_toml(text, where=where, error=LandscapeError)
    classes = data.get("classes")
    if set(data) != {"classes"} or not isinstance(classes, list):
        raise LandscapeError(
            "has no list [[classes]], or something beside it",
            where=where,
            remedy="give one [[classes]] a class, with code, key, label, colour and flags",
        )
    found: list[tuple[str, Mapping[str, str]]] = []
    for i, one in enumerate(classes, 1):
        place = f"[[classes]] {i}"
        if not isinstance(one, dict):
            raise LandscapeError(f"is {shown(one)}", where=f"{where}, {place}", remedy="a table")
        found.append((place, {str(k): _text(v, f"{where}, {place}, {k}") for k, v in one.items()}))
    return found


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    raise LandscapeError(
        f"is {shown(value)}", where=where[:400], remedy="a text, number, yes or no"
    )
