"""Read tracks of collared animals: Movebank CSV, and tables of x, y, time and animal.

Nothing is guessed in silence. What decides is stated in ``docs/your-tracks.md``, what was found and
done stands in :attr:`Tracks.told`, and what cannot be decided is refused in one line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.errors import TracksError, clipped, refuse_unknown, shown
from corridor_sim.landscape.names import plain
from corridor_sim.telemetry.cleaning import Fixes, Rules, clean
from corridor_sim.telemetry.clock import DATES, Dates, solar_zone, zone_of
from corridor_sim.telemetry.places import (
    MOST_DISTORTION,
    Crs,
    crs_of,
    distortion,
    mean_place,
    metric,
    to_degrees,
    to_metres,
    utm_zone,
)
from corridor_sim.telemetry.track_file import Options, TrackFile, read_file
from corridor_sim.telemetry.tracks import Told, Tracks

F64 = NDArray[np.float64]
PathLike = str | os.PathLike[str]


def read_tracks(
    files: PathLike | Sequence[PathLike],
    *,
    crs: str | int | None = None,
    time_zone: str | None = None,
    target_crs: str | int | None = None,
    animals: Sequence[str] | None = None,
    max_speed_ms: float | None = None,
    columns: Mapping[str, str] | None = None,
    dates: Dates | None = None,
    hours_in: str | None = None,
    gps_error_m: float | None = None,
    still_m: float = 30.0,
    one_animal: Sequence[str] = (),
) -> Tracks:
    """Read tracks from one or several CSV files.

    Parameters
    ----------
    files : path or sequence of paths
        An animal that stands in several is one.
    crs : str or int, optional
        Of columns x and y, such as ``EPSG:32717``; longitude and latitude need none.
    time_zone : str, optional
        Of times without an offset, such as ``America/Lima`` or ``UTC-05:00``; also the zone in
        which hours of the day are told, unless it is UTC. Movebank's times are in UTC whatever
        stands here.
    target_crs : str or int, optional
        Projected CRS of the tracks, in metres. Default: that of the file where it is one that
        keeps lengths to a hundredth, else the UTM zone of the mean place.
    animals : sequence of str, optional
        Those to read; default: all.
    max_speed_ms : float, optional
        Metres a second; a fix that is reached and left faster is dropped. Default: by each track.
    columns : mapping of str to str, optional
        Names of columns by what they hold: ``x``, ``y``, ``time``, ``animal``, ``error``, ``dop``.
    dates : "day-first" or "month-first", optional
        How dates such as 3/4/2020 are meant, where the file does not decide it.
    hours_in : str, optional
        Zone in which hours of the day are told. Default: ``time_zone``, or the zone of whole hours
        by the sun.
    gps_error_m : float, optional
        One-axis error of a fix of dilution of precision 1, in metres.
    still_m : float
        Fixes of an animal that lie nearer together have not moved, metres.
    one_animal : sequence of str
        Animals that bear one collar each although their fixes look like those of two.

    Returns
    -------
    Tracks

    Raises
    ------
    TracksError
        In one line with file, line, value and remedy.
    ResourceError
        A file does not fit into the memory that is free.
    """
    paths = _paths(files)
    _check(max_speed_ms, "max_speed_ms")
    _check(gps_error_m, "gps_error_m")
    _check(still_m, "still_m")
    if dates is not None:
        refuse_unknown(dates, DATES, f"dates is {shown(dates)}", where=None, error=TracksError)
    for key, zone in (("time_zone", time_zone), ("hours_in", hours_in)):
        if zone is not None:
            zone_of(zone, key)
    own = None if crs is None else crs_of(crs, "crs")
    target = None if target_crs is None else metric(crs_of(target_crs, "target_crs"), "target_crs")
    options = Options(own, time_zone, columns, dates, gps_error_m)
    read = [read_file(path, options) for path in paths]
    told = [one for file in read for one in file.told]
    _refuse_twice(read)
    if animals is not None:
        read = _wanted(read, animals, "animals")
    if one_animal:
        _wanted(read, one_animal, "one_animal")
    lon, lat = (np.concatenate(part) for part in zip(*map(_degrees, read), strict=True))
    target = target or _default_crs(own, lon, lat, told)
    _tell_distortion(target, lon, lat, told)
    rules = Rules(max_speed_ms, still_m, frozenset(plain(str(name)) for name in one_animal))
    fixes, found = clean(_together(read, target, told), rules)
    zone = _hours(hours_in, time_zone, lon, lat, told)
    return Tracks(
        table=_table(fixes),
        crs=target.text,
        time_zone=zone,
        sources=tuple(file.source for file in read),
        told=(*told, *found),
    )


def _paths(files: PathLike | Sequence[PathLike]) -> list[Path]:
    several = [files] if isinstance(files, str | os.PathLike) else list(files)
    if not several:
        raise TracksError("no file of tracks", remedy="name one or more CSV files")
    return [Path(one) for one in several]


def _check(value: float | None, key: str) -> None:
    if value is not None and not (np.isfinite(value) and value > 0):
        raise TracksError(f"{key} is {shown(value)}", remedy="give a number above 0")


def _refuse_twice(read: Sequence[TrackFile]) -> None:
    seen: dict[str, Path] = {}
    for file in read:
        other = seen.setdefault(file.source.sha256, file.sheet.path)
        if other is not file.sheet.path:
            raise TracksError(
                f"holds the same bytes as {other}", where=file.sheet.path, remedy="name it once"
            )


def _degrees(file: TrackFile) -> tuple[F64, F64]:
    return to_degrees(file.x, file.y, file.crs)


def _default_crs(own: Crs | None, lon: F64, lat: F64, told: list[Told]) -> Crs:
    if own is not None and not own.degrees and abs(own.metres - 1.0) < 1e-9:
        worst = distortion(own, lon, lat)
        if worst <= MOST_DISTORTION:
            return own
        said = f"{own.label} stretches lengths by {100 * worst:.0f} % here; "
    else:
        said = ""
    zone = crs_of(utm_zone(*mean_place(lon, lat)), "target_crs")
    told.append(Told("crs", f"{said}tracks are brought to {zone.label}, UTM of their mean place"))
    return zone


def _tell_distortion(target: Crs, lon: F64, lat: F64, told: list[Told]) -> None:
    worst = distortion(target, lon, lat)
    if worst > MOST_DISTORTION:
        told.append(
            Told(
                "distortion",
                f"{target.label} shows lengths {100 * worst:.1f} % longer or shorter than they "
                "are where these animals go; steps and ranges are off by as much",
            )
        )


def _together(read: Sequence[TrackFile], target: Crs, told: list[Told]) -> Fixes:
    """Return the fixes of all files in metres, by animal and time."""
    names = sorted({name for file in read for name in file.names})
    place = {name: i for i, name in enumerate(names)}
    parts: list[tuple[NDArray[np.int64], F64, F64]] = []
    for file in read:
        x, y = to_metres(file.x, file.y, file.crs, target)
        lost = ~(np.isfinite(x) & np.isfinite(y))
        if lost.any():
            line = file.sheet.line_of(int(file.row[np.argmax(lost)]))
            raise TracksError(
                f"line {line}: {target.label} has no place for x {file.x[np.argmax(lost)]:g}, y "
                f"{file.y[np.argmax(lost)]:g}",
                where=file.sheet.path,
                remedy="choose another target_crs",
            )
        parts.append((np.array([place[name] for name in file.names])[file.animal], x, y))
    _tell_joined(read, told)
    animal, x, y = (np.concatenate(part) for part in zip(*parts, strict=True))
    t = np.concatenate([file.t for file in read])
    order = np.lexsort((t, animal))
    error = np.concatenate([file.error_m for file in read])
    worth = np.concatenate([file.worth for file in read])
    return Fixes(tuple(names), animal, t, x, y, error, worth).take(order)


def _tell_joined(read: Sequence[TrackFile], told: list[Told]) -> None:
    held: dict[str, int] = {}
    for file in read:
        for name in file.names:
            held[name] = held.get(name, 0) + 1
    several = sorted(name for name, n in held.items() if n > 1)
    if several:
        words = f"joined, as one animal of several files each: {clipped(', '.join(several), 200)}"
        told.append(Told("joined", words, count=len(several)))


def _wanted(read: Sequence[TrackFile], animals: Sequence[str], key: str) -> list[TrackFile]:
    """Return the files that hold the animals that are wanted, with these alone."""
    if not animals:
        raise TracksError("no animal is named", where=key, remedy="name one, or leave it out")
    wanted = {plain(str(name)) for name in animals}
    known = {name for file in read for name in file.names}
    for name in sorted(wanted):
        refuse_unknown(name, known, f"no animal {shown(name)}", where=key, error=TracksError)
    return [one for one in (file.only(wanted) for file in read) if one.names]


def _hours(
    hours_in: str | None, time_zone: str | None, lon: F64, lat: F64, told: list[Told]
) -> str:
    """Return the zone in which hours of the day are told."""
    if hours_in is not None:
        return hours_in
    if time_zone is not None and time_zone.strip().upper() not in ("UTC", "GMT", "Z"):
        return time_zone
    middle = mean_place(lon, lat)[0]
    zone = solar_zone(middle)
    told.append(
        Told(
            "solar_zone",
            f"hours of the day are told in {zone}, by the sun at longitude {middle:.1f}; hours_in "
            "names another zone",
        )
    )
    return zone


def _table(fixes: Fixes) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "animal": pd.Series(np.array(fixes.names, object)[fixes.animal]).astype(str),
            "time": fixes.t.astype("datetime64[ns]"),
            "x_m": fixes.x,
            "y_m": fixes.y,
        }
    )
    if np.isfinite(fixes.error_m).any():
        table["error_m"] = fixes.error_m
    return table
