"""The report on decades: one HTML file that opens offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corridor_sim.comparison.decades import LifeComparison
from corridor_sim.experiment.study import Study
from corridor_sim.report.figures import decades_effects as effects
from corridor_sim.report.figures import decades_maps as maps
from corridor_sim.report.figures import decades_series as series
from corridor_sim.report.figures import decades_states as states
from corridor_sim.report.figures.basemap import BaseMap, make_basemap
from corridor_sim.report.figures.film import make_film, write_film
from corridor_sim.report.figures.use_maps import land_figure
from corridor_sim.report.page import Album, provenance, write_page
from corridor_sim.report.text import decades_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_answer import answer
from corridor_sim.report.text.decades_files import file_rows
from corridor_sim.report.text.decades_tables_read import Lives
from corridor_sim.species.traits import Species


def write_life_report(
    comparison: LifeComparison, study: Study, elapsed: dict[str, float] | None = None
) -> Path:
    """Write ``report.html``, ``animation.html`` and the figures, and return the report's path.

    Parameters
    ----------
    comparison : LifeComparison
    study : Study
    elapsed : dict of float, optional
        Seconds by part of the work, shown with the provenance.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    found = contents(Lives(comparison, study), elapsed)
    return write_page("life_report.html", found, study.out)


def contents(lives: Lives, elapsed: dict[str, float] | None = None) -> dict[str, Any]:
    """Return everything the template shows; figures are saved on the way."""
    study = lives.study
    album = Album(study.out / "figures")
    base = make_basemap(study.land)
    film = make_film(base, lives)
    write_film(film, lives, study.out)
    return {
        "title": study.name,
        "description": " ".join(study.description.split()),
        "answer": answer(lives),
        "several": lives.several,
        "n": lives.n,
        "years": lives.years,
        "start_year": lives.start_year,
        "end_year": lives.end_year,
        "threshold": lives.life.quasi_extinction,
        "beyond": say.joined([str(y) for y in lives.horizons_beyond], "or"),
        "movement": lives.life.movement,
        "days_per_season": lives.life.days_per_season,
        "baseline": lives.first,
        "facts": _facts(lives),
        **_pictures(album, lives),
        "film": film,
        "species": [_species(album, base, lives, one) for one in lives.species],
        "ground": tables.ground_table(lives),
        "landscape": album.add(
            "landscape",
            land_figure(base),
            "Map of land cover over shaded relief with core areas, roads, rivers and towns.",
            "The reference landscape before any change.",
        ),
        "burn_in": tables.burn_in_table(lives),
        "files": file_rows(study.out),
        "provenance": provenance(study, elapsed=elapsed, runs=True),
    }


def _facts(lives: Lives) -> list[tuple[str, str]]:
    grid = lives.study.land.grid
    return [
        ("Scenarios", str(len(lives.names))),
        ("Runs of each", str(lives.n)),
        ("Years", f"{lives.start_year} to {lives.end_year}"),
        ("Species", str(len(lives.species))),
        ("Study area", say.area(grid.height * grid.width * grid.cell_km2)),
        ("Cell", f"{grid.cell_m:,.0f} m"),
    ]


