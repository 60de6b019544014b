"""What every part of the report on links looks up: names, numbers and words of one ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.indifference import Indifference
from corridor_sim.experiment.plan import Run
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.links.co_benefits import LinkGround
from corridor_sim.links.dispersal_sets import DispersalSets
from corridor_sim.links.effects import ROUNDING, still
from corridor_sim.links.evaluator import NO_LINK, Chosen, RunEvaluator, SetEvaluator
from corridor_sim.links.generation_sets import GenerationSets
from corridor_sim.links.rank import LinkResult
from corridor_sim.report.text import numbers as say
from corridor_sim.simulation.decades.simulator import years_of

if TYPE_CHECKING:
    from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]
SAME = mark("the same in every replicate")
# units of benefits of which files need not speak
UNITS = (mark("animals a year"), mark("points"), mark("million USD"))


@dataclass(frozen=True, slots=True)
class Found:
    """A ranking with the evaluator of its sets and the landscape without any link.

    Attributes
    ----------
    result : LinkResult
    evaluator : SetEvaluator
    land : Landscape
    ground : LinkGround or None
        What links give beside animals, where the file asks for it.
    """

    result: LinkResult
    evaluator: SetEvaluator
    land: Landscape
    ground: LinkGround | None = None

    @property
    def order(self) -> list[int]:
        """Links from best to worst."""
        return [int(i) for i in self.result.ranking.order]

    @property
    def first(self) -> list[int]:
        """Links of the first rank, several where their means are the same; none without values."""
        ranking = self.result.ranking
        return [i for i in self.order if ranking.rank[i] == 1 and np.isfinite(ranking.mean[i])]

    @property
    def still(self) -> bool:
        """Whether no link changed anything in any replicate: no interval has a width."""
        ranking = self.result.ranking
        with np.errstate(invalid="ignore"):
            wide = (ranking.high - ranking.low > ROUNDING) | (np.abs(ranking.mean) > ROUNDING)
        return not wide.any() and bool(np.isfinite(ranking.mean).any())

    def rank_text(self, i: int) -> str:
        """Write the rank of a link, with a sign where others share it: ``2=``."""
        rank = self.result.ranking.rank
        return f"{rank[i]}{'=' if (rank == rank[i]).sum() > 1 else ''}"

    @property
    def names(self) -> list[str]:
        """Name of every link."""
        return [link.name for link in self.result.links]

    @property
    def chosen(self) -> frozenset[int]:
        """Links of the chosen set; empty without a budget."""
        return frozenset(self.result.chosen.links) if self.result.chosen is not None else NO_LINK

    @property
    def unit(self) -> str:
        """Unit of cost, in the current language where that has a word for it."""
        return tr(self.result.settings.cost_unit)

    @property
    def rule(self) -> Indifference:
        """What changes of outcomes matter."""
        return self.evaluator.study.scenarios[0].scenario.indifference

    @property
    def level(self) -> str:
        """Confidence of the intervals, for reading: ``95 %``."""
        share = self.result.settings.procedure.confidence
        return say.percent(share, 0 if abs(share * 100 - round(share * 100)) < 1e-9 else 1)

    @property
    def species(self) -> list[Species]:
        """Species that count, in the order of the rows of the result."""
        known = {one.key: one for one in self.evaluator.study.species}
        return [known[key] for key in self.result.species]

    @property
    def years(self) -> int | None:
        """Years simulated, None where the runs last days."""
        base = self.evaluator.study.scenarios[0]
        return None if base.scenario.life_cycle is None else years_of(base)

    @property
    def counted(self) -> list[str]:
        """Outcomes that count, by name."""
        return [n for n, w in self.evaluator.benefit.weights.items() if w > 0]

    @property
    def factor(self) -> float:
        """What a benefit is shown times."""
        return self.result.settings.benefit.factor

    @property
    def benefit_unit(self) -> str:
        """What one of it is called then, in the current language where that has a word for it."""
        return tr(self.result.settings.benefit.shown_unit)

    @property
    def decimals(self) -> int:
        """Decimals that tell benefits apart."""
        size = np.abs(self.result.ranking.mean)
        largest = float(np.nanmax(size)) if np.isfinite(size).any() else 0.0
        return decimals_of_benefit(largest, self.factor)

    def points(self, benefit: float, *, sign: bool = True) -> str:
        """Write a benefit without its unit.

        A benefit that rounds to nothing has no sign.
        """
        return say.number(self.factor * benefit, self.decimals, sign=sign)

    def amount(self, benefit: float, *, sign: bool = True) -> str:
        """Write a benefit with its unit."""
        text = self.points(benefit, sign=sign)
        return text if text == say.NOTHING else f"{text} {self.benefit_unit}"

    def span(self, low: float, high: float) -> str:
        """Write an interval of a benefit, or nothing where there is none."""
        if not (np.isfinite(low) and np.isfinite(high)):
            return ""
        if still(low, high):
            return tr(SAME)
        first, last = self._ends(low, high)
        return say.bracketed([first, last])

    def ends(self, low: float, high: float) -> str:
        """Write both ends of an interval, apart, and the nearer not as zero if it leaves it out."""
        first, last = self._ends(low, high)
        return tr("{low} to {high}", low=first, high=last)

    def _ends(self, low: float, high: float) -> tuple[str, str]:
        ends = self.factor * low, self.factor * high
        decimals = say.decimals_of(ends, self.decimals, clear=clear(low, high))
        first, last = (say.number(v, decimals, sign=True) for v in ends)
        return first, last

    def price(self, cost: float) -> str:
        """Write a cost with its unit."""
        return f"{bare(cost)} {self.unit}"

    def listed(self, links: Any) -> str:
        """Name links as in a sentence, in the order of the ranking."""
        here = set(links)
        return say.joined([self.names[i] for i in self.order if i in here])

    def labels(self) -> dict[str, str]:
        """Return the label of every outcome that counts."""
        table = self.evaluator.table
        return {name: tr(table[name].label) for name in self.counted}

    @property
    def by_dispersers(self) -> bool:
        """Whether dispersers alone were simulated, and no whole runs."""
        return isinstance(self.evaluator, DispersalSets)

    @property
    def by_tiles(self) -> bool:
        """Whether links were told by numbers by tiles, in expectation."""
        return isinstance(self.evaluator, GenerationSets)

    @property
    def effort(self) -> str:
        """What one replicate of a set is called."""
        return "run" if isinstance(self.evaluator, RunEvaluator) else "replicate"

    def efforts(self, n: int) -> str:
        """Write a number of runs, or of replicates where these are no runs."""
        if self.effort == "run":
            return tr_plural("{n} run", "{n} runs", n)
        return tr_plural("{n} replicate", "{n} replicates", n)

    def runs(self, chosen: Chosen, replicates: range) -> tuple[Run, ...]:
        """Return the runs of a set that was simulated; none where dispersers alone were."""
        evaluator = self.evaluator
        return evaluator.runs(chosen, replicates) if isinstance(evaluator, RunEvaluator) else ()

    def meaning(self) -> str:
        """Say in one sentence what the benefit of a link is."""
        benefit, table = self.evaluator.benefit, self.evaluator.table
        weights = benefit.weights
        total = sum(weights.values())
        parts = []
        for name in self.counted:
            label = tr(table[name].label)
            what = say.inside(label) if self.years is None else say.quoted(label)
            if table[name].better == "less":
                what = tr("{outcome} (less is better)", outcome=what)
            scale = benefit.scales.get(name)
            size = "" if scale is None else written(f"{scale:g}")
            if benefit.unit is None and scale is None:
                what = tr("{outcome}, in per cent of the baseline", outcome=what)
            elif benefit.unit is None:
                what = tr("{outcome}, in hundredths of {scale}", outcome=what, scale=size)
            elif scale is not None:
                what = tr("{outcome}, divided by {scale}", outcome=what, scale=size)
            if len(self.counted) > 1:
                share = written(f"{weights[name] / total:.2f}")
                what = tr("{outcome}, weight {share}", outcome=what, share=share)
            parts.append(what)
        # between the outcomes of "the change it brings in"
        changes = tr("; in ").join(parts)
        given = self.evaluator.shares
        names = [say.inside(one.common_name) for one in self.species]
        even = np.ptp(given) < 1e-12
        if benefit.unit is not None:
            each = (
                tr("an animal of each of {species} counts the same", species=say.joined(names))
                if even and len(names) > 1
                else say.joined(
                    [
                        tr("one of {species} counts {share}", species=name, share=written(f"{w:g}"))
                        for name, w in zip(names, given, strict=True)
                    ]
                )
            )
            return tr(
                "The benefit of a link is the change it brings in {outcomes}, in {unit}; {each}, "
                "and species are added up.",
                outcomes=changes,
                unit=tr(benefit.unit),
                each=each,
            )
        if len(names) == 1:
            return tr(
                "The benefit of a link is the change it brings in {outcomes}, for the {species}.",
                outcomes=changes,
                species=names[0],
            )
        if even:
            return tr(
                "The benefit of a link is the change it brings in {outcomes}, averaged over "
                "{species}.",
                outcomes=changes,
                species=say.joined(names),
            )
        parts = [
            f"{name} {written(f'{share:.2f}')}" for name, share in zip(names, given, strict=True)
        ]
        return tr(
            "The benefit of a link is the change it brings in {outcomes}, averaged over species "
            "with weights {species}.",
            outcomes=changes,
            species=say.joined(parts),
        )

    def ordered(self, links: Any) -> list[int]:
        """Return links in the order of the ranking."""
        here = set(links)
        return [i for i in self.order if i in here]


def decimals_of_benefit(largest: float, factor: float) -> int:
    """Return the decimals that tell benefits apart which are shown times ``factor``.

    >>> decimals_of_benefit(0.05, 100.0), decimals_of_benefit(0.25, 1.0)
    (1, 3)
    """
    # per cents below a hundredth of one tell nothing; animals a year are few
    ends = (1, 100) if factor == 100 else (1, 10, 100)
    return len(ends) - sum(factor * largest >= end for end in ends)


def bare(cost: float) -> str:
    """Write a cost with no more digits than it has, thousands separated.

    >>> bare(48.34), bare(1200000.0), bare(0.1 + 0.2)
    ('48.34', '1,200,000', '0.3')
    """
    text = f"{cost:,.2f}".rstrip("0").rstrip(".")
    return written(text if text not in ("0", "-0") or cost == 0 else f"{cost:.3g}")


def clear(low: Any, high: Any) -> bool:
    """Return whether an interval leaves out zero, by more than rounding.

    >>> clear(0.1, 0.2), clear(-0.1, 0.2), clear(1e-17, 2e-17), clear(float("nan"), 0.2)
    (True, False, False, False)
    """
    return bool(np.isfinite(low) and np.isfinite(high) and (low > ROUNDING or high < -ROUNDING))
