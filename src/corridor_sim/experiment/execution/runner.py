"""Doing the runs of a study: in this process, in several, or on a cluster; the bytes are the same.

Every finished run is on disk before the next is handed out, so that whoever is killed loses the
runs in flight and nothing else.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from corridor_sim.errors import ResourceError, ResultsError
from corridor_sim.experiment.execution.local import Failure, Processes, Tell
from corridor_sim.experiment.execution.queue import block, in_order
from corridor_sim.experiment.execution.worker import OUT_OF_MEMORY
from corridor_sim.experiment.facts import facts_path, said_of
from corridor_sim.experiment.jobs import Done, WorkerCache, is_done, run_path, shape_of
from corridor_sim.experiment.meter import Meter
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.plan_file import Plan
from corridor_sim.files import sweep_unfinished
from corridor_sim.languages import tr
from corridor_sim.memory import available_bytes, in_words
from corridor_sim.progress import Listener, Silence, of_run
from corridor_sim.reading import Unfit, exists, read_json
from corridor_sim.simulation.days.simulation import use_threads
from corridor_sim.simulation.protocol import Simulator, simulator_of
from corridor_sim.simulation.run_file import peek, set_aside, why_not

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

TIMINGS = "timings.tsv"
# a new process costs some seconds: imports, the landscape, placing the species
LEAST_SECONDS = 20.0
LEAST_RUNS_EACH = 2
SHARE_OF_MEMORY = 0.9


class Executor(Protocol):
    """Whoever does runs."""

    def run(
        self, runs: Sequence[Run], tell: Tell, *, burn_in: bool = False, maps: Sequence[int] = ()
    ) -> list[Failure]:
        """Do all runs, tell each as it is done, and return those that could not be done."""

    def close(self) -> None:
        """Give back what it holds."""


class Here:
    """This process, one run after the other, with threads in the kernels."""

    def __init__(self, worker_cache: WorkerCache, threads: int, listener: Listener) -> None:
        self.worker_cache, self.threads, self.listener = worker_cache, threads, listener

    def run(
        self, runs: Sequence[Run], tell: Tell, *, burn_in: bool = False, maps: Sequence[int] = ()
    ) -> list[Failure]:
        """Do all runs in the order of their maps and scenarios."""
        failures = []
        for run in in_order(runs, 1, burn_in=burn_in, maps=maps):
            try:
                tell(self.worker_cache.do(run, threads=self.threads, listener=self.listener))
            except MemoryError:
                self.worker_cache.forget()
                failures.append(Failure(run, OUT_OF_MEMORY))
        return failures

    def close(self) -> None:
        """Nothing to give back."""


class Runner:
    """Does runs of one study, keeping its workers from call to call.

    Parameters
    ----------
    study : Study
    workers : int, optional
        Processes on this machine; 1 = this process. By default as many as cores and memory allow
        where the work is long enough to pay for starting them.
    threads : int, optional
        Threads of the kernels in each process; all cores in this process, 1 in each of several.
    listener : Listener, optional
    executor : Executor, optional
        Somebody else to do the runs.
    """

    def __init__(
        self,
        study: Study,
        *,
        workers: int | None = None,
        threads: int | None = None,
        listener: Listener | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.study, self.out = study, study.out.resolve()
        self.listener = listener or Silence()
        self._meter = Meter(self.listener)
        self._workers, self._threads = workers, threads
        self._given = executor
        self._here: Here | None = None
        self._several: Processes | None = None
        sweep(self.out)

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        bad: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, and remove what those that were killed left half-written."""
        for executor in (self._given, self._several):
            if executor is not None:
                executor.close()
        if self._here is not None:
            self._here.worker_cache.forget()
        self._given = self._several = self._here = None
        sweep(self.out)

    def _shape(self, run: Run) -> tuple[int, int]:
        return shape_of(self.study.scenarios[run.scenario])

    def _simulator(self, run: Run) -> Simulator:
        return simulator_of(self.study.scenarios[run.scenario])

    def missing(self, runs: Iterable[Run]) -> list[Run]:
        """Return the runs that have no whole file yet, and one for every scenario without facts.

        Facts are those of the first map, and so of a run that stands on it.
        """
        out, told, maps = self.out, set[int](), maps_of(self.study)
        found = []
        for run in runs:
            done = is_done(out, run, self._shape(run))
            if run.scenario not in told and run.replicate % maps[run.scenario] == 0:
                told.add(run.scenario)
                facts = said_of(facts_path(out, run.scenario), self._simulator(run).facts)
                done = done and facts == self.study.digests[run.scenario]
            if not done:
                found.append(run)
        return found

    def why_missing(self, run: Run) -> str:
        """Return which file of a run that :meth:`missing` names is at fault, and why."""
        path, shape = run_path(self.out, run), self._shape(run)
        if peek(path, shape) is None:
            return f"runs/{path.name} {why_not(path, shape)}"
        path = facts_path(self.out, run.scenario)
        try:
            read_json(path, self._simulator(run).facts)
        except Unfit as bad:
            return f"scenarios/{path.name} {bad}"
        return f"scenarios/{path.name} tells of other settings"

    def _clear(self, runs: Iterable[Run]) -> None:
        """Set aside what stands where runs are to be written: damaged files, pipes, folders."""
        for run in runs:
            path, shape = run_path(self.out, run), self._shape(run)
            if exists(path) and not is_done(self.out, run, shape):
                why = why_not(path, shape)
                if set_aside(path):
                    self.listener.say(
                        f"{path.name} {why}: it is set aside as {path.stem}.damaged and made again"
                    )
            facts = facts_path(self.out, run.scenario)
            if exists(facts) and not facts.is_file():
                set_aside(facts)

    def run(self, runs: Iterable[Run] | None = None) -> int:
        """Do the runs that have no file yet and return how many were simulated.

        Parameters
        ----------
        runs : iterable of Run, optional
            All that the study plans, if not given.

        Raises
        ------
        ResourceError
            Some runs could not be done for want of memory; all others are.
        CorridorSimError
            Whatever else is wrong with a scenario, the folder or the disk.
        """
        plan = self.study.plan()
        missing = self.missing(plan.runs if runs is None else runs)
        self._meter.begin(len(missing), plan.steps)
        if not missing:
            return 0
        self._clear(missing)
        executor = self._given or self._chosen(missing, plan)
        here = executor is self._here
        simulated = 0

        def tell(done: Done) -> None:
            nonlocal simulated
            simulated += done.seconds > 0
            keep_time(self.out, done)
            self._meter.ran()
            if not here:
                name = self.study.scenarios[done.run.scenario].name
                self.listener.say(of_run(name, done.run.replicate))

        burn_in = self.study.scenarios[missing[0].scenario].scenario.has_burn_in
        maps = maps_of(self.study)
        failures = executor.run(missing, tell, burn_in=burn_in, maps=maps)
        if failures:
            raise self._lost(failures, len(missing))
        return simulated

    def _chosen(self, missing: Sequence[Run], plan: Plan) -> Executor:
        n = self._workers
        if self._several is not None and len(missing) > 1:
            return self._several
        if n is None:
            n = 1 if self._threads is not None else suggested_workers(plan, len(missing))
        elif n > 1:
            refuse_too_many(n, plan.peak_bytes)
        if n > 1:
            self.listener.say(tr("{n} processes", n=n))
            self._several = Processes(self.out, n, self._threads or 1)
            return self._several
        if self._here is None:
            threads = use_threads(self._threads)
            self._here = Here(self.study.worker_cache, threads, self._meter)
        return self._here

    def _lost(self, failures: Sequence[Failure], n: int) -> ResourceError:
        first = min(failures, key=lambda one: (one.run.scenario, one.run.replicate))
        name = self.study.scenarios[first.run.scenario].name
        more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
        return ResourceError(
            f"run {first.run.replicate + 1} of {name!r}{more} of {n}: {first.why}; "
            "the other runs are done",
            where=self.out,
            remedy="free memory, use a larger landscape.cell_m or a smaller sampling, call again",
        )


