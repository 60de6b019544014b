"""New protected ground: named areas, and the corridor's five-year plan.

Two layers tell apart what a reserve is for the animals and for the study. ``protected`` numbers
the core areas between which dispersal flux is counted; ``protection`` marks the ground on which
clearing and hazards are held back. The plan adds only to ``protection``: were it to make new core
areas, or to stretch old ones until they touch, flux "between core areas" would be counted over
other borders than in the baseline, and the contrast would measure the counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from corridor_sim.errors import LandscapeError, ScenarioError, nearest
from corridor_sim.landscape.derive import distance_m
from corridor_sim.landscape.edits.base import Called, Edit, Text, edited, parameter
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.edits.joins import Join, find_joins, join_cost
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.names import plain
from corridor_sim.landscape.routing import first_arrival, step_costs
from corridor_sim.languages import tr

Mask = NDArray[np.bool_]

PLAN_HA = 186_700.0
"""Area that the corridor's published five-year plan adds: 461,345 acres."""


class Protect(AreaEdit):
    """Protect an area given by rings, as a new core area or as protected ground only."""

    kind: Literal["protect"] = "protect"

    name: Called = parameter("name of the area", absent=str)
    core: bool = parameter(
        "whether it is a core area of its own, between which and others flux is counted",
        default=True,
    )
    country: Text = parameter("ISO 3166 alpha-3 code", default="-")

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return f"new protected area {self.name!r}{'' if self.core else ', not a core area'}"

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Protect the cells inside the rings; today's core areas keep theirs.

        Raises
        ------
        ScenarioError
            If the name is taken, or the rings hold no ground outside today's core areas.
        """
        if self.core and self.name in map(plain, land.zone_names):
            raise ScenarioError(
                tr("a core area {name!r} exists already", name=self.name),
                where=self.where("name"),
                remedy=tr("choose another name"),
            )
        inside = self.inside(land)
        fresh = inside & (land["protected" if self.core else "protection"] == 0)
        if not fresh.any():
            raise ScenarioError(
                tr("{name!r} lies wholly inside protected ground", name=self.name),
                where=self.where("areas"),
                remedy=tr("draw it over unprotected ground"),
            )
        if not self.core:
            protection = np.maximum(land["protection"], fresh.astype(np.uint8))
            return edited(land, self.describe(), {"protection": protection})
        zone = len(land.zone_names)
        protected = np.where(fresh, np.int16(zone), land["protected"]).astype(np.int16)
        return edited(
            land,
            self.describe(),
            {"protected": protected},
            zone_names=(*land.zone_names, self.name),
            zone_countries=(*land.zone_countries, "" if self.country == "-" else self.country),
        )


class ProtectPlan(Edit):
    """Add a stated area where today's protected blocks come closest to joining."""

    kind: Literal["protect_plan"] = "protect_plan"

    add_ha: float = parameter(
        "area to add; the five-year plan adds 461,345 acres",
        default=PLAN_HA,
        low=0.0,
        high=1e9,
        unit="ha",
    )
    join_width_km: float = parameter(
        "least width at which a join is drawn before the rest widens all joins",
        default=5.0,
        low=0.0,
        high=200.0,
        unit="km",
    )
    among: tuple[Called, ...] = parameter(
        "core areas, or groups of them, to join; empty for all", default=()
    )
    name: Called = parameter("name of the plan", default="Five-year plan")

    def describe(self) -> str:
        """Say in one line what the edit does."""
        return (
            f"{self.name}: {self.add_ha:,.0f} ha protected where today's areas come closest "
            f"to joining{' (' + '; '.join(self.among) + ')' if self.among else ''}"
        )

    def apply(self, land: Landscape, seed: int) -> Landscape:
        """Protect the cells of :func:`plan_addition`."""
        added, _ = plan_addition(
            land, add_ha=self.add_ha, join_width_km=self.join_width_km, among=self.among
        )
        protection = np.maximum(land["protection"], added.astype(np.uint8))
        return edited(land, self.describe(), {"protection": protection})


