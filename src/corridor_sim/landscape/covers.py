"""Land-cover classes are data: a table of codes, names and colours, and what follows from a class.

Every landscape carries the table of its own classes. Code asks the table which classes are forest,
natural or water, and knows none of them by name. Tables of common products ship with the package
(:data:`SHIPPED`); a user's own is a file of the same columns.
"""

from __future__ import annotations

import colorsys
import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, ScenarioError, is_seen, nearest, placing

if TYPE_CHECKING:
    import pandas as pd

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
        Number in the layer ``land_cover``, 1 to 253.
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
    raster_codes : tuple of int
        Numbers by which rasters call it, 1 to 65535; empty: by its code.
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
    raster_codes: tuple[int, ...] = ()

    @property
    def called(self) -> tuple[int, ...]:
        """Numbers by which rasters call it."""
        return self.raster_codes or (self.code,)

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

    @property
    def by_raster_code(self) -> dict[int, Cover]:
        """Classes by the numbers of rasters."""
        return {code: row for row in self.rows for code in row.called}

    @property
    def of_layer(self) -> CoverTable:
        """The table for rasters that hold the numbers of the layer, as exported ones do."""
        rows = []
        for row in self.rows:
            others = [code for code in row.called if code != row.code]
            rows.append(replace(row, raster_codes=(row.code, *others[:1]) if others else ()))
        return CoverTable(self.name, tuple(rows))

    def to_frame(self) -> pd.DataFrame:
        """Return the table as one row a class, in the columns of a table's file.

        ``code`` is the number by which rasters call the class, ``other_code`` another one, 0 where
        there is none. Written with ``to_csv(index=False)`` it is a table to change and to give as
        ``cover_classes``.
        """
        import pandas as pd

        rows = []
        for row in self.rows:
            told: dict[str, Any] = {"code": row.called[0], "key": row.key}
            told |= {"label": row.label, "colour": row.colour}
            told |= {flag: "yes" if getattr(row, flag) else "no" for flag in FLAGS[:-1]}
            told["poison"] = {None: "", True: "yes", False: "no"}[row.poison]
            told["lift_thermal_ms"] = "" if row.lift_thermal_ms is None else row.lift_thermal_ms
            rows.append(told | {"group": row.group, "other_code": (*row.called, 0)[1]})
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        empty = [
            name for name in ("group", "lift_thermal_ms", "poison") if not any(frame[name] != "")
        ]
        if not frame["other_code"].any():
            empty.append("other_code")
        return frame.drop(columns=empty)


FLAGS: tuple[Flag, ...] = get_args(Flag)
COLUMNS = ("code", "key", "label", "colour", *FLAGS, "lift_thermal_ms", "group", "other_code")
"""Columns of a table's file; code, and key or label, must be there."""
MOST_CLASSES = 253
MOST_CODE = 65_535
MOST_LIFT_MS = 8.0
MOST_LETTERS = 120
_YES_NO = {"yes": True, "true": True, "1": True, "y": True}
_YES_NO |= {"no": False, "false": False, "0": False, "n": False}

SHIPPED: dict[str, tuple[str, str]] = {
    "andes-amazon": ("corridor_sim.datasets.andes_amazon", "cover_classes.csv"),
    "corine": ("corridor_sim.landscape.cover_tables", "corine.csv"),
    "esa-worldcover": ("corridor_sim.landscape.cover_tables", "esa_worldcover.csv"),
    "mapbiomas": ("corridor_sim.landscape.cover_tables", "mapbiomas.csv"),
    "nlcd": ("corridor_sim.landscape.cover_tables", "nlcd.csv"),
}
"""Tables that ship, by name: package and file. They are named here and not imported."""


@lru_cache(maxsize=16)
def cover_table(name: str) -> CoverTable:
    """Return a table of land-cover classes that ships with the package.

    ``andes-amazon``, ``corine``, ``esa-worldcover``, ``mapbiomas`` or ``nlcd``. Codes, names and
    colours are those of the product; flags are a judgement, to be changed in a copy.

    Raises
    ------
    LandscapeError
        Another name, with the nearest.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.cover_table("nlcd")["evergreen_forest"].code
    42
    """
    if name not in SHIPPED:
        raise LandscapeError(
            f"unknown table of land cover {name[:60]!r}", remedy=nearest(name[:60], SHIPPED)
        )
    lines = _lines_of(name)
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return table_of(name, [(f"line {i}", row) for i, row in enumerate(rows, 2)], name)


def cover_table_source(name: str) -> str:
    """Return where the codes, names and colours of a table that ships are from, in words."""
    cover_table(name)
    return " ".join(line.lstrip("# ") for line in _lines_of(name) if line.startswith("#"))


def _lines_of(name: str) -> list[str]:
    package, file = SHIPPED[name]
    return resources.files(package).joinpath(file).read_text(encoding="utf-8").splitlines()


