"""How outcomes are written for people: units, decimals, signs, intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corridor_sim.errors import counted as counted
from corridor_sim.languages import current, in_sentence, tr, tr_context, written
from corridor_sim.simulation.outcomes import Outcome, Scale
from corridor_sim.statistics.intervals import share_limits
from corridor_sim.statistics.zones import LESS, MORE, SAME

MINUS = "\u2212"
NOTHING = "–"
# as sentences of reports call it
inside = in_sentence


def label(outcome: Outcome) -> str:
    """Return an outcome's label."""
    return tr(outcome.label)


def heading(outcome: Outcome) -> str:
    """Return label and unit, as a column head."""
    unit = tr(outcome.scale.unit)
    return f"{label(outcome)} ({unit})" if unit else label(outcome)


# what parts a name is made of: levels of factors
_OF_LEVELS = re.compile(r"( \+ )")


def named(name: str) -> str:
    """Write the name of a scenario, a factor or a level as the current language has it.

    Names that come with the package are in the catalogue, those of users stay as they are. What is
    put together of levels is written level by level.

    >>> from corridor_sim.languages import language
    >>> with language("es"):
    ...     named("severe + now"), named("Cantón Palora")
    ('severa + hoy', 'Cantón Palora')
    """
    whole = tr(name)
    if whole != name:
        return whole
    return "".join(part if at % 2 else tr(part) for at, part in enumerate(_OF_LEVELS.split(name)))


def plain(amount: float, form: str = "g") -> str:
    """Write a number in a form of Python's as readers of the current language do.

    >>> plain(0.25), plain(1234.0, ",.0f")
    ('0.25', '1,234')
    """
    return written(f"{amount:{form}}")


def number(value: float, decimals: int = 0, *, sign: bool = False) -> str:
    """Write a number with thousands separated, a true minus, and a dash where there is none.

    >>> number(-1234.5, 1), number(0.2, 0, sign=True), number(float("nan"))
    ('−1,234.5', '0', '–')
    """
    if not math.isfinite(value):
        return NOTHING if math.isnan(value) else ("∞" if value > 0 else MINUS + "∞")
    # sums in another order differ in the last digit, which must not decide how a half is rounded
    text = written(f"{abs(float(f'{value:.12g}')):,.{decimals}f}")
    if not text.strip("0.,"):
        return text
    if value < 0:
        return MINUS + text
    return f"+{text}" if sign else text


def value(outcome: Outcome, amount: float) -> str:
    """Write a value of an outcome without its unit."""
    scale = outcome.scale
    return number(amount * scale.factor, scale.decimals)


def with_unit(outcome: Outcome, amount: float) -> str:
    """Write a value of an outcome with its unit."""
    return f"{value(outcome, amount)} {tr(outcome.scale.unit)}".rstrip()


def decimals_of(ends: Sequence[float], decimals: int, *, clear: bool = False) -> int:
    """Return as many decimals as tell the ends of an interval apart, three more at most.

    With ``clear`` the end nearer to zero is not written as zero.

    >>> decimals_of((-1.2, -0.9), 0), decimals_of((2, 9), 0), decimals_of((0.02, 9), 0, clear=True)
    (1, 0, 2)
    """
    low, high = ends
    if not (math.isfinite(low) and math.isfinite(high)):
        return decimals
    most = decimals + 3  # not to drown the reader in digits
    near = min(abs(low), abs(high))
    while decimals < most and (
        (clear and not round(near, decimals))
        or (low != high and number(low, decimals) == number(high, decimals))
    ):
        decimals += 1
    return decimals


