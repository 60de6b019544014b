"""Ranking links by expected numbers in tiles: files, going on, whole runs beside it, bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim.errors import CorridorSimError
from corridor_sim.links.evaluator import NO_LINK
from corridor_sim.links.generation_sets import GenerationSets

# as a whole it takes long; each part has quicker tests beside it
pytestmark = pytest.mark.slow

LINKS = """
name = "Two ways through years"
[base]
name = "as it goes on"
years = 8
start_year = 2025
seed = 7
maps = 1
[base.landscape]
source = "andes-amazon"
cell_m = 10000
[base.life_cycle]
days_per_season = 2
genes = false
[base.life_cycle.burn_in]
at_most_y = 4
[base.change]
update_every_y = 2
[base.change.clearing]
rate = 0.01
demand = "responsive"
[base.species.andean_bear]
[links]
budget = 6
only_clear = false
opens = 2027
[links.benefit]
weights = { joining_per_year = 1.0, animals_end = 0.01 }
unit = "points"
[links.procedure]
first_replicates = 5
batch = 1
budget_runs = 20
confirm_replicates = 3
indifference = 0.001
walks_per_replicate = 200
walk_every_y = 4
[[links.candidates]]
name = "Sangay to Río Negro"
cost = 6
area = [[[-78.7, -2.4], [-78.3, -2.4], [-78.3, -2.9], [-78.7, -2.9]]]
actions = ["restore", "protect"]
[[links.candidates]]
name = "Yacuri to Podocarpus"
cost = 8
area = [[[-79.4, -4.3], [-79.0, -4.3], [-79.0, -4.7], [-79.4, -4.7]]]
actions = ["restore", "protect"]
"""
# on cells of this size nothing is farmed there, and nobody is the better off for it
IDLE = """
[[links.candidates]]
name = "idle"
cost = 1
area = [[[-79.4, -4.3], [-79.0, -4.3], [-79.0, -4.7], [-79.4, -4.7]]]
actions = ["restore"]
"""
YEARS = """
[base.life_cycle]
days_per_season = 2
genes = false
capacity_scale = 20
[base.life_cycle.burn_in]
at_most_y = 4
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


def sets_of(found: cs.RankingResults) -> GenerationSets:
    sets = found.ranked.evaluator
    assert isinstance(sets, GenerationSets)
    return sets


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((folder / "generations").iterdir())}


@pytest.mark.slow
def test_links_through_decades_are_told_by_tiles(ranked: tuple[Path, cs.RankingResults]) -> None:
    _, found = ranked
    sets = sets_of(found)
    n = int(found.ranking["replicates"].iloc[0])
    first = found.ranking["name"].iloc[0] == "Yacuri to Podocarpus"
    each = sets.total([frozenset([int(first)])], range(n))[0]
    assert found.ranking["benefit"].iloc[0] == pytest.approx(each.mean())
    assert np.ptp(each) > 0
    # whole runs are those of the chosen set and the baseline alone
    runs = sorted((found.folder / "runs").glob("*.npz"))
    assert len(runs) == 2 * 3
    text = (found.folder / "report.html").read_text("utf-8")
    assert "in expectation" in text
    assert "Do whole runs confirm the set?" in text
    assert "its own, simulated with the same random numbers" not in text


def test_landscapes_are_those_of_updates_and_of_the_opening(
    ranked: tuple[Path, cs.RankingResults],
) -> None:
    sets = sets_of(ranked[1])
    assert sets.machine.base.years == (0, 2, 6)
    without, built = sets.course(NO_LINK), sets.course(frozenset([0]))
    inside = sets.links[0].cells
    covers = [
        [land["land_cover"].reshape(-1)[inside] for land in one.lands] for one in (without, built)
    ]
    assert (covers[0][0] == covers[1][0]).all()
    assert (covers[0][2] != covers[1][2]).any()


