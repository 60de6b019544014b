"""The ground of a scenario, and what it gives beside animals, place by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.api.given import Settings, texts_of
from corridor_sim.api.studies import open_results
from corridor_sim.config.load import ScenarioLike, scenario_of
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ScenarioError, counted, shown
from corridor_sim.results.folder import Progress, StudyFolder, told

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.landscape.landscape import Landscape


def co_benefits(
    results: StudyFolder | str | Path, asked: Sequence[Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Sum what else the ground gives over links or scenarios, as ``corridor-sim co-benefits`` does.

    No run is made or read: sums follow from landscapes alone.

    Parameters
    ----------
    results : path, or what run, compare or rank_links returned
    asked : sequence of mappings, optional
        Tables as in ``[[co_benefits]]``: ``{"name": "Carbon", "layer": "carbon"}``, or a raster
        with ``file``, ``unit`` and ``per``; those of the study's settings if not given.

    Returns
    -------
    DataFrame
        Of links one row a link and co-benefit: ``link``, ``co_benefit``, ``unit`` (text),
        ``area_km2``, ``today`` (what stands there before any edit), ``without`` and ``with`` (at
        the end, without the link and with it), ``avoided_loss`` (their difference) and ``holes``
        (share of the ground without a value), float64. Of scenarios one row a scenario, co-benefit
        and ``ground`` (what it protects and its reference does not, and the whole landscape), with
        ``against``, and ``low`` and ``high`` (95 % interval of the avoided loss over ``maps`` of
        clearing).

    Raises
    ------
    CorridorSimError
        No study there, none asked for, or a raster that misfits.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.co_benefits(
    ...     "results/andes_links", [{"name": "Carbon", "layer": "carbon"}]
    ... )  # doctest: +SKIP
    """
    from corridor_sim.results.beside import co_benefit_table

    opened = results if isinstance(results, StudyFolder) else open_results(results)
    return co_benefit_table(opened, asked)


def results_by_place(
    results: StudyFolder | str | Path,
    polygons: str | Path,
    name_field: str,
    *,
    progress: Progress = False,
) -> gpd.GeoDataFrame:
    """Tell the results of a study by polygons, as ``corridor-sim places`` does.

    Every cell counts by the exact share of it that a place covers, so that sums over places that
    fill the landscape are those of the landscape.

    Parameters
    ----------
    results : path, or what run, compare or rank_links returned
    polygons : path
        GeoPackage, GeoJSON or Shapefile of polygons in any CRS: provinces, watersheds.
    name_field : str
        The field with the names of the places.
    progress : bool or Listener

    Returns
    -------
    GeoDataFrame
        In the landscape's CRS. Of scenarios a row a scenario, place, species (empty: of the ground)
        and ``outcome``: ``label``, ``unit`` (text); ``inside`` (share of the place within the
        landscape), ``value``, ``low``, ``high`` (mean over ``n`` replicates with its 95 %
        interval), ``change``, ``change_low``, ``change_high`` (paired, to the scenario
        ``against``), float64. Of links a row a link and place that share ground: ``area_km2``,
        ``share_of_link``, ``chosen``, and co-benefits that the study asks for.

    Raises
    ------
    CorridorSimError
        No study there, runs are missing, or polygons that cannot be used.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.results_by_place("results/my_study", "provinces.gpkg", "NAME")  # doctest: +SKIP
    """
    from corridor_sim.results.beside import place_table

    opened = results if isinstance(results, StudyFolder) else open_results(results)
    with told(progress) as listener:
        return place_table(opened, Path(polygons), name_field, listener)


def write_results_by_place(
    results: StudyFolder | str | Path,
    polygons: str | Path,
    name_field: str,
    *,
    out: str | Path | None = None,
    progress: Progress = False,
) -> list[Path]:
    """Write what :func:`results_by_place` tells: CSV, GeoPackage, a map and a page.

    Parameters
    ----------
    results, polygons, name_field, progress
        As for :func:`results_by_place`.
    out : path, optional
        ``FOLDER/places`` if not given.

    Returns
    -------
    list of Path

    Raises
    ------
    CorridorSimError
        As for :func:`results_by_place`, or the folder cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.write_results_by_place("results/x", "provinces.gpkg", "NAME")  # doctest: +SKIP
    """
    from corridor_sim.results.beside import write_places

    opened = results if isinstance(results, StudyFolder) else open_results(results)
    folder = Path(out) if out is not None else opened.folder / "places"
    with told(progress) as listener:
        return write_places(opened, Path(polygons), name_field, folder, listener)


def scenario_landscape(
    scenario: ScenarioLike | None = None, *, map: int = 0, set: Settings = ()
) -> Landscape:
    """Return the landscape of a scenario in its first year, its edits applied.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The built-in landscape if not given.
    map : int
        Which of the scenario's maps, from 0; replicate ``r`` stands on map ``r mod maps``.
    set : mapping or sequence of str
        As for :func:`compare`: ``{"landscape.cell_m": 500}``.

    Returns
    -------
    Landscape

    Raises
    ------
    CorridorSimError
        A mistake in the settings or a file that they name.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.scenario_landscape(set={"landscape.cell_m": 5000}).grid.cell_m
    5000.0
    """
    from corridor_sim.config.build import apply_edits, reference_landscape

    one = scenario_of(scenario, texts_of(set))
    _refuse_map(map, one.scenario)
    land = reference_landscape(one)
    return apply_edits(land, one.edits, one.scenario.seed, map)


def export_scenario(
    scenario: ScenarioLike | None = None,
    out: str | Path = "landscape",
    *,
    formats: Sequence[str] = ("tif", "gpkg"),
    set: Settings = (),
) -> list[Path]:
    """Write a scenario with maps of its own, as ``landscape export --with-settings`` does.

    What :func:`export_landscape` writes, and in its ``landscape.toml`` the species, days and other
    settings: a folder that runs wherever the layers came from. The edits of the scenario are made.

    Parameters
    ----------
    scenario : path, Scenario or what load_scenario returns, optional
        The built-in landscape if not given.
    out : path
        Folder to write into.
    formats : sequence of str
        Of ``tif``, ``nc`` and ``gpkg``; the maps that are read again are ``tif``.
    set : mapping or sequence of str
        As for :func:`compare`.

    Returns
    -------
    list of Path

    Raises
    ------
    CorridorSimError
        A mistake in the settings or a file that they name, or a folder that cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> written = cs.export_scenario(out="maps", set={"landscape.cell_m": 8000, "days": 90})
    >>> cs.load_scenario("maps/landscape.toml").scenario.days
    90
    """
    from corridor_sim.config.anywhere import given_anywhere
    from corridor_sim.config.build import apply_edits, reference_landscape
    from corridor_sim.landscape.io.export import export_landscape

    one = scenario_of(scenario, texts_of(set))
    land = apply_edits(reference_landscape(one), one.edits, one.scenario.seed, 0)
    settings = given_anywhere(one)
    for made in ("landscape", "edits"):
        settings.pop(made, None)
    return export_landscape(land, Path(out), formats=formats, settings=settings)


def _refuse_map(number: object, scenario: Scenario) -> None:
    n = scenario.n_maps
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < n:
        return
    why = "" if n > 1 else ": no edit of it draws at random"
    raise ScenarioError(
        f"map {shown(number)} is none of the {counted(n, 'map')} of {scenario.name!r}{why}",
        where="map",
        remedy=f"use 0 to {n - 1}" if n > 1 else "leave it out",
    )
