"""A results folder as an object: what study it holds, read when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from html import escape
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from corridor_sim.course import on_course
from corridor_sim.errors import ResultsError, counted, refuse_unknown
from corridor_sim.experiment.answers import read_answers
from corridor_sim.experiment.jobs import run_path
from corridor_sim.experiment.manifest import Manifest, read_manifest
from corridor_sim.experiment.plan_file import Plan, read_plan
from corridor_sim.experiment.status import Status, status_of
from corridor_sim.languages import tr, tr_plural
from corridor_sim.progress import Listener, Silence
from corridor_sim.progress import progress as on_screen

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study

Progress = bool | Listener


@contextmanager
def told(progress: Progress) -> Iterator[Listener]:
    """Yield who is told how the work goes on: standard error, nobody, or the listener given.

    Whoever it is hears of the whole command as one work, see :mod:`corridor_sim.course`.
    """
    if isinstance(progress, bool):
        with on_screen(quiet=not progress) as listener, on_course(listener) as course:
            yield course
    else:
        with on_course(progress) as course:
            yield course


class Laps:
    """Seconds by part of a work, shown with the provenance of its report."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, what: str) -> None:
        """End a part of the work."""
        self.seconds[what] = self.total - sum(self.seconds.values())

    @property
    def total(self) -> float:
        """Seconds since the beginning."""
        return perf_counter() - self.began


class StudyFolder:
    """What all results have in common; see the classes of each kind of study.

    Attributes
    ----------
    folder : Path
        The results folder.
    note : str
        What there is to say of the runs, such as why adaptive sampling stopped; mostly empty.
    seconds : float
        What the call took that made this object.
    """

    kind: ClassVar[str] = "study"

    def __init__(self, folder: str | Path, study: Study | None = None, note: str = "") -> None:
        self.folder = Path(folder)
        self.note = note
        self.seconds = 0.0
        if study is not None:
            self.study = study

    @cached_property
    def manifest(self) -> Manifest:
        """What ``experiment.json`` says: settings, versions, scenarios."""
        return read_manifest(self.folder)

    @cached_property
    def plan(self) -> Plan:
        """The runs of the study."""
        return read_plan(self.folder, self.manifest.digests)

    @cached_property
    def study(self) -> Study:
        """The study itself, with its landscape, species and runs; all runs must be there.

        Raises
        ------
        ResultsError
            Runs are missing, or files have changed since they were made.
        """
        return finished_study(self.folder)

    @cached_property
    def study_to_read(self) -> Study:
        """The study, whether its runs are there or not: it plans no further ones."""
        from corridor_sim.experiment.study import reopen_study

        if "study" in vars(self):
            return self.study
        return reopen_study(self.folder, to_read=True)

    @property
    def status(self) -> Status:
        """How far the study is: runs planned, done, damaged and missing."""
        return status_of(self.folder)

    @property
    def answers(self) -> pd.DataFrame:
        """The answers that the folder keeps, one row each, the latest first.

        Columns: ``asked`` (options of the command), ``lead`` (first sentences of the answer),
        ``day`` (ISO 8601), ``language``, ``page`` (its page, from the results folder) and
        ``command`` (all text).
        """
        import pandas as pd

        columns = ["asked", "lead", "day", "language", "page", "command"]
        rows = [[getattr(one, name) for name in columns] for one in read_answers(self.folder)]
        return pd.DataFrame(rows, columns=columns)

    def refuse_unknown(self, what: str, name: str, known: Collection[str]) -> None:
        """Refuse a name that the study has not, with the nearest that it has.

        Raises
        ------
        ResultsError
        """
        said = f"no {what} {name!r}"
        refuse_unknown(name, known, said, where=self.folder, error=ResultsError)

    def is_written(self, *names: str) -> bool:
        """Whether files of the folder are there, and every run is older than each of them."""
        try:
            oldest = min((self.folder / name).stat().st_mtime_ns for name in names)
            return all(
                run_path(self.folder, run).stat().st_mtime_ns < oldest for run in self.plan.runs
            )
        except OSError:
            return False

    def report(self, *, again: bool = False, progress: Progress = False) -> Path:
        """Return the report, one HTML page; it is made from the runs where it is not there.

        Parameters
        ----------
        again : bool
            Make tables, maps and page again in any case.
        progress : bool or Listener
            Who is told how the work goes on.

        Returns
        -------
        Path

        Raises
        ------
        ResultsError
            Runs are missing, or the folder cannot be written.
        """
        if again or not self.is_written("report.html"):
            with told(progress) as listener:
                self.finish(listener)
        return self.folder / "report.html"

    def finish(self, listener: Listener, laps: Laps | None = None) -> None:
        """Write tables, maps and report of the finished study."""
        raise NotImplementedError

    def write_for_office(self, out: Path, listener: Listener) -> list[Path]:
        """Write a workbook and CSV of all tables, in the current language, into a folder.

        Raises
        ------
        ResultsError
            Runs are missing, or the folder cannot be written.
        """
        from corridor_sim.report.office import write_for_office

        if not self.is_written("report.html"):
            self.finish(listener)
        return write_for_office(self.study, out=out)

    def show(self) -> None:
        """Print the table that the command prints."""

    @property
    def ending(self) -> str:
        """The line that a command ends with: how many runs, and where they are."""
        runs = tr_plural("{n} run", "{n} runs", len(self.plan.runs))
        return tr("{runs} in {folder}", runs=runs, folder=self.folder)

    def __repr__(self) -> str:
        return f"<corridor_sim {self.kind} {self.manifest.name!r}: {self._extent()}, {self.folder}>"

    def _repr_html_(self) -> str:
        return (
            f"<b>{escape(self.manifest.name)}</b> (corridor_sim {self.kind})<br>"
            f"{escape(self._extent())}<br><code>{escape(str(self.folder))}</code>"
        )

    def _extent(self) -> str:
        scenarios = counted(len(self.manifest.scenarios), "scenario")
        return f"{scenarios}, {counted(len(self.plan.runs), 'run')}"


def finished_study(folder: Path, listener: Listener | None = None) -> Study:
    """Return the study of a folder if all of its runs are there.

    Raises
    ------
    ResultsError
    """
    from corridor_sim.experiment.execution.runner import Runner
    from corridor_sim.experiment.study import reopen_study

    study = reopen_study(folder, listener=listener or Silence())
    with Runner(study, workers=1) as runner:
        study.refuse_missing(runner.missing(study.runs), runner.why_missing)
    return study
