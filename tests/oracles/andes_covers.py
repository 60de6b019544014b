"""The classes of the built-in landscape by key, for tests that stand on them."""

from __future__ import annotations

from corridor_sim.landscape.covers import Cover, cover_table

TABLE = cover_table("andes-amazon")
COVERS: dict[str, Cover] = TABLE.by_key
FOREST_CODES = TABLE.codes("forest")
NATURAL_CODES = TABLE.codes("natural")
