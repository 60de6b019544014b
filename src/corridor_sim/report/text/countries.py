"""Names of countries on pages and maps."""

from __future__ import annotations

# ISO 3166 alpha-3 codes of the countries that share the ground of the Andes and the Amazon
NAMES = {
    "ARG": "Argentina",
    "BOL": "Bolivia",
    "BRA": "Brazil",
    "CHL": "Chile",
    "COL": "Colombia",
    "ECU": "Ecuador",
    "GUF": "French Guiana",
    "GUY": "Guyana",
    "PER": "Peru",
    "SUR": "Suriname",
    "VEN": "Venezuela",
}


def country(code: str) -> str:
    """Return the name of a country, or its code where it has none here.

    >>> country("ECU"), country("XYZ")
    ('Ecuador', 'XYZ')
    """
    return NAMES.get(code, code)
