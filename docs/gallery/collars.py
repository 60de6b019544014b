"""Seven collared animals of the practice island; a fit finds their ranges, steps and choices."""

import sys
from pathlib import Path
from tempfile import mkdtemp

import geopandas as gpd
import matplotlib.pyplot as plt
import pandas as pd

import corridor_sim as cs

folder = Path(mkdtemp())
cs.write_practice_files(folder)
fixes = pd.read_csv(folder / "tracks.csv")
points = gpd.points_from_xy(fixes["location-long"], fixes["location-lat"], crs="EPSG:4326")
places = gpd.GeoDataFrame(fixes, geometry=points).to_crs(32631)
ground = {
    "name": "The island",
    "elevation": str(folder / "dem.tif"),
    "land_cover": str(folder / "cover.tif"),
    "cover_classes": str(folder / "classes.csv"),
    "protected_areas": str(folder / "reserves.gpkg"),
    "protected_name_field": "name",
    "region": {"name": "the North Sea"},
}
land = cs.scenario_landscape(
    cs.Scenario(name="Island", days=1, landscape=ground, species={"jaguar": {}})
)
ax = land.plot()
colours = plt.colormaps["Dark2"]
for i, (name, one) in enumerate(places.groupby("individual-local-identifier")):
    ax.plot(one.geometry.x, one.geometry.y, linewidth=0.7, color=colours(i), label=name)
ax.legend(title="Animal", fontsize=8, loc="lower right")
ax.figure.savefig(sys.argv[1], dpi=110, bbox_inches="tight")
