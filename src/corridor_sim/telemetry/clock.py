"""Times of fixes: text to UTC by stated rules, and hours of the day in a zone.

Times are read by what is written, never by guessing: a date whose day and month can be exchanged
is refused unless another date of the same file, or the user, decides which is which.
"""

from __future__ import annotations

import datetime
import difflib
import re
import zoneinfo
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corridor_sim.errors import TracksError, counted, shown

I64 = NDArray[np.int64]
Times = NDArray[np.datetime64]
Dates = Literal["day-first", "month-first"]
DATES: tuple[Dates, ...] = ("day-first", "month-first")
FIRST_YEAR, LAST_YEAR = 1950, 2100
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_CLOCK = (
    r"(?:(?:[T ]|, ?) *(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:[.,](?P<part>\d{1,9})\d*)?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$"
)
_YEAR_FIRST = r"^(?P<a>\d{4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,2})" + _CLOCK
_YEAR_LAST = r"^(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ](?P<c>\d{4})" + _CLOCK
_FIXED = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
WRITE_TIMES = "write times like 2008-08-01 14:00:00"


@dataclass(frozen=True, slots=True)
class Read:
    """Times as they were read.

    Attributes
    ----------
    utc : datetime64[ns] ``[n]``
        NaT where there is none, or none that can be told.
    skipped : int
        How many local times do not exist, or occur twice, when clocks change.
    dates : str
        ``day-first`` or ``month-first`` where the data decided it, else empty.
    """

    utc: Times
    skipped: int
    dates: str


class Bad(Exception):
    """A row that is no time: its number, and what is wrong."""

    def __init__(self, row: int, said: str, remedy: str = WRITE_TIMES) -> None:
        self.row, self.said, self.remedy = row, said, remedy
        super().__init__(said)


def zone_of(text: str, key: str = "time_zone") -> datetime.tzinfo:
    """Return the time zone of a name (IANA, such as ``America/Lima``) or offset (``UTC-05:00``).

    ``key`` is the setting that it comes from, for messages.

    Raises
    ------
    TracksError
        No such zone.
    """
    word = text.strip()
    if word.upper() in ("UTC", "GMT", "Z"):
        return datetime.UTC
    fixed = _FIXED.fullmatch(word)
    if fixed:
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        if minutes <= 14 * 60 and int(fixed[3] or 0) < 60:
            return datetime.timezone(
                datetime.timedelta(minutes=-minutes if fixed[1] == "-" else minutes)
            )
    try:
        return zoneinfo.ZoneInfo(word)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise TracksError(
            f"unknown time zone {shown(text)}",
            where=key,
            remedy=f"write {_like(word)}, or an offset such as UTC-05:00",
        ) from None


def _like(word: str) -> str:
    """Return the name of a zone that is meant by a word, or one to go by."""
    zones = sorted(zoneinfo.available_timezones())
    same = [zone for zone in zones if zone.rpartition("/")[2].casefold() == word.casefold()]
    close = same or difflib.get_close_matches(word[:60], zones, n=1)
    return close[0] if close else "a name such as America/Lima"


def solar_zone(longitude_deg: float) -> str:
    """Return the zone of whole hours whose noon is the sun's: 15 degrees an hour.

    >>> solar_zone(-57.1), solar_zone(0.4)
    ('UTC-04:00', 'UTC')
    """
    hours = round(longitude_deg / 15.0)
    return f"UTC{hours:+03d}:00" if hours else "UTC"


def local_times(utc: Times, zone: str) -> pd.DatetimeIndex:
    """Return times of UTC as the clocks of a zone show them.

    Parameters
    ----------
    utc : datetime64 ``[n]``
    zone : str
        As :func:`zone_of` reads it.

    Returns
    -------
    pandas.DatetimeIndex
        ``[n]``, without a zone.
    """
    index = pd.DatetimeIndex(utc)
    return index.tz_localize("UTC").tz_convert(zone_of(zone)).tz_localize(None)


def hours_and_days(utc: Times, zone: str) -> tuple[NDArray[np.float64], I64]:
    """Return hour of the day (0 to below 24) and day of the year (1 to 366) in a zone."""
    local = local_times(utc, zone)
    nanoseconds = (local - local.normalize()).to_numpy().astype("timedelta64[ns]").astype(np.int64)
    return nanoseconds / 3.6e12, local.day_of_year.to_numpy().astype(np.int64)


