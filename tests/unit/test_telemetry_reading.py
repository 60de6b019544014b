"""Tracks read from files: forms, times, places, stated rules, and one line for what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.errors import ResourceError, TracksError
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.telemetry import csv_file
from corridor_sim.telemetry.clock import hours_and_days, solar_zone
from corridor_sim.telemetry.outside import fixes_outside
from corridor_sim.telemetry.reading import read_tracks
from corridor_sim.telemetry.tracks import Tracks
from oracles.made_tracks import ranging, table

REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "telemetry"
measured = pytest.mark.skipif(
    not REAL.is_dir(), reason="measured tracks are not there (../shared/real/telemetry)"
)
HEAD = "timestamp,location-long,location-lat,individual-local-identifier"
UTM: dict[str, Any] = {"crs": "EPSG:32721", "time_zone": "UTC"}
MOVEBANK = """event-id,visible,timestamp,location-long,location-lat,\
eobs:horizontal-accuracy-estimate,manually-marked-outlier,individual-local-identifier,sensor-type
1,true,2020-03-01 00:00:00.000,-57.00,-19.50,10,,Ana,gps
2,true,2020-03-01 03:00:00.000,-57.01,-19.51,20,,Ana,argos-doppler-shift
3,false,2020-03-01 06:00:00.000,-50.00,-19.50,10,,Ana,argos-doppler-shift
4,true,2020-03-01 09:00:00.000,-57.02,-19.50,,true,Ana,gps
5,true,2020-03-01 12:00:00.500,-57.02,-19.52,,,Ana,gps
6,true,2020-03-01 15:00:00.000,,,,,Ana,gps
7,true,,-57.00,-19.50,,,Ana,gps
8,true,2020-03-01 18:00:00.000,0,0,,,Ana,gps
9,true,2020-03-01 03:00:00.000,-57.01,-19.51,20,,Ana,gps
10,true,2020-03-01 03:00:00.000,-57.00,-19.50,,,,gps
"""


def written(folder: Path, text: str, name: str = "tracks.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def words(tracks: Tracks) -> dict[str, str]:
    return {one.kind: one.words for one in tracks.told}


def times(tracks: Tracks) -> list[str]:
    return [str(t) for t in tracks.table["time"].to_numpy().astype("datetime64[s]")]


def simple(stamps: list[str], head: str = "id,t,x,y") -> str:
    lines = [f"a,{t},{500_000 + 400 * i},{7_840_000 + 300 * i}" for i, t in enumerate(stamps)]
    return "\n".join([head, *lines, ""])


def test_movebank_is_read_with_what_it_marks(tmp_path: Path) -> None:
    found = read_tracks(written(tmp_path, MOVEBANK))
    assert times(found) == ["2020-03-01T00:00:00", "2020-03-01T03:00:00", "2020-03-01T12:00:00"]
    assert found.table["time"].dtype == "datetime64[ns]"
    assert (found.crs, found.time_zone, found.animals) == ("EPSG:32721", "UTC-04:00", ("Ana",))
    np.testing.assert_allclose(
        found.table["error_m"], np.array([10.0, 20.0, np.nan]) / np.sqrt(2.0)
    )
    # the zone's central meridian is 500 km east by definition
    assert found.table["x_m"].iloc[0] == pytest.approx(500_000.0)
    counts = {one.kind: one.count for one in found.told if one.count}
    assert counts == {
        "no_animal": 1,
        "no_position": 2,
        "no_time": 1,
        "marked": 2,
        "argos": 1,
        "duplicates": 1,
    }
    assert words(found)["marked"] == (
        "tracks.csv: 2 lines that the file marks as outliers left out"
    )
    assert words(found)["utc"] == "tracks.csv: timestamp is read as UTC, as Movebank writes it"
    assert found.sources[0].name == "tracks.csv"
    assert len(found.sources[0].sha256) == 64


@pytest.mark.parametrize(
    ("stamps", "more"),
    [
        (["2020-03-01 04:30:00", "2020-03-13T16:30:00"], {}),
        (["2020-03-01 4:30", "2020/03/13 16:30"], {}),
        (["2020-03-01T01:30:00-03:00", "2020-03-13 18:00:00.0+0130"], {"time_zone": None}),
        (["2020-03-01 04:30Z", "2020-03-13 16:30 UTC"], {"time_zone": "America/Lima"}),
        (["1/3/2020 4:30", "13/3/2020 16:30"], {}),
        (["3/1/2020 4:30 AM", "3/13/2020 4:30 pm"], {}),
        (["01.03.2020 04:30", "13.03.2020 16:30"], {}),
        (["1-Mar-2020 04:30:00", "13 March 2020 16:30:00"], {}),
        (["29/02/2020 23:30", "13/03/2020 11:30"], {"time_zone": "America/Lima"}),
        (["29/02/2020 23:30", "13/03/2020 11:30"], {"time_zone": "UTC-05:00"}),
    ],
)
def test_times_are_read_as_written(tmp_path: Path, stamps: list[str], more: Any) -> None:
    found = read_tracks(written(tmp_path, simple(stamps)), **(UTM | more))
    assert times(found) == ["2020-03-01T04:30:00", "2020-03-13T16:30:00"]


def test_days_and_months_are_decided_by_the_data_or_by_people(tmp_path: Path) -> None:
    path = written(tmp_path, simple(["3/4/2020 0:00", "5/4/2020 0:00"]))
    assert times(read_tracks(path, dates="day-first", **UTM))[0] == "2020-04-03T00:00:00"
    assert times(read_tracks(path, dates="month-first", **UTM))[0] == "2020-03-04T00:00:00"
    decided = read_tracks(written(tmp_path, simple(["3/4/2020 0:00", "3/13/2020 0:00"])), **UTM)
    assert times(decided)[0] == "2020-03-04T00:00:00"
    assert words(decided)["dates"] == (
        "tracks.csv: t is read month-first: a number above 12 decides it"
    )


def test_hours_that_clocks_skip_or_repeat_are_left_out(tmp_path: Path) -> None:
    stamps = ["2020-03-29 01:30", "2020-03-29 02:30", "2020-03-29 03:30", "2020-10-25 02:30"]
    found = read_tracks(
        written(tmp_path, simple(stamps)), crs="EPSG:32632", time_zone="Europe/Berlin"
    )
    assert times(found) == ["2020-03-29T00:30:00", "2020-03-29T01:30:00"]
    assert words(found)["clock_change"] == (
        "tracks.csv: 2 lines at hours that clocks skip or repeat in Europe/Berlin left out"
    )
    assert found.time_zone == "Europe/Berlin"


def test_hours_are_told_by_the_sun_unless_named() -> None:
    noon = np.array(["2020-03-01T12:00"], "datetime64[ns]")
    assert solar_zone(-57.0) == "UTC-04:00"
    for zone, hour in (("UTC-04:00", 8.0), ("Asia/Kolkata", 17.5), ("UTC", 12.0), ("+01", 13.0)):
        assert hours_and_days(noon, zone)[0].tolist() == [hour]
    assert hours_and_days(np.array(["2020-01-01T02:00"], "datetime64[ns]"), "UTC-04:00")[
        1
    ].tolist() == [365]


@pytest.mark.parametrize(
    "text",
    [
        "id;t;x;y\na;2020-03-01 00:00;500000,5;7840000\na;2020-03-01 03:00;500400,25;7840300,5\n",
        "id\tt\tx\ty\r\na\t2020-03-01 00:00\t500000.5\t7840000\r\n"
        "a\t2020-03-01 03:00\t+500400.25\t7840300.5\r\n",
        '\ufeff\n"id","t","x","y"\n"a","2020-03-01 00:00","500000.5","7.84e6"\n\n'
        '"a","2020-03-01 03:00"," 500400.25","7840300.5"\n,,,\n',
        "id,t,x,y\ra,2020-03-01 00:00,500000.5,7840000\ra,2020-03-01 03:00,500400.25,7840300.5\r",
        "ID,date,time,X_,Easting,Y_\na,2020-03-01,0:00,500000.5,1,7840000\n"
        "a,2020-03-01,3:00,500400.25,1,7840300.5\n",
        'Animal.ID,GMT_time,UTM.easting,UTM.northing,"a, ""b"""\n'
        "a,2020-03-01 00:00,500000.5,7840000,\n"
        'a,2020-03-01 03:00,500400.25,7840300.5,"two\nlines"\n',
    ],
)
def test_tables_of_many_hands(tmp_path: Path, text: str) -> None:
    found = read_tracks(written(tmp_path, text), **UTM)
    assert found.table[["x_m", "y_m"]].to_numpy().tolist() == [
        [500_000.5, 7_840_000.0],
        [500_400.25, 7_840_300.5],
    ]
    assert times(found) == ["2020-03-01T00:00:00", "2020-03-01T03:00:00"]


