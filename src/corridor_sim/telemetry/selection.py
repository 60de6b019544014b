"""Integrated step selection: what animals choose, freed from how they move, and how they move.

The density of a step is that of a kernel of lengths and turns times ``exp`` of a linear predictor
of covariates; both are estimated at once by a conditional logit of steps taken against random ones
(Avgar et al. 2016, Methods Ecol. Evol. 7:619; Fieberg et al. 2021, J. Anim. Ecol. 90:1027; as in
amt, Signer et al. 2019, Ecol. Evol. 9:880). Coefficients of covariates at the end of a step are
those of ``[selection]`` in a species file; see ``docs/telemetry-selection.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError, counted
from corridor_sim.telemetry.available import (
    N_RANDOM,
    Attraction,
    StepKernel,
    Strata,
    against,
    own_kernels,
    random_steps,
    tentative,
)
from corridor_sim.telemetry.clogit import LogitFit, conditional_logit
from corridor_sim.telemetry.covariates import Surfaces
from corridor_sim.telemetry.design import Column, Design, Standardise, design, refuse_misfits
from corridor_sim.telemetry.follows import (
    KernelUpdate,
    Permeability,
    PotentialRange,
    permeability,
    potential_range,
    updated_kernel,
)
from corridor_sim.telemetry.terms import ATTRACTION, MOVEMENT, Term, parse_terms
from corridor_sim.telemetry.tracks import Bursts, Told

F8 = NDArray[np.float64]
Attract = Literal["none", "term", "proposal", "both"]
# strata for each coefficient below which a fit is told to rest on little
FEW_A_TERM = 10


@dataclass(frozen=True, slots=True)
class OneFit:
    """The model of one animal, or of all together.

    Attributes
    ----------
    animal : str
        Empty of all together.
    logit : LogitFit
    kernel : KernelUpdate or None
        Lengths and turns with selection taken out of them; None where they left what is possible.
    reach : PotentialRange or None
        Range that the term ``attraction`` makes.
    permeabilities : tuple of Permeability
        One for each term of crossings.
    told : tuple of Told
    """

    animal: str
    logit: LogitFit
    kernel: KernelUpdate | None
    reach: PotentialRange | None
    permeabilities: tuple[Permeability, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class SelectionFit:
    """Step selection of a herd.

    Attributes
    ----------
    columns : tuple of Column
        What each coefficient is of, ``[p]``.
    together : OneFit
        All steps with the same coefficients, as if of one animal; its standard errors know nothing
        of differences between animals.
    animals : tuple of OneFit
        Each animal by itself, those without a usable step left out.
    tentative : StepKernel
        Against which coefficients of ``sl``, ``log_sl`` and ``cos_ta`` are told.
    n_random, seed : int
    centre, scale : mapping of covariate to float
        In which numbers are told.
    reference : mapping of covariate to int
        Class against which a term of all classes holds the others.
    sources : mapping of covariate to str
        Where each covariate comes from.
    told : tuple of Told
        All that was told, of data and fits.
    undeclared : tuple of str
        Covariates that a species file cannot call by their names until ``[landscape.covariates]``
        declares them: single rasters, and the layers of barriers.
    """

    columns: tuple[Column, ...]
    together: OneFit
    animals: tuple[OneFit, ...]
    tentative: StepKernel
    n_random: int
    seed: int
    centre: dict[str, float]
    scale: dict[str, float]
    reference: dict[str, int]
    sources: dict[str, str]
    told: tuple[Told, ...]
    undeclared: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        return tuple(one.name for one in self.columns)


def fit_selection(
    bursts: Bursts,
    terms: Sequence[str | Term],
    surfaces: Surfaces,
    *,
    n_random: int = N_RANDOM,
    seed: int = 1,
    kernel: StepKernel | None = None,
    movement: Sequence[str] = MOVEMENT,
    attraction: Attraction | None = None,
    attract: Attract = "none",
    standardise: Standardise = "none",
) -> SelectionFit:
    """Fit integrated step selection to each animal and to all together.

    Parameters
    ----------
    bursts : Bursts
    terms : sequence of str or Term
        See :mod:`corridor_sim.telemetry.terms`.
    surfaces : Surfaces
        Covariates, in whose coordinate system the tracks are.
    n_random : int
        Random steps for each step taken.
    seed : int
    kernel : StepKernel, optional
        From which random steps of all animals are drawn, and against which coefficients are told;
        by default each animal's are drawn from one near its own steps, and coefficients are told
        against one near all steps.
    movement : sequence of str
        Of ``sl``, ``log_sl`` and ``cos_ta``: what of the kernel is estimated anew.
    attraction : Attraction, optional
        Ranges, where ``attract`` asks for them.
    attract : {"none", "term", "proposal", "both"}
        Whether the distance from the centre of the range is a term, whether random steps are
        drawn towards it, or both.
    standardise : {"none", "map", "sample"}
        Whether numbers are told as they are, or in standard deviations from the mean, over the
        map or over all random ends.

    Raises
    ------
    ScenarioError
        Terms that cannot be, or tracks without a step that has a turn.
    """
    written = [one if isinstance(one, str) else one.text for one in movement]
    parsed = _parsed(terms, written, attract)
    if attract != "none" and attraction is None:
        raise ScenarioError(
            "attraction to the range's centre was asked for, and no range is given",
            remedy="fit the ranges first",
        )
    refuse_misfits(parsed, surfaces, attraction)
    length, turn = (bursts.steps[name].to_numpy(float) for name in ("length_m", "turn_rad"))
    if not (np.isfinite(turn) & (length > 0)).any():
        raise ScenarioError(
            "no step has a turn: there is nothing to select among",
            remedy="give tracks with three or more fixes in a row at one interval",
        )
    drawn_from = kernel or tentative(length, turn)
    drawn_to = attraction if attract in ("proposal", "both") else None
    kernels = own_kernels(bursts.steps, drawn_from)
    if kernel is not None:
        kernels = dict.fromkeys(kernels, kernel)
    strata = random_steps(bursts.steps, kernels, n_random=n_random, seed=seed, attraction=drawn_to)
    made = design(parsed, strata, surfaces, standardise=standardise, attraction=attraction)
    together, animals = _fits(made, strata, drawn_from, kernels, drawn_to)
    named = {name: one for name, one in surfaces.by_name.items() if _named(name, parsed)}
    told = (*strata.told, *made.told, *together.told, *(t for one in animals for t in one.told))
    return SelectionFit(
        *(made.columns, together, animals, drawn_from, n_random, seed),
        *(made.centre, made.scale, made.reference),
        {name: one.source for name, one in named.items()},
        tuple(dict.fromkeys(told)),
        tuple(name for name, one in named.items() if not one.declared),
    )


def _parsed(
    terms: Sequence[str | Term], movement: Sequence[str], attract: Attract
) -> tuple[Term, ...]:
    texts = [one if isinstance(one, str) else _written(one) for one in terms]
    also = [ATTRACTION] if attract in ("term", "both") else []
    return parse_terms([*texts, *also, *movement])


def _written(term: Term) -> str:
    return term.text + (f":{term.by}" if term.by else "")


def _named(name: str, terms: Sequence[Term]) -> bool:
    return any(name in term.factors for term in terms)


def _fits(
    made: Design,
    strata: Strata,
    common: StepKernel,
    kernels: Mapping[str, StepKernel],
    drawn_to: Attraction | None,
) -> tuple[OneFit, tuple[OneFit, ...]]:
    fits = []
    for i, name in enumerate(strata.animals):
        own = strata.animal == i
        if own.all():
            logit = conditional_logit(made.x, made.names, made.valid, animal=name)
        else:
            logit = conditional_logit(made.x[own], made.names, made.valid[own], animal=name)
        sigma = None if drawn_to is None else drawn_to.sigma_m[name]
        one = _one(name, logit, made, own, kernels[name], sigma)
        fits.append(replace(one, logit=_told_against(common, kernels[name], logit)))
    if len(fits) == 1:
        return fits[0], tuple(fits)
    offset = np.zeros(made.x.shape[:2])
    for i, name in enumerate(strata.animals):
        for term, value in against(common, kernels[name]).items():
            if term in made.names and value:
                mine = strata.animal == i
                offset[mine] -= value * made.x[mine][:, :, made.names.index(term)]
    whole = conditional_logit(made.x, made.names, made.valid, offset=offset)
    everyone = np.ones(strata.animal.size, np.bool_)
    return _one("", whole, made, everyone, common, None), tuple(fits)


def _told_against(common: StepKernel, own: StepKernel, logit: LogitFit) -> LogitFit:
    """Return a fit with the coefficients of lengths and turns against the common kernel."""
    beta = logit.beta.copy()
    for term, value in against(common, own).items():
        if term in logit.names:
            beta[logit.names.index(term)] += value
    return replace(logit, beta=beta)


def _one(
    animal: str,
    logit: LogitFit,
    made: Design,
    own: NDArray[np.bool_],
    kernel: StepKernel,
    sigma_m: float | None,
) -> OneFit:
    told = list(logit.told)
    n = int(np.isfinite(logit.beta).sum())
    if 0 < logit.n_strata < FEW_A_TERM * n:
        told.append(
            Told(
                "few_steps",
                f"{counted(logit.n_strata, 'step')} of {animal or 'all animals'} for "
                f"{counted(n, 'coefficient')}: estimates rest on little",
                animal,
                logit.n_strata,
            )
        )
    new, said = updated_kernel(kernel, logit, animal)
    told += said
    reach, said = potential_range(logit, new, sigma_m, animal)
    told += said
    passes = []
    for at, column in enumerate(made.columns):
        if column.term.place == "crossings" and not column.wave:
            x, valid = made.x[own][:, :, at], made.valid[own]
            one, said = permeability(column.name, logit, x, valid, animal)
            passes.append(one)
            told += said
    return OneFit(animal, logit, new, reach, tuple(passes), tuple(told))
