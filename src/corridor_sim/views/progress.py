"""Telling how the work goes on: a bar on a terminal, plain lines elsewhere, nothing if quiet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from corridor_sim.errors import visible
from corridor_sim.study.execute import Listener, Silence
from corridor_sim.telling import listening

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY_S = 5.0


class _Lines(Silence):
    """Plain lines for logs: each step of the work, and now and then the share of the runs at hand.

    A study may be asked for more runs as it goes: every batch counts from nought to one.
    """

    def __init__(self) -> None:
        self.began = self.last = perf_counter()
        self.total = self.finished = 0

    def say(self, text: str) -> None:
        now = perf_counter()
        # a batch that is done has no share to tell in what follows
        share = f"{self.finished / self.total:4.0%} " if self.finished < self.total else ""
        if share and ": replicate" in text and now - self.last < LINE_EVERY_S:
            return
        self.last = now
        print(f"[{now - self.began:5.1f} s] {share}{visible(text)}", file=sys.stderr, flush=True)

    def expect(self, steps: int) -> None:
        self.total, self.finished = steps, 0

    def done(self, steps: int) -> None:
        self.finished = min(self.finished + steps, self.total)


class _Bar(Silence):
    """A bar with the remaining time of the runs at hand, and one line a step above it."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self.bar, self.task = bar, task

    def say(self, text: str) -> None:
        text = visible(text)
        if ": replicate" not in text:
            self.bar.console.print(text, highlight=False, markup=False)
        self.bar.update(self.task, description=text[:60])

    def expect(self, steps: int) -> None:
        self.bar.reset(self.task, total=max(steps, 1))

    def done(self, steps: int) -> None:
        self.bar.advance(self.task, steps)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Listener]:
    """Yield a listener that shows the work on standard error."""
    with _shown(quiet=quiet) as listener, listening(listener.say):
        yield listener


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Listener]:
    if quiet:
        yield Silence()
    elif not sys.stderr.isatty():
        yield _Lines()
    else:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _Bar(bar, bar.add_task("starting", total=None))