def plan_addition(
    land: Landscape,
    *,
    add_ha: float = PLAN_HA,
    join_width_km: float = 5.0,
    among: Sequence[str] = (),
) -> tuple[Mask, list[Join]]:
    """Cells that a plan adds, and the joins that it completes.

    Joins between blocks of protected ground are taken in the order of their cost
    (:func:`corridor_sim.landscape.edits.joins.find_joins`), each as a band of ``join_width_km``
    over natural cover, for as long as the area lasts. What is left, too little for the next whole
    join, widens the joins made, cheapest ground first; and where that runs out, or there is
    nothing to join, the edges of today's areas.

    Parameters
    ----------
    land : Landscape
        Any; cells under natural cover that are not protected may be added.
    add_ha : float
        Area, met to within one cell.
    join_width_km : float
        Width of a join.
    among : sequence of str
        Names of core areas or of groups of them; only the blocks that hold these are joined.

    Returns
    -------
    added : ndarray of bool, ``[height, width]``
        The cells added.
    joins : list of Join
        The joins completed, cheapest first.

    Raises
    ------
    ScenarioError
        For a name that is neither a core area nor a group.
    LandscapeError
        If nothing is protected yet, or less unprotected natural cover is left than the plan adds.
    """
    zones = _zones(land, among)
    protection = land["protection"] > 0
    free = land.covers.has(land["land_cover"], "natural") & ~protection
    n = int(np.floor(add_ha / (land.grid.cell_km2 * 100.0) + 0.5))
    if not protection.any():
        raise LandscapeError(
            "no protected area to extend", where=land.name, remedy="add one with a protect edit"
        )
    if n > int(free.sum()):
        left_ha = float(free.sum()) * land.grid.cell_km2 * 100.0
        raise LandscapeError(
            f"a plan of {add_ha:,.0f} ha exceeds the {left_ha:,.0f} ha of natural cover that is "
            "not yet protected",
            where=land.name,
            remedy="plan less",
        )
    added = np.zeros(land.grid.shape, bool)
    completed: list[Join] = []
    for join in find_joins(land, zones):
        wider = added | (_band(land, join, join_width_km) & free)
        if int(wider.sum()) > n:
            break
        added = wider
        completed.append(join)
    own = np.isin(land["protected"], sorted(zones)) if zones else protection
    _widen(land, added, own, free, n)
    return added, completed


def _zones(land: Landscape, among: Sequence[str]) -> frozenset[int]:
    """Numbers of the core areas meant by names of areas and groups."""
    number = {plain(name): i for i, name in enumerate(land.zone_names) if name}
    groups = {plain(name): members for name, members in land.zone_groups.items()}
    chosen: set[int] = set()
    for word in among:
        for name in map(plain, groups.get(plain(word), (word,))):
            if name not in number:
                raise ScenarioError(
                    f"{land.name} has no core area or group {name!r}",
                    where="protect_plan.among",
                    remedy=nearest(name, (*number, *groups)),
                )
            chosen.add(number[name])
    return frozenset(chosen)


def _band(land: Landscape, join: Join, width_km: float) -> Mask:
    """Cells within half a width of the path, ``[height, width]``."""
    path = np.zeros(land.grid.shape, bool)
    path.reshape(-1)[join.cells] = True
    return np.asarray(distance_m(path, land.grid.cell_m) <= width_km * 500.0)


def _widen(land: Landscape, added: Mask, own: Mask, free: Mask, n: int) -> None:
    """Grow ``added`` in place to ``n`` cells of free ground, nearest by cost first.

    Growth starts from the joins made; without any, from the edges of the areas ``own``.
    """
    steps = step_costs(join_cost(land))
    from_joins = added.copy()
    for source in (from_joins, binary_dilation(own)):
        missing = n - int(added.sum())
        if missing <= 0 or not source.any():
            continue
        far, _ = first_arrival(steps, np.where(source, 0.0, np.inf))
        cells = np.flatnonzero(free & ~added & np.isfinite(far))
        nearest_first = cells[np.argsort(far.reshape(-1)[cells], kind="stable")]
        added.reshape(-1)[nearest_first[:missing]] = True