def test_columns_can_be_named(tmp_path: Path) -> None:
    text = simple(["2020-03-01 00:00", "2020-03-01 03:00"], "who,when,hor,ver")
    named = {"x": "hor", "y": "ver", "time": "when", "animal": "who"}
    assert read_tracks(written(tmp_path, text), columns=named, **UTM).animals == ("a",)


def test_one_animal_a_file_where_there_is_no_name(tmp_path: Path) -> None:
    stamps = ["2020-03-01 00:00", "2020-03-01 03:00"]
    text = simple(stamps).replace("a,", "").replace("id,", "")
    found = read_tracks(
        [written(tmp_path, text, "one.csv"), written(tmp_path, text + "\n", "two.csv")], **UTM
    )
    assert found.animals == ("one", "two")
    assert words(found)["named_by_file"] == (
        "two.csv: has no column of animals; all of it is one, two"
    )


def test_an_animal_in_several_files_is_one(tmp_path: Path) -> None:
    first = written(tmp_path, simple(["2020-03-02 00:00", "2020-03-02 03:00"]), "first.csv")
    second = written(tmp_path, simple(["2020-03-01 00:00", "2020-03-01 03:00"]), "second.csv")
    found = read_tracks([first, second], **UTM)
    assert times(found) == sorted(times(found))
    assert len(found.table) == 4
    assert words(found)["joined"] == "joined, as one animal of several files each: a"


