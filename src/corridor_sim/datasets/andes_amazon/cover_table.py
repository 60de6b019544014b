"""The data behind the land cover: what MODIS classes mean here, dry regions, the divide, mines.

Everything in this file is a table to be read, questioned and changed; the method is in
:mod:`corridor_sim.datasets.andes_amazon.cover`, the reasons are in ``docs/landscape.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["amazon", "pacific", "dry"]
ANY: tuple[Side, ...] = ("amazon", "pacific", "dry")
WET: tuple[Side, ...] = ("amazon", "pacific")
DRY: tuple[Side, ...] = ("dry",)
AMAZON: tuple[Side, ...] = ("amazon",)
PACIFIC: tuple[Side, ...] = ("pacific",)

# Upper limits (m) of the natural forests: southern Cordillera Oriental of Ecuador (Ministerio del
# Ambiente 2013, Sistema de clasificación de los ecosistemas del Ecuador continental).
FOREST_TOP_M: tuple[tuple[str, float], ...] = (
    ("lowland_forest", 400.0),
    ("premontane_forest", 1650.0),
    ("lower_montane_forest", 2200.0),
    ("cloud_forest", 3000.0),
    ("upper_montane_forest", 9000.0),
)
TREELINE_M = 3400.0
ICE_FROM_M = 4700.0

# IGBP classes that are compared with MODIS together
AGGREGATES: dict[str, tuple[int, ...]] = {
    "water": (0,),
    "forest": (1, 2, 3, 4, 5),
    "woody savanna": (8,),
    "savanna": (9,),
    "grass and shrub": (6, 7, 10),
    "wetland": (11,),
    "crop": (12, 14),
    "urban": (13,),
    "ice": (15,),
    "barren": (16,),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one group of IGBP classes holds on one side of the mountains in one elevation band.

    ``shares`` go from the wildest and most remote ground to the most used: the remotest cells of
    the stratum get the first cover, and so on; wetland takes the wettest cells. ``forest`` stands
    for the natural forest of the cell's elevation. Shares sum to one.
    """

    classes: tuple[int, ...]
    sides: tuple[Side, ...]
    from_m: float
    to_m: float
    shares: tuple[tuple[str, float], ...]


