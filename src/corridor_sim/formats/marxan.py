"""Marxan and prioritizr: planning units with costs, features with targets, and how much is where.

Tables as both programs take them (Game & Grantham 2008, Marxan User Manual 1.8.10, ch. 3; Hanson et
al. 2025, prioritizr, ``marxan_problem``): *pu* ``id cost status``, *spec* ``id target`` or ``prop``
``spf name``, *puvspr* ``species pu amount``, *bound* ``id1 id2 boundary``, and ``input.dat``, which
names them. The cheapest set of units is sought that holds of every feature what its target says.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, placing
from corridor_sim.files import frame_csv, write_csv, write_text
from corridor_sim.formats.tables import Table, beside, text_of
from corridor_sim.landscape.io.local_files import regular_file
from corridor_sim.landscape.landscape import Landscape

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.links.rank import LinkResult
    from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
FREE, LOCKED_IN, LOCKED_OUT = 0, 2, 3
# files by what input.dat calls them, and what they are called where it does not say
NAMED = {
    "PUNAME": "pu.dat",
    "SPECNAME": "spec.dat",
    "PUVSPRNAME": "puvspr.dat",
    "BOUNDNAME": "bound.dat",
}
# columns and keys that change what is asked, of which nothing is made here
ELSE_IN_SPEC = ("target2", "targetocc", "sepnum", "sepdistance")
ELSE_IN_INPUT = ("BLOCKDEFNAME", "ASYMMETRICCONNECTIVITY", "COSTTHRESH", "PROBABILITYWEIGHTING")
MORE_THAN_NONE = 1e-12


class Ranked(Protocol):
    """What ``cs.rank_links`` returns, or opens again."""

    @property
    def ranked(self) -> Any:
        """The ranking as an object."""


@dataclass(frozen=True, eq=False)
class Marxan:
    """A planning problem as Marxan and prioritizr have it.

    Attributes
    ----------
    pu : DataFrame
        Planning units: ``id`` (int64), ``cost`` (float64), ``status`` (int64: 0 free, 1 in the
        first set, 2 always in, 3 never in).
    spec : DataFrame
        Features: ``id`` (int64), ``target`` (an amount) or ``prop`` (a share of all there is),
        ``spf`` and ``name``.
    puvspr : DataFrame
        ``species`` and ``pu`` (int64, ids), ``amount`` (float64), sorted by unit.
    bound : DataFrame or None
        ``id1``, ``id2`` (int64), ``boundary`` (float64); a unit with itself is its outer edge.
    blm : float
        What a unit of boundary costs.
    names : sequence of str
        What the units are, in their order; may be empty.
    outlines : GeoDataFrame or None
        Their outlines.
    note : str
        What there is to say of how it was made; mostly empty.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> land = cs.load_landscape(cell_m=10_000)
    >>> problem = cs.formats.Marxan.of(land, ["jaguar"], target=0.3, unit_m=50_000)
    >>> problem.spec["name"].tolist(), bool(problem.pu["cost"].sum() == land.ground_km2)
    (['jaguar'], True)
    """

    pu: pd.DataFrame
    spec: pd.DataFrame
    puvspr: pd.DataFrame
    bound: pd.DataFrame | None = None
    blm: float = 0.0
    names: Sequence[str] = ()
    outlines: gpd.GeoDataFrame | None = field(default=None, repr=False)
    note: str = ""

    @classmethod
    def read(cls, path: str | Path) -> Marxan:
        """Read the tables of a problem.

        Parameters
        ----------
        path : path
            ``input.dat``, or a folder with it or with ``pu.dat``, ``spec.dat``, ``puvspr.dat`` (or
            ``puvspr2.dat``) and, where there is one, ``bound.dat``.

        Raises
        ------
        LandscapeError
            In one line: a file or column that is missing, a value that cannot be, an id that comes
            twice or is of nothing, or what is asked beyond targets, costs and boundaries.
        """
        files, blm = _files(Path(path))
        pu = _read_pu(files["PUNAME"])
        spec = _read_spec(files["SPECNAME"])
        puvspr = _read_amounts(files["PUVSPRNAME"], pu, spec)
        bound = _read_bound(files["BOUNDNAME"], pu) if "BOUNDNAME" in files else None
        return cls(pu, spec, puvspr, bound, blm)

    @classmethod
    def of(
        cls,
        source: Ranked | Landscape,
        species: Sequence[Species | str] = (),
        *,
        target: float | None = None,
        unit_m: float = 10_000.0,
    ) -> Marxan:
        """Make a problem of ranked links, or of a landscape.

        Of a ranking the links are the planning units, with what they cost, and each species is a
        feature of which a link holds the benefit that it brings alone. The targets are what the
        chosen set brings without interactions, so that its cost is a bound for what is sought. Of
        a landscape the units are squares that cost their ground in km² and hold suitable habitat
        in km²; those that lie mostly in core areas are always in.

        Parameters
        ----------
        source : RankingResults or Landscape
        species : sequence of Species or str
            Features of a landscape.
        target : float, optional
            Share of all there is of a feature, above 0 to 1; for a landscape 0.3 where not given,
            for links what the chosen set brings.
        unit_m : float
            Edge of the squares in metres; whole cells are taken.

        Raises
        ------
        LandscapeError
            A target out of its range, no species, or a ranking that chose nothing and no target.
        """
        if target is not None and not 0 < target <= 1:
            raise LandscapeError(f"a share of {target:g}", where="target", remedy="above 0 to 1")
        if isinstance(source, Landscape):
            return _of_landscape(source, species, 0.3 if target is None else target, unit_m)
        found = source.ranked
        return _of_links(found.result, found.land.grid.crs, target)

    @property
    def targets(self) -> F64:
        """What must be held of each feature, in the unit of its amounts: ``[feature]``."""
        ids = self.spec["id"].to_numpy()
        total = np.array(
            [self.puvspr.loc[self.puvspr["species"] == one, "amount"].sum() for one in ids]
        )
        share = self.spec["prop"].to_numpy() if "prop" in self.spec else np.zeros(len(ids))
        fixed = self.spec["target"].to_numpy() if "target" in self.spec else np.zeros(len(ids))
        return np.asarray(np.where(share > 0, share * total, fixed))

    def amounts(self) -> F64:
        """Return what each unit holds of each feature, ``[feature, unit]``."""
        at_pu = {one: i for i, one in enumerate(self.pu["id"].tolist())}
        at_spec = {one: i for i, one in enumerate(self.spec["id"].tolist())}
        out = np.zeros((len(at_spec), len(at_pu)))
        rows = (self.puvspr[c].tolist() for c in ("species", "pu", "amount"))
        for feature, unit, amount in zip(*rows, strict=True):
            out[at_spec[feature], at_pu[unit]] = amount
        return out

    def write(self, folder: str | Path) -> list[Path]:
        """Write ``input.dat`` and the tables that it names, into a folder.

        Beside them ``names.csv`` tells what the units are and ``units.gpkg`` where, if known.

        Raises
        ------
        ResultsError
            The folder cannot be written.
        """
        folder = Path(folder)
        tables = {"PUNAME": self.pu, "SPECNAME": self.spec, "PUVSPRNAME": self.puvspr}
        if self.bound is not None:
            tables["BOUNDNAME"] = self.bound
        lines = [f"BLM {self.blm!r}", "RUNMODE 1", "NUMREPS 100", "NUMITNS 1000000"]
        lines += ["INPUTDIR .", *(f"{key} {NAMED[key]}" for key in tables)]
        lines += ["OUTPUTDIR output", "SCENNAME output", "SAVEBEST 3", "SAVESUMSOLN 3"]
        lines += ["SAVETARGMET 3", "VERBOSITY 1"]
        written = [write_text(folder / "input.dat", "\n".join(lines) + "\n")]
        for key, table in tables.items():
            written.append(write_text(folder / NAMED[key], frame_csv(_unquoted(table))))
        if len(self.names):
            rows = list(zip(self.pu["id"].tolist(), self.names, strict=True))
            written.append(write_csv(folder / "names.csv", ("id", "name"), rows))
        if self.outlines is not None:
            written.append(_write_outlines(folder / "units.gpkg", self.outlines))
        return written


def _unquoted(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts hold nothing that Marxan takes for the end of a column."""
    if "name" not in table:
        return table
    return table.assign(name=table["name"].str.replace(r"[\s,;\"']+", "_", regex=True))


