"""What the report on decades holds, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.figures import maps, series, states
from corridor_sim.report.figures.film import make_film, write_film
from corridor_sim.report.text import decades_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_answer import answer
from corridor_sim.report.text.decades_files import file_rows
from corridor_sim.report.text.decades_tables import end_table as end_table
from corridor_sim.report.text.decades_tables import legend as legend
from corridor_sim.report.text.tables import species_head, species_table

if TYPE_CHECKING:
    from corridor_sim.report.figures.basemap import BaseMap
    from corridor_sim.report.page import Album
    from corridor_sim.species.traits import Species

TEMPLATE = "decades_report.html"
compared_of = ComparedDecades


def contents(compared: ComparedDecades, album: Album, base: BaseMap) -> dict[str, Any]:
    """Return what only this page shows; figures and the animation are saved on the way."""
    study = compared.study
    film = make_film(base, compared)
    write_film(film, compared, study.out)
    return {
        "answer": answer(compared),
        "runs": "Runs of each",
        "span": ("Years", f"{compared.start_year} to {compared.end_year}"),
        "years": compared.years,
        "start_year": compared.start_year,
        "end_year": compared.end_year,
        "threshold": compared.rules.quasi_extinction,
        "beyond": say.joined([str(y) for y in compared.horizons_beyond], "or"),
        "movement": compared.rules.movement,
        "days_per_season": compared.rules.days_per_season,
        **_pictures(album, compared),
        "film": film,
        "species": [_species(album, base, compared, one) for one in compared.species],
        "ground": tables.ground_table(compared),
        "burn_in": tables.burn_in_table(compared),
        "files": file_rows(study.out),
    }


def _pictures(album: Album, compared: ComparedDecades) -> dict[str, Any]:
    bands = "bands are 95 % intervals over runs" if compared.n > 1 else "one run: no intervals"
    most = ""
    if len(compared.names) > series.MOST_LINES:
        most = f" The first {series.MOST_LINES} scenarios are drawn; the tables hold all."
    return {
        "numbers": album.add(
            "numbers",
            series.numbers_figure(compared),
            "Lines of the number of independent animals by year, scenario and species, with "
            "capacity.",
            f"Animals that live on their own at each year's census; {bands}. Dashed: the animals "
            f"that the year's landscape feeds. Where lines lie on each other the scenarios do not "
            f"differ.{most}",
        ),
        "stages": album.add(
            "stages",
            series.stages_figure(compared, compared.first),
            f"Lines of numbers by stage and sex by year under {compared.first}, a panel a species.",
            f"Stages and sexes under {say.quoted(compared.first)}; {bands}.",
        ),
        "risk": album.add(
            "risk",
            states.risk_figure(compared),
            "Points with intervals: share of runs that fell below the threshold, by scenario and "
            "species.",
            f"Share of the {compared.n} runs in which numbers fell below "
            f"{compared.rules.quasi_extinction} at some census, with the exact 95 % interval "
            "of the risk. Few runs leave much open.",
        ),
        "ranges": album.add(
            "ranges",
            series.range_figure(compared),
            "Lines by year and scenario of the mean elevation of homes, of thermal mismatch and of "
            "occupancy, a row a species.",
            "Mean elevation of homes, against where the temperature they had at the start has "
            "moved to (dotted): homes below the dotted line have become warmer. Thermal mismatch "
            "is the mean of degrees above the warm edge of the species' optimum; "
            f"{bands}.{most}",
        ),
        "covers": album.add(
            "covers",
            states.covers_figure(compared),
            "Area of land covers at the start and at the end, by scenario.",
            "Area of groups of land covers at the start (ring) and at the end (disc). Trees climb "
            "into the páramo more slowly than the air warms.",
        ),
        "deaths": album.add(
            "deaths",
            states.deaths_figure(compared),
            "Stacked bars of deaths by cause and diamonds of births, by scenario and species.",
            "Deaths by cause and births, per 100 animal-years, the young included; lines are 95 % "
            "intervals of the total of deaths and of births. Where births fall short of deaths a "
            "population shrinks.",
        ),
        "fates": album.add(
            "fates",
            states.fates_figure(compared),
            "Stacked bars of what became of searching animals, by scenario and species.",
            "Young that left their mothers and residents that lost their homes, by the end of "
            "their search.",
        ),
        "genes": album.add(
            "genes",
            states.genes_figure(compared),
            "Points with intervals of gene diversity kept, effective size, F_ST and inbreeding, by "
            "scenario and species.",
            "Genes at the end: diversity kept since the start of the run, the effective size that "
            "this loss implies, differentiation between core areas, and inbreeding since the "
            "start of the burn-in.",
        )
        if states.has_genes(compared)
        else None,
    }


def _species(
    album: Album, base: BaseMap, compared: ComparedDecades, one: Species
) -> dict[str, Any]:
    shown = [compared.first]
    if compared.several:
        # the scenario that was thought of last, by the convention of the files the fullest plan
        shown.append(compared.names[-1])
    inside = say.inside(one.name)
    pictures = [
        album.add(
            f"homes_{one.key}",
            maps.homes_figure(base, compared, one),
            f"Maps of the homes of the {inside} at the start and at the end of scenarios, and of "
            "its deaths on the way.",
            f"Homes of the {inside} in the first run, smoothed with a Gaussian of SD "
            f"{maps.SMOOTH_M / 1000:.0f} km: at the start, and at the end of scenarios. Single "
            "homes differ by chance; look for whole valleys."
            + (
                " Last: where animals died of what they met on their way."
                if compared.rules.movement
                else ""
            ),
            shaded=True,
        ),
        album.add(
            f"settled_{one.key}",
            maps.settled_figure(base, compared, one, shown),
            f"Arrows between core areas: where young of the {inside} settle, under "
            f"{' and under '.join(shown)}. The table of pairs holds the largest.",
            "Young born in one core area whose first home lies in another; the width grows with "
            "the square root of their number, purple arrows cross a border.",
            shaded=True,
        ),
    ]
    return {
        **species_head(one),
        "table": species_table(compared, one.key, tables.COLUMNS),
        "pictures": pictures,
        "flux": [{"scenario": s, **tables.flux_table(compared, one.key, s)} for s in shown],
        "yearly": tables.yearly_table(compared, one.key, compared.first),
        "full": tables.outcomes_table(compared, one.key),
    }
