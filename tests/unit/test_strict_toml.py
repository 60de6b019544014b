"""Strict TOML: what is refused, how it is told, and on which line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, model_validator

from corridor_sim.errors import ScenarioError
from corridor_sim.toml.lines import lines_of
from corridor_sim.toml.strict import (
    MAX_BYTES,
    Strict,
    allowed_keys,
    dotted,
    line_of,
    parse_toml,
    read_text,
    read_toml,
    validate,
)


class Clearing(Strict):
    kind: Literal["clearing"]
    fraction: float = Field(ge=0, le=1)


class Road(Strict):
    kind: Literal["road"]
    width_m: float = 8.0


class Animal(Strict):
    count: int | None = None
    ratio: float = 0.5


class Top(Strict):
    name: str
    n: int = 1
    on: bool = False
    pair: tuple[float, float] = (0.0, 1.0)
    file: Path | None = None
    animal: Animal | None = None
    species: dict[str, Animal] = Field(default_factory=dict)
    edits: tuple[Annotated[Clearing | Road, Field(discriminator="kind")], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Top:
        if self.n == 13:
            raise ValueError("n must not be\n13")
        return self


def load(text: str, **more: Any) -> Top:
    data = parse_toml(text, where="t.toml", error=ScenarioError)
    return validate(Top, data, where="t.toml", error=ScenarioError, text=text, **more)


def refusal(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(text)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    return message


TEXT = """\
# a = 1
title = "x" # [not.a.header]
'quoted key' = 1
"points" = [
  [1, 2], # [no]
  [
    3, "]",
  ],
]
text = '''
[inner]
key = 1
'''
more = \"\"\"a \\\"\"\" ]
b\"\"\"
[first]
a.b = 1
c = { d = 1, e = { f = [1, { g = 2 }] } }
[ second . "third x" ]
k = 2020-01-01T00:00:00
[[items]]
v = 1
[items.sub]
w = 1
[[items]]
v = 2
[[items.sub2]]
w = 1
[[items.sub2]]
w = 2
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("title",), 2),
        (("quoted key",), 3),
        (("points",), 4),
        (("points", 0), 5),
        (("points", 0, 1), 5),
        (("points", 1), 6),
        (("points", 1, 1), 7),
        (("text",), 10),
        (("more",), 14),
        (("first",), 16),
        (("first", "a"), 17),
        (("first", "a", "b"), 17),
        (("first", "c", "e", "f", 1, "g"), 18),
        (("second", "third x"), 19),
        (("second", "third x", "k"), 20),
        (("items",), 21),
        (("items", 0, "v"), 22),
        (("items", 0, "sub", "w"), 24),
        (("items", 1), 25),
        (("items", 1, "v"), 26),
        (("items", 1, "sub2", 0, "w"), 28),
        (("items", 1, "sub2", 1, "w"), 30),
    ],
)
def test_every_value_is_found_on_its_line(location, line):
    assert lines_of(TEXT)[location] == line
    assert line_of(TEXT, location) == line
    assert line_of(TEXT.replace("\n", "\r\n"), location) == line


def test_the_line_of_what_is_absent_is_that_of_its_table():
    assert line_of(TEXT, ("first", "zzz")) == 16
    assert line_of(TEXT, ("zzz",)) is None
    assert line_of(TEXT, ("items", 1, "a tag", "v")) == 26
    assert line_of("", ("a",)) is None


def test_lines_of_the_valid_examples_are_where_their_keys_are_written():
    lines = lines_of(TEXT)
    written = TEXT.splitlines()
    for location, line in lines.items():
        last = next(part for part in reversed(location) if isinstance(part, str))
        if isinstance(location[-1], str):
            assert last.split()[0] in written[line - 1], location


class Counted(str):
    """A text that counts the characters that are looked at by slices and counts."""

    looked = 0

    def __getitem__(self, at):
        found = super().__getitem__(at)
        Counted.looked += len(found)
        return found

    def count(self, part, start=0, end=sys.maxsize):
        Counted.looked += min(end, len(self)) - start
        return super().count(part, start, end)

    def removeprefix(self, part):
        return Counted(super().removeprefix(part))


