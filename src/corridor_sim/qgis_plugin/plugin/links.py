"""Links between core areas: proposed, and ranked by what happens to animals."""

from __future__ import annotations

import os

from qgis.core import (
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterVectorDestination,
    QgsWkbTypes,
)

from . import commands
from .algorithm import LINE_OR_POLYGON, Algorithm
from .layers import is_layer, show, vector_file
from .words import language, mark, tr

ACTIONS = ("restore", "protect", "crossings")
# parameters of fields, and what the fields are called in a file of links
FIELDS = (("NAME", "name"), ("COST", "cost"), ("WIDTH", "width_m"), ("ACTION", "actions"))


class ProposeLinks(Algorithm):
    """Least-cost corridors between core areas as a layer."""

    NAME = "propose_links"
    TITLE = mark("Propose links")
    HELP = mark(
        "Finds the least-cost corridors between neighbouring core areas for the species of a "
        "scenario, the cheapest first, as polygons with a rough cost each. Correct names, costs "
        "and outlines in the layer, then rank it."
    )

    def parameters(self):
        """Declare parameters and outputs."""
        self.add_file(
            "SCENARIO",
            tr("Scenario (TOML)"),
            tr("As Landscape from layers writes it. Empty: the built-in landscape."),
            optional=True,
        )
        self.add_text(
            "SPECIES",
            tr("Species that the links shall serve"),
            tr("Keys with commas between. Empty: all of the scenario that walk."),
        )
        self.add_number(
            "WIDTH_M", tr("Width of the links (m)"), "", default=5000.0, low=1.0, high=200_000.0
        )
        self.add_number("MOST", tr("At most so many links"), "", default=20, whole=True, low=1)
        self.add_settings(tr("the scenario"))
        self.add(QgsProcessingParameterVectorDestination("OUTPUT", tr("Proposed links")))

    def work(self, given, context, feedback):
        """Let the program propose, into a GeoPackage."""
        out = os.path.abspath(self.parameterAsOutputLayer(given, "OUTPUT", context))
        if not out.lower().endswith(".gpkg"):
            raise QgsProcessingException(tr("links are written as GeoPackage: end it .gpkg"))
        words = commands.propose(
            self.file(given, "SCENARIO", context),
            commands.listed(self.text(given, "SPECIES", context)),
            self.number(given, "WIDTH_M", context),
            self.number(given, "MOST", context),
            self.text(given, "SETTINGS", context),
            out,
            language(),
        )
        self.call(words, feedback)
        return {"OUTPUT": out}


