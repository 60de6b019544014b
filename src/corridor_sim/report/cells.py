"""Cells of tables that know their head and their number.

On a phone a row becomes a card, on which every value stands with the head of its column; and a
table is put in order by the numbers in its cells, however the reader's language writes them. Both
are told to the page here, once for all its tables.
"""

from __future__ import annotations

import re
from html import escape, unescape

from corridor_sim.languages import current

_TABLE = re.compile(r"<table\b([^>]*)>(.*?)</table>", re.DOTALL)
_HEAD = re.compile(r"<thead>(.*?)</thead>", re.DOTALL)
_ROW = re.compile(r"<tr\b([^>]*)>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.DOTALL)
_SPAN = re.compile(r"\b(row|col)span=\"(\d+)\"")
_NUMBER = re.compile(r"[<>±+\-−]?\s*(\d[\d.,\s]*)")
# what a phone has for a table, in letters of its size
NARROW = 36


def labelled(page: str) -> str:
    """Return a page whose cells have the head of their column in ``data-label``.

    Cells of numbers have them in ``data-n`` as machines write them. A table that is too wide for a
    phone is of the class ``cards``; one whose rows stand below heads of their own is ``grouped``.

    >>> page = labelled(
    ...     "<table><thead><tr><th>Link</th><th>Cost</th></tr></thead>"
    ...     "<tbody><tr><th>A</th><td class=\\"num\\">1,200 <i>x</i></td></tr></tbody></table>"
    ... )
    >>> page[page.index("<td") : page.index("1,200")]
    '<td data-label="Cost" data-n="1200" class="num">'
    """
    return _TABLE.sub(_table, page)


def _table(found: re.Match[str]) -> str:
    attributes, inside = found[1], found[2]
    head = _HEAD.search(inside)
    if head is None:
        return found[0]
    heads = [text_of(cell[3]) for cell in _CELL.finditer(head[1])]
    widths = [_widest_word(one) for one in heads]
    # of each column, in how many further rows a cell from above still stands
    standing = [0] * len(heads)

    def row(one: re.Match[str]) -> str:
        column = 0

        def cell(given: re.Match[str]) -> str:
            nonlocal column
            tag, how, content = given[1], given[2], given[3]
            while column < len(heads) and standing[column]:
                standing[column] -= 1
                column += 1
            spans = {name: int(n) for name, n in _SPAN.findall(how)}
            at, wide = column, spans.get("col", 1)
            for k in range(at, min(at + wide, len(heads))):
                standing[k] = spans.get("row", 1) - 1
            column += wide
            if at >= len(heads):
                return given[0]
            if wide == 1:
                widths[at] = max(widths[at], _width(content, "num" in how))
            label = "" if tag == "th" else f' data-label="{escape(heads[at])}"'
            return (
                f"<{tag}{label}{_in_order(content) if 'num' in how else ''}{how}>{content}</{tag}>"
            )

        made = _CELL.sub(cell, one[2])
        for k in range(column, len(heads)):
            standing[k] = max(0, standing[k] - 1)
        return f"<tr{one[1]}>{made}</tr>"

    body = inside[: head.end()] + _ROW.sub(row, inside[head.end() :])
    if 'scope="rowgroup"' in body:
        # rows below one head stay together where a page ends
        body = re.sub(r'(<tr[^>]*><th scope="rowgroup")', r"</tbody><tbody>\1", body)
        body = re.sub(r"<tbody>\s*</tbody>", "", body)
        attributes = _with_class(attributes, "grouped")
    if sum(widths) + 1.5 * len(widths) > NARROW:
        attributes = _with_class(attributes, "cards")
    return f"<table{attributes}>{body}</table>"


def text_of(content: str) -> str:
    """Return the words in a piece of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())


def _with_class(attributes: str, name: str) -> str:
    if 'class="' in attributes:
        return attributes.replace('class="', f'class="{name} ', 1)
    return f' class="{name}"{attributes}'


def _widest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def _width(content: str, number: bool) -> int:
    """Return how many letters wide a cell is at least: numbers are not broken, words are."""
    parts = [text_of(part) for part in re.split(r"<(?:span|br|small|div)\b", content)]
    if number:
        return max(map(len, parts), default=0)
    return max((max(_widest_word(part), min(len(part), 14)) for part in parts), default=0)


def _in_order(content: str) -> str:
    """Return the attribute that tells the number with which a cell begins, if it does."""
    first = text_of(re.split(r"<(?:span|br|small)\b", content)[0])
    found = _NUMBER.match(first)
    if found is None:
        return ""
    now = current()
    digits = found[1].replace("\u00a0", "").replace(" ", "")
    digits = digits.replace(now.group, "").replace(now.decimal, ".").rstrip(".,")
    sign = "-" if first[0] in "-−" else ""
    try:
        float(digits)
    except ValueError:
        return ""
    return f' data-n="{sign}{digits}"'
