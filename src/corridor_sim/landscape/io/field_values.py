"""Values out of the fields of a vector file: numbers and names, or one line that says why not."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, nearest, shown
from corridor_sim.landscape import names

if TYPE_CHECKING:
    from corridor_sim.landscape.io.features import Features

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

# 12.500 is twelve and a half in one country and twelve and a half thousand in another
_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)


def take_field(features: Features, field: str, key: str) -> NDArray[Any]:
    """Values ``[n]`` of an attribute, or an error naming the nearest attribute."""
    alike = [n for n in features.fields if n == field or names.plain(n) == names.plain(field)]
    if alike:
        return features.fields[field if field in alike else alike[0]]
    options = list(features.fields)
    raise LandscapeError(
        f"has no field {field!r} ({key})",
        where=features.where,
        remedy=nearest(field, options) if options else "it has no fields at all: drop the key",
    )


def is_absent(value: Any) -> bool:
    """Whether a cell of a table holds nothing: null, not a number, or blanks only."""
    if value is None or value is np.ma.masked:
        return True
    if isinstance(value, str):
        return not names.plain(value)
    if isinstance(value, float | np.floating | np.datetime64 | np.timedelta64):
        return bool(value != value)
    return False


def number_of(value: Any) -> float | None:
    """Return a number, from a column of numbers or of texts; None where it is none.

    Lists, dates, times, true and false are no numbers, nor is a text with a comma, "1_000" or
    "inf", nor one that may be read in two ways, "12.500".
    """
    # a length of time is a whole number by its class
    if isinstance(value, bool | np.bool_ | np.timedelta64):
        return None
    if isinstance(value, str):
        if _TWO_WAYS.fullmatch(value.strip()) or not NUMBER.fullmatch(value.strip()):
            return None
    elif not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if np.isfinite(number) else None


def comma_remedy(value: Any) -> str:
    """Say how to write a number that has a comma in it, or may be read in two ways, or nothing."""
    if isinstance(value, str) and _TWO_WAYS.fullmatch(value.strip()):
        whole, _, rest = value.strip().partition(".")
        return f" ({whole}{rest} or {float(value):g}?)"
    if isinstance(value, str) and re.search(r"\d,\d", value):
        return ", with a point before the decimals and nothing between thousands"
    return ""


def cell_shown(value: Any) -> str:
    """Return a cell of a table as it stands in messages; see :func:`corridor_sim.errors.shown`."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item() if value.dtype.kind not in "mM" else str(value)
    if isinstance(value, datetime.date | datetime.time):
        value = str(value)
    return shown(value)


def cells(column: NDArray[Any]) -> list[Any]:
    """Return the values of a column one by one; dates stay dates, whole numbers whole."""
    return list(column) if column.dtype.kind in "mMO" else list(column.tolist())


def numbers(
    features: Features, field: str, key: str, otherwise: str, *, absent: float | None = None
) -> NDArray[np.float64]:
    """An attribute as finite numbers, or an error naming the first feature without one.

    Where ``absent`` is given it stands for an empty cell; else an empty cell is refused as well.
    ``otherwise`` is what else can be done about a cell that is no number.
    """
    raw = cells(take_field(features, field, key))
    found = [absent if absent is not None and is_absent(v) else number_of(v) for v in raw]
    bad = [i for i, number in enumerate(found) if number is None]
    if bad:
        value = raw[bad[0]]
        is_what = "is empty" if is_absent(value) else f"is {cell_shown(value)}, not a number"
        remedy = f"fill it with a number{comma_remedy(value)}, or {otherwise}"
        raise misfit(features, field, bad, is_what, remedy)
    return np.array(found, np.float64)


def misfit(
    features: Features, field: str, bad: Sequence[int], is_what: str, remedy: str
) -> LandscapeError:
    """Return the error for the features at ``bad``, of which the first is named."""
    return LandscapeError(
        f"field {field!r} of feature {features.fid[bad[0]]} {is_what} "
        f"({counted(len(bad), 'such feature')})",
        where=features.where,
        remedy=remedy,
    )


def texts(features: Features, field: str, key: str) -> list[str]:
    """An attribute as names in their one form, ``""`` where a cell is empty.

    Raises
    ------
    LandscapeError
        A list or table where a name belongs, a character that cannot be shown, a text that was
        read in another encoding than it was written in.
    """
    raw = cells(take_field(features, field, key))
    found = []
    for i, value in enumerate(raw):
        text = "" if is_absent(value) else name_of(value, "")
        if isinstance(text, LandscapeError):
            raise LandscapeError(
                f"field {field!r} of feature {features.fid[i]} {text.problem}",
                where=features.where,
                remedy=text.remedy,
            )
        found.append(text)
    return found


def name_of(value: Any, where: str) -> str | LandscapeError:
    """Return a value as a name in its one form, or why it is none."""
    if isinstance(value, list | tuple | dict | np.ndarray | bytes):
        return LandscapeError(
            f"is {cell_shown(value)}, not a name", where=where, remedy="give it one text"
        )
    text = str(value)
    meant = names.garbled(text)
    if meant is not None:
        return LandscapeError(
            f"is {shown(text)}, which is UTF-8 read as Latin-1 and should read {shown(meant)}",
            where=where,
            remedy="for a Shapefile write UTF-8 into its .cpg; else save the file anew as UTF-8",
        )
    name = names.plain(text)
    bad = names.unprintable(name)
    if bad is not None:
        return LandscapeError(
            f"holds a character that cannot be shown ({bad})", where=where, remedy="take it out"
        )
    if names.REPLACEMENT in name:
        return LandscapeError(
            f"is {shown(name)}: letters were lost when it was converted",
            where=where,
            remedy="write it anew, and save the file as UTF-8",
        )
    return name
