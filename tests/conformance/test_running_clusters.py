"""Clusters that are not there: one line each, before any work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from corridor_sim.cli.main import main
from corridor_sim.errors import ResourceError
from corridor_sim.experiment.execution import dask as dask_pool
from corridor_sim.experiment.execution import slurm as slurm_jobs
from oracles.link_country import write_links
from oracles.small_study import design_of

pytest.importorskip("distributed", reason="needs the extra corridor_sim[cluster]")


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dask_pool, "ANSWER_S", 1.0)
    with pytest.raises(ResourceError, match=r"^--scheduler: no Dask scheduler answers at"):
        dask_pool.connect("tcp://127.0.0.1:9", tmp_path)
    for address in ("nonsense://x", "127.0.0.1"):
        with pytest.raises(ResourceError, match=rf"^--scheduler: '{address}' is no address of a "):
            dask_pool.connect(address, tmp_path)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("distributed", "dask_jobqueue"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        ResourceError,
        match=r"^--scheduler: dask.distributed is not installed; .*"
        r"pip install 'corridor_sim\[cluster\]'$",
    ):
        dask_pool.connect("tcp://127.0.0.1:8786", tmp_path)
    with pytest.raises(ResourceError, match=r"^--slurm: dask-jobqueue is not installed; install"):
        slurm_jobs.slurm(tmp_path, jobs=1, peak_bytes=1e9)


def test_without_sbatch_there_is_no_slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue", reason="needs the extra corridor_sim[cluster]")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ResourceError, match=r"^--slurm: no sbatch on this machine; call it on a"):
        slurm_jobs.slurm(tmp_path, jobs=1, peak_bytes=1e9)


SWEEP = """
name = "Small sweep"
[base]
days = 2
replicates = 1
[base.landscape]
elevation = "dem.tif"
[base.species.jaguar]
count = 30
[sweep]
outcomes = ["suitable_km2"]
[sweep.parameters."species.jaguar.sampling"]
values = [0.5, 1.0]
"""
SENSITIVITY = (
    SWEEP[: SWEEP.index("[sweep]")]
    + """
[sensitivity]
n = 2
outcomes = ["suitable_km2"]
traits = ["jaguar.habitat.gap_half_m"]
"""
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    design_of(tmp_path)
    (tmp_path / "sweep.toml").write_text(SWEEP, "utf-8")
    (tmp_path / "sensitivity.toml").write_text(SENSITIVITY, "utf-8")
    (tmp_path / "links").mkdir()
    write_links(tmp_path / "links", days=5, count=50)
    return tmp_path


COMMANDS = [
    ["compare", "small.toml"],
    ["sweep", "sweep.toml"],
    ["sensitivity", "sensitivity.toml"],
    ["links", "rank", "links/links.toml"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[:-1]))
def test_each_command_names_the_cluster_that_is_not_there(
    command: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("dask_jobqueue", reason="needs the extra corridor_sim[cluster]")
    monkeypatch.setattr(dask_pool, "PATIENCE_S", 0.5)
    cases = [
        (["--scheduler", "tcp://127.0.0.1:9"], "--scheduler: no Dask scheduler answers at"),
        (["--slurm", "2", "--workers", "2"], "--workers and --slurm: cannot go together"),
        (["--scheduler", "x", "--slurm", "2"], "--scheduler and --slurm: cannot go together"),
    ]
    for words, said in cases:
        assert main([*command, "--out", "out", "--quiet", *words]) == 2
        told = capsys.readouterr()
        (line,) = told.err.strip().splitlines()
        assert said in line
        assert told.out == ""
        # the study is there to go on with, and nothing of it is lost
        assert not list(folder.glob("out/runs/*"))
    monkeypatch.setenv("PATH", str(folder))
    assert main([*command, "--out", "other", "--quiet", "--slurm", "2"]) == 2
    assert "--slurm: no sbatch on this machine" in capsys.readouterr().err
    assert not (folder / "other").exists()
