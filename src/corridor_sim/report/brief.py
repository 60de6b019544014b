"""A one-page brief on drawn alternatives, as PDF: for who decides and does not compute."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.errors import ResultsError, ScenarioError, counted, nearest
from corridor_sim.files import write_bytes
from corridor_sim.links.drawn import LinkEvaluator
from corridor_sim.links.drawn_tables import LinkEffect
from corridor_sim.report.text.brief import Beside, brief_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 8


def write_brief(
    evaluator: LinkEvaluator,
    effects: Sequence[LinkEffect],
    path: Path,
    *,
    costs: Mapping[str, float],
    currency: str,
    title: str | None,
    date: str,
    command: str,
    more: Sequence[str],
    beside: bool,
    asked: Sequence[Mapping[str, Any]] | None,
) -> Path:
    """Write the page; see :func:`corridor_sim.api.write_brief`.

    Raises
    ------
    CorridorSimError
    """
    _check(effects, path, costs)
    from corridor_sim.report.figures.basemap import make_basemap
    from corridor_sim.report.figures.brief import brief_figure

    told = [
        Beside(
            evaluator.current(one.edits),
            evaluator.co_benefits(one.edits, asked),
            evaluator.changed_areas(one.edits),
        )
        for one in effects
        if beside
    ]
    brief = brief_of(
        evaluator,
        effects,
        told,
        costs=costs,
        currency=currency,
        title=title,
        date=date,
        command=command,
        more=more,
    )
    figure = brief_figure(brief, make_basemap(evaluator.land), [one.edits for one in effects])
    return write_bytes(path, pdf_of(figure, brief.title))


def _check(effects: Sequence[LinkEffect], path: Path, costs: Mapping[str, float]) -> None:
    """Refuse what makes no page, before any work."""
    if path.suffix.lower() != ".pdf":
        raise ResultsError(
            "a brief is a PDF file", where=path, remedy="give it a name that ends with .pdf"
        )
    if not 1 <= len(effects) <= MOST:
        raise ScenarioError(
            f"{counted(len(effects), 'alternative')}: a page holds 1 to {MOST}",
            where="alternatives",
            remedy="leave some out" if effects else "evaluate one first",
        )
    names = [one.name for one in effects]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ScenarioError(
            f"two alternatives are named {twice[0]!r}",
            where="alternatives",
            remedy="name each once",
        )
    unequal = {one.replicates for one in effects}
    if len(unequal) > 1:
        raise ScenarioError(
            f"alternatives rest on {min(unequal)} to {max(unequal)} replicates",
            where="alternatives",
            remedy="evaluate all with as many",
        )
    for name in costs:
        if name not in names:
            raise ScenarioError(
                f"a cost of {name!r}, which is no alternative",
                where="costs",
                remedy=nearest(name, names),
            )


def pdf_of(figure: Figure, title: str) -> bytes:
    """Return a figure as PDF, its letters as letters; the same bytes for the same figure."""
    from matplotlib import rc_context

    from corridor_sim.report.figures.drawing import styled
    from corridor_sim.report.figures.fonts import draw_with_letters

    out = io.BytesIO()
    embedded: Any = {"pdf.fonttype": 42}
    # the date stands on the page; one in the file would make each file another
    about = {"Title": title, "Creator": "corridor_sim", "CreationDate": None}
    with styled(), rc_context(embedded):
        draw_with_letters(figure, figure.canvas)
        with warnings.catch_warnings():
            # letters that no font has were told while it was drawn
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure.savefig(out, format="pdf", metadata=about)
    return out.getvalue()
