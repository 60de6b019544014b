"""Where four species could live: suitability from 0 to 1 on the same ground."""

import sys

import matplotlib.pyplot as plt

import corridor_sim as cs

land = cs.load_landscape("andes-amazon", cell_m=2000)
fig, axes = plt.subplots(1, 4, figsize=(12, 3.7), layout="constrained")
for ax, key in zip(axes, cs.species_keys(), strict=True):
    suitable = cs.suitability(land, key)
    shown = ax.imshow(suitable.values, cmap="YlGn", vmin=0, vmax=1)
    ax.set(title=cs.load_species(key).name, xticks=[], yticks=[])
fig.colorbar(shown, ax=axes, label="Suitability", shrink=0.75)
fig.savefig(sys.argv[1], dpi=110)
