"""Species files that must load, and files that must fail with one line saying where and why.

The first line of an invalid file lists what its message must contain:
``# expect: fragment | fragment``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from corridor_sim import load_species
from corridor_sim.errors import SpeciesError
from corridor_sim.species.reader import dump_species

FOLDER = Path(__file__).parent / "species"
VALID = sorted((FOLDER / "valid").glob("*.toml"))
INVALID = sorted((FOLDER / "invalid").glob("*.toml"))


def test_the_corpus_is_there():
    assert len(VALID) >= 5
    assert len(INVALID) >= 45


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.stem)
def test_a_valid_file_loads_and_survives_a_round_trip(path, tmp_path):
    species = load_species(path)
    copy = tmp_path / "copy.toml"
    copy.write_text(dump_species(species), encoding="utf-8")
    assert load_species(copy) == species


def test_layout_does_not_matter():
    plain = load_species(FOLDER / "valid" / "plain.toml")
    other = load_species(FOLDER / "valid" / "other_layout.toml")
    assert other.name == "Puma — león [de] montaña"
    assert other.summary == '[habitat]\nkey = "not a key"\n'
    assert other.habitat.road_half_m.source == 'assumption: a "quoted" # literal'
    assert other.population == plain.population
    assert other.movement == plain.movement
    assert other.habitat.resistance == plain.habitat.resistance


@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.stem)
def test_an_invalid_file_fails_in_one_line_that_says_why(path):
    first = path.read_bytes().split(b"\n", 1)[0].decode()
    assert first.startswith("# expect: ")
    fragments = first.removeprefix("# expect: ").split(" | ")
    with pytest.raises(SpeciesError) as caught:
        load_species(path)
    message = str(caught.value)
    for fragment in fragments:
        assert fragment in message
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    assert len(message) < 1000 + len(str(path))
    assert path.name in message
