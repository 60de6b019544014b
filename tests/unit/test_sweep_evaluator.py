"""Points of a sweep one by one are those of the whole sweep."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import corridor_sim as cs

SWEEP = """
name = "Gaps"
[base]
days = 3
replicates = 3
seed = 5
tracks = 0
[base.landscape]
cell_m = 10000
[[base.edits]]
kind = "clear"
fraction = 0.1
aggregation = 0.5
[base.species.jaguar]
sampling = 0.05
[sweep]
outcomes = ["home_range_quality"]
covers = ["pasture"]
[sweep.parameters."edits.0.fraction"]
values = [0.0, 0.5]
label = "Forest cleared (%)"
scale = 100
[sweep.parameters."species.jaguar.traits.habitat.gap_half_m"]
low = 500.0
high = 6000.0
n = 2
"""
CLEARED, GAP = "edits.0.fraction", "species.jaguar.traits.habitat.gap_half_m"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "gaps.toml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def evaluator(file: Path) -> cs.SweepEvaluator:
    return cs.SweepEvaluator(file, threads=1)


def test_all_points_in_any_order_are_the_sweeps_table(file: Path, tmp_path: Path) -> None:
    own = cs.SweepEvaluator(file, threads=1)
    for point in reversed(own.points):
        *_, rows = own.evaluate(point)
        assert rows["n"].max() == 3
    # a share of one is all of the runs, without the report
    whole = cs.sweep(file, out=tmp_path / "out", threads=1, share=(0, 1)).table
    pd.testing.assert_frame_equal(own.table, whole)


def test_a_point_grows_with_its_replicates_and_ends_as_the_sweep_has_it(
    evaluator: cs.SweepEvaluator,
) -> None:
    at = {CLEARED: 0.5, GAP: 6000.0}
    grown = list(evaluator.evaluate(at))
    of_animals = [rows[rows["species"] == "jaguar"] for rows in grown]
    assert [int(rows["n"].max()) for rows in of_animals] == [1, 2, 3]
    assert of_animals[0]["low"].isna().all()
    again = list(evaluator.evaluate(at))
    pd.testing.assert_frame_equal(again[-1], grown[-1])


def test_a_point_beside_the_design_is_simulated_too(evaluator: cs.SweepEvaluator) -> None:
    *_, rows = evaluator.evaluate({CLEARED: 0.0, GAP: 2000})
    assert set(rows[GAP]) == {2000.0}
    assert rows["mean"].notna().any()


def test_the_landscape_of_a_point_has_its_edits(evaluator: cs.SweepEvaluator) -> None:
    forest = [
        evaluator.landscape({CLEARED: cleared, GAP: 500.0}).to_xarray()["land_cover"]
        for cleared in (0.0, 0.5)
    ]
    pasture = cs.cover_table("andes-amazon")["pasture"].code
    assert int((forest[1] == pasture).sum()) > int((forest[0] == pasture).sum())


def test_sliders_stop_at_the_grid_or_at_even_steps(evaluator: cs.SweepEvaluator) -> None:
    assert evaluator.steps(CLEARED) == (0.0, 0.5)
    assert evaluator.steps(GAP) == (500.0, 6000.0)
    assert evaluator.parameters[CLEARED].label == "Forest cleared (%)"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ({CLEARED: 0.3, GAP: 500.0}, "edits.0.fraction cannot be 0.3; use 0.0, 0.5"),
        ({CLEARED: False, GAP: 500.0}, "cannot be False; use 0.0, 0.5"),
        ({CLEARED: 0.0, GAP: 7000.0}, "cannot be 7000.0; use a number from 500 to 6000"),
        ({CLEARED: 0.0, GAP: "wide"}, "cannot be 'wide'; use a number from 500 to 6000"),
        ({CLEARED: 0.0, GAP: float("nan")}, "cannot be nan"),
        ({CLEARED: 0.0}, "gap_half_m has no value; give one for every parameter"),
        ({CLEARED: 0.0, GAP: 500.0, "edits.0.fractoin": 1}, "no parameter 'edits.0.fractoin'"),
    ],
)
def test_a_value_that_cannot_be_is_told(
    evaluator: cs.SweepEvaluator, at: dict[str, object], said: str
) -> None:
    with pytest.raises(cs.CorridorSimError, match=r"gaps\.toml") as refused:
        next(evaluator.evaluate(at))  # type: ignore[arg-type]  # that is what is tested
    assert said in str(refused.value)


def test_nothing_done_is_told(file: Path) -> None:
    with pytest.raises(cs.CorridorSimError, match="evaluate one first"):
        _ = cs.SweepEvaluator(file, threads=1).table


def test_its_folder_goes_with_it(file: Path) -> None:
    own = cs.SweepEvaluator(file, threads=1)
    folder = own._study.out.parent
    assert folder.exists()
    del own
    assert not folder.exists()
