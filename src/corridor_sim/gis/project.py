"""A project of QGIS: the layers of a folder in order and groups, ready to be read.

Paths are relative to the project, so that a folder can be moved and handed on.
"""

from __future__ import annotations

import io
import os
import re
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from corridor_sim.files import write_bytes
from corridor_sim.gis.layout import sheet
from corridor_sim.gis.xml import VERSION, document, node, option

NAME = "corridor_sim.qgz"
# zip files know no time before
_DATE = (1980, 1, 1, 0, 0, 0)
MULTIPLIED = 6
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a project.

    Attributes
    ----------
    title : str
        What people read.
    path : Path
        The file.
    style : Element
        As it would stand in a file beside it.
    inside : str
        Name of the layer in the file; empty for rasters.
    shown : bool
        Whether it is switched on.
    folded : bool
        Whether its legend is folded.
    blend : int
        How it is laid over what is below, as QGIS numbers it; 0 covers it.
    """

    title: str
    path: Path
    style: Element
    inside: str = ""
    shown: bool = False
    folded: bool = True
    blend: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Layers under one heading, the uppermost first."""

    title: str
    layers: list[Layer | Group] = field(default_factory=list)
    folded: bool = False


def styles_inside(path: Path, inside: str) -> dict[str, Element]:
    """Return the styles of a layer of a GeoPackage of ours by name, the one it opens in first."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        try:
            rows = file.execute(
                "select styleName, styleQML from layer_styles where f_table_name = ? "
                "order by useAsDefault desc, rowid",
                (inside,),
            ).fetchall()
        except sqlite3.OperationalError:
            return {}
    return {str(name): ElementTree.fromstring(text) for name, text in rows}


def style_beside(path: Path, inside: str = "") -> Element | None:
    """Return the style in which a file of ours opens: that beside it, or within a GeoPackage."""
    if inside:
        return next(iter(styles_inside(path, inside).values()), None)
    beside = path.with_suffix(".qml")
    return ElementTree.parse(beside).getroot() if beside.is_file() else None


def layer_of(path: Path, title: str, inside: str = "", **how: bool) -> list[Layer]:
    """Return the layer of a file with the style that it opens in; none where it has none."""
    if not path.is_file():
        return []
    found = style_beside(path, inside)
    return [] if found is None else [Layer(title, path, found, inside, **how)]


def write_project(
    folder: Path, title: str, tree: Sequence[Group | Layer], crs: str, extent: Box
) -> Path:
    """Write ``corridor_sim.qgz`` into a folder, whole or not at all, and return its path.

    Parameters
    ----------
    folder : Path
    title : str
    tree : sequence of Group or Layer
        The uppermost first; groups without a layer are left out.
    crs : str
        As pyproj reads it.
    extent : (west, south, east, north)
        What is shown first.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    text = project_xml(folder, title, tree, crs, extent)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        # the same project is the same file, whenever it is written
        inside = zipfile.ZipInfo(Path(NAME).with_suffix(".qgs").name, _DATE)
        inside.compress_type = zipfile.ZIP_DEFLATED
        file.writestr(inside, text.encode())
    return write_bytes(Path(folder) / NAME, made.getvalue())


def project_xml(
    folder: Path, title: str, tree: Sequence[Group | Layer], crs: str, extent: Box
) -> str:
    """Return the XML of a project; see :func:`write_project`."""
    place = _crs(crs)
    numbered: list[tuple[str, Layer]] = []
    branches = [_branch(one, numbered) for one in tree]
    root_group = node("layer-tree-group", *(b for b in branches if b is not None))
    west, south, east, north = extent
    pad = 0.03 * max(east - west, north - south)
    box = (west - pad, south - pad, east + pad, north + pad)
    canvas = node(
        "mapcanvas",
        node("units", text="meters"),
        _box("extent", box),
        node("rotation", text="0"),
        node("destinationsrs", deepcopy(place)),
        name="theMapCanvas",
        annotationsVisible="1",
    )
    maps = node("projectlayers", *(_map_layer(k, one, folder, place) for k, one in numbered))
    order = node("layerorder", *(node("layer", id=key) for key, _ in numbered))
    view = node(
        "ProjectViewSettings",
        node(
            "DefaultViewExtent",
            deepcopy(place),
            **dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)),
        ),
        UseProjectScales="0",
    )
    settings = node(
        "properties",
        node("Paths", node("Absolute", type="bool", text="false")),
        node("SpatialRefSys", node("ProjectionsEnabled", type="int", text="1")),
        node("Gui", *_background()),
    )
    root = node(
        "qgis",
        node("homePath", path=""),
        node("title", text=title),
        node("projectCrs", deepcopy(place)),
        root_group,
        canvas,
        maps,
        order,
        settings,
        view,
        node("Layouts", sheet(title, _legend(root_group), box, deepcopy(place))),
        projectname=title,
        version=VERSION,
    )
    return document(root)