def test_a_long_file_is_scanned_in_linear_time():
    """Counted in calls and characters, not in seconds."""

    def work(n: int) -> int:
        calls = Counted.looked = 0

        def see(*_: object) -> None:
            nonlocal calls
            calls += 1

        text = Counted("a = [\n" + "[1, 2],\n" * n + "]\n")
        before = sys.getprofile()
        sys.setprofile(see)
        try:
            lines_of(text)
        finally:
            sys.setprofile(before)
        return calls + Counted.looked

    # quadratic work would be 64 times as much, linear work 8 times
    small = work(500)
    assert small > 500
    assert work(4_000) < 9 * small


def test_correct_data_passes_with_tables_arrays_and_paths():
    top = load(
        'name = "x"\nn = 3\non = true\npair = [1, 2.5]\nfile = "a/b.tif"\n'
        '[species.puma]\ncount = 4\n[[edits]]\nkind = "clearing"\nfraction = 1\n'
    )
    assert (top.n, top.on, top.pair, top.file) == (3, True, (1.0, 2.5), Path("a/b.tif"))
    assert top.species["puma"].count == 4
    assert top.edits == (Clearing(kind="clearing", fraction=1.0),)


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("n = 1", ["t.toml: name: missing; add name"]),
        ('name = "x"\nm = 1', ["t.toml:2: m: unknown key; allowed: animal, edits"]),
        ('name = "x"\nnam = 1', ["t.toml:2: nam: unknown key; did you mean 'name'?"]),
        ('nam = "x"', ["nam: unknown key; did you mean 'name'? (1 more)"]),
        ('name = "x"\nn = "3"', ["t.toml:2: n: '3' is not allowed; input should be a valid int"]),
        ('name = "x"\nn = 3.0', ["n: 3.0 is not allowed"]),
        ('name = "x"\nn = true', ["n: True is not allowed"]),
        ('name = "x"\non = 1', ["on: 1 is not allowed"]),
        ('name = "x"\non = "yes"', ["on: 'yes' is not allowed"]),
        ("name = 1", ["name: 1 is not allowed"]),
        ("name = 2020-01-01\nn = 1.5", ["t.toml:2: n: 1.5"]),
        ('name = "x"\nn = 13', ["t.toml: file: n must not be 13"]),
        ('name = "x"\npair = [1]', ["pair[1]: missing"]),
        ('name = "x"\nanimal = 3', ["t.toml:2: animal: 3 is not allowed; a table is needed here"]),
        (
            'name = "x"\n[animal]\ncuont = 3',
            ["t.toml:3: animal.cuont: unknown key; did you mean 'count'?"],
        ),
        (
            'name = "x"\n[species.puma]\ncuont = 3',
            ["t.toml:3: species.puma.cuont: unknown key; did you mean 'count'?"],
        ),
        (
            'name = "x"\n[[edits]]\nkind = "road"\n[[edits]]\nkind = "clearing"\nfracton = 1\n',
            ["t.toml:6: edits[1].clearing.fracton: unknown key; did you mean 'fraction'?"],
        ),
        (
            'name = "x"\n[[edits]]\nkind = "clearing"\nfraction = 1\nwidth_m = 1\n',
            ["t.toml:5: edits[0].clearing.width_m: unknown key; allowed: fraction, kind"],
        ),
        (
            'name = "x"\n[[edits]]\nkind = "rode"\n',
            ["t.toml:2: edits[0]: ", "'rode'", "'clearing', 'road'"],
        ),
        (
            'name = "x"\n[[edits]]\nkind = "clearing"\nfraction = 2\n',
            ["t.toml:4: edits[0].clearing.fraction: 2 is not allowed", "less than or equal to 1"],
        ),
        ('name = "x"\n"a b\\nc" = 1', [r"'a b\nc': unknown key"]),
        ('name = "x"\n"\\u202e" = 1', [r"'\u202e': unknown key"]),
        (f'name = "x"\n{"k" * 5000} = 1', ["...: unknown key"]),
        (f'name = "x"\nn = "{"v" * 5000}"', ["n: 'vvv", "... is not allowed"]),
        ('name = "x"\nanimal = { ratio = -inf }', ["animal.ratio: -inf is not allowed"]),
        ('name = "x"\nanimal = { ratio = nan }', ["animal.ratio: nan is not allowed"]),
        ("name = \n", ["t.toml:1: not valid TOML, column 8: Invalid value; mend the syntax there"]),
        ('n = 1\nname = "x', ["t.toml:2: not valid TOML, end of file: "]),
        ('name = "x"\nname = "y"', ["t.toml:2: not valid TOML", "Cannot overwrite a value"]),
        ("n = " + "9" * 5000, ["not valid TOML: a whole number has too many digits"]),
        ("n = " + "[" * 9000, ["t.toml: nested too deeply"]),
        ("n = " + "{a=" * 9000, ["t.toml: nested too deeply"]),
    ],
)
def test_wrong_data_is_told_in_one_line(text, fragments):
    message = refusal(text)
    for fragment in fragments:
        assert fragment in message
    assert len(message) < 700


