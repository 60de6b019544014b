"""What a species finds on a landscape, said before anything is simulated."""

from __future__ import annotations

from collections.abc import Iterator

from corridor_sim.errors import CorridorSimError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.seeding import Habitat, find_habitat
from corridor_sim.species.check import DOUBT, FAULT, Said
from corridor_sim.species.fields import on_landscape
from corridor_sim.species.meeting import note_on_covers, refuse_misfit
from corridor_sim.species.requirements import unmet_needs
from corridor_sim.species.traits import Species

# fewer animals are no population
FEW = 10.0


def on_ground(species: Species, land: Landscape) -> Iterator[tuple[str, Said]]:
    """Yield what is wrong or in doubt with a species on a landscape: its kind, and what is said."""
    faults = list(_asked_in_vain(species, land))
    yield from ((FAULT, one) for one in faults)
    if note := note_on_covers(species, land.covers):
        yield DOUBT, ("habitat.resistance", "", note.removeprefix(f"{species.key}: "), "")
    if faults:
        return
    try:
        habitat = find_habitat(on_landscape(species, land), land.grid.cell_m)
    except CorridorSimError as bad:
        yield FAULT, ("habitat", "", f"on {land.name}: {bad.problem}", bad.remedy)
        return
    yield from ((DOUBT, one) for one in _doubts(species, land, habitat))


def _asked_in_vain(species: Species, land: Landscape) -> Iterator[Said]:
    """Yield every trait that needs what the landscape does not give, and the reverse."""
    for unmet in unmet_needs(species, land):
        place, _, value = unmet.trait.partition(" = ")
        needs = f"needs {' and '.join(unmet.keys)}, which {land.name} does not give"
        yield place, value, needs, unmet.remedy
    try:
        refuse_misfit(species, land)
    except CorridorSimError as bad:
        yield "habitat.resistance", "", bad.problem, bad.remedy


def _doubts(species: Species, land: Landscape, habitat: Habitat) -> Iterator[Said]:
    density = species.population.density_per_100km2.value
    animals = density * habitat.suitable_km2 / 100.0
    if animals < FEW:
        yield (
            "population.density_per_100km2",
            f"{density:g}",
            f"makes {animals:.2g} animals on the {habitat.suitable_km2:.4g} km² of habitat of "
            f"{land.name}",
            "check density, habitat.resistance and habitat.suitable_from",
        )
    for sex in ("female", "male"):
        area = getattr(species.movement, sex).resident.home_range_km2.value
        if area < land.grid.cell_km2:
            yield (
                f"movement.{sex}.resident.home_range_km2",
                f"{area:g}",
                f"is less than a cell of {land.name}, {land.grid.cell_km2:g} km²",
                "use a smaller landscape.cell_m",
            )
