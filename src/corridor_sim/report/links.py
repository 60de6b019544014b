"""The report on a ranking of links: one page that opens offline."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.links.candidates import Link
from corridor_sim.links.dispersal_sets import DispersalSets
from corridor_sim.links.gap import Gap
from corridor_sim.report import co_benefits, zonal
from corridor_sim.report.figures import links as plots
from corridor_sim.report.figures.basemap import BaseMap, make_basemap
from corridor_sim.report.figures.landscape import landscape_facts
from corridor_sim.report.figures.link_profile import profile_figure
from corridor_sim.report.figures.links_map import link_figure, links_figure
from corridor_sim.report.gis import write_links_project
from corridor_sim.report.office import write_links_for_office
from corridor_sim.report.page import SUMMARY, Album, write_page
from corridor_sim.report.text import links_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.ground_box import rests_on
from corridor_sim.report.text.link_gap import cost_head, cost_words, gap_words, gaps_of, write_gaps
from corridor_sim.report.text.links_answer import answer
from corridor_sim.report.text.links_decades import decades_rows
from corridor_sim.report.text.links_found import Found, bare
from corridor_sim.report.text.links_use import BESIDE_M, LinkUse, read_use

# links of the chosen set on the one sheet
MOST_SHORT = 6
# others of equal rank from which on they are counted and not named
MOST_EQUALS = 5
# a page with more maps than this would be too heavy to open
MOST_MAPS = 40
ACTIONS = {
    "restore": mark("farmed ground inside goes back to nature"),
    "protect": mark("clearing and hazards are held back inside"),
    "crossings": mark("roads inside get structures that let animals pass"),
}


def write_links_report(found: Found) -> Path:
    """Write ``report.html``, its figures and tables into the results folder; return the page.

    Beside it ``summary.html``, one sheet of it with the map, for whoever decides, and
    ``corridor_sim.qgz``, in which QGIS opens the links on their ground.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """
    study, shown = found.evaluator.study, contents(found)
    write_links_project(found)
    write_links_for_office(found)
    write_page("links_summary.html", study, shown, name=SUMMARY, verb="links rank")
    return write_page("links_report.html", study, shown, verb="links rank")


def contents(found: Found) -> dict[str, Any]:
    """Return everything the template shows; figures and tables are saved on the way."""
    study, ranking = found.evaluator.study, found.result.ranking
    album = Album(study.out / "figures")
    base = make_basemap(found.land)
    uses, gaps = read_use(found), gaps_of(found)
    tables.write_tables(found, uses)
    write_gaps(found, gaps, study.out)
    tables.write_outcomes(found, study.out)
    shown = found.ordered(found.chosen)
    mapped = {*shown[:MOST_MAPS], *found.order[: max(0, MOST_MAPS - len(shown))]}
    return {
        "answer": answer(found),
        "facts": _facts(found),
        "box": _box(found),
        "level": found.level,
        "unit": found.unit,
        "benefit_unit": found.benefit_unit,
        "budget": found.result.settings.budget,
        "fair": found.result.fair,
        "only_clear": found.result.settings.only_clear,
        "replicates": _replicates(found),
        "years": found.years,
        "by_dispersers": found.by_dispersers,
        "by_tiles": found.by_tiles,
        "beside": written(f"{BESIDE_M / 1000:g}"),
        "indifference": found.amount(found.result.ranking.effort.indifference, sign=False),
        "rows": tables.ranking_rows(found),
        "pairs": tables.pair_rows(found),
        "pairs_complete": found.result.design is not None and found.result.design.complete,
        "frontier": tables.frontier_rows(found),
        "co_benefits": co_benefits.of_links(found, album),
        "places": zonal.of_links(found, album, base),
        "changes": tables.chosen_rows(found),
        "decades": decades_rows(found),
        "theory": tables.theory(found),
        "outcomes": tables.outcome_tables(found),
        "landscape": landscape_facts(found.land),
        **_pictures(album, base, found),
        "cost_head": cost_head(found),
        "short": [
            {
                "name": found.names[i],
                "cost": bare(found.result.links[i].cost),
                "benefit": tables.benefit_cell(
                    found, *(v[i] for v in (ranking.mean, ranking.low, ranking.high))
                ),
                "one_more": cost_words(found, i),
                "gap": gap_words(gaps[i]),
            }
            for i in shown[:MOST_SHORT]
        ],
        "pages": [
            _page(album, base, found, i, (uses[i], gaps[i]), i in mapped) for i in found.order
        ],
    }


def _box(found: Found) -> list[tuple[str, str]]:
    """Return what the numbers rest on; dispersers alone have no runs that could tell."""
    given: dict[str, Any] = {
        "costs": tr(
            "as the links file gives them; those of links propose are rough guesses by area and "
            "road"
        ),
        "replicates": _replicates(found, mark("{n} a link"), mark("{low} to {high} a link")),
    }
    if isinstance(found.evaluator, DispersalSets):
        kinds = found.evaluator.dispersal.kinds
        given["lasting"] = tr("dispersers from birth to the end of their dispersal")
        given["animals"] = {
            one.name: float(kinds[one.key].n.sum()) for one in found.species if one.key in kinds
        }
        given["what"] = mark("Dispersers a replicate")
    return rests_on(found.evaluator.study, found.land, **given)


def _replicates(
    found: Found, each: str = mark("{n} each"), span: str = mark("{low} to {high}")
) -> str:
    """Say how many replicates the links have."""
    counts = found.result.ranking.replicates
    low, high = int(counts.min()), int(counts.max())
    return tr(each, n=low) if low == high else tr(span, low=low, high=high)


def _facts(found: Found) -> list[tuple[str, str]]:
    result, scenario = found.result, found.evaluator.study.scenarios[0].scenario
    lasting = (
        tr("{n} days", n=say.number(scenario.n_days))
        if found.years is None
        else tr("{n} years", n=found.years)
    )
    facts = [
        (tr("Links"), str(len(result.links))),
        (tr("All together cost"), found.price(sum(link.cost for link in result.links))),
    ]
    if result.settings.budget is not None:
        facts.append((tr("Budget"), found.price(result.settings.budget)))
        facts.append((tr("Chosen"), tr_plural("{n} link", "{n} links", len(found.chosen))))
    if found.effort == "run":
        effort = [(tr("Runs in all"), say.number(result.runs)), (tr("Each run"), lasting)]
    else:
        effort = [
            (tr("Replicates in all"), say.number(result.runs)),
            (tr("Each replicate"), lasting),
        ]
    return [
        *facts,
        *(effort[:1] if found.by_dispersers else effort),
        (tr("Species"), str(len(result.species))),
    ]


def _pictures(album: Album, base: BaseMap, found: Found) -> dict[str, Any]:
    seen = found.result.interactions
    pairs = seen is not None and len(seen.pairs)
    return {
        "map": album.add("links", partial(links_figure, base, found), shaded=True),
        "ranking": album.add("ranking", plots.ranking_figure(found)),
        "species": album.add("species", plots.species_figure(found)),
        "frontier_picture": album.add("frontier", plots.frontier_figure(found)),
        "pairs_picture": album.add("pairs", plots.pairs_figure(found)) if pairs else None,
        "any_chosen": bool(found.chosen),
        "more": _more(found, plots.MOST_ROWS),
    }


def _more(found: Found, most: int) -> str:
    left = len(found.order) - most
    if left <= 0:
        return ""
    return " " + tr_plural(
        "{n} more link stands in the table.", "{n} more links stand in the table.", left
    )


def _page(
    album: Album, base: BaseMap, found: Found, i: int, seen: tuple[LinkUse, Gap], mapped: bool
) -> dict[str, Any]:
    (use, gap), link, ranking = seen, found.result.links[i], found.result.ranking
    picture = profile = None
    if mapped:
        name, drawn = f"link_{ranking.place[i]:03}", partial(link_figure, base, found, i, use)
        picture = album.add(name, drawn, shaded=True)
        profile = album.add(f"profile_{ranking.place[i]:03}", profile_figure(gap, found.species))
    return {
        "i": i,
        "place": int(ranking.place[i]),
        "name": link.name,
        "chosen": i in found.chosen,
        "cost": found.price(link.cost),
        "km2": say.area(link.area_km2),
        "does": _does(link),
        "benefit": tables.benefit_cell(found, ranking.mean[i], ranking.low[i], ranking.high[i]),
        "ranks": tr("{low} to {high}", low=ranking.rank_low[i], high=ranking.rank_high[i]),
        "equals": _equals(found, {j for g in ranking.groups if i in g for j in g} - {i}),
        "each": bare(found.factor * float(ranking.mean[i]) / link.cost),
        "n": use.n,
        "replicates": _counted(int(ranking.replicates[i])),
        "over": _counted(use.n),
        "change": use.change is not None,
        "species": tables.species_rows(found, i),
        "picture": picture,
        "gap": gap_words(gap),
        "profile": profile,
        "one_more": cost_words(found, i),
        **tables.use_rows(found, use),
    }


def _counted(n: int) -> str:
    return tr_plural("{n} replicate", "{n} replicates", n)


def _does(link: Link) -> str:
    """Say what building a link does, and whether the file leaves a choice."""
    acts = "; ".join(tr(ACTIONS[action]) for action in link.edit.actions)
    parts = [tr("Building it: {what}.", what=acts)] if acts else []
    if link.must is not None:
        parts.append(tr("It must be built.") if link.must else tr("It may not be built."))
    return " ".join(parts)


def _equals(found: Found, others: set[int]) -> str:
    """Say from which links a link was not told apart."""
    if not others:
        return tr("It was told apart from every other link.")
    if len(others) < MOST_EQUALS:
        return tr("Of equal rank with {links}.", links=found.listed(others))
    return tr("Of equal rank with {n} other links.", n=len(others))
