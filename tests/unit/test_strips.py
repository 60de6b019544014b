"""Fine landscapes: fields strip by strip, species one by one, sums and maps part by part."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corridor_sim import load_species
from corridor_sim.comparison import maps
from corridor_sim.config import build
from corridor_sim.config.load import Design, as_data
from corridor_sim.experiment import study as study_module
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.landscape import strips
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.strips import by_strips, strip_of
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.progress import Silence
from corridor_sim.simulation.days import outcomes
from corridor_sim.simulation.days import simulator as simulator_module
from corridor_sim.species import habitat
from corridor_sim.species import hazards as hazards_module
from corridor_sim.species.fields import on_landscape
from oracles.small_study import design_of, run_missing

SPECIES = ("jaguar", "andean_bear", "andean_condor")


@pytest.fixture(scope="module")
def land() -> Landscape:
    """Ground where everything is somewhere."""
    rng, shape = np.random.default_rng(1), (45, 60)

    def some(most: int, share: float) -> NDArray[np.uint8]:
        return (rng.integers(1, most + 1, shape) * (rng.random(shape) < share)).astype(np.uint8)

    heights = np.abs(rng.normal(1500, 900, shape)).astype(np.float32)
    return uniform(
        *shape,
        elevation_m=heights,
        temperature_c=(26.0 - heights / 200).astype(np.float32),
        land_cover=rng.integers(1, 16, shape).astype(np.uint8),
        road=some(3, 0.05),
        river=some(3, 0.05),
        protected=(rng.random(shape) < 0.3).astype(np.int16),
    )


def test_strips_cover_every_row_once_and_are_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "CELLS", 30)
    here, seen = uniform(11, 10), np.zeros(11, int)

    def work(rows: slice) -> None:
        seen[rows] += 1
        part = strip_of(here, rows)
        assert part.grid.shape == part["road"].shape == (rows.stop - rows.start, 10)
        assert part["road"].base is here["road"] or np.shares_memory(part["road"], here["road"])
        assert part.grid.north_m == here.grid.north_m - rows.start * here.grid.cell_m

    by_strips(here.grid.shape, work)
    assert (seen == 1).all()


@pytest.mark.parametrize("key", SPECIES)
def test_fields_by_strips_are_those_of_the_whole_map(
    key: str, land: Landscape, monkeypatch: pytest.MonkeyPatch
) -> None:
    species = load_species(key)
    monkeypatch.setattr(strips, "CELLS", 7 * land.grid.width)
    made = on_landscape(species, land)
    shift = species.habitat.seasonal_shift_m.value
    cover_m = habitat.cover_m(species, land)
    seasons = [
        habitat.habitat_of(species, land, s, cover_m)
        for s in ((shift, -shift) if shift else (0.0,))
    ]
    for season, (_, weight) in enumerate(seasons):
        assert np.array_equal(made.fields.weight[season], weight)
    suitable = np.mean([fit for fit, _ in seasons], axis=0, dtype=np.float32)
    lives = habitat.at_home(species, land)
    assert np.array_equal(made.suitability, np.where(lives, suitable, np.float32(0)))
    assert np.array_equal(made.mismatch_c, habitat.mismatch_c(species, land))
    hazards = hazards_module.hazards_of(species, land)
    assert np.array_equal(made.fields.hazard_per_day, hazards)
    per_step = 1.0 / species.movement.steps_per_day
    step = (-np.expm1(-hazards.sum(axis=0) * per_step)).astype(np.float32)
    assert np.array_equal(made.fields.hazard_step, step)
    assert np.array_equal(made.fields.permeability, hazards_module.permeability_of(species, land))


@pytest.mark.parametrize("key", ["andean_bear", "andean_condor"])
def test_placing_a_species_takes_little_beside_its_fields(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """48 bytes a cell are the fields with two seasons or roosts; working space is of strips."""
    monkeypatch.setattr(strips, "CELLS", 2000)
    species, here = load_species(key), uniform(500, 600, cover="cloud_forest")
    on_landscape(species, here)  # tables and kernels
    tracemalloc.start()
    try:
        made = on_landscape(species, here)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.suitability.size == 300_000
    assert peak < 300_000 * 60


def test_a_sum_over_visits_is_numpys_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "PART", 256)
    rng = np.random.default_rng(4)
    for shape, share in (((61, 83), 1.0), ((300, 257), 0.01), ((129, 1), 0.5), ((3, 3), 0.0)):
        visits = (rng.integers(0, 9, shape) * (rng.random(shape) < share)).astype(np.int32)
        field = rng.normal(0, 900, shape).astype(np.float32)
        plain = float((visits * field.astype(np.float64)).sum())
        assert outcomes.sum_over(visits, field) == plain


def test_mean_maps_are_the_same_by_cells_and_by_rasters() -> None:
    rng = np.random.default_rng(8)
    counts: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
    whole = np.zeros(200)
    for n in (40, 90, 0):
        cells = np.sort(rng.choice(200, n, replace=False)).astype(np.int64)
        counts.append((cells, rng.integers(1, 9, n).astype(np.int32)))
        whole[cells] += counts[-1][1]
    mean = (whole / 3).astype(np.float32)
    # fewer visits than cells; more of them, the same three times
    for pairs in (counts, counts * 3):
        cells, values = maps._mean(pairs, 200)
        assert np.array_equal(cells, np.flatnonzero(mean))
        assert np.array_equal(values, mean[mean > 0])


def opened(design: Design, out: Path, listener: Silence | None = None) -> Study:
    one = design.experiment
    return open_study(
        one.name, one.description, design.scenarios, as_data(one), out, listener=listener
    )


def test_species_one_by_one_live_as_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = design_of(tmp_path, days=3, count=60)
    found = []
    for holds in (True, False):
        monkeypatch.setattr(simulator_module, "holds_all", lambda *_, holds=holds: holds)
        study = opened(design, tmp_path / f"out_{holds}")
        assert study.expected.guessed is not holds
        run_missing(study)
        files = [*study.out.glob("runs/*.npz"), *study.out.glob("scenarios/*.json")]
        found.append({path.name: path.read_bytes() for path in files})
    assert len(found[0]) > 8
    assert found[0] == found[1]


class Heard(Silence):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        """Keep it."""
        self.lines.append(text)


def test_long_work_is_foretold_before_any_map_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a map is read")

    design, heard = design_of(tmp_path, days=3, count=60), Heard()
    monkeypatch.setattr(study_module, "LONG_S", 0.0)
    monkeypatch.setattr(study_module, "scenario_digest", never)
    monkeypatch.setattr(build, "load_landscape", never)
    with pytest.raises(AssertionError, match="a map is read"):
        opened(design, tmp_path / "out", heard)
    (line,) = heard.lines
    assert line.startswith("forecast: ")
    assert "a first guess" in line
    assert " s and " in line
    assert "GB of memory" in line
    assert not (tmp_path / "out").exists()
