"""Courses of the main rivers, as a few points each, and the water that enters the region.

The points are public geographic facts (towns, gorges and mouths along each river), written down
by hand to about 5 km; between them a course is searched along the valley floor of the skeleton.
They are needed where a river leaves its valley through a gorge too narrow for 5' means: the
Maranon through the Pongo de Manseriche, the Mayo, the Huallaga, the Zamora.
"""

from __future__ import annotations

from dataclasses import dataclass

Course = tuple[tuple[float, float], ...]

# Name -> (longitude, latitude) from the source downstream. A tributary stands after the river it
# joins, and its last point lies at the mouth.
RIVERS: dict[str, Course] = {
    "Marañón": (
        (-77.85, -7.60),
        (-78.02, -6.84),
        (-78.35, -6.32),
        (-78.68, -5.80),
        (-78.55, -5.50),
        (-78.36, -5.20),
        (-78.25, -4.72),
        (-77.87, -4.59),
        (-77.60, -4.46),
        (-77.53, -4.47),
        (-77.25, -4.62),
        (-76.83, -4.82),
        (-76.40, -4.92),
        (-75.90, -5.02),
        (-75.40, -4.85),
    ),
    "Huallaga": (
        (-76.78, -7.60),
        (-76.62, -7.08),
        (-76.33, -6.92),
        (-76.26, -6.60),
        (-76.12, -6.56),
        (-76.01, -6.32),
        (-76.10, -5.90),
        (-75.85, -5.55),
        (-75.50, -5.15),
        (-75.30, -5.10),
    ),
    "Santiago": (
        (-78.22, -2.97),
        (-77.95, -3.10),
        (-77.75, -3.55),
        (-77.76, -4.03),
        (-77.65, -4.42),
    ),
    "Zamora": (
        (-79.20, -4.00),
        (-79.18, -3.87),
        (-78.97, -4.05),
        (-78.76, -3.83),
        (-78.57, -3.45),
        (-78.45, -3.15),
        (-78.22, -2.97),
    ),
    "Paute": (
        (-79.03, -2.90),
        (-78.77, -2.78),
        (-78.62, -2.58),
        (-78.40, -2.62),
        (-78.25, -2.80),
        (-78.22, -2.97),
    ),
    "Upano": ((-78.27, -2.02), (-78.10, -2.30), (-78.17, -2.60), (-78.24, -2.82)),
    "Pastaza": (
        (-78.45, -1.38),
        (-78.05, -1.47),
        (-77.83, -1.72),
        (-77.55, -2.10),
        (-77.10, -2.38),
        (-76.63, -2.60),
        (-76.40, -2.98),
        (-76.27, -3.50),
        (-76.43, -4.00),
        (-76.60, -4.42),
        (-76.40, -4.92),
    ),
    "Chambo": ((-78.70, -1.98), (-78.61, -1.68), (-78.45, -1.38)),
    "Bobonaza": ((-77.88, -1.55), (-77.30, -1.85), (-76.95, -2.10), (-76.63, -2.60)),
    "Morona": (
        (-77.72, -2.60),
        (-77.55, -3.00),
        (-77.38, -3.45),
        (-77.25, -4.00),
        (-77.08, -4.40),
        (-77.05, -4.74),
    ),
    "Cenepa": ((-78.38, -3.75), (-78.22, -4.25), (-78.22, -4.60)),
    "Nieva": ((-77.75, -5.45), (-77.95, -5.00), (-77.87, -4.59)),
    "Chinchipe": ((-79.13, -4.80), (-79.03, -5.05), (-78.80, -5.35), (-78.58, -5.52)),
    "Utcubamba": (
        (-77.80, -6.70),
        (-77.90, -6.20),
        (-77.98, -5.95),
        (-78.44, -5.77),
        (-78.55, -5.58),
    ),
    "Chamaya": (
        (-79.45, -5.22),
        (-79.38, -5.65),
        (-79.25, -5.97),
        (-78.95, -5.98),
        (-78.70, -5.77),
    ),
    "Imaza": ((-77.85, -5.85), (-78.05, -5.45), (-78.37, -5.15)),
    "Mayo": ((-77.38, -5.75), (-76.97, -6.03), (-76.72, -6.30), (-76.52, -6.47), (-76.28, -6.60)),
    "Chira": (
        (-79.25, -4.15),
        (-79.38, -4.02),
        (-79.62, -4.17),
        (-80.12, -4.30),
        (-80.45, -4.62),
        (-80.75, -4.90),
    ),
    "Tumbes": ((-79.62, -3.68), (-79.95, -3.85), (-80.25, -3.90), (-80.45, -3.62), (-80.47, -3.48)),
    "Jubones": ((-79.18, -3.45), (-79.35, -3.33), (-79.80, -3.32), (-79.93, -3.20)),
    "Guayas": (
        (-79.99, -1.10),
        (-79.98, -1.55),
        (-79.99, -1.87),
        (-79.87, -2.17),
        (-79.83, -2.60),
        (-79.90, -2.95),
    ),
    "Babahoyo": (
        (-79.45, -1.10),
        (-79.47, -1.50),
        (-79.53, -1.80),
        (-79.72, -2.02),
        (-79.87, -2.17),
    ),
    "Piura": (
        (-79.55, -5.55),
        (-79.90, -5.30),
        (-80.16, -5.10),
        (-80.34, -4.93),
        (-80.63, -5.20),
        (-80.80, -5.45),
    ),
}


