"""Terms of a step-selection model, as people write them.

``ndvi``, ``ndvi^2``, ``ndvi*slope``
    Numbers at the end of a step, as ``[selection]`` of a species file writes them.
``forest[1]``, ``cover[3,5]``, ``cover``, ``cover[against 2]``
    Classes at the end of a step: the named ones against all others, or each against one: the most
    available, or the one named.
``along(ndvi)``, ``along(forest[1])``
    Mean over the straight line of a step, of classes the share of the line.
``crossings(road)``, ``crossings(road[2])``
    How often the line enters a barrier: the classes named, or all that are one.
``sl``, ``log_sl``, ``cos_ta``
    Length in metres, its logarithm, cosine of the turn.
``attraction``
    Minus half the squared distance of the end from the centre of the animal's range, km².

With ``:hour``, ``:year`` or ``:season`` behind it, a term may differ by hour of the day or day of
the year (a cosine and a sine each), or between the two seasons of the landscape; the term itself is
in the model too and is then the mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.species.predictor import factors_of

Place = Literal["end", "along", "crossings", "movement"]
By = Literal["", "hour", "year", "season"]
MOVEMENT = ("sl", "log_sl", "cos_ta")
ATTRACTION = "attraction"
TIMES: tuple[By, ...] = ("hour", "year", "season")

_NAME = r"[a-z][a-z0-9_]{0,60}"
_CODES = re.compile(rf"({_NAME})\[\s*(against\s+)?(-?\d{{1,9}}(?:\s*,\s*-?\d{{1,9}})*)\s*\]")
_NUMBERS = re.compile(rf"{_NAME}(?:\^2)?(?:\*{_NAME}(?:\^2)?)*")
_HELP = (
    "write ndvi, ndvi^2, ndvi*slope, cover[3], along(ndvi) or crossings(road), with :hour, :year "
    "or :season behind it where it may change"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One term.

    Attributes
    ----------
    factors : tuple of str
        Covariates that are multiplied; one of classes, of crossings and of movement.
    place : {"end", "along", "crossings", "movement"}
    codes : tuple of int
        Classes that it names; empty: all.
    against : int or None
        Class that the others are held against; None: the most available, or all that are not named.
    by : {"", "hour", "year", "season"}
        With what it changes.
    """

    factors: tuple[str, ...]
    place: Place = "end"
    codes: tuple[int, ...] = ()
    against: int | None = None
    by: By = ""

    @property
    def text(self) -> str:
        """The term as it is written, without the time.

        >>> parse_term("along(forest[1]):hour").text
        'along(forest[1])'
        """
        name = "*".join(_powers(self.factors))
        if self.codes:
            name += f"[{','.join(str(code) for code in self.codes)}]"
        elif self.against is not None:
            name += f"[against {self.against}]"
        return f"{self.place}({name})" if self.place in ("along", "crossings") else name

    @property
    def plain(self) -> Term:
        """The term that does not change with time."""
        return replace(self, by="")


def _powers(factors: tuple[str, ...]) -> Iterable[str]:
    """Write a factor that comes twice as a square."""
    for name in dict.fromkeys(factors):
        n = factors.count(name)
        yield from [f"{name}^2"] * (n // 2) + [name] * (n % 2)


def parse_term(text: str) -> Term:
    """Return the term that a text writes.

    Raises
    ------
    ScenarioError
        It is none.

    >>> parse_term("ndvi^2").factors, parse_term("cover[3,5]").codes
    (('ndvi', 'ndvi'), (3, 5))
    """
    head, _, time = text.strip().partition(":")
    by: By = next((one for one in TIMES if one == time.strip()), "")
    if time and not by:
        raise ScenarioError(
            f"{text[:60]!r} changes with {time.strip()[:20]!r}", remedy=nearest(time, TIMES)
        )
    place: Place = "end"
    inner = re.fullmatch(r"(along|crossings)\((.*)\)", head.strip())
    if inner:
        place, head = ("along" if inner[1] == "along" else "crossings"), inner[2]
    head = re.sub(r"\s+", " ", head.strip())
    if head in (*MOVEMENT, ATTRACTION) and place == "end":
        return Term((head,), "movement", by=by)
    classes = _CODES.fullmatch(head)
    if classes:
        codes = tuple(dict.fromkeys(int(code) for code in classes[3].split(",")))
        if not classes[2]:
            return Term((classes[1],), place, codes, by=by)
        if len(codes) == 1 and place != "crossings":
            return Term((classes[1],), place, against=codes[0], by=by)
    single = place == "end" or ("*" not in head and "^" not in head)
    if not _NUMBERS.fullmatch(head) or not single:
        raise ScenarioError(f"{text[:60]!r} is no term", remedy=_HELP)
    return Term(factors_of(head), place, by=by)


def split_terms(text: str) -> tuple[str, ...]:
    """Return the terms between the commas of a text; those in brackets part nothing.

    >>> split_terms("ndvi, cover[3,5], along(cover[1])")
    ('ndvi', 'cover[3,5]', 'along(cover[1])')
    """
    parts = re.split(r",(?![^\[(]*[\])])", text)
    return tuple(one.strip() for one in parts if one.strip())


def with_files(texts: Iterable[str]) -> tuple[tuple[str, ...], dict[str, Path]]:
    """Return terms, and the rasters that some of them name behind ``=``, by covariate.

    Raises
    ------
    ScenarioError
        A raster of no single covariate, or two of one.

    >>> with_files(["ndvi", "forest[1]=wood.tif"])[0]
    ('ndvi', 'forest[1]')
    """
    terms: list[str] = []
    files: dict[str, Path] = {}
    for text in texts:
        head, equals, file = (part.strip() for part in text.partition("="))
        terms.append(head)
        if not equals:
            continue
        names = set(parse_term(head).factors)
        name = names.pop()
        refuse_name(name)
        if names or not file:
            raise ScenarioError(
                f"{text[:60]!r} names no raster of one covariate", remedy="write forest[1]=wood.tif"
            )
        if files.setdefault(name, Path(file)) != Path(file):
            raise ScenarioError(
                f"{name} has two rasters, {files[name].name} and {Path(file).name}",
                remedy="give each a name of its own",
            )
    return tuple(terms), files


def refuse_name(name: str) -> None:
    """Refuse a name that no covariate can have.

    Raises
    ------
    ScenarioError
    """
    if not re.fullmatch(_NAME, name):
        raise ScenarioError(
            f"{name[:60]!r} is no name of a covariate",
            remedy="use small letters, digits and _, beginning with a letter: forest_2018=map.tif",
        )
    if name in (*MOVEMENT, ATTRACTION):
        raise ScenarioError(
            f"{name!r} is a term of its own and no name of a covariate",
            remedy=f"{', '.join((*MOVEMENT, ATTRACTION))} are taken: give it another",
        )


def parse_terms(texts: Iterable[str]) -> tuple[Term, ...]:
    """Return terms, each once, with the plain one before any that changes with time.

    >>> [one.text + one.by for one in parse_terms(["ndvi:hour", "slope", "ndvi"])]
    ['ndvi', 'ndvihour', 'slope']
    """
    found: dict[Term, None] = {}
    for text in texts:
        one = parse_term(text)
        found.setdefault(one.plain)
        found.setdefault(one)
    return tuple(found)
