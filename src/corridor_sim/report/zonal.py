"""Results by place: the section of a page, a page by itself, and the files beside both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.comparison.maps import slug
from corridor_sim.files import write_bytes
from corridor_sim.gis import layers as looks
from corridor_sim.landscape.io.export import Styles, VectorLayer, write_geopackage
from corridor_sim.languages import mark, tr
from corridor_sim.report.figures.basemap import BaseMap, make_basemap
from corridor_sim.report.figures.zonal import caption, places_figure
from corridor_sim.report.gis import write_places_project
from corridor_sim.report.office import naming_of
from corridor_sim.report.page import Album, provenance, render
from corridor_sim.report.text import zonal as words
from corridor_sim.report.text.links_found import Found
from corridor_sim.spreadsheets.folder import keep_exact, write_spreadsheets
from corridor_sim.zonal.links import links_by_place
from corridor_sim.zonal.places import Places, read_places
from corridor_sim.zonal.study import places_of, study_by_place, wide

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import geopandas as gpd

    from corridor_sim.experiment.study import Study


def of_study(study: Study, album: Album, base: BaseMap) -> list[dict[str, Any]]:
    """Return the sections of a page on scenarios, one for each layer of places; files are saved."""
    return [
        _section(study, study_by_place(study, one), one.title, one.note, study.out, album, base)
        for one in _layers(study)
    ]


def of_links(found: Found, album: Album, base: BaseMap) -> list[dict[str, Any]]:
    """Return the sections of a page on links; files are saved."""
    study, links = found.evaluator.study, found.result.links
    sections = []
    for one in _layers(study):
        table = links_by_place(links, one, found.chosen, found.ground)
        sections.append(_section(study, table, one.title, one.note, study.out, album, base))
    return sections


def _layers(study: Study) -> tuple[Places, ...]:
    asked = places_of(study)
    if not asked:
        return ()
    return read_places(asked, study.land, study.scenarios[0].base_dir)


def _section(
    study: Study,
    table: gpd.GeoDataFrame,
    title: str,
    note: str,
    out: Path,
    album: Album,
    base: BaseMap,
) -> dict[str, Any]:
    name = f"by_place_{slug(title)}"
    files = [out / "tables" / f"{name}.csv", *_write(study, table, out, name)]
    shared = {
        "title": title,
        "note": tr("Places: {files}.", files=note),
        "files": [path.relative_to(out).as_posix() for path in files],
        "picture": None,
        "caption": "",
    }
    if "link" in table.columns:
        return {**shared, **words.links_section(table)}
    picture = album.add(name, places_figure(base, study, table), shaded=True)
    told = words.study_section(study, table)
    return {**shared, **told, "picture": picture, "caption": caption(study)}


def _write(study: Study, table: gpd.GeoDataFrame, out: Path, name: str) -> list[Path]:
    """Write a table in full, and as layers of a GeoPackage: one of links, or one a scenario."""
    import pandas as pd

    keep_exact(out, name, pd.DataFrame(table.drop(columns="geometry")))
    gpkg, written = out / f"{name}.gpkg", list[Path]()
    layers: dict[str, VectorLayer] = {}
    styles: dict[str, Styles] = {}
    if "link" in table.columns:
        columns = {str(k): v.tolist() for k, v in table.drop(columns="geometry").items()}
        columns["chosen"] = [int(one) for one in columns["chosen"]]
        layers["links_by_place"] = ("MultiPolygon", _multi(table.geometry), columns)
        styles["links_by_place"] = looks.links_by_place()
    else:
        for i, one in enumerate(study.scenarios):
            found = wide(table, one.name)
            name = f"{i:02d}_{slug(one.name)}"
            layers[name] = ("MultiPolygon", _multi(found["shapes"]), found["columns"])
            styles[name] = _looks(study, found["columns"])
    if len(table):
        written.append(write_geopackage(gpkg, layers, study.land.grid.crs, styles))
    return written


def _looks(study: Study, columns: dict[str, list[Any]]) -> dict[str, Element]:
    """Return a style a species: what the scenario changes of its animals, else how many live there.

    As on the report's maps; the first is the one in which the layer opens.
    """
    found = {}
    for one in study.species:
        outcome = next((o for o in words.LIVING if f"{one.key}_{o}" in columns), None)
        if outcome is None:
            continue
        name = f"{one.key}_{outcome}"
        change = f"{name}_change"
        changes = any(v == v and v != 0 for v in columns.get(change, ()))
        found[one.common_name] = looks.by_place(
            change if changes else name,
            columns[change if changes else name],
            columns["area_km2"],
            "change" if changes else "dark_is_more",
            mark("{low} to {high} animals per 1,000 km²"),
            f'"{change}_low" > 0 OR "{change}_high" < 0' if changes else "",
        )
    return found or {"": looks.outlined_by("place")}


def _multi(shapes: Any) -> list[Any]:
    from shapely import MultiPolygon

    from corridor_sim.landscape.polygons import polygons_of

    return [MultiPolygon(polygons_of(shape)) for shape in shapes]


def write_alone(study: Study, table: gpd.GeoDataFrame, polygons: Path, out: Path) -> list[Path]:
    """Write results by place into a folder of their own: CSV, GeoPackage, map and page.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    album, base = Album(out / "figures"), make_basemap(study.land)
    section = _section(study, table, polygons.stem, polygons.name, out, album, base)
    write_spreadsheets(out, naming_of(study))
    page = render(
        "places_page.html",
        title=study.name,
        description=" ".join(study.description.split()),
        places=[section],
        provenance=provenance(study),
    )
    written = [out / name for name in section["files"]]
    written.append(write_places_project(study, out))
    return [*written, write_bytes(out / "places.html", page.encode())]
