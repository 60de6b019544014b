"""Settings files with one odd value, key or table: every shipped file, and one that has all keys.

They are read by what the commands read them with, up to the forecast; nothing is simulated.
"""

from __future__ import annotations

import contextlib
import io
import random
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tomli_w

from corridor_sim import Landscape
from oracles.hostile import Case
from oracles.odd_values import odd, odd_key, quoted
from oracles.whole_settings import EVERY_BESIDE, EVERY_EDIT, EVERY_KEY, EVERY_LINK, OWN_FILES

ROOT = Path(__file__).parents[2]
MARK = "@@here@@"
# these load as they are; else their cases would all end at the same mistake
WHOLE = ("every_key.toml", "every_edit.toml", "beside.toml", "every_link.toml", "jaguar.toml")


@cache
def small_land() -> Landscape:
    from corridor_sim.datasets.andes_amazon.landscape import andes_amazon

    return andes_amazon(10_000.0)


@contextlib.contextmanager
def on_small_land() -> Iterator[None]:
    """Let the built-in landscape have cells of 10 km, whatever is asked for."""
    from corridor_sim.config import build

    real = build.load_landscape

    def small(settings: Any, **where: Any) -> Landscape:
        if settings.grid_key is not None:
            return real(settings, **where)
        small = settings.model_copy(update={"cell_m": 10_000.0})
        return real(small, **where) if settings.own_layers else small_land()

    with patch.object(build, "load_landscape", small), contextlib.redirect_stdout(io.StringIO()):
        yield


def prepare(name: str, description: str, scenarios: Any, settings: Any, folder: Path) -> Any:
    """Check and forecast, then make the edits of the first scenarios."""
    from corridor_sim.experiment.study import open_study

    study = open_study(
        name, description, scenarios[:50], settings, folder / "out", threads=1, claimed=False
    )
    for one in study.scenarios[:8]:
        study.landscape_of(one)
    return study


def read_settings(path: Path, assignments: tuple[str, ...] = ()) -> None:
    """Read a file as the command of its kind does."""
    from corridor_sim.config import load

    kind = load.kind_of(path)
    folder = path.parent
    if kind == "scenario":
        one = load.load_scenario(path, assignments)
        scenario = one.scenario
        prepare(scenario.name, scenario.description, (one,), load.as_data(scenario), folder)
    elif kind == "experiment":
        design = load.load_experiment(path, assignments)
        data = load.as_data(design.experiment)
        prepare(design.experiment.name, "", design.scenarios, data, folder)
    elif kind == "links":
        from corridor_sim.links.files import read_links_file
        from corridor_sim.links.forecast import effort_of
        from corridor_sim.results.rankings import evaluator_of

        file, base = read_links_file(path, assignments)
        study = prepare(file.name, file.description, (base,), file.as_settings(), folder)
        evaluator_of(study, file, base, str(path), lambda *_: None)
        effort_of(study, file, 3)
    elif kind == "sweep":
        from corridor_sim.sweeps.points import read_sweep

        swept, scenarios, _ = read_sweep(path, assignments)
        prepare(swept.name, swept.description, scenarios, swept.as_settings(), folder)
    else:
        from corridor_sim.sweeps.sensitivity import plan_sensitivity

        plan = plan_sensitivity(path, assignments)
        prepare(plan.file.name, "", plan.scenarios, plan.file.as_settings(), folder)


def read_species(path: Path) -> None:
    """Show a species as the command does, and place it."""
    from argparse import Namespace

    from corridor_sim import load_scenario, load_species
    from corridor_sim.cli.species import species_show
    from corridor_sim.species.sheet import species_page

    species_show(Namespace(species=str(path)))
    one = load_species(path)
    species_page(one)
    for length in ("days = 3", "years = 2\nlife_cycle = {}"):
        scenario = path.parent / "of_species.toml"
        scenario.write_text(f'{length}\n[species.{one.key}]\nfile = "{path.name}"\n', "utf-8")
        found = load_scenario(scenario)
        prepare(one.name, "", (found,), {}, path.parent)