def test_data_from_python_that_is_no_toml_is_told_too():
    for value in (object(), {1: object()}, b"x", {1, 2}):
        with pytest.raises(ScenarioError, match=r"here: cannot be used: \w+ is no TOML value"):
            validate(Top, {"name": value}, where="here", error=ScenarioError)
    loop: dict[str, Any] = {}
    loop["name"] = loop
    with pytest.raises(ScenarioError, match="here: cannot be used"):
        validate(Top, loop, where="here", error=ScenarioError)
    top = validate(
        Top,
        {"name": "x", "file": Path("a"), "animal": Animal(count=2)},
        where="here",
        error=ScenarioError,
    )
    assert top.animal == Animal(count=2)


def test_allowed_keys_follow_the_location():
    assert allowed_keys(Top, ("animal", "x")) == ["count", "ratio"]
    assert allowed_keys(Top, ("species", "any", "x")) == ["count", "ratio"]
    assert allowed_keys(Top, ("edits", 0, "road", "x")) == ["kind", "width_m"]
    assert allowed_keys(Top, ("edits", 0, "x")) == ["fraction", "kind", "width_m"]


def test_dotted_quotes_what_is_no_bare_key():
    assert dotted(("a", "b-c", 2, "d e", "")) == "a.b-c[2].'d e'.''"


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 'x'\r\n")
    assert read_toml(path, ScenarioError) == {"name": "x"}


@pytest.mark.parametrize(
    ("prepare", "fragment"),
    [
        (lambda p: None, "file not found; no TOML file beside it"),
        (lambda p: (p.parent / "b.toml").write_text(""), "file not found; did you mean 'b.toml'?"),
        (
            lambda p: (p.parent / "andes_in_decades.toml").write_text(""),
            "file not found; the folder holds andes_in_decades.toml",
        ),
        (lambda p: p.parent.rmdir(), "file not found; there is no folder"),
        (lambda p: p.mkdir(), "is no regular file; give a TOML file"),
        (lambda p: os.mkfifo(p), "is no regular file; give a TOML file"),
        (lambda p: p.write_bytes(b"a" * (MAX_BYTES + 1)), "1000001 bytes is no settings file"),
        (lambda p: p.write_bytes(b"a = 1\nb = '\xff'"), "a.toml:2: byte 0xff is not UTF-8"),
        (lambda p: p.symlink_to(p), "cannot be read"),
    ],
    ids=[
        "absent",
        "misspelt",
        "elsewhere",
        "no folder",
        "folder",
        "pipe",
        "large",
        "latin1",
        "loop",
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path, prepare, fragment):
    path = tmp_path / "a.toml"
    prepare(path)
    with pytest.raises(ScenarioError) as caught:
        read_toml(path, ScenarioError)
    assert fragment in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_device_is_refused_before_it_is_read():
    # reports a size of 0 and never ends
    with pytest.raises(ScenarioError, match="is no regular file"):
        read_text(Path("/dev/zero"), ScenarioError)


@pytest.mark.parametrize("name", ["a\0.toml", "\x1b[31m/a.toml", "\ud800.toml", "a" * 5000])
def test_an_impossible_name_is_refused_in_printable_words(name):
    with pytest.raises(ScenarioError, match=r"cannot be read|file not found") as caught:
        read_toml(Path(name), ScenarioError)
    assert str(caught.value).isprintable()


class Named(Strict):
    parts: dict[Annotated[str, Field(max_length=80), AfterValidator(str)], int]


def test_a_long_name_of_a_key_is_told_in_letters_and_at_its_table() -> None:
    with pytest.raises(ScenarioError) as caught:
        validate(Named, {"parts": {"a" * 90: 1}}, where="t.toml", error=ScenarioError)
    told = str(caught.value)
    assert told.endswith("should have at most 80 characters")
    assert "[key]" not in told
