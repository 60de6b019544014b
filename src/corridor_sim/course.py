"""One measure of a whole command: what its stages take, how far it is, how long it goes on.

A command plans its stages with the seconds that each is forecast to take. Where work is counted the
speed that is measured replaces the forecast, more and more; where it is not, a stage is reckoned by
the forecast, times what the stages of its kind took over theirs so far. The share that is done is
time gone over time gone and time left, and never falls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Event, RLock, Thread
from time import monotonic

from corridor_sim.progress import Listener, listening

# parts of a command that listeners are told of
PARTS = 10_000
# share of a stage after which the measured speed counts alone
SURE = 0.1
# a stage that lasts longer than forecast is taken to go on for so much of that
OVERDUE = 0.1
# not more than this before the end
MOST = 0.99
# of forecasts, by stages that took longer or shorter
LEAST_PACE, MOST_PACE = 0.2, 10.0
TELL_EVERY_S = 0.2
# a listener that shows time going is told so often where nothing else is
TICK_S = 1.0
PREPARING, RUNS, REST = "preparing", "runs", "rest"


@dataclass(slots=True)
class Stage:
    """A part of a command.

    Attributes
    ----------
    name : str
    seconds : float
        That it is forecast to take.
    units : float
        Of counted work that are expected, at most if ``at_most``; 0 where nothing is counted.
    kind : str
        Forecasts of a kind are wrong by about the same factor.
    at_most : bool
        Whether it may end earlier.
    announced, ahead, done : float
        Units that were announced, that may follow them, and that are done.
    began, took : float
        By the clock; ``took`` is below 0 until it is over.
    """

    name: str
    seconds: float
    units: float = 0.0
    kind: str = REST
    at_most: bool = False
    announced: float = 0.0
    ahead: float = 0.0
    done: float = 0.0
    began: float = 0.0
    took: float = -1.0

    @property
    def share(self) -> float:
        """Of its counted work that is done."""
        return self.done / max(self.units, self.announced + self.ahead, 1e-9)


class Course:
    """Tells a listener of a whole command, whatever batches its parts work in.

    Parameters
    ----------
    listener : Listener
        Is told of :data:`PARTS` parts, all of them once the command is at its end.
    clock : callable
        Returns seconds.
    """

    def __init__(self, listener: Listener, clock: Callable[[], float] = monotonic) -> None:
        self.listener, self._clock = listener, clock
        self._began = self._told_at = clock()
        self._stages: list[Stage] = []
        self._at = -1
        self._told = 0
        self._expected = False
        # who works tells, and so does the clock beside it
        self._one = RLock()
        # of work that nobody planned
        self._loose = Stage("", 0.0)

    def plan(self, *stages: Stage) -> None:
        """Plan the stages to come, in their order; those that are over or at work stay as they are.

        A stage at work that is planned again keeps what is counted, with the new forecast.
        """
        known = {one.name: one for one in self._stages[: self._at + 1]}
        for one in stages:
            if one.name in known:
                old = known[one.name]
                old.seconds, old.units, old.at_most = one.seconds, one.units, one.at_most
        rest = [one for one in stages if one.name not in known]
        self._stages = [*self._stages[: self._at + 1], *rest]
        self.tell(always=True)

    def begin(self, name: str) -> None:
        """Begin a stage; those planned before it are over."""
        names = [one.name for one in self._stages]
        if name not in names[self._at + 1 :]:
            return
        now = self._clock()
        for i in range(max(self._at, 0), names.index(name)):
            one = self._stages[i]
            one.took = now - one.began if i == self._at else 0.0
        self._at = names.index(name)
        self._stages[self._at].began = now
        self.tell(always=True)

    @property
    def remaining_s(self) -> float:
        """Seconds that are left, by what is known now."""
        now, left, pace = self._clock(), 0.0, self._paces()
        for one in self._stages[max(self._at, 0) :]:
            if one is self._current:
                left += _left_of(one, now, pace[one.kind])
            else:
                left += one.seconds * pace[one.kind]
        return left

    @property
    def share(self) -> float:
        """Of the whole that is done, 0 to 1."""
        if not self._stages:
            return min(self._loose.share, 1.0)
        gone = self._clock() - self._began
        return min(MOST, gone / max(gone + self.remaining_s, 1e-9))

    @property
    def _current(self) -> Stage:
        return self._stages[self._at] if self._at >= 0 else self._loose

    def _paces(self) -> dict[str, float]:
        """Return what stages took over what was forecast, by kind, as far as that is known."""
        now, found = self._clock(), {}
        for kind in (PREPARING, RUNS, REST):
            took = forecast = 0.0
            for one in self._stages[: self._at + 1]:
                if one.kind != kind or one.seconds <= 0:
                    continue
                if one.took > 0:
                    # a search that was settled early has done a part of what was forecast
                    part = min(one.share, 1.0) if one.units or one.announced else 1.0
                    took, forecast = took + one.took, forecast + part * one.seconds
                elif one.took < 0 and one.share > 0:
                    sure = min(1.0, one.share / SURE)
                    took += sure * (now - one.began) / one.share
                    forecast += sure * one.seconds
            # one more second of each, so that very short stages say little
            pace = (took + 1.0) / (forecast + 1.0)
            found[kind] = min(MOST_PACE, max(LEAST_PACE, pace))
        return found

    # ---- what listeners of batches are told

    def say(self, text: str) -> None:
        """Pass on, with how far it is."""
        self.tell(always=True)
        self.listener.say(text)

    def expect(self, steps: int) -> None:
        """Announce a batch of counted work of the stage at hand."""
        self._current.announced += steps
        self.tell(always=True)

    def ahead(self, steps: float) -> None:
        """Say how much counted work may follow what is announced by now."""
        self._current.ahead = steps
        self.tell(always=True)

    def done(self, steps: int) -> None:
        """Count work of the stage at hand."""
        self._current.done += steps
        self.tell()

    def tell(self, *, always: bool = False) -> None:
        """Tell the listener how far the whole is, now and then."""
        with self._one:
            now = self._clock()
            if not always and self._stages and now - self._told_at < TELL_EVERY_S:
                return
            if not self._stages and self._loose.announced <= 0:
                return
            self._told_at = now
            self._pass_on(int(self.share * PARTS))
            stages = self._stages[max(self._at, 0) :]
            self._remains(self.remaining_s, at_most=any(one.at_most for one in stages))

    def finish(self) -> None:
        """Tell that all of it is done."""
        with self._one:
            if self._expected or self._stages:
                self._pass_on(PARTS)
                self._remains(0.0, at_most=False)

    def _remains(self, seconds: float, *, at_most: bool) -> None:
        remains = getattr(self.listener, "remains", None)
        if self._stages and remains is not None:
            remains(seconds, at_most=at_most)

    def _pass_on(self, parts: int) -> None:
        if not self._expected:
            self._expected = True
            self.listener.expect(PARTS)
        if parts > self._told:
            self.listener.done(parts - self._told)
            self._told = parts


def _left_of(one: Stage, now: float, pace: float) -> float:
    """Return the seconds that a stage at work has left."""
    gone = now - one.began
    forecast = one.seconds * pace
    by_forecast = max(forecast - gone, OVERDUE * forecast)
    if not (one.units or one.announced):
        return by_forecast
    if one.share <= 0:
        return by_forecast
    # the forecast of what is left, and the speed that was measured
    sure = min(1.0, one.share / SURE)
    measured = gone * max(1.0 / one.share - 1.0, 0.0)
    return sure * measured + (1 - sure) * one.seconds * pace * (1 - min(one.share, 1.0))


_now: ContextVar[Course | None] = ContextVar("course", default=None)


@contextmanager
def on_course(listener: Listener) -> Iterator[Course]:
    """Yield a course that tells a listener of all that is done while the context lasts."""
    outer = _now.get()
    if outer is not None:
        # a verb within a verb: the whole is the outer one's
        yield outer
        return
    course = Course(listener)
    token = _now.set(course)
    try:
        with listening(course.say), _ticking(course):
            yield course
        course.finish()
    finally:
        _now.reset(token)


@contextmanager
def _ticking(course: Course) -> Iterator[None]:
    """Let a listener that shows time going hear of it while the work says nothing."""
    if not getattr(course.listener, "shows_time", False):
        yield
        return
    over = Event()

    def tick() -> None:
        while not over.wait(TICK_S):
            course.tell()

    thread = Thread(target=tick, daemon=True, name="progress")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def plan(*stages: Stage) -> None:
    """Plan stages of the command that is at work, if one is; see :meth:`Course.plan`."""
    course = _now.get()
    if course is not None:
        course.plan(*stages)


def begin(name: str) -> None:
    """Begin a stage of the command that is at work; see :meth:`Course.begin`."""
    course = _now.get()
    if course is not None:
        course.begin(name)


def expect(steps: float) -> None:
    """Announce counted work of the stage at hand."""
    course = _now.get()
    if course is not None:
        course.expect(round(steps))


def ahead(steps: float) -> None:
    """Say how much counted work of the stage at hand may follow; see :meth:`Course.ahead`."""
    course = _now.get()
    if course is not None:
        course.ahead(steps)


def pulse() -> None:
    """Let the listener hear of time that has gone, where nothing is counted."""
    course = _now.get()
    if course is not None:
        course.tell()


def count(steps: float = 1) -> None:
    """Count work of the stage at hand."""
    course = _now.get()
    if course is not None:
        course.done(round(steps))
