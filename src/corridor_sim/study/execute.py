"""Running an experiment: claim the folder, forecast, simulate what is missing, stop cleanly."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from corridor_sim import __version__
from corridor_sim.engine.seeding import Habitat, Quota, expected_numbers
from corridor_sim.engine.simulation import (
    Simulation,
    Stage,
    find_homes,
    set_stage,
    use_threads,
)
from corridor_sim.errors import ResultsError
from corridor_sim.files import write_text, writing
from corridor_sim.kernels.states import STAGES
from corridor_sim.landscape.covers import COVER_BY_CODE
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.scenario.build import build_species, load_landscape
from corridor_sim.scenario.load import Resolved, as_data
from corridor_sim.species.traits import Species
from corridor_sim.study.forecast import Forecast, forecast, refuse_what_cannot_fit
from corridor_sim.study.life_execute import (
    LifeCaches,
    life_facts,
    life_stage,
    simulate_life,
    years_of,
)
from corridor_sim.study.life_forecast import forecast_life
from corridor_sim.study.life_runfile import load_life
from corridor_sim.study.plan import Run, identity, plan_runs
from corridor_sim.study.runfile import load_run, record, save_run

MANIFEST = "experiment.json"


class Listener(Protocol):
    """Who is told how the work goes on."""

    def say(self, text: str) -> None:
        """Tell a step of the work in one line."""

    def expect(self, steps: int) -> None:
        """Announce the animal-steps to come."""

    def done(self, steps: int) -> None:
        """Tell animal-steps that are done."""


class Silence:
    """A listener that says nothing."""

    def say(self, text: str) -> None:
        """Ignore."""

    def expect(self, steps: int) -> None:
        """Ignore."""

    def done(self, steps: int) -> None:
        """Ignore."""


@dataclass(slots=True)
class Study:
    """An experiment in its folder: what there is to run, and where it lies.

    Attributes
    ----------
    name, description : str
    scenarios : tuple of Resolved
        The baseline first.
    out : Path
    settings : dict
        The resolved file, as written into ``experiment.json``.
    land : Landscape
        The reference landscape, before any edit.
    species : list of Species
    runs : tuple of Run
    expected : Forecast
    command : str
        The command that made it, for the record; may be empty.
    """

    name: str
    description: str
    scenarios: tuple[Resolved, ...]
    out: Path
    settings: dict[str, Any]
    land: Landscape
    species: list[Species]
    homes: dict[str, Habitat]
    runs: tuple[Run, ...]
    threads: int
    expected: Forecast
    command: str = ""
    _edited: list[tuple[tuple[Any, ...], Landscape]] = field(default_factory=list)

    def path(self, run: Run) -> Path:
        """Return the file of one run."""
        return self.out / "runs" / f"{run.ident}.npz"

    def species_keys(self) -> list[str]:
        """Return the species' keys in the order of the file."""
        return [s.key for s in self.species]

    def landscape_of(self, resolved: Resolved) -> Landscape:
        """Return a scenario's landscape; edits shared with the one before are not made again."""
        chain = self._edited
        keep = 0
        while keep < min(len(chain), len(resolved.edits)) and chain[keep][0] == tuple(
            resolved.edits[: keep + 1]
        ):
            keep += 1
        del chain[keep:]
        land = chain[-1][1] if chain else self.land
        for i in range(keep, len(resolved.edits)):
            land = resolved.edits[i].apply(land, resolved.scenario.seed)
            chain.append((tuple(resolved.edits[: i + 1]), land))
        return land


def open_study(
    name: str,
    description: str,
    scenarios: Sequence[Resolved],
    settings: dict[str, Any],
    out: Path,
    *,
    threads: int | None = None,
    listener: Listener | None = None,
    command: str = "",
) -> Study:
    """Check everything that can be wrong, claim the folder and forecast; simulate nothing.

    Raises
    ------
    CorridorSimError
        Any misfit of files, landscape, species, folder or memory.
    """
    listener = listener or Silence()
    used = use_threads(threads)
    first = scenarios[0]
    species = build_species(first)
    claim(out, name, scenarios, settings)
    listener.say(f"building the landscape {first.scenario.landscape.name or 'andes-amazon'}"
                 if first.scenario.landscape.elevation is None
                 else f"reading {first.scenario.landscape.elevation}")  # fmt: skip
    land = load_landscape(first.scenario.landscape, base_dir=first.base_dir)
    listener.say(f"placing {len(species)} species on {land.grid.height} x {land.grid.width} cells")
    runs = plan_runs(tuple(scenarios))
    missing = [r for r in runs if not (out / "runs" / f"{r.ident}.npz").is_file()]
    if first.scenario.life_cycle is not None:
        homes: dict[str, Habitat] = {}
        expected = forecast_life(first, species, land, missing, used)
    else:
        homes = find_homes(species, land)
        numbers = {s.key: expected_numbers(s, homes[s.key], _quota(first, s.key)) for s in species}
        expected = forecast(
            first, species, {k: n.total for k, n in numbers.items()},
            land.grid.height * land.grid.width,
            len(missing), len({r.scenario for r in missing}), used,
        )  # fmt: skip
    refuse_what_cannot_fit(expected)
    return Study(
        name, description, tuple(scenarios), out, settings, land, species, homes, runs, used,
        expected, command,
    )  # fmt: skip


def _quota(resolved: Resolved, key: str) -> Quota:
    settings = resolved.scenario.species[key]
    return Quota(settings.count, settings.sampling, settings.disperser_sampling)


