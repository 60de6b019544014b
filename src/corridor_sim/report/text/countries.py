"""Names of countries on pages and maps."""

from __future__ import annotations

from corridor_sim.languages import mark, tr

# ISO 3166 alpha-3 codes of the countries that share the ground of the Andes and the Amazon
NAMES = {
    "ARG": mark("Argentina"),
    "BOL": mark("Bolivia"),
    "BRA": mark("Brazil"),
    "CHL": mark("Chile"),
    "COL": mark("Colombia"),
    "ECU": mark("Ecuador"),
    "GUF": mark("French Guiana"),
    "GUY": mark("Guyana"),
    "PER": mark("Peru"),
    "SUR": mark("Suriname"),
    "VEN": mark("Venezuela"),
}


def country(code: str) -> str:
    """Return the name of a country in the current language, or its code where it has none here.

    >>> country("ECU"), country("XYZ")
    ('Ecuador', 'XYZ')
    """
    return tr(NAMES[code]) if code in NAMES else code