class RankLinks(Algorithm):
    """Links ranked by what happens to animals, and the best set for a budget."""

    NAME = "rank_links"
    TITLE = mark("Rank links")
    HELP = mark(
        "Simulates the landscape without links, with each and with sets of them, ranks them by the "
        "animals that join another core area, and chooses the best set for the budget. Give a "
        "layer of links and the scenario that they are built on, or a links file that holds both. "
        "The results folder holds the ranked layer, the report and tables; called again with the "
        "same folder, the work goes on where it was stopped."
    )

    def parameters(self):
        """Declare parameters and outputs."""
        self.add(
            QgsProcessingParameterFeatureSource(
                "LINKS", tr("Links"), LINE_OR_POLYGON, optional=True
            ),
            tr("Polygons, or lines that are given a width."),
        )
        self.add_field("NAME", tr("Field with their names"), "", "LINKS")
        self.add_field("COST", tr("Field with their costs"), "", "LINKS")
        self.add_field("WIDTH", tr("Field with their widths (m), of lines"), "", "LINKS")
        self.add_number(
            "WIDTH_M", tr("Width of lines without that field (m)"), "", default=5000.0, low=1.0
        )
        self.add_field("ACTION", tr("Field with what is done"), "", "LINKS")
        self.add(
            QgsProcessingParameterEnum(
                "ACTIONS",
                tr("What is done where no field says it"),
                options=[
                    tr("restore farmed ground"),
                    tr("protect"),
                    tr("build crossings over roads"),
                ],
                allowMultiple=True,
                defaultValue=[0, 1],
            )
        )
        self.add_file(
            "SCENARIO",
            tr("Scenario (TOML)"),
            tr("As Landscape from layers writes it; what the links of the layer are built on."),
            optional=True,
        )
        self.add_file(
            "LINKS_FILE",
            tr("Links file (TOML) instead of layer and scenario"),
            tr("With [base] and [links], as corridor-sim links rank takes it."),
            optional=True,
        )
        self.add_number("BUDGET", tr("Budget (in the unit of the costs)"), "")
        self.add_text("COST_UNIT", tr("Unit of the costs"), "", default="million USD")
        self.add_number(
            "REPLICATES",
            tr("Replicates of links in all, at most"),
            tr("More of them tell more links apart, and take longer."),
            default=400,
            whole=True,
            low=20,
        )
        self.add_number(
            "DISPERSERS",
            tr("Dispersing animals in each replicate, of every species"),
            "",
            default=500,
            whole=True,
            low=50,
            high=20_000,
        )
        self.add_settings(tr("the links file"))
        self.add_folder()
        self.addOutput(QgsProcessingOutputVectorLayer("RANKED", tr("Ranked links")))
        self.addOutput(QgsProcessingOutputHtml("REPORT", tr("Report")))
        self.addOutput(QgsProcessingOutputFile("RANKING", tr("Table of the ranking")))

    def work(self, given, context, feedback):
        """Save the links as a file, let the program rank them, and show the ranked layer."""
        out, beside = self.folder(given, context)
        file = self.file(given, "LINKS_FILE", context)
        scenario = self.file(given, "SCENARIO", context)
        source = self.parameterAsSource(given, "LINKS", context)
        if bool(file) == (source is not None):
            raise QgsProcessingException(tr("give either a layer of links or a links file"))
        numbers = {"links.budget": self.number(given, "BUDGET", context)}
        if source is not None:
            if not scenario:
                raise QgsProcessingException(
                    tr("a layer of links needs the scenario that they are built on")
                )
            file = self._saved(source, os.path.join(beside, "links.gpkg"), given, context, feedback)
            numbers["links.cost_unit"] = self.text(given, "COST_UNIT", context)
        # what a links file says stays, unless somebody asks for something else
        for name, key in (
            ("REPLICATES", "links.procedure.budget_runs"),
            ("DISPERSERS", "links.procedure.dispersers_per_replicate"),
        ):
            if source is not None or given.get(name) is not None:
                numbers[key] = int(self.number(given, name, context))
        more = self.text(given, "SETTINGS", context)
        self.call(commands.rank(file, scenario, numbers, more, out, language()), feedback)
        return self._shown(out, context)

    def _saved(self, source, path, given, context, feedback):
        there = {field.name().lower(): field.name() for field in source.fields()}
        wanted = {}
        for name, field in FIELDS:
            own = self.text(given, name, context) or there.get(field)
            if own:
                wanted[field] = own
        if "must" in there:
            wanted["must"] = there["must"]
        constants = {}
        if "actions" not in wanted:
            chosen = self.parameterAsEnums(given, "ACTIONS", context)
            constants["actions"] = ", ".join(ACTIONS[i] for i in chosen)
        lines = QgsWkbTypes.geometryType(source.wkbType()) == QgsWkbTypes.LineGeometry
        if lines and "width_m" not in wanted:
            constants["width_m"] = float(self.number(given, "WIDTH_M", context))
        return vector_file(source, path, wanted, context, feedback, constants)

    def _shown(self, out, context):
        ranked = os.path.join(out, "links.gpkg") + "|layername=links"
        found = {
            "OUTPUT": out,
            "REPORT": os.path.join(out, "report.html"),
            "RANKING": os.path.join(out, "ranking.csv"),
        }
        if is_layer(ranked):
            found["RANKED"] = show(context, ranked, tr("Ranked links"), "RANKED")
        return found
