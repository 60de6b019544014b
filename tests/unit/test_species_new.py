"""New species files: from nothing, from facts, like another species; each loads as it was made."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.species.check import check
from corridor_sim.species.facts import DIETS, RHYTHMS
from corridor_sim.species.fields import params_for
from corridor_sim.species.follows import daily_displacement_m, free_displacement_m, growth
from corridor_sim.species.new import placeholders


def test_from_nothing_every_number_is_a_placeholder_and_says_so(tmp_path: Path) -> None:
    made = cs.new_species("Grey wolf", file=tmp_path / "wolf.toml", life_cycle=True)
    assert cs.load_species(tmp_path / "wolf.toml") == made
    assert (made.key, made.name) == ("grey_wolf", "Grey wolf")
    found = cs.check_species(tmp_path / "wolf.toml")
    assert set(found["kind"]) == {"placeholder"}
    cited = re.findall(r'source = "(\w+)', (tmp_path / "wolf.toml").read_text("utf-8"))
    assert set(cited) == {"placeholder"}
    assert len(found) == len(cited) == len(placeholders(made))
    assert found["place"][0] == "habitat.resistance"
    assert found["line"].notna().all()
    assert 1.0 < growth(made) < 1.2


def test_facts_are_met_and_the_rest_follows_by_the_stated_rules(tmp_path: Path) -> None:
    made = cs.new_species(
        "Puma",
        file=tmp_path / "puma.toml",
        source="Somebody 2020",
        home_range_km2=123.456,
        daily_km=3.0,
        dispersal_km=60.0,
        dispersal_days=200.0,
        adult_survival=0.9,
        lives_in=["paramo", "cloud_forest"],
        avoids="pasture",
        elevation_m=(1000.0, 3000.0),
        active="night",
    )
    for sex in (made.movement.female, made.movement.male):
        assert sex.resident.home_range_km2.value == pytest.approx(123.456, abs=0.1)
        assert daily_displacement_m(sex.resident, made.movement) == pytest.approx(3000, rel=1e-3)
        # the median of a Rayleigh distribution from its mean
        median = (
            free_displacement_m(sex.disperser, made.movement)
            * math.sqrt(2 * math.log(2))
            / math.sqrt(math.pi / 2)
        )
        assert median == pytest.approx(60_000, rel=1e-3)
    female = made.movement.female
    assert female.resident.home_range_km2.value == 123.456
    assert female.resident.home_range_km2.confidence == 2
    assert female.resident.home_range_km2.source.startswith("Somebody 2020")
    assert made.population.density_per_100km2.value == pytest.approx(100 / 123.456 / 0.5, rel=1e-3)
    assert math.exp(-made.mortality.natural_per_year.value) == pytest.approx(0.9, rel=1e-3)
    assert female.disperser.hazard_per_year.value == pytest.approx(-3 * math.log(0.9), rel=1e-3)
    values = made.habitat.resistance.values
    assert (values["paramo"], values["pasture"], values["dry_scrub"]) == (1, 100, 12)
    assert made.habitat.elevation_m is not None
    assert made.habitat.elevation_m.points == ((800, 0), (1000, 1), (3000, 1), (3200, 0))
    assert made.movement.activity[12] < made.movement.activity[0]
    assert made.life_cycle is None
    assert cs.check_species(tmp_path / "puma.toml")["kind"].eq("placeholder").all()


@pytest.mark.parametrize(("diet", "km2"), [("herbivore", 5.10), ("omnivore", 44.5)])
def test_a_home_range_comes_from_mass(diet: str, km2: float, tmp_path: Path) -> None:
    # 0.002 x 200000^1.02 and 0.059 x 200000^0.92 hectares
    made = cs.new_species("A one", file=tmp_path / "a.toml", mass_kg=200.0, diet=diet)
    assert made.movement.female.resident.home_range_km2.value == pytest.approx(km2, rel=0.01)
    median_km = 7 * math.sqrt(km2)
    free_km = free_displacement_m(made.movement.male.disperser, made.movement) / 1000
    assert free_km / 1.0645 == pytest.approx(median_km, rel=0.01)


@pytest.mark.parametrize("mass_kg", [0.02, 1.0, 4000.0])
@pytest.mark.parametrize("diet", DIETS)
def test_a_vole_and_an_elephant_are_possible(diet: str, mass_kg: float, tmp_path: Path) -> None:
    for active in RHYTHMS:
        path = tmp_path / f"{active}.toml"
        made = cs.new_species(
            "A one", file=path, mass_kg=mass_kg, diet=diet, active=active, life_cycle=True
        )
        params_for(made, 1000.0)
        rows = check(path).rows
        assert "fault" not in {row.kind for row in rows}, [str(r) for r in rows]


@pytest.mark.parametrize("key", cs.species_keys())
def test_a_copy_is_marked_and_leaves_the_place_behind(key: str, tmp_path: Path) -> None:
    other = cs.load_species(key)
    made = cs.new_species("Mine", like=key, file=tmp_path / "mine.toml")
    assert cs.load_species(tmp_path / "mine.toml") == made
    before, after = (one.model_dump(mode="json") for one in (other, made))

    def compare(old: Any, new: Any) -> None:
        if isinstance(old, dict):
            assert set(old) == set(new)
            for name, inner in old.items():
                if name == "source":
                    assert new[name] == f"copied from {key}, not checked for Mine: {inner}"
                elif name == "confidence":
                    assert new[name] == max(3, inner)
                elif name == "absent_lonlat":
                    assert not new[name]
                else:
                    compare(inner, new[name])
        else:
            assert old == new

    for part in ("habitat", "movement", "barriers", "mortality", "population", "soaring"):
        compare(before[part], after[part])
    compare(before["life_cycle"], after["life_cycle"])
    assert made.key == "mine"
    text = (tmp_path / "mine.toml").read_text("utf-8")
    assert ("rings of ground" in text or "ring of ground" in text) == bool(
        other.habitat.residence and other.habitat.residence.absent_lonlat
    )


def test_a_copy_of_what_has_no_life_cycle_may_get_one(tmp_path: Path) -> None:
    first = cs.new_species("First", file=tmp_path / "first.toml", home_range_km2=50.0)
    assert first.life_cycle is None
    plain = cs.new_species("Second", like=tmp_path / "first.toml", file=tmp_path / "second.toml")
    assert plain.life_cycle is None
    made = cs.new_species(
        "Third", like=tmp_path / "first.toml", file=tmp_path / "third.toml", life_cycle=True
    )
    assert made.life_cycle is not None
    density = made.population.density_per_100km2.value
    assert made.life_cycle.capacity_per_100km2.value == pytest.approx(density)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["山猫"], "'山猫' makes no key; give one: --key"),
        (["A"], "'A' makes no key"),
        (["Puma", "--key", "Puma!"], "key: 'Puma!' is not allowed"),
        (["Puma", "--colour", "red"], "colour: 'red' is not allowed"),
        (["Puma", "--from", "jagaur"], "did you mean 'jaguar'?"),
        (["Puma", "--from", "jaguar", "--mass-kg", "3"], "mass_kg is of use only without"),
        (["Puma", "--mass-kg", "-3"], "mass_kg: -3.0; allowed: 0.001 to 1e+06"),
        (["Puma", "--mass-kg", "nan"], "mass_kg: nan; allowed"),
        (["Puma", "--diet", "carnivore"], "diet is of use only for a home range from mass_kg"),
        (["Puma", "--mass-kg", "9", "--diet", "carnivor"], "did you mean 'carnivore'?"),
        (["Puma", "--lives-in", "paramos"], "unknown land cover 'paramos'; did you mean 'paramo'?"),
        (["Puma", "--lives-in", "paramo", "--avoids", "paramo"], "is lived in and avoided"),
        (["Puma", "--daily-km", "40"], "a home range of 20 km² allows less than 1.83 km a day"),
        (["Puma", "--elevation-m", "9", "3"], "elevation_m: 9 to 3; give the lower one first"),
        (["Puma", "--litter", "3"], "litter belongs to a life cycle; ask for one"),
        (["Puma", "--life-cycle", "--first-birth-y", "30"], "first_birth_y 30 lies after"),
        (["Puma", "--out", "puma.txt"], "is no TOML file; call it puma.toml"),
        (["There"], "there.toml: is there already; choose another name, or --force"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_line(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.toml").write_text("mine", "utf-8")
    assert main(["species", "new", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.toml"]
    assert Path("there.toml").read_text("utf-8") == "mine"


def test_the_terminal_says_what_was_left_out_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["species", "new", "Puma", "--from", "jaguar"]) == 0
    said = capsys.readouterr().out
    assert "Left out: 1 ring of ground where jaguar is absent" in said
    assert 'file = "puma.toml"' in said
    assert main(["species", "check", "puma.toml"]) == 0
    said = capsys.readouterr().out
    for word in ("no fault, 0 doubts", "2.06 km (female), 3.26 km (male)", "lambda: 1.053"):
        assert word in said
    with pytest.raises(cs.CorridorSimError, match="unknown fact 'mass'"):
        cs.new_species("Puma", mass=3)
