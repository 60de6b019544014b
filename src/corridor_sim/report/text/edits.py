"""What was done to the ground, in the reader's language.

Edits say in English what they do, and files of results keep it so, whatever language a run was
called in. Each way to say it is a message here, found again in what was said.
"""

from __future__ import annotations

import re
from functools import lru_cache

from corridor_sim.languages import in_sentence, mark, tr, written
from corridor_sim.report.text import numbers as say

_NOTES = (
    mark("{year}: {note}"),
    mark("{note}: all was done"),
    mark("{note}: came to nothing on this map ({why})"),
    mark("{note}, which came to nothing: {why}"),
    mark("{note}, 1 cell of it without ground left out"),
    mark("{note}, {n} cells of it without ground left out"),
    mark("{note} and an access road"),
    mark(
        "{n}% of the forest cleared to {cover} (aggregation {aggregation}, protected ground at "
        "{factor} of the rate)"
    ),
    mark(
        "{n}% of the forest cleared to {cover} (aggregation {aggregation}, protected ground at "
        "{factor} of the rate, blind to roads)"
    ),
    mark(
        "{n}% of the forest inside areas cleared to {cover} (aggregation {aggregation}, protected "
        "ground at {factor} of the rate)"
    ),
    mark(
        "{n}% of the forest inside areas cleared to {cover} (aggregation {aggregation}, protected "
        "ground at {factor} of the rate, blind to roads)"
    ),
    mark("air warmer by {n} °C"),
    mark("air warmer by {n} °C: isotherms {isotherms} m higher"),
    mark("air warmer by {n} °C: ecotones {ecotones} m higher"),
    mark("air warmer by {n} °C: isotherms {isotherms} m higher, ecotones {ecotones} m higher"),
    mark("air warmer by {n} °C ({pathway} in {year})"),
    mark("air warmer by {n} °C ({pathway} in {year}): isotherms {isotherms} m higher"),
    mark("air warmer by {n} °C ({pathway} in {year}): ecotones {ecotones} m higher"),
    mark(
        "air warmer by {n} °C ({pathway} in {year}): isotherms {isotherms} m higher, ecotones "
        "{ecotones} m higher"
    ),
    mark("air warmer as by {pathway} in {year}"),
    mark("new secondary road {name}, {n} points"),
    mark("new primary road {name}, {n} points"),
    mark("mine {name} of {n} ha"),
    mark("dam {name} with a reservoir of {n} ha"),
    mark("farmed and mined cells of {name} restored to {cover}"),
    mark("crossing structures on the roads of {name}"),
    mark("link {name} built ({actions})"),
    mark("new protected area {name}, not a core area"),
    mark("new protected area {name}"),
    mark("{plan}: {n} ha protected where today's areas come closest to joining"),
    mark("{plan}: {n} ha protected where today's areas come closest to joining ({names})"),
    mark("{notes} (of {file})"),
    mark("{first} to {last}: {changes}"),
    mark("{year}: land cover of {file}"),
    mark("air {n} °C"),
    mark("{n} km² of forest cleared"),
    mark("{n} km² grown back into forest"),
    mark("and {n} more"),
)
# land covers that edits call by their keys, what links do, and the plan's usual name
_WORDS = (
    mark("pasture"),
    mark("crop mosaic"),
    mark("settlement"),
    mark("mine"),
    mark("regrowth"),
    mark("their natural cover"),
    mark("their natural zone"),
    mark("the cover of the nearest natural ground"),
    mark("restore"),
    mark("protect"),
    mark("crossings"),
    mark("Five-year plan"),
)
_YEARS = ("year", "first", "last")
_AMOUNTS = ("n", "aggregation", "factor", "isotherms", "ecotones")
_LISTS = {"notes": "; ", "changes": ", "}


def edit_words(note: str) -> str:
    """Write what an edit said of itself, or what the years changed, in the current language.

    What is said in no known way stays as it is.

    >>> from corridor_sim.languages import language
    >>> with language("es"):
    ...     edit_words("2028: new protected area 'Palora', not a core area")
    '2028: nueva área protegida «Palora», sin ser área núcleo'
    """
    for message, pattern in _patterns():
        if found := pattern.fullmatch(note):
            values = found.groupdict()
            return tr(message, **{key: _value(key, text) for key, text in values.items()})
    return note


def _value(key: str, text: str) -> str:
    if key == "note":
        return edit_words(text)
    if key in _LISTS:
        return _LISTS[key].join(edit_words(part) for part in text.split(_LISTS[key]))
    if key == "names":
        return "; ".join(say.named(name) for name in text.split("; "))
    if key == "actions":
        return ", ".join(tr(word) for word in text.split(", "))
    if key == "cover":
        here = tr(text)
        return here if here != text else in_sentence(tr(text[:1].upper() + text[1:]))
    if key == "plan":
        return say.named(text)
    if key == "name" and text.startswith("'"):
        return tr("'{name}'", name=say.named(text[1:-1]))
    return written(text) if key in _AMOUNTS else text


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(message, re.compile(_pattern(message))) for message in _NOTES]


def _pattern(message: str) -> str:
    """Return a message as a pattern that finds what stands in its braces."""
    parts = re.split(r"\{(\w+)\}", message)
    for at in range(1, len(parts), 2):
        key = parts[at]
        inside = r"\d{4}" if key in _YEARS else r"[-+]?[\d,]*\.?\d+" if key in _AMOUNTS else r".+?"
        # a name may hold any word; it stands in quotation marks as Python writes them
        inside = r"'[^']*'|\"[^\"]*\"" if key == "name" else inside
        parts[at] = f"(?P<{key}>{inside})"
    parts[::2] = [re.escape(part) for part in parts[::2]]
    return "".join(parts)
