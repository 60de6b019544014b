"""The project of QGIS: every layer there, paths relative, the same bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from corridor_sim.comparison.maps import write_maps
from corridor_sim.comparison.tables import compare
from corridor_sim.gis.project import Group, Layer, project_xml, write_project
from corridor_sim.gis.rasters import ramp_style
from corridor_sim.landscape.io.export import export_landscape
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.report.study import write_report
from oracles.made_study import made_study

BOX = (0.0, 0.0, 10_000.0, 20_000.0)


def read(path: Path) -> Element:
    with zipfile.ZipFile(path) as file:
        (name,) = file.namelist()
        assert name == "corridor_sim.qgs"
        return ElementTree.fromstring(file.read(name))


def sources(root: Element) -> list[str]:
    return [str(one.text) for one in root.iter("datasource")]


def tree(root: Element) -> dict[str, bool]:
    """Layers by title, and whether they are switched on."""
    top = root.find("layer-tree-group")
    assert top is not None
    found = top.iter("layer-tree-layer")
    return {str(one.get("name")): one.get("checked") == "Qt::Checked" for one in found}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = made_study(tmp_path_factory.mktemp("project") / "study")
    found = compare(made)
    write_maps(found, made)
    write_report(found, made)
    return made.out


def test_every_layer_of_a_study_is_there_and_nothing_is_missing(study: Path) -> None:
    root = read(study / "corridor_sim.qgz")
    named = sources(root)
    assert all(one.startswith("./maps/") for one in named)
    for one in named:
        assert (study / one.partition("|")[0]).is_file(), one
    # every map that was written can be switched on
    here = {one.partition("|")[0] for one in named}
    for path in (study / "maps").glob("*.tif"):
        assert f"./maps/{path.name}" in here
    ids = {one.text for one in root.iter("id")}
    assert {one.get("id") for one in root.iter("layer-tree-layer")} == ids
    # QGIS gives layers with shorter identifiers others, and then misses them
    assert all(len(str(one)) > 10 for one in ids)


def test_a_readable_set_is_switched_on(study: Path) -> None:
    shown = [name for name, on in tree(read(study / "corridor_sim.qgz")).items() if on]
    assert shown[:2] == ["Towns", "Core areas"]
    assert sum(name.startswith("Jaguar, change of use: ") for name in shown) == 1
    assert not any(name.startswith(("Jaguar, use: ", "Andean bear")) for name in shown)
    assert shown[-1] == "Relief"


def test_the_reports_maps_have_the_figures_limits(study: Path) -> None:
    import rasterio

    for path in (study / "maps").glob("report_use__*.tif"):
        with rasterio.open(path) as file:
            values = file.read(1)
        root = ElementTree.parse(path.with_suffix(".qml")).getroot()
        (shown,) = root.iter("rasterrenderer")
        top = float(np.quantile(values[values > 0], 0.99))
        assert float(str(shown.get("classificationMax"))) == pytest.approx(top)
        labels = [str(one.get("label")) for one in root.iter("item")]
        assert labels[-1].endswith("animals per 100 km² and more")


def test_arrows_run_between_core_areas(study: Path) -> None:
    import geopandas as gpd
    import pyogrio

    names = [str(n) for n, kind in pyogrio.list_layers(study / "maps" / "flux.gpkg") if kind]
    assert names
    found = gpd.read_file(study / "maps" / "flux.gpkg", layer=names[0])
    assert (found["animals_per_year"] > 0).all()
    assert {len(line.coords) for line in found.geometry} == {3}


def test_an_export_opens_with_all_of_its_layers(tmp_path: Path) -> None:
    export_landscape(uniform(8, 6), tmp_path, formats=["tif", "gpkg"])
    root = read(tmp_path / "corridor_sim.qgz")
    here = {one.partition("|")[0] for one in sources(root)}
    assert here >= {f"./{path.name}" for path in tmp_path.glob("*.tif")}
    crs = root.find("projectCrs/spatialrefsys/authid")
    assert crs is not None
    assert crs.text == "EPSG:32717"
    assert root.findtext("properties/Paths/Absolute") == "false"
    first = (tmp_path / "corridor_sim.qgz").read_bytes()
    export_landscape(uniform(8, 6), tmp_path, formats=["tif", "gpkg"])
    assert (tmp_path / "corridor_sim.qgz").read_bytes() == first


def test_titles_may_hold_anything(tmp_path: Path) -> None:
    odd = 'Río <b>"a"</b> & \x07'
    look = ramp_style("use", (0.0, 1.0))
    layers: list[Layer | Group] = [Layer(odd, tmp_path / "maps" / "a.tif", look, shown=True)]
    whole = [Group(odd, layers), Group("nothing in it")]
    root = read(write_project(tmp_path, odd, whole, "EPSG:32717", BOX))
    assert tree(root) == {'Río <b>"a"</b> & ': True}
    assert sources(root) == ["./maps/a.tif"]
    groups = [one.get("name") for one in root.iter("layer-tree-group")]
    assert "nothing in it" not in groups


def test_no_title_is_run_as_an_expression(tmp_path: Path) -> None:
    title = "[% env('HOME') %]"
    text = project_xml(tmp_path, title, [Group(title, [])], "EPSG:32717", BOX)
    assert "env('HOME')" in text
    assert "[%" not in text


def test_a_crs_without_a_number_is_told_by_its_text(tmp_path: Path) -> None:
    from pyproj import CRS

    own = CRS("+proj=aea +lat_1=-5 +lat_2=-42 +lat_0=-32 +lon_0=-60 +datum=WGS84").to_wkt()
    root = ElementTree.fromstring(project_xml(tmp_path, "a", [], own, BOX).partition("\n")[2])
    assert root.find("projectCrs/spatialrefsys/authid") is None
    assert "Albers" in str(root.findtext("projectCrs/spatialrefsys/wkt"))
