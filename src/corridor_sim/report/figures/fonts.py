"""Letters that the figures' own font lacks: found in the system's fonts, or told as missing."""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontEntry

OWN = "DejaVu Sans"
# asked first, in this order: they look well beside the figures' own, each for the script it is for
KNOWN = (
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "SimHei",
    "Noto Sans Thai",
    "Leelawadee UI",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Ethiopic",
    "Nirmala UI",
    "Segoe UI",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Segoe UI Symbol",
    "Symbola",
    "Unifont",
)
# matplotlib's own fonts of formulas, whose codes stand for other signs, and one of boxes
_NO_LETTERS = ("cm", "STIXNonUnicode", "STIXSize", "Last Resort")
_MISSING = re.compile(r"Glyph (\d+) .*missing from")
_UNSHAPED = re.compile(r"Matplotlib currently does not support \w+ natively")
_without: set[str] = set()


def draw_with_letters(figure: Figure, canvas: Any) -> None:
    """Draw a figure; letters that its font lacks come from other fonts of the system.

    What no font has is kept for :func:`said_of_letters`, and the figure shows boxes there.
    """
    lacking = _draw(canvas)
    if not lacking:
        return
    families = families_for(frozenset(lacking))
    if families:
        from matplotlib.text import Text

        for text in figure.findobj(Text):
            if isinstance(text, Text):
                text.set_fontfamily([OWN, *families])
        lacking = _draw(canvas)
    _without.update(lacking)


def _draw(canvas: Any) -> set[str]:
    """Draw and return the letters that were missing; other warnings go on."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        canvas.draw()
    lacking = set()
    for one in seen:
        text = str(one.message)
        glyph = _MISSING.match(text)
        if glyph is not None:
            lacking.add(chr(int(glyph[1])))
        elif not _UNSHAPED.match(text):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return lacking


@cache
def families_for(letters: frozenset[str]) -> tuple[str, ...]:
    """Return font families that together have the letters, as far as the system's fonts do.

    The same for the same fonts: known ones first, the others by name.
    """
    left, found = set(letters), []
    for entry in _upright():
        if not left:
            break
        here = left & _letters(entry.fname, frozenset(left))
        if here:
            found.append(entry.name)
            left -= here
    return tuple(dict.fromkeys(found))


def _upright() -> list[FontEntry]:
    from matplotlib.font_manager import findSystemFonts, fontManager

    # fonts may have come since matplotlib made its list
    listed = {Path(one.fname) for one in fontManager.ttflist}
    for path in sorted(findSystemFonts()):
        if Path(path) not in listed:
            try:
                fontManager.addfont(path)
            except Exception:
                continue
    places = {name: i for i, name in enumerate(KNOWN)}
    upright = [
        one
        for one in fontManager.ttflist
        if one.style == "normal"
        and str(one.weight) in ("400", "normal", "regular", "book")
        and one.name != OWN
        and not one.name.startswith(_NO_LETTERS)
    ]
    return sorted(upright, key=lambda one: (places.get(one.name, len(KNOWN)), one.name, one.fname))


def _letters(path: str, wanted: frozenset[str]) -> set[str]:
    """Return those of the letters that a font can draw."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        # fonts of pictures have no outlines to draw
        if not font.scalable:
            return set()
        codes = font.get_charmap()
    except (OSError, RuntimeError, ValueError):
        return set()
    return {letter for letter in wanted if ord(letter) in codes}


def said_of_letters() -> str:
    """Return one line on the letters that no font had since the last call; empty if there are none.

    The letters themselves stand in it: what the terminal can show the figures could not.
    """
    letters = sorted(_without)
    _without.clear()
    if not letters:
        return ""
    shown = "".join(one for one in letters[:20] if one.isprintable())
    more = " and more" if len(letters) > 20 else ""
    return (
        f"no font on this computer has the letters {shown}{more}: figures show boxes in their "
        "place; install a font for this script, such as one of Noto Sans, and make the report again"
    )
