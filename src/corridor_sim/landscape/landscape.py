"""A landscape: named layers on one grid, with the origin of each layer. Edits return new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest
from corridor_sim.glance import Glance, Rows, some
from corridor_sim.landscape.covariates import Covariate
from corridor_sim.landscape.covers import CoverTable, cover_table
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.layers import INPUT_LAYERS, check_ground, check_layer
from corridor_sim.landscape.parts import Border as Border
from corridor_sim.landscape.parts import Origin as Origin
from corridor_sim.landscape.parts import Town as Town
from corridor_sim.landscape.region import Region

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

Array = NDArray[Any]
# of an object that was made without saying whose classes hold
BUILTIN = "andes-amazon"
DRAWING = "corridor_sim.report.figures.layer_axes"


@dataclass(frozen=True, slots=True, repr=False)
class Landscape(Glance):
    """Named layers on one grid.

    Attributes
    ----------
    name : str
        Short name, used in files and the report.
    grid : Grid
        Geometry shared by all layers.
    layers : Mapping[str, ndarray]
        Arrays ``[height, width]`` as declared in :data:`corridor_sim.landscape.layers.LAYERS`,
        read-only.
    zone_names : tuple of str
        Name of core area ``i`` at position ``i``; position 0 is ``""`` (no core area).
    zone_countries : tuple of str
        ISO 3166 alpha-3 code of each core area, aligned with ``zone_names``.
    zone_groups : Mapping[str, tuple of str]
        National corridors and other named groups of core areas.
    town_list : tuple of Town
        Named settlements; :attr:`towns` has them as points.
    zones_left_out : tuple of str
        Names of areas of the user's file that hold no cell and so are no core areas.
    origins : Mapping[str, Origin]
        Where each layer comes from.
    edits : tuple of str
        One line for every edit applied since the landscape was loaded.
    join_within_m : float
        Core areas this near to each other are one block, see
        :func:`corridor_sim.landscape.blocks.blocks_of`; 0 = only those that touch.
    borders : tuple of Border
        Borders between countries, for maps and words; empty where none is known.
    covers : CoverTable
        What the codes of the layer ``land_cover`` mean.
    region : Region
        What holds in this part of the world: lapse rate, wind, seasons, natural zones; nothing
        where it is not given.
    covariates : Mapping[str, Covariate]
        Maps of the user's own by which species select and settle, by name.
    """

    name: str
    grid: Grid
    layers: Mapping[str, Array]
    zone_names: tuple[str, ...] = ("",)
    zone_countries: tuple[str, ...] = ("",)
    zone_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    town_list: tuple[Town, ...] = ()
    zones_left_out: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    edits: tuple[str, ...] = ()
    join_within_m: float = 0.0
    borders: tuple[Border, ...] = ()
    covers: CoverTable = field(default_factory=lambda: cover_table(BUILTIN))
    region: Region = field(default_factory=Region)
    covariates: Mapping[str, Covariate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [n for n in INPUT_LAYERS if n not in self.layers]
        if missing:
            raise LandscapeError(f"layer {missing[0]} is missing", where=self.name)
        for name, values in self.layers.items():
            check_layer(name, values, self.grid.shape, self.name)
            values.setflags(write=False)
        check_ground(self.layers, self.name, covered=not self.lacks("land_cover"))
        self.covers.refuse_others(self.layers["land_cover"], self.name)
        highest = int(self.layers["protected"].max())
        if highest >= len(self.zone_names):
            raise LandscapeError(
                f"core area {highest} has no name", where=self.name, remedy="name every zone"
            )
        for name, one in self.covariates.items():
            shape = self.grid.shape if one.values is None else one.values.shape[1:]
            if shape != self.grid.shape:
                raise LandscapeError(
                    f"covariate {name} has shape {shape}, the grid {self.grid.shape}",
                    where=self.name,
                    remedy="bring every covariate to the one grid",
                )

    def __getitem__(self, layer: str) -> Array:
        """Return the layer of that name, ``[height, width]``, read-only."""
        return self.layers[layer]

    @property
    def n_zones(self) -> int:
        """Number of core areas, not counting 0 (outside)."""
        return len(self.zone_names) - 1

    def lacks(self, layer: str) -> bool:
        """Whether nobody gave that layer; what needs it is refused."""
        return layer in self.origins and self.origins[layer].status == "absent"

    def needs(self, layer: str, wanted_by: str, give: str) -> None:
        """Refuse what cannot do without a layer that nobody gave.

        Raises
        ------
        LandscapeError
            In one line: who wants it, what is missing, and the key that gives it.
        """
        if self.lacks(layer):
            raise LandscapeError(
                f"{wanted_by} needs {layer}, which {self.name} does not have",
                where="[landscape]",
                remedy=f"add {give}, or leave it out",
            )

    @property
    def outside(self) -> NDArray[np.bool_] | None:
        """Cells without ground, ``[height, width]``; None where all of the map is ground.

        Sea, lakes and what lies beyond a border: nobody walks there, and statistics leave it out.
        """
        return self.layers["outside"] > 0 if "outside" in self.layers else None

    @property
    def n_ground(self) -> int:
        """Number of cells with ground."""
        n = self.grid.height * self.grid.width
        return n - int(np.count_nonzero(self.layers["outside"])) if "outside" in self.layers else n

    @property
    def ground_km2(self) -> float:
        """Area of the cells with ground."""
        return self.n_ground * self.grid.cell_km2

    def mean(self, layer: str) -> float:
        """Return the mean of a layer over the ground."""
        values, off = self.layers[layer], self.outside
        return float((values if off is None else values[~off]).mean(dtype=np.float64))

    def edited(self, note: str, **changes: Any) -> Landscape:
        """Return a copy with ``changes`` and ``note`` added to :attr:`edits`.

        Changed input layers do not refresh derived ones; edits call
        :func:`corridor_sim.landscape.derive.derive` for that.
        """
        return replace(self, edits=(*self.edits, note), **changes)

    def differs(self, other: Landscape) -> NDArray[np.bool_]:
        """Return the cells of which any layer or covariate is another, ``[height, width]``.

        NaN equals NaN.
        """
        found = np.zeros(self.grid.shape, np.bool_)
        for name, one in self.layers.items():
            two = other.layers[name]
            if one is not two:
                apart = one != two
                if one.dtype.kind == "f":
                    apart &= ~(np.isnan(one) & np.isnan(two))
                found |= apart
        for name, own in self.covariates.items():
            differs = own.differs(other.covariates[name])
            if differs is not None:
                found |= differs
        return found

    def window(self, rows: slice, cols: slice) -> Landscape:
        """Return the part of the landscape that lies in some rows and columns."""
        grid = self.grid
        part = Grid(
            rows.stop - rows.start,
            cols.stop - cols.start,
            grid.cell_m,
            grid.west_m + cols.start * grid.cell_m,
            grid.north_m - rows.start * grid.cell_m,
            grid.crs,
        )
        layers = {n: np.ascontiguousarray(v[rows, cols]) for n, v in self.layers.items()}
        cut = {n: c.window(rows, cols) for n, c in self.covariates.items()}
        return replace(self, grid=part, layers=layers, covariates=cut)

    def in_year(self, year: int) -> Landscape:
        """Return the landscape with covariates by years as they hold in a calendar year."""
        now = {name: one.in_year(year) for name, one in self.covariates.items()}
        if all(now[name] is one for name, one in self.covariates.items()):
            return self
        return replace(self, covariates=now)

    # ---- in the words of other libraries

    def to_xarray(self) -> xr.Dataset:
        """Return a CF-1.11 dataset with coordinates, units, CRS and all that is beside the layers.

        ``to_netcdf`` and ``rioxarray`` take it as it is; :meth:`from_xarray` gives the same
        landscape back.
        """
        from corridor_sim.landscape.io.dataset import to_dataset

        rest = {f.name: getattr(self, f.name) for f in fields(self)[3:]}
        return to_dataset(self.name, self.grid, self.layers, rest)

    @classmethod
    def from_xarray(cls, dataset: xr.Dataset) -> Landscape:
        """Return the landscape that a dataset holds: one variable ``[y, x]`` a layer.

        Input layers (:data:`.layers.INPUT_LAYERS`) must be there; derived ones are computed where
        they are not. Axes are map metres of cell centres, the CRS stands in the
        coordinate ``spatial_ref``, as rioxarray writes it.

        Raises
        ------
        LandscapeError
            Dimensions, axes, CRS, units, types or values that a landscape cannot have, in one line.
        """
        from corridor_sim.landscape.io.dataset import from_dataset

        return cls(**from_dataset(dataset))

    @property
    def core_areas(self) -> Any:
        """GeoDataFrame of core areas: polygons with ``id``, ``name``, ``country``, ``area_km2``."""
        from corridor_sim.landscape.io.frames import core_areas_frame

        return core_areas_frame(self["protected"], self.grid, self.zone_names, self.zone_countries)

    @property
    def towns(self) -> Any:
        """GeoDataFrame of towns: points with ``name`` and ``population``."""
        from corridor_sim.landscape.io.frames import towns_frame

        return towns_frame(self.town_list, self.grid.crs)

    def plot(self, layer: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the land cover over relief, or one layer, and return matplotlib's Axes.

        Parameters
        ----------
        layer : str, optional
            One of :attr:`layers`; None draws the map of land cover.
        ax : Axes, optional
            Where to draw; by default a new figure.

        Raises
        ------
        LandscapeError
            No such layer.
        """
        if layer is not None and layer not in self.layers:
            raise LandscapeError(
                f"no layer {layer!r}", where=self.name, remedy=nearest(layer, self.layers)
            )
        # figures belong to reports, above this room: named here, loaded when somebody draws, as
        # pandas does with its plotting backends
        axes: Axes = import_module(DRAWING).layer_axes(self, layer, ax)
        return axes

    def _glance(self) -> tuple[str, Rows]:
        by_status: dict[str, list[str]] = {}
        for name in self.layers:
            origin = self.origins.get(name)
            by_status.setdefault(origin.status if origin else "unknown", []).append(name)
        return self.name, [
            ("ground", str(self.grid)),
            *_without(self),
            ("core areas", some(self.zone_names[1:]) or "none"),
            ("towns", str(len(self.town_list))),
            ("covariates", ", ".join(self.covariates)),
            *((f"layers, {status}", ", ".join(names)) for status, names in by_status.items()),
            *(("edit", note) for note in self.edits),
        ]


def _without(land: Landscape) -> Rows:
    """Return the line that says how much of the map is no ground."""
    if land.outside is None:
        return []
    share = 1 - land.n_ground / (land.grid.height * land.grid.width)
    return [("no ground", f"{100 * share:.3g} % of the map; {land.ground_km2:,.6g} km² are ground")]
