"""The results of many points of parameters: sweeps and sensitivity analyses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from corridor_sim.errors import ResultsError
from corridor_sim.languages import tr, tr_plural
from corridor_sim.progress import Listener
from corridor_sim.results.folder import Laps, StudyFolder

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.config.sweep import SweepFile, Value
    from corridor_sim.experiment.study import Study
    from corridor_sim.sweeps.link_sensitivity import LinkRobustness
    from corridor_sim.sweeps.sensitivity import Plan

Points = Sequence[tuple["Value", ...]]


class SweepResults(StudyFolder):
    """What came out of a sweep; see :class:`.folder.StudyFolder` for what all results have."""

    kind: ClassVar[str] = "sweep"

    @cached_property
    def file(self) -> SweepFile:
        """The settings of the sweep."""
        from corridor_sim.config.sweep import SweepFile
        from corridor_sim.experiment.manifest import read_settings

        return read_settings(SweepFile, self.manifest.settings, self.manifest.path)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per point, species and outcome: a column for each parameter, ``species``,
        ``outcome``, ``unit`` (text), ``mean``, ``low``, ``high`` (float64, in the unit), ``n``.

        Where the sweep asks for covers of the landscape, they are outcomes without a species.
        """
        if self.is_written("tables/sweep.parquet"):
            import pandas as pd

            return pd.read_parquet(self.folder / "tables" / "sweep.parquet")
        return self._made()

    def _made(self) -> pd.DataFrame:
        import pandas as pd

        from corridor_sim.sweeps.points import points
        from corridor_sim.sweeps.table import cover_table, sweep_table

        file, names = self.file, list(self.file.sweep.parameters)
        at = points(file.sweep, file.base.seed)
        self._refuse_other_points(self.study, at)
        frame = sweep_table(self.study, names, at)
        if not file.sweep.covers:
            return frame
        covers = cover_table(self.study, names, at, file.sweep.covers)
        return pd.concat([frame, covers], ignore_index=True)

    def _refuse_other_points(self, study: Study, at: Points) -> None:
        from corridor_sim.sweeps.points import text_of

        names = list(self.file.sweep.parameters)
        levels = [tuple((n, text_of(v)) for n, v in zip(names, row, strict=True)) for row in at]
        if levels != [one.levels for one in study.scenarios]:
            raise ResultsError(
                "holds other points than its sweep has",
                where=self.manifest.path,
                remedy=f"call again: {study.command}",
            )

    @property
    def ending(self) -> str:
        """The line that the command ends with."""
        return ending_of(self, self.manifest.planned)

    def finish(self, listener: Listener, laps: Laps | None = None) -> None:
        """Write table and report of the finished sweep."""
        from corridor_sim.report.sweep import write_sweep_report
        from corridor_sim.sweeps.table import write_table

        self.table = self._made()
        write_table(self.table, self.study)
        listener.say(tr("writing the report"))
        write_sweep_report(self.study, self.file.sweep, self.table)


class SensitivityResults(StudyFolder):
    """What a sensitivity analysis found.

    See :class:`.folder.StudyFolder` for what all results have.
    """

    kind: ClassVar[str] = "sensitivity"

    @cached_property
    def design(self) -> Plan:
        """The analysis: traits with their ranges, points, and what else was asked."""
        from corridor_sim.sweeps.sensitivity import plan_again

        return plan_again(self.study)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The strength of every trait's effect by species and outcome, the strongest first.

        Morris: ``mu_star`` in the outcome's unit; Sobol: ``total`` and ``first``, shares of the
        variance. Each with the half-width of its 95 % interval; ``low`` and ``high`` are the ends
        of the trait's range.
        """
        from corridor_sim.sweeps.sensitivity import sensitivity_table, values_at_points

        return sensitivity_table(self.design, self.study, values_at_points(self.design, self.study))

    @cached_property
    def links(self) -> LinkRobustness | None:
        """Whether a ranking of links survives the ranges, where the file asks for it."""
        from corridor_sim.sweeps.link_sensitivity import link_robustness

        return None if self.design.links is None else link_robustness(self.design, self.study)

    def finish(self, listener: Listener, laps: Laps | None = None) -> None:
        """Write tables and report of the finished analysis."""
        from corridor_sim.report.sensitivity import write_sensitivity_report
        from corridor_sim.sweeps.link_tables import write_link_tables
        from corridor_sim.sweeps.table import write_table

        if len(self.table):
            write_table(self.table, self.study, "sensitivity")
        if self.design.links is not None:
            listener.say(tr("comparing the rankings of links"))
            assert self.links is not None
            write_link_tables(self.links, self.design, self.study)
        listener.say(tr("writing the report"))
        write_sensitivity_report(self.study, self.design, self.table, self.links)

    def write_for_office(self, out: Path, listener: Listener) -> list[Path]:
        """Write a workbook and CSV; see :meth:`.folder.StudyFolder.write_for_office`."""
        from corridor_sim.report.office import write_for_office

        if not self.is_written("report.html"):
            self.finish(listener)
        links = None if self.design.links is None else self.design.links.settings
        return write_for_office(self.study, links=links, out=out)

    @property
    def ending(self) -> str:
        """The line that the command ends with."""
        return ending_of(self, len(self.design.at))

    def show(self) -> None:
        """Print the traits by the strength of their effect."""
        from corridor_sim.report.sensitivity import print_table
        from corridor_sim.report.text.link_sensitivity import print_links

        print_table(self.study, self.design, self.table)
        if self.links is not None:
            print_links(self.links, self.design)


def ending_of(found: StudyFolder, points: int) -> str:
    """Return the line that the command of a study with many points ends with."""
    return tr(
        "{runs} of {points} in {folder}",
        runs=tr_plural("{n} run", "{n} runs", len(found.plan.runs)),
        points=tr_plural("{n} point", "{n} points", points),
        folder=found.folder,
    )
