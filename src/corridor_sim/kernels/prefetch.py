"""Ask the processor for memory before it is needed; changes nothing but speed."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

from corridor_sim.kernels.jit import kernel

ir = cgutils.ir


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Fetch the cache line of ``array.flat[index]`` of a C-contiguous array."""
    sig = types.void(array, types.intp)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_type = signature.args[0]
        view = context.make_array(array_type)(context, builder, args[0])
        pointer = cgutils.gep_inbounds(builder, view.data, args[1])
        byte = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        sort = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, sort, "llvm.prefetch.p0i8")
        # for reading, into all levels of the cache, as data
        builder.call(ask, [builder.bitcast(pointer, byte), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return sig, codegen


if config.DISABLE_JIT:

    def prefetch(array: Any, index: Any) -> None:
        """Without the compiler: nothing."""

else:

    @kernel(inline=True)
    def prefetch(array: Any, index: Any) -> None:
        """Fetch the cache line of the flat ``index`` of a C-contiguous ``array``."""
        _prefetch(array, index)
