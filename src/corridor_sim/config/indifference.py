"""``[indifference]``: the smallest change that matters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from corridor_sim.toml.strict import Strict

USUAL_SHARE = 0.05
Amount = Annotated[float, Field(ge=0, le=1e12)]


class Indifference(Strict):
    """``[indifference]``: changes too small to matter, whatever their intervals.

    Attributes
    ----------
    share : float
        Share of the reference that a change has to exceed, where nothing else is said of an
        outcome: 0.05 is 5 per cent.
    outcomes : mapping of outcome to float
        The smallest change that matters in an outcome, in its own unit; instead of what the table
        of outcomes says.
    """

    share: float = Field(default=USUAL_SHARE, ge=0, le=1)
    outcomes: dict[str, Amount] = Field(default_factory=dict)
