"""What a listener hears of a batch of runs: a share that rises from nought to one."""

from __future__ import annotations

from corridor_sim.progress import Listener, Silence


class Meter(Silence):
    """Tells a listener of a batch of runs so that its share rises to one, whatever was forecast.

    A run counts for as many steps as any other: no more while it is at work, and no fewer when it
    is done.

    Parameters
    ----------
    listener : Listener
    """

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self._each = self._now = 0

    def begin(self, runs: int, each: float) -> None:
        """Announce a batch of runs of ``each`` steps."""
        self._each, self._now = max(1, round(each)), 0
        self.listener.expect(runs * self._each)

    def say(self, text: str) -> None:
        """Pass on."""
        self.listener.say(text)

    def done(self, steps: int) -> None:
        """Count steps of the run at work."""
        steps = min(steps, self._each - self._now)
        self._now += steps
        self.listener.done(steps)

    def ran(self) -> None:
        """Count the rest of the run at work: it is done."""
        self.listener.done(self._each - self._now)
        self._now = 0
