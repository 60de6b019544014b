"""Text tables of any size as columns of text: delimiter, header and encoding told or refused.

Tracks come as CSV of some hundred megabytes, so cells stay in Arrow's memory and never become
Python objects one by one.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor_sim.errors import TracksError, clipped, counted, placing, shown
from corridor_sim.landscape.io.local_files import file_bytes, regular_file
from corridor_sim.memory import refuse_beyond
from corridor_sim.telemetry.tracks import Source

DELIMITERS = ",;\t|"
# file, its cells, the parts of its times and the table, measured on a million fixes
BYTES_PER_BYTE = 18.0
LONGEST_HEADER = 1 << 16
LONGEST_ROW = 4 << 20
# beginnings of files that people give in place of a CSV
MAGIC = (
    (b"PK\x03\x04", "a workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "a GeoPackage"),
    (b"PAR1", "a Parquet file"),
    (b"RDX", "a file of R"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text table that was opened: its header is known, its rows are not read yet.

    Attributes
    ----------
    path : Path
    source : Source
    names : tuple of str
        Of the columns, as the file writes them.
    delimiter : str
    data : bytes
        The whole file.
    begin : int
        Where in ``data`` the rows begin.
    """

    path: Path
    source: Source
    names: tuple[str, ...]
    delimiter: str
    data: bytes
    begin: int

    def line_of(self, row: int) -> int:
        """Return the number of the line on which a row (from 0) begins; slow, for messages."""
        line = len(self.data[: self.begin].splitlines())
        left, quoted = row, False
        for text in io.TextIOWrapper(io.BytesIO(self.data[self.begin :]), "utf-8"):
            line += 1
            begins = not quoted and text != "\n"
            quoted ^= text.count('"') % 2 == 1
            if begins and left == 0:
                break
            left -= begins
        return line

    def columns(self, wanted: Sequence[int]) -> dict[int, Any]:
        """Read some columns as text, as it stands.

        Returns
        -------
        dict of int to pyarrow.StringArray ``[n]``

        Raises
        ------
        TracksError
            A row of more or fewer cells than the header, a row that never ends.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow

        bad: list[tuple[int, int]] = []

        def first_bad(row: Any) -> str:
            if not row.text.strip(f"{self.delimiter} \r\n"):
                return "skip"
            bad.append((row.number, row.actual_columns))
            return "error"

        names = [str(i) for i in range(len(self.names))]
        body = pa.BufferReader(pa.py_buffer(self.data).slice(self.begin))
        try:
            table = arrow.read_csv(
                body,
                arrow.ReadOptions(use_threads=False, column_names=names, block_size=LONGEST_ROW),
                arrow.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=first_bad
                ),
                arrow.ConvertOptions(
                    include_columns=[str(i) for i in wanted],
                    column_types={str(i): pa.large_string() for i in wanted},
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid as error:
            raise self._unreadable(str(error), bad) from None
        return {i: table[str(i)].combine_chunks() for i in wanted}

    def _unreadable(self, said: str, bad: Sequence[tuple[int, int]]) -> TracksError:
        if bad:
            number, cells = bad[0]
            return TracksError(
                f"line {self.line_of(number - 1)} has {counted(cells, 'cell')}, the header "
                f"{len(self.names)}",
                remedy="give every line as many cells as the header has; a file that was cut "
                "short must be copied again",
            )
        if "straddling" in said:
            return TracksError(
                f"a line is longer than {LONGEST_ROW >> 20} MB",
                remedy="look for a quotation mark that is never closed",
            )
        if "Empty CSV" in said:
            return TracksError("has a header and no fixes", remedy="export it again")
        return TracksError(f"cannot be read: {clipped(said, 200)}", remedy="write a CSV")


def open_sheet(path: Path) -> Sheet:
    """Open a text table and read its header.

    Raises
    ------
    TracksError
        No such file, no text, not UTF-8, a single column.
    ResourceError
        It does not fit into the memory that is free.
    """
    with placing(path, TracksError):
        regular_file(path)
        size = os.stat(path).st_size
    refuse_beyond(
        size * BYTES_PER_BYTE, "reading it", "read fewer animals or months at a time", where=path
    )
    with placing(path, TracksError):
        data = file_bytes(path, size)
        _refuse_no_text(data)
        line, begin = _header(data)
        delimiter, names = _split(line)
    source = Source(name=path.name, sha256=hashlib.sha256(data).hexdigest())
    return Sheet(path, source, tuple(names), delimiter, data, begin)


def _refuse_no_text(data: bytes) -> None:
    kind = next((what for magic, what in MAGIC if data.startswith(magic)), None)
    if kind is None and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TracksError("is UTF-16 text", remedy="save it as CSV in UTF-8")
    if kind is None and b"\0" in data:
        kind = "something else than text"
    if kind is not None:
        raise TracksError(f"is {kind}, not a CSV", remedy="save or export its table as CSV")
    try:
        data.decode()
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        raise TracksError(
            f"line {line} is not UTF-8 text (byte {bad.start})", remedy="save it as UTF-8"
        ) from None


def _header(data: bytes) -> tuple[str, int]:
    """Return the first line that holds anything, and where the next begins."""
    begin = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    # ends of lines of old Macs are a carriage return alone
    end_of_line = b"\n" if b"\n" in data else b"\r"
    while begin < len(data):
        end = data.find(end_of_line, begin)
        end = len(data) if end < 0 else end
        if end - begin > LONGEST_HEADER:
            raise TracksError(
                f"its first line has {end - begin:,} bytes", remedy="begin with names of columns"
            )
        line = data[begin:end].decode().strip()
        begin = min(end + 1, len(data))
        if line:
            return line, begin
    raise TracksError("holds no text", remedy="export it again")


def _split(line: str) -> tuple[str, list[str]]:
    best: list[str] = []
    delimiter = ","
    for one in DELIMITERS:
        try:
            names = next(csv.reader([line], delimiter=one, skipinitialspace=True))
        except csv.Error:
            continue
        if len(names) > len(best):
            best, delimiter = names, one
    names = [name.strip() for name in best]
    if len(names) < 2:
        raise TracksError(
            f"has one column only: {shown(line)}",
            remedy="separate columns by commas, semicolons or tabs, under a line of their names",
        )
    return delimiter, names
