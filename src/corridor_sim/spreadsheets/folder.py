"""The tables of a results folder: exact ones for programs, and from them all that people open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError
from corridor_sim.files import write_bytes, write_text
from corridor_sim.spreadsheets.columns import TABLES
from corridor_sim.spreadsheets.sheets import MOST_ROWS, Naming, Sheet, sheet_of, table_of
from corridor_sim.spreadsheets.workbook import csv_text, workbook_bytes

if TYPE_CHECKING:
    import pandas as pd

WORKBOOK = "tables.xlsx"
EXACT = "tables"


def keep_exact(folder: Path, name: str, table: pd.DataFrame | Sequence[dict[str, Any]]) -> Path:
    """Write a table in full as ``tables/NAME.parquet``; one without a row leaves no file.

    Parameters
    ----------
    folder : Path
        Of the results.
    name : str
    table : DataFrame, or rows of the same keys

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    import pandas as pd

    frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(list(table))
    path = folder / EXACT / f"{name}.parquet"
    if not len(frame):
        path.unlink(missing_ok=True)
        return path
    return write_bytes(path, _of_one_kind(frame).to_parquet(index=False))


def _of_one_kind(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of words and numbers mixed are words: a file's have one kind."""
    from pandas.api.types import infer_dtype

    mixed = [
        name
        for name in frame.columns
        if frame[name].dtype == object and infer_dtype(frame[name], skipna=True).startswith("mixed")
    ]
    words = {name: frame[name].map(lambda v: None if v is None else str(v)) for name in mixed}
    return frame.assign(**words)


def write_spreadsheets(folder: Path, naming: Naming, *, out: Path | None = None) -> list[Path]:
    """Write ``tables.xlsx`` and a CSV file a table from the exact tables of a folder.

    In the current language, and the CSV in the convention of its readers.

    Parameters
    ----------
    folder : Path
        Of the results.
    naming : Naming
    out : Path, optional
        Write there, all CSV side by side; into the results folder if not given.

    Raises
    ------
    ResultsError
        A table is damaged, the disk is full, or the folder cannot be written.
    """
    sheets = _sheets(folder, naming)
    written = []
    for sheet in sheets:
        if sheet.rows <= MOST_ROWS or out is not None:
            place = table_of(sheet.name, naming).folder if out is None else ""
            path = (out or folder) / place / f"{sheet.name}.csv"
            written.append(write_text(path, csv_text(sheet)))
    return [write_bytes((out or folder) / WORKBOOK, workbook_bytes(sheets, naming)), *written]


def _sheets(folder: Path, naming: Naming) -> list[Sheet]:
    import pandas as pd

    paths = sorted((folder / EXACT).glob("*.parquet"), key=lambda path: _place(path.stem, naming))
    found = []
    for path in paths:
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as bad:
            raise ResultsError(
                f"cannot be read ({bad})", where=path, remedy="make the report again"
            ) from None
        found.append(sheet_of(path.stem, frame, naming))
    return found


def _place(name: str, naming: Naming) -> tuple[int, str]:
    order = list(TABLES)
    own = naming.prefix + name
    known = own if own in TABLES else name
    return (order.index(known) if known in TABLES else len(order), name)