def run_jobs(
    study: Study,
    jobs: Iterable[Run] | None = None,
    *,
    workers: int | None = None,
    threads: int | None = None,
    listener: Listener | None = None,
) -> int:
    """Do the runs of a study that have no file yet and return how many were simulated.

    The parameters and errors are those of :class:`Runner`, which keeps its workers for more calls.
    """
    with Runner(study, workers=workers, threads=threads, listener=listener) as runner:
        return runner.run(jobs)


def cores() -> int:
    """Return the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def most_workers(peak_bytes: float, n_runs: int) -> int:
    """Return how many processes cores, free memory and the number of runs allow; 1 at least."""
    by_memory = n_runs
    if peak_bytes > 0 and available_bytes() < float("inf"):
        by_memory = int(SHARE_OF_MEMORY * available_bytes() / peak_bytes)
    return max(1, min(cores(), by_memory, n_runs))


def refuse_too_many(n: int, peak_bytes: float) -> None:
    """Stop before any work if ``n`` processes need more memory than is free.

    Raises
    ------
    ResourceError
    """
    free = available_bytes()
    if n * peak_bytes > free:
        raise ResourceError(
            f"{n} processes need about {in_words(n * peak_bytes)} of memory, "
            f"{in_words(free)} are free",
            where="--workers",
            remedy=f"use --workers {max(1, int(free / peak_bytes))}",
        )


def suggested_workers(plan: Plan, n_runs: int) -> int:
    """Return how many processes pay; 1 = this process, where there is little or nothing to gain."""
    n = most_workers(plan.peak_bytes, n_runs)
    long_enough = plan.seconds * n_runs / n >= LEAST_SECONDS
    return n if long_enough and n_runs >= LEAST_RUNS_EACH * n else 1


def maps_of(study: Study) -> list[int]:
    """Return the number of maps of every scenario of a study."""
    return [one.scenario.n_maps for one in study.scenarios]


def share(
    runs: Sequence[Run], index: int, of: int, *, burn_in: bool = False, maps: Sequence[int] = ()
) -> list[Run]:
    """Return the runs of one of ``of`` array jobs, whatever is done already.

    Raises
    ------
    ResultsError
        If there is no job ``index``, counted from 0.
    """
    if not 0 <= index < of:
        raise ResultsError(
            f"index {index} of {of} jobs", where="--index", remedy=f"use 0 to {of - 1}"
        )
    return block(in_order(runs, of, burn_in=burn_in, maps=maps), index, of)


def keep_time(out: Path, done: Done) -> None:
    """Append what a run took to ``timings.tsv``, for ``corridor-sim status``."""
    if done.seconds <= 0:
        return
    host = socket.gethostname()
    line = f"{done.run.ident}\t{done.seconds:.3f}\t{done.preparing_s:.3f}\t{host}\n"
    try:
        # one write of one short line: those of several machines do not mix
        # and of a pipe nobody waits for the other end
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        number = os.open(out / TIMINGS, flags, 0o666)
        with open(number, "ab", buffering=0) as stream:
            stream.write(line.encode())
    except OSError:
        return  # nothing depends on it


def sweep(out: Path) -> None:
    """Remove half-written files of processes of this machine that are gone."""
    for folder in ("", "runs", "scenarios", "pedigrees", "tables", "maps"):
        sweep_unfinished(out / folder)
