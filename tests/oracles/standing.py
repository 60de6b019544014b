"""Where an animal stands in its range when it is first looked at, in plain Python."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

from oracles.step import World


def chance_of(way: list[tuple[int, int]], permeability: Any) -> float:
    """Return the chance that a way of cells is passed."""
    p = [float(permeability[cell]) for cell in way]
    if min(p[1:], default=1.0) < 0:  # over no ground
        return 0.0
    chance = 1.0
    for here, there in itertools.pairwise(p):
        if there < here:
            chance *= there / here
    return chance


def stand(
    x: float,
    y: float,
    places: list[tuple[float, float]],
    draw: float,
    weight: Any,
    permeability: Any,
) -> tuple[float, float]:
    """Return one of the places ``(x, y) + out``, or (x, y) where none can be chosen."""
    at: Any = SimpleNamespace(x=x, y=y)
    nobody: Any = None
    height, width = permeability.shape
    sums, total = [], 0.0
    for out_x, out_y in places:
        nx, ny = x + out_x, y + out_y
        strength = 0.0
        if 0.0 <= nx < width and 0.0 <= ny < height:
            for season in weight:
                strength += max(float(season[int(ny), int(nx)]), 0.0)
            if strength > 0.0 and chance_of(World.way(nobody, at, nx, ny), permeability) <= 0.0:
                strength = 0.0
        total += strength * strength
        sums.append(total)
    if not total > 0.0:
        return x, y
    k = next((i for i, below in enumerate(sums) if below > draw * total), len(places) - 1)
    return x + places[k][0], y + places[k][1]
