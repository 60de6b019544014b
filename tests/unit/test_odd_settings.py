"""Odd values of settings: each kind with its siblings, refused in one line that names the place."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corridor_sim import CorridorSimError, load_experiment, load_scenario, load_species
from corridor_sim.config.dotted import set_key
from corridor_sim.config.load import kind_of
from corridor_sim.errors import ScenarioError, SpeciesError, is_seen, visible
from corridor_sim.links.files import read_links_file
from corridor_sim.sweeps.points import read_sweep
from corridor_sim.sweeps.sensitivity import plan_sensitivity

DEEP = "[" * 5000 + "]" * 5000
LONG = "9" * 5000
AREA = "[[[-78.6, -3.4], [-78.0, -3.4], [-78.0, -3.0]]]"
ROAD = '[[edits]]\nkind = "add_road"\nname = "R"\npoints = [[-78.6, -3.4], [-78.0, -3.0]]\n'


def edit(what: str, /, **keys: str) -> str:
    given = {"kind": f'"{what}"', **keys}
    return "[[edits]]\n" + "".join(f"{key} = {value}\n" for key, value in given.items())


def refusal(read: Callable[[], Any]) -> str:
    with pytest.raises(CorridorSimError) as caught:
        read()
    line = str(caught.value)
    assert is_seen(line)
    assert len(line) < 1300
    assert "pydantic" not in line
    return line


def told(tmp_path: Path, text: str, load: Callable[[Path], Any] = load_scenario) -> str:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    return refusal(lambda: load(path)).replace(f"{path}", "s.toml")


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        (edit("add_road", kind="[]"), "s.toml:1: edits[0]: unknown kind []"),
        (edit("add_road", kind="{}"), "unknown kind {}"),
        (edit("add_road", kind="1"), "unknown kind 1"),
        (edit("add_road", kind="2020-01-01"), "unknown kind '2020-01-01'"),
        (edit("protect", name='"P"', areas="1"), "protect.areas: 1 is impossible; must be a list"),
        (edit("restore", name='"P"', areas="1"), "restore.areas: 1 is impossible; must be a list"),
        (edit("restore", name='"P"', areas="'x'"), "restore.areas: 'x' is impossible"),
        (edit("restore", name='"P"', areas="[1]"), "restore.areas[0]: 1 is impossible"),
        (edit("restore", name='"P"', areas="[[1]]"), "restore.areas[0]: point 1 is 1"),
        (edit("restore", name='"P"', areas="{ a = 1 }"), "restore.areas: {'a': 1} is impossible"),
        (
            edit("restore", name='"P"', areas=f"[[[1, {LONG[:400]}], [1, 2], [2, 2]]]"),
            "a whole number of more than 64 bits",
        ),
        (
            edit("restore", name='"P"', areas="[[[1, 1e308], [1, 2], [2, 2]]]"),
            "restore.areas[0]: 1e+308 is impossible; no place on a map",
        ),
        (
            edit("restore", name='"P"', areas="[[[1, [2]], [1, 2], [2, 2]]]"),
            "restore.areas[0]: [2] is impossible; coordinates",
        ),
        (
            edit("restore", name='"P"', areas="[[[1, true], [1, 2], [2, 2]]]"),
            "restore.areas[0]: True is impossible; coordinates",
        ),
        (edit("add_road", name='"R"', points="1"), "add_road.points: 1 is impossible"),
        (edit("add_road", name='"R"', points="-1"), "add_road.points: -1 is impossible"),
        (edit("add_road", name='"R"', points="true"), "add_road.points: True is impossible"),
        (edit("add_road", name='"R"', points="[[1, 2, 3]]"), "point 1 is [1, 2, 3]"),
        (edit("open_mine", name='"M"', at="1", area_ha="5"), "open_mine.at: 1 is impossible"),
        (edit("open_mine", name='"M"', at="[[1, 2]]", area_ha="5"), "open_mine.at: [1, 2] is imp"),
        (
            edit("build_link", name='"L"', areas=AREA, actions="[]"),
            "build_link.actions: names no action",
        ),
        (
            edit("build_link", name='"L"', areas=AREA, actions="1"),
            "build_link.actions: 1 is impossible",
        ),
        (edit("build_link", name='"L"', areas=AREA, actions="[[]]"), "must be a list of texts"),
        (ROAD + "road_class = 1e30", "add_road.road_class: 1e+30 is impossible"),
        (ROAD + "road_class = []", "add_road.road_class: [] is impossible; allowed: a whole"),
        (ROAD + "road_class = nan", "add_road.road_class: nan is impossible"),
        (ROAD + "crs = []", "add_road.crs: [] is impossible; must be a text"),
        (ROAD.replace('"R"', r'"a\nb"'), "'a\\nb' is impossible; must hold no line break"),
        (ROAD.replace('"R"', r'"a\u0000b"'), "a character that no file can hold (U+0000)"),
        ("years = 0.001", "years = 0.001 is less than a day"),
        ("years = 5e-324", "is less than a day"),
        (r'name = "a\nb"', "name: 'a\\nb' is not allowed; the name has a line break"),
        (r'name = "\u001b[31m"', "the name has a line break or another character"),
        (r'name = "\u202egnp"', "the name has a line break or another character"),
        (r'name = "a\u0000"', "s.toml:1: name: the text holds a character that no file can hold"),
        (r'description = "a\u0000"', "s.toml:1: description: the text holds a character that no"),
        (f'[landscape]\nelevation = "{"x" * 300}"', "no file has so long a name: at most 255"),
        (f'[landscape]\nelevation = "{"x/" * 3000}"', "no file has so long a name"),
        (f'[species.x]\nfile = "{"é" * 200}"', "no file has so long a name"),
        (f"seed = {LONG}", "not valid TOML: a whole number has too many digits"),
        (f"seed = 0x{'f' * 5000}", "s.toml:1: seed: a whole number of more than 64 bits"),
        (f"edits = {DEEP}", "s.toml: nested too deeply"),
        (f"edits = {'[' * 40 + ']' * 40}", "s.toml:1: edits[0]: nested too deeply"),
        (f"{'.'.join('a' * 2000)} = 1", "s.toml: nested too deeply"),
        (f"{'.'.join('a' * 50)} = 1", "s.toml:1: a.a: nested too deeply"),
        *(
            (
                f"[landscape]\nelevation = '{name}'",
                "landscape.elevation: '" + name + "' is not "
                "allowed; no file is named; give its name, or leave the key out",
            )
            for name in ("", ".", "/", "|band=1", "./|variable=tas")
        ),
        ("[landscape]\nelevation = 'a.tif'\nroads = '|layername=x'", "no file is named"),
        ("[species.jaguar]\nsampling = 1e-300", "sampling: 1e-300 is not allowed"),
        ("[species.jaguar]\ndisperser_sampling = 1e-39", "greater than or equal to 0.000001"),
    ],
)
def test_a_scenario_with_an_odd_value(text: str, fragment: str, tmp_path: Path) -> None:
    assert fragment in told(tmp_path, text)


@pytest.mark.parametrize(
    ("values", "fragment"),
    [
        ("[]", "survival_by_age.values: [] is not allowed; the array should have at least 1 item"),
        ("[0]", "survival_by_age is 0 at age 0: nobody lives to leave its mother"),
        ("[0, 0.9]", "survival_by_age is 0 at age 0: nobody lives to leave its mother"),
        ("1", "survival_by_age.values: 1 is not allowed"),
        ("[[0.5]]", "survival_by_age.values[0]: [0.5] is not allowed"),
        ("[nan]", "survival_by_age.values[0]: nan is not allowed"),
    ],
)
def test_a_species_with_odd_survival(values: str, fragment: str) -> None:
    import tomllib

    value = tomllib.loads(f"v = {values}")["v"]
    line = refusal(lambda: load_species("jaguar", {"life_cycle.survival_by_age.values": value}))
    assert fragment in line


@pytest.mark.parametrize("value", [5e-324, 1e-30, -1e-300])
def test_next_to_nothing_is_no_trait(value: float) -> None:
    """Fields are computed in single precision, where it is 0 and divided by."""
    for name in ("habitat.gap_half_m", "habitat.settlement_half_m", "habitat.road_half_m"):
        with pytest.raises(SpeciesError, match=r"0|must lie"):
            load_species("jaguar", {name: value})
    assert load_species("jaguar", {"habitat.gap_half_m": 0.0})


@pytest.mark.parametrize(
    ("assignment", "fragment"),
    [
        ("edits.²=1", "not of the form dotted.name=value; as in --set landscape.cell_m=500"),
        ('edits."²"=1', "no item '²' in a list of 1"),
        ('edits."٣"=1', "no item '٣' in a list of 1"),
        ("edits.1=1", "no item '1' in a list of 1; number the item 0 to 0"),
        ("edits.-1=1", "no item '-1' in a list of 1"),
        (f"edits.{'9' * 4000}=1", "in a list of 1"),
        (f"days={DEEP}", "nested too deeply"),
        (f"days={LONG}", "a whole number has too many digits"),
        (f"days=0x{'f' * 5000}", "a whole number of more than 64 bits"),
        (f"{'.'.join('a' * 40)}=1", "not of the form dotted.name=value"),
        ("a=1\nb", "is not allowed"),
        ("a\nb=1", "not of the form"),
        ("name=a\udcff", "no file can hold (U+DCFF)"),
        ("days.x=1", "days holds no further keys"),
        ("", "not of the form"),
        ("=", "not of the form"),
    ],
)
def test_an_odd_assignment(assignment: str, fragment: str) -> None:
    data: dict[str, Any] = {"days": 1, "edits": [{"kind": "x"}]}
    if fragment == "is not allowed":  # a text with a line break: for the schema to refuse
        set_key(data, assignment)
        assert data["a"] == "1\nb"
        return
    assert fragment in refusal(lambda: set_key(data, assignment))


def test_further_keys_do_not_ride_along() -> None:
    """What stands behind a line break is part of the text, not another key that gets lost."""
    data: dict[str, Any] = {}
    set_key(data, "days=3\nyears=2")
    assert data == {"days": "3\nyears=2"}


@pytest.mark.parametrize(
    ("setting", "fragment"),
    [
        ('"change" = 1', "change: 1 is not allowed"),
        ('"change" = []', "change: [] is not allowed"),
        ('"change.climate" = 1', "change.climate: 1 is not allowed"),
        ('"change" = { clearing = 1 }', "change.clearing: 1 is not allowed"),
        ('"" = 1', "'' is not of the form dotted.name"),
        ('"species" = 1', "species: 1 is not allowed"),
        ('"species.jaguar" = []', "species.jaguar: [] is not allowed"),
        ('"species.jaguar.traits" = 1', "traits: 1 is not allowed"),
        ('"tracks.x" = 1', "holds no further keys"),
    ],
)
def test_an_odd_setting_beside(setting: str, fragment: str, tmp_path: Path) -> None:
    text = f"[base]\ndays = 3\n[base.species.jaguar]\n[beside.b]\nset = {{ {setting} }}\n"
    assert fragment in told(tmp_path, text, load_experiment)


LINK = """
[base]
days = 3
[base.species.jaguar]
[links]
{}
[[links.candidates]]
name = "a"
cost = 1.0
area = [[[-78.6, -3.4], [-78.0, -3.4], [-78.0, -3.0]]]
"""


@pytest.mark.parametrize(
    ("setting", "fragment"),
    [
        ("budget = 1e308", "budget: 1e+308 is not allowed; input should be less than or equal to"),
        ("benefit.scales = { transits = 5e-324 }", "transits: 5e-324 is not allowed"),
        ("benefit.scales = { transits = 1e300 }", "transits: 1e+300 is not allowed"),
        ("benefit.weights = { transits = 1e300 }", "'transits' is neither 0 nor 1e-12 to 1e+12"),
        ("benefit.species = { jaguar = 1e-320 }", "'jaguar' is neither 0 nor 1e-12 to 1e+12"),
        ("procedure.confidence = 0.9999999999999999", "less than or equal to 0.9999"),
    ],
)
def test_numbers_of_links_with_which_nothing_can_be_computed(
    setting: str, fragment: str, tmp_path: Path
) -> None:
    assert fragment in told(tmp_path, LINK.format(setting), read_links_file)


READERS: dict[str, Callable[[Path], Any]] = {
    "kind": kind_of,
    "scenario": load_scenario,
    "experiment": load_experiment,
    "links": read_links_file,
    "sweep": read_sweep,
    "sensitivity": plan_sensitivity,
    "species": load_species,
}


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes of POSIX")
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "what", ["fifo", "socket", "folder", "/dev/zero", "/dev/full", "/proc/kmsg", "/dev/tty"]
)
def test_what_is_no_file_is_not_opened(
    what: str, read: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.toml"
    with socket.socket(socket.AF_UNIX) as listening:
        if what == "fifo":
            os.mkfifo(path)
        elif what == "folder":
            path.mkdir()
        elif what == "socket":
            monkeypatch.chdir(tmp_path)  # longer paths do not fit
            listening.bind("s.toml")
        else:
            path.symlink_to(what)
        assert "is no regular file" in refusal(lambda: read(path))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_file_that_may_not_be_read_is_told(read: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("")
    path.chmod(0)
    assert "Permission denied" in refusal(lambda: read(path))


def test_messages_can_be_seen_whatever_they_hold() -> None:
    line = str(ScenarioError("a\0b\x1b[2J\u202e\ud800", where="x\ny", remedy="z" * 10_000))
    assert line.startswith("x y: a\\x00b\\x1b[2J\\u202e\\ud800; zzz")
    assert is_seen(line)
    assert len(line) < 1300
    # joiners belong to how some scripts are written
    assert visible("می\u200cخواهم") == "می\u200cخواهم"
    assert is_seen("می\u200cخواهم")
