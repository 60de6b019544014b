"""The picture of last time: found again as it was, and never trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from corridor_sim.app.kept import FILE, keep_picture, key_of, read_picture
from corridor_sim.app.picture import Picture

KEY = "k"


def picture(name: str = "Today") -> Picture:
    grid = {"width": 3, "height": 2}
    layers = [
        {"key": "a", "grid": grid, "planes": 1},
        {"key": "b", "grid": {"width": 2, "height": 1}, "planes": 2},
    ]
    return Picture({"name": name, "layers": layers}, {"a": b"abcdef", "b": b"wxyz"})


def test_a_picture_is_found_again(tmp_path: Path) -> None:
    keep_picture(tmp_path, KEY, picture())
    assert read_picture(tmp_path, KEY) == picture()
    assert read_picture(tmp_path, "other") is None
    assert read_picture(tmp_path / "nowhere", KEY) is None
    keep_picture(tmp_path, "other", picture("Then"))
    assert read_picture(tmp_path, KEY) is None
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    keep_picture(tmp_path / "nowhere", KEY, picture())
    assert not (tmp_path / "nowhere").exists()


def test_a_picture_that_was_spoilt_is_none(tmp_path: Path) -> None:
    keep_picture(tmp_path, KEY, picture())
    path = tmp_path / FILE
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at])
        # what closes the packed cells may lack: they have a digest of their own
        assert read_picture(tmp_path, KEY) in (None, picture()), at
    path.write_bytes(whole[:-14])
    assert read_picture(tmp_path, KEY) is None
    head, _, body = whole.partition(b"\n")
    for i in range(len(body)):
        path.write_bytes(head + b"\n" + body[:i] + bytes([body[i] ^ 1]) + body[i + 1 :])
        assert read_picture(tmp_path, KEY) in (None, picture()), i


@pytest.mark.parametrize(
    "change",
    [
        {"form": 0},
        {"about": None},
        {"about": {"layers": []}},
        {"about": {"layers": [{"key": "a", "grid": {"width": -3, "height": -2}, "planes": 1}]}},
        {"about": {"layers": [{"key": "a", "grid": {"width": 10**9, "height": 9}, "planes": 2}]}},
        {"about": {"layers": [{"key": "a", "grid": {"width": "x", "height": 2}, "planes": 1}]}},
        {"about": {"layers": [{"key": ["a"], "grid": {"width": 3, "height": 2}, "planes": 1}]}},
    ],
)
def test_a_picture_whose_parts_do_not_fit_is_none(
    tmp_path: Path, change: dict[str, object]
) -> None:
    keep_picture(tmp_path, KEY, picture())
    path = tmp_path / FILE
    head, _, body = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps(json.loads(head) | change).encode() + b"\n" + body)
    assert read_picture(tmp_path, KEY) is None


def test_no_pipe_is_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders here")
    os.mkfifo(tmp_path / FILE)
    assert read_picture(tmp_path, KEY) is None


def test_the_key_follows_all_that_is_read(tmp_path: Path) -> None:
    scenario, cover = tmp_path / "one.toml", tmp_path / "maps" / "cover.tif"
    own = tmp_path / "own.toml"
    cover.parent.mkdir()
    cover.write_bytes(b"1")
    own.write_text('table = "own.csv"')
    (tmp_path / "own.csv").write_text("1")
    scenario.write_text('a = "maps/cover.tif"\nb = [{c = "own.toml"}]\nd = "no file"')

    def key(*settings: str) -> str | None:
        return key_of(scenario, settings)

    seen = [key()]

    def differs() -> None:
        seen.append(key())
        assert len(set(seen)) == len(seen)

    assert key() == key()
    assert key("landscape.cell_m=2000") != key()
    cover.write_bytes(b"2")
    differs()
    (tmp_path / "own.csv").write_text("2")
    differs()
    cover.with_suffix(".tif.aux.xml").write_text("")
    differs()
    scenario.write_text(scenario.read_text() + "\n")
    differs()
    other = tmp_path / "other.tif"
    other.write_bytes(b"1")
    before = key("a=other.tif")
    other.write_bytes(b"2")
    assert key("a=other.tif") != before


def test_without_a_scenario_the_key_is_that_of_the_package(tmp_path: Path) -> None:
    assert key_of(None, []) == key_of(None, [])
    assert key_of(None, ["landscape.cell_m=2000"]) != key_of(None, [])
    assert key_of(tmp_path / "nowhere.toml", []) is None
    (tmp_path / "bad.toml").write_text("a = [")
    assert key_of(tmp_path / "bad.toml", []) is None
    assert key_of(object(), []) is None
