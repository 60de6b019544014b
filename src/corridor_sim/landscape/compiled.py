"""The folder's array loops, compiled with the house's flags.

The loops of the relief use ``+ - * /`` and square roots in a fixed serial order only, so the same
terrain comes out to the bit whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from corridor_sim.kernels.jit import kernel

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile ``function`` on its first call and keep the machine code in the user's cache."""
    wrapped: F = kernel()(function)
    return wrapped
