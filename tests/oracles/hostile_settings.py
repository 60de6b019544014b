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

from corridor_sim.landscape.landscape import Landscape
from oracles.hostile import Case
from oracles.odd_values import odd, odd_key, quoted

ROOT = Path(__file__).parents[2]
MARK = "@@here@@"
# these load as they are; else their cases would all end at the same mistake
WHOLE = ("every_key.toml", "every_edit.toml", "beside.toml", "every_link.toml", "jaguar.toml")
EVERY_KEY = """
name = "Everything"
description = "Every key that a scenario may have."
years = 6.0
start_day = 0
replicates = 2
seed = 7
tracks = 1
start_year = 2025
[landscape]
source = "andes-amazon"
cell_m = 10000
[species.jaguar]
[species.jaguar.dispersal]
model = "sms"
moves_per_day = 10
cost_limit = 50.0
barriers = "cost"
perceptual_range = 2
method = "harmonic"
persistence = 2.0
memory = 3
goal_bias = 1.0
goal_bias_decay = 1.0
goal_bias_half_steps = 10.0
straighten = true
[species.jaguar.traits.movement]
candidates = 5
[species.andean_bear.dispersal]
model = "random_walk"
moves_per_day = 10
neighbours = 4
average = "resistance"
[species.andean_bear.traits]
habitat.suitable_from = 0.2
life_cycle.survival_by_age.values = [0.5, 0.8]
[change]
update_every_y = 2
events = [{ opens = 2027, kind = "add_road", name = "R", points = [[-78.6, -3.4], [-78.0, -3.0]] }]
[change.climate]
ssp = "SSP2-4.5"
spread = "central"
model_spread = 0.0
ecotone_m_per_year = 1.0
temperature_of = 2010
after_table = "hold"
[change.clearing]
rates = [{ from_year = 2025, rate = 0.01 }, { from_year = 2028, rate = 0.02 }]
aggregation = 0.5
spread_from_roads = true
protected_factor = 0.1
to = "pasture"
demand = "fixed"
[change.regrowth]
rate = 0.01
secondary_after_y = 5
forest_after_y = 50
[life_cycle]
days_per_season = 5
settle_every_d = 10
movement = true
demographic_stochasticity = true
environmental_sd = 0.1
capacity_scale = 1.0
quasi_extinction = 5
[life_cycle.burn_in]
window_y = 2
at_most_y = 3
tolerance = 0.1
[life_cycle.genes]
loci = 10
founder_size = 100.0
trees = true
chromosome_bp = 10000
[adaptive]
until = ["eca_km2=500"]
most = 5
"""
EVERY_EDIT = """
name = "Every edit"
days = 5
[species.jaguar]
count = 50
sampling = 0.5
disperser_sampling = 2.0
[[edits]]
kind = "clear"
fraction = 0.1
aggregation = 0.5
spread_from_roads = true
protected_factor = 0.2
to = "pasture"
[[edits]]
kind = "add_road"
name = "R"
points = [[-78.6, -3.4], [-78.0, -3.0]]
road_class = 2
crs = "EPSG:4326"
[[edits]]
kind = "warm"
degrees_c = 1.0
years = 20.0
[[edits]]
kind = "protect"
name = "P"
areas = [[[-78.6, -3.4], [-78.0, -3.4], [-78.0, -3.0], [-78.6, -3.0]]]
core = true
country = "ECU"
[[edits]]
kind = "protect_plan"
add_ha = 50000.0
join_width_km = 15.0
[[edits]]
kind = "restore"
name = "N"
areas = [[[-79.2, -4.4], [-78.6, -4.4], [-78.6, -3.8], [-79.2, -3.8]]]
[[edits]]
kind = "open_mine"
name = "M"
at = [-78.5, -3.5]
area_ha = 30000.0
access_road = 1
[[edits]]
kind = "build_dam"
name = "D"
at = [-78.2, -3.2]
reservoir_ha = 30000.0
[[edits]]
kind = "build_crossings"
name = "C"
areas = [[[-79.6, -4.4], [-78.0, -4.4], [-78.0, -2.8], [-79.6, -2.8]]]
[[edits]]
kind = "build_link"
name = "L"
does = ["restore", "protect"]
areas = [[[-79.2, -4.4], [-78.6, -4.4], [-78.6, -3.8], [-79.2, -3.8]]]
"""
EVERY_BESIDE = """
name = "Beside"
[base]
days = 5
[base.species.jaguar]
count = 50
[factors.one]
none = []
some = [{ kind = "clear", fraction = 0.3 }]
[beside.more]
edits = [{ kind = "warm", degrees_c = 2.0 }]
set = { "species.jaguar.sampling" = 0.5, "species.jaguar.traits.movement.candidates" = 4 }
against = "some"
"""
EVERY_LINK = """
name = "Links"
[base]
days = 5
[base.species.jaguar]
count = 50
[links]
cost_unit = "million USD"
budget = 5.0
fair = true
only_clear = false
[[links.candidates]]
name = "Wide"
cost = 2.0
area = [[[-79.2, -4.4], [-78.6, -4.4], [-78.6, -3.8], [-79.2, -3.8]]]
does = ["restore", "protect"]
[[links.candidates]]
name = "Long"
cost = 3.0
line = [[-79.2, -4.4], [-78.2, -3.2]]
width_m = 20000.0
crs = "EPSG:4326"
does = ["protect"]
must = true
[links.benefit]
weights = { dispersal_flux = 1.0 }
species = { jaguar = 1.0 }
scales = { dispersal_flux = 2.0 }
[links.procedure]
confidence = 0.9
indifference = 0.1
first_replicates = 5
batch = 2
budget_runs = 40
pairs_runs = 4
confirm_replicates = 3
"""
OWN_FILES = """
days = 5
[landscape]
name = "Own"
elevation = "dem.tif"
land_cover = "cover.tif"
land_cover_codes = "codes.csv"
crs = "EPSG:32717"
cell_m = 1000.0
extent = "690000 9580000 710000 9600000"
sea_level_temperature_c = 26.0
lapse_c_per_km = 5.0
[species.jaguar]
"""


