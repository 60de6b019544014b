"""One job: one replicate of one scenario, from the folder's path and the run's name alone.

Whoever works on a study, this process, another, or one on another machine, calls :func:`work`. It
rebuilds what the run needs from ``experiment.json``, keeps it for the next run, and writes the
run's file whole or not at all. Landscapes are never sent: they are made where they are used.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from corridor_sim.config.build import build_species, input_digests, load_landscape
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ResultsError
from corridor_sim.experiment.decades_jobs import LifeCaches, life_stage, simulate_life, years_of
from corridor_sim.experiment.facts import facts_of, life_facts, said_of
from corridor_sim.experiment.forms import DaysFacts, LifeFacts
from corridor_sim.experiment.manifest import read_manifest
from corridor_sim.experiment.plan import Run, run_of, scenario_digest
from corridor_sim.files import write_text
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import Listener, Silence
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.run_file import peek, record, save_run, set_aside
from corridor_sim.simulation.days.seeding import Habitat
from corridor_sim.simulation.days.simulation import DaysContext, find_homes, use_threads
from corridor_sim.simulation.days.staging import simulation_of, stage_of
from corridor_sim.simulation.decades.outcomes import LIFE_OUTCOMES
from corridor_sim.simulation.decades.simulation import DecadesContext
from corridor_sim.species.traits import Species

T = TypeVar("T")
KEPT_LANDSCAPES = 2
KEPT_HOMES = 12


@dataclass(frozen=True, slots=True)
class Done:
    """A job that is done.

    Attributes
    ----------
    run : Run
    seconds : float
        Simulating and writing; 0 where the file was there already.
    preparing_s : float
        Making the landscape and placing the species on it, if that was needed.
    """

    run: Run
    seconds: float
    preparing_s: float


class Edited:
    """A scenario's landscape; edits that it shares with the one before are not made again."""

    def __init__(self, land: Landscape) -> None:
        self.land = land
        self._chain: list[tuple[tuple[Any, ...], Landscape]] = []

    def by(self, resolved: Resolved) -> Landscape:
        """Return the landscape after all edits of a scenario."""
        chain = self._chain
        seed = resolved.scenario.seed
        edits = resolved.edits
        keep = 0
        while keep < min(len(chain), len(edits)) and chain[keep][0] == (seed, edits[: keep + 1]):
            keep += 1
        del chain[keep:]
        land = chain[-1][1] if chain else self.land
        for i in range(keep, len(edits)):
            land = edits[i].apply(land, seed)
            chain.append(((seed, edits[: i + 1]), land))
        return land


@dataclass(frozen=True, slots=True)
class Site:
    """Where the runs of one scenario take place: folder, landscape before all edits, species."""

    out: Path
    land: Landscape
    species: list[Species]

    def path(self, run: Run) -> Path:
        """Return the file of one run."""
        return run_path(self.out, run)


@dataclass(frozen=True, slots=True)
class _Prepared:
    resolved: Resolved
    digest: str
    site: Site
    stage: DaysContext | DecadesContext


def run_path(out: Path, run: Run) -> Path:
    """Return the file of one run."""
    return out / "runs" / f"{run.ident}.npz"


def facts_path(out: Path, scenario: int) -> Path:
    """Return the file that tells of a scenario's landscape."""
    return out / "scenarios" / f"{scenario:03d}.json"


def shape_of(resolved: Resolved) -> tuple[int, int]:
    """Return how many species and outcomes a run of a scenario has."""
    return n_outcomes(len(resolved.scenario.species), resolved.scenario.life_cycle is not None)


def n_outcomes(n_species: int, life_cycle: bool) -> tuple[int, int]:
    """Return (species, outcomes) of a run of days, or of decades with a life cycle."""
    return n_species, len(LIFE_OUTCOMES if life_cycle else OUTCOMES)


def is_done(out: Path, run: Run, shape: tuple[int, int]) -> bool:
    """Whether a run's file is there and whole, as far as :func:`peek` sees."""
    return peek(run_path(out, run), shape) is not None


