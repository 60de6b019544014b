"""Absorbing Markov chains: a random walk on the network in which walkers die.

A walker at i dies there with probability ``r_i`` a step, stays with ``s_i``, and otherwise moves to
a neighbour in proportion to conductance: ``Q_ij = (1 - r_i - s_i) g_ij / sum_k g_ik`` and
``Q_ii = s_i``. All that the fundamental matrix ``F = (I - Q)^-1`` tells (Kemeny & Snell 1960,
Finite Markov Chains, ch. 3) follows from solving sparse systems; F itself is never formed. The
quantities are those of Fletcher et al. 2019 (Ecology Letters 22:1680) and of the R package samc
(Marx et al. 2020, Ecography 43:518).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import SMALLEST, Graph, numbered, option, same_shape, unmasked
from corridor_sim.connectivity.resolvent import MISS, Resolvent, at_most_one, found_from, unsolved
from corridor_sim.connectivity.solve import DIRECT_ENTRYWISE, METHODS, TOLERANCE, chosen
from corridor_sim.errors import CorridorSimError, LandscapeError

F8 = NDArray[np.float64]
Mask = NDArray[np.bool_]
# probabilities that were divided and added may miss 1 by so much
ROUNDING = 1e-9
# residual of the iterative method where entries of any size count: fewer rounds for more sizes
ENTRYWISE_TOLERANCE = 1e-13
# each step is a product of its own
MOST_STEPS = 10_000_000


class AbsorbingChain:
    """A chain of ``n`` transient states, each of which may absorb.

    Parameters
    ----------
    moves : scipy sparse [n, n]
        ``Q``: probability a step of going from row to column.
    death : float64 [n]
        ``r``: probability a step of being absorbed. Each row of Q and its r add up to 1.
    weight : float64 [n], optional
        ``w`` such that ``w_i (I - Q)_ij`` is symmetric, 0 for states that never move on. Known for
        walks on a network, and what lets ``method`` be ``amg``.
    graph : Graph, optional
        The network itself, whose conductances are ``w_i Q_ij``: spares taking ``moves`` apart.
    method
        As for :class:`corridor_sim.connectivity.solve.SymmetricSolver`.

    Raises
    ------
    CorridorSimError
        Something that is no probability, or rows that do not add up to 1.
    """

    def __init__(
        self,
        moves: Any,
        death: F8,
        *,
        weight: F8 | None = None,
        graph: Graph | None = None,
        method: str = "auto",
    ) -> None:
        from scipy import sparse

        option(method, METHODS, "method")
        self.moves = sparse.csr_matrix(moves, dtype=np.float64)
        self.moves.eliminate_zeros()
        self.n = int(self.moves.shape[0])
        self.death = unmasked(death)
        if self.moves.shape != (self.n, self.n) or self.death.shape != (self.n,):
            raise CorridorSimError(
                f"moves of {self.moves.shape} and deaths of {self.death.shape} misfit",
                where="chain",
                remedy="give [n, n] and [n]",
            )
        self.weight, self.graph = weight, graph
        self.method = method
        if method == "amg" and weight is None:
            raise CorridorSimError(
                "amg needs a walk on a network", where="method", remedy="use direct"
            )
        total = np.asarray(self.moves.sum(axis=1)).reshape(-1) + self.death
        wrong = ~(np.abs(total - 1) <= ROUNDING) | ~(self.death >= 0)
        if self.moves.nnz and not np.min(self.moves.data) >= 0:
            raise CorridorSimError("a probability below 0", where="chain", remedy="correct it")
        if np.any(wrong):
            bad = int(np.argmax(wrong))
            raise CorridorSimError(
                f"state {bad} leaves with probability {total[bad]:.9g}, dies with "
                f"{self.death[bad]:.9g}",
                where="chain",
                remedy="make every row and its death add up to 1",
            )
        self._certain: Mask | None = None
        self._parts: dict[tuple[str, bool], Resolvent] = {}

    # ---- after t steps: repeated products

    def occupancy(self, start: F8, steps: int) -> F8:
        """Where the living are after ``steps`` steps: ``start Q^steps``, ``[n]``."""
        now = self._start(start)
        for _ in range(_whole(steps)):
            now = self.moves.T @ now
        return now

    def survival(self, start: F8, steps: int) -> F8:
        """Share alive after 0, 1, ... ``steps`` steps, ``[steps + 1]``; its falls are deaths."""
        now = self._start(start)
        alive = np.empty(_whole(steps) + 1)
        for step in range(alive.size):
            alive[step] = np.sum(now)
            now = self.moves.T @ now
        return alive

    # ---- until death: sparse solutions, or the same cut off after t steps

    def expected_visits(self, start: F8, steps: int | None = None) -> F8:
        """Expected number of steps spent in each state, ``[n]``.

        ``start F``, the first step counted where it starts. With ``steps``: the first ``steps`` of
        them, ``start (I + Q + ... + Q^(steps-1))``.

        Raises
        ------
        LandscapeError
            Some walkers can never die, so that visits are infinite.
        """
        now = self._start(start)
        if steps is not None:
            total = np.zeros(self.n)
            for _ in range(_whole(steps)):
                total += now
                now = self.moves.T @ now
            return total
        mortal, resolvent = self._mortal(entrywise=True)
        stuck = float(np.sum(now[~mortal]))
        if stuck > 0:
            raise LandscapeError(
                f"{stuck:.3g} of the walkers start where death is not certain, their visits are "
                "infinite",
                where="start",
                remedy="give mortality there, or a number of steps",
            )
        out = np.zeros(self.n)
        out[mortal] = resolvent.left(now[mortal]).plain()
        return out

    def death_place(self, start: F8, steps: int | None = None) -> F8:
        """Probability of dying in each state (within ``steps``), ``[n]``: visits times ``r``."""
        return self.expected_visits(start, steps) * self.death

    def survival_time(self) -> F8:
        """Expected steps until death from each state, ``F 1`` ``[n]``; inf if death may not come.

        Death in the first step counts as 1.
        """
        mortal, resolvent = self._mortal()
        out = np.full(self.n, math.inf)
        # nobody dies before the first step: what rounding took is put back
        out[mortal] = np.maximum(resolvent.right(np.ones(int(mortal.sum()))).plain(), 1)
        return out

    def survival_time_variance(self) -> F8:
        """Variance of the steps until death, ``[n]``: ``F s`` with the variance of one step.

        ``s_i = r_i sum_j Q_ij z_j^2 + (1 - r_i) sum_j Q_ij (z_j - m_i)^2`` with ``z = F 1`` and
        ``m_i`` its mean over the next states. Equal to ``(2 F - I) z - z^2``, which would subtract
        nearly equal numbers.
        """
        mortal, resolvent = self._mortal()
        out = np.full(self.n, math.inf)
        within = self.moves[mortal][:, mortal]
        goes_on = np.asarray(within @ np.ones(within.shape[0]))
        # z - 1, the steps after the first: 1 would drown them where nearly all die at once
        more = resolvent.right(goes_on).plain()
        one_step = self.death[mortal] * (within @ (more + 1) ** 2)
        some = np.flatnonzero(goes_on)
        edges = within[some].tocoo()
        # from the first of the next states: equal lives differ by nothing at all
        beyond = more[edges.col] - more[within.indices[within.indptr[some]]][edges.row]
        mean = np.bincount(edges.row, edges.data * beyond, some.size) / goes_on[some]
        spread = np.bincount(edges.row, edges.data * (beyond - mean[edges.row]) ** 2, some.size)
        one_step[some] += goes_on[some] * spread
        out[mortal] = resolvent.right(one_step).plain()
        return out

    # ---- getting somewhere

    def hitting_probability(self, targets: NDArray[Any], steps: int | None = None) -> F8:
        """Probability of ever reaching any target (within ``steps``) alive, ``[n]``; 1 there.

        ``h = Q h`` off the targets. No mortality is needed: immortal walkers on connected ground
        get everywhere.
        """
        at, inside, inward = self._towards(targets)
        out = at.astype(np.float64)
        if steps is not None:
            within = self.moves[inside][:, inside]
            reached = np.zeros(inward.size)
            for _ in range(_whole(steps)):
                reached = inward + within @ reached
            out[inside] = reached
        elif np.any(inside):
            resolvent = self._inside(inside)
            out[inside] = at_most_one(resolvent.right(inward).plain(), resolvent.method)
        return out

    def first_passage_time(self, targets: NDArray[Any]) -> F8:
        """Expected steps until a target is reached, of those who reach it, ``[n]``.

        ``(I - Q)^-1 h / h`` off the targets, with ``h`` the hitting probability; 0 at the targets
        and inf where they cannot be reached. ``h`` may be too small for a double: the quotient is
        not.
        """
        at, inside, inward = self._towards(targets)
        out = np.where(at, 0.0, math.inf)
        if np.any(inside):
            resolvent = self._inside(inside)
            reach = resolvent.right(inward)
            at_most_one(reach.plain(), resolvent.method)
            out[inside] = resolvent.right(reach).over(reach)
            self._least_steps(out, inside, resolvent.method)
        return out

    def reaches(self, targets: NDArray[Any]) -> Mask:
        """Whether any target can be reached from each state, however rarely, ``[n]``."""
        return self._can_reach(self._chosen(targets))

    def reached_from(self, start: F8) -> Mask:
        """Whether walkers of ``start`` can come to each state, however rarely, ``[n]``."""
        return found_from(self.moves, self._start(start) > 0)

    def _least_steps(self, steps: F8, inside: Mask, method: str) -> None:
        """Refuse times below one step more than a neighbour's, which no walk can have."""
        first = self.moves.indptr
        moving = first[1:] > first[:-1]
        nearest = np.zeros(self.n)
        nearest[moving] = np.minimum.reduceat(steps[self.moves.indices], first[:-1][moving])
        if not np.all((steps >= (1 + nearest) * (1 - MISS))[inside]):
            raise unsolved("times are shorter than the way", method)

    # ---- parts

    def _start(self, start: F8) -> F8:
        out = unmasked(start)
        if out.shape != (self.n,) or not np.all(out >= 0) or not np.all(np.isfinite(out)):
            raise CorridorSimError(
                "is no distribution over states", where="start", remedy=f"give {self.n} shares"
            )
        return out

    def _towards(self, targets: NDArray[Any]) -> tuple[Mask, Mask, F8]:
        """Targets as a mask, the other states that can reach them, and their chance in one step."""
        at = self._chosen(targets)
        inside = self._can_reach(at) & ~at
        inward = (self.moves @ at.astype(np.float64))[inside]
        return at, inside, inward

    def _chosen(self, targets: NDArray[Any]) -> Mask:
        """States given by number, or as a mask of all."""
        at = np.zeros(self.n, np.bool_)
        at[numbered(targets, self.n, "targets", "states")] = True
        return at

    def _inside(self, states: Mask, *, entrywise: bool = True) -> Resolvent:
        """The chain on some states; ``entrywise`` where the solution has entries of any size."""
        limit = DIRECT_ENTRYWISE if entrywise else None
        method = chosen(self.method, int(np.count_nonzero(states)), limit)
        tolerance = ENTRYWISE_TOLERANCE if entrywise else TOLERANCE
        return Resolvent(self.moves, self.death, states, self.weight, method, tolerance, self.graph)

    def _mortal(self, *, entrywise: bool = False) -> tuple[Mask, Resolvent]:
        """States from which death is certain, and the chain on them."""
        if self._certain is None:
            if not np.any(self.death > 0):
                raise LandscapeError(
                    "no state absorbs, walkers live for ever",
                    where="mortality",
                    remedy="give a mortality above 0 somewhere, or a number of steps",
                )
            immortal = ~self._can_reach(self.death > 0)
            self._certain = ~self._can_reach(immortal) if np.any(immortal) else ~immortal
        n = int(np.count_nonzero(self._certain))
        limit = DIRECT_ENTRYWISE if entrywise else None
        key = chosen(self.method, n, limit), entrywise
        if key[0] == "direct":
            key = "direct", True
        if key not in self._parts:
            self._parts[key] = self._inside(self._certain, entrywise=key[1])
        return self._certain, self._parts[key]

    def _can_reach(self, goal: Mask) -> Mask:
        """States with a path to ``goal``, itself included: a search against the moves."""
        return found_from(self.moves.T, goal)


