"""Stated rules that make tracks of fixes: what is dropped, whom it leaves out, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import TracksError, clipped, counted
from corridor_sim.telemetry.collars import DAY_S, SECOND, gaps, never_moves, still_tail, two_collars
from corridor_sim.telemetry.outliers import best_of_each_time, default_speed, outliers
from corridor_sim.telemetry.tracks import Told

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
# beyond so many outliers something else is wrong
MOST_OUTLIERS, MOST_OUTLIER_SHARE = 10, 0.05
# gaps are told from that on
LONG_GAP_S = DAY_S


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user may set.

    Attributes
    ----------
    max_speed_ms : float or None
        Metres a second; None: by each track.
    still_m : float
        Fixes that lie nearer together have not moved.
    one_animal : frozenset of str
        Names that the user vouches for: one collar each.
    """

    max_speed_ms: float | None = None
    still_m: float = 30.0
    one_animal: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes of all animals in metres, by animal and time; rows of one time in the files' order.

    Attributes
    ----------
    names : tuple of str
    animal, t : int64 ``[n]``
    x, y, error_m, worth : float64 ``[n]``
    """

    names: tuple[str, ...]
    animal: I64
    t: I64
    x: F64
    y: F64
    error_m: F64
    worth: F64

    def take(self, which: NDArray[np.bool_] | I64) -> Fixes:
        """Return some of the rows."""
        return Fixes(
            self.names,
            self.animal[which],
            self.t[which],
            self.x[which],
            self.y[which],
            self.error_m[which],
            self.worth[which],
        )


@dataclass(frozen=True, slots=True)
class _Out:
    """Why an animal is left out."""

    kind: str
    animal: str
    why: str
    remedy: str
    count: int

    def told(self) -> Told:
        return Told(
            self.kind,
            f"{self.animal} is left out: {self.why}; {self.remedy}",
            self.animal,
            self.count,
        )


def clean(fixes: Fixes, rules: Rules) -> tuple[Fixes, tuple[Told, ...]]:
    """Apply the rules to each animal.

    Returns
    -------
    Fixes
        No time twice in one animal, animals without a usable track left out.
    tuple of Told

    Raises
    ------
    TracksError
        No animal is left.
    """
    told: list[Told] = []
    fixes = _without_copies(fixes, told)
    kept = np.ones(fixes.t.size, bool)
    out: list[_Out] = []
    edges = np.searchsorted(fixes.animal, np.arange(len(fixes.names) + 1))
    for k in np.flatnonzero(np.diff(edges) > 1).tolist():
        part = slice(int(edges[k]), int(edges[k + 1]))
        one = _Animal(
            fixes.names[k], fixes.t[part], fixes.x[part], fixes.y[part], fixes.worth[part]
        )
        kept[part], why = one.clean(rules)
        told += one.told
        if why is not None:
            out.append(why)
    single = np.flatnonzero(np.diff(edges) == 1)
    kept[edges[single]] = False
    out += [_one_fix(fixes.names[k]) for k in single[:5].tolist()]
    told += [one.told() for one in out]
    if single.size > 5:
        more = single[5:]
        words = clipped(", ".join(fixes.names[k] for k in more.tolist()), 200)
        told.append(Told("one_fix", f"left out, with one fix each: {words}", count=int(more.size)))
    if not kept.any():
        raise _nobody(out, int(np.count_nonzero(np.diff(edges))))
    return fixes.take(kept), tuple(told)


def _one_fix(name: str) -> _Out:
    return _Out("one_fix", name, "it has one fix", "a track needs two or more", 1)


def _nobody(out: Sequence[_Out], n: int) -> TracksError:
    first = out[0]
    if n > 1 and all(one.kind == "one_fix" for one in out):
        return TracksError(
            f"each of {counted(n, 'animal')} has one fix",
            remedy="look whether the column of animals is the right one; columns names another",
        )
    others = f" (and {counted(n - 1, 'other animal')}, none of which can be used)" if n > 1 else ""
    return TracksError(first.why, where=first.animal + others, remedy=first.remedy)


def _without_copies(fixes: Fixes, told: list[Told]) -> Fixes:
    """Drop rows that say of one animal, time and place what another row says."""
    same = (np.diff(fixes.t) == 0) & (np.diff(fixes.animal) == 0)
    if not same.any():
        return fixes
    at = np.flatnonzero(np.concatenate([[False], same]) | np.concatenate([same, [False]]))
    # of copies the one of least error is first, then the first of the file
    keys = (fixes.worth[at], fixes.y[at], fixes.x[at], fixes.t[at], fixes.animal[at])
    at = at[np.lexsort(keys)]
    copy = np.ones(at.size - 1, bool)
    for column in (fixes.animal, fixes.t, fixes.x, fixes.y):
        copy &= column[at[1:]] == column[at[:-1]]
    if not copy.any():
        return fixes
    kept = np.ones(fixes.t.size, bool)
    kept[at[1:][copy]] = False
    n = int(copy.sum())
    words = f"{counted(n, 'line')} that repeat animal, time and place of another left out"
    told.append(Told("duplicates", words, count=n))
    return fixes.take(kept)


class _Animal:
    """One animal's fixes under the rules."""

    def __init__(self, name: str, t: I64, x: F64, y: F64, worth: F64) -> None:
        self.name, self.t, self.x, self.y, self.worth = name, t, x, y, worth
        self.told: list[Told] = []

    def _tell(self, kind: str, words: str, count: int) -> None:
        self.told.append(Told(kind, f"{self.name}: {words}", self.name, count))

    def clean(self, rules: Rules) -> tuple[NDArray[np.bool_], _Out | None]:
        """Return which fixes are kept, and why the animal is left out if it is."""
        none = np.zeros(self.t.size, bool)
        kept = np.arange(self.t.size)
        checks: tuple[Callable[[I64, Rules], I64 | _Out], ...] = (
            self._collars,
            self._times,
            self._speed,
            self._still,
        )
        for check in checks:
            found = check(kept, rules)
            if isinstance(found, _Out):
                self.told.clear()
                return none, found
            kept = found
        self._tell_gaps(kept)
        none[kept] = True
        return none, None

    def _collars(self, kept: I64, rules: Rules) -> I64 | _Out:
        two = None if self.name in rules.one_animal else two_collars(self.t, self.x, self.y)
        if two is None:
            return kept
        apart = f"{two.apart_m / 1000.0:.1f} km apart"
        why = (
            f"in two places {apart} at {counted(two.count, 'time')}"
            if np.isinf(two.speed_ms)
            else f"{counted(two.count, 'change')} between places {apart}, each at "
            f"{two.speed_ms:.2g} m/s or more"
        )
        why = f"two collars under one name, {why}"
        remedy = "give each collar a name of its own, or name it in one_animal if it is one"
        return _Out("two_collars", self.name, why, remedy, two.count)

    def _times(self, kept: I64, rules: Rules) -> I64 | _Out:
        best = best_of_each_time(self.t, self.x, self.y, self.worth)
        n = int((~best).sum())
        if n:
            self._tell(
                "same_time",
                f"{counted(n, 'fix') if n == 1 else f'{n:,} fixes'} at the time of another, "
                "elsewhere, left out: the one of least error stays, then the one nearest to the "
                "fix before",
                n,
            )
        kept = kept[best]
        return kept if kept.size > 1 else _one_fix(self.name)

    def _speed(self, kept: I64, rules: Rules) -> I64 | _Out:
        t, x, y = self.t[kept], self.x[kept], self.y[kept]
        most = default_speed(t, x, y) if rules.max_speed_ms is None else rules.max_speed_ms
        off = outliers(t, x, y, most, spikes_only=rules.max_speed_ms is None)
        n = int(off.sum())
        if n >= MOST_OUTLIERS and n > MOST_OUTLIER_SHARE * kept.size:
            why = (
                f"{n:,} of {kept.size:,} fixes are off the track, there and back faster than "
                f"{most:.3g} m/s"
            )
            remedy = "look for two collars under one name, a wrong crs, or set max_speed_ms"
            return _Out("too_many_outliers", self.name, why, remedy, n)
        if n:
            rule = (
                "10 times its fastest twentieth of steps, and straight back"
                if rules.max_speed_ms is None
                else "max_speed_ms"
            )
            self._tell(
                "outliers",
                f"{counted(n, 'fix') if n == 1 else f'{n:,} fixes'} left out, there and back "
                f"faster than {most:.3g} m/s ({rule})",
                n,
            )
        return kept[~off]

    def _still(self, kept: I64, rules: Rules) -> I64 | _Out:
        t, x, y = self.t[kept], self.x[kept], self.y[kept]
        if never_moves(x, y, rules.still_m):
            why = (
                f"it never moves: 95 % of {kept.size:,} fixes lie within {rules.still_m:g} m of "
                "one place"
            )
            remedy = "leave the collar out, or set a smaller still_m"
            return _Out("never_moves", self.name, why, remedy, int(kept.size))
        n = still_tail(t, x, y, rules.still_m)
        if n:
            days = (t[-1] - t[-n]) / SECOND / DAY_S
            self._tell(
                "lies_still",
                f"the last {n:,} fixes, {days:.0f} days from {_date(t[-n])} on, lie within "
                f"{rules.still_m:g} m: dead, or the collar came off? They are kept; "
                "cut them off if so",
                n,
            )
        return kept

    def _tell_gaps(self, kept: I64) -> None:
        t = self.t[kept]
        n, longest_s, after = gaps(t)
        if n and longest_s >= LONG_GAP_S:
            usual = float(np.median(np.diff(t))) / SECOND
            self._tell(
                "gaps",
                f"{counted(n, 'gap')} of more than 5 times the usual {_span(usual)}, the longest "
                f"{_span(longest_s)} after {_date(t[after])}",
                n,
            )


def _date(t: int) -> str:
    return str(np.datetime64(int(t), "ns").astype("datetime64[D]"))


def _span(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> _span(90.0), _span(10_800.0), _span(1e6)
    ('1.5 min', '3 h', '11.6 days')
    """
    if seconds >= 2 * DAY_S:
        return f"{seconds / DAY_S:.3g} days"
    return f"{seconds / 3600.0:.3g} h" if seconds >= 3600.0 else f"{seconds / 60.0:.3g} min"
