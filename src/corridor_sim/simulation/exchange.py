"""Who joins another block: the unit in which both simulators count exchange between core areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.blocks import Blocks, blocks_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.pairs import Pairs

# outcomes that are undefined where there are not two blocks to go between
BETWEEN_BLOCKS = frozenset(
    {"joining_per_year", "dispersal_success", "migrants_per_generation", "border_joining_per_year"}
)


@dataclass(frozen=True, slots=True)
class CoreAreas:
    """The core areas of a landscape: in which block and in which country each lies.

    Attributes
    ----------
    blocks : Blocks
    country : array of str ``[zone + 1]``
    """

    blocks: Blocks
    country: NDArray[np.str_]

    @staticmethod
    def of(land: Landscape, blocks: Blocks | None = None) -> CoreAreas:
        """Return those of a landscape; ``blocks`` are its blocks, where they are known already."""
        return CoreAreas(
            blocks_of(land) if blocks is None else blocks, np.array(land.zone_countries)
        )

    @property
    def n(self) -> int:
        """Number of core areas, those without a cell included."""
        return self.country.size - 1

    def between_blocks(self, settled: Pairs) -> Pairs:
        """Return who settled in a core area of another block than that of its birth."""
        here, there = (self.blocks.of_zone[end] for end in (settled.start, settled.end))
        return settled.where((here > 0) & (there > 0) & (here != there))

    def across_the_border(self, settled: Pairs) -> Pairs:
        """Return who settled in another block, in a core area of another country."""
        between = self.between_blocks(settled)
        return between.where(self.country[between.start] != self.country[between.end])

    def within_blocks(self, settled: Pairs) -> Pairs:
        """Return who settled in another core area of the block that it was born in."""
        other = settled.elsewhere()
        here, there = (self.blocks.of_zone[end] for end in (other.start, other.end))
        return other.where(here == there)
