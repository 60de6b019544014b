"""What the algorithms have in common: parameters with help, and the program behind all of them."""

from __future__ import annotations

import os

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)
from qgis.PyQt.QtGui import QIcon

from .program import Failed, Stopped, Told, call, other_version, shown
from .words import HERE, tr

LINE = [QgsProcessing.TypeVectorLine]
POLYGON = [QgsProcessing.TypeVectorPolygon]
LINE_OR_POLYGON = [*LINE, *POLYGON]
POINT_OR_POLYGON = [QgsProcessing.TypeVectorPoint, *POLYGON]
TOML = "TOML (*.toml)"


class _Feedback(Told):
    """Shows in QGIS what the program says."""

    def __init__(self, feedback):
        self.feedback = feedback
        self.most = 0.0

    def say(self, text):
        self.feedback.setProgressText(text)

    def share(self, done):
        # work that is added on the way does not send the bar back
        self.most = max(self.most, 100.0 * done)
        self.feedback.setProgress(self.most)

    def answer(self, line):
        self.feedback.pushConsoleInfo(line)

    def stopped(self):
        return self.feedback.isCanceled()


class Algorithm(QgsProcessingAlgorithm):
    """An algorithm of the provider; see ``NAME``, ``TITLE``, ``HELP``, ``parameters`` and ``work``.

    Attributes
    ----------
    NAME : str
        After the colon of its id.
    TITLE, HELP : str
        Messages.
    """

    NAME = TITLE = HELP = ""

    def createInstance(self):  # a method of QGIS
        """Return another one of the kind."""
        return type(self)()

    def name(self):
        """Return the name after the colon of the id."""
        return self.NAME

    def displayName(self):  # a method of QGIS
        """Return the title in the toolbox."""
        return tr(self.TITLE)

    def shortHelpString(self):  # a method of QGIS
        """Return the text beside the parameters."""
        return tr(self.HELP)

    def icon(self):
        """Return the icon in the toolbox."""
        return QIcon(os.path.join(HERE, "icon.svg"))

    def initAlgorithm(self, config=None):  # a method of QGIS
        """Declare parameters and outputs."""
        self.parameters()

    def parameters(self):
        """Declare parameters and outputs."""
        raise NotImplementedError

    def work(self, given, context, feedback):
        """Do the work and return the outputs."""
        raise NotImplementedError

    def processAlgorithm(self, given, context, feedback):  # a method of QGIS
        """Do the work; mistakes of the program are one line."""
        try:
            self.tell_of_version(feedback)
            return self.work(given, context, feedback)
        except Failed as bad:
            raise QgsProcessingException(str(bad)) from None
        except Stopped:
            feedback.pushInfo(
                tr("Stopped. Finished runs are kept: call it again with the same folder to go on.")
            )
            return {}

    # ---- parameters

    def add(self, parameter, help_text="", advanced=False):
        """Declare a parameter with its help."""
        if help_text:
            parameter.setHelp(help_text)
        if advanced:
            flags = parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced
            parameter.setFlags(flags)
        self.addParameter(parameter)

    def add_file(self, name, title, help_text, optional=False, kind=TOML):
        """Declare a file to read."""
        self.add(
            QgsProcessingParameterFile(name, title, fileFilter=kind, optional=optional), help_text
        )

    def add_number(self, name, title, help_text, default=None, whole=False, low=0.0, high=None):
        """Declare a number; one without a default may be left out."""
        kind = (
            QgsProcessingParameterNumber.Integer if whole else QgsProcessingParameterNumber.Double
        )
        one = QgsProcessingParameterNumber(name, title, kind, default, optional=default is None)
        one.setMinimum(low)
        if high is not None:
            one.setMaximum(high)
        self.add(one, help_text)

    def add_text(self, name, title, help_text, default=None, lines=False):
        """Declare a text that may be left out."""
        self.add(
            QgsProcessingParameterString(name, title, default, multiLine=lines, optional=True),
            help_text,
            advanced=lines,
        )

    def add_field(self, name, title, help_text, parent):
        """Declare a field of a layer that may be left out."""
        self.add(QgsProcessingParameterField(name, title, None, parent, optional=True), help_text)

    def add_settings(self, of):
        """Declare the box for all settings that have no parameter of their own."""
        self.add_text(
            "SETTINGS",
            tr("Further settings, KEY=VALUE on each line"),
            tr("Any key of {file} by its dotted name, as --set takes it.", file=of),
            lines=True,
        )

    def add_folder(self):
        """Declare the folder for results."""
        self.add(QgsProcessingParameterFolderDestination("OUTPUT", tr("Results folder")))

    # ---- what parameters hold

    def text(self, given, name, context):
        """Return a text without blanks around it, '' where there is none."""
        return (self.parameterAsString(given, name, context) or "").strip()

    def number(self, given, name, context):
        """Return a number, None where there is none."""
        if given.get(name) in (None, ""):
            default = self.parameterDefinition(name).defaultValue()
            return None if default in (None, "") else default
        return self.parameterAsDouble(given, name, context)

    def folder(self, given, context):
        """Return the results folder and one beside it for layers that the results name."""
        out = os.path.abspath(self.parameterAsString(given, "OUTPUT", context))
        return out, f"{out}_layers"

    def file(self, given, name, context):
        """Return the whole path of a file or folder, '' where there is none."""
        path = self.parameterAsFile(given, name, context)
        return os.path.abspath(path) if path else ""

    # ---- the program

    def call(self, words, feedback):
        """Run a command of the program and return the lines of its output."""
        feedback.pushCommandInfo(shown(words))
        return call(words, _Feedback(feedback), QgsProcessingUtils.tempFolder())

    def tell_of_version(self, feedback):
        """Warn where the program is another one than that which wrote the plugin."""
        other = other_version(_Quiet(feedback), QgsProcessingUtils.tempFolder())
        if other:
            feedback.reportError(
                tr(
                    "The program is corridor_sim {version} now: run corridor-sim qgis install, so "
                    "that the plugin fits it.",
                    version=other,
                )
            )


class _Quiet(Told):
    def __init__(self, feedback):
        self.feedback = feedback

    def stopped(self):
        return self.feedback.isCanceled()
