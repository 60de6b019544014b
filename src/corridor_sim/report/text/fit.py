"""The page on a fit in the words of a planner: its answer, and what of the data had to be told."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor_sim.report.text import numbers as say
from corridor_sim.telemetry.terms import ATTRACTION, MOVEMENT

if TYPE_CHECKING:
    from corridor_sim.telemetry.check import FitCheck
    from corridor_sim.telemetry.fit import Fit
    from corridor_sim.telemetry.species_file import Estimate
    from corridor_sim.telemetry.tracks import Told

Row = dict[str, Any]
# sentences of what differs that the head of the page repeats
MOST_AT_HEAD = 3
# notes of one kind on single animals that are all written out
MOST_ALIKE = 3
# kinds of notes that are no loss: how files were read, and what was found out about them
READ_SO = (
    *("named_by_file", "solar_zone", "crs", "dates", "interval", "tolerance", "columns"),
    *("distortion", "joined", "gaps", "zone_taken", "utc"),
)


def digits(value: float, n: int = 3) -> str:
    """Write a number with ``n`` digits that count, thousands separated.

    >>> digits(1234.5), digits(0.07712), digits(-0.0452, 2), digits(float("nan"))
    ('1,230', '0.0771', '−0.045', '–')
    """
    if not math.isfinite(value) or value == 0:
        return say.number(value)
    rounded = float(f"{value:.{n}g}")
    return say.number(rounded, max(0, n - 1 - math.floor(math.log10(abs(rounded)))))


def span(low: float, high: float, n: int = 3) -> str:
    """Write an interval; nothing where there is none.

    >>> span(45.2, 98.7), span(float("nan"), 2.0)
    ('[45.2, 98.7]', '')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{digits(low, n)}, {digits(high, n)}]"


