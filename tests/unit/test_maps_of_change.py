"""Maps of change: what is within chance stays blank, what was put on the ground is drawn."""

from __future__ import annotations

import dataclasses
import doctest
from typing import Any

import numpy as np
import pytest

from corridor_sim import edits
from corridor_sim.landscape.parts import Border
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.report.figures import links_map
from corridor_sim.report.figures.basemap import legend_handles, make_basemap
from corridor_sim.report.figures.drawing import new_figure
from corridor_sim.report.figures.edit_marks import draw_edits
from corridor_sim.report.figures.links_map import PALE, certainty, colour_of, links_figure
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.text import countries, links_use
from corridor_sim.report.text.links_found import Found
from corridor_sim.statistics import chance_maps
from corridor_sim.statistics.chance_maps import ChanceMap
from oracles.links_pages import AT

SIDE, N = 120, 6


def seen_of(rise: Any, noise: Any) -> ChanceMap:
    found = ChanceMap()
    for one in noise:
        found.add(rise + one)
    return found


def test_of_noise_alone_one_cell_in_twenty_is_told_and_no_more() -> None:
    rng = np.random.default_rng(5)
    told = seen_of(0.0, rng.standard_normal((N, SIDE, SIDE))).told(0.95)
    # cells are independent: 4 standard errors of a share of 5 %
    assert told.mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / told.size))
    assert not seen_of(0.0, rng.standard_normal((1, 3, 3))).told(0.95).any()


def test_a_change_beyond_its_noise_is_told_and_its_mean_is_the_mean() -> None:
    rng = np.random.default_rng(6)
    noise = 0.1 * rng.standard_normal((N, SIDE, SIDE))
    rise = np.zeros((SIDE, SIDE))
    rise[:10, :10] = 1.0
    seen = seen_of(rise, noise)
    np.testing.assert_allclose(seen.mean, rise + noise.mean(axis=0), rtol=0, atol=1e-12)
    assert seen.told(0.95)[:10, :10].all()
    # what is the same in every replicate but for rounding is no change
    still = seen_of(rise * 1e-16, np.zeros((3, SIDE, SIDE)) + rise)
    assert not still.told(0.95)[10:].any()


def test_the_map_of_a_link_keeps_what_is_told(country: Found) -> None:
    use = links_use.read_use(country)[AT["pass"]]
    assert use.change is not None
    assert use.told is not None
    assert use.told.shape == use.change.shape
    # the pass opens a wall: somewhere on it more animals pass than chance allows
    rows, cols = np.divmod(country.result.links[AT["pass"]].cells, country.land.grid.width)
    inside = np.zeros(country.land.grid.shape, bool)
    inside[rows, cols] = True
    assert (use.told & inside[use.window] & (use.change > 0)).any()
    assert use.told.mean() < 0.9


def test_colour_fades_with_certainty_and_small_benefits_keep_their_side(country: Found) -> None:
    assert colour_of(0.3, 1.0, 0.0) == PALE
    strong, weak = np.array(colour_of(0.3, 1.0)), np.array(colour_of(0.3, 1.0, 0.3))
    assert np.abs(weak - PALE).sum() < np.abs(strong - PALE).sum()
    # a twentieth of the best is as far from white as a linear scale would show at a fifth
    assert links_map.rooted(0.05) == pytest.approx(0.5 + 0.5 * np.sqrt(0.05))
    red, _, blue = colour_of(0.05, 1.0)
    assert blue > red
    assert certainty(country, AT["pass"]) == 1.0
    assert certainty(country, AT["away"]) == 0.0


def test_no_name_stands_on_a_number_and_the_legend_tells_all(country: Found) -> None:
    figure = links_figure(make_basemap(country.land), country)
    figure.canvas.draw()
    ax = figure.axes[0]
    texts = [one for one in ax.texts if one.get_text().strip()]
    badges = [one for one in texts if one.get_bbox_patch() is not None]
    names = [one for one in texts if one.get_text().startswith("Core")]
    assert len(badges) == len(country.order)
    for name in names:
        box = name.get_window_extent()
        assert not any(box.overlaps(badge.get_window_extent()) for badge in badges)
    (legend,) = figure.legends
    words = [one.get_text() for one in legend.get_texts()]
    assert {"Link chosen for the budget", "Core area", "Road"} <= set(words)


def test_countries_stand_on_their_side_of_the_border() -> None:
    land = uniform(40, 40)
    grid = land.grid
    west, south, east, north = grid.bounds_m
    middle = (south + north) / 2
    # seen eastwards, north is to the left
    border = Border(((west, middle), (east, middle)), "ECU", "XYZ")
    base = make_basemap(dataclasses.replace(land, borders=(border,)))
    figure = new_figure(5, 5)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    furnish(ax, base)
    at = {one.get_text(): one.get_position()[1] for one in ax.texts}
    assert at["ECUADOR"] > middle > at["XYZ"]
    labels = [one.get_label() for one in legend_handles(base)]
    assert "Border between countries" in labels
    assert "Border between countries" not in [
        one.get_label() for one in legend_handles(make_basemap(land))
    ]


def test_what_edits_put_on_the_ground_is_drawn_and_named() -> None:
    land = uniform(40, 40)
    x, y = land.grid.west_m, land.grid.north_m
    ring = ((x, y), (x + 5000, y), (x + 5000, y - 5000))
    crs = land.grid.crs
    given = [
        edits.AddRoad(name="r", points=ring[:2], crs=crs),
        edits.Protect(name="p", areas=(ring,), crs=crs),
        edits.OpenMine(name="m", at=(x + 9000, y - 9000), area_ha=100, crs=crs),
        edits.Clear(fraction=0.1),
    ]
    ax = new_figure(3, 3).add_axes((0, 0, 1, 1))
    labels = [one.get_label() for one in draw_edits(ax, given, land.grid)]
    assert labels == [
        "Road of the scenario",
        "Link or area of the scenario",
        "Mine or dam of the scenario",
    ]
    road = next(line for line in ax.lines if line.get_color() == "#c1121f")
    assert road.get_xdata()[-1] == pytest.approx(x + 5000)
    assert draw_edits(ax, given[3:], land.grid) == []


@pytest.mark.parametrize("module", [chance_maps, countries, links_map])
def test_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
