"""A language that marks every message, so that words which no translator ever sees stand out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from matplotlib.figure import Figure
from matplotlib.text import Text

from corridor_sim.languages import Language

OPEN, CLOSE = "⟦", "⟧"
PSEUDO = Language(
    "en",
    one=lambda message: f"{OPEN}{message}{CLOSE}",
    many=lambda one, many, n: f"{OPEN}{one if n == 1 else many}{CLOSE}",
    inside=lambda _, message: f"{OPEN}{message}{CLOSE}",
)
# attributes that are read out or shown
SPOKEN = ("alt", "aria-label", "title", "placeholder")
WORD = re.compile(r"[^\W\d_]{2,}")


class _Texts(HTMLParser):
    """Collects what a reader of a page reads, in order; code, styles and scripts are none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipped += tag in ("style", "script", "pre", "code")
        self.texts += [f" {value} " for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in ("style", "script", "pre", "code")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.texts.append(data)


def bare_words(page: str, names: Iterable[str] = ()) -> list[str]:
    """Return the words of a page, made in the pseudo-language, that are in no message.

    Parameters
    ----------
    page : str
        HTML.
    names : iterable of str
        What is nobody's to translate: names of places and scenarios, codes, Latin.
    """
    reader = _Texts()
    reader.feed(page)
    return bare("".join(reader.texts), names)


def bare_texts(figure: Figure, names: Iterable[str] = ()) -> list[str]:
    """Return the words of a figure that are in no message, as :func:`bare_words` does."""
    shown = [t.get_text() for t in figure.findobj(Text) if t.get_visible()]
    return bare("\n".join(shown), names)


def bare(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return the words of a text that are in no message, each with what stands beside it."""
    outside, depth = [], 0
    for part in re.split(f"([{OPEN}{CLOSE}])", text):
        if part == OPEN:
            depth += 1
            outside.append(" ")
        elif part == CLOSE:
            depth -= 1
            assert depth >= 0, "a message was cut"
        elif not depth:
            outside.append(part)
    rest = "".join(outside)
    for name in sorted(names, key=len, reverse=True):
        rest = rest.replace(name, " ")
    return [
        " ".join(rest[max(0, m.start() - 20) : m.end() + 20].split()) for m in WORD.finditer(rest)
    ]