def _write_outlines(path: Path, outlines: gpd.GeoDataFrame) -> Path:
    from corridor_sim.landscape.io.export import write_geopackage

    columns = {"id": outlines["id"].tolist(), "cost": outlines["cost"].tolist()}
    kind = outlines.geometry.iloc[0].geom_type
    layer = (kind, list(outlines.geometry), columns)
    return write_geopackage(path, {"units": layer}, str(outlines.crs.to_wkt()))


# ---- reading


def _files(path: Path) -> tuple[dict[str, Path], float]:
    """Return the tables of a problem by what input.dat calls them, and its boundary modifier."""
    if os.path.isdir(path):
        if not os.path.exists(path / "input.dat"):
            found = {key: path / name for key, name in NAMED.items()}
            if not found["PUVSPRNAME"].exists() and (path / "puvspr2.dat").exists():
                found["PUVSPRNAME"] = path / "puvspr2.dat"
            if not found["BOUNDNAME"].exists():
                del found["BOUNDNAME"]
            return found, 0.0
        path = path / "input.dat"
    given: dict[str, str] = {}
    for line in text_of(path).splitlines():
        key, _, value = line.strip().partition(" ")
        if key.isupper() and value.strip():
            given[key] = value.strip()
    for key in ELSE_IN_INPUT:
        if key in given and not _is_nothing(given[key]):
            raise LandscapeError(
                f"asks for {key} {given[key][:40]}",
                where=path,
                remedy="leave it out, or set it to 0",
            )
    missing = next((key for key in list(NAMED)[:3] if key not in given), None)
    if missing is not None:
        raise LandscapeError(f"has no {missing}", where=path, remedy="name the file")
    folder = beside(path, given.get("INPUTDIR", "."))
    return {key: folder / given[key] for key in NAMED if key in given}, _blm(given, path)


