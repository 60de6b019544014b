"""Habitat suitability of a species as a map for people, the very numbers that animals live by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.reader import load_species
from corridor_sim.species.traits import Species

if TYPE_CHECKING:
    import xarray as xr


def suitability(landscape: Landscape, species: Species | str | Path) -> xr.DataArray:
    """Return how suitable each cell is for a species to live in.

    The product of what the species file says of land cover, climate, towns and gaps in cover, or of
    maps of the user's own, the mean of the seasons; 0 where the species is absent or only passes.
    Homes are placed and found in proportion to it.

    Parameters
    ----------
    landscape : Landscape
        With its edits made: ``cs.scenario_landscape(...)``.
    species : Species, str or path
        Itself, its key in the catalogue, or its file.

    Returns
    -------
    DataArray ``[y, x]``
        float32, 0 to 1; NaN where there is no ground. In map metres, with its CRS.

    Raises
    ------
    CorridorSimError
        An unknown species, a file that cannot be read, or a trait that needs what the landscape
        does not give.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> found = cs.suitability(cs.load_landscape(cell_m=5000), "jaguar")
    >>> float(found.min()) >= 0 and float(found.max()) <= 1, found.attrs["units"]
    (True, '1')
    """
    from corridor_sim.landscape.io.dataset import map_of

    one = species if isinstance(species, Species) else load_species(species)
    values = on_landscape(one, landscape).suitability
    if landscape.outside is not None:
        values = np.where(landscape.outside, np.float32(np.nan), values)
    return map_of(
        landscape.grid, values, "suitability", "1", f"habitat suitability, {one.name.lower()}"
    )
