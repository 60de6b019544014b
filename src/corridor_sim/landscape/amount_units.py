"""Units of amounts that lie on the ground: a hectare, a depth, a cell; and what their sum is in.

Units are compared by what they mean, so that ``Mg ha-1`` is ``t/ha``, and no further: ``t C/ha`` is
not ``t/ha``, for half of dry wood is carbon.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Per = Literal["ha", "depth", "cell"]
METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}

_HA = r"(?:ha|hectares?)"
_PER_HA = re.compile(rf"^(?P<what>.+?)\s*(?:/\s*{_HA}|\s{_HA}\s*\^?-1|\sper\s+{_HA})$", re.I)
_YEAR = r"(?:a|y|yr|year|annum)"
_PER_YEAR = re.compile(rf"\s*(?:/\s*{_YEAR}|\s(?:{_YEAR})\s*\^?-1|\s(?:per|a)\s+{_YEAR})$", re.I)
_PER_AREA = re.compile(r"(?:/\s*(?:km|m)2|\s(?:km|m)\s*\^?-2|\sper\s+(?:square|km2|m2))", re.I)
_TONNES = re.compile(r"^(?:Mg|megagrams?|tonnes?|tons?|t)(?=$|\s)\s*(?P<of>.*)$")
_DEPTHS = {"millimetre": "mm", "millimeter": "mm", "centimetre": "cm", "metre": "m", "meter": "m"}


def split_unit(unit: str) -> tuple[str, Per, bool]:
    """Return what a unit counts, per what, and whether a year.

    >>> split_unit("Mg ha-1"), split_unit("mm/year"), split_unit("people")
    (('t', 'ha', False), ('mm', 'depth', True), ('people', 'cell', False))
    """
    text = unicodedata.normalize("NFKC", unit).replace("\u2212", "-").replace("\u00b7", " ")
    text = " ".join(text.split())
    shorter = _PER_YEAR.sub("", text)
    yearly, text = shorter != text, shorter
    found = _PER_HA.match(text)
    if found is not None:
        return _plain(found["what"]), "ha", yearly
    depth = _DEPTHS.get(text.casefold().removesuffix("s"), text)
    if depth in METRES:
        return depth, "depth", yearly
    return _plain(text), "cell", yearly


def _plain(what: str) -> str:
    """Return the name of what is counted, tonnes as ``t``.

    >>> _plain("tonnes C"), _plain("People")
    ('t C', 'people')
    """
    found = _TONNES.match(what.strip())
    if found is not None:
        return f"t {found['of']}".strip()
    return what.strip().casefold()


def misfit(unit: str, per: Per) -> str:
    """Say what is wrong with a unit of amounts per something, or nothing.

    >>> misfit("t/ha", "ha"), misfit("t/ha", "depth")
    ('', "'t/ha' is no depth of water")
    """
    _, own, _ = split_unit(unit)
    if own == per and not (per == "cell" and ("/" in unit or _PER_AREA.search(unit))):
        return ""
    what = {
        "ha": "is no amount per hectare",
        "depth": "is no depth of water",
        "cell": "is no number to be counted cell by cell",
    }[per]
    return f"{unit!r} {what}"


REMEDY: dict[Per, str] = {
    "ha": 'write it as "t/ha", or convert the raster to amounts per hectare',
    "depth": 'use "mm", "mm/year", "cm" or "m", or convert the raster',
    "cell": 'name what is counted, such as "people"; amounts per area take per = "ha"',
}


def same_unit(one: str, other: str) -> bool:
    """Whether two units mean the same.

    A unit without a year fits one with it: tags of rasters of yearly amounts seldom say so.

    >>> same_unit("t/ha", "Mg ha-1"), same_unit("t/ha", "t C/ha"), same_unit("mm/year", "mm")
    (True, False, True)
    """
    return split_unit(one)[:2] == split_unit(other)[:2]


def summed_unit(unit: str) -> str:
    """Return the unit of a sum over ground: hectares and depths go into it.

    >>> summed_unit("t C/ha"), summed_unit("mm/year"), summed_unit("people")
    ('t C', 'm³ a year', 'people')
    """
    what, per, yearly = split_unit(unit)
    name = "m³" if per == "depth" else what if per == "ha" else " ".join(unit.split())
    return f"{name} a year" if yearly and per != "cell" else name
