"""Towns of the built-in landscape, and the ground they cover.

Positions and populations were put down by hand from general geographical knowledge, to about two
kilometres and one significant figure; they follow the order of size of the censuses of Ecuador
(INEC, 2010 and 2022) and Peru (INEI, 2017), but are no copy of a gazetteer. Replace them with a
land-cover raster of your own, in which settlement has a code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.fields import smooth_noise
from corridor_sim.datasets.andes_amazon.region import project
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.landscape import Town
from corridor_sim.landscape.routing import cost_from

# Inhabitants per square kilometre of built-up ground. The towns inside the region hold about
# 6.7 million people, MODIS maps about 1,000 km² as urban: this figure reconciles the two.
PEOPLE_PER_KM2 = 6400.0
MIN_POPULATION_WITH_A_CELL = 2000

# name, longitude, latitude (degrees), inhabitants; one block per country
_ECUADOR = (
    # Amazon side, north to south
    ("Palora", -77.97, -1.70, 4000),
    ("Chiguaza", -77.95, -2.02, 1500),
    ("Macas", -78.12, -2.31, 25_000),
    ("Sucúa", -78.17, -2.46, 16_000),
    ("Logroño", -78.20, -2.63, 2000),
    ("Taisha", -77.50, -2.38, 2000),
    ("Méndez", -78.31, -2.71, 3000),
    ("Santiago", -78.01, -3.04, 1500),
    ("Limón", -78.43, -2.97, 4500),
    ("Plan de Milagro", -78.50, -3.02, 800),
    ("San Juan Bosco", -78.53, -3.11, 1500),
    ("Gualaquiza", -78.58, -3.40, 10_000),
    ("El Pangui", -78.59, -3.63, 4500),
    ("Los Encuentros", -78.64, -3.76, 2000),
    ("Yantzaza", -78.76, -3.83, 13_000),
    ("Zumbi", -78.78, -3.90, 2500),
    ("Paquisha", -78.68, -3.93, 1500),
    ("Guayzimi", -78.66, -4.05, 2000),
    ("Zamora", -78.95, -4.07, 15_000),
    ("28 de Mayo", -78.88, -3.64, 1500),
    ("Valladolid", -79.13, -4.55, 1200),
    ("Palanda", -79.13, -4.65, 2500),
    ("Zumba", -79.13, -4.86, 3000),
    # Sierra, north to south
    ("Guaranda", -79.00, -1.59, 30_000),
    ("San Miguel de Bolívar", -79.04, -1.71, 7000),
    ("Riobamba", -78.65, -1.67, 180_000),
    ("Guano", -78.63, -1.61, 9000),
    ("Chambo", -78.60, -1.73, 5000),
    ("Cajabamba", -78.77, -1.69, 3000),
    ("Pallatanga", -78.96, -2.00, 4000),
    ("Guamote", -78.71, -1.94, 3500),
    ("Alausí", -78.85, -2.20, 7000),
    ("Chunchi", -78.92, -2.29, 4500),
    ("El Tambo", -78.92, -2.51, 5000),
    ("Cañar", -78.94, -2.56, 15_000),
    ("Azogues", -78.85, -2.74, 42_000),
    ("Biblián", -78.89, -2.71, 6000),
    ("Paute", -78.76, -2.78, 8000),
    ("Gualaceo", -78.78, -2.89, 15_000),
    ("Chordeleg", -78.77, -2.93, 5000),
    ("Sígsig", -78.79, -3.05, 4500),
    ("Cuenca", -79.00, -2.90, 370_000),
    ("Girón", -79.15, -3.16, 4500),
    ("Santa Isabel", -79.31, -3.27, 6500),
    ("Nabón", -79.06, -3.34, 1500),
    ("Oña", -79.16, -3.46, 1200),
    ("Saraguro", -79.24, -3.62, 4500),
    ("Loja", -79.20, -3.99, 190_000),
    ("Catamayo", -79.36, -3.99, 24_000),
    ("Malacatos", -79.26, -4.22, 3500),
    ("Vilcabamba", -79.22, -4.26, 4000),
    ("Gonzanamá", -79.43, -4.23, 1800),
    ("Cariamanga", -79.55, -4.33, 12_000),
    ("Amaluza", -79.43, -4.58, 2000),
    ("Catacocha", -79.65, -4.05, 7000),
    ("Sozoranga", -79.79, -4.33, 1200),
    ("Macará", -79.94, -4.38, 13_000),
    ("Celica", -79.95, -4.10, 4500),
    ("Alamor", -80.02, -4.02, 7000),
    ("Zapotillo", -80.24, -4.39, 3000),
    ("Piñas", -79.68, -3.68, 17_000),
    ("Zaruma", -79.61, -3.69, 10_000),
    ("Portovelo", -79.62, -3.72, 9000),
    ("Balsas (EC)", -79.83, -3.77, 5500),
    # Pacific lowlands
    ("Babahoyo", -79.53, -1.80, 100_000),
    ("Guayaquil", -79.90, -2.19, 2_650_000),
    ("Durán", -79.83, -2.17, 290_000),
    ("Milagro", -79.59, -2.13, 150_000),
    ("El Triunfo", -79.40, -2.33, 40_000),
    ("Bucay", -79.13, -2.20, 8000),
    ("La Troncal", -79.34, -2.42, 45_000),
    ("Naranjal", -79.61, -2.67, 35_000),
    ("El Guabo", -79.83, -3.24, 30_000),
    ("Machala", -79.96, -3.26, 290_000),
    ("Pasaje", -79.81, -3.33, 60_000),
    ("Santa Rosa", -79.96, -3.45, 55_000),
    ("Arenillas", -80.07, -3.55, 18_000),
    ("Huaquillas", -80.23, -3.48, 55_000),
)
_PERU = (
    # Tumbes, Piura, Lambayeque
    ("Zarumilla", -80.27, -3.50, 22_000),
    ("Tumbes", -80.45, -3.57, 100_000),
    ("Sullana", -80.69, -4.90, 200_000),
    ("Piura", -80.63, -5.19, 480_000),
    ("Tambogrande", -80.34, -4.93, 40_000),
    ("Las Lomas", -80.24, -4.65, 12_000),
    ("Suyo", -80.00, -4.51, 1500),
    ("Paimas", -79.94, -4.63, 3000),
    ("Ayabaca", -79.72, -4.64, 6500),
    ("Pacaipampa", -79.67, -4.99, 1500),
    ("Chulucanas", -80.16, -5.10, 75_000),
    ("Morropón", -79.97, -5.18, 10_000),
    ("Salitral", -79.83, -5.34, 3000),
    ("Canchaque", -79.61, -5.38, 1500),
    ("Huancabamba", -79.45, -5.24, 8500),
    ("Huarmaca", -79.52, -5.57, 3000),
    ("Olmos", -79.75, -5.99, 12_000),
    ("Motupe", -79.71, -6.15, 14_000),
    ("Jayanca", -79.82, -6.39, 9000),
    ("Ferreñafe", -79.79, -6.64, 36_000),
    ("Lambayeque", -79.91, -6.70, 58_000),
    ("Chiclayo", -79.84, -6.77, 550_000),
    ("Chongoyape", -79.39, -6.64, 11_000),
    ("Oyotún", -79.30, -6.84, 5000),
    # Cajamarca
    ("Pucará", -79.13, -6.04, 2500),
    ("San Ignacio", -79.00, -5.15, 13_000),
    ("Namballe", -79.09, -5.00, 2000),
    ("Tabaconas", -79.28, -5.32, 1000),
    ("Jaén", -78.81, -5.71, 100_000),
    ("Bellavista", -78.68, -5.66, 6000),
    ("Cutervo", -78.82, -6.38, 19_000),
    ("Chota", -78.65, -6.56, 20_000),
    ("Santa Cruz", -78.94, -6.63, 5000),
    ("Bambamarca", -78.52, -6.68, 16_000),
    ("Celendín", -78.15, -6.87, 18_000),
    # Amazonas, San Martín, Loreto
    ("Imacita", -78.39, -5.06, 2000),
    ("Santa María de Nieva", -77.86, -4.59, 5000),
    ("Bagua", -78.53, -5.64, 28_000),
    ("Bagua Grande", -78.44, -5.76, 42_000),
    ("Pedro Ruiz Gallo", -77.98, -5.94, 5000),
    ("Chachapoyas", -77.87, -6.23, 33_000),
    ("Lonya Grande", -78.42, -6.10, 3500),
    ("Leymebamba", -77.80, -6.71, 2500),
    ("Rodríguez de Mendoza", -77.49, -6.40, 4000),
    ("Nueva Cajamarca", -77.31, -5.94, 35_000),
    ("Rioja", -77.17, -6.06, 25_000),
    ("Moyobamba", -76.97, -6.03, 60_000),
    ("Tarapoto", -76.36, -6.49, 150_000),
    ("Lamas", -76.52, -6.42, 13_000),
    ("Yurimaguas", -76.11, -5.90, 65_000),
    ("San Lorenzo", -76.55, -4.83, 9000),
)
COUNTRY_OF: dict[str, str] = {
    **{row[0]: "ECU" for row in _ECUADOR},
    **{row[0]: "PER" for row in _PERU},
}
GAZETTEER: tuple[tuple[str, float, float, int], ...] = (*_ECUADOR, *_PERU)


def build_towns(grid: Grid) -> tuple[Town, ...]:
    """Towns inside the grid, largest first (ties by name)."""
    lon = np.array([row[1] for row in GAZETTEER])
    lat = np.array([row[2] for row in GAZETTEER])
    x, y = project(lon, lat)
    west, south, east, north = grid.bounds_m
    towns = [
        Town(row[0], float(x[i]), float(y[i]), row[3])
        for i, row in enumerate(GAZETTEER)
        if west <= x[i] < east and south < y[i] <= north
    ]
    return tuple(sorted(towns, key=lambda t: (-t.population, t.name)))


def cell_of(grid: Grid, x_m: float, y_m: float) -> tuple[int, int]:
    """Row and column of the cell that holds a position inside the grid."""
    col, row = grid.to_cells(np.asarray([x_m]), np.asarray([y_m]))
    return int(row[0]), int(col[0])


def build_footprints(
    grid: Grid, towns: tuple[Town, ...], slope: NDArray[np.float32], wet: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Cells under houses, ``[height, width]``: each town spreads from its centre over flat ground.

    A town takes ``population / PEOPLE_PER_KM2`` of ground (at least one cell from
    ``MIN_POPULATION_WITH_A_CELL`` people), nearest first, where a step costs
    ``1 + (slope / 0.08)²``, half as much again or less by seeded noise so that outlines are not
    geometric, and open water is not built on.

    Parameters
    ----------
    grid : Grid
        Geometry.
    towns : tuple of Town
        Largest first; a smaller one spreads beyond a larger neighbour's ground.
    slope : ndarray of float32
        Rise per metre of each cell.
    wet : ndarray of bool
        Open water.
    """
    built = np.zeros(grid.shape, bool)
    uneven = 1.0 + 0.5 * smooth_noise(grid.x_centres_m(), grid.y_centres_m(), 2500.0, key=5)
    for town in towns:
        if town.population < MIN_POPULATION_WITH_A_CELL:
            continue
        cells = max(1, round(town.population / PEOPLE_PER_KM2 / grid.cell_km2))
        row, col = cell_of(grid, town.x_m, town.y_m)
        reach = int(np.ceil(2.5 * np.sqrt(cells))) + 3
        top, left = max(row - reach, 0), max(col - reach, 0)
        window = (slice(top, row + reach + 1), slice(left, col + reach + 1))
        ground = np.where(wet[window], 1e3, uneven[window] * (1.0 + (slope[window] / 0.08) ** 2))
        far = cost_from(ground, [(row - top, col - left)])
        far[built[window] | wet[window]] = np.inf
        nearest = np.argsort(far, axis=None, kind="stable")[:cells]
        nearest = nearest[np.isfinite(far.ravel()[nearest])]
        built[window].flat[nearest] = True
    return built
