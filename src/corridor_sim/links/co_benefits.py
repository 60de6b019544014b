"""What links give beside animals: sums over each link, today and with and without it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edits
from corridor_sim.config.links import LinksFile
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.study import Study
from corridor_sim.ground.given import Given, Sum, given_on, refuse_holes, sum_over
from corridor_sim.ground.scenarios import end_landscape
from corridor_sim.landscape.coverage import Coverage, coverage_of
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.polygons import polygons_of, without_holes
from corridor_sim.links.candidates import Link, rings_of
from corridor_sim.links.evaluator import with_links

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
COLUMNS = (
    "link",
    "co_benefit",
    "unit",
    "area_km2",
    "today",
    "without",
    "with",
    "avoided_loss",
    "holes",
)


@dataclass(frozen=True)
class LinkGround:
    """Co-benefits of the links of a study.

    Attributes
    ----------
    given : tuple of Given
    links : sequence of Link
    sums : tuple of tuple of Sum
        ``[link][co-benefit]``.
    covered : tuple of Coverage
        Ground of each link within the landscape.
    kept : tuple of tuple of float64 ``[n]``
        ``[link][co-benefit]``: amount a cell with the link less that without it, of the cells that
        its outline touches.
    """

    given: tuple[Given, ...]
    links: Sequence[Link]
    sums: tuple[tuple[Sum, ...], ...]
    covered: tuple[Coverage, ...]
    kept: tuple[tuple[F64, ...], ...]

    def amounts(self, co_benefit: int, column: str) -> F64:
        """Return one column of a co-benefit for every link, ``[link]``."""
        return np.array([getattr(row[co_benefit], column) for row in self.sums])

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a link and co-benefit; see :func:`corridor_sim.co_benefits`."""
        import pandas as pd

        rows = [
            (link.name, one.name, one.unit, ground.area_km2, *_cells(found))
            for link, ground, row in zip(self.links, self.covered, self.sums, strict=True)
            for one, found in zip(self.given, row, strict=True)
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))


def _cells(found: Sum) -> tuple[float, ...]:
    return found.today, found.without, found.with_, found.avoided_loss, found.holes


def link_ground(
    given: tuple[Given, ...],
    links: Sequence[Link],
    base: Resolved,
    today: Landscape,
    opens: int | None,
    where: str,
    *,
    checked: bool = False,
) -> LinkGround:
    """Sum co-benefits over links.

    A link takes the exact share of every cell that its outline covers. *Today* is the landscape
    before all edits; *without* and *with* are the base's landscape at its end, on its first map,
    without the link and with it.

    Parameters
    ----------
    given : tuple of Given
    links : sequence of Link
    base : Resolved
        Without any link.
    today : Landscape
        Before all edits.
    opens : int or None
        Year in which links are built, in runs through decades.
    where : str
        The links file, for messages.
    checked : bool
        Holes were looked at before: they are told and not refused.

    Raises
    ------
    ScenarioError
        A raster has more holes inside a link than its settings allow.
    """
    grid = today.grid
    covered = [coverage_of(_shape(link), grid).on(today.outside) for link in links]
    if not checked:
        for link, one in zip(links, covered, strict=True):
            for each in given:
                found = sum_over(each, one, each.today, each.today)
                refuse_holes(each, found, f"link {link.name!r}", where)
    scenario = base.scenario
    edited = apply_edits(today, base.edits, scenario.seed)
    before = end_landscape(base, today, 0, edited)
    without = [one.under(before) for one in given]
    sums, kept = [], []
    for link, one in zip(links, covered, strict=True):
        edit = touching(link, one, grid)
        drawn = with_links(base, [replace(link, edit=edit)], _ONE, opens)
        built = edited if opens is not None else apply_edits(edited, [edit], scenario.seed)
        after = end_landscape(drawn, today, 0, built)
        with_ = [each.under(after) for each in given]
        both = list(zip(given, without, with_, strict=True))
        sums.append(tuple(sum_over(each, one, a, b) for each, a, b in both))
        kept.append(tuple((b - a).reshape(-1)[one.cells] for _, a, b in both))
    return LinkGround(given, links, tuple(sums), tuple(covered), tuple(kept))


_ONE = frozenset([0])


def _shape(link: Link) -> object:
    from shapely import Polygon, union_all

    return union_all([Polygon(ring) for ring in link.rings])


def touching(link: Link, covered: Coverage, grid: Grid) -> BuildLink:
    """Return a link's edit over every cell that its outline touches.

    Building a link changes cells whose centre lies inside. Sums weigh each cell by the share that
    the outline covers, so what becomes of cells at its edge must be known as well.
    """
    from shapely import box, union_all

    row, col = np.divmod(covered.cells, grid.width)
    left, top = grid.west_m + col * grid.cell_m, grid.north_m - row * grid.cell_m
    whole = union_all(box(left, top - grid.cell_m, left + grid.cell_m, top))
    parts = [part for one in polygons_of(whole) for part in without_holes(one, 1.0)]
    return link.edit.model_copy(update={"crs": grid.crs, "areas": rings_of(parts)})


def ground_of(
    study: Study, file: LinksFile, links: Sequence[Link], where: str, *, checked: bool = False
) -> LinkGround | None:
    """Return the co-benefits of a links file over its links, None where it asks for none.

    Raises
    ------
    CorridorSimError
        As :func:`corridor_sim.ground.given.given_on` and :func:`link_ground`.
    """
    if not file.co_benefits:
        return None
    base = study.scenarios[0]
    given = given_on(file.co_benefits, study.land, base.base_dir, where)
    opens = file.links.opens
    return link_ground(given, links, base, study.land, opens, where, checked=checked)


def add_columns(rows: Sequence[dict[str, Any]], ground: LinkGround | None) -> None:
    """Add to rows of links, by name, what each gives today and what of it building it keeps."""
    if ground is None:
        return
    by_name = {link.name: sums for link, sums in zip(ground.links, ground.sums, strict=True)}
    for row in rows:
        for given, found in zip(ground.given, by_name[row["name"]], strict=True):
            row[column_of(given, "today")] = found.today
            row[column_of(given, "avoided_loss")] = found.avoided_loss


def column_of(given: Given, what: str) -> str:
    """Return the name of a column in files: what, of which co-benefit, in which unit."""
    return "_".join(slug(text) for text in (given.name, what, given.unit))


def slug(text: str) -> str:
    """Return a text as part of a column's name.

    >>> slug("Carbon above ground"), slug("m³ a year")
    ('carbon_above_ground', 'm3_a_year')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "x"
