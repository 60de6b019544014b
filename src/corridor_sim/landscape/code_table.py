"""The table that translates a user's land-cover codes into the covers of the corridor.

CSV with a header naming the columns ``code`` and ``cover`` (further columns are ignored), or TOML
with a table ``[codes]`` of ``2 = "cloud_forest"``. Besides the keys of :data:`covers.COVERS` a code
may become ``by_elevation``: the natural zone at the height of the cell, for products that know
"forest" and not which forest.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest
from corridor_sim.files import read_regular
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.geo import many
from corridor_sim.strict_toml import parse_toml, short

BY_ELEVATION = "by_elevation"
BY_ELEVATION_CODE = 254
MAX_TABLE_BYTES = 1 << 20
# rasters hold no codes beyond 64 bits
LARGEST_CODE = 2.0**63
QUOTES = "'\""

# Upper limit of each natural zone in metres on the eastern slope of the southern Cordillera
# Oriental (Ministerio del Ambiente del Ecuador 2013); bare ground above 4800 m.
ZONE_TOPS_M: tuple[tuple[float, str], ...] = (
    (400.0, "lowland_forest"),
    (1650.0, "premontane_forest"),
    (2200.0, "lower_montane_forest"),
    (3000.0, "cloud_forest"),
    (3400.0, "upper_montane_forest"),
    (4800.0, "paramo"),
    (np.inf, "rock_ice"),
)


def zone_by_elevation(elevation_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Land-cover code of the natural zone at each height, same shape, uint8.

    A height on a limit belongs to the zone above it.
    """
    tops = np.array([top for top, _ in ZONE_TOPS_M[:-1]])
    codes = np.array([COVERS[key].code for _, key in ZONE_TOPS_M], np.uint8)
    return codes[np.searchsorted(tops, elevation_m, side="right")]


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Raster code to land-cover code; ``BY_ELEVATION_CODE`` stands for the zone at that height."""

    path: Path
    covers: Mapping[int, int]

    def translate(self, raw: np.ma.MaskedArray[Any, Any]) -> tuple[NDArray[np.uint8], Any]:
        """Return covers (0 where nodata or unknown) and the mask of codes that the table lacks.

        A raster's nodata value counts as a code if the table names it.
        """
        found, inverse = np.unique(raw.data, return_inverse=True)
        lookup = np.array(
            [self.covers.get(int(v), 0) if np.isfinite(v) and v == int(v) else 0 for v in found],
            np.uint8,
        )
        codes = lookup[inverse].reshape(raw.shape)
        return codes, (codes == 0) & ~np.ma.getmaskarray(raw)

    def resolve(
        self, codes: NDArray[np.uint8], elevation_m: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        """Replace ``by_elevation`` cells by the natural zone at their height."""
        return np.where(codes == BY_ELEVATION_CODE, zone_by_elevation(elevation_m), codes).astype(
            np.uint8
        )

    def refuse_codes(self, unknown: Mapping[float, int], where: str) -> LandscapeError:
        """The error for codes that the raster holds and the table lacks, most frequent first."""
        ranked = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{code:g} ({many(n, 'cell')})" for code, n in ranked[:5])
        if len(ranked) > 5:
            listed += f" and {len(ranked) - 5} more"
        near = sorted(self.covers, key=lambda c: (abs(c - ranked[0][0]), c))[:3]
        known = {row.code: key for key, row in COVERS.items()} | {BY_ELEVATION_CODE: BY_ELEVATION}
        shown = ", ".join(f"{c} = {known[self.covers[c]]}" for c in sorted(near))
        plural = "codes" if len(ranked) > 1 else "code"
        return LandscapeError(
            f"land-cover {plural} {listed} not in {self.path.name}",
            where=where,
            remedy=f"add the {plural} to the table; its nearest entries are {shown}",
        )


def read_code_table(path: Path, key: str = "land_cover_codes") -> CodeTable:
    """Read a code table from CSV or TOML.

    Raises
    ------
    LandscapeError
        Unreadable file, missing column, a code that is no whole number or comes twice, or a cover
        that does not exist (naming the nearest).
    """
    where = f"{path} ({key})"
    text = _text_of(path, where)
    try:
        pairs = (
            _toml_pairs(text, where) if path.suffix.lower() == ".toml" else _csv_pairs(text, where)
        )
    except csv.Error as error:
        raise LandscapeError(
            f"cannot be read: {error}",
            where=where,
            remedy='write a CSV with header code,cover or a TOML table [codes] of 2 = "pasture"',
        ) from error
    covers: dict[int, int] = {}
    for place, code_text, cover in pairs:
        code = _whole(code_text, f"{where}, {place}")
        if not isinstance(cover, str) or cover not in (*COVERS, BY_ELEVATION):
            raise LandscapeError(
                f"code {code} has the unknown cover {short(cover)}",
                where=f"{where}, {place}",
                remedy=nearest(str(cover)[:60], [*COVERS, BY_ELEVATION]),
            )
        if code in covers:
            raise LandscapeError(
                f"code {code} comes twice", where=f"{where}, {place}", remedy="keep one"
            )
        covers[code] = BY_ELEVATION_CODE if cover == BY_ELEVATION else COVERS[cover].code
    if not covers:
        raise LandscapeError("holds no codes", where=where, remedy="give one line per raster code")
    return CodeTable(path, covers)


def _text_of(path: Path, where: str) -> str:
    """Return the text of a table, whatever stands under its name."""
    try:
        content = read_regular(path, MAX_TABLE_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise LandscapeError(
            f"cannot be read: {why}", where=where, remedy="give a CSV or TOML file of codes"
        ) from error
    if len(content) > MAX_TABLE_BYTES:
        raise LandscapeError(
            f"is {path.stat().st_size} bytes, too large for a code table",
            where=where,
            remedy="give a CSV of codes and covers, not the raster",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LandscapeError(
            f"is not UTF-8 text (byte {error.start})", where=where, remedy="save it as UTF-8"
        ) from error


def _whole(text: Any, where: str) -> int:
    try:
        if isinstance(text, bool):
            raise ValueError
        value = float(text)
        if value != int(value) or abs(value) > LARGEST_CODE:
            raise ValueError
    except (ValueError, TypeError, OverflowError) as error:
        raise LandscapeError(
            f"code {short(text)} is not a whole number",
            where=where,
            remedy="use the raster's codes",
        ) from error
    return int(value)


def _toml_pairs(text: str, where: str) -> list[tuple[str, Any, Any]]:
    data = parse_toml(text, where=where, error=LandscapeError)
    table = data.get("codes", data)
    if not isinstance(table, dict):
        raise LandscapeError(
            f"codes: {short(table)} is no table", where=where,
            remedy='write a table [codes] of 2 = "pasture"',
        )  # fmt: skip
    return [(f"[codes] {short(code).strip(QUOTES)}", code, cover) for code, cover in table.items()]


def _csv_pairs(text: str, where: str) -> list[tuple[str, Any, Any]]:
    first = text.splitlines()[0] if text.strip() else ""
    # A semicolon is what spreadsheets write where the comma is the decimal sign.
    reader = csv.DictReader(
        text.splitlines(), delimiter=";" if ";" in first else ",", skipinitialspace=True
    )
    names = [str(n).strip() for n in (reader.fieldnames or [])]
    reader.fieldnames = names
    for column in ("code", "cover"):
        if column not in names:
            raise LandscapeError(
                f"has no column {column!r}, only {', '.join(names) or 'an empty line'}",
                where=where,
                remedy="begin with the line code,cover",
            )
    out = []
    for row in reader:
        code, cover = (row["code"] or "").strip(), (row["cover"] or "").strip()
        if code or cover:
            out.append((f"line {reader.line_num}", code, cover))
    return out
