"""Sixteen links of the Andes, ranked by the animals a year that they let join another core area."""

import shutil
import sys

import corridor_sim as cs

found = cs.rank_links("experiments/andes_links.toml", budget=30, out="build/gallery/links")
print(found.ranking[["name", "cost", "benefit", "low", "high", "rank"]])
shutil.copy(found.folder / "figures" / "links.png", sys.argv[1])
