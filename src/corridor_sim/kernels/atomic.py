"""Atomic integer addition, so that all threads share one raster of counts and lose none.

Integer addition commutes, hence the totals are exact and identical for any number of threads. With
the compiler switched off (``NUMBA_DISABLE_JIT=1``) there is one thread and a plain addition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

from corridor_sim.kernels.jit import kernel
from corridor_sim.kernels.records import AREA_BITS

AREAS = 1 << AREA_BITS


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _fetch_add(typingctx: Any, array: Any, index: Any, amount: Any) -> Any:
    """Add to ``array.flat[index]`` of a C-contiguous integer array and return what was there."""
    sig = array.dtype(array, types.intp, array.dtype)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_type = signature.args[0]
        view = context.make_array(array_type)(context, builder, args[0])
        pointer = cgutils.gep_inbounds(builder, view.data, args[1])
        return builder.atomic_rmw("add", pointer, args[2], "monotonic")

    return sig, codegen


if config.DISABLE_JIT:

    def fetch_add(array: Any, index: Any, amount: Any) -> Any:
        """Add to the flat ``index`` of ``array`` and return what was there; one thread: plainly."""
        flat = array.reshape(-1)
        before = flat[index]
        flat[index] += amount
        return before

else:

    @kernel(inline=True)
    def fetch_add(array: Any, index: Any, amount: Any) -> Any:
        """Add to the flat ``index`` of a C-contiguous integer array; return what was there."""
        return _fetch_add(array, index, amount)


@kernel(inline=True)
def atomic_add(array: Any, index: Any, amount: Any) -> None:
    """Add ``amount`` to the flat ``index`` of a C-contiguous integer ``array``, atomically."""
    fetch_add(array, index, amount)


@kernel(inline=True)
def log_move(before: Any, zone: Any, log: Any) -> None:
    """Append a move from core area ``before`` to ``zone``; beyond the room it is only counted."""
    if log.size > 0:
        at = fetch_add(log, 0, np.int32(1)) + 1
        if at < log.size:
            log[at] = np.int32(before * AREAS + zone)
