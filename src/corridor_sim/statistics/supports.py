"""What every outcome can be, and what one event is worth in it: from the tables of outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import Support
from corridor_sim.statistics.moments import moments

F64 = NDArray[np.float64]
Worth = Mapping[str, float]
# Kinds of events whose worth follows exactly from the settings of a run; that of the others depends
# on how long animals lived or how many were there.
KNOWN = frozenset(
    {
        "animal",
        "migrant",
        "resident",
        "resident_year",
        "one",
        "year",
        "decade",
        "of_start",
        "of_start_year",
    }
)
_ONE: Worth = {"one": 1.0}


def supports(
    table: Mapping[str, Outcome], worths: Sequence[Worth], *values: F64, seen: F64 | None = None
) -> Support:
    """Return the supports of the rows ``[species * outcome]`` of one or more scenarios.

    Parameters
    ----------
    worths : sequence of mapping
        By species: what one event of a kind is worth, as far as it is known.
    *values : float64 ``[row, n]``
        Of the scenarios. Where it is not known what an event is worth, what :func:`smallest`
        returns stands for it.
    seen : float64 ``[row]``, optional
        Smallest such distances of comparable scenarios, from :func:`smallest`.
    """
    rows = [(one, {**_ONE, **worth}) for worth in worths for one in table.values()]
    least = np.array([one.least for one, _ in rows])
    most = np.array([one.most for one, _ in rows])
    event = np.array([worth.get(one.event, math.nan) for one, worth in rows])
    eventful = np.array([bool(one.event) for one, _ in rows])
    known = ~eventful | (np.array([one.event in KNOWN for one, _ in rows]) & np.isfinite(event))
    unseen = np.array([one.event == "unseen" for one, _ in rows])
    smallest_seen = smallest(table, len(worths), *values)
    if seen is not None:
        smallest_seen = np.fmin(smallest_seen, seen)
    event = np.where(known | unseen | np.isnan(smallest_seen), event, smallest_seen)
    certain = np.array([one.certain for one, _ in rows])
    return Support(least, most, event, known, certain)


def smallest(table: Mapping[str, Outcome], n_species: int, *values: F64) -> F64:
    """Return how near values came to the nearer end of what is possible without reaching it.

    ``[species * outcome]``. Only scenarios count in which most values are at the end, so that the
    others tell of one event or of few; NaN where none does.
    """
    least = np.tile([one.least for one in table.values()], n_species)
    most = np.tile([one.most for one in table.values()], n_species)
    found = np.full(len(least), np.nan)
    for block in values:
        away = np.minimum(block - least[:, None], most[:, None] - block)
        seen = np.isfinite(away)
        rare = 2 * (seen & (away <= 0)).sum(axis=1) > seen.sum(axis=1)
        some = seen & (away > 0) & rare[:, None]
        inside = np.where(some, away, np.inf).min(axis=1, initial=np.inf)
        found = np.fmin(found, np.where(np.isfinite(inside), inside, np.nan))
    return found


def largest_jumps(n_rows: int, blocks: Sequence[F64]) -> F64:
    """Return how far any value of comparable rows lay from the mean of its row, ``[rows]``.

    Parameters
    ----------
    blocks : sequence of float64 ``[rows, n]``
        One per scenario; NaN where in none a row varied.
    """
    found = np.zeros(n_rows)
    for block in blocks:
        found = np.maximum(found, moments(block).jump)
    return np.asarray(np.where(found > 0, found, np.nan))


def support_of(outcome: Outcome, worth: Worth | None = None, *, factor: float = 1.0) -> Support:
    """Return the support of one outcome times ``factor``; ``worth`` as in :func:`supports`."""
    event = {**_ONE, **(worth or {})}.get(outcome.event, math.nan) * factor
    known = not outcome.event or outcome.event in KNOWN
    return Support(outcome.least * factor, outcome.most * factor, event, known, outcome.certain)