def _legend(tree: Element) -> list[Element]:
    """Return what is switched on, as the legend of a sheet has it."""
    found = []
    for one in tree.iter("layer-tree-layer"):
        if one.get("checked") == "Qt::Checked":
            found.append(deepcopy(one))
            found[-1].set("expanded", "1")
    return found


def _background() -> list[Element]:
    colours = {"Red": 255, "Green": 255, "Blue": 255}
    return [node(f"CanvasColor{k}Part", type="int", text=v) for k, v in colours.items()]


def _branch(one: Group | Layer, numbered: list[tuple[str, Layer]]) -> Element | None:
    """Return a branch of the tree of layers, numbering the layers as they come."""
    if isinstance(one, Layer):
        # QGIS gives a layer whose identifier has ten letters or fewer another one
        name = f"corridor_sim_{len(numbered):03}_{one.path.stem}_{one.inside}"
        key = re.sub("[^A-Za-z0-9_]", "_", name)
        numbered.append((key, one))
        # the legend of a raster begins with its entries, not with the name of the band
        n = sum(1 for tag in ("item", "paletteEntry") for _ in one.style.iter(tag))
        shown = "" if one.inside else ",".join(str(i + 1) for i in range(n))
        return node(
            "layer-tree-layer",
            node("customproperties", node("Option", _shown(shown), type="Map")),
            id=key,
            name=one.title,
            checked="Qt::Checked" if one.shown else "Qt::Unchecked",
            expanded="0" if one.folded else "1",
            providerKey="ogr" if one.inside else "gdal",
        )
    inside = [b for b in (_branch(each, numbered) for each in one.layers) if b is not None]
    if not inside:
        return None
    return node(
        "layer-tree-group",
        *inside,
        name=one.title,
        checked="Qt::Checked",
        expanded="0" if one.folded else "1",
    )


def _shown(entries: str) -> Element:
    """Return which entries a legend has, by number; all without any."""
    return option("legend/node-order", entries) if entries else option("corridor_sim", "")


def _map_layer(key: str, one: Layer, folder: Path, place: Element) -> Element:
    """Return a layer with its source and style."""
    vector = bool(one.inside)
    inside = os.path.relpath(one.path, folder).replace(os.sep, "/")
    source = f"./{inside}" + (f"|layername={one.inside}" if vector else "")
    shown = [deepcopy(part) for part in one.style if isinstance(part.tag, str)]
    provider = node("provider", text="ogr" if vector else "gdal")
    if vector:
        provider.set("encoding", "UTF-8")
    parts = [
        node("id", text=key),
        node("datasource", text=source),
        node("layername", text=one.title),
        node("srs", deepcopy(place)),
        provider,
        *shown,
        node("blendMode", text=one.blend),
    ]
    how = {"type": "vector" if vector else "raster", "hasScaleBasedVisibilityFlag": "0"}
    if vector:
        how |= {"labelsEnabled": one.style.get("labelsEnabled", "0"), "geometry": _shape(one.style)}
    return node("maplayer", *parts, **how)


def _shape(style: Element) -> str:
    kind = next((one.get("type", "") for one in style.iter("symbol")), "fill")
    return {"marker": "Point", "line": "Line"}.get(kind, "Polygon")


def _box(tag: str, box: Box) -> Element:
    names = ("xmin", "ymin", "xmax", "ymax")
    return node(tag, *(node(n, text=v) for n, v in zip(names, box, strict=True)))


def _crs(crs: str) -> Element:
    """Return a CRS as QGIS reads it: by its number where it has one, else by its text."""
    from pyproj import CRS

    found = CRS.from_user_input(crs)
    known = found.to_authority()
    parts = [node("wkt", text=found.to_wkt("WKT2_2019"))]
    if known is not None:
        parts.append(node("authid", text=":".join(known)))
    return node("spatialrefsys", *parts)
