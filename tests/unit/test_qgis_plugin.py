"""The plugin for QGIS: what is written, the commands it builds, and how it calls the program."""

from __future__ import annotations

import ast
import configparser
import json
import os
import py_compile
import re
import stat
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import corridor_sim as cs
from corridor_sim.cli.main import build_parser, main
from corridor_sim.landscape.edits import EDITS
from corridor_sim.qgis_plugin.write import default_profile, messages_of
from oracles.written_plugin import WrittenPlugin

# the oldest Python that QGIS 3.22 was shipped with
OLDEST = (3, 9)


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> WrittenPlugin:
    return WrittenPlugin(tmp_path_factory.mktemp("plugins"))


# ---- what is written


def test_it_is_a_plugin_that_qgis_loads(plugin: WrittenPlugin, tmp_path: Path) -> None:
    told = configparser.ConfigParser()
    told.read(plugin.folder / "metadata.txt", "utf-8")
    about = told["general"]
    assert about["name"] == plugin.folder.name == "corridor_sim"
    assert about["hasProcessingProvider"] == "yes"
    assert about["version"] == cs.__version__
    assert about["description[es]"].startswith("Corredores")
    assert (plugin.folder / about["icon"]).read_text("utf-8").startswith("<svg")
    for path in sorted(plugin.folder.glob("*.py")):
        ast.parse(path.read_text("utf-8"), feature_version=OLDEST)
        py_compile.compile(str(path), str(tmp_path / path.name), doraise=True)
    program = json.loads((plugin.folder / "program.json").read_text("utf-8"))
    assert program == {"python": sys.executable, "version": cs.__version__}


def test_no_annotation_of_a_newer_python_is_evaluated(plugin: WrittenPlugin) -> None:
    for path in plugin.folder.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        assert "from __future__ import annotations" in ast.unparse(tree), path.name


def test_every_message_has_its_spanish(plugin: WrittenPlugin) -> None:
    source = resources.files("corridor_sim.qgis_plugin") / "plugin"
    words = json.loads((plugin.folder / "words.json").read_text("utf-8"))
    messages = messages_of(source)
    assert set(words["messages"]["es"]) == set(messages)
    assert {"Rank links", "{layer} has no field {field}"} < set(messages)
    same = [one for one in messages if words["messages"]["es"][one] == one]
    assert same == []


