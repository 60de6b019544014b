"""A species file as people edit it: a line for each number, with what it is and its unit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

WIDTH = 12
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SEX = re.compile(r"\.(?:female|male)\.")


@cache
def words() -> dict[str, Any]:
    """Return what is said of sections and keys, and which to replace first."""
    file = resources.files("corridor_sim.species").joinpath("blank").joinpath("words.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def blank_text() -> str:
    """Return the file in which every number is a placeholder."""
    file = resources.files("corridor_sim.species").joinpath("blank").joinpath("blank.toml")
    return file.read_text(encoding="utf-8")


def commented(data: Mapping[str, Any], head: Sequence[str]) -> str:
    """Return a species' plain data as TOML text with comments; it loads back equal.

    Parameters
    ----------
    data : mapping
        In the order of the schema.
    head : sequence of str
        Lines of the comment on top.
    """
    lines = [f"# {line}".rstrip() for line in head] + [""]
    return "\n".join([*lines, *_table(data, "")]).rstrip("\n") + "\n"


def _table(data: Mapping[str, Any], path: str, name: str = "") -> Iterator[str]:
    """Yield the lines of a table: its own keys first, as TOML has it, then the tables in it.

    ``name`` stands for what the table is called in brackets, of one of several ``[[path]]``.
    """
    inner = {k: v for k, v in data.items() if _is_table(v) or _are_tables(v)}
    own = {k: v for k, v in data.items() if k not in inner}
    if path and (own or not inner):
        said = words()["sections"].get(path)
        yield from ([f"# {said}"] if said else [])
        yield name or f"[{path}]"
    for key, value in own.items():
        said = words()["keys"].get(_SEX.sub(".", f"{path}.{key}"))
        yield from ([f"# {said}"] if said else [])
        yield f"{_key(key)} = {_value(value)}"
    if own:
        yield ""
    for key, value in inner.items():
        below = f"{path}.{_key(key)}" if path else _key(key)
        if _is_table(value):
            yield from _table(value, below)
        else:
            for one in value:
                yield from _table(one, below, f"[[{below}]]")


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and "value" not in value


def _are_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        parts = [_value(one) for one in value]
        if len(parts) <= WIDTH:
            return "[" + ", ".join(parts) + "]"
        rows = [parts[i : i + WIDTH] for i in range(0, len(parts), WIDTH)]
        return "[\n" + "".join(f"    {', '.join(row)},\n" for row in rows) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    import tomli_w

    return tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")
