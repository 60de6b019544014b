"""What the program writes is what it wrote when the digests were recorded, to the bit."""

from __future__ import annotations

import json

import pytest

import golden

RECORDED = json.loads(golden.DIGESTS.read_text(encoding="utf-8"))
ELSEWHERE = golden.differs(RECORDED["machine"])


def test_every_case_is_recorded() -> None:
    assert list(RECORDED["cases"]) == list(golden.CASES)


# what other cases hold as well, and takes half a minute: see them all before a release
LONG = {"compare", "links", "links_set", "sensitivity"}


@pytest.mark.skipif(
    bool(ELSEWHERE), reason=f"digests hold for other versions: {'; '.join(ELSEWHERE)}"
)
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in golden.CASES]
)
def test_the_same_values_are_written(name, tmp_path) -> None:
    said = golden.changes(RECORDED["cases"][name], golden.of_case(name, tmp_path))
    here = golden.machine()
    moved = [f"{k} {v}, not {RECORDED['machine'][k]}" for k, v in here.items()]
    moved = [line for k, line in zip(here, moved, strict=True) if here[k] != RECORDED["machine"][k]]
    assert not said, "\n".join(
        [f"{len(said)} differences", *said[:40], "packages since the record:", *(moved or ["same"])]
    )


@pytest.mark.parametrize(
    ("now", "line"),
    [
        ({"a.csv": {"x": "1", "y": "2"}}, None),
        ({"a.csv": {"x": "1", "y": "3"}}, "a.csv: y: other values"),
        ({"a.csv": {"x": "1"}}, "a.csv: y: gone"),
        ({"a.csv": {"x": "1", "y": "2", "z": "3"}}, "a.csv: z: new"),
        ({}, "a.csv: no longer written"),
        ({"a.csv": {"x": "1", "y": "2"}, "b.html": {}}, "b.html: new"),
    ],
)
def test_a_difference_is_named(now, line) -> None:
    assert golden.changes({"a.csv": {"x": "1", "y": "2"}}, now) == ([line] if line else [])


def test_other_series_are_named() -> None:
    recorded = golden.machine()
    assert golden.differs(recorded) == []
    assert golden.differs(recorded | {"architecture": "vax"})[0].endswith("not vax")
    assert golden.differs(recorded | {"numpy": "1.0.0"})[0].endswith("not 1.0.0")
    same_series = ".".join([*recorded["numpy"].split(".")[:2], "999"])
    assert golden.differs(recorded | {"numpy": same_series}) == []
