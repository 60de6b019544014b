"""Words in the reader's language: gettext catalogues, and numbers as its readers write them.

English is written in the code and in the templates; every other language is one catalogue,
``locale/LANGUAGE/LC_MESSAGES/corridor_sim.po``, which translators open in any editor of such
files. A message names what is filled in by braces, in code and templates alike:
``{species} falls by {much}``. What has no translation stays English, so that no page is without
words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from corridor_sim.errors import CorridorSimError, nearest

ENGLISH = "en"
# by the code that users give; a region decides how numbers and dates are written
LANGUAGES = {
    "en": "English",
    "es": "español",
    "es_EC": "español (Ecuador)",
    "es_PE": "español (Perú)",
}
# the language of whoever says nothing, for processes that others start
VARIABLE = "CORRIDOR_SIM_LANG"


def _as_it_is(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """How words and numbers are written.

    Attributes
    ----------
    code : str
        As in :data:`LANGUAGES`.
    one : callable
        Returns the translation of a message.
    many : callable
        Returns that of (singular, plural, number).
    inside : callable
        Returns that of (context, message), for words that mean different things in different
        places.
    group, decimal : str
        What separates thousands and decimals.
    """

    code: str
    one: Callable[[str], str] = _as_it_is
    many: Callable[[str, str, int], str] = lambda one, many, n: one if n == 1 else many
    inside: Callable[[str, str], str] = lambda _, message: message
    group: str = ","
    decimal: str = "."

    @property
    def tag(self) -> str:
        """As pages declare it: ``es-EC``."""
        return self.code.replace("_", "-")


_chosen: ContextVar[Language | None] = ContextVar("language", default=None)


def current() -> Language:
    """Return the language in which words are written now.

    Raises
    ------
    CorridorSimError
        ``CORRIDOR_SIM_LANG`` names a language that is not there.
    """
    return chosen() or _of(ENGLISH)


def chosen() -> Language | None:
    """Return the language that was asked for, by a context or the variable; None where none was.

    Raises
    ------
    CorridorSimError
        ``CORRIDOR_SIM_LANG`` names a language that is not there.
    """
    named = os.environ.get(VARIABLE)
    return _chosen.get() or (_of(named) if named else None)


def preferred(header: str) -> str | None:
    """Return the language that a browser's ``Accept-Language`` likes best; None where none is.

    >>> preferred("fr, es-MX;q=0.8, en;q=0.5"), preferred("es-PE,es;q=0.9"), preferred("fr")
    ('es', 'es_PE', None)
    """
    liked = []
    for part in header[:1000].split(","):
        tag, _, quality = part.strip().partition(";q=")
        with suppress(ValueError):
            liked.append((-float(quality or 1), tag.replace("-", "_")))
    for _, code in sorted(liked, key=lambda one: one[0]):
        # of a country without numbers of its own the language stays
        for known in (code, code.partition("_")[0]):
            if known in LANGUAGES:
                return known
    return None


@contextmanager
def language(code: str | Language) -> Iterator[Language]:
    """Write reports, pages, tables and links files in this language while the context lasts.

    Parameters
    ----------
    code : str
        ``en``, ``es``, or with a country for how numbers are written: ``es_EC`` has decimal
        commas, ``es_PE`` decimal points.

    Raises
    ------
    CorridorSimError
        No such language.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> with cs.language("es"):
    ...     cs.load_species("andean_bear").common_name
    'Oso andino'
    """
    token = _chosen.set(_of(code) if isinstance(code, str) else code)
    try:
        yield current()
    finally:
        _chosen.reset(token)


def tr(message: str, /, **values: object) -> str:
    """Return a message in the current language, with values for what stands in its braces.

    >>> tr("{n} of {all} paired differences", n=3, all=12)
    '3 of 12 paired differences'
    """
    found = current().one(message) if message else ""
    return found.format(**values) if values else found


def tr_plural(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the form of a message that suits a number; ``{n}`` is that number as it is written.

    >>> tr_plural("{n} core area", "{n} core areas", 1200)
    '1,200 core areas'
    """
    return current().many(one, many, n).format(**{"n": written(f"{n:,}"), **values})


def tr_context(context: str, message: str, /, **values: object) -> str:
    """Return a message that means different things in different contexts, as :func:`tr` does."""
    found = current().inside(context, message)
    return found.format(**values) if values else found


def mark(message: str) -> str:
    """Return a message as it is, known to the catalogue: for tables translated when read."""
    return message


def written(number: str) -> str:
    """Write a number, given as English has it, as the current language does.

    >>> with language("es"):
    ...     written("1,234.5"), written("0.05")
    ('1.234,5', '0,05')
    """
    now = current()
    return number.translate({ord(","): now.group, ord("."): now.decimal})


def in_sentence(name: str) -> str:
    """Write a label or a species' name as it stands inside a sentence.

    The first letter becomes small, except in acronyms and in names of peoples and places.

    >>> in_sentence("Mountain tapir"), in_sentence("Andean bear"), in_sentence("ECA")
    ('mountain tapir', 'Andean bear', 'ECA')
    """
    first = name.split(" ")[0]
    if not name[1:2].islower() or first.endswith(("ean", "ian", "can", "ese", "ish")):
        return name
    return name[0].lower() + name[1:]


@lru_cache(maxsize=16)
def _of(code: str) -> Language:
    if code not in LANGUAGES:
        raise CorridorSimError(
            f"no language {code[:20]!r}", where="--lang", remedy=nearest(code[:20], LANGUAGES)
        )
    if code == ENGLISH:
        return Language(ENGLISH)
    return _catalogued(code)


# thousands with points, or decimals after a comma; not volumes, years and pages of literature
_NUMBER = re.compile(r"(?<![\w.,:/])(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+)(?![\w:]|[.,]\d)")


def _catalogued(code: str) -> Language:
    """Return a language with the words of its catalogue and the numbers of its locale."""
    import gettext
    import io

    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = Locale.parse(code)
    where = resources.files("corridor_sim") / "locale" / locale.language / "LC_MESSAGES"
    compiled = io.BytesIO()
    # the file of translators is what the program reads: nothing is compiled that could be stale
    with (where / "corridor_sim.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale.language))
    compiled.seek(0)
    words = gettext.GNUTranslations(compiled)
    group, decimal = get_group_symbol(locale), get_decimal_symbol(locale)
    # numbers inside sentences stand there as most readers of the language write them
    usual = Locale.parse(locale.language)
    there = get_group_symbol(usual) + get_decimal_symbol(usual)
    change = str.maketrans(there, group + decimal)

    def here(text: str) -> str:
        return _NUMBER.sub(lambda found: found[0].translate(change), text)

    return Language(
        code,
        lambda message: here(words.gettext(message)),
        lambda one, many, n: here(words.ngettext(one, many, n)),
        words.pgettext,
        group,
        decimal,
    )


def shown_date(day: Any) -> str:
    """Write a day as readers of the current language do.

    >>> from datetime import date
    >>> with language("es"):
    ...     shown_date(date(2026, 3, 1))
    '1 de marzo de 2026'
    """
    from babel.dates import format_date

    return format_date(day, "long", locale="en_GB" if current().code == ENGLISH else current().code)