def test_places_are_brought_to_one_crs(tmp_path: Path) -> None:
    xy = simple(["2020-03-01 00:00", "2020-03-01 03:00"])
    lonlat = f"{HEAD}\n2020-03-01 00:00,-57,-19.5,b\n2020-03-01 03:00,303.01,-19.5,b\n"
    files = [written(tmp_path, xy, "xy.csv"), written(tmp_path, lonlat, "deg.csv")]
    with pytest.raises(TracksError, match="are degrees, and crs is EPSG:32721"):
        read_tracks(files, **UTM)
    found = read_tracks(files[0], **UTM, target_crs="EPSG:32722")
    assert found.crs == "EPSG:32722"
    back = read_tracks(files[0], **UTM)
    # its own, since it keeps lengths
    assert (back.crs, back.table["x_m"].tolist()) == ("EPSG:32721", [500_000, 500_400])
    # a Mercator map of the world does not
    mercator = simple(["2020-03-01 00:00", "2020-03-01 03:00"]).replace("7840", "5840")
    found = read_tracks(written(tmp_path, mercator), crs=3857, time_zone="UTC")
    assert words(found)["crs"] == (
        "EPSG:3857 stretches lengths by 45 % here; tracks are brought to EPSG:32631, UTM of their "
        "mean place"
    )
    kept = read_tracks(written(tmp_path, mercator), crs=3857, target_crs=3857, time_zone="UTC")
    assert "distortion" in words(kept)
    # over the 180th meridian, and longitudes from 0 to 360
    text = f"{HEAD}\n2020-03-01 00:00,179.99,1,c\n2020-03-01 03:00,-179.99,1,c\n"
    apart = np.ptp(read_tracks(written(tmp_path, text)).table["x_m"])
    assert apart == pytest.approx(2226, rel=2e-3)
    assert read_tracks(files[1]).crs == "EPSG:32721"


