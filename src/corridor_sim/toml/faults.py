"""Every fault of a settings file at once, those too that are found only where others are mended.

A check of several keys together runs once each of them is right by itself. So what is wrong is put
aside, something that is right stands in for it, and the rest is read again, until nothing new is
found. What a check says of a key for which another value stands in is not told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from corridor_sim.toml.strict import Fault, faults_of, read_model
from corridor_sim.toml.values import Location

# checks stand at most so deep in each other
MOST_ROUNDS = 8
_MEANT = re.compile(r"did you mean '(.+)'\?")


def all_faults(
    model: type[BaseModel], data: Mapping[str, Any], text: str, stand_in: Mapping[str, Any]
) -> list[Fault]:
    """Return all that is wrong with settings, in the order of the file; empty if nothing is.

    Parameters
    ----------
    model : type
    data : mapping
        As read from ``text``.
    text : str
        Tells the lines.
    stand_in : mapping
        Settings in which nothing is wrong.
    """
    here: dict[str, Any] = deepcopy(dict(data))
    found: list[Fault] = []
    aside: set[Location] = set()
    for _ in range(MOST_ROUNDS):
        try:
            read_model(model, here)
            break
        except (TypeError, ValueError, RecursionError) as bad:
            faults = faults_of(bad, model, text)
        meant = {(*f.location[:-1], m[1]) for f in faults if (m := _MEANT.fullmatch(f.remedy))}
        # what is wrong with the parts of an array makes its length wrong, to those who count
        outer = {f.location[:depth] for f in faults for depth in range(len(f.location))}
        faults = [f for f in faults if f.location not in outer]
        new = [f for f in faults if not _is_aside(f, aside) and f.location not in meant]
        found += new
        if not sum(_mend(here, f, stand_in, aside) for f in faults):
            break
    return sorted(found, key=lambda f: (f.line is None, f.line or 0))


def _is_aside(fault: Fault, aside: set[Location]) -> bool:
    """Tell whether a fault is one of what stands in, or speaks of it."""
    said = f"{fault.problem} {fault.remedy}"
    return any(
        fault.location[: len(one)] == one
        or (
            one[: len(fault.location)] == fault.location
            and re.search(rf"\b{re.escape(str(_name(one)))}\b", said) is not None
        )
        for one in aside
    )


def _name(location: Location) -> str | int:
    """Return the key by which people call a place: that of the trait, for its value."""
    return location[-2] if location[-1] == "value" and len(location) > 1 else location[-1]


def _mend(data: Any, fault: Fault, stand_in: Any, aside: set[Location]) -> bool:
    """Put what is wrong aside; return whether anything was done."""
    here, other = data, stand_in
    for depth, part in enumerate(fault.location):
        is_last = depth == len(fault.location) - 1
        known = other[part] if isinstance(other, Mapping) and part in other else None
        if not isinstance(here, dict) or (part not in here and not is_last):
            return False
        if part not in here:
            return _put(here, str(part), known, fault.location, aside)
        if is_last and (meant := _MEANT.fullmatch(fault.remedy)) and meant[1] not in here:
            # a misspelt key: its content is checked under the right name
            here[meant[1]] = here.pop(part)
            return True
        if is_last or known is None or not isinstance(here[part], dict):
            return _put(here, str(part), known, fault.location[: depth + 1], aside)
        here, other = here[part], known
    return False


def _put(
    table: dict[str, Any], key: str, known: Any, location: Location, aside: set[Location]
) -> bool:
    if known is None:
        done = table.pop(key, None) is not None
    else:
        done = location not in aside
        table[key] = deepcopy(known)
    aside.add(location)
    return done
