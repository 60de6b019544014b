"""How a number is judged against theory, and the line it leaves in docs/verification.md.

An estimate may be off by :data:`Z` of its own standard errors, a count table by the same
probability in the tail of chi-square: about seven in a million of correct programs would fail, and
with fixed seeds the verdict is the same every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Z = 4.5
TAIL = float(2 * stats.norm.sf(Z))


@dataclass(frozen=True)
class Verdict:
    """Judges numbers and records each judgement with the running test."""

    record: Callable[[str, object], None]

    def _note(self, what: str, theory: str, tolerance: str, result: str) -> None:
        self.record("check", {"what": what, "theory": theory, "tol": tolerance, "got": result})

    def close(self, what: str, theory: str, expected: float, seen: float, error: float) -> None:
        """Demand ``|seen - expected| <= Z * error`` with ``error`` the standard error."""
        off = (seen - expected) / error
        self._note(
            what,
            f"{theory} = {expected:.5g}",
            f"{Z:g} SE = {Z * error:.2g}",
            f"{seen:.5g} ({off:+.1f} SE)",
        )
        assert abs(off) <= Z, (
            f"{what}: {seen:.6g}, theory {expected:.6g} +- {error:.2g} ({off:.1f})"
        )

    def share(self, what: str, theory: str, expected: float, hits: int, n: int) -> None:
        """Demand a binomial share of ``n`` independent trials."""
        self.close(what, theory, expected, hits / n, math.sqrt(expected * (1 - expected) / n))

    def counts(
        self, what: str, theory: str, observed: NDArray[Any], expected: NDArray[Any]
    ) -> None:
        """Demand that independent counts follow ``expected``, by Pearson's chi-square.

        Cells with less than five expected are pooled; cells that cannot occur must be empty.
        """
        o, e = np.asarray(observed, float).ravel(), np.asarray(expected, float).ravel()
        assert o[e == 0].sum() == 0, f"{what}: counts where theory has none"
        few = (e < 5) & (e > 0)
        if few.any():
            o, e = np.append(o[~few], o[few].sum()), np.append(e[~few], e[few].sum())
        o, e = o[e > 0], e[e > 0]
        value = float(((o - e) ** 2 / e).sum())
        limit = float(stats.chi2.isf(TAIL, e.size - 1))
        self._note(
            what,
            theory,
            f"chi-square({e.size - 1}) below {limit:.0f}, n = {int(o.sum())}",
            f"{value:.1f} (p = {stats.chi2.sf(value, e.size - 1):.2g})",
        )
        assert value <= limit, f"{what}: chi-square {value:.1f} with {e.size - 1} df"

    def below(self, what: str, theory: str, bound: float, seen: float, why: str) -> None:
        """Demand ``seen <= bound``; ``why`` says where the bound comes from."""
        self._note(what, theory, f"{why} = {bound:.2g}", f"{seen:.2g}")
        assert seen <= bound, f"{what}: {seen:.6g} above {bound:.6g}"

    def above(self, what: str, theory: str, bound: float, seen: float, why: str) -> None:
        """Demand ``seen >= bound``; ``why`` says where the bound comes from."""
        self._note(what, theory, f"at least {bound:.3g}, {why}", f"{seen:.3g}")
        assert seen >= bound, f"{what}: {seen:.6g} below {bound:.6g}"

    def between(self, what: str, theory: str, low: float, high: float, seen: float) -> None:
        """Demand ``low <= seen <= high``."""
        self._note(what, theory, f"{low:.3g} to {high:.3g}", f"{seen:.3g}")
        assert low <= seen <= high, f"{what}: {seen:.6g} outside {low:.6g} to {high:.6g}"
