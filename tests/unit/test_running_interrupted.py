"""An interruption is heard in a finaliser too, where Python drops what is raised."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from corridor_sim.experiment.execution import dask
from corridor_sim.experiment.plan import Run


class Interrupting:
    """Is interrupted at the moment in which it goes."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


class Workers:
    """A client of one worker at work for ever; the second look at it is interrupted."""

    scheduler = None

    def __init__(self) -> None:
        self.looks = 0

    def nthreads(self) -> dict[str, int]:
        self.looks += 1
        if self.looks == 2:
            Interrupting()
        assert self.looks < 500, "the interruption was not heard"
        return {"tcp://10.0.0.1:1": 1}

    def submit(self, *_: Any, **__: Any) -> Any:
        return Never()

    def cancel(self, _: list[Any]) -> None:
        pass


class Never:
    """A future that never comes."""

    def add_done_callback(self, _: Any) -> None:
        pass


# the point of the test: Python says that it drops the interruption
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_a_finaliser_drops_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "LOOK_EVERY_S", 0.01)
    before = signal.getsignal(signal.SIGINT)
    cluster = dask.Cluster(Workers(), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        cluster.run([Run(0, 0, "a"), Run(0, 1, "b")], lambda _: None)
    assert signal.getsignal(signal.SIGINT) is before
