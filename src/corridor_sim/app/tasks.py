"""One thread for the simulator, what it has to do, and who hears of it.

The server's own thread answers requests at once. What takes longer is a task: an iterator that does
a part of its work at each step. Of the urgent tasks the one goes on of which the fewest steps are
done, so that a link that was just drawn has its first answer before another has its last; the
others go on where nothing is urgent. A task of the same key ends an older one. Whatever goes wrong
in a task ends that task alone.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from itertools import count
from typing import Any, TypeVar

import corridor_sim as cs
from corridor_sim.app.words import word

T = TypeVar("T")
Tell = Callable[[str], None]
Steps = Iterator[object]
Progress = Callable[[str], None]


class GivenUp(BaseException):
    """Nobody wants any more what a function is working out."""


class Tasks:
    """The simulator's thread.

    Tasks wait until :meth:`open`, but for those that are submitted as ``early``.
    """

    def __init__(self) -> None:
        # key: urgent, early, steps done, iterator, context
        self._tasks: dict[str, list[Any]] = {}
        self._left: list[Steps] = []
        self._news = threading.Condition()
        self._opened = self._ended = False
        # who hears, and in which language
        self._listeners: list[tuple[Tell, str]] = []
        self._number = count()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def open(self) -> None:
        """Let tasks be done that are not early."""
        with self._news:
            self._opened = True
            self._news.notify()

    def stop(self) -> None:
        """End the thread after the step that it is doing."""
        with self._news:
            self._ended = True
            self._news.notify()

    # ---- what is told

    def listen(self, hear: Tell) -> Callable[[], None]:
        """Let ``hear`` have the text of every event, in the language of now.

        Returns
        -------
        callable
            Ends it, however often called.
        """
        one = hear, cs.languages.current().code
        self._listeners.append(one)

        def leave() -> None:
            with suppress(ValueError):
                self._listeners.remove(one)

        return leave

    def end_windows(self) -> None:
        """Let all windows know that nothing more comes: they hear an empty text."""
        self._tell(lambda: "")

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all windows, each in its language: see :func:`plain`."""
        self._tell(lambda: event(kind, data))

    def _tell(self, text: Callable[[], str]) -> None:
        said: dict[str, str] = {}
        for one in list(self._listeners):
            hear, code = one
            if code not in said:
                with cs.language(code):
                    said[code] = text()
            try:
                hear(said[code])
            except RuntimeError:  # its window is gone
                with suppress(ValueError):
                    self._listeners.remove(one)

    # ---- what is done

    def submit(self, key: str, steps: Steps, *, urgent: bool = True, early: bool = False) -> None:
        """Have a task done step by step; an older one of the same key is given up.

        What it says is in the language of who asks for it.
        """
        with self._news:
            self._give_up(key)
            self._tasks[key] = [urgent, early, 0, steps, copy_context()]
            self._news.notify()

    def cancel(self, key: str) -> None:
        """Give up a task after the step that is being done."""
        with self._news:
            self._give_up(key)
            self._news.notify()

    def doing(self, key: str) -> bool:
        """Whether a task is waiting or under way."""
        with self._news:
            return key in self._tasks

    async def result(self, call: Callable[[], T], *, urgent: bool = True) -> T:
        """Return what a call gives that is made in the simulator's thread, of some seconds at most.

        A request that is given up before its turn is not worked out.
        """
        future: Future[T] = Future()

        def steps() -> Steps:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except Exception as bad:
                    future.set_exception(bad)
            yield None

        self.submit(f"result {next(self._number)}", steps(), urgent=urgent)
        return await asyncio.wrap_future(future)

    def _give_up(self, key: str) -> None:
        found = self._tasks.pop(key, None)
        if found is not None:
            # its own thread closes it, for it may be in the midst of a step
            self._left.append(found[3])

    def _next(self) -> tuple[str, list[Any]] | None:
        """Return the task whose turn it is; waits for one; None at the end."""
        with self._news:
            while True:
                for steps in self._left:
                    if hasattr(steps, "close"):
                        steps.close()
                self._left.clear()
                if self._ended:
                    return None
                ready = [
                    (not urgent, done, key)
                    for key, (urgent, early, done, *_) in self._tasks.items()
                    if early or self._opened
                ]
                if ready:
                    key = min(ready, key=lambda one: one[:2])[2]
                    return key, self._tasks[key]
                self._news.wait()

    def _run(self) -> None:
        while (found := self._next()) is not None:
            key, task = found
            task[4].run(self._step, key, task)

    def _step(self, key: str, task: list[Any]) -> None:
        try:
            next(task[3])
            task[2] += 1
        except StopIteration:
            self._done(key, task)
        except cs.CorridorSimError as bad:
            self._done(key, task)
            self.tell("problem", {"task": key, "text": str(bad)})
        except Exception as bad:
            self._done(key, task)
            self.tell("problem", {"task": key, "text": unforeseen(bad)})

    def _done(self, key: str, task: list[Any]) -> None:
        with self._news:
            if self._tasks.get(key) is task:
                del self._tasks[key]


def stepped(call: Callable[[Progress], T], then: Callable[[T], None]) -> Iterator[str]:
    """Yield the lines of progress of a function that takes ``progress``, as they come.

    It runs in a thread of its own, but only while the next line is asked for: never beside another
    step. Where no more is asked for, ``progress`` raises in it and it ends.

    Parameters
    ----------
    call : callable
        ``call(progress)``; called in the other thread.
    then : callable
        Is given what it returned, in the thread that asks for steps.
    """
    turn, told = threading.Semaphore(0), threading.Semaphore(0)
    found: dict[str, Any] = {"lines": [], "given_up": False, "over": False}

    def progress(line: str) -> None:
        found["lines"].append(line)
        told.release()
        turn.acquire()
        if found["given_up"]:
            raise GivenUp

    def work() -> None:
        turn.acquire()
        try:
            if not found["given_up"]:
                found["value"] = call(progress)
        except GivenUp:
            pass
        except BaseException as bad:
            found["bad"] = bad
        found["over"] = True
        told.release()

    context = copy_context()
    thread = threading.Thread(
        target=lambda: context.run(work), name="simulator, step by step", daemon=True
    )
    thread.start()
    try:
        while True:
            turn.release()
            told.acquire()
            if found["over"]:
                break
            yield found["lines"].pop()
    finally:
        if not found["over"]:
            found["given_up"] = True
            turn.release()
            thread.join()
    if "bad" in found:
        raise found["bad"]
    then(found["value"])


def event(kind: str, data: dict[str, Any]) -> str:
    """Return an event as the stream carries it."""
    return f"event: {kind}\ndata: {json.dumps(plain(data), allow_nan=False)}\n\n"


def plain(value: Any) -> Any:
    """Return tables, arrays and numbers as plain data; numbers that do not exist as None.

    What can be called is words: it is called where it is told, in the language of who hears it.
    """
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if callable(value):
        return plain(value())
    if hasattr(value, "to_dict"):
        return plain(value.to_dict("records"))
    return plain(value.tolist())


def unforeseen(bad: BaseException, *, log: bool = True) -> str:
    """Return one sentence on what nobody foresaw; all of it goes to standard error."""
    if log:
        traceback.print_exception(bad, file=sys.stderr)
    return word("server.unforeseen", what=f"{type(bad).__name__}: {bad}"[:200])