def test_words_are_those_of_the_locale(
    plugin: WrittenPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = plugin.module("words")
    for locale, code in (
        ("es_EC", "es_EC"),
        ("es_AR", "es"),
        ("es-PE", "es_PE"),
        ("en_US", "en"),
        ("C", "en"),
        ("de", "en"),
    ):
        assert words.language(locale) == code
    monkeypatch.setattr(words, "locale_of_qgis", lambda: "es_AR")
    assert words.tr("{layer} has no field {field}", layer="vías", field="clase") == (
        "vías no tiene un campo clase"
    )
    monkeypatch.setattr(words, "locale_of_qgis", lambda: "de_DE")
    assert words.tr("{layer} has no field {field}", layer="a", field="b") == "a has no field b"


def test_written_again_it_takes_its_own_place(tmp_path: Path) -> None:
    folder = cs.write_qgis_plugin(tmp_path)
    (folder / "of_an_older_version.py").write_text("", "utf-8")
    (folder / "words.json").write_text("{}", "utf-8")
    (folder / "notes.md").write_text("mine", "utf-8")
    assert cs.write_qgis_plugin(tmp_path) == folder
    assert not (folder / "of_an_older_version.py").exists()
    assert (folder / "notes.md").is_file()
    assert json.loads((folder / "words.json").read_text("utf-8"))["messages"]


def test_somebody_elses_plugin_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "corridor_sim" / "metadata.txt"
    other.parent.mkdir()
    other.write_text("[general]\n", "utf-8")
    assert main(["qgis", "plugin", "--out", str(tmp_path)]) == 2
    assert "is there already and is no plugin that this program wrote" in capsys.readouterr().err
    assert [path.name for path in other.parent.iterdir()] == ["metadata.txt"]


def test_it_is_installed_into_a_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["qgis", "install", "--profile", str(tmp_path / "none")]) == 2
    assert "start QGIS once" in capsys.readouterr().err
    assert main(["qgis", "install", "--profile", str(tmp_path), "--lang", "es"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == str(tmp_path / "python" / "plugins" / "corridor_sim")
    assert said[1].startswith("Inicie QGIS otra vez")
    assert (tmp_path / "python" / "plugins" / "corridor_sim" / "metadata.txt").is_file()


@pytest.mark.parametrize(
    ("system", "variable", "place"),
    [
        ("linux", "XDG_DATA_HOME", "QGIS/QGIS3/profiles/default"),
        ("win32", "APPDATA", "QGIS/QGIS3/profiles/default"),
    ],
)
def test_the_profile_is_that_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, variable: str, place: str
) -> None:
    monkeypatch.setattr("corridor_sim.qgis_plugin.write.sys.platform", system)
    monkeypatch.setenv(variable, str(tmp_path))
    assert default_profile() == tmp_path / place
    newer = tmp_path / "QGIS" / "QGIS4" / "profiles" / "default"
    newer.mkdir(parents=True)
    assert default_profile() == newer


# ---- the commands that it builds


def parsed(words: list[str]) -> Any:
    return build_parser().parse_args(words)


@pytest.mark.parametrize(
    "value",
    ["dem.tif|layername=a", 'C:\\maps\\"new".gpkg', "Río\u2028\x7f\x1f", 3, 2.5, True, ["a", 1]],
)
def test_values_are_toml(plugin: WrittenPlugin, value: object) -> None:
    toml = plugin.module("commands").toml
    assert tomllib.loads(f"v = {toml(value)}") == {"v": value}
    assert tomllib.loads(f"v = {toml([{'kind': 'x', 'file': value}])}")["v"][0]["file"] == value


def test_a_landscape_is_asked_for_in_words_that_the_program_knows(
    plugin: WrittenPlugin, tmp_path: Path
) -> None:
    commands = plugin.module("commands")
    own = tmp_path / "My marten.toml"
    own.write_text('name = "x"\nkey = "pine_marten"\n', "utf-8")
    animals = commands.species(["one_of_ours"], [str(own), str(tmp_path / "Zorro 2.toml")])
    words = commands.landscape(
        {"elevation": "/maps/dem.tif", "roads": "/maps/roads.gpkg"},
        {("roads", "class"), ("settlements", "population")},
        {"landscape.cell_m": 500.0, "landscape.crs": None, **animals, "days": 90, "name": ""},
        "# a comment\n\nlandscape.region.lapse_c_per_km = 6\n",
        "/out",
        "es_EC",
    )
    args = parsed(words)
    assert (args.command, args.action, args.out) == ("landscape", "export", "/out")
    assert args.with_settings
    assert args.lang == "es_EC"
    assert args.set == [
        'landscape.elevation="/maps/dem.tif"',
        'landscape.roads="/maps/roads.gpkg"',
        'landscape.road_class_field="class"',
        "landscape.cell_m=500.0",
        "species.one_of_ours={}",
        f'species.pine_marten.file="{own}"',
        f'species.zorro_2.file="{tmp_path}/Zorro 2.toml"',
        "days=90",
        "landscape.region.lapse_c_per_km = 6",
    ]


def test_tables_of_classes_and_of_codes_are_told_apart(
    plugin: WrittenPlugin, tmp_path: Path
) -> None:
    key_of = plugin.module("commands").table_key
    for head, key in (
        ("code,key,label", "cover_classes"),
        ("\ufeffcode;cover", "land_cover_codes"),
        ('"Code","Cover","Note"', "land_cover_codes"),
    ):
        (tmp_path / "t.csv").write_text(f"{head}\n1,a\n", "utf-8")
        assert key_of(str(tmp_path / "t.csv")) == key


def test_links_are_proposed_and_ranked_in_words_that_the_program_knows(
    plugin: WrittenPlugin,
) -> None:
    commands = plugin.module("commands")
    keys = commands.listed("one, two;three")
    args = parsed(commands.propose("s.toml", keys, 3000, 5.0, "days=5", "p.gpkg", "en"))
    assert (args.file, args.species, args.width, args.most, args.out, args.set, args.lang) == (
        *("s.toml", ["one", "two", "three"], 3000.0, 5, "p.gpkg"),
        *(["days=5"], None),
    )
    assert parsed(commands.propose("", [], 3000, 5, "", "p.gpkg", "en")).file is None
    numbers = {"links.budget": 60.0, "links.cost_unit": "million USD", "links.fair": None}
    args = parsed(commands.rank("l.gpkg", "s.toml", numbers, "", "out", "es"))
    assert (args.file, args.scenario, args.out, args.lang) == ("l.gpkg", "s.toml", "out", "es")
    assert args.set == ["links.budget=60.0", 'links.cost_unit="million USD"']
    assert parsed(commands.rank("l.toml", "", {}, "", "out", "en")).scenario is None


def test_changes_are_edits_that_the_program_knows(plugin: WrittenPlugin) -> None:
    commands = plugin.module("commands")
    edits = [
        {"kind": "add_road", "road_class": 2, "file": "r.gpkg", "name": 'Vía "nueva"'},
        {"kind": "clear", "fraction": 0.5, "to": "pasture", "file": "c.gpkg"},
        {"kind": "protect", "core": False, "file": "p.gpkg", "name": "a"},
        {"kind": "restore", "file": "f.gpkg", "name": "b"},
        {"kind": "warm", "degrees_c": 1.5},
    ]
    args = parsed(commands.compare("s.toml", {'Todo = "junto".': edits}, 4.0, "", "out", "en"))
    assert args.replicates == 4
    (setting,) = args.set
    # a dotted name and its value are TOML themselves
    (name, beside) = tomllib.loads(setting)["beside"].popitem()
    assert (name, beside) == ('Todo - "junto".', {"edits": edits})
    for edit in edits:
        table = dict(edit)
        EDITS[str(table.pop("kind"))](**table)


def test_results_are_exported_and_reported_in_words_that_the_program_knows(
    plugin: WrittenPlugin,
) -> None:
    commands = plugin.module("commands")
    assert parsed(commands.export("r", "csv", "o", "en")).format == "csv"
    assert parsed(commands.report("r", "es")).lang == "es"


# ---- the program, called


def test_nothing_of_the_python_of_qgis_is_left(plugin: WrittenPlugin) -> None:
    program = plugin.module("program")
    of_qgis = {
        "PYTHONHOME": "C:\\OSGeo4W\\apps\\Python39",
        "PYTHONPATH": "/usr/share/qgis/python",
        "GDAL_DATA": "x",
        "Proj_Lib": "x",
        "LD_LIBRARY_PATH": os.pathsep.join(["/usr/lib/grass82/lib", "/opt/mine"]),
        "DYLD_LIBRARY_PATH": "/Applications/QGIS.app/Contents/MacOS/lib",
        "HOME": "/home/me",
        "Path": "/usr/bin",
    }
    clean = program.environment(of_qgis, "/env/python", windows=False)
    assert not set(clean) & {"PYTHONHOME", "PYTHONPATH", "GDAL_DATA", "Proj_Lib"}
    assert "DYLD_LIBRARY_PATH" not in clean
    assert clean["LD_LIBRARY_PATH"] == "/opt/mine"
    assert (clean["HOME"], clean["Path"], clean["PYTHONUTF8"]) == ("/home/me", "/usr/bin", "1")
    assert clean["CORRIDOR_SIM_PROGRESS"] == "json"
    # there, libraries are found by the path alone
    windows = program.environment(of_qgis, "/env/python.exe", windows=True)
    assert windows["Path"].split(os.pathsep) == [
        *("/env", "/env/Library/bin", "/env/Scripts", "/usr/bin")
    ]


class Heard:
    """Keeps what is told, and stops after so many steps."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.said: list[str] = []
        self.shares: list[float] = []
        self.stop_after = stop_after

    def say(self, text: str) -> None:
        self.said.append(text)

    def share(self, done: float) -> None:
        self.shares.append(done)

    def answer(self, line: str) -> None:
        pass

    def stopped(self) -> bool:
        return len(self.said) >= self.stop_after


Stub = Callable[[str], None]


@pytest.fixture
def stub(
    plugin: WrittenPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Let a script stand in for the Python of the program."""
    monkeypatch.setattr(plugin.module("words"), "locale_of_qgis", lambda: "en")

    def write(text: str) -> None:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("CORRIDOR_SIM_PYTHON", str(path))

    return write


def test_the_program_is_called_and_heard(
    plugin: WrittenPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = plugin.module("program")
    monkeypatch.delenv("CORRIDOR_SIM_PYTHON", raising=False)
    assert program.other_version(Heard(), tmp_path) == ""
    monkeypatch.setattr(program, "written_down", lambda: {"python": sys.executable, "version": "0"})
    assert program.other_version(Heard(), tmp_path) == cs.__version__
    words = ["links", "rank", "nowhere.toml"]
    with pytest.raises(program.Failed, match=r"^nowhere\.toml: "):
        program.call(words, Heard(), tmp_path)


def test_lines_of_json_tell_progress_and_others_are_said(
    plugin: WrittenPlugin, tmp_path: Path, stub: Stub
) -> None:
    program = plugin.module("program")
    stub(
        """
echo '{"say": "preparing"}' >&2
echo '{"share": 0.25}' >&2
echo 'a library warns' >&2
echo '{"say": "one", "share": 1}' >&2
echo '{"other": 1}' >&2
echo "answer $3 $4"
"""
    )
    heard = Heard()
    assert program.call(["links", "rank"], heard, tmp_path) == ["answer links rank"]
    assert heard.said == ["preparing", "a library warns", "one", '{"other": 1}']
    assert heard.shares == [0.25, 1.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo 'corridor-sim: a.toml: days is 0; give 1' >&2; exit 2", "a.toml: days is 0; give 1"),
        (
            "echo '/x: No module named corridor_sim' >&2; exit 1",
            "it holds no corridor_sim; run corridor-sim qgis install",
        ),
        ("exit 70", "corridor_sim ended with code 70 and said nothing"),
    ],
)
def test_mistakes_are_one_line(
    plugin: WrittenPlugin, tmp_path: Path, stub: Stub, text: str, said: str
) -> None:
    program = plugin.module("program")
    stub(text)
    with pytest.raises(program.Failed) as bad:
        program.call(["run"], Heard(), tmp_path)
    assert said in str(bad.value)
    assert "\n" not in str(bad.value)


def test_a_python_that_is_gone_is_named_with_a_remedy(
    plugin: WrittenPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = plugin.module("program")
    monkeypatch.setattr(plugin.module("words"), "locale_of_qgis", lambda: "es_EC")
    monkeypatch.setenv("CORRIDOR_SIM_PYTHON", str(tmp_path / "gone"))
    with pytest.raises(program.Failed, match="ejecute corridor-sim qgis install") as bad:
        program.call(["run"], Heard(), tmp_path)
    assert str(tmp_path / "gone") in str(bad.value)


def test_who_stops_it_ends_all_that_it_started(
    plugin: WrittenPlugin, tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = plugin.module("program")
    # a program that is deaf to the gentle signal, and a worker that is deaf to two
    monkeypatch.setattr(program, "SIGNALS", [(name, 0.3) for name, _ in program.SIGNALS])
    stub(
        f"""
trap '' INT
(trap '' INT TERM; exec sleep 60) &
echo $! > {tmp_path}/worker
echo $$ > {tmp_path}/main
echo '{{"say": "one"}}' >&2
exec sleep 60
"""
    )
    began = time.monotonic()
    with pytest.raises(program.Stopped):
        program.call(["run"], Heard(stop_after=1), tmp_path)
    assert time.monotonic() - began < 10
    for name in ("main", "worker"):
        pid = int((tmp_path / name).read_text())
        state = Path(f"/proc/{pid}/stat")
        deadline = time.monotonic() + 5
        # what is left of it may wait for whoever reaps it
        while state.exists() and not re.search(r"\) Z", state.read_text()):
            assert time.monotonic() < deadline, f"{name} is still there"
            time.sleep(0.05)
