"""Replicates until an interval is narrow enough: when it stops, what it says, and coverage."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from corridor_sim import CorridorSimError, load_scenario
from corridor_sim.config.adaptive import Goal, parse_goal
from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.adaptive import (
    FEWEST,
    half_width_of,
    next_look,
    read_verdict,
    run_until,
)
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.files import write_bytes
from corridor_sim.reading import packed
from corridor_sim.simulation.days.outcomes import OUTCOMES
from oracles.small_study import DAYS, design_of, opened

NAMES = list(OUTCOMES)
Value = Callable[[int, int, int, str], float]


def made_up(study: Study, value: Value) -> Callable[[Sequence[Run]], int]:
    """Return who writes runs with outcomes ``value(scenario, replicate, species, outcome)``."""

    def do_runs(runs: Sequence[Run]) -> int:
        new = [run for run in runs if not study.path(run).is_file()]
        for run in new:
            values = [
                [value(run.scenario, run.replicate, k, name) for name in NAMES]
                for k in range(len(study.species))
            ]
            write_bytes(study.path(run), packed({}, {"outcomes": np.array(values)}))
        return len(new)

    return do_runs


def chance(seed: int, spread: float = 1.0) -> Value:
    """Outcomes around 10 that scenarios share but for ``spread`` of their own."""

    def value(scenario: int, replicate: int, species: int, outcome: str) -> float:
        shared = np.random.default_rng([seed, replicate, species]).normal()
        own = np.random.default_rng([seed, replicate, species, scenario]).normal()
        return float(10.0 + shared + spread * own)

    return value


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("eca_km2=500", Goal("eca_km2", None, 500.0)),
        (" eca_km2 : jaguar = 5e2", Goal("eca_km2", "jaguar", 500.0)),
    ],
)
def test_a_goal_is_read_and_written(text: str, goal: Goal) -> None:
    assert parse_goal(text) == goal
    assert parse_goal(str(goal)) == goal


@pytest.mark.parametrize(
    "text",
    [
        "eca_km2",
        "=5",
        "eca_km2=",
        "eca_km2=0",
        "eca_km2=-1",
        "eca_km2=nan",
        "eca_km2=inf",
        "eca_km2=5%",
    ],
)
def test_a_goal_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^--until: .* is not OUTCOME\[:SPECIES\]=HALFWIDTH"):
        parse_goal(text)


def test_it_stops_once_every_interval_is_narrow_enough(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path), tmp_path / "out")
    value = chance(1, spread=0.5)
    goals = [Goal("eca_km2", "jaguar", 0.5), Goal("suitable_km2", None, 0.6)]
    verdict = run_until(study, goals, made_up(study, value))
    n = verdict.replicates
    assert verdict.reached
    assert verdict.text.startswith(f"narrow enough after {n} replicates: ")
    assert {(run.scenario, run.replicate) for run in study.runs} == {
        (s, r) for s in range(4) for r in range(n)
    }

    # two of the scenarios clear forest: there maps are the unit
    n_maps = [one.scenario.n_maps for one in study.scenarios]
    assert n_maps == [1, 1, 8, 8]

    def widest(n: int, key: int) -> float:
        table = [[value(s, r, key, "") for r in range(n)] for s in range(4)]
        apart = [np.subtract(table[s], table[0]) for s in range(4)]
        maps = [np.arange(n) % m if m > 1 else None for m in n_maps]
        return max(half_width_of(apart[s], maps=maps[s]) for s in (1, 2, 3))

    assert max(widest(n, 0) / 0.5, widest(n, 1) / 0.6) <= 1
    # and not at the look before: each is at most twice the one before it
    assert n > FEWEST
    assert any(widest(m, 0) > 0.5 or widest(m, 1) > 0.6 for m in range(-(-n // 2), n))
    assert json.loads((study.out / "adaptive.json").read_text("utf-8")) == {
        "until": ["eca_km2:jaguar=0.5", "suitable_km2=0.6"],
        "most": 200,
        "reached": True,
        "replicates": n,
        "text": verdict.text,
    }
    assert read_verdict(study.out) == verdict.text


def test_it_stops_at_the_cap_and_says_so(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path), tmp_path / "out")
    verdict = run_until(study, [Goal("eca_km2", None, 1e-3)], made_up(study, chance(2)), most=11)
    assert (verdict.reached, verdict.replicates) == (False, 11)
    assert verdict.text.startswith("stopped at the cap of 11 replicates: eca_km2 of ")
    assert "is still ±" in verdict.text
    assert "asked ±0.001" in verdict.text
    # an outcome that is never defined is never known
    never = made_up(study, lambda *_: math.nan)
    for run in study.runs:
        study.path(run).unlink()
    verdict = run_until(study, [Goal("eca_km2", None, 1e9)], never, most=7)
    assert not verdict.reached
    assert "is still not known" in verdict.text


def test_of_one_scenario_the_mean_is_asked_for(tmp_path: Path) -> None:
    text = DAYS[: DAYS.index("[factors")]
    study = opened(design_of(tmp_path, text), tmp_path / "out")
    value = chance(3)
    verdict = run_until(study, [Goal("eca_km2", "jaguar", 0.7)], made_up(study, value))
    sample = np.array([value(0, r, 0, "") for r in range(verdict.replicates)])
    assert half_width_of(sample) <= 0.7
    assert " less " not in verdict.text


def test_broken_off_it_decides_the_same(tmp_path: Path) -> None:
    goals, value = [Goal("eca_km2", None, 0.45)], chance(4)
    whole = opened(design_of(tmp_path), tmp_path / "whole")
    wanted = run_until(whole, goals, made_up(whole, value))
    broken = opened(design_of(tmp_path), tmp_path / "broken")
    plain, calls = made_up(broken, value), []

    def impatient(runs: Sequence[Run]) -> int:
        calls.append(len(runs))
        if len(calls) == 2:
            plain(runs[: len(runs) // 2])
            raise KeyboardInterrupt
        return plain(runs)

    with pytest.raises(KeyboardInterrupt):
        run_until(broken, goals, impatient)
    again = opened(design_of(tmp_path), tmp_path / "broken")
    assert run_until(again, goals, made_up(again, value)) == wanted
    assert again.runs == whole.runs


def test_unknown_outcomes_and_species_are_refused_before_any_run(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path), tmp_path / "out")

    def never(runs: Sequence[Run]) -> int:
        raise AssertionError

    with pytest.raises(ScenarioError, match="unknown outcome 'eca_km'; did you mean 'eca_km2'"):
        run_until(study, [Goal("eca_km", None, 1.0)], never)
    with pytest.raises(ScenarioError, match="unknown species 'jagar'; did you mean 'jaguar'"):
        run_until(study, [Goal("eca_km2", "jagar", 1.0)], never)


def test_the_section_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text('[adaptive]\nuntil = ["eca_km2:jaguar = 500"]\nmost = 30\n', "utf-8")
    found = load_scenario(path).scenario.adaptive
    assert found is not None
    assert (found.most, parse_goal(found.until[0])) == (30, Goal("eca_km2", "jaguar", 500.0))
    for text in (
        'until = ["eca_km2"]',
        "until = []",
        'until = ["eca_km2=1"]\nmost = 1',
        "most = 3",
    ):
        path.write_text(f"[adaptive]\n{text}\n", "utf-8")
        with pytest.raises(CorridorSimError, match=r"one\.toml:\d: adaptive"):
            load_scenario(path)


def test_how_well_is_to_be_known_is_no_part_of_a_runs_name(tmp_path: Path) -> None:
    plain = opened(design_of(tmp_path), tmp_path / "out")
    more = DAYS.replace("tracks = 3\n", 'tracks = 3\nadaptive = { until = ["eca_km2=1"] }\n')
    assert opened(design_of(tmp_path, more), tmp_path / "out").runs == plain.runs


def test_intervals_cover_the_truth_nearly_as_often_as_they_say() -> None:
    """Normal values, 1200 studies: 95 % is said; stopping early takes a little of it.

    The rule of this page gave 93 % in a separate trial of 1500 (docs/running-many.md). With a true
    coverage of 0.92 the share of 1200 has a standard deviation of 0.0078: below 0.89 lies beyond
    four of them.
    """
    rng = np.random.default_rng(20)
    right, sizes = 0, []
    for _ in range(1200):
        values, n = rng.normal(size=200), FEWEST
        while (following := next_look(half_width_of(values[:n]) / 0.5, n, 200)) != n:
            n = following
        right += abs(values[:n].mean()) <= half_width_of(values[:n])
        sizes.append(n)
    assert right / 1200 > 0.89
    # (1.96 / 0.5)^2 = 15.4 would do if the spread were known; Student's t asks for some more
    assert 15.4 < np.mean(sizes) < 22
    assert min(sizes) >= FEWEST


def test_looks_are_few() -> None:
    n, looks = 5, 0
    while (following := next_look(math.inf, n, 1000)) != n:
        n, looks = following, looks + 1
    assert (n, looks) == (1000, 8)
    assert next_look(1.0, 5, 100) == 5
    assert next_look(1.01, 5, 100) == 6
    assert next_look(9.0, 100, 100) == 100
