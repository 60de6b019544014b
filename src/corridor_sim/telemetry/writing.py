"""Tracks as files: CSV with the columns of Movebank, GeoPackage, GeoParquet; by the file's name.

Movebank's columns are those of its attribute dictionary (Kays et al. 2022, Methods Ecol. Evol.
13:419), times are UTC, places degrees of WGS 84. A file is written whole or not at all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyarrow import compute, csv

from corridor_sim.errors import ResultsError, refuse_unknown
from corridor_sim.files import written_beside
from corridor_sim.gis import layers as looks
from corridor_sim.landscape.io.export import write_styles
from corridor_sim.landscape.io.geo import quiet

COLUMNS = (
    *("animal", "species", "taxon", "sex", "stage", "scenario", "replicate"),
    *("time", "lon", "lat", "x_m", "y_m", "state"),
)
WORDS = ("animal", "taxon", "sex", "stage", "scenario", "replicate", "state")
# rows that are made ready for a file at once
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
    numbers = rows["replicate"].cat.categories
    runs = [f"{one}, replicate {i}" for one in rows["scenario"].cat.categories for i in numbers]
    run = rows["scenario"].cat.codes.to_numpy(np.int64) * len(numbers)
    run += rows["replicate"].cat.codes.to_numpy()
    sexes = [str(one)[:1] for one in rows["sex"].cat.categories]
    names = _repeated(rows["animal"].cat.categories, rows["animal"].cat.codes)
    if len(runs) > 1:  # an animal has its name in every run
        whose = _repeated([f" ({one})" for one in runs], run)
        names = compute.binary_join_element_wise(names, whose, "")
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
        "study-name": _repeated([f"{study} (simulated): {one}" for one in runs], run),
    }
    return pa.table(columns)


def _repeated(words: Iterable[object], codes: Any) -> pa.Array:
    """Return words by their numbers."""
    among = pa.array([str(word) for word in words], pa.string())
    return among.take(pa.array(np.asarray(codes, np.int64)))


def plain(tracks: Any) -> Any:
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
    number = tracks.groupby(who, sort=False, observed=True).ngroup().to_numpy()
    order = np.lexsort((tracks["time"].to_numpy("datetime64[ms]"), number))
    number = number[order]
    begin = np.flatnonzero(np.diff(number, prepend=-1))
    end = np.append(begin[1:], number.size) - 1
    several = end > begin
    begin, end = begin[several], end[several]
    first, last = order[begin], order[end]
    kept = np.isin(number, number[begin])
    x, y = (tracks[name].to_numpy(np.float64)[order] for name in ("x_m", "y_m"))
    lines = shapely.linestrings(x[kept], y[kept], indices=_ranks(number[kept]))
    found = gpd.GeoDataFrame(
        plain(tracks[who].iloc[first]).reset_index(drop=True), geometry=lines, crs=tracks.crs
    )
    for name, rows in (("begin", first), ("end", last)):
        found[name] = tracks["time"].iloc[rows].to_numpy("datetime64[ms]")
        found[name] = found[name].dt.tz_localize("UTC")
    found["positions"] = end - begin + 1
    found["state"] = tracks["state"].iloc[last].astype(str).to_numpy()
    found["path_km"] = found.length / 1000
    found["net_km"] = np.hypot(x[end] - x[begin], y[end] - y[begin]) / 1000
    return found


def _ranks(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return rising numbers without gaps for those that rise with gaps."""
    return np.asarray(np.cumsum(np.diff(numbers, prepend=numbers[:1]) != 0), np.int64)


def _geopackage(tracks: gpd.GeoDataFrame, part: Path) -> None:
    """Write the layers ``fixes`` (points) and ``tracks`` (lines) with their QGIS styles."""
    import pyogrio

    kinds = {"fixes": "Point", "tracks": "LineString"}
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": GPKG_DATE})
        try:
            for name, frame in (*_fixes(tracks), ("tracks", ways(tracks))):
                frame.to_file(
                    part,
                    layer=name,
                    driver="GPKG",
                    engine="pyogrio",
                    geometry_type=kinds[name],
                    mode="a" if part.exists() else "w",
                )
            stages, states = (
                list(tracks[name].astype(str).unique()) for name in ("stage", "state")
            )
            write_styles(
                part, {"fixes": {"": looks.fixes(states)}, "tracks": {"": looks.tracks(stages)}}
            )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _fixes(tracks: gpd.GeoDataFrame) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Yield the rows block by block."""
    for begin in range(0, len(tracks), BLOCK):
        yield "fixes", plain(tracks.iloc[begin : begin + BLOCK])


def _geoparquet(tracks: gpd.GeoDataFrame, part: Path) -> None:
    """Write GeoParquet; readers of plain Parquet find the places in columns as well."""
    plain(tracks).to_parquet(part, index=False, compression="zstd")


WRITERS: dict[str, Callable[[Any, Path], None]] = {
    ".csv": _movebank,
    ".gpkg": _geopackage,
    ".parquet": _geoparquet,
}
