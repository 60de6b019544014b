"""Large sparse symmetric systems: one factorisation for many right-hand sides, or little memory.

Two methods give the same answer:

``direct``
    SuperLU in symmetric mode with minimum degree on A' + A. Memory grows a little faster than the
    number of nodes n, about 1.3 kB a node at a million; each further right-hand side is cheap.
``amg``
    Conjugate gradients preconditioned by smoothed aggregation (Vanek, Mandel & Brezina 1996,
    Computing 56:179). About 0.4 kB a node; every right-hand side costs the same.

``auto`` is ``direct`` up to :data:`DIRECT_NODES` nodes and ``amg`` above, or, where entries of all
sizes count (:mod:`corridor_sim.connectivity.resolvent`), up to :data:`DIRECT_ENTRYWISE`. The rule
looks at nothing but n: neither free memory nor the number of right-hand sides may change which
digits come out. A factorisation that will not fit into memory is refused before it starts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.connectivity.graph import option
from corridor_sim.errors import ResourceError
from corridor_sim.memory import refuse_beyond

F8 = NDArray[np.float64]
METHODS = ("auto", "direct", "amg")
DIRECT_NODES = 2_000_000
# more would need more than 2^31 factors
DIRECT_ENTRYWISE = 8_000_000
# bytes a node at a million of them, and how they grow with the number
FACTOR_BYTES, FACTOR_GROWTH = 2000.0, 0.2
# relative residual |b - A x| / |b|, each row divided by the root of its diagonal, at which
# conjugate gradients stop
TOLERANCE = 1e-11
MAX_ITERATIONS = 1000
# nodes of the coarsest level of the iterative method
COARSEST = 10


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
        self.method = chosen(method, self.n)
        self.tolerance = tolerance
        if self.n == 0:
            return
        if self.method == "direct":
            refuse_beyond(
                FACTOR_BYTES * self.n * (self.n / 1e6) ** FACTOR_GROWTH,
                f"the direct solution of {self.n} nodes",
                "use --method amg, which is slower and takes less, or larger cells",
                where="method direct",
            )
            self._factors = factorised(matrix)
        else:
            self._start_amg(matrix)

    def _start_amg(self, matrix: Any) -> None:
        from pyamg import smoothed_aggregation_solver
        from scipy import sparse

        self._matrix = sparse.csr_matrix(matrix)
        # a node of small conductors counts as much as one of large ones
        self._scale = 1 / np.sqrt(self._matrix.diagonal())
        # "local" bounds the spectrum by row sums; the default estimates it from numpy's global
        # random numbers, and would change the last digits from call to call
        smooth = ("jacobi", {"omega": 4 / 3, "weighting": "local"})
        levels = smoothed_aggregation_solver(
            self._matrix, smooth=smooth, coarse_solver=_Coarsest(), max_coarse=COARSEST
        )
        self._cycle = levels.aspreconditioner(cycle="V")

    def solve(self, b: F8, tolerance: float | None = None) -> F8:
        """Return ``x`` of the shape of ``b``, ``[n]`` or ``[n, k]``.

        ``tolerance``: instead of the usual one of ``amg``, for corrections of a solution.
        """
        if self.n == 0 or b.size == 0:
            return np.zeros_like(b)
        if self.method == "direct":
            return np.asarray(self._factors.solve(np.ascontiguousarray(b)))
        if b.ndim == 1:
            return self._conjugate_gradients(b, tolerance)
        return np.stack([self._conjugate_gradients(column, tolerance) for column in b.T], axis=1)

    def _conjugate_gradients(self, b: F8, tolerance: float | None = None) -> F8:
        """Preconditioned conjugate gradients (Hestenes & Stiefel 1952).

        Written out because sums must not depend on the number of threads, as BLAS's do.
        """
        x = np.zeros_like(b)
        size = _norm(self._scale * b)
        if size == 0:
            return x
        # squares of very small or large currents would leave the range of numbers; by a power of
        # two no digit changes
        unit = float(np.exp2(np.round(np.log2(size))))
        residual = b / unit
        goal = (self.tolerance if tolerance is None else tolerance) * _norm(self._scale * residual)
        z = self._cycle @ residual
        direction = z.copy()
        rho = _dot(residual, z)
        for _ in range(MAX_ITERATIONS):
            image = self._matrix @ direction
            step = rho / _dot(direction, image)
            x += step * direction
            residual -= step * image
            if _norm(self._scale * residual) <= goal:
                return x * unit
            z = self._cycle @ residual
            rho, before = _dot(residual, z), rho
            direction *= rho / before
            direction += z
        raise ResourceError(
            f"no convergence to {self.tolerance:g} in {MAX_ITERATIONS} iterations, {self.n} nodes",
            where="method amg",
            remedy="use the direct method, or conductances of less contrast",
        )


class _Coarsest:
    """Exact solution on the coarsest level.

    pyamg's own takes what is small beside the largest for nothing; conductances are not.
    """

    def __init__(self) -> None:
        self._factors: Any = None

    def __call__(self, matrix: Any, b: F8) -> F8:
        from scipy import linalg

        if self._factors is None:
            dense = matrix.toarray()
            scale = 1 / np.sqrt(np.diag(dense))
            dense = scale[:, None] * dense * scale
            try:
                factors = linalg.cho_factor(dense, lower=True)
            except linalg.LinAlgError:  # singular to the last digit, as coarse matrices may be
                inverse = np.linalg.pinv(dense, hermitian=True)
                self._factors = scale, lambda y: inverse @ y
            else:
                self._factors = scale, lambda y: linalg.cho_solve(factors, y)
        scale, solve = self._factors
        return np.asarray(scale * solve(scale * b.reshape(-1)))


def chosen(method: str, n: int, limit: int | None = None) -> str:
    """Return the method that ``auto`` means for so many nodes."""
    if method != "auto":
        return method
    return "direct" if n <= (DIRECT_NODES if limit is None else limit) else "amg"


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
            sparse.csc_matrix(matrix),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
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


def _dot(a: F8, b: F8) -> float:
    return float(np.sum(a * b))


def _norm(a: F8) -> float:
    return float(np.sqrt(np.sum(a * a)))
