"""Whether a species' file says what a landscape asks of it: checked when the two meet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from corridor_sim.errors import SpeciesError, nearest
from corridor_sim.landscape.covers import Cover, CoverTable
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.own_habitat import needs_traits
from corridor_sim.species.traits import Species

# what people and nature make of ground in the course of a scenario
MADE = ("pasture", "settlement", "mine", "water", "regrowth")


def refuse_misfit(species: Species, land: Landscape, *, changes: bool = False) -> None:
    """Refuse a species that a landscape asks for more than its file says, or the reverse.

    Every land cover on the map needs a resistance; where scenarios change the land, those too that
    people and nature make of it (:data:`MADE`). Poison and lift need a table of land cover that
    tells of them.

    Raises
    ------
    SpeciesError
        In one line: the species, the land cover, its share of the map, and what to do.
    """
    table = land.covers
    resistance = species.habitat.resistance
    asked_for = resistance.values if resistance is not None else {}
    missing = [row for row in table.rows if needs_traits(species) and row.key not in asked_for]
    if missing:
        cells = np.array([int((land["land_cover"] == row.code).sum()) for row in missing])
        order = np.argsort(-cells, kind="stable")
        share = {missing[i].key: cells[i] / land.n_ground for i in order}
        asked = [missing[i] for i in order if cells[i] or (changes and _is_made(missing[i]))]
        if asked:
            raise _no_resistance(species, asked, share[asked[0].key], table)
    poison = species.mortality.poison_per_year.value
    if poison > 0 and all(row.poison is None for row in table.rows):
        raise SpeciesError(
            f"{species.key} has poison_per_year = {poison:g}, and the land cover {table.name} does "
            "not say where baits are laid",
            where=f"species.{species.key}",
            remedy="give its table a column poison (yes or no), or set mortality.poison_per_year "
            "to 0",
        )
    if species.soaring is not None and all(row.lift_thermal_ms is None for row in table.rows):
        raise SpeciesError(
            f"{species.key} soars on rising air, and the land cover {table.name} does not say how "
            "fast it rises",
            where=f"species.{species.key}",
            remedy="give its table a column lift_thermal_ms (m/s at the warmest hour)",
        )


def _is_made(row: Cover) -> bool:
    return any(getattr(row, flag) for flag in MADE)


def _no_resistance(
    species: Species, asked: list[Cover], share: float, table: CoverTable
) -> SpeciesError:
    first = asked[0].key
    of_map = f"{100 * share:.2g} % of the map" if share else "which edits can make"
    more = f", nor for {len(asked) - 1} more" if len(asked) > 1 else ""
    others = [key for key in _keys_of(species) if key not in table.by_key]
    said = nearest(first, others) if others else ""
    near = f"; {said}" if said.startswith("did you mean") else ""
    return SpeciesError(
        f"{species.key} gives no resistance for {first!r} of the land cover {table.name} "
        f"({of_map}){more}",
        where=f"species.{species.key}",
        remedy=f"add {first} to [habitat.resistance.values], 1 (free) to 100 (barrier){near}",
    )


def _keys_of(species: Species) -> Iterable[str]:
    residence = species.habitat.residence
    yield from species.habitat.resistance.values if species.habitat.resistance else ()
    yield from residence.crossed_only if residence else ()


def note_on_covers(species: Species, table: CoverTable) -> str:
    """Return a note on land covers that a species names and a table lacks; empty where none."""
    others = list(dict.fromkeys(key for key in _keys_of(species) if key not in table.by_key))
    if not others:
        return ""
    named = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
    are = "is no class" if len(others) == 1 else "are no classes"
    near = nearest(others[0], table.by_key)
    return f"{species.key}: {named} {are} of the land cover {table.name}; {near}"
