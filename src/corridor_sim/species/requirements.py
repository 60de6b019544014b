"""What the traits of a species ask of a landscape, and whether it gives that.

Every trait that rests on a number of the region is a row here: a function that returns what is
missing, or nothing. Whoever brings species and a landscape together asks :func:`check_needs` before
any work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from corridor_sim.errors import SpeciesError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.own_habitat import needs_traits
from corridor_sim.species.traits import Species

REGION = "[landscape.region]"


class Unmet(NamedTuple):
    """What a trait asks for in vain.

    Attributes
    ----------
    trait : str
        The trait as its file writes it, with its value.
    keys : tuple of str
        What the landscape does not give.
    remedy : str
        What to give, or what to set instead, in words.
    """

    trait: str
    keys: tuple[str, ...]
    remedy: str


Need = Callable[[Species, Landscape], Unmet | None]


def _missing(land: Landscape, *keys: str) -> tuple[str, ...]:
    return tuple(key for key in keys if getattr(land.region, key) is None)


def _give(keys: Iterable[str], instead: str) -> str:
    return f"set {' and '.join(keys)} under {REGION}, or {instead}"


def _seasons(species: Species, land: Landscape) -> Unmet | None:
    """A range that shifts with the season counts in degrees, and begins on a day."""
    shift = species.habitat.seasonal_shift_m.value
    keys = _missing(land, "lapse_c_per_km", "season_start_day")
    if shift == 0 or not keys or not needs_traits(species):
        return None
    trait = "habitat.seasonal_shift_m"
    return Unmet(f"{trait} = {shift:g}", keys, _give(keys, f"set {trait} = 0 to leave it out"))


def _hunting(species: Species, land: Landscape) -> Unmet | None:
    """Hunting that differs by access asks how far people walk."""
    return _unmet_hunting(species, _missing(land, "access_scale_m"))


def _hunting_held_back(species: Species, land: Landscape) -> Unmet | None:
    """Where ground is protected, hunting asks what protection leaves of it."""
    return _unmet_hunting(species, _missing(land, "protected_hunting_factor"))


def _unmet_hunting(species: Species, keys: tuple[str, ...]) -> Unmet | None:
    m = species.mortality
    outside, inside = m.hunting_outside_per_year.value, m.hunting_inside_per_year.value
    if outside == inside or not keys:
        return None
    trait = "mortality.hunting_outside_per_year"
    instead = f"set {trait} = mortality.hunting_inside_per_year ({inside:g}) to leave it out"
    return Unmet(f"{trait} = {outside:g}", keys, _give(keys, instead))


def _soaring(species: Species, land: Landscape) -> Unmet | None:
    """An animal that soars needs the wind over slopes, and cliffs to roost on."""
    keys = _missing(
        land, "wind_speed_ms", "wind_from_deg", "roost_slope_deg", "roost_min_elevation_m"
    )
    if species.soaring is None or not keys:
        return None
    return Unmet("soaring", keys, _give(keys, "leave the section out of the species' file"))


def _temperature(species: Species, land: Landscape) -> Unmet | None:
    """A response to temperature needs one."""
    origin = land.origins.get("temperature_c")
    wants = species.habitat.temperature_c is not None and needs_traits(species)
    if not wants or origin is None or origin.status != "absent":
        return None
    remedy = (
        "give [landscape] temperature, a raster in degrees Celsius, or set sea_level_temperature_c "
        f"and lapse_c_per_km under {REGION}, or leave the response out of the species' file"
    )
    return Unmet("habitat.temperature_c", ("the temperature",), remedy)


def _heights(species: Species, land: Landscape) -> Unmet | None:
    """A response to height or slope, and flight over slopes, need heights."""
    h = species.habitat
    by_traits = needs_traits(species)
    traits = (
        ("habitat.elevation_m", by_traits and h.elevation_m is not None),
        ("habitat.slope_effect_per_deg", by_traits and h.slope_effect_per_deg.value != 0),
        ("habitat.seasonal_shift_m", by_traits and h.seasonal_shift_m.value != 0),
        ("soaring", species.soaring is not None),
    )
    wanting = [name for name, wants in traits if wants]
    if not wanting or not land.lacks("elevation_m"):
        return None
    remedy = (
        "give [landscape] elevation, a raster of heights in metres, or leave it out of the "
        "species' file"
    )
    return Unmet(" and ".join(wanting), ("heights",), remedy)


def _land_cover(species: Species, land: Landscape) -> Unmet | None:
    """What the ground resists hangs on its cover, unless maps of its own say what it sees."""
    if not land.lacks("land_cover") or not needs_traits(species):
        return None
    remedy = (
        "give [landscape] land_cover, a raster of classes, with cover_classes or land_cover_codes, "
        "or the species a map of its own (suitability, resistance or selection)"
    )
    return Unmet("habitat.resistance", ("a land cover",), remedy)


NEEDS: tuple[Need, ...] = (_heights, _land_cover, _seasons, _hunting, _soaring, _temperature)
"""One row for each group of traits; the first that is not met is told."""

ON_PROTECTED_GROUND: tuple[Need, ...] = (_hunting_held_back,)
"""Rows that ask only where something is protected."""


def check_needs(species: Species, land: Landscape, *, protects: bool = False) -> None:
    """Refuse a species of which a trait needs what the landscape does not give.

    Parameters
    ----------
    protects : bool
        Whether edits to come protect ground where nothing is protected yet.

    Raises
    ------
    SpeciesError
        In one line: species, trait, the keys to set and what else can be done.
    """
    for unmet in unmet_needs(species, land, protects=protects):
        raise SpeciesError(
            f"{unmet.trait} needs {' and '.join(unmet.keys)}, which {land.name} does not give",
            where=species.key,
            remedy=unmet.remedy,
        )


def unmet_needs(species: Species, land: Landscape, *, protects: bool = False) -> Iterator[Unmet]:
    """Yield what :func:`check_needs` refuses, all of it."""
    protected = protects or bool((land["protection"] > 0).any())
    for need in NEEDS + ON_PROTECTED_GROUND * protected:
        unmet = need(species, land)
        if unmet is not None:
            yield unmet
