"""Files of a made-up island, as a user would bring them: to learn with, and to try things on.

Nothing on the island is real. It lies in open sea, with land cover of its own classes, so that
nothing of another region can be mistaken for its own. The same bytes are written on every call.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.practice_collars import Ground, collar_files
from corridor_sim.errors import ResultsError
from corridor_sim.files import write_bytes
from corridor_sim.gis import layers as looks
from corridor_sim.gis.rasters import classes_style, limits, ramp_style
from corridor_sim.gis.styles import SCALES
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.export import write_geopackage, write_geotiff, write_style
from corridor_sim.landscape.smooth_noise import fractal_noise

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

GRID = Grid(100, 120, 500.0, 470_000.0, 6_350_000.0, "EPSG:32631")
"""60 x 50 km of open sea between Scotland and Denmark."""
NODATA = -9999.0
TABLES = ("sightings.csv", "tracks.csv", "individuals.csv")
CLASSES = """code,key,label,colour,forest,natural,water,settlement,clearable
10,broadleaf,Broadleaved wood,#4d9221,yes,yes,no,no,yes
20,conifer,Conifer wood,#276419,yes,yes,no,no,yes
30,moor,Moor and heath,#b8a6c9,no,yes,no,no,no
40,farmland,Farmland,#f0e2a0,no,no,no,no,no
50,town,Town,#a50026,no,no,no,yes,no
60,lake,Lake,#4575b4,no,yes,yes,no,no
"""
BROADLEAF, CONIFER, MOOR, FARMLAND, TOWN, LAKE = 10, 20, 30, 40, 50, 60
# how green a July picture from space shows each class
NDVI = {BROADLEAF: 0.82, CONIFER: 0.72, MOOR: 0.48, FARMLAND: 0.58, TOWN: 0.22, LAKE: 0.02}
# map metres of places: towns, the ends and bends of roads, corners of reserves
TOWNS = (("Harbourside", 489_000.0, 6_318_000.0), ("Northness", 506_000.0, 6_337_500.0))
ROADS = (
    (2, ((489_000.0, 6_318_000.0), (496_000.0, 6_323_500.0), (506_000.0, 6_337_500.0))),
    (1, ((489_000.0, 6_318_000.0), (486_500.0, 6_328_000.0), (493_500.0, 6_336_000.0))),
    (1, ((489_000.0, 6_318_000.0), (498_500.0, 6_312_500.0), (512_000.0, 6_320_500.0))),
)
RESERVES = (
    ("Western Wood", 482_000.0, 6_336_500.0, 4200.0),
    ("Northern Wood", 511_500.0, 6_334_000.0, 4200.0),
    ("Southern Forest", 503_500.0, 6_314_500.0, 5200.0),
)

F32 = NDArray[np.float32]


def _heights(x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> F32:
    """Return heights in metres; the sea lies at 0 and below."""
    east, north = (x_m - 500_000.0) / 25_000.0, (y_m - 6_325_000.0) / 19_000.0
    dome = 1.0 - (np.abs(east) ** 2.4 + np.abs(north) ** 2.4)
    rough = fractal_noise(GRID, 16_000.0, 5, 0.55, key=11)
    return (330.0 * dome + 95.0 * rough + 40.0).astype(np.float32)


def _cover(heights: F32, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the class of each cell, 0 in the sea."""
    patches = fractal_noise(GRID, 9_000.0, 3, 0.6, key=12)
    wet = fractal_noise(GRID, 6_000.0, 2, 0.6, key=13)
    cover = np.where(patches > 0.15, BROADLEAF, FARMLAND)
    cover = np.where((heights > 170) & (patches > -0.5), CONIFER, cover)
    cover = np.where(heights > 385 + 60 * patches, MOOR, cover)
    cover = np.where((wet < -2.1) & (heights < 300), LAKE, cover)
    for _, at_x, at_y in TOWNS:
        cover = np.where(np.hypot(x_m - at_x, y_m - at_y) < 1600.0, TOWN, cover)
    return np.where(heights > 0, cover, 0).astype(np.uint8)


def _ndvi(cover: NDArray[np.uint8]) -> F32:
    by_code = np.full(256, NODATA, np.float32)
    by_code[list(NDVI)] = list(NDVI.values())
    uneven = np.float32(0.04) * fractal_noise(GRID, 5_000.0, 2, 0.6, key=14)
    green = np.clip(by_code[cover] + uneven, 0, 1)
    return np.where(cover > 0, green, np.float32(NODATA)).astype(np.float32)


