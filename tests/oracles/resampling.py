"""Thinning of one track to bursts of regular fixes in plain Python, fix by fix.

The rule of ``track_resample`` in R's package amt (Signer, Fieberg & Avgar 2019, Ecology and
Evolution 9, 880-890), written down from its words alone.
"""

from __future__ import annotations

from collections.abc import Sequence


def resampled(times: Sequence[int], interval: int, tolerance: int) -> list[int | None]:
    """The burst of each fix from 0, None for one that is passed over."""
    bursts: list[int | None] = [None] * len(times)
    kept, burst = 0, 0
    bursts[0] = burst
    for i in range(1, len(times)):
        since = times[i] - times[kept]
        if since < interval - tolerance:
            continue
        if since > interval + tolerance:
            burst += 1
        bursts[i] = burst
        kept = i
    return bursts
