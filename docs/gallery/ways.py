"""The same young bears without a link (grey) and with it (red), which reach other areas only so."""

import sys

import geopandas as gpd
import matplotlib.pyplot as plt
from shapely import Polygon

import corridor_sim as cs

cleared = cs.Scenario(
    name="Forty per cent cleared",
    days=180,
    landscape={"cell_m": 2000},
    edits=[{"kind": "clear", "fraction": 0.4, "aggregation": 0.7}],
    species={"andean_bear": {}},
)
evaluator = cs.LinkEvaluator(cleared, replicates=20, dispersers=400)
outline = [
    *([-78.65, -2.3], [-78.45, -2.3], [-78.50, -3.1]),
    *([-78.85, -4.1], [-79.05, -4.1], [-78.75, -3.1]),
]
link = evaluator.link(outline, name="Sangay to Podocarpus")
effect = evaluator.evaluate(outline)
lives = evaluator.lives(effect)
gained = lives[(lives["fate_without"] != "joined") & (lives["fate_with"] == "joined")]
ways = evaluator.ways(effect, gained, most=12)

land = cs.scenario_landscape(cleared)
suitable = cs.suitability(land, "andean_bear")
fig, ax = plt.subplots(figsize=(7, 8), layout="constrained")
ax.pcolormesh(suitable.x, suitable.y, suitable.values, cmap="Greens", vmax=1.4)
for change, colour, width in (("without", "#252525", 0.8), ("with", "#cb181d", 0.8)):
    some = ways[ways["change"] == change]
    some.plot(ax=ax, color=colour, linewidth=width, alpha=0.75, label=f"{change} the link")
corners = gpd.GeoSeries([Polygon(outline)], crs=4326).to_crs(ways.crs)
corners.boundary.plot(ax=ax, color="#08519c", linewidth=2, label="link")
west, south, east, north = ways.total_bounds
ax.set(xlim=(west - 2e4, east + 2e4), ylim=(south - 2e4, north + 2e4), xticks=[], yticks=[])
ax.set_aspect("equal")
ax.legend(loc="lower left")
fig.savefig(sys.argv[1], dpi=110)
