"""The main roads of the built-in landscape: names, classes and the places that they join.

The sequence of places is general geographical knowledge (the national networks of Ecuador, MTOP
numbers ``E..``, and Peru, MTC numbers ``PE-..``); what runs between two places is computed over
the terrain by :mod:`corridor_sim.datasets.andes_amazon.roads`. A stop is the name of a town of
:mod:`corridor_sim.datasets.andes_amazon.towns` or a ``(longitude, latitude)`` in degrees: a pass, a
bridge, a village, or the place where the road leaves the region.
"""

from __future__ import annotations

from dataclasses import dataclass

Stop = str | tuple[float, float]
PRIMARY, SECONDARY = 2, 1

_LA_BALSA = (-79.11, -4.99)  # bridge between Zumba and Namballe, the border
_EL_DESCANSO = (-78.89, -2.84)  # fork below Azogues
_EL_EMPALME = (-79.84, -4.12)  # fork west of Catacocha
_CORRAL_QUEMADO = (-78.67, -5.75)  # bridge over the Marañón
_CHAMAYA = (-78.83, -5.83)
_CHIRIACO = (-78.30, -5.16)
_CACLIC = (-77.94, -6.18)
_COCHABAMBA = (-78.89, -6.47)


@dataclass(frozen=True, slots=True)
class Road:
    """A named road: its class (2 primary paved, 1 secondary or gravel) and its stops in order."""

    name: str
    rank: int
    stops: tuple[Stop, ...]


