"""Who was born of whom, when and where: the record on which genes are simulated afterwards.

A pedigree is a table of columns, one row per animal ever alive in one replicate of one species.
Parents stand before their children, so everything that runs down the generations is a loop over
few *batches* of rows (:meth:`Pedigree.batches`), each of them array arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import ResultsError
from corridor_sim.files import write_bytes
from corridor_sim.reading import Absent, Unfit, archive, packed

UNKNOWN = -1  # in `mother` and `father`: a founder
MAX_ANIMALS = 50_000_000
COLUMNS: dict[str, type[np.generic]] = {
    "ident": np.int64,
    "mother": np.int32,
    "father": np.int32,
    "birth_year": np.float32,
    "death_year": np.float32,
    "male": np.bool_,
    "birth_x_m": np.float32,
    "birth_y_m": np.float32,
    "x_m": np.float32,
    "y_m": np.float32,
    "birth_zone": np.int16,
    "zone": np.int16,
    "sampled": np.bool_,
}


@dataclass(frozen=True, slots=True)
class Pedigree:
    """One row per animal ever alive, parents before children; every column is ``[n]``.

    Attributes
    ----------
    ident : int64
        Unique within a replicate, 0 or more.
    mother, father : int32
        Row numbers; -1 for founders, who have neither parent.
    birth_year : float32
        Years since the start of the record, free of any calendar; founders 0 or less.
    death_year : float32
        NaN for animals alive at the end.
    birth_x_m, birth_y_m, x_m, y_m : float32
        Map metres of the birth place and of the last home; NaN where there is none.
    birth_zone, zone : int16
        Number of the core area of birth and of the last home; 0 outside core areas.
    sampled : bool
        Whether the animal's genome is wanted.
    """

    ident: NDArray[np.int64]
    mother: NDArray[np.int32]
    father: NDArray[np.int32]
    birth_year: NDArray[np.float32]
    death_year: NDArray[np.float32]
    male: NDArray[np.bool_]
    birth_x_m: NDArray[np.float32]
    birth_y_m: NDArray[np.float32]
    x_m: NDArray[np.float32]
    y_m: NDArray[np.float32]
    birth_zone: NDArray[np.int16]
    zone: NDArray[np.int16]
    sampled: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        mother: ArrayLike,
        father: ArrayLike,
        male: ArrayLike,
        birth_year: ArrayLike,
        **more: Any,
    ) -> Pedigree:
        """Return a checked pedigree from the four columns it cannot do without.

        Columns left out: idents are row numbers, nobody died, everyone lives at (0, 0) in zone 0,
        and those alive at the end are sampled. A birth zone or place that is left out is the last.
        """
        unknown = set(more) - set(COLUMNS)
        if unknown:
            raise TypeError(f"no such column: {', '.join(sorted(unknown))}")
        n = np.asarray(mother).size
        given = {"mother": mother, "father": father, "male": male, "birth_year": birth_year, **more}
        given.setdefault("ident", np.arange(n))
        given.setdefault("death_year", np.full(n, np.nan))
        for name in ("x_m", "y_m", "zone"):
            given.setdefault(name, np.zeros(n))
            given.setdefault(f"birth_{name}", given[name])
        given.setdefault("sampled", np.isnan(np.asarray(given["death_year"], np.float32)))
        pedigree = cls(
            **{name: np.ascontiguousarray(given[name], kind) for name, kind in COLUMNS.items()}
        )
        pedigree.check()
        return pedigree

    @property
    def n(self) -> int:
        """Number of animals ever alive."""
        return self.ident.size

    @property
    def founders(self) -> NDArray[np.bool_]:
        """Whether the animal has no recorded parents, ``[n]``."""
        founders: NDArray[np.bool_] = self.mother == UNKNOWN
        return founders

    def alive_at(self, year: float) -> NDArray[np.bool_]:
        """Return whether each animal, bool ``[n]``, was born by ``year`` and had not died."""
        # a comparison with NaN is False, and NaN means alive
        alive: NDArray[np.bool_] = (self.birth_year <= year) & ~(self.death_year <= year)
        return alive

    def check(self) -> None:
        """Raise ResultsError, with row and remedy, where the table cannot be a pedigree."""
        self._check_columns()
        rows = np.arange(self.n)
        for name in ("mother", "father"):
            parent = getattr(self, name)
            _refuse(
                (parent < UNKNOWN) | (parent >= rows),
                lambda i, name=name, parent=parent: (
                    f"its {name} is row {parent[i]}, which does not stand before it"
                ),
                "list parents before their children and give founders -1",
            )
        _refuse(
            (self.mother == UNKNOWN) != (self.father == UNKNOWN),
            lambda i: "only one of its parents is known",
            "give both parents, or -1 for both of a founder",
        )
        born = np.flatnonzero(~self.founders)
        mother, father = self.mother[born], self.father[born]
        _refuse(self.male[mother], lambda i: f"its mother, row {mother[i]}, is male", "", born)
        _refuse(~self.male[father], lambda i: f"its father, row {father[i]}, is female", "", born)
        for name, parent in (("mother", mother), ("father", father)):
            _refuse(
                ~(self.birth_year[parent] < self.birth_year[born]),
                lambda i, name=name, parent=parent: (
                    f"born in year {self.birth_year[born[i]]:g}, not after its {name}, row "
                    f"{parent[i]}, born in {self.birth_year[parent[i]]:g}"
                ),
                "count birth years forward in time",
                born,
            )
        _refuse(
            self.death_year[mother] < self.birth_year[born],
            lambda i: (
                f"born in year {self.birth_year[born[i]]:g}, after its mother, row {mother[i]}, "
                f"died in {self.death_year[mother[i]]:g}"
            ),
            "only a father may die before the birth",
            born,
        )

    def _check_columns(self) -> None:
        for name, kind in COLUMNS.items():
            values = getattr(self, name)
            if values.dtype != kind or values.shape != (self.n,):
                raise ResultsError(
                    f"{name} is {values.dtype} {values.shape}",
                    where="pedigree",
                    remedy=f"it must be {np.dtype(kind).name} ({self.n},), one value per animal",
                )
        if self.n > MAX_ANIMALS:
            raise ResultsError(f"{self.n} animals, at most {MAX_ANIMALS}", where="pedigree")
        _refuse(self.ident < 0, lambda i: f"ident {self.ident[i]} is negative", "count from 0")
        order = np.argsort(self.ident, kind="stable")
        again = np.zeros(self.n, np.bool_)
        again[order[1:]] = self.ident[order][1:] == self.ident[order][:-1]
        _refuse(again, lambda i: f"ident {self.ident[i]} occurs twice", "idents must be unique")
        _refuse(
            ~np.isfinite(self.birth_year), lambda i: "its birth year is not finite", "give a number"
        )
        _refuse(
            self.founders & (self.birth_year > 0),
            lambda i: f"a founder born in year {self.birth_year[i]:g}",
            "founders are there at the start, born in year 0 or before",
        )
        _refuse(
            (self.death_year < self.birth_year) | np.isinf(self.death_year),
            lambda i: f"died in year {self.death_year[i]:g}, born in {self.birth_year[i]:g}",
            "deaths follow births; NaN means alive at the end",
        )
        _refuse(
            (self.zone < 0) | (self.birth_zone < 0),
            lambda i: f"core areas {self.birth_zone[i]} and {self.zone[i]}",
            "core areas count from 1, 0 is outside",
        )

    def batches(self) -> Iterator[slice]:
        """Yield runs of rows, in order, whose parents all stand in earlier runs.

        One per year where animals do not breed in the year of their birth.
        """
        latest = np.maximum.accumulate(np.maximum(self.mother, self.father))
        start = 0
        while start < self.n:
            stop = int(np.searchsorted(latest, start))
            yield slice(start, stop)
            start = stop

    def ancestors(self, rows: ArrayLike) -> NDArray[np.int64]:
        """Return the rows, sorted, of ``rows`` and of all their recorded ancestors."""
        found = np.zeros(self.n, np.bool_)
        front = np.unique(np.asarray(rows, np.int64))
        while front.size:
            found[front] = True
            parents = np.concatenate([self.mother[front], self.father[front]]).astype(np.int64)
            parents = np.unique(parents[parents >= 0])
            front = parents[~found[parents]]
        return np.flatnonzero(found)

    def subset(self, rows: NDArray[np.int64]) -> Pedigree:
        """Return the table of ``rows``, int64 sorted; they must hold the parents of each other."""
        place = np.full(self.n + 1, UNKNOWN, np.int32)  # the last place answers for -1
        place[rows] = np.arange(rows.size)
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        for name in ("mother", "father"):
            columns[name] = place[columns[name]]
        smaller = Pedigree(**columns)
        if np.any(smaller.founders != self.founders[rows]):
            raise ValueError("a parent is left out; take Pedigree.ancestors(rows)")
        return smaller

    def offspring(self) -> NDArray[np.int64]:
        """Return the number of recorded children of each animal, int64 ``[n]``."""
        parents = np.concatenate([self.mother, self.father])
        return np.bincount(parents[parents >= 0], minlength=self.n).astype(np.int64)

    def generation_years(self) -> float:
        """Return the mean age of parents at the births of their children, years; NaN if none."""
        born = np.flatnonzero(~self.founders)
        if born.size == 0:
            return float("nan")
        both = self.birth_year[self.mother[born]].astype(np.float64) + self.birth_year[
            self.father[born]
        ].astype(np.float64)
        return float(np.mean(self.birth_year[born].astype(np.float64) - both / 2))

    def save(self, path: Path) -> None:
        """Write the table as one ``.npz`` file, whole or not at all, the same bytes every time."""
        write_bytes(Path(path), packed({name: getattr(self, name) for name in COLUMNS}))


def load_pedigree(path: Path) -> Pedigree:
    """Read a pedigree written by :meth:`Pedigree.save` and check it.

    Raises
    ------
    ResultsError
        The file is missing, damaged, of another format, too large, or no possible pedigree.
    """
    path = Path(path)
    try:
        with archive(
            path, MAX_ANIMALS * sum(np.dtype(kind).itemsize + 4 for kind in COLUMNS.values())
        ) as found:
            first = found.array("ident", COLUMNS["ident"], (None,), MAX_ANIMALS)
            columns = {name: found.array(name, kind, first.shape) for name, kind in COLUMNS.items()}
    except Absent as error:
        raise ResultsError("there is no such file", where=path) from error
    except Unfit as error:
        raise ResultsError(
            f"not a pedigree ({error})",
            where=path,
            remedy="delete runs/ID.npz of its run and call the command of the study again, or "
            "write it again with Pedigree.save",
        ) from error
    pedigree = Pedigree(**columns)
    try:
        pedigree.check()
    except ResultsError as error:
        raise ResultsError(str(error), where=path) from error
    return pedigree


def _refuse(
    wrong: NDArray[np.bool_], say: Any, remedy: str, rows: NDArray[np.int64] | None = None
) -> None:
    """Raise for the first row that is wrong; ``say(i)`` tells of element i, row ``rows[i]``."""
    if not wrong.any():
        return
    i = int(np.argmax(wrong))
    row = i if rows is None else int(rows[i])
    more = int(wrong.sum()) - 1
    tail = f" (and {more} more)" if more else ""
    raise ResultsError(f"{say(i)}{tail}", where=f"pedigree row {row}", remedy=remedy)
