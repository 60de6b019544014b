"""Memory that a solution or a grid will take, asked for before it is taken."""

from __future__ import annotations

import os

from corridor_sim.errors import ResourceError

# below so much nothing is asked
SMALL = 500_000_000


def available_bytes() -> float:
    """Bytes that the machine can still give; inf where it does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as stream:
            for line in stream:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return float("inf")


def ask(wanted: float, what: str, where: object, remedy: str) -> None:
    """Refuse what takes more memory than there is.

    Raises
    ------
    ResourceError
        With what is wanted and what there is.
    """
    if wanted <= SMALL:
        return
    there = available_bytes()
    if wanted > there:
        raise ResourceError(
            f"{what} would take about {wanted / 1e9:.1f} GB of memory, {there / 1e9:.1f} GB are "
            "free",
            where=str(where),
            remedy=remedy,
        )
