"""Sheets as one workbook and as CSV files. Whatever a file's author wrote stays text."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.files import BOM, no_formula
from corridor_sim.languages import Language, current, mark, tr, written
from corridor_sim.spreadsheets.sheets import MOST_ROWS, Cells, Naming, Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

# the same tables give the same bytes, whenever they are written
WRITTEN = datetime(2000, 1, 1)
# of Excel: characters of a sheet's name and of a cell
MOST_NAME, MOST_TEXT = 31, 32_767
NARROW, WIDE = 8, 50
# rows whose text decides how wide a column is
LOOKED_AT = 500
# of a line of a head, points
LINE_HEIGHT = 15.5
ABOUT = mark("About")
CONTENTS = (mark("Sheet"), mark("Each row is"), mark("Rows"), mark("Exact numbers"))
COLUMNS = (mark("Sheet"), mark("Column"), mark("Unit"), mark("What it means"))


def workbook_bytes(sheets: Sequence[Sheet], naming: Naming) -> bytes:
    """Return sheets as an .xlsx file, the first of them telling what each and its columns are.

    Cells hold numbers in full, so that sums of them are right; their formats show as many
    decimals as their error leaves. Longer tables than a program of an office opens at once are
    left out, which the first sheet says.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(out, {"in_memory": True, "nan_inf_to_errors": False, **never})
    book.set_properties({"title": naming.title[:255], "created": WRITTEN})
    names = _names([tr(ABOUT), *(one.title for one in sheets)])
    styles = _Styles(book)
    _about(book.add_worksheet(names[0]), sheets, names[1:], naming, styles)
    for name, sheet in zip(names[1:], sheets, strict=True):
        if sheet.rows <= MOST_ROWS:
            _fill(book.add_worksheet(name), sheet, styles)
    book.close()
    return out.getvalue()


