"""A forest strewn at random, the share in its largest piece, and the threshold of theory."""

import sys

import matplotlib.pyplot as plt
import numpy as np

import corridor_sim as cs

curve = cs.theory.percolation(np.linspace(0.3, 0.9, 31), side=128, replicates=30)
fig, axes = plt.subplots(1, 4, figsize=(13, 3.4), width_ratios=(1, 1, 1, 1.6), layout="constrained")
for ax, share in zip(axes[:3], (0.4, 0.593, 0.7), strict=True):
    forest = cs.theory.neutral_landscape(share, side=64, seed=3)
    pieces = cs.theory.patches(forest)
    largest = 1 + np.bincount(pieces.ravel())[1:].argmax()
    ax.imshow(np.where(pieces == largest, 2, forest), cmap="YlGn")
    ax.set(title=f"{100 * share:.0f} % forest", xticks=[], yticks=[])
axes[3].plot(curve["share"], curve["largest"], color="#276419")
axes[3].fill_between(curve["share"], curve["low"], curve["high"], color="#276419", alpha=0.2)
axes[3].axvline(cs.theory.percolation_threshold(4), linestyle="--", color="#555555")
axes[3].set(xlabel="Share of forest", ylabel="of it in the largest piece")
fig.savefig(sys.argv[1], dpi=110)
