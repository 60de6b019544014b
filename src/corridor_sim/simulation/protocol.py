"""Two simulators behind one protocol: days of today's animals, and decades of births and deaths.

Whoever plans, runs, compares or tells of a study asks the simulator of its scenarios, and never
which one it is. :data:`SIMULATORS` is the one place where settings choose.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.load import Resolved
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import Listener
from corridor_sim.simulation.days.forecast import Forecast
from corridor_sim.simulation.facts import DaysFacts, DecadesFacts
from corridor_sim.simulation.outcomes import Outcomes
from corridor_sim.simulation.run_file import Extent
from corridor_sim.species.traits import Species

T = TypeVar("T")


class Kept:
    """What a process keeps of earlier scenarios for later ones; the last few of every kind."""

    def __init__(self) -> None:
        self._stores: dict[str, OrderedDict[Any, Any]] = {}
        # threads of one process prepare one after the other
        self.lock = threading.RLock()

    def get(self, kind: str, key: Any, most: int, make: Callable[[], T]) -> T:
        """Return what is kept; the longest unused gives way before another is made."""
        store = self._stores.setdefault(kind, OrderedDict())
        if key in store:
            store.move_to_end(key)
        else:
            while len(store) >= most:
                store.popitem(last=False)
            store[key] = make()
        found: T = store[key]
        return found

    def take(self, kind: str, key: Any) -> Any:
        """Return what is kept, None if nothing is, and keep it no longer."""
        return self._stores.get(kind, OrderedDict()).pop(key, None)

    def forget(self) -> None:
        """Give back all memory."""
        self._stores.clear()


@dataclass(frozen=True, slots=True)
class Site:
    """Where the runs of a scenario take place.

    Attributes
    ----------
    out : Path
        Folder of the results.
    key : str
        What the landscape before all edits is made of.
    land : Landscape
        Before all edits.
    species : tuple of Species
        With the traits that the scenario changes.
    """

    out: Path
    key: str
    land: Landscape
    species: tuple[Species, ...]
    kept: Kept


class Record(Protocol):
    """What is kept of one species in one run."""

    @property
    def values(self) -> NDArray[np.float64]:
        """Outcomes, in the order of the table."""


class Prepared(Protocol):
    """A scenario on one of its maps, ready for every replicate that stands on it."""

    def facts(self) -> dict[str, Any]:
        """Return what is told of its landscape, in the form that the simulator names.

        It costs least once a replicate was simulated.
        """

    def simulate(self, replicate: int, path: Path, listener: Listener) -> None:
        """Simulate one replicate of all species and write its file, whole or not at all."""


class Simulator(Protocol):
    """What a study asks; none of it keeps anything between calls."""

    @property
    def outcomes(self) -> Outcomes:
        """The table of outcomes."""

    @property
    def facts(self) -> type[DaysFacts] | type[DecadesFacts]:
        """The form of what is told of a scenario's landscape."""

    @property
    def views(self) -> Mapping[str, str]:
        """What shows its results, as ``module:function``; see :func:`named`.

        ``tables`` gathers those of a comparison, ``maps`` writes its maps, if it has any, and the
        report room has a module named ``sections`` with what it consists of.
        """

    def prepare(
        self, site: Site, resolved: Resolved, land: Landscape, *, map_number: int = 0
    ) -> Prepared:
        """Return a scenario ready for the replicates that stand on one of its maps.

        ``land`` is the site's after all edits, made on that map.
        """

    def forecast(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        site: Site,
    ) -> Forecast:
        """Return what runs, given as (scenario, replicate), will take.

        Raises
        ------
        CorridorSimError
            Whatever of species, landscape and memory cannot be.
        """

    def foretell(
        self,
        scenarios: Sequence[Resolved],
        runs: Sequence[tuple[int, int]],
        threads: int,
        species: Sequence[Species],
        grid: Grid,
    ) -> Forecast:
        """Return what :meth:`forecast` may find, as far as settings and the grid show it."""

    def load(
        self, path: Path, keys: Sequence[str], resolved: Resolved, extent: Extent
    ) -> Mapping[str, Record]:
        """Return the records of a run by species, every number where it may be.

        Raises
        ------
        Unfit
            The file is missing, damaged or of another shape.
        """


# the section of a scenario that asks for a simulator; the last one needs none. Named and not
# imported: whoever only counts runs does not wait for kernels
SIMULATORS: dict[str | None, str] = {
    "life_cycle": "corridor_sim.simulation.decades.simulator:Decades",
    None: "corridor_sim.simulation.days.simulator:Days",
}


@cache
def named(place: str) -> Any:
    """Return what ``module:name`` names."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def simulator_with(sections: Container[str]) -> Simulator:
    """Return the simulator of scenarios that have these sections."""
    place = next(p for name, p in SIMULATORS.items() if name is None or name in sections)
    found: Simulator = named(place)()
    return found


def simulator_of(resolved: Resolved) -> Simulator:
    """Return the simulator of a scenario."""
    given = {n for n in SIMULATORS if n is not None and getattr(resolved.scenario, n) is not None}
    return simulator_with(given)
