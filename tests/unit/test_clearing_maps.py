"""Maps of clearing: replicates stand on several, the same ones in every scenario."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.comparison.contrasts import MAP_SHARE
from corridor_sim.comparison.tables import compare
from corridor_sim.config.build import apply_edits, load_landscape
from corridor_sim.config.load import Design, Resolved, as_data, load_experiment, resolve
from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.experiment.execution.queue import in_order
from corridor_sim.experiment.execution.runner import Runner, run_jobs, share
from corridor_sim.experiment.plan import Run, identity, run_of, scenario_digest
from corridor_sim.experiment.study import open_study
from corridor_sim.landscape.edits.clearing import Clear
from corridor_sim.landscape.edits.noise import map_seed
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rules import Change
from corridor_sim.progress import Silence
from corridor_sim.report.text.maps import between_maps
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.days.simulator import Days
from corridor_sim.simulation.outcomes import headlines
from corridor_sim.simulation.protocol import Kept, Site
from corridor_sim.statistics.intervals import intervals
from oracles.small_study import DECADES, design_of, files_of, opened, run_missing

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

MAPS = 3
REPLICATES = 5


def few_maps(folder: Path, **more: object) -> Design:
    design_of(folder, replicates=REPLICATES)
    given = {"base.maps": MAPS, **more}
    return load_experiment(folder / "small.toml", [f"{k}={v}" for k, v in given.items()])


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    return few_maps(tmp_path_factory.mktemp("design"))


@pytest.fixture(scope="module")
def land(design: Design) -> Landscape:
    return load_landscape(design.baseline.scenario.landscape, base_dir=design.baseline.base_dir)


@pytest.fixture(scope="module")
def whole(design: Design, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of the study, made in one process without a break."""
    study = opened(design, tmp_path_factory.mktemp("whole") / "out")
    run_missing(study)
    return files_of(study.out)


def named(design: Design, name: str) -> Resolved:
    return next(one for one in design.scenarios if one.name == name)


def made(one: Resolved, land: Landscape, number: int) -> Landscape:
    return apply_edits(land, one.edits, one.scenario.seed, number)


def test_no_two_maps_draw_alike() -> None:
    seeds = [0, 1, 2, 11, 20240901, 2**63 - 1]
    assert [map_seed(seed, 0) for seed in seeds] == seeds
    every = [map_seed(seed, m) for seed in seeds for m in range(200)]
    assert len(set(every)) == len(every)
    assert all(0 <= one < 2**63 for one in every)


def test_maps_are_other_clearings_of_the_same_forest(design: Design, land: Landscape) -> None:
    one = named(design, "some + now")
    covers = [made(one, land, m)["land_cover"] for m in range(MAPS)]
    lost = [cover != land["land_cover"] for cover in covers]
    assert len({int(cells.sum()) for cells in lost}) == 1
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert 0 < (lost[a] & ~lost[b]).sum() < 0.9 * lost[a].sum()
    np.testing.assert_array_equal(covers[0], one.edits[0].apply(land, 11)["land_cover"])
    np.testing.assert_array_equal(covers[0], cs.scenario_landscape(one)["land_cover"])
    np.testing.assert_array_equal(covers[2], cs.scenario_landscape(one, map=2)["land_cover"])


def test_crossed_scenarios_share_the_map_of_their_replicate(
    design: Design, land: Landscape
) -> None:
    now, hot = named(design, "some + now"), named(design, "some + hot")
    for r in range(REPLICATES):
        m = now.scenario.map_of(r)
        assert m == hot.scenario.map_of(r) == r % MAPS
        covers = [made(one, land, m)["land_cover"] for one in (now, hot)]
        np.testing.assert_array_equal(*covers)
    assert named(design, "none + hot").scenario.n_maps == 1


