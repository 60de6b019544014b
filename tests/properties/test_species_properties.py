"""Whatever is done to a species file, reading it gives a species or one line of SpeciesError."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corridor_sim import Species, load_species, species_keys
from corridor_sim.errors import SpeciesError
from corridor_sim.species.reader import describe_species, dump_species, with_values
from corridor_sim.toml.lines import lines_of

CATALOG = resources.files("corridor_sim.species").joinpath("catalog")
TEXTS = {key: CATALOG.joinpath(f"{key}.toml").read_text("utf-8") for key in species_keys()}
TABLES = {key: tomllib.loads(text) for key, text in TEXTS.items()}
SPECIES = {key: load_species(key) for key in species_keys()}
KEYS = st.sampled_from(sorted(TEXTS))

PATCHES = [bytes([c]) for c in b"=[]{}\"'\\\n\r#,.\x00"]
PATCHES += [b"", b'"""', b"nan", b"-inf", b"1e999", b"true", b"\x1b[2J", b"\xe2\x80\xae"]

# reading a file takes milliseconds, so many examples are cheap; no deadline on a shared machine
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(content: bytes) -> Species | str:
    """Return what reading ``content`` gives: a species, or the one line of its SpeciesError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mangled.toml"
        path.write_bytes(content)
        try:
            return load_species(path)
        except SpeciesError as bad:
            message = str(bad)
    check_line(message)
    assert "mangled.toml" in message
    return message


def check_line(message: str) -> None:
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    assert len(message) < 1500


def leaves(table: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the locations of all values that are no tables or arrays."""
    if isinstance(table, dict):
        return [leaf for k, v in table.items() for leaf in leaves(v, (*at, k))]
    if isinstance(table, list):
        return [leaf for i, v in enumerate(table) for leaf in leaves(v, (*at, i))]
    return [at]


def inside(table: Any, location: tuple[str | int, ...]) -> Any:
    for part in location:
        table = table[part]
    return table


def written(table: dict[str, Any]) -> str:
    """Return a table as TOML with every value on the line of its key, so that lines can be told."""
    return "\n".join(lines_written(table, "")) + "\n"


def lines_written(table: dict[str, Any], name: str) -> Iterator[str]:
    """Yield the lines of a table: its own keys first, since a TOML section ends at the next."""
    below = {k: v for k, v in table.items() if isinstance(v, dict) and "value" not in v}
    own = {k: v for k, v in table.items() if k not in below}
    if name and own:
        yield f"[{name}]"
    for key, value in own.items():
        yield f"{key} = {inline(value)}"
    for key, value in below.items():
        yield from lines_written(value, f"{name}.{key}" if name else key)


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but TOML also forbids a bare delete character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


# what TOML can hold, and the writer above can write
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 1, 5, 24, 1e-9, 1e9, 1e300, -0.0]),
)
scalars = st.one_of(numbers, st.text(st.characters(codec="utf-8"), max_size=40))
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4), max_leaves=6)


@many
@given(KEYS, st.data())
def test_mangled_bytes_give_a_species_or_one_line(key, data):
    content = bytearray(TEXTS[key].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        stop = data.draw(st.integers(start, min(len(content), start + 60)))
        patch = data.draw(
            st.one_of(
                st.binary(max_size=12),
                st.sampled_from(PATCHES),
                st.just(bytes(content[start:stop]) * 2),
            )
        )
        content[start:stop] = patch
    outcome(bytes(content))


@many
@given(KEYS, st.data())
def test_lost_lines_give_a_species_or_one_line(key, data):
    lines = TEXTS[key].splitlines(keepends=True)
    lost = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=3))
    moved = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=2))
    kept = [line for i, line in enumerate(lines) if i not in lost] + [lines[i] for i in moved]
    outcome("".join(kept).encode())


