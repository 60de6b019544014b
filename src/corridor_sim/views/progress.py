"""Telling how the work goes on: a bar on a terminal, plain lines elsewhere, nothing if quiet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from corridor_sim.study.execute import Listener, Silence

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY_S = 5.0


class _Lines(Silence):
    """Plain lines for logs: each step of the work, and the share done now and then."""

    def __init__(self) -> None:
        self.began = self.last = perf_counter()
        self.total = self.finished = 0

    def say(self, text: str) -> None:
        now = perf_counter()
        share = f"{self.finished / self.total:4.0%} " if self.total else ""
        if share and ": replicate" in text and now - self.last < LINE_EVERY_S:
            return
        self.last = now
        print(f"[{now - self.began:5.1f} s] {share}{text}", file=sys.stderr, flush=True)

    def expect(self, steps: int) -> None:
        self.total = steps

    def done(self, steps: int) -> None:
        self.finished += steps


class _Bar(Silence):
    """A bar with the remaining time, and one line a step above it."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self.bar, self.task = bar, task

    def say(self, text: str) -> None:
        if ": replicate" not in text:
            self.bar.console.print(text, highlight=False, markup=False)
        self.bar.update(self.task, description=text[:60])

    def expect(self, steps: int) -> None:
        self.bar.update(self.task, total=max(steps, 1))

    def done(self, steps: int) -> None:
        self.bar.advance(self.task, steps)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Listener]:
    """Yield a listener that shows the work on standard error."""
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
            BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
        )  # fmt: skip
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _Bar(bar, bar.add_task("starting", total=None))
