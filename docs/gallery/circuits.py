"""Current between core areas as circuit theory has it, beside where simulated bears are."""

import sys

import matplotlib.pyplot as plt
import numpy as np

import corridor_sim as cs

today = cs.Scenario(
    name="Today", days=120, replicates=6, landscape={"cell_m": 3000}, species={"andean_bear": {}}
)
amperes = cs.theory.current(cs.scenario_landscape(today), of="andean_bear").values
use = cs.run(today).maps["use"].sel(species="andean_bear").isel(scenario=0).sum("stage").values
fig, axes = plt.subplots(1, 2, figsize=(9, 5.2), layout="constrained")
shown = (
    ("Current between core areas", amperes, "log10 ampere"),
    ("Where bears are", use, "log10 bears per km²"),
)
for ax, (title, values, unit) in zip(axes, shown, strict=True):
    levels = np.log10(np.where(values > 0, values, np.nan))
    low, high = np.nanquantile(levels, (0.02, 0.999))
    picture = ax.imshow(levels, cmap="magma", vmin=low, vmax=high)
    ax.set(title=title, xticks=[], yticks=[])
    fig.colorbar(picture, ax=ax, label=unit, shrink=0.8)
fig.savefig(sys.argv[1], dpi=110)