def files() -> dict[str, tuple[dict[str, Any], Callable[..., None]]]:
    """Return the content of every shipped settings file and of those with all keys, by name."""
    found: dict[str, tuple[dict[str, Any], Callable[..., None]]] = {}
    for folder in ("scenarios", "experiments"):
        for path in sorted((ROOT / folder).glob("*.toml")):
            found[path.name] = tomllib.loads(path.read_text("utf-8")), read_settings
    catalog = resources.files("corridor_sim.species").joinpath("catalog")
    for item in sorted(catalog.iterdir(), key=lambda item: item.name):
        if item.name.endswith(".toml"):
            found[item.name] = tomllib.loads(item.read_text("utf-8")), read_species
    for name, text in (
        ("every_key", EVERY_KEY),
        ("every_edit", EVERY_EDIT),
        ("beside", EVERY_BESIDE),
        ("every_link", EVERY_LINK),
        ("own_files", OWN_FILES),
    ):
        found[f"{name}.toml"] = tomllib.loads(text), read_settings
    return found


def locations(data: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the place of every table, key and item of a list; of long lists the first ones."""
    found = [at] if at else []
    if isinstance(data, dict):
        for key, value in data.items():
            found += locations(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data[:3]):
            found += locations(value, (*at, index))
    return found


def put(data: Any, at: tuple[str | int, ...], value: Any) -> None:
    for part in at[:-1]:
        data = data[part]
    data[at[-1]] = value


def take(data: Any, at: tuple[str | int, ...]) -> Any:
    for part in at:
        data = data[part]
    return data


def text_with(data: dict[str, Any], raw: str) -> str:
    """Return data as TOML text with the mark replaced by any text."""
    return tomli_w.dumps(data).replace(f'"{MARK}"', raw)


def dotted(at: tuple[str | int, ...], rng: random.Random) -> str:
    parts = [str(p) if isinstance(p, int) or p.isidentifier() else quoted(p) for p in at]
    if rng.random() < 0.15:
        parts.insert(
            rng.randrange(len(parts) + 1), rng.choice(("²", "-1", "99", '"²"', '"-1"', ""))
        )
    return ".".join(parts)


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Yield settings with one thing odd, for ever."""
    for path in (ROOT / "experiments").glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    known = files()
    for name in WHOLE:  # kernels are compiled before the clock of a case runs
        _read(folder / name, tomli_w.dumps(known[name][0]), known[name][1])()
    where = {name: locations(data) for name, (data, _) in known.items()}
    while True:
        name = rng.choice(sorted(known))
        whole, read = known[name]
        at = rng.choice(where[name])
        path = folder / f"odd_{name}"
        data = deepcopy(whole)
        way = rng.choice(("value", "value", "value", "drop", "key", "rename", "set", "item"))
        if way == "set" and read is read_settings:
            words = f"{dotted(at, rng)}={odd(rng)}"
            yield Case(f"{name}: --set {words}", _set(path, whole, words))
            continue
        raw = odd(rng)
        told = f"{name}: {way} {at}: {raw[:100]!r}"
        if way == "drop":
            inner = take(data, at[:-1])
            del inner[at[-1]]
        elif way in ("key", "rename", "item"):
            inner = take(data, at[:-1] if way != "item" else at)
            if way == "item" and isinstance(inner, list):
                inner.insert(rng.randrange(len(inner) + 1), MARK)
            elif isinstance(inner, dict):
                key = odd_key(rng)
                told += f" as {key!r}"
                inner[key] = inner.pop(at[-1]) if way == "rename" and at[-1] in inner else MARK
            else:
                put(data, at, MARK)
        else:
            put(data, at, MARK)
        yield Case(told, _read(path, text_with(data, raw), read))


def _read(path: Path, text: str, read: Callable[..., None]) -> Callable[[], None]:
    def do() -> None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with on_small_land():
            read(path)

    return do


def _set(path: Path, data: dict[str, Any], words: str) -> Callable[[], None]:
    def do() -> None:
        path.write_text(tomli_w.dumps(data), "utf-8")
        with on_small_land():
            read_settings(path, (words,))

    return do