def lost_run(out: Path, run: Run, name: str, why: Unfit) -> ResultsError:
    """Return the line that tells of a run that cannot be read; a damaged file is set aside.

    Damage inside a file shows only when it is unpacked; without the file the run is made again.
    """
    state = "missing"
    path = run_path(out, run)
    if set_aside(path):
        state = f"damaged ({path.name}: {why}): its file was set aside"
    return ResultsError(
        f"run {run.replicate + 1} of {name!r} is {state}",
        where=out,
        remedy="call the command of the study again to go on",
    )


def lost_file(path: Path, why: Unfit) -> ResultsError:
    """Return the line of :func:`lost_run` where only the file is known."""
    told = f"is damaged and set aside ({why})" if set_aside(path) else "has gone"
    return ResultsError(told, where=path, remedy="call the command of the study again to go on")


def landscape_key(resolved: Resolved) -> str:
    """Return what a scenario's landscape before all edits is made of."""
    settings = resolved.scenario.landscape.model_dump_json()
    return f"{settings}|{resolved.base_dir}|{json.dumps(input_digests(resolved), sort_keys=True)}"


class WorkerCache:
    """What one process keeps between the jobs of one study.

    Parameters
    ----------
    out : Path
    digest_of, find : callable
        Return a scenario's digest as the study has it, and the scenario, by its position.
    """

    def __init__(
        self, out: Path, digest_of: Callable[[int], str], find: Callable[[int], Resolved]
    ) -> None:
        self.out, self.digest_of, self.find = out, digest_of, find
        self._lands: OrderedDict[str, Edited] = OrderedDict()
        self._homes: OrderedDict[tuple[str, str], Habitat] = OrderedDict()
        self._lives: tuple[str, LifeCaches] = "", LifeCaches()
        self._last: _Prepared | None = None
        # threads of one process prepare one after the other
        self._lock = threading.RLock()

    def adopt(self, resolved: Resolved, land: Landscape, homes: dict[str, Habitat]) -> None:
        """Take over a landscape and homes that are made already."""
        key = landscape_key(resolved)
        self._lands[key] = Edited(land)
        for name, home in homes.items():
            self._homes[key, self._species_key(resolved, name)] = home

    def forget(self) -> None:
        """Give back all memory that is kept for later runs."""
        self._lands.clear()
        self._homes.clear()
        self._lives = "", LifeCaches()
        self._last = None

    def do(self, run: Run, *, threads: int, listener: Listener) -> Done:
        """Do one job; a run whose file is there already is left alone.

        Raises
        ------
        CorridorSimError
            Whatever is wrong with the scenario, the folder or the disk.
        """
        began = perf_counter()
        use_threads(threads)
        with self._lock:
            prepared = self._prepare(run, listener)
        middle = perf_counter()
        if is_done(self.out, run, shape_of(prepared.resolved)):
            return Done(run, 0.0, middle - began)
        listener.say(f"{prepared.resolved.name}: replicate {run.replicate + 1}")
        if isinstance(prepared.stage, DecadesContext):
            # landscapes of other years are made on the way
            with self._lock:
                self._live(prepared, prepared.stage, run, listener)
        else:
            _move(prepared, prepared.stage, run, listener)
        return Done(run, perf_counter() - middle, middle - began)

    def _live(
        self, prepared: _Prepared, stage: DecadesContext, run: Run, listener: Listener
    ) -> None:
        key = landscape_key(prepared.resolved)
        if self._lives[0] != key:
            self._lives = key, LifeCaches()
        past = self._lives[1].burn_ins(prepared.site, prepared.resolved)
        simulate_life(prepared.site, stage, past, prepared.resolved, run, listener)

    def _prepare(self, run: Run, listener: Listener) -> _Prepared:
        digest = self.digest_of(run.scenario)
        if run_of(digest, run.scenario, run.replicate) != run:
            raise ResultsError(
                f"run {run.ident} is not replicate {run.replicate + 1} of scenario {run.scenario}",
                where=self.out,
                remedy="open the study again",
            )
        if self._last is None or self._last.digest != digest:
            self._last = None  # the memory of the scenario before is free for this one
            self._last = self._made(run, digest, listener)
        return self._last

    def _made(self, run: Run, digest: str, listener: Listener) -> _Prepared:
        resolved = self.find(run.scenario)
        listener.say(f"{resolved.name}: preparing the landscape")
        key = landscape_key(resolved)
        edited = self._kept(
            self._lands,
            key,
            KEPT_LANDSCAPES,
            lambda: Edited(load_landscape(resolved.scenario.landscape, base_dir=resolved.base_dir)),
        )
        site = Site(self.out, edited.land, build_species(resolved))
        land = edited.by(resolved)
        path = facts_path(self.out, run.scenario)
        stage: DaysContext | DecadesContext
        if resolved.scenario.life_cycle is not None:
            stage = life_stage(site, resolved, land)
            if said_of(path, LifeFacts) != digest:
                write_text(path, life_facts(stage, years_of(resolved), digest))
        else:
            homes = {one.key: self._home(key, resolved, one, site.land) for one in site.species}
            stage = stage_of(resolved, site.species, land, homes)
            if said_of(path, DaysFacts) != digest:
                write_text(path, facts_of(stage, digest))
        return _Prepared(resolved, digest, site, stage)

    def _species_key(self, resolved: Resolved, name: str) -> str:
        settings = resolved.scenario.species[name].model_dump(
            mode="json", exclude={"count", "sampling", "disperser_sampling", "dispersal"}
        )
        return json.dumps([name, settings], sort_keys=True)

    def _home(self, key: str, resolved: Resolved, one: Species, land: Landscape) -> Habitat:
        which = key, self._species_key(resolved, one.key)
        return self._kept(self._homes, which, KEPT_HOMES, lambda: find_homes([one], land)[one.key])

    @staticmethod
    def _kept(store: OrderedDict[Any, T], key: Any, most: int, make: Callable[[], T]) -> T:
        """Return what is stored; the longest unused gives way before another is made."""
        if key in store:
            store.move_to_end(key)
        else:
            while len(store) >= most:
                store.popitem(last=False)
            store[key] = make()
        return store[key]


