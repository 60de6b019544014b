"""Corpora of scenario files that must load and that must fail, and mangled files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor_sim import CorridorSimError, load_experiment, load_scenario
from corridor_sim.config.load import kind_of
from corridor_sim.errors import ScenarioError

HERE = Path(__file__).parent / "scenarios"
ROOT = Path(__file__).parents[2]
VALID = sorted((HERE / "valid").glob("*.toml"))
INVALID = sorted((HERE / "invalid").glob("*.toml"))


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.stem)
def test_valid_files_load(path: Path) -> None:
    assert load_scenario(path).scenario.n_days >= 1


@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.stem)
def test_invalid_files_fail_in_one_line_that_says_why(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    expected = [w.strip() for w in first.removeprefix("# expect:").split(";")]
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    for word in expected:
        shown = f"{path}:{word.split()[1]}:" if word.startswith("line ") else word
        assert shown in message, f"{word!r} not in {message!r}"


def test_missing_file_offers_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "baseline.toml").write_text("", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"did you mean 'baseline\.toml'"):
        load_scenario(tmp_path / "basline.toml")


SEEDS = [
    p.read_bytes()
    for p in (
        *VALID,
        ROOT / "scenarios/baseline.toml",
        ROOT / "experiments/fragmentation_and_climate.toml",
    )
]


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A real file with a few of its bytes cut, doubled or replaced."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        end = min(len(data), at + draw(st.integers(1, 12)))
        how = draw(st.sampled_from(["cut", "double", "replace", "number", "swap"]))
        if how == "cut":
            del data[at:end]
        elif how == "double":
            data[at:at] = data[at:end]
        elif how == "replace":
            data[at:end] = draw(st.binary(max_size=8))
        elif how == "number":
            data[at:end] = draw(st.sampled_from([b"-1", b"nan", b"1e999", b"''", b"[]", b"{}"]))
        else:
            data[at:end] = bytes(reversed(data[at:end]))
    return bytes(data)


def complaint(path: Path) -> str | None:
    """What is wrong with a file, or None if it loads."""
    try:
        if kind_of(path) == "experiment":
            load_experiment(path)
        else:
            load_scenario(path)
    except CorridorSimError as bad:
        return str(bad)
    return None


@settings(max_examples=300, deadline=None)
@given(content=mangled())
def test_mangled_files_load_or_fail_in_one_line(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("mangled") / "file.toml"
    path.write_bytes(content)
    message = complaint(path)
    if message is not None:
        assert "\n" not in message
        assert str(path) in message
