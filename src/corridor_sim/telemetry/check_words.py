"""What a model does not reproduce, as plain sentences made from the rows of a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

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
        return "no number"
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{digits}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """Write a share as per cent; tenths below ten.

    >>> percent(0.456), percent(0.0456), percent(0.05)
    ('46 %', '4.6 %', '5 %')
    """
    text = f"{share * 100:.{1 if abs(share) < 0.0995 else 0}f}"
    return f"{text.removesuffix('.0')} %"


def more_or_less(ratio: float) -> str:
    """Write by how much the simulated is more, or less, than the observed.

    >>> more_or_less(1.46), more_or_less(0.8), more_or_less(3.2)
    ('46 % more', '20 % less', '3.2 times as much')
    """
    if not math.isfinite(ratio):
        return "not comparable"
    if ratio >= 2.5:
        return f"{ratio:.2g} times as much"
    return f"{abs(ratio - 1) * 100:.0f} % {'more' if ratio > 1 else 'less'}"


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
            f"None of the {compared} comparisons differs by more than its tolerance and by more "
            "than chance."
        )
    if unsure:
        found.append(
            f"{unsure} of {compared} comparisons {'lies' if unsure == 1 else 'lie'} beyond the "
            "tolerance but within what chance gives in so small a data set: there nothing can be "
            "said."
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
    yield (
        f"Half of the observed steps are longer than {number(row['observed'])} m, half of the "
        f"simulated ones longer than {number(row['simulated'])} m ({more_or_less(row['ratio'])})."
    )


def _quantile(rows: list[Row]) -> Iterator[str]:
    short = [row for row in rows if row["at"] < 0.5]
    long = [row for row in rows if row["at"] >= 0.5]
    for row in _largest(short, 1):
        yield (
            f"The shortest {percent(row['at'])} of the observed steps stay below "
            f"{number(row['observed'])} m, those of simulated animals below "
            f"{number(row['simulated'])} m ({more_or_less(row['ratio'])})."
        )
    for row in _largest(long, 1):
        yield (
            f"The longest {percent(1 - row['at'])} of the observed steps exceed "
            f"{number(row['observed'])} m, those of simulated animals {number(row['simulated'])} m "
            f"({more_or_less(row['ratio'])})."
        )


def _shape(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    way = "more alike" if row["simulated"] > row["observed"] else "more different"
    yield (
        f"Simulated steps are {way} in length than observed ones (gamma shape "
        f"{number(row['simulated'])} instead of {number(row['observed'])})."
    )


def _scale(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    yield (
        f"The longest of the simulated steps are too {'long' if row['ratio'] > 1 else 'short'} "
        f"(gamma scale {number(row['simulated'])} m instead of {number(row['observed'])} m, "
        f"{more_or_less(row['ratio'])})."
    )


def _still(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    yield (
        f"{percent(row['observed'])} of the observed steps have no length, "
        f"{percent(row['simulated'])} of the simulated ones."
    )


def _kappa(rows: list[Row]) -> Iterator[str]:
    (row,) = rows
    way = "keep their direction" if row["simulated"] > row["observed"] else "turn back"
    yield (
        f"Simulated animals {way} more than observed ones (concentration of turns "
        f"{number(row['simulated'])} instead of {number(row['observed'])})."
    )


def _turns(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 1):
        yield (
            f"{percent(row['observed'])} of the observed turns lead {direction(row['at'])}, "
            f"{percent(row['simulated'])} of the simulated ones."
        )


def direction(degrees: float) -> str:
    """Write the direction of a turn, counted to the left.

    >>> direction(0), direction(30), direction(180), direction(300)
    ('straight on', '30° to the left', 'straight back', '60° to the right')
    """
    to = round(degrees) % 360
    if to in (0, 180):
        return "straight back" if to else "straight on"
    return f"{to}° to the left" if to < 180 else f"{360 - to}° to the right"


def _msd(rows: list[Row]) -> Iterator[str]:
    for way in (True, False):
        own = [row for row in rows if (row["ratio"] > 1) == way]
        if not own:
            continue
        worst = max(own, key=lambda row: abs(math.log(row["ratio"])) if row["ratio"] > 0 else 0.0)
        if len(own) > 1:
            first, last = (lasting(own[i]["at"]) for i in (0, -1))
            when = f"at {len(own)} of the lags compared, from {first} to {last}"
        else:
            when = f"after {lasting(own[0]['at'])}"
        yield (
            f"Simulated animals get too {'far' if way else 'little'} away {when}: after "
            f"{lasting(worst['at'])} the mean square displacement is "
            f"{number(worst['simulated'])} km² instead of {number(worst['observed'])} km² "
            f"({more_or_less(worst['ratio'])})."
        )


def lasting(days: float) -> str:
    """Write a time in the unit that suits it.

    >>> lasting(0.25), lasting(1.0), lasting(12.75), lasting(0.002)
    ('6 hours', '1 day', '12.8 days', '2.88 minutes')
    """
    for size, word in ((1.0, "day"), (1 / 24, "hour"), (1 / 1440, "minute")):
        if days >= size * 0.999 or word == "minute":
            amount = f"{days / size:.3g}"
            return f"{amount} {word if amount == '1' else word + 's'}"
    raise AssertionError


def _activity(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 2):
        hour, minute = divmod(round(row["at"] * 60) % 1440, 60)
        yield (
            f"Around {hour:02d}:{minute:02d} observed animals move {number(row['observed'])} times "
            f"their mean, simulated ones {number(row['simulated'])} times."
        )


def _of_ranges(what: str, unit: str) -> Callable[[list[Row]], Iterator[str]]:
    def tell(rows: list[Row]) -> Iterator[str]:
        for way in (True, False):
            own = [row for row in rows if (row["ratio"] > 1) == way]
            if own:
                named = ", ".join(
                    f"{row['at']} {number(row['simulated'])} {unit} instead of "
                    f"{number(row['observed'])} {unit}"
                    for row in own[:MOST_NAMED]
                )
                rest = f" and {len(own) - MOST_NAMED} more" if len(own) > MOST_NAMED else ""
                yield f"{what} too {'large' if way else 'small'}: {named}{rest}."

    return tell


def _use(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 3):
        yield (
            f"{percent(row['observed'])} of the observed fixes lie on {row['at']}, "
            f"{percent(row['simulated'])} of the simulated ones."
        )


def _covariate(rows: list[Row]) -> Iterator[str]:
    for row in _largest(rows, 3):
        yield (
            f"{row['at']} is {number(row['observed'])} standard deviations from the mean of the "
            f"available ground where observed animals are, {number(row['simulated'])} where "
            "simulated ones are."
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
    "home_range": _of_ranges("Simulated 95 % ranges are", "km²"),
    "tau": _of_ranges("Simulated range-crossing times are", "days"),
    "use": _use,
    "covariate": _covariate,
}
