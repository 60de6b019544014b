"""What is told beside the animals of a study: what else the ground gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError
from corridor_sim.results.folder import StudyFolder
from corridor_sim.results.rankings import RankingResults
from corridor_sim.results.results import Results

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.config.co_benefits import CoBenefit
    from corridor_sim.experiment.study import Study


def check_beside(study: Study, asked: Sequence[CoBenefit] | None, where: str) -> None:
    """Refuse, before any run, what cannot be told beside the animals of an experiment.

    Raises
    ------
    CorridorSimError
    """
    if asked:
        from corridor_sim.ground.study import check_study

        check_study(study, asked, where)


def co_benefit_table(
    opened: StudyFolder, asked: Sequence[Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Return co-benefits of a study; see :func:`corridor_sim.api.co_benefits`.

    Raises
    ------
    CorridorSimError
    """
    from corridor_sim.ground.scenarios import scenario_table
    from corridor_sim.ground.study import asked_of, sums_of

    folder = opened.folder
    tables = opened.manifest.settings.get("co_benefits") if asked is None else asked
    if not tables:
        raise ResultsError(
            "asks for no co-benefits",
            where=folder,
            remedy="name some: --layer carbon, or tables as in [[co_benefits]] in Python",
        )
    wanted = asked_of(tables, "co_benefits")
    if isinstance(opened, RankingResults):
        return opened.link_ground(wanted).table
    if not isinstance(opened, Results):
        raise ResultsError(
            f"holds {opened.kind}, not scenarios or links", where=folder, remedy="name another"
        )
    if len(opened.manifest.scenarios) < 2:
        raise ResultsError(
            "holds one scenario, and an avoided loss needs another to compare it with",
            where=folder,
            remedy="use the results of compare or of links rank",
        )
    return scenario_table(sums_of(opened.study_to_read, wanted))
