"""Files of tracks with odd heads, times, numbers, names and bytes, under odd options."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.reading import read_tracks
from oracles.hostile import Case

HEADS = (
    "id,t,x,y",
    "id;t;x;y",
    "id\tt\tx\ty",
    "timestamp,location-long,location-lat,individual-local-identifier",
    "timestamp,location-long,location-lat,individual-local-identifier,visible,gps:dop",
    "date,time,lon,lat",
    "t,x,y",
    "x,y",
    "x,y,x,t",
    ",,,",
    "",
    '"id","t","x","y"',
    '"id,t,x,y',
    "\x00,t,x,y",
    "ID,T_,X_,Y_,hdop",
)
TIMES = (
    *(
        "2020-03-01 00:00",
        "2020-03-01T03:00:00Z",
        "1/3/2020 4:30",
        "13/3/2020",
        "3/13/2020 1:00 PM",
    ),
    *(
        "2020-03-01 24:00",
        "0000-00-00",
        "2020-02-30",
        "9999-12-31 23:59:59.999999999",
        "1583020800",
    ),
    *(
        "1949-01-01",
        "2020-03-01 00:00+99:99",
        "2020-03-29 02:30",
        "1-Foo-2020",
        "٢٠٢٠-03-01",
        "NaT",
    ),
    *("2020-03-01 00:00:60", "2020-03-01 13:00 PM", "12:00", "-1", "1e9", "", " ", "\u2028", "é"),
)
NUMBERS = (
    *("500000", "7840000", "-57.1", "-19.5", "0", "-0.0", "1e308", "1e999", "nan", "inf", "-inf"),
    *("90.0001", "180", "360", "1,5", "1.000,5", "0x10", "1_0", "²", "٣", "", " 5 ", "+5", "five"),
    *("9" * 400, "9" * 5000, "1e-320", '"', "'", "\x00", "NA", "true", "=1+1"),
)
NAMES = ("a", "b", "", " a ", "a\u200b", "\u202ea", "é" * 300, "x" * 9000, "\r", '"', "None", "1.0")
ZONES = (
    None,
    "UTC",
    "UTC-05:00",
    "Europe/Berlin",
    "../../etc/passwd",
    "UTC+99",
    "",
    "\x00",
    "Lima",
)
SYSTEMS = (None, "EPSG:32721", 3035, 4326, "EPSG:0", "", "/etc/passwd", -1, 10**30, "EPSG:4978")


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Yield files of tracks, for ever."""
    while True:
        path = folder / "tracks.csv"
        path.write_bytes(_text(rng).encode("utf-8", "surrogatepass"))
        more: dict[str, Any] = {"time_zone": "UTC"}
        if b"lon" not in path.read_bytes()[:100]:
            more["crs"] = "EPSG:32721"
        if rng.random() < 0.15:
            more["crs"] = rng.choice(SYSTEMS)
        if rng.random() < 0.15:
            more["time_zone"] = rng.choice(ZONES)
        if rng.random() < 0.1:
            odd = rng.choice((0, -1, 1e300, float("nan"), 5e-324))
            key = rng.choice(("max_speed_ms", "gps_error_m", "still_m"))
            more[key] = odd
        if rng.random() < 0.1:
            more["dates"] = rng.choice(("day-first", "month-first", "x"))
        if rng.random() < 0.1:
            more["target_crs"] = rng.choice(SYSTEMS)
        if rng.random() < 0.1:
            more["hours_in"] = rng.choice(ZONES)
        yield Case(f"{path.read_bytes()[:200]!r} {more}", partial(_read, path, more))


def _read(path: Path, more: dict[str, Any]) -> None:
    found = read_tracks(path, **more)
    assert not found.table[["animal", "time"]].duplicated().any()
    assert not found.table.isna()[["animal", "time", "x_m", "y_m"]].any().any()
    assert all("\n" not in one.words and one.words.isprintable() for one in found.told)
    to_bursts(found)


def _text(rng: random.Random) -> str:
    """A table in which most is well, so that cases reach beyond the first check."""
    head = rng.choice(HEADS) if rng.random() < 0.5 else HEADS[rng.choice((0, 0, 3, 4))]
    cut = next((one for one in ";\t" if one in head), ",")
    names = head.replace('"', "").split(cut)
    lonlat = any("lon" in name for name in names)
    rows = []
    for i in range(rng.choice((0, 1, 5, 40, 40, 40))):
        cells = [_cell(rng, name, i, lonlat) for name in names]
        if rng.random() < 0.002:
            cells.append("")
        rows.append(cut.join(cells))
    text = rng.choice(("\n", "\n", "\r\n", "\r")).join([head, *rows])
    if rng.random() < 0.05:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(('"', "\x00", "\n\n", "\ud800", "\ufeff", cut)) + text[at:]
    return text


def _cell(rng: random.Random, name: str, i: int, lonlat: bool) -> str:
    plain = name.lower().strip("_")
    odd = rng.random() < 0.004
    if plain in ("t", "timestamp", "date"):
        good = f"2020-03-{1 + i // 24:02d} {i % 24:02d}:00"
        return rng.choice(TIMES) if odd else good
    if plain in ("id", "individual-local-identifier"):
        return rng.choice(NAMES) if odd else rng.choice("ab")
    if odd:
        return rng.choice(NUMBERS)
    if plain in ("y", "lat", "location-lat"):
        return str(-19.5 + rng.gauss(0, 0.01) if lonlat else 7.84e6 + rng.gauss(0, 1000))
    if plain in ("x", "lon", "location-long"):
        return str(-57 + rng.gauss(0, 0.01) if lonlat else 5e5 + rng.gauss(0, 1000))
    return rng.choice(("", "1", "true", "2.5"))
