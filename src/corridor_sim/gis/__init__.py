"""How what the program writes looks in QGIS: one table of styles, and their XML."""
