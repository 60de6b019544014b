"""Words in the language of QGIS: messages and their translations lie beside this file."""

from __future__ import annotations

import json
import os
from functools import lru_cache

HERE = os.path.dirname(os.path.abspath(__file__))
ENGLISH = "en"


def locale_of_qgis():
    """Return the locale that QGIS shows itself in: ``es_EC``."""
    from qgis.core import QgsApplication
    from qgis.PyQt.QtCore import QLocale

    words, system = QgsApplication.locale() or ENGLISH, QLocale().name()
    # without a choice in its options QGIS tells the language alone
    return system if system.startswith(f"{words}_") else words


@lru_cache(maxsize=1)
def _files():
    with open(os.path.join(HERE, "words.json"), encoding="utf-8") as file:
        return json.load(file)


def language(locale=None):
    """Return the language of the program that comes nearest to a locale, by default QGIS's own.

    A country that the program knows decides how numbers are written.
    """
    wanted = (locale or locale_of_qgis()).replace("-", "_").split(".")[0]
    for code in (wanted, wanted.split("_")[0]):
        if code in _files()["languages"]:
            return code
    return ENGLISH


def mark(message):
    """Return a message as it is; :func:`tr` translates it where it is shown."""
    return message


def tr(message, **values):
    """Return a message in the language of QGIS, with values for what stands in its braces."""
    found = _files()["messages"].get(language().split("_")[0], {}).get(message, message)
    return found.format(**values) if values else found
