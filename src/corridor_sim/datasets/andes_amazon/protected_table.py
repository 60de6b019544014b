"""The protected areas of the built-in landscape by name, and the border between the countries.

Areas and elevations are published figures (Ministerio del Ambiente del Ecuador and SERNANP, as
quoted by park pages and encyclopaedias); axes are general geographical knowledge, put down by hand
to a few kilometres: the mountain range, volcano, pass or river headwaters that an area is known
to cover, checked for the Peruvian areas against the one point and the description that their
Wikipedia pages give. No boundary was copied. Replace the layer with a vector file of your own where
boundaries matter.

Order matters: where two areas want the same ground, the one that stands earlier has it. National
parks and the other strict categories come first, then regional, communal and private areas, then
reserved zones and protective forests.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A protected area to be grown over the terrain.

    Attributes
    ----------
    name, country : str
        Name, and ISO 3166 alpha-3 code.
    area_ha : float
        Stated area, all of it.
    low_m, high_m : float
        Stated elevation limits.
    axes : tuple of tuple of (longitude, latitude)
        One line, or several, from which the area grows; a single point is a line.
    share_inside : float
        Share of the area that lies within the region.
    """

    name: str
    country: str
    area_ha: float
    low_m: float
    high_m: float
    axes: tuple[tuple[Point, ...], ...]
    share_inside: float = 1.0


AREAS: tuple[Area, ...] = (
    # Ecuador, strict
    Area(
        "Sangay",
        "ECU",
        517_765,
        900,
        5300,
        (((-78.42, -1.55), (-78.38, -1.75), (-78.32, -2.00), (-78.45, -2.25), (-78.60, -2.48)),),
        0.97,
    ),
    Area(
        "Podocarpus",
        "ECU",
        146_280,
        900,
        3800,
        (((-79.07, -4.03), (-79.07, -4.20), (-79.05, -4.42)), ((-79.07, -4.20), (-78.92, -4.25))),
    ),
    Area(
        "Yacuri", "ECU", 43_090, 1600, 3950, (((-79.36, -4.58), (-79.37, -4.70), (-79.32, -4.78)),)
    ),
    Area("Cajas", "ECU", 28_544, 3050, 4500, (((-79.22, -2.85),),)),
    Area("Río Negro–Sopladora", "ECU", 33_742, 800, 3950, (((-78.56, -2.67), (-78.52, -2.80)),)),
    Area("Cerro Plateado", "ECU", 26_114, 840, 3150, (((-78.80, -4.56), (-78.78, -4.66)),)),
    Area("El Quimi", "ECU", 9071, 800, 2250, (((-78.37, -3.52),),)),
    Area("El Cóndor", "ECU", 2440, 200, 2950, (((-78.25, -3.49),),)),
    Area("El Zarza", "ECU", 3643, 1200, 1750, (((-78.50, -3.83),),)),
    Area("Chimborazo", "ECU", 58_560, 3400, 6310, (((-78.83, -1.50),),), 0.20),
    Area("Manglares Churute", "ECU", 49_389, -10, 900, (((-79.72, -2.45),),)),
    Area("Arenillas", "ECU", 13_170, -10, 300, (((-80.14, -3.55),),)),
    Area("Quimsacocha", "ECU", 3217, 3100, 4000, (((-79.22, -3.04),),)),
    Area("Siete Iglesias", "ECU", 16_029, 1140, 3950, (((-78.60, -3.10),),)),
    # Peru, strict
    Area(
        "Ichigkat Muja–Cordillera del Cóndor",
        "PER",
        88_477,
        300,
        3000,
        (((-78.22, -3.58), (-78.10, -3.38), (-78.02, -3.18)),),
    ),
    Area("Tabaconas–Namballe", "PER", 32_125, 1600, 3850, (((-79.27, -5.10), (-79.30, -5.22)),)),
    Area("Cordillera de Colán", "PER", 39_216, 1200, 3650, (((-78.20, -5.53), (-78.12, -5.58)),)),
    Area("Cutervo", "PER", 8214, 2000, 3600, (((-78.76, -6.20),),)),
    Area("Reserva Nacional de Tumbes", "PER", 19_267, 50, 950, (((-80.29, -3.96),),)),
    Area(
        "Cerros de Amotape", "PER", 151_767, 50, 1650, (((-80.42, -3.95), (-80.48, -4.10)),), 0.45
    ),
    Area("Laquipampa", "PER", 8328, 150, 2600, (((-79.46, -6.32),),)),
    Area("Bosques Nublados de Udima", "PER", 12_183, 400, 3100, (((-79.10, -6.83),),)),
    # communal, regional, private
    Area("Tuntanain", "PER", 94_968, 200, 2400, (((-78.08, -3.95), (-78.05, -4.32)),)),
    Area("Chayu Nain", "PER", 23_598, 700, 3560, (((-78.24, -5.46),),)),
    Area(
        "Alto Mayo",
        "PER",
        182_000,
        850,
        4000,
        (((-77.62, -5.45), (-77.70, -5.64), (-77.50, -5.87), (-77.30, -6.10)),),
    ),
    Area(
        "Cordillera Escalera",
        "PER",
        149_870,
        150,
        2350,
        (((-76.60, -6.12), (-76.35, -6.36), (-76.15, -6.52)),),
    ),
    Area("Vista Alegre–Omia", "PER", 48_944, 1360, 3540, (((-77.43, -6.23),),)),
    Area("Los Chilchos", "PER", 46_000, 1400, 4000, (((-77.68, -6.82), (-77.52, -6.72)),)),
    Area("Chicuate–Chinguelas", "PER", 27_107, 2000, 3600, (((-79.38, -5.08),),)),
    Area("Chaparrí", "PER", 34_412, 50, 1400, (((-79.44, -6.53),),)),
    Area("Salitral–Huarmaca", "PER", 28_812, 100, 2000, (((-79.76, -5.48),),)),
    Area("Copallín", "PER", 11_549, 900, 3000, (((-78.33, -5.62),),)),
    Area("Bosque de Protección de Pagaibamba", "PER", 2078, 2000, 3800, (((-79.06, -6.45),),)),
    # weaker protection over large ground
    Area("Río Nieva", "PER", 36_348, 700, 3600, (((-77.85, -5.52),),)),
    Area(
        "Santiago–Comaina",
        "PER",
        398_449,
        180,
        2700,
        (((-77.76, -3.25), (-77.68, -3.60), (-77.64, -3.90), (-77.60, -4.25)),),
    ),
    Area(
        "Kutukú–Shaimi",
        "ECU",
        311_500,
        300,
        2550,
        (((-77.93, -2.25), (-77.97, -2.55), (-78.07, -2.85)),),
    ),
)

