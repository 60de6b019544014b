"""Whether the ranking of links, and the choice among them, survives what is not known of traits.

At every point of the design the base and each link alone are simulated with the same draws; more
replicates at the nominal traits tell how much of what changes is noise. ``docs/sweeps.md`` says how
to read it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ResultsError
from corridor_sim.experiment.values import outcome_table, read_values, runs_by_scenario
from corridor_sim.links.benefit import Weighings, counted_species, species_shares
from corridor_sim.sweeps import link_measures as measure
from corridor_sim.sweeps.link_plan import SHARE_OF_POINTS, LinkTask
from corridor_sim.sweeps.sensitivity import Plan, indices

if TYPE_CHECKING:
    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Verdict = Literal["survives", "does not survive", "cannot be told from noise"]
MOST_SPLITS, SPLITS_TO_CHOOSE, PAIRS = 2000, 40, 500
# the order survives if so many pairs of links, over all points, stand as at the nominal traits
SAME_PAIRS = 0.95
# Morris' design on four levels steps over two thirds of a range
STEP = 2 / 3


@dataclass(frozen=True, slots=True)
class Effects:
    """SALib's indices of one quantity over the points, by trait.

    Attributes
    ----------
    of : {"benefit", "agreement", "loss"}
    link : int or None
        Whose benefit.
    found : dict of float64 ``[trait]``
        As :func:`corridor_sim.sweeps.sensitivity.indices` gives them.
    noise : float
        What the first of them comes to where a trait changes nothing but the draws.
    """

    of: Literal["benefit", "agreement", "loss"]
    link: int | None
    found: dict[str, F64]
    noise: float

    @property
    def size(self) -> F64:
        """The first index: mu* of Morris, the total share of Sobol."""
        return self.found["effect" if "effect" in self.found else "total"]

    @property
    def beyond_noise(self) -> Bools:
        """Which traits' interval lies above the noise."""
        return np.asarray(self.size - self.found["half_width"] > self.noise)


@dataclass(frozen=True, slots=True)
class LinkRobustness:
    """How links fare over all points; arrays over points hold those where every benefit exists.

    Attributes
    ----------
    task : LinkTask
    kept : int64 ``[point]``
        Which points of the plan those are.
    nominal : float64 ``[replicate, link]``
        Benefits at the nominal traits. The first replicates have the draws of the points and only
        serve the noise; ``reference`` and ``choice`` come from the others.
    benefit : float64 ``[point, replicate, link]``
    reference : float64 ``[link]``
        Mean benefit at the nominal traits.
    choice : tuple of int
        The best set there for the budget, or the best few without one.
    choices : bool ``[point, link]``
        The same at every point.
    agreement, p : float64 ``[point]``
        Kendall's tau-b with the nominal ranking, and the share of what noise gives that is no
        higher.
    noise : float64 ``[split]``
        Tau-b at the nominal traits between as many replicates as a point has, and the others.
    by_chance : dict of float64 ``[link]``
        Share of such splits with the link first, within the top, in the choice, above 0.
    loss : Loss
        What the choice loses against each point's own.
    loss_noise : float64 ``[split]``
        The same between replicates at the nominal traits, erring upwards as ``loss.at``.
    concordance, concordance_by_chance : float
        Kendall's W over all points, and what noise alone gives for as many rankings.
    p_order : float
        P-value against: the order differs from the nominal one in fewer than
        ``SHARE_OF_POINTS`` of the points, if in any.
    effects : tuple of Effects
    """

    task: LinkTask
    kept: I64
    nominal: F64
    benefit: F64
    reference: F64
    choice: tuple[int, ...]
    choices: Bools
    agreement: F64
    p: F64
    noise: F64
    by_chance: dict[str, F64]
    loss: measure.Loss
    loss_noise: F64
    concordance: float
    concordance_by_chance: float
    p_order: float
    effects: tuple[Effects, ...]

    @property
    def mean(self) -> F64:
        """Mean benefit at every point, ``[point, link]``."""
        return rounded(self.benefit.mean(axis=1))

    @property
    def ranks(self) -> I64:
        """Rank at every point, ``[point, link]``."""
        return measure.ranks_of(self.mean)

    def among_best(self, top: int) -> F64:
        """Part that each link has of the ``top`` first places at every point, ``[point, link]``."""
        return measure.among_best(self.ranks, top)

    @property
    def rank(self) -> I64:
        """Rank at the nominal traits, ``[link]``."""
        return measure.ranks_of(self.reference)

    @property
    def same_pairs(self) -> float:
        """Share of pairs of links, over all points, that stand as at the nominal traits."""
        return float((1 + self.agreement.mean()) / 2)

    @property
    def order_verdict(self) -> Verdict:
        """Whether the order of the links survives."""
        if self.same_pairs >= SAME_PAIRS:
            return "survives"
        differs = self.p_order <= 1 - self.task.settings.procedure.confidence + 1e-12
        return "does not survive" if differs else "cannot be told from noise"

    @property
    def choice_verdict(self) -> Verdict:
        """Whether the choice survives: it loses no more than the indifference on average."""
        indifference = self.task.settings.procedure.indifference
        if self.loss.most_high <= indifference:
            return "survives"
        return (
            "does not survive"
            if self.loss.least_low > indifference
            else ("cannot be told from noise")
        )


