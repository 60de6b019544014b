"""Propose, weigh, choose: one step's candidates for a group of animals side by side.

Everything here runs over the animals of a group in its innermost loop. They do not depend on each
other, so the processor works on several at once, in vector registers and while it waits for memory;
one animal after the other it would wait for every link of the chain from draw to weight to choice.
Each animal's own operations and their order stay those of the readable twin.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels import philox
from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.philox import philox4x32
from corridor_sim.kernels.soaring import soar_weight

_16 = np.uint64(16)
_LOW16 = np.uint64(0xFFFF)
_TWO_M32 = philox.TWO_M32
_TINY = 1e-300  # far below any weight a float32 raster can give


class Group(NamedTuple):
    """Working space for ``G`` animals side by side; candidates are ``[k, G]``.

    Attributes
    ----------
    row : int64 ``[G]``
        Rows of the living animals of the group.
    mover : int64 ``[G]``
        Rows of those that move in this step; the arrays below are aligned with it.
    ident : uint64 ``[G]``
    gait : int64 ``[G]``
        Row of the tables of steps and turns: class, profile and behaviour.
    words : uint64 ``[word, G]``
        The step's keyed words: one a candidate, one for the choice, one for the hazard.
    centre_x, centre_y, out_x, out_y : float64 ``[G]``
        Centre of the range, and where the animal stands from there.
    heading_x, heading_y, scale, pull, tether : float64 ``[G]``
        Which way it faces, how long its step is, in cells, and what draws it back.
    near_x, near_y : float64 ``[candidate, G]``
        Candidates' positions.
    weight : float64 ``[candidate, G]``
        Candidates' weights.
    sums : float64 ``[candidate, G]``
        Running sums of the candidates' odds.
    total, odds : float64 ``[G]``
        Sums of the candidates' weights and of their odds.
    chosen : int64 ``[G]``
        Number of the chosen candidate.
    length, cos, sin : float64 ``[G]``
        One candidate's numbers from the tables.
    cell : int64 ``[G]``
        Flat index of a cell: one candidate's (-1 outside the raster), later the visited one's.
    """

    row: NDArray[np.int64]
    mover: NDArray[np.int64]
    ident: NDArray[np.uint64]
    gait: NDArray[np.int64]
    words: NDArray[np.uint64]
    centre_x: NDArray[np.float64]
    centre_y: NDArray[np.float64]
    out_x: NDArray[np.float64]
    out_y: NDArray[np.float64]
    heading_x: NDArray[np.float64]
    heading_y: NDArray[np.float64]
    scale: NDArray[np.float64]
    pull: NDArray[np.float64]
    tether: NDArray[np.float64]
    near_x: NDArray[np.float64]
    near_y: NDArray[np.float64]
    weight: NDArray[np.float64]
    sums: NDArray[np.float64]
    total: NDArray[np.float64]
    odds: NDArray[np.float64]
    length: NDArray[np.float64]
    cos: NDArray[np.float64]
    sin: NDArray[np.float64]
    chosen: NDArray[np.int64]
    cell: NDArray[np.int64]


def make_group(size: int, n_candidates: int) -> Group:
    """Return working space for ``size`` animals."""
    n_words = 4 * ((n_candidates + 2 + 3) // 4)
    spaces: dict[str, Any] = {"words": np.empty((n_words, size), np.uint64)}
    spaces["ident"] = np.empty(size, np.uint64)
    for name in ("row", "mover", "gait", "chosen", "cell"):
        spaces[name] = np.empty(size, np.int64)
    for name in ("near_x", "near_y", "weight", "sums"):
        spaces[name] = np.empty((n_candidates, size))
    return Group(**{name: spaces.get(name, np.empty(size)) for name in Group._fields})


@kernel(inline=True)
def draw_words(words, ident, n, first_block, n_blocks, step, clock):
    """Fill ``words[: 4 * n_blocks, :n]`` with the keyed words of ``n`` animals in one step."""
    stream = np.uint64(clock.stream) << _16
    for block in range(n_blocks):
        last = stream | np.uint64(first_block + block)
        row0 = words[4 * block]
        row1 = words[4 * block + 1]
        row2 = words[4 * block + 2]
        row3 = words[4 * block + 3]
        for m in range(n):
            w0, w1, w2, w3 = philox4x32(
                np.uint64(step),
                ident[m],
                np.uint64(clock.replicate),
                last,
                clock.seed0,
                clock.seed1,
            )
            row0[m] = w0
            row1[m] = w1
            row2[m] = w2
            row3[m] = w3


@kernel(inline=True)
def direction(word, gait, hx, hy, params):
    """Return the unit vector of a candidate: the heading, turned as the word's high half says."""
    j = np.int64(((word >> _16) * np.uint64(params.turn_cos.shape[1])) >> _16)
    cos = float(params.turn_cos[gait, j])
    sin = float(params.turn_sin[gait, j])
    return hx * cos - hy * sin, hx * sin + hy * cos