@pytest.mark.parametrize(
    ("text", "more", "line"),
    [
        (
            simple(["2020-03-01 00:00"]),
            {"time_zone": "UTC"},
            "has x and y without a coordinate "
            "system; name it with crs, such as EPSG:32717, or EPSG:4326 for degrees",
        ),
        (
            simple(["2020-03-01 00:00"]),
            {"crs": 32721},
            "line 2: t is '2020-03-01 00:00', without a "
            "time zone; name it with time_zone, such as UTC, UTC-05:00 or America/Lima",
        ),
        (
            simple(["3/4/2020", "5/4/2020"]),
            UTM,
            "line 2: t is '3/4/2020': day and month can be "
            "exchanged, and no date of the file decides it; say dates day-first or month-first, or "
            "write times like 2008-08-01 14:00:00",
        ),
        (
            simple(["13/4/2020", "4/13/2020"]),
            UTM,
            "line 3: t is '4/13/2020', and '13/4/2020' above: "
            "days and months change places; write times like 2008-08-01 14:00:00",
        ),
        (
            simple(["2020-02-29 00:00", "2020-02-30 00:00"]),
            UTM,
            "line 3: t is '2020-02-30 00:00', not a time; write times like 2008-08-01 14:00:00",
        ),
        (
            simple(["1583020800", "1583031600"]),
            UTM,
            "line 2: t is '1583020800', not a time (1 line "
            "more); write times like 2008-08-01 14:00:00",
        ),
        (
            simple(["01/03/20 00:00"]),
            UTM,
            "line 2: t is '01/03/20 00:00', not a time; write times like 2008-08-01 14:00:00",
        ),
        (
            simple(["2020-03-01 00:00"]).replace("500000", "five"),
            UTM,
            "line 2: x is 'five', not a "
            "number; write numbers with a point before decimals and nothing between thousands",
        ),
        (
            "id;t;x;y\na;2020-03-01 00:00;500.000,5;7.840.000\n",
            UTM,
            "line 2: x is '500.000,5', not "
            "a number; write numbers with a point before decimals and nothing between thousands",
        ),
        (
            "id,t,x,y\n\na,2020-03-01 00:00,500000,7840000,1\n",
            UTM,
            "line 3 has 5 cells, the header "
            "4; give every line as many cells as the header has; a file that was cut short must be "
            "copied again",
        ),
        (
            "id,t,x,y\na,2020-03-01 00:00,500000,7840000\na,2020-0",
            UTM,
            "line 3 has 2 cells, the "
            "header 4; give every line as many cells as the header has; a file that was cut short "
            "must be copied again",
        ),
        ("id,t,x,y\n", UTM, "has a header and no fixes; export it again"),
        (
            "id,t,x,y\na,,1,2\n",
            UTM,
            "has no fix with animal, time and position in 1 line; check the columns",
        ),
        (
            f"{HEAD}\n2020-03-01 00:00,-19.5,-157,a\n",
            {},
            "line 2: longitude -19.5, latitude -157 is "
            "no place on the Earth; longitude and latitude look exchanged",
        ),
        (
            f"{HEAD}\n2020-03-01 00:00,500000,7840000,a\n",
            {},
            "line 2: longitude 500000, latitude "
            "7.84e+06 is no place on the Earth; say which crs it is",
        ),
        (
            "id,t,x,y\na,2020-03-01 00:00,-57,-19.5\n",
            UTM,
            "line 2: x -57, y -19.5 look like degrees, and crs is EPSG:32721; give crs = EPSG:4326",
        ),
        (
            simple(["2020-03-01 00:00"]),
            {"crs": 3035, "time_zone": "UTC"},
            "line 2: x 500000, y 7.84e+06 lies outside of EPSG:3035; check crs, and x and y",
        ),
        (
            "id,t,east\na,2020-03-01,1\n",
            UTM,
            "has no column of latitude or y, only id, t, east; call "
            "it location-lat, or name it: columns y = its name",
        ),
        ("id,t,x,y,x_\na,2020-03-01,1,2,3\n", UTM, "has two columns 'x'; keep one"),
        (
            "id,t,lon,y\na,2020-03-01,1,2\n",
            UTM,
            "has 'lon' with 'y': one is degrees, the other not; name both: columns x and y",
        ),
        (
            "one two three\n1 2 3\n",
            UTM,
            "has one column only: 'one two three'; separate columns by "
            "commas, semicolons or tabs, under a line of their names",
        ),
        ("", UTM, "is empty (0 bytes); copy or export it again"),
        ("\n \n", UTM, "holds no text; export it again"),
        (
            simple(["2020-03-01 00:00"]) + 'a,"' + "x" * 9_000_000,
            UTM,
            "a line is longer than 4 MB; look for a quotation mark that is never closed",
        ),
        ("x" * 70_000, UTM, "its first line has 70,000 bytes; begin with names of columns"),
        (
            simple(["2020-03-01 00:00"]),
            {**UTM, "columns": {"x": "xx"}},
            "has no column 'xx'; did you mean 'x'?",
        ),
        (
            simple(["2020-03-01 00:00"]),
            {**UTM, "columns": {"z": "x"}},
            "columns names 'z'; allowed: animal, dop, error, time, x, y",
        ),
    ],
)
def test_bad_files_are_refused_in_one_line(
    tmp_path: Path, text: str, more: dict[str, Any], line: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TracksError) as bad:
        read_tracks(path, **more)
    assert str(bad.value) == f"{path}: {line}"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"id,t,x,y\nRoc\xedo,1,2,3\n", "line 2 is not UTF-8 text (byte 12); save it as UTF-8"),
        ("id,t,x,y\n".encode("utf-16"), "is UTF-16 text; save it as CSV in UTF-8"),
        (
            b"PK\x03\x04ab",
            "is a workbook or a ZIP archive, not a CSV; save or export its table as CSV",
        ),
        (
            b"id,t\0,x,y\n",
            "is something else than text, not a CSV; save or export its table as CSV",
        ),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, line: str) -> None:
    (tmp_path / "tracks.csv").write_bytes(data)
    with pytest.raises(TracksError) as bad:
        read_tracks(tmp_path / "tracks.csv", **UTM)
    assert str(bad.value) == f"{tmp_path / 'tracks.csv'}: {line}"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            {"time_zone": "America/Limaa"},
            "time_zone: unknown time zone 'America/Limaa'; write America/Lima, or an offset such "
            "as UTC-05:00",
        ),
        ({"crs": "EPSG:99"}, "crs: 'EPSG:99' is no known CRS; write it as 'EPSG:32717'"),
        ({"crs": "/etc/passwd"}, "crs: '/etc/passwd' is no known CRS; write it as 'EPSG:32717'"),
        (
            {"target_crs": 4326},
            "target_crs: EPSG:4326 counts in degrees, and steps need metres; give "
            "a projected CRS in metres, such as the UTM zone of the place",
        ),
        ({"max_speed_ms": 0}, "max_speed_ms is 0; give a number above 0"),
        ({"still_m": float("nan")}, "still_m is nan; give a number above 0"),
        ({"dates": "d/m"}, "dates is 'd/m'; allowed: day-first, month-first"),
        ({"animals": ["b"]}, "animals: no animal 'b'; allowed: a"),
        ({"animals": []}, "animals: no animal is named; name one, or leave it out"),
    ],
)
def test_bad_options_are_refused(tmp_path: Path, more: dict[str, Any], line: str) -> None:
    path = written(tmp_path, simple(["2020-03-01 00:00", "2020-03-01 03:00"]))
    with pytest.raises(TracksError) as bad:
        read_tracks(path, **(UTM | more))
    assert str(bad.value) == line