LOW, HIGH = -1000.0, 9000.0
RULES: tuple[Rule, ...] = (
    Rule((0,), ANY, LOW, HIGH, (("water", 1.0),)),
    # closed forest; single summits above the treeline inside a forest cell are páramo, the flattest
    # river ground of the Amazon lowland is swamp, the tidal fringe of the Gulf mangrove
    Rule((1, 2, 3, 5), AMAZON, LOW, 400.0, (("forest", 0.97), ("wetland", 0.03))),
    Rule((1, 2, 3, 5), AMAZON, 400.0, TREELINE_M, (("forest", 1.0),)),
    Rule((1, 2, 3, 5), PACIFIC, LOW, 8.0, (("wetland", 1.0),)),
    Rule((1, 2, 3, 5), PACIFIC, 8.0, TREELINE_M, (("forest", 1.0),)),
    Rule((1, 2, 3, 5), WET, TREELINE_M, HIGH, (("paramo", 1.0),)),
    Rule((1, 2, 3, 5), DRY, LOW, 8.0, (("wetland", 1.0),)),
    Rule((1, 2, 3, 5), DRY, 8.0, HIGH, (("forest", 1.0),)),
    # deciduous forest: the dry forest of Tumbes, Piura and Loja
    Rule((4,), ANY, LOW, HIGH, (("dry_scrub", 1.0),)),
    # woody savanna, trees over 30 to 60 %: broken forest with regrowth
    Rule(
        (8,),
        WET,
        LOW,
        2800.0,
        (("forest", 0.35), ("secondary_forest", 0.40), ("pasture", 0.15), ("crop_mosaic", 0.10)),
    ),
    Rule(
        (8,),
        WET,
        2800.0,
        TREELINE_M,
        (("paramo", 0.25), ("forest", 0.45), ("secondary_forest", 0.15), ("pasture", 0.15)),
    ),
    Rule((8,), WET, TREELINE_M, HIGH, (("paramo", 1.0),)),
    Rule(
        (8,),
        DRY,
        LOW,
        HIGH,
        (("dry_scrub", 0.80), ("secondary_forest", 0.05), ("pasture", 0.05), ("crop_mosaic", 0.10)),
    ),
    # savanna, trees over 10 to 30 %: the farmed mosaic of the sierra and of the Guayas plain
    Rule(
        (9,),
        WET,
        LOW,
        400.0,
        (("secondary_forest", 0.25), ("pasture", 0.30), ("crop_mosaic", 0.45)),
    ),
    Rule(
        (9,),
        WET,
        400.0,
        2800.0,
        (("forest", 0.12), ("secondary_forest", 0.23), ("pasture", 0.40), ("crop_mosaic", 0.25)),
    ),
    Rule(
        (9,),
        WET,
        2800.0,
        TREELINE_M,
        (("paramo", 0.25), ("forest", 0.12), ("pasture", 0.35), ("crop_mosaic", 0.28)),
    ),
    Rule((9,), WET, TREELINE_M, HIGH, (("paramo", 0.85), ("pasture", 0.10), ("crop_mosaic", 0.05))),
    Rule((9,), DRY, LOW, HIGH, (("dry_scrub", 0.75), ("pasture", 0.10), ("crop_mosaic", 0.15))),
    # grassland and shrubland: páramo and jalca above, pasture below, desert scrub in the dry west
    Rule(
        (6, 7, 10),
        WET,
        LOW,
        2500.0,
        (("secondary_forest", 0.10), ("pasture", 0.70), ("crop_mosaic", 0.20)),
    ),
    Rule(
        (6, 7, 10),
        WET,
        2500.0,
        3000.0,
        (("paramo", 0.15), ("pasture", 0.45), ("crop_mosaic", 0.40)),
    ),
    Rule(
        (6, 7, 10),
        WET,
        3000.0,
        TREELINE_M,
        (("paramo", 0.60), ("pasture", 0.20), ("crop_mosaic", 0.20)),
    ),
    Rule(
        (6, 7, 10), WET, TREELINE_M, HIGH, (("paramo", 0.93), ("wetland", 0.02), ("pasture", 0.05))
    ),
    Rule(
        (6, 7, 10), DRY, LOW, HIGH, (("dry_scrub", 0.80), ("pasture", 0.10), ("crop_mosaic", 0.10))
    ),
    Rule((11,), ANY, LOW, HIGH, (("wetland", 1.0),)),
    Rule((12,), ANY, LOW, HIGH, (("crop_mosaic", 1.0),)),
    Rule((14,), ANY, LOW, HIGH, (("secondary_forest", 0.30), ("crop_mosaic", 0.70))),
    Rule((13,), ANY, LOW, HIGH, (("settlement", 1.0),)),
    Rule((15,), ANY, LOW, HIGH, (("rock_ice", 1.0),)),
    # bare ground: the Sechura desert and beaches below, moraine and lava above
    Rule((16,), ANY, LOW, 3500.0, (("dry_scrub", 1.0),)),
    Rule((16,), ANY, 3500.0, HIGH, (("rock_ice", 1.0),)),
)

# The continental divide between the Pacific and the Amazon from north to south, coarse (longitude,
# latitude): Chimborazo, west of Riobamba, Nudo del Azuay, Cajas, between Nabón and the
# Zamora headwaters, Loja, Podocarpus, Yacuri, west of the Huancabamba valley, Porculla, Chota.
DIVIDE = (
    (-78.85, -1.40),
    (-78.88, -1.80),
    (-78.70, -2.00),
    (-78.72, -2.30),
    (-78.85, -2.45),
    (-79.20, -2.75),
    (-79.20, -3.00),
    (-79.00, -3.10),
    (-79.00, -3.50),
    (-79.22, -3.75),
    (-79.28, -4.00),
    (-79.15, -4.20),
    (-79.15, -4.45),
    (-79.45, -4.70),
    (-79.55, -5.10),
    (-79.62, -5.50),
    (-79.50, -5.85),
    (-79.30, -6.10),
    (-79.20, -6.35),
    (-78.95, -6.60),
    (-78.75, -6.80),
    (-78.55, -7.10),
)


