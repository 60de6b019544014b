"""Run by the Python of QGIS: algorithms with layers that only QGIS has, cancelled, and drawn.

    python3 in_qgis.py PLUGINS TASK.json

The task names an algorithm, its parameters and what to do with them; the answer, one line of JSON,
is the last that is printed. Nothing of corridor_sim is imported but the plugin of that name.
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path[:0] = ["/usr/share/qgis/python/plugins"]

from qgis.core import (  # noqa: E402  # the path of the plugins comes first
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402  # as above
from qgis.PyQt.QtGui import QColor  # noqa: E402  # as above


class Feedback(QgsProcessingFeedback):
    """Keeps what is told; cancels when a text is told."""

    def __init__(self, cancel_at=""):
        super().__init__(False)
        self.told, self.errors, self.shares = [], [], []
        self.cancel_at = cancel_at
        self.progressChanged.connect(self.shares.append)

    def _keep(self, text):
        self.told.append(text)
        if self.cancel_at and self.cancel_at in text:
            self.cancel()

    def setProgressText(self, text):
        self._keep(text)

    def pushInfo(self, text):
        self._keep(text)

    def pushCommandInfo(self, text):
        self._keep(text)

    def pushConsoleInfo(self, text):
        self._keep(text)

    def reportError(self, text, fatalError=False):
        self.errors.append(text)


def layer_of(told):
    """Return a layer of a project: a file, a memory layer, filtered, selected, without a CRS."""
    if "memory" in told:
        layer = QgsVectorLayer(told["memory"], told["name"], "memory")
        features = []
        for wkt, *values in told["features"]:
            one = QgsFeature(layer.fields())
            one.setGeometry(QgsGeometry.fromWkt(wkt))
            one.setAttributes(values)
            features.append(one)
        layer.dataProvider().addFeatures(features)
        layer.updateExtents()
    elif told["file"].split("|")[0].endswith((".tif", ".vrt")):
        layer = QgsRasterLayer(told["file"], told["name"])
    else:
        layer = QgsVectorLayer(told["file"], told["name"], "ogr")
    assert layer.isValid(), told
    if "filter" in told:
        assert layer.setSubsetString(told["filter"])
    if "select" in told:
        layer.selectByExpression(told["select"])
    if "crs" in told:
        layer.setCrs(QgsCoordinateReferenceSystem(told["crs"]))
    QgsProject.instance().addMapLayer(layer)
    return layer


def values_of(parameters, layers):
    """Return parameters with ids of layers for their names; ``NAME:selected`` are its selected."""
    from qgis.core import QgsProcessingFeatureSourceDefinition

    found = {}
    for key, value in parameters.items():
        name, _, only = str(value).partition(":")
        if name in layers:
            value = layers[name].id()
            if only == "selected":
                value = QgsProcessingFeatureSourceDefinition(value, True)
        found[key] = value
    return found


def drawn(loaded, path):
    """Draw layers as they were loaded, the last on top, and return what each is shown as."""
    layers = [one for one in loaded if one is not None]
    settings = QgsMapSettings()
    settings.setLayers(layers[::-1])
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(layers[0].crs())
    box = layers[0].extent()
    box.scale(1.05)
    settings.setExtent(box)
    settings.setOutputSize(QSize(900, 750))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    assert image.save(path)
    return [[one.name(), one.renderer().type()] for one in layers]


def run(task):
    """Run the algorithm of a task and return what came of it."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(task["algorithm"])
    assert algorithm is not None, task["algorithm"]
    layers = {told["name"]: layer_of(told) for told in task.get("layers", ())}
    context, feedback = QgsProcessingContext(), Feedback(**task.get("feedback", {}))
    context.setProject(QgsProject.instance())
    context.setFeedback(feedback)
    answer = {"qgis": Qgis.QGIS_VERSION_INT, "failed": "", "began": time.time()}
    parameters = values_of(task["parameters"], layers)
    fit, why = algorithm.checkParameterValues(parameters, context)
    if not fit:
        return {**answer, "failed": why}
    try:
        # as the window does it, in this thread
        results, done = algorithm.run(parameters, context, feedback, {}, False)
        answer.update(results=results, done=done)
    except QgsProcessingException as bad:
        answer["failed"] = str(bad)
    answer.update(told=feedback.told, errors=feedback.errors, shares=feedback.shares)
    loaded = []
    for source, details in context.layersToLoadOnCompletion().items():
        layer = context.takeResultLayer(source) or opened(source, details.name)
        layer.setName(details.name)
        if details.postProcessor() is not None:
            details.postProcessor().postProcessLayer(layer, context, feedback)
        loaded.append(layer)
    answer["loaded"] = sorted(one.name() for one in loaded)
    if task.get("picture") and loaded:
        order = {name: i for i, name in enumerate(task.get("order", ()))}
        shown = [one for one in loaded if not order or one.name() in order]
        shown.sort(key=lambda one: order.get(one.name(), 0))
        answer["drawn"] = drawn(shown, task["picture"])
    return answer


def opened(source, name):
    """Return a layer as Processing opens it: without its style."""
    if source.split("|")[0].endswith(".tif"):
        options = QgsRasterLayer.LayerOptions()
        options.loadDefaultStyle = False
        return QgsRasterLayer(source, name, "gdal", options)
    options = QgsVectorLayer.LayerOptions()
    options.loadDefaultStyle = False
    return QgsVectorLayer(source, name, "ogr", options)


def main(plugins, task):
    """Start QGIS with the plugin, do the task, and print the answer."""
    sys.path[:0] = [plugins]
    application = QgsApplication([], False)
    application.initQgis()
    import corridor_sim

    plugin = corridor_sim.classFactory(None)
    plugin.initProcessing()
    with open(task, encoding="utf-8") as file:
        answer = run(json.load(file))
    print(json.dumps(answer), flush=True)
    # QGIS takes layers apart in an order that this Python does not keep
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
