"""Tracks as files: CSV with the columns of Movebank, GeoPackage, GeoParquet; by the file's name.

Movebank's columns are those of its attribute dictionary (Kays et al. 2022, Methods Ecol. Evol.
13:419), times are UTC, places degrees of WGS 84. A file is written whole or not at all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyarrow import csv

from corridor_sim.errors import ResultsError, refuse_unknown
from corridor_sim.files import written_beside
from corridor_sim.landscape.io.geo import quiet

COLUMNS = (
    *("animal", "species", "taxon", "sex", "stage", "scenario", "replicate"),
    *("time", "lon", "lat", "x_m", "y_m", "state"),
)
WORDS = ("animal", "taxon", "sex", "stage", "scenario", "replicate", "state")
# rows of a CSV that are made text at once
BLOCK = 200_000
SENSOR = "gps"
# a file of the same tracks is the same file
GPKG_DATE = "2000-01-01T00:00:00.000Z"


def check_path(path: str | Path) -> Path:
    """Return where tracks go, if the name tells a form.

    Raises
    ------
    ResultsError
        It does not, or a folder stands there.
    """
    path = Path(path)
    known = [*WRITERS, ".geoparquet"]
    said = f"tracks go into no file that ends {path.suffix!r}"
    refuse_unknown(path.suffix.lower(), known, said, where=path, error=ResultsError)
    if path.is_dir():
        raise ResultsError("is a folder", where=path, remedy="name a file in it")
    return path


def write(tracks: gpd.GeoDataFrame, path: str | Path) -> Path:
    """Write tracks, as :func:`corridor_sim.tracks` returns them, and return the file.

    Raises
    ------
    ResultsError
        No such form, columns that are missing, or the disk is full.
    """
    path = check_path(path)
    missing = [name for name in COLUMNS if name not in tracks.columns]
    if missing or not isinstance(tracks, gpd.GeoDataFrame):
        raise ResultsError(
            f"no table of tracks: without {', '.join(missing) or 'points'}",
            where=path,
            remedy="give what tracks() returns, rows left out as you like",
        )
    if not len(tracks):
        raise ResultsError("no position to write", where=path, remedy="keep some rows")
    ending = path.suffix.lower().replace(".geoparquet", ".parquet")
    with written_beside(path) as part:
        WRITERS[ending](tracks, part)
    return path


def _movebank(tracks: gpd.GeoDataFrame, part: Path) -> None:
    """Write the table of events as Movebank exports it; what it has no column for is a comment."""
    study = str(tracks.attrs.get("study") or "corridor_sim")
    rows = tracks.assign(**{name: tracks[name].astype("category") for name in WORDS})
    first = _events(rows.iloc[:1], 0, study)
    with csv.CSVWriter(str(part), first.schema) as file:
        for begin in range(0, len(rows), BLOCK):
            file.write(_events(rows.iloc[begin : begin + BLOCK], begin, study))


def _events(rows: gpd.GeoDataFrame, before: int, study: str) -> pa.Table:
    """Return one block of the table; ``before`` rows are written already."""
    n = len(rows)
    stamps = rows["time"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[ms]")
    timestamp = np.datetime_as_string(stamps, unit="ms")
    timestamp.view("U1").reshape(n, -1)[:, timestamp[0].index("T")] = " "
    stage, fate = (rows[name].cat for name in ("stage", "state"))
    ends = ["" if one == "alive" else f"; {one}" for one in fate.categories]
    comments = [f"simulated {one}{end}" for one in stage.categories for end in ends]
    runs = [
        f"{study} (simulated): {one}, replicate {number}"
        for one in rows["scenario"].cat.categories
        for number in rows["replicate"].cat.categories
    ]
    run = rows["scenario"].cat.codes.to_numpy(np.int64) * len(rows["replicate"].cat.categories)
    sexes = [str(one)[:1] for one in rows["sex"].cat.categories]
    names = _repeated(rows["animal"].cat.categories, rows["animal"].cat.codes)
    columns = {
        "event-id": np.arange(before + 1, before + 1 + n, dtype=np.int64),
        "visible": _repeated(["true"], np.zeros(n)),
        "timestamp": pa.array(timestamp.astype(object), pa.string()),
        # 1e-7 degrees are a centimetre
        "location-long": rows["lon"].to_numpy(np.float64).round(7),
        "location-lat": rows["lat"].to_numpy(np.float64).round(7),
        "comments": _repeated(
            comments, stage.codes.to_numpy(np.int64) * len(ends) + fate.codes.to_numpy()
        ),
        "sensor-type": _repeated([SENSOR], np.zeros(n)),
        "individual-taxon-canonical-name": _repeated(
            rows["taxon"].cat.categories, rows["taxon"].cat.codes
        ),
        "tag-local-identifier": names,
        "individual-local-identifier": names,
        "animal-sex": _repeated(sexes, rows["sex"].cat.codes),
        "study-name": _repeated(runs, run + rows["replicate"].cat.codes.to_numpy()),
    }
    return pa.table(columns)


def _repeated(words: Iterable[object], codes: Any) -> pa.Array:
    """Return words by their numbers."""
    among = pa.array([str(word) for word in words], pa.string())
    return among.take(pa.array(np.asarray(codes, np.int64)))


def plain(tracks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return tracks with words for categories, which not every reader of files knows."""
    words = {
        n: tracks[n].astype(str) for n in tracks if isinstance(tracks[n].dtype, pd.CategoricalDtype)
    }
    return tracks.assign(**words)


