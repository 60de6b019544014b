"""The report's maps for QGIS: what its figures show, in their colours, and a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.maps import (
    EVENTS,
    REFERENCE,
    STAGE_MAPS,
    map_name,
    slug,
    write_reference_layers,
)
from corridor_sim.gis import layers as looks
from corridor_sim.gis.project import (
    Box,
    Group,
    Layer,
    layer_of,
    style_beside,
    styles_inside,
    write_project,
)
from corridor_sim.gis.rasters import limits, ramp_style
from corridor_sim.gis.styles import SCALES
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.export import (
    VectorLayer,
    write_geopackage,
    write_geotiff,
    write_style,
)
from corridor_sim.landscape.io.geo import quiet
from corridor_sim.landscape.io.project import ground, names_on_top, ways
from corridor_sim.languages import mark, tr
from corridor_sim.report.text import numbers as say

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.comparison.generations_tables import Found as Generations
    from corridor_sim.experiment.study import Study
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.report.figures.basemap import BaseMap
    from corridor_sim.report.text.links_found import Found
    from corridor_sim.species.traits import Species

F32 = NDArray[np.float32]
MAPS, FLUX = "maps", "flux.gpkg"
# bend of an arrow, as a share of its length, as in the report's figures
BEND = 0.14


def write_shown(
    path: Path,
    base: BaseMap,
    values: F32,
    kind: str,
    description: str,
    unit: str,
    ends: tuple[float, float] | None = None,
) -> Path:
    """Write what a figure shows of the ground as a GeoTIFF with the figure's colours and limits.

    Parameters
    ----------
    values : float32 ``[h, w]``
        In the elements of the picture.
    kind : str
        A row of the table of styles.
    ends : (low, high), optional
        Of the figure's scale, where the table's rule does not give them.
    """
    grid, k = base.land.grid, base.step
    height, width = values.shape
    coarser = Grid(height, width, grid.cell_m * k, grid.west_m, grid.north_m, grid.crs)
    look = ramp_style(kind, ends or limits(values, SCALES[kind]), comment=description)
    if base.bare is not None:
        values = np.where(base.bare, np.float32(np.nan), values)
    write_geotiff(path, values, coarser, nodata=np.nan, description=description, unit=unit)
    write_style(path.with_suffix(".qml"), look)
    return path


def write_use(
    study: Study, base: BaseMap, one: Species, before: F32, change: F32 | None, scenario: str
) -> None:
    """Write the use of a species and its change as the report's figure has them."""
    folder, unit = study.out / MAPS, "1e-2 km-2"
    said = f"use under {study.scenarios[0].name}, animals per 100 km2, smoothed as in the report"
    write_shown(folder / f"report_use__{one.key}.tif", base, before, "use_100", said, unit)
    if change is not None:
        said = f"change of use under {scenario}, animals per 100 km2; 0 within chance"
        # what an earlier report took for the scenario that moves most is not shown beside this one
        for old in folder.glob(f"report_change_*__{one.key}.*"):
            old.unlink()
        i = [each.name for each in study.scenarios].index(scenario)
        path = folder / f"report_change_{i:02d}__{one.key}.tif"
        write_shown(path, base, change, "change_100", said, unit)


def write_homes(
    study: Study, base: BaseMap, one: Species, shown: Sequence[tuple[str, F32]], high: float
) -> None:
    """Write the homes of a species at the start and the ends as the report's figure has them."""
    for i, (title, values) in enumerate(shown):
        path = study.out / MAPS / f"report_homes_{i}__{one.key}.tif"
        said = f"homes per 100 km2, {title}"
        write_shown(path, base, base.shown(values), "homes_100", said, "1e-2 km-2", (0.0, high))


