"""Read rasters of codes that stand for themselves: classes of a layer, numbers of core areas.

Roads, rivers, core areas and protection are drawn as lines and polygons, and come as rasters from
other programs and from an export of this one. Cells without data hold none of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, counted, placing
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.burning import MAX_ZONES, Zones
from corridor_sim.landscape.io.csv_table import csv_rows, table_text
from corridor_sim.landscape.io.field_values import name_of
from corridor_sim.landscape.io.raster_misfits import refuse_far, refuse_gaps
from corridor_sim.landscape.io.raster_source import Source
from corridor_sim.landscape.io.rasters import Places, cells_per_target, warp
from corridor_sim.landscape.layers import LAYERS

# codes that are numbered as they come, before it is known how many there are
_MOST_CODES = 1_000_000
BETWEEN_GROUPS = "|"


def read_class_codes(source: Source, grid: Grid, layer: str) -> tuple[NDArray[np.uint8], str]:
    """Return a layer of classes on the grid, uint8 ``[height, width]``, and the rule used.

    Where the grid is coarser a cell takes the highest class beneath it, as lines do: a road fills
    every cell that it touches. Protection takes the most frequent.

    Raises
    ------
    LandscapeError
        A code that the layer does not have, a scaling, or a raster somewhere else.
    """
    spec = LAYERS[layer]
    numbers = {code: code for code in range(int(spec.low), int(spec.high) + 1)}
    codes = _Codes(source, numbers)
    out, rule = codes.read(grid, layer, "mode" if layer == "protection" else "max")
    codes.refuse_unknown(f"{spec.name} is {spec.meaning}", "translate them: gdal_calc.py")
    return out.astype(np.uint8), rule


@dataclass(frozen=True, slots=True)
class ZoneNames:
    """What a table says of the core areas of a raster: name, country and groups by number."""

    path: Path
    names: Mapping[int, str]
    countries: Mapping[int, str]
    groups: Mapping[int, tuple[str, ...]]


def read_zones(
    source: Source, grid: Grid, table: ZoneNames | None
) -> tuple[Zones, dict[str, tuple[str, ...]], str]:
    """Return the core areas of a raster of their numbers, the groups of them, and the rule used.

    Numbers may be any whole numbers above 0; 0 and cells without data lie outside. Core areas are
    numbered on in the order of their numbers. Those of the table that hold no cell are left out.

    Raises
    ------
    LandscapeError
        A number that the table lacks, below 0 or not whole, a scaling, a raster somewhere else.
    """
    codes = _Codes(source, {0: 0} | {code: code for code in (table.names if table else ())})
    codes.open = table is None
    raw, rule = codes.read(grid, "protected", "mode")
    codes.refuse_unknown(
        "core areas are whole numbers from 1"
        if table is None
        else f"{table.path.name} names {counted(len(table.names), 'area')}",
        "number them anew" if table is None else "add a line for each to the table",
    )
    held = [code for code in sorted(codes.codes_in(raw)) if code]
    if len(held) > MAX_ZONES:
        raise LandscapeError(
            f"holds {len(held)} core areas, above the limit of {MAX_ZONES}",
            where=source.where,
            remedy="join small areas or leave them out",
        )
    names = table.names if table else {code: f"Area {code}" for code in held}
    groups: dict[str, list[str]] = {}
    for code in held:
        for group in table.groups.get(code, ()) if table else ():
            groups.setdefault(group, []).append(names[code])
    zones = Zones(
        raster=codes.renumbered(raw, held),
        names=("", *(names[code] for code in held)),
        countries=("", *(table.countries.get(code, "") if table else "" for code in held)),
        left_out=tuple(name for code, name in names.items() if code not in set(held)),
    )
    return zones, {group: tuple(members) for group, members in groups.items()}, rule


class _Codes:
    """A raster of codes, read as the places of its codes in ``known``; ``open`` to further ones."""

    def __init__(self, source: Source, numbers: Mapping[int, int]) -> None:
        if (source.scale, source.offset) != (1.0, 0.0):
            raise LandscapeError(
                f"declares a scale of {source.scale:g} and an offset of {source.offset:g}: codes "
                "are not scaled",
                where=source.where,
                remedy="take the scaling out: gdal_translate -a_scale 1 -a_offset 0 in.tif out.tif",
            )
        self.source, self.open = source, False
        self.known = {code: i for i, code in enumerate(sorted(numbers))}
        self.unknown: dict[float, int] = {}

    def read(
        self, grid: Grid, layer: str, coarse: Literal["max", "mode"]
    ) -> tuple[NDArray[np.int32], str]:
        """Return the places of the codes ``[height, width]``, and the rule used."""
        with placing(self.source.where):
            refuse_far(self.source, grid)
            # 0 is what the raster does not cover, so that no code counts beside the others
            out = np.zeros(grid.shape, np.int32)
            finer = cells_per_target(self.source, grid) > 1
            rule = warp(self.source, grid, self._prepare, out, coarse if finer else "nearest")
            refuse_gaps(self.source, grid, out == 0, layer)
        return out - 1, rule

    def _prepare(self, raw: Any, places: Places) -> NDArray[np.int32]:
        found, inverse = np.unique(raw.data, return_inverse=True)
        masked = np.ma.getmaskarray(raw)
        bad = np.zeros(len(found), bool)
        place = np.zeros(len(found), np.int32)
        for i, value in enumerate(found.tolist()):
            whole = value == value and abs(value) < 2**53 and value == int(value)
            code = int(value) if whole else -1
            if self.open and code > 0 and len(self.known) < _MOST_CODES:
                self.known.setdefault(code, len(self.known))
            bad[i] = code not in self.known
            place[i] = self.known.get(code, 0)
        inverse = inverse.reshape(raw.shape)
        wrong = bad[inverse] & ~masked
        if wrong.any():
            values, counts = np.unique(raw.data[wrong], return_counts=True)
            for value, n in zip(values.tolist(), counts.tolist(), strict=True):
                key = float("nan") if value != value else float(value)
                self.unknown[key] = self.unknown.get(key, 0) + n
        out: NDArray[np.int32] = np.where(masked, np.int32(0), place[inverse]) + np.int32(1)
        return out

    def codes_in(self, places: NDArray[np.int32]) -> list[int]:
        """Return the codes that are on the grid."""
        code_of = {place: code for code, place in self.known.items()}
        return [code_of[place] for place in np.unique(places).tolist()]

    def renumbered(self, places: NDArray[np.int32], held: Sequence[int]) -> NDArray[np.int16]:
        """Return places as numbers from 1 in the order of ``held``, 0 elsewhere."""
        number = np.zeros(len(self.known), np.int16)
        for i, code in enumerate(held, 1):
            number[self.known[code]] = i
        return number[places]

    def refuse_unknown(self, rule: str, remedy: str) -> None:
        """Refuse the codes that have no meaning, the most frequent first."""
        if not self.unknown:
            return
        ranked = sorted(self.unknown.items(), key=lambda item: (-item[1], str(item[0])))
        listed = ", ".join(f"{code:.10g} ({counted(n, 'cell')})" for code, n in ranked[:5])
        more = f" and {len(ranked) - 5} more" if len(ranked) > 5 else ""
        raise LandscapeError(
            f"holds {listed}{more}; {rule}",
            where=self.source.where,
            remedy=f"{remedy}, or declare what stands for no data as nodata",
        )


def read_zone_names(path: Path, key: str) -> ZoneNames:
    """Read the table of the core areas of a raster: ``code,name,iso3,groups``.

    ``iso3`` and ``groups`` may be left out; several groups stand with ``|`` between them.

    Raises
    ------
    LandscapeError
        Unreadable, a column missing, a number that is none or comes twice, no name or one twice.
    """
    where = f"{path} ({key})"
    names: dict[int, str] = {}
    countries: dict[int, str] = {}
    groups: dict[int, tuple[str, ...]] = {}
    text = table_text(path, where)
    for line, row in csv_rows(text, where, ("code", "name"), ("iso3", "groups")):
        place = f"{where}, {line}"
        number = row["code"]
        if not re.fullmatch("0*[1-9][0-9]{0,14}", number):
            raise LandscapeError(
                f"code {number[:40]!r} is no whole number from 1",
                where=place,
                remedy="use the raster's numbers",
            )
        code, name = int(number), name_of(row["name"], place)
        if isinstance(name, LandscapeError):
            raise name
        if not name or code in names or name in names.values():
            what = f"code {code} has no name" if not name else f"{code} or {name!r} comes twice"
            raise LandscapeError(what, where=place, remedy="one line with one name for each area")
        names[code] = name
        iso = row["iso3"]
        countries[code] = iso if len(iso) == 3 and iso.isalpha() else ""
        groups[code] = tuple(g for one in row["groups"].split(BETWEEN_GROUPS) if (g := one.strip()))
    return ZoneNames(path, names, countries, groups)
