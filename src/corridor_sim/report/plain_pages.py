"""Pages as PDF without a browser: words, tables and figures of a page set plainly by matplotlib.

Nothing of a page is left out. It is what a machine without a browser can do; looks are a browser's.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from corridor_sim.report.figures.brief import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, Sheet
from corridor_sim.report.figures.drawing import styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

# letters in points by kind of text, and the room above them in inches
SIZES = {"h1": (17.0, 0.05), "h2": (13.0, 0.2), "h3": (10.5, 0.12), "p": (9.0, 0.06)}
SIZES |= {"li": (9.0, 0.03), "caption": (8.0, 0.12), "figcaption": (8.0, 0.04), "pre": (6.6, 0.05)}
SIZES |= {"summary": (9.5, 0.12), "dt": (8.0, 0.02), "dd": (8.0, 0.02)}
HEADS = ("h1", "h2", "h3", "summary", "caption")
CELL_PT, CELL_GAP = 6.8, 0.06
# at this size of a page's letters those of each kind are as above
FULL_PT = 10.0
# of a page's room that one figure takes at most
MOST_OF_PAGE = 0.62


@dataclass(slots=True)
class Block:
    """A piece of a page: a text of a kind, a picture, or a table.

    Attributes
    ----------
    kind : str
        The element: ``p``, ``h2``, ``img``, ``table`` and so on.
    text : str
    picture : bytes
    rows : list of list of str
        Of a table, its head first.
    """

    kind: str
    text: str = ""
    picture: bytes = b""
    rows: list[list[str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Takes a page apart into blocks, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        # of the page's letters, against those of a page that need not fit one sheet
        self.scale = 1.0
        self._text: list[str] = []
        self._kind = ""
        self._table: Block | None = None
        self._skipped = 0
        # cells from rows above that reach down: column -> how many rows more
        self._standing: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a row or a cell, or keep a picture."""
        given = dict(attrs)
        if tag == "html":
            size = re.search(r"font-size: ([\d.]+)pt", given.get("style") or "")
            self.scale = float(size[1]) / FULL_PT if size else 1.0
        elif tag in ("style", "title", "svg", "nav", "button"):
            self._skipped += 1
        elif tag == "img":
            data = (given.get("src") or "").partition(";base64,")[2]
            self.blocks.append(Block("img", picture=base64.b64decode(data)))
        elif tag == "table":
            self._end()
            self._table, self._standing = Block("table"), {}
            self.blocks.append(self._table)
        elif tag == "tr" and self._table is not None:
            self._table.rows.append([])
        elif tag in ("td", "th") and self._table is not None and self._table.rows:
            self._begin_cell(given)
        elif tag in SIZES:
            self._end()
            self._kind = tag
        elif tag in ("br", "div", "span", "small"):
            self._text.append(" ")

    def _begin_cell(self, given: dict[str, str | None]) -> None:
        row = self._table.rows[-1] if self._table else []
        while self._standing.get(len(row)):
            self._standing[len(row)] -= 1
            row.append("")
        reach = int(given.get("rowspan") or 1) - 1
        if reach:
            self._standing[len(row)] = reach
        # of a cell over several columns the others stay empty
        row += [""] * (int(given.get("colspan") or 1) - 1)
        self._text = []

    def handle_endtag(self, tag: str) -> None:
        """End what began."""
        if tag in ("style", "title", "svg", "nav", "button"):
            self._skipped = max(0, self._skipped - 1)
        elif tag in ("td", "th") and self._table is not None and self._table.rows:
            self._table.rows[-1].append(_words(self._text))
            self._text = []
        elif tag == "table":
            self._table = None
        elif tag == self._kind:
            self._end()

    def handle_data(self, data: str) -> None:
        """Keep the words that are read."""
        if not self._skipped and (self._kind or self._table is not None):
            self._text.append(data)

    def _end(self) -> None:
        text = "".join(self._text).strip("\n") if self._kind == "pre" else _words(self._text)
        if self._kind == "dd" and text and self.blocks and self.blocks[-1].kind == "dt":
            self.blocks[-1].text += f": {text}"
        elif self._kind and text:
            block = Block(self._kind, text)
            # the caption of a table stands before it
            before = self._kind == "caption" and self.blocks and self.blocks[-1].kind == "table"
            self.blocks.insert(len(self.blocks) - 1 if before else len(self.blocks), block)
        self._text, self._kind = [], ""


def _words(parts: Sequence[str]) -> str:
    return " ".join("".join(parts).split())


