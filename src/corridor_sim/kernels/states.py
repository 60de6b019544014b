"""Integer states of an animal, shared by kernels, engine and tables."""

from __future__ import annotations

RESIDENT = 0
DISPERSER = 1
STAGES = ("resident", "disperser")

ALIVE = 0
# Causes of death are ALIVE + 1 + index into CAUSES. The first is the natural hazard of the animal's
# class; the others are layers of the landscape that the animal meets on its way.
CAUSES = ("natural", "hunting", "road", "poison")
