"""What drawn changes do to the ground itself: which cells they are of, and what these give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.co_benefits import MOST_CO_BENEFITS, CoBenefit
from corridor_sim.datasets.andes_amazon.co_benefits import TABLES
from corridor_sim.errors import CorridorSimError, ScenarioError
from corridor_sim.ground.given import Given, given_on, refuse_holes, sum_over
from corridor_sim.ground.study import asked_of
from corridor_sim.landscape.coverage import whole_cells
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.layers import LAYERS

if TYPE_CHECKING:
    import pandas as pd

BOOL = NDArray[np.bool_]
WHERE = "co_benefits"
COLUMNS = ("co_benefit", "unit", "area_km2", "today", "without", "with", "avoided_loss", "holes")


def ground_of_edits(edits: Sequence[Edit], before: Landscape, after: Landscape) -> BOOL:
    """Return the cells that edits are of, ``[height, width]``.

    Of an edit with an outline those whose centre lies inside; of others those of which anything
    but a distance or what follows from it is another.

    Parameters
    ----------
    before, after : Landscape
        Without the edits and with them.
    """
    inside = np.zeros(before.grid.shape, np.bool_)
    whole = False
    for edit in (part for one in edits for part in one.located(Path()).plain()):
        if isinstance(edit, AreaEdit) and edit.areas:
            inside |= edit.inside(before)
        else:
            whole = True
    if whole:
        given = (name for name, one in LAYERS.items() if one.source == "input")
        for name in (*given, "protection"):
            if name in before.layers and before[name] is not after[name]:
                inside |= before[name] != after[name]
    return inside


def co_benefits_of(
    edits: Sequence[Edit],
    today: Landscape,
    before: Landscape,
    after: Landscape,
    asked: Sequence[Mapping[str, Any]] | None,
    base_dir: Path,
) -> pd.DataFrame:
    """Return what the ground of edits gives beside animals; see ``LinkEvaluator.co_benefits``.

    Raises
    ------
    CorridorSimError
        A co-benefit that was asked for does not fit.
    """
    import pandas as pd

    inside = ground_of_edits(edits, before, after)
    ground = whole_cells(inside, today.grid).on(today.outside)
    given, note = _given(asked, today, base_dir)
    rows = []
    for one in given:
        found = sum_over(one, ground, one.under(before), one.under(after))
        if ground.cells.size:
            refuse_holes(one, found, "the ground that is changed", WHERE)
        rows.append(
            (
                one.name,
                one.unit,
                ground.area_km2,
                found.today,
                found.without,
                found.with_,
                found.avoided_loss,
                found.holes,
            )
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs |= {"note": note, "rules": {one.name: one.rule for one in given}}
    return frame


def _given(
    asked: Sequence[Mapping[str, Any]] | None, land: Landscape, base_dir: Path
) -> tuple[tuple[Given, ...], str]:
    """Return the co-benefits on a landscape, and in a sentence why there is none."""
    if asked is not None:
        wanted = asked_of(asked, WHERE)
        if len(wanted) > MOST_CO_BENEFITS:
            raise ScenarioError(
                f"{len(wanted)} are asked for",
                where=WHERE,
                remedy=f"give at most {MOST_CO_BENEFITS}",
            )
        return given_on(wanted, land, base_dir, WHERE), ""
    found: list[Given] = []
    why: list[str] = []
    for name, table in TABLES.items():
        try:
            found += given_on([CoBenefit(name=table.label, layer=name)], land, base_dir, WHERE)
        except CorridorSimError as bad:
            why.append(bad.problem)
    return tuple(found), "; ".join(why)


def changed_areas_of(edits: Sequence[Edit], before: Landscape, after: Landscape) -> pd.DataFrame:
    """Return areas by land cover that edits change; see ``LinkEvaluator.changed_areas``."""
    import pandas as pd

    km2 = before.grid.cell_km2
    old, new = before["land_cover"], after["land_cover"]
    label = {row.code: row.label for row in before.covers.rows}
    rows: list[tuple[str, str, str, float]] = []
    inside = ground_of_edits(edits, before, after)
    if before.outside is not None:
        inside &= ~before.outside
    for codes, n in _counted(np.stack([old, new])[:, old != new]):
        natural = [bool(before.covers.has(np.array(code), "natural")) for code in codes]
        what = "restored" if natural[1] and not natural[0] else "changed"
        what = "lost" if natural[0] and not natural[1] else what
        rows.append((what, label[codes[0]], label[codes[1]], n * km2))
    safe = (after["protection"] > 0) & (before["protection"] == 0)
    for codes, n in _counted(new[None, safe]):
        rows.append(("protected", label[codes[0]], label[codes[0]], n * km2))
    frame = pd.DataFrame(rows, columns=["what", "cover_before", "cover_after", "area_km2"])
    frame.attrs["drawn_km2"] = float(inside.sum()) * km2
    return frame.sort_values(["what", "area_km2"], ascending=[False, False], ignore_index=True)


def _counted(codes: NDArray[Any]) -> list[tuple[tuple[int, ...], int]]:
    """Return the columns that occur in codes ``[k, n]``, and how often."""
    found, count = np.unique(codes, axis=1, return_counts=True)
    return [(tuple(map(int, one)), int(n)) for one, n in zip(found.T, count, strict=True)]
