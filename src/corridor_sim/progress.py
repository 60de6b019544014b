"""Telling how long work goes on: from wherever it is done to a bar, plain lines, or nobody."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Protocol

from corridor_sim.errors import visible
from corridor_sim.languages import mark, tr, written

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

TELL_EVERY_S = 2.0
LINE_EVERY_S = 5.0
JSON_EVERY_S = 0.25
# "json": what is told stands on standard error as lines of JSON, for programs that show it
# themselves, as QGIS does
VARIABLE = "CORRIDOR_SIM_PROGRESS"

_OF_RUN = mark("{name}: replicate {n}")

_listening: ContextVar[Callable[[str], None] | None] = ContextVar("listening", default=None)


@contextmanager
def listening(say: Callable[[str], None]) -> Iterator[None]:
    """Let ``say`` hear what is told while the context lasts."""
    token = _listening.set(say)
    try:
        yield
    finally:
        _listening.reset(token)


def to_screen(what: str) -> None:
    """Say it on standard error, for commands without a bar."""
    if _as_json():
        _JsonLines().say(what)
    else:
        print(what, file=sys.stderr, flush=True)


def _as_json() -> bool:
    return os.environ.get(VARIABLE) == "json"


def tell(what: str) -> None:
    """Tell whoever listens what is being done."""
    say = _listening.get()
    if say is not None:
        say(what)


def of_run(name: str, replicate: int) -> str:
    """Return what is told of a run at work: its scenario and its replicate, from 0."""
    return tr(_OF_RUN, name=tr(name), n=replicate + 1)


def _is_of_run(text: str) -> bool:
    return tr(_OF_RUN, name="", n="").rstrip() in text


class Count:
    """Tells of the parts of a long work that are done, every two seconds and not before.

    Parameters
    ----------
    what : str
        What is done: ``"making the points"``.
    total : int
    """

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self._told = monotonic()

    def one(self) -> None:
        """Count one more."""
        self.done += 1
        now = monotonic()
        if now - self._told > TELL_EVERY_S:
            self._told = now
            done, total = written(f"{self.done:,}"), written(f"{self.total:,}")
            tell(tr("{what}: {done} of {total}", what=self.what, done=done, total=total))


class Listener(Protocol):
    """Who is told how the work goes on."""

    def say(self, text: str) -> None:
        """Tell a step of the work in one line."""

    def expect(self, steps: int) -> None:
        """Announce how many parts the work has in all; what is done already stays done."""

    def done(self, steps: int) -> None:
        """Tell parts that are done."""


class Silence:
    """A listener that says nothing."""

    def say(self, text: str) -> None:
        """Ignore."""

    def expect(self, steps: int) -> None:
        """Ignore."""

    def done(self, steps: int) -> None:
        """Ignore."""


class _Lines(Silence):
    """Plain lines for logs: each step of the work, with the share of the command that is done."""

    def __init__(self) -> None:
        self.began = self.last = perf_counter()
        self.total = self.finished = 0
        self.left = ""

    def say(self, text: str) -> None:
        now = perf_counter()
        if _is_of_run(text) and now - self.last < LINE_EVERY_S:
            return
        self.last = now
        share = f"{self.finished / self.total:4.0%} {self.left}" if self.finished else ""
        print(f"[{now - self.began:5.1f} s] {share}{visible(text)}", file=sys.stderr, flush=True)

    def expect(self, steps: int) -> None:
        self.total = max(steps, 1)

    def done(self, steps: int) -> None:
        self.finished = min(self.finished + steps, self.total)

    def remains(self, seconds: float, *, at_most: bool) -> None:
        self.left = tr("({time} left)", time=in_short(seconds, at_most=at_most)) + " "


class _JsonLines(Silence):
    """A line of JSON a step of the work: ``say``, and ``share`` (0 to 1) of the whole command."""

    shows_time = True

    def __init__(self) -> None:
        self.total = self.finished = 0
        self.last = 0.0

    def say(self, text: str) -> None:
        self._write({"say": visible(text)})

    def expect(self, steps: int) -> None:
        self.total = max(steps, 1)

    def done(self, steps: int) -> None:
        self.finished = min(self.finished + steps, self.total)
        if perf_counter() - self.last > JSON_EVERY_S or self.finished == self.total:
            self._write({})

    def _write(self, told: dict[str, str | float]) -> None:
        if self.total:
            told["share"] = round(self.finished / self.total, 4)
        self.last = perf_counter()
        # in one piece, as time is told from beside the work
        sys.stderr.write(f"{json.dumps(told)}\n")
        sys.stderr.flush()


class _Bar(Silence):
    """One bar for the command with the time that remains, and a line a step above it."""

    shows_time = True

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self.bar, self.task = bar, task

    def say(self, text: str) -> None:
        text = visible(text)
        if not _is_of_run(text):
            self.bar.console.print(text, highlight=False, markup=False)
        self.bar.update(self.task, description=text[:40])

    def expect(self, steps: int) -> None:
        self.bar.update(self.task, total=max(steps, 1))

    def done(self, steps: int) -> None:
        self.bar.advance(self.task, steps)

    def remains(self, seconds: float, *, at_most: bool) -> None:
        time = in_short(seconds, at_most=at_most)
        left = tr("{time} left", time=time) if seconds > 0 else ""
        self.bar.update(self.task, left=left)


def in_short(seconds: float, *, at_most: bool = False) -> str:
    """Return a time that remains with the digits that a forecast has.

    >>> in_short(3.2), in_short(47), in_short(95), in_short(5000, at_most=True)
    ('5 s', '50 s', '2 min', 'at most 1.4 h')
    """
    if seconds < 55:
        said = f"{max(5, 5 * round(seconds / 5))} s"
    elif seconds < 3570:
        said = f"{round(seconds / 60)} min"
    else:
        said = f"{seconds / 3600:.1f} h"
    said = written(said)
    return tr("at most {time}", time=said) if at_most else said


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Listener]:
    """Yield a listener that shows the work on standard error."""
    with _shown(quiet=quiet) as listener, listening(listener.say):
        yield listener


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Listener]:
    if quiet:
        yield Silence()
    elif _as_json():
        yield _JsonLines()
    elif not sys.stderr.isatty():
        yield _Lines()
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        columns = (
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _Bar(bar, bar.add_task("starting", total=None, left=""))
