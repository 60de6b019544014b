"""Dotted names of keys, as ``--set`` and sweeps write them: split, placed in a file, applied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corridor_sim.errors import ScenarioError
from corridor_sim.toml.strict import refuse_odd
from corridor_sim.toml.values import MOST_DEPTH, loads


def key_path(assignment: str) -> tuple[tuple[str, ...], str]:
    """Split ``dotted.name=value`` into the path of keys and the text of the value.

    Raises
    ------
    ScenarioError
        If it is not of that form.
    """
    name, equals, raw = assignment.partition("=")
    try:
        probe: Any = loads(f"{name.strip()} = 0")
    except (ValueError, RecursionError):
        probe = None
    keys: list[str] = []
    while isinstance(probe, dict) and len(probe) == 1 and len(keys) < MOST_DEPTH:
        key, probe = next(iter(probe.items()))
        keys.append(key)
    # more than one key, or a value of its own, stands where there are line breaks in the name
    if not equals or probe != 0:
        raise ScenarioError(
            "not of the form dotted.name=value",
            where=f"--set {assignment}",
            remedy="as in --set landscape.cell_m=500; quote names with blanks or dots",
        )
    return tuple(keys), raw


def _value(raw: str, where: str) -> Any:
    """Return the value that a text stands for: TOML, and where it is none, the text itself."""
    try:
        found = loads(f"v = {raw}")
    except RecursionError:
        raise ScenarioError("nested too deeply", where=where, remedy="flatten it") from None
    except ValueError as bad:
        if "digits" in str(bad):
            raise ScenarioError(str(bad), where=where, remedy="give a smaller one") from None
        found = {}
    # further lines may hold further keys: then the whole is a text
    value = found["v"] if set(found) == {"v"} else raw
    refuse_odd(value, where=where, error=ScenarioError)
    return value


def keys_of(name: str, where: str | Path, example: str) -> tuple[str, ...]:
    """Return the keys of a dotted name; ``example`` shows in the message what one looks like.

    Raises
    ------
    ScenarioError
        If it is no dotted name.
    """
    try:
        keys, _ = key_path(f"{name}=0")
    except ScenarioError:
        raise ScenarioError(
            f"{name!r} is not of the form dotted.name",
            where=where,
            remedy=f'like "{example}"; quote keys with blanks',
        ) from None
    return keys


def places_of(assignments: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Return what messages call the place of each key that ``--set`` gave."""
    return {key_path(a)[0]: f"--set {a}" for a in assignments}


def set_key(data: dict[str, Any], assignment: str) -> None:
    """Apply ``dotted.name=value`` to plain data in place; list items by number.

    The value is read as TOML and, where that fails, as text. Keys with dots or blanks are quoted as
    in TOML: ``factors.climate."SSP2-4.5 2050".0.year=2060``.

    Raises
    ------
    ScenarioError
        Without ``=``, or where the way leads through something that is no table or list.
    """
    where = f"--set {assignment}"
    keys, raw = key_path(assignment)
    value = _value(raw.strip(), where)
    here: Any = data
    for depth, key in enumerate(keys[:-1]):
        if isinstance(here, list):
            here = here[_index(key, here, where)]
        elif isinstance(here, dict):
            here = here.setdefault(key, {})
        else:
            raise ScenarioError(f"{'.'.join(keys[:depth])} holds no further keys", where=where)
    if isinstance(here, list):
        here[_index(keys[-1], here, where)] = value
    elif isinstance(here, dict):
        here[keys[-1]] = value
    else:
        raise ScenarioError(f"{'.'.join(keys[:-1])} holds no further keys", where=where)


def _index(key: str, items: list[Any], where: str) -> int:
    # other scripts have digits too, which int() reads, or superscripts, which it does not
    known = key.isascii() and key.isdigit() and len(key) < 10
    if not known or int(key) >= len(items):
        raise ScenarioError(
            f"no item {key!r} in a list of {len(items)}",
            where=where,
            remedy=f"number the item 0 to {len(items) - 1}" if items else "the list is empty",
        )
    return int(key)
