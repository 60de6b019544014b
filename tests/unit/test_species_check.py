"""All faults of a species file at once, doubts that refuse nothing, placeholders that are left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim import Landscape, Species
from corridor_sim.cli.main import main
from corridor_sim.landscape.region import Region
from corridor_sim.simulation.days.ground_check import on_ground
from corridor_sim.species.check import check
from corridor_sim.species.reader import dump_species, with_values
from corridor_sim.toml.strict import read_model

FOLDER = Path(__file__).parents[1] / "conformance" / "species" / "invalid"
CATALOG = Path(cs.__file__).parent / "species" / "catalog"
# what is written instead, and what must be said of it
MISTAKES = [
    ('colour = "#E69F00"\n', "", "colour: missing; add colour"),
    (
        "settlement_half_m = {",
        "setlement_half_m = {",
        "habitat.setlement_half_m: unknown key; did you mean 'settlement_half_m'?",
    ),
    (
        "road_half_m = { value = 200",
        "road_half_m = { value = -200",
        "habitat.road_half_m: -200 is not allowed; must lie in 0 to 1e+09",
    ),
    (
        "pasture = 20",
        "pasture = 0.5",
        "habitat.resistance.values.pasture: 0.5 is not allowed; input should be greater than or "
        "equal to 1",
    ),
    (
        "[19.12, 0.5]",
        "[12.12, 0.5]",
        "habitat.temperature_c.points: [[10.8, 0.0], [12.36, 0.02], [14.96, 0.1], [12.12, 0.5], "
        "... is not allowed; points must rise along the gradient",
    ),
    ("step_h = 4", "step_h = 6", "movement: steps_per_day times step_h must not exceed 24 h"),
    (
        "candidates = 10",
        "candidates = 1000",
        "movement.candidates: 1000 is not allowed; input should be less than or equal to 200",
    ),
    (
        "road_primary = { value = 0.5",
        "road_primary = { value = 1.5",
        "barriers.road_primary: 1.5 is not allowed; must lie in 0 to 1",
    ),
    (
        "female_share = { value = 0.6, low = 0.47",
        "female_share = { value = 0.6, low = 0.97",
        "population.female_share: 0.6 is not allowed; low 0.97 must not exceed high 0.65",
    ),
    (
        "first_birth_y = { value = 3",
        "first_birth_y = { value = 13",
        "life_cycle: first_birth_y 13 lies after last_birth_y 12",
    ),
    (
        "leaves_from_y = { value = 1.4",
        "leaves_from_y = { value = 2.4",
        "life_cycle: leaves_from_y must lie above 0 and not after leaves_until_y",
    ),
    (
        "litter_max = 4",
        'litter_max = "4"',
        "life_cycle.litter_max: '4' is not allowed; input should be a valid integer",
    ),
]


def spoilt() -> str:
    text = (CATALOG / "jaguar.toml").read_text("utf-8")
    for old, new, _ in MISTAKES:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_file_with_a_dozen_mistakes_is_told_all_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(spoilt(), "utf-8")
    found = cs.check_species(path)
    assert list(found.columns) == [
        *("kind", "file", "line", "place", "value", "problem", "remedy", "told")
    ]
    assert set(found["kind"]) == {"fault"}
    lines = path.read_text("utf-8").splitlines()
    # what is told without its place, and the line of that place
    told = {
        row.told.removeprefix(f"{path}:").lstrip("0123456789: "): row for row in found.itertuples()
    }
    assert set(told) == {said for _, _, said in MISTAKES}
    assert len(found) == len(MISTAKES)
    for _, new, said in MISTAKES:
        line = told[said].line
        if new and ": steps" not in said and "life_cycle: " not in said and "points" not in said:
            assert new in lines[line - 1], said
    assert main(["species", "check", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out.splitlines() == list(found["told"])
    assert printed.err == f"corridor-sim: {path}: 12 faults; mend the lines above\n"
    with pytest.raises(
        cs.CorridorSimError, match=r"more\); corridor-sim species check .* tells all"
    ):
        cs.load_species(path)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_what_does_not_load_has_a_fault_and_the_first_is_among_them(path: Path) -> None:
    with pytest.raises(cs.CorridorSimError) as caught:
        cs.load_species(path)
    rows = check(path).rows
    assert {row.kind for row in rows} == {"fault"}
    first = str(caught.value).partition(" (")[0]
    assert any(str(row).startswith(first) for row in rows), rows


def test_what_ships_has_nothing_to_be_said_of() -> None:
    assert cs.check_species(cs.species_keys()).empty


@pytest.mark.parametrize(
    ("values", "place", "said"),
    [
        ({"barriers.road_primary": 0.95}, "barriers.road_primary", "0.95 lies outside its own low"),
        (
            {"population.density_per_100km2": 200.0},
            "population.density_per_100km2",
            "200 puts 96 females into each home range of 80 km²",
        ),
        (
            {"habitat.resistance.values.lowland_forest": 4.0, "habitat.suitable_from": 0.9},
            "habitat.suitable_from",
            "0.9 is more than any ground has: the best reaches 0.849",
        ),
        (
            {"movement.male.disperser.step_scale_m": 20.0},
            "movement.male.disperser.step_scale_m",
            "20 takes a disperser 0.514 km in all, less than the radius of a home range (7.98 km)",
        ),
        ({"movement.male.resident.home_range_km2": 2000.0}, "", "2000 is 25 times the females' 80"),
        ({"movement.female.disperser.hazard_per_year": 9.0}, "", "9 lets 99% die during dispersal"),
        (
            {"life_cycle.birth_probability": 0.1},
            "life_cycle",
            "at low numbers: the species shrinks",
        ),
        (
            {"mortality.natural_per_year": 0.5},
            "",
            "0.5 is a survival of 0.607 a year, survival_by_",
        ),
    ],
)
def test_what_does_not_go_together_is_in_doubt_and_loads(
    values: dict[str, float], place: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(dump_species(with_values(cs.load_species("jaguar"), values)), "utf-8")
    found = cs.check_species(path)
    assert set(found["kind"]) <= {"doubt"}
    assert any(said in f"{row.value} {row.problem}" for row in found.itertuples()), found["told"]
    if place:
        assert place in set(found["place"])


def test_a_landscape_tells_of_ground_that_is_none(
    wild: Landscape, catalog: dict[str, Species]
) -> None:
    jaguar = catalog["jaguar"]
    small = {"movement.female.resident.home_range_km2": 0.5}
    # steps of its own would not fit such a range
    small["movement.female.resident.step_scale_m"] = 50.0
    (one,) = on_ground(with_values(jaguar, small), wild)
    assert one == (
        "doubt",
        (
            "movement.female.resident.home_range_km2",
            "0.5",
            f"is less than a cell of {wild.name}, {wild.grid.cell_km2:g} km²",
            "use a smaller landscape.cell_m",
        ),
    )
    kind, (place, _, problem, _) = next(
        on_ground(with_values(jaguar, {"habitat.suitable_from": 1.0}), wild)
    )
    assert (kind, place) == ("fault", "habitat")
    assert "no cell is suitable (threshold 1" in problem


def test_all_that_a_landscape_does_not_give_is_told_at_once(
    wild: Landscape, catalog: dict[str, Species]
) -> None:
    bare = replace(wild, region=Region())
    data = catalog["mountain_tapir"].model_dump(mode="json", exclude_none=True)
    del data["habitat"]["resistance"]["values"]["premontane_forest"]
    data["habitat"]["resistance"]["values"]["taiga"] = 3.0
    found = [(kind, said[0]) for kind, said in on_ground(read_model(Species, data), bare)]
    assert found == [
        ("fault", "habitat.seasonal_shift_m"),
        ("fault", "mortality.hunting_outside_per_year"),
        ("fault", "habitat.resistance"),
        ("doubt", "habitat.resistance"),
    ]


def test_a_species_is_checked_as_the_scenario_has_it(
    tmp_path: Path, wild: Landscape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corridor_sim.api.species.scenario_landscape", lambda _: wild)
    traits = {"habitat.suitable_from": 1.0}
    scenario = cs.Scenario(name="s", days=1, species={"jaguar": {"traits": traits}})
    assert cs.check_species("jaguar", landscape=cs.Scenario(name="s", days=1)).empty
    found = cs.check_species(["jaguar", "andean_bear"], landscape=scenario)
    assert found["kind"].tolist() == ["fault"] * 2
    assert "threshold 1" in found["told"][0]
