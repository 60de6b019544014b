"""The built-in landscape, from the coast over the Andes to the Amazon, with its core areas."""

import sys

import corridor_sim as cs

land = cs.load_landscape("andes-amazon", cell_m=1000)
ax = land.plot()
ax.figure.savefig(sys.argv[1], dpi=110, bbox_inches="tight")
