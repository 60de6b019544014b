"""The movement core: plain numbers in, plain numbers out; math, numpy and numba only.

Compiled functions need no annotations: numba infers the type of every value at the first call and
reads none. ``pyproject.toml`` names the modules that hold them, and lets only these define
functions without types; a test sees to it that only compiled functions do.
"""
