"""The landscapes through which walks are made, of a scenario that changes from year to year."""

from __future__ import annotations

from corridor_sim.config.load import Resolved
from corridor_sim.config.timelines import timeline_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.decades.simulator import years_of
from corridor_sim.simulation.generations.machine import Course


def kept_years(resolved: Resolved, land: Landscape, every_y: int) -> tuple[int, ...]:
    """Return the calendar years of the landscapes that count, the start first.

    That of every update at least ``every_y`` years after the last one kept, and every year in which
    something dated is done.

    Parameters
    ----------
    resolved : Resolved
        Through decades.
    land : Landscape
        Of the start, after all edits without a date.

    Raises
    ------
    ScenarioError
        Changes that cannot hold in these years or on this landscape.
    """
    start, timeline = resolved.scenario.start_year, timeline_of(resolved, land)
    change = resolved.scenario.change
    if timeline is None or change is None:
        return (start,)
    dates = frozenset(one.opens for one in change.events)
    return thinned(timeline.update_years, dates, start, start + years_of(resolved), every_y)


def course_of(resolved: Resolved, land: Landscape, years: tuple[int, ...]) -> Course:
    """Return the landscapes of a scenario in some calendar years.

    Each holds until the next one, as through decades.

    Parameters
    ----------
    resolved, land
        As for :func:`kept_years`.
    years : tuple of int
        In order, the start first.
    """
    timeline, start = timeline_of(resolved, land), resolved.scenario.start_year
    lands = tuple(land if timeline is None else timeline.at(year) for year in years)
    return Course(tuple(year - start for year in years), lands)


def thinned(
    updates: tuple[int, ...], dates: frozenset[int], start: int, end: int, every_y: int
) -> tuple[int, ...]:
    """Return the years whose landscapes are kept, ``start`` first and all before ``end``.

    Examples
    --------
    >>> thinned((2030, 2033, 2035, 2040, 2045), frozenset({2033}), 2025, 2050, 10)
    (2025, 2033, 2045)
    """
    kept = [start]
    for year in sorted({*updates, *dates}):
        if start < year < end and (year in dates or year >= kept[-1] + every_y):
            kept.append(year)
    return tuple(kept)