def read_times(
    text: Any, *, zone: datetime.tzinfo | None, dates: Dates | None, column: str
) -> Read:
    """Read times.

    Parameters
    ----------
    text : pyarrow.StringArray ``[n]``
        Empty where there is none.
    zone : tzinfo or None
        Of times that bear no offset.
    dates : "day-first", "month-first" or None
        How dates such as 3/4/2020 are meant; None: as the data decide.
    column : str
        Its name, for messages.

    Raises
    ------
    Bad
        A text that is no time, a time without zone, dates that can be read in two ways.
    """
    wall = _plain_iso(text)
    if wall is None:
        return _read_written(pc.ascii_trim_whitespace(text), zone, dates, column)
    if zone is None:
        raise _without_zone(text, 0, column)
    utc, skipped = _from_zone(wall, zone)
    return Read(utc, skipped, "")


def _plain_iso(text: Any) -> Times | None:
    """Return times where all are ISO 8601 without an offset, which is fast; else None."""
    try:
        wall: Times = text.cast(pa.timestamp("ns")).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    first, last = (np.datetime64(f"{year}-01-01") for year in (FIRST_YEAR, LAST_YEAR + 1))
    return wall if wall.size and wall.min() >= first and wall.max() < last else None


def _without_zone(text: Any, row: int, column: str) -> Bad:
    return Bad(
        row,
        f"{column} is {shown(text[row].as_py())}, without a time zone",
        "name it with time_zone, such as UTC, UTC-05:00 or America/Lima",
    )


def _read_written(
    text: Any, zone: datetime.tzinfo | None, dates: Dates | None, column: str
) -> Read:
    """Read times of any form, each by its own."""
    n = len(text)
    utc = np.full(n, np.datetime64("NaT"), "datetime64[ns]")
    wall = utc.copy()
    offset = np.zeros(n, np.int64)
    has_offset = np.zeros(n, bool)
    empty = _absent(text)
    decided = ""
    open_rows = ~empty
    plain = _months_as_numbers(text)
    for pattern, year_first in ((_YEAR_FIRST, True), (_YEAR_LAST, False)):
        if not open_rows.any():
            break
        at, parts = _parts(plain, pattern, open_rows)
        if not at.size:
            continue
        open_rows[at] = False
        first, second, third = (parts[name] for name in "abc")
        if year_first:
            year, month, day = first, second, third
        else:
            chosen = dates or _decide(first, second, at, text, column)
            decided = "" if dates else chosen
            day, month = (first, second) if chosen == "day-first" else (second, first)
            year = third
        wall[at] = _assemble(year, month, day, parts, at, text, column)
        offset[at], has_offset[at] = parts["offset"], parts["has_offset"] > 0
    if open_rows.any():
        row = int(np.argmax(open_rows))
        raise Bad(row, f"{column} is {shown(text[row].as_py())}, not a time{_more(open_rows)}")
    known = ~np.isnat(wall)
    utc[has_offset] = wall[has_offset] - offset[has_offset].astype("timedelta64[m]")
    rest = known & ~has_offset
    if not rest.any():
        return Read(utc, 0, decided)
    if zone is None:
        raise _without_zone(text, int(np.argmax(rest)), column)
    utc[rest], skipped = _from_zone(wall[rest], zone)
    return Read(utc, skipped, decided)


def _more(bad: NDArray[np.bool_]) -> str:
    n = int(bad.sum())
    return f" ({counted(n - 1, 'line')} more)" if n > 1 else ""


def _absent(text: Any) -> NDArray[np.bool_]:
    none = pa.array(["", "na", "nan", "nat", "null", "none", "n/a"], text.type)
    found: NDArray[np.bool_] = pc.is_in(pc.ascii_lower(text), none).to_numpy(zero_copy_only=False)
    return found


def _months_as_numbers(text: Any) -> Any:
    """Return ``1-Aug-2008`` as ``2008-08-1``, and anything else as it is."""
    if not pc.any(pc.match_substring_regex(text, r"^\d{1,2}[- ][A-Za-z]{3}")).as_py():
        return text
    for number, month in enumerate(MONTHS, 1):
        text = pc.replace_substring_regex(
            text, rf"(?i)^(\d{{1,2}})[- ]{month}[a-z]*[- ,]+(\d{{4}})", rf"\2-{number:02d}-\1"
        )
    return text


