"""Progress is a share of the runs at hand: it rises from nought to one, batch by batch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corridor_sim import progress
from corridor_sim.experiment.execution.runner import Runner
from corridor_sim.experiment.meter import Meter
from corridor_sim.experiment.study import Study
from corridor_sim.progress import Silence, _Bar, _Lines
from oracles.small_study import DECADES, design_of, opened


class Shares(Silence):
    """Keeps the share of every batch as it is told."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.total = self.finished = 0

    def expect(self, steps: int) -> None:
        self.total, self.finished = steps, 0
        self.batches.append([])

    def done(self, steps: int) -> None:
        self.finished += steps
        self.batches[-1].append(self.finished / self.total)


def test_a_run_counts_as_much_as_any_other_whatever_was_forecast() -> None:
    shares = Shares()
    meter = Meter(shares)
    meter.begin(4, 9.6)
    meter.done(6)
    meter.done(600)  # more than was thought
    meter.ran()
    meter.ran()  # elsewhere: nothing was heard of it on the way
    meter.done(2)
    meter.ran()
    meter.done(50)
    meter.ran()
    assert shares.batches == [[0.15, 0.25, 0.25, 0.5, 0.55, 0.75, 1.0, 1.0]]


@pytest.fixture(params=["days", "decades"])
def study(request: pytest.FixtureRequest, tmp_path: Path) -> Study:
    text = {"days": None, "decades": DECADES}[request.param]
    design = (
        design_of(tmp_path, replicates=1)
        if text is None
        else design_of(tmp_path, text, replicates=1)
    )
    return opened(design, tmp_path / "out")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_batch_of_a_growing_study_ends_at_one(study: Study, workers: int) -> None:
    shares = Shares()
    with Runner(study, workers=workers, threads=1, listener=shares) as runner:
        runner.run()
        runner.run(study.extend([(0, k) for k in range(3)]))
        runner.run()
    first, second, third = shares.batches
    assert third == []
    for batch in (first, second):
        assert batch == sorted(batch)
        assert batch[-1] == 1.0
        assert 0 < batch[0] < 1


def percentages(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"s\] +(\d+)% ", text)]


def test_lines_of_a_log_start_anew_with_every_batch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    lines = _Lines()
    lines.say("reading the landscape")
    for runs in (4, 2):
        lines.expect(runs * 100)
        for k in range(runs):
            lines.say(f"x: replicate {k + 1}")
            lines.done(150 if k == runs - 1 else 100)
        lines.say("looking at the results")
    told = capsys.readouterr().err
    assert percentages(told) == [0, 25, 50, 75, 0, 50]
    assert all("%" not in line for line in told.splitlines() if "replicate" not in line)


def test_a_bar_starts_anew_with_every_batch() -> None:
    from rich.progress import Progress

    with Progress(disable=True) as bar:
        listener = _Bar(bar, bar.add_task("starting", total=None))
        for runs in (3, 2):
            listener.expect(runs * 10)
            task = bar.tasks[0]
            assert (task.total, task.completed) == (runs * 10, 0)
            for _ in range(runs):
                listener.done(10)
            assert task.percentage == 100
        listener.say("writing the report")
        assert task.description == "writing the report"
