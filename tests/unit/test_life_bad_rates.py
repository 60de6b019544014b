"""Impossible vital rates are refused in one line that names the file, the place and the value."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from corridor_sim import load_species
from corridor_sim.errors import SpeciesError

JAGUAR = (files("corridor_sim.species") / "catalog" / "jaguar.toml").read_text("utf-8")


def written(folder: Path, changes: dict[str, str], life: bool = True) -> Path:
    """Return a species file in which keys of the life cycle have other values."""
    head, tail = JAGUAR.split("[life_cycle]")
    for key, value in changes.items():
        trait = rf"(?m)^({key} = \{{ value = )[^,]+, low = [^,]+, high = [^,]+,"
        plain = rf"(?m)^({key} = )[^{{].*$"
        if re.search(trait, tail):
            tail, n = re.subn(trait, rf"\g<1>{value}, low = -1e9, high = 1e9,", tail)
        else:
            tail, n = re.subn(plain, rf"\g<1>{value}", tail)
        assert n == 1, key
    path = folder / "bad.toml"
    path.write_text(f"{head}[life_cycle]{tail}" if life else head, "utf-8")
    return path


def test_the_file_that_all_start_from_loads(tmp_path: Path) -> None:
    assert load_species(written(tmp_path, {})) == load_species("jaguar")
    assert load_species(written(tmp_path, {}, life=False)).life_cycle is None


@pytest.mark.parametrize(
    ("changes", "place", "fragments"),
    [
        ({"values": "[0.72, 1.05, 0.9]"}, "survival_by_age.values", ["1.05", "1"]),
        ({"values": "[0.72, -0.1]"}, "survival_by_age.values", ["-0.1", "0"]),
        ({"values": "[]"}, "survival_by_age.values", []),
        ({"values": "[nan]"}, "survival_by_age.values", []),
        ({"litter_mean": "-1.4"}, "litter_mean", []),
        ({"litter_mean": "0"}, "litter_mean", []),
        ({"litter_mean": "4.5"}, "life_cycle", ["litter_mean 4.5 exceeds litter_max 4"]),
        ({"litter_max": "-2"}, "litter_max", ["-2"]),
        ({"litter_max": "31"}, "litter_max", ["31", "30"]),
        ({"litter_max": "2.5"}, "litter_max", ["2.5"]),
        ({"first_birth_y": "13"}, "life_cycle", ["first_birth_y 13 lies after last_birth_y 12"]),
        ({"first_birth_y": "0"}, "life_cycle", ["first_birth_y must be at least 1"]),
        ({"first_birth_y": "-3"}, "first_birth_y", ["0 to 120"]),
        ({"birth_probability": "1.2"}, "birth_probability", ["0 to 1"]),
        ({"female_at_birth": "-0.5"}, "female_at_birth", ["0 to 1"]),
        ({"births_cease_at": "1.0"}, "life_cycle", ["births_cease_at must lie above 1"]),
        ({"births_cease_at": "0.2"}, "life_cycle", ["births_cease_at must lie above 1"]),
        ({"longevity_y": "1e6"}, "longevity_y", ["0 to 120"]),
        (
            {"leaves_from_y": "2.5", "leaves_until_y": "1.5"},
            "life_cycle",
            ["leaves_from_y", "not after leaves_until_y"],
        ),
        ({"leaves_from_y": "0"}, "life_cycle", ["leaves_from_y must lie above 0"]),
        (
            {"longevity_y": "1", "first_birth_y": "1", "last_birth_y": "1"},
            "life_cycle",
            ["leaves_from_y lies after longevity_y 1"],
        ),
        ({"capacity_per_100km2": "0"}, "capacity_per_100km2", []),
        ({"capacity_radius_m": "-5"}, "capacity_radius_m", []),
        ({"mating_reach_m": "0"}, "mating_reach_m", []),
        ({"perception_m": "-1"}, "perception_m", []),
        ({"exclusion_male_m": "-1"}, "exclusion_male_m", []),
        ({"settles_with_mate": '"yes"'}, "settles_with_mate", []),
        ({"first_siring_y": '"four"'}, "first_siring_y", ["four"]),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, dict) else None,
)
def test_refused_in_one_line(
    changes: dict[str, str], place: str, fragments: list[str], tmp_path: Path
) -> None:
    with pytest.raises(SpeciesError) as caught:
        load_species(written(tmp_path, changes))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert "bad.toml" in message
    for fragment in (place, *fragments):
        assert fragment in message, message
    assert len(message) < 1000 + len(str(tmp_path))


def test_an_unknown_rate_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, {})
    text = path.read_text("utf-8")
    path.write_text(text.replace("\nlitter_mean", "\nliter_mean"), "utf-8")
    with pytest.raises(SpeciesError, match="litter_mean"):
        load_species(path)