def test_a_file_given_twice_and_no_file(tmp_path: Path) -> None:
    path = written(tmp_path, simple(["2020-03-01 00:00", "2020-03-01 03:00"]))
    with pytest.raises(TracksError, match=r"holds the same bytes as .*; name it once"):
        read_tracks([path, path], **UTM)
    with pytest.raises(TracksError, match="no file of tracks; name one or more CSV files"):
        read_tracks([])
    with pytest.raises(TracksError, match=r"track\.csv: no such file; did you mean tracks\.csv"):
        read_tracks(tmp_path / "track.csv", **UTM)


def test_what_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, simple(["2020-03-01 00:00", "2020-03-01 03:00"]))
    monkeypatch.setattr(csv_file, "BYTES_PER_BYTE", 1e15)
    with pytest.raises(ResourceError, match=r"reading it needs about .*read fewer animals"):
        read_tracks(path, **UTM)


def one(tmp_path: Path, xy: Any, hours: Any, **more: Any) -> Tracks:
    return read_tracks(table(tmp_path, {"Ana": (np.asarray(xy, float), hours)}), **(UTM | more))


def test_of_fixes_at_one_time_the_best_stays(tmp_path: Path) -> None:
    text = "id,t,x,y,hdop\n" + "".join(
        f"a,2020-03-01 {h:02d}:00,{500_000 + x},7840000,{dop}\n"
        for h, x, dop in [(0, 0, 1), (3, 250, 2), (3, 90, 2), (3, 5, 9), (6, 70, ""), (6, 80, 3)]
    )
    found = read_tracks(written(tmp_path, text), **UTM)
    assert (found.table["x_m"] - 500_000).tolist() == [0, 90, 80]
    assert words(found)["same_time"] == (
        "a: 3 fixes at the time of another, elsewhere, left out: the one of least error stays, "
        "then the one nearest to the fix before"
    )
    assert "error_m" not in found.table
    found = read_tracks(written(tmp_path, text), **UTM, gps_error_m=5.0)
    assert found.table["error_m"].tolist() == [5, 10, 15]


