"""Hostile input of every kind: refused in one line or taken, never a traceback, never a hang.

``HOSTILE_SECONDS=3600 python -m pytest -m slow tests/hostile`` goes on for an hour, shared by the
generators and the changed results folders; ``HOSTILE_SEED`` draws other cases. See
:mod:`oracles.hostile` for how to add one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corridor_sim import CorridorSimError
from corridor_sim.errors import ScenarioError
from oracles import odd_values
from oracles.hostile import GENERATORS, SEED, Case, fault_of, share_s, throw

SHOWN = 20

posix = pytest.mark.skipif(os.name != "posix", reason="an alarm ends a case that hangs")


@posix
@pytest.mark.parametrize("name", GENERATORS)
def test_hostile_input_is_taken_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    thrown = throw(name, tmp_path, seed=0, most=GENERATORS[name][1])
    assert not thrown.faults, "\n".join(thrown.faults[:SHOWN])
    assert thrown.refused + thrown.passed == GENERATORS[name][1]
    # neither all nor none: the cases reach beyond the first check
    assert min(thrown.refused, thrown.passed) > 0


@posix
@pytest.mark.slow
@pytest.mark.parametrize("name", GENERATORS)
def test_hostile_input_for_as_long_as_asked(name: str, tmp_path: Path) -> None:
    thrown = throw(name, tmp_path, seed=SEED, seconds=share_s())
    print(f"{name}: {thrown.refused} refused, {thrown.passed} taken")
    assert not thrown.faults, "\n".join(thrown.faults[:SHOWN])


def _raise(bad: BaseException) -> None:
    raise bad


def _unseen() -> None:
    bad = ScenarioError("x")
    bad.args = ("a\nb",)
    raise bad


@posix
@pytest.mark.parametrize(
    ("do", "fault"),
    [
        (lambda: _raise(KeyError("x")), "KeyError: 'x' in "),
        (lambda: _raise(RecursionError("deep")), "RecursionError: deep"),
        (lambda: _raise(CorridorSimError("see https://errors.pydantic.dev")), "pydantic in "),
        (lambda: _raise(CorridorSimError("")), "a line of 0 characters"),
        (_unseen, "not printable"),
        (lambda: [0 for _ in iter(int, 1)], "longer than 0.2 s"),
        (lambda: _raise(ScenarioError("one line")), ""),
        (lambda: None, ""),
    ],
)
def test_faults_are_seen(do: object, fault: str) -> None:
    """The harness itself can fail."""
    found, _ = fault_of(Case("a case", do), limit_s=0.2)  # type: ignore[arg-type]  # any callable
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_odd_keys_are_written_as_toml() -> None:
    import tomllib

    for key in odd_values.KEYS:
        assert tomllib.loads(f"{odd_values.quoted(key)} = 1") == {key: 1}
