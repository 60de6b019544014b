"""The page on a fit in the words of a planner: its answer, and what of the data had to be told."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from corridor_sim.languages import shown_date, tr, tr_plural, written
from corridor_sim.report.text import numbers as say
from corridor_sim.telemetry.note_words import note_words
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
# animals without a range that are named
MOST_WANDERERS = 8
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
    return say.bracketed([digits(low, n), digits(high, n)])


def between(amount: str, low: float, high: float, unit: str) -> str:
    """Write an amount with its interval, where it has one, as in a sentence."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{amount} {unit}"
    return tr(
        "{amount} {unit} (95 % interval {low} to {high} {unit})",
        amount=amount,
        low=digits(low),
        high=digits(high),
        unit=unit,
    )


def lasting(minutes: float) -> str:
    """Write an interval between fixes.

    >>> lasting(180), lasting(15), lasting(1440), lasting(60), lasting(90)
    ('3 hours', '15 minutes', '24 hours', '1 hour', '1.5 hours')
    """
    if minutes < 60:
        return tr_plural("{n} minute", "{n} minutes", round(minutes))
    hours = minutes / 60
    return tr("1 hour") if hours == 1 else tr("{n} hours", n=written(f"{hours:.3g}"))


def answer(fit: Fit, check: FitCheck) -> list[str]:
    """Return the sentences at the head of the page."""
    return [*_of_data(fit), *_of_range(fit), *_of_selection(fit), *_of_check(check)]


def _of_data(fit: Fit) -> Iterator[str]:
    table = fit.tracks.table
    first, last = (shown_date(time) for time in (table["time"].min(), table["time"].max()))
    animals = tr_plural(
        "{n} animal with collars, {fixes} fixes from {first} to {last}.",
        "{n} animals with collars, {fixes} fixes from {first} to {last}.",
        len(fit.tracks.animals),
        fixes=say.number(len(table)),
        first=first,
        last=last,
    )
    steps = tr_plural(
        "{n} step of {interval} tell how they move.",
        "{n} steps of {interval} tell how they move.",
        len(fit.bursts.steps),
        interval=lasting(fit.bursts.interval_min),
    )
    yield f"{animals} {steps}"


def estimates(fit: Fit) -> dict[str, Estimate]:
    """Return the numbers of the population, both sexes together."""
    return dict(fit.population.both.estimates)


def _of_range(fit: Fit) -> Iterator[str]:
    found = estimates(fit)
    wander = [name for name, one in fit.ranges.items() if not one.resident]
    area, tau = found.get("home_range_km2"), found.get("tau_d")
    if area is not None:
        size = between(digits(area.value), area.low, area.high, "km²")
        if tau is None:
            yield tr("A home range covers {size}.", size=size)
        else:
            yield tr(
                "A home range covers {size} and is crossed in about {n} days.",
                size=size,
                n=digits(tau.value, 2),
            )
    if wander:
        some = say.joined(wander[:MOST_WANDERERS])
        if len(wander) > MOST_WANDERERS:
            some = tr("{names} and others", names=some)
        yield tr_plural(
            "{n} of {all} shows no home range within the record: {names}.",
            "{n} of {all} show no home range within the record: {names}.",
            len(wander),
            all=len(fit.ranges),
            names=some,
        )


def _of_selection(fit: Fit) -> Iterator[str]:
    if fit.selected is None:
        yield tr("Nothing is said of which ground they choose: no landscape was given.")
        return
    own = [one for one in fit.selected.coefficients if is_ground(one.name)]
    sought = [plain_term(one.name) for one in own if one.estimate > 1.96 * one.se]
    avoided = [plain_term(one.name) for one in own if one.estimate < -1.96 * one.se]
    given = {"sought": say.joined(sought), "avoided": say.joined(avoided)}
    if sought and avoided:
        yield tr("Beyond chance they seek {sought} and avoid {avoided}.", **given)
    elif sought:
        yield tr("Beyond chance they seek {sought}.", **given)
    elif avoided:
        yield tr("Beyond chance they avoid {avoided}.", **given)
    else:
        yield tr("No ground is sought or avoided beyond chance.")


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
    text = re.sub(r"crossings\((.*)\)", lambda m: tr("crossings of {what}", what=m[1]), term)
    text = re.sub(r"along\((.*)\)", lambda m: tr("{what} along the way", what=m[1]), text)
    return re.sub(r"\[(-?\d+)\]", lambda m: " " + tr("(class {n})", n=m[1]), text)