def test_outliers_by_speed_are_dropped_and_told(tmp_path: Path) -> None:
    xy = ranging(np.random.default_rng(5), 400)
    spoilt = xy.copy()
    # a spike, and two with one good fix between them, which itself is there and back
    spoilt[[100, 200, 202]] += [[60e3, 0], [0, 50e3], [0, 52e3]]
    found = one(tmp_path, spoilt, np.arange(400) * 3.0)
    kept = np.delete(np.arange(400), [100, 200, 202])
    np.testing.assert_allclose(found.table["x_m"] - 5e5, xy[kept, 0], atol=1e-6)
    assert words(found)["outliers"].startswith("Ana: 3 fixes left out, there and back faster than")
    # none of what the animal itself does
    assert "outliers" not in words(one(tmp_path, xy, np.arange(400) * 3.0))


def test_a_largest_speed_that_people_give(tmp_path: Path) -> None:
    xy = [[0, 0], [1000, 0], [5000, 0], [1000, 100], [900, 0]]
    found = one(tmp_path, xy, np.arange(5.0), max_speed_ms=1.0)
    assert (found.table["x_m"] - 5e5).tolist() == [0, 1000, 1000, 900]
    assert words(found)["outliers"] == (
        "Ana: 1 fix left out, there and back faster than 1 m/s (max_speed_ms)"
    )
    with pytest.raises(TracksError) as bad:
        one(tmp_path, ranging(np.random.default_rng(1), 99), np.arange(99.0), max_speed_ms=0.01)
    assert str(bad.value).startswith("Ana: ")
    assert str(bad.value).endswith(
        "fixes are off the track, there and back faster than 0.01 m/s; look for two collars under "
        "one name, a wrong crs, or set max_speed_ms"
    )