@many
@given(KEYS, st.data())
def test_a_wrong_value_is_told_with_its_key_and_line(key, data):
    table = deepcopy(TABLES[key])
    location = data.draw(st.sampled_from(leaves(table)))
    before = inside(table, location)
    value = data.draw(values)
    inside(table, location[:-1])[location[-1]] = value
    text = written(table)
    result = outcome(text.encode())
    if isinstance(result, str):
        named = [part for part in location if isinstance(part, str)]
        line = int(re.search(r"mangled\.toml:(\d+): ", result + " mangled.toml:0: ")[1])
        # the key itself, or the table around it where the values together are wrong
        assert any(part in text.splitlines()[line - 1] for part in named) or line == 0
        assert any(part in result for part in named)
    elif type(value) is not type(before):
        # no text was taken for a number, nor a number for a text
        assert not isinstance(value, str)
        assert not isinstance(before, str)


@many
@given(KEYS, st.data())
def test_a_misspelt_key_is_told_with_its_line(key, data):
    table = deepcopy(TABLES[key])
    # the land covers of a resistance are those of a landscape, which tells when they meet
    covers = ("habitat", "resistance", "values")
    keys = [at for at in leaves(table) if isinstance(at[-1], str) and tuple(at[:3]) != covers]
    location = data.draw(st.sampled_from(keys))
    depth = data.draw(st.sampled_from([i for i, p in enumerate(location) if isinstance(p, str)]))
    around, name = inside(table, location[:depth]), location[depth]
    wrong = data.draw(st.sampled_from([f"{name}x", name[:-1], name.upper(), f"_{name}"]))
    around[wrong] = around.pop(name)
    text = written(table)
    result = outcome(text.encode())
    assert isinstance(result, str)
    assert wrong in result
    line = int(re.search(r"mangled\.toml:(\d+): ", result)[1])
    if "values" not in location[:depth]:  # a wrong land cover is told with its table
        assert re.search(rf"\b{wrong}\b", text.splitlines()[line - 1])
        assert "unknown key" in result


@many
@given(st.dictionaries(st.text(max_size=30), values, max_size=3))
@example({"\ud800": 1, "name": "\ud800"})
@example({"name": "\ud800"})
@example({"movement.female.resident.tau_d.": 1})
@example({".": 1, "..": 2})
def test_any_override_gives_a_species_or_one_line(overrides):
    try:
        load_species("jaguar", overrides)
    except SpeciesError as bad:
        check_line(str(bad))


@many
@given(KEYS, st.data())
def test_a_known_name_takes_any_allowed_number_and_survives_writing(key, data):
    species = SPECIES[key]
    rows = [row for row in describe_species(species) if row.low is not None]
    chosen = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=4, unique=True))
    new = {
        row.name: data.draw(
            # numbers nearer to 0 are refused: single precision would make 0 / 0 of some
            st.floats(row.low, row.high, allow_subnormal=False).filter(
                lambda value: value == 0 or abs(value) >= 1e-9
            )
        )
        for row in chosen
    }
    changed = with_values(species, new)
    found = {row.name: row for row in describe_species(changed)}
    for row in rows:
        assert found[row.name].value == new.get(row.name, row.value)
        assert found[row.name].source.startswith("set by the user") == (row.name in new)
    assert outcome(dump_species(changed).encode()) == changed


@many
@given(st.text(max_size=60))
@example("\x1b[31m/")
@example("\ud800.toml")
@example("\0/")
def test_any_name_of_a_species_gives_one_line(name):
    with pytest.raises(SpeciesError) as caught:
        load_species(f"no such {name}")
    check_line(str(caught.value))


@many
@given(st.text(max_size=200))
def test_the_line_scan_never_fails(text):
    lines_of(text)


@many
@given(KEYS, st.data())
def test_the_line_scan_of_a_mangled_text_ends(key, data):
    text = TEXTS[key]
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    lines_of(text[:start] + data.draw(st.text("[]{}\"'=.,#\n\\a1", max_size=8)) + text[stop:])


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_the_line_scan_finds_every_value_of_the_catalog(key):
    found = lines_of(TEXTS[key])
    text = TEXTS[key].splitlines()
    for location in leaves(TABLES[key]):
        line = text[found[location] - 1]
        assert str(next(p for p in reversed(location) if isinstance(p, str))) in line or isinstance(
            location[-1], int
        )