@cache
def small_land() -> Landscape:
    from corridor_sim.landscape.builtin.andes_amazon import andes_amazon

    return andes_amazon(10_000.0)


@contextlib.contextmanager
def on_small_land() -> Iterator[None]:
    """Let the built-in landscape have cells of 10 km, whatever is asked for."""
    from corridor_sim.scenario import build

    real = build.load_landscape

    def small(settings: Any, **where: Any) -> Landscape:
        builtin = settings.elevation is None
        return small_land() if builtin else real(settings, **where)

    places = ("corridor_sim.study.execute", "corridor_sim.sweeps.link_plan")
    with contextlib.ExitStack() as stack:
        for place in places:
            stack.enter_context(patch(f"{place}.load_landscape", small))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        yield


def prepare(name: str, description: str, scenarios: Any, settings: Any, folder: Path) -> Any:
    """Check and forecast, then make the edits of the first scenarios."""
    from corridor_sim.study.execute import prepare_study

    study = prepare_study(name, description, scenarios[:50], settings, folder / "out", threads=1)
    for one in study.scenarios[:8]:
        study.landscape_of(one)
    return study


def read_settings(path: Path, assignments: tuple[str, ...] = ()) -> None:
    """Read a file as the command of its kind does."""
    from corridor_sim.scenario import load

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
        from corridor_sim.links_cli import _forecast, _workshop

        file, base = read_links_file(path, assignments)
        study = prepare(file.name, file.description, (base,), file.as_settings(), folder)
        _workshop(study, file, base, str(path), lambda *_: None)
        _forecast(study, file)
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

    from corridor_sim import cli
    from corridor_sim.scenario.load import load_scenario
    from corridor_sim.species.reader import load_species
    from corridor_sim.species.sheet import species_page

    cli._species_show(Namespace(species=str(path)))
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
    for name, text in (("every_key", EVERY_KEY), ("every_edit", EVERY_EDIT),
                       ("beside", EVERY_BESIDE), ("every_link", EVERY_LINK),
                       ("own_files", OWN_FILES)):  # fmt: skip
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