def between(low: float, high: float, unit: str) -> str:
    """Write an interval as in a sentence."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f" (95 % interval {digits(low)} to {digits(high)} {unit})"


def lasting(minutes: float) -> str:
    """Write an interval between fixes.

    >>> lasting(180), lasting(15), lasting(1440), lasting(60), lasting(90)
    ('3 hours', '15 minutes', '24 hours', '1 hour', '1.5 hours')
    """
    if minutes < 60:
        return say.counted(round(minutes), "minute")
    hours = minutes / 60
    return "1 hour" if hours == 1 else f"{hours:.3g} hours"


def answer(fit: Fit, check: FitCheck) -> list[str]:
    """Return the sentences at the head of the page."""
    return [*_of_data(fit), *_of_range(fit), *_of_selection(fit), *_of_check(check)]


def _of_data(fit: Fit) -> Iterator[str]:
    table = fit.tracks.table
    ends = (table["time"].min(), table["time"].max())
    first, last = (f"{time.day} {time:%B %Y}" for time in ends)
    n = len(fit.tracks.animals)
    yield (
        f"{say.counted(n, 'animal')} with collars, {len(table):,} fixes from {first} to {last}. "
        f"{say.counted(len(fit.bursts.steps), 'step')} of {lasting(fit.bursts.interval_min)} tell "
        "how they move."
    )


def estimates(fit: Fit) -> dict[str, Estimate]:
    """Return the numbers of the population, both sexes together."""
    return dict(fit.population.both.estimates)


def _of_range(fit: Fit) -> Iterator[str]:
    found = estimates(fit)
    wander = [name for name, one in fit.ranges.items() if not one.resident]
    area, tau = found.get("home_range_km2"), found.get("tau_d")
    if area is not None:
        crossed = "" if tau is None else f" and is crossed in about {digits(tau.value, 2)} days"
        yield (
            f"A home range covers {digits(area.value)} km²"
            f"{between(area.low, area.high, 'km²')}{crossed}."
        )
    if wander:
        n, some = len(fit.ranges), say.joined(wander[:8])
        yield (
            f"{len(wander)} of {n} {'shows' if len(wander) == 1 else 'show'} no home range within "
            f"the record: {some}{' and others' if len(wander) > 8 else ''}."
        )


def _of_selection(fit: Fit) -> Iterator[str]:
    if fit.selected is None:
        yield "Nothing is said of which ground they choose: no landscape was given."
        return
    own = [one for one in fit.selected.coefficients if is_ground(one.name)]
    sought = [plain_term(one.name) for one in own if one.estimate > 1.96 * one.se]
    avoided = [plain_term(one.name) for one in own if one.estimate < -1.96 * one.se]
    if sought or avoided:
        parts = [f"seek {say.joined(sought)}"] if sought else []
        parts += [f"avoid {say.joined(avoided)}"] if avoided else []
        yield f"Beyond chance they {' and '.join(parts)}."
    else:
        yield "No ground is sought or avoided beyond chance."


def is_ground(term: str) -> bool:
    """Whether a term of step selection tells of ground, and not of movement or range.

    >>> is_ground("ndvi"), is_ground("log_sl:hour"), is_ground("attraction")
    (True, False, False)
    """
    return term.split(":")[0].split("*")[0] not in (*MOVEMENT, ATTRACTION)


def plain_term(term: str) -> str:
    """Write a term of step selection for people.

    >>> plain_term("crossings(road[2])"), plain_term("along(ndvi)"), plain_term("cover[3]")
    ('crossings of road (class 2)', 'ndvi along the way', 'cover (class 3)')
    """
    text = re.sub(r"crossings\((.*)\)", r"crossings of \1", term)
    text = re.sub(r"along\((.*)\)", r"\1 along the way", text)
    return re.sub(r"\[(-?\d+)\]", r" (class \1)", text)


def _of_check(check: FitCheck) -> Iterator[str]:
    rows = check.rows[check.rows["ground"] == check.ground]
    if not len(rows):
        yield "No simulated animals were compared with the collared ones."
        return
    counts = rows["verdict"].value_counts()
    agree, differ, unsure = (int(counts.get(word, 0)) for word in ("agrees", "differs", "open"))
    tail = f", {unsure} cannot be told from chance" if unsure else ""
    yield (
        f"Simulated animals, each with the numbers of a collared one, were compared with them in "
        f"{len(rows)} respects: {agree} agree, {differ} {'differs' if differ == 1 else 'differ'}"
        f"{tail}."
    )
    if check.hold_out is not None:
        # of grounds the last is that of the landscape, where there is one
        yield from check.hold_out.words[-1:]


def facts(fit: Fit) -> list[tuple[str, str]]:
    """Return the large numbers below the answer."""
    found = estimates(fit)
    shown = [
        ("Animals", str(len(fit.tracks.animals))),
        ("Fixes", f"{len(fit.tracks.table):,}"),
        ("A step", lasting(fit.bursts.interval_min)),
        ("Steps", f"{len(fit.bursts.steps):,}"),
    ]
    if "home_range_km2" in found:
        shown.append(("Home range, 95 %", f"{digits(found['home_range_km2'].value)} km²"))
    if "tau_d" in found:
        shown.append(("Crossing time", f"{digits(found['tau_d'].value, 2)} days"))
    return shown


def rests_on(fit: Fit, check: FitCheck) -> list[tuple[str, str]]:
    """Return what the numbers of the page rest on, as heads and texts."""
    files = say.joined([one.name for one in fit.tracks.sources]) or "tracks made in Python"
    land = "flat ground" if fit.land is None else f"{fit.land.name}, and flat ground"
    sexes = pd.Series(list(fit.sexes.values()), dtype=object).value_counts()
    known = [f"{n} {'female' if s == 'female' else 'male'}" for s, n in sexes.items() if s]
    return [
        ("Measured", files),
        ("Coordinates, hours", f"{fit.tracks.crs}, {fit.tracks.time_zone}"),
        ("Sexes known", say.joined(known) or "none"),
        ("Simulated on", land),
        ("Simulated data sets", f"{check.copies}, each with the times of all fixes"),
        (
            "Not measured here",
            "survival, births, density and dispersal: they stand in the species file as before",
        ),
    ]


def data_rows(fit: Fit) -> list[Row]:
    """Return a row an animal: what its collar gave."""
    steps = fit.bursts.steps["animal"].value_counts()
    rows = []
    for name, table in fit.tracks.table.groupby("animal", sort=False):
        times = pd.DatetimeIndex(table["time"])
        gaps = times[1:] - times[:-1]
        longest = gaps.max() / pd.Timedelta(days=1) if len(gaps) else math.nan
        rows.append(
            {
                "animal": str(name),
                "sex": fit.sexes.get(str(name), "") or say.NOTHING,
                "fixes": f"{len(table):,}",
                "first": f"{times[0]:%Y-%m-%d}",
                "last": f"{times[-1]:%Y-%m-%d}",
                "days": say.number((times[-1] - times[0]) / pd.Timedelta(days=1)),
                "gap": f"{digits(longest, 2)} d",
                "steps": f"{int(steps.get(name, 0)):,}",
            }
        )
    return rows


def notes(fit: Fit, check: FitCheck) -> tuple[list[Row], list[Row]]:
    """Return what must be told: what was left out or warns, and how files were read.

    What is told of many animals makes one row, with the words on the first of them.
    """
    kinds: dict[str, list[Told]] = {}
    held = check.hold_out.told if check.hold_out is not None else ()
    for one in dict.fromkeys((*fit.told, *check.told, *held)):
        # one kind may tell of several things; of one animal each is told
        kinds.setdefault(f"{one.kind} {not one.animal}", []).append(one)
    loss: list[Row] = []
    read: list[Row] = []
    for same in kinds.values():
        rows = loss if same[0].kind not in READ_SO else read
        if len(same) <= MOST_ALIKE or not same[0].animal:
            rows += [_note(one, []) for one in same]
        else:
            rows.append(_note(same[0], same[1:]))
    return loss, read


def _note(one: Told, others: list[Told]) -> Row:
    names = dict.fromkeys(other.animal for other in others if other.animal != one.animal)
    return {
        "animal": one.animal or "all",
        # the animal stands beside a note of its own
        "words": one.words if others else one.words.removeprefix(f"{one.animal}: "),
        "others": [other.words for other in others],
        "more": say.counted(len(others), "further note") + f" like this ({', '.join(names)})"
        if others
        else "",
    }


def digests(fit: Fit) -> list[tuple[str, str]]:
    """Return names and SHA-256 of the files that were read."""
    return [(one.name, one.sha256) for one in fit.tracks.sources]
