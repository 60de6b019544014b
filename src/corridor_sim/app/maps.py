"""Maps that are worked out when somebody looks at them: suitability, use, and theory's current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import corridor_sim as cs
from corridor_sim.app.picture import layer_of
from corridor_sim.app.replies import Refused
from corridor_sim.app.words import word

if TYPE_CHECKING:
    import xarray as xr

    from corridor_sim.landscape.edits.base import Edit

CHANGE = "_change"


@dataclass(frozen=True, slots=True)
class Map:
    """A map to be drawn.

    Attributes
    ----------
    legend : dict
        As :func:`corridor_sim.app.picture.layer_of` tells it, but ``title`` is called when it is
        told; ``told`` is the key of a raster that
        is 2 where a change is told from chance and 1 where not, empty where there is none.
    rasters : dict of str to bytes
        By key.
    """

    legend: dict[str, Any]
    rasters: dict[str, bytes]


def check(evaluator: cs.LinkEvaluator, kind: str, species: str, edits: object | None) -> None:
    """Refuse a map that there is not.

    Raises
    ------
    Refused
    """
    of = kind.removesuffix(CHANGE)
    keys = [one.key for one in evaluator.species if of == "suitability" or one.soaring is None]
    if of not in MAPS or (species and species not in keys):
        raise Refused(word("server.no_map"), 404)
    if of == "suitability" and not species:
        raise Refused(word("server.needs_species"))
    if kind.endswith(CHANGE) and edits is None:
        raise Refused(word("server.needs_alternative"))


def map_of(
    evaluator: cs.LinkEvaluator, key: str, kind: str, species: str, edits: Sequence[Edit] | None
) -> Map:
    """Return a map, of one species or of all, as it is or with edits.

    Parameters
    ----------
    key : str
        Under which its cells are kept.
    kind : str
        One of ``MAPS``, with or without ``CHANGE``.
    species : str
        A key; empty for all that walk.
    edits : sequence of edits, optional

    Raises
    ------
    CorridorSimError
        Edits that cannot be made.
    """
    of, diverging = kind.removesuffix(CHANGE), kind.endswith(CHANGE)
    wanted = "change" if diverging else "without" if edits is None else "with"
    found = MAPS[of](evaluator, species, edits)
    legend, cells = layer_of(key, found[wanted], evaluator.land, diverging=diverging)
    one = next((s for s in evaluator.species if s.key == species), None)

    def title() -> str:
        name = word("server.maps.all") if one is None else one.common_name
        return word(f"server.maps.{kind}", species=name)

    # the legend is kept for windows of any language
    legend |= {"title": title, "unit": UNITS[of], "told": ""}
    rasters = {key: cells}
    if diverging and "told" in found:
        legend["told"] = f"{key}-told"
        step = -(-found["told"].sizes["x"] // legend["grid"]["width"])
        told = found["told"].values[::step, ::step] > 0
        rasters[legend["told"]] = (told.astype("uint8") + 1).tobytes()
    return Map(legend, rasters)


def _suitability(
    evaluator: cs.LinkEvaluator, species: str, edits: Sequence[Edit] | None
) -> dict[str, xr.DataArray]:
    one = next(s for s in evaluator.species if s.key == species)
    found = {"without": cs.suitability(evaluator.land, one)}
    if edits is not None:
        land = evaluator.land
        for edit in edits:
            land = edit(land, evaluator.resolved.scenario.seed)
        found["with"] = cs.suitability(land, one)
        found["change"] = found["with"] - found["without"]
    return found


def _use(
    evaluator: cs.LinkEvaluator, species: str, edits: Sequence[Edit] | None
) -> dict[str, xr.DataArray]:
    maps = evaluator.use(edits or (), species=[species] if species else None)
    # what is told of single species is not told of their sum
    return {str(k): v.sum("species") for k, v in maps.items() if species or k != "told"}


def _current(
    evaluator: cs.LinkEvaluator, species: str, edits: Sequence[Edit] | None
) -> dict[str, xr.DataArray]:
    """Return currents outside core areas: inside they are what is led in and out, and no way."""
    maps = evaluator.current(edits or (), species=species or None).maps
    land, shape = evaluator.reference, (maps.sizes["y"], maps.sizes["x"])
    x = maps["x"].values
    factor = round(float(x[1] - x[0]) / land.grid.cell_m)
    outside = np.ones(shape, np.bool_)
    rows, columns = np.nonzero(land["protected"])
    # a coarse cell belongs to a core area where any of its cells does
    outside[
        np.minimum(rows // factor, shape[0] - 1), np.minimum(columns // factor, shape[1] - 1)
    ] = False
    return {str(key): value.where(outside) for key, value in maps.items()}


# as CF writes them; the page has words for them
UNITS = {"suitability": "1", "use": "animal-days per 100 km2 and year", "current": "A"}
MAPS = {"suitability": _suitability, "use": _use, "current": _current}