def _move(prepared: _Prepared, stage: DaysContext, run: Run, listener: Listener) -> None:
    scenario = prepared.resolved.scenario
    first = run.replicate == 0
    sim = simulation_of(
        prepared.resolved, stage, seed=scenario.seed, replicate=run.replicate, keep_tracks=first
    )
    sim.advance(scenario.n_days, listener.done)
    kept = {
        key: record(sim.result(key), seen, stage.landscape, keep_tracks=first)
        for key, seen in stage.species.items()
    }
    save_run(prepared.site.path(run), kept)


@lru_cache(maxsize=2)
def bench_of(out: Path) -> WorkerCache:
    """Return what this process keeps of the study in a folder, given as an absolute path."""

    def digest_of(index: int) -> str:
        digests = read_manifest(out).digests
        if index >= len(digests):
            raise ResultsError(
                f"has {len(digests)} scenarios, not {index + 1}",
                where=out,
                remedy="open the study again",
            )
        return digests[index]

    def find(index: int) -> Resolved:
        resolved = read_manifest(out).resolved(index)
        if scenario_digest(resolved) != digest_of(index):
            raise ResultsError(
                f"{resolved.name}: this process has other input or species files than the one that "
                "opened the study",
                where=out,
                remedy="give all machines the same files and the same version",
            )
        return resolved

    return WorkerCache(out, digest_of, find)


def work(out: str | Path, run: Run, *, threads: int = 1, listener: Listener | None = None) -> Done:
    """Simulate one run of a study and write its file; do nothing if it is there.

    A function of its arguments and the files: called twice, anywhere, it leaves the same bytes.

    Parameters
    ----------
    out : path
        The results folder, as this process sees it.
    run : Run
        From the study's plan.
    threads : int
        Threads of the kernels.
    listener : Listener, optional

    Raises
    ------
    ResultsError
        The folder is not there, or was made with other files or another version.
    CorridorSimError
        Whatever else is wrong with the scenario or the disk.
    """
    return bench_of(Path(out).resolve()).do(run, threads=threads, listener=listener or Silence())


def forget() -> None:
    """Give back what this process keeps between jobs."""
    bench_of.cache_clear()
