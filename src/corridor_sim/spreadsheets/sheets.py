"""A table as people read it: words, units in the heads, per cents, decimals by their error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.languages import in_sentence, mark, tr
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.spreadsheets.columns import (
    BENEFIT,
    COST,
    PERCENT,
    ROW,
    TABLES,
    Column,
    Kind,
    Table,
    column_of,
)

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
# a longer table is for programs: a workbook of it would open after minutes
MOST_ROWS = 50_000
# nothing that is told is so small: what is left of sums that cancel
NOTHING = 1e-12
MOST_DECIMALS = 9
# where no error is known
DIGITS = 4
# what the heads say already
HIDDEN = frozenset({"benefit_unit", "cost_unit", "links_species.unit"})
YES, NO = mark("yes"), mark("no")


@dataclass(frozen=True, slots=True)
class Naming:
    """What a results folder calls things.

    Attributes
    ----------
    title, command : str
        Of the study, and the command that makes it again.
    species : mapping of str to str
        Common names by key.
    outcomes : mapping of str to Outcome
        By name: in which unit each is shown, and what it is called.
    benefit_unit, cost_unit : str
    benefit_factor : float
        Benefits of links are shown times this.
    prefix : str
        Of the names of tables that several kinds of results have.
    columns : mapping of str to Column
        Those that the settings of the study name.
    """

    title: str
    command: str = ""
    species: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    benefit_unit: str = ""
    benefit_factor: float = 1.0
    cost_unit: str = ""
    prefix: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of a sheet.

    Attributes
    ----------
    head, label, unit, meaning : str
        In the reader's language; the head is label and unit.
    kind : str
        As of :class:`.columns.Column`.
    values : ndarray
        float64 for numbers, NaN for none; datetime64 for days; else str.
    decimals : int64 ``[row]``
        Of numbers.
    by_row : bool
        Whether each row says the unit.
    """

    head: str
    label: str
    unit: str
    meaning: str
    kind: Kind
    values: NDArray[Any]
    decimals: NDArray[np.int64]
    by_row: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as people read it.

    Attributes
    ----------
    name : str
        Of the exact table: ``tables/NAME.parquet``.
    title, row : str
        What it is, and what a row tells.
    columns : tuple of Cells
    rows : int
    """

    name: str
    title: str
    row: str
    columns: tuple[Cells, ...]
    rows: int


def table_of(name: str, naming: Naming) -> Table:
    """Return what is declared of a table; of results by place, whose names users give, the same."""
    found = TABLES.get(naming.prefix + name) or TABLES.get(name)
    if found is not None:
        return found
    return Table(name.replace("_", " ").capitalize(), mark("a place"))


def sheet_of(name: str, frame: pd.DataFrame, naming: Naming) -> Sheet:
    """Return a table as people read it.

    Parameters
    ----------
    name : str
        Of its file, which says what its columns are.
    frame : DataFrame
        With exact numbers, by the names of programs.
    naming : Naming
    """
    about = table_of(name, naming)
    own = "place" if name.startswith("by_place") else name
    own = naming.prefix + name if naming.prefix + name in TABLES else own
    frame = frame.reset_index(drop=True)
    if "outcome" in frame and "unit" not in frame:
        units = ["" if one is None else one.unit for one in _rows(frame, naming)]
        frame.insert(list(frame.columns).index("outcome") + 1, "unit", units)
    frame = _with_a_value(frame, own)
    named = [str(c) for c in frame.columns if f"{own}.{c}" not in HIDDEN and c not in HIDDEN]
    known = {column: _known(own, column, naming) for column in named}
    scaled = {column: _scaled(frame, column, known[column], naming) for column in known}
    columns = []
    for column, what in known.items():
        values, unit = scaled[column]
        label = tr(what.label)
        numbers = values.dtype.kind == "f"
        columns.append(
            Cells(
                head=f"{label} ({unit})" if unit else label,
                label=label,
                unit=unit,
                meaning=tr(what.meaning).replace("{of}", label) if what.meaning else "",
                kind=_kind_of(what, values),
                values=values,
                decimals=_decimals(frame, column, what, scaled, naming)
                if numbers
                else np.zeros(len(frame), np.int64),
                by_row=numbers and what.unit == ROW,
            )
        )
    return Sheet(name, tr(about.title), tr(about.row), tuple(columns), len(frame))


def _known(table: str, name: str, naming: Naming) -> Column:
    """Return what a column is; of one that tells of a species by its key, with its name."""
    if name in naming.columns:
        return naming.columns[name]
    for key, common in naming.species.items():
        if name.endswith(f"_{key}"):
            of = column_of(table, name.removesuffix(f"_{key}"))
            return replace(of, label=f"{tr(of.label)}, {in_sentence(common)}")
    return column_of(table, name)


def _with_a_value(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Leave out rows that hold no value: outcomes that a species cannot have."""
    told = [c for c in frame.columns if column_of(table, str(c)).unit == ROW and c != "zone"]
    told = [c for c in told if frame[c].dtype.kind == "f"]
    if not told or "outcome" not in frame:
        return frame
    return frame[frame[told].notna().any(axis=1)].reset_index(drop=True)


def _kind_of(what: Column, values: NDArray[Any]) -> Kind:
    if values.dtype.kind == "M":
        return "day"
    if values.dtype.kind != "f":
        return "text"
    return what.kind if what.kind in ("whole", "year") else "number"


