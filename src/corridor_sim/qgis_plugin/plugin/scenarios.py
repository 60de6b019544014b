"""Scenarios compared, and results shown as maps."""

from __future__ import annotations

import glob
import json
import os
import re

from qgis.core import (
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
)

from . import commands
from .algorithm import LINE, POLYGON, Algorithm
from .layers import is_layer, names_in, show, vector_file
from .words import language, mark, tr

LONGEST_NAME = 80


class CompareScenarios(Algorithm):
    """An experiment, or a scenario with changes that are drawn in QGIS."""

    NAME = "compare_scenarios"
    TITLE = mark("Compare scenarios")
    HELP = mark(
        "Simulates animals on the landscape as it is and as it would be, and tells the differences "
        "with their intervals. Give an experiment file; or a scenario, as Landscape from layers "
        "writes it, and layers of what would change: each layer is one scenario. Called again with "
        "the same folder, the work goes on where it was stopped."
    )

    def parameters(self):
        """Declare parameters and outputs."""
        self.add_file("FILE", tr("Experiment or scenario (TOML)"), "")
        self._changes()
        self.add_number(
            "REPLICATES",
            tr("Replicates"),
            tr("Empty: as many as the file says. More of them make intervals narrower."),
            whole=True,
            low=1,
        )
        self.add_settings(tr("the experiment, with base. before keys of the scenario"))
        self.add_folder()
        self.addOutput(QgsProcessingOutputHtml("REPORT", tr("Report")))
        self.addOutput(QgsProcessingOutputFile("DIFFERENCES", tr("Table of the differences")))
        self.addOutput(QgsProcessingOutputMultipleLayers("MAPS", tr("Maps of use")))

    def _changes(self):
        def source(name, title, kinds, help_text=""):
            one = QgsProcessingParameterFeatureSource(name, title, kinds, optional=True)
            self.add(one, help_text)

        source("ROADS", tr("New roads"), LINE)
        self.add(
            QgsProcessingParameterEnum(
                "ROAD_CLASS",
                tr("Class of the new roads"),
                options=[tr("secondary or gravel"), tr("primary, paved")],
                defaultValue=1,
            )
        )
        source("CLEARED", tr("Ground that is cleared"), POLYGON)
        self.add_number(
            "CLEARED_PERCENT",
            tr("Share of its forest that falls (%)"),
            "",
            default=100.0,
            high=100.0,
        )
        self.add_text(
            "CLEARED_TO",
            tr("Class of land cover that comes there"),
            tr("Key of a class of the map's table."),
            default="pasture",
        )
        source("PROTECTED", tr("Ground that is protected"), POLYGON)
        source("RESTORED", tr("Farmed ground that goes back to nature"), POLYGON)
        self.add_number(
            "WARMER_C", tr("Warming (°C)"), tr("0: none."), default=0.0, low=-20.0, high=20.0
        )
        self.add(
            QgsProcessingParameterBoolean(
                "TOGETHER", tr("Also all changes together"), defaultValue=True
            )
        )

    def work(self, given, context, feedback):
        """Save what changes as files, let the program compare, and show reports and maps."""
        out, beside = self.folder(given, context)
        changes = self._edits(given, beside, context, feedback)
        if len(changes) > 1 and self.parameterAsBool(given, "TOGETHER", context):
            changes[_free(tr("All changes together"), changes)] = [
                e for one in changes.values() for e in one
            ]
        words = commands.compare(
            self.file(given, "FILE", context),
            changes,
            self.number(given, "REPLICATES", context),
            self.text(given, "SETTINGS", context),
            out,
            language(),
        )
        self.call(words, feedback)
        tables = os.path.join(out, "export")
        self.call(commands.export(out, "csv", tables, language()), feedback)
        return {
            "OUTPUT": out,
            "REPORT": os.path.join(out, "report.html"),
            "DIFFERENCES": os.path.join(tables, "effects.csv"),
            "MAPS": [show(context, path, name) for path, name in maps_of(out, scenarios_of(out))],
        }

    def _edits(self, given, folder, context, feedback):
        """Return the edits of every scenario by its name, that of the layer."""
        road_class = self.parameterAsEnum(given, "ROAD_CLASS", context) + 1
        fraction = self.number(given, "CLEARED_PERCENT", context) / 100.0
        to = self.text(given, "CLEARED_TO", context)
        kinds = (
            ("ROADS", {"kind": "add_road", "road_class": road_class}, True),
            ("CLEARED", {"kind": "clear", "fraction": fraction, "to": to}, False),
            ("PROTECTED", {"kind": "protect", "core": False}, True),
            ("RESTORED", {"kind": "restore"}, True),
        )
        found = {}
        for parameter, edit, is_named in kinds:
            source = self.parameterAsSource(given, parameter, context)
            if source is None:
                continue
            name = _free(source.sourceName(), found)
            path = os.path.join(folder, f"{parameter.lower()}.gpkg")
            edit["file"] = vector_file(source, path, {}, context, feedback)
            found[name] = [{**edit, "name": name} if is_named else edit]
        degrees = self.number(given, "WARMER_C", context)
        if degrees:
            found[_free(tr("Warmer"), found)] = [{"kind": "warm", "degrees_c": float(degrees)}]
        return found


