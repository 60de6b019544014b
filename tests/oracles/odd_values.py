"""Values that belong in no settings file, as TOML text, and odd names of keys."""

from __future__ import annotations

import random

WRONG = (
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    '""',
    '" "',
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2",
    "-0.0",
    "0.5",
    "1.5",
    "'text'",
    "[1]",
    "['a']",
    "[1, 'a']",
    "[[1, 2], [3]]",
    "[[0, 0], [1, 1], [0, 0]]",
    "{ a = 1 }",
    "{ kind = [] }",
    "[{ kind = {} }]",
    "{ value = [] }",
    "{ value = {} }",
    "2020-01-01",
    "12:00:00",
    "2020-01-01T00:00:00Z",
    "[2020-01-01]",
    "[true]",
    "[0]",
    "[-1]",
    "[[-79, -3], [-78, -4]]",
    "[[-79, -3], [-78, -3], [-78, -4]]",
    "'.'",
    "'/'",
    "'..'",
)
NUMBERS = (
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "1e-308",
    "5e-324",
    "1e30",
    "1e19",
    "-1e19",
    "1e9",
    "1e-9",
    "0.001",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1000000000",
    "2147483648",
    "4294967296",
    "65536",
    "36525.1",
    "0x7fffffffffffffffff",
    "9" * 400,
    "9" * 5000,
    "[1e308, 1e308]",
    "[[1e308, -1e308], [1e308, 1], [0, 0]]",
    "[nan]",
    "[inf, inf]",
    f"[{'9' * 5000}]",
)
TEXTS = (
    r'"\u0000"',
    r'"a\u0000b"',
    r'"line\nbreak"',
    r'"\u001b[31mred"',
    r'"\u202egnp.fit"',
    r'"\u0085"',
    r'"\u2028"',
    r'"\ufeff"',
    r'"\u007f"',
    r'"\U0010ffff"',
    r'"\u00ad"',
    '"' + "a" * 300 + '"',
    '"' + "b/" * 3000 + '"',
    '"' + "c" * 100_000 + '"',
    "'/proc/kmsg'",
    "'/dev/zero'",
    "'/dev/stdin'",
    "'/proc/self/mem'",
    "'/'",
    "'%s%n'",
    "'{0.__class__}'",
    "'${HOME}'",
    "'$(true)'",
    "'../../../../etc/passwd'",
    "'~'",
    "'C:\\con'",
    "'EPSG:4326+5773'",
    "'IAU_2015:49900'",
    "'EPSG:999999'",
    "'epsg:'",
    "'+proj=longlat'",
    "'ESRI:54009'",
    "'OGC:CRS84'",
    "'EPSG:4978'",
    "'<script>'",
    "'''a\n\nb'''",
    "'e\u0301'",
    "'\U0001f43b'",
    "'𒀀'",
    "'0 0 1e300 1e300'",
    "'-1e308 -1e308 1e308 1e308'",
    "'nan nan nan nan'",
    "'a=b'",
    "'joining_per_year:jaguar=1e999'",
    "'²'",
    "'**'",
    "'jaguar.*'",
    "'[' ",
)
DEEP = (
    "[" * 40 + "]" * 40,
    "[" * 300 + "]" * 300,
    "[" * 5000 + "]" * 5000,
    "{ a = " * 40 + "1" + " }" * 40,
    "{ a = " * 400 + "1" + " }" * 400,
    "{ a = " * 5000 + "1" + " }" * 5000,
    "{ " + ".".join("a" * 3000) + " = 1 }",
    "[" + "1," * 20_000 + "]",
    "[" + "[1,2]," * 5000 + "]",
)
BROKEN = ("", "=", "[", "{", "'", '"', '"""', "1 2", "1_", "0x", "\x00", "\ud800", "+-1", "1e", "#")
KEYS = (
    "",
    " ",
    "a",
    "²",
    "é",
    "0",
    "-1",
    "name",
    "kind",
    "value",
    "values",
    "file",
    "model",
    "set",
    "\x00",
    "\n",
    "\x1b[0m",
    "\u202e",
    "a.b",
    "a" * 300,
    "__class__",
    "__init__",
    "model_config",
    "self",
    "None",
    "e\u0301",
    "edits",
    "species",
    "1e999",
    "\U0001f43b",
)
ALL = (*WRONG, *NUMBERS, *TEXTS, *DEEP)


def odd(rng: random.Random, *, broken: bool = True) -> str:
    """Return an odd value as TOML text; mostly of the kinds that find the most."""
    kinds = [WRONG, WRONG, NUMBERS, NUMBERS, TEXTS, DEEP]
    if broken and rng.random() < 0.05:
        return rng.choice(BROKEN)
    return rng.choice(rng.choice(kinds))


def odd_key(rng: random.Random) -> str:
    """Return an odd name of a key, not quoted."""
    return rng.choice(KEYS)


def quoted(key: str) -> str:
    """Return a key as TOML writes it in quotation marks."""
    out = ""
    for letter in key:
        plain = letter.isprintable() and letter not in '"\\'
        out += letter if plain else f"\\U{ord(letter):08x}"
    return f'"{out}"'
