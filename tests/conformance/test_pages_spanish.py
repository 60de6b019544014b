"""Pages of sweeps, sensitivity, generations and places: every word is a message, and Spanish."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.languages import language
from oracles.link_country import write_links
from oracles.pseudo import PSEUDO, bare, bare_words
from oracles.small_study import design_of

# each is a study of its own: together they take a minute
pytestmark = pytest.mark.slow

BASE = """
[base]
days = 4
replicates = 2
seed = 5
tracks = 0
[base.landscape]
cell_m = 10000
[[base.edits]]
kind = "clear"
fraction = 0.1
[base.species.jaguar]
sampling = 0.05
"""
SWEEP = """
[sweep]
outcomes = ["home_range_quality"]
[sweep.parameters."edits.0.fraction"]
values = [0.1, 0.5]
"""
MORRIS = """
[sensitivity]
n = 2
outcomes = ["home_range_quality"]
traits = ["jaguar.habitat.gap_half_m", "jaguar.habitat.suitable_from"]
"""
LINKS = """
name = "Survive?"
[base]
replicates = 2
days = 10
[base.species.jaguar]
count = 300
[sensitivity]
n = 2
traits = ["jaguar.movement.male.disperser.step_scale_m", "jaguar.habitat.resistance_exponent"]
[sensitivity.links]
file = "links.toml"
"""
SCENARIO = """
name = "{name}"
[landscape]
cell_m = 10000
[species.mountain_tapir]
{more}
"""
CLEARED = '[[edits]]\nkind = "clear"\nfraction = 0.5'
# names that a study is given, of species, traits, places and files; codes and Latin
NAMES = (
    *("Mountain tapir", "mountain tapir", "Tapirus pinchaque", "jaguar", "Jaguar", "dead end"),
    *("habitat", "gap_half_m", "suitable_from", "movement", "male", "disperser", "step_scale_m"),
    *("resistance_exponent", "fraction", "Survive?", "Cleared", "Plain", "pass", "left", "ST"),
    *("small", "Small", "some", "none", "hot", "now", "West", "East", "p.gpkg", "km²", "EPSG"),
    *("sweep.csv", "sensitivity.csv", "experiment.json", "runs/", "parquet", "tables/"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left_over(page: Path, names: tuple[str, ...] = ()) -> list[str]:
    """Return the words of a page that are in no message; the ground has tests of its own."""
    text = page.read_text("utf-8")
    for part in ("landscape", "provenance"):
        text = re.sub(rf'<section id="{part}".*?</section>', "", text, flags=re.S)
    files = re.findall(r"[\w/*]+\.(?:csv|json|gpkg|qml|html|parquet)", text)
    return bare_words(text, (*NAMES, *files, *names))


def run(capsys: pytest.CaptureFixture[str], *words: str, names: tuple[str, ...] = ()) -> str:
    """Run a command in the pseudo-language; what it prints holds no other word."""
    with language(PSEUDO):
        assert main([*words, "--out", "out"]) == 0
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if "/out" not in line]
    assert bare("\n".join(lines), (*NAMES, *names)) == []
    return said


def test_a_sweep(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "s.toml").write_text(BASE + SWEEP, "utf-8")
    run(capsys, "sweep", "s.toml")
    assert left_over(folder / "out/report.html") == []


def test_a_sensitivity_analysis(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "s.toml").write_text(BASE + MORRIS, "utf-8")
    run(capsys, "sensitivity", "s.toml")
    assert left_over(folder / "out/report.html") == []


def test_whether_links_survive(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_links(
        folder,
        ("pass", "left", "dead end"),
        scale=10.0,
        links="budget = 4",
        procedure="indifference = 0.05",
    )
    (folder / "s.toml").write_text(LINKS, "utf-8")
    run(capsys, "sensitivity", "s.toml")
    assert left_over(folder / "out/report.html") == []


def test_many_generations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "plain.toml").write_text(SCENARIO.format(name="Plain", more=""), "utf-8")
    (folder / "cleared.toml").write_text(SCENARIO.format(name="Cleared", more=CLEARED), "utf-8")
    words = ["generations", "cleared.toml", "--against", "plain.toml", "--replicates", "2"]
    words += ["--years", "3", "--walks", "200"]
    with language(PSEUDO):
        assert main([*words, "--out", "out"]) == 0
    text = (folder / "out/report.html").read_text("utf-8")
    places = re.findall(r'<t[hd][^>]*(?:scope="row"|class="place")[^>]*>([^<]+)</t[hd]>', text)
    assert left_over(folder / "out/report.html", tuple(places)) == []


def test_results_by_place(folder: Path) -> None:
    results = cs.compare(design_of(folder, replicates=2), out=folder / "out")
    west, north, side = 600_000.0, 9_600_000.0, 48 * 4000.0
    halves = [
        box(west, north - side, west + side / 2, north),
        box(west + side / 2, north - side, west + side, north),
    ]
    frame = gpd.GeoDataFrame({"NAME": ["West", "East"]}, geometry=halves, crs="EPSG:32717")
    frame.to_file(folder / "p.gpkg", engine="pyogrio")
    with language(PSEUDO):
        cs.write_results_by_place(results.study.out, folder / "p.gpkg", "NAME", out="pseudo")
    condor = ("Andean condor", "Vultur gryphus")
    assert left_over(folder / "pseudo/places.html", condor) == []
    with language("es"):
        cs.write_results_by_place(results.study.out, folder / "p.gpkg", "NAME", out="es")
    page = (folder / "es/places.html").read_text("utf-8")
    assert "Animales que viven allí" in page
    assert "Otorongo por lugar" in page
