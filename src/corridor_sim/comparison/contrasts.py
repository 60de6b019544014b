"""Intervals and paired contrasts of many scenarios at once, as tables.

The numbers are those of :mod:`corridor_sim.statistics.intervals`, computed for all outcomes of a
scenario together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.load import Resolved
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import ROUNDING, Support, intervals, paired_intervals
from corridor_sim.statistics.nested import nested
from corridor_sim.statistics.supports import Worth, smallest, supports

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LEVEL = 0.95


class Values:
    """Values by scenario: an array ``[species * outcome, replicate]`` and its replicates.

    Parameters
    ----------
    runs : DataFrame
        Long: scenario, replicate, species, outcome, value.
    names, keys, outcomes : list of str
        Scenarios, species and outcomes in order.
    """

    def __init__(
        self, runs: pd.DataFrame, names: list[str], keys: list[str], outcomes: list[str]
    ) -> None:
        scenario = _codes(runs["scenario"], names)
        row = _codes(runs["species"], keys) * len(outcomes) + _codes(runs["outcome"], outcomes)
        replicate = runs["replicate"].to_numpy(np.int64)
        value = runs["value"].to_numpy(np.float64)
        order = np.lexsort((replicate, row, scenario))
        ends = np.searchsorted(scenario[order], np.arange(len(names) + 1))
        self.by_name: dict[str, tuple[F64, NDArray[np.int64]]] = {}
        n_rows = len(keys) * len(outcomes)
        for i, name in enumerate(names):
            part = order[ends[i] : ends[i + 1]]
            block = value[part].reshape(n_rows, -1)
            self.by_name[name] = block, replicate[part][: block.shape[1]]

    def maps(self, n_maps: Mapping[str, int] | None, *names: str) -> I64 | None:
        """Return the map of each replicate that scenarios share; None where there is one map."""
        most = max(((n_maps or {}).get(name, 1) for name in names), default=1)
        replicates = self.by_name[names[0]][1]
        for name in names[1:]:
            replicates = np.intersect1d(replicates, self.by_name[name][1], assume_unique=True)
        return replicates % most if most > 1 else None

    def shared(self, a: str, b: str) -> tuple[F64, F64]:
        """Return the values of two scenarios in the replicates that both have."""
        (one, here), (other, there) = self.by_name[a], self.by_name[b]
        if np.array_equal(here, there):
            return one, other
        _, i, j = np.intersect1d(here, there, assume_unique=True, return_indices=True)
        return one[:, i], other[:, j]


def _codes(column: pd.Series[Any], names: Sequence[str]) -> NDArray[np.int64]:
    import pandas as pd

    found = pd.Categorical(column, categories=list(names)).codes
    return np.asarray(found, np.int64)


Worths = Mapping[str, Sequence[Worth]]
"""By scenario and species: what one event of a kind is worth."""


class _Supports:
    """The supports of scenarios' rows; what events are worth is learnt from all of them."""

    def __init__(
        self, values: Values, table: Mapping[str, Outcome], n_species: int, worths: Worths | None
    ) -> None:
        self._table, self._worths, self._n = table, worths or {}, n_species
        blocks = [block for block, _ in values.by_name.values()]
        self._seen = smallest(table, n_species, *blocks)
        self._many = self._animals(blocks) if "animals_start" in table else None

    def of(self, *names: str) -> Support:
        """Return what the rows of one scenario, or of two together, can be."""
        each = [self._worths.get(name, [{}] * self._n) for name in names]
        joined: list[Worth] = [
            {kind: max(one.get(kind, 0.0) for one in same) for kind in set().union(*same)}
            for same in zip(*each, strict=True)
        ]
        if self._many is not None:
            joined = [self._with_start(*pair) for pair in zip(joined, self._many, strict=True)]
        return supports(self._table, joined, seen=self._seen)

    @staticmethod
    def _with_start(worth: Worth, many: float) -> Worth:
        """Add what one animal is worth where numbers are told of those at the start.

        One animal more is the same finding whether it is told as an animal or as a share of all.
        """
        if many <= 0:
            return worth
        found = {**worth, "of_start": 1.0 / many}
        if "year" in worth:
            found |= dict.fromkeys(("animal_year", "of_start_year"), worth["year"] / many)
        return found

    def _animals(self, blocks: Sequence[F64]) -> list[float]:
        """Return the mean number of animals at the start, by species; 0 where nobody knows."""
        rows = np.arange(self._n) * len(self._table) + list(self._table).index("animals_start")
        found = np.concatenate([block[rows] for block in blocks], axis=1)
        kept = np.isfinite(found)
        total = np.where(kept, found, 0.0).sum(axis=1)
        return list(total / np.maximum(kept.sum(axis=1), 1))


def _labels(keys: list[str], table: Mapping[str, Outcome]) -> dict[str, list[str]]:
    return {
        "species": [key for key in keys for _ in table],
        "outcome": [one.name for _ in keys for one in table.values()],
        "unit": [one.unit for _ in keys for one in table.values()],
    }


