"""What an object is at a glance: a few lines in a terminal, a small table in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Rows = Sequence[tuple[str, str]]
# so many names are written out, the rest is counted
NAMED = 6


class Glance:
    """Base of objects that show themselves by a title and rows of words."""

    __slots__ = ()

    def _glance(self) -> tuple[str, Rows]:
        """Return the title, and label and text of every row; a row without text is left out."""
        raise NotImplementedError

    def __repr__(self) -> str:
        title, rows = self._glance()
        shown = [(label, text) for label, text in rows if text]
        width = max((len(label) for label, _ in shown), default=0)
        kind = type(self).__name__
        return "\n".join([f"<{kind}> {title}", *(f"  {a:{width}}  {b}" for a, b in shown)])

    def _repr_html_(self) -> str:
        """Return the same as HTML, for notebooks; all text is escaped."""
        title, rows = self._glance()
        cells = "".join(
            f'<tr><th style="text-align:left">{escape(label)}</th>'
            f'<td style="text-align:left">{escape(text)}</td></tr>'
            for label, text in rows
            if text
        )
        return f"<div><strong>{escape(title)}</strong><table>{cells}</table></div>"


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    >>> some(["a", "b"])
    'a, b'
    """
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