def ways(tracks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one line an animal, in the CRS of the tracks.

    Columns: who it is, ``begin`` and ``end`` (UTC), ``positions`` (int64), ``path_km`` and
    ``net_km`` (float64, along its line and from its first to its last position), ``state`` (at the
    end). Who has a single position has no line.
    """
    who = ["animal", "species", "taxon", "sex", "stage", "scenario", "replicate"]
    ordered = plain(tracks).sort_values([*who, "time"], kind="stable")
    whose = ordered.groupby(who, sort=False)
    count = whose["time"].transform("size")
    ordered = ordered[(count > 1).to_numpy()]
    whose = ordered.groupby(who, sort=False)
    table = whose.agg(
        begin=("time", "first"),
        end=("time", "last"),
        positions=("time", "size"),
        state=("state", "last"),
    ).reset_index()
    x, y = ordered["x_m"].to_numpy(), ordered["y_m"].to_numpy()
    lines = shapely.linestrings(x, y, indices=whose.ngroup().to_numpy()) if len(ordered) else []
    found = gpd.GeoDataFrame(table, geometry=np.array(lines, object), crs=tracks.crs)
    first, last = whose.head(1), whose.tail(1)
    found["path_km"] = found.length / 1000
    found["net_km"] = (
        np.hypot(
            last["x_m"].to_numpy() - first["x_m"].to_numpy(),
            last["y_m"].to_numpy() - first["y_m"].to_numpy(),
        )
        / 1000
    )
    return found


def _geopackage(tracks: gpd.GeoDataFrame, part: Path) -> None:
    """Write the layers ``fixes`` (points) and ``tracks`` (lines)."""
    import pyogrio

    layers = (("fixes", "Point", plain(tracks)), ("tracks", "LineString", ways(tracks)))
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": GPKG_DATE})
        try:
            for name, kind, frame in layers:
                frame.to_file(
                    part,
                    layer=name,
                    driver="GPKG",
                    engine="pyogrio",
                    geometry_type=kind,
                    mode="a" if part.exists() else "w",
                )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _geoparquet(tracks: gpd.GeoDataFrame, part: Path) -> None:
    """Write GeoParquet; readers of plain Parquet find the places in columns as well."""
    plain(tracks).to_parquet(part, index=False, compression="zstd")


WRITERS: dict[str, Callable[[Any, Path], None]] = {
    ".csv": _movebank,
    ".gpkg": _geopackage,
    ".parquet": _geoparquet,
}
