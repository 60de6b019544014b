"""What a fit of a range takes: fixes of one animal, checked, or why they tell no range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from corridor_sim.errors import CorridorSimError, shown
from corridor_sim.telemetry.kalman import RANGING, Floats, Record, make_record
from corridor_sim.telemetry.tracks import Told

LEAST_FIXES = 5
# coordinates beyond this are no metres
FARTHEST_M = 1e9
ASKED = "columns time, x_m and y_m of one animal, as read_tracks gives them"


def named(animal: str) -> str:
    """Return how a line about an animal begins.

    >>> named("F07"), named("")
    ('F07: ', '')
    """
    return f"{animal}: " if animal else ""


def refuse_models(models: Sequence[str]) -> None:
    """Refuse names that are no models of a range.

    Raises
    ------
    CorridorSimError
    """
    for name in models:
        if name not in RANGING:
            raise CorridorSimError(f"{shown(name)} is no model of a range", remedy="iid, ou or ouf")
    if not models:
        raise CorridorSimError("no model of a range is named", remedy="name iid, ou or ouf")


def _name(fixes: pd.DataFrame) -> str:
    """Return the animal's name."""
    names = [str(n) for n in pd.unique(fixes["animal"])] if "animal" in fixes else [""]
    if len(names) > 1:
        raise CorridorSimError(
            f"a range is of one animal, and these are {len(names)} ({shown(names[0])}, ...)",
            remedy="call it once for each",
        )
    return names[0] if names else ""


def record_of(
    fixes: pd.DataFrame, error_m: float | Literal["estimate"] | None
) -> tuple[str, Record | Told]:
    """Return an animal's name and its fixes ready for the filter, or why they tell no range.

    Raises
    ------
    CorridorSimError
        It is no table of one animal, a time occurs twice, or a number is none.
    """
    missing = [c for c in ("time", "x_m", "y_m") if c not in fixes]
    if missing:
        raise CorridorSimError(f"fixes without {', '.join(missing)}", remedy=f"give {ASKED}")
    animal = _name(fixes)
    where = f"animal {shown(animal)}" if animal else "fixes"
    table = fixes.sort_values("time", kind="stable")
    time = pd.DatetimeIndex(pd.to_datetime(table["time"], utc=True))
    x, y = (_numbers(table[c], c, where) for c in ("x_m", "y_m"))
    error = _errors(table, error_m, where)
    if time.hasnans or not (np.abs([x, y]) < FARTHEST_M).all():
        raise CorridorSimError(
            "a fix without time, or without a place in metres", where=where, remedy="leave it out"
        )
    if time.has_duplicates:
        twice = time[time.duplicated()][0]
        raise CorridorSimError(f"two fixes at {twice}", where=where, remedy="keep one of them")
    told = _tells_nothing(animal, x, y, error)
    if told:
        return animal, told
    days = ((time - time[0]) / pd.Timedelta(days=1)).to_numpy(np.float64)
    return animal, make_record(days, x, y, error)


def _numbers(column: pd.Series, name: str, where: str) -> Floats:
    """Return a column as numbers."""
    try:
        return column.to_numpy(np.float64)
    except (TypeError, ValueError):
        raise CorridorSimError(
            f"{name} holds what is no number", where=where, remedy="give metres"
        ) from None


def _errors(table: pd.DataFrame, error_m: float | Literal["estimate"] | None, where: str) -> Floats:
    """Return the known location errors, metres."""
    if isinstance(error_m, str) and error_m != "estimate":
        raise CorridorSimError(
            f"a location error of {shown(error_m)}", remedy='give metres, or "estimate"'
        )
    error = np.zeros(len(table))
    if isinstance(error_m, (int, float)):
        error += error_m
    elif "error_m" in table:
        error = _numbers(table["error_m"], "error_m", where)
    if not ((error >= 0) & (error < FARTHEST_M)).all():
        raise CorridorSimError(
            "a location error is negative or missing", where=where, remedy="give metres for each"
        )
    return error


def _tells_nothing(animal: str, x: Floats, y: Floats, error: Floats) -> Told | None:
    """Return why fixes tell no range, None if they may."""
    n, who = x.size, named(animal)
    if n < LEAST_FIXES:
        held = f"there {'is' if n == 1 else 'are'} {n}"
        words = f"{who}a range takes {LEAST_FIXES} fixes or more, and {held}; no range is given"
        return Told("too_few_fixes", words, animal, n)
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        words = f"{who}all {n} fixes lie at {x[0]:.0f}, {y[0]:.0f} m; no range is given"
        return Told("never_moves", words, animal, n)
    spread = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    if spread <= math.sqrt(np.mean(error**2)):
        words = (
            f"{who}its {n} fixes lie {spread:.3g} m about their mean, no further than their "
            "location error; no range is given"
        )
        return Told("range_within_error", words, animal, n)
    return None