def told(
    scale: Scale, mean: float, low: float, high: float, *, sign: bool = False, clear: bool = False
) -> tuple[str, str]:
    """Write a value and ``[low, high]``, with as many decimals as tell the ends apart.

    No interval where there is none (one replicate), and none of zero to zero. With ``clear`` the
    end nearer to zero is not written as zero.

    >>> told(Scale(1.0, 0, "", ""), 0.1, 0.0, 0.3)
    ('0.1', '[0.0, 0.3]')
    """
    ends = [v * scale.factor for v in (low, high)]
    decimals = scale.decimals
    if not all(map(math.isfinite, ends)):
        return number(mean * scale.factor, decimals, sign=sign), ""
    decimals = decimals_of(ends, decimals, clear=clear)
    texts = [number(v, decimals, sign=sign) for v in ends]
    # what never changes needs no interval
    nothing = texts[0] == texts[1] and not texts[0].strip("0.,")
    span = "" if nothing else bracketed(texts)
    return number(mean * scale.factor, decimals, sign=sign), span


def listed(texts: Sequence[str]) -> str:
    """Write numbers one after the other, apart from their own decimal commas.

    >>> from corridor_sim.languages import language
    >>> listed(["0.1", "0.3"])
    '0.1, 0.3'
    >>> with language("es"):
    ...     listed(["0,1", "0,3"])
    '0,1; 0,3'
    """
    return ("; " if current().decimal == "," else ", ").join(texts)


def bracketed(texts: Sequence[str]) -> str:
    """Write the ends of an interval, as they are written, in brackets: ``[0.1, 0.3]``."""
    return f"[{listed(texts)}]"


def interval(outcome: Outcome, low: float, high: float) -> str:
    """Write ``[low, high]``, or nothing where there is no interval; see :func:`told`."""
    return told(outcome.scale, low, low, high)[1]


def matters(row: Mapping[str, Any]) -> bool:
    """Whether a difference is more, or less, by more than is too little to matter."""
    return row["verdict"] in (MORE, LESS)


def same(row: Mapping[str, Any]) -> bool:
    """Whether a difference is known to be too small to matter."""
    return bool(row["verdict"] == SAME)


def off_zero(low: float, high: float) -> bool:
    """Whether an interval leaves zero out, so that no end of it may be written as zero."""
    return low > 0 or high < 0


def zone(share: float) -> str:
    """Write the smallest change that matters, as a share of the reference.

    >>> zone(0.05), zone(0.025)
    ('5 %', '2.5 %')
    """
    return f"{plain(100 * share)} %"