# Published groups of these areas: national connectivity corridors and a biosphere reserve. The
# Llanganates–Sangay corridor and Llanganates itself lie north of the region.
GROUPS: dict[str, tuple[str, ...]] = {
    "Sangay–Podocarpus connectivity corridor": (
        "Sangay",
        "Río Negro–Sopladora",
        "Siete Iglesias",
        "Podocarpus",
    ),
    "Palora–Pastaza connectivity corridor": ("Sangay", "Kutukú–Shaimi"),
    "Podocarpus–El Cóndor biosphere reserve": (
        "Podocarpus",
        "Yacuri",
        "Cerro Plateado",
        "El Zarza",
        "El Quimi",
        "El Cóndor",
    ),
    "Cordillera del Cóndor, both countries": (
        "Cerro Plateado",
        "El Zarza",
        "El Quimi",
        "El Cóndor",
        "Ichigkat Muja–Cordillera del Cóndor",
        "Tuntanain",
    ),
    "Yacuri–Tabaconas, both countries": ("Yacuri", "Tabaconas–Namballe", "Chicuate–Chinguelas"),
}

# The border from the Pacific to the eastern edge (longitude, latitude), coarse: Zarumilla,
# Puyango, Chira, Macará, Calvas and Espíndola rivers, the Yacuri crest, Canchis, the Zumba notch,
# the crest of the Cordillera del Cóndor, Coangos, Yaupi, and the straight line to the north-east.
BORDER: tuple[Point, ...] = (
    (-80.90, -3.20),
    (-80.34, -3.39),
    (-80.22, -3.50),
    (-80.18, -3.75),
    (-80.20, -3.92),
    (-80.47, -4.00),
    (-80.49, -4.18),
    (-80.38, -4.30),
    (-80.40, -4.46),
    (-80.24, -4.41),
    (-80.10, -4.30),
    (-79.95, -4.40),
    (-79.80, -4.48),
    (-79.66, -4.44),
    (-79.55, -4.52),
    (-79.50, -4.62),
    (-79.47, -4.80),
    (-79.40, -4.87),
    (-79.28, -4.96),
    (-79.11, -4.99),
    (-79.02, -5.00),
    (-78.95, -4.90),
    (-78.92, -4.75),
    (-78.85, -4.67),
    (-78.70, -4.62),
    (-78.66, -4.45),
    (-78.58, -4.25),
    (-78.58, -4.00),
    (-78.50, -3.88),
    (-78.42, -3.75),
    (-78.38, -3.60),
    (-78.33, -3.45),
    (-78.22, -3.42),
    (-78.18, -3.35),
    (-78.10, -3.20),
    (-77.93, -3.05),
    (-77.84, -2.99),
    (-76.66, -2.58),
    (-76.00, -2.14),
    (-75.40, -1.60),
)