def _of_check(check: FitCheck) -> Iterator[str]:
    rows = check.rows[check.rows["ground"] == check.ground]
    if not len(rows):
        yield tr("No simulated animals were compared with the collared ones.")
        return
    counts = rows["verdict"].value_counts()
    agree, differ, unsure = (int(counts.get(word, 0)) for word in ("agrees", "differs", "open"))
    given = {"all": len(rows), "agree": agree, "unsure": unsure}
    yield (
        tr_plural(
            "Simulated animals, each with the numbers of a collared one, were compared with them "
            "in {all} respects: {agree} agree, {n} differs, {unsure} cannot be told from chance.",
            "Simulated animals, each with the numbers of a collared one, were compared with them "
            "in {all} respects: {agree} agree, {n} differ, {unsure} cannot be told from chance.",
            differ,
            **given,
        )
        if unsure
        else tr_plural(
            "Simulated animals, each with the numbers of a collared one, were compared with them "
            "in {all} respects: {agree} agree, {n} differs.",
            "Simulated animals, each with the numbers of a collared one, were compared with them "
            "in {all} respects: {agree} agree, {n} differ.",
            differ,
            **given,
        )
    )
    if check.hold_out is not None:
        # of grounds the last is that of the landscape, where there is one
        yield from check.hold_out.words[-1:]


def facts(fit: Fit) -> list[tuple[str, str]]:
    """Return the large numbers below the answer."""
    found = estimates(fit)
    shown = [
        (tr("Animals"), str(len(fit.tracks.animals))),
        (tr("Fixes"), say.number(len(fit.tracks.table))),
        (tr("A step"), lasting(fit.bursts.interval_min)),
        (tr("Steps"), say.number(len(fit.bursts.steps))),
    ]
    if "home_range_km2" in found:
        shown.append((tr("Home range, 95 %"), f"{digits(found['home_range_km2'].value)} km²"))
    if "tau_d" in found:
        shown.append((tr("Crossing time"), tr("{n} days", n=digits(found["tau_d"].value, 2))))
    return shown


def rests_on(fit: Fit, check: FitCheck) -> list[tuple[str, str]]:
    """Return what the numbers of the page rest on, as heads and texts."""
    files = say.joined([one.name for one in fit.tracks.sources]) or tr("tracks made in Python")
    land = (
        tr("flat ground")
        if fit.land is None
        else tr("{landscape}, and flat ground", landscape=fit.land.name)
    )
    sexes = pd.Series(list(fit.sexes.values()), dtype=object).value_counts()
    known = [
        tr_plural("{n} female", "{n} female", n)
        if s == "female"
        else tr_plural("{n} male", "{n} male", n)
        for s, n in sexes.items()
        if s
    ]
    return [
        (tr("Measured"), files),
        (tr("Coordinates, hours"), f"{fit.tracks.crs}, {fit.tracks.time_zone}"),
        (tr("Sexes known"), say.joined(known) or tr("none")),
        (tr("Simulated on"), land),
        (tr("Simulated data sets"), tr("{n}, each with the times of all fixes", n=check.copies)),
        (
            tr("Not measured here"),
            tr("survival, births, density and dispersal: they stand in the species file as before"),
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
                "sex": tr(fit.sexes.get(str(name), "")) or say.NOTHING,
                "fixes": say.number(len(table)),
                "first": f"{times[0]:%Y-%m-%d}",
                "last": f"{times[-1]:%Y-%m-%d}",
                "days": say.number((times[-1] - times[0]) / pd.Timedelta(days=1)),
                "gap": f"{digits(longest, 2)} d",
                "steps": say.number(int(steps.get(name, 0))),
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
        "animal": one.animal or tr("all"),
        # the animal stands beside a note of its own
        "words": note_words(one.words if others else one.words.removeprefix(f"{one.animal}: ")),
        "others": [note_words(other.words) for other in others],
        "more": tr_plural(
            "{n} further note like this ({names})",
            "{n} further notes like this ({names})",
            len(others),
            names=", ".join(names),
        )
        if others
        else "",
    }


def digests(fit: Fit) -> list[tuple[str, str]]:
    """Return names and SHA-256 of the files that were read."""
    return [(one.name, one.sha256) for one in fit.tracks.sources]