def summarise(
    runs: pd.DataFrame,
    names: list[str],
    keys: list[str],
    table: Mapping[str, Outcome],
    worths: Worths | None = None,
    n_maps: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Return the mean and interval of every outcome of a table, by scenario and species.

    ``worths`` says what one event is worth; where it does not, the values themselves have to.
    ``n_maps`` says on how many maps the replicates of a scenario stand; one where it does not.
    """
    values = Values(runs, names, keys, list(table))
    known = _Supports(values, table, len(keys), worths)
    parts = []
    for name in names:
        block, maps = values.by_name[name][0], values.maps(n_maps, name)
        mean, low, high, n = intervals(block, LEVEL, known.of(name), maps=maps)
        parts.append(
            {
                "scenario": [name] * len(mean),
                **_labels(keys, table),
                "mean": mean,
                "low": low,
                "high": high,
                "n": n,
                **_between_maps(block, maps),
            }
        )
    columns = ["scenario", "species", "outcome", "unit", "mean", "low", "high", "n"]
    return _table(parts, [*columns, *MAP_SHARE])


MAP_SHARE = ("map_share", "map_share_low", "map_share_high")
"""Share of the variance between replicates that lies between maps, and its 95 % interval."""


def _between_maps(values: F64, maps: I64 | None) -> dict[str, F64]:
    """Return the columns of :data:`MAP_SHARE`, NaN where all replicates stand on one map."""
    if maps is None:
        return {name: np.full(len(values), np.nan) for name in MAP_SHARE}
    found = nested(values, maps, LEVEL)
    each = found.share, found.share_low, found.share_high
    return dict(zip(MAP_SHARE, each, strict=True))


_EFFECTS = [
    "scenario",
    "against",
    "species",
    "outcome",
    "unit",
    "baseline",
    "scenario_mean",
    "difference",
    "low",
    "high",
    "n",
    "clear",
    "variance_ratio",
    "relative",
    *MAP_SHARE,
]


def contrast_all(
    runs: pd.DataFrame,
    scenarios: Sequence[Resolved],
    keys: list[str],
    table: Mapping[str, Outcome],
    worths: Worths | None = None,
    n_maps: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Return the paired contrast of every scenario with the one it is compared with.

    Only replicates that both have are compared; ``worths`` and ``n_maps`` as in :func:`summarise`.
    """
    values = Values(runs, [one.name for one in scenarios], keys, list(table))
    known = _Supports(values, table, len(keys), worths)
    parts = []
    for resolved in scenarios[1:]:
        against = resolved.against or scenarios[0].name
        a, b = values.shared(against, resolved.name)
        both = np.isfinite(a) & np.isfinite(b)
        maps = values.maps(n_maps, against, resolved.name)
        first, second, (mean, low, high, n) = paired_intervals(
            a, b, LEVEL, known.of(against, resolved.name), maps=maps
        )
        base, here = first[0], second[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.where(base != 0, mean / base, np.nan)
        parts.append(
            {
                "scenario": [resolved.name] * len(mean),
                "against": [against] * len(mean),
                **_labels(keys, table),
                "baseline": base,
                "scenario_mean": here,
                "difference": mean,
                "low": low,
                "high": high,
                "n": n,
                "clear": (low > 0) | (high < 0),
                "variance_ratio": _ratios(a, b, both),
                "relative": relative,
                **_between_maps(_apart(a, b), maps),
            }
        )
    return _table(parts, _EFFECTS)


def _apart(a: F64, b: F64) -> F64:
    """Return the differences; what is left of equal numbers is rounding."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(b - a) <= ROUNDING * np.fmax(np.abs(a), np.abs(b)), 0.0, b - a)


def _ratios(a: F64, b: F64, both: NDArray[np.bool_]) -> F64:
    """Variance of two independent runs over that of the paired difference, by row."""
    n = both.sum(axis=1)
    enough = n > 1
    found = np.full(len(n), np.nan)
    whole = enough & both.all(axis=1)
    apart, paired = np.zeros(len(n)), np.zeros(len(n))
    if whole.any():
        x, y = a[whole], b[whole]
        apart[whole] = x.var(axis=1, ddof=1) + y.var(axis=1, ddof=1)
        paired[whole] = (y - x).var(axis=1, ddof=1)
    for i in np.flatnonzero(enough & ~whole):
        x, y = a[i, both[i]], b[i, both[i]]
        apart[i] = x.var(ddof=1) + y.var(ddof=1)
        paired[i] = (y - x).var(ddof=1)
    varies = enough & (paired > 0)
    found[varies] = apart[varies] / paired[varies]
    found[enough & (paired <= 0) & (apart > 0)] = np.inf
    return found


def _table(parts: Sequence[Mapping[str, Any]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    if not parts:
        return pd.DataFrame([], columns=columns)
    joined: dict[str, Any] = {}
    for name in columns:
        pieces = [part[name] for part in parts]
        if isinstance(pieces[0], list):
            joined[name] = [word for piece in pieces for word in piece]
        else:
            joined[name] = np.concatenate(pieces)
    return pd.DataFrame(joined)
