"""The one table that declares every layer of a landscape.

Checks, export attributes, the command-line listing and the tests are all driven by
:data:`LAYERS`; a new layer is a new row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import LandscapeError, nearest

Kind = Literal["continuous", "class", "zone"]
_DTYPES = {"continuous": "float32", "class": "uint8", "zone": "int16"}


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """What one layer holds.

    Attributes
    ----------
    name : str
        Key in :attr:`Landscape.layers`, with its unit as suffix where it has one.
    unit : str
        CF unit, ``"1"`` where dimensionless.
    low, high : float
        Inclusive range of possible values; anything else is refused.
    meaning : str
        One line for people.
    kind : {"continuous", "class", "zone"}
        Continuous quantity, class code, or identifier of a zone.
    source : {"input", "derived"}
        Read from data, or computed from other layers by :mod:`corridor_sim.landscape.derive`.
    optional : bool
        A landscape may be without it.
    """

    name: str
    unit: str
    low: float
    high: float
    meaning: str
    kind: Kind = "continuous"
    source: Literal["input", "derived"] = "derived"
    optional: bool = False

    @property
    def dtype(self) -> str:
        """NumPy dtype of the array ``[height, width]``, by its kind."""
        return _DTYPES[self.kind]


_ROWS = (
    LayerSpec(
        "elevation_m", "m", -430, 8850, "mean height of the cell above sea level", source="input"
    ),
    LayerSpec(
        "temperature_c",
        "degC",
        -40,
        45,
        "mean annual air temperature",
        source="input",
        optional=True,
    ),
    LayerSpec(
        "land_cover",
        "1",
        0,
        253,
        "natural zone or land use, by the table of classes",
        "class",
        "input",
    ),
    LayerSpec(
        "road",
        "1",
        0,
        3,
        "0 none, 1 secondary or gravel, 2 primary paved, 3 with a crossing structure",
        "class",
        "input",
    ),
    LayerSpec(
        "river",
        "1",
        0,
        3,
        "width class: 0 none, 1 under 50 m, 2 from 50 to 300 m, 3 over 300 m",
        "class",
        "input",
    ),
    LayerSpec(
        "protected",
        "1",
        0,
        32767,
        "core area: 0 none, otherwise the index of its name",
        "zone",
        "input",
    ),
    LayerSpec(
        "outside",
        "1",
        0,
        1,
        "1 where the map has no ground: sea, lakes, beyond a border",
        "class",
        "input",
        optional=True,
    ),
    LayerSpec(
        "protection",
        "1",
        0,
        1,
        "1 where clearing and hazards are held back: core areas and areas added by edits",
        "class",
    ),
    LayerSpec(
        "hazard_access", "1", 0, 1, "human access on foot from roads and settlements, 1 beside them"
    ),
    LayerSpec("slope_deg", "degree", 0, 90, "slope of the cell-mean surface"),
    LayerSpec("road_distance_m", "m", 0, 1e7, "distance to the nearest road"),
    LayerSpec("settlement_distance_m", "m", 0, 1e7, "distance to the nearest settlement cell"),
    LayerSpec(
        "lift_orographic_ms", "m s-1", 0, 15, "upward air speed where the mean wind meets a slope"
    ),
    LayerSpec(
        "lift_thermal_ms", "m s-1", 0, 8, "thermal updraught at the warmest hour over this ground"
    ),
    LayerSpec("roost", "1", 0, 1, "1 where the cell holds cliffs fit for roosting", "class"),
)

LAYERS: dict[str, LayerSpec] = {row.name: row for row in _ROWS}
INPUT_LAYERS: tuple[str, ...] = tuple(
    r.name for r in _ROWS if r.source == "input" and not r.optional
)
"""Layers that every landscape is made of."""
DERIVED_LAYERS: tuple[str, ...] = tuple(r.name for r in _ROWS if r.source == "derived")


def check_layer(name: str, values: NDArray[Any], shape: tuple[int, int], where: str) -> None:
    """Refuse a layer with another shape, dtype, NaN, or a value outside its declared range.

    Raises
    ------
    LandscapeError
        Naming the layer, the first offending cell ``[row, col]`` and its value.
    """
    if name not in LAYERS:
        raise LandscapeError(f"unknown layer {name!r}", where=where, remedy=nearest(name, LAYERS))
    spec = LAYERS[name]
    if values.shape != shape:
        raise LandscapeError(
            f"layer {name} has shape {values.shape}, the grid {shape}",
            where=where,
            remedy="bring every layer to the one grid",
        )
    if values.dtype != np.dtype(spec.dtype):
        raise LandscapeError(
            f"layer {name} has dtype {values.dtype}, declared {spec.dtype}", where=where
        )
    if spec.optional and np.isnan(values).all():
        return
    bad = ~((values >= spec.low) & (values <= spec.high))
    if bad.any():
        row, col = (int(i) for i in np.argwhere(bad)[0])
        raise LandscapeError(
            f"layer {name} holds {values[row, col]} at row {row}, column {col} "
            f"({int(bad.sum())} such cells)",
            where=where,
            remedy=f"values must lie in {spec.low:g} to {spec.high:g} {spec.unit}",
        )


def check_ground(layers: Mapping[str, NDArray[Any]], where: str, *, covered: bool = True) -> None:
    """Refuse ground without a class of land cover, and classes, roads or areas where none is.

    Parameters
    ----------
    covered : bool
        Whether there is a land cover; where nobody gave one it is 0.

    Raises
    ------
    LandscapeError
        Naming the layer, the first such cell ``[row, col]`` and its value.
    """
    outside = layers["outside"] > 0 if "outside" in layers else None
    cover = layers["land_cover"]
    bare = cover == 0 if outside is None else (cover == 0) & ~outside
    if covered and bare.any():
        row, col = (int(i) for i in np.argwhere(bare)[0])
        raise LandscapeError(
            f"layer land_cover holds 0 at row {row}, column {col} ({int(bare.sum())} such cells)",
            where=where,
            remedy="give every cell of the ground a class; 0 is for cells of the layer outside",
        )
    if outside is None:
        return
    for name in OF_GROUND:
        told = outside & (layers[name] != 0) if name in layers else np.zeros(1, np.bool_)
        if told.any():
            row, col = (int(i) for i in np.argwhere(told)[0])
            raise LandscapeError(
                f"layer {name} holds {layers[name][row, col]} at row {row}, column {col}, where "
                f"layer outside says that there is no ground ({int(told.sum())} such cells)",
                where=where,
                remedy="make it 0 there",
            )


OF_GROUND = ("land_cover", "road", "river", "protected", "protection", "roost")
"""Layers that are 0 where there is no ground; quantities go on as at the nearest shore."""
