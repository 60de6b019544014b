"""Animals to be watched: what the page is sent is what tracks and fates say."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import corridor_sim as cs
from corridor_sim.app import watch
from corridor_sim.app.tasks import plain
from corridor_sim.app.watch import Ask, Kept, Watched, roads_met, watching

ASK = Ask(None, 15, 120)
LAND = {"cell_m": 5000}
SPECIES: dict[str, Any] = {"jaguar": {"count": 40, "disperser_sampling": 5}}


def scenario(*changes: dict[str, Any]) -> Any:
    base = cs.Scenario(name="Today", days=120, landscape=LAND, species=SPECIES)
    return cs.Alternative(name="Other", changes=changes).scenario(base)


def seen(of: Any, ask: Ask = ASK) -> Watched:
    *told, found = list(watching(of, ask))
    assert isinstance(found, Watched)
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    assert told[-1]["done"] == told[-1]["of"] == len(found.about["animals"])
    return found


@pytest.fixture(scope="module")
def today() -> Watched:
    return seen(scenario())


@pytest.fixture(scope="module")
def tracks() -> pd.DataFrame:
    given = {"animals": "0-14,d0-d14", "days": 120, "species": "jaguar"}
    return cs.tracks(scenario(), **given).set_index("animal")


def decoded(one: Watched, animal: dict[str, Any]) -> tuple[Any, Any, Any]:
    """As the page reads it: three columns of numbers, from the bytes alone."""
    n = len(one.places) // 6
    columns = np.frombuffer(one.places, "<u2").reshape(3, n)
    rows = slice(animal["first"], animal["first"] + animal["n"])
    west, south, east, north = one.about["bounds_m"]
    x = west + columns[0, rows] / 65535 * (east - west)
    y = south + columns[1, rows] / 65535 * (north - south)
    return x, y, columns[2, rows].astype(np.int64) * one.about["minutes_per_tick"]


def test_the_bytes_are_the_places_of_tracks(today: Watched, tracks: pd.DataFrame) -> None:
    by_name = {one["animal"]: one for one in today.about["animals"]}
    names = [name for name in tracks.index.unique() if name in by_name]
    assert len(names) == 30
    begin = pd.Timestamp(today.about["begin"], tz="UTC-05:00")
    west, south, east, north = today.about["bounds_m"]
    half = np.array([(east - west) / 65535, (north - south) / 65535]) / 2 * 1.001
    for name in names:
        x, y, minutes = decoded(today, by_name[name])
        own = tracks.loc[name]
        when = (own["time"] - begin).dt.total_seconds().to_numpy() / 60
        at = np.searchsorted(when, minutes)
        np.testing.assert_array_equal(when[at], minutes)
        assert np.abs(own["x_m"].to_numpy()[at] - x).max() <= half[0]
        assert np.abs(own["y_m"].to_numpy()[at] - y).max() <= half[1]
        assert (at[0], at[-1]) == (0, len(own) - 1)
        # three a day of six steps; the last may be between
        assert set(np.diff(at)[:-1]) <= {2}


def test_lives_are_told_from_the_tracks(today: Watched, tracks: pd.DataFrame) -> None:
    ends = set()
    for one in today.about["animals"]:
        if one["species"] != "jaguar":
            continue
        own = tracks.loc[one["animal"]]
        x, y = own["x_m"].to_numpy(), own["y_m"].to_numpy()
        path_km = np.hypot(np.diff(x), np.diff(y)).sum() / 1000
        assert one["path_km"] == pytest.approx(path_km, abs=0.051)
        assert one["farthest_km"] == pytest.approx(
            np.hypot(x - x[0], y - y[0]).max() / 1000, abs=0.051
        )
        state = own["state"].iloc[-1]
        ends.add(one["fate"])
        told = {"alive": "alive", "died": one["cause"]}.get(one["fate"], "settled")
        assert state == told
        assert (one["sex"], one["stage"]) == (own["sex"].iloc[0], own["stage"].iloc[0])
        assert one["end_x_m"] == pytest.approx(x[-1], abs=0.06)
    assert {"alive", "died"} <= ends
    kinds = {one["key"]: one["in_run"] for one in today.about["species"]}
    assert kinds["jaguar"]["resident"] > 30
    json.dumps(plain(today.about), allow_nan=False)


def test_the_same_animals_are_seen_on_a_changed_landscape(today: Watched) -> None:
    other = seen(scenario({"kind": "clear", "fraction": 0.9}))
    pairs = list(zip(today.about["animals"], other.about["animals"], strict=True))
    assert all(a["animal"] == b["animal"] for a, b in pairs)
    for a, b in pairs:
        assert (a["start_x_m"], a["start_y_m"]) == (b["start_x_m"], b["start_y_m"])
    assert any((a["path_km"], a["fate"]) != (b["path_km"], b["fate"]) for a, b in pairs)
    assert {one["stage"] for one in other.about["animals"]} >= {"displaced"}


def test_roads_are_counted_as_often_as_they_are_come_to() -> None:
    road = np.zeros((6, 10), np.int8)
    road[:, 4], road[2, :4] = 2, 1
    ways = [
        [(1.5, 0.5), (8.5, 0.5), (1.5, 0.5)],  # over the paved one, and back
        [(4.5, 0.5), (4.5, 5.5)],  # along it: it was on it from the start
        [(0.5, 1.5), (0.5, 2.5), (3.5, 2.5), (4.5, 2.5)],  # onto gravel, along, and on to paved
        [(9.5, 5.5), (9.5, 0.5)],
    ]
    column, row = np.array([at for way in ways for at in way]).T
    whose = np.repeat(np.arange(len(ways)), [len(way) for way in ways])
    assert roads_met(road, column, row, whose).tolist() == [[0, 2], [0, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize(
    "data",
    [
        {"name": 3},
        {"animals": 61},
        {"animals": [60]},
        {"days": 10**9},
        {"days": "365"},
        {"days": None},
        {"animals": {}},
    ],
)
def test_what_nobody_can_ask_is_not_taken(data: dict[str, Any]) -> None:
    assert Ask.of({"name": None, "animals": 60, "days": 365}) == Ask(None, 60, 365)
    assert Ask.of({"name": None, "animals": 60, "days": 365} | data) is None


def test_too_many_places_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_PLACES", 1000)
    with pytest.raises(cs.CorridorSimError, match="more than a page can show"):
        next(watching(scenario(), ASK))


def test_what_was_asked_for_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_KEPT", 6 * 25)
    kept, few = Kept(), np.zeros(10, np.uint16)
    for key in "ab":
        kept.put(key, Watched({}, few, few, few))
    assert kept.get("a") is not None
    kept.put("c", Watched({}, few, few, few))
    assert list(kept.found) == ["a", "c"]
