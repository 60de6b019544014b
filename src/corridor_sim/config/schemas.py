"""The JSON Schema of every kind of file that people write."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ScenarioError, nearest

if TYPE_CHECKING:
    from corridor_sim.toml.strict import Strict

# imported when asked for: their models need rooms that a scenario does without
KINDS = {
    "scenario": "corridor_sim.config.schema:Scenario",
    "experiment": "corridor_sim.config.schema:Experiment",
    "species": "corridor_sim.species.traits:Species",
    "links": "corridor_sim.config.links:LinksFile",
    "alternatives": "corridor_sim.links.alternatives:Alternatives",
    "sweep": "corridor_sim.config.sweep:SweepFile",
    "sensitivity": "corridor_sim.config.sensitivity:SensitivityFile",
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNITS = {"m": "m", "km": "km", "km2": "km²", "c": "°C", "y": "year", "d": "day", "ha": "ha"}
# an entry of a docstring's attributes: names, a type, and what is said of them
_ENTRY = re.compile(r"^([a-z0-9_, ]+) : [^\n]*\n((?:[ ]{4}[^\n]*\n?|\n)*)", re.MULTILINE)


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind of file.

    Parameters
    ----------
    kind : {"scenario", "experiment", "species", "links", "alternatives", "sweep", "sensitivity"}

    Raises
    ------
    ScenarioError
        Another kind.
    """
    if kind not in KINDS:
        raise ScenarioError(f"unknown kind of file {kind!r}", remedy=nearest(kind, KINDS))
    module, _, name = KINDS[kind].partition(":")
    found: dict[str, Any] = getattr(import_module(module), name).model_json_schema()
    shared = found.setdefault("$defs", {})
    found = _once(found, shared)
    models = _models(import_module("corridor_sim.toml.strict").Strict)
    for table in (found, *shared.values()):
        _describe(table, models)
    return {"$schema": DIALECT, **found, "title": f"corridor_sim: {kind} file"}


def _once(part: Any, shared: dict[str, Any]) -> Any:
    """Return a part of a schema with what is one of several kinds told once, by its title."""
    if isinstance(part, list):
        return [_once(one, shared) for one in part]
    if not isinstance(part, dict):
        return part
    if "const" in part.get("properties", {}).get("kind", {}):
        shared[part["title"]] = part
        return {"$ref": f"#/$defs/{part['title']}"}
    for key in list(part):
        part[key] = _once(part[key], shared)
    return part


def _describe(table: dict[str, Any], models: dict[str, type[Strict]]) -> None:
    """Give the properties of a table what docstrings say of them, and their units."""
    own = models.get(table.get("title", "").removeprefix("Dated"))
    told: dict[str, str] = {}
    for cls in reversed(own.__mro__ if own else ()):
        names = ""
        for some, said in _ENTRY.findall(_attributes(cls)):
            # "area : rings, or" and the like share what is said of the next
            names += f"{some},"
            if said.strip():
                told |= {name.strip(): _plain(said) for name in names.split(",")}
                names = ""
    if "description" in table:
        table["description"] = _plain(table["description"].partition("Attributes\n---")[0])
    for key, entry in table.get("properties", {}).items():
        if told.get(key):
            entry.setdefault("description", told[key])
        unit = _UNITS.get(key.rpartition("_")[2]) if "_" in key else None
        if unit and ("number" in str(entry) or "integer" in str(entry)):
            entry.setdefault("unit", unit)
        if entry.get("default", "") is None:
            del entry["default"]  # TOML has no null


def _attributes(cls: type) -> str:
    return inspect.cleandoc(cls.__doc__ or "").partition("Attributes\n----------\n")[2]


def _models(cls: type[Strict]) -> dict[str, type[Strict]]:
    """Return every schema of a table by its name."""
    found = {cls.__name__: cls}
    for one in cls.__subclasses__():
        found |= _models(one)
    return found


def _plain(text: str) -> str:
    """Return a docstring without its markup, on one line."""
    text = re.sub(r":\w+:`~?([^`]*)`", r"\1", text)
    return " ".join(text.replace("``", "").split())
