"""Small tables with a head, as other programs write them: columns by name."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, placing, shown
from corridor_sim.landscape.io.local_files import file_bytes
from corridor_sim.landscape.names import plain, unprintable

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
MOST_BYTES = 64 << 20
# from here on doubles skip whole numbers
EXACT = 2.0**53
LONGEST_NAME = 200


class Table:
    """A table with a head: commas, semicolons, tabs or blanks between columns, as its head has it.

    Parameters
    ----------
    path : Path
    needed : sequence of str
        Columns without which it is not understood.

    Raises
    ------
    LandscapeError
        No such file, no text in UTF-8, too large, a column missing, or a row of another length.
    """

    def __init__(self, path: Path, needed: Sequence[str]) -> None:
        self.path = path
        lines = text_of(path).splitlines()
        at = next((i for i, line in enumerate(lines) if line.strip()), None)
        if at is None:
            raise LandscapeError("is empty", where=path, remedy=f"give {', '.join(needed)}")
        apart = next((c for c in ",;\t" if c in lines[at]), None)
        self.columns = [plain(word).lower() for word in _parts(lines[at], apart)]
        for name in needed:
            if self.columns.count(name) != 1:
                what = "twice" if name in self.columns else "not there"
                raise LandscapeError(
                    f"column {name!r} is {what}, among {shown(', '.join(self.columns))}",
                    where=path,
                    remedy=f"give {', '.join(needed)} in the first line",
                )
        self.rows: list[list[str]] = []
        self.lines: list[int] = []
        for number, line in enumerate(lines[at + 1 :], at + 2):
            if not line.strip():
                continue
            words = [word.strip() for word in _parts(line, apart)]
            if len(words) != len(self.columns):
                raise LandscapeError(
                    f"{counted(len(words), 'value')} for {counted(len(self.columns), 'column')}",
                    where=f"{path}:{number}",
                    remedy="give one value a column, decimals with a point",
                )
            self.rows.append(words)
            self.lines.append(number)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def words(self, column: str) -> list[str]:
        """Return a column as text that can be shown."""
        at, found = self.columns.index(column), []
        for row, number in zip(self.rows, self.lines, strict=True):
            word = plain(row[at])
            if unprintable(word) is not None or len(word) > LONGEST_NAME:
                raise LandscapeError(
                    f"{column} holds what no name can",
                    where=f"{self.path}:{number}",
                    remedy=f"give up to {LONGEST_NAME} characters that can be seen",
                )
            found.append(word)
        return found

    def numbers(self, column: str, least: float = 0.0, most: float = math.inf) -> F64:
        """Return a column as finite numbers within a range."""
        at, found = self.columns.index(column), np.empty(len(self.rows))
        for i, (row, number) in enumerate(zip(self.rows, self.lines, strict=True)):
            word = row[at]
            try:
                # Python also takes 1_0, which nobody means
                value = float(word) if "_" not in word else math.nan
            except ValueError:
                value = math.nan
            if not (math.isfinite(value) and least <= value <= most):
                upper = "" if most == math.inf else f" to {most:g}"
                raise LandscapeError(
                    f"{column} is {shown(word)}",
                    where=f"{self.path}:{number}",
                    remedy=f"give a number from {least:g}{upper or ' on'}",
                )
            found[i] = value
        return found

    def ids(self, column: str, known: I64 | None = None, of: str = "") -> I64:
        """Return a column of whole numbers, all of them among ``known`` where that is given."""
        values = self.numbers(column, 0, EXACT)
        found = values.astype(np.int64)
        bad = found != values
        what = "is no whole number"
        if known is not None and not bad.any():
            bad, what = ~np.isin(found, known), f"is not in {of}"
        if bad.any():
            at = int(np.argmax(bad))
            raise LandscapeError(
                f"{column} {values[at]:g} {what}",
                where=f"{self.path}:{self.lines[at]}",
                remedy="give the number of a row of that file" if of else "give whole numbers",
            )
        return found

    def refuse_twice(self, *columns: I64) -> None:
        """Refuse rows whose columns hold what another row holds."""
        if not self.rows:
            return
        keys = np.stack(columns, axis=1)
        _, first = np.unique(keys, axis=0, return_index=True)
        if first.size < len(keys):
            at = int(np.setdiff1d(np.arange(len(keys)), first)[0])
            raise LandscapeError(
                f"{' '.join(map(str, keys[at]))} comes twice",
                where=f"{self.path}:{self.lines[at]}",
                remedy="keep one",
            )


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    LandscapeError
    """
    with placing(path):
        data = file_bytes(path, MOST_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LandscapeError(
            f"is not UTF-8 text (byte {error.start})", where=path, remedy="save it as UTF-8"
        ) from error


def beside(base: Path, name: str) -> Path:
    """Return the file that another one names: from its folder, with either kind of slash."""
    return base.parent / name.strip().strip('"').replace("\\", "/")


def _parts(line: str, apart: str | None) -> list[str]:
    if apart is None:
        return [word.strip('"') for word in line.split()]
    try:
        return next(csv.reader([line], delimiter=apart, skipinitialspace=True), [])
    except csv.Error:
        return []
