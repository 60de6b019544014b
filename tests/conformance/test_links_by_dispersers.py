"""Ranking links by the dispersers that they concern: files, going on, bad input, drawings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

import corridor_sim as cs
from corridor_sim.errors import CorridorSimError
from corridor_sim.experiment.status import describe, status_of
from corridor_sim.links.dispersal_sets import BLOCK, DispersalSets

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

LINKS = """
name = "Three ways"
[base]
name = "cleared"
days = 30
seed = 7
maps = 1
tracks = 0
[base.landscape]
source = "andes-amazon"
cell_m = 5000
[[base.edits]]
kind = "clear"
fraction = 0.4
[base.species.andean_bear]
[base.species.mountain_tapir]
[base.species.andean_condor]
[links]
budget = 20
[links.procedure]
first_replicates = 10
batch = 10
budget_runs = 80
pairs_runs = 30
confirm_replicates = 10
indifference = 0.001
dispersers_per_replicate = 200
[[links.candidates]]
name = "Sangay to Río Negro"
cost = 6
area = [[[-78.7, -2.4], [-78.3, -2.4], [-78.3, -2.9], [-78.7, -2.9]]]
actions = ["restore", "protect"]
[[links.candidates]]
name = "Yacuri to Podocarpus"
cost = 8
area = [[[-79.4, -4.3], [-79.0, -4.3], [-79.0, -4.7], [-79.4, -4.7]]]
actions = ["restore"]
[[links.candidates]]
name = "Kutukú to Cóndor"
cost = 7
area = [[[-78.3, -3.0], [-77.9, -3.0], [-77.9, -3.4], [-78.3, -3.4]]]
"""


def write(folder: Path, text: str = LINKS) -> Path:
    path = folder / "links.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, cs.RankingResults]:
    folder = tmp_path_factory.mktemp("ranked")
    file = write(folder)
    return file, cs.rank_links(file, out=folder / "out")


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((folder / "dispersers").iterdir())}


def test_a_ranking_in_animals_a_year(ranked: tuple[Path, cs.RankingResults]) -> None:
    _, found = ranked
    table = found.ranking
    assert table["name"].iloc[0] == "Sangay to Río Negro"
    assert table["low"].iloc[0] > 0
    # a benefit is the sum over species, in animals
    sets = found.ranked.evaluator
    assert isinstance(sets, DispersalSets)
    assert sets.species == ["andean_bear", "mountain_tapir"]
    n = int(table["replicates"].iloc[0])
    each = sets.benefits([frozenset([0])], range(n))[:, 0]
    assert table["benefit"].iloc[0] == pytest.approx(each.sum(axis=0).mean())
    text = (found.folder / "report.html").read_text("utf-8")
    assert "animals a year" in text
    assert "an animal of each of" in text
    assert "Only dispersers born in blocks" in text
    assert not list((found.folder / "runs").iterdir())


def test_a_chosen_set_is_promised_what_its_links_add_up_to(
    ranked: tuple[Path, cs.RankingResults],
) -> None:
    _, found = ranked
    chosen = json.loads((found.folder / "links.json").read_text("utf-8"))["chosen"]
    alone = {row["name"]: row["benefit"] for row in found.ranking.to_dict("records")}
    kept = [one for one in found.summary.get("pairs", []) if one["kept"]]
    if not kept:
        assert chosen["benefit"] == pytest.approx(sum(alone[name] for name in chosen["links"]))


def test_the_best_set_is_what_replicates_are_spent_on(
    ranked: tuple[Path, cs.RankingResults],
) -> None:
    _, found = ranked
    result = found.ranked.result
    assert result.best is not None
    assert result.chosen is not None
    assert result.best.links == result.chosen.links
    assert result.regret == result.best.regret
    # links and pairs are one purse, in which the baseline's first look is counted
    assert result.best.runs <= 80 + 30 - 10
    assert found.best_set is not None
    assert found.best_set.startswith(f"stopped after {result.best.runs} runs, ")
    every = result.ranking.replicates
    assert every.min() >= 10
    assert len(found.ranking) == len(every)


def test_pairs_lifted_are_those_of_the_dispersers(ranked: tuple[Path, cs.RankingResults]) -> None:
    _, found = ranked
    result, sets = found.ranked.result, found.ranked.evaluator
    assert isinstance(sets, DispersalSets)
    money = result.money
    assert money is not None
    n = int(result.ranking.replicates[0])
    flows = sets.migrants(frozenset([0]), range(n))
    assert flows is not None
    assert set(flows.values) == {"andean_bear", "mountain_tapir"}
    told = sets.told(frozenset([0]), 0)["andean_bear"]
    moved = sets.dispersal.pairs("andean_bear", range(BLOCK), told)
    times = flows.values["andean_bear"][:BLOCK] / np.where(moved > 0, moved, np.nan)
    years = np.nanmean(times)
    assert 5 < years < 25
    assert np.nanmax(np.abs(times - years)) < 1e-9
    rows = found.lifted
    assert set(rows["what"]) <= {"chosen", "link", "frontier"}
    assert set(rows["verdict"]) <= {"lifted", "perhaps"}
    assert (rows["without_low"] < 1).all()
    assert (rows["with_high"] >= 1).all()
    table = found.ranking.set_index("name")
    for name, one in zip([link.name for link in result.links], money.links, strict=True):
        row = table.loc[name]
        mine = rows[(rows["what"] == "link") & (rows["links"] == name)]
        assert row["pairs_lifted"] == one.count("lifted") == (mine["verdict"] == "lifted").sum()
        assert row["pairs_perhaps_lifted"] == (mine["verdict"] == "perhaps").sum()
    text = (found.folder / "report.html").read_text("utf-8")
    assert "Over one migrant a generation" in text


def test_what_several_budgets_buy(ranked: tuple[Path, cs.RankingResults]) -> None:
    _, found = ranked
    table = found.for_budgets([6.5, 20, 1000])
    assert table["budget"].tolist() == [6.5, 20, 1000]
    assert (table["cost"] <= table["budget"]).all()
    assert table["links"].iloc[0] == ["Sangay to Río Negro"]
    assert table["benefit"].is_monotonic_increasing
    with pytest.raises(CorridorSimError, match="pays for no set of this ranking"):
        found.for_budgets([-1.0])


@pytest.mark.slow
def test_going_on_gives_the_same_bytes(
    ranked: tuple[Path, cs.RankingResults], tmp_path: Path
) -> None:
    file, found = ranked
    before = content(found.folder)
    out = tmp_path / "out"
    cs.rank_links(file, out=out)
    assert content(out) == before
    gone = sorted((out / "dispersers").iterdir())[::2]
    for path in gone:
        path.unlink()
    cs.rank_links(file, out=out, threads=1)
    assert content(out) == before
    for name in ("ranking.csv", "frontier.csv", "links.json"):
        assert (out / name).read_bytes() == (found.folder / name).read_bytes()


def test_a_folder_is_read_without_simulating(ranked: tuple[Path, cs.RankingResults]) -> None:
    _, found = ranked
    again = cs.open_results(found.folder)
    assert isinstance(again, cs.RankingResults)
    assert again.ranked.result.ranking.mean.tolist() == found.ranked.result.ranking.mean.tolist()


def test_its_status_says_that_it_is_finished(ranked: tuple[Path, cs.RankingResults]) -> None:
    told = describe(status_of(ranked[1].folder))
    n = ranked[1].ranked.result.runs
    assert (
        f"the ranking of links plans its runs as it goes, and is finished ({n} replicates)" in told
    )
    assert not any(line.startswith(("0 runs", "go on with")) for line in told)


def test_replicates_are_exported(ranked: tuple[Path, cs.RankingResults], tmp_path: Path) -> None:
    _, found = ranked
    (path,) = cs.export(found.folder, ["csv"], out=tmp_path)
    assert path.name == "replicates.csv"
    table = found.replicates
    kept = {"outcome": "joining_per_year", "species": "andean_bear"}
    mine = table[(table[list(kept)] == pd.Series(kept)).all(axis=1)]
    by_set = mine.pivot(index="replicate", columns="links", values="value").iloc[:10]
    sets = found.ranked.evaluator
    each = sets.benefits([frozenset([0])], range(10))[0, 0]
    assert (by_set["Sangay to Río Negro"] - by_set[""]).tolist() == pytest.approx(each.tolist())
    assert pd.read_csv(path)["value"].tolist() == pytest.approx(table["value"].tolist())
    with pytest.raises(CorridorSimError, match="have no maps for netcdf"):
        cs.export(found.folder, ["netcdf"])


def test_a_missing_or_damaged_file_is_named(
    ranked: tuple[Path, cs.RankingResults], tmp_path: Path
) -> None:
    import shutil

    _, found = ranked
    out = tmp_path / "out"
    shutil.copytree(found.folder, out)
    (out / "dispersers" / "base-00000.npz").write_bytes(b"PK nothing")
    with pytest.raises(CorridorSimError, match=r"base-00000\.npz: is damaged and set aside"):
        _ = cs.open_results(out).ranked  # type: ignore[union-attr]  # it is a ranking
    with pytest.raises(CorridorSimError, match=r"base-00000\.npz: is missing; call the command"):
        _ = cs.open_results(out).ranked  # type: ignore[union-attr]  # it is a ranking


def test_sets_are_told_by_a_few_of_the_animals(ranked: tuple[Path, cs.RankingResults]) -> None:
    _, found = ranked
    sets = found.ranked.evaluator
    assert isinstance(sets, DispersalSets)
    for i in range(3):
        told = sets.told(frozenset([i]), 0)
        for key, one in told.items():
            n = int(sets.dispersal.kinds[key].n.sum()) * BLOCK
            assert one.rows.size < 0.5 * n


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[links.procedure]", '[links.procedure]\nby = "runs"', None),
        (
            "budget = 20",
            "budget = 20\n[links.benefit]\nweights = { suitable_km2 = 1.0 }\n[links.procedure]\n"
            'by = "dispersers"',
            "links.procedure.by: dispersers alone do not tell what links are ranked by",
        ),
        (
            "budget = 20",
            "budget = 20\n[links.benefit]\nspecies = { andean_condor = 1.0 }",
            "links.benefit.species: andean_condor soars",
        ),
    ],
)
def test_what_cannot_be_told_by_dispersers(
    tmp_path: Path, old: str, new: str, said: str | None
) -> None:
    text = LINKS.replace("[links.procedure]\n", "", 1) if 'by = "dispersers"' in new else LINKS
    file = write(tmp_path, text.replace(old, new, 1))
    if said is None:
        from corridor_sim.links.dispersal_sets import tells
        from corridor_sim.links.files import read_links_file

        one, base = read_links_file(file)
        assert not tells(one.links, base, [cs.load_species("andean_bear")])
        return
    with pytest.raises(CorridorSimError, match=said.replace(".", r"\.")):
        cs.rank_links(file, out=tmp_path / "out")
    assert not (tmp_path / "out" / "dispersers").exists()


# ---- drawn links


@pytest.fixture(scope="module")
def evaluator() -> cs.LinkEvaluator:
    scenario = cs.Scenario(
        name="Cleared",
        maps=1,
        seed=7,
        landscape={"cell_m": 5000},
        edits=[{"kind": "clear", "fraction": 0.4}],
        species={"andean_bear": {}, "mountain_tapir": {}, "andean_condor": {}},
    )
    return cs.LinkEvaluator(scenario, replicates=10, dispersers=200)


BOX = shapely.box(-78.7, -2.9, -78.3, -2.4)


def test_a_drawn_link_is_answered(evaluator: cs.LinkEvaluator) -> None:
    effect = evaluator.evaluate(BOX)
    assert set(effect.outcomes["species"]) == {"andean_bear", "mountain_tapir"}
    rows = effect.outcomes.set_index(["species", "outcome"])
    joining = rows.loc[("andean_bear", "joining_per_year")]
    assert joining["with"] - joining["without"] == pytest.approx(joining["change"])
    assert joining["low"] < joining["change"] < joining["high"]
    assert 0 < effect.concerned["andean_bear"] < 0.6
    assert effect.area_km2 == pytest.approx(44.5 * 55.3, rel=0.02)
    bears = effect.pairs[effect.pairs["species"] == "andean_bear"]
    assert bears["per_year_with"].sum() == pytest.approx(joining["with"])
    one = bears["per_generation_with"] >= 1
    assert (bears["one_migrant_with"] == one).all()
    assert "animals a year" in str(effect)
    assert set(effect.pairs["from"]) <= set(evaluator.blocks["name"])


def test_a_shape_is_a_shape_whatever_it_is_given_as(evaluator: cs.LinkEvaluator) -> None:
    import geopandas as gpd

    first = evaluator.evaluate(BOX).outcomes
    ring = list(BOX.exterior.coords[:-1])
    frame = gpd.GeoSeries([BOX], crs="EPSG:4326")
    for shape in (ring, shapely.MultiPolygon([BOX]), frame):
        assert evaluator.evaluate(shape).outcomes.equals(first)
    line = evaluator.evaluate(shapely.LineString([(-78.5, -2.4), (-78.5, -2.9)]), width_m=20_000)
    assert line.area_km2 > 0


def test_any_edit_is_answered_as_walking_everybody_would(evaluator: cs.LinkEvaluator) -> None:
    road = cs.edits.AddRoad(name="road", points=((-78.9, -3.1), (-78.1, -3.2)))
    effect = evaluator.change([road], name="road")
    whole = cs.LinkEvaluator(
        cs.Scenario(
            name="Road",
            maps=1,
            seed=7,
            landscape={"cell_m": 5000},
            edits=[{"kind": "clear", "fraction": 0.4}, road],
            species={"andean_bear": {}, "mountain_tapir": {}},
        ),
        replicates=10,
        dispersers=200,
    )
    mine = effect.outcomes.set_index(["species", "outcome"])["with"]
    # the starts of another baseline differ by its pilot, so that only chance lies between
    theirs = whole.evaluate(BOX).outcomes.set_index(["species", "outcome"])["without"]
    for key in ("andean_bear", "mountain_tapir"):
        at = (key, "dispersal_deaths")
        assert mine[at] == pytest.approx(theirs[at], abs=0.1)


@pytest.mark.parametrize(
    ("shape", "more", "said"),
    [
        (shapely.box(10, 10, 11, 11), {}, "drawn: lies outside the landscape"),
        (BOX, {"actions": ["plant"]}, "unknown action 'plant'"),
        ([(0, 0), (1, 1)], {}, "drawn"),
    ],
)
def test_a_drawing_that_cannot_be_answered(
    evaluator: cs.LinkEvaluator, shape: object, more: dict[str, object], said: str
) -> None:
    with pytest.raises(CorridorSimError, match=said):
        evaluator.evaluate(shape, **more)  # type: ignore[arg-type]  # that is what is refused


def test_a_change_of_nothing_is_said_to_be_one(evaluator: cs.LinkEvaluator) -> None:
    with pytest.raises(CorridorSimError, match="idle: changes nothing that a disperser could"):
        evaluator.change([], name="idle")


def test_scenarios_that_have_no_answer() -> None:
    decades = {"name": "x", "years": 3, "landscape": {"cell_m": 5000}, "life_cycle": {}}
    with pytest.raises(CorridorSimError, match="runs through decades"):
        cs.LinkEvaluator(cs.Scenario(**decades, species={"jaguar": {}}))
    with pytest.raises(CorridorSimError, match="none of its species walks"):
        cs.LinkEvaluator(
            cs.Scenario(name="x", landscape={"cell_m": 5000}, species={"andean_condor": {}})
        )


def test_the_answer_does_not_hang_on_threads(evaluator: cs.LinkEvaluator) -> None:
    import numba

    first = evaluator.evaluate(BOX).outcomes
    numba.set_num_threads(1)
    try:
        second = evaluator.evaluate(BOX).outcomes
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    for column in ("without", "with", "change"):
        assert np.array_equal(first[column], second[column])
