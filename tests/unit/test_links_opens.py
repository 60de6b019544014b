"""Links of runs through decades: the year in which they open, and links of another links file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corridor_sim import Landscape
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ScenarioError
from corridor_sim.links.candidates import Link, make_links
from corridor_sim.links.evaluator import NO_LINK
from corridor_sim.links.files import read_links_file
from corridor_sim.simulation.decades.forecast import past_of
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from oracles.link_country import DECADES_BASE, ranked, write_links

DECADES = (
    """
name = "Links through years"
[base]
years = 6
start_year = 2025
seed = 7
"""
    + DECADES_BASE
    + """[links]
file = "links.toml"
budget = 5
{opens}
[links.benefit]
weights = {{ joining_per_year = 1.0 }}
scales = {{ joining_per_year = 1.0 }}
[links.procedure]
first_replicates = 5
budget_runs = 15
confirm_replicates = 3
"""
)


def written(folder: Path, opens: str) -> Path:
    write_links(folder, names=("pass", "left"))
    path = folder / "decades.toml"
    path.write_text(DECADES.format(opens=opens), encoding="utf-8")
    return path


def test_links_open_in_their_year_and_not_before(tmp_path: Path) -> None:
    result, evaluator = ranked(written(tmp_path, "opens = 2028"), tmp_path / "out")
    study = evaluator.study
    base, one = study.scenarios[0], study.scenarios[evaluator.scenario(frozenset([0]))]
    assert one.edits == base.edits
    assert one.scenario.change is not None
    assert [event.opens for event in one.scenario.change.events] == [2028]
    assert past_of(one) == past_of(base)
    assert result.links[0].name == "pass"
    # what is built stands on the landscape that the map and the theory show
    land = study.landscape_of(base)
    built = evaluator.built(frozenset([0]), land)
    assert (built["road"] != land["road"]).reshape(-1)[result.links[0].cells].any()
    np.testing.assert_array_equal(study.landscape_of(one)["road"], land["road"])
    # the animals of the start are the same with and without
    at = list(DECADES_OUTCOMES).index("animals_start")
    without, with_it = (
        evaluator.mean_outcomes(chosen, range(5))["jaguar"][:, at]
        for chosen in (NO_LINK, frozenset([0]))
    )
    np.testing.assert_array_equal(without, with_it)


def test_without_a_year_links_are_there_from_the_first_day(tmp_path: Path) -> None:
    file, base = read_links_file(written(tmp_path, ""))
    assert file.links.opens is None
    assert base.scenario.change is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("opens = 2028", "opens = 2031"), ("2031", "2025 to 2030")),
        (("opens = 2028", "opens = 2024"), ("2024", "2025 to 2030")),
        (("opens = 2028", 'opens = "soon"'), ("links.opens", "soon")),
        (("links.toml", "other.toml"), ("other.toml",)),
        (("links.toml", "decades.toml"), ("decades.toml", "itself")),
        (("links.toml", "plain.toml"), ("plain.toml", "no section [links]")),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, change: tuple[str, str], words: tuple[str, ...]
) -> None:
    path = written(tmp_path, "opens = 2028")
    (tmp_path / "plain.toml").write_text('name = "no links"\n', encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        _links(path)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_a_year_needs_a_run_through_years(tmp_path: Path) -> None:
    path = write_links(tmp_path, names=("pass", "left"), links="opens = 2028")
    with pytest.raises(ScenarioError, match=r"links\.opens.*decades"):
        read_links_file(path)


def test_links_of_another_file_are_the_same_links(tmp_path: Path) -> None:
    file, base = read_links_file(written(tmp_path, "opens = 2028"))
    land = _land(base)
    taken = make_links(file.links, land, base.base_dir, "decades.toml")
    own, _ = read_links_file(tmp_path / "links.toml")
    given = make_links(own.links, land, base.base_dir, "links.toml")
    assert [(one.name, one.cost, one.rings) for one in taken] == [
        (one.name, one.cost, one.rings) for one in given
    ]


def _links(path: Path) -> list[Link]:
    file, base = read_links_file(path)
    return make_links(file.links, _land(base), base.base_dir, str(path))


def _land(base: Resolved) -> Landscape:
    from corridor_sim import load_landscape

    return load_landscape(base.scenario.landscape, base_dir=base.base_dir)
