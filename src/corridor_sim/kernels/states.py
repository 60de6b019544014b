"""Integer states of an animal, shared by kernels, engine and tables."""

from __future__ import annotations

RESIDENT = 0
DISPERSER = 1
# A resident whose home lost its suitability: it searches like a disperser but is none.
DISPLACED = 2
STAGES = ("resident", "disperser", "displaced")

ALIVE = 0
# Causes of death are ALIVE + 1 + index into CAUSES. The first is the natural hazard of the animal's
# class; the others are layers of the landscape that the animal meets on its way.
CAUSES = ("natural", "hunting", "road", "poison")
# A disperser whose time is over; no cause of death comes near the number.
SETTLED = 100
# Ends of a walk from cell to cell, before its animal is told of them: a walker that died has no
# cause yet. Where cells absorb, their own codes, 2 to 127, stand for the end: such a walk neither
# exhausts itself nor settles.
WALK_DIED = 1
WALK_EXHAUSTED = 2
WALK_SETTLED = 3
