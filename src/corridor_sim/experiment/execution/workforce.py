"""Who does the runs of a study and how many: what commands and Python alike may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridor_sim.config.adaptive import MOST, parse_goal
from corridor_sim.errors import ResourceError

if TYPE_CHECKING:
    from corridor_sim.experiment.execution.runner import Executor, Runner
    from corridor_sim.experiment.study import Study
    from corridor_sim.progress import Listener


@dataclass(frozen=True, slots=True)
class Workforce:
    """What is asked for.

    Attributes
    ----------
    workers : int or None
        Processes; None lets cores and memory decide.
    threads : int or None
        Threads of the kernels.
    scheduler : str or None
        Address of a Dask scheduler.
    slurm : int or None
        SLURM jobs to submit as Dask workers.
    share : pair of int or None
        Do the ``i``-th of ``n`` shares of the runs and stop.
    until : tuple of str
        Goals ``OUTCOME[:SPECIES]=HALFWIDTH``; replicates are added until they are met.
    at_most : int or None
        Cap of replicates of ``until``.
    grows : bool
        Whether replicates can be added at all; the points of a sweep keep theirs.
    """

    workers: int | None = None
    threads: int | None = None
    scheduler: str | None = None
    slurm: int | None = None
    share: tuple[int, int] | None = None
    until: tuple[str, ...] = ()
    at_most: int | None = None
    grows: bool = True

    def check(self) -> None:
        """Refuse what does not go together, or what nobody here can do, before any work.

        Raises
        ------
        ResourceError, ScenarioError
        """
        for name, least in (("workers", 1), ("slurm", 1), ("at_most", 2)):
            value = getattr(self, name)
            if value is not None and value < least:
                option = f"--{name.replace('_', '-')}"
                raise ResourceError(f"{value} is below {least}", where=option)
        who = [
            name for name in ("workers", "scheduler", "slurm") if getattr(self, name) is not None
        ]
        if len(who) > 1:
            raise ResourceError(
                "cannot go together", where=f"--{who[0]} and --{who[1]}", remedy="give one of them"
            )
        if self.scheduler is not None:
            from corridor_sim.experiment.execution.dask import check_address

            check_address(self.scheduler)
        if self.share is not None:
            self._check_share(*self.share)
        if self.at_most is not None and not self.until:
            raise ResourceError("needs --until", where="--at-most")
        for text in self.until:
            parse_goal(text)
        if self.slurm is not None:
            from corridor_sim.experiment.execution.slurm import refuse_without_slurm

            refuse_without_slurm()

    def _check_share(self, index: int, of: int) -> None:
        if not 0 <= index < of:
            raise ResourceError(
                f"index {index} of {of} jobs", where="--index", remedy=f"use 0 to {of - 1}"
            )
        if self.until or self.scheduler is not None or self.slurm is not None:
            raise ResourceError(
                "array jobs know nothing of each other",
                where="--index",
                remedy="use them without --until, --scheduler and --slurm",
            )

    def runner(self, study: Study, listener: Listener) -> Runner:
        """Return who does the runs of a study; use it as a context.

        Raises
        ------
        ResourceError
            Nobody answers, or more is asked for than there is.
        """
        from corridor_sim.experiment.execution.runner import Runner

        return Runner(
            study,
            workers=self.workers,
            threads=self.threads,
            listener=listener,
            executor=self._cluster(study, listener),
        )

    def _cluster(self, study: Study, listener: Listener) -> Executor | None:
        if self.scheduler is not None:
            from corridor_sim.experiment.execution.dask import connect

            return connect(self.scheduler, study.out, threads=self.threads or 1)
        if self.slurm is None:
            return None
        from corridor_sim.experiment.execution.slurm import slurm

        return slurm(
            study.out,
            jobs=self.slurm,
            peak_bytes=study.expected.peak_bytes,
            threads=self.threads or 1,
            listener=listener,
        )

    def simulate(self, study: Study, listener: Listener) -> str:
        """Do the runs of a study and return what there is to say of them.

        Raises
        ------
        CorridorSimError
            Whatever is wrong with scenario, folder, cluster or memory.
        """
        from corridor_sim.experiment.adaptive import check_goals, run_until
        from corridor_sim.experiment.execution.runner import maps_of, share

        asked = study.scenarios[0].scenario.adaptive
        goals = [parse_goal(text) for text in self.until or (asked.until if asked else ())]
        check_goals(goals, study)
        left_out = ""
        if goals and (not self.grows or self.share is not None):
            what = "sweeps" if self.share is None else "array jobs"
            goals, left_out = [], f"[adaptive] is left out of {what}"
        with self.runner(study, listener) as runner:
            if self.share is not None:
                burn_in = study.scenarios[0].scenario.has_burn_in
                mine = share(study.runs, *self.share, burn_in=burn_in, maps=maps_of(study))
                runner.run(mine)
                left_out = f"; {left_out}" if left_out else ""
                return (
                    f"share {self.share[0]} of {self.share[1]}: {len(mine)} of {len(study.runs)} "
                    f"runs are done{left_out}; when all are: corridor-sim report {study.out}"
                )
            if not goals:
                runner.run()
                return left_out
            most = self.at_most or (asked.most if asked else MOST)
            return run_until(study, goals, runner.run, most=most).text
