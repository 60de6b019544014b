"""From terms and strata to the covariates of a conditional logit, ``[strata, 1 + n_random, p]``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.memory import refuse_beyond
from corridor_sim.telemetry.available import Attraction, Strata, centres
from corridor_sim.telemetry.covariates import MOST_CLASSES, Place, Surface, Surfaces
from corridor_sim.telemetry.terms import ATTRACTION, Term
from corridor_sim.telemetry.tracks import Told

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
Standardise = Literal["none", "map", "sample"]
KM2 = 1e6
_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Column:
    """One coefficient of a model.

    Attributes
    ----------
    name : str
        As tables show it: ``forest[1]``, ``ndvi:cos_hour``.
    term : Term
    code : int or None
        Class, of a term of classes.
    wave : str
        Of a term that changes with time, ``cos_hour`` and the like; else empty.
    """

    name: str
    term: Term
    code: int | None = None
    wave: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """Covariates of every place.

    Attributes
    ----------
    columns : tuple of Column
        ``[p]``.
    x : float64 ``[strata, 1 + n_random, p]``
        NaN where something is not known.
    valid : bool ``[strata, 1 + n_random]``
    centre, scale : mapping of covariate to float
        In which numbers are told: ``(value - centre) / scale``.
    reference : mapping of covariate to int
        Class against which a term of all classes holds the others.
    told : tuple of Told
    """

    columns: tuple[Column, ...]
    x: F8
    valid: NDArray[np.bool_]
    centre: dict[str, float]
    scale: dict[str, float]
    reference: dict[str, int]
    told: tuple[Told, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(one.name for one in self.columns)


def design(
    terms: Sequence[Term],
    strata: Strata,
    surfaces: Surfaces,
    *,
    standardise: Standardise = "none",
    attraction: Attraction | None = None,
) -> Design:
    """Return the covariates of a model.

    Raises
    ------
    ScenarioError
        A covariate that is not there, classes taken as numbers or the reverse, seasons without a
        landscape that has them, or an attraction without centres.
    ResourceError
        More than fits the memory.
    """
    refuse_misfits(terms, surfaces, attraction)
    n, width = strata.x1_m.shape
    refuse_beyond(
        8.0 * 3.0 * n * width * (len(terms) + 4),
        f"{counted(n, 'step')} with {width - 1} random steps each",
        "give fewer random steps",
    )
    return _Maker(strata, surfaces, standardise, attraction).make(terms)


def refuse_misfits(
    terms: Sequence[Term], surfaces: Surfaces, attraction: Attraction | None
) -> None:
    """Refuse, before any work, terms that covariates cannot give.

    Raises
    ------
    ScenarioError
    """
    for term in terms:
        if term.by == "season" and surfaces.season_start_day is None:
            raise ScenarioError(
                f"{term.text}:season needs the two seasons of a landscape, which are not given",
                remedy="give region.season_start_day of the landscape, or use :year",
            )
        if term.factors == (ATTRACTION,) and attraction is None:
            raise ScenarioError(
                "the term attraction needs the centre of each animal's range, which is not given",
                remedy="fit the ranges first, or leave the term out",
            )
        if term.place == "movement":
            continue
        for name in term.factors:
            _refuse_kind(term, surfaces[name])


def _refuse_kind(term: Term, one: Surface) -> None:
    of_classes = bool(term.codes) or term.against is not None
    if term.place == "crossings":
        return
    if one.kind == "continuous" and of_classes:
        raise ScenarioError(
            f"{term.text}: {one.name} holds numbers and no classes",
            remedy=f'write {one.name} alone, or declare it with kind = "class"',
        )
    if one.kind == "class":
        if len(term.factors) > 1:
            raise ScenarioError(
                f"{term.text}: classes have no square and no product",
                remedy=f"write {one.name}, or {one.name}[3] for one class against all others",
            )
        held = one.classes()
        for code in term.codes if term.against is None else (term.against,):
            if code not in held:
                raise ScenarioError(
                    f"{term.text}: the map {one.name} has no class {code}",
                    remedy=f"it has {', '.join(str(each) for each in held[:20])}",
                )


class _Maker:
    """Looks up covariates, each raster once."""

    def __init__(
        self,
        strata: Strata,
        surfaces: Surfaces,
        standardise: Standardise,
        attraction: Attraction | None,
    ) -> None:
        self.strata, self.surfaces, self.standardise = strata, surfaces, standardise
        self.attraction = attraction
        self.season = surfaces.season(strata.day_of_year)
        self.cells: dict[int, tuple[F8, F8]] = {}
        self.found: dict[str, F8] = {}
        self.centre: dict[str, float] = {}
        self.scale: dict[str, float] = {}
        self.reference: dict[str, int] = {}

    def make(self, terms: Sequence[Term]) -> Design:
        valid = self.strata.valid.copy()
        if self.surfaces.ground is not None:
            valid &= ~np.isnan(self.ends(self.surfaces.ground))
        for name in dict.fromkeys(
            name for term in terms if term.place != "movement" for name in term.factors
        ):
            valid &= ~np.isnan(self.ends(self.surfaces[name]))
        plain: list[tuple[Column, F8]] = []
        columns: list[Column] = []
        values: list[F8] = []
        for term in terms:
            if not term.by:
                made = list(self.columns(term, valid))
                plain += made
            else:
                made = [
                    pair
                    for column, x in plain
                    if column.term == term.plain
                    for pair in self.waves(column, x, term)
                ]
            columns += [column for column, _ in made]
            values += [x for _, x in made]
        x = np.stack(values, axis=2) if values else np.empty((*valid.shape, 0))
        valid &= ~np.isnan(x).any(axis=2)
        told = tuple(self.told(valid))
        return Design(tuple(columns), x, valid, self.centre, self.scale, self.reference, told)

    # ---- looking up

    def to_cells(self, place: Place) -> tuple[F8, F8]:
        """Return ends of all steps in cells of a raster, ``[strata, 1 + n_random]``."""
        if id(place) not in self.cells:
            self.cells[id(place)] = place.to_cells(self.strata.x1_m, self.strata.y1_m)
        return self.cells[id(place)]

    def ends(self, one: Surface) -> F8:
        """Return values at the ends of all steps."""
        if one.name not in self.found:
            self.found[one.name] = one.at(*self.to_cells(one.place), self.season[:, None])
        return self.found[one.name]

    def lines(self, one: Surface) -> tuple[F8, F8, F8, F8]:
        """Return the ends of all lines in cells, ``[strata x (1 + n_random)]``; NaN outside."""
        col, row = self.to_cells(one.place)
        col0, row0 = one.place.to_cells(self.strata.x0_m, self.strata.y0_m)
        there = one.inside(col, row) & one.inside(col0, row0)[:, None]
        col0, row0 = (np.broadcast_to(each[:, None], col.shape) for each in (col0, row0))
        four = (np.where(there, each, np.nan).ravel() for each in (col0, row0, col, row))
        return next(four), next(four), next(four), next(four)

    def along(self, one: Surface, code: int | None) -> F8:
        season = np.repeat(self.season, self.strata.x1_m.shape[1])
        return one.along(self.lines(one), season, code).reshape(self.strata.x1_m.shape)

    # ---- columns

    def columns(self, term: Term, valid: NDArray[np.bool_]) -> Iterator[tuple[Column, F8]]:
        """Yield the columns of a term that does not change with time."""
        if term.place == "movement":
            yield Column(term.text, term), self.movement(term.factors[0])
            return
        first = self.surfaces[term.factors[0]]
        if term.place == "crossings":
            shape = self.strata.x1_m.shape
            yield (
                Column(term.text, term),
                first.crossed(self.lines(first), term.codes).reshape(shape),
            )
        elif first.kind == "class":
            for code in self.codes(term, first, valid):
                name = f"{first.name}[{code}]"
                if term.place == "along":
                    yield Column(f"along({name})", term, code), self.along(first, code)
                else:
                    held = self.ends(first)
                    yield (
                        Column(name, term, code),
                        np.where(np.isnan(held), np.nan, held == code).astype(np.float64),
                    )
        else:
            x = np.ones(())
            for name in term.factors:
                one = self.surfaces[name]
                centre, scale = self.standard(one, valid)
                value = self.along(one, None) if term.place == "along" else self.ends(one)
                x = x * ((value - centre) / scale)
            yield Column(term.text, term), x

    def standard(self, one: Surface, valid: NDArray[np.bool_]) -> tuple[float, float]:
        """Return centre and scale in which a covariate is told."""
        if one.name not in self.centre:
            centre, scale = 0.0, 1.0
            if self.standardise == "map":
                centre, scale = one.mean, one.sd
            elif self.standardise == "sample":
                held = self.ends(one)[:, 1:][valid[:, 1:]]
                centre, scale = (float(held.mean()), float(held.std())) if held.size else (0.0, 1.0)
            self.centre[one.name], self.scale[one.name] = centre, scale or 1.0
        return self.centre[one.name], self.scale[one.name]

    def codes(self, term: Term, one: Surface, valid: NDArray[np.bool_]) -> tuple[int, ...]:
        """Return the classes of a term that get a coefficient."""
        if term.codes:
            return term.codes
        held, counts = np.unique(self.ends(one)[valid], return_counts=True)
        if held.size > MOST_CLASSES:
            raise ScenarioError(
                f"{term.text}: {held.size} classes are within reach of animals",
                remedy=f"name up to {MOST_CLASSES}: {one.name}[{int(held[0])},{int(held[1])}]",
            )
        if not held.size:
            return ()
        against = int(held[counts.argmax()]) if term.against is None else term.against
        self.reference[one.name] = against
        return tuple(int(code) for code in held if code != against)

    def movement(self, name: str) -> F8:
        strata = self.strata
        if name == ATTRACTION:
            assert self.attraction is not None
            cx, cy = (each[strata.animal] for each in centres(self.attraction, strata.animals))
            away = (strata.x1_m - cx[:, None]) ** 2 + (strata.y1_m - cy[:, None]) ** 2
            return np.asarray(-0.5 * away / KM2)
        if name == "cos_ta":
            return np.asarray(np.cos(strata.turn_rad))
        return np.asarray(np.log(strata.length_m)) if name == "log_sl" else strata.length_m

    def waves(self, column: Column, x: F8, term: Term) -> Iterator[tuple[Column, F8]]:
        """Yield what a column becomes with time."""
        if term.by == "season":
            # half a difference to either side, so that the plain column is the mean of both
            wave = (self.season - 0.5)[:, None]
            yield Column(f"{column.name}:season", term, column.code, "season"), x * wave
            return
        hours = term.by == "hour"
        turn = self.strata.hour / 24.0 if hours else (self.strata.day_of_year - 1) / _DAYS
        for word, wave_of in (("cos", np.cos), ("sin", np.sin)):
            name = f"{word}_{term.by}"
            value = x * wave_of(2.0 * np.pi * turn)[:, None]
            yield Column(f"{column.name}:{name}", term, column.code, name), value

    # ---- what people must know

    def told(self, valid: NDArray[np.bool_]) -> Iterable[Told]:
        strata = self.strata
        lost = np.bincount(
            strata.animal[strata.valid[:, 0] & ~valid[:, 0]], minlength=len(strata.animals)
        )
        for name, n in zip(strata.animals, lost, strict=True):
            if n:
                yield Told(
                    "outside",
                    f"{counted(int(n), 'step')} of {name} end outside the maps, or where they say "
                    "nothing, and are left out",
                    name,
                    int(n),
                )
        gone = int((~valid[:, 1:] & strata.valid[:, 1:]).sum())
        if gone:
            share = gone / max(1, valid[:, 1:].size)
            yield Told(
                "random_outside",
                f"{counted(gone, 'random step')} ({100 * share:.3g} %) end outside the maps or on "
                "no ground: they count as places where nobody can go",
                count=gone,
            )
