"""Many generations from the command line: tables on the screen, files beside, one line if not."""

from __future__ import annotations

from pathlib import Path

import pytest

from corridor_sim.cli.main import BAD_INPUT, main
from corridor_sim.config.load import scenario_of
from corridor_sim.experiment.generations import refuse_unlike

BASE = """
name = "{name}"
[landscape]
cell_m = 10000
[species.{species}]
{more}
"""
SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEXES = ("female", "male")
QUICK = ["--replicates", "2", "--years", "3", "--walks", "200", "--quiet"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scenario(file: str, species: str = "mountain_tapir", more: str = "", name: str = "A") -> str:
    Path(file).write_text(BASE.format(name=name, species=species, more=more), "utf-8")
    return file


def test_a_scenario_against_another(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = scenario("plain.toml")
    cleared = scenario(
        "cleared.toml", more='[[edits]]\nkind = "clear"\nfraction = 0.5', name="Cleared"
    )
    words = ["generations", cleared, "--against", plain, *QUICK]
    assert main(words[:-1]) == 0
    printed = capsys.readouterr().out
    assert "Mountain tapir" in printed
    assert "Animals a generation" in printed
    out = folder / "results" / "cleared_generations"
    assert str(out / "report.html") in printed
    for name in ("tables/pairs.csv", "tables/outcomes.csv", "tables/blocks.csv", "tiles.qml"):
        assert (out / name).is_file(), name
    page = (out / "report.html").read_text("utf-8")
    assert f"corridor-sim generations {cleared}" in page
    assert "--against plain.toml" in page
    assert "maps of clearing" not in page
    first = (out / "tables" / "pairs.csv").read_bytes()
    assert main([*words, "--out", "again"]) == 0
    assert (folder / "again" / "tables" / "pairs.csv").read_bytes() == first


def test_scenarios_of_the_package_can_be_compared() -> None:
    """One names the size of cells, the other leaves it out."""
    road, today = (scenario_of(SCENARIOS / f"{name}.toml") for name in ("new_road", "baseline"))
    refuse_unlike(road, today)


def test_landscapes_that_change_through_the_years_are_followed(folder: Path) -> None:
    change = '[life_cycle]\n[change]\nupdate_every_y = 2\n[change.climate]\nssp = "SSP2-4.5"\n'
    file = scenario("warm.toml", more=change).replace("\\", "/")
    text = Path(file).read_text("utf-8").replace('name = "A"', 'name = "A"\nyears = 3')
    Path(file).write_text(text, "utf-8")
    assert main(["generations", file, *QUICK, "--out", "warm"]) == 0
    rows = (folder / "warm" / "tables" / "yearly.csv").read_text("utf-8-sig").splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["2025", "2026", "2027", "2028"]


@pytest.mark.parametrize(
    ("make", "words", "line"),
    [
        ({"species": "andean_condor"}, [], "species.andean_condor: soars: it is no disperser"),
        ({}, ["--species", "puma"], "no species 'puma' in 'A'"),
        ({"more": "traits.life_cycle.x = 1"}, [], "life_cycle.x"),
        ({}, ["--against", "other.toml"], "'A' and 'Other' differ in seed"),
        ({}, ["--set", "landscape.join_within_m=900000"], "join_within_m = 900000 joins all"),
        ({}, ["--years", "2000"], "give 1 to 1,000"),
        ({}, ["--walks", "70000"], "give 100 to 60,000"),
    ],
)
def test_what_cannot_be_told_is_one_line_before_work(
    make: dict[str, str],
    words: list[str],
    line: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = BASE.format(name="Other", species="mountain_tapir", more="")
    (folder / "other.toml").write_text("seed = 7\n" + text, "utf-8")
    file = scenario("file.toml", **make)
    assert main(["generations", file, *QUICK, *words]) == BAD_INPUT
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1, said
    assert line in said[0]
    assert not (folder / "results").exists()


def test_an_experiment_is_no_scenario(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "experiment.toml").write_text('name = "E"\n[base]\n[factors.a]\nx = []\n', "utf-8")
    assert main(["generations", "experiment.toml", *QUICK]) == BAD_INPUT
    assert "is an experiment, not for generations" in capsys.readouterr().err


def test_a_species_without_a_path_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dispersers that hardly move and hardly see are nowhere near another block."""
    sides = (f"[species.mountain_tapir.traits.movement.{sex}.disperser]" for sex in SEXES)
    still = "\n".join(f"{side}\nstep_scale_m = 0.001" for side in sides)
    still += "\n[species.mountain_tapir.traits.life_cycle]\nperception_m = 1.0"
    file = scenario("still.toml", more=still)
    assert main(["generations", file, *QUICK]) == BAD_INPUT
    assert "no path leads from any block of core areas to another" in capsys.readouterr().err
    assert not (folder / "results").exists()
