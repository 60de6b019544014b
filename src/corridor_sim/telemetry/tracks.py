"""Tracks of collared animals: fixes, bursts of regular fixes, steps and turns, as tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("animal", "time", "x_m", "y_m")


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read.

    Attributes
    ----------
    name : str
        File name without its folder.
    sha256 : str
        Digest of its bytes.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """One thing about the data, or about a fit, that people must know.

    Attributes
    ----------
    kind : str
        Short fixed word by which a program finds it, such as ``duplicate_times``.
    words : str
        One plain line for people: what, where, how many, and what was done.
    animal : str
        Animal that it concerns; empty where it concerns all.
    count : int
        How many fixes, steps or strata.
    """

    kind: str
    words: str
    animal: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Tracks:
    """Fixes of any number of animals in one metric coordinate system.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a fix, sorted by ``animal`` and ``time``, no time twice in one animal. Columns
        ``animal`` (str), ``time`` (datetime64, UTC), ``x_m``, ``y_m`` (float64, metres), and where
        the file has it ``error_m`` (float64, one-axis standard deviation of a fix).
    crs : str
        Metric coordinate system of ``x_m`` and ``y_m``, as pyproj reads it (``EPSG:32721``).
    time_zone : str
        Zone in which hours of the day are told (IANA name or ``UTC-05:00``).
    sources : tuple of Source
    told : tuple of Told
        What was found in the files and what was done about it.
    """

    table: pd.DataFrame
    crs: str
    time_zone: str
    sources: tuple[Source, ...] = ()
    told: tuple[Told, ...] = field(default=())

    @property
    def animals(self) -> tuple[str, ...]:
        """Names of the animals, in the order of the table."""
        return tuple(dict.fromkeys(self.table["animal"]))


@dataclass(frozen=True, slots=True)
class Bursts:
    """Fixes at a regular interval: within a burst each follows the one before by one interval.

    Attributes
    ----------
    table : pandas.DataFrame
        As of :class:`Tracks`, with ``burst`` (int64, from 0, never the same for two animals).
    steps : pandas.DataFrame
        One row for each pair of consecutive fixes of a burst: ``animal``, ``burst``, ``start``
        (datetime64, UTC, of the first fix), ``x0_m``, ``y0_m``, ``x1_m``, ``y1_m``, ``length_m``,
        ``heading_rad`` (mathematical, NaN where the length is 0), ``turn_rad`` (-pi to pi from the
        heading of the step before in the same burst, NaN where there is none or either length is
        0), ``hour`` (float, 0 to 24, local time of the middle of the step), ``day_of_year`` (int,
        local).
    interval_min : float
        Nominal interval in minutes.
    tolerance_min : float
        How far a fix may lie from the nominal time.
    told : tuple of Told
    """

    table: pd.DataFrame
    steps: pd.DataFrame
    interval_min: float
    tolerance_min: float
    told: tuple[Told, ...] = ()
