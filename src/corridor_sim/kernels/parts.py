"""Inlined functions that are only linked into the kernels that call them.

Left alone, numba optimises each on its own, turns it into machine code and gives it two wrappers
for Python, which takes as long as the kernels themselves. What spares that is what numba keeps to
itself; :func:`probe` uses it all, so that ``jit`` can do without where a version has changed it.
"""

from __future__ import annotations

import ctypes
import inspect
import sys
from typing import Any

from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import cpu_target

# who calls an inlined function from Python is told that it "is not callable"
_NOT_CALLABLE = ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value


class _Part(JITCodeLibrary):
    """Code of an inlined function: linked into its callers, neither optimised nor emitted alone."""

    def finalize(self) -> None:
        """Link what the function itself calls."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class _RawPart(_Part):
    """The same, taken as it comes from numba."""

    def add_llvm_module(self, module: Any) -> None:
        """Add a module without the passes over its functions."""
        self._final_module.link_in(module)


class _Inlined(Compiler):
    """The usual compiler, with :class:`_Part` to hold the code and nothing to call from Python."""

    library = _Part

    def compile_extra(self, func: Any) -> Any:
        """Compile to a part and make it known to callers under a stand-in for its address."""
        context = self.state.targetctx
        part = self.library(context.codegen(), func.__qualname__)
        self.state.library = part
        self.state.flags.no_compile = True
        done = super().compile_extra(func)
        stand_in = _stand_in(done.fndesc.lookup_module(), func.__name__, done.environment, part)
        context.insert_user_function(stand_in, done.fndesc, [part])
        return done._replace(entry_point=stand_in)


class _Raw(_Inlined):
    """The same for functions that their callers optimise better."""

    library = _RawPart


def _stand_in(module: Any, name: str, environment: Any, part: Any) -> Any:
    return _dynfunc.make_function(module, name, "", _NOT_CALLABLE, environment, (part,))


def options(*, raw: bool) -> dict[str, Any]:
    """Return the options for ``numba.njit`` of an inlined function."""
    pipeline = _Raw if raw else _Inlined
    return {"pipeline_class": pipeline, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def probe() -> None:
    """Use everything of numba's own once, on nothing; raise whatever does not fit."""
    for name in options(raw=False).keys() - {"pipeline_class"}:
        getattr(cpu_target.options, name)
    context = cpu_target.target_context
    inner, outer = (_RawPart(context.codegen(), name) for name in ("inner", "outer"))
    inner.add_llvm_module(outer._final_module.clone())
    outer.add_linking_library(inner)
    inspect.signature(inner._get_module_for_linking).bind()
    outer._linking_libraries.clear()  # nothing to link is an error
    outer.finalize()
    inspect.signature(Compiler.compile_extra).bind(None, probe)
    stand_in = _stand_in(sys.modules[__name__], "probe", _dynfunc.Environment({}), outer)
    inspect.signature(context.insert_user_function).bind(stand_in, None, [outer])
