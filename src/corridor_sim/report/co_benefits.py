"""The sections on co-benefits of the pages on links and on scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corridor_sim.ground.scenarios import scenario_table
from corridor_sim.ground.study import settings_of, sums_of
from corridor_sim.languages import tr
from corridor_sim.report.figures.co_benefits import trade_off_figure
from corridor_sim.report.text import co_benefits as words
from corridor_sim.report.text.links_found import Found
from corridor_sim.spreadsheets.folder import keep_exact

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study
    from corridor_sim.report.page import Album


def of_links(found: Found, album: Album) -> dict[str, Any] | None:
    """Return the section of a page on links; its figure and the table of trade-offs are saved."""
    ground = found.ground
    if ground is None:
        return None
    axes = words.axes(found)
    _write_trade_offs(found, axes)
    return {
        "facts": words.facts(ground.given),
        "rows": words.link_rows(found),
        "overlap": words.overlap_note(found),
        "picture": album.add("trade_offs", trade_off_figure(found, axes)) if axes else None,
        "axes": [
            {
                "name": tr(axis.given.name),
                "what": axis.what,
                "words": words.axis_words(found, axis),
                "rows": words.axis_rows(found, axis),
            }
            for axis in axes
        ],
    }


def _write_trade_offs(found: Found, axes: list[words.Axis]) -> None:
    rows = [
        (
            axis.given.name,
            axis.column,
            axis.given.unit,
            one.amount,
            one.set.benefit,
            one.set.cost,
            "; ".join(found.names[i] for i in one.set.links),
            int(found.chosen == frozenset(one.set.links)),
        )
        for axis in axes
        for one in axis.sets
    ]
    head = ["co_benefit", "of", "unit", "amount", "benefit", "cost", "links", "chosen"]
    exact = [dict(zip(head, row, strict=True)) for row in rows]
    keep_exact(found.evaluator.study.out, "trade_offs", exact)


def of_scenarios(study: Study) -> dict[str, Any] | None:
    """Return the section of a page on scenarios; its table is written in full."""
    asked = settings_of(study)
    if not asked or len(study.scenarios) < 2:
        return None
    sums = sums_of(study, asked)
    keep_exact(study.out, "co_benefits", scenario_table(sums))
    given = list(dict.fromkeys(one.given.name for one in sums))
    return {
        "facts": words.facts([next(s.given for s in sums if s.given.name == n) for n in given]),
        "rows": words.scenario_rows(sums),
        "idle": words.idle_words(sums),
        "leaks": words.leak_words(sums),
        "maps": max((len(one.sums) for one in sums), default=1),
    }
