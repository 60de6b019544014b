"""How much memory is free, and the refusal of work that needs more, before any of it is taken."""

from __future__ import annotations

import os
from pathlib import Path

from corridor_sim.errors import ResourceError


def in_words(amount: float) -> str:
    """Return an amount of memory as people say it.

    >>> in_words(2.34e9)
    '2.3 GB'
    """
    return f"{amount / 1e9:,.1f} GB" if amount < 1e12 else f"{amount / 1e12:,.1f} TB"


def lasting(seconds: float) -> str:
    """Return a time as people say it.

    >>> lasting(9000)
    '2.5 h'
    """
    return f"{seconds:,.0f} s" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def refuse_beyond(
    needed: float,
    what: str,
    remedy: str,
    *,
    where: str | Path | None = None,
    free: float | None = None,
) -> None:
    """Stop where work needs more memory than is free.

    Call it with numbers that are known before any memory is taken.

    Parameters
    ----------
    needed : float
        Bytes.
    what : str
        What needs them, the beginning of the line; may be empty.
    remedy : str
    where : str or Path, optional
    free : float, optional
        Bytes that are free; default: asked of the system.

    Raises
    ------
    ResourceError
        With both numbers.
    """
    free = available_bytes() if free is None else free
    if needed > free:
        raise ResourceError(
            f"{what} needs about {in_words(needed)} of memory, {in_words(free)} are free".strip(),
            where=where,
            remedy=remedy,
        )


def available_bytes() -> float:
    """Return the memory that is free for use now, infinity where the system does not say.

    In a container or a job of a cluster it is what their limit leaves.
    """
    return min(_free_of_machine(), _free_of_group())


def _free_of_group(root: str = "/sys/fs/cgroup") -> float:
    """Return what the limit of this process's control group leaves; pages of files can be freed."""
    for limit, used, files in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        try:
            with open(f"{root}/{limit}") as stream:
                most = float(stream.read())
            with open(f"{root}/{used}") as stream:
                taken = float(stream.read())
            with open(f"{root}/{files}") as stream:
                rows = dict(line.split()[:2] for line in stream)
        except (OSError, ValueError):  # no limit reads "max"
            continue
        return max(0.0, most - taken + float(rows.get("inactive_file", 0)))
    return float("inf")


def _free_of_machine() -> float:
    try:
        with open("/proc/meminfo") as stream:
            for line in stream:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return float("inf")
