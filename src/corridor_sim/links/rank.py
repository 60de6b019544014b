"""Which links, for this budget: rank, find pairs, choose a set, and simulate it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import LinkSettings
from corridor_sim.course import begin
from corridor_sim.decision.best_set import BestSet
from corridor_sim.decision.confirm import Confirmation, Prediction, confirm
from corridor_sim.decision.interactions import (
    Interactions,
    PairDesign,
    Triples,
    design_pairs,
    estimate_interactions,
)
from corridor_sim.decision.portfolio import Portfolio, Surrogate, frontier
from corridor_sim.decision.selection import Effort, Ranking, rank_alternatives
from corridor_sim.decision.sets import Part, within
from corridor_sim.errors import ScenarioError
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import tr, tr_plural
from corridor_sim.links.best_set import Searched, search
from corridor_sim.links.by_outcome import ByOutcome, by_outcome
from corridor_sim.links.candidates import Link
from corridor_sim.links.choice import best_for, demands, weigh
from corridor_sim.links.decades_check import DecadesCheck
from corridor_sim.links.effects import ROUNDING, prediction_of_set, regret_of, with_own_intervals
from corridor_sim.links.evaluator import NO_LINK, Chosen, SetEvaluator
from corridor_sim.links.money import Counts, Money, money_of
from corridor_sim.links.reference import Reference, reference_of
from corridor_sim.progress import Listener, Silence

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# links whose outlines come nearer than this to each other may work only together
NEAR_M = 2000.0
# mean dispersal distance of theory's kernel: what the base's dispersers went, or an assumption
REACH, USUAL_KM = "net_displacement_km", 50.0


@dataclass(frozen=True, slots=True)
class LinkResult:
    """Everything that views of a ranking need.

    Attributes
    ----------
    links : tuple of Link
    settings : LinkSettings
    species : tuple of str
        Keys of the species that count.
    ranking : Ranking
        By the weighted benefit of each link alone.
    by_species, by_species_low, by_species_high : float64 ``[species, link]``
        Mean benefit of each link alone, with its interval, over all replicates of the link.
    first : int
        Replicates of the first look, which every link and every pair has.
    design : PairDesign or None
    interactions : Interactions or None
        By species.
    surrogate : Surrogate
    chosen : Portfolio or None
        The best set for the budget.
    frontier : tuple of Portfolio
    confirmation : Confirmation or None
    runs : int
        Runs in all.
    reference : Reference or None
        What theory says of the links, for comparison.
    by_outcome : tuple of ByOutcome
        The links by each outcome and species, over all replicates of each link.
    fair : bool
        Whether the choice was for the species that gains least: asked for, and some set brings
        that species something.
    regret : float or None
        By how much another set within the budget may be better than the chosen one, at most, with
        all benefits anywhere in the intervals that hold for all links together; None of a fair
        choice, and where nothing is chosen. Where the best set was looked for, that of ``best``.
    triples : Triples or None
        What threes of links give beyond their pairs.
    best : BestSet or None
        How the best set was looked for; None where the order of all links was.
    money : Money or None
        What links, sets of the frontier and the chosen set give for their cost.
    decades : DecadesCheck or None
        The chosen set by whole runs, where links were ranked by numbers by tiles.
    """

    links: tuple[Link, ...]
    settings: LinkSettings
    species: tuple[str, ...]
    ranking: Ranking
    by_species: F64
    by_species_low: F64
    by_species_high: F64
    first: int
    design: PairDesign | None
    interactions: Interactions | None
    surrogate: Surrogate
    chosen: Portfolio | None
    frontier: tuple[Portfolio, ...]
    confirmation: Confirmation | None
    runs: int
    reference: Reference | None = None
    by_outcome: tuple[ByOutcome, ...] = ()
    fair: bool = False
    regret: float | None = None
    triples: Triples | None = None
    best: BestSet | None = None
    money: Money | None = None
    decades: DecadesCheck | None = None


def check_budget(settings: LinkSettings, links: Sequence[Link], where: str | Path) -> None:
    """Refuse what cannot be ranked or bought, before any run.

    Raises
    ------
    ScenarioError
        Fewer than two links, a budget below the cheapest link or below the demanded ones, or too
        few runs for a first look.
    """
    if len(links) < 2:
        raise ScenarioError("one link cannot be ranked", where=where, remedy="give two or more")
    rule = settings.procedure
    need = (len(links) + 1) * rule.first_replicates
    if rule.budget_runs < need:
        raise ScenarioError(
            f"budget_runs = {rule.budget_runs} is below a first look: {len(links)} links and the "
            f"baseline x {rule.first_replicates} replicates = {need}",
            where=f"{where}: links.procedure",
            remedy=f"allow {need} or more",
        )
    if settings.budget is None:
        return
    cheapest = min((link.cost for link in links if link.must is not False), default=0.0)
    if settings.budget < cheapest:
        raise ScenarioError(
            f"a budget of {settings.budget:g} {settings.cost_unit} buys nothing: the cheapest link "
            f"costs {cheapest:g}",
            where=f"{where}: links.budget",
            remedy="raise it",
        )
    demanded = sum(link.cost for link in links if link.must)
    if settings.budget < demanded:
        raise ScenarioError(
            f"the links that must be built cost {demanded:g}, the budget is {settings.budget:g}",
            where=f"{where}: links.budget",
            remedy="raise it, or demand fewer",
        )


def rank_links(
    evaluator: SetEvaluator,
    settings: LinkSettings,
    land: Landscape,
    listener: Listener | None = None,
) -> LinkResult:
    """Simulate and rank links, pairs of them, and the set that the budget pays for.

    Parameters
    ----------
    evaluator : SetEvaluator
    settings : LinkSettings
    land : Landscape
        Of the base scenario.
    listener : Listener, optional
    """
    listener = listener or Silence()
    links = evaluator.links
    alone = [frozenset([i]) for i in range(len(links))]
    rule = settings.procedure

    def sample(alternatives: Sequence[int], replicates: range) -> F64:
        listener.say(
            tr(
                "{what}, replicates {first} to {last}",
                what=tr_plural("{n} link", "{n} links", len(alternatives)),
                first=replicates.start + 1,
                last=replicates.stop,
            )
        )
        return evaluator.total([alone[i] for i in alternatives], replicates)

    effort = Effort(
        # the baseline runs beside the links
        budget=rule.budget_runs - rule.first_replicates,
        indifference=rule.indifference,
        confidence=rule.confidence,
        first=rule.first_replicates,
        batch=rule.batch,
    )
    first = range(rule.first_replicates)
    begin("search")
    searched, triples = None, None
    if settings.for_a_set:
        searched = search(evaluator, settings, _near_pairs(links, land), listener)
        ranking, design = searched.ranking, searched.design
        interactions, triples = searched.interactions, searched.triples
        each = evaluator.benefits(alone, first)
    else:
        ranking = rank_alternatives(sample, len(links), effort, limits=evaluator.limits_of_total)
        each = evaluator.benefits(alone, first)
        design, interactions = _pairs(evaluator, settings, ranking, each, land, listener)
        ranking = with_own_intervals(evaluator, alone, ranking, rule.confidence)
    weighed = weigh(evaluator, settings, ranking, interactions, triples)
    surrogate, must, never = weighed.surrogate, *demands(links)
    fair = settings.fair
    points = frontier(surrogate, must=must, never=never, fair=fair)
    if fair and max(p.worst for p in points) <= ROUNDING:
        # nothing reaches the species that gains least: "buy nothing" would help no other either
        fair = False
        points = frontier(surrogate, must=must, never=never)
    chosen, confirmation, regret = None, None, None
    if settings.budget is not None:
        chosen = best_for(surrogate, settings, links, fair=fair)
        if searched is not None:
            regret = searched.best.regret
        elif not fair:
            regret = regret_of(
                surrogate,
                chosen.links,
                settings.budget,
                ranking,
                interactions,
                must=must,
                never=never,
            )
        confirmation = _confirm(
            evaluator, settings, chosen, ranking, weighed.counts, interactions, listener, searched
        )
    result = LinkResult(
        links=tuple(links),
        settings=settings,
        species=tuple(evaluator.species),
        ranking=ranking,
        by_species=weighed.mean,
        by_species_low=weighed.low,
        by_species_high=weighed.high,
        first=rule.first_replicates,
        design=design,
        interactions=interactions,
        surrogate=surrogate,
        chosen=chosen,
        frontier=points,
        confirmation=confirmation,
        runs=evaluator.done,
        reference=_reference(evaluator, alone, first, land, listener),
        by_outcome=by_outcome(evaluator, ranking.replicates.tolist(), rule.confidence),
        fair=fair,
        regret=regret,
        triples=triples,
        best=None if searched is None else searched.best,
    )
    begin("money")
    listener.say(tr("what links give for their cost"))
    return replace(result, money=_money(result, evaluator, weighed.counts))


def _money(result: LinkResult, evaluator: SetEvaluator, counts: NDArray[np.bool_]) -> Money:
    """Return what links, sets of the frontier and the chosen set give for their cost."""
    told = replicates_told(result)

    def promise(links: Sequence[int]) -> Prediction:
        return prediction_of_set(
            evaluator,
            links,
            result.ranking.replicates.tolist(),
            counts,
            result.interactions,
            result.settings.procedure.first_replicates,
            result.triples,
            told.__getitem__,
        )

    start, rule = max(told.values()), result.settings.procedure
    return money_of(
        Counts(evaluator, _counting(result, told), rule.confidence),
        result.ranking,
        result.frontier,
        promise,
        result.chosen if result.confirmation is not None else None,
        result.confirmation,
        range(start, start + rule.confirm_replicates),
    )


def _counting(result: LinkResult, told: dict[Part, int]) -> dict[Part, int]:
    """Return the links, and the pairs and threes whose interaction counts, with what they hold."""
    found = {part for part in told if len(part) == 1}
    if result.interactions is not None:
        for pair, kept in zip(
            result.interactions.pairs.tolist(), result.interactions.kept.T, strict=True
        ):
            found |= set(within(frozenset(pair))) if kept.any() else set()
    if result.triples is not None:
        for three, kept in zip(result.triples.triples.tolist(), result.triples.kept.T, strict=True):
            found |= set(within(frozenset(three))) if kept.any() else set()
    return {part: n for part, n in told.items() if part in found}


def replicates_told(result: LinkResult) -> dict[Part, int]:
    """Return how many replicates each link, pair and three that was simulated has."""
    if result.best is not None:
        table = result.best.table
        return {part: table.replicates(part) for part in table.parts}
    told = {frozenset([i]): int(n) for i, n in enumerate(result.ranking.replicates)}
    pairs = [] if result.interactions is None else result.interactions.pairs.tolist()
    return told | {frozenset(pair): result.settings.procedure.first_replicates for pair in pairs}


def _reference(
    evaluator: SetEvaluator,
    alone: Sequence[Chosen],
    first: range,
    land: Landscape,
    listener: Listener,
) -> Reference | None:
    """Return theory's view of the links, its kernel as wide as dispersers of the base went."""
    begin("theory")
    listener.say(tr("current flow and dPC of each link, for comparison"))
    study = evaluator.study
    counted = [one for one in study.species if one.key in evaluator.species]
    walking = [one for one in counted if one.soaring is None]
    reach_km = USUAL_KM
    names = list(evaluator.table)
    if REACH in names:
        went = evaluator.mean_outcomes(NO_LINK, first)
        known = np.array([went[key][:, names.index(REACH)] for key in evaluator.species])
        if np.isfinite(known).any() and np.nanmean(known) > 0:
            reach_km = float(np.nanmean(known))
    built = (evaluator.built(one, land) for one in alone)
    return reference_of(walking or counted, land, built, evaluator.links, 1.0 / reach_km)


