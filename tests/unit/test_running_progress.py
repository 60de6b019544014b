"""Progress is one share of the whole command: it never falls, and is one at the end."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from corridor_sim import progress
from corridor_sim.course import PARTS, PREPARING, RUNS, Course, Stage, on_course
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


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Whole(Silence):
    """Keeps the share of the whole as it is told, and the time that is said to remain."""

    shows_time = False

    def __init__(self) -> None:
        self.total = self.finished = 0
        self.shares: list[float] = []
        self.left: list[float] = []

    def expect(self, steps: int) -> None:
        self.total = steps

    def done(self, steps: int) -> None:
        assert steps >= 0
        self.finished += steps
        self.shares.append(self.finished / self.total)

    def remains(self, seconds: float, *, at_most: bool) -> None:
        self.left.append(seconds)


def of_three() -> tuple[Stage, ...]:
    return (
        Stage("preparing", 10.0, kind=PREPARING),
        Stage("simulating", 60.0, 30, RUNS),
        Stage("results", 30.0),
    )


def walked(slower: float) -> tuple[Whole, list[tuple[float, float]]]:
    """Go through a command whose runs take so many times as long as forecast."""
    clock, told = Clock(), Whole()
    course = Course(told, clock)
    course.plan(*of_three())
    course.begin("preparing")
    clock.now = 10.0
    course.begin("simulating")
    truth = 60.0 * slower
    said = []
    for batch in (10, 20):
        course.expect(batch)
        for _ in range(batch):
            clock.now += truth / 30
            course.done(1)
            said.append((course.remaining_s, 10 + truth + 30 - clock.now))
    course.begin("results")
    clock.now += 30.0
    course.tell(always=True)
    course.finish()
    return told, said


@pytest.mark.parametrize("slower", [0.3, 1.0, 3.0])
def test_the_share_of_a_command_never_falls_and_is_one_at_the_end(slower: float) -> None:
    told, said = walked(slower)
    assert told.shares == sorted(told.shares)
    assert told.shares[-1] == 1.0
    assert told.finished == told.total
    assert max(told.shares[:-1]) <= 0.99
    # half of the runs on, the time that is said to remain is the time that does
    assert all(left == pytest.approx(true, rel=0.1) for left, true in said[len(said) // 2 :])


def test_a_command_is_not_nearly_done_long_before_its_end() -> None:
    """The runs take three times as long as forecast: the share of the time that went is told."""
    clock, told = Clock(), Whole()
    course = Course(told, clock)
    course.plan(Stage("simulating", 10.0, 100, RUNS), Stage("results", 40.0))
    course.begin("simulating")
    course.expect(100)
    for k in range(100):
        clock.now += 0.3
        course.done(1)
        if k > 20:
            assert told.shares[-1] == pytest.approx(clock.now / 70, abs=0.05)
    course.begin("results")
    assert told.shares[-1] < 0.5


def test_work_that_may_follow_is_part_of_the_whole() -> None:
    clock, told = Clock(), Whole()
    course = Course(told, clock)
    course.plan(Stage("simulating", 10.0, 10, RUNS), Stage("results", 1.0))
    course.begin("simulating")
    course.expect(10)
    course.ahead(10)
    for _ in range(10):
        clock.now += 1.0
        course.done(1)
    # one more look may follow: half is done, not all
    assert told.shares[-1] == pytest.approx(10 / 21, abs=0.03)
    course.expect(10)
    course.ahead(0)
    for _ in range(10):
        clock.now += 1.0
        course.done(1)
    assert told.shares[-1] == pytest.approx(20 / 21, abs=0.03)
    assert told.shares == sorted(told.shares)


def test_a_search_that_is_settled_early_leaves_what_follows_it() -> None:
    clock = Clock()
    course = Course(Silence(), clock)
    course.plan(Stage("search", 100.0, 100, RUNS, at_most=True), Stage("confirm", 10.0, 0, RUNS))
    course.begin("search")
    course.expect(20)
    for _ in range(20):
        clock.now += 1.0
        course.done(1)
    assert course.remaining_s == pytest.approx(80 + 10, rel=0.05)
    course.begin("confirm")
    assert course.remaining_s == pytest.approx(10, rel=0.05)


def test_work_that_nobody_planned_is_told_by_its_count() -> None:
    told = Whole()
    course = Course(told, Clock())
    course.expect(4)
    for _ in range(4):
        course.done(1)
    course.finish()
    assert told.shares == [0.25, 0.5, 0.75, 1.0]


def test_lines_of_a_log_tell_the_share_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    lines, clock = _Lines(), Clock()
    lines.say("reading the landscape")
    course = Course(lines, clock)
    course.plan(Stage("simulating", 8.0, 4, RUNS), Stage("results", 92.0))
    course.begin("simulating")
    course.expect(4)
    for k in range(4):
        clock.now += 2.0
        course.done(1)
        course.say(f"x: replicate {k + 1}")
    told = capsys.readouterr().err
    assert percentages(told) == [2, 4, 6, 8]
    assert "(2 min left) x: replicate 1" in told
    assert "%" not in told.splitlines()[0]


def test_a_bar_is_one_for_the_command() -> None:
    from rich.progress import Progress

    with Progress(disable=True) as bar:
        listener = _Bar(bar, bar.add_task("starting", total=None, left=""))
        clock = Clock()
        course = Course(listener, clock)
        course.plan(*of_three())
        course.begin("preparing")
        clock.now = 50.0
        course.say("writing the report")
        task = bar.tasks[0]
        assert task.total == PARTS
        assert 0 < task.percentage < 99
        assert task.fields["left"].endswith(" left")
        assert task.description == "writing the report"
        course.finish()
        assert task.percentage == 100


@pytest.mark.parametrize("until", [(), ("displaced_share=0.0001",)])
def test_a_whole_comparison_is_one_work(until: tuple[str, ...], tmp_path: Path) -> None:
    import corridor_sim as cs

    told = Whole()
    today = cs.Scenario(
        name="Today",
        days=3,
        replicates=2,
        landscape={"cell_m": 10_000},
        species={"jaguar": {"count": 20}},
    )
    less = {"now": [], "less": [{"kind": "clear", "fraction": 0.3}]}
    experiment = cs.Experiment(name="Clearing", base=today, factors={"forest": less})
    cs.compare(
        experiment, out=tmp_path / "out", progress=told, until=until, at_most=6 if until else None
    )
    assert told.shares == sorted(told.shares)
    assert told.shares[-1] == 1.0
    assert max(told.shares[:-1]) <= 0.99
    assert told.total == PARTS


def test_a_listener_that_shows_time_hears_of_it_while_the_work_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("corridor_sim.course.TICK_S", 0.01)
    monkeypatch.setattr("corridor_sim.course.TELL_EVERY_S", 0.0)
    told, quiet = Whole(), Whole()
    told.shows_time = True
    for listener in (told, quiet):
        with on_course(listener) as whole:
            whole.plan(Stage("results", 0.2))
            whole.begin("results")
            time.sleep(0.3)
    assert len(told.shares) > len(quiet.shares) + 3
    for listener in (told, quiet):
        assert listener.shares == sorted(listener.shares)
        assert (listener.shares[-1], listener.left[-1]) == (1.0, 0.0)
