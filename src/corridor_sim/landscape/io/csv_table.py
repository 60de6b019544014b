"""Small tables of a user's as CSV: columns by name, comma or semicolon."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from corridor_sim.errors import LandscapeError, placing
from corridor_sim.landscape.io.local_files import file_bytes

MAX_TABLE_BYTES = 1 << 20


def table_text(path: Path, where: str) -> str:
    """Return the text of a table, with or without a byte-order mark.

    Raises
    ------
    LandscapeError
        No such file, one that is too large, or not UTF-8.
    """
    with placing(where):
        data = file_bytes(path, MAX_TABLE_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LandscapeError(
            f"is not UTF-8 text (byte {error.start})", where=where, remedy="save it as UTF-8"
        ) from error


def csv_rows(
    text: str, where: str, needed: Sequence[str], optional: Sequence[str] = ()
) -> list[tuple[str, dict[str, str]]]:
    """Return the lines that hold anything: the number of each in words, and its columns by name.

    Columns that are neither needed nor optional are passed over; optional ones may be missing.

    Raises
    ------
    LandscapeError
        No CSV, or a needed column is missing.
    """
    first = text.splitlines()[0] if text.strip() else ""
    # A semicolon is what spreadsheets write where the comma is the decimal sign.
    reader = csv.DictReader(
        text.splitlines(), delimiter=";" if ";" in first else ",", skipinitialspace=True
    )
    header = ",".join(needed)
    try:
        names = [str(n).strip() for n in (reader.fieldnames or [])]
        reader.fieldnames = names
        for column in needed:
            if column not in names:
                raise LandscapeError(
                    f"has no column {column!r}, only {', '.join(names) or 'an empty line'}",
                    where=where,
                    remedy=f"begin with the line {header}",
                )
        out = []
        for row in reader:
            held = {name: (row.get(name) or "").strip() for name in (*needed, *optional)}
            if any(held[name] for name in needed):
                out.append((f"line {reader.line_num}", held))
        return out
    except csv.Error as error:
        raise LandscapeError(
            f"cannot be read: {error}",
            where=where,
            remedy=f"write a CSV with header {header} and one line per code",
        ) from error