def claim(out: Path, name: str, scenarios: Sequence[Resolved], settings: dict[str, Any]) -> None:
    """Make the folder this experiment's, or refuse one that holds something else.

    Raises
    ------
    ResultsError
        The folder holds another experiment or other files, or cannot be written.
    """
    manifest = out / MANIFEST
    mine = [identity(s) for s in scenarios]
    if manifest.is_file():
        try:
            found = json.loads(manifest.read_text(encoding="utf-8"))
            same = found["identity"] == json.loads(json.dumps(mine))
            other = f"{found['name']!r}, version {found['versions']['corridor_sim']}"
        except (OSError, ValueError, KeyError, TypeError):
            raise ResultsError(
                "is damaged", where=manifest, remedy="delete it or choose another --out"
            ) from None
        if not same:
            raise ResultsError(
                f"holds another experiment ({other}) or other settings",
                where=out,
                remedy="choose another --out or delete the folder",
            )
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ResultsError(
            "is not empty and holds no experiment", where=out, remedy="choose another --out"
        )
    manifest_data = {
        "name": name,
        "settings": settings,
        "scenarios": [{"name": s.name, "levels": s.levels, "settings": as_data(s.scenario),
                       "edits": [e.describe() for e in s.edits]} for s in scenarios],
        "identity": mine,
        "versions": versions(),
    }  # fmt: skip
    text = json.dumps(manifest_data, indent=1, ensure_ascii=False) + "\n"
    with writing(out):
        (out / "runs").mkdir(parents=True, exist_ok=True)
    write_text(manifest, text)


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"corridor_sim": __version__, "python": platform.python_version(),
             "platform": f"{sys.platform} {platform.machine()}"}  # fmt: skip
    for package in ("numpy", "scipy", "numba", "rasterio", "pandas", "mesa"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def run_missing(study: Study, listener: Listener | None = None) -> int:
    """Simulate every run that has no file yet and return how many that were.

    Each finished run is on disk before the next begins, so an interruption loses at most one.
    """
    listener = listener or Silence()
    n_done = 0
    listener.expect(study.expected.animal_steps)
    caches = LifeCaches()
    for index, resolved in enumerate(study.scenarios):
        facts = study.out / "scenarios" / f"{index:03d}.json"
        pending = [r for r in study.runs if r.scenario == index and not _finished(study, r)]
        if not pending and facts.is_file():
            continue
        listener.say(f"{resolved.name}: preparing the landscape")
        land = study.landscape_of(resolved)
        if resolved.scenario.life_cycle is not None:
            n_done += _run_lives(study, caches, resolved, land, facts, pending, listener)
            continue
        quotas = {key: _quota(resolved, key) for key in study.species_keys()}
        dispersal = {key: resolved.scenario.species[key].dispersal for key in quotas}
        stage = set_stage(study.species, land, study.homes, quotas, dispersal)
        write_text(facts, _facts(stage))
        for run in pending:
            listener.say(f"{resolved.name}: replicate {run.replicate + 1}")
            _simulate(study, stage, resolved, run, listener)
            n_done += 1
    return n_done


def _run_lives(
    study: Study, caches: LifeCaches, resolved: Resolved, land: Landscape, facts: Path,
    pending: list[Run], listener: Listener,
) -> int:  # fmt: skip
    stage = life_stage(study, resolved, land)
    write_text(facts, life_facts(stage, years_of(resolved), _ground_facts))
    for run in pending:
        listener.say(f"{resolved.name}: replicate {run.replicate + 1}")
        past = caches.burn_ins(study, resolved)
        simulate_life(study, stage, past, resolved, run, listener)
    return len(pending)


def _finished(study: Study, run: Run) -> bool:
    path = study.path(run)
    resolved = study.scenarios[run.scenario]
    if resolved.scenario.life_cycle is not None:
        return load_life(path, study.species_keys(), years_of(resolved)) is not None
    return path.is_file() and load_run(path, study.species_keys(), len(STAGES)) is not None


def _simulate(study: Study, stage: Stage, resolved: Resolved, run: Run, listener: Listener) -> None:
    scenario = resolved.scenario
    sim = Simulation(
        stage,
        seed=scenario.seed,
        replicate=run.replicate,
        start_day=scenario.start_day,
        tracks=scenario.tracks if run.replicate == 0 else 0,
        n_days=scenario.n_days,
    )
    sim.advance(scenario.n_days, listener.done)
    kept = {
        key: record(sim.result(key), seen, stage.landscape, keep_tracks=run.replicate == 0)
        for key, seen in stage.species.items()
    }
    save_run(study.path(run), kept)


def _ground_facts(land: Landscape) -> dict[str, object]:
    """What the report says of a landscape, whoever lives on it."""
    km2 = land.grid.cell_km2
    codes, counts = np.unique(land["land_cover"], return_counts=True)
    return {
        "cover_km2": {COVER_BY_CODE[int(c)].key: float(n) * km2
                      for c, n in zip(codes, counts, strict=True)},
        "protected_km2": float((land["protection"] > 0).sum()) * km2,
        "mean_temperature_c": float(land["temperature_c"].mean(dtype=np.float64)),
        "edits": list(land.edits),
    }  # fmt: skip


def _facts(stage: Stage) -> str:
    """What the report says of a scenario's landscape, as JSON."""
    facts = {
        **_ground_facts(stage.landscape),
        "residents": {key: seen.numbers.residents for key, seen in stage.species.items()},
        "dispersers": {key: seen.numbers.dispersers for key, seen in stage.species.items()},
        "suitable_km2": {key: seen.surroundings.suitable_km2
                         for key, seen in stage.species.items()},
    }  # fmt: skip
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
