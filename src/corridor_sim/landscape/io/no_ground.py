"""Where a user's map has no ground: cells without data, and what a mask of the user's leaves out.

Where a raster has no data there is nothing to stand on: sea, a lake, another country. Nothing is
made up there. Small voids inside the ground are told, and filled where the settings say so, each by
the cells around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, find_objects, label

from corridor_sim.errors import LandscapeError, counted
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.raster_misfits import refuse_beyond, refuse_gaps
from corridor_sim.landscape.io.raster_source import Source
from corridor_sim.landscape.io.rasters import Places, cells_per_target, warp
from corridor_sim.landscape.layers import LAYERS, OF_GROUND
from corridor_sim.landscape.parts import Origin
from corridor_sim.progress import tell

Bools = NDArray[np.bool_]
ALL_AROUND = np.ones((3, 3), np.bool_)
# patches of so few cells, away from the edge of the map, are more likely faults than lakes
STRAY_CELLS = 10
# of the ground so far; a raster that lacks more does not cover it
MOST_OF_GROUND = 0.5


class NoGround:
    """Cells without ground, gathered while rasters are read onto one grid.

    Parameters
    ----------
    grid : Grid
    nodata : {"mask", "refuse"}
        What cells without data are: no ground, or a fault.
    fill_voids_km2 : float
        Patches of cells without data up to this size are filled.
    """

    def __init__(
        self, grid: Grid, nodata: Literal["mask", "refuse"], fill_voids_km2: float
    ) -> None:
        self.grid, self.nodata = grid, nodata
        self.limit = int(fill_voids_km2 / grid.cell_km2 + 1e-9)
        self.off = np.zeros(grid.shape, np.bool_)
        self.told: list[str] = []
        # by layer; None once they are dealt with
        self._gaps: dict[str, Bools | None] = {}

    @property
    def any(self) -> bool:
        """Whether some cell has no ground."""
        return bool(self.off.any())

    def leave_out(self, inside: Bools, said: str, where: str) -> None:
        """Take all that a mask leaves out as no ground.

        Raises
        ------
        LandscapeError
            The mask leaves no ground.
        """
        left = self.off | ~inside
        if left.all():
            raise LandscapeError(
                "leaves no ground: no cell of the study area lies inside",
                where=where,
                remedy="check its CRS and place; polygons and cells above 0 are ground",
            )
        n = int((left & ~self.off).sum())
        self.off = left
        if n:
            self.told.append(f"{said} leaves out {self._share(n)}")

    def take(self, source: Source, grid: Grid, gaps: Bools, layer: str) -> None:
        """Take the cells of a raster that have no data, or refuse them.

        Raises
        ------
        LandscapeError
            Cells beyond the raster, no data at all or on most of the ground, or any where cells
            without data are refused.
        """
        new = gaps & ~self.off
        if not new.any():
            self._gaps[layer] = gaps
            return
        lone = bool(self._gaps) and new.sum() > MOST_OF_GROUND * (~self.off).sum()
        if self.nodata == "refuse" or gaps.all() or lone:
            refuse_gaps(source, grid, new, layer)
        refuse_beyond(source, grid, new)
        self._gaps[layer] = gaps

    def fill(self, layer: str, values: NDArray[Any], file: str) -> NDArray[Any]:
        """Return a layer without gaps: small ones filled, the others as the nearest ground.

        The cells that stay without ground are added to :attr:`off`.

        Raises
        ------
        LandscapeError
            Nothing is left.
        """
        gaps, self._gaps[layer] = self._gaps.get(layer), None
        if gaps is None or not gaps.any():
            return values
        new = gaps & ~self.off
        numbers, n = label(new, ALL_AROUND)
        if n:
            sizes = np.bincount(numbers.reshape(-1), minlength=n + 1)
            small = np.flatnonzero((sizes > 0) & (sizes <= self.limit))
            small = small[small > 0]
            values = values.copy()
            patches = find_objects(numbers)
            known = ~gaps
            filled = 0
            for i in small.tolist():
                filled += _fill_patch(values, known, numbers, i, patches[i - 1], layer)
            self._tell(file, numbers, sizes, filled, len(small))
            new &= ~np.isin(numbers, small)
        self.off = self.off | new
        if self.off.all():
            raise LandscapeError(
                "leaves no ground: no cell of the study area has data in all rasters", where=file
            )
        return self.nearest(values)

    def nearest(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a layer that goes on from the nearest ground where there is none."""
        if not self.any:
            return values
        row, col = distance_transform_edt(self.off, return_distances=False, return_indices=True)
        return np.asarray(values[row, col])

    def settle(self, layers: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return layers as they are where some cells have no ground, with the layer of these.

        Quantities go on as at the nearest ground, so that no slope rises at a shore; classes,
        lines and areas end.
        """
        found = dict(layers)
        if not self.any:
            return found
        for name, values in layers.items():
            if name in OF_GROUND:
                found[name] = np.where(self.off, values.dtype.type(0), values)
            elif LAYERS[name].kind == "continuous":
                found[name] = self.nearest(values)
        found["outside"] = self.off.astype(np.uint8)
        return found

    def origin(self) -> Origin:
        """Return where the layer of cells without ground comes from."""
        n = int(self.off.sum())
        return Origin("user", "; ".join((f"no ground in {self._share(n)}", *self.told)))

    def _share(self, n: int) -> str:
        cells = self.grid.height * self.grid.width
        return f"{n:,} of {cells:,} cells ({n * self.grid.cell_km2:,.4g} km²)"

    def _tell(self, file: str, numbers: NDArray[Any], sizes: Any, filled: int, n: int) -> None:
        """Say of a raster's gaps what is no ground, what looks like a fault, what was filled."""
        gone = int(sizes[1:].sum()) - filled
        said = [f"{file} has no data in {counted(int(sizes[1:].sum()), 'cell')} of the study area"]
        if filled:
            said.append(
                f"{counted(filled, 'cell')} in {n} patch{'es' * (n > 1)} filled from the cells "
                "around them"
            )
        edge = np.concatenate([numbers[[0, -1]].reshape(-1), numbers[:, [0, -1]].reshape(-1)])
        stray = (sizes > max(self.limit, 0)) & (sizes <= STRAY_CELLS)
        stray[0] = False
        stray[np.unique(edge)] = False
        if stray.any():
            low, high = int(sizes[stray].min()), int(sizes[stray].max())
            span = f"{low}-{high} cells" if high > low else counted(low, "cell")
            enough = high * self.grid.cell_km2
            said.append(
                f"{counted(int(stray.sum()), 'stray void')} of {span} inside the ground, "
                f"{counted(int(sizes[stray].sum()), 'cell')} in all: fill_voids_km2 = {enough:.3g} "
                "would fill them from the cells around them"
            )
        if gone:
            said.append(f"{counted(gone, 'cell')} taken as no ground")
        told = "; ".join(said)
        self.told.append(told)
        tell(told)


def _fill_patch(
    values: NDArray[Any],
    known: Bools,
    numbers: NDArray[Any],
    number: int,
    box: tuple[slice, slice],
    layer: str,
) -> int:
    """Give a patch the mean of the cells around it, or their most frequent class; count it."""
    wide = tuple(slice(max(0, one.start - 1), one.stop + 1) for one in box)
    patch = numbers[wide] == number
    ring = values[wide][binary_dilation(patch, ALL_AROUND) & known[wide]]
    if not ring.size:
        return 0
    if LAYERS[layer].kind == "continuous":
        values[wide][patch] = ring.mean(dtype=np.float64)
    else:
        classes, counts = np.unique(ring, return_counts=True)
        values[wide][patch] = classes[counts.argmax()]
    return int(patch.sum())


def cut_areas(
    zone: NDArray[np.int16],
    off: Bools,
    names: tuple[str, ...],
    cell_km2: float,
    refused_at: str | None,
) -> str:
    """Return what core areas lose where there is no ground, in words; ``""`` where nothing.

    Parameters
    ----------
    refused_at : str or None
        Place of their file; None where they are not the user's.

    Raises
    ------
    LandscapeError
        One of the user's has no cell left.
    """
    whole = np.bincount(zone.reshape(-1), minlength=len(names))
    lost = np.bincount(zone[off], minlength=len(names))
    gone = [i for i in range(1, len(names)) if whole[i] and lost[i] == whole[i]]
    if gone and refused_at is not None:
        listed = ", ".join(names[i] for i in gone[:5]) + (", …" if len(gone) > 5 else "")
        raise LandscapeError(
            f"{listed}: {'lies' if len(gone) == 1 else 'lie'} wholly outside the ground that the "
            "mask and cells without data leave",
            where=refused_at,
            remedy="leave the area out of the file, or mend the mask",
        )
    said = []
    for i in np.flatnonzero(lost)[:50].tolist():
        if i:
            here = zone == i
            before, after = (label(part, ALL_AROUND)[1] for part in (here, here & ~off))
            cut = f" and falls into {after} pieces" if after > before else ""
            said.append(f"{names[i]} loses {lost[i] * cell_km2:,.3g} km²{cut}")
    return "for want of ground " + ", ".join(said) if said else ""


def read_ground(source: Source, grid: Grid, *, any_value: bool) -> Bools:
    """Return which cells a raster calls ground, ``[height, width]``.

    Parameters
    ----------
    any_value : bool
        Whether every cell with data is ground, or only those above 0.

    Raises
    ------
    LandscapeError
        No or partial overlap.
    """

    def prepare(raw: Any, places: Places) -> NDArray[np.uint8]:
        with np.errstate(invalid="ignore"):
            ground = (raw.data == raw.data) if any_value else (raw.data > 0)
        return np.where(ground & ~np.ma.getmaskarray(raw), np.uint8(2), np.uint8(1))

    out = np.zeros(grid.shape, np.uint8)
    warp(source, grid, prepare, out, "mode" if cells_per_target(source, grid) > 1 else "nearest")
    refuse_gaps(source, grid, out == 0, "outside")
    return np.asarray(out == 2)
