"""Which column of a table of fixes is what: one table of synonyms, and names that people give.

Names are compared without case, and what stands between words counts the same, so that Movebank's
``location-long``, R's ``location.long`` and ``Location_Long`` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corridor_sim.errors import TracksError, clipped, nearest, refuse_unknown

LONGITUDE = ("location_long", "longitude", "lon", "long", "lng", "decimal_longitude")
LATITUDE = ("location_lat", "latitude", "lat", "decimal_latitude")
EASTING = ("x", "x_m", "easting", "utm_easting", "utm_x", "east", "x_coord", "coord_x", "xcoord")
NORTHING = (
    "y",
    "y_m",
    "northing",
    "utm_northing",
    "utm_y",
    "north",
    "y_coord",
    "coord_y",
    "ycoord",
)

# first named, first taken; Movebank's own names come first
SYNONYMS: dict[str, tuple[str, ...]] = {
    "x": (*LONGITUDE, *EASTING),
    "y": (*LATITUDE, *NORTHING),
    "time": (
        "timestamp",
        "timestamp_utc",
        "utc_timestamp",
        "time_utc",
        "utc_time",
        "datetime_utc",
        "utc_datetime",
        "gmt_time",
        "datetime",
        "date_time",
        "date_and_time",
        "acquisition_time",
        "fix_time",
        "gps_time",
        "dt",
        "t",
        "time",
        "date",
    ),
    "animal": (
        "individual_local_identifier",
        "individual_id",
        "individual_name",
        "individual",
        "animal_id",
        "animal_name",
        "animal",
        "id",
        "name",
        "tag_local_identifier",
        "collar_id",
        "track_id",
    ),
    # metres, of the place on the map
    "error": (
        "error_m",
        "eobs_horizontal_accuracy_estimate",
        "location_error_numerical",
        "horizontal_accuracy",
        "accuracy_m",
    ),
    "dop": ("gps_hdop", "hdop", "gps_dop", "dop", "gps_pdop", "pdop"),
    "sensor": ("sensor_type",),
    "visible": ("visible",),
    "outlier_by_hand": ("manually_marked_outlier",),
    "outlier_by_rule": ("algorithm_marked_outlier",),
    "outlier_on_import": ("import_marked_outlier",),
    "valid_by_hand": ("manually_marked_valid",),
}
# what people may name in ``columns``
NAMED = ("x", "y", "time", "animal", "error", "dop")
NEEDED = {"x": "longitude or x", "y": "latitude or y", "time": "time"}
MOVEBANK = frozenset({"timestamp", "location_long", "location_lat"})


def plain_name(name: str) -> str:
    """Return the form in which names of columns are compared.

    >>> plain_name("location-long"), plain_name("gps:hdop"), plain_name("x_")
    ('location_long', 'gps_hdop', 'x')
    """
    return re.sub(r"[\s._:/-]+", "_", name.strip().casefold()).strip("_")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table has what.

    Attributes
    ----------
    at : mapping of str to int
        Column by what it holds, a key of :data:`SYNONYMS`; ``clock`` is a second column of time
        beside one of dates.
    movebank : bool
        Whether the table has the names of Movebank, whose times are in UTC.
    degrees : bool
        Whether places are longitude and latitude by the names of their columns.
    utc : bool
        Whether the name of the time says that it is UTC.
    """

    at: Mapping[str, int]
    movebank: bool
    degrees: bool
    utc: bool


def find_columns(names: Sequence[str], given: Mapping[str, str]) -> Columns:
    """Tell which column holds what.

    Parameters
    ----------
    names : sequence of str
        Of the columns, as the file writes them.
    given : mapping of str to str
        Names of columns by what they hold, as the user says; a key of :data:`NAMED`.

    Raises
    ------
    TracksError
        A column that is needed or named is missing, or stands twice.
    """
    for key in given:
        refuse_unknown(key, NAMED, f"columns names {key!r}", where=None, error=TracksError)
    plain = [plain_name(name) for name in names]
    at = {}
    for key, synonyms in SYNONYMS.items():
        found = _given(given[key], names, plain) if key in given else _known(synonyms, plain)
        if found is not None:
            at[key] = found
    for key, words in NEEDED.items():
        if key not in at:
            raise TracksError(
                f"has no column of {words}, only {clipped(', '.join(names), 200)}",
                remedy=f"call it {SYNONYMS[key][0].replace('_', '-')}, or name it: "
                f"columns {key} = its name",
            )
    pair = plain[at["x"]], plain[at["y"]]
    degrees = pair[0] in LONGITUDE and pair[1] in LATITUDE
    if not degrees and (pair[0] in LONGITUDE or pair[1] in LATITUDE):
        raise TracksError(
            f"has {names[at['x']]!r} with {names[at['y']]!r}: one is degrees, the other not",
            remedy="name both: columns x and y",
        )
    time = plain[at["time"]]
    if "time" not in given and time == "date" and "time" in plain:
        at["clock"] = plain.index("time")
    elif "time" not in given and time == "time" and "date" in plain:
        at["time"], at["clock"] = plain.index("date"), at["time"]
    for i in at.values():
        if plain.count(plain[i]) > 1:
            raise TracksError(f"has two columns {names[i]!r}", remedy="keep one")
    return Columns(
        at=at,
        movebank=set(plain) >= MOVEBANK and time == "timestamp",
        degrees=degrees,
        utc=bool({"utc", "gmt"} & set(time.split("_"))),
    )


def _known(synonyms: Sequence[str], plain: Sequence[str]) -> int | None:
    return next((plain.index(name) for name in synonyms if name in plain), None)


def _given(name: str, names: Sequence[str], plain: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    if plain_name(name) in plain:
        return plain.index(plain_name(name))
    raise TracksError(f"has no column {name!r}", remedy=nearest(name, names))
