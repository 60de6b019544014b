"""What is told beside the outcomes of a study: what else the ground gives, and results by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError, ScenarioError
from corridor_sim.languages import tr
from corridor_sim.progress import Listener
from corridor_sim.results.folder import StudyFolder
from corridor_sim.results.rankings import RankingResults
from corridor_sim.results.results import Results

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.config.co_benefits import CoBenefit, PlaceLayer
    from corridor_sim.experiment.study import Study


OTHER = "use the results of run, compare or links rank"


def check_beside(
    study: Study, asked: Sequence[CoBenefit] | None, places: Sequence[PlaceLayer] | None, where: str
) -> None:
    """Refuse, before any run, what cannot be told beside the animals of an experiment.

    Raises
    ------
    CorridorSimError
    """
    if asked:
        from corridor_sim.ground.study import check_study

        check_study(study, asked, where)
    if places:
        from corridor_sim.zonal.places import read_places

        read_places(places, study.land, study.scenarios[0].base_dir)


def co_benefit_table(
    opened: StudyFolder, asked: Sequence[Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Return co-benefits of a study; see :func:`corridor_sim.co_benefits`.

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
            f"holds {opened.kind}, not scenarios or links", where=folder, remedy=OTHER
        )
    if len(opened.manifest.scenarios) < 2:
        raise ResultsError(
            "holds one scenario, and an avoided loss needs another to compare it with",
            where=folder,
            remedy="use the results of compare or of links rank",
        )
    return scenario_table(sums_of(opened.study_to_read, wanted))


def place_table(
    opened: StudyFolder, polygons: Path, name_field: str, listener: Listener
) -> gpd.GeoDataFrame:
    """Return results by place; see :func:`corridor_sim.results_by_place`.

    Raises
    ------
    CorridorSimError
    """
    from corridor_sim.zonal.places import read_places

    if not isinstance(opened, Results | RankingResults):
        raise ResultsError(
            f"holds {opened.kind}, not scenarios or links", where=opened.folder, remedy=OTHER
        )
    layer = place_layer(polygons, name_field)
    (places,) = read_places([layer], opened.study_to_read.land, Path())
    listener.say(tr("telling {n} places", n=len(places.names)))
    if isinstance(opened, RankingResults):
        from corridor_sim.zonal.links import links_by_place

        found = opened.ranked
        return links_by_place(found.result.links, places, found.chosen, found.ground)
    from corridor_sim.zonal.study import study_by_place

    return study_by_place(opened.study, places)


def place_layer(polygons: Path, name_field: str, title: str = "Places") -> PlaceLayer:
    """Return a layer of places by its file and field, checked as in a file of settings.

    Raises
    ------
    ScenarioError
    """
    from corridor_sim.config.co_benefits import PlaceLayer
    from corridor_sim.toml.strict import validate

    data = {"file": str(polygons), "name_field": name_field, "title": title}
    return validate(PlaceLayer, data, where="places", error=ScenarioError)


def write_places(
    opened: StudyFolder, polygons: Path, name_field: str, out: Path, listener: Listener
) -> list[Path]:
    """Write results by place as CSV, GeoPackage, map and page, and return the files.

    Raises
    ------
    CorridorSimError
        As :func:`place_table`, or the folder cannot be written.
    """
    from corridor_sim.report.zonal import write_alone

    table = place_table(opened, polygons, name_field, listener)
    listener.say(tr("writing tables and the page"))
    return write_alone(opened.study_to_read, table, polygons, out)