def _pictures(album: Album, lives: Lives) -> dict[str, Any]:
    bands = "bands are 95 % intervals over runs" if lives.n > 1 else "one run: no intervals"
    most = ""
    if len(lives.names) > series.MOST_LINES:
        most = f" The first {series.MOST_LINES} scenarios are drawn; the tables hold all."
    pages = effects.effects_figures(lives) if lives.several else []
    return {
        "numbers": album.add(
            "numbers",
            series.numbers_figure(lives),
            "Lines of the number of independent animals by year, scenario and species, with "
            "capacity.",
            f"Animals that live on their own at each year's census; {bands}. Dashed: the animals "
            f"that the year's landscape feeds. Where lines lie on each other the scenarios do not "
            f"differ.{most}",
        ),
        "stages": album.add(
            "stages",
            series.stages_figure(lives, lives.first),
            f"Lines of numbers by stage and sex by year under {lives.first}, a panel a species.",
            f"Stages and sexes under {say.quoted(lives.first)}; {bands}.",
        ),
        "risk": album.add(
            "risk",
            states.risk_figure(lives),
            "Points with intervals: share of runs that fell below the threshold, by scenario and "
            "species.",
            f"Share of the {lives.n} runs in which numbers fell below "
            f"{lives.life.quasi_extinction} at some census, with the exact 95 % interval of the "
            "risk. Few runs leave much open.",
        ),
        "effects": [
            album.add(
                f"effects_{i}" if len(pages) > 1 else "effects",
                page,
                "Points with 95 % intervals: differences of the headline outcomes by scenario and "
                "species. The tables by species hold the same numbers.",
                "Difference of every scenario to the one it is compared with, and its 95 % "
                "interval. Filled points are clear: the interval leaves zero out. Arrowheads mark "
                "intervals that go on." + (f" Part {i} of {len(pages)}." if len(pages) > 1 else ""),
            )
            for i, page in enumerate(pages, 1)
        ],
        "ranges": album.add(
            "ranges",
            series.range_figure(lives),
            "Lines by year and scenario of the mean elevation of homes, of thermal mismatch and of "
            "occupancy, a row a species.",
            "Mean elevation of homes, against where the temperature they had at the start has "
            "moved to (dotted): homes below the dotted line have become warmer. Thermal mismatch "
            "is the mean of degrees above the warm edge of the species' optimum; "
            f"{bands}.{most}",
        ),
        "covers": album.add(
            "covers",
            effects.covers_figure(lives),
            "Area of land covers at the start and at the end, by scenario.",
            "Area of groups of land covers at the start (ring) and at the end (disc). Trees climb "
            "into the páramo more slowly than the air warms.",
        ),
        "deaths": album.add(
            "deaths",
            states.deaths_figure(lives),
            "Stacked bars of deaths by cause and diamonds of births, by scenario and species.",
            "Deaths by cause and births, per 100 animal-years, the young included; lines are 95 % "
            "intervals of the total of deaths and of births. Where births fall short of deaths a "
            "population shrinks.",
        ),
        "fates": album.add(
            "fates",
            states.fates_figure(lives),
            "Stacked bars of what became of searching animals, by scenario and species.",
            "Young that left their mothers and residents that lost their homes, by the end of "
            "their search.",
        ),
        "genes": album.add(
            "genes",
            states.genes_figure(lives),
            "Points with intervals of gene diversity kept, effective size, F_ST and inbreeding, by "
            "scenario and species.",
            "Genes at the end: diversity kept since the start of the run, the effective size that "
            "this loss implies, differentiation between core areas, and inbreeding since the "
            "start of the burn-in.",
        )
        if states.has_genes(lives)
        else None,
    }


def _species(album: Album, base: BaseMap, lives: Lives, one: Species) -> dict[str, Any]:
    shown = [lives.first]
    if lives.several:
        # the scenario that was thought of last, by the convention of the files the fullest plan
        shown.append(lives.names[-1])
    inside = say.inside(one.name)
    pictures = [
        album.add(
            f"homes_{one.key}",
            maps.homes_figure(base, lives, one),
            f"Maps of the homes of the {inside} at the start and at the end of scenarios, and of "
            "its deaths on the way.",
            f"Homes of the {inside} in the first run, smoothed with a Gaussian of SD "
            f"{maps.SMOOTH_M / 1000:.0f} km: at the start, and at the end of scenarios. Single "
            "homes differ by chance; look for whole valleys."
            + (
                " Last: where animals died of what they met on their way."
                if lives.life.movement
                else ""
            ),
        ),
        album.add(
            f"settled_{one.key}",
            maps.settled_figure(base, lives, one, shown),
            f"Arrows between core areas: where young of the {inside} settle, under "
            f"{' and under '.join(shown)}. The table of pairs holds the largest.",
            "Young born in one core area whose first home lies in another; the width grows with "
            "the square root of their number, purple arrows cross a border.",
        ),
    ]
    return {
        "key": one.key,
        "name": one.name,
        "inside": say.inside(one.name),
        "latin": one.scientific_name,
        "summary": one.summary,
        "colour": one.colour,
        "table": tables.species_table(lives, one.key),
        "pictures": pictures,
        "flux": [{"scenario": s, **tables.flux_table(lives, one.key, s)} for s in shown],
        "yearly": tables.yearly_table(lives, one.key, lives.first),
        "full": tables.outcomes_table(lives, one.key),
    }
