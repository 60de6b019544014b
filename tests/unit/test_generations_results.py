"""Many generations, asked for in Python: tables that agree with one another, and fair pairs."""

from __future__ import annotations

import re
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.comparison.generations_tables import TABLE, Chains
from corridor_sim.report.text.generations import amount, generations, span
from corridor_sim.simulation.generations.claims import CLAIMED

KEY = "mountain_tapir"
TODAY = cs.Scenario(name="Today", landscape={"cell_m": 10_000}, species={KEY: {}})
LESS = cs.Scenario(
    name="Less forest",
    landscape={"cell_m": 10_000},
    species={KEY: {}},
    edits=[{"kind": "clear", "fraction": 0.5}],
)
FEW = {"replicates": 3, "years": 4, "walks": 300}


@pytest.fixture(scope="module")
def found() -> cs.GenerationsResults:
    return cs.generations(LESS, against=TODAY, **FEW)


def test_tables_agree_with_one_another(found: cs.GenerationsResults) -> None:
    pairs, outcomes = found.pairs, found.outcomes
    np.testing.assert_allclose(pairs["migrants"], pairs["direct"] + pairs["through"])
    assert np.isinf(pairs.loc[~pairs["path"], "generations"]).all()
    assert (pairs.loc[~pairs["path"], "migrants"] == 0).all()
    assert pairs["path"].any()
    into = pairs.groupby("to")["migrants"].sum()
    arrivals = found.blocks.set_index("block")["arrivals"]
    shared = into.index.intersection(arrivals.index)
    # blocks that feed less than an animal may send a few as well
    assert (arrivals[shared] >= into[shared] - 1e-9).all()
    np.testing.assert_allclose(arrivals[shared].sum(), into[shared].sum(), rtol=0.05)
    assert set(outcomes["outcome"]) == set(TABLE)
    end = outcomes.set_index("outcome").loc["animals_end"]
    last = found.yearly.iloc[-1]
    assert end["mean"] == pytest.approx(last["animals"])
    assert end["mean_change"] == pytest.approx(last["animals_change"])


def test_tiles_hold_the_residents_of_the_blocks(found: cs.GenerationsResults) -> None:
    tiles = found.tiles
    assert tiles.crs is not None
    by_block = tiles[tiles["block"] != ""].groupby("block")["residents"].sum()
    told = found.blocks.set_index("block")["residents"]
    for name, residents in told.items():
        assert by_block[name] == pytest.approx(residents)
    # outlines cover the cells, 100 km2 each, and nothing twice
    whole = tiles.geometry.area.sum()
    assert tiles.geometry.union_all().area == pytest.approx(whole)


def test_less_forest_feeds_fewer(found: cs.GenerationsResults) -> None:
    row = found.outcomes.set_index("outcome").loc["animals_at_rest"]
    assert row["mean_change"] < 0
    assert row["mean_change_high"] < 0
    assert row["mean"] - row["mean_against"] == pytest.approx(row["mean_change"])


def test_the_same_on_both_sides_differs_in_nothing() -> None:
    same = cs.generations(TODAY, against=TODAY, replicates=2, years=2, walks=200)
    assert (same.pairs["migrants_change"] == 0).all()
    assert (same.pairs["arrival"] == "same").all()
    assert (same.outcomes["mean_change"].fillna(0) == 0).all()


def test_an_interval_of_generations_holds_its_number(found: cs.GenerationsResults) -> None:
    known = found.pairs[found.pairs["generations_low"].notna()]
    assert len(known)
    assert (known["generations_low"] <= known["generations"]).all()
    assert (known["generations"] <= known["generations_high"]).all()
    told = found.pairs["chance_in_10"].between(0.5, 1.0)
    assert told.equals(found.pairs["generations"] <= 10)


def test_one_replicate_has_no_interval() -> None:
    one = cs.generations(TODAY, replicates=1, years=2, walks=200)
    assert one.pairs["migrants_low"].isna().all()
    assert repr(one).split("replicates")[1].split()[0] == "1"
    assert "Today" in one._repr_html_()


def test_it_is_written_and_read_by_others(found: cs.GenerationsResults, tmp_path: Path) -> None:
    import geopandas as gpd
    import pandas as pd

    files = found.write(tmp_path)
    assert all(file.is_file() for file in files)
    pairs = pd.read_parquet(tmp_path / "tables" / "pairs.parquet")
    assert len(pairs) == len(found.pairs)
    tiles = gpd.read_file(tmp_path / "tiles.gpkg", layer=KEY)
    assert len(tiles) == len(found.tiles)
    assert 'attr="residents"' in (tmp_path / "tiles.qml").read_text("utf-8")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Less forest" in page
    assert "What these numbers rest on" in page
    assert f"as in full decades, within {CLAIMED['animals_end'].off * 100:.0f} %" in page
    assert not re.search(r">[^<]*\bnan\b", page)
    (tmp_path / "experiment.json").write_text("{}")
    with pytest.raises(cs.CorridorSimError, match="holds a study"):
        found.write(tmp_path)


def test_the_best_chain_is_the_widest_there_is() -> None:
    rng = np.random.default_rng(5)
    width = rng.random((6, 6)) * (rng.random((6, 6)) < 0.4)
    np.fill_diagonal(width, 0.0)
    chains = Chains(width)
    for start, end in permutations(range(6), 2):
        inner = [k for k in range(6) if k not in (start, end)]
        ways = [
            (start, *middle, end)
            for n in range(len(inner) + 1)
            for middle in permutations(inner, n)
        ]
        best = max(min(width[a, b] for a, b in pairwise(w)) for w in ways)
        way, weakest = chains.best(start, end)
        assert weakest == pytest.approx(best)
        if best > 0:
            steps = [width[a, b] for a, b in pairwise(way)]
            assert way[0] == start
            assert way[-1] == end
            assert min(steps) == pytest.approx(best)


def test_words_for_numbers_that_may_have_no_end() -> None:
    assert generations(float("inf")) == "not in 100"
    assert span(2.0, float("inf")) == "[2.0, never]"
    assert span(float("nan"), 2.0) == ""
    assert (amount(0.0), amount(1e-5), amount(0.5)) == ("0", "< 0.01", "0.50")