def walk_chain(
    graph: Graph,
    mortality: float | NDArray[Any] = 0.0,
    *,
    stay: float | NDArray[Any] = 0.0,
    method: str = "auto",
) -> AbsorbingChain:
    """Return the random walk on a network, with death.

    Parameters
    ----------
    mortality, stay : float, [n_nodes] or [y, x]
        Probability a step of dying, and of staying, in each node; a map is averaged over the cells
        of a node. A node without neighbours is stayed in.
    method
        As for :class:`corridor_sim.connectivity.solve.SymmetricSolver`.

    Raises
    ------
    LandscapeError
        A probability outside 0..1, or missing where there is a node.
    """
    from scipy import sparse

    dies = _per_node(graph, mortality, "mortality")
    stays = _per_node(graph, stay, "stay")
    if np.any(dies + stays > 1 + ROUNDING):
        bad = int(np.argmax(dies + stays))
        raise LandscapeError(
            f"node {bad} dies with {dies[bad]:g} and stays with {stays[bad]:g}",
            where="mortality",
            remedy="keep their sum at 1 or below",
        )
    degree = graph.degree()
    lonely = degree == 0
    leaves = np.where(lonely, 0, np.maximum(1 - dies - stays, 0))
    rate = np.divide(leaves, degree, out=np.zeros_like(degree), where=~lonely)
    moves = sparse.diags_array(rate) @ graph.adjacency()
    moves = moves + sparse.diags_array(1 - dies - leaves)
    weight = np.divide(1, rate, out=np.zeros_like(rate), where=rate > 0)
    return AbsorbingChain(moves, dies, weight=weight, graph=graph, method=method)