@dataclass(frozen=True, slots=True)
class Inflow:
    """Water that enters over the region's edge: where, from what area, how much on average.

    The area counts for the shaping of the relief, where the Huallaga does not leave in between.
    """

    river: str
    lon_deg: float
    lat_deg: float
    area_km2: float
    discharge_m3_s: float


INFLOWS: tuple[Inflow, ...] = (
    Inflow("Marañón", -78.00, -7.00, 45_000.0, 600.0),
    Inflow("Huallaga", -76.42, -7.00, 53_000.0, 1_700.0),
    Inflow("Huallaga", -75.99, -6.02, 0.0, 2_800.0),
    Inflow("Pastaza", -78.07, -1.50, 9_000.0, 200.0),
    Inflow("Guayas", -79.98, -1.50, 8_000.0, 250.0),
    Inflow("Babahoyo", -79.47, -1.50, 5_000.0, 170.0),
)

# Mean annual runoff in mm at (longitude, latitude): orders of magnitude from the water balances
# of the basins (mean discharge over area), rounded: wet eastern foothills and lowlands 1.5 to 2 m,
# inter-Andean valleys a few decimetres, the northern Pacific plain about 1 m, the dry coast of the
# border a few centimetres.
RUNOFF_MM: tuple[tuple[float, float, float], ...] = (
    (-77.6, -1.8, 2000.0),
    (-76.4, -2.0, 1900.0),
    (-77.9, -3.0, 2400.0),
    (-77.0, -3.6, 1700.0),
    (-76.4, -4.6, 1600.0),
    (-77.8, -4.6, 2300.0),
    (-76.9, -5.6, 1300.0),
    (-76.2, -6.4, 900.0),
    (-77.2, -6.2, 900.0),
    (-78.6, -2.2, 900.0),
    (-79.0, -2.9, 550.0),
    (-78.6, -3.4, 1800.0),
    (-79.2, -4.0, 800.0),
    (-78.9, -4.6, 1300.0),
    (-78.7, -5.6, 350.0),
    (-78.2, -6.6, 350.0),
    (-78.8, -6.4, 350.0),
    (-77.9, -6.1, 700.0),
    (-79.4, -5.4, 350.0),
    (-79.9, -1.8, 800.0),
    (-79.3, -1.9, 1200.0),
    (-79.6, -2.7, 700.0),
    (-79.5, -3.3, 400.0),
    (-79.8, -3.8, 550.0),
    (-80.3, -4.0, 150.0),
    (-79.7, -4.3, 250.0),
    (-80.2, -4.8, 60.0),
    (-79.9, -5.8, 40.0),
    (-79.5, -6.6, 120.0),
    (-80.3, -6.4, 10.0),
)
