"""Bad and odd input of the walks: each is refused in one clear line or walked to its end."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim import CorridorSimError, load_scenario, load_species
from corridor_sim.config.build import build_species
from corridor_sim.config.dispersal import RandomWalk, Sms
from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.cellwalk import Walkers, WalkTallies, make_walkers
from corridor_sim.kernels.random_walk import random_walk
from corridor_sim.kernels.random_walk_inputs import walk_fields
from corridor_sim.kernels.sms import sms
from corridor_sim.kernels.sms_inputs import sms_fields, sms_params
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.movement.model import movement_model
from corridor_sim.species.fields import on_landscape
from oracles.walks import make_walk_tallies, walk_clock

WALKS = ("random_walk", "sms")
STEPS = 300


def prepared(model: str, raster: Any, **more: Any) -> Any:
    """Return the fields of a walk; ``raster`` is of conductances or of costs."""
    return (walk_fields if model == "random_walk" else sms_fields)(raster, **more)


def walk(
    model: str,
    raster: Any,
    cell: Any,
    *,
    fields: Any = None,
    shape: Any = None,
    tallies: Any = None,
    chunk: int = 4,
) -> tuple[Walkers, WalkTallies]:
    shape = np.shape(raster) if shape is None else shape
    fields = prepared(model, raster) if fields is None else fields
    walkers = make_walkers(cell)
    tallies = make_walk_tallies(shape, visits=True, moves=True) if tallies is None else tallies
    if model == "random_walk":
        random_walk(walkers, fields, shape, walk_clock(STEPS), tallies, chunk)
    else:
        params = sms_params(persistence=2.0, memory=3)
        sms(walkers, fields, params, shape, walk_clock(STEPS), tallies, chunk)
    return walkers, tallies


@pytest.mark.parametrize("model", WALKS)
@pytest.mark.parametrize(
    ("value", "words"),
    [(-1.0, "is -1.0 in row 2, column 1; it must be"), (np.inf, "is inf in row 2, column 1")],
)
def test_negative_and_infinite_cells_are_named(model: str, value: float, words: str) -> None:
    raster = np.ones((4, 3))
    raster[2, 1] = value
    with pytest.raises(ValueError, match=re.escape(words)):
        prepared(model, raster)


def test_a_cost_of_zero_is_refused_and_a_conductance_of_zero_is_a_wall() -> None:
    raster = np.ones((1, 9))
    raster[0, 4] = 0.0
    with pytest.raises(ValueError, match=r"cost is 0\.0 in row 0, column 4; it must be above 0"):
        prepared("sms", raster)
    _, tallies = walk("random_walk", raster, np.full(20, 1))
    assert not tallies.visits[0, 4:].any()


@pytest.mark.parametrize("model", WALKS)
def test_nan_is_nodata_which_nobody_enters(model: str) -> None:
    raster = np.ones((5, 5))
    raster[2] = np.nan
    _, tallies = walk(model, raster, np.full(20, 7))
    assert tallies.visits[:2].all()
    assert not tallies.visits[2:].any()


@pytest.mark.parametrize("model", WALKS)
def test_nothing_but_nodata_keeps_everyone_in_place(model: str) -> None:
    walkers, _ = walk(model, np.full((4, 4), np.nan), [5])
    assert (walkers.cell[0], walkers.steps[0], walkers.straight[0]) == (5, STEPS, 0)


@pytest.mark.parametrize("model", WALKS)
def test_an_island_keeps_its_walker(model: str) -> None:
    raster = np.full((3, 3), np.nan)
    raster[1, 1] = raster[0, 0] = 1.0
    raster[0, 0] = np.nan
    walkers, tallies = walk(model, raster, [4])
    assert (walkers.cell[0], walkers.steps[0], walkers.state[0]) == (4, STEPS, 0)
    assert tallies.visits[1, 1] == STEPS
    assert not tallies.moves.any()


@pytest.mark.parametrize("model", WALKS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 40), (40, 1)])
def test_rasters_of_one_cell_or_one_row(model: str, shape: tuple[int, int]) -> None:
    """Nothing absorbs or kills: the walk ends with its steps, on the raster."""
    walkers, tallies = walk(model, np.ones(shape), np.zeros(6, np.int64))
    assert (walkers.steps == STEPS).all()
    assert (walkers.state == 0).all()
    assert tallies.visits.sum() == 6 * STEPS
    assert (walkers.straight == (0 if shape == (1, 1) else STEPS)).all()
    assert not walkers.diagonal.any()


@pytest.mark.parametrize("model", WALKS)
@pytest.mark.parametrize("shape", [(2**16, 2**15), (1, 2**31), (2**31, 1)])
def test_too_many_cells_are_refused_before_memory_is_taken(
    model: str, shape: tuple[int, int]
) -> None:
    """Views of one number: the arrays themselves would take 16 GB and more."""
    with pytest.raises(ValueError, match=r"has 2,147,483,648 cells; a walk needs fewer than"):
        prepared(model, np.broadcast_to(1.0, shape))


@pytest.mark.parametrize("model", WALKS)
@pytest.mark.parametrize("raster", [np.zeros((0, 3)), np.ones(5), np.ones((2, 2, 2)), 3.0])
def test_what_is_no_raster_is_refused(model: str, raster: Any) -> None:
    with pytest.raises(ValueError, match="must be a raster with at least one cell"):
        prepared(model, raster)


@pytest.mark.parametrize("model", WALKS)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cell": [12]}, "a walker is in cell 12 of a raster of 12"),
        ({"cell": [3, -1]}, "a walker is in cell -1"),
        ({"chunk": 0}, "0 walkers side by side"),
        ({"shape": (4, 4)}, "the table is of 12 cells, the raster of 16"),
        ({"tallies": make_walk_tallies((2, 3), visits=True)}, "visits has shape (2, 3)"),
        ({"tallies": make_walk_tallies((2, 3), moves=True)}, "moves has shape (6, 8)"),
    ],
)
def test_what_would_lead_beyond_an_array_is_refused(
    model: str, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        walk(model, np.ones((3, 4)), **{"cell": [5], **change})


@pytest.mark.parametrize("model", WALKS)
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"permeability": np.full((2, 2), 1.5)}, "permeability is 1.5 in row 0, column 0"),
        ({"permeability": np.array([[1, 1], [np.nan, 1]])}, "is nan in row 1, column 0"),
        ({"permeability": np.ones((3, 2))}, "permeability has shape (3, 2), the raster (2, 2)"),
    ],
)
def test_bad_barriers_are_named(model: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        prepared(model, np.ones((2, 2)), **more)


def test_too_many_zones_are_named() -> None:
    with pytest.raises(ValueError, match=r"zone is 16384 somewhere; there may be 16383"):
        sms_fields(np.ones((1, 2)), zone=np.array([[0, 16384]]))


def write(path: Path, lines: str) -> Path:
    path.write_text(f"[species.jaguar.dispersal]\n{lines}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('model = "sms"\nmoves_per_day = 0', ":3: species.jaguar.dispersal.sms.moves_per_day: 0"),
        ('model = "sms"\nmoves_per_day = 5.5', "5.5 is not allowed; input should be a valid int"),
        ('model = "sms"\nmoves_per_day = 5\npersistence = nan', "finite number"),
        ('model = "sms"\nmoves_per_day = 5\npersistence = 0.0', "greater than or equal to 1"),
        ('model = "sms"\nmoves_per_day = 5\ncost_limit = 0.0', "greater than or equal to 1"),
        ('model = "sms"\nmoves_per_day = 5\ncost_limit = inf', "finite number"),
        ('model = "sms"\nmoves_per_day = 5\nperceptual_range = 0', "perceptual_range: 0"),
        ('model = "sms"\nmoves_per_day = 5\nperceptual_range = 51', "perceptual_range: 51"),
        ('model = "sms"\nmoves_per_day = 5\nmemory = 15', "less than or equal to 14"),
        ('model = "sms"\nmoves_per_day = 5\nmethod = "mean"', "'arithmetic', 'harmonic'"),
        ('model = "sms"\nmoves_per_day = 5\ngoal_bias_decay = 0.0', "greater than 0"),
        ('model = "sms"\nmoves_per_day = 5\nmax_moves = 0', "max_moves: 0"),
        ('model = "sms"\nmoves_per_day = 5\nsettles = 1.5', "less than or equal to 1"),
        ('model = "sms"\nmoves_per_day = 5\nbarriers = "ignored"', "'met' or 'cost'"),
        ('model = "random_walk"', "moves_per_day: missing; add moves_per_day"),
        ('model = "random_walk"\nmoves_per_day = 5\nneighbours = 6', "neighbours: 6"),
        ('model = "random_walk"\nmoves_per_day = 5\npersistence = 2.0', "unknown key"),
        ('model = "step_selection"\nmoves_per_day = 5', "moves_per_day: unknown key"),
        ('model = ""', "'step_selection', 'random_walk', 'sms'"),
        ("moves_per_day = 5", "dispersal"),
    ],
)
def test_options_are_refused_with_file_line_key_and_remedy(
    tmp_path: Path, lines: str, words: str
) -> None:
    path = write(tmp_path / "s.toml", lines)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_candidates_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("[species.jaguar.traits.movement]\ncandidates = 0\n", encoding="utf-8")
    with pytest.raises(CorridorSimError, match="candidates: 0 is not allowed; input should be gr"):
        build_species(load_scenario(path))


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1)])
def test_landscapes_of_one_cell_or_one_row(shape: tuple[int, int]) -> None:
    here = on_landscape(load_species("jaguar"), uniform(*shape))
    wide = Sms(model="sms", moves_per_day=3, perceptual_range=31)
    with pytest.raises(ScenarioError, match="perceptual range is 31 cells; it must be 1 to"):
        movement_model(here, wide)
    movement_model(here, wide.model_copy(update={"perceptual_range": max(shape)})).mover(2)
    movement_model(here, RandomWalk(model="random_walk", moves_per_day=3)).mover(2)


@pytest.mark.parametrize("model", WALKS)
def test_where_no_cell_is_better_than_another_all_are_even(model: str) -> None:
    """A scenario may take all habitat away: that is a result and no mistake."""
    here = on_landscape(load_species("jaguar"), uniform(4, 4))
    bare = replace(here, fields=here.fields._replace(weight=np.zeros_like(here.fields.weight)))
    options = {"sms": Sms, "random_walk": RandomWalk}[model](model=model, moves_per_day=3)
    strength = movement_model(bare, options).strength
    assert (strength == strength[0, 0]).all()
    assert strength[0, 0] > 0
