"""What stands on a page or a terminal, read as a reader reads it: numbers and their intervals."""

from __future__ import annotations

import html
import re

NUMBER = r"[+\u2212]?[\d,]*\.?\d+"
CELL = re.compile(
    rf"<td[^>]*>\s*({NUMBER})\s*%?\s*<span>\s*\[({NUMBER}), ({NUMBER})\]\s*</span>", re.S
)
SPOKEN = re.compile(rf"({NUMBER})[^(\d]{{0,9}}\(95 % interval ({NUMBER}) to ({NUMBER})")
NOTHING_TO_NOTHING = re.compile(
    r"\[[+\u2212]?0(?:\.0+)?, [+\u2212]?0(?:\.0+)?\]|±0(?:\.0+)?(?![\d.])"
)
NEGATIVE_ZERO = re.compile(r"[\u2212-]0(?:\.0+)?(?![\d.])(?!\s*[\u2013])")
POWER = re.compile(r"\d[eE][+\u2212-]?\d{2}")


def value_of(text: str) -> float:
    """Return a number as it is printed."""
    return float(text.replace(",", "").replace("\u2212", "-"))


def unit_of(text: str) -> float:
    """Return what one in the last digit of a printed number is worth."""
    return 10.0 ** -len(text.partition(".")[2])


def intervals_on(page: str) -> list[tuple[str, str, str]]:
    """Return every estimate with both ends, of table cells and of sentences."""
    words = html.unescape(re.sub(r"<[^>]+>", "", page))
    cells = [tuple(html.unescape(v) for v in m.groups()) for m in CELL.finditer(page)]
    return [(a, b, c) for a, b, c in [*cells, *(m.groups() for m in SPOKEN.finditer(words))]]


def faults_of(page: str) -> list[str]:
    """Return what cannot be right in a page, as it is printed.

    An end on the wrong side of its estimate, an interval of a width that is printed as none, a
    zero with a sign, noise in powers of ten.
    """
    body = re.sub(r"<(style|script|pre|code)\b.*?</\1>|<img[^>]*>", "", page, flags=re.S)
    words = html.unescape(re.sub(r"<[^>]+>", " ", body))
    faults = [m.group() for m in NOTHING_TO_NOTHING.finditer(words)]
    faults += [m.group() for m in NEGATIVE_ZERO.finditer(words) if m.group()[0] == "\u2212"]
    for mean, low, high in intervals_on(body):
        slack = unit_of(mean) / 2 + unit_of(low) / 2 + 1e-9
        inside = value_of(low) - slack <= value_of(mean) <= value_of(high) + slack
        if not (inside and value_of(low) <= value_of(high)):
            faults.append(f"{mean} [{low}, {high}]")
    return faults
