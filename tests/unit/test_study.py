"""Experiments: identity, resuming, interruption, folders, disk, forecast."""

from __future__ import annotations

import errno
import json
import os
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import load_experiment
from corridor_sim.cli.main import main
from corridor_sim.comparison.contrasts import NO_CHANCE
from corridor_sim.comparison.tables import compare, write_tables
from corridor_sim.config import build as build_module
from corridor_sim.config.load import Design, as_data
from corridor_sim.errors import ResourceError, ResultsError
from corridor_sim.experiment import jobs as jobs_module
from corridor_sim.experiment import manifest as manifest_module
from corridor_sim.experiment import study as study_module
from corridor_sim.experiment.plan import plan_runs
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.files import write_text
from corridor_sim.progress import Silence
from corridor_sim.simulation.days import forecast as forecasting
from corridor_sim.simulation.days import simulator as simulator_module
from corridor_sim.statistics.zones import OPEN
from oracles.small_study import design_of, run_missing

EXPERIMENT = """
name = "Small"
[base]
days = 6
replicates = 2
seed = 11
tracks = 3
[base.landscape]
cell_m = 5000
[base.species.jaguar]
count = 300
disperser_sampling = 4
[base.species.andean_condor]
count = 20
[factors.fragmentation]
none = []
some = [{ kind = "clear", fraction = 0.3 }]
[factors.climate]
now = []
hot = [{ kind = "warm", degrees_c = 3.0 }]
"""


@pytest.fixture
def design(tmp_path: Path) -> Design:
    path = tmp_path / "small.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return load_experiment(path)


def opened(design: Design, out: Path, threads: int | None = None) -> Study:
    one = design.experiment
    return open_study(
        one.name, one.description, design.scenarios, as_data(one), out, threads=threads
    )


def run_bytes(study: Study) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((study.out / "runs").glob("*.npz"))}


def test_every_run_is_done_once_and_tables_follow(design: Design, tmp_path: Path) -> None:
    study = opened(design, tmp_path / "out", threads=1)
    assert study.expected.runs == 8
    assert run_missing(study) == 8
    assert run_missing(study) == 0
    found = compare(study)
    assert len(found.runs) == 8 * 2 * len(found.runs["outcome"].unique())
    assert set(found.effects["scenario"]) == {"none + hot", "some + now", "some + hot"}
    assert set(found.effects["against"]) == {"none + now"}
    cleared = found.effects.query(
        "scenario == 'some + now' and species == 'jaguar' and outcome == 'suitable_km2'"
    )
    assert (cleared["difference"] < 0).all()
    assert found.maps["none + now", "jaguar"].residents.sum() > 0
    assert found.tracks["none + now", "jaguar"].shape == (3, 6, 2)
    paths = write_tables(found, study)
    import pandas as pd

    assert pd.read_parquet(paths[0]).equals(found.runs)


def test_an_interrupted_experiment_ends_with_the_same_bytes(design: Design, tmp_path: Path) -> None:
    whole = opened(design, tmp_path / "whole", threads=1)
    run_missing(whole)

    class Impatient(Silence):
        steps = 0

        def done(self, steps: int) -> None:
            self.steps += 1
            if self.steps == 9:
                raise KeyboardInterrupt

    broken = opened(design, tmp_path / "broken", threads=2)
    with pytest.raises(KeyboardInterrupt):
        run_missing(broken, Impatient())
    kept = run_bytes(broken)
    assert 0 < len(kept) < 8
    again = opened(design, tmp_path / "broken", threads=2)
    assert again.expected.runs == 8 - len(kept)
    assert run_missing(again) == 8 - len(kept)
    assert run_bytes(again) == run_bytes(whole)


def test_a_damaged_run_is_computed_again(design: Design, tmp_path: Path) -> None:
    study = opened(design, tmp_path / "out")
    run_missing(study)
    before = run_bytes(study)
    victim = study.path(study.runs[3])
    victim.write_bytes(victim.read_bytes()[:100])
    assert run_missing(opened(design, tmp_path / "out")) == 1
    assert run_bytes(study) == before


def test_more_replicates_keep_the_runs_there_are(design: Design, tmp_path: Path) -> None:
    few = {r.ident for r in plan_runs(design.scenarios)}
    more = load_experiment(tmp_path / "small.toml", ["base.replicates=5"])
    assert few < {r.ident for r in plan_runs(more.scenarios)}
    study = opened(design, tmp_path / "out")
    run_missing(study)
    grown = opened(more, tmp_path / "out")
    assert grown.expected.runs == 20 - 8


@pytest.mark.parametrize(
    "change",
    [
        "base.seed=12",
        "base.days=7",
        "base.species.jaguar.count=301",
        "base.species.jaguar.traits.mortality.natural_per_year=0.2",
        "factors.fragmentation.some.0.fraction=0.31",
    ],
)
def test_any_change_is_another_run(design: Design, tmp_path: Path, change: str) -> None:
    other = load_experiment(tmp_path / "small.toml", [change])
    mine = plan_runs(design.scenarios)
    theirs = plan_runs(other.scenarios)
    assert mine[-1].ident != theirs[-1].ident


