"""Names as people mean them: one form for names that look alike, whichever file they come from."""

from __future__ import annotations

import unicodedata

from corridor_sim.errors import JOINERS

REPLACEMENT = "\ufffd"


def plain(text: str) -> str:
    """Return a name in its one form.

    Accents are composed (NFC), runs of white space are one space, white space around the name and
    characters that take no room (zero-width spaces, byte order marks, marks of direction) are left
    out.

    >>> plain(" Ri\u0301o\u00a0 Negro\u200b ") == "R\u00edo Negro"
    True
    """
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf" or c in JOINERS)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def unprintable(text: str) -> str | None:
    """Return the first character that no page or file can hold, as ``U+0000``; None if all can.

    These are control signs such as line breaks, halves of characters, and codes without a sign.

    >>> unprintable("a\\x00b"), unprintable("R\u00edo")
    ('U+0000', None)
    """
    for c in text:
        if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn"):
            return f"U+{ord(c):04X}"
    return None


def garbled(text: str) -> str | None:
    """Return what a text should read where UTF-8 was taken for Latin-1; None where it was not.

    >>> garbled("R\u00c3\u00ado"), garbled("R\u00edo"), garbled("S\u00c3O")
    ('R\u00edo', None, None)
    """
    if text.isascii():
        return None
    for encoding in ("latin-1", "cp1252"):
        try:
            meant = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if meant != text and meant.isprintable():
            return meant
    return None
