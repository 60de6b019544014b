"""What an animal remembers of barriers, in plain Python: tick by tick from the latest backwards."""

from __future__ import annotations

from typing import Any

from corridor_sim.kernels.crossing import Memory
from oracles.philox import CROSSING, as_fraction, keyed_words

FORGETTING = 4100
GOLDEN = 0x9E3779B1


def gate(
    step: int, ident: int, cell: tuple[int, int], width: int, memory: Memory, clock: Any
) -> tuple[float, int]:
    """Return (draw of the gate at ``cell`` = (row, column), number of the encounter)."""
    key = (int(clock.seed0), int(clock.seed1))

    def words(counter: int, purpose: int) -> tuple[int, int, int, int]:
        return keyed_words(counter, ident, clock.replicate, clock.stream, purpose, key)

    tick = (step + ident % memory.tick) // memory.tick
    if memory.fades < 1.0:
        while tick > 0 and as_fraction(words(tick // 4, FORGETTING)[tick % 4]) >= memory.fades:
            tick -= 1
    row, col = (int((at + 0.5) / memory.stretch) for at in cell)
    place = row * width + col
    draw = as_fraction(words((tick + place * GOLDEN) % 2**32, CROSSING)[0])
    return draw, tick * 2**31 + place
