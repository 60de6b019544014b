"""The JSON Schema of every kind of file, beside what the readers take and refuse."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import corridor_sim
from corridor_sim import (
    CorridorModel,
    CorridorSimError,
    edits,
    load_experiment,
    load_scenario,
    load_species,
)
from corridor_sim.config.load import kind_of, read_file
from corridor_sim.config.schemas import KINDS, schema
from corridor_sim.config.sweep import SweepFile
from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.plan import scenario_digest
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.files import read_links_file
from corridor_sim.sweeps.sensitivity import plan_sensitivity
from oracles.andes_covers import COVERS
from oracles.further_edit import Flood

ROOT = Path(__file__).parents[2]
CATALOGUE = Path(corridor_sim.__file__).parent / "species/catalog"
SHIPPED = sorted([*ROOT.glob("scenarios/*.toml"), *ROOT.glob("experiments/*.toml")])
VALID = sorted((ROOT / "tests/conformance/scenarios/valid").glob("*.toml"))
READERS: dict[str, Callable[[Path], object]] = {
    "scenario": load_scenario,
    "experiment": load_experiment,
    "species": load_species,
    "links": read_links_file,
    "sweep": lambda path: read_file(path, SweepFile, (), section="sweep"),
    "sensitivity": lambda path: plan_sensitivity(path, yes=True),
}
CHECKERS = {kind: jsonschema.Draft202012Validator(schema(kind)) for kind in KINDS}


def misfits(kind: str, text: str) -> list[str]:
    return [one.message for one in CHECKERS[kind].iter_errors(tomllib.loads(text))]


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_in_the_repository_is_the_present_one(kind: str) -> None:
    now = json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"
    kept = (ROOT / f"schemas/{kind}.json").read_text(encoding="utf-8")
    assert kept == now, f"write it anew: corridor-sim schema {kind} > schemas/{kind}.json"


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_and_says_what_everything_is(kind: str) -> None:
    found = schema(kind)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$schema"].endswith("2020-12/schema")
    for table in (found, *found["$defs"].values()):
        assert table["title"]
        for key, entry in table.get("properties", {}).items():
            told = "description" in entry or "$ref" in str(entry) or key == "kind"
            assert told, f"{table['title']}.{key}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_names_its_schema_and_fits_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    named = (path.parent / first.removeprefix("#:schema ")).resolve()
    assert named == ROOT / f"schemas/{kind_of(path)}.json"
    assert misfits(kind_of(path), text) == []


@pytest.mark.parametrize("path", sorted(CATALOGUE.glob("*.toml")), ids=lambda path: path.stem)
def test_a_species_of_the_catalogue_fits_its_schema(path: Path) -> None:
    assert misfits("species", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_what_the_reader_takes_fits_the_schema(path: Path) -> None:
    assert misfits("scenario", path.read_text(encoding="utf-8")) == []


def test_the_line_of_a_schema_changes_no_identity(tmp_path: Path) -> None:
    path = ROOT / "scenarios/new_road.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert lines[0].startswith("#:schema")
    (tmp_path / "bare.toml").write_text("".join(lines[1:]), encoding="utf-8")
    assert scenario_digest(load_scenario(tmp_path / "bare.toml")) == scenario_digest(
        load_scenario(path)
    )


def shipped(kind: str) -> str:
    name = {
        "scenario": "scenarios/new_road.toml",
        "experiment": "experiments/fragmentation_and_climate.toml",
        "species": "src/corridor_sim/species/catalog/jaguar.toml",
        "links": "experiments/andes_links.toml",
        "sweep": "experiments/sweep_gaps.toml",
        "sensitivity": "experiments/sensitivity_jaguar.toml",
    }[kind]
    return (ROOT / name).read_text(encoding="utf-8")


BAD = [
    ("scenario", "days = 0"),
    ("scenario", 'days = "ten"'),
    ("scenario", "dais = 10"),
    ("scenario", "days = 10\n[landscape]\ncell_m = 9"),
    ("scenario", "days = 10\n[[edits]]\nfraction = 0.1"),
    ("scenario", 'days = 10\n[[edits]]\nkind = "cleer"'),
    ("scenario", 'days = 10\n[[edits]]\nkind = "clear"\nfraction = 1.1'),
    ("scenario", 'days = 10\n[[edits]]\nkind = "clear"\nfraction = 0.1\nto = 3'),
    (
        "scenario",
        'days = 10\n[[edits]]\nkind = "add_road"\nname = "a"\npoints = [[1, 2, 3], [1, 2]]',
    ),
    ("scenario", 'days = 10\n[species.jaguar.dispersal]\nmodel = "smss"'),
    ("scenario", 'days = 10\n[species.jaguar.dispersal]\nmodel = "sms"\nmoves_per_day = 0'),
    ("scenario", "years = 2\n[life_cycle]\n[change.regrowth]\nrate = 2"),
    ("scenario", 'years = 2\n[life_cycle]\n[[change.events]]\nkind = "protect_plan"'),
    ("scenario", 'years = 2\n[life_cycle]\n[[change.events]]\nopens = 2026\nkind = "dig"'),
    ("experiment", "base = 3"),
    ("experiment", '[base]\ndays = 2\n[factors.road]\nwith = [{ kind = "add_road" }]'),
    ("species", shipped("species").replace("\nconfidence = 4", "\nconfidence = 5", 1)),
    ("species", 'key = "x"'),
    ("links", shipped("links").replace("cost = ", "cost = -", 1)),
    ("links", shipped("links").replace('"restore"', '"restor"', 1)),
    ("sweep", shipped("sweep").replace("design", "desing", 1)),
    ("sensitivity", shipped("sensitivity").replace('"morris"', '"moris"', 1)),
]


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_a_bad_file_fails_in_both(kind: str, text: str, tmp_path: Path) -> None:
    assert misfits(kind, text)
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorridorSimError) as told:
        READERS[kind](path)
    assert "\n" not in str(told.value)


def limits_of(name: str) -> list[tuple[str, float, float]]:
    found = schema("species")["$defs"][name]["properties"]
    rows = []
    for key, entry in found.items():
        for part in entry.get("allOf", ()):
            if "properties" in part:
                value = part["properties"]["value"]
                rows.append((key, value["minimum"], value["maximum"]))
    return rows


@pytest.mark.parametrize(("key", "low", "high"), limits_of("Mortality"))
def test_the_limits_of_a_trait_are_those_of_the_code(key: str, low: float, high: float) -> None:
    for right in (low, high):
        load_species("jaguar", {f"mortality.{key}": right})
    for wrong in (low - 1e-3, high * 1.001 + 1e-3):
        with pytest.raises(CorridorSimError, match=key):
            load_species("jaguar", {f"mortality.{key}": wrong})


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(ScenarioError, match="unknown kind of file 'scenaro'; did you mean"):
        schema("scenaro")


def test_an_edit_from_outside_is_a_class_and_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(edits.EDITS, "flood", Flood)
    found = schema("scenario")["$defs"]
    assert found["Flood"]["properties"]["below_m"]["maximum"] == 9e3
    assert found["DatedFlood"]["required"] == ["opens", "kind", "below_m"]
    path = tmp_path / "flood.toml"
    path.write_text(
        'days = 1\n[species.jaguar]\ncount = 20\n[[edits]]\nkind = "flood"\nbelow_m = 500\n',
        encoding="utf-8",
    )
    height = np.linspace(0, 1000, 400, dtype=np.float32).reshape(20, 20)
    land = uniform(20, 20, elevation_m=height)
    model = CorridorModel(load_scenario(path), rng=1, land=land)
    model.step()
    drowned = model.landscape["land_cover"] == COVERS["water"].code
    assert np.array_equal(drowned, height < 500)
    assert model.landscape.edits == ("flooded below 500 m",)
    path.write_text(path.read_text(encoding="utf-8").replace("500", "-1"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"flood.toml:6: edits\[0\].flood.below_m: -1 is imp"):
        load_scenario(path)


WITH_PUMAS = """
days = 1
[species.puma]
file = "puma.toml"
count = 30
[species.jaguar]
count = 20
"""


def test_a_species_from_outside_is_a_file(tmp_path: Path) -> None:
    text = (CATALOGUE / "jaguar.toml").read_text(encoding="utf-8")
    text = text.replace('key = "jaguar"', 'key = "puma"', 1).replace('"Jaguar"', '"Puma"', 1)
    (tmp_path / "puma.toml").write_text(text, encoding="utf-8")
    assert misfits("species", text) == []
    path = tmp_path / "two.toml"
    path.write_text(WITH_PUMAS, encoding="utf-8")
    model = CorridorModel(load_scenario(path), rng=1, land=uniform(20, 20))
    model.step()
    assert {animal.species for animal in model.agents} == {"puma", "jaguar"}


def test_an_edit_is_used_from_python() -> None:
    land = uniform(20, 20)
    edit = edits.Clear(fraction=0.25)
    assert (edit(land)["land_cover"] != land["land_cover"]).sum() == 100
    assert np.array_equal(edit(land)["land_cover"], edit.apply(land, 1)["land_cover"])
    assert edit.table() == {"kind": "clear", "fraction": 0.25}


def test_the_earlier_word_for_actions_is_read_and_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from corridor_sim.progress import listening, to_screen

    text = shipped("links")
    (tmp_path / "new.toml").write_text(text, encoding="utf-8")
    (tmp_path / "old.toml").write_text(text.replace("\nactions =", "\ndoes ="), encoding="utf-8")
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    with listening(to_screen):
        new, _ = read_links_file(tmp_path / "new.toml")
        assert capsys.readouterr().err == ""
        old, _ = read_links_file(tmp_path / "old.toml")
    assert capsys.readouterr().err.count("does is called actions now") == 1
    assert new == old
    assert "does" not in json.dumps(new.as_settings()["links"]["candidates"])
    made: Any = edits.EDITS["build_link"](
        name="a", areas=[[(0, 0), (1, 1), (0, 1)]], does=["protect"]
    )
    assert made.actions == ("protect",)
    # what identifies runs keeps the word that it was written with
    assert made.table()["does"] == ["protect"]
