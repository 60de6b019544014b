"""Intervals and paired contrasts of many scenarios at once, as tables.

The numbers are those of :mod:`corridor_sim.statistics.intervals`, computed for all outcomes of a
scenario together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.indifference import Indifference
from corridor_sim.config.load import Resolved
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import Support, intervals, paired_intervals
from corridor_sim.statistics.moments import ROUNDING
from corridor_sim.statistics.nested import nested
from corridor_sim.statistics.ratios import Relative, effect_sizes, relative_intervals
from corridor_sim.statistics.supports import Worth, largest_jumps, smallest, supports
from corridor_sim.statistics.zones import LESS, MORE, OPEN, verdicts

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
BOOL = NDArray[np.bool_]
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
        self._jumps = largest_jumps(n_species * len(table), blocks)
        self._many = self._animals(blocks) if "animals_start" in table else None

    def of(self, *names: str, jumps: F64 | None = None) -> Support:
        """Return what the rows of one scenario, or of two together, can be.

        ``jumps`` as in :class:`Support`, of differences; by default those of single scenarios.
        """
        each = [self._worths.get(name, [{}] * self._n) for name in names]
        joined: list[Worth] = [
            {kind: max(one.get(kind, 0.0) for one in same) for kind in set().union(*same)}
            for same in zip(*each, strict=True)
        ]
        if self._many is not None:
            joined = [self._with_start(*pair) for pair in zip(joined, self._many, strict=True)]
        found = supports(self._table, joined, seen=self._seen)
        return replace(found, jump=self._jumps if jumps is None else jumps)

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
        support = known.of(name)
        mean, low, high, n = intervals(block, LEVEL, support, maps=maps)
        low, high, note = explained(low, high, n, support, one_map=maps is None)
        parts.append(
            {
                "scenario": [name] * len(mean),
                **_labels(keys, table),
                "mean": mean,
                "low": low,
                "high": high,
                "n": n,
                "interval_note": note,
                **_between_maps(block, maps),
            }
        )
    return _table(parts, _SUMMARY)


MAP_SHARE = ("map_share", "map_share_low", "map_share_high")
"""Share of the variance between replicates that lies between maps, and its 95 % interval."""


def _between_maps(values: F64, maps: I64 | None) -> dict[str, F64]:
    """Return the columns of :data:`MAP_SHARE`, NaN where all replicates stand on one map."""
    if maps is None:
        return {name: np.full(len(values), np.nan) for name in MAP_SHARE}
    found = nested(values, maps, LEVEL)
    each = found.share, found.share_low, found.share_high
    return dict(zip(MAP_SHARE, each, strict=True))


_SUMMARY = ["scenario", "species", "outcome", "unit", "mean", "low", "high", "n", "interval_note"]
_SUMMARY += MAP_SHARE
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
    "interval_note",
    "relative",
    "relative_low",
    "relative_high",
    "relative_note",
    "baseline_events",
    "zone",
    "verdict",
    "effect_size_dz",
    "variance_ratio",
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
    The zone of indifference is that of the first scenario.
    """
    values = Values(runs, [one.name for one in scenarios], keys, list(table))
    known = _Supports(values, table, len(keys), worths)
    sides = {
        one.name: values.shared(one.against or scenarios[0].name, one.name) for one in scenarios[1:]
    }
    with np.errstate(invalid="ignore"):  # infinity less infinity
        apart = [b - a for a, b in sides.values()]
    jumps = largest_jumps(len(keys) * len(table), apart)
    parts = []
    for resolved in scenarios[1:]:
        against = resolved.against or scenarios[0].name
        a, b = sides[resolved.name]
        both = np.isfinite(a) & np.isfinite(b)
        maps = values.maps(n_maps, against, resolved.name)
        support = known.of(against, resolved.name, jumps=jumps)
        first, second, (mean, low, high, n) = paired_intervals(a, b, LEVEL, support, maps=maps)
        base, here = first[0], second[0]
        ratio = relative_intervals(a, b, LEVEL, support, (low, high), maps=maps)
        zone, shared = zones(scenarios[0].scenario.indifference, keys, table, base)
        verdict = judged(low, high, ratio, zone, shared, scenarios[0].scenario.indifference.share)
        low, high, note = explained(low, high, n, support, one_map=maps is None)
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
                "interval_note": note,
                "relative": ratio.mean,
                "relative_low": np.where(np.isnan(low), np.nan, ratio.low),
                "relative_high": np.where(np.isnan(low), np.nan, ratio.high),
                "relative_note": ratio.why_not,
                "baseline_events": ratio.events,
                "zone": zone,
                "verdict": verdict,
                "effect_size_dz": effect_sizes(a, b),
                "variance_ratio": _ratios(a, b, both),
                **_between_maps(_apart(a, b), maps),
            }
        )
    return _table(parts, _EFFECTS)


def _apart(a: F64, b: F64) -> F64:
    """Return the differences; what is left of equal numbers is rounding."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(b - a) <= ROUNDING * np.fmax(np.abs(a), np.abs(b)), 0.0, b - a)


def zones(
    rule: Indifference, keys: Sequence[str], table: Mapping[str, Outcome], base: F64
) -> tuple[F64, NDArray[np.bool_]]:
    """Return the smallest change that matters, in the outcome's unit, and where it is a share.

    Parameters
    ----------
    rule : Indifference
        What the file says; else the table of outcomes, else a share of the reference.
    base : float64 ``[species * outcome]``
        Mean of the reference.
    """
    own = np.array(
        [rule.outcomes.get(name, one.matters) for _ in keys for name, one in table.items()]
    )
    shared = np.isnan(own)
    return np.where(shared, rule.share * np.abs(base), own), shared


def judged(
    low: F64, high: F64, ratio: Relative, zone: F64, shared: NDArray[np.bool_], share: float
) -> list[str]:
    """Return the verdicts on differences, ``[rows]``.

    Against a share of the reference stands the ratio, which knows the reference's own error; both
    ways to look at a change have to see it.
    """
    by_ratio = shared & np.isfinite(ratio.low) & np.isfinite(low)
    found = verdicts(
        np.where(by_ratio, ratio.low, low),
        np.where(by_ratio, ratio.high, high),
        np.where(by_ratio, share, zone),
    )
    for i in np.flatnonzero(by_ratio & (low <= 0) & (high >= 0)):
        found[i] = OPEN if found[i] in (MORE, LESS) else found[i]
    return found


NO_CHANCE = "no chance in it"
ONE_RUN = "one replicate"
NO_VALUE = "no value"
NEVER_VARIED = "never varied, and what one event moves is not known"


def explained(
    low: F64, high: F64, n: NDArray[np.int64], support: Support, *, one_map: bool | BOOL = True
) -> tuple[F64, F64, list[str]]:
    """Return ends as tables show them, and why there are none.

    What follows from the landscape holds no chance where all replicates stand on ``one_map``.
    """
    _, _, _, _, certain, _ = support.rows(len(low))
    note = np.full(len(low), "", object)
    note[np.isnan(low)] = NEVER_VARIED
    note[n == 1] = ONE_RUN
    note[n == 0] = NO_VALUE
    certain = certain & (n > 0) & one_map
    note[certain] = NO_CHANCE
    low, high = (np.where(certain, np.nan, v) for v in (low, high))
    return low, high, [str(v) for v in note]


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
