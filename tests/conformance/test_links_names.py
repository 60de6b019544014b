"""Names of links: one line for each that cannot be, and one name for what reads alike."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from pathlib import Path

import pytest

from corridor_sim import Scenario
from corridor_sim.cli.main import main
from corridor_sim.config.links import Candidate, LinksFile
from corridor_sim.links.files import write_links_file
from corridor_sim.links.propose import Proposal, _name
from oracles.link_country import LINKS, candidate, corners, write_country, write_links

PROCEDURE = "first_replicates = 5\nbudget_runs = 20\nconfirm_replicates = 3"
UNSEEN = ["a\nb", "a\x00b", "a\tb", "a\x1b[31mb", "a\x7fb", "a\rb"]
COMPOSED = "Río Ñan"
APART = unicodedata.normalize("NFD", COMPOSED)


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    write_country(folder)
    return folder


def refused(path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line with which a links file is refused, before anything is written."""
    assert main(["links", "rank", str(path), "--out", str(out), "--quiet"]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    (line,) = found.err.splitlines()
    assert line.isprintable()
    assert not (out / "runs").exists()
    return line


def as_toml(country: Path, names: tuple[str, str]) -> Path:
    rows = [
        candidate(one, name=None) + f"\nname = {json.dumps(name)}".replace("\x7f", "\\u007f")
        for one, name in zip(("pass", "away"), names, strict=True)
    ]
    return write_links(country, procedure=PROCEDURE, candidates="\n".join(rows))


def as_geojson(country: Path, names: tuple[str, str]) -> Path:
    rings = [corners(LINKS[one][1], 10.0) for one in ("pass", "away")]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "cost": 1.0, "actions": "crossings"},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        }
        for name, ring in zip(names, rings, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32717"}}
    data = {"type": "FeatureCollection", "crs": crs, "features": features}
    (country / "drawn.geojson").write_text(json.dumps(data), encoding="utf-8")
    return write_links(
        country, procedure=PROCEDURE, links='file = "drawn.geojson"', candidates="", name="g.toml"
    )


# GDAL cuts texts of a GeoJSON at NUL
@pytest.mark.parametrize(
    ("write", "name"),
    [
        (write, name)
        for write in (as_toml, as_geojson)
        for name in UNSEEN
        if write is as_toml or "\x00" not in name
    ],
)
def test_a_name_with_what_cannot_be_seen_is_refused(
    country: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], write, name: str
) -> None:
    line = refused(write(country, (name, "b")), tmp_path / "out", capsys)
    if "\x00" in name:  # no text of a settings file has it
        assert "the text holds a character that no file can hold (U+0000)" in line
        return
    assert "the name has a line break or another character that cannot be seen" in line
    assert repr(name) in line


@pytest.mark.parametrize("write", [as_toml, as_geojson])
def test_a_name_that_is_too_long_is_refused_and_shown_in_part(
    country: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], write
) -> None:
    line = refused(write(country, ("x" * 10_000, "b")), tmp_path / "out", capsys)
    assert "the text should have at most 80 characters" in line
    assert len(line) < 500


@pytest.mark.parametrize("write", [as_toml, as_geojson])
@pytest.mark.parametrize("names", [(COMPOSED, APART), ("a b", "a  b"), ("a b", " a b ")])
def test_names_that_read_alike_are_one_name(
    country: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], write, names: tuple[str, str]
) -> None:
    line = refused(write(country, names), tmp_path / "out", capsys)
    assert f"are named {unicodedata.normalize('NFC', names[0])!r}" in line


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ('file = "a\\nb.gpkg"', "no such file"),
        ('cost_unit = "a\\nb"', "links.cost_unit: 'a\\nb' is not allowed; the "),
        ('cost_unit = "a\\u0000"', "holds a character that no file can hold (U+0000)"),
        (f'cost_unit = "{"x" * 41}"', "the text should have at most 40 characters"),
        ('cost_unit = " "', "the unit is empty"),
    ],
)
def test_other_texts_of_a_links_file_are_refused_in_one_line(
    country: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], links: str, says: str
) -> None:
    rows = "" if links.startswith("file") else candidate("pass") + "\n" + candidate("away")
    path = write_links(
        country, procedure=PROCEDURE, links=links, candidates=rows, name="texts.toml"
    )
    assert says in refused(path, tmp_path / "out", capsys)


@pytest.mark.parametrize(
    ("between", "name"),
    [
        (("Área\nuno", "b\x00c"), "Área uno to b c"),
        ((APART, "b  c"), f"{COMPOSED} to b c"),
        (("\x1b[31mred", "\u202e"), "[31mred to unnamed"),
        (("x" * 60, "y" * 60), f"{'x' * 60} to {'y' * 15}…"),
        (('with "quotes"', "back\\slash"), 'with "quotes" to back\\slash'),
    ],
)
def test_proposals_between_areas_of_any_name_can_be_ranked(
    tmp_path: Path, between: tuple[str, str], name: str
) -> None:
    taken: set[str] = set()
    rows = []
    for _ in range(3):
        found = _name(between, taken)
        taken.add(found)
        one = Candidate(name=found, cost=1.0, line=((0.0, 0.0), (1.0, 1.0)), width_m=9.0)
        rows.append(Proposal(one, between, 1.0, 1.0, 1.0, (0.0, 0.0), 1.0))
    names = [one.candidate.name for one in rows]
    assert names[0] == name
    assert len(set(names)) == 3
    assert all(len(one) <= 80 and one.isprintable() for one in names)
    path = write_links_file(tmp_path / "proposed.toml", rows, Scenario())
    read = LinksFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    assert [one.name for one in read.links.candidates] == names