def _pairs(
    evaluator: SetEvaluator,
    settings: LinkSettings,
    ranking: Ranking,
    each: F64,
    land: Landscape,
    listener: Listener,
) -> tuple[PairDesign | None, Interactions | None]:
    rule = settings.procedure
    replicates = range(rule.first_replicates)
    if rule.pairs_runs < rule.first_replicates:
        return None, None
    room = rule.pairs_runs // rule.first_replicates
    near = _near_pairs(evaluator.links, land)[:room]
    design = design_pairs(ranking.mean, rule.pairs_runs, rule.first_replicates, also=near)
    pairs = tr_plural("{n} pair of links", "{n} pairs of links", len(design.pairs))
    listener.say(tr("{what}, {n} replicates", what=pairs, n=rule.first_replicates))
    sets = [frozenset((int(i), int(j))) for i, j in design.pairs]
    together = evaluator.benefits(sets, replicates)
    return design, estimate_interactions(each, design.pairs, together, confidence=rule.confidence)


def _near_pairs(links: Sequence[Link], land: Landscape) -> list[tuple[int, int]]:
    """Return pairs that touch or end in the same core area, the nearest first."""
    from shapely import MultiPolygon, Polygon

    shapes = [MultiPolygon([Polygon(ring) for ring in link.rings]) for link in links]
    zone = land["protected"].reshape(-1)
    areas = [set(np.unique(zone[link.cells])) - {0} for link in links]
    found = []
    for i in range(len(links)):
        for j in range(i + 1, len(links)):
            apart = float(shapes[i].distance(shapes[j]))
            if apart <= NEAR_M or areas[i] & areas[j]:
                found.append((apart, i, j))
    return [(i, j) for _, i, j in sorted(found)]


