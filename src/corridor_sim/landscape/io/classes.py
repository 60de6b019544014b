"""What the codes of class layers are called and how they look, in maps and files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corridor_sim.landscape.covers import CoverTable
from corridor_sim.languages import mark

# value, label and colour, ``#rrggbb`` or ``#rrggbbaa``
Classes = Sequence[tuple[int, str, str]]

CLASSES: Mapping[str, Classes] = {
    "road": (
        (0, mark("No road"), "#ffffff00"),
        (1, mark("Secondary or gravel"), "#b07d3c"),
        (2, mark("Primary paved"), "#8c1c13"),
        (3, mark("With a crossing structure"), "#1b9e77"),
    ),
    "river": (
        (0, mark("No river"), "#ffffff00"),
        (1, mark("Under 50 m"), "#9ecae1"),
        (2, mark("50 to 300 m"), "#4292c6"),
        (3, mark("Over 300 m"), "#08519c"),
    ),
    "outside": ((0, mark("Ground"), "#ffffff00"), (1, mark("No ground"), "#e6eef2ff")),
    "protection": ((0, mark("Not protected"), "#ffffff00"), (1, mark("Protected"), "#2b8a6e")),
    "roost": ((0, mark("No roost"), "#ffffff00"), (1, mark("Cliffs fit for roosting"), "#6a3d9a")),
}


def classes_of(layer: str, covers: CoverTable) -> Classes:
    """Return value, label and colour of the classes of a layer; nothing where it has none."""
    if layer == "land_cover":
        return tuple((c.code, c.label, c.colour) for c in covers.rows)
    return CLASSES.get(layer, ())


def flags_of(classes: Classes, dtype: Any) -> dict[str, Any]:
    """Return CF's attributes of a variable of classes: ``flag_values`` and ``flag_meanings``."""
    words = (re.sub("[^a-z0-9]+", "_", _ascii(row[1].lower())) for row in classes)
    return {
        "flag_values": np.array([row[0] for row in classes], dtype),
        "flag_meanings": " ".join(words),
    }


def _ascii(text: str) -> str:
    """Letters without their accents: CF words must be plain."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
