"""What a model does not reproduce, as plain sentences made from the rows of a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from corridor_sim.languages import tr, tr_plural, written

Row = dict[str, Any]
MINUS = "\u2212"
# animals that a sentence names
MOST_NAMED = 5


def number(value: float) -> str:
    """Write a number with three digits that count, and a true minus.

    >>> number(1234.5), number(0.0123), number(-3.456)
    ('1,230', '0.0123', '−3.46')
    """
    if not math.isfinite(value):
        return tr("no number")
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = float(f"{value:.3g}")
    return written(f"{rounded:,.{digits}f}").replace("-", MINUS)


def percent(share: float) -> str:
    """Write a share as per cent; tenths below ten.

    >>> percent(0.456), percent(0.0456), percent(0.05)
    ('46 %', '4.6 %', '5 %')
    """
    text = f"{share * 100:.{1 if abs(share) < 0.0995 else 0}f}"
    return f"{written(text.removesuffix('.0'))} %"


def more_or_less(ratio: float) -> str:
    """Write by how much the simulated is more, or less, than the observed.

    >>> more_or_less(1.46), more_or_less(0.8), more_or_less(3.2)
    ('46 % more', '20 % less', '3.2 times as much')
    """
    if not math.isfinite(ratio):
        return tr("not comparable")
    if ratio >= 2.5:
        return tr("{n} times as much", n=written(f"{ratio:.2g}"))
    share = f"{abs(ratio - 1) * 100:.0f}"
    return tr("{n} % more", n=share) if ratio > 1 else tr("{n} % less", n=share)


def sentences_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return what the model does not reproduce, the measures in the order of the rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :class:`~corridor_sim.telemetry.check.FitCheck`, of one ground.
    """
    found = []
    for measure, tell in _TOLD.items():
        own = rows[(rows["measure"] == measure) & (rows["verdict"] == "differs")]
        if len(own):
            found += list(tell([{str(k): v for k, v in row.items()} for row in _records(own)]))
    compared, differing = len(rows), int((rows["verdict"] == "differs").sum())
    unsure = int((rows["verdict"] == "open").sum())
    if not differing and compared:
        found.append(
            tr(
                "None of the {n} comparisons differs by more than its tolerance and by more than "
                "chance.",
                n=compared,
            )
        )
    if unsure:
        found.append(
            tr_plural(
                "{n} of {all} comparisons lies beyond the tolerance but within what chance gives "
                "in so small a data set: there nothing can be said.",
                "{n} of {all} comparisons lie beyond the tolerance but within what chance gives in "
                "so small a data set: there nothing can be said.",
                unsure,
                all=compared,
            )
        )
    return tuple(found)