def _parts(text: Any, pattern: str, among: NDArray[np.bool_]) -> tuple[I64, dict[str, I64]]:
    """Return the rows of a form, and their numbers by name."""
    found = pc.extract_regex(text, pattern)
    ok = pc.is_valid(found).to_numpy(zero_copy_only=False) & among
    at = np.flatnonzero(ok)
    if not at.size:
        return at, {}
    if not ok.all():
        found = found.take(pa.array(at))
    out: dict[str, I64] = {}
    for name in ("a", "b", "c", "hour", "minute", "second"):
        out[name] = _whole(found.field(name))
    part = pc.utf8_rpad(found.field("part"), 9, "0")
    out["part"] = _whole(part)
    half = pc.ascii_lower(found.field("half"))
    out["half"] = _codes(half, ("a", "p"))
    zone = found.field("zone")
    plain = pc.if_else(pc.is_in(zone, pa.array(["Z", "UTC", "GMT"], zone.type)), "+0000", zone)
    plain = pc.utf8_rpad(pc.replace_substring(plain, ":", ""), 5, "0")
    has = pc.not_equal(zone, "").to_numpy(zero_copy_only=False)
    out["has_offset"] = has.astype(np.int64)
    if has.any():
        sign = np.where(_codes(pc.utf8_slice_codeunits(plain, 0, 1), ("-",)) == 1, -1, 1)
        hours = _whole(
            pc.replace_substring_regex(pc.utf8_slice_codeunits(plain, 1, 3), "[^0-9]", "")
        )
        minutes = _whole(pc.utf8_slice_codeunits(plain, 3, 5))
        out["offset"] = np.where(has, sign * (hours * 60 + minutes), 0)
    else:
        out["offset"] = np.zeros(at.size, np.int64)
    return at, out


def _whole(column: Any) -> I64:
    """Return texts of digits as whole numbers, an empty one as 0."""
    filled = pc.if_else(pc.equal(column, ""), "0", column)
    return np.asarray(filled.cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)


def _codes(column: Any, words: tuple[str, ...]) -> I64:
    """Return which of some words stands in a column, from 1; 0 for another."""
    at = pc.fill_null(pc.index_in(column, pa.array(words, column.type)), -1)
    return np.asarray(at.to_numpy(zero_copy_only=False), np.int64) + 1


def _decide(first: I64, second: I64, at: I64, text: Any, column: str) -> Dates:
    """Tell whether days or months come first, from a number above 12 anywhere."""
    days_first, months_first = first > 12, second > 12
    if days_first.any() and months_first.any():
        one, other = (int(at[np.argmax(found)]) for found in (days_first, months_first))
        raise Bad(
            max(one, other),
            f"{column} is {shown(text[max(one, other)].as_py())}, and "
            f"{shown(text[min(one, other)].as_py())} above: days and months change places",
        )
    if not days_first.any() and not months_first.any():
        same = first == second
        if same.all():
            return "day-first"
        row = int(at[np.argmax(~same)])
        raise Bad(
            row,
            f"{column} is {shown(text[row].as_py())}: day and month can be exchanged, and no date "
            "of the file decides it",
            "say dates day-first or month-first, or " + WRITE_TIMES,
        )
    return "day-first" if days_first.any() else "month-first"


def _assemble(
    year: I64, month: I64, day: I64, parts: dict[str, I64], at: I64, text: Any, column: str
) -> Times:
    """Put times together, and refuse the first that no calendar has."""
    hour, half = parts["hour"], parts["half"]
    twelve = half > 0
    bad = (month < 1) | (month > 12) | (parts["minute"] > 59) | (parts["second"] > 59) | (hour > 23)
    bad |= twelve & ((hour < 1) | (hour > 12))
    bad |= (year < FIRST_YEAR) | (year > LAST_YEAR)
    bad |= np.abs(parts["offset"]) > 14 * 60
    begins = ((np.where(bad, 1970, year) - 1970) * 12 + np.where(bad, 1, month) - 1).astype(
        "datetime64[M]"
    )
    length = ((begins + 1).astype("datetime64[D]") - begins.astype("datetime64[D]")).astype(int)
    bad |= (day < 1) | (day > length)
    if bad.any():
        row = int(at[np.argmax(bad)])
        raise Bad(row, f"{column} is {shown(text[row].as_py())}, not a time{_more(bad)}")
    hour = np.where(twelve, hour % 12 + 12 * (half == 2), hour)
    seconds = hour * 3600 + parts["minute"] * 60 + parts["second"] + (day - 1) * 86_400
    found: Times = (
        begins.astype("datetime64[ns]")
        + seconds.astype("timedelta64[s]")
        + parts["part"].astype("timedelta64[ns]")
    )
    return found


def _from_zone(wall: Times, zone: datetime.tzinfo) -> tuple[Times, int]:
    """Return local times in UTC, NaT where clocks jump over them or show them twice."""
    if zone is datetime.UTC:
        return wall, 0
    local = pd.DatetimeIndex(wall).tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    utc = local.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]")
    return utc, int(np.isnat(utc).sum())
