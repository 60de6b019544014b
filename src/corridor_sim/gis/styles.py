"""The one table of styles: what kind of layer is drawn how, in figures and in QGIS.

A new quantity is a row of :data:`SCALES`; colours of lines, areas and points stand in
:data:`COLOURS`. Words are messages, translated where a style is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from corridor_sim.languages import mark


@dataclass(frozen=True, slots=True)
class Scale:
    """How a quantity is drawn.

    Attributes
    ----------
    ramp : str
        A row of :data:`corridor_sim.gis.ramps.RAMPS`.
    title : str
        What it is, a message.
    label : str
        A value with its unit, a message with ``{value}``.
    fit : {"range", "most"}
        Whether the scale reaches from the least to the most, or from nothing to what 99 % of the
        cells that hold anything do not exceed.
    ends : (low, high), optional
        Where it is the same on every map.
    smooth : bool
        Whether QGIS draws it between cells; not where a cell is a place of its own.
    nothing : str
        What the legend says of 0, a message, where that is more than a value.
    """

    ramp: str
    title: str
    label: str
    fit: Literal["range", "most"] = "range"
    ends: tuple[float, float] | None = None
    smooth: bool = False
    nothing: str = ""


PER_KM2 = mark("{value} animals per km²")
PER_100_KM2 = mark("{value} animals per 100 km²")
EVENTS = mark("{value} per km² and year")
PLAIN = "{value}"
SHARE = mark("{value} of 1")
STEPS = mark("{value} steps")

SCALES: Mapping[str, Scale] = {
    # layers of a landscape
    "elevation_m": Scale("heights", mark("Height above the sea"), "{value} m", smooth=True),
    "temperature_c": Scale("warmth", mark("Mean yearly temperature"), "{value} °C", smooth=True),
    "hazard_access": Scale(
        "people", mark("Reach of people on foot (1: beside them)"), PLAIN, ends=(0.0, 1.0)
    ),
    "slope_deg": Scale("steep", mark("Slope"), "{value}°"),
    "road_distance_m": Scale("far", mark("Distance to the nearest road"), "{value} m"),
    "settlement_distance_m": Scale("far", mark("Distance to the nearest town"), "{value} m"),
    "lift_orographic_ms": Scale("air", mark("Air that slopes lift"), "{value} m/s"),
    "lift_thermal_ms": Scale("air", mark("Air that warm ground lifts"), "{value} m/s"),
    "covariate": Scale("plain", mark("Covariate"), PLAIN),
    # what animals did
    "use": Scale("use", mark("Use"), PER_KM2, "most"),
    "change": Scale("change", mark("Change of use"), PER_KM2, "most"),
    "deaths": Scale("events", mark("Deaths"), EVENTS, "most"),
    "crossings": Scale("events", mark("Barriers crossed"), EVENTS, "most"),
    "blocked": Scale("events", mark("Turned back at barriers"), EVENTS, "most"),
    # the report's own maps
    "use_100": Scale("use", mark("Use"), PER_100_KM2, "most", smooth=True),
    "change_100": Scale(
        "change", mark("Change of use"), PER_100_KM2, "most", nothing=mark("0, or within chance")
    ),
    "homes_100": Scale(
        "homes", mark("Homes"), mark("{value} homes per 100 km²"), "most", smooth=True
    ),
    "passing_100": Scale(
        "change",
        mark("Change in who passes"),
        mark("{value} days of dispersers per 100 km²"),
        "most",
    ),
    # what follows from a landscape
    "suitability": Scale("suits", mark("Suitability"), PLAIN, ends=(0.0, 1.0)),
    "current": Scale("use", mark("Current"), mark("{value} A"), "most"),
    "voltage": Scale("plain", mark("Voltage"), mark("{value} V")),
    "passage_probability": Scale("dark_is_more", mark("Chance to arrive"), SHARE, ends=(0.0, 1.0)),
    "passage_time": Scale("dark_is_more", mark("Steps until arrival"), STEPS),
    "survival_time": Scale("dark_is_more", mark("Steps until death"), STEPS),
    "visits": Scale("use", mark("Visits"), mark("{value} visits"), "most"),
    "greenness": Scale("suits", mark("Greenness"), PLAIN),
}

# lines, areas and points, as the report's maps have them
COLOURS: Mapping[str, str] = {
    "core_area": "#20574a",
    "river": "#5b93bd",
    "water": "#a8c9e0",
    "road": "#6b4a3a",
    "border": "#5a3d6b",
    "town": "#333333",
    "ink": "#1f2a30",
    "link": "#6b767d",
    "chosen": "#111111",
    "not_known": "#c9cfd2",
    "unsure": "#6b767d",
    "proposed": "#8f2d91",
    "new_road": "#c1121f",
    "drawn": "#111111",
    "place": "#1f2a30",
    "protected": "#2b8a6e",
}
# nine classes of ColorBrewer's PuOr, costs to brings, told apart by colour-blind eyes
SIDES = (
    "#b35806",
    "#e08214",
    "#fdb863",
    "#fee0b6",
    "#f7f7f7",
    "#d8daeb",
    "#b2abd2",
    "#8073ac",
    "#542788",
)
# residents per tile, from few to many: ColorBrewer's Greens, as on the report's map
STONES = ("#edf8e9", "#bae4b3", "#74c476", "#31a354", "#006d2c")
# neighbours of one kind that are to be told apart: Tol's light scheme
APART = ("#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00")
# animals that are followed, and where their way ends, as in the report
WAYS = ("#0072b2", "#d55e00", "#009e73", "#8f2d91", "#7a4a00", "#c2185b")
