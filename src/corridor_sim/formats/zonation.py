"""Zonation: a list of features, each a raster with a weight, and the settings that name it.

*Zonation 5* (Moilanen et al. 2022, Methods in Ecology and Evolution 13:1062) takes a settings file
(``feature list file = features.txt``, ``hierarchic mask layer = ...``) and a list whose head names
its columns, ``weight filename``, ``group`` and ``threshold`` among them. *Zonation 4* (Moilanen et
al. 2014, Zonation user manual v4) takes a list without a head, of six columns: weight, alpha of
distribution smoothing, two of boundary quality, exponent of the benefit function, file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.connectivity.grid_file import AsciiGrid, read_grid, write_grid
from corridor_sim.errors import LandscapeError, nearest, shown
from corridor_sim.files import write_text
from corridor_sim.formats.tables import Table, beside, text_of
from corridor_sim.landscape.landscape import Landscape

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from corridor_sim.species.traits import Species

LIST = "feature list file"
MASK = "hierarchic mask layer"
# what a settings file of Zonation 5 may name besides, of which nothing is made here
ELSE = ("external solution", "analysis area mask layer", "cost layer", "weight groups file")
# weight, alpha, boundary quality (two), exponent, file
COLUMNS_V4 = 6
MOST_FEATURES = 10_000


@dataclass(frozen=True, eq=False)
class Zonation:
    """Features of a prioritisation.

    Attributes
    ----------
    features : DataFrame
        One row a feature: ``name``, ``weight`` (float64), ``group`` (int64) and ``threshold``
        (float64) where they were given, and ``file``, the path of its raster ("" until written).
    maps : mapping of str to DataArray
        The raster of each feature by its name, where it was made here; see :meth:`map`.
    mask : DataArray or None
        Hierarchic mask: ground with a larger number is kept longest.
    mask_file : str
        Its file, where it was read.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> land = cs.load_landscape(cell_m=10_000)
    >>> made = cs.formats.Zonation.of(land, ["jaguar", "andean_bear"], {"jaguar": 2.0})
    >>> made.features["weight"].tolist()
    [2.0, 1.0]
    """

    features: pd.DataFrame
    maps: Mapping[str, xr.DataArray] = field(default_factory=dict, repr=False)
    mask: xr.DataArray | None = field(default=None, repr=False)
    mask_file: str = ""

    @classmethod
    def read(cls, path: str | Path) -> Zonation:
        """Read a settings file of Zonation 5, or a list of features of Zonation 5 or 4.

        Parameters
        ----------
        path : path
            Rasters and lists that it names lie relative to its own folder.

        Raises
        ------
        LandscapeError
            In one line: a key or column that is not understood, a weight that is no number, no
            feature, a raster that is not there, or rasters that do not lie on each other.
        """
        path, mask = Path(path), ""
        if any(line.partition("=")[0].strip().lower() == LIST for line in _lines(path)):
            given = _settings(path)
            path, mask = beside(path, given[LIST]), given.get(MASK, "")
            mask = str(beside(Path(path), mask)) if mask else ""
        features = _features(path)
        found = cls(features, {}, None, mask)
        first: AsciiGrid | None = None
        for file in features["file"]:
            grid = read_grid(file)
            if first is not None:
                first.same_place(grid)
            first = first or grid
        if mask and first is not None:
            first.same_place(read_grid(mask))
        return found

    @classmethod
    def of(
        cls,
        land: Landscape,
        species: Sequence[Species | str],
        weights: Mapping[str, float] | None = None,
    ) -> Zonation:
        """Make features of how suitable a landscape is, and a mask of its core areas.

        Parameters
        ----------
        land : Landscape
            With its edits made: ``cs.scenario_landscape(...)``.
        species : sequence of Species or str
        weights : mapping of key to float, optional
            1 where not given.

        Raises
        ------
        LandscapeError
            No species, or a weight of something else.
        """
        from corridor_sim.landscape.io.dataset import map_of
        from corridor_sim.species.suitability_map import suitability

        if not species:
            raise LandscapeError("no species", where="species", remedy="give one or more")
        keys = [one if isinstance(one, str) else one.key for one in species]
        maps = {k: suitability(land, one) for k, one in zip(keys, species, strict=True)}
        inside = (land["protected"] > 0).astype(np.float32)
        if land.outside is not None:
            inside[land.outside] = np.nan
        mask = map_of(land.grid, inside, "core_areas", "1", "1 inside of core areas")
        return cls(_table(maps, weights), maps, mask)

    def map(self, name: str) -> AsciiGrid | xr.DataArray:
        """Return the raster of a feature: as it was made, or read from its file."""
        if name in self.maps:
            return self.maps[name]
        known = self.features["name"].tolist()
        if name not in known:
            raise LandscapeError(f"no feature {name!r}", where="map", remedy=nearest(name, known))
        return read_grid(self.features["file"].iloc[known.index(name)])

    def write(self, folder: str | Path) -> list[Path]:
        """Write rasters, lists and settings of Zonation 5 and 4 into a folder.

        ``settings.z5`` with ``features.txt`` for Zonation 5, ``settings.dat`` with ``features.spp``
        for Zonation 4, rasters as GeoTIFF in ``maps/``. Run Zonation in that folder.

        Raises
        ------
        ResultsError
            The folder cannot be written.
        """
        folder, written, names = Path(folder), [], []
        for number, name in enumerate(self.features["name"]):
            file = f"maps/{_file_name(name, number)}.tif"
            written.append(_write_map(folder / file, self.map(name)))
            names.append(file)
        settings = f"{LIST} = features.txt\n"
        mask: AsciiGrid | xr.DataArray | None = self.mask
        if mask is None and self.mask_file:
            mask = read_grid(self.mask_file)
        if mask is not None:
            place = folder / "maps" / "hierarchic_mask.tif"
            written.append(_write_map(place, mask, whole=True))
            settings += f"{MASK} = maps/hierarchic_mask.tif\n"
        beyond = [c for c in ("group", "threshold") if c in self.features]
        five, four = [" ".join(("weight", *beyond, "filename"))], []
        for at, file in enumerate(names):
            row = self.features.iloc[at]
            values = [f"{row[c]:.15g}" for c in ("weight", *beyond)]
            five.append(" ".join((*values, file)))
            # no smoothing, no boundary quality, the usual exponent of the benefit function
            four.append(f"{row['weight']:.15g} 0 1 1 0.25 {file}")
        written.append(write_text(folder / "features.txt", "\n".join(five) + "\n"))
        written.append(write_text(folder / "settings.z5", settings))
        written.append(write_text(folder / "features.spp", "\n".join(four) + "\n"))
        lines = ["[Settings]", "removal rule = 1", "warp factor = 100", "edge removal = 1"]
        if mask is not None:
            lines += ["use mask = 1", "mask file = maps/hierarchic_mask.tif"]
        written.append(write_text(folder / "settings.dat", "\n".join(lines) + "\n"))
        return written


def _table(maps: Mapping[str, Any], weights: Mapping[str, float] | None) -> pd.DataFrame:
    import pandas as pd

    keys = list(maps)
    for key, weight in (weights or {}).items():
        if key not in keys:
            raise LandscapeError(f"weight of {key!r}", where="weights", remedy=nearest(key, keys))
        if not math.isfinite(weight):
            raise LandscapeError(f"{key}: {weight}", where="weights", remedy="give a number")
    each = np.array([float((weights or {}).get(key, 1.0)) for key in keys])
    return pd.DataFrame({"name": keys, "weight": each, "file": ""})


# ---- reading


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in text_of(path).splitlines() if line.strip()]


def _settings(path: Path) -> dict[str, str]:
    """Return what a settings file of Zonation 5 names."""
    given: dict[str, str] = {}
    for number, line in enumerate(text_of(path).splitlines(), 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        key, value = key.lower(), value.strip("\"'")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals or key not in (LIST, MASK) or not value or key in given:
            what = "comes twice" if key in given else "is not understood"
            remedy = f"allowed: {LIST}, {MASK}"
            if key in ELSE:
                what, remedy = "is not read", "take it out"
            raise LandscapeError(f"{shown(key)} {what}", where=f"{path}:{number}", remedy=remedy)
        given[key] = value
    return given


def _features(path: Path) -> pd.DataFrame:
    """Return the features of a list of Zonation 5, which has a head, or of Zonation 4."""
    import pandas as pd

    lines = _lines(path)
    if not lines:
        raise LandscapeError("has no feature", where=path, remedy="give lines: weight filename")
    head = [word.strip("\"'").lower() for word in lines[0].replace(",", " ").split()]
    if "filename" in head:
        table = Table(path, ("filename",))
        allowed = ("filename", "weight", "group", "threshold")
        odd = next((c for c in table.columns if c not in allowed), None)
        if odd is not None:
            raise LandscapeError(
                f"column {shown(odd)} is not understood", where=path, remedy=nearest(odd, allowed)
            )
        files = table.words("filename")
        far = -1e300
        found: dict[str, Any] = {"weight": np.ones(len(files))}
        if "weight" in table:
            found["weight"] = table.numbers("weight", far)
        if "group" in table:
            found["group"] = table.numbers("group", far).astype(np.int64)
        if "threshold" in table:
            found["threshold"] = table.numbers("threshold", far)
    else:
        files, weights = [], []
        for number, line in enumerate(text_of(path).splitlines(), 1):
            words = line.split(None, COLUMNS_V4 - 1)
            if not words or words[0].startswith("#"):
                continue
            weights.append(_weight(words, f"{path}:{number}"))
            files.append(words[-1].strip("\"'"))
        found = {"weight": np.array(weights)}
    if not 0 < len(files) <= MOST_FEATURES:
        raise LandscapeError(
            f"has {len(files)} features", where=path, remedy=f"give 1 to {MOST_FEATURES}"
        )
    paths = [beside(path, name) for name in files]
    if len(set(paths)) < len(paths):
        raise LandscapeError("names a raster twice", where=path, remedy="keep one")
    stems = [one.stem for one in paths]
    names = stems if len(set(stems)) == len(stems) else [f"{i}_{s}" for i, s in enumerate(stems, 1)]
    return pd.DataFrame({"name": names, **found, "file": [str(one) for one in paths]})


def _weight(words: list[str], where: str) -> float:
    """Return the weight of a line of Zonation 4, whose other numbers must be numbers too.

    They say how a run treats the feature where its command asks for smoothing or boundary quality.
    """
    if len(words) != COLUMNS_V4:
        raise LandscapeError(
            f"{len(words)} values instead of {COLUMNS_V4}",
            where=where,
            remedy="give weight, alpha, two of boundary quality, exponent and file, or a head with "
            "filename",
        )
    try:
        values = [float(word) if "_" not in word else math.nan for word in words[:-1]]
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise LandscapeError("not five numbers before the file", where=where, remedy="correct them")
    return values[0]


# ---- writing


def _file_name(name: str, number: int) -> str:
    """Return a name that every file system and Zonation take: no blanks, nothing but ASCII."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)
    return kept if kept == name else f"{kept[:80]}_{number + 1}"


def _write_map(path: Path, given: AsciiGrid | xr.DataArray, *, whole: bool = False) -> Path:
    """Write a raster as GeoTIFF; masks as whole numbers, which Zonation asks for."""
    if isinstance(given, AsciiGrid):
        like = given
    else:
        from corridor_sim.landscape.io.dataset import crs_of, place_of

        grid = place_of(given, crs_of(given))
        south = grid.bounds_m[1]
        like = AsciiGrid(given.values, grid.west_m, south, grid.cell_m, path, grid.crs)
    if whole:
        return write_grid(path, like.values, like, dtype="int16", nodata=-1)
    return write_grid(path, like.values, like, dtype="float32")