def test_a_folder_of_another_experiment_is_refused(design: Design, tmp_path: Path) -> None:
    opened(design, tmp_path / "out")
    other = load_experiment(tmp_path / "small.toml", ["base.seed=12"])
    with pytest.raises(ResultsError, match="holds another experiment"):
        opened(other, tmp_path / "out")


def test_a_folder_with_other_files_is_refused(design: Design, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.doc").write_text("precious")
    with pytest.raises(ResultsError, match="is not empty and holds no experiment"):
        opened(design, out)
    assert (out / "thesis.doc").read_text() == "precious"
    with pytest.raises(ResultsError, match=r"thesis\.doc: is no folder; choose another --out"):
        opened(design, out / "thesis.doc")


def test_a_folder_that_was_begun_and_not_claimed_is_free(design: Design, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "runs").mkdir(parents=True)
    half = f".experiment.json.{socket.gethostname()}~{os.getpid()}~1"
    (out / half).write_text("{")
    assert opened(design, out).runs
    (tmp_path / "other" / "runs").mkdir(parents=True)
    (tmp_path / "other" / "runs" / "mine.npz").write_text("precious")
    with pytest.raises(ResultsError, match="is not empty and holds no experiment"):
        opened(design, tmp_path / "other")


def test_a_folder_that_another_claims_at_the_same_moment_is_joined(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = manifest_module.is_planned

    def other_first(out: Path, digests: list[str]) -> bool:
        found = looked(out, digests)
        monkeypatch.setattr(manifest_module, "is_planned", looked)
        opened(design, out)
        (out / "runs" / "other.npz").write_bytes(b"")
        return found

    monkeypatch.setattr(manifest_module, "is_planned", other_first)
    assert opened(design, tmp_path / "out").runs


def test_a_damaged_manifest_is_named(design: Design, tmp_path: Path) -> None:
    opened(design, tmp_path / "out")
    (tmp_path / "out" / "experiment.json").write_text("{", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"experiment\.json: is damaged"):
        opened(design, tmp_path / "out")


def test_the_manifest_says_enough_to_run_again(design: Design, tmp_path: Path) -> None:
    study = opened(design, tmp_path / "out")
    manifest = json.loads((study.out / "experiment.json").read_text(encoding="utf-8"))
    again = tmp_path / "again.toml"
    import tomli_w

    again.write_text(tomli_w.dumps(manifest["settings"]), encoding="utf-8")
    second = load_experiment(again)
    assert [r.ident for r in plan_runs(second.scenarios)] == [r.ident for r in study.runs]
    assert {"corridor_sim", "numpy", "numba", "python"} <= set(manifest["versions"])


def test_a_full_disk_is_told_and_nothing_is_left_half_written(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = opened(design, tmp_path / "out")
    run_missing(study)
    before = run_bytes(study)
    study.path(study.runs[0]).unlink()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match="the disk is full"):
        run_missing(study)
    monkeypatch.undo()
    left = run_bytes(study)
    assert left == {k: v for k, v in before.items() if k != study.path(study.runs[0]).name}
    assert not list((study.out / "runs").glob(".*"))


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def stop(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_fit_is_refused_before_any_work(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasting, "available_bytes", lambda: 1e6)
    with pytest.raises(ResourceError, match=r"needs about .* GB of memory"):
        opened(design, tmp_path / "out")


def test_one_replicate_is_compared_without_intervals(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    study = opened(load_experiment(path, ["base.replicates=1"]), tmp_path / "out")
    run_missing(study)
    found = compare(study)
    assert np.isnan(found.effects["low"]).all()
    by_chance = found.effects[found.effects["interval_note"] != NO_CHANCE]
    assert (by_chance["verdict"] == OPEN).all()


def test_landscape_species_and_homes_are_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four scenarios on one landscape, opened, run in this process and compared by one command."""
    made: list[str] = []

    def count(module: Any, name: str) -> None:
        plain = getattr(module, name)

        def counted(*given: Any, **named: Any) -> Any:
            made.append(name)
            return plain(*given, **named)

        monkeypatch.setattr(module, name, counted)

    count(build_module, "load_landscape")
    for module in (study_module, jobs_module):
        count(module, "build_species")
    count(simulator_module, "place")
    monkeypatch.chdir(tmp_path)
    design_of(tmp_path, days=2, count=40)
    words = ["compare", "small.toml", "--out", "out", "--workers", "1", "--quiet"]
    assert main(words) == 0
    assert len(list(Path("out", "runs").glob("*.npz"))) == 8
    # species are placed one by one, once for numbers, homes and the first scenario; they are read
    # once more by the report, in which some animals of that scenario walk again
    assert sorted(made) == ["build_species"] * 2 + ["load_landscape"] + ["place"] * 2
