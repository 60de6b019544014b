"""A small made-up country far from any region that ships, with an animal of its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from corridor_sim import load_species
from corridor_sim.species.reader import dump_species
from oracles.user_files import raster, vector

SIDE, CELL = 20, 1000.0
WEST, NORTH, CRS = 300_000.0, 4_140_000.0, "EPSG:32612"
# words of the region that ships, which no page of another may hold
FOREIGN = re.compile(
    r"p[áa]ramo|\bandes|andean|amazon|ecuador|\bperu|jaguar|condor|tapir|\bbears?\b|sangay"
    r"|podocarpus|five-year plan",
    re.IGNORECASE,
)
# raster code -> key of a land cover, as the table of codes says it
COVERS = {1: "premontane_forest", 2: "pasture", 3: "water", 4: "settlement"}
# enough of them for a small map
DENSITIES = {"population.density_per_100km2": 50, "life_cycle.capacity_per_100km2": 60}
REGION = """
[landscape.region]
name = "mesa"
place = "the mesa country"
sea_level_temperature_c = 24.0
lapse_c_per_km = 6.0
access_scale_m = 4000
protected_hunting_factor = 0.5
season_start_day = 120
zones = [{ cover = "pasture", from_m = 0 }, { cover = "premontane_forest", from_m = 900 }]
timberline_climb_m_per_year = 1.0
[landscape.region.warming]
reference_year = 2010
years = [2050]
pathways = { "RCP4.5" = { low = [0.5], central = [1.0], high = [1.5] } }
"""


def write_species(folder: Path) -> str:
    """Write a species of the user's own, with sources of her own; return its file."""
    ranges = {f"movement.{sex}.resident.home_range_km2": 6 for sex in ("female", "male")}
    animal = load_species("jaguar", {"habitat.suitable_from": 0.2, **DENSITIES, **ranges})
    text = dump_species(animal)
    text = re.sub(r'source = "[^"]*"', 'source = "made up"', text)
    text = re.sub(r"absent_lonlat = \[.*?^\]\n", "", text, flags=re.DOTALL | re.MULTILINE)
    for key, value in (
        ("key", "mesa_cat"),
        ("name", "Mesa cat"),
        ("scientific_name", "Felis mesae"),
        ("summary", "A cat of the mesa."),
    ):
        text = re.sub(rf'^{key} = "[^"]*"', f'{key} = "{value}"', text, count=1, flags=re.MULTILINE)
    (folder / "cat.toml").write_text(text)
    return "cat.toml"


def write_country(folder: Path) -> str:
    """Write its files; return the sections ``[landscape]`` and ``[species]`` of a scenario."""
    import shapely

    ramp = np.linspace(300, 1500, SIDE, dtype=np.float32)
    where = {"cell": CELL, "west": WEST, "north": NORTH, "crs": CRS}
    raster(folder / "dem.tif", np.repeat(ramp[:, None], SIDE, 1), **where)
    codes = np.full((SIDE, SIDE), 1, np.uint8)
    codes[:, 9], codes[2:4, 2:4], codes[15, 15] = 2, 3, 4
    raster(folder / "cover.tif", codes, **where)
    rows = "\n".join(f"{code},{key}" for code, key in COVERS.items())
    (folder / "codes.csv").write_text(f"code,cover\n{rows}\n")
    boxes = [
        shapely.box(WEST + a, NORTH - 18_000, WEST + b, NORTH - 5000)
        for a, b in ((0, 7000), (12_000, 19_000))
    ]
    vector(folder / "parks.gpkg", boxes, CRS, name=["West park", "East park"])
    road = shapely.LineString([(WEST + 9500, NORTH - 100), (WEST + 9500, NORTH - 19_900)])
    vector(folder / "roads.gpkg", [road], CRS)
    return (
        '[landscape]\nname = "Mesa"\nelevation = "dem.tif"\nland_cover = "cover.tif"\n'
        'land_cover_codes = "codes.csv"\nprotected_areas = "parks.gpkg"\n'
        'protected_name_field = "name"\nroads = "roads.gpkg"\n'
        f'{REGION}[species.mesa_cat]\nfile = "{write_species(folder)}"\n'
    )
