"""Open everything of a results folder in QGIS as QGIS would by itself, and draw it.

    python tools/qgis_pictures.py results/my_study

draws every raster and every layer of every vector file as it opens by a double click, and every
project as a whole, each with its legend, into ``results/my_study/qgis_pictures`` (``--out`` names
another folder), beside ``facts.json``, which says what QGIS made of each. Needs QGIS 3.22 or later
with its Python; on Debian ``apt install qgis python3-qgis``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

RASTERS = (".tif", ".tiff", ".asc")
VECTORS = (".gpkg", ".geojson", ".shp", ".fgb")
PROJECTS = (".qgz", ".qgs")
# the Python that QGIS is made for, where it is not this one
PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")
SIDE, LEGEND = 900, 420


def files_of(folder: Path, out: Path) -> list[Path]:
    known = (*RASTERS, *VECTORS, *PROJECTS)
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in known and p.is_file())
    return [p for p in found if out not in p.parents]


def draw(folder: Path, out: Path, files: list[Path]) -> dict[str, Any]:
    """Draw files in a process of the Python that QGIS is made for; return the facts."""
    asked = json.dumps({"folder": str(folder), "out": str(out), "files": [str(p) for p in files]})
    # no file of statistics beside each raster: what is looked at stays as it was
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "GDAL_PAM_ENABLED": "NO"}
    # what this Python was told to load is not for that one
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "GDAL_DATA", "PROJ_LIB", "PROJ_DATA"):
        env.pop(name, None)
    done = subprocess.run(
        [PYTHON, __file__, "--inside"],
        input=asked,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"QGIS did not draw: {done.stderr.strip()[-2000:]}")
    facts: dict[str, Any] = json.loads((out / "facts.json").read_text("utf-8"))
    return facts


# --- inside QGIS


class Drawer:
    """QGIS without a window."""

    def __init__(self, folder: Path, out: Path) -> None:
        from qgis.core import QgsApplication

        self.folder, self.out = folder, out
        self.app = QgsApplication([], True)
        self.app.initQgis()

    def all(self, files: list[Path]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for path in files:
            ending = path.suffix.lower()
            if ending in PROJECTS:
                found.append(self.project(path))
            elif ending in RASTERS:
                found.append(self.raster(path))
            else:
                found += self.vectors(path)
        return found

    def name_of(self, path: Path, layer: str = "") -> str:
        inside = path.relative_to(self.folder).as_posix()
        return inside + (f"|{layer}" if layer else "")

    def raster(self, path: Path) -> dict[str, Any]:
        from qgis.core import QgsRasterLayer

        layer = QgsRasterLayer(str(path), path.stem)
        facts = raster_facts(layer)
        facts["name"] = self.name_of(path)
        facts["png"] = self.picture([layer], facts["name"], layer.extent(), layer.crs())
        return facts

    def vectors(self, path: Path) -> list[dict[str, Any]]:
        from qgis.core import QgsDataProvider, QgsVectorLayer

        whole = QgsVectorLayer(str(path), path.stem, "ogr")
        parts = [
            one.split(QgsDataProvider.sublayerSeparator())
            for one in whole.dataProvider().subLayers()
        ]
        found = []
        for part in parts:
            if part[1] == "layer_styles" or part[3] in ("None", "No geometry"):
                continue
            uri = f"{path}|layername={part[1]}" if path.suffix.lower() == ".gpkg" else str(path)
            layer = QgsVectorLayer(uri, part[1], "ogr")
            facts = vector_facts(layer)
            facts["name"] = self.name_of(path, part[1])
            extent = layer.extent()
            extent.grow(0.05 * max(extent.width(), extent.height(), 1.0))
            facts["png"] = self.picture([layer], facts["name"], extent, layer.crs())
            found.append(facts)
        return found

    def project(self, path: Path) -> dict[str, Any]:
        from qgis.core import QgsProject

        project = QgsProject.instance()
        read = project.read(str(path))
        root = project.layerTreeRoot()
        layers = [
            {
                "name": node.name(),
                "group": node.parent().name(),
                "shown": node.isVisible(),
                **(facts_of(node.layer()) if node.layer() else {"valid": False}),
            }
            for node in root.findLayers()
        ]
        shown = [n.layer() for n in root.findLayers() if n.isVisible() and n.layer()]
        view = project.viewSettings().defaultViewExtent()
        facts = {
            "name": self.name_of(path),
            "kind": "project",
            "valid": bool(read) and all(one["valid"] for one in layers),
            "title": project.title(),
            "crs": project.crs().authid(),
            "layers": layers,
            "layouts": [one.name() for one in project.layoutManager().printLayouts()],
            "extent": [view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum()],
        }
        order = [one for one in root.layerOrder() if one in shown]
        facts["png"] = self.picture(order, facts["name"], view, project.crs(), root)
        facts["sheets"] = [
            self.sheet(one, facts["name"]) for one in project.layoutManager().printLayouts()
        ]
        project.clear()
        return facts

    def sheet(self, layout: Any, name: str) -> str:
        from qgis.core import QgsLayoutExporter

        png = self.out / f"{plain(name)}__{plain(layout.name())}.png"
        how = QgsLayoutExporter.ImageExportSettings()
        how.dpi = 110
        QgsLayoutExporter(layout).exportToImage(str(png), how)
        return png.name

    def picture(self, layers: list[Any], name: str, extent: Any, crs: Any, root: Any = None) -> str:
        """Draw layers, the first on top, with their legend to the right."""
        from qgis.core import (
            QgsExpressionContext,
            QgsExpressionContextUtils,
            QgsLayerTree,
            QgsLayerTreeModel,
            QgsLegendRenderer,
            QgsLegendSettings,
            QgsMapRendererSequentialJob,
            QgsMapSettings,
            QgsRenderContext,
        )
        from qgis.PyQt.QtCore import QSize
        from qgis.PyQt.QtGui import QColor, QImage, QPainter

        high = int(SIDE * min(2.0, max(0.4, extent.height() / max(extent.width(), 1e-9))))
        settings = QgsMapSettings()
        settings.setLayers(layers)
        settings.setExtent(extent)
        settings.setOutputSize(QSize(SIDE, high))
        settings.setOutputDpi(96)
        settings.setBackgroundColor(QColor("white"))
        settings.setDestinationCrs(crs)
        context = QgsExpressionContext()
        context.appendScope(QgsExpressionContextUtils.globalScope())
        context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
        settings.setExpressionContext(context)
        job = QgsMapRendererSequentialJob(settings)
        job.start()
        job.waitForFinished()
        tree = QgsLayerTree()
        nodes = {} if root is None else {one.layerId(): one for one in root.findLayers()}
        for layer in layers:
            if layer.id() in nodes:
                tree.addChildNode(nodes[layer.id()].clone())
            else:
                tree.addLayer(layer)
        # both are kept: QGIS does not keep the model
        model = QgsLayerTreeModel(tree)
        legend = QgsLegendRenderer(model, QgsLegendSettings())
        size = legend.minimumSize()
        dots = 96 / 25.4
        wide, deep = (
            SIDE + max(LEGEND, int(size.width() * dots)),
            max(high, int(size.height() * dots)),
        )
        image = QImage(wide, deep, QImage.Format_RGB32)
        image.setDotsPerMeterX(round(1000 * dots))
        image.setDotsPerMeterY(round(1000 * dots))
        image.fill(QColor("white"))
        painter = QPainter(image)
        painter.drawImage(0, 0, job.renderedImage())
        painter.translate(SIDE, 0)
        context = QgsRenderContext.fromQPainter(painter)
        context.setScaleFactor(dots)
        # as layouts do: legends are drawn in millimetres
        painter.scale(dots, dots)
        legend.drawLegend(context)
        painter.end()
        path = self.out / f"{plain(name)}.png"
        image.save(str(path))
        return path.name


def plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in ".-_" else "_" for c in name)


def facts_of(layer: Any) -> dict[str, Any]:
    from qgis.core import QgsRasterLayer

    return raster_facts(layer) if isinstance(layer, QgsRasterLayer) else vector_facts(layer)


def raster_facts(layer: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": "raster", "valid": layer.isValid()}
    if not layer.isValid():
        return facts
    shown, source = layer.renderer(), layer.dataProvider()
    facts |= {
        "renderer": shown.type(),
        "bands": [layer.bandName(i + 1) for i in range(layer.bandCount())],
        "band": shown.band() if hasattr(shown, "band") else None,
        "legend": [[label, colour.name()] for label, colour in shown.legendSymbologyItems()],
        "nodata": source.sourceHasNoDataValue(1),
        "opacity": shown.opacity(),
        "interpretation": [source.colorInterpretation(i + 1) for i in range(layer.bandCount())],
    }
    if shown.type() == "singlebandpseudocolor":
        facts["limits"] = [shown.classificationMin(), shown.classificationMax()]
        items = shown.shader().rasterShaderFunction().colorRampItemList()
        facts["stops"] = [[i.value, i.color.name(), i.color.alpha(), i.label] for i in items]
    return facts


def vector_facts(layer: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": "vector", "valid": layer.isValid()}
    if not layer.isValid():
        return facts
    shown = layer.renderer()
    facts |= {
        "renderer": shown.type(),
        "legend": [one.label() for one in shown.legendSymbolItems()],
        "labels": layer.labelsEnabled(),
        "features": layer.featureCount(),
        "fields": [one.name() for one in layer.fields()],
        "used": sorted(
            shown.usedAttributes(_context()) if hasattr(shown, "usedAttributes") else []
        ),
        "symbols": symbols_met(layer),
    }
    return facts


def _context() -> Any:
    from qgis.core import QgsRenderContext

    return QgsRenderContext()


def symbols_met(layer: Any) -> dict[str, int]:
    """How many features each legend entry shows; '' those that none shows."""
    from qgis.core import QgsExpressionContext, QgsExpressionContextUtils, QgsRenderContext

    shown = layer.renderer().clone()
    context = QgsRenderContext()
    scopes = QgsExpressionContextUtils.globalProjectLayerScopes(layer)
    context.setExpressionContext(QgsExpressionContext(scopes))
    shown.startRender(context, layer.fields())
    labels = {one.ruleKey(): one.label() for one in shown.legendSymbolItems()}
    met: dict[str, int] = {}
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        keys = shown.legendKeysForFeature(feature, context)
        for label in [labels[key] for key in keys if key in labels] or [""]:
            met[label] = met.get(label, 0) + 1
    shown.stopRender(context)
    return met


def inside() -> None:
    asked = json.load(sys.stdin)
    out = Path(asked["out"])
    out.mkdir(parents=True, exist_ok=True)
    drawer = Drawer(Path(asked["folder"]), out)
    facts = drawer.all([Path(p) for p in asked["files"]])
    (out / "facts.json").write_text(json.dumps({"layers": facts}, indent=1), "utf-8")
    sys.stdout.flush()
    # QGIS is torn down in an order that some versions crash in
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    folder = args.folder.resolve()
    out = (args.out or folder / "qgis_pictures").resolve()
    out.mkdir(parents=True, exist_ok=True)
    files = files_of(folder, out)
    if not files:
        raise SystemExit(f"{folder}: nothing that QGIS opens")
    for one in draw(folder, out, files)["layers"]:
        said = one.get("renderer") or one["kind"]
        print(f"{one['name']}: {said if one['valid'] else 'NOT VALID'}  {out / one['png']}")


if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        main()
