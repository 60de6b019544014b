"""Files of other programs, read and written: ``corridor_sim.formats``.

One class a program, each with the same three verbs: ``read`` takes its files, ``of`` makes them
from what this program holds, ``write`` puts them into a folder. What of a file is not understood is
refused by name. ``cs.export`` writes them from a results folder.
"""

from __future__ import annotations

from corridor_sim.formats.circuitscape import Circuitscape
from corridor_sim.formats.conefor import Conefor
from corridor_sim.formats.marxan import Marxan
from corridor_sim.formats.zonation import Zonation

__all__ = ["Circuitscape", "Conefor", "Marxan", "Zonation"]