def write_flux(study: Study, base: BaseMap, flux: pd.DataFrame) -> Path | None:
    """Write who settles where as arrows from area to area, a layer a scenario and species.

    Of pairs of different blocks, as on the report's maps; None where there are none.
    """
    at = {name: np.array((x, y)) for name, x, y, _ in base.areas}
    layers: dict[str, VectorLayer] = {}
    styles: dict[str, Any] = {}
    for scenario in study.scenarios:
        for one in study.species:
            mine = (flux["scenario"] == scenario.name) & (flux["species"] == one.key)
            rows = flux[mine & (flux["from_block"] != flux["to_block"])]
            known = rows["from_area"].isin(list(at)) & rows["to_area"].isin(list(at))
            rows = rows[known & (rows["per_year"] > 0)].sort_values("per_year", kind="stable")
            if not len(rows):
                continue
            name = Path(map_name(study, scenario.name, one.key)).stem
            ends = zip(rows["from_area"], rows["to_area"], strict=True)
            layers[name] = (
                "LineString",
                [_bent(at[start], at[end]) for start, end in ends],
                {
                    "from_area": rows["from_area"].tolist(),
                    "to_area": rows["to_area"].tolist(),
                    "animals_per_year": rows["per_year"].astype(float).tolist(),
                    "low": rows["per_year_low"].astype(float).tolist(),
                    "high": rows["per_year_high"].astype(float).tolist(),
                },
            )
            styles[name] = looks.flux(rows["per_year"].tolist(), one.colour)
    if not layers:
        return None
    return write_geopackage(study.out / MAPS / FLUX, layers, study.land.grid.crs, styles)


def _bent(start: NDArray[np.float64], end: NDArray[np.float64]) -> Any:
    """Return a line of three points, bent to the left of its way."""
    from shapely import LineString

    dx, dy = end - start
    return LineString([start, (start + end) / 2 + BEND * np.array((dy, -dx)), end])


# --- projects


def write_study_project(study: Study) -> Path:
    """Write ``corridor_sim.qgz`` of a study's folder: species, places, roads and the ground."""
    folder = study.out / MAPS
    if not (folder / f"{REFERENCE[0]}.tif").is_file():
        write_reference_layers(folder, study.land)
    species: list[Layer | Group] = [
        _species(study, one, shown=i == 0) for i, one in enumerate(study.species)
    ]
    tree = [
        names_on_top(folder),
        *_by_place(study, study.out),
        *species,
        ways(folder),
        ground(folder, study.land),
    ]
    return _write(study.name, study.out, tree, study.land, study.land.grid.bounds_m)


def _write(
    title: str, out: Path, tree: Sequence[Group | Layer], land: Landscape, extent: Box
) -> Path:
    with quiet():
        return write_project(out, title, tree, land.grid.crs, extent)


def _show_first(groups: Sequence[Group]) -> None:
    """Switch on the last layer of the first group: of scenarios that which changes most."""
    for group in groups:
        last = group.layers[-1]
        if isinstance(last, Layer):
            group.layers[-1] = replace(last, shown=True, folded=False)


# bands of a map, as the table of styles calls them
_BANDS = (*STAGE_MAPS, *(name for name, _, _ in EVENTS))
_BAND_TITLES = {
    "residents": mark("{scenario}: residents"),
    "dispersers": mark("{scenario}: dispersers"),
    "displaced": mark("{scenario}: displaced residents"),
    "deaths": mark("{scenario}: deaths"),
    "crossings": mark("{scenario}: barriers crossed"),
    "blocked": mark("{scenario}: turned back at barriers"),
}


def _species(study: Study, one: Species, *, shown: bool) -> Group:
    """Return what there is of a species: the report's maps, arrows, and maps of every scenario."""
    folder = study.out / MAPS
    here: list[Layer | Group] = []
    first = study.scenarios[0].name
    change = next(iter(sorted(folder.glob(f"report_change_*__{one.key}.tif"))), None)
    use = folder / f"report_use__{one.key}.tif"
    if change is not None:
        name = study.scenarios[int(change.name.split("__")[0].rsplit("_", 1)[1])].name
        said = {"species": one.common_name, "scenario": say.named(name)}
        title = tr("{species}, change of use: {scenario}", **said)
        here += layer_of(change, title, shown=shown, folded=not shown)
    show_use = shown and change is None
    title = tr("{species}, use: {scenario}", species=one.common_name, scenario=say.named(first))
    here += layer_of(use, title, shown=show_use, folded=not show_use)
    for i, path in enumerate(sorted(folder.glob(f"report_homes_*__{one.key}.tif"))):
        said = {"species": one.common_name}
        title = (
            tr("{species}, homes at the start", **said)
            if i == 0
            else tr(
                "{species}, homes at the end: {scenario}",
                scenario=say.named(study.scenarios[i - 1].name),
                **said,
            )
        )
        here += layer_of(path, title, shown=shown and i == 1, folded=not (shown and i == 1))
    arrows: list[Layer | Group] = []
    maps: list[Layer | Group] = []
    for scenario in study.scenarios:
        path = folder / map_name(study, scenario.name, one.key)
        arrows += layer_of(folder / FLUX, say.named(scenario.name), path.stem)
        maps += _bands(path, say.named(scenario.name))
    here.append(Group(tr("Who settles elsewhere, animals a year"), arrows, folded=True))
    here.append(Group(tr("Maps by scenario, cell by cell"), maps, folded=True))
    return Group(one.common_name, here, folded=not shown)


