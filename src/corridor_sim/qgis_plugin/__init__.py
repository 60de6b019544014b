"""The plugin for QGIS: what is written, and the one who writes it.

``plugin/`` is the plugin itself. It runs in the Python that QGIS brings, 3.9 and newer, imports
nothing of this package, and talks to the program through its command line.
"""
