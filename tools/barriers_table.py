"""What roads and crossing structures do to animals, by how long they remember, as Markdown.

Usage: ``python tools/barriers_table.py [--write]``; with ``--write`` the tables between the markers
in ``docs/movement-models.md`` are replaced. The first world is open ground with one straight road,
the second the built-in landscape. In both the same animals, with the same draws, live with and
without what is asked about, so that differences are known better than their parts.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import common
import numpy as np
from common import table
from numpy.typing import NDArray
from scipy.ndimage import label

from corridor_sim.datasets.andes_amazon.landscape import andes_amazon
from corridor_sim.kernels.advance import advance
from corridor_sim.kernels.crossing import remembers
from corridor_sim.kernels.records import Animals, Clock, Fields, Params, begin
from corridor_sim.kernels.states import DISPERSER, RESIDENT
from corridor_sim.landscape.edits.base import edited
from corridor_sim.landscape.edits.crossings import BRIDGED
from corridor_sim.species.fields import on_landscape, params_for
from corridor_sim.species.reader import load_species
from corridor_sim.species.traits import Species
from oracles.worlds import make_clock, make_fields, make_tallies

KEYS = ("jaguar", "andean_bear", "mountain_tapir")
F8 = NDArray[np.float64]


MEMORIES = {"none": 0.0, "2 d": 2.0, "30 d": 30.0, "365 d": 365.0}


def recalling(params: Params, species: Species, days: float) -> Params:
    cells = species.barriers.memory_m.value / params.cell_m
    return params._replace(memory=remembers(days * params.steps_per_day, cells))


def starting(x: F8, y: F8, klass: int, seed: int = 1) -> Animals:
    """Return animals at ``(x, y)``, heading anywhere, at home where they are."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, x.size)
    xy = {name: (x if name.endswith("x") else y).copy() for name in ("x", "y")}
    xy |= {f"{of}_{a}": xy[a].copy() for of in ("centre", "roost") for a in "xy"}
    none = np.zeros(x.size, np.int16)
    return begin(
        **xy,
        ident=np.arange(x.size, dtype=np.int64),
        klass=np.full(x.size, klass, np.int16),
        heading_x=np.cos(angle),
        heading_y=np.sin(angle),
        natal_zone=none,
        last_zone=none.copy(),
    )


def sexed(stage: int, sex: int) -> int:
    return 2 * stage + sex


# -- one road --------------------------------------------------------------------------------------

SIDE, ROAD = 120, 60  # cells of 1 km


def one_road(p: float, every: int = 0, width: int = SIDE) -> Fields:
    """Return open ground with a road from north to south, passed in every n-th cell."""
    permeability = np.ones((SIDE, width), np.float32)
    permeability[:, ROAD] = p
    if every:
        permeability[::every, ROAD] = 1.0
    return make_fields(SIDE, width, permeability=permeability)


def sides(species: Species, days: float, fields: Fields, n: int, year_d: int) -> NDArray[np.int8]:
    """Return, ``[animal, step]``, on which side of the road female residents are: -1 or 1."""
    params = recalling(params_for(species, 1000.0), species, days)
    params = params._replace(hazard_class_step=np.zeros_like(params.hazard_class_step))
    sigma = species.movement.female.resident.sigma_m / 1000
    rng = np.random.default_rng(2)
    x, y = ROAD + 0.5 + sigma * rng.uniform(-1.5, 1.5, n), rng.uniform(20, SIDE - 20, n)
    animals = starting(x, y, sexed(RESIDENT, 0))
    steps = year_d * params.steps_per_day
    tallies = make_tallies(fields, n_stages=3, tracks=(n, steps))
    advance(animals, fields, params, make_clock(steps), tallies, 64)
    at = tallies.tracks[:, :, 0]
    side = np.where(at < ROAD, -1, np.where(at >= ROAD + 1, 1, 0)).astype(np.int8)
    for k in range(1, steps):
        side[:, k] = np.where(side[:, k] == 0, side[:, k - 1], side[:, k])
    return side


def crossed(side: NDArray[np.int8]) -> tuple[float, float]:
    """Return crossings an animal, and the share of animals that were on both sides."""
    changes = (side[:, 1:] * side[:, :-1] < 0).sum(axis=1)
    both = (side > 0).any(axis=1) & (side < 0).any(axis=1)
    return float(changes.mean()), float(both.mean())


def far_side(species: Species, days: float, fields: Fields, n: int) -> F8:
    """Return whether dispersing males born 0 to 10 km west of the road end to the east of it."""
    params = recalling(params_for(species, 1000.0), species, days)
    params = params._replace(hazard_class_step=np.zeros_like(params.hazard_class_step))
    rng = np.random.default_rng(3)
    animals = starting(
        ROAD - rng.uniform(0, 10, n), rng.uniform(20, SIDE - 20, n), sexed(DISPERSER, 1)
    )
    duration = int(species.movement.male.disperser.duration_d.value)
    clock = make_clock(duration * params.steps_per_day)
    advance(animals, fields, params, clock, make_tallies(fields, n_stages=3), 64)
    return (animals.x >= ROAD + 1).astype(float)


