"""What the surrogate promises of a set of links, with the noise of the runs that it came from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corridor_sim.decision.confirm import Prediction, prediction_of
from corridor_sim.decision.interactions import Interactions
from corridor_sim.links.evaluator import LinkEvaluator

F64 = NDArray[np.float64]


def prediction_of_set(
    evaluator: LinkEvaluator,
    links: Sequence[int],
    replicates: Sequence[int],
    counts: NDArray[np.bool_],
    interactions: Interactions | None,
    first: int,
) -> Prediction:
    """Return the weighted benefit that main effects and kept interactions give a set of links.

    Every mean that the surrogate adds up is a row of replicates again: links and pairs share
    their luck, so that only the rows together tell how well the sum is known.

    Parameters
    ----------
    evaluator : LinkEvaluator
        All runs asked for here are done; they are read, not simulated.
    links : sequence of int
        The set.
    replicates : sequence of int
        Replicates of each link of the evaluator alone, as in its main effect.
    counts : bool ``[species, link]``
        Where the benefit of a link of the evaluator alone is part of the sum.
    interactions : Interactions or None
    first : int
        Replicates of the pairs.
    """
    share = evaluator.species_weights / evaluator.species_weights.sum()
    reach = max([first, *(int(replicates[i]) for i in links)])
    alone = {
        i: evaluator.benefits([frozenset([i])], range(int(replicates[i])))[:, 0] for i in links
    }
    parts = [np.where(counts[:, i, None], part, np.nan) for i, part in alone.items()]
    if interactions is not None:
        for p, (i, j) in enumerate(interactions.pairs.tolist()):
            if i in alone and j in alone:
                both = evaluator.benefits([frozenset((i, j))], range(first))[:, 0]
                excess = both - alone[i][:, :first] - alone[j][:, :first]
                kept = interactions.kept[:, p, None] != 0
                parts.append(np.where(kept, excess, np.nan))
    rows = np.full((len(parts), share.size, reach), np.nan)
    for row, part in zip(rows, parts, strict=True):
        row[:, : part.shape[1]] = share[:, None] * part
    return prediction_of(rows.reshape(-1, reach))
