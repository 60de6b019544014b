"""What the report on decades holds, section by section."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from corridor_sim.comparison.decades import DecadesComparison
from corridor_sim.languages import mark, tr
from corridor_sim.report import gis
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.figures import maps, series, states
from corridor_sim.report.figures.effects import effects_figures
from corridor_sim.report.figures.film import make_film, write_film
from corridor_sim.report.summary import SHEET_POINTS, Sheet, numbers_of
from corridor_sim.report.text import decades_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_answer import answer
from corridor_sim.report.text.decades_tables import end_table as end_table
from corridor_sim.report.text.decades_tables import legend as legend
from corridor_sim.report.text.ground_box import rests_on
from corridor_sim.report.text.maps import between_maps
from corridor_sim.report.text.plan import PLAN_NOTE as PLAN_NOTE
from corridor_sim.report.text.plan import PlanAnswer
from corridor_sim.report.text.tables import joining_table, species_head, species_table

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


def contents(compared: ComparedDecades, album: Album, base: BaseMap) -> dict[str, Any]:
    """Return what only this page shows; figures and the animation are saved on the way."""
    study = compared.study
    film = make_film(base, compared)
    left_out = {
        name for name in DecadesComparison.not_always if getattr(compared.comparison, name).empty
    }
    kept = [name for name in DecadesComparison.names if name not in left_out]
    write_film(film, compared, study.out)
    return {
        "answer": answer(compared),
        "plan": None if compared.comparison.plan.empty else PlanAnswer(compared).contents(),
        "box": rests_on(
            study,
            animals={
                one.common_name: float(
                    compared.series(compared.first, one.key, "independent").mean[0]
                )
                for one in compared.species
            },
            what=mark("Animals at the start of a replicate"),
        ),
        "runs": tr("Runs of each"),
        "span": (
            tr("Years"),
            tr("{first} to {last}", first=compared.start_year, last=compared.end_year),
        ),
        "years": compared.years,
        "start_year": compared.start_year,
        "end_year": compared.end_year,
        "threshold": compared.rules.quasi_extinction,
        "beyond": say.joined([str(y) for y in compared.horizons_beyond], "or"),
        "movement": compared.rules.movement,
        "smooth_km": f"{maps.SMOOTH_M / 1000:.0f}",
        "most_lines": series.MOST_LINES if len(compared.names) > series.MOST_LINES else 0,
        "days_per_season": compared.rules.days_per_season,
        **_pictures(album, compared),
        "film": film,
        "species": [_species(album, base, compared, one) for one in compared.species],
        "ground": tables.ground_table(compared),
        "highest_zone": tables.squeezed_zone(compared.study.land),
        "burn_in": tables.burn_in_table(compared),
        "maps": between_maps(compared),
        "tables": [f"tables/{name}.parquet" for name in kept],
        "pedigrees": any((study.out / "pedigrees").glob("*.npz")),
        "trees": [f"pedigrees/{p.name}" for p in sorted((study.out / "pedigrees").glob("*.trees"))],
    }


def sheet(compared: ComparedDecades, own: dict[str, Any]) -> Sheet:
    """Return what stands on the one sheet; ``own`` is what :func:`contents` gave."""
    told = own["answer"]
    one = own["species"][0]
    about = tr(
        "Homes of the {species} in the first run: at the start, and at the end of scenarios.",
        species=one["inside"],
    )
    points = [f"{p['name']}: {p['text']}" for p in told["points"]] or [
        f"{s['name']}: {s['text']}" for s in told["species"]
    ]
    return Sheet(
        told["lead"],
        points[:SHEET_POINTS],
        told["caution"][-1] if told["caution"] else "",
        picture=one["homes"],
        alt=about,
        about=about,
        **numbers_of(compared, tables.COLUMNS, tables.COLUMNS),
    )


def plan_lines(compared: ComparedDecades) -> list[list[str]]:
    """Return the table of a plan for the terminal, the head first; nothing without a plan."""
    return [] if compared.comparison.plan.empty else PlanAnswer(compared).lines()


def _pictures(album: Album, compared: ComparedDecades) -> dict[str, Any]:
    left_out = set() if states.has_genes(compared) else {"genes"}
    return {
        name: None if name in left_out else album.add(name, draw(compared))
        for name, draw in FIGURES.items()
        if name != "effects"
    }


def _species(
    album: Album, base: BaseMap, compared: ComparedDecades, one: Species
) -> dict[str, Any]:
    gis.write_homes(compared.study, base, one, *maps.homes_shown(compared, one))
    shown = [compared.first]
    if compared.several:
        # the scenario that was thought of last, by the convention of the files the fullest plan
        shown.append(compared.names[-1])
    return {
        **species_head(one),
        "table": species_table(compared, one.key, tables.COLUMNS),
        "homes": album.add(
            f"homes_{one.key}", partial(maps.homes_figure, base, compared, one), shaded=True
        ),
        "soars": one.soaring is not None,
        "settled": ""
        if one.soaring
        else album.add(
            f"settled_{one.key}",
            partial(maps.settled_figure, base, compared, one, shown),
            shaded=True,
        ),
        "flux": [{"scenario": say.named(s), **joining_table(compared, one.key, s)} for s in shown],
        "yearly": tables.yearly_table(compared, one.key, compared.first),
        "full": tables.outcomes_table(compared, one.key),
    }
