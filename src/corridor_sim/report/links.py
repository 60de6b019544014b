"""The report on a ranking of links: one page that opens offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corridor_sim.links.dispersal_sets import DispersalSets
from corridor_sim.links.gap import Gap
from corridor_sim.report import co_benefits, zonal
from corridor_sim.report.figures import links as plots
from corridor_sim.report.figures.basemap import BaseMap, make_basemap
from corridor_sim.report.figures.landscape import landscape_facts
from corridor_sim.report.figures.link_profile import profile_figure
from corridor_sim.report.figures.links_map import link_figure, links_figure
from corridor_sim.report.gis import write_links_project
from corridor_sim.report.page import Album, write_page
from corridor_sim.report.text import links_tables as tables
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.ground_box import rests_on
from corridor_sim.report.text.link_gap import cost_head, cost_words, gap_words, gaps_of, write_gaps
from corridor_sim.report.text.links_answer import answer
from corridor_sim.report.text.links_decades import decades_rows
from corridor_sim.report.text.links_found import Found, bare
from corridor_sim.report.text.links_use import BESIDE_M, LinkUse, read_use

SUMMARY = "summary.html"
# links of the chosen set on the one sheet
MOST_SHORT = 6
# a page with more maps than this would be too heavy to open
MOST_MAPS = 40
ACTIONS = {
    "restore": "farmed ground inside goes back to nature",
    "protect": "clearing and hazards are held back inside",
    "crossings": "roads inside get structures that let animals pass",
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
    write_page("links_summary.html", study, shown, name=SUMMARY, verb="links rank")
    return write_page("links_report.html", study, shown, verb="links rank")


def contents(found: Found) -> dict[str, Any]:
    """Return everything the template shows; figures and tables are saved on the way."""
    study, ranking = found.evaluator.study, found.result.ranking
    album = Album(study.out / "figures")
    base = make_basemap(found.land)
    uses, gaps = read_use(found), gaps_of(found)
    tables.write_tables(found, uses)
    write_gaps(found, gaps, study.out / "tables")
    tables.write_outcomes(found, study.out / "tables")
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
        "beside": f"{BESIDE_M / 1000:g}",
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
        "costs": "as the links file gives them; those of links propose are rough guesses by area "
        "and road",
        "replicates": f"{_replicates(found)} a link",
    }
    if isinstance(found.evaluator, DispersalSets):
        kinds = found.evaluator.dispersal.kinds
        given["lasting"] = "dispersers from birth to the end of their dispersal"
        given["animals"] = {
            one.name: float(kinds[one.key].n.sum()) for one in found.species if one.key in kinds
        }
        given["what"] = "dispersers"
    return rests_on(found.evaluator.study, found.land, **given)


def _replicates(found: Found) -> str:
    """Say how many replicates the links have."""
    counts = found.result.ranking.replicates
    low, high = int(counts.min()), int(counts.max())
    return f"{low} each" if low == high else f"{low} to {high}"


def _facts(found: Found) -> list[tuple[str, str]]:
    result, scenario = found.result, found.evaluator.study.scenarios[0].scenario
    lasting = f"{scenario.n_days:,} days" if found.years is None else f"{found.years} years"
    facts = [
        ("Links", str(len(result.links))),
        ("All together cost", found.price(sum(link.cost for link in result.links))),
    ]
    if result.settings.budget is not None:
        facts.append(("Budget", found.price(result.settings.budget)))
        facts.append(("Chosen", say.counted(len(found.chosen), "link")))
    return [
        *facts,
        (f"{found.effort.capitalize()}s in all", f"{result.runs:,}"),
        *([] if found.by_dispersers else [("Each " + found.effort, lasting)]),
        ("Species", str(len(result.species))),
    ]


def _pictures(album: Album, base: BaseMap, found: Found) -> dict[str, Any]:
    seen = found.result.interactions
    pairs = seen is not None and len(seen.pairs)
    return {
        "map": album.add("links", links_figure(base, found), shaded=True),
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
    return f" {say.counted(left, 'more link')} {'stands' if left == 1 else 'stand'} in the table."


def _page(
    album: Album, base: BaseMap, found: Found, i: int, seen: tuple[LinkUse, Gap], mapped: bool
) -> dict[str, Any]:
    (use, gap), link, ranking = seen, found.result.links[i], found.result.ranking
    picture = profile = None
    if mapped:
        drawn = link_figure(base, found, i, use)
        picture = album.add(f"link_{ranking.place[i]:03}", drawn, shaded=True)
        drawn = profile_figure(gap, found.species)
        profile = album.add(f"profile_{ranking.place[i]:03}", drawn)
    return {
        "i": i,
        "place": int(ranking.place[i]),
        "name": link.name,
        "chosen": i in found.chosen,
        "cost": found.price(link.cost),
        "km2": say.area(link.area_km2),
        "does": [ACTIONS[action] for action in link.edit.actions],
        "must": {True: "must be built", False: "may not be built"}.get(link.must, "")
        if link.must is not None
        else "",
        "benefit": tables.benefit_cell(found, ranking.mean[i], ranking.low[i], ranking.high[i]),
        "ranks": f"{ranking.rank_low[i]} to {ranking.rank_high[i]}",
        "equals": found.listed({j for g in ranking.groups if i in g for j in g} - {i}),
        "n_equals": len({j for g in ranking.groups if i in g for j in g} - {i}),
        "each": bare(found.factor * float(ranking.mean[i]) / link.cost),
        "n": use.n,
        "replicates": say.counted(int(ranking.replicates[i]), "replicate"),
        "over": say.counted(use.n, "replicate"),
        "change": use.change is not None,
        "species": tables.species_rows(found, i),
        "picture": picture,
        "gap": gap_words(gap),
        "profile": profile,
        "one_more": cost_words(found, i),
        **tables.use_rows(found, use),
    }
