"""corridor_sim in QGIS: landscapes, links and scenarios as algorithms of Processing.

QGIS has a Python of its own; the program runs in another one, as it was installed there, and is
talked to through its command line alone.
"""

from __future__ import annotations


def classFactory(iface):  # the name that QGIS asks for
    """Return the plugin."""
    from .provider import Plugin

    return Plugin()
