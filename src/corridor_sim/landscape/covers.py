"""The land-cover classes of the corridor: codes, names, colours, and what follows from a class.

Elevational limits of the natural zones are those of the southern part of the Cordillera Oriental
(Ministerio del Ambiente del Ecuador 2013, Sistema de clasificación de los ecosistemas).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corridor_sim.errors import nearest


@dataclass(frozen=True, slots=True)
class Cover:
    """One land-cover class: raster code, key used in species files, label, map colour, traits."""

    code: int
    key: str
    label: str
    colour: str
    natural: bool
    forest: bool


_ROWS = (
    Cover(1, "lowland_forest", "Lowland Amazon forest", "#1a5c2e", True, True),
    Cover(2, "premontane_forest", "Premontane forest", "#2e8540", True, True),
    Cover(3, "lower_montane_forest", "Lower montane forest", "#55a35a", True, True),
    Cover(4, "cloud_forest", "Montane cloud forest", "#7fbf9a", True, True),
    Cover(5, "upper_montane_forest", "Upper montane forest", "#a3c9b8", True, True),
    Cover(6, "paramo", "Páramo", "#c9b37c", True, False),
    Cover(7, "wetland", "Wetland and lake margin", "#6fb7c9", True, False),
    Cover(8, "water", "Open water", "#3b6fa0", True, False),
    Cover(9, "dry_scrub", "Dry inter-Andean scrub and dry forest", "#d9c79a", True, False),
    Cover(10, "secondary_forest", "Secondary forest and regrowth", "#9bcf5f", True, True),
    Cover(11, "crop_mosaic", "Smallholder crop mosaic", "#e8d44d", False, False),
    Cover(12, "pasture", "Pasture", "#e6e09a", False, False),
    Cover(13, "settlement", "Settlement", "#b03a2e", False, False),
    Cover(14, "mine", "Open-pit mine", "#5b4a42", False, False),
    Cover(15, "rock_ice", "Rock and ice", "#e9eef2", True, False),
)

COVERS: dict[str, Cover] = {row.key: row for row in _ROWS}
COVER_BY_CODE: dict[int, Cover] = {row.code: row for row in _ROWS}
FOREST_CODES: tuple[int, ...] = tuple(r.code for r in _ROWS if r.forest)
NATURAL_CODES: tuple[int, ...] = tuple(r.code for r in _ROWS if r.natural)


def refuse_unknown_covers(keys: Iterable[str]) -> None:
    """Refuse what is no key of :data:`COVERS`.

    Raises
    ------
    ValueError
        Naming the key and the nearest one.
    """
    for key in keys:
        if key not in COVERS:
            raise ValueError(f"unknown land cover {key[:60]!r}; {nearest(key[:60], COVERS)}")
