"""What several files of unit tests share, made once."""

from __future__ import annotations

import pytest

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.reader import load_species, species_keys
from corridor_sim.species.traits import Species
from oracles.timelines import farmed_land, wild_land


@pytest.fixture(scope="session")
def catalog() -> dict[str, Species]:
    """Return the species that ship, by key."""
    return {key: load_species(key) for key in species_keys()}


@pytest.fixture(scope="session")
def farmed() -> Landscape:
    return farmed_land()


@pytest.fixture(scope="session")
def wild() -> Landscape:
    return wild_land()