def stationary_distribution(graph: Graph) -> F8:
    """Long-run share of time of an immortal walker in each node: conductance sums over their sum.

    For a connected network; the walk is reversible, ``pi_i Q_ij = g_ij / sum g``.
    """
    if int(graph.components().max()) > 0:
        raise LandscapeError(
            "the network is not connected: where a walker ends depends on its start",
            where="raster",
            remedy="join its parts",
        )
    degree = graph.degree()
    if graph.n_nodes == 1:
        return np.ones(1)
    out: F8 = degree / np.sum(degree)
    return out


def _per_node(graph: Graph, value: float | NDArray[Any], where: str) -> F8:
    given = unmasked(value)
    if given.ndim == 0:
        out = np.full(graph.n_nodes, float(given))
    elif given.shape == (graph.n_nodes,):
        out = given.copy()
    else:
        given = same_shape(given, graph.node_of.shape, where)
        present = graph.node_of >= 0
        nodes = graph.node_of[present]
        cells = np.bincount(nodes, minlength=graph.n_nodes)
        # a NaN in any cell of a node makes it NaN, and is refused below
        out = np.bincount(nodes, given[present], graph.n_nodes) / cells
    wrong = ~((out >= 0) & (out <= 1)) | ((out > 0) & (out < SMALLEST))
    if np.any(wrong):
        bad = int(np.argmax(wrong))
        row, col = divmod(int(np.argmax(graph.node_of.reshape(-1) == bad)), graph.node_of.shape[1])
        value_is = "no value" if math.isnan(out[bad]) else f"{out[bad]:g} is no probability"
        if 0 < out[bad] < SMALLEST:
            value_is = f"{out[bad]:g} is too small to reckon with"
        raise LandscapeError(
            f"{value_is} in row {row + 1}, column {col + 1}",
            where=where,
            remedy=f"give 0, or {SMALLEST:g} to 1"
            if 0 < out[bad] < SMALLEST
            else "give probabilities a step, 0 to 1, wherever the raster has data",
        )
    return out


def _whole(steps: int) -> int:
    if not math.isfinite(steps) or steps != int(steps) or steps < 0:
        raise CorridorSimError(f"{steps} steps", where="steps", remedy="use a whole number from 0")
    if steps > MOST_STEPS:
        raise CorridorSimError(
            f"{steps:g} steps one by one",
            where="steps",
            remedy=f"use at most {MOST_STEPS:g}, or none for all that are ever made",
        )
    return int(steps)