def read(page: str) -> Reader:
    """Take a page apart: its ``blocks`` in order, and the ``scale`` of its letters."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def plain_pdf(page: str) -> bytes:
    """Return a page as PDF on A4."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages

    out = io.BytesIO()
    embedded: Any = {"pdf.fonttype": 42}
    with styled(), rc_context(embedded):
        found = read(page)
        setter = _Setter(found.scale)
        for block in found.blocks:
            setter.put(block)
        # the date would make each file another
        with PdfPages(out, metadata={"Creator": "corridor_sim", "CreationDate": None}) as pages:
            for number, figure in enumerate(setter.pages(), 1):
                figure.text(RIGHT / WIDE, 0.022, f"{number} / {setter.n}", ha="right", fontsize=7.5)
                pages.savefig(figure)
    return out.getvalue()


class _Setter:
    """Sets blocks from top to bottom, page after page."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.sheets = [Sheet()]
        self.y = TOP

    @property
    def n(self) -> int:
        return len(self.sheets)

    def pages(self) -> Iterator[Figure]:
        for sheet in self.sheets:
            yield sheet.figure

    def _room(self, inches: float) -> None:
        """Begin a page where so much room is not left."""
        if self.y + inches > BOTTOM - 0.1 and self.y > TOP:
            self.sheets.append(Sheet())
            self.y = TOP

    def put(self, block: Block) -> None:
        """Set one block."""
        if block.kind == "img":
            self._picture(block.picture)
        elif block.kind == "table":
            self._table(block.rows)
        else:
            self._words(block)

    def _words(self, block: Block) -> None:
        size, above = (self.scale * n for n in SIZES[block.kind])
        self.y += above
        strong = {"fontweight": "bold"} if block.kind in ("h1", "h2", "h3", "summary") else {}
        mark = "• " if block.kind == "li" else ""
        # a head stays with what it stands over
        self._room(0.9 if block.kind in HEADS else 2 * size * 1.32 / 72)
        for part in block.text.split("\n"):
            for line in self.sheets[-1].wrapped(mark + part, size, RIGHT - LEFT, **strong):
                self._room(size * 1.32 / 72)
                self.sheets[-1].text(LEFT, self.y, line, size, **strong)
                self.y += size * 1.32 / 72

    def _picture(self, data: bytes) -> None:
        import numpy as np
        from PIL import Image

        with Image.open(io.BytesIO(data)) as opened:
            image = np.asarray(opened.convert("RGB"))
        wide, aspect = RIGHT - LEFT, image.shape[0] / image.shape[1]
        high = min(wide * aspect, self.scale * MOST_OF_PAGE * (BOTTOM - TOP))
        wide = high / aspect
        self._room(high + 0.1)
        self.y += 0.1
        left = LEFT + (RIGHT - LEFT - wide) / 2
        box = (left / WIDE, 1 - (self.y + high) / HIGH, wide / WIDE, high / HIGH)
        ax = self.sheets[-1].figure.add_axes(box)
        ax.imshow(image, aspect="auto", interpolation="none")
        ax.set_axis_off()
        self.y += high + 0.05

    def _table(self, rows: list[list[str]]) -> None:
        columns = max(map(len, rows), default=0)
        if not columns:
            return
        rows = [row + [""] * (columns - len(row)) for row in rows]
        size = self.scale * CELL_PT
        widths = _widths(rows, RIGHT - LEFT, size)
        self.y += 0.05
        for i, row in enumerate(rows):
            cells = [
                self.sheets[-1].wrapped(text, size, wide - CELL_GAP) if text else []
                for text, wide in zip(row, widths, strict=True)
            ]
            line = size * 1.28 / 72
            high = max(map(len, cells)) * line + 0.04
            self._room(high + (0.3 if i == 0 else 0.0))
            x = LEFT
            for lines, wide in zip(cells, widths, strict=True):
                for k, text in enumerate(lines):
                    strong = {"fontweight": "bold"} if i == 0 else {}
                    self.sheets[-1].text(x, self.y + k * line, text, size, **strong)
                x += wide
            self.y += high
            self.sheets[-1].rule(self.y - 0.02)
        self.y += 0.08


def _widths(rows: list[list[str]], whole: float, size: float) -> list[float]:
    """Return the widths of columns: by their longest texts, none so narrow that words break."""
    texts = [[row[c] for row in rows] for c in range(len(rows[0]))]
    longest = [max(max(map(len, column)), 3) for column in texts]
    word = [max((len(w) for text in column for w in text.split()), default=1) for column in texts]
    least = [min(n, 24) * size * 0.68 / 72 + CELL_GAP for n in word]
    wish = [min(n, 60) * size * 0.56 / 72 + CELL_GAP for n in longest]
    if sum(wish) <= whole:
        return wish
    spare = max(whole - sum(least), 0.0)
    more = [max(w - low, 0.0) for w, low in zip(wish, least, strict=True)]
    share = spare / (sum(more) or 1.0)
    found = [low + share * extra for low, extra in zip(least, more, strict=True)]
    return [w * min(1.0, whole / sum(found)) for w in found]