def test_more_clearing_holds_less_clearing_on_every_map(land: Landscape) -> None:
    for m in range(MAPS):
        less, more = (
            apply_edits(land, [Clear(fraction=f)], 7, m)["land_cover"] != land["land_cover"]
            for f in (0.2, 0.5)
        )
        assert (less & ~more).sum() == 0


@pytest.mark.parametrize(
    ("settings", "n"),
    [
        ({}, 1),
        ({"edits": [{"kind": "warm", "degrees_c": 2.0}]}, 1),
        ({"edits": [{"kind": "clear", "fraction": 0.0}]}, 1),
        ({"edits": [{"kind": "clear", "fraction": 1.0}]}, 1),
        ({"edits": [{"kind": "clear", "fraction": 0.1}]}, 8),
        ({"edits": [{"kind": "clear", "fraction": 0.1}], "maps": 1}, 1),
    ],
)
def test_there_are_several_maps_where_chance_makes_them(
    settings: dict[str, object], n: int
) -> None:
    assert cs.Scenario(**settings).n_maps == n


@pytest.mark.parametrize(
    ("change", "draws"),
    [
        ({}, False),
        ({"climate": {"ssp": "SSP2-4.5"}}, False),
        ({"clearing": {"rate": 0.0}}, False),
        ({"clearing": {"rate": 0.01}}, True),
        ({"regrowth": {"rate": 0.1}}, True),
        ({"events": [{"opens": 2030, "kind": "clear", "fraction": 0.1}]}, True),
    ],
)
def test_a_change_draws_where_forest_falls_or_comes_back(
    change: dict[str, object], draws: bool
) -> None:
    assert Change.model_validate(change).draws is draws


@pytest.mark.parametrize("how", [{"threads": 2}, {"workers": 2}])
def test_bytes_are_the_same_whoever_does_the_runs(
    design: Design, whole: dict[str, bytes], tmp_path: Path, how: dict[str, int]
) -> None:
    study = opened(design, tmp_path / "out", threads=how.get("threads", 1))
    assert run_jobs(study, workers=how.get("workers", 1), threads=how.get("threads")) == 20
    assert files_of(study.out) == whole


def test_bytes_are_the_same_after_a_break_and_in_any_order(
    design: Design, whole: dict[str, bytes], tmp_path: Path
) -> None:
    study = opened(design, tmp_path / "out")
    with Runner(study, workers=1, threads=1) as runner:
        # last maps first: what is told of a scenario's ground stays that of the first map
        assert runner.run([r for r in study.runs if r.replicate % MAPS == 2]) == 4
        told = {path.name for path in (study.out / "scenarios").iterdir()}
        assert told == {"000.json", "001.json"}
        assert runner.run([r for r in study.runs if r.replicate == 4]) == 4
    again = opened(design, tmp_path / "out")
    assert run_missing(again) == 12
    assert files_of(study.out) == whole


def test_a_lost_word_on_the_ground_is_that_of_the_first_map_again(
    design: Design, whole: dict[str, bytes], tmp_path: Path
) -> None:
    study = opened(design, tmp_path / "out")
    run_missing(study)
    (study.out / "scenarios/002.json").unlink()
    assert run_missing(opened(design, tmp_path / "out")) == 0
    assert files_of(study.out) == whole


def test_a_replicate_stands_on_its_map(
    design: Design, land: Landscape, whole: dict[str, bytes], tmp_path: Path
) -> None:
    one = named(design, "some + hot")
    species = tuple(cs.load_species(key) for key in one.scenario.species)
    site = Site(tmp_path, "here", land, species, Kept())
    digest, index = scenario_digest(one), design.scenarios.index(one)
    on = [Days().prepare(site, one, made(one, land, m), map_number=m) for m in range(MAPS)]
    for r in range(REPLICATES):
        written = whole[f"runs/{run_of(digest, index, r).ident}.npz"]
        for m, run in enumerate(on):
            run.simulate(r, tmp_path / "run.npz", Silence())
            assert ((tmp_path / "run.npz").read_bytes() == written) is (m == r % MAPS)