def relative(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return difference, low and high of an effect in per cent of the reference.

    NaN where there are too few events in the reference to say, or none.

    >>> relative({"relative": -0.75, "relative_low": -0.9, "relative_high": -0.125})
    (-75.0, -90.0, -12.5)
    """
    found, low, high = (100.0 * row[k] for k in ("relative", "relative_low", "relative_high"))
    return found, low, high


def on_scale(outcome: Outcome, row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return difference, low and high as compared: per cent of the reference, points or units."""
    if outcome.relative:
        return relative(row)
    found, low, high = (row[k] * outcome.scale.factor for k in ("difference", "low", "high"))
    return found, low, high


def effect_words(outcome: Outcome, row: Mapping[str, Any]) -> str:
    """Write an effect with its interval: ``−38 % (95 % interval −45 to −31 %)``."""
    scale, alone = outcome.scale, not outcome.relative or math.isnan(row["relative"])
    decimals, unit = (scale.decimals, scale.unit) if alone else (0, "%")
    factor = scale.factor
    ends = [row[k] * factor for k in ("difference", "low", "high")] if alone else relative(row)
    # an interval that leaves zero out must not be written as one that touches it
    decimals = decimals_of(ends[1:], decimals, clear=off_zero(*ends[1:]))
    text, low, high = (number(v, decimals, sign=True) for v in ends)
    if alone and unit == "%":
        text = tr("{change} points", change=text)
    else:
        text = f"{text} {tr(unit)}".rstrip()
    # without chance there is one value and no interval
    if not math.isfinite(ends[1]) or ends[1] == ends[2]:
        return text
    return f"{text} ({span_words(low, high if alone else f'{high} %')})"


def span_words(low: str, high: str) -> str:
    """Write an interval in words, ends as they are written: ``95 % interval −45 to −31 %``."""
    return tr("95 % interval {low} to {high}", low=low, high=high)


def difference(outcome: Outcome, amount: float) -> str:
    """Write a difference of an outcome, signed, without its unit."""
    scale = outcome.scale
    return number(amount * scale.factor, scale.decimals, sign=True)


def percent(share: float, decimals: int = 0, *, sign: bool = False) -> str:
    """Write a share as per cent.

    >>> percent(-0.123, sign=True)
    '−12 %'
    """
    text = number(share * 100, decimals, sign=sign)
    return text if text == NOTHING else f"{text} %"


def share_of_all(share: float) -> str:
    """Write a share of the whole ground as per cent: what is there is not told as nothing.

    >>> share_of_all(0.2801), share_of_all(0.0001), share_of_all(0.0)
    ('28.0 %', '< 0.1 %', '0.0 %')
    """
    return written("< 0.1 %") if 0 < share < 0.0005 else percent(share, 1)


def probability(share: float) -> str:
    """Write an estimated probability as per cent: none is told as certain or as impossible.

    >>> probability(1.0), probability(0.996), probability(0.83), probability(0.0)
    ('> 99 %', '> 99 %', '83 %', '< 1 %')
    """
    if share > 0.99:
        return "> 99 %"
    return "< 1 %" if share < 0.005 else percent(share)


def area(km2: float) -> str:
    """Write an area with digits that suit its size.

    >>> area(12345.6), area(3.21)
    ('12,346 km²', '3.2 km²')
    """
    return f"{number(km2, 0 if abs(km2) >= 10 else 1)} km²"


# a Spanish "y" or "o" gives way before its own sound
_SOUNDS_I = re.compile(r"h?i(?![aeo])", re.IGNORECASE)
_SOUNDS_O = re.compile(r"h?[oó]|8|11(?!\d)", re.IGNORECASE)


def joined(words: Sequence[str], last: str = "and") -> str:
    """Join words as in a sentence, the last by ``and`` or by ``or``.

    >>> joined(["a", "b", "c"]), joined(["a", "b"], "or")
    ('a, b and c', 'a or b')
    >>> from corridor_sim.languages import language
    >>> with language("es"):
    ...     joined(["Loja", "Ibarra"]), joined(["siete", "ocho"], "or"), joined(["agua", "hielo"])
    ('Loja e Ibarra', 'siete u ocho', 'agua y hielo')
    """
    if len(words) < 2:
        return "".join(words)
    ends = {"all": ", ".join(words[:-1]), "last": words[-1]}
    if last == "or":
        if _SOUNDS_O.match(words[-1]):
            return tr_context("before the sound of o", "{all} or {last}", **ends)
        return tr("{all} or {last}", **ends)
    if _SOUNDS_I.match(words[-1]):
        return tr_context("before the sound of i", "{all} and {last}", **ends)
    return tr("{all} and {last}", **ends)


def quoted(name: str) -> str:
    """Put the name of a scenario in quotation marks, in the current language."""
    return tr("\u201c{name}\u201d", name=named(name))


_BLOCK = re.compile(r"(.+) and (\d+) more")


def block_name(name: str) -> str:
    """Write what a block of core areas is called, in the current language.

    >>> from corridor_sim.languages import language
    >>> with language("es"):
    ...     block_name("Sangay and 2 more")
    'Sangay y 2 más'
    """
    found = _BLOCK.fullmatch(name)
    return tr("{area} and {n} more", area=found[1], n=found[2]) if found else name


def risk_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) 95 % interval of a risk after ``hits`` of ``n`` runs.

    >>> low, high = risk_interval(0, 4)
    >>> low, round(high, 3)
    (0.0, 0.602)
    """
    low, high = share_limits(np.array([float(hits)]), np.array([float(n)]), (1 - 0.95) / 2)
    return float(low[0]), float(high[0])
