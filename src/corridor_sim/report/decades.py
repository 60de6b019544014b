"""What the report on decades holds, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corridor_sim.comparison.decades import LifeComparison
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.figures import maps, series, states
from corridor_sim.report.figures.effects import effects_figures
from corridor_sim.report.figures.film import make_film, write_film
from corridor_sim.report.text import decades_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_answer import answer
from corridor_sim.report.text.decades_tables import end_table as end_table
from corridor_sim.report.text.decades_tables import legend as legend
from corridor_sim.report.text.tables import species_head, species_table

if TYPE_CHECKING:
    from corridor_sim.report.figures.basemap import BaseMap
    from corridor_sim.report.page import Album
    from corridor_sim.species.traits import Species

TEMPLATE = "decades_report.html"
compared_of = ComparedDecades
# those of all species, for whoever holds results in Python
FIGURES: dict[str, Any] = {
    "effects": effects_figures,
    "numbers": series.numbers_figure,
    "stages": series.stages_figure,
    "ranges": series.range_figure,
    "risk": states.risk_figure,
    "deaths": states.deaths_figure,
    "fates": states.fates_figure,
    "genes": states.genes_figure,
    "covers": states.covers_figure,
}


def contents(lives: ComparedDecades, album: Album, base: BaseMap) -> dict[str, Any]:
    """Return what only this page shows; figures and the animation are saved on the way."""
    study = lives.study
    film = make_film(base, lives)
    write_film(film, lives, study.out)
    return {
        "answer": answer(lives),
        "runs": "Runs of each",
        "span": ("Years", f"{lives.start_year} to {lives.end_year}"),
        "years": lives.years,
        "start_year": lives.start_year,
        "end_year": lives.end_year,
        "threshold": lives.rules.quasi_extinction,
        "beyond": say.joined([str(y) for y in lives.horizons_beyond], "or"),
        "movement": lives.rules.movement,
        "smooth_km": f"{maps.SMOOTH_M / 1000:.0f}",
        "most_lines": series.MOST_LINES if len(lives.names) > series.MOST_LINES else 0,
        "days_per_season": lives.rules.days_per_season,
        **_pictures(album, lives),
        "film": film,
        "species": [_species(album, base, lives, one) for one in lives.species],
        "ground": tables.ground_table(lives),
        "burn_in": tables.burn_in_table(lives),
        "tables": [f"tables/{name}.parquet" for name in LifeComparison.names],
        "pedigrees": any((study.out / "pedigrees").glob("*.npz")),
        "trees": [f"pedigrees/{p.name}" for p in sorted((study.out / "pedigrees").glob("*.trees"))],
    }


def _pictures(album: Album, lives: ComparedDecades) -> dict[str, Any]:
    left_out = set() if states.has_genes(lives) else {"genes"}
    return {
        name: None if name in left_out else album.add(name, draw(lives))
        for name, draw in FIGURES.items()
        if name != "effects"
    }


def _species(album: Album, base: BaseMap, lives: ComparedDecades, one: Species) -> dict[str, Any]:
    shown = [lives.first]
    if lives.several:
        # the scenario that was thought of last, by the convention of the files the fullest plan
        shown.append(lives.names[-1])
    return {
        **species_head(one),
        "table": species_table(lives, one.key, tables.COLUMNS),
        "homes": album.add(f"homes_{one.key}", maps.homes_figure(base, lives, one), shaded=True),
        "settled": album.add(
            f"settled_{one.key}", maps.settled_figure(base, lives, one, shown), shaded=True
        ),
        "flux": [{"scenario": s, **tables.flux_table(lives, one.key, s)} for s in shown],
        "yearly": tables.yearly_table(lives, one.key, lives.first),
        "full": tables.outcomes_table(lives, one.key),
    }
