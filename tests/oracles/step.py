"""The movement kernel once more, in plain Python, written to be read.

One animal at a time, one step at a time, with Python floats and integers and dictionaries of
counts. Every floating-point operation is the kernel's own, in the same order, so the two must agree
to the last bit; the kernel may be made faster as long as they still do.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from corridor_sim.kernels.records import Animals, Clock, Fields, Params
from oracles.philox import CAUSE, REST, ROOST, as_fraction, keyed_words
from oracles.remembered import gate

ALIVE = 0


@dataclass
class Animal:
    """One row of the animal arrays, as plain numbers."""

    ident: int
    klass: int
    x: float
    y: float
    heading_x: float
    heading_y: float
    centre_x: float
    centre_y: float
    roost_x: float
    roost_y: float
    state: int
    end_step: int
    natal_zone: int
    last_zone: int
    first_zone: int
    first_step: int
    path_m: float
    flapped_m: float
    takeoffs: int
    reserve_m: float
    aloft: int
    met: int
    profile: int
    behaviour: int


@dataclass
class Counts:
    """What was counted: where, how often."""

    visits: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    passed: Counter[tuple[int, int]] = field(default_factory=Counter)
    blocked: Counter[tuple[int, int]] = field(default_factory=Counter)
    transits: Counter[tuple[int, int]] = field(default_factory=Counter)
    tracks: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    # cells that had a say in the life of each animal
    touched: dict[int, set[tuple[int, int]]] = field(default_factory=dict)


def running_odds(weights: list[float], total: float) -> list[float]:
    """Return running sums of each weight over the others, at least 2^-32 of the total."""
    sums, odds = [], 0.0
    for weight in weights:
        odds += weight / max(total - weight, total * 2.0**-32 + 1e-300)
        sums.append(odds)
    return sums


class World:
    """Fields, parameters and clock of one run as plain lists, and the rules of one step."""

    def __init__(self, fields: Fields, params: Params, clock: Clock) -> None:
        def plain(record: Any) -> Any:
            return type(record)(*(v.tolist() if hasattr(v, "tolist") else v for v in record))

        self.fields = plain(fields)
        self.params = plain(params)
        self.clock = plain(clock)
        self.height = len(self.fields.zone)
        self.width = len(self.fields.zone[0])
        self.soars = self.params.lift_samples > 0
        self.looked_at: set[tuple[int, int]] = set()

    def words(self, step: int, ident: int, purpose: int) -> tuple[int, int, int, int]:
        c = self.clock
        return keyed_words(step, ident, c.replicate, c.stream, purpose, (c.seed0, c.seed1))

    def uniform(self, step: int, ident: int, purpose: int) -> float:
        return as_fraction(self.words(step, ident, purpose)[0])

    # -- propose -----------------------------------------------------------------------------------

    def gait(self, a: Animal) -> int:
        """Return the row of the tables of steps and turns: class, profile, behaviour."""
        profiles = len(self.params.switch) // len(self.params.rest)
        behaviours = len(self.params.switch[0][0])
        return (a.klass * profiles + a.profile) * behaviours + max(a.behaviour, 0)

    def switched(self, a: Animal, word: int) -> int:
        """Return the behaviour of a step, given that of the one before; -1 is an animal's first."""
        profiles = len(self.params.switch) // len(self.params.rest)
        sums = self.params.switch[a.klass * profiles + a.profile][a.behaviour + 1]
        return sum(as_fraction(word) >= below for below in sums[:-1])

    def proposal(self, word: int, a: Animal, s: int) -> tuple[float, float, float, float]:
        """Return (x, y, direction x, direction y): low half of the word is length, high half turn.

        A step of length L (in units of scale) is one of an Ornstein-Uhlenbeck process.
        """
        gait = self.gait(a)
        lengths = self.params.length[gait]
        cosines = self.params.turn_cos[gait]
        sines = self.params.turn_sin[gait]
        length = lengths[((word % 65536) * len(lengths)) // 65536]
        turn = ((word // 65536) * len(cosines)) // 65536
        cos, sin = cosines[turn], sines[turn]
        ux, uy = a.heading_x * cos - a.heading_y * sin, a.heading_x * sin + a.heading_y * cos
        tied = min(self.params.tether[gait][s] * (length * length), 1.0)
        back = self.params.pull[gait][s] - 2.0 * tied
        away = self.params.scale[gait][s] * length * math.sqrt(1.0 - tied)
        x = (a.centre_x + back * (a.x - a.centre_x)) + away * ux
        y = (a.centre_y + back * (a.y - a.centre_y)) + away * uy
        return x, y, ux, uy

    # -- weigh -------------------------------------------------------------------------------------

    def weight(self, a: Animal, x: float, y: float, season: int, thermal: float) -> float:
        if not (0.0 <= x < self.width and 0.0 <= y < self.height):
            return 0.0
        self.looked_at.add((int(y), int(x)))
        weight: float = self.fields.weight[season][int(y)][int(x)]
        if weight < 0:  # no ground: it stands for staying
            weight = self.fields.weight[season][int(a.y)][int(a.x)]
        if self.soars:
            weight *= self.soar_weight(a, x, y, thermal)
        return weight

    def lifts(self, a: Animal, x: float, y: float, thermal: float) -> list[float]:
        """Return the lift in m/s at the sample points of the way to ``(x, y)``."""
        n = self.params.lift_samples
        found = []
        for k in range(n):
            t = (k + 0.5) / n
            row, col = int(a.y + t * (y - a.y)), int(a.x + t * (x - a.x))
            self.looked_at.add((row, col))
            orographic = self.fields.lift_orographic_ms[row][col]
            found.append(max(orographic, thermal * self.fields.lift_thermal_ms[row][col]))
        return found

    def soar_weight(self, a: Animal, x: float, y: float, thermal: float) -> float:
        shares = [min(1.0, lift / self.params.sink_ms) for lift in self.lifts(a, x, y, thermal)]
        total = 0.0
        for share in shares:  # sum() would compensate its rounding from Python 3.12 on
            total += share
        quality = total / len(shares)
        floor = self.params.soar_floor
        weight: float = floor + (1.0 - floor) * quality * quality
        return weight

    # -- cross -------------------------------------------------------------------------------------

    def way(self, a: Animal, x: float, y: float) -> list[tuple[int, int]]:
        """Return the cells ``(row, col)`` on the straight line, each sharing an edge with the next.

        Across a vertical edge if the line meets one before the next horizontal one.
        """
        row, col = int(a.y), int(a.x)
        end_row, end_col = int(y), int(x)
        dx, dy = x - a.x, y - a.y
        t_col = t_row = gap_col = gap_row = math.inf
        if dx != 0.0:
            t_col = ((col + 1 if dx > 0.0 else col) - a.x) / dx
            gap_col = abs(1.0 / dx)
        if dy != 0.0:
            t_row = ((row + 1 if dy > 0.0 else row) - a.y) / dy
            gap_row = abs(1.0 / dy)
        cells = [(row, col)]
        while (row, col) != (end_row, end_col):
            if row == end_row or (col != end_col and t_col < t_row):
                col += 1 if dx > 0.0 else -1
                t_col += gap_col
            else:
                row += 1 if dy > 0.0 else -1
                t_row += gap_row
            cells.append((row, col))
        return cells

    def permeability(
        self, cells: list[tuple[int, int]]
    ) -> tuple[float, tuple[int, int] | None, tuple[int, int] | None]:
        """Return (chance, first barrier cell entered from open ground, first of all in order)."""
        p = [self.fields.permeability[row][col] for row, col in cells]
        if min(p[1:], default=1.0) < 0:  # over no ground
            return 0.0, None, None
        chance = 1.0
        for here, there in itertools.pairwise(p):
            if there < here:
                chance *= there / here
        barred = [cell for cell, q in zip(cells[1:], p[1:], strict=True) if q < 1.0]
        met = [k for k in range(1, len(cells)) if p[k] < 1.0 and p[k - 1] >= 1.0]
        return chance, cells[met[0]] if met else None, min(barred, default=None)

    # -- fly ---------------------------------------------------------------------------------------

    def fly(self, a: Animal, x: float, y: float, way_m: float, thermal: float) -> None:
        """Spend or win height along the way, and flap where there is none left."""
        p = self.params
        if a.aloft == 0:
            a.takeoffs += 1
            a.aloft = 1
        flapped_m = 0.0
        for lift in self.lifts(a, x, y, thermal):
            if lift >= p.sink_ms:
                a.reserve_m = p.climb_ceiling_m
            else:
                a.reserve_m -= way_m / p.lift_samples / p.glide_ratio
                if a.reserve_m < 0.0:
                    flapped_m -= a.reserve_m * p.glide_ratio
                    a.reserve_m = 0.0
        a.flapped_m += flapped_m

    # -- one step ----------------------------------------------------------------------------------

    def move(self, a: Animal, step: int, s: int, counts: Counts) -> None:
        """Propose, weigh, choose, cross."""
        p = self.params
        season = self.clock.season_of_day[step // p.steps_per_day % len(self.clock.season_of_day)]
        thermal = p.thermal_of_step[s]
        words: list[int] = []
        while len(words) < p.n_candidates + 1:
            words += self.words(step, a.ident, len(words) // 4)

        candidates = []
        total = 0.0
        for word in words[: p.n_candidates]:
            x, y, ux, uy = self.proposal(word, a, s)
            weight = self.weight(a, x, y, season, thermal)
            total += weight
            candidates.append((weight, x, y, ux, uy))
        if not total > 0.0:
            a.heading_x, a.heading_y = -a.heading_x, -a.heading_y
            return

        sums = running_odds([c[0] for c in candidates], total)
        target = as_fraction(words[p.n_candidates]) * sums[-1]
        first = next(k for k, odds in enumerate(sums) if odds > target)
        _, x, y, ux, uy = candidates[first]
        unit = 1.5 - 0.5 * (ux * ux + uy * uy)
        a.heading_x, a.heading_y = ux * unit, uy * unit

        way = self.way(a, x, y)
        self.looked_at.update(way)
        chance, barrier, mark = self.permeability(way)
        crossed = chance == 1.0 or mark is not None
        if chance < 1.0 and mark is not None:
            draw, met = gate(step, a.ident, mark, self.width, p.memory, self.clock)
            crossed = draw < chance
            if barrier is not None and met != a.met:
                a.met = met
                (counts.passed if crossed else counts.blocked)[barrier] += 1
        if not crossed:
            a.heading_x, a.heading_y = -a.heading_x, -a.heading_y
            return
        length = math.sqrt((x - a.x) * (x - a.x) + (y - a.y) * (y - a.y))
        a.path_m += length * p.cell_m
        if self.soars:
            self.fly(a, x, y, length * p.cell_m, thermal)
        a.x, a.y = x, y

    def roost(self, a: Animal, step: int, s: int) -> None:
        """Go to last night's roost or to the nearest one, and land."""
        p = self.params
        x, y = a.roost_x, a.roost_y
        back = self.uniform(step, a.ident, ROOST) < p.roost_return[a.klass]
        self.looked_at.add((int(a.y), int(a.x)))
        nearest = self.fields.nearest_roost[int(a.y)][int(a.x)]
        if not back and nearest >= 0:
            x, y = nearest % self.width + 0.5, nearest // self.width + 0.5
        chance, _, mark = self.permeability(self.way(a, x, y))
        if chance < 1.0 and mark is None:
            x, y = a.x, a.y
        way = math.sqrt((x - a.x) * (x - a.x) + (y - a.y) * (y - a.y))
        a.path_m += way * p.cell_m
        if way > 0.0 and self.soars:
            self.fly(a, x, y, way * p.cell_m, p.thermal_of_step[s])
        a.x = a.roost_x = x
        a.y = a.roost_y = y
        a.aloft, a.reserve_m = 0, 0.0

    def cause(self, a: Animal, step: int) -> int:
        """Return 0 for natural, c for hazard layer c, drawn in proportion to the rates here."""
        natural = self.params.hazard_class[a.klass]
        rates = [layer[int(a.y)][int(a.x)] for layer in self.fields.hazard_per_day]
        total = natural
        for rate in rates:
            total += rate
        left = self.uniform(step, a.ident, CAUSE) * total - natural
        for c, rate in enumerate(rates):
            if left < 0.0:
                return c
            left -= rate
        return len(rates)

    def step(self, i: int, a: Animal, step: int, counts: Counts, n_records: int) -> None:
        """Take one decision step: rest or move, roost, be counted, perhaps die."""
        p = self.params
        s = step % p.steps_per_day
        rest = p.rest[a.klass][s]
        behaves = len(p.switch[0][0]) > 1
        words = self.words(step, a.ident, REST) if behaves or rest > 0.0 else (0, 0, 0, 0)
        if behaves:
            a.behaviour = self.switched(a, words[1])
        if rest > 0.0 and as_fraction(words[0]) < rest:
            a.aloft, a.reserve_m = 0, 0.0
        else:
            self.move(a, step, s, counts)
        if s == p.steps_per_day - 1 and p.roost_return[a.klass] >= 0.0:
            self.roost(a, step, s)

        row, col = int(a.y), int(a.x)
        self.looked_at.add((row, col))
        counts.visits[p.stage[a.klass], row, col] += 1
        zone = self.fields.zone[row][col]
        if zone > 0 and zone != a.last_zone:
            if a.last_zone > 0:
                counts.transits[a.last_zone, zone] += 1
            a.last_zone = zone
            if a.first_zone == 0 and zone != a.natal_zone:
                a.first_zone, a.first_step = zone, step
        record = (step + 1) // self.clock.track_every - 1
        if (step + 1) % self.clock.track_every == 0 and record < n_records:
            counts.tracks[i, record] = (a.x, a.y)

        hazard, own = self.fields.hazard_step[row][col], p.hazard_class_step[a.klass]
        killed = 1.0 - (1.0 - hazard) * (1.0 - own)
        word = self.words(step, a.ident, (p.n_candidates + 1) // 4)[(p.n_candidates + 1) % 4]
        if as_fraction(word) < killed:
            a.state, a.end_step = ALIVE + 1 + self.cause(a, step), step

    def run(self, i: int, a: Animal, counts: Counts, n_records: int) -> None:
        """Take all steps of the clock, or die."""
        self.looked_at = counts.touched.setdefault(i, {(int(a.y), int(a.x))})
        for k in range(self.clock.n_steps):
            if a.state != ALIVE:
                break
            self.step(i, a, self.clock.first_step + k, counts, n_records)


def advance(
    animals: Animals, fields: Fields, params: Params, clock: Clock, n_records: int = 0
) -> tuple[list[Animal], Counts]:
    """Return all animals after ``clock.n_steps`` steps, and the counts; nothing is changed."""
    world = World(fields, params, clock)
    counts = Counts()
    rows = zip(*(column.tolist() for column in animals), strict=True)
    individuals = [Animal(*row) for row in rows]
    for i, animal in enumerate(individuals):
        if animal.state == ALIVE:
            world.run(i, animal, counts, n_records)
    return individuals, counts
