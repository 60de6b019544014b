"""Large sparse symmetric systems: one factorisation for many right-hand sides, or little memory.

Two methods give the same answer:

``direct``
    SuperLU in symmetric mode with minimum degree on A' + A. Memory grows a little faster than the
    number of nodes n, about 1.3 kB a node at a million; each further right-hand side is cheap.
``amg``
    Conjugate gradients preconditioned by smoothed aggregation (Vanek, Mandel & Brezina 1996,
    Computing 56:179). About 0.4 kB a node; every right-hand side costs the same.

``auto`` is ``direct`` up to :data:`DIRECT_NODES` nodes and ``amg`` above. The rule looks at nothing
but n: neither free memory nor the number of right-hand sides may change which digits come out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResourceError
from corridor_sim.theory.graph import Graph, option

F8 = NDArray[np.float64]
METHODS = ("auto", "direct", "amg")
DIRECT_NODES = 2_000_000
# relative residual |b - A x| / |b| at which conjugate gradients stop
TOLERANCE = 1e-11
MAX_ITERATIONS = 1000


class SymmetricSolver:
    """Solve ``A x = b`` for a sparse symmetric positive definite ``A``, again and again.

    Parameters
    ----------
    matrix : scipy sparse [n, n]
    method : {"auto", "direct", "amg"}
    tolerance : float
        Relative residual of ``amg``; ``direct`` is exact to rounding.

    Raises
    ------
    ResourceError
        The factors do not fit into memory, or the iteration does not converge.
    """

    def __init__(self, matrix: Any, *, method: str = "auto", tolerance: float = TOLERANCE) -> None:
        option(method, METHODS, "method")
        self.n = int(matrix.shape[0])
        self.method = method
        if method == "auto":
            self.method = "direct" if self.n <= DIRECT_NODES else "amg"
        self.tolerance = tolerance
        if self.n == 0:
            return
        if self.method == "direct":
            self._factors = factorised(matrix)
        else:
            self._start_amg(matrix)

    def _start_amg(self, matrix: Any) -> None:
        from pyamg import smoothed_aggregation_solver
        from scipy import sparse

        self._matrix = sparse.csr_matrix(matrix)
        # "local" bounds the spectrum by row sums; the default estimates it from numpy's global
        # random numbers, and would change the last digits from call to call
        smooth = ("jacobi", {"omega": 4 / 3, "weighting": "local"})
        levels = smoothed_aggregation_solver(self._matrix, smooth=smooth)
        self._cycle = levels.aspreconditioner(cycle="V")

    def solve(self, b: F8) -> F8:
        """Return ``x`` of the shape of ``b``, ``[n]`` or ``[n, k]``."""
        if self.n == 0 or b.size == 0:
            return np.zeros_like(b)
        if self.method == "direct":
            return np.asarray(self._factors.solve(np.ascontiguousarray(b)))
        if b.ndim == 1:
            return self._conjugate_gradients(b)
        return np.stack([self._conjugate_gradients(column) for column in b.T], axis=1)

    def _conjugate_gradients(self, b: F8) -> F8:
        """Preconditioned conjugate gradients (Hestenes & Stiefel 1952).

        Written out because sums must not depend on the number of threads, as BLAS's do.
        """
        x = np.zeros_like(b)
        residual = b.copy()
        goal = self.tolerance * _norm(b)
        if goal == 0:
            return x
        z = self._cycle @ residual
        direction = z.copy()
        rho = _dot(residual, z)
        for _ in range(MAX_ITERATIONS):
            image = self._matrix @ direction
            step = rho / _dot(direction, image)
            x += step * direction
            residual -= step * image
            if _norm(residual) <= goal:
                return x
            z = self._cycle @ residual
            rho, before = _dot(residual, z), rho
            direction *= rho / before
            direction += z
        raise ResourceError(
            f"no convergence to {self.tolerance:g} in {MAX_ITERATIONS} iterations, {self.n} nodes",
            where="method amg",
            remedy="use the direct method, or conductances of less contrast",
        )


def factorised(matrix: Any) -> Any:
    """SuperLU factors of a diagonally dominant matrix of symmetric pattern.

    No pivoting: such a matrix needs none, and a symmetric order of elimination keeps factors small.

    Raises
    ------
    ResourceError
        The factors do not fit into memory, or the matrix is singular to the last digit.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    try:
        return splu(
            sparse.csc_matrix(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
    except MemoryError as error:
        raise ResourceError(
            f"the factors of {matrix.shape[0]} nodes do not fit into memory",
            where="method direct",
            remedy="use --method amg or larger cells",
        ) from error
    except RuntimeError as error:
        raise ResourceError(
            f"the system of {matrix.shape[0]} nodes is singular in double precision",
            where="method direct",
            remedy="use values of less contrast",
        ) from error


class GroundedLaplacian:
    """Voltages of a network of which some nodes are held at 0 V.

    ``(D - W + diag(leak)) v = currents`` on the free nodes, ``v = 0`` on the held ones; ``W`` holds
    the conductances and ``D`` their sums.

    Parameters
    ----------
    graph : Graph
    held : bool [n_nodes]
        Nodes at 0 V. Every component needs one, or a leak, or the system is singular.
    leak : float64 [n_nodes], optional
        Conductance of each node to the ground.
    method, tolerance
        As for :class:`SymmetricSolver`.
    """

    def __init__(
        self,
        graph: Graph,
        held: NDArray[np.bool_],
        *,
        leak: F8 | None = None,
        method: str = "auto",
        tolerance: float = TOLERANCE,
    ) -> None:
        from scipy import sparse

        self.n_nodes = graph.n_nodes
        self.free = np.flatnonzero(~held)
        n = self.free.size
        index = np.full(graph.n_nodes, -1, np.int32)
        index[self.free] = np.arange(n, dtype=np.int32)
        tail, head = index[graph.tail], index[graph.head]
        inner = (tail >= 0) & (head >= 0)
        tail, head, g = tail[inner], head[inner], graph.conductance[inner]
        diagonal = graph.degree() if leak is None else graph.degree() + leak
        one_way = sparse.coo_array((-g, (tail, head)), shape=(n, n)).tocsc()
        matrix = one_way + one_way.T.tocsc() + sparse.diags_array(diagonal[self.free]).tocsc()
        del one_way, tail, head, g, inner
        self.solver = SymmetricSolver(matrix, method=method, tolerance=tolerance)

    def voltages(self, currents: F8) -> F8:
        """Return voltages for currents fed into the nodes, ``[n_nodes]`` or ``[n_nodes, k]``."""
        out = np.zeros(currents.shape)
        out[self.free] = self.solver.solve(currents[self.free])
        return out


class Resolvent:
    """Solve ``(I - Q) x = b`` and ``y (I - Q) = b`` for the moves ``Q`` of an absorbing chain.

    With symmetrising weights: ``S = diag(w) (I - Q)`` is symmetric positive definite on the states
    that move; those that do not (weight 0) are substituted.

    Parameters
    ----------
    moves : scipy sparse [n, n]
        Every state must have a way out.
    weight : float64 [n] or None
        None for any chain, which is then factorised as it is.
    method, tolerance
        As for :class:`SymmetricSolver`.
    """

    def __init__(self, moves: Any, weight: F8 | None, method: str, tolerance: float) -> None:
        from scipy import sparse

        n = moves.shape[0]
        system = sparse.eye_array(n, format="csr") - moves
        self.weight = weight
        if weight is None:
            self.factors = factorised(system) if n else None
            return
        self.moving = np.flatnonzero(weight > 0)
        self.fixed = np.flatnonzero(~(weight > 0))
        self.w = weight[self.moving]
        self.leaving = 1 - moves.diagonal()[self.fixed]
        self.to_fixed = moves[self.moving][:, self.fixed]
        inner = system[self.moving][:, self.moving]
        self.solver = SymmetricSolver(
            sparse.diags_array(self.w) @ inner, method=method, tolerance=tolerance
        )

    def right(self, b: F8) -> F8:
        """Return ``(I - Q)^-1 b``, ``[n]``."""
        if self.weight is None:
            return np.asarray(self.factors.solve(b)) if self.factors else np.zeros(0)
        out = np.empty_like(b)
        out[self.fixed] = b[self.fixed] / self.leaving
        fed = b[self.moving] + self.to_fixed @ out[self.fixed]
        out[self.moving] = self.solver.solve(self.w * fed)
        return out

    def left(self, b: F8) -> F8:
        """Return ``b (I - Q)^-1``, ``[n]``."""
        if self.weight is None:
            return np.asarray(self.factors.solve(b, "T")) if self.factors else np.zeros(0)
        out = np.empty_like(b)
        out[self.moving] = self.w * self.solver.solve(b[self.moving])
        fed = b[self.fixed] + self.to_fixed.T @ out[self.moving]
        out[self.fixed] = fed / self.leaving
        return out


def _dot(a: F8, b: F8) -> float:
    return float(np.sum(a * b))


def _norm(a: F8) -> float:
    return float(np.sqrt(np.sum(a * a)))