def _records(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    return list(rows.to_dict("records"))


def _largest(rows: list[Row], n: int) -> list[Row]:
    """Return the rows that differ most by their standard errors, in their own order."""
    kept = sorted(rows, key=lambda row: -abs(row["z"]) if math.isfinite(row["z"]) else 0.0)[:n]
    return [row for row in rows if any(row is one for one in kept)]


def _median(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    yield tr(
        "Half of the observed steps are longer than {observed} m, half of the simulated ones "
        "longer than {simulated} m ({difference}).",
        **_both(row),
    )


def _both(row: Row) -> dict[str, str]:
    """Return both numbers of a row, and by how much one is more than the other."""
    return {
        "observed": number(row["observed"]),
        "simulated": number(row["simulated"]),
        "difference": more_or_less(row["ratio"]),
    }


def _quantile(rows: list[Row]) -> Iterator[str]:
    short = [row for row in rows if row["at"] < 0.5]
    long = [row for row in rows if row["at"] >= 0.5]
    for row in _largest(short, 1):
        yield tr(
            "The shortest {share} of the observed steps stay below {observed} m, those of "
            "simulated animals below {simulated} m ({difference}).",
            share=percent(row["at"]),
            **_both(row),
        )
    for row in _largest(long, 1):
        yield tr(
            "The longest {share} of the observed steps exceed {observed} m, those of simulated "
            "animals {simulated} m ({difference}).",
            share=percent(1 - row["at"]),
            **_both(row),
        )


def _shape(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    if row["simulated"] > row["observed"]:
        yield tr(
            "Simulated steps are more alike in length than observed ones (gamma shape {simulated} "
            "instead of {observed}).",
            **_both(row),
        )
    else:
        yield tr(
            "Simulated steps are more different in length than observed ones (gamma shape "
            "{simulated} instead of {observed}).",
            **_both(row),
        )


def _scale(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    if row["ratio"] > 1:
        yield tr(
            "The longest of the simulated steps are too long (gamma scale {simulated} m instead of "
            "{observed} m, {difference}).",
            **_both(row),
        )
    else:
        yield tr(
            "The longest of the simulated steps are too short (gamma scale {simulated} m instead "
            "of {observed} m, {difference}).",
            **_both(row),
        )


def _still(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    yield tr(
        "{observed} of the observed steps have no length, {simulated} of the simulated ones.",
        observed=percent(row["observed"]),
        simulated=percent(row["simulated"]),
    )


def _kappa(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    if row["simulated"] > row["observed"]:
        yield tr(
            "Simulated animals keep their direction more than observed ones (concentration of "
            "turns {simulated} instead of {observed}).",
            **_both(row),
        )
    else:
        yield tr(
            "Simulated animals turn back more than observed ones (concentration of turns "
            "{simulated} instead of {observed}).",
            **_both(row),
        )


def _turns(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 1):
        yield tr(
            "{observed} of the observed turns lead {direction}, {simulated} of the simulated ones.",
            observed=percent(row["observed"]),
            direction=direction(row["at"]),
            simulated=percent(row["simulated"]),
        )


def direction(degrees: float) -> str:
    """Write the direction of a turn, counted to the left.

    >>> direction(0), direction(30), direction(180), direction(300)
    ('straight on', '30° to the left', 'straight back', '60° to the right')
    """
    to = round(degrees) % 360
    if to in (0, 180):
        return tr("straight back") if to else tr("straight on")
    return (
        tr("{degrees}° to the left", degrees=to)
        if to < 180
        else tr("{degrees}° to the right", degrees=360 - to)
    )


def _msd(rows: list[Row]) -> Iterator[str]:
    for way in (True, False):
        own = [row for row in rows if (row["ratio"] > 1) == way]
        if not own:
            continue
        worst = max(own, key=lambda row: abs(math.log(row["ratio"])) if row["ratio"] > 0 else 0.0)
        if len(own) > 1:
            first, last = (lasting(own[i]["at"]) for i in (0, -1))
            when = tr(
                "at {n} of the lags compared, from {first} to {last}",
                n=len(own),
                first=first,
                last=last,
            )
        else:
            when = tr("after {time}", time=lasting(own[0]["at"]))
        given = {"when": when, "time": lasting(worst["at"]), **_both(worst)}
        yield (
            tr(
                "Simulated animals get too far away {when}: after {time} the mean square "
                "displacement is {simulated} km² instead of {observed} km² ({difference}).",
                **given,
            )
            if way
            else tr(
                "Simulated animals get too little away {when}: after {time} the mean square "
                "displacement is {simulated} km² instead of {observed} km² ({difference}).",
                **given,
            )
        )


def lasting(days: float) -> str:
    """Write a time in the unit that suits it.

    >>> lasting(0.25), lasting(1.0), lasting(12.75), lasting(0.002)
    ('6 hours', '1 day', '12.8 days', '2.88 minutes')
    """
    if days >= 0.999:
        amount = f"{days:.3g}"
        return tr("1 day") if amount == "1" else tr("{n} days", n=written(amount))
    if days >= 0.999 / 24:
        amount = f"{days * 24:.3g}"
        return tr("1 hour") if amount == "1" else tr("{n} hours", n=written(amount))
    amount = f"{days * 1440:.3g}"
    return tr("1 minute") if amount == "1" else tr("{n} minutes", n=written(amount))


def _activity(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 2):
        hour, minute = divmod(round(row["at"] * 60) % 1440, 60)
        clock = f"{hour:02d}:{minute:02d}"
        yield tr(
            "Around {time} observed animals move {observed} times their mean, simulated ones "
            "{simulated} times.",
            time=clock,
            **_both(row),
        )


def _home_range(rows: list[Row]) -> Iterator[str]:
    large, small = _named(rows, "km²")
    if large:
        yield tr("Simulated 95 % ranges are too large: {animals}.", animals=large)
    if small:
        yield tr("Simulated 95 % ranges are too small: {animals}.", animals=small)


def _crossing(rows: list[Row]) -> Iterator[str]:
    large, small = _named(rows, tr("days"))
    if large:
        yield tr("Simulated range-crossing times are too large: {animals}.", animals=large)
    if small:
        yield tr("Simulated range-crossing times are too small: {animals}.", animals=small)


def _named(rows: list[Row], unit: str) -> tuple[str, str]:
    """Name the animals whose numbers are too large, and those whose are too small."""
    found = []
    for way in (True, False):
        own = [row for row in rows if (row["ratio"] > 1) == way]
        named = ", ".join(
            tr(
                "{animal} {simulated} {unit} instead of {observed} {unit}",
                animal=row["at"],
                unit=unit,
                **_both(row),
            )
            for row in own[:MOST_NAMED]
        )
        if len(own) > MOST_NAMED:
            named = tr("{names} and {n} more", names=named, n=len(own) - MOST_NAMED)
        found.append(named)
    return found[0], found[1]


def _use(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 3):
        yield tr(
            "{observed} of the observed fixes lie on {ground}, {simulated} of the simulated ones.",
            observed=percent(row["observed"]),
            ground=tr(str(row["at"])),
            simulated=percent(row["simulated"]),
        )


def _covariate(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 3):
        yield tr(
            "{covariate} is {observed} standard deviations from the mean of the available ground "
            "where observed animals are, {simulated} where simulated ones are.",
            covariate=row["at"],
            **_both(row),
        )


_TOLD: dict[str, Callable[[list[Row]], Iterator[str]]] = {
    "step_median": _median,
    "step_quantile": _quantile,
    "step_shape": _shape,
    "step_scale": _scale,
    "still": _still,
    "turning_kappa": _kappa,
    "turns": _turns,
    "msd": _msd,
    "activity": _activity,
    "home_range": _home_range,
    "tau": _crossing,
    "use": _use,
    "covariate": _covariate,
}
