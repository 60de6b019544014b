"""What the report on decades holds, section by section."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.comparison.decades import LifeComparison
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.figures import maps, series, states
from corridor_sim.report.figures.effects import effects_figures
from corridor_sim.report.figures.film import make_film, write_film
from corridor_sim.report.page import file_rows
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
        "days_per_season": lives.rules.days_per_season,
        **_pictures(album, lives),
        "film": film,
        "species": [_species(album, base, lives, one) for one in lives.species],
        "ground": tables.ground_table(lives),
        "burn_in": tables.burn_in_table(lives),
        "files": _files(study.out),
    }


def _pictures(album: Album, lives: ComparedDecades) -> dict[str, Any]:
    bands = "bands are 95 % intervals over runs" if lives.n > 1 else "one run: no intervals"
    most = ""
    if len(lives.names) > series.MOST_LINES:
        most = f" The first {series.MOST_LINES} scenarios are drawn; the tables hold all."
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
            series.stages_figure(lives),
            f"Lines of numbers by stage and sex by year under {lives.first}, a panel a species.",
            f"Stages and sexes under {say.quoted(lives.first)}; {bands}.",
        ),
        "risk": album.add(
            "risk",
            states.risk_figure(lives),
            "Points with intervals: share of runs that fell below the threshold, by scenario and "
            "species.",
            f"Share of the {lives.n} runs in which numbers fell below "
            f"{lives.rules.quasi_extinction} at some census, with the exact 95 % interval of the "
            "risk. Few runs leave much open.",
        ),
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
            states.covers_figure(lives),
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


def _species(album: Album, base: BaseMap, lives: ComparedDecades, one: Species) -> dict[str, Any]:
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
                if lives.rules.movement
                else ""
            ),
            shaded=True,
        ),
        album.add(
            f"settled_{one.key}",
            maps.settled_figure(base, lives, one, shown),
            f"Arrows between core areas: where young of the {inside} settle, under "
            f"{' and under '.join(shown)}. The table of pairs holds the largest.",
            "Young born in one core area whose first home lies in another; the width grows with "
            "the square root of their number, purple arrows cross a border.",
            shaded=True,
        ),
    ]
    return {
        **species_head(one),
        "table": species_table(lives, one.key, tables.COLUMNS),
        "pictures": pictures,
        "flux": [{"scenario": s, **tables.flux_table(lives, one.key, s)} for s in shown],
        "yearly": tables.yearly_table(lives, one.key, lives.first),
        "full": tables.outcomes_table(lives, one.key),
    }


def _files(out: Path) -> list[dict[str, Any]]:
    """Return what lies beside the page and how to open it with one's own tools."""
    rows = [
        (
            [f"tables/{name}.parquet" for name in LifeComparison.names],
            "every number of this page and more: runs (each outcome of each run), summary, "
            "effects, yearly (census of every year), deaths, flux, scenarios, burn-in",
            'import pandas; pandas.read_parquet("tables/yearly.parquet")',
        ),
        (
            ["runs/*.npz"],
            "one file a run: census by year, deaths with their cells, places of the animals of the "
            "first run, by species",
            'import numpy; numpy.load("runs/ID.npz")["jaguar/yearly"]',
        ),
    ]
    if any((out / "pedigrees").glob("*.npz")):
        rows.append(
            (
                ["pedigrees/*.npz"],
                "pedigree of each species in the first run of each scenario: mother, father, birth "
                "and death, sex, place",
                "from pathlib import Path; "
                "from corridor_sim.genetics.pedigree import load_pedigree; "
                'load_pedigree(Path("pedigrees/ID_jaguar.npz"))',
            )
        )
    trees = [f"pedigrees/{path.name}" for path in sorted((out / "pedigrees").glob("*.trees"))]
    if trees:
        more = [f"and {len(trees) - 1} more pedigrees/*.trees"] if len(trees) > 1 else []
        rows.append(
            (
                [*trees[:1], *more],
                "genomes of some of the living at the end as tree sequences, with the animals' "
                "metadata, for population geneticists' own tools",
                f'import tskit; tskit.load("{trees[0]}").diversity()',
            )
        )
    last = ["figures/*.png", "animation.html", "experiment.json"]
    what = "the figures of this page, its animation alone, and the resolved settings"
    return file_rows(out, [*rows, (last, what, "any browser or viewer")], patterns=True)
