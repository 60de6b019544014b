"""Dotted names of keys, as ``--set`` and sweeps write them: split, placed in a file, applied."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corridor_sim.errors import ScenarioError


def key_path(assignment: str) -> tuple[tuple[str, ...], str]:
    """Split ``dotted.name=value`` into the path of keys and the text of the value.

    Raises
    ------
    ScenarioError
        If it is not of that form.
    """
    name, equals, raw = assignment.partition("=")
    try:
        probe: Any = tomllib.loads(f"{name.strip()} = 0")
    except tomllib.TOMLDecodeError:
        probe = None
    if not equals or not probe:
        raise ScenarioError("not of the form dotted.name=value", where=f"--set {assignment}")
    keys: list[str] = []
    while isinstance(probe, dict):
        key, probe = next(iter(probe.items()))
        keys.append(key)
    return tuple(keys), raw


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
            f"{name!r} is not of the form dotted.name", where=where,
            remedy=f'like "{example}"; quote keys with blanks',
        ) from None  # fmt: skip
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
    try:
        value = tomllib.loads(f"v = {raw.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
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
    if not key.isdigit() or int(key) >= len(items):
        raise ScenarioError(
            f"no item {key!r} in a list of {len(items)}",
            where=where,
            remedy=f"number the item 0 to {len(items) - 1}" if items else "the list is empty",
        )
    return int(key)
