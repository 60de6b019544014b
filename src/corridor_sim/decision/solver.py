"""Mixed-integer linear programmes through HiGHS, and without what it prints by mistake.

HiGHS (Huangfu & Hall 2018, Math Prog Comp 10:119), through ``scipy.optimize.milp``. Where a
solution meets the rounding that the solver allows itself in the reduced problem and misses it in
the whole one, HiGHS solves once more for the real variables, and says so by a bare ``printf``,
whatever the options (release 1.12; github.com/jump-dev/HiGHS.jl/issues/312). The line
would stand among the results of a command, so standard output leads nowhere meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResourceError

F64 = NDArray[np.float64]
Row = tuple[F64, float, float]
"""Coefficients ``[n]`` of a linear form, and the least and the greatest value that it may take."""

STDOUT = 1
# of scipy.optimize.milp
OPTIMAL, INFEASIBLE = 0, 2


def minimum(
    objective: F64, integral: F64, lower: F64, upper: F64, rows: Sequence[Row]
) -> F64 | None:
    """Return the variables ``[n]`` that minimise the objective, or None where nothing is allowed.

    Parameters
    ----------
    objective : float64 ``[n]``
    integral : float64 ``[n]``
        1 for whole numbers, 0 for real ones.
    lower, upper : float64 ``[n]``

    Raises
    ------
    ResourceError
        The solver gave up.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    matrix = np.array([row[0] for row in rows])
    with silent_stdout():
        # where HiGHS loses its way after it has reduced a problem, it may solve the whole one
        for reduce in (True, False):
            found = milp(
                objective,
                integrality=integral,
                bounds=Bounds(lower, upper),
                constraints=LinearConstraint(matrix, [r[1] for r in rows], [r[2] for r in rows]),
                options={"mip_rel_gap": 0.0, "presolve": reduce},
            )
            if found.status in (OPTIMAL, INFEASIBLE):
                break
    if found.status == INFEASIBLE:
        return None
    if found.x is None or found.status != OPTIMAL:
        raise ResourceError(
            f"the solver gave up on {objective.size} variables: {found.message}",
            remedy="offer fewer links or interactions",
        )
    return np.asarray(found.x)


@contextmanager
def silent_stdout() -> Iterator[None]:
    """Lead the process's standard output nowhere, that of compiled code included."""
    flush_all()
    try:
        kept = os.dup(STDOUT)
    except OSError:  # closed: nothing is heard as it is
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDOUT)
        yield
    finally:
        # what C code printed may still wait in its buffer
        flush_all()
        os.dup2(kept, STDOUT)
        os.close(kept)
        os.close(nowhere)


def flush_all() -> None:
    """Write out what waits in the buffers of Python's and of C's standard output."""
    if sys.stdout is not None:
        sys.stdout.flush()
    ctypes.CDLL(None if os.name == "posix" else "ucrtbase").fflush(None)
