"""In what order runs are handed to workers, so that little is prepared twice.

What costs time before a run is preparing its scenario's landscape, on each of its maps, and, in
decades, the burn-in of its replicate, which scenarios share. Every worker gets a block of
neighbouring runs; one that has nothing left takes from the end of the longest block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from corridor_sim.experiment.plan import Run


def in_order(
    runs: Sequence[Run], n: int, *, burn_in: bool = False, maps: Sequence[int] = ()
) -> list[Run]:
    """Return the runs so that ``n`` blocks of neighbours share least.

    By map, then by scenario: scenarios of one clearing share its map. Where replicates share a
    burn-in and preparing it in every block costs more than preparing every scenario in every block,
    blocks hold some replicates of all scenarios.

    Parameters
    ----------
    runs : sequence of Run
    n : int
        Number of blocks.
    burn_in : bool
        Whether replicates of the scenarios share a burn-in.
    maps : sequence of int
        Maps of every scenario; one where not given.
    """

    def map_of(run: Run) -> int:
        return run.replicate % maps[run.scenario] if maps else 0

    most = max(maps, default=1)
    replicates = sorted({r.replicate for r in runs}, key=lambda k: (k % most, k))
    n_scenarios = len({r.scenario for r in runs})
    if not burn_in or n < 2 or len(replicates) < max(n, n_scenarios):
        return sorted(runs, key=lambda r: (map_of(r), r.scenario, r.replicate))
    block = {k: i * n // len(replicates) for i, k in enumerate(replicates)}
    return sorted(runs, key=lambda r: (block[r.replicate], map_of(r), r.scenario, r.replicate))


def cut(runs: Sequence[Run], n: int) -> list[list[Run]]:
    """Return ``n`` blocks of neighbours whose lengths differ by one at most."""
    return [block(runs, i, n) for i in range(n)]


def block(runs: Sequence[Run], i: int, n: int) -> list[Run]:
    """Return block ``i`` of :func:`cut` alone, however many there are."""
    return list(runs[len(runs) * i // n : len(runs) * (i + 1) // n])


class JobQueue:
    """Runs waiting for workers; workers may come and go.

    Parameters
    ----------
    runs : sequence of Run
        In order.
    n : int
        Workers expected.
    """

    def __init__(self, runs: Sequence[Run], n: int) -> None:
        self._free = deque(deque(part) for part in cut(runs, max(min(n, len(runs)), 1)) if part)
        self._of: dict[object, deque[Run]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._free)) + sum(map(len, self._of.values()))

    def take(self, worker: object) -> Run | None:
        """Return the next run for a worker; None if nothing waits."""
        mine = self._of.get(worker)
        if mine:
            return mine.popleft()
        if self._free:
            self._of[worker] = self._free.popleft()
            return self._of[worker].popleft()
        longest = max(self._of.values(), key=len, default=None)
        return longest.pop() if longest else None

    def leave(self, worker: object) -> None:
        """Give back the block of a worker that is gone."""
        left = self._of.pop(worker, None)
        if left:
            self._free.append(left)