def two_animals(seed: int, kind: str) -> tuple[Any, Any]:
    """Fixes of two animals 15 km apart under one name."""
    rng = np.random.default_rng(seed)
    a, b = ranging(rng, 300), ranging(rng, 300, at=(15e3, 0))
    hours = np.arange(300) * 3.0
    if kind == "same times":
        return np.concatenate([a, b]), np.concatenate([hours, hours])
    if kind == "other times":
        return np.concatenate([a, b]), np.concatenate([hours, hours + 1.5])
    if kind == "minutes apart":
        return np.concatenate([a, b]), np.concatenate([hours, hours + 7 / 60])
    # each by chance
    mine = rng.random(300) < 0.5
    return np.where(mine[:, None], a, b), hours


@pytest.mark.parametrize("kind", ["same times", "other times", "minutes apart", "by chance"])
@pytest.mark.parametrize("seed", range(3))
def test_two_collars_under_one_name_are_seen(tmp_path: Path, kind: str, seed: int) -> None:
    xy, hours = two_animals(seed, kind)
    with pytest.raises(TracksError) as bad:
        one(tmp_path, xy, hours)
    assert str(bad.value).startswith("Ana: two collars under one name, ")
    assert str(bad.value).endswith(
        "; give each collar a name of its own, or name it in one_animal if it is one"
    )
    assert len(one(tmp_path, xy, hours, one_animal=["Ana"]).table) == 300 + 300 * (
        kind in ("other times", "minutes apart")
    )
    good = (ranging(np.random.default_rng(9), 50), np.arange(50) * 3.0)
    found = read_tracks(table(tmp_path, {"Ana": (xy, hours), "Bo": good}), **UTM)
    assert found.animals == ("Bo",)
    assert words(found)["two_collars"].startswith("Ana is left out: two collars under one name")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["resident", "migrant", "commuter", "wanderer", "excursions"])