def _vectors() -> dict[str, Any]:
    import shapely

    roads = [shapely.LineString(course) for _, course in ROADS]
    reserves = [shapely.Point(x, y).buffer(radius, quad_segs=4) for _, x, y, radius in RESERVES]
    return {
        "roads": ("LineString", roads, {"class": [rank for rank, _ in ROADS]}),
        "reserves": ("Polygon", reserves, {"name": [name for name, *_ in RESERVES]}),
        "towns": (
            "Point",
            [shapely.Point(x, y) for _, x, y in TOWNS],
            {"name": [name for name, *_ in TOWNS], "population": [12_000, 3_500]},
        ),
    }


LOOKS = {"roads": looks.roads, "reserves": looks.protected, "towns": looks.towns}


def _styles(dem: F32, ndvi: F32) -> dict[str, Element]:
    """Return the QGIS styles of the rasters by file name."""
    held = {"dem.qml": (dem, "elevation_m"), "ndvi.qml": (ndvi, "greenness")}
    found = {
        name: ramp_style(kind, limits(np.where(values == NODATA, np.nan, values), SCALES[kind]))
        for name, (values, kind) in held.items()
    }
    rows = [line.split(",") for line in CLASSES.splitlines()[1:]]
    found["cover.qml"] = classes_style([(int(row[0]), row[2], row[3]) for row in rows])
    return found


def write_practice_files(folder: str | Path) -> list[Path]:
    """Write the maps of a made-up island into a folder and return the files, in order.

    An elevation raster with the sea as no data (``dem.tif``), a land cover (``cover.tif``) and the
    table of its classes (``classes.csv``), the greenness of vegetation (``ndvi.tif``), roads,
    reserves and towns (GeoPackages, with QGIS styles as the rasters
    have), where animals were seen (``sightings.csv``), and the tracks of
    seven that carry collars (``tracks.csv``) with their sexes (``individuals.csv``). 120 x 100
    cells of 500 m in UTM zone 31 N.

    Parameters
    ----------
    folder : path
        Made where it is not there; files of these names in it are refused and not overwritten.

    Raises
    ------
    ResultsError
        A file of that name is there, the disk is full, or the folder cannot be written.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> [file.name for file in cs.write_practice_files("island")]  # doctest: +SKIP
    ['dem.tif', 'cover.tif', 'ndvi.tif', 'classes.csv', 'roads.gpkg', ...]
    """
    folder = Path(folder)
    vectors = _vectors()
    rasters = ("dem.tif", "cover.tif", "ndvi.tif")
    styles = [Path(name).with_suffix(".qml").name for name in rasters]
    names = (*rasters, *styles, "classes.csv", *(f"{name}.gpkg" for name in vectors), *TABLES)
    for name in names:
        if (folder / name).exists():
            raise ResultsError(
                "is there already", where=folder / name, remedy="name another folder, or move it"
            )
    x_m, y_m = np.meshgrid(GRID.x_centres_m(), GRID.y_centres_m())
    heights = _heights(x_m, y_m)
    cover = _cover(heights, x_m, y_m)
    dem = np.where(heights > 0, heights, np.float32(NODATA)).astype(np.float32)
    written = []
    for name, values, nodata, said, unit in (
        ("dem.tif", dem, NODATA, "height above the sea", "m"),
        ("cover.tif", cover, 0.0, "land cover, see classes.csv", "1"),
        ("ndvi.tif", _ndvi(cover), NODATA, "NDVI of July", "1"),
    ):
        path = folder / name
        written.append(
            write_geotiff(path, values, GRID, nodata=nodata, description=said, unit=unit)
        )
    written.append(write_bytes(folder / "classes.csv", CLASSES.encode()))
    for name, layer in vectors.items():
        path = folder / f"{name}.gpkg"
        written.append(write_geopackage(path, {name: layer}, GRID.crs, {name: LOOKS[name]}))
    written.append(write_bytes(folder / TABLES[0], _sightings(cover, x_m, y_m).encode()))
    collars = collar_files(Ground(GRID, _ndvi(cover), cover > 0))
    written += [write_bytes(folder / name, text.encode()) for name, text in collars]
    looks_of = _styles(dem, _ndvi(cover))
    return written + [write_style(folder / name, style) for name, style in looks_of.items()]


def _sightings(cover: NDArray[np.uint8], x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> str:
    """Return forty places in the woods of the reserves, spread evenly over those cells."""
    inside = np.zeros(cover.shape, np.bool_)
    for _, at_x, at_y, radius in RESERVES:
        inside |= np.hypot(x_m - at_x, y_m - at_y) < radius
    cells = np.flatnonzero(inside & np.isin(cover, (BROADLEAF, CONIFER)))
    some = cells[np.linspace(0, cells.size - 1, 40).astype(int)]
    rows = [
        f"{x:.0f},{y:.0f},{'fm'[i % 2]}"
        for i, (x, y) in enumerate(zip(x_m.flat[some], y_m.flat[some], strict=True))
    ]
    return "\n".join(["x,y,sex", *rows]) + "\n"
