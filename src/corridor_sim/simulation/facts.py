"""What is told of a scenario's landscape, and the forms in which it is kept beside the runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from corridor_sim.landscape.blocks import Blocks
from corridor_sim.landscape.covers import KEY_PATTERN
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.traits import Species
from corridor_sim.toml.strict import Strict

Area = Annotated[float, Field(ge=0, le=1e12)]
CoverKey = Annotated[str, Field(pattern=KEY_PATTERN)]
Number = Annotated[float, Field(ge=0, le=1e15)]
Temperature = Annotated[float, Field(ge=-273.15, le=1000)]
Year = Annotated[int, Field(ge=-100_000, le=100_000)]


class LandscapeFacts(Strict):
    """What is told of a landscape, whoever lives on it."""

    cover_km2: dict[CoverKey, Area]
    protected_km2: Area
    mean_temperature_c: Temperature | None
    edits: list[str]

    @property
    def last(self) -> LandscapeFacts:
        """The landscape at the end of the run."""
        return self


class BlockFacts(Strict):
    """Between what and whom animals are exchanged; an edit may add a core area to a scenario."""

    generation_y: dict[str, Number] = Field(default_factory=dict)
    block_names: list[Annotated[str, Field(max_length=1000)]] = Field(default_factory=list)
    block_of_zone: list[Annotated[int, Field(ge=0, le=2**15)]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_blocks(self) -> BlockFacts:
        if max(self.block_of_zone, default=0) > max(len(self.block_names) - 1, 0):
            raise ValueError("block_of_zone tells of blocks that block_names does not know")
        return self

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return max(len(self.block_names) - 1, 0)


class DaysFacts(LandscapeFacts, BlockFacts):
    """``scenarios/NNN.json`` of a scenario of days."""

    residents: dict[str, Number]
    dispersers: dict[str, Number]
    suitable_km2: dict[str, Area]
    cohort_y: dict[str, Number] = Field(default_factory=dict)
    scenario: str


class DecadesFacts(BlockFacts):
    """``scenarios/NNN.json`` of a scenario of decades, at its start and its end."""

    start_year: Year
    start: LandscapeFacts
    end: LandscapeFacts
    updates: list[Year]
    warming_c: Annotated[list[float], Field(min_length=2, max_length=2)]
    scenario: str

    @property
    def last(self) -> LandscapeFacts:
        """The landscape at the end of the run."""
        return self.end


def block_facts(blocks: Blocks, species: Iterable[Species]) -> dict[str, Any]:
    """Return what is told of the blocks of a landscape, and of the generations of species."""
    return {
        "generation_y": {
            one.key: generation_y(vital_rates(one.life_cycle))
            for one in species
            if one.life_cycle is not None
        },
        "block_names": list(blocks.names),
        "block_of_zone": blocks.of_zone.tolist(),
    }


def ground_facts(land: Landscape) -> dict[str, Any]:
    """Return what is told of a landscape, whoever lives on it."""
    km2 = land.grid.cell_km2
    keys = {code: row.key for code, row in land.covers.by_code.items()}
    codes, counts = np.unique(land["land_cover"], return_counts=True)
    return {
        "cover_km2": {
            keys[int(c)]: float(n) * km2 for c, n in zip(codes, counts, strict=True) if c
        },
        "protected_km2": float((land["protection"] > 0).sum()) * km2,
        "mean_temperature_c": None if land.lacks("temperature_c") else land.mean("temperature_c"),
        "edits": list(land.edits),
    }