def rounded(benefit: F64) -> F64:
    """Return benefits without the dust that sums in another order leave behind."""
    return np.asarray(np.round(benefit, measure.DIGITS) + 0.0)


def read_benefits(task: LinkTask, study: Study) -> tuple[F64, F64]:
    """Return the benefits of every link, at the nominal traits and at every point.

    Each outcome is divided by its stated scale or by the base's mean at the nominal traits, one
    unit for all points, so that benefits of different points can be compared.

    Returns
    -------
    nominal : float64 ``[replicate, link]``
    benefit : float64 ``[point, replicate, link]``

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    ScenarioError
        An outcome is 0 at the nominal traits and has no scale.
    """
    runs = runs_by_scenario(study)
    keys, benefit = study.species_keys(), task.settings.benefit
    base = read_values(study, runs[0])
    weighings = Weighings.of(benefit, outcome_table(study.scenarios[0]), keys, base)
    shares = species_shares(benefit, counted_species(benefit, keys))

    def block(first: int) -> F64:
        values = [read_values(study, runs[first + i]) for i in range(task.block)]
        change = [weighings.by_species(one - values[0]) for one in values[1:]]
        return np.stack([np.asarray(shares @ one) for one in change], axis=-1)

    return block(0), np.stack([block(int(first)) for first in task.bases()])


def link_robustness(plan: Plan, study: Study) -> LinkRobustness:
    """Return how links fare over all points, from finished runs.

    Raises
    ------
    ResultsError
        A run is missing or damaged, or the benefit has no value at the nominal traits or at
        nearly all points.
    """
    task = plan.links
    assert task is not None
    nominal, every = read_benefits(task, study)
    kept = np.flatnonzero(np.isfinite(every).all(axis=(1, 2)))
    if not np.isfinite(nominal).all() or kept.size < 2:
        raise ResultsError(
            f"the benefit has no value in some runs at the nominal traits, or in some at "
            f"{len(every) - kept.size} of {len(every)} points",
            where=study.out,
            remedy="weigh outcomes that always exist in links.benefit",
        )
    seed = study.scenarios[0].scenario.seed
    found = robustness(task, nominal, every[kept], kept, seed)
    if plan.file.sensitivity.method == "lhs":
        return found
    return _with_effects(found, plan, seed)


def robustness(task: LinkTask, nominal: F64, benefit: F64, kept: I64, seed: int) -> LinkRobustness:
    """Return every measure but the effects of traits.

    Parameters
    ----------
    task : LinkTask
    nominal : float64 ``[replicate, link]``
    benefit : float64 ``[point, replicate, link]``
    kept : int64 ``[point]``
    seed : int
        Of the random splits.
    """
    n, size = len(nominal), benefit.shape[1]
    parts = measure.splits(n, size, MOST_SPLITS, seed)
    some = parts @ nominal / size
    others = ~parts @ nominal / (n - size)
    reference = rounded(others[0])
    noise = measure.tau_b(some, others)
    mean = rounded(benefit.mean(axis=1))
    agreement = measure.tau_b(mean, np.broadcast_to(reference, mean.shape))
    p = measure.below_noise(agreement, noise)

    choose = _chooser(task)
    indifference = task.settings.procedure.indifference
    choice = choose(reference, indifference)
    thrift = _thrift(choose, reference, choice)
    chance, lost = _choices_by_chance(choose, some, others, indifference)
    loss = measure.loss_of(
        benefit,
        choice,
        choose,
        thrift,
        task.settings.procedure.confidence,
        (tuple(np.flatnonzero(row).tolist()) for row in chance),
    )
    ranks = measure.ranks_of(some)
    return LinkRobustness(
        task=task,
        kept=kept,
        nominal=nominal,
        benefit=benefit,
        reference=reference,
        choice=choice,
        choices=np.array([_members(choose(row, indifference), row.size) for row in mean]),
        agreement=agreement,
        p=p,
        noise=noise,
        by_chance={
            "first": measure.among_best(ranks, 1).mean(axis=0),
            "top": measure.among_best(ranks, task.top).mean(axis=0),
            "chosen": chance.mean(axis=0),
            "positive": (np.round(some, measure.DIGITS) > 0).mean(axis=0),
        },
        loss=loss,
        loss_noise=lost,
        concordance=float(measure.kendall_w(mean)),
        concordance_by_chance=_concordance_by_chance(nominal, size, len(mean), seed),
        p_order=measure.of_many(p, SHARE_OF_POINTS),
        effects=(),
    )


