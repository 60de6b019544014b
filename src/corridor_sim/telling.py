"""Telling how long work goes on, from wherever it is done to whoever listens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

TELL_EVERY_S = 2.0

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
    print(what, file=sys.stderr, flush=True)


def tell(what: str) -> None:
    """Tell whoever listens what is being done."""
    say = _listening.get()
    if say is not None:
        say(what)


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
            tell(f"{self.what}: {self.done:,} of {self.total:,}")
