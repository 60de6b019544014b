"""Neutral landscapes: forest strewn at random over a square lattice, and the pieces that it forms.

Above a share of forest that hangs only on which cells join, the threshold, one piece of an endless
lattice goes on without end; below it all pieces are finite (site percolation; Stauffer & Aharony
1994, *Introduction to Percolation Theory*). Gardner et al. (1987, Landscape Ecology 1:19-28,
doi:10.1007/BF02275262) took such maps as the neutral model of a landscape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corridor_sim.errors import LandscapeError
from corridor_sim.kernels.philox import keyed_uniforms

if TYPE_CHECKING:
    import pandas as pd

# cells side by side (Newman & Ziff 2000, Phys. Rev. Lett. 85:4104), and corners as well: the rest
# to 1, for where one kind of cell joins by sides the other joins by corners as well or is cut
# (Sykes & Essam 1964, J. Math. Phys. 5:1117; Malarz & Galam 2005, Phys. Rev. E 71:016125)
THRESHOLDS = {4: 0.59274605, 8: 1.0 - 0.59274605}
MOST_CELLS = 4_000_000
LEVEL = 0.95
# purpose of the random words, out of reach of those of movement, life and genes
LATTICE = 61696


def percolation_threshold(neighbours: int = 4) -> float:
    """Return the share of forest above which one piece of an endless square lattice has no end.

    Parameters
    ----------
    neighbours : {4, 8}
        Cells that join: side by side, or at corners as well.

    Returns
    -------
    float
        0.593 or 0.407.

    Raises
    ------
    LandscapeError
        Any other number.

    Examples
    --------
    >>> round(percolation_threshold(4), 3), round(percolation_threshold(8), 3)
    (0.593, 0.407)
    """
    _structure(neighbours)
    return THRESHOLDS[neighbours]


def neutral_landscape(
    share: float, *, side: int = 64, seed: int = 1, replicate: int = 0
) -> NDArray[np.bool_]:
    """Return forest strewn at random: every cell by itself is forest with probability ``share``.

    With the same seed and replicate a larger share holds every cell of a smaller one.

    Parameters
    ----------
    share : float
        0 to 1.
    side : int
        Cells along an edge, 2 to 2000.
    seed, replicate : int

    Returns
    -------
    bool ``[side, side]``

    Raises
    ------
    LandscapeError
        A share that is none, or a side that no map has.

    Examples
    --------
    >>> int(neutral_landscape(0.25, side=40).sum())
    366
    """
    return _clocks(side, seed, replicate) < _share(share)


def patches(forest: ArrayLike, *, neighbours: int = 4) -> NDArray[np.int32]:
    """Return the pieces of a forest, numbered by size.

    Parameters
    ----------
    forest : bool ``[row, column]``
    neighbours : {4, 8}

    Returns
    -------
    int32 ``[row, column]``
        0 outside, 1 in the largest piece, 2 in the next; of equal ones the northernmost first.

    Raises
    ------
    LandscapeError
        No map, or another number of neighbours.

    Examples
    --------
    >>> patches([[1, 0, 1], [0, 0, 1]]).tolist()
    [[2, 0, 1], [0, 0, 1]]
    """
    from scipy import ndimage

    there = np.asarray(forest).astype(np.bool_)
    if there.ndim != 2:
        raise LandscapeError(f"has {there.ndim} dimensions", where="forest", remedy="give a map")
    found, n = ndimage.label(there, structure=_structure(neighbours))
    sizes = np.bincount(found.reshape(-1), minlength=n + 1)[1:]
    place = np.zeros(n + 1, np.int32)
    place[1 + np.argsort(-sizes, kind="stable")] = np.arange(1, n + 1)
    return np.asarray(place[found], np.int32)


def percolation(
    shares: Sequence[float],
    *,
    side: int = 64,
    neighbours: int = 4,
    replicates: int = 20,
    seed: int = 1,
) -> pd.DataFrame:
    """Return how much of the forest lies in its largest piece on neutral landscapes.

    Parameters
    ----------
    shares : sequence of float
        Of forest, 0 to 1.
    side, seed
        As for :func:`neutral_landscape`.
    neighbours : {4, 8}
    replicates : int
        Maps of each share, at least 2; those of neighbouring shares are the same maps.

    Returns
    -------
    DataFrame
        One row a share: ``share``; ``largest``, the mean share of the forest that lies in its
        largest piece, with its 95 % Student interval ``low``, ``high`` within 0 and 1, NaN where
        there is no forest; ``spanning``, the share of maps on which one piece touches both the
        northern and the southern edge; and ``n`` maps.

    Raises
    ------
    LandscapeError
        As :func:`neutral_landscape` and :func:`percolation_threshold`, or fewer than 2 replicates.

    Examples
    --------
    >>> found = percolation([0.4, 0.593, 0.8], replicates=10)
    >>> found["largest"].round(2).tolist()
    [0.03, 0.44, 1.0]
    """
    import pandas as pd
    from scipy import stats

    if replicates < 2:
        raise LandscapeError(f"{replicates} replicates", remedy="use 2 or more")
    chosen = [_share(share) for share in shares]
    largest = np.full((len(chosen), replicates), np.nan)
    spanning = np.zeros((len(chosen), replicates))
    for replicate in range(replicates):
        clocks = _clocks(side, seed, replicate)
        for i, share in enumerate(chosen):
            pieces = patches(clocks < share, neighbours=neighbours)
            forest = int((pieces > 0).sum())
            if forest:
                largest[i, replicate] = (pieces == 1).sum() / forest
            both = np.intersect1d(pieces[0], pieces[-1])
            spanning[i, replicate] = bool((both > 0).any())
    there = np.isfinite(largest).all(axis=1)
    mean = np.where(there, np.where(np.isfinite(largest), largest, 0).mean(axis=1), np.nan)
    half = stats.t.ppf((1 + LEVEL) / 2, replicates - 1) * largest.std(axis=1, ddof=1)
    half = half / np.sqrt(replicates)
    return pd.DataFrame(
        {
            "share": chosen,
            "largest": mean,
            "low": np.clip(mean - half, 0, 1),
            "high": np.clip(mean + half, 0, 1),
            "spanning": spanning.mean(axis=1),
            "n": replicates,
        }
    )


def _clocks(side: int, seed: int, replicate: int) -> NDArray[np.float64]:
    """Return the share of forest from which each cell is forest, ``[side, side]``."""
    if side < 2 or side * side > MOST_CELLS:
        raise LandscapeError(f"a side of {side} cells", remedy="use 2 to 2000")
    return keyed_uniforms(seed, replicate, 0, np.arange(side, dtype=np.int64), LATTICE, side)


def _share(share: float) -> float:
    if not 0.0 <= share <= 1.0:
        raise LandscapeError(f"a share of forest of {share:g}", remedy="use 0 to 1")
    return float(share)


def _structure(neighbours: int) -> Any:
    if neighbours not in THRESHOLDS:
        raise LandscapeError(f"{neighbours} neighbours", remedy="use 4 or 8")
    corner = int(neighbours == 8)
    return [[corner, 1, corner], [1, 1, 1], [corner, 1, corner]]
