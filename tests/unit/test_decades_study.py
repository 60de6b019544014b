"""Experiments through decades: the same bytes however they are run, and accounts that add up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from corridor_sim import load_experiment
from corridor_sim.comparison.tables import compare, write_tables
from corridor_sim.config.load import as_data
from corridor_sim.errors import ResultsError
from corridor_sim.experiment.plan import plan_runs
from corridor_sim.experiment.study import Study
from corridor_sim.genetics.pedigree import Pedigree, load_pedigree
from corridor_sim.progress import Silence
from corridor_sim.simulation.decades.census import COLUMN, DEATHS
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.simulation.decades.simulator import pedigree_path
from oracles.decades import (
    EXPERIMENT,
    PARTS_AT,
    YEARS,
    design_of,
    kept_bytes,
    opened,
    record,
    yearly,
)
from oracles.small_study import run_missing

KEYS = ("jaguar", "mountain_tapir")
NAMES = ("as usual", "hot", "plan")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("decades")
    study = opened(design_of(folder), folder / "whole", threads=1)
    assert run_missing(study) == 6
    assert run_missing(study) == 0
    return study


def pedigree(study: Study, scenario: str, key: str) -> Pedigree:
    index = NAMES.index(scenario)
    (run,) = (r for r in study.runs if (r.scenario, r.replicate) == (index, 0))
    return load_pedigree(pedigree_path(study.out, run.ident, key, "npz"))


def test_an_interrupted_experiment_ends_with_the_same_bytes_on_two_threads(
    whole: Study, tmp_path: Path
) -> None:
    class Impatient(Silence):
        told = 0

        def done(self, steps: int) -> None:
            self.told += 1
            if self.told == 20:
                raise KeyboardInterrupt

    design = design_of(tmp_path)
    broken = opened(design, tmp_path / "broken", threads=2)
    with pytest.raises(KeyboardInterrupt):
        run_missing(broken, Impatient())
    kept = kept_bytes(broken)
    assert 0 < len(kept) < 6
    again = opened(design, tmp_path / "broken", threads=2)
    assert again.expected.runs == 6 - len(kept)
    assert run_missing(again) == 6 - len(kept)
    for folder in ("runs", "pedigrees", "scenarios"):
        assert kept_bytes(again, folder) == kept_bytes(whole, folder), folder


def test_no_run_needs_another(whole: Study, tmp_path: Path) -> None:
    """The order of scenarios, and which replicates are asked for, change nothing."""
    design = design_of(tmp_path)
    expected = kept_bytes(whole)
    usual, hot, plan = design.scenarios
    turned = opened(design, tmp_path / "turned", scenarios=(plan, hot, usual))
    run_missing(turned)
    assert kept_bytes(turned) == expected
    assert kept_bytes(turned, "pedigrees") == kept_bytes(whole, "pedigrees")
    alone = opened(design, tmp_path / "alone", scenarios=(hot,))
    run_missing(alone)
    assert kept_bytes(alone).items() < expected.items()
    last = alone.path(alone.runs[-1])
    assert alone.runs[-1].replicate == 1
    last.unlink()
    assert run_missing(opened(design, tmp_path / "alone", scenarios=(hot,))) == 1
    assert last.read_bytes() == expected[last.name]


@pytest.mark.parametrize(
    "harm",
    [lambda b: b[:200], lambda b: b"", lambda b: b"not an archive", lambda b: b[: len(b) // 2]],
    ids=["head", "empty", "text", "half"],
)
def test_a_damaged_run_is_computed_again(whole: Study, tmp_path: Path, harm: object) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole.out, out)
    study = opened(design_of(tmp_path), out)
    victim = study.path(study.runs[3])
    before = victim.read_bytes()
    victim.write_bytes(harm(before))
    assert run_missing(opened(design_of(tmp_path), out)) == 1
    assert victim.read_bytes() == before


def test_a_missing_run_is_told_when_comparing(whole: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole.out, out)
    study = opened(design_of(tmp_path), out)
    study.path(study.runs[3]).unlink()
    with pytest.raises(ResultsError, match="run 2 of 'hot' is missing"):
        compare(study)


# another value for every setting of a life cycle and of a changing landscape
OTHER = {
    "life_cycle.days_per_season": 4,
    "life_cycle.settle_every_d": 31,
    "life_cycle.movement": "false",
    "life_cycle.demographic_stochasticity": "false",
    "life_cycle.environmental_sd": 0.2,
    "life_cycle.capacity_scale": 0.31,
    "life_cycle.quasi_extinction": 21,
    "life_cycle.burn_in.window_y": 3,
    "life_cycle.burn_in.at_most_y": 6,
    "life_cycle.burn_in.tolerance": 0.03,
    "life_cycle.genes.loci": 21,
    "life_cycle.genes.founder_size": 4000.0,
    "life_cycle.genes.trees": "false",
    "life_cycle.genes.chromosome_bp": 1001,
    "change.update_every_y": 3,
    "change.climate.ssp": '"SSP1-2.6"',
    "change.climate.spread": '"high"',
    "change.climate.model_spread": 0.1,
    "change.climate.after_table": '"hold"',
    "change.clearing.rate": 0.021,
    "change.clearing.aggregation": 0.6,
    "change.clearing.spread_from_roads": "false",
    "change.clearing.protected_factor": 0.2,
    "change.clearing.to": '"crop_mosaic"',
    "change.clearing.demand": '"responsive"',
    "change.events": "[{ opens = 2026, kind = 'protect_plan' }]",
}
# settings without a value in the small experiment
MORE = {
    "life_cycle.genes": "false",
    "change.climate.temperature_of": 2020,
    "change.climate.ecotone_m_per_year": 1.0,
    "change.regrowth.rate": 0.01,
    "change.regrowth.secondary_after_y": 6,
    "change.regrowth.forest_after_y": 60,
    "start_year": 2026,
    "years": 5,
    "species.jaguar.dispersal.model": '"step_selection"',
}


# go with neither clearing nor climbing zones, see test_yearly_maps.py
ALONE = {"change.maps"}


def _leaves(table: dict[str, object], path: str) -> list[str]:
    found: list[str] = []
    for key, value in table.items():
        name = f"{path}.{key}"
        found += _leaves(value, name) if isinstance(value, dict) else [name]
    return found


def test_every_setting_makes_another_run(tmp_path: Path) -> None:
    design = design_of(tmp_path)
    data = as_data(design.experiment.base)
    leaves = [x for part in ("life_cycle", "change") for x in _leaves(data[part], part)]
    assert set(leaves) == {*OTHER, *ALONE}
    mine = plan_runs(design.scenarios)
    for name, value in {**OTHER, **MORE}.items():
        theirs = plan_runs(design_of(tmp_path, [f"base.{name}={value}"]).scenarios)
        assert mine[0].ident != theirs[0].ident, name
    hotter = EXPERIMENT.replace("SSP5-8.5", "SSP3-7.0")
    theirs = plan_runs(design_of(tmp_path, text=hotter).scenarios)
    assert [a.ident != b.ident for a, b in zip(mine, theirs, strict=True)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    more = plan_runs(design_of(tmp_path, ["base.replicates=5"]).scenarios)
    assert {r.ident for r in mine} < {r.ident for r in more}


def test_the_manifest_runs_again(whole: Study, tmp_path: Path) -> None:
    import tomli_w

    manifest = json.loads((whole.out / "experiment.json").read_text(encoding="utf-8"))
    path = tmp_path / "again.toml"
    path.write_text(tomli_w.dumps(manifest["settings"]), encoding="utf-8")
    again = plan_runs(load_experiment(path).scenarios)
    assert [r.ident for r in again] == [r.ident for r in whole.runs]


def test_genes_switched_off_stay_off_in_scenarios_beside(tmp_path: Path) -> None:
    design = design_of(tmp_path, ["base.life_cycle.genes=false"])
    assert [s.scenario.life_cycle.genes for s in design.scenarios] == [None] * 3


@pytest.mark.parametrize("other", ["hot", "plan"])
@pytest.mark.parametrize("key", KEYS)
def test_scenarios_are_one_until_they_part(whole: Study, key: str, other: str) -> None:
    for replicate in (0, 1):
        mine, theirs = (record(whole, name, replicate, key) for name in ("as usual", other))
        np.testing.assert_array_equal(mine.burn_in, theirs.burn_in)
        same = slice(0, PARTS_AT + 1)
        np.testing.assert_array_equal(mine.yearly[same], theirs.yearly[same])
        assert (mine.yearly[-1] != theirs.yearly[-1]).any()
    ways = [d[d[:, 0] < PARTS_AT] for d in (mine.deaths, theirs.deaths)]
    np.testing.assert_array_equal(*ways)
    assert len(ways[0])


def test_replicates_differ(whole: Study) -> None:
    first, second = (record(whole, "hot", k, "jaguar") for k in (0, 1))
    assert (first.yearly[:, COLUMN["animals"]] != second.yearly[:, COLUMN["animals"]]).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", KEYS)
def test_every_year_adds_up(whole: Study, key: str, name: str) -> None:
    for replicate in (0, 1):
        kept = record(whole, name, replicate, key)
        assert kept.yearly.shape == (YEARS + 1, len(COLUMN))
        c = {k: np.array(v) for k, v in yearly(kept).items()}
        deaths = sum(c[f"deaths_{cause}"] for cause in DEATHS)
        assert deaths[1:].min() > 0
        np.testing.assert_array_equal(np.diff(c["animals"]), (c["births"] - deaths)[1:])
        np.testing.assert_array_equal(c["animals"], c["independent"] + c["juveniles"])
        homes = c["resident_females"] + c["resident_males"]
        searching = c["dispersers"] + c["displaced"]
        np.testing.assert_array_equal(c["independent"], homes + searching)
        came = c["left"] + c["lost_home"]
        went = c["settled"] + c["settled_again"] + c["searchers_died"]
        np.testing.assert_array_equal(np.diff(searching), (came - went)[1:])
        assert c["left"][1:].min() > 0
        assert (c["border_joining"] <= c["joining"]).all()
        # every death on the way has its place, natural deaths have none
        by_cause = np.bincount(kept.deaths[:, 2], minlength=len(DEATHS))
        met = [c[f"deaths_{cause}"].sum() for cause in DEATHS[1:]]
        np.testing.assert_array_equal(by_cause[1:], met)
        by_year = np.bincount(kept.deaths[:, 0], minlength=YEARS)
        np.testing.assert_array_equal(by_year, (deaths - c["deaths_natural"])[1:])
        assert kept.settled_from_to.total() == c["settled"].sum()
        assert (kept.places_year == YEARS).sum() == c["independent"][-1]
        assert set(kept.places_year) == ({0, 2, YEARS} if replicate == 0 else {YEARS})


def test_settings_of_a_stochastic_world_do_what_they_say(tmp_path: Path) -> None:
    """Without movement nobody dies of people, and everybody who leaves settles at once."""
    one = design_of(tmp_path, ["base.life_cycle.movement=false", "base.replicates=1"])
    study = opened(one, tmp_path / "still", scenarios=one.scenarios[:1])
    run_missing(study)
    for key in KEYS:
        c = {k: np.array(v) for k, v in yearly(record(study, "as usual", 0, key)).items()}
        for cause in DEATHS[1:]:
            assert c[f"deaths_{cause}"].sum() == 0
        np.testing.assert_array_equal(c["settled"], c["left"])
        np.testing.assert_array_equal(c["settled_again"], c["lost_home"])
        assert c["dispersers"].sum() == c["displaced"].sum() == 0
        assert c["left"].sum() > 0


@pytest.mark.parametrize("key", KEYS)
def test_the_pedigree_tells_what_the_census_counted(whole: Study, key: str) -> None:
    for name in NAMES:
        kin = pedigree(whole, name, key)
        kept = record(whole, name, 0, key)
        before = kept.burn_in.size
        c = yearly(kept)
        assert kin.alive_at(before).sum() == c["animals"][0]
        for year in range(1, YEARS + 1):
            now = before + year
            assert (kin.birth_year == now).sum() == c["births"][year]
            died = ((kin.death_year > now - 1) & (kin.death_year <= now)).sum()
            assert died == sum(c[f"deaths_{cause}"][year] for cause in DEATHS)
            assert kin.alive_at(now).sum() == c["animals"][year]
        # founders are the founders of the burn-in, before the first year
        assert (kin.birth_year[kin.founders] <= 0).all()
        west, north = whole.land.grid.west_m, whole.land.grid.north_m
        height, width = whole.land.grid.shape
        size = whole.land.grid.cell_m
        assert ((kin.x_m > west) & (kin.x_m < west + width * size)).all()
        assert ((kin.y_m < north) & (kin.y_m > north - height * size)).all()


@pytest.mark.parametrize("key", KEYS)
def test_a_mother_in_two_scenarios_has_the_same_young(whole: Study, key: str) -> None:
    """Common random numbers: the same animal meets the same luck, whatever else differs."""

    def litters(name: str) -> dict[tuple[int, float], set[int]]:
        kin = pedigree(whole, name, key)
        before = record(whole, name, 0, key).burn_in.size
        found: dict[tuple[int, float], set[int]] = {}
        for row in np.flatnonzero(kin.birth_year > before + PARTS_AT):
            mother = int(kin.ident[kin.mother[row]]), float(kin.birth_year[row])
            found.setdefault(mother, set()).add(int(kin.ident[row]))
        return found

    mine, theirs = litters("as usual"), litters("plan")
    both = mine.keys() & theirs.keys()
    assert len(both) > 10
    assert all(mine[one] == theirs[one] for one in both)
    # else the two scenarios were one, and nothing was shown
    assert mine.keys() != theirs.keys()


def test_trees_open_elsewhere_with_what_is_known_of_every_animal(whole: Study) -> None:
    import tskit

    for key in KEYS:
        kin = pedigree(whole, "hot", key)
        (run,) = (r for r in whole.runs if (r.scenario, r.replicate) == (1, 0))
        tree = tskit.load(str(pedigree_path(whole.out, run.ident, key, "trees")))
        row_of = {int(ident): row for row, ident in enumerate(kin.ident)}
        sampled = {int(tree.node(s).individual) for s in tree.samples()}
        assert 2 <= len(sampled) <= 60
        assert tree.num_samples == 2 * len(sampled)
        for number in sampled:
            one = tree.individual(number)
            row = row_of[one.metadata["ident"]]
            assert one.metadata["species"] == key
            assert one.metadata["sex"] == ("M" if kin.male[row] else "F")
            assert one.metadata["birth_year"] == kin.birth_year[row]
            assert one.metadata["death_year"] is None
            assert one.metadata["zone"] == kin.zone[row]
            assert one.location.tolist() == [kin.x_m[row], kin.y_m[row]]
        assert {p.metadata["name"] for p in tree.populations()} >= {"zone_0", "ancestral"}
        assert tree.provenance(tree.num_provenances - 1).record


def test_searchers_move_by_another_model(whole: Study, tmp_path: Path) -> None:
    tapir = record(whole, "as usual", 0, "mountain_tapir").yearly
    for model in ("sms", "random_walk"):
        dispersal = f"base.species.jaguar.dispersal={{ model = '{model}', moves_per_day = 3 }}"
        one = design_of(tmp_path, [dispersal, "base.replicates=1"])
        study = opened(one, tmp_path / model, scenarios=one.scenarios[:1])
        run_missing(study)
        c = {k: np.array(v) for k, v in yearly(record(study, "as usual", 0, "jaguar")).items()}
        assert c["settled"].sum() > 0
        searching = c["dispersers"] + c["displaced"]
        went = c["settled"] + c["settled_again"] + c["searchers_died"]
        np.testing.assert_array_equal(
            np.diff(searching), (c["left"] + c["lost_home"] - went)[1:], err_msg=model
        )
        mine = record(whole, "as usual", 0, "jaguar")
        assert (c["settled"] != yearly(mine)["settled"]).any()
        # the other species knows nothing of it
        np.testing.assert_array_equal(record(study, "as usual", 0, "mountain_tapir").yearly, tapir)


def test_tables_hold_what_the_runs_say(whole: Study, tmp_path: Path) -> None:
    found = compare(whole)
    assert len(found.runs) == 6 * 2 * len(DECADES_OUTCOMES)
    assert not found.runs.duplicated(["scenario", "replicate", "species", "outcome"]).any()
    values = [record(whole, "hot", k, "jaguar").yearly[3, COLUMN["births"]] for k in (0, 1)]
    (row,) = found.yearly.query(
        "scenario == 'hot' and species == 'jaguar' and year == 3 and column == 'births'"
    ).to_dict("records")
    assert row["mean"] == np.mean(values)
    assert (row["n"], row["calendar_year"]) == (2, 2028)
    assert row["low"] <= row["mean"] <= row["high"]
    assert set(zip(found.effects["scenario"], found.effects["against"], strict=True)) == {
        ("hot", "as usual"),
        ("plan", "hot"),
    }
    ends = [record(whole, "hot", k, "jaguar").values for k in (0, 1)]
    starts = [record(whole, "as usual", k, "jaguar").values for k in (0, 1)]
    place = list(DECADES_OUTCOMES).index("animals_end")
    (effect,) = found.effects.query(
        "scenario == 'hot' and species == 'jaguar' and outcome == 'animals_end'"
    ).to_dict("records")
    paired = [a[place] - b[place] for a, b in zip(ends, starts, strict=True)]
    assert effect["difference"] == pytest.approx(np.mean(paired))
    deaths = found.deaths.query("scenario == 'plan' and species == 'mountain_tapir'")
    total = [record(whole, "plan", k, "mountain_tapir").yearly for k in (0, 1)]
    counted = [sum(y[:, COLUMN[f"deaths_{c}"]].sum() for c in DEATHS) for y in total]
    assert deaths["per_run"].sum() == pytest.approx(np.mean(counted))
    assert len(found.burn_in) == 6 * 2
    assert (found.burn_in["years"] <= 5).all()
    table = found.scenarios.set_index("name")
    assert (
        table.loc["hot", "end_mean_temperature_c"] > table.loc["as usual", "end_mean_temperature_c"]
    )
    assert table.loc["plan", "end_protected_km2"] > table.loc["plan", "start_protected_km2"]
    assert set(found.places) == {(n, k) for n in NAMES for k in KEYS}
    import pandas as pd

    paths = write_tables(found, whole)
    assert pd.read_parquet(paths[0]).equals(found.runs)
