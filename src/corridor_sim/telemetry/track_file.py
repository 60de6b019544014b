"""The fixes of one file, as it has them: who, when and where, and rows that say it not left out."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corridor_sim.errors import TracksError, counted, placing, shown
from corridor_sim.landscape.names import plain, unprintable
from corridor_sim.telemetry.clock import Bad, Dates, read_times, zone_of
from corridor_sim.telemetry.columns import Columns, find_columns
from corridor_sim.telemetry.csv_file import Sheet, open_sheet
from corridor_sim.telemetry.places import DEGREES, Crs, crs_of, first_misplaced
from corridor_sim.telemetry.tracks import Source, Told

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_COMMA = r"^[+-]?\d+(,\d+)?$"
_ABSENT = ("", "na", "nan", "null", "none", "n/a")
_YES = ("true", "t", "1", "yes")
_ARGOS = ("argos-doppler-shift", "argos doppler shift")
_NO = ("false", "f", "0", "no")


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says of the files; see :func:`corridor_sim.telemetry.reading.read_tracks`."""

    crs: Crs | None = None
    time_zone: str | None = None
    columns: Mapping[str, str] | None = None
    dates: Dates | None = None
    gps_error_m: float | None = None


@dataclass(frozen=True, slots=True)
class TrackFile:
    """Fixes of one file, in the order of its rows.

    Attributes
    ----------
    sheet : Sheet
        To tell on which line a row stands.
    names : tuple of str
        Of the animals.
    animal : int64 ``[n]``
        Which of them.
    t : int64 ``[n]``
        Nanoseconds since 1970, UTC.
    x, y : float64 ``[n]``
        In ``crs``.
    error_m : float64 ``[n]``
        One-axis standard deviation of a fix, NaN where not known.
    worth : float64 ``[n]``
        What tells the better of two fixes, the less the better; infinite where nothing does.
    row : int64 ``[n]``
        Of the file, from 0.
    crs : Crs
    told : tuple of Told
    """

    sheet: Sheet
    names: tuple[str, ...]
    animal: I64
    t: I64
    x: F64
    y: F64
    error_m: F64
    worth: F64
    row: I64
    crs: Crs
    told: tuple[Told, ...]

    @property
    def source(self) -> Source:
        """The file's name and digest."""
        return self.sheet.source

    def only(self, names: Collection[str]) -> TrackFile:
        """Return the fixes of some animals alone."""
        known = tuple(name for name in self.names if name in names)
        place = np.array([known.index(n) if n in names else -1 for n in self.names], np.int64)
        animal = place[self.animal]
        at = animal >= 0
        return replace(
            self,
            names=known,
            animal=animal[at],
            t=self.t[at],
            x=self.x[at],
            y=self.y[at],
            error_m=self.error_m[at],
            worth=self.worth[at],
            row=self.row[at],
        )


def read_file(path: Path, options: Options) -> TrackFile:
    """Read the fixes of one file.

    Raises
    ------
    TracksError
        In one line with the file and, where it is one row's, its line.
    ResourceError
        It does not fit into the memory that is free.
    """
    sheet = open_sheet(path)
    with placing(path, TracksError):
        columns = find_columns(sheet.names, options.columns or {})
        crs = _crs(columns, options.crs, sheet)
        wanted = sorted(set(columns.at.values()))
        text = sheet.columns(wanted)
        return _Reader(sheet, columns, options, crs, text).read()


def _crs(columns: Columns, given: Crs | None, sheet: Sheet) -> Crs:
    x, y = (sheet.names[columns.at[key]] for key in ("x", "y"))
    if columns.degrees and given is not None and not given.degrees:
        raise TracksError(
            f"{x} and {y} are degrees, and crs is {given.label}",
            remedy="leave crs out, or name other columns: columns x and y",
        )
    if columns.degrees:
        return given or crs_of(DEGREES, "crs")
    if given is None:
        raise TracksError(
            f"has {x} and {y} without a coordinate system",
            remedy="name it with crs, such as EPSG:32717, or EPSG:4326 for degrees",
        )
    return given


