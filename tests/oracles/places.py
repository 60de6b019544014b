"""Twins of the kernels of :mod:`corridor_sim.kernels.places`: plain lists, everybody looked at."""

from __future__ import annotations

import math
from typing import Any


def crowding_at(x: float, y: float, animals: list[tuple[float, float]], crowd: Any) -> float:
    """Numbers over capacity: animals whose block lies in the disc of blocks around (x, y)."""
    rows, cols = crowd.number.shape

    def block(px: float, py: float) -> tuple[int, int]:
        row, col = int(py / crowd.side), int(px / crowd.side)
        return min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)

    row, col = block(x, y)
    disc = {(row + r, col + c) for r, c in zip(crowd.d_row, crowd.d_col, strict=True)}
    room = crowd.room[row, col]
    n = sum(block(*place) in disc for place in animals)
    return n / room if room > 0 else math.inf


def settle(
    seekers: list[tuple[float, float, bool]],
    tries: list[list[tuple[float, float]]],
    quality: Any,
    enough: float,
    crowd: Any,
    everyone: list[tuple[float, float]],
    residents: dict[bool, list[tuple[float, float]]],
    keep_off: tuple[float, float],
    reach: float,
    with_mate: bool,
) -> list[tuple[float, float] | None]:
    """New home-range centres in turn; ``everyone`` and ``residents`` (by male) grow on the way."""
    height, width = quality.shape

    def near(x: float, y: float, who: list[tuple[float, float]], far: float) -> bool:
        return any((a - x) * (a - x) + (b - y) * (b - y) <= far * far for a, b in who)

    chosen: list[tuple[float, float] | None] = []
    for (x, y, male), further in zip(seekers, tries, strict=True):
        best: tuple[float, float, float] | None = None
        for px, py in [(x, y), *further]:
            if not (0 <= px < width and 0 <= py < height):
                continue
            good = float(quality[int(py), int(px)])
            off = keep_off[1] if male else keep_off[0]
            fits = (
                good >= enough
                and (best is None or good > best[0])
                and crowding_at(px, py, everyone, crowd) < 1
                and not (off > 0 and near(px, py, residents[male], off))
                and not (with_mate and male and not near(px, py, residents[False], reach))
            )
            if fits:
                best = (good, px, py)
        if best is None:
            chosen.append(None)
            continue
        place = (best[1], best[2])
        chosen.append(place)
        everyone.append(place)
        residents[male].append(place)
    return chosen


def within(x: float, y: float, others: list[tuple[float, float]], reach: float) -> list[int]:
    """Positions of those within reach."""
    return [
        j
        for j, (a, b) in enumerate(others)
        if (a - x) * (a - x) + (b - y) * (b - y) <= reach * reach
    ]
