"""Reading, changing, writing and describing species files."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from corridor_sim.errors import SpeciesError, counted, nearest
from corridor_sim.species.life_cycle import SurvivalByAge
from corridor_sim.species.quantity import Cited, Trait
from corridor_sim.species.traits import Residence, Resistance, Response, Species
from corridor_sim.toml.strict import Strict, parse_toml, read_text, validate

_MARK = "set by the user"

# longest suffix first: per_100km2 is no km2, and ms is no s
_UNITS = (
    ("_per_100km2", "1/100 km²"),
    ("_per_year", "1/yr"),
    ("_per_day", "1/d"),
    ("_per_deg", "1/°"),
    ("_km2", "km²"),
    ("_y", "yr"),
    ("_ms", "m/s"),
    ("_m", "m"),
    ("_d", "d"),
    ("_h", "h"),
    ("_s", "s"),
)


class TraitRow(NamedTuple):
    """One line of ``corridor-sim species show``; None where a number has no such entry."""

    name: str
    value: float | str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    confidence: int | None = None
    source: str = ""


def _catalog() -> Any:
    return resources.files("corridor_sim.species").joinpath("catalog")


def species_keys() -> list[str]:
    """Return the keys of the catalog's species, sorted."""
    names = (entry.name for entry in _catalog().iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_species(key_or_path: str | Path, overrides: Mapping[str, Any] | None = None) -> Species:
    """Return a species of the catalog, or of a TOML file of the same layout.

    Parameters
    ----------
    key_or_path : str or Path
        Key of the catalog (``"jaguar"``), or the path of a file. A text is a path if it ends in
        ``.toml`` or holds a path separator.
    overrides : mapping, optional
        Dotted names and their new values: ``{"movement.female.resident.home_range_km2": 120}`` sets
        the value of a trait, ``{"habitat.resistance.values.pasture": 40}`` a plain number. A value
        outside the trait's plausible range is allowed, outside the schema's bounds it is not. What
        was set says so in its source.

    Raises
    ------
    SpeciesError
        Unknown species, a file that cannot be read or breaks the schema, an unknown name in
        ``overrides`` (each with the nearest allowed one), or an impossible value.
    """
    where, text = text_of(key_or_path)
    species = _checked(text, where)
    return with_values(species, overrides) if overrides else species


def text_of(key_or_path: str | Path) -> tuple[str, str]:
    """Return the name and the text of a species file; see :func:`load_species`.

    Raises
    ------
    SpeciesError
        An unknown species, or a file that cannot be read.
    """
    name = os.fspath(key_or_path)
    if isinstance(key_or_path, Path) or name.endswith(".toml") or "/" in name or os.sep in name:
        return name, read_text(Path(key_or_path), SpeciesError)
    if name in species_keys():
        where = f"{name}.toml"
        return where, _catalog().joinpath(where).read_text(encoding="utf-8")
    raise SpeciesError(f"unknown species {name[:60]!r}", remedy=nearest(name[:60], species_keys()))


@lru_cache(maxsize=64)
def _checked(text: str, where: str) -> Species:
    """Return the species of a text, read once: a sweep asks for the same file at every point."""
    data = parse_toml(text, where=where, error=SpeciesError)
    tells_all = f"corridor-sim species check {shlex.quote(where)} tells all"
    return validate(Species, data, where=where, error=SpeciesError, text=text, tells_all=tells_all)


def with_values(species: Species, overrides: Mapping[str, Any]) -> Species:
    """Return a copy of ``species`` with values set by dotted name; see :func:`load_species`."""
    where = f"{species.key}, as set"
    data = species.model_dump(mode="json", exclude_none=True)
    for name in sorted(overrides, key=str):
        _set(data, str(name), overrides[name], where)
    return validate(Species, data, where=where, error=SpeciesError)


def _set(data: dict[str, Any], name: str, value: Any, where: str) -> None:
    chain: list[dict[str, Any]] = [data]
    *sections, leaf = name.split(".")
    for part in sections:
        inner = chain[-1].get(part)
        if not isinstance(inner, dict):
            raise _unknown(data, name, chain[-1], part, where)
        chain.append(inner)
    if leaf not in chain[-1]:
        raise _unknown(data, name, chain[-1], leaf, where)
    target = chain[-1][leaf]
    if isinstance(target, dict) and "value" in target:
        chain.append(target)
        leaf = "value"
    elif isinstance(target, dict):
        allowed = ", ".join(sorted(target))
        raise SpeciesError(f"{name!r} is a section", where=where, remedy=f"name one of: {allowed}")
    table = chain[-1]
    if leaf == "value" and "low" in table:
        table["source"] = f"{_MARK} (was {table['value']:g}: {table['source']})"
        table["confidence"] = 4
    elif leaf not in ("source", "confidence"):
        cited = next((t for t in reversed(chain) if "source" in t), None)
        if cited is not None:
            cited["source"] += f"; {leaf} {_MARK}"
    table[leaf] = value


def _unknown(
    data: dict[str, Any], name: str, table: dict[str, Any], part: str, where: str
) -> SpeciesError:
    """Return the error for a name that leads nowhere, with the nearest one that does."""
    # what breaks is mostly one part of a long name: compare the last part first
    here = difflib.get_close_matches(part[:80], table, n=1, cutoff=0.6)
    if not here:
        names = [n for n, _ in _leaves(data)]
        close = difflib.get_close_matches(name[:120], names, n=1, cutoff=0.6)
        same_end = [n for n in names if n.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]]
        found = close or same_end
        remedy = f"did you mean {found[0]!r}?" if found else nearest(part[:80], table)
    else:
        broken = name.split(".").index(part)
        parts = name.split(".")
        remedy = f"did you mean {'.'.join([*parts[:broken], here[0], *parts[broken + 1 :]])!r}?"
    return SpeciesError(f"unknown name {name[:120]!r}", where=where, remedy=remedy)


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, value) of all that can be set; a trait counts as one number."""
    for key, value in table.items():
        if isinstance(value, Mapping) and "value" not in value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def dump_species(species: Species) -> str:
    """Return the species as TOML text that loads back equal."""
    import tomli_w

    return tomli_w.dumps(species.model_dump(mode="json", exclude_none=True))


def describe_species(species: Species) -> list[TraitRow]:
    """Return one row per number of the species, in the order of the schema.

    Curves and daily rhythms are one row each, written out as text; resistances share the source of
    their table.
    """
    return list(_described(species, ""))


def _described(part: Strict, prefix: str) -> Iterator[TraitRow]:
    for key in type(part).model_fields:
        value = getattr(part, key)
        name = f"{prefix}{key}"
        if isinstance(value, Trait):
            low, high, sure, source = value.low, value.high, value.confidence, value.source
            yield TraitRow(name, value.value, unit_of(key), low, high, sure, source)
        elif isinstance(value, Cited):
            for below, said, unit in _of_one_source(key, value):
                row = TraitRow(f"{name}{below}", said, unit)
                yield row._replace(confidence=value.confidence, source=value.source)
        elif isinstance(value, Strict):
            yield from _described(value, f"{name}.")
        elif isinstance(value, tuple):
            yield TraitRow(name, ", ".join(f"{v:g}" for v in value))
        elif isinstance(value, Mapping):
            # what people call it is no number
            for below, number in () if key == "names" else _leaves(value, f"{name}."):
                yield TraitRow(below, number)
        elif isinstance(value, bool):
            yield TraitRow(name, "yes" if value else "no")
        elif isinstance(value, int | float):
            yield TraitRow(name, value, unit_of(key))
        elif isinstance(value, str) and prefix:
            yield TraitRow(name, value)


def _of_one_source(key: str, value: Cited) -> Iterator[tuple[str, float | str, str]]:
    """Yield what follows the name of a row, what it holds, and its unit."""
    if isinstance(value, Resistance):
        for cover, number in value.values.items():
            yield f".values.{cover}", number, ""
    elif isinstance(value, Response):
        unit = {"temperature_c": "°C", "elevation_m": "m"}.get(key, "")
        yield "", ", ".join(f"{y:g} at {x:g}" for x, y in value.points), unit
    elif isinstance(value, SurvivalByAge):
        yield "", ", ".join(f"{v:g}" for v in value.values), "1/yr"
    elif isinstance(value, Residence):
        where = f"not in {', '.join(value.crossed_only)}" if value.crossed_only else ""
        rings = len(value.absent_lonlat)
        absent = f"{counted(rings, 'ring')} of absence" if rings else ""
        yield "", "; ".join(text for text in (where, absent) if text), ""


def unit_of(name: str) -> str:
    """Return the unit that a trait's name carries; empty for a share, an exponent or a count."""
    return next((unit for suffix, unit in _UNITS if name.endswith(suffix)), "")
