"""Jobs: the same bytes whoever does them, in whatever order; studies that grow; what is refused."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import load_experiment
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ResultsError
from corridor_sim.experiment import jobs
from corridor_sim.experiment.execution.queue import JobQueue, cut, in_order
from corridor_sim.experiment.execution.runner import Runner, run_jobs, share
from corridor_sim.experiment.jobs import work
from corridor_sim.experiment.manifest import changes, patched, read_manifest
from corridor_sim.experiment.plan import Run, plan_runs
from corridor_sim.experiment.plan_file import read_plan
from corridor_sim.experiment.study import reopen_study
from corridor_sim.experiment.values import outcome_table, read_values
from corridor_sim.files import sweep_unfinished
from corridor_sim.simulation.days.run_file import load_run
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.simulation.run_file import peek, whole
from oracles.small_study import DAYS, DECADES, design_of, files_of, opened, run_missing

N_STAGES = 3


@pytest.mark.parametrize("kind", [DAYS, DECADES], ids=["days", "decades"])
def test_the_same_bytes_whoever_does_the_runs(kind: str, tmp_path: Path) -> None:
    design = design_of(tmp_path, kind, replicates=2)
    mine = opened(design, tmp_path / "mine")
    assert run_missing(mine) == len(mine.runs)
    several = opened(design, tmp_path / "several")
    assert run_jobs(several, workers=2) == len(mine.runs)
    jobs.forget()
    by_path = opened(design, tmp_path / "by_path").out
    # from the path alone, last run first
    for run in reversed(mine.runs):
        assert work(by_path, run).seconds > 0
    assert files_of(several.out) == files_of(mine.out)
    assert files_of(by_path) == files_of(mine.out)
    assert work(by_path, mine.runs[0]).seconds == 0
    assert run_jobs(reopen_study(by_path)) == 0


def test_a_manifest_holds_every_scenario_as_it_was(tmp_path: Path) -> None:
    for text in (
        DAYS,
        DECADES.replace("[base.life_cycle.genes]", "[base.life_cycle]\ngenes=false")
        .replace("loci = 20\nchromosome_bp = 2000\n", "")
        .replace("[base.life_cycle]\ndays_per_season = 3\n", ""),
    ):
        design = design_of(tmp_path, text)
        study = opened(design, tmp_path / design.experiment.name)
        manifest = read_manifest(study.out)
        again = [manifest.resolved(i) for i in range(len(manifest.scenarios))]
        assert [r.scenario for r in again] == [r.scenario for r in design.scenarios]
        assert [(r.edits, r.levels, r.against) for r in again] == [
            (r.edits, r.levels, r.against) for r in design.scenarios
        ]
        assert plan_runs(tuple(again)) == study.runs
        assert read_plan(study.out, manifest.digests).runs == study.runs
        first = design.scenarios[0]
        for index in range(len(again)):
            n_species, simulator = manifest.kind(index)
            assert n_species == len(first.scenario.species)
            assert type(simulator) is type(simulator_of(first))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"a": 1}),
        ({"a": 1}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": [1]}, {"a": [1.0]}),
        ({"a": 1}, {"a": True}),
        ({"a": {"b": 1}}, {"a": 5}),
        ({"a": 5}, {"a": {"b": {"c": 1}}}),
        ({"a": {"b": 1}}, {"a": {}}),
        ({"a": [{"kind": "clear"}]}, {"a": []}),
    ],
)
def test_changes_bring_one_table_to_the_other(before: Any, after: Any) -> None:
    found = patched(before, json.loads(json.dumps(changes(before, after))))
    assert json.dumps(found, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert changes(after, after) == {}


def test_traits_that_only_one_scenario_changes_are_simulated(tmp_path: Path) -> None:
    text = DAYS + '[beside.careless]\nset = { "species.jaguar.traits.mortality.natural_per_year" '
    text += "= 5.0 }\n"
    study = opened(design_of(tmp_path, text, replicates=1), tmp_path / "out")
    run_missing(study)
    values = read_values(study, study.runs)
    at = list(outcome_table(study.scenarios[0])).index("mortality_natural_per_year")
    assert values[-1, 0, at] > 10 * values[0, 0, at]


def test_a_study_grows_and_nobody_changes_name(tmp_path: Path) -> None:
    design = design_of(tmp_path, replicates=1)
    study = opened(design, tmp_path / "out")
    before = study.runs
    run_missing(study)
    kept = files_of(study.out)
    more = study.extend([(0, 0), (0, 1), (2, 7)])
    assert more[0] == before[0]
    assert study.runs == (*before, *more[1:])
    assert run_jobs(study, more) == 2
    new = load_experiment(tmp_path / "small.toml", ["factors.climate.hot.0.degrees_c=4.0"])
    added = study.add([new.scenarios[1]])
    assert list(added) == [4]
    assert run_jobs(study, study.extend([(4, 0)])) == 1
    assert kept.items() <= files_of(study.out).items()
    assert (study.out / "scenarios" / "004.json").is_file()
    # the same by a worker that knows the folder only, and after an interruption
    study.path(study.runs[-1]).unlink()
    assert work(study.out, study.runs[-1]).seconds > 0
    again = opened(design, tmp_path / "out")
    assert again.runs == before
    assert list(again.add([new.scenarios[1]])) == [4]
    assert run_jobs(again, again.extend([(0, 1), (2, 7), (4, 0)])) == 0
    # another scenario at that place is another scenario: its facts are its own
    other = opened(design, tmp_path / "out")
    other.add([new.scenarios[3]])
    assert run_jobs(other, other.extend([(4, 0)])) == 1
    facts = json.loads((study.out / "scenarios" / "004.json").read_text("utf-8"))
    assert facts["scenario"] == other.digests[4]
    with pytest.raises(ResultsError, match="no replicate 0 of scenario 9"):
        other.extend([(9, 0)])


def test_a_study_is_opened_again_from_its_folder(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, replicates=1), tmp_path / "out")
    run_missing(study)
    study.extend([(1, 3)])
    again = reopen_study(study.out)
    assert (again.name, again.runs, again.digests) == (study.name, study.runs, study.digests)
    assert again.expected.runs == 1
    assert run_missing(again) == 1


def test_facts_that_are_gone_are_told_again(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, replicates=1), tmp_path / "out")
    run_missing(study)
    kept = files_of(study.out)
    (study.out / "scenarios" / "002.json").unlink()
    (study.out / "scenarios" / "001.json").write_text("{", encoding="utf-8")
    assert run_missing(study) == 0
    assert files_of(study.out) == kept


def resolved_like(study: Any, **settings: Any) -> Resolved:
    one = study.scenarios[0]
    scenario = one.scenario.model_copy(update=settings)
    return Resolved(scenario, one.edits, one.levels, one.base_dir, one.against)


def test_a_worker_refuses_a_study_of_other_files(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, replicates=1), tmp_path / "out")
    jobs.forget()
    with pytest.raises(ResultsError, match="is not replicate 1 of scenario 1"):
        work(study.out, Run(1, 0, study.runs[0].ident))
    with pytest.raises(ResultsError, match="has 4 scenarios, not 10"):
        work(study.out, Run(9, 0, study.runs[0].ident))
    with pytest.raises(ResultsError, match=r"holds no experiment \(no experiment.json\)"):
        work(tmp_path / "nowhere", study.runs[0])
    manifest = study.out / "experiment.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"days": 6', '"days": 7'), "utf-8")
    jobs.forget()
    with pytest.raises(ResultsError, match="other input or species files than the one that"):
        work(study.out, study.runs[0])
    assert files_of(study.out) == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"corridor_sim": "', '"corridor_sim": "9', r"was made by corridor_sim 9\S+, this is"),
        ('"format": 2', '"format": 1', "was made by another corridor_sim"),
        ('"data": "', '"data": "9', "was made with other species files or tables"),
        ('"digest": "', '"digest": "9', "holds another experiment"),
        ('"planned": 4', '"planned": 0', "is damaged"),
        ('"scenarios": [', '"scenarios": [5,', "is damaged"),
        ('"levels": [["', '"levels": [[["', "is damaged"),
    ],
)
def test_a_folder_of_others_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    design = design_of(tmp_path)
    study = opened(design, tmp_path / "out")
    manifest = study.out / "experiment.json"
    text = manifest.read_text("utf-8")
    assert old in text
    changed = text.replace(old, new)
    if "data" in new:
        changed = changed.replace('"digest": "', '"digest": "9')
    manifest.write_text(changed, "utf-8")
    with pytest.raises(ResultsError, match=said) as caught:
        opened(design, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert "--out" in str(caught.value)
    assert manifest.read_text("utf-8") == changed


def test_a_head_is_read_without_the_rest_and_not_trusted(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, replicates=1), tmp_path / "out")
    run_missing(study)
    path = study.path(study.runs[0])
    data = path.read_bytes()
    shape = 2, len(outcome_table(study.scenarios[0]))
    found = peek(path, shape)
    records = load_run(path, study.species_keys(), N_STAGES)
    assert found is not None
    assert records is not None
    assert np.array_equal(found, [one.values for one in records.values()], equal_nan=True)
    assert peek(path, (3, shape[1])) is None
    rng = np.random.default_rng(4)
    for length in [0, 4, 29, 31, 200, *rng.integers(0, len(data), 60)]:
        path.write_bytes(data[:length])
        assert peek(path, shape) is None, length
    for place in rng.integers(0, 60 + found.nbytes, 60):
        path.write_bytes(data[:place] + bytes([data[place] ^ 64]) + data[place + 1 :])
        seen = peek(path, shape)
        # time stamps and versions may differ; a number never
        assert seen is None or np.array_equal(seen, found, equal_nan=True)
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(64) + data[middle + 64 :])
    assert peek(path, shape) is not None
    assert not whole(path)


def test_a_run_damaged_inside_is_set_aside_and_made_again(tmp_path: Path) -> None:
    from corridor_sim.comparison.tables import compare

    study = opened(design_of(tmp_path, replicates=1), tmp_path / "out")
    run_missing(study)
    path = study.path(study.runs[2])
    data = path.read_bytes()
    # somewhere in the maps, which a comparison reads when they are drawn
    at = data.index(b"jaguar/visits0_gaps") + 40
    path.write_bytes(data[:at] + bytes(16) + data[at + 16 :])
    assert run_missing(study) == 0
    name = study.scenarios[2].name
    with pytest.raises(ResultsError, match=r"npz: is damaged and set aside \(.+\); call"):
        compare(study).maps[name, "jaguar"]
    assert run_missing(study) == 1
    assert path.read_bytes() == data
    at = data.index(b"jaguar/born") + 40
    path.write_bytes(data[:at] + bytes(16) + data[at + 16 :])
    with pytest.raises(
        ResultsError, match=r"is damaged \(\w+\.npz: .+\): its file was set aside; call"
    ):
        compare(study)
    assert run_missing(study) == 1
    assert path.read_bytes() == data


def test_half_written_files_of_the_dead_go_and_others_stay(tmp_path: Path) -> None:
    import socket
    import subprocess
    import sys

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = socket.gethostname()
    gone = [f".a.npz.{host}~{dead.pid}~77", f".b.trees.{host}~{dead.pid}~x_y7"]
    stay = [f".a.npz.{host}~{os.getpid()}~77", ".a.npz.elsewhere~12~77", "a.npz", ".hidden"]
    for name in gone + stay:
        (tmp_path / name).write_text("half")
    old = tmp_path / ".c.npz.elsewhere~12~77"
    old.write_text("half")
    os.utime(old, (1, 1))
    (tmp_path / gone[1]).unlink()
    (tmp_path / gone[1]).mkdir()
    sweep_unfinished(tmp_path)
    sweep_unfinished(tmp_path / "not there")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(stay)


def runs_of(n_scenarios: int, n_replicates: int) -> list[Run]:
    return [Run(s, r, f"{s}-{r}") for s in range(n_scenarios) for r in range(n_replicates)]


@pytest.mark.parametrize(
    ("scenarios", "replicates", "burn_in"),
    [(5, 7, False), (1, 9, False), (9, 1, True), (3, 12, True)],
)
@pytest.mark.parametrize("n", [1, 2, 3, 8, 50])
def test_shares_hold_every_run_once(scenarios: int, replicates: int, burn_in: bool, n: int) -> None:
    runs = runs_of(scenarios, replicates)
    parts = [share(runs, i, n, burn_in=burn_in) for i in range(n)]
    assert Counter(run for part in parts for run in part) == Counter(runs)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_share_of_a_thousand_million_jobs_is_found_at_once() -> None:
    runs, n = runs_of(2, 3), 10**9
    last = [share(runs, (n * (i + 1) - 1) // 6, n) for i in range(6)]
    assert [run for part in last for run in part] == runs
    assert share(runs, 0, n) == []
    assert len(JobQueue(runs, n)) == 6


def test_neighbours_stay_together() -> None:
    runs = runs_of(6, 4)
    # a scenario is prepared twice at most where a block ends
    prepared = sum(len({r.scenario for r in part}) for part in cut(in_order(runs, 4), 4))
    assert prepared <= 6 + 3
    # in decades each replicate's burn-in is computed by one worker
    blocks = cut(in_order(runs_of(2, 8), 2, burn_in=True), 2)
    assert not {r.replicate for r in blocks[0]} & {r.replicate for r in blocks[1]}
    # unless there are more scenarios than replicates: then these are kept together
    assert in_order(runs, 2, burn_in=True) == runs
    with pytest.raises(ResultsError, match="index 3 of 3 jobs"):
        share(runs, 3, 3)


def test_workers_take_their_own_and_then_from_the_longest() -> None:
    runs = runs_of(3, 4)
    job_queue = JobQueue(runs, 3)
    assert [job_queue.take("a"), job_queue.take("b"), job_queue.take("a")] == [
        runs[0],
        runs[4],
        runs[1],
    ]
    job_queue.leave("b")
    # what a worker left behind, and a block that nobody had, go to the next who come
    assert job_queue.take("c") == runs[8]
    assert job_queue.take("d") == runs[5]
    taken = [job_queue.take("d") for _ in range(2)]
    assert taken == [runs[6], runs[7]]
    assert job_queue.take("d") == runs[11]  # from the end of the longest
    rest = []
    while len(job_queue):
        rest.append(job_queue.take("e"))
    assert len(rest) == 4
    assert job_queue.take("e") is None


def test_a_runner_knows_what_is_missing(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, replicates=2), tmp_path / "out")
    with Runner(study, workers=1) as runner:
        assert runner.missing(study.runs) == list(study.runs)
        assert runner.run(study.runs[:3]) == 3
        assert runner.missing(study.runs) == list(study.runs[3:])
        assert runner.run() == 5
