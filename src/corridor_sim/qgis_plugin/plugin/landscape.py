"""A landscape made of layers of QGIS."""

from __future__ import annotations

import os

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterCrs,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsProcessingUtils,
    QgsUnitTypes,
)

from . import commands
from .algorithm import LINE, LINE_OR_POLYGON, POINT_OR_POLYGON, POLYGON, Algorithm
from .layers import is_layer, raster_file, show, vector_file
from .words import language, mark, tr

TABLES = ("esa-worldcover", "mapbiomas", "corine", "nlcd")
# parameter, key of [landscape], and the fields of its file with their parameters
RASTERS = (("ELEVATION", "elevation"), ("LAND_COVER", "land_cover"))
VECTORS = (
    ("PROTECTED_AREAS", "protected_areas", {"PROTECTED_NAME": commands.NAME}),
    ("ROADS", "roads", {"ROAD_CLASS": commands.CLASS}),
    ("RIVERS", "rivers", {"RIVER_WIDTH": commands.WIDTH}),
    ("TOWNS", "settlements", {"TOWN_NAME": commands.NAME, "TOWN_PEOPLE": commands.PEOPLE}),
)


class LandscapeFromLayers(Algorithm):
    """Layers of QGIS become a folder of aligned rasters and a scenario on them."""

    NAME = "landscape_from_layers"
    TITLE = mark("Landscape from layers")
    HELP = mark(
        "Brings layers of any coordinate system and cell size to one grid and writes them, with a "
        "scenario on them (landscape.toml), into a folder that the other algorithms take. Layers "
        "may be filtered, or features selected. Without elevation and land cover the ground is the "
        "built-in one of the Andes and Amazon, and your layers take the place of its own."
    )

    def parameters(self):
        """Declare parameters and outputs."""
        self._rasters()
        self._vectors()
        self._grid()
        self._scenario()
        self.add_settings("landscape.toml")
        self.add_folder()
        self.addOutput(QgsProcessingOutputFile("SCENARIO", tr("Scenario")))
        self.addOutput(QgsProcessingOutputRasterLayer("COVER", tr("Land cover")))
        self.addOutput(QgsProcessingOutputVectorLayer("CORE_AREAS", tr("Core areas")))

    def _rasters(self):
        raster = QgsProcessingParameterRasterLayer
        self.add(
            raster("ELEVATION", tr("Elevation (m)"), optional=True),
            tr("Heights in metres; cells without data are no ground, such as the sea."),
        )
        self.add(
            raster("LAND_COVER", tr("Land cover (codes of classes)"), optional=True),
            tr("Each code must be in the table of classes."),
        )
        self.add(
            QgsProcessingParameterEnum(
                "CLASSES", tr("Classes of the land cover"), options=list(TABLES), defaultValue=0
            ),
            tr("Whose codes the raster holds, where no table of your own is given."),
        )
        self.add_file(
            "CLASS_TABLE",
            tr("Table of classes of your own (CSV)"),
            tr(
                "With the columns code, key and label: your own classes. With code and cover: what "
                "each code is among the classes of the Andes."
            ),
            optional=True,
            kind="CSV (*.csv)",
        )

    def _vectors(self):
        def source(name, title, kinds, help_text):
            one = QgsProcessingParameterFeatureSource(name, title, kinds, optional=True)
            self.add(one, help_text)

        source(
            "PROTECTED_AREAS",
            tr("Protected areas"),
            POLYGON,
            tr("Polygons; the core areas between which animals disperse."),
        )
        self.add_field("PROTECTED_NAME", tr("Field with their names"), "", "PROTECTED_AREAS")
        source("ROADS", tr("Roads"), LINE, tr("Lines."))
        self.add_field(
            "ROAD_CLASS",
            tr("Field with their class"),
            tr("1 secondary or gravel, 2 primary paved; without it all are 1."),
            "ROADS",
        )
        source("RIVERS", tr("Rivers"), LINE_OR_POLYGON, tr("Lines or polygons."))
        self.add_field(
            "RIVER_WIDTH",
            tr("Field with their width (m)"),
            tr("Without it all are taken to be narrower than 50 m."),
            "RIVERS",
        )
        source(
            "TOWNS",
            tr("Settlements"),
            POINT_OR_POLYGON,
            tr("Points or polygons; their cells become built ground."),
        )
        self.add_field("TOWN_NAME", tr("Field with their names"), "", "TOWNS")
        self.add_field("TOWN_PEOPLE", tr("Field with their inhabitants"), "", "TOWNS")

    def _grid(self):
        self.add(
            QgsProcessingParameterExtent("EXTENT", tr("Extent"), optional=True),
            tr("All that the elevation covers, where none is given."),
        )
        self.add(
            QgsProcessingParameterCrs("CRS", tr("Coordinate system (in metres)"), optional=True),
            tr("That of the elevation if it is in metres, else UTM, where none is given."),
        )
        self.add_number(
            "CELL_M",
            tr("Cell size (m)"),
            tr("10 to 50,000; 500 or less suits animals of small ranges."),
            default=1000.0,
            low=10.0,
            high=50_000.0,
        )
        self.add_text("NAME", tr("Name of the landscape"), "")

    def _scenario(self):
        self.add_text(
            "SPECIES",
            tr("Species"),
            tr(
                "Keys with commas between: jaguar, andean_bear. Empty: all four of the Andes, or "
                "those of your files."
            ),
        )
        self.add(
            QgsProcessingParameterMultipleLayers(
                "SPECIES_FILES", tr("Species files (TOML)"), QgsProcessing.TypeFile, optional=True
            ),
            tr("Species of your own, as corridor-sim species new writes them."),
        )
        self.add_number(
            "DAYS", tr("Days to simulate"), "", default=365, whole=True, low=1, high=3650
        )
        self.add_number(
            "REPLICATES",
            tr("Replicates"),
            tr("More of them make intervals narrower."),
            default=4,
            whole=True,
            low=1,
        )

    def work(self, given, context, feedback):
        """Save layers as files, let the program align them, and show what it wrote."""
        out, _ = self.folder(given, context)
        temporary = QgsProcessingUtils.generateTempFilename("layers")
        files, fields, elevation = {}, set(), None
        for name, key in RASTERS:
            layer = self.parameterAsRasterLayer(given, name, context)
            if layer is not None:
                elevation = elevation or layer
                path = os.path.join(temporary, f"{key}.tif")
                files[key] = raster_file(layer, path, context, feedback)
        for name, key, of in VECTORS:
            source = self.parameterAsSource(given, name, context)
            if source is None:
                continue
            chosen = ((f, self.text(given, p, context)) for p, f in of.items())
            wanted = {field: own for field, own in chosen if own}
            path = os.path.join(temporary, f"{key}.gpkg")
            files[key] = vector_file(source, path, wanted, context, feedback)
            fields |= {(key, field) for field in wanted}
        if "land_cover" in files:
            files.update(self._classes(given, context))
        words = commands.landscape(
            files,
            fields,
            {**self._ground(given, context, elevation), **self._animals(given, context)},
            self.text(given, "SETTINGS", context),
            out,
            language(),
        )
        self.call(words, feedback)
        return self._shown(out, context)

    def _classes(self, given, context):
        table = self.file(given, "CLASS_TABLE", context)
        if table:
            return {commands.table_key(table): table}
        return {"cover_classes": TABLES[self.parameterAsEnum(given, "CLASSES", context)]}

    def _ground(self, given, context, elevation):
        """Return the grid that is asked for, as settings."""
        crs = self.parameterAsCrs(given, "CRS", context)
        found = {
            "landscape.cell_m": self.number(given, "CELL_M", context),
            "landscape.name": self.text(given, "NAME", context),
            "landscape.crs": crs.authid() or crs.toWkt() if crs.isValid() else None,
        }
        if given.get("EXTENT"):
            if not crs.isValid() and elevation is not None:
                crs = elevation.crs()
            if not crs.isValid() or crs.mapUnits() != QgsUnitTypes.DistanceMeters:
                raise QgsProcessingException(
                    tr("an extent needs a coordinate system in metres: choose one")
                )
            box = self.parameterAsExtent(given, "EXTENT", context, crs)
            ends = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
            found["landscape.extent"] = " ".join(repr(round(end, 3)) for end in ends)
        return found

    def _animals(self, given, context):
        keys = commands.listed(self.text(given, "SPECIES", context))
        files = given.get("SPECIES_FILES") or []
        files = [files] if isinstance(files, str) else list(files)
        files = [os.path.abspath(file) for file in files]
        return {
            **commands.species(keys, files),
            "days": int(self.number(given, "DAYS", context)),
            "replicates": int(self.number(given, "REPLICATES", context)),
            "name": self.text(given, "NAME", context),
        }

    def _shown(self, out, context):
        cover = os.path.join(out, "land_cover.tif")
        areas = os.path.join(out, "landscape.gpkg") + "|layername=core_areas"
        found = {"OUTPUT": out, "SCENARIO": os.path.join(out, "landscape.toml")}
        if os.path.isfile(cover):
            found["COVER"] = show(context, cover, tr("Land cover"), "COVER")
        if is_layer(areas):
            found["CORE_AREAS"] = show(context, areas, tr("Core areas"), "CORE_AREAS")
        return found
