"""What somebody who draws a change can choose among on this landscape."""

from __future__ import annotations

from typing import Any

import corridor_sim as cs


def choices_of(land: cs.Landscape) -> dict[str, Any]:
    """Return as plain data what a clearing can become, and by which pathways the air can warm.

    Returns
    -------
    dict
        ``cleared_to``: ``key`` and ``label`` of the land covers that people make, that which a
        clearing becomes by itself first. ``pathways``: ``name`` and ``years`` (first and last) of
        the region's warming, none where it tells of none.
    """
    made = [one for one in land.covers.rows if not (one.natural or one.water or one.barren)]
    made.sort(key=lambda one: not one.pasture)
    warming = land.region.warming
    years = [] if warming is None else [warming.reference_year, warming.last_year]
    return {
        "cleared_to": [{"key": one.key, "label": one.label} for one in made],
        "pathways": [
            {"name": name, "years": years} for name in ([] if warming is None else warming.pathways)
        ],
    }