class _Styles:
    """Formats of cells, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.numbers: dict[str, Any] = {}
        ink = {"valign": "top", "align": "left", "indent": 1}
        head = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1}
        head |= {"bg_color": "#e8eef2"}
        self.head = book.add_format({**head, "align": "left", "indent": 1})
        self.head_of_numbers = book.add_format({**head, "align": "right"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.text = book.add_format(ink)
        self.wrapped = book.add_format({"valign": "top", "text_wrap": True})
        self.day = book.add_format({**ink, "num_format": "yyyy-mm-dd"})
        self.word = book.add_format({"valign": "top", "align": "right"})

    def number(self, kind: str, decimals: int) -> Any:
        shown = "#,##0" + ("." + "0" * decimals if decimals else "")
        if kind == "year":
            shown = "0"
        if shown not in self.numbers:
            self.numbers[shown] = self.book.add_format({"num_format": shown, "valign": "top"})
        return self.numbers[shown]


def _about(
    page: Worksheet, sheets: Sequence[Sheet], names: Sequence[str], naming: Naming, styles: _Styles
) -> None:
    """Fill the sheet that says what the others are."""
    from corridor_sim import __version__

    page.write_string(0, 0, _text(naming.title), styles.title)
    lines = [tr("Made by corridor_sim {version}.", version=__version__)]
    if naming.command:
        lines.append(tr("Command: {command}", command=naming.command))
    lines += [
        tr(
            "Cells hold every number in full and show as many decimals as its error leaves: two "
            "digits of half the 95 % interval, or of the standard error; four digits of the "
            "number where no error is known. Per cents are those of the report, and rows without "
            "any value are left out."
        ),
        tr("For programs, the files below hold the same in full, by names that do not change."),
    ]
    for i, line in enumerate(lines):
        page.write_string(1 + i, 0, _text(line), styles.text)
    row = len(lines) + 2
    row = _block(page, row, [tr(one) for one in CONTENTS], _contents(sheets, names), styles)
    _block(page, row + 1, [tr(one) for one in COLUMNS], _meanings(sheets, names), styles)
    for i, width in enumerate((26, 48, 20, 80)):
        page.set_column(i, i, width)
    _for_print(page)


def _for_print(page: Worksheet) -> None:
    """All columns on one A4 sheet across, with numbers of pages."""
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(0.4, 0.4, 0.5, 0.5)
    page.fit_to_pages(1, 0)
    page.set_footer("&C&A &P / &N")


def _contents(sheets: Sequence[Sheet], names: Sequence[str]) -> Iterator[list[str]]:
    for name, one in zip(names, sheets, strict=True):
        told = written(f"{one.rows:,}")
        if one.rows > MOST_ROWS:
            told = tr("{rows} (too many for a sheet)", rows=told)
        yield [name, one.row, told, f"tables/{one.name}.parquet"]


def _meanings(sheets: Sequence[Sheet], names: Sequence[str]) -> Iterator[list[str]]:
    for name, one in zip(names, sheets, strict=True):
        for cells in one.columns:
            unit = tr("that of the row") if cells.by_row else cells.unit
            yield [name, cells.label, unit, cells.meaning]


def _block(
    page: Worksheet, row: int, head: Sequence[str], rows: Iterator[list[str]], styles: _Styles
) -> int:
    for i, one in enumerate(head):
        page.write_string(row, i, one, styles.head)
    for line in rows:
        row += 1
        for i, one in enumerate(line):
            page.write_string(row, i, _text(one), styles.wrapped)
    return row + 1


def _fill(page: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    """Write a sheet: a head that stays in view, and cells of their kind."""
    widths = [_width(cells) for cells in sheet.columns]
    lines = [_lines(cells.head, width) for cells, width in zip(sheet.columns, widths, strict=True)]
    page.set_row(0, LINE_HEIGHT * max(lines, default=1))
    for i, cells in enumerate(sheet.columns):
        numbers = cells.values.dtype.kind == "f"
        page.write_string(
            0, i, _text(cells.head), styles.head_of_numbers if numbers else styles.head
        )
        page.set_column(i, i, widths[i])
        if cells.values.dtype.kind == "f":
            _numbers(page, i, cells, styles)
        elif cells.kind == "day":
            for row, day in enumerate(cells.values):
                if not np.isnat(day):
                    page.write_datetime(1 + row, i, day.item(), styles.day)
        else:
            for row, text in enumerate(cells.values):
                if text:
                    page.write_string(1 + row, i, _text(text), styles.text)
    page.freeze_panes(1, 1)
    page.repeat_rows(0)
    _for_print(page)
    if sheet.rows and sheet.columns:
        page.autofilter(0, 0, sheet.rows, len(sheet.columns) - 1)


def _numbers(page: Worksheet, i: int, cells: Cells, styles: _Styles) -> None:
    pairs = zip(cells.values.tolist(), cells.decimals.tolist(), strict=True)
    for row, (value, decimals) in enumerate(pairs):
        if np.isfinite(value):
            page.write_number(1 + row, i, value, styles.number(cells.kind, decimals))
        elif not np.isnan(value):
            page.write_string(1 + row, i, "∞" if value > 0 else "−∞", styles.word)


def _lines(head: str, width: float) -> int:
    """Return on how many lines a head stands in a column of a width."""
    return len(textwrap.wrap(head, max(4, int(width) - 3))) or 1


def _width(cells: Cells) -> float:
    """Return a width that shows the longest of the first cells, and the words of the head."""
    shown = _shown(cells, current())
    longest = max(
        (len(next(shown, "")) for _ in range(min(cells.values.size, LOOKED_AT))), default=0
    )
    if cells.values.dtype.kind == "f":
        longest += longest // 4  # thousands are separated
    word = max((len(part) for part in cells.head.split()), default=0)
    # the arrow of the filter covers part of the head
    return float(min(WIDE, max(NARROW, longest + 2, min(word, WIDE) + 3, len(cells.head) / 3 + 3)))


def _names(titles: Sequence[str]) -> list[str]:
    """Return names that Excel takes, each once."""
    found: list[str] = []
    for title in titles:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip("' ") or "Sheet"
        name, k = plain[:MOST_NAME], 1
        while name.lower() in (one.lower() for one in found):
            k += 1
            name = f"{plain[: MOST_NAME - 5]} ({k})"
        found.append(name)
    return found


def _text(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def csv_text(sheet: Sheet) -> str:
    """Return a sheet as CSV in the convention of the current language's readers.

    Where they write decimals with a comma, columns are parted by semicolons, as their programs
    expect. Numbers are rounded as the workbook shows them, and texts that a program would take
    for a formula begin with an apostrophe.
    """
    now = current()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if now.decimal == "," else ",", lineterminator="\n")
    writer.writerow([no_formula(one.head) for one in sheet.columns])
    writer.writerows(zip(*(_shown(one, now) for one in sheet.columns), strict=True))
    return BOM + out.getvalue()


def _shown(cells: Cells, now: Language) -> Iterator[str]:
    if cells.kind == "day":
        yield from ("" if np.isnat(day) else str(day)[:10] for day in cells.values)
    elif cells.values.dtype.kind == "f":
        pairs = zip(cells.values.tolist(), cells.decimals.tolist(), strict=True)
        yield from (_number(value, decimals, now) for value, decimals in pairs)
    else:
        yield from (no_formula(text) for text in cells.values)


def _number(value: float, decimals: int, now: Language) -> str:
    if not np.isfinite(value):
        return "" if np.isnan(value) else ("∞" if value > 0 else "−∞")
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace(".", now.decimal)
