"""How years are computed: the rules that all species of a run share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """How years are computed; the same for all species of a run.

    Attributes
    ----------
    movement : bool
        Without it nobody moves: the young settle where they were born and nobody meets a hazard.
    days_per_season : int or None
        Days of each season on which residents are moved; None = all.
    settle_every_d : int
        Days between two occasions to settle.
    crowding : bool
        Whether births fall with numbers over capacity.
    """

    movement: bool = True
    days_per_season: int | None = None
    settle_every_d: int = 15
    crowding: bool = True