def test_one_animal_is_not_taken_for_two(tmp_path: Path, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 400
    xy = ranging(rng, n)
    if kind == "migrant":
        xy[150:300, 0] += 80e3
    elif kind == "commuter":  # a roost by day, 15 km away feeding grounds by night
        xy = xy / 10 + np.where(np.arange(n) % 8 < 4, 0.0, 15e3)[:, None]
    elif kind == "wanderer":
        xy = np.cumsum(rng.gamma(0.4, 1000, n)[:, None] * rng.normal(size=(n, 2)), axis=0)
    elif kind == "excursions":
        for at in (50, 170, 310):
            xy[at : at + 6, 1] += [10e3, 20e3, 22e3, 20e3, 12e3, 5e3]
    found = one(tmp_path, xy, np.arange(n) * 3.0)
    assert len(found.table) == n
    assert not {"two_collars", "outliers", "lies_still"} & set(words(found))


def test_one_fix_and_one_that_never_moves_are_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lies = (rng.normal(0, 8, (60, 2)), np.arange(60) * 3.0)
    good = (ranging(rng, 60), np.arange(60) * 3.0)
    single = (np.zeros((1, 2)), [0.0])
    found = read_tracks(table(tmp_path, {"a": good, "b": lies, "c": single}), **UTM)
    assert found.animals == ("a",)
    assert words(found)["never_moves"] == (
        "b is left out: it never moves: 95 % of 60 fixes lie within 30 m of one place; leave the "
        "collar out, or set a smaller still_m"
    )
    assert words(found)["one_fix"] == ("c is left out: it has one fix; a track needs two or more")
    with pytest.raises(TracksError) as bad:
        read_tracks(table(tmp_path, {"b": lies}), **UTM)
    assert str(bad.value) == (
        "b: it never moves: 95 % of 60 fixes lie within 30 m of one place; leave the collar out, "
        "or set a smaller still_m"
    )
    with pytest.raises(TracksError) as bad:
        read_tracks(table(tmp_path, {"b": lies, "c": single}), **UTM)
    assert "b (and 1 other animal, none of which can be used): it never moves" in str(bad.value)
    assert read_tracks(table(tmp_path, {"b": lies}), **UTM, still_m=3.0).animals == ("b",)
    with pytest.raises(TracksError) as bad:
        read_tracks(table(tmp_path, {"c": single}), **UTM)
    assert str(bad.value) == "c: it has one fix; a track needs two or more"
    with pytest.raises(TracksError) as bad:
        read_tracks(table(tmp_path, {"c": single, "d": single}), **UTM)
    assert str(bad.value) == (
        "each of 2 animals has one fix; look whether the column of animals is the right one; "
        "columns names another"
    )


def test_a_collar_that_lies_still_at_the_end_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    xy = ranging(rng, 200)
    xy[150:] = xy[149] + rng.normal(0, 8, (50, 2))
    found = one(tmp_path, xy, np.arange(200) * 3.0)
    assert len(found.table) == 200
    told = words(found)["lies_still"]
    assert "days from 2020-03-19 on, lie within 30 m: dead, or the collar came off?" in told
    # a den for as long, in between
    xy[50:110] = xy[50] + rng.normal(0, 8, (60, 2))
    assert "lies_still" not in words(one(tmp_path, xy, np.arange(200) * 3.0))


def test_gaps_are_told(tmp_path: Path) -> None:
    hours = np.arange(40) * 3.0
    hours[20:] += 100.0
    assert words(one(tmp_path, ranging(np.random.default_rng(2), 40), hours))["gaps"] == (
        "Ana: 1 gap of more than 5 times the usual 3 h, the longest 4.29 days after 2020-03-03"
    )


def test_fixes_outside_of_a_landscape_are_told(tmp_path: Path) -> None:
    land = uniform(40, 40, 1000.0)
    west, south, east, north = land.grid.bounds_m
    head = "id,t,x,y\n"
    rows = [(east - 500, south + 500), (east + 500, south + 500), (west + 2500, north - 2500)]
    text = head + "".join(f"a,2020-03-0{i + 1} 00:00,{x},{y}\n" for i, (x, y) in enumerate(rows))
    found = read_tracks(written(tmp_path, text), crs=land.grid.crs, time_zone="UTC")
    (told,) = fixes_outside(found, land)
    assert (told.kind, told.animal, told.count) == ("outside", "a", 1)
    assert told.words == "a: 1 of 3 positions lie outside of the landscape"
    bare = np.zeros(land.grid.shape, np.uint8)
    bare[2, 2] = 1
    covers = np.where(bare > 0, 0, land["land_cover"]).astype(np.uint8)
    holed = replace(land, layers={**land.layers, "outside": bare, "land_cover": covers})
    assert [one.kind for one in fixes_outside(found, holed)] == ["outside", "no_ground"]
    far = land.window(slice(10, 20), slice(10, 20))
    with pytest.raises(
        TracksError, match="none of 3 positions lies on the landscape: they are in "
    ):
        fixes_outside(found, far)
    assert isinstance(land, cs.Landscape)


@measured
def test_measured_tracks_are_read() -> None:
    found = read_tracks(REAL / "morato_jaguar_saobento_2008_9ind.csv", time_zone="UTC")
    assert len(found.animals) == 8
    assert "two_collars" in words(found)
    assert words(found)["two_collars"].startswith("114 is left out: two collars")
    tapirs = read_tracks(REAL / "tapir_atlanticforest_11.csv")
    assert (len(tapirs.animals), len(tapirs.table)) == (11, 4082)
    deer = read_tracks(REAL / "amt_deer.csv", crs=3035, time_zone="UTC")
    assert (deer.crs, len(deer.table)) == ("EPSG:3035", 826)