def _chooser(task: LinkTask) -> measure.Choose:
    links = task.links
    return measure.chooser(
        [link.cost for link in links],
        task.settings.budget,
        task.top,
        [i for i, link in enumerate(links) if link.must],
        [i for i, link in enumerate(links) if link.must is False],
    )


def _members(links: Sequence[int], n: int) -> Bools:
    found = np.zeros(n, np.bool_)
    found[list(links)] = True
    return found


def _thrift(choose: measure.Choose, benefit: F64, choice: Sequence[int]) -> float:
    """Return the benefit that a choice gave up for a lower cost, no more than the indifference."""
    best = float(measure.worth(benefit, choose(benefit, 0.0)))
    return max(0.0, best - float(measure.worth(benefit, choice)))


def _choices_by_chance(
    choose: measure.Choose, some: F64, others: F64, indifference: float
) -> tuple[Bools, F64]:
    """Return what chance alone chooses, ``[split, link]``, and what each choice seems to lose."""
    step = -(-len(some) // SPLITS_TO_CHOOSE)
    chosen, lost = [], []
    for here, there in zip(some[::step], others[::step], strict=True):
        chosen.append(_members(choose(here, indifference), here.size))
        picked = choose(there, indifference)
        best = float(measure.worth(here, choose(here, 0.0)))
        lost.append(best - float(measure.worth(here, picked)) - _thrift(choose, there, picked))
    return np.array(chosen), np.array(lost)


def _concordance_by_chance(nominal: F64, size: int, m: int, seed: int) -> float:
    """Return the W of ``m`` rankings that differ by noise alone, from pairs without common draws.

    From the mean W of two such rankings: ``W_2 = (1 + r) / 2`` with their rank correlation r, and
    ``W_m = (1 + (m - 1) r) / m`` (Kendall & Babington Smith 1939).
    """
    rng = np.random.Generator(np.random.Philox(key=seed + 1))
    order = np.stack([rng.permutation(len(nominal))[: 2 * size] for _ in range(PAIRS)])
    pairs = nominal[order].reshape(PAIRS, 2, size, -1).mean(axis=2)
    found = measure.kendall_w(pairs)
    if not np.isfinite(found).any():
        return math.nan
    r = 2 * float(np.nanmean(found)) - 1
    return (1 + (m - 1) * r) / m


def _with_effects(found: LinkRobustness, plan: Plan, seed: int) -> LinkRobustness:
    """Add the effect of every trait on every benefit, on the agreement and on the loss."""
    n_points, size = plan.links.points if plan.links else 0, found.benefit.shape[1]
    own = plan.file.sensitivity

    def effects(
        of: Literal["benefit", "agreement", "loss"], link: int | None, here: F64, spread: float
    ) -> Effects:
        y = np.full(n_points, math.nan)
        y[found.kept] = here
        at = indices(own, plan.ranges, plan.rows, y[plan.which], seed)
        if own.method == "morris":
            # the mean distance of two draws of a normal law, per step of the design
            floor = 2 * spread / math.sqrt(math.pi) / STEP
        else:
            whole = float(np.var(here))
            floor = min(1.0, spread**2 / whole) if whole > 0 else 0.0
        return Effects(of, link, at, floor)

    sd = found.nominal.std(axis=0, ddof=1) / math.sqrt(size)
    rows = [effects("agreement", None, found.agreement, float(found.noise.std()))]
    rows.append(effects("loss", None, found.loss.at, float(found.loss_noise.std())))
    mean = found.mean
    rows += [effects("benefit", i, mean[:, i], float(sd[i])) for i in range(mean.shape[1])]
    return replace(found, effects=tuple(rows))