@dataclass(frozen=True, slots=True)
class DryRegion:
    """Ground in a rain shadow: inside the polygon (longitude, latitude) and below ``top_m``."""

    name: str
    top_m: float
    corners: tuple[tuple[float, float], ...]


# Dry inter-Andean valleys and the dry forest of the north-western Peruvian coast; general
# geographical knowledge, put down by hand.
DRY_REGIONS: tuple[DryRegion, ...] = (
    DryRegion(
        "Tumbes, Piura and Lambayeque",
        1300.0,
        (
            (-81.5, -3.4),
            (-80.1, -3.55),
            (-79.75, -3.85),
            (-79.55, -4.2),
            (-79.45, -4.6),
            (-79.5, -5.1),
            (-79.55, -5.6),
            (-79.4, -6.0),
            (-79.15, -6.4),
            (-78.6, -7.5),
            (-81.5, -7.5),
        ),
    ),
    DryRegion(
        "Catamayo, Macará and Calvas",
        1750.0,
        (
            (-80.3, -3.95),
            (-79.75, -3.95),
            (-79.35, -3.85),
            (-79.3, -4.05),
            (-79.4, -4.5),
            (-79.8, -4.65),
            (-80.3, -4.6),
        ),
    ),
    DryRegion(
        "Vilcabamba and Malacatos",
        1800.0,
        ((-79.4, -4.1), (-79.2, -4.1), (-79.12, -4.25), (-79.15, -4.4), (-79.4, -4.4)),
    ),
    DryRegion(
        "Jubones and Yunguilla",
        2000.0,
        ((-79.65, -3.15), (-79.1, -3.1), (-79.0, -3.45), (-79.15, -3.6), (-79.65, -3.45)),
    ),
    DryRegion("Chanchán", 2300.0, ((-79.0, -2.15), (-78.8, -2.1), (-78.8, -2.4), (-79.0, -2.4))),
    DryRegion(
        "Patate and Chambo",
        2700.0,
        ((-78.75, -1.4), (-78.45, -1.4), (-78.5, -1.85), (-78.75, -1.85)),
    ),
    DryRegion("Paute", 2350.0, ((-78.95, -2.72), (-78.7, -2.72), (-78.7, -2.95), (-78.95, -2.95))),
    DryRegion(
        "Huancabamba and Chamaya",
        1800.0,
        (
            (-79.55, -5.15),
            (-79.35, -5.15),
            (-79.2, -5.8),
            (-78.8, -5.65),
            (-78.8, -5.95),
            (-79.2, -6.2),
            (-79.6, -5.95),
        ),
    ),
    DryRegion(
        "Marañón, Chinchipe and Utcubamba",
        950.0,
        (
            (-79.0, -5.15),
            (-78.7, -5.2),
            (-78.35, -5.45),
            (-78.2, -5.8),
            (-78.35, -5.95),
            (-78.6, -6.1),
            (-79.0, -5.95),
        ),
    ),
    DryRegion(
        "Upper Marañón canyon",
        2100.0,
        (
            (-78.75, -5.95),
            (-78.35, -5.95),
            (-78.0, -6.4),
            (-77.75, -7.3),
            (-78.35, -7.3),
            (-78.75, -6.5),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Mine:
    """An open-pit mine: pit, dumps and ponds together, km²."""

    name: str
    lon_deg: float
    lat_deg: float
    area_km2: float


# Open pits in the region, with positions to a kilometre and disturbed ground of about 2020 to a
# third; underground mines (Fruta del Norte) leave no cell.
MINES: tuple[Mine, ...] = (
    Mine("Mirador", -78.44, -3.57, 12.0),
    Mine("Cerro Corona", -78.61, -6.76, 6.0),
    Mine("Yanacocha", -78.51, -6.98, 40.0),
)
