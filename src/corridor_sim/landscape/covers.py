"""Land-cover classes are data: a table of codes, names and colours, and what follows from a class.

Every landscape carries the table of its own classes. Code asks the table which classes are forest,
natural or water, and knows none of them by name. Tables of common products ship with the package
(:data:`SHIPPED`); a user's own is a file of the same columns.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, ScenarioError, nearest

Flag = Literal[
    "forest",
    "natural",
    "water",
    "settlement",
    "mine",
    "pasture",
    "regrowth",
    "barren",
    "clearable",
    "poison",
]


KEY_PATTERN = r"^[a-z][a-z0-9_]{0,59}$"
"""What a key of a class looks like."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One land-cover class.

    Attributes
    ----------
    code : int
        Number in the raster, 1 to 253.
    key : str
        Word by which species files and edits call it.
    label, colour : str
        For people; ``#rrggbb``.
    forest, natural : bool
        Whether it counts as forest; whether people have left it to nature.
    water, settlement, mine, barren : bool
        Open water; built ground that animals shun; an open pit; rock, ice and the like, which
        does not spread.
    pasture : bool
        Farmland of little input: what clearing makes unless told otherwise, and what farmers may
        give up.
    regrowth : bool
        Young natural cover on land given up, on the way to what grew there.
    clearable : bool
        Whether clearing takes it.
    poison : bool or None
        Whether poisoned baits are laid on it; None where the table does not say.
    lift_thermal_ms : float or None
        Thermal updraught over it at the warmest hour in m/s; None where the table does not say.
    group : str
        With what figures of change pool it, such as "Montane forest"; empty: by its flags.
    """

    code: int
    key: str
    label: str
    colour: str
    forest: bool = False
    natural: bool = False
    water: bool = False
    settlement: bool = False
    mine: bool = False
    pasture: bool = False
    regrowth: bool = False
    barren: bool = False
    clearable: bool = False
    poison: bool | None = None
    lift_thermal_ms: float | None = None
    group: str = ""

    @property
    def pooled(self) -> str:
        """With what figures of change pool it; empty for open water and bare ground."""
        if self.group or self.water or self.barren:
            return self.group
        if self.regrowth:
            return "Regrowth"
        if self.forest:
            return "Forest"
        return "Other natural ground" if self.natural else "Farmed and built ground"


@dataclass(frozen=True)
class CoverTable:
    """The land-cover classes of a landscape.

    Attributes
    ----------
    name : str
        Of the table, for people and messages.
    rows : tuple of Cover
        Codes and keys are each unique.
    """

    name: str
    rows: tuple[Cover, ...]

    @property
    def by_key(self) -> dict[str, Cover]:
        """Classes by key, in the table's order."""
        return {row.key: row for row in self.rows}

    @property
    def by_code(self) -> dict[int, Cover]:
        """Classes by code, in the table's order."""
        return {row.code: row for row in self.rows}

    def __getitem__(self, key: str) -> Cover:
        """Return the class of a key.

        Raises
        ------
        LandscapeError
            No such class, with the nearest.
        """
        for row in self.rows:
            if row.key == key:
                return row
        raise LandscapeError(
            f"unknown land cover {key[:60]!r}",
            where=self.name,
            remedy=nearest(key[:60], self.by_key),
        )

    def codes(self, flag: Flag) -> tuple[int, ...]:
        """Return the codes of the classes that carry a flag, in the table's order."""
        return tuple(row.code for row in self.rows if getattr(row, flag))

    def codes_of(self, keys: Iterable[str]) -> tuple[int, ...]:
        """Return the codes of some classes by key; keys that the table lacks have none."""
        by_key = self.by_key
        return tuple(by_key[key].code for key in keys if key in by_key)

    def has(self, cover: NDArray[Any], flag: Flag) -> NDArray[np.bool_]:
        """Return which cells of a raster of codes carry a flag, same shape."""
        carries = np.zeros(256, np.bool_)
        carries[list(self.codes(flag))] = True
        found: NDArray[np.bool_] = carries[cover]
        return found

    def lacks(self, cover: NDArray[Any], *flags: Flag) -> NDArray[np.bool_]:
        """Return which cells have a class that carries none of the flags, same shape.

        Where there is no ground there is no class either: ``~has`` would count the sea as farmed.
        """
        bare = np.zeros(256, np.bool_)
        bare[[row.code for row in self.rows if not any(getattr(row, f) for f in flags)]] = True
        found: NDArray[np.bool_] = bare[cover]
        return found

    def refuse_others(self, cover: NDArray[np.uint8], where: str) -> None:
        """Refuse a raster of codes that holds one without a class.

        Raises
        ------
        LandscapeError
            Naming the first such cell, its code, and how many there are.
        """
        known = np.zeros(256, np.bool_)
        known[[0, *self.by_code]] = True  # 0 is no ground, or no land cover at all
        if known[cover].all():
            return
        row, col = (int(i) for i in np.argwhere(~known[cover])[0])
        raise LandscapeError(
            f"layer land_cover holds {cover[row, col]} at row {row}, column {col} "
            f"({int((~known[cover]).sum())} such cells), which is no class of {self.name}",
            where=where,
            remedy="add a row with that code to the table of classes",
        )

    def made(self, key: str, wanted_by: str) -> Cover:
        """Return the class that people make of cleared ground, by key.

        ``pasture`` is a word for the first class with that flag, where no class has it as key.

        Raises
        ------
        ScenarioError
            No such class, or one that nature makes; ``wanted_by`` is the key that asks.
        LandscapeError
            Pasture is asked for, and the table has none.
        """
        row = self.by_key.get(key)
        if row is None and key == "pasture":
            return self.first("pasture", wanted_by)
        if row is None or row.natural:
            people_s = [one.key for one in self.rows if not one.natural]
            is_what = "no class" if row is None else "natural ground"
            raise ScenarioError(
                f"{key[:60]!r} is {is_what} of the land cover {self.name}",
                where=wanted_by,
                remedy=nearest(key[:60], people_s),
            )
        return row

    def first(self, flag: Flag, wanted_by: str) -> Cover:
        """Return the first class with a flag, for an edit that makes such ground.

        Raises
        ------
        LandscapeError
            The table has none; ``wanted_by`` says who asks.
        """
        for row in self.rows:
            if getattr(row, flag):
                return row
        raise LandscapeError(
            f"{wanted_by} needs a land cover with {flag} = yes, and the table has none",
            where=self.name,
            remedy=f"set {flag} = yes for one of {', '.join(self.by_key)[:200]}",
        )


SHIPPED: dict[str, tuple[str, str]] = {
    "andes-amazon": ("corridor_sim.datasets.andes_amazon", "cover_classes.csv")
}
"""Tables that ship, by name: package and file. They are named here and not imported."""


@lru_cache(maxsize=16)
def cover_table(name: str) -> CoverTable:
    """Return a table that ships with the package.

    Raises
    ------
    LandscapeError
        Another name, with the nearest.
    """
    if name not in SHIPPED:
        raise LandscapeError(
            f"unknown table of land cover {name[:60]!r}", remedy=nearest(name[:60], SHIPPED)
        )
    package, file = SHIPPED[name]
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return CoverTable(name, tuple(_row(one) for one in csv.DictReader(text.splitlines())))


def _row(given: dict[str, str]) -> Cover:
    """Return the class of one line of a table; a flag that is not told is no."""
    told: dict[str, Any] = {
        "code": int(given["code"]),
        "key": given["key"],
        "label": given["label"],
        "colour": given["colour"],
    }
    for one in fields(Cover)[4:]:
        text = given.get(one.name, "")
        if text:
            how = {"lift_thermal_ms": float, "group": str}.get(one.name, "yes".__eq__)
            told[one.name] = how(text)
    return Cover(**told)