ROADS: tuple[Road, ...] = (
    # the long ones first: later roads join what is there already
    Road(
        "E35 Panamericana",
        PRIMARY,
        (
            (-78.66, -1.50),
            "Riobamba",
            "Cajabamba",
            "Guamote",
            "Alausí",
            "Chunchi",
            "El Tambo",
            "Cañar",
            "Biblián",
            "Azogues",
            _EL_DESCANSO,
            "Cuenca",
            (-79.01, -3.09),
            (-79.07, -3.30),
            "Oña",
            "Saraguro",
            (-79.26, -3.73),
            "Loja",
            "Catamayo",
            "Catacocha",
            _EL_EMPALME,
            "Macará",
        ),
    ),
    Road(
        "E45 Troncal Amazónica",
        PRIMARY,
        (
            (-77.98, -1.51),
            (-77.88, -1.74),
            "Chiguaza",
            "Macas",
            "Sucúa",
            "Logroño",
            "Méndez",
            "Limón",
            "Plan de Milagro",
            "San Juan Bosco",
            "Gualaquiza",
            "El Pangui",
            "Los Encuentros",
            "Yantzaza",
            "Zumbi",
            "Zamora",
        ),
    ),
    Road("E50 Loja–Zamora", PRIMARY, ("Loja", (-79.14, -3.98), "Zamora")),
    Road(
        "E50 Catamayo–Huaquillas",
        PRIMARY,
        ("Catamayo", (-79.44, -3.94), (-79.64, -3.87), "Balsas (EC)", "Arenillas", "Huaquillas"),
    ),
    Road(
        "E682 Loja–Zumba",
        SECONDARY,
        (
            "Loja",
            (-79.22, -4.08),
            (-79.24, -4.16),
            "Malacatos",
            "Vilcabamba",
            (-79.18, -4.37),
            (-79.14, -4.44),
            "Valladolid",
            "Palanda",
            "Zumba",
            _LA_BALSA,
        ),
    ),
    Road(
        "E594 Gualaceo–Limón",
        SECONDARY,
        (_EL_DESCANSO, "Gualaceo", (-78.66, -3.00), "Plan de Milagro"),
    ),
    Road(
        "E40 Paute–Méndez",
        SECONDARY,
        (_EL_DESCANSO, "Paute", (-78.65, -2.79), (-78.57, -2.60), "Méndez"),
    ),
    Road(
        "Sígsig–Gualaquiza",
        SECONDARY,
        ("Gualaceo", "Chordeleg", "Sígsig", (-78.73, -3.22), "Gualaquiza"),
    ),
    Road(
        "E46 Guamote–Macas",
        SECONDARY,
        ("Guamote", (-78.64, -1.91), (-78.54, -2.17), (-78.36, -2.21), "Macas"),
    ),
    Road("E40 Méndez–Morona", SECONDARY, ("Méndez", (-78.25, -2.76), "Santiago", (-77.72, -2.89))),
    Road("Macas–Taisha", SECONDARY, ("Macas", (-77.69, -2.13), "Taisha")),
    Road("Palora–Chiguaza", SECONDARY, ("Palora", (-77.97, -1.88), "Chiguaza")),
    Road("Zumbi–Guayzimi", SECONDARY, ("Zumbi", "Paquisha", "Guayzimi")),
    Road("Zumbi–28 de Mayo", SECONDARY, ("Zumbi", "28 de Mayo")),
    Road("El Pangui–Mirador", SECONDARY, ("El Pangui", (-78.45, -3.57))),
    Road(
        "E582 Cuenca–Molleturo",
        PRIMARY,
        ("Cuenca", (-79.22, -2.78), (-79.40, -2.77), (-79.54, -2.53)),
    ),
    Road("E59 Cuenca–Machala", PRIMARY, ("Cuenca", "Girón", "Santa Isabel", "Pasaje", "Machala")),
    Road(
        "E25 Troncal de la Costa",
        PRIMARY,
        (
            "Babahoyo",
            "Milagro",
            "El Triunfo",
            "La Troncal",
            (-79.54, -2.53),
            "Naranjal",
            "El Guabo",
            "Machala",
            "Santa Rosa",
            "Arenillas",
        ),
    ),
    Road(
        "E40 Durán–El Tambo",
        PRIMARY,
        ("Guayaquil", "Durán", "La Troncal", (-79.29, -2.47), "El Tambo"),
    ),
    Road("E487 El Triunfo–Riobamba", PRIMARY, ("El Triunfo", "Bucay", "Pallatanga", "Cajabamba")),
    Road("E49 Durán–Babahoyo", PRIMARY, ("Durán", "Babahoyo")),
    Road(
        "E491 Babahoyo–Riobamba",
        SECONDARY,
        ("Babahoyo", "San Miguel de Bolívar", "Guaranda", "Riobamba"),
    ),
    Road("E584 Santa Rosa–Portovelo", SECONDARY, ("Santa Rosa", "Piñas", "Zaruma", "Portovelo")),
    Road(
        "E69 Catamayo–Macará",
        SECONDARY,
        ("Catamayo", (-79.41, -4.12), "Gonzanamá", "Cariamanga", "Sozoranga", "Macará"),
    ),
    Road("Cariamanga–Amaluza", SECONDARY, ("Cariamanga", "Amaluza")),
    Road("E68 El Empalme–Zapotillo", SECONDARY, (_EL_EMPALME, "Celica", "Alamor", "Zapotillo")),
    # Peru
    Road(
        "PE-1N Panamericana Norte",
        PRIMARY,
        ((-79.62, -6.98), "Chiclayo", "Lambayeque", (-80.01, -6.54), (-80.49, -5.80)),
    ),
    Road(
        "PE-1NJ Lambayeque–Piura",
        PRIMARY,
        (
            "Lambayeque",
            "Jayanca",
            "Motupe",
            "Olmos",
            (-79.93, -5.50),
            (-80.15, -5.20),
            (-80.49, -5.19),
        ),
    ),
    Road(
        "PE-1N Tumbes–Aguas Verdes", PRIMARY, ((-80.49, -3.60), "Tumbes", "Zarumilla", "Huaquillas")
    ),
    Road(
        "PE-1NL Sullana–Macará",
        PRIMARY,
        ((-80.49, -4.86), "Tambogrande", "Las Lomas", "Suyo", "Macará"),
    ),
    Road(
        "PE-5N Fernando Belaúnde (Olmos–Corral Quemado–Tarapoto)",
        PRIMARY,
        (
            "Olmos",
            (-79.50, -5.84),
            "Pucará",
            (-78.94, -5.93),
            _CHAMAYA,
            _CORRAL_QUEMADO,
            "Bagua Grande",
            "Pedro Ruiz Gallo",
            (-77.91, -5.83),
            (-77.70, -5.69),
            "Nueva Cajamarca",
            "Rioja",
            "Moyobamba",
            "Tarapoto",
            "Yurimaguas",
        ),
    ),
    Road(
        "PE-5N Jaén–San Ignacio–La Balsa",
        PRIMARY,
        (_CHAMAYA, "Jaén", (-78.87, -5.45), "San Ignacio", "Namballe", _LA_BALSA),
    ),
    Road(
        "PE-5NC Bagua–Nieva–Saramiriza",
        SECONDARY,
        (
            _CORRAL_QUEMADO,
            "Bagua",
            (-78.44, -5.42),
            _CHIRIACO,
            (-78.05, -4.72),
            "Santa María de Nieva",
            (-77.41, -4.57),
        ),
    ),
    Road("Chiriaco–Imacita", SECONDARY, (_CHIRIACO, "Imacita")),
    Road(
        "PE-02A Piura–Huancabamba",
        SECONDARY,
        ((-80.15, -5.20), "Morropón", (-79.95, -5.27), "Salitral", "Canchaque", "Huancabamba"),
    ),
    Road("PE-3N Huancabamba–Ayabaca", SECONDARY, ("Huancabamba", "Pacaipampa", "Ayabaca")),
    Road("Las Lomas–Ayabaca", SECONDARY, ("Las Lomas", "Paimas", "Ayabaca")),
    Road("Chulucanas–Morropón", SECONDARY, ((-80.15, -5.20), "Chulucanas")),
    Road("Huancabamba–Hualapampa", SECONDARY, ("Huancabamba", "Huarmaca", (-79.34, -5.88))),
    Road(
        "San Ignacio–Tabaconas–Huancabamba", SECONDARY, ("San Ignacio", "Tabaconas", "Huancabamba")
    ),
    Road(
        "PE-06A Chiclayo–Chota",
        SECONDARY,
        ("Chiclayo", "Chongoyape", (-79.12, -6.51), (-78.95, -6.45), _COCHABAMBA, "Chota"),
    ),
    Road(
        "PE-3N Bambamarca–Cutervo–Chiple",
        SECONDARY,
        (
            (-78.55, -6.98),
            (-78.61, -6.77),
            "Bambamarca",
            "Chota",
            _COCHABAMBA,
            "Cutervo",
            (-79.07, -6.03),
        ),
    ),
    Road("Chongoyape–Santa Cruz", SECONDARY, ((-79.12, -6.51), "Santa Cruz")),
    Road("Chiclayo–Oyotún", SECONDARY, ("Chiclayo", "Oyotún")),
    Road("PE-8B Pedro Ruiz–Chachapoyas", PRIMARY, ("Pedro Ruiz Gallo", _CACLIC, "Chachapoyas")),
    Road(
        "PE-8B Chachapoyas–Celendín",
        SECONDARY,
        (_CACLIC, (-77.91, -6.38), "Leymebamba", (-78.02, -6.84), "Celendín"),
    ),
    Road("Chachapoyas–Rodríguez de Mendoza", SECONDARY, ("Chachapoyas", "Rodríguez de Mendoza")),
    Road("Bagua Grande–Lonya Grande", SECONDARY, ("Bagua Grande", "Lonya Grande")),
    Road("PE-5N Tarapoto–Picota", PRIMARY, ("Tarapoto", (-76.33, -6.92))),
    Road("Tarapoto–Lamas", SECONDARY, ("Tarapoto", "Lamas")),
)
