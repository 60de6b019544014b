"""A further edit, added by a class and a row of the table alone: the lowest ground is drowned."""

from __future__ import annotations

from typing import Literal

import numpy as np

from corridor_sim import Landscape, edits
from corridor_sim.landscape.edits.base import edited, parameter


class Flood(edits.Edit):
    """Put the lowest ground under water."""

    kind: Literal["flood"] = "flood"

    below_m: float = parameter(
        "height below which the ground is drowned", low=0, high=9e3, unit="m"
    )

    def describe(self) -> str:
        return f"flooded below {self.below_m:g} m"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        low = land["elevation_m"] < self.below_m
        water = land.covers.first("water", self.kind).code
        cover = np.where(low, np.uint8(water), land["land_cover"])
        return edited(land, self.describe(), {"land_cover": cover})
