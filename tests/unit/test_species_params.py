"""The kernel's numbers of a species, made again for every landscape."""

from __future__ import annotations

import numpy as np

from corridor_sim import load_species
from corridor_sim.species.fields import params_for


def test_landscapes_do_not_share_the_numbers_of_a_species() -> None:
    """Tables are made once for each species, and handed out as copies."""
    species = load_species("jaguar")
    first = params_for(species, 1000.0)
    kept = [values.copy() for values in (first.length, first.turn_cos, first.turn_sin)]
    for values in (first.length, first.turn_cos, first.turn_sin):
        values[:] = 0
    again = params_for(species, 1000.0)
    for old, new in zip(kept, (again.length, again.turn_cos, again.turn_sin), strict=True):
        assert np.array_equal(old, new)
        assert new.any()
