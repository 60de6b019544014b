"""Where an animal stands in its range when it is first looked at, in plain Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from oracles.step import World


def stand(
    x: float,
    y: float,
    places: list[tuple[float, float]],
    draw: float,
    worth: list[float],
    permeability: Any,
) -> tuple[float, float]:
    """Return one of the places ``(x, y) + out``, or (x, y) where none can be chosen."""
    at: Any = SimpleNamespace(x=x, y=y)
    nobody: Any = None
    sums, total = [], 0.0
    for (out_x, out_y), value in zip(places, worth, strict=True):
        way = World.way(nobody, at, x + out_x, y + out_y) if value > 0.0 else []
        if way and not any(permeability[cell] < 0 for cell in way[1:]):
            total += value
        sums.append(total)
    if not total > 0.0:
        return x, y
    k = next((i for i, below in enumerate(sums) if below > draw * total), len(places) - 1)
    return x + places[k][0], y + places[k][1]
