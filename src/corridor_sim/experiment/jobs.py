"""One job: one replicate of one scenario, from the folder's path and the run's name alone.

Whoever works on a study, this process, another, or one on another machine, calls :func:`work`. It
rebuilds what the run needs from ``experiment.json``, keeps it for the next run, and writes the
run's file whole or not at all. Landscapes are never sent: they are made where they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

from corridor_sim.config.build import (
    apply_edit,
    build_species,
    reference_beside,
    reference_landscape,
)
from corridor_sim.config.load import Resolved
from corridor_sim.config.own_maps import own_key
from corridor_sim.errors import ResultsError
from corridor_sim.experiment.facts import facts_path, said_of, write_facts
from corridor_sim.experiment.manifest import read_manifest
from corridor_sim.experiment.plan import Run, run_of, scenario_digest
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr
from corridor_sim.progress import Listener, Silence, of_run
from corridor_sim.reading import Unfit
from corridor_sim.simulation.days.simulation import use_threads
from corridor_sim.simulation.protocol import Kept, Prepared, Site, simulator_of
from corridor_sim.simulation.run_file import peek, set_aside
from corridor_sim.species.traits import Species

KEPT_LANDSCAPES = 2
KEPT_SPECIES = 4


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

    def by(self, resolved: Resolved, map_number: int = 0) -> Landscape:
        """Return the landscape after all edits of a scenario, on one of its maps."""
        chain = self._chain
        seed, edits = resolved.scenario.seed, resolved.edits
        keys: list[tuple[Any, ...]] = []
        drawn = 0  # up to the first random edit all maps are one
        for i, edit in enumerate(edits):
            drawn = map_number if edit.draws else drawn
            keys.append((seed, drawn, edits[: i + 1]))
        keep = 0
        while keep < min(len(chain), len(edits)) and chain[keep][0] == keys[keep]:
            keep += 1
        del chain[keep:]
        land = chain[-1][1] if chain else self.land
        for i in range(keep, len(edits)):
            land = apply_edit(land, edits[i], seed, keys[i][1])
            chain.append((keys[i], land))
        return land

    def forget(self) -> None:
        """Give back the edited landscapes."""
        self._chain.clear()


def run_path(out: Path, run: Run) -> Path:
    """Return the file of one run."""
    return out / "runs" / f"{run.ident}.npz"


def shape_of(resolved: Resolved) -> tuple[int, int]:
    """Return how many species and outcomes a run of a scenario has."""
    return len(resolved.scenario.species), len(simulator_of(resolved).outcomes)


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


class WorkerCache:
    """What one process keeps of one study: landscapes, species, and what was made of them.

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
        self.kept = Kept()
        self._own: dict[str, Edited] = {}
        self._ground: dict[str, Landscape] = {}
        self._last: tuple[tuple[str, int], Resolved, Prepared] | None = None

    def adopt(self, resolved: Resolved, land: Landscape, species: Sequence[Species]) -> None:
        """Take over a landscape and species made already; the landscape is held, come what may."""
        self._own[_landscape_key(resolved)] = Edited(land)
        self._ground[_ground_key(resolved)] = land
        self.kept.get("species", _species_key(resolved), KEPT_SPECIES, lambda: tuple(species))

    def forget(self) -> None:
        """Give back all memory that is kept for later runs."""
        self.kept.forget()
        self._last = None
        for edited in self._own.values():
            edited.forget()

    def species_of(self, resolved: Resolved) -> tuple[Species, ...]:
        """Return the species of a scenario with the traits that it changes."""
        key = _species_key(resolved)
        return self.kept.get("species", key, KEPT_SPECIES, lambda: tuple(build_species(resolved)))

    def site_of(self, resolved: Resolved) -> Site:
        """Return where the runs of a scenario take place."""
        land = self._edited(resolved).land
        species = self.species_of(resolved)
        return Site(self.out, _landscape_key(resolved), land, species, self.kept)

    def landscape_of(self, resolved: Resolved, map_number: int = 0) -> Landscape:
        """Return a scenario's landscape; edits shared with the one before are not made again."""
        return self._edited(resolved).by(resolved, map_number)

    def _edited(self, resolved: Resolved) -> Edited:
        def make() -> Edited:
            species = self.species_of(resolved)
            if (ground := self._ground.get(_ground_key(resolved))) is not None:
                return Edited(reference_beside(ground, resolved, species))
            return Edited(reference_landscape(resolved, None, species))

        key = _landscape_key(resolved)
        if key in self._own:
            return self._own[key]
        return self.kept.get("landscapes", key, KEPT_LANDSCAPES, make)

    def do(self, run: Run, *, threads: int, listener: Listener) -> Done:
        """Do one job; a run whose file is there already is left alone.

        Raises
        ------
        CorridorSimError
            Whatever is wrong with the scenario, the folder or the disk.
        """
        began = perf_counter()
        use_threads(threads)
        with self.kept.lock:
            resolved, prepared = self._prepare(run, listener)
        middle = perf_counter()
        if is_done(self.out, run, shape_of(resolved)):
            self._tell_facts(run, resolved, prepared)
            return Done(run, 0.0, middle - began)
        listener.say(of_run(resolved.name, run.replicate))
        prepared.simulate(run.replicate, run_path(self.out, run), listener)
        self._tell_facts(run, resolved, prepared)
        return Done(run, perf_counter() - middle, middle - began)

    def _tell_facts(self, run: Run, resolved: Resolved, prepared: Prepared) -> None:
        """Write what is told of a scenario's landscape: that of its first map, whoever comes first.

        Only now, for by simulating most of it is known.
        """
        digest, path = self.digest_of(run.scenario), facts_path(self.out, run.scenario)
        first = resolved.scenario.map_of(run.replicate) == 0
        if first and said_of(path, simulator_of(resolved).facts) != digest:
            write_facts(path, prepared.facts(), digest)

    def _prepare(self, run: Run, listener: Listener) -> tuple[Resolved, Prepared]:
        digest = self.digest_of(run.scenario)
        if run_of(digest, run.scenario, run.replicate) != run:
            raise ResultsError(
                f"run {run.ident} is not replicate {run.replicate + 1} of scenario {run.scenario}",
                where=self.out,
                remedy="open the study again",
            )
        if self._last is not None and self._last[0][0] == digest:
            resolved = self._last[1]
        else:
            resolved = self.find(run.scenario)
        wanted = digest, resolved.scenario.map_of(run.replicate)
        if self._last is None or self._last[0] != wanted:
            self._last = None  # the memory of the one before is free for this one
            self._last = wanted, resolved, self._made(resolved, wanted[1], listener)
        return self._last[1:]

    def _made(self, resolved: Resolved, number: int, listener: Listener) -> Prepared:
        n = resolved.scenario.n_maps
        name = tr(resolved.name)
        listener.say(
            tr("{name}: preparing the landscape, map {map} of {n}", name=name, map=number + 1, n=n)
            if n > 1
            else tr("{name}: preparing the landscape", name=name)
        )
        land = self.landscape_of(resolved, number)
        return simulator_of(resolved).prepare(
            self.site_of(resolved), resolved, land, map_number=number
        )


def _species_key(resolved: Resolved) -> str:
    return f"{resolved.scenario.model_dump_json(include={'species'})}|{resolved.base_dir}"


def _landscape_key(resolved: Resolved) -> str:
    """Return what a landscape before all edits is made of; a study's files stay as they are."""
    return f"{_ground_key(resolved)}|{own_key(resolved.scenario)}"


def _ground_key(resolved: Resolved) -> str:
    """Return the same without what its species see of maps of the user's own."""
    return f"{resolved.scenario.landscape.model_dump_json()}|{resolved.base_dir}"


@lru_cache(maxsize=2)
def worker_cache_of(out: Path) -> WorkerCache:
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
    return worker_cache_of(Path(out).resolve()).do(
        run, threads=threads, listener=listener or Silence()
    )


def forget() -> None:
    """Give back what this process keeps between jobs."""
    worker_cache_of.cache_clear()