def _bands(path: Path, scenario: str) -> list[Layer | Group]:
    """Return a map's own style (its change, or its residents)."""
    style = style_beside(path) if path.is_file() else None
    if style is None:
        return []
    renderer = style.find("pipe/rasterrenderer")
    band = 1 if renderer is None else int(renderer.get("band", "1"))
    title = (
        tr(_BAND_TITLES[_BANDS[band - 1]], scenario=scenario)
        if band <= len(_BANDS)
        else tr("{scenario}: change of use", scenario=scenario)
    )
    return [Layer(title, path, style)]


def _by_place(study: Study, out: Path) -> list[Group]:
    """Return results by place: a group a file, a layer a scenario and species."""
    found = []
    for path in sorted(out.glob("by_place_*.gpkg")):
        layers: list[Layer | Group] = []
        for i, scenario in enumerate(study.scenarios):
            inside = f"{i:02d}_{slug(scenario.name)}"
            for name, style in styles_inside(path, inside).items():
                title = tr("{species}: {scenario}", species=name, scenario=say.named(scenario.name))
                layers.append(Layer(title, path, style, inside))
        layers += layer_of(path, tr("Links by place"), "links_by_place")
        title = path.stem.removeprefix("by_place_").replace("_", " ")
        found.append(Group(tr("By place: {places}", places=title), layers, folded=True))
    return found


def write_places_project(study: Study, out: Path) -> Path:
    """Write ``corridor_sim.qgz`` of results by place that stand in a folder of their own."""
    folder = out / MAPS
    write_reference_layers(folder, study.land)
    tree = [*_by_place(study, out), names_on_top(folder), ways(folder), ground(folder, study.land)]
    _show_first(tree[:1])
    return _write(study.name, out, tree, study.land, study.land.grid.bounds_m)


def write_generations_project(found: Generations, out: Path) -> Path:
    """Write ``corridor_sim.qgz`` of many generations: residents of every species on the ground."""
    land, folder = found.land, out / MAPS
    write_reference_layers(folder, land)
    tiles: list[Layer | Group] = []
    for i, one in enumerate(found.species):
        title = tr("Residents: {species}", species=one.common_name)
        tiles += layer_of(out / "tiles.gpkg", title, one.key, shown=i == 0, folded=i > 0)
    tree = [
        names_on_top(folder),
        Group(tr("Residents after the years"), tiles),
        ways(folder),
        ground(folder, land),
    ]
    return _write(found.names[0], out, tree, land, land.grid.bounds_m)


def write_links_project(found: Found) -> Path:
    """Write ``corridor_sim.qgz`` of a ranking's folder: the links over the ground they lie on."""
    study, land = found.evaluator.study, found.land
    folder = study.out / MAPS
    write_reference_layers(folder, land)
    links: list[Layer | Group] = [
        *layer_of(
            study.out / "links.gpkg", tr("Links by benefit"), "links", shown=True, folded=False
        )
    ]
    tree = [
        Group(tr("Links"), links),
        names_on_top(folder),
        *_by_place(study, study.out),
        ways(folder),
        ground(folder, land),
    ]
    return _write(study.name, study.out, tree, land, _around(found, land))


def _around(found: Found, land: Landscape) -> Box:
    """Return the ground of all links with some around it, within the landscape."""
    points = np.concatenate([np.asarray(r) for one in found.result.links for r in one.rings])
    low, high = points.min(axis=0), points.max(axis=0)
    pad = 0.12 * float((high - low).max())
    west, south, east, north = land.grid.bounds_m
    return (
        max(west, float(low[0]) - pad),
        max(south, float(low[1]) - pad),
        min(east, float(high[0]) + pad),
        min(north, float(high[1]) + pad),
    )
