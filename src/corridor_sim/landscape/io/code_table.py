"""The table that translates a user's land-cover codes into the classes of a landscape.

CSV with a header naming the columns ``code`` and ``cover`` (further columns are ignored), or TOML
with a table ``[codes]`` of ``2 = "cloud_forest"``. Besides the keys of the landscape's table a code
may become ``by_elevation``: the natural zone at the height of the cell, for products that know
"forest" and not which forest. A line ``nodata`` says what the cells without data are (the sea, on
many maps), a line ``nan`` what NaN is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, nearest, shown
from corridor_sim.landscape.climate import natural_zone
from corridor_sim.landscape.covers import MOST_CLASSES, CoverTable
from corridor_sim.landscape.io.csv_table import csv_rows, table_text
from corridor_sim.landscape.region import Zone
from corridor_sim.toml.strict import parse_toml

BY_ELEVATION = "by_elevation"
BY_ELEVATION_CODE = 254
# More codes than that missing, and the raster is not one of these classes.
MAX_UNKNOWN = 1000
NAN, NODATA = "nan", "nodata"
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Raster code to land-cover code; ``BY_ELEVATION_CODE`` stands for the zone at that height.

    ``table`` is that of the classes; ``nan`` and ``nodata`` are the land-cover codes of NaN and of
    cells without data, 0 where the table does not say; ``zones`` those of the region, from the foot
    up.
    """

    path: Path
    covers: Mapping[int, int]
    table: CoverTable
    nan: int = 0
    nodata: int = 0
    zones: tuple[Zone, ...] = ()
    zone_covers: CoverTable | None = None

    def with_zones(self, zones: Sequence[Zone], covers: CoverTable) -> CodeTable:
        """Return the table with the natural zones that ``by_elevation`` stands for."""
        return replace(self, zones=tuple(zones), zone_covers=covers)

    def translate(
        self, raw: np.ma.MaskedArray[Any, Any], nodata: float | None = None
    ) -> tuple[NDArray[np.uint8], Any]:
        """Return covers (0 where nodata or unknown) and the mask of codes that the table lacks.

        The raster's ``nodata`` value counts as a code if the table names it; what a mask or
        transparency leaves out has no code, whatever number lies under it.
        """
        found, inverse = np.unique(raw.data, return_inverse=True)
        lookup = np.array([self._cover(v) for v in found], np.uint8)
        codes = lookup[inverse].reshape(raw.shape)
        masked = np.ma.getmaskarray(raw)
        declared = (
            np.zeros(raw.shape, bool)
            if nodata is None
            else np.isnan(raw.data)
            if np.isnan(nodata) and raw.dtype.kind == "f"
            else raw.data == nodata
        )
        codes[masked & ~(declared & (codes > 0))] = self.nodata
        return codes, (codes == 0) & ~masked

    def _cover(self, value: Any) -> int:
        if np.isnan(value):
            return self.nan
        whole = np.isfinite(value) and value == int(value)
        return self.covers.get(int(value), 0) if whole else 0

    @classmethod
    def of_classes(cls, table: CoverTable, path: Path) -> CodeTable:
        """Return the table by which a raster holds the codes of the classes themselves."""
        return cls(path, {code: row.code for code, row in table.by_raster_code.items()}, table)

    @property
    def by_elevation(self) -> bool:
        """Whether a code stands for the natural zone at the height of the cell."""
        return BY_ELEVATION_CODE in self.covers.values()

    def resolve(
        self, codes: NDArray[np.uint8], elevation_m: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        """Replace ``by_elevation`` cells by the natural zone at their height."""
        if not self.by_elevation or self.zone_covers is None:
            return codes
        zones = natural_zone(elevation_m, self.zones, self.zone_covers)
        return np.where(codes == BY_ELEVATION_CODE, zones, codes).astype(np.uint8)

    def refuse_codes(self, unknown: Mapping[float, int], declare: str) -> LandscapeError:
        """The error for codes that the raster holds and the table lacks, most frequent first.

        ``declare`` is the command by which NaN becomes the raster's nodata.
        """
        ranked = sorted(unknown.items(), key=lambda item: (-item[1], str(item[0])))
        empty = sum(n for code, n in ranked if np.isnan(code))
        codes = [(c, n) for c, n in ranked if np.isfinite(c) and c == int(c)]
        others = [(c, n) for c, n in ranked if not np.isnan(c) and (c, n) not in codes]
        problems, remedies = [], []
        if len(codes) + len(others) > MOST_CLASSES:
            held = sorted(c for c, _ in (*codes, *others))
            return LandscapeError(
                f"holds more than {MOST_CLASSES} different values, {held[0]:g} to {held[-1]:g}, "
                f"which no table of classes has",
                remedy="is this a raster of classes, and was it resampled with -r near or mode?",
            )
        if empty:
            problems.append(f"NaN in {counted(empty, 'cell')} that it does not declare as nodata")
            remedies.append(f"declare it: {declare}")
        if others:
            no_class = "which is no class" if len(others) == 1 else "which are no classes"
            problems.append(f"{_listed(others)}, {no_class}")
            remedies.append(
                "classes are whole numbers: is this a raster of classes, and was it "
                "resampled with -r near or mode?"
            )
        if codes:
            plural = "codes" if len(codes) > 1 else "code"
            problems.append(f"land-cover {plural} {_listed(codes)} not in {self.path.name}")
            near = sorted(self.covers, key=lambda c: (abs(c - codes[0][0]), c))[:3]
            known = {row.code: row.key for row in self.table.rows}
            known[BY_ELEVATION_CODE] = BY_ELEVATION
            entries = ", ".join(f"{c} = {known[self.covers[c]]}" for c in sorted(near))
            nearby = f"; its nearest entries are {entries}" if entries else ""
            remedies.append(f"add the {plural} to the table{nearby}")
        return LandscapeError("holds " + ", and ".join(problems), remedy="; ".join(remedies))


def _listed(ranked: list[tuple[float, int]]) -> str:
    listed = ", ".join(f"{code:.10g} ({counted(n, 'cell')})" for code, n in ranked[:5])
    return listed + (f" and {len(ranked) - 5} more" if len(ranked) > 5 else "")


def read_code_table(path: Path, table: CoverTable, key: str = "land_cover_codes") -> CodeTable:
    """Read a code table from CSV or TOML, by which codes become classes of ``table``.

    Raises
    ------
    LandscapeError
        Unreadable file, missing column, a code that is no whole number or comes twice, or a cover
        that does not exist (naming the nearest).
    """
    where = f"{path} ({key})"
    text = table_text(path, where)
    toml = path.suffix.lower() == ".toml"
    pairs = _toml_pairs(text, where) if toml else _csv_pairs(text, where)
    covers: dict[int | str, int] = {}
    by_key = table.by_key
    for place, code_text, cover in pairs:
        code = _code(code_text, f"{where}, {place}")
        if not isinstance(cover, str) or (cover not in by_key and cover != BY_ELEVATION):
            raise LandscapeError(
                f"code {code} has the unknown cover {shown(cover)}",
                where=f"{where}, {place}",
                remedy=nearest(str(cover)[:80], [*by_key, BY_ELEVATION]),
            )
        if code in covers:
            raise LandscapeError(
                f"code {code} comes twice", where=f"{where}, {place}", remedy="keep one"
            )
        covers[code] = BY_ELEVATION_CODE if cover == BY_ELEVATION else by_key[cover].code
    nan, nodata = covers.pop(NAN, 0), covers.pop(NODATA, 0)
    codes = {int(code): cover for code, cover in covers.items()}
    if not codes:
        raise LandscapeError("holds no codes", where=where, remedy="give one line per raster code")
    return CodeTable(path, codes, table, nan, nodata)


def _code(text: Any, where: str) -> int | str:
    """A whole number, or the word for NaN or for cells without data."""
    said = str(text).strip() if isinstance(text, str | int) and not isinstance(text, bool) else ""
    word = said.casefold().replace(" ", "").replace("_", "")
    if word in (NAN, NODATA):
        return word
    if not _WHOLE.fullmatch(said):
        raise LandscapeError(
            f"code {shown(text)} is not a whole number",
            where=where,
            remedy="use the raster's codes (classes are whole numbers), nodata or nan",
        )
    return int(said.partition(".")[0])


def _toml_pairs(text: str, where: str) -> list[tuple[str, Any, Any]]:
    data = parse_toml(text, where=where, error=LandscapeError)
    table = data["codes"] if isinstance(data.get("codes"), dict) else data
    return [(f"[codes] {code[:40]}", code, cover) for code, cover in table.items()]


def _csv_pairs(text: str, where: str) -> list[tuple[str, Any, Any]]:
    rows = csv_rows(text, where, ("code", "cover"))
    return [(place, row["code"], row["cover"]) for place, row in rows]