def table_of(name: str, lines: Sequence[tuple[str, Mapping[str, str]]], where: str) -> CoverTable:
    """Return the table of some lines, each with its place in words and its columns by name.

    Codes above 253 are kept for rasters; the layer then holds 1, 2, ... in the order of the lines.

    Raises
    ------
    LandscapeError
        In one line: the place, the value and what to do.
    """
    if not lines:
        raise LandscapeError(
            "holds no class", where=where, remedy="give one line a class: code,key,label,colour"
        )
    if len(lines) > MOST_CLASSES:
        raise LandscapeError(
            f"holds {len(lines):,} classes", where=where, remedy=f"at most {MOST_CLASSES}"
        )
    rows: list[Cover] = []
    taken: dict[int | str, str] = {}
    for i, (place, given) in enumerate(lines):
        with placing(f"{where}, {place}"):
            row = _row(given, i)
            called: tuple[int | str, ...] = (*row.called, row.key)
            for one in called:
                if one in taken:
                    what = f"code {one}" if isinstance(one, int) else f"key {one!r}"
                    raise LandscapeError(
                        f"{what} stands in {taken[one]} already", remedy="give each class its own"
                    )
                taken[one] = place
        rows.append(row)
    if max(row.code for row in rows) > MOST_CLASSES:
        rows = [replace(row, code=i, raster_codes=row.called) for i, row in enumerate(rows, 1)]
    return CoverTable(name, tuple(rows))


def _row(given: Mapping[str, str], position: int) -> Cover:
    """Return the class of one line of a table; a flag that is not told is no."""
    for column in given:
        if column not in COLUMNS:
            raise LandscapeError(
                f"unknown column {str(column)[:60]!r}", remedy=nearest(str(column)[:60], COLUMNS)
            )
    told = {name: " ".join(str(given.get(name) or "").split()) for name in COLUMNS}
    code, other = _code(told["code"], "code"), _code(told["other_code"] or "0", "other_code")
    key = told["key"] or re.sub("[^a-z0-9]+", "_", told["label"].casefold()).strip("_")
    if not re.fullmatch(KEY_PATTERN, key):
        raise LandscapeError(
            f"key {key[:60]!r} is impossible",
            remedy="a key is small letters, figures and _, such as evergreen_forest",
        )
    label = told["label"] or key.replace("_", " ").capitalize()
    for name, text in (("label", label), ("group", told["group"])):
        if len(text) > MOST_LETTERS or not (is_seen(text) or not text):
            raise LandscapeError(
                f"{name} {text[:60]!r} is impossible",
                remedy=f"at most {MOST_LETTERS} letters that can be seen",
            )
    flags: dict[str, Any] = {flag: _yes_no(told[flag], flag) for flag in FLAGS}
    if not told["poison"]:
        flags["poison"] = None
    colour = told["colour"] or _colour_of(flags, position)
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise LandscapeError(
            f"colour {colour[:60]!r} is none", remedy="write it as #rrggbb, such as #2e8540"
        )
    return Cover(
        code,
        key,
        label,
        colour,
        **flags,
        lift_thermal_ms=_lift(told["lift_thermal_ms"]),
        group=told["group"],
        raster_codes=(code, other) if other else (),
    )


def _code(text: str, column: str) -> int:
    if re.fullmatch("[0-9]{1,6}", text) and (0 < int(text) <= MOST_CODE or column != "code"):
        return int(text)
    raise LandscapeError(
        f"{column} {text[:60]!r} is impossible", remedy=f"a whole number from 1 to {MOST_CODE}"
    )


def _yes_no(text: str, flag: str) -> bool | None:
    found = _YES_NO.get(text.casefold() or "no")
    if found is None:
        raise LandscapeError(f"{flag} is {text[:60]!r}", remedy="write yes or no")
    return found


def _lift(text: str) -> float | None:
    if not text:
        return None
    try:
        lift_ms = float(text)
    except ValueError:
        lift_ms = -1.0
    if not 0 <= lift_ms <= MOST_LIFT_MS:
        raise LandscapeError(
            f"lift_thermal_ms is {text[:60]!r}", remedy=f"0 to {MOST_LIFT_MS:g} m/s"
        )
    return lift_ms


# of classes without a colour, by the first flag that holds: hue, and range of lightness
_HUES = (
    ("water", 0.58, 0.45, 0.70),
    ("settlement", 0.01, 0.45, 0.60),
    ("mine", 0.05, 0.30, 0.45),
    ("regrowth", 0.24, 0.55, 0.70),
    ("forest", 0.38, 0.22, 0.50),
    ("barren", 0.10, 0.70, 0.85),
    ("natural", 0.13, 0.50, 0.75),
)


def _colour_of(flags: Mapping[str, bool | None], position: int) -> str:
    """Return a colour for a class without one: by its flags, the lightness by its place."""
    own = (row for row in _HUES if flags[row[0]])
    _, hue, dark, light = next(own, ("", 0.16, 0.60, 0.80))
    # the golden ratio spreads any number of places evenly
    lightness = dark + (light - dark) * (position * 0.6180339887498949 % 1.0)
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.45)
    return "#" + "".join(f"{round(255 * one):02x}" for one in (red, green, blue))