def test_whole_runs_stand_beside_the_set(ranked: tuple[Path, cs.RankingResults]) -> None:
    import csv

    _, found = ranked
    check = found.ranked.result.decades
    assert check is not None
    assert check.benefit.simulated != 0
    sets, chosen = sets_of(found), frozenset(found.ranked.result.chosen.links)  # type: ignore[union-attr]  # there is a budget
    assert check.benefit.simulated == pytest.approx(sets.runs.total([chosen], range(3)).mean())
    with (found.folder / "confirmed.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {"joining_per_year", "eca_km2"} <= {row["outcome"] for row in rows}
    for row, one in zip(rows, check.rows, strict=True):
        low, high = float(row["difference_low"]), float(row["difference_high"])
        assert one.agrees == (low <= 0 <= high)
    summary = json.loads((found.folder / "links.json").read_text("utf-8"))
    assert "confirmed_by_runs" in summary


@pytest.mark.slow
def test_going_on_gives_the_same_bytes(
    ranked: tuple[Path, cs.RankingResults], tmp_path: Path
) -> None:
    file, found = ranked
    before = content(found.folder)
    out = tmp_path / "out"
    shutil.copytree(found.folder, out)
    for path in sorted((out / "generations").iterdir())[::2]:
        path.unlink()
    cs.rank_links(file, out=out, threads=1)
    assert content(out) == before
    for name in ("ranking.csv", "frontier.csv", "links.json", "confirmed.csv"):
        assert (out / name).read_bytes() == (found.folder / name).read_bytes()


@pytest.mark.slow
def test_groups_of_replicates_change_nothing(
    ranked: tuple[Path, cs.RankingResults], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, found = ranked
    monkeypatch.setattr("corridor_sim.links.generation_sets.KEPT_BYTES", 1)
    out = tmp_path / "out"
    shutil.copytree(found.folder, out)
    for path in (out / "generations").iterdir():
        path.unlink()
    cs.rank_links(file, out=out)
    assert content(out) == content(found.folder)


def test_a_folder_is_read_without_simulating(
    ranked: tuple[Path, cs.RankingResults], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = ranked

    def never(*_: object, **__: object) -> None:
        raise AssertionError("nothing is simulated to read")

    monkeypatch.setattr("corridor_sim.links.generation_sets.Generations", never)
    again = cs.open_results(found.folder)
    assert isinstance(again, cs.RankingResults)
    assert again.ranked.result.ranking.mean.tolist() == found.ranked.result.ranking.mean.tolist()
    table = again.replicates
    assert set(table["links"]) >= {"", "Sangay to Río Negro", "Yacuri to Podocarpus"}


def test_a_missing_or_damaged_file_is_named(
    ranked: tuple[Path, cs.RankingResults], tmp_path: Path
) -> None:
    _, found = ranked
    out = tmp_path / "out"
    shutil.copytree(found.folder, out)
    (out / "generations" / "base-00000.npz").write_bytes(b"PK nothing")
    with pytest.raises(CorridorSimError, match=r"base-00000\.npz: is damaged and set aside"):
        _ = cs.open_results(out).ranked  # type: ignore[union-attr]  # it is a ranking
    with pytest.raises(CorridorSimError, match=r"base-00000\.npz: is missing; call the command"):
        _ = cs.open_results(out).ranked  # type: ignore[union-attr]  # it is a ranking


@pytest.mark.parametrize("value", [-1.0, np.inf])
def test_a_file_of_what_cannot_be_is_refused(
    ranked: tuple[Path, cs.RankingResults], tmp_path: Path, value: float
) -> None:
    from corridor_sim.reading import packed
    from corridor_sim.simulation.generations.outcomes import OUTCOMES

    _, found = ranked
    out = tmp_path / "out"
    shutil.copytree(found.folder, out)
    values = sets_of(found).outcomes([NO_LINK], [0])[0][0].copy()
    values[0, list(OUTCOMES).index("animals_end")] = value
    (out / "generations" / "base-00000.npz").write_bytes(packed({"values": values}))
    with pytest.raises(CorridorSimError, match=r"base-00000\.npz: is damaged and set aside"):
        _ = cs.open_results(out).ranked  # type: ignore[union-attr]  # it is a ranking


@pytest.mark.parametrize(
    ("benefit", "link", "said"),
    [
        (
            "weights = { border_joining_per_year = 1.0 }",
            "",
            "links.procedure.by: numbers by tiles do not tell 'border_joining_per_year'",
        ),
        (
            "weights = { eca_km2 = 1.0 }\nspecies = { andean_condor = 1.0 }",
            "",
            "links.procedure.by: numbers by tiles are of walking species alone",
        ),
        (
            "weights = { joining_per_year = 1.0 }",
            IDLE,
            "links.toml: link 'idle': changes nothing that a species could notice",
        ),
    ],
)
def test_what_cannot_be_told_by_tiles(tmp_path: Path, benefit: str, link: str, said: str) -> None:
    text = LINKS.replace("[links]", "[base.species.andean_condor]\n[links]")
    text = text.replace("weights = { joining_per_year = 1.0, animals_end = 0.01 }", benefit)
    text = text.replace("[links.procedure]", '[links.procedure]\nby = "generations"')
    file = write(tmp_path, text + link)
    with pytest.raises(CorridorSimError, match=said.replace(".", r"\.")):
        cs.rank_links(file, out=tmp_path / "out")
    assert not (tmp_path / "out" / "generations").exists()


def test_years_are_needed(tmp_path: Path) -> None:
    text = LINKS[: LINKS.index("[base.life_cycle]")] + LINKS[LINKS.index("[base.species") :]
    text = text.replace(", animals_end = 0.01", "")
    text = text.replace("years = 8\nstart_year = 2025", "days = 30").replace("opens = 2027\n", "")
    file = write(
        tmp_path, text.replace("[links.procedure]", '[links.procedure]\nby = "generations"')
    )
    with pytest.raises(
        CorridorSimError, match=r"numbers by tiles need years; add \[base\.life_cyc"
    ):
        cs.rank_links(file, out=tmp_path / "out")


def test_whole_runs_can_still_be_asked_for(tmp_path: Path) -> None:
    from corridor_sim.links.files import read_links_file
    from corridor_sim.links.generation_sets import tells_generations

    bear = [cs.load_species("andean_bear")]
    for by, tells in (("auto", True), ("generations", True), ("runs", False)):
        file, base = read_links_file(write(tmp_path), [f"links.procedure.by={by}"])
        assert tells_generations(file.links, base, bear) == tells


# ---- a country whose answers are known


def test_walls_decide_what_links_are_worth(tmp_path: Path) -> None:
    """Nobody comes through two walls of three; through all three some do, and only then."""
    from oracles.link_country import write_links

    path = write_links(
        tmp_path,
        ("half-way", "pass"),
        procedure="first_replicates = 5\nbudget_runs = 20\nwalks_per_replicate = 400",
    )
    text = path.read_text("utf-8").replace('by = "runs"', 'by = "generations"')
    text = text.replace("days = 90\n", "years = 10\n").replace("tracks = 0\n", "")
    text = text.replace("count = 11000\nsampling = 0.001\n", "")
    text = text.replace("[links]", YEARS + "[links]", 1)
    path.write_text(text, encoding="utf-8")
    found = cs.rank_links(path, out=tmp_path / "out")
    table = found.ranking.set_index("name")
    assert table.index[0] == "pass"
    assert table.loc["pass", "low"] > 0
    # sums of the same numbers in another order leave this behind
    assert table.loc["half-way", "benefit"] == pytest.approx(0.0, abs=1e-12)


def test_a_species_without_any_way_between_blocks_is_refused(tmp_path: Path) -> None:
    from oracles.link_country import candidate, corners, write_links

    # two holes in a wall between rooms without core areas
    further = candidate("away", name="away too", area=[corners((33, 36, 48, 48), 10.0)])
    both = "\n".join([candidate("away"), further])
    path = write_links(tmp_path, candidates=both, procedure="first_replicates = 5")
    text = path.read_text("utf-8").replace('by = "runs"', 'by = "generations"')
    text = text.replace("days = 90\n", "years = 10\n").replace("tracks = 0\n", "")
    text = text.replace("count = 11000\nsampling = 0.001\n", "")
    path.write_text(text.replace("[links]", YEARS + "[links]", 1), encoding="utf-8")
    with pytest.raises(CorridorSimError, match="no path leads from any block of core areas"):
        cs.rank_links(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
