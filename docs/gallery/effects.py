"""What clearing and warming do to suitable ground, with 95 % intervals, each against today."""

import sys

import corridor_sim as cs

found = cs.compare(
    "experiments/fragmentation_and_climate.toml",
    replicates=4,
    set={"base.landscape.cell_m": 2000, "base.days": 60},
)
ax = found.plot.effects("suitable_km2")
ax.figure.savefig(sys.argv[1], dpi=110, bbox_inches="tight")