def _confirm(
    evaluator: SetEvaluator,
    settings: LinkSettings,
    chosen: Portfolio,
    ranking: Ranking,
    counts: NDArray[np.bool_],
    interactions: Interactions | None,
    listener: Listener,
    searched: Searched | None,
) -> Confirmation | None:
    """Simulate the chosen set with draws that had no say in its choice."""
    if not chosen.links:
        return None
    first = int(ranking.replicates.max()) if searched is None else searched.reached
    fresh = range(first, first + settings.procedure.confirm_replicates)
    begin("confirm")
    together = tr_plural("{n} link", "{n} links", len(chosen.links))
    listener.say(
        tr("the chosen set of {links}, {n} fresh replicates", links=together, n=len(fresh))
    )
    simulated = evaluator.total([frozenset(chosen.links)], fresh)[0]
    predicted = prediction_of_set(
        evaluator,
        chosen.links,
        ranking.replicates.tolist(),
        counts,
        interactions,
        settings.procedure.first_replicates,
        None if searched is None else searched.triples,
        None if searched is None else searched.best.table.replicates,
    )
    least, most = evaluator.limits_of_total()
    return confirm(
        predicted,
        simulated,
        least=least,
        most=most,
        tolerance=settings.procedure.indifference,
        confidence=settings.procedure.confidence,
    )
