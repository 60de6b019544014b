"""A landscape: named layers on one grid, with the origin of each layer. Edits return new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.layers import INPUT_LAYERS, LAYERS, check_layer

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one layer comes from, shown in the report beside every result.

    ``status`` is ``"real"`` (measured data), ``"approximated"`` (built from rules or published
    figures), ``"derived"`` (computed from other layers) or ``"user"`` (the user's own file).
    """

    status: Literal["real", "approximated", "derived", "user"]
    source: str
    replace_with: str = ""


@dataclass(frozen=True, slots=True)
class Town:
    """A named settlement: map position in metres and population."""

    name: str
    x_m: float
    y_m: float
    population: int


@dataclass(frozen=True, slots=True)
class Landscape:
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
    towns : tuple of Town
        Named settlements.
    zones_left_out : tuple of str
        Names of areas of the user's file that hold no cell and so are no core areas.
    origins : Mapping[str, Origin]
        Where each layer comes from.
    edits : tuple of str
        One line for every edit applied since the landscape was loaded.
    """

    name: str
    grid: Grid
    layers: Mapping[str, Array]
    zone_names: tuple[str, ...] = ("",)
    zone_countries: tuple[str, ...] = ("",)
    zone_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    towns: tuple[Town, ...] = ()
    zones_left_out: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    edits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = [n for n in INPUT_LAYERS if n not in self.layers]
        if missing:
            raise LandscapeError(f"layer {missing[0]} is missing", where=self.name)
        for name, values in self.layers.items():
            check_layer(name, values, self.grid.shape, self.name)
            values.setflags(write=False)
        highest = int(self.layers["protected"].max())
        if highest >= len(self.zone_names):
            raise LandscapeError(
                f"core area {highest} has no name", where=self.name, remedy="name every zone"
            )

    def __getitem__(self, layer: str) -> Array:
        """Return the layer of that name, ``[height, width]``, read-only."""
        return self.layers[layer]

    @property
    def n_zones(self) -> int:
        """Number of core areas, not counting 0 (outside)."""
        return len(self.zone_names) - 1

    def edited(self, note: str, **changes: Any) -> Landscape:
        """Return a copy with ``changes`` and ``note`` added to :attr:`edits`.

        Changed input layers do not refresh derived ones; edits call
        :func:`corridor_sim.landscape.derive.derive` for that.
        """
        return replace(self, edits=(*self.edits, note), **changes)

    def to_xarray(self) -> xr.Dataset:
        """Return a CF-1.11 dataset with coordinates, units and ``grid_mapping``."""
        import xarray as xr
        from pyproj import CRS

        data: dict[str, Any] = {}
        for name, values in self.layers.items():
            spec = LAYERS[name]
            attrs = {"long_name": spec.meaning, "units": spec.unit, "grid_mapping": "spatial_ref"}
            if name in self.origins:
                attrs["source"] = self.origins[name].source
                attrs["status"] = self.origins[name].status
            data[name] = (("y", "x"), values, attrs)
        coords = {
            "x": (
                "x",
                self.grid.x_centres_m(),
                {"standard_name": "projection_x_coordinate", "units": "m"},
            ),
            "y": (
                "y",
                self.grid.y_centres_m(),
                {"standard_name": "projection_y_coordinate", "units": "m"},
            ),
        }
        ds = xr.Dataset(data, coords=coords, attrs={"Conventions": "CF-1.11", "title": self.name})
        crs = CRS.from_user_input(self.grid.crs)
        geo = " ".join(
            repr(v)
            for v in (
                self.grid.west_m,
                self.grid.cell_m,
                0.0,
                self.grid.north_m,
                0.0,
                -self.grid.cell_m,
            )
        )
        return ds.assign_coords(
            spatial_ref=xr.Variable(
                (), np.int32(0), {**crs.to_cf(), "crs_wkt": crs.to_wkt(), "GeoTransform": geo}
            )
        )