def _free(name, taken):
    """Return a name of a scenario that is not taken yet."""
    name = " ".join(name.split())[: LONGEST_NAME - 4] or tr("Change")
    number, found = 2, name
    while found in taken:
        number, found = number + 1, f"{name} {number}"
    return found


def scenarios_of(folder):
    """Return the names of the scenarios of a results folder, in order."""
    try:
        with open(os.path.join(folder, "experiment.json"), encoding="utf-8") as file:
            return [str(one["name"]) for one in json.load(file)["scenarios"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise QgsProcessingException(
            tr("{folder} is no results folder: it has no experiment.json", folder=folder)
        ) from None


def maps_of(folder, names, species=()):
    """Return the rasters of a results folder with their names, of some species or all.

    First those of the report, then those of every scenario, cell by cell.
    """
    every = glob.glob(os.path.join(glob.escape(folder), "maps", "*__*.tif"))
    found = []
    for path in sorted(every, key=lambda p: (not os.path.basename(p).startswith("report_"), p)):
        name = called(os.path.basename(path)[: -len(".tif")], names, species)
        if name:
            found.append((path, name))
    return found


def called(layer, names, species=()):
    """Return a map or layer by its name ``WHAT__SPECIES`` in words, '' where it is not asked for.

    ``NN_scenario__species`` belongs to the scenario of that number.
    """
    what, _, key = layer.rpartition("__")
    if not what or (species and key not in species):
        return ""
    number = re.match(r"(?:report_change_)?([0-9]+)(?:_|$)", what)
    if number and int(number.group(1)) >= len(names):
        return ""
    scenario = names[int(number.group(1))] if number else ""
    if what.startswith("report_change_"):
        return tr("Change of use, {scenario}: {species}", scenario=scenario, species=key)
    if what == "report_use":
        return tr("Use, {scenario}: {species}", scenario=names[0], species=key)
    if what.startswith("report_homes_"):
        at = int(what.rpartition("_")[2] or 0)
        when = names[at - 1] if 0 < at <= len(names) else tr("at the start")
        return tr("Homes, {when}: {species}", when=when, species=key)
    return f"{scenario}: {key}" if number else ""


class ShowUseAndFlux(Algorithm):
    """The maps of a results folder, and who joins which core area as lines."""

    NAME = "show_use_and_flux"
    TITLE = mark("Show use and flux")
    HELP = mark(
        "Loads the maps of a results folder: where animals are, what changes, the core areas, and "
        "arrows from core area to core area as wide as the animals that join the other in a year."
    )

    def parameters(self):
        """Declare parameters and outputs."""
        self.add(
            QgsProcessingParameterFile(
                "FOLDER", tr("Results folder"), QgsProcessingParameterFile.Folder
            ),
            tr("Of Compare scenarios, or of corridor-sim run or compare."),
        )
        self.add_text(
            "SPECIES", tr("Species"), tr("Keys with commas between. Empty: all of the results.")
        )
        self.add(
            QgsProcessingParameterBoolean(
                "AGAIN", tr("Write maps and report again first"), defaultValue=False
            ),
            tr("For folders whose maps are missing or of an older version."),
        )
        self.addOutput(QgsProcessingOutputMultipleLayers("USE", tr("Maps of use")))
        self.addOutput(QgsProcessingOutputMultipleLayers("FLUX", tr("Lines of flux")))
        self.addOutput(QgsProcessingOutputNumber("LAYERS", tr("Number of layers")))

    def work(self, given, context, feedback):
        """Show what the folder holds; let the program write it where it is missing."""
        folder = self.file(given, "FOLDER", context)
        species = commands.listed(self.text(given, "SPECIES", context))
        names = scenarios_of(folder)
        again = self.parameterAsBool(given, "AGAIN", context)
        if again or not maps_of(folder, names):
            self.call(commands.report(folder, language()), feedback)
        use = [show(context, path, name) for path, name in maps_of(folder, names, species)]
        flux, lines = [], os.path.join(folder, "maps", "flux.gpkg")
        for layer in names_in(lines):
            name = called(layer, names, species)
            if name:
                source = f"{lines}|layername={layer}"
                flux.append(show(context, source, tr("Flux, {what}", what=name)))
        if not use and not flux:
            raise QgsProcessingException(
                tr("{folder} has no maps of what is asked for", folder=folder)
            )
        if not flux:
            feedback.pushInfo(
                tr("No lines of flux: no simulated animal joined another block of core areas.")
            )
        areas = os.path.join(folder, "maps", "landscape.gpkg") + "|layername=core_areas"
        if is_layer(areas):
            show(context, areas, tr("Core areas"))
        return {"USE": use, "FLUX": flux, "LAYERS": len(use) + len(flux)}
