"""A change answered while somebody looks: growing answers, lives and ways behind them, choices."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import shapely

import corridor_sim as cs
from corridor_sim.config.build import apply_edits
from corridor_sim.errors import CorridorSimError
from corridor_sim.kernels.states import CAUSES
from corridor_sim.links.drawn_lives import FATES
from corridor_sim.simulation.dispersal.cohort import disperse, picked, ways

SPECIES = {"andean_bear": {}, "mountain_tapir": {}}
BOX = shapely.box(-78.7, -2.9, -78.3, -2.4)
ROAD = cs.edits.AddRoad(name="road", points=((-78.9, -3.1), (-78.1, -3.2)))
WARM = cs.edits.Warm(degrees_c=2.0)


def made(replicates: int, **species: dict[str, object]) -> cs.LinkEvaluator:
    scenario = cs.Scenario(
        name="Cleared",
        maps=1,
        seed=7,
        landscape={"cell_m": 5000},
        edits=[{"kind": "clear", "fraction": 0.4}],
        species=species or SPECIES,
    )
    return cs.LinkEvaluator(scenario, replicates=replicates, dispersers=60)


@pytest.fixture(scope="module")
def evaluator() -> cs.LinkEvaluator:
    return made(24)


@pytest.fixture(scope="module")
def effects(evaluator: cs.LinkEvaluator) -> list[cs.LinkEffect]:
    link = evaluator.link(BOX, name="link")
    return list(evaluator.effects([link.edit, ROAD], name="both", replicates=(4, 12, 24)))


def same(one: cs.LinkEffect, other: cs.LinkEffect) -> bool:
    tables = ("outcomes", "pairs", "totals", "animals")
    alike = all(getattr(one, name).equals(getattr(other, name)) for name in tables)
    return alike and one.concerned == other.concerned and one.replicates == other.replicates


# ---- the answer grows


@pytest.mark.parametrize("at", [0, 1])
def test_a_growing_answer_is_that_of_an_evaluator_with_so_many(
    effects: list[cs.LinkEffect], at: int
) -> None:
    one = effects[at]
    whole = made(one.replicates).change(one.edits, name="both")
    assert same(one, whole)
    assert not same(one, effects[2])


def test_however_it_grows_it_comes_to_the_same(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> None:
    assert same(evaluator.change(effects[0].edits), effects[2])
    *_, last = evaluator.effects(effects[0].edits, replicates=(1, 7, 11, 24))
    assert same(last, effects[2])


def test_only_new_replicates_are_walked() -> None:
    one = made(24)
    assert one._walks.reached == 0
    answers = one.effects([ROAD], replicates=(4, 12, 24))
    next(answers)
    assert one._walks.reached == 4
    next(answers)
    assert [(some.start, some.stop) for some in one._walks.blocks] == [(0, 4), (4, 12)]
    answers.close()
    assert next(answers, None) is None
    assert one._walks.reached == 12
    first = list(one._walks.dispersal._walked.values())
    one.prepare()
    assert one._walks.reached == 24
    assert all(a is b for a, b in zip(first, one._walks.dispersal._walked.values(), strict=False))


def test_the_intervals_narrow(effects: list[cs.LinkEffect]) -> None:
    width = [
        (one.totals["high"] - one.totals["low"])[one.totals["species"] == "all"].to_numpy()
        for one in effects
    ]
    assert (width[2] < width[0]).all()


def test_totals_add_up(effects: list[cs.LinkEffect]) -> None:
    one = effects[2]
    totals = one.totals.set_index(["species", "quantity"])
    rows = one.outcomes.set_index(["species", "outcome"])
    for when in ("without", "with", "change"):
        each = [totals.loc[(key, "joining_per_year"), when] for key in SPECIES]
        assert totals.loc[("all", "joining_per_year"), when] == pytest.approx(sum(each))
        for key in SPECIES:
            joining = rows.loc[(key, "joining_per_year"), when]
            assert totals.loc[(key, "joining_per_year"), when] == joining
            if when != "change":
                pairs = one.pairs[one.pairs["species"] == key][f"per_generation_{when}"]
                at = (key, "migrants_per_generation")
                assert totals.loc[at, when] == pytest.approx(pairs.sum())
    for key in SPECIES:
        born = float(made_per_year(effects, key))
        deaths = totals.loc[(key, "deaths_per_year"), "without"]
        assert deaths / born == pytest.approx(rows.loc[(key, "dispersal_deaths"), "without"])


def made_per_year(effects: list[cs.LinkEffect], key: str) -> float:
    """Return the dispersers born a year, from the weights of the lives of a change of everything.

    Those of the fixture's evaluator: the same strata for whatever change.
    """
    lives = made(24).dispersal.kinds[key].strata.per_year
    return float(lives.sum())


def test_what_changed_nothing_says_what_may_have_been_missed(evaluator: cs.LinkEvaluator) -> None:
    # a strip that some dispersers of one species touch, and where nobody joins or dies otherwise
    strip = ((-79.0, -4.0), (-78.9, -4.0), (-78.9, -4.1), (-79.0, -4.1))
    one = evaluator.change([cs.edits.Protect(name="R", core=False, areas=(strip,))])
    rows = one.totals.set_index(["species", "quantity"])
    assert rows[["low", "high"]].notna().all(axis=None)
    still = [key for key in SPECIES if rows.loc[(key, "joining_per_year"), "change"] == 0]
    assert still
    for key in still:
        ends = evaluator.dispersal.ends(key, range(24))
        weight = ends.weight[ends.joined]
        event = (weight**2).sum() / weight.sum()
        # of what happens in a share p of replicates, 24 miss all with (1 - p)^24 = 0.05
        most = (1 - 0.05 ** (1 / 24)) * event
        found = rows.loc[(key, "joining_per_year")]
        assert found["high"] == pytest.approx(most)
        assert -most <= found["low"] <= 0


@pytest.mark.parametrize("replicates", [(), (0, 4), (4, 4), (8, 4), (10**9,)])
def test_replicates_that_cannot_grow(
    evaluator: cs.LinkEvaluator, replicates: tuple[int, ...]
) -> None:
    with pytest.raises(CorridorSimError, match="rising numbers"):
        next(evaluator.effects([ROAD], replicates=replicates))


def test_nothing_at_all_is_refused_for_the_whole_list(evaluator: cs.LinkEvaluator) -> None:
    with pytest.raises(CorridorSimError, match="idle: changes nothing that a disperser could"):
        next(evaluator.effects([], name="idle"))
    # one that nobody notices beside one that somebody does
    still = cs.edits.Warm(degrees_c=0.0)
    with pytest.raises(CorridorSimError, match="changes nothing that a disperser could"):
        evaluator.change([still])
    assert same(evaluator.change([still, ROAD]), evaluator.change([ROAD]))


def test_another_thread_gets_the_same(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> None:
    found: list[cs.LinkEffect] = []
    work = threading.Thread(target=lambda: found.append(evaluator.change(effects[0].edits)))
    work.start()
    work.join()
    assert same(found[0], effects[2])


def test_how_long_it_takes_is_told_before(evaluator: cs.LinkEvaluator) -> None:
    evaluator.prepare()
    few, many = evaluator.seconds_for([ROAD]), evaluator.seconds_for([WARM])
    assert 0 < few < many
    # linear in the replicates that are to be walked
    assert evaluator.seconds_for([WARM], 12) == pytest.approx(many / 2, rel=0.2)


def test_a_species_that_loses_its_last_home_is_named() -> None:
    narrow = {"habitat": {"temperature_c": {"points": [[4.0, 0.0], [9.0, 1.0], [14.0, 0.0]]}}}
    one = made(4, mountain_tapir={"traits": narrow}, andean_bear={})
    effect = one.change([cs.edits.Warm(degrees_c=10.0)])
    assert effect.without_home == ("mountain_tapir",)
    assert "mountain_tapir finds no home anywhere any more" in str(effect)
    lives = one.lives(effect)
    mine = lives[lives["species"] == "mountain_tapir"]
    assert set(mine["fate_with"]) <= {"looking", "died"}
    totals = effect.totals.set_index(["species", "quantity"])
    assert totals.loc[("mountain_tapir", "joining_per_year"), "with"] == 0


# ---- lives and ways


@pytest.fixture(scope="module")
def everybody(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> Iterator[dict[str, tuple[object, ...]]]:
    """All dispersers walked to their ends on both landscapes, whom it concerns or not."""
    land = apply_edits(evaluator.land, effects[0].edits, 7)
    found = {}
    for key, (ground, _) in evaluator.dispersal.grounds(land).items():
        starts = evaluator.dispersal.baseline(key, range(24)).starts
        kind = evaluator.dispersal.kinds[key]
        found[key] = (starts, *(disperse(g, starts, 7) for g in (kind.ground, ground)), ground)
    return found


def test_lives_are_those_that_walking_everybody_tells_apart(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect], everybody: dict[str, tuple]
) -> None:
    lives = evaluator.lives(effects[2])
    grid = evaluator.land.grid
    assert lives.crs == grid.crs
    assert not lives.duplicated(["species", "animal"]).any()
    for key, (starts, before, after, _) in everybody.items():
        mine = lives[lives["species"] == key].set_index("animal")
        a, b = before.fates, after.fates
        homes = ~(np.isclose(a.home_x, b.home_x, 0, 0, equal_nan=True))
        homes |= ~(np.isclose(a.home_y, b.home_y, 0, 0, equal_nan=True))
        differ = (a.state != b.state) | homes
        assert set(mine.index) == set(starts.animals.ident[differ].tolist())
        assert 0 < differ.sum() < differ.size
        moved = (a.x != b.x) | (a.y != b.y) | (a.state != b.state) | (a.end_step != b.end_step)
        counts = effects[2].animals.set_index("species").loc[key]
        assert counts["dispersers"] == differ.size
        assert counts["end_otherwise"] == differ.sum()
        assert counts["walk_otherwise"] == (moved & ~differ).sum()
        assert counts["per_year_otherwise"] == pytest.approx(mine["per_year"].sum())
        # what animals gain is what the answer says
        rows = effects[2].totals.set_index(["species", "quantity"])
        change = rows.loc[(key, "joining_per_year"), "change"]
        assert (mine["per_year"] * mine["gain"]).sum() == pytest.approx(change)
        assert counts["gained"] - counts["lost"] == pytest.approx(change)
        at = np.flatnonzero(differ)
        order = mine.loc[starts.animals.ident[at]]
        x, y = grid.to_metres(starts.animals.x[at], starts.animals.y[at])
        assert np.array_equal(order["start_x"], x)
        assert np.array_equal(order["start_y"], y)
        for when, fates in (("without", a), ("with", b)):
            dead = (fates.state[at] > 0) & (fates.state[at] <= len(CAUSES))
            home = ~np.isnan(fates.home_x[at])
            assert np.array_equal(order[f"fate_{when}"] == "died", dead)
            assert np.array_equal(order[f"cause_{when}"] != "", dead)
            assert np.array_equal(order[f"fate_{when}"] == "looking", ~dead & ~home)
            names = np.array(evaluator.dispersal.blocks.names, object)[fates.block[at]]
            assert np.array_equal(order[f"block_{when}"], names)
            east = np.where(home, fates.home_x[at], fates.x[at])
            assert np.array_equal(order[f"end_x_{when}"], grid.to_metres(east, east)[0])
    assert set(lives["fate_with"]) <= set(FATES)
    assert {"joined", "stayed", "outside"} <= set(lives["fate_with"])


def test_lives_of_few_replicates_are_among_those_of_many(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> None:
    few, many = evaluator.lives(effects[0]), evaluator.lives(effects[2])
    assert few["replicate"].max() == 3
    first = many[many["replicate"] < 4].reset_index(drop=True)
    columns = ["species", "animal", "fate_without", "fate_with"]
    assert first[columns].equals(few[columns])
    assert np.allclose(few["per_year"], 6 * first["per_year"])


def test_ways_are_the_walked_ones_to_the_bit(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect], everybody: dict[str, tuple]
) -> None:
    lives = evaluator.lives(effects[2]).sample(20, random_state=1)
    lines = evaluator.ways(effects[2], lives)
    assert len(lines) == 40
    assert lines["animal"].tolist() == np.repeat(lives["animal"], 2).tolist()
    assert lines["change"].tolist() == ["without", "with"] * 20
    grid, at = evaluator.land.grid, lines.set_index(["species", "animal", "change"])
    for row in lives.itertuples():
        starts, before, after, ground = everybody[row.species]
        rows = np.flatnonzero(starts.animals.ident == row.animal)
        old = evaluator.dispersal.kinds[row.species].ground
        for when, where, walked in (("without", old, before), ("with", ground, after)):
            (track,) = ways(where, picked(starts, rows), 7)
            track = track[~np.isnan(track[:, 0])].astype(float)
            line = at.loc[(row.species, row.animal, when)]
            told = shapely.get_coordinates(line.geometry)
            assert line["days"] == len(track)
            days = np.column_stack(grid.to_metres(track[:, 0], track[:, 1]))
            assert np.array_equal(told[1:-1], days)
            assert told[0].tolist() == [row.start_x, row.start_y]
            ends = [getattr(row, f"end_{axis}_{when}") for axis in "xy"]
            assert told[-1].tolist() == ends
            if not np.isnan(walked.fates.home_x[rows[0]]):
                east = grid.to_metres(walked.fates.home_x[rows], walked.fates.home_y[rows])[0]
                assert told[-1][0] == east[0]


def test_the_day_on_which_ways_part(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> None:
    lines = evaluator.ways(effects[2], most=30)
    for _, two in lines.groupby(["species", "animal"], sort=False):
        one, other = (shapely.get_coordinates(g)[1:-1] for g in two.geometry)
        day = two["apart_from_day"].iloc[0]
        known = min(len(one), len(other)) if np.isnan(day) else int(day) - 1
        assert np.array_equal(one[:known], other[:known])
        if not np.isnan(day):
            assert not np.array_equal(one[: known + 1], other[: known + 1])


def test_of_many_animals_those_that_gain_or_lose_come_first(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> None:
    lives = evaluator.lives(effects[2])
    turned = int((lives["gain"] != 0).sum())
    assert 2 < turned < len(lives)
    lines = evaluator.ways(effects[2], most=turned - 2)
    assert len(lines) == 2 * (turned - 2)
    gain = lives.set_index(["species", "animal"])["gain"]
    assert all(gain[row.species, row.animal] != 0 for row in lines.itertuples())


def test_ways_of_others_are_refused(
    evaluator: cs.LinkEvaluator, effects: list[cs.LinkEffect]
) -> None:
    lives = evaluator.lives(effects[2]).head(1).copy()
    lives["animal"] = 2**40
    with pytest.raises(CorridorSimError, match="does not concern animal"):
        evaluator.ways(effects[2], lives)
    none = evaluator.ways(effects[2], evaluator.lives(effects[2]).head(0))
    assert len(none) == 0


# ---- drawn links


def test_a_link_is_checked_and_measured(evaluator: cs.LinkEvaluator) -> None:
    link = evaluator.link(BOX, name="L", actions=["restore"])
    assert link.edit.kind == "build_link"
    assert link.edit.actions == ("restore",)
    assert link.area_km2 == pytest.approx(44.5 * 55.3, rel=0.02)
    # one cell is a link as long as something is to do
    x, y = evaluator.land.grid.to_metres(
        *(
            np.array([v % 101 + 0.5, v // 101 + 0.5])[i : i + 1]
            for v in [link.cells[0]]
            for i in (0, 1)
        )
    )
    cell = shapely.box(x[0] - 100, y[0] - 100, x[0] + 100, y[0] + 100)
    small = evaluator.link(
        cell, crs=evaluator.land.grid.crs, actions=["restore", "protect"], drop_idle=True
    )
    assert small.cells.tolist() == [link.cells[0]]


CORE = shapely.Point(-78.35, -1.9).buffer(0.02)


@pytest.mark.parametrize(
    ("shape", "more", "said"),
    [
        (shapely.box(10, 10, 11, 11), {}, "lies outside the landscape; the landscape spans"),
        (shapely.box(-85, -3, -78, -2), {}, "% of it lies outside the landscape; end it at"),
        ([[-78.9, -3.0], [-78.3, -3.6], [-78.3, -3.0], [-78.9, -3.6]], {}, "crosses itself"),
        (shapely.box(-78.4, -3.001, -78.399, -3), {}, "it covers the centre of none; widen it"),
        ([[-78.9, -3.0], [-78.5, -3.0]], {}, "an area needs 3 corners or more; draw further"),
        ([[-78.9, -3.0]], {"width_m": 5000}, "a line needs 2 corners or more; draw further"),
        (shapely.Polygon(), {}, "an area needs 3 corners or more"),
        (shapely.Point(-78, -3), {}, "an area needs 3 corners or more"),
        ([], {}, "an area needs 3 corners or more"),
        ([[-78.9, -3.0], [-78.9, -3.0]], {"width_m": 5000}, "its line has no length"),
    ],
)
def test_a_link_that_cannot_be(
    evaluator: cs.LinkEvaluator, shape: object, more: dict[str, float], said: str
) -> None:
    with pytest.raises(CorridorSimError) as bad:
        evaluator.link(shape, name="Mine", **more)  # type: ignore[arg-type]  # of any kind
    assert str(bad.value).startswith("Mine: ")
    assert said in str(bad.value)
    assert "\n" not in str(bad.value)


def test_a_link_where_nothing_is_left_to_do(evaluator: cs.LinkEvaluator) -> None:
    blocks = evaluator.blocks
    inside = blocks.geometry.iloc[0].representative_point().buffer(12_000)
    crs = evaluator.land.grid.crs
    with pytest.raises(CorridorSimError) as bad:
        evaluator.link(inside, crs=crs, name="Mine", actions=["protect", "crossings"])
    assert "Mine: nothing is left to do there: protect: " in str(bad.value)
    assert str(bad.value).endswith("; move the link")


# ---- choosing


@pytest.fixture(scope="module")
def few() -> cs.LinkEvaluator:
    return made(10)


def alternatives(one: cs.LinkEvaluator) -> dict[str, tuple[list[cs.edits.Edit], float]]:
    north = one.link(BOX, name="north").edit
    wider = one.link(shapely.box(-78.8, -3.0, -78.3, -2.4), name="wider").edit
    return {"north": ([north], 2.0), "wider": ([wider], 3.0), "road": ([ROAD], 1.0)}


def test_the_best_set_is_simulated_together(few: cs.LinkEvaluator) -> None:
    told: list[str] = []
    found = few.choose(alternatives(few), 5.0, progress=told.append)
    sets = {frozenset(row.names): row for row in found.sets.itertuples()}
    assert len(sets) == 7  # all of three but the dearest, which costs 6
    assert (found.sets["cost"] <= 5.0).all()
    for names in (("north",), ("road",), ("north", "wider"), ("north", "road")):
        row = sets[frozenset(names)]
        assert row.simulated
        edits = [alternatives(few)[name][0][0] for name in alternatives(few) if name in names]
        whole = few.change(edits).totals.set_index(["species", "quantity"])
        if row.replicates == 10:
            change = whole.loc[("all", "joining_per_year"), "change"]
            assert row.benefit == pytest.approx(change)
    alone = found.alone.set_index("name")["benefit"]
    assert alone["north"] == sets[frozenset(["north"])].benefit
    # two that overlap give less than the sum of both: what one did the next finds done
    both = sets[frozenset(["north", "wider"])].benefit
    assert both != pytest.approx(alone["north"] + alone["wider"])
    assert any("north and wider" in line for line in told)
    assert found.regret >= 0
    assert found.sentence in str(found)
    assert set(found.names) <= {"north", "wider", "road"}


def test_weights_count_species(few: cs.LinkEvaluator) -> None:
    only = few.choose(alternatives(few), 2.0, weights={"andean_bear": 2.0})
    edits = alternatives(few)["north"][0]
    change = few.change(edits).totals.set_index(["species", "quantity"])["change"]
    row = only.alone.set_index("name").loc["north"]
    assert row["benefit"] == pytest.approx(2 * change[("andean_bear", "joining_per_year")])


def test_alternatives_of_the_page_are_taken_as_they_are(few: cs.LinkEvaluator) -> None:
    road = {"kind": "add_road", "name": "road", "points": [[-78.9, -3.1], [-78.1, -3.2]]}
    north = {"kind": "restore", "name": "n", "areas": [list(BOX.exterior.coords[:-1])]}
    both = [
        cs.Alternative(name="R", cost=1, changes=[road]),
        cs.Alternative(name="N", cost=2, changes=[north]),
    ]
    found = few.choose(cs.Alternatives(alternatives=both, budget=2))
    assert found.budget == 2
    assert set(found.alone["name"]) == {"R", "N"}
    unpriced = [both[0], cs.Alternative(name="N", changes=[north])]
    with pytest.raises(CorridorSimError, match="N: has no cost; say what it costs"):
        few.choose(cs.Alternatives(alternatives=unpriced, budget=2))
    with pytest.raises(CorridorSimError, match="no budget is given"):
        few.choose(cs.Alternatives(alternatives=both))


def test_choosing_can_be_stopped(few: cs.LinkEvaluator) -> None:
    def stop(_: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        few.choose(alternatives(few), 5.0, progress=stop)


def test_a_link_is_answered_while_a_choice_is_made(few: cs.LinkEvaluator) -> None:
    answers: list[cs.LinkEffect] = []
    given = {"wider": alternatives(few)["wider"], "road": alternatives(few)["road"]}
    quiet = few.choose(given, 5.0)
    busy = few.choose(given, 5.0, progress=lambda _: answers.append(few.change([ROAD])))
    assert len(answers) >= 3
    assert all(same(one, answers[0]) for one in answers)
    assert busy.sets.equals(quiet.sets)
    assert (busy.benefit, busy.low, busy.regret) == (quiet.benefit, quiet.low, quiet.regret)


@pytest.mark.parametrize(
    ("change", "budget", "more", "said"),
    [
        ({"wider": None, "road": None}, 5.0, {}, "1 alternative cannot be compared"),
        ({"north": ([ROAD], -1.0)}, 5.0, {}, "north: a cost of -1.0 is impossible"),
        ({"north": ([], 1.0)}, 5.0, {}, "north: changes nothing"),
        ({}, 0.5, {}, "a budget of 0.5 buys nothing: the cheapest alternative costs 1"),
        ({}, float("nan"), {}, "a budget of nan buys nothing"),
        ({}, 5.0, {"weights": {"lynx": 1.0}}, "no species 'lynx'"),
        ({}, 5.0, {"weights": {"andean_bear": 0.0}}, "all weights are 0"),
        ({"north": ([cs.edits.Warm(degrees_c=0.0)], 1.0)}, 5.0, {}, "north: changes nothing that"),
    ],
)
def test_alternatives_among_which_nothing_can_be_chosen(
    few: cs.LinkEvaluator,
    change: dict[str, object],
    budget: float,
    more: dict[str, dict[str, float]],
    said: str,
) -> None:
    given = {k: v for k, v in {**alternatives(few), **change}.items() if v is not None}
    with pytest.raises(CorridorSimError, match=said):
        few.choose(given, budget, **more)  # type: ignore[arg-type]  # that is what is refused