class _Reader:
    """Cells of one file on their way to fixes."""

    def __init__(
        self, sheet: Sheet, columns: Columns, options: Options, crs: Crs, text: Mapping[int, Any]
    ) -> None:
        self.sheet, self.columns, self.options, self.crs = sheet, columns, options, crs
        self.text = {key: text[i] for key, i in columns.at.items()}
        self.n = len(self.text["x"])
        self.told: list[Told] = []

    def read(self) -> TrackFile:
        if self.n == 0:
            raise TracksError("has a header and no fixes", remedy="export it again")
        x, y = self._numbers("x"), self._numbers("y")
        if self.crs.degrees:
            lost = (x == 0.0) & (y == 0.0)  # what collars write that found no satellite
            x[lost] = np.nan
        names, animal = self._animals()
        t, timed = self._times()
        rows = self._keep(animal < 0, "no_animal", "without a name of the animal")
        rows &= self._keep(rows & (np.isnan(x) | np.isnan(y)), "no_position", "without a position")
        rows &= self._keep(rows & ~timed, "no_time", "without a time")
        rows &= self._keep(rows & self._marked(), "marked", "that the file marks as outliers")
        row = np.flatnonzero(rows)
        if not row.size:
            raise TracksError(
                f"has no fix with animal, time and position in {counted(self.n, 'line')}",
                remedy="check the columns",
            )
        x, y = x[row], y[row]
        bad = first_misplaced(x, y, self.crs)
        if bad is not None:
            raise self._at(int(row[bad[0]]), bad[1], bad[2])
        n_argos = int((rows & self._flag("sensor", _ARGOS)).sum())
        if n_argos:
            words = (
                f"{counted(n_argos, 'place')} by Argos, off by kilometres at times, kept as fixes"
            )
            self._tell("argos", words, n_argos)
        error, worth = self._errors()
        return TrackFile(
            sheet=self.sheet,
            names=names,
            animal=animal[row],
            t=t[row],
            x=x,
            y=y,
            error_m=error[row],
            worth=worth[row],
            row=row,
            crs=self.crs,
            told=tuple(self.told),
        )

    def _at(self, row: int, said: str, remedy: str) -> TracksError:
        return TracksError(f"line {self.sheet.line_of(row)}: {said}", remedy=remedy)

    def _tell(self, kind: str, words: str, count: int = 0) -> None:
        self.told.append(Told(kind, f"{self.sheet.path.name}: {words}", count=count))

    def _keep(self, off: NDArray[np.bool_], kind: str, what: str) -> NDArray[np.bool_]:
        """Return which rows are not left out, telling how many are."""
        n = int(off.sum())
        if n:
            self._tell(kind, f"{counted(n, 'line')} {what} left out", n)
        return ~off

    def _name(self, key: str) -> str:
        return self.sheet.names[self.columns.at[key]]

    def _numbers(self, key: str) -> F64:
        """Return a column of numbers, NaN where a cell is empty."""
        text = self.text[key]
        fast = _plain_numbers(text)
        return self._written_numbers(key, pc.ascii_trim_whitespace(text)) if fast is None else fast

    def _written_numbers(self, key: str, text: Any) -> F64:
        absent = pc.is_in(pc.ascii_lower(text), pa.array(_ABSENT, text.type))
        text = pc.if_else(absent, pa.scalar(None, text.type), text)
        has_comma = self.sheet.delimiter != "," and pc.any(pc.match_substring(text, ",")).as_py()
        if has_comma and pc.all(pc.match_substring_regex(text, _COMMA)).as_py():
            text = pc.replace_substring(text, ",", ".")
            self._tell("decimal_comma", f"commas in {self._name(key)} read as decimal points")
        is_number = pc.match_substring_regex(text, _NUMBER)
        good = pc.fill_null(is_number, True).to_numpy(zero_copy_only=False)
        if not good.all():
            row = int(np.argmin(good))
            more = f" ({counted(int((~good).sum()) - 1, 'line')} more)" if (~good).sum() > 1 else ""
            raise self._at(
                row,
                f"{self._name(key)} is {shown(text[row].as_py())}, not a number{more}",
                "write numbers with a point before decimals and nothing between thousands",
            )
        values = pc.utf8_ltrim(text, "+").cast(pa.float64()).to_numpy(zero_copy_only=False)
        return np.array(values, np.float64)

    def _flag(self, key: str, words: tuple[str, ...]) -> NDArray[np.bool_]:
        if key not in self.text:
            return np.zeros(self.n, bool)
        encoded = self.text[key].dictionary_encode()
        said = [str(word).strip().casefold() in words for word in encoded.dictionary.to_pylist()]
        found: NDArray[np.bool_] = np.array(said, bool)[encoded.indices.to_numpy()]
        return found

    def _marked(self) -> NDArray[np.bool_]:
        """Return which rows are marked as outliers, by hand, by a rule, or as not visible."""
        marked = self._flag("outlier_by_rule", _YES) | self._flag("outlier_on_import", _YES)
        marked &= ~self._flag("valid_by_hand", _YES)
        return marked | self._flag("outlier_by_hand", _YES) | self._flag("visible", _NO)

    def _errors(self) -> tuple[F64, F64]:
        """Return the one-axis error of each fix in metres, and what tells the better of two."""
        error = np.full(self.n, np.nan)
        worth = error
        if "error" in self.text:
            # a radius that holds the root mean square of both axes
            worth = self._numbers("error")
            error = worth if self._name("error") == "error_m" else worth / np.sqrt(2.0)
        elif "dop" in self.text:
            worth = self._numbers("dop")
            if self.options.gps_error_m is not None:
                error = worth * self.options.gps_error_m
            else:
                self._tell(
                    "dop",
                    f"{self._name('dop')} tells no metres, and is used only to choose between "
                    "fixes at one time; gps_error_m makes it an error",
                )
        error = np.where(error > 0, error, np.nan)
        return error, np.where(np.isnan(worth), np.inf, worth)

    def _animals(self) -> tuple[tuple[str, ...], I64]:
        """Return the names of the animals, and which each row has; -1 where it has none."""
        if "animal" not in self.text:
            name = plain(self.sheet.path.stem)
            self._tell("named_by_file", f"has no column of animals; all of it is one, {name}")
            return (name,), np.zeros(self.n, np.int64)
        encoded = self.text["animal"].dictionary_encode()
        names = [plain(name) for name in encoded.dictionary.to_pylist()]
        code = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)
        for i, name in enumerate(names):
            bad = unprintable(name)
            if bad is not None:
                row = int(np.argmax(code == i))
                raise self._at(row, f"a name holds a sign that cannot be shown ({bad})", "mend it")
        known = sorted({name for name in names if name.casefold() not in _ABSENT})
        place = {name: i for i, name in enumerate(known)}
        return tuple(known), np.array([place.get(name, -1) for name in names], np.int64)[code]

    def _times(self) -> tuple[I64, NDArray[np.bool_]]:
        """Return times in nanoseconds of UTC, and which rows have one."""
        text, name = self.text["time"], self._name("time")
        if "clock" in self.text:
            clock = pc.ascii_trim_whitespace(self.text["clock"])
            text = pc.ascii_trim_whitespace(text)
            text = pc.binary_join_element_wise(text, clock, pa.scalar(" ", text.type))
        zone: datetime.tzinfo | None = None
        if self.columns.movebank or self.columns.utc:
            zone = datetime.UTC
        elif self.options.time_zone is not None:
            zone = zone_of(self.options.time_zone)
        try:
            found = read_times(text, zone=zone, dates=self.options.dates, column=name)
        except Bad as bad:
            raise self._at(bad.row, bad.said, bad.remedy) from None
        if self.columns.movebank:
            self._tell("utc", f"{name} is read as UTC, as Movebank writes it")
        if found.dates:
            self._tell("dates", f"{name} is read {found.dates}: a number above 12 decides it")
        if found.skipped:
            self._tell(
                "clock_change",
                f"{counted(found.skipped, 'line')} at hours that clocks skip or repeat in "
                f"{self.options.time_zone} left out",
                found.skipped,
            )
        return found.utc.astype(np.int64), ~np.isnat(found.utc)


def _plain_numbers(text: Any) -> F64 | None:
    """Return a column of numbers or empty cells, which is fast; None where it holds aught else."""
    try:
        filled = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
        values = np.array(filled.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except pa.ArrowInvalid:
        return None
    return None if np.isinf(values).any() else values
