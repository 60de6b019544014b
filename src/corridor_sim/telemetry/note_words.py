"""Notes on data and fits, in the reader's language.

Notes say in English what was found and done, and files of results keep them so. The usual ones are
messages here, found again in what was said, as with edits of the landscape.
"""

from __future__ import annotations

import re
from functools import lru_cache

from corridor_sim.languages import mark, tr, written

_MESSAGES = (
    mark("{note}; {n} more like this in tables/notes.csv ({kind})"),
    mark("{file}: {column} is read as UTC, as Movebank writes it"),
    mark("tracks are brought to {crs}, UTM of their mean place"),
    mark(
        "hours of the day are told in {zone}, by the sun at longitude {lon}; hours_in names "
        "another zone"
    ),
    mark("fixes are taken every {n} min; the median interval is {median} min"),
    mark("fixes may miss their time by {n} min"),
    mark("{n} of {all} fixes lie between, or in no burst, and are left out"),
    mark("1 step of length 0, without a direction"),
    mark("{n} steps of length 0, without a direction"),
    mark(
        "{animal}: not range-resident: within its record of {days} days it moves as one that "
        "wanders; if it has a range, crossing it takes longer than the record tells; no home "
        "range is given"
    ),
    mark(
        "not range-resident: within its record of {days} days it moves as one that wanders; if it "
        "has a range, crossing it takes longer than the record tells; no home range is given"
    ),
    mark(
        "{n} of {all} steps of {animal} are 0 m long: left out of the fit of step lengths, which "
        "are above 0"
    ),
    mark(
        "{n} of {all} steps of {animal} are 0 m long: each state has a probability of such steps "
        "beside its gamma distribution"
    ),
    mark(
        "{n} of {all} steps are 0 m long: each state has a probability of such steps beside its "
        "gamma distribution"
    ),
    mark(
        "step lengths do not differ by hour of the day more than by chance (p = {p}): activity is "
        "taken as even"
    ),
    mark(
        "1 animal without a range ({animal}) is left out of home range and crossing time; their "
        "steps count with those of the others (--dispersers makes them those of dispersers)"
    ),
    mark(
        "{n} animals without a range ({animal}) are left out of home range and crossing time; "
        "their steps count with those of the others (--dispersers makes them those of dispersers)"
    ),
    mark("nobody said which animals are females: both sexes get the same numbers"),
    mark(
        "no range, so simulated as a walk from its first fix, without attraction and without "
        "behavioural states"
    ),
)
_NUMBERS = {"n", "all", "days", "p", "lon", "median"}


def note_words(note: str) -> str:
    """Write a note on data or a fit in the current language.

    What is said in no known way stays as it is.

    >>> from corridor_sim.languages import language
    >>> with language("es"):
    ...     note_words("1 of 2,224 fixes lie between, or in no burst, and are left out")
    '1 de 2.224 posiciones están entre ráfagas o en ninguna, y se descartan'
    """
    for message, pattern in _patterns():
        if found := pattern.fullmatch(note):
            return tr(
                message, **{key: _value(key, text) for key, text in found.groupdict().items()}
            )
    return note


def _value(key: str, text: str) -> str:
    if key == "note":
        return note_words(text)
    return written(text) if key in _NUMBERS else text


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(message, re.compile(_pattern(message))) for message in _MESSAGES]


def _pattern(message: str) -> str:
    parts = re.split(r"\{(\w+)\}", message)
    for at in range(1, len(parts), 2):
        inside = r"[-+\d.,e]+" if parts[at] in _NUMBERS else r".+?"
        parts[at] = f"(?P<{parts[at]}>{inside})"
    parts[::2] = [re.escape(part) for part in parts[::2]]
    return "".join(parts)
