"""Twins of :mod:`corridor_sim.kernels.searching`: one walk, one place, one disc after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LEVELS, CHOICE, TINY = 8, 0.08, 1e-6
OPTIONS = 4


def options(tile: Any, quality: Any) -> list[list[tuple[int, int, int]]]:
    """For each look the first tiles seen: tile, places in it, step of the best quality."""
    found = []
    for tiles, goods in zip(tile.tolist(), quality.tolist(), strict=True):
        seen: dict[int, list[int]] = {}
        for t, good in zip(tiles, goods, strict=True):
            if t >= 0 and (t in seen or len(seen) < OPTIONS):
                seen.setdefault(t, []).append(min(int(good * LEVELS), LEVELS - 1))
        found.append([(t, len(steps), max(steps)) for t, steps in seen.items()])
    return found


def law(load: float, c: int) -> list[float]:
    """The Poisson law cut off above ``c``: the chances of 0, 1, ..., c, from logarithms."""
    logs = [n * math.log(load) - math.lgamma(n + 1) for n in range(c + 1)]
    weights = [math.exp(one - max(logs)) for one in logs]
    return [one / sum(weights) for one in weights]


def mean_of(load: float, c: int) -> float:
    """Its mean."""
    return sum(n * p for n, p in enumerate(law(load, c)))


def birth(x: float, rates: Any) -> float:
    """Chance to give birth where numbers over capacity are ``x``."""
    return float(np.interp(x, [0.0, 1.0, rates[2]], [rates[0], rates[1], 0.0]))


def sums(values: F64, near: Any) -> list[float]:
    """Sums over the neighbours of each square, in their order."""
    found = []
    for s in range(near.first.size - 1):
        total = 0.0
        for k in near.near[near.first[s] : near.first[s + 1]].tolist():
            total += float(values[k])
        found.append(total)
    return found


def with_room(room_of: F64, c: int, x: float) -> float:
    """Chance of room in ``c`` places of which the share ``x`` is taken, between the steps."""
    steps, c = room_of.shape[1] - 1, min(c, room_of.shape[0] - 1)
    low = int(x * steps)
    if low >= steps:
        return 0.0
    rest = x * steps - low
    return float((1.0 - rest) * room_of[c, low] + rest * room_of[c, low + 1])


class Season:
    """What :func:`corridor_sim.kernels.searching.search_season` is told, by name."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def chances(self) -> tuple[list[list[float]], list[list[float]]]:
        """Chance of a home by sex and square, and by square how much each step draws."""
        told = self.told
        lived, room, looks = told["lived"], told["room"], told["looks"]
        near = [sums(lived[sex], told["crowd"]) for sex in (0, 1)]
        together = sums(lived[0] + lived[1], told["crowd"])
        females = sums(lived[0], told["mates"])
        chance: list[list[float]] = [[], []]
        draw = []
        for s, feeds in enumerate(room.tolist()):
            c = math.ceil(feeds)
            both = together[s]
            once = 1.0
            for sex in (0, 1):
                p = 0.0
                if c >= 1:
                    p = with_room(told["room_of"], c, both / c)
                    kept_off = float(told["keep_off"][sex, s])
                    if p > 0 and kept_off > 0:
                        others = near[sex][s] / feeds * kept_off
                        p *= 1.0 - (1.0 - math.exp(-others)) ** float(looks[sex])
                    if p > 0 and sex == 1 and told["with_mate"]:
                        p *= 1.0 - math.exp(-females[s])
                chance[sex].append(p)
            steps = [1.0] * LEVELS
            if c >= 1:
                once = math.exp(max(1.0 - both / feeds, 0.0) / (LEVELS * CHOICE))
                steps[0] = math.sqrt(once)
                for q in range(1, LEVELS):
                    steps[q] = steps[q - 1] * once
            draw.append(steps)
        return chance, draw

    def run(self) -> None:
        """Let the season pass; arrays are changed in place."""
        told = self.told
        mass, per_year = told["mass"], told["turns"].size
        n, groups = mass.shape[0], mass.shape[1]
        rooms = len(told["room"])
        chance, draw = [[0.0] * rooms, [0.0] * rooms], [[1.0] * LEVELS for _ in range(rooms)]
        for o in range(told["first"], told["end"]):
            self.grow(o, per_year)
            turns = int(told["turns"][o])
            parts = max(turns, 1)
            tried = mass[:, :, 1:].copy()
            for _ in range(parts):
                if turns:
                    chance, draw = self.chances()
                for w in range(n):
                    for y in range(groups):
                        if mass[w, y, 1] + mass[w, y, 2] < TINY:
                            continue
                        ready, displaced = mass[w, y, 1], mass[w, y, 2]
                        if parts > 1:
                            ready, displaced = tried[w, y] / parts
                        self.settle(w, y, o, float(ready), float(displaced), chance, draw)

    def grow(self, o: int, per_year: int) -> None:
        """The dead leave their walks, and some become ready."""
        told = self.told
        for w, last in enumerate(told["reached"].tolist()):
            for y in range(told["mass"].shape[1] - 1):
                now = told["mass"][w, y]
                if y * per_year + o >= last:
                    now[:] = 0.0
                    continue
                more = now[0] * told["ready_share"][told["male"][w], y * per_year + o]
                now[0] -= more
                now[1] += more

    def settle(
        self, w: int, y: int, o: int, ready: float, displaced: float, chance: Any, draw: Any
    ) -> None:
        """Those of one walk and year look for a home on one occasion."""
        told, sex = self.told, int(self.told["male"][w])
        groups = told["mass"].shape[1]
        at = y * told["turns"].size + o
        k = told["home"].shape[0] - 1 if y == groups - 1 else at
        tiles = [t for t in told["home"][k, w].tolist() if t >= 0]
        squares = told["square"][tiles].tolist()
        weights = [
            chance[sex][s] * int(told["count"][k, w, m]) * draw[s][int(told["level"][k, w, m])]
            for m, s in enumerate(squares)
        ]
        best = max((chance[sex][s] for s in squares), default=0.0)
        if best <= 0:
            return
        total = 0.0
        for one in weights:
            total += one
        found, other = ready * best, displaced * best
        told["mass"][w, y, 1] -= found
        told["mass"][w, y, 2] -= other
        for m, (t, s) in enumerate(zip(tiles, squares, strict=True)):
            share = weights[m] / total
            if share == 0:
                continue
            told["settled"][sex, y, t] += found * share
            told["again"][sex, t] += other * share
            told["lived"][sex, s] += (found + other) * share
            told["joined"][told["born_in"][w], told["block"][t]] += found * share
            if told["flow"].shape[0]:
                told["flow"][w, at, m] += found * share