@kernel(inline=True)
def weigh_candidates(group, n, season, thermal, animals, fields, params):
    """Fill ``near_x``, ``near_y``, ``weight`` and ``total`` for the ``n`` movers of a group.

    The low half of a candidate's word picks its length, the high half its turning angle. A
    candidate of length ``L`` (in units of ``scale``) lies at ``c + a (x - c) + n u`` with ``q =
    tether L^2`` (at most 1), ``a = pull - 2 q`` and ``n = scale L sqrt(1 - q)``: what draws the
    animal home grows with the square of its step, so that short steps stay short. Outside the
    raster it weighs nothing; where there is no ground, what the animal's own cell does.
    """
    height, width = fields.zone.shape
    soars = params.lift_samples > 0
    weights = fields.weight[season].reshape(-1)
    heading_x, heading_y, scale = group.heading_x, group.heading_y, group.scale
    centre_x, centre_y, out_x, out_y = group.centre_x, group.centre_y, group.out_x, group.out_y
    pull, tether, cells = group.pull, group.tether, group.cell
    total = group.total
    for m in range(n):
        total[m] = 0.0
    n_lengths = np.uint64(params.length.shape[1])
    n_turns = np.uint64(params.turn_cos.shape[1])
    length, cos, sin = group.length, group.cos, group.sin
    lengths = params.length.reshape(-1)
    turn_cos = params.turn_cos.reshape(-1)
    turn_sin = params.turn_sin.reshape(-1)
    for k in range(params.n_candidates):
        words = group.words[k]
        near_x = group.near_x[k]
        near_y = group.near_y[k]
        weight = group.weight[k]
        # look up, compute and look up again in loops of their own: only then does the compiler turn
        # the middle one into vector instructions
        for m in range(n):
            gait = np.uint64(group.gait[m])
            word = words[m]
            i = gait * n_lengths + (((word & _LOW16) * n_lengths) >> _16)
            j = gait * n_turns + (((word >> _16) * n_turns) >> _16)
            length[m] = lengths[i]
            cos[m] = turn_cos[j]
            sin[m] = turn_sin[j]
        for m in range(n):
            hx = heading_x[m]
            hy = heading_y[m]
            tied = min(tether[m] * (length[m] * length[m]), 1.0)
            back = pull[m] - 2.0 * tied
            away = scale[m] * length[m] * np.sqrt(1.0 - tied)
            nx = (centre_x[m] + back * out_x[m]) + away * (hx * cos[m] - hy * sin[m])
            ny = (centre_y[m] + back * out_y[m]) + away * (hx * sin[m] + hy * cos[m])
            near_x[m] = nx
            near_y[m] = ny
            inside = (nx >= 0.0) & (ny >= 0.0) & (nx < width) & (ny < height)
            row = np.int64(np.int32(ny if inside else 0.0))
            col = np.int64(np.int32(nx if inside else 0.0))
            cells[m] = row * width + col if inside else -1
        bare = False
        for m in range(n):
            weight[m] = float(weights[np.uint64(cells[m])]) if cells[m] >= 0 else 0.0
            bare |= weight[m] < 0.0
        if bare:
            for m in range(n):
                if weight[m] < 0.0:
                    i = group.mover[m]
                    own = np.int64(animals.y[i]) * width + np.int64(animals.x[i])
                    weight[m] = float(weights[np.uint64(own)])
        if soars:
            for m in range(n):
                if cells[m] >= 0:
                    i = group.mover[m]
                    weight[m] *= soar_weight(
                        animals.x[i], animals.y[i], near_x[m], near_y[m], thermal, fields, params
                    )
        for m in range(n):
            total[m] += weight[m]


@kernel(inline=True)
def choose_candidates(group, n, n_candidates):
    """Fill ``chosen``: one candidate, in proportion to the odds of its weight, without a branch.

    The odds of weight ``w`` are ``w`` over the sum of the others' weights. Chosen in proportion to
    ``w`` itself, a good candidate competes with its own weight in the sum, and selection comes out
    too weak by one part in ``n_candidates``; the odds take it out of the sum (improved
    sampling-importance-resampling; Skare, Bolviken & Holden 2003, Scand. J. Stat. 30:719).

    Weights sum up without a loss of order, so no rest ``total - w`` is negative. It is held above
    ``2^-32`` of the total: what outweighs all others by more, or stands alone, is chosen for sure,
    as a draw of 32 bits would have it anyway. Where nothing weighs anything all odds are 0.

    The running sums do not fall, so the first that exceeds the target has as its number the number
    of sums that do not.
    """
    choice_draw = group.words[n_candidates]
    total, odds, chosen = group.total, group.odds, group.chosen
    for m in range(n):
        odds[m] = 0.0
        chosen[m] = 0
    for k in range(n_candidates):
        weight = group.weight[k]
        sums = group.sums[k]
        for m in range(n):
            others = total[m] - weight[m]
            least = total[m] * _TWO_M32 + _TINY
            odds[m] += weight[m] / (others if others > least else least)
            sums[m] = odds[m]
    for k in range(n_candidates):
        sums = group.sums[k]
        for m in range(n):
            target = float(choice_draw[m]) * _TWO_M32 * odds[m]
            chosen[m] += np.int64(sums[m] <= target)
