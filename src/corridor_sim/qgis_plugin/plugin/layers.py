"""Layers of QGIS into files that the program reads, and its files into layers with their styles."""

from __future__ import annotations

import os

from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingLayerPostProcessorInterface,
    QgsProviderRegistry,
    QgsRasterFileWriter,
    QgsRasterLayer,
    QgsRasterPipe,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QVariant

from .words import tr


def vector_file(source, path, wanted, context, feedback, constants=None):
    """Write the features of a source that are meant (selected, not filtered out) and return a path.

    Memory layers, layers of databases and layers in a file of several become a file of their own,
    in the CRS of the layer.

    Parameters
    ----------
    wanted : dict
        Fields to write: the name in the file, and the name in the layer.
    constants : dict
        Fields with one value for all features.
    """
    named = source.sourceName()
    if not source.sourceCrs().isValid():
        raise QgsProcessingException(no_crs(named))
    if source.featureCount() == 0:
        raise QgsProcessingException(
            tr("{layer} holds no features, or none is selected", layer=named)
        )
    fields, at = QgsFields(), []
    for name, own in wanted.items():
        index = source.fields().lookupField(own)
        if index < 0:
            raise QgsProcessingException(tr("{layer} has no field {field}", layer=named, field=own))
        like = source.fields().at(index)
        fields.append(QgsField(name, like.type(), "", like.length(), like.precision()))
        at.append(index)
    for name, value in (constants or {}).items():
        kind = QVariant.Double if isinstance(value, float) else QVariant.String
        fields.append(QgsField(name, kind))
    writer = _writer(path, fields, source, context)
    for feature in source.getFeatures(
        QgsFeatureRequest(), QgsProcessingFeatureSource.FlagSkipGeometryValidityChecks
    ):
        if feedback.isCanceled():
            break
        one = QgsFeature(fields)
        if feature.hasGeometry():
            one.setGeometry(_straight(feature.geometry()))
        values = [feature.attribute(index) for index in at]
        one.setAttributes([*values, *(constants or {}).values()])
        if not writer.addFeature(one, QgsFeatureSink.FastInsert):
            raise QgsProcessingException(f"{named}: {writer.errorMessage()}")
    del writer
    return path


def _writer(path, fields, source, context):
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = os.path.splitext(os.path.basename(path))[0]
    kind = QgsWkbTypes.linearType(source.wkbType())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    made = QgsVectorFileWriter.create(
        path, fields, kind, source.sourceCrs(), context.transformContext(), options
    )
    if made.hasError() != QgsVectorFileWriter.NoError:
        raise QgsProcessingException(made.errorMessage())
    return made


def _straight(geometry):
    """Return a geometry with straight parts in place of arcs."""
    if not QgsWkbTypes.isCurvedType(geometry.wkbType()):
        return geometry
    return QgsGeometry(geometry.constGet().segmentize())


def raster_file(layer, path, context, feedback):
    """Return the file of a raster layer: its own where it says all, else one made."""
    named = layer.name()
    if layer.providerType() != "gdal":
        raise QgsProcessingException(
            tr("{layer} is no raster in a file: save it as GeoTIFF first", layer=named)
        )
    if layer.bandCount() != 1:
        raise QgsProcessingException(
            tr(
                "{layer} has {n} bands: give a raster of one, as Rearrange bands makes it",
                layer=named,
                n=layer.bandCount(),
            )
        )
    if not layer.crs().isValid():
        raise QgsProcessingException(no_crs(named))
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    file = parts.get("path") or ""
    plain = {key for key, value in parts.items() if value} == {"path"} and os.path.isfile(file)
    # a CRS that was set in QGIS stands in no file
    if plain and QgsRasterLayer(file, "", "gdal").crs() == layer.crs():
        return os.path.abspath(file)
    feedback.pushInfo(tr("saving {layer} as a file", layer=named))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pipe, provider = QgsRasterPipe(), layer.dataProvider()
    pipe.set(provider.clone())
    done = QgsRasterFileWriter(path).writeRaster(
        pipe,
        provider.xSize(),
        provider.ySize(),
        provider.extent(),
        layer.crs(),
        context.transformContext(),
    )
    if done != QgsRasterFileWriter.NoError:
        raise QgsProcessingException(tr("{layer} cannot be saved as a file", layer=named))
    return path


def no_crs(named):
    """Say that a layer has no coordinate system."""
    return tr(
        "{layer} has no coordinate reference system: give it one in its properties, under Source",
        layer=named,
    )


class Styled(QgsProcessingLayerPostProcessorInterface):
    """Gives a layer the style that lies beside its file or inside of it."""

    kept = ()  # QGIS holds them by address alone

    @classmethod
    def new(cls):
        """Return one that lives as long as QGIS."""
        cls.kept = (*cls.kept[-200:], cls())
        return cls.kept[-1]

    def postProcessLayer(self, layer, context, feedback):  # a method of QGIS
        """Load the style."""
        layer.loadDefaultStyle()
        layer.triggerRepaint()


def is_layer(source):
    """Tell whether a source is a vector layer that can be opened."""
    file = source.split("|")[0]
    return os.path.isfile(file) and QgsVectorLayer(source, "", "ogr").isValid()


def names_in(file):
    """Return the names of the layers with shapes in a GeoPackage, in order."""
    if not os.path.isfile(file):
        return []
    layer = QgsVectorLayer(file, "", "ogr")
    found = layer.dataProvider()
    apart = (one.split(found.sublayerSeparator()) for one in found.subLayers())
    return sorted(parts[1] for parts in apart if parts[1] != "layer_styles")


def show(context, source, name, output=""):
    """Let QGIS load a layer under a name when the algorithm is done; return its source."""
    if context.project() is not None:
        details = QgsProcessingContext.LayerDetails(name, context.project(), output)
        details.setPostProcessor(Styled.new())
        if hasattr(details, "layerSortKey"):  # QGIS 3.32 and newer put it so far up
            details.layerSortKey = 1 if "|layername=" in source else 0
        context.addLayerToLoadOnCompletion(source, details)
    return source
