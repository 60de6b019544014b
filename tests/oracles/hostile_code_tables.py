"""Tables of land-cover codes with odd keys, values, bytes and forms."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from corridor_sim.landscape.io.code_table import read_code_table
from oracles.andes_covers import TABLE
from oracles.hostile import Case
from oracles.odd_values import odd, odd_key, quoted

HEADS = (
    "code,cover",
    "code;cover",
    "cover,code",
    "code",
    "",
    "code,code",
    "Code,Cover",
    "code,cover,",
    "\x00,cover",
    '"code","cover"',
    "code\tcover",
)
CELLS = (
    "2",
    "-1",
    "1e30",
    "1e999",
    "nan",
    "inf",
    "²",
    "٣",
    "0x10",
    "1_0",
    "",
    " ",
    "pasture",
    "water",
    "paramo",
    "\x00",
    '"',
    '""',
    "'",
    "9" * 400,
    "9" * 5000,
    "2.5",
    "2.0",
    "a" * 20_000,
    "\ud800",
    "=1+1",
    "by_elevation",
    "\r",
    "é",
    "\u2028",
)


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Yield code tables, for ever."""
    while True:
        if rng.random() < 0.5:
            key = rng.choice((odd_key(rng), "2", "-3", "1e9", "9" * 5000, "²", "2.0", "true"))
            tables = (
                "[codes]\n",
                "",
                "codes = ",
                "[[codes]]\n",
                "[codes.codes]\n",
                "[codes]\n5 = 'water'\n#",
            )
            head = rng.choice(tables)
            text = head + (odd(rng) if head == "codes = " else f"{quoted(key)} = {odd(rng)}\n")
            path = folder / "codes.toml"
        else:
            rows = [_row(rng, i) for i in range(rng.randrange(4))]
            text = "\n".join([rng.choice((HEADS[0], rng.choice(HEADS))), *rows])
            path = folder / "codes.csv"
        yield Case(f"{path.name}: {text[:200]!r}", _read(path, text))


def _row(rng: random.Random, number: int) -> str:
    if rng.random() < 0.6:
        return f"{number},pasture"
    return ",".join(rng.choice(CELLS) for _ in range(rng.choice((0, 1, 2, 2, 2, 3))))


def _read(path: Path, text: str) -> Callable[[], None]:
    def do() -> None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        read_code_table(path, TABLE)

    return do
