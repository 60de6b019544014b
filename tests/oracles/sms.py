"""The stochastic movement simulator once more, in plain Python.

One disperser at a time, headings by arc tangent from remembered places, effective costs cell by
cell. Sums run in the kernel's order, so the two must agree to the last bit.
"""

from __future__ import annotations

import itertools
import math

from corridor_sim.kernels.cellwalk import WalkClock, Walkers
from corridor_sim.kernels.sms_group import SmsFields, SmsParams
from oracles.philox import as_fraction
from oracles.random_walk import (
    ALIVE,
    DIED,
    EXHAUSTED,
    RING,
    SETTLED,
    Counts,
    Walker,
    enter_zone,
    gets_across,
    settle_luck,
    walk_words,
)

Raster = list[list[float]]


def seen_towards(k: int, n: int) -> list[tuple[int, int]]:
    """Return the cells ``(row, column)``, relative, that lie within the range towards ``k``."""

    def span(step: int) -> range:
        if step == 0:
            return range(-(n // 2), n // 2 + 1)
        return range(1, n + 1) if step > 0 else range(-n, 0)

    return [(r, c) for r in span(RING[k][0]) for c in span(RING[k][1])]


def cost_towards(
    cost: Raster,
    row: int,
    col: int,
    k: int,
    n: int,
    method: str,
    nodata_cost: float | None = None,
    wrap: bool = False,
) -> float:
    """Return the effective cost of a step from one cell; NaN where nothing is seen."""
    height, width = len(cost), len(cost[0])
    total = over = 0.0
    for dr, dc in seen_towards(k, n):
        r, c = row + dr, col + dc
        if wrap:
            r, c = r % height, c % width
        one = cost[r][c] if 0 <= r < height and 0 <= c < width else math.nan
        if math.isnan(one):
            if nodata_cost is None:
                continue
            one = nodata_cost
        weight = 1.0 / math.sqrt(dr * dr + dc * dc) if method == "weighted" else 1.0
        total += weight * (1.0 / one if method == "harmonic" else one)
        over += weight
    if over == 0.0:
        return math.nan
    return over / total if method == "harmonic" else total / over


def weights(
    cost: Raster, n: int, method: str, nodata_cost: float | None = None, wrap: bool = False
) -> list[list[int]]:
    """Return the eight integers of every cell, cells in row order."""
    height, width = len(cost), len(cost[0])
    table = []
    for row, col in itertools.product(range(height), range(width)):
        found = []
        for k, (dr, dc) in enumerate(RING):
            r, c = row + dr, col + dc
            inside = 0 <= r < height and 0 <= c < width
            if not inside or math.isnan(cost[row][col]) or math.isnan(cost[r][c]):
                found.append(0.0)
                continue
            mean = cost_towards(cost, row, col, k, n, method, nodata_cost, wrap)
            found.append(1.0 / (mean * (math.sqrt(2.0) if k % 2 else 1.0)))
        most = max(found)
        scale = 65535.0 / most if most > 0.0 else 0.0
        table.append([max(int(w * scale + 0.5), 1) if w > 0.0 else 0 for w in found])
    return table


def direction(dx: int, dy: int) -> int | None:
    """Return the direction nearest to a displacement, rows growing southward; None for none."""
    if dx == dy == 0:
        return None
    return round(math.atan2(dx, -dy) / (math.pi / 4)) % 8


class Ways:
    """A landscape and the rules of one step on it."""

    def __init__(
        self, fields: SmsFields, params: SmsParams, shape: tuple[int, int], clock: WalkClock
    ) -> None:
        self.weights = fields.weights.tolist()
        self.mortality = fields.mortality.tolist()
        # the kernel's flags of cells near barriers are not for the twin
        zones = (fields.zone.reshape(-1) & 0x3FFF).tolist()
        self.zone = zones if len(zones) > 1 else None
        many = fields.permeability.size > 1
        self.permeability = fields.permeability.tolist() if many else None
        self.p = params
        self.persistence = params.persistence.tolist()
        self.bias = params.bias.tolist()
        self.settles = params.settles.tolist()
        self.width = shape[1]
        self.clock = clock

    def zone_at(self, cell: int) -> int:
        return 0 if self.zone is None else self.zone[cell]

    def hurries(self, w: Walker) -> bool:
        zone = self.zone_at(w.cell)
        if zone == 0:
            return 0 < w.outside <= self.p.near
        return zone == w.natal_zone or (self.p.straighten and w.refused == 1)

    def heading(self, w: Walker, turns: list[int]) -> int:
        """Return the direction from the cell of ``memory`` steps ago; 8 for none."""
        recent = turns[-self.p.memory :]
        dy = sum(RING[k][0] for k in recent)
        dx = sum(RING[k][1] for k in recent)
        found = direction(dx, dy)
        if found is None:
            return turns[-1] if turns else 8
        return found

    def choose(self, w: Walker, turns: list[int], draw: int) -> int | None:
        """Return the direction of the step, None on an island."""
        factors = self.persistence[int(self.hurries(w))][self.heading(w, turns)]
        parts = [weight * f for weight, f in zip(self.weights[w.cell], factors, strict=True)]
        if self.bias:
            row, col = divmod(w.cell, self.width)
            row0, col0 = divmod(w.start, self.width)
            away = direction(col - col0, row - row0)
            strength = self.bias[min(w.steps, len(self.bias) - 1)]
            for k in range(8):
                angle = 0 if away is None else min((k - away) % 8, (away - k) % 8)
                parts[k] *= strength[angle]
        sums = list(itertools.accumulate(parts))
        target = as_fraction(draw) * sums[-1]
        return next((k for k in range(8) if sums[k] > target), None)

    def arrive(self, w: Walker, step: int, counts: Counts) -> None:
        """Apply the rules of the zone that was reached, or of none."""
        zone = self.zone_at(w.cell)
        if zone == 0:
            w.refused = 0
            w.outside += 1
            return
        enter_zone(w, zone, step, counts)
        natal = zone == w.natal_zone
        if not natal and not w.refused and w.steps >= self.p.min_steps:
            if settle_luck(step, w.ident, self.clock) < self.settles[zone]:
                w.state, w.end_step = SETTLED, step
                return
            w.refused = 1
        if natal or w.refused:
            w.outside = 0

    def step(
        self, i: int, w: Walker, turns: list[int], step: int, counts: Counts, kept: tuple[int, int]
    ) -> None:
        draw, hazard_draw = walk_words(step, w.ident, self.clock)
        risk = self.mortality[w.cell if len(self.mortality) > 1 else 0]
        zone = self.zone_at(w.cell)
        chosen = self.choose(w, turns, draw)
        w.steps += 1
        if hazard_draw // 2 < risk and not (zone > 0 and zone == w.natal_zone):
            w.state, w.end_step = DIED, step
            return
        there = w.cell
        if chosen is not None:
            there += RING[chosen][0] * self.width + RING[chosen][1]
            if not gets_across(w, there, self.width, step, self.permeability, self.clock, counts):
                turns.clear()
                chosen = None
        if chosen is not None:
            counts.moves[w.cell, chosen] += 1
            w.cell = there
            w.diagonal += chosen % 2
            w.straight += 1 - chosen % 2
            turns.append(chosen)
        if self.zone is not None:
            self.arrive(w, step, counts)
        if w.state == ALIVE and w.steps >= self.p.max_steps:
            w.state, w.end_step = EXHAUSTED, step
        if w.state == ALIVE:
            counts.at_end_of_step(i, w.cell, step, self.clock, kept)


def walk(
    walkers: Walkers,
    fields: SmsFields,
    params: SmsParams,
    shape: tuple[int, int],
    clock: WalkClock,
    kept: tuple[int, int] = (0, 0),
) -> tuple[list[Walker], Counts]:
    """Return all dispersers after the steps of the clock, and the counts; nothing is changed."""
    counts = Counts()
    ways = Ways(fields, params, shape, clock)
    animals = [Walker(*row) for row in zip(*(c.tolist() for c in walkers), strict=True)]
    for i, w in enumerate(animals):
        turns = [k for k in ((w.memory >> 4 * j) & 15 for j in range(15, -1, -1)) if k < 8]
        for step in range(clock.first_step, clock.first_step + clock.n_steps):
            if w.state == ALIVE:
                ways.step(i, w, turns, step, counts, kept)
        past = ([8] * 16 + turns)[-16:]
        w.memory = sum(k << 4 * (15 - j) for j, k in enumerate(past))
        if w.outside > params.near:
            w.outside = 32767
    return animals, counts
