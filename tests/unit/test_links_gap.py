"""What stands between the core areas of a link: on ground whose answers are counted by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from corridor_sim.config.links import Candidate
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.parts import Border
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.links.candidates import make_link
from corridor_sim.links.gap import Gap, _crossed, gap_of, gaps_frame
from corridor_sim.report.figures.link_profile import profile_figure
from corridor_sim.report.text import link_gap
from corridor_sim.report.text.link_gap import cost_of_one, cost_words, frame_of, gap_words, gaps_of
from corridor_sim.report.text.links_found import Found
from corridor_sim.species.traits import Species
from oracles.andes_covers import COVERS
from oracles.folders import exact_rows
from oracles.links_pages import AT, NAMES, page_of, text_of, with_

WEST_M, NORTH_M, CELL_M = 900_000.0, 9_700_000.0, 1000.0


def ground(**layers: Any) -> Landscape:
    """Return 30 x 60 cells: core areas west of column 10 and east of column 49, a ridge between.

    Columns 15 to 24 are pasture, 30 a settlement; a primary road leads down column 20, a second one
    slants over columns 35 to 37, a wide river down column 40.
    """
    shape = (30, 60)
    zone, cover = np.zeros(shape, np.int16), np.full(shape, COVERS["cloud_forest"].code, np.uint8)
    road, river = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    zone[:, :10], zone[:, 50:] = 1, 2
    cover[:, 15:25] = COVERS["pasture"].code
    cover[:, 30] = COVERS["settlement"].code
    road[:, 20], river[:, 40] = 2, 3
    for r in range(30):
        road[r, 33 + r // 8] = 1
    high = np.broadcast_to(1000.0 + 50.0 * np.arange(60), shape).astype(np.float32).copy()
    made = {"land_cover": cover, "road": road, "river": river, "protected": zone} | layers
    land = uniform(*shape, **made)
    known = ("", "ECU", "PER", "PER")[: len(land.zone_names)]
    return dataclasses.replace(
        land, layers={**land.layers, "elevation_m": high}, zone_countries=known
    )


def link_of(land: Landscape, *ring: tuple[float, float], **other: Any) -> Any:
    """Return a link whose corners are given as (column, row)."""
    corners = tuple((WEST_M + c * CELL_M, NORTH_M - r * CELL_M) for c, r in ring)
    shape: dict[str, Any] = {"area": (corners,)}
    if len(ring) == 2:
        shape = {"line": corners, "width_m": 5000.0}
    one = Candidate(name="x", cost=1.0, crs=land.grid.crs, actions=("protect",), **shape, **other)
    return make_link(one, land, "x")


@pytest.fixture
def drawn() -> Gap:
    land = ground()
    return gap_of(link_of(land, (7.5, 14.5), (52.5, 14.5)), land)


def test_lengths_crossings_and_heights_are_those_of_the_ground(drawn: Gap) -> None:
    assert drawn.between == ("Core 1", "Core 2")
    assert drawn.countries == ("ECU", "PER")
    # columns 10 to 49, each of one kilometre
    assert drawn.length_km == pytest.approx(40.0)
    assert drawn.inside.sum() == 40
    assert drawn.farmed_km == pytest.approx(10.0)
    assert drawn.built_km == pytest.approx(1.0)
    assert drawn.by_cover_km[COVERS["cloud_forest"].code] == pytest.approx(29.0)
    assert (drawn.roads, drawn.rivers) == ({2: 1, 1: 1}, {3: 1})
    assert (drawn.lowest_m, drawn.highest_m) == (1500.0, 1000.0 + 50 * 49)
    assert drawn.km[drawn.inside][0] == 0.0
    # the way is the line that was drawn, a row of cells
    assert len(set(drawn.y_m[drawn.inside].tolist())) == 1
    # some way into both areas is shown, none of it counts
    assert 0 < (drawn.zone == 1).sum() <= 5
    assert 0 < (drawn.zone == 2).sum() <= 5


def test_an_area_is_crossed_through_its_middle() -> None:
    land = ground()
    gap = gap_of(link_of(land, (8, 9), (52, 9), (52, 20), (8, 20)), land)
    assert gap.length_km == pytest.approx(40.0)
    middle = NORTH_M - 14.5 * CELL_M
    inner = gap.y_m[gap.inside][8:-8]
    assert np.abs(inner - middle).max() <= CELL_M


def test_the_words_tell_what_a_planner_asks(drawn: Gap) -> None:
    assert gap_words(drawn) == (
        "40 km between Core 1 and Core 2, of which 10 km farmed ground, 1.0 km settlement or mine "
        "and 29 km montane cloud forest; it crosses a primary road, a secondary or gravel road and "
        "a river over 300 m wide; from 1,500 m up to 3,450 m; in Ecuador and Peru."
    )


def test_a_slanting_step_between_cells_of_a_road_crosses_it() -> None:
    # cells of a road that touch at their corners, and a way that slips between them
    layer = np.zeros((4, 4), np.uint8)
    for i in range(4):
        layer[i, 3 - i] = 2
    at = np.arange(4)
    assert _crossed(layer, at, at, np.ones(4, bool)) == {2: 1}
    # not where the step leads along it, nor outside the gap
    assert _crossed(layer, at, at, np.array([True, True, False, False])) == {}
    assert _crossed(layer * 0, at, at, np.ones(4, bool)) == {}


def test_a_border_and_ground_that_is_protected_already_are_told() -> None:
    zone = np.zeros((30, 60), np.int16)
    zone[:, :10], zone[:, 50:], zone[12:18, 25:29] = 1, 2, 3
    land = ground(protected=zone)
    x = WEST_M + 22 * CELL_M
    course = ((x, NORTH_M), (x, NORTH_M - 30 * CELL_M))
    land = dataclasses.replace(land, borders=(Border(course, "ECU", "PER"),))
    gap = gap_of(link_of(land, (7.5, 14.5), (52.5, 14.5)), land)
    # the area in the middle is on the way and no end of it
    assert gap.between == ("Core 1", "Core 2")
    assert gap.protected_km == pytest.approx(4.0)
    assert gap.borders == 1
    assert "the border" in gap_words(gap)
    assert "4.0 km protected already" in gap_words(gap)


def test_a_link_without_two_core_areas_is_measured_along_its_longest_way() -> None:
    land = ground()
    gap = gap_of(link_of(land, (20, 5), (24, 5), (24, 25), (20, 25)), land)
    assert gap.between == ("", "")
    assert gap.length_km == pytest.approx(19.0, abs=2.0)
    assert gap.inside.all()
    assert "outside core areas" in gap_words(gap)
    # along a road is one crossing, not one a cell
    assert sum(gap.roads.values()) <= 1


def test_a_link_of_one_cell_has_a_gap_too(catalog: dict[str, Species]) -> None:
    land = ground()
    gap = gap_of(link_of(land, (30, 5), (31, 5), (31, 6), (30, 6)), land)
    assert gap.km.size == 1
    assert gaps_frame([gap], land).geometry.iloc[0].geom_type == "Point"
    profile_figure(gap, [catalog["jaguar"]])


def test_the_table_holds_a_row_and_a_way_for_every_link(drawn: Gap) -> None:
    land = ground()
    frame = gaps_frame([drawn], land)
    assert frame.loc[0, "length_km"] == pytest.approx(40.0)
    assert (frame.loc[0, "roads_paved"], frame.loc[0, "rivers_over_50_m"]) == (1, 1)
    assert frame.crs == land.grid.crs
    assert frame.geometry.iloc[0].length == pytest.approx(1000.0 * (drawn.km[-1] - drawn.km[0]))


def test_one_animal_more_costs_what_the_link_costs_over_what_it_brings(country: Found) -> None:
    i = AT["pass"]
    price, low, high = cost_of_one(country, i)
    ranking, factor = country.result.ranking, country.factor
    cost = country.result.links[i].cost
    assert price == pytest.approx(cost / (factor * ranking.mean[i]))
    assert low == pytest.approx(cost / (factor * ranking.high[i]))
    assert high == pytest.approx(cost / (factor * ranking.low[i]))
    assert low < price < high
    # of a benefit that may be none no price is known
    assert np.isnan(cost_of_one(country, AT["away"])).all()
    assert cost_words(country, AT["away"]).startswith("not known")
    wide = dataclasses.replace(ranking, low=ranking.low * 0)
    assert cost_words(with_(country, ranking=wide), i).startswith("not known")


def test_the_page_and_the_file_tell_the_gap_of_every_link(country: Found) -> None:
    text = text_of(page_of(country))
    gaps = gaps_of(country)
    assert text.count("What it has to bridge:") == len(NAMES)
    for one in gaps:
        assert gap_words(one) in text
    rows = exact_rows(country.evaluator.study.out, "links_gaps")
    frame = frame_of(country, gaps)
    assert [row["link"] for row in rows] == [NAMES[i] for i in country.order]
    assert [float(row["length_km"]) for row in rows] == frame["length_km"].tolist()
    at = {row["link"]: row for row in rows}
    assert float(at["pass"]["cost_of_one"]) == pytest.approx(cost_of_one(country, AT["pass"])[0])
    assert at["away"]["cost_of_one"] == ""


def test_examples_hold() -> None:
    import doctest

    assert doctest.testmod(link_gap).failed == 0
