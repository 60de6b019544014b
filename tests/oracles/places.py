"""Twins of :mod:`corridor_sim.kernels.places` and ``mates``: plain lists, everybody looked at."""

from __future__ import annotations

import math
from typing import Any

from oracles.philox import philox4x32

TRIES = 32


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
            window = float(quality[int(py), int(px)])
            good = window * (1 - crowding_at(px, py, everyone, crowd)) if window >= enough else 0
            off = keep_off[1] if male else keep_off[0]
            fits = (
                good > 0
                and (best is None or good > best[0])
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


def mate(
    x: float,
    y: float,
    uniform: float,
    males: list[tuple[float, float]],
    reach: float,
    side: float,
    rows: int,
    cols: int,
) -> int:
    """Position of the mate of one female: drawn from the bins around until one lies in reach."""

    def bin_of(px: float, py: float) -> tuple[int, int]:
        return min(max(int(py / side), 0), rows - 1), min(max(int(px / side), 0), cols - 1)

    top, left = bin_of(x - reach, y - reach)
    bottom, right = bin_of(x + reach, y + reach)
    at = [bin_of(*place) for place in males]
    around = [j for j, (r, c) in enumerate(at) if top <= r <= bottom and left <= c <= right]
    around.sort(key=lambda j: (at[j], j))
    near = set(within(x, y, males, reach))
    if len(around) > TRIES:
        bits = int(uniform * 2**53)
        for t in range(TRIES):
            word = philox4x32((t, bits & (2**32 - 1), bits >> 32, 0), (0, 0))[0]
            j = around[word * len(around) >> 32]
            if j in near:
                return j
    inside = [j for j in around if j in near]
    return inside[min(int(uniform * len(inside)), len(inside) - 1)] if inside else -1
