"""The provider, which Processing lists its algorithms under, and the plugin that brings it."""

from __future__ import annotations

import os

from qgis.core import QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .landscape import LandscapeFromLayers
from .links import ProposeLinks, RankLinks
from .scenarios import CompareScenarios, ShowUseAndFlux
from .words import HERE


class Provider(QgsProcessingProvider):
    """corridor_sim in the toolbox of Processing."""

    def loadAlgorithms(self):  # a method of QGIS
        """Add the algorithms, in the order of work."""
        for one in (LandscapeFromLayers, ProposeLinks, RankLinks, CompareScenarios, ShowUseAndFlux):
            self.addAlgorithm(one())

    def id(self):
        """Return the name before the colon of every algorithm."""
        return "corridor_sim"

    def name(self):
        """Return the name in the toolbox."""
        return "corridor_sim"

    def icon(self):
        """Return the icon in the toolbox."""
        return QIcon(os.path.join(HERE, "icon.svg"))

    def svgIconPath(self):  # a method of QGIS
        """Return the file of the icon."""
        return os.path.join(HERE, "icon.svg")


class Plugin:
    """What QGIS loads and unloads."""

    def __init__(self):
        self.provider = None

    def initProcessing(self):  # a method of QGIS
        """Register the provider; all that ``qgis_process`` asks for."""
        self.provider = Provider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):  # a method of QGIS
        """Register the provider in QGIS with windows."""
        self.initProcessing()

    def unload(self):
        """Take the provider away."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