def test_one_scenario_alone_goes_from_map_to_map(
    design: Design, whole: dict[str, bytes], tmp_path: Path
) -> None:
    one = named(design, "some + hot")
    study = open_study("alone", "", [one], as_data(one.scenario), tmp_path / "out", threads=1)
    assert run_missing(study) == REPLICATES
    found = {name: data for name, data in files_of(study.out).items() if name.startswith("runs/")}
    assert found.items() <= whole.items()


def test_little_is_prepared_twice(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, cleared = [], []
    prepare, clear = Days.prepare, Clear.apply

    def count(self: Days, site: Site, one: Resolved, land: Landscape, *, map_number: int) -> object:
        prepared.append((one.name, map_number))
        return prepare(self, site, one, land, map_number=map_number)

    def count_clearing(self: Clear, land: Landscape, seed: int) -> Landscape:
        cleared.append(seed)
        return clear(self, land, seed)

    monkeypatch.setattr(Days, "prepare", count)
    monkeypatch.setattr(Clear, "apply", count_clearing)
    run_missing(opened(design, tmp_path / "out"))
    expected = [(one.name, m) for one in design.scenarios for m in range(one.scenario.n_maps)]
    assert sorted(prepared) == sorted(expected)
    assert len(expected) == 2 + 2 * MAPS
    # scenarios of one clearing share its map while it is there
    assert cleared == [map_seed(11, m) for m in range(MAPS)]


def test_runs_are_handed_out_by_map() -> None:
    runs = [Run(s, r, f"{s}-{r}") for s in range(3) for r in range(10)]
    maps = [1, 4, 4]
    ordered = in_order(runs, 1, maps=maps)
    met = [(run.scenario, run.replicate % maps[run.scenario]) for run in ordered]
    changes = sum(a != b for a, b in pairwise(met))
    assert changes + 1 == len(set(met)) == 9
    for burn_in in (False, True):
        parts = [share(runs, i, 7, burn_in=burn_in, maps=maps) for i in range(7)]
        assert sorted(run.ident for part in parts for run in part) == sorted(r.ident for r in runs)
    # in decades, who has the burn-in of a replicate has others of its map
    (first, _) = (share(runs, i, 2, burn_in=True, maps=maps) for i in range(2))
    assert {run.replicate for run in first} == {0, 4, 8, 1, 5}


def test_one_map_is_what_it_was(design: Design, tmp_path: Path) -> None:
    one = named(few_maps(tmp_path, **{"base.maps": 1}), "some + now")
    assert "maps" not in identity(one)["settings"]
    assert {one.scenario.map_of(r) for r in range(100)} == {0}
    other = named(design, "some + now")
    assert scenario_digest(one) != scenario_digest(other)
    # where nothing is drawn the number of maps is no part of a run's identity
    for name in ("none + now", "none + hot"):
        same = [
            scenario_digest(replace(named(d, name), base_dir=tmp_path))
            for d in (design, few_maps(tmp_path))
        ]
        assert same[0] == same[1]
        assert "maps" not in identity(named(design, name))["settings"]


def test_the_mesa_face_stands_on_the_map_of_its_replicate(design: Design, land: Landscape) -> None:
    one = named(design, "some + now")
    for r in (0, 2, 4):
        model = cs.CorridorModel(one, land=land, replicate=r)
        wanted = cs.scenario_landscape(one, map=r % MAPS)["land_cover"]
        np.testing.assert_array_equal(model.landscape["land_cover"], wanted)


def test_decades_clear_other_forest_on_other_maps(tmp_path: Path) -> None:
    design = design_of(tmp_path, DECADES, replicates=2)
    one = named(design, "some")
    rules = {"update_every_y": 2, "clearing": {"rate": 0.02}}
    scenario = one.scenario.model_copy(update={"edits": (), "change": Change.model_validate(rules)})
    one = resolve(scenario, "here", one.base_dir)
    land = load_landscape(scenario.landscape, base_dir=one.base_dir)
    found = []
    for r in (0, 1, 8):
        model = cs.DecadesModel(one, land=land, replicate=r)
        model.run_model()
        found.append(model.landscape["land_cover"] != land["land_cover"])
    assert found[0].sum() == found[1].sum() > 0
    assert (found[0] != found[1]).any()
    np.testing.assert_array_equal(found[0], found[2])


def test_what_cannot_be_made_on_a_further_map_comes_to_nothing(land: Landscape) -> None:
    clear = Clear(fraction=0.05, aggregation=0.0)
    covers = [apply_edits(land, [clear], 3, m)["land_cover"] for m in range(2)]
    here = np.argwhere((covers[0] != land["land_cover"]) & (covers[1] == land["land_cover"]))
    row, col = here[0]
    x, y = land.grid.x_centres_m()[col], land.grid.y_centres_m()[row]
    d = 0.4 * land.grid.cell_m
    ring = [[x - d, y - d], [x + d, y - d], [x + d, y + d], [x - d, y + d]]
    restore = cs.edits.Restore(name="there", areas=[ring], crs=land.grid.crs)
    first = apply_edits(land, [clear, restore], 3, 0)
    assert first["land_cover"][row, col] != covers[0][row, col]
    second = apply_edits(land, [clear, restore], 3, 1)
    np.testing.assert_array_equal(second["land_cover"], covers[1])
    assert "came to nothing on this map (no pasture, crops or mine to restore" in second.edits[-1]
    with pytest.raises(LandscapeError, match="no pasture, crops or mine"):
        apply_edits(land, [restore], 3, 0)


def test_tables_count_maps_and_tell_their_share(design: Design, tmp_path: Path) -> None:
    six = few_maps(tmp_path, **{"base.replicates": 6})
    study = opened(six, tmp_path / "out")
    run_missing(study)
    found = compare(study)
    at = ["scenario", "species", "outcome"]
    one = found.effects.set_index(at).sort_index()
    shares = one[list(MAP_SHARE)]
    assert shares.loc["none + hot"].isna().all(axis=None)
    # what follows from the ground alone varies between maps and not within
    assert np.allclose(shares.loc[("some + now", "jaguar", "suitable_km2")], 1.0)
    row = one.loc[("some + now", "jaguar", "suitable_km2")]
    values = found.runs[
        (found.runs["species"] == "jaguar") & (found.runs["outcome"] == "suitable_km2")
    ].pivot(index="replicate", columns="scenario", values="value")
    apart = values["some + now"] - values["none + now"]
    means = apart.groupby(apart.index % MAPS).mean()
    half = stats.t.ppf(0.975, MAPS - 1) * means.std(ddof=1) / np.sqrt(MAPS)
    assert row["difference"] == pytest.approx(means.mean())
    assert row["high"] - row["low"] == pytest.approx(2 * half)
    summary = found.summary.set_index(at).sort_index()
    assert summary.loc["none + now"][list(MAP_SHARE)].isna().all(axis=None)
    told = summary.loc[("some + hot", "jaguar")]["map_share"].dropna()
    assert told.between(0, 1).all()
    assert len(told) > 5


def test_one_replicate_a_map_is_an_interval_as_ever() -> None:
    values = np.random.default_rng(2).normal(size=(5, 8))
    for ours, plain in zip(intervals(values, maps=np.arange(8)), intervals(values), strict=True):
        np.testing.assert_allclose(ours, plain)


@pytest.mark.parametrize(
    ("maps", "edits", "said"),
    [
        (4, "", "maps = 4 changes nothing: no edit draws at random"),
        (
            4,
            '[[edits]]\nkind = "clear"\nfraction = 0.1',
            "maps = 4, but 2 replicates: each stands on a map of its own",
        ),
        (2, '[[edits]]\nkind = "clear"\nfraction = 0.1', ""),
        (8, "", ""),
        (1, "", ""),
    ],
)
def test_a_number_of_maps_that_says_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], maps: int, edits: str, said: str
) -> None:
    path = tmp_path / "one.toml"
    text = "days = 1\nreplicates = 2\n[landscape]\ncell_m = 10000\n[species.jaguar]\ncount = 5\n"
    path.write_text(f"maps = {maps}\n{text}{edits}\n", encoding="utf-8")
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--threads", "1"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "maps =" in line]
    assert len(told) == (said != "")
    assert said in "".join(told)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("maps = 0", "one.toml:2: maps: 0 is not allowed"),
        ("maps = 1.5", "one.toml:2: maps: 1.5 is not allowed"),
        ('maps = "all"', "one.toml:2: maps: 'all' is not allowed"),
    ],
)
def test_a_number_of_maps_that_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, wanted: str
) -> None:
    path = tmp_path / "one.toml"
    path.write_text(f"days = 1\n{text}\n", encoding="utf-8")
    assert main(["run", str(path), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert wanted in line, line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [-1, 8, True, 1.0, "0"])
def test_a_map_that_is_not_there_is_refused(number: Any) -> None:
    one = cs.Scenario(edits=[{"kind": "clear", "fraction": 0.1}], landscape={"cell_m": 10000})
    with pytest.raises(ScenarioError, match="is none of the 8 maps of 'Scenario'; use 0 to 7"):
        cs.scenario_landscape(one, map=number)
    with pytest.raises(ScenarioError, match="no edit of it draws at random; leave it out"):
        cs.scenario_landscape(cs.Scenario(), map=1)


def test_scenarios_of_an_experiment_have_the_same_maps(tmp_path: Path) -> None:
    beside = 'base.name="b"', "beside.other.set={maps = 3}"
    design_of(tmp_path)
    with pytest.raises(ScenarioError, match="maps is the same for all scenarios"):
        load_experiment(tmp_path / "small.toml", beside)


def words_of(shares: dict[str, float], *, n: int, n_maps: int = MAPS) -> dict[str, Any] | None:
    """Return what a page says of made-up shares of one species."""
    rows = {("less", "jaguar", name): {"map_share": share} for name, share in shares.items()}
    scenarios = [
        SimpleNamespace(name=name, scenario=SimpleNamespace(n_maps=maps))
        for name, maps in (("now", 1), ("less", n_maps))
    ]
    compared: Any = SimpleNamespace(
        study=SimpleNamespace(scenarios=scenarios),
        n=n,
        several=True,
        effects=rows,
        species=[SimpleNamespace(key="jaguar", name="Jaguar")],
        headlines=headlines(OUTCOMES),
        outcomes=OUTCOMES,
    )
    return between_maps(compared)


def test_the_page_tells_what_comes_from_the_map() -> None:
    shares = {"joining_per_year": 0.06, "eca_km2": 0.58, "displaced_share": 0.02, "mortality": 0.9}
    said = words_of(shares, n=6)
    assert said is not None
    words = str(said["words"])
    assert "6 % comes from where exactly the forest is cleared (median over 3 comparisons" in words
    assert "most, 58 %, in equivalent connected area of the jaguar" in words
    rows = {row["label"]: row["share"] for row in said["rows"]}
    assert rows[OUTCOMES["joining_per_year"].label] == "6 %"
    assert len(rows) == 3


def test_the_page_says_where_the_share_cannot_be_known() -> None:
    assert words_of({}, n=6, n_maps=1) is None
    alone = words_of({"joining_per_year": math.nan}, n=3)
    assert alone is not None
    assert "Every replicate stands on a map of its own." in str(alone["words"])
    assert "more replicates than maps (maps = 3)" in str(alone["words"])
    single = words_of({"joining_per_year": math.nan}, n=1)
    assert single is not None
    assert "of other maps nothing is known" in str(single["words"])
    still = words_of({"joining_per_year": math.nan}, n=6)
    assert still is not None
    assert still["rows"] == []