def _scaled(
    frame: pd.DataFrame, column: str, what: Column, naming: Naming
) -> tuple[NDArray[Any], str]:
    """Return the values of a column as they are shown, and the unit of its head."""
    import pandas as pd

    series = frame[column]
    if pd.api.types.is_datetime64_any_dtype(series):
        # programs of an office know no time zones
        zoned = getattr(series.dtype, "tz", None) is not None
        plain = series.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else series
        return plain.to_numpy("datetime64[s]"), "UTC" if zoned else ""
    if what.kind == "flag" or pd.api.types.is_bool_dtype(series):
        said = {True: tr(YES), False: tr(NO)}
        return _texts([said[bool(v)] if pd.notna(v) else "" for v in series]), ""
    numbers = pd.to_numeric(series, errors="coerce") if what.kind != "text" else None
    if numbers is None or what.kind in ("species", "outcome") or _any_word(series, numbers):
        return _words(frame, column, what, naming), ""
    values = numbers.to_numpy(np.float64, na_value=np.nan).copy()
    factor, unit = _unit_of(frame, what, naming)
    values = values * factor
    values[np.abs(values) < NOTHING] = 0.0
    return values, unit


def _any_word(series: pd.Series, numbers: pd.Series) -> bool:
    return bool((series.notna() & numbers.isna()).any())


def _words(frame: pd.DataFrame, column: str, what: Column, naming: Naming) -> NDArray[np.object_]:
    series = frame[column]
    words = ["" if _is_none(v) else str(v) for v in series]
    if what.kind == "species":
        words = [naming.species.get(word, word) for word in words]
    elif what.kind == "outcome":
        known = naming.outcomes
        words = [tr(known[word].label) if word in known else word for word in words]
    elif column == "unit":
        shown = _rows(frame, naming)
        words = [w if one is None else one.scale.unit for w, one in zip(words, shown, strict=True)]
    elif column in ("verdict", "interval_note", "relative_note", "one_migrant", "better"):
        words = [tr(word) for word in words]
    return _texts(words)


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _texts(words: Sequence[str]) -> NDArray[np.object_]:
    return np.array(words, object) if words else np.empty(0, object)


def _rows(frame: pd.DataFrame, naming: Naming) -> list[Outcome | None]:
    """Return the outcome that each row tells of, where it is known."""
    if "outcome" not in frame:
        return [None] * len(frame)
    return [naming.outcomes.get(str(name)) for name in frame["outcome"]]


def _unit_of(frame: pd.DataFrame, what: Column, naming: Naming) -> tuple[F64 | float, str]:
    """Return what values are multiplied by, and the unit of the head."""
    if what.unit == PERCENT:
        return 100.0, PERCENT
    if what.unit == BENEFIT:
        return naming.benefit_factor, naming.benefit_unit
    if what.unit == COST:
        return 1.0, naming.cost_unit
    if what.unit == ROW:
        factors = [1.0 if one is None else one.scale.factor for one in _rows(frame, naming)]
        return np.array(factors, np.float64), ""
    return 1.0, tr(what.unit) if what.unit else ""


def _decimals(
    frame: pd.DataFrame,
    column: str,
    what: Column,
    scaled: Mapping[str, tuple[NDArray[Any], str]],
    naming: Naming,
) -> NDArray[np.int64]:
    """Return the decimals of each number: two digits of its error, four of itself without one."""
    values = scaled[column][0]
    if what.kind in ("whole", "year"):
        return np.zeros(len(values), np.int64)
    found = _without_noughts(values, _to_digit(values, DIGITS))
    if what.unit == ROW:
        rows = _rows(frame, naming)
        stated = [-1 if one is None else one.scale.decimals for one in rows]
        least = np.array(stated, np.int64)
        found = np.where(least >= 0, np.maximum(least, np.minimum(found, least + 3)), found)
    error = _error_of(what, scaled)
    if error is not None:
        with np.errstate(invalid="ignore"):
            known = np.isfinite(error) & (error > NOTHING)
        found = np.where(known, _to_digit(error, 2), found)
    return np.clip(found, 0, MOST_DECIMALS).astype(np.int64)


def _error_of(what: Column, scaled: Mapping[str, tuple[NDArray[Any], str]]) -> F64 | None:
    known = [scaled[name][0] for name in what.error if name in scaled]
    known = [one for one in known if one.dtype.kind == "f"]
    if len(known) != len(what.error) or not known:
        return None
    with np.errstate(invalid="ignore"):
        return np.asarray(known[0] if len(known) == 1 else (known[1] - known[0]) / 2, np.float64)


def _without_noughts(values: F64, decimals: F64) -> F64:
    """Return decimals less those at the end that are noughts."""
    found = np.where(np.isfinite(values), np.clip(decimals, 0, MOST_DECIMALS), 0)
    known = np.where(np.isfinite(values), values, 0.0)
    for most in range(MOST_DECIMALS, 0, -1):
        scale = 10.0**most
        ends = np.isclose(np.round(known * scale) % 10, 0) & (found == most)
        found = np.where(ends, most - 1, found)
    return np.asarray(found, np.float64)


def _to_digit(values: F64, digits: int) -> F64:
    """Return the decimals with which values have so many digits."""
    size = np.abs(values)
    usable = np.isfinite(size) & (size > 0)
    log = np.floor(np.log10(np.where(usable, size, 1.0)))
    return np.where(usable, digits - 1 - log, 0.0)