def road_table(n: int) -> list[str]:
    rows = []
    for key in KEYS:
        species = load_species(key)
        p = species.barriers.road_primary.value
        open_ground = one_road(1.0)
        free, _ = crossed(sides(species, 0.0, open_ground, n // 20, 365))
        beyond = far_side(species, 0.0, open_ground, n).mean()
        for name, days in MEMORIES.items():
            often, ever = crossed(sides(species, days, one_road(p), n // 20, 365))
            ends = [far_side(species, days, one_road(p, e), n).mean() for e in (0, 20, 5)]
            rows.append(
                [
                    f"{species.name}, p = {p:g}" if days == 0 else "",
                    name,
                    f"{often / free:.2f}",
                    f"{ever:.0%}".replace("%", " %"),
                    *[f"{end / beyond:.2f}" for end in ends],
                ]
            )
    head = (
        "species, primary road",
        "memory",
        "crossings of residents, of those without a road",
        "residents that crossed within a year",
        "dispersers that end beyond, of those without a road",
        "with a structure every 20 km",
        "every 5 km",
    )
    return table(head, rows, "---:")


# -- the built-in landscape ------------------------------------------------------------------------


def reaches(
    here: Any, blocks: NDArray[np.int16], params: Params, n: int, species: Species
) -> NDArray[np.bool_]:
    """Return which of ``n`` dispersers of each sex, born in a block, come into another one."""
    fields = here.fields._replace(zone=blocks)
    rng = np.random.default_rng(4)
    cells = np.flatnonzero(blocks.ravel() > 0)
    # the same births whatever was built
    born = rng.choice(cells, 2 * n)
    row, col = np.divmod(born, blocks.shape[1])
    found = []
    for sex in (0, 1):
        mine = slice(sex * n, (sex + 1) * n)
        animals = starting(col[mine] + 0.5, row[mine] + 0.5, sexed(DISPERSER, sex), seed=sex)
        animals.natal_zone[:] = animals.last_zone[:] = blocks.ravel()[born[mine]]
        who = (species.movement.female, species.movement.male)[sex]
        steps = int(who.disperser.duration_d.value) * params.steps_per_day
        clock: Clock = make_clock(steps, seed=10 + sex, stream=here.stream)
        tallies = make_tallies(fields, n_stages=3)
        advance(animals, fields, params, clock, tallies, 64)
        found.append(animals.first_zone > 0)
    return np.concatenate(found)


def change(after: NDArray[np.bool_], before: NDArray[np.bool_]) -> str:
    """Return the change of a share in per cent of it, with its standard error, paired."""
    base = before.mean()
    effect = after.astype(float) - before
    # of the ratio of two means, linearised
    ratio = effect.mean() / base
    error = (effect - ratio * before).std() / base / np.sqrt(before.size)
    return f"{100 * ratio:+.1f} ± {100 * error:.1f} %"


def landscape_table(n: int, cell_m: float) -> list[str]:
    land = andes_amazon(cell_m)
    road = np.where(land["road"] > 0, np.uint8(BRIDGED), land["road"])
    bridged = edited(land, "every road bridged", {"road": road})
    blocks, _ = label(land["protected"] > 0, np.ones((3, 3)))
    blocks = np.ascontiguousarray(blocks.astype(np.int16))
    rows = []
    for key in KEYS:
        species = load_species(key)
        here, over = on_landscape(species, land), on_landscape(species, bridged)
        # only what is barred, not hazards
        over = with_field(over, hazard_per_day=here.fields.hazard_per_day)
        over = with_field(over, hazard_step=here.fields.hazard_step)
        fourth = with_field(here, permeability=here.fields.permeability ** np.float32(4))
        for name, days in MEMORIES.items():
            params = recalling(here.params, species, days)
            today, no_roads, hard = (
                reaches(one, blocks, params, n, species) for one in (here, over, fourth)
            )
            rows.append(
                [
                    species.name if days == 0 else "",
                    name,
                    f"{100 * today.mean():.1f} %",
                    change(no_roads, today),
                    change(hard, today),
                ]
            )
    head = (
        "species",
        "memory",
        "come into another block",
        "every road bridged",
        "permeability to the fourth power",
    )
    return table(head, rows, "---:")


def with_field(here: Any, **fields: Any) -> Any:
    for values in fields.values():
        values.setflags(write=False)
    return dataclasses.replace(here, fields=here.fields._replace(**fields))


def main() -> None:
    args = common.options(__doc__ or "", "movement-models.md")
    n, cell_m = (2_000, 5000.0) if args.quick else (30_000, 2000.0)
    common.show("\n".join(road_table(n)), "movement-models.md", "one road", write=args.write)
    found = "\n".join(landscape_table(n, cell_m))
    common.show(found, "movement-models.md", "built-in landscape", write=args.write)


if __name__ == "__main__":
    main()
