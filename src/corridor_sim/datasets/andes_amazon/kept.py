"""The master elevation, kept from one start of the program to the next.

It takes two seconds to shape and is the same for every grid. What is kept holds as long as nothing
changes that has a say in it: the code and the tables it is made of, Python, the libraries, the
processor with what it can do, and the settings by which libraries choose among their ways to
compute are hashed into its name. It lies beside the compiled kernels, in a folder that
nobody else can write, and a file that does not hold what was written is made anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.files import read_regular, write_bytes
from corridor_sim.kernels.cache_folder import cache_folder
from corridor_sim.kernels.jit import CACHE_DIR

F32 = NDArray[np.float32]
NAME = "master_elevation"
DIGEST_BYTES = 32
# variables of the environment by which numpy, BLAS, the C library and numba choose how to compute
CHOOSING: tuple[str, ...] = (
    "NPY_",
    "OPENBLAS_",
    "OMP_",
    "MKL_",
    "BLIS_",
    "GLIBC_TUNABLES",
    "NUMBA_CPU",
)
CHOOSING += ("NUMBA_DISABLE_JIT", "NUMBA_OPT", "NUMBA_ENABLE_AVX")


def _identity() -> str:
    """Return a digest of all that has a say in the elevation."""
    import scipy

    here = Path(__file__).parent
    # the name of the kernels' folder tells kernels, Python, numba and numpy apart
    facts = [Path(CACHE_DIR).name, scipy.__version__, *_machine()]
    digest = hashlib.sha256(repr(facts).encode())
    landscape = here.parents[1] / "landscape"
    files = [*here.rglob("*"), *landscape.glob("*.py")]
    for path in sorted(one for one in files if one.is_file() and one.suffix != ".pyc"):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _machine() -> list[str]:
    """Return what may lead to other bits on another machine, or in another environment."""
    from llvmlite import binding

    processor = platform.machine(), binding.get_host_cpu_name()
    can = sorted(name for name, there in binding.get_host_cpu_features().items() if there)
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    chosen = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith(CHOOSING))
    return [*processor, *platform.libc_ver(), str(threads), *can, *chosen]


def _path() -> Path | None:
    folder = cache_folder(f"relief-{_identity()}") if CACHE_DIR else ""
    return Path(folder) / NAME if folder else None


def kept_elevation(shape: tuple[int, int]) -> F32 | None:
    """Return the elevation that was kept, ``[height, width]``; None where none was, or spoilt."""
    path, size = _path(), DIGEST_BYTES + 4 * shape[0] * shape[1]
    if path is None or not path.exists():
        return None
    try:
        data = read_regular(path, size + 1)
    except (CorridorSimError, OSError):
        return None
    content = data[DIGEST_BYTES:]
    if len(data) != size or hashlib.sha256(content).digest() != data[:DIGEST_BYTES]:
        return None
    return np.frombuffer(content, "<f4").reshape(shape).astype(np.float32)


def keep_elevation(z: F32) -> None:
    """Keep the elevation for the next start, where a folder can hold it."""
    path = _path()
    if path is None:
        return
    content = np.ascontiguousarray(z, "<f4").tobytes()
    try:
        write_bytes(path, hashlib.sha256(content).digest() + content)
    except (CorridorSimError, OSError):
        return  # a full disk costs the next start two seconds
