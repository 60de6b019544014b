"""What the schema allows the code takes, and what it forbids the code refuses in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from corridor_sim import CorridorSimError, Scenario, edits
from corridor_sim.config.schemas import schema
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.climate import SPREADS
from corridor_sim.toml.strict import validate

SCHEMA = schema("scenario")
TABLES = {kind: SCHEMA["$defs"][cls.__name__]["properties"] for kind, cls in edits.EDITS.items()}
RING = [[-79.0, -4.0], [-78.9, -4.0], [-78.9, -3.9]]
# the least that each edit needs
NEEDED: dict[str, dict[str, Any]] = {
    "clear": {"fraction": 0.5},
    "add_road": {"name": "a", "points": RING},
    "warm": {},
    "protect": {"name": "a", "areas": [RING]},
    "protect_plan": {},
    "restore": {"name": "a", "areas": [RING]},
    "open_mine": {"name": "a", "at": [-79.0, -4.0], "area_ha": 10},
    "build_dam": {"name": "a", "at": [-79.0, -4.0], "reservoir_ha": 10},
    "build_crossings": {"name": "a", "areas": [RING]},
    "build_link": {"name": "a", "areas": [RING], "actions": ["restore"]},
}
# keys that go only with others
WITH = {
    "warm": {
        None: {"degrees_c": 1.0},
        "degrees_c": {},
        "ssp": {"year": 2050},
        "year": {"ssp": "SSP2-4.5"},
        "spread": {"ssp": "SSP2-4.5", "year": 2050},
    }
}


def entry_of(kind: str, key: str) -> dict[str, Any]:
    """What is said of a parameter, for the value that it has where it is given."""
    entry = TABLES[kind][key]
    return next((one for one in entry.get("anyOf", []) if one["type"] != "null"), entry)


NUMBERS = [
    (kind, key)
    for kind, table in TABLES.items()
    for key in table
    if entry_of(kind, key).get("type") in ("number", "integer")
]


def made(kind: str, key: str, value: Any) -> None:
    more = WITH.get(kind, {})
    edit = {"kind": kind, **NEEDED[kind], **more.get(key, more.get(None, {})), key: value}
    validate(Scenario, {"edits": [edit]}, where="here", error=ScenarioError)


def test_every_edit_is_on_this_page() -> None:
    assert set(NEEDED) == set(edits.EDITS)
    for kind, needed in NEEDED.items():
        table = SCHEMA["$defs"][edits.EDITS[kind].__name__]
        # what may stand in a file instead comes first of each pair
        either = {one["anyOf"][0]["required"][0] for one in table.get("allOf", ())}
        assert {"kind", *needed} == {*table["required"], *either}


def test_words_of_edits_are_those_of_the_tables_they_stand_for() -> None:
    assert tuple(TABLES["warm"]["spread"]["enum"]) == SPREADS


@pytest.mark.parametrize(("kind", "key"), NUMBERS)
def test_the_limits_of_an_edits_number(kind: str, key: str) -> None:
    entry = entry_of(kind, key)
    step = 1 if entry["type"] == "integer" else 1e-6 * max(abs(entry["maximum"]), 1.0)
    for end, beyond in ((entry["minimum"], -step), (entry["maximum"], step)):
        made(kind, key, end)
        with pytest.raises(ScenarioError, match=key) as told:
            made(kind, key, end + beyond)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("kind", NEEDED)
def test_words_and_lists_of_an_edit(kind: str) -> None:
    for key in TABLES[kind]:
        entry = entry_of(kind, key)
        if key in ("kind", "ssp", "crs", "country", "among"):
            continue
        if entry["type"] == "array":
            words = entry["items"].get("enum")
            if words:
                made(kind, key, words)
                with pytest.raises(CorridorSimError):
                    made(kind, key, ["nonsense"])
            else:
                with pytest.raises(CorridorSimError):
                    made(kind, key, "nonsense")
        elif "enum" in entry:
            for word in entry["enum"]:
                made(kind, key, word)
            with pytest.raises(CorridorSimError):
                made(kind, key, "nonsense")
        elif entry["type"] == "string":
            assert entry["minLength"] == 1
            with pytest.raises(CorridorSimError):
                made(kind, key, "")


def test_the_schema_is_one() -> None:
    """No default that its own entry forbids, and nothing that JSON lacks."""
    assert json.loads(json.dumps(SCHEMA)) == json.loads(json.dumps(SCHEMA))
    for kind, table in TABLES.items():
        for key in table:
            entry = entry_of(kind, key)
            if "const" in entry:
                continue
            assert entry.get("default", 0) is not None
            if "minimum" in entry and "default" in entry:
                assert entry["minimum"] <= entry["default"] <= entry["maximum"]


def _numbers(schema: dict[str, Any], at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every number of the scenario's schema with its place, sections followed."""
    found = []
    for key, entry in schema.get("properties", {}).items():
        for one in entry.get("anyOf", [entry]):
            if "$ref" in one:
                name = one["$ref"].split("/")[-1]
                found += _numbers(SCHEMA["$defs"][name], (*at, key))
            elif one.get("type") in ("integer", "number"):
                found.append(((*at, key), one))
    return found


PLACES = [(at, one) for at, one in _numbers(SCHEMA) if at[0] != "landscape"]


def _scenario(at: tuple[str, ...], value: Any) -> Scenario:
    data: dict[str, Any] = {"days": 10, "species": {"jaguar": {}}}
    if at[0] in ("life_cycle", "change", "start_year") or at == ("years",):
        data = {"years": 2, "life_cycle": {}, "species": {"jaguar": {}}}
    if at[0] == "change":
        data["change"] = {"climate": {"ssp": "SSP2-4.5", "after_table": "hold"}, "regrowth": {}}
        data["change"]["clearing"] = {"rate": 0.01}
        data["start_year"] = 2300 if at[-1] == "temperature_of" else 2025
    if at[0] == "adaptive":
        data["adaptive"] = {"until": ["eca_km2=1"]}
    if at[-1] in ("secondary_after_y", "forest_after_y"):
        data["change"]["regrowth"] = {"secondary_after_y": 0, "forest_after_y": 500}
    here = data
    for key in at[:-1]:
        here = here.setdefault(key, {})
    here[at[-1]] = value
    return validate(Scenario, data, where="here", error=ScenarioError)


@pytest.mark.parametrize(("at", "entry"), PLACES, ids=[".".join(at) for at, _ in PLACES])
def test_the_limits_of_a_scenarios_number(at: tuple[str, ...], entry: dict[str, Any]) -> None:
    whole = entry["type"] == "integer"
    for name, sign in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", -1)):
        if name not in entry:
            continue
        end = entry[name]
        step = 1 if whole else 1e-6 * max(abs(end), 1.0)
        if name == "exclusiveMinimum":
            inside, outside = end + (1 if at == ("years",) else step), end
        else:
            inside, outside = end, end + sign * step
        if (
            at == ("start_day",)
            or at[-1] == "secondary_after_y"
            or at[-1] != "rate"
            or at[1] != "clearing"
        ):
            assert _scenario(at, inside)
        with pytest.raises(ScenarioError) as told:
            _scenario(at, outside)
        assert "\n" not in str(told.value)
    assert {"minimum", "exclusiveMinimum"} & set(entry)
    assert "maximum" in entry