def _is_nothing(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False


def _blm(given: dict[str, str], path: Path) -> float:
    text = given.get("BLM", "0")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise LandscapeError(f"BLM is {text[:40]}", where=path, remedy="give a number from 0 on")
    return value


def _read_pu(path: Path) -> pd.DataFrame:
    import pandas as pd

    table = Table(path, ("id", "cost"))
    if not table.rows:
        raise LandscapeError("has no planning unit", where=path, remedy="give id, cost")
    ids = table.ids("id")
    table.refuse_twice(ids)
    status = table.ids("status") if "status" in table else np.zeros(ids.size, np.int64)
    if np.any(status > LOCKED_OUT):
        line = table.lines[int(np.argmax(status > LOCKED_OUT))]
        raise LandscapeError("status above 3", where=f"{path}:{line}", remedy="give 0, 1, 2 or 3")
    return pd.DataFrame({"id": ids, "cost": table.numbers("cost"), "status": status})


def _read_spec(path: Path) -> pd.DataFrame:
    import pandas as pd

    table = Table(path, ("id",))
    if not table.rows:
        raise LandscapeError("has no feature", where=path, remedy="give id, target, spf, name")
    if "target" not in table and "prop" not in table:
        raise LandscapeError("has no target", where=path, remedy="give a column target or prop")
    for column in ELSE_IN_SPEC:
        if column in table and np.any(table.numbers(column) > 0):
            raise LandscapeError(
                f"asks for {column}", where=path, remedy="leave the column out, or set it to 0"
            )
    ids = table.ids("id")
    table.refuse_twice(ids)
    found: dict[str, Any] = {"id": ids}
    for column, most in (("target", math.inf), ("prop", 1.0), ("spf", math.inf)):
        if column in table:
            # -1 stands for a target that is given in the other way
            least = -1.0 if column in ("target", "prop") else 0.0
            found[column] = table.numbers(column, least, most)
    if "name" in table:
        found["name"] = table.words("name")
    return pd.DataFrame(found)


def _read_amounts(path: Path, pu: pd.DataFrame, spec: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    table = Table(path, ("species", "pu", "amount"))
    feature = table.ids("species", spec["id"].to_numpy(), "spec")
    unit = table.ids("pu", pu["id"].to_numpy(), "pu")
    table.refuse_twice(feature, unit)
    amount = table.numbers("amount")
    found = pd.DataFrame({"species": feature, "pu": unit, "amount": amount})
    return found.sort_values(["pu", "species"], ignore_index=True)


def _read_bound(path: Path, pu: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    with placing(path):
        if not regular_file(path, may_be_empty=True).stat().st_size:
            return pd.DataFrame({"id1": [], "id2": [], "boundary": []})
    table = Table(path, ("id1", "id2", "boundary"))
    known = pu["id"].to_numpy()
    one, other = (table.ids(column, known, "pu") for column in ("id1", "id2"))
    table.refuse_twice(np.minimum(one, other), np.maximum(one, other))
    return pd.DataFrame({"id1": one, "id2": other, "boundary": table.numbers("boundary")})


# ---- made from what this program holds


def _of_links(result: LinkResult, crs: str, target: float | None) -> Marxan:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.links.files import outlines

    n = len(result.links)
    amount = np.where(result.by_species > MORE_THAN_NONE, result.by_species, 0.0)
    said = []
    for s, key in enumerate(result.species):
        lost = [
            result.links[i].name for i in np.flatnonzero(result.by_species[s] < -MORE_THAN_NONE)
        ]
        if lost:
            said.append(
                f"{key} loses by {', '.join(lost)}: written as 0, since no amount is below 0"
            )
    if target is not None:
        wanted: dict[str, Any] = {"prop": np.full(len(result.species), target)}
    elif result.chosen is None or not result.chosen.links:
        raise LandscapeError(
            "no set was chosen", where="target", remedy="give the share to be held"
        )
    else:
        wanted = {"target": amount[:, list(result.chosen.links)].sum(axis=1)}
    cost = np.array([one.cost for one in result.links], np.float64)
    status = [{None: FREE, True: LOCKED_IN, False: LOCKED_OUT}[one.must] for one in result.links]
    pu = pd.DataFrame({"id": np.arange(1, n + 1), "cost": cost, "status": status})
    features = np.arange(1, len(result.species) + 1)
    spec = pd.DataFrame({"id": features, **wanted, "spf": 1.0, "name": list(result.species)})
    columns = {"id": pu["id"], "cost": cost}
    shapes = gpd.GeoDataFrame(columns, geometry=outlines(result.links), crs=crs)
    names = [one.name for one in result.links]
    return Marxan(pu, spec, _amounts(amount), None, 0.0, names, shapes, "; ".join(said))


def _amounts(amount: F64) -> pd.DataFrame:
    """Return amounts ``[feature, unit]`` as a table without what there is none of, by unit."""
    import pandas as pd

    unit, feature = np.nonzero(amount.T > 0)
    return pd.DataFrame(
        {"species": feature + 1, "pu": unit + 1, "amount": amount[feature, unit].astype(np.float64)}
    )


def _of_landscape(
    land: Landscape, species: Sequence[Species | str], target: float, unit_m: float
) -> Marxan:
    import geopandas as gpd
    import pandas as pd
    from shapely import box

    from corridor_sim.species.suitability_map import suitability

    if not species:
        raise LandscapeError("no species", where="species", remedy="give one or more")
    g = land.grid
    if not g.cell_m <= unit_m <= g.cell_m * max(g.shape):
        raise LandscapeError(
            f"squares of {unit_m:g} m", where="unit_m", remedy=f"give {g.cell_m:g} or more"
        )
    k = round(unit_m / g.cell_m)
    rows, cols = -(-g.height // k), -(-g.width // k)
    square = (np.arange(g.height) // k)[:, None] * cols + np.arange(g.width) // k
    ground = np.ones(g.shape, np.bool_) if land.outside is None else ~land.outside

    def per_unit(values: NDArray[Any]) -> F64:
        total = np.bincount(square.reshape(-1), np.asarray(values, np.float64).reshape(-1))
        return np.asarray(total * g.cell_km2)

    area = per_unit(ground)
    kept = np.flatnonzero(area > 0)
    held = per_unit(ground & (land["protected"] > 0))[kept] > area[kept] / 2
    maps = [suitability(land, one) for one in species]
    amount = np.stack([per_unit(np.nan_to_num(one.values))[kept] for one in maps])
    keys = [one if isinstance(one, str) else one.key for one in species]
    pu = pd.DataFrame(
        {
            "id": np.arange(1, kept.size + 1),
            "cost": area[kept],
            "status": np.where(held, LOCKED_IN, FREE).astype(np.int64),
        }
    )
    n_features = np.arange(1, len(keys) + 1)
    spec = pd.DataFrame({"id": n_features, "prop": target, "spf": 1.0, "name": keys})
    row, col = np.divmod(kept, cols)
    west, north = g.west_m + col * k * g.cell_m, g.north_m - row * k * g.cell_m
    east = np.minimum(west + k * g.cell_m, g.west_m + g.width * g.cell_m)
    south = np.maximum(north - k * g.cell_m, g.north_m - g.height * g.cell_m)
    shapes = gpd.GeoDataFrame(
        {"id": pu["id"], "cost": pu["cost"]}, geometry=box(west, south, east, north), crs=g.crs
    )
    sides = (east - west) / 1000, (north - south) / 1000
    bound = _edges(kept, (rows, cols), *sides)
    return Marxan(pu, spec, _amounts(amount), bound, 0.0, (), shapes)


def _edges(kept: NDArray[np.intp], shape: tuple[int, int], wide: F64, high: F64) -> pd.DataFrame:
    """Return the edges that squares share, in km, and of each with itself the rest of its own."""
    import pandas as pd

    number = np.zeros(shape[0] * shape[1], np.int64)
    number[kept] = np.arange(1, kept.size + 1)
    grid = number.reshape(shape)
    outer = 2 * (wide + high)
    found: list[tuple[Any, Any, Any]] = []
    for one, other, length in ((grid[:, :-1], grid[:, 1:], high), (grid[:-1], grid[1:], wide)):
        both = (one > 0) & (other > 0)
        a, b = one[both], other[both]
        shared = length[a - 1]
        np.subtract.at(outer, a - 1, shared)
        np.subtract.at(outer, b - 1, shared)
        found.append((a, b, shared))
    ids = np.arange(1, kept.size + 1)
    left = outer > 1e-9
    found.append((ids[left], ids[left], outer[left]))
    columns = [np.concatenate(part) for part in zip(*found, strict=True)]
    return pd.DataFrame(dict(zip(("id1", "id2", "boundary"), columns, strict=True)))
